"""What a run found: the value, and the trace that shows how. It runs nothing."""

from __future__ import annotations

import importlib
import json
import pickle
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol, Self, TypeAlias, Unpack

from typing_extensions import TypeVar

from ..trace import Confidence, Coverage, Estimate, Grounding, Status, Trace, TreeUsage, Verification

if TYPE_CHECKING:
    from ..document import Document
    from ..engine.setting_types import Overrides
    from ..render.audit_pass import Audit
    from ..render.side_by_side import SideBySide
    from ..replay import Replay
    from ..replay.canary import Canary

    AuditSource: TypeAlias = Audit | Mapping[str, Any] | str | Path | None

_SMALL = 16 << 20
T_co = TypeVar("T_co", covariant=True, default=Any)


class Forker(Protocol):
    """What forks a run: an `RLM` does."""

    def fork(
        self,
        trace: Trace,
        iteration: int,
        document: Any = None,
        *,
        code: str | None = None,
        question: str | None = None,
        **overrides: Unpack[Overrides],
    ) -> Answer[Any]:
        """See `RLM.fork`."""

    async def afork(
        self,
        trace: Trace,
        iteration: int,
        document: Any = None,
        *,
        code: str | None = None,
        question: str | None = None,
        **overrides: Unpack[Overrides],
    ) -> Answer[Any]:
        """See `RLM.afork`."""


class Answer(Generic[T_co]):
    """What a run found: its value, and the trace that shows how. Displays itself richly in notebooks.

    To a type checker it is an `Answer[int]` where `answer_type=int` was asked for: `typed` is of that type.
    """

    def __init__(
        self,
        trace: Trace,
        *,
        answer_type: Any = None,
        document: Document | None = None,
        engine: Forker | None = None,
        variable: Callable[[str], Any] | None = None,
        earlier: Sequence[Trace] = (),
    ) -> None:
        """`engine` forks the run with the settings that it had; `variable` reads a variable of a sub-kernel that still
        lives. Both are given by whoever made the answer, and are None for one that was read from a file. `earlier` are
        the runs before it in its session, which a replay of it begins with."""
        self.trace = trace
        self._answer_type = answer_type
        self._document = None if document is None else _held(document)
        self._engine = engine
        self._variable = variable
        self._earlier = tuple(earlier)

    @property
    def earlier(self) -> tuple[Trace, ...]:
        """The runs before it in its session; none for an answer that was read from a file."""
        return self._earlier

    @property
    def value(self) -> Any:
        """The answer: a str, number, bool, list, dict or None."""
        return self.trace.value

    @property
    def typed(self) -> T_co | None:
        """The value as the `answer_type` that was asked for (a pydantic model, say); without one, the value itself.

        None where the run ended without an answer. Raises ValueError for a type that a pickle could not hold.
        """
        value: Any = self.trace.value
        if self._answer_type is None or value is None:
            return value  # type: ignore[no-any-return]
        from ..engine.answers.schema import typed

        if isinstance(self._answer_type, _LostType):
            raise ValueError(
                f"The type {self._answer_type.name} was defined inside a function and was not pickled with the answer: "
                "define it at the top of a module, or use answer.value, which is plain data."
            )
        return typed(value, self._answer_type)  # type: ignore[no-any-return]

    @property
    def status(self) -> Status:
        """`answered`, `exhausted` (a limit ended it: the value is a best guess), `stopped`, `failed`, `disputed`
        (further solves found something else) or `uncertain` (below `min_confidence`)."""
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
        """Which lines were searched, returned to code, shown to the model, sent on; None where the run did not end."""
        return self.trace.coverage

    @property
    def estimates(self) -> list[Estimate]:
        """Shares, counts and means of labels that a sub-model gave, with their intervals where labels were checked."""
        return self.trace.estimates

    @property
    def verification(self) -> Verification | None:
        """What further, blind solves of the question found; None where `verify` did not ask for any."""
        return self.trace.verification

    @property
    def confidence(self) -> Confidence | None:
        """A score from 0 to 1 with what lowered it: an order of answers, no probability."""
        return self.trace.confidence

    def estimates_checked(self, labels: Mapping[int, str], labelling: int = 0) -> list[Estimate]:
        """The estimates of a labelling (by its position in `trace.labellings`) after a person has checked some texts:
        `labels` has the right label of each checked text, by the text's number. Raises ValueError, IndexError.

        The texts must be drawn by chance within each label, as `rlm_kernel.engine.labels.draw` and the notebook's
        `SpotCheck` do it.
        """
        from ..engine.labels import re_estimated

        return re_estimated(self.trace, self.trace.labellings[labelling], labels)

    def calls_frame(self) -> Any:
        """Every call of the run tree as a pandas DataFrame, a row each (see `Trace.calls`). Raises ValueError."""
        try:
            pandas = importlib.import_module("pandas")
        except ImportError:
            raise ValueError("A DataFrame needs pandas: pip install pandas, or use answer.trace.calls.") from None
        return pandas.DataFrame(self.trace.calls)

    def replay(self, document: Any = None, **options: Any) -> Replay:
        """Run the code again without any model, where the engine's code runs, and compare; see `replay.areplay`."""
        from ..engine.settings import Settings
        from ..replay import ReplayLimits, replay

        limits = ReplayLimits()
        if isinstance(engine := self._engine, Settings):
            limits = ReplayLimits(subkernel_host=engine.subkernel_host, subkernel_key=engine.subkernel_key)
        passed: dict[str, Any] = {"earlier": self.earlier, "limits": limits} | options
        return replay(self.trace, self.document if document is None else document, **passed)

    def canary(self, n: int = 20, seed: int = 0, *, document: Any = None, **options: Any) -> Canary:
        """How many of `n` planted lines, like those that the answer rests on, the run's code finds when it runs again
        on a copy of the document; see `replay.canary.acanary`. Raises CanaryError (a ValueError)."""
        from ..replay.canary import canary

        return canary(self.trace, self.document if document is None else document, n=n, seed=seed, **options)

    def fork(
        self,
        iteration: int,
        code: str | None = None,
        question: str | None = None,
        *,
        document: Any = None,
        **settings: Unpack[Overrides],
    ) -> Answer[Any]:
        """Another answer: the iterations before `iteration` are repeated without a model, then `code` runs (None: the
        model is asked), and the model goes on. `settings` as of RLM (`model=...` for another one); see `RLM.afork`."""
        about = self.document if document is None else document
        return self._forker().fork(self.trace, iteration, about, code=code, question=question, **settings)

    async def afork(
        self,
        iteration: int,
        code: str | None = None,
        question: str | None = None,
        *,
        document: Any = None,
        **settings: Unpack[Overrides],
    ) -> Answer[Any]:
        """`fork` for callers that are async themselves."""
        about = self.document if document is None else document
        return await self._forker().afork(self.trace, iteration, about, code=code, question=question, **settings)

    def compare(self, other: Answer | Trace) -> SideBySide:
        """This run beside another (a fork and its parent, two models, a replay): values, verdicts, cost, and what
        differs in the code of each iteration. Displays itself in notebooks; `.to_html()` is a page of its own."""
        from ..render.side_by_side import SideBySide

        return SideBySide(self.trace, other.trace if isinstance(other, Answer) else other)

    def to_notebook(self, path: str | Path, *, kernel: str = "rlm") -> None:
        """Write an audit notebook, which runs the code of each iteration again without any model, for the kernel
        `rlm` or `python3`. Raises OSError."""
        from ..render.audit_notebook import audit_notebook

        notebook = audit_notebook(self.trace, self.document, kernel=kernel)
        Path(path).write_text(json.dumps(notebook, ensure_ascii=False, indent=1), encoding="utf-8", errors="replace")

    def to_markdown(self, *, audit: AuditSource = None) -> str:
        """A report of the run: answer, where it comes from, code, ledger, isolation, hashes. `audit`: the notebook (or
        the data) with an auditor's pass over this run, which is then part of it. Raises AuditError (a ValueError)."""
        from ..render.report import markdown_report

        return markdown_report(self.trace, self.document, self._audit(audit))

    def to_html(self, *, audit: AuditSource = None) -> str:
        """The same as one HTML page, which loads nothing."""
        from ..render.report import html_report

        return html_report(self.trace, self.document, self._audit(audit))

    def _audit(self, given: AuditSource) -> Audit | None:
        if given is None:
            return None
        from ..render.audit_pass import audit_of

        return audit_of(self.trace, given)

    def to_pack(
        self,
        path: str | Path,
        *,
        key: str | Path,
        documents: Literal["text", "hash"] = "text",
        audit: AuditSource = None,
    ) -> None:
        """Write an evidence pack: trace, documents (or their hashes alone), report, audit notebook and environment,
        signed with the private key in the file `key` (`rlm keygen`). `rlm verify` checks it. `audit` as of
        `to_markdown`: the auditor's pass is in the pack and in its report. Raises PackError, AuditError (both
        ValueErrors)."""
        from .evidence.pack import write_pack

        given = Path(path).expanduser(), Path(key).expanduser()
        write_pack(self.trace, *given, self.document, documents, self._audit(audit))

    def to_inspect_log(self, path: str | Path) -> None:
        """Write the run as a log of Inspect (the extra `inspect`), which `inspect view` opens: a file that is named
        `.eval` or `.json`. Only a run with the status `answered` is a success in it. Raises ValueError, OSError."""
        from ..engine.blocking import run_blocking
        from ..render.inspect_log import inspect_log

        if Path(path).suffix not in (".eval", ".json"):
            raise ValueError(f"{path} is not named as a log of Inspect is: its name must end in .eval or .json.")
        log = inspect_log(self.trace)
        write = importlib.import_module("inspect_ai.log").write_eval_log_async
        # Not write_eval_log: in a notebook it would patch the event loop of the whole kernel.
        run_blocking(lambda: write(log, Path(path).expanduser().absolute()))

    @property
    def document(self) -> Document | None:
        """The document that was asked about, where it is still held."""
        return None if self._document is None else self._document()

    def _forker(self) -> Forker:
        if self._engine is None:
            raise ValueError(
                "This answer was read from a trace or a pickle and has no engine: fork it with one, "
                "RLM(...).fork(answer.trace, 2)."
            )
        return self._engine

    def __getstate__(self) -> dict[str, Any]:
        """What a pickle or a deep copy holds: the trace, the type, and the document where the answer keeps it alive.

        Not the engine (which may hold a key), nor a session's variables.
        """
        document = self.document
        kept = document if document is not None and _is_small(document) else None
        return {"trace": self.trace, "answer_type": _picklable(self._answer_type), "document": kept}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc]

    def __copy__(self) -> Self:
        return type(self)(
            self.trace,
            answer_type=self._answer_type,
            document=self.document,
            engine=self._engine,
            variable=self._variable,
            earlier=self._earlier,
        )

    def to_dict(self) -> dict[str, Any]:
        """The trace as plain JSON-able data."""
        return self.trace.to_dict()

    def variable(self, name: str) -> Any:
        """A variable of the sub-kernel, as JSON data, while the answer's session lives. Raises ValueError."""
        if self._variable is None:
            raise ValueError(
                f"The variable {name!r} is gone: the sub-kernel ended with the run. Ask in a session "
                "(rlm.session(context)) to keep it."
            )
        return self._variable(name)

    def __repr__(self) -> str:
        marked = " (best guess)" if self.trace.best_guess else ""
        return f"Answer({self.value!r}{marked}, status={self.status!r}, iterations={len(self.trace.iterations)})"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:  # noqa: ARG002
        from ..render.mimebundle import mimebundle

        return mimebundle(self.trace)

    def _mime_(self) -> tuple[str, str]:
        """What marimo shows, in containers too, where it does not choose among the types of a bundle."""
        return "text/html", self._repr_mimebundle_()["text/html"]


def _held(document: Document) -> Callable[[], Document | None]:
    """Keeps a small document; a large one only as long as somebody else does."""
    if _is_small(document):
        return lambda: document
    return weakref.ref(document)


def _is_small(document: Document) -> bool:
    return sum(len(text.data) for text in document.texts) <= _SMALL


@dataclass(frozen=True, slots=True)
class _LostType:
    """In the place of an answer type that cannot be pickled."""

    name: str


def _picklable(answer_type: Any) -> Any:
    try:
        pickle.dumps(answer_type)
    except Exception:  # whatever an object of the user's raises
        return _LostType(getattr(answer_type, "__name__", "?"))
    return answer_type
