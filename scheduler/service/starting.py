"""Starting a campaign's folder: all files are made aside, then put in place; nothing is written over."""

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from scheduler import config as configuration
from scheduler.errors import InputError, RunError
from scheduler.service import first_files
from scheduler.service.first_ledger import HOME
from scheduler.service.questions import Answers, NewChannel

ALWAYS = (
    *("config.yaml", "posts", ".env", ".env.example", ".gitignore", ".vscode/settings.json"),
    first_files.START,
)
"""What every campaign has or will have: looked for before anybody answers seven questions."""

SAMPLE = ("config.yaml", "posts", "assets")
"""The sample campaign, as it lies beside the program."""


def start(folder: Path, answers: Answers) -> tuple[str, ...]:
    """Write a new campaign; answers its files, as paths from the folder. Raises InputError or RunError."""
    return write(folder, first_files.all_files(answers))


def from_sample(folder: Path) -> tuple[str, ...]:
    """Copy the sample campaign, without what was made from it. Raises InputError or RunError."""
    missing = [name for name in SAMPLE if not (HOME / name).exists()]
    if missing:
        raise InputError(
            f"The sample campaign is not beside this program ({HOME} has no {missing[0]}); "
            "start with a few questions instead: init without --from-sample"
        )
    return write(folder, first_files.around(_channels_of_sample()), _sample_files())


def _channels_of_sample() -> tuple[NewChannel, ...]:
    config, _ = configuration.load(HOME / "config.yaml")
    channels = config.channels.values() if config is not None else ()
    return tuple(NewChannel(one.name, one.platform, one.language) for one in channels)


def _sample_files() -> dict[str, Path]:
    found: dict[str, Path] = {}
    for name in SAMPLE:
        top = HOME / name
        inside = (path for path in sorted(top.rglob("*")) if path.is_file()) if top.is_dir() else (top,)
        found |= {
            path.relative_to(HOME).as_posix(): path for path in inside if "__pycache__" not in path.parts
        }
    return found


def in_the_way(folder: Path, files: Iterable[str]) -> list[str]:
    """Those of the files that are there already; in its own folder the program has its run.py."""
    return [name for name in files if os.path.lexists(folder / name) and not _starts_here(folder, name)]


def _starts_here(folder: Path, name: str) -> bool:
    return name == first_files.START and folder.resolve() == HOME.resolve()


def require_room(folder: Path) -> None:
    """Raise InputError where a campaign, or anything but a folder, is there already."""
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file; name a folder for the new campaign")
    if there := in_the_way(folder, ALWAYS):
        raise InputError(
            f"{folder / there[0]} is there already, and nothing is written over; "
            "name another folder (python run.py init our-campaign), or put it elsewhere for now"
        )


def write(
    folder: Path, texts: Mapping[str, str], copies: Mapping[str, Path] | None = None
) -> tuple[str, ...]:
    """All the files or none. Raises InputError where one is there already, RunError where none can be."""
    texts = {name: text for name, text in texts.items() if not _starts_here(folder, name)}
    names = tuple(sorted((*texts, *(copies or {})), key=lambda name: (name == "config.yaml", name)))
    require_room(folder)
    if there := in_the_way(folder, names):
        raise InputError(f"{folder}: {', '.join(there)} there already, and nothing is written over")
    try:
        with _aside(folder) as made:
            for name, text in texts.items():
                path = made / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8", newline="\n")
            for name, original in (copies or {}).items():
                (made / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(original, made / name)
            _put_in_place(made, folder, names)
    except OSError as error:
        raise RunError(f"{folder} cannot be written ({error.strerror}); choose another folder") from None
    return names


@contextmanager
def _aside(folder: Path) -> Iterator[Path]:
    """A folder of its own on the same disk, gone afterwards whatever happens."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    near = folder if folder.is_dir() else folder.parent
    made = Path(tempfile.mkdtemp(prefix=".init-", dir=near))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _put_in_place(made: Path, folder: Path, names: tuple[str, ...]) -> None:
    """Link each file, which fails where one has come up meanwhile; on failure none stays."""
    done: list[Path] = []
    try:
        for name in names:
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            _appear(made / name, target)
            done.append(target)
    except BaseException:
        for path in done:
            path.unlink(missing_ok=True)
        raise


def _appear(made: Path, target: Path) -> None:
    try:
        os.link(made, target)
    except FileExistsError:
        raise
    except OSError:  # a disk without links
        with target.open("xb") as stream:
            stream.write(made.read_bytes())
