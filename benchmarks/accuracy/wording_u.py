"""Fourteen seeded shapes of question in the wording "u", about other subjects, asked in the words of their documents.

They were written by others, who had not read the prompts.
"""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Callable, Iterable
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from pages import wording_of, wrong_of

_WHO = {
    "bank": (
        *("The branch manager", "The cleaning firm", "A trainee", "The caretaker", "The front desk", "The auditor"),
        *("A colleague from the back office", "The security guard", "The works council", "The lift engineer"),
    ),
    "weather": (
        *("The observer", "The deputy observer", "A school class", "The neighbour", "The technician", "The postman"),
        *("A visitor from the institute", "The farmer next door", "The warden", "A student on placement"),
    ),
    "garage": (
        *("The foreman", "The apprentice", "The storeman", "The receptionist", "The owner", "The tyre fitter"),
        *("A sales representative", "The bodywork painter", "The bookkeeper", "The tow truck driver"),
    ),
    "university": (
        *("The dean", "The registry", "The student council", "The librarian", "The porter"),
        *("The timetable office", "A visiting lecturer", "The faculty secretary", "The sports office", "The choir"),
    ),
    "catering": (
        *("The head chef", "The driver", "The pastry cook", "The dishwasher", "The event planner"),
        *("The buyer", "A temporary waiter", "The hygiene officer", "The van crew", "The sommelier"),
    ),
}
_DID = (
    *("asked for a new noticeboard", "reminded everyone to shut the blinds", "moved the umbrella stand"),
    *("suggested another shelf for the folders", "looked for the spare key", "watered the plants"),
    *("put up a sign with an arrow", "oiled the hinges of the gate", "brought a box of pencils"),
    *("reported a dripping tap", "took the old calendar down", "labelled the drawers"),
    *("wished everybody a pleasant weekend", "tested the door bell", "swept the yard"),
)
_HOW = (
    *("before going home", "without being asked", "as agreed at the last meeting", "and left a note about it"),
    *("while the kettle boiled", "in the early morning", "after lunch", "together with the neighbours"),
    *("with the help of a ladder", "for the sake of order", "during a quiet hour", "as in every season"),
)
_DAY = dt.timedelta(days=1)


def _say(chance: random.Random, kind: str) -> str:
    return f"{chance.choice(_WHO[kind])} {chance.choice(_DID)} {chance.choice(_HOW)}."


def _weave(chance: random.Random, blocks: list[str], size: int, filler: Callable[[], str]) -> str:
    """The blocks in their order, with filler lines behind them at places by chance, up to the size."""
    left = size - sum(len(block) + 1 for block in blocks)
    places = [[block] for block in blocks]
    while left > 0:
        line = filler()
        chance.choice(places).append(line)
        left -= len(line) + 1
    return "\n".join(line for place in places for line in place) + "\n"


def _many(chance: random.Random, size: int, each: int, most: int = 56) -> int:
    """How many records a document of this size has, when one has about this length."""
    upper = min(most, max(16, int(size * 0.75 / each)))
    return chance.randint(max(14, upper // 2), upper)


def _kinds(chance: random.Random, count: int, needed: dict[Any, int], rest: list[Any]) -> list[Any]:
    """Kinds in an order by chance, in which every needed kind occurs at least so many times."""
    kinds = [kind for kind, times in needed.items() for _ in range(times)]
    kinds += [chance.choice(rest) for _ in range(count - len(kinds))]
    chance.shuffle(kinds)
    return kinds


def _task(question: str, context: str | dict[str, str], right: Any, *wrong: Any) -> dict[str, Any]:
    return {"question": question, "context": context, "accepts": (right,), "decoys": wrong_of((right,), wrong)}


def _euro(cents: int) -> float:
    return round(cents / 100, 2)


def _sum(chance: random.Random, size: int) -> dict[str, Any]:
    """An export of payments, divided by semicolons."""
    wanted, other, third = chance.sample(("Utilities", "Rent", "Insurance", "Supplies"), 3)
    payees = (
        *("Nordwasser GmbH", "Hall & Sons", "Lindner Estates", "Rent-a-Pump Ltd", "Insurance Brokers Weir"),
        *("Stadtwerke Aue", "Paper Supplies Direct", "Utilities Software AG", "Bergmann KG", "Oakfield Trust"),
    )
    year = chance.randint(2021, 2024)
    booked, pending, returned = ((wanted, state, year) for state in ("booked", "pending", "returned"))
    earlier, of_other = (wanted, "booked", year - 1), (other, "booked", year)
    kinds = _kinds(
        chance,
        _many(chance, size, 66),
        {booked: 4, pending: 2, returned: 1, earlier: 2, of_other: 2},
        [booked, booked, pending, returned, earlier, of_other, (third, "booked", year), (third, "pending", year)],
    )
    rows = []
    for category, state, when in kinds:
        day = dt.date(when, chance.choice((11, 12)) if when < year else chance.randint(1, 10), chance.randint(1, 28))
        rows.append((day, category, state, chance.randint(1900, 148_000)))
    rows.sort(key=lambda row: row[0])
    lines = [
        "# Business account 40 771 208, export of payments",
        "booking date;reference;category;payee;amount EUR;state",
    ]
    lines += [
        f"{day};P{number};{category};{chance.choice(payees)};{cents // 100},{cents % 100:02};{state}"
        for number, (day, category, state, cents) in enumerate(rows, 7301)
    ]

    def total(states: Iterable[str] = ("booked",), first: int = year, categories: Iterable[str] = (wanted,)) -> float:
        return _euro(sum(row[3] for row in rows if row[2] in states and row[0].year >= first and row[1] in categories))

    question = chance.choice(
        (
            f"What is the sum in EUR of the booked payments in the category {wanted} with a booking date in {year}?",
            f"How many EUR do the {wanted} payments of {year} add up to, if only those with the state booked count?",
            (
                f"Please add up the amounts of all payments of the category {wanted} that were booked in {year} "
                "(neither pending nor returned ones)."
            ),
        )
    )
    return _task(
        question,
        _weave(chance, lines, size, lambda: "# " + _say(chance, "bank")),
        total(),
        total(("booked", "pending")),
        total(("booked", "pending", "returned")),
        total(first=year - 1),
        total(categories=(wanted, other, third)),
    )


def _count(chance: random.Random, size: int) -> dict[str, Any]:
    """The diary of a weather station, in blocks of labels."""
    here, below = "at the station", "in the valley only"
    count = _many(chance, size, 158)
    kinds = _kinds(chance, count, {here: 3, below: 3, "none": 3}, [here, below, "none", "none"])
    remarks = {
        here: (
            "The mast could not be seen from the hut.",
            "Cleared towards noon.",
            "Hoar frost on the fence posts.",
            "A damp and silent day.",
        ),
        below: (
            "Bright sun up here, a white sea below.",
            "The villages were hidden until noon.",
            "Clear view of the peaks.",
        ),
        "none": (
            "Fog had been forecast for the station, but it stayed away.",
            "Good visibility.",
            "Light snow in the evening.",
            "Wind kept the fog off.",
        ),
    }
    day = dt.date(2024, 10, chance.randint(1, 20))
    blocks = ["Hillcrest weather station\nObserver's diary\n"]
    for kind in kinds:
        low = chance.randint(-60, 70)
        blocks.append(
            f"{day:%A}, {day.day} {day:%B %Y}\n"
            f"  Temperature .. min {low / 10:.1f} / max {(low + chance.randint(15, 80)) / 10:.1f}\n"
            f"  Fog .......... {kind}\n"
            f"  Remarks ...... {chance.choice(remarks[kind])}"
        )
        day += _DAY
    question = chance.choice(
        (
            "On how many days does the diary give fog at the station?",
            "How many days had fog at the station (not those with fog in the valley only)?",
            "For how many days did the observer write that there was fog at the station?",
        )
    )
    right, wrong = kinds.count(here), kinds.count(below)
    text = _weave(chance, blocks, size, lambda: "~ Hut book: " + _say(chance, "weather"))
    return _task(question, text, right, right + wrong, wrong, count, kinds.count("none"))


def _field_sum(chance: random.Random, size: int) -> dict[str, Any]:
    """The journal of cash machines, divided by bars."""
    count = _many(chance, size, 58)
    op, other = chance.sample(("WDL", "DEP"), 2)
    kinds = _kinds(
        chance,
        count,
        {(op, "OK"): 4, (op, "DECLINED"): 2, (op, "TIMEOUT"): 1, (other, "OK"): 3},
        [(op, "OK"), (op, "OK"), (op, "DECLINED"), (op, "TIMEOUT"), (other, "OK"), (other, "DECLINED")],
    )
    clock = dt.datetime(2024, 5, chance.randint(1, 28), 7, 2, 11)
    rows, lines = [], [f"JOURNAL CASH MACHINES {clock:%d/%m/%Y}  (op: WDL withdrawal, DEP deposit, INF information)"]
    for kind, result in kinds:
        clock += dt.timedelta(seconds=chance.randint(45, 700))
        notes = chance.randint(1, 24)
        amount = notes * chance.choice((10, 20, 50))
        rows.append((kind, result, notes, amount))
        lines.append(
            f"{clock:%H:%M:%S}|ATM-{chance.choice((14, 17, 22))}|op:{kind}|amt:{amount}|notes:{notes}|res:{result}"
        )

    def total(kinds: Iterable[str], results: Iterable[str], column: int = 2) -> int:
        return sum(row[column] for row in rows if row[0] in kinds and row[1] in results)

    question = chance.choice(
        (
            f"What is the sum of the notes field over the lines with op {op} and res OK?",
            f"Add up the values of notes on all {op} lines of the journal that have res OK.",
            f"How many notes do the lines with op:{op} and res:OK have in total?",
        )
    )
    both, every = (op, other), ("OK", "DECLINED", "TIMEOUT")
    return _task(
        question,
        _weave(chance, lines, size, lambda: f"--|ATM-{chance.choice((14, 17, 22))}|op:INF|{_say(chance, 'bank')}"),
        total((op,), ("OK",)),
        total((op,), every),
        total(both, ("OK",)),
        total(both, every),
        total((op,), ("OK",), 3),
    )


def _plate(chance: random.Random) -> str:
    letters = "ABCDEFGHJKLMNPRSTUVWXYZ"
    return "".join(chance.choices(letters, k=2)) + f"{chance.randint(11, 74)} " + "".join(chance.choices(letters, k=3))


def _maximum(chance: random.Random, size: int) -> dict[str, Any]:
    """A garage's list of vehicles, in fixed widths."""
    count = _many(chance, size, 62)
    drawn: dict[str, None] = {}
    while len(drawn) < count:
        drawn[_plate(chance)] = None
    plates = list(drawn)
    odometers = [1000 * each + chance.randint(0, 899) for each in chance.sample(range(12, 190), count)]
    services = [each + 1000 * chance.randint(2, 9) for each in odometers]
    order = sorted(range(count), key=odometers.__getitem__)
    # The largest and the smallest number of the other column belong to other vehicles.
    services[order[-2]] = max(services) + chance.randint(1200, 5000)
    services[order[0]] = max(services[order[0]], odometers[order[1]] + 3000) + 5000
    services[order[1]] = odometers[order[1]] + 1500
    models = ("Transit", "Golf", "Corsa", "Kangoo", "Octavia", "Yaris", "Sprinter", "Panda")
    head = [
        "CUSTOMER VEHICLES IN CARE",
        "",
        f"{'Plate':<10}{'Model':<12}{'Odometer km':>13}{'Next service km':>18}{'Doors':>8}",
        "-" * 61,
    ]
    rows = [
        f"{plate:<10}{chance.choice(models):<12}{odometer:>13}{service:>18}{chance.choice((2, 3, 4, 5)):>8}"
        for plate, odometer, service in zip(plates, odometers, services, strict=True)
    ]
    word, extreme = ("highest", max) if chance.random() < 0.5 else ("lowest", min)
    opposite, *_, second, best = order if word == "highest" else order[::-1]
    twin = extreme(range(count), key=services.__getitem__)
    question = chance.choice(
        (
            f"Which vehicle (plate) has the {word} odometer reading, and how many km is it?",
            f"Give me the plate of the vehicle with the {word} Odometer km and that number of km.",
        )
    )
    parts = (plates[best], odometers[best])
    wrong = (plates[twin], services[twin], plates[second], odometers[second], services[best], plates[opposite])
    return {
        "question": question,
        "context": "\n".join([*head, _weave(chance, rows, size - 160, lambda: "  * " + _say(chance, "garage"))]),
        "parts": parts,
        "decoys": wrong_of(parts, wrong),
    }


def _average(chance: random.Random, size: int) -> dict[str, Any]:
    """The results of an examination, in tables of Markdown."""
    subject = chance.choice(("Thermodynamics", "Statistics", "Organic Chemistry", "Roman Law"))
    wanted, twin = chance.sample((f"{subject} I", f"{subject} II"), 2)
    count = _many(chance, size, 60)
    both, every = (wanted, twin), ("graded", "provisional", "absent")
    graded, provisional, absent = ((wanted, state) for state in every)
    of_twin = (twin, "graded")
    rest = [graded, graded, provisional, absent, of_twin, (twin, "absent")]
    kinds = _kinds(chance, count, {graded: 5, provisional: 2, absent: 2, of_twin: 3}, rest)
    numbers = chance.sample(range(310_000, 399_999), count)
    rows = [(course, state, 0 if state == "absent" else chance.randint(31, 98)) for course, state in kinds]
    lines = [
        f"| {number} | {course} | {state} | {points} |"
        for number, (course, state, points) in zip(numbers, rows, strict=True)
    ]
    blocks = ["# Results of the examination week\n"]
    while lines:
        upto = chance.randint(6, 12)
        head = [
            f"\n## Sheet {chr(64 + len(blocks))}\n",
            "| Matr. no. | Course | Status | Points |",
            "|---|---|---|---|",
        ]
        blocks.append("\n".join([*head, *lines[:upto]]) + "\n")
        lines = lines[upto:]

    def mean(courses: Iterable[str], states: Iterable[str]) -> Fraction:
        found = [points for course, state, points in rows if course in courses and state in states]
        return Fraction(sum(found), len(found))

    def up(value: Fraction, step: str) -> float:
        return float((Decimal(value.numerator) / Decimal(value.denominator)).quantize(Decimal(step), ROUND_HALF_UP))

    right = mean((wanted,), ("graded",))
    exact = float(right)
    accepts = tuple(dict.fromkeys((exact, up(right, "0.01"), up(right, "0.1"), round(exact, 2), round(exact, 1))))
    means = (
        mean((wanted,), every),
        mean((wanted,), every[:2]),
        mean(both, ("graded",)),
        mean(both, every),
        mean((twin,), ("graded",)),
    )
    wrong = [
        value for value in (up(each, "0.01") for each in means) if all(abs(value - each) > 0.1 for each in accepts)
    ]
    question = chance.choice(
        (
            (
                f"What is the average number of points in the course {wanted}, counting only the results with the "
                "status graded?"
            ),
            (
                f"How many points do the graded results of {wanted} have on average (leave out the provisional and the "
                "absent ones)?"
            ),
            f"Please work out the mean of the points of all graded students in {wanted}.",
        )
    )
    return {
        "question": question,
        "context": _weave(chance, blocks, size, lambda: _say(chance, "university")),
        "accepts": accepts,
        "decoys": wrong_of(accepts, wrong or (0.0,)),
    }


def _group_by(chance: random.Random, size: int) -> dict[str, Any]:
    """A caterer's deliveries, a line each below the days."""
    halls = chance.sample(
        ("North Hall", "Garden Room", "Chapel", "Boat House", "Old Mill", "Terrace"), chance.randint(3, 5)
    )
    food = ("cheese rolls", "tomato soup", "fruit salad", "lasagne", "apple cake", "couscous", "fish pie")
    count = _many(chance, size, 68)
    needed = {(hall, "delivered"): 2 for hall in halls}
    needed |= {(halls[0], "cancelled"): 1, (halls[1], "cancelled"): 1, (halls[2], "postponed"): 1}
    kinds = _kinds(
        chance,
        count,
        needed,
        [(hall, state) for hall in halls for state in ("delivered", "delivered", "cancelled", "postponed")],
    )
    lines, rows = ["Delivery sheet, conference week", "  time   portions -> place (state)", ""], []
    per_day = -(-count // 5)
    for at, (hall, state) in enumerate(kinds):
        if at % per_day == 0:
            lines.append(("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY")[at // per_day])
        portions = chance.randint(6, 95)
        rows.append((hall, state, portions))
        moment = f"{7 + (at % per_day) * 12 // per_day:02}:{chance.choice(('00', '15', '30', '45'))}"
        lines.append(f"  {moment}  {portions} portions of {chance.choice(food)} -> {hall} ({state})")

    def table(*states: str) -> dict[str, int]:
        return {hall: sum(row[2] for row in rows if row[0] == hall and row[1] in states) for hall in sorted(halls)}

    question = chance.choice(
        (
            "How many portions were delivered to each place?",
            "For each place to which the caterer drives: how many portions are marked as delivered in all?",
            (
                "Give me the number of delivered portions for every place on the sheet, without the cancelled and the "
                "postponed ones."
            ),
        )
    )
    return _task(
        question,
        _weave(chance, lines, size, lambda: "    // " + _say(chance, "catering")),
        table("delivered"),
        table("delivered", "postponed"),
        table("delivered", "cancelled", "postponed"),
        {hall: kinds.count((hall, "delivered")) for hall in sorted(halls)},
    )


def _lookup(chance: random.Random, size: int) -> dict[str, Any]:
    """The regulations of a faculty, in numbered paragraphs."""
    bachelor, master, old_bachelor, old_master, report, correction = chance.sample(range(6, 31), 6)
    year = chance.randint(2012, 2019)
    wanted = chance.choice(("Bachelor", "Master"))
    right, old, sister = (bachelor, old_bachelor, master) if wanted == "Bachelor" else (master, old_master, bachelor)
    first = [
        "These regulations apply to all degree programmes of the faculty. They are the regulations now in force.",
        "The academic year is divided into a winter and a summer semester.",
        "Students choose their modules at the beginning of each semester and confirm the choice in the portal.",
        f"The report on the internship is to be handed in within {report} weeks after the last day at the company.",
        "An oral examination is held by two examiners, one of whom keeps the record.",
        "The topic of a thesis is handed out by the examinations office and may be returned once.",
    ]
    later = [
        (
            f"The period for writing the Bachelor thesis is {bachelor} weeks and begins on the day on which the topic "
            "is handed out."
        ),
        (
            f"The period for writing the Master thesis is {master} weeks and begins on the day on which the topic is "
            "handed out."
        ),
        f"The examiners give their opinion within {correction} weeks after a thesis has been handed in.",
        "In case of illness the board of examiners may grant an extension on the strength of a medical certificate.",
        "Two printed copies and one file are to be handed in.",
        "Students with children may ask for a place in the quiet room of the library.",
        "Decisions of the board of examiners are given in writing.",
        (
            f"History: in the regulations of {year}, which are no longer in force, the period for writing the Bachelor "
            f"thesis was {old_bachelor} weeks and the period for writing the Master thesis was {old_master} weeks."
        ),
    ]
    chance.shuffle(later)
    left = size - sum(len(each) + 10 for each in (*first, *later))
    while left > 0:
        told = " ".join(_say(chance, "university") for _ in range(chance.randint(1, 4)))
        later.append(f"By way of illustration, from the faculty chronicle: {told}")
        left -= len(later[-1]) + 10
    chance.shuffle(later)
    body = "\n\n".join(f"({number}) {each}" for number, each in enumerate(first + later, 1))
    question = chance.choice(
        (
            f"How many weeks is the period for writing the {wanted} thesis in the regulations now in force?",
            (
                f"How many weeks does a student have for writing the {wanted} thesis under the regulations that are in "
                "force now?"
            ),
        )
    )
    text = f"Faculty of Science: Study and Examination Regulations\n\n{body}\n"
    return _task(question, text, right, old, sister, report, correction)


def _distinct(chance: random.Random, size: int) -> dict[str, Any]:
    """The parts of a garage's jobs, a JSON object on each line."""
    count = _many(chance, size, 74)
    pool = [
        f"{chance.choice(('BX', 'KT', 'LM'))}-{number}"
        for number in chance.sample(range(1100, 1990), max(8, count // 2))
    ]
    kinds = _kinds(
        chance, count, {"fitted": 6, "ordered": 3, "returned": 2}, ["fitted", "fitted", "ordered", "returned"]
    )
    at_fitted = [at for at, kind in enumerate(kinds) if kind == "fitted"]
    at_others = [at for at, kind in enumerate(kinds) if kind != "fitted"]
    parts = [chance.choice(pool[3:]) for _ in kinds]
    parts[at_fitted[-1]] = parts[at_fitted[0]]  # at least one of them twice
    for at, part in zip(chance.sample(at_others, 3), pool[:3], strict=True):
        parts[at] = part
    lines = [
        json.dumps({"job": f"J-{2040 + at // 2}", "part_no": part, "qty": chance.randint(1, 4), "status": kind})
        for at, (kind, part) in enumerate(zip(kinds, parts, strict=True))
    ]
    question = chance.choice(
        (
            "How many different part numbers (part_no) have the status fitted on at least one line?",
            "How many different part numbers were fitted? Count each part_no once, however often it was fitted.",
            "Among the lines with status fitted, how many distinct part_no values are there?",
        )
    )
    text = _weave(chance, lines, size, lambda: json.dumps({"note": _say(chance, "garage")}))
    return _task(question, text, len({parts[at] for at in at_fitted}), len(at_fitted), len(set(parts)), count)


def _date_range(chance: random.Random, size: int) -> dict[str, Any]:
    """The readings of a weather station, divided by tabs."""
    count = min(46, max(24, int(size * 0.5 / 26)))
    year = chance.randint(2019, 2024)
    start = dt.date(year, chance.randint(3, 9), chance.randint(8, 24))
    days = [start + at * _DAY for at in range(count)]
    before = [day.replace(year=year - 1) for day in days[count // 3 : count // 3 + 8]]
    rows = [
        (day, chance.choice((0, chance.randint(1, 60), chance.randint(20, 280))), chance.randint(0, 120))
        for day in before + days
    ]
    first, last = days[chance.randint(4, count // 3)], days[chance.randint(count - count // 4, count - 4)]
    edges = (first, last, first - _DAY, last + _DAY)
    rows = [(day, max(rain, 7) if day in edges else rain, sun) for day, rain, sun in rows]
    lines = ["! Automatic station Moor Farm, readings of each day", "date\train mm\tsunshine h"]
    lines += [f"{day:%d-%b-%Y}\t{rain / 10:.1f}\t{sun / 10:.1f}" for day, rain, sun in rows]

    def total(first: dt.date, last: dt.date, column: int = 0) -> float:
        return round(sum(values[column] for day, *values in rows if first <= day <= last) / 10, 1)

    span = f"{first.day} {first:%B} {year} to {last.day} {last:%B} {year}"
    question = chance.choice(
        (
            f"How many mm of rain fell in total from {span}, both days included?",
            f"What is the total rain in mm for the days from {span} (first and last day included)?",
            f"Add up the rain of all days from {span}, inclusive: how many mm is that?",
        )
    )
    right = total(first, last)
    return _task(
        question,
        _weave(chance, lines, size, lambda: "! " + _say(chance, "weather")),
        right,
        total(first + _DAY, last - _DAY),
        total(first, last - _DAY),
        total(first + _DAY, last),
        round(right + total(first.replace(year=year - 1), last.replace(year=year - 1)), 1),
        total(days[0], days[-1]),
        total(first, last, 1),
    )


def _contradiction(chance: random.Random, size: int) -> dict[str, Any]:
    """A caterer's invoice, with dot leaders."""
    count = _many(chance, size, 62, most=40)
    dishes = (
        *("Pumpkin soup", "Cheese platter", "Vegetable quiche", "Salmon canapes", "Lemon tart", "Bread baskets"),
        *("Roast beef", "Potato gratin", "Green salad", "Coffee and tea", "Mineral water", "Table linen"),
    )
    rooms = ("reception", "lunch", "speakers' dinner", "board meeting", "farewell")
    names = chance.sample([f"{dish}, {room}" for dish in dishes for room in rooms], count)
    cents = [chance.randint(900, 190_000) // 5 * 5 for _ in names]
    lines = [
        f"{number:>3}. {name + ' ':.<44} {amount / 100:>9,.2f} EUR"
        for number, (name, amount) in enumerate(zip(names, cents, strict=True), 1)
    ]
    right = sum(cents)
    wrong = chance.choice(
        (right - cents[-1], right - chance.choice(cents), right + 90 * chance.randint(10, 900), right - 18_000)
    )
    number = chance.randint(4000, 9000)
    head = f"SAFFRON & SONS CATERING\nInvoice {number}\nAll amounts include VAT.\n"
    body = _weave(chance, [head, *lines], size - 80, lambda: "     note: " + _say(chance, "catering"))
    question = chance.choice(
        (
            f"Add up the items of invoice {number} one by one: what total in EUR do their amounts really come to?",
            (
                "What do the amounts of the items on the invoice add up to in EUR? Reckon it from the items, I do not "
                "trust the printed total."
            ),
            "I want to check the total of this invoice. What is the sum of the amounts of all its items in EUR?",
        )
    )
    text = f"{body}\n     {'Total of all items ':.<44} {wrong / 100:>9,.2f} EUR\n"
    return _task(question, text, _euro(right), _euro(wrong), count)


def _top_k(chance: random.Random, size: int) -> dict[str, Any]:
    """The courses of a university, in tables of HTML."""
    areas = ("Marine", "Medieval", "Applied", "Comparative", "Urban", "Modern", "Early", "Digital")
    fields = ("Biology", "History", "Linguistics", "Geography", "Economics", "Music", "Logic", "Archaeology")
    count = _many(chance, size, 92, most=40)
    names = chance.sample([f"{area} {field}" for area in areas for field in fields], count)
    enrolled = chance.sample(range(18, 320), count)
    seats = chance.sample(range(30, 330), count)
    waiting = [chance.randint(0, 90) for _ in names]
    most, word = chance.choice(((2, "two"), (3, "three"), (4, "four")))
    # The largest room stands almost empty.
    seats[enrolled.index(min(enrolled))] = max(*seats, *enrolled) + chance.randint(5, 40)
    departments = (
        *("Department of Humanities", "Department of Sciences", "Evening School", "Summer Campus"),
        *("Graduate School", "Guest Programme", "City Campus", "Lake Campus"),
    )
    columns = "<tr><th>Course</th><th>Seats</th><th>Enrolled</th><th>Waiting</th></tr>"
    blocks = ["<html><body><h1>Course statistics</h1>"]
    ends = [0]
    while ends[-1] < count:
        ends.append(min(count, ends[-1] + chance.randint(5, 9)))
        rows = "\n".join(
            f"<tr><td>{names[at]}</td><td>{seats[at]}</td><td>{enrolled[at]}</td><td>{waiting[at]}</td></tr>"
            for at in range(*ends[-2:])
        )
        blocks.append(f"<h2>{departments[len(ends) - 2]}</h2>\n<table>\n{columns}\n{rows}\n</table>")

    def best(values: list[int], among: int = count) -> list[str]:
        return [names[at] for at in sorted(range(among), key=lambda at: -values[at])[:most]]

    question = chance.choice(
        (
            (
                f"Which {word} courses on the whole page have the most students enrolled? Name them in order, the "
                "largest number first."
            ),
            f"Name the top {word} courses by Enrolled on the whole page, from the highest number down.",
        )
    )
    right = best(enrolled)
    text = _weave(chance, blocks, size - 16, lambda: f"<p>{_say(chance, 'university')}</p>") + "</body></html>\n"
    return _task(question, text, right, best(seats), best(waiting), right[::-1], best(enrolled, ends[1]))


_COMPLAINTS = (
    "Picked the car up on Friday and the rattle is exactly as it was. I paid for a repair, not for a test drive.",
    "Three calls, three promises to ring back, and my phone has been silent ever since. Poor show.",
    "There is a greasy hand print on the cream seat that was not there when I handed you the keys.",
    "Thank you so much for giving me back my car with an empty tank. It was half full when I left it with you.",
    "You quoted one price on the phone and charged me nearly double at the desk. Not what I call fair.",
    "The brakes squeal worse than before you worked on them. Please do not tell me that this is normal.",
    "Great, my new wiper blades flew off on the motorway after one day. Somebody did not click them in.",
    "I waited two hours past the agreed time, and nobody at the desk even looked up.",
    (
        "Your mechanic was polite, but oil has been dripping on my drive since your oil change, so the job was not "
        "done properly."
    ),
    "The invoice lists a new cabin filter. I looked: the old one is still in there, full of leaves.",
    "After your tyre change my wheel bolts were only hand tight. I dread to think what could have happened.",
    "Beautiful paintwork, if one likes two shades of red on the same door. I had expected better from you.",
    "It is the second time that you put off my appointment on the very morning. I had taken a day off for it.",
    "The courtesy car that you gave me smelled of smoke and its lights did not work. I feel let down.",
    "When you changed the battery you wiped my radio code, and then you left me to sort it out alone.",
    "You fitted tyres of the wrong size, as the inspector pointed out to me with a smile. I am not smiling.",
)
_OTHERS = (
    "I came in ready to complain about the bill, but your clerk explained it line by line and all was right. Thanks.",
    "Is it bad for the engine if I drive only short trips in winter? Just curious.",
    "No complaints at all: the car runs like new.",
    "My previous garage ruined the gearbox, you saved it. I shall not go anywhere else.",
    "The terrible noise is gone, and it took you only an hour. Marvellous.",
    "Please book me in for a tyre change in the first week of the month, any morning suits me.",
    "My left headlight is broken since I hit a post. When could you look at it?",
    "Could you send me a copy of the last invoice? I spilled coffee over mine.",
    "Good news, the lost hubcap was in my boot under my own coat all along. Sorry for having suspected you!",
    "I am late with my payment, my fault entirely. The transfer goes out tonight.",
    "The trouble with the window was the child lock, just as you guessed on the phone. You saved me a trip.",
    "Do you also repair caravans? I am looking for a workshop for a friend.",
    "Wrong number plate in my booking form, I mistyped it. The car is the blue estate.",
    "Nothing to grumble about: fair price, clean car, friendly faces.",
    "The failed inspection last spring was due to my worn tyres. With the new ones from you it passed at once, hooray.",
    "I have to cancel my appointment because of a bad cold. I will ring for a new one.",
)


def _classify(chance: random.Random, size: int) -> dict[str, Any]:
    """Messages of a garage's customers."""
    count = chance.randint(12, min(28, max(13, int(size * 0.75 / 160))))
    bad = chance.randint(max(4, count - 16), min(16, count - 4))
    messages = [*chance.sample(_COMPLAINTS, bad), *chance.sample(_OTHERS, count - bad)]
    chance.shuffle(messages)
    names = [
        f"{letter}. {name}"
        for letter in "ABEGHJKLMPRST"
        for name in ("Mercer", "Novak", "Osei", "Brandt", "Silva", "Quinn")
    ]
    blocks = ["Millroad Garage: customers' messages, as they came in\n"]
    for number, (message, name) in enumerate(zip(messages, chance.sample(names, count), strict=True), 1):
        blocks.append(f"No. {number} / from {name}\n> {message}\n")
    question = chance.choice(
        (
            "How many of the customers' messages are complaints about the work or the service of the garage?",
            "In how many of the messages does the customer complain about what this garage did or failed to do?",
        )
    )
    words = (
        *("complain", "bad", "wrong", "terrible", "broken", "sorry"),
        *("trouble", "late", "ruined", "grumble", "failed"),
    )
    by_word = sum(any(word in message.lower() for word in words) for message in messages)
    text = _weave(chance, blocks, size, lambda: "(office log) " + _say(chance, "garage"))
    return _task(question, text, bad, by_word, count, count - bad, bad + 1, bad - 1)


def _absent(chance: random.Random, size: int) -> dict[str, Any]:
    """The fees of a bank's accounts, as settings in sections."""
    names = (
        *("Comfort", "Comfort Plus", "Student", "Student Plus", "Business", "Business Plus", "Online", "Senior"),
        *("Family", "Club", "Travel", "Junior", "Premium", "Classic", "Farm", "Artisan"),
    )
    count = chance.randint(12, 14)
    wanted = chance.choice(("Comfort Plus", "Student Plus", "Business Plus"))
    twin = wanted.removesuffix(" Plus")
    accounts = [wanted, twin, *chance.sample([name for name in names if name not in (wanted, twin)], count - 2)]
    chance.shuffle(accounts)
    labels = ("Monthly fee", "Closing fee", "Card fee", "Transfer fee")
    asked = chance.choice(labels[1:])
    fees = chance.sample(range(105, 4995, 5), count * len(labels))
    blocks, decoys = ["; Accounts of the Harbour Savings Bank, fees in EUR"], []
    for account in accounts:
        block = [f"[{account} account]"]
        kept = chance.choice(labels)  # no section is empty
        for label in labels:
            fee = f"{fees.pop() / 100:.2f}"
            if (account, label) == (wanted, asked):
                continue
            if account not in (wanted, twin) and label != kept and chance.random() < 0.25:
                continue
            block.append(f"{label} = {fee}")
            if account == wanted or (account, label) == (twin, asked):
                decoys.append(fee)
        blocks.append("\n".join(block))
    question = chance.choice(
        (
            f"What is the {asked.lower()} of the {wanted} account?",
            f"How many EUR is the {asked.lower()} for the {wanted} account?",
        )
    )
    return {
        "question": question,
        "context": _weave(chance, blocks, size, lambda: "; " + _say(chance, "bank")),
        "accepts": ("not in the document", "not found", "not stated", "unknown"),
        "decoys": tuple(decoys),
    }


def _two_documents(chance: random.Random, size: int) -> dict[str, Any]:
    """A garage's price list, and its job cards."""
    things = (
        *("Spark plug", "Oil filter", "Air filter", "Brake pad set front", "Brake pad set rear", "Wiper blade"),
        *("Bulb H7", "Bulb H4", "Drive belt", "Fuel hose", "Tyre valve", "Cabin filter"),
        *("Drain plug", "Brake disc", "Thermostat", "Fuse box cover"),
    )
    parts = chance.sample(things, chance.randint(13, 16))
    price = {part: 5 * each for part, each in zip(parts, chance.sample(range(30, 1400), len(parts)), strict=True)}
    wanted, *others = (f"W-{number}" for number in chance.sample(range(3100, 3199), 4))
    kinds = _kinds(
        chance,
        min(44, max(14, int(size * 0.4 / 52))),
        {(wanted, "used"): 4, (wanted, "reserved"): 2, (others[0], "used"): 2},
        [(job, state) for job in (wanted, wanted, *others) for state in ("used", "used", "reserved")],
    )
    rows = [(job, state, chance.randint(1, 8), chance.choice(parts)) for job, state in kinds]
    prices = ["PRICE LIST, PARTS (prices with VAT)"]
    prices += [f"{number:>2}) {part}: {price[part] / 100:.2f} EUR each" for number, part in enumerate(parts, 1)]
    cards = ["JOB CARDS OF THE WEEK"]
    cards += [f"{job} :: {state} :: {pieces} pcs :: {part}" for job, state, pieces, part in rows]

    def cost(jobs: Iterable[str], *states: str) -> float:
        return _euro(sum(pieces * price[part] for job, state, pieces, part in rows if job in jobs and state in states))

    question = chance.choice(
        (
            f"What do the parts used in job {wanted} cost in EUR altogether, at the prices of the price list?",
            (
                "Take the job cards and the price list: how many EUR are all the parts worth that were used for "
                f"{wanted} (not those reserved for it)?"
            ),
            (
                f"For job {wanted}, multiply the pieces of every used part by its price in the price list. What is the "
                "total in EUR?"
            ),
        )
    )
    context = {
        name: _weave(chance, lines, size // 2, lambda: "-- " + _say(chance, "garage"))
        for name, lines in (("price_list.txt", prices), ("job_cards.txt", cards))
    }
    return _task(
        question,
        context,
        cost((wanted,), "used"),
        cost((wanted,), "used", "reserved"),
        cost((wanted, *others), "used"),
        cost((wanted, *others), "used", "reserved"),
        _euro(sum(price[part] for job, state, _, part in rows if (job, state) == (wanted, "used"))),
    )


WORDINGS = wording_of(
    "u",
    *(_sum, _count, _field_sum, _maximum, _average, _group_by, _lookup),
    *(_distinct, _date_range, _contradiction, _top_k, _classify, _absent, _two_documents),
)
