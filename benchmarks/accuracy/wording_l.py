"""Fourteen shapes of question in the wording "l", each about another subject and in another format."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from typing import Any

from pages import Page, wording_of, wrong_of

_STAYING = (
    "We will send two trays of lemon cake with Jonas, but we are away that weekend ourselves.",
    "Please take the enclosed twenty euros for the tombola; we cannot be there.",
    "Last year I stood at the grill for six hours, this time it is somebody else's turn.",
    "The date is a bad choice, half of the class will be at the swimming gala.",
    "My mother's wedding is that Saturday, so nobody from our family will be there.",
    "Could the raffle end earlier this time? The little ones were asleep on their feet.",
    "You may borrow our marquee, somebody would have to fetch it and put it up without us.",
    "I would have loved to do the face painting, but my shift at the clinic was moved to that day.",
    "How much will the entrance be for grandparents?",
    "We only want to know if dogs are allowed on the lawn.",
    "My husband used to look after the sausage stand; since his operation he can't any more, and I don't drive.",
    "We shall drop in as guests around three and eat as much as we can, no more than that.",
    "I think that the pupils ought to do the washing-up and not the parents.",
    "Thank you for the kind letter. Unfortunately I have to decline, the baby is due that week.",
    "Why was nobody thanked for all the work in the spring?",
    "Our bakery gives sixty rolls for free; you need to collect them at the shop before eight.",
    "There were far too few helpers last summer, I do hope that you find more.",
    "We have moved to Lindau in the meantime and Clara has left the school.",
    "Don't put me on the rota, please. Three years in a row were enough.",
    "The stalls should stand in the shade, my daughter had sunstroke.",
    "I asked my neighbour whether she would run the flea market, and she said no. I can't either.",
    "A vegetarian dish would be welcome, Mira has nothing to eat otherwise.",
    "As every year we transfer fifty euros and spare ourselves the trip.",
    "Sorry, exams at the university on that day, I am out.",
)
_COMING = (
    "Put me down for the coffee counter from two to four.",
    "I'll gladly flip burgers, just tell me when I should turn up.",
    "My wife and I take the clearing-up after the end, as always.",
    "Last year I couldn't, this time you can count on me at the ticket desk.",
    "No cake from me, I can't bake. But I shall be there at seven to set up the benches.",
    "I am happy to look after the bouncy castle for two hours.",
    "It's a silly date, but fine, I will do the late turn at the bar.",
    "Ali's grandfather wants to man the tombola, and he has already bought a bow tie for it.",
    "We are three adults and will handle the washing-up between us.",
    "The morning is impossible for me. From one o'clock on I'll serve wherever you need a pair of hands.",
    "I can paint faces again, the colours are still good.",
    "As a trained nurse I take over the first-aid table for the whole day.",
    "Give me the job that nobody wants, I have the day free.",
    "I'll be at the gate and direct the cars, high-vis vest included.",
    "Of course I'm in! The waffle iron and I arrive at half past nine.",
    "You don't have to ask twice: my brother and I carry the tables in the evening.",
    "I will run the sack race, I even have a whistle.",
    "My knee is bad, so I will sit at the till and take the money.",
    "I have swapped my shift so that I can stand at the grill from noon.",
    "Selling second-hand books is just my thing. I'll take the stall all afternoon.",
)


def _others(accepts: Sequence[Any], *values: Any) -> tuple[Any, ...]:
    return wrong_of(accepts, values)


def _sum(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    year = chance.choice((2021, 2022, 2023))
    suppliers = ("Tuchhaus Lerner", "Adler & Sons", "Kessel Trading", "Vogt Supplies", "Bruno Marr", "Ostwald KG")

    def add(number: int, when: int, department: str, status: str) -> int:
        total = 0
        for _ in range(number):
            cents = chance.randint(400, 18000) * 5
            day = f"{when}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
            page.rows.append(f"| {day} | {department} | {chance.choice(suppliers)} | {status} | {cents / 100:.2f} |")
            total += cents
        return total

    right = add(chance.randint(8, 13), year, "wardrobe", "settled")
    quotes = add(chance.randint(3, 5), year, "wardrobe", "quote")
    void = add(chance.randint(1, 3), year, "wardrobe", "void")
    before = add(chance.randint(2, 4), year - 1, "wardrobe", "settled")
    after = add(chance.randint(2, 4), year + 1, "wardrobe", "settled")
    scenery = add(chance.randint(4, 6), year, "scenery", "settled")
    header = "| booked | department | supplier | status | EUR |\n|---|---|---|---|---:|"
    accepts = (right / 100,)
    return {
        "question": (
            f"How much money did the wardrobe really spend in {year}, in euros? "
            "I only mean bills that were paid, so neither offers nor entries that were struck out."
        ),
        "context": page.text(f"Playhouse at the Weir, workshop ledger\n\n{header}"),
        "accepts": accepts,
        "decoys": _others(
            accepts,
            (right + quotes) / 100,
            (right + quotes + void) / 100,
            (right + before + after) / 100,
            (right + scenery) / 100,
            (right + quotes + void + before + after + scenery) / 100,
        ),
    }


def _count(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    wards = ("Oncology", "Surgery 2", "Maternity", "Dialysis", "Geriatrics", "Day clinic")
    numbers = iter(chance.sample(range(100, 1000), 60))
    faults = ("battery swollen", "door latch broken", "alarm silent", "display dead", "casing cracked", "none given")
    fine = ("none", "new battery", "software updated", "label renewed")
    back = ("was withdrawn in 2022 and repaired", "withdrawn by mistake in 2023 and handed back", "not to be withdrawn")

    def add(number: int, kind: str, state: str, remarks: Sequence[str]) -> int:
        for _ in range(number):
            checked = f"2024-{chance.randint(1, 9):02}-{chance.randint(1, 28):02}"
            page.rows.append(
                f"asset={kind}-{next(numbers):04}; ward={chance.choice(wards)}; state={state}; "
                f"checked={checked}; remark={chance.choice(remarks)}"
            )
        return number

    right = add(chance.randint(6, 14), "IP", "withdrawn", faults)
    drivers = add(chance.randint(3, 6), "SD", "withdrawn", faults)
    returned = add(chance.randint(2, 5), "IP", "in service", back)
    working = add(chance.randint(5, 9), "IP", "in service", fine)
    add(chance.randint(2, 4), "SD", "in service", fine)
    spare = add(chance.randint(2, 3), "IP", "spare", fine)
    accepts = (right,)
    return {
        "question": chance.choice(
            (
                "How many infusion pumps have been taken out of use at present? A spare pump is not out of use.",
                "I need to order replacements: how many of our infusion pumps are at the moment withdrawn from use?",
            )
        ),
        "context": page.text(
            "Medical equipment, current state of all devices\n"
            "IP = infusion pump, SD = syringe driver; state is one of: in service, spare, withdrawn (out of use)"
        ),
        "accepts": accepts,
        "decoys": _others(
            accepts,
            right + drivers,
            right + returned,
            right + drivers + returned,
            right + returned + working + spare,
            drivers,
        ),
    }


def _field_sum(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    meter, other = chance.sample(("Ice rink", "Waterworks", "Fire station", "Bus depot", "Indoor pool"), 2)
    twin = f"{meter} annexe"

    def add(number: int, name: str, rate: str) -> int:
        total = 0
        for _ in range(number):
            kwh = chance.randint(35, 980)
            hour = chance.choice((0, 1, 2, 3, 4, 23) if rate == "off-peak" else (9, 10, 12, 15, 17, 18))
            stamp = f"2024-{chance.randint(1, 6):02}-{chance.randint(1, 28):02}T{hour:02}:00"
            page.rows.append(json.dumps({"ts": stamp, "meter": name, "rate": rate, "kwh": kwh}))
            total += kwh
        return total

    right = add(chance.randint(7, 12), meter, "off-peak")
    peak = add(chance.randint(5, 8), meter, "peak")
    annexe = add(chance.randint(3, 5), twin, "off-peak")
    elsewhere = add(chance.randint(5, 8), other, "off-peak")
    rest = add(chance.randint(3, 5), other, "peak")
    accepts = (right,)
    place = meter[0].lower() + meter[1:]
    return {
        "question": (
            f"How many kilowatt-hours went into the {place} at the cheap night tariff? "
            f'The meter for that is the one called "{meter}", without the annexe.'
        ),
        "context": page.text(
            "Municipal energy office, export of interval readings (one object per line)\n"
            "rate: peak = dear day tariff, off-peak = cheap night tariff"
        ),
        "accepts": accepts,
        "decoys": _others(
            accepts, right + peak, right + annexe, right + elsewhere, right + peak + annexe + elsewhere + rest, peak
        ),
    }


def _maximum(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    plots = ["Mill Field", "Long Acre", "Chapel Bank", "Fox Hollow", "Upper Terrace", "Brickyard"]
    plots += ["Heron Meadow", "Quarry Edge", "Saint Anne", "Old Nursery", "Windy Knoll", "Ferry Piece"]
    varieties = ("Boskoop", "Elstar", "Conference", "Cox", "Gala", "Topaz")
    variety = {plot: chance.choice(varieties) for plot in plots}

    def row(plot: str, basis: str, kilos: int) -> str:
        return f"{plot:<16}{variety[plot]:<13}{basis:<16}{kilos:>6}"

    weights = chance.sample(range(2100, 6900), len(plots))
    chance.shuffle(plots)
    this_year = dict(zip(plots, weights, strict=True))
    ranked = sorted(plots, key=lambda plot: this_year[plot], reverse=True)
    best, second = ranked[:2]
    estimates = dict(zip(ranked[:6], chance.sample(range(7000, 8400), 6), strict=True))
    earlier = dict(zip(ranked[2:8], chance.sample(range(8400, 9900), 6), strict=True))
    page.rows.extend(row(plot, "weighed 2024", kilos) for plot, kilos in this_year.items())
    page.rows.extend(row(plot, "estimate 2024", kilos) for plot, kilos in estimates.items())
    page.rows.extend(row(plot, "weighed 2023", kilos) for plot, kilos in earlier.items())
    guessed = max(estimates, key=lambda plot: estimates[plot])
    past = max(earlier, key=lambda plot: earlier[plot])
    return {
        "question": (
            "Which of the orchard plots brought in the heaviest crop in 2024, and how many kilos were picked there? "
            "Only fruit that has been over the scales counts."
        ),
        "context": page.text(
            f"Fruit farm Hollerbach, crop by plot\n\n{'plot':<16}{'variety':<13}{'basis':<16}{'kg':>6}\n{'-' * 51}"
        ),
        "parts": (best, this_year[best]),
        "decoys": (
            f"{guessed}: {estimates[guessed]}",
            f"{past}: {earlier[past]}",
            f"{second}: {this_year[second]}",
            f"{best}: {estimates[best]}",
            estimates[guessed],
            earlier[past],
        ),
    }


def _average(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    first = ("Amira", "Ben", "Carla", "Dario", "Edda", "Finn", "Greta", "Hugo", "Ines", "Jonas", "Kaja", "Levin")
    names = [f"{name} {letter}." for name in first for letter in "BKMRT"]
    chance.shuffle(names)
    group, neighbour = chance.sample(("8a", "8b", "8c", "8d"), 2)

    def add(pupils: Sequence[str], where: str, subject: str, sitting: str) -> list[int]:
        points = [chance.randint(14, 59) for _ in pupils]
        page.rows.extend(
            f"{pupil}\t{where}\t{subject}\t{sitting}\t{mark}" for pupil, mark in zip(pupils, points, strict=True)
        )
        return points

    present = chance.choice((7, 9, 11))
    ill = chance.randint(2, 4)
    marks = add(names[:present], group, "physics", "main")
    page.rows.extend(f"{pupil}\t{group}\tphysics\tmain\till" for pupil in names[present : present + ill])
    resits = add(names[present : present + ill], group, "physics", "resit")
    chemistry = add(names[: present - 2], group, "chemistry", "main")
    neighbours = add(names[20 : 20 + chance.randint(6, 9)], neighbour, "physics", "main")
    mean = sum(marks) / present
    if chance.random() < 0.5:
        digits = chance.choice((1, 2))
        rounding = f" Round to {('one decimal place', 'two decimal places')[digits - 1]}, please."
        accepts: tuple[float, ...] = (round(mean, digits), mean)
    else:
        rounding = ""
        accepts = (round(mean, 2), round(mean, 1), mean)
    careless = [
        sum(marks) / (present + ill),
        (sum(marks) + sum(resits)) / (present + ill),
        (sum(marks) + sum(chemistry)) / (2 * present - 2),
        (sum(marks) + sum(neighbours)) / (present + len(neighbours)),
    ]
    return {
        "question": (
            f"What was the mean score of {group} at the main sitting of the physics test? "
            f"Pupils who were off sick that day have no score, and their later try is left out.{rounding}"
        ),
        "context": page.text("Year 8, science tests (60 points at most)\n\npupil\tclass\tsubject\tsitting\tpoints"),
        "accepts": accepts,
        "decoys": tuple(round(value, 2) for value in careless if abs(value - mean) > 0.2),
    }


def _group_by(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    funds = sorted(chance.sample(("Hartwell", "Lantern", "Pearce", "Ridgeway", "Tolliver", "Whitcombe"), 4))
    people = ["Harbour Choir", "Scout Hut", "Moor Rescue", "Night Shelter", "Boxing Club", "Toy Library", "Hospice"]
    people += ["Allotment Society", "Deaf Centre", "Canal Trust"]
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun")
    granted = dict.fromkeys(funds, 0)
    promised = dict.fromkeys(funds, 0)
    refused = dict.fromkeys(funds, 0)

    def draw() -> tuple[str, str, int]:
        day = f"{chance.randint(1, 28)} {chance.choice(months)}"
        return day, chance.choice(people), chance.randint(6, 90) * 25

    for fund in funds:
        for _ in range(chance.randint(4, 6)):
            day, who, pounds = draw()
            page.rows.append(f"- {day}: £{pounds:,} transferred to {who} out of the {fund} fund")
            granted[fund] += pounds
        for _ in range(chance.randint(1, 2)):
            day, who, pounds = draw()
            page.rows.append(f"- {day}: £{pounds:,} promised to {who} out of the {fund} fund, due next year")
            promised[fund] += pounds
        for _ in range(chance.randint(1, 2)):
            day, who, pounds = draw()
            page.rows.append(f"- {day}: {who} asked the {fund} fund for £{pounds:,}, turned down")
            refused[fund] += pounds
    accepts = (granted,)
    return {
        "question": (
            "The auditor wants to know how much each of our funds has handed out so far this year: "
            f"one total in pounds for each of {', '.join(funds[:-1])} and {funds[-1]}. "
            "Money that has only been pledged has not been handed out."
        ),
        "context": page.text("Community foundation, clerk's running list for the half-year"),
        "accepts": accepts,
        "decoys": _others(
            accepts,
            {fund: granted[fund] + promised[fund] for fund in funds},
            {fund: granted[fund] + promised[fund] + refused[fund] for fund in funds},
            promised,
        ),
    }


def _lookup(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    units = ["neonatal unit", "burns unit", "stroke unit", "renal ward", "cardiac ward", "sleep laboratory"]
    chance.shuffle(units)
    unit, twin = units[:2]
    right, old, planned, desk, other, *more = chance.sample(range(4100, 4990), 14)
    page.rows.extend(
        (
            f"Since the exchange was renewed in June 2024, the on-call physician of the {unit} answers on {right}.",
            f"Before the renewal, the on-call physician of the {unit} was reached on {old}, as older posters say.",
            f"A proposal to move the on-call physician of the {unit} to {planned} in 2026 has not been approved.",
            f"The desk of the {unit}, which takes messages for relatives, has {desk} and is staffed from 8 to 18.",
            f"Since the exchange was renewed in June 2024, the on-call physician of the {twin} answers on {other}.",
            f"Before the renewal, the on-call physician of the {twin} was reached on {more[0]}.",
        )
    )
    for name, number, fax in zip(units[2:], more[1:5], more[5:9], strict=True):
        page.rows.append(f"For the {name} nothing has changed: on-call physician {number}, desk {fax}.")
    accepts = (right, str(right))
    return {
        "question": chance.choice(
            (
                f"Which number do I have to dial today to get hold of the doctor on duty for the {unit}?",
                f"It's the middle of the night and I need the duty doctor of the {unit}. What is the extension now?",
            )
        ),
        "context": page.text("Circular of the switchboard to all wards, 14 September 2024"),
        "accepts": accepts,
        "decoys": (old, planned, desk, other, more[0]),
    }


def _distinct(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    houses = ["Kunsthaus Arlen", "Museo Bianchi", "Tern Gallery", "Civic Museum Dole", "Villa Marlow", "Textile Hall"]
    houses += ["Ceramics Centre Oss", "Palais Verrier", "Folk Museum Rauma", "Castle Eltz Trust", "Harrow Gallery"]
    houses += ["Glass Museum Ebeltoft", "Porcelain Cabinet Selb", "Maison Dubois", "Riverside Arts", "Galleria Sforza"]
    houses += ["Toy Museum Sonneberg", "Museum of Craft Leeds", "Stadtmuseum Hof", "Carlton Rooms"]
    objects = ("celadon bowl", "lacquer box", "silk fan", "pewter jug", "carved comb", "enamel plate", "ivory dice")
    months = ("January", "March", "April", "June", "September", "November")
    chance.shuffle(houses)
    different = chance.randint(7, 12)
    lent, rest = houses[:different], houses[different:]
    only_asked = rest[: chance.randint(3, 6)]
    again = chance.choices(lent, k=chance.randint(5, 9))
    asked_too = chance.sample(lent, 3)
    numbers = iter(chance.sample(range(2001, 2999), 60))

    def row(kind: str, house: str) -> str:
        when = f"{chance.randint(1, 28)} {chance.choice(months)}"
        item = f"{chance.choice(objects)} (inv. K-{chance.randint(100, 999)})"
        return f"[{next(numbers)}] {kind} :: {house} :: {item} :: {when}"

    page.rows.extend(row("LENT", house) for house in [*lent, *again])
    page.rows.extend(row("REQUEST DENIED", house) for house in [*only_asked, *asked_too])
    accepts = (different,)
    return {
        "question": (
            "How many different houses have actually had something from our collection on loan? "
            "Whoever came back for a second piece is still one house."
        ),
        "context": page.text("Registrar's book of outgoing loans, applied arts"),
        "accepts": accepts,
        "decoys": _others(
            accepts,
            different + len(again),
            different + len(only_asked),
            different + len(again) + len(only_asked) + len(asked_too),
        ),
    }


def _date_range(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    months = ("January", "February", "March", "April", "May", "June", "July", "August")
    month = chance.randint(2, 6)
    start, end = chance.randint(8, 20), chance.randint(6, 20)
    feeders = ("Westbach", "Kiln Lane", "Harbour 2", "Sawmill", "Upper Glen", "Station Road")

    def add(days: Sequence[tuple[int, int]], kind: str, year: int = 2024) -> int:
        for day, number in days:
            clock = f"{chance.randint(0, 23):02}:{chance.randint(0, 59):02}"
            page.rows.append(
                f"{day:02}.{number:02}.{year} {clock} {kind:<7} feeder {chance.choice(feeders)} dead, "
                f"{chance.randint(12, 940)} households, {chance.randint(9, 180)} min"
            )
        return len(days)

    def inside(number: int) -> list[tuple[int, int]]:
        return [
            chance.choice(((chance.randint(start + 1, 28), month), (chance.randint(1, end - 1), month + 1)))
            for _ in range(number)
        ]

    edges = add([(start, month), (end, month + 1)], "FAULT")
    right = edges + add(inside(chance.randint(4, 10)), "FAULT")
    early = add([(chance.randint(1, start - 1), month) for _ in range(chance.randint(3, 5))], "FAULT")
    late = add([(chance.randint(end + 1, 28), month + 1) for _ in range(chance.randint(3, 5))], "FAULT")
    far = add([(chance.randint(1, 28), month + 2) for _ in range(2)], "FAULT")
    planned = add(inside(chance.randint(3, 5)), "PLANNED")
    year_before = add(inside(chance.randint(2, 4)), "FAULT", 2023)
    first, last = f"{start} {months[month - 1]}", f"{end} {months[month]}"
    accepts = (right,)
    return {
        "question": (
            f"How often did a feeder fail without warning from {first} to {last} 2024? "
            "Both of these days belong to it; switch-offs that we had announced do not."
        ),
        "context": page.text(
            "Grid control room, interruptions of supply (dd.mm.yyyy)\n"
            "FAULT = unexpected failure, PLANNED = announced to customers beforehand"
        ),
        "accepts": accepts,
        "decoys": _others(
            accepts,
            right + planned,
            right - edges,
            right + year_before,
            right + early + late + far,
            right + early + late + far + planned + year_before,
        ),
    }


def _contradiction(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    month, before = chance.choice((("May", "April"), ("July", "June"), ("October", "September")))
    first = chance.choice((1, 8, 15))

    def add(days: Sequence[str]) -> tuple[list[int], int, int]:
        eggs, cracked, sold = [], 0, 0
        for day in days:
            found, broken = chance.randint(310, 490), chance.randint(3, 19)
            gone = found - broken - chance.randint(5, 60)
            page.rows.append(f"Day: {day}\n  gathered: {found}\n  of these cracked: {broken}\n  of these sold: {gone}")
            eggs.append(found)
            cracked += broken
            sold += gone
        return eggs, cracked, sold

    eggs, cracked, sold = add([f"{day} {month}" for day in range(first, first + 14)])
    others, _, _ = add([f"{day} {before}" for day in chance.sample(range(20, 31), 3)])
    right = sum(eggs)
    wrong = right + chance.choice((-chance.choice(eggs), -90, 90, -200, 300, 1000))
    accepts = (right,)
    return {
        "question": (
            f"How many eggs did the hens lay us from {first} to {first + 13} {month}, if you go by the single days? "
            "Count the cracked ones too. I have a feeling that the figure in the summary is off."
        ),
        "context": page.text(
            "Hen house diary, Sonnleiten farm",
            ending=f"Summary for {first} to {first + 13} {month}: {wrong} eggs gathered in all",
        ),
        "accepts": accepts,
        "decoys": _others(accepts, wrong, right - cracked, sold, right + sum(others)),
    }


def _top_k(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    branches = ["Alder Street", "Bellmouth", "Cathedral Row", "Dunmore", "Eastgate", "Fishmarket", "Glover Park"]
    branches += ["Highfield", "Inkerman", "Jubilee Square", "Kingsway", "Lowtown", "Marsh End", "Northolt"]
    chance.shuffle(branches)
    number = chance.choice((3, 4))
    running, closed = branches[3:], branches[:3]
    savings = dict(zip(running, chance.sample(range(400, 1500, 3), len(running)), strict=True))
    savings.update(zip(closed, chance.sample(range(1501, 2400, 3), len(closed)), strict=True))
    loans = dict(zip(branches, chance.sample(range(400, 2400, 3), len(branches)), strict=True))
    halves: dict[str, int] = {}
    for branch in branches:
        status = "closed" if branch in closed else "open"
        in_first = savings[branch] * chance.randint(15, 85) // 100
        lent_first = loans[branch] * chance.randint(30, 70) // 100
        halves[branch] = in_first
        page.rows.append(f"{branch};{status};H1;{in_first};{lent_first}")
        page.rows.append(f"{branch};{status};H2;{savings[branch] - in_first};{loans[branch] - lent_first}")

    def top(names: Sequence[str], values: dict[str, int]) -> list[str]:
        return sorted(names, key=lambda name: values[name], reverse=True)[:number]

    best = top(running, savings)
    accepts = (best,)
    word = {3: "three", 4: "four"}[number]
    return {
        "question": (
            f"Taking both half-years together, which {word} branches gathered the most savings from customers? "
            "Leave out those that we have shut in the meantime, and name the biggest first."
        ),
        "context": page.text(
            "Savings bank, branch report (thousand EUR; status as of today)\n\n"
            "branch;status;half;deposits_taken;loans_granted"
        ),
        "accepts": accepts,
        "decoys": _others(
            accepts, top(branches, savings), top(running, loans), top(running, halves), best[::-1], best[: number - 1]
        ),
    }


def _classify(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    right = chance.randint(6, 11)
    not_counted = chance.randint(9, 14)
    texts = [*chance.sample(_COMING, right), *chance.sample(_STAYING, not_counted)]
    chance.shuffle(texts)
    for number, text in enumerate(texts, start=1):
        page.rows.append(f"Slip {number}: \N{LEFT DOUBLE QUOTATION MARK}{text}\N{RIGHT DOUBLE QUOTATION MARK}")
    accepts = (right,)
    return {
        "question": (
            "On how many of the slips do parents promise that somebody of the family will lend a hand at the summer "
            "fair on the day? Gifts of food, things or money alone are kind, but I need people for the rota."
        ),
        "context": page.text("Return slips about the summer fair, typed up by the school office"),
        "accepts": accepts,
        "decoys": _others(accepts, len(texts), not_counted, sum("I'll" in text or "will" in text for text in texts)),
    }


def _absent(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    customers = ["Fenwick Bakery", "Oriel Dental", "Stroud Joinery", "Lark Cycles", "Pym Nurseries", "Castle Laundry"]
    chance.shuffle(customers)
    asked = customers[0]
    ways = {
        "arrangement fee": f"What did we charge {asked} for setting up the loan?",
        "early repayment charge": f"What will it cost {asked} to pay the loan off ahead of time?",
        "late payment charge": f"How much do we add if {asked} is behind with an instalment?",
        "valuation cost": f"What did it cost to have the property of {asked} valued?",
    }
    wanted = chance.choice(list(ways))
    amounts = iter(chance.sample(range(150, 2900, 5), 40))
    alike: list[int] = []
    own: list[int] = []
    for customer in customers:
        page.rows.append(f"{customer} > amount lent > {chance.randint(20, 190) * 1000} EUR")
        page.rows.append(f"{customer} > rate fixed until > {chance.randint(2026, 2034)}")
        for attribute in ways:
            if customer == asked and attribute == wanted:
                continue
            euros = next(amounts)
            page.rows.append(f"{customer} > {attribute} > {euros} EUR")
            if customer == asked:
                own.append(euros)
            elif attribute == wanted:
                alike.append(euros)
    hint = chance.choice(("", "", " If the file says nothing about it, tell me so."))
    return {
        "question": f"{ways[wanted]}{hint}",
        "context": page.text("Loan file extract, business customers"),
        "accepts": (None, "None", "not stated", "It is not stated in the document."),
        "decoys": (*own, *alike),
    }


def _two_documents(chance: random.Random, size: int) -> dict[str, Any]:
    till, list_of_cards = Page(chance, size // 2), Page(chance, size - size // 2)
    forms = ("6a", "6b", "6c")
    form = chance.choice(forms)
    surnames = ("Abel", "Brandt", "Cerny", "Doll", "Engel", "Fuchs", "Gruber", "Hahn")
    cards = chance.sample(range(40100, 40999), 15)
    form_of = {card: forms[place % 3] for place, card in enumerate(cards)}
    for card, where in form_of.items():
        list_of_cards.rows.append(f"{card},{chance.choice(surnames)},{where}")
    prices = {"hot meal": 380, "salad plate": 295, "soup": 210, "roll": 145, "juice": 120}
    bought = dict.fromkeys(forms, 0)
    cancelled = dict.fromkeys(forms, 0)
    loaded = 0

    def stamp() -> str:
        return f"{chance.randint(4, 8):02}/03 {chance.randint(11, 13)}:{chance.randint(0, 59):02}"

    for card, where in form_of.items():
        for _ in range(chance.randint(1, 3)):
            dish = chance.choice(list(prices))
            till.rows.append(f"{stamp()} card {card} {dish} {prices[dish] / 100:.2f}")
            bought[where] += prices[dish]
    for place, card in enumerate((*cards[:3], *chance.sample(cards, 3))):
        dish = chance.choice(list(prices))
        till.rows.append(f"{stamp()} card {card} {dish} {prices[dish] / 100:.2f} CANCELLED")
        cancelled[form_of[card]] += prices[dish]
        topped_up = cards[place + 3]
        euros = chance.choice((10, 15, 20, 30))
        till.rows.append(f"{stamp()} card {topped_up} top-up {euros}.00")
        loaded += euros * 100 if form_of[topped_up] == form else 0
    accepts = (bought[form] / 100,)
    return {
        "question": (
            f"What did the pupils of {form} spend on food and drink in the canteen that week, in euros? "
            "Money loaded onto a card isn't spent yet, and what was cancelled was not paid for."
        ),
        "context": {
            "canteen_till.log": till.text("School canteen, till journal, week of 4 March (EUR)"),
            "cards.csv": list_of_cards.text("card,surname,class"),
        },
        "accepts": accepts,
        "decoys": _others(
            accepts,
            (bought[form] + cancelled[form]) / 100,
            (bought[form] + loaded) / 100,
            (bought[form] + cancelled[form] + loaded) / 100,
            sum(bought.values()) / 100,
            *(bought[other] / 100 for other in forms if abs(bought[other] - bought[form]) > 10),
        ),
    }


WORDINGS = wording_of(
    "l",
    *(_sum, _count, _field_sum, _maximum, _average, _group_by, _lookup),
    *(_distinct, _date_range, _contradiction, _top_k, _classify, _absent, _two_documents),
)
