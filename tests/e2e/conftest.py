"""A real JupyterLab in a headless Chromium, with configuration and data folders of its own.

There are two: one as a reader without the labextension has it, and one with the extension.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_core.paths import jupyter_path
from nbformat.sign import NotebookNotary

import rlm_kernel

EXTENSION = "rlm-kernel"
TOKEN = "end-to-end"
ARTIFACTS = Path(__file__).parent / "artifacts"
VIEWPORT = {"width": 1200, "height": 1000}
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """The browser; the tests are skipped where there is none.

    It ends with its module: while playwright's synchronous interface is open no other event loop runs in this thread.
    """
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no chromium, chromium-browser or google-chrome on the PATH (Debian: apt-get install chromium)")
    sync_api = pytest.importorskip("playwright.sync_api", reason="the playwright package drives the browser")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def windows(chromium: Any) -> Callable[[str], Any]:
    """Opens a page in the module's browser context of a server: what the server sent once is in the context's cache.

    One context for each server, as the cookie against forged requests is that of a host, whatever its port.
    """
    contexts: dict[str, Any] = {}

    def new_page(address: str) -> Any:
        if address not in contexts:
            contexts[address] = chromium.new_context(viewport=VIEWPORT, reduced_motion="reduce")
        page = contexts[address].new_page()
        page.set_default_timeout(60_000)
        return page

    return new_page


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A running JupyterLab without the labextension: its address, and the folder that it serves."""
    with running_lab(tmp_path_factory.mktemp("lab"), disabled=[EXTENSION]) as running:
        yield running


@pytest.fixture(scope="session")
def extended_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The same with the labextension; the tests are skipped where it is not installed."""
    require_extension()
    with running_lab(tmp_path_factory.mktemp("extended-lab"), disabled=[]) as running:
        yield running


@pytest.fixture(scope="module")
def extended_notebook7(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A running Jupyter Notebook 7 with the labextension."""
    pytest.importorskip(
        "notebook", minversion="7.0", reason="Jupyter Notebook 7 is not installed: pip install notebook"
    )
    require_extension()
    with running_lab(tmp_path_factory.mktemp("notebook7"), disabled=[], application="notebook") as running:
        yield running


@pytest.fixture(scope="module")
def notebook7(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A running Jupyter Notebook 7 without the labextension."""
    pytest.importorskip(
        "notebook", minversion="7.0", reason="Jupyter Notebook 7 is not installed: pip install notebook"
    )
    root = tmp_path_factory.mktemp("plain-notebook7")
    with running_lab(root, disabled=[EXTENSION], application="notebook") as running:
        yield running


def require_extension() -> None:
    """Skip the test where the labextension is not installed."""
    found = [folder for folder in jupyter_path("labextensions") if Path(folder, EXTENSION, "package.json").is_file()]
    if not found:
        pytest.skip("the labextension is not installed in this environment: pip install . builds and installs it")


@contextmanager
def running_lab(root: Path, *, disabled: list[str], application: str = "jupyterlab") -> Iterator[tuple[str, Path]]:
    """Run a JupyterLab (or `notebook`) in `root`, without the extensions named in `disabled`."""
    folders = {name: root / name for name in ("work", "config", "data", "runtime", "settings", "workspaces", "ipython")}
    for folder in folders.values():
        folder.mkdir()
    # The path of a Unix socket has room for 107 characters, which the folder of a test may fill alone.
    folders["runtime"].rmdir()
    folders["runtime"] = Path(tempfile.mkdtemp(prefix="rlm-lab-"))
    notification = folders["settings"] / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
    notification.parent.mkdir(parents=True)
    notification.write_text(json.dumps({"fetchNews": "false", "checkForUpdates": False}))
    page_config = folders["config"] / "labconfig" / "page_config.json"
    page_config.parent.mkdir()
    # Whether JupyterLab should be built anew is asked of Node each time that a page opens.
    page_config.write_text(json.dumps({"disabledExtensions": dict.fromkeys(disabled, True), "buildCheck": False}))
    (folders["data"] / "kernels").mkdir()
    (folders["data"] / "kernels" / "rlm").symlink_to(Path(rlm_kernel.__file__).parent / "notebook" / "kernelspec")
    environment = os.environ | {
        "JUPYTER_CONFIG_DIR": str(folders["config"]),
        "JUPYTER_DATA_DIR": str(folders["data"]),
        "JUPYTER_RUNTIME_DIR": str(folders["runtime"]),
        "JUPYTERLAB_SETTINGS_DIR": str(folders["settings"]),
        "JUPYTERLAB_WORKSPACES_DIR": str(folders["workspaces"]),
        "IPYTHONDIR": str(folders["ipython"]),
    }
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", application, "--no-browser", "--allow-root", "--expose-app-in-browser"]
    command += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}"]
    # The ports of a kernel are chosen before it starts: a connection of any other test may take one in the meantime.
    command += ["--KernelManager.transport=ipc"]
    outputs: dict[str, Any] = {"stdout": (root / "lab.log").open("w"), "stderr": subprocess.STDOUT}
    with outputs["stdout"], subprocess.Popen(command, cwd=folders["work"], env=environment, **outputs) as server:
        try:
            _wait_until_listening(server, port, root / "lab.log")
            yield f"http://127.0.0.1:{port}", folders["work"]
        finally:
            server.terminate()
            try:
                server.wait(timeout=20)
            except subprocess.TimeoutExpired:
                # Now and then a thread of the server's own never ends. What it has begun is its, and ends with it.
                server.kill()
            shutil.rmtree(folders["runtime"], ignore_errors=True)


def _wait_until_listening(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(600):
        if server.poll() is not None:
            break
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        try:
            server.wait(timeout=0.1)
        except subprocess.TimeoutExpired:
            continue
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()[-3000:]}")


def accessibility(page: Any, selector: str) -> list[str]:
    """What axe finds wrong with the elements of a page, a line each; the test is skipped where it is not installed."""
    axe = pytest.importorskip("axe_core_python", reason="axe checks the accessibility of the display")
    page.evaluate((Path(axe.__file__).parent / "axe.min.js").read_text())
    rules = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}
    # Landmarks and headings are the page's own, of which an output is a part.
    off = {name: {"enabled": False} for name in ("region", "page-has-heading-one", "landmark-one-main")}
    run = "([where, options]) => axe.run(where, options)"
    found = page.evaluate(run, [selector, {"runOnly": rules, "rules": off}])
    return [
        f"{problem['id']}: {problem['help']}: {node['html'][:200]} {node['failureSummary'][:300]}"
        for problem in found["violations"]
        for node in problem["nodes"]
    ]


def trust(file: Path, lab_root: Path) -> None:
    """Sign a notebook file, as JupyterLab does when its user trusts or executes it."""
    notary = NotebookNotary(data_dir=str(lab_root / "data"))
    notary.sign(nbformat.read(file, as_version=4))
    notary.store.close()


class Notebook:
    """One open notebook: its page, its file, and what a user does with it; `errors` are those of the console."""

    def __init__(self, page: Any, path: Path, console: list[str] | None = None) -> None:
        self.page, self.path = page, path
        self.errors = [] if console is None else console

    def wait_for_kernel(self, log: Path) -> None:
        """Wait until the kernel can be asked; where it cannot, the failure says what the page and the server know."""
        sync_api = pytest.importorskip("playwright.sync_api", reason="the playwright package drives the browser")
        status = "() => window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status"
        try:
            self.page.wait_for_function(f"{status} === 'idle'")
        except sync_api.TimeoutError:
            title = self.page.evaluate("() => window.jupyterapp.shell.currentWidget?.title.label")
            dialogs = self.page.locator(".jp-Dialog").all_inner_texts()
            self.screenshot("no-kernel")
            pytest.fail(
                f"The kernel is {self.page.evaluate(status)!r}; in front: {title!r}; dialogs: {dialogs}; console: "
                f"{self.errors[-5:]}\n{log.read_text()[-5000:]}"
            )

    def command(self, name: str, **arguments: Any) -> None:
        """Run one of JupyterLab's commands, as its menus do."""
        self.page.evaluate("([name, args]) => window.jupyterapp.commands.execute(name, args)", [name, arguments])

    def run(self, index: int, *, wait: bool = True) -> None:
        """Run a cell; `wait` for it to end."""
        self.page.evaluate("index => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = index }", index)
        # run-cell resolves when the cell has ended, so it must not be awaited here.
        self.page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-cell') }")
        if wait:
            self.wait_done(index)

    def wait_done(self, index: int) -> None:
        """Wait until the cell has been executed, with or without an error."""
        self.page.wait_for_function(
            """index => {
                const cell = window.jupyterapp.shell.currentWidget.content.widgets[index];
                return cell.model.sharedModel.execution_count !== null && cell.model.executionState !== 'running'
                    && cell.prompt !== '*';
            }""",
            arg=index,
        )

    def close(self, *, keep_kernel: bool = False) -> None:
        """Shut the kernel down (unless kept) and close the page."""
        if not keep_kernel:
            self.command("notebook:shutdown-kernel")
        self.page.close()

    @property
    def has_kernel(self) -> bool:
        """Whether a kernel is connected to the notebook."""
        widget = "window.jupyterapp.shell.currentWidget.sessionContext"
        return bool(self.page.evaluate(f"() => Boolean({widget}.session && {widget}.session.kernel)"))

    def output(self, index: int) -> Any:
        """The output area of a cell."""
        return self.page.locator(".jp-Notebook .jp-Cell").nth(index).locator(".jp-Cell-outputArea")

    def save(self) -> Any:
        """Save, and read the file as JSON."""
        self.command("docmanager:save")
        return json.loads(self.path.read_text())

    def picture(self, name: str, element: Any) -> None:
        """Keep a picture of one element in the artifacts folder, all of it."""
        ARTIFACTS.mkdir(exist_ok=True)
        box = element.bounding_box()
        self.page.set_viewport_size({"width": 1200, "height": int(box["height"]) + 300})
        element.screenshot(path=ARTIFACTS / f"{name}.png")

    def screenshot(self, name: str) -> None:
        """Keep a picture in the artifacts folder."""
        ARTIFACTS.mkdir(exist_ok=True)
        self.page.screenshot(path=ARTIFACTS / f"{name}.png")


@pytest.fixture
def open_notebook(windows: Callable[[str], Any], lab: tuple[str, Path]) -> Iterator[Callable[..., Notebook]]:
    """Opens notebooks: from a list of cells (`None` cells: the file as it is), with a kernel or without one."""
    with opener(windows, lab) as open_one:
        yield open_one


@pytest.fixture
def open_extended(windows: Callable[[str], Any], extended_lab: tuple[str, Path]) -> Iterator[Callable[..., Notebook]]:
    """The same as `open_notebook` in the JupyterLab that has the labextension."""
    with opener(windows, extended_lab) as open_one:
        yield open_one


@pytest.fixture
def open_notebook7(
    windows: Callable[[str], Any], extended_notebook7: tuple[str, Path]
) -> Iterator[Callable[[str], Notebook]]:
    """Opens notebooks of the folder that the Jupyter Notebook 7 serves."""
    with notebook7_opener(windows, extended_notebook7) as open_one:
        yield open_one


@pytest.fixture
def bare_notebook7(
    windows: Callable[[str], Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Callable[[str], Notebook], Path]]:
    """Opens notebooks of a Jupyter Notebook 7 without the labextension, and the folder that it serves."""
    pytest.importorskip(
        "notebook", minversion="7.0", reason="Jupyter Notebook 7 is not installed: pip install notebook"
    )
    root = tmp_path_factory.mktemp("bare-notebook7")
    with (
        running_lab(root, disabled=[EXTENSION], application="notebook") as running,
        notebook7_opener(windows, running) as open_one,
    ):
        yield open_one, running[1]


@contextmanager
def notebook7_opener(windows: Callable[[str], Any], running: tuple[str, Path]) -> Iterator[Callable[[str], Notebook]]:
    """What opens notebooks in one Jupyter Notebook 7."""
    address, folder = running
    pages = []

    def open_one(name: str) -> Notebook:
        page = windows(address)
        pages.append(page)
        page.goto(f"{address}/notebooks/{name}?token={TOKEN}")
        page.wait_for_selector(".jp-Notebook .jp-Cell")
        return Notebook(page, folder / name)

    yield open_one
    for page in pages:
        page.close()


@contextmanager
def opener(windows: Callable[[str], Any], lab: tuple[str, Path]) -> Iterator[Callable[..., Notebook]]:
    """What opens notebooks in one JupyterLab, each in a browser window of its own."""
    address, folder = lab
    log = folder.parent / "lab.log"
    pages = []

    def open_one(
        name: str, cells: list[str] | None, *, kernel: bool = True, dark: bool = False, fragment: str = ""
    ) -> Notebook:
        path = folder / name
        if cells is not None:
            nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
            nb.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
            nb.metadata["language_info"] = {"name": "python", "mimetype": "text/x-python"}
            nbformat.write(nb, path)
        page = windows(address)
        pages.append(page)
        console: list[str] = []
        page.on("console", lambda message: console.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: console.append(error.stack or str(error)))
        page.goto(f"{address}/lab/workspaces/{path.stem}-{len(pages)}?reset&token={TOKEN}{fragment}")
        page.wait_for_function("() => window.jupyterapp !== undefined")
        page.evaluate("() => window.jupyterapp.restored")
        notebook = Notebook(page, path, console)
        notebook.command("apputils:change-theme", theme="JupyterLab Dark" if dark else "JupyterLab Light")
        if not kernel:
            # JupyterLab 4.2's docmanager:open hands on no preference of kernels; the registry is asked in all versions.
            none = "() => ({shouldStart: false, canStart: false})"
            page.evaluate(f"() => {{ window.jupyterapp.docRegistry.getKernelPreference = {none} }}")
        page.evaluate(
            "o => window.jupyterapp.commands.execute('docmanager:open', o).then(() => {})",
            {"path": name, "factory": "Notebook"},
        )
        page.wait_for_selector(".jp-Notebook .jp-Cell")
        if kernel:
            notebook.wait_for_kernel(log)
        return notebook

    yield open_one
    for page in pages:
        page.close()
