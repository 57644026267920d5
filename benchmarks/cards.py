"""How many quotation cards a second: ours, warm, beside what one writes with Pillow in an afternoon.

    python -m benchmarks.cards [rounds]

All draw the same words on the same background at 1080×1350 with the same font, into JPEG of the same
quality; every card has other words. Ours besides picks the line breaks, hangs the marks, measures contrast
and takes the words from records. The rounds alternate, so that what else the machine does hits everyone;
CPU seconds of this process count.
"""

import io
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from datetime import date
from importlib import resources
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

from PIL import Image, ImageDraw, ImageFont

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from scheduler import cards  # noqa: E402
from scheduler.model import Campaign, Card, Ledger, Quote, Source  # noqa: E402

SIZE, BACKGROUND, CARDS = (1080, 1350), "ridges.jpg", 8
FONT = resources.files("fontpkg_source_serif_4") / "files" / "SourceSerif4[opsz,wght].ttf"
WORDS = "We remember them in year {}, and we shall say their names until somebody answers for what was done."
CAMPAIGN = Campaign(
    "Justice for Khojaly", date(1992, 2, 26), 2027, ZoneInfo("Asia/Baku"), ("en",), ("Khojaly",)
)


def ours(words: str) -> bytes:
    quote = Quote(
        id="q", words=words, institution={"en": "Justice for Khojaly"}, sources=(Source(title="Benchmark"),)
    )
    request = cards.request(
        Card("quote", quote="q", background=BACKGROUND),
        ledger=Ledger(quotes={"q": quote}),
        language="en",
        campaign=CAMPAIGN,
        hashtags=CAMPAIGN.hashtags,
        cleared=True,
    )
    return cards.draw(request, SIZE, ROOT).data


def opened() -> Image.Image:
    picture = Image.open(ROOT / "assets/images" / BACKGROUND).convert("RGB")
    return picture.resize((1350, 1350), Image.Resampling.LANCZOS).crop((135, 0, 1215, 1350))


def naive(words: str, background: Callable[[], Image.Image] = opened) -> bytes:
    """Open, resize, darken, make the font smaller until the text fits, draw, save."""
    image = Image.blend(background(), Image.new("RGB", SIZE, (20, 22, 26)), 0.6)
    pen, size = ImageDraw.Draw(image), 92
    while True:
        font = ImageFont.truetype(str(FONT), size)
        text = textwrap.fill(f"“{words}”", width=int(864 / (size * 0.48)))
        left, top, right, bottom = pen.multiline_textbbox((108, 300), text, font=font, spacing=size * 0.2)
        if (right - left <= 864 and bottom - top <= 640) or size <= 36:
            break
        size -= 2
    pen.multiline_text((108, 300), text, font=font, fill=(244, 240, 232), spacing=size * 0.2)
    small = ImageFont.truetype(str(FONT), 32)
    for y, line in ((1050, "Justice for Khojaly"), (1200, "Source: Benchmark"), (1240, "#Khojaly")):
        pen.text((108, y), line, font=small, fill=(214, 208, 198))
    target = io.BytesIO()
    image.save(target, "JPEG", quality=92, subsampling=0)
    return target.getvalue()


def kept() -> Callable[[str], bytes]:
    """The naive card, its background opened and resized once for all cards."""
    picture = opened()
    return lambda words: naive(words, lambda: picture)


def seconds(draw: Callable[[str], bytes], words: Iterator[str]) -> float:
    """CPU seconds a card."""
    texts = [next(words) for _ in range(CARDS)]
    start = time.process_time()
    for text in texts:
        draw(text)
    return (time.process_time() - start) / CARDS


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    rivals = {"ours": ours, "naive Pillow": naive, "naive, background kept": kept()}
    words = (WORDS.format(number) for number in range(1992, 1_000_000))
    taken: dict[str, list[float]] = {name: [] for name in rivals}
    for draw in rivals.values():
        draw(next(words))  # fonts and background are loaded before the clock starts
    for _ in range(rounds):
        for name, draw in rivals.items():
            taken[name].append(seconds(draw, words))
    for name, times in taken.items():
        print(f"{name:24}{1000 * median(times):8.1f} ms{1 / median(times):8.1f} cards/s")
    for name in list(rivals)[1:]:
        ratios = [slow / fast for slow, fast in zip(taken[name], taken["ours"], strict=True)]
        print(f"ours is {median(ratios):.1f} times as fast as {name} (median of {rounds} pairs)")


if __name__ == "__main__":
    main()
