"""Letters for a person to send: one for each office whose holder was looked up. Nothing is sent here."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from html import escape
from pathlib import PurePosixPath

from scheduler import checks
from scheduler.cards import bidi
from scheduler.content import letters as written
from scheduler.content import source
from scheduler.errors import ContentError, InputError
from scheduler.model import Finding, Office, Post, Severity
from scheduler.prepare import Preparation
from scheduler.text import placeholders

FRESH = timedelta(days=30)
"""A holder looked up longer ago than this may have left the office."""

_HEADING = re.compile(r"(#{1,6})\s+(.*)")
_ITEM = re.compile(r"\s*(?:[-*+]|(\d+)[.)])\s+(.*)")
_LINK = re.compile(r"\[([^\]]+)\]\((https?://[^\s)]+)\)")
_STRONG, _SOFT = re.compile(r"\*\*(\S(?:.*?\S)?)\*\*"), re.compile(r"(?<![*\w])\*(\S(?:.*?\S)?)\*(?![*\w])")


@dataclass(frozen=True)
class Block:
    """A piece of a letter: `kind` is heading, text, item, numbered or quote; `words` hold inline marks."""

    kind: str
    words: str


@dataclass(frozen=True)
class Letter:
    """A letter to one office, ready to be sent: files by name. `open` is what is not cleared yet."""

    office: str
    holder: str
    files: Mapping[str, bytes]
    open: tuple[str, ...] = ()


@dataclass(frozen=True)
class Letters:
    """What could be written, and why each other office gets none: (letter, office, reason)."""

    ready: tuple[Letter, ...] = ()
    blocked: tuple[tuple[str, str, str], ...] = ()

    @property
    def files(self) -> dict[str, bytes]:
        """Every file, and a list of them for whoever sends."""
        found = {name: data for letter in self.ready for name, data in letter.files.items()}
        return {**found, "LIST.txt": _list(self).encode()}


def letters(made: Preparation, today: date, languages: tuple[str, ...] = ()) -> Letters:
    """The letters of posts/letters to the offices each names. `today` is the campaign's day of sending.

    Raises InputError where there is no letter (in those languages).
    """
    found = [one for one in made.content.letters if not languages or set(one.text) & set(languages)]
    if not found:
        raise InputError(
            f"There is no letter to write out; put one into {made.config.posts.name}/{written.FOLDER}/NAME.md"
        )
    ready: list[Letter] = []
    blocked: list[tuple[str, str, str]] = []
    for post in found:
        name, wrong = PurePosixPath(post.file).stem, _errors(made, post)
        if not post.offices:
            blocked.append((name, "", "it names no offices; write offices: […] above it"))
        for office in post.offices:
            record = made.content.ledger.offices.get(office)
            why = (_why_not(record, today) if record else f"the ledger has no office “{office}”") or wrong
            if why or record is None:
                blocked.append((name, office, why or ""))
            else:
                ready.append(_letter(made, post, record, alone=len(found) == 1))
    return Letters(tuple(ready), tuple(blocked))


def direction_of(language: str) -> str:
    """rtl or ltr, as HTML wants it; Azerbaijani in Arabic letters (az-Arab) is rtl."""
    return "rtl" if bidi.base(language) else "ltr"


def language_of(name: str) -> str:
    """The language in a file's name: `mayor.en DRAFT.txt` is in en; "" where there is none."""
    found = re.fullmatch(r".+\.([A-Za-z0-9-]+)(?: DRAFT)?\.(?:txt|html)", name)
    return found[1] if found else ""


def _errors(made: Preparation, post: Post) -> str | None:
    wrong = [str(one) for one in _about(made, post) if one.severity is Severity.ERROR]
    return "; ".join(wrong) or None


def _about(made: Preparation, post: Post) -> Iterator[Finding]:
    return (one for one in made.findings if one.file == post.file)


def _why_not(office: Office, today: date) -> str | None:
    """Why no letter goes to this office now; None where one may."""
    note = f" ({office.note})" if office.note else ""
    if office.use is not True:
        return f"the ledger does not give the office free for use{note}"
    if not office.holder:
        return f"nobody has verified who holds it{note}; look it up, then write holder and verified_on"
    if office.verified_on is None:
        return f"it is not said when {office.holder} was verified; look it up, then write verified_on"
    if not timedelta(0) <= today - office.verified_on <= FRESH:
        return (
            f"{office.holder} was verified on {office.verified_on}, not within the {FRESH.days} days before "
            f"{today}; look it up again, then write verified_on"
        )
    if office.review_by is not None and office.review_by <= today:
        return f"it was to be looked at again by {office.review_by}{note}"
    return None


def _letter(made: Preparation, post: Post, office: Office, *, alone: bool) -> Letter:
    language = next(iter(post.text), made.config.campaign.languages[0])
    title = office.office.get(language) or next(iter(office.office.values()), office.id)
    open_ = tuple(_open(made, post))
    pieces = tuple(blocks_of(made, post))
    # The letter's own name only where there are several; a draft says so where nobody can overlook it.
    name = office.id if alone else f"{office.id} {PurePosixPath(post.file).stem}"
    name = f"{name}.{language}" + (" DRAFT" if open_ else "")
    holder = office.holder or ""
    sheet = _Sheet(language, holder, title, open_, pieces)
    return Letter(
        office.id,
        holder,
        {f"{name}.txt": sheet.text().encode(), f"{name}.html": sheet.html().encode()},
        open_,
    )


def _open(made: Preparation, post: Post) -> Iterator[str]:
    """What still has to be cleared before a person may send it."""
    records = checks.unapproved(post, made.content.ledger, made.config.approvers)
    if records and made.config.approvals.needed("ledger"):
        yield f"records that nobody but their author approved: {', '.join(records)}"
    yield from (
        f"{one.rule}: {one.message}" for one in _about(made, post) if one.severity is Severity.BLOCKED
    )


def blocks_of(made: Preparation, post: Post) -> Iterator[Block]:
    """The letter's pieces, its placeholders filled in. Raises InputError where the file cannot be read."""
    language = next(iter(post.text), made.config.campaign.languages[0])
    try:
        text = source.read_text(made.config.root / post.file, post.file)
    except ContentError as error:
        raise InputError(str(error)) from None
    return blocks(placeholders.fill(written.body(text), language, made.config.campaign))


def blocks(markdown: str) -> Iterator[Block]:
    """Headings, paragraphs, lists and quotations; lines of one piece are joined."""
    for piece in re.split(r"\n[ \t]*\n", markdown.replace("\r\n", "\n")):
        open_: Block | None = None
        for line in filter(str.strip, piece.split("\n")):
            begun = _begun(line)
            if begun is not None or open_ is None:
                if open_ is not None:
                    yield open_
                open_ = begun or Block("text", line.strip())
            else:
                open_ = Block(open_.kind, f"{open_.words} {line.strip().removeprefix('>').strip()}")
        if open_ is not None:
            yield open_


def _begun(line: str) -> Block | None:
    """The piece that begins with this line; None where it goes on."""
    if heading := _HEADING.fullmatch(line.strip()):
        return Block("heading", heading[2])
    if item := _ITEM.fullmatch(line):
        return Block("numbered" if item[1] else "item", item[2])
    if line.startswith(">"):
        return Block("quote", line[1:].strip())
    return None


@dataclass(frozen=True)
class _Sheet:
    """A letter laid out: to whom, what is open, and its pieces."""

    language: str
    holder: str
    title: str
    open: tuple[str, ...]
    blocks: tuple[Block, ...] = field(default_factory=tuple)

    def text(self) -> str:
        """Plain text, for a mail program: a line a paragraph, so that the program wraps it."""
        draft = [f"DRAFT - NOT CLEARED FOR SENDING: {'; '.join(self.open)}", ""] if self.open else []
        lines = [*draft, self.holder, self.title, ""]
        count = 0
        for number, one in enumerate(self.blocks):
            count = count + 1 if one.kind == "numbered" else 0
            start = {"item": "- ", "numbered": f"{count}. ", "quote": "> "}.get(one.kind, "")
            lines.append(start + plain(one.words))
            following = self.blocks[number + 1].kind if number + 1 < len(self.blocks) else ""
            if one.kind not in ("item", "numbered") or following != one.kind:
                lines.append("")
        return "\n".join(lines).rstrip() + "\n"

    def html(self) -> str:
        """A page that prints as a letter; it loads nothing."""
        draft = f'<p class="draft">DRAFT – not cleared for sending: {escape("; ".join(self.open))}</p>'
        body = as_html(self.blocks)
        direction = direction_of(self.language)
        holder, title = escape(self.holder), escape(self.title)
        lines = (
            "<!doctype html>",
            f'<html lang="{escape(self.language)}" dir="{direction}">',
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{holder}, {title}</title>",
            f"<style>{_STYLE}</style>",
            f"<body>{draft if self.open else ''}",
            f"<address>{holder}<br>{title}</address>",
            f"<main>\n{body}</main>",
            "</body>",
            "</html>",
        )
        return "\n".join(lines) + "\n"


_STYLE = (
    ":root{color-scheme:light dark}body{max-width:42rem;margin:3rem auto;padding:0 1rem;"
    "font:1.05rem/1.55 Georgia,'Times New Roman',serif}address{font-style:normal;margin-bottom:2rem}"
    "h1{font-size:1.4rem}.draft{border:2px solid;padding:.5rem .75rem;font-weight:bold}"
    "@media print{body{margin:0;max-width:none;font-size:11pt}@page{margin:25mm}}"
)
_TAGS = {"heading": "h1", "quote": "blockquote", "text": "p"}
_LISTS = {"item": "ul", "numbered": "ol"}


def as_html(blocks: Iterable[Block], heading: str = "h1") -> str:
    """The pieces as HTML, everything in them escaped."""
    return "".join(_grouped(blocks)).replace("h1>", f"{heading}>")


def _grouped(blocks: Iterable[Block]) -> Iterator[str]:
    """Each piece as HTML, items of one list together."""
    open_ = ""
    for one in blocks:
        wanted = _LISTS.get(one.kind, "")
        if open_ and wanted != open_:
            yield f"</{open_}>\n"
        if wanted and wanted != open_:
            yield f"<{wanted}>\n"
        open_ = wanted
        tag = "li" if wanted else _TAGS[one.kind]
        yield f"<{tag}>{marked(one.words)}</{tag}>\n"
    if open_:
        yield f"</{open_}>\n"


def plain(words: str) -> str:
    """Inline marks as plain text: a link is followed by its address."""
    words = _LINK.sub(lambda found: f"{found[1]} ({found[2]})", words)
    return _unmarked(words, lambda tag, inside: inside)


def marked(words: str) -> str:
    """Inline marks as HTML; everything else is escaped."""
    pieces, end = [], 0
    for found in _LINK.finditer(words):
        pieces.append(_bold(escape(words[end : found.start()])))
        pieces.append(f'<a href="{escape(found[2])}">{_bold(escape(found[1]))}</a>')
        end = found.end()
    return "".join([*pieces, _bold(escape(words[end:]))])


def _bold(words: str) -> str:
    return _unmarked(words, lambda tag, inside: f"<{tag}>{inside}</{tag}>")


def _unmarked(words: str, shown: Callable[[str, str], str]) -> str:
    words = _STRONG.sub(lambda found: shown("strong", found[1]), words)
    return _SOFT.sub(lambda found: shown("em", found[1]), words)


def _list(all_: Letters) -> str:
    """For whoever sends: which are ready, and what keeps the others."""
    lines = ["Letters for a person to send, one by one, each to its office. Nothing was sent.", ""]
    for one in all_.ready:
        state = f"draft, not to be sent yet: {'; '.join(one.open)}" if one.open else "ready"
        lines.append(f"{one.office} ({one.holder}): {state}")
    lines += [f"{office or letter}: no letter. {why}" for letter, office, why in all_.blocked]
    return "\n".join(lines) + "\n"
