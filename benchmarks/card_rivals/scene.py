"""One card handed to rivals: background, scrim, fonts of one weight each, and where letters stand.

Rivals get the layout for nothing: line breaks, sizes, places and the scrim's depth are ours, so that all draw
the same pixels. Only ours also lays out, measures contrast and adds grain while the clock runs.
"""

from functools import lru_cache
from pathlib import Path
from typing import Any

import uharfbuzz as hb

from scheduler.cards import paint, scrim, shape, templates
from scheduler.cards.request import IMAGES, Request
from scheduler.cards.sheet import Piece, Sheet


def laid(request: Request, size: tuple[int, int]) -> Sheet:
    sheet = Sheet(request, size)
    templates.of(request.template).lay(request, sheet)
    return sheet


def scene(request: Request, size: tuple[int, int], root: Path, cache: Path, quality: int) -> dict[str, Any]:
    """What stays the same from card to card."""
    sheet = laid(request, size)
    ground = paint.colour(dict(request.palette)["ground"])
    stops = _stops(request, sheet, root)
    places = ", ".join(
        f"rgba({ground[0]},{ground[1]},{ground[2]},{alpha}) {100 * at}%" for at, alpha in stops
    )
    files = {name: (path, rise) for name, path, rise in (_font(p, cache) for p in sheet.pieces)}
    return {
        "width": size[0],
        "height": size[1],
        "quality": quality,
        "background": str(root / IMAGES / (request.background or "")),
        "ground": ground,
        "stops": stops,
        "scrim": f"linear-gradient(180deg, {places})",
        "fonts": [{"name": name, "file": path} for name, (path, _) in files.items()],
    }


def card(request: Request, size: tuple[int, int], cache: Path) -> dict[str, Any]:
    """The lines and rules of one card."""
    palette = {name: f"#{value}" for name, value in request.palette}
    sheet, pieces = laid(request, size), []
    for piece in sheet.pieces:
        name, _, rise = _font(piece, cache)
        pieces.append(
            {
                "text": piece.text,
                "x": piece.x,
                "baseline": piece.baseline,
                "top": piece.baseline - rise * piece.size,
                "size": piece.size,
                "font": name,
                "colour": palette[piece.role],
            }
        )
    bars = [
        {
            "left": bar.left,
            "top": bar.top,
            "width": bar.width,
            "height": bar.height,
            "colour": palette[bar.role],
        }
        for bar in sheet.bars
    ]
    return {"pieces": pieces, "bars": bars}


def _stops(request: Request, sheet: Sheet, root: Path) -> list[tuple[float, float]]:
    """The scrim as it was deepened for this card's letters: place from the top, and how much it covers."""
    palette = {name: paint.colour(value) for name, value in request.palette}
    wanted = templates.of(request.template).scrim
    _, depths = scrim.chosen(request, sheet.size, sheet.pieces, wanted, palette, root)
    return [(knot / (len(depths) - 1), depth) for knot, depth in enumerate(depths)]


def _font(piece: Piece, cache: Path) -> tuple[str, str, float]:
    return _cut(piece.style.family.value, piece.style.weight, shape.optical(piece.size), str(cache))


@lru_cache(maxsize=64)
def _cut(family: str, weight: int, optical: int, cache: str) -> tuple[str, str, float]:
    """A font of one weight and size, which every rival reads; how far its baseline is below a line."""
    package, file = {
        "serif": ("fontpkg_source_serif_4", "SourceSerif4[opsz,wght].ttf"),
        "sans": ("fontpkg_source_sans_3", "SourceSans3[wght].ttf"),
    }[family]
    face = hb.Face(hb.Blob.from_file_path(str(_files(package) / file)))
    name = f"{family}-{weight}-{optical if family == 'serif' else 0}"
    path = Path(cache, f"{name}.ttf")
    wanted = hb.SubsetInput()
    wanted.keep_everything()
    wanted.pin_axis_location(face, "wght", weight)
    if family == "serif":
        wanted.pin_axis_location(face, "opsz", optical)
    cut = hb.subset(face, wanted)
    if not path.exists():
        path.write_bytes(cut.blob.data)
    font = hb.Font(cut)
    extents = font.get_font_extents("ltr")
    above, below = extents.ascender / cut.upem, -extents.descender / cut.upem
    return name, str(path), (1 - above - below) / 2 + above


def _files(package: str) -> Path:
    from importlib import resources

    return Path(str(resources.files(package) / "files"))
