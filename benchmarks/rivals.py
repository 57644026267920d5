"""What one would write with APScheduler's SQLAlchemyJobStore, with Huey or with Procrastinate.

APScheduler and Huey, kept in SQLite, get the same durability as ours (WAL, synchronous=FULL) and settings
that suit latency. They keep no attempt, no answer and no lease, and forget a job before it has run: that is
cheaper, and it is why they lose or double posts. Procrastinate keeps its queue on a PostgreSQL server, notes
when a job begins and ends, and lets several workers share one queue.
"""

import pickle
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests
import sqlalchemy as sa
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from huey import SqliteHuey
from huey.consumer import Consumer

from benchmarks.loopback import ROOT
from benchmarks.plain import PICTURE, WORDS

JOBS, QUEUE, SERVER = "apscheduler.db", "huey.db", "store"
CHUNK = 10_000
TASK = "post"


def post(url: str, key: str, image: bool = False) -> None:
    """The job: an upload where there is an image, then the post."""
    body = {"status": WORDS.format(number=0), "media": [], "key": key}
    if image:
        requests.post(f"{url}/media", files={"file": PICTURE}, timeout=20).raise_for_status()
    requests.post(f"{url}/posts", json=body, timeout=20).raise_for_status()


def clock(folder: Path, threads: int) -> BackgroundScheduler:
    """APScheduler that never drops a late job (its default of one second would)."""
    return BackgroundScheduler(
        timezone=UTC,
        jobstores={"default": job_store(folder)},
        executors={"default": ThreadPoolExecutor(threads)},
        job_defaults={"misfire_grace_time": None},
    )


def job_store(folder: Path) -> SQLAlchemyJobStore:
    """In a file of the folder, or on the server whose address the folder holds."""
    if (server := folder / SERVER).exists():
        return SQLAlchemyJobStore(url=server.read_text(encoding="utf-8"))
    engine = sa.create_engine(f"sqlite:///{folder / JOBS}")

    @sa.event.listens_for(engine, "connect")
    def _safe(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")

    return SQLAlchemyJobStore(engine=engine)


def fill_jobs(folder: Path, count: int, first: datetime, over: timedelta) -> None:
    """Queued jobs as `add_job` writes them, in bulk."""
    clock = BackgroundScheduler(timezone=UTC, jobstores={"default": job_store(folder)})
    clock.start(paused=True)
    job = clock.add_job(post, "date", ("http://127.0.0.1:1", "queued"), run_date=first, id="model")
    state, store = job.__getstate__(), clock._jobstores["default"]
    job.remove()
    for start in range(0, count, CHUNK):
        rows = []
        for number in range(start, min(start + CHUNK, count)):
            due = first + number * (over / count)
            state |= {"id": f"queued-{number}", "next_run_time": due}
            state["trigger"].run_date = due
            rows.append(
                {
                    "id": state["id"],
                    "next_run_time": due.timestamp(),
                    "job_state": pickle.dumps(state, store.pickle_protocol),
                }
            )
        with store.engine.begin() as connection:
            connection.execute(store.jobs_t.insert(), rows)
    clock.shutdown()


def queue(folder: Path) -> SqliteHuey:
    return SqliteHuey("benchmark", filename=str(folder / QUEUE), fsync=True, journal_mode="wal")


def consumer(queue: SqliteHuey, threads: int) -> Consumer:
    """Its scheduler looks once a second, which is as often as it can; idle workers ten times."""
    return Consumer(queue, workers=threads, initial_delay=0.02, max_delay=0.1, scheduler_interval=1)


def fill_queue(folder: Path, count: int, first: datetime, over: timedelta) -> None:
    """Scheduled tasks as `schedule` leaves them once a worker has put them by."""
    filled = queue(folder)
    task = filled.task()(post)
    data = filled.serialize_task(task.s("http://127.0.0.1:1", "queued"))
    with filled.storage.db(commit=True) as cursor:
        for number in range(count):
            due = (first + number * (over / count)).timestamp()
            row = (filled.name, data, due)
            cursor.execute("insert into schedule (queue, data, timestamp) values (?, ?, ?)", row)


def app(connector: Any) -> Any:
    """Procrastinate's application, with the job as its one task."""
    # Here, so that the processes of the other rivals do not carry it in their memory.
    import procrastinate

    made = procrastinate.App(connector=connector)
    made.task(name=TASK)(post)
    return made


@contextmanager
def queueing(store: str) -> Iterator[Any]:
    """Procrastinate's application as who plans tasks opens it."""
    from procrastinate import SyncPsycopgConnector

    with app(SyncPsycopgConnector(conninfo=conninfo(store))).open() as opened:
        yield opened


def conninfo(store: str) -> str:
    """A store's address as PostgreSQL's own library reads it."""
    return sa.make_url(store).set(drivername="postgresql").render_as_string(hide_password=False)


def set_up(store: str) -> None:
    """Procrastinate's tables."""
    with queueing(store) as opened:
        opened.schema_manager.apply_schema()


def defer(store: str, url: str, keys: Iterable[str], due: float) -> None:
    """Posts as tasks for one moment, all in one call: the quickest of the ways it has."""
    with queueing(store) as opened:
        planned = opened.tasks[TASK].configure(schedule_at=datetime.fromtimestamp(due, UTC))
        planned.batch_defer(*[{"url": url, "key": key} for key in keys])


async def work(store: str, threads: int) -> None:
    """A worker of Procrastinate; a pool of a connection for each task at once and one more, as it advises."""
    from procrastinate import PsycopgConnector

    opened = app(PsycopgConnector(conninfo=conninfo(store), min_size=threads + 1))
    async with opened.open_async():
        print("ready", flush=True)
        await opened.run_worker_async(concurrency=threads)


@contextmanager
def workers(store: str, count: int, threads: int, log: Path) -> Iterator[list["subprocess.Popen[str]"]]:
    """So many workers of Procrastinate, each a process of its own, once all are ready."""
    # Not -m: Procrastinate warns of an application made in the main module.
    call = f"import asyncio; from benchmarks import rivals; asyncio.run(rivals.work({store!r}, {threads}))"
    with ExitStack() as stack:
        said, started = stack.enter_context(log.open("w", encoding="utf-8")), []
        for _ in range(count):
            one = subprocess.Popen(
                [sys.executable, "-c", call], cwd=ROOT, stdout=subprocess.PIPE, stderr=said, text=True
            )
            started.append(stack.enter_context(one))
            stack.callback(one.terminate)
        for one in started:
            if one.stdout is None or one.stdout.readline().strip() != "ready":
                raise RuntimeError(f"a worker did not start; the log ends: {log.read_text()[-1000:]}")
        yield started
