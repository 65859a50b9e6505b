"""What is worked out of a text is worked out once for a question, and forgotten then."""

from __future__ import annotations

from rlm_kernel import Document
from rlm_kernel.document.text import Text
from rlm_kernel.engine.rows.remembered import remembered, remembering

ORCHARD, MILL = Document.of({"orchard": "12 plums\n", "mill": "7 sacks\n"}).texts
made: list[tuple[str, int]] = []


@remembered
def first_line(text: Text, times: int = 1) -> str:
    made.append((text.name, times))
    return (text.line(1) or "") * times


def test_the_same_is_made_once_and_anew_for_the_next_question() -> None:
    made.clear()
    for _ in range(2):
        with remembering():
            assert [first_line(ORCHARD), first_line(ORCHARD), first_line(MILL)] == ["12 plums", "12 plums", "7 sacks"]
    assert made == [("orchard", 1), ("mill", 1)] * 2


def test_other_numbers_and_options_are_others() -> None:
    made.clear()
    with remembering():
        assert [first_line(MILL, 2), first_line(MILL, times=3), first_line(MILL, 2)] == [
            "7 sacks" * n for n in (2, 3, 2)
        ]
    assert made == [("mill", 2), ("mill", 3)]


def test_what_is_within_another_is_forgotten_with_that() -> None:
    made.clear()
    with remembering():
        with remembering():
            first_line(ORCHARD)
        first_line(ORCHARD)
    assert made == [("orchard", 1)]


def test_nothing_is_kept_elsewhere() -> None:
    made.clear()
    assert first_line(MILL) == first_line(MILL) == "7 sacks"
    assert len(made) == 2
