"""What is done with the rows: questions about them with their lineage, replays of a sample, displays."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from runs import block
from sales import GOOD, QUESTION, engine, files
from scripted_server import ScriptedServer

from rlm_kernel.campaign import CampaignError, Results
from rlm_kernel.campaign.results import sampled

Serve = Callable[..., ScriptedServer]


def mapped(server: ScriptedServer, tmp_path: Path, count: int) -> Results:
    """A campaign about so many reports that has ended."""
    results = engine(server).map(QUESTION, files(tmp_path / "reports", count), out=tmp_path / "out")
    assert isinstance(results, Results)
    return results


def replay(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    full = [sys.executable, "-m", "rlm_kernel.cli", "replay", *arguments]
    return subprocess.run(full, capture_output=True, text=True, cwd=folder, check=False, timeout=250)


def test_a_question_about_the_rows_leads_to_the_lines_of_the_documents(scripted_server: Serve, tmp_path: Path) -> None:
    over = block('best = max(context, key=lambda row: row["value"])\nprint(best)\nFINAL(best["document"])')
    results = mapped(scripted_server(lambda body: GOOD), tmp_path, 3)
    asked = results.ask("Which report has the largest total?", engine(scripted_server(lambda body: over)))
    assert asked.value == "report-003.txt"
    (lineage,) = [each for each in asked.lineage if each.row == 2][:1]
    assert (lineage.document, lineage.question) == ("report-003.txt", "q1")
    ((_, lines), *_) = lineage.lines
    assert set(lines) <= {2, 4}  # the lines of that report with its sales
    with pytest.raises(CampaignError, match="say who is to answer"):
        Results.open(tmp_path / "out").ask("?")


@pytest.mark.nightly
def test_a_sample_of_a_campaign_is_replayed(scripted_server: Serve, tmp_path: Path) -> None:
    results = mapped(scripted_server(lambda body: GOOD), tmp_path, 4)
    assert sampled(results.rows, 0.5, 1) == sampled(results.rows, 0.5, 1)
    assert len(sampled(results.rows, 0.5, 1)) == 2
    assert len(sampled(results.rows, 0.01, 1)) == 1
    done = replay(tmp_path, "out", "--sample", "50%")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2  traces, 2 iterations run again" in done.stdout
    changed = tmp_path / "reports" / "report-001.txt"
    changed.write_text("SALES north: $9\n")
    done = replay(tmp_path, "out", "--json", "-q")
    verdicts = {json.dumps(row["file"])[-50:]: row["verdict"] for row in json.loads(done.stdout)}
    assert sorted(verdicts.values()).count("reproduced") == 3
    assert done.returncode == 1


def test_documents_in_the_store_of_a_campaign_are_found_again(scripted_server: Serve, tmp_path: Path) -> None:
    server = scripted_server(lambda body: GOOD)
    engine(server).map(QUESTION, {"a": "SALES north: $1\n", "b": "SALES north: $2\n"}, out=tmp_path / "out")
    done = replay(tmp_path, "out", "-q")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("share", ["5", "0%", "120%", "x%"])
def test_a_share_is_a_share(tmp_path: Path, share: str) -> None:
    done = replay(tmp_path, ".", "--sample", share)
    assert done.returncode == 2
    assert f"{share!r} is no share such as 5%" in done.stderr


def test_a_sample_of_what_is_no_campaign_is_refused(tmp_path: Path) -> None:
    done = replay(tmp_path, ".", "--sample", "5%")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--sample is for the folder of a campaign" in done.stderr


def test_rows_that_lead_elsewhere_are_not_followed(scripted_server: Serve, tmp_path: Path) -> None:
    mapped(scripted_server(lambda body: GOOD), tmp_path, 1)
    journal = tmp_path / "out" / "rows.jsonl"
    row: dict[str, Any] = json.loads(journal.read_text())
    (tmp_path / "secret.json").write_text("{}")
    journal.write_text(json.dumps(row | {"trace": "../secret.json"}) + "\n")
    with pytest.raises(CampaignError, match="is not in"):
        Results.open(tmp_path / "out").trace(0)
    journal.write_text(json.dumps(row | {"trace_digest": "0" * 64}) + "\n")
    with pytest.raises(CampaignError, match="is not the one that its row was made with"):
        Results.open(tmp_path / "out").trace(0)
    (tmp_path / "out" / row["trace"]).write_bytes(b"no trace")
    with pytest.raises(CampaignError, match="is damaged"):
        Results.open(tmp_path / "out").trace(0)
    with pytest.raises(CampaignError, match="holds no rows of a campaign"):
        Results.open(tmp_path)


def test_what_is_shown_is_escaped(scripted_server: Serve, tmp_path: Path) -> None:
    server = scripted_server(lambda body: block('FINAL("<script>alert(1)</script>")'))
    engine(server).map("<b>?</b>", {"<img src=x>": "some text\n"}, out=tmp_path / "out")
    results = Results.open(tmp_path / "out")
    bundle = results._repr_mimebundle_()
    assert "<script" not in bundle["text/html"]
    assert "<img" not in bundle["text/html"]
    assert "&lt;script&gt;" in bundle["text/html"]
    assert "rows       1 of 1" in bundle["text/plain"]
    assert results[:1].statuses == {"answered": 1}
