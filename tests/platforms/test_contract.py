"""What every platform must do, whichever it is: one contract, tried on all of them."""

import contextlib
import json
import logging
import re
import threading
from dataclasses import replace

import pytest

from scheduler import platforms
from scheduler.platforms.base import (
    Absent,
    Account,
    CannotTell,
    Found,
    Prepared,
    Recovery,
    Refusal,
    Refused,
    Sent,
    Unknown,
)
from scheduler.platforms.http import Caller
from tests import fakes
from tests.platforms.messages import CARD, FILES, PHOTO, TEXT, channel, image, message
from tests.platforms.stages import STAGES, running

NOBODY = frozenset()
TEXTS = (
    "Əziz Bakılılar, İğdır, şəhidlərimiz: “613 nəfər” – 35-ci il.",
    "العدالة لخوجالي، ٢٦ شباط ١٩٩٢",
    "Family 👨‍👩‍👧‍👦, flag 🇦🇿, thumb 👍🏽",
    "Brackets (63 children) [sic] {a} <b> *c* _d_ ~e~ | \\ & @ end",
    "First line\n\nThird line\n\n#JusticeforKhojaly",
)


MEANT = {
    400: {Refusal.CONTENT},
    401: {Refusal.AUTH, Refusal.TRANSIENT},
    403: {Refusal.PERMISSION, Refusal.AUTH, Refusal.BLOCKED},
    404: {Refusal.BLOCKED, Refusal.CONTENT, Refusal.AUTH},
    429: {Refusal.RATE, Refusal.QUOTA},
}
"""What a status means, by HTTP's own definition: this request, who asks (some tokens are renewed by
themselves), what they may do, where, how often.
"""

ADVICE = (
    r"change the post|make (a )?new|in \.env|config\.yaml|copy it|check|ask|make the bot|needs"
    r"|turn the switch|tried again|look"
)
"""A step that a person can take, or that it is taken by itself."""


class Sending:
    """What the contract's classes share. `on` is a Running."""

    def ready(self, on, text=TEXT, images=(), key=None, reply_to=None, **more):
        images = images or ((image(CARD, "a card"),) if on.stage.needs_picture else ())
        made = on.platform.prepare(message(text, images, **more), 0, key or on.key, reply_to)
        assert isinstance(made, Prepared), made
        return Prepared.from_json(json.loads(json.dumps(made.to_json())))  # what the store keeps is sent

    def lost(self, on, fault):
        on.platform.account()
        ready = self.ready(on)
        on.server.fail_next(on.stage.visible, fault)
        assert isinstance(on.platform.send(ready), Unknown)
        assert len(on.shown) == 1
        found = on.platform.find(ready, NOBODY)
        if on.platform.recovery is Recovery.BLIND:
            assert isinstance(found, CannotTell)
        else:
            assert isinstance(found, Found), found


class AnswerContract(Sending):
    """Of platforms whose answer has a body that can be cut; a header says all before there is any to cut."""

    def test_an_answer_cut_short_is_unknown(self, on):
        self.lost(on, fakes.cut_short(2))


class FindingContract(Sending):
    """Of platforms that show an account's posts to a program."""

    def test_after_a_restart_the_stored_request_still_finds_its_post(self, on):
        on.platform.account()
        ready = self.ready(on)
        on.server.fail_next(on.stage.visible, fakes.lost_answer())
        on.platform.send(ready)
        assert isinstance(on.again().find(ready, NOBODY), Found)


class ResendingContract(Sending):
    """Of platforms that promise it."""

    def test_a_frozen_request_sent_twice_is_one_post(self, on):
        ready = self.ready(on, TEXT, (image(CARD, "alt"),))
        first, second = on.platform.send(ready), on.again().send(ready)
        assert first.receipt.remote_id == second.receipt.remote_id
        assert len(on.shown) == 1


class TakingDownContract(Sending):
    """Of servers that show what a reader sees now."""

    def test_a_post_that_is_said_to_be_gone_is_gone_and_else_it_is_said_why_not(self, on):
        on.platform.account()
        sent = on.platform.send(self.ready(on))
        assert len(on.standing) == 1
        refused = on.platform.delete(sent.receipt)
        if on.stage.deletes_posts:
            assert refused is None
            assert on.standing == []
        else:
            assert refused.kind is Refusal.PERMISSION
            assert len(on.standing) == 1

    def test_a_correction_that_is_said_to_be_gone_is_gone_and_its_post_stays(self, on):
        on.platform.account()
        first = on.platform.send(self.ready(on, "First."))
        again = on.platform.send(self.ready(on, "Correction.", key=f"{on.key}#2", reply_to=first.receipt))
        before = len(on.standing)
        assert on.platform.delete(again.receipt) is None
        assert len(on.standing) == before - 1

    def test_a_correction_of_what_was_deleted_meanwhile_is_its_own_trouble_and_not_the_channels(self, on):
        on.platform.account()
        first = on.platform.send(self.ready(on, "First."))
        ready = self.ready(on, "Correction.", key=f"{on.key}#2", reply_to=first.receipt)
        on.take_away()
        outcome = on.platform.send(ready)
        if on.stage.keeps_answers:
            assert isinstance(outcome, Sent)
        else:
            assert isinstance(outcome, Refused)
            assert outcome.kind is Refusal.CONTENT
            assert "deleted" in outcome.message or "still exists" in outcome.message


class PlatformContract(Sending):
    """Collected below as TestEveryPlatform; real servers run it too, in tests/real."""

    @pytest.mark.parametrize("text", TEXTS)
    def test_a_text_arrives_to_the_letter(self, on, text):
        assert isinstance(on.platform.send(self.ready(on, text)), Sent)
        assert [shown for shown, _ in on.shown] == [text]

    def test_pictures_arrive_in_order_with_their_alternative_texts(self, on):
        # Instagram takes only JPEG, which PREPARE sees to.
        pictures = (image(CARD, "One: 63 uşaq"), image(PHOTO if on.stage.takes_png else CARD, "Two"))
        pictures = pictures if on.stage.takes_png else pictures[:1]
        assert isinstance(on.platform.send(self.ready(on, TEXT, pictures)), Sent)
        [(_, shown)] = on.shown
        wanted = [(CARD, "One: 63 uşaq"), (PHOTO, "Two")][: len(pictures)]
        assert len(shown) == len(wanted)
        if on.stage.keeps_bytes:
            assert [content for content, _ in shown] == [content for content, _ in wanted]
        if on.platform.limits.alt is not None:
            assert [alt for _, alt in shown] == [alt for _, alt in wanted]

    def test_preparing_shows_nobody_anything_however_often(self, on):
        for _ in range(3):
            self.ready(on, TEXT, (image(CARD, "alt"),))
        assert on.shown == []

    def test_sending_is_one_visible_call_and_one_post(self, on):
        ready = self.ready(on)
        before = on.server.count(on.stage.visible)
        assert isinstance(on.platform.send(ready), Sent)
        assert on.server.count(on.stage.visible) == before + 1
        assert len(on.shown) == 1

    def test_the_receipt_names_a_link_that_a_person_can_open(self, on):
        sent = on.platform.send(self.ready(on))
        assert sent.receipt.remote_id
        assert sent.receipt.url.startswith("http")

    def test_a_lost_answer_is_unknown_and_is_never_taken_for_absent(self, on):
        self.lost(on, fakes.lost_answer())

    def test_a_servers_failure_after_the_work_is_unknown(self, on):
        self.lost(on, fakes.fail_after(502, b"<html>Bad gateway</html>"))

    def test_a_request_that_was_read_and_not_done_is_not_found(self, on):
        on.platform.account()
        ready = self.ready(on)
        on.server.fail_next(on.stage.visible, fakes.dropped())
        assert isinstance(on.platform.send(ready), Unknown)
        assert on.shown == []
        assert isinstance(on.platform.find(ready, NOBODY), Absent | CannotTell)

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 429])
    def test_a_refusal_is_certain_and_says_what_to_do(self, on, status):
        ready = self.ready(on)
        on.server.fail_next(on.stage.visible, fakes.refuse(status, {"message": "no"}))
        refused = on.platform.send(ready)
        assert isinstance(refused, Refused)
        assert refused.kind in MEANT[status], refused
        assert re.search(ADVICE, refused.message), refused
        assert on.shown == []

    def test_being_asked_to_wait_pauses_and_ends_nothing(self, on):
        ready = self.ready(on)
        on.server.fail_next(on.stage.visible, fakes.refuse(429, {"message": "slow down"}, Retry_After=60))
        assert on.platform.send(ready).kind in {Refusal.RATE, Refusal.QUOTA}

    def test_a_server_that_is_not_there_has_published_nothing(self, on):
        ready = self.ready(on)
        gone = on.again(base_url="http://127.0.0.1:9")
        refused = gone.send(ready)
        assert isinstance(refused, Refused)
        assert refused.kind is Refusal.TRANSIENT

    def test_a_redirect_is_not_followed(self, on):
        ready = self.ready(on)
        elsewhere = {"Location": on.server.base_url + "/elsewhere"}
        on.server.fail_next(on.stage.visible, fakes.refuse(307, None, **elsewhere))
        assert not isinstance(on.platform.send(ready), Sent)
        assert on.server.count(".* /elsewhere") == 0

    def test_an_answer_that_dribbles_ends_with_the_deadline(self, on, monkeypatch):
        ready = self.ready(on)
        deadline = type(Caller.__init__.__kwdefaults__["deadline"])(seconds=0.4)
        monkeypatch.setitem(Caller.__init__.__kwdefaults__, "deadline", deadline)
        hurried = on.again()
        on.server.fail_next(on.stage.visible, fakes.dribbled(0.01))
        done = threading.Event()
        answers = []

        def send():
            with contextlib.suppress(AttributeError):
                answers.append(hurried.send(ready))
            done.set()

        threading.Thread(target=send, daemon=True).start()
        assert done.wait(8), "it waits for as long as the server likes"
        assert isinstance(answers[0], Unknown)

    def test_the_account_has_a_name_and_the_servers_time(self, on):
        account = on.platform.account()
        assert isinstance(account, Account)
        assert account.id
        assert account.handle
        assert account.date is not None

    def test_a_wrong_secret_is_a_refusal_that_a_person_can_mend(self, on):
        wrong = {secret: f"{value[:-1]}x" for secret, value in on.stage.secrets.items()}
        refused = on.again(secrets=wrong).account()
        assert isinstance(refused, Refused)
        assert refused.kind in {Refusal.AUTH, Refusal.PERMISSION}

    def test_without_secrets_nothing_is_called_and_the_variables_are_named(self, on):
        refused = on.again(secrets={}).account()
        assert refused.kind is Refusal.AUTH
        for secret in platforms.kinds()[on.platform.name].secrets:
            assert f"NEWS_EN_{secret}" in refused.message
        assert on.server.requests == []

    def test_a_post_can_be_taken_down_however_often_or_says_why_not(self, on):
        on.platform.account()
        sent = on.platform.send(self.ready(on))
        for _ in range(2):
            refused = on.platform.delete(sent.receipt)
            assert (refused is None) is on.stage.deletes_posts
            assert refused is None or refused.kind is Refusal.PERMISSION

    def test_a_reply_or_comment_is_not_a_new_post_of_its_own(self, on):
        on.platform.account()
        first = on.platform.send(self.ready(on, "First."))
        again = on.platform.send(self.ready(on, "Correction.", key=f"{on.key}#2", reply_to=first.receipt))
        assert isinstance(again, Sent), again
        is_comment = on.platform.limits.comment_images is not None
        assert len(on.shown) == (1 if is_comment else 2)
        assert on.stage.under(on.server) == [first.receipt.remote_id]

    def test_reading_back_what_went_out_as_it_should_says_nothing(self, on):
        pictures = (image(CARD, "a card"),)
        sent = on.platform.send(self.ready(on, TEXT, pictures))
        assert on.platform.read_back(message(TEXT, pictures), 0, sent.receipt) == ()

    def test_the_payload_is_the_same_without_any_secret(self, on):
        pictures = (image(CARD, "a card"),)
        offline = on.again(secrets={})
        assert offline.payload(message(TEXT, pictures)) == on.platform.payload(message(TEXT, pictures))
        assert on.server.requests == []

    def test_no_secret_shows_anywhere(self, on, caplog):
        caplog.set_level(logging.DEBUG)
        ready = self.ready(on, TEXT, (image(CARD, "alt"),))
        shown = [repr(on.platform), repr(ready), str(ready.to_json()), repr(on.platform.account())]
        for secret in on.stage.secrets.values():
            on.server.fail_next(on.stage.visible, fakes.refuse(400, {"message": f"bad {secret}"}))
            shown.append(repr(on.platform.send(ready)))
        logged = [record.getMessage() for record in caplog.records]
        assert not [words for words in (*shown, *logged) if "canary" in words]


@pytest.fixture
def on(name, tmp_path):
    with running(name, tmp_path) as stage:
        yield stage


def promising(name):
    """What the stage's platform promises about an answer that got lost."""
    stage = STAGES[name]
    asked = replace(channel(stage.platform or name), options=stage.options or {})
    return platforms.connect(asked, {}, FILES.__getitem__).recovery


@pytest.mark.parametrize("name", sorted(STAGES))
class TestEveryPlatform(PlatformContract):
    """All that are there, each on its server on loopback, and by each way in that it has."""


@pytest.mark.parametrize("name", sorted(STAGES))
class TestTakingDown(TakingDownContract):
    pass


@pytest.mark.parametrize("name", [name for name in sorted(STAGES) if not STAGES[name].says_it_in_a_header])
class TestAnswersWithABody(AnswerContract):
    pass


@pytest.mark.parametrize("name", [name for name in sorted(STAGES) if promising(name) is not Recovery.BLIND])
class TestPlatformsThatShowWhatIsOut(FindingContract):
    pass


@pytest.mark.parametrize("name", [one for one in STAGES if promising(one) is Recovery.RESEND_SAFE])
class TestPlatformsThatTakeARequestTwice(ResendingContract):
    pass


DOCUMENTED = {
    "bluesky": 300,
    "facebook": 63206,
    "instagram": 2200,
    "linkedin": 3000,
    "mastodon": 500,
    "telegram": 4096,
    "threads": 500,
    "x": 280,
}
"""Characters that each platform takes, by its own pages; ours may be fewer."""


@pytest.mark.parametrize("name", sorted(STAGES))
class TestTextsAtTheirLimit(Sending):
    def tried(self, on, text):
        images = (image(CARD, "a card"),) if on.stage.needs_picture else ()
        made = on.platform.prepare(message(text, images), 0, on.key, None)
        return on.platform.send(made) if isinstance(made, Prepared) else made

    def test_one_character_too_many_is_refused_in_words_and_nothing_is_seen(self, on):
        refused = self.tried(on, "a" * (DOCUMENTED[on.platform.name] + 1))
        assert isinstance(refused, Refused), refused
        assert refused.kind is Refusal.CONTENT
        assert on.shown == []

    def test_the_last_character_still_goes_out(self, on):
        text = "a" * DOCUMENTED[on.platform.name]
        assert isinstance(self.tried(on, text), Sent)
        assert [shown for shown, _ in on.shown] == [text]

    def test_what_we_count_is_never_more_than_the_platform_takes(self, on):
        assert on.platform.limits.measures[0].limit <= DOCUMENTED[on.platform.name]


def test_bluesky_takes_a_request_twice_and_telegram_and_a_persons_linkedin_show_nothing():
    assert promising("bluesky") is Recovery.RESEND_SAFE
    assert [name for name in STAGES if promising(name) is Recovery.BLIND] == [
        "linkedin as a person",
        "telegram",
    ]


def test_every_platform_stands_under_the_contract():
    assert {stage.platform or name for name, stage in STAGES.items()} == set(platforms.kinds())
