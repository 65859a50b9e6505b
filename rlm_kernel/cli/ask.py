"""`rlm ask`: one question about files or stdin; the answer alone on stdout."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..api.rlm import RLM
from ..document import Document, DocumentError
from ..document.load.options import document_bytes
from ..engine.factory import model_of
from ..engine.setting_options import chosen_settings, reading_options
from ..engine.spending import BudgetSpent
from ..models import ModelError
from ..models.local import weights
from ..render.grounding_labels import grounded
from ..render.labels import grounding_sum, grounding_text
from ..render.terminal import OutputError, Progress, evidence, looked_at, summary
from ..subkernel import IsolationError
from ..trace import Event, Trace, event_to_json
from . import exit_codes, output
from .doctor_and_fetch import missing_weights
from .exit_codes import Failure
from .signals import RunOutcome, run


def ask(options: argparse.Namespace) -> int:
    """Everything that can be checked is checked before the model is asked."""
    trace_file = output.check_file("--trace", options.trace)
    output.check_file("--record", options.record)
    with user_errors():
        settings = chosen_settings(options)
        engine = RLM(**settings)
        document = _document(options, engine.max_document_size)
        check_weights(engine)
    shown = sys.stderr is not None and not options.quiet and (options.verbose or sys.stderr.isatty())
    progress = Progress(sys.stderr, full=options.verbose) if shown else None
    with progress or contextlib.nullcontext():
        printer = _EventPrinter() if options.events else None
        outcome = run(engine, options.question, document, options.type, progress, printer)
    unwritten = _write(trace_file, outcome)
    raise_error(outcome)
    trace = outcome.builder.trace
    if outcome.began:
        _print(trace, options, with_verdicts=progress is not None)
        if progress is not None:
            _conclude(trace, progress, full=options.verbose)
    code = conclude(outcome)
    if unwritten:
        output.complain(unwritten)
    return code or (exit_codes.USAGE if unwritten else code)


def _print(trace: Trace, options: argparse.Namespace, *, with_verdicts: bool) -> None:
    # The remarks come first: where both streams are one terminal, the answer is the last thing there.
    answered = trace.status == "answered" or trace.best_guess
    if not options.quiet and (answered or options.json):
        for notice in trace.notices:
            output.remark(notice)
        # With a terminal, or --verbose, all verdicts follow; a script is told of those that are bad news.
        if not with_verdicts and any(row.verdict == "ungrounded" for item in trace.grounding for row in item.rows()):
            output.remark(f"{grounding_sum(trace.grounding)} (--verbose names them)")
    if options.events:
        return
    if options.json:
        output.print_text(output.safe_json(json.dumps(_object(trace), ensure_ascii=False)))
    elif answered:
        output.print_answer(trace.value)


class _EventPrinter:
    """Prints each event as a line of JSON, at once."""

    def __init__(self) -> None:
        self._count = 0

    def __call__(self, event: Event) -> None:
        self._count += 1
        output.print_text(output.safe_json(event_to_json(event, self._count)))


def _object(trace: Trace) -> dict[str, Any]:
    """What `--json` prints: the answer's own fields, and the trace."""
    data = json.loads(trace.to_json())
    names = ("value", "status", "best_guess", "grounding", "estimates", "verification", "confidence")
    answer = {name: data[name] for name in (*names, "usage", "isolation")}
    for row, item in zip(answer["grounding"], trace.grounding, strict=True):
        row |= {"words": grounding_text(item)}
    return answer | {"trace": json.loads(trace.to_json())}


def _conclude(trace: Trace, progress: Progress, *, full: bool) -> None:
    for line in evidence(trace):
        progress.say(line, "dim")
    for line, worrying in grounded(trace):
        progress.say(line, "red" if worrying else "dim")
    for line in looked_at(trace) if full else ():
        progress.say(line, "dim")
    progress.say(summary(trace), "dim")


def conclude(outcome: RunOutcome) -> int:
    """Say how a run ended that has not simply answered; its exit code."""
    trace = outcome.builder.trace
    if outcome.signal is not None and trace.status != "answered":
        output.complain("interrupted" if outcome.began else "interrupted before the run began")
        return 128 + outcome.signal
    match trace.status:
        case "answered":
            return exit_codes.ANSWERED
        case "exhausted" if trace.best_guess:
            output.remark(f"best guess: {trace.reason}")
            return exit_codes.EXHAUSTED
        case "exhausted":
            output.complain(f"no answer: {trace.reason}")
            return exit_codes.EXHAUSTED
        case "disputed" | "uncertain":
            output.complain(f"no answer: {trace.reason}")
            return exit_codes.EXHAUSTED
    output.complain(trace.reason or "the run ended without an answer")
    return exit_codes.MODEL


def raise_error(outcome: RunOutcome) -> None:
    """Raise what ended the run: a `Failure` where the user can mend it."""
    if isinstance(outcome.error, BrokenPipeError | OutputError):
        raise outcome.error
    if isinstance(outcome.error, ValueError) and outcome.began:
        raise outcome.error  # the question and the settings were good: this is a fault of ours
    if outcome.error is not None:
        with user_errors():
            raise outcome.error


@contextlib.contextmanager
def user_errors() -> Iterator[None]:
    """What the user can mend becomes a `Failure`; errors of our own keep their traceback."""
    from traitlets import TraitError

    try:
        yield
    except IsolationError as error:
        raise Failure(str(error), exit_codes.ISOLATION) from None
    except ModelError as error:
        unasked = error.kind in ("missing", "recording")
        raise Failure(str(error), exit_codes.USAGE if unasked else exit_codes.MODEL) from None
    except (RuntimeError, BlockingIOError) as error:
        if not isinstance(error, BlockingIOError) and "new thread" not in str(error):
            raise
        words = "no more processes or threads can be started here: raise the limit on them (ulimit -u)."
        raise Failure(words, exit_codes.ISOLATION) from None
    except BudgetSpent as error:
        raise Failure(str(error), exit_codes.EXHAUSTED) from None
    except (DocumentError, TraitError, ValueError, OSError) as error:
        raise Failure(str(error) or type(error).__name__) from None


def check_weights(engine: RLM) -> None:
    """A model that is known to be missing is said before anything runs."""
    for name in {engine.model, engine.sub_model or engine.model}:
        model = model_of(engine, name)
        if missing := missing_weights(model):
            entry = weights.entry(missing)
            option = "" if missing == weights.DEFAULT else f" --weights {missing}"
            raise Failure(
                f"the embedded model's weights ({entry.size / 1e9:.1f} GB) are not on this machine yet: run "
                f"`rlm fetch{option}` once, or name another model (--model and --base-url, or RLM_MODEL and "
                "OPENAI_BASE_URL)."
            )


def _write(file: Path | None, outcome: RunOutcome) -> str:
    """Write the trace; what went wrong, in words."""
    if file is None or not outcome.began:
        return ""
    try:
        output.write_file(file, output.safe_json(outcome.builder.trace.to_json(indent=1)) + "\n")
    except OSError as error:
        return f"the trace could not be written to {file}: {error.strerror or error}."
    return ""


def _document(options: argparse.Namespace, max_size: str | int) -> Document:
    files: list[str] = options.files
    named = [file for file in files if file != "-"]
    how: dict[str, Any] = {**reading_options(options), "max_size": max_size}
    if named == files and files:
        return Document.from_files(named, **how)
    if not files and sys.stdin is not None and sys.stdin.isatty():
        raise Failure("there is nothing to ask about: name a FILE, or pipe a document into stdin.")
    texts = list(_stdin(how).texts)
    if named:
        texts += Document.from_files(named, **how).texts
    return Document(texts, "mapping" if len(texts) > 1 else "text")


def _stdin(how: dict[str, Any]) -> Document:
    most = document_bytes(how["max_size"])
    data = sys.stdin.buffer.read(most + 1) if sys.stdin is not None else b""
    if not data:
        raise Failure("stdin is empty: there is nothing to ask about; name a FILE, or pipe a document into stdin.")
    return Document.of(data, name="stdin", **how)
