"""What a platform says of `replies` is what it does: the request differs exactly where it says so."""

import json
from dataclasses import replace

import pytest

from scheduler import platforms
from scheduler.model import Replies
from tests.platforms.messages import CARD, FILES, TEXT, channel, image, message
from tests.platforms.stages import STAGES


@pytest.mark.parametrize("replies", [one.value for one in Replies])
@pytest.mark.parametrize("name", sorted(STAGES))
def test_a_limit_on_replies_is_sent_where_the_platform_says_that_it_has_one(name, replies):
    asked = replace(channel(STAGES[name].platform or name), options=STAGES[name].options or {})
    platform = platforms.connect(asked, {}, FILES.__getitem__)
    pictures = (image(CARD, "a card"),)
    plain, limited = (platform.payload(message(TEXT, pictures, replies=one)) for one in ("everyone", replies))
    assert (json.dumps(plain) != json.dumps(limited)) is (replies in platform.limits.replies)


def test_bluesky_threads_and_x_can_limit_replies():
    able = {name for name, kind in platforms.kinds().items() if kind.limits.replies}
    assert able == {"bluesky", "threads", "x"}
