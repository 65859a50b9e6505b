"""Work in a thread for which nobody waits but the caller: not even the end of the program, once the caller has gone."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable
from typing import TypeVar

_Result = TypeVar("_Result")


async def unawaited(work: Callable[[], _Result], name: str) -> tuple[_Result | None, BaseException | None]:
    """What `work` returns, or the error that it raises, from a thread of its own. It goes on there when the caller is
    cancelled, since nothing can end it."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[tuple[_Result | None, BaseException | None]] = loop.create_future()
    context = contextvars.copy_context()

    def settle(result: tuple[_Result | None, BaseException | None]) -> None:
        if not done.done():
            done.set_result(result)

    def run() -> None:
        result: tuple[_Result | None, BaseException | None]
        try:
            result = (context.run(work), None)
        except BaseException as error:
            result = (None, error)
        try:
            loop.call_soon_threadsafe(settle, result)
        except RuntimeError:  # the loop is closed: the caller has gone
            return

    threading.Thread(target=run, name=name, daemon=True).start()
    return await done
