"""Worked examples for small models: conversations that look first, then compute, then answer.

A small model imitates the conversation before its question, down to the words. So each question gets the two examples
that resemble it most (`examples_for`), and every example begins with a search for the question's words: the rows that
count stand there beside those that only look alike, and the code is written after a line that was seen.
No figure in here may be the answer to anything that a test or a demo asks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

from ..rows.question_shapes import Shape, shape_of


class ExampleStep(NamedTuple):
    """A block of code and what came back."""

    code: str
    output: str = ""


class Example(NamedTuple):
    """A question about a document, and the steps that answer it.

    `told` says what is told with the first output: "form" the pattern of lines that vary in the same places, "label"
    that of lines with the same label before their text, "time" which lines say what was once, "" nothing. `parts` are
    the documents, each with how many lines of the first output it has, where there are several.
    """

    document: str
    question: str
    steps: tuple[ExampleStep, ...]
    told: Literal["form", "label", "time", ""] = "form"
    parts: tuple[tuple[str, int], ...] = ()


_SUM = Example(
    "The document 'ledger.txt' has 81,204 characters in 1,377 lines.",
    "What is the sum of the invoices paid in 2019?",
    (
        ExampleStep(
            'for m in search("sum of invoices paid in 2019", limit=6): print(m.line_num, m.line)',
            """\
977 Invoice 66: Cora paid $500 in 2019
12 Invoice 7: Acme Ltd paid $1,200 in 2019
340 Invoice 31: Bolt & Co paid $3,050 in 2019
1377 Sum of the invoices of 2019 with open ones: $13,160
502 Invoice 40: Bolt & Co paid $2,210 in 2018
31 Invoice 9: Acme Ltd owes $8,410 in 2019""",
        ),
        ExampleStep(
            """\
# conditions: paid, in 2019; the amount is m['paid']
rows = grep(r'^Invoice (?P<invoice>[\\d.,]+): (?P<name>.+?) paid \\$(?P<paid>[\\d.,]+) in 2019', limit=10**6)
for m in rows[:3]: print(m.line_num, m.line)
total = sum(to_number(m['paid']) for m in rows)
print(len(rows), total)""",
            """\
12 Invoice 7: Acme Ltd paid $1,200 in 2019
340 Invoice 31: Bolt & Co paid $3,050 in 2019
977 Invoice 66: Cora paid $500 in 2019
3 4750""",
        ),
        ExampleStep("FINAL(total, evidence=rows)"),
    ),
)

_LABELS = Example(
    "The document 'costs.txt' has 20,310 characters in 411 lines.",
    "What is the total of all repair costs?",
    (
        ExampleStep(
            'for m in search("total of all repair costs", limit=6): print(m.line_num, m.line)',
            """\
71 Costs of all repairs, year before: $6,915
190 REPAIR_COST_DOOR: $270
33 REPAIR_COST_ROOF: $1,350
372 REPAIR_COST_LIFT: $4,080""",
        ),
        ExampleStep(
            """\
# conditions: a REPAIR_COST_ line, not the year before; the amount is m['dollars']
rows = grep(r'^REPAIR_COST_(?P<name>\\w+): \\$(?P<dollars>[\\d.,]+)', limit=10**6)
for m in rows[:3]: print(m.line_num, m.line)
total = sum(to_number(m['dollars']) for m in rows)
print(len(rows), total)""",
            """\
33 REPAIR_COST_ROOF: $1,350
190 REPAIR_COST_DOOR: $270
372 REPAIR_COST_LIFT: $4,080
3 5700""",
        ),
        ExampleStep("FINAL(total, evidence=rows)"),
    ),
)

_FIELD_SUM = Example(
    "The document 'parcels.log' has 40,512 characters in 903 lines.",
    "How heavy (kg) were the EXPRESS parcels with the state (st) done in all?",
    (
        ExampleStep(
            'for m in search("EXPRESS parcels with the state st done kg", limit=6): print(m.line_num, m.line)',
            """\
45 07:31 sort=EXPRESS st=done kg=12 id=p81
371 09:12 sort=EXPRESS st=done kg=25 id=p97
88 08:15 sort=NORMAL st=done kg=31 id=p84
402 09:40 sort=EXPRESS st=back kg=7 id=p99""",
        ),
        ExampleStep(
            """\
# conditions: sort is EXPRESS, st is done; the weight is m['kg']
rows = grep(r'^(?P<time>\\S+) sort=EXPRESS st=done kg=(?P<kg>[\\d.,]+) id=(?P<id>\\w+)$', limit=10**6)
for m in rows[:3]: print(m.line_num, m.line)
total = sum(to_number(m['kg']) for m in rows)
print(len(rows), total)""",
            """\
45 07:31 sort=EXPRESS st=done kg=12 id=p81
371 09:12 sort=EXPRESS st=done kg=25 id=p97
2 37""",
        ),
        ExampleStep("FINAL(total, evidence=rows)"),
    ),
)

_COUNT = Example(
    "The document 'jobs.log' has 130,022 characters in 2,051 lines.",
    "How many jobs have the state FAILED?",
    (
        ExampleStep(
            'for m in search("jobs state FAILED", limit=6): print(m.line_num, m.line)',
            """\
19 14:02:11 FAILED job 4 full disk
57 14:09:40 FAILED job 31 no route
83 14:10:02 DONE job 33 after one FAILED try""",
        ),
        ExampleStep(
            """\
# conditions: the state, after the time, is FAILED; other lines only mention it
rows = grep(r'^(?P<time>\\S+) FAILED job (?P<job>[\\d.,]+) (?P<text>.+)', limit=10**6)
for m in rows[:3]: print(m.line_num, m.line)
print(len(rows))""",
            """\
19 14:02:11 FAILED job 4 full disk
57 14:09:40 FAILED job 31 no route
2""",
        ),
        ExampleStep("FINAL(len(rows), evidence=rows)"),
    ),
)

_WORDS = Example(
    "The document 'server.log' has 20,114 characters in 310 lines.",
    "How many times does error appear as a whole word?",
    (
        ExampleStep(
            'for m in search("error", limit=6): print(m.line_num, m.line)',
            """\
19 Error: timeout, then error 7
4 disk error on sda
80 all errors of the day are listed""",
        ),
        ExampleStep(
            """\
# conditions: error as a whole word, not errors or terror
rows = grep(r'\\berror\\b', limit=10**6)
count = sum(len(m.matches) for m in rows)  # a line may have several
print(len(rows), count)""",
            """\
[grep: 1 lines have several matches: m.match and m.groups are the first, m.matches has all]
2 3""",
        ),
        ExampleStep("FINAL(count, evidence=rows)"),
    ),
    told="",
)

_PROSE = Example(
    "The document 'contract.md' has 44,310 characters in 702 lines.",
    "Who is the buyer of the mill now?",
    (
        ExampleStep(
            'for m in search("buyer of the mill now", limit=6): print(m.line_num, m.line)',
            """\
88 Since May the buyer of the mill is Dana Ruiz.
41 The buyer of the mill was Lee Ochs until then; he has withdrawn.
301 The buyer of the orchard is Ann Vance.""",
        ),
        ExampleStep('FINAL("Dana Ruiz", evidence=[88])  # line 41 is no longer true, line 301 is another thing'),
    ),
    told="time",
)

_ABSENT = Example(
    "The document 'faculty.md' has 9,310 characters in 151 lines.",
    "Who is the dean of law? Answer None if the document does not say it.",
    (
        ExampleStep(
            """\
for m in search("dean of law", limit=6): print(m.line_num, m.line)
print(grep("law"))""",
            """\
14 The dean of arts is Kim Lund.
72 The dean of music is Jo Reyes.
[grep: nothing matches 'law'; try a shorter pattern, or search(words)]
[]""",
        ),
        ExampleStep("FINAL(None)  # the deans of arts and music are not the dean of law"),
    ),
    told="",
)

_MAXIMUM = Example(
    "The document 'plant.txt' has 9,870 characters in 204 lines.",
    "Which machine has the highest temperature at night, and how many degrees is it?",
    (
        ExampleStep(
            'for m in search("machine temperature at night", limit=6): print(m.line_num, m.line)',
            """\
77 Temperature at night of saw: 64 C
9 Temperature at night of lathe: 71.2 C
41 Temperature at night of press: 91.5 C
43 Temperature at noon of saw: 99 C""",
        ),
        ExampleStep(
            """\
# conditions: at night; the machine is m['text'], the degrees are m['number']
rows = grep(r'^Temperature at night of (?P<text>\\w+): (?P<number>[\\d.,]+) C', limit=10**6)
best = max(rows, key=lambda m: to_number(m['number']))
answer = [best['text'], to_number(best['number'])]
print(len(rows), answer)""",
            """\
3 ['press', 91.5]""",
        ),
        ExampleStep("FINAL(answer, evidence=[best.line_num])"),
    ),
)

_TOP = Example(
    "The document 'weather.txt' has 12,410 characters in 290 lines.",
    "Which two towns had most rain in 2021? Give a list of their names.",
    (
        ExampleStep(
            'for m in search("towns rain 2021", limit=6): print(m.line_num, m.line)',
            """\
31 Oslo: 763 mm rain in 2021
58 Bern: 1059 mm rain in 2021
90 Lyon: 832 mm rain in 2021
91 Lyon: 1204 mm snow in 2021""",
        ),
        ExampleStep(
            """\
# conditions: rain, in 2021; the town is m['name'], the rain is m['mm']
rows = grep(r'^(?P<name>\\w+): (?P<mm>[\\d.,]+) mm rain in 2021', limit=10**6)
rows = sorted(rows, key=lambda m: to_number(m['mm']), reverse=True)
for m in rows[:3]: print(m.line_num, m.line)
names = [m['name'] for m in rows[:2]]
print(names)""",
            """\
58 Bern: 1059 mm rain in 2021
90 Lyon: 832 mm rain in 2021
31 Oslo: 763 mm rain in 2021
['Bern', 'Lyon']""",
        ),
        ExampleStep("FINAL(names, evidence=rows[:2])"),
    ),
)

_AVERAGE = Example(
    "The document 'rides.txt' has 33,120 characters in 811 lines.",
    "What is the average length of the finished rides? Round it to one decimal.",
    (
        ExampleStep(
            'for m in search("length of finished rides", limit=6): print(m.line_num, m.line)',
            """\
9 Ride 4: length 12 km (finished)
57 Ride 31: length 17 km (finished)
60 Ride 35: length 3 km (broken off)""",
        ),
        ExampleStep(
            """\
# conditions: finished; the length is m['length_km']
rows = grep(r'^Ride (?P<ride>[\\d.,]+): length (?P<length_km>[\\d.,]+) km \\(finished\\)', limit=10**6)
for m in rows[:3]: print(m.line_num, m.line)
values = [to_number(m['length_km']) for m in rows]
average = round(sum(values) / len(values), 1)
print(len(values), average)""",
            """\
9 Ride 4: length 12 km (finished)
57 Ride 31: length 17 km (finished)
2 14.5""",
        ),
        ExampleStep("FINAL(average, evidence=rows)"),
    ),
)

_MEAN = _AVERAGE._replace(
    question="What is the average length of the finished rides?",
    steps=(
        _AVERAGE.steps[0],
        ExampleStep(
            _AVERAGE.steps[1].code.replace("round(sum(values) / len(values), 1)", "sum(values) / len(values)"),
            _AVERAGE.steps[1].output,
        ),
        _AVERAGE.steps[2],
    ),
)

_GROUPS = Example(
    "The document 'harvest.txt' has 27,940 characters in 640 lines.",
    "How many boxes were picked in each orchard? Give a dict orchard -> boxes.",
    (
        ExampleStep(
            'for m in search("boxes picked orchard", limit=6): print(m.line_num, m.line)',
            """\
7 picked | hill | 14 boxes
64 picked | hill | 22 boxes
203 picked | lake | 9 boxes
204 spoiled | lake | 5 boxes""",
        ),
        ExampleStep(
            """\
# conditions: picked; the orchard is m['text'], the boxes are m['boxes']
rows = grep(r'^picked \\| (?P<text>\\w+) \\| (?P<boxes>[\\d.,]+) boxes', limit=10**6)
for m in rows[:3]: print(m.line_num, m.line)
totals = {}
for m in rows: totals[m['text']] = totals.get(m['text'], 0) + to_number(m['boxes'])
print(totals)""",
            """\
7 picked | hill | 14 boxes
64 picked | hill | 22 boxes
203 picked | lake | 9 boxes
{'hill': 36, 'lake': 9}""",
        ),
        ExampleStep("FINAL(totals, evidence=rows)"),
    ),
)

_DISTINCT = Example(
    "The document 'guests.txt' has 30,405 characters in 688 lines.",
    "How many different guests have stayed at least one night?",
    (
        ExampleStep(
            'for m in search("guests stayed night", limit=6): print(m.line_num, m.line)',
            """\
18 stay 0031: guest G417 had room 5
77 stay 0058: guest G902 had room 1
290 stay 0044: guest G417 had room 9
31 call: guest G633 asked about a room""",
        ),
        ExampleStep(
            """\
# conditions: a stay, not a call; the guest is m['guest']
rows = grep(r'^stay (?P<stay>[\\d.,]+): guest (?P<guest>\\w+) had room (?P<room>[\\d.,]+)', limit=10**6)
for m in rows[:3]: print(m.line_num, m.line)
names = {m['guest'] for m in rows}  # a set has each name once
print(len(rows), len(names))""",
            """\
18 stay 0031: guest G417 had room 5
77 stay 0058: guest G902 had room 1
290 stay 0044: guest G417 had room 9
3 2""",
        ),
        ExampleStep("FINAL(len(names), evidence=rows)"),
    ),
)

_DATES = Example(
    "The document 'desk.txt' has 51,300 characters in 1,204 lines.",
    "How many loans were returned from 5 April 2017 to 31 May 2017?",
    (
        ExampleStep(
            'for m in search("loans returned 2017", limit=6): print(m.line_num, m.line)',
            """\
3 2017-02-27 loan 109 returned
211 2017-05-19 loan 120 returned
877 2017-04-21 loan 118 returned
640 2017-07-02 loan 131 returned
641 2017-05-20 loan 140 given out""",
        ),
        ExampleStep(
            """\
# conditions: returned, day from 2017-04-05 to 2017-05-31; the day is m['day']
rows = grep(r'^(?P<day>\\S+) loan (?P<loan_returned>[\\d.,]+) returned', limit=10**6)
rows = [m for m in rows if "2017-04-05" <= to_date(m['day']) <= "2017-05-31"]
for m in rows[:3]: print(m.line_num, m.line)
print(len(rows))""",
            """\
211 2017-05-19 loan 120 returned
877 2017-04-21 loan 118 returned
2""",
        ),
        ExampleStep("FINAL(len(rows), evidence=rows)"),
    ),
)

_CLASSIFY = Example(
    "The document 'reviews.txt' has 8,420 characters in 130 lines.",
    "How many of the reviews are from pleased guests?",
    (
        ExampleStep(
            'for m in search("reviews of guests", limit=6): print(m.line_num, m.line)',
            """\
21 review 7: lovely rooms, we will be back
64 review 9: the heating was off for two days""",
        ),
        ExampleStep(
            """\
# conditions: a review; what it says is judged
rows = grep(r'^review \\d+: (?P<text>.+)', limit=10**6)
kinds = ["praise", "complaint", "question", "request", "other"]
prompts = [f"Which kind is this: {', '.join(kinds)}?\\n\\n{m['text']}" for m in rows]
labels = llm_query_batched(prompts, type=kinds)
for m, label in list(zip(rows, labels))[:4]: print(label, m.line)
print(len(rows), labels.count("praise"))""",
            """\
praise review 7: lovely rooms, we will be back
complaint review 9: the heating was off for two days
2 1""",
        ),
        ExampleStep('FINAL(labels.count("praise"), evidence=rows)'),
    ),
    told="label",
)

_TWO = Example(
    """\
There are 2 documents with 9,004 characters in 240 lines:
- 'tariffs.txt': 4,502 characters, 120 lines
- 'bookings.txt': 4,502 characters, 120 lines""",
    "What do all booked courses cost together at the tariffs of tariffs.txt?",
    (
        ExampleStep(
            """\
for m in search("tariff of courses", limit=4, source="tariffs.txt"): print(m.line_num, m.line)
for m in search("booked courses", limit=4, source="bookings.txt"): print(m.line_num, m.line)""",
            """\
14 dance: tariff 40 EUR
52 piano: tariff 65 EUR
80 piano: former tariff 60 EUR
8 Booked: 3 seats, piano
71 Booked: 2 seats, dance""",
        ),
        ExampleStep(
            """\
# conditions: tariffs now, not former ones; booked seats times tariff
lookup = {m.groups[0]: m.groups for m in grep(r'^(\\w+): tariff ([\\d.,]+) EUR', limit=10**6, source='tariffs.txt')}
rows = grep(r'^Booked: ([\\d.,]+) seats, (\\w+)', limit=10**6, source='bookings.txt')
table = [{'booked_seats': to_number(m.groups[0]), 'name': m.groups[1], \
'tariff_eur': to_number(lookup[m.groups[1]][1])} for m in rows]
amounts = [row['booked_seats'] * row['tariff_eur'] for row in table]
for row in table[:3]: print(row)
total = sum(amounts)
print(len(table), total)""",
            """\
{'booked_seats': 3, 'name': 'piano', 'tariff_eur': 65}
{'booked_seats': 2, 'name': 'dance', 'tariff_eur': 40}
2 275""",
        ),
        ExampleStep("FINAL(total, evidence=rows)"),
    ),
    parts=(("tariffs.txt", 3), ("bookings.txt", 2)),
)

EXAMPLES = (
    *(_PROSE, _ABSENT, _WORDS, _COUNT, _DISTINCT, _DATES, _CLASSIFY),
    *(_TOP, _MAXIMUM, _GROUPS, _AVERAGE, _MEAN, _TWO, _LABELS, _SUM, _FIELD_SUM),
)
# For each shape of question the example that resembles it, behind another one. Beside an example that computes stands
# another one that does: a model that has seen one of each mixes them.
_PAIRS: Mapping[Shape, tuple[Example, Example]] = {
    "look up": (_SUM, _PROSE),
    "absent": (_PROSE, _ABSENT),
    "words": (_COUNT, _WORDS),
    "count": (_SUM, _COUNT),
    "distinct": (_COUNT, _DISTINCT),
    "dates": (_SUM, _DATES),
    "judge": (_COUNT, _CLASSIFY),
    "top": (_MAXIMUM, _TOP),
    "maximum": (_SUM, _MAXIMUM),
    "groups": (_SUM, _GROUPS),
    "average": (_SUM, _MEAN),
    "sum": (_FIELD_SUM, _SUM),
    "unknown": (_SUM, _PROSE),
}
_ROUNDS = re.compile(r"\b(?:round\w*|decimals?|nearest|whole numbers?)\b", re.IGNORECASE)
_HOW_MUCH = re.compile(
    r"\bhow (?:many|much)\b|\bin (?:euros?|dollars|pounds|kilo\w*|kg|lit(?:re|er)s)\b|"
    r"\bwhat\b.*\b(?:costs?|owes?|pays?|charge)\b",
    re.IGNORECASE,
)
# "the total size (sz) of the requests": a field of some lines of a log.
_OF_A_FIELD = re.compile(r"\([a-z_]{1,12}\)|\b(?:logs?|fields?|bytes|status|requests?)\b", re.IGNORECASE)
# "all repair costs": labels that begin alike.
_OF_ALL = re.compile(r"^\D*\ball\b\D*$", re.IGNORECASE)
_MOST_CHARS = 2_000


def examples_for(
    question: str, *, texts: int = 1, counts: Callable[[str], bool] = lambda _noun: False
) -> tuple[Example, Example]:
    """The two examples for a question, the one that resembles it last; `texts`: of how many documents it asks;
    `counts`: whether things of a name stand behind numbers there."""
    question = question[:_MOST_CHARS]
    shape = shape_of(question, counts)
    if texts > 1 and (shape not in ("look up", "absent", "judge", "unknown") or _HOW_MUCH.search(question)):
        return _SUM, _TWO
    if shape == "average" and _ROUNDS.search(question):
        return _SUM, _AVERAGE
    if shape == "sum" and _OF_A_FIELD.search(question):
        return _SUM, _FIELD_SUM
    if shape == "sum" and _OF_ALL.search(question):
        return _SUM, _LABELS
    return _PAIRS[shape]
