"""What a question asks to do with the rows of a document: to add them up, to count them, to find the largest ...

Rules, in the order in which they decide. Most look at the sentence that asks: what others explain ("I mean the live
runs") says which rows are meant, and not what to do with them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Literal

from ...document.search.dates import DATE, MONTH
from ...document.search.irregular_words import is_past
from ...document.search.search_words import folded, stem

Shape = Literal[
    "look up",
    "absent",
    "words",
    "count",
    "distinct",
    "dates",
    "judge",
    "top",
    "maximum",
    "groups",
    "average",
    "sum",
    "unknown",
]

_SENTENCE_END = re.compile(r"(?<=[.?!])\s+")


def _any_of(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


_IMPERATIVE = _any_of(
    r"^\W*(?:please )?(?:name|list|work out|give|tell|find|count|add|sum|calculate|compute|determine|say|show|rank)\b"
)
_GIVING = _any_of(r"^\W*(?:please )?(?:give|tell|show|name|list)\b")
_SAYS_NO_MORE = _any_of(
    r"^\W*how (?:many|much)(?: \w+)? (?:is|was|are|were|makes?|does|do|did|will|would) (?:it|that|this|there|they)\b",
    r"^\W*(?:which|who|whose|what|where) (?:is|was|are|were) (?:it|that|this|they|he|she)\b",
    r"^\W*what (?:do|does|did|would) (?:you|we|I|it|that|this|they) (?:get|give|make|have|(?:come|add up|amount) to)\b",
    r"^\W*what (?:do|can|shall|should|must|may) (?:I|we) (?:tell|say|answer|report|write|reply)\b",
    r"^\W*what (?:is|are|was|were) (?:the|those|these) (?:figures?|numbers?|totals?|answer|result)\W*$",
)
_NUMBER_WORD = r"(?:two|three|four|five|six|seven|eight|nine|ten|\d{1,2})"
# Words that end in -est and are none: "request", "latest" (which is asked for as a fact).
_NO_SUPERLATIVE = (
    r"(?:inter|requ|for|w|e|t|r|gu|harv|cont|ch|hon|inv|sugg|prot|n|dig|qu|lat|b|v|p|j|z|arr|crt|att|mod|man)est\b"
)
_SUPERLATIVE = (
    rf"(?:(?<!at )(?:most|least)|fewest|best|worst|maximum|minimum|max|min|first|(?!{_NO_SUPERLATIVE})\w{{2,}}est)"
)
_WRITTEN = (
    r"(?:messages|notes|letters|e-?mails|mails|comments|reviews|posts|tweets|replies|remarks|opinions|descriptions|"
    r"requests|questions|headlines|articles|stories|essays|slips|cards|answers|responses|statements|texts|sheets)"
)
_SAYING = (
    r"(?:sound|express|ask|want|wish|say|report|describe|complain|concern|praise|thank|offer|request|suggest|threaten|"
    r"warn|promise|mention|tell|told|write|wrote|said|announce|refuse|accept|agree|object|recommend|regret|apologi[sz]e)\w*"
)
# Before "number of", what makes it the name of one thing: "the serial number of the mixer".
_NOT_BEHIND_A_NAME = "".join(
    f"(?<!{word} )"
    for word in (
        *("serial", "phone", "telephone", "inventory", "account", "card", "house", "room", "registration", "invoice"),
        *("order", "reference", "model", "batch", "licence", "license", "passport", "membership", "file", "part"),
    )
)
_WRITER = r"(?:writer|author|sender|customer|guest|speaker|caller|reader|client|user|person)s?"
_COUNTS = _any_of(
    rf"\b(?:how (?:many|often)|{_NOT_BEHIND_A_NAME}number of (?!the\b)|wie ?viele|combien de|cu[aá]nt[oa]s)\b",
    # "In the register, count those that ..."
    r"(?:^|[,:;])\W*(?:please )?count (?:all |only |just |up )?(?:the|those|these|how|all|every|each)\b",
)
_AVERAGE = _any_of(
    r"\b(?:average|averaged|median|per ?cent|percentage|ratio|on average)\b",
    r"\b(?:the|a) mean\b|^\W*mean \w+",
    r": mean \w+|^\W*(?:please )?average the\b",
    r"\bmean (?:score|value|length|time|number|age|weight|price|temperature)\b",
)
_JUDGED = _any_of(
    rf"\b(?:in|on|from) how many (?:of (?:the|these|those|our) )?{_WRITTEN}",
    rf"\bhow many\b.*\b(?:does|do|did) (?:the|its|their|an?) {_WRITER}\b"
    r"(?! (?:card|room|house|bed|list|book|pass|ticket|area|account|number|seat)s?\b)",
    rf"\bhow many (?:of )?(?:the |these |those |our |(?:this|last) \w+'s )?{_WRITTEN}(?: \w+){{0,4}} "
    rf"(?:are|were|is|{_SAYING})\b(?! (?:for|in|sent|received|written|answered|read)\b(?! because\b))",
    r"\bhow many (?:entries|of the entries) (?:are|were) (?:from|by) (?:people|those|someone|\w+s) who\b",
    rf"\bhow many (?:of (?:the|our|these|those) )?\w+ {_SAYING} (?:us )?(?:that|about|of|how)\b",
    r"\bhow many of (?:those|the people|the persons) who (?:wrote|write|replied|answered)\b",
    rf"\bhow many (?:of the )?\w+ {_SAYING}\b.*\b(?:message|letter|note|card|mail|slip|comment)",
    r"\bhow many\b.*\b(?:complain\w*|pleased|unhappy|happy|angry|(?:dis)?satisfied|spam|praise|rude|polite|urgent)\b",
    rf"\bhow many of (?:the |these |those |our )?[\w'’-]+ {_WRITTEN} (?:are|were|{_SAYING})\b",
    rf"\bcount (?:all |only )?(?:the |those |these )?(?:[\w'’-]+ )?{_WRITTEN}"
    rf" (?:(?:in|by) which|where|whose|who|that (?:are|were|{_SAYING}))\b",
    rf"\bhow many of (?:the|our|these|those) reports {_SAYING}\b",
    rf"\bhow many (?:of (?:the|our) )?{_WRITER} (?:would like|want|wish|ask|plan|intend|hope|decide) to\b",
    r"\b(?:sentiment|classif\w*)\b",
)
_WORDS = _any_of(
    r"\bhow (?:many times|often) (?:does|do|is)\b.*\b(?:appears?|occurs?|mentioned|word)\b",
    r"\bwhole word\b|\boccurrences?\b",
)
_DIFFERENT = _any_of(
    r"\b(?:different|distinct|unique)\b|\bhow many species\b|\b(?:how many|number of) (?:individual|separate)\b",
    r"\b(?:sorts|kinds|types|species) of\b",
)
_ONCE = _any_of(
    r"\bcounted (?:only )?once\b|\bmore than once\b|\bstill (?:only )?one\b|\b(?:no matter how|however) often\b",
    r"\bno matter how many\b|\beach (?:\w+ )?(?:only )?once\b|\bonce each\b|^\W*one per\b|[.(] ?one per\b",
)
_SEVERAL = _any_of(
    rf"\b(?:top|best|first|which|what|the|name|list|who)\b.*\b{_NUMBER_WORD}\b.*\b{_SUPERLATIVE}\b",
    rf"\b(?:top|{_SUPERLATIVE}) {_NUMBER_WORD}\b|\b{_NUMBER_WORD} {_SUPERLATIVE}\b|\bin order\b|\branking\b",
)
_NAMES = _any_of(
    r"\b(?:which|what|name|list|who|give|rank|see|show|want|need|tell)\b",
    rf"^\W*(?:the )?(?:(?:top|best|first|last) {_NUMBER_WORD}|{_NUMBER_WORD} {_SUPERLATIVE})\b",
)
_MAXIMUM = _any_of(
    rf"\b(?:who|which|what|where|whose)\b.*\b{_SUPERLATIVE}\b|\bwho (?:has |had )?won\b",
    rf"\b(?:one|that) with the {_SUPERLATIVE}\b",
    rf"\b(?:name|give|state|show|tell me|report) (?:me )?the (?!\w*(?:number|sum|total|amount)s?\b)"
    rf"(?:[\w-]+ ){{1,7}}?(?:with|that (?:has|had)) the {_SUPERLATIVE}\b",
    rf"\b(?:looking for|look for|find|need|want|wants)\b.*\b(?:the|our) (?!first\b|best\b){_SUPERLATIVE}\b",
    rf"^\W*(?!first\b|best\b)(?:the )?{_SUPERLATIVE} \w+ (?:in|of|among|on|at|for)\b",
)
_COUNT_FIRST = _any_of(r"^\W*how (?:many|much|often)\b")
_MEANS = (
    "(?:train|car|bus|bike|boat|ship|plane|air|rail|road|sea|mail|post|e-?mail|letter|hand|foot|phone|card|cash|cheque|"
    "itself|himself|herself|themselves|name|then|now|law|night|day|default)"
)
_ARRANGED = _any_of("sorted|listed|counted|summed|divided|separated|ordered|split|grouped|broken|arranged")
_BY_AT_END = re.compile(r"\b(\w+) by \w+\W*$")
_GROUPS = _any_of(
    r"\b(?:for|in|of|by|to|from|per) (?:each|every)\b|\bhow (?:many|much)\b.*\b(?:each|every)\b",
    r"->|\bdict\b|\bbreakdown\b|\bbroken down\b|\bgrouped\b|, (?P<each>\w+) by (?P=each)\W*$",
    r"^(?!.*\b(?:add|total|sum|all|altogether)\b).*, (?P<unit>\w+) by (?P=unit), how (?:many|much)\b",
    rf"\b(?!(?P<one>\w+) by (?P=one)\b)\w+ by (?!{_MEANS}\b)\w+\W*$",
    r"\bper (?!cent|annum|minute|hour|second|day|night|week|month|year|kilo|kg|lit|unit|piece|item|mile|head)\w+",
)
_EACH_OF = re.compile(r"\b(?:for each|for every|per|each|every)(?: of the)? ([^\W\d_]+)", re.IGNORECASE)
# "How many will it be, one for each of them?" asks for one number.
_ONE_EACH = _any_of(r"\bone (?:\w+ )?(?:for|per) (?:each|every)\b")
_OF_EACH = _any_of(
    r"\b(?:prices?|rates?)(?: \d+)? of (?:each|every) \w+",
    r"\badd(?:ed|ing)? up (?:the )?(?:\w+ ){1,3}of (?:each|every) \w+",
    r"\b(?:listed|noted|written|entered|recorded|handed in)(?: down)? (?:for|by|at|in) (?:each|every) \w+",
    r"\b(?:price|fee|rate|charge) per \w+",
    r"\b(?:paid|pays?|bill(?:s|ed)?|charge[sd]?|invoice[sd]?)(?: (?:us|them|me|him|her|you))? per \w+",
    r"\bcosts? (?:[\w']+ ){0,3}?per (?:child|person|adult|pupil|guest|visitor|player|member|student)\b",
)
_OF_FIGURES = _any_of(
    r"\bhow (?:many|much)\b|\btotals?\b|\bfigures?\b|\bwork out\b|\bwhat\b|\bsum\b|^\W*per\b|->|\bdict\b|\bgive\b",
    r"\b(?:add|count)\b",
)
_NOT_STATED = _any_of(
    r"\bNone\b",
    r"\b(?:if|where|unless) .*\b(?:not|n't)\b.*\b(?:stat|say|said|tell|mention|contain|giv|written|known?|found)\w*",
)
_UNITS = (
    r"(?:hours|kilo\w*|kg|grams?|g|mg|tons?|tonnes|dollars|euros?|pounds|cents|lit(?:re|er)s?|miles|kilomet\w+|metres|"
    r"mega\w+|giga\w+|bytes|[kMG]?Wh|[kc]m|[kMG]B|EUR|USD|GBP)"
)
_TIMES = r"(?:minutes|days|nights|weeks|months|years)"
# One thing as it is or will be: a price, a limit.
_OF_ONE = _any_of(
    r"\bhow (?:much|many)\b.*\b(?:room for|allowed|permitted|(?-i:may)|can|fits?|will|would|must|have to|has to)\b",
    # "For how many patients is it confirmed?" counts.
    rf"(?:(?<!\bfor )(?<!\bin )\bhow many \w+|\bhow many (?:{_UNITS}|{_TIMES})) (?:is|has) (?!that\b|it\b|this\b)",
    rf"\bhow many {_TIMES}(?: of \w+)? (?:does|did) (?-i:[A-Z])[\w'’-]+ (?-i:[A-Z])[\w'’-]+ (?:have|get)\b",
    r"\bwhat number of \w+ (?:is|was) (?:given|stated|listed|named|set|agreed|written) (?:under|for|on)\b",
    rf"\bhow many {_UNITS} (?:an?|per) \w+|\bhow many {_UNITS} does (?:the|our|this|an?) .*\b(?:cost|weigh|measure)\b",
    r"\bhow (?:long|heavy|big|large|high|tall)(?:, in \w+,)? (?:is|does)\b",
    r"\b(?:how much|what) (?:does|do|will|would|must|is|are) (?!all\b|the \w+ (?:and|all)\b|they\b|these\b|those\b)"
    r"(?!.*\b(?:all|together|total|altogether|sum)\b).*\b(?:cost|costs|pay|charge|price|be)\b",
)
_ADDED_UP = _any_of(
    r"\b(?:sum|totals?|altogether|overall|add(?:ed|s|ing)? up|in all|combined|together)\b",
    r"\b(?:single (?:entries|days|tours|shifts|lines)|individual \w+)\b",
    r"\bgo(?:es|ing)? by the (?!(?:status|state|register|labels?|column|kind|answers|resolution|minutes)\b)",
    r"\b(?:what|how much) (?:do|does|did)\b.*\b(?:come|amount|run|add up) to\b",
    r"\bhow many \w+ (?:do|did) (?:the|these|those|all) (?:rows|lines|entries|figures|numbers|cells)\b.*"
    r"\b(?:come|add up) to\b",
)
_AMOUNT = _any_of(
    rf"\bhow many {_UNITS}\b|\bhow much\b|\bhow (?:heavy|long)\b|\bwhat (?:weight|amount|volume|quantity) of\b",
    r"\bwhat (?:have|has|had|did|do|does|were|was)\b(?! I\b).*\b(?:costs?|pay|paid|spen[dt]|earn\w*|take in|bring in|"
    r"took in|brought in|hand\w* (?:over|out)|owe\w*|worth|raised?|give|donate)\b",
    r"\bwhat (?:we|they|you|I|(?:the|our|all) \w+s) (?:\w+ )?(?:cost|paid|pay|owe|spent|spend|earned|took in|raised)\b",
    rf"\b(?:need|want|know|give|like|tell)\b.*\bthe {_UNITS} (?:of|that)\b",
    r"^(?!.*\bhow many\b).*\b(?:need|want|know|give|like|tell)\b.*\b(?:the|our) (?:income|earnings|takings|proceeds|"
    r"revenue|turnover|expenses|expenditure|spending|outlay) (?:of|from|for|on)\b",
)
_SINCE = _any_of(r"\b(?:since|before|after|between|until|or later|or earlier)\b.*\d|\d.*\bor (?:later|earlier)\b")
# With or without a year.
_DAY = _any_of(rf"\b\d{{1,2}}(?:st|nd|rd|th)?\.? (?:of )?(?:{MONTH})\b|\b(?:{MONTH})\.? \d{{1,2}}\b")
_THINGS = _any_of(r"\bhow many (?:of (?:the|our|these|those) )?(?P<things>(?:[^\W\d_]+ ?){1,3})")
_MANY_IN_ALL = _any_of(r"\bhow many (?:will|would) (?:it|that|there) be\b")
_OF_UNITS = _any_of(rf"\b{_UNITS}\b")
_OF_TWO_COLUMNS = _any_of(
    r"\b(?:both|times|multipl\w*|product of|differences?|worth|by how much|minus|ratio|per ?cent|percentage|profit)\b"
)
CURRENCY = "euros?|eur|pounds?|gbp|dollars?|usd|francs?|chf"
_COST = _any_of(
    r"\b(?:costs?|pric(?:e[sd]?|ing)|pay|paid|owe[sd]?|bill(?:ed)?|charged?|spen[dt]|worth|invoice|fees?)\b",
    rf"\b(?:{CURRENCY})\b|[€£$]",
)
_OF_MONEY = _any_of(rf"\bhow many (?:{CURRENCY})\b")
_OF_COST = frozenset(["sum", "look up", "unknown"])
_MOST_OF = _any_of(r"\b(?:most|least|fewest)\b")
_OF_NO_COUNT = _any_of(
    r"^\W*(?:was|were|is|are|did|do|does|has|have|had|can|will|describe|explain|summari[sz]e|compare|tell|why|how)\b"
)
_WORD = re.compile(r"[^\W\d_]+")
_PLACE_OR_TIME = _any_of(r"^\W*(?:where|when|whom)\b")
_FACT = _any_of(r"\b(?:who|whom|whose|what|which|where|when)\b")


def shape_of(question: str, counts: Callable[[str], bool] = lambda _noun: False) -> Shape:
    """What a question asks to do. `counts` tells whether things of a name, as the question has it after "how many",
    stand behind numbers in the document, so that they are added up and not counted ("44 jars")."""
    asking = asking_of(question)
    is_count = _COUNTS.search(asking) is not None
    is_of_figures, is_of_fact = _OF_FIGURES.search(asking) is not None, _FACT.search(asking) is not None
    first: tuple[tuple[Shape, bool], ...] = (
        ("average", _AVERAGE.search(asking) is not None),
        ("judge", _JUDGED.search(asking) is not None),
        ("words", _WORDS.search(asking) is not None),
        ("distinct", is_count and bool(_DIFFERENT.search(asking) or _ONCE.search(question))),
        ("top", bool(_SEVERAL.search(asking) and _NAMES.search(asking))),
        ("maximum", bool(_MAXIMUM.search(asking)) and not _COUNT_FIRST.search(asking)),
        ("groups", _is_of_groups(asking) and (is_of_figures or not is_of_fact)),
    )
    shape = next((shape for shape, holds in first if holds), None)
    if shape is not None:
        return shape
    days = len(_DAY.findall(question)) + len(DATE.findall(_DAY.sub("", question)))
    is_added_up = _ADDED_UP.search(asking) is not None and not _PLACE_OR_TIME.search(asking)
    is_of_one = _OF_ONE.search(asking) is not None and not (is_count and (days > 1 or _MANY_IN_ALL.search(asking)))
    if not is_added_up and is_of_one:
        return "absent" if _NOT_STATED.search(question) else "look up"
    if _NOT_STATED.search(question) and not is_count:
        return "absent"
    if is_added_up or _AMOUNT.search(asking) or _is_quantity(asking, counts):
        return "sum"
    if is_count and (days > 1 or (days and _SINCE.search(asking))):
        return "dates"
    if is_count or re.match(r"\W*count\b", asking, re.IGNORECASE):
        return "count"
    if is_of_fact:
        return "look up"
    # "Eggs collected from 3 May to 9 June?"
    return "dates" if days > 1 and not _OF_NO_COUNT.search(asking) else "unknown"


def _is_of_groups(asking: str) -> bool:
    """Whether a sentence asks for something of each of several: "at the price of each article" is of one number."""
    asking = _OF_EACH.sub("", _ONE_EACH.sub("", asking))
    # "were sent by Anna" says who did it, "sorted by name" how it is arranged.
    done = _BY_AT_END.search(asking)
    if done is not None and not _ARRANGED.fullmatch(done[1]) and is_past(folded(done[1])):
        asking = asking[: done.start()]
    return _GROUPS.search(asking) is not None


def each_asked(question: str) -> str:
    """The word for each of which a question asks for something of its own, "workshop" of "for each workshop"; "" where
    it asks for one thing."""
    if shape_of(question) != "groups":
        return ""
    found = _EACH_OF.search(asking_of(question))
    return found[1] if found is not None else ""


def asks_for_cost(question: str) -> bool:
    """Whether a question asks what things cost all together, so that how many there are is multiplied by a price."""
    asking = asking_of(question)
    is_of_money = _COST.search(question) is not None and not (_COUNTS.search(asking) and not _OF_MONEY.search(asking))
    return is_of_money and shape_of(question) in _OF_COST


def is_of_one_column(question: str, columns: Collection[str]) -> bool:
    """Whether one of some columns of numbers alone is what a question adds up, averages or compares."""
    words = {stem(folded(word)) for word in _WORD.findall(question)}
    names = {stem(folded(word)) for column in columns for word in _WORD.findall(column)}
    shape = shape_of(question, lambda noun: stem(folded(noun)) in names)
    if _OF_TWO_COLUMNS.search(question) or shape not in ("sum", "average", "maximum", "top", "groups"):
        return False
    # "the most tickets", "how many per guide" may be rows that are counted.
    may_be_counted = shape == "groups" or (
        shape != "average" and shape != "sum" and _MOST_OF.search(question) is not None
    )
    return not may_be_counted or bool(words & names) or _OF_UNITS.search(question) is not None


def _is_quantity(asking: str, counts: Callable[[str], bool]) -> bool:
    """Whether a sentence asks how many of things that stand behind numbers."""
    found = _THINGS.search(asking)
    words = found["things"].split() if found is not None else []
    return any(map(counts, [word for word in words if word.endswith("s") and not word.endswith("ss")][:1]))


def asking_of(question: str) -> str:
    """The sentences that ask; with the one before where that says what is counted ("How many is that?")."""
    sentences = _SENTENCE_END.split(question.strip())
    asking = [at for at, each in enumerate(sentences) if "?" in each]
    if not asking:
        asking = [at for at, each in enumerate(sentences) if _IMPERATIVE.search(each)][:1] or [0]
    # "How well do they sell? Give me the mean of the tickets."
    asking += [at for at, each in enumerate(sentences) if at > asking[-1] and _GIVING.search(each)][:1]
    if asking[0] and _SAYS_NO_MORE.search(sentences[asking[0]]):
        asking = [asking[0] - 1, *asking]
    return " ".join(sentences[at] for at in asking)
