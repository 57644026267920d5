"""The ledger's records: what the campaign can show for every figure, name, quotation and claim.

Plain dataclasses with the field names of posts/ledger/*.yaml, so that one definition is the format, the JSON
Schema and the noun. Dates are calendar days.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date as Day  # a field is called `date`
from typing import Any, ClassVar, Literal, Union

from scheduler.model.findings import Span
from scheduler.model.posts import Localised

Graphic = Literal["none", "mild", "graphic"]
Spared = Literal["children", "dead", "wounded", "captives"]
"""Those whom no picture shows so that they can be known again."""
"""Whether a picture shows violence, as its media record says."""


@dataclass(frozen=True)
class Source:
    """Where a record comes from: a document by name or a page by address; `independent` of the campaign or
    not.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    document: str | None = None
    address: str | None = None
    title: str | None = None
    date: Day | str | None = None
    independent: bool | None = None
    seen_on: Day | None = None


@dataclass(frozen=True)
class Record:
    """What every record carries. `use` is yes, no, or the only use allowed; a no says why in `note`."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    id: str
    author: str | None = None
    approved_by: str | None = None
    sources: tuple[Source, ...] = ()
    review_by: Day | None = None
    use: bool | Mapping[str, str] = True
    note: str | None = None


@dataclass(frozen=True)
class OtherCount:
    """A figure or wording that another source gives for the same thing."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    according_to: str
    figure: int | None = None
    wording: str | None = None
    source: str | None = None


@dataclass(frozen=True)
class Fact(Record):
    """A figure or statement. `figure` None: words only. `label` stands beside the number on a card."""

    figure: int | None = None
    unit: str | None = None
    label: Localised = field(default_factory=dict)
    part_of: str | None = None
    wording: Localised = field(default_factory=dict)
    according_to: Localised = field(default_factory=dict)
    others: tuple[OtherCount, ...] = ()
    as_of: Day | str | None = None
    confidence: Literal["high", "medium", "low", "disputed"] = "medium"
    claims: tuple[str, ...] = ()


@dataclass(frozen=True)
class Position(Record):
    """What the campaign itself holds or asks: said in the first person, never as somebody else's ruling."""

    wording: Localised = field(default_factory=dict)
    whose: str = ""
    basis: str = ""


@dataclass(frozen=True)
class Identity:
    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    checked_by: str | None = None
    on: Day | None = None


@dataclass(frozen=True)
class Consent:
    """By reference number and dates only; the papers are kept outside the folder."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    reference: str | None = None
    on: Day | None = None
    withdrawn_on: Day | None = None


@dataclass(frozen=True)
class Person(Record):
    names: Localised = field(default_factory=dict)
    role: Localised = field(default_factory=dict)
    identity: Identity | None = None
    basis: Literal["published-by-campaign", "own-published-words", "direct", "family", "none"] = "none"
    consent: Consent | None = None
    informed_on: Day | None = None
    living: bool | None = None


@dataclass(frozen=True)
class Translation:
    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    words: str
    by: str | None = None
    checked_by: str | None = None


@dataclass(frozen=True)
class Quote(Record):
    """Exact words in their own language, of a `person` (a record's id) or an `institution` (by name)."""

    words: str = ""
    language: str = "en"
    person: str | None = None
    institution: Localised = field(default_factory=dict)
    address: str | None = None
    date: Day | str | None = None
    translations: Mapping[str, Translation] = field(default_factory=dict)


@dataclass(frozen=True)
class Media(Record):
    file: str = ""
    creator: str | None = None
    rights: str | None = None
    people_shown: tuple[str, ...] = ()
    identifiable: tuple[Spared, ...] | None = None
    place: str | None = None
    date: Day | str | None = None
    graphic: Graphic = "none"
    ai: bool = False
    focal: tuple[float, float] = (0.5, 0.5)

    @property
    def name(self) -> str:
        """The file as posts name it: below assets/images."""
        return self.file.removeprefix("assets/images/")


@dataclass(frozen=True)
class Recognition(Record):
    """One document by which a body said something, with the term it used; no totals are drawn from these."""

    body: Localised = field(default_factory=dict)
    chamber: Localised = field(default_factory=dict)
    form: Localised = field(default_factory=dict)
    date: Day | str | None = None
    term_used: str | None = None
    text_address: str | None = None
    text_seen: bool = False


@dataclass(frozen=True)
class Office(Record):
    """An addressee: the office first, its holder only when verified."""

    office: Localised = field(default_factory=dict)
    holder: str | None = None
    verified_on: Day | None = None


@dataclass(frozen=True)
class WordList(Record):
    """Words a rule asks about, by language. They may ask, never decide."""

    rule: str = ""
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


AnyRecord = Union[Fact, Position, Person, Quote, Media, Recognition, Office, WordList]  # noqa: UP007

RECORDS: Mapping[str, type[Record]] = {
    "facts": Fact,
    "positions": Position,
    "people": Person,
    "quotes": Quote,
    "media": Media,
    "recognitions": Recognition,
    "offices": Office,
    "wording": WordList,
}
"""File name (without .yaml) to the record it lists."""


@dataclass(frozen=True)
class Ledger:
    """All records by kind and id. `spans` maps "facts.killed.figure" to its place."""

    facts: Mapping[str, Fact] = field(default_factory=dict)
    positions: Mapping[str, Position] = field(default_factory=dict)
    people: Mapping[str, Person] = field(default_factory=dict)
    quotes: Mapping[str, Quote] = field(default_factory=dict)
    media: Mapping[str, Media] = field(default_factory=dict)
    recognitions: Mapping[str, Recognition] = field(default_factory=dict)
    offices: Mapping[str, Office] = field(default_factory=dict)
    wording: Mapping[str, WordList] = field(default_factory=dict)
    spans: Mapping[str, Span] = field(default_factory=dict, repr=False, compare=False)

    def of(self, kind: str) -> Mapping[str, Any]:
        """The records of one kind ("facts") by id."""
        records: Mapping[str, Any] = getattr(self, kind)
        return records

    def all(self) -> Iterator[tuple[str, Record]]:
        for kind in RECORDS:
            for record in self.of(kind).values():
                yield kind, record

    def span(self, kind: str, record_id: str, *path: str | int) -> Span | None:
        parts = [kind, record_id, *(str(part) for part in path)]
        while len(parts) >= 2:
            if (found := self.spans.get(".".join(parts))) is not None:
                return found
            parts.pop()
        return None
