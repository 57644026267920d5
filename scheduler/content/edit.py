"""Changing one value of a YAML text in place: comments, order and everything else stay byte for byte."""

import json
import re
from collections.abc import Mapping

from scheduler.content.characters import UNREADABLE
from scheduler.content.tree import core
from scheduler.errors import ContentError
from scheduler.model import Span

Scalar = str | int | bool | None

_LINE_END = re.compile(r"\r\n|\r|\n")
_PLAIN = re.compile(r"\w(?:[\w .+/-]|:(?=\S))*")
# Words that YAML 1.1 tools would take for something else; spreadsheets and editors still do.
_QUOTED_ANYWAY = re.compile(r"y|n|yes|no|on|off|[0-9][0-9_]*|0b[01_]+", re.IGNORECASE)


def quote(value: Scalar) -> str:
    """The value as YAML on one line, safe inside [ ] and { }: in double quotes where it needs them."""
    if value is None:
        return "null"
    if not isinstance(value, str):
        return json.dumps(value)
    plain = _PLAIN.fullmatch(value) and not value.endswith(" ") and isinstance(core(value), str)
    if plain and value.isascii() and not _QUOTED_ANYWAY.fullmatch(value):
        return value
    written = json.dumps(value, ensure_ascii=False)
    return UNREADABLE.sub(_escape, written)


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if 0xD800 <= code <= 0xDFFF:
        raise ContentError("half a character (a lone surrogate) cannot be written to a file")
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def replace(text: str, span: Span, scalar: Scalar) -> str:
    """`text` with the value at `span` replaced; a value that is left empty (`when:`) is filled in."""
    before, after = text[: span.start], text[span.end :]
    gap = " " if span.start == span.end and not before.endswith((" ", "\n")) else ""
    return f"{before}{gap}{quote(scalar)}{after}"


def add(text: str, mapping: Mapping[str, Span], key: str, scalar: Scalar, behind: str = "id") -> str:
    """`text` with `key: scalar` added behind the entry `behind` of a mapping, given by its spans.

    The mapping must have the entry `behind`, on one line, and not yet have `key`.
    """
    entry, end = f"{quote(key)}: {quote(scalar)}", mapping[behind].end
    if text[mapping[""].start] == "{":
        return f"{text[:end]}, {entry}{text[end:]}"
    newline = found[0] if (found := _LINE_END.search(text)) else "\n"
    indent = " " * (mapping[f"~{behind}"].column - 1)
    line_end = _LINE_END.search(text, end)
    at = line_end.start() if line_end else len(text)
    return f"{text[:at]}{newline}{indent}{entry}{text[at:]}"
