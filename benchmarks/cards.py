"""How many quotation cards a second, beside everything else that can draw them.

    python -m benchmarks.cards [rounds]

One card, 1080×1350, a quotation over a photograph; every card has another quotation, in letters of the same
sizes. All draw the same picture: rivals are handed our line breaks, places and scrim (card_rivals/scene.py);
ours alone also lays out and takes its words from records while the clock runs. "Drawing alone" is ours when
it is handed its lines too; it still shapes letters and measures contrast. Everybody keeps the photograph for
the next card. Ours also keeps what it has encoded of it, and of the source line and foot, which are the same
on every card; no rival has a way for that. And it remembers how wide words are, which helps more here, where
texts are made of few words, than it does with real ones. Skia's Python package kerns nothing.

Rounds alternate, so that what else the machine does hits all; the ratio printed is the median of the pairs.
Chromium and Skia write JPEG with halved colours (4:2:0) only, so ours is measured both ways; satori and resvg
write PNG, and once more their pixels are written as the same JPEG by us.

The rivals come from package registries by card_rivals/set-up, into a cache outside the clone; without them
(SCHEDULER_CARD_RIVALS empty) ours is measured beside what one writes with Pillow in an afternoon.
"""

import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date
from importlib import resources
from pathlib import Path
from random import Random
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from PIL import Image, ImageChops, ImageDraw, ImageFont, ImageStat

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import card_stages  # noqa: E402
from benchmarks.card_rivals import scene  # noqa: E402
from scheduler import cards  # noqa: E402
from scheduler.cards import backdrop, layout, paint, photos, runs, shape, strips, templates  # noqa: E402
from scheduler.model import Campaign, Card, Ledger, Quote, Source  # noqa: E402

SIZE, BACKGROUND, QUALITY = (1080, 1350), "dawn.jpg", 92
FONT = resources.files("fontpkg_source_serif_4") / "files" / "SourceSerif4[opsz,wght].ttf"
WORDS = """
a about after again all answer ask before bread bridge carry city close door each evening every first
fields garden give green hands hear home house keep large leave letter light long many market morning
mountain name night north open orchard paper quiet rain read remember return river road say school
silence slowly snow song spring stand stone street summer table tell their there together under until
valley village voice walk water we when window winter with word write year
"""
"""Every quotation is eighteen of these; none is anybody's."""

CAMPAIGN = Campaign(
    "Justice for Khojaly", date(1992, 2, 26), 2027, ZoneInfo("Asia/Baku"), ("en",), ("Khojaly",)
)
HALVED = strips.Coding(QUALITY, subsampling=2, block=16)
Draw = Callable[[str], float]
"""Draws a card with these words and says how many milliseconds that took."""


def request(words: str) -> cards.Request:
    quote = Quote(
        id="q", words=words, institution={"en": "Justice for Khojaly"}, sources=(Source(title="Benchmark"),)
    )
    return cards.request(
        Card("quote", quote="q", background=BACKGROUND),
        ledger=Ledger(quotes={"q": quote}),
        language="en",
        campaign=CAMPAIGN,
        hashtags=CAMPAIGN.hashtags,
        cleared=True,
    )


def sentences() -> Iterator[str]:
    """One other text after the other, the same ones in every run, long enough for five lines or six."""
    chance, words = Random(1992), WORDS.split()
    while True:
        text = " ".join(chance.choice(words) for _ in range(18))
        yield f"{text[0].upper()}{text[1:]}."


def alike(count: int, folder: Path) -> Iterator[str]:
    """So many texts set with the same cuts of the fonts: each cut is a file that rivals load beforehand.

    What a rival is asked for each is written down now: setting a text while the clock runs, only to tell a
    rival its lines, would spare us the same work.
    """
    chance, found, cuts = sentences(), list[str](), set[object]()
    while len(found) < count:
        text = next(chance)
        used = {(piece.style, shape.optical(piece.size)) for piece in scene.laid(request(text), SIZE).pieces}
        cuts = cuts or used
        if used == cuts:
            found.append(text)
            QUESTIONS[text] = scene.card(request(text), SIZE, folder)
    for kept in SET:
        kept.cache_clear()
    return iter(found)


QUESTIONS: dict[str, dict[str, Any]] = {}
SET = (
    layout.fit,
    layout._measures,
    runs.of,
    shape._known,
    shape._set_again,
    shape._shape,
    shape._spaced,
    shape._together,
)
"""What remembers texts and words that were set. It is emptied before the clock runs, not between cards."""


def ours(words: str) -> float:
    start = time.perf_counter()
    cards.draw(request(words), SIZE, ROOT)
    return 1000 * (time.perf_counter() - start)


def drawing(words: str) -> float:
    """Ours with the lines already broken and placed, as rivals get them; letters are shaped anew."""
    asked = request(words)
    sheet = scene.laid(asked, SIZE)
    shape._shape.cache_clear()
    start = time.perf_counter()
    paint.paint(sheet, templates.of(asked.template).scrim, ROOT)
    return 1000 * (time.perf_counter() - start)


def halved(words: str, draw: Draw = ours) -> float:
    """Ours with halved colours, as Chromium and Skia write them."""
    backdrop.CODING = HALVED
    try:
        return draw(words)
    finally:
        backdrop.CODING = strips.FULL


def halved_drawing(words: str) -> float:
    return halved(words, drawing)


def opened() -> Image.Image:
    picture = Image.open(ROOT / "assets/images" / BACKGROUND).convert("RGB")
    return picture.resize((1350, 1350), Image.Resampling.LANCZOS).crop((135, 0, 1215, 1350))


def naive() -> Draw:
    """What one writes with Pillow: darken, make the font smaller until the text fits, draw, save."""
    picture = opened()

    def draw(words: str) -> float:
        start = time.perf_counter()
        image = Image.blend(picture, Image.new("RGB", SIZE, (20, 22, 26)), 0.6)
        pen, size = ImageDraw.Draw(image), 92
        while True:
            font = ImageFont.truetype(str(FONT), size)
            lines = _wrapped(f"“{words}”", int(864 / (size * 0.48)))
            left, top, right, bottom = pen.multiline_textbbox(
                (108, 300), lines, font=font, spacing=size * 0.2
            )
            if (right - left <= 864 and bottom - top <= 640) or size <= 36:
                break
            size -= 2
        pen.multiline_text((108, 300), lines, font=font, fill=(244, 240, 232), spacing=size * 0.2)
        small = ImageFont.truetype(str(FONT), 32)
        for y, line in ((1050, "Justice for Khojaly"), (1200, "Source: Benchmark"), (1240, "#Khojaly")):
            pen.text((108, y), line, font=small, fill=(214, 208, 198))
        photos.jpeg(image, QUALITY)
        return 1000 * (time.perf_counter() - start)

    return draw


def _wrapped(text: str, width: int) -> str:
    import textwrap

    return textwrap.fill(text, width=width)


class Rival:
    """A process that draws one card for each line it is given."""

    def __init__(self, command: list[str], env: dict[str, str], folder: Path) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **env}
        )

    def ask(self, words: str, **more: Any) -> float:
        asked = {**(QUESTIONS.get(words) or scene.card(request(words), SIZE, self.folder)), **more}
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit(f"{self.process.args} ended; what it said stands above")
        return float(json.loads(answer)["ms"])

    def encoded(self, words: str) -> float:
        """Its pixels, written as our JPEG: its time and the encoder's."""
        file = self.folder / "pixels"
        took = self.ask(words, pixels=True, keep=str(file))
        image = Image.frombytes("RGBA", SIZE, file.read_bytes()).convert("RGB")
        start = time.perf_counter()
        photos.jpeg(image, QUALITY)
        return took + 1000 * (time.perf_counter() - start)

    def __enter__(self) -> "Rival":
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(20)
        self.process.stdout.close()


def started(stack: ExitStack, folder: Path) -> dict[str, Rival]:
    """The rivals that can be had here, by name."""
    home = os.environ.get("SCHEDULER_CARD_RIVALS")
    if home is None:
        made = subprocess.run([ROOT / "benchmarks/card_rivals/set-up"], stdout=subprocess.PIPE, text=True)
        home = made.stdout.strip()
    if not home:
        print("rivals left out: card_rivals/set-up could not make them")
        return {}
    given = scene.scene(request(next(sentences())), SIZE, ROOT, folder, QUALITY)
    here = Path(__file__).parent / "card_rivals"
    python = {"PYTHONPATH": str(Path(home) / "python")}
    found = {
        "skia-python": Rival([sys.executable, str(here / "skia_card.py"), json.dumps(given)], python, folder),
        "satori + resvg": Rival([f"{home}/node", f"{home}/satori.mjs", json.dumps(given)], {}, folder),
    }
    browser = os.environ.get("SCHEDULER_CHROMIUM") or shutil.which("chromium")
    if browser:
        shown = json.dumps({**given, "chromium": browser})
        found["Chromium"] = Rival([sys.executable, str(here / "chromium.py"), shown], python, folder)
    else:
        print("Chromium left out: set SCHEDULER_CHROMIUM to its path")
    for one in found.values():
        stack.enter_context(one)
    return found


def apart(rival: Rival, name: str) -> float:
    """How far the rival's picture is from ours: the mean over all pixels and channels, 0 to 255."""
    words = next(sentences())
    file = rival.folder / f"{name.partition(' ')[0]}.picture"
    rival.ask(words, keep=str(file))
    mine = Image.open(io.BytesIO(cards.draw(request(words), SIZE, ROOT).data)).convert("RGB")
    with Image.open(file) as theirs:
        return sum(ImageStat.Stat(ImageChops.difference(mine, theirs.convert("RGB"))).mean) / 3


def pairs(draw: Draw, rival: Draw, words: Iterator[str], rounds: int) -> tuple[float, float, float]:
    """Medians of ours and the rival's milliseconds, and of the pairs' ratio."""
    draw(next(words)), rival(next(words))  # fonts and background are loaded before the clock counts
    taken = []
    for number in range(rounds):
        text = next(words)
        first, second = (draw, rival) if number % 2 else (rival, draw)
        one, two = first(text), second(text)
        taken.append((one, two) if number % 2 else (two, one))
    return (
        median(mine for mine, _ in taken),
        median(theirs for _, theirs in taken),
        median(theirs / mine for mine, theirs in taken),
    )


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    words = sentences()
    card_stages.show(request, SIZE, ROOT, words, rounds)
    card_stages.many(request, SIZE, ROOT, words)
    print()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        rivals = started(stack, folder)
        words = alike(13 * (rounds + 1), folder)
        for name, rival in rivals.items():
            print(f"{name}: its picture is {apart(rival, name):.1f} of 255 from ours on average")
        rows: list[tuple[str, Draw, str, Draw]] = [("4:4:4", ours, "naive Pillow, 4:4:4", naive())]
        for name in ("Chromium", "skia-python"):
            if rival := rivals.get(name):
                rows += [(kind, mine, f"{name}, 4:2:0", rival.ask) for kind, mine in KINDS]
        if rival := rivals.get("satori + resvg"):
            rows.append(("4:4:4", ours, "satori + resvg, PNG as shipped", rival.ask))
            rows.append(("4:4:4", ours, "satori + resvg, the same JPEG", rival.encoded))
        for kind, mine, name, theirs in rows:
            one, two, ratio = pairs(mine, theirs, words, rounds)
            print(f"ours {kind:22}{one:7.1f} ms   {name:32}{two:8.1f} ms   {ratio:6.1f} times as long")


KINDS: tuple[tuple[str, Draw], ...] = (
    ("4:2:0", halved),
    ("4:4:4", ours),
    ("4:2:0, drawing alone", halved_drawing),
    ("4:4:4, drawing alone", drawing),
)

if __name__ == "__main__":
    main()
