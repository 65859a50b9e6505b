"""What mammoth would leave out of the XML of a Word document, or join, put into it in the words that it reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .scripts import script
from .sink import Sink

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
# Stands for a tab outside tables: white space is one space in a page.
TAB = "\ue009"
_OFF = ("0", "false", "off")


def mend(root: Any, sink: Sink) -> None:
    """Change a part (the body, notes, comments, a header) so that mammoth reads all words in it, and joins none."""
    _write_equations(root)
    for tag in ("fldSimple", "bdo", "dir"):
        for node in list(root.iter(f"{W}{tag}")):
            _unwrap(node)
    for node in list(root.iter(f"{W}ruby")):
        base, reading = ("".join(_texts(node.find(f"{W}{name}"))) for name in ("rubyBase", "rt"))
        _replace(node, f"{base}({reading})" if reading else base)
    for node in root.iter(f"{W}cr", f"{W}ptab", f"{W}br"):
        # Breaks of pages and of columns are lines' ends too.
        node.attrib.clear()
        node.tag = f"{W}tab" if node.tag == f"{W}ptab" else f"{W}br"
    for node in list(root.iter(f"{W}tab")):
        if node.getparent().tag == f"{W}r" and next(node.iterancestors(f"{W}tc"), None) is None:
            _replace(node, TAB)
    for node in list(root.iter(f"{W}noBreakHyphen")):
        _replace(node, "\u2011")
    for node in root.iter(f"{W}position"):
        _raise(node)
    _write_symbols(root, sink)
    _write_choices(root)
    _set_hidden_apart(root, sink)
    for row in root.iter(f"{W}tr"):
        _indent(row)


def run(words: str) -> Any:
    """A run of these words."""
    from lxml import etree

    made = etree.Element(f"{W}r")
    made.append(_text(words))
    return made


def is_on(properties: Any, name: str) -> bool:
    """Whether a property without a value of its own is set."""
    node = properties.find(f"{W}{name}") if properties is not None else None
    return node is not None and node.get(f"{W}val") not in _OFF


def _text(words: str) -> Any:
    from lxml import etree

    made = etree.Element(f"{W}t")
    made.text = words
    made.set(_SPACE, "preserve")
    return made


def _texts(node: Any) -> Iterator[str]:
    return (text.text or "" for text in node.iter(f"{W}t")) if node is not None else iter(())


def _replace(node: Any, words: str) -> None:
    node.getparent().replace(node, _text(words))


def _unwrap(node: Any) -> None:
    for child in list(node):
        node.addprevious(child)
    node.getparent().remove(node)


def _raise(node: Any) -> None:
    """Characters that are set higher or lower are raised or lowered ones."""
    from lxml import etree

    height = str(node.get(f"{W}val"))
    if height.lstrip("-").isdigit() and int(height) and node.getparent().find(f"{W}vertAlign") is None:
        kind = "subscript" if int(height) < 0 else "superscript"
        etree.SubElement(node.getparent(), f"{W}vertAlign").set(f"{W}val", kind)


def _write_symbols(root: Any, sink: Sink) -> None:
    """Characters of symbol fonts as those of Unicode."""
    from mammoth.docx.dingbats import dingbats

    unknown = 0
    for node in list(root.iter(f"{W}sym")):
        font, code = node.get(f"{W}font"), node.get(f"{W}char") or ""
        number = int(code, 16) if code.isalnum() and all(digit in "0123456789abcdefABCDEF" for digit in code) else 0
        # Symbol fonts have their characters in the private area, from F000 on.
        own = 0xF000 <= number <= 0xF0FF
        found = dingbats.get((font, number)) or (dingbats.get((font, number - 0xF000)) if own else None)
        if found is None and (own or not 31 < number < 0xE000):
            unknown += 1
        _replace(node, chr(found or (number if 31 < number < 0xE000 else 0xFFFD)))
    if unknown:
        sink.remark(f"{unknown:,} symbol{'s' * (unknown > 1)} of a font that is not known here: \ufffd in the text")


def _write_choices(root: Any) -> None:
    """What is chosen in the lists of older forms, which no run says."""
    for choice in list(root.iter(f"{W}ddList")):
        entries = [entry.get(f"{W}val") or "" for entry in choice.iter(f"{W}listEntry")]
        at = next((node.get(f"{W}val") for name in ("result", "default") for node in choice.iter(f"{W}{name}")), "0")
        begin = next(choice.iterancestors(f"{W}r"), None)
        if begin is not None and str(at).isdigit() and int(at) < len(entries):
            end = next((one for one in begin.itersiblings() if _kind(one) in ("separate", "end")), None)
            if end is not None and _kind(end) == "end":
                end.addnext(run(entries[int(at)]))


def _kind(node: Any) -> str:
    mark = node.find(f"{W}fldChar")
    return str(mark.get(f"{W}fldCharType")) if mark is not None else ""


def _set_hidden_apart(root: Any, sink: Sink) -> None:
    """Keep hidden text apart from the words that it stands in, or leave it out where it stands within one."""
    within = 0
    for paragraph in root.iter(f"{W}p"):
        runs = [node for node in paragraph.iter(f"{W}r") if node.find(f"{W}t") is not None or _breaks(node)]
        hidden = [is_on(node.find(f"{W}rPr"), "vanish") for node in runs]
        if not any(hidden) or all(hidden):
            continue
        at = 0
        while at < len(runs):
            end = at
            while end < len(runs) and hidden[end]:
                end += 1
            if end > at:
                before = "".join(_texts(runs[at - 1]))[-1:].strip() if at and not _breaks(runs[at - 1]) else ""
                after = "".join(_texts(runs[end]))[:1].strip() if end < len(runs) and not _breaks(runs[end]) else ""
                if before and after:
                    within += 1
                    for node in runs[at:end]:
                        node.getparent().remove(node)
                elif before:
                    runs[at].addprevious(run(" "))
                elif after:
                    runs[end - 1].addnext(run(" "))
            at = max(end, at + 1)
    if within:
        sink.remark(f"{within:,} hidden piece{'s' * (within > 1)} of text within words left out")


def _breaks(node: Any) -> bool:
    return node.find(f"{W}br") is not None or node.find(f"{W}tab") is not None


def _indent(row: Any) -> None:
    """A row that begins further right gets empty cells before its own."""
    from lxml import etree

    before = row.find(f"{W}trPr/{W}gridBefore")
    count = str(before.get(f"{W}val")) if before is not None else ""
    first = row.find(f"{W}tc")
    if count.isdigit() and 0 < int(count) < 1_000 and first is not None:
        for _ in range(int(count)):
            empty = etree.Element(f"{W}tc")
            etree.SubElement(empty, f"{W}p")
            first.addprevious(empty)


def _write_equations(root: Any) -> None:
    """Put the characters of each equation where it stands, as one line."""
    for equation in list(root.iter(f"{_M}oMath")):
        parent = equation.getparent()
        made = run(_linear(equation))
        if parent.tag == f"{_M}oMathPara":
            equation, parent = parent, parent.getparent()
        if parent is not None and equation in list(parent):
            made.tail = equation.tail
            parent.replace(equation, made)


def _linear(node: Any) -> str:
    tag = node.tag.removeprefix(_M) if isinstance(node.tag, str) else ""
    parts: dict[str, list[str]] = {}
    for child in node:
        if isinstance(child.tag, str):
            parts.setdefault(child.tag.removeprefix(_M), []).append(_linear(child))
    inner = _inner(node)
    base = "".join(parts.get("e", []))
    if tag == "t":
        return node.text or ""
    if tag == "f":
        over, below = ("".join(parts.get(name, [])) for name in ("num", "den"))
        return f"({over} over {below})" if _value(node, "fPr/type") == "noBar" else f"({over})/({below})"
    if tag in ("sup", "sub"):
        return f"{'^' if tag == 'sup' else '_'}{inner if len(inner) < 2 else f'({inner})'}"
    if tag == "lim":
        return f"_({inner})"
    if tag == "rad":
        return f"{script('√', ''.join(parts.get('deg', []))).strip()}√({base})"
    if tag == "nary":
        limits = "".join([*parts.get("sub", []), *parts.get("sup", [])])
        return f"{_value(node, 'naryPr/chr') or '∫'}{limits} {base}"
    if tag == "d":
        sign = {name: _value(node, f"dPr/{name}") for name in ("begChr", "sepChr", "endChr")}
        begin, between, end = (default if sign[name] is None else sign[name] for name, default in _BRACKETS)
        return f"{begin}{str(between).join(parts.get('e', []))}{end}"
    if tag == "m":
        return f"[{'; '.join(parts.get('mr', []))}]"
    if tag == "mr":
        return " ".join(parts.get("e", []))
    if tag == "eqArr":
        return "; ".join(parts.get("e", []))
    if tag == "acc":
        return f"{base}{_value(node, 'accPr/chr') or chr(0x302)}"
    if tag == "func":
        return f"{''.join(parts.get('fName', []))} {base}"
    return inner


_BRACKETS = (("begChr", "("), ("sepChr", "|"), ("endChr", ")"))


def _inner(node: Any) -> str:
    made = ""
    for child in node:
        words = _linear(child)
        # What follows an exponent or an index of one character is none of it.
        made += f" {words}" if made[-2:-1] in ("^", "_") and words[:1].isalnum() else words
    return made


def _value(node: Any, path: str) -> str | None:
    """The value of a property, None where it is not set, "" where it is set to nothing."""
    found = node.find("/".join(f"{_M}{part}" for part in path.split("/")))
    return None if found is None else str(found.get(f"{_M}val") or "")
