"""Answers whose true origin is known: documents of several kinds and languages, and scripted ways to answers on them.

Each case is a document, the replies of a scripted model, and what the verdict on the answer must be. Everything follows
from a seed, so that rules can be developed on some seeds and reported on others.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

SUB = "\x00sub\x00"


@dataclass(frozen=True)
class Case:
    """`replies` are blocks of code (those that begin with SUB: replies of the sub-model).

    `truth` is the verdict that is right for the first value of the answer, `others` those for the values after it
    (empty: not checked); `lines` are where a quoted value stands (empty: not checked), `source` in which document.
    """

    kind: str
    truth: str
    context: Any
    replies: tuple[str, ...]
    lines: tuple[int, ...] = ()
    source: str = ""
    question: str = "What is it?"
    others: tuple[str, ...] = ()


@dataclass
class Facts:
    """A document and what is known of it: rows of (line, name, amount as written, amount), by name and source."""

    context: Any
    pattern: str
    rows: list[tuple[int, str, str, float]] = field(default_factory=list)
    source: str = ""
    pick: str = ""
    tables: bool = False


NAMES = [
    *("Amber", "Birch", "Cedar", "Delta", "Ember", "Falcon", "Garnet", "Harbor"),
    *("Indigo", "Juniper", "Kestrel", "Lagoon", "Marble", "Nectar", "Onyx"),
]
FILLER = {
    "en": ["The committee met again in spring.", "Nothing else was decided that day.", "Room {n} stayed closed."],
    "de": ["Der Ausschuss tagte erneut im Frühling.", "Mehr wurde nicht beschlossen.", "Raum {n} blieb zu."],
    "fr": ["Le comité s'est réuni au printemps.", "Rien d'autre ne fut décidé.", "La salle {n} resta fermée."],
}
SENTENCE = {
    "en": "The budget of project {name} is ${amount} this year.",
    "de": "Das Budget von Projekt {name} beträgt {amount} EUR in diesem Jahr.",
    "fr": "Le budget du projet {name} est de {amount} EUR cette année.",
}
MARK = {"en": ",", "de": ".", "fr": "\u202f"}


def documents(dice: random.Random) -> Iterator[Facts]:
    """One of each kind."""
    for language in FILLER:
        yield _prose(dice, language)
    yield _log(dice)
    yield _csv(dice)
    yield _json_lines(dice)
    yield _several(dice)


def _amounts(dice: random.Random, count: int) -> list[int]:
    return dice.sample(range(10_000, 999_999), count)


def _prose(dice: random.Random, language: str) -> Facts:
    facts = Facts("", r"proje\w+ (\w+)", pick=r"to_number(m.line[m.line.index(m.groups[0]):])")
    if language == "de":
        facts.pick = "int(m.line.split(' beträgt ')[1].split(' ')[0].replace('.', ''))"
    lines: list[str] = []
    for name, amount in zip(NAMES, _amounts(dice, len(NAMES)), strict=True):
        lines += [dice.choice(FILLER[language]).format(n=dice.randrange(100, 999)) for _ in range(dice.randrange(1, 4))]
        written = f"{amount:,}".replace(",", MARK[language])
        lines.append(SENTENCE[language].format(name=name, amount=written))
        facts.rows.append((len(lines), name, written, amount))
    facts.context, facts.source = "\n".join(lines), "context"
    return facts


def _log(dice: random.Random) -> Facts:
    facts = Facts("", r"job=(\w+)", source="context", pick=r"to_number(m.line.split('bytes=')[1])")
    lines = []
    for number, amount in enumerate(_amounts(dice, 120)):
        name = f"{NAMES[number % 15]}{number}"
        lines.append(f"2024-05-{1 + number % 28:02d}T08:{number % 60:02d}:00 [{number:05d}] job={name} bytes={amount}")
        facts.rows.append((len(lines), name, str(amount), amount))
    facts.context = "\n".join(lines)
    return facts


def _csv(dice: random.Random) -> Facts:
    facts = Facts("", r"^\d+,(\w+),", source="context", pick="to_number(m.line.split(',')[2])", tables=True)
    lines = ["id,name,amount"]
    for number, amount in enumerate(_amounts(dice, 90)):
        name = f"{NAMES[number % 15]}{number}"
        lines.append(f"{number},{name},{amount}")
        facts.rows.append((len(lines), name, str(amount), amount))
    facts.context = "\n".join(lines)
    return facts


def _json_lines(dice: random.Random) -> Facts:
    facts = Facts("", r'"name": "(\w+)"', source="context", pick="json.loads(m.line)['amount']", tables=True)
    lines = []
    for number, amount in enumerate(_amounts(dice, 150)):
        name = f"{NAMES[number % 15]}{number}"
        lines.append(json.dumps({"id": f"e{number}", "name": name, "amount": amount}))
        facts.rows.append((len(lines), name, str(amount), amount))
    facts.context = "\n".join(lines)
    return facts


def _several(dice: random.Random) -> Facts:
    facts = Facts({}, r"item (\w+)", pick="to_number(m.line.split(' costs ')[1])")
    texts: dict[str, list[str]] = {"first.txt": [], "second.txt": []}
    for number, amount in enumerate(_amounts(dice, 20)):
        lines = texts["first.txt"] if number < 10 else texts["second.txt"]
        lines += ["nothing on this line", f"The item {NAMES[number % 15]}{number} costs ${amount:,} a piece"]
    for name, lines in texts.items():
        for at, line in enumerate(lines, 1):
            if line.startswith("The item"):
                _, _, item, _, written, *_ = line.split()
                if name == "second.txt":
                    facts.rows.append((at, item, written[1:], float(written[1:].replace(",", ""))))
    facts.context, facts.source = {name: "\n".join(lines) for name, lines in texts.items()}, "second.txt"
    return facts


def cases(seed: int) -> Iterator[Case]:
    """All cases of a seed."""
    dice = random.Random(seed)
    for facts in documents(dice):
        for make in (_quoted, _computed, _typed, _invented, _coincidental, _others):
            yield from make(facts, dice)


def _find(facts: Facts, name: str) -> str:
    return f"import json\nm = [m for m in grep({facts.pattern!r}) if m.groups[0] == {name!r}][0]"


def _rows(facts: Facts) -> str:
    return f"import json\nrows = grep({facts.pattern!r})\nvalues = [{facts.pick} for m in rows]"


def _quoted(facts: Facts, dice: random.Random) -> Iterator[Case]:
    def case(kind: str, line: int, *replies: str) -> Case:
        return Case(kind, "document", facts.context, replies, (line,), facts.source)

    chosen = dice.sample(facts.rows, 5)
    line, name, written, amount = chosen[0]
    yield case("picked number", line, f"{_find(facts, name)}\nn = {facts.pick}\nprint(n)", "FINAL(n)")
    line, name, written, amount = chosen[1]
    yield case("picked in one cell", line, f"{_find(facts, name)}\nFINAL({facts.pick})")
    line, name, written, amount = chosen[2]
    yield case("typed as it stands", line, f"{_find(facts, name)}\nprint(m.line)", f"FINAL({written!r})")
    line, name, written, amount = chosen[3]
    yield case("typed as a number", line, f"{_find(facts, name)}\nprint(m.line_num, m.line)", f"FINAL({int(amount)})")
    line, name, written, amount = chosen[4]
    yield case("picked name", line, f"{_find(facts, name)}\nprint(m.groups[0])", "FINAL({'name': m.groups[0]})")
    yield case("picked line", line, f"{_find(facts, name)}\nFINAL(m.line)")
    if facts.tables:
        line, name, written, amount = dice.choice(facts.rows)
        code = f"row = next(r for r in tables()[0] if r['name'] == {name!r})\nprint(row)"
        yield case("picked of a table", line, code, "FINAL(row['amount'])")


def _computed(facts: Facts, dice: random.Random) -> Iterator[Case]:
    def case(kind: str, *replies: str) -> Case:
        return Case(kind, "computed", facts.context, replies)

    rows = _rows(facts)
    limit = dice.randrange(100_000, 800_000)
    yield case("count", f"{rows}\nn = len(rows)\nprint(n)", "FINAL(n)")
    yield case("count of some", f"{rows}\nn = sum(1 for v in values if v > {limit})\nprint(n)", "FINAL(n)")
    yield case("sum", f"{rows}\ntotal = sum(values)\nprint(total)", "FINAL(total)")
    yield case("mean", f"{rows}\nFINAL(round(sum(values) / len(values), 2))")
    yield case("difference", f"{rows}\nd = max(values) - min(values)\nprint(d)", "FINAL({'difference': d})")
    yield case("loop", f"{rows}\nn = 0\nfor v in values:\n    if v > {limit}: n += 1\nprint(n)", "FINAL(n)")
    yield case(
        "function", f"def total(items):\n    return sum(items)\n{rows}\nprint(total(values))", "FINAL(total(values))"
    )
    first, second = (amount for *_, amount in dice.sample(facts.rows, 2))
    shown = f"{rows}\nfor m in rows: print(m.line)"
    yield case("typed operands", shown, f"n = ({int(first)} + {int(second)}) * 0.95\nprint(n)", "FINAL(n)")


def _typed(facts: Facts, _dice: random.Random) -> Iterator[Case]:
    rows = _rows(facts)
    total = sum(amount for *_, amount in facts.rows)
    if isinstance(facts.context, dict):
        rows += "\nvalues = [v for m, v in zip(rows, values) if m.source == 'second.txt']"
    yield Case("retyped sum", "typed", facts.context, (f"{rows}\nprint(sum(values))", f"FINAL({int(total)})"))
    mean = total / len(facts.rows)
    replies = (f"{rows}\nprint(sum(values) / len(values))", f"FINAL({round(mean, 1)})")
    yield Case("retyped and rounded", "typed", facts.context, replies)


def _invented(facts: Facts, dice: random.Random) -> Iterator[Case]:
    rows = _rows(facts)
    known = {int(amount) for *_, amount in facts.rows}

    def figure() -> int:
        while (made := dice.randrange(1_000_000, 9_999_999)) in known:
            pass
        return made

    def case(kind: str, *replies: str) -> Case:
        return Case(kind, "ungrounded", facts.context, (f"{rows}\nprint(rows[0].line)", *replies, replies[-1]))

    yield case("typed", f"FINAL({figure()})")
    yield case("through a variable", f"g = 'about {figure():,}'\nFINAL(g)")
    yield case("in a dict", f"FINAL({{'total': {figure()}, 'name': rows[0].groups[0]}})")
    yield case("in a text", f"x = '{figure():,}'\nFINAL('The value is ' + x)")
    yield case("printed first", f"n = {figure()}\nprint(n)", "FINAL(n)")
    yield case("of invented operands", f"n = {figure()} + {figure()}\nprint(n)", "FINAL(n)")
    yield case("behind a condition", f"n = {figure()} if rows else 0\nFINAL(n)")
    yield case("per cent", f"FINAL('{dice.randrange(1_001, 9_999) / 100}%')")


def _coincidental(_facts: Facts, dice: random.Random) -> Iterator[Case]:
    count = dice.randrange(120, 400)
    text = f"Room {count} is closed.\n" + "\n".join(f"row {NAMES[n % 15]}" for n in range(count))
    yield Case(
        "a room of the same number", "computed", text, ("rows = grep('row')\nprint(len(rows))", "FINAL(len(rows))")
    )
    lines = "\n".join(json.dumps({"id": f"e{n}", "ok": n % 2}) for n in range(2 * count))
    code = "n = sum(1 for m in finditer('\"ok\": 1'))\nprint(n)"
    yield Case("an id of the same number", "computed", lines, (code, "FINAL(n)"))
    tagged = "\n".join(f"[{n:05d}] done" for n in range(count + 5))
    yield Case("a tag of the same number", "ungrounded", tagged, ("print(read_lines(1, 2))", f"FINAL({count})"))
    longer = f"Invoice {count}{count} of 2024\nserial A{count}B7"
    yield Case("a part of a longer number", "ungrounded", longer, ("print(context)", f"FINAL({count})"))


def _others(facts: Facts, dice: random.Random) -> Iterator[Case]:
    nothing = "print(grep('zzyzx quux'), fuzzy_search('zzyzx quux flurb'))"
    yield Case("none", "absent", facts.context, (nothing, "FINAL(None)"))
    yield Case("not stated", "absent", facts.context, (nothing, "FINAL('Not stated in the document.')"))
    said = f"It seems that the tone of all of this is calm, says reader {dice.randrange(10)}."
    replies = ("a = llm_query('How is it?')\nprint(a)", SUB + said, "FINAL(a)")
    yield Case("a sentence of a sub-model", "sub-model", facts.context, replies)
    wrong = "The chief executive resigned in March after the auditor found fraud in the Rotterdam office."
    yield Case("invented prose", "ungrounded", facts.context, (nothing, f"FINAL({wrong!r})", f"FINAL({wrong!r})"))
    _, name, written, _ = dice.choice(facts.rows)
    right = f"According to the text, {name} comes to {written} in the end."
    yield Case("prose on a line", "prose", facts.context, (f"{_find(facts, name)}\nprint(m.line)", f"FINAL({right!r})"))
    yield Case("a true zero", "computed", facts.context, ("n = len(grep('zzyzx'))\nFINAL(n)",))
