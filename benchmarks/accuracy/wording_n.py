"""Fourteen shapes of question in the wording "n", each about another subject and in another format."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from pages import wording_of

_FIRST = (
    *("Ada", "Bruno", "Carla", "Denis", "Elsie", "Farid", "Greta", "Hannah", "Ivor", "Jana", "Kofi", "Lena", "Milo"),
    *("Nadia", "Otto", "Priya", "Quentin", "Rosa", "Stefan", "Tilda", "Umar", "Vera", "Wilf", "Yasmin", "Zoltan"),
)
_LAST = (
    *("Oakes", "Lund", "Marsh", "Pryce", "Tanner", "Vogel", "Haddad", "Kemp", "Sorrel", "Novak", "Quayle", "Rudd"),
    *("Ferris", "Thorpe", "Ibsen", "Jarvis", "Caddick", "Weller", "Dunmore", "Eccles", "Bellamy", "Gorman", "Moss"),
)


def _people(chance: random.Random, many: int) -> list[str]:
    return chance.sample([f"{first} {last}" for first in _FIRST for last in _LAST], many)


def _many(chance: random.Random, size: int, each: int, most: int = 60) -> int:
    top = max(12, min(most, size // each))
    return chance.randint(max(12, top * 2 // 3), top)


def _kinds(chance: random.Random, many: int, sure: tuple[str, ...], others: tuple[str, ...]) -> list[str]:
    """`many` kinds by chance, those of `sure` certainly among them."""
    kinds = [*sure, *chance.choices(others, k=many - len(sure))]
    chance.shuffle(kinds)
    return kinds


def _chat(
    chance: random.Random, who: tuple[str, ...], did: tuple[str, ...], what: tuple[str, ...], more: tuple[str, ...]
) -> str:
    line = f"{chance.choice(who)} {chance.choice(did)} {chance.choice(what)}{chance.choice(more)}."
    return line[0].upper() + line[1:]


def _weave(chance: random.Random, units: list[str], size: int, make: Callable[[], str]) -> list[str]:
    """Units in their order, with filler lines among them up to about `size` characters."""
    room = size - sum(len(unit) + 1 for unit in units)
    filler: list[str] = []
    while room > 0:
        filler.append(make())
        room -= len(filler[-1]) + 1
    order = [True] * len(units) + [False] * len(filler)
    chance.shuffle(order)
    one, two = iter(units), iter(filler)
    return [next(one) if unit else next(two) for unit in order]


def _wrong(right: float, *others: float, near: float = 0.004) -> tuple[Any, ...]:
    kept: list[Any] = []
    for other in others:
        value = round(other, 2) if isinstance(other, float) else other
        if abs(value - right) > near and value not in kept:
            kept.append(value)
    assert kept
    return tuple(kept)


def _day(date: dt.date) -> str:
    return f"{date.day} {date:%B %Y}"


# ------------------------------------------------------------------ sum: the booking book of a village hall


def _sum(chance: random.Random, size: int) -> dict[str, Any]:
    many = _many(chance, size, 190)
    rooms = ["Main hall", "Garden room", "Committee room"]
    chance.shuffle(rooms)
    room, year = rooms[0], chance.randint(2019, 2024)
    hirers = (
        *("Dance class Hollins", "Blood donor service", "Over-60s lunch", "Wedding party Fenn", "Judo club"),
        *("Parents and toddlers", "Ward surgery", "Model railway society", "Quilters", "Birthday party Ames"),
        *("Polling station", "Bridge circle", "Brass band", "Slimming group", "Book fair", "Yoga with Ruth"),
    )
    kinds = _kinds(
        chance,
        many,
        ("right", "right", "right", "right", "off", "option", "room", "year"),
        ("right", "right", "off", "option", "room", "room", "year", "mixed"),
    )
    entries = []
    for kind in kinds:
        if kind == "year":
            date = dt.date(year - 1, 10, 1) + dt.timedelta(days=chance.randint(0, 91))
        else:
            date = dt.date(year, 1, 2) + dt.timedelta(days=chance.randint(0, 330))
        where = chance.choice(rooms[1:]) if kind in ("room", "mixed") else room
        if kind == "off" or (kind == "mixed" and chance.random() < 0.4):
            outcome = chance.choice(("cancelled in good time, nothing charged", "cancelled by hirer, no charge"))
        elif kind == "option":
            outcome = "provisional, never confirmed"
        else:
            outcome = chance.choice(("took place, paid in cash", "took place, paid by transfer", "took place, paid"))
        cents = chance.randint(36, 480) * 50 + chance.choice((0, 0, 25))
        entries.append((date, kind, where, cents, outcome, chance.choice(hirers)))
    entries.sort(key=lambda entry: entry[0])
    number, units = chance.randint(200, 800), []
    for date, _, where, cents, outcome, hirer in entries:
        number += 1
        units.append(
            f"Booking {number:04d}\n  Hirer ..... {hirer}\n  Date ...... {date:%a} {_day(date)}\n"
            f"  Room ...... {where}\n  Charge .... £{cents / 100:.2f}\n  Outcome ... {outcome}"
        )

    def filler() -> str:
        return (
            "  ("
            + _chat(
                chance,
                ("the caretaker", "a neighbour", "the cleaner", "the trustees", "one of the stewards"),
                ("asked about", "left a note on", "talked to the chair about", "had a look at", "reminded us of"),
                ("the stage curtains", "the urn", "the bins", "the car park lights", "the piano", "the folding tables"),
                (
                    "",
                    " again",
                    " before the weekend",
                    " and will see to it",
                    " after the storm",
                    " with the electrician",
                ),
            )
            + ")"
        )

    def total(*wanted: str) -> float:
        return sum(entry[3] for entry in entries if entry[1] in wanted) / 100

    right = total("right")
    question = chance.choice(
        (
            (
                f"How much did we earn in {year} from letting the {room}? Only the lets that went ahead, please, "
                "not the cancelled ones or those that were never confirmed."
            ),
            (
                f"For the {year} accounts I need the income from hires of the {room}. Bookings that fell through or "
                "stayed provisional brought in nothing, so leave them out."
            ),
            f"What did the {room} bring in over {year}, going by the bookings that really took place?",
        )
    )
    return {
        "question": question,
        "context": "\n".join(["VILLAGE HALL - BOOKING BOOK", "", *_weave(chance, units, size, filler)]) + "\n",
        "accepts": (right,),
        "decoys": _wrong(
            right, total("right", "off", "option"), total("right", "year"), sum(entry[3] for entry in entries) / 100
        ),
    }


# ------------------------------------------------------------------ count: loans of a library, fixed widths


def _count(chance: random.Random, size: int) -> dict[str, Any]:
    many = _many(chance, size, 125)
    today = dt.date(chance.randint(2018, 2024), chance.choice((3, 6, 9, 11)), 30)
    titles = [
        *("The Salt Road", "Birds of the Estuary", "Bread at Home", "A Winter in Oslo", "Knots and Splices"),
        *("The Glass Orchard", "First Aid for Dogs", "Night Ferry", "Old Maps Explained", "The Cellist"),
        *("Growing Under Glass", "Letters to Agnes", "Chess for Two", "The Ninth Bell", "Repairing Clocks"),
        *("Railways of Wales", "Mushroom Guide", "The Quiet Mile", "Sewing Basics", "Comets"),
    ]

    def back(low: int, high: int) -> dt.date:
        return today - dt.timedelta(days=chance.randint(low, high))

    kinds = _kinds(
        chance,
        many,
        ("yes", "yes", "yes", "again", "renewed", "late", "later", "returned"),
        ("yes", "yes", "again", "renewed", "late", "later", "returned", "returned"),
    )
    loans = []
    names = _people(chance, many)
    for kind, name in zip(kinds, names, strict=True):
        renewed = returned = None
        if kind == "yes":
            due = back(3, 60)
        elif kind == "again":
            renewed = back(3, 20)
            due = renewed - dt.timedelta(days=21)
        elif kind == "renewed":
            due = back(3, 18)
            renewed = due + dt.timedelta(days=21)
        elif kind == "late":
            due = back(15, 60)
            returned = due + dt.timedelta(days=chance.randint(2, 12))
        elif kind == "later":
            due = today + dt.timedelta(days=chance.randint(2, 20))
        else:
            due = back(4, 50)
            returned = due - dt.timedelta(days=chance.randint(1, 15))
        loans.append((due - dt.timedelta(days=21), due, renewed, returned, kind, name, chance.choice(titles)))
    loans.sort(key=lambda loan: loan[0])
    card = chance.randint(3000, 6000)
    units = []
    for lent, due, renewed, returned, _, name, title in loans:
        card += chance.randint(1, 4)
        cells = [f"{one}" if one else "-" for one in (lent, due, renewed, returned)]
        units.append(f"{card:<6}{title:<22}{name:<18}" + "".join(f"{cell:<12}" for cell in cells).rstrip())

    def filler() -> str:
        return "      * " + _chat(
            chance,
            ("a reader", "the Friday volunteer", "the school", "the story-time group", "the book club"),
            ("asked for", "would like", "has praised", "has offered to repair", "was looking for"),
            ("the large-print shelf", "a softer chair", "the picture-book box", "the window blind", "more cookery"),
            ("", " as well", " once more", " in the reading room", " near the entrance", ", see the suggestion slip"),
        )

    head = (
        f"COMMUNITY LIBRARY   loan list, printed at closing time on {today}\n\n{'Loan':<6}{'Title':<22}{'Reader':<18}"
        f"{'Lent':<12}{'Due':<12}{'Renewed to':<12}Returned\n" + "-" * 94
    )
    right = sum(loan[4] in ("yes", "again") for loan in loans)
    question = chance.choice(
        (
            (
                f"How many books were overdue when the list was printed on {_day(today)}? Only those that "
                "are still out; "
                "if a loan was extended, it's the new date that matters."
            ),
            (
                "I have to write reminders: how many loans on this list were not back on the day it was "
                "printed although "
                "their time was up (taking renewals into account)?"
            ),
            (
                f"On {_day(today)}, how many books hadn't been brought back although they should have been by then? "
                "Renewed books count only if the renewal has run out too."
            ),
        )
    )
    return {
        "question": question,
        "context": "\n".join([head, *_weave(chance, units, size - 300, filler)]) + "\n",
        "accepts": (right,),
        "decoys": _wrong(
            right,
            sum(loan[3] is None for loan in loans),
            sum(loan[4] in ("yes", "again", "renewed") for loan in loans),
            sum(loan[4] in ("yes", "again", "late") for loan in loans),
        ),
    }


# ------------------------------------------------------------------ field-sum: the log of a milking robot


def _field_sum(chance: random.Random, size: int) -> dict[str, Any]:
    many = _many(chance, size, 130)
    box, other = chance.sample((1, 2, 3), 2)
    kinds = _kinds(
        chance,
        many,
        ("right", "right", "right", "right", "calf", "drain", "other", "other"),
        ("right", "right", "right", "calf", "drain", "other", "other", "both"),
    )
    cows = chance.sample(range(101, 990), many)
    milked = []
    for kind, cow in zip(kinds, cows, strict=True):
        place = other if kind in ("other", "both") else box
        where = {"right": "TANK", "other": "TANK", "calf": "CALF", "drain": "DRAIN"}.get(kind, "CALF")
        tenths = chance.randint(48, 178)
        minutes = f"{chance.randint(4, 9)}m{chance.randint(0, 59):02d}s"
        milked.append(
            (kind, tenths, f"[BOX{place}] milked cow={cow} yield={tenths / 10:.1f}kg dur={minutes} to={where}")
        )

    def filler() -> str:
        what = (
            f"[BOX{chance.randint(1, 3)}] rinse done temp={chance.randint(62, 78)}C",
            (
                f"[BOX{chance.randint(1, 3)}] feed given cow={chance.randint(101, 989)} "
                f"conc={chance.randint(8, 24) / 10}kg"
            ),
            f"[BOX{chance.randint(1, 3)}] refused cow={chance.randint(101, 989)} reason=too_soon",
            f"[GATE{chance.randint(1, 4)}] opened by=collar",
            f"[BRUSH] running {chance.randint(20, 90)}s",
            f"[TANK] cooling temp={chance.randint(34, 48) / 10}C",
            f"[FEEDPUSH] round {chance.randint(1, 12)} finished",
        )
        return chance.choice(what)

    stamp = "0000-00-00 00:00:00 "  # filled in when the order of the lines is known
    kept = _weave(chance, [stamp + one[2] for one in milked], size - 130, lambda: stamp + filler())
    now = dt.datetime(chance.randint(2021, 2024), chance.randint(1, 12), chance.randint(1, 27), 4, 0, 7)
    head = (
        f"# milking log export {now:%Y-%m-%d}, herd north\n# to: TANK = saleable, CALF = calf bucket, DRAIN = discarded"
    )
    step = max(2, 60_000 // len(kept))
    stamped = []
    for line in kept:
        now += dt.timedelta(seconds=chance.randint(1, step))
        stamped.append(f"{now:%Y-%m-%d %H:%M:%S} {line[len(stamp) :]}")

    def total(*wanted: str) -> float:
        return sum(one[1] for one in milked if one[0] in wanted) / 10

    right = total("right")
    question = chance.choice(
        (
            f"How many kilos of milk from box {box} went into the tank?",
            f"The dairy only pays for what ends up in the tank. How much of it (kg) was milked by robot box {box}?",
            (
                f"Box {box} is being serviced and I want to know what it delivered that day: kg of milk to the tank, "
                "without what went to the calves or was thrown away."
            ),
        )
    )
    return {
        "question": question,
        "context": head + "\n" + "\n".join(stamped) + "\n",
        "accepts": (right,),
        "decoys": _wrong(
            right,
            total("right", "calf", "drain"),
            total("right", "other"),
            total("right", "calf", "drain", "other", "both"),
        ),
    }


# ------------------------------------------------------------------ maximum: a swimming meet, heat by heat


def _maximum(chance: random.Random, size: int) -> dict[str, Any]:
    many = _many(chance, size, 120)
    names = _people(chance, many)
    clubs = ("Otters", "Harbour SC", "Leisure Pool", "Dolphins", "Millbrook")
    half = many // 2
    strokes = [("50 m freestyle", half, 3450, 4700), ("25 m freestyle", (many - half) // 2, 1610, 2200)]
    strokes.append(("50 m backstroke", many - half - (many - half) // 2, 4210, 5600))
    used: set[int] = set()

    def time(low: int, high: int) -> int:
        value = chance.randint(low, high)
        while value in used:
            value = chance.randint(low, high)
        used.add(value)
        return value

    blocks, best, decoys = [], None, []
    number = chance.randint(3, 9)
    chance.shuffle(strokes)
    for event, count, low, high in strokes:
        swims = []
        for _ in range(count):
            swum = time(low, high)
            swims.append([names.pop(), time(max(low, swum - 60), swum + 160), swum, ""])
        fastest = min(swims, key=lambda swim: swim[2])
        rest = [swim for swim in swims if swim is not fastest]
        out, hoped = chance.sample(rest, 2)
        if event == "50 m freestyle":
            out[2] = time(fastest[2] - 190, fastest[2] - 20)
            out[3] = chance.choice(("  DQ false start", "  DQ left the lane", "  DQ pulled on the rope"))
            out[1] = time(out[2] + 5, out[2] + 160)
            hoped[1] = time(fastest[2] - 150, fastest[2] - 15)
            best = (fastest[0], fastest[2] / 100)
            decoys += [out[0], out[2] / 100, hoped[0], hoped[1] / 100]
        elif event == "25 m freestyle":
            decoys += [fastest[0], fastest[2] / 100]
        chance.shuffle(swims)
        turns = -(-len(swims) // 6)
        heats = [swims[turn::turns] for turn in range(turns)]
        for turn, heat in enumerate(heats, 1):
            rows = [
                f"  lane {lane}  {f'{name} ({chance.choice(clubs)})':<32} entry {entry / 100:.2f}"
                f"  swum {swum / 100:.2f}{mark}"
                for lane, (name, entry, swum, mark) in enumerate(heat, 1)
            ]
            blocks.append(f"\nEVENT {number}  {event}, heat {turn} of {len(heats)}\n" + "\n".join(rows))
        number += 1

    def filler() -> str:
        return "Announcer: " + _chat(
            chance,
            ("the organisers", "the timekeepers", "the home club", "the lifeguards", "the parents' committee"),
            ("asked everyone to mind", "said a word about", "thanked the helpers for", "told families about"),
            ("the wet steps", "the cake stall", "the lost goggles", "the lockers", "the warm-up pool", "the flags"),
            ("", " by the entrance", " during the break", " upstairs", " once again", " and the towels"),
        )

    assert best
    question = chance.choice(
        (
            "Who swam the fastest 50 m freestyle at the meet, and in what time? Disqualified swims don't count.",
            (
                "We want to engrave the cup for the 50 m freestyle: which swimmer had the quickest valid swim, "
                "and how many seconds was it?"
            ),
            "Fastest over 50 metres free on the day (really swum, not disqualified): name and time please.",
        )
    )
    head = "AUTUMN MEET - RESULTS BY HEAT (times in seconds; entry = time given when registering)"
    return {
        "question": question,
        "context": head + "\n" + "\n".join(_weave(chance, blocks, size, filler)) + "\n",
        "parts": best,
        "decoys": tuple(decoys),
    }


# ------------------------------------------------------------------ average: ticket system of a clinic, JSON lines


def _average(chance: random.Random, size: int) -> dict[str, Any]:
    many = _many(chance, size, 170)
    clinics = ["eye", "ear", "skin", "foot"]
    chance.shuffle(clinics)
    clinic = clinics[0]
    kinds = _kinds(
        chance,
        many,
        ("right", "right", "right", "right", "left", "left", "other", "other"),
        ("right", "right", "right", "left", "moved", "other", "other", "absent"),
    )
    rows = []
    now = dt.datetime(2024, 1, 1, 7, 55)
    tickets = {name: chance.randint(1, 40) for name in clinics}
    units = []
    for kind in kinds:
        now += dt.timedelta(minutes=chance.randint(2, 8))
        where = chance.choice(clinics[1:]) if kind == "other" else clinic
        tickets[where] += 1
        wait: int | None = chance.randint(45, 130) if kind in ("left", "moved") else chance.randint(6, 75)
        treat: int | None = chance.randint(5, 40)
        outcome = {
            "left": "left before being called",
            "moved": "sent on to emergency",
            "absent": "did not turn up",
        }.get(kind, "seen")
        if kind == "absent":
            wait = None
        if outcome != "seen":
            treat = None
        rows.append((kind, wait, treat))
        record = {
            "arrived": None if kind == "absent" else f"{now:%H:%M}",
            "clinic": where,
            "ticket": f"{where[:2].upper()}{tickets[where]:03d}",
            "wait_min": wait,
            "treat_min": treat,
            "outcome": outcome,
        }
        units.append(json.dumps(record))

    def filler() -> str:
        text = _chat(
            chance,
            ("visitors", "all patients", "relatives", "staff", "volunteers"),
            ("are reminded of", "will find", "may ask reception about", "can read more on"),
            ("the water dispenser", "the lift", "the flu leaflet", "the hearing loop", "the cloakroom", "the chapel"),
            ("", " on this floor", " next to the lifts", " at the desk", " near the stairs", " in the east wing"),
        )
        return json.dumps({"screen": chance.choice(("hall", "corridor", "lift")), "text": text})

    waits = [wait for kind, wait, _ in rows if kind == "right" and wait is not None]
    exact = sum(waits) / len(waits)
    ratio = Decimal(sum(waits)) / Decimal(len(waits))
    rounded = [float(ratio.quantize(Decimal(step), ROUND_HALF_UP)) for step in ("0.1", "0.01")]
    accepts = tuple(dict.fromkeys([exact, *rounded, round(exact, 1), round(exact, 2)]))

    def mean(values: list[int | None]) -> float:
        known = [value for value in values if value is not None]
        return sum(known) / len(known)

    question = chance.choice(
        (
            f"On average, how many minutes did people at the {clinic} clinic wait, counting only those who were seen?",
            (
                f"What was the mean waiting time at the {clinic} clinic that day? Leave out the ones who "
                "gave up, were sent "
                "elsewhere or never came; I want only the patients who got their turn."
            ),
            (
                f"The board asks how long {clinic} patients who were actually seen sat in the waiting room, on "
                "average (min)."
            ),
        )
    )
    return {
        "question": question,
        "context": "\n".join(_weave(chance, units, size, filler)) + "\n",
        "accepts": accepts,
        "decoys": _wrong(
            exact,
            mean([wait for kind, wait, _ in rows if kind != "other"]),
            mean([wait for kind, wait, _ in rows if kind in ("right", "other")]),
            mean([treat for kind, _, treat in rows if kind == "right"]),
            near=0.2,
        ),
    }


# ------------------------------------------------------------------ group-by: the left-over sheet of a bakery


def _group_by(chance: random.Random, size: int) -> dict[str, Any]:
    many = _many(chance, size, 110)
    shops = chance.sample(("Hill Street", "Quay", "Station", "Market Place", "Mill Lane", "Castle Road"), 3)
    ware, other = chance.choice((("bread", "pastries"), ("pastries", "bread"), ("rolls", "cakes")))
    binned = dict.fromkeys(shops, 0)
    left = dict.fromkeys(shops, 0)
    both = dict.fromkeys(shops, 0)
    day = dt.date(2024, chance.randint(1, 11), chance.randint(1, 20))
    units: list[str] = []
    rows = 0
    while rows < many:
        if day.weekday() < 6:
            lines = [f"\n= {day:%A} {day.day} {day:%B} ="]
            for shop in chance.sample(shops, 3):
                if chance.random() < 0.1 and rows > 9:
                    lines.append(f"{shop}: closed")
                    continue
                for kind in (ware, other) if chance.random() < 0.6 else (ware,):
                    if rows >= many:
                        break
                    bin_, bank, half = chance.randint(1, 17), chance.randint(0, 12), chance.randint(0, 15)
                    parts = [f"{bin_} binned", f"{bank} to the food bank", f"{half} sold half price"]
                    chance.shuffle(parts)
                    lines.append(f"{shop}, {kind}: {bin_ + bank + half} left over ({', '.join(parts)})")
                    rows += 1
                    both[shop] += bin_
                    if kind == ware:
                        binned[shop] += bin_
                        left[shop] += bin_ + bank + half
            if len(lines) > 1:
                units.append("\n".join(lines))
        day += dt.timedelta(days=1)

    def filler() -> str:
        return "remark: " + _chat(
            chance,
            ("the early shift", "the driver", "a customer", "the apprentice", "the till team"),
            ("asked about", "was pleased with", "had to wait for", "tidied up", "wondered about", "took a photo of"),
            ("the new aprons", "the coffee machine", "the window display", "the price labels", "the delivery ramp"),
            (
                "",
                " this morning",
                " before opening",
                " because of the rain",
                " and told the office",
                " at closing time",
            ),
        )

    question = chance.choice(
        (
            (
                f"How many {ware if ware != 'bread' else 'loaves of bread'} did each shop have to throw away in all? "
                "What was given away or sold cheaply wasn't thrown away."
            ),
            (
                f"For every branch: the number of {ware if ware != 'bread' else 'breads'} that ended up in the bin "
                "over these days."
            ),
            f"I want to cut waste. Per shop, what's the total of {ware} binned? (Just the {ware}, not the {other}.)",
        )
    )
    sheet = _weave(chance, units, size, filler)
    return {
        "question": question,
        "context": "Evening sheets, all three shops (pieces)\n" + "\n".join(sheet) + "\n",
        "accepts": (binned,),
        "decoys": tuple(one for one in (left, both) if one != binned),
    }


# ------------------------------------------------------------------ lookup: minutes of an allotment society


def _lookup(chance: random.Random, size: int) -> dict[str, Any]:
    meetings = 4
    each = max(3, min(12, size // 700))
    place, twin = chance.sample(("seed store", "pump house", "tool shed", "bee hut", "composting toilet"), 2)
    first, now, declined, neighbour = _people(chance, 4)
    while len({name.split()[-1] for name in (first, now, declined, neighbour)}) < 4:
        first, now, declined, neighbour = _people(chance, 4)
    spots = sorted(chance.sample(range(meetings), 3))
    planned: dict[int, list[str]] = {number: [] for number in range(meetings)}
    planned[spots[0]].append(f"{first} offered to look after the key to the {place}, and this was gladly accepted.")
    planned[spots[1]].append(
        f"{first} will be moving away and can't keep the {place} key for much longer. {declined} was asked to take it "
        "on but has no time. To be settled at a later meeting."
    )
    planned[spots[2]].append(
        chance.choice(
            (
                f"As {first} has now moved away, the key to the {place} has passed to {now}.",
                f"{now} has taken over the key of the {place} from {first}, with the thanks of the meeting.",
            )
        )
    )
    planned[chance.choice(spots[1:])].append(f"The key to the {twin} is kept by {neighbour}.")

    def filler() -> str:
        return _chat(
            chance,
            ("the treasurer", "the chair", "a plot holder", "the secretary", "the council's officer"),
            ("reported on", "raised", "would look into", "gave a short account of", "asked for patience with"),
            ("the hedge", "the water butts", "bonfires", "the open day", "the rabbit fence", "path edges", "slugs"),
            ("", ", and this was noted", " at some length", ", with no decision", " on behalf of others", " once more"),
        )

    titles = ("Hedges", "Water", "Open day", "Paths", "Pests", "Correspondence", "Working party", "Notice board")
    date = dt.date(chance.randint(2021, 2023), chance.randint(1, 4), chance.randint(3, 25))
    room = max(0, size - sum(len(text) for texts in planned.values() for text in texts) - 120 * meetings)
    share = room // (meetings * each)
    blocks = []
    for number in range(meetings):
        items = [("Keys", text) for text in planned[number]]
        while len(items) < each:
            text = filler()
            while len(text) < share * each / max(1, each - len(planned[number])) - 55:
                text += " " + filler()
            items.append((chance.choice(titles), text))
        chance.shuffle(items)
        body = "\n".join(f"{turn}. {title}: {text}" for turn, (title, text) in enumerate(items, 1))
        blocks.append(f"Minutes of the meeting held on {_day(date)}\n\n{body}\n")
        date += dt.timedelta(days=chance.randint(80, 120))
    if chance.random() < 0.5:
        blocks.reverse()
    question = chance.choice(
        (
            f"Who has the key to the {place} now?",
            f"I need to get into the {place} on Saturday. Whom do I have to ask for the key these days?",
            f"Going by the latest minutes, who is the keyholder for the {place}?",
        )
    )
    return {
        "question": question,
        "context": "ALLOTMENT SOCIETY\n\n" + "\n".join(blocks),
        "accepts": (now, now.split()[-1]),
        "decoys": (first, declined, neighbour),
    }


# ------------------------------------------------------------------ distinct: the sick bay of a school, XML


def _distinct(chance: random.Random, size: int) -> dict[str, Any]:
    many = _many(chance, size, 190)
    pupils = [(name, chance.choice(("5A", "5B", "6A", "6C", "7B"))) for name in _people(chance, max(7, many * 2 // 5))]
    kinds = _kinds(chance, many, ("home",) * 5 + ("class",) * 4, ("home", "home", "class", "class", "rang"))
    goers = pupils[: max(3, len(pupils) * 3 // 5)]
    homes: list[str] = []
    everyone: set[str] = set()
    units = []
    day = dt.date(2024, 1, 8)
    before, hour = day, 8
    never = pupils[-1]
    for kind in kinds:
        day += dt.timedelta(days=chance.randint(0, 2))
        while day.weekday() > 4:
            day += dt.timedelta(days=1)
        name, form = chance.choice(goers) if kind == "home" else chance.choice(pupils)
        if kind == "home" and len(homes) == 1:
            name, form = next(pupil for pupil in pupils if pupil[0] == homes[0])
        if kind == "home" and len(homes) in (2, 3):
            name, form = next(pupil for pupil in pupils if pupil[0] not in homes)
        if kind == "class" and never[0] not in everyone:
            name, form = never
        everyone.add(name)
        if kind == "home":
            homes.append(name)
        outcome = {
            "home": chance.choice(("sent home", "sent home, fetched by parent")),
            "class": "back to lessons",
            "rang": "parent rung, stayed at school",
        }[kind]
        why = chance.choice(("headache", "stomach ache", "grazed knee", "feeling sick", "nosebleed", "sore throat"))
        if day != before:
            hour = 8
        clock = f"{min(hour, 14):02d}:{chance.randint(0, 29) + (30 if day == before else 0):02d}"
        hour, before = hour + chance.randint(1, 2), day
        units.append(
            f'  <visit date="{day}" time="{clock}">'
            f'<pupil form="{form}">{name}</pupil><why>{why}</why><end>{outcome}</end></visit>'
        )

    def filler() -> str:
        text = _chat(
            chance,
            ("the nurse", "the office", "a teacher", "the caretaker", "the supplier"),
            ("ordered", "tidied away", "asked for", "labelled", "looked for", "brought"),
            ("more plasters", "the cool packs", "a blanket", "clean towels", "the thermometer case", "paper cups"),
            ("", " for the cupboard", " after lunch", " for the trip", " from the gym", " as usual"),
        )
        return f"  <memo>{text}</memo>"

    right = len(set(homes))
    assert 3 <= right < len(homes)
    question = chance.choice(
        (
            "How many different children were sent home from the sick bay?",
            "Some pupils get sent home again and again. How many individual pupils were sent home at least once?",
            "I need to write to the parents of every child who was sent home, one letter per child. How many letters?",
        )
    )
    return {
        "question": question,
        "context": '<sickbay term="spring">\n' + "\n".join(_weave(chance, units, size, filler)) + "\n</sickbay>\n",
        "accepts": (right,),
        "decoys": _wrong(right, len(homes), len(everyone), many),
    }


# ------------------------------------------------------------------ date-range: the post book of an office


def _date_range(chance: random.Random, size: int) -> dict[str, Any]:
    many = _many(chance, size, 130)
    year = chance.randint(2019, 2024)
    start = dt.date(year, chance.randint(2, 9), chance.randint(2, 26))
    end = start + dt.timedelta(days=chance.randint(18, 40))
    departments = ("Accounts", "Legal", "Stores", "Design", "Personnel", "the workshop", "the front desk")
    signers = ("T. Webb", "L. Osei", "M. Brandt", "K. Doyle")
    sure = [(start, "in"), (end, "in"), (start - dt.timedelta(days=1), "in"), (end + dt.timedelta(days=1), "in")]
    inside = (end - start).days
    sure += [(start + dt.timedelta(days=chance.randint(2, inside - 2)), kind) for kind in ("in", "in", "out", "letter")]
    while len(sure) < many:
        date = start + dt.timedelta(days=chance.randint(-30, inside + 30))
        sure.append((date, chance.choice(("in", "in", "in", "out", "letter"))))
    sure.sort(key=lambda entry: entry[0])
    rows, units = [], []
    for date, kind in sure:
        pieces = chance.choice((1, 1, 2, 2, 3, 4, 6))
        firm, department = chance.choice(("UPS", "DHL", "courier", "post van")), chance.choice(departments)
        noun = "letter" if kind == "letter" else "parcel"
        noun += "s" if pieces > 1 else ""
        if kind == "out":
            text = f"OUT  {pieces} {noun} ({firm}) from {department}"
        elif kind == "letter":
            text = f"IN   {pieces} registered {noun} for {department}, signed {chance.choice(signers)}"
        else:
            text = f"IN   {pieces} {noun} ({firm}) for {department}, signed {chance.choice(signers)}"
        rows.append((date, kind, pieces))
        units.append(f"{date:%d-%b-%y}  {text}")

    def filler() -> str:
        return (
            " " * 11
            + "note - "
            + _chat(
                chance,
                ("the lift engineer", "the porter", "a visitor", "the cleaner", "security"),
                ("asked for", "borrowed", "left", "picked up", "handed back"),
                ("the trolley", "the ladder", "an umbrella", "the meeting room key", "a lanyard", "the stapler"),
                ("", " at the desk", " for the afternoon", " as agreed", " without a word", ", all in order"),
            )
        )

    def total(low: dt.date, high: dt.date, kinds: tuple[str, ...]) -> int:
        return sum(pieces for date, kind, pieces in rows if low <= date <= high and kind in kinds)

    right = total(start, end, ("in",))
    one = dt.timedelta(days=1)
    question = chance.choice(
        (
            f"How many parcels came in from {_day(start)} to {_day(end)}, both days included?",
            (
                f"We are checking a carrier's bill: how many parcels did we receive between {_day(start)} "
                f"and {_day(end)} "
                "(first and last day count as well)? Not the ones that we sent, and no letters."
            ),
            f"Number of incoming parcels, {_day(start)} up to and including {_day(end)}?",
        )
    )
    return {
        "question": question,
        "context": f"POST BOOK {year}, RECEPTION\n\n" + "\n".join(_weave(chance, units, size, filler)) + "\n",
        "accepts": (right,),
        "decoys": _wrong(
            right,
            total(start + one, end - one, ("in",)),
            total(start, end, ("in", "out")),
            total(start, end, ("in", "letter")),
            sum(start <= date <= end and kind == "in" for date, kind, _ in rows),
            total(dt.date.min, dt.date.max, ("in",)),
        ),
    }


# ------------------------------------------------------------------ contradiction: a mail about collecting tins


def _contradiction(chance: random.Random, size: int) -> dict[str, Any]:
    many = _many(chance, size, 110)
    kinds = ("Post office", "Butcher", "Chemist", "Café", "Hairdresser", "Garage", "Newsagent", "Ironmonger")
    streets = ("Mill Lane", "High Street", "Church Row", "Station Road", "The Green", "Bridge Street", "Park View")
    places = chance.sample([f"{kind}, {street}" for kind in kinds for street in streets], min(many, 56))
    cents = [chance.randint(310, 9870) for _ in places]
    last = [chance.randint(310, 9870) for _ in places]
    right = sum(cents)
    digits = str(right)
    swaps = [
        int(digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :])
        for at in range(len(digits) - 3)
        if digits[at] != digits[at + 1] and (at or digits[1] != "0")
    ]
    stated = chance.choice([*swaps, right - chance.choice(cents), right + chance.choice((1000, 900, -2000))])
    marks = ("- ", "* ", "• ")
    mark = chance.choice(marks)
    last = [then if chance.random() < 0.6 else 0 for then in last]
    last[0] = last[0] or 1450
    units = [
        f"{mark}{place}: £{now / 100:.2f}" + (f" (last year £{then / 100:.2f})" if then else "")
        for place, now, then in zip(places, cents, last, strict=True)
    ]

    def filler() -> str:
        return "  " + _chat(
            chance,
            ("the owner there", "a lady at the counter", "our driver", "one of the helpers", "the manager"),
            ("sends greetings and asked about", "was interested in", "told us a story about", "would like a poster of"),
            ("the lifeboat", "the new crew", "the boathouse", "the summer fête", "the old slipway", "the open day"),
            ("", ", as always", " from years ago", ", which was kind", " and was very friendly", ", bless them"),
        )

    signer = chance.choice(("Maureen", "Geoff", "Pauline", "Desmond"))
    intro = (
        f"From: {signer}\nTo: Lifeboat fund committee\nSubject: Collecting tins, all opened and counted\n\nDear all,\n"
        "the tins have been opened. This is what was in them:\n"
    )
    ending = f"\nThat makes £{stated / 100:.2f} altogether. Well done everybody!\n\n{signer}\n"
    question = chance.choice(
        (
            f"I don't trust {signer}'s adding up. What do this year's tins come to if you add them one by one?",
            (
                "How much money was in the tins this year? Please add up the single tins, the total in the mail looks "
                "wrong to me."
            ),
            "Before I pay it in at the bank: what's the real sum of all the tins listed (this year's amounts)?",
        )
    )
    return {
        "question": question,
        "context": intro + "\n".join(_weave(chance, units, size - 250, filler)) + "\n" + ending,
        "accepts": (right / 100,),
        "decoys": _wrong(right / 100, stated / 100, (right + sum(last)) / 100),
    }


# ------------------------------------------------------------------ top-k: a sponsored run


def _top_k(chance: random.Random, size: int) -> dict[str, Any]:
    many = _many(chance, size, 130)
    names = _people(chance, many)
    k = chance.choice((2, 3, 4))
    word = {2: "two", 3: "three", 4: "four"}[k]
    staff = set(names[:2]) | set(names[2 : 2 + many // 10])
    paid = dict(zip(names, chance.sample(range(24, 240), many), strict=True))
    pledged = {name: amount + chance.randint(0, 30) for name, amount in paid.items()}
    laps = {name: chance.randint(4, 24) for name in names}
    boaster = names[-1]
    pledged[boaster] = 320
    paid[boaster] = 8
    paid[names[0]] = 260
    pledged[names[0]] = 264
    units = []
    order = list(names)
    chance.shuffle(order)
    for name in order:
        group = "staff" if name in staff else f"class {chance.randint(4, 8)}{chance.choice('ABC')}"
        units.append(
            f"Runner: {name}\nGroup: {group}\nLaps: {laps[name]}\nPledged: {pledged[name] / 2:.2f} EUR\n"
            f"Handed in: {paid[name] / 2:.2f} EUR\n"
        )

    def filler() -> str:
        return "~ " + _chat(
            chance,
            ("the PE department", "a grandparent", "the fruit stall", "the first-aid team", "the lap counters"),
            ("would like to borrow", "brought along", "praised", "lost and found again", "set up", "took down"),
            ("the gazebo", "the loudspeaker", "the water barrels", "the cones", "the banner", "the start clock"),
            ("", " for next time", " near the gate", " in spite of the wind", " with some help", " on the far side"),
        )

    def best(values: dict[str, int], among: list[str]) -> list[str]:
        return sorted(among, key=lambda name: -values[name])[:k]

    pupils = [name for name in names if name not in staff]
    right = best(paid, pupils)
    decoys = [best(pledged, pupils), best(paid, names), best(pledged, names), right[::-1]]
    question = chance.choice(
        (
            (
                f"Which {word} pupils have handed in the most money? In order please, the highest first. "
                "The staff ran too but don't get a prize."
            ),
            (
                f"There are {word} prizes for the children who really brought in the most (money handed "
                "in, not promises). "
                "Who gets first prize, second and so on?"
            ),
            f"Give me the top {word} pupils by money actually paid over, best first - no staff.",
        )
    )
    return {
        "question": question,
        "context": "SPONSORED RUN\n\n" + "\n".join(_weave(chance, units, size, filler)) + "\n",
        "accepts": (right,),
        "decoys": tuple(one for one in decoys if one != right),
    }


# ------------------------------------------------------------------ classify: the answering machine of a dentist

_NOT_COMING = (
    "I've come down with flu, so you won't see me on {day}.",
    "something has come up at work and {day} is no good any more, could we find another time?",
    "please give my place on {day} to somebody else.",
    "we're snowed in up here, there is no way for us to get down to you on {day}.",
    "my babysitter has let me down and I have to pull out of {day}.",
    "could you move me from {day} to some time next month? I shall be away.",
    "the tooth has stopped hurting, so I shan't be needing my appointment on {day} after all.",
    "I live in another town now and have found a dentist here. Please strike me off the list for {day}.",
    "the car is at the garage and there's no bus, so don't expect me on {day}.",
    "they want me for jury service just on {day}. I'd need a new date, please.",
    "I'm ringing to cancel {day}. No need to ring back.",
    "my son has a class trip on {day}, I had quite forgotten. He'll have to come in another week.",
    "I twisted my ankle and must stay in bed, so {day} falls through for me.",
    "I see I'm down for {day}, but I'll still be in Spain then.",
    "the hospital is keeping my mother in, so she will miss her check-up with you on {day}.",
    "{day} clashes with my exam. Have you anything the week after instead?",
    "I'm sorry to do this at such short notice but I've got to call off {day}.",
    "my train doesn't get in until the evening of {day}, long after you close. We'll have to rebook.",
    "I've changed my mind about the whitening on {day}. Let's drop it.",
    "our little one has chickenpox, so we had better stay at home on {day}.",
)
_LOOK_ALIKE = (
    "I know I cancelled twice last year, but I'll certainly be there on {day}.",
    "my husband can't drive me on {day}, so I'm coming by bus instead. See you then.",
    "I had the flu but I'm over it, so {day} stands.",
    "please cancel the e-mail reminders. I know about {day} and I'll be there.",
    "I can't wait for {day}, this tooth is killing me.",
    "I won't be able to pay cash on {day}, I take it I can use my card when I come?",
    "somebody told me you were closed on {day}, but your website says open, so I'm coming as arranged.",
    "I wrote that I couldn't make {day}. Forget that, please: I'm free again and coming after all.",
    "I haven't got an appointment yet. If anybody calls off theirs, I would gladly take it.",
    "my meeting on {day} has been called off, so I'll be with you in good time.",
    "I can't come to the phone during the day, so please send your bill for last month by post.",
    "thank you for finding room for me on {day}, that suits me very well.",
    "our holiday has fallen through, which means that I can keep {day} as booked.",
    "is there a lift? I can't manage stairs, but I'll be there on {day} all the same.",
    "my sister won't be coming with me on {day}, I'm coming on my own.",
    "I missed my turn last spring, sorry again. This time I have {day} in red on the calendar and I'll come.",
    "they say on the radio that it will snow, but I live next door, so see you on {day}.",
    "I shan't be having breakfast before I come on {day}, is that right?",
    "I'd like to drop off a form some time. It's nothing to do with an appointment, I haven't got one.",
    "the other dentist couldn't see me until autumn, so I'm glad that I'm coming to you on {day}.",
)
_PLAIN = (
    "do you sell those little brushes?",
    "I think I left my scarf in your waiting room last week.",
    "this is the laboratory, the crown for your patient is ready to be collected.",
    "what are your opening hours in August?",
    "I'd like to register as a new patient, please ring me back.",
    "your bill arrived twice, which one should I pay?",
    "just to say thank you, the new filling is perfect.",
    "this is the window cleaner, we'll do the front windows in the morning.",
    "could you send the X-ray to the orthodontist, please?",
    "is parking behind the building allowed for patients?",
)


def _classify(chance: random.Random, size: int) -> dict[str, Any]:
    many = _many(chance, size, 170, most=48)
    kinds = _kinds(chance, many, ("yes",) * 4 + ("no",) * 5, ("yes", "yes", "no", "no", "plain"))
    pools = {"yes": _NOT_COMING, "no": _LOOK_ALIKE, "plain": _PLAIN}
    for kind, pool in pools.items():  # no message twice
        spare = kinds.count(kind) - len(pool)
        for at, one in enumerate(kinds):
            if one == kind and spare > 0:
                kinds[at] = min(pools, key=lambda other: kinds.count(other) - len(pools[other]))
                spare -= 1
    texts = {kind: chance.sample(pool, len(pool)) for kind, pool in pools.items()}
    names = [f"{chance.choice(('Mr', 'Mrs', 'Ms'))} {name.split()[1]}" for name in _people(chance, many)]
    firsts = chance.sample([f"{letter}. {last}" for letter in "ABDEGHJKLMPRST" for last in _LAST], many)
    now = dt.datetime(2024, 5, 17, 17, 40)
    units, sounding = [], 0
    for number, kind in enumerate(kinds):
        now += dt.timedelta(minutes=chance.randint(5, 55))
        if now.hour >= 22:
            now = now.replace(hour=0) + dt.timedelta(days=1, hours=7)
        day = chance.choice(("Wednesday", "Thursday", "Friday", "the 27th", "the 29th"))
        text = texts[kind].pop().format(day=day)
        text = text[0].upper() + text[1:]
        words = ("cancel", "can't", "won't", "called off", "call off", "couldn't", "shan't", "not coming")
        sounding += any(word in text for word in words)
        who = f"{names[number].split()[0]} {firsts[number]}"
        units.append(f"<{number + 1:02d}> {now:%a %H:%M}  {who}: {text}")

    def filler() -> str:
        return "     [machine] " + chance.choice(
            (
                "silence, then hung up",
                "fax tone, nothing recorded",
                "dialling noise only",
                "beep, line dropped",
                "greeting played, caller rang off without speaking",
                "clock checked, memory fine",
                "recording level adjusted by itself",
            )
        )

    right = kinds.count("yes")
    question = chance.choice(
        (
            (
                "How many callers say that they are not coming (they or their family) to the appointment they have, "
                "whether or not they would like another date?"
            ),
            (
                "I'm trying to see how many slots become free: how many of these messages mean that an appointment "
                "won't be kept as booked, including those that are to be moved?"
            ),
            (
                "How many people on the machine are calling off or putting off an appointment (their own or "
                "one of the family)?"
            ),
        )
    )
    context = "DENTAL PRACTICE - answering machine over the weekend, typed out\n\n"
    return {
        "question": question,
        "context": context + "\n".join(_weave(chance, units, size, filler)) + "\n",
        "accepts": (right,),
        "decoys": _wrong(right, sounding, right + kinds.count("no"), many),
    }


# ------------------------------------------------------------------ absent: the boats of a hire station


def _absent(chance: random.Random, size: int) -> dict[str, Any]:
    seats = {
        "Single kayak": 1,
        "Double kayak": 2,
        "Canadian canoe": 2,
        "Family canoe": 4,
        "Rowing boat small": 3,
        "Rowing boat large": 5,
        "Pedal boat": 4,
        "Pedal boat with slide": 4,
        "Electric boat": 5,
        "Sailing dinghy": 3,
        "Optimist": 1,
        "Paddle board": 1,
        "Paddle board XL": 3,
        "Surf-ski": 1,
        "Raft": 6,
        "Sculling skiff": 1,
        "Punt": 5,
        "Inflatable kayak": 2,
        "Catamaran": 4,
        "Tandem board": 2,
        "Dory": 4,
        "Fishing boat": 3,
        "Windsurfer": 1,
        "Folding kayak": 2,
    }
    boats = list(seats)
    many = min(len(boats), _many(chance, size, 150, most=24))
    chosen = chance.sample(boats, many)
    boat = chosen[chance.randrange(many)]
    units, loads, own = [], {}, 0
    for name in chosen:
        weight, load = 6 + seats[name] * chance.randint(9, 24), seats[name] * 85 + chance.randint(3, 16) * 5
        half = chance.randint(16, 60)
        lines = [f"[{name}]", f"persons = {seats[name]}", f"weight of boat = {weight} kg"]
        if name == boat:
            own = weight
        else:
            loads[name] = load
            lines.append(f"max. load = {load} kg")
        lines += [f"half day = {half} EUR", f"full day = {half + chance.randint(9, 30)} EUR"]
        units.append("\n".join(lines) + "\n")

    def filler() -> str:
        return "; " + _chat(
            chance,
            ("the jetty team", "the weekend crew", "guests", "the angling club", "the harbour office"),
            ("should keep an eye on", "asked about", "must not block", "will repaint", "have been told about"),
            ("the swan's nest", "the slipway", "the paddles rack", "the changing hut", "the buoys", "the dry bags"),
            ("", " in spring", " at low water", " until further notice", " on Sundays", " next to the steps"),
        )

    question = chance.choice(
        (
            f"What's the maximum load for this one: {boat}? We are quite a heavy lot.",
            f'How many kilos may be loaded into the boat listed as "{boat}"?',
            f"I need the permitted load (kg) of the {boat} for the insurance form.",
        )
    )
    similar = sorted(loads, key=lambda name: (name.split()[-1] != boat.split()[-1], name))[:3]
    return {
        "question": question,
        "context": "; BOAT HIRE - data sheet for the counter\n\n"
        + "\n".join(_weave(chance, units, size, filler))
        + "\n",
        "accepts": ("not in the document", "not found", "not stated", "unknown"),
        "decoys": tuple(dict.fromkeys([own, *(loads[name] for name in similar)])),
    }


# ------------------------------------------------------------------ two-documents: stationery requests and price list


def _two_documents(chance: random.Random, size: int) -> dict[str, Any]:
    goods = [
        *("Glue stick", "Exercise book lined", "Exercise book squared", "Ring binder", "Marker blue", "Marker red"),
        *("Hole punch", "Sticky notes", "Ruler 30 cm", "Scissors", "Pencil HB", "Pencil 2B", "Drawing pad A3"),
        *("Compass set", "Eraser", "Chalk white", "Chalk coloured", "Staples", "Paper clips", "Folder with flap"),
        *("Ball pen black", "Ball pen green", "Sharpener", "Tape roll", "Correction roller", "Laminating sleeve"),
    ]
    articles = chance.sample(goods, max(12, min(len(goods), size // 180)))
    prices = {}
    for name in articles:
        old = chance.randint(18, 395)
        prices[name] = (old, old + chance.randint(2, 60))
    code = chance.randint(1000, 3000)
    listed = []
    for name in articles:
        code += chance.randint(3, 40)
        listed.append(f"{code};{name};{prices[name][0] / 100:.2f};{prices[name][1] / 100:.2f}")
    departments = ["Art", "Science", "Maths", "Languages", "Office"]
    chance.shuffle(departments)
    mine = departments[0]
    many = max(12, min(50, size // 190))
    kinds = _kinds(chance, many, ("mine",) * 4 + ("gone",) * 2 + ("other",) * 4, ("mine", "other", "other", "gone"))
    own = list(articles)
    chance.shuffle(own)
    rows, units = [], []
    for kind in kinds:
        if kind != "other" and not own:
            kind = "other"
        name = chance.choice(articles) if kind == "other" else own.pop()
        pieces = chance.randint(2, 40)
        rows.append((kind, name, pieces))
        where = chance.choice(departments[1:]) if kind == "other" else mine
        end = (
            f" (withdrawn{chance.choice((', found some in the cupboard', '', ', not needed any more'))})"
            if kind == "gone"
            else ""
        )
        units.append(f"{where} dept: {pieces} x {name}{end}")

    def terms() -> str:
        return "# " + _chat(
            chance,
            ("our warehouse", "the showroom", "our team", "the field service"),
            ("is happy to advise on", "has samples of", "takes back", "can print a leaflet on"),
            ("packaging", "school furniture", "notice boards", "recycled paper", "lamps", "globes"),
            ("", " on request", " at any time", " during term", " by arrangement"),
        )

    def note() -> str:
        return "-- " + _chat(
            chance,
            ("the secretary", "a colleague", "the deputy head", "the cleaner", "the librarian"),
            ("asked where to find", "has moved", "is looking for", "returned", "would like to sort"),
            ("the staff room mugs", "the trolley", "the big stapler", "the cupboard key", "the spare chairs"),
            ("", " again", " since Monday", ", please ask around", " for the inspection", " in room 12"),
        )

    def cost(column: int, *wanted: str) -> float:
        return sum(prices[name][column] * pieces for kind, name, pieces in rows if kind in wanted) / 100

    right = cost(1, "mine")
    month = chance.choice(("March", "May", "September"))
    question = chance.choice(
        (
            (
                f"What will the things that the {mine} department has asked for cost at the new prices "
                f"(from 1 {month})? "
                "Without what they have withdrawn."
            ),
            (
                f"I have to charge the {mine} department for its stationery, reckoned at the prices valid "
                f"from 1 {month}. "
                "Withdrawn requests are not ordered. How much is it in euros?"
            ),
            f"Total for {mine}'s order if we buy it after the price change of 1 {month}, leaving out withdrawn items?",
        )
    )
    before = {"March": "February", "May": "April", "September": "August"}[month]
    catalogue = "\n".join(
        [
            "PAPER & PEN, price list for schools, euros per piece, VAT included",
            f"code;article;until end of {before};from 1 {month}",
            *_weave(chance, listed, size // 2 - 130, terms),
        ]
    )
    requests = "\n".join(
        ["Stationery request list (hung up in the staff room)", "", *_weave(chance, units, size // 2 - 60, note)]
    )
    return {
        "question": question,
        "context": {"price list.csv": catalogue + "\n", "requests.txt": requests + "\n"},
        "accepts": (right,),
        "decoys": _wrong(right, cost(0, "mine"), cost(1, "mine", "gone"), cost(1, "mine", "gone", "other")),
    }


WORDINGS = wording_of(
    "n",
    *(_sum, _count, _field_sum, _maximum, _average, _group_by, _lookup),
    *(_distinct, _date_range, _contradiction, _top_k, _classify, _absent, _two_documents),
)
