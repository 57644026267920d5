"""How long check and plan take: 1,000 posts on 8 channels without drawing; one changed file in the service.

python -m benchmarks.campaign       prints medians of several runs; nothing is asserted
"""

import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from scheduler import config
from scheduler.config import Config
from scheduler.prepare import prepare

LANGUAGES = ("en", "az", "ru", "tr", "de", "fr", "es", "pl")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
RUNS = 5


def large(folder: Path, posts: int = 1000) -> Config:
    """A campaign of another commemoration: every post in eight languages, a channel for each language."""
    (folder / "posts").mkdir(parents=True)
    channels = "".join(
        f"  c-{language}: {{platform: {'x' if number % 2 else 'mastodon'}, language: {language},"
        f" slots: ['06:00', '09:00', '12:00', '15:00', '18:00', '21:00'],"
        f" {'' if number % 2 else 'base_url: https://m.example, '}daily_limit: 6}}\n"
        for number, language in enumerate(LANGUAGES)
    )
    (folder / "config.yaml").write_text(
        "campaign:\n  name: Harbour Flood\n  anniversary: 1962-02-17\n  year: 2027\n"
        "  timezone: Europe/Berlin\n"
        f"  languages: [{', '.join(LANGUAGES)}]\n  hashtags: [HarbourFlood]\n  start: D-300\n"
        f"approvals: {{default: 0}}\nchannels:\n{channels}",
        encoding="utf-8",
    )
    for start in range(0, posts, 50):
        written = "".join(_post(number) for number in range(start, min(start + 50, posts)))
        (folder / "posts" / f"part-{start:04}.yaml").write_text(written, encoding="utf-8")
    read, findings = config.load(folder / "config.yaml")
    if read is None:
        raise SystemExit("\n".join(map(str, findings)))
    return read


def _post(number: int) -> str:
    texts = "".join(
        f'    {language}: "Day {number} {language}: {_words(number, language)} https://flood.example/{number}"\n'
        for language in LANGUAGES
    )
    return f"- id: post-{number}\n  kind: text\n  text:\n{texts}"


def _words(number: int, language: str) -> str:
    """Words that differ from post to post, so that no two are near-duplicates."""
    stock = ("water", "dike", "night", "street", "roof", "boat", "name", "school", "bell", "letter", "door")
    return " ".join(
        f"{stock[(number * step + step) % len(stock)]}{number * step % 97}" for step in range(1, 12)
    )


def median(act: object, runs: int = RUNS) -> float:
    """The median of wall seconds."""
    taken = []
    for _ in range(runs):
        began = time.perf_counter()
        act()  # type: ignore[operator]
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        whole = large(Path(name) / "large")
        made = prepare(whole, NOW, {}, draw=False)
        seconds = median(lambda: prepare(whole, NOW, {}, draw=False))
        count = f"{len(made.content.posts)} posts, {len(made.deliveries)} deliveries"
        print(f"{count}: checked and planned in {seconds:.2f} s")
    root = Path(__file__).parents[1]
    sample, _ = config.load(root / "config.yaml")
    if sample is not None:
        prepare(sample, datetime.now(UTC), {})
        seconds = median(lambda: prepare(sample, datetime.now(UTC), {}))
        print(f"the sample, as the running service reads it again after a change: {seconds:.2f} s")


if __name__ == "__main__":
    main()
