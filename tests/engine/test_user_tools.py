"""The user's tools: what can be one, how it is described, what goes in and out, and what its exceptions tell."""

from __future__ import annotations

import asyncio
import contextvars
import dataclasses
import functools
import json
import math
import os
import threading
import typing
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
import pytest
from pydantic import AfterValidator, BaseModel, Field
from runs import block, run

from rlm_kernel.engine.tools.user_tools import UserTools
from rlm_kernel.subkernel import Refusal, ToolStub

WHO: contextvars.ContextVar[str] = contextvars.ContextVar("who", default="nobody")


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Order(BaseModel):
    price: Annotated[float, Field(gt=0)]


class Row(typing.TypedDict):
    name: str


@dataclasses.dataclass
class Point:
    x: int
    when: date | None = None


def price(ticker: str, day: date = date(2024, 1, 1), *, currency: str = "USD") -> float:
    """The price of a share.
    At the close.

    Not shown.
    """
    return len(ticker) + day.day + len(currency) / 10


async def call(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    tools = UserTools([function])
    result = await tools.call(tools.stubs[0].name, list(args), kwargs)
    assert json.loads(json.dumps(result, allow_nan=False)) == result
    return result


async def refusal(function: Callable[..., Any], *args: Any, **kwargs: Any) -> str:
    with pytest.raises(Refusal) as caught:
        await call(function, *args, **kwargs)
    return str(caught.value)


def raising(error: BaseException) -> Callable[[], None]:
    def tool() -> None:
        raise error

    return tool


def returning(value: Any) -> Callable[[], Any]:
    def tool() -> Any:
        return value

    return tool


def test_the_stub_says_what_a_reader_needs() -> None:
    assert UserTools([price]).stubs == (
        ToolStub(
            "price",
            "(ticker: str, day: date = ..., *, currency: str = 'USD') -> float",
            "The price of a share. At the close.",
        ),
    )


def test_signatures_of_every_kind() -> None:
    def kinds(
        a, /, b: Order, *c: list[Row], d: Colour = Colour.RED, e: Literal["x", 1] | None = None, **f: Decimal
    ): ...

    def defaults(token: str = "sk-1234567890abcdef", n: int = -5, path: Path = Path("/home"), f: float = 1.5): ...

    shown = {stub.name: stub.signature for stub in UserTools([kinds, defaults]).stubs}
    assert shown["kinds"] == (
        "(a, /, b: Order, *c: list[Row], d: Literal['red', 'blue'] = ..., "
        "e: Literal['x', 1] | None = None, **f: Decimal)"
    )
    assert shown["defaults"] == "(token: str = ..., n: int = -5, path: Path = ..., f: float = 1.5)"


def named(name: str) -> Callable[[], None]:
    def tool() -> None: ...

    tool.__name__ = name
    return tool


class Callee:
    def __call__(self, number: int) -> int:
        return number + 1


def unreadable(x: Nowhere) -> None: ...  # noqa: F821


def uncheckable(x: Annotated[int, Field(gt="a")]) -> None: ...


@pytest.mark.parametrize(
    ("functions", "reason"),
    [
        ([lambda: 1], "'<lambda>'.*no name in Python"),
        ([named("_x")], "leading underscore"),
        ([named("grep")], "sandbox has"),
        ([named("FINAL")], "sandbox has"),
        ([named("context")], "sandbox has"),
        ([named("history")], "sandbox has"),
        ([named("print")], "builtin"),
        ([named("class")], "no name in Python"),
        ([price, price], "two tools have it"),
        ([5], "A int cannot be a tool: give a function"),
        ([functools.partial(price, "A")], "A partial cannot be a tool: give a function"),
        ([Callee()], "A Callee cannot be a tool: give a function"),
        ([unreadable], "annotations of the tool unreadable cannot be read .*Nowhere"),
        ([uncheckable], "The tool uncheckable cannot be called: its parameter 'x'"),
    ],
)
def test_what_cannot_be_a_tool_is_said_in_one_sentence(functions: list[Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        UserTools(functions)


async def test_arguments_become_what_the_annotations_say() -> None:
    got: list[Any] = []

    def take(
        day: date, order: Order, rows: list[Row], colour: Colour, *more: int, point: Point, free=None, **rest: Decimal
    ):
        got.extend([day, order, rows, colour, more, point, free, rest])

    point = {"x": "3", "when": "2024-03-01"}
    given = ["2024-03-01", {"price": "1.5"}, [{"name": "a"}], "red", "1", 2]
    await call(take, *given, point=point, free=[1, {"a": None}], a="1.50")
    when = date(2024, 3, 1)
    assert got == [
        *(when, Order(price=1.5), [{"name": "a"}], Colour.RED, (1, 2), Point(3, when), [1, {"a": None}]),
        {"a": Decimal("1.50")},
    ]


@pytest.mark.parametrize(
    ("args", "kwargs", "told"),
    [
        ([5], {}, "price: ticker: must be a valid string, you gave 5"),
        (["A", "soon"], {}, "price: day: must be a valid date"),
        ([], {}, "price: missing a required argument: 'ticker'. It is price(ticker: str, day: date = ..."),
        (["A"], {"when": 1}, "price: got an unexpected keyword argument 'when'"),
        (["A", "2024-01-01", "EUR"], {}, "price: too many positional arguments"),
    ],
)
async def test_arguments_that_do_not_fit_are_named(args: list[Any], kwargs: dict[str, Any], told: str) -> None:
    assert told in await refusal(price, *args, **kwargs)


async def test_fields_within_an_argument_are_named() -> None:
    def buy(orders: list[Order]) -> None: ...

    told = await refusal(buy, [{"price": 1}, {"price": -3}, {}])
    assert told == "buy: orders.1.price: must be greater than 0, you gave -3; orders.2.price: is missing"


async def test_hostile_requests() -> None:
    tools = UserTools([price])
    for name, args, kwargs in [
        ("nothing", [], {}),
        (["price"], [], {}),
        ("price", {}, {}),
        ("price", [], [1]),
        (None, 1, 1),
    ]:
        with pytest.raises(Refusal, match=r"no tool|no list and dict"):
            await tools.call(name, args, kwargs)  # type: ignore[arg-type]
    with pytest.raises(Refusal, match=r"arguments are 2\.0 MB as JSON, more than 1 MB"):
        await tools.call("price", ["x" * 2_000_000], {})


@pytest.mark.parametrize(
    ("value", "made"),
    [
        (None, None),
        ((1, 2.5, "é"), [1, 2.5, "é"]),
        ({1: {"a"}, None: frozenset()}, {"1": ["a"], "None": []}),
        (range(3), [0, 1, 2]),
        ((n * n for n in range(3)), [0, 1, 4]),
        ({"a": 1}.keys(), ["a"]),
        ([math.nan, math.inf, -math.inf, 1.5], [None, None, None, 1.5]),
        (datetime(2024, 3, 1, 10), "2024-03-01T10:00:00"),
        ({date(2024, 3, 1): Decimal("1.50")}, {"2024-03-01": "1.50"}),
        (Colour.RED, "red"),
        (Point(1, date(2024, 3, 1)), {"x": 1, "when": "2024-03-01"}),
        ([Order(price=math.inf)], [{"price": None}]),
        (Path("a") / "b", "a/b"),
        ("half \ud800", "half ?"),
        (np.float64(1.5), 1.5),
        (np.int32(7), 7),
        (np.bool_(True), True),
        (np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
        (np.array([1.0, np.nan]), [1.0, None]),
        (np.array("2024-03-01", dtype="datetime64[D]"), "2024-03-01"),
        (np.datetime64("NaT"), None),
        (pd.Timestamp("2024-03-01"), "2024-03-01T00:00:00"),
        ([pd.NaT, pd.NA], [None, None]),
        (pd.DataFrame({"a": [1, 2], "b": ["x", None]}), [{"a": 1, "b": "x"}, {"a": 2, "b": None}]),
        (pd.DataFrame({"a": [1]}, index=pd.Index(["k"], name="key")), [{"key": "k", "a": 1}]),
        (pd.Series([1.5, np.nan]), [1.5, None]),
        (pd.Series([1, 2], index=["a", "b"]), {"a": 1, "b": 2}),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_results_become_json(value: Any, made: Any) -> None:
    assert await call(returning(value)) == made


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (b"x", "bytes in it: return text"),
        ([{"a": bytearray(1)}], "bytes in it: return text"),
        (object(), "a object is no JSON data: return str, numbers"),
        (price, "a function is no JSON data"),
        ("x" * 5_000_000, "its result is 5.0 MB as JSON, more than 4 MB: ask for less"),
        (["x" * 1000] * 100_000, "larger than 4 MB as JSON: let the tool return less"),
        (np.zeros((2_000, 1_000)), "it has 2,000,000 cells, more than 1,000,000"),
        (iter(int, 1), "larger than 4 MB"),
        (functools.reduce(lambda inner, _: [inner], range(200), []), "nested too deeply"),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_results_that_are_no_json_or_too_much(value: Any, told: str) -> None:
    message = await refusal(returning(value))
    assert message.startswith("tool: ")
    assert told in message


async def test_plain_functions_run_in_a_thread_and_coroutines_on_the_loop_both_in_the_callers_context() -> None:
    def plain() -> list[Any]:
        return [WHO.get(), threading.get_ident() == loop_thread]

    async def coroutine() -> list[Any]:
        await asyncio.sleep(0)
        return [WHO.get(), threading.get_ident() == loop_thread]

    loop_thread = threading.get_ident()
    WHO.set("me")
    assert await call(plain) == ["me", False]
    assert await call(coroutine) == ["me", True]
    assert await call(lambda_like(coroutine)) == ["me", True]


def lambda_like(function: Callable[[], Any]) -> Callable[[], Any]:
    def wrapper() -> Any:
        return function()

    return wrapper


async def test_who_cancels_a_call_does_not_wait_for_its_thread() -> None:
    began, go_on, ended = threading.Event(), threading.Event(), threading.Event()

    def slow() -> None:
        began.set()
        go_on.wait(20)
        ended.set()

    task = asyncio.create_task(call(slow))
    await asyncio.to_thread(began.wait, 20)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not ended.is_set()
    go_on.set()
    assert await asyncio.to_thread(ended.wait, 20)


def test_a_thread_that_outlives_the_loop_harms_nobody() -> None:
    go_on, threads = threading.Event(), []

    def slow() -> None:
        threads.append(threading.current_thread())
        go_on.wait(20)

    async def cut_off() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(call(slow), 0.05)

    asyncio.run(cut_off())
    go_on.set()
    for thread in threads:
        assert thread.daemon
        thread.join(20)
        assert not thread.is_alive()


async def test_a_cancelled_tool_is_no_cancelled_run() -> None:
    async def gives_up() -> None:
        raise asyncio.CancelledError

    assert await refusal(gives_up) == "gives_up was cancelled"


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ValueError("no such ticker"), "ValueError: no such ticker"),
        (KeyError("a"), "KeyError: 'a'"),
        (RuntimeError(), "RuntimeError"),
        (Refusal("not today"), "not today"),
        (SystemExit(3), "SystemExit: 3"),
        (KeyboardInterrupt(), "KeyboardInterrupt"),
        (GeneratorExit(), "GeneratorExit"),
        (ValueError("two\nlines\x1b[31m\u202e and \x00more"), "ValueError: two lines[31m and more"),
        (
            FileNotFoundError(2, "No such file or directory", "/home/someone/my data/secret.csv"),
            "FileNotFoundError: [Errno 2] No such file or directory: 'secret.csv'",
        ),
        (OSError("cannot read /srv/data/x.csv: it is empty"), "OSError: cannot read x.csv: it is empty"),
        (OSError(r"cannot read C:\Users\someone\x.csv, or \\server\share\y"), "OSError: cannot read x.csv, or y"),
        (
            OSError("see file:///srv/data/x.csv, ~/mine/x.txt and (/srv/a/b.py:12)"),
            "OSError: see x.csv, x.txt and (b.py:12)",
        ),
        (ValueError("1/2 and/or https://example.org/a/b/c"), "ValueError: 1/2 and/or https://example.org/a/b/c"),
    ],
    ids=repr,
)
async def test_exceptions_come_back_as_one_line(error: BaseException, told: str) -> None:
    assert await refusal(raising(error)) == told


async def test_secrets_do_not_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_API_KEY", "sk-live/12345+abc")
    monkeypatch.setenv("DB_PASSWORD", "hunter2-")
    monkeypatch.setenv("SHORT_TOKEN", "abc")
    monkeypatch.setenv("LANGUAGE_HINT", "esperanto")
    tools = UserTools([named_raiser], secrets=["given-to-rlm"])
    with pytest.raises(Refusal) as caught:
        await tools.call("named_raiser", [], {})
    assert str(caught.value) == ("RuntimeError: [redacted] [redacted] x[redacted]y abc esperanto [redacted] [redacted]")


def named_raiser() -> None:
    key = os.environ["MY_API_KEY"]
    raise RuntimeError(f"{key} {os.environ['DB_PASSWORD']} x{key}y abc esperanto given-to-rlm sk-live%2F12345%2Babc")


async def test_long_messages_and_those_that_cannot_be_had() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no words")

    assert len(await refusal(raising(ValueError("x" * 10_000_000)))) == 1_000
    assert await refusal(raising(Mute())) == "Mute"


def fail(value: Any) -> Any:
    raise ZeroDivisionError("/srv/data/x")


def validating(x: Annotated[int, AfterValidator(fail)]) -> None: ...


async def test_a_validator_of_the_users_that_fails_is_no_dead_run() -> None:
    assert await refusal(validating, 1) == "ZeroDivisionError: x"


async def test_generators_are_read_in_the_thread() -> None:
    def threads() -> Iterator[bool]:
        yield threading.get_ident() == loop_thread

    loop_thread = threading.get_ident()
    assert await call(threads) == [False]


RATES = {"USD": 0.9, "GBP": 1.2}


def exchange_rate(currency: str, day: date = date(2024, 3, 1)) -> float:
    """Euros for one unit of a currency on a day."""
    if currency not in RATES:
        raise LookupError(f"no rate for {currency} in /srv/secret/rates.csv")
    return RATES[currency] + (day.year - 2024)


async def test_a_tool_of_the_users_in_a_run_and_in_a_run_below(scripted_server: Any) -> None:
    code = """
print(exchange_rate("USD"), exchange_rate(currency="GBP", day="2025-01-01"))
for wrong in ("XXX", 3):
    try:
        exchange_rate(wrong)
    except Exception as error:
        print(error)
below = rlm_query("What is the pound?", "some text of the cell's own")
FINAL([exchange_rate("USD"), below])"""

    def answer(body: dict[str, Any]) -> Any:
        below = "What is the pound?" in body["messages"][1]["content"]
        return block("FINAL(exchange_rate('GBP'))" if below else code)

    server = scripted_server(answer)
    result = await run(server, tools=[exchange_rate])
    assert result.trace.value == [0.9, 1.2]
    first, unknown, wrong, *_ = result.trace.iterations[0].output.split("\n")
    assert first == "0.9 2.2"
    assert unknown.endswith("LookupError: no rate for XXX in rates.csv")
    assert "currency" in wrong
    stub = (
        "def exchange_rate(currency: str, day: date = ...) -> float: ...  # Euros for one unit of a currency on a day."
    )
    assert all(stub.partition("day")[0] in request["messages"][0]["content"] for request in server.requests), (
        "each level is told of it"
    )
    calls = [row for row in result.trace.calls if row["kind"] == "tool"]
    assert [(row["depth"], row["name"], row["line"], row["error"] is None) for row in calls] == [
        (0, "exchange_rate", 2, True),
        (0, "exchange_rate", 2, True),
        (0, "exchange_rate", 5, False),
        (0, "exchange_rate", 5, False),
        (1, "exchange_rate", 1, True),
        (0, "exchange_rate", 9, True),
    ]
    assert result.trace.usage.calls == len(server.requests) == 2
    assert result.trace.settings["tools"] == ["exchange_rate"]


async def test_what_cannot_be_a_tool_is_said_before_anything_runs(scripted_server: Any) -> None:
    def grep(pattern: str) -> str:
        return pattern

    with pytest.raises(ValueError, match="grep"):
        await run(scripted_server([]), tools=[grep])
