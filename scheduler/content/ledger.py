"""posts/ledger/*.yaml as a Ledger. A record with a fault stays, but may not be used: records decide."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import TypeAdapter

from scheduler.content import validation
from scheduler.content.fields import identifier
from scheduler.content.source import Document, Spans
from scheduler.content.tree import MappingNode, Node, SequenceNode, owners
from scheduler.model import RECORDS, Finding, Ledger, Record, Severity, Span, at

ADAPTERS: Mapping[str, TypeAdapter[Any]] = {kind: TypeAdapter(record) for kind, record in RECORDS.items()}


@dataclass
class Shelf:
    """Records gathered file by file, before they become a Ledger."""

    records: dict[str, dict[str, Record]] = field(default_factory=lambda: {kind: {} for kind in RECORDS})
    places: dict[tuple[str, str], tuple[Node, str]] = field(default_factory=dict)

    def ledger(self) -> Ledger:
        roots = [(f"{kind}.{name}", node, file) for (kind, name), (node, file) in self.places.items()]
        return Ledger(**self.records, spans=Spans(*roots))  # type: ignore[arg-type]


def read(document: Document, kind: str, shelf: Shelf) -> tuple[list[Finding], bool]:
    """Put one file's records on the shelf: what is wrong with them, and whether one of them has no id."""
    findings = list(document.findings)
    if document.root is None:
        return findings, document.broken
    if not isinstance(document.root, SequenceNode):
        there = validation.found(document.value)
        message = f"expected a list of records, each beginning with “- id:”, found {there}"
        return [*findings, Finding(Severity.ERROR, "ledger.type", message, document.file, 1, 1)], True
    items = document.root.items
    faulty = {number for finding, number in owners(items, findings) if finding.severity is Severity.ERROR}
    for number, node in enumerate(items):
        findings += _record(node, document, kind, shelf, faulty=number in faulty)
    return findings, None in [_id_of(node) for node in items]


def _id_of(node: Node) -> str | None:
    try:
        return identifier(node.value["id"]) if isinstance(node, MappingNode) else None
    except (KeyError, TypeError, ValueError):
        return None


def _record(node: Node, document: Document, kind: str, shelf: Shelf, *, faulty: bool) -> list[Finding]:
    if not isinstance(node, MappingNode):
        message = f"expected a record with keys such as id, found {validation.found(node.value)}"
        return [Finding(Severity.ERROR, "ledger.type", message, document.file, node.line, node.column)]
    spans = Spans(("", node, document.file))
    record, findings = validation.validate(
        ADAPTERS[kind],
        node.value,
        spans,
        "ledger",
        strict=True,
        partial={},
        cause=f"{kind}.{node.value.get('id')}",
    )
    if record is None:
        return findings
    try:
        identifier(record.id)
    except ValueError as error:
        return [*findings, at(spans["id"], Severity.ERROR, "ledger.value", f"id: {error}")]
    findings += _use(record, spans)
    faulty = faulty or any(finding.severity is Severity.ERROR for finding in findings)
    return findings + _shelve(record, node, document, kind, shelf, usable=not faulty)


def _use(record: Record, spans: Spans) -> list[Finding]:
    if isinstance(record.use, Mapping) and set(record.use) != {"only"}:
        words = "use: write yes, no or {only: …}; an {only: …} with a comma in it needs quotes"
        return [at(spans["use"], Severity.ERROR, "ledger.value", words)]
    if record.use is False and not record.note:
        words = f"use: no needs its reason; add note: to {record.id}"
        return [at(spans["use"], Severity.WARNING, "ledger.no-reason", words)]
    return []


def _shelve(
    record: Record, node: Node, document: Document, kind: str, shelf: Shelf, *, usable: bool
) -> list[Finding]:
    """The first of two records with one id stays, unusable: nobody can know which of them was meant."""
    here = Spans(("", node, document.file))["id"]
    records = shelf.records[kind]
    if (first := records.get(record.id)) is None:
        records[record.id] = record if usable else replace(record, use=False)
        shelf.places[kind, record.id] = (node, document.file)
        return []
    records[record.id] = replace(first, use=False)
    node, file = shelf.places[kind, record.id]
    there = Spans(("", node, file))["id"]
    return [
        at(
            place,
            Severity.ERROR,
            "ledger.duplicate-id",
            _twice(record.id, other),
            cause=f"{kind}.{record.id}",
        )
        for place, other in ((there, here), (here, there))
    ]


def _twice(name: str, other: Span) -> str:
    place = f"{other.file}:{other.line}:{other.column}"
    return f"the id {name} is taken: {place}; give one of the records another id"
