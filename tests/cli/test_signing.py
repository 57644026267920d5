"""preview --sign-off, and approve --pack, as people type them."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from scheduler.model import Mode
from scheduler.service import open_campaign
from tests import campaigns
from tests.service.stage import write


def posts(**texts):
    when = campaigns.at(datetime.now(UTC) + timedelta(days=5))
    return "".join(campaigns.post(name, when, text=text) for name, text in texts.items())


BOTH = {"flood": "The water came at night.", "ferry": "The ferry went out."}


@pytest.fixture
def run(campaign):
    return campaign(posts(**BOTH), live=True, approvals=1)


def pack(run):
    told = run("preview", "--sign-off", "-o", str(run.config.parent / "pack.html"))
    assert told.code == 0, told.err
    return re.search(r"--pack ([0-9a-f]+)", told.out)[1]


def approved(run):
    with open_campaign(run.config).store(Mode.LIVE) as store:
        return {one.key: one.role for one in store.approvals()}


def test_a_pack_is_approved_by_its_hash(run):
    hash_ = pack(run)
    told = run("approve", "--pack", hash_, "--as", "Aynur")
    assert told.code == 0
    assert "4 deliveries" in told.out
    assert set(approved(run)) == {f"2027/{post}/{channel}" for post in BOTH for channel in ("m-en", "x-en")}
    assert all(hash_[:12] in role for role in approved(run).values())


def test_what_changed_since_is_not_approved_and_is_named(run):
    hash_ = pack(run)
    write(run.config.parent, posts(**{**BOTH, "ferry": "The ferry went out, and did not come back."}))
    told = run("approve", "--pack", hash_, "--as", "Aynur")
    assert told.code == 1
    assert set(approved(run)) == {"2027/flood/m-en", "2027/flood/x-en"}
    assert "2027/ferry/m-en, what people will see has changed since" in told.err


def test_what_is_gone_or_on_another_day_is_named_too(run):
    hash_ = pack(run)
    moved = campaigns.post("ferry", campaigns.at(datetime.now(UTC) + timedelta(days=7)), text=BOTH["ferry"])
    write(run.config.parent, moved)
    told = run("approve", "--pack", hash_, "--as", "Aynur")
    assert (told.code, approved(run)) == (1, {})
    assert "2027/flood/m-en, it is no longer planned" in told.err
    assert "2027/ferry/m-en, it was shown for" in told.err


def test_an_old_paper_does_not_approve_the_day_that_only_the_new_pack_shows(run):
    def ferry(days):
        when = campaigns.at(datetime.now(UTC) + timedelta(days=days))
        write(run.config.parent, campaigns.post("ferry", when, text=BOTH["ferry"]))
        return pack(run)

    old, new = ferry(5), ferry(7)
    assert old != new
    told = run("approve", "--pack", old, "--as", "Aynur")
    assert (told.code, approved(run)) == (1, {})
    assert run("approve", "--pack", new, "--as", "Aynur").code == 0
    assert set(approved(run)) == {"2027/ferry/m-en", "2027/ferry/x-en"}


@pytest.mark.parametrize("hash_", ["0" * 64, "short", ""])
def test_a_hash_of_no_pack_approves_nothing(run, hash_):
    pack(run)
    told = run("approve", "--pack", hash_, "--as", "Aynur")
    assert told.code == 2
    assert "No sign-off pack" in told.err
    assert approved(run) == {}


def test_a_hash_may_be_typed_with_spaces_and_capitals(run):
    hash_ = pack(run)
    spaced = f"{hash_[:4]} {hash_[4:]}".upper()
    assert run("approve", "--pack", spaced, "--as", "Aynur").code == 0


def test_a_damaged_record_of_the_pack_approves_nothing(run):
    hash_ = pack(run)
    with open_campaign(run.config).store(Mode.LIVE) as store:
        kept = store.recall("packs")
        [name] = kept
        key = next(iter(kept[name]["shown"]))
        kept[name]["shown"][key][0] = "0" * 64
        store.remember("packs", kept)
    told = run("approve", "--pack", hash_, "--as", "Aynur")
    assert "damaged" in told.err
    assert approved(run) == {}


def test_the_pack_of_an_authors_own_post_still_lacks_somebody_else(campaign):
    own = posts(flood="The water came at night.").replace("author: editor", "author: Aynur")
    run = campaign(own, live=True, approvals=1)
    told = run("approve", "--pack", pack(run), "--as", "Aynur")
    assert "Still missing on 2 deliveries" in told.out
    assert "author" in told.out


def test_what_was_returned_after_the_pack_was_printed_is_not_approved_by_it(run):
    hash_ = pack(run)
    run("return", "ferry", "--as", "Can", "--reason", "the ferry had another name")
    assert pack(run) == hash_
    told = run("approve", "--pack", hash_, "--as", "Aynur")
    assert told.code == 1
    assert "Can returned it since the pack was made: the ferry had another name" in " ".join(told.err.split())
    by_it = {key for key, role in approved(run).items() if hash_[:12] in role}
    assert by_it == {"2027/flood/m-en", "2027/flood/x-en"}
