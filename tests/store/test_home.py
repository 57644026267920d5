"""A database that was restored, copied, moved or rolled back first asks the accounts what is out by now."""

import shutil
from datetime import timedelta

import pytest

from scheduler.delivery import Engine
from scheduler.model import Mode, Receipt, State
from scheduler.platforms import connect
from scheduler.platforms.base import Recovery, Sent, Unknown
from scheduler.store import Decision, restoring
from scheduler.store.connect import FILE
from tests import postgres
from tests.delivery.scripted import Scripted
from tests.fakes.mastodon_server import MastodonServer
from tests.store.kit import DAY, HOUR, MINUTE, NOON, channel, delivery, opened, policy, prepared, state_of

EARLY = NOON - MINUTE
FIRST, SECOND = "2027/first/mastodon-en", "2027/second/mastodon-en"
POSTS = [
    delivery("first", texts=("One.",)),
    delivery("second", due=NOON + HOUR, texts=("Two.",)),
    delivery("third", due=NOON + 3 * HOUR, texts=("Three.",)),
]
SENT = Sent(Receipt("1", "https://social.example/1"))


def at_home(folder, now=EARLY, mode=Mode.LIVE):
    """A store that has been at work in this folder."""
    store = opened(folder, mode, rules=policy(channel()))
    with store.lock(now, "run"):
        store.sync(POSTS, {}, now)
        store.heartbeat(now)
    return store


def restore(folder, kept, now):
    """Put a backup in the place of what is there."""
    if postgres.on_a_server():
        postgres.put_back(folder, kept)
    else:
        restoring.restore(folder, kept, now)


def moved(store, now=NOON):
    with store.lock(now, "run"):
        return store.settle_in(now)


def test_a_database_that_is_where_it_was_left_asks_nothing(tmp_path):
    at_home(tmp_path).close()
    with opened(tmp_path, rules=policy(channel())) as store:
        assert moved(store) is None
        assert store.claim(NOON).key == FIRST
        assert store.notices() == ()


def copied(folder):
    if postgres.on_a_server():
        postgres.copied(folder / "data", folder / "copy")
        return folder / "copy"
    shutil.copytree(folder / "data", folder / "copy")
    return folder / "copy"


def renamed(folder):
    return (folder / "data").rename(folder / "elsewhere")


def written_over_by_a_copy(folder):
    shutil.copy(folder / "data" / FILE, folder / "data" / "other")
    (folder / "data" / "other").replace(folder / "data" / FILE)
    return folder / "data"


def dropped_and_put_back(folder):
    postgres.copied(folder / "data", folder / "kept")
    names = [postgres.schema_of(folder / name) for name in ("data", "kept")]
    postgres.run(f"DROP SCHEMA {names[0]} CASCADE", f"ALTER SCHEMA {names[1]} RENAME TO {names[0]}")
    return folder / "data"


WAYS = [
    (copied, "copied or moved here from"),
    (renamed, "copied or moved here from"),
    (written_over_by_a_copy, "replaced by a copy"),
]
ON_A_SERVER = [(copied, "made anew from a copy"), (dropped_and_put_back, "made anew from a copy")]


@pytest.mark.parametrize(("how", "words"), ON_A_SERVER if postgres.on_a_server() else WAYS)
def test_a_copied_or_moved_database_sends_nothing_before_its_accounts_were_looked_at(tmp_path, how, words):
    at_home(tmp_path / "data").close()
    folder = how(tmp_path)
    with opened(folder, rules=policy(channel())) as store:
        assert words in moved(store)
        assert store.claim(NOON) is None
        assert [message.key for message in store.unsent("mastodon-en")] == [one.key for one in POSTS]
        assert len(store.notices()) == 1
        store.compared("mastodon-en", NOON)
        assert store.claim(NOON).key == FIRST
        assert store.notices() == ()
    with opened(folder, rules=policy(channel())) as store:
        assert moved(store) is None


@pytest.mark.a_file
def test_a_database_from_another_computer_says_from_which(tmp_path, monkeypatch):
    with monkeypatch.context() as there:
        there.setattr("scheduler.store.place.socket.gethostname", lambda: "old-laptop")
        there.setattr("scheduler.store.place.BOOT", tmp_path / "another start")
        at_home(tmp_path).close()
    with opened(tmp_path, rules=policy(channel())) as store:
        assert "another computer (old-laptop)" in moved(store)
        assert store.claim(NOON) is None


@pytest.mark.a_file
def test_yesterday_s_file_written_over_today_s_in_place_is_noticed(tmp_path):
    at_home(tmp_path).close()
    yesterday = (tmp_path / FILE).read_bytes()
    with opened(tmp_path, rules=policy(channel())) as store:
        with store.lock(NOON, "run"):
            store.heartbeat(NOON)
        claim = store.claim(NOON)
        assert store.begin(claim, 0, prepared(), NOON)
        assert store.settle(claim, 0, SENT, NOON, Decision(State.PUBLISHED))
    # As a person with `cp` does it: the same file (inode), older contents.
    for ending in ("-wal", "-shm"):
        (tmp_path / f"{FILE}{ending}").unlink(missing_ok=True)
    with (tmp_path / FILE).open("r+b") as file:
        file.write(yesterday)
        file.truncate()
    with opened(tmp_path, rules=policy(channel())) as store:
        assert "older than what was last at work" in moved(store)
        assert store.claim(NOON + MINUTE) is None


def test_a_dry_run_needs_no_comparison(tmp_path):
    at_home(tmp_path / "data", mode=Mode.DRY).close()
    with opened(copied(tmp_path), Mode.DRY, rules=policy(channel())) as store:
        assert moved(store) is None
        assert store.claim(NOON).key == FIRST


def test_a_dry_run_on_a_copy_does_not_use_up_the_live_one_s_question(tmp_path):
    at_home(tmp_path / "data").close()
    folder = copied(tmp_path)
    with opened(folder, Mode.DRY, rules=policy(channel())) as dry:
        moved(dry)
    with opened(folder, rules=policy(channel())) as live:
        assert moved(live) is not None


def test_an_account_no_program_can_look_at_is_held_for_a_person_once(tmp_path):
    at_home(tmp_path / "data").close()
    with opened(copied(tmp_path), rules=policy(channel())) as store:
        moved(store)
        assert store.cannot_compare("mastodon-en", NOON)
        [hold] = store.holds()
        assert (hold.scope, hold.value) == ("channel", "mastodon-en")
        assert "look at the account" in hold.reason
        assert store.claim(NOON) is None
        assert not store.cannot_compare("mastodon-en", NOON)
        assert len(store.holds()) == 1


def test_where_nothing_is_doubtful_no_channel_is_held(tmp_path):
    with at_home(tmp_path) as store:
        assert not store.cannot_compare("mastodon-en", NOON)
        assert store.holds() == ()


def test_a_time_a_person_set_does_not_keep_a_post_from_being_compared(tmp_path):
    with at_home(tmp_path / "data") as store:
        store.set_due(SECOND, NOON + 2 * HOUR, NOON + 4 * HOUR, "Aynur", EARLY)
    with opened(copied(tmp_path), rules=policy(channel())) as store:
        moved(store)
        assert SECOND in [message.key for message in store.unsent("mastodon-en")]
        assert store.already_out("mastodon-en", {SECOND: "https://social.example/2"}, NOON) == (SECOND,)
        assert state_of(store, SECOND) == "cancelled"


@pytest.mark.parametrize("outcome", [SENT, Unknown("no answer")], ids=["a part out", "a part in doubt"])
def test_a_thread_under_way_waits_for_a_person_who_knows_how_far_it_is(tmp_path, outcome):
    thread = delivery("thread", texts=("One.", "Two.", "Three."))
    with opened(tmp_path / "data", rules=policy(channel())) as store, store.lock(EARLY, "run"):
        store.sync([thread], {}, EARLY)
        claim = store.claim(NOON)
        assert store.begin(claim, 0, prepared(), NOON)
        state = State.PUBLISHED if outcome is SENT else State.UNKNOWN
        assert store.settle(claim, 0, outcome, NOON, Decision(state))
    with opened(copied(tmp_path), rules=policy(channel())) as store:
        moved(store)
        [hold] = store.holds()
        assert (hold.scope, hold.value) == ("post", "thread")
        store.sweep(NOON + MINUTE)
        store.compared("mastodon-en", NOON)
        assert store.claim(NOON + 5 * MINUTE) is None


def playing(store, platform, *moments):
    engine = Engine(store, lambda channel: platform, assume_clock=True)
    for moment in moments:
        engine.tick(moment)
    engine.close()


@pytest.mark.parametrize("recovery", [one for one in Recovery if one is not Recovery.BLIND])
def test_yesterday_s_backup_sends_nothing_again_that_went_out_since(tmp_path, recovery):
    platform = Scripted(recovery=recovery)
    store = at_home(tmp_path)
    kept = store.backup(tmp_path / "usb", EARLY)
    playing(store, platform, NOON, NOON + HOUR)
    assert platform.texts == ["One.", "Two."]
    store.close()
    restore(tmp_path, kept, NOON + 2 * HOUR)
    platform.shown = {text: "https://social.example/x" for text in platform.texts}
    with opened(tmp_path, rules=policy(channel())) as store:
        now = NOON + HOUR + MINUTE
        assert f"restored from {kept.name}" in moved(store, now)
        store.sync(POSTS, {}, now)
        # On a server the other machines' calls of that moment are waited for before the account is looked at.
        playing(store, platform, now, now + 2 * MINUTE, NOON + 3 * HOUR)
        assert platform.texts == ["One.", "Two.", "Three."]
        assert [state_of(store, key) for key in (FIRST, SECOND)] == ["cancelled", "cancelled"]


@pytest.mark.a_file
def test_a_backup_put_in_place_by_hand_is_known_for_one_too(tmp_path):
    store = at_home(tmp_path)
    kept = store.backup(tmp_path / "usb", EARLY)
    store.close()
    shutil.copyfile(kept, tmp_path / FILE)
    with opened(tmp_path, rules=policy(channel())) as store:
        assert "restored from scheduler-" in moved(store)
        assert store.claim(NOON) is None


def test_on_a_blind_platform_a_restored_backup_waits_for_a_person(tmp_path):
    platform = Scripted(recovery=Recovery.BLIND)
    store = at_home(tmp_path)
    kept = store.backup(tmp_path / "usb", EARLY)
    playing(store, platform, NOON)
    store.close()
    restore(tmp_path, kept, NOON + MINUTE)
    with opened(tmp_path, rules=policy(channel())) as store:
        moved(store, NOON + MINUTE)
        playing(store, platform, NOON + MINUTE, NOON + HOUR)
        assert platform.texts == ["One."]
        assert len(store.holds()) == 1


def test_over_real_http_a_restored_backup_posts_nothing_twice(tmp_path):
    with MastodonServer(token="canary") as server:
        rules = policy(channel(platform="mastodon", base_url=server.base_url))
        with opened(tmp_path, rules=rules) as store, store.lock(EARLY, "run"):
            store.sync(POSTS, {}, EARLY)
            kept = store.backup(tmp_path / "usb", EARLY)
            over_http(store, NOON)
        restore(tmp_path, kept, NOON + MINUTE)
        with opened(tmp_path, rules=rules) as store, store.lock(NOON + MINUTE, "run"):
            store.sync(POSTS, {}, NOON + MINUTE)
            over_http(store, NOON + MINUTE, NOON + HOUR)
        assert [status.text for status in server.published] == ["One.", "Two."]


def over_http(store, *moments):
    at = [moments[0]]

    def connected(channel):
        return connect(channel, {"ACCESS_TOKEN": "canary"}, store.file, clock=lambda: at[0])

    engine = Engine(store, connected, assume_clock=True)
    for at[0] in moments:
        engine.tick(at[0])
    engine.close()


def test_a_heartbeat_on_a_full_disk_is_no_trouble(tmp_path, monkeypatch):
    with at_home(tmp_path) as store:

        def full(*_, **__):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("pathlib.Path.write_text", full)
        store.heartbeat(NOON + timedelta(seconds=10))
        assert store.last_heartbeat() == NOON + timedelta(seconds=10)


def test_a_copy_sent_on_from_is_at_home_after_its_accounts_were_looked_at(tmp_path):
    at_home(tmp_path / "data").close()
    folder = copied(tmp_path)
    with opened(folder, rules=policy(channel())) as store:
        assert moved(store) is not None
        store.compared("mastodon-en", NOON)
    with opened(folder, rules=policy(channel())) as store:
        assert moved(store, NOON + DAY) is None
        assert not store.must_compare("mastodon-en")
