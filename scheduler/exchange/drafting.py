"""The campaign's files as they would be: posts changed in place, new ones behind them, all of it proved."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from scheduler.content.source import MAX_BYTES, Document, load
from scheduler.content.tree import MappingNode, SequenceNode
from scheduler.errors import RunError
from scheduler.exchange import handwriting, merging

_FULL = MAX_BYTES * 9 // 10
_PART = re.compile(r"(?P<stem>.+)-part-(?P<number>\d+)")


@dataclass(frozen=True)
class Known:
    """A post or record that a file has."""

    file: str
    node: MappingNode
    value: Mapping[str, Any]


def known(documents: Mapping[str, tuple[str, Document]]) -> dict[str, Known]:
    """Every post or record of the files, by id; the first where two have the same."""
    found: dict[str, Known] = {}
    for file, (_, document) in documents.items():
        if not isinstance(document.root, SequenceNode):
            continue
        for node in document.root.items:
            if isinstance(node, MappingNode) and isinstance(node.value.get("id"), str):
                found.setdefault(node.value["id"], Known(file, node, node.value))
    return found


@dataclass(frozen=True)
class Draft:
    """What the files shall say. `changed` are known posts by id, `new` come into `into`, in their order.

    `origin` is the sheet's name, for the first line of a file that is new.
    """

    documents: Mapping[str, tuple[str, Document]]
    known: Mapping[str, Known]
    into: str
    origin: str
    changed: Mapping[str, Mapping[str, Any]]
    new: Sequence[Mapping[str, Any]]

    def files(self) -> dict[str, tuple[str | None, str]]:
        """Each file that becomes another: its text before (None: it is new) and after. Raises RunError."""
        after = self._edited()
        for file, text in self._added(after):
            after[file] = text
        self._prove(after)
        before = {file: self.documents[file][0] if file in self.documents else None for file in after}
        return {file: (before[file], text) for file, text in after.items()}

    def _edited(self) -> dict[str, str]:
        edits: dict[str, list[merging.Edit]] = {}
        for name, value in self.changed.items():
            there = self.known[name]
            text = self.documents[there.file][0]
            made = merging.edited(text, there.node, there.value, value)
            edits.setdefault(there.file, []).extend(made)
        return {file: merging.applied(self.documents[file][0], made) for file, made in edits.items()}

    def _added(self, after: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """New posts behind those of their file; where it is full, in a second one beside it."""
        if not self.new:
            return
        file, text = self.into, self._text(self.into, after)
        newline = "\r\n" if "\r\n" in text else "\n"
        size = len(text.encode())
        for value in self.new:
            block = textwrap.indent(handwriting.item(_filled(value)), self._indent(file)).replace(
                "\n", newline
            )
            length = len(block.encode()) + len(newline)
            while size + length > _FULL:
                yield file, text
                file = following(file)
                text = self._text(file, after)
                size = len(text.encode())
            text += (newline if text.strip() else "") + block
            size += length
        yield file, text

    def _indent(self, file: str) -> str:
        """How far in the items of the file's list stand."""
        root = self.documents[file][1].root if file in self.documents else None
        return " " * (root.column - 1) if isinstance(root, SequenceNode) else ""

    def _text(self, file: str, after: Mapping[str, str]) -> str:
        if file in after:
            text = after[file]
        elif file in self.documents:
            text = self.documents[file][0]
        else:
            origin = "".join(one for one in self.origin if one.isprintable())
            return f"# From {origin}. What you write here stays: import changes what the sheet says.\n"
        return text if text.endswith("\n") or not text else f"{text}\n"

    def _prove(self, after: Mapping[str, str]) -> None:
        """Read back, each post is as it shall be and every other as it was. Raises RunError."""
        expected = {name: one.value for name, one in self.known.items() if one.file in after}
        expected |= self.changed
        expected |= {str(value["id"]): value for value in self.new}
        for file, text in after.items():
            root = load(text, file).root
            values = [node.value for node in root.items] if isinstance(root, SequenceNode) else []
            for value in values:
                name = value["id"] if isinstance(value, Mapping) and isinstance(value.get("id"), str) else ""
                if name in expected and not merging.same(_filled(expected.pop(name)), value):
                    raise RunError(_cannot(file, name))
            for name in expected:
                if (name in self.known and self.known[name].file == file) or not values:
                    raise RunError(_cannot(file, name))


def _cannot(file: str, name: str) -> str:
    return (
        f"{file}: {name} cannot be changed in place as it is written there; nothing was written. "
        "Change it there by hand, and import again"
    )


def _filled(value: Mapping[str, Any]) -> dict[str, Any]:
    return {key: one for key, one in value.items() if one is not None}


def following(file: str) -> str:
    """posts/sheet.yaml, posts/sheet-part-2.yaml, posts/sheet-part-3.yaml …"""
    path = PurePosixPath(file)
    match = _PART.fullmatch(path.stem)
    stem, number = (match["stem"], int(match["number"]) + 1) if match else (path.stem, 2)
    return path.with_name(f"{stem}-part-{number}{path.suffix}").as_posix()


def family(file: str) -> str:
    """The first file of those that `following` names."""
    path = PurePosixPath(file)
    match = _PART.fullmatch(path.stem)
    return path.with_name(f"{match['stem']}{path.suffix}").as_posix() if match else file
