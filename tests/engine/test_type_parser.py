"""The types of answers: read from words, shown as a schema, checked with problems in words, and made again."""

from __future__ import annotations

import dataclasses
import json
import typing
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal

import pytest
import typing_extensions
from pydantic import BaseModel, ConfigDict, Field, computed_field, field_validator

from rlm_kernel.engine.answers import schema, type_parser


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Order(BaseModel):
    title: str
    price: Annotated[float, Field(gt=0)]
    colour: Colour | None = None


class Customer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    since: date
    orders: list[Order]
    status: Literal["open", "closed"] = "open"

    @computed_field
    def total(self) -> float:
        return sum(order.price for order in self.orders)


class Aliased(BaseModel):
    model_config = ConfigDict(strict=True)
    first: int = Field(alias="First Name")
    day: date


class Node(BaseModel):
    label: str
    children: list[Node] = []


class Odd(BaseModel):
    number: int

    @field_validator("number")
    @classmethod
    def odd(cls, number: int) -> int:
        if number == 0:
            return 1 // number
        if number == 1:
            raise FileNotFoundError(2, "No such file or directory", "/home/someone/limits.csv")
        if number == 3:
            raise ValueError("not in /home/someone/limits.csv")
        if number % 2 == 0:
            raise ValueError("it is even")
        return number


@dataclasses.dataclass
class Span:
    first: int
    last: int | None = None


class Row(typing_extensions.TypedDict):
    name: str
    day: typing_extensions.NotRequired[date]


class StandardRow(typing.TypedDict, total=False):
    name: typing.Required[str]
    rows: list[Row]


CUSTOMER = {"name": "A", "since": "2024-03-01", "orders": [{"title": "x", "price": 1.5, "colour": "red"}]}


def problems(value: Any, answer_type: Any) -> str:
    with pytest.raises(ValueError) as caught:  # noqa: PT011  the callers compare the whole text
        schema.check(schema.adapter(answer_type), value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("answer_type", "given", "stored", "instance"),
    [
        (int, "12", 12, 12),
        (int, 12.0, 12, 12),
        (float, 3, 3.0, 3.0),
        (date, "2024-03-01", "2024-03-01", date(2024, 3, 1)),
        (datetime, "2024-03-01T10:00:00", "2024-03-01T10:00:00", datetime(2024, 3, 1, 10)),
        (Decimal, "1.50", "1.50", Decimal("1.50")),
        (Colour, "red", "red", Colour.RED),
        (Literal["a", 3], 3, 3, 3),
        (dict[int, date], {"1": "2024-03-01"}, {"1": "2024-03-01"}, {1: date(2024, 3, 1)}),
        (tuple[int, str], [1, "a"], [1, "a"], (1, "a")),
        (set[str], ["a"], ["a"], {"a"}),
        (Span, {"first": 1}, {"first": 1, "last": None}, Span(1)),
        (
            Row,
            {"name": "a", "day": "2024-03-01"},
            {"name": "a", "day": "2024-03-01"},
            {"name": "a", "day": date(2024, 3, 1)},
        ),
        (StandardRow, {"name": "a"}, {"name": "a"}, {"name": "a"}),
        (list[StandardRow], [{"name": "a", "rows": []}], [{"name": "a", "rows": []}], [{"name": "a", "rows": []}]),
        (int | None, None, None, None),
        (
            Node,
            {"label": "a", "children": [{"label": "b"}]},
            {"label": "a", "children": [{"label": "b", "children": []}]},
            Node(label="a", children=[Node(label="b")]),
        ),
        (
            Aliased,
            {"First Name": 1, "day": "2024-03-01"},
            {"First Name": 1, "day": "2024-03-01"},
            Aliased(**{"First Name": 1}, day=date(2024, 3, 1)),
        ),
        (str, "half \ud800", "half ?", "half ?"),
        (None, [1], [1], [1]),
    ],
    ids=str,
)
def test_a_value_is_stored_as_json_and_made_again(answer_type: Any, given: Any, stored: Any, instance: Any) -> None:
    made = schema.check(schema.adapter(answer_type), given) if answer_type is not None else given
    assert made == stored
    again = schema.typed(json.loads(json.dumps(made)), answer_type)
    assert again == instance
    assert type(again) is type(instance)


def test_nested_models_come_back_whole() -> None:
    checker = schema.adapter(list[Customer])
    made = schema.check(checker, [CUSTOMER])
    assert made[0]["orders"] == [{"title": "x", "price": 1.5, "colour": "red"}]
    (customer,) = schema.typed(made, list[Customer])
    assert (customer.total, customer.orders[0].colour, customer.since) == (1.5, Colour.RED, date(2024, 3, 1))


@pytest.mark.parametrize(
    ("answer_type", "given", "told"),
    [
        (int, 12.5, "the value: must be a whole number, you gave 12.5"),
        (int, "twelve", "the value: must be a whole number, you gave 'twelve'"),
        (list[int], 5, "the value: must be a list, you gave 5"),
        (Literal["a", "b"], "c", "the value: must be 'a' or 'b', you gave 'c'"),
        (Colour, "green", "the value: must be 'red' or 'blue', you gave 'green'"),
        (
            Customer,
            CUSTOMER | {"orders": [{"title": "x", "price": -3}]},
            "orders.0.price: must be greater than 0, you gave -3",
        ),
        (Customer, {"name": "A", "since": "2024-03-01"}, "orders: is missing"),
        (Customer, CUSTOMER | {"sum": 3}, "sum: there is no such field"),
        (Customer, CUSTOMER | {"orders": {"a": 1}}, "orders: must be a list, you gave a dict with a"),
        (Customer, CUSTOMER | {"status": [1, 2]}, "status: must be 'open' or 'closed', you gave a list of 2"),
        (Odd, {"number": 4}, "number: it is even, you gave 4"),
        (
            Odd,
            {"number": 0},
            "the check of the answer has failed: ZeroDivisionError: integer division or modulo by zero",
        ),
        (
            Odd,
            {"number": 1},
            "the check of the answer has failed: FileNotFoundError: [Errno 2] No such file or directory: 'limits.csv'",
        ),
        (Odd, {"number": 3}, "number: not in limits.csv, you gave 3"),
        (Annotated[str, Field(min_length=3)], "", "the value: must have at least 3 characters, you gave ''"),
        (Row, {}, "name: is missing"),
        (Span, {"first": None}, "first: must be a whole number, you gave None"),
    ],
)
def test_problems_name_the_field_the_reason_and_what_was_given(answer_type: Any, given: Any, told: str) -> None:
    assert problems(given, answer_type) == told


def test_at_most_five_problems_are_told_and_none_is_long() -> None:
    told = problems([{"title": 1, "price": "x" * 10_000}] * 10, list[Order])
    assert told.count(";") == 5
    assert told.endswith("and 15 more")
    assert len(told) < 2_000


def test_what_fits_no_type_is_said_of_a_best_guess() -> None:
    with pytest.raises(ValueError, match=r"The answer does not fit its type: the value: must be a whole number"):
        schema.typed("about twelve", int)


@pytest.mark.parametrize("answer_type", [object(), lambda: 1, 5, type("Own", (), {})])
def test_what_cannot_be_a_type_is_refused(answer_type: Any) -> None:
    with pytest.raises(ValueError, match="cannot be the type of an answer"):
        schema.adapter(answer_type)


def test_the_schema_has_its_definitions_in_place_and_no_titles() -> None:
    made = schema.schema(list[Customer])
    assert "$ref" not in json.dumps(made)
    customer = made["items"]
    assert "title" not in customer
    assert customer["properties"]["orders"]["items"]["properties"]["title"] == {"type": "string"}
    assert customer["properties"]["status"] == {"type": "string", "enum": ["open", "closed"], "default": "open"}
    assert len(json.dumps(made)) < len(json.dumps(schema.adapter(list[Customer]).json_schema()))


def test_the_schema_of_a_type_that_contains_itself_ends() -> None:
    made = schema.schema(dict[str, Node])
    assert list(made["$defs"]) == ["Node"]
    assert made["additionalProperties"]["properties"]["children"]["items"] == {"$ref": "#/$defs/Node"}


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("int", int),
        ("list[dict[str, float]]", list[dict[str, float]]),
        ("int | None", int | None),
        ("Optional[int]", int | None),
        ('Literal["a", "b"]', Literal["a", "b"]),
        ("Literal['yes']", Literal["yes"]),
        ("list[Literal[1, -2, None]]", list[Literal[1, -2, None]]),
        ("list[Order] | None", list[Order] | None),
        ("Either", int | str),
        ("Row", Row),
    ],
)
def test_types_are_read_from_words(text: str, made: Any) -> None:
    names = {"Order": Order, "Either": int | str, "Row": Row, "Literal": Literal}
    assert type_parser.parse(text, names) == made


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Literal", "Literal needs something in brackets"),
        ("Literal[()]", "Literal needs something in brackets"),
        ("Literal[open('x')]", "a Literal takes texts and whole numbers"),
        ("Literal[1.5]", "a Literal takes texts and whole numbers"),
        ("Nothing", "there is no class named 'Nothing'"),
        ("value", "'value' is not a class"),
        ("f(1)", "only names"),
        ("list[", "not a type I know"),
    ],
)
def test_what_is_no_type_is_said(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match="that is not a type I know") as caught:
        type_parser.parse(text, {"value": 3})
    assert reason in str(caught.value)
    assert "Literal" in type_parser.ADVICE
