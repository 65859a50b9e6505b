"""Fourteen seeded shapes of question in the wording "v", about other subjects, asked in the words of their documents.

They were written by others, who had not read the prompts.
"""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from pages import Page, wording_of, wrong_of

_BANKS: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "landlord": (
        ("The caretaker", "The joiner", "Our accountant", "The insurance agent", "The gardener", "The painter"),
        (
            *("asked about", "sent photographs of", "took measurements of"),
            *("left a note regarding", "wants to have another look at", "described the condition of"),
        ),
        (
            *("the bicycle cellar", "the front door", "the attic stairs", "the letter boxes"),
            *("the laundry room", "the back yard", "the railing on the stairs", "the garden fence"),
        ),
    ),
    "hospital": (
        ("The ward sister", "The night porter", "The physiotherapist", "The housekeeping lead", "The kitchen"),
        (
            *("left word about", "asked to be told about", "handed over the papers for"),
            *("had a question on", "was thanked for the help with"),
        ),
        (
            *("the wheelchair by the window", "the reading lamp", "the tea trolley", "the visitors' chairs"),
            *("the cupboard in the corridor", "the curtain rail", "the radio in the day room"),
        ),
    ),
    "harbour": (
        ("The duty officer", "The foreman", "The harbour launch crew", "The gatekeeper", "The surveyor"),
        ("looked after", "made a sketch of", "reported back on", "was called to", "took over the watch near"),
        (
            *("the fenders along the wall", "the lamp at the slipway", "the floating jetty", "the tool store"),
            *("the gangway", "the mooring rings", "the weather mast"),
        ),
    ),
    "orchestra": (
        ("The librarian", "The stage manager", "The personnel office", "The leader of the violas", "The piano tuner"),
        (
            *("reminds everybody of", "has found a solution for", "would like to hear opinions on"),
            *("thanks all who helped with", "has put up a list for"),
        ),
        (
            *("the lockers in the basement", "the coffee machine", "the music stands", "the pencils on the desks"),
            *("the coat racks", "the new chairs", "the photographs for the brochure"),
        ),
    ),
    "farm": (
        ("The apprentice", "Our neighbour", "The contractor", "The vet's assistant", "The man from the dairy"),
        ("gave us a hand with", "had a look at", "brought spare parts for", "asked after", "talked to us about"),
        (
            *("the old trailer", "the yard gate", "the water trough", "the hay elevator"),
            *("the fence by the brook", "the roof of the barn", "the lane to the village"),
        ),
    ),
}
_ENDS = (
    *("", " once more", " before breakfast", " after work", " together with a colleague"),
    *(" while it rained", " without any hurry", " and went home content", " and promised to be in touch"),
)


def _prose(chance: random.Random, bank: str) -> str:
    who, does, what = _BANKS[bank]
    return f"{chance.choice(who)} {chance.choice(does)} {chance.choice(what)}{chance.choice(_ENDS)}."


def _pad(chance: random.Random, bank: str, length: int) -> list[str]:
    """Harmless sentences of about that many characters."""
    lines: list[str] = []
    while length > 0:
        lines.append(_prose(chance, bank))
        length -= len(lines[-1]) + 1
    return lines


def _note(chance: random.Random, bank: str, room: int) -> str:
    """Harmless sentences, of about so many characters on average."""
    return " ".join(_pad(chance, bank, chance.randint(0, 2 * room) - 30))


def _length(lines: Sequence[str]) -> int:
    return sum(len(line) + 1 for line in lines)


def _weave(
    chance: random.Random,
    size: int,
    head: list[str],
    rows: list[str],
    bank: str,
    dress: Callable[[str], str],
    tail: Sequence[str] = (),
) -> str:
    """The rows in their order, with harmless lines between them up to the size."""
    left = size - _length([*head, *rows, *tail])
    places = [[*head], *([row] for row in rows)]
    while left > 0:
        line = dress(_prose(chance, bank))
        chance.choice(places).append(line)
        left -= len(line) + 1
    return "\n".join([*(line for place in places for line in place), *tail]) + "\n"


def _number(chance: random.Random, size: int, each: int) -> int:
    """How many records: 12 to 60, more of them in larger documents."""
    top = max(13, min(60, size // each))
    return chance.randint(max(12, top * 2 // 3), top)


def _kinds(chance: random.Random, number: int, right: str, *others: str) -> list[str]:
    """A kind for each record: a third to a half of the right one, the others in turn."""
    hits = chance.randint(max(4, number // 3), max(5, number // 2))
    kinds = [right] * hits + [others[at % len(others)] for at in range(number - hits)]
    chance.shuffle(kinds)
    return kinds


def _apart(right: float, *wrong: float) -> tuple[float, ...]:
    """The wrong numbers that are not close to the right one."""
    return wrong_of([right], [value for value in wrong if abs(value - right) >= 0.2])


def _task(question: str, context: str | dict[str, str], right: Any, wrong: Sequence[Any]) -> dict[str, Any]:
    return {"question": question, "context": context, "accepts": (right,), "decoys": wrong_of([right], wrong)}


def _euro(cents: int) -> float:
    return round(cents / 100, 2)


def _days(chance: random.Random, first: date, last: date, number: int) -> list[date]:
    return sorted(first + timedelta(days=chance.randint(0, (last - first).days)) for _ in range(number))


def _sum(chance: random.Random, size: int) -> dict[str, Any]:
    """A landlord's export of invoices, divided by semicolons, with remarks."""
    house, *houses = chance.sample(("Linden Court", "Mill Terrace", "Station House", "Abbey Row", "Quay Lodge"), 3)
    comma = chance.random() < 0.5
    number = _number(chance, size, 140)
    trades = ("plumbing", "roofing", "electrical", "painting", "locksmith", "chimney sweep", "glazing")
    dated: list[tuple[date, str]] = []
    for kind in _kinds(chance, number, "right", "status", "house", "year", "status", "both"):
        year = 2023 if kind == "year" else 2024
        (day,) = _days(chance, date(year, 1, 3), date(year, 12, 20), 1)
        dated.append((day, kind))
    dated.sort(key=lambda pair: pair[0])
    rows = [["Invoice", "Date", "House", "Trade", "Status", "Amount EUR", "Remark"]]
    sums = Counter[str]()
    for at, (day, kind) in enumerate(dated):
        where = chance.choice(houses) if kind in ("house", "both") else house
        status = chance.choice(("open", "cancelled", "disputed")) if kind in ("status", "both") else "paid"
        cents = chance.randint(4_500, 289_000)
        sums[kind] += cents
        amount = f"{cents / 100:,.2f}"
        if comma:
            amount = amount.translate(str.maketrans(",.", ".,"))
        code = f"R{3100 + at * 7 + chance.randint(0, 5)}"
        rows.append([code, f"{day:%d.%m.%Y}", where, chance.choice(trades), status, amount, ""])

    def lines() -> list[str]:
        return [";".join(row) for row in rows]

    room = (size - _length(lines()) + 1) // number
    if room > 0:
        for row in rows[1:]:
            row[-1] = _note(chance, "landlord", room)
    while _length(lines()) - 1 < size * 0.85:
        row = rows[1 + chance.randrange(number)]
        row[-1] = f"{row[-1]} {_prose(chance, 'landlord')}".strip()
    question = chance.choice(
        (
            f"What is the sum of the amounts of the paid invoices for {house} that are dated 2024?",
            f"How much in EUR do the 2024 invoices for {house} with the status paid add up to?",
            f"Please add up the Amount EUR of all invoices from 2024 for the house {house} whose status is paid.",
        )
    )
    right = _euro(sums["right"])
    wrong = _apart(right, *(_euro(sums["right"] + sums[kind]) for kind in ("status", "house", "year")))
    return _task(question, "\n".join(lines()) + "\n", right, wrong)


def _count(chance: random.Random, size: int) -> dict[str, Any]:
    """A ward's register of beds, a block of labels for each patient."""
    number = _number(chance, size, 190)
    kinds = _kinds(chance, number, "ordered", "lifted", "none", "requested", "none")
    names = (
        *("Okafor", "Lindqvist", "Marsh", "Petrov", "Adeyemi", "Brandt", "Costa", "Dunne", "Eriksen", "Fenwick"),
        *("Gruber", "Haddad", "Iversen", "Jansen", "Kowalska", "Lowe", "Moreau", "Novak", "Osborne", "Pereira"),
    )
    month = chance.choice(("March", "May", "October"))
    people = chance.sample([f"{letter}. {name}" for letter in "ABCDEFGHJKLM" for name in names], number)
    rows = []
    for at, (kind, person) in enumerate(zip(kinds, people, strict=True)):
        early, late = chance.randint(1, 8), chance.randint(9, 14)
        value = {
            "ordered": f"ordered on {early} {month}",
            "none": "none",
            "lifted": f"ordered on {early} {month}, lifted on {late} {month}",
            "requested": f"requested on {late} {month}, decision open",
        }[kind]
        note = chance.choice(
            (
                *("sleeps well", "daughter visits in the afternoon", "walks with a frame"),
                *("likes the window open", "glasses are in the drawer", "asks for the newspaper"),
                "wants to know what isolation means" if kind == "none" else "prefers tea to coffee",
            )
        )
        rows.append(
            f"Bed:        {at // 4 + 1}{'ABCD'[at % 4]}\n"
            f"Patient:    {person}\n"
            f"Diet:       {chance.choice(('light', 'full', 'low salt', 'diabetic', 'soft'))}\n"
            f"Isolation:  {value}\n"
            f"Note:       {note}\n"
        )
    head = [f"WARD {chance.choice('CEGH')}{chance.randint(2, 6)} - BED REGISTER, STATE OF 15 {month.upper()}", ""]
    text = _weave(chance, size, head, rows, "hospital", lambda line: f"(Handover: {line})\n")
    question = chance.choice(
        (
            "For how many patients in the register is isolation ordered and not lifted?",
            "How many patients have an isolation which has been ordered and has not been lifted again?",
        )
    )
    right, lifted, requested = map(kinds.count, ("ordered", "lifted", "requested"))
    return _task(question, text, right, (right + lifted, right + requested, right + lifted + requested, lifted))


def _field_sum(chance: random.Random, size: int) -> dict[str, Any]:
    """The log of a quay, with braces."""
    number = _number(chance, size, 110)
    cargo, *cargos = chance.sample(("timber", "gravel", "wheat", "steel", "salt", "fertiliser"), 4)
    move, *moves = chance.sample(("discharge", "load", "shift"), 3)
    kinds = _kinds(chance, number, "right", "cargo", "move", "both", "move")
    ships = ("Marit", "Sea Heron", "Nordvik", "Cornelia B", "Tern", "Aldersund", "Isolde", "Great Auk")
    minute, rows = chance.randint(200, 300), []
    sums = Counter[str]()
    day = date(2025, chance.randint(2, 11), chance.randint(1, 9))
    for kind in kinds:
        minute += chance.randint(20, 190)
        goods = chance.choice(cargos) if kind in ("cargo", "both") else cargo
        doing = chance.choice(moves) if kind in ("move", "both") else move
        tenths = chance.randint(150, 9_800)
        sums[kind] += tenths
        stamp = f"{day + timedelta(days=minute // 1440):%y%m%d}T{minute % 1440 // 60:02d}{minute % 60:02d}"
        rows.append(
            f"@{stamp} quay{{{chance.choice('NSW')}{chance.randint(1, 4)}}} vsl{{{chance.choice(ships)}}} "
            f"op{{{doing}}} cargo{{{goods}}} t{{{tenths / 10:.1f}}} crane{{{chance.randint(1, 6)}}}"
        )
    head = ["%% cargo log, one move per line; t = tonnes", "%%"]
    text = _weave(chance, size, head, rows, "harbour", lambda line: f"%% {line}")
    question = chance.choice(
        (
            f"What is the sum of t on the lines of the cargo log with op {move} and cargo {cargo}?",
            f"How many tonnes (t) come together on those lines whose cargo is {cargo} and whose op is {move}?",
        )
    )

    def total(*kinds: str) -> float:
        return round(sum(sums[kind] for kind in kinds) / 10, 1)

    right = total("right")
    return _task(question, text, right, _apart(right, total("right", "move"), total("right", "cargo"), total(*sums)))


_COWS = (
    *("Alma", "Berta", "Clover", "Daisy", "Edda", "Flora", "Gerda", "Heidi", "Ilse", "Jolanda"),
    *("Kitty", "Lotte", "Minka", "Nelke", "Olga", "Paula", "Queenie", "Resi", "Susi", "Trudel"),
    *("Ursel", "Vroni", "Wanda", "Xenia", "Yvette", "Zenzi", "Amsel", "Birke", "Cora", "Distel"),
    *("Erle", "Fanny", "Gundel", "Holly", "Iris", "Juno", "Krone", "Linde", "Motte", "Nessie"),
    *("Orla", "Primel", "Quitte", "Rosie", "Stella", "Tilly", "Ulme", "Veilchen", "Wicke", "Yucca"),
    *("Zilla", "Ginger", "Pepper", "Hazel", "Maple", "Bramble", "Thistle", "Juniper", "Sorrel", "Myrtle"),
)


def _maximum(chance: random.Random, size: int) -> dict[str, Any]:
    """A list of a herd, in fixed widths."""
    number = _number(chance, size, 85)
    names = chance.sample(_COWS, number)
    word, extreme, opposite = ("largest", max, min) if chance.random() < 0.6 else ("smallest", min, max)
    states = _kinds(chance, number, "milking", "dry", "sold", "fattening")
    yields = sorted(chance.sample(range(5_200, 11_900), number), reverse=word == "largest")
    # The first places go to cows which do not count.
    lead = chance.randint(1, 2)
    order = [at for at in range(number) if states[at] in ("dry", "sold")]
    chance.shuffle(order)
    rest = [at for at in range(number) if at not in order[:lead]]
    chance.shuffle(rest)
    kilos = dict(zip(order[:lead] + rest, yields, strict=True))
    rows = [
        f"{names[at]:<11}{'DE' if at % 2 else 'AT'}{chance.randint(10_000, 99_999):<9}"
        f"{chance.randint(2015, 2021):<7}{states[at]:<11}{kilos[at]:>10}{chance.randint(36, 48) / 10:>8.1f}"
        for at in range(number)
    ]
    head = ["HERD LIST", "", f"{'Name':<11}{'Tag':<11}{'Born':<7}{'State':<11}{'305-day kg':>10}{'Fat %':>8}", "-" * 58]
    left = size - _length(head + rows)
    lines = [*head, *rows, "-" * 58, "", "From the farm diary:", *_pad(chance, "farm", left - 90)]
    question = chance.choice(
        (
            f"Which milking cow has the {word} number in the column 305-day kg, and what is the number?",
            f"Of the cows with the state milking, which one has the {word} 305-day kg, and how many kg are they?",
        )
    )
    milking = [at for at in range(number) if states[at] == "milking"]
    best, other = (pick(milking, key=kilos.__getitem__) for pick in (extreme, opposite))
    return {
        "question": question,
        "context": "\n".join(lines) + "\n",
        "parts": (names[best], kilos[best]),
        "decoys": (names[order[0]], kilos[order[0]], names[other], kilos[other]),
    }


def _average(chance: random.Random, size: int) -> dict[str, Any]:
    """The report of a season, with a table in Markdown for each month."""
    number = _number(chance, size, 130)
    series, *others = chance.sample(("Matinee", "Subscription A", "Chamber", "Family", "Late Night"), 3)
    kinds = _kinds(chance, number, "right", "status", "series", "status", "series", "both")
    works = (
        *("Brahms 4", "Sibelius 2", "Mozart Requiem", "Peer Gynt", "Dvorak 8", "Pictures"),
        *("Water Music", "Haydn 104", "La Mer", "Elgar Serenade", "Bartok Divertimento"),
    )
    months = ("September", "October", "November", "December", "January", "February")
    tables, values = defaultdict[str, list[str]](list), defaultdict[str, list[int]](list)
    places = sorted(chance.randrange(len(months)) for _ in kinds)
    for kind, place in zip(kinds, places, strict=True):
        status = chance.choice(("cancelled", "postponed")) if kind in ("status", "both") else "played"
        name = chance.choice(others) if kind in ("series", "both") else series
        sold = chance.randint(180, 1_450)
        values[kind].append(sold)
        tables[months[place]].append(
            f"{name} | {chance.choice(works)} | {chance.choice(('Great Hall', 'Small Hall', 'Town Church'))} | "
            f"{status} | {sold} |"
        )
    left = size - sum(len(row) + 8 for rows in tables.values() for row in rows) - 110 * len(tables)
    room = max(0, left) // len(tables)
    lines = ["# Season report of the orchestra", ""]
    for month, rows in tables.items():
        lines += [
            f"## {month}",
            "",
            "| Day | Series | Work | Hall | Status | Tickets sold |",
            "|---|---|---|---|---|---|",
        ]
        of_month = range(1, 29)
        days = chance.sample(of_month, len(rows)) if len(rows) <= 28 else [chance.choice(of_month) for _ in rows]
        lines += [f"| {day} | {row}" for day, row in zip(sorted(days), rows, strict=True)]
        lines += ["", *_pad(chance, "orchestra", room), ""]
    exact = sum(values["right"]) / len(values["right"])
    # A half is rounded upwards by some and to the even digit by others.
    up = (int(exact * 100 + 0.5) / 100, int(exact * 10 + 0.5) / 10)

    def mean(*kinds: str) -> float:
        found = [value for kind in kinds for value in values[kind]]
        return round(sum(found) / len(found), 2)

    question = chance.choice(
        (
            f"On average, how many tickets were sold for the played concerts of the series {series}?",
            f"What is the mean of Tickets sold over the concerts of the series {series} that have the status played?",
        )
    )
    means = (mean("right", "status"), mean("right", "series"), mean("right", "status", "series", "both"))
    return {
        "question": question,
        "context": "\n".join(lines) + "\n",
        "accepts": tuple(dict.fromkeys((exact, round(exact, 2), round(exact, 1), *up))),
        "decoys": _apart(exact, *means, sum(values["right"])),
    }


def _group_by(chance: random.Random, size: int) -> dict[str, Any]:
    """A landlord's outline of houses and flats."""
    number = _number(chance, size, 95)
    houses = chance.sample(
        (
            *("Ahornweg 4", "Brunnengasse 11", "Cedar Street 7", "Dock Road 23"),
            *("Elm Square 2", "Fischmarkt 9", "Garden Walk 15"),
        ),
        chance.randint(3, 4) if number < 24 else 5,
    )
    asked, other = chance.choice((("vacant", "let"), ("let", "vacant")))
    tenants = ("Berg", "Santos", "Whitlock", "Yilmaz", "Novotny", "Falk", "Quinn", "Rossi", "Tanaka", "Ulrich")
    rents = chance.random() < 0.5
    blocks: list[list[str]] = []
    sums = {house: Counter[str]() for house in houses}
    for place, house in enumerate(houses):
        share = number // len(houses) + (place < number % len(houses))
        states = [asked, other, "reserved", *chance.choices((asked, asked, other, "reserved"), k=share - 3)]
        chance.shuffle(states)
        lines = [f"{house}   (caretaker: {chance.choice(('Ms Lund', 'Mr Abel', 'Ms Kraus', 'Mr Odell'))})"]
        for flat, state in enumerate(states, 1):
            rent = chance.randint(42, 139) * 10
            sums[house][state] += rent if rents else 1
            who = "let to " + chance.choice(tenants) if state == "let" else state
            lines.append(f"    Flat {flat}: {chance.randint(28, 118)} sqm, monthly rent {rent}, {who}")
        blocks.append(lines)
    left = size - sum(map(_length, blocks)) - 60
    for lines in blocks:
        spare = left // len(blocks)
        while spare > 0:
            line = f"        ~ {_prose(chance, 'landlord')}"
            lines.insert(chance.randint(1, len(lines)), line)
            spare -= len(line) + 1
    text = "Rent roll by house\n==================\n\n" + "\n\n".join("\n".join(lines) for lines in blocks) + "\n"
    flats = "vacant flats" if asked == "vacant" else "flats which are let"
    question = chance.choice(
        (
            f"For each house, what is the sum of the monthly rents of the flats that are {asked}?",
            f"What do the monthly rents of the {flats} add up to, house by house?",
        )
        if rents
        else (
            f"For each house, how many flats are {asked}?",
            f"How many flats are {asked} in each of the houses?",
        )
    )

    def table(*states: str) -> dict[str, int]:
        return {house: sum(of_house[state] for state in states) for house, of_house in sums.items()}

    wrong = (table(asked, "reserved"), table(asked, other, "reserved"), table(other))
    return _task(question, text, table(asked), wrong)


def _lookup(chance: random.Random, size: int) -> dict[str, Any]:
    """An orchestra's mails, where a later one changes what an earlier one says."""
    number = _number(chance, size, 240)
    concert, *twins = chance.sample(
        ("Easter concert", "Advent concert", "youth concert", "open-air concert", "charity concert"), 3
    )
    by_time = chance.random() < 0.5
    if by_time:
        values = ("16:15", "17:00", "18:30", "10:45", "14:00", "15:20", "19:10")
        noun, verb, more = "time", "begins at", "Please be in your seats in good time."
        ask, again, does = "At what time", "When", "begin"
    else:
        values = (
            *("the Riding School", "Studio Two", "the Old Brewery", "the Town Church"),
            *("the Cloister Hall", "the Exchange", "the Glasshouse"),
        )
        noun, verb, more = "place", "takes place in", "The doors will be open early."
        ask, again, does = "In which place", "Where", "take place"
    new, *others = chance.sample(values, 5)
    old, one, two, sound = others
    question = chance.choice(
        (
            f"{ask} does the dress rehearsal for the {concert} {does}?",
            f"{again}, after the change, does the dress rehearsal for the {concert} {does}?",
        )
    )
    at = sorted(chance.sample(range(number), 2))
    bodies = [""] * number
    bodies[at[0]] = f"The dress rehearsal for the {concert} {verb} {old}. {more}"
    bodies[at[1]] = (
        f"There is a change: the dress rehearsal for the {concert} has been moved and {verb} {new}. "
        f"Forget the {noun} in my earlier mail."
    )
    similar = [
        f"The dress rehearsal for the {twins[0]} {verb} {one}.",
        f"The dress rehearsal for the {twins[1]} {verb} {two}.",
        f"The sound check for the {concert} {verb} {sound}, for brass and percussion only.",
    ]
    free = chance.sample([place for place in range(number) if place not in at], 3)
    for place, body in zip(free, similar, strict=True):
        bodies[place] = body
    senders = ("Carla Weiss", "Piet Hoorn", "Anne Delacroix", "Sam Oyelaran")
    mails: list[list[str]] = []
    for days, body in zip(sorted(chance.sample(range(90), number)), bodies, strict=True):
        day = date(2025, 2, 1) + timedelta(days=days)
        sender = "Orchestra office" if body else chance.choice(senders)
        subject = chance.choice(("dates", "news", "rehearsals") if body else ("a favour", "thanks", "odds and ends"))
        mails.append(
            [
                f"From: {sender}",
                f"Sent: {day.day} {day:%B %Y}",
                f"Subject: {subject}",
                "",
                body or _prose(chance, "orchestra"),
            ]
        )
    left = size - sum(map(_length, mails)) - 32 * number
    while left > 0:
        line = _prose(chance, "orchestra")
        chance.choice(mails).append(line)
        left -= len(line) + 1
    if chance.random() < 0.4:
        mails.reverse()
    return {
        "question": question,
        "context": ("\n" + "-" * 28 + "\n").join("\n".join(mail) for mail in mails) + "\n",
        "accepts": (new,) if by_time else (new, new.removeprefix("the ")),
        "decoys": tuple(value.removeprefix("the ") for value in others),
    }


def _distinct(chance: random.Random, size: int) -> dict[str, Any]:
    """A farm's diary of spraying, two lines for an entry."""
    number = _number(chance, size, 120)
    fields = chance.sample(
        (
            *("Langacker", "Brook Meadow", "Church Piece", "Hopgarden", "Stony Hill", "Long Strip", "Gallows Corner"),
            *("Foxhole", "Nine Acres", "Windmill", "Sandpit", "Priest's Land", "Heronsgate", "Ox Pasture"),
        ),
        14 if number > 24 else 9,
    )
    product, *others = chance.sample(("Folicur", "Karate", "Roundel", "Prosaro", "Axial", "Betanal"), 4)
    kinds = _kinds(chance, number, "right", "planned", "product", "abandoned", "product")
    pool = chance.sample(fields, len(fields) - chance.randint(3, 4))[:-1]
    seen = defaultdict[str, set[str]](set)
    rows = []
    for kind, day in zip(kinds, _days(chance, date(2025, 4, 1), date(2025, 7, 20), number), strict=True):
        where = chance.choice(pool if kind == "right" else fields)
        what = chance.choice(others) if kind == "product" else product
        of_others = chance.choice(("done", "done", "planned"))
        state = {"right": "done", "product": of_others}.get(kind, kind)
        seen[kind].add(where)
        rows.append(
            f"{day.day} {day:%b}   field: {where}\n"
            f"         {what}, {chance.randint(3, 25) / 10:.1f} l/ha, {state}, "
            f"driver {chance.choice(('Heller', 'Moser', 'Pike'))}"
        )
    text = _weave(chance, size, ["SPRAYING DIARY 2025", ""], rows, "farm", lambda line: f"* {line}")
    question = chance.choice(
        (
            (
                f"On how many different fields was spraying with {product} done (planned and abandoned entries do not "
                "count)?"
            ),
            f"How many different fields have at least one entry for {product} that is marked done?",
        )
    )
    right = len(seen["right"])
    with_product = seen["right"] | seen["planned"] | seen["abandoned"]
    wrong = (kinds.count("right"), len(with_product), len(with_product | seen["product"]), right + 1)
    return _task(question, text, right, wrong)


def _date_range(chance: random.Random, size: int) -> dict[str, Any]:
    """A harbour's register of calls, in XML."""
    number = _number(chance, size, 140)
    month = chance.choice((4, 6, 9))
    first, last = date(2024, month, chance.randint(8, 11)), date(2024, month, chance.randint(19, 23))
    ships = (
        *("Aurora", "Blue Petrel", "Caledon", "Dagny", "Estrella", "Fulmar", "Gudrun", "Halcyon"),
        *("Ingrid", "Jolly Jane", "Kestrel", "Lorelei", "Maud", "Njord", "Ondine", "Puffin"),
    )
    passengers = chance.random() < 0.5
    days = _days(chance, date(2024, month, 2), date(2024, month, 28), number)
    # Some calls fall on the very days at the ends, one just before and one just after them.
    edges = (first, last, first - timedelta(days=1), last + timedelta(days=1), last)
    for at, day in zip(chance.sample(range(number), 5), edges, strict=True):
        days[at] = day
    days.sort()
    lags = [chance.choice((0, 0, 0, 1, 1, 2)) for _ in days]
    states = ["arrived"] * number
    for at in chance.sample(range(number), max(2, number // 5)):
        states[at] = chance.choice(("diverted", "withdrawn"))
    right = by_expected = inner = everything = 0
    rows = []
    for at, (day, lag, state) in enumerate(zip(days, lags, states, strict=True)):
        came = state == "arrived"
        expected = day - timedelta(days=lag)
        people = chance.randint(12, 940)
        worth = people if passengers else 1
        right += worth * (came and first <= day <= last)
        inner += worth * (came and first < day < last)
        by_expected += worth * (first <= expected <= last)
        everything += worth * came
        row = f'  <call no="{700 + at}" vessel="{chance.choice(ships)}" expected="{expected}" '
        row += f'arrived="{day if came else ""}" passengers="{people}" state="{state}"'
        rows.append([row])
    left = size - sum(len(row) + 4 for (row,) in rows) - 100
    while left > 0:
        line = _prose(chance, "harbour")
        chance.choice(rows).append(f"    <remark>{line}</remark>")
        left -= len(line) + 23
    body = "\n".join(
        "\n".join([f"{row}>", *remarks, "  </call>"]) if remarks else f"{row} />" for row, *remarks in rows
    )
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<calls harbour="Westhaven" year="2024">\n{body}\n</calls>\n'
    span = f"{first.day} {first:%B} and {last.day} {last:%B} 2024"
    question = chance.choice(
        (
            f"How many passengers came with the calls that arrived between {span}, both days included?",
            (
                f"What is the total of passengers over the calls whose arrived date lies between {span} (first and "
                "last day count)?"
            ),
        )
        if passengers
        else (
            f"How many calls arrived between {span}, both days included?",
            f"How many calls have an arrived date between {span} (the first and the last day count)?",
        )
    )
    return _task(question, text, right, (by_expected, inner, everything))


def _contradiction(chance: random.Random, size: int) -> dict[str, Any]:
    """The delivery note of a laundry, with dot leaders and a total that does not fit."""
    number = _number(chance, size, 90)
    items = (
        *("Bed sheet", "Pillow case", "Draw sheet", "Bath towel", "Hand towel", "Gown, patient"),
        *("Gown, theatre", "Blanket", "Scrub top", "Scrub trousers", "Cot sheet", "Bath mat"),
    )
    rows, total, pieces = [], 0, 0
    for at in range(1, number + 1):
        pieces = chance.randint(3, 48) * 5
        total += pieces
        label = f"{at:>3}  {chance.choice(items)} / Ward {chance.choice('ABCDEF')}{chance.randint(1, 5)} "
        rows.append(f"{label:.<46} {pieces:>5} pcs")
    stated = total + chance.choice((-1, 1)) * chance.choice((15, 40, 90, 100, 180, 200))
    line = f"{'Total delivered ':.<46} {stated:>5} pcs"
    head = ["CENTRAL LAUNDRY", f"Delivery note {chance.randint(20_000, 29_999)}", ""]
    tail = ["", "Received in good order: ________________"]
    if chance.random() < 0.5:
        head += [line, ""]
    else:
        tail = ["", line, *tail]
    text = _weave(chance, size, head, rows, "hospital", lambda prose: f"     ({prose})", tail)
    question = chance.choice(
        (
            "Add up the numbered lines of the delivery note: how many pcs were delivered in all?",
            (
                "How many pcs do the single lines of the delivery note come to when you add them up yourself, instead "
                "of trusting the stated total?"
            ),
        )
    )
    return _task(question, text, total, (stated, total - pieces, total + stated))


def _top_k(chance: random.Random, size: int) -> dict[str, Any]:
    """An orchestra's register of instruments, a JSON object on each line."""
    number = _number(chance, size, 125)
    strings = ("Gagliano", "Testore", "Vuillaume", "Klotz", "Rogeri", "Landolfi", "Bisiach")
    woods = {"bassoon": "Heckel", "oboe": "Loree", "horn": "Alexander", "clarinet": "Buffet", "flute": "Haynes"}
    numerals = ("one", "two", "three", "four", "five", "six", "seven")
    names = [f"{maker} {kind}" for maker in strings for kind in ("violin", "viola", "cello", "double bass")]
    names += [f"{maker} {kind} {numeral}" for kind, maker in woods.items() for numeral in numerals]
    names = chance.sample(names, number)
    owners = chance.sample(("orchestra", "foundation", "player"), 3)
    kinds = _kinds(chance, number, *owners)
    prices = [each * 500 for each in chance.sample(range(8, 420), number)]
    count = chance.choice((2, 3, 4))
    # The dearest of all belongs to somebody else.
    dearest = prices.index(max(prices))
    foreign = max((at for at in range(number) if kinds[at] != owners[0]), key=prices.__getitem__)
    prices[dearest], prices[foreign] = prices[foreign], prices[dearest]
    room = max(0, size - 118 * number) // number
    rows = []
    for at, name in enumerate(names):
        note = _note(chance, "orchestra", room) if room > 20 else ""
        rows.append(
            {
                "inv": f"I-{101 + at}",
                "name": name,
                "owner": kinds[at],
                "bought": chance.randint(1961, 2019),
                "insured_eur": prices[at],
                "note": note,
            }
        )
    while sum(len(json.dumps(row)) + 1 for row in rows) < size * 0.85:
        row = chance.choice(rows)
        row["note"] = f"{row['note']} {_prose(chance, 'orchestra')}".strip()
    ranked = sorted(range(number), key=lambda at: -prices[at])
    anyone = [names[at] for at in ranked]
    own = [names[at] for at in ranked if kinds[at] == owners[0]]
    word = numerals[count - 1]
    question = chance.choice(
        (
            (
                f"Which {word} instruments with the owner {owners[0]} have the highest insured_eur? Give their names, "
                "the highest first."
            ),
            (
                f"Name the {word} instruments whose owner is the {owners[0]} with the highest insured_eur, in "
                "descending order."
            ),
        )
    )
    right = own[:count]
    text = "\n".join(json.dumps(row) for row in rows) + "\n"
    return _task(question, text, right, (anyone[:count], right[::-1], own[::-1][:count]))


_NOISE = (
    "The people above us were drumming until three in the morning again. Nobody here can sleep.",
    "Could you please speak to flat 9? Their dog barks the whole day long and it drives us mad.",
    "Every Sunday at six somebody starts an electric drill next door. This has to stop.",
    "Since the bar on the ground floor opened, we hear the bass through the floor every night. It is unbearable.",
    "My neighbour practises the trumpet after ten in the evening. I have asked him twice, in vain.",
    "The children overhead run up and down in hard shoes till midnight; I am at my wits' end.",
    "Again a party until dawn in flat 14, with shouting on the balcony. I have had enough.",
    "The television next door is so loud that I can follow every word. Please do something.",
    "Someone slams the front door at five each morning and the whole family wakes up. Please put a stop to it.",
    "I must complain: the man below us sings karaoke with an amplifier on weekdays.",
    "The washing machine above my bedroom roars all night long. I cannot go on like this.",
    "There is screaming and stamping from flat 3 every evening. My baby cannot sleep.",
    "The noise from the students' flat is intolerable, please write to them.",
    "Every night scooters rev their engines in our yard. We cannot bear it any longer.",
    "Please tell the couple across the hall to stop yelling at each other at two at night. It wakes us all.",
    "The new neighbour moves furniture about at midnight, scraping over the floor. We lie awake each time.",
    "I am fed up with the piano in flat 6, four hours of scales a day go straight through the wall.",
    "The rooster somebody keeps on the balcony crows from four o'clock. This is a town house, not a farm! Please act.",
)
_COLD = (
    "The radiators have been stone cold since Friday, and my kids wear coats indoors.",
    "We are freezing in the living room; however far I turn the valve, nothing gets warm.",
    "The heating does not work in the bathroom. Please send someone.",
    "It is fourteen degrees in my flat, the boiler has gone out again.",
    "No warmth comes from the radiator in the nursery, though the knob is at five.",
    "The thermostat shows an error and the heating has been off since last night.",
    "My heating has broken down for the third time this winter.",
    "Two of our three radiators stay cold, only the one in the kitchen gets warm.",
    "Since the fitters left, the heating in the bedroom does not come on any more.",
    "Our flat cannot be heated at present: the pump stands still, says the caretaker.",
    "Please come quickly, the heating failed during the night and my mother is ninety.",
    "The underfloor heating is dead. We sit here with hot-water bottles.",
    "I turn the radiator up to the top and it remains as cold as ice.",
    "The boiler on our floor shut down this morning and we have no heating.",
)
_QUIET = (
    "Thank you for the new windows, it is wonderfully quiet now.",
    "The noise of the builders did not bother us at all, they were charming. Could we have their card?",
    "We are having a party on Saturday and may be a little loud until ten; I just wanted to let you know.",
    "Is it allowed to play the piano in the afternoon? I would like to buy one.",
    "I heard from Mrs Falk that a parking space is free. May I have it?",
    "What are the quiet hours in the house? I am new here.",
    "Good news: the neighbours and I have talked, the barking is over and done with. All is well now.",
    "May I keep a dog? He is old and never barks.",
)
_WARM = (
    "Thanks to the fitter, the heating works perfectly again.",
    "When will the heating bill for last year come? I need it for my tax return.",
    "The new radiator is a joy, it is as warm as toast here.",
    "Please note that nobody is at home when the heating meters are read on Tuesday. A neighbour has the key.",
    "I would like to paint the radiator white. Do you have anything against it?",
    "The cold store in the cellar is full of old crates, may I clear it?",
    "Is the heating switched off in summer, or can one use it on cool days?",
    "It was freezing cold outside, so I spread sand on the path by the door. No need to thank me.",
)
_REST = (
    "The lamp in the stairwell on the second floor has gone out.",
    "May I put up a satellite dish?",
    "My new bank details are attached; please use them from next month.",
    "Could I have a second key for the letter box?",
    "The tap in my kitchen drips and there is a puddle under the sink.",
    "I shall be abroad in March. My sister will water the plants.",
    "Please find my notice enclosed, I am moving out at the end of June.",
    "The lift stopped between two floors yesterday, please have it looked at.",
    "Someone leaves bags of rubbish beside the bins.",
    "A pane of the cellar window is cracked.",
    "When may I see the cellar room that you offered me?",
    "The name plate by my bell is wrong, I am called Novotny.",
    "Mice have been seen in the bin shed.",
    "I transferred the rent on Monday, sorry for the delay.",
    "Is there still a garage to let?",
    "The lock of the bicycle cellar sticks.",
    "A tile fell off the wall of my bathroom.",
    "Please send me a copy of the lease, I have mislaid mine.",
    "May my cousin live with me for two months?",
    "The paint on our window frames is peeling.",
    "The ceiling in the hall has a brown water stain which keeps growing.",
    "Thank you for the flowers in the entrance, they look lovely.",
)


def _classify(chance: random.Random, size: int) -> dict[str, Any]:
    """Tenants' messages to a landlord, as exported out of a messenger."""
    number = min(52, _number(chance, size, 140))
    noise = chance.random() < 0.5
    kind, trap, near, calm = (_NOISE, _QUIET, _COLD, _WARM) if noise else (_COLD, _WARM, _NOISE, _QUIET)
    hits = chance.randint(max(3, number // 5), min(len(kind), max(5, number // 3)))
    traps = min(len(trap), max(3, number // 6))
    others = chance.sample((*_REST, *near, *calm), number - hits - traps)
    messages = [*chance.sample(kind, hits), *chance.sample(trap, traps), *others]
    chance.shuffle(messages)
    flats = (1, 2, 4, 5, 7, 8, 10, 11, 12, 15, 16, 17)
    days = _days(chance, date(2025, 1, 7), date(2025, 2, 27), number)
    lines = ["Part 1: Messages from tenants", ""]
    for day, message in zip(days, messages, strict=True):
        moment = f"{day:%d/%m/%y}, {chance.randint(7, 21):02d}:{chance.randint(0, 59):02d}"
        lines.append(f"{moment} - Flat {chance.choice(flats)}: {message}")
    left = size - _length(lines) - 60
    notes = _pad(chance, "landlord", left * 20 // 21)
    if left > 100:
        lines += ["", "Part 2: Jottings of the office", "", *(f"- {line}" for line in notes)]
    if noise:
        words: tuple[str, ...] = ("noise", "loud", "quiet", "bark", "party", "piano")
        question = chance.choice(
            (
                "How many of the messages from tenants are complaints about noise?",
                "In how many messages does a tenant complain about noise in or around the house?",
            )
        )
    else:
        words = ("heating", "radiator", "cold", "freezing")
        question = chance.choice(
            (
                "How many of the messages from tenants report that the heating does not work?",
                "In how many messages does a tenant report a heating that does not work or does not get warm?",
            )
        )
    by_word = sum(any(word in message.lower() for word in words) for message in messages)
    return _task(question, "\n".join(lines) + "\n", hits, (by_word, hits + traps, hits + 1))


def _absent(chance: random.Random, size: int) -> dict[str, Any]:
    """A harbour's file of berths, in sections, one of which lacks a value."""
    number = min(50, _number(chance, size, 150))
    quay = chance.choice("NSE")
    others = [f"{letter}{place}" for letter in "NSEW" if letter != quay for place in range(1, 16)]
    labels = [f"{quay}{place}" for place in range(1, 8)] + chance.sample(others, number - 7)
    place = chance.randint(2, 6)
    asked = f"{quay}{place}"
    key, noun, unit = chance.choice(
        (("depth_m", "depth", "m"), ("crane_limit_t", "crane limit", "t"), ("shore_power_kw", "shore power", "kW"))
    )
    wholly = chance.random() < 0.3
    values: dict[str, Any] = {}
    rows = []
    for label in sorted(labels, key=lambda label: (label[0], int(label[1:]))):
        if label == asked and wholly:
            continue
        berth: dict[str, Any] = {
            "quay_length_m": chance.randint(60, 240),
            "depth_m": chance.randint(42, 138) / 10,
            "crane_limit_t": chance.choice((12, 20, 35, 45, 63, 80, 100)),
            "shore_power_kw": chance.choice((32, 63, 125, 250, 400)),
            "bollards": chance.randint(4, 16),
            "surface": chance.choice(("concrete", "granite", "asphalt")),
        }
        if label == asked:
            del berth[key]
        else:
            values[label] = berth[key]
            for other in chance.sample(("surface", "bollards", "quay_length_m"), chance.randint(0, 1)):
                del berth[other]
        rows.append("\n".join([f"[berth {label}]", *(f"{name} = {value}" for name, value in berth.items()), ""]))
    head = ["; berths of the port, one section for each", ""]
    text = _weave(chance, size, head, rows, "harbour", lambda line: f"; {line}")
    near = [f"{quay}{place - 1}", f"{quay}{place + 1}", *(label for label in values if label[1:] == str(place))]
    question = chance.choice(
        (
            f"What is the {noun} in {unit} at berth {asked}?",
            f"Which {noun} ({key}) does the file give for berth {asked}?",
        )
    )
    return {
        "question": question,
        "context": text,
        "accepts": ("not in the document", "not found", "not stated", "unknown"),
        "decoys": tuple(dict.fromkeys(values[label] for label in near)),
    }


def _two_documents(chance: random.Random, size: int) -> dict[str, Any]:
    """A farm shop's price list, and its book of deliveries."""
    goods = (
        *("Potatoes, sack", "Carrots, crate", "Leeks, crate", "Eggs, tray of thirty", "Apples, crate"),
        *("Honey, jar", "Onions, net", "Beetroot, crate", "Goat cheese, wheel", "Pumpkins, piece"),
        *("Cider, case", "Rye flour, bag", "Butter, block", "Plum jam, jar"),
    )
    codes = chance.sample(range(110, 190), len(goods))
    trade = {code: chance.randint(14, 119) * 25 for code in codes}
    private = {code: trade[code] + chance.randint(2, 14) * 25 for code in codes}
    wanted, prices, twin = chance.choice((("trade", trade, private), ("private", private, trade)))
    page = Page(chance, int(size * 0.42))
    page.rows += [
        f"F-{code}  {name:<22} private {private[code] / 100:>6.2f}   trade {trade[code] / 100:>6.2f}"
        for name, code in zip(goods, codes, strict=True)
    ]
    customer, *others = chance.sample(
        ("Krone Inn", "Hotel Seeblick", "School Kitchen", "Cafe Morgenrot", "Bakery Uhl"), 3
    )
    number = _number(chance, size, 110)
    kinds = _kinds(chance, number, "right", "status", "customer", "status", "customer", "both")
    rows, sums = [], Counter[str]()
    for kind, day in zip(kinds, _days(chance, date(2025, 9, 1), date(2025, 9, 29), number), strict=True):
        code, times = chance.choice(codes), chance.randint(2, 18)
        status = chance.choice(("ordered", "refused")) if kind in ("status", "both") else "delivered"
        who = chance.choice(others) if kind in ("customer", "both") else customer
        sums[kind] += times * prices[code]
        sums["twin"] += times * twin[code] * (kind == "right")
        rows.append(f"{day:%d %b} > {who} > {times} x F-{code} > {status}")
    head = ["DELIVERY BOOK, SEPTEMBER 2025", ""]
    book = _weave(chance, int(size * 0.58), head, rows, "farm", lambda line: f"   {line}")
    question = chance.choice(
        (
            f"What is the total value, in EUR at {wanted} prices, of everything that was delivered to {customer}?",
            (
                f"How much does {customer} owe for the delivered goods in the delivery book, if the {wanted} prices of "
                "the price list are used?"
            ),
        )
    )
    right = sums["right"]
    wrong = (sums["twin"], right + sums["status"], right + sums["customer"])
    context = {"price_list.txt": page.text("PRICE LIST AUTUMN (EUR)"), "delivery_book.txt": book}
    return _task(question, context, _euro(right), _apart(_euro(right), *map(_euro, wrong)))


WORDINGS = wording_of(
    "v",
    *(_sum, _count, _field_sum, _maximum, _average, _group_by, _lookup),
    *(_distinct, _date_range, _contradiction, _top_k, _classify, _absent, _two_documents),
)
