"""The dead-man ping: an address is called while all is well, so that silence raises an alarm elsewhere."""

import logging
import threading
import time
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlsplit

from scheduler.errors import ConfigError
from scheduler.platforms.http import Answer, Caller

logger = logging.getLogger(__name__)

EVERY = 60.0
TIME_ALLOWED = timedelta(seconds=10)


class Pinger:
    """Calls the address that stands under a name in `environ`; failing is told once, until it works again.

    The address is a secret: whoever knows it could keep the alarm silent. It is never shown.
    """

    def __init__(self, every: float = EVERY, time_allowed: timedelta = TIME_ALLOWED) -> None:
        self._every, self._time_allowed = every, time_allowed
        self._called_at: float | None = None
        self._thread: threading.Thread | None = None
        self._failing = ""

    def all_is_well(self, name: str | None, environ: Mapping[str, str]) -> None:
        """Call the address, in a thread of its own, if the last call is long enough ago."""
        now = time.monotonic()
        waiting = self._called_at is not None and now - self._called_at < self._every
        if name is None or waiting or (self._thread is not None and self._thread.is_alive()):
            return
        self._called_at = now
        address = environ.get(name, "")
        if not address:
            self._tell(f"alerts.ping: {name} is not set; put {name}=https://… into .env beside config.yaml")
            return
        self._thread = threading.Thread(target=self._call, args=(name, address), name="ping", daemon=True)
        self._thread.start()

    def _call(self, name: str, address: str) -> None:
        try:
            self._tell(self._trouble(name, address))
        except Exception as error:
            # Its text may hold the address.
            self._tell(f"alerts.ping: calling {name} failed unexpectedly ({type(error).__name__})")

    def _trouble(self, name: str, address: str) -> str:
        """What went wrong, in words without the address; empty where it was answered."""
        try:
            parts = urlsplit(address.strip())
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            caller = Caller("ping", f"{parts.scheme}://{parts.netloc}", deadline=self._time_allowed)
        except (ValueError, ConfigError):
            return f"alerts.ping: {name} is not an address that can be called; write it like https://alarm.example/…"
        answer = caller.call("GET", path)
        if not isinstance(answer, Answer):
            return f"alerts.ping: {name} was not reached: {answer.reason}"
        return "" if answer.ok else f"alerts.ping: {name} answered {answer.status}; is the address complete?"

    def _tell(self, trouble: str) -> None:
        if trouble and not self._failing:
            logger.warning("%s (told once; it is tried again every minute)", trouble)
        if self._failing and not trouble:
            logger.info("alerts.ping: works again")
        self._failing = trouble
