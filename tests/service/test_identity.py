"""Posts, channels and files renamed, swapped, deleted and brought back in mid-campaign, as staff do it.

Whatever happens to the files: nothing goes out twice, and nothing leaves the plan that nobody took out.
"""

from collections import Counter
from contextlib import contextmanager
from datetime import timedelta

import pytest

from scheduler.delivery import Engine
from scheduler.model import Mode
from scheduler.platforms.base import Recovery
from scheduler.service import open_campaign
from scheduler.service.reloading import Reloader
from tests import campaigns
from tests.delivery.scripted import LOST, Scripted
from tests.service.stage import Clock, touched, write

# It is 12:00 in Baku on 10 February, a week before the day.
SOON, LATER, AT_LAST = "2027-02-10 13:00", "2027-02-11 13:00", "2027-02-12 13:00"
WATER, NAMES, BELLS = "The water came at night.", "We read their names.", "The bells rang for an hour."
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def post(name, when, text):
    return campaigns.post(name, when, text=text)


WATER_SOON, NAMES_LATER = post("water", SOON, WATER), post("names", LATER, NAMES)
BELLS_LAST = post("bells", AT_LAST, BELLS)


class Campaign:
    """A folder of posts, two accounts that remember what was published, and a clock."""

    def __init__(self, folder):
        self.folder, self.clock = folder, Clock()
        # Accounts are this test's own: beside it others may run on this machine.
        self.accounts = {name: self._account(name) for name in ("m-en", "x-en")}

    def _account(self, name):
        account = Scripted(name, recovery=Recovery.PROBE)
        account.identity = f"{name} of {self.folder}"
        return account

    @contextmanager
    def at_work(self, **options):
        """A scheduler from its start to its end."""
        campaigning = open_campaign(self.folder / "config.yaml", environ={})
        self.reloader = Reloader(campaigning, Mode.LIVE, self.clock, **options)
        with campaigning.store(Mode.LIVE) as self.store:
            self.reloader.reload(self.store)
            self.engine = Engine(self.store, lambda channel: self.accounts[channel.name], assume_clock=True)
            yield

    def looks(self):
        self.reloader.rescan(self.store)
        self.reloader.rescan(self.store)

    def passes(self, span):
        """Time passes; whatever falls due meanwhile is attended to."""
        end = self.clock() + span
        due = self.engine.tick(self.clock())
        while due is not None and due <= end:
            self.clock.now = due
            due = self.engine.tick(due)
        self.clock.now = end
        self.engine.tick(end)

    @property
    def out(self):
        """How often each of the sentences stands on each account."""
        found = Counter()
        for name, account in self.accounts.items():
            for text in account.texts:
                found.update((name, words) for words in (WATER, NAMES, BELLS) if words in text)
        return dict(found)

    @property
    def states(self):
        return {one.key.partition("/")[2]: str(one.state) for one in self.store.statuses(self.clock())}

    def reasons(self, key):
        return next(one.reasons for one in self.store.statuses(self.clock()) if one.key == f"2027/{key}")


def once(*sentences):
    """Each sentence stands on each account once."""
    return {(account, words): 1 for account in ("m-en", "x-en") for words in sentences}


@pytest.fixture
def campaign(tmp_path):
    campaigns.write(tmp_path, WATER_SOON + NAMES_LATER + BELLS_LAST, live=True)
    return Campaign(tmp_path)


def test_unchanged_posts_go_out_once_each(campaign):
    """What the other tests compare with."""
    with campaign.at_work():
        campaign.passes(3 * DAY)
    assert campaign.out == once(WATER, NAMES, BELLS)


# Posts


@pytest.mark.parametrize("restart", [False, True], ids=["while it runs", "over a restart"])
def test_a_post_renamed_after_it_went_out_and_given_a_new_time_is_not_sent_again(campaign, restart):
    renamed = post("the-water", LATER, WATER) + NAMES_LATER + BELLS_LAST
    with campaign.at_work():
        campaign.passes(2 * HOUR)
        assert campaign.out == once(WATER)
        if not restart:
            write(campaign.folder, renamed)
            campaign.looks()
            campaign.passes(3 * DAY)
    if restart:
        write(campaign.folder, renamed)
        with campaign.at_work():
            campaign.passes(3 * DAY)
    assert campaign.out == once(WATER, NAMES, BELLS)


def test_a_post_renamed_before_it_goes_out_goes_out_once(campaign):
    with campaign.at_work():
        write(campaign.folder, post("the-water", SOON, WATER) + NAMES_LATER + BELLS_LAST)
        campaign.looks()
        campaign.passes(3 * DAY)
        assert campaign.states["water/m-en"] == "cancelled"
    assert campaign.out == once(WATER, NAMES, BELLS)


def test_a_post_renamed_while_nobody_knows_whether_it_is_out_is_not_sent_again(campaign):
    campaign.accounts["m-en"].script = [LOST]
    with campaign.at_work():
        campaign.passes(HOUR)
        assert campaign.states["water/m-en"] == "unknown"
        write(campaign.folder, post("the-water", LATER, WATER) + NAMES_LATER + BELLS_LAST)
        campaign.looks()
        campaign.passes(3 * DAY)
    assert campaign.out == once(WATER, NAMES, BELLS)


def test_two_posts_that_swap_their_names_when_one_is_out_send_nothing_twice(campaign, caplog):
    swapped = post("names", SOON, WATER) + post("water", LATER, NAMES) + BELLS_LAST
    with campaign.at_work():
        campaign.passes(HOUR)
        write(campaign.folder, swapped)
        campaign.looks()
        assert campaign.states["names/m-en"] == "cancelled"
        assert "already out" in campaign.reasons("names/m-en")[0]
        assert "edited after it went out: 2027/water/m-en" in caplog.text
        campaign.passes(3 * DAY)
    assert campaign.out == once(WATER, BELLS)


def test_a_swap_of_names_that_is_undone_in_time_takes_nothing_away(campaign):
    swapped = post("names", AT_LAST, WATER) + post("water", LATER, NAMES) + BELLS_LAST
    with campaign.at_work():
        campaign.passes(HOUR)
        write(campaign.folder, swapped)
        campaign.looks()
        write(campaign.folder, WATER_SOON + NAMES_LATER + BELLS_LAST)
        campaign.looks()
        campaign.passes(3 * DAY)
    assert campaign.out == once(WATER, NAMES, BELLS)


def test_two_posts_that_swap_their_names_before_either_is_out_go_out_once_each(campaign):
    with campaign.at_work():
        write(campaign.folder, post("names", SOON, WATER) + post("water", LATER, NAMES) + BELLS_LAST)
        campaign.looks()
        campaign.passes(3 * DAY)
    assert campaign.out == once(WATER, NAMES, BELLS)


def test_words_moved_to_a_new_name_while_the_old_one_gets_others_are_not_sent_again(campaign):
    with campaign.at_work():
        campaign.passes(HOUR)
        write(campaign.folder, post("water", SOON, BELLS) + post("night", LATER, WATER) + NAMES_LATER)
        campaign.looks()
        campaign.passes(3 * DAY)
    assert campaign.out == once(WATER, NAMES)


def test_a_repetition_that_was_planned_goes_out_also_when_the_first_is_edited_afterwards(campaign):
    again = post("again", LATER, WATER)
    write(campaign.folder, WATER_SOON + again)
    with campaign.at_work():
        campaign.passes(HOUR)
        write(campaign.folder, post("water", SOON, BELLS) + again)
        campaign.looks()
        campaign.passes(3 * DAY)
    assert campaign.out == {("m-en", WATER): 2, ("x-en", WATER): 2}


def test_what_a_person_tries_again_on_purpose_is_not_taken_back_by_the_next_reload(campaign):
    swapped = post("names", AT_LAST, WATER) + post("water", LATER, NAMES) + BELLS_LAST
    with campaign.at_work():
        campaign.passes(HOUR)
        write(campaign.folder, swapped)
        campaign.looks()
        due = campaign.clock() + HOUR
        campaign.store.retry("2027/names/m-en", due, due + HOUR, "Ayla", campaign.clock())
        write(campaign.folder, swapped + "\n")
        campaign.looks()
        campaign.passes(2 * HOUR)
    assert campaign.out[("m-en", WATER)] == 2


def test_a_post_deleted_and_brought_back_goes_out_once(campaign):
    with campaign.at_work():
        write(campaign.folder, WATER_SOON + BELLS_LAST)
        campaign.looks()
        assert campaign.states["names/m-en"] == "cancelled"
        campaign.passes(HOUR)
        write(campaign.folder, WATER_SOON + NAMES_LATER + BELLS_LAST)
        campaign.looks()
        campaign.passes(3 * DAY)
    assert campaign.out == once(WATER, NAMES, BELLS)


def test_a_post_deleted_after_it_went_out_and_brought_back_later_is_not_sent_again(campaign):
    with campaign.at_work():
        campaign.passes(HOUR)
        write(campaign.folder, NAMES_LATER + BELLS_LAST)
        campaign.looks()
        write(campaign.folder, post("water", LATER, WATER) + NAMES_LATER + BELLS_LAST)
        campaign.looks()
        campaign.passes(3 * DAY)
    assert campaign.out == once(WATER, NAMES, BELLS)


# Files


def test_a_renamed_file_changes_nothing(campaign):
    with campaign.at_work():
        campaign.passes(HOUR)
        folder = campaign.folder / "posts"
        (folder / "posts.yaml").rename(folder / "february.yaml")
        campaign.looks()
        assert "cancelled" not in campaign.states.values()
        campaign.passes(3 * DAY)
    assert campaign.out == once(WATER, NAMES, BELLS)


def test_a_file_seen_between_its_deletion_and_its_new_name_comes_back_whole(campaign):
    with campaign.at_work():
        folder = campaign.folder / "posts"
        (folder / "posts.yaml").rename(campaign.folder / "elsewhere.yaml")
        campaign.looks()
        assert set(campaign.states.values()) == {"scheduled"}, "six of six may not go without being asked"
        (campaign.folder / "elsewhere.yaml").rename(folder / "february.yaml")
        campaign.looks()
        campaign.passes(3 * DAY)
    assert campaign.out == once(WATER, NAMES, BELLS)


@pytest.mark.parametrize("restart", [False, True], ids=["while it runs", "over a restart"])
def test_posts_of_a_file_that_does_not_parse_go_out_as_they_were(campaign, restart):
    with campaign.at_work():
        campaign.passes(HOUR)
        write(campaign.folder, WATER_SOON + NAMES_LATER.replace("when:", "when: [") + BELLS_LAST)
        if not restart:
            campaign.looks()
            campaign.passes(3 * DAY)
    if restart:
        with campaign.at_work():
            campaign.passes(3 * DAY)
    assert campaign.out == once(WATER, NAMES, BELLS)


@pytest.mark.parametrize("name", ["a-copy.yaml", "z-copy.yaml"])
def test_a_copy_of_a_file_beside_it_sends_nothing_twice(campaign, name):
    with campaign.at_work():
        campaign.passes(HOUR)
        write(campaign.folder, post("water", LATER, WATER) + NAMES_LATER + BELLS_LAST, name)
        campaign.looks()
        assert "cancelled" not in campaign.states.values()
        campaign.passes(12 * HOUR)
        (campaign.folder / "posts" / name).unlink()
        campaign.looks()
        campaign.passes(3 * DAY)
    assert campaign.out == once(WATER, NAMES, BELLS)


# An older state of everything


def test_a_checkout_of_an_older_state_and_back_sends_nothing_twice_and_loses_nothing(campaign):
    today = WATER_SOON + NAMES_LATER + BELLS_LAST
    # Then the post was called otherwise, was planned for tomorrow, and the last one was not written yet.
    then = post("flood-night", LATER, WATER) + NAMES_LATER
    with campaign.at_work():
        campaign.passes(HOUR)
        write(campaign.folder, then)
        campaign.looks()
        campaign.passes(HOUR)
        write(campaign.folder, today)
        campaign.looks()
        campaign.passes(3 * DAY)
        assert "flood-night/m-en" not in campaign.states
    assert campaign.out == once(WATER, NAMES, BELLS)


def test_left_in_the_older_state_what_came_since_is_named_and_not_sent_late(campaign, caplog):
    with campaign.at_work():
        campaign.passes(HOUR)
        write(campaign.folder, WATER_SOON + BELLS_LAST)
        campaign.looks()
        assert "gone, so cancelled: 2027/names/m-en, 2027/names/x-en" in caplog.text
        campaign.passes(DAY + 2 * HOUR)
        write(campaign.folder, WATER_SOON + NAMES_LATER + BELLS_LAST)
        campaign.looks()
        assert "past when first seen" in caplog.text
        campaign.passes(3 * DAY)
    assert campaign.out == once(WATER, BELLS)


def test_a_state_with_hardly_any_posts_is_refused_and_everything_still_goes_out(campaign):
    with campaign.at_work():
        write(campaign.folder, post("first-draft", AT_LAST, "A first draft."))
        campaign.looks()
        [notice] = [one.text for one in campaign.store.notices() if one.cause == "removals"]
        assert "--accept-removals" in notice
        campaign.passes(3 * DAY)
    assert campaign.out == once(WATER, NAMES, BELLS)


# Channels


def rename_channel(campaign, posts):
    config = campaign.folder / "config.yaml"
    touched(config, config.read_text(encoding="utf-8").replace("  m-en:", "  mastodon-en:"))
    campaign.accounts["mastodon-en"] = campaign.accounts["m-en"]
    write(campaign.folder, posts)


def out_there(campaign):
    return {key: count for key, count in campaign.out.items() if key[0] == "m-en"}


def test_a_channel_renamed_with_its_post_moved_does_not_send_it_again(campaign):
    with campaign.at_work():
        campaign.passes(HOUR)
        rename_channel(campaign, post("water", LATER, WATER) + NAMES_LATER + BELLS_LAST)
        campaign.looks()
        campaign.passes(3 * DAY)
    assert out_there(campaign) == {("m-en", words): 1 for words in (WATER, NAMES, BELLS)}


def test_a_channel_renamed_with_most_posts_to_come_waits_for_a_yes_and_then_sends_each_once(campaign):
    more = "".join(post(f"more-{n}", AT_LAST, f"Memory {n}.") for n in range(3))
    posts = WATER_SOON + NAMES_LATER + BELLS_LAST + more
    write(campaign.folder, posts)
    with campaign.at_work():
        campaign.passes(HOUR)
        rename_channel(campaign, posts.replace(SOON, LATER))
        campaign.looks()
        assert "cancelled" not in campaign.states.values()
        assert [one.cause for one in campaign.store.notices()] == ["removals"]
    with campaign.at_work(accept_removals=True):
        campaign.passes(3 * DAY)
    assert out_there(campaign) == {("m-en", words): 1 for words in (WATER, NAMES, BELLS)}
