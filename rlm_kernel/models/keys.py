"""Keys: how one is held so that no copy of it is written anywhere, and what they look like in somebody else's text."""

from __future__ import annotations

import re
from typing import Any, SupportsIndex

_HIDDEN = "[redacted]"
# A prefix that only keys have; what stands in the group before it stays.
_SHAPES = re.compile(
    r"(?<![\w-])(?:"
    r"sk-[A-Za-z0-9_-]{8,}"  # OpenAI, Anthropic, OpenRouter, DeepSeek
    r"|(?:gsk|hf|pplx|r8|xai|csk|fw|nvapi|tgp)[_-][A-Za-z0-9_-]{16,}"  # Groq, Hugging Face, Perplexity ...
    r"|(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}"  # AWS
    r"|gh[opsur]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}"  # GitHub, GitLab
    r"|AIza[0-9A-Za-z_-]{30,}|ya29\.[\w.-]{16,}"  # Google
    r"|xox[abeoprs]-[A-Za-z0-9-]{10,}"  # Slack
    r"|eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?"  # JWT
    r")"
)
_NAMED = re.compile(
    r"(?P<name>\b(?:[\w-]*(?:api|access|secret|private|auth|subscription)[_-]?)?(?:key|token|secret|password|passwd|pwd|"
    r"signature|sig|credential)s?[\"']?\s*(?:=|:(?!//)|%3D)\s*[\"']?)(?P<value>[^\s\"'&,;)}\]<>]{6,})",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"(?P<name>\b(?:bearer|basic|token|apikey)\s+)(?P<value>[\w.~+/=-]{8,})", re.IGNORECASE)
_USERINFO = re.compile(r"(?P<name>\b[a-z][a-z0-9+.-]{1,20}://)[^\s/@'\"]{1,200}@", re.IGNORECASE)
_BLOCK = re.compile(
    r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|\Z)", re.DOTALL
)


def without_keys(text: str) -> str:
    """The text with everything that has the shape of a key as `[redacted]`: known prefixes, `key=`, bearer tokens, JWT,
    private keys, the credentials of an address."""
    text = _BLOCK.sub(_HIDDEN, text)
    text = _SHAPES.sub(_HIDDEN, text)
    text = _SCHEME.sub(_hidden_value, text)
    text = _NAMED.sub(_hidden_value, text)
    return _USERINFO.sub(lambda match: f"{match['name']}{_HIDDEN}@", text)


def _hidden_value(match: re.Match[str]) -> str:
    value = match["value"]
    # A word, as in "the token expired yesterday" or `key=lambda`, is no key: keys have digits or signs, or are long.
    plain = value.strip(".").isalpha() and len(value) < 16
    return match[0] if plain or value.startswith("[redacted") else match["name"] + _HIDDEN


class Key(str):
    """A key. It is a str for whoever sends it; shown it is stars, and pickled or copied deeply it is None."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"

    def __reduce_ex__(self, _protocol: SupportsIndex) -> tuple[Any, ...]:
        return _no_key, ()


def _no_key() -> None:
    return None
