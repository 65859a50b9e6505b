"""Two runs side by side: their answers, verdicts and cost, and what differs in the code of each iteration."""

from __future__ import annotations

import html
from typing import Any

from ..trace import Grounding, Trace
from .escape import Markup, clean, code_block, elide, fenced, inline, joined, markup, one_line, readable
from .html.code import changed_line, difference
from .html.elements import DIM, EMPTY, NOTE, dim, framed, row, table
from .labels import STATUS_WORDS, grounding_name, grounding_sum, grounding_text, usage_text

_VALUE = 2_000
_ITEMS = 100
_TURNS = 200
_CODE = 8_000
_SHORTENED = "Compared are shortened copies: what they leave out is not."
_SAME_CODE = "The code is the same."


class SideBySide:
    """Two traces, `first` and `second`; displays itself in notebooks."""

    def __init__(self, first: Trace, second: Trace) -> None:
        self.first, self.second = first, second

    @property
    def same_value(self) -> bool:
        """Whether both have the same value; True is not 1, and NaN is NaN."""
        return _same(self.first.value, self.second.value)

    def sentence(self) -> str:
        """What the comparison comes to."""
        if self.first.value is None and self.second.value is None:
            return "Neither run has a value."
        return "Both runs have the same value." if self.same_value else "The values differ."

    def facts(self) -> list[tuple[str, str, str]]:
        """What is compared, in words: (name, of the first run, of the second)."""
        both = (self.first, self.second)
        rows = [
            ("question", *(one_line(trace.question, 300) for trace in both)),
            ("value", *(clean(elide(readable(trace.value), _VALUE)) for trace in both)),
            ("status", *(STATUS_WORDS[trace.status] for trace in both)),
            ("verdicts", *(grounding_sum(trace.grounding) or "none" for trace in both)),
            ("model", *(one_line(trace.model, 80) for trace in both)),
            ("iterations", *(f"{len(trace.iterations):,}" for trace in both)),
            ("cost", *(usage_text(trace.usage) for trace in both)),
            ("time", *(f"{trace.seconds:.1f} s" for trace in both)),
        ]
        return [(name, first, second) for name, first, second in rows]

    def verdicts(self) -> list[tuple[str, str, str]]:
        """The items of both answers whose verdicts differ: (item, of the first run, of the second)."""
        ours, theirs = _by_name(self.first), _by_name(self.second)
        names = list(dict.fromkeys([*ours, *theirs]))
        rows = [(name, _words(ours.get(name)), _words(theirs.get(name))) for name in names]
        return [each for each in rows if each[1] != each[2]]

    def code(self) -> list[tuple[int, list[tuple[str, str]]]]:
        """For each iteration whose code differs its number and the lines, as (sign, line): `-` the first run's, `+`
        the second's."""
        found = []
        ours, theirs = ({turn.index: turn.code or "" for turn in run.iterations} for run in (self.first, self.second))
        # By number, not by place: a shortened copy leaves iterations out.
        for number in sorted({*ours, *theirs}):
            before, after = ours.get(number, ""), theirs.get(number, "")
            if before != after:
                found.append((number, difference(before, after, around=2)))
        return found

    def to_text(self) -> str:
        """In lines of plain text."""
        lines = [self.sentence(), *([_SHORTENED] if self._is_short() else [])]
        lines += [
            f"{name}: {first}" if first == second else f"{name}: {first}  |  {second}"
            for name, first, second in self.facts()
        ]
        verdicts, code = self.verdicts(), self.code()
        lines += [f"{name}: {first}  |  {second}" for name, first, second in verdicts[:_ITEMS]]
        lines += [f"and {len(verdicts) - _ITEMS:,} more"] if len(verdicts) > _ITEMS else []
        lines += [f"iteration {number}: the code differs" for number, _ in code[:_TURNS]]
        lines += [f"and {len(code) - _TURNS:,} more"] if len(code) > _TURNS else []
        lines += [] if code else [_SAME_CODE]
        return "\n".join(lines)

    def to_markdown(self) -> str:
        """As markdown; the code that differs stands in fenced blocks."""
        parts = [fenced(self.to_text())]
        for number, lines in self.code()[:_TURNS]:
            parts += [
                f"**Iteration {number}**",
                fenced(elide("\n".join(f"{sign} {line}" for sign, line in lines), _CODE), "diff"),
            ]
        return "\n\n".join(parts)

    def to_html(self) -> str:
        """As one HTML page, which loads nothing."""
        title = html.escape(one_line(self.first.question, 100))
        head = f'<meta charset="utf-8"><title>Two runs: {title}</title>'
        style = "<style>body{font:15px/1.5 system-ui,sans-serif;max-width:75em;margin:2em auto;padding:0 1em}</style>"
        return f'<!DOCTYPE html>\n<html lang="en"><head>{head}{style}</head><body>\n{self._html()}\n</body></html>\n'

    def _html(self) -> Markup:
        parts = [markup("<div><b>{}</b></div>", inline(self.sentence()))]
        parts += [markup('<div style="{}">{}</div>', NOTE, inline(_SHORTENED))] if self._is_short() else []
        parts.append(_table(self.facts(), "Run"))
        if verdicts := self.verdicts():
            more = dim(f"and {len(verdicts) - _ITEMS:,} more") if len(verdicts) > _ITEMS else EMPTY
            parts += [_heading("Verdicts that differ"), _table(verdicts[:_ITEMS], "In the answer"), more]
        differing = self.code()
        words = "Code that differs: - the first run's, + the second's" if differing else _SAME_CODE
        parts.append(_heading(words))
        for number, lines in differing[:_TURNS]:
            # Cut as a whole, so that many long lines do not fill the notebook.
            text = elide("\n".join(f"{sign} {line}" for sign, line in lines), _CODE)
            shown = [
                changed_line(line[:1], line[2:]) if line.startswith(("- ", "+ ")) else code_block(line)
                for line in text.split("\n")
            ]
            parts.append(row(f"Iteration {number}", framed(joined(shown, "\n")), opened=len(differing) <= 3))
        parts += [dim(f"and {len(differing) - _TURNS:,} more")] if len(differing) > _TURNS else []
        template = '<div class="rlm-card mathjax_ignore tex2jax_ignore" style="line-height: 1.5">{}</div>'
        return markup(template, joined(parts))

    def _is_short(self) -> bool:
        return bool(self.first.elided or self.second.elided)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:  # noqa: ARG002
        return {"text/html": str(self._html()), "text/markdown": self.to_markdown(), "text/plain": self.to_text()}


def _heading(words: str) -> Markup:
    return markup('<div style="{}; margin-top: 8px"><b>{}</b></div>', DIM, inline(words))


def _table(rows: list[tuple[str, str, str]], name: str) -> Markup:
    return table([name, "First", "Second"], [[inline(text) for text in each] for each in rows])


def _by_name(trace: Trace) -> dict[str, Grounding]:
    found: dict[str, Grounding] = {}
    for item in (item for each in trace.grounding for item in each.rows()):
        name, number = grounding_name(item), 1
        # What stands there twice is compared with what stands there twice.
        while (numbered := name if number == 1 else f"{name} ({number})") in found:
            number += 1
        found[numbered] = item
    return found


def _words(item: Grounding | None) -> str:
    return "not in the answer" if item is None else grounding_text(item)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(value, other[name]) for name, value in one.items())
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other) or (one != one and other != other)  # NaN
