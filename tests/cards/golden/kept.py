"""What is kept of a card to compare others with: its letters in six greys, its colours in a few points.

A card is kept as what an eye takes in. Its letters as they look at a third of their size, every point in one
of six bands of grey: that is enough to miss a dot from the smallest ones. Its colours as the mean of each
40 × 40 pixels. Four shapes of a card stand side by side in one picture, the colours of a language's cards in
another. Both are WebP without loss.

Today's card is not brought into bands: a point counts by how far it lies outside the band of the kept one. So
the same card is 0 apart, and rounding one or two.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import accumulate, pairwise
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageChops, ImageFilter

from scheduler import cards

FOLDER = Path(__file__).parent
SHARE = {"4:5": 3, "1:1": 3, "16:9": 4, "9:16": 3}
"""How many of a card's pixels make one point of its letters, each way: wide cards have larger letters."""

AREA = 40
"""How many of them make one point of its colours."""

BANDS = (0, 56, 100, 144, 188, 224, 256)
"""Where each band of grey begins. The last parts ink from soft ink: #F4F0E8 is 240, #D6D0C6 is 208."""

_BAND = [next(pair for pair in pairwise(BANDS) if pair[1] > level) for level in range(256)]
LOWEST = [low for low, _ in _BAND]
HIGHEST = [end - 1 for _, end in _BAND]
SHOWN = [(low + end - 1) // 2 for low, end in _BAND]

LETTERS, COLOURS = 6.0, 4.0
"""What passes, in levels (0..255): of letters, the mean over 3 × 3 points; of colours, a point's channel.

Two levels of rounding are 2; the least dot gone from the smallest type is 13, a word in another font 40. So
is everything moved by a quarter of a pixel, which is 12: no eye sees it, but it does not happen by itself.
"""


class Kept(NamedTuple):
    """A card as it is kept: the picture of its letters in grey, the picture of its colours."""

    letters: Image.Image
    colours: Image.Image


def of(card: Image.Image, shape: str) -> Kept:
    """What a card in full size would be kept as, but for the bands of grey."""
    return Kept(_reduced(card, SHARE[shape]).convert("L"), _reduced(card, AREA))


def apart(golden: Kept, now: Kept) -> float:
    """How far two cards are apart, in multiples of what passes: up to 1 they look the same."""
    if golden.letters.size != now.letters.size or golden.colours.size != now.colours.size:
        return float("inf")
    letters = _outside(golden.letters, now.letters).filter(ImageFilter.BoxBlur(1)).getextrema()[1]
    colours = max(most for _, most in ImageChops.difference(golden.colours, now.colours).getextrema())
    return max(letters / LETTERS, colours / COLOURS)


def _outside(golden: Image.Image, now: Image.Image) -> Image.Image:
    """How far each point of `now` lies outside the golden one's band."""
    below = ImageChops.subtract(golden.point(LOWEST), now)
    return ImageChops.add(below, ImageChops.subtract(now, golden.point(HIGHEST)))


def _reduced(card: Image.Image, share: int) -> Image.Image:
    return card.resize((card.width // share, card.height // share), Image.Resampling.BOX)


def letters_path(name: str, language: str) -> Path:
    return FOLDER / language / f"{name}.webp"


def colours_path(language: str) -> Path:
    return FOLDER / language / "colours.webp"


def read(names: Iterable[str], name: str, shape: str, language: str) -> Kept | None:
    """The golden card, `names` being those of all cards in their order; None where there is none."""
    letters, colours = letters_path(name, language), colours_path(language)
    if not letters.exists() or not colours.exists():
        return None
    row = list(names).index(name)
    return Kept(
        _opened(letters).crop(_place(shape, SHARE)).convert("L"),
        _opened(colours).crop(_place(shape, dict.fromkeys(SHARE, AREA), row)),
    )


def write(language: str, found: Mapping[tuple[str, str], Kept]) -> None:
    """Keep all cards of a language, given by name and shape, in place of those kept before."""
    names = list(dict.fromkeys(name for name, _ in found))
    (FOLDER / language).mkdir(exist_ok=True)
    all_colours = Image.new("RGB", _size(dict.fromkeys(SHARE, AREA), len(names)))
    for row, name in enumerate(names):
        sheet = Image.new("L", _size(SHARE, 1))
        for shape in SHARE:
            one = found[name, shape]
            sheet.paste(one.letters.point(SHOWN), _place(shape, SHARE))
            all_colours.paste(one.colours, _place(shape, dict.fromkeys(SHARE, AREA), row))
        _save(sheet, letters_path(name, language))
    _save(all_colours, colours_path(language))
    _opened.cache_clear()


def _save(picture: Image.Image, path: Path) -> None:
    picture.save(path, "WEBP", lossless=True, quality=100, method=4)


@lru_cache(maxsize=4)
def _opened(path: Path) -> Image.Image:
    with Image.open(path) as picture:
        return picture.convert("RGB")


def _sizes(share: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    return {shape: (wide // share[shape], high // share[shape]) for shape, (wide, high) in _CARDS.items()}


def _size(share: Mapping[str, int], rows: int) -> tuple[int, int]:
    sizes = _sizes(share).values()
    return sum(wide for wide, _ in sizes), rows * max(high for _, high in sizes)


def _place(shape: str, share: Mapping[str, int], row: int = 0) -> tuple[int, int, int, int]:
    """Where a card stands in a picture that holds each shape in a column of its own."""
    sizes = _sizes(share)
    lefts = dict(zip(sizes, accumulate((wide for wide, _ in sizes.values()), initial=0), strict=False))
    (wide, high), top = sizes[shape], row * _size(share, 1)[1]
    return lefts[shape], top, lefts[shape] + wide, top + high


_CARDS = {str(shape): cards.SHAPES[shape] for shape in SHARE}
