"""The page a template sets: lines of letters and bars at their places, before a pixel is drawn.

Templates reckon in units of which a card is 1080 wide, so that one design serves every size: a 1080×1350 card
is 1080 by 1350 units, a 1600×900 one 1080 by 607.5.
"""

from dataclasses import dataclass, field, replace
from typing import Literal

from scheduler.cards import bidi, formats, layout, shape
from scheduler.cards.formats import PAGES, WIDTH, By, Format, Page
from scheduler.cards.layout import Box
from scheduler.cards.request import Request, Words
from scheduler.cards.shape import Around, Family, Style
from scheduler.errors import CardError

Role = Literal["ink", "soft", "accent"]
CAP = 0.67
"""Height of capitals and lining figures in em, of both families within a hundredth."""


@dataclass(frozen=True)
class Piece:
    """One line of letters, in pixels: its start on the baseline, size, style, language and colour role."""

    text: str
    language: str
    style: Style
    size: float
    x: float
    baseline: float
    role: Role
    around: Around = ("", "")


@dataclass(frozen=True)
class Bar:
    """A filled rectangle, in pixels."""

    left: float
    top: float
    width: float
    height: float
    role: Role = "accent"


@dataclass
class Sheet:
    """Collects a card's pieces. All arguments are in units, all pieces in pixels.

    `x` is counted from the edge where the card's language begins to read: the right one in Arabic, so that
    templates need not know of directions.
    """

    request: Request
    size: tuple[int, int]
    pieces: list[Piece] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)
    mark: Bar | None = None
    portrait: Bar | None = None

    @property
    def format(self) -> Format:
        return formats.of(self.size)

    @property
    def page(self) -> Page:
        return PAGES[self.format]

    def by(self, measure: By) -> float:
        return measure.of(self.format)

    @property
    def mirrored(self) -> bool:
        return right_to_left(self.request.language)

    @property
    def scale(self) -> float:
        return self.size[0] / WIDTH

    @property
    def height(self) -> float:
        return self.size[1] / self.scale

    @property
    def wide(self) -> bool:
        return self.format is Format.WIDE

    @property
    def margin(self) -> float:
        return self.page.margin

    @property
    def measure(self) -> float:
        return WIDTH - 2 * self.margin

    @property
    def top(self) -> float:
        """Nothing of the card's words stands above it: the not-cleared band has its place there."""
        return self.page.top

    def serif(self, weight: int = 400) -> Style:
        return Style(Family.SERIF, weight, self.request.fonts)

    def sans(self, weight: int = 400) -> Style:
        return Style(Family.SANS, weight, self.request.fonts)

    def width(self, words: Words, style: Style, size: float) -> float:
        return shape.width(words.text, words.language, style, size * self.scale) / self.scale

    def line(
        self,
        x: float,
        baseline: float,
        words: Words,
        style: Style,
        size: float,
        role: Role = "ink",
        *,
        right: bool = False,
        around: Around = ("", ""),
    ) -> float:
        """Set one line from `x`, or ending there; returns its width. The first letter's ink begins at `x`."""
        k = self.scale
        shaped = shape.shape(words.text, words.language, style, size * k, around)
        long = shaped.advance * size
        from_left = right if self.mirrored else not right
        edge = WIDTH - x if self.mirrored else x
        if from_left:
            left = edge - shaped.bearing * size
        else:
            left = edge - long + (0.0 if right else shaped.trailing * size)
        piece = Piece(words.text, words.language, style, size * k, left * k, baseline * k, role, around)
        self.pieces.append(piece)
        return long

    def shrunk(self, what: str, words: Words, style: Style, size: float, room: float, least: float) -> float:
        """The size at which a single line fits the room. Raises CardError below `least`."""
        fitting = min(size, size * room / max(1.0, self.width(words, style, size)))
        while fitting >= least and self.width(words, style, fitting) > room:
            fitting -= 0.5  # a smaller optical size is a little wider
        if fitting < least:
            raise CardError(layout.no_line(what, words.text, room / self.width(words, style, least)))
        return fitting

    def fit(
        self, what: str, words: Words, style: Style, box: Box, names: tuple[str, ...] = ()
    ) -> layout.Block:
        """Break words for a box given in units; the block's size is in units too."""
        k = self.scale
        pixels = Box(box.width * k, box.height * k, box.largest * k, box.smallest * k, box.leading)
        block = layout.fit(what, words.text, words.language, style, pixels, names)
        return replace(block, size=block.size / k)

    def block(
        self, x: float, top: float, block: layout.Block, language: str, style: Style, role: Role = "ink"
    ) -> float:
        """Set a broken block, its first capitals touching `top`, opening marks hung outside.

        Returns the last baseline.
        """
        baseline = top + block.rise * block.size
        for number, text in enumerate(block.lines):
            around, words = layout.around(block.lines, number), Words(text, language)
            start = x - self._hung(words, style, block.size)
            self.line(start, baseline, words, style, block.size, role, around=around)
            baseline += block.size * block.leading
        return baseline - block.size * block.leading

    def _hung(self, words: Words, style: Style, size: float) -> float:
        """How far a line's opening marks stand outside its edge; its first letter's ink begins there."""
        marks = layout.hang(words.text)
        if not marks or right_to_left(words.language) != self.mirrored:
            return 0.0  # words of the other direction begin at the far end
        rest = Words(words.text.removeprefix(marks), words.language)
        hung = self.width(words, style, size) - self.width(rest, style, size)
        # `line` puts the mark's own ink at its place; what counts is where the first letter's ink begins.
        shift = self._bearing(words, style, size) - self._bearing(rest, style, size)
        return hung - (shift if hung else 0.0)

    def _bearing(self, words: Words, style: Style, size: float) -> float:
        """How far a line's ink keeps from the edge it begins at."""
        shaped = shape.shape(words.text, words.language, style, size * self.scale)
        return (shaped.trailing if self.mirrored else shaped.bearing) * size

    def rule(self, x: float, top: float, width: float = 72.0, height: float = 4.0) -> None:
        self.bars.append(self.place(x, top, width, height))

    def place(self, x: float, top: float, width: float, height: float) -> Bar:
        """A rectangle of the page, in pixels."""
        k, left = self.scale, WIDTH - x - width if self.mirrored else x
        return Bar(left * k, top * k, width * k, height * k)

    def take(self, other: "Sheet") -> None:
        """Everything set on another sheet of the same card."""
        self.pieces += other.pieces
        self.bars += other.bars
        self.mark = other.mark or self.mark
        self.portrait = other.portrait or self.portrait

    def foot(self) -> float:
        """Set source line, first hashtag, date or name; returns the height above which the card is free."""
        left, right = self.request.foot
        baseline, size = self.height - self.page.foot, self.page.small
        taken = self.width(right, self.sans(), size) if right.text else 0.0
        if left.text:
            room = self.measure - taken - 30
            fitted = self.shrunk("the first hashtag", left, self.sans(600), size, room, layout.SMALLEST)
            self.line(self.margin, baseline, left, self.sans(600), fitted, "soft")
        if right.text:
            self.line(WIDTH - self.margin, baseline, right, self.sans(), size, "soft", right=True)
        return self._source(baseline - self.page.line)

    def _source(self, last: float) -> float:
        source, lines, size = self.request.said.source, self.page.lines, self.page.small - 2
        room = self.measure - (self._mark(last) if self.request.mark else 0.0)
        one_line = size * min(1.0, room / max(1.0, self.width(source, self.sans(), size))) * 0.998
        if one_line >= layout.SMALLEST:
            block = layout.Block((source.text,), one_line, 1.26)
        else:
            # Room for the taller lines of Arabic; in Latin it makes no line more.
            box = Box(room, lines * size * 1.6, size, layout.SMALLEST, 1.26)
            block = self.fit("the source line", source, self.sans(), box)
        top = last - (len(block.lines) - 1) * block.size * block.leading - block.rise * block.size
        self.block(self.margin, top, block, source.language, self.sans(), "soft")
        return top

    def _mark(self, bottom: float) -> float:
        """Keep a place for the campaign's mark at the right, above the foot; returns the width it takes."""
        wide, high = 150.0, 60.0
        self.mark = self.place(WIDTH - self.margin - wide, bottom - high, wide, high)
        return wide + 30.0


def right_to_left(language: str) -> bool:
    """Whether a language's pages begin at the right edge."""
    return bidi.base(language) == 1
