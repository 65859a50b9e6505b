"""The fourteen shapes of tasks.py in two other wordings: other subjects, other forms of line, other questions.

What helps with one wording alone is fitted to it; see tasks.py for the rest.
"""

from __future__ import annotations

import random
from collections import defaultdict
from typing import Any

from pages import Page, wording_of

_PEOPLE = (
    "Ada Berg",
    "Bo Chen",
    "Carla Diaz",
    "Dev Rao",
    "Elif Kaya",
    "Finn Moe",
    "Gita Sen",
    "Hugo Roth",
    "Ines Vogt",
)
_CITIES = ("Oslo", "Lima", "Kyoto", "Leeds", "Porto", "Turin", "Ghent", "Malmo", "Quito", "Cairns")
_SONGS = (
    *("Blue Door", "Night Bus", "Paper Moon", "Old River", "Red Shoes"),
    *("Glass Hill", "Slow Rain", "Last Train", "Green Eyes", "Long Road"),
)
_STREETS = ("Maple", "Station", "Abbey", "Harbour", "King", "Castle", "Orchard", "Bridge", "Chapel", "Market")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_PLEASED = (
    "great value, would buy again",
    "works perfectly, very happy with it",
    "best purchase of the year",
    "my daughter loves it",
    "excellent sound and quick delivery",
)
_DISPLEASED = (
    "stopped working after two days",
    "cheap plastic, do not buy",
    "the sound is awful",
    "returned it the same week",
    "not good at all, a waste of money",
)
_REFUND = (
    "I would like my money back for the second ticket",
    "please refund the fare, the train never came",
    "how do I get back what I paid for the cancelled trip?",
    "you charged twice, send one of the payments back",
)
_OTHER_WISH = (
    "which platform does the night train leave from?",
    "can I take my bicycle on the train?",
    "the wifi password does not work",
    "thank you for the kind staff in Leeds",
    "is there a discount for students?",
)

Drawn = dict[str, Any]


def _sum_b(chance: random.Random, size: int) -> Drawn:
    page, total, decoy = Page(chance, size), 0, 0
    for number in range(chance.randint(12, 25)):
        amount, other = chance.randint(1_000, 90_000), chance.randint(1_000, 90_000)
        place = f"{chance.choice(_CITIES)} plant {number}"
        page.rows.append(f"{place} | FY2024 | actual | {amount:,} kWh")
        page.rows.append(f"{place} | FY2024 | forecast | {other:,} kWh")
        page.rows.append(f"{place} | FY2023 | actual | {other + 17:,} kWh")
        total, decoy = total + amount, decoy + other
    return {
        "question": "How many kWh did the plants actually use in FY2024, all together?",
        "context": page.text("Energy report"),
        "accepts": (total,),
        "decoys": (decoy, total + decoy),
    }


def _sum_c(chance: random.Random, size: int) -> Drawn:
    page, total, decoy = Page(chance, size), 0, 0
    for number in range(chance.randint(12, 25)):
        amount, other = chance.randint(100, 9_000), chance.randint(100, 9_000)
        page.rows.append(f'{{"dept": "D{number}", "year": 2024, "kind": "actual", "amount": {amount}}}')
        page.rows.append(f'{{"dept": "D{number}", "year": 2024, "kind": "plan", "amount": {other}}}')
        page.rows.append(f'{{"dept": "D{number}", "year": 2023, "kind": "actual", "amount": {other + 9}}}')
        total, decoy = total + amount, decoy + other
    return {
        "question": "What is the total of the actual amounts of all departments in 2024?",
        "context": page.text("Export of the books"),
        "accepts": (total,),
        "decoys": (decoy, total + decoy),
    }


def _count_b(chance: random.Random, size: int) -> Drawn:
    page, right, wrong = Page(chance, size), chance.randint(15, 60), chance.randint(10, 30)

    def login(what: str) -> str:
        day, hour, minute = chance.randint(1, 28), chance.randint(0, 23), chance.randint(0, 59)
        host = f"10.0.{chance.randint(0, 255)}.{chance.randint(0, 255)}"
        process = f"gate sshd[{chance.randint(100, 9_999)}]"
        return (
            f"May {day:2d} {hour:02}:{minute:02}:11 {process}: {what} from {host} port {chance.randint(1_024, 65_000)}"
        )

    page.rows += [login("Failed password for root") for _ in range(right)]
    page.rows += [login(f"Failed password for {chance.choice(('ada', 'bo', 'git'))}") for _ in range(wrong)]
    page.rows += [login("Accepted password for root") for _ in range(wrong)]
    return {
        "question": "How many failed logins of the user root does the log show?",
        "context": page.text("auth.log"),
        "accepts": (right,),
        "decoys": (right + wrong, right + 2 * wrong),
    }


def _count_c(chance: random.Random, size: int) -> Drawn:
    page, right, wrong = Page(chance, size), chance.randint(15, 60), chance.randint(10, 30)
    for _ in range(right):
        page.rows.append(f'level=error svc={chance.choice(("auth", "mail"))} msg="token expired" id={_number(chance)}')
    for _ in range(wrong):
        page.rows.append(
            f'level=info svc={chance.choice(("auth", "mail"))} msg="error page shown" id={_number(chance)}'
        )
        page.rows.append(f'level=warn svc=auth msg="slow reply" id={_number(chance)}')
    return {
        "question": "How many lines of the log are at level error?",
        "context": page.text("service.log"),
        "accepts": (right,),
        "decoys": (right + wrong, wrong),
    }


def _field_sum_b(chance: random.Random, size: int) -> Drawn:
    page, total, everything = Page(chance, size), 0, 0
    for _ in range(chance.randint(30, 60)):
        verb, status, amount = chance.choice(("POST", "GET")), chance.choice((200, 200, 500)), chance.randint(10, 9_000)
        moment = f"{chance.randint(1, 28):02}/May/2024:{chance.randint(0, 23):02}:{chance.randint(0, 59):02}:07 +0000"
        request = f"{verb} {chance.choice(('/cart', '/search'))} HTTP/1.1"
        page.rows.append(f'10.0.0.{chance.randint(1, 250)} - - [{moment}] "{request}" {status} {amount}')
        total += amount if (verb, status) == ("POST", 200) else 0
        everything += amount
    return {
        "question": "How many bytes were sent in answer to POST requests with status 200? "
        "The number of bytes is the last field of a line.",
        "context": page.text("access.log"),
        "accepts": (total,),
        "decoys": (everything, 0),
    }


def _field_sum_c(chance: random.Random, size: int) -> Drawn:
    page, total, everything = Page(chance, size), 0.0, 0.0
    for _ in range(chance.randint(30, 60)):
        state, kind = chance.choice(("delivered", "delivered", "returned")), chance.choice(("express", "standard"))
        weight = chance.randint(2, 60) / 2
        page.rows.append(f"{_number(chance)}\t{state}\t{kind}\t{weight} kg")
        total += weight if (state, kind) == ("delivered", "express") else 0
        everything += weight
    return {
        "question": "What is the total weight in kg of the express parcels that were delivered?",
        "context": page.text("Parcels"),
        "accepts": (total,),
        "decoys": (everything, 0),
    }


def _maximum_b(chance: random.Random, size: int) -> Drawn:
    page = Page(chance, size)
    gates = [f"{letter}{number}" for letter in "ABC" for number in chance.sample(range(1, 40), 3)]
    counts = dict(zip(gates, chance.sample(range(2_000, 6_000), 9), strict=True))
    for gate, count in counts.items():
        page.rows.append(f"Gate {gate} handled {count:,} passengers in May.")
        page.rows.append(f"Gate {gate} had been planned for {chance.randint(6_000, 9_000):,} passengers in May.")
    best = max(gates, key=lambda gate: counts[gate])
    return {
        "question": "Which gate handled the most passengers in May, and how many were they?",
        "context": page.text("Airport"),
        "parts": (best, counts[best]),
        "decoys": (best, counts[best]),
    }


def _maximum_c(chance: random.Random, size: int) -> Drawn:
    page = Page(chance, size)
    hours = {f"P{number}": chance.randint(1_000, 5_000) for number in chance.sample(range(10, 99), 9)}
    for pump, count in hours.items():
        page.rows.append(f"| run time | pump {pump} | {count} h |")
        page.rows.append(f"| allowed | pump {pump} | {chance.randint(5_000, 9_000)} h |")
    best = max(hours, key=lambda pump: hours[pump])
    return {
        "question": "Which pump has the longest run time, and how many hours is that?",
        "context": page.text("Maintenance"),
        "parts": (best, hours[best]),
        "decoys": (best, hours[best]),
    }


def _average_b(chance: random.Random, size: int) -> Drawn:
    page, values = Page(chance, size), []
    for number in range(chance.randint(10, 30)):
        values.append(chance.randint(150, 300) / 10)
        page.rows.append(f"trial {number}a: temperature {values[-1]} C, status ok")
        page.rows.append(f"trial {number}b: temperature {chance.randint(150, 300) / 10} C, status faulty")
    mean = sum(values) / len(values)
    return {
        "question": "What is the mean temperature of the trials whose status is ok? Give two decimals.",
        "context": page.text("Laboratory"),
        "accepts": (round(mean, 2), mean),
        "decoys": (round(mean + 0.5, 2), sum(values)),
    }


def _average_c(chance: random.Random, size: int) -> Drawn:
    page, values = Page(chance, size), []
    for number in range(chance.randint(10, 30)):
        values.append(chance.randint(30, 99))
        person = f"{chance.choice(_PEOPLE)} (no. {number})"
        page.rows.append(f"{person} - maths - mark {values[-1]} - final")
        page.rows.append(f"{person} - maths - mark {chance.randint(30, 99)} - draft")
        page.rows.append(f"{person} - physics - mark {chance.randint(30, 99)} - final")
    mean = sum(values) / len(values)
    return {
        "question": "What is the average of the final marks in maths? Round to one decimal.",
        "context": page.text("Marks"),
        "accepts": (round(mean, 1), mean),
        "decoys": (round(mean + 0.5, 1), sum(values)),
    }


def _group_b(chance: random.Random, size: int) -> Drawn:
    page, totals, cities = Page(chance, size), defaultdict(int), chance.sample(_CITIES, 4)
    for _ in range(chance.randint(20, 40)):
        city, amount = chance.choice(cities), chance.randint(5, 500)
        page.rows.append(f"2024-{chance.randint(1, 12):02}-{chance.randint(1, 28):02};{city};income;{amount}")
        page.rows.append(f"2024-{chance.randint(1, 12):02}-03;{city};expense;{chance.randint(5, 500)}")
        totals[city] += amount
    return {
        "question": "What is the total income of each city? Answer with a dict city -> total.",
        "context": page.text("Ledger"),
        "accepts": (dict(totals),),
        "decoys": ({city: total + 1 for city, total in totals.items()}, dict(list(totals.items())[:-1])),
    }


def _group_c(chance: random.Random, size: int) -> Drawn:
    page, totals, cities = Page(chance, size), defaultdict(int), chance.sample(_CITIES, 3)
    for _ in range(chance.randint(20, 40)):
        city, amount, day = chance.choice(cities), chance.randint(20, 500), chance.randint(1, 28)
        page.rows.append(f"On day {day} the ferry to {city} carried {amount} passengers.")
        page.rows.append(f"On day {day} the ferry to {city} turned away {chance.randint(1, 90)} passengers.")
        totals[city] += amount
    return {
        "question": "How many passengers were carried to each city in all? Give a dict city -> passengers.",
        "context": page.text("Ferries"),
        "accepts": (dict(totals),),
        "decoys": ({city: total + 1 for city, total in totals.items()}, dict(list(totals.items())[:-1])),
    }


def _lookup_b(chance: random.Random, size: int) -> Drawn:
    page = Page(chance, size)
    old, new, other = chance.sample(range(1_000, 9_999), 3)
    page.rows.append(f"Before the move, the emergency number of the Harwich depot was {old}.")
    page.rows.append(f"After the move, staff of the Harwich depot dial {new} in an emergency.")
    page.rows.append(f"The emergency number of the Dover depot is {other}.")
    return {
        "question": "Which number do staff of the Harwich depot dial in an emergency today?",
        "context": page.text("Handbook"),
        "accepts": (new,),
        "decoys": (old, other),
    }


def _lookup_c(chance: random.Random, size: int) -> Drawn:
    page = Page(chance, size)
    new, old, other = chance.sample(_PEOPLE, 3)
    page.rows.append(f"{old} led the warehouse project until she left in May.")
    page.rows.append(f"The warehouse project has been led by {new} since June.")
    page.rows.append(f"The harbour project is led by {other}.")
    return {
        "question": "Who leads the warehouse project now?",
        "context": page.text("Projects"),
        "accepts": (new,),
        "decoys": (old, other),
    }


def _distinct_b(chance: random.Random, size: int) -> Drawn:
    page, visitors, entries = Page(chance, size), chance.sample(range(1_000, 9_999), chance.randint(12, 30)), 0
    for visitor in visitors:
        for _ in range(chance.randint(1, 4)):
            entries += 1
            page.rows.append(
                f"{chance.randint(8, 17):02}:{chance.randint(0, 59):02} visitor V{visitor} entered room {entries}"
            )
    page.rows += [f"08:{number:02} visitor V{_number(chance)} was refused at the door" for number in range(8)]
    return {
        "question": "How many distinct visitors entered a room?",
        "context": page.text("Door log"),
        "accepts": (len(visitors),),
        "decoys": (entries, len(visitors) + 8),
    }


def _distinct_c(chance: random.Random, size: int) -> Drawn:
    page, users, requests = Page(chance, size), chance.sample(range(100, 999), chance.randint(12, 30)), 0
    for user in users:
        for _ in range(chance.randint(1, 4)):
            requests += 1
            page.rows.append(f"GET /item/{_number(chance)} by user=u{user} in {chance.randint(2, 90)} ms")
    page.rows += [f"HEAD /item/{_number(chance)} by user=u{_number(chance)} in 3 ms" for _ in range(8)]
    return {
        "question": "How many different users made a GET request?",
        "context": page.text("requests"),
        "accepts": (len(users),),
        "decoys": (requests, len(users) + 8),
    }


def _dates_b(chance: random.Random, size: int) -> Drawn:
    page, right, total = Page(chance, size), 0, chance.randint(40, 80)
    for _ in range(total):
        year, month, day = chance.choice((2023, 2024)), chance.randint(1, 12), chance.randint(1, 28)
        page.rows.append(f"[{day:02}.{month:02}.{year}] parcel {_number(chance)} received")
        page.rows.append(f"[{day:02}.{month:02}.{year}] parcel {_number(chance)} sent back")
        right += (2024, 4, 1) <= (year, month, day) <= (2024, 7, 31)
    return {
        "question": "How many parcels were received between 1 April 2024 and 31 July 2024 (inclusive)? "
        "Dates are day.month.year.",
        "context": page.text("Post room"),
        "accepts": (right,),
        "decoys": (2 * right + 1, total),
    }


def _dates_c(chance: random.Random, size: int) -> Drawn:
    page, right, total = Page(chance, size), 0, chance.randint(40, 80)
    for _ in range(total):
        year, month, day = chance.choice((2023, 2024)), chance.randint(1, 12), chance.randint(1, 28)
        page.rows.append(f"meter {_number(chance)} was installed on {_MONTHS[month - 1]} {day}, {year}")
        page.rows.append(f"meter {_number(chance)} was removed on {_MONTHS[month - 1]} {day}, {year}")
        right += (2024, 2, 10) <= (year, month, day) <= (2024, 6, 20)
    return {
        "question": "How many meters were installed from 10 February 2024 to 20 June 2024?",
        "context": page.text("Meters"),
        "accepts": (right,),
        "decoys": (2 * right + 1, total),
    }


def _contradiction_b(chance: random.Random, size: int) -> Drawn:
    page, total = Page(chance, size), 0
    for number in range(chance.randint(10, 20)):
        trees = chance.randint(2, 60)
        page.rows.append(f"Day {number}: {trees} trees planted by {chance.choice(_PEOPLE)}")
        total += trees
    wrong = total + chance.randint(3, 40)
    return {
        "question": "Add up the daily entries: how many trees were planted?",
        "context": page.text("Forest diary", ending=f"According to the annual report, {wrong} trees were planted."),
        "accepts": (total,),
        "decoys": (wrong, total + wrong),
    }


def _contradiction_c(chance: random.Random, size: int) -> Drawn:
    page, total = Page(chance, size), 0
    for number in range(chance.randint(10, 20)):
        pallets = chance.randint(2, 60)
        page.rows.append(f"shift {number} / {chance.choice(_CITIES)} / {pallets} pallets loaded")
        total += pallets
    wrong = total + chance.randint(3, 40)
    return {
        "question": "According to the individual shifts, how many pallets were loaded in total?",
        "context": page.text("Dock", ending=f"Grand total (office): {wrong} pallets loaded"),
        "accepts": (total,),
        "decoys": (wrong, total + wrong),
    }


def _top_b(chance: random.Random, size: int) -> Drawn:
    page, plays = Page(chance, size), dict(zip(_SONGS, chance.sample(range(100, 999), 10), strict=True))
    for song, count in plays.items():
        page.rows.append(f'"{song}" was played {count} times in June')
        page.rows.append(f'"{song}" was played {chance.randint(100, 999)} times in May')
    best = sorted(plays, key=lambda song: -plays[song])
    return {
        "question": "List the three songs that were played most in June.",
        "context": page.text("Radio"),
        "accepts": (best[:3],),
        "decoys": (best[1:4], best[:2]),
    }


def _top_c(chance: random.Random, size: int) -> Drawn:
    page, votes = Page(chance, size), dict(zip(_STREETS, chance.sample(range(100, 999), 10), strict=True))
    for street, count in votes.items():
        page.rows.append(f"{street} Street: {count} votes for the plan")
        page.rows.append(f"{street} Street: {chance.randint(100, 999)} votes against it")
    best = [f"{street} Street" for street in sorted(votes, key=lambda street: -votes[street])]
    short = [name.removesuffix(" Street") for name in best]
    return {
        "question": "Which three streets gave most votes for the plan? Answer with a list of their names.",
        "context": page.text("Vote"),
        "accepts": (best[:3], short[:3]),
        "decoys": (best[1:4], best[:2]),
    }


def _classify_b(chance: random.Random, size: int) -> Drawn:
    page, right = Page(chance, size), chance.randint(6, 14)
    page.rows += [f"Review {_number(chance)} - {chance.choice(_PLEASED)}" for _ in range(right)]
    page.rows += [f"Review {_number(chance)} - {chance.choice(_DISPLEASED)}" for _ in range(12)]
    return {
        "question": "How many of the reviews are positive?",
        "context": page.text("Reviews"),
        "accepts": (right,),
        "decoys": (right + 12, 12 if right != 12 else 13),
    }


def _classify_c(chance: random.Random, size: int) -> Drawn:
    page, right = Page(chance, size), chance.randint(6, 14)
    page.rows += [f"Letter {_number(chance)}: {chance.choice(_REFUND)}" for _ in range(right)]
    page.rows += [f"Letter {_number(chance)}: {chance.choice(_OTHER_WISH)}" for _ in range(12)]
    return {
        "question": "How many of the letters are about a refund?",
        "context": page.text("Letters"),
        "accepts": (right,),
        "decoys": (right + 12, 12 if right != 12 else 13),
    }


def _absent_b(chance: random.Random, size: int) -> Drawn:
    page = Page(chance, size)
    for city in _CITIES[:5]:
        page.rows.append(f"The budget of the {city} office is {chance.randint(100, 900)},000 EUR.")
    return {
        "question": "What is the budget of the Cairns office? Answer None if the document does not say.",
        "context": page.text("Budgets"),
        "accepts": (None, "None", "not stated", "It is not stated in the document."),
        "decoys": (0, ""),
    }


def _absent_c(chance: random.Random, size: int) -> Drawn:
    page = Page(chance, size)
    for number in chance.sample(range(100, 400), 6):
        page.rows.append(f"Flight KX{number} leaves from gate {chance.choice('ABC')}{chance.randint(1, 30)}.")
    return {
        "question": "From which gate does flight KX977 leave? If the document does not say it, answer None.",
        "context": page.text("Flights"),
        "accepts": (None, "None", "not stated", "It is not stated in the document."),
        "decoys": (0, ""),
    }


def _two_b(chance: random.Random, size: int) -> Drawn:
    rates, hours = Page(chance, size // 2), Page(chance, size // 2)
    total = 0
    for person in chance.sample(_PEOPLE, 6):
        rate, worked = chance.randint(20, 90), chance.randint(3, 40)
        rates.rows.append(f"{person} earns {rate} EUR an hour")
        rates.rows.append(f"{person} earned {rate - 5} EUR an hour last year")
        hours.rows.append(f"{person} worked {worked} hours")
        total += rate * worked
    return {
        "question": "What does all work cost together in EUR? hours.txt has the hours, rates.txt what each person "
        "earns an hour now.",
        "context": {"rates.txt": rates.text("Rates"), "hours.txt": hours.text("Hours")},
        "accepts": (total,),
        "decoys": (total + 1, 0),
    }


def _two_c(chance: random.Random, size: int) -> Drawn:
    weights, orders = Page(chance, size // 2), Page(chance, size // 2)
    total = 0
    for item in chance.sample(("bolt", "plate", "beam", "pipe", "panel", "hinge", "frame", "valve"), 6):
        weight, count = chance.randint(2, 90), chance.randint(1, 30)
        weights.rows.append(f"{item}: weight {weight} kg, width {chance.randint(10, 90)} cm")
        orders.rows.append(f"{count} pieces of {item} ordered")
        total += weight * count
    return {
        "question": "What do all ordered pieces weigh together in kg? The weight of each item is in items.txt.",
        "context": {"items.txt": weights.text("Items"), "orders.txt": orders.text("Orders")},
        "accepts": (total,),
        "decoys": (total + 1, 0),
    }


def _number(chance: random.Random) -> int:
    return chance.randint(1_000, 9_999)


WORDINGS = {
    **wording_of(
        "b",
        *(_sum_b, _count_b, _field_sum_b, _maximum_b, _average_b, _group_b, _lookup_b),
        *(_distinct_b, _dates_b, _contradiction_b, _top_b, _classify_b, _absent_b, _two_b),
    ),
    **wording_of(
        "c",
        *(_sum_c, _count_c, _field_sum_c, _maximum_c, _average_c, _group_c, _lookup_c),
        *(_distinct_c, _dates_c, _contradiction_c, _top_c, _classify_c, _absent_c, _two_c),
    ),
}
