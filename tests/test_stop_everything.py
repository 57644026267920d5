"""The page on stopping everything, followed word by word: each command typed, each answer compared."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from scheduler.content import hold_file
from scheduler.model import Mode
from scheduler.service import open_campaign
from tests import campaigns, documents, terminal

PAGE = "docs/how-to/stop-everything.md"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATER = "2027-02-14 18:00"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A campaign of three posts on two channels, due an hour ago and in the plan since yesterday."""
    now = datetime.now(UTC)
    names = ("figures", "aghdam", "memorial")
    posts = "".join(campaigns.post(name, campaigns.at(now - HOUR), text=f"The {name}.") for name in names)
    day = (now + 5 * DAY).astimezone(campaigns.BAKU).date()
    config = campaigns.write(tmp_path, posts, live=True, year=day.year)
    text = config.read_text(encoding="utf-8")
    for old, new in (
        ("  m-en:", "  mastodon-en:"),
        ("language: en,", 'language: en, slots: ["10:00"],'),
        ("languages: [en]", "languages: [en, az]"),
        ("1962-02-17", str(day.replace(year=1962))),
    ):
        assert old in text
        text = text.replace(old, new)
    config.write_text(text, encoding="utf-8")
    campaigning = open_campaign(config)
    made = campaigning.prepare(now - DAY)
    with campaigning.store(Mode.LIVE) as store:
        store.sync(made.deliveries, made.files, now - DAY)
    monkeypatch.chdir(tmp_path)
    tmp_path.joinpath("year").write_text(str(day.year), encoding="utf-8")
    return tmp_path


def commands():
    """Each command, what the page shows below it, and what it ends with."""
    for block in documents.blocks(PAGE):
        found = list(block.commands()) if block.kind == "console" else []
        for number, (command, shown) in enumerate(found, 1):
            yield command, shown, block.code if number == len(found) else 0


def test_whoever_follows_the_page_stops_everything_and_goes_on(folder, monkeypatch):
    year = folder.joinpath("year").read_text(encoding="utf-8")
    later = f"{(datetime.now(campaigns.BAKU) + DAY):%Y-%m-%d} 18:00"
    for command, shown, expected_code in commands():
        typed = command.replace(LATER, later).replace("2027/", f"{year}/")
        code, printed = terminal.typed(typed, monkeypatch)
        assert code == expected_code, f"{typed} ended with {code}:\n{printed}"
        lines = iter(printed.splitlines())
        for pattern in shown:
            expected = pattern.strip().replace("2027/", f"{year}/")
            assert any(documents.matches(expected, line) for line in lines), (
                f"{typed}: {expected!r}\n{printed}"
            )
    with open_campaign(folder / "config.yaml").store(Mode.LIVE) as store:
        assert store.holds() == ()
        states = {one.key.partition("/")[2]: str(one.state) for one in store.statuses(datetime.now(UTC))}
    assert states == {
        "aghdam/x-en": "scheduled",
        "aghdam/mastodon-en": "missed",
        "memorial/x-en": "cancelled",
        "memorial/mastodon-en": "missed",
        "figures/mastodon-en": "scheduled",
        "figures/x-en": "cancelled",
    }


def test_no_command_stands_on_the_page_that_is_not_typed_here():
    every = list(commands())
    typed = {command for command, *_ in every} | {line.strip() for _, shown, _ in every for line in shown}
    named = re.findall(r"python run\.py [^`\n]+", documents.read(PAGE))
    assert named
    assert [command for command in named if not any(command in line for line in typed)] == []


def test_the_names_the_page_gives_a_hold_file_stop_everything():
    [line] = [line for line in documents.read(PAGE).splitlines() if line.startswith("- `HOLD`, ")]
    names = re.findall(r"`([^`]+)`", line)
    assert len(names) == 4
    assert [name for name in names if not hold_file.is_one(name)] == []
