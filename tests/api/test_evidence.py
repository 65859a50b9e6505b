"""Evidence packs: what is written verifies offline, and whatever is changed in one is found."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import random
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from runs import DOCUMENT, SUM, TOTAL, block, engine
from scripted_server import ScriptedServer

from rlm_kernel import Answer, Document
from rlm_kernel.api.evidence.container import PackError, members_of, packed
from rlm_kernel.api.evidence.pack import AUDIT, STATEMENT, TRACE, write_pack
from rlm_kernel.api.evidence.sign_off import MOST, sign_pack
from rlm_kernel.api.evidence.signing import canonical, make_keys, signed, statement_of
from rlm_kernel.api.evidence.verify import Check, verify_pack
from rlm_kernel.cli import main
from rlm_kernel.trace import Trace
from rlm_kernel.trace.digest import sealed

QUESTION = "What is the total of all sales?"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with keys, an answer's trace, and its pack `good.zip`."""
    folder = tmp_path_factory.mktemp("evidence")
    make_keys(folder / "key")
    make_keys(folder / "other")
    with ScriptedServer([block(f"{SUM}\nFINAL(total, evidence=[2, 4])")]) as server:
        answer = engine(server).completion(QUESTION, DOCUMENT)
    answer.to_pack(folder / "good.zip", key=folder / "key")
    (folder / "trace.json").write_text(answer.trace.to_json())
    (folder / "report.txt").write_text(DOCUMENT)
    return folder


def test_a_pack_is_written_below_the_home_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder))
    Answer(Trace.from_json((folder / "trace.json").read_text())).to_pack("~/at-home.zip", key="~/key", documents="hash")
    assert (folder / "at-home.zip").is_file()


def failing(checks: list[Check]) -> list[str]:
    return [f"{check.what}: {check.found}" for check in checks if not check.holds]


def test_a_pack_verifies_with_everything_in_it(folder: Path) -> None:
    checks = verify_pack(folder / "good.zip", folder / "key.pub")
    assert failing(checks) == []
    assert [check.what for check in checks] == [
        "container",
        "signer",
        "hashes",
        "trace",
        "report",
        "documents",
        "run again",
    ]
    members = members_of(folder / "good.zip")
    assert Trace.from_json(members[TRACE]).value == TOTAL
    assert members["documents/0001.txt"].decode() == DOCUMENT
    crate = json.loads(members["ro-crate-metadata.json"])
    (root,) = [one for one in crate["@graph"] if one["@id"] == "./"]
    described = {one["@id"] for one in root["hasPart"]}
    assert set(members) - described == {STATEMENT, "ro-crate-metadata.json"}


def test_an_unknown_signer_is_a_check_that_fails_and_another_one_too(folder: Path) -> None:
    (unknown,) = failing(verify_pack(folder / "good.zip", run=False))
    assert "nobody has vouched for: name the one that you expect with --key" in unknown
    (other,) = failing(verify_pack(folder / "good.zip", folder / "other.pub", run=False))
    assert "was signed with another key" in other
    (none,) = failing(verify_pack(folder / "good.zip", folder / "report.txt", run=False))
    assert "no public key" in none


def test_a_pack_of_hashes_needs_the_document(folder: Path) -> None:
    trace = Trace.from_json((folder / "trace.json").read_text())
    write_pack(trace, folder / "hashes.zip", folder / "key", documents="hash")
    assert not [name for name in members_of(folder / "hashes.zip") if name.startswith("documents/")]
    (missing,) = failing(verify_pack(folder / "hashes.zip", folder / "key.pub"))
    assert missing.startswith("run again")
    given = [folder / "report.txt"]
    assert failing(verify_pack(folder / "hashes.zip", folder / "key.pub", document=given)) == []


Members = dict[str, bytes]


def with_member(members: Members, name: str, data: bytes) -> bytes:
    return packed(members | {name: data})


def tampered(folder: Path) -> Iterator[tuple[str, bytes]]:
    """A hundred kinds of packs that somebody has changed who has not the key, and how."""
    good = (folder / "good.zip").read_bytes()
    members = members_of(folder / "good.zip")
    for name, data in members.items():
        yield f"without {name}", packed({one: other for one, other in members.items() if one != name})
        yield f"empty {name}", with_member(members, name, b"")
        yield f"longer {name}", with_member(members, name, data + b" ")
        yield f"shorter {name}", with_member(members, name, data[:-1])
        middle = len(data) // 2
        flipped = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
        yield f"a bit of {name}", with_member(members, name, flipped)
        yield (
            f"another name of {name}",
            packed(
                {one: other for one, other in members.items() if one != name} | {f"x{name.partition('/')[0]}": data}
            ),
        )
        other = next(each for each in members if each != name)
        yield f"{name} is {other}", with_member(members, name, members[other])
    chance = random.Random(7)
    for _ in range(15):
        place = chance.randrange(len(good))
        yield f"byte {place}", good[:place] + bytes([good[place] ^ (1 << chance.randrange(8))]) + good[place + 1 :]
    yield "more at the end", good + b"x"
    yield "more at the start", b"x" + good
    yield "cut", good[: len(good) // 2]
    yield "one more file", with_member(members, "extra.txt", b"hello")
    yield "a path upward", zipped({**members, "../evil.txt": b"x"})
    yield "an absolute path", zipped({**members, "/etc/evil": b"x"})
    yield "compressed", zipped(members, zipfile.ZIP_DEFLATED)
    yield "a bomb", zipped({**members, "zeros": b"\0" * 10_000_000}, zipfile.ZIP_DEFLATED)
    yield "another order", zipped(dict(reversed(members.items())))
    yield "a name twice", zipped(members, twice=TRACE)
    yield "nothing", zipped({})
    yield "no zip", b"this is no pack"
    yield "an older document", with_member(members, "documents/0001.txt", DOCUMENT.replace("2,500", "3,500").encode())
    trace = Trace.from_json(members[TRACE])
    trace.value = 9_999
    yield "another answer", with_member(members, TRACE, trace.to_json().encode())
    yield "another answer, sealed", with_member(members, TRACE, sealed(trace).to_json().encode())
    for name, change in envelopes(members, folder):
        yield name, with_member(members, STATEMENT, change)


def zipped(members: Members, compression: int = zipfile.ZIP_STORED, twice: str = "") -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
        if twice:
            with pytest.warns(UserWarning, match="Duplicate name"):
                archive.writestr(twice, b"{}")
    return written.getvalue()


def envelopes(members: Members, folder: Path) -> Iterator[tuple[str, bytes]]:
    envelope = json.loads(members[STATEMENT])
    statement = json.loads(base64.b64decode(envelope["payload"]))
    (signature,) = envelope["signatures"]

    def payload(data: Any) -> str:
        return base64.b64encode(canonical(data)).decode()

    changed = statement | {"predicate": statement["predicate"] | {"status": "stopped"}}
    yield "another statement", canonical(envelope | {"payload": payload(changed)})
    yield "another subject", canonical(envelope | {"payload": payload(statement | {"subject": []})})
    yield "another kind", canonical(envelope | {"payloadType": "text/plain"})
    yield "no signature", canonical(envelope | {"signatures": []})
    yield "two signatures", canonical(envelope | {"signatures": [signature, signature]})
    yield "an empty signature", canonical(envelope | {"signatures": [signature | {"sig": ""}]})
    yield "another keyid", canonical(envelope | {"signatures": [signature | {"keyid": "0" * 64}]})
    yield "more in the envelope", canonical(envelope | {"note": "trust me"})
    yield "spaces in the envelope", json.dumps(envelope, indent=1).encode()
    yield "signed by somebody else", signed(statement, folder / "other")
    yield "signed by somebody else, changed", signed(changed, folder / "other")


def test_a_hundred_kinds_of_tampering_are_found(folder: Path, tmp_path: Path) -> None:
    kinds = dict(tampered(folder))
    assert len(kinds) >= 100
    unnoticed = []
    for kind, data in kinds.items():
        file = tmp_path / "pack.zip"
        file.write_bytes(data)
        if not failing(verify_pack(file, folder / "key.pub", run=False)):
            unnoticed.append(kind)
    assert unnoticed == []


def audited_notebook(folder: Path, **fields: Any) -> Path:
    """A saved notebook with an auditor's pass over the run of `folder`, as the labextension writes it."""
    trace = Trace.from_json((folder / "trace.json").read_text())
    source = trace.evidence[0].source
    row = {"kind": "evidence", "source": source, "line": 2, "checked": True, "note": "As in the ledger </script>\x1b"}
    made = {"schema": "rlm.audit/1", "digest": trace.digest, "rows": [row], "note": "Half an emoji: \ud83d"}
    made |= {"signed_by": "Ada", "signed_at": "2026-11-28T12:00:00Z"} | fields
    path = folder / "audited.ipynb"
    path.write_text(json.dumps({"cells": [{"metadata": {"rlm_audit": {trace.digest: made}}}]}))
    return path


@pytest.fixture(scope="module")
def audited(folder: Path) -> Path:
    """The pack with an auditor's pass."""
    trace = Trace.from_json((folder / "trace.json").read_text())
    answer = Answer(trace, document=(document := Document.of(DOCUMENT)))
    answer.to_pack(folder / "audited.zip", key=folder / "key", audit=audited_notebook(folder))
    assert answer.document is document
    return folder / "audited.zip"


def test_the_auditors_pass_stands_in_the_report_of_a_pack_and_is_verified_with_it(folder: Path, audited: Path) -> None:
    checks = verify_pack(audited, folder / "key.pub")
    assert failing(checks) == []
    (found,) = [check.found for check in checks if check.what == "audit"]
    assert found.startswith("an auditor's pass, without a key: 1 of ")
    assert "signed off by Ada, 2026-11-28T12:00:00Z" in found
    members = members_of(audited)
    report = members["report.html"].decode()
    assert "signed off by Ada" in report
    assert "As in the ledger </script>" not in report
    assert "signed off by Ada" not in members_of(folder / "good.zip")["report.html"].decode()
    assert json.loads(members[AUDIT])["signed_by"] == "Ada"
    assert {"@id": AUDIT} in next(
        one["hasPart"] for one in json.loads(members["ro-crate-metadata.json"])["@graph"] if one["@id"] == "./"
    )


def test_a_signer_whose_report_has_another_pass_than_the_pack_is_found(folder: Path, audited: Path) -> None:
    """The signer's key signs anything: report and pass must still agree, and the pass be over this run."""
    members = members_of(audited)
    statement = statement_of(members[STATEMENT], (folder / "key.pub").read_bytes())
    made = json.loads(members[AUDIT])
    for change, words in (
        (canonical(made | {"signed_by": "Bob"}), "report.html does not show what the trace and the auditor's pass say"),
        (None, "report.html does not show what the trace and the auditor's pass say"),
        (canonical(made | {"digest": "f" * 64}), "is over another run"),
        (b"[]", "auditors-pass.json: The auditor's pass cannot be read"),
        (b"[" * 100_000, "is no auditor's pass"),
    ):
        changed = {name: data for name, data in members.items() if name != AUDIT}
        changed |= {} if change is None else {AUDIT: change}
        subject = [
            {"name": name, "digest": {"sha256": hashlib.sha256(changed[name]).hexdigest()}}
            for name in sorted(changed)
            if name != STATEMENT
        ]
        changed[STATEMENT] = signed(statement | {"subject": subject}, folder / "key")
        (folder / "resigned.zip").write_bytes(packed(changed))
        (found,) = failing(verify_pack(folder / "resigned.zip", folder / "key.pub", run=False))
        assert words in found


def test_a_changed_pass_is_found_without_the_key(folder: Path, audited: Path, tmp_path: Path) -> None:
    members = members_of(audited)
    data = members[AUDIT]
    for changed in (data.replace(b"Ada", b"Bob"), data + b" ", b"{}"):
        (tmp_path / "pack.zip").write_bytes(with_member(members, AUDIT, changed))
        (found,) = failing(verify_pack(tmp_path / "pack.zip", folder / "key.pub", run=False))
        assert found.startswith("pack: auditors-pass.json is not as it was signed")


def test_the_command_packs_an_auditors_pass(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = ["pack", str(folder / "trace.json"), "-o", str(tmp_path / "a.zip"), "--key", str(folder / "key")]
    made += ["--document", str(folder / "report.txt"), "--audit"]
    assert main([*made, str(audited_notebook(folder))]) == 0
    assert main(["verify", str(tmp_path / "a.zip"), "--key", str(folder / "key.pub"), "--no-run"]) == 0
    assert "ok  audit      an auditor's pass, without a key: 1 of" in capsys.readouterr().out
    for notebook, words in ((audited_notebook(folder, digest="f" * 64), "is over another run"), (tmp_path, "read: ")):
        assert main([*made, str(notebook)]) == 2
        assert words in capsys.readouterr().err


def test_a_signer_who_invents_is_found_by_running_again(folder: Path, tmp_path: Path) -> None:
    trace = Trace.from_json((folder / "trace.json").read_text())
    trace.value = 9_999
    write_pack(sealed(trace), tmp_path / "invented.zip", folder / "key", Document.of(DOCUMENT))
    checks = verify_pack(tmp_path / "invented.zip", folder / "key.pub")
    assert [check.what for check in checks if not check.holds] == ["run again"]


def test_an_honest_signature_of_something_else_is_no_pack(folder: Path, tmp_path: Path) -> None:
    members = members_of(folder / "good.zip")
    public = (folder / "key.pub").read_bytes()
    statement = statement_of(members[STATEMENT], public)
    for wrong in ({}, [], statement | {"_type": "x"}, statement | {"subject": [{}]}, statement | {"predicate": {}}):
        (tmp_path / "pack.zip").write_bytes(with_member(members, STATEMENT, signed(wrong, folder / "key")))
        (found,) = failing(verify_pack(tmp_path / "pack.zip", folder / "key.pub", run=False))
        assert "no statement on an evidence pack" in found


def test_keys_are_never_overwritten_nor_shown(tmp_path: Path) -> None:
    make_keys(tmp_path / "key")
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    with pytest.raises(PackError, match="is there already"):
        make_keys(tmp_path / "key")
    for text in ("no key", (tmp_path / "key").read_text().replace("PRIVATE", "SECRET")):
        (tmp_path / "broken").write_text(text)
        with pytest.raises(PackError, match="holds no private key") as refused:
            signed({}, tmp_path / "broken")
        assert text not in str(refused.value)


def test_the_commands(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["keygen", "mine"]) == 0
    assert len(capsys.readouterr().out.strip()) == 64
    trace, report = str(folder / "trace.json"), str(folder / "report.txt")
    assert main(["pack", trace, "-o", "a.zip", "--key", "mine", "--document", report]) == 0
    assert main(["verify", "a.zip", "--key", "mine.pub"]) == 0
    assert "run again  reproduced" in capsys.readouterr().out
    assert main(["verify", "a.zip", "--json", "--no-run"]) == 1
    assert json.loads(capsys.readouterr().out)["holds"] is False
    assert main(["pack", trace, "-o", "a.zip", "--key", "nowhere", "--document", report]) == 2
    assert "`rlm keygen` makes one" in capsys.readouterr().err
    assert main(["verify", "nowhere.zip", "--key", "mine.pub"]) == 1
    assert "cannot be read" in capsys.readouterr().out


@pytest.fixture(scope="module")
def signed_off(folder: Path) -> Path:
    """The pack with two sign-offs, by `other` and by `third`."""
    make_keys(folder / "third")
    file = folder / "signed.zip"
    file.write_bytes((folder / "good.zip").read_bytes())
    sign_pack(file, folder / "other", name="Ann Auditor", notes="All of it.\n\x1b[31m", ticked=["all"])
    sign_pack(file, folder / "third", name="Bea", ticked=["4"])
    return file


def test_a_sign_off_is_a_second_signature_that_says_who_and_what(folder: Path, signed_off: Path) -> None:
    auditors = [folder / "other.pub", folder / "third.pub"]
    checks = verify_pack(signed_off, folder / "key.pub", auditors=auditors)
    assert failing(checks) == []
    ann, bea = [check.found for check in checks if check.what == "sign-off"]
    assert ann.startswith("'Ann Auditor' on 2")
    assert "line 2" in ann
    assert "line 4" in ann
    assert "\x1b" not in ann
    assert "line 2" not in bea
    unexpected = failing(verify_pack(signed_off, folder / "key.pub", auditors=auditors[:1], run=False))
    assert len(unexpected) == 1
    assert "'Bea'" in unexpected[0]
    assert "nobody has vouched for: name the one that you expect with --auditor" in unexpected[0]
    (missing,) = failing(verify_pack(folder / "good.zip", folder / "key.pub", auditors=auditors[:1], run=False))
    assert "sign-off: there is none by the owner of" in missing


def tampered_sign_offs(folder: Path, signed_off: Path) -> Iterator[tuple[str, bytes]]:
    """Packs whose sign-offs somebody has changed who has no key of an auditor's."""
    members = members_of(signed_off)
    names = [name for name in members if name.startswith("sign-off")]
    assert len(names) == 4
    for name in names:
        data = members[name]
        yield f"without {name}", packed({one: other for one, other in members.items() if one != name})
        yield f"empty {name}", with_member(members, name, b"")
        yield f"longer {name}", with_member(members, name, data + b" ")
        for place in (0, len(data) // 3, len(data) // 2, len(data) - 3):
            flipped = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
            yield f"bit {place} of {name}", with_member(members, name, flipped)
        for other in names:
            if other != name:
                yield f"{name} is {other}", with_member(members, name, members[other])
    for number in (1, 2):
        pair = (f"sign-off-{number}.dsse.json", f"sign-off-{number}.pub")
        yield f"without {number}", packed({one: other for one, other in members.items() if one not in pair})
    first, second = "sign-off-1", "sign-off-2"
    swap = {
        f"{a}.{end}": members[f"{b}.{end}"]
        for a, b in ((first, second), (second, first))
        for end in ("dsse.json", "pub")
    }
    yield "in another order", packed(members | swap)
    yield "a third of files", packed(members | {"sign-off-3.pub": b"x", "sign-off-3.dsse.json": b"{}"})
    yield "a gap", packed(members | {f"sign-off-4.{end}": members[f"{first}.{end}"] for end in ("dsse.json", "pub")})
    envelope = json.loads(members["sign-off-1.dsse.json"])
    statement = json.loads(base64.b64decode(envelope["payload"]))
    predicate = statement["predicate"]
    for what, change in (
        ("name", {"name": "Someone Else"}),
        ("notes", {"notes": "Nothing of it."}),
        ("time", {"signed": "2000-01-01T00:00:00+00:00"}),
        ("evidence", {"evidence": []}),
        ("more evidence", {"evidence": [*predicate["evidence"], {"source": "x", "line": 1}]}),
    ):
        changed = statement | {"predicate": predicate | change}
        payload = base64.b64encode(canonical(changed)).decode()
        yield (
            f"another {what}",
            with_member(members, "sign-off-1.dsse.json", canonical(envelope | {"payload": payload})),
        )
        own = {"sign-off-1.dsse.json": signed(changed, folder / "key"), "sign-off-1.pub": members["signer.pub"]}
        yield f"another {what}, by another key", packed(members | own)
    trace = Trace.from_json((folder / "trace.json").read_text())
    write_pack(trace, folder / "again.zip", folder / "key", Document.of(DOCUMENT))
    moved = {name: members[name] for name in names}
    yield "of another pack", packed(members_of(folder / "again.zip") | {"environment.json": b"{}"} | moved)
    trace.question = "Another question?"
    write_pack(sealed(trace), folder / "another.zip", folder / "key", Document.of(DOCUMENT))
    yield "moved to another pack of the signer's", packed(members_of(folder / "another.zip") | moved)


def test_what_is_changed_in_a_sign_off_is_found(folder: Path, signed_off: Path, tmp_path: Path) -> None:
    auditors = [folder / "other.pub", folder / "third.pub"]
    kinds = dict(tampered_sign_offs(folder, signed_off))
    assert len(kinds) > 50
    unnoticed = []
    for kind, data in kinds.items():
        (tmp_path / "pack.zip").write_bytes(data)
        if not failing(verify_pack(tmp_path / "pack.zip", folder / "key.pub", auditors=auditors, run=False)):
            unnoticed.append(kind)
    assert unnoticed == []


def test_only_what_holds_is_signed_off(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "pack.zip"
    file.write_bytes(with_member(members_of(folder / "good.zip"), TRACE, b"{}"))
    with pytest.raises(PackError, match=r"is not signed off, since it does not hold: trace.json is not as it was"):
        sign_pack(file, folder / "other", name="Ann")
    file.write_bytes((folder / "good.zip").read_bytes())
    for options, words in (
        ({"name": " "}, "needs a name"),
        ({"name": "Ann", "ticked": ["3"]}, "'3' is no evidence of this answer, which names these lines"),
        ({"name": "Ann", "ticked": ["other.txt:2"]}, "is no evidence"),
        ({"name": "Ann", "notes": "x" * 30_000}, "notes of 20,000"),
    ):
        with pytest.raises(PackError, match=words):
            sign_pack(file, folder / "other", **options)
    assert file.read_bytes() == (folder / "good.zip").read_bytes()


def test_a_pack_has_no_more_sign_offs_than_can_be_given(folder: Path, tmp_path: Path) -> None:
    members = members_of(folder / "good.zip")
    for number in range(1, MOST + 2):
        members |= {f"sign-off-{number}.pub": b"x", f"sign-off-{number}.dsse.json": b"{}"}
    (tmp_path / "pack.zip").write_bytes(packed(members))
    found = failing(verify_pack(tmp_path / "pack.zip", folder / "key.pub", run=False))
    assert found == [f"pack: It has {MOST + 1} sign-offs, and a pack can have {MOST} at most."]


def test_the_command_that_signs_off(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "pack.zip"
    file.write_bytes((folder / "good.zip").read_bytes())
    who = ["--key", str(folder / "other"), "--name", "Ann", "--notes", "Looked up.", "--tick", "2"]
    assert main(["sign", str(file), *who]) == 0
    keys = ["--key", str(folder / "key.pub"), "--no-run"]
    assert main(["verify", str(file), *keys]) == 1
    assert "NO  sign-off   'Ann' on" in capsys.readouterr().out
    assert main(["verify", str(file), *keys, "--auditor", str(folder / "other.pub")]) == 0
    assert "'Looked up.'" in capsys.readouterr().out
    assert main(["verify", str(file), *keys, "--auditor", str(folder / "report.txt")]) == 1
    assert main(["sign", str(tmp_path / "nowhere.zip"), *who]) == 2
    assert "cannot be read" in capsys.readouterr().err
