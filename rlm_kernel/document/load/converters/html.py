"""HTML as Markdown: headings, lists and tables by markdownify, tables with their merged cells spread out."""

from __future__ import annotations

import re
from typing import IO, Any

from .sink import Sink, UnreadableFile
from .tables import markdown_rows

_RAISED = str.maketrans("0123456789+-()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾")
_LOWERED = str.maketrans("0123456789+-()", "₀₁₂₃₄₅₆₇₈₉₊₋₍₎")
_WIDEST = 1_000
_DEEPEST = 1_000
_TO_THE_END = 1 << 20
_ORDINAL = frozenset(("st", "nd", "rd", "th", "er", "re", "e", "è", "o", "a", "º", "ª"))
# Elements whose end tags may be left out, and what holds others of their kind.
_UNCLOSED = (
    (("tr",), ("table",)),
    (("td", "th"), ("tr", "table")),
    (("li",), ("ul", "ol")),
    (("dt", "dd"), ("dl",)),
    (("p",), ("td", "th", "li", "dd", "div", "blockquote", "table")),
    (("option",), ("select", "optgroup")),
)
_PROSE = ("b", "strong", "i", "em", "u", "span", "a", "font", "small", "abbr", "cite", "mark", "ins")


def convert(file: IO[bytes], sink: Sink) -> None:
    """See `sink.Sink`."""
    data = file.read()
    try:
        # A page that is UTF-8 throughout is, whatever it says of itself.
        html: bytes | str = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        html = data
    sink.write(markdown(html, sink))


def markdown(html: bytes | str, sink: Sink) -> str:
    """The text of a page as Markdown, without links and emphasis, which would stand in the middle of phrases."""
    from bs4 import BeautifulSoup
    from bs4.element import PreformattedString

    soup = BeautifulSoup(html, "html.parser")
    title = " ".join(soup.title.get_text().split()) if soup.title else ""
    for node in soup.find_all(string=lambda text: isinstance(text, PreformattedString)):
        node.extract()
    pictures = [image.get("alt") for image in soup("img")]
    for tag in soup(["head", "script", "style", "noscript", "template", "svg"]):
        tag.decompose()
    _close(soup)
    _check_depth(soup)
    _plain(soup)
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
    for name, table in (("sup", _RAISED), ("sub", _LOWERED)):
        for tag in soup(name):
            words = tag.get_text()
            before = str(tag.previous_sibling or "")[-1:]
            if words and before.isalnum() and words.strip().isdigit():
                tag.replace_with(words.strip().translate(table))
            elif before.isdigit() and words.strip().lower() in _ORDINAL:
                tag.replace_with(words.strip())
            elif words and before.isdigit() and not words.startswith(("[", " ", "(")):
                tag.replace_with(f" {words}")
            else:
                tag.unwrap()
    for tag in soup(list(_PROSE)):
        tag.unwrap()


def _tables(soup: Any) -> None:
    """Put the lines of a Markdown table in the place of every table; one that holds others only arranges them."""
    for table in soup("table"):
        if table.find("table") is not None:
            for tag in [table, *table(["tr", "td", "th", "tbody", "thead", "tfoot"])]:
                if tag is table or tag.find_parent("table") is table:
                    tag.name = "div"
    for table in soup("table"):
        rows = spread(table)
        caption = table.find("caption")
        title = " ".join(caption.get_text(" ").split()) if caption else ""
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
            for line_break in cell("br"):
                line_break.replace_with(" ")
            text = " ".join(cell.get_text(" " if cell.find(["p", "div", "li"]) else "").split())
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
