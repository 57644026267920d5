"""What a row says, laid over what a file has; and the file's text changed just there, comments kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

from scheduler.content.tree import MappingNode, Node, ScalarNode, SequenceNode
from scheduler.exchange import handwriting
from scheduler.exchange.headings import MAIN
from scheduler.exchange.shape import Path

_FOR_ALL = ("hashtags", "link")
_LINE_END = re.compile(r"\r\n|\r|\n")
Edit = tuple[int, int, str]
"""Offsets of what goes, and what comes instead."""


class Whole(list[Any]):
    """A list that one cell gives as a whole: it replaces the file's, and does not only fill it in."""


def put(value: dict[str, Any], path: Path, meant: Any) -> None:
    """Put a value at its path. What one cell says for all languages then stands under the key ""."""
    here: Any = value
    for step, following in pairwise(path):
        fresh: Any = [] if isinstance(following, int) else {}
        if isinstance(step, int):
            here.extend({} for _ in range(step + 1 - len(here)))
        elif step not in here:
            here[step] = fresh
        elif isinstance(following, str) and not isinstance(here[step], dict):
            here[step] = {"": here[step]}
        here = here[step]
    here[path[-1]] = meant


def merged(
    old: Mapping[str, Any], new: Mapping[str, Any], removed: Iterable[Path], first: str
) -> dict[str, Any]:
    """`old` with what `new` says laid over it and `removed` taken out. `first` is the first language."""
    value: dict[str, Any] = _over(dict(old), new, first) if new else dict(old)
    for path in sorted(removed, key=lambda one: [str(step).zfill(4) for step in one], reverse=True):
        _take_out(value, path)
    return value


def _over(old: Any, new: Any, first: str, name: str = "") -> Any:
    if isinstance(new, Mapping):
        if old is not None and not isinstance(old, Mapping):
            old = {"" if name in _FOR_ALL else first: old} if name != "use" else {}
        old = old or {}
        inner = {key: _over(old.get(key), one, first, key) for key, one in new.items()}
        return {**old, **inner} if new else {}
    if isinstance(old, Mapping) and name in _FOR_ALL:
        return {**old, "": new}
    if isinstance(new, Whole):
        by_file = {one.get("file"): one for one in old or () if isinstance(one, Mapping)}
        return [_over(by_file.get(one.get("file")), one, first) for one in new]
    if isinstance(new, list) and any(isinstance(one, Mapping) for one in new):
        have = list(old) if isinstance(old, list) else []
        have += [None] * (len(new) - len(have))
        laid = [_over(was, one, first) for was, one in zip(have, new, strict=False)]
        return [one for one in (*laid, *have[len(new) :]) if one]
    return new


def _take_out(value: dict[str, Any], path: Path) -> None:
    """A place, and what holds nothing after it. A picture goes with its file, a card with its template."""
    name = next((step for step in reversed(path[:-1]) if isinstance(step, str)), "")
    if len(path) > 1 and MAIN.get(name) == path[-1]:
        path = path[:-1]
    holders: list[Any] = [value]
    for step in path[:-1]:
        inside = holders[-1]
        if not (
            step in inside if isinstance(inside, Mapping) else isinstance(step, int) and step < len(inside)
        ):
            return
        if not isinstance(inside[step], Mapping | list):
            return
        holders.append(inside[step])
    for holder, step in zip(reversed(holders), reversed(path), strict=True):
        if isinstance(holder, Mapping):
            holder.pop(step, None)  # type: ignore[attr-defined]
        elif isinstance(step, int) and step < len(holder):
            del holder[step]
        if holder:
            return


def copied(value: Any) -> Any:
    """The value, nothing of it shared."""
    if isinstance(value, Mapping):
        return {key: copied(one) for key, one in value.items()}
    return [copied(one) for one in value] if isinstance(value, list) else value


def same(one: Any, other: Any) -> bool:
    """Whether two values mean the same: 1992 and "1992", yes and true, a key without value and no key."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        keys = [key for key in {**one, **other} if one.get(key) is not None or other.get(key) is not None]
        return all(key in one and key in other and same(one[key], other[key]) for key in keys)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other) or _plain(one) == _plain(other)


def _plain(value: Any) -> Any:
    if isinstance(value, bool) or value in ("yes", "no"):
        return {True: "yes", False: "no"}.get(value, value)
    return str(value) if isinstance(value, int | float) else value


def edited(text: str, node: MappingNode, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Edit]:
    """The edits that turn the post or record at `node`, whose value is `old`, into `new`."""
    return list(_Editing(text).mapping(node, old, new))


def applied(text: str, edits: Iterable[Edit]) -> str:
    """The text with all edits made; new lines end as the file's do."""
    match = _LINE_END.search(text)
    newline = match[0] if match else "\n"
    pieces, at = [], 0
    for start, end, words in sorted(edits):
        pieces += [text[at:start], words.replace("\n", newline)]
        at = end
    return "".join([*pieces, text[at:]])


class _Editing:
    def __init__(self, text: str) -> None:
        self.text = text

    def mapping(self, node: MappingNode, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterable[Edit]:
        last: str | None = None
        added: dict[str | None, list[str]] = {}
        order = handwriting.post_rank if "kind" in old else handwriting.rank
        for key in sorted({**old, **new}, key=order):
            if key in node.items and key in new:
                last = key
                if not same(old.get(key), new[key]):
                    yield from self.changed(node, key, old.get(key), new[key])
            elif key in node.items:
                yield self.gone(node, key)
            elif key in new and new[key] is not None:
                added.setdefault(last, []).append(key)
        for behind, keys in added.items():
            yield self.inserted(node, behind, {key: new[key] for key in keys})

    def flows(self, node: Node) -> bool:
        return self.text[node.start : node.start + 1] in ("{", "[")

    def line_end(self, offset: int) -> int:
        match = _LINE_END.search(self.text, offset)
        return match.start() if match else len(self.text)

    def changed(self, node: MappingNode, key: str, old: Any, new: Any) -> Iterable[Edit]:
        name, value = node.items[key]
        if isinstance(value, MappingNode) and isinstance(new, Mapping) and new and value.items:
            yield from self.mapping(value, old, new)
            return
        if isinstance(value, SequenceNode) and self.items_stay(value, old, new):
            for item, was, now in zip(value.items, old, new, strict=False):
                if not same(was, now):
                    assert isinstance(item, MappingNode)
                    yield from self.mapping(item, was, now)
            if len(new) > len(old):
                lines = "".join(handwriting.listed(one, value.column - 1) for one in new[len(old) :])
                at = self.line_end(value.end)
                yield at, at, f"\n{lines.rstrip()}"
            return
        yield self.replaced(node, name, value, new)

    def items_stay(self, value: SequenceNode, old: Any, new: Any) -> bool:
        """Whether a list of maps keeps its items, so that each can be changed for itself."""
        if not isinstance(new, list) or len(new) < len(old) or not all(isinstance(one, dict) for one in new):
            return False
        fits = len(new) == len(old) or not self.flows(value)
        return bool(value.items) and fits and all(isinstance(one, MappingNode) for one in value.items)

    def replaced(self, node: MappingNode, name: Node, value: Node, new: Any) -> Edit:
        colon = self.text.index(":", name.end)
        if self.flows(node):
            return colon + 1, value.end, f" {handwriting.flow(new)}"
        behind = self.text[value.end : self.line_end(value.end)].strip()
        if behind:  # a comment on the line stays beside its value
            return colon + 1, value.end, f" {handwriting.flow(new)}"
        key = name.raw if isinstance(name, ScalarNode) else ""
        written = handwriting.entry(key, new, name.column - 1).rstrip("\n")
        return colon + 1, value.end, written[name.column + len(handwriting.scalar(key)) :]

    def inserted(self, node: MappingNode, behind: str | None, new: Mapping[str, Any]) -> Edit:
        if self.flows(node):
            words = ", ".join(
                f"{handwriting.scalar(key, True)}: {handwriting.flow(one)}" for key, one in new.items()
            )
            at = node.end - 1
            return at, at, f", {words}" if node.items else words
        anchor = behind if behind is not None else next(iter(node.items))
        name, value = node.items[anchor]
        first = next(iter(node.items.values()))[0]
        lines = "".join(handwriting.entry(key, one, first.column - 1) for key, one in new.items())
        at = self.line_end(max(value.end, name.end))
        return at, at, "\n" + lines.rstrip("\n")

    def gone(self, node: MappingNode, key: str) -> Edit:
        name, value = node.items[key]
        if not self.flows(node):
            begin = max(self.text.rfind(sign, 0, name.start) for sign in "\r\n") + 1
            match = _LINE_END.search(self.text, max(value.end, name.end))
            return begin, match.end() if match else len(self.text), ""
        places = sorted((one.start, inner.end) for one, inner in node.items.values())
        number = [start for start, _ in places].index(name.start)
        if number + 1 < len(places):
            return name.start, places[number + 1][0], ""
        return (places[number - 1][1] if number else name.start), max(value.end, name.end), ""
