"""The fourteen shapes in two further wordings, written by somebody who had not read the prompts.

Other subjects, other forms of line and other questions than in tasks.py and wordings_b_c.py, so that they show what
the product does with questions that it was not fitted to. Their even seeds have been developed with since.
"""

from __future__ import annotations

import random
from collections import defaultdict
from typing import Any

from pages import Page, wording_of

_FIRST = ("Mary", "John", "Rosa", "Peter", "Lena", "Omar", "Nina", "Paul", "Sara", "Tom", "Vera", "Karl")
_LAST = ("Hill", "Lane", "Wood", "Brook", "Stone", "Marsh", "Baker", "Cook", "Mason", "Ward")
_NAMES = tuple(f"{first} {last}" for first in _FIRST for last in _LAST)
_PLACES = (
    *("Mill Lane", "Hill Road", "Two Rivers", "Old Town", "Green Park", "Church Row", "Long Acre", "Rose Court"),
    *("High Street", "East Field", "West Field", "Bell Yard", "Duke Square", "Canal Side", "Elm Grove", "Ash Close"),
    *("New Quay", "Stone Cross", "Fair View", "Lower Green"),
)
_DEPARTMENTS = ("Night School", "Sports Hall", "Science Lab", "Art Room", "Junior Choir", "School Kitchen")
_SERVICES = ("mail", "search", "billing", "wiki", "calendar", "chat")
_ROOMS = (
    *("Stone Age", "Roman Coins", "Ship Models", "Royal Dress", "Glass Art"),
    *("Old Masters", "Desert Birds", "Steam Engines", "Early Radio", "Folk Toys"),
)
_FOLDERS = ("photos", "mail", "backups", "projects", "videos", "scans", "exports", "archive", "models", "logs")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_ARTICLES = ("Oak Shelf", "Tea Pot", "Wall Hook", "Bread Box", "Wool Scarf", "Brass Bell", "Soup Bowl", "Hand Saw")
_OFFICES = ("Accounts", "Legal", "Sales", "Design", "Research", "Support", "Purchasing", "Payroll")
_RESCHEDULE = (
    "Something has come up on Thursday, could we do it the week after instead?",
    "I can't make it at ten, would the afternoon suit you as well?",
    "Please find me another day, I will be abroad on the 14th.",
    "Is it all right if I come on Monday rather than on Friday?",
    "My shift has changed. Do you have anything later for my check-up?",
)
_OTHER_NOTE = (
    "Do I have to bring my insurance card?",
    "The new filling hurts when I drink something cold.",
    "Please send the X-rays to my doctor in Hill Road.",
    "Thank you for being so patient with my son on Tuesday.",
    "How much does a cleaning cost for adults?",
)
_DANGER = (
    "the third step of the cellar stairs breaks away under your foot",
    "bare wires hang out of the wall next to the sink",
    "the fire exit is locked and full of boxes",
    "a colleague slipped on the oil by the loading ramp",
    "smoke came out of the fuse box twice this morning",
)
_NO_DANGER = (
    "the coffee machine is out of beans again",
    "please order more blue pens for the front desk",
    "the new screens are pleasant to work with",
    "can we book the small room for Tuesday?",
    "the clock in the hall is five minutes slow",
)
_NOT_STATED = (None, "None", "not stated", "It is not stated in the document.")

Drawn = dict[str, Any]


def _sum_d(chance: random.Random, size: int) -> Drawn:
    page, paid, planned, before, cleaning = Page(chance, size), 0, 0, 0, 0
    for place in chance.sample(_PLACES, chance.randint(10, 18)):
        cents = [chance.randint(100_000, 4_000_000) for _ in range(4)]
        clinic = f"The {place} clinic"
        page.rows.append(f"{clinic} spent {_money(cents[0])} EUR on medicines in 2024.")
        page.rows.append(f"{clinic} had planned {_money(cents[1])} EUR for medicines in 2024.")
        page.rows.append(f"{clinic} spent {_money(cents[2])} EUR on medicines in 2023.")
        page.rows.append(f"{clinic} spent {_money(cents[3])} EUR on cleaning in 2024.")
        paid, planned, before, cleaning = paid + cents[0], planned + cents[1], before + cents[2], cleaning + cents[3]
    return {
        "question": "How much did all the clinics together actually pay for medicines in 2024, in EUR?",
        "context": page.text("Costs of the clinics"),
        "accepts": (paid / 100,),
        "decoys": _wrong(
            paid / 100, (paid + planned) / 100, (paid + before) / 100, (paid + cleaning) / 100, planned / 100
        ),
    }


def _sum_e(chance: random.Random, size: int) -> Drawn:
    page, count = Page(chance, size), chance.randint(10, 18)
    kinds = ("2024,received,donation", "2024,promised,donation", "2023,received,donation", "2024,received,fee")
    totals, receipts = dict.fromkeys(kinds, 0), iter(_numbers(chance, 4 * count))
    for _ in range(count):
        for kind in kinds:
            year, state, what = kind.split(",")
            amount = chance.randint(20, 5_000)
            page.rows.append(f"R{next(receipts)},{what},{chance.choice(_PLACES)},{amount},{state},{year}")
            totals[kind] += amount
    right, promised, before, fees = totals.values()
    return {
        "question": "What do the donations received in 2024 add up to, in EUR?",
        "context": page.text("Treasurer's list\n\nreceipt,kind,branch,amount in EUR,state,year"),
        "accepts": (right,),
        "decoys": _wrong(right, right + promised, right + before, right + fees, promised),
    }


def _count_d(chance: random.Random, size: int) -> Drawn:
    page, right, wrong = Page(chance, size), chance.randint(15, 40), chance.randint(10, 25)
    states = ["overdue"] * right + ["returned, had been overdue"] * wrong + ["due next week"] * wrong
    for number, state in zip(_numbers(chance, len(states)), states, strict=True):
        page.rows.append(f"| {number} | {chance.choice(_PLACES)} | {state} |")
    return {
        "question": "How many loans in the list are overdue at the moment?",
        "context": page.text("Library loans\n\n| loan | branch | state |\n|------|--------|-------|"),
        "accepts": (right,),
        "decoys": (right + wrong, right + 2 * wrong),
    }


def _count_e(chance: random.Random, size: int) -> Drawn:
    page, right, wrong = Page(chance, size), chance.randint(15, 40), chance.randint(8, 20)
    kinds = [("nightly", "FAILED")] * right + [("weekly", "FAILED")] * wrong + [("nightly", "OK")] * (2 * wrong)
    for place, (number, (plan, state)) in enumerate(zip(_numbers(chance, len(kinds)), kinds, strict=True)):
        host = chance.choice(("db-01", "db-02", "files", "mailbox"))
        note = f"retry of FAILED job {_number(chance)}" if state == "OK" and place % 2 else ""
        page.rows.append(f"{number:<7}{host:<10}{plan:<10}{state:<9}{note}".rstrip())
    return {
        "question": "How many of the nightly backup jobs have failed (state FAILED)?",
        "context": page.text(f"Backups\n\n{'JOB':<7}{'HOST':<10}{'PLAN':<10}{'STATE':<9}NOTE"),
        "accepts": (right,),
        "decoys": (right + wrong, right + 2 * wrong, sum("FAILED" in row for row in page.rows)),
    }


def _field_sum_d(chance: random.Random, size: int) -> Drawn:
    page, totals = Page(chance, size), defaultdict(int)
    kinds = [(fuel, trip) for fuel in ("diesel", "petrol") for trip in ("work", "private")]
    for kind in kinds + [chance.choice((*kinds, kinds[0])) for _ in range(chance.randint(26, 50))]:
        tenths = chance.randint(51, 799)
        page.rows.append(
            f"driver: {chance.choice(_NAMES)}, litres: {tenths / 10}, fuel: {kind[0]}, "
            f"km: {chance.randint(40, 900)}, trip: {kind[1]}"
        )
        totals[kind] += tenths
    right = totals[kinds[0]]
    return {
        "question": "How many litres of diesel were used on work trips in all?",
        "context": page.text("Fuel book"),
        "accepts": (right / 10,),
        "decoys": (
            sum(totals.values()) / 10,
            (right + totals["diesel", "private"]) / 10,
            (right + totals["petrol", "work"]) / 10,
        ),
    }


def _field_sum_e(chance: random.Random, size: int) -> Drawn:
    page, totals = Page(chance, size), defaultdict(int)
    kinds = [(mode, state) for mode in ("colour", "black") for state in ("done", "cancelled")]
    drawn = kinds + [chance.choice((*kinds, kinds[0])) for _ in range(chance.randint(26, 50))]
    for number, kind in zip(_numbers(chance, len(drawn)), drawn, strict=True):
        pages, copies = chance.randint(1, 1_500), chance.randint(1, 9)
        user = chance.choice(("mhill", "jlane", "rwood", "pbrook"))
        page.rows.append(f"{number:<7}{user:<9}{kind[0]:<8}{pages:>6,}{copies:>8}  {kind[1]}")
        totals[kind] += pages
    right = totals[kinds[0]]
    return {
        "question": "What is the sum of the column PAGES over the colour jobs that are done? "
        "(PAGES has the copies in it already.)",
        "context": page.text(f"Print queue\n\n{'JOB':<7}{'USER':<9}{'MODE':<8}{'PAGES':>6}{'COPIES':>8}  STATE"),
        "accepts": (right,),
        "decoys": (
            sum(totals.values()),
            right + totals["colour", "cancelled"],
            right + totals["black", "done"],
        ),
    }


def _maximum_d(chance: random.Random, size: int) -> Drawn:
    page = Page(chance, size)
    pages = dict(zip(chance.sample(_NAMES, 9), chance.sample(range(1_000, 4_000), 9), strict=True))
    for pupil, count in pages.items():
        page.rows.append(f"In the spring term {pupil} got through {count:,} pages.")
        page.rows.append(f"In the autumn term {pupil} got through {chance.randint(3_000, 6_000):,} pages.")
        page.rows.append(f"For the spring term {pupil} had hoped for {chance.randint(4_000, 7_000):,} pages.")
    best, second = sorted(pages, key=lambda pupil: -pages[pupil])[:2]
    return {
        "question": "Which pupil read the most pages in the spring term, and how many pages were that?",
        "context": page.text("Reading contest"),
        "parts": (best, pages[best]),
        "decoys": ([second, pages[second]], best, pages[best]),
    }


def _maximum_e(chance: random.Random, size: int) -> Drawn:
    page = Page(chance, size)
    hosts = [f"{chance.choice(('web', 'app', 'batch'))}-{number}" for number in chance.sample(range(10, 99), 9)]
    used = dict(zip(hosts, chance.sample(range(2_000, 8_000), 9), strict=True))
    for host, count in used.items():
        page.rows.append(f"host={host} what=memory_used mb={count}")
        page.rows.append(f"host={host} what=memory_limit mb={chance.randint(8_000, 16_000)}")
        page.rows.append(f"host={host} what=disk_used mb={chance.randint(2_000, 90_000)}")
    best, second = sorted(used, key=lambda host: -used[host])[:2]
    return {
        "question": "Which host uses the most memory, and how many MB is it using? Name the host and the MB.",
        "context": page.text("Monitoring"),
        "parts": (best, used[best]),
        "decoys": ([second, used[second]], best, used[best]),
    }


def _average_d(chance: random.Random, size: int) -> Drawn:
    page, tenths, others = Page(chance, size), [], []
    for number in _numbers(chance, chance.randrange(11, 30, 2)):  # an odd count: no mean lies between two roundings
        tenths.append(chance.randint(10, 140))
        others.append(chance.randint(60, 240))
        page.rows.append(f"trip {number} | {chance.choice(_PLACES)} | weekday | {tenths[-1] / 10} min late")
        page.rows.append(f"trip {number + 1} | {chance.choice(_PLACES)} | weekend | {others[-1] / 10} min late")
    mean = sum(tenths) / (10 * len(tenths))
    return {
        "question": "How many minutes late were the buses on weekdays, on average over the trips? "
        "Round to two decimals.",
        "context": page.text("Bus delays"),
        "accepts": (round(mean, 2), mean),
        "decoys": (round((sum(tenths) + sum(others)) / (20 * len(tenths)), 2), sum(tenths) / 10, round(mean + 0.5, 2)),
    }


def _average_e(chance: random.Random, size: int) -> Drawn:
    page, rents, count = Page(chance, size), [], chance.randrange(11, 26, 2)  # odd, as above
    for number in chance.sample(range(100, 999), count):
        rents.append(chance.randint(600, 1_600))
        place, other = chance.choice(_PLACES), chance.choice(_PLACES)
        page.rows.append(f"Flat {number} in {place}: occupied, rent {rents[-1]:,} EUR a month")
        page.rows.append(f"Flat {number + 1_000} in {other}: vacant, rent {chance.randint(1_000, 2_400):,} EUR a month")
        page.rows.append(f"Garage {number} in {place}: occupied, rent {chance.randint(50, 200)} EUR a month")
    mean = sum(rents) / count
    everything = [int(row.split("rent ")[1].split()[0].replace(",", "")) for row in page.rows]
    return {
        "question": "What is the average monthly rent of the flats that have a tenant, in EUR? Two decimals, please.",
        "context": page.text("Rent roll"),
        "accepts": (round(mean, 2), mean),
        "decoys": _wrong(round(mean, 2), round(sum(everything) / len(everything), 2), sum(rents), round(mean + 9, 2)),
    }


def _group_d(chance: random.Random, size: int) -> Drawn:
    page, totals, both = Page(chance, size), defaultdict(int), defaultdict(int)
    names = chance.sample(_DEPARTMENTS, 4)
    drawn = names + [chance.choice(names) for _ in range(chance.randint(16, 32))]
    for number, name in zip(_numbers(chance, len(drawn)), drawn, strict=True):
        amount, other = chance.randint(20, 2_500), chance.randint(20, 2_500)
        page.rows.append(f"[approved] claim {number}, {name}, {amount:,} EUR")
        page.rows.append(f"[{chance.choice(('rejected', 'open'))}] claim {number + 1}, {name}, {other:,} EUR")
        totals[name] += amount
        both[name] += amount + other
    return {
        "question": "How many EUR were granted to each department in approved claims? Give a dict department -> EUR.",
        "context": page.text("Claims"),
        "accepts": (dict(totals),),
        "decoys": (dict(both), {name: total + 1 for name, total in totals.items()}, dict(list(totals.items())[:-1])),
    }


def _group_e(chance: random.Random, size: int) -> Drawn:
    page, totals, both = Page(chance, size), defaultdict(int), defaultdict(int)
    names = chance.sample(_SERVICES, 4)
    for name in names + [chance.choice(names) for _ in range(chance.randint(16, 32))]:
        day, minutes, other = f"{chance.randint(1, 28)}/{chance.randint(1, 12)}", *(chance.sample(range(2, 240), 2))
        page.rows.append(f"planned=no minutes={minutes} service={name} site={chance.choice('AB')} day={day}")
        page.rows.append(f"planned=yes minutes={other} service={name} site={chance.choice('AB')} day={day}")
        totals[name] += minutes
        both[name] += minutes + other
    return {
        "question": "For each service, how many minutes of unplanned downtime were there in total over both sites? "
        "Answer with a dict service -> minutes.",
        "context": page.text("Downtime"),
        "accepts": (dict(totals),),
        "decoys": (dict(both), {name: total + 1 for name, total in totals.items()}, dict(list(totals.items())[:-1])),
    }


def _lookup_d(chance: random.Random, size: int) -> Drawn:
    page = Page(chance, size)
    old, new, other = chance.sample(range(100, 999), 3)
    page.rows.append(f"Class 7B, room until the winter break: {old}")
    page.rows.append(f"Class 7B, room since the winter break: {new}")
    page.rows.append(f"Class 7C, room since the winter break: {other}")
    return {
        "question": "The winter break is over. In which room is class 7B taught now? Give the number of the room.",
        "context": page.text("Timetable"),
        "accepts": (new, f"room {new}"),
        "decoys": (old, other),
    }


def _lookup_e(chance: random.Random, size: int) -> Drawn:
    page = Page(chance, size)
    old, new, declined, other = (f"vault-{number}" for number in chance.sample(range(10, 99), 4))
    page.rows.append(f"2022-{_month_day(chance)} done: backups of the file server now go to {old}")
    page.rows.append(f"2024-{_month_day(chance)} done: backups of the file server now go to {new}")
    page.rows.append(f"2025-{_month_day(chance)} declined: backups of the file server to go to {declined}")
    page.rows.append(f"2025-{_month_day(chance)} done: backups of the print server now go to {other}")
    return {
        "question": "According to the list of changes, where do the backups of the file server go today?",
        "context": page.text("Changes"),
        "accepts": (new,),
        "decoys": (old, declined, other),
    }


def _distinct_d(chance: random.Random, size: int) -> Drawn:
    page, entries, count = Page(chance, size), 0, chance.randint(12, 30)
    people = chance.sample(_NAMES, count + 8)
    for place, person in enumerate(people[:count]):
        for _ in range(chance.randint(1, 3) if place else 3):
            entries += 1
            page.rows.append(f"{_day(chance)}, evening course: {person} was present")
    page.rows += [f"{_day(chance)}, evening course: {person} was excused" for person in people[count - 4 :]]
    return {
        "question": "How many different people attended the evening course on at least one day?",
        "context": page.text("Attendance"),
        "accepts": (count,),
        "decoys": (entries, count + 8, entries + 12),
    }


def _distinct_e(chance: random.Random, size: int) -> Drawn:
    page, entries, count = Page(chance, size), 0, chance.randint(12, 30)
    sources = [f"10.4.{number // 250}.{number % 250 + 1}" for number in chance.sample(range(60_000), count + 8)]

    def line(action: str, source: str) -> str:
        target = f"192.168.0.{chance.randint(1, 5)}:{chance.choice((22, 25, 443))}"
        return f"{action} tcp {source} -> {target} ttl {chance.randint(40, 250)}"

    for place, source in enumerate(sources[:count]):
        for _ in range(chance.randint(1, 3) if place else 3):
            entries += 1
            page.rows.append(line("BLOCK", source))
    page.rows += [line("ALLOW", source) for source in sources[count - 4 :]]
    return {
        "question": "From how many different source addresses (left of the arrow) were packets blocked?",
        "context": page.text("firewall"),
        "accepts": (count,),
        "decoys": (entries, count + 8, entries + 12),
    }


def _dates_d(chance: random.Random, size: int) -> Drawn:
    page, count = Page(chance, size), chance.randint(25, 45)
    days, numbers = _days(chance, count, ((2024, 7, 1), (2023, 7, 1))), iter(_numbers(chance, 2 * count))
    for year, month, day in days:
        for what in ("began", "ended"):
            page.rows.append(f"{day} {_MONTHS[month - 1]} {year}: membership no. {next(numbers)} {what}")
    right = sum((2024, 5, 12) <= day <= (2024, 10, 25) for day in days)
    any_year = sum((5, 12) <= day[1:] <= (10, 25) for day in days)
    return {
        "question": "How many memberships started between 12 May 2024 and 25 October 2024 (both days count)?",
        "context": page.text("Club register"),
        "accepts": (right,),
        "decoys": (2 * right, any_year, count),
    }


def _dates_e(chance: random.Random, size: int) -> Drawn:
    page, count = Page(chance, size), chance.randint(25, 45)
    days, numbers = _days(chance, count, ((2024, 3, 1), (2025, 3, 1))), iter(_numbers(chance, 2 * count))
    for year, month, day in days:
        for what in ("raised", "cleared"):
            time = f"{chance.randint(0, 23):02}:{chance.randint(0, 59):02}"
            page.rows.append(f"{what} {year}/{month:02}/{day:02} {time} alarm {next(numbers)}")
    right = sum((2024, 1, 20) <= day <= (2024, 8, 8) for day in days)
    any_year = sum((1, 20) <= day[1:] <= (8, 8) for day in days)
    return {
        "question": "How many alarms were raised from 20 January 2024 up to and including 8 August 2024? "
        "Dates are year/month/day.",
        "context": page.text("Alarms"),
        "accepts": (right,),
        "decoys": (2 * right, any_year, count),
    }


def _contradiction_d(chance: random.Random, size: int) -> Drawn:
    page, total = Page(chance, size), 0
    for number in range(1, chance.randint(11, 20)):
        guests = chance.randint(2, 60)
        page.rows.append(f"Tour no. {number}, guide {chance.choice(_NAMES)}, guests: {guests}")
        total += guests
    wrong = total + chance.randint(3, 40)
    return {
        "question": "If you add up the single tours, how many guests were there?",
        "context": page.text("City tours", ending=f"All tours of the season, guests (from the leaflet): {wrong}"),
        "accepts": (total,),
        "decoys": (wrong, total + wrong),
    }


def _contradiction_e(chance: random.Random, size: int) -> Drawn:
    page, honey, wax = Page(chance, size), 0, 0
    for week in range(20, chance.randint(31, 40)):
        tenths, other = chance.randint(15, 300), chance.randint(2, 30)
        page.rows.append(f"| week {week} | {tenths / 10} kg | honey |")
        page.rows.append(f"| week {week} | {other / 10} kg | wax |")
        honey, wax = honey + tenths, wax + other
    stated = honey + chance.randint(30, 400)
    ending = f"The newsletter gives the honey of the year as {stated / 10} kg."
    return {
        "question": "How many kg of honey were harvested, going by the weekly lines and not by the newsletter?",
        "context": page.text("Bee keeping", ending=ending),
        "accepts": (honey / 10,),
        "decoys": _wrong(honey / 10, stated / 10, (honey + stated) / 10, (honey + wax) / 10),
    }


def _top_d(chance: random.Random, size: int) -> Drawn:
    page, visits = Page(chance, size), dict(zip(_ROOMS, chance.sample(range(100, 3_000), 10), strict=True))
    for room, count in visits.items():
        page.rows.append(f"day: Saturday; people: {count:,}; room: {room}")
        page.rows.append(f"day: Sunday; people: {chance.randint(100, 3_000):,}; room: {room}")
    best = sorted(visits, key=lambda room: -visits[room])
    return {
        "question": "Which three rooms were busiest on Saturday? List their names, the one with most people first.",
        "context": page.text("Museum"),
        "accepts": (best[:3],),
        "decoys": (best[1:4], best[:2], best[:4]),
    }


def _top_e(chance: random.Random, size: int) -> Drawn:
    page, used = Page(chance, size), dict(zip(_FOLDERS, chance.sample(range(100, 999), 10), strict=True))
    for folder, count in used.items():
        path = f"/srv/{folder}"
        page.rows.append(f"used      {count:>5} GB   {path}")
        page.rows.append(f"reserved  {chance.randint(400, 2_000):>5} GB   {path}")
    best = [f"/srv/{folder}" for folder in sorted(used, key=lambda folder: -used[folder])]
    short = [path.removeprefix("/srv/") for path in best]
    return {
        "question": "Which four folders have the most GB in use? Give a list of their paths, the largest first.",
        "context": page.text("Disks"),
        "accepts": (best[:4], short[:4]),
        "decoys": (best[1:5], best[:3], best[:5]),
    }


def _classify_d(chance: random.Random, size: int) -> Drawn:
    return _classified(chance, size, "Note", (_RESCHEDULE, _OTHER_NOTE)) | {
        "question": "How many of the notes are from people who want to move their appointment to another time?"
    }


def _classify_e(chance: random.Random, size: int) -> Drawn:
    return _classified(chance, size, "Remark", (_DANGER, _NO_DANGER)) | {
        "question": "How many of the remarks report something dangerous, that is, where people may get hurt?"
    }


def _classified(chance: random.Random, size: int, kind: str, texts: tuple[tuple[str, ...], tuple[str, ...]]) -> Drawn:
    page, right = Page(chance, size), chance.randint(6, 14)
    others = chance.choice([count for count in range(8, 16) if count != right])
    numbers = _numbers(chance, right + others)
    page.rows += [f"{kind} no. {number} | {chance.choice(texts[0])}" for number in numbers[:right]]
    page.rows += [f"{kind} no. {number} | {chance.choice(texts[1])}" for number in numbers[right:]]
    return {"context": page.text(f"{kind}s"), "accepts": (right,), "decoys": (right + others, others)}


def _absent_d(chance: random.Random, size: int) -> Drawn:
    page = Page(chance, size)
    extensions, seats = _numbers(chance, 6), chance.randint(20, 90)
    for name, number in zip(chance.sample(_PLACES[1:], 6), extensions, strict=True):
        page.rows.append(f"{name} surgery - telephone extension {number}")
    page.rows.append(f"{_PLACES[0]} surgery - {seats} seats, open from 8 to 17")
    return {
        "question": f"What is the telephone extension of the {_PLACES[0]} surgery? "
        "If the document does not give it, answer None.",
        "context": page.text("Surgeries"),
        "accepts": _NOT_STATED,
        "decoys": (*extensions[:2], seats, 0, ""),
    }


def _absent_e(chance: random.Random, size: int) -> Drawn:
    page, owners = Page(chance, size), chance.sample(_NAMES, 6)
    for name, owner in zip(_SERVICES, owners, strict=True):
        page.rows.append(f'server={name} owner="{owner}" disk={chance.randint(100, 900)}GB')
    page.rows.append(f"server=backup rack={chance.randint(1, 20)} disk={chance.randint(100, 900)}GB")
    return {
        "question": "Who is the owner of the server named backup? Answer None if that is not written in the document.",
        "context": page.text("Inventory"),
        "accepts": _NOT_STATED,
        "decoys": (*owners[:3], 0, ""),
    }


def _two_d(chance: random.Random, size: int) -> Drawn:
    prices, sales = Page(chance, size // 2), Page(chance, size // 2)
    right, expired, both, pieces = 0, 0, 0, 0
    for name, number in zip(chance.sample(_ARTICLES, 6), _numbers(chance, 6), strict=True):
        cents, more = chance.randint(150, 9_000), chance.randint(10, 140)
        prices.rows.append(f"A{number},{name},{cents / 100:.2f},valid")
        prices.rows.append(f"A{number},{name},{(cents + more) / 100:.2f},expired")
        for _ in range(chance.randint(1, 3)):
            count, reserved = chance.randint(1, 30), chance.randint(1, 30)
            sales.rows.append(f"{_day(chance)}: sold {count} of A{number}")
            sales.rows.append(f"{_day(chance)}: reserved {reserved} of A{number}")
            right, expired = right + count * cents, expired + count * (cents + more)
            both, pieces = both + (count + reserved) * cents, pieces + count
    return {
        "question": "How much money did the shop take for everything that was sold, in EUR? sales.txt has the sales, "
        "prices.csv the articles with their prices in EUR (take the valid ones).",
        "context": {
            "prices.csv": prices.text("article,name,price in EUR,state"),
            "sales.txt": sales.text("Shop diary"),
        },
        "accepts": (right / 100,),
        "decoys": _wrong(right / 100, expired / 100, both / 100, pieces),
    }


def _two_e(chance: random.Random, size: int) -> Drawn:
    people, houses = Page(chance, size // 2), Page(chance, size // 2)
    offices = chance.sample(_OFFICES, 7)
    now = dict(zip(offices, ("Mill House",) * 3 + ("Canal House",) * 2 + ("Bell House",) * 2, strict=True))
    before = {office: "Canal House" if now[office] == "Mill House" else "Mill House" for office in offices}
    for office in offices:
        houses.rows.append(f"{office} has been in {now[office]} since 2021.")
        houses.rows.append(f"{office} was in {before[office]} before 2021.")
    working, left, moved = 0, 0, 0
    drawn = [(office, state) for office in offices for state in ("employed", "left in 2023")]
    drawn += [(chance.choice(offices), chance.choice(("employed", "employed", "left in 2023"))) for _ in range(22)]
    for person, (office, state) in zip(chance.sample(_NAMES, len(drawn)), drawn, strict=True):
        people.rows.append(f"name: {person}, department: {office}, status: {state}")
        if state != "employed":
            left += now[office] == "Mill House"
        else:
            working += now[office] == "Mill House"
            moved += before[office] == "Mill House"
    return {
        "question": "How many people who are employed at present work in Mill House now? people.txt gives the "
        "department of each person, departments.txt the house of each department.",
        "context": {"people.txt": people.text("Staff"), "departments.txt": houses.text("Departments")},
        "accepts": (working,),
        "decoys": _wrong(working, working + left, working + moved, moved),
    }


def _wrong(right: float, *values: float) -> tuple[float, ...]:
    """The values that differ from the right one: two ways to count may by chance come to the same."""
    return tuple(value for value in values if abs(value - right) > 0.005)


def _money(cents: int) -> str:
    return f"{cents / 100:,.2f}"


def _number(chance: random.Random) -> int:
    return chance.randint(1_000, 9_999)


def _numbers(chance: random.Random, count: int) -> list[int]:
    """Numbers of four digits, none twice and none next to another."""
    return chance.sample(range(1_000, 9_998, 2), count)


def _day(chance: random.Random) -> str:
    return f"{chance.randint(1, 28)} {chance.choice(_MONTHS)}"


def _month_day(chance: random.Random) -> str:
    return f"{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"


def _days(chance: random.Random, count: int, sure: tuple[tuple[int, int, int], ...]) -> list[tuple[int, int, int]]:
    """Days of three years, as (year, month, day), those of `sure` among them."""
    return list(sure) + [
        (chance.choice((2023, 2024, 2024, 2025)), chance.randint(1, 12), chance.randint(1, 28))
        for _ in range(count - len(sure))
    ]


WORDINGS = {
    **wording_of(
        "d",
        *(_sum_d, _count_d, _field_sum_d, _maximum_d, _average_d, _group_d, _lookup_d),
        *(_distinct_d, _dates_d, _contradiction_d, _top_d, _classify_d, _absent_d, _two_d),
    ),
    **wording_of(
        "e",
        *(_sum_e, _count_e, _field_sum_e, _maximum_e, _average_e, _group_e, _lookup_e),
        *(_distinct_e, _dates_e, _contradiction_e, _top_e, _classify_e, _absent_e, _two_e),
    ),
}
