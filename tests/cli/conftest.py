import logging

import pytest

from tests import campaigns
from tests.cli.commands import Commands


@pytest.fixture(autouse=True)
def the_log_as_it_was():
    """`run` and `publish` set up the diary for their process; the next test gets its own."""
    root, ours = logging.getLogger(), logging.getLogger("scheduler")
    before = root.handlers[:], root.level, ours.level
    yield
    root.handlers, root.level, ours.level = before[0], before[1], before[2]


@pytest.fixture
def campaign(tmp_path, capsys):
    """Writes a campaign and answers its commands: campaign(posts, live=True) -> run("check")."""

    def write(posts, **options):
        return Commands(capsys, campaigns.write(tmp_path, posts, **options))

    return write
