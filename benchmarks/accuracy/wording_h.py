"""Fourteen tasks over made documents, one for each shape, worded by somebody who has not seen the tool."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from pages import Page, wording_of, wrong_of

Task = dict[str, Any]

_FIRST = (
    *("Lena", "Marek", "Ines", "Tobias", "Aisha", "Jonas", "Priya", "Callum", "Greta", "Hassan", "Noemi", "Pavel"),
    *("Ruth", "Stefan", "Yara", "Bruno", "Edith", "Felix", "Oksana", "Dario"),
)
_LAST = (
    *("Okafor", "Vogt", "Lindqvist", "Ferrara", "Novak", "Haddad", "Whitlock", "Petrov", "Brandt", "Moreau"),
    *("Sandoval", "Kimura", "Dunne", "Achterberg", "Castellan", "Rourke", "Ostrowski", "Yilmaz", "Hegarty", "Palme"),
)


def _people(chance: random.Random, number: int) -> list[str]:
    firsts, lasts = chance.sample(_FIRST, number), chance.sample(_LAST, number)
    return [f"{first} {last}" for first, last in zip(firsts, lasts, strict=False)]


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return abs(one - other) < 0.05
    return one == other


def _wrong(decoys: Iterable[Any], right: tuple[Any, ...]) -> tuple[Any, ...]:
    return wrong_of(right, decoys, _same)


def _task(question: str, context: str | dict[str, str], accepts: tuple[Any, ...], decoys: Iterable[Any]) -> Task:
    return {"question": question, "context": context, "accepts": accepts, "decoys": _wrong(decoys, accepts)}


def _day(chance: random.Random, first: date, last: date) -> date:
    return first + timedelta(days=chance.randint(0, (last - first).days))


def _sum(chance: random.Random, size: int) -> Task:
    page = Page(chance, size)
    departments = {
        "Costumes": "costumes",
        "Sets": "sets",
        "Stunts": "stunts",
        "Make-up": "make-up",
        "Sound": "sound",
    }
    wanted = chance.choice(list(departments))
    others = [name for name in departments if name != wanted]
    number = chance.randint(1000, 4000)
    totals: dict[str, int] = {}

    def add(kind: str, year: int, department: str, state: str) -> None:
        nonlocal number
        number += chance.randint(1, 9)
        cents = chance.randint(4000, 190000)
        day = _day(chance, date(year, 1, 8), date(year, 12, 18))
        payee = f"{chance.choice(_LAST)} {chance.choice(('Ltd', '& Sons', 'GmbH', 'Studio', 'Bros'))}"
        page.rows.append(f"{day}\t{department}\tF-{number}\t{payee}\t{cents / 100:.2f}\t{state}")
        totals[kind] = totals.get(kind, 0) + cents

    for _ in range(chance.randint(11, 16)):
        add("right", 2024, wanted, "paid")
    for _ in range(chance.randint(4, 6)):
        add("last year", 2023, wanted, "paid")
    for _ in range(chance.randint(3, 5)):
        add("estimate", 2024, wanted, "estimate only")
    for _ in range(chance.randint(3, 4)):
        add("draft", 2024, wanted, "draft, not paid")
    for _ in range(chance.randint(12, 18)):
        add("others", 2024, chance.choice(others), "paid")
    right = totals["right"] / 100
    sums = (
        ("right", "last year"),
        ("right", "estimate"),
        ("right", "draft"),
        ("right", "estimate", "draft"),
        ("right", "last year", "estimate", "draft"),
        ("right", "others"),
        tuple(totals),
    )
    title = "Ledger of the film 'The Ninth Tide'\n\ndate\tdepartment\tvoucher\tpayee\tamount in EUR\tstate"
    question = f"How much money did the film really pay out for {departments[wanted]} in 2024, in euros?"
    return _task(question, page.text(title), (right,), [sum(totals[kind] for kind in kinds) / 100 for kinds in sums])


def _count(chance: random.Random, size: int) -> Task:
    page = Page(chance, size)
    states = {
        "handed back": "have already gone back to the people who lost them",
        "given to charity": "have already gone to a charity",
    }
    wanted = chance.choice(list(states))
    unwanted = [state for state in ("in store", "owner informed", *states) if state != wanted]
    remarks = ("may be given to charity in August", "to be handed back on Friday")
    colours = ("grey", "red", "blue", "black", "green", "striped", "brown")
    things = ("umbrella", "rucksack", "glove", "scarf", "phone case", "hat", "water bottle", "wallet", "book")
    right, waiting, others = chance.randint(9, 16), chance.randint(3, 5), chance.randint(12, 18)
    kinds = [(wanted, "")] * right
    kinds += [(chance.choice(("in store", "owner informed")), remark) for remark in remarks for _ in range(waiting)]
    rest = [(chance.choice(unwanted), "") for _ in range(others)]
    kinds += rest
    for number, (state, remark) in enumerate(kinds, chance.randint(200, 900)):
        row = {
            "tag": f"LP-{number * 3 + chance.randint(0, 2)}",
            "item": f"{chance.choice(colours)} {chance.choice(things)}",
            "found": str(_day(chance, date(2024, 4, 1), date(2024, 7, 20))),
            "state": state,
            "remark": remark,
        }
        page.rows.append(json.dumps(row))
    question = f"How many of the found items {states[wanted]}?"
    informed = sum(state == "owner informed" for state, _ in kinds)
    other_state = next(state for state in states if state != wanted)
    decoys = (
        right + waiting,
        right + 2 * waiting,
        len(kinds),
        right + informed,
        waiting,
        sum(state == other_state for state, _ in rest),
    )
    return _task(question, page.text("Lost property of the mountain railway, season 2024"), (right,), decoys)


def _field_sum(chance: random.Random, size: int) -> Task:
    page = Page(chance, size)
    guns = [f"{letter}{chance.randint(2, 9)}" for letter in chance.sample("BDGHJKQRVX", 4)]
    modes = {"AU": "automatic", "MA": "by hand", "TS": "test"}
    phrases = {"AU": "while it ran automatically", "MA": "while it was run by hand", "TS": "during its tests"}
    gun, mode = guns[0], chance.choice(list(modes))
    kinds = [(gun, mode)] * chance.randint(8, 13)
    kinds += [(gun, other) for other in modes if other != mode for _ in range(chance.randint(4, 6))]
    kinds += [(other, mode) for other in guns[1:] for _ in range(chance.randint(3, 5))]
    kinds += [(other, chance.choice(list(modes))) for other in guns[1:] for _ in range(2)]
    chance.shuffle(kinds)
    sums = {"right": 0, "gun": 0, "mode": 0, "all": 0, "air": 0}
    record = chance.randint(100, 5000)
    for one, state in kinds:
        record += chance.randint(1, 12)
        water, air, cold = chance.randint(35, 980), chance.randint(8, 95), chance.randint(21, 118)
        page.rows.append(f"#{record:06d} {one}:{state} W{water:04d} A{air:03d} T-{cold / 10:04.1f}")
        sums["all"] += water
        sums["gun"] += water * (one == gun)
        sums["mode"] += water * (state == mode)
        sums["right"] += water * (one == gun and state == mode)
        sums["air"] += air * (one == gun and state == mode)
    title = (
        "Controller dump of the snow guns\n\nOne line for each run: record number, gun:mode, W = litres of water used, "
        "A = cubic metres of air used, T = degrees Celsius.\n"
        f"Modes: {', '.join(f'{key} = {value}' for key, value in modes.items())}."
    )
    question = f"How many litres of water did the snow gun {gun} use in all {phrases[mode]}?"
    decoys = (sums["gun"], sums["mode"], sums["all"], sums["air"], kinds.count((gun, mode)))
    return _task(question, page.text(title), (sums["right"],), decoys)


def _maximum(chance: random.Random, size: int) -> Task:
    page = Page(chance, size)
    people = _people(chance, 16)
    honey = dict(zip(people, chance.sample(range(61, 380), len(people)), strict=False))
    wax = dict(zip(people, chance.sample(range(3, 48), len(people)), strict=False))
    best = max(honey, key=lambda name: honey[name])
    rest = [name for name in people if name != best]
    earlier = {name: chance.randint(70, 410) for name in chance.sample(rest, 9)}
    forecast = {name: chance.randint(80, 430) for name in chance.sample(rest, 8)}
    earlier[chance.choice(list(earlier))] = honey[best] + chance.randint(15, 60)
    forecast[chance.choice(list(forecast))] = honey[best] + chance.randint(61, 120)
    for name in people:
        page.rows.append(f"{name:<22}{2024:<8}{'weighed':<10}{honey[name]:>10}{wax[name]:>10}")
    for name, weight in earlier.items():
        page.rows.append(f"{name:<22}{2023:<8}{'weighed':<10}{weight:>10}{chance.randint(3, 48):>10}")
    for name, weight in forecast.items():
        page.rows.append(f"{name:<22}{2024:<8}{'forecast':<10}{weight:>10}{chance.randint(3, 48):>10}")
    head = f"{'Beekeeper':<22}{'Season':<8}{'Figure':<10}{'Honey kg':>10}{'Wax kg':>10}"
    tops = [max(table, key=lambda name: table[name]) for table in (earlier, forecast, wax)]
    second = max(rest, key=lambda name: honey[name])
    parts = (best, honey[best])
    decoys = (*tops, second, earlier[tops[0]], forecast[tops[1]], wax[tops[2]], honey[second])
    return {
        "question": "Which beekeeper had the biggest honey harvest in 2024 by what was weighed, and how many kilograms "
        "of honey was that?",
        "context": page.text(f"BEEKEEPERS' UNION - HARVEST REPORT\n\n{head}\n{'-' * len(head)}"),
        "parts": parts,
        "decoys": _wrong(decoys, parts),
    }


def _average(chance: random.Random, size: int) -> Task:
    page = Page(chance, size)
    balloons = chance.sample(("Marigold", "Big Plum", "Lantern", "Snowdrop", "Old Copper", "Kite Hill"), 4)
    wanted = balloons[0]
    kinds = [(wanted, "landed")] * chance.randint(9, 14) + [(wanted, "called_off")] * chance.randint(4, 6)
    kinds += [(name, "landed") for name in balloons[1:] for _ in range(chance.randint(5, 8))]
    kinds += [(name, "called_off") for name in balloons[1:] for _ in range(2)]
    flights: list[tuple[str, str, int, int]] = []
    for name, outcome in kinds:
        landed = outcome == "landed"
        minutes = chance.randint(38, 96) if landed else chance.choice((15, 20, 100, 110, 120)) if name == wanted else 60
        height = chance.randint(300, 1400)
        flights.append((name, outcome, minutes, height))
        day = _day(chance, date(2024, 5, 1), date(2024, 9, 30))
        measure = "minutes" if landed else "planned_minutes"
        page.rows.append(
            f'{day}T{chance.randint(5, 20):02d}:{chance.randint(0, 59):02d} balloon="{name}" '
            f"pilot={chance.choice(_LAST)} outcome={outcome} {measure}={minutes} "
            f"{'peak_m' if landed else 'planned_peak_m'}={height}"
        )

    def mean(values: list[int]) -> float:
        return sum(values) / len(values)

    right = mean([flight[2] for flight in flights if flight[:2] == (wanted, "landed")])
    decoys = (
        mean([flight[2] for flight in flights if flight[0] == wanted]),
        mean([flight[2] for flight in flights if flight[1] == "landed"]),
        mean([flight[2] for flight in flights]),
        mean([flight[3] for flight in flights if flight[:2] == (wanted, "landed")]),
        sum(flight[2] for flight in flights if flight[:2] == (wanted, "landed")),
    )
    question = (
        f"How long did a flight of the balloon {wanted} last on average, in minutes? Flights that were called off "
        "never took place, so leave them out."
    )
    return _task(question, page.text("Flight log of the balloon company"), (right, round(right, 2)), decoys)


def _group_by(chance: random.Random, size: int) -> Task:
    page = Page(chance, size)
    crews = chance.sample(("Badger", "Juniper", "Falcon", "Bramble", "Otter", "Granite"), 4)
    trails = ("Ridge Path", "Mill Loop", "Fern Gully", "Long Stair", "Quarry Track")
    month, name = chance.choice(((5, "May"), (6, "June"), (9, "September")))
    free = {(crew, when): list(range(1, 31)) for crew in crews for when in (month - 1, month, month + 1)}
    right, planned, always, rows = (dict.fromkeys(crews, 0) for _ in range(4))

    def add(crew: str, when: int, state: str) -> None:
        hours = chance.randint(2, 29)
        day = chance.choice(free[crew, when])
        free[crew, when].remove(day)
        page.rows.append(f"| {date(2024, when, day)} | {crew} | {chance.choice(trails)} | {hours} | {state} |")
        right[crew] += hours * (when == month and state == "worked")
        planned[crew] += hours * (when == month)
        always[crew] += hours * (state == "worked")
        rows[crew] += when == month and state == "worked"

    for crew in crews:
        for _ in range(chance.randint(5, 8)):
            add(crew, month, "worked")
        for _ in range(2):
            add(crew, month, "planned")
        for _ in range(3):
            add(crew, chance.choice((month - 1, month + 1)), "worked")
    title = "Trail crews, year 2024\n\n| Date | Crew | Trail | Hours | State |\n|---|---|---|---|---|"
    question = (
        f"How many hours did each of the crews actually work on the trails in {name} 2024? "
        "I need the total for every crew."
    )
    both = {crew: planned[crew] + always[crew] - right[crew] for crew in crews}
    return _task(question, page.text(title), (right,), (planned, always, both, rows))


def _lookup(chance: random.Random, size: int) -> Task:
    page = Page(chance, size)
    topics = (
        (
            "What does somebody who loses a locker key have to pay nowadays, in euros?",
            "whoever loses the key of a locker pays {} euros for the new one",
        ),
        (
            "What does it cost now to have a pair of climbing shoes resoled, in euros?",
            "putting new soles on a pair of climbing shoes costs {} euros",
        ),
        (
            "What is the current price of borrowing a harness for a day, in euros?",
            "borrowing a harness for the day costs {} euros",
        ),
        (
            "What do we charge these days for a child's birthday party in the hall, in euros?",
            "a birthday party for a child in the hall costs {} euros",
        ),
    )
    values = chance.sample(range(11, 95), 2 * len(topics))
    extra = chance.sample(range(11, 95), 6)
    people = _people(chance, 6)

    def mail(day: date, text: str) -> None:
        page.rows.append(f"From: {chance.choice(people)} | Sent: {day} | {text}")

    for index, (_, text) in enumerate(topics):
        new, old = values[2 * index : 2 * index + 2]
        mail(
            _day(chance, date(2024, 8, 20), date(2024, 8, 31)),
            f"From 1 September 2024 on, {text.format(new)}. This replaces whatever we asked for before.",
        )
        mail(
            _day(chance, date(2022, 2, 1), date(2022, 5, 30)),
            f"For the 2022 season only: {text.format(old)}, and we shall look at it again afterwards.",
        )
    for text in (
        f"The new ropes are {extra[0]} metres long and hang behind the desk.",
        f"We had {extra[1]} climbers in the hall on Saturday, which is a lot.",
        f"Chalk bags are on sale at the desk for {extra[2]} euros.",
        f"The beginners' course now has {extra[3]} places.",
        f"The new route on the east wall has {extra[4]} holds.",
        f"A broken carabiner was found, please check all {extra[5]} of them.",
        "Who can open the hall on Sunday morning?",
        "The boiler has been repaired and the showers are warm again.",
    ):
        mail(_day(chance, date(2022, 1, 10), date(2024, 11, 20)), text)
    chosen = chance.randrange(len(topics))
    right, outdated = values[2 * chosen : 2 * chosen + 2]
    decoys = (outdated, *values, extra[2])
    return _task(
        topics[chosen][0],
        page.text("Climbing hall: mails to the staff"),
        (right,),
        [value for value in decoys if value != right],
    )


def _distinct(chance: random.Random, size: int) -> Task:
    page = Page(chance, size)
    people = _people(chance, 20)
    rooms = ["wood", "metal", "textile"]
    wanted = chance.choice(rooms)
    others = [room for room in rooms if room != wanted]
    inside = people[: chance.randint(7, 12)]
    refused = people[len(inside) : len(inside) + chance.randint(2, 4)]
    elsewhere = people[len(inside) + len(refused) :]
    entries = [(wanted, "OPENED", name) for name in inside]
    entries += [(wanted, "OPENED", chance.choice(inside)) for _ in range(chance.randint(10, 16))]
    entries += [(wanted, "REFUSED", name) for name in refused]
    entries += [(wanted, "REFUSED", chance.choice(inside)) for _ in range(2)]
    entries += [(chance.choice(others), "OPENED", name) for name in elsewhere]
    entries += [(chance.choice(others), "OPENED", chance.choice(people)) for _ in range(chance.randint(6, 10))]
    for room, result, name in entries:
        clock = f"{chance.randint(8, 21):02d}:{chance.randint(0, 59):02d}:{chance.randint(0, 59):02d}"
        page.rows.append(
            f"Mar {chance.randint(10, 28)} {clock} door-{room} lockd[{chance.randint(300, 999)}]: "
            f"{result} for card of {name}"
        )
    opened = [name for room, result, name in entries if room == wanted and result == "OPENED"]
    decoys = (
        len(opened),
        len(inside) + len(refused),
        sum(room == wanted for room, _, _ in entries),
        len({name for _, result, name in entries if result == "OPENED"}),
        len({name for _, _, name in entries}),
    )
    question = f"How many different people got into the {wanted} workshop, according to the door log?"
    return _task(question, page.text("Makers' house, messages of the electronic locks"), (len(inside),), decoys)


def _date_range(chance: random.Random, size: int) -> Task:
    page = Page(chance, size)
    first = _day(chance, date(2024, 3, 5), date(2024, 4, 20))
    last = first + timedelta(days=chance.randint(33, 60))
    one = timedelta(days=1)
    visits = [first, last, last, first - one, last + one, last + 2 * one]
    visits += [_day(chance, first + one, last - one) for _ in range(chance.randint(9, 16))]
    visits += [_day(chance, last + 2 * one, last + 70 * one) for _ in range(chance.randint(8, 12))]
    visits += [_day(chance, date(2024, 1, 3), first - 2 * one) for _ in range(chance.randint(5, 8))]
    visits += [_day(chance, first, last).replace(year=2023) for _ in range(chance.randint(5, 8))]
    streets = ("Alder Lane", "Church Row", "Station Road", "Weaver Street", "Hilltop", "North Parade", "Well Close")
    booked = [day - timedelta(days=chance.randint(6, 40)) for day in visits]
    for call, visit in zip(booked, visits, strict=False):
        page.rows.append(
            f"{call},{visit},{chance.randint(1, 140)} {chance.choice(streets)},{chance.randint(1, 4)},"
            f"{chance.randint(45, 160)}"
        )
    right = sum(first <= day <= last for day in visits)
    decoys = (
        sum(first <= day <= last for day in booked),
        sum(first < day < last for day in visits),
        sum(first <= day.replace(year=2024) <= last for day in visits),
        sum(day.year == 2024 and first.month <= day.month <= last.month for day in visits),
        len(visits),
    )
    question = (
        f"How many visits did the sweep make from {first.day} {first:%B} to {last.day} {last:%B} 2024, "
        "the first and the last day included? One line is one visit."
    )
    title = "Chimney sweep's list of jobs\n\nbooked_on,swept_on,address,flues,fee_eur"
    return _task(question, page.text(title), (right,), decoys)


def _contradiction(chance: random.Random, size: int) -> Task:
    page = Page(chance, size)
    names = (
        *("Pikes", "Dolphins", "Frogs", "Tadpoles", "Night Owls", "Bakers", "Postmen", "Late Starters", "Red Caps"),
        *("Early Birds", "Grey Seals", "Nurses", "Firefighters", "Teachers", "Grandparents", "Sixth Form"),
        *("Plumbers", "Gardeners", "Tailors", "Mermaids"),
    )
    teams = chance.sample(names, chance.randint(13, 19))
    lengths = [chance.randint(48, 260) for _ in teams]
    euros = [chance.randint(55, 640) for _ in teams]
    for team, length, money in zip(teams, lengths, euros, strict=False):
        page.rows.append(f"* {team}: {length} lengths swum, {money} euros raised, {chance.randint(3, 9)} swimmers")
    right = sum(lengths)
    claimed = right + chance.choice((-1, 1)) * chance.randint(60, 300)
    page.rows.append(f"* All teams together: {claimed} lengths swum")
    question = (
        "I doubt the total that is given for the sponsored swim. Going by the entries of the single teams, how many "
        "lengths were swum altogether?"
    )
    decoys = (claimed, right + claimed, sum(euros), len(teams), max(lengths))
    return _task(question, page.text("Sponsored swim, results"), (right,), decoys)


def _top_k(chance: random.Random, size: int) -> Task:
    page = Page(chance, size)
    starts = ("Gorran", "Ashen", "Tollow", "Black", "Cuckoo", "Penny", "Wether", "Hollin", "Marl", "Siskin")
    ends = ("Pot", "Hole", "Cavern", "Swallet")
    caves = [f"{start} {end}" for start in starts for end in ends]
    caves = chance.sample(caves, 25)
    depths = chance.sample(range(31, 320), len(caves))
    lengths = chance.sample(range(150, 6200), len(caves))
    number = chance.randint(15, 18)
    surveyed = dict(zip(caves[:number], depths[:number], strict=False))
    guessed = {
        cave: depth + chance.choice((0, 150, 250)) for cave, depth in zip(caves[number:], depths[number:], strict=False)
    }
    guessed[caves[number]] = max(depths) + chance.randint(10, 90)
    for cave, length in zip(caves, lengths, strict=False):
        depth = surveyed.get(cave) or guessed[cave]
        basis = "survey" if cave in surveyed else "guess"
        page.rows.append(f"- cave: {cave}\n  depth_m: {depth}\n  depth_from: {basis}\n  length_m: {length}")

    def three(table: dict[str, int], *, lowest: bool = False) -> list[str]:
        return sorted(table, key=lambda cave: table[cave], reverse=not lowest)[:3]

    right = three(surveyed)
    decoys = (
        three({**surveyed, **guessed}),
        three(guessed),
        three(dict(zip(caves, lengths, strict=False))),
        three(dict(zip(caves[:number], lengths[:number], strict=False))),
        three(surveyed, lowest=True),
        right[::-1],
    )
    question = (
        "Which are the three deepest caves among those whose depth has been surveyed? Name them in order, the deepest "
        "first."
    )
    return _task(question, page.text("# cave register of the county"), (right,), decoys)


_AWAY = (
    "Broke my ankle on the ice this morning and it will be in plaster for six weeks. Have fun, all of you!",
    "My boss moved my night shift to Thursday, so you will be one fewer.",
    "I'm stuck in Lyon until Saturday because of the strike, so let somebody from the waiting list have my place.",
    "Thursday evening is my daughter's birthday party, I'll be serving cake at home instead of dancing.",
    "I have a temperature of 39 and stay in bed for the rest of the week, carry on without me.",
    "The babysitter let me down for Thursday and there is nobody else, so it's an evening at home for me.",
    "I fly to Madeira on Wednesday and get back on Sunday. See you the week after!",
    "Work sends me to a trade fair abroad from Wednesday to Friday. Dance a waltz for me on Thursday.",
    "Please cross me off for this Thursday, my parents are in town for one evening only.",
    "Chickenpox, at my age! I'm keeping away from all of you until it's over, so at least until next week.",
    "My exam is on Friday morning, so I spend Thursday evening with my books and dance again next week.",
    "There are no trains at all on Thursday and I have no other way into town. Next week then!",
    "My operation is on Thursday at noon, nothing serious, but they keep me in overnight.",
    "Count me out this time, I've been given a ticket for the football on Thursday evening.",
)
_PRESENT = (
    "Sorry that I was away last week, I was ill. This Thursday I'm back for sure.",
    "I'll be ten minutes late on Thursday because of the dentist, so start the warm-up without me, I'll join you then.",
    "Wouldn't miss Thursday for the world!",
    "I thought I had to cancel, but my sister takes the children, so see you on Thursday.",
    "Has anybody found a green scarf after the last class?",
    "My cold is gone at last, I'll be there on Thursday with fresh legs.",
    "Can I bring a friend along on Thursday? She would like to try it with me.",
    "What was the name of the second song last week? My husband loves it.",
    "I've paid the fee for the spring term today, tell me if it doesn't arrive.",
    "My flight lands on Thursday at noon, so I'll come to the class straight from the airport.",
    "Do I need leather soles on Thursday or will trainers do?",
    "The doctor says that my ankle is fine again, so I'll dance with you on Thursday.",
    "The football on Thursday evening has been called off, so you'll have me in class after all.",
    "I can't do the summer course in August, but this Thursday I'm in.",
    "I don't know who has the key on Thursday, but I'll be there at six and can open up.",
    "My daughter is ill, but her granny stays with her, so I'm coming on Thursday as usual.",
    "Thank you for the lovely evening last week, my feet still hurt!",
    "I have to leave half an hour before the end on Thursday to catch the last bus.",
)


def _classify(chance: random.Random, size: int) -> Task:
    page = Page(chance, size)
    away = chance.sample(_AWAY, chance.randint(5, 9))
    present = chance.sample(_PRESENT, chance.randint(7, 10))
    messages = [*away, *present]
    chance.shuffle(messages)
    for name, message in zip(chance.sample(_FIRST, len(messages)), messages, strict=False):
        clock = f"{chance.choice(('Mon', 'Tue'))} {chance.randint(7, 22):02d}:{chance.randint(0, 59):02d}"
        page.rows.append(f"[{clock}] {name}: {message}")

    def having(*words: str) -> int:
        return sum(any(word in message.lower() for word in words) for message in messages)

    decoys = (
        len(messages),
        len(present),
        having("thursday"),
        having("not", "n't"),
        having("cancel", "miss", "without me"),
        having(" ill", "doctor", "fever", "cold", "temperature"),
        having("next week", "last week"),
    )
    question = "How many people tell the dance teacher in their message that they will not be at this Thursday's class?"
    return _task(question, page.text("Messages to the dance teacher, class of this Thursday"), (len(away),), decoys)


def _absent(chance: random.Random, size: int) -> Task:
    page = Page(chance, size)
    boats = chance.sample(
        ("Heron", "Swift", "Amberley", "Quicksilver", "Dragonfly", "Old Tom", "Wagtail", "Sirocco", "Mayfly"), 7
    )
    reporters = _people(chance, 5)
    makers = chance.sample([name for name in _LAST if not any(name in person for person in reporters)], len(boats))
    facts: dict[str, dict[str, int | str]] = {
        "bought": dict(zip(boats, chance.sample(range(1991, 2009), len(boats)), strict=False)),
        "varnished": dict(zip(boats, chance.sample(range(2010, 2024), len(boats)), strict=False)),
        "built": dict(zip(boats, makers, strict=False)),
        "insured": dict(zip(boats, [110 + 10 * value for value in chance.sample(range(60), len(boats))], strict=False)),
    }
    sentences = {
        "bought": "the {} had been bought in {}",
        "varnished": "the {} had last been varnished in {}",
        "built": "the {} came from the yard of a builder called {}",
        "insured": "insuring the {} cost {} euros a year",
    }
    questions = {
        "bought": "In which year did the club buy the {}?",
        "varnished": "In which year was the {} last varnished?",
        "built": "Who built the {}?",
        "insured": "What does the club pay every year to insure the {}, in euros?",
    }
    verbs = ("reported that", "reminded everybody that", "told the meeting that", "noted that")
    kind, boat = chance.choice(list(facts)), chance.choice(boats)
    for fact, values in facts.items():
        for name, value in values.items():
            if (fact, name) != (kind, boat):
                text = sentences[fact].format(name, value)
                page.rows.append(f"{chance.choice(reporters)} {chance.choice(verbs)} {text}.")
    others = [value for name, value in facts[kind].items() if name != boat]
    own = [values[boat] for fact, values in facts.items() if fact != kind]
    accepts = (None, "None", "not stated", "It is not stated in the document.")
    title = "Minutes of the rowing club's annual meeting"
    return _task(questions[kind].format(boat), page.text(title), accepts, (*own, *others))


def _two_documents(chance: random.Random, size: int) -> Task:
    book, tariff = Page(chance, size // 2), Page(chance, size - size // 2)
    things = (
        *("Single kayak", "Tandem kayak", "Open canoe", "Paddle board", "Dry bag", "Wetsuit", "Life jacket"),
        *("Boat trolley", "Two-man tent", "Gas stove", "Helmet", "Spray deck"),
    )
    codes = [f"{chance.choice('ABCDEFGHJK')}{number}" for number in chance.sample(range(100, 999), len(things))]
    new = {code: chance.randint(5, 70) * 50 for code in codes}
    old = {code: max(100, price - chance.randint(1, 12) * 50) for code, price in new.items()}
    for code, thing in zip(codes, things, strict=False):
        tariff.rows.append(
            f"{code} {thing} {'.' * (30 - len(thing))} {new[code] / 100:.2f} (in 2023 it was {old[code] / 100:.2f})"
        )
    parties = chance.sample(_LAST, 5)
    wanted = parties[0]
    hires = [(wanted, code, "taken") for code in chance.sample(codes, chance.randint(6, 8))]
    hires += [(wanted, code, "called off") for code in chance.sample(codes, 2)]
    hires += [(party, code, "taken") for party in parties[1:] for code in chance.sample(codes, chance.randint(3, 5))]
    sums = dict.fromkeys(("right", "old", "days", "pieces", "off", "all"), 0)
    for party, code, state in hires:
        pieces, days = chance.randint(2, 5), chance.randint(2, 6)
        day = _day(chance, date(2024, 7, 1), date(2024, 7, 26))
        book.rows.append(f"{day} / {party} party / {pieces} x {code} / {days} days / {state}")
        mine, taken = party == wanted, state == "taken"
        sums["right"] += pieces * days * new[code] * (mine and taken)
        sums["old"] += pieces * days * old[code] * (mine and taken)
        sums["days"] += pieces * new[code] * (mine and taken)
        sums["pieces"] += days * new[code] * (mine and taken)
        sums["off"] += pieces * days * new[code] * mine
        sums["all"] += pieces * days * new[code] * taken
    context = {
        "hire_book.txt": book.text("Hire book of the boat shed, July 2024"),
        "tariff_2024.txt": tariff.text("Tariff 2024: euros for one piece and one day"),
    }
    question = (
        f"How many euros does the {wanted} party owe the boat shed for everything that they took out in July 2024? "
        "What was called off costs nothing."
    )
    right = sums.pop("right") / 100
    return _task(question, context, (right,), [value / 100 for value in sums.values()])


WORDINGS = wording_of(
    "h",
    *(_sum, _count, _field_sum, _maximum, _average, _group_by, _lookup),
    *(_distinct, _date_range, _contradiction, _top_k, _classify, _absent, _two_documents),
)
