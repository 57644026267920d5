"""Where a card's time goes, in CPU milliseconds, and how long a thousand cards take."""

import os
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Any

from PIL import Image

from scheduler import cards
from scheduler.cards import backdrop, paint, photos, scrim, shape, strips, templates
from scheduler.cards.request import Request
from scheduler.cards.sheet import Role, Sheet

THOUSAND = 1000
Palette = dict[str, shape.Colour]
Inks = Sequence[tuple[shape.Ink, Role]]
Asking = Callable[[str], Request]


def show(request: Asking, size: tuple[int, int], root: Path, words: Iterator[str], rounds: int) -> None:
    """Layout, compose, text, encode; compose and text together are to be no more than a whole encode."""
    taken: dict[str, list[float]] = {}

    def clocked(stage: str, work: Callable[..., Any], *with_: Any) -> Any:
        start = time.process_time()
        made = work(*with_)
        taken.setdefault(stage, []).append(1000 * (time.process_time() - start))
        return made

    for _ in range(rounds):
        text = next(words)
        asked = clocked("records to words", request, text)
        template, palette = templates.of(asked.template), _palette(asked)
        sheet = Sheet(asked, size)
        clocked("layout", template.lay, asked, sheet)
        backdrop.forget()
        clocked("decode and first backdrop", _backdrop, sheet, template.scrim, palette, root)
        whole = _canvas(sheet, paint.letters(sheet), template.scrim, palette, root)
        whole.jpeg()  # what no letter touches is encoded once
        inks = clocked("letters rasterised", paint.letters, sheet)
        canvas = clocked(
            "compose: contrast and backdrop", _canvas, sheet, inks, template.scrim, palette, root
        )
        clocked("compose: letters laid on", _laid, canvas, inks, palette)
        clocked("encode, the cells drawn on", canvas.jpeg)
        clocked("encode, the whole card", photos.jpeg, canvas.whole(), 92)
    print("stages, CPU ms (median)")
    middle = {stage: median(times) for stage, times in taken.items()}
    for stage, took in middle.items():
        print(f"  {stage:40}{took:8.2f}")
    drawn = sum(took for stage, took in middle.items() if stage.startswith(("compose", "letters")))
    print(f"  compose and text are {drawn / middle['encode, the whole card']:.2f} of encoding the whole card")


def _palette(asked: Request) -> Palette:
    return {name: paint.colour(value) for name, value in asked.palette}


def _backdrop(sheet: Sheet, wanted: templates.Knots, palette: Palette, root: Path) -> strips.Backdrop:
    return scrim.readable(sheet.request, sheet.size, sheet.pieces, wanted, palette, root)


def _canvas(sheet: Sheet, inks: Inks, wanted: templates.Knots, palette: Palette, root: Path) -> strips.Canvas:
    """The kept backdrop once more, with contrast measured for this card's letters."""
    under = _backdrop(sheet, wanted, palette, root)
    return strips.Canvas(under, paint.touched(sheet, [ink for ink, _ in inks]))


def _laid(canvas: strips.Canvas, inks: Inks, palette: Palette) -> list[list[Image.Image]]:
    for ink, role in inks:
        canvas.paste(palette[role], ink.left, ink.top, ink.mask)
    return [patch.planes for patch in canvas.patches]


def many(request: Asking, size: tuple[int, int], root: Path, words: Iterator[str]) -> None:
    """A thousand cards by workers, and the same campaign once more."""
    with tempfile.TemporaryDirectory() as folder:
        wanted = [cards.Wanted(request(next(words)), size) for _ in range(THOUSAND)]
        kept = cards.Kept(Path(folder), root)
        before, start = _children(), time.perf_counter()
        with ThreadPoolExecutor(1) as aside:
            filling = aside.submit(kept.fill, wanted)
            largest = 0.0
            while not filling.done():
                largest = max(largest, *_sizes())
                time.sleep(0.05)
            filling.result()
        took, spent = time.perf_counter() - start, _children() - before
        count = sum(1 for _ in Path(folder).iterdir())
        start = time.perf_counter()
        kept.fill(wanted)
        again = time.perf_counter() - start
    print(f"\n{count:,} cards by workers: {took:.1f} s; the same again, drawing nothing: {again:.2f} s")
    print(f"their CPU time, started with: {spent:.1f} s; the largest of them: {largest:.0f} MB")


def _sizes() -> Iterator[float]:
    """The most memory that each child of this process ever used, in MB; nothing where there is no /proc.

    The system's own figure for ended children is no use: it counts what a child shared with us at its birth.
    """
    yield 0.0
    for status in Path("/proc").glob("[0-9]*/status"):
        with suppress(OSError, KeyError):
            told = dict(line.split(":", 1) for line in status.read_text().splitlines())
            if int(told["PPid"]) == os.getpid() and "drawer" in status.with_name("cmdline").read_text():
                yield int(told["VmHWM"].split()[0]) / 1024


def _children() -> float:
    """CPU seconds of the processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
