"""A trace at rest: the MIME bundle that a notebook keeps, readable without a kernel and without this package.

It computes nothing that the trace does not hold, and imports neither IPython nor ipywidgets. Sizes are bounded: each
text is shown by its head and tail, later parts of a very long run by one line each.
"""

from __future__ import annotations

from typing import Any

from ..trace import MIME_TYPE, Trace
from . import markdown
from .html.card import to_html as card_html
from .size_limit import bounded_json
from .view_model import view_model

__all__ = ["bounded_json", "mimebundle", "to_html"]


def to_html(trace: Trace) -> str:
    """The answer card as HTML."""
    return str(card_html(trace))


def mimebundle(trace: Trace) -> dict[str, Any]:
    """The trace as its view model, HTML, markdown and plain text, by MIME type; together about 300 kB at most."""
    return {
        MIME_TYPE: view_model(trace),
        "text/html": to_html(trace),
        "text/markdown": markdown.to_markdown(trace),
        "text/plain": markdown.to_text(trace),
    }
