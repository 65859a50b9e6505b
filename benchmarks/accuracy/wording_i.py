"""Fourteen shapes of question in the wording "i", each about another subject and in another format."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable
from typing import Any

from pages import Page, wording_of, wrong_of

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _wrong(right: Iterable[Any], candidates: Iterable[Any], spare: Any) -> tuple[Any, ...]:
    return wrong_of(right, candidates) or (spare,)


def _date(chance: random.Random, year: int) -> str:
    return f"{year}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}"


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def _sum(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    places = ("Lund", "Graz", "Porto", "Riga", "Bergen", "Gdansk", "Leiden", "Turin", "Kosice", "Tartu")
    amounts = iter(chance.sample(range(85, 960), 60))
    number = iter(chance.sample(range(100, 999), 60))
    totals: dict[str, int] = {}
    plan = (
        ("right", "travel grant", 2024, "paid out", chance.randint(9, 13)),
        ("plan", "travel grant", 2024, "budgeted", chance.randint(4, 6)),
        ("draft", "travel grant", 2024, "draft, nothing sent", chance.randint(3, 5)),
        ("old", "travel grant", 2023, "paid out", chance.randint(5, 7)),
        ("other", "trainer fee", 2024, "paid out", chance.randint(4, 6)),
        ("other", "hall rent", 2024, "paid out", chance.randint(4, 6)),
    )
    for key, kind, year, state, times in plan:
        for _ in range(times):
            amount = next(amounts)
            totals[key] = totals.get(key, 0) + amount
            where = chance.choice(places)
            page.rows.append(f"- {_date(chance, year)}, no. {next(number)}: {kind}, {where}, {amount} EUR ({state})")
    right = totals["right"]
    decoys = (
        right + totals["plan"],
        right + totals["draft"],
        right + totals["old"],
        right + totals["other"],
        right + totals["plan"] + totals["draft"],
        right + totals["plan"] + totals["draft"] + totals["old"],
        sum(totals.values()),
    )
    return {
        "question": "How many euros did the chess federation really pay out in travel grants in 2024?",
        "context": page.text("Chess federation, treasurer's list"),
        "accepts": (right,),
        "decoys": _wrong((right,), decoys, right + 1),
    }


def _count(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    places = ("stairwell A", "stairwell B", "boiler room", "attic", "loading ramp", "archive", "foyer", "kitchenette")
    kinds = ("extinguisher, foam", "extinguisher, CO2", "extinguisher, powder")
    number = iter(chance.sample(range(100, 999), 60))

    def add(kind: str, state: str, remark: str) -> None:
        page.rows.append(f"| F{next(number)} | {kind} | {chance.choice(places)} | {state} | {remark} |")

    right, others, remarked, fine = (chance.randint(*ends) for ends in ((7, 14), (3, 5), (3, 6), (10, 15)))
    for _ in range(right):
        add(chance.choice(kinds), "overdue", chance.choice(("", "", "firm informed", "letter sent")))
    for _ in range(others):
        add(chance.choice(("hose reel", "fire blanket")), "overdue", "")
    for _ in range(remarked):
        add(chance.choice(kinds), "in order", "was overdue in spring, serviced since")
    for _ in range(fine):
        add(chance.choice(kinds), "in order", chance.choice(("", "", "new bracket")))
    decoys = (right + others, right + remarked, right + others + remarked, right + remarked + fine)
    head = "| No. | Equipment | Place | Service | Remark |\n|---|---|---|---|---|"
    return {
        "question": "How many fire extinguishers are overdue for their service at the moment?",
        "context": page.text(f"Fire protection equipment of the office block, present state\n\n{head}"),
        "accepts": (right,),
        "decoys": _wrong((right,), decoys, right + 1),
    }


def _field_sum(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    materials = ["PETG", "PLA", "ABS", "TPU"]
    chance.shuffle(materials)
    wanted = materials[0]
    clock = chance.randint(1000, 3000)
    totals = {"right": 0, "material": 0, "failed": 0, "planned": 0, "all": 0}
    jobs = [(wanted, "failed")] * chance.randint(8, 11) + [(wanted, "ok")] * chance.randint(7, 10)
    jobs += [(chance.choice(materials[1:]), "failed") for _ in range(chance.randint(6, 9))]
    jobs += [(chance.choice(materials[1:]), "ok") for _ in range(chance.randint(6, 9))]
    chance.shuffle(jobs)
    for job, (material, result) in enumerate(jobs, chance.randint(200, 800)):
        clock += chance.randint(300, 1900)
        used = chance.randint(12, 240)
        planned = used + chance.randint(3, 90)
        totals["all"] += used
        totals["material"] += used if material == wanted else 0
        totals["failed"] += used if result == "failed" else 0
        if (material, result) == (wanted, "failed"):
            totals["right"] += used
            totals["planned"] += planned
        page.rows.append(
            f"t={_clock(clock)} printer=p{chance.randint(1, 6)} job={job} filament={material} "
            f"planned_g={planned} used_g={used} minutes={chance.randint(20, 400)} result={result}"
        )
    right = totals.pop("right")
    return {
        "question": f"How many grams of {wanted} filament were used up in print jobs that failed?",
        "context": page.text("Log of the 3D printers, _g = grams"),
        "accepts": (right,),
        "decoys": _wrong((right,), totals.values(), right + 1),
    }


def _maximum(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    first = ("Anouk", "Bela", "Carla", "Dario", "Edda", "Finn", "Greta", "Henrik", "Ines", "Jonas", "Kaja", "Luca")
    last = ("Amsel", "Brix", "Corti", "Dahl", "Ebner", "Falk", "Gruber", "Holm", "Imhof", "Janda", "Klee", "Lang")
    names = [f"{one} {two}" for one, two in zip(chance.sample(first, 12), chance.sample(last, 12), strict=True)]
    best, annulled, longest = names[:3]
    distances = chance.sample(range(12, 140), 30)
    distances.sort()
    record = distances[-1] + chance.randint(2, 9)
    cheat = record + chance.randint(3, 40)
    flights = [(chance.choice(names), km, "valid") for km in distances[:-4]]
    flights += [(chance.choice(names[1:]), km, "annulled") for km in distances[-4:-1]]
    flights += [(chance.choice(names[3:]), distances[-1], "valid"), (best, record, "valid")]
    flights.append((annulled, cheat, "annulled"))
    times = sorted(chance.sample(range(40, 420), len(flights)))
    minutes = iter(chance.sample(times, len(times)))
    numbers = iter(chance.sample(range(100, 999), 60))
    for name, km, status in flights:
        flight = {"flight": next(numbers), "pilot": name, "km": km, "minutes": next(minutes), "status": status}
        page.rows.append(json.dumps(flight))
    slow = {"flight": next(numbers), "pilot": longest, "km": 11, "minutes": times[-1] + 25, "status": "valid"}
    page.rows.append(json.dumps(slow))
    parts = (best, record)
    return {
        "question": "Which paraglider pilot flew the farthest on a single flight that was valid, and how many "
        "kilometres was that flight?",
        "context": page.text("Paragliding club, flights of the season"),
        "parts": parts,
        "decoys": _wrong(parts, (annulled, cheat, longest, times[-1] + 25, distances[-1]), record + 1),
    }


def _average(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    sorts = ["Gruyere", "Comte", "Asiago", "Montasio"]
    chance.shuffle(sorts)
    cellar = chance.randint(1, 3)
    elsewhere = [number for number in (1, 2, 3) if number != cellar]
    wheels = [(sorts[0], cellar)] * chance.choice((7, 9, 11, 13))
    wheels += [(sorts[0], chance.choice(elsewhere)) for _ in range(chance.randint(6, 9))]
    wheels += [(chance.choice(sorts[1:]), cellar) for _ in range(chance.randint(6, 9))]
    wheels += [(chance.choice(sorts[1:]), chance.choice(elsewhere)) for _ in range(chance.randint(5, 8))]
    numbers = chance.sample(range(1000, 9999), len(wheels))
    weights = [chance.randint(280, 420) for _ in wheels]
    for number, (sort, room), weight in zip(numbers, wheels, weights, strict=True):
        months = chance.randint(2, 30)
        page.rows.append(f"W{number}    {sort:<12}{room:>6}{months:>10}{weight / 10:>12.1f}")

    def mean(keep: Callable[[str, int], bool]) -> float:
        chosen = [weight for (sort, room), weight in zip(wheels, weights, strict=True) if keep(sort, room)]
        return sum(chosen) / 10 / len(chosen)

    right = mean(lambda sort, room: sort == sorts[0] and room == cellar)
    others = (
        mean(lambda sort, _room: sort == sorts[0]),
        mean(lambda _sort, room: room == cellar),
        mean(lambda _sort, _room: True),
        mean(lambda sort, room: sort == sorts[0] and room != cellar),
        mean(lambda sort, room: sort != sorts[0] and room == cellar),
    )
    decoys = [round(value, 2) for value in others if abs(value - right) > 0.02]
    head = f"{'Wheel':<9}{'Cheese':<12}{'Cellar':>6}{'Months':>10}{'Weight kg':>12}"
    return {
        "question": f"What is the average weight, in kilograms, of the {sorts[0]} wheels lying in cellar {cellar}?",
        "context": page.text(f"CHEESE STORE, STOCK REPORT\n\n{head}"),
        "accepts": (right, round(right, 2)),
        "decoys": _wrong((right, round(right, 2)), decoys, round(right + 1, 2)),
    }


def _group_by(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    origins = chance.sample(("Huila", "Sidamo", "Narino", "Kivu", "Toraja", "Cerrado", "Kayanza"), 4)
    batches = iter(chance.sample(range(1000, 9999), 60))
    sold, scrapped, counts = (dict.fromkeys(origins, 0) for _ in range(3))
    for origin in origins:
        for state, times in (("sold", chance.randint(5, 8)), ("scrapped", chance.randint(1, 3))):
            for _ in range(times):
                weight = chance.randint(8, 60)
                (sold if state == "sold" else scrapped)[origin] += weight
                counts[origin] += 1 if state == "sold" else 0
                roast = chance.choice(("light", "medium", "dark"))
                cells = (f"B{next(batches)}", _date(chance, 2024), origin, roast, str(weight), state)
                page.rows.append("\t".join(cells))
    both = {origin: sold[origin] + scrapped[origin] for origin in origins}
    head = "\t".join(("batch", "roasted", "origin", "roast", "kg", "outcome"))
    return {
        "question": "For each origin of the coffee, how many kilograms in all were sold? Leave out what was scrapped, "
        "and give one figure per origin.",
        "context": page.text(f"Coffee roastery, batches of the year\n\n{head}"),
        "accepts": (sold,),
        "decoys": _wrong((sold,), (both, scrapped, counts), {}),
    }


def _lookup(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    now, before, hockey, stands, curling = (10 * number for number in chance.sample(range(9, 48), 5))
    month = chance.choice(("September", "October", "November"))
    page.rows.extend(
        (
            (
                f"Since 1 {month} 2024, no more than {now} people may be on the ice at the same time "
                "during public skating."
            ),
            (
                f"In the seasons before 1 {month} 2024, up to {before} people were allowed on the ice "
                "during public skating."
            ),
            f"The stands hold {stands} spectators when there is a hockey match.",
            f"The changing rooms of the hockey hall have {hockey} lockers.",
            f"A curling tournament is limited to {curling} participants, counted over the whole weekend.",
            f"The ice is resurfaced every {chance.choice((75, 90, 105))} minutes.",
            f"Skates can be hired in {chance.randint(14, 19)} sizes.",
            "Children under six must be accompanied by an adult on the ice.",
            "Hockey sticks are not permitted during public skating.",
            "Music is turned down after eight in the evening.",
            f"The ice master is on duty from {chance.randint(6, 8)} in the morning.",
            "Helmets are recommended and can be borrowed at the desk free of charge.",
        )
    )
    return {
        "question": "How many people are now allowed on the ice at once during public skating?",
        "context": page.text("Handbook of the ice rink"),
        "accepts": (now,),
        "decoys": _wrong((now,), (before, stands, hockey, curling), now + 1),
    }


def _distinct(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    objects = [f"NGC {number}" for number in chance.sample(range(1000, 7800), 20)]
    saved = objects[: chance.randint(7, 12)]
    lost = objects[12 : 12 + chance.randint(3, 5)]
    waiting = objects[17 : 17 + chance.randint(1, 3)]
    frames = saved + [chance.choice(saved) for _ in range(chance.randint(8, 14))]
    lines = [("frame saved", name) for name in frames]
    lines += [("frame discarded, clouds", name) for name in (*lost, *chance.sample(saved, 2))]
    lines += [("request queued", name) for name in (*waiting, lost[0], *chance.sample(saved, 2))]
    chance.shuffle(lines)
    clock = chance.randint(600, 1800)
    day = chance.randint(10, 28)
    for event, name in lines:
        clock += chance.randint(120, 900)
        stamp = f"Mar {day} {_clock(clock)}"
        process = f"dome2 camera[{chance.randint(300, 999)}]"
        page.rows.append(f'{stamp} {process}: {event}: object="{name}" filter={chance.choice("BVR")}')
    right = len(saved)
    decoys = (len(frames), right + len(lost), right + len(waiting), right + len(lost) + len(waiting), len(lines))
    return {
        "question": "How many different celestial objects does the telescope have at least one saved frame of?",
        "context": page.text("syslog of the observatory"),
        "accepts": (right,),
        "decoys": _wrong((right,), decoys, right + 1),
    }


def _date_range(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    months = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October")
    month = chance.randint(5, 8)
    start, end = chance.randint(8, 13), chance.randint(15, 22)
    low, high = f"2024-{month:02d}-{start:02d}", f"2024-{month + 1:02d}-{end:02d}"

    def inside(year: int) -> str:
        if chance.random() < 0.5:
            return f"{year}-{month:02d}-{chance.randint(start + 1, 28):02d}"
        return f"{year}-{month + 1:02d}-{chance.randint(1, end - 1):02d}"

    def outside() -> str:
        if chance.random() < 0.5:
            return f"2024-{month:02d}-{chance.randint(1, start - 1):02d}"
        return f"2024-{month + 1:02d}-{chance.randint(end + 1, 30):02d}"

    def earlier() -> str:
        return f"2024-{chance.randint(1, month - 2):02d}-{chance.randint(1, 28):02d}"

    within, old = chance.randint(9, 14), chance.randint(4, 6)
    weddings = [(earlier(), inside(2024)) for _ in range(within)]
    weddings += [(earlier(), low), (earlier(), low), (earlier(), high)][chance.randint(0, 1) :]
    weddings += [(earlier(), outside()) for _ in range(chance.randint(7, 10))]
    weddings += [(f"2023-01-{chance.randint(1, 28):02d}", inside(2023)) for _ in range(old)]
    afterwards = range(chance.randint(4, 7))
    later = [f"2024-{chance.randint(month + 2, 12):02d}-{chance.randint(1, 28):02d}" for _ in afterwards]
    weddings += [(inside(2024), day) for day in later]
    numbers = chance.sample(range(1000, 9999), len(weddings))
    for number, (booked, held) in zip(numbers, weddings, strict=True):
        room = chance.choice(("town hall", "castle room", "rose pavilion", "old mill"))
        page.rows.append(f"{number},{booked},{held},{room},{chance.randint(4, 90)}")
    right = sum(low <= held <= high for _, held in weddings)
    decoys = (
        sum(low < held < high for _, held in weddings),
        sum(low <= held < high for _, held in weddings),
        right + old,
        sum(low <= booked <= high for booked, _ in weddings),
        right + len(later),
        len(weddings),
    )
    first, last = f"{start} {months[month - 1]}", f"{end} {months[month]} 2024"
    return {
        "question": f"How many weddings were held from {first} to {last}, counting both of these days?",
        "context": page.text("Registry office, weddings\n\nnumber,booked_on,wedding_date,room,guests"),
        "accepts": (right,),
        "decoys": _wrong((right,), decoys, right + 1),
    }


def _contradiction(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    teams = ("Alder", "Birch", "Cedar", "Hazel", "Maple", "Rowan")
    pairs = chance.sample([(team, day) for team in teams for day in _DAYS], chance.randint(16, 22))
    amounts = chance.sample(range(40, 390), len(pairs))
    wordings = (
        "On {day}, team {team} filled {amount} sandbags.",
        "Team {team} filled {amount} sandbags on {day}.",
        "{day}: {amount} sandbags were filled by team {team}.",
    )
    for (team, day), amount in zip(pairs, amounts, strict=True):
        page.rows.append(chance.choice(wordings).format(day=day, team=team, amount=amount))
    right = sum(amounts)
    claimed = right + chance.choice((-1, 1)) * chance.randint(60, 400)
    page.rows.append(f"In sum, the teams filled {claimed} sandbags during the week.")
    return {
        "question": "If you add up the single entries of the teams, day by day, how many sandbags were filled in the "
        "week? The sum written in the diary may be wrong.",
        "context": page.text("Diary of the flood week"),
        "accepts": (right,),
        "decoys": _wrong((right,), (claimed, right + claimed, len(pairs)), right + 1),
    }


def _top_k(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    first = ("Mirko", "Nora", "Oskar", "Petra", "Quirin", "Rosa", "Sven", "Tilda", "Ugo", "Vera", "Wanda", "Xaver")
    first += ("Yara", "Zeno", "Alma", "Bruno", "Celia", "Doris")
    names = chance.sample(first, len(first))
    heats = dict(zip(names, chance.sample(range(78, 150), len(names)), strict=True))
    finals = dict(zip(names[:12], chance.sample(range(80, 142), 12), strict=True))
    for stage, speeds in (("heat", heats), ("final", finals)):
        for name, speed in speeds.items():
            slips = chance.randint(0, 14)
            page.rows.append(f"- {{typist: {name}, round: {stage}, words_per_minute: {speed}, slips: {slips}}}")

    def order(speeds: dict[str, int]) -> list[str]:
        return sorted(speeds, key=lambda name: speeds[name], reverse=True)

    right = order(finals)[:3]
    either = {name: max(speed, finals.get(name, 0)) for name, speed in heats.items()}
    decoys = (order(heats)[:3], order(either)[:3], right[::-1], order(finals)[-3:], order(finals)[::-1][:3])
    return {
        "question": "Which three typists were the fastest in the final, going by words per minute? Name them in order, "
        "the fastest one first.",
        "context": page.text("# typing championship, results"),
        "accepts": (right,),
        "decoys": _wrong((right,), decoys, right[:2]),
    }


_CALLED_OFF = (
    "Our little one has chickenpox, so the week in July is off for us; let another family have the place.",
    "Sadly we shall not be coming in August after all, my leave was not granted.",
    "Please take the Brandts out of your book for Whitsun, we are staying at home.",
    "The van has broken down for good, so you need not expect us on the 9th, nor later this year.",
    "We have settled on a hotel in the mountains instead, so do not keep our place for us.",
    "You can give away number 31 for those ten days; we won't make it this summer.",
    "Grandmother's operation falls in that very week. We have to drop the trip to you, sorry.",
    "I have to cancel the two nights in June.",
    "With the baby due just then, nothing will come of our holiday with you. Send back the deposit if you can.",
    "It is no longer going to happen for the four of us in September; thanks for having held the place.",
    "My friends have all backed out and alone I won't travel, so strike my name from the list for Friday.",
    "We are giving up our booking for the last week in May; work got in the way.",
)
_OTHERWISE = (
    "Please do not cancel anything: we are only arriving a day later than planned, on the 15th.",
    "Can one cancel free of charge a week before? I have not booked yet and am only comparing.",
    "The ferry was cancelled, so we take the night train and will be at your gate on Sunday morning.",
    "The canoe lesson on Tuesday was called off without a word to us; we stood in the rain for an hour.",
    "The shower in the north block has been cold since yesterday evening.",
    "Is there a shop within walking distance that sells fresh bread?",
    "We had a marvellous fortnight, the children still talk about the rope swing.",
    "Our neighbours played loud songs until three; could you not have a word with them?",
    "May we put up a second small tent next to the caravan? We are coming on the 4th as agreed.",
    "How long a cable do we need to reach the power socket?",
    "There will be five of us rather than four, a cousin is joining; we look forward to it.",
    "The gas bottle at pitch 12 is empty, can someone swap it today?",
    "Do you take credit cards at the reception?",
    "We are running late, the motorway is closed; please leave the barrier open until eleven.",
    "We would like to have the spot by the lake again, same week as last year, same two old people.",
    "At what time does the pool open? The children ask every hour.",
    "Thank you for the quick reply, the deposit went to your account this morning.",
    "The lamp above the washing-up sinks flickers.",
)


def _classify(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    off = chance.sample(_CALLED_OFF, chance.randint(4, 9))
    rest = [*chance.sample(_OTHERWISE[:4], 3), *chance.sample(_OTHERWISE[4:], chance.randint(5, 8))]
    messages = chance.sample(off + rest, len(off) + len(rest))
    for number, message in enumerate(messages, chance.randint(11, 60)):
        page.rows.append(f"Message {number}: {message}")
    right = len(off)
    keyword = sum("cancel" in message for message in messages)
    called = sum("cancel" in message or "called off" in message for message in messages)
    return {
        "question": "In how many of the messages to the campsite does the writer call off their own stay there?",
        "context": page.text("Campsite, messages received"),
        "accepts": (right,),
        "decoys": _wrong((right,), (keyword, called, len(messages), len(rest)), right + 1),
    }


def _absent(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    things = {
        "dog": "Dogs travel on the lower platform of the car.",
        "bicycle": "The lower platform of the car has hooks for bicycles.",
        "sledge": "Sledges are put into the rack at the valley station.",
        "pram": "Prams go through the wide gate on the left.",
        "suitcase": "Suitcases must not stand in the aisle.",
    }
    missing = chance.choice(list(things))
    stated = ["adult", "child", "pensioner", "student", *(thing for thing in things if thing != missing)]
    prices = [number / 10 for number in chance.sample(range(11, 89, 2), len(stated))]
    for thing, price in zip(stated, prices, strict=True):
        article = "an" if thing == "adult" else "a"
        page.rows.append(f"* A single ride for {article} {thing} costs {price:.2f} euros.")
    page.rows.extend(f"* {mention}" for mention in things.values())
    year = chance.randint(1888, 1912)
    page.rows.extend(
        (
            f"* The funicular has been running since {year}.",
            f"* The cars were renewed in {year + chance.randint(80, 100)}.",
            f"* A ride takes {chance.randint(4, 9)} minutes.",
            f"* The line is {chance.randint(410, 980)} metres long.",
        )
    )
    accepts = (None, "None", "not stated", "It is not stated in the document.")
    return {
        "question": f"How much does a single ride on the funicular cost for a {missing}?",
        "context": page.text("Funicular, notes for passengers"),
        "accepts": accepts,
        "decoys": _wrong(accepts, prices, 0),
    }


def _two_documents(chance: random.Random, size: int) -> dict[str, Any]:
    cues, catalogue = Page(chance, size // 2), Page(chance, size // 2)
    names = ("peony", "willow", "palm", "crossette", "dahlia", "comet", "brocade", "chrysanthemum")
    colours = ("red", "gold", "silver", "green", "violet")
    effects = chance.sample([f"{colour} {name}" for colour in colours for name in names], 18)
    articles = [f"P-{number}" for number in chance.sample(range(100, 999), 18)]
    now = {article: chance.randint(12, 90) / 2 for article in articles}
    before = {article: price - chance.randint(1, 6) / 2 for article, price in now.items()}
    for article, effect in zip(articles, effects, strict=True):
        catalogue.rows.append(f"{article};{effect};{before[article]:.2f};{now[article]:.2f}")
    used = articles[: chance.randint(9, 12)]
    fired = [(article, chance.randint(2, 12)) for article in (*used, *chance.choices(used, k=chance.randint(6, 10)))]
    chance.shuffle(fired)
    clock = 0
    for article, amount in fired:
        clock += chance.randint(8, 55)
        cues.rows.append(f"{_clock(clock)}  position {chance.choice('ABCD')}  {article}  x{amount}")
    right = sum(amount * now[article] for article, amount in fired)
    decoys = (
        sum(amount * before[article] for article, amount in fired),
        sum(now[article] for article, _ in fired),
        sum(now[article] for article in used),
        sum(now.values()),
        sum(amount * now[article] for article, amount in dict(fired).items()),
        sum(amount for _, amount in fired),
    )
    return {
        "question": "What do all the fireworks in the firing list cost together, in euros, at the 2024 prices?",
        "context": {
            "firing_list.txt": cues.text("Firing list: time, position, article, number of pieces"),
            "prices.csv": catalogue.text(
                "Price list, euros per piece\n\narticle;effect;price_2023;price_2024",
            ),
        },
        "accepts": (right,),
        "decoys": _wrong((right,), decoys, right + 1),
    }


WORDINGS = wording_of(
    "i",
    *(_sum, _count, _field_sum, _maximum, _average, _group_by, _lookup),
    *(_distinct, _date_range, _contradiction, _top_k, _classify, _absent, _two_documents),
)
