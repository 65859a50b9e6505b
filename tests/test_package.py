"""The package as a whole: who may import whom, what importing it costs, what ships with it."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import grimp
import pytest

import rlm_kernel
from rlm_kernel import trace
from rlm_kernel.engine import repair
from rlm_kernel.subkernel.inside.tool_order import TOOLS

PACKAGE = Path(rlm_kernel.__file__).parent
REPOSITORY = Path(__file__).resolve().parents[1]
PRIVATE = re.compile(r"(?<![\w.~-])/(?:home|Users|root|work|tmp)/(?!someone\b)\w[^\s\"'`)\]]*")

HOMES = {
    "openai": "models",
    "xllamacpp": "models",
    "IPython": "notebook",
    "papermill": "notebook",
    "ipywidgets": "notebook",
    "jupyter_client": "subkernel",
    "zmq": "subkernel",
    "ipykernel": "subkernel, notebook",
    "RestrictedPython": "subkernel",
    "mcp": "mcp",
    "mcp_types": "mcp",
    "starlette": "mcp",
    "uvicorn": "mcp",
    "distributed": "campaign",
    "yaml": "grading",
    "opentelemetry": "engine",
}


def modules() -> Iterator[tuple[str, Path]]:
    """Every module as (dotted name below the package, file)."""
    for file in sorted(PACKAGE.rglob("*.py")):
        parts = file.relative_to(PACKAGE).with_suffix("").parts
        yield ".".join(part for part in parts if part != "__init__"), file


def imports(module: str, file: Path) -> Iterator[str]:
    """The absolute names of what a module imports; ours begin with `rlm_kernel`."""
    tree = ast.parse(file.read_bytes())
    package = ["rlm_kernel", *(part for part in module.split(".") if part)]
    if file.name != "__init__.py":
        package.pop()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            origin = ".".join(part for part in (base, node.module) if part)
            # `from . import prompt` imports a module, `from .prompt import opening` a name of one.
            for alias in node.names:
                inner = Path(*origin.split(".")[1:], alias.name) if origin.startswith("rlm_kernel") else None
                is_module = inner is not None and (
                    (PACKAGE / inner).is_dir() or (PACKAGE / inner.with_suffix(".py")).is_file()
                )
                yield f"{origin}.{alias.name}" if is_module else origin


def test_imports_run_downward() -> None:
    """The contracts of pyproject.toml; `lint-imports` shows a breach in full."""
    done = subprocess.run(
        [sys.executable, "-m", "importlinter.cli", "lint"], cwd=REPOSITORY, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_circle_of_imports_is_larger_than_two_files() -> None:
    graph = grimp.build_graph("rlm_kernel", cache_dir=None)
    circles = {
        frozenset(graph.find_upstream_modules(name) & graph.find_downstream_modules(name)) | {name}
        for name in graph.modules
    }
    assert [sorted(circle) for circle in circles if len(circle) > 2] == []


def test_nothing_but_rooms_stands_at_the_top() -> None:
    assert {path.name for path in PACKAGE.glob("*.py")} == {"__init__.py", "__main__.py"}


@pytest.mark.parametrize(("module", "file"), [pytest.param(*each, id=each[0] or "rlm_kernel") for each in modules()])
def test_a_provider_or_front_end_is_imported_by_its_room_alone(module: str, file: Path) -> None:
    home = module.split(".")[0]
    foreign = {name.split(".")[0] for name in imports(module, file)}
    for package in foreign & set(HOMES):
        assert home in HOMES[package].split(", "), f"only {HOMES[package]}/ may import {package}"


def loaded_by(code: str) -> set[str]:
    """The top-level packages that a new interpreter has loaded after `code`."""
    probe = f"{code}\nimport sys\nprint(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_the_package_loads_nothing_else() -> None:
    heavy = {*HOMES, "pydantic", "traitlets", "rapidfuzz", "rich", "tornado", "asyncio"}
    assert loaded_by("import rlm_kernel") & heavy == set()


def test_the_engine_loads_no_provider_and_no_front_end() -> None:
    loaded = loaded_by("import rlm_kernel.api.runs")
    assert "pydantic" in loaded
    assert loaded & {"openai", "xllamacpp", "IPython", "ipykernel", "ipywidgets", "rich"} == set()


def test_an_engine_is_made_before_what_asks_is_imported() -> None:
    code = (
        "from rlm_kernel import RLM\nRLM('m', 'http://127.0.0.1:1/v1')\nimport rlm_kernel.subkernel.launch.preparation"
    )
    assert not loaded_by(code) & {"pydantic", "jupyter_client", "zmq", "rapidfuzz", "aiohttp"}


def test_the_sub_kernel_loads_of_ours_only_its_own_room_and_the_document() -> None:
    probe = "import sys, rlm_kernel.subkernel.inside.runner\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-I", "-c", probe], capture_output=True, text=True, check=True)
    mine = {name for name in done.stdout.split() if name.split(".")[0] == "rlm_kernel"}
    allowed = r"rlm_kernel(\.subkernel(\.inside(\.\w+)*)?|\.document(\.\w+)*)?"
    assert {name for name in mine if not re.fullmatch(allowed, name)} == set()
    assert not set(done.stdout.split()) & {"pydantic", "openai", "jupyter_client", "IPython"}


def test_every_public_name_can_be_had() -> None:
    for name in rlm_kernel.__all__:
        assert getattr(rlm_kernel, name).__module__.startswith("rlm_kernel.")
    assert set(rlm_kernel.__all__) <= set(dir(rlm_kernel))
    with pytest.raises(AttributeError, match="no attribute 'RML'"):
        _ = rlm_kernel.RML


def test_the_version_is_said_once() -> None:
    assert importlib.metadata.version("rlm-kernel") == rlm_kernel.__version__
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    assert project.get("version", rlm_kernel.__version__) == rlm_kernel.__version__
    changes = (REPOSITORY / "CHANGELOG.md").read_text()
    assert f"\n## {rlm_kernel.__version__}" in changes


def test_what_type_checkers_and_programs_need_is_shipped() -> None:
    assert (PACKAGE / "py.typed").is_file()
    assert list((PACKAGE / "demo").glob("*.txt"))


def committed() -> list[Path]:
    """The committed text files; the test is skipped where there is no repository (in an sdist, say)."""
    try:
        done = subprocess.run(["git", "-C", str(REPOSITORY), "ls-files", "-z"], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this is no git repository")
    names = [name for name in done.stdout.decode().split("\0") if name and not name.endswith(".png")]
    return [REPOSITORY / name for name in names if (REPOSITORY / name).is_file()]


def test_no_committed_file_names_a_folder_of_somebodys_machine() -> None:
    found = []
    for file in committed():
        if REPOSITORY / "tests" / "escapes" in file.parents:
            continue  # an attack names the folders that it is after
        for number, line in enumerate(file.read_text(errors="replace").splitlines(), 1):
            found += [f"{file.relative_to(REPOSITORY)}:{number}: {match[0]}" for match in PRIVATE.finditer(line)]
    assert found == []


def test_the_pattern_of_private_folders_finds_some() -> None:
    folders = "home tmp work root Users"
    assert all(PRIVATE.search(f'open("/{folder}/x.txt")') for folder in folders.split())
    assert not PRIVATE.search("https://example.org/home/x, ../work/x, /tmp, /tmp/*")


def test_the_documentation_names_every_field_event_repair_and_error() -> None:
    pages = {page.stem: page.read_text() for page in (REPOSITORY / "docs").glob("*.md")}
    fields = [
        model.model_fields
        for model in (trace.Trace, trace.Iteration, trace.Call, trace.Usage, trace.Span, trace.Grounding)
    ]
    fields += [trace.DocumentInfo.model_fields, trace.Coverage.model_fields, trace.CoveredLines.model_fields]
    names = {field.alias or name for each in fields for name, field in each.items()}
    names |= {event.__name__ for event in get_args(trace.Event)}
    assert {name for name in names if f"`{name}`" not in pages["trace"]} == set()
    assert {kind for kind in repair.KINDS if f"`{kind}`" not in pages["how-a-run-works"]} == set()
    statuses = set(get_args(trace.Status)) - {"running"}
    assert {status for status in statuses if f"| `{status}` |" not in pages["how-a-run-works"]} == set()
    kinds = re.findall(r"`([\w-]+)`", (rlm_kernel.ModelError.__doc__ or "").partition("for programs:")[2])
    assert len(kinds) > 5
    assert {kind for kind in kinds if f"`{kind}`" not in pages["models"]} == set()
    assert {tool for tool in TOOLS if f"`{tool}(" not in pages["how-a-run-works"]} == set()


def test_the_documented_defaults_are_the_settings() -> None:
    page = (REPOSITORY / "docs" / "how-a-run-works.md").read_text().partition("## Limits")[2]
    for names, default in re.findall(r"^\| (`.+?`) \| (\S+) \|", page.partition("## How a run ends")[0], re.MULTILINE):
        for name in re.findall(r"\w+", names):
            value = getattr(rlm_kernel.RLM(), name)
            assert str(value) == {"none": "None", "60": "60.0"}.get(default, default), name


def test_the_documented_recording_answers(tmp_path: Path) -> None:
    page = (REPOSITORY / "docs" / "models.md").read_text()
    (recording,) = re.findall(r"```json\n(.*?)```\n", page, re.DOTALL)
    (tmp_path / "by-hand.jsonl").write_text(recording)
    answer = rlm_kernel.RLM(model=f"recorded:{tmp_path / 'by-hand.jsonl'}").completion("How long is it?", "four")
    assert (answer.value, len(answer.trace.iterations)) == (4, 2)


def test_the_documentation_has_the_words_of_the_verdicts() -> None:
    readme = (REPOSITORY / "README.md").read_text().partition("## Checking an answer")[2].partition("\n## ")[0]
    notebook, audit = ((REPOSITORY / "docs" / f"{name}.md").read_text() for name in ("notebook", "audit"))
    for verdict, (sign, words) in trace.VERDICTS.items():
        shown = re.escape(words)
        assert f"| `{verdict}` | {words} |" in audit
        assert re.search(rf"^\| `{sign}` (\*\*)?{shown}(\*\*)? \|", notebook, re.MULTILINE), words
        assert f"`{sign}`" in readme, words


def test_the_index_has_every_page() -> None:
    index = (REPOSITORY / "docs" / "index.md").read_text()
    pages = {page.name for page in (REPOSITORY / "docs").glob("*.md")} - {"index.md"}
    assert {page for page in pages if f"]({page})" not in index} == set()


def test_the_rooms_of_contributing_are_those_of_the_contract() -> None:
    (layers, *_) = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    expected = [set(layer.split(" : ")) for layer in layers["layers"] if layer != "__main__"]
    drawn = (REPOSITORY / "CONTRIBUTING.md").read_text().partition("also those inside functions:\n")[2]
    rows = re.findall(r"^    (\w+(?: · \w+)*)", drawn.partition("`subkernel/inside`")[0], re.MULTILINE)
    assert [set(row.split(" · ")) for row in rows] == expected


def test_the_links_of_the_documentation_lead_somewhere() -> None:
    pages = [REPOSITORY / "README.md", *(REPOSITORY / "docs").glob("*.md")]
    links = [(page, link) for page in pages for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text())]
    local = [(page, link.partition("#")) for page, link in links if "://" not in link]
    assert local
    for page, (target, _, section) in local:
        aimed = (page.parent / target) if target else page
        assert aimed.exists(), f"{page.name} links to {target}"
        if section:
            titles = re.findall(r"^#+ (.+)$", aimed.read_text(), re.MULTILINE)
            anchors = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
            assert section in anchors, f"{page.name} links to {target}#{section}"


def test_a_system_without_posix_is_told_in_one_sentence() -> None:
    code = """
import sys
sys.modules["fcntl"] = None
try:
    from rlm_kernel import RLM
except ModuleNotFoundError as error:
    raise SystemExit(f"a riddle: {error}")
except ImportError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "WSL" in done.stdout
    assert "docs/security.md" in done.stdout
    assert done.stdout.count("\n") == 1


def test_the_readme_of_pypi_leads_nowhere_that_is_not_there() -> None:
    ask = [sys.executable, "-m", "hatchling", "metadata", "readme"]
    shown = subprocess.run(ask, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    whole = (REPOSITORY / "README.md").read_text()
    assert [link for link in re.findall(r"\]\(([^)\s]+)", shown) if "://" not in link] == []
    assert "![" in whole
    assert "![" not in shown
    assert "(`docs/mcp.md`)" in shown
    assert len(shown) > 0.9 * len(whole)
