"""Whole-process time of importing the package and of --help, against importing LangChain's runnables.

Prints medians over alternating runs, and their ratios.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

RUNS = 21

COMMANDS = {
    "import langchain_core.runnables": [sys.executable, "-c", "import langchain_core.runnables"],
    "import brainstorm": [sys.executable, "-c", "import brainstorm"],
    "from brainstorm import Brainstormer": [sys.executable, "-c", "from brainstorm import Brainstormer"],
    "import langchain_core.runnables.base": [sys.executable, "-c", "import langchain_core.runnables.base"],
    "brainstorm --help": [str(Path(sys.executable).with_name("brainstorm")), "--help"],
}


def main() -> None:
    """Time the commands in turn."""
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for run in range(RUNS + 1):
        for name, command in COMMANDS.items():
            start = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            if run:  # the first run warms the disk cache
                times[name].append(time.perf_counter() - start)
    base = statistics.median(times["import langchain_core.runnables"])
    for name, values in times.items():
        median = statistics.median(values)
        print(f"{name:40} {1000 * median:7.0f} ms  {median / base:5.2f} x")


if __name__ == "__main__":
    main()
