"""What an escaped sub-kernel sends to its parent, for `escaped`: raw Python, and what must come of the cell.

HTML is a text that runs a script in a browser that is given it unescaped, also where it stood in a block of Markdown.
"""

# ruff: noqa: E501  a forgery is as long as it is

from __future__ import annotations

HTML = "`</pre>\n```\n~~~\n\n<script>alert(1)</script><img src=x onerror=alert(2)>"

_LISTENERS = """
fds = []
for fd in range(3, 4096):
    s = None
    try:
        s = socket.socket(fileno=fd)
        s.getpeername()
        fds.append(fd)
    except OSError:
        pass
    if s is not None: s.detach()
fds.remove(client._socket.fileno())
def write(fd, data):
    view = memoryview(data)
    while view:
        if not select.select([], [fd], [], 0.2)[1]: return  # one that nobody reads
        try: view = view[os.write(fd, view):]
        except BlockingIOError: pass
"""
_FOR_EVER = "\ntime.sleep(1000)"

# The cell ends as if nothing had been sent.
IGNORED: dict[str, str] = {
    "a display": "publish(kernel, 'display_data', {'data': {'text/html': HTML}, 'metadata': {}})",
    "a result": "publish(kernel, 'execute_result', {'data': {'text/html': HTML}, 'execution_count': 1, 'metadata': {}})",
    "a widget": "publish(kernel, 'comm_open', {'comm_id': 'x', 'target_name': 'jupyter.widget', 'data': {'a': HTML}})",
    "an error": "publish(kernel, 'error', {'ename': HTML, 'evalue': HTML, 'traceback': [HTML]})",
    "an input": "publish(kernel, 'execute_input', {'code': HTML, 'execution_count': 1})",
    "a request for input": "publish(kernel, 'input_request', {'prompt': HTML, 'password': True})",
    "a debugger": "publish(kernel, 'debug_event', {'type': 'event', 'event': 'stopped'})",
    "a stream of no text": "publish(kernel, 'stream', {'name': 'stdout', 'text': {'a': HTML}})",
    "a stream of another request": "publish(kernel, 'stream', {'name': 'stdout', 'text': HTML}, {'msg_id': 'other'})",
    "a reply to another request": "reply(kernel, 'execute_reply', {'status': 'error', 'ename': HTML}, {'msg_id': 'other'})",
    "a reply of another kind": "reply(kernel, 'inspect_reply', {'status': 'ok', 'data': {'text/html': HTML}})",
    "a reply by a reply's channel": "publish(kernel, 'execute_reply', {'status': 'error', 'ename': HTML})",
    "an idle": "publish(kernel, 'status', {'execution_state': 'idle'})",
    "a death": "publish(kernel, 'status', {'execution_state': 'dead'})",
    "a shutdown": "reply(kernel, 'shutdown_reply', {'status': 'ok', 'restart': True})",
    "a second subscriber's welcome": "publish(kernel, 'iopub_welcome', {'subscription': HTML})",
}

# The process is ended at once, for this reason; the next cell runs in a new one.
ENDED: dict[str, tuple[str, str]] = {
    "a flood of text": (
        "while True: publish(kernel, 'stream', {'name': 'stdout', 'text': 'x' * 10**6})",
        "more than 64 MB",
    ),
    "a flood of displays": (
        "while True: publish(kernel, 'display_data', {'data': {'text/html': 'x' * 10**6}, 'metadata': {}})",
        "more than 64 MB",
    ),
    "a message of a gigabyte": (
        _LISTENERS + "for fd in fds: write(fd, b'\\x02' + struct.pack('>Q', 1 << 30))" + _FOR_EVER,
        "a message of more than",
    ),
    "a message of 30 MB": ("kernel.iopub_socket.send(b'x' * (30 << 20))" + _FOR_EVER, "a message of more than"),
    "a reply of 30 MB": (
        "kernel.shell_stream.socket.send_multipart([*kernel._parent_ident['shell'][:1], b'x' * (30 << 20)])"
        + _FOR_EVER,
        "a message of more than",
    ),
    "a message without end": (
        _LISTENERS + "frame = b'\\x03' + struct.pack('>Q', 1 << 20) + b'x' * (1 << 20)\n"
        "while True:\n    for fd in fds: write(fd, frame)",
        "a message of more than",
    ),
    "a message of empty frames without end": (
        _LISTENERS + "while True:\n    for fd in fds: write(fd, b'\\x01\\x00' * 1000)",
        "a message of more than",
    ),
    "frames of no kind": (_LISTENERS + "for fd in fds: write(fd, b'\\xff' * 64)" + _FOR_EVER, "no known kind"),
    "frames without a signature": ("kernel.iopub_socket.send_multipart([b'x', b'y'])" + _FOR_EVER, "malformed message"),
    "a wrong signature": (
        "kernel.iopub_socket.send_multipart([b'x', b'<IDS|MSG>', b'0' * 64, b'{}', b'{}', b'{}', b'{}'])" + _FOR_EVER,
        "malformed message",
    ),
    "a reply that is no object": ("reply_raw(kernel, b'[1]')" + _FOR_EVER, "malformed message"),
    "a request of four gigabytes": ("client._socket.sendall(b'\\xff' * 4)" + _FOR_EVER, "a request of"),
    "a request that is no JSON": ("client._socket.sendall(struct.pack('>I', 4) + b'null')" + _FOR_EVER, "no object"),
    "a request nested without end": (
        "client._socket.sendall(struct.pack('>I', 100_000) + b'[' * 100_000)" + _FOR_EVER,
        "no JSON",
    ),
    "a second report of its isolation": (
        "client.notify({'ready': {'seccomp': True}})" + _FOR_EVER,
        "malformed request",
    ),
    "a request without parameters": ("client.notify({'id': 'x', 'method': 'final'})" + _FOR_EVER, "malformed request"),
    "requests without end": (
        "while True: client.notify({'id': 'x', 'method': 'wait', 'params': {}})" + _FOR_EVER,
        "too many requests",
    ),
    "connections closed": (
        "for fd in range(3, 4096):\n    try: os.close(fd)\n    except OSError: pass\nwhile True: pass",
        "closed its connection",
    ),
    "the socket of requests closed": ("client._socket.close()\nwhile True: pass", "closed its connection"),
}

# The reply to the cell itself: what it claims is dropped or made harmless.
REPLY = """
reply(kernel, 'execute_reply', {
    'status': 'error', 'ename': {'a': HTML}, 'evalue': [HTML] * 10_000, 'traceback': [HTML],
    'payload': [{'source': 'page', 'data': {'text/html': HTML}}],
    'rlm': {
        'finished': True, 'value': HTML, 'error_line': 10**4000, 'output_chars': 10**4000,
        'added': {HTML * 1000: HTML * 1000, 'x': {'y': 1}} | {str(i): 'z' for i in range(10_000)}, 'changed': [HTML],
        'spans': [[HTML, HTML, 1, 2], ['grep', 'context', -5, 10**18], ['grep', 'context', True, 2], ['x'], HTML],
    },
})
"""
