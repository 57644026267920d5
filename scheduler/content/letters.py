"""posts/letters/*.md: letters a person sends, read so that the rules for posts' texts hold for them, too.

A letter is Markdown. Above it may stand what it relies on, between two lines of three hyphens, with the keys
of a post: author, facts, people, quotes, recognitions, offices, positions; and `language`.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from pydantic import Field, TypeAdapter

from scheduler.content import fields, source, validation
from scheduler.content.characters import FORBIDDEN, describe, place
from scheduler.content.fields import IdsField
from scheduler.model import Finding, Kind, Post, Severity, Span, ThreadPart, When
from scheduler.text import normalise

FOLDER = "letters"
"""The folder of the letters, within the folder of the posts."""

_HEAD = re.compile(r"---[ ]*\r?\n(?P<yaml>.*?)^---[ ]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_PARAGRAPH = re.compile(r"\S(?:.*\S)?(?:\r?\n[ ]*\S(?:.*\S)?)*")
_MARK = re.compile(r"^[ ]*(?:#+|[-*>]|\d+\.)[ ]+", re.MULTILINE)


class LetterPart(fields.Part):
    """What stands above a letter."""

    author: str | None = Field(default=None, description="Who wrote it")
    language: str | None = Field(default=None, description="Its language; left out: the campaign's first")
    facts: IdsField = Field(default=[], description="Ids of the facts that the letter relies on")
    people: IdsField = Field(default=[], description="Ids of the people it names")
    quotes: IdsField = Field(default=[], description="Ids of the quotations it uses")
    recognitions: IdsField = Field(default=[], description="Ids of the recognitions it speaks of")
    offices: IdsField = Field(default=[], description="Ids of the offices it goes to")
    positions: IdsField = Field(default=[], description="Ids of what the campaign itself holds or asks")


_ADAPTER: TypeAdapter[LetterPart] = TypeAdapter(LetterPart)


def read(text: str, file: str, languages: tuple[str, ...]) -> tuple[Post, list[Finding]]:
    """A letter as a post of kind letter: its paragraphs are the text and the further parts.

    Its id is `letters/` and the file's name, which no post can have. It has no time and is never planned.
    """
    part, spans, findings = _head(text, file, languages)
    language = part.language or next(iter(languages), "en")
    paragraphs = list(_paragraphs(text, file))
    for number, (_, span) in enumerate(paragraphs):
        spans[f"thread.{number - 1}.text.{language}" if number else f"text.{language}"] = span
    letter = Post(
        id=f"{FOLDER}/{PurePosixPath(file).stem}",
        kind=Kind.LETTER,
        when=When(),
        text={language: paragraphs[0][0]} if paragraphs else {},
        thread=tuple(ThreadPart({language: words}) for words, _ in paragraphs[1:]),
        author=part.author,
        facts=tuple(part.facts),
        people=tuple(part.people),
        quotes=tuple(part.quotes),
        recognitions=tuple(part.recognitions),
        offices=tuple(part.offices),
        positions=tuple(part.positions),
        file=file,
        spans={"": Span(file, 1, 1), **spans},
    )
    return letter, [*findings, *_hidden(text, file)]


def body(text: str) -> str:
    """The letter itself, as Markdown: without what stands above it, and without comments."""
    head = _HEAD.match(text)
    return _COMMENT.sub("", text[head.end() if head else 0 :]).strip()


def _head(
    text: str, file: str, languages: tuple[str, ...]
) -> tuple[LetterPart, dict[str, Span], list[Finding]]:
    """What stands above the letter, the places of its values, and what is wrong with it."""
    found = _HEAD.match(text)
    if found is None or not found["yaml"].strip():
        return LetterPart(), {}, []
    # Its first line as a comment of the same length: lines, columns and offsets stay those of the file.
    document = source.load(f"#{text[1 : found.start('yaml')]}{found['yaml']}", file)
    if not isinstance(document.value, Mapping):
        message = "expected keys such as facts: […] above the letter, between two lines of ---"
        wrong = Finding(Severity.ERROR, "letter.type", message, file, 1, 1)
        return LetterPart(), {}, document.findings or [wrong]
    saved = validation.validate(
        _ADAPTER,
        document.value,
        document.spans,
        "letter",
        strict=True,
        context={"languages": languages},
        partial={},
    )
    part, findings = saved
    return part or LetterPart(), dict(document.spans), [*document.findings, *findings]


def _paragraphs(text: str, file: str) -> Iterator[tuple[str, Span]]:
    """The letter's paragraphs without Markdown's signs and comments, each with its place."""
    head = _HEAD.match(text)
    body = _COMMENT.sub(lambda found: re.sub(r"[^\r\n]", " ", found[0]), text)
    for found in _PARAGRAPH.finditer(body, head.end() if head else 0):
        words = normalise.clean(" ".join(_MARK.sub("", found[0]).split()))
        if words:
            yield words, Span(file, *place(text, found.start()), found.start(), found.end())


def _hidden(text: str, file: str) -> Iterator[Finding]:
    for found in FORBIDDEN.finditer(text.removeprefix("\ufeff")):
        message = f"{describe(found[0])}, stands here; take it out"
        yield Finding(Severity.ERROR, "letter.character", message, file, *place(text, found.start()))
