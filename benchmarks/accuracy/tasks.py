"""Questions of known answer over documents that are full of decoys: fourteen shapes, each made anew by a seed.

Each shape has twenty wordings: this file has the first, the files wording*.py have the others.

A document has the rows that count, rows that only look alike (plans, last year, totals, drafts), and filler up to the
size that is asked for. `accepts` are the answers that are right; `decoys` are those that a careless strategy gives,
each of which must be wrong. The same shape, seed and size give the same task.
"""

from __future__ import annotations

import random
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from pages import Page, wording_of
from wording_f import WORDINGS as WORDING_F
from wording_g import WORDINGS as WORDING_G
from wording_h import WORDINGS as WORDING_H
from wording_i import WORDINGS as WORDING_I
from wording_j import WORDINGS as WORDING_J
from wording_k import WORDINGS as WORDING_K
from wording_l import WORDINGS as WORDING_L
from wording_m import WORDINGS as WORDING_M
from wording_n import WORDINGS as WORDING_N
from wording_o import WORDINGS as WORDING_O
from wording_p import WORDINGS as WORDING_P
from wording_q import WORDINGS as WORDING_Q
from wording_r import WORDINGS as WORDING_R
from wording_u import WORDINGS as WORDING_U
from wording_v import WORDINGS as WORDING_V
from wordings_b_c import WORDINGS as OTHER_WORDINGS
from wordings_d_e import WORDINGS as UNSEEN_WORDINGS

from rlm_kernel.engine.verify.agreement import same_value

REGIONS = ("north", "south", "east", "west", "centre", "coast", "valley", "harbour")
PEOPLE = ("Ada Berg", "Bo Chen", "Carla Diaz", "Dev Rao", "Elif Kaya", "Finn Moe", "Gita Sen", "Hugo Roth", "Ines Vogt")
PRODUCTS = ("lamp", "chair", "desk", "shelf", "rug", "mirror", "clock", "vase", "stool", "bench")
_UNHAPPY = (
    "it arrived broken and nobody answers",
    "I want my money back, this is the third time",
    "still no parcel after four weeks, this is unacceptable",
    "the handle fell off on the first day",
    "you charged me twice and refuse to explain",
)
_CONTENT = (
    "thanks, everything arrived in good order",
    "could you tell me your opening hours?",
    "please send the invoice to our new address",
    "we love it, the children do as well",
    "no complaint at all, just saying hello",
)


@dataclass(frozen=True)
class Task:
    """A question with its context. `parts` are values that must all be in an answer of several parts."""

    shape: str
    seed: int
    question: str
    context: str | dict[str, str]
    accepts: tuple[Any, ...] = ()
    parts: tuple[Any, ...] = ()
    decoys: tuple[Any, ...] = ()

    @property
    def size(self) -> int:
        """Characters of the context."""
        texts = [self.context] if isinstance(self.context, str) else self.context.values()
        return sum(map(len, texts))

    def is_right(self, value: Any) -> bool:
        """Whether an answer is accepted."""
        if self.parts:
            found = list(_leaves(value))
            return all(any(same_value(part, each) for each in found) for part in self.parts)
        return any(same_value(value, each) and _in_order(value, each) for each in self.accepts)


def _in_order(value: Any, right: Any) -> bool:
    """Whether a list has its items in the order of the right one."""
    return not (isinstance(value, list) and isinstance(right, list)) or all(map(same_value, value, right))


def _leaves(value: Any) -> Any:
    """The scalars of an answer, the keys of its dicts too; of a text, its pieces between punctuation as well."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from (*_leaves(key), *_leaves(item))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _leaves(item)
    else:
        yield value
        if isinstance(value, str):
            for mark in (":", ",", "(", ")", "with", "=", " - "):
                yield from (piece.strip(" ()'\"") for piece in value.split(mark) if mark in value)


def _sum(chance: random.Random, size: int) -> dict[str, Any]:
    page, total, decoy = Page(chance, size), 0, 0
    for number in range(chance.randint(12, 25)):
        amount, other = chance.randint(1_000, 90_000), chance.randint(1_000, 90_000)
        place = f"{chance.choice(REGIONS)} branch {number}"
        page.rows.append(f"Actual sales 2024, {place}: ${amount:,}")
        page.rows.append(f"{chance.choice(('Projected', 'Budgeted'))} sales 2024, {place}: ${other:,}")
        page.rows.append(f"Actual sales 2023, {place}: ${other + 11:,}")
        total, decoy = total + amount, decoy + other
    return {
        "question": "What is the sum of the actual sales of 2024 over all branches, in dollars?",
        "context": page.text("Sales of the group"),
        "accepts": (total,),
        "decoys": (decoy, total + decoy, 0),
    }


def _count(chance: random.Random, size: int) -> dict[str, Any]:
    page, right, wrong = Page(chance, size), chance.randint(15, 60), chance.randint(10, 30)
    page.rows += [f"{_moment(chance)} ERROR payment {chance.randint(100, 999)} timed out" for _ in range(right)]
    page.rows += [f"{_moment(chance)} WARN payment may time out, no ERROR yet" for _ in range(wrong)]
    page.rows += [f"{_moment(chance)} INFO payment {chance.randint(100, 999)} done" for _ in range(wrong)]
    return {
        "question": "How many log lines have the level ERROR?",
        "context": page.text("payments.log"),
        "accepts": (right,),
        "decoys": (right + wrong, wrong),
    }


def _field_sum(chance: random.Random, size: int) -> dict[str, Any]:
    page, total, everything = Page(chance, size), 0, 0
    for _ in range(chance.randint(30, 60)):
        verb, status, amount = chance.choice(("PUT", "GET")), chance.choice((200, 200, 503)), chance.randint(10, 9_000)
        page.rows.append(f"ts={_moment(chance)} op={verb} st={status} lat={chance.randint(1, 400)}ms sz={amount}B")
        total += amount if (verb, status) == ("PUT", 200) else 0
        everything += amount
    return {
        "question": "What is the total size (sz) in bytes of the PUT operations with status (st) 200?",
        "context": page.text("gateway trace"),
        "accepts": (total,),
        "decoys": (everything, 0),
    }


def _maximum(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    scores = dict(zip(PEOPLE, chance.sample(range(400, 900), len(PEOPLE)), strict=True))
    for person, score in scores.items():
        page.rows.append(f"Final score of {person}: {score} points")
        page.rows.append(f"Qualifying score of {person}: {chance.randint(900, 990)} points")
    best = max(scores, key=lambda person: scores[person])
    second = sorted(scores, key=lambda person: scores[person])[-2]
    return {
        "question": "Who has the highest final score, and how many points is it? Give the name and the points.",
        "context": page.text("Results of the season"),
        "parts": (best, scores[best]),
        "decoys": ([second, scores[second]], best, scores[best]),
    }


def _average(chance: random.Random, size: int) -> dict[str, Any]:
    page, values, others = Page(chance, size), [], []
    for number in range(chance.randint(10, 30)):
        values.append(chance.randint(40, 200))
        others.append(chance.randint(40, 200))
        page.rows.append(f"Sensor {number}: humidity reading {values[-1]} (valid)")
        page.rows.append(f"Sensor {number}: humidity reading {others[-1]} (discarded)")
    exact = sum(values) / len(values)
    both = sum(values + others) / (2 * len(values))
    return {
        "question": "What is the average of the valid humidity readings? Round to two decimals.",
        "context": page.text("Readings"),
        "accepts": (round(exact, 2), exact),
        "decoys": (round(both + 0.01, 2), sum(values)),
    }


def _group(chance: random.Random, size: int) -> dict[str, Any]:
    page, totals = Page(chance, size), defaultdict(int)
    regions = chance.sample(REGIONS, 4)
    for _ in range(chance.randint(20, 40)):
        region, amount = chance.choice(regions), chance.randint(5, 500)
        page.rows.append(f"shipped | {region} | {amount} crates")
        page.rows.append(f"cancelled | {region} | {chance.randint(5, 500)} crates")
        totals[region] += amount
    return {
        "question": "How many crates were shipped to each region? Give a dict region -> crates.",
        "context": page.text("Freight"),
        "accepts": (dict(totals),),
        "decoys": ({region: total + 1 for region, total in totals.items()}, dict(list(totals.items())[:-1])),
    }


def _lookup(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    old, new, other = chance.sample(range(1_000, 9_999), 3)
    page.rows.append(f"Until March the door code of the archive was {old}; it is no longer valid.")
    page.rows.append(f"Since April the archive is opened with the door code {new}.")
    page.rows.append(f"The door code of the laboratory is {other}.")
    return {
        "question": "What is the door code of the archive now?",
        "context": page.text("House rules"),
        "accepts": (new,),
        "decoys": (old, other),
    }


def _distinct(chance: random.Random, size: int) -> dict[str, Any]:
    page, buyers = Page(chance, size), chance.sample(range(10_000, 99_999), chance.randint(12, 30))
    orders = 0
    for buyer in buyers:
        for _ in range(chance.randint(1, 4)):
            orders += 1
            page.rows.append(
                f"order {chance.randint(1, 10**6):06}: customer C{buyer} bought a {chance.choice(PRODUCTS)}"
            )
    strangers = [f"enquiry: customer C{chance.randint(10_000, 99_999)} asked about a price" for _ in range(8)]
    page.rows += strangers
    return {
        "question": "How many different customers have placed at least one order?",
        "context": page.text("Orders"),
        "accepts": (len(buyers),),
        "decoys": (orders, len(buyers) + 8),
    }


def _dates(chance: random.Random, size: int) -> dict[str, Any]:
    page, right, total = Page(chance, size), 0, chance.randint(40, 80)
    for _ in range(total):
        year, month, day = chance.choice((2023, 2024)), chance.randint(1, 12), chance.randint(1, 28)
        page.rows.append(f"{year}-{month:02}-{day:02} ticket {chance.randint(1_000, 9_999)} opened")
        page.rows.append(f"{year}-{month:02}-{day:02} ticket {chance.randint(1_000, 9_999)} closed")
        right += (2024, 3, 15) <= (year, month, day) <= (2024, 9, 30)
    return {
        "question": "How many tickets were opened from 15 March 2024 to 30 September 2024, both days included?",
        "context": page.text("Desk"),
        "accepts": (right,),
        "decoys": (2 * right + 1, total),
    }


def _contradiction(chance: random.Random, size: int) -> dict[str, Any]:
    page, total = Page(chance, size), 0
    for number in range(chance.randint(10, 20)):
        hours = chance.randint(2, 60)
        page.rows.append(f"Entry {number}: {chance.choice(PEOPLE)} worked {hours} hours on the bridge")
        total += hours
    wrong = total + chance.randint(3, 40)
    return {
        "question": "How many hours were worked on the bridge according to the single entries, added up?",
        "context": page.text("Timesheet", ending=f"Total hours on the bridge according to the summary: {wrong}"),
        "accepts": (total,),
        "decoys": (wrong, total + wrong),
    }


def _top(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    stock = dict(zip(PRODUCTS, chance.sample(range(100, 999), len(PRODUCTS)), strict=True))
    for product, count in stock.items():
        page.rows.append(f"{product}: {count} sold in 2024")
        page.rows.append(f"{product}: {chance.randint(100, 999)} returned in 2024")
    best = sorted(stock, key=lambda product: -stock[product])
    return {
        "question": "Which three products sold most in 2024? Give a list of their names.",
        "context": page.text("Stock"),
        "accepts": (best[:3],),
        "decoys": (best[1:4], best[:2], best[:4]),
    }


def _classify(chance: random.Random, size: int) -> dict[str, Any]:
    page, right = Page(chance, size), chance.randint(6, 14)
    page.rows += [f"message {chance.randint(1, 10**5):05}: {chance.choice(_UNHAPPY)}" for _ in range(right)]
    page.rows += [f"message {chance.randint(1, 10**5):05}: {chance.choice(_CONTENT)}" for _ in range(12)]
    return {
        "question": "How many of the messages are complaints?",
        "context": page.text("Inbox"),
        "accepts": (right,),
        "decoys": (right + 12, 12 if right != 12 else 13),
    }


def _absent(chance: random.Random, size: int) -> dict[str, Any]:
    page = Page(chance, size)
    for region in REGIONS[:5]:
        page.rows.append(f"The manager of the {region} office is {chance.choice(PEOPLE)}.")
    return {
        "question": f"Who manages the {REGIONS[-1]} office? If the document does not state it, answer None.",
        "context": page.text("Offices"),
        "accepts": (None, "None", "not stated", "It is not stated in the document."),
        "decoys": (*PEOPLE[:3], 0, ""),
    }


def _two(chance: random.Random, size: int) -> dict[str, Any]:
    prices, orders = Page(chance, size // 2), Page(chance, size // 2)
    names = chance.sample(PRODUCTS, 6)
    price = {name: chance.randint(5, 90) for name in names}
    total = 0
    for name in names:
        prices.rows.append(f"List price of a {name}: {price[name]} EUR")
        prices.rows.append(f"Last year's price of a {name}: {price[name] + 7} EUR")
        count = chance.randint(1, 30)
        orders.rows.append(f"Ordered: {count} x {name}")
        total += count * price[name]
    more = sum(int(row.split()[1]) for row in orders.rows)
    return {
        "question": "What do all ordered items cost together at list prices (in prices.txt), in EUR?",
        "context": {"prices.txt": prices.text("Prices"), "orders.txt": orders.text("Orders")},
        "accepts": (total,),
        "decoys": (total + 7 * more, more),
    }


def _moment(chance: random.Random) -> str:
    return (
        f"2024-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}T"
        f"{chance.randint(0, 23):02}:{chance.randint(0, 59):02}:{chance.randint(0, 59):02}Z"
    )


_FIRST = wording_of(
    "a",
    *(_sum, _count, _field_sum, _maximum, _average, _group, _lookup),
    *(_distinct, _dates, _contradiction, _top, _classify, _absent, _two),
)
SHAPES = tuple(_FIRST["a"])
_BY_OTHERS = (
    *(WORDING_F, WORDING_G, WORDING_H, WORDING_I, WORDING_J, WORDING_K, WORDING_L, WORDING_M, WORDING_N, WORDING_O),
    *(WORDING_P, WORDING_Q, WORDING_R, WORDING_U, WORDING_V),
)
_WORDINGS = {**_FIRST, **OTHER_WORDINGS, **UNSEEN_WORDINGS}
for _wording in _BY_OTHERS:
    _WORDINGS |= _wording
WORDINGS = tuple(_WORDINGS)


def task(shape: str, seed: int, size: int = 20_000, wording: str = "a") -> Task:
    """The task of a shape (one of `SHAPES`) and a seed, with a context of about `size` characters.

    The `wording` (one of `WORDINGS`) has subjects, lines and a question of its own.
    """
    drawn_by = f"{shape} {seed} {size}" if wording == "a" else f"{wording} {shape} {seed} {size}"
    return Task(shape=shape, seed=seed, **_WORDINGS[wording][shape](random.Random(drawn_by), size))
