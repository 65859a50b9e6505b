"""Fourteen shapes of question in the wording "m", each about another subject and in another format."""

from __future__ import annotations

import datetime
import random
from typing import Any

from pages import Page, wording_of, wrong_of


def _same(one: object, other: object) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        return one.casefold() == other.casefold()
    return one == other


def _decoys(accepts: tuple[Any, ...], *wrong: object) -> tuple[Any, ...]:
    return wrong_of(accepts, wrong, _same)


_DONORS = (
    *("Adeyemi", "Barlow", "Castellan", "Drury", "Eriksen", "Fairweather", "Goddard", "Hallam", "Ibbotson", "Jellicoe"),
    *("Kinsella", "Lomax", "Mukherjee", "Nightingale", "Oduya", "Pargeter", "Quill", "Rosario", "Stavros", "Trevanion"),
)


def _sum(chance: random.Random, size: int) -> dict[str, Any]:
    year = chance.randint(2019, 2024)
    page = Page(chance, size)
    came = ("received, transfer", "received, cash", "received, cheque")
    failed = {"promised": "pledged", "bounced": "direct debit, sent back by the bank"}
    kinds = (
        *[("right", "organ", year)] * chance.randint(11, 15),
        *[("promised", "organ", year)] * chance.randint(4, 6),
        *[("bounced", "organ", year)] * chance.randint(2, 3),
        *[("earlier", "organ", year - 1)] * chance.randint(4, 6),
        *[("roof", "roof", year)] * chance.randint(6, 9),
    )
    totals = dict.fromkeys(("right", "promised", "bounced", "earlier", "roof"), 0)
    for number, (kind, purpose, when) in zip(chance.sample(range(1000, 9999), len(kinds)), kinds, strict=True):
        cents = chance.choice((1000, 1550, 2000, 2500, 3275, 4050, 5000, 7525, 8000, 12500, 15000)) + 5 * number % 700
        state = failed.get(kind) or chance.choice(came)
        day = datetime.date(when, chance.randint(1, 12), chance.randint(1, 28))
        page.rows.append(f"{number};{day};{chance.choice(_DONORS)};{purpose};{state};{cents / 100:.2f}")
        totals[kind] += cents
    right = totals["right"]
    accepts = (right / 100,)
    question = chance.choice(
        (
            (
                f"How much money did the parish really get for the organ in {year}? Promises and payments that bounced "
                "do not count."
            ),
            (
                f"I have to tell the organ builder what we took in for the instrument during {year}. What is the "
                "total, in pounds, of the gifts that truly arrived?"
            ),
        )
    )
    return {
        "question": question,
        "context": page.text("St Brannoc's parish, register of gifts (pounds)\nno;date;name;purpose;state;amount"),
        "accepts": accepts,
        "decoys": _decoys(
            accepts,
            (right + totals["promised"] + totals["bounced"]) / 100,
            (right + totals["promised"]) / 100,
            (right + totals["bounced"]) / 100,
            (right + totals["earlier"]) / 100,
            (right + totals["roof"]) / 100,
            sum(totals.values()) / 100,
        ),
    }


def _count(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    broken = chance.randint(7, 13)
    repaired = chance.randint(3, 5)
    others = chance.randint(4, 7)
    kinds = (
        *[("infusion pump", "defective")] * broken,
        *[("infusion pump", "repaired")] * repaired,
        *[("infusion pump", "in order")] * chance.randint(6, 9),
        *[(chance.choice(("feeding pump", "ECG monitor", "suction unit")), "defective") for _ in range(others)],
        *[(chance.choice(("feeding pump", "ECG monitor", "suction unit")), "in order") for _ in range(4)],
    )
    for number, (kind, state) in zip(chance.sample(range(100, 999), len(kinds)), kinds, strict=True):
        past = f"in order (was defective until {chance.randint(2, 27)} {chance.choice(('March', 'April'))})"
        condition = past if state == "repaired" else state
        ward = f"{chance.randint(1, 6)}{chance.choice('ABC')}"
        page.rows.append(f"- device: MD-{number}\n  kind: {kind}\n  ward: {ward}\n  condition: {condition}")
    question = chance.choice(
        (
            "How many of the infusion pumps are out of action at the moment?",
            (
                "The workshop wants to know how many infusion pumps it has to collect for mending. How many are not "
                "working now?"
            ),
        )
    )
    return {
        "question": question,
        "context": page.text("# devices on the wards, list of the night shift\ndevices:"),
        "accepts": (broken,),
        "decoys": _decoys((broken,), broken + repaired, broken + others, broken + repaired + others, len(kinds)),
    }


def _field_sum(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    ships = chance.sample(("Skarv", "Terna", "Lomvi", "Havelle", "Teist"), 3)
    ship = ships[0]
    kinds = (
        *[(ship, "sailed")] * chance.randint(10, 14),
        *[(ship, "cancelled")] * chance.randint(4, 6),
        *[(other, "sailed") for other in ships[1:] for _ in range(chance.randint(4, 6))],
        *[(other, "cancelled") for other in ships[1:] for _ in range(2)],
    )
    right = called_off = strangers = lorries = 0
    for slot, (name, state) in zip(chance.sample(range(31 * 40), len(kinds)), kinds, strict=True):
        day, part = divmod(slot, 40)
        cars, heavy = chance.randint(8, 46), chance.randint(1, 7)
        if name == ship and state == "sailed":
            right += cars
            lorries += heavy
        elif name == ship:
            called_off += cars
        elif state == "sailed":
            strangers += cars
        time = f"{5 + part * 25 // 60:02d}:{part * 25 % 60:02d}"
        page.rows.append(
            f"08-{day + 1:02d} {time} ship={name} quay={chance.randint(1, 3)} status={state} cars={cars} "
            f"lorries={heavy} foot={chance.randint(12, 140)}"
        )
    question = chance.choice(
        (
            (
                f"How many cars did the {ship} carry across in August? A crossing that was called off took nobody, "
                "whatever its line says."
            ),
            (
                f"What is the number of cars that crossed the sound aboard the {ship}? Please leave out the departures "
                "that did not take place."
            ),
        )
    )
    return {
        "question": question,
        "context": page.text("sound crossing, log of departures, August"),
        "accepts": (right,),
        "decoys": _decoys((right,), right + called_off, right + strangers, right + lorries, lorries),
    }


def _maximum(chance: random.Random, size: int) -> dict[str, Any]:
    names = chance.sample(("Millbrow", "Heath End", "Quarry Field", "Old Orchard", "Larkhill", "Weir Bank"), 5)
    while True:
        weighed = {name: [chance.randint(7, 29) for _ in range(chance.randint(3, 5))] for name in names}
        totals = {name: sum(values) for name, values in weighed.items()}
        order = sorted(names, key=lambda name: -totals[name])
        single = max(names, key=lambda name: max(weighed[name]))
        if totals[order[0]] > totals[order[1]] and single != order[0]:
            break
    best, rival = order[0], order[2]
    guessed = totals[best] - totals[rival] + chance.randint(6, 18)
    guesses = [(rival, guessed // 2), (rival, guessed - guessed // 2), (order[4], chance.randint(8, 20))]
    entries = [(name, value, "on the scales") for name in names for value in weighed[name]]
    entries += [(name, value, "guessed, not weighed") for name, value in guesses]
    page = Page(chance, size)
    for day, (name, value, how) in zip(chance.sample(range(90), len(entries)), entries, strict=True):
        date = datetime.date(2023, 6, 1) + datetime.timedelta(days=day)
        page.rows.append(f"{date:%d/%m/%Y}\t{name}\t{value}\t{how}\t{chance.choice(('lime', 'clover', 'heather'))}")
    question = chance.choice(
        (
            (
                "From which stand did the beekeepers get the most honey over the summer, and how many kilograms was "
                "it? Only what was weighed counts."
            ),
            (
                "Which stand of hives was the most productive if all its weighed harvests are put together, and what "
                "is its total in kg?"
            ),
        )
    )
    return {
        "question": question,
        "context": page.text("Harvest book of the bee club, 2023\ndate\tstand\tkg\thow\tbloom"),
        "parts": (best, totals[best]),
        "decoys": (
            f"{rival}: {totals[rival] + guessed}",
            f"{single}: {max(weighed[single])}",
            f"{order[1]}: {totals[order[1]]}",
        ),
    }


def _average(chance: random.Random, size: int) -> dict[str, Any]:
    patients = chance.sample(("Mr Okafor", "Mrs Lindqvist", "Mr Petrakis", "Mrs Delacroix", "Mr Huang"), 2)
    patient = patients[0]
    while True:
        rest = [chance.randint(58, 79) for _ in range(chance.choice((6, 7, 9, 11)))]
        effort = [chance.randint(88, 121) for _ in range(chance.randint(4, 6))]
        stranger = [chance.randint(60, 90) for _ in range(chance.randint(6, 8))]
        mean = sum(rest) / len(rest)
        wrong = [
            sum(values) / len(values)
            for values in (rest + effort, rest + stranger, rest + effort + stranger, effort, stranger)
        ]
        if all(abs(value - mean) > 0.4 for value in wrong) and mean != round(mean):
            break
    page = Page(chance, size)
    entries = [(patient, value, True) for value in rest] + [(patient, value, False) for value in effort]
    entries += [(patients[1], value, True) for value in stranger]
    for slot, (name, value, calm) in zip(chance.sample(range(84), len(entries)), entries, strict=True):
        day, part = divmod(slot, 6)
        when = f"{day + 3} June, {7 + 2 * part}:{chance.choice(('05', '20', '40'))}"
        quiet = ("lying quietly in bed", "after half an hour of lying down", "asleep")
        busy = ("straight after climbing the stairs", "just off the exercise bike", "at the end of the walking test")
        page.rows.append(
            f"{when}: {name} had a pulse of {value}, {chance.choice(quiet if calm else busy)}, "
            f"temperature {chance.randint(362, 374) / 10}."
        )
    question, accepts = chance.choice(
        (
            (
                f"What was {patient}'s heart rate at rest on average? Readings taken after exertion must be left out.",
                (mean, round(mean, 1), round(mean, 2)),
            ),
            (
                f"The cardiologist asks for the mean resting heart rate of {patient}, to one decimal place.",
                (round(mean, 1), mean),
            ),
            (
                (
                    f"With {patient} at rest, how many heartbeats a minute were counted on average? Two decimals, "
                    "please. What was taken after exercise is for another form."
                ),
                (round(mean, 2), mean),
            ),
        )
    )
    return {
        "question": question,
        "context": page.text("Observation sheet, rehabilitation ward"),
        "accepts": accepts,
        "decoys": _decoys(accepts, *(round(value, 2) for value in wrong)),
    }


def _group_by(chance: random.Random, size: int) -> dict[str, Any]:
    every = ("Reed Warbler", "Sedge Warbler", "Bearded Tit", "Kingfisher", "Wren", "Bluethroat", "Reed Bunting")
    species = chance.sample(every, chance.randint(4, 5))
    entries = [(name, "first") for name in species for _ in range(chance.randint(3, 5))]
    entries += [(name, "again") for name in species for _ in range(chance.randint(1, 3))]
    fresh = dict.fromkeys(species, 0)
    both = dict.fromkeys(species, 0)
    lines = dict.fromkeys(species, 0)
    page = Page(chance, size)
    for sheet, (name, kind) in zip(chance.sample(range(100, 999), len(entries)), entries, strict=True):
        birds = chance.randint(2, 17)
        both[name] += birds
        if kind == "first":
            fresh[name] += birds
            lines[name] += 1
        mark = "newly ringed" if kind == "first" else "recaptured, had a ring"
        page.rows.append(
            f"| {sheet} | {chance.randint(1, 30)} Sept | net {chance.randint(1, 8)} | {name} | {birds} | {mark} |"
        )
    question = chance.choice(
        (
            (
                "For each species: how many birds were given a ring here? Those that already wore one when they were "
                "caught are not to be counted."
            ),
            "How many birds of every kind got their ring from us this September? I need it species by species.",
        )
    )
    title = "## Ringing station, autumn\n\n| sheet | day | net | species | birds | remark |\n|---|---|---|---|---|---|"
    return {
        "question": question,
        "context": page.text(title),
        "accepts": (fresh,),
        "decoys": _decoys((fresh,), both, lines),
    }


def _lookup(chance: random.Random, size: int) -> dict[str, Any]:
    site, other = chance.sample(("cold store", "town hall", "pumping station", "archive", "fire station"), 2)
    old, now = sorted(chance.sample(range(6, 48), 2))
    there, lamps, blackout, weeks = chance.sample([value for value in range(2, 48) if value not in (old, now)], 4)
    year = chance.randint(2014, 2019)
    page = Page(chance, size)
    page.rows += [
        (
            f"The second tank was connected in {chance.choice(('May', 'August', 'November'))}. In the trial "
            f"afterwards, with everything switched on, the diesel set of the {site} ran {now} hours from one complete "
            "filling until it stopped, and this is the figure that holds since then."
        ),
        (
            f"The yellow handbook still gives {old} hours for the diesel set of the {site}; it was printed when there "
            "was only one tank."
        ),
        f"The diesel set of the {other} is of a different make and gets through {there} hours on a filling.",
        f"The battery lamps in the stairwell of the {site} shine for {lamps} hours.",
        f"The worst blackout at the {site}, in {year}, lasted {blackout} hours.",
        f"The caretaker starts the diesel set of the {site} for ten minutes every {weeks} weeks.",
        f"The caretaker of the {other} checks the oil and writes it in the book.",
        f"An offer for solar panels on the {site} was turned down.",
    ]
    question = chance.choice(
        (
            (
                f"If the mains at the {site} failed today and nobody could refuel, for how many hours would its "
                "emergency generator go on?"
            ),
            (
                f"How long, in hours, does the emergency generator at the {site} keep running nowadays when it starts "
                "with full tanks?"
            ),
        )
    )
    return {
        "question": question,
        "context": page.text("Technical notes on the buildings"),
        "accepts": (now,),
        "decoys": (old, there, lamps, blackout),
    }


def _distinct(chance: random.Random, size: int) -> dict[str, Any]:
    first = ("anna", "jonas", "mei", "tariq", "lucia", "piotr", "sanna", "omar")
    last = ("novak", "berg", "lin", "haddad", "costa")
    people = chance.sample([f"{one}.{two}" for one in first for two in last], 24)
    writers = people[: chance.randint(9, 13)]
    strangers = people[16:]
    entries = [(name, "printing") for name in writers]
    entries += [(chance.choice(writers), "printing") for _ in range(chance.randint(5, 9))]
    tickets = len(entries)
    entries += [(name, chance.choice(("telephony", "mailbox", "display"))) for name in strangers]
    entries += [(name, chance.choice(("telephony", "mailbox", "display"))) for name in chance.sample(writers, 4)]
    page = Page(chance, size)
    for number, (name, queue) in zip(chance.sample(range(10000, 99999), len(entries)), entries, strict=True):
        state = chance.choice(("open", "solved", "waiting"))
        page.rows.append(f"[{number}] <{name}@ostwerk.example> queue={queue} state={state} prio={chance.randint(1, 4)}")
    right = len(writers)
    question = chance.choice(
        (
            "How many different colleagues turned to the help desk about printing?",
            (
                "I would like to know how many people had trouble with printing. Whoever wrote more than once is still "
                "one person."
            ),
        )
    )
    return {
        "question": question,
        "context": page.text("help desk export, one ticket per line"),
        "accepts": (right,),
        "decoys": _decoys((right,), tickets, right + len(strangers), len(entries)),
    }


def _date_range(chance: random.Random, size: int) -> dict[str, Any]:
    year = chance.randint(2021, 2025)
    start = datetime.date(year, chance.randint(2, 9), chance.randint(8, 25))
    end = start + datetime.timedelta(days=chance.randint(17, 30))
    span = (end - start).days

    def after(days: int) -> datetime.date:
        return start + datetime.timedelta(days=days)

    inside = [start, end, *(after(chance.randint(1, span - 1)) for _ in range(chance.randint(7, 11)))]
    outside = [after(-1), after(span + 1), *(after(-chance.randint(2, 30)) for _ in range(3))]
    outside += [after(span + chance.randint(2, 30)) for _ in range(chance.randint(2, 4))]
    earlier = [after(chance.randint(2, span - 1) - 365) for _ in range(3)]
    cancelled = [after(chance.randint(0, span)) for _ in range(chance.randint(3, 4))]
    entries = [(day, "CONFIRMED") for day in (*inside, *outside, *earlier)] + [(day, "CANCELLED") for day in cancelled]
    streets = ("Linden Road", "Mill Lane", "Station Road", "Priory Close", "Canal Street", "Hope Terrace")
    page = Page(chance, size)
    for number, (day, state) in zip(chance.sample(range(100000, 999999), len(entries)), entries, strict=True):
        page.rows.append(
            f"BEGIN:VEVENT\nUID:{number}\nDTSTART;VALUE=DATE:{day:%Y%m%d}\n"
            f"SUMMARY:Chimney at {chance.randint(1, 90)} {chance.choice(streets)}\nSTATUS:{state}\nEND:VEVENT"
        )
    right = len(inside)
    days = f"{start.day} {start:%B} to {end.day} {end:%B} {year}"
    question = chance.choice(
        (
            (
                f"How many appointments does the sweep keep from {days}, the first and the last day included? "
                "Cancelled ones do not take place."
            ),
            (
                f"How many visits does the sweep make in the time from {days}, counting both of these days and leaving "
                "out what was called off?"
            ),
        )
    )
    return {
        "question": question,
        "context": page.text("BEGIN:VCALENDAR\nVERSION:2.0\nX-WR-CALNAME:Sweep", ending="END:VCALENDAR"),
        "accepts": (right,),
        "decoys": _decoys((right,), right - 2, right - 1, right + len(cancelled), right + len(earlier), len(entries)),
    }


def _contradiction(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    places = ("Harlow", "the port", "Westmere", "the brickworks", "Upper Tarn", "the abattoir", "Colne", "the airfield")
    entries = ["van"] * chance.randint(11, 16) + ["car"] * chance.randint(5, 8) + ["dropped"] * chance.randint(2, 3)
    totals = dict.fromkeys(("van", "car", "dropped"), 0)
    for number, kind in zip(chance.sample(range(201, 299), len(entries)), entries, strict=True):
        far = chance.randint(9, 88)
        totals[kind] += far
        day = f"{chance.randint(1, 31)} May"
        place = chance.choice(places)
        if kind == "dropped":
            page.rows.append(f"- trip {number}, {day}: the van was booked to {place}, {far} km, but stayed in the yard")
        else:
            page.rows.append(f"- trip {number}, {day}: {kind} to {place} and back, {far} km in all")
    right = totals["van"]
    stated = right + chance.choice((-1, 1)) * chance.choice((10, 18, 27, 36, 45, 90))
    question = chance.choice(
        (
            "Going by the single trips, how far was the van driven in May, in kilometres?",
            (
                "How many kilometres come out for the van if one adds up the trips that it made? I do not trust the "
                "sum at the bottom."
            ),
        )
    )
    return {
        "question": question,
        "context": page.text("Logbook of the two vehicles, May", ending=f"Van, whole month: {stated} km. R. Amato"),
        "accepts": (right,),
        "decoys": _decoys(
            (right,), stated, right + totals["dropped"], right + totals["car"], sum(totals.values()), totals["car"]
        ),
    }


def _top_k(chance: random.Random, size: int) -> dict[str, Any]:
    every = (
        *("Old Ferryman", "Blue Vicar", "Ash Maiden", "Saint Odo", "Grey Shepherd", "Smoky Bess", "Tall Jacob"),
        *("Moor Queen", "White Lantern", "Holm Reserve", "Black Rind", "Widow's Wheel", "Copper Bell", "Hay Baron"),
    )
    cheeses = chance.sample(every, 13)
    count = chance.choice((3, 4))
    while True:
        scores = {name: (chance.randint(22, 50), chance.randint(22, 50)) for name in cheeses}
        if len({sum(pair) for pair in scores.values()}) == len(cheeses):
            break
    order = sorted(cheeses, key=lambda name: -sum(scores[name]))
    out = {order[chance.randint(0, 1)], order[2], order[-1]}
    valid = [name for name in order if name not in out]
    page = Page(chance, size)
    for number, name in enumerate(chance.sample(cheeses, len(cheeses)), 1):
        north, south = scores[name]
        milk = chance.choice(("cow", "goat", "ewe"))
        note = " / withdrawn by the dairy" if name in out else ""
        page.rows.append(f"No. {number} / {name} / {milk} / north jury {north} / south jury {south}{note}")
    right = valid[:count]
    word = {3: "three", 4: "four"}[count]
    question = chance.choice(
        (
            (
                f"Which {word} cheeses did best when the points of the two juries are added, the winner first? Cheeses "
                "that were pulled out of the contest get no place."
            ),
            (
                f"Name the first {word} places of the contest in order. A place is decided by both juries' points "
                "together, and only among the cheeses that stayed in."
            ),
        )
    )
    return {
        "question": question,
        "context": page.text("Tasting cards, Holm cheese fair"),
        "accepts": (right,),
        "decoys": _decoys(
            (right,),
            order[:count],
            right[::-1],
            sorted(valid, key=lambda name: -scores[name][0])[:count],
            sorted(valid, key=lambda name: -scores[name][1])[:count],
        ),
    }


_OFFERS = (
    "My trailer stands idle that weekend, so the benches can go on it.",
    "Put me down for two hours at the lemonade stall.",
    "If you are short of people for the washing-up, I'm free from four.",
    "I could bring the big tent from the scouts; it takes me ten minutes to fetch it.",
    "Shall I paint the banner again? I'd be glad to.",
    "My sons and I are happy to carry tables on Friday evening.",
    "I'll gladly look after the little ones at the bouncy castle.",
    "You can have our extension leads for the day, just ring.",
    "As a trained first-aider I would sit in the tent for the afternoon.",
    "Tell me when to be there and I will sweep the yard afterwards.",
    "I don't bake, but I can sell tickets at the gate.",
    "Count on me for the grill from noon till two.",
    "We would lend you our coffee urn, it holds ten litres.",
    "I know the brass band's leader and can ask him for you this week.",
    "My van is yours for Saturday, with me at the wheel.",
)
_OTHERS = (
    "Could somebody please pick up my mother? She can't walk that far.",
    "Last year I stood at the grill all day; this year I'll be in Norway.",
    "Thank you for all the trouble you take over this every summer.",
    "Will there be something without gluten?",
    "Sorry, I can't take a shift this time, my back won't have it.",
    "We loved the raffle and hope to win the bicycle this time.",
    "Who is going to help me carry the instruments up the steps?",
    "Please do not start the loudspeakers before ten.",
    "Mr Aldous was such a help with the tent in May, do thank him.",
    "Is there a list where one can see who is doing what?",
    "Someone will have to be found for the book stall, I can't do it any more.",
    "You should ask the rowers, they have strong arms.",
    "Nobody lent a hand with the benches last time, that was a shame.",
    "We arrive at three and are bringing four hungry children.",
    "It rained into the cake tent, the canvas needs looking at.",
    "Has anyone found a red umbrella?",
    "I used to lend you our coffee urn, but it broke in the winter.",
    "The date clashes with the regatta, as it did two years ago.",
    "My neighbour says that the band was too loud.",
)


def _classify(chance: random.Random, size: int) -> dict[str, Any]:
    offers = chance.randint(6, 11)
    others = chance.randint(10, 13)
    texts = chance.sample(_OFFERS, offers) + chance.sample(_OTHERS, others)
    page = Page(chance, size)
    for number, text in zip(chance.sample(range(1, 60), len(texts)), texts, strict=True):
        page.rows.append(f'Slip {number:02d} ({chance.choice(("blue", "white", "green"))} paper): "{text}"')
    help_words = sum("help" in text.casefold() or "hand" in text.casefold() for text in texts)
    question = chance.choice(
        (
            (
                "How many of the slips come from someone who is offering the school a hand with the summer fair, by "
                "working, lending or arranging something?"
            ),
            (
                "How many of the slips hold an offer to contribute something to the coming summer fair? Requests, "
                "thanks, refusals and memories are no offers."
            ),
        )
    )
    return {
        "question": question,
        "context": page.text("What was in the box at the school gate before the summer fair"),
        "accepts": (offers,),
        "decoys": _decoys((offers,), len(texts), others, help_words),
    }


def _absent(chance: random.Random, size: int) -> dict[str, Any]:
    devices = ("stand", "camera", "lamp unit", "heated stage")
    facts: dict[str, tuple[str, str]] = {
        "guarantee": ("We guarantee the {} for {} months.", "For how many months is the {} under warranty?"),
        "delivery": ("The {} reaches you {} weeks after ordering.", "How many weeks will it take until the {} comes?"),
        "price": ("For the {} we charge {} euros before tax.", "What does the {} cost before tax?"),
        "weight": ("Packed, the {} weighs {} kilograms.", "How heavy is the {} in its packing, in kilograms?"),
        "power": ("In use the {} draws {} watts.", "How many watts does the {} need when it is on?"),
    }
    ranges = {
        "guarantee": range(12, 61, 3),
        "delivery": range(2, 12),
        "price": range(410, 2900, 15),
        "weight": range(2, 29),
        "power": range(8, 170, 3),
    }
    asked, device = chance.choice(tuple(facts)), chance.choice(devices)
    page = Page(chance, size)
    wrong: list[object] = []
    for fact, (sentence, _) in facts.items():
        for name, value in zip(devices, chance.sample(ranges[fact], len(devices)), strict=True):
            if fact == asked and name == device:
                continue
            page.rows.append(sentence.format(name, value))
            if fact == asked:
                wrong.append(value)
    page.rows.append(f"We shall be pleased to show you the {device} in your laboratory.")
    page.rows.append(f"The {device} can be ordered singly, under number {chance.randint(30000, 39999)}.")
    accepts = (None, "None", "not stated", "It is not stated in the document.")
    return {
        "question": facts[asked][1].format(device) + chance.choice(("", "", " If the offer is silent on it, say so.")),
        "context": page.text("Offer for a microscope with accessories, to the Institute of Botany"),
        "accepts": accepts,
        "decoys": _decoys(accepts, *wrong),
    }


def _two_documents(chance: random.Random, size: int) -> dict[str, Any]:
    every = ("Czech", "Finnish", "Greek", "Korean", "Maltese", "Swahili", "Tamil", "Welsh")
    languages = chance.sample(every, 6)
    year = chance.randint(2020, 2025)
    amounts = chance.sample(range(21, 48), len(languages))
    prices = {name: (price, price - chance.randint(2, 6)) for name, price in zip(languages, amounts, strict=True)}
    jobs = Page(chance, size * 4 // 5)
    kinds = ["delivered"] * chance.randint(11, 15) + ["in progress"] * chance.randint(4, 6)
    kinds += ["cancelled"] * chance.randint(3, 4)
    right = outdated = unfinished = dropped = leaves = 0
    for number, state in zip(chance.sample(range(400, 999), len(kinds)), kinds, strict=True):
        language, amount = chance.choice(languages), chance.randint(3, 38)
        price, before = prices[language]
        if state == "delivered":
            right += amount * price
            outdated += amount * before
            leaves += amount
        elif state == "in progress":
            unfinished += amount * price
        else:
            dropped += amount * price
        jobs.rows.append(f"T{number}   {language:<10}{amount:>4} pages   {state}")
    rates = Page(chance, size // 5)
    rates.rows += [
        f"{name}: {price} euros a page (in {year - 1}: {before})" for name, (price, before) in prices.items()
    ]
    question = chance.choice(
        (
            (
                f"How much can the agency bill for the translations that are finished? All of the jobs go by the "
                f"prices of {year}."
            ),
            (
                f"What do the customers owe us, in euros, for everything that was handed over in {year}, at that "
                "year's price per page?"
            ),
        )
    )
    return {
        "question": question,
        "context": {
            "jobs.txt": jobs.text(f"Translation jobs, {year}\njob    language  amount       state"),
            "rates.txt": rates.text(f"Price list, valid for {year}"),
        },
        "accepts": (right,),
        "decoys": _decoys(
            (right,), outdated, right + unfinished, right + dropped, right + unfinished + dropped, leaves
        ),
    }


WORDINGS = wording_of(
    "m",
    *(_sum, _count, _field_sum, _maximum, _average, _group_by, _lookup),
    *(_distinct, _date_range, _contradiction, _top_k, _classify, _absent, _two_documents),
)
