"""Whether a text only says that there is no answer, such as `Not stated in the document.`, in four languages."""

from __future__ import annotations

import re

_MOST_CHARS = 200
_WORDS = frozenset(["none", "n/a", "na", "null", "unknown", "-", "—", "nil", ""])
_NOT = (
    "stated|found|mentioned|given|specified|available|provided|disclosed|present|reported|known|applicable|in the|say|"
    "state|mention|contain|include|specify|give|provide|listed|recorded|named|indicated"
)
_NO = "such|information|mention|answer|match|matches|data|records?|results?|evidence|value|entry"
_NICHT = "angegeben|genannt|gefunden|erwähnt|enthalten|im|bekannt|ersichtlich"
_PATTERNS = [
    rf"(?:(?:the|this|that|it|information|answer|value|figure|document|text|there|is|was|does|has) )*not (?:{_NOT})",
    rf"(?:(?:the|document|text|there|has|is|are|was|were) )*no (?:{_NO})\b",
    r"nothing (?:(?:was|is) )?(?:found|stated|mentioned)",
    r"none (?:(?:is|was|were|are) )?(?:found|stated|mentioned|given)",
    r"(?:(?:this|it|the|answer) )*cannot be (?:determined|found|answered)",
    rf"(?:(?:das|die|es|dies|im|dokument|text|wird|ist|steht) )*nicht (?:{_NICHT})",
    r"keine? (?:angaben?|information|treffer|erwähnung)",
    r"(?:(?:ce|n'est|il|le|document|est) )*(?:pas|non) (?:indiqué|précisé|mentionné|trouvé|spécifié|disponible)e?",
    r"aucune? (?:information|mention|donnée|résultat)",
    r"(?:(?:el|documento|se) )*no (?:se )?(?:indica|menciona|especifica|encontr|consta|disponible|figura)",
]
_ABSENCE = re.compile("|".join(f"(?:{pattern})" for pattern in _PATTERNS))


def is_absence(text: str) -> bool:
    """Whether a text says that there is no answer, and no more than that."""
    bare = " ".join(text.split()).strip("\"'“”«»()[]").strip().casefold()
    if bare in _WORDS:
        return True
    return len(bare) <= _MOST_CHARS and not re.search(r"\d", bare) and _ABSENCE.match(bare) is not None
