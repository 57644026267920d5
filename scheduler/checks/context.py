"""What every rule is given: the posts and their texts, the ledger, the plan's times, the word lists."""

from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from scheduler.checks import surfaces
from scheduler.checks.rules import Rule
from scheduler.checks.surfaces import Surface
from scheduler.checks.words import Index, Reading, split
from scheduler.errors import ContentError
from scheduler.model import Approver, Campaign, Channel, Finding, Kind, Ledger, Media, Person, Post
from scheduler.planning import Place
from scheduler.text import placeholders

BEGINNING = 4
"""So many letters of a name's word no ending changes."""


@dataclass(frozen=True)
class Citation:
    """A record that a post names: its kind (`facts`), its id and where the post names it."""

    kind: str
    id: str
    path: surfaces.Path


@dataclass(frozen=True)
class Context:
    """Everything the rules may look at. `now` is aware; `root` is the folder that config.yaml stands in;
    `approvers` are people by all their names.
    """

    posts: tuple[Post, ...]
    ledger: Ledger
    campaign: Campaign
    channels: Mapping[str, Channel]
    places: tuple[Place, ...]
    root: Path
    now: datetime
    approvers: Mapping[str, Approver] = field(default_factory=dict)

    @cached_property
    def index(self) -> Index:
        return Index(self.ledger.wording)

    def take(self, index: Index) -> None:
        """Use word lists that are ready already, made from the same ledger."""
        self.__dict__["index"] = index

    @cached_property
    def places_of(self) -> dict[str, list[Place]]:
        """A post's places, earliest first."""
        found: dict[str, list[Place]] = {}
        for place in sorted(self.places, key=lambda place: place.due):
            found.setdefault(place.post, []).append(place)
        return found

    @cached_property
    def figures(self) -> frozenset[int]:
        """Every number that some fact of the ledger has."""
        return frozenset(one.figure for one in self.ledger.facts.values() if one.figure is not None)

    @cached_property
    def beginnings_of_names(self) -> tuple[tuple[Person, frozenset[str]], ...]:
        """Each person with how the words of their names begin: a text without any of these names nobody."""
        return tuple(
            (one, frozenset(word[:BEGINNING] for name in one.names.values() for word in split(name).folded))
            for one in self.ledger.people.values()
        )

    @cached_property
    def blaming_pages(self) -> frozenset[str]:
        """Addresses of pages that blame a people, without https:// and www."""
        return self._pages("people-blaming-pages")

    @cached_property
    def outdated_pages(self) -> frozenset[str]:
        """Addresses of pages that are of no use any more, without https:// and www."""
        return self._pages("outdated-pages")

    def _pages(self, rule: str) -> frozenset[str]:
        lists = (one for one in self.ledger.wording.values() if one.rule == rule)
        return frozenset(
            address.rstrip("/") for one in lists for listed in one.words.values() for address in listed
        )

    def due(self, post: Post) -> datetime | None:
        """When the post first goes out, or None while it has no place."""
        places = self.places_of.get(post.id)
        return places[0].due if places else None

    def read(self, text: str) -> Reading:
        return self.index.read(text)


class Case:
    """One post under examination: its texts with placeholders filled, and the records it cites."""

    def __init__(self, post: Post, context: Context) -> None:
        self.post, self.context = post, context
        self.citations = tuple(citations(post))
        texts = tuple(self._filled())
        strange = surfaces.in_hashtags(post, texts, context.campaign.hashtags)
        self.surfaces = (*texts, *strange)

    def within(self, context: Context) -> "Case":
        """The same texts and records among other posts, at another time; the settings are the same."""
        other = copy(self)
        other.context = context
        return other

    def _filled(self) -> Iterator[Surface]:
        for surface in surfaces.of(self.post, self.context.ledger, self.context.channels):
            yield self._fill(surface) if "{" in surface.text else surface

    def _fill(self, surface: Surface) -> Surface:
        try:
            return replace(
                surface, text=placeholders.fill(surface.text, surface.language, self.context.campaign)
            )
        except ContentError:  # reported by texts.placeholder
            return surface

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """Languages in which some channel shows the post, or could."""
        return tuple(dict.fromkeys(one.language for one in self.surfaces if one.part == "text"))

    def cited(self, kind: str) -> dict[str, Any]:
        """The records of one kind that the post cites and that exist, by id."""
        records = self.context.ledger.of(kind)
        return {one.id: records[one.id] for one in self.citations if one.kind == kind and one.id in records}

    @cached_property
    def facts(self) -> dict[str, Any]:
        return self.cited("facts")

    @cached_property
    def quotes(self) -> dict[str, Any]:
        return self.cited("quotes")

    @cached_property
    def people(self) -> dict[str, Any]:
        """People cited, whose words are cited, or who are seen in a picture."""
        known = self.context.ledger.people
        meant = [one.person for one in self.quotes.values()]
        meant += [person for one in shown(self.post, self.context.ledger) for person in one.people_shown]
        return {**self.cited("people"), **{name: known[name] for name in meant if name in known}}

    @property
    def is_witness(self) -> bool:
        return self.post.kind is Kind.WITNESS

    def finding(self, rule: Rule, surface: Surface, message: str, **more: Any) -> Finding:
        """A finding about one of the post's texts."""
        return rule.at(surface.span, message, post=self.post.id, channel=surface.channel, **more)

    def question(self, rule: Rule, words: str, seen: Surface | str | bytes) -> str:
        """Names what two people answer: the rule, its id first, the words, the post, and what the rule looked
        at: a text, an address, a picture. Where that is another, it is another question.
        """
        text = seen.text if isinstance(seen, Surface) else seen
        data = text.encode(errors="surrogatepass") if isinstance(text, str) else text
        return f"{rule.id}: “{words}” in {self.post.id} ({sha256(data).hexdigest()})"

    def at(self, rule: Rule, path: surfaces.Path, message: str, **more: Any) -> Finding:
        """A finding about another value of the post."""
        return rule.at(self.post.span(*path), message, post=self.post.id, **more)


def shown(post: Post, ledger: Ledger) -> list[Media]:
    """The records of every picture that the post shows, its cards' and link cards' too."""
    files = {picture.file for picture, _ in surfaces.pictures(post)}
    files |= {name for card, _ in surfaces.cards(post) for name in (card.background, card.portrait) if name}
    files |= {written.image for written, _ in surfaces.link_cards(post) if written.image}
    return [one for one in ledger.media.values() if one.name in files] if files else []


_LISTS = ("facts", "people", "quotes", "recognitions", "offices", "positions")
_CARD_FIELDS = {
    "quote": "quotes",
    "person": "people",
    "recognition": "recognitions",
    "position": "positions",
    "office": "offices",
}


def citations(post: Post) -> Iterator[Citation]:
    """Every record a post names, in its lists and on its cards."""
    for kind in _LISTS:
        for number, record_id in enumerate(getattr(post, kind)):
            yield Citation(kind, record_id, (kind, number))
    for card, path in surfaces.cards(post):
        for number, fact_id in enumerate(card.facts):
            yield Citation("facts", fact_id, (*path, "facts", number))
        for name, kind in _CARD_FIELDS.items():
            if record_id := getattr(card, name):
                yield Citation(kind, record_id, (*path, name))
