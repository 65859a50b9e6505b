"""What a campaign found: its rows, with their traces, and questions about the rows themselves."""

from __future__ import annotations

import gzip
import importlib
import json
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, overload

from ..api.answer import Answer
from ..api.rlm import RLM
from ..document import Document
from ..render.escape import Markup, inline, joined, markup, one_line
from ..trace import VERDICTS, Trace
from .errors import CampaignError
from .ledger import Amount
from .rows import CampaignRow, Journal

_SHOWN = 60
_MOST_TRACE = 512 << 20


@dataclass(frozen=True, slots=True)
class Lineage:
    """Where one value of an answer about the rows comes from: the `row` (its index), that row's document, and the
    lines of it that the row's own answer rests on: (source, lines)."""

    item: str
    row: int
    document: str
    question: str
    lines: list[tuple[str, list[int]]]


@dataclass(frozen=True, slots=True)
class TableAnswer:
    """An answer about the rows, and its `lineage`, through the rows to the lines of the documents."""

    answer: Answer
    lineage: list[Lineage]

    @property
    def value(self) -> Any:
        """The answer's value."""
        return self.answer.value

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return self.answer._repr_mimebundle_(include, exclude)


class Results(Sequence[CampaignRow]):
    """The rows of a campaign, in the order of its documents and questions. Displays itself richly in notebooks.

    `planned` is how many rows there would be if all were there; `stopped` is a sentence where a limit or a failure that
    all runs share has ended it, `stopped_kind` a word for it (`limit`, `auth`, ...).
    """

    def __init__(
        self,
        rows: Iterable[CampaignRow],
        *,
        folder: Path,
        planned: int | None = None,
        spent: Amount | None = None,
        stopped: str = "",
        stopped_kind: str = "",
        remarks: tuple[str, ...] = (),
        engine: RLM | None = None,
    ) -> None:
        self.rows = tuple(rows)
        self.folder = folder
        self.planned = len(self.rows) if planned is None else planned
        self.spent = spent
        self.stopped = stopped
        self.stopped_kind = stopped_kind
        self.remarks = remarks
        self._engine = engine

    @classmethod
    def open(cls, folder: str | Path, *, rlm: RLM | None = None) -> Results:
        """The rows that a folder holds, of a campaign that has ended or is under way. Raises CampaignError."""
        folder = Path(folder).expanduser()
        rows = list(Journal(folder).rows.values())
        if not rows:
            raise CampaignError(f"{folder} holds no rows of a campaign: name the folder that was given as out (--out).")
        rows.sort(key=lambda row: (row.source, row.name))
        return cls(rows, folder=folder, engine=rlm)

    @overload
    def __getitem__(self, index: int) -> CampaignRow: ...

    @overload
    def __getitem__(self, index: slice) -> Results: ...

    def __getitem__(self, index: int | slice) -> CampaignRow | Results:
        return self._part(self.rows[index]) if isinstance(index, slice) else self.rows[index]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[CampaignRow]:
        return iter(self.rows)

    @property
    def failures(self) -> Results:
        """The rows without an answer: failed, stopped, or at a limit without a best guess; each has its `reason`."""
        return self._part(row for row in self.rows if row.status != "answered" and not row.best_guess)

    @property
    def statuses(self) -> dict[str, int]:
        """How many rows have which status."""
        return dict(Counter(row.status for row in self.rows))

    @property
    def verdicts(self) -> dict[str, int]:
        """How many values of all answers have which verdict, in the order of the verdicts."""
        counts: Counter[str] = Counter()
        for row in self.rows:
            counts.update(row.verdicts)
        return {name: counts[name] for name in VERDICTS if counts[name]}

    @property
    def cost(self) -> float | None:
        """What all rows have cost; None where that is known of none."""
        costs = [row.cost for row in self.rows if row.cost is not None]
        return sum(costs) if costs else None

    @property
    def missing(self) -> int:
        """How many runs have not ended: not begun, or failed in a way that the same command tries again."""
        return self.planned - sum(row.finished for row in self.rows)

    def trace(self, index: int) -> Trace:
        """The whole trace of a row. Raises CampaignError."""
        row = self.rows[index]
        if not row.trace:
            raise CampaignError(f"Row {index} has no trace: its run did not begin ({row.reason or row.status}).")
        trace = read_trace(self.folder, row.trace)
        if row.trace_digest and trace.digest != row.trace_digest:
            raise CampaignError(f"The trace {row.trace} is not the one that its row was made with.")
        return trace

    def answer(self, index: int) -> Answer:
        """The answer of a row, as a run of its own would have given it. Raises CampaignError."""
        return Answer(self.trace(index), engine=self._engine)

    def frame(self) -> Any:
        """The rows as a pandas DataFrame; documents with the same content have a row each. Raises CampaignError."""
        try:
            pandas = importlib.import_module("pandas")
        except ImportError:
            raise CampaignError("A DataFrame needs pandas: pip install pandas, or use results.records().") from None
        return pandas.DataFrame(
            [row.flat() | {"value": row.value, "document": name} for row in self.rows for name in _names(row)]
        )

    def records(self) -> list[dict[str, Any]]:
        """The rows as plain data, without the verdicts' and the hashes' columns: what `ask` asks about."""
        return [
            {
                "row": number,
                "document": row.document,
                "question": row.name,
                "value": row.value,
                "status": row.status,
                "best_guess": row.best_guess,
                "verdicts": row.verdicts,
            }
            for number, row in enumerate(self.rows)
        ]

    def ask(self, question: str, rlm: RLM | None = None, **overrides: Any) -> TableAnswer:
        """Ask about the rows as records, each with document, question, value, status, verdicts; the answer's lineage
        leads through the rows to the lines of the documents. `rlm`: by default that of the campaign. Raises
        CampaignError, and as `RLM.completion` does."""
        engine = rlm or self._engine
        if engine is None:
            raise CampaignError(
                "These rows were read from a folder: say who is to answer, results.ask(question, RLM(...))."
            )
        if not self.rows:
            raise CampaignError("There are no rows to ask about.")
        answer = engine.completion(question, Document.of(self.records(), name="results"), **overrides)
        return TableAnswer(answer, self.lineage(answer.trace))

    def lineage(self, trace: Trace) -> list[Lineage]:
        """Of each value of a run about `records()`: the rows that it was found in or computed from, and their lines."""
        found = []
        for item in trace.grounding:
            for each in item.rows():
                lines = list(each.lines)
                if each.derivation is not None:
                    spans = each.derivation.spans
                    lines += [line for span in spans for line in range(span.start_line, span.end_line + 1)]
                for number in dict.fromkeys(line - 1 for line in lines):
                    if 0 <= number < len(self.rows):
                        found.append(self._lineage(each.item, number))
        return found

    def _lineage(self, item: str, number: int) -> Lineage:
        row = self.rows[number]
        places: list[tuple[str, list[int]]] = []
        if row.trace:
            for one in self.trace(number).grounding:
                for each in one.rows():
                    if each.source is not None and each.lines:
                        places.append((each.source, list(each.lines)))
                    for span in each.derivation.spans if each.derivation is not None else ():
                        places.append((span.source, list(range(span.start_line, span.end_line + 1))))
        return Lineage(item, number, row.document, row.name, places)

    def to_text(self) -> str:
        """How many rows by status and by verdict, what they took, and what is missing."""
        return "\n".join(f"{label:<10} {text}" for label, text in self._summary())

    def _summary(self) -> list[tuple[str, str]]:
        calls = sum(row.calls for row in self.rows)
        tokens = sum(row.prompt_tokens + row.completion_tokens for row in self.rows)
        cost = "" if self.cost is None else f", cost {self.cost:.4g}"
        lines = [
            ("rows", f"{len(self.rows):,} of {self.planned:,}"),
            ("status", ", ".join(f"{name} {count:,}" for name, count in sorted(self.statuses.items())) or "none"),
            ("values", ", ".join(f"{name} {count:,}" for name, count in self.verdicts.items()) or "none"),
            ("spent", f"{calls:,} calls, {tokens:,} tokens{cost}"),
        ]
        kinds = Counter(row.kind or row.status for row in self.failures)
        if kinds:
            lines.append(("failures", ", ".join(f"{name} {count:,}" for name, count in kinds.most_common())))
        if self.stopped:
            lines.append(("stopped", one_line(self.stopped, 300)))
        return lines

    def to_dict(self) -> dict[str, Any]:
        """The summary as data."""
        return {
            "rows": len(self.rows),
            "planned": self.planned,
            "missing": self.missing,
            "statuses": self.statuses,
            "verdicts": self.verdicts,
            "calls": sum(row.calls for row in self.rows),
            "tokens": sum(row.prompt_tokens + row.completion_tokens for row in self.rows),
            "cost": self.cost,
            "stopped": self.stopped,
            "folder": str(self.folder),
        }

    def _part(self, rows: Iterable[CampaignRow]) -> Results:
        return Results(rows, folder=self.folder, engine=self._engine)

    def __repr__(self) -> str:
        return f"Results({len(self.rows):,} of {self.planned:,} rows, {self.statuses})"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:  # noqa: ARG002
        return {"text/html": str(self.to_html()), "text/plain": self.to_text()}

    def to_html(self) -> Markup:
        """The summary and the first rows as tables, all text in them escaped."""
        head = joined([_header(name) for name in ("document", "question", "value", "status", "verdicts")])
        lines = [markup("<tr>{}</tr>", head)]
        for row in self.rows[:_SHOWN]:
            value = row.reason if row.value is None else json.dumps(row.value, ensure_ascii=False)
            mark = " (best guess)" if row.best_guess else ""
            verdicts = ", ".join(f"{name} {count}" for name, count in row.verdicts.items())
            texts = (row.document, row.name, value, row.status + mark, verdicts)
            lines.append(markup("<tr>{}</tr>", joined([_cell(one_line(text, 120)) for text in texts])))
        more = len(self.rows) - _SHOWN
        rest = markup("<p>{}</p>", inline(f"and {more:,} more rows")) if more > 0 else Markup("")
        told = [markup("<tr>{}{}</tr>", _header(label), _cell(text)) for label, text in self._summary()]
        return markup("<table>{}</table><table>{}</table>{}", joined(told), joined(lines), rest)


def sampled(rows: Sequence[CampaignRow], share: float, seed: int) -> list[int]:
    """The indices of a sample of the rows that have a trace, one at least: the same for the same rows and seed."""
    with_trace = [number for number, row in enumerate(rows) if row.trace]
    if not with_trace:
        return []
    count = max(1, round(share * len(with_trace)))
    return sorted(random.Random(seed).sample(with_trace, count))  # noqa: S311 - a sample that can be drawn again


def read_trace(folder: Path, name: str) -> Trace:
    """A trace of a campaign's folder; `name` comes from a row, and leads nowhere else. Raises CampaignError."""
    file = (folder / name).resolve()
    if not file.is_relative_to(folder.resolve()):
        raise CampaignError(f"The trace {name!r} of a row is not in {folder}: it is not read.")
    try:
        return Trace.from_json(decompressed(file))
    except OSError as error:
        raise CampaignError(f"The trace {file} cannot be read: {error.strerror or error}.") from None
    except ValueError:
        raise CampaignError(f"The trace {file} is damaged.") from None


def decompressed(file: Path) -> bytes:
    """A trace's JSON, bounded. Raises OSError, ValueError."""
    data = file.read_bytes()
    if file.suffix == ".gz":
        with gzip.open(file) as opened:
            text = opened.read(_MOST_TRACE + 1)
    elif file.suffix == ".zst":
        try:
            import zstandard
        except ImportError:
            raise CampaignError(f"{file} is compressed with Zstandard: pip install 'rlm-kernel[formats]'.") from None
        try:
            with zstandard.ZstdDecompressor().stream_reader(data) as reader:
                text = reader.read(_MOST_TRACE + 1)
        except zstandard.ZstdError as error:
            raise ValueError(str(error)) from None
    else:
        text = data
    if len(text) > _MOST_TRACE:
        raise ValueError("too large")
    return text


def _names(row: CampaignRow) -> list[str]:
    return [row.document, *row.copies]


def _header(text: str) -> Markup:
    return markup('<th style="text-align: left; vertical-align: top">{}</th>', inline(text))


def _cell(text: str) -> Markup:
    return markup('<td style="text-align: left; vertical-align: top">{}</td>', inline(text))
