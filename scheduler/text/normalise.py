"""The one form all text has inside the program: NFC, newlines as \\n, no invisible direction controls."""

import re
import unicodedata

import regex  # type: ignore[import-untyped]

# Embedding, override and isolate controls can show a reader other words than an approver checked. The
# plain marks U+200E and U+200F stay: they only help a full stop to its place in right-to-left text.
_DIRECTION_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")
# Signs no platform shows and some refuse: control characters, the byte-order mark, non-characters.
_UNSHOWN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff\ufffe\uffff]")
# Half of a surrogate pair, as a wrong escape in a file makes it, is no character and cannot be stored.
_HALF = re.compile("[\ud800-\udfff]")
# What leaves the page white; the fillers and the empty Braille sign count as letters and signs elsewhere.
_WHITE = regex.compile(r"[\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]*")
_NEWLINES = re.compile("\r\n|[\r\x85\u2028\u2029]")
_LINE_ENDS = re.compile(r"[ \t]+$", re.MULTILINE)


def nfc(text: str) -> str:
    """The text in Unicode's composed form (NFC), so that equal words are equal strings."""
    return unicodedata.normalize("NFC", text)


def clean(text: str) -> str:
    """NFC with \\n newlines, nothing invisible that misleads, no spaces at line ends, no empty lines around.

    Removed are direction controls and control characters; half a surrogate pair becomes U+FFFD.
    """
    # Controls go first: one between a letter and its accent would keep the two from composing.
    text = _UNSHOWN.sub("", _DIRECTION_CONTROLS.sub("", _NEWLINES.sub("\n", text)))
    return _LINE_ENDS.sub("", nfc(_HALF.sub("\ufffd", text))).strip("\n")


def is_blank(text: str) -> bool:
    """Whether nothing of it can be seen: spaces, direction marks, joiners and the like, or nothing at all."""
    return _WHITE.fullmatch(text) is not None
