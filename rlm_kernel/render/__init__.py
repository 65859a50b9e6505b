"""Makes documents of a trace that can be handed on: an audit notebook that runs again, and reports.

The text of models and documents in them is made harmless: it stands in code and in fenced blocks, or is escaped.
"""

from __future__ import annotations

from .audit_notebook import audit_notebook
from .report import html_report, markdown_report

__all__ = ["audit_notebook", "html_report", "markdown_report"]
