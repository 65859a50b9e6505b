"""Fourteen shapes of question in the wording "r", each about another subject and in another format."""

from __future__ import annotations

import csv
import datetime
import io
import json
import random
from collections import Counter
from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Any, TypeVar

from pages import wording_of, wrong_of

_Row = TypeVar("_Row")
_Vocabulary = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...]]

_PARISH: _Vocabulary = (
    ("the verger", "the sacristan", "the youth group", "the choir", "the sexton", "the curate", "the Mothers' Union"),
    ("looked after", "asked about", "put away", "cleaned", "brought back", "admired", "went through"),
    ("the hymn books", "the candlesticks", "the kneelers", "the notice board", "the lych gate", "the vestry cupboard"),
    (
        *("before the service", "with many thanks", "in spite of the rain"),
        *("as every year", "after a long talk", "in good order"),
    ),
)
_ZOO: _Vocabulary = (
    ("the head keeper", "a volunteer", "the gardener", "the vet's assistant", "a school class", "the night watchman"),
    ("swept", "looked over", "photographed", "repaired", "visited", "painted", "talked about"),
    (
        *("the straw store", "the fence by the pond", "the new signs"),
        *("the visitors' path", "the water trough", "the heating pipes"),
    ),
    (
        *("before opening time", "in the afternoon", "without any trouble"),
        *("because of the frost", "together with the apprentices"),
    ),
)
_RAIL: _Vocabulary = (
    ("the shunter", "the foreman", "the signal fitter", "a cleaner", "the depot office", "the track gang"),
    ("checked", "greased", "reported", "swept", "replaced", "tidied", "inspected"),
    (
        *("the lamps in the yard", "the points heater", "the tool cupboard"),
        *("the buffer stop", "the windows", "the oil store"),
    ),
    (
        *("as planned", "during the break", "after the rain"),
        *("and signed for it", "for the coming shift", "without remarks"),
    ),
)
_BOOKS: _Vocabulary = (
    ("the sales office", "the binder", "our packer", "the proofreader", "the agent", "the warehouse"),
    ("asked for", "praised", "moved", "looked through", "returned", "thought over", "wrote about"),
    ("the new catalogue", "the jacket designs", "the pallets by the door", "the paper samples", "the window display"),
    (
        *("for the fair", "with some delay", "in the usual way"),
        *("after the holidays", "to everybody's content", "once more"),
    ),
)
_SITE: _Vocabulary = (
    ("the foreman", "the architect", "the crane driver", "a neighbour", "the surveyor", "the apprentice"),
    ("walked round", "covered", "complained about", "measured", "cleared", "photographed", "locked"),
    ("the scaffolding", "the sand heap", "the site hut", "the temporary fence", "the drain trench", "the access road"),
    (
        *("because of the wind", "in the morning", "before the inspection"),
        *("with a tarpaulin at hand", "as agreed", "at the end of the shift"),
    ),
)
_SHOP: _Vocabulary = (
    ("the cashier", "the trainee", "the manager", "the window dresser", "a sales rep", "the caretaker"),
    ("rearranged", "dusted", "looked for", "labelled", "carried in", "asked about", "tidied"),
    (
        *("the shelf by the door", "the carrier bags", "the price tags"),
        *("the back room", "the parasol stand", "the shop window"),
    ),
    ("before lunch", "without hurry", "for the season", "as the manager wished", "because it was quiet", "once again"),
)
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September", "October"),
    *("November", "December"),
)
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_FIRST = (
    *("Salt", "Winter", "Copper", "Silent", "Paper", "Hollow", "Distant", "Amber", "Broken", "Northern"),
    *("Crooked", "Velvet", "Second", "Burning", "Gentle", "Iron"),
)
_SECOND = (
    *("Road", "Orchard", "Harbour", "Lantern", "Sister", "Garden", "Bridge", "Weather", "Island", "Clock"),
    *("Letter", "Meadow", "Stranger", "Tide", "Winter Coat", "Staircase"),
)


def _sentence(chance: random.Random, words: _Vocabulary) -> str:
    text = " ".join(chance.choice(part) for part in words)
    return text[0].upper() + text[1:] + "."


def _talk(chance: random.Random, words: _Vocabulary, least: int = 1, most: int = 3) -> str:
    return " ".join(_sentence(chance, words) for _ in range(chance.randint(least, most)))


def _length(lines: list[str]) -> int:
    return sum(len(line) + 1 for line in lines)


def _fill(room: int, make: Callable[[], str]) -> list[str]:
    """Pieces of filler that have about so many characters together."""
    pieces: list[str] = []
    while room > 0:
        piece = make()
        pieces.append(piece)
        room -= len(piece) + 1
    return pieces


def _weave(chance: random.Random, rows: list[_Row], fill: list[_Row]) -> list[_Row]:
    """Rows and filler mixed, each in its own order."""
    marks = [True] * len(rows) + [False] * len(fill)
    chance.shuffle(marks)
    one, two = iter(rows), iter(fill)
    return [next(one) if mark else next(two) for mark in marks]


def _text(chance: random.Random, head: list[str], rows: list[str], fill: list[str]) -> str:
    return "\n".join(head + _weave(chance, rows, fill)) + "\n"


def _records(chance: random.Random, size: int, length: int) -> int:
    """How many records a document of this size has, when one has about this length."""
    most = min(58, max(14, int(size * 0.62 / length)))
    return chance.randint(max(13, most * 3 // 4), most)


def _same(one: Any, two: Any) -> bool:
    if isinstance(one, (int, float)) and isinstance(two, (int, float)):
        return abs(one - two) < 1e-9
    return bool(one == two)


def _task(question: str, context: Any, accepts: tuple[Any, ...], decoys: list[Any]) -> dict[str, Any]:
    return {
        "question": question,
        "context": context,
        "accepts": accepts,
        "decoys": wrong_of(accepts, decoys, _same),
    }


def _mixed(chance: random.Random, forced: list[_Row], count: int, make: Callable[[], _Row]) -> list[_Row]:
    """The forced kinds and as many made ones as are missing, in an order by chance."""
    kinds = list(forced)
    while len(kinds) < count:
        kinds.append(make())
    chance.shuffle(kinds)
    return kinds


def _pounds(pence: int) -> float:
    return round(pence / 100, 2)


def _days(chance: random.Random, first: datetime.date, span: int, count: int) -> list[datetime.date]:
    return sorted(first + datetime.timedelta(days=chance.randrange(span)) for _ in range(count))


def _date(day: datetime.date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _titles(chance: random.Random, count: int) -> list[str]:
    return chance.sample([f"The {one} {two}" for one in _FIRST for two in _SECOND if one not in two], count)


def _sum(chance: random.Random, size: int) -> dict[str, Any]:
    """The cash book of a parish, with dot leaders."""
    funds = ["Roof fund", "Organ fund", "Flower fund", "Bell fund", "Choir fund"]
    states = ["banked", "promised", "refused by the bank"]
    target = chance.choice(funds)
    others = [fund for fund in funds if fund != target]
    count = _records(chance, size, 84)
    forced = [(target, "banked")] * 4 + [(target, "promised")] * 2 + [(target, "refused by the bank")]
    forced += [(chance.choice(others), "banked") for _ in range(3)]
    kinds = _mixed(chance, forced, count, lambda: (chance.choice(funds), chance.choice([*states, "banked"])))
    dates = _days(chance, datetime.date(2023, 1, 2), 350, count)
    occasions = (
        *("plate at Evensong", "gift of a family", "coffee morning", "jumble sale", "concert"),
        *("gift in memory", "plate at Matins", "sponsored walk", "cake stall", "envelope in the box"),
    )
    rows = []
    totals = Counter[tuple[str, str]]()
    for day, (fund, state) in zip(dates, kinds, strict=True):
        large = chance.random() < 0.1
        pence = chance.randint(100_000, 260_000) // 500 * 500 if large else chance.randint(850, 38_000)
        totals[fund, state] += pence
        label = f"{day.day:02d} {_MONTHS[day.month - 1][:3]}  {fund}, {chance.choice(occasions)} "
        rows.append(f"{label:.<50} {f'£{pence / 100:,.2f}':>10}  {state}")
    head = ["CASH BOOK OF THE CHURCHWARDENS - Money for the funds of the parish, year 2023", ""]
    fill = _fill(size - _length(head + rows), lambda: "        " + _talk(chance, _PARISH, 1, 2))
    name = target[0].lower() + target[1:]
    question = chance.choice(
        [
            f"How much money for the {name} is entered as banked in the cash book, in total?",
            (
                f"What do the amounts for the {name} that were banked add up to (not those only promised or refused by "
                "the bank)?"
            ),
            f"Please add up everything in the cash book that was banked for the {name}.",
        ]
    )
    right = _pounds(totals[target, "banked"])
    return _task(
        question,
        _text(chance, head, rows, fill),
        (right,),
        [
            _pounds(sum(value for (fund, _), value in totals.items() if fund == target)),
            _pounds(sum(value for (_, state), value in totals.items() if state == "banked")),
            _pounds(totals[target, "banked"] + totals[target, "promised"]),
            _pounds(totals[target, "promised"]),
        ],
    )


def _count(chance: random.Random, size: int) -> dict[str, Any]:
    """The register of a zoo, in indented blocks."""
    target, twins = chance.choice(
        [
            ("ring-tailed lemur", ("red ruffed lemur", "ring-tailed coati")),
            ("Humboldt penguin", ("rockhopper penguin", "Humboldt's hog-nosed skunk")),
            ("Bactrian camel", ("Arabian camel", "Bactrian deer")),
            ("snowy owl", ("eagle owl", "snowy egret")),
        ]
    )
    states = ["on display", "in quarantine", "on loan", "in the sick bay"]
    wanted = chance.choice(states[:3])
    rest = [state for state in states if state != wanted]
    count = _records(chance, size, 122)
    forced = [(target, wanted)] * chance.randint(3, 5) + [(target, chance.choice(rest)) for _ in range(3)]
    forced += [(chance.choice(twins), wanted) for _ in range(3)]
    species = [target, target, *twins, "meerkat", "porcupine"]
    kinds = _mixed(chance, forced, count, lambda: (chance.choice(species), chance.choice(states)))
    names = chance.sample(
        [
            *("Pico", "Ada", "Bruno", "Tilly", "Momo", "Kasper", "Zuri", "Olga", "Fips", "Nanuk", "Lotte"),
            *("Rex", "Mina", "Jumbo", "Coco", "Igor", "Pepper", "Sunny", "Yuki", "Bella", "Otto", "Flora"),
            *("Hugo", "Wanda", "Basil", "Dora", "Felix", "Greta", "Hector", "Ines", "Juno", "Kiwi", "Loki"),
            *("Maja", "Nero", "Olive", "Paula", "Quinn", "Rosa", "Sam", "Toni", "Ursa", "Vito", "Willi"),
            *("Xena", "Yara", "Zeno", "Alma", "Bodo", "Cleo", "Dino", "Elsa", "Fritz", "Gil", "Hera", "Ivo"),
            *("Jette", "Kira"),
        ],
        count,
    )
    number = chance.randint(200, 600)
    rows = []
    for name, (kind, state) in zip(names, kinds, strict=True):
        number += chance.randint(1, 7)
        lines = [
            f'Animal {number:04d}  "{name}"',
            f"  Species: {kind}",
            f"  Sex: {chance.choice(['male', 'female'])}   Born: {chance.randint(2009, 2022)}",
            f"  Status: {state}",
        ]
        if state != wanted and chance.random() < 0.45:
            lines.append(f"  Remarks: was {wanted} until last spring")
        elif kind != target and chance.random() < 0.25:
            lines.append(f"  Remarks: kept next to a {target}")
        rows.append("\n".join(lines) + "\n")
    head = ["REGISTER OF ANIMALS", "Zoological garden, state of the register at the end of the quarter", ""]
    fill = _fill(size - _length(head + rows), lambda: "(Office) " + _talk(chance, _ZOO, 2, 4) + "\n")
    right = sum(kind == (target, wanted) for kind in kinds)
    question = chance.choice(
        [
            f'How many animals of the species {target} have the status "{wanted}" in the register?',
            f"Going by the status in the register, how many {target}s are {wanted}?",
            f"In the register of animals, count those with the species {target} and the status {wanted}.",
        ]
    )
    return _task(
        question,
        "\n".join(head + _weave(chance, rows, fill)),
        (right,),
        [
            sum(kind == target for kind, _ in kinds),
            sum(state == wanted for _, state in kinds),
            sum(state == wanted and kind in (target, twins[0]) for kind, state in kinds),
            right + 1,
        ],
    )


def _field_sum(chance: random.Random, size: int) -> dict[str, Any]:
    """The log of rail weighbridges, divided by tildes."""
    bridges = ["WB1", "WB2", "WB3", "WB11"]
    verdicts = ["OK", "RETRY", "OVERLOAD"]
    bridge, verdict, name = chance.choice(bridges), chance.choice(["OK", "OVERLOAD"]), chance.choice(["net", "tare"])
    count = _records(chance, size, 82)
    forced = [(bridge, verdict)] * 4 + [(bridge, other) for other in verdicts if other != verdict]
    forced += [(other, verdict) for other in bridges if other != bridge]
    kinds = _mixed(chance, forced, count, lambda: (chance.choice([*bridges, bridge]), chance.choice(verdicts)))
    fields = []
    for _ in kinds:
        wagons = chance.randint(8, 30)
        fields.append(
            {
                "wagons": wagons,
                "net": wagons * chance.randint(38, 62) + chance.randint(0, 9),
                "tare": wagons * chance.randint(19, 26) + chance.randint(0, 9),
            }
        )
    rows = [
        f"bridge {place} ~ train {chance.randint(4, 7)}{chance.choice('FLMR')}{chance.randint(10, 99)} ~ "
        f"wagons {field['wagons']} ~ net {field['net']} ~ tare {field['tare']} ~ verdict {result}"
        for (place, result), field in zip(kinds, fields, strict=True)
    ]
    used = sum(len(row) + 12 for row in rows) + 90
    fill = _fill(size - used, lambda: "sys ~ memo ~ " + _sentence(chance, _RAIL))
    fill = fill[: max(0, int(len(fill) * 0.88))]
    lines = _weave(chance, rows, fill)
    seconds = sorted(chance.randrange(4 * 3600, 22 * 3600) for _ in lines)
    body = [
        f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d} ~ {line}"
        for second, line in zip(seconds, lines, strict=True)
    ]
    head = "%% weighbridge log, goods yard, weights in tonnes, separator tilde"
    text = "\n".join([head, *body, "%% end of log"]) + "\n"

    def total(key: str, test: Callable[[str, str], bool]) -> int:
        return sum(field[key] for kind, field in zip(kinds, fields, strict=True) if test(*kind))

    def right(place: str, result: str) -> bool:
        return (place, result) == (bridge, verdict)

    other = "tare" if name == "net" else "net"
    question = chance.choice(
        [
            (
                f"In the weighbridge log, what is the sum of the {name} weights on the lines for bridge {bridge} with "
                f"the verdict {verdict}?"
            ),
            (
                f"Add up {name} over all lines of the log where the bridge is {bridge} and the verdict is {verdict}. "
                "How many tonnes is that?"
            ),
            f"How many tonnes {name} did bridge {bridge} weigh in total with verdict {verdict}?",
        ]
    )
    return _task(
        question,
        text,
        (total(name, right),),
        [
            total(other, right),
            total(name, lambda place, _result: place == bridge),
            total(name, lambda _place, result: result == verdict),
            total(name, lambda place, result: place.startswith(bridge) and result == verdict),
        ],
    )


def _maximum(chance: random.Random, size: int) -> dict[str, Any]:
    """The stock list of a publisher, in fixed widths."""
    count = _records(chance, size, 66)
    titles = _titles(chance, count)
    stocks = chance.sample(range(140, 6200), count)
    orders = chance.sample(range(20, 9000), count)
    largest = chance.random() < 0.6
    binding = chance.choice(["paperback", "hardback"])
    other = "hardback" if binding == "paperback" else "paperback"
    kinds = [chance.choice([binding, other]) for _ in range(count)]
    ranked = sorted(range(count), key=lambda at: -stocks[at] if largest else stocks[at])
    # The extreme of all is of the other binding, so that nobody finds the answer without a look at the binding.
    kinds[ranked[0]] = other
    kinds[ranked[1]] = chance.choice([binding, other])
    kinds[ranked[2]] = binding
    kinds[ranked[-1]] = binding
    right, second, *_ = (at for at in ranked if kinds[at] == binding)
    code = chance.randint(1000, 4000)
    rows = []
    for title, kind, stock, order in zip(titles, kinds, stocks, orders, strict=True):
        code += chance.randint(1, 40)
        rows.append(f"{code:<7}{title:<30}{kind:<12}{stock:>7}{order:>10}")
    head = [
        "WAREHOUSE LIST OF THE PUBLISHING HOUSE (copies)",
        "",
        f"{'Code':<7}{'Title':<30}{'Binding':<12}{'Stock':>7}{'On order':>10}",
        "-" * 66,
    ]
    fill = _fill(size - _length(head + rows), lambda: "  * " + _sentence(chance, _BOOKS))
    word = "largest" if largest else "smallest"
    question = chance.choice(
        [
            f"Which {binding} on the warehouse list has the {word} stock, and how many copies is it?",
            (
                f"Of the titles with the binding {binding}, which one has the {word} stock? Give the title and the "
                "number of copies in stock."
            ),
            f"What is the {word} stock of any {binding} title in the list, and which title is it?",
        ]
    )
    extreme = (max if largest else min)((at for at in range(count) if kinds[at] == binding), key=lambda at: orders[at])
    decoys: list[Any] = [titles[ranked[0]], stocks[ranked[0]], titles[second], stocks[second]]
    if extreme != right:
        decoys += [titles[extreme]]
    if orders[extreme] != stocks[right]:
        decoys += [orders[extreme]]
    return {
        "question": question,
        "context": _text(chance, head, rows, fill),
        "parts": (titles[right], stocks[right]),
        "decoys": tuple(dict.fromkeys(decoys)),
    }


def _average(chance: random.Random, size: int) -> dict[str, Any]:
    """Tests of concrete, divided by tabs."""
    count = _records(chance, size, 50)
    age = chance.choice(["28 days", "7 days"])
    base = {"7 days": 270, "28 days": 380, "56 days": 430}
    ages = list(base)
    forced = [(age, "valid")] * 5 + [(age, "void")] * 2 + [(other, "valid") for other in ages if other != age]
    kinds = _mixed(chance, forced, count, lambda: (chance.choice(ages), chance.choice(["valid", "valid", "void"])))
    tenths = [base[old] + chance.randint(-45, 60) - (150 if status == "void" else 0) for old, status in kinds]
    places = ("garage slab", "north wall", "stair core", "lift pit", "footing east", "footing west", "ring beam")
    number = chance.randint(100, 300)
    rows = []
    for (old, status), value in zip(kinds, tenths, strict=True):
        number += chance.randint(1, 4)
        rows.append(f"K{number}\t{chance.choice(places)}\t{old}\t{value / 10:.1f}\t{status}")
    head = ["Concrete cube tests, building site at the old mill", ""]
    table = ["Cube\tPart of building\tAge\tStrength (N/mm2)\tStatus", *rows, ""]
    fill = _fill(size - _length(head + table) - 40, lambda: _talk(chance, _SITE, 2, 4))
    cut = chance.randint(0, len(fill))
    text = "\n".join([*head, *fill[:cut], "", *table, "Remarks of the site office", *fill[cut:]]) + "\n"

    def values(test: Callable[[str, str], bool]) -> list[int]:
        return [value for kind, value in zip(kinds, tenths, strict=True) if test(*kind)]

    valid = values(lambda old, status: (old, status) == (age, "valid"))
    exact = Decimal(sum(valid)) / Decimal(10 * len(valid))
    rounded = [
        float(exact.quantize(Decimal(step), rounding=mode))
        for step in ("0.01", "0.1")
        for mode in (ROUND_HALF_UP, ROUND_HALF_EVEN)
    ]
    wrong = [
        values(lambda old, _status: old == age),
        values(lambda _old, status: status == "valid"),
        tenths,
        values(lambda old, status: (old, status) == (age, "void")),
    ]
    means = [sum(group) / len(group) / 10 for group in wrong]
    decoys = [round(mean, 2) for mean in means if abs(mean - float(exact)) > 0.12]
    question = chance.choice(
        [
            f"What is the average strength in N/mm2 of the cubes with an age of {age} and the status valid?",
            f"Leaving out the void tests, what is the mean strength of the cubes whose age was {age}?",
            f"Please give the average of the strength over the valid tests at {age}.",
        ]
    )
    return _task(question, text, tuple(dict.fromkeys([float(exact), *rounded])), decoys)


def _group_by(chance: random.Random, size: int) -> dict[str, Any]:
    """The journal of the tills of a shop, divided by semicolons."""
    departments = chance.sample(
        ["Toys", "Stationery", "Garden", "Kitchen", "Linen", "Lamps", "Shoes"], chance.randint(3, 5)
    )
    wanted = chance.choice(["Sale", "Return"])
    labels = ["Sale", "Return", "Training", "Sale", wanted]
    count = max(_records(chance, size, 44), len(departments) * 2 + 6)
    forced = [(department, label) for label in (wanted, "Training") for department in departments]
    forced += [(department, "Return" if wanted == "Sale" else "Sale") for department in departments[:3]]
    kinds = _mixed(chance, forced, count, lambda: (chance.choice(departments), chance.choice(labels)))
    items = [chance.randint(1, 9) for _ in kinds]
    records = [
        [department, label, str(item), f"{item * chance.randint(150, 1990) / 100:.2f}", ""]
        for (department, label), item in zip(kinds, items, strict=True)
    ]
    used = sum(sum(map(len, record)) + 5 + 12 for record in records) + 60
    notes = _fill(int((size - used) * 0.8), lambda: _talk(chance, _SHOP, 1, 2))
    entries = _weave(chance, records, [["", "Memo", "0", "0.00", note] for note in notes])
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\n")
    writer.writerow(["Receipt", "Time", "Department", "Kind", "Items", "Amount", "Note"])
    minutes = sorted(chance.randrange(9 * 60, 19 * 60) for _ in entries)
    number = chance.randint(1000, 7000)
    for minute, entry in zip(minutes, entries, strict=True):
        number += 1
        writer.writerow([number, f"{minute // 60:02d}:{minute % 60:02d}", *entry])

    def groups(*chosen: str) -> dict[str, int]:
        sums = dict.fromkeys(departments, 0)
        for (department, label), item in zip(kinds, items, strict=True):
            if label in chosen:
                sums[department] += item
        return sums

    receipts = {department: kinds.count((department, wanted)) for department in departments}
    question = chance.choice(
        [
            f"For each department, how many items are there altogether on the receipts of the kind {wanted}?",
            f"Add up the items per department, only over receipts whose kind is {wanted}.",
            f"How many items does each department have in the till journal, counting the kind {wanted} only?",
        ]
    )
    return _task(
        question,
        out.getvalue(),
        (groups(wanted),),
        [
            groups("Sale", "Return", "Training"),
            groups("Sale", "Return"),
            receipts,
            groups(wanted, "Training"),
        ],
    )


def _lookup(chance: random.Random, size: int) -> dict[str, Any]:
    """The minutes of a parish council, in numbered paragraphs."""
    people = chance.sample(
        [
            *("Harriet Coyle", "Edmund Pratt", "Judith Amory", "Walter Finch", "Rose Tindall", "Hugh Marlow"),
            *("Celia Brand", "Arthur Neve", "Marian Stokes", "Philip Garth"),
        ],
        4,
    )
    shape = chance.choice(["hire", "time", "office"])
    accepts: tuple[Any, ...]
    decoys: list[Any]
    if shape == "hire":
        room, twin = chance.sample(["church hall", "undercroft", "parish room", "old schoolroom"], 2)
        old, new, lost, near = chance.sample(range(12, 39), 4)
        old, new = sorted((old, new))
        month = chance.choice(["1 September", "1 July", "1 October"])
        facts = [
            (
                f"Finance. The treasurer recalled that so far the hire of the {room} has been £{old} an hour, and that "
                "this no longer covers the heating."
            ),
            (
                f"Resolution. It was resolved that from {month} the hire of the {room} is £{new} an hour. The "
                "treasurer will write to the clubs."
            ),
            f"Motion. A motion of {people[0]} to put the hire of the {room} at £{lost} an hour was lost.",
            f"Other rooms. From {month} the hire of the {twin} will be £{near} an hour.",
        ]
        question = chance.choice(
            [
                f"What did the council resolve that the hire of the {room} costs per hour from {month}, in pounds?",
                f"From {month}, how many pounds an hour is the hire of the {room}, by the resolution in the minutes?",
            ]
        )
        accepts, decoys = (new, f"£{new}"), [old, lost, near]
    elif shape == "time":
        service, twin = chance.sample(["Sung Eucharist", "Matins", "Family Service", "Evensong"], 2)
        hours = chance.sample([(hour, minute) for hour in (8, 9, 10, 11) for minute in ("00", "15", "30", "45")], 4)
        before, after, refused, beside = (f"{hour}.{minute} am" for hour, minute in hours)
        if twin == "Evensong":
            beside = f"{hours[3][0] - 4}.{hours[3][1]} pm"
        if service == "Evensong":
            before, after, refused = (f"{hour - 4}.{minute} pm" for hour, minute in hours[:3])
        start = chance.choice(["Advent Sunday", "Low Sunday", "Trinity Sunday"])
        facts = [
            (
                f"Services. The vicar reminded the council that {service} has begun at {before} for as long as "
                "anybody can remember."
            ),
            (
                f"Resolution. It was resolved that from {start} on {service} begins at {after}. The notice board will "
                "be changed."
            ),
            f"Motion. A motion of {people[0]} to begin {service} at {refused} found no majority.",
            f"Other services. From {start} on {twin} begins at {beside}.",
        ]
        question = chance.choice(
            [
                f"At what time does {service} begin from {start} on, as the council resolved?",
                f"By the resolution in the minutes, when does {service} begin from {start} on?",
            ]
        )
        clock = after.split()[0]
        accepts = (after, clock, after.replace(".", ":"), clock.replace(".", ":"))
        decoys = [before, refused, beside]
    else:
        office, twin = chance.sample(["treasurer", "secretary", "bell captain", "organist"], 2)
        facts = [
            f"Thanks. The vicar thanked {people[1]}, who lays down the office of {office} after nine years.",
            f"Election. {people[2]} was elected {office} without a dissenting vote and accepted the office.",
            f"Candidates. {people[0]} had also been asked to stand for {office} but declined.",
            f"Further election. {people[3]} was elected {twin} and accepted the office.",
        ]
        question = chance.choice(
            [
                f"Who was elected {office} at this meeting of the council?",
                f"Which person did the meeting elect as {office}, according to the minutes?",
            ]
        )
        accepts, decoys = (people[2],), [people[1], people[0], people[3]]
    topics = (
        *("Churchyard.", "Fabric.", "Music.", "Young people.", "Correspondence.", "Deanery."),
        *("Safeguarding.", "Garden."),
    )
    chance.shuffle(facts)
    used = sum(len(fact) + 6 for fact in facts) + 120
    need = max(size - used, 0)
    parts = min(50, max(9, need // 350))
    each = need // parts
    fill = []
    for _ in range(parts):
        text = chance.choice(topics)
        while len(text) < each - 35:
            text += " " + _sentence(chance, _PARISH)
        fill.append(text)
    lines = [f"{at}. {text}\n" for at, text in enumerate(_weave(chance, facts, fill), 1)]
    text = "\n".join(
        ["Minutes of the parochial church council", "Held in the vestry; the vicar in the chair.\n", *lines]
    )
    return _task(question, text, accepts, decoys)


def _distinct(chance: random.Random, size: int) -> dict[str, Any]:
    """The works of locomotive depots, as JSON lines."""
    depots = chance.sample(["Northgate", "Millbay", "Castle Sidings", "Eastleigh Road", "Holm Yard"], 3)
    works = chance.sample(["wheel turning", "brake overhaul", "boiler washout", "repainting", "axle inspection"], 3)
    depot, work = depots[0], works[0]
    count = _records(chance, size, 84)
    locos = [f"{chance.choice('DHK')}{number}" for number in chance.sample(range(1001, 6990), 14)]
    inside = locos[: chance.randint(3, 5)]
    outside = locos[5:]
    forced = [(loco, depot, work) for loco in (*inside, *chance.choices(inside, k=3))]
    forced += [(outside[0], depot, works[1]), (outside[1], depots[1], work), (outside[2], depots[2], work)]
    forced += [(outside[3], depot, works[2])]

    def make() -> tuple[str, str, str]:
        where, what = chance.choice(depots), chance.choice(works)
        if (where, what) == (depot, work):
            return chance.choice(inside + outside[6:8]), where, what
        return chance.choice(locos), where, what

    kinds = _mixed(chance, forced, count, make)
    job = chance.randint(300, 900)
    rows = []
    for loco, where, what in kinds:
        job += chance.randint(1, 9)
        rows.append(
            json.dumps({"job": job, "loco": loco, "depot": where, "work": what, "hours": chance.randint(2, 30)})
        )
    fill = _fill(size - _length(rows), lambda: json.dumps({"memo": _talk(chance, _RAIL, 1, 3)}))
    question = chance.choice(
        [
            f'How many different locos were in the depot {depot} for the work "{work}"?',
            f"How many different locos have at least one job with the work {work} in the depot {depot}?",
            f"Counting each loco only once, how many locos had {work} at the depot {depot}?",
        ]
    )
    right = len({loco for loco, where, what in kinds if (where, what) == (depot, work)})
    return _task(
        question,
        _text(chance, [], rows, fill),
        (right,),
        [
            sum((where, what) == (depot, work) for _, where, what in kinds),
            len({loco for loco, where, _ in kinds if where == depot}),
            len({loco for loco, _, what in kinds if what == work}),
            len({loco for loco, _, _ in kinds}),
        ],
    )


def _date_range(chance: random.Random, size: int) -> dict[str, Any]:
    """The diary of the bird house of a zoo."""
    year = chance.choice([2021, 2022, 2023])
    start = datetime.date(year, chance.randint(3, 5), chance.randint(3, 25))
    end = start + datetime.timedelta(days=chance.randint(24, 60))
    one = datetime.timedelta(days=1)
    count = _records(chance, size, 92)
    days = {start, end, start - one, end + one}
    days |= {start + one * at for at in chance.sample(range(1, (end - start).days), 4)}
    days |= {datetime.date(year + 1, start.month, 27), datetime.date(year + 1, end.month, 1) - one * 2}
    while len(days) < count:
        first = datetime.date(year, 2, 1)
        day = first + one * chance.randrange(210)
        days.add(day if chance.random() < 0.75 else day.replace(year=year + 1))
    birds = ("flamingos", "penguins", "herons", "storks", "ibises", "pelicans", "quails")
    rows: list[str] = []
    found: list[tuple[datetime.date, dict[str, int]]] = []
    order = sorted(days)
    for place, day in enumerate(order):
        eggs, chicks = chance.sample(range(1, 9), 2)
        found.append((day, {"chicks hatched": chicks, "eggs were laid": eggs}))
        text = (
            f"{chance.choice(birds).capitalize()}: {eggs} egg{'s' * (eggs != 1)} laid, "
            f"{chicks} chick{'s' * (chicks != 1)} hatched."
        )
        talk = ""
        spare = size * (place + 1) // len(order) - _length(rows) - 75
        while len(talk) < spare - 30:
            talk += " " + _sentence(chance, _ZOO)
        rows.append(f"{_WEEKDAYS[day.weekday()]}, {_date(day)}\n{text}{talk}\n")
    text = "\n".join([f"Diary of the bird house, {year} and {year + 1}\n", *rows])

    def total(what: str, test: Callable[[datetime.date], bool]) -> int:
        return sum(numbers[what] for day, numbers in found if test(day))

    word, other = chance.choice([("chicks hatched", "eggs were laid"), ("eggs were laid", "chicks hatched")])
    question = chance.choice(
        [
            f"How many {word} from {_date(start)} to {_date(end)}, both days included?",
            (
                f"According to the diary of the bird house, how many {word} between {_date(start)} and {_date(end)} "
                "(the first and the last day count too)?"
            ),
        ]
    )

    def inside(day: datetime.date) -> bool:
        return start <= day <= end

    return _task(
        question,
        text,
        (total(word, inside),),
        [
            total(word, lambda day: start < day < end),
            total(word, lambda day: start <= day < end),
            total(word, lambda day: start < day <= end),
            total(other, inside),
            total(word, lambda day: inside(day.replace(year=year))),
            sum(inside(day) for day in days),
        ],
    )


def _contradiction(chance: random.Random, size: int) -> dict[str, Any]:
    """The time sheet of builders, as Markdown, whose summary is wrong."""
    trades = chance.sample(["bricklaying", "plastering", "roofing", "carpentry", "tiling", "glazing"], 4)
    target = trades[0]
    count = _records(chance, size, 42)
    forced = [target] * 5 + trades[1:]
    kinds = _mixed(chance, forced, count, lambda: chance.choice([*trades, target]))
    halves = [chance.randint(4, 19) for _ in kinds]
    workers = ["Novak", "O'Dea", "Petrie", "Lang", "Sousa", "Birkett", "Hamid", "Quill"]
    dates = _days(chance, datetime.date(2024, 4, 8), 26, count)
    rows = [
        f"| {day.day:02d}.{day.month:02d}. | {chance.choice(workers)} | {kind} | {half / 2:g} |"
        for day, kind, half in zip(dates, kinds, halves, strict=True)
    ]
    sums = {trade: sum(half for kind, half in zip(kinds, halves, strict=True) if kind == trade) for trade in trades}
    stated = dict(sums)
    stated[target] += chance.choice([-9, -6, 8, 11, 18, 20])
    if stated[target] <= 0:
        stated[target] = sums[target] + 18
    told = "; ".join(f"{trade} {stated[trade] / 2:g} hours" for trade in sorted(trades))
    head = ["# Time sheet of the building site", ""]
    table = [
        "## Hours",
        "",
        "| Date | Worker | Trade | Hours |",
        "|---|---|---|---|",
        *rows,
        "",
        f"**Summary:** {told}.",
        "",
    ]
    fill = _fill(size - _length(head + table) - 30, lambda: _talk(chance, _SITE, 2, 5) + "\n")
    cut = chance.randint(0, len(fill))
    text = "\n".join([*head, *fill[:cut], *table, "## Notes of the foreman", "", *fill[cut:]])
    question = chance.choice(
        [
            f"How many hours of {target} do the rows of the time sheet add up to?",
            (
                "Going by the single rows of the time sheet and not by the summary, how many hours were worked in the "
                f"trade {target}?"
            ),
            f"Please check the time sheet: what is the total of the hours in its rows for the trade {target}?",
        ]
    )
    return _task(
        question,
        text,
        (sums[target] / 2,),
        [stated[target] / 2, sum(halves) / 2, (sums[target] + stated[target]) / 2, kinds.count(target)],
    )


def _top_k(chance: random.Random, size: int) -> dict[str, Any]:
    """The sales of a publisher, a numbered list."""
    count = _records(chance, size, 112)
    titles = _titles(chance, count)
    sold = chance.sample(range(310, 13_500), count)
    before = chance.sample(range(310, 16_500), count)
    most, word = chance.choice([(2, "two"), (3, "three"), (4, "four")])
    best = sorted(range(count), key=lambda at: -sold[at])
    # The best of last year must not be the best of this year too.
    before[best[-1]] = max(before) + chance.randint(50, 900)
    back = [chance.randint(5, 300) for _ in titles]
    authors = ("A. Venn", "M. Colby", "R. Sattler", "J. Okoro", "P. Lindqvist", "E. Marsh", "T. Ferrars", "I. Duval")
    rows = [
        f'{{}}) "{title}" by {chance.choice(authors)}: '
        f"sold this year {new:,}, sold last year {old:,}, returned {returned}"
        for title, new, old, returned in zip(titles, sold, before, back, strict=True)
    ]
    head = ["Annual letter to our authors: the sales of the novels", ""]
    used = sum(len(line) + 2 for line in head + rows)
    fill = _fill(size - used, lambda: "\n" + _talk(chance, _BOOKS, 1, 4) + "\n")
    lines, number = [], 0
    for line in _weave(chance, rows, fill):
        if line.startswith("{}"):
            number += 1
            line = f"{number}{line[2:]}"
        lines.append(line)
    question = chance.choice(
        [
            f"Which {word} novels sold best this year? Name the titles in order, the best-selling first.",
            f"Give the titles of the {word} novels with the highest number sold this year, from the highest down.",
            f"By copies sold this year, what are the top {word} titles, in descending order?",
        ]
    )

    def first(key: Callable[[int], int]) -> list[str]:
        return [titles[at] for at in sorted(range(count), key=key)[:most]]

    right = [titles[at] for at in best[:most]]

    return _task(
        question,
        "\n".join(head + lines) + "\n",
        (right,),
        [
            first(lambda at: -before[at]),
            first(lambda at: -sold[at] - before[at]),
            right[::-1],
            first(lambda at: sold[at]),
            first(lambda at: -back[at]),
        ],
    )


_BROKEN = (
    "Two of the six plates were in pieces when I opened the parcel.",
    "The teapot came with its spout snapped off.",
    "I unpacked the vase today and there is a long crack down one side, straight out of the box.",
    "Sad to say the sugar bowl reached us as a heap of shards.",
    "When the carrier handed over the box it already rattled, and inside the jug had lost its handle.",
    "Out of the wrapping came a saucer split clean in half.",
    "The glass lid was shattered on arrival; the pot itself is fine.",
    "Your parcel arrived this morning and the gravy boat in it is smashed.",
    "One of the cups you sent had a big chip out of its rim the moment I took it from the tissue paper.",
    "The butter dish was delivered cracked through the middle.",
    "Opening the delivery I cut my finger on what used to be a cake stand.",
    "The egg cups are lovely, but three of them were already shattered in the box when it came.",
    "Whoever packed the lamp should know that its shade arrived in splinters.",
    "Nothing was left whole in the carton that came on Tuesday, only fragments of the bowls.",
    "The postman apologised: he had dropped the box, and the platter inside did not survive it.",
    "The salad bowl in my delivery was broken, please send another.",
)
_WHOLE = (
    "Nothing broken this time, thank you for the good packing.",
    "My old teapot broke last week, so I would like to order a new one.",
    "The link to the spring sale on your website is broken.",
    "I was afraid the vase would come in pieces, but it reached me whole and it is beautiful.",
    "Do you have somebody who can mend a cracked family heirloom?",
    "The set came two weeks late, but every cup in it is perfect.",
    "I ordered the blue plates and received the green ones, all in perfect condition.",
    "My cat pushed your lovely bowl off the table after five years; do you still make it?",
    "Could you please send me the invoice for the dinner service once more?",
    "Is the smashing new jug in your window also to be had in white?",
    "How thick is the glass of the cake dome? I would not want it to shatter in the oven.",
    "The delivery has still not come, and nobody answers the telephone.",
    "We gave the shards of our own old plates to a mosaic class; do you sell seconds for that?",
    "You charged me twice for the same saucer.",
    "I dropped the lid myself while washing up yesterday. Can I buy only the lid?",
    "The crackle glaze on the dish you sent is exactly as pictured, what fine work.",
    "Please cancel my order for the egg cups, I have found some at home.",
    "Do you insure parcels against breakage on the way to Ireland?",
    "Five stars: the soup tureen travelled through half of Europe without a scratch.",
    "Are your mugs fit for the dishwasher?",
    "The colour of the milk jug is paler than in the catalogue, so I shall send it back; it is otherwise flawless.",
    "The gift wrapping was so pretty that I hardly dared to tear it open. The cups inside are a joy.",
    "The broken white shade of the dinner plates is just what I was after.",
    "Do you open on Sundays before Christmas?",
)


def _classify(chance: random.Random, size: int) -> dict[str, Any]:
    """Messages to a china shop."""
    total = chance.randint(13, 15 if size < 3500 else 34)
    good = chance.randint(max(3, total - len(_WHOLE)), min(len(_BROKEN) - 1, total - 5))
    bad = total - good
    messages = [*chance.sample(_BROKEN, good), *chance.sample(_WHOLE, bad)]
    chance.shuffle(messages)
    people = (
        *("Mrs Lowe", "Mr Abbot", "Ms Tran", "Mr Keane", "Mrs Okafor", "Mr Dunn", "Ms Varga", "Mrs Imrie"),
        "Mr Soto",
    )
    number = chance.randint(400, 800)
    rows = []
    for text in messages:
        number += chance.randint(1, 5)
        rows.append(f"[message {number} / {chance.choice(people)}] {text}")
    head = ["China shop, inbox of the week: messages of customers, and in between the shop's own notes", ""]
    fill = _fill(size - _length(head + rows), lambda: "[note of the shop] " + _talk(chance, _SHOP, 1, 3))
    question = chance.choice(
        [
            (
                "In how many messages does a customer report that something in a delivery arrived broken (cracked, "
                "chipped, shattered and the like)?"
            ),
            "How many of the customers' messages say that goods were broken on arrival, in whatever words?",
            (
                "Count the messages in which a customer tells the shop that goods came out of the parcel broken or "
                "damaged."
            ),
        ]
    )
    words = ("broke", "crack", "shatter", "smash", "shard", "piece", "chip", "split", "snap")
    by_word = sum(any(word in text.lower() for word in words) for text in messages)
    only = sum("broke" in text.lower() for text in messages)
    return _task(question, _text(chance, head, rows, fill), (good,), [by_word, only, bad, total])


def _absent(chance: random.Random, size: int) -> dict[str, Any]:
    """A gazetteer of stations, one line each."""
    near = {
        "signal box closed": "signal box opened",
        "goods yard closed": "goods yard opened",
        "footbridge built": "footbridge repainted",
        "signal box opened": "signal box closed",
    }
    wanted = chance.choice(list(near))
    count = _records(chance, size, 118)
    first = ["Amber", "Thorn", "Wick", "Elm", "Stan", "Brace", "Holl", "Copp", "Marl", "Hazel"]
    last = ["ley", "ford", "ham", "wick", "bury", "combe", "stead"]
    names = chance.sample([one + two for one in first for two in last if one.lower() != two], count)
    target, twin = names[0], names[0] + " " + chance.choice(["Wharf", "Junction", "West"])
    names[1] = twin
    every = [
        *("station opened", "signal box opened", "signal box closed", "goods yard opened"),
        *("goods yard closed", "footbridge built", "footbridge repainted"),
    ]
    cards = {}
    for name in names:
        station = chance.randint(1845, 1872)
        box = station + chance.randint(4, 25)
        yard = station + chance.randint(1, 20)
        bridge = station + chance.randint(10, 40)
        years = {
            "station opened": station,
            "signal box opened": box,
            "signal box closed": chance.randint(1962, 1988),
            "goods yard opened": yard,
            "goods yard closed": chance.randint(1955, 1979),
            "footbridge built": bridge,
            "footbridge repainted": chance.randint(1990, 2015),
        }
        keep = set(chance.sample(every[1:], 3)) | {"station opened"}
        if name == twin:
            keep |= {near[wanted], wanted}
        if name == target:
            keep |= {near[wanted]}
            keep -= {wanted}
        cards[name] = {label: years[label] for label in every if label in keep}
    rows = [
        f"{name.upper()} = " + "; ".join(f"{label}: {value}" for label, value in card.items()) + "."
        for name, card in sorted(cards.items())
    ]
    head = ["<< Gazetteer of the stations of the branch lines >>", ""]
    fill = _fill(size - _length(head + rows), lambda: "   " + _talk(chance, _RAIL, 1, 3))
    thing, done = wanted.rsplit(" ", 1)
    question = chance.choice(
        [
            f"In which year was the {thing} at {target} {done}?",
            f"When was the {thing} of {target} station {done}?",
        ]
    )
    same = sorted({card[wanted] for name, card in cards.items() if wanted in card and name != twin})
    decoys = [cards[target][near[wanted]], cards[twin][wanted], cards[target]["station opened"], *same[:2]]
    return _task(
        question,
        _text(chance, head, rows, fill),
        ("not in the document", "not found", "not stated", "unknown"),
        decoys,
    )


def _two_documents(chance: random.Random, size: int) -> dict[str, Any]:
    """The fodder of a zoo, as a mail, and its prices, as CSV."""
    feeds = chance.sample(
        [
            *("lucerne hay", "meadow hay", "rolled oats", "carrots", "apples", "herring", "sprats"),
            *("mealworms", "browse pellets", "flamingo meal", "beet pulp", "bran", "maize", "sunflower seed"),
            "crickets",
        ],
        chance.randint(12, 14),
    )
    codes = [f"F-{number}" for number in sorted(chance.sample(range(101, 480), len(feeds)))]
    current = {code: chance.randint(32, 690) for code in codes}
    old = {code: max(12, current[code] - chance.choice([-14, 7, 11, 23, 30, 18])) for code in codes}
    houses = chance.sample(["Elephant House", "Ape House", "Penguin Pool", "Bird House", "Camel Yard"], 4)
    house, *others = houses
    states = ["confirmed", "confirmed", "cancelled"]
    count = _records(chance, int(size * 0.75), 62)
    forced = [(house, "confirmed")] * 4 + [(house, "cancelled")] * 2 + [(other, "confirmed") for other in others]
    kinds = _mixed(chance, forced, count, lambda: (chance.choice(houses), chance.choice(states)))
    names = dict(zip(codes, feeds, strict=True))
    orders = [(who, state, chance.choice(codes), chance.randint(4, 90) * 5) for who, state in kinds]
    rows = [f"- {who}: {kilos} kg of {code} ({names[code]}), {state}" for who, state, code, kilos in orders]
    price = [
        "article,feed,old price per kg,current price per kg",
        *(f"{code},{names[code]},{old[code] / 100:.2f},{current[code] / 100:.2f}" for code in codes),
        "",
    ]
    head = [
        *("To: fodder store", "Subject: orders of the houses for next month", ""),
        *("Good morning, here are the orders:", ""),
    ]
    spare = size - _length(rows + price + head)
    terms = _fill(int(spare * 0.3), lambda: _talk(chance, _ZOO, 2, 4))
    chat = _fill(int(spare * 0.7), lambda: _talk(chance, _ZOO, 1, 3))
    mail = [*head, *_weave(chance, rows, chat), "", "Kind regards, the keepers' office"]
    context = {"fodder_prices": "\n".join([*price, *terms]) + "\n", "fodder_orders": "\n".join(mail) + "\n"}

    def cost(prices: dict[str, int], test: Callable[[str, str], bool]) -> float:
        return _pounds(sum(prices[code] * kilos for who, state, code, kilos in orders if test(who, state)))

    def right(who: str, state: str) -> bool:
        return (who, state) == (house, "confirmed")

    question = chance.choice(
        [
            f"What do the confirmed orders of the {house} cost altogether at the current price per kg?",
            (
                f"Taking the current prices per kg, what is the total cost of what the {house} has ordered, counting "
                "confirmed orders only?"
            ),
            (
                f"How much will the confirmed fodder orders for the {house} cost in total, reckoned with the current "
                "price and not the old one?"
            ),
        ]
    )
    return _task(
        question,
        context,
        (cost(current, right),),
        [
            cost(old, right),
            cost(current, lambda who, _state: who == house),
            cost(current, lambda _who, state: state == "confirmed"),
            cost(current, lambda who, state: (who, state) == (house, "cancelled")),
        ],
    )


WORDINGS = wording_of(
    "r",
    *(_sum, _count, _field_sum, _maximum, _average, _group_by, _lookup),
    *(_distinct, _date_range, _contradiction, _top_k, _classify, _absent, _two_documents),
)
