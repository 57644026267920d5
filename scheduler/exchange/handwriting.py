"""YAML as a person writes it: keys in their order, long texts folded, quotes only where they are needed."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from scheduler.content.characters import FORBIDDEN
from scheduler.content.edit import quote
from scheduler.content.tree import core

WIDTH = 110

POST = (
    *("id", "kind", "author", "when", "text", "hashtags", "link", "link_card", "channels", "card", "images"),
    *("alt", "facts", "people", "quotes", "recognitions", "offices", "positions", "warning", "thread"),
    *("variants", "replies", "corrects", "priority", "grace", "draft"),
)
"""The order of a post's keys."""

_RECORD_FIRST, _RECORD_LAST = ("id", "author"), ("sources", "approved_by", "review_by", "use", "note")
_BEGINS = re.compile(r"""[-?:,\[\]{}#&*!|>'"%@`=]""")
_HIDDEN = re.compile(f"[\t\r\n\x85\u2028\u2029]|{FORBIDDEN.pattern}")
_QUOTED_ANYWAY = re.compile(r"y|n|yes|no|on|off|[\d:]+:[\d:]+", re.IGNORECASE)


def rank(key: str) -> tuple[int, int]:
    """Where a key of a post or a record stands among the others; those of one rank keep their order."""
    for begins, names in ((0, _RECORD_FIRST), (3, _RECORD_LAST)):
        if key in names:
            return begins, names.index(key)
    return (1, POST.index(key)) if key in POST else (2, 0)


def post_rank(key: str) -> tuple[int, int]:
    """Where a key of a post stands; a key this order does not know stands last."""
    return 1, POST.index(key) if key in POST else len(POST)


def item(value: Mapping[str, Any]) -> str:
    """One post or record as an item of a list, beginning with `- id:` and ending with a line's end."""
    ordered = sorted(value, key=post_rank) if "kind" in value else _of_record(value)
    lines = "".join(entry(key, value[key], 2) for key in ordered)
    return f"- {lines[2:]}"


def _of_record(value: Mapping[str, Any]) -> list[str]:
    """A record's own fields keep the order of its form; who checked it, and from what, stands last."""
    return sorted(value, key=lambda key: rank(key) if key in (*_RECORD_FIRST, *_RECORD_LAST) else (1, 0))


def entry(key: str, value: Any, indent: int) -> str:
    """`key: value` on a line or several, each indented, with the last line's end."""
    start = f"{' ' * indent}{scalar(key)}:"
    flat = flow(value)
    if isinstance(value, str):
        return f"{start} {text(value, indent, len(start) + 1)}\n"
    if not isinstance(value, Mapping | list) or not value or _short(value, flat, len(start) + 1):
        return f"{start} {flat}\n"
    if isinstance(value, Mapping):
        return f"{start}\n" + "".join(entry(name, one, indent + 2) for name, one in value.items())
    return f"{start}\n" + "".join(listed(one, indent + 2) for one in value)


def listed(value: Any, indent: int) -> str:
    """One item of a list, on a line or several, with the last line's end."""
    flat, start = flow(value), " " * indent
    if not isinstance(value, Mapping) or not value:
        return f"{start}- {text(value, indent, indent + 2) if isinstance(value, str) else flat}\n"
    if indent + 2 + len(flat) <= WIDTH and not _breaks(value):
        return f"{start}- {flat}\n"
    lines = "".join(entry(name, one, indent + 2) for name, one in value.items())
    return f"{start}- {lines[indent + 2 :]}"


def _short(value: Any, flat: str, column: int) -> bool:
    """Whether a list or map stands well on its key's line."""
    if isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
        return False
    return column + len(flat) <= WIDTH and not _breaks(value)


def _breaks(value: Any) -> bool:
    """Whether a text in it has several lines."""
    if isinstance(value, Mapping):
        return any(_breaks(one) for one in value.values())
    if isinstance(value, list):
        return any(_breaks(one) for one in value)
    return isinstance(value, str) and "\n" in value


def text(words: str, indent: int, column: int) -> str:
    """A text behind its key, at `column`: on the line, folded below it (>-), or line by line (|-)."""
    flat = scalar(words)
    if "\n" not in words and column + len(flat) <= WIDTH:
        return flat
    inner = " " * (indent + 2)
    if not _blocks(words):
        return quote(words)
    if "\n" in words:
        return "|-\n" + "\n".join(f"{inner}{line}" if line else "" for line in words.split("\n"))
    lines = _folded(words, max(40, WIDTH - len(inner)))
    return ">-\n" + "\n".join(f"{inner}{line}" for line in lines) if len(lines) > 1 else flat


def _blocks(words: str) -> bool:
    """Whether a block keeps the text as it is: no tab, no space where lines begin or end, nothing hidden."""
    lines = words.split("\n")
    ragged = any(line != line.rstrip() for line in lines) or not lines[0] or not lines[-1]
    return not (ragged or lines[0].startswith(" ") or _HIDDEN.search(words.replace("\n", "")))


def _folded(words: str, width: int) -> list[str]:
    """Broken at single spaces alone, which folding turns back into single spaces."""
    if "  " in words:
        return [words]
    return textwrap.wrap(
        words, width, break_long_words=False, break_on_hyphens=False, fix_sentence_endings=False,
        expand_tabs=False, replace_whitespace=False, drop_whitespace=True,
    )  # fmt: skip


def flow(value: Any) -> str:
    """The value on one line, safe inside [ ] and { }."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(str(key), True)}: {flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(flow(one) for one in value) + "]"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return scalar(value, True) if isinstance(value, str) else quote(value)


def scalar(words: str, inside: bool = False) -> str:
    """A text on one line, in quotes where it needs them; `inside` [ ] or { } it needs them more often."""
    plain = (
        words == words.strip()
        and words
        and not _HIDDEN.search(words)
        and not _BEGINS.match(words)
        and ": " not in words
        and " #" not in words
        and not words.endswith(":")
        and isinstance(core(words), str)
        and not _QUOTED_ANYWAY.fullmatch(words)
        and not words.startswith(("---", "..."))
        and not (inside and re.search(r"[,\[\]{}]|:$|:\W", words) and not _address(words))
    )
    return words if plain else quoted(words)


def _address(words: str) -> bool:
    return re.fullmatch(r"https?://[^\s,\[\]{}]+", words) is not None


def quoted(words: str) -> str:
    """In double quotes, on one line."""
    written = quote(f'"{words}')  # the mark makes sure that it quotes
    return '"' + written[3:]
