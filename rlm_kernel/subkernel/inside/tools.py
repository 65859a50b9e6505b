"""What the model's code can call. The prompt's stubs are generated from these signatures and docstrings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from ...document.parts.find import PartFinder
from ...document.search.dates import to_date as _to_date
from ...document.search.notes import Notes
from ...document.search.numbers import Number, number_of, simple_number
from ...document.search.numbers import numbers as _numbers
from ...document.search.result_list import Rows
from ...document.search.rows import GrepMatch, Match, Section, TextStats
from ...document.search.searcher import Searcher
from ...document.search.tables import Table, TableOptions
from ...document.view import LargeText
from .evidence import evidence_lines
from .labels import Labels, as_texts
from .queries import Queries, QueryRow
from .rpc import RpcError
from .typed_replies import Mismatch, as_json, schema_of, value_of
from .views import plain

_Ask = Callable[[str, dict[str, Any]], Any]
_PIECE = 1 << 20
_T = TypeVar("_T")
_AMBIGUOUS = "ambiguous numbers: numbers(line) gives their readings"
_MOST_ITEMS = 1_000_000


class Finished(BaseException):
    """Ends the cell once the parent has accepted a FINAL; no Exception, so that no handler of the cell's stops it."""


class Tools:
    """The tools of one sub-kernel. `call` asks the parent, `describe` lists the cell's variables, `note` writes a
    remark into the output, `line` tells which line of the cell asks, `searched` takes note of a search; `only` is the
    name of the only document. `finished`: whether the parent has accepted a
    FINAL."""

    def __init__(
        self,
        searcher: Searcher,
        parts: PartFinder,
        call: _Ask,
        describe: Callable[[], dict[str, str]],
        size: Callable[[], int],
        *,
        note: Callable[[str], None],
        line: Callable[[], int | None],
        queries: Queries,
        searched: Callable[[dict[str, Any]], None] = lambda _search: None,
        only: str | None = None,
    ) -> None:
        self._searcher = searcher
        self._parts = parts
        self._call = call
        self._describe = describe
        self._size = size
        self._note = note if isinstance(note, Notes) else Notes(note)
        self._line = line
        self._searched = searched
        self._only = only
        self._queries = queries
        self.finished = False

    def text_stats(self, source: str | None = None) -> TextStats:
        """Size and samples: .length .line_count .sample.start .sample.middle .sample.end"""
        return self._searcher.stats(source)

    def grep(
        self,
        pattern: str,
        limit: int = 1000,
        flags: int = 0,
        context: int = 0,
        source: str | None = None,
        exact: bool = False,
        heading: str | None = None,
    ) -> Rows[GrepMatch]:
        """Every line with a match of a regular expression: .line .line_num .match .groups .start .source .place (page,
        sheet ...) .matches (all in the line). Ignores case unless the pattern has a capital letter; blanks, quotes and
        hyphens match their typographic kinds (exact=True: as it stands). context=n adds .before and .after, n lines
        each; heading=p the groups of the last line above that matches p. Rows: a list with .filter(f) .map(f) .sum(f)
        .count(f)."""
        limit = _positive(limit, "grep: limit")
        around = max(0, _whole_number(context, "grep: context"))
        search = self._begun("grep", pattern, source)
        if heading is not None and type(heading) is not str:
            raise TypeError(f"grep: heading must be a pattern, not {type(heading).__name__}")
        rows = self._searcher.grep(
            pattern, limit, flags=flags, context=around, source=source, exact=bool(exact), heading=heading
        )
        return self._ended(search, rows, stopped=len(rows) >= limit)

    def count_matches(self, pattern: str, flags: int = 0, source: str | None = None, exact: bool = False) -> int:
        """How often a pattern occurs, read as grep does."""
        search = self._begun("count_matches", pattern, source)
        search["hits"] = count = self._searcher.count(pattern, flags=flags, source=source, exact=bool(exact))
        return count

    def finditer(
        self, pattern: str, flags: int = 0, source: str | None = None, exact: bool = False
    ) -> Iterator[GrepMatch]:
        """Every occurrence, one row each, without a limit."""
        search = self._begun("finditer", pattern, source)
        rows = self._searcher.finditer(pattern, flags=flags, source=source, exact=bool(exact))
        return self._followed(search, rows)

    def search(self, query: str, limit: int = 10, source: str | None = None) -> Rows[Match]:
        """The lines that a plain question is about, best first: .line .line_num .score .source .place"""
        noted = self._begun("search", query, source)
        return self._ended(noted, self._searcher.search(query, _positive(limit, "search: limit"), source))

    def fuzzy_search(self, query: str, limit: int = 10, source: str | None = None) -> Rows[Match]:
        """Lines that resemble the query (typos, word order), as search."""
        noted = self._begun("fuzzy_search", query, source)
        return self._ended(noted, self._searcher.fuzzy(query, _positive(limit, "fuzzy_search: limit"), source))

    def sections(self, source: str | None = None) -> Rows[Section]:
        """The headings: .title .level .line_num .end_line .source .place"""
        return self._ended(self._begun("sections", "", source), self._searcher.sections(source))

    def tables(
        self,
        source: str | None = None,
        delimiter: str | None = None,
        header: bool | list[str] | None = None,
        skip: int = 0,
    ) -> Rows[Table]:
        """Tables (CSV, TSV, JSON, Markdown): each a list of dicts, with .columns .column(name) .line_num .place.
        delimiter, header (False: none) and skip (lines above) where the guess fails."""
        names = tuple(map(str, header)) if isinstance(header, list | tuple) else header
        options = TableOptions(delimiter, names, max(0, _whole_number(skip, "tables: skip")))
        return self._ended(self._begun("tables", "", source), self._searcher.tables(source, options))

    def _begun(self, tool: str, pattern: Any, source: str | None) -> dict[str, Any]:
        """Note that a search has begun: it runs over all texts, or over `source`."""
        if source is not None and type(source) is not str:
            # What only calls itself a name could give another one to whoever reads the record.
            raise TypeError(f"{tool}: source must be the name of a document, not {type(source).__name__}")
        told = pattern[:200] if type(pattern) is str else ""
        search: dict[str, Any] = {"tool": tool, "pattern": told, "source": source, "hits": 0, "line": self._line()}
        self._searched(search)
        return search

    def _ended(self, search: dict[str, Any], rows: Rows[_T], *, stopped: bool = False) -> Rows[_T]:
        """Note what a search has found; one that was `stopped` has gone no further than its last row."""
        search["hits"] = len(rows)
        if stopped:
            search |= {"end_source": getattr(rows[-1], "source", None), "end_line": getattr(rows[-1], "line_num", None)}
        return rows

    def _followed(self, search: dict[str, Any], rows: Iterator[GrepMatch]) -> Iterator[GrepMatch]:
        """The rows as they are asked for; the search has gone as far as the last one."""
        for row in rows:
            search["hits"] += 1
            search |= {"end_source": row.source, "end_line": row.line_num}
            yield row
        search |= {"end_source": None, "end_line": None}

    def sql(self, query: str, params: Any = ()) -> Rows[QueryRow]:
        """SQLite over the tables: FROM data, or a table by its document or heading; rows: row.column .line_num"""
        return self._queries.run(query, params)

    def read_lines(self, start: int, end: int | None = None, source: str | None = None) -> str:
        """Lines start to end, 1-based, inclusive; negative: from the end."""
        return self._searcher.read(*_range(start, end, "read_lines"), source)

    def slice_text(self, start: int, end: int | None = None, source: str | None = None) -> str:
        """Characters start to end, as a Python slice."""
        return self._searcher.slice(*_range(start, end, "slice_text"), source)

    def to_number(self, text: str, decimal: str | None = None) -> int | float:
        """The first number in a line: $1,234.50, 12%, (5) as negative, 3 million. decimal="," or "." where it is
        ambiguous. ValueError if none."""
        if isinstance(text, int | float) and not isinstance(text, bool):
            return text
        if decimal is None and (simple := simple_number(text)) is not None:
            return simple
        number = number_of(text, decimal)
        if number.ambiguous and not self._note.held_back(_AMBIGUOUS):
            readings = " or ".join(f"{reading:,f}" for reading in number.readings[:3])
            written = str(getattr(text, "line", text))[number.start : number.end]
            self._note.repeated(_AMBIGUOUS, f"to_number: {written!r} may be {readings}; took the first")
        return number.value

    def numbers(self, line: str, decimal: str | None = None) -> Rows[Number]:
        """All numbers of a line: .value .unit .text .start .end .percent .readings (where ambiguous)"""
        return _numbers(line, decimal)

    def to_date(self, text: str, day_first: bool | None = None) -> str:
        """The first date in a line as YYYY-MM-DD, which compares and sorts; day_first settles 3/4/2024. ValueError if
        none."""
        return _to_date(text, day_first)

    def count_tokens(self, text: str | None = None) -> int:
        """Estimated tokens of a text (default: the context)."""
        if text is None:
            return (self._size() + 3) // 4
        counted = text
        # Encoded piece by piece: a large context must not be held twice.
        pieces = (counted[start : start + _PIECE] for start in range(0, len(counted), _PIECE))
        return (sum(len(piece.encode("utf-8", "replace")) for piece in pieces) + 3) // 4

    def llm_query(self, prompt: str, context: str | None = None, type: Any = None) -> Any:  # noqa: A002
        """Ask a sub-model ONE question about a text. It sees only the prompt. type=int, float, bool, list[str], a list
        of allowed values or a JSON schema: the reply as that (else a str)."""
        return self._asked("llm_query", [_prompt(prompt, context)], type)[0]

    def llm_query_batched(self, prompts: list[str], type: Any = None) -> list[Any]:  # noqa: A002
        """Ask many prompts concurrently; replies in order, a failed one as a text "[error: ...]"."""
        if isinstance(prompts, str):
            # Else it would be taken apart into characters, each a call.
            raise TypeError("llm_query_batched: give a list of prompts; for one prompt there is llm_query")
        return self._asked("llm_query_batched", [_prompt(prompt, None) for prompt in prompts], type)

    def _asked(self, method: str, prompts: list[str], kind: Any) -> list[Any]:
        """The replies, as values of a type where one is wanted: asked once more where they are none, all at once."""
        if kind is None or kind is str:
            replies: list[str] = self._ask(method, {"prompts": prompts})
            return replies
        schema = schema_of(kind, method)
        replies = self._ask(method, {"prompts": [as_json(prompt, schema) for prompt in prompts]})
        values = [value_of(reply, schema) for reply in replies]
        failed = [reply.startswith("[error:") for reply in replies]
        bad = [at for at, value in enumerate(values) if isinstance(value, Mismatch) and not failed[at]]
        if bad:
            again = [as_json(prompts[at], schema, replies[at], values[at]) for at in bad]
            for at, reply in zip(bad, self._ask(method, {"prompts": again}), strict=True):
                values[at] = value_of(reply, schema)
        if method == "llm_query" and isinstance(values[0], Mismatch):
            raise ValueError(f"llm_query: {values[0]}")
        return [
            (replies[at] if failed[at] else f"[error: {value}]") if isinstance(value, Mismatch) else value
            for at, value in enumerate(values)
        ]

    def label(
        self,
        texts: list[str],
        labels: list[str],
        instructions: str | None = None,
        known: list[Any] | None = None,
        per_call: int = 1,
    ) -> Labels:
        """A sub-model gives each text ONE label: .count(label) .share(label) .mean(), with by=[groups], give .value
        .low .high, an error bar. known: right labels, None where unknown."""
        judged, names = as_texts(texts, "texts"), [str(label) for label in labels]
        params: dict[str, Any] = {
            "texts": judged,
            "labels": names,
            "instructions": instructions or "",
            "per_call": per_call,
        }
        if known is not None:
            params["known"] = [None if each is None else str(each) for each in known]
        reply = self._ask("label", params)
        return Labels(self._ask, reply["id"], reply["labels"], reply["checked"])

    def rlm_query(self, question: str, context: Any = None) -> Any:
        """Have a question of several steps answered by a run of its own about a part: a text, list or dict of texts,
        section or rows. Returns what that run gave FINAL."""
        if context is None:
            self._note("rlm_query without a context asks the sub-model once, as llm_query does")
            return self.llm_query(question)
        return self._run("rlm_query", [(question, context)])[0]

    def rlm_query_batched(self, pairs: list[tuple[str, Any]]) -> list[Any]:
        """The same for many (question, context) at once; a failed one is a text "[error: ...]"."""
        if isinstance(pairs, str):
            raise TypeError("rlm_query_batched: give pairs (question, context), not str")
        items: list[Any] = list(pairs)
        if items and all(type(item) is str for item in items):
            self._note("rlm_query_batched without contexts asks the sub-model once each, as llm_query_batched does")
            return self.llm_query_batched(items)
        return self._run("rlm_query_batched", items)

    def _run(self, tool: str, pairs: Any) -> list[Any]:
        asked = [[*self._question(tool, pair)] for pair in pairs]
        if not asked:
            return []
        reply = self._ask(tool, {"pairs": asked})
        for note in reply["notes"]:
            self._note(note)
        values: list[Any] = reply["values"]
        return values

    def _question(self, tool: str, pair: Any) -> tuple[str, dict[str, Any]]:
        if not (isinstance(pair, tuple | list) and len(pair) == 2):
            raise TypeError(f"{tool}: give pairs (question, context), not {type(pair).__name__}")
        question, context = pair
        if type(question) is not str:
            raise TypeError(f"{tool}: the question must be a str, not {type(question).__name__}")
        try:
            return question, self._parts.of(context)
        except TypeError as error:
            raise TypeError(
                f"{tool}: the context cannot be handed over ({error}): give a text, a section, rows, JSON data, or a "
                "list or dict of texts"
            ) from None

    def show_vars(self) -> dict[str, str]:
        """Your variables: name -> description."""
        return self._describe()

    def FINAL(self, value: Any, evidence: Any = None) -> None:  # noqa: N802  the promised name
        """End with the answer: a str, number, list, dict, bool or None (None: not stated). evidence: what proves
        it: rows or line numbers; of several documents rows or {source: [line numbers]}."""
        try:
            # What can be gone through only once is a list for whoever reads it.
            answer = plain(list(islice(value, _MOST_ITEMS)) if isinstance(value, Iterator) else value)
        except TypeError as error:
            raise TypeError(f"FINAL: {error}: give a str, int, float, list, dict, bool or None") from None
        lines, bad = evidence_lines(evidence, self._only)
        for item in bad[:5]:
            self._note(f"FINAL: the evidence {item} was left out: it names no line")
        self._ask("final", {"value": answer, "evidence": lines} | ({"unread": len(bad)} if bad else {}))
        self.finished = True
        raise Finished

    def _ask(self, method: str, params: dict[str, Any]) -> Any:
        try:
            return self._call(method, params | {"line": self._line()})
        except RpcError as error:
            kind = ValueError if method == "final" else RuntimeError
            raise kind(str(error)) from None


def _prompt(prompt: Any, context: Any) -> str:
    if type(prompt) is not str:
        raise TypeError(f"llm_query: the prompt must be str, not {type(prompt).__name__}")
    return prompt if context is None else f"{prompt}\n\n{_passage(context)}"


def _passage(context: Any) -> str:
    """A context of a question as text: rows are their lines, and lists of texts are joined by line feeds."""
    if type(context) is str:
        return context
    if type(context) is LargeText:
        raise TypeError("llm_query: the context is too large for one question: give a slice, or use rlm_query")
    if isinstance(context, Match):
        return context.line
    if isinstance(context, Sequence) and not isinstance(context, str | bytes | bytearray):
        return "\n".join(map(_passage, context))
    raise TypeError(f"llm_query: the context must be str, or a list of texts or rows, not {type(context).__name__}")


def _whole_number(value: Any, name: str) -> int:
    if type(value) is not int:
        raise TypeError(f"{name}: give whole numbers, not {type(value).__name__}")
    return value


def _range(start: Any, end: Any, name: str) -> tuple[int, int | None]:
    return _whole_number(start, name), None if end is None else _whole_number(end, name)


def _positive(value: Any, name: str) -> int:
    return max(1, _whole_number(value, name))
