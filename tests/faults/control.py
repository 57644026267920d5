"""The control: a queue that, as most do, sends again whatever was under way when it died.

It goes through the same kills in the same run. If the oracle sees no double of its, the oracle is blind.
"""

import sqlite3
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import requests

from tests.faults.clock import Clock

SCHEMA = (
    "CREATE TABLE IF NOT EXISTS queue (key TEXT PRIMARY KEY, account TEXT, text TEXT, due REAL, state TEXT)"
)


@dataclass(frozen=True)
class Naive:
    """What its worker is told: where its queue is, and where it publishes."""

    path: Path
    clock: Clock
    base_url: str


def queue(path: Path, items: list[tuple[str, str, str, float]]) -> None:
    """(key, account, text, due in seconds of the clock) for each post."""
    with sqlite3.connect(path) as connection:
        connection.execute(SCHEMA)
        connection.executemany("INSERT INTO queue VALUES (?, ?, ?, ?, 'queued')", items)
    connection.close()


def main(told: Naive) -> None:
    """One life: what was being sent is queued again, then everything due is sent, an account a thread."""
    connection = _open(told.path)
    connection.execute("UPDATE queue SET state = 'queued' WHERE state = 'sending'")
    accounts = [row[0] for row in connection.execute("SELECT DISTINCT account FROM queue")]
    connection.close()
    workers = [threading.Thread(target=_work, args=(told, account)) for account in accounts]
    told.clock.say_ready()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None, timeout=10)


def _work(told: Naive, account: str) -> None:
    connection = _open(told.path)
    left = "SELECT key, text, due FROM queue WHERE account = ? AND state = 'queued' ORDER BY due LIMIT 1"
    while (found := connection.execute(left, (account,)).fetchone()) is not None:
        key, text, due = found
        if told.clock.boot() < due:
            time.sleep(0.005)
            continue
        connection.execute("UPDATE queue SET state = 'sending' WHERE key = ?", (key,))
        body = {"text": text, "key": key, "media": []}
        sent = requests.post(f"{told.base_url}/{account}/posts", json=body, timeout=5).ok
        connection.execute("UPDATE queue SET state = ? WHERE key = ?", ("done" if sent else "queued", key))
    connection.close()
