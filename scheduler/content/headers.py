"""The line at the top of a file we write that tells an editor which schema the file has."""

import os
from collections.abc import Sequence
from pathlib import Path

from scheduler.model import RECORDS

FOLDERS: Sequence[str] = (".vscode/schemas", "docs/reference/schemas")
"""Where a campaign's folder may have its schemas: written by `init`, or beside the program itself."""

CONFIG, POST = "config", "post"


def schema_line(file: Path, root: Path) -> str:
    """`# yaml-language-server: $schema=…` with its line end, for a file in the campaign's folder `root`; ""
    where the folder has no schemas.
    """
    for folder in FOLDERS:
        target = root / folder / f"{schema_of(file)}.json"
        if target.is_file():
            return line(os.path.relpath(target, file.parent))
    return ""


def schema_of(file: Path) -> str:
    """`facts` for posts/ledger/facts.yaml, `config` for config.yaml, `post` for whatever else we write."""
    if file.parent.name == "ledger" and file.stem in RECORDS:
        return file.stem
    return CONFIG if file.name == "config.yaml" else POST


def line(address: str) -> str:
    """The line itself, with the schema's path from the file's own folder."""
    return f"# yaml-language-server: $schema={Path(address).as_posix()}\n"
