"""The tutorial, followed word by word: files written as it says, commands typed, answers compared."""

import shutil
import time
from datetime import UTC, datetime, timedelta

import pytest

from tests import campaigns, documents, terminal
from tests.fakes import lost_answer
from tests.fakes.mastodon_server import MastodonServer

PAGE = "docs/tutorial.md"
TOKEN = "token-of-a-test-account"
SERVER, TEN_MINUTES_ON = "https://mastodon.example", "2027-01-20 15:30"
SETTLE = "python run.py settle"


@pytest.mark.long
def test_whoever_follows_the_tutorial_publishes_one_post_with_its_card_and_source(tmp_path, monkeypatch):
    folder = terminal.sample(tmp_path / "campaign")
    monkeypatch.chdir(folder)
    _without_quiet_days(folder / "config.yaml")
    with MastodonServer(token=TOKEN) as server:
        for block in documents.blocks(PAGE):
            soon = campaigns.at(datetime.now(UTC) + _lead(block, folder))
            text = block.text.replace(SERVER, server.base_url).replace(TEN_MINUTES_ON, soon)
            _follow(documents.Block(block.kind, text, block.code), folder, server, monkeypatch)
    [status] = server.published
    assert "the bodies of about 200 people killed at Khojaly" in status.text
    assert status.spoiler == "Killing of civilians"
    [(picture, alt)] = status.media
    assert picture.startswith(b"\xff\xd8\xff")
    assert "Memorial" in alt


def _lead(block, folder):
    """How soon a post may be due that is first moved, then approved, then met by a scheduler that starts as a
    process of its own, and so reads the whole campaign for the first time: as one that plans does here.
    """
    if TEN_MINUTES_ON not in block.text:
        return timedelta(minutes=10)
    began = time.monotonic()
    terminal.started("python run.py plan", folder, lambda printed: False)
    return timedelta(seconds=2 + 3 * (time.monotonic() - began))


def _without_quiet_days(config):
    """The reader of the page chooses a day; the test runs on any, also on one that is quiet in the sample."""
    kept, quiet = [], False
    for line in config.read_text(encoding="utf-8").splitlines(keepends=True):
        quiet = line.startswith("  quiet:") or (quiet and line.startswith("    "))
        kept += [] if quiet else [line]
    config.write_text("".join(kept), encoding="utf-8")


def _follow(block, folder, server, monkeypatch):
    match block.kind:
        case "yaml":
            assert documents.write(block, folder), f"the block names no file:\n{block.text}"
        case "dotenv":
            (folder / ".env").write_text(block.text.replace("paste-it-here", TOKEN), encoding="utf-8")
            (folder / ".env").chmod(0o600)
        case "console":
            commands = list(block.commands())
            for number, (command, shown) in enumerate(commands):
                if command.startswith(SETTLE):
                    continue  # see below: it needs an outcome that nobody knows
                code, printed = _typed(command, folder, server, monkeypatch)
                expected = block.code if number == len(commands) - 1 else 0
                assert code == expected, f"{command} ended with {code}:\n{printed}"
                _compare(command, shown, printed)


def _typed(command, folder, server, monkeypatch):
    if command.startswith("python run.py run"):
        return terminal.started(command, folder, lambda printed: server.published and "published" in printed)
    return terminal.typed(command, monkeypatch)


def _compare(command, shown, printed):
    """Each line that the page shows was printed, in this order."""
    lines = iter(printed.splitlines())
    for pattern in shown:
        assert any(documents.matches(pattern, line) for line in lines), f"{command}: {pattern!r}\n{printed}"


@pytest.fixture(scope="module")
def in_doubt(tmp_path_factory):
    """A campaign whose one delivery has an outcome that nobody knows: its folder, and the key it has."""
    key, folder = "2027/flood/m-en", tmp_path_factory.mktemp("in-doubt")
    with MastodonServer(token=campaigns.SECRETS["M_EN_ACCESS_TOKEN"]) as server:
        server.fail_next("POST /api/v1/statuses", lost_answer())
        config = campaigns.write(folder, _due_in(hours=1), mastodon=server.base_url)
        text = config.read_text(encoding="utf-8").replace("live: false", "live: true", 1)
        config.write_text(text, encoding="utf-8")
        told = f"{key} on m-en: unknown"
        _, printed = terminal.started("python run.py run --live", folder, _once_it_is_known(folder, told))
        assert told in printed
    return folder, key


def _due_in(**span):
    return campaigns.post("flood", campaigns.at(datetime.now(UTC) + timedelta(**span)))


def _once_it_is_known(folder, told):
    """The post falls due as soon as the scheduler knows it: earlier, on a slow machine, it would be past."""
    moved = []

    def seen(printed):
        if " new: " in printed and not moved:
            moved.append((folder / "posts" / "posts.yaml").write_text(_due_in(seconds=3), encoding="utf-8"))
        return told in printed

    return seen


@pytest.fixture
def unknown(in_doubt, tmp_path, monkeypatch):
    """The key, in a copy of that campaign that the test may change."""
    folder, key = in_doubt
    shutil.copytree(folder, tmp_path / "campaign")
    monkeypatch.chdir(tmp_path / "campaign")
    return key


@pytest.mark.long
@pytest.mark.parametrize(
    ("command", "shown"),
    [
        pair
        for block in documents.blocks(PAGE)
        if block.kind == "console"
        for pair in block.commands()
        if pair[0].startswith(SETTLE)
    ],
    ids=lambda value: value.split()[-2] if isinstance(value, str) else "",
)
def test_an_unknown_outcome_is_settled_as_the_tutorial_says(command, shown, unknown, monkeypatch):
    named = "2027/aghdam/mastodon-en"
    code, printed = terminal.typed(command.replace(named, unknown), monkeypatch)
    assert code == 0, printed
    _compare(command, [line.replace(named, unknown) for line in shown], printed)
