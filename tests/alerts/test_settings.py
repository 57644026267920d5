"""Quiet hours, and whose turn it is: by the clock of the campaign's zone, over midnight and over absences."""

from datetime import UTC, datetime, time

import pytest

from scheduler import config as configuration
from scheduler.alerts import addresses
from scheduler.alerts.settings import Hours, Settings
from tests import campaigns


def settings(folder, alerts, approvers=""):
    path = campaigns.write(folder, "")
    path.write_text(path.read_text(encoding="utf-8") + alerts + approvers, encoding="utf-8")
    config, findings = configuration.load(path)
    assert config is not None, [str(one) for one in findings]
    return Settings.of(config)


def baku(words):
    """A moment by the clocks of Baku, which are four hours ahead of UTC all year."""
    return datetime.fromisoformat(f"{words}+04:00").astimezone(UTC)


def names(found):
    return [one.name for one in found]


@pytest.mark.parametrize(
    ("at", "inside"),
    [("21:59", False), ("22:00", True), ("23:59", True), ("00:00", True), ("06:59", True), ("07:00", False)],
)
def test_a_night_goes_over_midnight(at, inside):
    assert (time.fromisoformat(at) in Hours(time(22), time(7))) is inside


@pytest.mark.parametrize(("at", "inside"), [("12:59", False), ("13:00", True), ("13:30", False)])
def test_a_rest_at_noon_does_not(at, inside):
    assert (time.fromisoformat(at) in Hours(time(13), time(13, 30))) is inside


ROSTER = """\
alerts:
  to: [ALERT_TEAM]
  duty:
    - {name: Ayla, to: ALERT_AYLA, from: D-3, until: D-2}
    - {name: Rauf, to: ALERT_RAUF, from: D-1 18:00, until: 2027-02-17 08:00}
    - {name: Nigar, to: ALERT_NIGAR, from: 2027-03-01}
"""


@pytest.mark.parametrize(
    ("moment", "who"),
    [
        ("2027-02-13T23:59", []),
        ("2027-02-14T00:00", ["Ayla"]),
        ("2027-02-15T23:59", ["Ayla"]),
        ("2027-02-16T00:00", []),
        ("2027-02-16T18:00", ["Rauf"]),
        ("2027-02-17T07:59", ["Rauf"]),
        ("2027-02-17T08:00", []),
        ("2027-09-01T00:00", ["Nigar"]),
    ],
)
def test_a_turn_is_whole_days_or_from_a_time_to_a_time(tmp_path, moment, who):
    assert names(settings(tmp_path, ROSTER).on_duty(baku(moment))) == who


def test_nobody_on_duty_means_everybody(tmp_path):
    known = settings(tmp_path, ROSTER)
    everybody = ("ALERT_TEAM", "ALERT_AYLA", "ALERT_RAUF", "ALERT_NIGAR")
    assert known.told(baku("2027-02-20T12:00")) == everybody
    assert known.told(baku("2027-02-14T12:00")) == ("ALERT_TEAM", "ALERT_AYLA")


AWAY = """\
alerts:
  duty:
    - {name: Ayla, to: ALERT_AYLA, until: 2027-02-28}
    - {name: Rauf, to: ALERT_RAUF, from: 2027-03-01, absent: [2027-02-12 .. 2027-02-13], deputy: Nigar}
    - {name: Nigar, to: ALERT_NIGAR, from: 2027-03-01}
"""
APPROVERS = "approvers: {Ayla: {deputy: RAUF, absent: [2027-02-10 .. 2027-02-13]}}\n"


@pytest.mark.parametrize(
    ("day", "who"),
    [("2027-02-09", "Ayla"), ("2027-02-10", "Rauf"), ("2027-02-12", "Nigar"), ("2027-02-14", "Ayla")],
)
def test_who_is_away_is_stood_in_for_by_the_deputy_and_the_deputys_deputy(tmp_path, day, who):
    assert names(settings(tmp_path, AWAY, APPROVERS).on_duty(baku(f"{day}T09:00"))) == [who]


def test_two_who_stand_in_for_each_other_and_are_both_away_leave_everybody(tmp_path):
    away = "absent: [2027-02-10]"
    alerts = (
        "alerts: {duty: ["
        f"{{name: A, to: TO_A, deputy: B, {away}}}, {{name: B, to: TO_B, deputy: A, {away}}}]}}\n"
    )
    known = settings(tmp_path, alerts)
    assert known.on_duty(baku("2027-02-10T09:00")) == ()
    assert known.told(baku("2027-02-10T09:00")) == ("TO_A", "TO_B")


@pytest.mark.parametrize(
    ("alerts", "words"),
    [
        ("alerts: {quiet: [22]}\n", "is not a span of hours; write “22:00 .. 07:00”"),
        ('alerts: {quiet: ["22:00 .. 22:00"]}\n', "has no length"),
        ("alerts: {duty: [{name: A, to: TO_A, from: soon}]}\n", "write 2027-02-14, D-3 or D-3 18:00"),
        ("alerts: {duty: [{name: A, to: TO_A, from: next slot}]}\n", "is not a day"),
        ("alerts: {duty: [{name: A, to: TO_A, since: D-1}]}\n", "since"),
    ],
)
def test_what_cannot_be_meant_is_said(tmp_path, alerts, words):
    path = campaigns.write(tmp_path, "")
    path.write_text(path.read_text(encoding="utf-8") + alerts, encoding="utf-8")
    config, findings = configuration.load(path)
    assert config is None
    assert any(words in str(one) for one in findings), [str(one) for one in findings]


@pytest.mark.parametrize(
    "alerts",
    [
        'alerts: {to: ["mailto://staff:canary-alert@mail.example"]}',
        'alerts: {ping: "https://alarm.example/canary-alert"}',
    ],
)
def test_an_address_written_into_config_is_refused_and_not_repeated(tmp_path, alerts):
    path = campaigns.write(tmp_path, "")
    path.write_text(f"{path.read_text(encoding='utf-8')}{alerts}\n", encoding="utf-8")
    config, findings = configuration.load(path)
    said = "\n".join(str(one) for one in findings)
    assert config is None
    assert "write the name of a variable, such as ALERT_URL_1; the address itself goes into .env" in said
    assert "canary-alert" not in said


def test_a_dead_man_switch_without_an_address_is_said_before_anybody_relies_on_it(tmp_path):
    path = campaigns.write(tmp_path, "")
    path.write_text(path.read_text(encoding="utf-8") + "alerts: {ping: PING_URL}\n", encoding="utf-8")
    config, _ = configuration.load(path)
    [said] = addresses.findings(config, {})
    assert str(said).startswith(
        "config.yaml warning alerts.ping: PING_URL is not set, so the dead-man switch"
    )
    assert not list(addresses.findings(config, {"PING_URL": "https://alarm.example/1"}))
