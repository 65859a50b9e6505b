"""Ways in which models write code and answers: on one register of shipments, with times, codes, dates and losses."""

from __future__ import annotations

import random
from collections.abc import Iterator

from cases import SUB, Case

_HARBOURS = ["Varnholm", "Tresco Bay", "Port Ellery", "Nyköping", "Saint-Brévin", "Göltzsch"]


def cases_of(dice: random.Random) -> Iterator[Case]:
    """All cases on one register."""
    register = Register(dice)
    yield from register.computed()
    yield from register.quoted()
    yield from register.texts()
    yield from register.invented()
    yield from register.invented_texts()


class Register:
    """Lines such as `SH-1042 | Varnholm | 2021-03-14 08:45 | 1,250.5 km | -3.4%`, with a head and a remark."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._lines = ["Register of shipments, kept by Dr. Elif Kaya (elif.kaya@register.example)", ""]
        self.rows = []
        for at in range(40):
            code = f"SH-{dice.randrange(1000, 9999)}{at:02d}"
            place = dice.choice(_HARBOURS)
            day = f"20{dice.randrange(10, 24)}-{dice.randrange(1, 13):02d}-{dice.randrange(1, 29):02d}"
            hour = f"{dice.randrange(0, 24):02d}:{dice.randrange(0, 60):02d}"
            way = dice.randrange(10_000, 99_999) / 10
            change = dice.randrange(11, 999) / 10 * dice.choice([-1, 1])
            self._lines.append(f"{code} | {place} | {day} {hour} | {way:,} km | {change}%")
            self.rows.append((len(self._lines), code, place, day, hour, way, change))
        self._lines += ["", "All of it was checked twice — nobody “found a single error” in spring."]
        self.text = "\n".join(self._lines)

    def _case(self, kind: str, truth: str, *replies: str, lines: tuple[int, ...] = (), **more: tuple[str, ...]) -> Case:
        return Case(f"register: {kind}", truth, self.text, replies, lines, "context" if lines else "", **more)

    _READ = (
        "rows = []\nfor line in context.splitlines():\n    if line.startswith('SH-'):\n"
        "        code, place, when, way, change = line.split(' | ')\n"
        "        rows.append((code, place, when, float(way.removesuffix(' km').replace(',', '')), float(change[:-1])))"
    )

    def computed(self) -> Iterator[Case]:
        """Right results of code, in the ways that models write it."""
        read = self._READ
        ways = {
            "generator": "def ways():\n    for row in rows:\n        yield row[3]\nFINAL(round(sum(ways()), 1))",
            "global": "total = 0\ndef add(v):\n    global total\n    total += v\nfor row in rows:\n    add(row[3])\n"
            "FINAL(round(total, 1))",
            "function that appends": "kept = []\ndef keep(row):\n    kept.append(row[3] * 2)\nfor row in rows:\n"
            "    keep(row)\nFINAL(round(sum(kept), 1))",
            "class": "class Stats:\n    def __init__(self):\n        self.total = 0\n    def add(self, v):\n"
            "        self.total += v\ns = Stats()\nfor row in rows:\n    s.add(row[3])\nFINAL(round(s.total, 1))",
            "named tuple": "from collections import namedtuple\nRow = namedtuple('Row', 'code place when way change')\n"
            "all_rows = [Row(*row) for row in rows]\nFINAL(round(sum(r.way for r in all_rows) / 3, 1))",
            "reduce": "from functools import reduce\nFINAL(round(reduce(lambda a, r: a + r[3], rows, 0), 1))",
            "map": "FINAL(round(sum(map(lambda r: r[3], filter(lambda r: r[4] > 0, rows))), 1))",
            "group": "from itertools import groupby\nby = {k: sum(r[3] for r in g) for k, g in "
            "groupby(sorted(rows, key=lambda r: r[1]), key=lambda r: r[1])}\nFINAL(round(max(by.values()) + 1, 2))",
            "miles": "FINAL(round(sum(r[3] for r in rows) / 1.609344, 1))",
            "metres": "FINAL(sum(r[3] for r in rows) * 1000)",
            "seconds of a week": "FINAL(len(rows) * 7 * 86400)",
            "days of a year": "FINAL(round(sum(r[3] for r in rows) / 365, 2))",
            "tax": "FINAL(round(sum(r[3] for r in rows) * 1.21, 2))",
            "pi": "import math\nFINAL(round(math.pi * sum(r[3] for r in rows), 2))",
            "kibi": "FINAL(round(len(context) / 1024, 4))",
            "days between": "from datetime import datetime\ndays = [datetime.strptime(r[2], '%Y-%m-%d %H:%M') "
            "for r in rows]\n"
            "FINAL((max(days) - min(days)).days)",
            "hours": "from datetime import datetime\ndays = [datetime.fromisoformat(r[2]) for r in rows]\n"
            "FINAL(round((days[1] - days[0]).total_seconds() / 3600, 2))",
            "weekdays": "from datetime import datetime\nfrom collections import Counter\n"
            "c = Counter(datetime.fromisoformat(r[2]).strftime('%A') for r in rows)\n"
            "FINAL(c.most_common(1)[0][1] * 11)",
            "distinct": "FINAL(len({r[1] for r in rows}))",
            "while": "n, at = 0, 0\nwhile at < len(rows):\n    if rows[at][4] < 0:\n        n += 1\n"
            "    at += 1\nFINAL(n)",
            "errors": "bad = 0\nfor line in context.splitlines():\n    try:\n        float(line.split('|')[9])\n"
            "    except (IndexError, ValueError):\n        bad += 1\nFINAL(bad)",
            "walrus": "import re\nFINAL(sum(1 for l in context.splitlines() if (m := re.search('([0-9.]+) km', l)) "
            "and float(m[1]) > 3))",
            "comprehension of dicts": "FINAL([{'place': p, 'n': sum(1 for r in rows if r[1] == p) * 13} "
            "for p in sorted({r[1] for r in rows})][0]['n'])",
            "per cent with a sign": "up = sum(r[4] > 0 for r in rows)\nFINAL('%.1f%%' % (100 * up / len(rows)))",
            "with a unit": "FINAL(f'{sum(r[3] for r in rows):,.1f} km')",
            "format": "FINAL(format(round(sum(r[3] for r in rows)), ','))",
            "zip": "FINAL(round(sum(a[3] - b[3] for a, b in zip(rows[1:], rows)) * 3, 2))",
            "median": "import statistics as st\nFINAL(round(st.pstdev(r[3] for r in rows), 3))",
            "words": "FINAL(len(context.split()) + len(context))",
            "hash": "by = {}\nfor r in rows:\n    by.setdefault(r[1], []).append(r[3])\n"
            "best = sorted(((sum(v), k) for k, v in by.items()), reverse=True)[0]\nFINAL(round(best[0] * 2, 1))",
            "method chain": "FINAL(sum(int(r[0].split('-')[1]) for r in rows))",
        }
        for kind, code in ways.items():
            yield self._case(kind, "computed", f"{read}\nprint(len(rows))", code)
        yield self._case(
            "one long block",
            "computed",
            f"{read}\ndef main():\n    t = 0\n    for r in rows:\n        t += r[3]\n"
            "    return t\nFINAL(round(main(), 1))",
        )
        yield self._case(
            "columns of a search",
            "computed",
            "hits = grep(r'\\| ([\\d.,]+) km')\n"
            "values = [to_number(h.groups[0]) for h in hits]\nprint(values[:3], len(values))",
            "top = sorted(values)[-3:]\nFINAL(round(sum(top) / len(top), 2))",
        )

    def quoted(self) -> Iterator[Case]:
        """Right values as they stand in the register, picked by code or typed in other ways of writing."""
        read, dice = self._READ, self._dice
        line, code, place, day, hour, way, change = dice.choice(self.rows)
        find = f"hit = grep({code!r})[0]\nprint(hit.line)"
        year, month, number = day.split("-")
        typed = {
            "code": code,
            "day": day,
            "day with points": f"{number}.{month}.{year}",
            "time": hour,
            "day and time": f"{day} {hour}",
            "way": f"{way} km",
            "way, plain": way,
            "way, grouped": f"{way:,}",
            "harbour": place,
            "change": f"{change}%",
            "code in lower case": code.lower(),
            "whole line": self._lines[line - 1],
        }
        for kind, value in typed.items():
            yield self._case(f"typed {kind}", "document", find, f"FINAL({value!r})", lines=(line,))
        picked = {
            "named group": f"import re\nm = re.search(r'{code}.*\\| (?P<way>[\\d,.]+) km', context)\nFINAL(m['way'])",
            "row of a list": f"{read}\nrow = [r for r in rows if r[0] == {code!r}][0]\nFINAL(row[3])",
            "dict of tuples": f"{read}\nby = {{r[0]: r for r in rows}}\nFINAL({{'way': by[{code!r}][3]}})",
            "change, picked": f"{read}\nFINAL(next(r[4] for r in rows if r[0] == {code!r}))",
            "slice": f"at = context.index({code!r})\nline = context[at:context.index('\\n', at)]\nFINAL(line)",
            "a function of its own": f"def way_of(code):\n    for l in context.splitlines():\n"
            f"        if l.startswith(code):\n"
            f"            return l.split(' | ')[3]\nFINAL(way_of({code!r}))",
        }
        for kind, reply in picked.items():
            yield self._case(f"picked, {kind}", "document", find, reply)
        last = len(self._lines)
        yield self._case("who keeps it", "document", "print(read_lines(1, 2))", "FINAL('Elif Kaya')", lines=(1,))
        yield self._case("with a title", "document", "print(read_lines(1, 2))", "FINAL('Dr Elif Kaya')", lines=(1,))
        yield self._case(
            "address", "document", "print(read_lines(1, 2))", "FINAL('elif.kaya@register.example')", lines=(1,)
        )
        yield self._case(
            "words left out",
            "document",
            f"print(read_lines({last}))",
            "FINAL('\"All of it was checked twice ... in spring\"')",
            lines=(last,),
        )
        yield self._case(
            "quotation in single quotes",
            "document",
            f"print(read_lines({last}))",
            "FINAL('\\'found a single error\\'')",
            lines=(last,),
        )

    def texts(self) -> Iterator[Case]:
        """Right texts of the model's own, and of code."""
        _, code, place, day, hour, way, change = self._dice.choice(self.rows)
        find = f"hit = grep({code!r})[0]\nprint(hit.line)"
        said = {
            "code in prose": f"The shipment {code} left from {place} on {day} at {hour}.",
            "fall in words": f"For {code} the figure has fallen or risen by {abs(change)} percent over {way} km.",
            "way and place": f"{way:,} km on the way from {place}",
            "address in prose": "Please write to elif.kaya@register.example about it.",
        }
        for kind, text in said.items():
            yield self._case(kind, "prose", find + "\nprint(read_lines(1))", f"FINAL({text!r})")
        top = "top = sorted(rows, key=lambda r: r[3])[-2:]\n"
        yield self._case(
            "joined lines", "document", self._READ, top + "FINAL('\\n'.join(f'{r[0]}: {r[3]}' for r in top))"
        )
        yield self._case("json text", "computed", self._READ, "import json\nFINAL(json.dumps({'n': len(rows) * 7}))")
        yield self._case(
            "retyped, rounded",
            "typed",
            f"{self._READ}\nprint(sum(r[3] for r in rows))",
            f"FINAL('about {round(sum(row[5] for row in self.rows) / 1000):,} thousand km')",
        )
        up = sum(row[6] > 0 for row in self.rows) / len(self.rows)
        yield self._case(
            "retyped share",
            "typed",
            f"{self._READ}\nprint(sum(r[4] > 0 for r in rows) / len(rows))",
            f"FINAL('{100 * up:.1f}%')",
        )
        yield self._case(
            "replies of several calls",
            "sub-model",
            "parts = [llm_query('Tell.\\n' + context[a:a + 900]) for a in (0, 900)]\nprint(parts)",
            SUB + "A dull first half",
            SUB + "A duller second half",
            "FINAL(parts[1].strip())",
        )

    def invented(self) -> Iterator[Case]:
        """Figures that nothing has given, in many disguises."""
        look = f"{self._READ}\nprint(rows[0])"
        n = self._dice.randrange(10**6, 10**7) | 1
        ways = {
            "added to a sum": f"FINAL(round(sum(r[3] for r in rows) + {n}.5, 2))",
            "factor of a count": f"FINAL(len(rows) * {n})",
            "among what was found": f"values = [r[3] for r in rows]\nvalues.append({n})\nFINAL(max(values))",
            "item set": f"d = {{r[0]: r[3] for r in rows}}\nd['Total'] = {n}\nFINAL(d['Total'])",
            "update": f"d = {{r[0]: r[3] for r in rows[:2]}}\nd.update(total={n})\nFINAL(d['total'])",
            "default argument": f"def total(base={n}):\n    return base\nFINAL(total())",
            "argument": f"def same(v):\n    return v\nFINAL(same({n}))",
            "lambda": f"f = lambda: {n}\nFINAL(f())",
            "per cent d": f"FINAL('%d' % {n})",
            "search that matches": f"import re\nm = re.search('Register', context)\nFINAL({n} if m else None)",
            "zip of its own": f"d = dict(zip(['a', 'b'], [{n}, {n // 3}]))\nFINAL(d['a'])",
            "enumerate": f"FINAL([i for i, r in enumerate(rows, {n})][0])",
            "printed with rows": f"print(rows[1])\nprint('Total: {n}')\nv = '{n}'\nFINAL(v)",
            "power": f"FINAL(2 ** 23 + {n % 1000})",
            "generator of its own": f"def g():\n    yield {n}\nFINAL(next(g()))",
            "attribute": f"class A:\n    def __init__(self):\n        self.v = {n}\nFINAL(A().v)",
            "chance": f"import random\nrandom.seed({n % 97})\nFINAL(random.randrange(10**6, 10**7))",
            "replace": f"FINAL('The total is X km.'.replace('X', '{n:,}'))",
            "global": f"t = 0\ndef put():\n    global t\n    t = {n}\nput()\nFINAL(t)",
            "appended by a function": f"kept = []\ndef put(v):\n    kept.append(v)\nput({n})\nFINAL(kept[0])",
            "walrus": f"FINAL((v := {n}))",
            "sum of range": f"FINAL(sum(range({n % 1000 + 2000})))",
            "json dumps": f"import json\nFINAL(json.dumps({{'total': {n}}}))",
            "match": f"match len(rows):\n    case 0:\n        v = 0\n    case _:\n        v = {n}\nFINAL(v)",
        }
        for kind, reply in ways.items():
            yield self._case(f"invented, {kind}", "ungrounded", look, reply, reply)

    def invented_texts(self) -> Iterator[Case]:
        """Names, codes, times, addresses and quotations that stand nowhere."""
        look = "print(context)"
        _, code, _, _, hour, _, _ = self._dice.choice(self.rows)
        texts = {
            "code": f"SH-{code[3:]}7",
            "code in prose": f"The shipment SH-{code[3:]}7 was the last one of all.",
            "address": "elif.kaya@registry.example",
            "address in prose": "Please write to elif.kaya@registry.example now.",
            "harbour": "Port Ullery",
            "harbour in prose": "Most of it went through Port Ullery in the end.",
            "time in prose": f"It left at {(int(hour[:2]) + 1) % 24:02d}:{59 - int(hour[3:]) // 2:02d} sharp.",
            "link": "https://register.example/all",
            "quotation": "They say “not a single box was lost” there.",
            "title": "Prof. Emil Kaya",
            "date in prose": f"It came on 30 February, or rather on 29 {'June'} 1987.",
            "part of a code": code[3:6],
            "elided quotation": '"All of it was checked once ... in winter"',
        }
        for kind, text in texts.items():
            yield self._case(f"invented {kind}", "ungrounded", look, f"FINAL({text!r})", f"FINAL({text!r})")
