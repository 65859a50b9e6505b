"""Small documents about sales, and the block that answers what their total is: shared by the tests of campaigns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from runs import SUM, block
from scripted_server import ScriptedServer

from rlm_kernel import RLM

QUESTION = "What is the total of all sales?"
GOOD = block(f"{SUM}\nFINAL(total)")
LOOK = block("print(text_stats().line_count)")


def report(number: int) -> str:
    """A document whose total is 1000 + number."""
    return f"Report {number}\nSALES north: $1,000\nnothing here\nSALES south: ${number}\n"


def files(folder: Path, count: int) -> list[Path]:
    """So many reports as files."""
    folder.mkdir(exist_ok=True)
    made = [folder / f"report-{number:03}.txt" for number in range(1, count + 1)]
    for number, file in enumerate(made, 1):
        file.write_text(report(number))
    return made


def engine(server: ScriptedServer, **settings: Any) -> RLM:
    """An RLM whose model is the server's."""
    return RLM(**({"model": "scripted", "base_url": server.base_url, "cell_timeout": 20} | settings))


def turns(body: dict[str, Any]) -> int:
    """How many replies the model has given in this run before."""
    return sum(message["role"] == "assistant" for message in body["messages"])
