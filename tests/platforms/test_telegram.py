"""Telegram against a Bot API on loopback that checks what it is sent, and breaks on request."""

import logging
from dataclasses import replace
from datetime import timedelta

import pytest

from scheduler.model import Message, MessagePart, Receipt
from scheduler.platforms import connect
from scheduler.platforms.base import (
    Account,
    CannotTell,
    Edits,
    Prepared,
    Recovery,
    Refusal,
    Refused,
    Sent,
    Unknown,
)
from scheduler.platforms.telegram import LIMITS
from tests import fakes
from tests.fakes.telegram_server import TelegramServer
from tests.platforms.messages import CARD, FILES, KEY, PHOTO, TEXT, channel, image, message

TOKEN = "123456:canary-telegram-token"
SEND = "POST /bot.*/send.*"


@pytest.fixture
def server():
    with TelegramServer(token=TOKEN) as running:
        yield running


def connected(server, token=TOKEN, **options):
    asked = replace(channel("telegram", server.base_url), options={"chat": "@memory", **options})
    return connect(asked, {"BOT_TOKEN": token}, FILES.__getitem__)


@pytest.fixture
def telegram(server):
    return connected(server)


def prepared(telegram, *args, reply_to=None, **more):
    made = telegram.prepare(message(*args, **more), 0, KEY, reply_to)
    assert isinstance(made, Prepared), made
    return Prepared.from_json(made.to_json())  # what the store keeps is what is sent


def test_a_text_goes_out_to_the_letter_with_a_public_link(server, telegram):
    sent = telegram.send(prepared(telegram, TEXT))
    [post] = server.posts
    assert post.text == TEXT
    assert sent == Sent(Receipt(str(post.id), f"https://t.me/memory/{post.id}"))


@pytest.mark.parametrize(
    "text",
    [
        "Əziz Bakılılar, İğdır, şəhidlərimiz. #Xocalı",
        "العدالة لخوجالي ١٩٩٢",
        "Family 👨‍👩‍👧‍👦 and e\u0301 *not bold* _not italic_ <b>not html</b> [no](link)",
    ],
)
def test_no_letter_is_lost_and_nothing_is_taken_for_markup(server, telegram, text):
    telegram.send(prepared(telegram, text))
    assert server.posts[0].text == text


def test_a_picture_goes_out_with_its_text_as_caption(server, telegram):
    sent = telegram.send(prepared(telegram, TEXT, (image(CARD, "613 people"),)))
    [post] = server.posts
    assert (post.photo, post.text) == (CARD, TEXT)
    assert isinstance(sent, Sent)


def test_an_album_keeps_its_order_and_its_text_stands_under_the_first(server, telegram):
    pictures = (image(PHOTO, "one"), image(CARD, "two"), image(PHOTO, "three"))
    sent = telegram.send(prepared(telegram, TEXT, pictures))
    assert [post.photo for post in server.posts] == [PHOTO, CARD, PHOTO]
    assert [post.text for post in server.posts] == [TEXT, "", ""]
    assert len({post.album for post in server.posts}) == 1
    assert sent.receipt.remote_id == str(server.posts[0].id)
    assert sent.receipt.refs == tuple(("message", str(post.id)) for post in server.posts[1:])


def test_deleting_an_album_takes_down_every_picture(server, telegram):
    sent = telegram.send(prepared(telegram, TEXT, (image(PHOTO, "one"), image(CARD, "two"))))
    assert telegram.delete(sent.receipt) is None
    assert server.posts == []
    assert telegram.delete(sent.receipt) is None


def test_a_part_replies_to_the_one_before(server, telegram):
    first = telegram.send(prepared(telegram, "One."))
    telegram.send(prepared(telegram, "Two.", reply_to=first.receipt))
    assert [post.reply_to for post in server.posts] == [None, server.posts[0].id]


def test_a_reply_to_a_deleted_post_is_refused_in_words(server, telegram):
    first = telegram.send(prepared(telegram, "One."))
    telegram.delete(first.receipt)
    refused = telegram.send(prepared(telegram, "Two.", reply_to=first.receipt))
    assert refused.kind is Refusal.CONTENT
    assert "has been deleted" in refused.message


def test_sound_is_as_the_channel_asks_and_link_card_and_covers_as_the_message_says(server):
    quiet, covered = (
        connected(server, silent=True),
        {"warning": "Killing of civilians", "display": ("spoiler",)},
    )
    quiet.send(prepared(quiet, TEXT, display=("no preview",)))
    quiet.send(prepared(quiet, TEXT, (image(CARD, "alt"),), **covered))
    quiet.send(prepared(quiet, TEXT, (image(CARD, "alt"), image(PHOTO, "alt")), **covered))
    assert [(post.silent, post.preview, post.spoiler) for post in server.posts] == [
        (True, False, False),
        (True, True, True),
        (True, True, True),
        (True, True, True),
    ]


def test_what_is_sent_is_the_payload_that_preview_showed(server, telegram):
    picture = image(CARD, "alt")
    offline = connect(replace(channel("telegram"), options={"chat": "@memory"}), {}, FILES.__getitem__)
    shown = offline.payload(message(TEXT, (picture,)))
    assert shown == {
        "method": "sendPhoto",
        "fields": {"chat_id": "@memory", "photo": picture.sha256, "caption": TEXT},
    }
    assert prepared(telegram, TEXT, (picture,)).request == shown


MIXED = "👨‍👩‍👧‍👦 İğdır 🕊 #Xocalı 𝔸 #26february\nhttps://example.org/a?b=c #Şəhid_1"


@pytest.mark.parametrize("pictures", [(), (image(CARD, "alt"),), (image(CARD, "alt"), image(PHOTO, "alt"))])
def test_hashtags_and_links_stand_where_telegram_found_them_in_its_own_units(telegram, pictures):
    assert telegram.send(prepared(telegram, MIXED, pictures)).notes == ()


def test_places_are_counted_in_utf16_units(server, telegram):
    # 👍 is two units, so the tag begins at 3; counted in characters it would be looked for at 2.
    server.fail_next(SEND, fakes.refuse(200, {"ok": True, "result": answered("👍 #Xocalı", 2, 7)}))
    assert telegram.send(prepared(telegram, "👍 #Xocalı")).notes == (
        "the post is out, but Telegram made no link of #Xocalı",
    )
    server.fail_next(SEND, fakes.refuse(200, {"ok": True, "result": answered("👍 #Xocalı", 3, 7)}))
    assert telegram.send(prepared(telegram, "👍 #Xocalı")).notes == ()


def answered(text, offset, length):
    found = [{"type": "hashtag", "offset": offset, "length": length}]
    return {"message_id": 7, "chat": {"id": -1001, "type": "channel"}, "text": text, "entities": found}


def test_what_telegram_cut_or_left_unlinked_is_told_since_nobody_can_read_it_back(server, telegram):
    server.links_nothing = True
    notes = telegram.send(prepared(telegram, "We remember. #Xocalı https://example.org")).notes
    assert notes == ("the post is out, but Telegram made no link of #Xocalı, https://example.org",)
    # A combining dot ends a hashtag there, as lower() in Python would make of İnsan.
    server.links_nothing = False
    [note] = telegram.send(prepared(telegram, "#i\u0307nsan")).notes
    assert note.endswith("no link of #i\u0307nsan")
    server.cut = 5
    pictures = (image(CARD, "alt"), image(PHOTO, "alt"))
    for own in ((), pictures[:1], pictures):
        [note] = telegram.send(prepared(telegram, "We remember.", own)).notes
        assert "is out with another text; look at it" in note


def test_an_album_that_lost_a_picture_is_told(server, telegram):
    one = {"message_id": 7, "chat": {"id": -1001}, "photo": [{"file_id": "p"}], "caption": "We remember."}
    server.fail_next(SEND, fakes.refuse(200, {"ok": True, "result": [one]}))
    pictures = (image(CARD, "alt"), image(PHOTO, "alt"))
    [note] = telegram.send(prepared(telegram, "We remember.", pictures)).notes
    assert "with 1 of its 2 pictures" in note


def test_limits_are_counted_in_utf16_after_which_telegram_refuses(server, telegram):
    # 👍 is one character, four bytes in UTF-8 and two code units in UTF-16.
    [measure], [caption] = LIMITS.measures, LIMITS.measures_with_images
    assert (measure.limit, caption.limit) == (4096, 1024)
    assert measure.count("👍" * 2048) == 4096
    assert isinstance(telegram.send(prepared(telegram, "👍" * 2048)), Sent)
    refused = telegram.send(prepared(telegram, "👍" * 2048 + "!"))
    assert refused.kind is Refusal.CONTENT
    assert "too long" in refused.message
    assert isinstance(telegram.send(prepared(telegram, "👍" * 512, (image(CARD, ""),))), Sent)
    assert isinstance(telegram.send(prepared(telegram, "👍" * 512 + "!", (image(CARD, ""),))), Refused)


def test_account_names_the_chat_and_says_that_the_bot_may_post(server, telegram):
    account = telegram.account()
    assert isinstance(account, Account)
    assert (account.id, account.handle, account.url) == ("-1001234567890", "@memory", "https://t.me/memory")
    assert account.profile == "In memory."
    assert telegram.prepare(message(), 0, KEY, None).account == "-1001234567890"


def test_a_private_channel_has_links_for_its_members(server, telegram):
    server.username = None
    sent = telegram.send(prepared(telegram, TEXT))
    assert sent.receipt.url == f"https://t.me/c/1234567890/{server.posts[0].id}"
    assert telegram.account().handle == "Memory"


@pytest.mark.parametrize(
    ("kind", "status", "rights", "may"),
    [
        ("channel", "administrator", True, True),
        ("channel", "administrator", False, False),
        ("channel", "member", True, False),
        ("channel", "creator", True, True),
        ("supergroup", "member", True, True),
        ("supergroup", "left", True, False),
        ("supergroup", "kicked", True, False),
    ],
)
def test_whether_the_bot_may_post_is_known_before_the_day(server, telegram, kind, status, rights, may):
    server.kind, server.status, server.rights = kind, status, rights
    account = telegram.account()
    if may:
        assert isinstance(account, Account)
    else:
        assert account.kind is Refusal.PERMISSION
        assert "make the bot an administrator" in account.message


@pytest.mark.parametrize(
    ("status", "description", "kind", "words"),
    [
        (400, "Bad Request: chat not found", Refusal.BLOCKED, "check `chat`"),
        (400, "Bad Request: message is too long", Refusal.CONTENT, "change the post"),
        (400, "Bad Request: PHOTO_INVALID_DIMENSIONS", Refusal.MEDIA, "replace the picture"),
        (
            400,
            "Bad Request: not enough rights to send photos to the chat",
            Refusal.PERMISSION,
            "administrator",
        ),
        (400, "Bad Request: CHAT_ADMIN_REQUIRED", Refusal.PERMISSION, "administrator"),
        (401, "Unauthorized", Refusal.AUTH, "@BotFather"),
        (403, "Forbidden: bot was kicked from the channel chat", Refusal.PERMISSION, "administrator"),
        (404, "Not Found", Refusal.AUTH, "@BotFather"),
        (413, "Request Entity Too Large", Refusal.MEDIA, "too large"),
    ],
)
def test_each_refusal_says_what_to_do(server, telegram, status, description, kind, words):
    ready = prepared(telegram, TEXT)
    body = {"ok": False, "error_code": status, "description": description}
    server.fail_next(SEND, fakes.refuse(status, body))
    refused = telegram.send(ready)
    assert isinstance(refused, Refused)
    assert (refused.kind, words in refused.message, description in refused.message) == (kind, True, True)
    assert server.published == []


def test_too_many_posts_wait_exactly_as_long_as_telegram_says(server):
    moment = server.now()
    asked = replace(channel("telegram", server.base_url), options={"chat": "@memory"})
    telegram = connect(asked, {"BOT_TOKEN": TOKEN}, FILES.__getitem__, clock=lambda: moment)
    body = {"ok": False, "error_code": 429, "description": "Too Many Requests: retry after 37"}
    server.fail_next(SEND, fakes.refuse(429, body | {"parameters": {"retry_after": 37}}))
    refused = telegram.send(prepared(telegram, TEXT))
    assert (refused.kind, refused.retry_at) == (Refusal.RATE, moment + timedelta(seconds=37))


def test_a_group_that_became_another_one_is_named(server, telegram):
    server.moved = -1009876543210
    refused = telegram.send(prepared(telegram, TEXT))
    assert refused.kind is Refusal.BLOCKED
    assert "write chat: -1009876543210 in config.yaml" in refused.message


@pytest.mark.parametrize(
    "fault", [fakes.lost_answer(), fakes.cut_short(), fakes.fail_after(502), fakes.fail_after(200, "<html>")]
)
def test_after_a_lost_answer_only_a_person_can_say(server, telegram, fault):
    ready = prepared(telegram, TEXT)
    server.fail_next(SEND, fault)
    assert isinstance(telegram.send(ready), Unknown)
    assert len(server.published) == 1
    assert telegram.recovery is Recovery.BLIND
    assert isinstance(telegram.find(ready, frozenset()), CannotTell)
    assert telegram.already_out([message()], server.now()) == {}


def test_a_server_that_cannot_be_reached_has_published_nothing(server, telegram):
    ready = prepared(telegram, TEXT)
    server.__exit__(None, None, None)
    refused = telegram.send(ready)
    assert refused.kind is Refusal.TRANSIENT
    server.__enter__()


def test_a_published_text_and_a_caption_can_be_corrected_in_place(server, telegram):
    assert isinstance(telegram, Edits)
    text = telegram.send(prepared(telegram, "613 peple."))
    photo = telegram.send(prepared(telegram, "A cad.", (image(CARD, "alt"),)))
    assert telegram.edit(message("613 people."), 0, text.receipt) is None
    assert telegram.edit(message("613 people."), 0, text.receipt) is None
    assert telegram.edit(message("A card.", (image(CARD, "alt"),)), 0, photo.receipt) is None
    assert server.posts[0].preview is True
    assert [post.text for post in server.posts] == ["613 people.", "A card."]
    telegram.delete(text.receipt)
    assert telegram.edit(message("613."), 0, text.receipt).kind is Refusal.CONTENT


def test_a_picture_that_is_not_in_the_store_stops_before_any_call(server, telegram):
    lost = replace(image(CARD, "alt"), sha256="0" * 64)
    refused = telegram.prepare(Message(KEY, "en", (MessagePart(TEXT, (lost,)),)), 0, KEY, None)
    assert refused.kind is Refusal.MEDIA
    assert server.requests == []


def test_without_a_token_or_a_chat_it_says_what_to_set(server):
    asked = channel("telegram", server.base_url)
    tokenless = connect(replace(asked, options={"chat": "@memory"}), {}, FILES.__getitem__)
    assert "NEWS_EN_BOT_TOKEN" in tokenless.account().message
    chatless = connect(asked, {"BOT_TOKEN": TOKEN}, FILES.__getitem__)
    assert "set channels.news-en.chat" in chatless.account().message
    assert server.requests == []


def test_the_token_shows_nowhere_although_it_stands_in_every_address(server, telegram, caplog):
    caplog.set_level(logging.DEBUG)
    ready = prepared(telegram, TEXT, (image(CARD, "alt"),))
    shown = [repr(telegram), repr(ready), str(ready.to_json())]
    for fault in (
        fakes.refuse(401, {"ok": False, "description": f"no bot has the token {TOKEN}"}),
        fakes.lost_answer(),
        fakes.refuse(302, None, Location="https://elsewhere.example/"),
    ):
        server.fail_next(SEND, fault)
        shown.append(repr(telegram.send(ready)))
    logged = [record.getMessage() for record in caplog.records]
    assert not [words for words in (*shown, *logged) if "canary" in words]


def test_a_card_that_was_switched_off_does_not_come_back_when_the_words_are_changed(server, telegram):
    quiet = {"display": ("no preview",)}
    sent = telegram.send(prepared(telegram, "631: https://example.org", **quiet))
    assert telegram.edit(message("613: https://example.org", **quiet), 0, sent.receipt) is None
    assert [(one.text, one.preview) for one in server.posts] == [("613: https://example.org", False)]
