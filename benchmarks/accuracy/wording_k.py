"""Fourteen shapes of question in the wording "k", each about another subject and in another format."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

from pages import Page, wording_of

_SURNAMES = (
    *("Okafor", "Lindqvist", "Moreau", "Hadley", "Petrov", "Castellan", "Yilmaz", "Brandt", "Nakata", "Osei"),
    *("Fairweather", "Dvorak", "Ibarra", "Kilbride", "Zeman", "Abbott"),
)
_FIRST = ("Ngozi", "Elsa", "Pascal", "Ruth", "Ivan", "Lucia", "Deniz", "Karl", "Emi", "Kofi", "Grace", "Tomas")


def _plain(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def _task(question: str, context: Any, accepts: tuple[Any, ...], decoys: tuple[Any, ...]) -> dict[str, Any]:
    right = [_plain(value) for value in accepts]
    wrong: list[Any] = []
    for decoy in decoys:
        if _plain(decoy) not in right and decoy not in wrong:
            wrong.append(decoy)
    return {"question": question, "context": context, "accepts": accepts, "decoys": tuple(wrong)}


def _long(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _sum(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    year = chance.choice((2022, 2023, 2024))
    vendors = ("Norvik Systems", "Pinegate", "Halcyon Data", "Brightfold", "Osprey Tools", "Quillworks", "Tarn & Co")
    licences = ("antivirus seats", "drawing suite", "mail filter", "remote access", "signature tool", "payroll module")
    devices = ("label printer", "docking stations", "network switch", "headsets", "barcode scanner")
    totals = dict.fromkeys(("right", "offer", "withdrawn", "earlier", "equipment"), 0)
    plan = ["right"] * chance.randint(8, 11) + ["offer"] * 5 + ["withdrawn"] * 4 + ["earlier"] * 5 + ["equipment"] * 5
    for what in plan:
        day = date(year - (what == "earlier"), chance.randint(1, 12), chance.randint(1, 28))
        cents = chance.randint(9_000, 240_000)
        totals[what] += cents
        kind = "equipment" if what == "equipment" else "licence"
        item = chance.choice(devices if what == "equipment" else licences)
        state = what if what in ("offer", "withdrawn") else "settled"
        page.rows.append(
            f"{day:%Y-%m-%d}  {chance.choice(vendors):<16}{kind:<11}{item:<19}{state:<10}{cents / 100:>10,.2f}"
        )
    header = f"{'date':<12}{'supplier':<16}{'kind':<11}{'item':<19}{'state':<10}{'EUR':>10}"
    question = chance.choice(
        (
            f"How many euros did we really spend on software licences in {year}?",
            (
                f"I need one figure for the auditors: what have we paid for licences in the year {year}? "
                "An offer that nobody took up, or one that was withdrawn, cost us nothing."
            ),
        )
    )
    right = totals["right"]
    return _task(
        question,
        page.text(f"IT purchasing, running list {year - 1} and {year}\n\n{header}"),
        (round(right / 100, 2),),
        (
            round((right + totals["offer"]) / 100, 2),
            round((right + totals["withdrawn"]) / 100, 2),
            round((right + totals["earlier"]) / 100, 2),
            round((right + totals["equipment"]) / 100, 2),
            round(sum(totals.values()) / 100, 2),
        ),
    )


def _count(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    hosts = ("db-03", "mail-01", "files-02", "wiki-01", "gis-04", "payroll-01", "print-02", "web-05")
    broken = chance.randint(6, 11)
    rehearsed = chance.randint(2, 4)
    restored = chance.randint(2, 4)
    whole = chance.randint(8, 11)
    again = chance.randint(3, 5)
    plan = [("backup", "live", "aborted")] * broken
    plan += [("backup", "rehearsal", "aborted")] * rehearsed
    plan += [("restore", "live", "aborted")] * restored
    plan += [("backup", "live", "complete")] * whole
    plan += [("backup", "live", "complete-second-try")] * again
    plan += [("backup", "rehearsal", "complete")] * 2
    numbers = chance.sample(range(2000, 9000), len(plan))
    for number, (program, mode, result) in zip(numbers, plan, strict=True):
        clock = f"{chance.randint(1, 4):02}:{chance.randint(0, 59):02}:{chance.randint(0, 59):02}"
        share = chance.randint(7, 93) if result == "aborted" else 100
        page.rows.append(
            f"2025-02-{chance.randint(1, 28):02}T{clock}Z {program}[{number}]: host={chance.choice(hosts)} "
            f"mode={mode} result={result} copied={share}%"
        )
    question = chance.choice(
        (
            "How many of the real backups in this log did not get to the end?",
            (
                "In how many cases were we left without a full backup? "
                "I mean the live runs; rehearsals and restores are another matter."
            ),
        )
    )
    return _task(
        question,
        page.text("== vault.log, February 2025, every job has its own line =="),
        (broken,),
        (
            broken + rehearsed,
            broken + restored,
            broken + rehearsed + restored,
            broken + again,
            len(plan),
        ),
    )


def _field_sum(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    places = chance.sample(("Venlo", "Graz", "Malmo", "Brno", "Lille", "Trieste", "Gdansk"), 5)
    depot, others = places[0], places[1:]
    right = weight = elsewhere = inbound = 0
    plan = ["right"] * chance.randint(7, 10) + ["mode"] * 7 + ["inbound"] * 6 + ["other"] * 7
    numbers = chance.sample(range(1000, 9999), len(plan))
    for number, what in zip(numbers, plan, strict=True):
        pallets = chance.randint(3, 32)
        kilos = pallets * chance.randint(180, 520)
        sender, target = depot, chance.choice(others)
        carriage = "rail"
        if what == "right":
            right += pallets
            weight += kilos
        elif what == "mode":
            carriage = chance.choice(("road", "barge"))
            elsewhere += pallets
        elif what == "inbound":
            sender, target = target, depot
            inbound += pallets
        else:
            sender, target = chance.sample(others, 2)
            carriage = chance.choice(("rail", "road", "barge"))
        page.rows.append(
            f"DN{number};{chance.randint(1, 30):02}/09/2024;{sender};{target};{carriage};{pallets};{kilos}"
        )
    question = chance.choice(
        (
            f"How many pallets left {depot} by train in September?",
            (
                f"For the rail discount I need to know how many pallets we dispatched from {depot} by train. "
                "What came in does not matter here."
            ),
        )
    )
    return _task(
        question,
        page.text("# delivery notes, September 2024\nnote;day;from;to;carriage;pallets;kg"),
        (right,),
        (right + elsewhere, right + inbound, inbound, weight),
    )


def _maximum(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    year = chance.choice((2023, 2024, 2025))
    places = chance.sample(
        (
            *("Linden School", "Old Fire House", "Saint Anne's Hall", "Harbour Library", "Mill Gymnasium"),
            *("North Pavilion", "Weaver's House", "Town Museum", "Hilltop Nursery", "Canal Club"),
        ),
        9,
    )
    box = chance.sample(range(300, 600), 9)
    before = chance.sample([n for n in range(600, 700) if n not in box], 9)
    roll = chance.sample(range(720, 990), 9)
    post = chance.sample(range(30, 99), 9)
    best = max(range(9), key=lambda i: box[i])
    if before[best] == max(before):
        other = (best + 1) % 9
        before[best], before[other] = before[other], before[best]
    if roll[best] == max(roll):
        other = (best + 1) % 9
        roll[best], roll[other] = roll[other], roll[best]
    for i, place in enumerate(places):
        page.rows.append(f"On 9 June {year} the box at {place} was found to hold {box[i]} ballot papers.")
        page.rows.append(f"The electoral roll for {place} listed {roll[i]} persons on 9 June {year}.")
        page.rows.append(f"For {place}, {post[i]} ballot papers had come by post for 9 June {year}.")
        page.rows.append(f"In the vote of {year - 4} there were {before[i]} ballot papers in the box at {place}.")
    then = max(range(9), key=lambda i: before[i])
    listed = max(range(9), key=lambda i: roll[i])
    question = chance.choice(
        (
            f"Which polling station had the most people voting in person on 9 June {year}, and how many came?",
            (
                f"Where did the greatest number of voters put a paper in the box on 9 June {year}? "
                "Tell me the polling station and the number."
            ),
        )
    )
    return {
        "question": question,
        "context": page.text(f"Report of the returning officer on the vote of 9 June {year}"),
        "parts": (places[best], box[best]),
        "decoys": (
            places[best],
            f"{places[then]}: {before[then]}",
            f"{places[listed]}: {roll[listed]}",
            f"{places[best]}: {before[best]}",
            f"{places[best]}: {roll[best]}",
        ),
    }


def _average(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    matrices = chance.sample(("drinking water", "waste water", "soil", "sludge"), 3)
    clients = ("Waterworks East", "Farmers' Union", "Spa Resort", "Bathing Inspectorate", "Canning Works")
    wanted = matrices[0]
    hours: dict[str, list[int]] = {"right": [], "withdrawn": [], "running": [], "other": []}
    plan = ["right"] * chance.choice((7, 9, 11)) + ["withdrawn"] * 4 + ["running"] * 4 + ["other"] * 12
    numbers = chance.sample(range(10000, 99999), len(plan))
    low = {"right": 30, "withdrawn": 2, "running": 3, "other": 50}
    high = {"right": 75, "withdrawn": 20, "running": 22, "other": 140}
    for number, what in zip(numbers, plan, strict=True):
        value = chance.randint(low[what], high[what])
        hours[what].append(value)
        matrix = chance.choice(matrices[1:]) if what == "other" else wanted
        state = {"withdrawn": "withdrawn", "running": "on the bench"}.get(what, "reported")
        page.rows.append(f"W{number}\t{matrix}\t{chance.choice(clients)}\t{value}\t{state}")
    exact = sum(hours["right"]) / len(hours["right"])
    question = f"How many hours on average did it take until a {wanted} sample was reported?"
    if chance.random() < 0.5:
        question = (
            f"What is the mean number of hours from the arrival of a {wanted} sample to its report? "
            "Samples with no report do not come into it. One decimal place will do."
        )
    every = [value for values in hours.values() for value in values]
    sight = hours["right"] + hours["withdrawn"] + hours["running"]
    reported = hours["right"] + hours["other"]
    half = hours["right"] + hours["running"]
    return _task(
        question,
        page.text("Sample register\nhours = since arrival\n\nsample\tmaterial\tclient\thours\tstate"),
        (exact, round(exact, 1), round(exact, 2)),
        tuple(round(sum(values) / len(values), 1) for values in (sight, half, reported, every)),
    )


def _group_by(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    offices = chance.sample(
        ("Land Registry", "Youth Office", "Roads Department", "Trade Licensing", "Registry of Births", "Forestry"), 4
    )
    right = dict.fromkeys(offices, 0)
    claimed = dict.fromkeys(offices, 0)
    folders = dict.fromkeys(offices, 0)
    plan = [(office, "shelved") for office in offices for _ in range(chance.randint(3, 5))]
    plan += [(office, "announced") for office in offices for _ in range(2)]
    plan += [(office, "sent back") for office in offices for _ in range(chance.randint(1, 2))]
    numbers = chance.sample(range(100, 999), len(plan))
    for number, (office, state) in zip(numbers, plan, strict=True):
        boxes = chance.randint(2, 40)
        inside = boxes * chance.randint(5, 12)
        claimed[office] += boxes
        if state == "shelved":
            right[office] += boxes
            folders[office] += inside
        page.rows.append(f"accession: 24/{number}; origin: {office}; boxes: {boxes}; folders: {inside}; state: {state}")
    question = chance.choice(
        (
            "How many boxes does the archive now have in its stacks from each office?",
            (
                "Per office of origin: how many boxes have been taken in by the archive? "
                "What was only announced, or was refused and sent back, is not with us."
            ),
        )
    )
    return _task(
        question,
        page.text("Record office - accessions 2024"),
        (right,),
        (claimed, folders, {office: sum(row == (office, "shelved") for row in plan) for office in offices}),
    )


def _lookup(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    rooms = [f"{letter}-{number}" for letter, number in zip("ABCDEF", chance.sample(range(101, 480), 6), strict=True)]
    chance.shuffle(rooms)
    now, old, guests, copies, idea, parking = rooms
    day = chance.randint(3, 20)
    month = chance.choice(("February", "June", "October"))
    page.rows.extend(
        (
            (
                f"Since {day} {month}, staff cards that have gone missing are replaced by the caretaker in room {now}, "
                "where a photograph is taken on the spot."
            ),
            f"Up to {day - 1} {month}, anybody without a staff card was sent to room {old} to have another one made.",
            f"Day passes for guests are still printed at the desk in room {guests}.",
            f"Credit for the copiers is loaded onto staff cards in room {copies}.",
            (
                f"The works council would rather see the making of staff cards moved to room {idea}, "
                "but nothing has been decided on that."
            ),
            f"Permits for the underground car park are handed out in room {parking} on Mondays.",
            "A card that turns up again after it has been blocked must be given to the porter.",
            "The porter's lodge does not make cards of any sort.",
            f"A replaced card costs {chance.randint(8, 25)} euros, which are taken from the next salary.",
            "Cards of colleagues who leave are collected by their head of section on the last day.",
        )
    )
    question = chance.choice(
        (
            "I lost my employee badge yesterday. What room do I have to go to for a new one?",
            "Which room makes a new ID card for an employee who can't find the old one? I mean as things stand now.",
        )
    )
    return _task(
        question,
        page.text("House circular: cards, passes and permits"),
        (now, f"Room {now}", f"In room {now}"),
        (old, guests, copies, idea, parking),
    )


def _distinct(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    surnames = chance.sample(_SURNAMES, 11)
    first = chance.sample(_FIRST, 12)
    people = list(zip(first, [*surnames, surnames[0]], strict=True))
    pair = [people[0], people[11]]
    rest = people[1:11]
    chance.shuffle(rest)
    troubled = pair + rest[: chance.randint(3, 5)]
    happy = rest[5:7]
    troubles = (
        *("VPN drops every few minutes", "VPN will not accept my code", "no VPN from home since Monday"),
        *("VPN client crashes at start", "VPN so slow that I cannot open files"),
    )
    thanks = ("VPN is quick and easy to use, well done", "very pleased with the new VPN")
    others = ("printer on floor 3 jams", "please reset my password", "second screen stays black", "mouse needed")
    plan = [(person, text) for person, text in zip(troubled, chance.choices(troubles, k=len(troubled)), strict=True)]
    repeats = [troubled[2], *chance.choices(troubled, k=chance.randint(3, 5))]
    plan += [(person, chance.choice(troubles)) for person in repeats]
    plan += [(person, text) for person, text in zip(happy, thanks, strict=True)]
    plan += [(person, chance.choice(others)) for person in chance.choices(people, k=6)]
    plan += [(person, chance.choice(others)) for person in rest[7:]]
    numbers = chance.sample(range(3000, 9999), len(plan))
    for number, ((given, family), text) in zip(numbers, plan, strict=True):
        name = f"{given} {family}" if chance.random() < 0.6 else f"{family.upper()}, {given}"
        page.rows.append(
            f"Ticket {number}\n  sender: {name} <{given.lower()}.{family.lower()}@county.example>\n  subject: {text}"
        )
    question = chance.choice(
        (
            "How many different colleagues reported trouble with the VPN?",
            "How many people have had problems with the VPN? Some wrote more than once; they are still one person.",
        )
    )
    right = len(troubled)
    return _task(
        question,
        page.text("Service desk, export of the queue"),
        (right,),
        (
            right + len(repeats),
            right + len(happy),
            right + len(repeats) + len(happy),
            right - 1,
            len({person for person, _ in plan}),
            len(plan),
        ),
    )


def _date_range(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    first = date(2025, chance.choice((2, 4, 9)), chance.randint(12, 20))
    last = first + timedelta(days=chance.randint(17, 25))
    senders = ("the Regional Court", "Notary Feld", "the Tax Office", "Hale Insurance", "the Land Office", "Kranz Ltd")
    inside = chance.randint(5, 9)
    edges = [first, last]
    plan = [(day, "in", "registered letter") for day in edges]
    gap = (last - first).days
    for _ in range(inside):
        plan.append((first + timedelta(days=chance.randint(1, gap - 1)), "in", "registered letter"))
    outside = [first - timedelta(days=chance.randint(1, 12)) for _ in range(3)]
    outside += [last + timedelta(days=chance.randint(1, 12)) for _ in range(3)]
    plan += [(day, "in", "registered letter") for day in outside]
    out = chance.randint(3, 5)
    plain = chance.randint(3, 6)
    former = chance.randint(2, 4)
    for _ in range(out):
        plan.append((first + timedelta(days=chance.randint(0, gap)), "out", "registered letter"))
    for _ in range(plain):
        kind = chance.choice(("ordinary letter", "parcel"))
        plan.append((first + timedelta(days=chance.randint(0, gap)), "in", kind))
    for _ in range(former):
        day = first + timedelta(days=chance.randint(1, gap - 1))
        plan.append((day.replace(year=2024), "in", "registered letter"))
    for day, way, kind in plan:
        link = "from" if way == "in" else "to"
        page.rows.append(
            f"* {_long(day)} - {way} - {kind} {link} {chance.choice(senders)}, initialled {chance.choice(_SURNAMES)}"
        )
    right = inside + 2
    start, end = _long(first), _long(last)
    question = chance.choice(
        (
            f"How many registered letters reached us from {start} to {end}, counting both of these days?",
            (
                f"A court wants to know how many registered letters we received between {start} and {end} "
                "(first and last day included). How many were there?"
            ),
        )
    )
    return _task(
        question,
        page.text("Post room book"),
        (right,),
        (inside, right + out, right + plain, right + former, right + len(outside), right + out + plain),
    )


def _contradiction(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    places = ("Ghent", "the county hall", "Antwerp", "the quarry", "Leuven", "the reservoir", "the airport", "Mons")
    right = dropped = april = 0
    plan = ["driven"] * chance.randint(13, 17) + ["dropped"] * 4 + ["april"] * 4
    for what in plan:
        distance = chance.randint(12, 240)
        month = "Apr" if what == "april" else "May"
        who = f"{chance.choice(_FIRST)[0]}. {chance.choice(_SURNAMES)}"
        note = f"{distance} km driven"
        if what == "dropped":
            note = f"{distance} km planned, trip called off"
            dropped += distance
        elif what == "april":
            april += distance
        else:
            right += distance
        page.rows.append(f"{chance.randint(2, 30):>2} {month} | {who}: to {chance.choice(places)} and back / {note}")
    stated = right + chance.choice((-1, 1)) * chance.randint(250, 490)
    while stated in (right + dropped, right + april, right + dropped + april):
        stated += 1
    question = chance.choice(
        (
            "Please add up the single trips: how many kilometres did the pool car do in May?",
            (
                "How many kilometres was the pool car driven in May if one goes by the single entries? "
                "I do not trust the line with the total."
            ),
        )
    )
    summary = f"TOTAL for May, kilometres driven: {stated:,}"
    title = "Log book of the pool car (April and May)"
    context = page.text(title, ending=summary) if chance.random() < 0.5 else page.text(f"{title}\n{summary}")
    return _task(
        question,
        context,
        (right,),
        (stated, right + dropped, right + april, right + dropped + april),
    )


def _top_k(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    names = chance.sample(
        (
            *("cadaster", "webcams", "planning", "minutebook", "school-photos", "aerials", "treasury", "scans"),
            *("surveys", "hr-files", "press", "elections", "gravemaps", "roadworks", "museum", "drainage", "theatre"),
            *("notary", "lexicon"),
        ),
        17,
    )
    live, gone = names[:14], names[14:]
    number = chance.choice((3, 4))
    word = {3: "three", 4: "four"}[number]
    sizes = dict(zip(live[:2], [tenth * 100 for tenth in chance.sample(range(11, 29), 2)], strict=True))
    sizes.update(zip(live[2:], chance.sample(range(110, 980), 12), strict=True))
    last = dict(zip(gone, [tenth * 100 for tenth in chance.sample(range(30, 49), 3)], strict=True))
    limits = dict(zip(names, chance.sample([tenth * 100 for tenth in range(50, 99)], 17), strict=True))

    def shown(amount: int) -> str:
        return f"{amount / 1000:.1f} TB" if amount >= 1000 else f"{amount} GB"

    for name in live:
        page.rows.append(f"| {name} | {shown(sizes[name])} | {shown(limits[name])} | in use |")
    for name in gone:
        month = chance.choice(("March", "May", "July"))
        page.rows.append(f"| {name} | {shown(last[name])} | {shown(limits[name])} | deleted in {month} |")
    both = {**sizes, **last}

    def best(values: dict[str, float]) -> list[str]:
        return sorted(values, key=lambda name: -values[name])[:number]

    bare = {name: amount / 1000 if amount >= 1000 else float(amount) for name, amount in sizes.items()}
    question = chance.choice(
        (
            f"Which {word} network shares take up the most disk space today? Biggest first, please.",
            (
                f"Name the {word} shares in which the most data is kept at present, in order from the largest down. "
                "What has been deleted takes up no room any more."
            ),
        )
    )
    right = best({name: float(amount) for name, amount in sizes.items()})
    return _task(
        question,
        page.text(
            "## File server, shares\nDeleted shares are listed with what was last stored in them.\n\n"
            "| share | stored | quota | state |\n|---|---|---|---|"
        ),
        (right,),
        (
            best(bare),
            best({name: float(amount) for name, amount in both.items()}),
            best({name: float(limits[name]) for name in live}),
            right[::-1],
        ),
    )


_TOO_LONG = (
    "Two hours on a plastic chair for one single stamp. Never again.",
    "I had to take half a day off because nobody called my number until noon. Unacceptable.",
    "Please get a second clerk: the queue reached the street and I missed my bus.",
    "My appointment was at nine and I was seen at twenty past ten without a word of apology.",
    "Three months for a copy of a birth certificate is a joke.",
    "My daughter's passport came after our holiday was over, although we had applied in spring.",
    "I read a whole novel before it was my turn. That is not how I had planned my morning.",
    "Still no answer to the letter I sent in January, and it is nearly summer.",
    "Whoever sets the pace at counter 4 should try standing there with a toddler for ninety minutes.",
    "An hour and a half for a change of address. Really?",
    "I drew number 88 when they were at 12, and in the end I gave up and went home angry.",
    "Seven weeks until the parking permit was ready; the next town does it in two days.",
    "They told me ten minutes and it was seventy-five.",
    "Snails would have dealt with my application sooner.",
)
_OTHERWISE_CROSS = (
    "The clerk did not look up from his screen once.",
    "Why must I write my name on four separate forms?",
    "The toilets next to the waiting room were locked.",
    "No ramp at the side entrance, so my father had to be carried up.",
    "The fee went up again and no one could tell me why.",
    "The waiting room is freezing in the mornings.",
    "The card reader was broken and I had no cash on me.",
    "You sent me my neighbour's tax letter. That must not happen.",
    "The form on the website forgets everything as soon as one turns the page.",
    "Twice I was sent to the wrong floor by the people at the desk.",
)
_CONTENT = (
    "I was called before I had even sat down, thank you.",
    "I had brought a book for the wait and never got to open it.",
    "Five minutes and all was done, where I had expected hours.",
    "The passport arrived a week sooner than promised.",
    "Long queue, but it moved along briskly and I have nothing to complain about.",
    "I did not mind the short wait at all, and the coffee is good.",
    "A lady at the desk explained the forms to me with great patience.",
    "Found a grey umbrella at counter 2 and gave it to the porter.",
    "The new plants in the hall are lovely.",
    "Could you put up a sign that points to the photo booth?",
)


def _classify(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    slow = chance.sample(_TOO_LONG, chance.randint(6, 10))
    cross = chance.sample(_OTHERWISE_CROSS, chance.randint(4, 7))
    content = chance.sample(_CONTENT, chance.randint(5, 8))
    texts = [*slow, *cross, *content]
    numbers = chance.sample(range(11, 99), len(texts))
    for number, text in zip(numbers, texts, strict=True):
        page.rows.append(f'Slip {number}: "{text}"')
    right = len(slow)
    question = chance.choice(
        (
            (
                "How many of the slips complain that something took too long, "
                "be it the queue or the time until a paper or an answer came?"
            ),
            (
                "On how many slips are visitors annoyed about slowness? "
                "A long wait at the counter counts, and so does a document or reply that was late."
            ),
        )
    )
    return _task(
        question,
        page.text("Citizens' office: what was in the letter box for remarks"),
        (right,),
        (right + len(cross), sum("wait" in text for text in texts), len(texts), len(content)),
    )


def _absent(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    devices = chance.sample(
        ("centrifuge", "autoclave", "spectrometer", "incubator", "fume hood", "deep freezer", "balance"), 5
    )
    missing = devices[0]
    fact = chance.choice(("warranty", "repair", "keeper"))
    people = chance.sample(_SURNAMES, 10)
    amounts = chance.sample(range(310, 4900), 10)
    days = [_long(date(2026, 1, 1) + timedelta(days=n)) for n in chance.sample(range(900), 10)]
    near = {"warranty": days[5], "repair": amounts[5], "keeper": f"Dr {people[5]}"}
    known: list[Any] = []
    for i, device in enumerate(devices):
        facts = {
            "warranty": (f"the warranty on the {device} ends on {days[i]}", days[i]),
            "repair": (f"the last repair of the {device} came to {amounts[i]} euros", amounts[i]),
            "keeper": (f"Dr {people[i]} is responsible for the {device}", f"Dr {people[i]}"),
        }
        for name, (text, value) in facts.items():
            if name == fact and device == missing:
                continue
            page.rows.append(f"NOTED - {text}.")
            if name == fact:
                known.append(value)
        page.rows.append(f"NOTED - the cleaning contract for the {device} runs until {days[5 + i]}.")
        page.rows.append(f"NOTED - the purchase price of the {device} was {amounts[5 + i]} euros.")
        page.rows.append(f"ASKED - Dr {people[5 + i]} wondered if the {device} could stand nearer to the window.")
    question = {
        "warranty": f"On what date does the {missing} go out of warranty?",
        "repair": f"What did we pay, in euros, the last time the {missing} was repaired?",
        "keeper": f"Who is the person in charge of the {missing}?",
    }[fact]
    if chance.random() < 0.5:
        question += " If the minutes do not say so, tell me that they don't."
    return _task(
        question,
        page.text("Minutes of the laboratory meeting"),
        (None, "None", "not stated", "It is not stated in the document."),
        (near[fact], *known),
    )


def _two_documents(chance: random.Random, size: int) -> dict[str, Any]:
    orders = Page(chance, size * 2 // 3)
    fees = Page(chance, size - size * 2 // 3)
    analyses = chance.sample(("nitrate", "lead", "legionella", "asbestos", "chloride", "mercury", "radon", "phenol"), 6)
    new = dict(zip(analyses, chance.sample(range(14, 90), 6), strict=True))
    old = {name: fee - chance.randint(1, 6) for name, fee in new.items()}
    clients = chance.sample(("Harbour Authority", "Dairy Holm", "Saint Luke Clinic", "Tannery Voss", "City Pools"), 4)
    wanted = clients[0]
    right = former = void = everybody = samples = 0
    plan = [(wanted, "analysed")] * chance.randint(6, 8) + [(wanted, "cancelled")] * 3
    plan += [(chance.choice(clients[1:]), chance.choice(("analysed", "analysed", "cancelled"))) for _ in range(14)]
    plan.append((clients[1], "analysed"))
    numbers = chance.sample(range(500, 999), len(plan))
    for number, (client, state) in zip(numbers, plan, strict=True):
        name = chance.choice(analyses)
        pieces = chance.randint(2, 15)
        day = date(2025, chance.randint(1, 11), chance.randint(1, 28))
        orders.rows.append(f"{number},{day:%Y-%m-%d},{client},{name},{pieces},{state}")
        if state == "analysed":
            everybody += pieces * new[name]
        if client == wanted and state == "analysed":
            right += pieces * new[name]
            former += pieces * old[name]
            samples += pieces
        elif client == wanted:
            void += pieces * new[name]
    for name in analyses:
        fees.rows.append(f"{name.capitalize()}: {new[name]} euros per sample from January 2025 on.")
        fees.rows.append(f"{name.capitalize()}: {old[name]} euros per sample until December 2024.")
    question = chance.choice(
        (
            f"By the list of fees, how many euros does {wanted} owe us for the samples analysed in 2025?",
            (
                f"I am writing the bill to {wanted} for all that we analysed for them in 2025. How many euros is it? "
                "Cancelled orders are free of charge."
            ),
        )
    )
    return _task(
        question,
        {
            "orders-2025.csv": orders.text("number,date,client,analysis,samples,state"),
            "fees.txt": fees.text("Fees of the laboratory, before and after the change"),
        },
        (right,),
        (right + void, former, everybody, samples),
    )


WORDINGS = wording_of(
    "k",
    *(_sum, _count, _field_sum, _maximum, _average, _group_by, _lookup),
    *(_distinct, _date_range, _contradiction, _top_k, _classify, _absent, _two_documents),
)
