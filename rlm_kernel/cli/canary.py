"""`rlm canary`: plants lines in a copy of a trace's document, and says how many of them the run's code finds."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from ..document import DocumentError
from ..replay import ReplayLimits
from ..replay.canary import CanaryError
from ..replay.canary import canary as plant
from ..replay.trace_files import read
from ..subkernel import IsolationError
from . import exit_codes, output
from .exit_codes import Failure


def canary(options: argparse.Namespace) -> int:
    """0 if all were found, 1 if one was missed."""
    path = Path(options.trace).expanduser()
    try:
        traces = read(path)
    except OSError as error:
        raise Failure(f"{options.trace} cannot be read: {error.strerror or error}.") from None
    except ValueError as error:
        raise Failure(f"{error}.") from None
    if len(traces) != 1:
        raise Failure(f"{options.trace} holds {len(traces)} traces: give a file that holds one.")
    documents = [Path(name).expanduser() for name in options.documents]
    for document in documents:
        if not document.is_file():
            raise Failure(f"{document}: there is no such file.")
    try:
        result = plant(
            traces[0].trace,
            documents or None,
            n=options.count,
            seed=options.seed,
            near=path.parent,
            allow_weak_isolation=bool(options.allow_weak_isolation),
            limits=ReplayLimits(),
        )
    except (CanaryError, DocumentError) as error:
        raise Failure(str(error)) from None
    except IsolationError as error:
        raise Failure(str(error), exit_codes.ISOLATION) from None
    if options.json:
        output.print_text(output.safe_json(json.dumps(result.to_dict(), ensure_ascii=False)))
    else:
        output.print_text(result.text)
        for remark in result.remarks:
            output.remark(remark)
    return exit_codes.DIFFERS if result.missed else exit_codes.ANSWERED
