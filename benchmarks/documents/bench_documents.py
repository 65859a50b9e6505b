"""How much of real files reaches the text that is made of them, beside other converters of the same run.

Usage: `python bench_documents.py FOLDER [--write] [--only NAME,NAME] [--python NAME=PATH]...`. FOLDER holds
`facts.json` (a list of {"kind", "file", "check", "args"}, see `facts.holds`), `files/`, and perhaps `icdar/`: PDFs with
the ground truth of the ICDAR 2013 table competition as NAME-str.xml. Others are measured beside: pypdf, `pdftotext`
where it is installed, markitdown and kreuzberg by the Python of an environment of each (`--python markitdown=PATH`).
With `--write`,
results/documents.json and the table in docs/documents.md are written.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from facts import holds, rows_in, rows_of

sys.path.insert(0, str(Path(__file__).parents[1]))
from results import between, record

from rlm_kernel import Document
from rlm_kernel.document import DocumentError
from rlm_kernel.document.load.formats import FORMATS

PAGE = Path(__file__).parents[2] / "docs" / "documents.md"
_SECONDS = 300
Convert = Callable[[Path], str]


def ours(path: Path) -> str:
    """The text that rlm-kernel makes of a file; of an archive, those of all members."""
    try:
        return "\n".join(text.text for text in Document.of(path).texts)
    except DocumentError:
        return ""


def program(*command: str, only: tuple[str, ...] = ()) -> Convert:
    """The output of a program that gets the path in the place of `FILE`."""

    def convert(path: Path) -> str:
        if only and path.suffix.lower() not in only:
            return ""
        words = [str(path) if word == "FILE" else word for word in command]
        try:
            done = subprocess.run(words, capture_output=True, timeout=_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            return ""
        return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""

    return convert


def pypdf_layout(path: Path) -> str:
    """The text of a PDF in pypdf's layout mode."""
    from pypdf import PdfReader

    if path.suffix.lower() != ".pdf":
        return ""
    try:
        pages = [page.extract_text(extraction_mode="layout") for page in PdfReader(path).pages]
    except Exception:  # what it cannot read, it keeps no fact of
        return ""
    return "\f" + "\f".join(pages)


# What a Python that has the package runs, with the path as its argument: it prints the text.
PEERS = {
    "markitdown": "import sys; from markitdown import MarkItDown\n"
    "text = MarkItDown(enable_plugins=False).convert(sys.argv[1]).text_content",
    "kreuzberg": "import sys; from kreuzberg import extract_file_sync\ntext = extract_file_sync(sys.argv[1]).content",
}
_PRINT = "\nsys.stdout.buffer.write(text.encode('utf-8', 'replace'))"


def converters(pythons: Mapping[str, str]) -> dict[str, tuple[str, Convert]]:
    """What is there, by name: version, and how a file is converted. `pythons`: the interpreters that have a peer."""
    packages = sorted({package for each in FORMATS.values() for package in each.packages})
    found = {"rlm-kernel": (f"{_version('rlm-kernel')} with {', '.join(map(_named, packages))}", ours)}
    for name, python in pythons.items():
        ask = f"import importlib.metadata as m; print(m.version({name!r}))"
        done = subprocess.run([python, "-c", ask], capture_output=True, text=True, check=True)
        found[name] = (done.stdout.strip(), program(python, "-c", PEERS[name] + _PRINT, "FILE"))
    if pdftotext := shutil.which("pdftotext"):
        version = subprocess.run([pdftotext, "-v"], capture_output=True, text=True, check=False).stderr
        number = re.search(r"[\d.]+", version)
        convert = program(pdftotext, "-layout", "FILE", "-", only=(".pdf",))
        found["pdftotext -layout"] = (number[0] if number else "", convert)
    found["pypdf (layout mode)"] = (_version("pypdf"), pypdf_layout)
    return found


def _version(package: str) -> str:
    return importlib.metadata.version(package)


def _named(package: str) -> str:
    try:
        return f"{package} {_version(package)}"
    except importlib.metadata.PackageNotFoundError:
        return f"no {package}"


def measure(folder: Path, convert: Convert) -> dict[str, Any]:
    """The facts that are kept, by kind: [kept, of]; the rows that are exact; the seconds that it took."""
    began = time.perf_counter()
    texts: dict[Path, str] = {}
    kinds: dict[str, list[int]] = {}
    for fact in json.loads((folder / "facts.json").read_text(encoding="utf-8")):
        path = folder / "files" / fact["file"]
        if not path.exists():
            continue
        if path not in texts:
            texts[path] = convert(path)
        count = kinds.setdefault(fact["kind"], [0, 0])
        count[0] += holds(texts[path], fact["check"], fact["args"])
        count[1] += 1
    exact = rows = 0
    for pdf in sorted(folder.glob("icdar/*.pdf")):
        truth = pdf.with_name(f"{pdf.stem}-str.xml")
        if truth.exists():
            wanted, made = list(rows_of(truth)), rows_in(convert(pdf))
            rows += len(wanted)
            exact += sum(row in made for row in wanted)
    return {"facts": kinds, "rows": [exact, rows], "seconds": round(time.perf_counter() - began, 1)}


def table(figures: dict[str, Any]) -> list[str]:
    """The figures as a Markdown table: a row for each converter."""
    lines = [
        "| | version | facts of all files | facts of PDFs | rows of tables in PDFs, exact |",
        "|---|---|---|---|---|",
    ]
    for name, each in figures.items():
        kept = _sum(each["facts"].values())
        pdf = _sum(count for kind, count in each["facts"].items() if kind.startswith("PDF"))
        exact, rows = each["rows"]
        share = f"{exact} of {rows} ({exact / rows:.1%})" if rows else ""
        version = each["version"].partition(" with ")[0]
        lines.append(f"| {name} | {version} | {kept[0]} of {kept[1]} | {pdf[0]} of {pdf[1]} | {share} |")
    return lines


def _sum(counts: Any) -> tuple[int, int]:
    pairs = list(counts)
    return sum(kept for kept, _ in pairs), sum(of for _, of in pairs)


def main() -> None:
    """Measure, print, and keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--only", default="", metavar="NAME,NAME")
    parser.add_argument("--python", action="append", default=[], metavar="NAME=PATH")
    options = parser.parse_args()
    pythons = {name: path for name, _, path in (word.partition("=") for word in options.python)}
    for name, path in pythons.items():
        if name not in PEERS or not os.access(path, os.X_OK):
            parser.error(f"--python {name}={path}: NAME is one of {', '.join(PEERS)}, PATH an interpreter")
    figures: dict[str, Any] = {}
    for name, (version, convert) in converters(pythons).items():
        if not options.only or name in options.only.split(","):
            figures[name] = {"version": version, **measure(options.folder, convert)}
            print(json.dumps({name: figures[name]}), flush=True)
    lines = table(figures)
    print("\n".join(lines))
    if options.write:
        record("documents", figures)
        text = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(between(text, "facts", "\n".join(lines)), encoding="utf-8")


if __name__ == "__main__":
    main()
