"""What was approved is what goes out: a channel's setting that readers see counts when a message is made."""

from dataclasses import fields, replace

import pytest

from scheduler import platforms
from tests.platforms.messages import CARD, FILES, TEXT, channel, image, message

SEEN = {
    "bluesky": {"spoiler": True},
    "linkedin": {"hashtags": "plain"},
    "mastodon": {"visibility": "private"},
    "telegram": {"alt": "append", "preview": False, "spoiler": True},
    "threads": {"full_length": True, "spoiler": True, "topic": False},
    "x": {"threads": True},
}
"""Settings that change what a channel shows, each with another value than its usual one."""

UNSEEN = {
    "facebook": {"page", "version"},
    "instagram": {"user", "login", "version", "public_media"},
    "linkedin": {"author", "version", "token_until"},
    "telegram": {"chat", "silent"},
    "threads": {"public_media"},
}
"""Where a post goes and by what way; and whether a telephone makes a sound."""

MESSAGES = [
    message(TEXT, link="https://example.org/a"),
    message(TEXT, (image(CARD, "alt"),), warning="Loss of life"),
    message(TEXT, (image(CARD, "alt"),), warning="Loss of life", display=("spoiler", "no topic")),
    message(TEXT, display=("no preview", "plain hashtags"), visibility="unlisted"),
]


def connected(name, options):
    return platforms.connect(replace(channel(name), options=options), {}, FILES.__getitem__)


@pytest.mark.parametrize("name", sorted(SEEN))
def test_a_setting_changed_after_a_message_was_made_changes_nothing_of_what_goes_out(name):
    before, after = connected(name, {}), connected(name, SEEN[name])
    for own in MESSAGES:
        assert before.payload(own) == after.payload(own)


@pytest.mark.parametrize("name", ["bluesky", "linkedin", "telegram", "threads"])
def test_what_a_message_says_of_its_looks_does_change_it(name):
    plain = replace(message(TEXT, (image(CARD, "alt"),)), display=())
    bare = message(TEXT)
    shown = ("spoiler", "no preview", "no topic", "plain hashtags")
    platform = connected(name, {})
    changed = [
        platform.payload(replace(own, display=shown)) != platform.payload(own) for own in (plain, bare)
    ]
    assert any(changed)


def test_whoever_posts_by_hand_need_not_try_what_a_program_may():
    x, threads = (replace(channel(name), by_hand=True) for name in ("x", "threads"))
    assert (platforms.limits(x).parts, platforms.limits(channel("x")).parts) == (25, None)
    assert [one.limit for one in platforms.limits(threads).measures] == [500]


@pytest.mark.parametrize("name", sorted(platforms.kinds()))
def test_every_setting_of_a_platform_is_either_seen_or_not(name):
    known = {*SEEN.get(name, {}), *UNSEEN.get(name, ())}
    assert {option.name for option in fields(platforms.kinds()[name].options)} == known
