"""Characters that have no place in what staff write, found before a parser or a platform stumbles on them."""

import re
import unicodedata

BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Bidirectional controls: text would read differently from what it is."""

UNREADABLE = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
"""Controls, lone surrogates, byte order marks inside the text, and line ends that editors do not show."""

FORBIDDEN = re.compile(f"{UNREADABLE.pattern}|{BIDI.pattern}")


def describe(character: str) -> str:
    """The character for a person: `U+202E (RIGHT-TO-LEFT OVERRIDE), which does not show`."""
    name = unicodedata.name(character, "a control character")
    return f"U+{ord(character):04X} ({name}), which does not show"


def place(text: str, offset: int) -> tuple[int, int]:
    """Line and column of an offset, both from 1; lines end with \\n, \\r\\n or \\r."""
    before = text[:offset].removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return before.count("\n") + 1, len(before) - before.rfind("\n")
