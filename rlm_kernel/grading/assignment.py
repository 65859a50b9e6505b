"""Writes the folder of an assignment: a notebook with hidden tests, a document, a recorded model, a rubric."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path

from .. import demo

NAME = "evidence"
NOTEBOOK, RECORDING, DOCUMENT = "assignment.ipynb", "model.rlm-recording.jsonl", "report.txt"
_HIDDEN = re.compile(r"### BEGIN HIDDEN TESTS\n.*?### END HIDDEN TESTS\n?", re.DOTALL)


class AssignmentError(ValueError):
    """The folder cannot be written: which, why, what to do."""


def write_assignment(folder: Path) -> dict[str, str]:
    """Write it into a folder that is new or empty; what each file is. Raises AssignmentError."""
    report = demo.path().read_bytes()
    notebook, recording = _template(NOTEBOOK), _template(RECORDING)
    source, release = f"source/{NAME}", f"release/{NAME}"
    contents = {
        "README.md": (_template("README.md"), "what is what"),
        "rubric.yaml": (_template("rubric.yaml"), "what rlm grade grades by"),
        "nbgrader_config.py": (_template("nbgrader_config.py.txt"), "for nbgrader"),
        f"{source}/{NOTEBOOK}": (notebook, "the notebook with its hidden tests"),
        f"{source}/{DOCUMENT}": (report, "the document"),
        f"{source}/{RECORDING}": (recording, "the recorded model"),
        f"{release}/{NOTEBOOK}": (without_hidden_tests(notebook), "the notebook for students"),
        f"{release}/{DOCUMENT}": (report, "the document"),
        f"{release}/{RECORDING}": (recording, "the recorded model"),
    }
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise AssignmentError(f"{folder} is there already, and not an empty folder: name another one.")
        for name, (data, _) in contents.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
    except OSError as error:
        raise AssignmentError(f"{error.filename} cannot be written: {error.strerror or error}.") from None
    return {name: what for name, (_, what) in contents.items()}


def without_hidden_tests(notebook: bytes) -> bytes:
    """A notebook as students get it: without what stands between nbgrader's marks of hidden tests."""
    data = json.loads(notebook)
    for cell in data["cells"]:
        source = "".join(cell["source"])
        cell["source"] = _HIDDEN.sub("", source)
    return (json.dumps(data, indent=1, ensure_ascii=False) + "\n").encode()


def _template(name: str) -> bytes:
    return (files(__package__) / "template" / name).read_bytes()
