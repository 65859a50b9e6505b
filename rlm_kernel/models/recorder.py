"""The recorder: a model that passes everything through to another one, and writes a recording of it."""

from __future__ import annotations

import errno
import json
import logging
import os
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any

from ..trace import utc_now
from .base import Delta, Message, Model, Reply, WrappedModel
from .recorded import Recorded
from .recording import SCHEMA, broken, fingerprint, is_json, plain, redacted, secrets_of_environment

_DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


class Recorder(WrappedModel):
    """Passes everything through to a model and writes each finished call to `path`, line by line as they come.

    The file is replaced if it is a recording (any other file is refused); with `append`, calls are added to the
    recording that is there, so that a root model and a sub-model can share one. Values of environment variables that
    end in `_API_KEY`, `_TOKEN` or `_SECRET` (8 characters or more), `secrets`, and what only a key looks like are
    written as `[redacted]`. Calls that fail or are cancelled are not written. `OSError` becomes a `ModelError` of kind
    `recording`, but on a full disk the recording ends, which is logged, and the calls go on.
    """

    def __init__(
        self, model: Model, path: str | os.PathLike[str], *, append: bool = False, secrets: Sequence[str] = ()
    ) -> None:
        super().__init__(model)
        self._path, self._configured = Path(path).expanduser(), tuple(map(str, secrets))
        self._lost = False
        is_recording = self._path.exists() and self._path.stat().st_size > 0
        if is_recording:
            Recorded.open(self._path)
        if append and is_recording:
            self._end_last_line()
        else:
            self._write(
                {
                    "schema": SCHEMA,
                    "model": model.name,
                    "recorded": utc_now(),
                    "notices": list(model.notices),
                    "small": model.small,
                    "context_window": model.context_window,
                },
                mode="w",
            )

    def __repr__(self) -> str:
        return f"Recorder({self._model!r}, {str(self._path)!r})"

    def _end_last_line(self) -> None:
        """Have the next line begin on its own: a recording by hand may lack the last line feed, and what a crash has
        cut off is no line."""
        try:
            with self._path.open("r+b") as file:
                whole, newline, cut = file.read().rpartition(b"\n")
                if cut and is_json(cut.decode("utf-8", "replace")):
                    file.write(b"\n")
                elif cut:
                    file.truncate(len(whole + newline))
        except OSError as error:
            raise broken(f"The recording {self._path} cannot be written: {error.strerror or error}.") from None

    async def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int | None = None,
        temperature: float | None = None,
        seed: int | None = None,
    ) -> AsyncGenerator[Delta | Reply, None]:
        """What the model yields; its `Reply` is on disk before it is passed on."""
        options: dict[str, Any] = {"max_tokens": max_tokens, "temperature": temperature, "seed": seed}
        inner = self._model.stream(messages, max_tokens=max_tokens, temperature=temperature, seed=seed)
        try:
            async for piece in inner:
                if isinstance(piece, Reply):
                    self._record(messages, {name: value for name, value in options.items() if value is not None}, piece)
                yield piece
        finally:
            if isinstance(inner, AsyncGenerator):
                await inner.aclose()

    def _record(self, messages: Sequence[Message], parameters: dict[str, Any], reply: Reply) -> None:
        sent = redacted(plain(messages), secrets_of_environment(self._configured))
        self._write(
            {
                "messages_sha256": fingerprint(sent),
                "messages": sent,
                "parameters": parameters,
                "text": reply.text,
                "reasoning": reply.reasoning,
                "usage": reply.usage.model_dump(),
                "finish_reason": reply.finish_reason,
            }
        )

    def _write(self, line: dict[str, Any], mode: str = "a") -> None:
        if self._lost:
            return
        text = json.dumps(redacted(line, secrets_of_environment(self._configured)), ensure_ascii=False)
        try:
            with self._path.open(mode + "b") as file:
                file.write(text.encode("utf-8", "replace") + b"\n")
        except OSError as error:
            if error.errno in _DISK_FULL:
                # The reply is there, and worth more than its recording.
                self._lost = True
                reason = error.strerror or error
                logging.getLogger(__name__).warning("The recording %s is lost: %s.", self._path, reason)
                return
            raise broken(f"The recording {self._path} cannot be written: {error.strerror or error}.") from None
