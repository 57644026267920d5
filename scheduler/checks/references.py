"""Ids that posts and records name must exist in the ledger."""

from collections.abc import Iterator
from difflib import get_close_matches

from scheduler import platforms
from scheduler.checks.context import Case, Context
from scheduler.checks.rules import Example, rule
from scheduler.model import RECORDS, Fact, Finding, Media, Quote, Record, Severity

UNKNOWN = rule(
    "references.unknown",
    Severity.ERROR,
    "A post or a record names an id that no ledger record has.",
    "Correct the id, or write the record in posts/ledger.",
    fires=(
        Example("We remember.", fields={"facts": ("kiled",)}),
        Example("We remember.", fields={"quotes": ("nobody",)}),
        Example("We remember.", fields={"positions": ("recogniton",)}),
    ),
    passes=(Example("We remember.", fields={"facts": ("killed",), "people": ("azizova",)}),),
)
VARIANT = rule(
    "references.variant",
    Severity.ERROR,
    "A variant is for no known platform and no channel of config.yaml.",
    "Correct the name; variants are for a channel's name or a platform's.",
)

_SINGULAR = {kind: kind.rstrip("s") for kind in RECORDS} | {"people": "person", "media": "media record"}


def findings(case: Case) -> Iterator[Finding]:
    """Unknown ids and variants of a post."""
    ledger = case.context.ledger
    for citation in case.citations:
        if citation.id not in ledger.of(citation.kind):
            words = _unknown(citation.kind, citation.id, ledger.of(citation.kind))
            yield case.at(UNKNOWN, citation.path, words)
    names = {*case.context.channels, *platforms.kinds()}
    for name in case.post.variants:
        if name not in names:
            words = f"variant for '{name}': there is no such channel or platform{_nearest(name, names)}"
            yield case.at(VARIANT, ("variants", name), words)


def in_ledger(context: Context) -> Iterator[Finding]:
    """Unknown ids in the records themselves."""
    for kind, record in context.ledger.all():
        for target, field, value in _named(record):
            if value not in context.ledger.of(target):
                span = context.ledger.span(kind, record.id, field)
                words = _unknown(target, value, context.ledger.of(target))
                yield UNKNOWN.at(span, f"{record.id}: {words}")


def _named(record: Record) -> Iterator[tuple[str, str, str]]:
    """(kind, field, id) of other records that a record names."""
    if isinstance(record, Quote) and record.person:
        yield "people", "person", record.person
    if isinstance(record, Fact) and record.part_of:
        yield "facts", "part_of", record.part_of
    if isinstance(record, Media):
        for person in record.people_shown:
            yield "people", "people_shown", person


def _unknown(kind: str, value: str, known: object) -> str:
    return f"no {_SINGULAR[kind]} '{value}' in posts/ledger/{kind}.yaml{_nearest(value, known)}"


def _nearest(value: str, known: object) -> str:
    names = [str(name) for name in known]  # type: ignore[attr-defined]
    nearest = get_close_matches(value, names, n=1, cutoff=0.6)
    return f"; did you mean '{nearest[0]}'?" if nearest else ""
