"""Writes what is generated from the trace's models and words: its JSON schema, the labextension's types and words.

Run it after a change of `rlm_kernel/trace/`: `python labextension/trace_types.py`. A test compares the files with what
this writes, so none can differ from the models.
"""

from __future__ import annotations

import json
import re
import textwrap
from pathlib import Path
from typing import Any

from rlm_kernel.trace import BANNER, COVERAGE, VERDICTS, Trace

REPOSITORY = Path(__file__).resolve().parents[1]
SCHEMA_FILE = REPOSITORY / "docs" / "trace.schema.json"
TYPES_FILE = REPOSITORY / "labextension" / "src" / "model" / "traceSchema.ts"
WORDS_FILE = REPOSITORY / "labextension" / "src" / "model" / "wordTable.ts"

_HEADER = "// Generated from rlm_kernel/trace/records.py by labextension/trace_types.py: do not edit.\n"
_WORDS_HEADER = "// Generated from rlm_kernel/trace/words.py by labextension/trace_types.py: do not edit.\n"
_SCALARS = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}


def schema() -> dict[str, Any]:
    """The JSON schema (draft 2020-12) of a trace as `Trace.to_json` writes it."""
    written = Trace.model_json_schema(mode="serialization", by_alias=True)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "A trace of rlm-kernel (rlm.trace/1)"}
    return head | written


def schema_text() -> str:
    """The schema as its file holds it."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def typescript() -> str:
    """One interface for each record of the schema, in alphabetical order, as the types' file holds them."""
    records = {name: one for name, one in schema()["$defs"].items() if name != "JsonValue"}
    interfaces = [_interface(name, one) for name, one in sorted(records.items())]
    return "\n".join([_HEADER, "export type JsonValue = unknown;\n", *interfaces])


def _interface(name: str, record: dict[str, Any]) -> str:
    lines = [*_comment(record.get("description", "")), f"export interface {name} {{"]
    lines += [f"  {field}: {_type(value)};" for field, value in record["properties"].items()]
    return "\n".join([*lines, "}\n"])


def _comment(text: str) -> list[str]:
    paragraphs = [textwrap.wrap(re.sub(r"\s+", " ", part), 96) or [""] for part in text.split("\n\n")]
    lines = [line for paragraph in paragraphs for line in [*paragraph, ""]][:-1]
    return ["/**", *(f" * {line}".rstrip() for line in lines), " */"] if text else []


def _type(value: dict[str, Any]) -> str:
    """The TypeScript type of a part of the schema. Raises ValueError for what the trace has had no use for so far."""
    if reference := value.get("$ref"):
        return str(reference).rpartition("/")[2]
    if "const" in value:
        return _literal(value["const"])
    if "enum" in value:
        return " | ".join(map(_literal, value["enum"]))
    if "anyOf" in value:
        return " | ".join(map(_type, value["anyOf"]))
    match value.get("type"):
        case "array" if "prefixItems" in value:
            return f"[{', '.join(map(_type, value['prefixItems']))}]"
        case "array":
            inner = _type(value["items"])
            return f"({inner})[]" if "|" in inner else f"{inner}[]"
        case "object":
            return f"Record<string, {_type(value['additionalProperties'])}>"
        case str(name) if name in _SCALARS:
            return _SCALARS[name]
    raise ValueError(f"trace_types.py has no TypeScript type for {value}")


def _literal(value: Any) -> str:
    return f"'{value}'" if isinstance(value, str) else json.dumps(value)


def word_table() -> str:
    """The words for verdicts and coverage, as the words' file holds them; pairs keep the order."""
    tables = (
        ("VERDICTS", "[verdict, sign, words]", [[name, *words] for name, words in VERDICTS.items()]),
        ("BANNER", "[verdict, words], the worst first", [list(pair) for pair in BANNER.items()]),
        ("COVERAGE", "[kind, words]", [list(pair) for pair in COVERAGE.items()]),
    )
    parts = [_WORDS_HEADER]
    for name, form, rows in tables:
        lines = [f"  [{', '.join(map(_literal, row))}]" for row in rows]
        kind = f"[{', '.join(['string'] * len(rows[0]))}]"
        parts.append(f"/** {form} */\nexport const {name}: {kind}[] = [\n" + ",\n".join(lines) + "\n];\n")
    return "\n".join(parts)


def main() -> None:
    SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
    TYPES_FILE.write_text(typescript(), encoding="utf-8")
    WORDS_FILE.write_text(word_table(), encoding="utf-8")


if __name__ == "__main__":
    main()
