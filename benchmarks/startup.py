"""How long the command line takes as a whole process: --help, and check of the sample with warm cards.

python -m benchmarks.startup       prints medians beside a bare interpreter; nothing is asserted
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
RUNS = 7


def seconds(*words: str) -> float:
    """The median wall time of a command over several runs, after one that is not counted."""
    taken = []
    for _ in range(RUNS + 1):
        began = time.perf_counter()
        subprocess.run([sys.executable, *words], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken[1:])


def main() -> None:
    with tempfile.TemporaryDirectory() as data:
        rows = {
            "a bare interpreter": seconds("-c", "pass"),
            "run.py --help": seconds("run.py", "--help"),
            "run.py check, cards warm": seconds("run.py", "--data", data, "check"),
            "run.py rehearse": seconds("run.py", "--data", data, "rehearse"),
        }
    for name, taken in rows.items():
        print(f"{name:28} {taken:6.2f} s")


if __name__ == "__main__":
    main()
