"""The sign-off of an auditor: a second signature over the first, with a name, notes, and the evidence looked up.

It covers the signed statement, and with it every file of the pack, and the sign-offs before it. It is a member of the
pack of its own, which the first signature does not know.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...render.sanitize import one_line
from ...trace import Trace
from ...trace.events import utc_now
from .container import PackError, members_of, packed
from .pack import STATEMENT, STATEMENT_TYPE, TRACE, sha256
from .signing import fingerprint, public_key_of, rewritten, signed, statement_of

PREDICATE = "urn:rlm-kernel:sign-off:1"
MOST = 50
_MOST_NAME, _MOST_NOTES = 200, 20_000
_MEMBER = re.compile(r"sign-off-([1-9][0-9]?)\.(?:dsse\.json|pub)")


@dataclass(frozen=True, slots=True)
class SignOff:
    """What an auditor has signed: who (`key` is the key's fingerprint), when, notes, and the `ticked` evidence: the
    document's name and the line."""

    name: str
    notes: str
    ticked: tuple[tuple[str, int], ...]
    signed: str
    key: str

    @property
    def text(self) -> str:
        """In one line; it is a stranger's text."""
        ticked = ", ".join(f"{source} line {line}" for source, line in self.ticked[:10])
        more = f" and {len(self.ticked) - 10:,} more" if len(self.ticked) > 10 else ""
        looked = f", has looked up {ticked}{more}" if ticked else ", has ticked no evidence"
        notes = f", and notes: {one_line(self.notes, 200)!r}" if self.notes else ""
        return f"{one_line(self.name, 100)!r} on {one_line(self.signed, 40)}{looked}{notes}"


def is_sign_off(name: str) -> bool:
    """Whether a member of a pack belongs to a sign-off."""
    return _MEMBER.fullmatch(name) is not None


def sign_pack(file: Path, key: Path, *, name: str, notes: str = "", ticked: Sequence[str] = ()) -> SignOff:
    """Add a sign-off to a pack, in its file. `ticked`: lines of its evidence as `LINE` or `DOCUMENT:LINE`, or `all`.

    Raises PackError, also for a pack that does not hold; the code is not run again for that.
    """
    from .verify import verify_pack

    if not name.strip() or len(name) > _MOST_NAME or len(notes) > _MOST_NOTES:
        raise PackError(f"A sign-off needs a name, of {_MOST_NAME} characters at most, and notes of {_MOST_NOTES:,}.")
    broken = [one for one in verify_pack(file, run=False) if not one.holds and one.what not in ("signer", "sign-off")]
    if broken:
        raise PackError(f"{file} is not signed off, since it does not hold: {broken[0].found}")
    members = members_of(file)
    count = sum(is_sign_off(each) for each in members) // 2
    if count >= MOST:
        raise PackError(f"{file} has {MOST} sign-offs already, the most that a pack can have.")
    looked_up = _ticked(Trace.from_json(members[TRACE]), ticked)
    who, said = (text.strip().encode("utf-8", "replace").decode() for text in (name, notes))
    predicate: dict[str, Any] = {
        "name": who,
        "notes": said,
        "evidence": [{"source": source, "line": line} for source, line in looked_up],
        "signed": utc_now(),
    }
    envelope, public = _members(count + 1)
    statement = {
        "_type": STATEMENT_TYPE,
        "subject": _subject(members, count),
        "predicateType": PREDICATE,
        "predicate": predicate,
    }
    public_key = public_key_of(key)
    _replace(file, packed(members | {envelope: signed(statement, key), public: public_key}))
    return SignOff(who, said, looked_up, predicate["signed"], fingerprint(public_key))


def sign_offs_of(members: Mapping[str, bytes], trace: Trace) -> list[SignOff]:
    """The sign-offs of a pack, each checked against the key beside it, in their order. Raises PackError."""
    count = sum(is_sign_off(each) for each in members) // 2
    if count > MOST:
        raise PackError(f"It has {count} sign-offs, and a pack can have {MOST} at most.")
    wanted = {name for number in range(1, count + 1) for name in _members(number)}
    if wanted != {name for name in members if is_sign_off(name)}:
        raise PackError("A sign-off is not whole: one of its files is missing.")
    return [_read(members, number, trace) for number in range(1, count + 1)]


def _read(members: Mapping[str, bytes], number: int, trace: Trace) -> SignOff:
    envelope, public = _members(number)
    if rewritten(members[public]) != members[public]:
        raise PackError(f"{public} is not as a key is written.")
    statement = statement_of(members[envelope], members[public])
    try:
        kinds = (statement["_type"], statement["predicateType"])
        subject, predicate = statement["subject"], statement["predicate"]
        name, notes, when = predicate["name"], predicate["notes"], predicate["signed"]
        ticked = tuple((one["source"], one["line"]) for one in predicate["evidence"])
        strings = all(isinstance(each, str) for each in (name, notes, when, *(source for source, _ in ticked)))
        strings = strings and all(type(line) is int for _, line in ticked)
    except (KeyError, TypeError):
        raise PackError(f"Sign-off {number} is none: what was signed is something else.") from None
    if kinds != (STATEMENT_TYPE, PREDICATE) or not strings:
        raise PackError(f"Sign-off {number} is none: what was signed is something else.")
    if subject != _subject(members, number - 1):
        raise PackError(f"Sign-off {number} is not of this pack, or not of it as it is now.")
    if not set(ticked) <= {(each.source, each.line) for each in trace.evidence}:
        raise PackError(f"Sign-off {number} ticks lines that are no evidence of this answer.")
    return SignOff(name, notes, ticked, when, fingerprint(members[public]))


def _members(number: int) -> tuple[str, str]:
    return f"sign-off-{number}.dsse.json", f"sign-off-{number}.pub"


def _subject(members: Mapping[str, bytes], before: int) -> list[dict[str, Any]]:
    names = [STATEMENT, *(_members(number)[0] for number in range(1, before + 1))]
    return [{"name": name, "digest": {"sha256": sha256(members[name])}} for name in names]


def _ticked(trace: Trace, asked: Sequence[str]) -> tuple[tuple[str, int], ...]:
    known = [(each.source, each.line) for each in trace.evidence]
    if "all" in asked:
        return tuple(known)
    found: list[tuple[str, int]] = []
    for text in asked:
        source, _, line = text.rpartition(":")
        matching = [one for one in known if str(one[1]) == line and source in ("", one[0])]
        if len(matching) != 1:
            lines = ", ".join(f"{source}:{line}" for source, line in known[:20]) or "none"
            what = "is no evidence of this answer" if not matching else "stands in several documents"
            raise PackError(f"{text!r} {what}, which names these lines: {lines}.")
        found += [one for one in matching if one not in found]
    return tuple(found)


def _replace(file: Path, data: bytes) -> None:
    """At once or not at all."""
    try:
        descriptor, temporary = tempfile.mkstemp(dir=file.parent, prefix=file.name)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(data)
            os.chmod(temporary, file.stat().st_mode & 0o777)
            os.replace(temporary, file)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary)
            raise
    except OSError as error:
        raise PackError(f"{file} cannot be written: {error.strerror or error}.") from None
