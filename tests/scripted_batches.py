"""The `/files` and `/batches` of a scripted server, as OpenAI has them.

Files go in, batches are run when they are asked about, and results come out by the server's own script.

    batches = ScriptedBatches(gate=event)      # in progress until the event is set
    with ScriptedServer(lambda body: "ham", batches=batches) as server: ...

Each line of a batch is answered by the server's script and counted by the server, as a chat request of its own is.
"""

from __future__ import annotations

import email
import email.policy
import itertools
import json
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from scripted_server import ScriptedServer, Step, drop, fail

Line = dict[str, Any]


class ScriptedBatches:
    """What a server knows of files and batches.

    `gate`: batches are in progress until it is set. `ending`: the status they come to (`completed`, `expired`,
    `failed`). `answered`: so many lines of a batch are answered, the rest expires (None: all). `refusing`: what a line
    gets in the place of a reply, None for a reply. `lose`: so many answers to the creation of a batch are lost, after
    it was created. `seconds`: what it asks to wait between two looks. `uploads` are the lines of each file, `headers`
    those of every request.
    """

    def __init__(
        self,
        *,
        gate: threading.Event | None = None,
        ending: str = "completed",
        answered: int | None = None,
        refusing: Callable[[Line], tuple[int, dict[str, Any]] | None] = lambda _line: None,
        lose: int = 0,
        seconds: float = 0.01,
    ) -> None:
        self.gate, self.ending, self.answered, self.refusing = gate, ending, answered, refusing
        self.lose, self.seconds = lose, seconds
        self.uploads: list[list[Line]] = []
        self.headers: list[dict[str, str]] = []
        self.batches: dict[str, dict[str, Any]] = {}
        self.looked = threading.Event()
        self.cancelled = threading.Event()
        self._files: dict[str, bytes] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.RLock()

    def respond(self, server: ScriptedServer, method: str, path: str, headers: dict[str, str], body: bytes) -> Step:
        """The answer to a request."""
        parts = urlsplit(path).path.removeprefix("/v1/").split("/")
        with self._lock:
            self.headers.append(headers)
            match method, *parts:
                case "POST", "files":
                    return self._upload(headers, body)
                case "GET", "files", name, "content" if name in self._files:
                    return Step((self._files[name],), content_type="application/jsonl")
                case "POST", "batches":
                    return self._create(json.loads(body))
                case "GET", "batches":
                    return _json({"object": "list", "data": list(self.batches.values())[::-1], "has_more": False})
                case "GET", "batches", name if name in self.batches:
                    self.looked.set()
                    return _json(self._look(server, name), self.seconds)
                case "POST", "batches", name, "cancel" if name in self.batches:
                    return _json(self._cancel(server, name))
        return fail(404, "no such thing")

    def _upload(self, headers: dict[str, str], body: bytes) -> Step:
        head = f"Content-Type: {headers['content-type']}\r\n\r\n".encode()
        form = email.message_from_bytes(head + body, policy=email.policy.HTTP)
        fields = {part.get_param("name", header="content-disposition"): part for part in form.iter_parts()}
        assert fields["purpose"].get_content().strip() == "batch"
        content = fields["file"].get_payload(decode=True)
        name = f"file-{next(self._numbers)}"
        self._files[name] = content
        self.uploads.append([json.loads(line) for line in content.splitlines()])
        return _json({"id": name, "object": "file", "bytes": len(content), "purpose": "batch"})

    def _create(self, asked: dict[str, Any]) -> Step:
        assert asked["endpoint"] == "/v1/chat/completions"
        assert asked["completion_window"] == "24h"
        name = f"batch_{next(self._numbers)}"
        total = len(self._lines(asked["input_file_id"]))
        self.batches[name] = {
            "id": name,
            "object": "batch",
            "status": "in_progress",
            "input_file_id": asked["input_file_id"],
            "metadata": asked["metadata"],
            "created_at": int(time.time()),
            "request_counts": {"total": total, "completed": 0, "failed": 0},
        }
        if self.lose > 0:
            self.lose -= 1
            return drop()
        return _json(self.batches[name])

    def _lines(self, file: str) -> list[Line]:
        return [json.loads(line) for line in self._files[file].splitlines()]

    def _look(self, server: ScriptedServer, name: str) -> dict[str, Any]:
        batch = self.batches[name]
        if batch["status"] == "in_progress" and (self.gate is None or self.gate.is_set()):
            if self.ending == "failed":
                batch["errors"] = {"data": [{"code": "invalid_file", "message": "scripted refusal of the whole"}]}
                batch["status"] = "failed"
            else:
                self._run(server, batch, self.answered)
                batch["status"] = self.ending
        return batch

    def _cancel(self, server: ScriptedServer, name: str) -> dict[str, Any]:
        batch = self.batches[name]
        if batch["status"] == "in_progress":
            self._run(server, batch, self.answered)
            batch["status"] = "cancelled"
        self.cancelled.set()
        return batch

    def _run(self, server: ScriptedServer, batch: dict[str, Any], most: int | None) -> None:
        lines = self._lines(batch["input_file_id"])
        good, bad = [], []
        for number, line in enumerate(lines):
            result: dict[str, Any] = {"id": f"result-{number}", "custom_id": line["custom_id"], "response": None}
            if most is not None and number >= most:
                bad.append(result | {"error": {"code": "batch_expired", "message": "not answered in time"}})
                continue
            refused = self.refusing(line)
            status, body = refused if refused is not None else self._answer(server, line["body"])
            result |= {"response": {"status_code": status, "request_id": "r", "body": body}, "error": None}
            (good if status == 200 else bad).append(result)
        # In another order than they were asked.
        for field, results in (("output_file_id", good[::-1]), ("error_file_id", bad)):
            if results:
                file = f"file-{next(self._numbers)}"
                self._files[file] = b"".join(json.dumps(one).encode() + b"\n" for one in results)
                batch[field] = file
        batch["request_counts"] |= {"completed": len(good), "failed": len(bad)}

    def _answer(self, server: ScriptedServer, body: Line) -> tuple[int, dict[str, Any]]:
        with server.counting() as ending:
            step = server.answer(body, {"by": "batch"})
            ending(step)
        return step.status or 500, json.loads(step.plain if step.plain is not None else step.pieces[0])


def _json(value: Any, wait: float | None = None) -> Step:
    headers = {} if wait is None else {"Retry-After": f"{wait:g}"}
    return Step((json.dumps(value).encode(),), headers=headers)
