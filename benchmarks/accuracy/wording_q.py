"""Fourteen shapes of question in the wording "q", each about another subject and in another format."""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from pages import wording_of, wrong_of

_WHO = (
    *("The caretaker", "The lady from the front office", "A neighbour", "The new trainee", "Our cleaner"),
    *("The electrician", "The man with the grey dog", "The deputy chair", "One of the helpers"),
    *("The postman", "The young man from the kitchen", "A cousin of the secretary", "The gardener"),
    *("The window cleaner", "Somebody from next door", "The lady who waters the plants", "The carpenter"),
    "The night porter",
)
_DID = (
    *("asked again about", "put away", "could not find", "wiped down", "wondered about"),
    *("made a drawing of", "took a photograph of", "tripped over", "carried upstairs"),
    *("had kind words for", "grumbled about", "wrote a label for", "looked after", "moved", "was proud of"),
    *("forgot about", "told a long story about"),
)
_WHAT = (
    *("the folding chairs", "the spare keys", "the old noticeboard", "the coffee machine"),
    *("the umbrella stand", "the blue curtains", "the wall clock", "the ladder in the corridor"),
    *("the tea towels", "the cardboard boxes", "the piano stool", "the doormat", "the flowerpots"),
    *("the lost scarf", "the long table", "the first-aid cupboard", "the broom", "the extension lead"),
    "the framed map",
)
_HOW = (
    *("before lunch", "without saying much", "because of the rain", "while the radio was playing"),
    *("with great patience", "as usual", "after the others had gone home", "with a smile"),
    *("in the afternoon", "for no clear reason", "on the way out", "although nobody had asked"),
    *("between two showers", "and then had a cup of tea", "and nothing more came of it"),
    "to everybody's surprise",
)
_WOMEN = (
    *("Marta", "Ines", "Hanna", "Greta", "Paula", "Signe", "Alma", "Nora", "Ellen", "Frida", "Olga"),
    *("Tilda", "Wanda", "Judith", "Carla", "Rosa"),
)
_MEN = (
    *("Jonas", "Emil", "Peter", "Oskar", "Henrik", "Tomas", "Viktor", "Arne", "Samuel", "Felix", "Rolf"),
    *("Walter", "Hugo", "Dario", "Klaus", "Ivo"),
)
_EVERYBODY = _WOMEN + _MEN
_LAST = (
    *("Lind", "Brandt", "Osgood", "Farrow", "Keller", "Moss", "Tarn", "Halloran", "Vesely", "Pike"),
    *("Sandoval", "Ruiz", "Ekberg", "Nyman", "Dorrit", "Quayle", "Castell", "Winther", "Abbot", "Zeller"),
    *("Marlow", "Ibsen", "Thorne", "Galt"),
)
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September", "October"),
    *("November", "December"),
)


def _talk(chance: random.Random) -> str:
    return f"{chance.choice(_WHO)} {chance.choice(_DID)} {chance.choice(_WHAT)} {chance.choice(_HOW)}."


def _prose(chance: random.Random, length: int) -> str:
    """Sentences of about that length together; nothing at all for less than half a sentence."""
    parts: list[str] = []
    left = length
    while left > 30:
        parts.append(_talk(chance))
        left -= len(parts[-1]) + 1
    return " ".join(parts)


def _note(chance: random.Random, share: int, less: int = 0) -> str:
    """Prose of about a record's share of the filler, less what goes with it."""
    return _prose(chance, int(share * chance.uniform(0.8, 1.2)) - less)


def _spread(
    chance: random.Random,
    head: str,
    blocks: list[str],
    size: int,
    wrap: Callable[[str], str],
    *,
    tail: str = "",
    few: int = 1,
    many: int = 2,
) -> str:
    """The blocks in their order, with filler between them up to the size."""
    room = size - len(head) - len(tail) - sum(len(block) + 1 for block in blocks)
    gaps: list[list[str]] = [[] for _ in blocks]
    while room > 0:
        line = wrap(" ".join(_talk(chance) for _ in range(chance.randint(few, many))))
        gaps[chance.randrange(len(blocks))].append(line)
        room -= len(line) + 1
    lines = [head]
    for block, gap in zip(blocks, gaps, strict=True):
        lines += [block, *gap]
    if tail:
        lines.append(tail)
    return "\n".join(lines) + "\n"


def _number(size: int, each: int, low: int, high: int) -> int:
    return max(low, min(high, size // each))


def _kinds(chance: random.Random, number: int, must: dict[str, int], weights: dict[str, int]) -> list[str]:
    """Kinds of record: each at least so often as it must be, the rest by weight, in an order by chance."""
    kinds = [kind for kind, times in must.items() for _ in range(times)]
    kinds += chance.choices(list(weights), weights=list(weights.values()), k=max(0, number - len(kinds)))
    chance.shuffle(kinds)
    return kinds


def _unused(chance: random.Random, low: int, high: int, used: set[int]) -> int:
    """A number by chance that none has had before."""
    while True:
        number = chance.randrange(low, high)
        if number not in used:
            used.add(number)
            return number


def _round(value: Decimal, step: str) -> float:
    return float(value.quantize(Decimal(step), ROUND_HALF_UP))


def _people(chance: random.Random, firsts: tuple[str, ...], number: int) -> list[str]:
    return chance.sample([f"{first} {last}" for first in firsts for last in _LAST], number)


def _day(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]}"


def _task(question: str, context: Any, right: tuple[Any, ...], *wrong: Any) -> dict[str, Any]:
    return {"question": question, "context": context, "accepts": right, "decoys": wrong_of(right, wrong)}


def _sum(chance: random.Random, size: int) -> dict[str, Any]:
    """Harbour dues book: slash-separated entries."""
    number = _number(size, 150, 14, 55)
    kinds = _kinds(
        chance,
        number,
        {"kept": 4, "owing": 1, "waived": 1, "last": 1, "next": 1, "returned": 1, "diesel": 1, "winter": 1},
        {"kept": 6, "owing": 2, "waived": 1, "last": 2, "next": 2, "returned": 1, "diesel": 2, "winter": 1},
    )
    first = ("Sea", "Grey", "Little", "Northern", "Merry", "Silver", "Old", "Wild")
    second = ("Holly", "Gull", "Lantern", "Swan", "Thistle", "Piper", "Venture", "Star")
    boats = chance.sample([f"{one} {two}" for one in first for two in second], number)
    days = sorted(date(2023, 4, 20) + timedelta(days=chance.randrange(150)) for _ in kinds)
    totals = Counter[str]()
    rows = []
    for kind, boat, day in zip(kinds, boats, days, strict=True):
        cents = chance.randrange(80, 420) * 50
        how = chance.choice(("received in cash", "received by card", "received by bank transfer"))
        item, state = {
            "kept": ("mooring fee, season 2023", how),
            "owing": ("mooring fee, season 2023", "bill sent twice, nothing received"),
            "waived": ("mooring fee, season 2023", "waived, rescue service"),
            "last": ("mooring fee, season 2022", f"late, {how}"),
            "next": ("mooring fee, season 2024", f"in advance, {how}"),
            "returned": ("mooring fee, season 2023", f"{how}, handed back in full (never moored)"),
            "diesel": ("diesel", how),
            "winter": ("winter shed", how),
        }[kind]
        totals[kind] += cents
        rows.append(
            f"{_day(day)} / {boat}, {chance.choice('ABCD')}{chance.randint(1, 28)} / {item} / "
            f"EUR {cents // 100}.{cents % 100:02d} / {state}"
        )
    right = (totals["kept"] / 100,)
    question = chance.choice(
        (
            (
                "I have to report to the harbour board: how much in mooring fees for the 2023 season did we really "
                "receive and keep?"
            ),
            "Mooring fees for season 2023 - what has actually come in, in euros, leaving out what we gave back again?",
            (
                "How much money do we have in mooring fees for the season of 2023? Only count what was really received "
                "and not handed back."
            ),
        )
    )
    text = _spread(
        chance,
        "EASTERN BASIN - DUES BOOK 2023\n(day / boat and berth / for what / amount / state)\n",
        rows,
        size,
        lambda line: f"    n.b. {line}",
    )
    return _task(
        question,
        text,
        right,
        (totals["kept"] + totals["returned"]) / 100,
        (totals["kept"] + totals["last"]) / 100,
        (totals["kept"] + totals["last"] + totals["next"]) / 100,
        (totals["kept"] + totals["owing"] + totals["waived"] + totals["returned"]) / 100,
        sum(totals.values()) / 100,
    )


def _count(chance: random.Random, size: int) -> dict[str, Any]:
    """Museum register of movements: indented blocks with dotted labels."""
    number = _number(size, 230, 12, 50)
    kinds = _kinds(
        chance,
        number,
        {"away": 3, "back": 2, "in": 2, "refused": 1, "planned": 1, "studio": 1},
        {"away": 5, "back": 4, "in": 3, "refused": 1, "planned": 2, "studio": 2},
    )
    things = (
        *("brass sextant", "oak chest", "silk banner", "pewter jug", "ship model", "marble bust"),
        *("printed map", "bronze bell", "wax seal", "lace collar", "ivory comb", "painted sledge"),
        *("tin soldier", "glass goblet"),
    )
    museums = (
        *("Hollin Maritime Museum", "City Museum of Varde", "Folk Museum Ostby"),
        *("Castle Museum Trent", "Museum of Toys, Lerby", "Textile Museum Kell"),
    )
    studios = ("Studio Brandt (restorers)", "Workshop Ekberg (restorers)")
    numbers = chance.sample(range(101, 999), number)
    blocks = []
    for kind, inventory in zip(kinds, numbers, strict=True):
        went = date(2022, 3, 1) + timedelta(days=chance.randrange(400))
        back = went + timedelta(days=chance.randrange(60, 260))
        later = date(2024, 4, 10) + timedelta(days=chance.randrange(120))
        left, returned, foreseen = (f"{when:%d.%m.%Y}" for when in (went, back, later))
        movement, party, start, end = {
            "away": ("loan by us", chance.choice(museums), left, "--"),
            "back": ("loan by us", chance.choice(museums), left, returned),
            "in": ("loan to us", chance.choice(museums), f"arrived here {left}", "--"),
            "refused": ("loan by us", chance.choice(museums), "never, request refused", "--"),
            "planned": ("loan by us", chance.choice(museums), f"foreseen {foreseen}", "--"),
            "studio": ("conservation", chance.choice(studios), left, "--"),
        }[kind]
        whose = "L" if kind == "in" else "M"
        blocks.append(
            f"[{whose} {inventory}] {chance.choice(things)}\n   Movement ..... {movement}\n   Other party .. {party}\n"
            f"   Left ......... {start}\n   Returned ..... {end}"
        )
    head = "REGISTER OF MOVEMENTS - Town Museum - as it stood on 03.03.2024\n(M = our own, L = belongs to others)\n"
    share = (size - len(head) - sum(len(block) + 2 for block in blocks)) // number
    full = []
    for block in blocks:
        note = _note(chance, share, less=18)
        full.append(block + (f"\n   Remarks ...... {note}" if note else "") + "\n")
    right = (kinds.count("away"),)
    question = chance.choice(
        (
            "How many of our own objects were out on loan in other museums on the day of this register?",
            (
                "The insurer wants to know how many pieces of ours are at the moment (3 March 2024) lent out and "
                "standing in somebody else's museum. How many?"
            ),
            "As of 3 March 2024, how many things that belong to us has another museum got on loan?",
        )
    )
    away, studio, incoming = kinds.count("away"), kinds.count("studio"), kinds.count("in")
    return _task(
        question,
        head + "\n" + "\n".join(full),
        right,
        away + studio,
        away + incoming,
        away + kinds.count("refused") + kinds.count("planned"),
        away + kinds.count("back"),
        number,
        sum(kind != "back" for kind in kinds),
    )


def _field_sum(chance: random.Random, size: int) -> dict[str, Any]:
    """Log of a ferry gate in a format of its own."""
    number = _number(size, 90, 18, 60)
    codes = {"LRB": "Lerby", "HMN": "Hamn", "OXO": "Oxo"}
    start, goal, other = chance.sample(list(codes), 3)
    kinds = _kinds(
        chance,
        number,
        {"yes": 5, "refused": 2, "void": 1, "reverse": 2, "elsewhere": 2},
        {"yes": 5, "refused": 2, "void": 2, "reverse": 4, "elsewhere": 4},
    )
    minutes = sorted(chance.sample(range(6 * 60, 21 * 60), number))
    sums = Counter[str]()
    people = 0
    rows = []
    for kind, minute in zip(kinds, minutes, strict=True):
        origin, destination, event = {
            "yes": (start, goal, "ADM"),
            "refused": (start, goal, "REF"),
            "void": (start, goal, "VOI"),
            "reverse": (goal, start, chance.choice(("ADM", "ADM", "REF"))),
            "elsewhere": (start, other, chance.choice(("ADM", "ADM", "VOI"))),
        }[kind]
        persons, dogs = chance.randint(1, 9), chance.choice((0, 0, 0, 1, 2))
        bikes = chance.randint(1, 5) if chance.random() < 0.8 else 0
        if kind in ("refused", "void", "reverse") and kind not in sums:
            bikes = chance.randint(1, 5)
        name = "reverse" if kind == "reverse" and event == "ADM" else kind
        sums[name] += bikes
        people += persons if kind == "yes" else 0
        rows.append(
            f">{minute // 60:02d}{minute % 60:02d}|G{chance.randint(1, 4)}|{origin}-{destination}|{event}|"
            f"p{persons};b{bikes};d{dogs}"
        )
    head = (
        "FERRY GATES, Sunday 7 July\n"
        "key: time|gate|from-to|event|p=persons;b=bicycles;d=dogs\n"
        "events: ADM admitted on board, REF turned back at the gate, VOI ticket cancelled before boarding (nobody "
        "boarded)\n"
        "places: " + ", ".join(f"{code} {place}" for code, place in codes.items())
    )
    right = (sums["yes"],)
    begin, end = codes[start], codes[goal]
    question = chance.choice(
        (
            f"How many bicycles did we carry from {begin} to {end} on Sunday?",
            (
                f"We are thinking of a second bike rack for the crossing from {begin} to {end} (this direction only). "
                "How many bikes really got on board there on 7 July?"
            ),
            f"{begin} to {end}, 7 July: how many bikes were let on board?",
        )
    )
    text = _spread(chance, head, rows, size, lambda line: f"~ {line}", many=1)
    return _task(
        question,
        text,
        right,
        sums["yes"] + sums["refused"] + sums["void"],
        sums["yes"] + sums["refused"],
        sums["yes"] + sums["reverse"],
        sum(sums.values()),
        people,
        kinds.count("yes"),
    )


def _maximum(chance: random.Random, size: int) -> dict[str, Any]:
    """Weighing sheet of a village show: fixed widths."""
    number = _number(size, 120, 16, 45)
    kinds = _kinds(
        chance,
        number,
        {"pumpkin": 6, "split": 1, "late": 1, "melon": 2, "cabbage": 2},
        {"pumpkin": 5, "melon": 3, "cabbage": 3},
    )
    names = _people(chance, _EVERYBODY, number)
    heavy, light = chance.choice((("split", "late"), ("late", "split")))
    used: set[int] = set()

    def weight(low: int, high: int) -> float:
        return _unused(chance, low, high, used) / 10

    rows = []
    found: defaultdict[str, list[tuple[float, str]]] = defaultdict(list)
    for kind, name in zip(kinds, names, strict=True):
        if kind == heavy:
            crop, kilos = "pumpkin", weight(980, 1150)
        elif kind == light:
            crop, kilos = "pumpkin", weight(220, 340)
        elif kind == "pumpkin":
            crop, kilos = "pumpkin", weight(400, 940)
        elif kind == "melon":
            crop, kilos = "watermelon", weight(350, 1080)
        else:
            crop, kilos = "cabbage", weight(120, 390)
        verdict = {"split": "struck out: split", "late": "struck out: late"}.get(kind, "stands")
        found[kind].append((kilos, name))
        rows.append(f"{name:<20}{crop:<12}{kilos:>7.1f}  {verdict}")
    best = chance.choice((max, min))
    kilos, name = best(found["pumpkin"])
    word, plain = ("heaviest", "heavy") if best is max else ("lightest", "light")
    question = chance.choice(
        (
            f"Whose pumpkin was the {word} of those that the judges let stand, and what did it weigh?",
            (
                f"For the village paper: which grower had the {word} pumpkin (struck-out ones don't count) and how "
                "many kilos was it?"
            ),
            f"Who brought the {word} pumpkin that was allowed to compete, and how {plain} was it in kg?",
        )
    )
    head = f"WEIGHING SHEET, Autumn Show, big tent\n\n{'Grower':<20}{'Crop':<12}{'kg':>7}  Judges\n{'-' * 58}"
    text = _spread(chance, head, rows, size, lambda line: f"      ({line})", many=1)
    struck = found[heavy][0] if best is max else found[light][0]
    alien = best(found["melon"] + found["cabbage"])
    opposite = (min if best is max else max)(found["pumpkin"])
    return {
        "question": question,
        "context": text,
        "parts": (name, kilos),
        "decoys": wrong_of((name, kilos), (struck[1], struck[0], alien[1], alien[0], opposite[1], opposite[0])),
    }


def _average(chance: random.Random, size: int) -> dict[str, Any]:
    """Honey harvest: a table with semicolons, decimal commas and quoted remarks."""
    number = _number(size, 150, 16, 55)
    mine, *others = chance.sample(("Hollow Wood", "Mill Bank", "Priory Heath", "Long Meadow"), 4)
    kinds = _kinds(
        chance,
        number,
        {"yes": 4, "guess": 2, "none": 1, "other": 3, "otherguess": 1},
        {"yes": 4, "guess": 2, "none": 1, "other": 5, "otherguess": 1},
    )
    hives = chance.sample(range(11, 99), number)
    people = _people(chance, _EVERYBODY, 6)
    values: dict[str, list[int]] = {"yes": [], "guess": [], "none": [], "other": [], "otherguess": []}
    lines = []
    for kind, hive in zip(kinds, hives, strict=True):
        tenths = chance.randrange(60, 320) if "guess" not in kind else chance.randrange(28, 70) * 5
        if kind != "none":
            values[kind].append(tenths)
        kilos = "" if kind == "none" else f"{tenths // 10},{tenths % 10}"
        basis = {
            "yes": "weighed",
            "guess": "estimated",
            "none": "not harvested",
            "other": "weighed",
            "otherguess": "estimated",
        }[kind]
        place = chance.choice(others) if kind.startswith("other") else mine
        day = date(2024, 6, 20) + timedelta(days=chance.randrange(50))
        lines.append(f"H{hive};{place};{chance.choice(people)};{day:%d.%m.%Y};{kilos};{basis};")
    head = "Hive;Apiary;Beekeeper;Date;Honey kg;Basis;Remark"
    share = (size - len(head) - sum(len(line) + 3 for line in lines)) // number
    rows = [f'{line}"{_note(chance, share)}"' for line in lines]

    def mean(tenths: list[int], more: int = 0) -> Decimal:
        return Decimal(sum(tenths)) / (10 * (len(tenths) + more))

    exact = mean(values["yes"])
    right = tuple(
        dict.fromkeys(
            (
                *(_round(exact, "0.01"), _round(exact, "0.1")),
                *(float(exact), round(float(exact), 1), round(float(exact), 2)),
            )
        )
    )
    question = chance.choice(
        (
            (
                f"What did a hive at {mine} give on average this summer, in kilos? Take only hives whose honey was put "
                "on the scales, no estimates."
            ),
            f"Average honey per hive for {mine}, weighed hives only?",
            (
                f"For our yearly report I need the mean yield per hive (kg) of the {mine} apiary, leaving out what was "
                "only guessed and hives from which nothing was taken."
            ),
        )
    )
    wrong = [
        mean(values["yes"] + values["guess"]),
        mean(values["yes"] + values["other"]),
        mean(values["yes"], kinds.count("none")),
        mean([tenths for group in values.values() for tenths in group]),
    ]
    return _task(
        question,
        "\n".join([head, *rows]) + "\n",
        right,
        *(_round(value, "0.01") for value in wrong),
        sum(values["yes"]) / 10,
    )


def _group_by(chance: random.Random, size: int) -> dict[str, Any]:
    """Street lighting jobs: one JSON object per line."""
    number = _number(size, 190, 14, 55)
    wards = chance.sample(
        ("Northgate", "Castle Hill", "Riverside", "Old Docks", "Fairfield", "Station Quarter"), 3 if number < 20 else 4
    )
    jobs = [(ward, "street lamp", "repaired") for ward in wards]
    jobs += [
        (chance.choice(wards), "street lamp", "open"),
        (chance.choice(wards), "traffic sign", "repaired"),
        (chance.choice(wards), "street lamp", "parts ordered"),
    ]
    while len(jobs) < number:
        what = chance.choice(("street lamp",) * 4 + ("traffic sign", "bus shelter"))
        state = chance.choice(("repaired",) * 4 + ("open", "parts ordered", "passed to grid company"))
        jobs.append((chance.choice(wards), what, state))
    chance.shuffle(jobs)
    done, lamps, everything, jobs_done = (dict.fromkeys(wards, 0) for _ in range(4))
    records = []
    first = chance.randrange(2000, 7000)
    for index, (ward, what, state) in enumerate(jobs):
        units = chance.randint(1, 7)
        if what == "street lamp":
            lamps[ward] += units
            if state == "repaired":
                done[ward] += units
                jobs_done[ward] += 1
        if state == "repaired":
            everything[ward] += units
        records.append({"job": f"SL{first + index}", "ward": ward, "what": what, "units": units, "state": state})
    base = sum(len(json.dumps(record)) + 14 for record in records)
    share = (size - base) // number
    rows = []
    for record in records:
        note = _note(chance, share)
        rows.append(json.dumps({**record, "note": note} if note else record))
    right = (done,)
    question = chance.choice(
        (
            "How many street lamps have been repaired in each ward? (Lamps, not jobs.)",
            (
                "The councillors ask, ward by ward, how many street lamps work again because we repaired them (lamps, "
                "not jobs; units is the number of pieces of a job). What are the figures?"
            ),
            "Please give me the number of repaired street lamps for every ward. One job can be several lamps.",
        )
    )
    return _task(question, "\n".join(rows) + "\n", right, lamps, everything, jobs_done)


def _lookup(chance: random.Random, size: int) -> dict[str, Any]:
    """School newsletters: prose in three letters."""
    number = _number(size, 260, 12, 40)
    trips = (
        *("the salt mine", "the bird park", "the lighthouse", "the glass works", "the castle ruins"),
        *("the planetarium", "the open-air museum", "the stone quarry", "the chocolate factory"),
        "the butterfly house",
    )
    classes = [f"{year}{letter}" for year in range(1, 9) for letter in "abcdef"]
    mine = chance.choice(classes)
    twin = chance.choice([other for other in classes if other[0] == mine[0] and other != mine])
    rest = chance.sample([other for other in classes if other not in (mine, twin)], number - 3)
    trip = chance.choice(trips)
    old, near, *more = chance.sample(range(12, 68), number - 1)
    new = chance.choice([price for price in range(old + 2, old + 10) if price not in (old, near, more[0])])
    teachers = _people(chance, _WOMEN, number)
    early = [
        chance.choice(
            (
                (
                    f"Class {mine} will visit {trip} in spring with {teachers[0]}. We reckon with {old} euros per "
                    "child for coach and entrance."
                ),
                (
                    f"{teachers[0]} is taking class {mine} to {trip}. As far as we can see today it will cost {old} "
                    "euros a child."
                ),
            )
        )
    ]
    late = [
        chance.choice(
            (
                (
                    f"Class {mine} once more: since the coach firm has put up its prices, the outing to {trip} now "
                    f"costs {new} euros per child. The figure in our first letter no longer holds."
                ),
                (
                    f"A correction for the parents of class {mine}: for {trip} please send {new} euros per child, and "
                    "not the amount from the first letter, which was worked out before the entrance fees were raised."
                ),
            )
        )
    ]
    middle = [f"Class {twin} goes to {trip} as well, but by train; {teachers[1]} collects {near} euros per child."]
    for name, amount, teacher in zip(rest, more, teachers[2:], strict=False):
        where = chance.choice([other for other in trips if other != trip])
        line = chance.choice(
            (
                f"Class {name} has chosen {where}. The price is {amount} euros per child.",
                f"{teacher} goes with class {name} to {where}; it costs each child {amount} euros.",
                f"For {where} class {name} pays {amount} euros a child, packed lunch not included.",
            )
        )
        chance.choice((early, middle, late)).append(line)
    blocks = []
    for title, part in (
        ("FIRST LETTER (September)", early),
        ("SECOND LETTER (November)", middle),
        ("THIRD LETTER (January)", late),
    ):
        chance.shuffle(part)
        blocks += [f"{title}\n\nDear parents,\n", *(f"{line}\n" for line in part)]
    text = _spread(
        chance,
        "Letters to parents, collected by the school office\n",
        blocks,
        size,
        lambda line: f"{line}\n",
        few=2,
        many=4,
    )
    right = (new,)
    question = chance.choice(
        (
            f"My son is in {mine}. How much do I have to pay for his trip to {trip}?",
            f"What does the outing of class {mine} to {trip} cost per child, as things stand after the last letter?",
            f"Class {mine}, {trip}: how many euros a child?",
        )
    )
    return _task(question, text, right, old, near, more[0])


def _distinct(chance: random.Random, size: int) -> dict[str, Any]:
    """Notebook of a ringing station: by day, by place, several birds on a line."""
    number = _number(size, 190, 12, 40)
    places = ["reed bed", "orchard", "dune hedge"]
    mine, other, _ = chance.sample(places, 3)
    species = chance.sample(("robin", "wren", "dunnock", "blackcap", "chiffchaff"), 3)
    target, *rest = species
    codes = [f"{one}{two}{digits}" for one in "AK" for two in "XTB" for digits in chance.sample(range(1000, 9999), 16)]
    chance.shuffle(codes)
    rings = {kind: [codes.pop() for _ in range(9 + number // 5)] for kind in species}
    regular, elsewhere = rings[target][:-3], rings[target][-3:]
    day = date(2024, 3, 28)
    blocks, caught, everywhere, birds = [], [], set(), set()
    for index in range(number):
        day += timedelta(days=chance.randint(1, 2))
        lines = []
        shown = [mine, other]
        if index >= 2:
            shown = [place for place in places if chance.random() < 0.55] or [mine]
        for place in places:
            if place not in shown:
                continue
            entries: list[tuple[str, str]] = []
            if index < 2 and place == mine:
                entries.append((target, regular[0]))
            if index < 2 and place == other:
                entries.append((target, elsewhere[index]))
            for _ in range(chance.randint(1, 3)):
                kind = chance.choice((target, target, *rest))
                pool = rings[kind]
                if kind == target:
                    pool = regular if place == mine else regular + elsewhere
                entry = (kind, chance.choice(pool))
                if entry not in entries:
                    entries.append(entry)
            chance.shuffle(entries)
            for kind, ring in entries:
                if kind == target:
                    everywhere.add(ring)
                    if place == mine:
                        caught.append(ring)
                if place == mine:
                    birds.add(ring)
            lines.append(f"  {place}: " + ", ".join(f"{kind} {ring}" for kind, ring in entries))
        blocks.append(f"{day:%a} {_day(day)}\n" + "\n".join(lines))
    right = (len(set(caught)),)
    plural = f"{target}s"
    question = chance.choice(
        (
            (
                f"How many different {plural} did we catch in the {mine} this spring? A bird that came into the nets "
                "again is still one bird."
            ),
            f"I need the number of individual {plural} that were netted at the {mine} (each ring only once).",
            f"How many individual {plural} were there in the {mine}?",
        )
    )
    text = _spread(
        chance,
        "RINGING NOTEBOOK, Sandholm station, spring 2024\n(place: kind of bird and its ring, all birds caught)\n",
        blocks,
        size,
        lambda line: f"  [{line}]",
    )
    return _task(question, text, right, len(caught), len(everywhere), len(birds))


def _date_range(chance: random.Random, size: int) -> dict[str, Any]:
    """Calendar of the town hall: iCalendar export."""
    number = _number(size, 210, 14, 50)
    start = date(2024, chance.choice((4, 5, 6)), chance.randint(9, 24))
    end = start + timedelta(days=chance.randint(22, 40))
    length = (end - start).days

    def inside() -> date:
        return start + timedelta(days=chance.randrange(1, length))

    def outside() -> date:
        return chance.choice(
            (start - timedelta(days=chance.randint(2, 60)), end + timedelta(days=chance.randint(2, 60)))
        )

    one = timedelta(days=1)
    events = [
        *(("yes", start), ("yes", end), ("yes", inside()), ("out", start - one), ("out", end + one)),
        *(("cancelled", inside()), ("like", inside()), ("other", inside())),
    ]
    while len(events) < number:
        kind = chance.choice(("yes", "yes", "yes", "out", "out", "out", "cancelled", "like", "other"))
        if kind == "yes":
            when = inside()
        elif kind == "out":
            when = outside()
        else:
            when = chance.choice((inside(), outside()))
        events.append((kind, when))
    chance.shuffle(events)
    blocks = []
    for kind, when in events:
        bride, groom = chance.sample(_LAST, 2)
        summary, group = {
            "like": chance.choice(((f"Silver wedding party of the {bride} family", "PARTY"), ("Wedding fair", "FAIR"))),
            "other": chance.choice(
                (("Chamber concert", "CONCERT"), ("Planning meeting", "MEETING"), ("Citizenship ceremony", "CEREMONY"))
            ),
        }.get(kind, (f"Marriage ceremony {bride} - {groom}", "CEREMONY"))
        status = "CANCELLED" if kind == "cancelled" else "CONFIRMED"
        blocks.append(
            f"BEGIN:VEVENT\nDTSTART:{when:%Y%m%d}T{chance.randint(9, 16):02d}{chance.choice(('00', '30'))}00\n"
            f"SUMMARY:{summary}\nCATEGORIES:{group}\nSTATUS:{status}"
        )
    head, close, tail = "BEGIN:VCALENDAR\nVERSION:2.0\nX-WR-CALNAME:Great Hall 2024", "\nEND:VEVENT", "END:VCALENDAR"
    share = (size - len(head) - len(tail) - sum(len(block) + len(close) + 1 for block in blocks)) // number
    full = []
    for block in blocks:
        note = _note(chance, share, less=14)
        folded = ""
        if note:
            whole = f"DESCRIPTION:{note}"
            folded = "\n" + "\n ".join(whole[at : at + 73] for at in range(0, len(whole), 73))
        full.append(block + folded + close)
    right = (sum(kind == "yes" for kind, _ in events),)
    first, last = f"{_day(start)} 2024", f"{_day(end)} 2024"
    question = chance.choice(
        (
            (
                f"How many couples got married in the Great Hall from {first} to {last}, both days included? "
                "Called-off ceremonies do not count."
            ),
            (
                f"The florist bills us per marriage ceremony: how many of them took place between {first} and {last} "
                "(first and last day included), without the cancelled ones?"
            ),
            (
                f"How many marriage ceremonies did we have from {first} up to and including {last}? Not the cancelled "
                "ones, of course."
            ),
        )
    )

    def tally(kinds: tuple[str, ...], low: date, high: date) -> int:
        return sum(kind in kinds and low <= when <= high for kind, when in events)

    return _task(
        question,
        "\n".join([head, *full, tail]) + "\n",
        right,
        tally(("yes",), start + one, end - one),
        tally(("yes",), start, end - one),
        tally(("yes", "cancelled"), start, end),
        tally(("yes", "like"), start, end),
        tally(("yes", "out"), date(2024, 1, 1), date(2024, 12, 31)),
    )


def _contradiction(chance: random.Random, size: int) -> dict[str, Any]:
    """Sponsored walk: markdown tables, one per class, with a wrong total at the end."""
    number = _number(size, 95, 18, 60)
    names = _people(chance, _EVERYBODY, number)
    laps = [chance.randint(3, 24) for _ in names]
    teams = chance.sample(("Hedgehogs", "Otters", "Kingfishers", "Badgers", "Foxes"), 3)
    right = sum(laps)
    stated = right + chance.choice((-27, -18, -11, -9, 9, 14, 18, 36))
    cuts = [0, number // 3, 2 * number // 3, number]
    tables = []
    for index, team in enumerate(teams):
        part = slice(cuts[index], cuts[index + 1])
        lines = [f"| {name} | {rounds} |" for name, rounds in zip(names[part], laps[part], strict=True)]
        tables.append(f"\n## {team}\n\n| Walker | Laps |\n|---|---|\n" + "\n".join(lines) + "\n")
    closing = chance.choice(
        (
            f"**All in all the children walked {stated} laps. Bravo!**",
            f"**Grand total: {stated} laps**",
        )
    )
    head = "# Sponsored walk for the new playground\n\nEvery child is listed with the number of laps round the lake.\n"
    text = _spread(chance, head, tables, size, lambda line: f"{line}\n", tail=closing, few=2, many=4)
    question = chance.choice(
        (
            "How many laps did the children walk in all, if you go by what is listed for each child?",
            "I do not trust the total at the end of the page. What do the laps of the single walkers come to?",
            "The sponsors pay by lap, so I need the correct number: how many laps altogether, added up child by child?",
        )
    )
    return _task(question, text, (right,), stated, sum(laps[: cuts[1]]), number)


def _top_k(chance: random.Random, size: int) -> dict[str, Any]:
    """Results of a road race: lines with dot leaders."""
    number = _number(size, 110, 18, 55)
    kinds = _kinds(
        chance,
        number,
        {"yes": 6, "disq": 1, "short": 3, "men": 3},
        {"yes": 4, "short": 3, "men": 4, "shortmen": 2},
    )
    women = _people(chance, _WOMEN, number)
    men = _people(chance, _MEN, number)
    clubs = ("Harbour Runners", "TV Ostby", "SC Varde", "no club", "Postal SC", "Hill Striders")
    spans = {
        "yes": (2520, 3900),
        "disq": (2380, 2500),
        "short": (1180, 1900),
        "men": (2150, 3500),
        "shortmen": (1020, 1700),
    }
    used: set[int] = set()
    found: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    rows = []
    for kind in kinds:
        seconds = _unused(chance, *spans[kind], used)
        male = kind in ("men", "shortmen")
        name = (men if male else women).pop()
        found[kind].append((seconds, name))
        left = f"{name} ({'M' if male else 'W'}, {chance.choice(clubs)}) "
        run = "5 km" if kind.startswith("short") else "10 km"
        note = "  DISQUALIFIED, short cut" if kind == "disq" else ""
        rows.append(f"{left:.<44} {run:>5} .... {seconds // 60}:{seconds % 60:02d}{note}")
    count, word = chance.choice(((2, "two"), (3, "three"), (4, "four")))

    def best(*chosen: str) -> list[str]:
        return [name for _, name in sorted(one for kind in chosen for one in found[kind])[:count]]

    right = best("yes")
    slowest = [name for _, name in sorted(found["yes"], reverse=True)[:count]]
    question = chance.choice(
        (
            f"Who were the {word} fastest women over 10 km, quickest first? Nobody who was disqualified, please.",
            (
                f"Medals for the women's 10 km: give me the {word} names in order, the winner first. (Disqualified "
                "runners get none.)"
            ),
            f"The first {word} women in the 10 km run, in the right order, without anyone disqualified?",
        )
    )
    head = "LAKE RUN - RESULTS IN ORDER OF ENTRY\n(W women, M men; times in minutes:seconds)\n"
    text = _spread(chance, head, rows, size, lambda line: f"* {line}")
    return _task(
        question,
        text,
        (right,),
        best("yes", "disq"),
        best("yes", "men"),
        best("yes", "short"),
        best("men"),
        slowest,
        right[::-1],
    )


_QUIT = (
    "I have been put on the night shift for good, so someone from your waiting list may have my chair in {course}.",
    "Sadly we are moving to Bergen; please take my name off the list for {course}.",
    "My doctor forbids me anything of the kind until next year. I am out of {course}, I'm afraid.",
    "As it turns out, {course} is not for me after all. I won't be coming any more.",
    "Please strike me from {course}, my mother needs me in the evenings now.",
    "I'd like to cancel my place in {course}.",
    "Could you let me go from {course}? The level is far above my head and I would rather stop altogether.",
    "After two evenings of {course} I have had enough; do not count on me again.",
    "About {course}: my husband was right, I took on too much. You can offer my place to others.",
    "I am handing back my place in {course}, since the last bus home has been axed.",
    "I signed up for {course} by mistake and do not wish to take part in it.",
    "I withdraw from {course}. Please send the fee back.",
    "It hurts me to say it, but my time in {course} is over as of today.",
    (
        "With the baby there is no evening free. Whoever is next in line for {course} is welcome to my spot for the "
        "rest of it."
    ),
    "Please end my enrolment in {course}; I have found something nearer home.",
    "I shan't be back in {course}. The teacher is charming, it is my eyes that no longer play along.",
    "You will have to do without me in {course} for good, I am starting work abroad.",
    "Tell the next person waiting that a seat in {course} has become free: mine.",
)
_STAY = (
    "I will be away next Tuesday but back in {course} the week after. Do keep my place!",
    "Has tonight's evening of {course} been cancelled? There was nobody at the door.",
    "I did think of giving up {course}, but after yesterday I am staying.",
    "Please do not cancel {course}, it is the best evening of my week.",
    "May I bring a cushion to {course}? The seats are hard.",
    "I hear that there is a free place in {course}. I would love to have it.",
    "Whom do I ask for a copy of the handout from {course}?",
    "The room of {course} is much too hot, someone should turn off the heating.",
    "I want to stop getting your newsletter. I shall of course go on attending {course}.",
    "I left my glasses behind in {course}. Has anybody handed them in?",
    "Please put me on the waiting list for {course}.",
    "When does {course} start again after the holidays? I am looking forward to it.",
    "My cheque for {course} came back; I will bring cash to the next evening.",
    "I cancelled my holiday so as not to miss {course}. Is it on as planned?",
    "Please withdraw the fee for {course} from my new account and not from the old one.",
    "The teacher of {course} did so well that I should like to book the sequel as well.",
    "I was ill and missed the first evening of {course}. What should I read before the next one?",
    "Somebody took my place by the window in {course}; I want it back next time.",
    "Will there be a certificate at the end of {course}? My boss would like to see mine.",
    "I no longer need the parking permit for {course}, as I come by bike now.",
    "Is there room in {course} for one more? My sister would like to join me.",
    "Thank you for letting us out of {course} early yesterday because of the storm. See you all next week.",
    "I have quit my job, not {course}! So please write to my private address from now on.",
    "Could you send me the list of materials for {course} again? I have thrown mine away.",
    "The door code for {course} did not work. I got in through the kitchen in the end.",
)


def _classify(chance: random.Random, size: int) -> dict[str, Any]:
    """Answering machine of an evening school: a message per caller."""
    number = _number(size, 230, 12, 38)
    courses = ("pottery", "watercolour", "Italian", "bookbinding", "yoga", "photography", "Spanish", "sewing", "chess")
    quitting = chance.randint(max(3, number - 23), min(16, number - 5))
    texts = [*chance.sample(_QUIT, quitting), *chance.sample(_STAY, number - quitting)]
    chance.shuffle(texts)
    callers = _people(chance, _EVERYBODY, number)
    words = ("cancel", "withdraw", "stop", "giving up", "quit", "back", "no longer", "free")
    alike = 0
    blocks = []
    times = sorted(chance.sample(range(8 * 60, 21 * 60), number))
    for text, caller, time in zip(texts, callers, times, strict=True):
        alike += any(word in text for word in words)
        said = text.format(course=f"the {chance.choice(courses)} course")
        blocks.append(f'<{caller}, {time // 60}:{time % 60:02d}>\n"{said}"')
    right = (quitting,)
    question = chance.choice(
        (
            "How many callers want to give up their place in a course?",
            (
                "I am going through the waiting lists: how many people on the answering machine say that they will "
                "not go on with (or not take up) their course?"
            ),
            "How many of the messages are from people who are dropping out of their course?",
        )
    )
    text = _spread(
        chance,
        "ANSWERING MACHINE, evening school, typed out by the front desk\n(desk: lines are our own day-book)\n",
        blocks,
        size,
        lambda line: f"desk: {line}",
    )
    return _task(question, text, right, alike, number, number - quitting)


def _absent(chance: random.Random, size: int) -> dict[str, Any]:
    """Card index of organs: one paragraph per organ; for one of them a fact was never written down."""
    number = _number(size, 190, 12, 45)
    saints = ("St Mary", "St Giles", "St Anne", "St Olaf", "St Clement", "Holy Cross", "All Saints", "St Martin")
    towns = ("Hollin", "Varde", "Ostby", "Trent", "Kell", "Lerby", "Brask", "Norham")
    places = chance.sample([(saint, town) for saint in saints for town in towns], number)
    mine = places[0]
    twin = next((place for place in places[1:] if place[1] == mine[1]), None)
    if twin is None:
        twin = places[1] = (chance.choice([saint for saint in saints if saint != mine[0]]), mine[1])
    asked = chance.choice(("tuned", "pipes"))
    chance.shuffle(places)
    labels = {"cleaned": "last cleaned", "tuned": "last tuned"}
    facts: dict[tuple[str, str], dict[str, int]] = {}
    lines = []
    for place in places:
        built = chance.randrange(1790, 1968)
        stops = chance.randrange(11, 48)
        cleaned = chance.randrange(1975, 2009)
        own = {
            "built": built,
            "stops": stops,
            "cleaned": cleaned,
            "tuned": chance.randrange(2010, 2024),
            "pipes": stops * chance.randrange(48, 62) + chance.randrange(1, 40),
        }
        if place == mine or (place != twin and chance.random() < 0.15):
            del own[asked]
        facts[place] = own
        lines.append(
            f"{place[0].upper()}, {place[1].upper()} -- builder {chance.choice(_LAST)} & Sons; "
            + "; ".join(f"{labels.get(key, key)} {value}" for key, value in own.items())
            + "."
        )
    head = "CARD INDEX OF ORGANS IN THE DEANERY\n"
    share = (size - len(head) - sum(len(line) + 2 for line in lines)) // number
    cards = []
    for line in lines:
        note = _note(chance, share)
        cards.append(f"{line} {note}".rstrip() + "\n")
    church = f"{mine[0]} in {mine[1]}"
    if asked == "tuned":
        question = chance.choice(
            (
                f"In which year was the organ of {church} last tuned?",
                f"We want to send the tuner to {church}. When was he last there to tune the organ, going by the cards?",
            )
        )
        decoys = [facts[mine]["cleaned"], facts[twin]["tuned"], facts[mine]["built"]]
    else:
        question = chance.choice(
            (
                f"How many pipes has the organ of {church} got?",
                f"For a guided tour: the organ of {church} has how many pipes, according to the card index?",
            )
        )
        decoys = [facts[mine]["stops"], facts[twin]["pipes"]]
    return {
        "question": question,
        "context": head + "\n" + "\n".join(cards),
        "accepts": ("not in the document", "not found", "not stated", "unknown"),
        "decoys": tuple(dict.fromkeys(decoys)),
    }


def _two_documents(chance: random.Random, size: int) -> dict[str, Any]:
    """Photo archive: a tariff, and a book of orders."""
    number = _number(size, 190, 14, 48)
    goods = (
        *(("postcard", 3), ("scan for study", 9), ("slide copy", 10), ("contact sheet", 13), ("print small", 16)),
        *(("album page", 21), ("poster", 26), ("print large", 31), ("scan for press", 42), ("mounted print", 55)),
        *(("framed copy", 84), ("canvas", 98)),
    )
    letters = chance.sample("ABCDEFGHKLMNPRTUVW", len(goods))
    codes = [
        f"{letter}{digit}" for letter, digit in zip(letters, chance.choices(range(1, 10), k=len(goods)), strict=True)
    ]
    old = {code: (base + chance.randrange(4)) * 50 for code, (_, base) in zip(codes, goods, strict=True)}
    new = {code: cents + chance.randrange(1, 9) * 50 for code, cents in old.items()}
    tariff = [
        f"{code}   {name:<16} {old[code] / 100:>7.2f} {new[code] / 100:>8.2f}"
        for code, (name, _) in zip(codes, goods, strict=True)
    ]
    chance.shuffle(tariff)
    town = chance.choice(("Hollin", "Varde", "Kell", "Brask"))
    mine, near = f"{town} History Society", f"{town} Heritage Trust"
    others = ("Ostby Grammar School", "Brewery Trent", "Norham Gazette")
    kinds = _kinds(
        chance,
        number,
        {"yes": 3, "withdrawn": 1, "waiting": 1, "near": 2, "other": 2},
        {"yes": 3, "withdrawn": 1, "waiting": 1, "near": 2, "other": 4},
    )
    totals = Counter[str]()
    before = pieces = 0
    rows = []
    first = chance.randrange(300, 800)
    days = sorted(date(2024, 1, 8) + timedelta(days=chance.randrange(300)) for _ in kinds)
    for index, (kind, day) in enumerate(zip(kinds, days, strict=True)):
        items = [(chance.randint(1, 8), code) for code in chance.sample(codes, chance.choice((1, 1, 2)))]
        cents = sum(times * new[code] for times, code in items)
        totals[kind] += cents
        if kind == "yes":
            before += sum(times * old[code] for times, code in items)
            pieces += sum(times for times, _ in items)
        customer = near if kind == "near" else mine
        if kind == "other":
            customer = chance.choice(others)
        state = {"yes": "sent", "withdrawn": "withdrawn by customer, not made", "waiting": "still to be made"}.get(
            kind, chance.choice(("sent", "sent", "still to be made"))
        )
        what = " + ".join(f"{times} x {code}" for times, code in items)
        rows.append(f"No. {first + index} of {day:%d/%m/%y}: {customer} wants {what}. [{state}]")
    small = int(size * 0.25)
    right = (totals["yes"] / 100,)
    question = chance.choice(
        (
            f"What do I have to charge the {mine} for everything we sent them in 2024, at the 2024 prices?",
            (
                f"I am writing the yearly invoice for the {mine}: only what has been sent, 2024 tariff. How many euros "
                "is it?"
            ),
            f"How much does the {mine} owe us for the pictures sent to them in 2024 (prices of 2024)?",
        )
    )
    return _task(
        question,
        {
            "tariff": _spread(
                chance,
                f"PHOTO ARCHIVE - TARIFF (euros apiece)\n\n{'code and kind':<21}   2023     2024",
                tariff,
                small,
                lambda line: f"     {line}",
                many=1,
            ),
            "order book": _spread(
                chance, "PHOTO ARCHIVE - ORDER BOOK 2024\n", rows, size - small, lambda line: f"- {line}"
            ),
        },
        right,
        before / 100,
        (totals["yes"] + totals["withdrawn"]) / 100,
        (totals["yes"] + totals["waiting"]) / 100,
        (totals["yes"] + totals["withdrawn"] + totals["waiting"]) / 100,
        (totals["yes"] + totals["near"]) / 100,
        sum(totals.values()) / 100,
        pieces,
    )


WORDINGS = wording_of(
    "q",
    *(_sum, _count, _field_sum, _maximum, _average, _group_by, _lookup),
    *(_distinct, _date_range, _contradiction, _top_k, _classify, _absent, _two_documents),
)
