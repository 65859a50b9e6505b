"""`rlm demo`: one question about the report that comes with the package, to be watched on stdout."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ..api.rlm import RLM
from ..demo import path as report_path
from ..document import Document
from ..models import resolve
from ..render.sanitize import pretty
from ..render.terminal import Progress, evidence, summary
from . import exit_codes
from .ask import conclude, raise_error, user_errors
from .doctor_and_fetch import download, missing_weights
from .signals import run

QUESTION = "What is the total of all sales figures?"
NOTEBOOK = Path("demo-notebooks", "01-scattered-sales.ipynb")


def demo(options: argparse.Namespace) -> int:
    """Fetch what is missing, ask, and name the notebook to open next."""
    with user_errors():
        if missing := missing_weights(resolve()):
            download(missing, agreed=options.yes)
        document = Document.of(report_path())
        engine = RLM()
    progress = Progress(sys.stdout, full=True)
    progress.say(f"Question: {QUESTION}", "bold")
    progress.say(f"About: {report_path().name}, {document.lines:,} lines; the model does not read it, its code does.")
    with progress:
        outcome = run(engine, QUESTION, document, None, progress)
    raise_error(outcome)
    trace = outcome.builder.trace
    if trace.status == "answered" or trace.best_guess:
        progress.say(f"\n{'Best guess' if trace.best_guess else 'Answer'}: {pretty(trace.value)}", "bold green")
        for line in evidence(trace):
            progress.say(f"  {line}")
    for notice in trace.notices:
        progress.say(f"NOTE: {notice}", "yellow")
    progress.say(summary(trace), "dim")
    code = conclude(outcome)
    if code in (exit_codes.ANSWERED, exit_codes.EXHAUSTED):
        progress.say(f"\n{_next()}")
    return code


def _next() -> str:
    if not NOTEBOOK.is_file():
        return f"Next: open {NOTEBOOK} of this package's repository in JupyterLab."
    jupyter = Path(sys.executable).parent / "jupyter"
    if not jupyter.with_name("jupyter-lab").exists():
        return f"Next: pip install 'rlm-kernel[lab]', then: jupyter lab {NOTEBOOK}"
    try:
        shown = jupyter.relative_to(Path.cwd())
    except ValueError:
        shown = jupyter
    return f"Next, see it happen in a notebook:\n  {shown} lab {NOTEBOOK}"
