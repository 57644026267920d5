"""How things stand: what is next, what is late, what waits for a person, and what to do about it."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from scheduler.model import Mode, State
from scheduler.service import machines
from scheduler.service.as_json import utc
from scheduler.service.opening import Campaigning
from scheduler.store import Hold, Notice, Store
from scheduler.store.bars import BY_HAND
from scheduler.store.news import Late, Trouble
from scheduler.store.notices import ON

PATIENCE = timedelta(minutes=5)
"""A post so long over its time, with nothing that says why, is for a person to look at."""

SOON = timedelta(hours=1)
STILL = timedelta(minutes=1)
"""After so long without a look a scheduler that holds its lock stands still; it looks every second."""

NAMED = 3
PASSING = ("job:", "config", "removals", "hanging:", "posts-folder", "machine:", "machine-config", "clock:")
"""Beginnings of the causes of notices that close by themselves when their trouble is over."""


@dataclass(frozen=True)
class Outlook:
    """What `status` begins with and the health file holds.

    `clock` is why nothing is sent, None where all is well. `problems` are channels that cannot be used, with
    the reason; `waiting` those that wait for a machine. `ticked` is when the scheduler last looked.
    """

    at: datetime
    mode: Mode
    year: int
    zone: ZoneInfo
    at_work: bool
    ticked: datetime | None = None
    next_post: tuple[str, datetime] | None = None
    late: Sequence[Late] = ()
    late_count: int = 0
    held_soon: Sequence[Late] = ()
    troubles: Sequence[Trouble] = ()
    holds: Sequence[Hold] = ()
    problems: Mapping[str, str] = field(default_factory=dict)
    waiting: Mapping[str, str] = field(default_factory=dict)
    clock: str | None = None
    frozen: str | None = None
    notices: Sequence[Notice] = ()

    @property
    def needs_you(self) -> tuple[str, ...]:
        """What a person should do, one sentence each; empty where nobody is needed."""
        return tuple(words for rule in RULES for words in rule(self))

    @property
    def stands_still(self) -> bool:
        """Whether a scheduler is there and does nothing: no sign of life is a bad sign, too."""
        return self.at_work and self.ticked is not None and self.at - self.ticked > STILL

    @property
    def ok(self) -> bool:
        return not self.needs_you

    def of(self, state: State) -> list[Trouble]:
        """This campaign year's deliveries in that state; another year's are history."""
        return [one for one in self.troubles if one.state is state and one.year == self.year]

    def to_json(self) -> dict[str, Any]:
        """For programs: times in UTC, ISO 8601."""
        first = self.late[0] if self.late else None
        return {
            "at": utc(self.at),
            "mode": str(self.mode),
            "at_work": self.at_work,
            "last_tick": utc(self.ticked) if self.ticked else None,
            "next_due": utc(self.next_post[1]) if self.next_post else None,
            "next_key": self.next_post[0] if self.next_post else None,
            "oldest_overdue": first
            and {"key": first.key, "due": utc(first.due), "why": "; ".join(first.reasons)},
            "overdue": self.late_count,
            **{str(state): len(self.of(state)) for state in (State.UNKNOWN, State.REFUSED, State.MISSED)},
            "problems": dict(self.problems),
            "clock": self.clock or "trusted",
            "frozen": self.frozen,
            "ok": self.ok,
            "needs_you": list(self.needs_you),
        }


def look(
    campaigning: Campaigning,
    store: Store,
    now: datetime,
    *,
    troubles: Sequence[Trouble],
    late: Sequence[Late],
    at_work: bool,
    ticked: datetime | None,
    clock: str | None = None,
) -> Outlook:
    """Ask the store what the caller does not know yet. `clock` None asks its notices."""
    open_now = store.notices()
    own_clock, waiting = store.own("clock"), machines.waiting(store, now)
    told = next((one.text for one in open_now if one.cause == own_clock), None)
    return Outlook(
        at=now,
        mode=store.mode,
        year=campaigning.config.campaign.year,
        zone=campaigning.config.campaign.timezone,
        at_work=at_work,
        ticked=ticked,
        next_post=store.next_post(now),
        late=machines.with_waiting(late, waiting),
        late_count=store.late_count(now) if late else 0,
        held_soon=[one for one in store.late(now + SOON) if one.held and one.due > now],
        troubles=troubles,
        holds=store.holds(),
        problems=problems(campaigning, store),
        waiting=waiting,
        clock=clock or told,
        frozen=_frozen(store, campaigning.config.campaign.timezone),
        notices=[one for one in open_now if one.cause.startswith(PASSING) and one.cause != own_clock],
    )


def problems(campaigning: Campaigning, store: Store) -> dict[str, str]:
    """The channels of config that cannot be used: refused by their platform, or without credentials."""
    channels = campaigning.config.channels
    found = {name: words for name, words in store.channel_problems().items() if name in channels}
    found |= of_machines(store, channels) if store.is_shared else {}
    if store.mode is Mode.LIVE:
        for name, channel in channels.items():
            if channel.live and campaigning.is_mine(channel) and not campaigning.credentials(channel):
                found.setdefault(name, f"{name}: no credentials; its variables are missing in .env")
    return found


def of_machines(store: Store, channels: Collection[str]) -> dict[str, str]:
    """The channels that some machine cannot use, each with the words of all such machines."""
    found: dict[str, list[str]] = {}
    for notice in store.notices():
        kind, _, name = notice.cause.partition(ON)[0].partition(":")
        if kind == "channel" and ON in notice.cause and name in channels:
            found.setdefault(name, []).append(notice.text)
    return {name: "; ".join(words) for name, words in found.items()}


def _frozen(store: Store, zone: ZoneInfo) -> str | None:
    frozen = store.frozen()
    if frozen is None:
        return None
    return f"frozen by {frozen.who} since {local(frozen.at, zone)}: {frozen.reason}"


def local(moment: datetime, zone: ZoneInfo) -> str:
    """A time a person reads, with its zone named: Fri 26 Feb 2027 09:00 Asia/Baku."""
    there = moment.astimezone(zone)
    return f"{there:%a} {there.day} {there:%b %Y %H:%M} {zone.key}"


# What needs a person: small rules, each with its words


def _unknown(seen: Outlook) -> Iterator[str]:
    if found := seen.of(State.UNKNOWN):
        yield (
            f"{_posts(found)} may or may not be out: {_keys(found)}. Look at the account, then say what you "
            f"saw: python run.py settle {found[0].key} --published LINK (or --not-published)"
        )


def _refused(seen: Outlook) -> Iterator[str]:
    if found := seen.of(State.REFUSED):
        yield (
            f"{_posts(found)} {_was(found)} refused by the platform: {_keys(found)} ({found[0].reason}). "
            f"Mend it, then {_ways_out(found[0])}"
        )


def _missed(seen: Outlook) -> Iterator[str]:
    if found := seen.of(State.MISSED):
        posted = f"; if somebody posted it, say where: python run.py settle {found[0].key} --published LINK"
        by_hand = posted if BY_HAND in found[0].reason else ""
        missed = f"{_posts(found)} {_was(found)} missed, and not sent: {_keys(found)}"
        yield f"{missed}; {_ways_out(found[0])}{by_hand}"


def _ways_out(one: Trouble) -> str:
    again = f"give it a new time: python run.py retry {one.key} --at TIME"
    return f"{again}; or let it go: python run.py cancel {one.key}"


def _held(seen: Outlook) -> Iterator[str]:
    if found := [one for one in seen.late if one.held and not _is_for_a_hand(one)]:
        more = "" if seen.late_count <= len(seen.late) else f" (of {seen.late_count} that are due)"
        yield f"{_posts(found)} {'is' if len(found) == 1 else 'are'} due and held{more}: {_why(found[0])}"


def _unexplained(seen: Outlook) -> Iterator[str]:
    """Due for minutes, not held and not meant to wait, and not out: a green light would be a lie."""
    for one in seen.late:
        if (
            seen.at_work
            and not (one.held or one.paced)
            and seen.at - one.due > PATIENCE
            and seen.clock is None
        ):
            words = f"{one.key} has been due since {local(one.due, seen.zone)} and is not out"
            because = f": {'; '.join(one.reasons)}" if one.reasons else ""
            yield f"{words}{because}. Look: python run.py why {one.key}"
            return


def _channels(seen: Outlook) -> Iterator[str]:
    yield from (f"A channel cannot be used: {words}" for words in seen.problems.values())


def _waiting(seen: Outlook) -> Iterator[str]:
    """A name that is misspelt in config.yaml looks the same."""
    yield from (
        f"{words}: start it there, or mend `machine:` in config.yaml" for words in seen.waiting.values()
    )


def _clock(seen: Outlook) -> Iterator[str]:
    if seen.clock is not None:
        yield f"The clock: {seen.clock}"


def _not_at_work(seen: Outlook) -> Iterator[str]:
    coming = seen.next_post is not None and seen.next_post[1] - seen.at <= SOON
    if seen.mode is Mode.LIVE and not seen.at_work and (seen.late or coming):
        key = seen.late[0].key if seen.late else (seen.next_post or ("",))[0]
        when = "is due" if seen.late else "falls due within an hour"
        yield f"The scheduler is not running, and {key} {when}. Start it: python run.py run --live"


def _stands_still(seen: Outlook) -> Iterator[str]:
    """Frozen, or in a wait that does not end, it still holds its lock and would look alive."""
    if seen.stands_still and seen.ticked is not None:
        yield (
            f"The scheduler has done nothing since {local(seen.ticked, seen.zone)}, and nothing goes out: "
            "stop it and start it again"
        )


def _held_soon(seen: Outlook) -> Iterator[str]:
    """While there is time to do something about it."""
    if found := [one for one in seen.held_soon if not _is_for_a_hand(one)]:
        falls = "falls" if len(found) == 1 else "fall"
        yield f"{_posts(found)} {falls} due within an hour and cannot go out: {_why(found[0])}"


def _by_hand(seen: Outlook) -> Iterator[str]:
    """What nothing keeps but that a person is to post it: now, or within the hour."""
    for found, when in ((seen.late, "now"), (seen.held_soon, "within the hour")):
        if mine := [one for one in found if _is_for_a_hand(one)]:
            are = "is" if len(mine) == 1 else "are"
            first = mine[0]
            yield (
                f"{_posts(mine)} {are} to be posted by hand {when}: {first.key}, due "
                f"{local(first.due, seen.zone)}; take it from `python run.py export pack`, then say where it "
                f"is: python run.py settle {first.key} --published LINK"
            )


def _is_for_a_hand(one: Late) -> bool:
    return set(one.reasons) == {BY_HAND}


def _look_again(seen: Outlook) -> Iterator[str]:
    for hold in seen.holds:
        if hold.look_again is not None and hold.look_again <= seen.at:
            yield (
                f"Hold {hold.id} on {hold.words} was to be looked at again by now ({hold.reason}); lift it: "
                f"python run.py release {hold.id}"
            )


def _notices(seen: Outlook) -> Iterator[str]:
    yield from (one.text for one in seen.notices)


RULES: tuple[Callable[[Outlook], Iterator[str]], ...] = (
    _not_at_work,
    _stands_still,
    _clock,
    _unknown,
    _held,
    _held_soon,
    _by_hand,
    _unexplained,
    _channels,
    _waiting,
    _refused,
    _missed,
    _look_again,
    _notices,
)
"""In the order of what a person should look at first."""


def _posts(found: Sequence[object]) -> str:
    return "1 post" if len(found) == 1 else f"{len(found)} posts"


def _was(found: Sequence[object]) -> str:
    return "was" if len(found) == 1 else "were"


def _keys(found: Sequence[Trouble]) -> str:
    more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
    return ", ".join(one.key for one in found[:NAMED]) + more


def _why(one: Late) -> str:
    return f"{one.key}: {'; '.join(one.reasons)}"
