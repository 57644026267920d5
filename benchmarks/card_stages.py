"""Where a card's time goes, in CPU milliseconds, and how long a thousand cards take."""

import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

from PIL import Image

from scheduler import cards
from scheduler.cards import paint, photos, shape, templates
from scheduler.cards.request import Request
from scheduler.cards.sheet import Sheet

THOUSAND = 1000
Palette = dict[str, shape.Colour]
Asking = Callable[[str], Request]


def show(request: Asking, size: tuple[int, int], root: Path, words: Iterator[str], rounds: int) -> None:
    """Decode, backdrop, layout, text, encode; compose and text together are to be no more than the encode."""
    taken: dict[str, list[float]] = {}

    def clocked(stage: str, work: Callable[..., Any], *with_: Any) -> Any:
        start = time.process_time()
        made = work(*with_)
        taken.setdefault(stage, []).append(1000 * (time.process_time() - start))
        return made

    for _ in range(rounds):
        asked = request(next(words))
        template, palette = templates.of(asked.template), _palette(asked)
        paint.forget()
        sheet = Sheet(asked, size)
        clocked("layout", template.lay, asked, sheet)
        clocked("decode and first backdrop", _backdrop, sheet, template.scrim, palette, root)
        image = clocked("compose", _composed, sheet, template.scrim, palette, root)
        clocked("text", _letters, sheet, image, palette)
        clocked("encode", photos.jpeg, image, 92)
    print("\nstages, CPU ms")
    for stage, times in taken.items():
        print(f"  {stage:40}{median(times):8.2f}")
    drawn = median(taken["compose"]) + median(taken["text"])
    print(f"  compose and text are {drawn / median(taken['encode']):.2f} of the encode")


def _palette(asked: Request) -> Palette:
    return {name: paint.colour(value) for name, value in asked.palette}


def _backdrop(sheet: Sheet, scrim: templates.Knots, palette: Palette, root: Path) -> Image.Image:
    return paint.readable(sheet.request, sheet.size, sheet.pieces, scrim, palette, root)


def _composed(sheet: Sheet, scrim: templates.Knots, palette: Palette, root: Path) -> Image.Image:
    """The kept backdrop once more, with contrast measured for this card's letters."""
    return _backdrop(sheet, scrim, palette, root).copy()


def _letters(sheet: Sheet, image: Image.Image, palette: Palette) -> None:
    for piece in sheet.pieces:
        line = shape.shape(piece.text, piece.language, piece.style, piece.size, piece.around)
        shape.draw(image, piece.x, piece.baseline, line, piece.size, palette[piece.role])


def many(request: Asking, size: tuple[int, int], root: Path, words: Iterator[str]) -> None:
    """A thousand cards by workers, and the same campaign once more."""
    with tempfile.TemporaryDirectory() as folder:
        wanted = [cards.Wanted(request(next(words)), size) for _ in range(THOUSAND)]
        kept = cards.Kept(Path(folder), root)
        start = time.perf_counter()
        kept.fill(wanted)
        took = time.perf_counter() - start
        count = sum(1 for _ in Path(folder).iterdir())
        start = time.perf_counter()
        kept.fill(wanted)
        again = time.perf_counter() - start
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"\n{count:,} cards by workers: {took:.1f} s; the same again, drawing nothing: {again:.2f} s")
    print(f"the largest process that ran: {largest:.0f} MB (rivals' included where they ran)")
