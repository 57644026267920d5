"""A frozen plan: nothing that is written meanwhile goes out, except corrections, until it is ended."""

import logging
from contextlib import contextmanager

import pytest

from scheduler.errors import InputError, RunError
from scheduler.model import Mode
from scheduler.service.publishing import publish
from scheduler.service.reloading import Reloader, look
from tests import campaigns
from tests.service.stage import NOON, Clock, opened, touched, write
from tests.service.test_reloading import causes, look_twice, states, texts

FLOOD = campaigns.post("flood", "D-1 10:00")
BETTER = campaigns.post("flood", "D-1 10:00", text="Better words.")
OTHER = campaigns.post("other", "D-2 10:00", text="Another memory.")
KEY = "2027/flood/m-en"
CORRECTION = """\
- id: putting-right
  kind: correction
  author: editor
  when: D-1 12:00
  text: {en: "We wrote that the water came in the morning. It came at night."}
  corrects: 2027/flood/m-en
"""


@contextmanager
def started(folder, *, posts=None, mode=Mode.DRY, **options):
    """A scheduler after its first reload, on the posts there are or on these."""
    if posts is None:
        from scheduler.service import open_campaign

        campaigning = open_campaign(folder / "config.yaml", environ={})
    else:
        campaigning = opened(folder, posts, **options)
    reloader, changed = None, []
    reloader = Reloader(campaigning, mode, Clock(), changed=changed.append)
    with campaigning.store(mode) as store:
        reloader.reload(store)
        yield reloader, store, changed


def freeze(reloader, store, reason="the anniversary"):
    config = reloader.campaigning.config
    text = config.file.read_text(encoding="utf-8")
    store.freeze("Ayla", reason, NOON, config=text, files=look(reloader.campaigning))


def notice(store):
    return next((one.text for one in store.notices() if one.cause == "frozen"), None)


def test_what_is_written_under_a_freeze_waits_and_is_told_once_with_what_it_would_change(tmp_path, caplog):
    with started(tmp_path, posts=FLOOD + OTHER) as (reloader, store, _):
        freeze(reloader, store)
        before = texts(store)
        with caplog.at_level(logging.WARNING):
            write(tmp_path, BETTER + campaigns.post("third", "D-3 10:00", text="A third memory."))
            look_twice(reloader, store)
            look_twice(reloader, store)
        assert texts(store) == before
        assert set(states(store).values()) == {"scheduled"}
        # 08:00 UTC on 10 February is 12:00 in Baku.
        assert notice(store) == (
            "frozen by Ayla since 2027-02-10 12:00 Asia/Baku (the anniversary): 1 changed file is not taken "
            "over. Without the freeze: 2 new: 2027/third/m-en, 2027/third/x-en; 2 changed: 2027/flood/m-en, "
            "2027/flood/x-en; 2 gone: 2027/other/m-en, 2027/other/x-en"
        )
        assert caplog.text.count("frozen by Ayla") == 1


def test_without_a_change_a_freeze_says_nothing(tmp_path):
    with started(tmp_path, posts=FLOOD) as (reloader, store, _):
        freeze(reloader, store)
        look_twice(reloader, store)
        assert store.notices() == ()


def test_ending_the_freeze_takes_over_what_waited(tmp_path):
    with started(tmp_path, posts=FLOOD) as (reloader, store, _):
        freeze(reloader, store)
        write(tmp_path, BETTER)
        look_twice(reloader, store)
        store.thaw("Leyla", NOON)
        look_twice(reloader, store)
        assert texts(store)[KEY].startswith("Better words.")
        assert "frozen" not in causes(store)


def test_ending_it_still_refuses_to_cancel_most_of_the_plan(tmp_path):
    many = "".join(campaigns.post(f"post-{n}", f"D-{n} 12:00", text=f"Memory {n}.") for n in range(1, 4))
    with started(tmp_path, posts=many) as (reloader, store, _):
        freeze(reloader, store)
        write(tmp_path, "[]\n")
        look_twice(reloader, store)
        assert "--accept-removals" in notice(store)
        store.thaw("Leyla", NOON)
        look_twice(reloader, store)
        assert list(states(store).values()) == ["scheduled"] * 6
        assert "removals" in causes(store)


@pytest.mark.parametrize("others", ["untouched", "edited too"])
def test_a_correction_does_not_wait(tmp_path, others):
    with started(tmp_path, posts=FLOOD) as (reloader, store, _):
        freeze(reloader, store)
        write(tmp_path, (FLOOD if others == "untouched" else BETTER) + CORRECTION)
        look_twice(reloader, store)
        assert states(store) == {
            KEY: "scheduled",
            "2027/flood/x-en": "scheduled",
            "2027/putting-right/m-en": "scheduled",
            "2027/putting-right/x-en": "scheduled",
        }
        assert "water" in texts(store)[KEY]
        write(tmp_path, FLOOD + CORRECTION.replace("at night", "at midnight"))
        look_twice(reloader, store)
        assert "midnight" in texts(store)["2027/putting-right/m-en"]


def test_a_post_made_a_correction_only_now_waits_like_any_other(tmp_path):
    with started(tmp_path, posts=FLOOD + OTHER) as (reloader, store, _):
        freeze(reloader, store)
        before = texts(store)
        write(tmp_path, FLOOD + OTHER.replace("Another", "A very other") + f"  corrects: {KEY}\n")
        look_twice(reloader, store)
        assert texts(store) == before


def test_a_removed_correction_is_not_taken_away_under_a_freeze(tmp_path):
    with started(tmp_path, posts=FLOOD + CORRECTION) as (reloader, store, _):
        freeze(reloader, store)
        write(tmp_path, FLOOD)
        look_twice(reloader, store)
        assert states(store)["2027/putting-right/m-en"] == "scheduled"


def test_a_correction_that_is_out_and_renamed_under_a_freeze_is_not_sent_again(tmp_path):
    with started(tmp_path, posts=FLOOD + CORRECTION) as (reloader, store, _):
        assert str(publish(reloader.campaigning, Mode.DRY, Clock(), "putting-right", "m-en").state) == (
            "published"
        )
        freeze(reloader, store)
        write(tmp_path, FLOOD + CORRECTION.replace("putting-right", "put-right"))
        look_twice(reloader, store)
        assert "2027/put-right/m-en" not in states(store)
        assert states(store)["2027/put-right/x-en"] == "scheduled", "that channel has not had it yet"


def test_a_freeze_survives_a_restart_with_the_config_of_its_beginning(tmp_path):
    with started(tmp_path, posts=FLOOD) as (reloader, store, _):
        freeze(reloader, store)
    write(tmp_path, BETTER)
    config = tmp_path / "config.yaml"
    touched(config, config.read_text(encoding="utf-8").replace("grace: 2h", "grace: 5h"))
    with started(tmp_path) as (reloader, store, _):
        assert "water" in texts(store)[KEY]
        assert reloader.campaigning.config.campaign.grace.total_seconds() == 2 * 3600
        assert store.policy.campaign.grace.total_seconds() == 2 * 3600
        assert "2 changed files are not taken over" in notice(store)
        look_twice(reloader, store)
        assert "water" in texts(store)[KEY]
        store.thaw("Leyla", NOON)
        look_twice(reloader, store)
        assert texts(store)[KEY].startswith("Better words.")
        assert reloader.campaigning.config.campaign.grace.total_seconds() == 5 * 3600


def test_a_first_start_under_a_freeze_plans_nothing_until_it_ends(tmp_path):
    campaigning = opened(tmp_path, FLOOD + CORRECTION)
    with campaigning.store(Mode.DRY) as store:
        text = campaigning.config.file.read_text(encoding="utf-8")
        store.freeze("Ayla", "not yet", NOON, config=text, files=look(campaigning))
        reloader = Reloader(campaigning, Mode.DRY, Clock())
        reloader.reload(store)
        assert set(states(store)) == {"2027/putting-right/m-en", "2027/putting-right/x-en"}
        store.thaw("Ayla", NOON)
        look_twice(reloader, store)
        assert KEY in states(store)


def test_new_secrets_do_not_wait(tmp_path):
    with started(tmp_path, posts=FLOOD) as (reloader, store, changed):
        freeze(reloader, store)
        env = tmp_path / ".env"
        touched(env, env.read_text(encoding="utf-8").replace("canary-mastodon-token", "another-canary"))
        config = tmp_path / "config.yaml"
        touched(config, config.read_text(encoding="utf-8").replace("https://x.example", "https://x2.example"))
        look_twice(reloader, store)
        assert changed == ["m-en"]
        assert reloader.campaigning.environ["M_EN_ACCESS_TOKEN"] == "another-canary"
        assert "1 changed file is not taken over" in notice(store)


def test_a_broken_config_is_no_trouble_under_a_freeze(tmp_path):
    with started(tmp_path, posts=FLOOD) as (reloader, store, _):
        freeze(reloader, store)
        touched(tmp_path / "config.yaml", "campaign: [")
        look_twice(reloader, store)
        assert causes(store) == {"frozen"}
        assert set(states(store).values()) == {"scheduled"}


def test_freezing_twice_or_ending_nothing_is_refused_in_words(tmp_path):
    with started(tmp_path, posts=FLOOD) as (reloader, store, _):
        with pytest.raises(RunError, match="not frozen"):
            store.thaw("Ayla", NOON)
        freeze(reloader, store)
        with pytest.raises(RunError, match="frozen by Ayla: the anniversary"):
            freeze(reloader, store)
        store.thaw("Leyla", NOON)
        assert store.frozen() is None
        assert [(act.who, act.act) for act in store.acts()] == [("Ayla", "freeze"), ("Leyla", "thaw")]


def test_both_modes_are_frozen_at_once(tmp_path):
    with started(tmp_path, posts=FLOOD) as (reloader, store, _):
        freeze(reloader, store)
        with reloader.campaigning.store(Mode.LIVE) as live:
            assert live.frozen().who == "Ayla"


def test_publishing_a_changed_post_under_a_freeze_is_refused_and_an_unchanged_one_goes(tmp_path):
    with started(tmp_path, posts=FLOOD + OTHER) as (reloader, store, _):
        freeze(reloader, store)
        write(tmp_path, BETTER + OTHER)
        campaigning = reloader.campaigning
        with pytest.raises(InputError, match=r"frozen by Ayla.* was changed"):
            publish(campaigning, Mode.DRY, Clock(), "flood", "m-en")
        assert str(publish(campaigning, Mode.DRY, Clock(), "other", "m-en").state) == "published"


# Due at 12:00 on 15 February in Baku, so five days after NOON; its todo stops it from NOON + 48 h on.
LINKED = campaigns.post("flood", "2027-02-15 12:00") + "  channels: [m-en]\n"
PLACEHOLDER = LINKED + "  link: https://example.org/placeholder\n"


def reasons_after(reloader, store, **span):
    reloader.clock.on(**span)
    look_twice(reloader, store)
    return store.statuses(reloader.clock())[0].reasons


@pytest.mark.parametrize(
    "meanwhile",
    [
        PLACEHOLDER,
        pytest.param(LINKED + "  link: https://example.com/the-letter\n", id="the link was filled in"),
        pytest.param("- id: flood\n  text: [\n", id="the file is broken"),
        pytest.param(campaigns.post("other", "2027-02-15 12:00"), id="the post is gone"),
    ],
)
def test_a_placeholder_stops_its_post_three_days_before_also_under_a_freeze(tmp_path, meanwhile):
    with started(tmp_path, posts=PLACEHOLDER, mode=Mode.LIVE, live=True) as (reloader, store, _):
        freeze(reloader, store)
        before = texts(store)
        write(tmp_path, meanwhile)
        assert reasons_after(reloader, store, hours=47) == ()
        [reason] = reasons_after(reloader, store, hours=1)
        assert reason.startswith("links.placeholder: ")
        assert texts(store) == before


def test_a_placeholder_that_a_freeze_was_started_with_stops_its_post_after_a_restart(tmp_path):
    with started(tmp_path, posts=PLACEHOLDER, mode=Mode.LIVE, live=True) as (reloader, store, _):
        freeze(reloader, store)
    write(tmp_path, LINKED)
    with started(tmp_path, mode=Mode.LIVE) as (reloader, store, _):
        [reason] = reasons_after(reloader, store, hours=48)
        assert reason.startswith("links.placeholder: ")


def test_when_the_freeze_ends_what_was_mended_meanwhile_goes_again(tmp_path):
    with started(tmp_path, posts=PLACEHOLDER, mode=Mode.LIVE, live=True) as (reloader, store, _):
        freeze(reloader, store)
        write(tmp_path, LINKED)
        assert reasons_after(reloader, store, hours=48) != ()
        store.thaw("Ayla", reloader.clock())
        assert reasons_after(reloader, store, seconds=1) == ()


def test_a_mistake_in_words_that_wait_stops_nothing_under_a_freeze(tmp_path):
    with started(tmp_path, posts=LINKED, mode=Mode.LIVE, live=True) as (reloader, store, _):
        freeze(reloader, store)
        write(tmp_path, LINKED.replace("text:", "txet:"))
        assert reasons_after(reloader, store, hours=1) == ()
