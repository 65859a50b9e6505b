"""`locale`: there is the plain one, "C", and no other."""

from __future__ import annotations

import locale
from typing import Any


def _setlocale(locale_: Any = None) -> str:
    name = "".join(item or "" for item in locale_) if isinstance(locale_, tuple) else locale_
    if name in (None, "", "C", "POSIX"):
        return "C"
    raise locale.Error("unsupported locale setting")


def stand_ins() -> dict[str, dict[str, Any]]:
    """See the package."""
    return {"locale": {"setlocale": lambda _category, locale=None: _setlocale(locale)}}
