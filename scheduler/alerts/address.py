"""Sending a message to an address by apprise, in time; what comes of it is said without the address.

Addresses are secrets, and apprise writes them into its log: nothing of that log leaves this module.
"""

import logging
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from scheduler.alerts.letter import Letter
from scheduler.platforms import pages

DEADLINE = 30.0
"""Seconds within which a message must be taken."""

NO_ANSWER = f"no answer within {DEADLINE:g} s"
NOT_UNDERSTOOD = (
    "is not an address that can be used; they are written mailto://…, tgram://…, slack://…, json://…"
    + pages.told(" ({} shows how)", "how-to/be-told.md")
)

REASONS: tuple[tuple[str, str], ...] = (
    (r"error=(401|403)\b", "the service refused the credentials ({0})"),
    (r"error=404\b", "the service knows no such address (404)"),
    (r"error=429\b", "the service asks for fewer messages (429)"),
    (r"error=(5\d\d)\b", "the service is out of order ({0})"),
    (r"error=([34]\d\d)\b", "the service answered {0}"),
    (r"(?i)authenticat|535", "the mail server refused the user name or password"),
    (r"(?i)certificate", "the server's certificate is not valid for its name"),
    (r"(?i)refused", "the server refused the connection"),
    (r"(?i)name or service not known|getaddrinfo|resolve|nodename", "the server's name was not found"),
    (r"(?i)timed? ?out", "the server did not answer in time"),
    (r"(?i)recipient|mailbox|550", "the mail server does not take mail for this recipient"),
)
"""What stands in apprise's log, and what a person is told of it; the first that fits."""

UNCLEAR = "the service did not take it"
"""Where its log says nothing that is known, such as a connection that broke."""

UNCERTAIN = frozenset({"the server did not answer in time", UNCLEAR})
"""The reasons after which the message may have arrived all the same."""


@dataclass(frozen=True)
class Outcome:
    """What came of a message. `certain` is False where it may have arrived although it looks as if not."""

    taken: bool
    problem: str = ""
    certain: bool = True


def trouble(address: str) -> str:
    """Why this cannot be an address, in words without it; empty where it can. Calls nobody."""
    return "" if _service(address) is not None else NOT_UNDERSTOOD


_LOADING = threading.Lock()


def _apprise() -> Any:
    """The package, loaded when it is first needed: with all its services it takes a third of a second."""
    import warnings

    with _LOADING, warnings.catch_warnings():
        # It takes a module of Python's that newer versions no longer have, and brings its own for those.
        warnings.filterwarnings("ignore", "'imghdr' is deprecated", DeprecationWarning)
        import apprise

        apprise.Apprise.instantiate("json://localhost")
    return apprise


def _service(address: str) -> Any:
    """Whoever would carry a message there; None where apprise cannot read the address."""
    apprise = _apprise()
    asset = apprise.AppriseAsset(
        app_id="Awareness scheduler",
        app_desc="Awareness scheduler",
        app_url="",
        image_url_logo="",
        image_url_mask="",
        async_mode=False,
    )
    service = apprise.Apprise.instantiate(address.strip(), asset=asset)
    if service is not None and service.overflow_mode == type(service).overflow_mode:
        # A service with a short limit gets two messages rather than none.
        service.overflow_mode = apprise.OverflowMode.SPLIT
    return service


def send(address: str, letter: Letter) -> Outcome:
    """Send it and wait for the service's answer; never raises. Most services answer within seconds."""
    try:
        service = _service(address)
        if service is None:
            return Outcome(False, NOT_UNDERSTOOD)
        return _sent(service, letter)
    except Exception as error:
        # Its text may hold the address.
        return Outcome(False, f"it failed unexpectedly ({type(error).__name__})", certain=False)


def _sent(service: Any, letter: Letter) -> Outcome:
    apprise = _apprise()
    with _overheard() as heard:
        taken = service.notify(
            title=letter.title,
            body=letter.body,
            notify_type=apprise.NotifyType.WARNING if letter.urgent else apprise.NotifyType.INFO,
            body_format=apprise.NotifyFormat.TEXT,
        )
    if taken:
        return Outcome(True)
    problem = _reason("\n".join(heard))
    return Outcome(False, problem, certain=problem not in UNCERTAIN)


def _reason(log: str) -> str:
    for pattern, words in REASONS:
        if (found := re.search(pattern, log)) is not None:
            return words.format(*found.groups())
    return UNCLEAR


class _Ear(logging.Filter):
    """Lets nothing through, and keeps for each thread that listens why its message was not taken."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: dict[int, list[str]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        heard = self.heard.get(record.thread or 0)
        words = record.getMessage()
        # Of its finer lines only this one says why; the others repeat the message itself.
        if heard is not None and (record.levelno >= logging.WARNING or words.startswith("Socket Exception")):
            heard.append(words)
        return False


_EAR = _Ear()
logging.getLogger("apprise").addFilter(_EAR)
logging.getLogger("apprise").setLevel(logging.DEBUG)
# What carries the calls logs whole addresses at this level.
logging.getLogger("urllib3.connectionpool").addFilter(lambda record: record.levelno > logging.DEBUG)


@contextmanager
def _overheard() -> Iterator[list[str]]:
    """What apprise logs meanwhile: it says why in no other way."""
    heard = _EAR.heard[threading.get_ident()] = []
    try:
        yield heard
    finally:
        del _EAR.heard[threading.get_ident()]
