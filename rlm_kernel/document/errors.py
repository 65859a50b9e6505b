"""What goes wrong with a context, in one sentence that a user can act on."""

from __future__ import annotations


class DocumentError(ValueError):
    """The context cannot be used. The text names it, says why, and what to do."""
