"""The names of the tools, in the order in which the prompt shows them."""

from __future__ import annotations

TOOLS = (
    "text_stats",
    "grep",
    "count_matches",
    "finditer",
    "search",
    "fuzzy_search",
    "sections",
    "tables",
    "sql",
    "read_lines",
    "slice_text",
    "to_number",
    "numbers",
    "to_date",
    "count_tokens",
    "llm_query",
    "llm_query_batched",
    "label",
    "rlm_query",
    "rlm_query_batched",
    "show_vars",
    "FINAL",
)
