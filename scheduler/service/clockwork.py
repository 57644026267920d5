"""APScheduler as the clock: named jobs, one run of each at a time, on threads that keep no process alive."""

import logging
import queue
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.events import EVENT_JOB_ERROR
from apscheduler.executors.base import BaseExecutor, run_job
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

STEP = 0.5
"""Seconds by which the wall clock may drift from the steady one between two looks; more is a step."""


class Every(BaseTrigger):  # type: ignore[misc]
    """Once in so long a time, at whole multiples of it from `origin` on: jobs that fall due together cost one
    wake-up. Where the clock was set forward a year is not made up for.
    """

    def __init__(self, span: timedelta, origin: datetime) -> None:
        self.span, self.origin = span, origin

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        return self.origin + ((now - self.origin) // self.span + 1) * self.span


class OwnThreads(BaseExecutor):  # type: ignore[misc]
    """A daemon thread for each run: one that never comes back must not keep the process from ending. Whoever
    is done waits for another run, as a new thread for each would be half of what an idle scheduler costs.
    """

    def __init__(self) -> None:
        super().__init__()
        self._runs: queue.SimpleQueue[tuple[Any, Any] | None] = queue.SimpleQueue()
        self._guard = threading.Lock()
        self._free, self._over = 0, False

    def _do_submit_job(self, job: Any, run_times: Any) -> None:
        with self._guard:
            is_anyone_free = self._free > 0
            self._free -= is_anyone_free
        if is_anyone_free:
            self._runs.put((job, run_times))
        else:
            threading.Thread(target=self._serve, args=(job, run_times), daemon=True).start()

    def _serve(self, job: Any, run_times: Any) -> None:
        run: tuple[Any, Any] | None = (job, run_times)
        while run is not None:
            threading.current_thread().name = run[0].id
            self._run(*run)
            with self._guard:
                if self._over:
                    return
                self._free += 1
            run = self._runs.get()

    def _run(self, job: Any, run_times: Any) -> None:
        try:
            events = run_job(job, job._jobstore_alias, run_times, self._logger.name)
        except BaseException:
            self._run_job_error(job.id, *sys.exc_info()[1:])
        else:
            self._run_job_success(job.id, events)

    def shutdown(self, wait: bool = True) -> None:
        """Whoever is free ends at once, the others after what they are at."""
        with self._guard:
            self._over = True
            free, self._free = self._free, 0
        for _ in range(free):
            self._runs.put(None)


class Clockwork:
    """Runs named jobs at their times; `failed` is told a job's name and its exception.

    `rounds` counts, by job, the runs that came to their end, however they ended: what watches can see by it
    which of them stands still.
    """

    def __init__(self, failed: Callable[[str, BaseException], None]) -> None:
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": OwnThreads()},
            job_defaults={"max_instances": 1, "coalesce": True, "misfire_grace_time": None},
        )
        # Its troubles are told by the listener, in our words; that a look takes a second is no news.
        logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
        self._scheduler.add_listener(lambda event: failed(event.job_id, event.exception), EVENT_JOB_ERROR)
        self.rounds: dict[str, int] = {}
        self._running: set[str] = set()
        self._offset = time.time() - time.monotonic()
        self._origin = datetime.now(UTC)

    def add(
        self, name: str, every: timedelta, work: Callable[[], object], first: timedelta | None = None
    ) -> None:
        """`work` is done every so often, the first time after `first` (or one span), counted from when this
        clockwork was made.
        """
        self.rounds[name] = 0
        after = self._origin + (every if first is None else first)
        trigger = Every(every, self._origin)
        self._scheduler.add_job(self._run, trigger, (name, work), id=name, next_run_time=after)

    def _run(self, name: str, work: Callable[[], object]) -> None:
        self._running.add(name)
        try:
            work()
        finally:
            self._running.discard(name)
            self.rounds[name] += 1

    def start(self) -> None:
        self._scheduler.start()

    def aim(self, name: str, span: timedelta) -> None:
        """The job's next run is in so long a time; after it the usual pace goes on as if nothing had been."""
        # Stopping takes the jobs away, also from under one that is just coming to its end.
        with suppress(JobLookupError):
            self._scheduler.modify_job(name, next_run_time=datetime.now(UTC) + span)

    def follow_the_clock(self) -> None:
        """After a step of the wall clock every job runs at once: set back, they would wait for hours."""
        offset = time.time() - time.monotonic()
        stepped, self._offset = abs(offset - self._offset) > STEP, offset
        if stepped:
            for name in self.rounds:
                self.aim(name, timedelta(0))

    @property
    def alive(self) -> bool:
        """Whether its thread still runs."""
        thread: threading.Thread | None = self._scheduler._thread
        return thread is not None and thread.is_alive()

    @property
    def running(self) -> frozenset[str]:
        """The jobs that are being run at this moment."""
        return frozenset(self._running)

    def stop(self, patience: float) -> None:
        """Start nothing more, and give what runs so many seconds to come to its end."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        end = time.monotonic() + patience
        while self._running and time.monotonic() < end:
            time.sleep(0.01)
