from datetime import date

from scheduler.preview.months import months, offset, quiet_hours
from tests.preview.made import CAMPAIGN


def cells(made):
    return {cell.day: cell for month in made for week in month.weeks for cell in week if cell is not None}


def test_months_are_those_with_posts_and_weeks_run_from_monday():
    made = months(CAMPAIGN, {"2027-01-28": ("a",), "2027-03-01": ("b",)})
    # 28 January 2027 is a Thursday of the week from Monday 25; 1 March 2027 is a Monday
    assert [month.title for month in made] == ["January 2027", "March 2027"]
    assert [None if cell is None else cell.day.day for cell in made[0].weeks[0]] == [
        25,
        26,
        27,
        28,
        29,
        30,
        31,
    ]
    assert [cell.day.day for cell in made[1].weeks[0]] == [1, 2, 3, 4, 5, 6, 7]


def test_days_of_a_neighbouring_month_stay_empty():
    (made,) = months(CAMPAIGN, {"2026-12-30": ("a",)})
    # Monday 28 December 2026 to Sunday 3 January 2027
    assert [None if cell is None else cell.day.day for cell in made.weeks[0]] == [
        28,
        29,
        30,
        31,
        None,
        None,
        None,
    ]


def test_weeks_before_the_first_and_after_the_last_post_are_left_out():
    (made,) = months(CAMPAIGN, {"2027-02-22": ("a",)})
    assert len(made.weeks) == 1


def test_a_day_knows_its_posts_its_distance_and_whether_it_is_quiet():
    made = cells(months(CAMPAIGN, {"2027-02-22": ("figures",), "2027-02-26": ("remember", "letter")}))
    assert made[date(2027, 2, 22)].posts == ("figures",)
    assert made[date(2027, 2, 22)].offset == "D-4"
    assert made[date(2027, 2, 26)].anniversary
    assert [day.day for day, cell in made.items() if cell.quiet] == [27, 28]


def test_without_posts_there_is_no_calendar():
    assert months(CAMPAIGN, {}) == ()


def test_distances_are_written_as_posts_write_them():
    assert [offset(CAMPAIGN, date(2027, 2, day)) for day in (25, 26, 27)] == ["D-1", "D", "D+1"]


def test_quiet_hours_are_told_on_their_day():
    assert quiet_hours(CAMPAIGN, date(2027, 2, 26)) == ("D 16:55 .. D 17:05",)
    assert quiet_hours(CAMPAIGN, date(2027, 2, 27)) == ()
