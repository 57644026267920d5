"""Golden images: what every template looks like in every shape and language, compared as an eye would.

`python -m tests.cards.golden --update` draws them anew; nothing else ever changes them. What differs is shown
side by side on a page whose path the failing test names.
"""

import html
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from PIL import Image, ImageChops

from scheduler import cards
from scheduler.cards.request import Request
from tests.cards.golden import kept
from tests.cards.golden.records import CAMPAIGN, CARDS, LANGUAGES, LEDGER

ROOT = Path(__file__).parents[3]
Case = tuple[str, str, str]
"""A card's name, its shape, its language."""

CASES = [(name, shape, language) for language in LANGUAGES for name in CARDS for shape in kept.SHARE]
EACH = 6
STEP = 7
"""Cards of a language in a quick look, and how far apart they are chosen: no divisor of 40."""


def _sample() -> Iterator[Case]:
    """Six cards of every language, of six templates, so that each is seen in each shape in two languages."""
    every = [(name, shape) for name in CARDS for shape in kept.SHARE]
    for turn, language in enumerate(LANGUAGES):
        for number in range(turn * EACH, (turn + 1) * EACH):
            yield *every[number * STEP % len(every)], language


SAMPLE = list(_sample())


def request_of(name: str, language: str) -> Request:
    return cards.request(
        CARDS[name],
        ledger=LEDGER,
        language=language,
        campaign=CAMPAIGN,
        hashtags=CAMPAIGN.hashtags,
        cleared=True,
        root=ROOT,
    )


def drawn(name: str, shape: str, language: str) -> Image.Image:
    """The card as it is drawn today, in full size."""
    data = cards.draw(request_of(name, language), cards.SHAPES[shape], ROOT).data
    return Image.open(io.BytesIO(data)).convert("RGB")


def golden(name: str, shape: str, language: str) -> kept.Kept | None:
    return kept.read(CARDS, name, shape, language)


def apart(case: Case, card: Image.Image) -> float:
    """How far a card in full size is from its golden image: up to 1 passes, without a golden one nothing."""
    found = golden(*case)
    return float("inf") if found is None else kept.apart(found, kept.of(card, case[1]))


def files() -> set[Path]:
    """Every file that golden images are kept in."""
    letters = {kept.letters_path(name, language) for name in CARDS for language in LANGUAGES}
    return letters | {kept.colours_path(language) for language in LANGUAGES}


def update(languages: Iterable[str] = LANGUAGES) -> Iterator[str]:
    """Golden images anew, telling each language when it is done; a picture that no card has any more goes."""
    for old in set(kept.FOLDER.glob("*/*.webp")) - files():
        old.unlink()
    for language in languages:
        cases = [(name, shape) for name, shape, spoken in CASES if spoken == language]
        kept.write(language, {case: kept.of(drawn(*case, language), case[1]) for case in cases})
        yield language


def page(differing: Sequence[tuple[Case, Image.Image, float]], folder: Path) -> Path:
    """A page with golden, today's and their difference side by side, for [(case, card, how far apart)]."""
    rows = []
    for case, card, much in differing:
        name = "-".join(case).replace(":", "x")
        cells = [
            _cell(folder, f"{name}-{label}", label, picture)
            for label, picture in _pictures(case, card).items()
        ]
        rows.append(f"<tr><th>{html.escape(' '.join(case))}<br>{much:.1f}</th>{''.join(cells)}</tr>")
    target = folder / "differences.html"
    target.write_text(
        "<!doctype html><meta charset=utf-8><p>How far apart: up to 1.0 passes.</p>"
        f"<table>{''.join(rows)}</table>",
        encoding="utf-8",
    )
    return target


def _pictures(case: Case, card: Image.Image) -> dict[str, Image.Image]:
    now, before = kept.of(card, case[1]), golden(*case)
    today = {"now": now.letters, "now-in-colour": card.resize(now.letters.size, reducing_gap=2.0)}
    if before is None or before.letters.size != now.letters.size:
        return today
    return {
        "golden": before.letters,
        "now": now.letters,
        "apart": ImageChops.difference(before.letters, now.letters.point(kept.SHOWN)),
        "golden-colours": before.colours.resize(now.letters.size, Image.Resampling.BICUBIC),
        "now-in-colour": today["now-in-colour"],
    }


def _cell(folder: Path, name: str, label: str, picture: Image.Image) -> str:
    picture.save(folder / f"{name}.png")
    return f'<td><img src="{name}.png" alt="{label}"><br>{label.replace("-", " ")}</td>'
