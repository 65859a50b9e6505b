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
        "df = context.copy()\ndf['m'] = df['n'] * 2\ndf.loc[0, 'n'] += 10\nint(df['n'].sum()), df['m'].tolist()",
        [16, [2, 4, 6]],
    ),
    ("import numpy as np\na = np.zeros(3)\na[1] += 2\na.shape = (1, 3)\na.mean(axis=1)", [0.6666666666666666]),
    ("np.int64(3), np.bool_(True), np.array([1, 2])", [3, True, [1, 2]]),
    ("context.groupby('name')['x'].sum()", {"a": 1.5, "b": 2.0}),
    ("import io\npd.read_csv(io.StringIO('a,b\\n1,2'))", [{"a": 1, "b": 2}]),
    ("df.columns = ['p', 'q', 'r', 's']\ndf[df.q > 2].p.tolist()", ["a", "b"]),
    ("context.assign(y=pd.col('n') + 1, t=pd.col('name').str.upper())['t'].tolist()", ["A", "B", "B"]),
    ("context.groupby('name').agg({'n': ['sum', 'mean']}).values.tolist()", [[1, 1], [5, 2.5]]),
    ("context.groupby('name').agg(most=('n', 'max'))['most'].tolist(), context['n'].agg('median')", [[1, 3], 2]),
    ("context.pivot_table(index='name', values='n', aggfunc='sum', margins=True)['n'].tolist()", [1, 5, 6]),
    ("context.pivot_table(index='name', values='n', aggfunc=['sum', 'count'], margins=True).shape", [3, 2]),
    ("context['n'].rolling(2).agg('sum').tolist()[1:], context['n'].transform('sqrt').max() < 2", [[3, 5], True]),
    ("np.frombuffer(b'\\1\\2', dtype='u1').tolist(), memoryview(np.array([1, 2])).tolist()", [[1, 2], [1, 2]]),
    ("np.resize(np.arange(2), 3), np.array([1, 'x'], dtype=object)", [[0, 1, 0], [1, "x"]]),
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
    # Memory: what is freed or not an array's, addresses, and objects as numbers.
    "a.resize(9, refcheck=False)",
    "getattr(a, 'resize')",
    "np.random.default_rng().bit_generator.ctypes",
    "np.random.default_rng().bit_generator.cffi",
    "np.random.default_rng().bit_generator.capsule",
    "a.__array_interface__",
    "a.__array_struct__",
    "a.__setstate__",
    "a.data",
    "a.setflags(write=True)",
    "a.flags.writeable = True",
    "np.core",
    "np.testing",
    "np.ctypeslib",
    "np.memmap",
    "np.lib.stride_tricks.as_strided",
    "np.ndarray(shape=3, buffer=bytearray(3))",
    "np.recarray(3, buf=bytearray(3))",
    "np.char.chararray((3,), buffer=bytearray(3))",
    "pd.Series([8]).agg('ndarray', dtype='u1', buffer=bytearray(8))",
    "o = np.array([1, 'x', None], dtype=object)\no.view('i8')",
    "np.frombuffer(o, dtype='i8')",
    "memoryview(o)",
    "type(memoryview(b''))(o)",
    "o.tobytes()",
    "import struct\nstruct.pack_into('q', o, 0, 1)",
    "from struct import pack_into\npack_into('q', o, 0, 1)",
    "struct.Struct('q').pack_into(o, 0, 1)",
    "import io\nio.BytesIO(bytes(8)).readinto(o)",
    "np.array([1]).view('O')",
    "np.dtype((np.int64, {'f': ('O', 0)}))",
    "np.dtype({'names': ['a', 'b'], 'formats': ['O', 'i8'], 'offsets': [0, 0]})",
    # Names that pandas reads.
    *(
        f"import operator\nclass Lying(str):\n    def startswith(s, *a): return False\n{code}"
        for code in (
            "pd.Series([1, 2]).agg('__getattribute__', 0, '__dict__')",
            "pd.Series([1, 2]).apply('__class__')",
            "context.agg(['_mgr'])",
            "context.agg({'n': '_mgr'})",
            "context.agg({'n': ['sum', Lying('_mgr')]})",
            "context.agg(z=('n', '__class__'))",
            "context.apply(Lying('__dict__'))",
            "context.transform('_mgr')",
            "context.groupby('name').agg('__class__')",
            "context.groupby('name')['n'].agg(['__class__'])",
            "context.groupby('name').transform('__class__')",
            "context.groupby('name').apply('__class__')",
            "context.groupby('name').agg(z=('n', '__class__'))",
            "context['n'].rolling(2).agg('__dict__')",
            "context['n'].expanding().agg(['__dict__'])",
            "context.set_index(pd.to_datetime(context['n'])).resample('D').agg('__dict__')",
            "context.pivot_table(index='name', aggfunc='__class__')",
            "context.assign(z=pd.col('n').values.ctypes)",
            "context.assign(z=pd.col('n').values.setflags(write=True))",
        )
    ),
]
# Each writes to the context in its own way, and must not reach the next cell; some are refused by numpy or pandas.
WRITING = [
    "context.loc[0, 'n'] = 99",
    "context.iloc[0, 0] = 99\ncontext.at[0, 'n'] = 98\ncontext.iat[0, 1] = 97",
    "context['n'] += 1\ncontext['new'] = 1",
    "context.n[0] = 99",
    "context.drop(columns='n', inplace=True)",
    "context.sort_values('x', inplace=True)\ncontext.reset_index(inplace=True)",
    "context.fillna(0, inplace=True)",
    "context.update(context.assign(n=99))",
    "context.insert(0, 'k', 2)\ncontext.pop('n')\ndel context['x']",
    "context.columns = list('abcd')\ncontext.index = [4, 5, 6]",
    "context.columns.name = 'c'\ncontext.index.name = 'i'",
    "import numpy as np\nnp.asarray(context['n'].array)[0] = 99",
    "context['n'].values.base[...] = 99",
    "context['n'].values[0] = 99",
    "context.to_numpy()[0] = 99",
    "np.copyto(np.asarray(context['n']), 9)",
    "context.index.values.base[0] = 99",
    "import random\nrandom.shuffle(context['n'].array)",
    "random.shuffle(context['name'].array)",
    "np.random.default_rng(0).shuffle(context['name'].array)",
    "random.shuffle(context.columns.array)",
    "context['tags'][0].append('z')",
    "context['tags'].map(lambda tags: tags.clear())",
    "context.attrs['k'] = 1",
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
        await sub.execute("FINAL(df)")
        assert sub.final[0] == {"p": "a", "q": 11, "r": 1.5, "s": 2}


@installed
async def test_what_a_cell_does_to_the_context_does_not_outlive_it() -> None:
    import pandas as pd

    rows = [{"name": "a", "n": 1, "x": 1.5, "tags": ["p"]}, {"name": "b", "n": 2, "x": 0.5, "tags": ["q", "r"]}]
    rows.append({"name": "c", "n": 3, "x": 2.5, "tags": []})
    seen = "context, list(context.index), context.attrs, context.index.name, context.columns.name"
    async with SubKernel(pd.DataFrame(rows), packages=["pandas", "numpy"]) as sub:
        told = ""
        for code in WRITING:
            told += (await sub.execute(code)).output
            done = await sub.execute(seen)
            assert (done.value, done.error) == ([rows, [0, 1, 2], {}, None, None], None), code
        assert told.count("change a copy, df = context.copy()") == 1
        kept = "df = context\ndf['m'] = df['n'] * 2\ndf = df.explode('tags')"
        assert (await sub.execute(kept)).error is None
        assert (await sub.execute("df['m'].tolist()")).value == [2, 4, 4, 6]
        assert (await sub.execute("len(grep('.')), sql('SELECT SUM(n) AS n FROM data')[0].n")).value == [3, 6]


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
