"""For tests only, run as a program: sets a seccomp filter as a container's runtime does, then runs another program.

`filtered.py ERRNO NUMBER,NUMBER... PROGRAM ARGUMENT...`: those calls fail with that error, all others are allowed.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
LOAD_NUMBER, ALLOW, REFUSE = (0x20, 0, 0, 0), (0x06, 0, 0, 0x7FFF0000), 0x00050000


def install(refused: list[int], error: int) -> None:
    """Refuse these system calls to this process and all that it becomes."""
    steps = [LOAD_NUMBER]
    for number in refused:
        steps += [(0x15, 0, 1, number), (0x06, 0, 0, REFUSE | error)]
    code = b"".join(struct.pack("HBBI", *step) for step in [*steps, ALLOW])
    buffer = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0):
        raise OSError(ctypes.get_errno(), "no filter")


if __name__ == "__main__":
    install([int(number) for number in sys.argv[2].split(",") if number], int(sys.argv[1]))
    os.execv(sys.argv[3], sys.argv[3:])
