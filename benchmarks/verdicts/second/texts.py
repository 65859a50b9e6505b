"""The documents of the second set: reports, minutes, ledgers, letters, logs and tables of several languages."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Row:
    """A line that tells an amount of a name: `written` as it stands there, `amount` what it means."""

    line: int
    name: str
    written: str
    amount: float


@dataclass
class Sheet:
    """A document of one kind. `loop` is code that fills the list `pairs` of (name, amount) without any tool; `grep` a
    pattern whose groups are name and written amount ("" for none), `read` the amount out of a text `t` such as its
    second group. `reckons`: the loop puts the amounts together from parts."""

    kind: str
    context: Any
    source: str
    loop: str
    grep: str
    read: str = "to_number(t)"
    rows: list[Row] = field(default_factory=list)
    reckons: bool = False


PLACES = ["Aldermoor", "Brixholm", "Corvane", "Dunmarrow", "Eskdale", "Farnwick", "Gildersome", "Hexley", "Ilmarsh"]
PLACES += ["Jarlsby", "Kettering", "Lowick", "Munslow", "Norbury", "Ovingham", "Penhallow", "Quarley", "Rothsay"]
PEOPLE = ["Marta Lindqvist", "Tomasz Zielony", "Ines Carvalho", "Peter Oduya", "Hanna Wirtanen", "Luc Vandermeer"]
PEOPLE += ["Aiko Hayashida", "Rafael Montoya", "Greta Sandvik", "Owen Pritchard"]
_FILLERS = {
    "german": ["Der Vorstand dankt allen Beteiligten.", "Weitere Angaben folgen im Anhang {n}.", "Siehe Seite {n}."],
    "french": ["La séance est levée à midi.", "Voir la page {n} du rapport.", "Aucune remarque n'a été faite."],
    "spanish": ["El consejo se reunió de nuevo.", "Véase el anexo {n}.", "No hubo más comentarios."],
    "japanese": ["詳細は別紙{n}を参照。", "会議は予定どおり終了した。", "その他の報告はなかった。"],
    "indian": ["The file was forwarded to the ministry.", "Refer to note {n}.", "No objection was received."],
    "english": ["The weather held until the evening.", "See appendix {n}.", "Nobody objected to the minutes."],
}


def _german(amount: int) -> str:
    return f"{amount // 100:,}".replace(",", ".") + f",{amount % 100:02d}"


def _french(amount: int) -> str:
    return f"{amount:,}".replace(",", "\u00a0")


def indian(amount: int) -> str:
    """`1,23,45,678`."""
    head, tail = str(amount)[:-3], str(amount)[-3:]
    parts = []
    while head:
        parts.append(head[-2:])
        head = head[:-2]
    return ",".join([*reversed(parts), tail])


def _japanese(amount: int) -> str:
    return f"{amount // 10_000}億{amount % 10_000}万" if amount % 10_000 else f"{amount // 10_000}億"


def _prose(dice: random.Random, kind: str, sentence: str, rows: list[tuple[str, str, float]]) -> tuple[str, list[Row]]:
    lines: list[str] = []
    found = []
    for name, written, amount in rows:
        lines += [dice.choice(_FILLERS[kind]).format(n=dice.randrange(20, 800)) for _ in range(dice.randrange(3))]
        lines.append(sentence.format(name=name, written=written))
        found.append(Row(len(lines), name, written, amount))
    return "\n".join(lines), found


def sheets(dice: random.Random) -> Iterator[Sheet]:
    """One document of each kind."""
    yield from (_in_german(dice), _in_french(dice), _in_spanish(dice), _in_japanese(dice), _in_indian(dice))
    yield from (_settings(dice), _markdown(dice), _semicolons(dice), _nested_json(dice), _measurements(dice))
    yield _reports(dice)


def _in_german(dice: random.Random) -> Sheet:
    rows = [(name, _german(n), n / 100) for name, n in zip(PLACES, dice.sample(range(10**6, 10**9), 16), strict=False)]
    text, found = _prose(dice, "german", "Der Umsatz der Filiale {name} betrug {written} € im Geschäftsjahr.", rows)
    loop = (
        "import re\npairs = []\nfor line in context.splitlines():\n"
        "    m = re.search(r'Filiale (\\w+) betrug ([\\d.,]+)', line)\n"
        "    if m:\n        pairs.append((m.group(1), float(m.group(2).replace('.', '').replace(',', '.'))))"
    )
    return Sheet("german", text, "context", loop, r"Filiale (\w+) betrug ([\d.,]+)", rows=found)


def _in_french(dice: random.Random) -> Sheet:
    rows = [(name, _french(n), n) for name, n in zip(PLACES, dice.sample(range(10**4, 10**7), 16), strict=False)]
    text, found = _prose(dice, "french", "Le canton de {name} compte {written} habitants.", rows)
    loop = (
        "import re\npairs = []\nfor name, digits in re.findall(r'canton de (\\w+) compte ([\\d\\s]+) hab', context):\n"
        "    pairs.append((name, int(re.sub(r'\\D', '', digits))))"
    )
    return Sheet("french", text, "context", loop, r"canton de (\w+) compte (.+?) hab", rows=found)


def _in_spanish(dice: random.Random) -> Sheet:
    rows = [(name, _german(n), n / 100) for name, n in zip(PLACES, dice.sample(range(10**6, 10**9), 16), strict=False)]
    text, found = _prose(dice, "spanish", "La factura de {name} asciende a {written} euros.", rows)
    loop = (
        "pairs = []\nfor line in context.split('\\n'):\n    if ' asciende a ' not in line:\n        continue\n"
        "    head, _, tail = line.partition(' asciende a ')\n"
        "    digits = tail.split()[0]\n"
        "    pairs.append((head.split()[-1], float(digits.replace('.', '').replace(',', '.'))))"
    )
    return Sheet("spanish", text, "context", loop, r"factura de (\w+) asciende a ([\d.,]+)", rows=found)


def _in_japanese(dice: random.Random) -> Sheet:
    amounts = dice.sample(range(10_001, 9_000_000), 16)
    rows = [(name, _japanese(n), n * 10_000) for name, n in zip(PLACES, amounts, strict=False)]
    text, found = _prose(dice, "japanese", "支店 {name} の売上高は{written}円であった。", rows)
    loop = (
        "import re\npairs = []\nfor line in context.splitlines():\n"
        "    m = re.search(r'支店 (\\w+) の売上高は(\\d+)億(?:(\\d+)万)?円', line)\n    if m:\n"
        "        pairs.append((m.group(1), int(m.group(2)) * 10**8 + int(m.group(3) or 0) * 10**4))"
    )
    return Sheet("japanese", text, "context", loop, r"支店 (\w+) の売上高は(.+?)円", rows=found, reckons=True)


def _in_indian(dice: random.Random) -> Sheet:
    rows = [(name, indian(n), n) for name, n in zip(PLACES, dice.sample(range(10**5, 10**9), 16), strict=False)]
    text, found = _prose(dice, "indian", "The bridge at {name} has got Rs. {written} from the fund.", rows)
    loop = (
        "pairs = []\nfor line in context.splitlines():\n    if 'bridge at' in line:\n        words = line.split()\n"
        "        pairs.append((words[3], int(words[7].replace(',', ''))))"
    )
    return Sheet("indian", text, "context", loop, r"bridge at (\w+) has got Rs\. ([\d,]+)", rows=found)


def _settings(dice: random.Random) -> Sheet:
    lines, found = ["# generated, do not edit"], []
    for name, n in zip(PLACES, dice.sample(range(2_000, 99_999), 18), strict=False):
        lines += [f"[{name.lower()}]", f"name = {name}", f"quota = {n}", f"port = {dice.randrange(1024, 9999)}"]
        found.append(Row(len(lines) - 1, name, str(n), n))
    loop = (
        "pairs, name = [], None\nfor line in context.splitlines():\n    key, _, value = line.partition(' = ')\n"
        "    if key == 'name':\n        name = value\n    elif key == 'quota':\n"
        "        pairs.append((name, int(value)))"
    )
    return Sheet("settings", "\n".join(lines), "context", loop, "", rows=found)


def _markdown(dice: random.Random) -> Sheet:
    lines, found = ["# Survey", "", "| Town | Households | Change |", "|---|---:|---:|"], []
    for name, n in zip(PLACES, dice.sample(range(1_000, 99_999), 18), strict=False):
        lines.append(f"| {name} | {n:,} | {dice.randrange(-99, 99) / 10}% |")
        found.append(Row(len(lines), name, f"{n:,}", n))
    loop = (
        "pairs = []\nfor line in context.splitlines()[4:]:\n    cells = [cell.strip() for cell in line.split('|')]\n"
        "    pairs.append((cells[1], int(cells[2].replace(',', ''))))"
    )
    return Sheet("markdown", "\n".join(lines), "context", loop, r"^\| (\w+) \| ([\d,]+) \|", rows=found)


def _semicolons(dice: random.Random) -> Sheet:
    lines, found = ["Nr;Ort;Betrag;Status"], []
    for at, n in enumerate(dice.sample(range(10**5, 10**7), 60)):
        name = f"{PLACES[at % 18]}{at}"
        written = f"{n // 100},{n % 100:02d}"
        lines.append(f"{at + 1};{name};{written};{dice.choice(['offen', 'bezahlt'])}")
        found.append(Row(len(lines), name, written, n / 100))
    loop = (
        "import csv, io\npairs = []\nfor row in csv.DictReader(io.StringIO(context), delimiter=';'):\n"
        "    pairs.append((row['Ort'], float(row['Betrag'].replace(',', '.'))))"
    )
    return Sheet("semicolons", "\n".join(lines), "context", loop, r"^\d+;(\w+);([\d,]+);", rows=found)


def _nested_json(dice: random.Random) -> Sheet:
    lines, found = [], []
    for at, n in enumerate(dice.sample(range(10_000, 999_999), 120)):
        name = f"{PLACES[at % 18]}{at}"
        row = {"id": f"inv-{at}", "site": {"name": name}, "net": n, "tags": ["x", f"t{at % 7}"]}
        lines.append(json.dumps(row))
        found.append(Row(len(lines), name, str(n), n))
    loop = (
        "import json\npairs = []\nfor line in context.splitlines():\n    record = json.loads(line)\n"
        "    pairs.append((record['site']['name'], record['net']))"
    )
    return Sheet("nested json", "\n".join(lines), "context", loop, r'"name": "(\w+)"\}, "net": (\d+)', rows=found)


def _measurements(dice: random.Random) -> Sheet:
    lines, found = [], []
    for at, n in enumerate(dice.sample(range(10_000, 999_999), 80)):
        name = f"{PLACES[at % 18]}{at}"
        lines.append(f"{8 + at // 60:02d}:{at % 60:02d}:07\tINFO\tprobe={name}\tflow {n / 1000:.3f} l/s")
        found.append(Row(len(lines), name, f"{n / 1000:.3f}", n / 1000))
    loop = (
        "pairs = []\nfor line in context.splitlines():\n    _, _, probe, flow = line.split('\\t')\n"
        "    pairs.append((probe.removeprefix('probe='), float(flow.split()[1])))"
    )
    return Sheet("measurements", "\n".join(lines), "context", loop, r"probe=(\w+)\tflow ([\d.]+)", rows=found)


def _reports(dice: random.Random) -> Sheet:
    texts: dict[str, list[str]] = {"north.md": ["# North"], "south.md": ["# South"], "west.md": ["# West"]}
    found = []
    for at, n in enumerate(dice.sample(range(10_000, 999_999), 30)):
        name = f"{PLACES[at % 18]}{at}"
        source = list(texts)[at % 3]
        texts[source] += ["", f"{name} recorded {n:,} visitors."]
        if source == "south.md":
            found.append(Row(len(texts[source]), name, f"{n:,}", n))
    loop = (
        "pairs = []\nfor line in context['south.md'].splitlines():\n    words = line.split()\n"
        "    if 'recorded' in words:\n        pairs.append((words[0], int(words[2].replace(',', ''))))"
    )
    context = {name: "\n".join(lines) for name, lines in texts.items()}
    return Sheet("reports", context, "south.md", loop, r"^(\w+) recorded ([\d,]+) visitors", rows=found)


@dataclass(frozen=True)
class Letter:
    """A text of letters, each of one person with a date and a sentence of theirs, and the lines of the three."""

    text: str
    people: list[tuple[int, str]]
    days: list[tuple[int, str, date]]
    sentences: list[tuple[int, str]]


_SENTENCES = [
    "We cannot accept the second delivery - it arrived wet, torn and six weeks late",
    "Don't open the north sluice before the engineers have signed the form",
    "The tenants’ council “agreed in principle” to the new heating plan",
    "Our insurer re-valued the orchard after the hail, and nobody was told",
    "Whoever painted the bridge didn’t read the specification — it calls for grey",
    "All of the remaining seed potatoes were given to the agricultural college",
]
_MONTHS = {
    language: words.split()
    for language, words in {
        "en": "January February March April May June July August September October November December",
        "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
        "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    }.items()
}


def letters(dice: random.Random) -> Letter:
    """Six letters."""
    lines: list[str] = []
    letter = Letter("", [], [], [])
    people, sentences = dice.sample(PEOPLE, 6), dice.sample(_SENTENCES, 6)
    for at, (person, sentence) in enumerate(zip(people, sentences, strict=True)):
        day = date(2011 + 2 * at, dice.randrange(1, 13), dice.randrange(13, 29))
        month = day.month - 1
        written = [
            f"{day.day} {_MONTHS['en'][month]} {day.year}",
            f"{day.day}. {_MONTHS['de'][month]} {day.year}",
            f"{day.day} {_MONTHS['fr'][month]} {day.year}",
            f"{day.day} de {_MONTHS['es'][month]} de {day.year}",
            f"{_MONTHS['en'][month]} {day.day}, {day.year}",
            f"{day.day:02d}.{day.month:02d}.{day.year}",
        ][at]
        lines.append(f"Letter of {written}")
        letter.days.append((len(lines), written, day))
        lines.append(f"From: {person}")
        letter.people.append((len(lines), person))
        lines += [f"{sentence}.", ""]
        letter.sentences.append((len(lines) - 1, sentence))
    return Letter("\n".join(lines), letter.people, letter.days, letter.sentences)
