"""Gives up the process's rights, layer by layer, and reports what is really in force. Linux, by ctypes alone.

Sources: prctl(2), setrlimit(2), landlock(7), seccomp(2), and linux/{landlock,seccomp,filter,audit}.h.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import functools
import os
import platform
import re
import resource
import signal
import struct
import sys
from typing import Any

from .syscalls import (
    ALLOWED,
    AUDIT_ARCH,
    KILLED,
    NUMBERS,
    OWN_PID,
    PRETENDED,
    WITH_VALUES,
    WITHOUT_BITS,
    WITNESS_ERRNO,
    WITNESS_OPTION,
)

_PR_SET_PDEATHSIG, _PR_GET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_GET_DUMPABLE = 1, 2, 4, 3
_PR_GET_SECCOMP, _PR_CAPBSET_DROP = 21, 24
_PR_SET_NO_NEW_PRIVS, _PR_GET_NO_NEW_PRIVS = 38, 39
_CAPABILITY_VERSION = 0x20080522
_SECCOMP_SET_MODE_FILTER, _SECCOMP_FILTER_FLAG_TSYNC = 1, 1
_RET_KILL, _RET_ERRNO, _RET_ALLOW = 0x80000000, 0x00050000, 0x7FFF0000
_EPERM = _RET_ERRNO | errno.EPERM
_LD, _JEQ, _JGE, _JSET, _RET = 0x20, 0x15, 0x35, 0x45, 0x06
_LIBRARY = re.compile(r"^/.*\.so(\.[\d.]+)?$")
_LANDLOCK_VERSION_FLAG, _LANDLOCK_RULE_PATH_BENEATH, _LANDLOCK_MAKE_SOCK = 1, 1, 1 << 9


@functools.cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _syscall(name: str, *args: Any) -> int:
    libc = _libc()
    libc.syscall.restype = ctypes.c_long
    result = int(libc.syscall(ctypes.c_long(NUMBERS[platform.machine()][name]), *args))
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


def _prctl(option: int, value: int = 0) -> int:
    return int(_libc().prctl(option, ctypes.c_ulong(value), 0, 0, 0))


def limit_resources(memory: int, cpu_seconds: int) -> dict[str, int]:
    """Set hard limits. `memory` bytes count from what the process holds now. Returns what is in force."""
    with open("/proc/self/statm") as statm:
        data = int(statm.read().split()[5]) * resource.getpagesize()
    open_files = max(int(name) for name in os.listdir("/proc/self/fd")) + 1
    wanted = {
        "RLIMIT_DATA": data + memory,
        "RLIMIT_CPU": cpu_seconds,
        "RLIMIT_NOFILE": open_files + 64,
        "RLIMIT_CORE": 0,
        "RLIMIT_FSIZE": 0,
        "RLIMIT_MEMLOCK": 0,
        "RLIMIT_MSGQUEUE": 0,
    }
    for name, value in wanted.items():
        which = getattr(resource, name)
        _, hard = resource.getrlimit(which)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(which, (value, value))
    in_force = {name: resource.getrlimit(getattr(resource, name))[1] for name in wanted}
    return {"memory": in_force["RLIMIT_DATA"] - data, "cpu_seconds": in_force["RLIMIT_CPU"]}


def bind_to_parent() -> bool:
    """Die with the parent, never dump core, never gain a privilege, hold no capability. Returns whether all that holds.

    What an outer sandbox forbids is left out, and the result is False then.
    """
    parent = os.getppid()
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    _prctl(_PR_SET_DUMPABLE, 0)
    for capability in range(64):
        _prctl(_PR_CAPBSET_DROP, capability)
    with contextlib.suppress(OSError):
        _syscall("capset", struct.pack("Ii", _CAPABILITY_VERSION, 0), bytes(24))
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    return _death_signal() == signal.SIGKILL and _prctl(_PR_GET_DUMPABLE) == 0 and _privileges_gone()


def _death_signal() -> int:
    number = ctypes.c_int(0)
    _libc().prctl(_PR_GET_PDEATHSIG, ctypes.byref(number), 0, 0, 0)
    return number.value


def _privileges_gone() -> bool:
    held = bytearray(24)
    try:
        _syscall("capget", struct.pack("Ii", _CAPABILITY_VERSION, 0), (ctypes.c_char * 24).from_buffer(held))
    except OSError:
        return False
    return not any(held) and _prctl(_PR_GET_NO_NEW_PRIVS) == 1


def restrict_files(socket_folder: str | None) -> int:
    """Landlock: no path at all, but for making sockets in `socket_folder`. Returns the ABI in force, 0 for none."""
    try:
        abi = _syscall("landlock_create_ruleset", None, ctypes.c_size_t(0), ctypes.c_uint32(_LANDLOCK_VERSION_FLAG))
    except OSError:
        return 0
    files = (1 << {1: 13, 2: 14, 3: 15, 4: 15}.get(abi, 16)) - 1
    network = 0b11 if abi >= 4 else 0
    scoped = 0b11 if abi >= 6 else 0
    attributes = struct.pack("QQQ", files, network, scoped)[: 24 if abi >= 6 else 16 if abi >= 4 else 8]
    try:
        ruleset = _syscall("landlock_create_ruleset", attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint32(0))
        try:
            if socket_folder is not None:
                folder = os.open(socket_folder, os.O_PATH | os.O_CLOEXEC)
                rule = struct.pack("=Qi", _LANDLOCK_MAKE_SOCK, folder)
                _syscall(
                    "landlock_add_rule", ruleset, ctypes.c_int(_LANDLOCK_RULE_PATH_BENEATH), rule, ctypes.c_uint32(0)
                )
                os.close(folder)
            _syscall("landlock_restrict_self", ruleset, ctypes.c_uint32(0))
        finally:
            os.close(ruleset)
    except OSError:
        return 0
    return abi if _denied("/") else 0


def _denied(path: str) -> bool:
    try:
        os.close(os.open(path, os.O_RDONLY))
    except OSError as error:
        return error.errno in (errno.EACCES, errno.EPERM)
    return False


def close_libraries() -> None:
    """Close the files of libraries: libffi 3.5 keeps its own open for callbacks, and none is made from here on."""
    numbers: list[str] = []
    with contextlib.suppress(OSError):
        numbers = os.listdir("/proc/self/fd")
    for number in numbers:
        with contextlib.suppress(OSError):
            if _LIBRARY.search(os.readlink(f"/proc/self/fd/{number}")):
                os.close(int(number))


def build_filter(machine: str, pid: int) -> bytes:
    """The seccomp program for `machine`: an allow-list, everything else EPERM, a few calls deadly."""
    numbers = NUMBERS[machine]
    program: list[tuple[int, int, int, int]] = [
        (_LD, 0, 0, 4),
        (_JEQ, 1, 0, AUDIT_ARCH[machine]),
        (_RET, 0, 0, _RET_KILL),
        (_LD, 0, 0, 0),
    ]
    if machine == "x86_64":
        # The x32 calls share the architecture's mark but have numbers of their own.
        program += [(_JGE, 0, 1, 0x40000000), (_RET, 0, 0, _RET_KILL)]
    for name in KILLED:
        if name in numbers:
            program += [(_JEQ, 0, 1, numbers[name]), (_RET, 0, 0, _RET_KILL)]
    for name in ALLOWED:
        if name in numbers:
            program += [(_JEQ, 0, 1, numbers[name]), (_RET, 0, 0, _RET_ALLOW)]
    for name in PRETENDED:
        program += [(_JEQ, 0, 1, numbers[name]), (_RET, 0, 0, _RET_ERRNO)]
    # ENOSYS lets the C library fall back from clone3 to clone, which is refused.
    program += [(_JEQ, 0, 1, numbers["clone3"]), (_RET, 0, 0, _RET_ERRNO | errno.ENOSYS)]
    for name, bits in WITHOUT_BITS.items():
        block = []
        for position, mask in bits:
            block += [(_LD, 0, 0, 16 + 8 * position), (_JSET, 0, 1, mask), (_RET, 0, 0, _EPERM)]
        block += [(_RET, 0, 0, _RET_ALLOW)]
        program += [(_JEQ, 0, len(block), numbers[name]), *block]
    for name, conditions in WITH_VALUES.items():
        block = _witness() if name == "prctl" else []
        for position, values in conditions:
            block += [(_LD, 0, 0, 16 + 8 * position)]
            # A value that fits jumps over those that follow and over the refusal.
            block += [(_JEQ, len(values) - at, 0, pid if v == OWN_PID else v) for at, v in enumerate(values)]
            block += [(_RET, 0, 0, _EPERM)]
        block += [(_RET, 0, 0, _RET_ALLOW)]
        program += [(_JEQ, 0, len(block), numbers[name]), *block]
    program += [(_RET, 0, 0, _EPERM)]
    return b"".join(struct.pack("HBBI", *step) for step in program)


def _witness() -> list[tuple[int, int, int, int]]:
    return [(_LD, 0, 0, 16), (_JEQ, 0, 1, WITNESS_OPTION), (_RET, 0, 0, _RET_ERRNO | WITNESS_ERRNO)]


def filter_syscalls() -> bool:
    """Seccomp: apply the filter to every thread. Returns whether this very filter is in force."""
    machine = platform.machine()
    if machine not in NUMBERS:
        return False
    code = build_filter(machine, os.getpid())
    buffer = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(buffer))
    try:
        # With TSYNC a positive result is the thread that could not be filtered, and none is.
        if _syscall(
            "seccomp", ctypes.c_uint(_SECCOMP_SET_MODE_FILTER), ctypes.c_uint(_SECCOMP_FILTER_FLAG_TSYNC), program
        ):
            return False
    except OSError:
        return False
    # Under an outer filter PR_GET_SECCOMP says 2 anyway; only ours knows the witness.
    return _prctl(_PR_GET_SECCOMP) == 2 and _prctl(WITNESS_OPTION) == -1 and ctypes.get_errno() == WITNESS_ERRNO


@functools.cache
def restricted_python_version() -> str:
    """The version of RestrictedPython that compiles the cells."""
    from importlib.metadata import version

    return version("RestrictedPython")


class Lockdown:
    """The layers in their order. `before_sockets` runs before any thread exists, `after_sockets` when all are bound."""

    def __init__(self, *, memory: int, cpu_seconds: int) -> None:
        self.report: dict[str, Any] = {"restricted-python": restricted_python_version()}
        self._memory = memory
        self._cpu_seconds = cpu_seconds

    def before_sockets(self, socket_folder: str) -> None:
        """Bind to the parent and shut the file system but for the sockets' folder (threads inherit both)."""
        os.environ.pop("LC_CTYPE", None)  # Python sets it itself where there is no locale
        self.report["empty-environment"] = not os.environ
        if sys.platform == "linux":
            close_libraries()
            self.report["rlimits"] = limit_resources(self._memory, self._cpu_seconds)
            self.report["no-new-privs"] = bind_to_parent()
            self.report["landlock"] = restrict_files(socket_folder)

    def after_sockets(self) -> None:
        """Shut the rest."""
        if sys.platform == "linux":
            self.report["landlock"] = min(self.report["landlock"], restrict_files(None))
            self.report["seccomp"] = filter_syscalls()
        self.report["weak"] = not self.report.get("seccomp")
