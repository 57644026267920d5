"""JSON Schemas of the files staff write: for editors to check by, and for the reference pages."""

from collections.abc import Mapping
from typing import Any

from scheduler.content.ledger import ADAPTERS
from scheduler.content.posts import ADAPTER

DIALECT = "https://json-schema.org/draft/2020-12/schema"

# What the ledger's fields hold; the dataclasses they are read into belong to `model`.
_FIELDS: Mapping[str, str] = {
    "id": "Its name, which posts cite: small letters, digits, hyphens",
    "author": "Who wrote the record; somebody else approves it",
    "approved_by": "Who checked it against its sources",
    "sources": "Where it comes from",
    "review_by": "Look at it again by this day",
    "use": "yes, no, or {only: the one use allowed}; a no gives its reason in note",
    "note": "For colleagues; never published",
    "document": "The source's name",
    "address": "The source's address",
    "title": "The source's title",
    "independent": "Is the source independent of the campaign and of the parties?",
    "seen_on": "When somebody opened it last",
    "figure": "The number, or null for words alone",
    "unit": "What is counted: killed, wounded, missing …",
    "label": "What stands beside the number on a card, by language",
    "part_of": "Id of the fact that this one is a part of",
    "wording": "How it is said, by language",
    "according_to": "Who says so; by language in a fact, as it is printed",
    "others": "What other sources say of the same",
    "source": "The other source",
    "as_of": "The day or year the statement is from",
    "confidence": "How sure it is; below high a text names who says so",
    "claims": "Ids of the claims that this record carries",
    "whose": "Who holds the position",
    "basis": "On what ground",
    "names": "The name as it is written, by language",
    "role": "What the person is to the reader, by language",
    "identity": "Who checked that this is the person",
    "checked_by": "Who checked it",
    "on": "The day",
    "consent": "Reference and dates only; the papers stay outside this folder",
    "reference": "The number under which the paper is kept",
    "withdrawn_on": "From this day on the person is not shown",
    "informed_on": "When the person or family was told",
    "living": "Is the person alive?",
    "words": "The exact words",
    "language": "The language of the words",
    "person": "Id of the person who said it",
    "institution": "Who said it, where it was no person, by language",
    "date": "The day or year",
    "translations": "By language: words, by whom, checked by whom",
    "by": "Who translated it",
    "file": "The file in assets/images",
    "creator": "Who made it",
    "rights": "On what terms it may be used",
    "people_shown": "Ids of the people in it",
    "identifiable": "Of whom can somebody in it be known again? [] when of none of these",
    "place": "Where it was made",
    "graphic": "Does it show violence?",
    "ai": "Was it made or changed by a generative program?",
    "focal": "What must stay in view, as [x, y] from 0 to 1",
    "body": "Who spoke, by language",
    "chamber": "Which chamber or committee, by language",
    "form": "Law, resolution, motion, letter …, by language",
    "term_used": "The word the document itself uses",
    "text_address": "Where the document stands",
    "text_seen": "Has somebody read the document itself?",
    "office": "The office, by language",
    "holder": "Its holder, or null until verified",
    "verified_on": "When the holder was verified",
    "rule": "The rule that asks about these words",
}


def post() -> dict[str, Any]:
    """The schema of a file in posts/: a list of posts."""
    return _listing(ADAPTER.json_schema(), "Posts")


def ledger(kind: str) -> dict[str, Any]:
    """The schema of posts/ledger/`kind`.yaml. Raises KeyError for a kind that RECORDS does not have."""
    return _listing(ADAPTERS[kind].json_schema(), f"Ledger: {kind}")


def _listing(item: dict[str, Any], title: str) -> dict[str, Any]:
    definitions = item.pop("$defs", {})
    schema = {"$schema": DIALECT, "title": title, "type": "array", "items": item, "$defs": definitions}
    described: dict[str, Any] = _described(schema)
    return described


def _described(place: Any) -> Any:
    """The schema with every field described, and with what YAML makes of yes, no and a year allowed."""
    if isinstance(place, list):
        return [_described(one) for one in place]
    if not isinstance(place, dict):
        return place
    if place.get("type") == "boolean":
        kept = {key: value for key, value in place.items() if key != "type"}
        return {**kept, "enum": [True, False, "yes", "no"]}
    place = {key: _described(value) for key, value in place.items()}
    if {"type": "string", "format": "date"} in place.get("anyOf", ()) and {"type": "string"} in place[
        "anyOf"
    ]:
        place["anyOf"].append({"type": "integer"})
    for name, field in place.get("properties", {}).items():
        if isinstance(field, dict) and name in _FIELDS:
            field.setdefault("description", _FIELDS[name])
    return place
