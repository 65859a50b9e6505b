"""The fourteen shapes in one further wording, written by somebody who had read neither the prompts nor the product.

Other subjects, other forms of line and other questions than in the wordings before it. It is meant to be measured once:
what is changed after a look at its results is fitted to it.
"""

from __future__ import annotations

import random
from collections import defaultdict
from itertools import product
from typing import Any

from pages import Page, wording_of

_FIRST = ("Alice", "Bruno", "Clara", "Diego", "Edith", "Frank", "Greta", "Henry", "Irene", "Jonas")
_LAST = ("Archer", "Fisher", "Gardner", "Harper", "Porter", "Sawyer", "Tanner", "Weaver")
_NAMES = tuple(f"{first} {last}" for first in _FIRST for last in _LAST)
_DEPOTS = (
    *("Kiln Street", "Quarry Road", "Ferry Bank", "Mount Pleasant", "Weir Lane", "Gas Works", "Toll Gate", "Pond Side"),
    *("Barn Hill", "Rail Yard", "Sand Pit", "Lock Keeper", "Orchard End", "Windmill", "Cattle Market", "Brick Field"),
)
_STATIONS = (
    *("Otter Point", "Raven Hill", "Salt Marsh", "Pine Ridge", "Grey Cove"),
    *("Heron Lake", "Fox Hollow", "Cold Spring", "Birch Pass"),
)
_PAINTS = ("Sea Blue", "Sand Beige", "Leaf Green", "Signal Red", "Stone Grey", "Pearl White")
_DISHES = (
    *("Lentil Soup", "Fish Pie", "Rice Salad", "Bean Stew", "Potato Gratin"),
    *("Noodle Bowl", "Spinach Tart", "Chicken Curry", "Cheese Toast", "Plum Cake"),
)
_INSTRUMENTS = ("bass flute", "alto horn", "tenor drum", "folk harp", "grand piano", "double bass")
_CUPBOARDS = ("cupboard 1", "cupboard 2", "the cellar", "the stage room", "the loft")
_HALLS = ("North Hall", "Brick Hall", "River Hall")
_PERMITS = ("fence", "garage", "roof window", "garden shed", "shop sign")
_OFFERS = (
    "I have two free evenings a week and a van that you can use.",
    "Count me in for the soup stall on Sunday.",
    "We bought six folding tables that we hardly use, just pick them up for the party.",
    "My brother and I will paint the fence if somebody buys the colour.",
    "I am retired now and would gladly read to the little ones on Fridays.",
    "Three of us from the rowing team will carry the chairs back after the concert.",
)
_NO_OFFERS = (
    "My bicycle was stolen, does anybody own a spare one?",
    "Could somebody drive my mother to the hospital on Friday?",
    "Our heating broke down on Monday and the baby needs warm blankets.",
    "When does the summer party begin this year?",
    "The photos of the concert turned out very nice.",
    "I moved house last month, please note my new address.",
)
_NOT_STATED = (None, "None", "not stated", "It is not stated in the document.")

Drawn = dict[str, Any]


def _sum(chance: random.Random, size: int) -> Drawn:
    page = Page(chance, size)
    kinds = ((2024, "glass", "weighed"), (2024, "glass", "estimated"), (2023, "glass", "weighed"))
    kinds = (*kinds, (2024, "paper", "weighed"))
    totals = dict.fromkeys(kinds, 0)
    for depot in chance.sample(_DEPOTS, chance.randint(10, 16)):
        for kind in kinds:
            year, material, basis = kind
            amount = chance.randint(800, 60_000)
            page.rows.append(f"| {material} | {depot} | {amount:,} | {basis} | {year} |")
            totals[kind] += amount
    right, estimated, before, paper = totals.values()
    heading = "| material | depot | kg | basis | year |\n|----------|-------|----|-------|------|"
    return {
        "question": "How much glass was weighed in 2024 at all depots together, in kg? Estimates do not count.",
        "context": page.text(f"Recycling depots\n\n{heading}"),
        "accepts": (right,),
        "decoys": _wrong(right, right + estimated, right + before, right + paper, estimated),
    }


def _count(chance: random.Random, size: int) -> Drawn:
    page, right, wrong = Page(chance, size), chance.randint(15, 36), chance.randint(8, 18)
    kinds = [("Rapid Post", "damaged", "none")] * right
    kinds += [(chance.choice(("Rapid Freight", "Coast Mail")), "damaged", "none") for _ in range(wrong)]
    kinds += [("Rapid Post", "intact", chance.choice(("nothing damaged", "none"))) for _ in range(wrong)]
    kinds += [("Rapid Post", "intact", "only the label was damaged")] * 3
    for number, (carrier, outcome, note) in zip(_numbers(chance, len(kinds)), kinds, strict=True):
        page.rows.append(f"shipment={number}; outcome={outcome}; carrier={carrier}; note={note}")
    damaged = sum("damaged" in row for row in page.rows)
    return {
        "question": "How many of the shipments that Rapid Post carried have the outcome damaged?",
        "context": page.text("Goods inwards"),
        "accepts": (right,),
        "decoys": (right + wrong, right + 3, damaged, right + wrong + 3),
    }


def _field_sum(chance: random.Random, size: int) -> Drawn:
    page, totals = Page(chance, size), defaultdict(int)
    kinds = list(product(("finished", "aborted"), ("orders", "customers"), ("full", "delta")))
    for kind in kinds + [chance.choice((*kinds, kinds[0], kinds[0])) for _ in range(chance.randint(24, 46))]:
        end, table, mode = kind
        rows = chance.randint(40, 30_000)
        time = f"{chance.randint(0, 23):02}:{chance.randint(0, 59):02}:{chance.randint(0, 59):02}"
        page.rows.append(
            f"{time} worker-{chance.randint(1, 6)} export {end} (mode {mode}, table {table}): "
            f"{rows:,} rows in {chance.randint(11, 990) / 10} s"
        )
        totals[kind] += rows
    right = totals[kinds[0]]
    return {
        "question": "Full exports of the table orders that were completed: how many rows did they have in all?",
        "context": page.text("export.log"),
        "accepts": (right,),
        "decoys": (
            sum(totals.values()),
            right + totals["aborted", "orders", "full"],
            right + totals["finished", "customers", "full"],
            right + totals["finished", "orders", "delta"],
        ),
    }


def _maximum(chance: random.Random, size: int) -> Drawn:
    page = Page(chance, size)
    tenths = dict(zip(_STATIONS, chance.sample(range(201, 1_400), len(_STATIONS)), strict=True))
    for station, count in tenths.items():
        values = (
            ("July", "measured", count),
            ("July", "forecast", chance.randint(900, 2_400)),
            ("June", "measured", chance.randint(900, 2_400)),
        )
        for month, kind, value in values:
            page.rows.append(f"{month:<7}{station:<14}{value / 10:>8.1f}  {kind}")
    best, second = sorted(tenths, key=lambda station: -tenths[station])[:2]
    return {
        "question": "At which station did the most rain fall in July, and how many mm were measured there?",
        "context": page.text(f"Rainfall\n\n{'MONTH':<7}{'STATION':<14}{'MM':>8}  KIND"),
        "parts": (best, tenths[best] / 10),
        "decoys": ([second, tenths[second] / 10], best, tenths[best] / 10),
    }


def _average(chance: random.Random, size: int) -> Drawn:
    page, count = Page(chance, size), chance.randrange(11, 24, 2)  # an odd count: no mean lies between two roundings
    kinds = (("B", 28, 300, 480), ("B", 7, 180, 300), ("A", 28, 400, 600))
    tenths: list[list[int]] = [[], [], []]
    numbers = iter(_numbers(chance, len(kinds) * count))
    for _ in range(count):
        for values, (mix, age, low, high) in zip(tenths, kinds, strict=True):
            values.append(chance.randint(low, high))
            page.rows.append(f"Cube {next(numbers)} of mix {mix} broke at {values[-1] / 10} MPa after {age} days.")
    right, young, other = (sum(values) / (10 * count) for values in tenths)
    return {
        "question": "What is the average strength in MPa of the cubes of mix B at an age of 28 days? "
        "Round to two decimals.",
        "context": page.text("Concrete tests"),
        "accepts": (round(right, 2), right),
        "decoys": _wrong(
            right, round((right + young) / 2, 2), round((right + other) / 2, 2), round((right + young + other) / 3, 2)
        ),
    }


def _group(chance: random.Random, size: int) -> Drawn:
    page, totals, both = Page(chance, size), defaultdict(int), defaultdict(int)
    names = chance.sample(_PAINTS, 4)
    for name in names + [chance.choice(names) for _ in range(chance.randint(14, 28))]:
        amounts = chance.sample(range(60, 3_200), 2)
        for what, amount in zip(("used", chance.choice(("ordered", "reserved"))), amounts, strict=True):
            page.rows.append(f"shop: {chance.randint(1, 4)}; litres: {amount:,}; booking: {what}; paint: {name}")
        totals[name] += amounts[0]
        both[name] += sum(amounts)
    return {
        "question": "How many litres of each paint have been used up in the shops? Give a dict paint -> litres.",
        "context": page.text("Paint store"),
        "accepts": (dict(totals),),
        "decoys": (dict(both), {name: total + 1 for name, total in totals.items()}, dict(list(totals.items())[:-1])),
    }


def _lookup(chance: random.Random, size: int) -> Drawn:
    page = Page(chance, size)
    old, new, later, other = (f"{number // 100}.{number % 100}.0" for number in sorted(_versions(chance, 4)))
    page.rows.append(f"router Lobby East - firmware {old} - replaced")
    page.rows.append(f"router Lobby East - firmware {new} - running")
    page.rows.append(f"router Lobby East - firmware {later} - scheduled")
    page.rows.append(f"router Lobby West - firmware {other} - running")
    return {
        "question": "Which version of the firmware is on the router Lobby East at the moment?",
        "context": page.text("Network devices"),
        "accepts": (new, f"firmware {new}", f"version {new}"),
        "decoys": (old, later, other),
    }


def _distinct(chance: random.Random, size: int) -> Drawn:
    page, count = Page(chance, size), chance.randint(12, 30)
    plates = [f"{chance.choice(('KD', 'LM', 'RT'))} {number}" for number in chance.sample(range(100, 999), count + 8)]
    kind = {plate: chance.choice(("van", "car", "trailer")) for plate in plates}
    passed = [plate for place, plate in enumerate(plates[:count]) for _ in range(chance.randint(1, 3) if place else 3)]
    results = [(plate, "passed") for plate in passed] + [(plate, "failed") for plate in plates[count - 4 :]]
    for slip, (plate, result) in zip(_numbers(chance, len(results)), results, strict=True):
        page.rows.append(f"{slip},{result},{kind[plate]},{plate},{chance.randint(40, 90)}.50")
    return {
        "question": "How many different vehicles (by their plates) got through the inspection at least once?",
        "context": page.text("Vehicle inspections\n\nslip,result,kind,plate,fee"),
        "accepts": (count,),
        "decoys": (len(passed), count + 8, len(results)),
    }


def _dates(chance: random.Random, size: int) -> Drawn:
    page, count = Page(chance, size), chance.randint(22, 42)
    first, last = (2024, 4, 9), (2024, 11, 3)
    issued = [first, last, (2023, 8, 1), *(_day(chance) for _ in range(count - 3))]
    refused = [(2024, 7, 1), *(_day(chance) for _ in range(count - 1))]
    numbers = iter(_numbers(chance, 2 * count))
    for what, days in (("issued", issued), ("refused", refused)):
        for year, month, day in days:
            kind = chance.choice(_PERMITS)
            page.rows.append(f"No. {next(numbers)}, {kind}: {what} {month:02}/{day:02}/{year}, {chance.choice(_NAMES)}")
    right = sum(first <= day <= last for day in issued)
    any_year = sum(first[1:] <= day[1:] <= last[1:] for day in issued)
    return {
        "question": "How many permits were issued from April 9, 2024 through November 3, 2024, these two days "
        "included? Dates are month/day/year.",
        "context": page.text("Building permits"),
        "accepts": (right,),
        "decoys": _wrong(right, right + sum(first <= day <= last for day in refused), any_year, count),
    }


def _contradiction(chance: random.Random, size: int) -> Drawn:
    page, valid, struck = Page(chance, size), 0, 0
    for number in range(1, chance.randint(12, 24)):
        good, bad = chance.randint(20, 1_900), chance.randint(2, 90)
        page.rows.append(f'sheet={number} struck_out={bad} valid={good:,} collector="{chance.choice(_NAMES)}"')
        valid, struck = valid + good, struck + bad
    stated = valid + chance.randint(100, 900)
    return {
        "question": "Added up sheet by sheet, how many valid signatures were collected?",
        "context": page.text("Petition", ending=f"Press release: we handed in {stated:,} valid signatures."),
        "accepts": (valid,),
        "decoys": _wrong(valid, stated, valid + stated, valid + struck),
    }


def _top(chance: random.Random, size: int) -> Drawn:
    page = Page(chance, size)
    ordered = dict(zip(_DISHES, chance.sample(range(300, 3_000), len(_DISHES)), strict=True))
    before = dict(zip(_DISHES, chance.sample(range(300, 3_000), len(_DISHES)), strict=True))
    for year, counts in ((2024, ordered), (2023, before)):
        for dish, count in counts.items():
            page.rows.append(f"{year} / {dish} / planned {chance.randint(300, 3_000):,} / sold {count:,}")
    best = sorted(ordered, key=lambda dish: -ordered[dish])
    return {
        "question": "Which four dishes did the canteen sell most of in 2024? List their names, best seller first.",
        "context": page.text("Canteen"),
        "accepts": (best[:4],),
        "decoys": (best[1:5], best[:3], best[:5]),
    }


def _classify(chance: random.Random, size: int) -> Drawn:
    page, right = Page(chance, size), chance.randint(6, 14)
    others = chance.choice([count for count in range(8, 16) if count != right])
    texts = [chance.choice(_OFFERS) for _ in range(right)] + [chance.choice(_NO_OFFERS) for _ in range(others)]
    for number, text in zip(_numbers(chance, len(texts)), texts, strict=True):
        page.rows.append(f"Card {number}, {chance.choice(_NAMES)}: {text}")
    return {
        "question": "On how many of the cards does the writer offer to help, with work or by giving or lending things?",
        "context": page.text("Notice board of the neighbourhood"),
        "accepts": (right,),
        "decoys": (right + others, others),
    }


def _absent(chance: random.Random, size: int) -> Drawn:
    page, sums = Page(chance, size), chance.sample(range(1_200, 9_900), 6)
    for instrument, amount in zip(_INSTRUMENTS, sums, strict=True):
        page.rows.append(f"The {instrument} is kept in {chance.choice(_CUPBOARDS)} and insured for {amount:,} EUR.")
    bought = chance.randint(10_000, 19_000)
    page.rows.append(f"The concert harp is kept in {chance.choice(_CUPBOARDS)} and was bought for {bought:,} EUR.")
    return {
        "question": "For how many EUR is the concert harp insured? Answer None if the document does not tell.",
        "context": page.text("Instruments of the orchestra"),
        "accepts": _NOT_STATED,
        "decoys": (bought, sums[3], sums[0], 0, ""),
    }


def _two(chance: random.Random, size: int) -> Drawn:
    places, meter = Page(chance, size // 2), Page(chance, size // 2)
    machines = [
        f"{chance.choice(('press', 'lathe', 'mill', 'saw'))}-{number}" for number in chance.sample(range(10, 99), 7)
    ]
    now = dict(zip(machines, (_HALLS[0],) * 3 + (_HALLS[1],) * 2 + (_HALLS[2],) * 2, strict=True))
    before = {machine: _HALLS[1] if hall == _HALLS[0] else _HALLS[0] for machine, hall in now.items()}
    for machine in machines:
        places.rows.append(f"| {machine} | {now[machine]} | current |")
        places.rows.append(f"| {machine} | {before[machine]} | former |")
    right, tests, moved = 0, 0, 0
    drawn = [(machine, run) for machine in machines for run in ("production", "test")]
    drawn += [(chance.choice(machines), chance.choice(("production", "production", "test"))) for _ in range(16)]
    for machine, run in drawn:
        tenths = chance.randint(105, 9_800)
        time = f"{chance.randint(6, 21):02}:{chance.randint(0, 59):02}"
        meter.rows.append(f"{time} kwh={tenths / 10} run={run} machine={machine}")
        if run == "test":
            tests += tenths * (now[machine] == _HALLS[0])
        else:
            right += tenths * (now[machine] == _HALLS[0])
            moved += tenths * (before[machine] == _HALLS[0])
    heading = "| machine | hall | state |\n|---------|------|-------|"
    return {
        "question": "How many kWh did the machines that are now in the North Hall take for production? meter.log has "
        "the kWh of each run, machines.md the hall of each machine.",
        "context": {"machines.md": places.text(f"Machines\n\n{heading}"), "meter.log": meter.text("Meter")},
        "accepts": (right / 10,),
        "decoys": _wrong(right / 10, (right + tests) / 10, (right + moved) / 10, moved / 10),
    }


def _wrong(right: float, *values: float) -> tuple[float, ...]:
    """The values that differ from the right one: two ways to count may by chance come to the same."""
    return tuple(value for value in values if abs(value - right) > 0.005)


def _numbers(chance: random.Random, count: int) -> list[int]:
    """Numbers of four digits, none twice."""
    return chance.sample(range(1_000, 10_000), count)


def _versions(chance: random.Random, count: int) -> list[int]:
    """Versions as numbers, the last two digits of which are the minor version."""
    return [100 * chance.randint(4, 8) + minor for minor in chance.sample(range(10, 99), count)]


def _day(chance: random.Random) -> tuple[int, int, int]:
    """A day of three years as (year, month, day)."""
    return chance.choice((2023, 2024, 2024, 2025)), chance.randint(1, 12), chance.randint(1, 28)


WORDINGS = wording_of(
    "f",
    *(_sum, _count, _field_sum, _maximum, _average, _group, _lookup),
    *(_distinct, _dates, _contradiction, _top, _classify, _absent, _two),
)
