"""The kernel itself: an IPython kernel whose bare cells are questions. It asks and shows nothing of its own."""

from __future__ import annotations

import asyncio
import atexit
from importlib.metadata import version
from typing import Any

from ipykernel.ipkernel import IPythonKernel
from IPython.core.inputtransformer2 import TransformerManager
from IPython.utils.tokenutil import token_at_cursor

from . import cell_syntax
from .completion import Completer, seen_by_ipython
from .input_transformers import Awaiter, Prefixer
from .inspection import Explanations
from .magics import KernelMagics, KernelRLMMagics

_BANNER = """RLM: questions about a document, answered by a model whose code reads it in a sandbox.
%context report.txt   what questions are about       %model NAME --base-url URL   the model
%%code   your own code in the sandbox                %%py   Python in this process, not isolated
?%context   help
"""


_Base: Any = IPythonKernel  # whose methods have no types


class RLMKernel(_Base):  # type: ignore[misc]
    """A cell is a question about the current context; lines with `%` on top of it are commands."""

    implementation = "rlm-kernel"
    implementation_version = version("rlm-kernel")
    language_info = {  # noqa: RUF012
        "name": "rlm",
        "version": version("rlm-kernel"),
        # Prose: no front end shall colour, complete or check it as a language.
        "mimetype": "text/x-rlm",
        "file_extension": ".txt",
        "codemirror_mode": "null",
        "pygments_lexer": "text",
    }
    banner = _BANNER
    # Shown in the Help menu.
    help_links = [  # noqa: RUF012
        {"text": "IPython Reference", "url": "https://ipython.readthedocs.io/en/stable/"},
    ]

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        shell = self.shell
        asking: Any = KernelRLMMagics.load(shell)
        self._conversation = asking.conversation
        commands = KernelMagics(shell, asking)
        shell.register_magics(commands)
        self._explanations = Explanations(shell, self._conversation)
        self._completer = Completer(shell, self._conversation)
        self._prefixer = Prefixer(self._explanations.known, commands.is_misspelt)
        atexit.register(self._conversation.reset)

    def start(self) -> None:
        """Begin to serve. From here on cells are questions; what was run before (startup files) was Python."""
        self.shell.input_transformers_cleanup.insert(0, self._prefixer)
        self.shell.input_transformers_post.append(Awaiter(self.shell))
        super().start()

    @property
    def kernel_info(self) -> dict[str, Any]:
        """What front ends are told; there is no debugger for prose."""
        info: dict[str, Any] = super().kernel_info
        features = [feature for feature in info.get("supported_features", []) if feature != "debugger"]
        return info | {"supported_features": features, "debugger": False}

    async def do_execute(self, code: str, silent: bool, *args: Any, **options: Any) -> dict[str, Any]:
        """Run a cell."""
        # What is run silently is a front end's Python and nobody's question.
        self._prefixer.begin(python=silent)
        reply: dict[str, Any] = await super().do_execute(code, silent, *args, **options)
        return reply

    def do_complete(self, code: str, cursor_pos: int | None) -> dict[str, Any]:
        """Complete at the cursor."""
        cursor = len(code) if cursor_pos is None else cursor_pos
        made = self._completer.complete(code, cursor)
        if made is None:
            seen, at, shift = seen_by_ipython(code, cursor)
            return _shifted(super().do_complete(seen, at), shift)
        start, found = made
        typed = [{"start": start, "end": cursor, "text": text, "type": kind, "signature": ""} for text, kind in found]
        return {
            "status": "ok",
            "matches": [text for text, _ in found],
            "cursor_start": start,
            "cursor_end": cursor,
            "metadata": {"_jupyter_types_experimental": typed},
        }

    def do_inspect(self, code: str, cursor_pos: int, detail_level: int = 0, omit_sections: Any = ()) -> dict[str, Any]:
        """Tell what the name at the cursor is."""
        kind = cell_syntax.read(code).kind
        if kind != "python":
            name = token_at_cursor(code, cursor_pos)
            if (text := self._explanations.of(name)) is not None:
                return {"status": "ok", "found": True, "data": {"text/plain": text}, "metadata": {}}
            if kind == "question" and not name.startswith("%") and not code.lstrip().startswith("%"):
                # A word of a question that happens to be a variable's name is a word.
                return {"status": "ok", "found": False, "data": {}, "metadata": {}}
        seen, at, _ = seen_by_ipython(code, cursor_pos)
        told: dict[str, Any] = super().do_inspect(seen, at, detail_level, omit_sections)
        return told

    def do_is_complete(self, code: str) -> dict[str, Any]:
        """Whether a console shall run what was typed, or wait for more lines."""
        cell = cell_syntax.read(code, self._explanations.known)
        if cell.kind == "python":
            return _python_is_complete(cell.text.lstrip("\n"))
        if cell.kind == "magic":
            # As in IPython: an empty line ends it.
            whole = "\n" in cell.text and not cell.text.rpartition("\n")[2].strip()
            return {"status": "complete"} if whole else {"status": "incomplete", "indent": ""}
        more = cell_syntax.has_open_fence(cell.text) or code.rstrip().endswith("\\")
        return {"status": "incomplete", "indent": ""} if more else {"status": "complete"}

    def do_history(self, *args: Any, **options: Any) -> dict[str, Any]:
        """What was typed. IPython calls the current session 0 in a range, and by its number anywhere else."""
        reply: dict[str, Any] = super().do_history(*args, **options)
        now = self.shell.history_manager.session_number
        return reply | {"history": [(session or now, *rest) for session, *rest in reply["history"]]}

    async def do_shutdown(self, restart: bool) -> dict[str, Any]:
        """End the sub-kernel with the kernel."""
        await asyncio.to_thread(self._conversation.reset)
        reply: dict[str, Any] = super().do_shutdown(restart)
        return reply


def _shifted(reply: dict[str, Any], shift: int) -> dict[str, Any]:
    if shift:
        reply["cursor_start"] += shift
        reply["cursor_end"] += shift
        for each in reply["metadata"].get("_jupyter_types_experimental", []):
            each["start"] += shift
            each["end"] += shift
    return reply


def _python_is_complete(code: str) -> dict[str, Any]:
    if not code.strip():
        return {"status": "incomplete", "indent": ""}
    manager: Any = TransformerManager()  # type: ignore[no-untyped-call]
    status, indent = manager.check_complete(code)
    return {"status": status, "indent": " " * (indent or 0)} if status == "incomplete" else {"status": status}
