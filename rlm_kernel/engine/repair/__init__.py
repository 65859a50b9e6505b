"""Self-healing: from a model's reply to code that is ready to run, with every change named.

`find_code` takes the code out of a reply, `heal` mends it, `advice` tells the model in one line. Code that parses is
only touched by the rules about what cannot work in the sandbox (imports, top-level `await` and `return`); string
literals keep their content; code that cannot be mended comes back as it was, with its syntax error. Nothing is
compiled or run here, and no regular expression looks at code.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ...trace import CodeError, Repair
from . import code_blocks, repairs, rules
from .code_blocks import Block, find_code
from .source import parse

__all__ = ["KINDS", "Block", "Healed", "advice", "find_code", "heal"]

KINDS: frozenset[str] = code_blocks.KINDS | repairs.KINDS | rules.KINDS

_PHRASES = {
    "missing-fence": "the code was taken from a reply without a ```python fence",
    "missing-tag": "the code block had no python tag",
    "unclosed-fence": "the code block was not closed (was the reply cut off?)",
    "prompt": "interactive prompts and their output removed",
    "character": "characters that Python does not know replaced",
    "smart-quotes": "curly quotes made plain",
    "prose": "text around the code made a comment",
    "magic": "notebook commands removed (not available in the sandbox)",
    "print-statement": "print statements made calls",
    "operator": "&&, || and ! written as and, or and not",
    "indentation": "indentation mended",
    "bracket": "brackets balanced",
    "string": "an unterminated string closed",
    "colon": "a missing colon added",
    "await": "top-level await removed (calls already wait)",
    "return": "top-level return made an expression (finish with FINAL)",
}
_MAX_PHRASES = 6
_MAX_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Healed:
    """Code that is ready to run, and what was changed for that.

    `error` is the syntax error of code that could not be mended; `code` is then what was given, `repairs` empty.
    """

    code: str
    repairs: tuple[Repair, ...]
    error: CodeError | None

    @property
    def advice(self) -> str:
        """One line that tells the model what was changed, "" if nothing was."""
        return advice(self.repairs)


def heal(code: str, *, allowed: frozenset[str], truncated: bool = False) -> Healed:
    """Mend code so that it can run in a sandbox that can import the top-level modules `allowed`.

    `truncated` (see `Block.truncated`) forbids to complete what the code ends with. Never raises, whatever the text.
    """
    text = code.replace("\r\n", "\n").replace("\r", "\n")
    tree = parse(text)
    mended: tuple[Repair, ...] = ()
    if isinstance(tree, CodeError):
        error = tree
        found = repairs.repair(text, truncated=truncated)
        if found is None:
            return Healed(code, (), error)
        text, mended = found
        tree = parse(text)
        if isinstance(tree, CodeError):
            return Healed(code, (), error)
    text, ruled = rules.apply_rules(text, tree, allowed)
    return Healed(text, mended + ruled, None) if mended or ruled else Healed(code, (), None)


def advice(changes: Iterable[Repair]) -> str:
    """One line that tells the model what was changed, "" if nothing was; of a reply's repairs and its code's alike."""
    changes = list(changes)
    if not changes:
        return ""
    phrases = list(dict.fromkeys(_phrase(change) for change in changes))
    if len(phrases) > _MAX_PHRASES:
        phrases[_MAX_PHRASES:] = [f"and {len(phrases) - _MAX_PHRASES} more"]
    count = "1 repair was" if len(changes) == 1 else f"{len(changes)} repairs were"
    return f"Note: {count} made to your code before it ran: {'; '.join(phrases)}."


def _phrase(change: Repair) -> str:
    if change.kind != "import-removed":
        return _PHRASES[change.kind]
    before = " ".join(change.before.split())
    before = before if len(before) <= _MAX_SHOWN else before[: _MAX_SHOWN - 1] + "…"
    kept = f" cut to {change.after}" if change.after.startswith("import ") else " removed"
    return f"{before}{kept} (not available in the sandbox)"
