"""Any server that speaks Mastodon's API, named by MASTODON_TEST_URL and MASTODON_TEST_TOKEN; else our own.

Everything is posted for nobody's eyes as far as the server can (`unlisted`), and taken down at the end.
"""

import os
import uuid

import pytest

from scheduler.model import Image
from scheduler.platforms import connect
from scheduler.platforms.base import Absent, Account, CannotTell, Found, Prepared, Refusal, Sent
from tests.fakes.mastodon_server import MastodonServer
from tests.platforms.messages import channel, message
from tests.real.pictures import CARD, PHOTO

FILES = {one.sha256: one.content for one in (CARD, PHOTO)}
NOBODY = frozenset()


def image(one, alt):
    kind = "image/jpeg" if one is CARD else "image/png"
    return Image(one.sha256, alt, kind, one.width, one.height, len(one.content))


@pytest.fixture(scope="module")
def server():
    """(address, token) of a real server where one is named."""
    named = tuple(os.environ.get(f"MASTODON_TEST_{name}", "") for name in ("URL", "TOKEN"))
    if all(named):
        yield named
        return
    with MastodonServer() as ours:
        yield ours.base_url, ours.token


@pytest.fixture
def mastodon(server):
    address, token = server
    made = connect(channel("mastodon", address), {"ACCESS_TOKEN": token}, FILES.__getitem__)
    receipts = []
    send = made.send

    def noting(prepared):
        sent = send(prepared)
        if isinstance(sent, Sent):
            receipts.append(sent.receipt)
        return sent

    made.send = noting
    yield made
    for receipt in reversed(receipts):
        assert made.delete(receipt) is None


def unseen(text="We remember Xocalı, 613 nəfər.", images=(), **more):
    """A message of its own each time: some servers refuse the same words twice."""
    return message(f"{text} {uuid.uuid4().hex[:8]}", images, visibility="unlisted", **more)


def ready(mastodon, asked, reply_to=None):
    made = mastodon.prepare(asked, 0, f"2027/real/{uuid.uuid4().hex}", reply_to)
    assert isinstance(made, Prepared), made
    return made


def test_the_account_and_the_servers_own_limits(mastodon):
    account = mastodon.account()
    assert isinstance(account, Account), account
    assert account.missing == ()
    assert account.limits["characters"] >= 500


def test_a_post_with_images_descriptions_a_warning_and_a_language_is_read_back_as_it_was(mastodon):
    asked = unseen(images=(image(CARD, "One: 63 uşaq"), image(PHOTO, "Two")), warning="Loss of life")
    sent = mastodon.send(ready(mastodon, asked))
    assert isinstance(sent, Sent), sent
    assert sent.notes == ()
    assert mastodon.read_back(asked, 0, sent.receipt) == ()
    assert sent.receipt.url.startswith("http")


def test_what_went_out_is_found_by_its_words(mastodon):
    made = ready(mastodon, unseen("Brackets [sic] & “quotes” https://example.org/a#b"))
    sent = mastodon.send(made)
    found = mastodon.find(made, NOBODY)
    assert isinstance(found, Found), found
    assert found.receipt.remote_id == sent.receipt.remote_id


def test_what_did_not_go_out_is_absent(mastodon):
    made = ready(mastodon, unseen())
    assert isinstance(mastodon.find(made, NOBODY), Absent | CannotTell)


def test_a_thread_is_a_row_of_replies(mastodon):
    first = mastodon.send(ready(mastodon, unseen("First.")))
    second = mastodon.send(ready(mastodon, unseen("Second."), first.receipt))
    assert isinstance(second, Sent), second


def test_a_correction_in_place(mastodon):
    asked = unseen(images=(image(CARD, "wrong"),))
    sent = mastodon.send(ready(mastodon, asked))
    right = unseen("613 were killed.", (image(CARD, "right"),))
    assert mastodon.edit(right, 0, sent.receipt) is None
    assert mastodon.read_back(right, 0, sent.receipt) == ()


def test_the_numbers_of_a_new_post(mastodon):
    sent = mastodon.send(ready(mastodon, unseen()))
    assert mastodon.metrics(sent.receipt).keys() >= {"likes", "reposts", "replies"}


def test_a_text_one_over_this_servers_limit_is_refused_before_anything_is_sent(mastodon):
    limit = mastodon.account().limits["characters"]
    refused = mastodon.prepare(message("x" * (limit + 1)), 0, "2027/real/long", None)
    assert refused.kind is Refusal.CONTENT


def test_a_wrong_token_is_a_refusal_that_a_person_can_mend(server):
    wrong = connect(channel("mastodon", server[0]), {"ACCESS_TOKEN": "wrong"}, FILES.__getitem__)
    assert wrong.account().kind is Refusal.AUTH


def test_an_address_with_something_behind_it_is_a_wrong_one(server):
    lost = connect(
        channel("mastodon", f"{server[0]}/nothing"), {"ACCESS_TOKEN": server[1]}, FILES.__getitem__
    )
    assert lost.account().kind in {Refusal.BLOCKED, Refusal.AUTH}
