"""What goes wrong with a sub-kernel host, or is refused by it, is said in one clear sentence."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path
from typing import Any

import pytest
from hosts import TEXT, Hosted, StartHost

from rlm_kernel import RLM
from rlm_kernel.cli import main
from rlm_kernel.subkernel import IsolationError, SubKernel
from rlm_kernel.subkernel.remote import process
from rlm_kernel.subkernel.remote.host import SubKernelHost
from rlm_kernel.subkernel.remote.keys import HostKeys
from rlm_kernel.subkernel.remote.settings import HostLimits
from rlm_kernel.subkernel.remote.subkernel import RemoteSubKernel


async def refusal(kernel: SubKernel) -> str:
    """Why a sub-kernel does not start: one sentence, or two."""
    with pytest.raises(IsolationError) as raised:
        await kernel.start()
    await kernel.kill()
    text = str(raised.value)
    assert "\n" not in text
    return text


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


async def test_a_host_that_is_not_there(hosted: Hosted) -> None:
    address = f"tcp://127.0.0.1:{free_port()}"
    text = await refusal(hosted.kernel(host=address))
    assert text.startswith(f"The sub-kernel host {address} cannot be reached (Connection refused): ")
    assert "cannot be reached" in await refusal(hosted.kernel(host="tcp://no-such-name.invalid:7420"))


async def test_a_key_that_the_host_does_not_list(hosted: Hosted, tmp_path: Path) -> None:
    other = HostKeys(hosted.keys.folder)
    file = other.add_client("bob", tmp_path / "bob.key")
    (hosted.keys.folder / "clients" / "bob.pub").unlink()
    text = await refusal(hosted.kernel(key=file))
    assert f"{hosted.address} does not take the key: either it does not list it" in text
    assert any("not listed" in line for line in hosted.lines)


async def test_a_client_that_is_taken_from_the_list_is_shut_out_at_once(hosted: Hosted) -> None:
    async with hosted.kernel() as kernel:
        await kernel.execute("1")
    (hosted.keys.folder / "clients" / "alice-0.pub").unlink(missing_ok=True)
    (hosted.keys.folder / "clients" / "alice.pub").unlink()
    assert "does not take the key" in await refusal(hosted.kernel())


async def test_a_host_whose_key_is_another(hosted: Hosted, tmp_path: Path) -> None:
    other = HostKeys(tmp_path / "other")
    file = other.add_client("alice", tmp_path / "other.key")
    assert "its own key is not the one in the key file" in await refusal(hosted.kernel(key=file))


async def test_something_else_that_listens_there(hosted: Hosted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "START_TIMEOUT", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        assert await refusal(hosted.kernel(host=address)) == (f"The sub-kernel host {address} did not answer in time.")


async def test_another_version(hosted: Hosted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "own_version", lambda: "9.9.9")
    text = await refusal(hosted.kernel())
    assert text.startswith(f"The sub-kernel host {hosted.address} refuses: it has rlm-kernel ")
    assert text.endswith("and this is 9.9.9: install the same version on both.")


async def test_more_memory_than_the_host_gives(start_host: StartHost) -> None:
    hosted = await start_host(memory_limit=256 << 20)
    text = await refusal(hosted.kernel(memory_limit="1GB"))
    assert "gives a sub-kernel at most 256 MB of memory, and memory_limit=1 GB was asked for: ask for less" in text
    async with hosted.kernel(memory_limit="128MB") as kernel:
        assert kernel.isolation["rlimits"]["memory"] == 128 << 20
        assert (await kernel.execute("x = 'x' * (200 << 20)")).error.type == "MemoryError"  # type: ignore[union-attr]


async def test_processor_time_is_lowered_and_reported(start_host: StartHost) -> None:
    hosted = await start_host(cpu_seconds=100)
    async with hosted.kernel() as kernel:
        assert kernel.isolation["rlimits"]["cpu_seconds"] == 100


async def test_a_document_that_is_too_large(start_host: StartHost) -> None:
    hosted = await start_host(document=1 << 20)
    text = await refusal(hosted.kernel("a line\n" * 200_000))
    assert "takes documents of at most 1 MB, and this one has 1.33" in text


async def test_documents_in_use_leave_no_room_and_others_go(start_host: StartHost) -> None:
    hosted = await start_host(document=1 << 20, documents_per_client=1_200_000, documents=8 << 20)
    async with hosted.kernel("a line\n" * 100_000):
        assert "your documents that are in use there leave no room" in await refusal(hosted.kernel("b\n" * 400_000))
    async with hosted.kernel("c\n" * 400_000) as kernel:
        assert (await kernel.execute("len(context)")).value == 800_000


@pytest.mark.nightly
async def test_more_sub_kernels_than_the_host_runs(start_host: StartHost) -> None:
    hosted = await start_host(subkernels=2, subkernels_per_client=1)
    bob, carol = hosted.client("bob"), hosted.client("carol")
    async with hosted.kernel():
        assert "at most 1 sub-kernels for a client" in await refusal(hosted.kernel())
        async with hosted.kernel(key=bob):
            assert "runs 2 sub-kernels already" in await refusal(hosted.kernel(key=carol))
    async with hosted.kernel():
        pass


async def test_a_package_that_the_host_does_not_have(hosted: Hosted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    text = await refusal(hosted.kernel(packages=["pandas"]))
    assert "refuses: packages: pandas is not installed" in text
    with pytest.raises(ValueError, match="only numpy and pandas can"):
        hosted.kernel(packages=["os"])


@pytest.mark.parametrize("address", ["", "lab", "http://lab:80", "tcp://lab:http", "tcp://", "tcp://lab:99999"])
def test_an_address_that_is_none(address: str, tmp_path: Path) -> None:
    if address == "lab":
        assert RemoteSubKernel(TEXT, host=address, key=HostKeys(tmp_path / "h").add_client("a", tmp_path / "a.key"))
        return
    with pytest.raises(ValueError, match="is no address of a sub-kernel host: write tcp://HOST:PORT"):
        RemoteSubKernel(TEXT, host=address)
    with pytest.raises(ValueError, match="is no address"):
        RLM(model="local", subkernel_host=address).completion("why?", TEXT)


def test_key_files_are_secret_and_read_with_care(tmp_path: Path) -> None:
    keys = HostKeys(tmp_path / "host")
    file = keys.add_client("alice", tmp_path / "alice.key")
    for secret in (file, keys.folder / "host.key"):
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert stat.S_IMODE(keys.folder.stat().st_mode) & 0o077 == 0
    with pytest.raises(ValueError, match="There is a client 'alice' already"):
        keys.add_client("alice", tmp_path / "again.key")
    with pytest.raises(ValueError, match="is no name of a client"):
        keys.add_client("../alice", tmp_path / "again.key")
    with pytest.raises(ValueError, match="is there already: name another file"):
        keys.add_client("bob", file)
    assert keys.names() == ["alice"]
    with pytest.raises(ValueError, match="cannot be read"):
        RemoteSubKernel(TEXT, host="tcp://lab:1", key=tmp_path / "none.key")
    os.chmod(file, 0o640)
    with pytest.raises(ValueError, match="Others can read"):
        RemoteSubKernel(TEXT, host="tcp://lab:1", key=file)
    broken = tmp_path / "broken.key"
    broken.write_bytes(b"\xff\xfe not a key")
    broken.chmod(0o600)
    with pytest.raises(ValueError, match=r"is not the key of a sub-kernel host's client"):
        RemoteSubKernel(TEXT, host="tcp://lab:1", key=broken)
    secret_text = (keys.folder / "host.key").read_text().split('secret = "')[1][:40]
    assert secret_text not in repr(keys)


async def test_a_host_that_cannot_isolate_does_not_serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from rlm_kernel.subkernel import subkernel

    real = subkernel.Process.start

    async def weak(live: Any, shared: Any, settings: Any) -> dict[str, Any]:
        return await real(live, shared, settings) | {"seccomp": False, "weak": True}

    monkeypatch.setattr(subkernel.Process, "start", weak)
    keys = HostKeys(tmp_path / "host")
    keys.create()
    host = SubKernelHost(keys, ("127.0.0.1", 0), HostLimits())
    with pytest.raises(IsolationError, match="no operating-system layer on this machine"):
        await host.start()
    await host.close()


async def test_a_host_that_reports_weak_isolation_is_refused_unless_accepted(
    hosted: Hosted, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = process.RemoteProcess.start

    async def weak(live: Any, shared: Any, settings: Any) -> dict[str, Any]:
        return await real(live, shared, settings) | {"seccomp": False}

    monkeypatch.setattr(process.RemoteProcess, "start", weak)
    text = await refusal(hosted.kernel())
    assert text.startswith(f"The sub-kernel host {hosted.address} reports no operating-system layer (missing: seccomp)")
    async with hosted.kernel(allow_weak_isolation=True) as kernel:
        assert kernel.isolation["weak"] is True


def test_the_command_adds_clients_and_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, file = tmp_path / "keys", tmp_path / "alice.key"
    assert main(["subkernel-host", "--keys", str(folder), "--add-client", "alice", "--out", str(file)]) == 0
    assert "it is a secret" in capsys.readouterr().err
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    secret = file.read_text().split('\nsecret = "')[1][:40]
    assert main(["subkernel-host", "--keys", str(folder), "--add-client", "alice", "--out", str(file)]) == 2
    assert main(["subkernel-host", "--keys", str(folder), "--listen", "nowhere:x"]) == 2
    assert main(["subkernel-host", "--keys", str(folder), "--memory-limit", "little"]) == 2
    said = capsys.readouterr()
    assert "is no address" in said.err
    assert "'little' is not a size" in said.err
    assert secret not in said.err + said.out
