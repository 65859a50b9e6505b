"""The kernel as it is installed: a wheel, or an editable install, in a new environment, and nothing run after it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest
from conversing import SPEC

REPOSITORY = Path(__file__).resolve().parents[2]


def test_the_logos_are_of_their_sizes() -> None:
    assert sorted(path.name for path in SPEC.iterdir()) == [
        "kernel.json",
        "logo-32x32.png",
        "logo-64x64.png",
        "logo-svg.svg",
    ]
    for size in (32, 64):
        data = (SPEC / f"logo-{size}x{size}.png").read_bytes()
        assert data[:8] == b"\x89PNG\r\n\x1a\n"
        assert [int.from_bytes(data[at : at + 4], "big") for at in (16, 20)] == [size, size]
    spec = json.loads((SPEC / "kernel.json").read_text())
    assert (spec["display_name"], spec["language"], spec["interrupt_mode"]) == ("RLM", "rlm", "signal")


@pytest.mark.parametrize("target", [pytest.param("standard", marks=pytest.mark.nightly), "editable"])
def test_a_new_environment_lists_the_kernel(tmp_path: Path, target: str) -> None:
    pytest.importorskip("hatchling", reason="hatchling builds the package: pip install hatchling")
    command = [sys.executable, "-m", "hatchling", "build", "-t", f"wheel:{target}", "-d", str(tmp_path / "dist")]
    done = subprocess.run(
        command,
        cwd=REPOSITORY,
        env=os.environ | {"RLM_LABEXTENSION": "no"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    venv.create(tmp_path / "venv", with_pip=False)
    pip = [sys.executable, "-m", "pip", "--python", str(tmp_path / "venv" / "bin" / "python")]
    subprocess.run([*pip, "install", "-q", "--no-deps", str(wheel)], check=True)
    # Jupyter itself is that of this environment.
    code = f"import sys; sys.path += {sys.path!r}\nfrom jupyter_client import kernelspecapp as app\n"
    code += "app.ListKernelSpecs.launch_instance()"
    listed = subprocess.run(
        [tmp_path / "venv" / "bin" / "python", "-c", code, "--json"],
        env={name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")},
        capture_output=True,
        text=True,
        check=True,
    )
    spec = json.loads(listed.stdout)["kernelspecs"]["rlm"]
    assert Path(spec["resource_dir"]) == tmp_path / "venv" / "share" / "jupyter" / "kernels" / "rlm"
    assert len(list(Path(spec["resource_dir"]).iterdir())) == 4
