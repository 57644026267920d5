"""Every text of a post that a reader can see or hear, with its language and its place in the file."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import regex  # type: ignore[import-untyped]

from scheduler.model import Card, Ledger, LinkText, Localised, Picture, Post, Span, ThreadPart, Variant
from scheduler.text import entities, hashtags

Path = tuple[str | int, ...]
Part = Literal["text", "alt", "words", "card", "warning", "record", "hashtag"]


@dataclass(frozen=True)
class Surface:
    """A text of a post. `part` is what it is; `record` words come from the ledger through the post's card,
    `hashtag` ones are a hashtag's, taken apart (#KilledThere).

    `channel` is set where only one channel shows it (a variant under the channel's name).
    """

    post: Post
    path: Path
    language: str
    text: str
    span: Span | None
    part: Part = "text"
    channel: str | None = None


def of(post: Post, ledger: Ledger, channels: Mapping[str, object]) -> Iterator[Surface]:
    """All of a post's texts: its own, its variants' and those its cards take from the ledger."""
    maker = _Maker(post, None)
    yield from maker.texts((), post.text, post.alt, post.warning, post.card, post.images, post.thread)
    yield from maker.link_card((), post.link_card)
    for name, variant in post.variants.items():
        yield from _variant(post, name, variant, name if name in channels else None)
    for card, _ in cards(post):
        yield from _records(post, card, ledger)


def in_hashtags(post: Post, texts: Iterable[Surface], known: Sequence[str]) -> Iterator[Surface]:
    """The words inside each hashtag that is not among the `known` ones, wherever it stands."""
    listed: list[tuple[Path, Mapping[str, tuple[str, ...]]]] = [(("hashtags",), post.hashtags or {})]
    listed += [(("variants", name, "hashtags"), one.hashtags or {}) for name, one in post.variants.items()]
    for path, tags in listed:
        for language, names in tags.items():
            span = post.span(*path, *([language] if language else []))
            for tag in names:
                yield from _taken_apart(tag, known, Surface(post, path, language, "", span, "hashtag", None))
    for text in texts:
        for tag in entities.hashtags_in(text.text):
            yield from _taken_apart(tag, known, replace(text, part="hashtag"))


def _taken_apart(tag: str, known: Sequence[str], at: Surface) -> Iterator[Surface]:
    if not any(hashtags.same(tag, other) for other in known):
        yield replace(at, text=" ".join(_IN_TAG.findall(tag)))


_IN_TAG = regex.compile(r"\p{Lu}?[^\W\d_\p{Lu}]+|\p{Lu}+(?![^\W\d_\p{Lu}])|\d+")


def _variant(post: Post, name: str, variant: Variant, channel: str | None) -> Iterator[Surface]:
    maker = _Maker(post, channel)
    yield from maker.link_card(("variants", name), variant.link_card)
    yield from maker.texts(
        ("variants", name),
        variant.text or {},
        variant.alt or {},
        variant.warning or {},
        variant.card,
        variant.images or (),
        variant.thread or (),
    )


def cards(post: Post) -> Iterator[tuple[Card, Path]]:
    """The post's card and its variants' cards, each with its path."""
    if post.card is not None:
        yield post.card, ("card",)
    for name, variant in post.variants.items():
        if variant.card is not None:
            yield variant.card, ("variants", name, "card")


def link_cards(post: Post) -> Iterator[tuple[LinkText, Path]]:
    """What stands under the post's link and its variants' links, each with its path."""
    if post.link_card is not None:
        yield post.link_card, ("link_card",)
    for name, variant in post.variants.items():
        if variant.link_card is not None:
            yield variant.link_card, ("variants", name, "link_card")


def pictures(post: Post) -> Iterator[tuple[Picture, Path]]:
    """Every image file the post shows anywhere, with its path."""
    yield from _pictures((), post.images, post.thread)
    for name, variant in post.variants.items():
        yield from _pictures(("variants", name), variant.images or (), variant.thread or ())


def _pictures(
    path: Path, images: tuple[Picture, ...], thread: tuple[ThreadPart, ...]
) -> Iterator[tuple[Picture, Path]]:
    for number, picture in enumerate(images):
        yield picture, (*path, "images", number)
    for part_number, part in enumerate(thread):
        for number, picture in enumerate(part.images):
            yield picture, (*path, "thread", part_number, "images", number)


@dataclass(frozen=True)
class _Maker:
    post: Post
    channel: str | None

    def texts(
        self,
        path: Path,
        text: Localised,
        alt: Localised,
        warning: Localised,
        card: Card | None,
        images: tuple[Picture, ...],
        thread: tuple[ThreadPart, ...],
    ) -> Iterator[Surface]:
        yield from self.localised((*path, "text"), text, "text")
        yield from self.localised((*path, "alt"), alt, "alt")
        yield from self.localised((*path, "warning"), warning, "warning")
        if card is not None:
            for name, words in (("title", card.title), ("date", card.date), ("text", card.text)):
                yield from self.localised((*path, "card", name), words, "card")
        for number, part in enumerate(thread):
            yield from self.localised((*path, "thread", number, "text"), part.text, "text")
        for picture, place in _pictures(path, images, thread):
            yield from self.localised((*place, "words"), picture.words, "words")
            yield from self.localised((*place, "alt"), picture.alt, "alt")

    def link_card(self, path: Path, written: LinkText | None) -> Iterator[Surface]:
        if written is None:
            return
        for name, words in (("title", written.title), ("description", written.description)):
            yield from self.localised((*path, "link_card", name), words, "card")
        yield from self.localised((*path, "link_card", "words"), written.words, "words")

    def localised(self, path: Path, words: Localised, part: Part) -> Iterator[Surface]:
        for language, text in words.items():
            place = (*path, language)
            yield Surface(self.post, place, language, text, self.post.span(*place), part, self.channel)


def _records(post: Post, card: Card, ledger: Ledger) -> Iterator[Surface]:
    """What the card takes from records, as it stands there."""
    for kind, record_id, field, words in _drawn(card, ledger):
        for language, text in words.items():
            span = ledger.span(kind, record_id, field, language) or post.span("card")
            yield Surface(post, ("card", kind, record_id, field), language, text, span, "record")


def _drawn(card: Card, ledger: Ledger) -> Iterator[tuple[str, str, str, Localised]]:
    for fact_id in card.facts:
        if (fact := ledger.facts.get(fact_id)) is not None:
            number = f"{fact.figure} " if fact.figure is not None else ""
            labels = {language: number + label for language, label in fact.label.items()}
            yield "facts", fact_id, "label", labels or fact.wording
            if card.template == "document" and labels:
                yield "facts", fact_id, "wording", fact.wording
    if card.quote and (quote := ledger.quotes.get(card.quote)) is not None:
        yield "quotes", card.quote, "words", {quote.language: quote.words}
        translations = {language: made.words for language, made in quote.translations.items()}
        yield "quotes", card.quote, "translations", translations
    if card.position and (position := ledger.positions.get(card.position)) is not None:
        yield "positions", card.position, "wording", position.wording
    if card.person and (person := ledger.people.get(card.person)) is not None:
        yield "people", card.person, "role", person.role
    if card.recognition and (shown := ledger.recognitions.get(card.recognition)) is not None:
        for name in ("body", "chamber", "form"):
            yield "recognitions", card.recognition, name, getattr(shown, name)
        for name in ("date", "term_used"):
            if getattr(shown, name) is not None:
                yield "recognitions", card.recognition, name, {"": str(getattr(shown, name))}
    if card.office and (office := ledger.offices.get(card.office)) is not None:
        yield "offices", card.office, "office", office.office
