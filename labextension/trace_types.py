"""Writes what is generated from the trace's pydantic models: its JSON schema, and the labextension's TypeScript types.

Run it after a change of `rlm_kernel/trace/`: `python labextension/trace_types.py`. A test compares both files with what
this writes, so neither can differ from the models.
"""

from __future__ import annotations

import json
import re
import textwrap
from pathlib import Path
from typing import Any

from rlm_kernel.trace import Trace

REPOSITORY = Path(__file__).resolve().parents[1]
SCHEMA_FILE = REPOSITORY / "docs" / "trace.schema.json"
TYPES_FILE = REPOSITORY / "labextension" / "src" / "model" / "traceSchema.ts"

_HEADER = "// Generated from rlm_kernel/trace/records.py by labextension/trace_types.py: do not edit.\n"
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


def main() -> None:
    SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
    TYPES_FILE.write_text(typescript(), encoding="utf-8")


if __name__ == "__main__":
    main()
