"""The names that users, notebooks and other packages rely on: what is listed here stays."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import json
from pathlib import Path

import pytest

from rlm_kernel import RLM, Answer, Trace

NAMES = {
    "rlm_kernel": "RLM Answer Document DocumentError IsolationError ModelError Trace load_ipython_extension "
    "unload_ipython_extension __version__",
    "rlm_kernel.subkernel": "Execution Executor IsolationError Refusal SubKernel ToolStub cool_down forkserver warm_up",
    "rlm_kernel.models": "Delta DiskCache Message Model ModelError OpenAICompatible Recorded Recorder Reply resolve",
    "rlm_kernel.trace": "Trace TraceBuilder Iteration Call Usage Span Grounding Event MIME_TYPE SCHEMA",
    "rlm_kernel.replay": "Replay Verdict areplay replay",
    "rlm_kernel.comparing": "Comparison Question acompare compare",
    "rlm_kernel.document": "Document DocumentError",
    "rlm_kernel.demo": "path",
    "rlm_kernel.notebook.replaying": "notebook_replay",
}
METHODS = {
    RLM: "completion acompletion stream fork afork stream_fork session check",
    Answer: "value typed status usage grounding coverage calls_frame replay fork afork to_notebook "
    "to_markdown to_html to_pack to_inspect_log to_dict variable _repr_mimebundle_",
    Trace: "calls to_json from_json to_dict",
}
ENTRY_POINTS = {
    "console_scripts": {"rlm", "jupyter-rlm"},
    "jupyter_client.kernel_provisioners": {"rlm-subkernel-provisioner", "rlm-bubblewrap-provisioner"},
    "papermill.engine": {"rlm"},
    "pytest11": {"rlm-kernel"},
}


@pytest.mark.parametrize("module", NAMES)
def test_a_module_has_its_public_names(module: str) -> None:
    found = importlib.import_module(module)
    assert [name for name in NAMES[module].split() if not hasattr(found, name)] == []


def test_every_name_of_the_trace_has_its_module() -> None:
    found = importlib.import_module("rlm_kernel.trace")
    assert [name for name in found.__all__ if getattr(found, name, None) is None] == []
    assert sorted(found.__all__) == sorted(found._HOMES)


@pytest.mark.parametrize("kind", METHODS, ids=lambda kind: kind.__name__)
def test_a_class_has_its_public_methods(kind: type) -> None:
    assert [name for name in METHODS[kind].split() if not hasattr(kind, name)] == []


@pytest.mark.parametrize("group", ENTRY_POINTS)
def test_an_entry_point_leads_somewhere(group: str) -> None:
    if group == "papermill.engine":
        importlib.import_module("papermill.engines")  # loads the engines that it finds, ours too
    points = {
        point.name: point
        for point in importlib.metadata.entry_points(group=group)
        if point.dist is not None and point.dist.name == "rlm-kernel"
    }
    assert ENTRY_POINTS[group] <= set(points)
    for point in points.values():
        assert point.load() is not None


def test_the_kernelspec_starts_the_kernel_under_its_name_of_old() -> None:
    folder = Path(str(importlib.import_module("rlm_kernel").__file__)).parent / "notebook" / "kernelspec"
    spec = json.loads((folder / "kernel.json").read_text(encoding="utf-8"))
    assert spec["argv"][1:3] == ["-m", "rlm_kernel.notebook.kernel"]
    assert importlib.util.find_spec("rlm_kernel.notebook.kernel.__main__") is not None


def test_a_sub_kernel_of_a_kernelspec_is_started_under_its_name_of_old() -> None:
    assert importlib.util.find_spec("rlm_kernel.subkernel.inside.__main__") is not None


def test_the_trace_keeps_its_schema() -> None:
    trace = Trace(question="?", model="m")
    data = trace.to_dict()
    assert data["schema"] == "rlm.trace/1"
    promised = "question model sub_model settings documents isolation iterations status value evidence grounding"
    promised += " usage started versions"
    assert [name for name in promised.split() if name not in data] == []
    assert Trace.from_json(trace.to_json()) == trace
