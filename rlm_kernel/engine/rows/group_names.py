"""What the groups of a form are called in code: by a header, words, units and signs beside them, or what they say."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, count

from ...document.search.dates import DATE, MONTH, is_day, is_day_alone
from ...document.search.irregular_words import is_verb
from ...document.search.numbers import to_number
from ...document.search.rows import Match
from ...document.search.search_words import STOPWORDS, folded
from .row_patterns import HAS_DIGIT, LineForm, constants_of

# In a pattern, the words that stand before a group and after one.
_LABEL_BEFORE = re.compile(r"([^\W\d_][^\W_]*(?:_[^\W_]+)*)[\"']?(=|: ?)[\"']?$")
_WORD_BEFORE = re.compile(r"([^\W\d_]+)[\"']?[ :=]*(?:\\?[$€£(] ?)?$")
_ANY_WORD, _OF_A_YEAR = re.compile(r"[^\W_]+"), re.compile(r"\b(?:19|20)\d\d\b[^\d]*[^\W\d_] ?$")
_YEAR_BEFORE = re.compile(r"\b((?:19|20)\d\d)\b[^\d]{0,12}$")
_NO = re.compile(r"(?<!\w)no[ :=]+$", re.IGNORECASE)
_TWO_WORDS = re.compile(r"((?:(?:last|this|next|old|new) )?[^\W\d_]+(?:['’]s)? [^\W\d_]+)[ :=]*$")
_ONE_WORD = re.compile(r" [^\W\d_]+[ :=]+")
_FORMS_OF_A_WORD = re.compile(r"\(\?:([^\W\d_]+)\|[^\W\d_]+\)")
_WORD_AFTER = re.compile(r"^ ?([^\W\d_]+)")
_CLAUSE, _WORDS_OF_A_DAY = re.compile(r"[^\W\d_]+(?: [^\W\d_]+)*[ :=]*$"), 3
_UNITS = {"l": "litres", "g": "grams", "m": "metres", "t": "tons", "h": "hours"}
_CURRENCIES = {"£": "pounds", "$": "dollars", "€": "euros"}
_SIGN_BEFORE = re.compile(r"([£$€]) ?$")
_DAY_BEFORE = re.compile(
    rf"((?:[^\W\d_]+ )?(?:\d{{1,2}}\.? (?:{MONTH})|(?:{MONTH}) \d{{1,2}})(?:,? \d{{4}})?)[ :=]*(?:\\?[$€£(] ?)?$",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"\d+(?:\.\d+){3}")
_TIME = re.compile(r"\d{1,2}:\d\d(?::\d\d)?")
_MONTH = re.compile(MONTH, re.IGNORECASE)
_CODE = re.compile(r"(?=\D*\d)[\w/-]+")
_NOT_OF_A_NAME = re.compile(r"[^a-z\d]+")
# What a row answers to by itself.
_OF_A_ROW = frozenset([*Match._fields, "matches"])
_MOST_NAMED = 4
_MOST_KINDS, _LONGEST_KIND, _LONGEST_NAME = 6, 30, 30
# Rows that one value of a column must come in, on average, to be a kind; of numbers more.
_ROWS_OF_A_KIND, _ROWS_OF_A_NUMBER = 2, 4
_MOST_WORDS = 4
_LENGTHS_OF_LISTS = 3


def names_of(form: LineForm, key: int | None = None, taken: Sequence[str] = ()) -> list[str]:
    """A name for each group of a form, which is a word of its line or header, or says what stands there; the one that
    rows are joined by is called "name" where nothing stands beside it. None is one that is taken."""
    if form.heading is not None:
        without = replace(
            form,
            heading=None,
            groups=form.groups[:-1],
            rows=tuple(row[:-1] for row in form.rows),
            labels=form.labels[:-1],
        )
        names = names_of(without, key, taken)
        return [*names, _unique(_as_name(form.heading.name) or "heading", [*taken, *names])]
    plain = _FORMS_OF_A_WORD.sub(r"\1", form.pattern)
    constants = [part.replace("[ \\t]+", " ").replace("\\t", " ") for part in constants_of(plain)]
    beside: list[list[str]] = []
    if not all(form.labels or [""]) and len(constants) == len(form.groups) + 1:
        around = list(zip(constants, constants[1:], zip(*form.rows, strict=True), strict=False))
        beside = [_words_beside(*each) for each in around]
        # "this season 4, last season 3": of two that are called the same, the word before that tells them apart, or the
        # year: "2021: 63 EUR, 2022: 65 EUR".
        beside = [
            _TWO_WORDS.findall(each[0]) or [*words, *_YEAR_BEFORE.findall(each[0])]
            if words and beside.count(words) > 1
            else words
            for words, each in zip(beside, around, strict=True)
        ]
        if ["yes"] in beside:
            # Of votes "no" is a word as good as others.
            beside = [["no"] if _NO.search(each[0]) else words for words, each in zip(beside, around, strict=True)]
        of_days = [at for at, (_, _, column) in enumerate(around) if all(map(is_day_alone, column))]
        for at in of_days if len(of_days) > 1 else ():
            # "signed on 3 May, cover begins on 9 May"
            beside[at] = beside[at] or _words_of_clause(around[at][0])
    if form.labels:
        words_beside = beside or [[]] * len(form.labels)
        beside = [[label] if label else words for label, words in zip(form.labels, words_beside, strict=True)]
    columns = list(zip(*form.rows, strict=True))
    names = [_as_name(" ".join(beside[at])) if beside else "" for at in range(len(columns))]
    # What a header or a word beside it says comes before what it looks like.
    for is_said in (True, False):
        for at, column in enumerate(columns):
            if bool(names[at]) is not is_said:
                continue
            name = names[at] or ("name" if at == key else _kind_of(column))
            if name == "number" and at + 1 < len(columns) and all(map(_MONTH.fullmatch, columns[at + 1])):
                name = "day"
            name = f"{name}_of_row" if name in _OF_A_ROW else name
            others = names[:at] if is_said else names[:at] + names[at + 1 :]
            names[at] = _unique(name, [*taken, *others])
    return names


def _unique(name: str, taken: Sequence[str]) -> str:
    return next(each for each in chain([name], (f"{name}_{number}" for number in count(2))) if each not in taken)


def _words_beside(before: str, after: str, column: Sequence[str]) -> list[str]:
    label = _LABEL_BEFORE.search(before)
    is_number = all(map(may_be_number, column))
    # "(until 31 March: 17.11)": a price of a time that is named by the day.
    if is_number and (of_day := _DAY_BEFORE.search(before)) is not None:
        return of_day[1].split()
    # In "at the evening course: Ada" the word before is none of hers; "Price of a lamp: 4 EUR" has its unit behind it.
    is_prose = label is not None and label[2] == ": " and before[: label.start(1)].rstrip(" ")[-1:].isalpha()
    is_key = label is not None and (not is_number or label[2] in ("=", ":") or "_" in label[1])
    if label is not None and is_key and not is_prose:
        return [label[1]]
    # Codes, such as G417, have what they are of before them, as numbers have, and no unit behind them.
    is_named = is_number or all(map(_CODE.fullmatch, column)) or all(map(DATE.fullmatch, column))
    words = _WORD_BEFORE.findall(before) if is_named else []
    # "price 3 quantity 7": what stands between two groups is the name of the second.
    is_of_next = bool(words) and _ONE_WORD.fullmatch(after) is not None
    words += _WORD_AFTER.findall(after) if is_number and not is_of_next else []
    if not words and _kinds(column) and folded(_last_word(before)) in STOPWORDS:
        # "out of the Lantern fund"
        words = [word for word in _WORD_AFTER.findall(after) if not is_verb(folded(word))]
    words = [_UNITS.get(word, word) if is_number else word for word in words]
    words = [word for word in words if folded(word) not in STOPWORDS and len(word) > 1]
    if not words and is_number and (sign := _SIGN_BEFORE.search(before)) is not None:
        words = [_CURRENCIES[sign[1]]]
    # "(in 2023 it was 4)": of another year, which no word says by itself.
    return words or (_ANY_WORD.findall(before)[-_MOST_WORDS:] if is_number and _OF_A_YEAR.search(before) else [])


def _words_of_clause(before: str) -> list[str]:
    """The last words of what stands before a day, those like "on" left out."""
    clause = _CLAUSE.search(before)
    words = _ANY_WORD.findall(clause[0]) if clause is not None else []
    return [word for word in words if folded(word) not in STOPWORDS and len(word) > 1][-_WORDS_OF_A_DAY:]


def _last_word(text: str) -> str:
    found = _ANY_WORD.findall(text)
    return found[-1] if found and text.endswith(" ") else ""


def _as_name(words: str) -> str:
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    name = _NOT_OF_A_NAME.sub("_", plain).strip("_")[:_LONGEST_NAME].strip("_")
    return name if name[:1].isalpha() and len(name) > 1 else ""


def _kind_of(column: Sequence[str]) -> str:
    if all(map(is_day, column)):
        return "day"
    if all(map(_ADDRESS.fullmatch, column)):
        return "address"
    if all(map(_TIME.fullmatch, column)):
        return "time"
    if all(map(_MONTH.fullmatch, column)):
        return "month"
    if all(map(may_be_number, column)):
        return "number"
    if is_of_lists(column):
        return "names" if all(item[:1].isupper() for value in column for item in value.split(", ")) else "items"
    kinds = _kinds(column)
    if kinds:
        is_short = len(kinds) < _MOST_NAMED and all(kind.isalpha() for kind in kinds)
        return (_as_name(" or ".join(kinds[:2])) if is_short else "") or "kind"
    is_of_names = all(value[:1].isupper() and value.count(" ") < _MOST_WORDS for value in column)
    return "name" if is_of_names else "text"


def _kinds(column: Sequence[str]) -> list[str]:
    """The values of a column where they are few, the most frequent first."""
    counts = Counter(column)
    is_number = all(map(may_be_number, counts))
    least = _ROWS_OF_A_NUMBER if is_number else _ROWS_OF_A_KIND
    is_of_kinds = 1 < len(counts) <= min(_MOST_NAMED - 1 if is_number else _MOST_KINDS, len(column) // least)
    return [kind for kind, _ in counts.most_common()] if is_of_kinds and max(map(len, counts)) <= _LONGEST_KIND else []


def is_of_lists(column: Sequence[str]) -> bool:
    """Whether a column has lists of several lengths, without numbers, of which some have an item in common."""
    lists = [value.split(", ") for value in column]
    is_short = all(item.count(" ") < _MOST_WORDS for items in lists for item in items)
    is_of_words = is_short and not any(map(HAS_DIGIT.search, column))
    counts = Counter(item for items in lists for item in {*items})
    is_several = len({*map(len, lists)}) >= _LENGTHS_OF_LISTS and 2 * sum(len(each) > 1 for each in lists) > len(lists)
    return is_of_words and is_several and 2 * len(counts) < counts.total()


def may_be_number(text: str) -> bool:
    """Whether `to_number` reads a number in a text that is no code, such as lathe-34."""
    if text[:1].isalpha() and _CODE.fullmatch(text):
        return False
    try:
        to_number(text)
    except ValueError:
        return False
    return True
