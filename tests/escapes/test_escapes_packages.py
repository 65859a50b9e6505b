"""Raw Python in a sub-kernel with numpy and pandas: what their own code does to files and processes, Linux refuses."""

from __future__ import annotations

import base64
import importlib.util
import sys

import pytest

from rlm_kernel.subkernel import SubKernel

pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec("pandas") is None, reason="pandas is not installed (the extra data)"),
    pytest.mark.skipif(sys.platform != "linux", reason="the layers are those of Linux"),
]
FILES = [
    "import numpy; result = numpy.fromfile('/etc/passwd', dtype='u1')",
    "import numpy; result = numpy.zeros(3).tofile('/tmp/rlm-canary')",
    "import pandas; result = pandas.io.common.os.open('/etc/passwd', 0)",
    "import pandas; result = open('/etc/passwd')",
]


@pytest.mark.usefixtures("escaped")
async def test_no_layer_gives_way() -> None:
    async with SubKernel("text", packages=["numpy", "pandas"]) as sub:
        for code in FILES:
            done = await sub.execute(f"# RAW {base64.b64encode(code.encode()).decode()}")
            assert done.value in ({"errno": "EACCES"}, {"errno": "EPERM"}), (code, done)
        fork = base64.b64encode(b"import os; result = os.fork()").decode()
        assert (await sub.execute(f"# RAW {fork}")).value == {"errno": "EPERM"}
        run = base64.b64encode(b"import os; os.execv('/bin/true', ['true'])").decode()
        assert (await sub.execute(f"# RAW {run}")).lost_state
