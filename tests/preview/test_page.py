"""The page as a whole: its head, the calendar, the days, and a part of it."""

from datetime import date

import pytest

from scheduler.model import Finding, Severity
from scheduler.preview import Standing
from scheduler.preview.page import select
from scheduler.preview.shown import price
from tests.preview.made import baku, delivery, made_page, post, preparation, shown


def test_the_page_says_what_it_is_and_that_nothing_has_been_sent():
    root = made_page(preparation())
    assert root.one("h1").text == "Justice for Khojaly"
    assert root.one("p.which").text == "35th anniversary, Friday 26 February 2027"  # 2027 - 1992
    assert root.one("p.notice").text == "This is a preview. Nothing has been sent."


def test_the_page_does_not_say_nothing_was_sent_when_something_was():
    made = preparation()
    stands = {made.deliveries[0].key: Standing("published", (), "https://x.example/1")}
    notice = made_page(made, standing=stands).one("p.notice").text
    assert notice == "This is a preview; making it sends nothing. Some posts went out before: 1 published."


def test_the_summary_counts_posts_channels_days_and_price():
    made = preparation(
        [delivery(channel="x-en"), delivery(channel="mastodon-en"), delivery("eve", due=baku(2, 25, 19))],
        shows={"2027/figures/x-en": shown(cost="0.015"), "2027/eve/x-en": shown(cost="0.20")},
    )
    assert [one.text for one in made_page(made).one("header.top").one("ul.facts").all("li")] == [
        "2 posts on 2 channels: 3 deliveries",
        "22 February 2027 to 25 February 2027",
        "x-en costs US$0.215",  # 0.015 + 0.20
        "Made Mon 1 Feb 2027, 12:00 (Asia/Baku)",  # 08:00 UTC + 4
    ]


@pytest.mark.parametrize(
    ("cost", "words"), [("0.02", "US$0.02"), ("0.205", "US$0.205"), ("3", "US$3.00"), ("0.2", "US$0.20")]
)
def test_prices_have_at_least_cents(cost, words):
    assert price(shown(cost=cost).cost) == words


def test_findings_stand_on_top_with_place_remedy_and_a_link_to_their_post():
    finding = Finding(
        Severity.ERROR, "messages.too-long", "3 too long", "posts/figures.yaml", 12, 9, post="figures"
    )
    root = made_page(preparation(findings=[finding]))
    group = root.one("details.severity-error")
    assert "open" in group.attributes
    assert "3 too long" in group.text
    assert "What to do: Shorten the text" in group.text
    assert group.one("span.places").text == "posts/figures.yaml:12:9 · figures"
    link = group.one("a").attributes["href"]
    assert root.by_id(link.removeprefix("#")).one("h3").text == "figures"


def test_names_in_ticks_are_code_and_everything_else_stays_text():
    finding = Finding(Severity.TODO, "own.rule", "set `facts` to <b>`x`</b>")
    item = made_page(preparation(findings=[finding])).one("section.findings").one("li")
    assert [code.text for code in item.all("code")] == ["facts", "x"]
    assert item.text == "set facts to <b>x</b>"


def test_a_page_without_findings_says_so():
    assert "Nothing was found" in made_page(preparation()).one("section.findings").text


def test_calendar_days_lead_to_their_day():
    root = made_page(preparation())
    (link,) = root.one("section.months").all("a")
    assert link.attributes["aria-label"] == "Monday 22 February 2027: 1 post"
    day = root.by_id(link.attributes["href"].removeprefix("#"))
    assert day.one("h2").text == "Monday 22 February 2027 D-4"


def test_the_calendar_is_a_table_with_named_columns():
    table = made_page(preparation()).one("section.months").one("table")
    assert table.one("caption").text == "February 2027"
    assert [(head.attributes["scope"], head.text) for head in table.all("th")] == [
        ("col", day) for day in ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    ]


def test_a_post_stands_on_the_campaigns_day_and_not_on_that_of_utc():
    # 26 February 02:00 in Baku is 25 February 22:00 UTC
    root = made_page(preparation([delivery(due=baku(2, 26, 2))]))
    assert root.one("section.day").one("h2").text == "Friday 26 February 2027 D, the anniversary"
    moments = [one.text for one in root.one("ul.moments").all("li")]
    assert moments == [
        "Thu 25 Feb, 22:00 Europe/London channel",
        "02:00 Asia/Baku campaign",
        "Thu 25 Feb, 22:00 UTC",
    ]


def test_a_zone_that_is_both_is_named_once():
    root = made_page(preparation([delivery(channel="mastodon-az")]))
    assert [one.text for one in root.one("ul.moments").all("li")] == [
        "10:00 Asia/Baku channel and campaign",
        "06:00 UTC",
    ]


def test_the_minute_of_silence_is_told_on_its_day():
    root = made_page(preparation([delivery(due=baku(2, 26, 9))]))
    assert root.one("p.quiet-hours").text == "Nothing goes out in the quiet window D 16:55 .. D 17:05."


def test_channels_stand_in_the_order_of_the_config():
    made = preparation([delivery(channel=name) for name in ("mastodon-az", "x-en", "mastodon-en")])
    shown_channels = [one.attributes["data-channel"] for one in made_page(made).all("section.delivery")]
    assert shown_channels == ["x-en", "mastodon-en", "mastodon-az"]


def test_drafts_and_posts_without_a_time_are_listed():
    made = preparation([delivery()], [post(), post("later", draft=True), post("nowhere")])
    items = [one.text for one in made_page(made).one("section.unplanned").all("li")]
    assert items == [
        "later: a draft: checked, not planned",
        "nowhere: has no time on any channel; see the findings at the top",
    ]


def test_a_campaign_without_deliveries_makes_a_page():
    root = made_page(preparation([]))
    assert "Nothing is planned here." in root.one("header.top").text
    assert root.all("section.months") == root.all("section.day") == []


def test_a_language_or_a_week_leaves_out_all_else():
    made = preparation(
        [
            delivery("early", due=baku(2, 21, 23)),  # Sunday
            delivery("figures", due=baku(2, 22, 0)),  # Monday
            delivery("figures", "mastodon-az", due=baku(2, 28, 23)),  # Sunday
            delivery("late", due=baku(3, 1, 0)),
        ]
    )
    chosen, words = select(made, None, date(2027, 2, 24))
    assert [one.key for one in chosen] == ["2027/figures/x-en", "2027/figures/mastodon-az"]
    assert words == "22 February 2027 to 28 February 2027"
    chosen, words = select(made, "az", None)
    assert [one.key for one in chosen] == ["2027/figures/mastodon-az"]
    assert words == "Azerbaijani posts"


def test_a_part_lists_the_findings_of_its_posts_and_every_error():
    findings = [
        Finding(Severity.TODO, "a.a", "of this post", post="figures"),
        Finding(Severity.TODO, "a.b", "of another post", post="other"),
        Finding(Severity.ERROR, "a.c", "an error elsewhere", post="other"),
    ]
    words = made_page(preparation(findings=findings), only="Azerbaijani posts").one("section.findings").text
    assert "of this post" in words
    assert "an error elsewhere" in words
    assert "of another post" not in words


def test_filters_name_each_language_and_channel_with_its_count():
    made = preparation([delivery(channel=name) for name in ("x-en", "mastodon-en", "mastodon-az")])
    buttons = [
        (
            one.attributes["data-filter"],
            one.attributes["data-value"],
            one.text,
            one.attributes["aria-pressed"],
        )
        for one in made_page(made).all("button")
        if "data-filter" in one.attributes
    ]
    assert buttons == [
        ("language", "en", "English 2", "false"),
        ("language", "az", "Azerbaijani 1", "false"),
        ("channel", "x-en", "x-en 1", "false"),
        ("channel", "mastodon-en", "mastodon-en 1", "false"),
        ("channel", "mastodon-az", "mastodon-az 1", "false"),
    ]
