"""What a message says: its first line is understood on a locked telephone, the rest says what to do."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from zoneinfo import ZoneInfo

from scheduler.alerts.kinds import KINDS, OTHER, channel_of, post_of
from scheduler.alerts.letter import Letter
from scheduler.store.alerts import Alert, Telling, What

LISTED = 8
"""So many of one kind are named; of more their number is told."""

STEPS = 4
"""So many different things to do are said of one kind."""

FIRST_LINE, LINE, LETTER = 90, 400, 3500
"""Characters: what telephones show of a first line, one thing, and a message most services take whole."""

AGAIN = "Sent once more: the last try ended without a clear answer, so you may have had this already."
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})")


def compose(tellings: Sequence[Telling], campaign: str, now: datetime, zone: ZoneInfo) -> Letter:
    """One message of all that waits for somebody, grouped by what it is about; at least one is given."""
    groups = _groups(tellings)
    more = len(groups) - 1
    title = in_local(_headline(groups[0]), zone) + (f" (+{more} more)" if more else "")
    paragraphs = [AGAIN] if any(one.doubtful or one.begun for one in tellings) else []
    paragraphs += [_paragraph(group, zone, with_headline=more > 0) for group in groups]
    paragraphs.append(f"{campaign}, {local(now, zone)}")
    body = _cut("\n\n".join(paragraphs), LETTER)
    return Letter(_cut(title, FIRST_LINE), body, any(_is_urgent(one) for one in tellings))


def _is_urgent(one: Telling) -> bool:
    return one.alert.urgent and one.what is What.IS


def _groups(tellings: Iterable[Telling]) -> list[list[Telling]]:
    """Alike together; what is urgent first, what is over and the daily summary last."""
    found: dict[tuple[What, str], list[Telling]] = {}
    for one in tellings:
        found.setdefault((one.what, one.alert.kind), []).append(one)
    return sorted(found.values(), key=lambda group: _rank(group[0]))


def _rank(one: Telling) -> tuple[bool, bool, bool]:
    return one.what is What.OVER, not one.alert.urgent, one.alert.kind == "digest"


def _headline(group: Sequence[Telling]) -> str:
    first = group[0].alert
    kind = KINDS.get(first.kind, OTHER)
    words = kind.one if len(group) == 1 else kind.many
    # A headline that names nothing says at least which channel or post it is about.
    about = first.key or ""
    said = words.format(key=about, channel=channel_of(about), n=len(group), words=_first_line(first.words))
    if about and len(group) == 1 and about not in said:
        said += f": {about}"
    return f"Over: {said}" if group[0].what is What.OVER else said


def _first_line(words: str) -> str:
    return words.partition("\n")[0]


def _paragraph(group: Sequence[Telling], zone: ZoneInfo, *, with_headline: bool) -> str:
    if group[0].alert.kind == "digest":
        return "\n\n".join(in_local(one.alert.words.partition("\n")[2].strip(), zone) for one in group)
    lines = [f"- {_cut(in_local(_said(one), zone), LINE)}" for one in group[:LISTED]]
    headline = _headline(group)
    if with_headline and headline not in lines[0]:
        lines.insert(0, f"{headline}:")
    if len(group) > LISTED:
        lines.append(f"- and {len(group) - LISTED} more: python run.py status")
    if group[0].what is What.IS:
        lines += [f"What to do: {todo}" for todo in islice(_todos(group), STEPS)]
    return "\n".join(lines)


def _said(one: Telling) -> str:
    if one.what is What.OVER:
        return one.alert.over_words or one.alert.words
    return one.alert.words


def _todos(group: Sequence[Telling]) -> Iterator[str]:
    """What to do about a group: alike steps once, with the first one's key; others each."""
    alike: dict[str, dict[str, None]] = {}
    for one in group:
        if one.alert.todo:
            alike.setdefault(_shape(one.alert), {})[one.alert.todo] = None
    for todos in alike.values():
        yield next(iter(todos)) + (" (and likewise for the others)" if len(todos) > 1 else "")


def _shape(alert: Alert) -> str:
    """What to do, without whom it is about."""
    key = alert.key or ""
    own = (key, post_of(key), channel_of(key))
    return " ".join("…" if word.rstrip(".") in own else word for word in alert.todo.split())


def _cut(words: str, most: int) -> str:
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"


def local(moment: datetime, zone: ZoneInfo) -> str:
    """A time a person reads, with its zone named: Fri 26 Feb 2027 09:00 Asia/Baku."""
    there = moment.astimezone(zone)
    return f"{there:%a} {there.day} {there:%b %Y %H:%M} {zone.key}"


def in_local(words: str, zone: ZoneInfo) -> str:
    """The words with moments as a person reads them; the record keeps them to the microsecond."""
    return _MOMENT.sub(lambda found: local(datetime.fromisoformat(found[0]), zone), words)


def cry(words: str, campaign: str, now: datetime, zone: ZoneInfo) -> Letter:
    """What is told past the database, which cannot be used."""
    todo = "What to do: see to the disk and the data folder of the scheduler, then: python run.py status"
    body = f"{words}\n\n{todo}\n\n{campaign}, {local(now, zone)}"
    return Letter("The scheduler cannot use its database", body, urgent=True)
