"""What `accounts` finds out: asked once each, compared with the plan, kept without a secret."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from scheduler.config import accounts as kept
from scheduler.model import Mode
from scheduler.platforms.base import Account, Allowance, Refusal, Refused
from scheduler.service import Campaigning, accounts
from tests import campaigns, fakes
from tests.fakes.mastodon_server import MastodonServer
from tests.service.stage import NOON, opened

SECRET = campaigns.SECRETS["M_EN_ACCESS_TOKEN"]


def days(*offsets, text="We remember those it took"):
    """Posts so many days after NOON, each with words of its own."""
    return "".join(
        campaigns.post(f"post-{number}", campaigns.at(NOON + timedelta(days=offset)), f"{text}: {number}.")
        for number, offset in enumerate(offsets)
    )


@dataclass
class Told:
    """A platform that says what it was told to say, and counts how often it was asked."""

    answer: object
    asked: int = 0

    def account(self):
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def look(tmp_path, monkeypatch):
    """look(posts, m_en=…, x_en=…) → reports by channel; a channel is answered by what is given for it."""

    def run(posts, extra="", m_en=None, x_en=None, **options):
        answers = {"m-en": Told(m_en or account()), "x-en": Told(x_en or account())}
        monkeypatch.setattr(Campaigning, "introduce", lambda self, channel: answers[channel.name])
        options = {"live": True, **options}
        campaigning = opened(tmp_path, posts, **options)
        if extra:
            file = tmp_path / "config.yaml"
            file.write_text(file.read_text().replace("platform: x,", f"platform: x, {extra},"))
            campaigning = accounts_opened(file)
        reports = accounts.look(campaigning, NOON)
        run.asked = [told.asked for told in answers.values()]
        return {report.channel.name: report for report in reports}

    return run


def accounts_opened(file):
    from scheduler.service import open_campaign

    return open_campaign(file, environ={})


def account(**fields):
    told = {"profile": "Harbour Flood 1962", "automated": True, **fields}
    return Account("1", "@harbour", "https://social.example/@harbour", **told)


def test_all_is_well(look):
    reports = look(days(1, 2))
    assert [(one.needs, one.posts) for one in reports.values()] == [((), 2), ((), 2)]
    assert reports["m-en"].advice == ()
    assert not accounts.in_need(list(reports.values()))
    assert look.asked == [1, 1]


def test_what_x_bills_for_looking_is_told_beside_what_the_posts_cost(look):
    # Two posts: 100 + 2 × 5 posts are read, at US$0.001 each for an app of the account's own, else US$0.005.
    [words] = look(days(1, 2))["x-en"].advice
    assert "up to US$0.11 where the app belongs to the account, US$0.55 where it does not" in words
    assert look("")["x-en"].advice == ()


def test_what_only_another_step_needs_is_advice_and_what_keeps_pictures_back_is_a_need(look):
    told = account(lesser={"threads_delete": "`retract`"}, troubles=("No picture can go out: 404",))
    report = look(days(1), m_en=told)["m-en"]
    assert report.needs == ("No picture can go out: 404",)
    [words] = report.advice
    assert "lack threads_delete, which `retract` needs" in words


def test_one_that_refuses_does_not_hide_the_others(look):
    reports = look(days(1), m_en=Refused(Refusal.AUTH, "the access token is not valid"))
    assert reports["m-en"].needs == ("The access token is not valid",)
    assert reports["x-en"].account.handle == "@harbour"


def test_a_bug_in_one_is_said_without_its_words(look):
    reports = look(days(1), m_en=RuntimeError(f"Bearer {SECRET}"))
    assert reports["m-en"].needs == ("Asking it failed unexpectedly (RuntimeError)",)
    assert reports["x-en"].needs == ()


def test_permissions_that_lack_are_named(look):
    reports = look(days(1), m_en=account(missing=("write:media",)))
    assert "lack write:media" in reports["m-en"].needs[0]


@pytest.mark.parametrize(("ends", "early"), [("2027-02-16", True), ("2027-02-18", False), (None, False)])
def test_credentials_that_end_before_the_day_must_be_renewed(look, ends, early):
    # The day is 17 February; the last post is on the 15th.
    until = datetime.fromisoformat(ends).replace(tzinfo=UTC) if ends else None
    needs = look(days(1, 5), m_en=account(expires_at=until))["m-en"].needs
    assert bool(needs) is early
    assert not early or "end on 16 February 2027, before the campaign does (17 February 2027)" in needs[0]


@pytest.mark.parametrize(
    ("fields", "may", "until"),
    [
        ({}, "may: not told by the platform", "credentials good until: not told by the platform"),
        ({"permissions": ("read", "write"), "endless": True}, "may: read, write", "they have no end"),
        ({"expires_at": datetime(2027, 1, 20, 23, tzinfo=UTC)}, "not told", "good until 20 January 2027"),
    ],
)
def test_what_the_platform_does_not_tell_is_said_plainly(look, fields, may, until):
    report = look(days(1), m_en=account(**fields))["m-en"]
    assert may in accounts.may(report.account)
    assert until in accounts.good_until(report.account)
    assert report.to_json()["account"]["not_told"] == list(report.account.untold)


@pytest.mark.parametrize(("version", "told"), [("202601", True), ("202603", False)])
def test_a_version_that_ends_before_the_day_is_told_in_time(tmp_path, monkeypatch, version, told):
    # The day is 17 February 2027, and a version lives a year: January's ends before it, March's after.
    monkeypatch.setattr(Campaigning, "introduce", lambda self, channel: Told(account(endless=True)))
    monkeypatch.setattr(Campaigning, "credentials", lambda self, channel: {"ACCESS_TOKEN": "canary-token"})
    file = opened(tmp_path, days(1)).config.file
    options = f'platform: linkedin, version: "{version}",'
    file.write_text(file.read_text().replace("platform: x,", options))
    [report] = [one for one in accounts.look(accounts_opened(file), NOON) if one.channel.name == "x-en"]
    words = [one for one in report.advice if "channels.x-en.version" in one]
    assert bool(words) is told
    assert not told or "Version 202601 of linkedin's interface ends about January 2027" in words[0]


@pytest.mark.parametrize(
    ("options", "fields", "advised"),
    [
        ("", {}, True),
        (", token_until: 2027-03-01", {}, False),
        ("", {"expires_at": datetime(2027, 3, 1, tzinfo=UTC)}, False),
    ],
)
def test_whoever_has_a_token_with_an_unknown_end_hears_where_to_write_it_down(
    tmp_path, monkeypatch, options, fields, advised
):
    monkeypatch.setattr(Campaigning, "introduce", lambda self, channel: Told(account(**fields)))
    file = opened(tmp_path, days(1), live=True).config.file
    file.write_text(file.read_text().replace("platform: x,", f"platform: linkedin{options},"))
    file.write_text(file.read_text().replace("live: true", "live: false"))
    secrets = {"X_EN_ACCESS_TOKEN": "canary-token"}
    monkeypatch.setattr(Campaigning, "credentials", lambda self, channel: secrets)
    [report] = [one for one in accounts.look(accounts_opened(file), NOON) if one.channel.name == "x-en"]
    words = [one for one in report.advice if "channels.x-en.token_until" in one]
    assert bool(words) is advised
    assert not advised or "X_EN_CLIENT_ID and X_EN_CLIENT_SECRET into .env" in words[0]


def test_a_post_after_the_day_counts_as_well(look):
    until = datetime(2027, 2, 18, tzinfo=UTC)
    needs = look(days(1, 12), m_en=account(expires_at=until))["m-en"].needs
    assert "before the campaign does (22 February 2027)" in needs[0]


def test_more_posts_in_a_stretch_than_the_account_may_publish(look):
    # Three within 24 hours, the fourth exactly 24 hours after the first of them.
    posts = days(1, 1.3, 1.6, 2)
    day = timedelta(days=1)
    assert look(posts, m_en=account(allowance=Allowance(0, 3, day)))["m-en"].needs == ()
    needs = look(posts, m_en=account(allowance=Allowance(0, 2, day)))["m-en"].needs
    assert "3 posts are planned within 24 hours from 11 February 08:00 UTC" in needs[0]


def test_what_others_have_used_up_counts_for_the_next_stretch(look):
    posts = days(0.5)
    needs = look(posts, m_en=account(allowance=Allowance(50, 50, timedelta(days=1))))["m-en"].needs
    assert "has used 50 of its 50 posts in 24 hours, and 1 are planned" in needs[0]
    later = days(3)
    assert look(later, m_en=account(allowance=Allowance(50, 50, timedelta(days=1))))["m-en"].needs == ()


def test_the_years_cost_is_told_and_compared_with_the_cap(look):
    # Each: a post without a link (1.5 US cents) and a described picture (0.5).
    reports = look(days(1, 2, 3), extra="spend_cap: 0.05")
    assert reports["x-en"].cost == Decimal("0.060")
    assert "cost US$0.06, and channels.x-en.spend_cap is US$0.05" in reports["x-en"].needs[0]
    assert reports["m-en"].cost is None
    assert look(days(1, 2, 3), extra="spend_cap: 0.06")["x-en"].needs == ()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"profile": "News of the town"}, ["does not name the campaign; it could say: “Harbour Flood”"]),
        ({"profile": "#HarbourFlood"}, []),
        ({"automated": False}, ["is not marked as automated"]),
        ({"automated": None}, ["could add: “Posts are scheduled by a program"]),
        ({"automated": None, "profile": "Harbour Flood. Automated."}, []),
        ({"automated": None, "profile": None}, []),
    ],
)
def test_the_profile_says_what_it_is(look, fields, words):
    advice = look(days(1), m_en=account(**fields))["m-en"].advice
    assert len(advice) == len(words)
    assert all(word in said for word, said in zip(words, advice, strict=True))


def test_without_credentials_the_variables_are_named_and_nobody_is_asked(look, tmp_path):
    reports = look(days(1), secrets=False)
    assert look.asked == [0, 0]
    assert not list(tmp_path.glob("data/accounts*"))
    assert reports["x-en"].missing == tuple(name for name in campaigns.SECRETS if name.startswith("X_EN"))
    assert "python run.py accounts connect m-en" in reports["m-en"].needs[0]


def test_a_channel_that_does_not_go_live_needs_nobody(look):
    reports = look(days(1), secrets=False, live=False)
    assert not accounts.in_need(list(reports.values()))
    assert "M_EN_ACCESS_TOKEN" in reports["m-en"].advice[0]


def test_as_json_it_is_all_there_and_no_secret(look):
    reports = look(days(1), m_en=account(allowance=Allowance(1, 50, timedelta(days=1))))
    told = json.dumps([one.to_json() for one in reports.values()])
    assert "canary" not in told
    assert json.loads(told)[0]["account"]["allowance"] == {"used": 1, "allowed": 50, "seconds": 86400}


# -- what is kept, and used from then on


@pytest.fixture
def server():
    with MastodonServer(token=SECRET) as running:
        yield running


def long_post(length):
    return campaigns.post("flood", campaigns.at(NOON + timedelta(days=1)), "x" * length)


def too_long(campaigning):
    found = campaigning.prepare(NOON).findings
    return [one for one in found if one.rule == "messages.too-long" and one.channel == "m-en"]


@pytest.mark.parametrize(("limit", "length", "wrong"), [(5000, 600, False), (100, 200, True)])
def test_the_servers_own_limit_counts_when_posts_are_prepared(tmp_path, server, limit, length, wrong):
    server.limit = limit
    campaigning = opened(tmp_path, long_post(length), mastodon=server.base_url, live=True)
    assert bool(too_long(campaigning)) is not wrong  # by Mastodon's usual 500
    accounts.look(campaigning, NOON)
    assert bool(too_long(campaigning)) is wrong
    assert server.count("GET /api/v1/accounts/verify_credentials") == 1


def test_what_another_server_said_does_not_count(tmp_path, server):
    server.limit = 5000
    accounts.look(opened(tmp_path, long_post(600), mastodon=server.base_url, live=True), NOON)
    moved = opened(tmp_path, long_post(600), mastodon="https://another.example", live=True)
    assert too_long(moved)


def test_nothing_secret_is_kept_and_what_is_kept_is_whole(tmp_path, server):
    accounts.look(opened(tmp_path, days(1), mastodon=server.base_url, live=True), NOON)
    text = (tmp_path / "data" / "accounts.json").read_text()
    assert "canary" not in text
    assert json.loads(text)["m-en"]["handle"] == "@campaign@127.0.0.1"
    assert [path.name for path in (tmp_path / "data").glob("accounts*")] == ["accounts.json"]


def test_one_that_is_away_today_keeps_what_it_said_before(tmp_path, server):
    campaigning = opened(tmp_path, days(1), mastodon=server.base_url, live=True)
    accounts.look(campaigning, NOON)
    server.fail_next("GET /api/v1/accounts/verify_credentials", fakes.refuse(503))
    accounts.look(campaigning, NOON + timedelta(days=1))
    assert kept.read(campaigning.config.data)["m-en"].at == NOON


@pytest.mark.parametrize(
    "content", ["", "[]", "{", '{"m-en": {}}', '{"m-en": {"limits": {"characters": "x"}}}']
)
def test_a_damaged_file_is_as_good_as_none(tmp_path, content):
    campaigning = opened(tmp_path, long_post(600), live=True)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "accounts.json").write_text(content)
    assert too_long(campaigning)


def hints(campaigning, now=NOON):
    return [one.message for one in campaigning.prepare(now).findings if one.rule == "config.server-limits"]


def test_a_hint_says_that_a_servers_limits_are_not_known_or_old(tmp_path, server):
    campaigning = opened(tmp_path, days(1), mastodon=server.base_url, live=True)
    assert ["not known" in words for words in hints(campaigning)] == [True]
    accounts.look(campaigning, NOON)
    assert hints(campaigning) == hints(campaigning, NOON + timedelta(days=30)) == []
    [words] = hints(campaigning, NOON + timedelta(days=30, seconds=1))
    assert "those of 10 February 2027; run: python run.py accounts" in words
    assert hints(opened(tmp_path, days(1), mastodon=server.base_url)) == []  # it does not go live


# -- what config says of attempts and money reaches the gate


def test_quota_and_spend_cap_are_what_the_gate_decides_by(tmp_path):
    opened(tmp_path, days(1))
    file = tmp_path / "config.yaml"
    file.write_text(file.read_text().replace("platform: x,", "platform: x, quota: 7, spend_cap: 12.50,"))
    policy = accounts_opened(file).policy()
    assert {name: quota.attempts for name, quota in policy.quotas.items()} == {"x-en": 7}
    assert policy.spend_caps == {"x-en": Decimal("12.50")}


def test_a_channel_is_connected_with_tokens_that_can_be_renewed(tmp_path):
    campaigning = opened(tmp_path, days(1))
    tokens = campaigning.tokens(campaigning.config.channels["m-en"])
    tokens.renew(SECRET, "ACCESS_TOKEN", lambda secrets: {"ACCESS_TOKEN": "canary-renewed"})
    with campaigning.store(Mode.DRY) as store:
        platform = campaigning.connect(campaigning.config.channels["m-en"], store)
    assert "canary" not in repr(platform)
    assert campaigning.tokens(campaigning.config.channels["m-en"])["ACCESS_TOKEN"] == "canary-renewed"
    assert (tmp_path / ".tokens.json").exists()


def test_another_server_in_config_is_not_shown_the_token_renewed_at_the_first(tmp_path):
    campaigning = opened(tmp_path, days(1))
    channel = campaigning.config.channels["m-en"]
    campaigning.tokens(channel).renew(SECRET, "ACCESS_TOKEN", lambda found: {"ACCESS_TOKEN": "canary-second"})
    assert campaigning.tokens(channel)["ACCESS_TOKEN"] == "canary-second"
    moved = replace(channel, base_url="https://other.example")
    assert campaigning.tokens(moved)["ACCESS_TOKEN"] == SECRET
