"""Which way each character of a paragraph runs: the Unicode Bidirectional Algorithm (UAX #9), in full.

Levels are even for left to right and odd for right to left; None for what the algorithm leaves out (embedding
controls and other characters without a place). Rule names in comments are the standard's.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

import regex  # type: ignore[import-untyped]

RIGHT_TO_LEFT = frozenset({"ar", "azb", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})
"""Languages whose lines begin at the right; a script subtag ("az-Arab") counts too."""

DEEPEST = 125
"""BD2: levels go no deeper."""

MOST_OPEN = 63
"""BD16: brackets open at once before pairing is given up."""

EMBEDDINGS = frozenset({"LRE", "RLE", "LRO", "RLO"})
ISOLATES = frozenset({"LRI", "RLI", "FSI"})
REMOVED = EMBEDDINGS | {"PDF", "BN"}
NEUTRAL = frozenset({"B", "S", "WS", "ON", "PDI"}) | ISOLATES
TRAILING = frozenset({"WS", "PDI", "BN", "PDF"}) | ISOLATES | EMBEDDINGS
OVERRIDE = {"LRO": "L", "RLO": "R"}
AS_STRONG = {"L": "L", "R": "R", "EN": "R", "AN": "R"}

_OPENING = (
    "0028 005B 007B 0F3A 0F3C 169B 2045 207D 208D 2308 230A 2329 2768 276A 276C 276E 2770 2772 2774 27C5 "
    "27E6 27E8 27EA 27EC 27EE 2983 2985 2987 2989 298B 298D 298F 2991 2993 2995 2997 29D8 29DA 29FC 2E22 "
    "2E24 2E26 2E28 2E55 2E57 2E59 2E5B 3008 300A 300C 300E 3010 3014 3016 3018 301A FE59 FE5B FE5D FF08 "
    "FF3B FF5B FF5F FF62"
)
_APART = {0x5B: 0x5D, 0x7B: 0x7D, 0x298D: 0x2990, 0x298F: 0x298E, 0xFF3B: 0xFF3D, 0xFF5B: 0xFF5D}
_SAME = {"\u2329": "\u3008", "\u232a": "\u3009"}
"""Canonically equivalent brackets: each pairs with the other's partner."""

BRACKETS = {
    chr(start): chr(_APART.get(start, start + 1)) for start in (int(code, 16) for code in _OPENING.split())
}
"""Opening and closing brackets. Source: Unicode Character Database, BidiBrackets.txt."""

CLOSING = frozenset(BRACKETS.values())
MAY_TURN = regex.compile(
    r"[\p{bc=R}\p{bc=AL}\p{bc=AN}\p{bc=LRE}\p{bc=RLE}\p{bc=LRO}\p{bc=RLO}\p{bc=LRI}\p{bc=RLI}\p{bc=FSI}]"
)


@lru_cache(maxsize=256)
def base(language: str) -> int:
    """The level of a language's own lines: 0 from the left, 1 from the right."""
    parts = language.split("-")
    if len(parts) > 1 and parts[1] in {"Arab", "Hebr", "Latn", "Cyrl"}:
        return int(parts[1] in {"Arab", "Hebr"})
    return int(parts[0] in RIGHT_TO_LEFT)


@lru_cache(maxsize=2_000)
def turns(text: str) -> bool:
    """Whether anything in a text runs from right to left or changes direction."""
    return MAY_TURN.search(text) is not None


@lru_cache(maxsize=2_000)
def levels(text: str, base: int | None = None, start: int = 0, end: int | None = None) -> tuple[int, ...]:
    """The level of each character of a line `text[start:end]` of a paragraph; those left out follow the one
    before.
    """
    kinds = [unicodedata.bidirectional(character) or "L" for character in text]
    base, resolved = resolve(kinds, base, text)
    line, kept = line_levels(kinds[start:end], resolved[start:end], base), base
    return tuple(kept := level if level is not None else kept for level in line)


def resolve(kinds: Sequence[str], base: int | None = None, text: str = "") -> tuple[int, list[int | None]]:
    """The paragraph's level and that of each character, from its bidirectional class; no line broken yet.

    Without `base` the first strong character decides (P2, P3). Brackets are paired where `text` is given.
    """
    partners = _isolates(kinds)
    if base is None:
        base = _first_strong(kinds, partners, 0, len(kinds))
    depths, types = _explicit(kinds, partners, base)
    for places, before, after in _sequences(kinds, partners, depths, base):
        _sequence(places, before, after, depths, types, kinds, text)
    return base, depths


def line_levels(kinds: Sequence[str], levels: Sequence[int | None], base: int) -> list[int | None]:
    """L1: separators, and white space before them or at the line's end, take the paragraph's level."""
    line, trailing = list(levels), True
    for place in range(len(kinds) - 1, -1, -1):
        if kinds[place] in ("B", "S"):
            trailing = True
        elif kinds[place] not in TRAILING:
            trailing = False
        if trailing and line[place] is not None:
            line[place] = base
    return line


def order(levels: Sequence[int]) -> list[int]:
    """L2: the places of a line's runs or characters from left to right."""
    places = list(range(len(levels)))
    odd = [level for level in levels if level % 2]
    if not odd:
        return places
    for depth in range(max(levels), min(odd) - 1, -1):
        start = None
        for at in range(len(levels) + 1):
            # Reversing at a depth moves no place across the border of a run that is shallower.
            deep = at < len(levels) and levels[places[at]] >= depth
            if deep and start is None:
                start = at
            elif not deep and start is not None:
                places[start:at] = places[start:at][::-1]
                start = None
    return places


def _isolates(kinds: Sequence[str]) -> dict[int, int]:
    """BD9: each isolate initiator and its closing PDI, both ways."""
    found: dict[int, int] = {}
    opened: list[int] = []
    if not ISOLATES.isdisjoint(kinds):
        for place, kind in enumerate(kinds):
            if kind in ISOLATES:
                opened.append(place)
            elif kind == "PDI" and opened:
                found[place] = opened.pop()
                found[found[place]] = place
    return found


def _first_strong(kinds: Sequence[str], partners: dict[int, int], start: int, end: int) -> int:
    """P2, P3: 1 where the first strong character outside isolates runs from the right, else 0."""
    place = start
    while place < end:
        kind = kinds[place]
        if kind in ISOLATES:
            place = partners.get(place, end)
        elif kind in ("L", "R", "AL"):
            return int(kind != "L")
        place += 1
    return 0


def _explicit(
    kinds: Sequence[str], partners: dict[int, int], base: int
) -> tuple[list[int | None], list[str]]:
    """X1 to X9: levels by controls, and classes with overrides laid over them."""
    depths: list[int | None] = [base] * len(kinds)
    types = list(kinds)
    if REMOVED.isdisjoint(kinds) and not (partners or ISOLATES & set(kinds)):
        return depths, types
    stack: list[tuple[int, str, bool]] = [(base, "", False)]
    lost_isolates = lost_embeddings = isolates = 0
    for place, kind in enumerate(kinds):
        if kind in EMBEDDINGS or kind in ISOLATES:
            isolate, wanted = kind in ISOLATES, kind
            depths[place] = stack[-1][0] if isolate else None
            if isolate:
                types[place] = stack[-1][1] or kind
            if kind == "FSI":
                rest = partners.get(place, len(kinds))
                wanted = "RLI" if _first_strong(kinds, partners, place + 1, rest) else "LRI"
            level = stack[-1][0]
            deeper = level + 1 + (level % 2 if wanted[0] == "R" else (level + 1) % 2)
            if deeper <= DEEPEST and not lost_isolates and not lost_embeddings:
                isolates += isolate
                stack.append((deeper, OVERRIDE.get(kind, ""), isolate))
            elif isolate:
                lost_isolates += 1
            elif not lost_isolates:
                lost_embeddings += 1
            continue
        if kind == "PDI":
            if lost_isolates:
                lost_isolates -= 1
            elif isolates:
                lost_embeddings = 0
                while not stack.pop()[2]:
                    pass
                isolates -= 1
        elif kind == "PDF":
            if lost_embeddings and not lost_isolates:
                lost_embeddings -= 1
            elif not lost_isolates and len(stack) > 1 and not stack[-1][2]:
                stack.pop()
        if kind in ("PDF", "BN"):
            depths[place] = None
        elif kind != "B":
            depths[place] = stack[-1][0]
            types[place] = stack[-1][1] or kind
    return depths, types


def _sequences(
    kinds: Sequence[str], partners: dict[int, int], depths: Sequence[int | None], base: int
) -> Iterable[tuple[list[int], str, str]]:
    """X10: isolating run sequences with the direction before and after each."""
    kept = [place for place, depth in enumerate(depths) if depth is not None]
    if not kept:
        return []
    runs = [[kept[0]]]
    for before, place in pairwise(kept):
        if depths[place] == depths[before]:
            runs[-1].append(place)
        else:
            runs.append([place])
    left, right = _neighbours(kept, depths, base)
    found: list[list[int]] = []
    waiting: dict[int, list[int]] = {}
    for run in runs:
        opener = partners.get(run[0], -1) if kinds[run[0]] == "PDI" else -1
        if opener in waiting:
            sequence = waiting.pop(opener)
            sequence += run
        else:
            sequence = run
            found.append(run)
        if kinds[sequence[-1]] in ISOLATES and sequence[-1] in partners:
            waiting[sequence[-1]] = sequence
    borders = []
    for sequence in found:
        first, last = sequence[0], sequence[-1]
        level = depths[first] or 0
        beyond = base if kinds[last] in ISOLATES else right[last]
        borders.append((sequence, "LR"[max(level, left[first]) % 2], "LR"[max(level, beyond) % 2]))
    return borders


def _neighbours(
    kept: Sequence[int], depths: Sequence[int | None], base: int
) -> tuple[dict[int, int], dict[int, int]]:
    """The level before and after each place that counts; the paragraph's own at its ends."""
    values = [depths[place] or 0 for place in kept]
    return dict(zip(kept, [base, *values], strict=False)), dict(zip(kept, [*values[1:], base], strict=True))


def _sequence(
    places: Sequence[int],
    before: str,
    after: str,
    depths: list[int | None],
    types: Sequence[str],
    kinds: Sequence[str],
    text: str,
) -> None:
    """W1 to I2 for one isolating run sequence: its levels, written into `depths`."""
    level = depths[places[0]] or 0
    own = "LR"[level % 2]
    line = [types[place] for place in places]
    marks = "NSM" in line
    _weak(line, before)
    if text:
        _paired(line, places, text, own, before, [types[place] == "NSM" for place in places] if marks else [])
    _neutral(line, own, before, after)
    for place, kind in zip(places, line, strict=True):
        if level % 2:
            depths[place] = level + (kind != "R")
        elif kind != "L":
            depths[place] = level + (1 if kind == "R" else 2)


def _weak(line: list[str], before: str) -> None:
    """W1 to W7, in place."""
    present = set(line)
    if present <= {"L", "R", *NEUTRAL}:
        return
    last = strong = before
    for place, kind in enumerate(line):
        if kind == "NSM":  # W1
            kind = "ON" if last in ISOLATES or last == "PDI" else last
            line[place] = kind
        last = kind
        if kind in ("L", "R", "AL"):
            strong = kind
        elif kind == "EN" and strong == "AL":  # W2
            line[place] = "AN"
    if "AL" in present:
        line[:] = ["R" if kind == "AL" else kind for kind in line]  # W3
    if not present.isdisjoint(("ES", "CS", "ET")):
        _separators(line)
    if "EN" in present:
        strong = before
        for place, kind in enumerate(line):
            if kind in ("L", "R"):
                strong = kind
            elif kind == "EN" and strong == "L":
                line[place] = "L"  # W7


def _separators(line: list[str]) -> None:
    """W4 to W6: what stands in or beside a number belongs to it, other such signs are neutral."""
    for place in range(1, len(line) - 1):
        kind, left = line[place], line[place - 1]
        if left == line[place + 1] and (
            (kind == "CS" and left in ("EN", "AN")) or (kind == "ES" and left == "EN")
        ):
            line[place] = left
    place = 0
    while place < len(line):
        end = place
        while end < len(line) and line[end] == "ET":
            end += 1
        if end > place and (line[place - 1 : place] == ["EN"] or line[end : end + 1] == ["EN"]):
            line[place:end] = ["EN"] * (end - place)
        place = max(end, place + 1)
    line[:] = ["ON" if kind in ("ES", "ET", "CS") else kind for kind in line]


def _pairs(line: Sequence[str], places: Sequence[int], text: str) -> list[tuple[int, int]]:
    """BD16: pairs of brackets, as places in the line, in the order of their opening ones."""
    opened: list[tuple[str, int]] = []
    found: list[tuple[int, int]] = []
    for at, kind in enumerate(line):
        if kind != "ON":
            continue
        character = _SAME.get(text[places[at]], text[places[at]])
        if character in BRACKETS:
            if len(opened) == MOST_OPEN:
                return []
            opened.append((BRACKETS[character], at))
        elif character in CLOSING:
            for depth in range(len(opened) - 1, -1, -1):
                if opened[depth][0] == character:
                    found.append((opened[depth][1], at))
                    del opened[depth:]
                    break
    return sorted(found)


def _paired(
    line: list[str], places: Sequence[int], text: str, own: str, before: str, marks: Sequence[bool]
) -> None:
    """N0: a pair of brackets takes the direction of what it holds, in the light of what stands before."""
    for start, end in _pairs(line, places, text):
        inside = {AS_STRONG[kind] for kind in line[start + 1 : end] if kind in AS_STRONG}
        if not inside:
            continue
        taken = own
        if own not in inside:
            context = next((AS_STRONG[kind] for kind in reversed(line[:start]) if kind in AS_STRONG), before)
            taken = context if context != own else own
        for bracket in (start, end):
            line[bracket] = taken
            follower = bracket + 1
            while marks and follower < len(line) and marks[follower]:
                line[follower] = taken
                follower += 1


def _neutral(line: list[str], own: str, before: str, after: str) -> None:
    """N1, N2: neutrals between two of one direction take it, all others the embedding's."""
    start, strong = -1, before
    for place, kind in enumerate((*line, "")):
        if kind in NEUTRAL:
            start = place if start < 0 else start
            continue
        following = AS_STRONG.get(kind, after)
        if start >= 0:
            line[start:place] = [strong if strong == following else own] * (place - start)
            start = -1
        strong = following
