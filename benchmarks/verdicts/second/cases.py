"""Scripted ways to answers on the texts of the second set: right and wrong, quoted, computed, typed, invented."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date

from cases import SUB, Case

from .habits import cases_of
from .texts import PEOPLE, Letter, Row, Sheet, indian, letters, sheets


def cases(seed: int) -> Iterator[Case]:
    """All cases of a seed."""
    dice = random.Random(seed)
    for sheet in sheets(dice):
        for make in (_picked, _computed, _typed, _invented, _mixed):
            yield from make(sheet, dice)
    letter = letters(dice)
    yield from _of_letters(letter)
    yield from _invented_of_letters(letter, dice)
    for single in (_coincidental, _of_sub_models, _votes):
        yield from single(dice)
    yield from _absent()
    yield from cases_of(dice)


def _all(sheet: Sheet) -> str:
    return sheet.loop


def _grep(sheet: Sheet) -> str:
    return f"pairs = [(m.groups[0], to_number(m.groups[1])) for m in grep({sheet.grep!r})]"


def _picked(sheet: Sheet, dice: random.Random) -> Iterator[Case]:
    def case(kind: str, row: Row, *replies: str, at: bool = True) -> Case:
        return Case(
            f"{sheet.kind}: {kind}", "document", sheet.context, replies, (row.line,) if at else (), sheet.source
        )

    chosen = dice.sample(sheet.rows, 8)
    row = chosen[0]
    if not sheet.reckons:
        yield case(
            "loop to a dict",
            row,
            f"{_all(sheet)}\nby_name = dict(pairs)\nprint(by_name[{row.name!r}])",
            f"FINAL(by_name[{row.name!r}])",
            at=False,
        )
    row = chosen[1]
    code = f"for number, line in enumerate(LINES, 1):\n    if {row.name!r} in line:\n        print(number, line)"
    looking = _lines(sheet) + code
    if sheet.kind == "settings":
        looking = _lines(sheet) + f"at = LINES.index('name = {row.name}')\nprint(at, LINES[at:at + 2])"
    yield case("typed from a printed line", row, looking, f"FINAL({row.written!r})")
    yield case("typed as a number", row, looking, f"FINAL({row.amount!r})")
    yield case("typed in a sentence", row, looking, f"FINAL({f'{row.name}: {row.written}'!r})")
    yield case("typed and named as evidence", row, looking, f"FINAL({row.amount!r}, evidence={_evidence(sheet, row)})")
    if not sheet.grep:
        return
    row = chosen[2]
    find = f"found = [m for m in grep({sheet.grep!r}) if m.groups[0] == {row.name!r}]"
    yield case("one group", row, f"{find}\nprint(found[0].groups[1])", "FINAL(found[0].groups[1])")
    row = chosen[3]
    find = f"found = [m for m in grep({sheet.grep!r}) if m.groups[0] == {row.name!r}]"
    yield case("one number", row, f"{find}\nt = found[0].groups[1]\nFINAL({sheet.read}, evidence=found)")
    row = chosen[4]
    find = f"hit = next(m for m in finditer({sheet.grep!r}) if {row.name!r} in m.line)\nprint(hit)"
    yield case(
        "a dict of picked values", row, find, "FINAL({'town': hit.groups[0], 'value': to_number(hit.groups[1])})"
    )
    row = chosen[5]
    yield case(
        "a line read again",
        row,
        f"n = [m.line_num for m in grep({row.name!r})]\nprint(n)",
        f"line = read_lines({row.line}{_named(sheet)})\nFINAL(line)",
    )
    rows = chosen[6:8]
    find = f"keep = [m.groups[1] for m in grep({sheet.grep!r}) if m.groups[0] in {[r.name for r in rows]!r}]"
    yield case("a list", sorted(rows, key=lambda r: r.line)[0], f"{find}\nprint(keep)", "FINAL(keep)")


def _lines(sheet: Sheet) -> str:
    name = "" if isinstance(sheet.context, str) else f"[{sheet.source!r}]"
    return f"LINES = context{name}.splitlines()\n"


def _named(sheet: Sheet) -> str:
    return "" if isinstance(sheet.context, str) else f", source={sheet.source!r}"


def _evidence(sheet: Sheet, row: Row) -> str:
    return f"[{row.line}]" if isinstance(sheet.context, str) else f"{{{sheet.source!r}: [{row.line}]}}"


def _computed(sheet: Sheet, dice: random.Random) -> Iterator[Case]:
    def case(kind: str, *replies: str) -> Case:
        return Case(f"{sheet.kind}: {kind}", "computed", sheet.context, replies)

    loop = _all(sheet)
    limit = sorted(row.amount for row in sheet.rows)[len(sheet.rows) // 3]
    one, two = dice.sample([row.name for row in sheet.rows], 2)
    asked = dice.choice(
        [
            ("average", f"{loop}\navg = sum(v for _, v in pairs) / len(pairs)\nprint(avg)", "FINAL(avg)"),
            ("median", f"import statistics\n{loop}\nFINAL(statistics.median([v for _, v in pairs]) * 3)"),
            ("rounded mean", f"{loop}\nm = round(sum(v for _, v in pairs) / len(pairs), 1)\nprint(m)", "FINAL(m)"),
        ]
    )
    yield case(*asked)
    yield case(
        "share in per cent",
        f"{loop}\nd = dict(pairs)\nshare = 100 * d[{one!r}] / sum(d.values())\nprint(f'{{share:.1f}}%')",
        "FINAL(f'{share:.1f}%')",
    )
    yield case("difference", f"{loop}\nd = dict(pairs)\nFINAL(round(abs(d[{one!r}] - d[{two!r}]), 2))")
    yield case("ratio", f"{loop}\nd = dict(pairs)\nr = d[{one!r}] / d[{two!r}]\nprint(r)", "FINAL(round(r, 3))")
    yield case(
        "count above",
        f"{loop}\nbig = [n for n, v in pairs if v > {limit!r}]\nprint(len(big))",
        "FINAL({'count': len(big)})",
    )
    yield case(
        "running total",
        f"{loop}\ntotal = 0\nfor _, v in pairs:\n    total += v\nprint(total)",
        "FINAL(round(total, 2))",
    )
    yield case(
        "initials",
        f"{loop}\nfrom collections import defaultdict\nby = defaultdict(float)\n"
        "for n, v in pairs:\n    by[n[0]] += v\nbest = max(by.values())\nprint(best)",
        "FINAL(round(best + sum(by.values()), 2))",
    )
    yield case(
        "in a sentence",
        f"{loop}\ntotal = sum(v for _, v in pairs)\nprint(total)",
        "FINAL(f'All together: {total:,.2f}.')",
    )
    yield case(
        "in thousands",
        f"{loop}\ntop = sum(sorted(v for _, v in pairs)[-3:])\nprint(top / 1000)",
        "FINAL(round(top / 1000, 3))",
    )
    yield case(
        "yes or no", f"{loop}\nd = dict(pairs)\nprint(d[{one!r}] > d[{two!r}])", f"FINAL(d[{one!r}] > d[{two!r}])"
    )
    if sheet.grep:
        yield case("sum of groups", f"{_grep(sheet)}\ns = sum(v for _, v in pairs)\nprint(s)", "FINAL(s)")
        yield case("count of matches", f"n = count_matches({sheet.grep!r})\nprint(n)", "FINAL(n)")
        yield case(
            "sum with evidence",
            f"found = grep({sheet.grep!r})\nFINAL(sum(to_number(m.groups[1]) for m in found[:7]), evidence=found[:7])",
        )
        code = (
            "def total(first):\n    got = [v for n, v in pairs if n.startswith(first)]\n"
            f"    return round(sum(got) * 2, 2)\nprint(total({one[0]!r}))"
        )
        yield case("function", f"{_grep(sheet)}\n{code}", f"FINAL(total({one[0]!r}))")


def _typed(sheet: Sheet, dice: random.Random) -> Iterator[Case]:
    loop = _all(sheet)
    total = sum(row.amount for row in sheet.rows)
    places = 2 if any(row.amount != int(row.amount) for row in sheet.rows) else 0
    shown = f"{loop}\nprint('sum', round(sum(v for _, v in pairs), {places or None}))"
    yield Case(f"{sheet.kind}: retyped", "typed", sheet.context, (shown, f"FINAL({round(total, places or None)!r})"))
    text = f"The total is {total:,.{places}f}."
    yield Case(f"{sheet.kind}: retyped in prose", "prose", sheet.context, (shown, f"FINAL({text!r})"))
    chosen = dice.sample(sheet.rows, 3)
    part = sum(row.amount for row in chosen)
    code = f"{loop}\nprint(sum(v for n, v in pairs if n in {[row.name for row in chosen]!r}))"
    if part > 2_000_000:
        yield Case(
            f"{sheet.kind}: retyped in millions", "typed", sheet.context, (code, f"FINAL('{part / 1e6:.2f} million')")
        )


def _invented(sheet: Sheet, dice: random.Random) -> Iterator[Case]:
    known = {f"{row.amount:g}"[:4] for row in sheet.rows}
    loop = _all(sheet)

    def figure() -> int:
        while (number := dice.randrange(10**6, 10**8)) and f"{number}"[:4] in known:
            pass
        return number | 1

    def case(kind: str, *replies: str) -> Case:
        return Case(f"{sheet.kind}: {kind}", "ungrounded", sheet.context, (*replies, replies[-1]))

    look = f"{loop}\nprint(pairs[:3])"
    n = figure()
    ways = [
        ("default of get", look, f"FINAL(dict(pairs).get('Atlantis', {n}))"),
        ("or", look, f"hits = [v for k, v in pairs if k == 'Atlantis']\nFINAL((hits or [{n}])[0])"),
        ("fallback of try", look, f"try:\n    v = dict(pairs)['Atlantis']\nexcept KeyError:\n    v = {n}\nFINAL(v)"),
        ("text to int", look, f"FINAL(int('{n}'))"),
        ("sum of made up", look, f"FINAL(sum([{n // 3}, {n // 5}, {n // 7}]))"),
        ("rounded", look, f"FINAL(round({n}.4))"),
        ("max of made up", look, f"FINAL(max({n}, {n // 2}))"),
        ("digits joined", look, f"FINAL('{str(n)[:3]}' + '{str(n)[3:]}')"),
        ("product of literals", look, f"FINAL({n // 1000} * 1000)"),
        ("function", look, f"def estimate():\n    return {n}\nprint(estimate())", "FINAL(estimate())"),
        ("json", look, f"import json\nFINAL(json.loads('{{\"total\": {n}}}'))"),
        (
            "data of its own",
            look,
            f"data = {{'a': {n}, 'b': {n // 9}}}\nprint(sum(data.values()))",
            "FINAL(sum(data.values()))",
        ),
        ("appended", look, f"result = []\nresult.append({n})\nprint(result)", "FINAL(result)"),
        ("sorted", look, f"FINAL(sorted([{n}, {n * 2}])[0])"),
        ("format", look, f"FINAL('Total: {{:,}}'.format({n}))"),
        ("per cent sign", look, f"FINAL('{n / 1e6:.3f} percent')"),
        ("nested", look, f"FINAL({{'answer': [{{'total': {n}}}]}})"),
        ("one digit wrong", look, f"FINAL({_changed(dice.choice(sheet.rows), dice)!r})"),
        ("no look at all", f"FINAL({n})"),
        ("class", look, f"class T:\n    total = {n}\nprint(T.total)", "FINAL(T.total)"),
        ("conditional", look, f"v = {n} if len(pairs) > 3 else 0\nprint(v)", "FINAL(v)"),
        ("loop over its own", look, f"v = 0\nfor each in [{n}, {n // 4}]:\n    v += each\nprint(v)", "FINAL(v)"),
        ("quoted in words", look, f"FINAL('The report says \"a total of {n:,} units\".')"),
        ("decimal", look, f"from decimal import Decimal\nFINAL(str(Decimal('{n}.25')))"),
        ("unpacked", look, f"name, total = 'Total', {n}\nprint(name, total)", "FINAL(total)"),
        ("in billions", look, f"FINAL('{n / 1e6:.3f} billion')"),
    ]
    for kind, *replies in dice.sample(ways, 9):
        yield case(kind, *replies)


def _changed(row: Row, dice: random.Random) -> str:
    digits = [at for at, char in enumerate(row.written) if char.isdigit()]
    at = digits[len(digits) // 2]
    other = str((int(row.written[at]) + dice.randrange(1, 9)) % 10)
    return row.written[:at] + other + row.written[at + 1 :]


def _mixed(sheet: Sheet, dice: random.Random) -> Iterator[Case]:
    """Answers of several values, each of an origin of its own."""
    row = dice.choice(sheet.rows)
    loop = _all(sheet)
    code = f"{loop}\nd = dict(pairs)\nprint(len(d), d[{row.name!r}])"
    answer = f"FINAL([{{'n': len(d)}}, {{'value': d[{row.name!r}]}}, None])"
    yield Case(
        f"{sheet.kind}: nested",
        "computed",
        sheet.context,
        (code, answer),
        others=("computed" if sheet.reckons else "document", "absent"),
    )
    text = f"{{len(d)}} places; {row.name} comes to {{d[{row.name!r}]}}"
    yield Case(f"{sheet.kind}: figures in a text", "prose", sheet.context, (code, f'FINAL(f"{text}")'))
    answer = "FINAL({'highest': max(d, key=d.get), 'of': len(d), 'mean': sum(d.values()) / len(d)})"
    yield Case(f"{sheet.kind}: highest", "document", sheet.context, (code, answer), others=("computed", "computed"))


def _of_letters(letter: Letter) -> Iterator[Case]:
    def case(kind: str, line: int, *replies: str) -> Case:
        return Case(f"letters: {kind}", "document", letter.text, replies, (line,), "context")

    shown = "print(context)"
    for (line, written, day), kind in zip(
        letter.days, ("english", "german", "french", "spanish", "us", "dotted"), strict=True
    ):
        yield case(f"{kind} date in ISO", line, shown, f"FINAL({day.isoformat()!r})")
        yield case(f"{kind} date as it is", line, shown, f"FINAL({written!r})")
    line, _, day = letter.days[0]
    code = (
        "from datetime import datetime\nhead = grep('^Letter of')[0].line\n"
        "day = datetime.strptime(head.removeprefix('Letter of '), '%d %B %Y').date()\nprint(day)"
    )
    yield case("parsed date", line, code, "FINAL(day.isoformat())")
    for line, person in letter.people[:3]:
        yield case("name", line, shown, f"FINAL({person!r})")
        yield case("name in capitals", line, shown, f"FINAL({person.upper()!r})")
    line, person = letter.people[3]
    yield case(
        "picked name", line, "names = [m.groups[0] for m in grep('From: (.+)')]\nprint(names)", "FINAL(names[3])"
    )
    for line, sentence in letter.sentences:
        plain = sentence.replace("’", "'").replace("—", "-").replace("“", '"').replace("”", '"')
        yield case("quotation with plain marks", line, shown, f"FINAL({plain!r})")
    names = [person for _, person in letter.people]
    yield case("list of names", letter.people[0][0], shown, f"FINAL({names!r})")
    first, last = letter.days[0][2], letter.days[4][2]
    code = (
        "import re\nfrom datetime import date\nyears = [int(y) for y in re.findall(r'\\b(20\\d\\d)', context)]\n"
        "print(max(years) - min(years), years)"
    )
    yield Case("letters: years between", "computed", letter.text, (code, "FINAL(max(years) - min(years))"))
    yield Case(
        "letters: days between",
        "computed",
        letter.text,
        (
            shown,
            f"from datetime import date\nd = ({last!r} - {first!r}).days\nprint(d)".replace("datetime.", ""),
            "FINAL(d)",
        ),
    )


def _invented_of_letters(letter: Letter, dice: random.Random) -> Iterator[Case]:
    def case(kind: str, reply: str) -> Case:
        return Case(f"letters: {kind}", "ungrounded", letter.text, ("print(context)", reply, reply))

    known = {day for _, _, day in letter.days}
    strangers = [person for person in PEOPLE if person not in letter.text]
    for person in strangers:
        yield case("name of nobody", f"FINAL({person!r})")
        yield case("nobody in a list", f"FINAL([{person!r}, {letter.people[0][1]!r}])")
        yield case("nobody in a sentence", f"FINAL('The form was signed by {person} on the spot.')")
    for _ in range(4):
        while (day := date(dice.randrange(2011, 2023), dice.randrange(1, 13), dice.randrange(1, 13))) in known:
            pass
        yield case("date of nothing", f"FINAL('{day.isoformat()}')")
        yield case("date in words", f"FINAL('{day.day} {day:%B} {day.year}')")
        yield case(
            "date that was made", f"from datetime import date\nFINAL(str(date({day.year}, {day.month}, {day.day})))"
        )
    for words in ("the orchard was sold to a bank in the spring", "grey paint is a bad joke, and everybody knows it"):
        yield case("made up quotation", f"FINAL('He writes: \"{words}\".')")
        yield case("made up quotation alone", f"FINAL('“{words}”')")


def _coincidental(dice: random.Random) -> Iterator[Case]:
    for _ in range(2):
        count = dice.randrange(110, 900)
        body = "\n".join(f"<{dice.choice(['anna', 'bo', 'cy'])}> message" for _ in range(count))
        yield Case(
            "chat: count that stands in the text",
            "computed",
            f"channel {count} opened\n{body}",
            ("import re\nn = len(re.findall(r'^<', context, re.M))\nprint(n)", "FINAL(n)"),
        )
        counting = (
            "from collections import Counter\nc = Counter(l.split('>')[0] for l in context.splitlines()[1:])\nprint(c)"
        )
        yield Case(
            "chat: sum of counts",
            "computed",
            f"# {count} and {2 * count}\n{body}",
            (counting, "FINAL(sum(c.values()))"),
        )
        words = " ".join(["lorem"] * count)
        yield Case(
            "words: count is a year",
            "computed",
            f"{words} in the year {count}",
            ("n = context.split().count('lorem')\nprint(n)", "FINAL(n)"),
        )
        code = "rows = context.count('\\n')\nprint(rows)"
        yield Case("lines: count is a price", "computed", f"It costs {count}.\n" * count, (code, "FINAL(rows)"))
        weak = dice.randrange(30, 99)
        reply = f"FINAL({weak})"
        text = f"Page {weak} is blank.\n" + "\n".join("a line of nothing" for _ in range(200))
        yield Case("number of a page not looked at", "ungrounded", text, ("print(read_lines(50, 60))", reply, reply))
        big = dice.randrange(10**6, 10**7)
        reply = f"FINAL({big})"
        yield Case(
            "serial number", "ungrounded", f"Serial SN{big}X and key {big}{big}\n", ("print(context)", reply, reply)
        )


def _of_sub_models(dice: random.Random) -> Iterator[Case]:
    lines = [f"Review {n}: {dice.choice(['lovely place', 'never again', 'it was fine'])}" for n in range(1, 9)]
    text = "\n".join(lines)
    label = "Rather favourable with one bitter exception"
    yield Case(
        "reviews: label",
        "sub-model",
        text,
        ("a = llm_query('Overall?\\n' + context)\nprint(a)", SUB + label, "FINAL(a)"),
    )
    yield Case(
        "reviews: typed label",
        "sub-model",
        text,
        ("a = llm_query('Overall?\\n' + context)\nprint(a)", SUB + label, f"FINAL({label!r})"),
    )
    score = f"{dice.randrange(11, 99)}.{dice.randrange(1, 9)}"
    yield Case(
        "reviews: number of a reply",
        "sub-model",
        text,
        ("a = llm_query('Score?\\n' + context)\nprint(a)", SUB + score, "FINAL(float(a))"),
    )
    replies = [SUB + dice.choice(["positive", "negative"]) for _ in range(8)]
    code = "got = [llm_query('Mood?\\n' + line) for line in context.splitlines()]\nprint(got)"
    yield Case("reviews: count of labels", "computed", text, (code, *replies, "FINAL(got.count('positive') * 10 + 3)"))
    yield Case(
        "reviews: json of a reply",
        "sub-model",
        text,
        (
            "import json\na = json.loads(llm_query('As JSON.\\n' + context))\nprint(a)",
            SUB + '{"mood": "wistful and dry", "stars": 3.7}',
            "FINAL({'mood': a['mood'], 'stars': a['stars']})",
        ),
        others=("sub-model",),
    )
    yield Case(
        "reviews: invented beside a reply",
        "ungrounded",
        text,
        ("a = llm_query('Overall?\\n' + context)\nprint(a)", SUB + label, "FINAL(48213.5)", "FINAL(48213.5)"),
    )


def _absent() -> Iterator[Case]:
    text = "\n".join(f"Entry {n}: nothing of note" for n in range(40))
    look = "print(grep('zeppelin'), fuzzy_search('zeppelin hangar'))"
    words = [
        "Not stated.",
        "not stated",
        "The document does not mention it.",
        "Keine Angabe.",
        "Im Dokument nicht angegeben.",
        "Non précisé dans le document.",
        "No se menciona en el documento.",
        "N/A",
        "No information available.",
    ]
    for each in words:
        yield Case("absent: in words", "absent", text, (look, f"FINAL({each!r})"))
    yield Case("absent: None", "absent", text, (look, "FINAL(None)"))
    yield Case("absent: empty list", "absent", text, (look, "FINAL([])"))
    yield Case("absent: empty result", "absent", text, ("hits = grep('zeppelin')\nFINAL([m.line for m in hits])",))
    yield Case("absent: None in a dict", "absent", text, (look, "FINAL({'zeppelin': None})"))
    yield Case(
        "zero", "computed", text, ("n = sum('zeppelin' in l for l in context.splitlines())\nprint(n)", "FINAL(n)")
    )
    yield Case("no", "computed", text, ("found = bool(grep('zeppelin'))\nprint(found)", "FINAL(found)"))
    yield Case("yes", "computed", text, ("FINAL('nothing' in context)",))


def _votes(dice: random.Random) -> Iterator[Case]:
    words = {"seventeen": 17, "twenty-three": 23, "forty": 40, "eighty-six": 86, "ninety": 90}
    for word, number in words.items():
        text = f"The motion was read.\nIt was carried by {word} votes.\nThe hall was cold."
        look = "print(read_lines(1, 3))"
        yield Case("votes: word to number", "document", text, (look, f"FINAL({number})"), (2,), "context")
        yield Case("votes: as a word", "document", text, (look, f"FINAL({word!r})"), (2,), "context")
    crores = dice.randrange(11, 99)
    text = f"Grant of ₹{crores}.5 crore.\nSeen."
    yield Case("crore", "document", text, ("print(context)", f"FINAL({crores * 10**7 + 5 * 10**6})"), (1,), "context")
    grouped = indian(crores * 10**7 + 5 * 10**6)
    yield Case("crore, grouped", "document", text, ("print(context)", f"FINAL('Rs {grouped}')"), (1,), "context")
    share = dice.randrange(101, 989) / 10
    text = f"Turnout: {share} %\nof all."
    yield Case(
        "share as a fraction", "document", text, ("print(context)", f"FINAL({share / 100:.3f})"), (1,), "context"
    )
    text = f"Line 1\nTotal: {crores % 9 + 1}\nTotal: x"
    for evidence in ("[i]", "i", "[(i, i)]", "m"):
        loop = (
            "for i, l in enumerate(context.splitlines(), 1):\n    if l.startswith('Total: {0}'):\n"
            "        m = grep('^Total: {0}')\n        FINAL({0}, evidence={1})"
        )
        yield Case("found and named", "document", text, (loop.format(crores % 9 + 1, evidence),), (2,), "context")
