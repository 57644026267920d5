"""A card's bytes, put together from rows: those that no letter touches are encoded once for each backdrop.

JPEG counts a row of blocks from the one before, unless a restart marker stands between. With one behind every
row each is a thing by itself, so that a card encodes the rows it draws on and takes the rest as they are. The
pixels are those of an encoder that does it all at once.
"""

import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

from PIL import Image

RESTART = re.compile(rb"\xff[\xd0-\xd7]")
"""Inside coded rows a zero follows every byte of 255, so that these are markers and nothing else."""

NEAR = 2
"""Rows between two strips that are drawn on with them: another call of the encoder costs more."""


class Coding(NamedTuple):
    """JPEG quality, Pillow's number for the subsampling, the height in pixels of a row of blocks."""

    quality: int = 92
    subsampling: int = 0
    row: int = 8


FULL = Coding()
"""Full colour: coloured letters keep their edges."""


@dataclass
class Backdrop:
    """A background ready to be drawn on, and what of it has been encoded so far, by the number of the row."""

    image: Image.Image
    coding: Coding = FULL
    levels: Image.Image | None = None
    """The brightest or darkest channel of its pixels, once somebody has measured it."""
    head: bytes = b""
    rows: dict[int, bytes] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return -(-self.image.height // self.coding.row)


class Strip(NamedTuple):
    """Rows of a card that are drawn on, from the pixel `top` down."""

    top: int
    image: Image.Image


class Canvas:
    """A card on a backdrop; only what lies between the given heights (pixels) may be drawn on."""

    def __init__(self, backdrop: Backdrop, heights: Iterable[tuple[int, int]]) -> None:
        self.backdrop, row = backdrop, backdrop.coding.row
        wide, high = backdrop.image.size
        self.strips = [
            Strip(first * row, backdrop.image.crop((0, first * row, wide, min(high, last * row))))
            for first, last in _spans(heights, row, backdrop.count)
        ]

    def at(self, top: int) -> Strip:
        """The strip that a height lies in."""
        return next(strip for strip in self.strips if strip.top <= top < strip.top + strip.image.height)

    def paste(
        self,
        picture: Image.Image | tuple[int, int, int],
        left: int,
        top: int,
        mask: Image.Image | None = None,
    ) -> None:
        """Lay a picture, or a colour through a mask, with its left upper corner at this pixel of the card."""
        strip = self.at(max(0, top))
        strip.image.paste(picture, (left, top - strip.top), mask)

    def fill(self, colour: tuple[int, int, int], box: tuple[int, int, int, int]) -> None:
        """Colour a rectangle: left, top, and the pixels after its right and lower ones."""
        left, top, right, bottom = box
        strip = self.at(top)
        strip.image.paste(colour, (left, top - strip.top, right, bottom - strip.top))

    def whole(self) -> Image.Image:
        image = self.backdrop.image.copy()
        for strip in self.strips:
            image.paste(strip.image, (0, strip.top))
        return image

    def jpeg(self) -> bytes:
        """The card in the backdrop's coding, sRGB without metadata."""
        own: dict[int, bytes] = {}
        for strip in self.strips:
            own.update(self._coded(strip))
        kept = self.backdrop.rows
        for first, last in _runs(
            row for row in range(self.backdrop.count) if row not in own and row not in kept
        ):
            row, (wide, high) = self.backdrop.coding.row, self.backdrop.image.size
            kept.update(
                self._coded(
                    Strip(
                        first * row, self.backdrop.image.crop((0, first * row, wide, min(high, last * row)))
                    )
                )
            )
        coded = [self.backdrop.head]
        for number in range(self.backdrop.count):
            coded += (own.get(number) or kept[number], b"\xff" + bytes((0xD0 + number % 8,)))
        coded[-1] = b"\xff\xd9"
        return b"".join(coded)

    def _coded(self, strip: Strip) -> dict[int, bytes]:
        coding, target = self.backdrop.coding, io.BytesIO()
        strip.image.save(
            target,
            "JPEG",
            quality=coding.quality,
            subsampling=coding.subsampling,
            restart_marker_rows=1,
            # Pillow would carry a comment over from the file the pixels came from.
            comment=b"",
        )
        data = target.getvalue()
        scan = _scan(data)
        self.backdrop.head = self.backdrop.head or _head(data[:scan], self.backdrop.image.height)
        return dict(enumerate(RESTART.split(data[scan:-2]), strip.top // coding.row))


def _spans(heights: Iterable[tuple[int, int]], row: int, count: int) -> list[tuple[int, int]]:
    """The rows (first, and the one after the last) that these heights touch, near ones joined."""
    spans: list[tuple[int, int]] = []
    for top, bottom in sorted(heights):
        first, last = max(0, top // row), min(count, -(-bottom // row))
        if first >= last:
            continue
        if spans and first <= spans[-1][1] + NEAR:
            spans[-1] = (spans[-1][0], max(last, spans[-1][1]))
        else:
            spans.append((first, last))
    return spans


def _runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Neighbouring numbers as (first, one after the last)."""
    groups = groupby(enumerate(numbers), key=lambda each: each[1] - each[0])
    runs: list[Sequence[int]] = [[number for _, number in group] for _, group in groups]
    return [(run[0], run[-1] + 1) for run in runs]


def _scan(data: bytes) -> int:
    """Where the coded rows begin: after the segments, each of which tells its length."""
    at = 2
    while data[at + 1] != 0xDA:
        at += 2 + int.from_bytes(data[at + 2 : at + 4])
    return at + 2 + int.from_bytes(data[at + 2 : at + 4])


def _head(head: bytes, height: int) -> bytes:
    """A strip's head as the whole card's: SOF0 has the height behind its length and the bits of a sample."""
    at = 2
    while head[at + 1] != 0xC0:
        at += 2 + int.from_bytes(head[at + 2 : at + 4])
    return head[: at + 5] + height.to_bytes(2) + head[at + 7 :]
