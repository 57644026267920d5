"""Golden images: one small picture per template, shape and language, compared as an eye would.

`python -m tests.cards.golden --update` draws them anew; nothing else ever changes them. What differs is shown
side by side on a page whose path the failing test names.
"""

import html
import io
from pathlib import Path

from PIL import Image, ImageChops, ImageFilter

from scheduler import cards
from tests.cards.golden.records import CAMPAIGN, CARDS, LEDGER

FOLDER = Path(__file__).parent
ROOT = Path(__file__).parents[3]
WIDE = {"4:5": 240, "1:1": 240, "16:9": 352, "9:16": 198}
"""Width of a golden image in pixels, by shape."""

TILE = 12
TOLERANCE = 7.0
"""The metric: both pictures are brought to the golden's size and blurred by one pixel; the difference is the
greatest mean of |a - b| over the three channels (0..255) in any tile of 12 × 12 pixels. Another processor's
rounding moves single levels, a tile's mean by less than one; stored pictures keep six bits a channel, which
is two more at most. A line of small type gone, or one moved by two of these pixels, is above ten."""

LEVELS = [value & 0xFC | 2 for value in range(256)] * 3


EVERY_CARD = ("en", "az", "ar")
SOME_CARDS = {"ru": ("quote", "figures"), "he": ("quote", "recognition"), "ja": ("quote", "letter")}
"""Languages with a golden image of every card in every shape, and those with some, tall and wide."""
ONE_CARD = {"el": "figures", "fa": "quote", "pl": "quote", "zh": "quote"}
"""Languages with a single golden image, tall: their hand, marks and line ends are seen on it."""

CASES = [
    *((name, shape, language) for language in EVERY_CARD for name in CARDS for shape in cards.SHAPES),
    *(
        (name, shape, language)
        for language, some in SOME_CARDS.items()
        for name in some
        for shape in ("4:5", "16:9")
    ),
    *((name, "4:5", language) for language, name in ONE_CARD.items()),
]


def path_of(name, shape, language):
    return FOLDER / f"{name}-{shape.replace(':', 'x')}-{language}.png"


def drawn(name, shape, language):
    """The card as it is drawn today, at the golden's size."""
    request = cards.request(
        CARDS[name],
        ledger=LEDGER,
        language=language,
        campaign=CAMPAIGN,
        hashtags=CAMPAIGN.hashtags,
        cleared=True,
        root=ROOT,
    )
    size = cards.SHAPES[shape]
    with Image.open(io.BytesIO(cards.draw(request, size, ROOT).data)) as image:
        return image.resize((WIDE[shape], round(WIDE[shape] * size[1] / size[0])), Image.Resampling.BOX)


def difference(one, other):
    """The metric that TOLERANCE is for; pictures of other sizes differ without end."""
    if one.size != other.size:
        return float("inf")
    blur = ImageFilter.GaussianBlur(1)
    apart = ImageChops.difference(one.convert("RGB").filter(blur), other.convert("RGB").filter(blur))
    grey = Image.merge("RGB", apart.split()).convert("L", (1 / 3, 1 / 3, 1 / 3, 0))
    tiles = (-(-grey.width // TILE), -(-grey.height // TILE))
    return grey.resize(tiles, Image.Resampling.BOX).getextrema()[1]


def update():
    """Every golden image anew; one that no card has any more goes."""
    for old in set(FOLDER.glob("*.png")) - {path_of(*case) for case in CASES}:
        old.unlink()
    for case in CASES:
        drawn(*case).point(LEVELS).save(path_of(*case), optimize=True)


def page(differing, folder):
    """A page with golden, today's and their difference side by side, for [(case, image, how much)]."""
    rows = []
    for case, image, much in differing:
        name = path_of(*case).stem
        golden = Image.open(path_of(*case)).convert("RGB") if path_of(*case).exists() else None
        image.save(folder / f"{name}-now.png")
        cells = [f'<td><img src="{name}-now.png"><br>now</td>']
        if golden is not None and golden.size == image.size:
            golden.save(folder / f"{name}-golden.png")
            ImageChops.difference(golden, image).point(lambda v: min(255, v * 6)).save(
                folder / f"{name}-apart.png"
            )
            cells.insert(0, f'<td><img src="{name}-golden.png"><br>golden</td>')
            cells.append(f'<td><img src="{name}-apart.png"><br>difference × 6</td>')
        rows.append(f"<tr><th>{html.escape(name)}<br>{much:.1f}</th>{''.join(cells)}</tr>")
    target = folder / "differences.html"
    target.write_text(f"<!doctype html><meta charset=utf-8><table>{''.join(rows)}</table>", encoding="utf-8")
    return target
