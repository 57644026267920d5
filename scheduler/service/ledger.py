"""The ledger as people ask it: its records, where each is used, what is due, what rested on one."""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, timedelta
from difflib import get_close_matches
from typing import Any

from scheduler.approvals import read_by_another
from scheduler.checks.records import OFFICE_FRESH
from scheduler.checks.reliance import fingerprint, uses
from scheduler.checks.words import fold, visible
from scheduler.content import Content
from scheduler.errors import InputError
from scheduler.model import (
    RECORDS,
    Approver,
    Fact,
    Media,
    Message,
    Office,
    Person,
    Position,
    Post,
    Quote,
    Record,
)
from scheduler.preview import cited
from scheduler.store import Status

SOON = timedelta(days=30)
"""A review that is due within so long is listed as due."""

_TELLING = 100
"""A smaller number may be anything: it does not show that a text rests on the fact."""

_SEEN_BY_NOBODY = frozenset({"wording", "offices"})
"""Kinds that state nothing about the event and need no approval."""


@dataclass(frozen=True)
class Use:
    """A place that rests on a record: a post, a card, a picture or a letter."""

    kind: str
    id: str
    how: str
    place: str

    def __str__(self) -> str:
        return f"{self.kind} {self.id} ({self.how})"


@dataclass(frozen=True)
class Entry:
    """A record, where it is used and what is to be done about it, in words; `on` is the first such day."""

    kind: str
    record: Record
    place: str
    uses: tuple[Use, ...]
    due: tuple[str, ...]
    on: date | None = None
    approved: bool = True
    """Whether somebody other than its author approved it; kinds that need nobody count as approved."""

    @property
    def banned(self) -> bool:
        return self.record.use is False


@dataclass(frozen=True)
class Out:
    """A delivery that is out, or may be, and rests on a record; `how` says what shows it."""

    status: Status
    how: str


def entries(content: Content, today: date, approvers: Mapping[str, Approver]) -> tuple[Entry, ...]:
    """Every record of the ledger, in its order; `approvers` tells two names of one person."""
    used = _uses(content)
    made = []
    for kind, record in content.ledger.all():
        approved = kind in _SEEN_BY_NOBODY or read_by_another(record, approvers)
        due = list(_due(record, today, approved))
        span = content.ledger.span(kind, record.id)
        made.append(
            Entry(
                kind,
                record,
                f"{span.file}:{span.line}" if span else "",
                tuple(dict.fromkeys(used.get((kind, record.id), ()))),
                tuple(words for _, words in due),
                min((day for day, _ in due if day is not None), default=None),
                approved,
            )
        )
    return tuple(made)


def chosen(known: Iterable[Entry], name: str | None) -> tuple[Entry, ...]:
    """Those of a kind, or with an id; all without a name. Raises InputError with the nearest known name."""
    every = tuple(known)
    if name is None:
        return every
    if name in RECORDS:
        return tuple(one for one in every if one.kind == name)
    found = tuple(one for one in every if name in (one.record.id, f"{one.kind}/{one.record.id}"))
    if found:
        # A word list often has the name of what it is about; who asks for that means the record.
        return tuple(one for one in found if one.kind != "wording") or found
    near = get_close_matches(name, [*RECORDS, *(one.record.id for one in every)], 1)
    hint = f"Did you mean {near[0]}?" if near else f"The kinds are: {', '.join(RECORDS)}."
    raise InputError(f"The ledger has no kind and no record “{name}”. {hint}")


def search(known: Iterable[Entry], words: str) -> tuple[Entry, ...]:
    """Those whose text has every one of the words, in any field; Azerbaijani letters may be typed plainly."""
    wanted = [fold(visible(word)) for word in words.split()]
    return tuple(one for one in known if all(_has(_text(one.record), word) for word in wanted))


def _has(texts: tuple[str, str], word: str) -> bool:
    """In the text as it is written; a word typed without marks also where the text has them."""
    exact, plain = texts
    return word in exact or (word == _plain(word) and word in plain)


def _text(record: Record) -> tuple[str, str]:
    exact = fold(visible("\n".join(_words(record))))
    return exact, _plain(exact)


def _words(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _words(one)
    elif isinstance(value, tuple):
        for one in value:
            yield from _words(one)
    elif is_dataclass(value):
        for one in fields(value):
            yield from _words(getattr(value, one.name))
    elif isinstance(value, date | int) and not isinstance(value, bool):
        yield str(value)


def _plain(text: str) -> str:
    """Without marks over and under letters: şəkibə as shekibe's typist has it, sekibe."""
    bare = (c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return "".join(bare).replace("ə", "e")


# Where records are used


def _uses(content: Content) -> dict[tuple[str, str], list[Use]]:
    used: dict[tuple[str, str], list[Use]] = {}
    named: tuple[tuple[str, Iterable[Post]], ...] = (("post", content.posts), ("letter", content.letters))
    for what, texts in named:
        for post in texts:
            for kind, record_id, how in uses(post, content.ledger):
                span = post.span()
                place = f"{span.file}:{span.line}" if span else post.file
                used.setdefault((kind, record_id), []).append(Use(what, post.id, how, place))
    return used


# What is to be done


def _due(record: Record, today: date, approved: bool) -> Iterator[tuple[date | None, str]]:
    if record.review_by is not None and record.review_by <= today + SOON:
        late = " (that day has passed)" if record.review_by < today else ""
        yield record.review_by, f"to be reviewed by {record.review_by}{late}"
    if isinstance(record, Office) and record.holder:
        if record.verified_on is None:
            yield None, "who holds the office was never verified"
        elif today - record.verified_on > OFFICE_FRESH:
            yield record.verified_on + OFFICE_FRESH, f"holder last verified on {record.verified_on}"
    if not approved:
        yield None, "approved by nobody but the author"
    if isinstance(record, Person):
        yield from ((None, words) for words in _of_person(record))


def _of_person(person: Person) -> Iterator[str]:
    consent = person.consent
    if consent is not None and consent.withdrawn_on is not None:
        yield f"consent withdrawn on {consent.withdrawn_on}: see what is out with --out"
    elif person.basis == "none":
        yield "no basis for naming this person"
    elif person.basis in ("direct", "family") and not (consent and consent.reference):
        yield "consent to be recorded"
    if person.basis in ("direct", "family") and not (person.identity and person.identity.checked_by):
        yield "identity to be checked"


# What is out and rests on a record


def rests(one: Status, name: str, entry: Entry | None) -> bool:
    """Whether the delivery's words rest on the record kind/id, as was noted when they were frozen.

    Of what was frozen before that was noted, today's posts are asked.
    """
    if one.records is not None:
        return name in one.records
    return entry is not None and one.post in {use.id for use in entry.uses if use.kind == "post"}


def out(statuses: Iterable[Status], content: Content, name: str, entry: Entry | None) -> tuple[Out, ...]:
    """Deliveries that are out, or may be, and rest on the record kind/id; `entry` None: the ledger lost it.

    Besides those that are noted to rest on it, whatever shows its words or its figure.
    """
    posts = {post.id for post in content.posts}
    found = []
    for one in statuses:
        if not one.counted and not one.receipts:
            continue
        how = list(_how(one, name, entry))
        if how and one.post not in posts:
            how.append("its post is no longer in the folder")
        if how:
            found.append(Out(one, "; ".join(how)))
    return tuple(found)


def _how(one: Status, name: str, entry: Entry | None) -> Iterator[str]:
    if rests(one, name, entry):
        then = (one.records or {}).get(name)
        now = fingerprint(entry.record) if entry is not None else None
        if one.records is None:
            yield "its post cites it today"
        elif then == now:
            yield "it rests on it"
        else:
            yield "it rests on it as it was before it changed"
    if entry is not None and (shown := _shown(entry.record, one)):
        yield f"it shows “{shown}”"


def _shown(record: Record, one: Status) -> str | None:
    """The first words of what went out that show what the record holds."""
    if isinstance(record, Fact) and (record.figure or 0) < _TELLING:
        return None
    if isinstance(record, Position | Media):
        return None
    for text in _texts(one.message):
        read = cited.Text(one.language, text)
        for start, end in cited.spans(record, read):
            return text[start:end]
        if isinstance(record, Quote) and record.words and record.words in text:
            return record.words
    return None


def _texts(message: Message) -> Iterator[str]:
    """Every text that a reader of a delivery meets, a description or the card under its link among them."""
    yield from (part.text for part in message.parts)
    if (card := message.link_card) is not None:
        yield from (card.title, card.description)
    yield from (image.alt for image in message.images)


def fields_of(entry: Entry) -> dict[str, Any]:
    """What `ledger --json` prints of a record."""
    one = entry.record
    return {
        "kind": entry.kind,
        "id": one.id,
        "author": one.author,
        "approved_by": one.approved_by,
        "approved": entry.approved,
        "use": one.use if isinstance(one.use, bool) else dict(one.use),
        "review_by": one.review_by.isoformat() if one.review_by else None,
        "due": list(entry.due),
        "used_in": [
            {"kind": use.kind, "id": use.id, "how": use.how, "place": use.place} for use in entry.uses
        ],
        "place": entry.place,
    }
