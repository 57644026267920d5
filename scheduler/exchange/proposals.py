"""What an import would do: each row judged, each file as it would be; nothing is written here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from pydantic import TypeAdapter

from scheduler.content import fields, validation
from scheduler.content.ledger import ADAPTERS
from scheduler.content.posts import ADAPTER
from scheduler.content.source import Document
from scheduler.exchange import drafting, foreign, merging, naming, uploads
from scheduler.exchange.drafting import Draft, Known
from scheduler.exchange.earlier import Earlier
from scheduler.exchange.rows import Item, Remark, Sheet
from scheduler.model import Finding, Ledger

POSTS = "posts"
"""The kind of sheet that is no record's."""

Row = tuple[Item, dict[str, Any]]
"""A row, and what it says in our own terms."""

_CITED = ("facts", "people", "quotes", "recognitions", "offices", "positions")
_CARD = {
    "quote": "quotes",
    "person": "people",
    "recognition": "recognitions",
    "position": "positions",
    "office": "offices",
}


@dataclass(frozen=True)
class There:
    """What the campaign has. `documents`: its files with their text, by name relative to its folder, with /.

    `picture` says whether a file is in assets/images.
    """

    languages: tuple[str, ...]
    channels: tuple[str, ...]
    platforms: tuple[str, ...]
    ledger: Ledger
    documents: Mapping[str, tuple[str, Document]]
    picture: Callable[[str], bool]


@dataclass(frozen=True)
class Change:
    """What becomes of one row. `fields` are the places that change; none: the file has them already."""

    row: int
    id: str
    file: str
    new: bool
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class Proposal:
    """The whole import. `files` maps each file to its text before (None: it is new) and after."""

    sheet: Sheet
    changes: tuple[Change, ...]
    remarks: tuple[Remark, ...]
    notes: tuple[str, ...]
    files: Mapping[str, tuple[str | None, str]] = field(default_factory=dict)

    @property
    def faulty(self) -> bool:
        return any(one.grave for one in self.remarks)


@dataclass
class Proposing:
    """Judges a sheet against what is there. `kind` is posts or a ledger's file; `into` takes what is new.

    `channel`: the posts are for this channel alone, as in a file made for an upload there.
    """

    there: There
    sheet: Sheet
    kind: str
    into: str
    first: str
    channel: str | None = None
    remarks: list[Remark] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unread: set[int] = field(default_factory=set)
    """Rows with a cell that could not be read: what they then lack is not told again."""

    def propose(self) -> Proposal:
        self.remarks = list(self.sheet.remarks)
        self.notes = list(self.sheet.notes)
        self.unread = {one.row for one in self.remarks if one.grave}
        known = drafting.known(self.there.documents)
        tool = self.tool()
        rows = self.rows([(item, self.own(item, tool)) for item in self.sheet.items], known)
        wanted = {name: self.wanted(item, value, known.get(name)) for name, (item, value) in rows.items()}
        changes = tuple(self.changes(rows, wanted, known))
        self.notes += self.absent(rows, known)
        remarks = tuple(
            sorted(self.remarks, key=lambda one: (one.row, -1 if one.column is None else one.column))
        )
        proposal = Proposal(self.sheet, changes, remarks, tuple(self.notes))
        if proposal.faulty:
            return proposal
        draft = Draft(
            self.there.documents,
            known,
            self.into,
            self.sheet.name,
            {one.id: wanted[one.id] for one in changes if not one.new and one.fields},
            [wanted[one.id] for one in changes if one.new],
        )
        return replace(proposal, files=draft.files())

    def tool(self) -> str | None:
        """Whose upload file it is, if it is one."""
        tool = foreign.tool(one.words for one in self.sheet.columns.values()) if self.kind == POSTS else None
        if tool:
            self.notes.append(
                f"Read as an upload file of {tool}: its texts are whole, "
                "and the campaign's hashtags are not added to them."
            )
        return tool

    def rows(self, values: list[Row], known: Mapping[str, Known]) -> dict[str, Row]:
        """The rows by id; a row without a kind is a text."""
        rows: dict[str, Row] = {}
        without = 0
        for (item, value), name in zip(values, self.names(values, known), strict=True):
            if name in rows:
                message = f"the id {name} is taken by row {rows[name][0].row}; give one of them another"
                self.say(item, message, "id")
                continue
            value = {**value, "id": name}
            if self.kind == POSTS and name not in known and "kind" not in value:
                value["kind"] = "text"
                without += 1
            rows[name] = (item, value)
        if without:
            count = "1 row" if without == 1 else f"{without} rows"
            self.notes.append(f"No kind is given in {count}; that becomes kind: text.")
        return rows

    def say(self, item: Item, message: str, path: str = "", grave: bool = True) -> None:
        while path not in item.cells:
            path = path.rpartition(".")[0]
        span = item.cells[path]
        self.remarks.append(Remark(item.row, span.column - 1 if span.column else None, message, grave))

    # ---- rows

    def own(self, item: Item, tool: str | None) -> dict[str, Any]:
        """The row's value in our own terms: texts of other tools taken apart, pictures by their names."""
        value = foreign.taken_apart(item.value) if tool else dict(item.value)
        if self.channel is not None and self.kind == POSTS:
            value.setdefault("channels", [self.channel])
        for path, picture in _pictures(value):
            picture["file"] = self.picture(item, path, str(picture["file"]))
        if tool:
            self.without_cards(item, value)
        return value

    def without_cards(self, item: Item, value: dict[str, Any]) -> None:
        """Cards that were drawn for an upload file are no pictures of the campaign."""
        kept = [one for one in value.get("images", ()) if not one["file"].startswith(uploads.DRAWN)]
        if len(kept) < len(value.get("images", ())):
            self.say(item, "the drawn card is not taken over: give the post a card again", "images", False)
            value["images"] = kept
            if not kept:
                del value["images"]

    def picture(self, item: Item, path: str, file: str) -> str:
        """The name below assets/images; an address stands for the picture of the same name."""
        address = urlsplit(file) if file.startswith(("http://", "https://")) else None
        name = unquote(PurePosixPath(address.path).name) if address else file.replace("\\", "/")
        name = name.removeprefix("./").removeprefix("assets/").removeprefix("images/")
        if PurePosixPath(name).name.startswith(uploads.DRAWN):
            return PurePosixPath(name).name
        if address and not self.there.picture(name):
            self.say(
                item, f"{file} is an address; save the picture into assets/images, and write its name", path
            )
        elif not self.there.picture(name):
            self.say(item, f"{name} is not in assets/images; put it there, or correct its name", path)
        return name

    def names(self, values: list[Row], known: Mapping[str, Known]) -> list[str]:
        """Every row's id: its own, that of the post it became before, or a new one."""
        taken = {str(value["id"]) for _, value in values if "id" in value}
        earlier = Earlier(known, self.into, self.there.languages)
        names = []
        for item, value in values:
            if "id" not in value and self.kind != POSTS:
                self.say(item, "has no id; write one, of small letters, digits and hyphens")
            name = str(value["id"]) if "id" in value else self.found(item, value, earlier, taken)
            taken.add(name)
            names.append(name)
        return names

    def found(self, item: Item, value: Mapping[str, Any], earlier: Earlier, taken: set[str]) -> str:
        """The id of a row without one: of the post that was made from it, else a new one."""
        name = naming.of_post(value, (self.first, *self.there.languages))
        there = earlier.here(name, value, taken)
        other = earlier.elsewhere(name, value, taken) if there is None and self.kind == POSTS else None
        if other is not None:
            if earlier.same(other, value):
                return other
            self.say(
                item,
                f"{earlier.known[other].file} has this post already, it seems: {other}. Write {other} into "
                "the column id to change it, or an id of your own to make one more",
            )
        return there or naming.free(name, taken, earlier.known)

    def wanted(self, item: Item, value: dict[str, Any], there: Known | None) -> dict[str, Any]:
        """The post as it shall be; what is wrong with it is said at its cell."""
        old: Mapping[str, Any] = there.value if there else {}
        wanted = merging.merged(merging.copied(old), merging.copied(value), item.removed, self.first)
        adapter: TypeAdapter[Any] = ADAPTER if self.kind == POSTS else ADAPTERS[self.kind]
        was, faults = self.judged(adapter, old, item) if there else (None, [])
        before = {one.message for one in faults}
        part, findings = self.judged(adapter, wanted, item)
        for finding in findings:
            follows = not finding.column and item.row in self.unread
            if finding.message not in before and not follows:
                self.remarks.append(_remark(finding, item))
        if self.kind == POSTS:
            if part is not None and not part.text:
                self.say(item, "has no text in any language; fill in one")
            self.cited(item, value)
        else:
            self.identified(item, value)
        # Said in other words, such as 9:00 for 09:00, it is still what the file has.
        return dict(old) if was is not None and part == was else wanted

    def judged(self, adapter: TypeAdapter[Any], value: Any, item: Item) -> tuple[Any, list[Finding]]:
        context = {"languages": self.there.languages}
        return validation.validate(adapter, value, item.cells, "import", strict=True, context=context)

    def identified(self, item: Item, value: Mapping[str, Any]) -> None:
        try:
            fields.identifier(str(value["id"]))
        except ValueError as error:
            self.say(item, str(error), "id")

    def cited(self, item: Item, value: Mapping[str, Any]) -> None:
        """Channels and records that do not exist."""
        for name in value.get("channels") or ():
            if name not in self.there.channels:
                self.say(item, self.unknown("channel", name, self.there.channels), "channels")
        for name in value.get("variants") or ():
            if name not in (*self.there.channels, *self.there.platforms):
                everything = (*self.there.channels, *self.there.platforms)
                self.say(item, self.unknown("channel or platform", name, everything), f"variants.{name}")
        card = value.get("card")
        card = card if isinstance(card, Mapping) else {}
        named = [(kind, kind, name) for kind in _CITED for name in value.get(kind) or ()]
        named += [(f"card.{key}", kind, card[key]) for key, kind in _CARD.items() if card.get(key)]
        named += [("card.facts", "facts", name) for name in card.get("facts") or ()]
        for path, kind, name in named:
            if name not in self.there.ledger.of(kind):
                self.say(
                    item,
                    self.unknown(f"record in posts/ledger/{kind}.yaml", name, self.there.ledger.of(kind)),
                    path,
                )

    @staticmethod
    def unknown(what: str, name: str, known: Mapping[str, Any] | tuple[str, ...]) -> str:
        near = validation.nearest(str(name), list(known))
        alike = [one for one in known if one.startswith(f"{name}-")] if not near else []
        hint = (
            f"; did you mean {near or ', '.join(alike)}?"
            if near or alike
            else f"; there is: {', '.join(list(known)[:8])}"
        )
        return f"there is no {what} “{name}”{hint}"

    # ---- what it comes to

    def changes(
        self,
        rows: Mapping[str, Row],
        wanted: Mapping[str, dict[str, Any]],
        known: Mapping[str, Known],
    ) -> Iterator[Change]:
        for name, (item, _) in rows.items():
            there = known.get(name)
            if there is None:
                yield Change(item.row, name, self.into, new=True)
            else:
                yield Change(item.row, name, there.file, False, tuple(_differing(there.value, wanted[name])))

    def absent(self, rows: Mapping[str, Any], known: Mapping[str, Known]) -> Iterator[str]:
        """Posts that stand beside those of the sheet, and that it does not have: told, never deleted."""
        files = {known[name].file for name in rows if name in known}
        missing = [name for name, one in known.items() if one.file in files and name not in rows]
        if missing:
            more = f" and {len(missing) - 8} more" if len(missing) > 8 else ""
            yield (
                f"Not in the sheet, and left as they are: {', '.join(missing[:8])}{more}. "
                "To take a post out of the campaign, delete it in its file."
            )


def _remark(finding: Finding, item: Item) -> Remark:
    """A finding at its cell; one that is about no cell of the row is the row's."""
    return Remark(item.row, finding.column - 1 if finding.column else None, finding.message)


def _pictures(value: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every picture of a post, of its thread and of its variants, with the path of its file."""

    def of(holder: Any, base: str) -> Iterator[tuple[str, dict[str, Any]]]:
        for number, one in enumerate(holder.get("images") or () if isinstance(holder, Mapping) else ()):
            if isinstance(one, dict) and one.get("file"):
                yield f"{base}images.{number}.file", one

    yield from of(value, "")
    for number, part in enumerate(value.get("thread") or ()):
        yield from of(part, f"thread.{number}.")
    for name, variant in (value.get("variants") or {}).items():
        yield from of(variant, f"variants.{name}.")


def _differing(old: Any, new: Any, path: str = "") -> Iterator[str]:
    """The places where two values differ, as a person names them: `text en`, `images`."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in {**old, **new}:
            if not merging.same(old.get(key), new.get(key)):
                yield from _differing(old.get(key), new.get(key), f"{path} {key}".strip())
    else:
        yield path


__all__ = ["POSTS", "Change", "Proposal", "Proposing", "There"]
