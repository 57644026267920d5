"""When a backup is due: once a day, by the names of those there are."""

from datetime import timedelta

from scheduler.model import Mode
from scheduler.service import backing_up
from tests import campaigns
from tests.service.stage import NOON, opened

HOUR = timedelta(hours=1)


def test_the_first_start_makes_one_and_a_day_later_the_next(tmp_path):
    campaigning = opened(tmp_path, campaigns.post("flood", "D-1 10:00"))
    with campaigning.store(Mode.LIVE) as store:
        first = backing_up.back_up(store, NOON)
        assert first.name == "scheduler-20270210-080000Z.db"
        assert backing_up.back_up(store, NOON + 23 * HOUR) is None
        assert backing_up.back_up(store, NOON + 24 * HOUR).name == "scheduler-20270211-080000Z.db"


def test_what_is_not_one_of_ours_by_its_name_is_no_backup_of_today(tmp_path):
    folder = tmp_path / "backups"
    folder.mkdir()
    for name in ("scheduler-v2.db", "scheduler-20279999-080000Z.db", "replaced-1.db"):
        (folder / name).write_bytes(b"")
    assert backing_up.last_backup(folder) is None


def test_a_clock_that_was_a_year_ahead_does_not_stop_the_backups_for_a_year(tmp_path):
    campaigning = opened(tmp_path, campaigns.post("flood", "D-1 10:00"))
    with campaigning.store(Mode.LIVE) as store:
        assert backing_up.back_up(store, NOON + 24 * 365 * HOUR)
        assert backing_up.back_up(store, NOON)
