"""ledger, retract and status --corrections, as people type them."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scheduler.service import open_campaign
from tests import campaigns
from tests.cli.commands import Commands
from tests.fakes.mastodon_server import MastodonServer

ROOT = Path(__file__).parent.parent.parent
KEY = "2027/flood/m-en"


@pytest.fixture
def sample(tmp_path, capsys):
    """Commands on the sample campaign, its data elsewhere."""
    shutil.copytree(ROOT / "posts", tmp_path / "posts")
    shutil.copy(ROOT / "config.yaml", tmp_path)
    (tmp_path / "assets").symlink_to(ROOT / "assets")
    return Commands(capsys, tmp_path / "config.yaml")


def test_a_kind_is_listed_with_where_each_record_is_used(sample):
    told = sample("ledger", "people")
    assert told.code == 0
    assert "people/jeyran-azizova: used in quote-azizova" in told.out
    assert "wording/" not in told.out


def test_one_record_is_shown_whole_and_consent_by_number_and_days_only(sample):
    path = sample.config.parent / "posts/ledger/people.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace(
            "- id: jeyran-azizova\n",
            "- id: jeyran-azizova\n  consent: {reference: C-12, on: 2026-10-01}\n",
            1,
        )
    )
    told = sample("ledger", "jeyran-azizova")
    assert "Consent: C-12; 2026-10-01" in told.out
    assert "used in post quote-azizova" in told.out


def test_what_is_due_comes_by_its_day(sample):
    told = sample("ledger", "--due", "--as-of", "2027-02-20", "--json").json
    assert told
    assert all(one["due"] for one in told)
    assert any("(that day has passed)" in words for one in told for words in one["due"])


def test_do_not_use_and_unapproved_are_asked_for_by_name(sample):
    banned = sample("ledger", "--do-not-use", "--json").json
    assert {one["use"] for one in banned} == {False}
    unapproved = sample("ledger", "facts", "--unapproved", "--json").json
    assert {one["approved"] for one in unapproved} == {False}


def test_a_search_finds_azerbaijani_letters_typed_plainly(sample):
    found = sample("ledger", "people", "--search", "sekibe", "--json").json
    assert [one["id"] for one in found] == ["mustafayeva-shakiba"]


@pytest.mark.parametrize("words", [("ledger", "nosuch"), ("ledger", "--out"), ("ledger", "people", "--out")])
def test_what_cannot_be_answered_is_said(sample, words):
    assert sample(*words).code == 2


def test_nothing_is_out_before_anything_was_published(sample):
    assert "0 deliveries out that rest on facts/killed" in sample("ledger", "killed", "--out").out


@pytest.fixture
def published(campaign):
    with MastodonServer(token=campaigns.SECRETS["M_EN_ACCESS_TOKEN"]) as server:
        when = campaigns.at(datetime.now(UTC) + timedelta(hours=1))
        run = campaign(campaigns.post("flood", when), mastodon=server.base_url, live=True)
        assert run("publish", "flood", "--channel", "m-en", "--live", "--urgent").code == 0
        yield run, server


def test_a_post_is_retracted_and_shown_so_everywhere(published):
    run, server = published
    told = run("retract", KEY, "--as", "Ayla", "--reason", "a wrong figure", "--yes")
    assert (told.code, server.statuses) == (0, [])
    assert f"{KEY} retracted." in told.out
    why = run("why", KEY).out
    assert "published" in why
    assert "retracted" in why
    assert "a wrong figure" in why
    assert "a wrong figure" in run("status", "--corrections").out
    assert "a wrong figure" in run("status", "--all").out
    [taken] = run("status", "--corrections", "--json").json["retracted"]
    assert taken["key"] == KEY
    assert "Nothing of flood is out any more" in run("retract", "flood", "--reason", "again", "--yes").out


def test_without_a_yes_nothing_is_deleted(published):
    run, server = published
    told = run("retract", KEY, "--as", "Ayla", "--reason", "a wrong figure")
    assert told.code == 2
    assert "say --yes" in told.err
    assert len(server.statuses) == 1


def test_without_a_reason_nothing_is_deleted(published):
    run, server = published
    assert run("retract", KEY, "--as", "Ayla", "--yes").code == 2
    assert len(server.statuses) == 1


def test_nothing_recorded_is_an_empty_list_of_corrections(campaign):
    run = campaign(campaigns.post("flood", "D-1 10:00"))
    assert run("status", "--corrections", "--json").json == {"corrections": [], "retracted": []}
    assert not open_campaign(run.config).has_store


def test_settling_a_record_says_what_is_missing(sample):
    told = sample("ledger", "killed", "--settled", "--as", "Ayla")
    assert told.code == 2
    assert '--reason "…" is needed' in told.err
    told = sample("ledger", "--settled", "--as", "Ayla", "--reason", "corrected")
    assert told.code == 2
    assert "want one record" in told.err
    told = sample("ledger", "killed", "--settled", "--as", "Ayla", "--reason", "corrected")
    assert told.code == 2
    assert "Nothing recorded yet" in told.err


def test_check_opens_links_only_when_it_is_asked_to(campaign, monkeypatch):
    opened = []

    def gone(address):
        opened.append(address)
        return True, "the page is gone"

    monkeypatch.setattr("scheduler.service.visiting.open_page", gone)
    page = "https://museum.test-site.org/night"
    post = f'- {{id: flood, kind: text, author: writer, when: D-1 10:00, text: {{en: "Read it: {page}"}}}}\n'
    run = campaign(post)
    before = run("check")
    assert opened == []
    assert "links.dead" not in before.out
    asked = run("check", "--links")
    assert opened == [page]
    assert f"{page}: the page is gone; open it yourself" in " ".join(asked.err.split())
    assert "links.dead" in asked.out
    assert "links.dead" in run("check").out
    assert opened == [page]
