"""Lines of records: what each says as values, with what stands around these: keys, tags, and signs."""

from __future__ import annotations

import re
from typing import NamedTuple

from .remembered import remembered
from .row_patterns import GAP, escaped

# "order = 7", "state: open", "- kg: 12", "| room      2.18": a key with its value.
_BOLD = r"(?:\*\*|__)?"
_INDENT = rf"[ \t]*(?:[-*] +|[|│┃║] *)?{_BOLD}"
_LABEL = r"[^\W\d_][\w./-]*(?: \w[\w./-]*){0,7}(?: \([^()]*\))?"
_SIGN = rf"[ \t]*=(?!=)[ \t]*|[ ]?{_BOLD}:{_BOLD}[ \t]+|[ ]?:$|:(?!//)|[ \t]*\.{{3,}}[ \t]*|[ ]{{2,}}|[ ]*\t[ \t]*"
_KEY_LINE = re.compile(rf"({_INDENT})({_LABEL})({_SIGN})(.*)")
# Where only blanks set a value apart from its key it has none of several blanks in it.
_KEYS = re.compile(r"\s[A-Za-z_]\w*=\S")
_WIDE, _FRAME = re.compile(r"\S[ ]{2,}\S|\S\t"), re.compile(r"([ \t]*[|│┃║])$")
# "sown 3.4.2024 | yield £24", "in: 3 May; out: 7 May": cells with labels, which a mark sets apart from each other.
_CELL_MARKS = (" | ", "; ", " · ", " • ", ", ", "")
_CELL_WORD = r"[^\W\d_]+"
_LABELLED = re.compile(
    rf"({_CELL_WORD}(?:[ -]{_CELL_WORD}){{0,2}})([ ]?[:=](?!//)[ ]*)([£$€]?)(.+)"
    # Without a sign, one word and a figure, which a unit may follow.
    rf"|({_CELL_WORD})(\.?[ ]+)([£$€]?)([+-]?\d\S*(?: [^\s,;]+){{0,2}})"
)
# "12 cows"
_COUNTED = re.compile(rf"(\d[\d.,]*)[ ]({_CELL_WORD}?)s?")
_CELLS_BEGIN = re.compile(r"[ \t]*(?:[*•+-] +)?")
_WIDE_GAP = re.compile(r"[ \t]{2,}|\t")
_FEWEST_CELLS, _MOST_CELLS, _MOST_WORDS = 2, 12, 3
_JSON_LINE = re.compile(r'([ \t]*)"([^"\n]+)"([ \t]*:[ \t]*)("?)([^"\n]*)("?),?[ \t]*')
_JSON_OPENS = re.compile(r'([ \t]*)(?:"([^"\n]+)"[ \t]*:[ \t]*)?([{\[])[ \t]*')
_JSON_CLOSES = re.compile(r"[ \t]*[}\]],?[ \t]*")
# A line of a calendar's or a card's entry, of which BEGIN and END are the first and the last.
_BEGIN_OR_END = re.compile(r"(BEGIN|END):[A-Z]\S*")
_ENTRY_LINE = re.compile(r"((?:\w+\.)?[A-Z][A-Z\d-]*)((?:;[^:\n]*)?:)(.*)")
_NAME = r"[A-Za-z_][\w.:-]*"
_XML_TAG = re.compile(
    rf"([ \t]*)<(?:({_NAME})((?:\s+{_NAME}=\"[^\"<\n]*\")*)(\s*/?>)(?:([^<>\n]*)(</)\2>)?|/({_NAME})>)"
)
_XML_ATTRIBUTE = re.compile(rf"(\s+)({_NAME})=\"([^\"]*)\"")
# A tag whose attributes stand below it.
_XML_OPENS = re.compile(rf"([ \t]*)<({_NAME})((?:\s+{_NAME}=\"[^\"<\n]*\")*)[ \t]*")
_XML_MORE = re.compile(rf"((?:[ \t]+{_NAME}=\"[^\"<\n]*\")*)([ \t]*/?>)?[ \t]*")
# "#4411" is a number.
_COMMENT = re.compile(r"[ \t]*(<!--|//|#(?![#\d])|;)")
# As it is written in patterns: blanks of any number.
_BLANKS = "[ \\t]*"


class Piece(NamedTuple):
    """A value in a line, or a part of it that has none (`value` is None). `key` is what the same piece has in other
    records, `before` and `after` are patterns of what stands around the value, and `loose` of what stands before it
    where that is not written in the same way everywhere; `other` is one of a character of the value. `is_first` in its
    line; of those with `may_repeat` there may be any number."""

    number: int
    key: str
    before: str
    value: str | None = None
    label: str = ""
    after: str = ""
    other: str = "."
    loose: str = ""
    is_first: bool = True
    may_repeat: bool = False


class RecordLine(NamedTuple):
    """The pieces of a line, and how many records begin in it (1), or end (-1). `is_whole`: it is a record of its own;
    `is_key`: it is a key with its value, as those of records are that have no sign for their beginning."""

    pieces: tuple[Piece, ...]
    change: int = 0
    is_whole: bool = False
    is_key: bool = False


@remembered
def record_line(number: int, line: str, within: str) -> RecordLine | None:
    """What a line says in a record; None where it is none of a record. `within` is the key of the piece that began the
    record, "" where there is none."""
    if comment := _COMMENT.match(line):
        sign = f"{_BLANKS}{escaped(comment[1])}"
        return RecordLine((Piece(number, "comment", sign, loose=sign, other="[^\\n]", may_repeat=True),))
    if line.lstrip().startswith("<"):
        return _of_xml(number, line)
    if within.startswith("<") and (more := _XML_MORE.fullmatch(line)):
        pieces = _with_attributes(number, "", within.removeprefix("<"), more[1], more[2] or "")[1:]
        first = pieces[0]._replace(is_first=True)
        return RecordLine((first, *pieces[1:]), -1 if "/" in (more[2] or "") else 0)
    if entry := _BEGIN_OR_END.fullmatch(line):
        return RecordLine((Piece(number, line, escaped(line)),), 1 if entry[1] == "BEGIN" else -1)
    if within.startswith("BEGIN:"):
        return _of_entry(number, line)
    return _of_json(number, line) or _of_cells(number, line) or _of_key(number, line)


def _of_entry(number: int, line: str) -> RecordLine | None:
    if line[:1] in " \t":
        # What is too long for one line goes on in the next.
        return RecordLine((Piece(number, "more", "[ \\t]", loose="[ \\t]", other="[^\\n]", may_repeat=True),))
    entry = _ENTRY_LINE.fullmatch(line)
    if entry is None:
        return None
    key, parameters, value = entry.groups()
    loose = f"{escaped(key)}(?:;[^:\\n]*)?:"
    return RecordLine((Piece(number, key, escaped(key + parameters), value, key, loose=loose),))


def _of_json(number: int, line: str) -> RecordLine | None:
    if opens := _JSON_OPENS.fullmatch(line):
        indent, key, sign = opens.groups()
        if key is None:
            return RecordLine((Piece(number, indent + sign, escaped(indent + sign)),), 1)
        after = escaped(line[opens.end(2) :])
        return RecordLine((Piece(number, indent + sign, escaped(f'{indent}"'), key, "", after, '[^"\\n]'),), 1)
    if _JSON_CLOSES.fullmatch(line):
        return RecordLine((), -1)
    found = _JSON_LINE.fullmatch(line)
    if found is None:
        return None
    indent, key, sign, quote, value, closing = found.groups()
    if quote != closing:
        return None
    value = value if quote else value.removesuffix(",")
    before = escaped(f'{indent}"{key}"{sign}')
    piece = Piece(number, f"{indent}{key}", before + quote, value, key, f"{quote},?", f"[^{quote or ','}\\n]")
    return RecordLine((piece._replace(loose=f'{before}"?'),))


class _Cell(NamedTuple):
    """A cell with a label: what the same cell has in other records, its label and the sign behind it, its value, and
    patterns of what stands around that."""

    key: str
    label: str
    sign: str
    value: str
    before: str
    after: str = ""
    loose: str = ""


def _cell_of(text: str) -> _Cell | None:
    if (counted := _COUNTED.fullmatch(text)) is not None:
        # "1 goat", "3 goats"
        value, word = counted.groups()
        return _Cell(word, text.removeprefix(f"{value} "), "", value, "", f" {word}s?")
    found = _LABELLED.fullmatch(text)
    if found is None:
        return None
    label, sign, currency, value = found.groups()[:4] if found[1] else found.groups()[4:]
    loose = f"{escaped(label + sign.rstrip())}{_BLANKS}[£$€]?"
    return _Cell(label + sign.strip(), label, sign, value, escaped(label + sign + currency), loose=loose)


def _of_cells(number: int, line: str) -> RecordLine | None:
    """A line of cells with labels, set apart by one mark; None of lines that may be anything else."""
    begin = _CELLS_BEGIN.match(line)
    indent = begin[0] if begin is not None else ""
    inner = line.removeprefix(indent).rstrip()
    if not inner[:1].isalnum():
        return None
    for mark in _CELL_MARKS:
        cells = inner.split(mark) if mark else _WIDE_GAP.split(inner)
        if not _FEWEST_CELLS <= len(cells) <= _MOST_CELLS:
            continue
        if (first := _cell_of(cells[0])) is None:
            continue
        found = [first, *map(_cell_of, cells[1:])]
        labels = [cell.label for cell in found if cell is not None]
        signs = {cell.sign.strip() in (":", "=") for cell in found if cell is not None and not cell.after}
        is_apart = mark in (" | ", "; ", " · ", " • ")
        if None in found:
            # What has no label below the head of a record is one of a few words; elsewhere it may be a sentence.
            unlabelled = [cell for cell, made in zip(cells, found, strict=True) if made is None]
            is_sure = is_apart and indent != "" and len(unlabelled) == 1 and unlabelled[0].count(" ") < _MOST_WORDS
        else:
            # Commas stand within values too: "open: Mo 9, Tu 10".
            is_sure = (is_apart or len(signs) <= 1) and (indent != "" or signs == {True})
        if not is_sure or len(set(labels)) < max(_FEWEST_CELLS, len(labels)):
            continue
        apart = escaped(mark) if mark else GAP
        other = f"[^{mark.strip()}\\n]" if mark.strip() in {"|", ";", "·", "•"} else "."
        pieces: list[Piece] = []
        for written, cell in zip(cells, found, strict=True):
            before = apart if pieces else escaped(indent)
            if cell is None:
                pieces.append(Piece(number, f"{mark}cell", before, written, other=other, is_first=False))
                continue
            key = f"{mark if pieces else indent}{cell.key}"
            loose = f"{before}{cell.loose}" if cell.loose else ""
            before += cell.before
            made = Piece(number, key, before, cell.value, cell.label, cell.after, other, loose, is_first=not pieces)
            pieces.append(made)
        return RecordLine(tuple(pieces), is_key=True)
    return None


def _of_key(number: int, line: str) -> RecordLine | None:
    found = _KEY_LINE.fullmatch(line)
    if found is None:
        return None
    indent, label, sign, value = found.groups()
    is_wide = not sign.strip()
    is_framed = indent.strip(" \t*_-") != ""
    if not value and not (sign.strip() == "=" or indent):
        return None
    edge = _FRAME.search(value) if is_framed else None
    value = value[: edge.start()] if edge is not None else value
    after = "[ \\t]*" + escaped(edge[1].strip()) if edge is not None else ""
    if (is_wide and _WIDE.search(value)) or (sign == ":" and " " in label) or _KEYS.search(value):
        return None
    # Keys that blanks alone set apart may be words at the beginning of any line.
    key = f"{indent}{label}{GAP if is_wide and not is_framed else sign.strip()}"
    loose = f"{escaped(indent + label)}{GAP if is_wide else _BLANKS + escaped(sign.strip()[:1]) + _BLANKS}"
    piece = Piece(number, key, escaped(indent + label + sign), value, label, after, loose=loose)
    return RecordLine((piece,), is_key=True)


def _of_xml(number: int, line: str) -> RecordLine | None:
    if opens := _XML_OPENS.fullmatch(line):
        indent, name, attributes = opens.groups()
        first, *others = _with_attributes(number, indent, name, attributes, "")
        return RecordLine((first._replace(is_first=True), *others), 1)
    pieces: list[Piece] = []
    at = change = roots = 0
    while at < len(line.rstrip()):
        tag = _XML_TAG.match(line, at)
        if tag is None:
            return None
        indent, name, attributes, end, text, closing, closed = tag.groups()
        roots += change == 0
        if closed is not None:
            change -= 1
            pieces.append(_constant(number, f"/{closed}", indent, f"</{closed}>"))
        elif closing is not None and not attributes:
            pieces.append(_with_text(_constant(number, f"<{name}>", indent, f"<{name}>"), name, text))
        else:
            pieces += _with_attributes(number, indent, name, attributes, end)
            if closing is not None:
                pieces[-1] = _with_text(pieces[-1], name, text)
            change += closing is None and "/" not in end
        at = tag.end()
    if abs(change) > 1:
        return None
    first = pieces[0]._replace(is_first=True)
    return RecordLine((first, *pieces[1:]), change, is_whole=roots == 1 and change == 0)


def _with_text(piece: Piece, name: str, text: str) -> Piece:
    """The end of a tag, with the text behind it and the tag that closes it."""
    return piece._replace(value=text, label=name, after=f"</{name}>", other="[^<\\n]")


def _with_attributes(number: int, indent: str, name: str, attributes: str, end: str) -> list[Piece]:
    """The pieces of a tag: its name, each attribute, and its end."""
    pieces = [_constant(number, f"<{name}", indent, f"<{name}")]
    for found in _XML_ATTRIBUTE.finditer(attributes):
        piece = _constant(number, f"{name} {found[2]}", found[1], f'{found[2]}="')
        pieces.append(piece._replace(value=found[3], label=found[2], after='"', other='[^"\\n]'))
    # Some elements close themselves where others have more in them.
    close = _constant(number, f"{name}>", "", end)._replace(loose="[ \\t]*/?>")
    return [*pieces, close] if end else pieces


def _constant(number: int, key: str, indent: str, written: str) -> Piece:
    loose = f"[ \\t]*{escaped(written)}"
    return Piece(number, key, escaped(indent + written), loose=loose, is_first=False)
