"""`alerts test`, `alerts show`, and what `check` and `status` say of alerts."""

from datetime import UTC, datetime, timedelta

import pytest

from scheduler.model import Mode
from scheduler.service import open_campaign
from scheduler.store import alerts as table
from tests import campaigns
from tests.alerts.services import SECRET, endpoint

TWO = "alerts: {to: [ALERT_URL_1, ALERT_URL_2]}\n"


@pytest.fixture
def told(campaign, monkeypatch):
    """A live campaign with `alerts:` as given and the addresses in its environment."""

    def write(alerts, **addresses):
        posts = campaigns.post("flood", campaigns.at(datetime.now(UTC) + timedelta(days=5)))
        run = campaign(posts, live=True)
        run.config.write_text(run.config.read_text(encoding="utf-8") + alerts, encoding="utf-8")
        for name, address in addresses.items():
            monkeypatch.setenv(name, address)
        return run

    return write


def test_each_address_gets_a_message_and_what_came_back_is_said(told):
    with endpoint() as (good, received, _), endpoint(403) as (bad, _, _):
        said = told(TWO, ALERT_URL_1=good, ALERT_URL_2=bad)("alerts", "test")
    assert said.code == 1
    assert said.out == (
        "ALERT_URL_1: taken; see whether it has arrived.\n"
        "ALERT_URL_2: the service refused the credentials (403).\n"
    )
    [message] = received
    assert message["title"] == "Test: alerts of Harbour Flood arrive here"
    assert SECRET not in said.out + said.err


def test_all_good_is_exit_code_0_and_the_same_as_json(told):
    with endpoint() as (good, _, _):
        said = told("alerts: {to: [ALERT_URL_1]}\n", ALERT_URL_1=good)("alerts", "test", "--json")
    assert said.code == 0
    assert said.json == [{"name": "ALERT_URL_1", "taken": True, "problem": None}]


def test_an_address_that_is_not_set_is_said_with_what_to_do(told):
    said = told("alerts: {to: [ALERT_URL_1]}\n")("alerts", "test")
    assert said.code == 1
    assert "ALERT_URL_1 is not set" in said.out
    assert "put ALERT_URL_1=… into .env" in said.out


@pytest.mark.parametrize("command", ["test", "show"])
def test_where_nobody_is_named_it_is_said_how_to_name_somebody(told, command):
    said = told("")("alerts", command)
    assert said.code == 2
    assert "alerts: {to: [ALERT_URL_1]}" in said.err


def test_check_finds_addresses_that_are_missing_or_wrong_without_repeating_them(told):
    said = told(TWO, ALERT_URL_1=f"nonsense://{SECRET}")("check")
    assert said.code == 0
    assert "ALERT_URL_1 is not an address that can be used" in said.out
    assert "ALERT_URL_2 is not set" in said.out
    assert SECRET not in said.out + said.err


def test_check_finds_a_deputy_whom_nobody_could_tell(told):
    said = told("alerts: {duty: [{name: Ayla, to: ALERT_AYLA, deputy: Rauf}]}\n")("check")
    assert "Ayla's deputy Rauf has no address there" in said.out


def test_show_says_who_is_told_how_each_address_fares_and_what_is_still_so(told):
    run = told(TWO)
    now = datetime.now(UTC)
    words = "nothing is sent: set the clock right"
    with open_campaign(run.config).store(Mode.LIVE) as store, store.transaction() as connection:
        raised = table.Raised("clock", "clock", None, words, "", True)
        table.raise_all(connection, store.mode, [raised], now)
        [alert] = table.open_alerts(connection, store.mode)
        table.route(connection, alert.id, ["ALERT_URL_1", "ALERT_URL_2"], now)
        waiting = table.pending(connection, store.mode)
        table.told(connection, store.mode, waiting["ALERT_URL_1"], now)
        problem = "the service is out of order (500)"
        table.failed(connection, store.mode, "ALERT_URL_2", waiting["ALERT_URL_2"], problem, now, now)
    said = run("alerts", "show")
    assert said.code == 0
    assert "Told now: ALERT_URL_1, ALERT_URL_2." in said.out
    assert "ALERT_URL_1: last told " in said.out
    assert "ALERT_URL_2: fails since " in said.out
    assert "the service is out of order (500); nothing told yet; 1 thing to be told." in said.out
    assert words in said.out
    seen = run("alerts", "show", "--json").json
    assert [one["waiting"] for one in seen["addresses"]] == [0, 1]


def test_status_names_the_last_alert(told):
    run = told("alerts: {to: [ALERT_URL_1]}\n")
    with open_campaign(run.config).store(Mode.LIVE) as store:
        assert "Alerts go to ALERT_URL_1; none sent yet." in run("status").out
        with store.transaction() as connection:
            moment = datetime(2027, 2, 10, 8, tzinfo=UTC)
            table.works(connection, store.mode, "ALERT_URL_1", moment)
    last = "Alerts go to ALERT_URL_1; the last one Wed 10 Feb 2027 12:00 Asia/Baku to ALERT_URL_1."
    assert last in run("status").out
    assert run("status", "--json").json["alerts"]["addresses"][0]["last_told"] == "2027-02-10T08:00:00Z"
