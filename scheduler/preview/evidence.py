"""What a post rests on: each ledger record it names, who says so, what others say, and its sources."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scheduler.approvals import read_by_another
from scheduler.checks.context import citations
from scheduler.checks.surfaces import cards, link_cards, pictures
from scheduler.model import (
    Approver,
    Fact,
    Ledger,
    Localised,
    Media,
    Office,
    OtherCount,
    Person,
    Position,
    Post,
    Quote,
    Recognition,
    Record,
    Source,
)
from scheduler.preview import cited
from scheduler.preview.cited import Text
from scheduler.preview.marks import Cited, web


@dataclass(frozen=True)
class Words:
    """Words in their own language; None: the page's."""

    text: str
    language: str | None = None


@dataclass(frozen=True)
class Line:
    """One thing the record says of itself: "According to" and who."""

    label: str
    words: tuple[Words, ...]


@dataclass(frozen=True)
class Reference:
    """A source: its title, its address where a browser may follow it, and what is known of it."""

    title: str
    href: str | None
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Evidence:
    """One record as the page shows it. `warnings` stand out: disputed, not approved, not to be used."""

    anchor: str
    kind: str
    id: str
    statement: Words
    lines: tuple[Line, ...]
    warnings: tuple[str, ...]
    approved: str | None
    references: tuple[Reference, ...]
    note: str | None
    place: str


@dataclass(frozen=True)
class Claim:
    """Sentences and the records behind them; no sentences: the records stand behind the whole post."""

    sentences: tuple[Words, ...]
    records: tuple[Evidence, ...]


@dataclass(frozen=True)
class Basis:
    """All that one post rests on, in the order of its sentences; and where its texts cite which record."""

    claims: tuple[Claim, ...]
    cited: Mapping[str, tuple[Cited, ...]]
    graphic: bool

    @property
    def count(self) -> int:
        return sum(len(claim.records) for claim in self.claims)


def basis(
    post: Post,
    ledger: Ledger,
    texts: Sequence[tuple[str, str]],
    place: str,
    approvers: Mapping[str, Approver],
) -> Basis:
    """`texts` are (language, text) as the channels show them; `place` makes anchors unique in the page."""
    read = [Text(language, text) for language, text in dict.fromkeys(texts)]
    languages = list(dict.fromkeys(language for language, _ in texts)) or ["en"]
    grouped: dict[tuple[Words, ...], list[Evidence]] = {}
    marks: dict[str, list[Cited]] = {text.text: [] for text in read}
    for kind, record in _records(post, ledger):
        anchor = f"{place}-{kind}-{record.id}"
        for text in read:
            marks[text.text] += [Cited(start, end, anchor) for start, end in cited.spans(record, text)]
        behind = tuple(dict.fromkeys(_behind(record, read)))
        grouped.setdefault(behind, []).append(_evidence(kind, record, ledger, languages, anchor, approvers))
    claims = sorted(grouped.items(), key=lambda group: _position(group[0], read))
    return Basis(
        tuple(Claim(sentences, tuple(records)) for sentences, records in claims),
        {text: tuple(found) for text, found in marks.items()},
        any(media.graphic != "none" for media in _media(post, ledger)),
    )


def _behind(record: Record, texts: Iterable[Text]) -> Iterator[Words]:
    for text in texts:
        yield from (Words(one, text.language) for one in cited.sentences(record, text))


def _position(sentences: tuple[Words, ...], texts: Sequence[Text]) -> tuple[int, int]:
    """Where the first of the sentences stands; without sentences last."""
    if not sentences:
        return len(texts), 0
    for number, text in enumerate(texts):
        start = " ".join(text.text.split()).find(sentences[0].text)
        if start >= 0 and text.language == sentences[0].language:
            return number, start
    return len(texts), 0


def _records(post: Post, ledger: Ledger) -> Iterator[tuple[str, Record]]:
    """Every record the post, its cards and its pictures name, once; a quotation's speaker after it."""
    seen: dict[tuple[str, str], Record] = {}
    for citation in citations(post):
        record = ledger.of(citation.kind).get(citation.id)
        if record is None:
            continue
        seen.setdefault((citation.kind, citation.id), record)
        if isinstance(record, Quote) and (speaker := ledger.people.get(record.person or "")):
            seen.setdefault(("people", speaker.id), speaker)
    for media in _media(post, ledger):
        seen.setdefault(("media", media.id), media)
    yield from ((kind, record) for (kind, _), record in seen.items())


def _media(post: Post, ledger: Ledger) -> Iterator[Media]:
    """Records of the image files that the post shows, backgrounds of its cards among them."""
    files = {picture.file for picture, _ in pictures(post)} | {
        file for card, _ in cards(post) for file in (card.background, card.portrait)
    }
    files |= {written.image for written, _ in link_cards(post)}
    yield from (media for media in ledger.media.values() if media.name in files)


def _evidence(
    kind: str,
    record: Record,
    ledger: Ledger,
    languages: Sequence[str],
    anchor: str,
    approvers: Mapping[str, Approver],
) -> Evidence:
    approved = read_by_another(record, approvers)
    name, describe = _KINDS[kind]
    statement, lines = describe(record, ledger, languages)
    span = ledger.span(kind, record.id)
    return Evidence(
        anchor,
        name,
        record.id,
        statement,
        tuple(line for line in lines if any(words.text for words in line.words)),
        tuple(_warnings(kind, record, approved)),
        record.approved_by if approved else None,
        tuple(_reference(source) for source in record.sources),
        record.note,
        f"{span.file}:{span.line}" if span else "",
    )


def of_record(
    kind: str,
    record: Record,
    ledger: Ledger,
    languages: Sequence[str],
    approvers: Mapping[str, Approver],
) -> Evidence | None:
    """A record by itself, as a post that rests on it shows it; None for a kind no post rests on."""
    return _evidence(kind, record, ledger, languages, "", approvers) if kind in _KINDS else None


def _warnings(kind: str, record: Record, approved: bool) -> Iterator[str]:
    if isinstance(record, Fact) and record.confidence in ("disputed", "low"):
        yield "Disputed" if record.confidence == "disputed" else "Low confidence"
    if record.use is False:
        yield "Not to be used"
    elif isinstance(record.use, Mapping):
        yield "; ".join(f"Use {word}: {where}" for word, where in record.use.items())
    if isinstance(record, Media) and record.graphic != "none":
        yield f"Marked as {'mildly graphic' if record.graphic == 'mild' else 'graphic'}"
    if isinstance(record, Media) and record.ai:
        yield "Made with AI"
    if isinstance(record, Recognition) and not record.text_seen:
        yield "Text not seen"
    if kind not in ("offices", "media") and not approved:
        yield "Not approved yet"


def _reference(source: Source) -> Reference:
    title = source.title or source.document or source.address or "a source without a title"
    notes = [str(source.date)] if source.date and str(source.date) not in title else []
    if source.document and source.document != title:
        notes.append(source.document)
    if source.independent is not None:
        notes.append("independent of the campaign" if source.independent else "not independent")
    if source.seen_on:
        notes.append(f"seen on {source.seen_on.isoformat()}")
    if source.address and source.address != title and web(source.address) is None:
        notes.append(source.address)
    return Reference(title, web(source.address), tuple(notes))


Described = tuple[Words, list[Line]]


def _in(words: Localised, languages: Sequence[str]) -> Words:
    """The words in the first of the post's languages that has them, or in any."""
    for language in (*languages, *words):
        if words.get(language):
            return Words(words[language], language)
    return Words("")


def _line(label: str, *words: Words | str | object) -> Line:
    """A line of plain values; None is left out."""
    made = [one if isinstance(one, Words) else Words(str(one)) for one in words if one is not None]
    return Line(label, tuple(made))


def _fact(fact: Fact, _: Ledger, languages: Sequence[str]) -> Described:
    statement = _in(fact.wording, languages)
    if not statement.text and fact.figure is not None:
        label = _in(fact.label, languages)
        statement = Words(f"{fact.figure:,} {label.text or fact.unit or ''}".strip(), label.language)
    others = [Words(f"{other.according_to}: {_counted(other)}") for other in fact.others]
    told = fact.confidence in ("disputed", "low")  # a sign says so already
    return statement, [
        _line("According to", _in(fact.according_to, languages)),
        Line("Counts" if fact.figure is None else "Other counts", tuple(others)),
        _line("Confidence", None if told else fact.confidence),
        _line("As of", fact.as_of),
    ]


def _counted(other: OtherCount) -> str:
    if other.wording:
        return other.wording
    return "another count" if other.figure is None else f"{other.figure:,}"


def _position_of(position: Position, _: Ledger, languages: Sequence[str]) -> Described:
    return _in(position.wording, languages), [
        _line("Held by", position.whose),
        _line("Basis", position.basis),
    ]


def _person(person: Person, _: Ledger, languages: Sequence[str]) -> Described:
    names = [Words(name, language) for language, name in person.names.items()]
    consent = person.consent
    return _in(person.names, languages), [
        Line("Names", tuple(names) if len(names) > 1 else ()),
        _line("Role", _in(person.role, languages)),
        _line("May be named because", _BASES.get(person.basis, person.basis)),
        _line("Identity checked by", person.identity.checked_by if person.identity else "nobody yet"),
        _line("Consent", consent.reference if consent else None, consent.on if consent else None),
        _line("Consent withdrawn on", consent.withdrawn_on if consent else None),
        _line("Informed on", person.informed_on or "not yet"),
    ]


_BASES = {
    "published-by-campaign": "the campaign itself has published the name",
    "own-published-words": "these are the person's own published words",
    "direct": "the person agreed directly",
    "family": "the family agreed",
    "none": "no ground is recorded",
}


def _quote(quote: Quote, ledger: Ledger, languages: Sequence[str]) -> Described:
    speaker = ledger.people.get(quote.person or "")
    said_by = _in(speaker.names if speaker else quote.institution, languages)
    translations = [
        _line(
            f"Translation ({language}) by {made.by or 'nobody named'}, "
            + (f"checked by {made.checked_by}" if made.checked_by else "not checked yet"),
            Words(made.words, language),
        )
        for language, made in quote.translations.items()
    ]
    said = [_line("Said by", said_by), _line("Date", quote.date), _line("Where", quote.address)]
    return Words(f"“{quote.words}”", quote.language), said + translations


def _recognition(recognition: Recognition, _: Ledger, languages: Sequence[str]) -> Described:
    return _in(recognition.body, languages), [
        _line("Chamber", _in(recognition.chamber, languages)),
        _line("Form", _in(recognition.form, languages)),
        _line("Date", recognition.date),
        _line("Word it uses", recognition.term_used),
        _line("Text", recognition.text_address),
    ]


def _office(office: Office, _: Ledger, languages: Sequence[str]) -> Described:
    return _in(office.office, languages), [
        _line("Holder", office.holder or "not named"),
        _line("Verified on", office.verified_on or "not yet"),
    ]


def _picture(media: Media, _: Ledger, __: Sequence[str]) -> Described:
    return Words(media.file), [
        _line("Made by", media.creator),
        _line("Rights", media.rights),
        _line("People shown", *media.people_shown),
        _line("Place", media.place),
        _line("Date", media.date),
    ]


_KINDS: Mapping[str, tuple[str, Callable[[Any, Ledger, Sequence[str]], Described]]] = {
    "facts": ("Fact", _fact),
    "positions": ("Position", _position_of),
    "people": ("Person", _person),
    "quotes": ("Quotation", _quote),
    "recognitions": ("Recognition", _recognition),
    "offices": ("Office", _office),
    "media": ("Picture", _picture),
}
