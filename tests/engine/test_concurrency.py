"""The adaptive gate: how many places there are after replies that were as fast as before, slower, or refused."""

from __future__ import annotations

import asyncio

import pytest

from rlm_kernel.engine.concurrency import FIRST, MOST, Gate


class Callers:
    """Callers that take every place of a gate, and again each that becomes free."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.in_flight = 0

    async def fill(self) -> None:
        while self.in_flight < self.gate.places:
            await self.gate.enter()
            self.in_flight += 1

    async def reply(self, seconds: float, count: int = 1) -> None:
        """So many replies, one after the other, with every place taken."""
        for _ in range(count):
            await self.fill()
            self.gate.answered("m", seconds)
            self.gate.leave()
            self.in_flight -= 1


async def test_replies_that_come_as_fast_as_before_let_more_in() -> None:
    gate = Gate()
    callers = Callers(gate)
    await callers.reply(1.0, FIRST)
    assert gate.places > 3 * FIRST
    await callers.reply(1.0, 2 * MOST)
    assert gate.places == gate.most == MOST


async def test_those_who_wait_are_let_in_when_there_are_more_places() -> None:
    gate = Gate()
    await Callers(gate).fill()
    waiting = asyncio.create_task(gate.enter())
    await asyncio.sleep(0)
    assert not waiting.done()
    gate.answered("m", 1.0)
    gate.answered("m", 1.0)
    await waiting


async def test_slower_replies_take_places_back_and_never_more_than_were_gained() -> None:
    gate = Gate()
    callers = Callers(gate)
    await callers.reply(1.0, 20)
    before = gate.places
    await callers.reply(4.0)
    kept = gate.places
    assert FIRST < kept < before
    callers.gate.answered("m", 4.0)  # of the same burst
    assert gate.places == kept
    await callers.reply(4.0, 500)
    assert gate.places == FIRST


async def test_a_refusal_halves_them_once_for_all_in_flight() -> None:
    gate = Gate()
    await Callers(gate).fill()
    for _ in range(FIRST):
        gate.refused()
    assert gate.places == FIRST // 2


async def test_a_number_that_was_given_stays() -> None:
    gate = Gate(3)
    callers = Callers(gate)
    await callers.reply(0.1, 50)
    gate.refused()
    assert gate.places == gate.most == 3
    await callers.fill()
    waiting = asyncio.create_task(gate.enter())
    await asyncio.sleep(0)
    assert not waiting.done()
    gate.leave()
    await waiting


@pytest.mark.parametrize("admitted", [True, False])
async def test_one_that_is_cancelled_leaves_its_place_to_the_next(admitted: bool) -> None:
    gate = Gate(1)
    await gate.enter()
    first, second = asyncio.create_task(gate.enter()), asyncio.create_task(gate.enter())
    await asyncio.sleep(0)
    if admitted:
        gate.leave()
    first.cancel()
    if not admitted:
        gate.leave()
    await second
    assert first.cancelled()
