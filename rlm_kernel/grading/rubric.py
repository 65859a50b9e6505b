"""The rubric: what each task asks, what is right, and how many points it is worth. A file of YAML, TOML or JSON."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, field_validator, model_validator

from ..comparing.checks import bound
from ..models.recorded_questions import normalised
from ..render.sanitize import one_line

CRITERIA = ("answer", "evidence", "coverage", "grounded", "max_calls", "derived")
Criterion = Literal["answer", "evidence", "coverage", "grounded", "max_calls", "derived"]
Share = Annotated[float, Field(ge=0, le=1)]
_NEEDS_YAML = "needs the package PyYAML: pip install 'rlm-kernel[class]', or write the rubric as TOML or JSON"


class RubricError(ValueError):
    """A rubric cannot be used: which file, which field, why."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Line(_Part):
    """A line of the document that the answer must name as evidence; `source` only where there are several documents."""

    line: int = Field(ge=1)
    source: str | None = None


class Coverage(_Part):
    """The least shares of the document's lines (0 to 1): searched by a tool, returned to code, shown to the model."""

    searched: Share | None = None
    scanned: Share | None = None
    shown: Share | None = None


class Task(_Part):
    """One question, and what is right. A criterion that is not named is not scored.

    `answer` is compared as `check` says (`exact`, `text`, `number` within `tolerance`, `items`; by default by the kind
    of the answer). `evidence`: the lines that the answer names must be these, no more and no fewer. `coverage`: as a
    number, the share that was searched. `grounded`: no value of the answer is found nowhere. `max_calls`: model calls
    of the whole run tree. `derived`: every value was read or computed from the document by code; `tools` are functions
    of the students' own that it may rest on. `points` of each criterion are 1 unless named.
    """

    name: str = Field(default="", max_length=80)
    question: str = Field(default="", max_length=10_000)
    answer: JsonValue = None
    check: Literal["exact", "text", "number", "items"] | None = None
    tolerance: float | str = 0.0
    evidence: list[Line] | None = None
    coverage: Coverage | None = None
    grounded: bool = False
    max_calls: int | None = Field(default=None, ge=1)
    derived: bool = False
    tools: list[str] = Field(default_factory=list)
    points: dict[Criterion, Annotated[float, Field(ge=0, allow_inf_nan=False)]] = Field(default_factory=dict)

    @field_validator("evidence", mode="before")
    @classmethod
    def _lines(cls, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        return [{"line": item} if isinstance(item, int) else item for item in value]

    @field_validator("coverage", mode="before")
    @classmethod
    def _searched(cls, value: Any) -> Any:
        return {"searched": value} if isinstance(value, int | float) else value

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if not self.criteria:
            raise ValueError(f"it scores nothing: give at least one of {', '.join(CRITERIA)}")
        if extra := [name for name in self.points if name not in self.criteria]:
            raise ValueError(f"points for {extra[0]}, which it does not ask for")
        if self.coverage is not None and not self.coverage.model_fields_set:
            raise ValueError("coverage needs a share: searched, scanned or shown")
        if self.evidence and len({line.source is None for line in self.evidence}) > 1:
            raise ValueError("evidence: give the source of each line, or of none")
        if self.how == "number":
            if isinstance(self.answer, bool) or not isinstance(self.answer, int | float):
                raise ValueError("check: number needs an answer that is a number")
            try:
                bound(self.tolerance, self.answer)
            except ValueError:
                raise ValueError("tolerance must be a number, or a share such as 1%") from None
        return self

    @property
    def criteria(self) -> list[Criterion]:
        """Those that it scores, in their order."""
        asked: dict[Criterion, bool] = {
            "answer": "answer" in self.model_fields_set,
            "evidence": self.evidence is not None,
            "coverage": self.coverage is not None,
            "grounded": self.grounded,
            "max_calls": self.max_calls is not None,
            "derived": self.derived,
        }
        return [name for name, is_asked in asked.items() if is_asked]

    @property
    def how(self) -> str:
        """How the answer is compared."""
        if self.check is not None:
            return self.check
        if isinstance(self.answer, int | float) and not isinstance(self.answer, bool):
            return "number"
        return "text" if isinstance(self.answer, str | list) else "exact"

    def worth(self, criterion: Criterion) -> float:
        """Points of a criterion."""
        return self.points.get(criterion, 1.0)

    @property
    def of(self) -> float:
        """Points of the whole task."""
        return sum(map(self.worth, self.criteria))


class Limits(_Part):
    """What one submission may take: its files in MB, and the replay of each task (as of `replay.ReplayLimits`)."""

    max_mb: float = Field(default=20, gt=0, le=500)
    max_files: int = Field(default=50, ge=1, le=1_000)
    memory_limit: str | int = "1GB"
    cell_timeout: float = Field(default=30, gt=0, allow_inf_nan=False)
    max_seconds: float = Field(default=120, gt=0, allow_inf_nan=False)
    max_iterations: int = Field(default=100, ge=1)


class Rubric(_Part):
    """What a folder of submissions is graded by. Files are named relative to the rubric's: `document`, the teacher's
    copy (one or several), and `recording`, the only source of replies that counts (without it: any model)."""

    title: str = Field(default="", max_length=200)
    document: list[str] = Field(min_length=1)
    recording: str | None = None
    tasks: list[Task] = Field(min_length=1, max_length=100)
    limits: Limits = Field(default_factory=Limits)
    folder: Path = Field(default=Path(), exclude=True)

    @field_validator("document", mode="before")
    @classmethod
    def _documents(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @field_validator("tasks", mode="after")
    @classmethod
    def _named(cls, tasks: list[Task]) -> list[Task]:
        named = [task.model_copy(update={"name": task.name or f"task {n}"}) for n, task in enumerate(tasks, 1)]
        for what, values in (
            ("are called", [task.name for task in named]),
            ("ask", [normalised(task.question) for task in named]),
        ):
            if "" in values:
                raise ValueError("a task needs its question")
            if twice := next((value for value in values if values.count(value) > 1), None):
                raise ValueError(f"two tasks {what} {one_line(twice, 100)!r}")
        return named

    @classmethod
    def load(cls, file: str | Path) -> Rubric:
        """Read a rubric. Raises RubricError, in one sentence."""
        file = Path(file).expanduser()
        try:
            data = _parsed(file, file.read_text(encoding="utf-8"))
        except OSError as error:
            raise RubricError(f"The rubric {file} cannot be read: {error.strerror or error}.") from None
        except UnicodeDecodeError:
            raise RubricError(f"The rubric {file} is no UTF-8 text.") from None
        if not isinstance(data, dict):
            raise RubricError(f"The rubric {file} is no mapping of fields: it needs a document and tasks.")
        try:
            return cls.model_validate(data | {"folder": file.parent})
        except ValidationError as error:
            raise RubricError(f"The rubric {file}: {_first(error)}.") from None


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    field = ".".join(str(part) for part in first["loc"])
    reason = first["msg"].removeprefix("Value error, ")
    return f"{field}: {reason}" if field else reason


def task_of(fields: dict[str, Any]) -> Task:
    """A task from its fields. Raises RubricError."""
    try:
        return Task.model_validate(fields)
    except ValidationError as error:
        raise RubricError(f"check(...): {_first(error)}.") from None


def _parsed(file: Path, text: str) -> Any:
    kind = file.suffix.lower()
    try:
        if kind == ".json":
            return json.loads(text)
        if kind == ".toml":
            return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise RubricError(f"The rubric {file} is no {kind[1:].upper()}: {str(error).splitlines()[0]}.") from None
    try:
        import yaml
    except ImportError:
        raise RubricError(f"The rubric {file} {_NEEDS_YAML}.") from None
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # PyYAML hands on what it makes of a date
        reason = " ".join(str(error).split())[:200]
        raise RubricError(f"The rubric {file} is no YAML: {reason}.") from None
