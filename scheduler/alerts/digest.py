"""The daily summary: what went out, what goes out today and tomorrow, what needs whom, and the log's head."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from scheduler.planning import when as clocks

ANYONE = ""

SHORT = 30
"""Characters of the campaign's name in the first line, so that a telephone shows the rest of it."""

NAMED = 10
"""So many posts are named in a list; of more their number is told."""


@dataclass(frozen=True)
class Day:
    """What is known at `at`, since the last summary at `since`. Lists are lines as people read them; of
    `today` and `tomorrow` so many as `not_ready` could not go out as things stand. `to_read` is the keys that
    wait for each person; under ANYONE, where nobody is named.
    """

    campaign: str
    at: datetime
    since: datetime
    zone: ZoneInfo
    out: Sequence[str] = ()
    today: Sequence[str] = ()
    tomorrow: Sequence[str] = ()
    not_ready: int = 0
    stopped: Sequence[str] = ()
    needs_you: Sequence[str] = ()
    to_read: Mapping[str, Sequence[str]] = field(default_factory=dict)
    lost: Sequence[str] = ()
    lowered: int = 0
    waived: int = 0
    head: str = ""


def is_due(at: time | None, now: datetime, zone: ZoneInfo) -> date | None:
    """The day whose summary may be sent by now; None before its time. Which were sent the caller knows."""
    if at is None:
        return None
    today = now.astimezone(zone).date()
    return today if now >= clocks.bound(today, at, zone) else None


def words(day: Day) -> str:
    """The summary; its first line stands for the whole."""
    parts = [_first(day)]
    parts += _list("Went out since the last summary", day.out, "Nothing went out since the last summary.")
    parts += _list("Goes out today", day.today, "Nothing more goes out today.")
    parts += _list("Goes out tomorrow", day.tomorrow, "Nothing goes out tomorrow.")
    waits = bool(day.not_ready or day.stopped or day.to_read)
    parts += _list("Stopped", day.stopped, "")
    parts += _list("Needs you", day.needs_you, "" if waits else "Nobody is needed.")
    parts += _list("Waits to be read", [_reader(*one) for one in day.to_read.items()], "")
    parts += _list("Refused or missed since the last summary", day.lost, "")
    parts += [_rules(day)] if day.lowered or day.waived else []
    parts += [
        f"Head of the log (keep this message: it proves that nothing before it was changed): {day.head}"
    ]
    return "\n\n".join(parts)


def _first(day: Day) -> str:
    needs, stopped = len(day.needs_you), len(day.stopped)
    counts = {
        f"{day.not_ready} not ready": day.not_ready,
        f"{stopped} hold{'' if stopped == 1 else 's'}": stopped,
        f"{needs} need{'s' if needs == 1 else ''} you": needs,
    }
    how = ", ".join(words for words, count in counts.items() if count) or "all is well"
    name = day.campaign if len(day.campaign) <= SHORT else f"{day.campaign[: SHORT - 1].rstrip()}…"
    return f"{name}: {len(day.today)} today, {len(day.tomorrow)} tomorrow, {how}"


def _list(heading: str, lines: Sequence[str], otherwise: str) -> list[str]:
    if not lines:
        return [otherwise] if otherwise else []
    more = [f"- and {len(lines) - NAMED} more"] if len(lines) > NAMED else []
    return ["\n".join([f"{heading} ({len(lines)}):", *(f"- {line}" for line in lines[:NAMED]), *more])]


def _reader(name: str, keys: Sequence[str]) -> str:
    posts = "1 post" if len(keys) == 1 else f"{len(keys)} posts"
    who, as_ = (name, shlex.quote(name)) if name != ANYONE else ("anyone but its author", "NAME")
    return f"{who}: {posts}, the first {keys[0]}; python run.py approve --mine --as {as_}"


def _rules(day: Day) -> str:
    said = []
    if day.lowered:
        said.append(f"{day.lowered} of the rules for approval ask for fewer people than the program proposes")
    if day.waived:
        rules = "1 rule about words was" if day.waived == 1 else f"{day.waived} rules about words were"
        said.append(f"{rules} answered by two people instead of kept")
    return "; ".join(said) + ". See: python run.py status"
