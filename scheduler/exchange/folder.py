"""Writing folders for people: each file whole or not at all, and what is no longer true taken away."""

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath

from scheduler.errors import RunError

LIST = ".written.json"
"""What the last export wrote here, with the SHA-256 of each file: nothing else is ever removed."""


def few(names: Sequence[str], shown: int = 6) -> str:
    """The first of them, and how many more there are."""
    rest = len(names) - shown
    return ", ".join(names[:shown]) + (f" and {rest} more" if rest > 0 else "")


@dataclass(frozen=True)
class Filled:
    """`removed` were written by an earlier export and are out of date; `left` are such files that somebody
    has changed since, so they stayed.
    """

    removed: tuple[str, ...] = ()
    left: tuple[str, ...] = ()

    @property
    def told(self) -> Iterator[str]:
        """Both in words, where there is something to say."""
        if self.removed:
            yield f"Out of date, and removed: {few(self.removed)}"
        if self.left:
            yield f"Out of date, but changed by somebody, so left there: {few(self.left)}"


def fill(
    folder: Path, files: Mapping[str, bytes], speaks_for: Callable[[str], bool] = lambda name: True
) -> Filled:
    """Write `files` (names with / below `folder`) and remove what an earlier export wrote and this one has
    not, as far as this one `speaks_for` it: a part of everything leaves the rest as it was. Files of other
    people stay. Raises RunError where the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        before = _known(folder)
        # On record first: what a crash leaves behind is then still known to be ours.
        ours = {name: sha256(data).hexdigest() for name, data in files.items()}
        _write(folder / LIST, json.dumps({**before, **ours}, indent=1, ensure_ascii=False).encode())
        for name, data in files.items():
            _write(folder / name, data)
        rest = {name: look for name, look in before.items() if name not in files}
        done = _remove(folder, {name: look for name, look in rest.items() if speaks_for(name)})
        others = {name: look for name, look in rest.items() if not speaks_for(name)}
        _write(folder / LIST, json.dumps({**others, **ours}, indent=1, ensure_ascii=False).encode())
    except OSError as error:
        raise RunError(
            f"{folder} cannot be written ({error.strerror or error}); "
            "make it writable, free some space, or name another place with --out"
        ) from None
    return done


def write(path: Path, data: bytes) -> None:
    """One file, whole or not at all. Raises RunError where it cannot be written."""
    try:
        _write(path, data)
    except OSError as error:
        raise RunError(
            f"{path} cannot be written ({error.strerror or error}); name another with --out"
        ) from None


def _known(folder: Path) -> dict[str, str]:
    """What stands in the list; a damaged one knows nothing, and then nothing is removed."""
    try:
        found = json.loads((folder / LIST).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {name: str(look) for name, look in found.items() if _is_below(name)}


def _is_below(name: str) -> bool:
    """A name that leads nowhere else, whoever wrote the list."""
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and "\\" not in name and ":" not in name


def _remove(folder: Path, stale: Mapping[str, str]) -> Filled:
    removed, left = [], []
    for name, look in stale.items():
        path = folder / name
        if not path.is_file() or path.is_symlink():
            continue
        if sha256(path.read_bytes()).hexdigest() != look:
            left.append(name)
            continue
        path.unlink()
        removed.append(name)
        _remove_empty(path.parent, folder)
    return Filled(tuple(removed), tuple(left))


def _remove_empty(path: Path, top: Path) -> None:
    while path != top and not any(path.iterdir()):
        path.rmdir()
        path = path.parent


def _write(path: Path, data: bytes) -> None:
    """Atomically; a file that is as it should be is not touched, so that its date tells of a change."""
    if path.is_file() and not path.is_symlink() and path.read_bytes() == data:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
