"""The public pages that posts link to: sources and counts that differ, texts, letters, corrections, and who
writes the accounts. Plain pages without scripts, for any web server or an empty folder of one.

Only what the ledger has released stands on them: `use: yes`, approved, nobody whose consent is withdrawn.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from scheduler.approvals import read_by_another
from scheduler.checks.context import citations
from scheduler.errors import ContentError
from scheduler.exchange import letters, site_words
from scheduler.exchange.site_words import Words
from scheduler.model import (
    Fact,
    Kind,
    Localised,
    Person,
    Position,
    Post,
    Quote,
    Recognition,
    Record,
    Severity,
    State,
)
from scheduler.prepare import Preparation
from scheduler.store import Status, corrected_here
from scheduler.store.retracting import RETRACTED
from scheduler.text import placeholders

PAGES = ("index", "sources", "recognitions", "letters", "corrections")
_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Site:
    """Files by name; how many records and pages; what was left out, ids by the reason."""

    files: Mapping[str, bytes]
    records: int
    pages: int
    left_out: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Said:
    """Words and the language they are in: a page marks what is in another than its own."""

    words: str
    language: str


@dataclass(frozen=True)
class Correction:
    """One correction in one language, wherever it stands; `of` are the addresses of what it corrects."""

    day: date
    said: Said
    parts: tuple[str, ...]
    addresses: tuple[tuple[str, str], ...]
    of: tuple[str, ...]


@dataclass(frozen=True)
class _Released:
    """What may be shown, and why the rest is not."""

    facts: tuple[Fact, ...]
    recognitions: tuple[Recognition, ...]
    positions: tuple[Position, ...]
    letters: tuple[Post, ...]
    corrections: tuple[Correction, ...]
    left_out: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return sum(map(len, (self.facts, self.recognitions, self.positions, self.letters, self.corrections)))


def site(made: Preparation, rows: Sequence[Status], today: date, languages: Sequence[str] = ()) -> Site:
    """The pages in each language of the campaign (or of `languages`); `rows` are the live deliveries."""
    spoken = tuple(languages) or made.config.campaign.languages
    released = _release(made, rows, today)
    files = {
        f"{language}/{page}.html": _page(made, released, page, language, spoken, today).encode()
        for language in spoken
        for page in PAGES
    }
    files["index.html"] = _front(made, spoken).encode()
    return Site(files, released.count, len(files), released.left_out)


# -- what is released


def _release(made: Preparation, rows: Sequence[Status], today: date) -> _Released:
    ledger, left = made.content.ledger, _LeftOut()
    why = {
        (kind, record.id): reason
        for kind, record in ledger.all()
        if (reason := _withheld(record, made)) is not None
    }
    shown = {
        kind: tuple(
            one for one in ledger.of(kind).values() if left.keeps(f"{kind}/{one.id}", why.get((kind, one.id)))
        )
        for kind in ("facts", "recognitions", "positions")
    }
    papers = tuple(one for one in made.content.letters if left.keeps(one.id, _paper_withheld(made, one, why)))
    return _Released(
        shown["facts"],
        tuple(one for one in shown["recognitions"] if left.keeps(f"recognitions/{one.id}", _unseen(one))),
        shown["positions"],
        papers,
        tuple(_corrections(made, rows, why, left)),
        left.reasons,
    )


class _LeftOut:
    """What is not shown, collected by its reason."""

    def __init__(self) -> None:
        self.reasons: dict[str, tuple[str, ...]] = {}

    def keeps(self, name: str, why: str | None) -> bool:
        if why is not None:
            self.reasons[why] = (*self.reasons.get(why, ()), name)
        return why is None


def _withheld(record: Record, made: Preparation) -> str | None:
    """Why a record does not stand on a public page; None where it may."""
    if record.use is not True:
        return "its `use` does not allow it everywhere"
    config = made.config
    if config.approvals.needed("ledger") and not read_by_another(record, config.approvers):
        return "nobody but its author has approved it"
    people = made.content.ledger.people
    person = people.get(record.person or "") if isinstance(record, Quote) else record
    if isinstance(person, Person):
        if person.consent is not None and person.consent.withdrawn_on is not None:
            return "consent was withdrawn"
        if person is not record:
            return _withheld(person, made)
    return None


def _unseen(one: Recognition) -> str | None:
    return None if one.text_seen else "nobody has seen its text"


def _cited_withheld(post: Post, why: Mapping[tuple[str, str], str]) -> str | None:
    """The first reason for which something that these words rest on is not shown. Offices state nothing."""
    found = (why.get((one.kind, one.id)) for one in citations(post) if one.kind != "offices")
    reason = next(filter(None, found), None)
    return f"it rests on a record that is not released ({reason})" if reason else None


def _paper_withheld(made: Preparation, letter: Post, why: Mapping[tuple[str, str], str]) -> str | None:
    wrong = (Severity.ERROR, Severity.BLOCKED)
    if (reason := _cited_withheld(letter, why)) is not None:
        return reason
    stopped = any(one.file == letter.file and one.severity in wrong for one in made.findings)
    return "`check` finds an error or a question in it" if stopped else None


def _corrections(
    made: Preparation, rows: Sequence[Status], why: Mapping[tuple[str, str], str], left: _LeftOut
) -> Iterator[Correction]:
    """Published corrections by day, those of one post and language together; what was taken down is not."""
    places = {row.key: row.url for row in rows if row.url}
    alike: dict[tuple[str, str], list[Status]] = {}
    for row in rows:
        is_correction = row.kind == Kind.CORRECTION or row.message.corrects
        taken_down = any(words.startswith(f"{RETRACTED} ") for words in row.reasons)
        if row.state is State.PUBLISHED and is_correction and not taken_down:
            alike.setdefault((row.post, row.language), []).append(row)
    for (name, language), found in sorted(alike.items(), key=lambda item: item[1][0].due, reverse=True):
        post = made.posts.get(name)
        if not left.keeps(name, _cited_withheld(post, why) if post is not None else None):
            continue
        first = found[0]
        parts = tuple(part.text for part in first.message.parts)
        corrected = {_corrected(row) for row in found}
        yield Correction(
            date.fromisoformat(first.day),
            Said(parts[0], language),
            parts,
            tuple((row.channel, row.url) for row in found if row.url),
            tuple(sorted(filter(None, (places.get(key) for key in corrected)))),
        )


def _corrected(row: Status) -> str:
    """The key of the corrected post on the same channel."""
    return corrected_here(row.message.corrects or "", row.channel)


# -- pages


@dataclass(frozen=True)
class _Speaking:
    """A page's language: picks each record's words in it, else in the first there is."""

    language: str
    made: Preparation

    def said(self, values: Localised) -> Said | None:
        for language in (self.language, *self.made.config.campaign.languages, *values):
            if values.get(language):
                return Said(values[language], language)
        return None

    def day(self, when: date | str | None) -> str:
        if when is None or isinstance(when, str):
            return when or ""
        try:
            # As the words around it: those are English where there are none yet.
            return placeholders.long_date(when, site_words.of(self.language)[1])
        except ContentError:
            return when.isoformat()

    def direction(self, language: str) -> str:
        return letters.direction_of(language)

    def paper(self, letter: Post) -> dict[str, Any]:
        language = next(iter(letter.text), self.language)
        pieces = list(letters.blocks_of(self.made, letter))
        return {
            "id": letter.id.rpartition("/")[2],
            "language": language,
            "html": letters.as_html(pieces, "h2"),
        }


def _page(
    made: Preparation, released: _Released, page: str, language: str, spoken: Sequence[str], today: date
) -> str:
    words, words_language = site_words.of(language)
    speaking = _Speaking(language, made)
    return str(
        _template("page.html").render(
            page=page,
            title=_titles(words)[page],
            titles=_titles(words),
            words=words,
            words_language=words_language,
            language=language,
            languages=spoken,
            speaking=speaking,
            campaign=made.config.campaign,
            channels=made.config.channels.values(),
            released=released,
            today=speaking.day(today),
            style=_style(),
        )
    )


def _titles(words: Words) -> dict[str, str]:
    titles = (words.about, words.sources, words.recognitions, words.letter, words.corrections)
    return dict(zip(PAGES, titles, strict=True))


def _front(made: Preparation, spoken: Iterable[str]) -> str:
    """The way in: each language by its own words."""
    choices = [(language, site_words.of(language)[0].about, _Speaking(language, made)) for language in spoken]
    return str(_template("front.html").render(campaign=made.config.campaign, choices=choices, style=_style()))


@cache
def _style() -> str:
    return (_TEMPLATES / "site.css").read_text(encoding="utf-8")


@cache
def _template(name: str) -> Any:
    """Loaded when pages are made: other commands need no template engine."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["own"] = Markup  # our own style, and letters whose words are escaped already
    return environment.get_template(name)
