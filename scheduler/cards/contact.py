"""The contact sheet: every template in every shape and language on one page, to be looked at by people."""

import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from PIL import Image

from scheduler.cards.card import alt_text, draw
from scheduler.cards.formats import PAGES
from scheduler.cards.kept import write
from scheduler.cards.request import Request
from scheduler.cards.templates import ALIASES, TEMPLATES
from scheduler.errors import CardError
from scheduler.model import Card, Ledger

PHONE = 375
"""Width in which the page shows each card: a telephone's."""

HIGH = 400
"""Height of a card in the overview picture, in pixels."""


@dataclass(frozen=True)
class Specimen:
    """One template in one language: what it shows, or why it cannot be shown."""

    template: str
    language: str
    request: Request | None
    problem: str = ""


def examples(posts: Iterable[Card], ledger: Ledger) -> dict[str, Card | None]:
    """A card for each template: the first that some post asks for, else one of the ledger's first records."""
    found: dict[str, Card] = {}
    for card in posts:
        found.setdefault(ALIASES.get(card.template, card.template), card)
    return {name: found.get(name) or _of_ledger(name, ledger) for name in TEMPLATES}


def _of_ledger(name: str, ledger: Ledger) -> Card | None:
    person, quote, recognition, position = (
        next(iter(records), None)
        for records in (ledger.people, ledger.quotes, ledger.recognitions, ledger.positions)
    )
    published = next((one.id for one in ledger.quotes.values() if one.institution), None)
    whole = next((f.id for f in ledger.facts.values() if f.figure is not None and not f.part_of), None)
    made = {
        "witness": person and Card(name, person=person),
        "quote": quote and Card(name, quote=quote),
        "document": published and Card(name, quote=published),
        "recognition": recognition and Card(name, recognition=recognition),
        "letter": position and Card(name, position=position),
        "figures": whole and Card(name, facts=(whole,)),
    }
    return made.get(name) or None


def make(
    specimens: Sequence[Specimen],
    folder: Path,
    root: Path,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Draw every specimen in every shape into `folder`; returns the page. Raises StoreError if unwritable."""
    rows: dict[str, list[str]] = {}
    shown: list[list[Image.Image]] = []
    for done, one in enumerate(specimens):
        cells, small = _row(one, folder, root)
        rows.setdefault(one.language, []).append(cells)
        shown += [small] if small else []
        if progress:
            progress(done + 1, len(specimens))
    if shown:
        write(folder / "overview.jpg", _overview(shown))
    page = folder / "index.html"
    write(page, _PAGE.format(rows="".join(_section(*each) for each in rows.items())).encode())
    return page


def _row(one: Specimen, folder: Path, root: Path) -> tuple[str, list[Image.Image]]:
    cells, small = [], []
    for shape, page in PAGES.items():
        name = f"{one.template}-{one.language}-{shape.replace(':', 'x')}.jpg"
        try:
            if one.request is None:
                raise CardError(one.problem)
            drawn = draw(one.request, page.size, root)
            alt = alt_text(one.request)
        except CardError as error:
            cells.append(f"<td class=problem>{escape(str(error))}</td>")
            continue
        write(folder / name, drawn.data)
        cells.append(
            f'<td><a href="{name}"><img src="{name}" width={PHONE} alt="{escape(alt)}" loading=lazy></a></td>'
        )
        with Image.open(io.BytesIO(drawn.data)) as image:
            size = (round(HIGH * page.size[0] / page.size[1]), HIGH)
            small.append(image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3))
    return f"<tr><th>{escape(one.template)}</th>{''.join(cells)}</tr>", small


def _section(language: str, rows: Sequence[str]) -> str:
    shapes = "".join(f"<th>{shape}</th>" for shape in PAGES)
    return f"<h2>{escape(language)}</h2><table><tr><th></th>{shapes}</tr>{''.join(rows)}</table>"


def _overview(rows: Sequence[Sequence[Image.Image]]) -> bytes:
    gap = 12
    wide = max(sum(image.width + gap for image in row) for row in rows) + gap
    sheet = Image.new("RGB", (wide, len(rows) * (HIGH + gap) + gap), "white")
    for number, row in enumerate(rows):
        x = gap
        for image in row:
            sheet.paste(image, (x, gap + number * (HIGH + gap)))
            x += image.width + gap
    target = io.BytesIO()
    sheet.save(target, "JPEG", quality=80)
    return target.getvalue()


_PAGE = """<!doctype html>
<html lang=en><meta charset=utf-8><meta name=viewport content="width=device-width, initial-scale=1">
<title>Cards: templates, shapes, languages</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; margin: 2rem; color: #1b1b1b; background: #fff }}
table {{ border-spacing: 1rem; }}
th {{ text-align: left; vertical-align: top }}
td {{ vertical-align: top; width: 375px }}
.problem {{ color: #8a1c1c; border: 1px solid #d9b3b3; padding: 1rem }}
</style>
<h1>Cards</h1>
<p>Each card as wide as a telephone shows it; open one for its full size. What cannot be drawn says why.</p>
{rows}
</html>
"""
