"""Worked examples for small models: a conversation for each shape of question, and one that recovers from no hit.

Measured with a 1.5B model: without them it answers none of ten questions, with two shapes seven, with five all ten.
No figure in here may be the answer to anything that a test or a demo asks.
"""

from __future__ import annotations

from typing import NamedTuple


class ExampleStep(NamedTuple):
    """A block of code and what came back."""

    code: str
    output: str = ""


class Example(NamedTuple):
    """A question about a document, and the steps that answer it."""

    document: str
    question: str
    steps: tuple[ExampleStep, ...]


_SUM = Example(
    "The document 'ledger.txt' has 81,204 characters in 1,377 lines.",
    "What is the sum of all invoice amounts?",
    (
        ExampleStep(
            """\
rows = grep(r"INVOICE_AMOUNT")
for m in rows[:5]: print(m.line_num, m.line)
total = sum(to_number(m.line) for m in rows)
print(len(rows), total)""",
            """\
12 INVOICE_AMOUNT_ACME: $1,200
340 INVOICE_AMOUNT_BOLT: $3,050
977 INVOICE_AMOUNT_CORA: $500
3 4750""",
        ),
        ExampleStep("FINAL(total, evidence=[m.line_num for m in rows])"),
    ),
)

_COUNT = Example(
    "The document 'server.log' has 20,114 characters in 310 lines.",
    "How many times does error appear as a whole word?",
    (
        ExampleStep(
            """\
hits = grep(r"\\berror\\b")  # \\b: whole words only, not errors or terror
for m in hits[:5]: print(m.line_num, m.line)
count = count_matches(r"\\berror\\b")  # a line may have several
print(count)""",
            """\
[grep: 1 lines have several matches: m.match and m.groups are the first, m.matches has all]
4 disk error on sda
19 Error: timeout, then error 7
3""",
        ),
        ExampleStep("FINAL(count)"),
    ),
)

_PROSE = Example(
    "The document 'contract.md' has 44,310 characters in 702 lines.",
    "Who signed the contract for the buyer?",
    (
        ExampleStep(
            """\
for m in grep(r"sign(ed|ature)"): print(m.line_num, m.line)
for m in fuzzy_search("signed for the buyer", limit=3): print(m.line_num, m.line)""",
            """\
88 Signed by Dana Ruiz, for the buyer
88 Signed by Dana Ruiz, for the buyer""",
        ),
        ExampleStep('FINAL("Dana Ruiz", evidence=[88])'),
    ),
)

_MAXIMUM = Example(
    "The document 'plant.txt' has 9,870 characters in 204 lines.",
    "Which machine has the highest temperature?",
    (
        ExampleStep(
            """\
rows = grep(r"TEMP_(\\w+)")
for m in rows: print(m.line_num, m.line)
best = max(rows, key=lambda m: to_number(m.line))
print(best.groups[0], to_number(best.line))""",
            """\
9 TEMP_LATHE: 71.2 C
41 TEMP_PRESS: 91.5 C
77 TEMP_SAW: 64 C
PRESS 91.5""",
        ),
        ExampleStep("FINAL(best.groups[0], evidence=[best.line_num])"),
    ),
)

_AVERAGE = Example(
    "The document 'jobs.log' has 130,022 characters in 2,051 lines.",
    "What is the average duration of the failed jobs?",
    (
        ExampleStep(
            """\
rows = [m for m in grep(r"duration=(\\d+)") if "status=failed" in m.line]
for m in rows[:5]: print(m.line_num, m.line)
values = [to_number(m.groups[0]) for m in rows]
average = sum(values) / len(values)
print(len(values), average)""",
            """\
9 job=4 status=failed duration=12
57 job=31 status=failed duration=17
2 14.5""",
        ),
        ExampleStep("FINAL(average, evidence=[m.line_num for m in rows])"),
    ),
)

# A first search that finds nothing is what small models stumble over: they add up nothing and answer 0.
_RECOVERY = Example(
    "The document 'freight.txt' has 12,410 characters in 290 lines.",
    "How many kilograms were shipped from all warehouses together?",
    (
        ExampleStep(
            """\
rows = grep(r"kilograms shipped")
for m in rows[:5]: print(m.line_num, m.line)
total = sum(to_number(m.line) for m in rows)
print(len(rows), total)""",
            """\
[grep: nothing matches 'kilograms shipped'; lines that resemble it: line 31: KG_SHIPPED_OSLO: 1,204; line 58: \
KG_SHIPPED_BERN: 377; line 90: KG_SHIPPED_LYON: 610; try grep('KG_SHIPPED')]
0 0""",
        ),
        ExampleStep(
            """\
rows = grep("KG_SHIPPED")  # what the note says to try
for m in rows[:5]: print(m.line_num, m.line)
total = sum(to_number(m.line) for m in rows)
print(len(rows), total)""",
            """\
31 KG_SHIPPED_OSLO: 1,204
58 KG_SHIPPED_BERN: 377
90 KG_SHIPPED_LYON: 610
3 2191""",
        ),
        ExampleStep("FINAL(total, evidence=[m.line_num for m in rows])"),
    ),
)

EXAMPLES = (_AVERAGE, _MAXIMUM, _PROSE, _RECOVERY, _COUNT, _SUM)
