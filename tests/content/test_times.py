from contextlib import suppress
from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.content import times
from scheduler.model import When


@pytest.mark.parametrize(
    ("written", "when"),
    [
        ("D-1 10:00", When(days=-1, at=time(10))),
        ("D 17:00", When(days=0, at=time(17))),
        ("D+3 09:00:30", When(days=3, at=time(9, 0, 30))),
        ("D+3 9:00", When(days=3, at=time(9))),
        ("D−21 10:00", When(days=-21, at=time(10))),  # a minus sign, as word processors make it
        ("D-1 10:00 local", When(days=-1, at=time(10), local=True)),
        ("2027-02-14 18:00", When(day=date(2027, 2, 14), at=time(18))),
        ("2027-02-14 18:00:05 local", When(day=date(2027, 2, 14), at=time(18, 0, 5), local=True)),
        ("next slot", When()),
        ("  next slot ", When()),
    ],
)
def test_every_form_of_when_is_read(written, when):
    assert times.when(written) == when


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("D-1", "write D-1 10:00"),
        ("2027-02-14", "has no time of day"),
        ("18:00", "has no day"),
        ("2027-02-30 10:00", "“2027-02-30” is not in the calendar"),
        ("D-1 24:00", "hours go to 23"),
        ("D-1 10.00", "write it as 18:00"),
        ("D-1000 10:00", "is not a day"),
        ("D-1 10:00 Baku", "write D-1 10:00, 2027-02-14 18:00 or next slot"),
        ("2027-02-14T18:00", "is not a time"),
        ("tomorrow", "is not a time"),
        ("", "is not a time"),
        (5, "“5” is not a time"),
        (None, "is not a time"),
    ],
)
def test_what_is_no_time_is_told_with_how_to_write_it(written, words):
    with pytest.raises(ValueError, match=r"is|has|hours") as caught:
        times.when(written)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("written", "length"),
    [
        ("30s", timedelta(seconds=30)),
        ("90m", timedelta(minutes=90)),
        ("2h", timedelta(hours=2)),
        ("1d", timedelta(1)),
    ],
)
def test_durations_are_a_number_and_a_unit(written, length):
    assert times.duration(written) == length


@pytest.mark.parametrize(
    "written", ["2", 2, "2 h", "h", "-2h", "0h", "1.5h", "2w", "", None, "9" * 30 + "d", ["2h"]]
)
def test_what_is_no_duration_is_told(written):
    with pytest.raises(ValueError, match="is not a duration; write a number with s, m, h or d"):
        times.duration(written)


@given(st.text() | st.integers() | st.none())
def test_anything_else_is_a_sentence_and_no_other_error(written):
    for read in (times.when, times.duration):
        with suppress(ValueError):
            assert isinstance(read(written), When | timedelta)
