"""What documents are made of, what travels of them, and which unit a worker gets next. No model is asked."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import pytest

from rlm_kernel import RLM, Document, DocumentError
from rlm_kernel.campaign.content_store import ContentStore
from rlm_kernel.campaign.documents import Reference, references
from rlm_kernel.campaign.packing import pack, unpack
from rlm_kernel.campaign.plan import Plan
from rlm_kernel.campaign.questions import CampaignQuestion
from rlm_kernel.campaign.tasks import Unit, unit_of

MOST = 1 << 20
PAGE = "<!doctype html><html><body><h1>Title</h1><p>Some words.</p></body></html>"


def test_a_packed_document_is_the_same_document() -> None:
    first = Document.of({"a": "one\ntwo\n", "b": "drei\u00df\n"})
    again = unpack(pack(first))
    assert (again.fingerprint, again.shape) == (first.fingerprint, "mapping")
    assert [text.name for text in again.texts] == ["a", "b"]
    with pytest.raises(DocumentError, match="is damaged"):
        unpack(pack(first)[:-3])
    with pytest.raises(DocumentError, match="is damaged"):
        unpack(b"[]\n")


async def test_a_conversion_is_kept_for_the_next_process(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(PAGE)
    (reference,) = references(file, tmp_path / "store", max_size=MOST)
    assert reference.sha256 == hashlib.sha256(PAGE.encode()).hexdigest()
    async with ContentStore(tmp_path / "cache", max_size=MOST).document(reference) as first:
        (kept,) = (tmp_path / "cache").rglob("*.rlm-document")
        assert kept.parent.stat().st_mode & 0o077 == 0
    moved = Reference("other.html", "file", str(tmp_path / "gone.html"), reference.sha256)
    async with ContentStore(tmp_path / "cache", max_size=MOST).document(moved) as again:
        assert again.fingerprint == first.fingerprint
        assert again.texts[0].source == moved.address
    kept.write_bytes(b"broken")
    async with ContentStore(tmp_path / "cache", max_size=MOST).document(reference) as third:
        assert third.fingerprint == first.fingerprint


async def test_a_file_that_has_changed_is_not_taken_for_what_it_was(tmp_path: Path) -> None:
    file = tmp_path / "report.txt"
    file.write_text("as it was\n")
    (reference,) = references(file, tmp_path / "store", max_size=MOST)
    file.write_text("as it is now\n")
    with pytest.raises(DocumentError, match="has changed since this campaign looked at it"):
        async with ContentStore(None, max_size=MOST).document(reference):
            pass


def test_a_file_that_is_named_twice_is_one_document(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("the same\n")
    (tmp_path / "b.txt").write_text("the same\n")
    (one,) = references([tmp_path, tmp_path / "a.txt"], tmp_path / "store", max_size=MOST)
    assert (one.name, one.copies) == ("a.txt", ("b.txt",))


def units(documents: int, questions: int) -> list[Unit]:
    made = [Reference(f"d{n}", "file", f"/srv/d{n}", f"{n:064x}") for n in range(documents)]
    asked = [CampaignQuestion(f"?{n}", None, f"q{n}") for n in range(questions)]
    return [Unit(f"{one.name}/{each.name}", each, one, None) for one in made for each in asked]


def test_a_worker_keeps_its_document_and_an_idle_one_helps() -> None:
    plan = Plan(units(2, 6))
    taken: dict[str, list[str]] = {"x": [], "y": [], "z": []}
    for _ in range(4):
        for worker in taken:
            unit = plan.take(worker)
            assert unit is not None
            taken[worker].append(unit.document.name)
    assert len(plan) == 0
    assert plan.take("x") is None
    assert set(taken["x"]) == {"d0"}
    assert set(taken["y"]) == {"d1"}
    assert Counter(taken["x"] + taken["y"] + taken["z"]) == {"d0": 6, "d1": 6}


def test_the_documents_of_a_worker_that_is_gone_are_anybodys() -> None:
    plan = Plan(units(2, 2))
    first, second = plan.take("x"), plan.take("y")
    assert first is not None
    assert second is not None
    plan.forget("x")
    plan.again(first)
    rest = [plan.take("z") for _ in range(3)]
    assert sorted(unit.digest for unit in rest if unit) == ["d0/q0", "d0/q1", "d1/q1"]


def test_a_unit_is_known_by_what_its_answer_depends_on() -> None:
    document, question = Reference("d", "file", "/srv/d", "0" * 64), CampaignQuestion("?")

    def digest(**settings: object) -> str:
        rlm = RLM(**({"model": "m", "base_url": "http://127.0.0.1:9/v1"} | settings))  # type: ignore[arg-type]
        return unit_of(question, document, rlm, rlm.seed).digest

    assert digest() == digest(api_key="sk-1", max_llm_calls=7, max_cost=2.0, prices={"m": {"input": 1, "output": 1}})
    assert digest() == digest(base_url="http://user:secret@127.0.0.1:9/v1")
    others = {digest(seed=1), digest(temperature=0.5), digest(model="n"), digest(answer_type=int), digest(max_depth=1)}
    assert len(others | {digest()}) == 6
