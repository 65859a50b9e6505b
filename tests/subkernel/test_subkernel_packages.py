"""numpy and pandas in a sub-kernel: what works, what is refused, what is reported, and what errors say."""

from __future__ import annotations

import importlib.util
from typing import Any

import pytest
from runs import block, engine

from rlm_kernel import RLM
from rlm_kernel.document import Document
from rlm_kernel.engine.prompt.prompt import opening
from rlm_kernel.engine.setting_options import as_arguments, chosen_settings
from rlm_kernel.mcp.sessions import McpSession
from rlm_kernel.replay import areplay
from rlm_kernel.subkernel import SubKernel, packages
from rlm_kernel.trace import isolation_text

installed = pytest.mark.skipif(
    importlib.util.find_spec("pandas") is None, reason="numpy and pandas are not installed (the extra data)"
)
WORKS = [
    ("type(context).__name__, list(context.columns)", ["DataFrame", ["name", "n", "x"]]),
    (
        "context['m'] = context['n'] * 2\ncontext.loc[0, 'n'] += 10\nint(context['n'].sum()), context['m'].tolist()",
        [16, [2, 4, 6]],
    ),
    ("import numpy as np\na = np.zeros(3)\na[1] += 2\na.shape = (1, 3)\na.mean(axis=1)", [0.6666666666666666]),
    ("np.int64(3), np.bool_(True), np.array([1, 2])", [3, True, [1, 2]]),
    ("context.groupby('name')['x'].sum()", {"a": 1.5, "b": 2.0}),
    ("import io\npd.read_csv(io.StringIO('a,b\\n1,2'))", [{"a": 1, "b": 2}]),
    ("context.columns = ['p', 'q', 'r', 's']\ncontext[context.q > 2].p.tolist()", ["a", "b"]),
    ("isinstance(a, np.ndarray), isinstance(context, pd.DataFrame)", [True, True]),
]
REFUSED = [
    "np.fromfile('/etc/passwd')",
    "np.load('/etc/passwd')",
    "np.os",
    "np.lib.npyio",
    "a.tofile('/etc/passwd-copy')",
    "a.ctypes",
    "a.dtype = object",
    "pd.read_csv('/etc/passwd')",
    "pd.read_pickle('/etc/passwd')",
    "pd.io.common.os",
    "context.query('q > 1')",
    "context.agg('eval', expr='q')",
    "context.to_csv('/etc/passwd-copy')",
    "context.agg('to_pickle', path='/etc/passwd-copy')",
    "pd.set_option('plotting.backend', 'os')",
    "context._mgr",
    "context._mgr = 1",
    "context.sum.__func__.__globals__",
    "pd.DataFrame.sum = 1",
    "import subprocess",
    "import pandas.io.common",
]


@installed
async def test_they_work_are_refused_what_reaches_further_and_are_reported() -> None:
    import pandas as pd

    frame = pd.DataFrame({"name": ["a", "b", "b"], "n": [1, 2, 3], "x": [1.5, None, 2.0]})
    async with SubKernel(frame, packages=["pandas", "numpy"], seed=1, clock="2024-03-01T00:00:00+00:00") as sub:
        for code, expected in WORKS:
            done = await sub.execute(code)
            assert (done.value, done.error) == (expected, None), code
        for code in REFUSED:
            assert (await sub.execute(code)).error is not None, code
        chance = await sub.execute("str(pd.Timestamp.now())[:10], np.random.default_rng().random(), np.random.rand()")
        assert chance.value is not None
        assert chance.value[0] == "2024-03-01"
        assert sub.isolation["packages"] == [f"numpy {_version('numpy')}", f"pandas {_version('pandas')}"]
        assert sub.isolation["seccomp"] is True
        assert isolation_text(sub.isolation).endswith(": a weaker language policy)")
        await sub.execute("FINAL(context)")
        assert sub.final[0] == {"p": "a", "q": 11, "r": 1.5, "s": 2}


def _version(name: str) -> str:
    return str(importlib.import_module(name).__version__)


async def test_without_them_a_table_is_records_and_the_report_names_none() -> None:
    async with SubKernel([{"a": 1}]) as sub:
        assert (await sub.execute("import numpy")).error is not None
        assert (await sub.execute("context")).value == [{"a": 1}]
        assert "packages" not in sub.isolation


def test_others_and_those_that_are_not_installed_are_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match=r"^packages: 'scipy' cannot be used in .*; only numpy and pandas can\.$"):
        RLM(packages=["scipy"]).check()
    monkeypatch.setattr(packages.importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(ValueError, match=r"^packages: numpy is not installed: pip install 'rlm-kernel\[data\]'\.$"):
        SubKernel("text", packages=["numpy"])


def test_the_option_takes_names_and_is_handed_on() -> None:
    import argparse

    from rlm_kernel.engine.setting_options import add_setting_options

    parser = argparse.ArgumentParser()
    add_setting_options(parser)
    options = parser.parse_args(["--packages", "numpy, pandas"])
    assert chosen_settings(options) == {"packages": ["numpy", "pandas"]}
    assert as_arguments(options) == ["--packages", "numpy,pandas"]


def test_the_prompt_names_them_only_where_they_are() -> None:
    document = Document.of([{"a": 1}])
    without = opening("q?", document, examples=False)[0]["content"]
    with_them = opening("q?", document, examples=False, packages=("numpy", "pandas"))[0]["content"]
    assert "pandas" not in without
    assert with_them.count("import numpy as np, pandas as pd") == 1


@installed
async def test_a_run_with_packages_is_replayed_with_them(scripted_server: Any) -> None:
    import pandas as pd

    frame = pd.DataFrame({"n": [1, 2, 3]})
    code = "import numpy as np\ntotal = int(np.sum(context['n']))\nprint(total)"
    server = scripted_server([block(code), block("FINAL(total)")])
    rlm = engine(server, packages=["numpy", "pandas"])
    answer = await rlm.acompletion("What is the sum?", frame)
    assert answer.value == 6
    again = await areplay(answer.trace, frame)
    assert again.reproduced, again


@installed
async def test_a_session_of_an_agent_has_the_packages() -> None:
    session = McpSession(
        Document.of("a text\n"), memory_limit="1GB", allow_weak_isolation=True, packages=["numpy", "pandas"]
    )
    await session.start()
    try:
        done = await session.execute("import numpy as np\nint(np.arange(4).sum())")
        assert (done.error, done.value) == (None, 6)
    finally:
        await session.close()
