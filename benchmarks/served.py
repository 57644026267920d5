"""The schedulers that are measured, each a process of its own: ours, APScheduler's job store, Huey.

    python -m benchmarks.served ours|apscheduler|huey FOLDER URL [--lead SECONDS]

It says "ready" once it runs, then takes lines of JSON, each a list of [key, channel, due, image], which it
is to deliver at their times. When its standard input closes it stops, as it does on a signal.
"""

import argparse
import json
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

Jobs = list[tuple[str, str, float, bool]]
THREADS = 16
"""Workers of the rivals: more only made them slower here. Ours has one for each channel, as always."""


def ours(folder: Path, url: str, lead: timedelta, ready: Callable[[], None]) -> None:
    """The service as `run --live` starts it, its own loop included."""
    from benchmarks import plain
    from scheduler.model import Mode
    from scheduler.service.reloading import Reloader
    from scheduler.service.running import Service
    from scheduler.store import Frozen, Store, SyncReport

    class Standing(Reloader):
        """The table was filled by hand, as no folder of posts is read as fast, so nothing is taken over."""

        def reload(self, store: Store, frozen: Frozen | None = None) -> SyncReport:
            store.policy = self.campaigning.policy()
            return SyncReport()

    def clock() -> datetime:
        return datetime.now(UTC)

    campaigning = plain.opened(folder, lead)
    service = Service(campaigning, Mode.LIVE, clock, by_server_clock=True)
    service.reloader = Standing(campaigning, Mode.LIVE, clock)

    def take(jobs: Jobs) -> None:
        with campaigning.store(Mode.LIVE) as store:
            planned = (
                plain.delivery(number, channel, datetime.fromtimestamp(due, UTC), image=image, post=post)
                for post, number, channel, due, image in _named(jobs)
            )
            plain.fill(store, planned, clock())

    _listen(take, service.stop.set)
    ready()
    service.run()


def _named(jobs: Jobs) -> list[tuple[str, int, str, float, bool]]:
    """`p-7` is the seventh of the posts called p."""
    return [
        (key.rpartition("-")[0], int(key.rpartition("-")[2]), channel, due, image)
        for key, channel, due, image in jobs
    ]


def apscheduler(folder: Path, url: str, lead: timedelta, ready: Callable[[], None]) -> None:
    """A date job for each post in a SQLAlchemyJobStore, on SQLite with synchronous=FULL or on a server."""
    from benchmarks import rivals

    clock, over = rivals.clock(folder, THREADS), threading.Event()

    def take(jobs: Jobs) -> None:
        for key, _, due, image in jobs:
            moment = datetime.fromtimestamp(due, UTC)
            clock.add_job(rivals.post, "date", (url, key, image), run_date=moment, id=key)

    clock.start()
    _listen(take, over.set)
    ready()
    over.wait()
    clock.shutdown(wait=False)


def huey(folder: Path, url: str, lead: timedelta, ready: Callable[[], None]) -> None:
    """A scheduled task for each post in SqliteHuey, WAL and fsync, polled ten times a second."""
    from benchmarks import rivals

    queue = rivals.queue(folder)
    send = queue.task()(rivals.post)
    consumer, over = rivals.consumer(queue, THREADS), threading.Event()

    def take(jobs: Jobs) -> None:
        for key, _, due, image in jobs:
            send.schedule((url, key, image), eta=datetime.fromtimestamp(due, UTC))

    consumer.start()
    _listen(take, over.set)
    ready()
    over.wait()
    consumer.stop(graceful=False)


def _listen(take: Callable[[Jobs], None], stop: Callable[[], None]) -> None:
    def read() -> None:
        for line in sys.stdin:
            take(json.loads(line))
            print("taken", flush=True)
        stop()

    threading.Thread(target=read, daemon=True, name="orders").start()


CONTENDERS: dict[str, Callable[[Path, str, timedelta, Callable[[], None]], None]] = {
    "ours": ours,
    "apscheduler": apscheduler,
    "huey": huey,
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("contender", choices=CONTENDERS)
    parser.add_argument("folder", type=Path)
    parser.add_argument("url")
    parser.add_argument("--lead", type=float, default=0)
    words = parser.parse_args()
    serve = CONTENDERS[words.contender]
    serve(words.folder, words.url, timedelta(seconds=words.lead), lambda: print("ready", flush=True))


if __name__ == "__main__":
    main()
