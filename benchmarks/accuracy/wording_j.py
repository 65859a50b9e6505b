"""Fourteen shapes of question in the wording "j", each about another subject and in another format."""

from __future__ import annotations

import json
import random
import re
from datetime import date, timedelta
from typing import Any

from pages import Page, wording_of, wrong_of

_PEOPLE = (
    *("Hilde Baumann", "Otto Krein", "Ines Mohr", "Walter Gruber", "Petra Holm", "Dario Conti", "Agnes Lowe"),
    *("Tom Ashby", "Lena Fischer", "Viktor Sand", "Rosa Pinto", "Greta Nyström", "Karim Haddad", "Judith Weller"),
    *("Paul Overton", "Samira Aziz", "Ewan McLeod", "Beate Lang", "Noel Pryce", "Irina Volk", "Hugo Martens"),
    *("Clara Dunne", "Felix Roth", "Maud Tanner", "Stefan Ortner", "Wilma Becker", "Aldo Ricci", "Nora Quist"),
)


def _plain(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def _wrong(right: tuple[Any, ...], *values: Any) -> tuple[Any, ...]:
    return wrong_of(right, values, lambda one, other: _plain(one) == _plain(other))


def _day(chance: random.Random, year: int) -> date:
    return date(year, 1, 1) + timedelta(days=chance.randrange(365))


def _long(day: date) -> str:
    return f"{day.day} {day:%B} {day.year}"


def _sum(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    year = chance.choice((2021, 2022, 2023, 2024))
    other = year + chance.choice((-1, 1))
    places = ("Linden Square", "Harbour Gate", "St Anne's Yard", "Old Brewery", "Castle Park", "Station Road")
    days = chance.sample(range(1, 364), chance.randint(11, 15))
    counted, hoped, fees, elsewhere = [], [], [], []
    for offset in days:
        day, place = date(year, 1, 1) + timedelta(days=offset), chance.choice(places)
        counted.append(chance.randint(82, 390))
        page.rows.append(f"| {day} | {place} | till, counted | {counted[-1]} |")
        if len(hoped) < 5:
            hoped.append(counted[-1] + chance.randint(11, 70))
            page.rows.append(f"| {day} | {place} | hoped for | {hoped[-1]} |")
        elif len(fees) < 4:
            fees.append(chance.randint(18, 45))
            page.rows.append(f"| {day} | {place} | pitch fee | {fees[-1]} |")
    for offset in chance.sample(range(1, 364), 6):
        elsewhere.append(chance.randint(82, 390))
        day = date(other, 1, 1) + timedelta(days=offset)
        page.rows.append(f"| {day} | {chance.choice(places)} | till, counted | {elsewhere[-1]} |")
    right = sum(counted)
    question = chance.choice(
        (
            (
                f"What did the candle stall take in all in {year}? I need the money that was really in the cash box, "
                "before the cost of the pitch is taken off, and not our guesses."
            ),
            f"How much have customers handed over at our candle stall during {year}, all markets together?",
        )
    )
    title = "# Candle stall, market book\n\n| day | market | figure | € |\n|---|---|---|---|"
    accepts = (right,)
    return {
        "question": question,
        "context": page.text(title),
        "accepts": accepts,
        "decoys": _wrong(
            accepts,
            right + sum(hoped),
            right + sum(elsewhere),
            right - sum(fees),
            right + sum(fees),
            right + sum(hoped) + sum(fees) + sum(elsewhere),
        ),
    }


def _count(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    makes = ("green Gazelle", "red Raleigh", "blue Koga", "black Batavus", "grey Dawes", "white Peugeot")
    jobs = ("brake cable", "new chain", "rear wheel trued", "flat tyre", "bottom bracket", "lamp wiring")
    waiting, extra, fetched = chance.randint(5, 13), chance.randint(2, 4), chance.randint(4, 6)
    plan = [("bicycle", "MENDED rack")] * waiting + [("bicycle", "MENDED handed-over")] * fetched
    plan += [(chance.choice(("pushchair", "wheelbarrow")), "MENDED rack") for _ in range(extra)]
    plan += [("bicycle", "OPEN parts-ordered")] * chance.randint(3, 5) + [("bicycle", "OPEN on-stand")] * 3
    plan += [("bicycle", "QUOTED rack")] * chance.randint(2, 4)
    numbers = chance.sample(range(1040, 1190), len(plan))
    for number, (thing, state) in zip(numbers, plan, strict=True):
        what = f"{thing} ({chance.choice(makes)})" if thing == "bicycle" else thing
        job = chance.choice(jobs) if thing == "bicycle" else "wheel bearing"
        clock = f"{chance.randint(9, 17):02d}:{chance.randrange(60):02d}"
        page.rows.append(f"{_day(chance, 2025):%m-%d} {clock} #{number} {state} -- {what}, {job}")
    question = chance.choice(
        (
            "How many bikes are repaired but still take up room in the shop because nobody has come for them?",
            "I want to ring everyone whose bicycle is done and can be picked up. How many bicycles is that?",
        )
    )
    quoted = sum(state.endswith("rack") for _, state in plan)
    accepts = (waiting,)
    return {
        "question": question,
        "context": page.text(
            "Spoke & Saddle, workshop tickets, last known state of each\n"
            "(rack = stands in the shop, handed-over = owner has it, QUOTED = price told, no work done yet)"
        ),
        "accepts": accepts,
        "decoys": _wrong(accepts, waiting + extra, waiting + fetched, waiting + extra + fetched, quoted, len(plan)),
    }


def _field_sum(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    stands = chance.sample(("Orchard Lane", "Mill Pond", "Quarry Edge", "Chapel Field"), 3)
    sorts = chance.sample(("lime", "heather", "rape", "chestnut"), 3)
    plan = [(stands[0], sorts[0])] * chance.randint(6, 9)
    plan += [(stands[0], sort) for sort in sorts[1:] for _ in range(3)]
    plan += [(stand, sorts[0]) for stand in stands[1:] for _ in range(3)]
    plan += [(stand, sort) for stand in stands[1:] for sort in sorts[1:]]
    weights = [chance.randint(5, 37) / 2 for _ in plan]
    for number, ((stand, sort), weight) in enumerate(zip(plan, weights, strict=True), chance.randint(11, 60)):
        page.rows.append(f"[extraction {number}]\nstand = {stand}\nhoney = {sort}\nkilos = {weight}\n")
    pairs = list(zip(plan, weights, strict=True))
    both = sum(weight for row, weight in pairs if row == (stands[0], sorts[0]))
    place = sum(weight for (stand, _), weight in pairs if stand == stands[0])
    kind = sum(weight for (_, sort), weight in pairs if sort == sorts[0])
    question = chance.choice(
        (
            f"How many kilos of {sorts[0]} honey did the hives at {stands[0]} give us?",
            f"For the labels: what weight of {sorts[0]} honey have we got from {stands[0]}? In kilos, please.",
        )
    )
    accepts = (both,)
    return {
        "question": question,
        "context": page.text("; honey extractions of the beekeepers' club, this season"),
        "accepts": accepts,
        "decoys": _wrong(accepts, place, kind, place + kind - both, sum(weights)),
    }


def _maximum(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    year = chance.choice((2022, 2023, 2024))
    names = chance.sample(_PEOPLE, 20)
    low, high = chance.sample(range(101, chance.randint(125, 184)), 13), chance.sample(range(185, 290), 7)
    best = max(low)
    winner = names[low.index(best)]
    plots = chance.sample(range(1, 90), len(names))

    def add(when: int, name: str, rest: str) -> None:
        page.rows.append(f"- {when}, plot {plots[names.index(name)]}, {name}: {rest}")

    for name, kilos in zip(names[:13], low, strict=True):
        add(year, name, f"pumpkin, {kilos} kg on the scales")
    add(year, names[13], f"pumpkin, put at {high[0]} kg with the tape, never lifted on to the scales")
    add(year, names[14], f"pumpkin, put at {high[1]} kg with the tape, never lifted on to the scales")
    add(year, names[15], f"pumpkin, {high[2]} kg on the scales, struck out by the judges (filled with water)")
    add(year, names[16], f"pumpkin, {high[3]} kg on the scales, struck out by the judges (bought, not grown)")
    add(year - 1, names[17], f"pumpkin, {high[4]} kg on the scales")
    add(year - 1, names[18], f"pumpkin, {high[5]} kg on the scales")
    add(year - 1, winner, f"pumpkin, {high[6]} kg on the scales")
    question = chance.choice(
        (
            (
                f"Who won the pumpkin contest of {year}, and with how many kilos? The heaviest wins, but only a fruit "
                "that was properly weighed and not thrown out by the judges."
            ),
            (
                f"I am engraving the cup for {year}: whose pumpkin was the heaviest, and how heavy was it? Estimates "
                "and disqualified ones are out."
            ),
        )
    )
    pairs = [(names[13], high[0]), (names[14], high[1]), (names[15], high[2]), (names[16], high[3])]
    pairs += [(names[17], high[4]), (names[18], high[5]), (winner, high[6])]
    return {
        "question": question,
        "context": page.text("Allotment society: pumpkins at the autumn shows"),
        "parts": (winner, best),
        "decoys": tuple(f"{name}, {kilos} kg" for name, kilos in pairs),
    }


def _average(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    first = date(2025, 1, 2)
    weeks = chance.sample(range(30), 14)
    held = [chance.randint(9, 22) for _ in range(chance.choice((7, 9, 11)))]
    off = chance.randint(2, 3)
    listed = [chance.randint(23, 28) for _ in range(chance.randint(2, 4))]
    family = [chance.randint(27, 44) for _ in range(chance.randint(6, 8))]
    for week, players in zip(weeks, held, strict=False):
        page.rows.append(f"{first + timedelta(weeks=week)},Thursday,open table,{players},{chance.choice(_PEOPLE)},")
    for week in weeks[len(held) : len(held) + off]:
        reason = chance.choice(("ice on the roads", "no heating", "key lost", "hall let to others"))
        page.rows.append(f"{first + timedelta(weeks=week)},Thursday,open table,0,,cancelled: {reason}")
    for week, players in zip(range(44, 52), listed, strict=False):
        day = first + timedelta(weeks=week)
        page.rows.append(f"{day},Thursday,open table,{players},{chance.choice(_PEOPLE)},sign-ups only so far")
    for week, players in zip(chance.sample(range(30), len(family)), family, strict=True):
        day = first + timedelta(weeks=week, days=3)
        page.rows.append(f"{day},Sunday,family round,{players},{chance.choice(_PEOPLE)},")
    mean = sum(held) / len(held)
    question = "How many people turn up at the games club on a Thursday, on average? "
    question += chance.choice(
        (
            "Dates that fell through or are still to come should not pull it one way or the other.",
            "Take only the evenings that really took place. One decimal is enough.",
            "Count only evenings we have actually played, and give it to two decimal places.",
        )
    )
    accepts = (mean, round(mean, 1), round(mean, 2))
    careless = (
        sum(held) / (len(held) + off),
        sum(held + listed) / len(held + listed),
        sum(held + family) / len(held + family),
        sum(family) / len(family),
        sum(held + family + listed) / (len(held + family + listed) + off),
    )
    return {
        "question": question,
        "context": page.text("date,weekday,session,players,host,remark"),
        "accepts": accepts,
        "decoys": _wrong(accepts, *(round(value, 2) for value in careless if abs(value - mean) > 0.2)),
    }


def _group_by(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    mates = chance.sample(("Jonas", "Mira", "Tarek", "Elise", "Bruno", "Yuki"), 4)
    shared = ["bin bags", "dish soap", "the plumber", "a new kettle", "light bulbs", "the descaler", "toilet paper"]
    shared += ["a doormat", "the drain cleaner", "a mop", "oven gloves", "the fuse", "salt for the steps"]
    shared += ["a tin opener", "washing powder", "a shower curtain", "two spare keys", "the smoke alarm"]
    chance.shuffle(shared)
    dear = chance.sample(("a dryer", "a bigger fridge", "a sofa for the hall", "a microwave", "new curtains"), 4)
    own = chance.sample(("trainers", "a haircut", "concert tickets", "a winter coat"), 3)
    spent, sender, everything = (dict.fromkeys(mates, 0) for _ in range(3))

    def say(mate: str, words: str) -> None:
        clock = f"{chance.randint(7, 23):02d}:{chance.randrange(60):02d}"
        page.rows.append(f"[{_day(chance, 2025):%d/%m/%y}, {clock}] {mate}: {words}")

    def money(low: int, high: int, mate: str) -> int:
        cents = chance.randint(low, high)
        everything[mate] += cents
        return cents

    for mate in mates:
        for _ in range(chance.randint(2, 4)):
            cents = money(199, 4890, mate)
            spent[mate] += cents
            sender[mate] += cents
            phrase = chance.choice(
                ("paid {} for {} for all of us", "{} from my pocket for {} for the flat", "my card, {}: {}, shared")
            )
            say(mate, phrase.format(f"{cents / 100:.2f}", shared.pop()))
    for writer, payer in ((mates[0], mates[1]), (mates[2], mates[3])):
        cents = money(500, 3900, writer)
        spent[payer] += cents
        sender[writer] += cents
        what = shared.pop()
        say(writer, f"noting this for {payer} (phone dead): {payer} paid {cents / 100:.2f} for {what} for the flat")
    for mate, what in zip(mates, dear, strict=True):
        say(mate, f"saw {what} for {money(4000, 19900, mate) / 100:.2f}, shall we buy it? won't without your yes")
    for mate, what in zip(chance.sample(mates, 3), own, strict=True):
        say(mate, f"treated myself to {what}, {money(2000, 9000, mate) / 100:.2f} gone, only mine of course")

    def euros(cents: dict[str, int]) -> dict[str, float]:
        return {mate: round(value / 100, 2) for mate, value in cents.items()}

    question = chance.choice(
        (
            "We are settling up. How much has each of the flatmates laid out for things that are for everybody?",
            (
                "Work out per person what he or she has spent on the household we share. What somebody bought for "
                "himself or only suggested is not to be in it."
            ),
        )
    )
    accepts = (euros(spent),)
    return {
        "question": question,
        "context": page.text('Exported chat: "Flat 4B (money only)", amounts in euros'),
        "accepts": accepts,
        "decoys": _wrong(accepts, euros(sender), euros(everything)),
    }


def _lookup(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    glaze, second, third = chance.sample(("celadon", "tenmoku", "shino", "chun"), 3)
    month = chance.choice(("February", "March", "April", "May"))
    new, old, tile, vase, guest, other, another = chance.sample(range(1180, 1300, 3), 7)
    potter = chance.choice(_PEOPLE)
    page.rows += [
        (
            f"Since the controller was replaced in {month}, {glaze} tableware has been fired to {new} °C, and that is "
            "what the studio works with today."
        ),
        (
            f"Before the controller was replaced, {glaze} tableware was fired to {old} °C, and the faded card on the "
            "kiln door still shows that figure."
        ),
        f"Test tiles with {glaze} go into the little kiln and are fired to {tile} °C.",
        f"Tall vases with {glaze} are fired to {vase} °C, so that the foot does not stick.",
        f"{potter}, who taught here one summer, fired {glaze} tableware to {guest} °C at home, in another clay.",
        f"Tableware with {second} is fired to {other} °C.",
        f"Tableware with {third} is fired to {another} °C, on the upper shelf only.",
        "Bisque firings are done on Mondays, and nobody opens the door before the next noon.",
    ]
    question = chance.choice(
        (
            f"I am loading plates and bowls with {glaze} tonight. What top temperature do I set?",
            f"How hot do we fire {glaze} dishes nowadays?",
        )
    )
    accepts = (new, str(new), f"{new} °C")
    return {
        "question": question,
        "context": page.text("Notes for those who use the pottery"),
        "accepts": accepts,
        "decoys": _wrong(accepts, old, tile, vase, guest, other, another),
    }


def _distinct(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    kinds = {
        "tomato": [
            *("Black Krim", "Gardener's Delight", "Green Zebra", "Tigerella", "Brandywine", "Moneymaker", "Marmande"),
            *("San Marzano", "Costoluto", "Ildi", "Sungold", "Matina"),
        ],
        "bean": [
            *("Blue Lake", "Cobra", "Borlotto", "Neckargold", "Canadian Wonder", "Purple Teepee", "Cosse Violette"),
            *("Hunter", "Fasold", "Blauhilde", "Algarve", "Selma Zebra"),
        ],
    }
    crop, other = chance.sample(sorted(kinds), 2)
    sorts = chance.sample(kinds[crop], 12)
    known, only_out = sorts[: chance.randint(4, 8)], sorts[8 : 8 + chance.randint(2, 4)]
    brought = [*known, *chance.choices(known, k=chance.randint(6, 9))]
    taken = [*only_out, *chance.choices(known, k=4)]
    strange = chance.choices(kinds[other], k=8)

    def add(what: str, sort: str, way: str) -> None:
        who = chance.choice(_PEOPLE)
        page.rows.append(f"{_day(chance, 2025):%d %b}  {who:<15} {what:<7} {sort:<19} {chance.randint(1, 9):>3}  {way}")

    for sort in brought:
        add(crop, sort, "in")
    for sort in taken:
        add(crop, sort, "out")
    for sort in strange:
        add(other, sort, "in")
    question = chance.choice(
        (
            (
                f"How many different {crop} varieties have people brought to the seed swap? A variety that two people "
                "came with is one variety."
            ),
            f"For the poster of the seed swap: how many sorts of {crop} were handed in, each counted once?",
        )
    )
    accepts = (len(known),)
    head = f"{'day':<6}  {'member':<15} {'crop':<7} {'variety':<19} bags  in = given to the swap, out = taken home"
    return {
        "question": question,
        "context": page.text("SEED SWAP\n" + head),
        "accepts": accepts,
        "decoys": _wrong(
            accepts,
            len(brought),
            len(known) + len(only_out),
            len(set(known) | set(strange)),
            len(brought) + len(taken),
            len({*known, *only_out, *strange}),
        ),
    }


def _date_range(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    dogs = ["Bella", "Rocky", "Luna", "Max", "Nelly", "Paco", "Ronja", "Balu", "Frieda", "Oskar", "Tilda", "Bruno"]
    dogs += [
        "Maja",
        "Sammy",
        "Kira",
        "Anton",
        "Lotte",
        "Figo",
        "Emma",
        "Rex",
        "Holly",
        "Jack",
        "Wilma",
        "Pepper",
        "Chico",
    ]
    dogs += ["Daisy", "Ludo", "Zora", "Milo", "Biscuit", "Hazel", "Snoopy", "Cleo", "Gizmo", "Fanny"]
    chance.shuffle(dogs)
    start = date(2025, 2, 1) + timedelta(days=chance.randrange(200))
    length = chance.randint(16, 27)
    end = start + timedelta(days=length)

    def add(day: date, state: str) -> None:
        job = chance.choice(("full trim", "bath and brush", "claws", "hand strip", "puppy cut"))
        page.rows.append(f"{day:%d %b %Y}\t{dogs.pop()}\t{job}\t{chance.randint(15, 70)}\t{state}")

    inside = [start, end]
    inside += [start + timedelta(days=chance.randint(1, length - 1)) for _ in range(chance.randint(5, 12))]
    missed, before, outside = chance.randint(2, 4), chance.randint(2, 4), chance.randint(5, 8)
    for day in inside:
        add(day, "done")
    for _ in range(missed):
        add(start + timedelta(days=chance.randint(0, length)), chance.choice(("no-show", "called off")))
    for _ in range(before):
        day = start + timedelta(days=chance.randint(1, length - 1))
        add(day.replace(year=2024, day=min(day.day, 28)), "done")
    add(start - timedelta(days=1), "done")
    add(end + timedelta(days=1), "done")
    for _ in range(outside - 2):
        days = chance.randint(2, 25)
        add(chance.choice((start - timedelta(days=days), end + timedelta(days=days))), "done")
    question = chance.choice(
        (
            (
                f"How many dogs were on the grooming table from {_long(start)} to {_long(end)}? Both of these days are "
                "to be counted, and dogs that did not come are not."
            ),
            (
                f"My trainee was with us from {_long(start)} up to and including {_long(end)}. How many dogs did the "
                "salon groom in that time?"
            ),
        )
    )
    count = len(inside)
    accepts = (count,)
    return {
        "question": question,
        "context": page.text("Paws & Scissors, bookings\nday\tdog\tservice\teuros\toutcome"),
        "accepts": accepts,
        "decoys": _wrong(accepts, count - 2, count - 1, count + missed, count + before, count + outside),
    }


def _contradiction(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    number = chance.randint(17, 23)
    sellers = chance.sample(_PEOPLE, number)
    sold = [chance.randint(3, 25) for _ in sellers]
    old = [chance.randint(3, 25) for _ in range(4)]

    def line(label: str, seller: str, tickets: int) -> str:
        return f"{label} {seller} ".ljust(44, ".") + f" {tickets} gone, {25 - tickets} back"

    for booklet, (seller, tickets) in enumerate(zip(sellers, sold, strict=True), 1):
        page.rows.append(line(f"Booklet {booklet:02d}", seller, tickets))
    for tickets, booklet in zip(old, chance.sample(range(1, 26), len(old)), strict=True):
        page.rows.append(line(f"Last year's booklet {booklet:02d}", chance.choice(_PEOPLE), tickets))
    right = sum(sold)
    stated = right + chance.choice((-27, -18, -10, 9, 18, 30))
    question = chance.choice(
        (
            "How many raffle tickets did our helpers really sell this year if you add up booklet by booklet?",
            (
                "What number of tickets was sold in this year's raffle? Please add up the booklets one by one, "
                "somebody thinks that the last line was done in a hurry."
            ),
        )
    )
    accepts = (right,)
    return {
        "question": question,
        "context": page.text(
            "Raffle of the brass band, booklets of 25 tickets (gone = sold, back = returned unsold)",
            ending=f"ALL BOOKLETS OF THIS YEAR: {stated} tickets gone",
        ),
        "accepts": accepts,
        "decoys": _wrong(accepts, stated, right + sum(old), stated + sum(old), 25 * number - right, 25 * number),
    }


def _top_k(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    pieces = ["olive salad bowl", "ash rolling pin", "beech egg cup", "walnut candlestick", "cherry pepper mill"]
    pieces += ["oak bread board", "maple spinning top", "elm fruit dish"]
    pieces = chance.sample(pieces, 7)
    totals = sorted(chance.sample(range(9, 44), 7), reverse=True)
    width = chance.choice((3, 4))
    orders: list[tuple[str, int, str]] = []
    for piece, total in zip(pieces, totals, strict=True):
        cut, other = sorted(chance.sample(range(1, total), 2))
        orders += [(piece, amount, "posted") for amount in (cut, other - cut, total - other)]
    lost = {pieces[5]: totals[0] - totals[5] + chance.randint(1, 4), pieces[6]: totals[1] + chance.randint(2, 5)}
    orders += [(piece, amount, "withdrawn by customer") for piece, amount in lost.items()]
    orders += [(pieces[4], chance.randint(3, 9), "withdrawn by customer")]
    for piece, amount, state in orders:
        row = {"on": str(_day(chance, 2024)), "piece": piece, "pcs": amount, "state": state}
        page.rows.append(json.dumps(row))
    right = pieces[:width]
    ordered: dict[str, int] = {}
    single: dict[str, int] = {}
    for piece, amount, state in orders:
        ordered[piece] = ordered.get(piece, 0) + amount
        if state == "posted":
            single[piece] = max(single.get(piece, 0), amount)
    word = ("three", "four")[width - 3]
    question = chance.choice(
        (
            (
                f"Which {word} things from the lathe have we sold most of, in pieces, the best seller first? "
                "An order that was called off is no sale."
            ),
            (
                f"Name the {word} best sellers of the wood-turning shop by number of pieces, starting "
                "with the strongest. Leave out orders that came to nothing."
            ),
        )
    )
    accepts = (right,)
    return {
        "question": question,
        "context": page.text("// web shop, export of order lines 2024"),
        "accepts": accepts,
        "decoys": _wrong(
            accepts,
            sorted(ordered, key=lambda piece: -ordered[piece])[:width],
            right[::-1],
            sorted(single, key=lambda piece: -single[piece])[:width],
        ),
    }


_GOING = (
    "I have sold the boat and moved inland. Please take me off the list of members at New Year.",
    "After thirty lovely seasons my shoulder says no. This is my last one, I give up my place in the club.",
    "Please stop the direct debit from January, I shall not be a member any more.",
    "I hereby give notice as of 31 December. The locker is already empty.",
    "I have joined the club across the river instead. Kindly confirm that my membership here ends.",
    "The fee has gone up again, and that was once too often. Count me out for good.",
    "With the twins there is no time for rowing. I would like to end my membership.",
    "Here is my key back. I will not renew for next year.",
    "My new job is in Lisbon, so it is goodbye. Please strike my name from the register.",
    "I cannot share a boathouse with that board any longer and am handing in my membership card.",
    "I only ever meant to stay for one year, and it is over now. Do not extend it, please.",
    "Please treat this as my resignation from the club.",
    "I am trading oars for a garden chair: from next year you will have one member fewer.",
    "The doctor has forbidden rowing altogether. So I must end my time in the club with this note.",
    "Please cancel my membership, and thank you for everything.",
    "I want to leave the club at the end of the season. Whom do I give the blade cover to?",
)
_STAYING = (
    "I must leave Tuesday training early from now on, but Saturdays are as always.",
    "Please cancel my place in the sculling course. In the club itself I stay, of course.",
    "The showers are a disgrace. I have said so for six years, and I will say it next year as a member again.",
    "My brother has quit, you know that. I have not and will not.",
    "Could I leave my boat in bay four over the winter?",
    "I am on maternity leave and row at noon now. Is there a crew for me?",
    "We are moving to the next village, here is the new address for the newsletter.",
    "I resign as treasurer after ten years. From now on I simply row with you.",
    "The fee is steep, but you are worth it. I have transferred next year's already.",
    "I will be in Canada until June. Keep my place, the fee goes on as usual.",
    "Please cancel the hall for the summer party, the caterer has no time that day.",
    "I lost my key. What does a new one cost?",
    "Our daughter would like to join the juniors. What do we have to sign?",
    "I thought of giving up in spring. Then came the new eight, and now you will never be rid of me.",
    "Please change my bank account for the direct debit, the new number is on the back.",
    "Whoever took the leaf blower, put it back!",
    "My knee is being operated on, so I row again only from May. Till then I cox.",
    "I would rather pay by the quarter from next year. Is that possible?",
    "The noise at the end of the regatta was too much for my dog. Otherwise a fine day.",
    "No more paper newsletters, please, I read it on the screen.",
    "I am withdrawing from the Sunday regatta with a cold. See you at training next week.",
    "Thank you for the flowers on my seventieth. Here is to the next ten years in the club.",
)


def _classify(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    going = chance.sample(_GOING, chance.randint(4, 12))
    staying = chance.sample(_STAYING, chance.randint(11, 13))
    texts = [*going, *staying]
    chance.shuffle(texts)
    for number, text in enumerate(texts, 1):
        page.rows.append(f"Note {number} > {text}")
    words = re.compile(r"\b(leave|cancel|quit|resign\w*|giving up|no more|withdrawing)\b", re.IGNORECASE)
    question = chance.choice(
        (
            "How many of those who wrote are leaving the club? A change of training, course or office is not leaving.",
            "How many of the notes mean that we lose the writer as a member?",
        )
    )
    accepts = (len(going),)
    return {
        "question": question,
        "context": page.text("From the letter box of the rowing club, typed up"),
        "accepts": accepts,
        "decoys": _wrong(accepts, sum(bool(words.search(text)) for text in texts), len(texts), len(staying)),
    }


def _absent(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    says = {
        "week": "For the {} the fee is {} € a week.",
        "deposit": "Whoever takes the {} leaves a deposit of {} €.",
        "late": "Each day by which the {} comes back late costs {} €.",
        "lost": "If a small part of the {} gets lost, {} € are due.",
    }
    asks = {
        "week": "What is the weekly charge if I borrow the {}?",
        "deposit": "How much deposit must I put down for the {}?",
        "late": "What will I pay per day if I bring the {} back too late?",
        "lost": "What do I owe if I lose a small part of the {}?",
    }
    things = chance.sample(("table loom", "floor loom", "spinning wheel", "drum carder", "knitting machine"), 4)
    thing, about = things[0], chance.choice(sorted(says))
    values = chance.sample(range(6, 99), 16)
    similar = []
    clauses = []
    for what in things:
        for topic, phrase in says.items():
            value = values.pop()
            if (what, topic) == (thing, about):
                continue
            clauses.append(phrase.format(what, value))
            if what == thing or topic == about:
                similar.append(value)
    clauses.append(f"The {thing} may be kept for at most {chance.randint(3, 5)} weeks and is not lent abroad.")
    clauses.append(f"Repairs to the {thing} are done by {chance.choice(_PEOPLE)} and by nobody else.")
    chance.shuffle(clauses)
    for number, clause in enumerate(clauses, 1):
        page.rows.append(f"§ {number}. {clause}")
    question = asks[about].format(thing)
    question += chance.choice(("", "", " If the rules do not say, tell me that.", " I need it for a meeting."))
    return {
        "question": question,
        "context": page.text("HOUSE RULES OF THE WEAVERS' GUILD: lending"),
        "accepts": (None, "None", "not stated", "It is not stated in the document."),
        "decoys": tuple(similar),
    }


def _two_documents(chance: random.Random, size: int) -> dict[str, Any]:
    page, book = Page(chance, size), Page(chance, size // 10)
    town, second, third = chance.sample(("Ravensfeld", "Oberau", "Millbrook", "Steinach", "Fernhill"), 3)
    shops = chance.sample(("Café Morning", "Deli Rossi", "Corner Larder", "Hotel Swan", "Tea Room Ivy"), 5)
    shops += chance.sample(("Mrs Pell's Pantry", "Green Basket", "Inn at the Weir", "Bistro Olive"), 3)
    towns = [town, town, town, second, second, third, third, third]
    shops.append(f"{town} Bakery")
    towns.append(second)
    codes = [f"K-{number}" for number in chance.sample(range(11, 99), len(shops))]
    notes = iter(chance.sample(range(2200, 2300), 60))
    given, ordered = (dict.fromkeys(codes, 0) for _ in range(2))
    for index, code in enumerate(codes):
        book.rows.append(f"{code}: {shops[index]}, {towns[index]}")
        for _ in range(chance.randint(2, 3)):
            jars = chance.randint(4, 48)
            given[code] += jars
            day = f"{chance.randint(1, 30)} April"
            page.rows.append(f"On {day} {code} received {jars} jars of jam against signature (slip {next(notes)}).")
        if index in (0, 2, 4, 8):
            ordered[code] = chance.randint(5, 40)
            page.rows.append(f"{code} has asked for another {ordered[code]} jars of jam, to be cooked in May.")
    own = [code for code, where in zip(codes, towns, strict=True) if where == town]
    right = sum(given[code] for code in own)
    question = chance.choice(
        (
            f"How many jars of jam did our customers in {town} get in April?",
            (
                f"How many jars have we delivered to customers that are in {town}? What is only on order does "
                "not count yet."
            ),
        )
    )
    accepts = (right,)
    return {
        "question": question,
        "context": {
            "deliveries-april.txt": page.text("Jam kitchen, journal of deliveries in April"),
            "customers.txt": book.text("Customers: number, name, place"),
        },
        "accepts": accepts,
        "decoys": _wrong(
            accepts,
            right + sum(ordered[code] for code in own),
            right + given[codes[-1]],
            given[codes[-1]],
            sum(given.values()),
            sum(given.values()) + sum(ordered.values()),
        ),
    }


WORDINGS = wording_of(
    "j",
    *(_sum, _count, _field_sum, _maximum, _average, _group_by, _lookup),
    *(_distinct, _date_range, _contradiction, _top_k, _classify, _absent, _two_documents),
)
