"""Days and times of sheets: real ones and written ones, of any zone, as the campaign's own."""

import datetime

import pytest

from tests.exchange.sheets import as_xlsx, imported, naive, proposed, told


def file(config, name):
    return (config.parent / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("heads", "cells", "when"),
    [
        (["when"], ["D-1 10:00"], "D-1 10:00"),
        (["when"], ["D 9:00 local"], "D 9:00 local"),
        (["when"], ["2027-02-14 18:00 local"], "2027-02-14 18:00 local"),
        (["when"], ["next slot"], "next slot"),
        (["Posting Time"], ["2027-02-14 18:00"], "2027-02-14 18:00"),
        (["date", "time"], ["14.02.2027", "6:30 PM"], "2027-02-14 18:30"),
        (["date", "time"], ["12/31/2027", "12:05 am"], "2027-12-31 00:05"),
        (["date", "time"], ["Feb 14, 2027", "18:00:30"], "2027-02-14 18:00:30"),
        (["date", "time"], ["Sunday 14th February 2027", "18:00"], "2027-02-14 18:00"),
        (["scheduled_at"], ["2027-02-14T18:00:00Z"], "2027-02-14 22:00"),  # Baku is 4 h ahead of UTC
        (["scheduled_at"], ["2027-02-14T18:00:00+02:00"], "2027-02-14 20:00"),
        (["Time (Europe/London)", "date"], ["18:00", "2027-02-14"], "2027-02-14 22:00"),
        (["when", "zone"], ["2027-07-14 18:00", "Europe/London"], "2027-07-14 21:00"),  # summer time: 3 h
        (["when", "zone"], ["2027-02-14 18:00", "Asia/Baku"], "2027-02-14 18:00"),
        (["when", "zone"], ["2027-02-14 18:00", "New York"], "2027-02-15 03:00"),  # 5 h behind UTC
        (["Date (yyyy-mm-dd)", "Time (London)"], ["2027-02-14", "18:00"], "2027-02-14 22:00"),
        (["Date", "Time (24h)"], ["2027-02-14", "18:00"], "2027-02-14 18:00"),
    ],
)
def test_a_time_is_written_in_the_campaigns_zone(config, sheet, heads, cells, when):
    proposal = proposed(config, sheet(["id", "text en", *heads], ["a", "Hello.", *cells]))
    assert not proposal.faulty, told(proposal)
    assert f"  when: {when}\n" in proposal.files["posts/sheet.yaml"][1]


def test_real_days_and_times_of_a_workbook_are_read(config, tmp_path):
    rows = as_xlsx(
        tmp_path / "s.xlsx",
        ["id", "text en", "date", "time", "priority"],
        ["a", "One.", datetime.date(2027, 2, 1), datetime.time(18, 30), 3],
        ["b", "Two.", naive(2027, 2, 3, 10, 0), None, 4.0],
        ["c", "Three.", naive(2027, 2, 4), 0.75, None],  # three quarters of a day
    )
    imported(config, rows)
    text = file(config, "posts/s.yaml")
    for when in ("2027-02-01 18:30", "2027-02-03 10:00", "2027-02-04 18:00"):
        assert f"when: {when}\n" in text
    assert "- id: b\n  kind: text\n  when: 2027-02-03 10:00\n  text: {en: Two.}\n  priority: 4\n" in text


def test_two_zones_in_one_sheet_are_named(config, sheet):
    proposal = proposed(
        config,
        sheet(
            ["text en", "when", "time zone"],
            ["One.", "2027-02-14 18:00", "Europe/London"],
            ["Two.", "2027-02-14 18:00", "America/New_York"],
            ["Three.", "2027-02-15 18:00", "Europe/London"],
        ),
    )
    assert (
        "The sheet has times of several zones: Europe/London (rows 2, 4), America/New_York (row 3). "
        "Written in Asia/Baku." in proposal.notes
    )


def test_an_offset_behind_a_time_and_a_row_without_zone_are_zones_too(config, sheet):
    rows = [["x", "2027-02-14T18:00:00+02:00"]] * 3
    rows += [["x", "2027-02-14 18:00"], ["x", "D-1 10:00"], ["x", "2027-02-14T18:00Z"]]
    rows = [[f"{number}.", *row[1:]] for number, row in enumerate(rows)]
    proposal = proposed(config, sheet(["text en", "when"], *rows))
    assert (
        "The sheet has times of several zones: +02:00 (rows 2–4), Asia/Baku (row 5), UTC (row 7). "
        "Written in Asia/Baku." in proposal.notes
    )


@pytest.mark.parametrize(
    ("heads", "cells", "places", "words"),
    [
        (
            ["date (Asia/Baku)", "time (Europe/London)"],
            ["2027-02-14", "18:00"],
            "row 1, D (time (Europe/London))",
            "says Europe/London, column C says Asia/Baku; one row has one zone",
        ),
        (
            ["time (Asia/Baku)", "date", "zone"],
            ["18:00", "2027-02-14", "Europe/London"],
            "row 2, E (zone)",
            "says Europe/London, column C says Asia/Baku; one row has one zone",
        ),
        (
            ["when", "zone"],  # London is at UTC in February
            ["2027-02-14T18:00:00+04:00", "Europe/London"],
            "row 2, C (when)",
            "the time says +04:00, which Europe/London does not have then; leave one of them out",
        ),
        (
            ["when", "date"],
            ["2027-02-14T18:00:00+04:00", "2027-02-14T18:00:00Z"],
            "row 2, C (when)",
            "the row says +04:00 and UTC; leave one of them",
        ),
    ],
)
def test_two_zones_for_one_time_are_not_chosen_from(config, sheet, heads, cells, places, words):
    found = told(proposed(config, sheet(["id", "text en", *heads], ["a", "Hello.", *cells])))
    assert len(found) == 1
    assert found[0].startswith(f"sheet.csv, {places}: ")
    assert words in found[0]


@pytest.mark.parametrize(
    ("heads", "cells"),
    [
        (["date (UTC)", "time (GMT)"], ["2027-02-14", "14:00"]),
        (["when", "zone"], ["2027-02-14T14:00:00+00:00", "Europe/London"]),
        (["when (Europe/London)", "zone"], ["2027-02-14 14:00", "London"]),
    ],
)
def test_one_zone_said_twice_is_one(config, sheet, heads, cells):
    proposal = proposed(config, sheet(["id", "text en", *heads], ["a", "Hello.", *cells]))
    assert not proposal.faulty, told(proposal)
    assert "when: 2027-02-14 18:00\n" in proposal.files["posts/sheet.yaml"][1]


def test_days_with_full_stops_stand_day_first_whatever_other_rows_are(config, sheet):
    rows = [["A.", "12/31/2027 10:00"], ["B.", "01.02.2027 10:00"]]
    proposal = proposed(config, sheet(["text en", "when"], *rows))
    assert "when: 2027-12-31 10:00" in proposal.files["posts/sheet.yaml"][1]
    assert "when: 2027-02-01 10:00" in proposal.files["posts/sheet.yaml"][1]
    assert (
        "Days are read as month/day/year, because one is “12/31/2027 10:00”; those with full stops as "
        "day.month.year." in proposal.notes
    )


def test_days_with_full_stops_that_one_row_proves_to_be_american_are_not_read_day_first(config, sheet):
    rows = sheet(["text en", "when"], ["A.", "02.25.2027 10:00"], ["B.", "01.02.2027 10:00"])
    assert "when: 2027-01-02 10:00" in proposed(config, rows).files["posts/sheet.yaml"][1]
    rows = sheet(["text en", "when"], ["A.", "02.25.2027 10:00"], ["B.", "25.02.2027 10:00"])
    assert "can only be day/month and" in told(proposed(config, rows))[0]


def test_whoever_says_the_order_says_it_of_days_with_full_stops_too(config, sheet):
    rows = sheet(["text en", "when"], ["A.", "01.02.2027 10:00"])
    assert "2027-01-02 10:00" in proposed(config, rows, order="mdy").files["posts/sheet.yaml"][1]


def test_the_order_of_days_is_told_where_one_row_proves_it(config, sheet):
    proposal = proposed(
        config, sheet(["text en", "when"], ["A.", "01/02/2027 10:00"], ["B.", "25/02/2027 10:00"])
    )
    assert "Days are read as day/month/year, because one is “25/02/2027 10:00”." in proposal.notes
    assert "when: 2027-02-01 10:00" in proposal.files["posts/sheet.yaml"][1]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (["2027-02-14 18:00", "2027-02-20", ""], "the row says 2027-02-14 and 2027-02-20; leave one"),
        (["2027-02-14 18:00", "", "19:00"], "the row says 18:00 and 19:00; leave one of them"),
        (["D-1 10:00", "", "12:00"], "the row says 10:00 and 12:00; leave one of them"),
        (["D-1 10:00", "2027-02-20", ""], "the row says 2027-02-20 and D-1 10:00; leave one of them"),
    ],
)
def test_two_columns_that_contradict_each_other_are_not_chosen_from(config, sheet, row, words):
    found = told(proposed(config, sheet(["id", "when", "date", "time", "text en"], ["a", *row, "x"])))
    assert len(found) == 1
    assert words in found[0]


def test_the_midnight_that_a_program_writes_behind_a_day_is_no_second_time(config, sheet):
    rows = sheet(["id", "date", "time", "text en"], ["a", "2027-02-14 00:00:00", "18:00", "x"])
    assert "when: 2027-02-14 18:00\n" in next(iter(proposed(config, rows).files.values()))[1]


def test_a_dash_in_a_column_of_days_takes_the_time_out(config, sheet):
    [change] = proposed(config, sheet(["id", "date", "time"], ["first", "-", ""])).changes
    assert change.fields == ("when",)


def test_an_hour_that_comes_twice_in_the_campaigns_zone_is_not_moved_to_the_first(config, sheet):
    london = config.read_text(encoding="utf-8").replace("timezone: Asia/Baku", "timezone: Europe/London")
    config.write_text(london, encoding="utf-8")
    # 31 October 2027: at 01:00 UTC London's clocks go from 02:00 back to 01:00.
    rows = sheet(["id", "when", "zone", "text en"], ["a", "2027-10-31 01:30", "UTC", "x"])
    assert "is 01:30 in Europe/London for the second time that night" in told(proposed(config, rows))[0]
    rows = sheet(["id", "when", "zone", "text en"], ["a", "2027-10-31 00:30", "UTC", "x"])
    assert told(proposed(config, rows)) == []
