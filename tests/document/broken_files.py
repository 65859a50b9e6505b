"""Files of every kind that were broken in ways that chance finds: the same ones for the same seed.

Run as a program, `python broken_files.py KIND...`, it converts them, each in a process of its own that is
bounded as conversions are, and prints a JSON line for each: the kind, the way, and what came of it.
"""

from __future__ import annotations

import bz2
import gzip
import importlib
import io
import json
import lzma
import os
import random
import resource
import sqlite3
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from rlm_kernel.document.load import formats
from rlm_kernel.document.load.convert_worker import main
from rlm_kernel.document.load.formats import FORMATS

FILES = Path(__file__).parent / "files"
CASES = 30
_SECONDS = 10
_CRASHED = 70
_NUMBERS = (b"\xff\xff\xff\xff", b"\x00\x00\x00\x80", b"\xff\xff\xff\x7f", b"\x00\x00\x00\x00")


def samples() -> dict[str, bytes]:
    """A sound file of each kind, by the names that `load.formats` has for them."""
    text = b"Crop,Sold\nRye,120\nOats,80\n" * 40
    found = {kind: (FILES / name).read_bytes() for kind, name in _KEPT.items()}
    found |= {
        "ipynb": json.dumps({"cells": [{"cell_type": "code", "source": "1", "outputs": []}], "metadata": {}}).encode(),
        "eml": b"From: a@x.org\nSubject: s\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=B\n\n--B\n"
        b"Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: base64\n\nPHA+aGk8L3A+\n--B--\n",
        "mbox": b"From a@x.org Tue Jun  7 10:00:00 2022\nSubject: one\n\nbody\n\n" * 3,
        "rtf": rb"{\rtf1\ansi{\header Head\par}\trowd\cellx9 A\cell B\cell\row\pard Gr\'fc\'dfe {\footnote n}\par}",
        "gz": gzip.compress(text),
        "bz2": bz2.compress(text),
        "xz": lzma.compress(text),
        "zip": _zip({"a.txt": text, "b/c.csv": text}),
        "tar": _tar({"a.txt": text, "b/c.csv": text}),
        "sqlite": _sqlite(),
        "odt": _open_document("text", "<text:h>Head</text:h><text:p>Words</text:p>"),
        "odp": _open_document("presentation", "<draw:page><text:p>Words</text:p></draw:page>"),
        "ods": _open_document(
            "spreadsheet",
            '<table:table table:name="S"><table:table-row><table:table-cell office:value-type="float" office:value="1">'
            "<text:p>1</text:p></table:table-cell></table:table-row></table:table>",
        ),
        "ole": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + b"\x3e\0\x03\0\xfe\xff\x09\0" + bytes(8000),
    }
    return found | _optional(text)


_KEPT = {
    "pdf": "report-libreoffice.pdf",
    "docx": "report.docx",
    "pptx": "report.pptx",
    "xlsx": "sales.xlsx",
    "epub": "report.epub",
    "html": "report.html",
}


def broken(kind: str, data: bytes, cases: int = CASES) -> Iterator[tuple[str, bytes]]:
    """So many broken files, each with the way in which it is."""
    chance = random.Random(f"1 {kind}")
    ways = [*_WAYS, *([_member, _member, _member] if data.startswith(b"PK") else [])]
    for number in range(cases):
        way = ways[number % len(ways)]
        yield f"{way.__name__.strip('_')} {number}", way(data, chance)


def _cut(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(1, len(data))]


def _flip(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randrange(1, 40)):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _sizes(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(8):
        at = chance.randrange(max(1, len(changed) - 4))
        changed[at : at + 4] = chance.choice(_NUMBERS)
    return bytes(changed)


def _swap(data: bytes, chance: random.Random) -> bytes:
    first, second = sorted((chance.randrange(len(data)), chance.randrange(len(data))))
    return data[second:] + data[first:second] + data[:first]


def _repeat(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    piece = data[at : at + chance.randrange(1, 200)]
    return data[:at] + piece * 300 + data[at:]


def _noise(data: bytes, chance: random.Random) -> bytes:
    return data[: min(len(data), 16)] + chance.randbytes(3_000)


_WAYS: tuple[Callable[[bytes, random.Random], bytes], ...] = (_cut, _flip, _sizes, _swap, _repeat, _noise)


def _member(data: bytes, chance: random.Random) -> bytes:
    """An archive that is sound, with a member that is not."""
    with zipfile.ZipFile(io.BytesIO(data)) as known:
        members = {info.filename: known.read(info) for info in known.infolist() if not info.is_dir()}
    name = chance.choice([name for name, content in members.items() if content])
    members[name] = chance.choice(_WAYS)(members[name], chance)
    return _zip(members)


def _zip(members: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content, zipfile.ZIP_STORED if name == "mimetype" else None)
    return made.getvalue()


def _tar(members: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return made.getvalue()


def _sqlite() -> bytes:
    base = sqlite3.connect(":memory:")
    base.execute("CREATE TABLE crops (name TEXT, sold INTEGER)")
    base.executemany("INSERT INTO crops VALUES (?, ?)", [(f"crop {n}", n) for n in range(200)])
    base.commit()
    return bytes(base.serialize())


def _open_document(kind: str, body: str) -> bytes:
    names = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{full}:1.0"'
        for name, full in (("office", "office"), ("text", "text"), ("table", "table"), ("draw", "drawing"))
    )
    content = f"<office:document-content {names}><office:body><office:{kind}>{body}</office:{kind}></office:body>"
    mimetype = f"application/vnd.oasis.opendocument.{kind}"
    return _zip(
        {
            "mimetype": mimetype.encode(),
            "content.xml": f"{content}</office:document-content>".encode(),
            "META-INF/manifest.xml": b"<manifest/>",
        }
    )


def _optional(text: bytes) -> dict[str, bytes]:
    """Files that libraries of extras write."""
    found: dict[str, bytes] = {}
    try:
        import zstandard

        found["zst"] = zstandard.ZstdCompressor().compress(text)
    except ImportError:
        pass
    try:
        import pyarrow
        import pyarrow.feather
        import pyarrow.parquet

        table = pyarrow.table({"crop": ["Rye", "Oats"] * 50, "sold": list(range(100))})
        for kind, write in (("parquet", pyarrow.parquet.write_table), ("feather", pyarrow.feather.write_feather)):
            made = io.BytesIO()
            write(table, made)
            found[kind] = made.getvalue()
    except ImportError:
        pass
    return found


def outcome(kind: str, data: bytes) -> dict[str, Any]:
    """What the conversion of a file came to, in a process that is forked off this one."""
    known = FORMATS[kind]
    options = {
        "seconds": _SECONDS,
        "memory": formats.LIMITS.memory,
        "text": 1 << 24,
        "function": known.function,
        "packages": known.packages,
        "name": "file",
        "password": "",
    }
    with tempfile.TemporaryFile() as file, tempfile.TemporaryFile() as made:
        file.write(data)
        file.seek(0)
        reading, writing = os.pipe()
        os.write(writing, json.dumps(options).encode())
        os.close(writing)
        child = os.fork()
        if not child:
            try:
                os.dup2(file.fileno(), 0)
                os.dup2(made.fileno(), 1)
                os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
                sys.stdin = open(0, closefd=False)  # noqa: SIM115
                # The process keeps its first output, and so must this one.
                sys.stdout = kept = open(1, "w", closefd=False)  # noqa: SIM115
                main(kind, str(reading))
                kept.flush()
                os._exit(0)
            finally:
                os._exit(_CRASHED)
        os.close(reading)
        _, status, usage = os.wait4(child, 0)
        code = os.waitstatus_to_exitcode(status)
        result = formats._result(made) if code == 0 else None
        header = result[0] if result is not None else {}
    return {"kind": kind, "code": code, "error": header.get("error", ""), "read": bool(header), "s": usage.ru_utime}


def run(kinds: list[str]) -> None:
    """Convert the broken files of these kinds, and print what came of each."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    found = samples()
    for kind in kinds or list(found):
        if kind in found:
            # What a converter imports when it runs is imported once, for all processes that are forked off.
            for name in FORMATS[kind].modules:
                importlib.import_module(name)
            print(json.dumps(outcome(kind, found[kind]) | {"way": "sound"}), flush=True)
            for way, data in broken(kind, found[kind]):
                print(json.dumps(outcome(kind, data) | {"way": way}), flush=True)


if __name__ == "__main__":
    run(sys.argv[1:])
