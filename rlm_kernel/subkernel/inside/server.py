"""The fork server's loop: one child a request, forked from a process that has everything loaded and holds nothing.

A request is one message with three descriptors: the child's connection to the parent, its standard error, and a socket
on which this process tells what became of it: first its id (with a descriptor of the process), at the end how it ended.
The children never see these, nor one another. It ends with the parent, and they end with it.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import select
import signal
import socket
import sys
import traceback
from typing import NoReturn

from . import start
from .rpc import STATUS
from .runner import Sandbox

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE = 1, 4


def serve(control: socket.socket, sandbox: Sandbox) -> NoReturn:
    """Serve until the parent is gone. Refuses to, by ending at once, where a fork would not be clean.

    `sandbox` is copied into each child by the fork; nothing has run in it.
    """
    threads, descriptors = len(os.listdir("/proc/self/task")), os.listdir("/proc/self/fd")
    if threads != 1 or len(descriptors) > 5:  # standard ones, the control socket, and that of the listing itself
        sys.exit(f"the fork server has {threads} threads and {len(descriptors)} descriptors")
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    gc.collect()
    gc.freeze()
    _Server(control, sandbox).run()
    os._exit(0)


class _Server:
    def __init__(self, control: socket.socket, sandbox: Sandbox) -> None:
        self._control = control
        self._sandbox = sandbox
        self._parent = os.pidfd_open(os.getppid())
        self._pid = os.getpid()
        self._children: dict[int, tuple[int, socket.socket]] = {}
        self._poll = select.poll()
        self._poll.register(control, select.POLLIN)
        self._poll.register(self._parent, select.POLLIN)

    def run(self) -> None:
        """Fork and reap until the parent is gone."""
        while True:
            for descriptor, _ in self._poll.poll():
                if descriptor == self._parent:
                    return
                if descriptor != self._control.fileno():
                    self._reap(descriptor)
                elif not self._accept():
                    return

    def _accept(self) -> bool:
        data, received, _, _ = socket.recv_fds(self._control, 16, 3)
        if not data:
            return False
        if len(received) == 3:
            rpc, errors, status = received
            self._fork(rpc, errors, socket.socket(fileno=status))
            os.close(rpc)
            os.close(errors)
        return True

    def _fork(self, rpc: int, errors: int, status: socket.socket) -> None:
        try:
            pid = os.fork()
        except OSError:
            status.close()
            return
        if pid == 0:
            self._be_child(rpc, errors, status)
        descriptor = os.pidfd_open(pid)
        with contextlib.suppress(OSError):
            socket.send_fds(status, [STATUS.pack(pid)], [descriptor])
        self._children[descriptor] = (pid, status)
        self._poll.register(descriptor, select.POLLIN)

    def _reap(self, descriptor: int) -> None:
        pid, status = self._children.pop(descriptor)
        _, ended = os.waitpid(pid, 0)
        self._poll.unregister(descriptor)
        os.close(descriptor)
        with contextlib.suppress(OSError), status:
            status.send(STATUS.pack(os.waitstatus_to_exitcode(ended)))

    def _be_child(self, rpc: int, errors: int, status: socket.socket) -> NoReturn:
        try:
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            if os.getppid() != self._pid:
                os._exit(1)
            os.setsid()
            # These objects must never close their descriptors: the numbers may belong to other files by then.
            for held in (self._control, status, *(socket for _, socket in self._children.values())):
                held.detach()
            os.dup2(errors, 2)
            os.dup2(rpc, 3)
            os.closerange(4, 1 << 20)
            start.run(socket.socket(fileno=3), self._sandbox)
        except BaseException:
            with contextlib.suppress(Exception):
                traceback.print_exc()
                sys.stderr.flush()
            os._exit(1)
        os._exit(0)
