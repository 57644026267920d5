"""Which records a delivery rests on, and whether a record still says what it said then."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import sha256

from scheduler.checks.context import citations
from scheduler.checks.rules import rule
from scheduler.model import Card, Channel, Finding, Ledger, Post, Record, Severity, Span, Variant

CHANGED = rule(
    "records.changed-since",
    Severity.WARNING,
    "A record is not what it was when words that rest on it went out, or were taken into the plan.",
    "Read them beside the record again: correct what is out with `corrects:`, or `retract` it; then record "
    "that it is dealt with: `ledger KIND/ID --settled --as NAME --reason …`.",
)

_SILENT = frozenset({"wording"})
"""Word lists ask about texts by themselves."""

_ABOUT = frozenset(
    {"author", "approved_by", "sources", "review_by", "note", "verified_on", "informed_on", "focal"}
)
"""Fields that say something of the record, and nothing that a post shows or rests on."""

_SHOWN = 3


@dataclass(frozen=True)
class Rested:
    """A delivery of the store with the records it rested on when its words were frozen: kind/id to mark.

    `out`: it is out, or may be; else it is still to come. `records` None: nobody noted them then.
    """

    key: str
    out: bool
    url: str | None
    records: Mapping[str, str] | None


@dataclass
class Reliance:
    """A ledger, asked what a post on a channel rests on; each record's mark is made once."""

    ledger: Ledger
    _marks: dict[str, str] = field(default_factory=dict)

    def of(self, post: Post, channel: Channel) -> tuple[tuple[str, str], ...]:
        """Every record that the post shows or cites on this channel, as kind/id, with its mark."""
        names = dict.fromkeys(f"{kind}/{id_}" for kind, id_, _ in uses(post, self.ledger, channel))
        return tuple((name, mark) for name in names if (mark := self.mark(name)) is not None)

    def mark(self, name: str) -> str | None:
        """A hash of what posts show of the record kind/id and rest on; None where the ledger has none."""
        kind, _, id_ = name.partition("/")
        if name not in self._marks and (record := self.ledger.of(kind).get(id_)) is not None:
            self._marks[name] = fingerprint(record)
        return self._marks.get(name)

    def all(self) -> dict[str, str]:
        """Every record that posts may rest on, with its mark."""
        every = (f"{kind}/{one.id}" for kind, one in self.ledger.all() if kind not in _SILENT)
        return {name: mark for name in every if (mark := self.mark(name)) is not None}


def fingerprint(record: Record) -> str:
    """A hash of what posts show of the record and rest on; who wrote or approved it is not in it."""
    known = {name: value for name, value in asdict(record).items() if name not in _ABOUT}
    return sha256(repr(sorted(known.items())).encode()).hexdigest()[:16]


def uses(post: Post, ledger: Ledger, channel: Channel | None = None) -> Iterator[tuple[str, str, str]]:
    """Kind, id and how, of every record the post rests on; a quotation's speaker too.

    With a channel, of cards and pictures only those that the channel shows.
    """
    card_at, pictures_at, thread_at = (
        _shown_at(post, channel, name) for name in ("card", "images", "thread")
    )
    for one in citations(post):
        if "card" in one.path and channel is not None and one.path[: one.path.index("card")] != card_at:
            continue
        yield one.kind, one.id, "card" if "card" in one.path else "text"
        quote = ledger.quotes.get(one.id) if one.kind == "quotes" else None
        if quote is not None and quote.person:
            yield "people", quote.person, f"words of “{quote.id}”"
    shown: dict[str, str] = {}
    for place, holder in _holders(post):
        if channel is None or place == pictures_at:
            shown |= {picture.file: "picture" for picture in holder.images or ()}
        if channel is None or place == thread_at:
            shown |= {picture.file: "picture" for part in holder.thread or () for picture in part.images}
        if (channel is None or place == card_at) and holder.card is not None:
            shown |= {name: "card" for name in _files(holder.card)}
        link = holder.link_card
        if link is not None and link.image:
            shown[link.image] = "link"
    for media in ledger.media.values():
        if media.name in shown:
            yield "media", media.id, shown[media.name]
            yield from (("people", person, f"seen in “{media.id}”") for person in media.people_shown)


def _holders(post: Post) -> Iterator[tuple[tuple[str, ...], Post | Variant]]:
    yield (), post
    yield from ((("variants", name), variant) for name, variant in post.variants.items())


def _files(card: Card) -> Iterator[str]:
    yield from (name for name in (card.background, card.portrait) if name)


def _shown_at(post: Post, channel: Channel | None, name: str) -> tuple[str, ...]:
    """Where what the channel shows stands: in its own variant, in its platform's, or in the post."""
    for own in (channel.name, channel.platform) if channel is not None else ():
        variant = post.variants.get(own)
        if variant is not None and getattr(variant, name) is not None:
            return ("variants", own)
    return ()


def changed_since(ledger: Ledger, rested: Iterable[Rested], settled: Mapping[str, str]) -> Iterator[Finding]:
    """One finding for each record that deliveries rest on and that says something else now.

    `settled` has the marks of records about which a person has said that all is done.
    """
    now = Reliance(ledger)
    by_record: dict[str, list[Rested]] = {}
    for one in rested:
        for name, mark in (one.records or {}).items():
            if now.mark(name) != mark and settled.get(name) != (now.mark(name) or GONE):
                by_record.setdefault(name, []).append(one)
    for name, found in by_record.items():
        yield CHANGED.at(_span(ledger, name), _told(name, now, found), cause=f"changed-since:{name}")


GONE = "gone"
"""The mark of a record that the ledger has no more."""


def _told(name: str, now: Reliance, found: Sequence[Rested]) -> str:
    what = "changed" if now.mark(name) else "is no longer in the ledger"
    out = [f"{one.key} ({one.url or 'no link'})" for one in found if one.out]
    to_come = [one.key for one in found if not one.out]
    words = [f"'{name}' {what}"]
    if out:
        words.append(f"out and resting on it as it was: {_few(out)}; {CHANGED.remedy}")
    if to_come:
        words.append(
            f"still to come: {_few(to_come)}; what was approved is held until somebody has read it again"
        )
    return "; ".join(words)


def _few(names: Sequence[str]) -> str:
    more = f" … and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _span(ledger: Ledger, name: str) -> Span | None:
    kind, _, id_ = name.partition("/")
    return ledger.span(kind, id_)
