"""Lines that read well: what must not be torn apart, and the least ragged breaks by dynamic programme."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise
from math import ceil, floor, inf

from scheduler.cards import bidi, binding, fonts, shape
from scheduler.cards.binding import BREAK, CLOSING, GLUE, JOIN, LIGHT, NARROW_JOIN, OPENING, SENTENCE_END
from scheduler.cards.binding import hang as hang
from scheduler.cards.binding import units as units
from scheduler.cards.shape import Around, Family, Style
from scheduler.errors import CardError

SMALLEST = 23
"""Pixels of the smallest letters on a card 1080 wide: about 8 on a telephone."""

RAGGED, LIGHT_END, CLAUSE_END, SHORT_LAST, LONE_WORD = 60.0, 6.0, 3.0, 300.0, 40.0
LEFT_BEHIND, NARROW, SMALLER, ONE_MORE, LEAST_SHARE, TORN = 20.0, 24.0, 25.0, 2.0, 0.82, 20.0
"""What the faults cost against each other; a clause's end at a line's end earns CLAUSE_END instead."""


CLAUSE, COMMA = frozenset(";.:!?؛؟。；：！？"), frozenset(",،、，")

LEADING = {"Arab": 1.2, "Hani": 1.12, "Hira": 1.12, "Kana": 1.12, "Hang": 1.08}
"""How much further apart than Latin ones lines of a script stand: for marks, and letters of full height."""

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
    overflows, saying by how many characters.
    """
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
    if setting.widest(setting.box.smallest) > setting.box.width:
        widths = setting.widths(setting.box.smallest)
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


@dataclass(frozen=True)
class _Setting:
    """One text being set: its unbreakable pieces and the box they go into."""

    pieces: tuple[str, ...]
    language: str
    style: Style
    box: Box

    def widths(self, size: float) -> list[float]:
        return [advance * size for advance in self._at(size)[:-1]]

    def gaps(self, size: float) -> list[float]:
        """The space behind each piece that another follows on the line."""
        space = self._at(size)[-1] * size
        return [0.0 if piece.endswith(BREAK) else space for piece in self.pieces]

    def _at(self, size: float) -> tuple[float, ...]:
        return _advances(self.pieces, self.language, self.style, shape.optical(size))

    def widest(self, size: float) -> float:
        return max(self.widths(size))

    def room(self) -> int:
        """How many characters the box holds at the smallest size."""
        filled = self.greedy(self.box.smallest)[: self.rows(self.box.smallest)]
        return sum(len(piece) + (not piece.endswith(BREAK)) for piece in self.pieces[: sum(filled)])

    @property
    def leading(self) -> float:
        return self.box.leading * LEADING.get(fonts.script_of(self.language), 1.0)

    def rows(self, size: float) -> int:
        """Lines that the box has room for; what the script adds is needed between lines alone."""
        return max(0, 1 + floor((self.box.height / size - self.box.leading) / self.leading + 1e-6))

    def greedy(self, size: float) -> list[int]:
        """Pieces in each line when every line is filled; [] when a piece is wider than the box."""
        lines: list[int] = []
        used, gap = inf, 0.0
        for width, behind in zip(self.widths(size), self.gaps(size), strict=True):
            if width > self.box.width:
                return []
            if used + gap + width > self.box.width:
                lines.append(0)
                used, gap = 0.0, 0.0
            used += gap + width
            gap = behind
            lines[-1] += 1
        return lines

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
        _, size, lines = min(self._candidates(largest), key=lambda found: (found[0], -found[1]))
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

    def _candidates(self, largest: float) -> Iterator[tuple[float, float, tuple[str, ...]]]:
        """Ways to set the text with what each costs, but for those that cannot cost less than one before."""
        # No break earns more than what all clauses' ends together would.
        earned = sum(min(0.0, cost) for cost, _ in _ends(self.pieces, self.language))
        size, cheapest = largest, inf
        while size >= max(self.box.smallest, largest * LEAST_SHARE):
            fewest = len(self.greedy(size))
            for count in (fewest, fewest + 1):
                if fewest and count <= min(self.rows(size), len(self.pieces)):
                    fixed = (largest - size) / largest * SMALLER
                    fixed += (count - fewest) * self.one_more(count, size)
                    if fixed + earned > cheapest:
                        continue
                    cost, lines = self.breaks(count, size)
                    cheapest = min(cheapest, cost + fixed)
                    yield cost + fixed, size, lines
            size -= max(1.0, largest / 45)

    def one_more(self, count: int, size: float) -> float:
        """The price of a line more than needed: high where it leaves a narrow column in a wide box."""
        whole = sum(self.widths(size)) + sum(self.gaps(size)[:-1])
        return ONE_MORE + NARROW * max(0.0, 0.6 - whole / count / self.box.width)

    def breaks(self, count: int, size: float) -> tuple[float, tuple[str, ...]]:
        """The cheapest way to set the pieces in `count` lines, with its cost (infinite: there is none)."""
        gaps, total = self.gaps(size), len(self.pieces)
        # Where each piece would begin on one endless line; `gaps` is what a break after it saves.
        starts = [0.0, *accumulate(width + gap for width, gap in zip(self.widths(size), gaps, strict=True))]
        space = sum(gaps[:-1]) / max(1, total - 1)
        ideal = max(1.0, (starts[-1] - gaps[-1] - space * (count - 1)) / count)
        edges = self._edges(count, starts, gaps)
        best: dict[int, float] = {0: 0.0}
        came: list[dict[int, int]] = []
        for row, (earliest, latest) in enumerate(edges, start=1):
            following: dict[int, float] = {}
            before: dict[int, int] = {}
            for start, cost in best.items():
                for end in range(max(start + 1, earliest), latest + 1):
                    length = starts[end] - starts[start] - gaps[end - 1]
                    if length > self.box.width:
                        break
                    price = cost + self._price(start, end, length, ideal, last=row == count)
                    if price < following.get(end, inf):
                        following[end], before[end] = price, start
            best = following
            came.append(before)
        if total not in best:
            return inf, ()
        cuts = [total]
        for before in reversed(came):
            cuts.append(before[cuts[-1]])
        return best[total], tuple(_line(self.pieces[a:b]) for b, a in pairwise(cuts))[::-1]

    def _edges(self, count: int, starts: Sequence[float], gaps: Sequence[float]) -> list[tuple[int, int]]:
        """The earliest and the latest piece that each of `count` lines can end before, for all to fit."""
        total, width = len(self.pieces), self.box.width
        latest, end = [], 0
        for row in range(1, count + 1):
            start = end
            while end < total - (count - row) and starts[end + 1] - starts[start] - gaps[end] <= width:
                end += 1
            latest.append(end)
        earliest, start = [], total
        for row in range(count, 0, -1):
            earliest.append(start)
            end = start
            while start >= row and starts[end] - starts[start - 1] - gaps[end - 1] <= width:
                start -= 1
        return list(zip(reversed(earliest), latest, strict=True))

    def _price(self, start: int, end: int, length: float, ideal: float, *, last: bool) -> float:
        if last:
            alone = start and start == end - 1 and not _in_company(self.pieces[start])
            lone = LONE_WORD if alone else 0.0
            return (max(0.0, ideal * 0.55 - length) / ideal) ** 2 * SHORT_LAST + lone
        of_word, left_behind = _ends(self.pieces, self.language)[end - 1]
        price = ((length - ideal) / ideal) ** 2 * RAGGED + of_word
        return price + left_behind if end - start > 1 else price


def _line(pieces: Sequence[str]) -> str:
    return " ".join(pieces).replace(f"{BREAK} ", "").rstrip(BREAK)


@lru_cache(maxsize=128)
def _advances(pieces: tuple[str, ...], language: str, style: Style, optical: int) -> tuple[float, ...]:
    """The pieces' advances in em at one optical size, the space's own last."""
    space = shape.advance(" ", language, style, optical)
    return (*shape.advances(pieces, language, style, optical), space)


@lru_cache(maxsize=128)
def _ends(pieces: tuple[str, ...], language: str) -> tuple[tuple[float, float], ...]:
    """What a line that ends on each piece costs by its last word, and by that being a sentence's first."""
    costs = []
    for before, piece, following in zip(("", *pieces), pieces, (*pieces[1:], ""), strict=False):
        word = piece.rstrip(BREAK).split(JOIN)[-1]
        cost = LIGHT_END if word.strip(OPENING) in LIGHT.get(language.split("-")[0], ()) else 0.0
        # In Japanese a word's endings and particles are kana: a line better begins with what is none.
        cost += LIGHT_END if piece.endswith(BREAK) and binding.HIRAGANA.match(following) else 0.0
        cost += TORN if binding.tears(piece, following, language) else 0.0
        cost -= CLAUSE_END if word[-1] in CLAUSE else CLAUSE_END / 2 if word[-1] in COMMA else 0.0
        ended = before.rstrip(CLOSING + BREAK)[-1:]
        costs.append((cost, LEFT_BEHIND if ended in SENTENCE_END and not piece.endswith(BREAK) else 0.0))
    return tuple(costs)
