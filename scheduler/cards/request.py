"""What a card will say, taken from the records before anything is drawn: pure data, and its identity."""

import hashlib
import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

import regex  # type: ignore[import-untyped]

from scheduler.cards import photos, phrases, typeset
from scheduler.cards.phrases import Phrases
from scheduler.errors import CardError, ContentError
from scheduler.model import (
    Campaign,
    Card,
    Fact,
    Ledger,
    Localised,
    Look,
    Media,
    Office,
    Person,
    Position,
    Quote,
    Recognition,
    Record,
    Source,
)
from scheduler.text import placeholders

PALETTE = {"ink": "F4F0E8", "soft": "D6D0C6", "accent": "C49A6C", "ground": "14161A"}
"""Warm white, grey, muted bronze for rules only, charcoal."""

IMAGES = "assets/images"
NUMERALS = "en"
"""The language that figures 0 to 9 are set in where they stand alone: the Latin serif has a light cut."""

SPACES = regex.compile(r"[ \n\t]+")
APOSTROPHE = regex.compile(r"(?<=\p{L})'(?=\p{L})")
"""Typed with a typewriter's mark, between letters."""

AnyOf = TypeVar("AnyOf", bound=Record)


@dataclass(frozen=True)
class Words:
    """Words and the language they are in, which decides letter shapes and quotation marks."""

    text: str
    language: str


@dataclass(frozen=True)
class Figure:
    """A number as printed, what it counts, the sub-counts that lie inside it, and when it was so."""

    number: str
    label: Words
    parts: tuple["Figure", ...] = ()
    as_of: Words | None = None

    @property
    def numeral(self) -> Words:
        """The number to be set by itself: 0 to 9 are of one hand on every card, other digits of their own."""
        western = any(digit in self.number for digit in "0123456789")
        return Words(self.number, NUMERALS if western else self.label.language)


@dataclass(frozen=True)
class Said:
    """The words of one card. `names` and `roles` pair up; a role may be empty. `note`: translated from."""

    source: Words
    title: Words | None = None
    date: Words | None = None
    text: Words | None = None
    note: Words | None = None
    names: tuple[Words, ...] = ()
    roles: tuple[Words, ...] = ()
    figures: tuple[Figure, ...] = ()


@dataclass(frozen=True)
class Request:
    """Everything a card shows, as JSON-able data. `stamp` is the not-cleared label, "" for a cleared card.

    `background` is a file in assets/images, `mark` one below the campaign's folder; their digests are hex,
    "" where unknown. `focal` is the background's point that every crop keeps, as shares of width and height.
    """

    template: str
    template_version: int
    language: str
    said: Said
    foot: tuple[Words, Words]
    palette: tuple[tuple[str, str], ...]
    stamp: str = ""
    background: str | None = None
    background_sha256: str = ""
    focal: tuple[float, float] | None = None
    mark: str | None = None
    mark_sha256: str = ""
    fonts: tuple[str, ...] = ()
    portrait: str | None = None
    portrait_sha256: str = ""
    portrait_focal: tuple[float, float] | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def words_of(request: Request) -> tuple[Words, ...]:
    """Everything a card says, each in its language, for whoever judges all words that are shown."""
    said = request.said
    given = (said.date, *said.names, *said.roles, said.title, said.text, said.note)
    counted = [
        words
        for whole in said.figures
        for one in (whole, *whole.parts)
        for words in (one.numeral, one.label, one.as_of)
    ]
    stamp = Words(request.stamp, "en")
    every = (stamp, *given, *counted, said.source, *request.foot)
    return tuple(words for words in every if words is not None and words.text)


_LOOK = frozenset({"palette", "mark", "mark_sha256", "fonts"})


def identity(request: Request, size: tuple[int, int]) -> str:
    """SHA-256 (hex) over what a card is drawn from: words, background, template, its version, size.

    The look (palette, mark, fonts) is not in it: a card once drawn keeps its look, and its approvals, until
    somebody draws it anew on purpose.
    """
    content = {name: value for name, value in request.to_json().items() if name not in _LOOK}
    if request.portrait is None:  # cards without one keep the identity they had
        content = {name: value for name, value in content.items() if not name.startswith("portrait")}
    fields = {"request": content, "size": list(size)}
    canonical = json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


@dataclass(frozen=True)
class Desk:
    """A card's wish and the records at hand: where templates take their words. Every miss is a CardError."""

    card: Card
    ledger: Ledger
    language: str
    campaign: Campaign
    look: Look = field(default_factory=Look)

    @property
    def a_card(self) -> str:
        """The card as a sentence's subject: "a quote card", "an announcement card"."""
        return f"{'an' if self.card.template[:1] in 'aeo' else 'a'} {self.card.template} card"

    @property
    def phrases(self) -> Phrases:
        return phrases.of(self.language)

    def words(self, text: str, language: str | None = None) -> Words:
        """NFC, one space between words, and the apostrophe's own sign for the typewriter's."""
        plain = SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip()
        return Words(APOSTROPHE.sub("’", plain), language or self.language)

    def own_words(self, text: str) -> Words:
        """Words of the campaign's own: typewriter's marks give way to the printer's."""
        return self.words(typeset.marks(text, self.language))

    def focal(self) -> tuple[float, float] | None:
        """The point of the background that its media record names, None where it has no record."""
        return media.focal if (media := self._background()) else None

    def portrait(self) -> Media | None:
        """The media record of the card's portrait: a photograph of the person whom the card names."""
        if (name := self.card.portrait) is None:
            return None
        if self.card.template != "witness":
            raise CardError("card.portrait: only a witness card shows a portrait")
        media = next((one for one in self.ledger.media.values() if one.name == name), None)
        if media is None:
            raise CardError(f"card.portrait: “{name}” has no record in posts/ledger/media.yaml: add one")
        if self.card.person not in media.people_shown:
            raise CardError(
                f"card.portrait: media record “{media.id}” does not say that it shows “{self.card.person}”: "
                "add the person to people_shown, or leave the portrait out"
            )
        if media.ai:
            raise CardError(
                f"card.portrait: “{name}” was made by a machine; a person is shown only by a photograph"
            )
        photos.permit(media)
        return media

    def credits(self) -> str:
        """Who made the photographs that the card shows; drawings of no place or person need no line."""
        shown = [one for one in (self.portrait(), self._background()) if one is not None and one.creator]
        real = [one for one in shown if one.people_shown or one.place or one.date]
        makers = ", ".join(dict.fromkeys(one.creator or "" for one in real))
        return self.phrases.photo.format(makers) if makers else ""

    def _background(self) -> Media | None:
        records = self.ledger.media.values()
        found = next((media for media in records if media.name == self.card.background), None)
        if found is not None:
            photos.permit(found)
        return found

    def person(self, name: str | None) -> Person:
        return self._record("person", "people", name, self.ledger.people)

    def quote(self) -> Quote:
        return self._record("quote", "quotes", self.card.quote, self.ledger.quotes)

    def recognition(self) -> Recognition:
        return self._record("recognition", "recognitions", self.card.recognition, self.ledger.recognitions)

    def position(self) -> Position:
        return self._record("position", "positions", self.card.position, self.ledger.positions)

    def office(self) -> Office:
        return self._record("office", "offices", self.card.office, self.ledger.offices)

    def facts(self) -> tuple[Fact, ...]:
        return tuple(self._record("facts", "facts", name, self.ledger.facts) for name in self.card.facts)

    def _record(self, key: str, kind: str, name: str | None, records: Mapping[str, AnyOf]) -> AnyOf:
        if not name:
            raise CardError(f"{self.a_card} needs {key}: name a record of posts/ledger/{kind}.yaml")
        if name not in records:
            raise CardError(f"card.{key}: there is no “{name}” in posts/ledger/{kind}.yaml")
        record = records[name]
        if record.use is False:
            raise CardError(
                f"card.{key}: “{name}” is marked “use: no” in the ledger ({record.note or 'no reason given'})"
            )
        return record

    def own(self, key: str, values: Localised) -> Words | None:
        """The card's own words in this language, placeholders filled in; None where it has none at all."""
        if not values:
            return None
        text = values.get(self.language, values.get(""))
        if text is None:
            raise CardError(
                f"card.{key} has no “{self.language}”: write it, or leave the card out for this language"
            )
        try:
            return self.own_words(placeholders.fill(text, self.language, self.campaign))
        except ContentError as error:
            raise CardError(f"card.{key}: {error}") from error

    def local(self, values: Localised) -> Words | None:
        """A record's words in this language, else in the first that has them, tagged as what they are."""
        for language in (self.language, *self.campaign.languages, *values):
            if values.get(language):
                return self.words(values[language], language)
        return None

    def must(self, values: Localised, kind: str, record: Record, name: str) -> Words:
        """A record's words in this language and no other: nobody translates silently."""
        if not (text := values.get(self.language)):
            raise CardError(
                f"“{record.id}” in posts/ledger/{kind}.yaml has no {name} in “{self.language}”: add it"
            )
        return self.words(text)

    def source(self, record: Record, kind: str, address: str | None = None) -> str:
        """Who or what a record rests on, for the source line: its first source's title and site, and date."""
        if record.sources:
            return name_of(record.sources[0], self.language)
        if address:
            return site(address)
        raise CardError(
            f"“{record.id}” in posts/ledger/{kind}.yaml names no source; a card is not drawn without one"
        )

    def fact_source(self, facts: Sequence[Fact]) -> Words:
        """Who says so, for all of a card's facts: one line where they agree, else each with its numbers."""
        givers: dict[str, list[Fact]] = {}
        for fact in facts:
            givers.setdefault(self._giver(fact), []).append(fact)
        if len(givers) == 1:
            who = next(iter(givers))
        else:
            who = self.phrases.semicolon.join(
                f"{giver} ({', '.join(map(self._short, given))})" for giver, given in givers.items()
            )
        line = self.phrases.according_to.format(who)
        if (differ := self._differ(facts)) and differ not in line:
            line = f"{line.rstrip('.。')}{self.phrases.semicolon}{differ}"
        return self.words(line)

    def _differ(self, facts: Sequence[Fact]) -> str:
        """That other sources count, or tell it, otherwise; "" where the ledger holds none."""
        if not any(fact.others for fact in facts):
            return ""
        counted = any(other.figure is not None for fact in facts for other in fact.others)
        return self.phrases.counts_differ if counted else self.phrases.accounts_differ

    def _giver(self, fact: Fact) -> str:
        if who := fact.according_to.get(self.language):
            lead = self.phrases.according_to.partition("{")[0]
            return who.removeprefix(lead).strip().rstrip(".")
        if fact.according_to:
            raise CardError(
                f"“{fact.id}” in posts/ledger/facts.yaml has no according_to in “{self.language}”: add it"
            )
        return self.source(fact, "facts")

    def _short(self, fact: Fact) -> str:
        return phrases.number(fact.figure, self.language) if fact.figure is not None else fact.id


def name_of(source: Source, language: str) -> str:
    """A source as a reader may look it up: "title, site, date"; the document's name where it has no title."""
    title = source.title or source.document
    parts = [phrases.apart(title, language)] if title else []
    if source.address:
        parts.append(phrases.apart(site(source.address), language))
    if source.date:
        when = phrases.day(source.date, language)
        parts += [when] if not title or when not in title else []
    if not title and not source.address:
        raise CardError("a source needs a title, a document or an address: a card's source line shows it")
    return phrases.of(language).comma.join(parts)


def site(address: str) -> str:
    return (urlsplit(address).hostname or address).removeprefix("www.")


def quoted(text: str, language: str) -> str:
    """The words in the quotation marks of their own language, whatever marks the record was typed with."""
    opening, closing = phrases.of(language).marks
    bare = text.strip()
    for left, right in (("“", "”"), ("«", "»"), ("„", "“"), ('"', '"')):
        inner = bare[1:-1]
        if bare.startswith(left) and bare.endswith(right) and not {left, right} & set(inner):
            bare = inner.strip()
    return f"{opening}{bare}{closing}"
