"""A card's bytes, put together from cells: those that no letter touches are encoded once for each backdrop.

JPEG counts a block from the one before, unless a restart marker stands between. With one behind every few
blocks of a row such a cell is a thing by itself, so that a card encodes the cells it draws on and takes the
rest as they are. The pixels are those of an encoder that does it all at once.
"""

import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple, cast

from PIL import Image

RESTART = re.compile(rb"\xff[\xd0-\xd7]")
"""Inside coded cells a zero follows every byte of 255, so that these are markers and nothing else."""

MARKERS = [bytes((0xFF, 0xD0 + number % 8)) for number in range(1024)]
"""What stands behind cells one after the other."""

END = b"\xff\xd9"
NARROWEST = 64
"""Pixels that a cell is wide at least: narrower ones save less than what their markers add to the file."""

NEAR = 28
"""Cells that may be encoded for nothing where that spares a call of the encoder, which costs as much."""

SMALL, MOST_SMALL = 64, 32
"""Cells of the largest patches that are kept for the next card, and how many of them are: source lines,
hashtags and names stand on many cards alike.
"""

Rgb = tuple[int, int, int]
Box = tuple[int, int, int, int]
"""Left, top, and the pixels after the right and the lower edge."""


class Coding(NamedTuple):
    """JPEG quality, Pillow's number for the subsampling, the side in pixels of what is coded together."""

    quality: int = 92
    subsampling: int = 0
    block: int = 8


FULL = Coding()
"""Full colour: coloured letters keep their edges."""


class Backdrop:
    """A background ready to be drawn on, as its three channels, and its cells once they have been encoded."""

    def __init__(self, planes: Sequence[Image.Image], coding: Coding = FULL) -> None:
        self.planes, self.coding, self.size = tuple(planes), coding, planes[0].size
        across = -(-self.size[0] // coding.block)
        self.blocks = next(n for n in range(1, across + 1) if _fills(n, across, coding.block))
        """Blocks in a cell: so many that cells fill a row."""
        self.cell = (self.blocks * coding.block, coding.block)
        self.small: dict[object, tuple[list[bytes], list[Stroke]]] = {}
        """The coded cells of small patches, by what they show."""
        self.columns, self.rows = across // self.blocks, -(-self.size[1] // coding.block)

    def image(self) -> Image.Image:
        return Image.merge("RGB", self.planes)

    @cached_property
    def coded(self) -> tuple[memoryview, list[int]]:
        """The backdrop as a file, and where in it each cell begins; behind the last is the file's end."""
        data = self.file(self.planes)
        cells = [_scan(data), *(found.end() for found in RESTART.finditer(data, _scan(data))), len(data)]
        return memoryview(data), cells

    def file(self, planes: Sequence[Image.Image]) -> bytes:
        """Some cells' channels as a JPEG file, sRGB without metadata, a restart marker behind each cell."""
        target = io.BytesIO()
        Image.merge("RGB", planes).save(
            target,
            "JPEG",
            quality=self.coding.quality,
            subsampling=self.coding.subsampling,
            restart_marker_blocks=self.blocks,
        )
        return target.getvalue()


class Cells(NamedTuple):
    """A rectangle of cells: its first column and row, and those after its last."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def area(self) -> int:
        return (self.right - self.left) * (self.bottom - self.top)


class Stroke(NamedTuple):
    """A colour, or a picture's three channels, at a place of a patch: a corner or a rectangle, in pixels."""

    parts: Rgb | Sequence[Image.Image]
    place: tuple[int, int] | Box
    mask: Image.Image | None


class Patch:
    """Cells of a card that are drawn on; nothing is drawn before it is asked for."""

    def __init__(self, backdrop: Backdrop, cells: Cells) -> None:
        (wide, high), size = backdrop.cell, backdrop.size
        left, top = cells.left * wide, cells.top * high
        self.backdrop, self.cells = backdrop, cells
        self.box = (left, top, min(size[0], cells.right * wide), min(size[1], cells.bottom * high))
        self.strokes: list[Stroke] = []

    def lay(self, stroke: Stroke) -> None:
        self.strokes.append(stroke)
        self.__dict__.pop("planes", None)

    @cached_property
    def planes(self) -> list[Image.Image]:
        """The three channels of its pixels."""
        planes = [plane.crop(self.box) for plane in self.backdrop.planes]
        for parts, place, mask in self.strokes:
            for plane, part in zip(planes, cast(Sequence[Any], parts), strict=True):
                plane.paste(part, place, mask)
        return planes

    def coded(self) -> list[bytes]:
        """Its cells, row by row. What is small and of one colour may be known from a card before."""
        if self.cells.area > SMALL or not all(isinstance(stroke.parts[0], int) for stroke in self.strokes):
            return self._encoded()
        # Masks of small letters are kept, and are the same ones on each card; here too, for as long as this.
        key = (self.cells, tuple((parts, place, id(mask)) for parts, place, mask in self.strokes))
        if (known := self.backdrop.small.get(key)) is not None:
            return known[0]
        coded = self._encoded()
        if len(self.backdrop.small) >= MOST_SMALL:
            self.backdrop.small.clear()
        self.backdrop.small[key] = coded, self.strokes
        return coded

    def _encoded(self) -> list[bytes]:
        data = self.backdrop.file(self.planes)
        return RESTART.split(data[_scan(data) : -2])


class Canvas:
    """A card on a backdrop; only what lies in the given boxes may be drawn on."""

    def __init__(self, backdrop: Backdrop, boxes: Iterable[Box]) -> None:
        self.backdrop = backdrop
        self.patches = [Patch(backdrop, cells) for cells in _joined(self._touched(boxes))]

    def paste(
        self, parts: Rgb | Sequence[Image.Image], left: int, top: int, mask: Image.Image | None = None
    ) -> None:
        """Lay a colour through a mask, or a picture's three channels, left upper corner at this pixel."""
        if (patch := self._at(max(0, left), max(0, top))) is not None:
            x, y = patch.box[:2]
            patch.lay(Stroke(parts, (left - x, top - y), mask))

    def fill(self, colour: Rgb, box: Box) -> None:
        """Colour a rectangle."""
        if (patch := self._at(max(0, box[0]), max(0, box[1]))) is not None:
            x, y = patch.box[:2]
            place = (box[0] - x, box[1] - y, box[2] - x, box[3] - y)
            patch.lay(Stroke(colour, place, None))

    def draw(self, drawing: Callable[[Image.Image], None]) -> None:
        """Let somebody draw on the whole card."""
        image = self.whole()
        drawing(image)
        for patch in self.patches:
            patch.lay(Stroke(image.crop(patch.box).split(), (0, 0), None))

    def whole(self) -> Image.Image:
        image = self.backdrop.image()
        for patch in self.patches:
            image.paste(Image.merge("RGB", patch.planes), patch.box[:2])
        return image

    def jpeg(self) -> bytes:
        """The card in the backdrop's coding, sRGB without metadata."""
        (data, begins), reached = self.backdrop.coded, 0
        parts: list[bytes | memoryview] = [data[: begins[0]]]
        for first, cells in sorted(self._drawn()):
            behind = first + len(cells)
            parts.append(data[begins[reached] : begins[first]])
            own: list[bytes | memoryview] = [b""] * (2 * len(cells))
            own[::2] = cells
            own[1::2] = MARKERS[first % 8 : first % 8 + len(cells)]
            parts += own
            reached = behind
        if reached == len(begins) - 1:
            parts[-1] = END
        else:
            parts.append(data[begins[reached] :])
        return b"".join(parts)

    def _drawn(self) -> Iterator[tuple[int, list[bytes]]]:
        """What is drawn on, row by row: the number of the first cell, and the coded cells."""
        columns = self.backdrop.columns
        for patch in self.patches:
            left, top, right, bottom = patch.cells
            coded, wide = patch.coded(), right - left
            for number, row in enumerate(range(top, bottom)):
                yield row * columns + left, coded[number * wide : (number + 1) * wide]

    def _touched(self, boxes: Iterable[Box]) -> Iterator[Cells]:
        (wide, high), columns, rows = self.backdrop.cell, self.backdrop.columns, self.backdrop.rows
        for left, top, right, bottom in boxes:
            cells = Cells(
                max(0, left // wide),
                max(0, top // high),
                min(columns, -(-right // wide)),
                min(rows, -(-bottom // high)),
            )
            if cells.left < cells.right and cells.top < cells.bottom:
                yield cells

    def _at(self, x: int, y: int) -> Patch | None:
        """The patch that a pixel lies in."""
        for patch in self.patches:
            left, top, right, bottom = patch.box
            if left <= x < right and top <= y < bottom:
                return patch
        return None


def _fills(blocks: int, across: int, block: int) -> bool:
    """Whether cells of so many blocks are wide enough and fill a row of blocks."""
    return blocks == across or (across % blocks == 0 and blocks * block >= NARROWEST)


def _joined(touched: Iterable[Cells]) -> list[Cells]:
    """Rectangles that have no cell in common, near ones as one."""
    found: list[Cells] = []
    for cells in touched:
        while near := next((other for other in found if _near(cells, other)), None):
            found.remove(near)
            cells = _around(cells, near)
        found.append(cells)
    return found


def _around(one: Cells, other: Cells) -> Cells:
    return Cells(*map(min, one[:2], other[:2]), *map(max, one[2:], other[2:]))


def _near(one: Cells, other: Cells) -> bool:
    """Whether two rectangles share a cell, or little lies between them."""
    (left, top, right, bottom), (left_, top_, right_, bottom_) = one, other
    if left < right_ and left_ < right and top < bottom_ and top_ < bottom:
        return True
    wide = max(right, right_) - min(left, left_)
    high = max(bottom, bottom_) - min(top, top_)
    both = (right - left) * (bottom - top) + (right_ - left_) * (bottom_ - top_)
    return wide * high - both <= NEAR


def _scan(data: bytes) -> int:
    """Where the coded cells begin: after the segments, each of which tells its length."""
    at = 2
    while data[at + 1] != 0xDA:
        at += 2 + int.from_bytes(data[at + 2 : at + 4])
    return at + 2 + int.from_bytes(data[at + 2 : at + 4])
