"""Writing secrets into .env: in their own lines, everything else as it was, readable by its owner alone."""

import os
import re
import tempfile
from collections.abc import Mapping
from io import StringIO
from pathlib import Path

from dotenv.parser import parse_stream

from scheduler.errors import ConfigError

_PLAIN = re.compile(r"[A-Za-z0-9_\-./:+=@%,~|]+")


def put(path: Path, values: Mapping[str, str]) -> None:
    """Set variables, each in place of its line or at the end; whole or not at all, mode 600.

    Comments, other variables and their order stay. Raises ConfigError, never quoting what stands there.
    """
    path = path.resolve()  # a link stays one
    try:
        before = path.read_bytes().decode("utf-8") if path.exists() else ""
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: is not UTF-8; save it in your editor with the encoding UTF-8") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); mend its permissions") from None
    try:
        _write(path, changed(before, values))
    except OSError as error:
        words = "make its folder writable or free some space"
        raise ConfigError(f"{path}: cannot be written ({error.strerror}); {words}") from None


def changed(text: str, values: Mapping[str, str]) -> str:
    """The file's text with the variables set."""
    end = "\r\n" if "\r\n" in text else "\n"
    made, left = "", dict(values)
    for found in parse_stream(StringIO(text, newline="")):
        line = found.original.string
        if found.key is None or found.key not in values:
            made += line
        elif found.key in left:  # a second line of the same variable would count more than the first
            made += _in_place(line, found.key, left.pop(found.key), end)
    if left and made and not made.endswith(("\n", "\r")):
        made += end
    return made + "".join(f"{name}={_quoted(value)}{end}" for name, value in left.items())


def _in_place(line: str, name: str, value: str, end: str) -> str:
    """The line with another value; empty lines before it and an `export` are its own."""
    before = re.match(r"\s*(export[^\S\r\n]+)?", line)
    return f"{before[0] if before else ''}{name}={_quoted(value)}{end}"


def _quoted(value: str) -> str:
    if not value or _PLAIN.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _write(path: Path, text: str) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # made with mode 600
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
