"""`rlm keygen`, `rlm pack`, `rlm sign` and `rlm verify`: evidence packs."""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path

from ..api.evidence.container import PackError
from ..api.evidence.pack import write_pack
from ..api.evidence.sign_off import sign_pack
from ..api.evidence.signing import make_keys
from ..api.evidence.verify import verify_pack
from ..document import Document, DocumentError
from ..render.audit_pass import Audit, AuditError, audit_of
from ..render.sanitize import one_line
from ..replay import ReplayLimits
from ..replay.trace_files import read
from ..subkernel import IsolationError
from ..trace import Trace
from . import exit_codes, output
from .exit_codes import Failure


def keygen(options: argparse.Namespace) -> int:
    """Make a pair of keys."""
    try:
        public, mark = make_keys(Path(options.file).expanduser())
    except PackError as error:
        raise Failure(str(error)) from None
    output.remark(f"private key: {options.file} (keep it; it has no passphrase)")
    output.remark(f"public key: {public} (give it to those who verify)")
    output.print_text(mark)
    return exit_codes.ANSWERED


def pack(options: argparse.Namespace) -> int:
    """Write the pack of one run."""
    path, target = Path(options.trace).expanduser(), Path(options.output).expanduser()
    try:
        found = read(path)
        document = Document.from_files(options.document) if options.document else None
    except OSError as error:
        raise Failure(f"{path} cannot be read: {error.strerror or error}.") from None
    except (DocumentError, ValueError) as error:
        raise Failure(str(error).rstrip(".") + ".") from None
    if len(found) != 1:
        raise Failure(f"{path} holds {len(found)} traces: write the one that you mean with %trace FILE or --trace.")
    trace = found[0].trace
    audit = _audit(trace, Path(options.audit).expanduser()) if options.audit else None
    try:
        write_pack(trace, target, Path(options.key).expanduser(), document, options.documents, audit)
    except (PackError, DocumentError) as error:
        raise Failure(str(error)) from None
    output.remark(f"wrote {target}: {one_line(trace.question, 100)}")
    return exit_codes.ANSWERED


def _audit(trace: Trace, notebook: Path) -> Audit:
    try:
        return audit_of(trace, notebook)
    except AuditError as error:
        raise Failure(str(error)) from None
    except OSError as error:
        raise Failure(f"{notebook} cannot be read: {error.strerror or error}.") from None


def sign(options: argparse.Namespace) -> int:
    """Add an auditor's sign-off to a pack."""
    file, key = Path(options.pack).expanduser(), Path(options.key).expanduser()
    try:
        made = sign_pack(file, key, name=options.name, notes=options.notes, ticked=options.tick or ())
    except PackError as error:
        raise Failure(str(error)) from None
    output.remark(f"signed {file}: {made.text}")
    return exit_codes.ANSWERED


def verify(options: argparse.Namespace) -> int:
    """Check a pack; 1 where anything does not hold."""
    file = Path(options.pack).expanduser()
    key = Path(options.key).expanduser() if options.key else None
    documents = [Path(name).expanduser() for name in options.document or ()] or None
    names = ("memory_limit", "cell_timeout", "max_seconds")
    try:
        limits = ReplayLimits(**{name: value for name in names if (value := getattr(options, name)) is not None})
        auditors = [Path(name).expanduser() for name in options.auditor or ()]
        checks = verify_pack(file, key, auditors=auditors, document=documents, run=not options.no_run, limits=limits)
    except IsolationError as error:
        raise Failure(str(error), exit_codes.ISOLATION) from None
    except (DocumentError, ValueError) as error:
        raise Failure(str(error)) from None
    holds = all(check.holds for check in checks)
    if options.json:
        rows = [dataclasses.asdict(check) for check in checks]
        output.print_text(output.safe_json(json.dumps({"holds": holds, "checks": rows}, ensure_ascii=False)))
    else:
        for check in checks:
            output.print_text(f"{'ok ' if check.holds else 'NO '} {check.what:10} {one_line(check.found, 600)}")
    return exit_codes.ANSWERED if holds else exit_codes.DIFFERS
