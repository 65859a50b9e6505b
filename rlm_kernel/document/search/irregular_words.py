"""English words whose forms have no ending in common: a question says "spend", its document "spent".

Forms that are mostly another word ("left", "found", "saw", "rose") are left out.
"""

from __future__ import annotations

_FORMS = (
    "become became; begin began begun; break broke broken; bring brought; build built; buy bought; catch caught; "
    "choose chose chosen; come came; deal dealt; dig dug; drink drank drunk; drive drove driven; eat ate eaten; "
    "fall fell fallen; fight fought; fly flew flown; freeze froze frozen; get got gotten; give gave given; go went "
    "gone; grow grew grown; hear heard; hide hid hidden; hold held; keep kept; know knew known; learn learnt; lend "
    "lent; lose lost; make made; overtake overtook overtaken; pay paid; repay repaid; ride rode ridden; rise risen; "
    "say said; seek sought; sell sold; send sent; shake shook shaken; shoot shot; show shown; sing sang sung; sink "
    "sank sunk; sleep slept; speak spoke spoken; spend spent; stand stood; steal stole stolen; stick stuck; strike "
    "struck; swear swore sworn; sweep swept; swim swam swum; take took taken; teach taught; tear tore torn; tell "
    "told; think thought; throw threw thrown; undertake undertook undertaken; use used uses using; understand "
    "understood; wake woke woken; wear wore worn; withdraw withdrew withdrawn; write wrote written; child children; "
    "foot feet; man men; tooth teeth; woman women"
)
BASES = {form: forms[0] for row in _FORMS.split(";") for forms in [row.split()] for form in forms[1:]}
"""The base of each form, in small letters."""
_NOUNS = frozenset(["child", "foot", "man", "tooth", "woman"])
_NOT_PAST = frozenset(
    ["hundred", "sacred", "kindred", "wicked", "naked", "rugged", "united", "crooked", "hatred", "infrared", "embed"]
)
_VERBS = frozenset(BASES.values()) - _NOUNS


def is_past(word: str) -> bool:
    """Whether a word in small letters may say what was done or has become: "began", "ended"."""
    is_regular = len(word) > 4 and word.endswith("ed") and not word.endswith("eed") and word not in _NOT_PAST
    return is_regular or BASES.get(word) in _VERBS


def is_verb(word: str) -> bool:
    """Whether a word in small letters is a past form, or the base of one that is irregular."""
    return is_past(word) or word in _VERBS
