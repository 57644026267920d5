"""Where the program's own pages lie: a campaign has its own folder, so a bare docs/… would lead nowhere."""

from pathlib import Path

import scheduler

HOME = Path(scheduler.__file__).resolve().parents[1]


def told(sentence: str, page: str) -> str:
    """The sentence with the page's place for its {}, from here where it lies below this folder.

    "" where the program came without its pages: `page` ("how-to/be-told.md") is below docs/.
    """
    path = HOME / "docs" / page
    return sentence.format(_from_here(path)) if path.exists() else ""


def _from_here(path: Path) -> Path:
    try:
        return path.relative_to(Path.cwd().resolve())
    except (ValueError, OSError):
        return path
