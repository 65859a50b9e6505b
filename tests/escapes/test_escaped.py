"""A simulated full escape: raw Python in a locked-down sub-kernel, of root and of a user without any privilege.

What it attacks with is in `attacks`. Everything is judged by the errors that Linux gave, by canaries, and by who lives.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import json
import os
import platform
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from attacks import DEADLY, HARMLESS, REFUSED

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64", reason="attacks with the system calls of x86_64"
)

HERE = Path(__file__).parent
NOBODY = 65534
# Sub-kernels are forked from a server, or started by a kernelspec as those are that an administrator has set up.
USERS = (
    {"root": 0, "root-forked": 0, "nobody": NOBODY, "nobody-forked": NOBODY}
    if os.geteuid() == 0
    else {"user": os.geteuid(), "user-forked": os.geteuid()}
)
# Where a parent has forbidden a layer, a forked sub-kernel and one of a kernelspec go the same way.
UNDER_FILTERS = [user if user.endswith("-forked") else pytest.param(user, marks=pytest.mark.nightly) for user in USERS]
SECRET = "sk-canary-of-the-escape"
ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "PYTHONPATH": os.pathsep.join(path for path in sys.path if os.path.isabs(path) and os.path.isdir(path)),
}
SECCOMP, UNSHARE, LANDLOCK = 317, 272, (444, 445, 446)


@functools.cache
def rights_of(user: str) -> dict[str, Any]:
    """What makes a process run as a user, for `subprocess`."""
    number = USERS[user]
    return {"user": number, "group": number, "extra_groups": []} if number == NOBODY else {}


@functools.cache
def python_of(user: str) -> tuple[str, ...]:
    """A Python that the user can run the package with: this one, or the system's of the same version. () for none."""
    system = f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}"
    for python in (sys.executable, system):
        with contextlib.suppress(OSError):
            imports = [python, "-c", "import rlm_kernel.subkernel.launch.process"]
            done = subprocess.run(imports, env=ENVIRONMENT, cwd="/", capture_output=True, **rights_of(user))
            if done.returncode == 0:
                return (python,)
    return ()


def start(user: str, spec: dict[str, str], *arguments: str, before: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    """`attacker.py` as a user, with a secret in its environment; `before` is a program that runs it."""
    if not python_of(user):
        pytest.skip(f"{user} cannot read a Python with this package")
    (python,) = python_of(user)
    started = {"FORKED": "1"} if user.endswith("-forked") else spec
    return subprocess.Popen(
        [*([python, *before] if before else []), python, str(HERE / "attacker.py"), *arguments],
        env=ENVIRONMENT | {"OPENAI_API_KEY": SECRET} | started,
        cwd="/",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **rights_of(user),
    )


def result_of(process: subprocess.Popen[str]) -> Any:
    """The JSON that it printed."""
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    return json.loads(output)


@pytest.fixture(scope="session")
def outcomes(escaped_spec: dict[str, str]) -> Iterator[dict[str, dict[str, Any]]]:
    """user -> attack -> what came of it; afterwards the canary is there, unread, and nobody has connected."""
    folder = Path(tempfile.mkdtemp(prefix="rlm-tests-"))
    folder.chmod(0o777)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        running = {}
        for user in filter(python_of, USERS):
            canary = folder / user
            canary.write_text(SECRET)
            canary.chmod(0o666)
            running[user] = start(user, escaped_spec, "all", str(canary), str(server.getsockname()[1]))
        judged = {user: result_of(process) for user, process in running.items()}
        yield judged
        with pytest.raises(BlockingIOError):
            server.accept()
    for canary in folder.iterdir():
        assert canary.read_text() == SECRET
        assert canary.stat().st_mode & 0o7777 == 0o666
    assert sorted(path.name for path in folder.iterdir()) == sorted(user for user in judged)
    shutil.rmtree(folder)


def outcome_of(outcomes: dict[str, dict[str, Any]], user: str, name: str) -> Any:
    if user not in outcomes:
        pytest.skip(f"{user} cannot read a Python with this package")
    return outcomes[user][name]


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("user", USERS)
def test_it_is_refused(outcomes: dict[str, dict[str, Any]], user: str, name: str) -> None:
    outcome = outcome_of(outcomes, user, name)
    assert not outcome["lost"], outcome
    assert outcome["value"]["errno"] in (("ENOSYS",) if name == "clone3" else ("EPERM", "EACCES")), outcome


@pytest.mark.parametrize("name", DEADLY)
@pytest.mark.parametrize("user", USERS)
def test_it_is_deadly(outcomes: dict[str, dict[str, Any]], user: str, name: str) -> None:
    outcome = outcome_of(outcomes, user, name)
    assert outcome["lost"]
    assert "SIGSYS" in outcome["error"]


@pytest.mark.parametrize("name", HARMLESS)
@pytest.mark.parametrize("user", USERS)
def test_the_judge_tells_what_succeeds_from_what_does_not(
    outcomes: dict[str, dict[str, Any]], user: str, name: str
) -> None:
    assert "returned" in outcome_of(outcomes, user, name)["value"]


@pytest.mark.parametrize("user", USERS)
def test_it_is_not_dumpable_and_cannot_gain_rights(outcomes: dict[str, dict[str, Any]], user: str) -> None:
    # PR_GET_DUMPABLE, PR_GET_NO_NEW_PRIVS, PR_GET_SECCOMP (a filter)
    assert outcome_of(outcomes, user, "its rights")["value"] == {"returned": "[0, 1, 2]"}


def test_the_attackers_were_started_both_ways(outcomes: dict[str, dict[str, Any]]) -> None:
    assert {user: outcomes[user]["forked"] for user in outcomes} == {user: "-forked" in user for user in outcomes}


def test_no_outcome_has_the_secret_in_it(outcomes: dict[str, dict[str, Any]]) -> None:
    assert SECRET not in json.dumps(outcomes)


@pytest.mark.parametrize("user", USERS)
def test_it_does_not_outlive_its_parent(escaped_spec: dict[str, str], user: str) -> None:
    parent = start(user, escaped_spec, "orphan")
    assert parent.stdout is not None
    ready, _, _ = select.select([parent.stdout], [], [], 60)
    assert ready
    pidfd = os.pidfd_open(int(parent.stdout.readline()))
    try:
        parent.send_signal(signal.SIGKILL)
        parent.communicate()
        ended, _, _ = select.select([pidfd], [], [], 30)
        assert ended == [pidfd]
    finally:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        os.close(pidfd)


def under_filter(user: str, refused: tuple[int, ...], error: int, weak: bool) -> Any:
    """The report of a sub-kernel whose parent is filtered already."""
    numbers = ",".join(map(str, refused))
    before = (str(HERE / "filtered.py"), str(error), numbers)
    return result_of(start(user, {}, "report", str(int(weak)), before=before))


@pytest.mark.parametrize("user", UNDER_FILTERS)
def test_under_a_filtered_parent_without_user_namespaces_it_is_as_strong(user: str) -> None:
    report = under_filter(user, (UNSHARE,), errno.EPERM, weak=False)
    assert report["value"] == 1
    assert report["isolation"]["seccomp"] is True
    assert report["isolation"]["no-new-privs"] is True
    assert report["isolation"]["weak"] is False


@pytest.mark.parametrize("user", UNDER_FILTERS)
def test_where_landlock_is_refused_the_report_says_so(user: str) -> None:
    report = under_filter(user, (UNSHARE, *LANDLOCK), errno.ENOSYS, weak=False)
    assert report["value"] == 1
    assert report["isolation"]["landlock"] == 0
    assert report["isolation"]["seccomp"] is True


@pytest.mark.parametrize("user", UNDER_FILTERS)
def test_where_seccomp_is_refused_the_filter_of_another_is_not_taken_for_its_own(user: str) -> None:
    refused = under_filter(user, (SECCOMP,), errno.ENOSYS, weak=False)
    assert "missing: seccomp" in refused["error"]
    assert "allow_weak_isolation=True" in refused["error"]
    accepted = under_filter(user, (SECCOMP,), errno.ENOSYS, weak=True)
    assert accepted["value"] == 1
    assert accepted["isolation"]["seccomp"] is False
    assert accepted["isolation"]["weak"] is True


@pytest.mark.parametrize("user", UNDER_FILTERS)
def test_where_capabilities_cannot_be_dropped_the_report_says_so(user: str) -> None:
    report = under_filter(user, (125, 126), errno.EPERM, weak=False)
    assert report["value"] == 1
    assert report["isolation"]["no-new-privs"] is False
    assert report["isolation"]["seccomp"] is True
