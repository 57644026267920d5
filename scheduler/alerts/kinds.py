"""What people are told of: for each kind its headline, how urgent it is, and what to do about it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from scheduler.store import Notice
from scheduler.store.notices import ON

WHY = "See more: python run.py why {key}"
RETRY = "Give it a new time: python run.py retry {key} --at TIME. Or let it go: python run.py cancel {key}"
MEND = f"Mend what it says. {RETRY}"
LOOK = (
    "Look at the account, then say what you saw: "
    "python run.py settle {key} --published LINK (or --not-published)"
)
STATUS = "See more: python run.py status"
RELEASE = "When all is well: python run.py release {rest}"
ACCOUNT = "Renew what it needs: python run.py accounts connect {channel}"


@dataclass(frozen=True)
class Kind:
    """`one` and `many` are headlines, short enough for a locked telephone: `{key}`, `{channel}` and `{n}` are
    filled in. `urgent` passes quiet hours. What mends itself within `patience` is not told. `retell`: other
    words for the same cause are told, too.
    """

    one: str
    many: str
    todo: str = STATUS
    urgent: bool = True
    patience: timedelta = timedelta(0)
    retell: bool = True


OTHER = Kind("Something needs you", "{n} things need you")

KINDS: Mapping[str, Kind] = {
    "missed": Kind("Missed: {key}", "{n} posts were missed", RETRY),
    "refused": Kind("Refused: {key}", "{n} posts were refused", MEND),
    # Most are found on the account by the scheduler itself, within about two minutes.
    "unknown": Kind(
        "Is it out? {key}",
        "{n} posts may or may not be out",
        LOOK,
        patience=timedelta(minutes=3),
        retell=False,
    ),
    "ask": Kind("Is it out? {key}", "{n} posts may or may not be out", LOOK),
    "scheduled": Kind("Too late: {key}", "{n} posts will be too late", RETRY),
    "published": Kind("Out, with a remark: {key}", "{n} posts are out with remarks", WHY, urgent=False),
    "thread": Kind("Thread left unfinished: {key}", "{n} threads were left unfinished", WHY),
    "interrupted": Kind("Cannot be prepared: {key}", "{n} posts cannot be prepared", WHY),
    "prepare": Kind("Cannot be prepared: {key}", "{n} posts cannot be prepared", WHY),
    "late": Kind("Perhaps out twice: {key}", "{n} posts are perhaps out twice", WHY),
    "differs": Kind(
        "Out, but not as approved: {key}",
        "{n} posts are out, but not as approved",
        "Compare it with what was approved. To take it down: python run.py retract {key}",
    ),
    "record": Kind(
        "A record changed under what is out",
        "{n} records changed under what is out",
        "Read it again, then correct it (corrects:) or take it down: python run.py retract POST",
    ),
    "hold": Kind("{words}", "{n} holds were set", RELEASE),
    "stopped": Kind("{words}", "{n} holds were set by people", RELEASE, urgent=False),
    "stopped-all": Kind("Everything is stopped: {words}", "Everything is stopped", RELEASE),
    "hold-again": Kind(
        "Look again: {words}",
        "{n} holds are to be looked at again",
        "Lift it, or let it stand: python run.py release {rest}",
        urgent=False,
    ),
    "home": Kind("The data folder was moved or restored", "{n} things about the data folder"),
    "already-out": Kind("Already out, so not sent again", "{n} channels: already out", urgent=False),
    "channel": Kind("A channel cannot be used", "{n} channels cannot be used", ACCOUNT),
    "expires": Kind(
        "Credentials end too soon", "Credentials of {n} channels end too soon", ACCOUNT, urgent=False
    ),
    "hanging": Kind(
        "A channel hangs",
        "{n} channels hang",
        "If it lasts, restart the scheduler",
        patience=timedelta(minutes=3),
    ),
    "machine": Kind(
        "A machine has fallen silent",
        "{n} machines have fallen silent",
        "Start it again there, or stop it properly",
    ),
    # Whoever changes the file on one machine after the other is given the time.
    "machine-config": Kind(
        "The machines' config.yaml differ",
        "The machines' config.yaml differ",
        "Make the file the same on all of them",
        patience=timedelta(minutes=5),
    ),
    "clock": Kind(
        "Nothing is sent: the clock", "Nothing is sent: the clock", "Set this machine's clock right"
    ),
    "config": Kind(
        "config.yaml cannot be used",
        "config.yaml cannot be used",
        "Mend it: python run.py check",
        urgent=False,
    ),
    "removals": Kind(
        "Many posts are gone from the files",
        "Many posts are gone from the files",
        "Put them back; or, if they are meant to go, start once with: "
        "python run.py run --live --accept-removals",
    ),
    "posts-folder": Kind(
        "Nothing is sent: the posts cannot be read", "Nothing is sent: the posts cannot be read"
    ),
    "clock-of-one": Kind(
        "A machine sends nothing: its clock",
        "{n} machines send nothing: their clocks",
        "Set the clock of that machine right",
    ),
    "posts-of-one": Kind(
        "A machine sends nothing: its posts cannot be read",
        "{n} machines send nothing: their posts cannot be read",
    ),
    "frozen": Kind(
        "Changes wait: the plan is frozen",
        "Changes wait: the plan is frozen",
        "To take them over: python run.py freeze --off",
        urgent=False,
        retell=False,
    ),
    "job": Kind("In trouble: {words}", "The scheduler has {n} troubles"),
    "by-hand": Kind(
        "Post it by hand now: {key}",
        "{n} posts are to be posted by hand now",
        "Its text and pictures: python run.py export pack. Then say where it stands: "
        "python run.py settle {key} --published LINK",
    ),
    "due": Kind("Due and held: {key}", "{n} posts are due and held", WHY, retell=False),
    "overdue": Kind("Late without a reason: {key}", "{n} posts are late without a reason", WHY, retell=False),
    "risk-1h": Kind("At risk within the hour: {key}", "{n} posts at risk within the hour", WHY),
    "risk-24h": Kind("At risk within a day: {key}", "{n} posts at risk within a day", WHY, urgent=False),
    "risk-72h": Kind("At risk in three days: {key}", "{n} posts at risk in three days", WHY, urgent=False),
    "digest": Kind("{words}", "{words}", "", urgent=False),
}

NAMES: Mapping[str, str] = {"look-again": "hold-again"}
"""Beginnings of a notice's cause that are called otherwise here."""

OF_ONE: Mapping[str, str] = {"clock": "clock-of-one", "posts-folder": "posts-of-one"}
"""What stops one of several machines is another thing than what stops everything."""


@dataclass(frozen=True)
class Cause:
    """Something that is so, and that people are to be told of once. `name` makes it one thing; `once`: it is
    told once for ever, however often it comes back. `key` is the delivery, or the channel where one is meant;
    `step` is what to do, where that depends on more than the kind.
    """

    name: str
    kind: str
    key: str | None
    words: str
    once: bool = False
    step: str = ""

    @property
    def sort(self) -> Kind:
        return KINDS.get(self.kind, OTHER)

    @property
    def todo(self) -> str:
        key, rest = self.key or "", self.name.partition(":")[2]
        todo = self.step or self.sort.todo
        return todo.format(key=key, post=post_of(key), channel=channel_of(key), rest=rest)


STEPS: tuple[tuple[str, str], ...] = (
    (r"not approved", "Read it and approve it: python run.py approve {post}"),
    (
        r"records that nobody",
        "Somebody who is not its author reads each record and writes approved_by: into it; then: "
        "python run.py check",
    ),
    (r"hold on", "Lift the hold when all is well; its number is in: python run.py status"),
    (r"[a-z0-9-]+\.[a-z0-9-]+: ", "Mend what it says, and look again: python run.py check"),
    (r"[a-z0-9-]+: ", ACCOUNT),
)
"""What to do about what keeps a post, by how its reason begins; the first that fits."""


def step_for(reasons: Sequence[str]) -> str:
    """What to do first about a post that is kept for these reasons."""
    for reason in reasons:
        for pattern, step in STEPS:
            if re.match(pattern, reason):
                return step
    return WHY


def of_notice(notice: Notice) -> Cause:
    """A notice as a cause. Its part of a thread is left out of the key: people act on deliveries."""
    kind, _, rest = notice.cause.partition(":")
    kind = NAMES.get(kind, kind)
    if ON in notice.cause:
        kind, rest = OF_ONE.get(kind, kind), notice.cause.partition(ON)[0].partition(":")[2]
    key = notice.key or (rest if kind in ("channel", "expires", "hanging") else None)
    words = notice.text
    if notice.key and notice.key not in words:
        words = f"{notice.key}: {words}"
    return Cause(notice.cause, kind, key, words)


def channel_of(key: str) -> str:
    """The channel of a delivery's key; a channel's own name is its own."""
    return key.partition("#")[0].rpartition("/")[2]


def post_of(key: str) -> str:
    """The post of a delivery's key, 2027/flood/m-en; anything else is its own."""
    parts = key.split("/")
    return parts[1] if len(parts) == 3 else key
