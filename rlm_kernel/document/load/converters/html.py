"""HTML as Markdown: headings, lists and tables by markdownify, tables with their merged cells spread out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice, takewhile
from typing import IO, Any

from .charsets import page_text
from .numerals import written
from .scripts import script
from .sink import Sink, UnreadableFile
from .tables import markdown_rows

_WIDEST = 1_000
_DEEPEST = 1_000
_TO_THE_END = 1 << 20
# Elements whose end tags may be left out, and what holds others of their kind.
_UNCLOSED = (
    (("tr",), ("table",)),
    (("td", "th"), ("tr", "table")),
    (("li",), ("ul", "ol")),
    (("dt", "dd"), ("dl",)),
    (("p",), ("td", "th", "li", "dd", "div", "blockquote", "table")),
    (("option",), ("select", "optgroup")),
)
# What browsers begin a line with, and markdownify does not know.
_DIVISIONS = (
    *("header", "footer", "main", "nav", "aside", "address", "center", "fieldset", "legend", "hgroup", "dialog"),
    *("figure", "details", "summary", "form", "search"),
)
_ROWS = frozenset(("tr", "td", "th", "tbody", "thead", "tfoot"))
_LINES = frozenset(
    (
        *(*_DIVISIONS, *_ROWS, "p", "div", "section", "article", "blockquote", "pre", "table", "caption", "figcaption"),
        *("li", "ul", "ol", "dl", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "br", "body"),
    )
)
_MATH = {
    **dict.fromkeys(("msup", "msub", "msubsup", "munder", "mover", "munderover"), "scripts"),
    "mfrac": "bar",
    "msqrt": "root",
    "mroot": "root",
    "mtr": "row",
}
_FORMS = {"a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
# The cells of a table that may stand in a cell of another.
_SMALL = 20
_PROSE = ("b", "strong", "i", "em", "u", "span", "a", "font", "small", "abbr", "cite", "mark", "ins")


def convert(file: IO[bytes], sink: Sink) -> None:
    """See `sink.Sink`."""
    sink.write(markdown(file.read(), sink))


def markdown(html: bytes | str, sink: Sink) -> str:
    """The text of a page as Markdown, without links and emphasis, which would stand in the middle of phrases."""
    from bs4 import BeautifulSoup
    from bs4.element import PreformattedString

    soup = BeautifulSoup(page_text(html) if isinstance(html, bytes) else html, "html.parser")
    title = " ".join(soup.title.get_text().split()) if soup.title else ""
    for node in soup.find_all(string=lambda text: isinstance(text, PreformattedString)):
        node.extract()
    pictures = [image.get("alt") for image in soup("img")]
    for tag in soup(["head", "script", "style", "noscript", "template", "svg"]):
        tag.decompose()
    _close(soup)
    _check_depth(soup)
    _hidden(soup, sink)
    _formulas(soup)
    _select(soup)
    _plain(soup)
    _numbers(soup)
    _tables(soup)
    text = str(_converter().convert_soup(soup))
    if unnamed := sum(1 for alt in pictures if not alt):
        sink.remark(f"{unnamed:,} picture{'s' if unnamed > 1 else ''} without a description left out")
    return f"# {title}\n\n{text}" if title and not soup.find("h1") else text


def _converter() -> Any:
    from markdownify import MarkdownConverter

    class Converter(MarkdownConverter):
        """Writes the tables that `_tables` has made as they are."""

        def convert_pre(self, el: Any, text: str, parent_tags: Any) -> str:
            if el.get("data-table"):
                return f"\n\n{el.get_text()}\n\n"
            return str(super().convert_pre(el, text, parent_tags))  # type: ignore[misc]

        def convert_li(self, el: Any, text: str, parent_tags: Any) -> str:
            made = str(super().convert_li(el, text, parent_tags))  # type: ignore[misc]
            number = str(el.get("data-number") or "")
            return re.sub(r"^\d+\.", lambda _: number, made) if number else made

    # Escapes would stand between a pattern and what it looks for.
    return Converter(
        heading_style="ATX",
        bullets="-",
        escape_asterisks=False,
        escape_underscores=False,
        escape_misc=False,
        strip=["a"],
    )


def _close(soup: Any) -> None:
    """End rows, cells, items and paragraphs where the next one begins, as a browser does."""
    tags = soup(True)
    for same, bounds in _UNCLOSED:
        # The nearest element that matters, at or above each one that was seen.
        nearest: dict[int, Any] = {}
        for tag in tags:
            outer = nearest.get(id(tag.parent))
            if tag.name in same and outer is not None and outer.name in same:
                outer.insert_after(tag)
            nearest[id(tag)] = tag if tag.name in same or tag.name in bounds else outer


def _check_depth(soup: Any) -> None:
    """Refuse what is nested so deeply that looking for the elements around each one would take minutes."""
    depths: dict[int, int] = {}
    for tag in soup(True):
        depths[id(tag)] = depth = depths.get(id(tag.parent), 0) + 1
        if depth > _DEEPEST:
            raise UnreadableFile("its parts are nested too deeply")


def _plain(soup: Any) -> None:
    for box in soup("input"):
        if box.get("type") in ("checkbox", "radio"):
            box.replace_with("☒ " if box.has_attr("checked") else "☐ ")
        elif box.get("type") != "hidden" and box.get("value"):
            box.replace_with(f" {box['value']} ")
    for image in soup("img"):
        alt = " ".join((image.get("alt") or "").split())
        image.replace_with(f"[picture: {alt}]" if alt else "")
    for tag in soup(["sup", "sub"]):
        if _is_fraction(tag):
            tag.replace_with(f"{' ' if _before(tag).isdigit() else ''}{tag.get_text().strip()}")
        elif tag.name == "sub" and _before(tag) in ("/", "⁄"):
            tag.unwrap()
        elif words := tag.get_text():
            tag.replace_with(script(_before(tag), words, _after(tag), lowered=tag.name == "sub"))
    for tag in soup(["button", "textarea", "output", "meter", "progress"]):
        _set_apart(tag)
    for reading in soup("rt"):
        if reading.find_previous_sibling("rp") is None and reading.get_text().strip():
            reading.string = f"({reading.get_text().strip()})"
    for tag in soup(list(_PROSE)):
        tag.unwrap()
    for tag in soup(list(_DIVISIONS)):
        tag.name = "div"
    for tag in soup("strike"):
        tag.name = "s"
    for tag in soup(["menu", "dir"]):
        tag.name = "ul"


def _is_fraction(tag: Any) -> bool:
    """Whether a raised figure is the upper one of two: `<sup>1</sup>/<sub>2</sub>`."""
    bar = tag.next_sibling
    below = bar.next_sibling if str(bar).strip() in ("/", "⁄") else None
    return tag.name == "sup" and below is not None and below.name == "sub"


def _before(tag: Any) -> str:
    """The character before an element in its line, through the elements that end there; "" where a line begins."""
    return _beside(tag, tag.previous_elements)[-1:]


def _after(tag: Any) -> str:
    last = tag
    while getattr(last, "contents", None):
        last = last.contents[-1]
    return _beside(tag, last.next_elements)[:1]


def _beside(tag: Any, nodes: Any) -> str:
    """The text that comes first among `nodes`, where no line ends between it and `tag`."""
    around = [id(parent) for parent in tag.parents]
    shared = set(around)
    for node in nodes:
        if node.name in _LINES:
            return ""
        if node.name is None and str(node):
            own = list(takewhile(lambda parent: id(parent) not in shared, node.parents))
            common = id(own[-1].parent if own else node.parent)
            between = [*own, *islice(tag.parents, around.index(common))]
            return "" if any(parent.name in _LINES for parent in between) else str(node)
    return ""


def _select(soup: Any) -> None:
    """The options of each choice with the chosen one marked, as boxes are: without a mark all of them seem to hold."""
    for choice in soup("select"):
        options = choice("option")
        chosen = {id(option) for option in options if option.has_attr("selected")}
        if not chosen and not choice.has_attr("multiple"):
            chosen = {id(option) for option in options[:1]}
        marks = ["☒" if id(option) in chosen else "☐" for option in options]
        words = [" ".join(option.get_text().split()) for option in options]
        _set_apart(choice)
        choice.replace_with(" ".join(f"{mark} {word}" for mark, word in zip(marks, words, strict=True) if word))


def _set_apart(tag: Any) -> None:
    """Put white space around an element, where there is none."""
    before, after = _before(tag).strip(), _after(tag).strip()
    if before:
        tag.insert_before(" ")
    if after:
        tag.insert_after(" ")


def _formulas(soup: Any) -> None:
    """Formulas on one line: fractions with a bar, exponents and indices as such, roots with their sign."""
    for tag in soup(["annotation", "annotation-xml"]):
        if tag.find_parent("semantics") is not None:
            tag.decompose()
    for tag in reversed(soup(list(_MATH))):
        parts = [child for child in tag.children if child.name]
        kind = _MATH[tag.name]
        if kind == "scripts" and len(parts) > 1:
            raised = ["sub", "sup"] if len(parts) > 2 else ["sup" if tag.name in ("msup", "mover") else "sub"]
            for part, name in zip(parts[1:], raised, strict=False):
                part.name = name
        elif kind == "bar" and len(parts) == 2:
            over, below = (part.get_text().strip() for part in parts)
            made = f"{over}/{below}" if over.isalnum() and below.isalnum() else f"({over})/({below})"
            tag.replace_with(f" {made}" if _before(tag).isalnum() else made)
        elif kind == "root":
            degree = script("√", parts[1].get_text()) if tag.name == "mroot" and len(parts) == 2 else ""
            inner = parts[0].get_text() if degree else tag.get_text()
            tag.replace_with(f"{' ' if degree and _before(tag).strip() else ''}{degree}√({inner.strip()})")
        elif kind == "row":
            cells = [cell.get_text().strip() for cell in parts]
            tag.replace_with(f"[{' '.join(cells)}]")


def _hidden(soup: Any, sink: Sink) -> None:
    """Keep what a page hides apart from the words that it stands in, or leave it out where it stands within one."""
    within = 0
    for tag in soup(lambda tag: tag.has_attr("hidden") or _HIDDEN.search(str(tag.get("style") or ""))):
        if tag.decomposed or tag.name in _LINES or not tag.get_text().strip():
            continue
        if _before(tag).strip() and _after(tag).strip():
            within += 1
            tag.decompose()
        else:
            _set_apart(tag)
    if within:
        sink.remark(f"{within:,} hidden piece{'s' * (within > 1)} of text within words left out")


def _numbers(soup: Any) -> None:
    """What the items of ordered lists are numbered with."""
    for one in soup("ol"):
        items = one("li", recursive=False)
        step = -1 if one.has_attr("reversed") else 1
        number = _integer(one.get("start"), len(items) if step < 0 else 1)
        form = _FORMS.get(str(one.get("type")), "decimal")
        for item in items:
            number = _integer(item.get("value"), number)
            item["data-number"] = f"{written(number, _FORMS.get(str(item.get('type')), form))}."
            number += step


def _integer(value: Any, default: int) -> int:
    found = re.match(r"\s*[+-]?\d{1,9}", str(value))
    return int(found[0]) if found else default


def _tables(soup: Any) -> None:
    """Put the lines of a Markdown table in the place of every table; one that holds others may only arrange them."""
    tables = soup("table")
    own: dict[int, list[Any]] = {id(table): [] for table in tables}
    outer: dict[int, Any] = {}
    nearest: dict[int, Any] = {}
    for tag in soup(True):
        table = nearest.get(id(tag.parent))
        if tag.name == "table":
            outer[id(tag)], table = table, tag
        elif table is not None and tag.name in _ROWS:
            own[id(table)].append(tag)
        nearest[id(tag)] = table
    holding = {id(table) for table in outer.values() if table is not None}
    data: set[int] = set()
    for table in tables:
        # What stands in a cell of a table of data stays in it, however deep.
        inside = outer[id(table)] is not None and id(outer[id(table)]) in data
        if inside or (id(table) in holding and _holds_data(table, own[id(table)], holding)):
            data.add(id(table))
    for table in reversed(tables):
        around = outer[id(table)]
        if around is not None and id(around) in data:
            rows = spread(table)
            table.replace_with(f" {'; '.join(' | '.join(row) for row in rows)} ")
        elif id(table) in holding and id(table) not in data:
            for tag in [table, *own[id(table)]]:
                tag.name = "div"
        else:
            _write(soup, table)


def _holds_data(table: Any, own: list[Any], holding: set[int]) -> bool:
    """Whether a table that holds others is one of figures: most of its cells hold none, and its rows are alike."""
    if table.get("role") in ("presentation", "none"):
        return False
    inner = table("table")
    rows = [tag("td", recursive=False) + tag("th", recursive=False) for tag in own if tag.name == "tr"]
    cells = [cell for row in rows for cell in row]
    nested = sum(1 for cell in cells if cell.find("table") is not None)
    if not cells or any(id(one) in holding for one in inner) or any(cell.find("table") for cell in rows[0]):
        return False
    small = all(len(one(["td", "th"])) <= _SMALL for one in inner)
    alike = len(rows) > 1 and len(rows[0]) > 1 and len({len(row) for row in rows}) == 1
    return any(cell.name == "th" for cell in cells) or (small and alike and 2 * nested < len(cells))


def _write(soup: Any, table: Any) -> None:
    caption = table.find("caption")
    title = _words(caption) if caption else ""
    rows = spread(table)
    width = max((len(row) for row in rows), default=0)
    block = soup.new_tag("pre")
    if width == 1:
        block = soup.new_tag("div")
        for (cell,) in (row for row in rows if row):
            line = soup.new_tag("p")
            line.string = cell
            block.append(line)
    else:
        block["data-table"] = "1"
        block.string = "\n".join([*([title, ""] if title else []), *markdown_rows(rows)])
    if not rows and not title:
        table.decompose()
    else:
        table.replace_with(block)


def _words(tag: Any) -> str:
    """The text of a cell on one line: words are apart where a block or a line ends, and nowhere else."""
    return " ".join("".join(_pieces(tag)).split())


def _pieces(tag: Any) -> Iterator[str]:
    for child in tag.children:
        if child.name is None:
            yield str(child)
        elif child.name in _LINES:
            yield from (" ", *_pieces(child), " ")
        else:
            yield from _pieces(child)


def spread(table: Any) -> list[list[str]]:
    """The cells of a table by rows, a cell that spans several rows or columns in each of its rows, once a row."""
    rows: list[list[str]] = []
    pending: dict[int, tuple[int, str]] = {}
    for tr in table("tr"):
        row: list[str] = []

        def below(row: list[str] = row) -> None:
            while len(row) in pending:
                left, text = pending.pop(len(row))
                if left > 1:
                    pending[len(row)] = (left - 1, text)
                row.append(text)

        for cell in tr(["td", "th"]):
            below()
            text = _words(cell)
            columns, lines = _span(cell, "colspan"), _span(cell, "rowspan")
            if str(cell.get("rowspan")).strip() == "0":
                lines = _TO_THE_END
            for number in range(columns):
                if lines > 1:
                    pending[len(row)] = (lines - 1, text if not number else "")
                row.append(text if not number else "")
        below()
        if any(row):
            rows.append(row)
    return rows


def _span(cell: Any, name: str) -> int:
    found = re.match(r"\s*(\d{1,6})", str(cell.get(name) or "1"))
    return max(1, min(int(found[1]) if found else 1, _WIDEST))
