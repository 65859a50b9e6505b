"""The headings of a text: Markdown, HTML, wiki, LaTeX, reStructuredText, Org, AsciiDoc; else numbered clauses and
`CHAPTER I`. Comments of source code and running heads are none."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from ..text import Text
from .regex import Finder
from .rows import Section

# A title, its level (1 is the highest), the line that it stands in.
Heading = tuple[str, int, int]

_HASHES = r"^ {0,3}(?P<marks>#{1,6})[ \t]+(?P<title>[^\n]*?)[ \t#\r]*$"
_MARKED = (
    r"<h(?P<level>[1-6])(?:[ \t][^>\n]*)?>(?P<html>[^\n]*?)</h[1-6]>"
    r"|^(?P<over>[^\s#>|=-][^\n]*)\n(?P<rule>={3,}|-{3,})[ \t\r]*$"
    r"|^(?P<wiki>={2,6})[ \t]*(?P<page>[^=\n]+?)[ \t]*={2,6}[ \t]*$"
    r"|^[ \t]*(?P<fence>```|~~~)"
)
_TAG = re.compile(r"<[^>]*>")
_LATEX = (
    r"^[ \t]*\\(?P<kind>part|chapter|section|subsection|subsubsection|paragraph)\*?(?:\[[^\]\n]*\])?"
    r"\{(?P<title>[^\n]*)\}"
)
_LATEX_KINDS = ("part", "chapter", "section", "subsection", "subsubsection", "paragraph")
_ORG = r"^(?P<stars>\*{1,8})[ \t]+(?:(?:TODO|DONE)[ \t]+)?(?P<title>[^\n]*?)(?:[ \t]+:[\w@:]+:)?[ \t]*$"
_ADOC = r"^(?P<marks>={1,6})[ \t]+(?P<title>[^\n=][^\n]*?)[ \t]*$"
_UNDERLINE = re.compile(r"([=\-`:'\"~^_*+#<>.])\1{2,}\s*")
_LATEX_SIGN = re.compile(r"^[ \t]*\\(?:documentclass|begin\{|(?:sub)*section|chapter)", re.MULTILINE)
_ORG_SIGN = re.compile(r"^#\+[A-Za-z_]+:", re.MULTILINE)
_RST_SIGN = re.compile(r"^(?P<title>[^\s\n][^\n]*)\n(?P<under>([~^\"'*+])\3{3,})[ \t]*$|^\.\. \w+::", re.MULTILINE)

_WORDS = (
    ("volume", "volumen"),
    ("book", "buch", "livre", "libro"),
    ("part", "teil", "partie", "parte", "act", "akt", "acte", "atto", "acto"),
    ("title", "titel", "titre"),
    ("chapter", "kapitel", "chapitre", "capítulo", "capitolo"),
    ("article", "artikel", "artículo", "articolo"),
    ("section", "abschnitt", "sección", "sezione", "item", "scene", "szene", "scène", "note"),
    ("clause", "klausel", "cláusula"),
    ("appendix", "annex", "schedule", "exhibit", "anhang", "anlage", "annexe", "attachment"),
)
_RANK = {word: rank for rank, names in enumerate(_WORDS) for word in names}
# An appendix stands beside the parts or the chapters, not within the last of them.
_BESIDE = len(_WORDS) - 1
_COUNT = (
    r"(?:[IVXLCDM]{1,9}|\d{1,4}(?:\.\d{1,3})*[A-Za-z]?|[A-Z]|(?i:(?:the[ \t]+)?(?:one|two|three|four|five|six|seven|"
    r"eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|first|second|"
    r"third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last))(?![A-Za-z]))"
)
_WORDED = (
    rf"(?P<word>(?i:{'|'.join(sorted(_RANK, key=len, reverse=True))}))[ \t]+{_COUNT}"
    r"(?P<rest>[ \t]*[.:)–—-][^\n]{0,100}|[ \t]+[A-Z\"“][^\n]{0,100})?"
)
_NUMBERED = (
    rf"^[ \t\f]{{0,12}}(?:{_WORDED}"
    r"|(?P<number>\d{1,3}(?:\.\d{1,3}){0,4})[.)]?[ \t]+(?P<name>[A-Z][^\n.;]{2,80})(?P<run>\.[ \t]+[^\n]+)?"
    r"|(?P<outer>[IVXLC]{1,7}|[A-Z])\.[ \t]+(?P<outline>[A-Z][^\n.;?]{2,80})"
    r"|§[ \t]*(?P<paragraph>\d{1,4}[a-z]?)[.]?[ \t]+(?P<law>[^\n.;]{2,80}))[ \t\r]*$"
)
_CAPITALS = r"^[ \t]{0,40}(?P<capitals>[A-ZÀ-Þ][A-ZÀ-Þ0-9 ,&'’()/–-]{2,70}[A-ZÀ-Þ0-9)])[ \t\r]*$"
_PAGE_MARK = re.compile(r"\[(?:page|slide) \d+")
_CONTENTS = re.compile(r"(?:\.[ \t]?){3,}\s*\d+\s*$|\s{3,}\d{1,4}\s*$")
_ENDS_SENTENCE = re.compile(r"[,;]\s*$")
_CODE = re.compile(
    r"\s*(?:import \w|from [\w.]+ import|(?:async )?def \w|class \w+[(:]|return\b|@\w|(?:if|for|while|with|elif|else|"
    r"try|except)\b.*:\s*$|[\w.\[\]\"']+ ?[+-]?= ?\S|[\w-]+:(?: \S|$)|export \w|(?:fi|done|esac)\s*$)|.*[;{}]\s*$"
)
# Files in which `#` begins a comment, or nothing is a heading.
_SOURCE = (
    *(".py", ".pyi", ".sh", ".bash", ".zsh", ".yaml", ".yml", ".toml", ".ini", ".cfg", ".conf", ".r", ".rb", ".pl"),
    *(".jl", ".ps1", ".tcl", ".mk", ".cmake", ".env", ".properties", ".gitignore", ".dockerfile", ".tf", ".nix"),
    *(".c", ".h", ".cpp", ".hpp", ".java", ".js", ".ts", ".go", ".rs", ".cs", ".php", ".sql", ".lua"),
    *(".csv", ".tsv", ".log", ".jsonl"),
)
_SNIFFED = 400


def sections(text: Text) -> list[Section]:
    """The headings of a text, each with the lines up to the next one of its level."""
    found = _headings(text)
    rows: list[Section] = []
    open_ends: list[tuple[int, int]] = []
    ends = [text.line_count] * len(found)
    for at, (_, level, line) in enumerate(found):
        while open_ends and open_ends[-1][1] >= level:
            ends[open_ends.pop()[0]] = line - 1
        open_ends.append((at, level))
    for (title, level, line), end in zip(found, ends, strict=True):
        rows.append(Section(title, level, line, max(line, end), text.name, text.place(line)))
    return rows


def _headings(text: Text) -> list[Heading]:
    suffix = next((f".{name.rpartition('.')[2].lower()}" for name in (text.source, text.name) if "." in name), "")
    head = text.slice(0, min(text.chars, 1 << 16))
    readers: list[Callable[[Text], Iterable[Heading]]] = []
    if suffix == ".tex" or _LATEX_SIGN.search(head):
        readers.append(_latex)
    if suffix == ".org" or (not suffix.startswith(".md") and _ORG_SIGN.search(head)):
        readers.append(_org)
    if suffix in (".adoc", ".asciidoc"):
        readers.append(_adoc)
    if suffix in (".rst", ".rest") or (not suffix.startswith(".md") and _is_rst(head)):
        readers.append(_rst)
    is_code = suffix in _SOURCE or (not suffix.startswith(".md") and _looks_like_code(text))
    readers.append(lambda text: _marked(text, hashes=not is_code))
    if not is_code:
        readers += [_numbered, _in_capitals]
    return next((found for reader in readers if (found := list(reader(text)))), [])


def _is_rst(head: str) -> bool:
    return any(not match["under"] or len(match["under"]) >= len(match["title"]) for match in _RST_SIGN.finditer(head))


def _looks_like_code(text: Text) -> bool:
    lines = [line for line in islice(text.iter_lines(), _SNIFFED) if line.strip() and not line.lstrip().startswith("#")]
    return sum(1 for line in lines if _CODE.match(line)) * 2 > len(lines) > 0


def _marked(text: Text, *, hashes: bool) -> Iterator[Heading]:
    """Markdown, HTML and wikis."""
    fence = ""
    pattern = f"{_HASHES}|{_MARKED}" if hashes else _MARKED
    for hit in Finder(pattern, re.MULTILINE | re.IGNORECASE).hits(text):
        marks, title, level, html, over, rule, wiki, page, mark = hit.groups if hashes else (None, None, *hit.groups)
        if mark is not None:
            fence = "" if mark == fence else fence or mark
        elif not fence:
            number = text.line_at_byte(hit.start)
            if marks is not None:
                yield (title or "").strip(), len(marks), number
            elif level is not None:
                yield _TAG.sub("", html or "").strip(), int(level), number
            elif wiki is not None:
                yield (page or "").strip(), len(wiki) - 1, number
            else:
                yield (over or "").strip(), 1 if (rule or "")[:1] == "=" else 2, number


def _latex(text: Text) -> list[Heading]:
    found = []
    for hit in Finder(_LATEX, re.MULTILINE).hits(text):
        kind, title = hit.groups
        found.append((_braced(title or ""), _LATEX_KINDS.index(kind or ""), text.line_at_byte(hit.start)))
    return _levelled(found)


def _braced(title: str) -> str:
    """The text up to the brace that closes the one before it, without commands."""
    depth = 1
    for at, char in enumerate(title):
        depth += (char == "{") - (char == "}")
        if not depth:
            title = title[:at]
            break
    title = re.sub(r"\\label\{[^}]*\}", "", title)
    return re.sub(r"\\([&%$#_])", r"\1", re.sub(r"\\[A-Za-z]+\*?\{([^{}]*)\}", r"\1", title)).replace("~", " ").strip()


def _org(text: Text) -> Iterator[Heading]:
    for hit in Finder(_ORG, re.MULTILINE).hits(text):
        stars, title = hit.groups
        yield (title or "").strip(), len(stars or ""), text.line_at_byte(hit.start)


def _adoc(text: Text) -> Iterator[Heading]:
    for hit in Finder(_ADOC, re.MULTILINE).hits(text):
        marks, title = hit.groups
        yield (title or "").strip(), len(marks or ""), text.line_at_byte(hit.start)


def _rst(text: Text) -> list[Heading]:
    """Titles that are underlined, perhaps overlined as well: the level is the order in which the styles appear."""
    found: list[Heading] = []
    styles: list[str] = []
    before, title = "", ""
    for number, line in enumerate(text.iter_lines(), 1):
        match = _UNDERLINE.fullmatch(line)
        if match and title.strip() and not _UNDERLINE.fullmatch(title) and len(line.rstrip()) >= len(title.rstrip()):
            overlined = bool(_UNDERLINE.fullmatch(before)) and before[:1] == match[1]
            if overlined or not title[:1].isspace():
                style = match[1] * (1 + overlined)
                styles += [style] if style not in styles else []
                found.append((title.strip(), styles.index(style) + 1, number - 1))
        before, title = title, line
    return found


def _levelled(found: Iterable[Heading]) -> list[Heading]:
    """The same headings with levels from 1 on, without those that do not occur."""
    headings = list(found)
    ranks = sorted({level for _, level, _ in headings})
    return [(title, ranks.index(level) + 1, line) for title, level, line in headings]


def _numbered(text: Text) -> list[Heading]:
    """Numbered headings and clauses; `CHAPTER I` and its like."""
    found: list[Heading] = []
    deepest = len(_WORDS)
    for hit in Finder(_NUMBERED, re.MULTILINE).hits(text):
        word, rest, number, name, run, outer, _, paragraph, _ = hit.groups
        title = text.decode(hit.start, hit.end).strip()
        if _CONTENTS.search(title) or _ENDS_SENTENCE.search(title):
            continue
        if word:
            if len(title) > 12 and rest and title.endswith(".") and rest.count(" ") > 8:
                continue
            level = _RANK[word.lower()]
        elif number:
            if run:
                title = title[: title.index(name or "") + len(name or "")]
            level = deepest + 2 + number.count(".")
        elif outer:
            if not _stands_alone(text, text.line_at_byte(hit.start)):
                continue
            level = deepest
        else:
            level = deepest + 2 + bool(paragraph)
        found.append((title, level, text.line_at_byte(hit.start)))
    found = _in_sequence(_outlined(_without_page_numbers(found, text), deepest), deepest + 2)
    if _is_list(found, deepest):
        return []
    appendix = min((level for _, level, _ in found if level != _BESIDE), default=_BESIDE)
    found = [(title, appendix if level == _BESIDE else level, line) for title, level, line in found]
    return _levelled(_without_running_heads(_without_contents(found)))


def _stands_alone(text: Text, line: int) -> bool:
    """Whether an empty line, or the beginning of a page, stands before a line."""
    above = text.line(line - 1) or "" if line > 1 else ""
    return not above.strip() or bool(_PAGE_MARK.match(above))


def _outlined(found: list[Heading], deepest: int) -> list[Heading]:
    """Without letters and Roman numbers that do not count from the first one on (`A.`, `B.`; `I.`, `II.`)."""
    letters: list[tuple[Heading, str]] = []
    romans: list[tuple[Heading, str]] = []
    for heading in found:
        if heading[1] in (deepest, deepest + 1):
            mark = heading[0].split(".")[0]
            # C and I are letters or numbers, by what came before.
            follows = letters and len(mark) == 1 and mark == chr(ord(letters[-1][1]) + 1)
            if mark == "A" or follows:
                letters.append(((heading[0], deepest + 1, heading[2]), mark))
            elif mark == _roman(len(romans) + 1):
                romans.append(((heading[0], deepest, heading[2]), mark))
    kept = [heading for group in (letters, romans) if len(group) > 1 for heading, _ in group]
    others = [heading for heading in found if heading[1] not in (deepest, deepest + 1)]
    return sorted([*others, *kept], key=lambda heading: heading[2])


def _roman(number: int) -> str:
    tens, ones = divmod(number, 10)
    return "X" * tens + ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")[ones]


def _is_list(found: list[Heading], deepest: int) -> bool:
    """Whether all of the headings stand one below the other, so that they have nothing under them."""
    lines = [line for _, level, line in found if level > deepest + 1]
    return len(lines) == len(found) > 1 and lines[-1] - lines[0] == len(lines) - 1


def _without_page_numbers(found: list[Heading], text: Text) -> list[Heading]:
    """Without running heads that begin with the number of their page: `2 Annual Report`, `3 Annual Report`."""
    numbers: dict[str, set[str]] = {}
    for title, _, _ in found:
        number, _, name = title.partition(" ")
        if number.isdigit():
            numbers.setdefault(name.strip(), set()).add(number)

    def is_head(title: str, line: int) -> bool:
        number, _, name = title.partition(" ")
        several = len(numbers.get(name.strip(), ()))
        return number.isdigit() and (several > 2 or (several > 1 and text.place(line) == f"page {number}"))

    return [heading for heading in found if not is_head(heading[0], heading[2])]


def _in_capitals(text: Text) -> list[Heading]:
    """Lines in capitals between empty ones, where there are several and none is said twice."""
    found: list[Heading] = []
    for hit in Finder(_CAPITALS, re.MULTILINE).hits(text):
        title, line = (hit.groups[0] or "").strip(), text.line_at_byte(hit.start)
        if sum(map(str.isalpha, title)) < 4 or len(title.split()) > 10 or not _stands_alone(text, line):
            continue
        if line < text.line_count and not (text.line(line + 1) or "").strip():
            found.append((title, 1, line))
    titles = [title for title, _, _ in found]
    once = [heading for heading in found if titles.count(heading[0]) == 1] if len(found) < 2_000 else []
    return once if len(once) > 1 else []


def _in_sequence(found: list[Heading], deepest: int) -> list[Heading]:
    """Without numbers that do not count on, such as years and quantities at the beginning of a line."""
    kept: list[Heading] = []
    last: tuple[int, ...] = ()
    for title, level, line in found:
        match = re.match(r"\d+(?:\.\d+)*", title)
        if level < deepest or match is None:
            last = () if level < deepest else last
            kept.append((title, level, line))
            continue
        number = tuple(map(int, match[0].split(".")))
        # A chapter may count its clauses on from where the last one ended, or repeat its number on each page.
        follows = (
            not last
            or number[: len(last)] == last
            or any(
                number[:size] == (*last[: size - 1], last[size - 1] + 1) and len(number) <= size + 2
                for size in range(1, min(len(number), len(last)) + 1)
            )
        )
        if follows and (last or number[0] <= 20):
            kept.append((title, level, line))
            last = number
    return kept


def _without_contents(found: list[Heading]) -> list[Heading]:
    """Without a table of contents: headings in one block that all come again."""
    titles = [title for title, _, _ in found]
    again = next((at for at in range(2, len(found)) if titles[at] == titles[0]), 0)
    dense = all(found[at + 1][2] - found[at][2] <= 2 for at in range(again - 1))
    return found[again:] if again and dense and set(titles[:again]) <= set(titles[again:]) else found


def _without_running_heads(found: list[Heading]) -> list[Heading]:
    """Without the titles that a page repeats of the section which it continues."""
    kept: list[Heading] = []
    current: list[Heading] = []
    for title, level, line in found:
        bare = re.sub(r"(?<=\w\w)\s+\d{1,4}$", "", title) if len(title.split()) > 2 else title
        if any(open_title == bare for open_title, _, _ in current):
            continue
        current = [each for each in current if each[1] < level]
        current.append((bare, level, line))
        kept.append((title, level, line))
    return kept
