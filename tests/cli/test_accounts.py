"""The accounts command as a person sees it: a block a channel, and an exit code that says whether to act."""

from datetime import UTC, datetime, timedelta

import pytest

from tests import campaigns
from tests.fakes.mastodon_server import MastodonServer
from tests.fakes.x_server import XServer

KEYS = tuple(value for name, value in campaigns.SECRETS.items() if name.startswith("X_EN"))


@pytest.fixture
def servers():
    with MastodonServer(token=campaigns.SECRETS["M_EN_ACCESS_TOKEN"]) as m, XServer(keys=KEYS) as x:
        m.note, x.description = "<p>Harbour Flood</p>", "Harbour Flood. Automated."
        yield m, x


@pytest.fixture
def run(campaign, servers):
    m, x = servers
    soon = campaigns.at(datetime.now(UTC) + timedelta(days=2))
    return campaign(
        campaigns.post("flood", soon),
        mastodon=m.base_url,
        x=x.base_url,
        live=True,
        year=datetime.now(UTC).year,
    )


def test_a_block_for_each_channel_and_nothing_to_do(run):
    told = run("accounts")
    assert told.code == 0, told.out
    assert "m-en (mastodon): @campaign@127.0.0.1" in told.out
    assert "x-en (x): @campaign" in told.out
    assert "its server allows: characters 500, images 4, alt 1,500" in told.out
    assert "they cost US$0.02, no spend_cap is set" in told.out
    assert "credentials good until: they have no end" in told.out
    assert "may: read-write\n" in told.out
    assert "2 channels: nothing to do." in told.out
    assert "canary" not in told.out + told.err


def test_somebody_must_act_and_the_exit_code_says_so(run, servers):
    servers[0].token = "another"
    told = run("accounts")
    assert told.code == 1
    assert "  ! Checking the account was refused (HTTP 401" in told.out
    assert "1 channel of 2 in need of you." in told.out
    assert "x-en (x): @campaign" in told.out


def test_as_json(run):
    told = run("accounts", "--json")
    assert told.code == 0
    assert [(one["channel"], one["ok"], one["planned"]) for one in told.json] == [
        ("m-en", True, 1),
        ("x-en", True, 1),
    ]
    assert told.json[1]["cost"] == "0.020"


def test_before_anybody_has_any_credentials_it_says_where_to_begin(campaign):
    told = campaign("[]", secrets=False)("accounts")
    assert told.code == 0  # no channel is live
    assert "No credentials: M_EN_ACCESS_TOKEN must stand in .env." in told.out
    assert "python run.py accounts connect m-en" in told.out


def test_a_data_folder_that_cannot_be_written_is_one_line(run, tmp_path):
    (tmp_path / "data").write_text("not a folder")
    told = run("accounts")
    assert (told.code, len(told.lines)) == (1, 1)
    assert "cannot be written" in told.err
