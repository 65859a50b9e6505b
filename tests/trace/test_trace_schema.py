"""The published schema and the labextension's types are those of the pydantic models."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
REMEDY = "run `python labextension/trace_types.py` and commit what it has written"


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    """`labextension/trace_types.py`, which is no part of the package."""
    spec = importlib.util.spec_from_file_location("trace_types", REPOSITORY / "labextension" / "trace_types.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_published_schema_is_that_of_the_models(generator: ModuleType) -> None:
    assert generator.SCHEMA_FILE.read_text(encoding="utf-8") == generator.schema_text(), REMEDY


def test_the_types_of_the_labextension_are_those_of_the_models(generator: ModuleType) -> None:
    assert generator.TYPES_FILE.read_text(encoding="utf-8") == generator.typescript(), REMEDY


def test_the_labextensions_sample_has_only_fields_of_the_schema(generator: ModuleType) -> None:
    schema = json.loads(generator.SCHEMA_FILE.read_text(encoding="utf-8"))
    trace = json.loads((REPOSITORY / "labextension" / "tests" / "trace.json").read_text(encoding="utf-8"))
    fields: dict[str, Any] = schema["$defs"]["Trace"]["properties"]
    assert set(trace) <= set(fields)
    assert {key for one in trace["iterations"] for key in one} <= set(schema["$defs"]["Iteration"]["properties"])


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ({"type": "array", "items": {"anyOf": [{"type": "integer"}, {"type": "null"}]}}, "(number | null)[]"),
        ({"type": "array", "prefixItems": [{"type": "string"}, {"type": "number"}]}, "[string, number]"),
        ({"type": "object", "additionalProperties": {"$ref": "#/$defs/Span"}}, "Record<string, Span>"),
        ({"const": "rlm.trace/1", "type": "string"}, "'rlm.trace/1'"),
        ({"enum": ["a", "b"], "type": "string"}, "'a' | 'b'"),
    ],
)
def test_parts_of_a_schema_as_typescript(generator: ModuleType, part: dict[str, Any], expected: str) -> None:
    assert generator._type(part) == expected


def test_what_has_no_typescript_type_is_an_error(generator: ModuleType) -> None:
    with pytest.raises(ValueError, match="no TypeScript type"):
        generator._type({"type": "string-like"})
