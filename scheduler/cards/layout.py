"""Lines that read well: what must not be torn apart, and the least ragged breaks by dynamic programme."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate, pairwise
from math import ceil, floor, inf
from operator import add
from typing import NamedTuple

from scheduler.cards import bidi, binding, fonts, shape
from scheduler.cards.binding import BREAK, CLOSING, GLUE, JOIN, LIGHT, NARROW_JOIN, OPENING, SENTENCE_END
from scheduler.cards.binding import hang as hang
from scheduler.cards.binding import units as units
from scheduler.cards.shape import Around, Family, Style
from scheduler.errors import CardError
from scheduler.text import normalise

SMALLEST = 23
"""Pixels of the smallest letters on a card 1080 wide: about 8 on a telephone."""

RAGGED, LIGHT_END, CLAUSE_END, SHORT_LAST, LONE_WORD = 60.0, 6.0, 3.0, 300.0, 40.0
LEFT_BEHIND, NARROW, SMALLER, ONE_MORE, LEAST_SHARE, TORN = 20.0, 24.0, 25.0, 2.0, 0.82, 20.0
"""What the faults cost against each other; a clause's end at a line's end earns CLAUSE_END instead."""


CLAUSE, COMMA = frozenset(";.:!?؛؟。；：！？"), frozenset(",،、，")

LEADING = {"Arab": 1.2, "Hani": 1.12, "Hira": 1.12, "Kana": 1.12, "Hang": 1.08}
"""How much further apart than Latin ones lines of a script stand: for marks, and letters of full height."""

DEEP_MARKS, DEEP = frozenset("\u0650\u064d"), 1.42
"""Vowels that Arabic sets below its letters, and what takes the place of its distance where words have one:
under a deep letter they would stand on the next line's, and be read there.
"""

CAP, FALL = 0.67, 0.24
STATURE: dict[tuple[Family, str], tuple[float, float]] = {
    (Family.SERIF, "Arab"): (0.92, 0.48),
    (Family.SANS, "Arab"): (0.80, 0.38),
    (Family.SERIF, "Hebr"): (0.70, 0.20),
    **{(family, script): (0.80, 0.20) for family in Family for script in ("Hani", "Hira", "Kana", "Hang")},
}
"""How high a script's letters rise above the baseline and how deep they hang, in em; capitals elsewhere."""

CURE = "shorten it"
CURES = {
    "the quotation": "quote fewer whole sentences, or post it without a card",
    "the name": "a name is not shortened; post without a card, or give the post an image of its own",
}
"""What a person can do about words too long; neither names nor anybody's words are cut to size."""


@dataclass(frozen=True)
class Block:
    """Broken lines at a size, in pixels; all else in sizes: `leading` from baseline to baseline, `rise` the
    height of the first line's letters, `fall` what hangs below the last baseline.
    """

    lines: tuple[str, ...]
    size: float
    leading: float
    rise: float = CAP
    fall: float = FALL

    @property
    def height(self) -> float:
        return len(self.lines) * self.size * self.leading


@dataclass(frozen=True)
class Box:
    """Where a text may stand, in pixels, and how large its letters may be."""

    width: float
    height: float
    largest: float
    smallest: float
    leading: float = 1.26


@lru_cache(maxsize=128)
def fit(what: str, text: str, language: str, style: Style, box: Box, names: tuple[str, ...] = ()) -> Block:
    """Break `text` at the largest size that fits the box, or a little smaller where that breaks better.

    `what` names the text for the person, `names` are kept whole. Raises CardError when even the smallest size
    overflows, saying by how many characters, and when nothing of the text can be seen.
    """
    if normalise.is_blank(text):
        raise CardError(f"{what} has nothing that can be seen: write it, or take it out")
    bound = units(text, language, names)
    loose = binding.loose(text)
    for pieces, worth in ((_last_together(bound), 0.7), (bound, 0.0), (loose, 0.0)):
        setting = _Setting(pieces, language, style, box)
        if (largest := setting.largest()) is None:
            continue
        # A last word in company is worth smaller letters, but not letters smaller by a third.
        if largest < worth * box.largest:
            alone = _Setting(bound, language, style, box).largest()
            if alone is not None and largest < worth * alone:
                continue
        return setting.best(largest)
    raise CardError(_too_long(what, text, setting))


def stature(family: Family, language: str) -> tuple[float, float]:
    """How high letters of a language rise and how deep they hang, in em."""
    return STATURE.get((family, fonts.script_of(language)), (CAP, FALL))


def around(lines: Sequence[str], number: int) -> Around:
    """What stands before and after a line of a paragraph, where its direction can depend on that."""
    if not any(bidi.turns(line) for line in lines):
        return "", ""
    return " ".join(lines[:number]), " ".join(lines[number + 1 :])


def _last_together(pieces: tuple[str, ...]) -> tuple[str, ...]:
    """The same pieces with a lone last word joined to the one before, where that makes no giant.

    Three ideographs count as a word in company.
    """
    last = len(pieces) - 1
    while last > 1 and pieces[last - 1].endswith(BREAK) and len("".join(pieces[last:]).rstrip(CLOSING)) < 3:
        last -= 1
    if last < len(pieces) - 1:
        tail = pieces[last]
        for piece in pieces[last + 1 :]:
            tail = binding.together(tail, piece)
        return (*pieces[:last], tail)
    if len(pieces) < 3 or _in_company(pieces[-1]) or len(pieces[-2]) + len(pieces[-1]) > 26:
        return pieces
    return (*pieces[:-2], binding.together(pieces[-2], pieces[-1]))


def _in_company(piece: str) -> bool:
    """Whether a line of this piece alone is more than a lone word."""
    return not {JOIN, NARROW_JOIN, GLUE}.isdisjoint(piece)


def _too_long(what: str, text: str, setting: "_Setting") -> str:
    widths = setting.widths(setting.box.smallest)
    if max(widths) > setting.box.width:
        widest = widths.index(max(widths))
        return no_line(what, setting.pieces[widest], setting.box.width / widths[widest])
    over = max(1, len(text) - setting.room())
    return f"{what} is {len(text)} characters, about {over} too many for this card: {CURES.get(what, CURE)}"


def no_line(what: str, words: str, share: float) -> str:
    """The refusal of words of which one line holds only a `share` at the smallest size."""
    shown = words if len(words) <= 60 else f"{words[:59]}…"
    over = max(1, ceil(len(words) * (1 - share)))
    return (
        f"{what}: “{shown}” is too long for one line of this card, by about {over} "
        f"character{'s' if over > 1 else ''}: {CURES.get(what, CURE)}"
    )


class Measures(NamedTuple):
    """A text's pieces in em: how wide each is and the space behind it, and on one endless line where each
    begins and where a line before it would end. A line of `pieces[a:b]` is `ends[b] - starts[a]` long.
    """

    widths: tuple[float, ...]
    gaps: tuple[float, ...]
    starts: tuple[float, ...]
    ends: tuple[float, ...]
    widest: float


class Ends(NamedTuple):
    """What a line that ends before a piece costs: by its last word, and by that being a sentence's first."""

    words: tuple[float, ...]
    left_behind: tuple[float, ...]


Cuts = list[int]
"""The pieces that lines begin with, and behind the last of them how many there are."""

Edges = list[tuple[int, int]]
"""For each line the earliest and the latest piece that it can end before."""


@dataclass(frozen=True)
class _Setting:
    """One text being set: its unbreakable pieces and the box they go into."""

    pieces: tuple[str, ...]
    language: str
    style: Style
    box: Box

    def at(self, size: float) -> Measures:
        return _measures(self.pieces, self.language, self.style, shape.optical(size))

    @cached_property
    def costs(self) -> Ends:
        return _ends(self.pieces, self.language)

    def widths(self, size: float) -> list[float]:
        return [width * size for width in self.at(size).widths]

    def room(self) -> int:
        """How many characters the box holds at the smallest size."""
        cuts = [0, *self.greedy(self.box.smallest)][: self.rows(self.box.smallest) + 1]
        return sum(len(piece) + (not piece.endswith(BREAK)) for piece in self.pieces[: cuts[-1]])

    @cached_property
    def leading(self) -> float:
        script = fonts.script_of(self.language)
        if script == "Arab" and not DEEP_MARKS.isdisjoint("".join(self.pieces)):
            return self.box.leading * DEEP
        return self.box.leading * LEADING.get(script, 1.0)

    def rows(self, size: float) -> int:
        """Lines that the box has room for; what the script adds is needed between lines alone."""
        return max(0, 1 + floor((self.box.height / size - self.box.leading) / self.leading + 1e-6))

    def greedy(self, size: float) -> list[int]:
        """The piece each line ends before when every line is filled; [] when one is wider than the box."""
        (_, _, starts, ends, widest), limit = self.at(size), self.box.width / size
        if widest > limit:
            return []
        cuts, end, total = [], 0, len(self.pieces)
        while end < total:
            end = max(end + 1, bisect_right(ends, starts[end] + limit) - 1)
            cuts.append(end)
        return cuts

    def holds(self, size: float) -> bool:
        return 0 < len(self.greedy(size)) <= self.rows(size)

    def largest(self) -> float | None:
        """The largest whole-pixel step between the box's sizes at which the text fits, or None."""
        low, high = self.box.smallest, self.box.largest
        if not self.holds(low):
            return None
        while high - low >= 1:
            middle = (low + high) / 2
            low, high = (middle, high) if self.holds(middle) else (low, middle)
        return low

    def best(self, largest: float) -> Block:
        _, size, cuts = min(self._candidates(largest), key=lambda found: (found[0], -found[1]))
        lines = tuple(_joined(self.pieces[start:end]) for start, end in pairwise(cuts))
        size = self._within(lines, size)
        return Block(lines, size, self.leading, *stature(self.style.family, self.language))

    def _within(self, lines: tuple[str, ...], size: float) -> float:
        """Smaller where a line of two directions is wider than its words: marks take neighbours' fonts."""
        if not any(bidi.turns(line) for line in lines):
            return size
        shaped = (
            shape.shape(line, self.language, self.style, size, around(lines, number))
            for number, line in enumerate(lines)
        )
        fitting = self.box.width / max(line.advance for line in shaped)
        return min(size, max(self.box.smallest, fitting))

    def _candidates(self, largest: float) -> Iterator[tuple[float, float, Cuts]]:
        """Ways to set the text with what each costs, but for those that cannot cost less than one before."""
        # No break earns more than what all clauses' ends together would; the text's own end earns nothing.
        earned = sum(min(0.0, cost) for cost in self.costs.words[1:-1])
        size, cheapest = largest, inf
        while size >= max(self.box.smallest, largest * LEAST_SHARE):
            if (largest - size) / largest * SMALLER + earned > cheapest:
                return
            fewest = len(self.greedy(size))
            for count in (fewest, fewest + 1):
                if fewest and count <= min(self.rows(size), len(self.pieces)):
                    fixed = (largest - size) / largest * SMALLER
                    fixed += (count - fewest) * self.one_more(count, size)
                    if fixed + earned > cheapest:
                        continue
                    cost, cuts = self.breaks(count, size)
                    cheapest = min(cheapest, cost + fixed)
                    yield cost + fixed, size, cuts
            size -= max(1.0, largest / 45)

    def one_more(self, count: int, size: float) -> float:
        """The price of a line more than needed: high where it leaves a narrow column in a wide box."""
        whole = self.at(size).ends[-1] * size
        return ONE_MORE + NARROW * max(0.0, 0.6 - whole / count / self.box.width)

    def breaks(self, count: int, size: float) -> tuple[float, Cuts]:
        """The cheapest way to set the pieces in `count` lines, with its cost (infinite: there is none)."""
        measures, total = self.at(size), len(self.pieces)
        gaps = [gap * size for gap in measures.gaps]
        starts = [0.0, *accumulate(w * size + gap for w, gap in zip(measures.widths, gaps, strict=True))]
        space = sum(gaps[:-1]) / max(1, total - 1)
        ideal = max(1.0, (starts[-1] - gaps[-1] - space * (count - 1)) / count)
        best: dict[int, float] = {0: 0.0}
        came: list[dict[int, int]] = []
        for edge in self._edges(count, measures, self.box.width / size)[:-1]:
            best, before = self._line(best, edge, starts, gaps, ideal)
            came.append(before)
        cost, cut = self._end(best, starts[-1] - gaps[-1], starts, ideal)
        if cost == inf:
            return inf, []
        cuts = [total, cut]
        for before in reversed(came):
            cuts.append(before[cuts[-1]])
        return cost, cuts[::-1]

    def _line(
        self,
        best: dict[int, float],
        edge: tuple[int, int],
        starts: Sequence[float],
        gaps: Sequence[float],
        ideal: float,
    ) -> tuple[dict[int, float], dict[int, int]]:
        """One line more behind each beginning in `best`: the least cost by where it ends, and its start."""
        (earliest, latest), (words, left_behind), width = edge, self.costs, self.box.width
        following: dict[int, float] = {}
        before: dict[int, int] = {}
        for start, cost in best.items():
            begun = starts[start]
            for end in range(start + 1 if start >= earliest else earliest, latest + 1):
                length = starts[end] - begun - gaps[end - 1]
                if length > width:
                    break
                price = ((length - ideal) / ideal) ** 2 * RAGGED + words[end]
                price = cost + (price + left_behind[end] if end - start > 1 else price)
                if end not in following or price < following[end]:
                    following[end], before[end] = price, start
        return following, before

    def _end(
        self, best: dict[int, float], end: float, starts: Sequence[float], ideal: float
    ) -> tuple[float, int]:
        """The least cost with the last line, and where that begins."""
        found, last = (inf, 0), len(self.pieces) - 1
        for start, cost in best.items():
            if (length := end - starts[start]) > self.box.width:
                continue
            alone = start and start == last and not _in_company(self.pieces[start])
            price = (max(0.0, ideal * 0.55 - length) / ideal) ** 2 * SHORT_LAST + (
                LONE_WORD if alone else 0.0
            )
            if cost + price < found[0]:
                found = cost + price, start
        return found

    def _edges(self, count: int, measures: Measures, limit: float) -> Edges:
        """Where each of `count` lines of at most `limit` em can end, for all of them to fit."""
        (_, _, starts, ends, _), total = measures, len(self.pieces)
        latest, end = [], 0
        for row in range(1, count + 1):
            filled = bisect_right(ends, starts[end] + limit) - 1
            end = max(end, min(total - (count - row), filled))
            latest.append(end)
        earliest, start = [], total
        for row in range(count, 0, -1):
            earliest.append(start)
            start = max(row - 1, min(start, bisect_left(starts, ends[start] - limit)))
        return list(zip(reversed(earliest), latest, strict=True))


def _joined(pieces: Sequence[str]) -> str:
    return " ".join(pieces).replace(f"{BREAK} ", "").rstrip(BREAK)


@lru_cache(maxsize=128)
def _measures(pieces: tuple[str, ...], language: str, style: Style, optical: int) -> Measures:
    """The pieces measured at one optical size."""
    space = shape.advance(" ", language, style, optical)
    widths = shape.advances(pieces, language, style, optical)
    gaps = tuple([0.0 if piece[-1] == BREAK else space for piece in pieces])
    starts = (0.0, *accumulate(map(add, widths, gaps)))
    return Measures(widths, gaps, starts, (0.0, *map(add, starts, widths)), max(widths))


def _ends(pieces: tuple[str, ...], language: str) -> Ends:
    costs = [(0.0, 0.0)]
    light = LIGHT.get(language.split("-")[0], frozenset())
    for before, piece, following in zip(("", *pieces), pieces, (*pieces[1:], ""), strict=False):
        word = piece.rstrip(BREAK).split(JOIN)[-1]
        cost = LIGHT_END if word.strip(OPENING) in light else 0.0
        # In Japanese a word's endings and particles are kana: a line better begins with what is none.
        cost += LIGHT_END if piece.endswith(BREAK) and binding.HIRAGANA.match(following) else 0.0
        cost += TORN if binding.tears(piece, following, language) else 0.0
        cost -= CLAUSE_END if word[-1] in CLAUSE else CLAUSE_END / 2 if word[-1] in COMMA else 0.0
        ended = before.rstrip(CLOSING + BREAK)[-1:]
        costs.append((cost, LEFT_BEHIND if ended in SENTENCE_END and not piece.endswith(BREAK) else 0.0))
    words, left_behind = zip(*costs, strict=True)
    return Ends(words, left_behind)
