"""Checks a pack, a stranger's too: its signature, every hash, what follows from the trace, and the code once more.

Nothing of a pack is executed but the code of its trace, in a sub-kernel, under the reader's limits; nothing is
unpacked to disk, and no model and no network is used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ...document import Document, DocumentError
from ...render.sanitize import one_line
from ...replay import replay
from ...replay.verdicts import Unlike
from ...trace import Trace, content_digest
from .container import PackError, members_of
from .pack import (
    CRATE,
    DOCUMENTS,
    PREDICATE,
    SIGNER,
    STATEMENT,
    STATEMENT_TYPE,
    TRACE,
    audit_in,
    derived,
    document_in,
    sha256,
)
from .sign_off import is_sign_off, sign_offs_of
from .signing import fingerprint, statement_of


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked: whether it holds, and what was found."""

    what: str
    holds: bool
    found: str


def verify_pack(
    file: Path,
    key: Path | None = None,
    *,
    auditors: Sequence[Path] = (),
    document: Any = None,
    run: bool = True,
    **limits: Any,
) -> list[Check]:
    """The checks of a pack, up to the first that makes the others meaningless. `key`: the file of the public key that
    you expect; without it the signer is unknown, which is a check that fails. `auditors`: those of the auditors whose
    sign-off you expect; one by anybody else is a check that fails, too. `document`: as in `replay.areplay`, for a
    pack that holds hashes alone. `run=False` leaves out to execute the code again; `limits` as of `replay.replay`."""
    checks: list[Check] = []
    try:
        members = members_of(file)
        checks.append(Check("container", True, f"{len(members)} files, and nothing beside them"))
        trace = _checked_statement(members, key, checks)
        _check_sign_offs(trace, members, auditors, checks)
        _check_trace(trace, members, checks)
        if run:
            checks.append(_check_run(trace, members, document, limits))
    except PackError as error:
        checks.append(Check("pack", False, str(error)))
    return checks


def _checked_statement(members: Mapping[str, bytes], key: Path | None, checks: list[Check]) -> Trace:
    missing = [name for name in (STATEMENT, SIGNER, TRACE, CRATE) if name not in members]
    if missing:
        raise PackError(f"There is no {missing[0]} in it: it is no evidence pack, or not the whole of one.")
    expected = _expected(key)
    public = members[SIGNER] if expected is None else expected
    statement = statement_of(members[STATEMENT], public)
    mark = fingerprint(public)
    if expected is None:
        found = f"signed with the key {mark}, which nobody has vouched for: name the one that you expect with --key"
        checks.append(Check("signer", False, found))
    else:
        checks.append(Check("signer", True, f"signed with the key {mark}"))
    try:
        if (statement["_type"], statement["predicateType"]) != (STATEMENT_TYPE, PREDICATE):
            raise PackError("What was signed is no statement on an evidence pack.")
        signed = {one["name"]: one["digest"]["sha256"] for one in statement["subject"]}
        predicate = statement["predicate"]
        of_trace, packed_by = str(predicate["trace"]), str(predicate["packed_by"])
    except (KeyError, TypeError):
        raise PackError("What was signed is no statement on an evidence pack.") from None
    found_hashes = {name: sha256(data) for name, data in members.items() if name != STATEMENT and not is_sign_off(name)}
    if signed != found_hashes:
        changed = sorted(name for name in {*signed, *found_hashes} if signed.get(name) != found_hashes.get(name))
        raise PackError(f"{changed[0]} is not as it was signed ({len(changed)} files differ).")
    checks.append(Check("hashes", True, f"{len(signed)} files are as they were signed"))
    try:
        trace = Trace.from_json(members[TRACE])
    except ValueError as error:
        raise PackError(f"{TRACE} is no trace: {str(error).splitlines()[0]}.") from None
    if not trace.digest == content_digest(trace) == of_trace:
        raise PackError("The trace was changed after its run: its digest is not that of its content.")
    checks.append(Check("trace", True, f"its content has the digest {of_trace}"))
    audit = audit_in(trace, members)
    if audit is not None:
        # Who packed it vouches that it was there; the name in it is what somebody has typed.
        passed = one_line(audit.text_for(trace), 300)
        checks.append(Check("audit", True, f"an auditor's pass, without a key: {passed}"))
    _check_derived(trace, members, packed_by, checks)
    return trace


def _check_sign_offs(trace: Trace, members: Mapping[str, bytes], auditors: Sequence[Path], checks: list[Check]) -> None:
    """Who has signed the signed statement, and whether those have that should."""
    expected = {fingerprint(_expected(file) or b""): file for file in auditors}
    found = sign_offs_of(members, trace)
    for each in found:
        vouched = each.key in expected
        whose = f"the key {each.key}" + (
            "" if vouched else ", which nobody has vouched for: name the one that you expect with --auditor"
        )
        checks.append(Check("sign-off", vouched, f"{each.text}; signed with {whose}"))
    for mark, file in expected.items():
        if mark not in {each.key for each in found}:
            checks.append(Check("sign-off", False, f"there is none by the owner of {file} (fingerprint {mark})"))


def _expected(key: Path | None) -> bytes | None:
    try:
        return None if key is None else key.read_bytes()
    except OSError as error:
        raise PackError(f"The key {key} cannot be read: {error.strerror or error}.") from None


def _check_derived(trace: Trace, members: Mapping[str, bytes], packed_by: str, checks: list[Check]) -> None:
    """Whether report and notebook show this trace; another version of the package writes them otherwise."""
    own = f"rlm-kernel {version('rlm-kernel')}"
    if packed_by != own:
        checks.append(Check("report", True, f"written by {packed_by[:80]}, not compared by {own}"))
        return
    try:
        differing = [name for name, data in derived(trace, members).items() if members.get(name) != data]
    except (Unlike, DocumentError) as error:
        raise PackError(f"A document is not that of the trace: {error}.") from None
    if differing:
        raise PackError(f"{differing[0]} does not show what the trace and the auditor's pass say.")
    checks.append(Check("report", True, "report and notebook show what the trace says"))


def _check_trace(trace: Trace, members: Mapping[str, bytes], checks: list[Check]) -> None:
    texts = [sha256(members[name]) for name in sorted(members) if name.startswith(DOCUMENTS)]
    recorded = [one.sha256 for one in trace.documents]
    if not texts:
        checks.append(Check("documents", True, f"{len(recorded)}, by their hashes alone"))
    elif sorted(texts) != sorted(recorded[: len(texts)]):
        raise PackError("A document is not the one that the run was about.")
    else:
        checks.append(Check("documents", True, f"{len(texts)}, those that the run was about"))


def _check_run(trace: Trace, members: Mapping[str, bytes], given: Any, limits: Mapping[str, Any]) -> Check:
    """The code once more, and with it the verdicts on the answer."""
    try:
        held: Document | None = document_in(trace, members)
        result = replay(trace, held if held is not None else given, **limits)
    except (Unlike, DocumentError) as error:
        return Check("run again", False, str(error))
    again = f"{result.text}; {result.iterations} iterations"
    return Check("run again", result.reproduced, again)
