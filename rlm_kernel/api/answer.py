"""What a run found: the value, and the trace that shows how. It runs nothing."""

from __future__ import annotations

import importlib
import json
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..trace import Coverage, Grounding, Status, Trace, TreeUsage

if TYPE_CHECKING:
    from ..document import Document
    from ..replay import Replay
    from .rlm import RLM
    from .session import Session

_SMALL = 16 << 20


class Answer:
    """What a run found: its value, and the trace that shows how. Displays itself richly in notebooks."""

    def __init__(
        self,
        trace: Trace,
        *,
        answer_type: Any = None,
        session: Session | None = None,
        rlm: RLM | None = None,
        document: Document | None = None,
    ) -> None:
        self.trace = trace
        self._rlm = rlm
        self._document = None if document is None else _held(document)
        self._answer_type = answer_type
        self._session = session

    @property
    def value(self) -> Any:
        """The answer: a str, number, bool, list, dict or None."""
        return self.trace.value

    @property
    def typed(self) -> Any:
        """The value as the `answer_type` that was asked for (a pydantic model, say); without one, the value itself."""
        if self._answer_type is None or self.trace.value is None:
            return self.trace.value
        from ..engine.answers.schema import typed

        return typed(self.trace.value, self._answer_type)

    @property
    def status(self) -> Status:
        """`answered`, `exhausted` (a limit ended it: the value is a best guess), `stopped` or `failed`."""
        return self.trace.status

    @property
    def usage(self) -> TreeUsage:
        """What the whole run tree has cost; `.parts` by model and level."""
        return self.trace.usage

    @property
    def grounding(self) -> list[Grounding]:
        """Where each figure of the answer comes from."""
        return self.trace.grounding

    @property
    def coverage(self) -> Coverage | None:
        """Which lines were scanned by code, shown to the model, sent to a sub-model; None where the run did not end."""
        return self.trace.coverage

    def calls_frame(self) -> Any:
        """Every call of the run tree as a pandas DataFrame, a row each (see `Trace.calls`). Raises ValueError."""
        try:
            pandas = importlib.import_module("pandas")
        except ImportError:
            raise ValueError("A DataFrame needs pandas: pip install pandas, or use answer.trace.calls.") from None
        return pandas.DataFrame(self.trace.calls)

    def replay(self, document: Any = None, **options: Any) -> Replay:
        """Run the code again without any model and compare; see `replay.areplay`."""
        return self.trace.replay(self._given(document), **options)

    def fork(
        self,
        iteration: int,
        code: str | None = None,
        question: str | None = None,
        *,
        document: Any = None,
        **settings: Any,
    ) -> Answer:
        """Another answer: the turns before `iteration` are repeated without a model, then `code` runs (None: the model
        is asked), and the model goes on. `settings` as of RLM (`model=...` for another one); see `RLM.afork`."""
        given = self._given(document)
        return self._engine().fork(self.trace, iteration, given, code=code, question=question, **settings)

    async def afork(
        self,
        iteration: int,
        code: str | None = None,
        question: str | None = None,
        *,
        document: Any = None,
        **settings: Any,
    ) -> Answer:
        """`fork` for callers that are async themselves."""
        given = self._given(document)
        return await self._engine().afork(self.trace, iteration, given, code=code, question=question, **settings)

    def to_notebook(self, path: str | Path, *, kernel: str = "rlm") -> None:
        """Write an audit notebook, which runs the code of each iteration again without any model, for the kernel
        `rlm` or `python3`. Raises OSError."""
        from ..render import audit_notebook

        made = audit_notebook(self.trace, self.given, kernel=kernel)
        Path(path).write_text(json.dumps(made, ensure_ascii=False, indent=1), encoding="utf-8", errors="replace")

    def to_markdown(self) -> str:
        """A report of the run: answer, where it comes from, code, ledger, isolation, hashes."""
        from ..render import markdown_report

        return markdown_report(self.trace, self.given)

    def to_html(self) -> str:
        """The same as one HTML page, which loads nothing."""
        from ..render import html_report

        return html_report(self.trace, self.given)

    @property
    def given(self) -> Document | None:
        """The document that was asked about, where it is still held."""
        if self._document is None:
            return None if self._session is None else self._session.document
        return self._document()

    def _given(self, document: Any) -> Any:
        return self.given if document is None else document

    def _engine(self) -> RLM:
        from .rlm import RLM

        return self._rlm if self._rlm is not None else RLM()

    def to_dict(self) -> dict[str, Any]:
        """The trace as plain JSON-able data."""
        return self.trace.to_dict()

    def variable(self, name: str) -> Any:
        """A variable of the sub-kernel, as JSON data, while the answer's session lives. Raises ValueError."""
        if self._session is None:
            raise ValueError(
                f"The variable {name!r} is gone: the sub-kernel ended with the run. Ask in a session "
                "(rlm.session(context)) to keep it."
            )
        return self._session.variable(name)

    def __repr__(self) -> str:
        marked = " (best guess)" if self.trace.best_guess else ""
        return f"Answer({self.value!r}{marked}, status={self.status!r}, iterations={len(self.trace.iterations)})"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:  # noqa: ARG002
        from ..render.mimebundle import mimebundle

        return mimebundle(self.trace)


def _held(document: Document) -> Callable[[], Document | None]:
    """Keeps a small document; a large one only as long as somebody else does."""
    if sum(len(text.data) for text in document.texts) <= _SMALL:
        return lambda: document
    return weakref.ref(document)
