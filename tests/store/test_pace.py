"""How long a commit takes: what decides how many channels work at once."""

import pytest

from scheduler.store.pace import LAST, Pace
from tests.store import kit


def test_of_the_last_commits_the_shortest_counts_and_nothing_until_there_were_enough():
    pace = Pace()
    for number in range(LAST - 1):
        pace.note(0.002 + number)
    assert pace.shortest == 0
    pace.note(9.0)
    assert pace.shortest == 0.002
    # The first one is forgotten; the next shortest is the second.
    pace.note(9.0)
    assert pace.shortest == 1.002


def test_a_store_knows_it_from_what_it_wrote(tmp_path):
    with kit.opened(tmp_path) as store:
        assert store.commit_seconds == 0
        for _ in range(LAST):
            with store._database.share() as connection:
                connection.exec_driver_sql("SELECT 1")
        assert 0 < store.commit_seconds < 60


def test_what_could_not_be_committed_says_nothing_about_it(tmp_path):
    with kit.opened(tmp_path) as store:
        for _ in range(LAST):
            with pytest.raises(ZeroDivisionError), store._database.share():
                raise ZeroDivisionError
        assert store.commit_seconds == 0
