"""The seccomp program, run by an interpreter of classic BPF: what every system call gets, on both architectures."""

from __future__ import annotations

import errno
import functools
import re
import struct
from pathlib import Path

import pytest

from rlm_kernel.subkernel.inside.lockdown import build_filter
from rlm_kernel.subkernel.inside.syscalls import ALLOWED, AUDIT_ARCH, KILLED, NUMBERS, WITH_VALUES, WITHOUT_BITS

ALLOW, KILL, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
EPERM = ERRNO | errno.EPERM
MACHINES = ("x86_64", "aarch64")
PID = 4321


@functools.cache
def program_of(machine: str) -> list[tuple[int, int, int, int]]:
    """The instructions of a machine's filter: code, jumps if true and if false, constant."""
    return list(struct.iter_unpack("<HBBI", build_filter(machine, PID)))


def run(machine: str, number: int, *args: int, arch: int | None = None) -> int:
    """What the filter of `machine` returns for a system call."""
    data = struct.pack(
        "<iIQ6Q", number, AUDIT_ARCH[machine] if arch is None else arch, 0, *args, *[0] * (6 - len(args))
    )
    program = program_of(machine)
    accumulator, at = 0, 0
    while True:
        code, if_true, if_false, constant = program[at]
        at += 1
        if code == 0x20:  # BPF_LD | BPF_W | BPF_ABS
            (accumulator,) = struct.unpack_from("<I", data, constant)
        elif code == 0x06:  # BPF_RET | BPF_K
            return int(constant)
        else:
            # BPF_JMP with BPF_JEQ, BPF_JGE, BPF_JSET
            holds = {0x15: accumulator == constant, 0x35: accumulator >= constant, 0x45: accumulator & constant}[code]
            at += if_true if holds else if_false


# By their numbers, independently of the product's table.
DENIED = {
    "x86_64": """open=2 stat=4 lstat=6 access=21 ioctl=16 pipe=22 dup=32 dup2=33 shmget=29 shmat=30 sendfile=40
        socket=41 connect=42 bind=49 listen=50 socketpair=53 clone=56 fork=57 vfork=58 wait4=61 kill=62 chdir=80
        rename=82 mkdir=83 creat=85 link=86 unlink=87 symlink=88 readlink=89 chmod=90 chown=92 setuid=105 setgid=106
        capset=126 rt_sigqueueinfo=129 mknod=133 personality=135 mlock=149 modify_ldt=154 arch_prctl=158
        setrlimit=160 chroot=161 acct=163 reboot=169 iopl=172 ioperm=173 tkill=200 io_setup=206 remap_file_pages=216
        getdents64=217 timer_create=222 add_key=248 inotify_init=253 openat=257 mkdirat=258 newfstatat=262
        unlinkat=263 readlinkat=267 splice=275 vmsplice=278 signalfd4=289 pipe2=293 rt_tgsigqueueinfo=297
        fanotify_init=300 prlimit64=302 name_to_handle_at=303 open_by_handle_at=304 seccomp=317 memfd_create=319
        kexec_file_load=320 pkey_mprotect=329 statx=332 pidfd_send_signal=424 pidfd_open=434 openat2=437
        pidfd_getfd=438 process_madvise=440 landlock_restrict_self=446 memfd_secret=447 map_shadow_stack=453""",
    "aarch64": """io_setup=0 dup=23 dup3=24 ioctl=29 mknodat=33 mkdirat=34 unlinkat=35 symlinkat=36 linkat=37 chdir=49
        chroot=51 fchmodat=53 openat=56 pipe2=59 getdents64=61 sendfile=71 signalfd4=74 vmsplice=75 splice=76
        readlinkat=78 newfstatat=79 acct=89 capset=91 personality=92 timer_create=107 kill=129 tkill=130
        rt_sigqueueinfo=138 reboot=142 setgid=144 setuid=146 setrlimit=164 shmget=194 shmat=196 socket=198
        socketpair=199 bind=200 listen=201 connect=203 add_key=217 clone=220 mlock=228 remap_file_pages=234
        wait4=260 prlimit64=261 fanotify_init=262 name_to_handle_at=264 open_by_handle_at=265 renameat2=276
        seccomp=277 memfd_create=279 pkey_mprotect=288 statx=291 pidfd_send_signal=424 pidfd_open=434 openat2=437
        pidfd_getfd=438 process_madvise=440 landlock_restrict_self=446 memfd_secret=447""",
}
DEADLY = {
    "x86_64": """execve=59 ptrace=101 pivot_root=155 mount=165 umount2=166 init_module=175 kexec_load=246 keyctl=250
        unshare=272 perf_event_open=298 setns=308 process_vm_readv=310 process_vm_writev=311 finit_module=313 bpf=321
        execveat=322 userfaultfd=323 io_uring_setup=425 io_uring_enter=426 io_uring_register=427""",
    "aarch64": """umount2=39 mount=40 pivot_root=41 unshare=97 kexec_load=104 init_module=105 ptrace=117 keyctl=219
        execve=221 perf_event_open=241 setns=268 process_vm_readv=270 process_vm_writev=271 finit_module=273 bpf=280
        execveat=281 userfaultfd=282 io_uring_setup=425 io_uring_enter=426 io_uring_register=427""",
}


def cases(table: dict[str, str]) -> list[tuple[str, str, int]]:
    return [
        (machine, call.partition("=")[0], int(call.partition("=")[2]))
        for machine in MACHINES
        for call in table[machine].split()
    ]


@pytest.mark.parametrize(("machine", "name", "number"), cases(DENIED))
def test_what_reaches_files_network_or_processes_is_denied(machine: str, name: str, number: int) -> None:
    assert run(machine, number) == EPERM


@pytest.mark.parametrize(("machine", "name", "number"), cases(DEADLY))
def test_what_nothing_honest_does_is_deadly(machine: str, name: str, number: int) -> None:
    assert run(machine, number) == KILL


@pytest.mark.parametrize("machine", MACHINES)
def test_what_a_bound_kernel_needs_is_allowed(machine: str) -> None:
    for name in ALLOWED:
        if name in NUMBERS[machine]:
            assert run(machine, NUMBERS[machine][name]) == ALLOW, name


@pytest.mark.parametrize("machine", MACHINES)
def test_nothing_else_is_allowed(machine: str) -> None:
    conditional = {*WITH_VALUES, *WITHOUT_BITS}
    listed = {NUMBERS[machine][name] for name in {*ALLOWED, *conditional} if name in NUMBERS[machine]}
    every_argument_set = [0xFFFFFFFF] * 6
    pretended = {NUMBERS[machine][name] for name in ("sched_setscheduler", "sched_setparam")}
    for number in range(-1, 1100):
        verdict = run(machine, number, *every_argument_set)
        assert verdict != ALLOW or number in listed, number
        assert verdict != ERRNO or number in pretended, number
    for name in conditional:
        assert run(machine, NUMBERS[machine][name], *every_argument_set) == EPERM


@pytest.mark.parametrize("machine", MACHINES)
def test_memory_is_never_executable_nor_shared(machine: str) -> None:
    read, write, execute = 1, 2, 4
    shared, private, validate, anonymous = 1, 2, 3, 0x20
    mmap, mprotect = NUMBERS[machine]["mmap"], NUMBERS[machine]["mprotect"]
    assert run(machine, mmap, 0, 4096, read | write, private | anonymous) == ALLOW
    assert run(machine, mmap, 0, 4096, read | execute, private | anonymous) == EPERM
    assert run(machine, mmap, 0, 4096, read | write, shared | anonymous) == EPERM
    assert run(machine, mmap, 0, 4096, read, validate) == EPERM
    assert run(machine, mmap, 0, 4096, read | (1 << 40), private | (1 << 40)) == ALLOW
    assert run(machine, mprotect, 0, 4096, read | write) == ALLOW
    assert run(machine, mprotect, 0, 4096, execute) == EPERM
    assert run(machine, mprotect, 0, 4096, read | write | execute) == EPERM


@pytest.mark.parametrize("machine", MACHINES)
def test_it_may_signal_itself_and_nobody_else(machine: str) -> None:
    tgkill = NUMBERS[machine]["tgkill"]
    assert run(machine, tgkill, PID, PID, 6) == ALLOW
    assert run(machine, tgkill, PID + 1, PID, 6) == EPERM
    assert run(machine, tgkill, 0, 0, 9) == EPERM
    assert run(machine, tgkill, 0xFFFFFFFF, 0, 9) == EPERM


@pytest.mark.parametrize("machine", MACHINES)
def test_it_may_read_its_rights_and_change_none(machine: str) -> None:
    prctl = NUMBERS[machine]["prctl"]
    allowed = {option for option in range(256) if run(machine, prctl, option) == ALLOW}
    # PR_GET_DUMPABLE, PR_SET_NAME, PR_GET_SECCOMP, PR_GET_NO_NEW_PRIVS
    assert allowed == {3, 15, 21, 39}


@pytest.mark.parametrize("machine", MACHINES)
def test_no_descriptor_can_be_made_to_signal_another_process(machine: str) -> None:
    fcntl = NUMBERS[machine]["fcntl"]
    allowed = {command for command in range(2048) if run(machine, fcntl, 3, command) == ALLOW}
    # F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC: not F_SETOWN (8), F_SETSIG (10), F_ADD_SEALS (1033)
    assert allowed == {1, 2, 3, 4, 1030}


@pytest.mark.parametrize("machine", MACHINES)
def test_the_filter_answers_for_itself(machine: str) -> None:
    # An option that Linux does not have (EINVAL), and an error that prctl never gives: EBADE.
    assert run(machine, NUMBERS[machine]["prctl"], 0x524C4D01) == ERRNO | errno.EBADE


@pytest.mark.parametrize("machine", MACHINES)
def test_a_socket_can_be_told_not_to_wait_and_nothing_else(machine: str) -> None:
    setsockopt = NUMBERS[machine]["setsockopt"]
    levels = [*range(300), 0xFFFFFFFF]
    allowed = {(x, y) for x in levels for y in range(100) if run(machine, setsockopt, 3, x, y) == ALLOW}
    # IPPROTO_TCP, TCP_NODELAY: not SOL_SOCKET with SO_ATTACH_FILTER (26), SO_ATTACH_BPF (50), SO_BINDTODEVICE (25)
    assert allowed == {(6, 1)}


@pytest.mark.parametrize(("name", "position"), [("sendto", 3), ("recvfrom", 3), ("sendmsg", 2), ("recvmsg", 2)])
@pytest.mark.parametrize("machine", MACHINES)
def test_no_urgent_data_over_local_sockets(machine: str, name: str, position: int) -> None:
    oob, dontwait, nosignal = 0x1, 0x40, 0x4000
    before = [0] * position
    assert run(machine, NUMBERS[machine][name], *before, dontwait | nosignal) == ALLOW
    assert run(machine, NUMBERS[machine][name], *before, oob) == EPERM
    assert run(machine, NUMBERS[machine][name], *before, oob | dontwait) == EPERM


@pytest.mark.parametrize("machine", MACHINES)
def test_threads_cannot_be_made_and_the_c_library_is_told_why(machine: str) -> None:
    assert run(machine, 435) == ERRNO | errno.ENOSYS
    assert run(machine, {"x86_64": 56, "aarch64": 220}[machine]) == EPERM


def test_calls_of_another_architecture_are_deadly() -> None:
    for machine in MACHINES:
        for arch in (0x40000003, 0x40000028, AUDIT_ARCH[MACHINES[machine == "x86_64"]], 0):
            assert run(machine, NUMBERS[machine]["read"], arch=arch) == KILL
    assert run("x86_64", 0x40000000) == KILL
    assert run("x86_64", 0x40000000 + 59) == KILL


@pytest.mark.parametrize("machine", MACHINES)
def test_the_program_is_one_that_linux_accepts(machine: str) -> None:
    program = list(struct.iter_unpack("<HBBI", build_filter(machine, PID)))
    assert 0 < len(program) <= 4096
    assert program[-1][0] == 0x06
    for at, (code, if_true, if_false, constant) in enumerate(program):
        assert code in (0x20, 0x15, 0x35, 0x45, 0x06)
        if code == 0x20:
            assert constant % 4 == 0
            assert constant < 64
        assert at + 1 + max(if_true, if_false) < len(program) or code == 0x06


@pytest.mark.parametrize(
    ("machine", "header", "prefix"),
    [
        ("x86_64", "/usr/include/x86_64-linux-gnu/asm/unistd_64.h", "__NR_"),
        ("aarch64", "/usr/include/asm-generic/unistd.h", "__NR(?:3264)?_"),
    ],
)
def test_the_numbers_are_those_of_linux(machine: str, header: str, prefix: str) -> None:
    if not Path(header).is_file():
        pytest.skip(f"the headers of Linux are not installed ({header})")
    found = re.findall(rf"#define {prefix}(\w+) (\d+)", Path(header).read_text())
    official = {name: int(number) for name, number in found}
    assert {name: official.get(name) for name in NUMBERS[machine]} == NUMBERS[machine]


def test_every_deadly_call_has_a_number_on_both() -> None:
    for machine in MACHINES:
        assert set(KILLED) <= set(NUMBERS[machine])
