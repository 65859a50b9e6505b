"""The words of a question by which lines of a document are chosen."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from ...document.search.dates import DATE, MONTH, to_date, written_days
from ...document.search.irregular_words import is_past
from ...document.search.number_words import UNITS
from ...document.search.search_words import STOPWORDS, folded, forms_of, stem
from .question_shapes import asking_of
from .row_patterns import NUMBER

# A letter behind a hyphen tells things apart: "vault-a" and "vault-b".
WORD = re.compile(
    rf"[^\W\d_]{{2,}}-[^\W\d_](?![\w-])|[^\W\d_]+\d[^\W_]*|\d{{1,3}}[^\W\d_](?![^\W_])|{NUMBER}|[^\W\d_]+"
)
_OUTDATED = frozenset({"last", "former", "formerly", "previous", "old", "until", "before", "earlier"})
# Words of a question that say what to do with rows, and not which.
_GENERIC_WORDS = (
    "average mean median total sum number count different distinct unique most least highest lowest largest "
    "smallest list dict answer name names decimals decimal round two three four five ten first place together "
    "according document lines line entry entries row rows record records please single only altogether overall"
)
_GENERIC = frozenset(_GENERIC_WORDS.split())
# A number behind one of these bounds others, and is none of theirs.
_BOUND = re.compile(
    rf"\b(?:least|most|than|over|under|above|below|exceed\w*|up to|from|between|to|until|through|and|or|before|after|"
    rf"since|minimum|maximum|fewer than|less than)\s+(?:the\s+)?({NUMBER})",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"(?<=[.?!;])\s+")
_SAYS_WHICH_NOT = re.compile(
    r"^[^?]*(?:\b(?:not|never|nothing|ignor\w+|exclud\w+|disregard\w*|without|leave\b.*\bout|left out)\b|n't\b)[^?]*$",
    re.IGNORECASE,
)
# Sentences on what to answer say nothing of rows.
_OF_ANSWER = re.compile(r"^\W*if\b|\b(?:answer|reply|None)\b", re.IGNORECASE)
_UNIT = "|".join(sorted(unit for unit in UNITS if unit.isalpha() and unit not in STOPWORDS))
_OF_A_YEAR = "[a-z]{3,}s|account|annual|report|yearbook|season|budget|statement|year|tax"
_MONTH_OR_YEAR = re.compile(
    rf"(?:^|\b(?:in|of|during|for|dated|from) (?:the year )?|\b(?:the|our) (?=\d{{4}} (?:{_OF_A_YEAR})\b))"
    rf"(?:({MONTH}) )?((?:19|20)\d\d)(?![\w/]|[.,:-]\d| (?:{_UNIT})\b)",
    re.IGNORECASE,
)
# A letter behind a thing is one with it: "block C" is block-c.
_LETTERED = re.compile(r"\b([A-Za-z]{3,}) ((?-i:[A-Z]))(?![\w.'’-])")
# A thing with its number: what a log may write as one, "Box 3" as BOX3.
_NUMBERED = re.compile(
    rf"\b(?!(?:{MONTH})\b)([A-Za-z]{{3,}})[ -](\d{{1,3}})\b(?![.,:/-]?\d|st|nd|rd|th)", re.IGNORECASE
)
# Before a day, not before a thing: "the income in 2020 from letting the hall".
_DAY_BEGINS = rf"\W+(?:\d|(?:{MONTH})\b)"
_FROM_TO = re.compile(
    rf"\b(?:between|since|until|till|through|before|after)\b(?:\W+[^\W\d]+){{0,3}}?{_DAY_BEGINS}"
    rf"|\bfrom\b(?:\W+[^\W\d]+){{0,2}}?{_DAY_BEGINS}.*\b(?:to|until|till|through|on|onwards?)\b",
    re.IGNORECASE,
)
_RANGE = re.compile(
    r"\bfrom\b.*\b(?:to|until|till|through)\b|\bbetween\b.*\band\b|\d\W{1,3}(?:up to|to|until|till|through)\b.*\d",
    re.IGNORECASE | re.DOTALL,
)
_AFTER = re.compile(r"\bafter (?:the )?\d", re.IGNORECASE)
_EXCLUDING = re.compile(r"\b(?:not|without|except|excluding|instead|rather)\b|n't\b", re.IGNORECASE)
_ANOTHER = re.compile(r"\b([\w-]*\d[\w-]*) (?:is|are|was|were) (?:another|a different|something else)\b", re.IGNORECASE)
_STOPS = r"(?:in|on|at|from|by|of|for|with|to|than|who|that|which|and|or)\b"
_OTHER_YEAR = re.compile(r"\b(?:and|or|to|than|with|against|,) ((?:19|20)\d\d)\b")
_BUT_NOT = re.compile(
    r"[,;(–—]\s*(?:and |but )?not (?!only\b)"
    r"(?:(?:in|on|at|from|by|for|the|those|what|which|that|was|were|is|are) ){0,3}"
    rf"((?:(?!{_STOPS})[^\s,;.?!()]+ ?){{1,2}})",
    re.IGNORECASE,
)
# What a question says is neither meant nor the other: "neither pending nor returned ones".
_NEITHER = re.compile(r"\bneither (?:the |of )?([\w-]+)(?: (?:ones|\w+s))? n?or (?:the )?([\w-]+)", re.IGNORECASE)
# Behind a mark: "the three best, no guests".
_NONE_OF = re.compile(
    r"(?:[,;(–—]|\s-)\s*(?:and |but )?no (?!(?:more|less|fewer|longer|one|matter|later|doubt)\b)"
    r"([\w-]+(?: [\w-]+(?=\W*(?:[,;.?!()]|$)))?)",
    re.IGNORECASE,
)
# What is said in brackets to be no such thing: void ones are no loads.
_NOT_MEANT = re.compile(r"\(([^()]*?)\b(?:is|are|was|were|do|does|did)(?:n't| not| no)\b[^()]*\)", re.IGNORECASE)
_RESTRICTING = re.compile(
    r"\b(?:only|really|actually|properly|validly?|leave out|leaving out|nobody|nothing|neither|no(?!\.?\s*\d)|"
    r"called off|cancelled|(?:stay|stays|keep|kept) out|skip|ignore|disregard|aside|truly|in fact)\b",
    re.IGNORECASE,
)
# Verbs that say nothing of what became of a thing.
_VERBS_OF_ANYTHING = (
    "got gotten made gave given used worked needed lived turned named called said told wrote written asked wanted "
    "placed listed based"
)
_OF_ANYTHING = frozenset(_VERBS_OF_ANYTHING.split())
_NEGATED = re.compile(
    r"\b(?:except(?: for)?|without|but(?: not)?|excluding|outside(?: of)?|other than|apart from|instead of|rather than|"
    r"leav(?:e|ing) out|leaving aside|omitting|ignoring|disregarding|"
    r"not(?: counting| including| yet)?|\w+n't)\s+(?:the |any |an? )?((?:[\w-]+\s?){1,3})",
    re.IGNORECASE,
)
# "without pledges and unpaid cheques": two things are left out.
_NEGATED_TOO = re.compile(
    r"(?:without|except(?: for)?|excluding|not counting|not including|apart from)\s+(?:the |any )?"
    r"[\w-]+ (?:and|or) ((?:[\w-]+\s?){1,2})(?=$|[\s.,;:?!)])",
    re.IGNORECASE,
)
# A figure before things counts them: "the 7 largest", "the 31 days".
_THINGS = r"\s+(?:(?!(?:its|was|is|has|as|does|this)\b)\w+s|\w+est|most|least|first|last|best|per)\b"
_MONTHS, _AROUND = 12, "<>[](){}\"'#*:;,."
_MONTH_ALONE = re.compile(rf"\b(?:{MONTH})\b(?!\.? ?\d)")


class Asked(NamedTuple):
    """A question's words by their stems, those of its numbers that only bound others left out.

    `saying` are the stems that may say which rows are meant, `parts` what a line with one of the words has in it.
    `excludes`: whether it says which are not, `excluded` the stems of sentences that say so. `days`: the year, or year
    and month, of the days that are meant, as "2024" and "2024-05"; "" where none is named. `sequence` has the stems in
    their order, `sentences` those of each sentence, `asking` those of the sentences that ask. `negated`: those of words
    that they leave out ("except apples"). `text` is the question itself.
    """

    stems: frozenset[str]
    saying: frozenset[str]
    parts: frozenset[str]
    outdated: frozenset[str]
    excludes: bool
    excluded: frozenset[str]
    days: str
    sequence: tuple[str, ...]
    sentences: tuple[frozenset[str], ...]
    asking: frozenset[str]
    negated: frozenset[str]
    text: str

    def goes(self, name: str, before: str) -> bool:
        """Whether the question has a name behind one of some words, alternatives of a pattern."""
        return bool(before) and re.search(rf"\b(?:{before}) (?:the )?{re.escape(name)}\b", self.text, re.I) is not None

    def lacks(self, label: str) -> bool:
        """Whether a question is about what has none of a thing: "no backup", "without a backup"."""
        before = r"\b(?:no|without|lacks?|lacking|missing)(?: an?| any| the)?"
        return bool(label) and re.search(rf"{before} {re.escape(label)}s?\b", self.text, re.IGNORECASE) is not None

    def calls(self, figure: str) -> bool:
        """Whether the question calls a thing by a figure: "number 31", "the 31"."""
        called = rf"(?:\b(?:number|no|nr)\.? |\bthe (?:\w+ )?){re.escape(figure)}(?!\w|[.,]\d|{_THINGS})"
        return re.search(called, self.text, re.IGNORECASE) is not None

    def says(self, value: str) -> bool:
        """Whether the question has a value in these letters, small or capital: "got" is not GET. Box 3 may be BOX3, and
        block C block-c. Signs around it, as in <SM12>, are no part of it."""
        value = value.strip(_AROUND)
        is_numbered = (value[-1:].isdecimal() or value[-2:-1] == "-") and stem_of(value) in self.stems
        return is_numbered or re.search(rf"\b{re.escape(value)}\b", self.text, re.IGNORECASE) is not None

    def sentences_of(self, texts: Iterable[str]) -> int:
        """How many sentences have all words of one of some texts."""
        wanted = [{stem_of(word) for word in WORD.findall(text)} for text in texts]
        return sum(any(stems <= sentence for stems in wanted) for sentence in self.sentences)


def asked_of(question: str) -> Asked:
    bounds = {number.replace(",", "") for number in _BOUND.findall(question)}
    sentences = _SENTENCE_END.split(question)
    asks = asking_of(question)
    # "I need to know how many ... that were not cancelled" says which are, as well.
    # "the money handed in, not the promises" says which are, before what it says of others.
    without = {each: _BUT_NOT.sub(" ", each) for each in sentences}
    excluding = [
        each
        for each in sentences
        if _SAYS_WHICH_NOT.search(without[each]) and not _OF_ANSWER.search(each) and each.strip() not in asks
    ]
    words = content_of(" ".join(each for each in sentences if each not in excluding))
    excluded = frozenset(map(stem_of, content_of(" ".join(excluding)))) - frozenset(map(stem_of, words))
    numbered = frozenset(stem_of("".join(each)) for each in _NUMBERED.findall(asks))
    numbered |= {stem_of("-".join(each)) for each in _LETTERED.findall(asks)}
    stems = (frozenset(map(stem_of, words)) | numbered) - {""} - bounds
    outdated = _OUTDATED if _OUTDATED.isdisjoint(map(folded, words)) else frozenset[str]()
    said = [word for word in words if word.replace("-", "").isalpha() and folded(word) not in _GENERIC]
    saying = frozenset(map(stem_of, said))
    excludes = _EXCLUDING.search(question) is not None
    sequence = tuple(stem for stem in map(stem_of, words) if stem not in bounds)
    of_sentences = tuple(frozenset(map(stem_of, content_of(each))) for each in sentences)
    days = _days_asked(question)
    parts = stems.union(*map(forms_of, stems))
    # "everything except apples", "not active"
    negated = frozenset(stem_of(word) for found in _NEGATED.finditer(asks) for word in content_of(found[1])[:1])
    negated |= {stem_of(word) for found in _NEGATED_TOO.finditer(asks) for word in content_of(found[1])}
    negated |= {stem_of(word) for found in _NOT_MEANT.finditer(asks) for word in content_of(found[1])}
    negated |= {stem_of(word) for found in _NONE_OF.finditer(asks) for word in content_of(found[1])}
    negated |= {stem_of(word) for found in _NEITHER.finditer(question) for word in content_of(" ".join(found.groups()))}
    said_not = (found[1] for each in sentences if each not in excluding for found in _BUT_NOT.finditer(each))
    negated |= {stem_of(word) for found in said_not for word in content_of(found)}
    # Such as 31X in: the 31X is another service.
    negated |= {stem_of(found[1]) for found in _ANOTHER.finditer(question)}
    asking = (frozenset(map(stem_of, content_of(asks))) | numbered) - bounds - negated
    return Asked(
        stems,
        saying,
        parts,
        outdated,
        excludes,
        excluded,
        days,
        sequence,
        of_sentences,
        asking,
        negated,
        question,
    )


def restricts(question: str) -> bool:
    """Whether a question says in any way that only some rows count: "only", "really", "not"."""
    return any(pattern.search(question) for pattern in (_EXCLUDING, _RESTRICTING))


def says_what_became(question: str) -> bool:
    """Whether a question says with a verb what was done to things, or became of them: "were handed over", "picked up".

    Asked whether such a question says anything of the states that its rows have, a small model mostly says no.
    """
    words = (folded(word) for word in WORD.findall(question))
    return any(is_past(word) and word not in _OF_ANYTHING for word in words)


def needs_filter(question: str, *, of_days: bool = True) -> bool:
    """Whether a question has conditions that no pattern of rows is made of: bounds ("at least 12"), exceptions and
    months; days are some too, unless `of_days` is False."""
    days = written_days(question)
    for written in days:
        question = re.sub(rf"(?<!\w){re.escape(written)}(?!\w)", "", question)
    return bool(days and of_days) or any(each.search(question) for each in (_BOUND, _NEGATED, _MONTH_ALONE))


def is_range(question: str) -> bool:
    """Whether a question means the days from one to another, both of them."""
    return _RANGE.search(question) is not None and _AFTER.search(question) is None


def content_of(text: str) -> list[str]:
    """The words of a text but those like "the" and "of"."""
    return [word for word in WORD.findall(text) if word[-1].isdecimal() or folded(word) not in STOPWORDS]


def _days_asked(question: str) -> str:
    """The year, or the year and month, that a question names once and without a day."""
    named = {(month.lower(), year) for month, year in _MONTH_OR_YEAR.findall(question)}
    others = {*_OTHER_YEAR.findall(question)} - {year for _, year in named}
    if len(named) != 1 or others or DATE.search(question) or _FROM_TO.search(question):
        return ""
    ((month, year),) = named
    return to_date(f"1 {month} {year}")[:7] if month else year


def period_asked(question: str) -> tuple[date, date] | None:
    """The first and the last day of the only year, or month of a year, that a question names without a day."""
    year, _, month = _days_asked(question).partition("-")
    if not year:
        return None
    first, last = (int(month), int(month)) if month else (1, _MONTHS)
    return date(int(year), first, 1), date(int(year), last, monthrange(int(year), last)[1])


def stems_of(text: str) -> frozenset[str]:
    """The stems of the words of a text, those like "the" and "of" left out."""
    return frozenset(map(stem_of, content_of(text.replace("_", " ")))) - {""}


@lru_cache(maxsize=1 << 14)
def stem_of(word: str) -> str:
    """What a word has in common with its other forms, in small letters; of a number its digits."""
    if word.lstrip("-")[:1].isdecimal():
        return word.replace(",", "")
    if "-" in word:
        return folded(word)
    shorter = stem(folded(word))
    while shorter != word:
        word, shorter = shorter, stem(shorter)
    # Too short for the rule of all words: "fees".
    return word[:-1] if len(word) == 4 and word.endswith("s") and not word.endswith("ss") else word
