"""What was read from files that have not changed since, so that one changed file is one file to parse."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Ledgers = tuple[tuple[str, str, str], ...]
"""Path, kind and text of each file of the ledger."""


@dataclass
class Memory:
    """Of the last reading: what came of each file by path, text and languages; and of the whole ledger.

    What is kept is never changed by those who read it.
    """

    _files: dict[tuple[str, str, tuple[str, ...]], Any] = field(default_factory=dict)
    _next: dict[tuple[str, str, tuple[str, ...]], Any] = field(default_factory=dict)
    _ledger: tuple[Ledgers, Any] | None = None

    def of(self, path: str, text: str, languages: tuple[str, ...], make: Callable[[], Any]) -> Any:
        """What `make` gave for this very text, or gives now."""
        key = (path, text, languages)
        known = self._files.get(key)
        self._next[key] = made = known if known is not None else make()
        return made

    def ledger(self, files: Ledgers, make: Callable[[], Any]) -> Any:
        """What `make` gave for these very files, or gives now."""
        if self._ledger is None or self._ledger[0] != files:
            self._ledger = (files, make())
        return self._ledger[1]

    def done(self) -> None:
        """Files that were not asked for in this reading are forgotten."""
        self._files, self._next = self._next, {}
