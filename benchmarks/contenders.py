"""Starting a contender on a filled folder, giving it posts to deliver, and how its figures are shown."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks import plain, rivals
from benchmarks.loopback import ROOT, Loopback
from scheduler.model import Mode
from scheduler.store import Store

NAMES = ("ours", "apscheduler", "huey")
FULL_NAMES = {"ours": "this scheduler", "apscheduler": "APScheduler job store", "huey": "Huey on SQLite"}
FAR, YEAR = timedelta(days=2), timedelta(days=300)
STARTING = 60.0


@dataclass(frozen=True)
class Filled:
    """Folders with so many deliveries queued, one for each contender, made once and copied for each run."""

    folder: Path
    url: str
    channels: int

    def fresh(self, name: str) -> Path:
        """A copy to work on, in place of the last one."""
        work = self.folder / f"{name}-work"
        shutil.rmtree(work, ignore_errors=True)
        shutil.copytree(self.folder / name, work)
        if name == "ours":
            _at_home(work / "data", plain.names(self.channels))
        # Else the first commits measured would wait for the copy to reach the disk.
        os.sync()
        return work


def _at_home(data: Path, channels: Sequence[str]) -> None:
    """A copied database has every account looked at before it sends: here somebody has looked."""
    now = datetime.now(UTC)
    with Store.open(data, Mode.LIVE) as store:
        store.settle_in(now)
        for channel in channels:
            store.compared(channel, now)


def filled(
    folder: Path, url: str, queued: int, channels: int, contenders: Sequence[str] = NAMES, *, out: int = 0
) -> Filled:
    """`queued` deliveries from two days on, and for ours `out` that were published before."""
    now = datetime.now(UTC)
    for name in contenders:
        (folder / name).mkdir()
    if "ours" in contenders:
        plain.campaign(folder / "ours", url, channels)
        with Store.open(folder / "ours" / "data", Mode.LIVE) as store:
            plain.keep_picture(store)
            plain.past(store, max(out, channels), channels, now)
            plain.fill(store, plain.queued(queued, channels, now + FAR, over=YEAR), now)
    if "apscheduler" in contenders:
        rivals.fill_jobs(folder / "apscheduler", queued, now + FAR, YEAR)
    if "huey" in contenders:
        rivals.fill_queue(folder / "huey", queued, now + FAR, YEAR)
    return Filled(folder, url, channels)


@dataclass(frozen=True)
class Running:
    """A contender at work, in a process of its own."""

    process: "subprocess.Popen[str]"

    @property
    def pid(self) -> int:
        return self.process.pid

    def give(self, jobs: list[tuple[str, str, float, bool]]) -> None:
        """Hand over posts to deliver: key, channel, due (seconds since 1970), with an image or not."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(jobs) + "\n")
        self.process.stdin.flush()
        self.expect("taken")

    def expect(self, word: str) -> None:
        assert self.process.stdout is not None
        if (said := self.process.stdout.readline().strip()) != word:
            raise RuntimeError(f"the process said {said!r} where {word!r} was expected")

    def wait_for_channels(self, network: Loopback, channels: int) -> None:
        """Until every channel has been introduced, as before each campaign."""
        end = time.monotonic() + STARTING
        while network.introduced < channels:
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError("not every channel was introduced")
            time.sleep(0.05)


@contextmanager
def running(name: str, folder: Path, network: Loopback, channels: int, lead: float = 0) -> Iterator[Running]:
    """The contender on its folder, once it is ready; ours when every channel has been introduced."""
    command = [sys.executable, "-m", "benchmarks.served", name, str(folder), network.url]
    with (
        (folder / "log").open("w", encoding="utf-8") as log,
        subprocess.Popen(
            [*command, "--lead", str(lead)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        assert process.stdin is not None
        try:
            at_work = Running(process)
            try:
                at_work.expect("ready")
                if name == "ours":
                    at_work.wait_for_channels(network, channels)
            except RuntimeError as error:
                said = (folder / "log").read_text(encoding="utf-8")[-1000:]
                raise RuntimeError(f"{error}; its log ends: {said}") from None
            yield at_work
        finally:
            process.stdin.close()
            try:
                process.wait(STARTING)
            except subprocess.TimeoutExpired:
                process.kill()


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of all does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * round(share * 100) // 100) - 1)]


def median_of(runs: Sequence[Sequence[float]]) -> list[float]:
    """The median of each figure over several runs."""
    return [statistics.median(figures) for figures in zip(*runs, strict=True)]


def table(title: str, heads: Sequence[str], rows: dict[str, Sequence[float]], target: str = "") -> str:
    """Figures side by side; behind a rival's, how many times ours it is."""
    lines = [f"\n{title}" + (f"   (target: {target})" if target else "")]
    lines.append(f"{'':26}" + "".join(f"{head:>22}" for head in heads))
    mine = rows.get("ours")
    for name, figures in rows.items():
        cells = (
            f"{figure:.4g}" + (f" (×{figure / own:.2g})" if name != "ours" and own else "")
            for figure, own in zip(figures, mine or [0.0] * len(figures), strict=True)
        )
        lines.append(f"{FULL_NAMES.get(name, name):26}" + "".join(f"{cell:>22}" for cell in cells))
    return "\n".join(lines)
