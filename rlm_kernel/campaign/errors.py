"""The error of this room."""

from __future__ import annotations


class CampaignError(ValueError):
    """A campaign cannot be begun or cannot go on: what, why, and what to do. Rows that were written stay."""
