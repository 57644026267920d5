"""Whoever wrote a post or a record is named, so that somebody else can be told from them."""

from collections.abc import Iterator

from scheduler.checks.context import Case
from scheduler.checks.records import relied_on
from scheduler.checks.rules import Example, rule
from scheduler.model import Finding, Severity

AUTHOR = rule(
    "authors.missing",
    Severity.TODO,
    "A post, or a record that it cites, names no author, so nobody can tell that somebody else approved it.",
    "Write the name of whoever wrote it as its `author`.",
    fires=(
        Example("We remember.", fields={"author": None}),
        Example("We remember.", fields={"author": " "}),
        Example("We remember.", fields={"facts": ("nobodys",)}),
    ),
    passes=(
        Example("We remember."),
        Example("We remember.", fields={"facts": ("killed",), "offices": ("un",)}),
    ),
)


def findings(case: Case) -> Iterator[Finding]:
    """Of the post, and of each record that it relies on."""
    post, ledger = case.post, case.context.ledger
    if not _named(post.author):
        words = (
            "nobody is named as its author; an author's own approval does not count, so write who wrote it"
        )
        yield case.at(AUTHOR, (), words, cause="posts that do not say who wrote them")
    for kind, record in relied_on(post, ledger):
        if not _named(record.author):
            words = f"'{record.id}' names no author: no name counts as somebody else's; write who wrote it"
            cause = "records that do not say who wrote them"
            yield AUTHOR.at(ledger.span(kind, record.id), words, post=post.id, cause=cause)


def _named(author: str | None) -> bool:
    return bool(author and author.strip())
