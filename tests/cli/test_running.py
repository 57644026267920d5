"""What the log of `run` looks like to whoever reads it."""

import logging
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from scheduler.cli.running import _InZone


def test_a_line_of_the_log_has_the_campaign_s_time_and_names_its_zone():
    record = logging.LogRecord("scheduler", logging.INFO, __file__, 1, "all is well", (), None)
    record.created = datetime(2027, 2, 26, 5, 0, 0, 123456, tzinfo=UTC).timestamp()
    assert _InZone(ZoneInfo("Asia/Baku")).format(record) == "2027-02-26 09:00:00 Asia/Baku INFO all is well"
