"""System calls by number and by verdict. Numbers: asm/unistd_64.h (x86_64), asm-generic/unistd.h (aarch64)."""

from __future__ import annotations

AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

# What a Python with bound ZeroMQ sockets needs to go on, whatever the arguments.
ALLOWED = [
    "read",
    "write",
    "readv",
    "writev",
    "shutdown",
    "close",
    "poll",
    "ppoll",
    "select",
    "pselect6",
    "epoll_wait",
    "epoll_pwait",
    "epoll_ctl",
    "accept",
    "accept4",
    "getsockname",
    "getpeername",
    "getsockopt",
    "lseek",
    "futex",
    "munmap",
    "mremap",
    "madvise",
    "brk",
    "clock_gettime",
    "clock_getres",
    "clock_nanosleep",
    "nanosleep",
    "gettimeofday",
    "time",
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "rt_sigtimedwait",
    "sigaltstack",
    "getpid",
    "gettid",
    "getppid",
    "getuid",
    "geteuid",
    "getgid",
    "getegid",
    "exit",
    "exit_group",
    "getrandom",
    "sched_yield",
    "restart_syscall",
    "rseq",
    "membarrier",
    "set_robust_list",
    "getrusage",
    "times",
    "uname",
    "fstat",
    "sysinfo",
    "sched_getaffinity",
    "sched_getparam",
    "sched_getscheduler",
    "getcpu",
    "getrlimit",
    "setitimer",
]

_PROT_EXEC, _MAP_SHARED, _MSG_OOB = 0x4, 0x1, 0x1
_F_GETFD, _F_SETFD, _F_GETFL, _F_SETFL, _F_DUPFD_CLOEXEC = 1, 2, 3, 4, 1030
_IPPROTO_TCP, _TCP_NODELAY = 6, 1
_PR_GET_DUMPABLE, _PR_SET_NAME, _PR_GET_SECCOMP, _PR_GET_NO_NEW_PRIVS = 3, 15, 21, 39

# Allowed without these bits: call -> (argument, bits). Urgent data over local sockets have been a way into Linux.
WITHOUT_BITS: dict[str, tuple[tuple[int, int], ...]] = {
    "mmap": ((2, _PROT_EXEC), (3, _MAP_SHARED)),
    "mprotect": ((2, _PROT_EXEC),),
    "sendto": ((3, _MSG_OOB),),
    "recvfrom": ((3, _MSG_OOB),),
    "sendmsg": ((2, _MSG_OOB),),
    "recvmsg": ((2, _MSG_OOB),),
}

# Allowed with these values only: call -> (argument, values). OWN_PID is replaced by the process's number.
OWN_PID = -1
WITH_VALUES: dict[str, tuple[tuple[int, tuple[int, ...]], ...]] = {
    # It may signal itself (abort), nobody else.
    "tgkill": ((0, (OWN_PID,)),),
    # Reading back what is in force, not changing it. ZeroMQ's threads abort if they cannot set their names.
    "prctl": ((0, (_PR_GET_DUMPABLE, _PR_SET_NAME, _PR_GET_SECCOMP, _PR_GET_NO_NEW_PRIVS)),),
    # Not F_SETOWN and F_SETSIG, which would let a descriptor send signals to other processes.
    "fcntl": ((1, (_F_GETFD, _F_SETFD, _F_GETFL, _F_SETFL, _F_DUPFD_CLOEXEC)),),
    # What ZeroMQ sets on a connection that it accepts over TCP. Not SO_ATTACH_FILTER and its kin.
    "setsockopt": ((1, (_IPPROTO_TCP,)), (2, (_TCP_NODELAY,))),
}

# A prctl option that Linux does not have. The filter answers it with an error of its own, which proves that it, and
# not only one that an outer sandbox has set, is in force.
WITNESS_OPTION, WITNESS_ERRNO = 0x524C4D01, 52

# ZeroMQ's threads set their own priority when they begin to run, and abort where that fails.
PRETENDED = ("sched_setscheduler", "sched_setparam")

# Calls that nothing honest makes in there: the process is killed on the spot.
KILLED = [
    "execve",
    "execveat",
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "bpf",
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
    "mount",
    "umount2",
    "pivot_root",
    "init_module",
    "finit_module",
    "kexec_load",
    "unshare",
    "setns",
    "userfaultfd",
    "perf_event_open",
    "keyctl",
]

NUMBERS: dict[str, dict[str, int]] = {
    "x86_64": dict(
        read=0, write=1, close=3, fstat=5, poll=7, lseek=8, mmap=9, mprotect=10, munmap=11, brk=12, rt_sigaction=13,
        rt_sigprocmask=14, rt_sigreturn=15, readv=19, writev=20, select=23, sched_yield=24, mremap=25, madvise=28,
        setitimer=38,
        nanosleep=35, getpid=39, prctl=157, accept=43, sendto=44, recvfrom=45, sendmsg=46, recvmsg=47, shutdown=48,
        getsockname=51,
        getpeername=52, setsockopt=54, getsockopt=55, execve=59, exit=60, uname=63, fcntl=72, gettimeofday=96,
        getrlimit=97, getrusage=98, sysinfo=99, times=100, ptrace=101, getuid=102, getgid=104, geteuid=107,
        getegid=108,
        getppid=110, capget=125, capset=126, sched_setparam=142, sched_getparam=143, sched_setscheduler=144,
        sched_getscheduler=145,
         rt_sigtimedwait=128, sigaltstack=131, pivot_root=155, mount=165, umount2=166,
        init_module=175, gettid=186, time=201, futex=202, sched_getaffinity=204, restart_syscall=219,
        clock_gettime=228,
        clock_getres=229, clock_nanosleep=230, exit_group=231, epoll_wait=232, epoll_ctl=233, tgkill=234,
        kexec_load=246, keyctl=250, pselect6=270, ppoll=271, unshare=272, set_robust_list=273, epoll_pwait=281,
        accept4=288, perf_event_open=298, setns=308, getcpu=309, process_vm_readv=310, process_vm_writev=311,
        finit_module=313, seccomp=317, getrandom=318, bpf=321, execveat=322, userfaultfd=323, membarrier=324,
        rseq=334,
        io_uring_setup=425, io_uring_enter=426, io_uring_register=427, clone3=435, landlock_create_ruleset=444,
        landlock_add_rule=445, landlock_restrict_self=446,
    ),
    "aarch64": dict(
        epoll_ctl=21, epoll_pwait=22, fcntl=25, umount2=39, mount=40, pivot_root=41, close=57, lseek=62, read=63,
        write=64, readv=65, writev=66, pselect6=72, ppoll=73, fstat=80, capget=90, capset=91, exit=93, exit_group=94,
        unshare=97, futex=98, set_robust_list=99, setitimer=103, nanosleep=101, kexec_load=104, init_module=105,
        clock_gettime=113,
        clock_getres=114, clock_nanosleep=115, ptrace=117, sched_setparam=118,
        sched_setscheduler=119, sched_getscheduler=120, sched_getparam=121, sched_getaffinity=123,
        sched_yield=124, restart_syscall=128,
        tgkill=131, sigaltstack=132, rt_sigaction=134, rt_sigprocmask=135, rt_sigtimedwait=137, rt_sigreturn=139,
        times=153, uname=160, getrlimit=163, getrusage=165, getcpu=168, gettimeofday=169, prctl=167, getpid=172,
        getppid=173,
        getuid=174, geteuid=175, getgid=176, getegid=177, gettid=178, sysinfo=179, accept=202, getsockname=204,
        getpeername=205, sendto=206, recvfrom=207, setsockopt=208, getsockopt=209, shutdown=210, sendmsg=211,
        recvmsg=212, brk=214, munmap=215, mremap=216, keyctl=219, execve=221, mmap=222, mprotect=226, madvise=233,
        perf_event_open=241, accept4=242, setns=268, process_vm_readv=270, process_vm_writev=271, finit_module=273,
        seccomp=277, getrandom=278, bpf=280, execveat=281, userfaultfd=282, membarrier=283, rseq=293,
        io_uring_setup=425, io_uring_enter=426, io_uring_register=427, clone3=435, landlock_create_ruleset=444,
        landlock_add_rule=445,
        landlock_restrict_self=446,
    ),
}  # fmt: skip
