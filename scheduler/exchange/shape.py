"""What a post or record is made of, as a tree: read from its JSON Schema, so that sheets know every field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from scheduler.content import schema

Path = tuple[str | int, ...]
"""Where a value stands: ("text", "en"), ("images", 0, "file"). Numbers count from 0."""

ID = "^[a-z0-9-]+$"


@dataclass(frozen=True)
class Leaf:
    """What fits into one cell. `many`: a list; `type` is JSON Schema's name for (each of) the values,
    or `year` for a day that may be a year alone.
    """

    type: str = "string"
    many: bool = False
    ids: bool = False
    choices: tuple[str, ...] = ()
    exact: int = 0
    """Such a list has exactly so many values."""


@dataclass(frozen=True)
class Shape:
    """One place. A value may stand there itself (`leaf`), by key (`fields`), by language or name (`each`) or
    in a numbered list (`items`); some places allow two of these.
    """

    leaf: Leaf | None = None
    fields: Mapping[str, Shape] = field(default_factory=dict)
    each: Shape | None = None
    items: Shape | None = None

    def at(self, path: Path) -> Shape | None:
        """What stands at a path below this one."""
        here: Shape | None = self
        for step in path:
            if here is None:
                return None
            here = here.items if isinstance(step, int) else here.fields.get(step, here.each)
        return here


@cache
def of_post() -> Shape:
    """A post."""
    return _listed(schema.post)


@cache
def of_record(kind: str) -> Shape:
    """A ledger record. Raises KeyError for a kind that the ledger does not have."""
    return _listed(lambda: schema.ledger(kind))


def _listed(asked: Callable[[], dict[str, Any]]) -> Shape:
    whole = asked()
    return _shape(whole["items"], whole["$defs"])


def _shape(place: Mapping[str, Any], definitions: Mapping[str, Any]) -> Shape:
    if "$ref" in place:
        return _shape(definitions[place["$ref"].rpartition("/")[2]], definitions)
    if "anyOf" in place:
        shape = Shape()
        for branch in place["anyOf"]:
            shape = _both(shape, _shape(branch, definitions))
        return shape
    if place.get("type") == "object":
        return _object(place, definitions)
    if place.get("type") == "array":
        return _array(place, definitions)
    if place.get("type") == "null":
        return Shape()
    return Shape(leaf=_leaf(place))


def _both(one: Shape, other: Shape) -> Shape:
    """Two branches as one; of two leaves the first tells what the cell holds."""
    years = one.leaf is not None and other.leaf is not None and other.leaf.type == "integer"
    return Shape(
        Leaf("year") if years else one.leaf or other.leaf,
        {**one.fields, **other.fields},
        one.each or other.each,
        one.items or other.items,
    )


def _object(place: Mapping[str, Any], definitions: Mapping[str, Any]) -> Shape:
    if "properties" in place:
        return Shape(fields={name: _shape(one, definitions) for name, one in place["properties"].items()})
    inner = place.get("additionalProperties") or next(iter(place.get("patternProperties", {}).values()), None)
    return Shape(each=_shape(inner, definitions) if isinstance(inner, Mapping) else Shape(leaf=Leaf()))


def _array(place: Mapping[str, Any], definitions: Mapping[str, Any]) -> Shape:
    if "prefixItems" in place:
        return Shape(leaf=Leaf(place["prefixItems"][0]["type"], many=True, exact=len(place["prefixItems"])))
    inner = _shape(place["items"], definitions)
    if inner.leaf is None:
        return Shape(items=inner)
    return Shape(leaf=Leaf(inner.leaf.type, many=True, ids=inner.leaf.ids))


def _leaf(place: Mapping[str, Any]) -> Leaf:
    choices = tuple(one for one in place.get("enum", ()) if isinstance(one, str))
    if True in place.get("enum", ()):
        return Leaf("boolean")
    return Leaf(place.get("type", "string"), ids=place.get("pattern") == ID, choices=choices)
