"""posts/*.yaml as Posts: the whole format, with every fault at its line and column."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from pydantic import Field, TypeAdapter

from scheduler.content import fields, validation
from scheduler.content.fields import (
    CardField,
    DurationField,
    HashtagsField,
    IdField,
    IdsField,
    KeyField,
    LinkCardField,
    LinkField,
    LocalisedField,
    PicturesField,
    ThreadField,
    VariantField,
    WhenField,
)
from scheduler.content.source import Document, Spans
from scheduler.content.tree import MappingNode, Node, SequenceNode, owners
from scheduler.model import Finding, Kind, Post, Replies, Severity, When, at


class PostPart(fields.Part):
    """A post, as staff write it."""

    id: IdField = Field(description="Its name, unique over all files: small letters, digits, hyphens")
    kind: Kind = Field(description="What sort of post it is; decides who approves it and which checks apply")
    author: str | None = Field(None, description="Who wrote it; the author's own approval does not count")
    when: WhenField = Field(
        When(),
        description="D±N and a time in the campaign's zone (local: in each channel's own), "
        "a date and a time, or next slot",
        json_schema_extra={"default": "next slot"},
    )
    text: LocalisedField = Field(
        description="The words, by language, or one text in the campaign's first language; "
        "{years}, {ordinal} and {date} are filled in"
    )
    hashtags: HashtagsField | None = Field(None, description="Without #; left out: the campaign's")
    link: LinkField = Field({}, description="An address, which follows the text")
    link_card: LinkCardField | None = Field(
        None, description="The card under the link, on platforms that take it from us"
    )
    channels: IdsField | None = Field(
        None, description="Names from config.yaml; left out: every channel whose language the post has"
    )
    card: CardField | None = Field(None, description="The card to draw")
    images: PicturesField = Field([], description="Pictures of the post's own")
    alt: LocalisedField = Field({}, description="The card's alt text; left out: written from its record")
    facts: IdsField = Field([], description="Ids of the facts that the text relies on")
    people: IdsField = Field([], description="Ids of the people it names")
    quotes: IdsField = Field([], description="Ids of the quotations it uses")
    recognitions: IdsField = Field([], description="Ids of the recognitions it speaks of")
    offices: IdsField = Field([], description="Ids of the offices it addresses")
    positions: IdsField = Field([], description="Ids of what the campaign itself holds or asks")
    warning: LocalisedField = Field({}, description="A text warning: spoiler or first line")
    thread: ThreadField = Field([], description="Further parts")
    variants: dict[IdField, VariantField] = Field({}, description="Other words, by platform or channel")
    replies: Replies = Field(Replies.EVERYONE, description="Who may reply, where the platform can")
    corrects: KeyField | None = Field(None, description="The delivery that this post corrects in public")
    priority: int = Field(5, description="Who gives way when places are short")
    grace: DurationField | None = Field(None, description="How late it may still go out")
    draft: bool = Field(False, description="Checked, not planned")


ADAPTER = TypeAdapter(PostPart)
_TUPLES = ("images", "facts", "people", "quotes", "recognitions", "offices", "positions", "thread")
_LACKING: Mapping[str, Any] = {"kind": "text", "text": {}}


def read(document: Document, languages: tuple[str, ...]) -> tuple[list[Post], list[Finding], bool]:
    """The posts of one file, what is wrong with them, and whether some item may be any post.

    A post with a fault is returned without what is wrong (error findings name the post), so that it is held
    and not taken for deleted; only one without a usable id is left out.
    """
    if document.root is None or not isinstance(document.root, SequenceNode):
        return [], [*document.findings, *_no_list(document)], not _nothing(document)
    items = [_post(node, document, languages) for node in document.root.items]
    posts = [post for post, _ in items]
    findings = [
        # What the YAML reader found within a post is the post's: it holds it like any other error.
        replace(finding, post=owner.id) if number >= 0 and (owner := posts[number]) else finding
        for finding, number in owners(document.root.items, document.findings)
    ]
    findings += [finding for _, faults in items for finding in faults]
    return [post for post in posts if post is not None], findings, None in posts


def _nothing(document: Document) -> bool:
    return not document.broken and document.value is None


def _no_list(document: Document) -> list[Finding]:
    if document.broken:
        return []
    if document.value is None:
        return [Finding(Severity.WARNING, "post.none", "the file holds no post", document.file, 1, 1)]
    message = (
        f"expected a list of posts, each beginning with “- id:”, found {validation.found(document.value)}"
    )
    return [Finding(Severity.ERROR, "post.type", message, document.file, 1, 1)]


def _post(node: Node, document: Document, languages: tuple[str, ...]) -> tuple[Post | None, list[Finding]]:
    spans = Spans(("", node, document.file))
    if not isinstance(node, MappingNode):
        message = f"expected a post with keys such as id, kind and text, found {validation.found(node.value)}"
        return None, [Finding(Severity.ERROR, "post.type", message, document.file, node.line, node.column)]
    value = node.value
    saved = validation.validate(
        ADAPTER,
        value,
        spans,
        "post",
        strict=True,
        context={"languages": languages},
        partial=_LACKING,
        post=_usable_id(value.get("id")),
    )
    part, findings = saved
    if part is None:
        return None, findings
    if not part.text and not findings:
        findings.append(
            at(spans["text"], Severity.ERROR, "post.missing", "text: has no language", post=part.id)
        )
    return _made(part, document.file, spans), findings


def _usable_id(value: Any) -> str | None:
    try:
        return fields.identifier(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _made(part: PostPart, file: str, spans: Spans) -> Post:
    values = {**vars(part), "file": file, "spans": spans}
    for name in _TUPLES:
        values[name] = tuple(values[name])
    if part.channels is not None:
        values["channels"] = tuple(part.channels)
    return Post(**values)


def twice(posts: list[Post]) -> Iterator[Finding]:
    """A finding at every post whose id another post has."""
    by_id: dict[str, list[Post]] = {}
    for post in posts:
        by_id.setdefault(post.id, []).append(post)
    for same in (same for same in by_id.values() if len(same) > 1):
        for post in same:
            others = ", ".join(_place(other) for other in same if other is not post)
            message = f"the id {post.id} is taken: {others}; give one of the posts another id"
            yield at(
                post.span("id"), Severity.ERROR, "post.duplicate-id", message, post=post.id, cause=post.id
            )


def _place(post: Post) -> str:
    place = post.span("id")
    return f"{post.file}:{place.line}:{place.column}" if place else post.file
