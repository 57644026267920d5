"""One cell and one value: how a list, a truth or a number stands in a sheet, and what a cell there means."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from scheduler.content.characters import FORBIDDEN, describe
from scheduler.exchange.shape import Leaf
from scheduler.text import normalise

NONE = "none"
"""A list or map that is there and empty: no hashtags, no words in the picture."""

TAKEN_OUT = ("-", "–", "—")
"""What takes a value out of its post; an empty cell leaves it as it is."""

LONGEST = 70_000
"""Characters of one cell; more than any platform takes."""

# Spreadsheet programs take such a beginning for a formula; the apostrophe makes it text. A text that already
# begins so gets one more, so that exactly one can be taken off again. (A dash alone takes a value out.)
_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠–—]")
_TRUTHS = {
    **dict.fromkeys(("yes", "y", "true", "1", "x", "ja", "oui", "bəli", "да"), True),
    **dict.fromkeys(("no", "n", "false", "0", "nein", "non", "xeyr", "нет"), False),
}
_ANY_SPACE = re.compile(r"[\s,;]+")
_COMMAS = re.compile(r"[,;]")


def guarded(text: str) -> str:
    """The text so that no spreadsheet program runs it as a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """The text without the apostrophe that `guarded` put before it."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text[1:]) else text


def words_of(cell: Any) -> str:
    """A cell as text in its one form (NFC, \\n): numbers as written by hand, days and times in ISO 8601."""
    match cell:
        case None:
            return ""
        case bool():
            return "yes" if cell else "no"
        case float() if cell.is_integer():
            return str(int(cell))
        case datetime():
            return cell.isoformat(" ", "minutes" if not cell.second else "seconds")
        case date():
            return cell.isoformat()
        case time():
            return cell.isoformat("minutes" if not cell.second else "seconds")
        case timedelta():
            return str(cell)
    return normalise.clean(unguarded(str(cell))).strip()


def unwanted(cell: Any) -> str | None:
    """What is wrong with a cell whatever it means: characters nobody sees, or far too many."""
    if not isinstance(cell, str):
        return None
    if len(cell) > LONGEST:
        return f"{len(cell):,} characters stand in this cell; no post is so long"
    if (bad := FORBIDDEN.search(cell.replace("\u2028", "\n").replace("\x85", "\n"))) is not None:
        return f"{describe(bad[0])}, stands in this cell; take it out"
    return None


def value(cell: Any, leaf: Leaf) -> Any:
    """What the cell says, as it would stand in YAML; what does not fit is kept for the reader to report."""
    words = words_of(cell)
    if leaf.many:
        return [_one(word, leaf) for word in _listed(words, leaf)]
    if isinstance(cell, datetime) and not (cell.hour or cell.minute or cell.second):
        words = cell.date().isoformat()
    return _one(words, leaf)


def _one(words: str, leaf: Leaf) -> Any:
    if leaf.type == "boolean":
        return _TRUTHS.get(words.casefold(), words)
    if leaf.type == "year" and re.fullmatch(r"\d{4}", words):
        return int(words)
    if leaf.type == "integer" and re.fullmatch(r"[+-]?\d{1,18}", words):
        return int(words)
    if leaf.type == "number" and re.fullmatch(r"[+-]?\d*\.?\d+", words):
        return float(words) if "." in words else int(words)
    if leaf.choices:
        said = re.sub(r"[\s_-]+", "-", words.casefold())
        return said if said in leaf.choices else words
    return words


def _listed(words: str, leaf: Leaf) -> list[str]:
    """`a, b` or one a line; ids and hashtags have no spaces in them, so a space parts them too."""
    if words.casefold() == NONE:
        return []
    if leaf.ids or words.startswith("#"):
        parts = _ANY_SPACE.split(words)
    else:
        parts = words.split("\n") if "\n" in words else _COMMAS.split(words)
    return [
        part.strip().removeprefix("#") if words.startswith("#") else part.strip() for part in parts if part
    ]


def cell(value: Any, name: str = "") -> Any:
    """What stands in the sheet for a value of YAML: text or a number. `name` is the field's."""
    match value:
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return value
        case list() | tuple():
            return _joined(value, name)
        case None:
            return None
    return str(value)


def _joined(values: Sequence[Any], name: str) -> str:
    if not values:
        return NONE
    words = [str(cell(one)) for one in values]
    if name == "hashtags":
        return " ".join(f"#{word.removeprefix('#')}" for word in words)
    if any(_COMMAS.search(word) for word in words) or words[0].startswith("#"):
        return "\n".join(words) if len(words) > 1 else f"{words[0]}\n"
    return f"{words[0]}," if len(words) == 1 and words[0].casefold() == NONE else ", ".join(words)
