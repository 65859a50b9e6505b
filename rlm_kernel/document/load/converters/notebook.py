"""Jupyter notebooks: cells, and the text of their outputs."""

from __future__ import annotations

import importlib.util
import json
import re
from typing import IO, Any

from .sink import Sink

_OBJECT = re.compile(r"<[\w.]+ object(?: at 0x[0-9a-fA-F]+)?>")


def convert(file: IO[bytes], sink: Sink) -> None:
    """See `sink.Sink`."""
    notebook = json.load(file)
    language = _of(_of(notebook, "metadata", {}), "language_info", {}).get("name", "python")
    cells = (
        notebook["cells"] if "cells" in notebook else [c for sheet in notebook["worksheets"] for c in sheet["cells"]]
    )
    pictures: list[int] = []
    for number, cell in enumerate(cells, 1):
        sink.place(f"cell {number}")
        source = _joined(cell.get("source", cell.get("input", "")))
        if cell["cell_type"] != "code":
            sink.write(f"{source}\n\n")
            continue
        fence = "```" if "```" not in source else "~~~~"
        sink.write(f"{fence}{language}\n{source}\n{fence}\n\n" if source.strip() else "")
        for output in cell.get("outputs", ()):
            data = _of(output, "data", {})
            page = _joined(data.get("text/html", ""))
            # Printed tables are cut in pieces as wide as a screen.
            text = _table(page, sink) if "<table" in page else ""
            text = text or _shown(data, page, sink)
            text = text or _joined(output.get("text") or data.get("text/plain") or output.get("traceback", ""))
            text = re.sub(r"\x1b\[[0-9;]*m", "", text)
            sink.place(f"cell {number}, output")
            sink.write(f"Output:\n{text}\n\n" if text.strip() else "")
            if any(kind.startswith("image/") for kind in data):
                pictures.append(number)
    if pictures:
        numbers = ", ".join(map(str, dict.fromkeys(pictures[:20])))
        sink.remark(f"what the pictures in the outputs of the cells {numbers} show is left out")


def _shown(data: dict[str, Any], page: str, sink: Sink) -> str:
    """What an output shows, where its plain text is none or only names the object that shows it."""
    plain = _joined(data.get("text/plain", "")).strip()
    if plain and not _OBJECT.fullmatch(plain):
        return ""
    for kind in ("text/markdown", "text/latex"):
        if (text := _joined(data.get(kind, ""))).strip():
            return text
    if page.strip():
        return _table(page, sink) or re.sub(r"<[^>]*>", " ", page)
    for kind, value in data.items():
        if kind == "application/json" or kind.endswith("+json"):
            return json.dumps(value, ensure_ascii=False)
    return ""


def _table(page: str, sink: Sink) -> str:
    if not (importlib.util.find_spec("bs4") and importlib.util.find_spec("markdownify")):
        return ""
    from .html import markdown

    return markdown(page, sink)


def _of(record: Any, name: str, default: Any) -> Any:
    value = record.get(name)
    return value if isinstance(value, type(default)) else default


def _joined(lines: Any) -> str:
    return lines if isinstance(lines, str) else "".join(str(line) for line in lines)
