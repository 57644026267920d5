"""The daily summary: what went out, what goes out today and tomorrow, what needs whom, and the log's head."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from scheduler.planning import when as clocks

NAMED = 10
"""So many posts are named in a list; of more their number is told."""


@dataclass(frozen=True)
class Day:
    """What is known at `at`, since the last summary at `since`. Lists are lines as people read them;
    `to_read` is the keys that wait for each person.
    """

    campaign: str
    at: datetime
    since: datetime
    zone: ZoneInfo
    out: Sequence[str] = ()
    today: Sequence[str] = ()
    tomorrow: Sequence[str] = ()
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
    parts += _list("Needs you", day.needs_you, "Nobody is needed.")
    parts += _list("Waits to be read", [_reader(*one) for one in day.to_read.items()], "")
    parts += _list("Refused or missed since the last summary", day.lost, "")
    parts += [_rules(day)] if day.lowered or day.waived else []
    parts += [
        f"Head of the log (keep this message: it proves that nothing before it was changed): {day.head}"
    ]
    return "\n\n".join(parts)


def _first(day: Day) -> str:
    needs = len(day.needs_you)
    return f"{day.campaign}: {len(day.today)} today, {len(day.tomorrow)} tomorrow, " + (
        f"{needs} need{'s' if needs == 1 else ''} you" if needs else "all is well"
    )


def _list(heading: str, lines: Sequence[str], otherwise: str) -> list[str]:
    if not lines:
        return [otherwise] if otherwise else []
    more = [f"- and {len(lines) - NAMED} more"] if len(lines) > NAMED else []
    return ["\n".join([f"{heading} ({len(lines)}):", *(f"- {line}" for line in lines[:NAMED]), *more])]


def _reader(name: str, keys: Sequence[str]) -> str:
    posts = "1 post" if len(keys) == 1 else f"{len(keys)} posts"
    return f"{name}: {posts}, the first {keys[0]}; python run.py approve --mine --as {name}"


def _rules(day: Day) -> str:
    said = []
    if day.lowered:
        said.append(f"{day.lowered} of the rules for approval ask for fewer people than the program proposes")
    if day.waived:
        rules = "1 rule about words was" if day.waived == 1 else f"{day.waived} rules about words were"
        said.append(f"{rules} answered by two people instead of kept")
    return "; ".join(said) + ". See: python run.py status"
