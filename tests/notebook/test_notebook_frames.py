"""The calls of a run as a data frame."""

from __future__ import annotations

import sys

import pytest

from rlm_kernel.notebook.frames import calls_frame
from rlm_kernel.trace import Call, Iteration, Trace, Usage


def test_a_row_for_each_call() -> None:
    pytest.importorskip("pandas")
    inner = Trace(model="m", depth=1, iterations=[Iteration(index=1, model_usage=Usage(calls=1, prompt_tokens=5))])
    call = Call(id=7, kind="rlm_query", prompt="part", trace=inner)
    own = Usage(calls=1, prompt_tokens=10, cost=0.5)
    frame = calls_frame(Trace(model="m", iterations=[Iteration(index=1, model_usage=own, calls=[call])]))
    assert list(frame["kind"]) == ["root", "rlm_query", "root"]
    assert list(frame["run"]) == [0, 0, 7]
    assert frame["prompt_tokens"].sum() == 15
    assert frame.groupby("depth")["calls"].sum().to_dict() == {0: 1, 1: 1}


def test_no_calls_have_the_same_columns() -> None:
    pytest.importorskip("pandas")
    empty = calls_frame(Trace())
    assert len(empty) == 0
    assert list(empty.columns) == list(calls_frame(Trace(iterations=[Iteration(index=1)])).columns)


def test_without_pandas_the_error_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ValueError, match=r"pip install pandas.*answer\.trace\.calls"):
        calls_frame(Trace())
