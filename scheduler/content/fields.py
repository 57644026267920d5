"""What stands behind a post's keys, as types: one definition for reading, our sentences and JSON Schema."""

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
)

from scheduler.content import times
from scheduler.content.validation import found, nearest
from scheduler.model import Card, LinkText, Picture, ThreadPart, Variant, When
from scheduler.text import hashtags, normalise

LONGEST_TEXT = 63_206
"""Facebook's limit, the highest of all platforms."""

ID_PATTERN = "[a-z0-9-]+"
_ID = re.compile(ID_PATTERN)
_ADDRESS = re.compile(r"https?://[^\s/?#]+\S*")
_KEY = re.compile(r"[0-9]{4}/[a-z0-9-]+/[a-z0-9-]+")


def identifier(words: str) -> str:
    """Small letters a–z, digits and hyphens: it becomes part of keys, file names and environment names."""
    if not _ID.fullmatch(words):
        raise ValueError(f"{found(words)} is not an id; use only small letters a–z, digits and hyphens")
    return words


def _words(value: Any) -> str:
    if not isinstance(value, str):
        quotes = "; put it in quotes" if isinstance(value, int | float) else ""
        raise ValueError(f"expected text, found {found(value)}{quotes}")
    if not value.strip():
        raise ValueError("expected text, found nothing; write it or take the key out")
    if normalise.is_blank(value):
        # As they come along with what is pasted from a page; a card would stand there without its title.
        raise ValueError("expected text, found only invisible characters; write it or take the key out")
    if len(value) > LONGEST_TEXT:
        raise ValueError(f"{len(value):,} characters are more than any platform takes ({LONGEST_TEXT:,})")
    return value.strip()


def _language(language: str, info: ValidationInfo) -> str:
    """A language of the campaign: another one is most likely a slip, and its text would never go out."""
    languages = info.context["languages"] if info.context else ()
    if language in languages or not languages:
        return language
    guess = nearest(language, languages)
    hint = f"did you mean {guess}?" if guess else "write one of them or add it in config.yaml"
    raise ValueError(f"{found(language)} is not a language of the campaign ({', '.join(languages)}); {hint}")


def _in_first_language(value: Any, info: ValidationInfo) -> Any:
    """One text alone is in the campaign's first language."""
    if isinstance(value, dict):
        return value
    if not isinstance(value, str):
        raise ValueError(f"expected text, or texts by language ({{en: …}}), found {found(value)}")
    return {info.context["languages"][0] if info.context else "en": value}


def _in_every_language(value: Any) -> Any:
    """What is not given by language holds for all, under the key ""."""
    return value if isinstance(value, dict) else {"": value}


def _tag(value: Any) -> str:
    tag = _words(value).removeprefix("#")
    if (problem := hashtags.problem(tag)) is not None:
        raise ValueError(f"the hashtag {found(tag)} {problem}")
    return tag


def _address(value: Any) -> str:
    words = _words(value)
    if not _ADDRESS.fullmatch(words):
        raise ValueError(f"{found(words)} is not an address; write it in full: https://…")
    return words


def _delivery_key(words: str) -> str:
    if not _KEY.fullmatch(words):
        raise ValueError(
            f"{found(words)} names no delivery; write year/post/channel, such as 2027/figures/x-en"
        )
    return words


def _unique(items: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(items))


_TEXT = {"type": "string", "minLength": 1}
_TAGS = {"type": "array", "items": _TEXT, "uniqueItems": True}


def _or_by_language(one: dict[str, Any]) -> WithJsonSchema:
    by_language = {"type": "object", "additionalProperties": one, "minProperties": 1}
    return WithJsonSchema({"anyOf": [one, by_language]})


_Language = Annotated[str, AfterValidator(_language)]
_AnyLanguage = Annotated[str, AfterValidator(lambda key, info: key and _language(key, info))]
_Tags = Annotated[list[Annotated[str, PlainValidator(_tag)]], AfterValidator(_unique)]

LocalisedField = Annotated[
    dict[_Language, Annotated[str, PlainValidator(_words)]],
    BeforeValidator(_in_first_language),
    _or_by_language(_TEXT),
]
HashtagsField = Annotated[
    dict[_AnyLanguage, _Tags], BeforeValidator(_in_every_language), _or_by_language(_TAGS)
]
LinkField = Annotated[
    dict[_AnyLanguage, Annotated[str, PlainValidator(_address)]],
    BeforeValidator(_in_every_language),
    _or_by_language({"type": "string", "pattern": "^https?://"}),
]
WhenField = Annotated[
    When,
    PlainValidator(times.when),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": times.WHEN_PATTERN,
            "examples": ["D-1 10:00", "D+3 09:00 local", "2027-02-14 18:00", times.NEXT_SLOT],
        }
    ),
]
DurationField = Annotated[
    timedelta,
    PlainValidator(times.duration),
    WithJsonSchema({"type": "string", "pattern": times.DURATION_PATTERN, "examples": ["90m", "2h"]}),
]
IdField = Annotated[str, AfterValidator(identifier), Field(json_schema_extra={"pattern": f"^{ID_PATTERN}$"})]
KeyField = Annotated[
    str, AfterValidator(_delivery_key), Field(json_schema_extra={"examples": ["2027/figures/x-en"]})
]
IdsField = Annotated[list[IdField], AfterValidator(_unique)]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CardPart(Part):
    """The card to draw, by the records it shows."""

    template: str = Field(
        min_length=1,
        description="Which design: witness, quote, figures, dated, document, recognition, letter, "
        "announcement, commemoration",
    )
    quote: IdField | None = Field(None, description="The quotation's id in the ledger")
    person: IdField | None = Field(None, description="The person's id in the ledger")
    recognition: IdField | None = Field(None, description="The recognition's id in the ledger")
    position: IdField | None = Field(None, description="The position's id in the ledger")
    facts: IdsField = Field([], description="Ids of the facts shown, in their order")
    title: LocalisedField = Field({}, description="The card's own heading, checked like text")
    date: LocalisedField = Field({}, description="The card's own date line, checked like text")
    text: LocalisedField = Field({}, description="The card's own words, checked like text")
    background: str | None = Field(None, description="A picture in assets/images")
    portrait: str | None = Field(
        None, description="The person's photograph in assets/images, for a witness card"
    )
    office: IdField | None = Field(None, description="Whom a letter card asks: the office's id in the ledger")


class PicturePart(Part):
    """A picture of the post's own."""

    file: str = Field(min_length=1, description="The file in assets/images")
    words: LocalisedField = Field({}, description="What stands written in the picture, checked like text")
    alt: LocalisedField = Field({}, description="What a person hears who cannot see it")


class LinkCardPart(Part):
    """What stands under the post's link on platforms that take it from us: Bluesky and LinkedIn."""

    title: LocalisedField = Field(description="The card's heading, checked like text")
    description: LocalisedField = Field({}, description="A line or two below it, checked like text")
    image: str | None = Field(None, min_length=1, description="A picture in assets/images")
    words: LocalisedField = Field({}, description="What stands written in the picture, checked like text")


def _card(part: CardPart) -> Card:
    return Card(**{**vars(part), "facts": tuple(part.facts)})


def _pictures(parts: list[PicturePart]) -> tuple[Picture, ...]:
    return tuple(Picture(**vars(part)) for part in parts)


def _link_card(part: LinkCardPart) -> LinkText:
    return LinkText(**vars(part))


LinkCardField = Annotated[LinkCardPart, AfterValidator(_link_card)]
CardField = Annotated[CardPart, AfterValidator(_card)]
PicturesField = Annotated[list[PicturePart], AfterValidator(_pictures)]


class ThreadPartPart(Part):
    """A further part of a thread."""

    text: LocalisedField = Field(description="Its text")
    images: PicturesField = Field([], description="Its pictures")


def _thread(parts: list[ThreadPartPart]) -> tuple[ThreadPart, ...]:
    return tuple(ThreadPart(part.text, tuple(part.images)) for part in parts)  # type: ignore[arg-type]


ThreadField = Annotated[list[ThreadPartPart], AfterValidator(_thread)]


class VariantPart(Part):
    """What the post says differently on one platform or channel; what is left out stays the post's own."""

    text: LocalisedField | None = Field(None, description="Another text")
    hashtags: HashtagsField | None = Field(None, description="Other hashtags")
    link: LinkField | None = Field(None, description="Another address")
    alt: LocalisedField | None = Field(None, description="Another alt text of the card")
    warning: LocalisedField | None = Field(None, description="Another text warning")
    images: PicturesField | None = Field(None, description="Other pictures")
    card: CardField | None = Field(None, description="Another card")
    thread: ThreadField | None = Field(None, description="Other further parts")
    link_card: LinkCardField | None = Field(None, description="Another card under the link")


def _variant(part: VariantPart) -> Variant:
    return Variant(**vars(part))


VariantField = Annotated[VariantPart, AfterValidator(_variant)]
