"""What one would write with APScheduler's SQLAlchemyJobStore or with Huey: post at a time, kept in SQLite.

Both get the same durability as ours (WAL, synchronous=FULL) and settings that suit latency. They keep no
attempt, no answer and no lease, and forget a job before it has run: that is cheaper, and it is why they lose
or double posts.
"""

import pickle
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

from benchmarks.plain import PICTURE, WORDS

JOBS, QUEUE, SERVER = "apscheduler.db", "huey.db", "store"
CHUNK = 10_000


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
