"""Wording g: fourteen shapes of questions, each about another subject in another format of document."""

from __future__ import annotations

import json
import random
import statistics
from collections import Counter
from datetime import date, timedelta

from pages import Page, wording_of, wrong_of

_FIRST = ("Agnes", "Bertil", "Carys", "Dmitri", "Elodie", "Farid", "Greta", "Hamish", "Ines", "Jonas", "Kavita")
_LAST = ("Holloway", "Osei", "Varga", "Lindqvist", "Marsh", "Petrov", "Quigley", "Rahman", "Sorley", "Tanaka", "Ulrich")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


def _people(chance: random.Random, count: int) -> list[str]:
    return chance.sample([f"{first} {last}" for first in _FIRST for last in _LAST], count)


def _same(one: object, other: object) -> bool:
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return abs(one - other) < 0.02
    return one == other


def _wrong(rights: tuple, candidates: list) -> tuple:
    return wrong_of(rights, candidates, _same)


def _day_in(chance: random.Random, year: int) -> date:
    return date(year, 1, 1) + timedelta(days=chance.randrange(365))


def _sum(chance: random.Random, size: int) -> dict:
    page = Page(chance, size)
    year = chance.choice((2022, 2023, 2024))
    kinds = ["conservation", "transport", "security", "printing"]
    chance.shuffle(kinds)
    kind = kinds[0]
    plan = (
        *(("right", year, kind, "paid") for _ in range(chance.randint(9, 14))),
        *(("quoted", year, kind, "quoted") for _ in range(chance.randint(4, 7))),
        *(("earlier", year - 1, kind, "paid") for _ in range(chance.randint(4, 7))),
        *(("other", year, chance.choice(kinds[1:]), "paid") for _ in range(chance.randint(8, 12))),
    )
    totals: Counter[str] = Counter()
    for number, (group, when, what, state) in zip(chance.sample(range(1000, 9999), len(plan)), plan, strict=False):
        amount = chance.randint(120, 4900)
        totals[group] += amount
        page.rows.append(f"{_day_in(chance, when)};{what};Voucher {number};{state};GBP {amount:,}")
    accepts = (totals["right"],)
    wrong = [totals["right"] + totals[group] for group in ("quoted", "earlier", "other")]
    return {
        "question": f"How many pounds did the museum actually pay for {kind} in {year}, all in all?",
        "context": page.text("Museum expenses book\n\ndate;purpose;reference;status;amount"),
        "accepts": accepts,
        "decoys": _wrong(accepts, [*wrong, sum(totals.values())]),
    }


def _count(chance: random.Random, size: int) -> dict:
    page = Page(chance, size)
    phrases = {
        "awaiting cleaning": "are waiting to be cleaned",
        "out of order": "are out of order",
        "reserved": "are reserved",
        "occupied": "are occupied",
    }
    states = list(phrases)
    chance.shuffle(states)
    state = states[0]
    right, once = chance.randint(9, 16), chance.randint(3, 6)
    remarks = ("-", "near the window", "new mattress", "rail checked")
    plan = [(state, chance.choice(remarks)) for _ in range(right)]
    plan += [(chance.choice(states[1:]), f"was {state} yesterday") for _ in range(once)]
    plan += [(chance.choice(states[1:]), chance.choice(remarks)) for _ in range(chance.randint(14, 22))]
    for number, (current, remark) in zip(chance.sample(range(100, 600), len(plan)), plan, strict=False):
        ward = chance.choice(("Elm", "Birch", "Maple", "Willow"))
        page.rows.append(f"| {number} | {ward} | {current} | {remark} |")
    others = Counter(current for current, _ in plan)
    accepts = (right,)
    return {
        "question": f"According to the bed board, how many beds {phrases[state]} at the moment?",
        "context": page.text("Bed board of this morning\n\n| Bed | Ward | State now | Remark |\n|---|---|---|---|"),
        "accepts": accepts,
        "decoys": _wrong(accepts, [right + once, len(plan), *(others[other] for other in states[1:])]),
    }


def _field_sum(chance: random.Random, size: int) -> dict:
    page = Page(chance, size)
    units = ["MR1", "MR2", "MR3", "MR4"]
    chance.shuffle(units)
    phrases = {"COMPLETE": "complete", "KICKOFF": "a kick-off", "TIMEOUT": "a timeout"}
    ends = list(phrases)
    chance.shuffle(ends)
    unit, end = units[0], ends[0]
    plan = [(unit, end) for _ in range(chance.randint(9, 14))]
    plan += [(unit, chance.choice(ends[1:])) for _ in range(chance.randint(6, 9))]
    plan += [(chance.choice(units[1:]), end) for _ in range(chance.randint(6, 9))]
    plan += [(chance.choice(units[1:]), chance.choice(ends[1:])) for _ in range(chance.randint(4, 7))]
    milk, same_unit, same_end, seconds = 0, 0, 0, 0
    for which, how in plan:
        grams, duration = chance.randint(2100, 18900), chance.randint(140, 690)
        milk += grams if (which, how) == (unit, end) else 0
        same_unit += grams if which == unit else 0
        same_end += grams if how == end else 0
        seconds += duration if (which, how) == (unit, end) else 0
        clock = f"{chance.randint(0, 23):02}:{chance.randint(0, 59):02}:{chance.randint(0, 59):02}"
        row = f"[{clock}] {which} >> animal:{chance.randint(1, 480):04} end:{how} milk_g:{grams} dur_s:{duration}"
        page.rows.append(f"{row} temp_c:{chance.randint(380, 392) / 10}")
    accepts = (milk,)
    return {
        "question": f"How many grams of milk did robot {unit} collect in total, "
        f"counting only the milkings that ended as {phrases[end]}?",
        "context": page.text("Milking robots, log of one day"),
        "accepts": accepts,
        "decoys": _wrong(accepts, [same_unit, same_end, seconds]),
    }


def _maximum(chance: random.Random, size: int) -> dict:
    page = Page(chance, size)
    crops = ["pumpkin", "marrow", "cabbage", "swede"]
    chance.shuffle(crops)
    crop = crops[0]
    plan = [(crop, "accepted") for _ in range(chance.randint(11, 16))]
    plan += [(crop, "refused") for _ in range(chance.randint(4, 6))]
    plan += [(chance.choice(crops[1:]), "accepted") for _ in range(chance.randint(10, 14))]
    weights = [number / 10 for number in chance.sample(range(180, 560), len(plan))]
    best = max(range(len(plan)), key=lambda index: (plan[index] == (crop, "accepted"), weights[index]))
    refused = next(index for index, (_, verdict) in enumerate(plan) if verdict == "refused")
    weights[refused] = 56 + chance.randint(1, 70) / 10
    weights[-1] = 64 + chance.randint(1, 70) / 10
    names = _people(chance, len(plan))
    stands = chance.sample(range(1, 100), len(plan))
    for stand, name, weight, (what, verdict) in zip(stands, names, weights, plan, strict=False):
        page.rows.append(f"* Stand {stand}: {name}, {what}, {weight} kg, {verdict} by the judges")
    parts = (names[best], weights[best])
    wrong = [names[refused], weights[refused], names[-1], weights[-1]]
    return {
        "question": f"Who brought the heaviest {crop} among those the judges accepted, and how many kilograms was it?",
        "context": page.text("Village show, vegetable tent"),
        "parts": parts,
        "decoys": _wrong(parts, wrong),
    }


def _average(chance: random.Random, size: int) -> dict:
    page = Page(chance, size)
    phrases = {"interlibrary": "an interlibrary loan", "home": "a home loan", "school box": "a school box loan"}
    kinds = list(phrases)
    chance.shuffle(kinds)
    kind = kinds[0]
    plan = [kind] * chance.randint(11, 17) + [chance.choice(kinds[1:]) for _ in range(chance.randint(14, 20))]
    days = [chance.randint(3, 58) for _ in plan]
    renewals = [chance.randint(0, 6) for _ in plan]
    for number, what, length, renewed in zip(
        chance.sample(range(20000, 89999), len(plan)), plan, days, renewals, strict=False
    ):
        branch = chance.choice(("Northgate", "Canal Street", "Old Town", "Hillside"))
        page.rows.append(f"{number:<8}{branch:<14}{what:<14}{length:>5}{renewed:>10}")
    chosen = [length for what, length in zip(plan, days, strict=False) if what == kind]
    mean = sum(chosen) / len(chosen)
    accepts = (mean, round(mean, 2))
    renewed_mean = statistics.fmean(renewed for what, renewed in zip(plan, renewals, strict=False) if what == kind)
    wrong = [statistics.fmean(days), float(statistics.median(chosen)), sum(chosen), renewed_mean]
    heading = f"{'Loan':<8}{'Branch':<14}{'Kind':<14}{'Days':>5}{'Renewals':>10}"
    return {
        "question": f"How many days did {phrases[kind]} last on average?",
        "context": page.text(f"City libraries, loans that have been returned\n\n{heading}"),
        "accepts": accepts,
        "decoys": _wrong(accepts, wrong),
    }


def _group_by(chance: random.Random, size: int) -> dict:
    page = Page(chance, size)
    districts = chance.sample(("Millfield", "Harbourside", "Castle Hill", "Ashgrove", "Weir End", "Lower Green"), 4)
    plan = [district for district in districts for _ in range(chance.randint(5, 10))]
    fed: Counter[str] = Counter()
    used: Counter[str] = Counter()
    for number, district in zip(chance.sample(range(100, 999), len(plan)), plan, strict=False):
        given, kept = chance.randint(110, 980), chance.randint(90, 870)
        fed[district] += given
        used[district] += kept
        record = {"roof": f"R-{number}", "district": district, "own_use_kwh": kept, "fed_in_kwh": given}
        page.rows.append(json.dumps(record))
    accepts = (dict(fed),)
    return {
        "question": "For each district, how many kilowatt-hours did its solar roofs feed into the grid in total?",
        "context": page.text("Solar roofs, export of the meter readings"),
        "accepts": accepts,
        "decoys": _wrong(accepts, [dict(used), dict(fed + used), dict(Counter(plan))]),
    }


def _lookup(chance: random.Random, size: int) -> dict:
    page = Page(chance, size)
    rooms = ["Main Auditorium", "Studio Theatre", "Rehearsal Loft", "Garden Stage", "Cellar Bar", "Upper Foyer"]
    rooms.append("Rose Room")
    chance.shuffle(rooms)
    numbers = chance.sample(range(90, 890), 2 * len(rooms))
    speakers = _people(chance, 2 * len(rooms))
    now_ways = (
        "{who} reported that the {room} now holds {n} people, since the refit was finished in {month}.",
        "{who} confirmed that after the works completed in {month} there is room for {n} people in the {room}.",
        "With the new seating put in during {month}, {who} said, the {room} takes {n} people.",
    )
    old_ways = (
        "{who} recalled that the {room} used to hold {n} people before it was refitted.",
        "Before the works, {who} noted, there was room for {n} people in the {room}.",
        "{who} pointed out that the {room} took {n} people with the old seating.",
    )
    for index, room in enumerate(rooms):
        month = chance.choice(_MONTHS)
        current, former = chance.choice(now_ways), chance.choice(old_ways)
        page.rows.append(current.format(who=speakers[2 * index], room=room, n=numbers[2 * index], month=month))
        page.rows.append(former.format(who=speakers[2 * index + 1], room=room, n=numbers[2 * index + 1]))
    accepts = (numbers[0],)
    return {
        "question": f"How many people is there room for in the {rooms[0]} today?",
        "context": page.text("Minutes of the theatre's house committee"),
        "accepts": accepts,
        "decoys": _wrong(accepts, [numbers[1], numbers[2], numbers[3]]),
    }


def _distinct(chance: random.Random, size: int) -> dict:
    page = Page(chance, size)
    names = [f"{how} {bird}" for how in ("Nordic", "Silver", "Baltic", "Royal") for bird in ("Tern", "Heron", "Gull")]
    names += [f"{how} {what}" for how in ("Ocean", "Polar", "Amber") for what in ("Spirit", "Trader", "Dawn")]
    chance.shuffle(names)
    right = chance.randint(8, 13)
    moored = names[:right]
    visits = [*moored, *chance.choices(moored, k=chance.randint(8, 14))]
    elsewhere = [*names[right:], *chance.choices(moored, k=chance.randint(3, 6))]
    events = [(name, f"event=alongside berth={chance.randint(1, 9)}") for name in visits]
    events += [(name, chance.choice(("event=passing berth=none", "event=anchored berth=none"))) for name in elsewhere]
    for name, event in events:
        clock = f"{chance.randint(0, 23):02}:{chance.randint(0, 59):02}:{chance.randint(0, 59):02}"
        month, process = chance.choice(("Mar", "Apr")), chance.randint(200, 999)
        page.rows.append(f'{month} {chance.randint(1, 30):2} {clock} harbour vts[{process}]: vessel="{name}" {event}')
    accepts = (right,)
    return {
        "question": "How many different ships came alongside one of the berths?",
        "context": page.text("Harbour traffic log, March and April"),
        "accepts": accepts,
        "decoys": _wrong(accepts, [len(visits), len(names), len(events), len(names) - right]),
    }


def _short(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1][:3]} {day.year}"


def _long(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _date_range(chance: random.Random, size: int) -> dict:
    page = Page(chance, size)
    start = date(2024, 3, 1) + timedelta(days=chance.randint(0, 150))
    length = chance.randint(30, 60)
    end = start + timedelta(days=length)
    inside = [start, end]
    inside += [start + timedelta(days=chance.randint(1, length - 1)) for _ in range(chance.randint(8, 14))]
    outside = [start - timedelta(days=chance.randint(1, 50)) for _ in range(chance.randint(5, 9))]
    outside += [end + timedelta(days=chance.randint(1, 50)) for _ in range(chance.randint(5, 9))]
    other_years = [day + timedelta(days=chance.choice((-365, 365))) for day in chance.sample(inside[2:], 5)]
    plan = [*inside, *outside, *other_years]
    filed_inside = 0
    for number, heard in zip(chance.sample(range(1000, 9999), len(plan)), plan, strict=False):
        filed = heard - timedelta(days=chance.randint(20, 120))
        filed_inside += start <= filed <= end
        one, other = chance.sample(_LAST, 2)
        room = chance.randint(1, 6)
        page.rows.append(f"No. {number} - {one} v. {other} - filed {_short(filed)}, heard {_short(heard)}, room {room}")
    accepts = (len(inside),)
    wrong = [len(inside) - 2, len(inside) - 1, len(inside) + len(other_years), filed_inside, len(plan)]
    return {
        "question": f"How many cases did the court hear from {_long(start)} to {_long(end)}, both days included?",
        "context": page.text("District court, register of cases"),
        "accepts": accepts,
        "decoys": _wrong(accepts, wrong),
    }


def _contradiction(chance: random.Random, size: int) -> dict:
    page = Page(chance, size)
    birds = ["lapwings", "curlews", "oystercatchers", "dunlins"]
    chance.shuffle(birds)
    bird = birds[0]
    plan = [bird] * chance.randint(12, 18) + [chance.choice(birds[1:]) for _ in range(chance.randint(8, 13))]
    places = ("Saltmarsh hide", "Long Bridge", "East Dyke", "Gravel Pit", "Lighthouse Point", "Sluice Gate")
    ways = ("I counted {n} {what} today.", "We saw {n} {what} before noon.", "There were {n} {what} out here.")
    names = _people(chance, len(plan) + 1)
    counts = [chance.randint(3, 64) for _ in plan]
    for name, what, count in zip(names, plan, counts, strict=False):
        message = chance.choice(ways).format(n=count, what=what)
        page.rows.append(f"From: {name} | Subject: {chance.choice(places)} | {message}")
    right = sum(count for what, count in zip(plan, counts, strict=False) if what == bird)
    stated = right + chance.choice((-1, 1)) * chance.randint(11, 60)
    page.rows.append(f"From: {names[-1]} | Subject: Summary | All reports together make {stated} {bird}.")
    accepts = (right,)
    return {
        "question": f"If you add up what the individual observers reported, how many {bird} does that make?",
        "context": page.text("Coastal bird count, messages received"),
        "accepts": accepts,
        "decoys": _wrong(accepts, [stated, right + stated, sum(counts)]),
    }


def _top_k(chance: random.Random, size: int) -> dict:
    page = Page(chance, size)
    adjectives = ("Salt", "Hollow", "Winter", "Glass", "Crooked", "Distant", "Burning")
    nouns = ("Road", "Orchard", "Letters", "Tower", "Crossing", "Inheritance")
    many = chance.randint(18, 28)
    titles = chance.sample([f"The {adjective} {noun}" for adjective in adjectives for noun in nouns], many)
    sold = dict(zip(titles, chance.sample(range(800, 9900), many), strict=False))
    printed = {title: sold[title] + chance.randint(100, 9000) for title in titles}
    pages = dict(zip(titles, chance.sample(range(120, 780), many), strict=False))
    for title in titles:
        numbers = f"pages={pages[title]} ; printed={printed[title]} ; sold={sold[title]}"
        page.rows.append(f'[book] title="{title}" ; {numbers}')
    right = sorted(titles, key=lambda title: -sold[title])[:3]
    by_print = sorted(titles, key=lambda title: -printed[title])[:3]
    by_pages = sorted(titles, key=lambda title: -pages[title])[:3]
    lowest = sorted(titles, key=lambda title: sold[title])[:3]
    return {
        "question": "Which three books sold the most copies? Give the titles, the best-selling one first.",
        "context": page.text("Publisher's stock file"),
        "accepts": (right,),
        "decoys": _wrong((right,), [by_print, right[::-1], by_pages, lowest]),
    }


_CALLED_OFF = (
    "Something has come up at work, so {pet} and I won't make it on {day} after all.",
    "Please give our slot on {day} to somebody else, we are stuck abroad.",
    "The car has broken down and there is no bus, so don't expect {pet} on {day} as arranged.",
    "{pet} and I were due in on {day} but I have come down with flu, can we find another week?",
    "Could you move {pet} from {day} to some time next month? I am needed at my mother's.",
    "Sorry, we will have to skip our visit on {day}, my daughter's school play is at the same hour.",
    "I'm afraid the time you gave {pet} on {day} no longer suits us, is there anything free later on?",
    "We have found a vet nearer to home, so you can take {pet} off your list for {day}.",
    "Snow has closed our road, so you will not see {pet} this {day} as we had agreed.",
    "No need to keep {day} at ten for {pet} any more, the limp has gone by itself.",
    "My shift was changed, so the hour you gave {pet} on {day} must go to a later date.",
)
_OTHER_MESSAGES = (
    "Thank you for being so gentle with {pet} on {day}, we are very grateful.",
    "{pet} has not eaten since {day} and keeps shivering, what should I do?",
    "We will be there on {day} as agreed, {pet} is already nervous.",
    "Do you also treat parrots, and what would a check-up cost?",
    "The bill I got on {day} charges me twice for {pet}'s vaccination.",
    "Please cancel the newsletter, my inbox is full.",
    "Is there a place to park near the surgery on {day}?",
    "{pet} scratched off the bandage overnight, can I put on a new one myself?",
    "Did I leave my umbrella with you on {day}?",
    "The new tablets have done wonders, {pet} is chasing leaves again.",
    "Could I have a first appointment for {pet} on {day}, please?",
    "At what time do you open on {day}?",
    "I waited for an hour with {pet} on {day} and nobody said a word to us.",
    "A cat with one white paw has turned up in our garden, is anyone missing it?",
    "May I bring my neighbour's rabbit along when I come with {pet} on {day}?",
    "We called off our holiday, so {pet} will come to the appointment on {day} just as planned.",
    "How often should {pet} get the worming paste?",
    "Your website shows the wrong telephone number, I tried it on {day}.",
)


def _classify(chance: random.Random, size: int) -> dict:
    page = Page(chance, size)
    right = chance.randint(4, 9)
    texts = chance.sample(_CALLED_OFF, right) + chance.sample(_OTHER_MESSAGES, chance.randint(9, 11))
    pets = ("Biscuit", "Mango", "Pepper", "Olive", "Rusty", "Pickle", "Domino", "Clover")
    days = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
    for number, text in zip(chance.sample(range(10, 99), len(texts)), texts, strict=False):
        message = text.format(pet=chance.choice(pets), day=chance.choice(days))
        page.rows.append(f'Message {number}: "{message}"')
    accepts = (right,)
    named = sum("appointment" in row or "cancel" in row for row in page.rows)
    dated = sum(any(day in row for day in days) for row in page.rows)
    return {
        "question": "In how many of the messages does someone call off, or ask to move, a visit to the vet "
        "that had already been arranged?",
        "context": page.text("Veterinary surgery, answering machine"),
        "accepts": accepts,
        "decoys": _wrong(accepts, [len(texts), len(texts) - right, named, dated]),
    }


def _absent(chance: random.Random, size: int) -> dict:
    page = Page(chance, size)
    tools = ("autoclave", "centrifuge", "incubator", "microscope", "spectrometer", "fume_hood")
    rooms = [f"{wing}{number}" for wing in "ABC" for number in (11, 12, 14, 17)]
    places = [(tool, room) for tool in tools for room in chance.sample(rooms, 5)]
    tool, room = target = chance.choice(places[:-5])
    unpriced = {target, *chance.sample([place for place in places if target[0] != place[0]], 3)}
    wrong: list[int] = []
    for what, where in places:
        price, service = chance.randint(900, 14900), chance.randint(110, 790)
        bought = _day_in(chance, chance.randint(2012, 2023))
        supplier = chance.choice(("Helmer", "Nordlab", "Vitrea", "Castellan"))
        cost = "" if (what, where) in unpriced else f" purchase_price_eur={price}"
        row = f"instrument={what} room={where} supplier={supplier} bought={bought}"
        page.rows.append(f"{row}{cost} yearly_service_eur={service}")
        if (what, where) == target:
            wrong.insert(0, service)
        elif cost and (what == tool or where == room):
            wrong.append(price)
    accepts = (None, "None", "not stated", "It is not stated in the document.")
    return {
        "question": f"For what price in euros was the {tool} in room {room} bought?",
        "context": page.text("Laboratory inventory"),
        "accepts": accepts,
        "decoys": _wrong(accepts, wrong),
    }


def _two_documents(chance: random.Random, size: int) -> dict:
    deliveries, prices = Page(chance, size // 2), Page(chance, size // 2)
    plants = ("Lavender", "Hornbeam", "Box", "Peony", "Sage", "Yew", "Aster", "Fern", "Holly", "Thyme", "Iris")
    codes = [f"P{number}" for number in chance.sample(range(100, 999), len(plants))]
    sites = chance.sample(("Ashcombe Park", "Station Square", "Priory Garden", "Mill Lane", "Hope Cemetery"), 3)
    this_season = {code: chance.randint(6, 60) / 4 for code in codes}
    last_season = {code: this_season[code] - chance.randint(1, 5) / 4 for code in codes}
    for code, plant in zip(codes, plants, strict=False):
        prices.rows.append(f"{code} {plant}: this season {this_season[code]:.2f}, last season {last_season[code]:.2f}")
    plan = [sites[0]] * chance.randint(8, 12) + [chance.choice(sites[1:]) for _ in range(chance.randint(12, 16))]
    lines = [(site, chance.choice(codes), chance.randint(4, 60)) for site in plan]
    for number, (site, code, quantity) in zip(chance.sample(range(5000, 5999), len(lines)), lines, strict=False):
        deliveries.rows.append(f"{number}\t{site}\t{code}\t{quantity}")
    chosen = [(code, quantity) for site, code, quantity in lines if site == sites[0]]
    right = sum(this_season[code] * quantity for code, quantity in chosen)
    wrong = [
        sum(last_season[code] * quantity for code, quantity in chosen),
        sum(this_season[code] * quantity for _, code, quantity in lines),
        sum(quantity for _, quantity in chosen),
        sum(this_season[code] for code, _ in chosen),
    ]
    heading = "Plant nursery, deliveries of this season\n\nnote\tsite\tplant code\tpieces"
    return {
        "question": f"How many pounds are all the plants delivered to {sites[0]} worth at this season's prices?",
        "context": {
            "deliveries.tsv": deliveries.text(heading),
            "price_list.txt": prices.text("Plant nursery, price list in pounds per piece"),
        },
        "accepts": (right,),
        "decoys": _wrong((right,), wrong),
    }


WORDINGS = wording_of(
    "g",
    *(_sum, _count, _field_sum, _maximum, _average, _group_by, _lookup),
    *(_distinct, _date_range, _contradiction, _top_k, _classify, _absent, _two_documents),
)
