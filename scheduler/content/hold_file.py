"""The HOLD file: whoever can put a file into the folder of the posts, from a phone too, stops everything."""

import codecs
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

REASON = 200
"""Characters of its first line that are shown."""

_NAME = "HOLD"
_READ = 4096
_WAITING = ".icloud"
_CODECS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True)
class HoldFile:
    """What was found: the names that stop everything, and the reason written in the first that has one."""

    names: tuple[str, ...]
    reason: str


def is_one(name: str) -> bool:
    """Whether a name stops everything: HOLD in any case, then its end or something that is no letter.

    Programs that sync folders make `HOLD (conflicted copy).txt` of it: rather one stop too many. A file that
    a Mac has been told of but has not fetched yet stands there as `.HOLD.txt.icloud`.
    """
    bare = name.strip()
    if bare.startswith(".") and bare.endswith(_WAITING):
        bare = bare[1:]
    return bare[: len(_NAME)].upper() == _NAME and not bare[len(_NAME) :][:1].isalpha()


def find(folder: Path) -> HoldFile | None:
    """What lies directly in the folder and stops everything, a folder of that name too; None where nothing
    does. Raises OSError where the folder cannot be read.
    """
    with os.scandir(folder) as entries:
        found = sorted((entry for entry in entries if is_one(entry.name)), key=lambda entry: entry.name)
    if not found:
        return None
    reasons = (_reason(entry) for entry in found)
    return HoldFile(tuple(entry.name for entry in found), next(filter(None, reasons), ""))


def _reason(entry: "os.DirEntry[str]") -> str:
    """Its first line that says anything; empty where it cannot be read: the name alone stops."""
    try:
        if not entry.is_file():
            return ""
        with Path(entry.path).open("rb") as stream:
            text = _decoded(stream.read(_READ))
    except OSError:
        return ""
    shown = ("".join(filter(str.isprintable, line)) for line in text.splitlines())
    return next((" ".join(line.split())[:REASON] for line in shown if line.strip()), "")


def _decoded(content: bytes) -> str:
    """UTF-8, UTF-16 or, as every byte means something there, Latin-1."""
    for mark, codec in _CODECS:
        if content.startswith(mark):
            return _begun(codec, content[len(mark) :])
    if b"\0" in content[:2]:
        return _begun("utf-16-be" if content[:1] == b"\0" else "utf-16-le", content)
    return _begun("utf-8", content)


def _begun(codec: str, content: bytes) -> str:
    """Decoded as far as it was read: the last character may have been cut."""
    decode: Callable[..., str] = codecs.getincrementaldecoder(codec)().decode
    try:
        return decode(content, False)
    except UnicodeDecodeError:
        return content.decode("latin-1")
