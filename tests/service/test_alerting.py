"""Alerts from a real database to whoever is told: each thing once, in time, and never in a delivery's way."""

import threading
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
import sqlalchemy as sa

from scheduler.alerts.address import Outcome
from scheduler.errors import RunError, StoreError
from scheduler.model import Mode
from scheduler.service import open_campaign, outlook
from scheduler.service.alerting import Alerting
from tests import campaigns
from tests.service.stage import NOON, Clock, opened
from tests.service.waiting import until

FLOOD = campaigns.post("flood", "2027-02-10 12:30") + "  channels: [m-en]\n"
DAYS = campaigns.post("flood", "2027-02-15 12:00") + "  channels: [m-en]\n"
KEY = "2027/flood/m-en"
ONE = "alerts: {to: [ALERT_URL_1]}\n"
TWO = "alerts: {to: [ALERT_URL_1, ALERT_URL_2]}\n"
MINUTE = timedelta(minutes=1)


@dataclass
class Postman:
    """Takes letters, or answers what it is told to."""

    letters: list = field(default_factory=list)
    answers: dict = field(default_factory=dict)

    def __call__(self, name, letter):
        answer = self.answers.get(name, Outcome(True))
        if callable(answer):
            answer = answer()
        self.letters.append((name, letter))
        return answer

    def titles(self, name="ALERT_URL_1"):
        return [letter.title for to, letter in self.letters if to == name]


class Stage:
    """A live campaign with its store, a clock that stands, and a postman."""

    def __init__(self, folder, alerts=ONE, posts=DAYS, **options):
        self.clock, self.postman = Clock(), Postman()
        opened(folder, posts, live=True, **options)
        config = folder / "config.yaml"
        config.write_text(config.read_text(encoding="utf-8") + alerts, encoding="utf-8")
        self.campaigning = open_campaign(config, environ={})
        self.store = self.campaigning.store(Mode.LIVE)
        made = self.campaigning.prepare(self.clock())
        self.store.sync(made.deliveries, made.files, self.clock())
        self.alerting = Alerting(self.store, self.clock, self.postman)

    def round(self):
        """One round, and the letters it let go have arrived."""
        self.step()
        until(quiet)

    def step(self):
        """One round; answers what it complains of."""
        try:
            self.alerting.round(self.campaigning, self.store.late(self.clock()), self.seen)
        except RunError as error:
            return str(error)
        return ""

    def on(self, **span):
        """Later; and a round."""
        self.clock.on(**span)
        self.round()

    def seen(self):
        now = self.clock()
        return outlook.look(
            self.campaigning,
            self.store,
            now,
            troubles=self.store.troubles(),
            late=self.store.late(now),
            at_work=True,
            ticked=now,
        )


def quiet():
    return not [one for one in threading.enumerate() if one.name.startswith("alert")]


@pytest.fixture
def stage(tmp_path):
    made = Stage(tmp_path)
    yield made
    made.store.close()


def test_what_happened_is_told_once_with_its_key_and_what_to_do(stage):
    stage.store.notice(f"missed:{KEY}", KEY, f"{KEY} was missed; `retry` gives it a new time", stage.clock())
    for _ in range(3):
        stage.round()
        stage.clock.on(minutes=2)
    [(name, letter)] = stage.postman.letters
    assert name == "ALERT_URL_1"
    assert letter.title == f"Missed: {KEY}"
    assert f"python run.py retry {KEY} --at TIME" in letter.body


def test_an_address_that_fails_is_said_as_long_as_it_does_and_nothing_is_lost(stage):
    stage.postman.answers["ALERT_URL_1"] = Outcome(False, "the service is out of order (500)")
    stage.store.notice("clock", None, "nothing is sent: the clock is wrong", stage.clock())
    stage.round()
    assert "ALERT_URL_1: the service is out of order (500)" in stage.step()
    stage.on(minutes=1, seconds=1)
    del stage.postman.answers["ALERT_URL_1"]
    stage.on(minutes=1)
    assert len(stage.postman.letters) == 2
    stage.on(minutes=1, seconds=1)
    assert stage.step() == ""
    assert stage.postman.titles() == ["Nothing is sent: the clock"] * 3


MISSED = "was missed; `retry` gives it a new time"


def missed(stage, post):
    key = f"2027/{post}/m-en"
    stage.store.notice(f"missed:{key}", key, f"{key} {MISSED}", stage.clock())
    return key


def test_many_of_one_kind_are_one_message_with_every_key(stage):
    keys = [missed(stage, f"post-{number}") for number in range(3)]
    stage.round()
    [(_, letter)] = stage.postman.letters
    assert letter.title == "3 posts were missed"
    assert all(key in letter.body for key in keys)
    assert letter.body.count("What to do") == 1


def test_what_comes_within_a_minute_waits_and_comes_together(stage):
    missed(stage, "one")
    stage.round()
    for post in ("two", "three"):
        missed(stage, post)
        stage.on(seconds=20)
    assert len(stage.postman.letters) == 1
    stage.on(seconds=21)
    assert stage.postman.titles() == ["Missed: 2027/one/m-en", "2 posts were missed"]


def test_what_is_over_is_said_once_to_whoever_was_told(stage):
    stage.store.notice("clock", None, "nothing is sent: the clock is 2 h fast; set it right", stage.clock())
    stage.round()
    stage.store.close_notice("clock", stage.clock())
    for _ in range(8):
        stage.on(seconds=31)
    assert stage.postman.titles() == ["Nothing is sent: the clock", "Over: Nothing is sent: the clock"]


def test_what_comes_back_within_a_minute_was_never_over(stage):
    for _ in range(5):
        stage.store.notice("clock", None, "nothing is sent: set the clock right", stage.clock())
        stage.on(seconds=40)
        stage.store.close_notice("clock", stage.clock())
        stage.on(seconds=40)
    assert stage.postman.titles() == ["Nothing is sent: the clock"]


def test_what_was_over_before_anybody_was_told_is_not_told(tmp_path):
    stage = Stage(tmp_path, 'alerts: {to: [ALERT_URL_1], quiet: ["11:00 .. 13:00"]}\n')
    stage.store.notice("config", None, "config.yaml cannot be used", stage.clock())
    stage.round()
    stage.store.close_notice("config", stage.clock())
    for _ in range(4):
        stage.on(minutes=30)
    assert stage.postman.letters == []


def test_what_waited_for_an_address_and_is_over_by_now_is_not_told_after_a_restart(stage):
    stage.postman.answers["ALERT_URL_1"] = Outcome(False, "the server refused the connection")
    stage.store.notice("clock", None, "nothing is sent: set the clock right", stage.clock())
    stage.round()
    stage.postman.letters.clear()
    stage.postman.answers.clear()
    stage.store.close_notice("clock", stage.clock())
    stage.alerting = Alerting(stage.store, stage.clock, stage.postman)
    for _ in range(5):
        stage.on(days=1)
    assert stage.postman.letters == []


def test_what_another_year_has_left_behind_is_history(stage):
    stage.store.notice("missed:2026/flood/m-en:x", "2026/flood/m-en", "it was missed", stage.clock())
    stage.round()
    assert stage.postman.letters == []


def test_an_unknown_that_is_found_within_minutes_wakes_nobody(stage):
    stage.store.notice(f"unknown:{KEY}", KEY, "no answer tells whether it was published", stage.clock())
    stage.round()
    stage.on(minutes=2)
    assert stage.postman.letters == []
    stage.on(minutes=1)
    [(_, letter)] = stage.postman.letters
    assert letter.title == f"Is it out? {KEY}"
    assert f"python run.py settle {KEY} --published LINK" in letter.body


def test_a_clock_that_was_ahead_and_is_set_right_keeps_nobody_waiting(stage):
    stage.clock.on(hours=5)
    stage.store.notice(f"unknown:{KEY}", KEY, "no answer tells whether it was published", stage.clock())
    stage.round()
    stage.on(hours=-5)
    stage.on(minutes=3)
    assert stage.postman.titles() == [f"Is it out? {KEY}"]


def test_whoever_stops_everything_is_named_at_once_with_how_to_go_on(stage):
    number = stage.store.hold("all", "", "a question from the families", "Ayla", stage.clock())
    stage.round()
    [(_, letter)] = stage.postman.letters
    assert letter.title.startswith("Everything is stopped: hold on everything by Ayla: a question from")
    assert f"python run.py release {number}" in letter.body
    assert letter.urgent


def test_a_hold_that_the_scheduler_set_is_told_as_its_notice_and_not_twice(stage):
    number = stage.store.hold("channel", "m-en", "refused", "scheduler", stage.clock())
    stage.store.notice(f"hold:{number}", None, "m-en is held: refused", stage.clock())
    stage.round()
    assert stage.postman.titles() == ["m-en is held: refused"]


def test_other_words_for_the_same_trouble_are_told_without_calling_the_first_over(stage):
    for words in ("backup: no room on the disk", "backup: the disk is read-only"):
        stage.store.close_notice("job:backup", stage.clock())
        stage.store.notice("job:backup", None, words, stage.clock())
        stage.on(minutes=2)
    assert stage.postman.titles() == [
        f"In trouble: {words}" for words in ("backup: no room on the disk", "backup: the disk is read-only")
    ]


# Quiet hours: NOON is 12:00 in Baku.
QUIET = 'alerts: {to: [ALERT_URL_1], quiet: ["22:00 .. 07:00", "11:30 .. 12:30"]}\n'


def test_quiet_hours_keep_what_can_wait_and_let_through_what_cannot(tmp_path):
    stage = Stage(tmp_path, QUIET)
    stage.store.notice("config", None, "config.yaml cannot be used: …", stage.clock())
    missed(stage, "one")
    stage.round()
    stage.on(minutes=29)
    assert stage.postman.titles() == ["Missed: 2027/one/m-en"]
    stage.on(minutes=1)
    assert stage.postman.titles()[1:] == ["config.yaml cannot be used"]


# At risk


def test_a_post_that_is_not_approved_is_at_risk_three_days_a_day_and_an_hour_before(tmp_path):
    stage = Stage(tmp_path, posts=DAYS, approvals=1)
    stage.round()
    assert stage.postman.letters == []
    # It is due five days after NOON.
    for hours in (47, 1, 1, 47, 1, 22, 1 / 2):
        stage.on(hours=hours)
        stage.on(minutes=0)
    assert stage.postman.titles() == [
        f"At risk in three days: {KEY}",
        f"At risk within a day: {KEY}",
        f"At risk within the hour: {KEY}",
    ]
    first = stage.postman.letters[0][1].body
    assert "due Mon 15 Feb 2027 12:00 Asia/Baku: not approved: 0 of 1 approval; one person" in first
    assert "Read it and approve it: python run.py approve flood" in first


def test_a_post_that_became_ready_is_said_to_be_ready(tmp_path):
    stage = Stage(tmp_path, posts=DAYS, approvals=0)
    hold = stage.store.hold("post", "flood", "is the picture right?", "Ayla", stage.clock())
    stage.on(hours=2 * 24 + 1)
    stage.store.lift(hold, "Ayla", stage.clock())
    stage.on(minutes=1)
    stage.on(minutes=1, seconds=1)
    stage.on(minutes=2)
    [(_, last)] = stage.postman.letters[-1:]
    assert f"{KEY} is ready, and goes out Mon 15 Feb 2027 12:00 Asia/Baku" in last.body
    said = "\n".join(letter.body for _, letter in stage.postman.letters)
    assert "is the picture right?" in said


def test_a_post_that_is_ready_is_at_no_risk(tmp_path):
    stage = Stage(tmp_path, posts=DAYS)
    for _ in range(5):
        stage.on(hours=24)
    assert stage.postman.letters == []


def test_what_is_due_and_held_is_said_when_it_is_due(tmp_path):
    stage = Stage(tmp_path, posts=FLOOD, approvals=1)
    stage.on(minutes=31)
    assert stage.postman.titles()[-1] == f"Due and held: {KEY}"


# The daily summary


DIGEST = 'alerts: {to: [ALERT_URL_1], digest: "12:30"}\n'


def test_the_summary_comes_once_a_day_also_after_a_restart(tmp_path):
    stage = Stage(tmp_path, DIGEST)
    stage.round()
    assert stage.postman.letters == []
    for day in range(3):
        stage.clock.now = NOON + timedelta(days=day, minutes=30)
        stage.round()
        stage.alerting = Alerting(stage.store, stage.clock, stage.postman)
        stage.on(minutes=90)
        stage.on(hours=8)
    assert [title.partition(":")[0] for title in stage.postman.titles()] == ["Harbour Flood"] * 3


def test_the_summary_says_what_goes_out_and_what_needs_whom(tmp_path):
    posts = FLOOD.replace("12:30", "18:00") + campaigns.post("night", "2027-02-11 10:00")
    stage = Stage(tmp_path, DIGEST, posts, approvals=1)
    config = tmp_path / "config.yaml"
    config.write_text(config.read_text() + "approvers: {Ayla: {languages: [en]}, Rauf: {}}\n")
    stage.campaigning = open_campaign(config, environ={})
    stage.store.policy = stage.campaigning.policy()
    stage.clock.on(minutes=30)
    stage.round()
    assert stage.postman.titles() == ["3 posts at risk within a day"]
    stage.on(minutes=1)
    [_, (_, letter)] = stage.postman.letters
    assert letter.title == "Harbour Flood: 1 today, 2 tomorrow, 3 not ready"
    assert "2027/flood/m-en (not ready: not approved: 0 of 1 approval" in letter.body
    assert "18:00 Asia/Baku 2027/flood/m-en" in letter.body
    assert "10:00 Asia/Baku 2027/night/x-en" in letter.body
    assert "Ayla: 3 posts, the first 2027/flood/m-en; python run.py approve --mine --as Ayla" in letter.body
    assert stage.store.audit_head() in letter.body


def test_where_config_names_nobody_the_summary_still_says_that_posts_wait_to_be_read(tmp_path):
    stage = Stage(tmp_path, DIGEST, approvals=1)
    stage.store.hold("kind", "quote", "is it right?", "Ayla", stage.clock())
    stage.on(minutes=31)
    stage.on(minutes=2)
    [said] = [letter for _, letter in stage.postman.letters if letter.title.startswith("Harbour")]
    assert said.title == "Harbour Flood: 0 today, 0 tomorrow, 1 hold"
    assert f"anyone but its author: 1 post, the first {KEY}; python run.py approve --mine --as" in said.body


def test_what_was_missed_stands_in_one_summary_and_not_in_the_next(tmp_path):
    stage = Stage(tmp_path, DIGEST, FLOOD.replace("12:30", "13:30"))
    stage.clock.now = NOON + timedelta(hours=4)
    stage.store.expire(stage.clock())
    for day in (1, 2):
        stage.clock.now = NOON + timedelta(days=day, minutes=31)
        stage.round()
        stage.on(minutes=2)
    first, second = (one.body for _, one in stage.postman.letters if one.title.startswith("Harbour"))
    lost = f"Refused or missed since the last summary (1):\n- {KEY} missed"
    assert lost in first
    assert lost not in second


def test_a_summary_that_cannot_be_made_keeps_nothing_else_from_being_told(tmp_path, monkeypatch):
    stage = Stage(tmp_path, DIGEST)
    monkeypatch.setattr("scheduler.service.summary.day", lambda *_: 1 / 0)
    missed(stage, "one")
    stage.on(minutes=31)
    assert "Missed: 2027/one/m-en" in stage.postman.titles()[0]
    assert "daily summary" in stage.postman.letters[0][1].body


# Who hears it


ROSTER = """\
alerts:
  to: [ALERT_URL_1]
  duty:
    - {name: Ayla, to: ALERT_AYLA, from: 2027-02-01, until: 2027-02-10, deputy: Rauf}
    - {name: Rauf, to: ALERT_RAUF, from: 2027-02-11, until: 2027-02-12}
"""


def test_who_is_on_duty_hears_it_and_the_common_address_always(tmp_path):
    stage = Stage(tmp_path, ROSTER)
    missed(stage, "one")
    stage.round()
    stage.clock.on(days=1)
    missed(stage, "two")
    stage.round()
    stage.clock.on(days=3)
    missed(stage, "three")
    stage.round()
    assert stage.postman.titles() == [f"Missed: 2027/{post}/m-en" for post in ("one", "two", "three")]
    assert stage.postman.titles("ALERT_AYLA") == ["Missed: 2027/one/m-en", "Missed: 2027/three/m-en"]
    assert stage.postman.titles("ALERT_RAUF") == ["Missed: 2027/two/m-en", "Missed: 2027/three/m-en"]


def test_what_is_urgent_and_does_not_reach_who_is_on_duty_goes_to_the_others(tmp_path):
    stage = Stage(tmp_path, ROSTER.replace("  to: [ALERT_URL_1]\n", ""))
    stage.postman.answers["ALERT_AYLA"] = Outcome(False, "the service is out of order (500)")
    missed(stage, "one")
    stage.round()
    stage.on(minutes=9)
    assert stage.postman.titles("ALERT_RAUF") == []
    stage.on(minutes=2)
    assert stage.postman.titles("ALERT_RAUF") == ["Missed: 2027/one/m-en"]


def test_what_waited_for_an_address_that_is_gone_from_config_reaches_the_new_one(tmp_path):
    stage = Stage(tmp_path)
    stage.postman.answers["ALERT_URL_1"] = Outcome(False, "the service knows no such address (404)")
    missed(stage, "one")
    stage.round()
    config = tmp_path / "config.yaml"
    config.write_text(config.read_text().replace("ALERT_URL_1", "ALERT_URL_9"))
    stage.campaigning = open_campaign(config, environ={})
    stage.round()
    stage.round()
    assert stage.postman.titles("ALERT_URL_9") == ["Missed: 2027/one/m-en"]


def test_a_round_in_which_nothing_happens_writes_nothing_and_asks_little(tmp_path):
    posts = "".join(campaigns.post(f"post-{n}", f"2027-02-{11 + n % 5} 10:00") for n in range(20))
    stage = Stage(tmp_path, DIGEST, posts, approvals=1)
    stage.round()
    stage.on(minutes=2)
    said = []
    with stage.store.reading() as connection:
        engine = connection.engine

    def note(connection, cursor, statement, *_):
        said.append(statement)

    sa.event.listen(engine, "after_cursor_execute", note)
    stage.clock.on(seconds=5)
    stage.step()
    sa.event.remove(engine, "after_cursor_execute", note)
    assert [words for words in said if words.split()[0] in ("INSERT", "UPDATE", "DELETE")] == []
    # Notices, holds, channels, three looks at what is to be told, two at how addresses fare, once each.
    assert len([words for words in said if words.startswith("SELECT")]) <= 16


# When it breaks


def test_an_address_that_hangs_delays_no_other_and_is_tried_again(tmp_path):
    stage, gate = Stage(tmp_path, TWO), threading.Event()
    stage.postman.answers["ALERT_URL_1"] = lambda: Outcome(gate.wait(8))
    missed(stage, "one")
    stage.step()
    until(lambda: stage.postman.titles("ALERT_URL_2"))
    stage.clock.on(seconds=31)
    stage.step()
    assert "ALERT_URL_1: no answer within 30 s" in stage.step()
    del stage.postman.answers["ALERT_URL_1"]
    stage.clock.on(minutes=2)
    stage.step()
    until(lambda: stage.postman.titles("ALERT_URL_1"))
    gate.set()
    until(quiet)
    [first, *_] = [letter for name, letter in stage.postman.letters if name == "ALERT_URL_1"]
    assert first.body.startswith("Sent once more")


def test_where_nothing_can_be_written_down_people_still_hear_it_once(stage, monkeypatch):
    def full(*_):
        raise StoreError("the disk is full")

    monkeypatch.setattr(stage.store, "notices", full)
    for _ in range(3):
        assert "the disk is full" in stage.step()
        until(quiet)
    [(_, letter)] = stage.postman.letters
    assert letter.title == "The scheduler cannot use its database"
    assert "the disk is full" in letter.body


def test_a_dry_run_tells_nobody_and_writes_what_it_would_have_said(tmp_path):
    stage = Stage(tmp_path)
    with stage.campaigning.store(Mode.DRY) as store:
        store.notice(f"missed:{KEY}", KEY, f"{KEY} {MISSED}", stage.clock())
        Alerting(store, stage.clock).round(stage.campaigning, (), stage.seen)
        until(quiet)
    [written] = (stage.campaigning.config.data / "outbox" / "alerts").iterdir()
    assert written.read_text(encoding="utf-8").startswith(f"Missed: {KEY}\n\n- {KEY} was missed")
    assert stage.postman.letters == []
