"""Gives up the process's rights, layer by layer, and reports what is really in force. Linux, by ctypes alone.

Sources: prctl(2), setrlimit(2), landlock(7), seccomp(2), and linux/{landlock,seccomp,filter,audit}.h.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import platform
import resource
import signal
import struct
import sys
from typing import Any

from .syscalls import ALLOWED, AUDIT_ARCH, KILLED, NUMBERS, PRETENDED

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_GET_DUMPABLE = 1, 4, 3
_PR_SET_NAME, _PR_GET_SECCOMP, _PR_CAPBSET_DROP = 15, 21, 24
_PR_SET_NO_NEW_PRIVS, _PR_GET_NO_NEW_PRIVS = 38, 39
_SECCOMP_SET_MODE_FILTER, _SECCOMP_FILTER_FLAG_TSYNC = 1, 1
_RET_KILL, _RET_ERRNO, _RET_ALLOW = 0x80000000, 0x00050000, 0x7FFF0000
_LD, _JEQ, _JGE, _JSET, _RET = 0x20, 0x15, 0x35, 0x45, 0x06
_PROT_EXEC, _MAP_SHARED = 0x4, 0x1
_LANDLOCK_VERSION_FLAG, _LANDLOCK_RULE_PATH_BENEATH, _LANDLOCK_MAKE_SOCK = 1, 1, 1 << 9


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
        which = getattr(resource, name, None)
        if which is not None:
            _, hard = resource.getrlimit(which)
            value = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(which, (value, value))
    return {"memory": memory, "cpu_seconds": cpu_seconds}


def bind_to_parent() -> bool:
    """Die with the parent, never dump core, never gain a privilege, hold no capability."""
    parent = os.getppid()
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    _prctl(_PR_SET_DUMPABLE, 0)
    if os.geteuid() == 0:
        for capability in range(64):
            _prctl(_PR_CAPBSET_DROP, capability)
        header = struct.pack("Ii", 0x20080522, 0)
        _syscall("capset", header, bytes(24))
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    return _prctl(_PR_GET_NO_NEW_PRIVS) == 1 and _prctl(_PR_GET_DUMPABLE) == 0


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
    eperm = _RET_ERRNO | errno.EPERM
    for name, position, mask in (("mmap", 2, _PROT_EXEC), ("mprotect", 2, _PROT_EXEC)):
        block = [(_LD, 0, 0, 16 + 8 * position), (_JSET, 0, 1, mask), (_RET, 0, 0, eperm)]
        if name == "mmap":
            block += [(_LD, 0, 0, 16 + 8 * 3), (_JSET, 0, 1, _MAP_SHARED), (_RET, 0, 0, eperm)]
        block += [(_RET, 0, 0, _RET_ALLOW)]
        program += [(_JEQ, 0, len(block), numbers[name]), *block]
    # A process may signal itself (abort), nobody else.
    block = [(_LD, 0, 0, 16), (_JEQ, 0, 1, pid), (_RET, 0, 0, _RET_ALLOW), (_RET, 0, 0, eperm)]
    program += [(_JEQ, 0, len(block), numbers["tgkill"]), *block]
    # Reading back what is in force is allowed, changing it is not. ZeroMQ's threads abort if they cannot set their
    # names. F_SETOWN and F_SETSIG would let a descriptor send signals to other processes.
    for name, position, values in (
        ("prctl", 0, (_PR_SET_NAME, _PR_GET_SECCOMP, _PR_GET_NO_NEW_PRIVS, _PR_GET_DUMPABLE)),
        ("fcntl", 1, (fcntl.F_GETFD, fcntl.F_SETFD, fcntl.F_GETFL, fcntl.F_SETFL, fcntl.F_DUPFD_CLOEXEC)),
    ):
        block = [(_LD, 0, 0, 16 + 8 * position)]
        for value in values:
            block += [(_JEQ, 0, 1, value), (_RET, 0, 0, _RET_ALLOW)]
        block += [(_RET, 0, 0, eperm)]
        program += [(_JEQ, 0, len(block), numbers[name]), *block]
    # ENOSYS lets the C library fall back from clone3 to clone, which is refused.
    program += [(_JEQ, 0, 1, numbers["clone3"]), (_RET, 0, 0, _RET_ERRNO | errno.ENOSYS)]
    program += [(_RET, 0, 0, eperm)]
    return b"".join(struct.pack("HBBI", *step) for step in program)


def filter_syscalls() -> bool:
    """Seccomp: apply the filter to every thread. Returns whether it is in force."""
    machine = platform.machine()
    if machine not in NUMBERS:
        return False
    code = build_filter(machine, os.getpid())
    buffer = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(buffer))
    try:
        _syscall("seccomp", ctypes.c_uint(_SECCOMP_SET_MODE_FILTER), ctypes.c_uint(_SECCOMP_FILTER_FLAG_TSYNC), program)
    except OSError:
        return False
    return _prctl(_PR_GET_SECCOMP) == 2


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
            self.report["rlimits"] = limit_resources(self._memory, self._cpu_seconds)
            self.report["no-new-privs"] = bind_to_parent()
            self.report["landlock"] = restrict_files(socket_folder)

    def after_sockets(self) -> None:
        """Shut the rest."""
        if sys.platform == "linux":
            restrict_files(None)
            self.report["seccomp"] = filter_syscalls()
        self.report["weak"] = not self.report.get("seccomp")
