"""Posts and config edited while the scheduler runs."""

import os
from contextlib import contextmanager

import pytest

from scheduler import content
from scheduler.model import Answer, Mode
from scheduler.service import open_campaign
from scheduler.service.reloading import Reloader, look
from tests import campaigns
from tests.service.stage import Clock, opened, touched, write

FLOOD = campaigns.post("flood", "D-1 10:00")


@contextmanager
def running(folder, posts, *, mode=Mode.DRY, **options):
    """A reloader after its first reload, the store it keeps in line, and the channels it said are new."""
    campaigning, clock, changed = opened(folder, posts), Clock(), []
    reloader = Reloader(campaigning, mode, clock, changed=changed.append, **options)
    with campaigning.store(mode) as store:
        reloader.reload(store)
        yield reloader, store, changed


def look_twice(reloader, store):
    reloader.rescan(store)
    reloader.rescan(store)


def standing(store):
    return {status.key: status for status in store.statuses(Clock()())}


def texts(store):
    return {key: status.message.parts[0].text for key, status in standing(store).items()}


def states(store):
    return {key: str(status.state) for key, status in standing(store).items()}


def causes(store):
    return {notice.cause for notice in store.notices()}


def test_an_edited_post_is_taken_over_after_two_equal_looks(tmp_path):
    with running(tmp_path, FLOOD) as (reloader, store, _):
        write(tmp_path, campaigns.post("flood", "D-1 10:00", text="Better words."))
        reloader.rescan(store)
        assert "Better" not in texts(store)["2027/flood/m-en"]
        reloader.rescan(store)
        assert texts(store)["2027/flood/m-en"].startswith("Better words.")


def test_a_file_that_changes_between_two_looks_is_still_being_written(tmp_path):
    with running(tmp_path, FLOOD) as (reloader, store, _):
        for words in ("One.", "Two words.", "And now three."):
            write(tmp_path, campaigns.post("flood", "D-1 10:00", text=words))
            reloader.rescan(store)
        assert "water" in texts(store)["2027/flood/m-en"]
        reloader.rescan(store)
        assert texts(store)["2027/flood/m-en"].startswith("And now three.")


def test_a_post_moved_in_its_file_gets_its_new_time(tmp_path):
    with running(tmp_path, FLOOD) as (reloader, store, _):
        write(tmp_path, campaigns.post("flood", "D-2 18:00"))
        look_twice(reloader, store)
        # D-2 of 17 February is the 15th; 18:00 in Baku is 14:00 UTC.
        assert {str(one.due) for one in standing(store).values()} == {"2027-02-15 14:00:00+00:00"}


def test_a_file_that_does_not_parse_changes_none_of_its_posts(tmp_path):
    with running(tmp_path, FLOOD) as (reloader, store, _):
        before = texts(store)
        write(tmp_path, FLOOD + "- id: [\n")
        look_twice(reloader, store)
        assert texts(store) == before
        assert set(states(store).values()) == {"scheduled"}
        write(tmp_path, FLOOD)
        look_twice(reloader, store)
        assert set(states(store).values()) == {"scheduled"}


def test_a_post_that_is_gone_is_cancelled_and_comes_back(tmp_path):
    others = "".join(campaigns.post(f"other-{n}", f"D-{n} 12:00") for n in range(2, 7))
    with running(tmp_path, FLOOD + others) as (reloader, store, _):
        write(tmp_path, others)
        look_twice(reloader, store)
        assert states(store)["2027/flood/m-en"] == "cancelled"
        write(tmp_path, FLOOD + others)
        look_twice(reloader, store)
        assert states(store)["2027/flood/m-en"] == "scheduled"


def test_a_post_whose_time_became_unusable_is_held_with_the_reason_and_not_sent(tmp_path):
    # In Berlin the clocks go from 02:00 to 03:00 on 28 March 2027.
    campaigns.write(tmp_path, campaigns.post("flood", "2027-03-28 04:00"))
    config = tmp_path / "config.yaml"
    text = config.read_text(encoding="utf-8").replace("Asia/Baku", "Europe/Berlin")
    with running(tmp_path, campaigns.post("flood", "2027-03-28 04:00")) as (reloader, store, _):
        touched(config, text)
        look_twice(reloader, store)
        assert not standing(store)["2027/flood/m-en"].held
        write(tmp_path, campaigns.post("flood", "2027-03-28 02:30"))
        look_twice(reloader, store)
        held = standing(store)["2027/flood/m-en"]
        assert held.held
        assert "does not exist in Europe/Berlin" in held.reasons[0]
        write(tmp_path, campaigns.post("flood", "2027-03-28 03:30"))
        look_twice(reloader, store)
        freed = standing(store)["2027/flood/m-en"]
        assert not freed.held
        # 03:30 in Berlin after the change is 01:30 UTC.
        assert str(freed.due) == "2027-03-28 01:30:00+00:00"


def test_a_broken_config_keeps_the_last_good_plan_and_tells_people_until_it_is_mended(tmp_path):
    with running(tmp_path, FLOOD) as (reloader, store, _):
        config = tmp_path / "config.yaml"
        good = config.read_text(encoding="utf-8")
        touched(config, good.replace("Asia/Baku", "Asia/Bakuu"))
        look_twice(reloader, store)
        assert reloader.campaigning.config.campaign.timezone.key == "Asia/Baku"
        assert set(states(store).values()) == {"scheduled"}
        [notice] = [one for one in store.notices() if one.cause == "config"]
        assert "config.yaml:5:13" in notice.text
        assert "Asia/Bakuu" in notice.text
        touched(config, good)
        look_twice(reloader, store)
        assert "config" not in causes(store)


def test_a_config_that_is_gone_keeps_the_last_good_plan(tmp_path):
    with running(tmp_path, FLOOD) as (reloader, store, _):
        (tmp_path / "config.yaml").unlink()
        look_twice(reloader, store)
        assert set(states(store).values()) == {"scheduled"}
        assert "config" in causes(store)


def test_posts_lost_all_at_once_are_kept_until_a_start_accepts_it(tmp_path):
    many = "".join(campaigns.post(f"post-{n}", f"D-{n} 12:00") for n in range(1, 4))
    with running(tmp_path, many) as (reloader, store, _):
        # Three posts on two channels are six deliveries: more than three, and more than a fifth.
        write(tmp_path, "[]\n")
        look_twice(reloader, store)
        assert list(states(store).values()) == ["scheduled"] * 6
        [notice] = [one for one in store.notices() if one.cause == "removals"]
        assert "--accept-removals" in notice.text

        reloader.accept_removals = True
        reloader.reload(store)
        assert list(states(store).values()) == ["cancelled"] * 6
        assert "removals" not in causes(store)


def test_removals_are_accepted_at_the_start_and_not_ever_after(tmp_path):
    many = "".join(campaigns.post(f"post-{n}", f"D-{n} 12:00") for n in range(1, 4))
    with running(tmp_path, many, accept_removals=True) as (reloader, store, _):
        write(tmp_path, "[]\n")
        look_twice(reloader, store)
        assert list(states(store).values()) == ["scheduled"] * 6


def test_new_secrets_or_addresses_connect_anew_and_new_slots_do_not(tmp_path):
    with running(tmp_path, FLOOD) as (reloader, store, changed):
        env = tmp_path / ".env"
        touched(env, env.read_text(encoding="utf-8").replace("canary-mastodon-token", "another-canary"))
        look_twice(reloader, store)
        assert changed == ["m-en"]
        changed.clear()
        config = tmp_path / "config.yaml"
        text = config.read_text(encoding="utf-8")
        touched(config, text.replace("https://x.example", "https://x2.example"))
        look_twice(reloader, store)
        assert changed == ["x-en"]
        changed.clear()
        touched(config, text.replace("https://x.example", "https://x2.example").replace("20", "20", 1) + "\n")
        look_twice(reloader, store)
        assert changed == []


def test_a_channel_that_is_not_live_gets_no_live_delivery(tmp_path):
    with running(tmp_path, FLOOD, mode=Mode.LIVE) as (_, store, _):
        assert states(store) == {}


def test_a_slot_once_given_stays_though_a_post_of_higher_priority_comes(tmp_path):
    slot = campaigns.post("flood", "next slot")
    campaigns.write(tmp_path, slot)
    config = tmp_path / "config.yaml"
    text = config.read_text(encoding="utf-8").replace("language: en,", 'language: en, slots: ["10:00"],')
    with running(tmp_path, slot) as (reloader, store, _):
        touched(config, text)
        look_twice(reloader, store)
        before = {key: one.due for key, one in standing(store).items()}
        # NOON is 12:00 in Baku on the 10th; the next 10:00 there is on the 11th, 06:00 UTC.
        assert {str(due) for due in before.values()} == {"2027-02-11 06:00:00+00:00"}
        write(tmp_path, slot + campaigns.post("urgent", "next slot") + "  priority: 9\n")
        look_twice(reloader, store)
        assert {key: standing(store)[key].due for key in before} == before


def test_a_channel_that_is_no_longer_live_keeps_its_deliveries_and_sends_none(tmp_path):
    campaigning, clock = opened(tmp_path, FLOOD, live=True), Clock()
    reloader = Reloader(campaigning, Mode.LIVE, clock)
    with campaigning.store(Mode.LIVE) as store:
        reloader.reload(store)
        config = tmp_path / "config.yaml"
        text = config.read_text(encoding="utf-8")
        line = next(line for line in text.splitlines() if "m-en" in line)
        touched(config, text.replace(line, line.replace("live: true", "live: false")))
        look_twice(reloader, store)
        statuses = standing(store)
        assert {key: str(one.state) for key, one in statuses.items()} == {
            "2027/flood/m-en": "scheduled",
            "2027/flood/x-en": "scheduled",
        }
        assert any("live" in reason for reason in statuses["2027/flood/m-en"].reasons)


def test_slots_are_not_kept_when_a_reload_is_refused(tmp_path):
    many = "".join(
        campaigns.post(f"flood-{number}", "next slot", text=f"Memory {number} of the flood.")
        for number in range(8)
    )
    campaigning = opened(tmp_path, many)
    config = tmp_path / "config.yaml"
    text = config.read_text(encoding="utf-8").replace("platform: x,", 'platform: x, slots: ["10:00"],')
    touched(config, text.replace("platform: mastodon,", 'platform: mastodon, slots: ["10:00"],'))
    campaigning, clock = open_campaign(config, environ={}), Clock()
    with campaigning.store(Mode.DRY) as store:
        reloader = Reloader(campaigning, Mode.DRY, clock)
        reloader.reload(store)
        before = store.slots()
        assert before
        write(tmp_path, campaigns.post("another", "next slot", text="Only this one is left."))
        look_twice(reloader, store)
        assert "removals" in causes(store)
        assert store.slots() == before


@pytest.mark.parametrize("accepted", [False, True])
def test_a_folder_that_is_not_there_takes_no_post_out_of_the_plan_however_few_there_are(tmp_path, accepted):
    with running(tmp_path, FLOOD) as (reloader, store, _):
        (tmp_path / "posts").rename(tmp_path / "moved")
        reloader.accept_removals = accepted
        look_twice(reloader, store)
        assert list(states(store).values()) == ["scheduled"] * 2
        [notice] = [one.text for one in store.notices()]
        assert notice.startswith("posts: this folder cannot be read (No such file or directory)")
        (tmp_path / "moved").rename(tmp_path / "posts")
        look_twice(reloader, store)
        assert store.notices() == ()


def test_a_subfolder_that_cannot_be_read_takes_no_post_out_of_the_plan(tmp_path, monkeypatch):
    sub = tmp_path / "posts" / "more"
    sub.mkdir(parents=True)
    (sub / "more.yaml").write_text(campaigns.post("more", "D-2 10:00", text="More."), encoding="utf-8")
    listed = os.scandir

    def refused(path="."):
        if str(path) == str(sub):
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    with running(tmp_path, FLOOD) as (reloader, store, _):
        assert len(states(store)) == 4
        monkeypatch.setattr(os, "scandir", refused)
        look_twice(reloader, store)
        assert list(states(store).values()) == ["scheduled"] * 4
        found = content.read(tmp_path / "posts", ("en",), tmp_path)
        assert [(one.file, one.rule) for one in found.findings] == [("posts/more", "post.no-folder")]


def test_what_two_people_have_answered_is_taken_over_while_it_runs(tmp_path):
    lists = "- {id: harsh, author: a, rule: dehumanising, words: {en: [butchers]}}\n"
    (tmp_path / "posts" / "ledger").mkdir(parents=True)
    touched(tmp_path / "posts" / "ledger" / "wording.yaml", lists)
    asked = campaigns.post("flood", "D-1 10:00", text="The butchers came.")
    with running(tmp_path, asked) as (reloader, store, _):
        made = reloader.campaigning.prepare(Clock()())
        [question] = {one.cause for one in made.findings if one.rule == "wording.dehumanising"}
        for who in ("Ayla", "Can"):
            [before] = {one.waived for one in standing(store).values()}
            assert before == ()
            given = Answer(question, "flood", "wording.dehumanising", who, "approver", Clock()(), "quoted")
            store.answer([given])
            reloader.rescan(store)
        [after] = {one.waived for one in standing(store).values()}
        assert "answered by Ayla and Can: quoted" in after[0]
        with store.reading() as connection:
            stops = connection.exec_driver_sql("SELECT DISTINCT stops FROM deliveries").scalars().all()
        assert stops == ["[]"]


def test_while_nothing_changes_the_store_is_asked_now_and_then_only(tmp_path, monkeypatch):
    with running(tmp_path, FLOOD) as (reloader, store, _):
        asked = []
        whole = store.answer_count
        monkeypatch.setattr(store, "answer_count", lambda: asked.append(1) or whole())
        for _ in range(5):
            reloader.rescan(store)
        assert len(asked) == 1
        reloader.clock.on(seconds=10)
        reloader.rescan(store)
        assert len(asked) == 2


def test_a_hold_file_is_on_record_at_the_next_look_and_lifted_at_the_one_after_it_is_gone(tmp_path):
    with running(tmp_path, FLOOD) as (reloader, store, _):
        look_twice(reloader, store)
        path = tmp_path / "posts" / "HOLD"
        path.write_text("Wait for the families.\n", encoding="utf-8")
        reloader.rescan(store)
        assert [hold.reason for hold in store.holds() if hold.id] == ["Wait for the families."]
        path.write_text("Wait for the lawyer.\n", encoding="utf-8")
        reloader.rescan(store)
        assert [hold.reason for hold in store.holds() if hold.id] == ["Wait for the lawyer."]
        path.unlink()
        reloader.rescan(store)
        assert store.holds() == ()


def test_an_answer_given_while_a_file_is_being_written_is_not_forgotten(tmp_path):
    with running(tmp_path, FLOOD) as (reloader, store, _):
        look_twice(reloader, store)
        reread = []
        reloader._reread = lambda store: reread.append(1)
        store.answer_count = lambda: 1
        store.remember("an answer", 1)
        write(tmp_path, campaigns.post("flood", "D-1 10:00", text="Better words."))
        reloader.rescan(store)
        assert reread == []
        reloader.rescan(store)
        assert reread == [1]


def test_a_link_to_a_folder_does_not_send_the_look_round_in_circles(tmp_path):
    with running(tmp_path, FLOOD) as (reloader, _, _):
        inner = tmp_path / "posts" / "more"
        inner.mkdir()
        (inner / "later.yaml").write_text("[]\n", encoding="utf-8")
        (inner / "back").symlink_to(tmp_path / "posts", target_is_directory=True)
        seen = {os.path.relpath(name, tmp_path) for name in look(reloader.campaigning)}
        assert {name for name in seen if name.startswith("posts")} == {
            "posts/posts.yaml",
            "posts/more/later.yaml",
        }
