"""A line cut into runs of one direction, one script and one font, in the order in which they are seen."""

import unicodedata
from functools import lru_cache
from typing import NamedTuple

import regex  # type: ignore[import-untyped]

from scheduler.cards import bidi, faces, fonts
from scheduler.cards.faces import INVISIBLE, MARKS, Run
from scheduler.cards.fonts import Family
from scheduler.errors import CardError

HAS_LETTERS = regex.compile(r"\p{L}")

REFUSED = frozenset("\u202a\u202b\u202c\u202d\u202e")
"""Embeddings and overrides: they show words in another order than they are read and approved in."""

Around = tuple[str, str]
"""What stands before and after a line in its paragraph; it can decide the direction of numbers and marks."""


class Style(NamedTuple):
    """A cut of a family. `fonts` are files of the campaign's own, tried after the shipped ones."""

    family: Family
    weight: int = 400
    fonts: tuple[str, ...] = ()


@lru_cache(maxsize=1_000)
def of(text: str, language: str, style: Style, around: Around) -> tuple[Run, ...]:
    """A line's runs from left to right: each grapheme goes to the first font with all of it, spaces stay."""
    used = set(text)
    if not REFUSED.isdisjoint(used):
        control = next(c for c in text if c in REFUSED)
        raise CardError(
            f"“{_short(text)}” holds an invisible direction control (U+{ord(control):04X}): delete it"
        )
    levels = _levels(text, language, around)
    if text and len(set(levels)) == 1 and len(written := set(map(fonts.script, used)) - {""}) < 2:
        script = next(iter(written), fonts.script_of(language))
        face = fonts.chain(style.family, style.weight, style.fonts, script)[0]
        if used <= faces.drawable(face):
            return (Run(0, len(text), face, script, levels[0]),)
    scripts = _scripts(text, levels, language)
    runs: list[Run] = []
    for found in regex.finditer(r"\X", text):
        start, end = found.span()
        level, script = levels[start], scripts[start]
        needed = [c for c in found[0] if c not in INVISIBLE and unicodedata.category(c) != "Zs"]
        last = runs[-1] if runs else None
        together = last is not None and (last.level, last.script) == (level, script)
        if not needed and last is not None and together:
            face = last.face
        else:
            chain = fonts.chain(style.family, style.weight, style.fonts, script)
            face = next((face for face in chain if all(ord(c) in faces.letters(face) for c in needed)), "")
            if not face:
                _refuse(needed, chain, text)
        if last is not None and together and last.face == face:
            runs[-1] = last._replace(end=end)
        else:
            runs.append(Run(start, end, face, script, level))
    return tuple(runs[place] for place in bidi.order([run.level for run in runs]))


def _levels(text: str, language: str, around: Around) -> tuple[int, ...]:
    base = bidi.base(language)
    if not base and not bidi.turns(text) and not bidi.turns(around[0]):
        return (0,) * len(text)
    before, after = (unicodedata.normalize("NFC", part) for part in around)
    before += " " if before else ""
    whole = f"{before}{text} {after}" if after else before + text
    if base and not bidi.turns(whole) and HAS_LETTERS.search(whole):
        return (0,) * len(text)  # a name or hashtag of another script is a line of its own direction
    return bidi.levels(whole, base, len(before), len(before) + len(text))


def _scripts(text: str, levels: tuple[int, ...], language: str) -> list[str]:
    """The script of each character; what scripts share takes that of its neighbours at the same level."""
    scripts = [fonts.script(character) for character in text]
    usual = fonts.script_of(language)
    start = 0
    while start < len(text):
        end = start
        while end < len(text) and levels[end] == levels[start]:
            end += 1
        known = next((script for script in scripts[start:end] if script), usual)
        for place in range(start, end):
            known = scripts[place] = scripts[place] or known
        start = end
    return scripts


def _refuse(needed: list[str], chain: tuple[str, ...], text: str) -> None:
    missing = next((c for c in needed if not any(ord(c) in faces.letters(face) for face in chain)), needed[0])
    category = unicodedata.category(missing)
    if category in {"Cc", "Cn", "Co", "Cs"}:
        raise CardError(f"“{_short(text)}” holds a control character (U+{ord(missing):04X}): delete it")
    name = unicodedata.name(missing, "unnamed character")
    looked = ", ".join(fonts.name(face) for face in chain)
    raise CardError(
        f"the card's fonts ({looked}) have no “{missing}” (U+{ord(missing):04X}, {name}) "
        f"in “{_short(text)}”: {fonts.cure(missing, category)}"
    )


def _short(text: str) -> str:
    shown = "".join(c if c.isprintable() else " " for c in text if c not in REFUSED | MARKS)
    return shown if len(shown) <= 40 else shown[:39] + "…"
