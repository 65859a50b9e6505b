"""What `rlm demo` takes, in seconds of the whole process: the first time, later, and while the model is still loaded.

The weights must be there (`rlm fetch`, or RLM_LOCAL_MODEL). The cache is a new folder, so that the first run has
nothing of its instructions kept; its server ends with it (RLM_LOCAL_IDLE), so that the second loads what was kept,
and the third finds the server of the second. It prints the seconds with the answers; `--write` keeps results/demo.json.
Usage: `python bench_demo.py [--write]`.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from results import machine, record

from rlm_kernel.models.local import weights

# What the machine has of the run before, and for how many seconds the server stays.
RUNS = (("nothing kept", "0"), ("instructions kept", "60"), ("model loaded", ""))


def demo(environment: dict[str, str]) -> tuple[float, str]:
    """Seconds of one `rlm demo`, and the line with its answer."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "rlm_kernel", "demo", "--yes"]
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=True)
    seconds = time.perf_counter() - began
    return seconds, next(line for line in done.stdout.splitlines() if line.startswith(("Answer:", "Best guess:")))


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    found = weights.find()
    if found is None:
        parser.error("the embedded model's weights are not here: rlm fetch")
    figures = {}
    with tempfile.TemporaryDirectory(prefix="rlm-demo-") as folder:
        for name, idle in RUNS:
            seconds, answer = demo({"RLM_CACHE_DIR": folder, "RLM_LOCAL_MODEL": str(found), "RLM_LOCAL_IDLE": idle})
            figures[name] = round(seconds, 1)
            print(f"{name}: {seconds:.1f} s, {answer}", flush=True)
            while idle != "60" and list(Path(folder, "run").glob("*/*.json")):
                time.sleep(0.2)  # until the server has gone
    print(machine())
    if options.write:
        record("demo", figures)


if __name__ == "__main__":
    main()
