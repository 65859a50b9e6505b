"""`random.Random`, `secrets` and `uuid`: what they give follows from the run's seed, as all chance in a cell does."""

from __future__ import annotations

import base64
import hmac
import random
import uuid
from collections.abc import Sequence
from typing import Any

from .. import determinism

_DEFAULT_BYTES = 32


class Random(random.Random):
    """Python's own; without a seed it takes one from the run's."""

    def __init__(self, x: Any = None) -> None:
        super().__init__(determinism.reseed() if x is None else x)

    def seed(self, a: Any = None, version: int = 2) -> None:
        """Begin again, from a seed or from the run's."""
        super().seed(determinism.reseed() if a is None else a, version)


def _token_bytes(nbytes: int | None = None) -> bytes:
    return random.randbytes(_DEFAULT_BYTES if nbytes is None else nbytes)  # noqa: S311


def _choice(seq: Sequence[Any]) -> Any:
    return random.choice(seq)  # noqa: S311  reproducible is what it must be


def _below(exclusive_upper_bound: int) -> int:
    if exclusive_upper_bound <= 0:
        raise ValueError("Upper bound must be positive.")
    return random.randrange(exclusive_upper_bound)  # noqa: S311


def _url_safe(nbytes: int | None = None) -> str:
    return base64.urlsafe_b64encode(_token_bytes(nbytes)).rstrip(b"=").decode("ascii")


def _uuid(version: int) -> uuid.UUID:
    return uuid.UUID(bytes=random.randbytes(16), version=version)  # noqa: S311


def stand_ins() -> dict[str, dict[str, Any]]:
    """See the package."""
    return {
        "random": {"Random": Random, "SystemRandom": Random},
        "secrets": {
            "choice": _choice,
            "compare_digest": hmac.compare_digest,
            "randbelow": _below,
            "randbits": lambda k: random.getrandbits(k),
            "token_bytes": _token_bytes,
            "token_hex": lambda nbytes=None: _token_bytes(nbytes).hex(),
            "token_urlsafe": _url_safe,
            "SystemRandom": Random,
        },
        "uuid": {"uuid1": lambda **_rest: _uuid(1), "uuid4": lambda: _uuid(4)},
    }
