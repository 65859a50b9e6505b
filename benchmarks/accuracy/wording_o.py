"""Fourteen shapes of question in the wording "o", each about another subject and in another format."""

from __future__ import annotations

import datetime
import json
import random
from collections.abc import Callable
from typing import Any

from pages import wording_of, wrong_of

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_ABBREVIATIONS = tuple(month[:3] for month in _MONTHS)
_PLANT = (
    (
        *("The foreman", "Our apprentice", "A visitor from the supplier", "The cleaning team", "The porter"),
        *("The safety officer", "The planning office", "The canteen", "Somebody from the stores", "The works council"),
    ),
    (
        *("asked for new labels on the lockers", "swept the walkway behind the store", "hung up the new floor plan"),
        *("looked for the missing ladder", "sorted the boxes by the gate", "tidied the tool wall"),
        *("renewed the tape on the floor", "handed round more gloves", "moved the notice board"),
        *("brought back the borrowed trolley", "put a bench next to the side door", "wiped the whiteboard clean"),
    ),
    (
        *("before the break", "without any hurry", "together with a colleague", "and wrote it in the visitors' book"),
        *("as agreed some time ago", "because rain had come in", "to everyone's relief", "and nobody minded"),
    ),
)
_COMPUTING = (
    (
        *("The on-call desk", "A trainee", "The network group", "The documentation team", "The architect"),
        *("Somebody in procurement", "The other office", "The project lead", "The design group", "A contractor"),
    ),
    (
        *("renamed a dashboard", "rewrote the wiki page on naming", "closed a chat channel that was little used"),
        *("asked for a second screen", "tidied the cable tray", "put fresh labels on the rack doors"),
        *("moved a calendar invitation", "changed the colours of a chart"),
        "corrected a spelling mistake on the portal",
        *("drew a new floor plan", "shared the slides of the workshop", "looked for the key to the cage"),
    ),
    (
        *("after lunch", "as the style guide wants it", "without being asked", "and told the others in the chat"),
        *("while waiting for a parcel", "because the old one was hard to read"),
        *("with some help", "and left it at that"),
    ),
)
_FIELD = (
    (
        *("The driver", "The crew", "A neighbour", "The caretaker", "The dispatcher", "The climber's mate"),
        *("A man from the council", "The farmer next door", "The second van", "The key holder"),
    ),
    (
        *("opened the gate by hand", "parked beside the chapel", "asked about the hedge along the lane"),
        *("offered a cup of tea", "wanted the gravel raked again", "pointed out a wasps' nest in the shed"),
        *("kept the dog indoors", "shovelled leaves off the step", "took the long way round by the bridge"),
        *("left the keys with the bakery", "helped to carry the ladder", "complained of the mud on the road"),
    ),
    (
        *("early in the morning", "in pouring rain", "as usual", "and waved goodbye", "without giving a name"),
        *("which was kind", "although it was foggy", "and all went smoothly"),
    ),
)
_PEOPLE = (
    *("Hanna Dorsch", "Paul Reyes", "Ineke Vos", "Tomasz Bielak", "Gwen Parry", "Samir Haddad", "Lucia Ferri"),
    *("Oskar Lind", "Maeve Doyle", "Jiro Tanabe", "Petra Kolar", "Anton Rusu", "Beatriz Nunes", "Callum Reid"),
    *("Dilek Aydin", "Frank Holzer", "Noor Jansen", "Viktor Hahn", "Zoe Marsh", "Emil Krag"),
)


def _talk(chance: random.Random, words: tuple[tuple[str, ...], ...]) -> str:
    who, did, tail = (chance.choice(part) for part in words)
    return f"{who} {did} {tail}."


def _filled(
    chance: random.Random, blocks: list[str], size: int, make: Callable[[], str], *, fixed: int = 0, gap: int = 1
) -> list[str]:
    """The blocks in their order, with filler at places by chance, so that all together make about the size."""
    missing = size - fixed - sum(len(block) + gap for block in blocks)
    places: list[list[str]] = [[] for _ in range(len(blocks) + 1)]
    while missing > 0:
        line = make()
        places[chance.randrange(len(places))].append(line)
        missing -= len(line) + gap
    out = list(places[0])
    for block, after in zip(blocks, places[1:], strict=True):
        out += [block, *after]
    return out


def _many(size: int, each: int, most: int = 48, least: int = 14) -> int:
    return max(least, min(most, int(size * 0.85) // each))


def _roles(chance: random.Random, count: int, sure: list[str], more: list[str]) -> list[str]:
    roles = [*sure, *chance.choices(more, k=max(0, count - len(sure)))]
    chance.shuffle(roles)
    return roles


def _near(one: Any, two: Any) -> bool:
    """Whether two numbers are so close that one may be taken for the other."""
    return isinstance(one, (int, float)) and isinstance(two, (int, float)) and abs(one - two) < 0.06


def _wrong(right: tuple[Any, ...], *candidates: Any) -> tuple[Any, ...]:
    """The candidates that are neither right nor near to what is right, each once."""
    return wrong_of(right, (one for one in candidates if not any(_near(one, other) for other in right)))


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _money(value: float) -> str:
    return f"{value:,.2f}"


def _sum(chance: random.Random, size: int) -> dict[str, Any]:
    """A book of repair orders, in blocks of labelled lines."""
    year = chance.choice((2022, 2023, 2024, 2025))
    names = ["Harrow Lane", "Tollgate Hill", "Brack Moor", "Sandpit Road", "Ferry Point", "Oldcastle", "Ninefields"]
    jobs = ["feeder cable", "warning lamp", "anchor bolts", "antenna bracket", "ladder rungs", "earth strap", "fence"]
    count = _many(size, 165, 40, 13)
    sure = ["good"] * 4 + ["cabinet", "cabinet", "before", "after", "cancelled", "open"]
    orders: list[tuple[datetime.date, str]] = []
    good, any_paid, all_billed, estimates = 0, 0, 0, 0
    for role in _roles(chance, count, sure, ["good", "good", *sure[4:]]):
        estimate = chance.randrange(200, 3_900) * 100 // 2
        billed = estimate + chance.choice((-1, 1)) * chance.randrange(50, 4_800)
        billed = max(billed, 5_025)
        paid_year = year + {"before": -1, "after": 1}.get(role, 0)
        month = chance.randrange(12)
        if role == "before":
            month = chance.randrange(6, 12)
        if role == "after":
            month = chance.randrange(0, 3)
        paid = f"{chance.randint(1, 28)} {_ABBREVIATIONS[month]} {paid_year}"
        ordered = datetime.date(paid_year - (month < 2), (month - 2) % 12 + 1, chance.randint(1, 28))
        state = f"done, paid {paid}"
        if role == "cancelled":
            state = "cancelled, bill withdrawn, nothing paid"
        if role == "open":
            state = "done, bill not paid yet"
        label = "Cabinet" if role == "cabinet" else "Mast"
        text = (
            f"({ordered.day} {_ABBREVIATIONS[ordered.month - 1]} {ordered.year})\n"
            f"{label:<10} {chance.choice(names)}, {chance.choice(jobs)}\n"
            f"Estimate   {_money(estimate / 100)}\nBilled     {_money(billed / 100)}\nState      {state}\n"
        )
        orders.append((ordered, text))
        all_billed += billed
        if role == "good":
            good += billed
            estimates += estimate
        if role in ("good", "cabinet"):
            any_paid += billed
    orders.sort()
    blocks = [f"Order      W-{40_210 + number * 3}   {text}" for number, (_, text) in enumerate(orders)]
    title = "FIELD WORK ORDERS, REGION WEST (all amounts in EUR)\n"
    lines = _filled(chance, blocks, size, lambda: f"Remark     {_talk(chance, _FIELD)}\n", fixed=len(title) + 2)
    accepts = (good / 100,)
    return {
        "question": chance.choice(
            (
                (
                    f"How much did we really pay in {year} for work on the masts? Street cabinets, estimates and bills "
                    "that were withdrawn or are not paid yet don't interest me; what matters is the day of payment."
                ),
                (
                    "I'm preparing the budget talk: what is the total of the bills for mast work that were paid "
                    f"during {year}? No cabinets please."
                ),
                f"Total paid in {year} for jobs on masts (not cabinets)?",
            )
        ),
        "context": "\n".join([title, *lines]),
        "accepts": accepts,
        "decoys": _wrong(accepts, any_paid / 100, all_billed / 100, estimates / 100),
    }


def _count(chance: random.Random, size: int) -> dict[str, Any]:
    """An inventory of servers, in fixed widths."""
    count = _many(size, 74, 56, 18)
    sure = ["good"] * 3 + ["test", "test", "retired", "retired", "saved", "saved", "saved", "saved"]
    jobs = ("web", "mail", "db", "ldap", "queue", "files", "print", "cache", "wiki", "build")
    rows, never, never_live, live = [], 0, 0, 0
    roles = _roles(chance, count, sure, ["good", "test", "retired", "saved", "saved", "saved"])
    for number, role in enumerate(roles):
        env, state, last = "production", "running", "never"
        if role == "test":
            env = chance.choice(("test", "staging"))
        if role == "retired":
            state = "retired"
        if role == "saved":
            last = f"2024-{chance.randint(1, 11):02}-{chance.randint(1, 28):02}"
            env = chance.choice(("production", "production", "test"))
        host = f"{chance.choice(jobs)}{number + 1:02}"
        if role == "test" and chance.random() < 0.5:
            host = f"prodcopy{number + 1:02}"
        memory = f"{chance.choice((8, 16, 32, 64, 128))} GB"
        rows.append(f"{host:<14}{env:<13}{state:<10}{memory:>7}   {last}")
        never += last == "never"
        never_live += last == "never" and state == "running"
        live += env == "production" and state == "running"
    right = roles.count("good")
    head = f"{'HOST':<14}{'ENVIRONMENT':<13}{'STATE':<10}{'MEMORY':>7}   LAST BACKUP\n{'-' * 58}"
    title = "# server list, exported for the audit 2024-12-02\n"
    lines = _filled(chance, rows, size, lambda: f"# {_talk(chance, _COMPUTING)}", fixed=len(title) + len(head) + 2)
    accepts = (right,)
    return {
        "question": chance.choice(
            (
                "How many running production servers have never been backed up?",
                (
                    "The auditors are coming. On how many of our production machines that are still running has no "
                    "backup ever been made? Go by the environment column, not by the host name."
                ),
            )
        ),
        "context": "\n".join([title, head, *lines]) + "\n",
        "accepts": accepts,
        "decoys": _wrong(accepts, never, never_live, right + roles.count("retired"), live),
    }


def _field_sum(chance: random.Random, size: int) -> dict[str, Any]:
    """A log of transfers, a format of its own."""
    wanted, *others = chance.sample(("vault-a", "vault-b", "vault-c", "vault-d"), 3)
    sources = ("orders-db", "hr-files", "mailstore", "wiki", "erp-dump", "cad-share")
    count = _many(size, 78, 55, 18)
    sure = ["good"] * 4 + ["failed", "failed", "other", "other", "other", "restore"]
    day, second = chance.randint(2, 27), 3_600 + chance.randrange(900)
    lines, good, whatever, all_fine, restored = [], 0, 0, 0, 0
    for role in _roles(chance, count, sure, ["good", "good", "failed", "other", "other", "restore"]):
        second += chance.randint(20, 320)
        amount = chance.randint(180, 98_000)
        code = chance.choice((4, 17, 32)) if role == "failed" else 0
        if role == "other":
            code = chance.choice((0, 0, 0, 17))
        vault = chance.choice(others) if role == "other" else wanted
        left, right = vault, chance.choice(sources)
        verb = "store"
        if role == "restore":
            left, right, verb = right, left, "fetch"
        stamp = f"{_clock(second // 60)}:{second % 60:02}"
        lines.append(
            f"{stamp} xfer[{chance.randint(2000, 9899)}] {verb} {right} => {left} size={amount}kB "
            f"took={chance.randint(1, 95)}s rc={code}"
        )
        if role in ("good", "failed"):
            whatever += amount
        if role == "good":
            good += amount
        if role == "restore":
            restored += amount
        if code == 0 and role in ("good", "other"):
            all_fine += amount
    title = f"--- transfer log, night of {day} October 2024 (source => target; rc=0 means success) ---"

    def note() -> str:
        return f"-- note: {_talk(chance, _COMPUTING)}"

    accepts = (good,)
    return {
        "question": chance.choice(
            (
                f"How many kB were successfully stored on {wanted} that night?",
                (
                    f"{wanted} is filling up. How much data (in kB) did it receive in this night's transfers that went "
                    "through without an error? What was fetched from it does not count."
                ),
            )
        ),
        "context": "\n".join([title, *_filled(chance, lines, size, note, fixed=len(title) + 2)]) + "\n",
        "accepts": accepts,
        "decoys": _wrong(accepts, whatever, all_fine, good + restored),
    }


def _maximum(chance: random.Random, size: int) -> dict[str, Any]:
    """A round of measurements, as XML."""
    wanted, *others = chance.sample(("A", "B", "C", "D"), 3)
    count = _many(size, 88, 50, 16)
    pumps = chance.sample(range(201, 290), count)
    hot = chance.random() < 0.6
    tenths = chance.sample(range(480, 780), count)
    roles = ["good"] * 5 + ["suspect", "suspect"] + ["hall"] * 4
    roles += chance.choices(["good", "good", "hall"], k=count - len(roles))
    chance.shuffle(roles)
    good: list[tuple[int, int]] = []
    wrong: list[tuple[int, int]] = []
    lines = []
    extra = chance.sample(range(12, 90), count)
    for number, tenth, role, more in zip(pumps, tenths, roles, extra, strict=True):
        hall = wanted if role != "hall" else chance.choice(others)
        quality = "suspect" if role == "suspect" else "good"
        bearing = tenth
        if role == "suspect":
            bearing = 790 + more if hot else 470 - more
        elif role == "hall" and chance.random() < 0.4:
            bearing = 785 + more if hot else 475 - more
        casing = bearing + chance.randint(-90, 90)
        (good if role == "good" else wrong).append((bearing, number))
        lines.append(
            f'  <check pump="P-{number}" hall="{hall}" bearing="{bearing / 10}" casing="{casing / 10}" '
            f'quality="{quality}"/>'
        )
    value, name = (max if hot else min)(good)
    head = '<?xml version="1.0"?>\n<round date="2024-09-17" unit="degC">'
    body = _filled(chance, lines, size, lambda: f"  <!-- {_talk(chance, _PLANT)} -->", fixed=len(head) + 12)
    word, much = ("hottest", "hot") if hot else ("coolest", "warm")
    high = "highest" if hot else "lowest"
    return {
        "question": chance.choice(
            (
                (
                    f"Which pump in hall {wanted} had the {word} bearing, and how {much} was it? Readings marked as "
                    "suspect don't count."
                ),
                (
                    f"Leaving out the suspect readings: at which pump of hall {wanted} was the {high} bearing "
                    "temperature measured? Give me the pump and the temperature."
                ),
            )
        ),
        "context": "\n".join([head, *body, "</round>"]) + "\n",
        "parts": (f"P-{name}", value / 10),
        "decoys": tuple(f"P-{number}, {bearing / 10}" for bearing, number in sorted(wrong, reverse=hot)[:3]),
    }


def _average(chance: random.Random, size: int) -> dict[str, Any]:
    """Samples from filling lines, as JSON lines."""
    wanted, *others = chance.sample(("L1", "L2", "L3", "L4"), 3)
    base = chance.choice((2500, 3300, 5000, 7500))
    count = _many(size, 84, 55, 18)
    sure = ["good"] * 5 + ["void", "void", "other", "other", "other", "weight"]
    while True:
        minute = 360
        lines: list[str] = []
        good: list[int] = []
        void: list[int] = []
        other: list[int] = []
        weight: list[int] = []
        for role in _roles(chance, count, sure, ["good", "good", "void", "other", "other", "weight"]):
            minute += chance.randint(2, 11)
            tenth = base + chance.randint(-60, 60)
            if role == "void":
                tenth = base + chance.choice((-1, 1, 1)) * chance.randint(130, 700)
            if role == "other":
                tenth += chance.randint(25, 80)
            if role == "weight":
                tenth = base * 2
            {"good": good, "void": void, "other": other, "weight": weight}[role].append(tenth)
            line = chance.choice(others) if role == "other" else wanted
            lines.append(
                json.dumps(
                    {
                        "at": _clock(minute),
                        "line": line,
                        "type": "reference weight" if role == "weight" else "bottle",
                        "grams": tenth / 10,
                        "void": role == "void",
                    }
                )
            )
        exact = sum(good) / len(good) / 10
        # A mean halfway between two roundings has no single right answer.
        if not any(abs(exact * scale % 1 - 0.5) < 1e-6 for scale in (10, 100)):
            break

    def note() -> str:
        return json.dumps({"type": "remark", "text": _talk(chance, _PLANT)})

    means = [
        round(sum(rows) / len(rows) / 10, 2)
        for rows in (good + void, good + other, good + weight, good + void + weight)
    ]
    accepts = tuple(dict.fromkeys((round(exact, 1), round(exact, 2), exact)))
    name = f"line {wanted[1]}"
    return {
        "question": chance.choice(
            (
                (
                    f"What did the bottles sampled on {name} weigh on average, in grams? Void samples and the "
                    "reference weights are not to be counted."
                ),
                f"Mean fill weight of the valid bottle samples from {name} ({wanted})?",
            )
        ),
        "context": "\n".join(_filled(chance, lines, size, note)) + "\n",
        "accepts": accepts,
        "decoys": _wrong(accepts, *means),
    }


def _group_by(chance: random.Random, size: int) -> dict[str, Any]:
    """A shift book, in bullets under headings."""
    machines = chance.sample(("Press 4", "Press 7", "Robot cell", "Paint booth", "Palletiser", "Saw 2", "Labeller"), 4)
    faults = ("tool jam", "sensor failed", "belt torn", "no air", "light curtain tripped", "gripper lost a part")
    plans = ("lubrication", "tool change", "cleaning", "inspection")
    count = _many(size, 62, 50, 20)
    entries = [(machine, role) for machine in machines for role in ("fault", "fault")]
    entries += [(machine, "plan") for machine in machines[:3]] + [(machines[3], "slow")]
    more = ("fault", "fault", "plan", "slow")
    entries += [(chance.choice(machines), chance.choice(more)) for _ in range(count - len(entries))]
    chance.shuffle(entries)
    right, every, longest = (dict.fromkeys(machines, 0) for _ in range(3))
    lines = []
    for machine, role in entries:
        minutes = chance.randint(2, 19) * chance.choice((2, 3, 5))
        spoken = f"{minutes} min"
        if minutes > 60:
            spoken = f"{minutes // 60} h {minutes % 60:02} min"
        if role == "fault":
            text = f"stood still {spoken}, {chance.choice(faults)}"
            right[machine] += minutes
        elif role == "plan":
            text = f"stood still {spoken}, planned {chance.choice(plans)}"
        else:
            text = f"ran at half speed for {spoken}, did not stop"
        if role != "slow":
            every[machine] += minutes
        longest[machine] += minutes
        lines.append(f"  - {machine}: {text}")
    shifts = max(3, len(lines) // 6)
    blocks: list[str] = []
    for number in range(shifts):
        blocks.append(
            f"\nMay {3 + number // 3}, {('early', 'late', 'night')[number % 3]} shift, "
            f"in charge: {chance.choice(_PEOPLE)}"
        )
        blocks += lines[len(lines) * number // shifts : len(lines) * (number + 1) // shifts]
    title = "SHIFT BOOK, HALL 2"
    first = blocks.pop(0)
    body = _filled(chance, blocks, size, lambda: f"  - {_talk(chance, _PLANT)}", fixed=len(title) + len(first) + 3)
    accepts = (right,)
    return {
        "question": chance.choice(
            (
                "How many minutes did each machine stand still without this having been planned?",
                (
                    "For the maintenance meeting I'd like to see, machine by machine, the total minutes of unplanned "
                    "standstill. (Running slowly is not a standstill.)"
                ),
            )
        ),
        "context": "\n".join([title, first, *body]) + "\n",
        "accepts": accepts,
        "decoys": _wrong(accepts, every, longest),
    }


def _lookup(chance: random.Random, size: int) -> dict[str, Any]:
    """Minutes in prose, where a later decision takes the place of an earlier one."""
    units = [f"{kind} {number}" for kind in ("boiler", "compressor", "dryer", "autoclave") for number in (1, 2, 3, 4)]
    target = chance.choice(units)
    twin = f"{target.split()[0]} {chance.choice([other for other in (1, 2, 3, 4) if other != int(target[-1])])}"
    old, new, proposed, near, warn, *rest = (tenth / 10 for tenth in chance.sample(range(41, 139), 60))
    days = chance.sample(range(1, 29), 4)
    names = chance.sample(_PEOPLE, 4)
    paragraphs = [
        (
            f"On {days[0]} February it was settled that the pressure alarm of {target} goes off at {old} bar. "
            f"{names[0]} will see to it."
        ),
        (
            f"The meeting of {days[1]} May took up {target} again: with the new valve the pressure alarm is now set to "
            f"{new} bar, and the figure from February no longer holds."
        ),
        (
            f"In July {names[1]} suggested {proposed} bar for the pressure alarm of {target}. This was turned down and "
            "nothing was changed."
        ),
        f"On {days[2]} June the pressure alarm of {twin} was set to {near} bar.",
        f"The safety valve of {target} opens at {warn} bar, as {names[2]} confirmed in August.",
    ]
    others = [unit for unit in units if unit not in (target, twin)]
    chance.shuffle(others)
    for number in range(_many(size, 130, 30, 13) - len(paragraphs)):
        unit, value = others[number % len(others)], rest[number]
        if number < len(others):
            paragraphs.append(
                f"On {chance.randint(1, 28)} {chance.choice(_MONTHS[:8])} the pressure alarm of {unit} was put at "
                f"{value} bar."
            )
        else:
            paragraphs.append(f"{chance.choice(_PEOPLE)} measured {value} bar at {unit} while it was being run in.")
    chance.shuffle(paragraphs)
    title = "Utilities group: what was said and settled this year (in no particular order)\n"

    def note() -> str:
        return " ".join(_talk(chance, _PLANT) for _ in range(chance.randint(1, 3)))

    body = _filled(chance, paragraphs, size, note, fixed=len(title) + 2, gap=2)
    accepts = (new, f"{new} bar")
    return {
        "question": chance.choice(
            (
                f"At what pressure does the alarm of {target} go off as things stand now?",
                f"I have to reprogram {target}. Which pressure must I enter for its alarm, by the latest decision?",
            )
        ),
        "context": title + "\n" + "\n\n".join(body) + "\n",
        "accepts": accepts,
        "decoys": _wrong(accepts, old, proposed, near, warn, f"{old} bar", f"{proposed} bar"),
    }


def _distinct(chance: random.Random, size: int) -> dict[str, Any]:
    """A printout of alarms, in blocks of capitals."""
    letters = "BCDFGKLMNPRSTV"
    sites: list[str] = []
    while len(sites) < 24:
        site = "".join(chance.sample(letters, 3)) + f"{chance.randint(1, 40):02}"
        if site not in sites:
            sites.append(site)
    count = _many(size, 78, 56, 20)
    mains = sites[: chance.randint(4, 9) if count > 30 else chance.randint(3, 5)]
    tests = sites[9:12]
    rest = sites[12:]
    kinds = ("LINK DOWN", "DOOR OPEN", "FAN FAULT", "HIGH TEMPERATURE", "TOWER LIGHT OUT")
    events = [(site, "MAINS FAILURE", "RAISED") for site in mains]
    events += [(site, "MAINS FAILURE", "RAISED") for site in mains[:2]]
    events += [(site, "MAINS FAILURE", "TEST") for site in tests]
    while len(events) < count:
        draw = chance.random()
        if draw < 0.3:
            events.append((chance.choice(mains), "MAINS FAILURE", "RAISED"))
        elif draw < 0.45:
            events.append((chance.choice(tests + mains), "MAINS FAILURE", "TEST"))
        else:
            events.append((chance.choice(rest + mains + tests), chance.choice(kinds), "RAISED"))
    chance.shuffle(events)
    minute, blocks = 5, []
    for number, (site, kind, event) in enumerate(events):
        minute += chance.randint(9, 70)
        day, within = divmod(minute, 1_440)
        blocks.append(
            f"*** {event:<7} NO {3_011 + number}  {11 + day}-MAR {_clock(within)}\n    BTS {site}    {kind}\n    END"
        )
    raised = sum(kind == "MAINS FAILURE" and event == "RAISED" for _, kind, event in events)
    with_tests = len({site for site, kind, _ in events if kind == "MAINS FAILURE"})
    everywhere = len({site for site, _, event in events if event == "RAISED"})
    accepts = (len(mains),)
    title = "ALARM PRINTOUT  OMC SOUTH   (RAISED = REAL ALARM, TEST = SENT BY A TECHNICIAN FOR A TEST)"
    body = _filled(
        chance, blocks, size, lambda: f"*** OPERATOR MESSAGE\n    {_talk(chance, _FIELD).upper()}\n    END", fixed=90
    )
    return {
        "question": chance.choice(
            (
                "How many different base stations had a mains failure for real, not just in a test?",
                (
                    "We want to lend out generators. How many base stations (each counted once, however often it "
                    "happened) reported a real mains failure? Tests aside."
                ),
            )
        ),
        "context": "\n".join([title, *body]) + "\n",
        "accepts": accepts,
        "decoys": _wrong(accepts, raised, with_tests, everywhere),
    }


def _date_range(chance: random.Random, size: int) -> dict[str, Any]:
    """A list of visits, as CSV with long remarks."""
    year = chance.choice((2023, 2024, 2025))
    start = datetime.date(year, 3, 1) + datetime.timedelta(days=chance.randint(4, 30))
    length = chance.randint(18, 40)
    end = start + datetime.timedelta(days=length)
    day = datetime.timedelta(days=1)
    count = _many(size, 76, 55, 18)
    sure = ["inside", "inside", "first", "last", "just before", "just after", "nobody", "nobody", "ordered", "year"]
    roles = _roles(chance, count, sure, ["inside", "inside", "nobody", "ordered", "early", "late", "year"])
    right = sum(role in ("inside", "first", "last") for role in roles)
    room = max(0, size - 90 - 50 * count) // count
    rows = []
    by_order = all_visits = no_year = 0
    for role in roles:
        visit = start + day * chance.randint(1, length - 1)
        chance.randint(3, 25)  # Nothing uses it, but all that follows by chance depends on its being drawn.
        if role == "first":
            visit = start
        if role == "last":
            visit = end
        if role == "just before":
            visit = start - day
        if role == "just after":
            visit = end + day
        if role == "early":
            visit = start - day * chance.randint(2, 40)
        if role == "late":
            visit = end + day * chance.randint(2, 40)
        if role == "ordered":
            order = end - day * chance.randint(0, 6)
            visit = end + day * chance.randint(2, 20)
        else:
            if role == "year":
                visit = visit.replace(year=year - 1)
            order = visit - day * chance.randint(3, 25)
        result = "nobody home" if role == "nobody" else "exchanged"
        by_order += start <= order <= end and result == "exchanged"
        all_visits += start <= visit <= end
        no_year += result == "exchanged" and (start <= visit <= end or role == "year")
        remark, wanted = "", chance.uniform(0.5, 1.5) * room
        while len(remark) < wanted - 20:
            remark = f"{remark} {_talk(chance, _FIELD)}".strip()
        number = chance.randint(10_000_000, 99_999_999)
        rows.append(f'{number},{order:%d.%m.%Y},{visit:%d.%m.%Y},{result},"{remark}"')
    accepts = (right,)
    first, last = (f"{one.day} {_MONTHS[one.month - 1]}" for one in (start, end))
    return {
        "question": chance.choice(
            (
                f"How many meters were actually exchanged from {first} to {last} {year}, both days included?",
                (
                    f"The fitters are paid per meter. How many did they swap between {first} and {last} {year}? (The "
                    "first and the last day belong to it; where nobody was home nothing was swapped.)"
                ),
            )
        ),
        "context": "\n".join(["meter,ordered on,visited on,result,remark", *rows]) + "\n",
        "accepts": accepts,
        "decoys": _wrong(accepts, by_order, all_visits, no_year, right - 2),
    }


def _contradiction(chance: random.Random, size: int) -> dict[str, Any]:
    """A delivery book with dot leaders, whose total is wrong."""
    year = chance.choice((2022, 2023, 2024))
    places = ("Exchange North", "Exchange South", "Data hall 1", "Data hall 2", "Pump house", "Control room")
    count = _many(size, 72, 50, 18)
    roles = _roles(chance, count, ["diesel"] * 9 + ["additive"] * 3, ["diesel", "diesel", "diesel", "additive"])
    dates = sorted(chance.choices(range(90), k=count))
    lines, diesel, every = [], [], 0
    for role, offset in zip(roles, dates, strict=True):
        date = datetime.date(year, 7, 1) + datetime.timedelta(days=offset)
        litres = chance.randrange(300, 4_800, 10) if role == "diesel" else chance.randrange(50, 600, 10)
        left = f"{date.day:>2} {_ABBREVIATIONS[date.month - 1]}  {role}, {chance.choice(places)} "
        lines.append(f"{left:.<52} {litres:>6,} l")
        every += litres
        if role == "diesel":
            diesel.append(litres)
    right = sum(diesel)
    stated = right - diesel[chance.randrange(len(diesel))] + chance.choice((0, 90, 900))
    if stated == right:
        stated -= 40
    title = f"TANK BOOK OF THE STANDBY SETS, third quarter {year}\nDeliveries in the order of arrival\n"
    end = f"{'=' * 61}\n{'Diesel delivered in the quarter, total ':.<52} {stated:>6,} l\n"
    body = _filled(chance, lines, size, lambda: f"        ({_talk(chance, _PLANT)})", fixed=len(title) + len(end) + 2)
    accepts = (right,)
    return {
        "question": chance.choice(
            (
                (
                    "How many litres of diesel do the single deliveries add up to? I have my doubts about the total at "
                    "the bottom."
                ),
                (
                    "Please check the book: what is the correct amount of diesel delivered in the quarter, in litres, "
                    "if one adds up the deliveries themselves?"
                ),
            )
        ),
        "context": "\n".join([title, *body, end]),
        "accepts": accepts,
        "decoys": _wrong(accepts, stated, every),
    }


def _top_k(chance: random.Random, size: int) -> dict[str, Any]:
    """A storage report, as YAML."""
    firsts = ("fin", "hr", "cad", "lab", "crm", "web", "video", "geo", "mes", "iot")
    seconds = ("ledger", "scans", "models", "stage", "index", "media", "trace", "plans")
    count = _many(size, 98, 40, 14)
    names = chance.sample([f"{first}-{second}" for first in firsts for second in seconds], count)
    how_many, word = chance.choice(((2, "two"), (3, "three"), (4, "four")))
    sizes = chance.sample(range(60, 900), count)
    big = chance.sample(range(11, 60), count)
    terabytes = chance.randint(1, 3)
    states = ["online"] * (count - 3) + ["archived"] * 3
    blocks = []
    held: list[tuple[float, str]] = []
    allocated: list[tuple[float, str]] = []
    digits: list[tuple[float, str]] = []
    whole: list[tuple[float, str]] = []
    for position, (name, state, used) in enumerate(zip(names, states, sizes, strict=True)):
        spoken, figure = f"{used} GB", float(used)
        if position < terabytes or state == "archived":
            used, figure = big[position] * 100, big[position] / 10
            spoken = f"{figure} TB"
        room = used + chance.randint(40, 7_000)
        blocks.append(
            f"- volume: {name}\n  state: {state}\n  allocated: {room} GB\n  used: {spoken}\n"
            f"  snapshots: {chance.randint(0, 30)}"
        )
        whole.append((used, name))
        if state == "online":
            held.append((used, name))
            allocated.append((room, name))
            digits.append((figure, name))
    chance.shuffle(blocks)

    def best(rows: list[tuple[float, str]]) -> list[str]:
        return [name for _, name in sorted(rows, reverse=True)[:how_many]]

    accepts = (best(held),)
    body = _filled(chance, blocks, size, lambda: f"# {_talk(chance, _COMPUTING)}", fixed=40)
    return {
        "question": chance.choice(
            (
                f"Which {word} online volumes have the most space in use? Start with the biggest.",
                (
                    f"We need to clear up. Name the {word} volumes that hold the most data at present (what is used, "
                    "not what is allocated; skip the archived ones), the largest first."
                ),
            )
        ),
        "context": "\n".join(["# storage report", "volumes:", *body]) + "\n",
        "accepts": accepts,
        "decoys": _wrong(accepts, best(allocated), best(digits), best(whole), accepts[0][::-1]),
    }


_OFFLINE = (
    "Nothing loads on any device since this morning, the router only blinks orange.",
    "Line dead once more. I am writing this from my neighbour's kitchen, over her connection.",
    "We've been cut off since Sunday's storm and still cannot get online.",
    "The technician left an hour ago saying all is well, yet we can't open a single page, by cable or by wifi.",
    "I pay every month, and at the moment I get zero for it: no pages, no mail, no streaming.",
    "Your app says 'all services normal'. Not here: no internet since seven, I send this over mobile data.",
    "Still no signal at the socket, third day running. The kids do their homework at the library.",
    "The line should have been live on Monday. It isn't: not one byte so far.",
    "Restarted the box five times as advised. It never gets past 'connecting', we remain without internet.",
    "A digger cut through the cable in front of the house; the whole row is without internet now.",
    "Tills, card reader, office PCs: none of them reaches the outside world. We have to turn customers away.",
    "Yesterday it was slow, today there is nothing at all any more.",
    "You switched off my internet by mistake! The bill is paid, put me back on please.",
    "I can't even start the speed test you asked for, since there is no connection to test.",
    "This is not about speed. I'd be glad of any speed: the line is dead.",
    "It came back for ten minutes at noon and has been gone completely ever since.",
    "Since last night's update the box finds no way into your network, so no web and no mail here.",
    "My grandmother's internet doesn't work at all, she can't use her tablet for anything. Send someone please.",
    "Is there a fault in Mill Street? No web, no mail, nothing goes through over your line right now.",
    "You texted that the outage in our area is over. It is not: we still cannot get online.",
    "No internet in the surgery, we cannot open any patient files. Urgent!",
    "I was told to wait 24 hours. I have waited 48 and am as cut off as before.",
    "The fibre box shows red at LOS, and none of our devices gets through to anything.",
    "Please ring my mobile, mail won't reach me: our internet has been out since Friday.",
)
_ONLINE = (
    "The line was down all Sunday but has been fine since. Will I get a refund?",
    "Films stutter in the evening. Pages do open, only slowly.",
    "There is a red light on the router, though everything works. Need I worry?",
    "I'll be offline on holiday until the 20th, please send the bill by post.",
    "Please cut off my connection on the 31st, I am moving out then.",
    "I was charged twice for the router.",
    "Thank you! The dead line was repaired within the hour and we are online again.",
    "If there is another outage like last year's, I'll change provider. So far it runs well.",
    "Whom do I call in case of a total outage? Nothing is wrong at present, I just want the number.",
    "The wifi doesn't reach the attic. Downstairs it's perfect.",
    "The TV box shows no picture at all, while the internet runs without a problem.",
    "I get half of the speed promised: 48 instead of 100.",
    "Your hotline is dead, I hung in the queue for 40 minutes! And all I want is another tariff.",
    "The telephone has no dial tone; the internet on the same line is fine.",
    "It drops for some seconds when it rains and then carries on. Right now it's good.",
    "Cancel tomorrow's technician, the fault is gone and we can surf again.",
    "The customer portal rejects my password. The internet as such works.",
    "We have moved within the house, please change the flat number on our bills.",
    "Mails with big attachments get stuck, small ones go out without trouble.",
    "You announced works for Thursday night: will we be without internet then, and for how long?",
    "Next door they had no internet last week, which is fixed now. Ours always worked. Could it hit us as well?",
    "How do I switch off the wifi for guests?",
    "Only my old laptop finds no network, the phones and the PC are online. Is its card broken?",
    "Not a single failure in six years. Just wanted to say so.",
    "Uploads crawl and video calls freeze; downloads are all right.",
    "Let me have 500 Mbit as soon as the fibre is there.",
    "One site, that of my bank, won't open; all the others do.",
    "The 12 euros for the outage in spring are missing on my bill. The repair itself was well done.",
    "Which cable goes into the grey socket? The old box still serves us well, I'm only planning the change.",
    "The internet died when you rebuilt the mast in May; I want money for that week. Today all is well.",
    "The blinking orange lamp annoys me at night, can one dim it? Surfing is fine.",
)


def _classify(chance: random.Random, size: int) -> dict[str, Any]:
    """Messages of customers, quoted under a heading each."""
    count = _many(size, 140, 46, 14)
    right = chance.randint(max(4, count // 4), min(len(_OFFLINE), count // 2))
    texts = [*chance.sample(_OFFLINE, right), *chance.sample(_ONLINE, min(len(_ONLINE), count - right))]
    chance.shuffle(texts)
    minute, number, blocks = 425, chance.randint(48_000, 52_000), []
    for text in texts:
        minute += chance.randint(2, 13)
        number += chance.randint(1, 9)
        via = chance.choice(("app", "web form", "SMS"))
        blocks.append(f"[#{number}] {_clock(minute)} via {via}\n> {text}\n")
    words = ("down", "dead", "outage", "offline", "no internet", "without internet", "cut off", "no signal")
    spotted = sum(any(word in text.lower() for word in words) for text in texts)
    title = "CUSTOMER CARE INBOX, 6 NOVEMBER\n"

    def note() -> str:
        return f"(desk note) {_talk(chance, _COMPUTING)}\n"

    accepts = (right,)
    return {
        "question": chance.choice(
            (
                (
                    "How many of the messages report an internet connection that doesn't work at all at the time of "
                    "writing?"
                ),
                (
                    "We're sending out crews. How many messages are about an internet connection that is completely "
                    "dead right now (not just slow, not one that has been repaired since)?"
                ),
            )
        ),
        "context": "\n".join([title, *_filled(chance, blocks, size, note, fixed=len(title))]),
        "accepts": accepts,
        "decoys": _wrong(accepts, spotted, len(texts), len(texts) - right),
    }


def _absent(chance: random.Random, size: int) -> dict[str, Any]:
    """Mails, of which none has the answer."""
    target, *others = chance.sample(range(3, 40), 24)
    people = chance.sample(_PEOPLE, len(_PEOPLE))
    booked, safety, *signers = people[:9]
    senders = people[9:]
    bodies = [
        f"The acceptance test of line {target} is booked for the week after next. {booked} prepares the room.",
        f"Good news, line {target} has passed its acceptance test. The signed sheet lies in the blue folder.",
        f"{safety} has signed the safety inspection of line {target}.",
    ]
    used: list[str] = []
    for number in range(_many(size, 165, 24, 12) - len(bodies)):
        line = others[number]
        who = signers[number % len(signers)]
        if number % 3 == 2:
            bodies.append(f"{who} has signed the safety inspection of line {line}.")
        else:
            used.append(who)
            bodies.append(f"The acceptance test of line {line} is through, {who} signed it off.")
    tail = bodies[3:]
    chance.shuffle(tail)
    places = sorted(chance.sample(range(len(bodies)), 3))
    for place, body in zip(places, bodies[:3], strict=True):
        tail.insert(place, body)
    day, mails = 1, []
    for body in tail:
        day += chance.randint(0, 1)
        sender = chance.choice(senders)
        to = chance.choice([one for one in senders if one != sender])
        mails.append(f"From: {sender}\nTo: {to}\nSent: {day} October 2024\n\n{body}\n")

    def note() -> str:
        talk = " ".join(_talk(chance, _PLANT) for _ in range(chance.randint(2, 5)))
        sender, to = chance.sample(senders, 2)
        return f"From: {sender}\nTo: {to}\n\n{talk}\n"

    accepts = ("not in the document", "not found", "not stated", "unknown")
    return {
        "question": chance.choice(
            (
                f"Who signed off the acceptance test of line {target}?",
                f"I need to ring the person whose signature is on the acceptance test of line {target}. Who is it?",
            )
        ),
        "context": "\n----\n".join(_filled(chance, mails, size, note, gap=6)),
        "accepts": accepts,
        "decoys": _wrong(accepts, booked, safety, *dict.fromkeys(used)),
    }


def _two_documents(chance: random.Random, size: int) -> dict[str, Any]:
    """A table of parts taken, as Markdown, and a list of their prices."""
    parts = [
        ("BRG-6204", "ball bearing"),
        ("BLT-1180", "toothed belt"),
        ("SNS-M12", "proximity switch"),
        ("VLV-38", "air valve"),
        ("NZL-07", "glue nozzle"),
        ("FUS-16A", "fuse"),
        ("RLR-220", "guide roller"),
        ("CUP-40", "suction cup"),
        ("KNF-95", "cutter blade"),
        ("HSE-10", "air hose, 2 m"),
    ]
    chance.shuffle(parts)
    wanted, *others = chance.sample(("Packer 1", "Packer 2", "Packer 3", "Wrapper 1"), 3)
    year = chance.choice((2023, 2024))
    new = {code: chance.randrange(210, 9_990, 5) for code, _ in parts}
    old = {code: price - chance.randrange(15, 1 + max(20, price // 6), 5) for code, price in new.items()}
    count = _many(size // 2, 62, 40, 14)
    sure = ["good"] * 4 + ["reserved", "reserved", "other", "other", "other"]
    rows, right, outdated, more, every = [], 0, 0, 0, 0
    dates = sorted(chance.choices(range(1, 31), k=count))
    roles = _roles(chance, count, sure, ["good", "good", "reserved", "other", "other"])
    for role, day in zip(roles, dates, strict=True):
        code, pieces = chance.choice(parts)[0], chance.randint(1, 9)
        machine = chance.choice(others) if role == "other" else wanted
        state = "reserved" if role == "reserved" else "taken"
        rows.append(f"| {day:02} Apr | {code:<8} | {pieces:>3} | {machine:<9} | {state:<8} |")
        cost = pieces * new[code]
        if role == "good":
            right += cost
            outdated += pieces * old[code]
        if role in ("good", "reserved"):
            more += cost
        if role in ("good", "other"):
            every += cost
    table = (
        f"# Stores, April {year}\n\n| Date   | Part     | Pcs | Machine   | State    |\n"
        "|--------|----------|----:|-----------|----------|"
    )
    half = size // 2
    notes = [""]
    missing = half - len(table) - sum(len(row) + 1 for row in rows)
    while missing > 0:
        notes.append(f"Note: {_talk(chance, _PLANT)}")
        missing -= len(notes[-1]) + 1
    stores = "\n".join([table, *rows, *notes]) + "\n"
    items = [
        f"{code}: {name}\n    price per piece {year - 1}: EUR {old[code] / 100:.2f}, "
        f"{year}: EUR {new[code] / 100:.2f}\n"
        for code, name in sorted(parts)
    ]
    head = f"Kestrel Industrial Supplies\nPrices agreed for {year}, with those of {year - 1} for comparison\n"
    body = _filled(chance, items, half, lambda: f"({_talk(chance, _PLANT)})\n", fixed=len(head) + 2)
    prices = "\n".join([head, *body])
    accepts = (right / 100,)
    return {
        "question": chance.choice(
            (
                (
                    f"What did the parts cost that were taken from the stores for {wanted} in April {year}, at the "
                    f"prices of {year}? Parts that are only reserved don't count."
                ),
                (
                    f"How much has {wanted} cost us in spare parts this April? Count what was really taken, at the "
                    f"{year} prices."
                ),
            )
        ),
        "context": {"stores.md": stores, "pricelist.txt": prices},
        "accepts": accepts,
        "decoys": _wrong(accepts, outdated / 100, more / 100, every / 100),
    }


WORDINGS = wording_of(
    "o",
    *(_sum, _count, _field_sum, _maximum, _average, _group_by, _lookup),
    *(_distinct, _date_range, _contradiction, _top_k, _classify, _absent, _two_documents),
)
