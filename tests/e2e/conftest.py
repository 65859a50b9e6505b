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
from contextlib import ExitStack, contextmanager
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
# The headless shell shows the same pages without the browser around them, which is most of the work of opening one.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


_open = ExitStack()
_windows: list[Windows] = []


def _close_browser() -> None:
    _windows.clear()
    _open.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> Iterator[None]:
    """Close the browser after the last test in a row that may use it.

    While playwright's synchronous interface is open no other event loop runs in this thread.
    """
    try:
        yield
    finally:
        if nextitem is None or nextitem.path.parent != Path(__file__).parent:
            _close_browser()


def pytest_unconfigure() -> None:
    """Close the browser where the tests ended early."""
    _close_browser()


@pytest.fixture
def windows() -> Windows:
    """The windows of the browser; the tests are skipped where there is none."""
    if _windows and not _windows[0].chromium.is_connected():
        _close_browser()
    if not _windows:
        path = next(filter(None, map(shutil.which, BROWSERS)), None)
        if path is None:
            pytest.skip(f"none of {', '.join(BROWSERS)} is on the PATH (Debian: apt-get install {BROWSERS[0]})")
        sync_api = pytest.importorskip("playwright.sync_api", reason="the playwright package drives the browser")
        with ExitStack() as stack:
            playwright = stack.enter_context(sync_api.sync_playwright())
            browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
            stack.callback(browser.close)
            _open.push(stack.pop_all())
        _windows.append(Windows(browser))
    return _windows[0]


@pytest.fixture
def chromium(windows: Windows) -> Iterator[Any]:
    """The browser; the contexts that a test makes in it end with the test."""
    before = set(windows.chromium.contexts)
    yield windows.chromium
    for context in {*windows.chromium.contexts} - before - windows.contexts():
        context.close()


# Takes away what one test has opened in a JupyterLab, and tells whether the next may go on in it.
CLEAR = """() => {
    if (window.jupyterapp === undefined) return false;
    const { shell } = window.jupyterapp;
    for (const area of ['main', 'down', 'left', 'right'])
        for (const widget of [...shell.widgets(area)])
            if (area === 'main' || area === 'down' || widget.id.startsWith('rlm')) widget.dispose();
    return document.querySelector('.jp-Dialog') === null && [...shell.widgets('main')].length === 0;
}"""


class Windows:
    """Windows of a browser, in one browser context for each server.

    What the server sent once is in the context's cache. There is one for each server, as the cookie against forged
    requests is that of a host, whatever its port. A JupyterLab whose notebook was closed is kept for the next notebook,
    since most of the time of opening one goes into starting the application.
    """

    def __init__(self, chromium: Any) -> None:
        self.chromium = chromium
        self._contexts: dict[str, Any] = {}
        self._idle: dict[str, list[Any]] = {}
        self.consoles: dict[Any, list[str]] = {}

    def open(self, address: str) -> Any:
        """A new page."""
        if address not in self._contexts:
            self._contexts[address] = self.chromium.new_context(viewport=VIEWPORT, reduced_motion="reduce")
        page = self._contexts[address].new_page()
        page.set_default_timeout(60_000)
        self.consoles[page] = console = []
        page.on("console", lambda message: console.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: console.append(error.stack or str(error)))
        return page

    def contexts(self) -> set[Any]:
        """The contexts of the windows."""
        return set(self._contexts.values())

    def idle(self, address: str) -> Any | None:
        """A page with a JupyterLab in which nothing is open; None where there is none."""
        kept = self._idle.get(address, [])
        return kept.pop() if kept else None

    def keep(self, address: str, page: Any) -> None:
        """Clear a JupyterLab for the next notebook, or close the page where that cannot be done."""
        if page.is_closed():
            return
        if page.evaluate(CLEAR):
            page.unroute_all()
            page.set_viewport_size(VIEWPORT)
            self.consoles[page].clear()
            self._idle.setdefault(address, []).append(page)
        else:
            page.close()


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


@pytest.fixture
def notebook7(lab: tuple[str, Path]) -> tuple[str, Path]:
    """The same server: where Jupyter Notebook 7 is installed, it has its pages as well."""
    require_notebook7()
    return lab


@pytest.fixture
def extended_notebook7(extended_lab: tuple[str, Path]) -> tuple[str, Path]:
    """The server with the labextension, of which Jupyter Notebook 7 is opened."""
    require_notebook7()
    return extended_lab


def require_notebook7() -> None:
    """Skip the test where Jupyter Notebook 7 is not installed."""
    pytest.importorskip(
        "notebook", minversion="7.0", reason="Jupyter Notebook 7 is not installed: pip install notebook"
    )


def require_extension() -> None:
    """Skip the test where the labextension is not installed."""
    found = [folder for folder in jupyter_path("labextensions") if Path(folder, EXTENSION, "package.json").is_file()]
    if not found:
        pytest.skip("the labextension is not installed in this environment: pip install . builds and installs it")


@contextmanager
def running_lab(root: Path, *, disabled: list[str]) -> Iterator[tuple[str, Path]]:
    """Run a JupyterLab in `root`, without the extensions named in `disabled`."""
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
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--expose-app-in-browser"]
    command += ["--JupyterNotebookApp.expose_app_in_browser=True"]
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


def write_cells(path: Path, sources: list[str]) -> None:
    """Write a Python notebook of these cells."""
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    nb.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nb.metadata["language_info"] = {"name": "python", "mimetype": "text/x-python"}
    nbformat.write(nb, path)


class Notebook:
    """One open notebook: its page, its file, and what a user does with it; `errors` are those of the console."""

    def __init__(
        self, page: Any, path: Path, console: list[str] | None = None, release: Callable[[], None] | None = None
    ) -> None:
        self.page, self.path = page, path
        self.errors = [] if console is None else console
        self._release = page.close if release is None else release

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
        # Some commands give a widget, which is not to be sent here.
        run = "([name, args]) => window.jupyterapp.commands.execute(name, args).then(() => {})"
        self.page.evaluate(run, [name, arguments])

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
        """Shut the kernel down (unless kept) and close the notebook."""
        if not keep_kernel:
            self.command("notebook:shutdown-kernel")
        self._release()

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
def open_notebook(windows: Windows, lab: tuple[str, Path]) -> Iterator[Callable[..., Notebook]]:
    """Opens notebooks: from a list of cells (`None` cells: the file as it is), with a kernel or without one."""
    with opener(windows, lab) as open_one:
        yield open_one


@pytest.fixture
def open_extended(windows: Windows, extended_lab: tuple[str, Path]) -> Iterator[Callable[..., Notebook]]:
    """The same as `open_notebook` in the JupyterLab that has the labextension."""
    with opener(windows, extended_lab) as open_one:
        yield open_one


@pytest.fixture
def open_notebook7(windows: Windows, extended_notebook7: tuple[str, Path]) -> Iterator[Callable[[str], Notebook]]:
    """Opens notebooks of the folder that the Jupyter Notebook 7 serves."""
    with notebook7_opener(windows, extended_notebook7) as open_one:
        yield open_one


@pytest.fixture
def bare_notebook7(windows: Windows, notebook7: tuple[str, Path]) -> Iterator[tuple[Callable[[str], Notebook], Path]]:
    """Opens notebooks in a Jupyter Notebook 7 without the labextension, and the folder that it serves."""
    with notebook7_opener(windows, notebook7) as open_one:
        yield open_one, notebook7[1]


@contextmanager
def notebook7_opener(windows: Windows, running: tuple[str, Path]) -> Iterator[Callable[[str], Notebook]]:
    """What opens notebooks in one Jupyter Notebook 7."""
    address, folder = running
    pages = []

    def open_one(name: str) -> Notebook:
        page = windows.open(address)
        pages.append(page)
        page.goto(f"{address}/notebooks/{name}?token={TOKEN}")
        page.wait_for_selector(".jp-Notebook .jp-Cell")
        return Notebook(page, folder / name)

    yield open_one
    for page in pages:
        page.close()


@contextmanager
def opener(windows: Windows, lab: tuple[str, Path]) -> Iterator[Callable[..., Notebook]]:
    """What opens notebooks in one JupyterLab, each in a browser window that has nothing else open."""
    address, folder = lab
    log = folder.parent / "lab.log"
    opened = []

    def open_one(
        name: str, cells: list[str] | None, *, kernel: bool = True, dark: bool = False, fragment: str = ""
    ) -> Notebook:
        path = folder / name
        if cells is not None:
            write_cells(path, cells)
        page = None if fragment else windows.idle(address)
        if page is None:
            page = windows.open(address)
            page.goto(f"{address}/lab/workspaces/{path.stem}-{len(opened)}?reset&token={TOKEN}{fragment}")
            page.wait_for_function("() => window.jupyterapp !== undefined")
            page.evaluate("() => window.jupyterapp.restored")

        def release() -> None:
            if page in opened:
                opened.remove(page)
                windows.keep(address, page)

        opened.append(page)
        notebook = Notebook(page, path, windows.consoles[page], release)
        notebook.command("apputils:change-theme", theme="JupyterLab Dark" if dark else "JupyterLab Light")
        # JupyterLab 4.2's docmanager:open hands on no preference of kernels; the registry is asked in all versions.
        registry, none = "window.jupyterapp.docRegistry", "() => ({shouldStart: false, canStart: false})"
        page.evaluate(f"() => {{ delete {registry}.getKernelPreference }}")
        if not kernel:
            page.evaluate(f"() => {{ {registry}.getKernelPreference = {none} }}")
        page.evaluate(
            "o => window.jupyterapp.commands.execute('docmanager:open', o).then(() => {})",
            {"path": name, "factory": "Notebook"},
        )
        page.wait_for_selector(".jp-Notebook .jp-Cell")
        if kernel:
            notebook.wait_for_kernel(log)
        return notebook

    yield open_one
    for page in list(opened):
        windows.keep(address, page)
