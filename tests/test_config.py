"""config.yaml: what it means, and what a person is told when it is wrong."""

from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from scheduler import config
from scheduler.errors import ConfigError
from scheduler.model import DailyLimit, DayTime

GOOD = """\
campaign:
  name: Remembrance
  anniversary: 1992-02-26
  year: 2027
  timezone: Asia/Baku
  languages: [en, az]
  hashtags: ["#one", two]
  quiet: ["D 16:55 .. D 17:05", "D+1 .. D+2", D-30]
  daily_limit: {default: 1, D: 3}
approvals: {default: 1, quote: 2}
approvers:
  Aygün: {languages: [az, en], absent: ["2027-02-01 .. 2027-02-05"]}
channels:
  mastodon-en:
    platform: mastodon
    language: en
    timezone: Europe/London
    slots: ["18:00", 10:00]
    min_gap: 2h
    base_url: https://mastodon.example
"""


def load(text, folder=Path("/campaign")):
    return config.parse(text, folder / "config.yaml")


def messages(text):
    found, findings = load(text)
    assert found is None
    return [str(finding) for finding in findings]


def test_a_whole_config_is_read_into_nouns():
    read, findings = load(GOOD)
    assert findings == ()
    assert read.campaign.day == date(2027, 2, 26)
    assert read.campaign.years == 35
    assert read.campaign.start_days == -30
    assert read.campaign.grace == timedelta(hours=2)
    assert read.campaign.hashtags == ("one", "two")
    assert read.campaign.daily_limit == DailyLimit(1, 3)
    channel = read.channels["mastodon-en"]
    assert channel.slots == (time(10), time(18))
    assert channel.min_gap == timedelta(hours=2)
    assert channel.live is False
    assert read.approvals.needed("quote") == 2
    assert read.approvals.needed("text") == 1
    assert read.approvers["Aygün"].absent == ((date(2027, 2, 1), date(2027, 2, 5)),)
    assert read.posts == Path("/campaign/posts")


def test_quiet_windows_may_be_hours_whole_days_or_one_day():
    read, _ = load(GOOD)
    hours, days, one = read.campaign.quiet
    assert (hours.start, hours.end) == (DayTime(0, time(16, 55)), DayTime(0, time(17, 5)))
    assert days.whole_days
    assert (one.start, one.end) == (DayTime(-30), DayTime(-30))


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ("1992-02-26", "1992-02-30", "3:16", "expected a date such as 2027-02-26, found “1992-02-30”"),
        ("Asia/Baku", "Asia/Bakuu", "5:13", "“Asia/Bakuu” is not a time zone"),
        ("[en, az]", "[english, az]", "6:15", "“english” is not a language tag"),
        ("D+1 .. D+2", "D+2 .. D+1", "8:33", "ends before it begins"),
        ("D 16:55 .. D 17:05", "D 16:55", "8:11", "has no end"),
        ("{default: 1, D: 3}", "many", "9:16", "write a number of posts a day"),
        ("quote: 2", "quote: yes", "10:32", "write a number of people"),
        ("platform: mastodon", "platform: mastodn", "15:15", "platform “mastodn” is not known"),
        (
            "language: en\n    timezone",
            "language: fr\n    timezone",
            "16:15",
            "not among the campaign's languages",
        ),
        ("Europe/London", "London", "17:15", "“London” is not a time zone"),
        ('"18:00"', '"25:00"', "18:13", "“25:00” is not a time of day"),
        ("min_gap: 2h", "min_gap: two hours", "19:14", "two hours"),
        ("https://mastodon.example", "http://mastodon.example", "20:15", "must begin with https://"),
        ("min_gap:", "min_gpa:", "19:5", "did you mean min_gap?"),
        ("mastodon-en:", "Mastodon EN:", "14:3", "use only small letters"),
    ],
)
def test_a_mistake_is_named_at_its_line_and_column(old, new, place, words):
    assert old in GOOD
    found = messages(GOOD.replace(old, new))
    assert any(f"config.yaml:{place} error" in one and words in one for one in found), found


def test_all_mistakes_are_told_at_once():
    text = (
        GOOD.replace("Asia/Baku", "Nowhere")
        .replace("min_gap:", "min_gpa:")
        .replace("year: 2027", "year: soon")
    )
    assert len(messages(text)) >= 2


def test_a_test_server_on_this_machine_may_use_http():
    read, findings = load(GOOD.replace("https://mastodon.example", "http://127.0.0.1:3000"))
    assert findings == ()
    assert read.channels["mastodon-en"].base_url == "http://127.0.0.1:3000"


@pytest.mark.parametrize("folder", ["../elsewhere", "/etc"])
def test_folders_outside_the_campaign_are_refused(folder):
    assert any("outside the campaign's folder" in one for one in messages(f"{GOOD}data: {folder}\n"))


def test_a_link_that_leads_outside_is_seen_through(tmp_path):
    (tmp_path / "campaign").mkdir()
    (tmp_path / "campaign" / "posts").symlink_to(tmp_path)
    found, findings = load(GOOD, tmp_path / "campaign")
    assert found is None
    assert "outside the campaign's folder" in str(findings[0])


def test_a_missing_file_is_one_sentence_with_what_to_do(tmp_path):
    with pytest.raises(ConfigError, match="run this in the campaign's folder"):
        config.load(tmp_path / "config.yaml")


def test_the_shipped_config_is_valid_and_sends_nothing():
    read, findings = config.load(Path(__file__).parents[1] / "config.yaml")
    assert findings == ()
    assert not any(channel.live for channel in read.channels.values())


WITH_TELEGRAM = (
    GOOD
    + """\
  telegram-az: {platform: telegram, language: az, MORE}
"""
)


def with_telegram(more):
    return WITH_TELEGRAM.replace("MORE", more)


def test_where_to_publish_must_be_said_only_by_a_channel_that_goes_live():
    read, findings = load(with_telegram("live: false"))
    assert findings == ()
    assert read.channels["telegram-az"].options["chat"] == ""
    [words] = messages(with_telegram("live: true"))
    assert words.startswith("config.yaml:21:")
    assert "chat is needed to go live" in words
    read, findings = load(with_telegram('live: true, chat: "@memory"'))
    assert findings == ()


def test_a_channel_may_have_a_cap_on_spending_and_on_attempts():
    read, findings = load(with_telegram("spend_cap: 12.50, quota: 20"))
    assert findings == ()
    channel = read.channels["telegram-az"]
    assert (channel.spend_cap, channel.quota) == (Decimal("12.5"), 20)
    assert "quota" in messages(with_telegram("quota: 0"))[0]


def test_a_channel_may_choose_the_shape_of_its_cards():
    read, _ = load(with_telegram('card_shape: "9:16"'))
    assert read.limits("telegram-az").card_size == (1080, 1920)
    assert read.limits("mastodon-en").card_size == (1080, 1350)
    [words] = messages(with_telegram('card_shape: "3:2"'))
    assert "card_shape" in words
    instagram = with_telegram('card_shape: "9:16"').replace("platform: telegram", "platform: instagram")
    assert any("takes no 9:16 pictures" in words for words in messages(instagram))
