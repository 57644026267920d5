"""Lines that read well: what must not be torn apart, and the least ragged breaks by dynamic programme."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise
from math import inf

import regex  # type: ignore[import-untyped]

from scheduler.cards import shape
from scheduler.cards.shape import Style
from scheduler.errors import CardError

SMALLEST = 23
"""Pixels of the smallest letters on a card 1080 wide: about 8 on a telephone."""

JOIN = "\u00a0"
"""No-break space: what it joins stays on one line."""

NUMBER = regex.compile(r"[(“«„]?(\d[\d.,–\u00a0\u202f]*)(-\p{L}+)?")
INITIAL = regex.compile(r"[(“«„]?\p{Lu}\.")
YEAR = regex.compile(r"(1[89]|20)\d\d(–\d{2,4})?[.,]?(?!\d)")
DAY = regex.compile(r"[(“«„]?\d{1,2}(–\d{1,2})?\.?")
YEAR_WORDS: dict[str, frozenset[str]] = {
    "az": frozenset({"il", "ili", "ilin", "ildə", "ildən", "ilə"}),
    "ru": frozenset({"год", "года", "году", "годом", "г"}),
    "tr": frozenset({"yılı", "yılında", "yılından", "yılının"}),
}
"""The word "year" that languages say after its number."""

ORDINAL_POINT = frozenset({"de"})
"""Languages that write 26. Februar: the point after a number does not end a sentence."""

DASHES = frozenset("–—")
ABBREVIATIONS = frozenset({"Mr", "Mr.", "Mrs.", "Ms.", "Dr.", "No.", "St.", "p.", "§", "№"})
OPENING = "“„«‘‚\"'‹("
CLOSING = "”»“’\"'›)"
SENTENCE_END = frozenset(".!?…")

PHRASES: dict[str, tuple[str, ...]] = {
    "en": (
        "no one",
        "No one",
        "each other",
        "one another",
        "at all",
        "as if",
        "in no way",
        "no longer",
        "no more",
    ),
    "az": ("heç kim", "Heç kim", "heç kəs", "Heç kəs", "heç bir", "bir daha", "hər kəs", "Hər kəs"),
    "tr": ("hiç kimse", "Hiç kimse", "hiç bir", "bir daha", "her şey"),
    "ru": ("ни один", "Ни один", "друг друга", "потому что", "так как"),
}
"""Words that make no sense apart."""

CLITICS: dict[str, frozenset[str]] = {
    "ru": frozenset("вискоуаяВИСКОУАЯ") | {"не", "ни", "Не", "Ни"},
}
"""Words that always lean on the next one."""

_LIGHT = {
    "en": "a an the of to in no and we is on at by or that for with from as our their not be I if",
    "az": "və bu bir o ki ya amma üçün hər nə heç",
    "tr": "ve bu bir o ki ya ama her ne hiç",
    "ru": "на по за из от до но же что как для при без это мы чтобы",
    "de": "der die das den dem ein eine und in zu von mit auf an im am ist",
    "fr": "le la les de des du un une et à en ne pas au aux que",
    "es": "el la los las de del un una y a en no que al por",
}
LIGHT: dict[str, frozenset[str]] = {language: frozenset(words.split()) for language, words in _LIGHT.items()}
"""Short words that a line should not end on."""

RAGGED, LIGHT_END, CLAUSE_END, SHORT_LAST, LONE_WORD = 60.0, 6.0, 3.0, 300.0, 40.0
LEFT_BEHIND, NARROW, SMALLER, ONE_MORE, LEAST_SHARE = 20.0, 24.0, 25.0, 2.0, 0.82
"""What the faults cost against each other; a clause's end at a line's end earns CLAUSE_END instead."""


CURE = "shorten it"
CURES = {
    "the quotation": "quote fewer whole sentences, or post it without a card",
    "the name": "a name is not shortened; post without a card, or give the post an image of its own",
}
"""What a person can do about words too long; neither names nor anybody's words are cut to size."""


@dataclass(frozen=True)
class Block:
    """Broken lines at a size, in pixels; `leading` is the distance of baselines in sizes."""

    lines: tuple[str, ...]
    size: float
    leading: float

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


def units(text: str, language: str, names: Sequence[str] = ()) -> tuple[str, ...]:
    """What a line may be broken between: words, those that belong together joined by no-break spaces."""
    words = regex.split(r"[ \n]+", text.strip())
    phrases = [phrase.split() for phrase in (*PHRASES.get(language, ()), *names) if " " in phrase]
    bound = _phrase_starts(words, phrases) | _dates(words)
    joined = [words[0]]
    for number, (before, word) in enumerate(pairwise(words)):
        if number in bound or _clings(before, word, language):
            joined[-1] += JOIN + word
        else:
            joined.append(word)
    return tuple(joined)


def _phrase_starts(words: Sequence[str], phrases: Sequence[Sequence[str]]) -> set[int]:
    """Numbers of the words that must be followed by the next one on the same line."""
    bare = [word.strip("“”„«»‘’'\"().,;:!?…") for word in words]
    found: set[int] = set()
    for phrase in phrases:
        for start in range(len(bare) - len(phrase) + 1):
            if bare[start : start + len(phrase)] == list(phrase):
                found.update(range(start, start + len(phrase) - 1))
    return found


def _dates(words: Sequence[str]) -> set[int]:
    """Numbers of the words before the year in "26 February 1992"; day and month cling by themselves."""
    return {
        number
        for number in range(1, len(words) - 1)
        if DAY.fullmatch(words[number - 1]) and words[number].isalpha() and YEAR.match(words[number + 1])
    }


def _clings(before: str, word: str, language: str) -> bool:
    if word in DASHES or before in ABBREVIATIONS or before in CLITICS.get(language, ()):
        return True
    if INITIAL.fullmatch(before):
        return True
    if YEAR.match(before) and word.rstrip(".,;:!?") in YEAR_WORDS.get(language, ()):
        return True
    number = NUMBER.fullmatch(before)
    # A year is followed by the sentence's next word, not by its unit; so is what ends a sentence.
    if not number or not word[0].isalpha() or YEAR.fullmatch(number[1]):
        return False
    return not (before.endswith(".") and word[0].isupper()) or language in ORDINAL_POINT


@lru_cache(maxsize=512)
def fit(what: str, text: str, language: str, style: Style, box: Box, names: tuple[str, ...] = ()) -> Block:
    """Break `text` at the largest size that fits the box, or a little smaller where that breaks better.

    `what` names the text for the person, `names` are kept whole. Raises CardError when even the smallest size
    overflows, saying by how many characters.
    """
    bound = units(text, language, names)
    for pieces, worth in ((_last_together(bound), 0.7), (bound, 0.0), (tuple(text.split()), 0.0)):
        setting = _Setting(pieces, language, style, box)
        if (largest := setting.largest()) is None:
            continue
        # A last word in company is worth smaller letters, but not letters smaller by a third.
        if worth and largest < worth * (_Setting(bound, language, style, box).largest() or 0.0):
            continue
        return setting.best(largest)
    raise CardError(_too_long(what, text, setting))


def _last_together(pieces: tuple[str, ...]) -> tuple[str, ...]:
    """The same pieces with a lone last word joined to the one before, where that makes no giant."""
    if len(pieces) < 3 or JOIN in pieces[-1] or len(pieces[-2]) + len(pieces[-1]) > 26:
        return pieces
    return (*pieces[:-2], pieces[-2] + JOIN + pieces[-1])


def _too_long(what: str, text: str, setting: "_Setting") -> str:
    if setting.widest(setting.box.smallest) > setting.box.width:
        return no_line(what, max(setting.pieces, key=len))
    over = max(1, len(text) - setting.room())
    return f"{what} is {len(text)} characters, about {over} too many for this card: {CURES.get(what, CURE)}"


def no_line(what: str, words: str) -> str:
    """The refusal of words too wide for a line at the smallest size."""
    shown = words if len(words) <= 60 else f"{words[:59]}…"
    return f"{what}: “{shown}” is too long for one line of this card: {CURES.get(what, CURE)}"


@dataclass(frozen=True)
class _Setting:
    """One text being set: its unbreakable pieces and the box they go into."""

    pieces: tuple[str, ...]
    language: str
    style: Style
    box: Box

    def widths(self, size: float) -> list[float]:
        return [advance * size for advance in self._at(size)[:-1]]

    def space(self, size: float) -> float:
        return self._at(size)[-1] * size

    def _at(self, size: float) -> tuple[float, ...]:
        return _advances(self.pieces, self.language, self.style, shape.optical(size))

    def widest(self, size: float) -> float:
        return max(self.widths(size))

    def room(self) -> int:
        """How many characters the box holds at the smallest size."""
        filled = self.greedy(self.box.smallest)[: self.rows(self.box.smallest)]
        return sum(len(piece) + 1 for piece in self.pieces[: sum(filled)])

    def rows(self, size: float) -> int:
        return int(self.box.height / (size * self.box.leading) + 1e-6)

    def greedy(self, size: float) -> list[int]:
        """Pieces in each line when every line is filled; [] when a piece is wider than the box."""
        lines: list[int] = []
        used, space = inf, self.space(size)
        for width in self.widths(size):
            if width > self.box.width:
                return []
            if used + space + width > self.box.width:
                lines.append(0)
                used = -space
            used += space + width
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
        return Block(lines, size, self.box.leading)

    def _candidates(self, largest: float) -> Iterator[tuple[float, float, tuple[str, ...]]]:
        size = largest
        while size >= max(self.box.smallest, largest * LEAST_SHARE):
            fewest = len(self.greedy(size))
            for count in (fewest, fewest + 1):
                if fewest and count <= min(self.rows(size), len(self.pieces)):
                    cost, lines = self.breaks(count, size)
                    cost += (largest - size) / largest * SMALLER + (count - fewest) * self.one_more(
                        count, size
                    )
                    yield cost, size, lines
            size -= max(1.0, largest / 45)

    def one_more(self, count: int, size: float) -> float:
        """The price of a line more than needed: high where it leaves a narrow column in a wide box."""
        whole = sum(self.widths(size)) + self.space(size) * (len(self.pieces) - 1)
        return ONE_MORE + NARROW * max(0.0, 0.6 - whole / count / self.box.width)

    def breaks(self, count: int, size: float) -> tuple[float, tuple[str, ...]]:
        """The cheapest way to set the pieces in `count` lines, with its cost (infinite: there is none)."""
        widths, space, total = self.widths(size), self.space(size), len(self.pieces)
        ends = [0.0, *accumulate(widths)]
        ideal = (ends[-1] + space * (total - count)) / count
        nowhere: tuple[float, tuple[int, ...]] = (inf, ())
        best = [(0.0, nowhere[1]), *[nowhere] * total]
        for row in range(count):
            following = [nowhere] * (total + 1)
            for start, (cost, cuts) in enumerate(best):
                if cost == inf:
                    continue
                for end in range(start + 1, total + 1):
                    length = ends[end] - ends[start] + space * (end - start - 1)
                    if length > self.box.width:
                        break
                    price = cost + self._price(start, end, length, ideal, last=row == count - 1)
                    if price < following[end][0]:
                        following[end] = (price, (*cuts, end))
            best = following
        cost, cuts = best[total]
        lines = tuple(" ".join(self.pieces[a:b]) for a, b in pairwise((0, *cuts)))
        return cost, lines

    def _price(self, start: int, end: int, length: float, ideal: float, *, last: bool) -> float:
        if last:
            lone = LONE_WORD if start and start == end - 1 and JOIN not in self.pieces[start] else 0.0
            return (max(0.0, ideal * 0.55 - length) / ideal) ** 2 * SHORT_LAST + lone
        of_word, left_behind = _ends(self.pieces, self.language)[end - 1]
        price = ((length - ideal) / ideal) ** 2 * RAGGED + of_word
        return price + left_behind if end - start > 1 else price


@lru_cache(maxsize=512)
def _advances(pieces: tuple[str, ...], language: str, style: Style, optical: int) -> tuple[float, ...]:
    """The pieces' advances in em at one optical size, the space's own last."""
    return tuple(shape.advance(piece, language, style, optical) for piece in (*pieces, " "))


@lru_cache(maxsize=512)
def _ends(pieces: tuple[str, ...], language: str) -> tuple[tuple[float, float], ...]:
    """What a line that ends on each piece costs by its last word, and by that being a sentence's first."""
    costs = []
    for before, piece in pairwise(("", *pieces)):
        word = piece.split(JOIN)[-1]
        cost = LIGHT_END if word.strip(OPENING) in LIGHT.get(language, ()) else 0.0
        cost -= CLAUSE_END if word[-1] in ";.:!?" else CLAUSE_END / 2 if word[-1] == "," else 0.0
        costs.append((cost, LEFT_BEHIND if before.rstrip(CLOSING)[-1:] in SENTENCE_END else 0.0))
    return tuple(costs)


def hang(line: str) -> str:
    """The opening marks of a line that stand outside the left edge."""
    return line[: len(line) - len(line.lstrip(OPENING))]
