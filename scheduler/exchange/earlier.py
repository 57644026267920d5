"""Which post a row without an id is: one that an earlier import made of it, here or under another name."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from scheduler.exchange import drafting, naming
from scheduler.exchange.drafting import Known


@dataclass(frozen=True)
class Earlier:
    """The posts there are. `into` is the file that takes what is new; a text without a language is in the
    first of `languages`.
    """

    known: Mapping[str, Known]
    into: str
    languages: tuple[str, ...]

    @cached_property
    def mine(self) -> frozenset[str]:
        """The posts in the sheet's own file, or in those it was split into."""
        return frozenset(name for name, one in self.known.items() if drafting.family(one.file) == self.into)

    @cached_property
    def _by_words(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name in self._in_order(self.mine):
            found.setdefault(str(self.known[name].value.get("text")), []).append(name)
        return found

    @cached_property
    def _by_time(self) -> Mapping[tuple[str, str], list[str]]:
        found: dict[tuple[str, str], list[str]] = {}
        for name in self._in_order(self.mine):
            found.setdefault(_time(self.known[name].value), []).append(name)
        return found

    @cached_property
    def _elsewhere(self) -> Mapping[tuple[str, str], list[str]]:
        """Posts of all other files by language and words."""
        found: dict[tuple[str, str], list[str]] = {}
        for name in self._in_order(self.known.keys() - self.mine):
            for said in self._said(self.known[name].value):
                found.setdefault(said, []).append(name)
        return found

    def _in_order(self, names: Container[str]) -> Iterator[str]:
        return (name for name in self.known if name in names)

    def here(self, name: str, value: Mapping[str, Any], taken: Container[str]) -> str | None:
        """The post of the sheet's own file: by the id made of day and first words, by the words alone, else
        by the time and the channels; None where none or several fit. `taken` are found already.
        """
        if (made := naming.free(name, taken)) in self.mine:
            return made
        alike = [one for one in self._by_words.get(str(value.get("text")), ()) if one not in taken]
        if not alike and value.get("when"):
            alike = [one for one in self._by_time.get(_time(value), ()) if one not in taken]
        return alike[0] if len(alike) == 1 else None

    def elsewhere(self, name: str, value: Mapping[str, Any], taken: Container[str]) -> str | None:
        """The post of another file that says the same, or has the id that this row gets for its words: a
        sheet saved under a new name must not say everything twice.
        """
        alike = [one for said in self._said(value) for one in self._elsewhere.get(said, ())]
        if name in self.known and naming.of_post(self.known[name].value, self.languages) == name:
            alike.append(name)
        return next((one for one in alike if one not in taken), None)

    def same(self, name: str, value: Mapping[str, Any]) -> bool:
        """Whether the post has the same words, time and channels."""
        there = self.known[name].value
        return _time(there) == _time(value) and there.get("text") == value.get("text")

    def _said(self, value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        texts = value.get("text") or {}
        texts = texts if isinstance(texts, Mapping) else {self.languages[0]: texts}
        return ((str(language), str(words)) for language, words in texts.items() if words)


def _time(value: Mapping[str, Any]) -> tuple[str, str]:
    return str(value.get("when")), str(value.get("channels"))
