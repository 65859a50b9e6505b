"""The words of a question that say which rows are meant. Where it may mean more than its words, nothing is read off."""

from __future__ import annotations

import re

from ...document.search.number_words import MONTHS, UNITS
from ...document.search.search_words import folded, is_content, stem

MOST_CHARS = 2_000
YEAR = re.compile(r"(?:19|20)\d\d")
_SAME_START = 4
# Units alone: of days there may be a line each, and meters are things too.
_UNIT = re.compile(
    r"\bhow many ((?:kilo|mega|giga)?bytes|[kmg]i?b|k?wh|kg|kilos?|kilograms|grams|tons|tonnes|km|cm|kilomet(?:re|er)s|"
    r"miles|lit(?:re|er)s|hours|minutes|seconds|dollars|euros?|usd|eur)\b"
)
_WORD = re.compile(r"[^\W\d_]+|\d+")
_CALENDAR = re.compile(
    rf"{MONTHS}|(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?s?|montag|dienstag|mittwoch|donnerstag|freitag|"
    r"samstag|sonntag|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lunes|martes|mi[eé]rcoles|jueves|viernes|s[aá]bado|"
    "domingo|marz|fevrier|aout|decembre",
    re.IGNORECASE,
)
# "over all of the branches": the noun of which no row is to be left out.
_ALL = re.compile(
    r"\b(?:all|every|each|alle[nr]?|jede[nrms]?|tou(?:te)?s|chaque|tod[oa]s|cada)\s"
    r"(?:(?:of|the|our|its|their|les|los|las|der|die|den|seine|ihre)\s){0,2}([^\W\d_]+)(?:\s([^\W\d_]+))?"
)
# A year beside one of these may stand for other years.
_RELATIVE = re.compile(
    r"\b(?:before|after|since|until|till|than|against|versus|vs|previous|prior|preceding|beginning|start|end|from|"
    r"between|through|by|up|compared|rise|rises|rose|risen|grow\w*|grew|growth|chang\w*|increas\w*|decreas\w*|fall|fell|"
    r"fallen|differ\w*|more|less|earlier|later|last|next|years|(?:each|every|per|any) year|vor|nach|seit|bis|gegen\w*|"
    r"anfang|ende|vorjahr\w*|jahren?|avant|apres|depuis|jusqu\w*|debut|fin|annees|ans|antes|despues|desde|hasta|principio|"
    r"final|anos)\b"
)
# Words that say where to look, or what is counted, and not which rows are meant.
_WHERE = re.compile(
    r"\b(?:according to|as stated in|as in|see|using|based on|laut|gemass|gemaess|selon|segun)"
    r"(?: (?:the|our|its|their|dem|der|den|le|la|el))?(?: [^\W_]+){0,3}|"
    r"\b(?:in|from|of|per) (?:the|this|our)(?: [^\W_]+){0,3} "
    r"(?:reports?|notes?|documents?|files?|logs?|lists?|tables?)\b|"
    r"\b(?:how many|how much|wie ?viele?|combien de|cuant[oa]s?) [^\W_]+"
)
_TOTAL_WORDS = (
    "total totals sum sums subtotal overall combined grand gesamt insgesamt summe zusammen totaux totale somme suma"
)
_TOTALS = frozenset(_TOTAL_WORDS.split())
_EXCEPTION = re.compile(
    r"\b(?:without|except\w*|exclud\w*|but|not|no|never|other|others|besides|ohne|ausser|nicht|kein\w*|andere\w*|sauf|sans|"
    r"pas|autres?|sin|excepto|otr[oa]s?)\b|n't\b|n’t\b"
)
# What to answer where nothing is stated.
OFFER = re.compile(
    r"\b(?:answer|say|return|reply|write|give|final|or|else|otherwise|then|antworte|sonst|sinon|réponds)\b\W{0,3}"
    r"(?:with |it is |that it is )?[\W_]{0,2}"
    r"(?:(?:none|null|n/a|unknown)(?! of)|not (?:stated|found|given|known))\b",
    re.IGNORECASE,
)
_ADDING = re.compile(
    r"\b(?:added|add|adding|summed|sum) (?:them )?(?:up|together)\b|\b(?:zusammengezahlt|addiert|aufaddiert)\b"
)


class QuestionTerms:
    """The terms of one question. `may_be_read` is False where it has an exception, such as "without", or is too long:
    its words then do not say which rows are meant. `adding` are the words by which it asks to add up, "" for none;
    `year` is the only year that it has, "" where there is none, or where another one may be meant."""

    def __init__(self, question: str) -> None:
        self._text = folded(question[: MOST_CHARS + 1])
        self.may_be_read = len(self._text) <= MOST_CHARS and not _EXCEPTION.search(self._text)
        # As the question writes them, by what they are compared by.
        self._in_order = [stem(word) for word in _WORD.findall(self._text)]
        self.words = {stem(word): word for word in _WORD.findall(self._text)}
        self._all = {stem(noun) for nouns in _ALL.findall(self._text) for noun in nouns if noun}
        self._choosing = {stem(word) for word in _WORD.findall(_WHERE.sub(" ", self._text))}
        years = [word for word in self.words if YEAR.fullmatch(word)]
        is_alone = len(years) == 1 and years[0] in self._choosing and not _RELATIVE.search(self._text)
        self.year = years[0] if is_alone else ""
        counted = _UNIT.search(self._text)
        self.unit = "" if counted is None else counted[1]
        adding = _ADDING.search(self._text)
        self.adding = "" if adding is None else adding[0]

    def has(self, word: str) -> bool:
        """Whether it has a word, or one that begins alike; on the side of having it."""
        word = folded(word)
        if word in self._text or stem(word) in self.words:
            return True
        return any(len(each) >= _SAME_START and word.startswith(each[:_SAME_START]) for each in self.words)

    def wants_all_of(self, word: str) -> bool:
        """Whether it asks for all of what a word means."""
        return stem(folded(word)) in self._all

    def names(self, word: str) -> bool:
        """Whether a word is one of its own."""
        return stem(folded(word)) in self.words

    def names_total(self, line: str) -> bool:
        """Whether a line has a word for a total that the question has too."""
        return any(word in self.words.values() for word in _WORD.findall(folded(line[:MOST_CHARS])) if word in _TOTALS)

    def stands_beside(self, word: str, others: set[str]) -> bool:
        """Whether a word stands next to one of some others in the question, as one that tells things apart does
        ("actual sales") and a verb does not. All are stems."""
        pairs = zip(self._in_order, self._in_order[1:], strict=False)
        return any((one == word and other in others) or (other == word and one in others) for one, other in pairs)

    def conditions(self) -> set[str]:
        """The stems of its words, and its year, that may say which rows are meant."""
        words = {
            each for each in self._choosing if each.isalpha() and is_content(each) and says_which(self.words[each])
        }
        return words | {self.year} if self.year else words


def offers_none(question: str) -> bool:
    """Whether a question says what to answer where nothing is stated."""
    return OFFER.search(question[:MOST_CHARS]) is not None


def says_which(word: str) -> bool:
    """Whether a word may say which rows are meant: months and days of the week are written in many ways, a unit says
    how they are measured, and a total is made of others."""
    word = folded(word)
    return not (_CALENDAR.fullmatch(word) or word in UNITS or word in _TOTALS)
