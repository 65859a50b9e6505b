"""Fourteen shapes of question in the wording "p", each about another subject and in another format."""

from __future__ import annotations

import datetime
import json
import random
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from pages import wording_of, wrong_of

_SUBJECTS = (
    *("The caretaker", "One of the older members", "A visitor", "The new volunteer"),
    *("Somebody from next door", "The secretary", "A passer-by", "The postwoman", "The electrician"),
)
_VERBS = (
    *("asked about", "had a kind word for", "grumbled about", "wanted to hear more about"),
    *("promised to look after", "took a photograph of", "told a long story about", "made a joke about"),
    "apologised for",
)
_TAILS = (
    *("and nothing was decided", "before going home", "while it rained", "to general amusement"),
    *("once again", "and went off whistling", "over a cup of tea", "as usual", "but soon forgot it"),
    "and left it at that",
)
_HOUSE = (
    *("the noticeboard", "the tea urn", "the back gate", "the folding chairs", "a lost umbrella"),
    *("the window latch", "the visitors' book", "the hedge", "the coat rack", "the dripping tap"),
    *("the old clock", "the doormat"),
)
_FIRST = (
    *("Hilda", "Tomas", "Priya", "Gwen", "Marek", "Lotte", "Yusuf", "Ines", "Callum", "Bea", "Oskar"),
    *("Nadia", "Rufus", "Selma", "Pavel", "Edith", "Jonas", "Mina", "Hugh", "Carla", "Dilan", "Freya"),
    *("Andrei", "Wanda"),
)
_LAST = (
    *("Marsh", "Okafor", "Lindqvist", "Pereira", "Novak", "Tait", "Brandt", "Sato", "Whelan", "Kaya"),
    *("Moreau", "Hobbs", "Ibsen", "Castellan", "Dudek", "Rowntree", "Vasile", "Greer", "Amsel", "Quayle"),
    *("Ferrant", "Juul", "Penrose", "Zeller"),
)


def _say(chance: random.Random, nouns: tuple[str, ...] = _HOUSE) -> str:
    return f"{chance.choice(_SUBJECTS)} {chance.choice(_VERBS)} {chance.choice(nouns)} {chance.choice(_TAILS)}."


def _people(chance: random.Random, count: int) -> list[str]:
    return chance.sample([f"{first} {last}" for first in _FIRST for last in _LAST], count)


def _number(chance: random.Random, size: int, cost: int) -> int:
    high = max(18, min(52, int(size * 0.7) // cost))
    return chance.randint(max(16, high * 2 // 3), high)


def _fillers(room: int, make: Callable[[], str]) -> list[str]:
    """Lines of filler that take up the room together."""
    lines: list[str] = []
    while room > 0:
        lines.append(make())
        room -= len(lines[-1]) + 1
    return lines


def _mix(chance: random.Random, blocks: list[str], size: int, make: Callable[[], str], first: int = 1) -> list[str]:
    """The blocks in their order, with filler between them until the text is about `size` long."""
    fillers = _fillers(size - sum(len(block) + 1 for block in blocks), make)
    places = sorted(chance.randint(min(first, len(blocks)), len(blocks)) for _ in fillers)
    result: list[str] = []
    at = 0
    for index in range(len(blocks) + 1):
        while at < len(places) and places[at] == index:
            result.append(fillers[at])
            at += 1
        if index < len(blocks):
            result.append(blocks[index])
    return result


def _kinds(chance: random.Random, count: int, musts: list[Any], others: list[Any]) -> list[Any]:
    """`count` kinds: every one of `musts`, and the rest by chance; shuffled."""
    kinds = list(musts) + [chance.choice(others) for _ in range(max(0, count - len(musts)))]
    chance.shuffle(kinds)
    return kinds


def _task(question: str, lines: list[str], right: Any, *wrong: Any) -> dict[str, Any]:
    return {
        "question": question,
        "context": "\n".join(lines) + "\n",
        "accepts": (right,),
        "decoys": wrong_of((right,), wrong),
    }


def _sum(chance: random.Random, size: int) -> dict[str, Any]:
    """The travel cash book of a choir, in fixed widths."""
    town = chance.choice(("Bergen", "Ghent", "Tartu", "Porto"))
    new, old = f"{town}24", f"{town}23"
    good = (new, "P")
    kinds = _kinds(
        chance,
        _number(chance, size, 78),
        [*[good] * 4, (new, "Q"), (new, "X"), (new, "B"), (old, "P"), (old, "P"), ("Home24", "P")],
        [good, good, (new, "Q"), (new, "X"), (new, "B"), (old, "P"), ("Home24", "P"), ("Home24", "Q")],
    )
    things = (
        *("Coach, deposit", "Coach, balance", "Youth hostel", "Hire of rehearsal room"),
        *("Printing of programmes", "Sheet music", "Ferry tickets", "Group insurance", "Evening meal"),
        *("Packed lunches", "Flowers for the hosts", "Parking of the coach", "Museum entry"),
        *("Hire of e-piano", "City guide"),
    )
    entries = []
    for trip, state in kinds:
        year = 2023 if trip == old else 2024
        day = datetime.date(year, 1, 8) + datetime.timedelta(days=chance.randint(0, 250))
        cents = chance.choice(
            (chance.randint(900, 9_900), chance.randint(10_000, 95_000), chance.randint(100_000, 190_000))
        )
        entries.append(
            (day, trip, state, cents, chance.choice(things), chance.choice(("Tine", "Oluf", "Maud", "Ravi")))
        )
    entries.sort(key=lambda entry: entry[0])
    head = (
        "ST. CECILIA SINGERS - TRAVEL BOOK\n"
        "St: P = paid   Q = quotation only   B = budgeted, not yet due   X = cancelled, nothing paid\n"
        f"Trip: {new} and {old} = the tours of 2024 and 2023, Home24 = outings in our own county\n\n"
        f"{'Date':<12}{'No':<6}{'By':<7}{'Item':<25}{'Trip':<10}{'EUR':>10}  St\n" + "-" * 74
    )
    rows = [
        f"{day.isoformat():<12}{number:03d}   {buyer:<7}{thing:<25}{trip:<10}{cents / 100:>10,.2f}  {state}"
        for number, (day, trip, state, cents, thing, buyer) in enumerate(entries, 1)
    ]
    lines = _mix(chance, [head, *rows], size, lambda: " " * 18 + "> " + _say(chance))

    def add(test: Callable[[str, str], bool]) -> float:
        return round(sum(cents for _, trip, state, cents, *_ in entries if test(trip, state)) / 100, 2)

    right = add(lambda trip, state: (trip, state) == good)
    question = chance.choice(
        (
            f"How much money has really gone out so far for the {town} tour of 2024?",
            (
                f"For the annual meeting I need to say what we have paid up to now for this year's ({new}) tour to "
                f"{town}. Only what was actually paid, please."
            ),
            f"What have we spent on {town} in 2024 - things paid, not quotes or plans or cancelled stuff?",
        )
    )
    return _task(
        question,
        lines,
        right,
        add(lambda trip, _state: trip == new),
        add(lambda _trip, state: state == "P"),
        add(lambda trip, state: trip in (new, old) and state == "P"),
        add(lambda _trip, _state: True),
        add(lambda trip, state: trip == new and state != "X"),
    )


def _count(chance: random.Random, size: int) -> dict[str, Any]:
    """A library of games, in blocks of labels."""
    fits = ((2, 5), (3, 6), (1, 5), (5, 8), (4, 7), (2, 6), (3, 5), (4, 10))
    not_fits = ((2, 4), (2, 2), (1, 4), (6, 12), (3, 4), (2, 3), (6, 8))
    shelf, lent, repair = "on the shelf", "lent", "repair"
    count = _number(chance, size, 150)
    kinds = _kinds(
        chance,
        count,
        [*[(True, shelf)] * 3, (True, lent), (True, repair), (False, shelf), (False, shelf), (False, lent)],
        [(True, shelf), (True, shelf), (False, shelf), (False, shelf), (True, lent), (True, repair), (False, lent)],
    )
    attributes = ("Five", "Copper", "Silent", "Crooked", "Golden", "Midnight", "Lost", "Windy", "Tiny", "Royal")
    things = ("Lanterns", "Harbour", "Foxes", "Caravans", "Orchard", "Bridges", "Sheep", "Alchemists")
    titles = chance.sample([f"{attribute} {thing}" for attribute in attributes for thing in things], count)
    people = _people(chance, 8)
    blocks = ["GAMES CUPBOARD OF THE THURSDAY CLUB\nInventory by Lotte, one card per game\n"]
    right = fitting = shelved = named = enough = 0
    for number, ((fit, place), title) in enumerate(zip(kinds, titles, strict=True), 1):
        low, high = chance.choice(fits if fit else not_fits)
        players = f"{low}" if low == high else chance.choice((f"{low}-{high}", f"{low} to {high}"))
        where = {
            shelf: f"shelf {chance.choice('ABCD')}",
            lent: f"lent to {chance.choice(people)}",
            repair: "with the repairer, pieces missing",
        }[place]
        blocks.append(
            f"Card {number}\n  Title: {title}\n  Players: {players}\n  Minutes: {chance.choice((20, 30, 45, 60, 90))}\n"
            f"  From age: {chance.choice((5, 6, 8, 10, 12))}\n  Where: {where}\n"
        )
        right += fit and place == shelf
        fitting += fit
        shelved += place == shelf
        named += 5 in (low, high) and place == shelf
        enough += place == shelf and high >= 5
    lines = _mix(chance, blocks, size, lambda: "(" + _say(chance) + ")\n")
    question = chance.choice(
        (
            "There are five of us tonight. How many games on the shelves can all five of us play together?",
            "How many of the club's games are good for exactly 5 people and not away (lent out or at the repairer's)?",
            (
                "We will be a group of five on Thursday and want to see what choice we have: how many games that are "
                "on a shelf now allow five players?"
            ),
        )
    )
    decoys = wrong_of((right,), (fitting, shelved, named, enough, count))
    return {"question": question, "context": "\n".join(lines), "accepts": (right,), "decoys": decoys}


def _field_sum(chance: random.Random, size: int) -> dict[str, Any]:
    """The log of a coffee grinder."""
    beans = {"KEN": "Kenya", "BRA": "Brazil", "SUM": "Sumatra", "DEC": "decaf"}
    code = chance.choice(list(beans))
    others = [other for other in beans if other != code]
    kinds = _kinds(
        chance,
        _number(chance, size, 44),
        [
            *[(code, "served")] * 3,
            *((code, "dumped"), (code, "calib")),
            *((others[0], "served"), (others[1], "dumped"), (others[2], "served")),
        ],
        [
            *((code, "served"), (code, "served"), (code, "dumped"), (code, "calib")),
            *((other, "served") for other in others),
            (others[0], "dumped"),
        ],
    )
    moment = datetime.datetime(2024, 5, chance.randint(2, 25), 6, 50)
    rows, facts = [], []
    for bean, end in kinds:
        moment += datetime.timedelta(seconds=chance.randint(40, 700))
        tenths, seconds, out = chance.randint(165, 205), chance.randint(21, 33), chance.randint(320, 420)
        rows.append(f"{moment:%d%b %H:%M:%S} ~{bean}~ in={tenths / 10:.1f}g out={out / 10:.1f}g t={seconds}s => {end}")
        facts.append((bean, end, tenths, out))
    head = (
        "GRINDLOG v2 / Cafe Kringle\n"
        "# beans: " + ", ".join(f"{short} = {name}" for short, name in beans.items()) + "\n"
        "# in = ground coffee, out = coffee in the cup, t = seconds\n"
        "# served = went to a guest, dumped = poured away, calib = trial shot of the barista"
    )
    lines = _mix(chance, [head, *rows], size, lambda: "## " + _say(chance))

    def add(test: Callable[[str, str], bool]) -> float:
        return round(sum(tenths for bean, end, tenths, _ in facts if test(bean, end)) / 10, 1)

    right = add(lambda bean, end: bean == code and end == "served")
    poured = round(sum(out for bean, end, _, out in facts if bean == code and end == "served") / 10, 1)
    name = beans[code]
    question = chance.choice(
        (
            f"How many grams of ground {name} went into the coffees that guests really got?",
            (
                f"I want to work out the price of a cup: what weight of {name} (in grams, ground) was used for the "
                "served coffees, without the ones that were dumped and without the trial shots?"
            ),
            f"Ground coffee used for served {name} shots - how many grams altogether?",
        )
    )
    return _task(
        question,
        lines,
        right,
        add(lambda bean, _end: bean == code),
        add(lambda _bean, end: end == "served"),
        add(lambda _bean, _end: True),
        poured,
        add(lambda bean, end: bean == code and end != "dumped"),
    )


def _maximum(chance: random.Random, size: int) -> dict[str, Any]:
    """The notes of a vegetable show, bullets in sentences."""
    ranges = {"pumpkin": (2000, 5200), "marrow": (900, 3100), "cabbage": (700, 2400), "beetroot": (150, 800)}
    kind = chance.choice(("pumpkin", "marrow", "cabbage"))
    others = [other for other in ranges if other != kind]
    count = _number(chance, size, 105)
    kinds = _kinds(
        chance,
        count,
        [(kind, True)] * 4 + [(kind, False), (kind, False), (others[0], True), (others[1], True), (others[2], True)],
        [(kind, True), (kind, True), *((other, True) for other in others), (others[0], False)],
    )
    used: set[int] = set()

    def weight(low: int, high: int) -> int:
        while True:
            one = chance.randint(low, high)
            if one % 10 and one not in used:
                used.add(one)
                return one

    low, high = ranges[kind]
    middle = low + (high - low) * 2 // 3
    facts = []
    for (what, valid), name in zip(kinds, _people(chance, count), strict=True):
        if what == kind:
            hundredths = weight(low, middle) if valid else weight(middle + 1, high)
        else:
            hundredths = weight(*ranges[what])
        facts.append((name, what, valid, hundredths))
    blocks = [
        "LOWER FALLOW HORTICULTURAL SOCIETY\nHeaviest vegetable, steward's notes as the entries came to the scale\n"
    ]
    for name, what, valid, hundredths in facts:
        kilos = f"{hundredths / 100:.2f} kg"
        line = chance.choice(
            (
                f"* {name} brought a {what}; the scale stopped at {kilos}.",
                f"* Next a {what} from {name}, {kilos}.",
                f"* {name}, {what}: {kilos} on the second, calm weighing.",
            )
        )
        if not valid:
            line += chance.choice(
                (
                    " Disqualified, it had been bought in a shop.",
                    " Split at the bottom and so out of the competition.",
                    " Struck off by the judges because it was not home-grown.",
                )
            )
        blocks.append(line)
    lines = _mix(chance, blocks, size, lambda: "  " + _say(chance))

    def rank(test: Callable[[str, bool], bool]) -> list[tuple[int, str]]:
        chosen = [(hundredths, name) for name, what, valid, hundredths in facts if test(what, valid)]
        return sorted(chosen, reverse=True)

    best, second, *_ = rank(lambda what, valid: what == kind and valid)
    struck, *_ = rank(lambda what, valid: what == kind and not valid)
    rest, *_ = rank(lambda what, _valid: what != kind)
    question = chance.choice(
        (
            f"Who had the heaviest {kind} that was not thrown out by the judges, and how many kilos was it?",
            (
                f"We are engraving the cup for the {kind}s: whose was the heaviest one still in the competition, and "
                "what did it weigh?"
            ),
            f"Name and weight of the winning (heaviest, not disqualified) {kind}?",
        )
    )
    wrong = [part for hundredths, name in (struck, second, rest) for part in (name, hundredths / 100)]
    parts = (best[1], best[0] / 100)
    return {"question": question, "context": "\n".join(lines) + "\n", "parts": parts, "decoys": wrong_of(parts, wrong)}


def _average(chance: random.Random, size: int) -> dict[str, Any]:
    """The rides of a cycling club, Markdown tables by month."""
    spans = {"Gravel": (310, 690), "Road": (560, 1180), "Easy": (140, 380)}
    kind = chance.choice(tuple(spans))
    others = [other for other in spans if other != kind]
    kinds = _kinds(
        chance,
        _number(chance, size, 68),
        [
            *[(kind, "ok", 2024)] * 4,
            *[(kind, "off", 2024)] * 2,
            *[(kind, "ok", 2023)] * 2,
            *((others[0], "ok", 2024), (others[1], "ok", 2024)),
        ],
        [
            *((kind, "ok", 2024), (kind, "ok", 2024), (kind, "off", 2024), (kind, "ok", 2023)),
            *((others[0], "ok", 2024), (others[1], "ok", 2024), (others[0], "ok", 2023), (others[1], "off", 2024)),
        ],
    )
    goals = ("Mill Lane", "Market cross", "Cider farm", "Castle gate", "Old station", "Heath car park", "Canal lock")
    facts = []
    for group, state, year in kinds:
        month = chance.choice((9, 10)) if year == 2023 else chance.choice((4, 5, 6, 7))
        tenths = chance.randint(*spans[group])
        facts.append((datetime.date(year, month, chance.randint(1, 30)), group, state, tenths))
    facts.sort(key=lambda fact: fact[0])
    head = (
        "# Ride book of the Wobbly Wheelers\n\n"
        "Distances in km. If a ride was called off it says so, and the km are those of the plan.\n"
    )
    blocks = [head]
    for year, month in sorted({(date.year, date.month) for date, *_ in facts}):
        rows = []
        for date, group, state, tenths in facts:
            if (date.year, date.month) != (year, month):
                continue
            remarks: tuple[str, ...] = ("", "ridden as planned", "sunny", "puncture, cake after", "head wind")
            if state == "off":
                remarks = ("called off, downpour", "called off, storm", "called off, no leader")
            remark = chance.choice(remarks)
            rows.append(
                f"| {date.day} | {chance.choice(goals)} | {group} | {tenths / 10:.1f} | "
                f"{chance.randint(4, 19) if state == 'ok' else '-'} | {remark} |"
            )
        title = f"## {datetime.date(year, month, 1):%B %Y}"
        blocks.append(
            f"{title}\n\n| Day | Meeting point | Group | km | Riders | Remarks |\n|---|---|---|---|---|---|\n"
            + "\n".join(rows)
            + "\n"
        )
    lines = _mix(chance, blocks, size, lambda: _say(chance) + " " + _say(chance) + "\n")

    def mean(test: Callable[[str, str, int], bool]) -> Decimal:
        chosen = [tenths for date, group, state, tenths in facts if test(group, state, date.year)]
        return Decimal(sum(chosen)) / 10 / len(chosen)

    exact = mean(lambda group, state, year: (group, state, year) == (kind, "ok", 2024))
    accepts = tuple(
        dict.fromkeys(
            (
                float(exact),
                *(float(exact.quantize(Decimal(step), ROUND_HALF_UP)) for step in ("0.1", "0.01")),
                *(round(float(exact), digits) for digits in (1, 2)),
            )
        )
    )
    candidates = [
        mean(lambda group, _state, year: group == kind and year == 2024),
        mean(lambda group, state, _year: (group, state) == (kind, "ok")),
        mean(lambda group, _state, _year: group == kind),
        mean(lambda _group, state, year: state == "ok" and year == 2024),
        mean(lambda _group, _state, _year: True),
    ]
    decoys = wrong_of(accepts, [round(float(value), 2) for value in candidates if abs(value - exact) > Decimal("0.11")])
    question = chance.choice(
        (
            f"How long was a ride of the {kind} group on average in 2024? Leave out the ones that were called off.",
            f"For the 2024 yearbook: mean distance in km of the {kind} rides that took place this year (2024)?",
            f"What's the average km of our {kind} rides in 2024, only those that really happened?",
        )
    )
    return {"question": question, "context": "\n".join(lines) + "\n", "accepts": accepts, "decoys": decoys}


def _group_by(chance: random.Random, size: int) -> dict[str, Any]:
    """The stock of a wool shop, as JSON lines."""
    brands = chance.sample(("Alba", "Nordvik", "Pecora", "Tumbleweed", "Garnlund", "Isolde"), 4)
    kinds = _kinds(
        chance,
        _number(chance, size, 112),
        [
            *((brand, "shop") for brand in brands),
            *((brand, "cellar") for brand in brands[:3]),
            *((brand, "on order") for brand in brands[1:]),
        ],
        [(brand, where) for brand in brands for where in ("shop", "shop", "cellar", "on order")],
    )
    colours = ("moss", "rust", "slate", "cream", "plum", "navy", "ochre", "rose", "teal", "ash")
    sorts = ("sock", "double knit", "chunky", "lace", "aran")
    facts = []
    articles = chance.sample([f"{sort}, {colour}" for sort in sorts for colour in colours], 50)
    rows = []
    for number, (brand, where) in enumerate(kinds):
        skeins = chance.randint(2, 48)
        facts.append((brand, where, skeins))
        rows.append(
            json.dumps(
                {
                    "type": "stock",
                    "brand": brand,
                    "article": articles[number % 50],
                    "skeins": skeins,
                    "gram_each": chance.choice((25, 50, 100)),
                    "where": where,
                }
            )
        )
    head = json.dumps({"type": "export", "shop": "The Dropped Stitch", "made": "2024-06-30"})
    lines = _mix(chance, [head, *rows], size, lambda: json.dumps({"type": "memo", "text": _say(chance)}))

    def group(*wanted: str) -> dict[str, int]:
        return {
            brand: sum(skeins for other, where, skeins in facts if other == brand and where in wanted)
            for brand in brands
        }

    right = group("shop")
    articles_each = {brand: kinds.count((brand, "shop")) for brand in brands}
    question = chance.choice(
        (
            "How many skeins do we have lying in the shop for each brand?",
            (
                "For the stocktaking of the sales room: number of skeins per brand, just what is in the shop - not "
                "the cellar, not what's on order."
            ),
            "Per brand, please: skeins in the shop itself.",
        )
    )
    return _task(
        question,
        lines,
        right,
        group("shop", "cellar", "on order"),
        group("shop", "cellar"),
        articles_each,
        group("cellar"),
    )


def _lookup(chance: random.Random, size: int) -> dict[str, Any]:
    """The newsletter of a sailing club, in prose."""
    names = _people(chance, 8)
    fees = chance.sample(range(11, 39), 4)
    fees[0], fees[1] = max(fees[:2]), min(fees[:2])
    times = [f"{hour}:{chance.randint(1, 11) * 5:02d}" for hour in (18, 17, 20)]
    variants = {
        "fee": (
            (
                f"Since 1 March a visiting boat pays {fees[0]} euros a night for a berth with us, water included. "
                "Please pay at the kiosk."
            ),
            (
                f"In the archive we found the price board of 2016: visiting boats paid {fees[1]} euros a night then, "
                "and complained."
            ),
            f"Whoever leaves a trailer on the meadow pays {fees[2]} euros a week; that is not new.",
            fees[0],
            (fees[1], fees[2]),
            (
                "My brother is coming with his boat in July. What will one night in our harbour cost him?",
                "How much does a guest boat pay per night now?",
            ),
        ),
        "crane": (
            f"As {names[0]} kindly took over the crane at the spring meeting, all crane bookings now go there.",
            (
                f"A big thank-you to {names[1]}, who had taken the crane bookings for eleven years and has now moved "
                "inland."
            ),
            f"The tractor can be booked with {names[2]}, who also has the key to the shed.",
            names[0],
            (names[1], names[2]),
            (
                "Who do I have to ask nowadays if I need the crane for my boat?",
                "I'd like to have my boat lifted out with the crane. Which person takes the booking at present?",
            ),
        ),
        "boat": (
            (
                "Summer timetable, valid from now on: on Sundays our launch makes its last trip back from Heron "
                f"Island at {times[0]}."
            ),
            (
                f"Last summer the last Sunday trip back from Heron Island was at {times[1]}, which was too tight for "
                "many of you."
            ),
            f"On Saturdays the launch waits longer at Heron Island and sails home for the last time at {times[2]}.",
            times[0],
            (times[1], times[2]),
            (
                "When does the last launch leave Heron Island on a Sunday this summer?",
                (
                    "We want to spend a Sunday on Heron Island this season. By what time must we be at the landing "
                    "stage for the last boat home?"
                ),
            ),
        ),
    }
    now, before, twin, right, wrong, questions = variants[chance.choice(sorted(variants))]
    facts = [
        now,
        before,
        twin,
        (
            f"The junior course begins on {chance.randint(2, 28)} May and is led by {names[3]}; there are "
            f"{chance.randint(6, 16)} places."
        ),
        f"The regatta in autumn had {chance.randint(21, 48)} boats at the start, more than ever before.",
        f"{names[4]} has found a brown oilskin jacket and keeps it in locker {chance.randint(2, 60)}.",
        f"The jetty got {chance.randint(30, 95)} new planks in spring, all of them larch.",
        f"The soup evening takes place on {chance.randint(2, 28)} October; bring your own bowl.",
        f"We now have {chance.randint(130, 290)} members, {chance.randint(15, 60)} of them under eighteen.",
        f"{names[5]} offers a dinghy for sale, built in {chance.randint(1974, 2009)}, with two sets of sails.",
        f"The kiosk sells ice cream again and opens at {chance.randint(9, 11)} in the morning.",
        f"The water depth at the slipway was {chance.randint(12, 22) / 10:.1f} metres at the last sounding.",
        f"{names[6]} knits hats for the rescue crew and has made {chance.randint(12, 40)} so far.",
        f"The library corner got {chance.randint(11, 70)} books from the estate of an old member.",
    ]
    chance.shuffle(facts)
    head = "THE BOWLINE\nLetter to the members of Alder Sound Sailing Club, June 2024\n"
    topics = (
        *("the flagpole", "the boathouse roof", "the swans", "the notice case", "the wind sock"),
        *("the barbecue", "the old anchor", "the bench"),
    )
    room = size - len(head) - sum(len(fact) + 2 for fact in facts)
    extra = _fillers(room, lambda: _say(chance, topics))
    chance.shuffle(extra)
    shares: list[list[str]] = [[] for _ in facts]
    for sentence in extra:
        chance.choice(shares).append(sentence)
    paragraphs = []
    for fact, share in zip(facts, shares, strict=True):
        cut = chance.randint(0, len(share))
        paragraphs.append(" ".join([*share[:cut], fact, *share[cut:]]) + "\n")
    return {
        "question": chance.choice(questions),
        "context": "\n".join([head, *paragraphs]),
        "accepts": (right,),
        "decoys": wrong_of((right,), wrong),
    }


def _distinct(chance: random.Random, size: int) -> dict[str, Any]:
    """A book of sightings, its fields divided by slashes."""
    places = ("Reedmere hide", "Quarry wall", "Sluice", "Chapel wood")
    place = chance.choice(places)
    others = [other for other in places if other != place]
    birds = [
        *("chiffchaff", "reed bunting", "grey heron", "kingfisher", "water rail", "great tit", "wren"),
        *("dunnock", "teal", "coot", "moorhen", "siskin", "nuthatch", "jackdaw", "snipe", "cuckoo"),
        *("goldcrest", "blackcap"),
    ]
    chance.shuffle(birds)
    seen, heard, elsewhere = birds[: chance.randint(5, 7)], birds[7:11], birds[11:]
    count = _number(chance, size, 62)
    kinds = [(place, bird, "seen") for bird in (*seen[:4], *seen[:2])]
    kinds += [(place, bird, "heard only") for bird in heard[:2]]
    kinds += [(others[0], elsewhere[0], "seen"), (others[1], elsewhere[1], "seen")]
    while len(kinds) < count:
        kinds.append(
            chance.choice(
                (
                    (place, chance.choice(seen), "seen"),
                    (place, chance.choice(seen), "seen"),
                    (place, chance.choice(heard + seen), "heard only"),
                    (chance.choice(others), chance.choice(birds), "seen"),
                    (chance.choice(others), chance.choice(birds), "heard only"),
                )
            )
        )
    chance.shuffle(kinds)
    initials = ("K.D.", "M.A.", "R.St.", "B.W.")
    rows, day = [], datetime.date(2024, 4, 3)
    clock = 5 * 60 + 30
    for spot, bird, how in kinds:
        clock += chance.randint(3, 70)
        if clock > 11 * 60:
            day, clock = day + datetime.timedelta(days=chance.randint(1, 3)), 5 * 60 + chance.randint(10, 59)
        rows.append(
            f"{day.day}.{day.month}. {clock // 60:02d}h{clock % 60:02d} / {spot} / {bird} / {chance.randint(1, 9)} / "
            f"{how} / {chance.choice(initials)}"
        )
    head = (
        "Sightings book, spring 2024, Society of Friends of the Wet Meadows\n"
        "(day and time / place / species / number of birds / how noticed / initials)\n"
    )
    lines = _mix(chance, [head, *rows], size, lambda: "   -- " + _say(chance))
    right = len({bird for spot, bird, how in kinds if spot == place and how == "seen"})
    question = chance.choice(
        (
            f"How many different kinds of birds have been seen at {place}? Those that were only heard don't count.",
            (
                f"For the sign at {place} we want to say how many species visitors have seen there (with their eyes, "
                "not just heard). How many are they?"
            ),
            f"Number of bird species seen at {place}, each counted once?",
        )
    )
    return _task(
        question,
        lines,
        right,
        len({bird for spot, bird, _ in kinds if spot == place}),
        sum(spot == place and how == "seen" for spot, _, how in kinds),
        len({bird for _, bird, how in kinds if how == "seen"}),
        len({bird for _, bird, _ in kinds}),
        len(kinds),
    )


def _date_range(chance: random.Random, size: int) -> dict[str, Any]:
    """The diary of a hen keeper."""
    count = _number(chance, size, 62)
    start = datetime.date(2024, 3, chance.randint(4, 20))
    days, day = [], start
    for _ in range(count):
        days.append(day)
        day += datetime.timedelta(days=chance.choice((1, 1, 1, 1, 2)))
    facts = [(day, chance.randint(3, 11), chance.choice((0, 0, 2, 3))) for day in days]
    first = chance.randint(2, 5)
    last = chance.randint(first + 5, count - 3)
    low, high = days[first], days[last]

    def title(day: datetime.date) -> str:
        return f"{day.day} {day:%B}"

    blocks = ["HENS 2024 - diary of the household at Weir Cottage (no entry for a day: no eggs that day)\n"]
    for day, eggs, sold in facts:
        end = f", sold {sold} of them at the gate." if sold else "."
        blocks.append(f"{day:%A}, {title(day)}\n   {eggs} eggs in the nest boxes{end}")
    topics = (
        *("the water trough", "the straw", "the run", "the nettles", "the cockerel next door"),
        *("the wheelbarrow", "the feed bin", "the fence"),
    )
    lines = _mix(chance, blocks, size, lambda: "   " + _say(chance, topics))

    def add(test: Callable[[datetime.date], bool]) -> int:
        return sum(eggs for day, eggs, _ in facts if test(day))

    right = add(lambda day: low <= day <= high)
    question = chance.choice(
        (
            f"How many eggs did we get from {title(low)} to {title(high)}, both days included?",
            (
                f"Aunt Joan looked after the hens from {title(low)} up to and including {title(high)}. How many eggs "
                "were in the nest boxes in that time?"
            ),
            f"Eggs collected between {title(low)} and {title(high)} (first and last day count too)?",
        )
    )
    return _task(
        question,
        lines,
        right,
        add(lambda day: low < day < high),
        add(lambda day: low <= day < high),
        add(lambda day: low < day <= high),
        add(lambda _day: True),
        right - sum(sold for day, _, sold in facts if low <= day <= high),
        sum(low <= day <= high for day in days),
    )


def _contradiction(chance: random.Random, size: int) -> dict[str, Any]:
    """Minutes in numbered paragraphs, whose sum is wrong."""
    count = _number(chance, size, 64)
    later = 5
    households = chance.sample([f"{title} {last}" for last in _LAST for title in ("Family", "Mr", "Ms")], count + later)
    fruits = ("plum", "quince", "rhubarb", "damson", "blackberry", "apricot")
    brought = [chance.randint(2, 24) for _ in range(count)]
    promised = [chance.randint(3, 18) for _ in range(later)]
    right = sum(brought)
    stated = right + chance.choice((-1, 1)) * chance.randint(6, 19)
    blocks = [
        "MINUTES of the meeting of the Village Hall Friends, 12 September\n",
        "1. Welcome by the chair.",
        "2. The last minutes were accepted.",
        "3. The hall was aired and the curtains were washed.",
        "4. Jam for the autumn fair. These households have handed in jars:",
    ]
    for number, (who, jars) in enumerate(zip(households[:count], brought, strict=True), 1):
        entry = chance.choice((f"{jars} jars of {chance.choice(fruits)}", f"{jars} jars, {chance.choice(fruits)}"))
        blocks.append(f"4.{number} {who}: {entry}")
    summary = f"The chair thanked everybody for the {stated} jars that have come in altogether."
    if chance.random() < 0.5:
        blocks.append(summary)
        summary = ""
    blocks.append("5. Promised for the spring fair, not brought yet:")
    for number, (who, jars) in enumerate(zip(households[count:], promised, strict=True), 1):
        blocks.append(f"5.{number} {who}: {jars} jars of {chance.choice(fruits)}")
    blocks.append("6. Any other business. " + (summary or "None."))
    topics = (
        *("the stage curtain", "the piano stool", "the kitchen hatch", "the bunting", "the trestle tables"),
        *("the key box", "the boiler", "the ladder"),
    )
    lines = _mix(chance, blocks, size, lambda: "    " + _say(chance, topics), first=2)
    question = chance.choice(
        (
            "Counting what each household handed in, how many jars of jam do we have for the autumn fair?",
            (
                "I have to order labels for the jam jars handed in for the autumn fair. I'm not sure that the sum in "
                "the minutes was added up properly, so please go by the single entries: how many jars are there?"
            ),
            "Add up the jars that the households listed have brought for the autumn fair. What is the real total?",
        )
    )
    return _task(question, lines, right, stated, right + sum(promised), stated + sum(promised), count)


def _top_k(chance: random.Random, size: int) -> dict[str, Any]:
    """Results of a canoe slalom, divided by tabs."""
    best = chance.choice((2, 3, 4))
    word = {2: "two", 3: "three", 4: "four"}[best]
    kind = chance.choice(("Junior", "Senior", "Veteran"))
    others = [other for other in ("Junior", "Senior", "Veteran") if other != kind]
    count = _number(chance, size, 52)
    kinds = _kinds(
        chance,
        count,
        [
            *[(kind, "")] * 6,
            *((kind, "disqualified"), (kind, "guest"), (kind, "gave up")),
            *((others[0], ""), (others[1], "")),
        ],
        [
            *((kind, ""), (kind, ""), (others[0], ""), (others[1], "")),
            *((others[0], "guest"), (others[1], "disqualified"), (kind, "guest")),
        ],
    )
    tenths = chance.sample(range(1000, 2400), count)
    fast = iter(chance.sample(range(820, 1000), count))
    rows, facts = [], []
    runs = zip(kinds, _people(chance, count), tenths, strict=True)
    for number, ((group, state), name, time) in enumerate(runs, 1):
        if group == kind and state in ("disqualified", "guest"):
            time = next(fast)
        shown = "-" if state == "gave up" else f"{time // 600}:{time % 600 / 10:04.1f}"
        remark = {
            "disqualified": "disqualified, missed a gate",
            "guest": "guest, not ranked",
            "gave up": "capsized, gave up",
        }.get(state, "")
        rows.append(f"{number}\t{name}\t{group}\t{shown}\t{remark}")
        if state != "gave up":
            facts.append((time, name, group, state))
    head = (
        "# Moss Beck Canoe Club, slalom of 9 June, in the order of the start\n# time as min:sec\n"
        "start\tname\tclass\ttime\tremark"
    )
    topics = (
        *("the rope", "the footbridge", "the loudspeaker", "the wet towels", "the cake table", "the ducks"),
        "the timing hut",
    )
    lines = _mix(chance, [head, *rows], size, lambda: "# " + _say(chance, topics))
    facts.sort()

    def rank(test: Callable[[str, str], bool]) -> list[str]:
        return [name for _, name, group, state in facts if test(group, state)]

    ranked = rank(lambda group, state: group == kind and not state)
    right = ranked[:best]
    question = chance.choice(
        (
            (
                f"Which {word} in the {kind} class were the fastest, in order from the first? Guests and disqualified "
                "paddlers get no prize."
            ),
            (
                f"We need the {word} names for the {kind} certificates: fastest first, and without guests or anybody "
                "who was disqualified."
            ),
            f"Best {word} of the {kind} class by time (ranked paddlers only), starting with the winner?",
        )
    )
    return _task(
        question,
        lines,
        right,
        rank(lambda group, _state: group == kind)[:best],
        rank(lambda _group, state: not state)[:best],
        rank(lambda group, state: group == kind and state != "guest")[:best],
        rank(lambda group, state: group == kind and state != "disqualified")[:best],
        ranked[::-1][:best],
        right[::-1],
    )


_NOT_COMING = (
    "Count me out this time, I'm on nights that week.",
    "What a shame, we're in Portugal until the Monday after. Eat a pudding for me!",
    "My knee has other ideas, I'll be on the sofa that evening. Have fun everyone.",
    "I'll have to give it a miss, sorry.",
    "Would have loved to, but it's my daughter's graduation the same evening and I'll be with her.",
    "You'll have to do without me on Friday.",
    "I was so looking forward to coming, and now the shop needs me that night. Next year!",
    "Please give my chair to somebody else, I'm staying at home with the baby.",
    "Friday is the one evening I never get off. Raise a glass to me.",
    "Great idea, lovely menu, wrong week for me: I'm in hospital for my hip.",
    "I said yes to Wanda in the street but must take it back, my mother is ill and I'm off to hers.",
    "No dinner for me I'm afraid, doctor's orders.",
    "I'll be thinking of you all from the night train to Vienna that evening.",
    "Take me off the list please.",
    "Yes, I got the invitation, thanks! Can't make it though.",
    "Sounds wonderful. Sadly I'm already spoken for that evening, so not this year.",
)
_COMING = (
    "I can't wait!",
    "Nothing could keep me away.",
    "I wouldn't miss it for the world.",
    "Not a question, of course I'm coming.",
    "My cousin's wedding got cancelled, so I'm free after all: see you on Friday!",
    "Sorry for answering so late. I'll be there, with an appetite.",
    "I thought I had to work but the boss said no problem, so put me down.",
    "The dog has to stay at home, but I'll come.",
    "I'll be a bit late because of the train, keep my soup warm.",
    "I was ill all last week, but I'm fit again and coming.",
    "Same seat as last year please, near the stove.",
    "I missed the last one and was sorry for it, so this time I'll be sitting there first.",
    "No starter for me, I'll just have the main course with you.",
    "I can't eat nuts, could you tell the kitchen before I turn up on Friday?",
    "I'm out of town until Thursday, back in time for the dinner, so yes.",
    "If anyone needs a lift on Friday, I'm driving there and have three seats free.",
    "Unfortunately for your wine stocks, I'm in.",
    "Never said no to a pudding yet! See you there.",
    "I'll bring the slides from the summer trip and show them after the dessert.",
    "Cancelled my badminton, so I'm all yours on Friday.",
    "Don't strike me off, I'll definitely be sitting there.",
    "I'm coming, I won't be singing though.",
)


def _classify(chance: random.Random, size: int) -> dict[str, Any]:
    """Answers to an invitation, an exported chat."""
    count = min(_number(chance, size, 100), 34)
    no = min(chance.randint(count // 4, count // 2), len(_NOT_COMING))
    no = max(no, count - len(_COMING))
    texts = [*chance.sample(_NOT_COMING, no), *chance.sample(_COMING, count - no)]
    chance.shuffle(texts)
    moment = datetime.datetime(2024, 11, 4, 8, 0)
    opening = (
        "All, our club dinner is on Friday 22 November at the Anchor. "
        "Please answer here, each for yourself, whether you'll be there."
    )
    # The times can be set only when the order of the lines is known, but they count towards the size.
    stamp = " " * len("[04/11/2024, 08:00] ")
    blocks = [f"{stamp}Wanda (chair): {opening}"]
    blocks += [f"{stamp}{name}: {text}" for text, name in zip(texts, _people(chance, count), strict=True)]
    lines = _mix(chance, blocks, size, lambda: f"{stamp}Noticeboard: {_say(chance)}")
    shown = []
    step = max(2, 14 * 24 * 60 // len(lines))
    for line in lines:
        moment += datetime.timedelta(minutes=chance.randint(1, step))
        if moment.hour < 7:
            moment += datetime.timedelta(hours=7)
        shown.append(f"[{moment:%d/%m/%Y, %H:%M}] {line.removeprefix(stamp)}")
    question = chance.choice(
        (
            "How many people have written that they won't be at the club dinner?",
            (
                "I have to phone the Anchor about the tables. How many members have told us that they are not coming "
                "to the dinner?"
            ),
            "Going by the answers in the chat, how many are staying away from the dinner?",
        )
    )
    hints = ("can't", "sorry", "sadly", "afraid", "miss", "not", "no ", "cancelled", "unfortunately", "won't", "never")
    by_words = sum(any(hint in text.lower() for hint in hints) for text in texts)
    return _task(question, shown, no, by_words, count - no, count, count + 1)


def _absent(chance: random.Random, size: int) -> dict[str, Any]:
    """The price list of a camp site, with dot leaders."""
    targets = (
        (
            ("Tumble dryer, one run", "Iron and board, one hour", "Washing powder, one cup"),
            (
                "What does it cost to use a washing machine at the camp site?",
                "We'll have dirty clothes after a week. How much do they charge for a run of the washing machine?",
            ),
        ),
        (
            ("Rowing boat, one hour", "Paddleboard, one hour", "Pedal boat, one hour"),
            (
                "How much is it to hire a kayak for an hour?",
                "The kids want to go out in a kayak. What does the site charge per hour for hiring one?",
            ),
        ),
        (
            ("Dog shower, each time", "Dog lead, to buy at the kiosk", "Towel for dogs, to borrow"),
            (
                "What do we pay per night if we bring our dog?",
                "How much does the site charge for a dog's stay, per night?",
            ),
        ),
        (
            (
                "Hook-up for caravans (6 A), per night",
                "Charging the battery of an e-bike, each time",
                "Adapter cable for caravans, to borrow",
            ),
            (
                "What does it cost to charge an electric car there?",
                "We come with an electric car - how much would we pay on the site for charging it?",
            ),
        ),
        (
            ("Swimming pool, one day", "Solarium, ten minutes", "Massage chair, ten minutes"),
            (
                "What's the entry to the sauna?",
                "If it rains we'd like to go to the sauna. How much is that at the camp site?",
            ),
        ),
    )
    similar, questions = chance.choice(targets)
    general = [
        *("Small tent, per night", "Large tent, per night", "Caravan pitch, per night"),
        *("Camper van pitch, per night", "Adult, per night", "Child 4 to 14, per night"),
        *("Visitor's tax per adult, per night", "Hot shower, one token", "Gas bottle 5 kg, exchange"),
        *("Gas bottle 11 kg, exchange", "Freezing of ice packs, each", "Firewood, one bag", "Bread roll"),
        *("Pot of coffee", "Breakfast, per person", "Minigolf, one round", "Bicycle, one day"),
        *("Refrigerator, one day", "Second car, per night", "Left-luggage locker, one day"),
        *("Barbecue, one evening", "Postcard with stamp", "Table tennis, bat and ball, one hour"),
        *("Tent pegs, ten pieces", "Baby cot, per night"),
    ]
    items = [*chance.sample(general, chance.randint(14, 22)), *similar]
    chance.shuffle(items)
    spans = {
        "Small tent, per night": (80, 110),
        "Large tent, per night": (120, 170),
        "Caravan pitch, per night": (200, 250),
        "Camper van pitch, per night": (180, 240),
        "Adult, per night": (65, 95),
        "Child 4 to 14, per night": (30, 55),
        "Gas bottle 5 kg, exchange": (150, 190),
        "Gas bottle 11 kg, exchange": (240, 300),
        "Breakfast, per person": (80, 130),
        "Bicycle, one day": (90, 160),
        "Bread roll": (6, 11),
        "Barbecue, one evening": (50, 90),
        "Rowing boat, one hour": (80, 140),
        "Paddleboard, one hour": (90, 150),
        "Pedal boat, one hour": (100, 160),
    }
    taken: set[int] = set()
    price: dict[str, float] = {}
    for item in items:
        tenths = chance.randint(*spans.get(item, (12, 64)))
        while tenths in taken:
            tenths += 1
        taken.add(tenths)
        price[item] = tenths / 10
    blocks = ["PINE SHORE CAMP SITE\nPrices of this season in euros\n"]
    for item in items:
        shown = f"{price[item]:.2f}"
        blocks.append(f"{item} ".ljust(58, ".") + " " + shown.rjust(5))
    topics = (
        *("the swings", "the gravel path", "the recycling corner", "the quiet hour", "the duck pond"),
        *("the barrier", "the mirror", "the flag"),
    )
    lines = _mix(chance, blocks, size, lambda: "   " + _say(chance, topics))
    return {
        "question": chance.choice(questions),
        "context": "\n".join(lines) + "\n",
        "accepts": ("not in the document", "not found", "not stated", "unknown"),
        "decoys": tuple(price[item] for item in similar),
    }


def _two_documents(chance: random.Random, size: int) -> dict[str, Any]:
    """The price file of a bakery, as XML, and its order book, in blocks."""
    products = {
        "RYE": "Rye loaf",
        "SPL": "Spelt loaf",
        "BAG": "Baguette",
        "BUN": "Currant bun",
        "PRZ": "Pretzel",
        "CRO": "Croissant",
        "PLA": "Plaited loaf",
        "APT": "Apple tart",
        "CHS": "Cheese straw",
        "ROL": "Poppy roll",
        "GIN": "Gingerbread",
        "FOC": "Focaccia",
    }
    trade, counter = {}, {}
    for code in products:
        trade[code] = chance.randint(12, 98) * 5
        counter[code] = trade[code] + chance.randint(3, 24) * 5
    clients = ("Bowls Club", "Hotel Linde", "Kindergarten", "Tearoom Ivy")
    client = chance.choice(clients)
    others = [other for other in clients if other != client]
    count = min(_number(chance, size, 110), 40)
    good = (client, 5, "delivered")
    kinds = _kinds(
        chance,
        count,
        [
            *(good, good, good, (client, 5, "cancelled"), (client, 4, "delivered")),
            *((others[0], 5, "delivered"), (others[1], 5, "delivered"), (others[2], 4, "delivered")),
        ],
        [
            *(good, good, (client, 5, "cancelled"), (client, 4, "delivered")),
            *((other, 5, "delivered") for other in others),
            (others[0], 4, "cancelled"),
        ],
    )
    orders = []
    for who, month, state in kinds:
        day = datetime.date(2024, month, chance.randint(1, 30))
        goods = {code: chance.randint(2, 30) for code in chance.sample(list(products), chance.randint(1, 3))}
        orders.append((day, who, state, goods))
    orders.sort(key=lambda order: order[0])
    first = chance.randint(300, 800)
    blocks = ["ORDER BOOK spring 2024 - goods by their code, the names are in the price file\n"]
    for number, (day, who, state, goods) in enumerate(orders, first):
        blocks.append(
            f"No. {number} - {who}, delivery on {day.day} {day:%B}\n    "
            + " + ".join(f"{pieces} x {code}" for code, pieces in goods.items())
            + f"\n    {state}\n"
        )
    items = [
        f'  <product code="{code}" name="{name}">\n    <counter>{counter[code] / 100:.2f}</counter>'
        f"<trade>{trade[code] / 100:.2f}</trade>\n  </product>"
        for code, name in products.items()
    ]
    chance.shuffle(items)
    xml = _mix(
        chance,
        ['<prices currency="EUR" year="2024">', *items, "</prices>"],
        int(size * 0.35),
        lambda: f"  <!-- {_say(chance)} -->",
    )
    # Filler may have come after the end.
    xml.remove("</prices>")
    xml.append("</prices>")
    room = max(size - len("\n".join(xml)), 0)
    book = _mix(chance, blocks, room, lambda: f"({_say(chance)})\n")

    def add(test: Callable[[str, int, str], bool], prices: dict[str, int]) -> float:
        chosen = [goods for day, who, state, goods in orders if test(who, day.month, state)]
        return round(sum(pieces * prices[code] for goods in chosen for code, pieces in goods.items()) / 100, 2)

    def wanted(who: str, month: int, state: str) -> bool:
        return (who, month, state) == good

    right = add(wanted, trade)
    question = chance.choice(
        (
            f"What do we have to invoice {client} for the goods delivered in May, at trade prices?",
            (
                f"I'm writing the May bill for {client}, who get the trade price. What is the amount? Cancelled orders "
                "are of course not charged."
            ),
            f"{client}, deliveries of May, trade price: how many euros in all?",
        )
    )
    decoys = wrong_of(
        (right,),
        (
            add(wanted, counter),
            add(lambda who, month, _state: who == client and month == 5, trade),
            add(lambda who, _month, state: who == client and state == "delivered", trade),
            add(lambda _who, month, state: month == 5 and state == "delivered", trade),
        ),
    )
    return {
        "question": question,
        "context": {"prices.xml": "\n".join(xml) + "\n", "orders.txt": "\n".join(book) + "\n"},
        "accepts": (right,),
        "decoys": decoys,
    }


WORDINGS = wording_of(
    "p",
    *(_sum, _count, _field_sum, _maximum, _average, _group_by, _lookup),
    *(_distinct, _date_range, _contradiction, _top_k, _classify, _absent, _two_documents),
)
