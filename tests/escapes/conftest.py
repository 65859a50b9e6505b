"""A kernelspec that starts `escaped.py` in the place of the sub-kernel's own program, readable by every user."""

from __future__ import annotations

import errno
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def escaped_spec() -> Iterator[dict[str, str]]:
    """The environment in which sub-kernels are escaped ones."""
    folder = Path(tempfile.mkdtemp(prefix="rlm-tests-"))
    spec = folder / "kernels" / "rlm-subkernel"
    spec.mkdir(parents=True)
    program = Path(__file__).with_name("escaped.py")
    described = {
        "argv": ["python", "-I", "-X", "utf8", str(program), "{connection_file}"],
        "display_name": "an escaped sub-kernel",
        "language": "python",
        "metadata": {"kernel_provisioner": {"provisioner_name": "rlm-subkernel-provisioner"}},
    }
    (spec / "kernel.json").write_text(json.dumps(described))
    for made in (folder, *folder.rglob("*")):
        made.chmod(0o755 if made.is_dir() else 0o644)
    yield {"JUPYTER_PATH": str(folder)}
    shutil.rmtree(folder)


@pytest.fixture
def escaped(escaped_spec: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Sub-kernels started by this process are escaped ones."""
    for name, value in escaped_spec.items():
        monkeypatch.setenv(name, value)


# seccomp, landlock_create_ruleset, landlock_add_rule and landlock_restrict_self on x86_64.
_LAYERS = "317,444,445,446"


@pytest.fixture(scope="module")
def unconfined(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Sub-kernels started by this process find no seccomp and no Landlock, as in some containers."""
    folder = tmp_path_factory.mktemp("unconfined")
    spec = folder / "kernels" / "rlm-subkernel"
    spec.mkdir(parents=True)
    inside = [sys.executable, "-I", "-X", "utf8", "-m", "rlm_kernel.subkernel.inside", "{connection_file}"]
    described = {
        "argv": [sys.executable, str(Path(__file__).with_name("filtered.py")), str(errno.ENOSYS), _LAYERS, *inside],
        "display_name": "a sub-kernel without the layers of the operating system",
        "language": "python",
        "metadata": {"kernel_provisioner": {"provisioner_name": "rlm-subkernel-provisioner"}},
    }
    (spec / "kernel.json").write_text(json.dumps(described))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(folder))
        yield
