"""The four shapes of a card and what each keeps free at its edges, in units of which a card is 1080 wide."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from math import log
from typing import NamedTuple

WIDTH = 1080.0


class Format(StrEnum):
    TALL = "4:5"
    SQUARE = "1:1"
    WIDE = "16:9"
    STORY = "9:16"


class By(NamedTuple):
    """One measure in each of the shapes."""

    tall: float
    square: float
    wide: float
    story: float

    def of(self, shape: Format) -> float:
        return self[_ORDER.index(shape)]


_ORDER = tuple(Format)


@dataclass(frozen=True)
class Page:
    """A shape's pixels and edges. `foot` is how far its last baseline stands above the lower edge.

    Margins are a tenth of the width, less on wide cards, which have little height and are not cropped: a 4:5
    card keeps its words in a 3:4 crop. Above `top` stands nothing but the not-cleared band. A story keeps its
    words out of the upper 250 and the lower 340 pixels, where telephones lay their own signs over it.
    """

    size: tuple[int, int]
    margin: float
    top: float
    foot: float
    line: float
    """From the foot's baseline up to the last one of the source line."""

    lines: int
    """Most lines of the source line."""

    small: float
    """Size of the foot's letters; the source line's are two units smaller."""


PAGES: Mapping[Format, Page] = {
    Format.TALL: Page((1080, 1350), 108, 148, 92, 50, 3, 26),
    Format.SQUARE: Page((1080, 1080), 100, 116, 76, 46, 3, 26),
    Format.WIDE: Page((1600, 900), 76, 84, 46, 40, 2, 26),
    Format.STORY: Page((1080, 1920), 108, 290, 372, 58, 4, 31),
}


@lru_cache(maxsize=64)
def of(size: tuple[int, int]) -> Format:
    """The shape that pixels of this size come nearest to."""
    ratio = size[0] / size[1]
    return min(PAGES, key=lambda shape: abs(log(ratio / (PAGES[shape].size[0] / PAGES[shape].size[1]))))
