"""How long check and plan take: 1,000 posts with the sample's ledger and word lists, without drawing.

Then again after one file was changed, as in the running service; and the sample itself.

python -m benchmarks.campaign       prints medians of several runs, in CPU time; nothing is asserted
"""

import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from scheduler import config
from scheduler.config import Config
from scheduler.prepare import Memory, prepare

LANGUAGES = ("en", "az", "ru", "tr", "de", "fr", "es", "pl")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
RUNS = 5
ROOT = Path(__file__).parents[1]


def large(folder: Path, posts: int = 1000, languages: Sequence[str] = LANGUAGES) -> Config:
    """A campaign of another commemoration: every post in all languages, a channel for each of them.

    It is held to the sample's ledger: without word lists a campaign checks in no time, and nothing.
    """
    (folder / "posts").mkdir(parents=True)
    channels = "".join(
        f"  c-{language}: {{platform: {'x' if number % 2 else 'mastodon'}, language: {language},"
        f" slots: ['06:00', '09:00', '12:00', '15:00', '18:00', '21:00'],"
        f" {'' if number % 2 else 'base_url: https://m.example, '}daily_limit: 6}}\n"
        for number, language in enumerate(languages)
    )
    (folder / "config.yaml").write_text(
        "campaign:\n  name: Harbour Flood\n  anniversary: 1962-02-17\n  year: 2027\n"
        "  timezone: Europe/Berlin\n"
        f"  languages: [{', '.join(languages)}]\n  hashtags: [HarbourFlood]\n  start: D-300\n"
        f"approvals: {{default: 0}}\nchannels:\n{channels}",
        encoding="utf-8",
    )
    for start in range(0, posts, 50):
        written = "".join(_post(number, languages) for number in range(start, min(start + 50, posts)))
        (folder / "posts" / f"part-{start:04}.yaml").write_text(written, encoding="utf-8")
    shutil.copytree(ROOT / "posts" / "ledger", folder / "posts" / "ledger")
    read, findings = config.load(folder / "config.yaml")
    if read is None:
        raise SystemExit("\n".join(map(str, findings)))
    return read


def _post(number: int, languages: Sequence[str]) -> str:
    texts = "".join(
        f'    {language}: "Day {number} {language}: {_words(number, language)} https://flood.example/{number}"\n'
        for language in languages
    )
    return f"- id: post-{number}\n  kind: text\n  author: editor\n  text:\n{texts}"


def _words(number: int, language: str) -> str:
    """Words that differ from post to post, so that no two are near-duplicates."""
    stock = ("water", "dike", "night", "street", "roof", "boat", "name", "school", "bell", "letter", "door")
    return " ".join(
        f"{stock[(number * step + step) % len(stock)]}{number * step % 97}" for step in range(1, 12)
    )


def median(act: Callable[[], object], runs: int = RUNS) -> float:
    """The median of CPU seconds: other work on the machine does not count."""
    taken = []
    for _ in range(runs):
        began = time.process_time()
        act()
        taken.append(time.process_time() - began)
    return statistics.median(taken)


def _changed(folder: Path) -> Callable[[], None]:
    """Changes a word of one post in one file of fifty, another each time."""
    file = folder / "posts" / "part-0050.yaml"
    text, times = file.read_text(encoding="utf-8"), iter(range(RUNS + 1))
    return lambda: (file.write_text(text.replace("Day 50", f"Day {next(times)}.", 1), "utf-8"), None)[1]


def _of_a_thousand(languages: Sequence[str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder, memory = Path(name) / "large", Memory()
        whole = large(folder, languages=languages)
        made = prepare(whole, NOW, {}, draw=False, memory=memory)
        count = f"{len(made.content.posts)} posts, {len(made.deliveries)} deliveries"
        seconds = median(lambda: prepare(whole, NOW, {}, draw=False, memory=Memory()))
        print(f"{count}: checked and planned in {seconds:.2f} s")
        change = _changed(folder)
        again = median(lambda: (change(), prepare(whole, NOW, {}, draw=False, memory=memory)))
        print(f"{count}: again after one file was changed in {again:.2f} s")


def main() -> None:
    _of_a_thousand(LANGUAGES[:1])
    _of_a_thousand(LANGUAGES[:2])
    _of_a_thousand(LANGUAGES)
    sample, _ = config.load(ROOT / "config.yaml")
    if sample is not None:
        memory = Memory()
        prepare(sample, datetime.now(UTC), {}, memory=memory)
        seconds = median(lambda: prepare(sample, datetime.now(UTC), {}, memory=memory))
        print(f"the sample, as the running service reads it again: {seconds:.2f} s")


if __name__ == "__main__":
    main()
