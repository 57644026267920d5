"""LinkedIn against a server on loopback that checks shapes and cuts what is not escaped."""

import logging
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from scheduler.model import Receipt
from scheduler.platforms import connect, limits
from scheduler.platforms.base import (
    Absent,
    Account,
    CannotTell,
    Edits,
    Found,
    Measures,
    Prepared,
    Recovery,
    Refusal,
    Refused,
    Sent,
    Unknown,
)
from tests import fakes
from tests.fakes.linkedin_server import LinkedInServer
from tests.platforms.messages import CARD, FILES, KEY, PHOTO, TEXT, channel, image, message

TOKEN = "canary-linkedin-token"
PAGE, MEMBER = "urn:li:organization:2414183", "urn:li:person:abc-DEF_1"
CREATE = "POST /rest/posts"
NOBODY = frozenset()


@pytest.fixture
def server():
    with LinkedInServer(token=TOKEN) as running:
        yield running


def connected(server, author=PAGE, token=TOKEN, clock=None, **options):
    asked = replace(channel("linkedin", server.base_url), options={"author": author, **options})
    return connect(asked, {"ACCESS_TOKEN": token}, FILES.__getitem__, clock=clock)


@pytest.fixture
def linkedin(server):
    return connected(server)


def prepared(linkedin, *args, reply_to=None, **more):
    made = linkedin.prepare(message(*args, **more), 0, KEY, reply_to)
    assert isinstance(made, Prepared), made
    return Prepared.from_json(made.to_json())  # what the store keeps is what is sent


@pytest.mark.parametrize("author", [PAGE, MEMBER])
def test_a_post_goes_out_with_its_link(server, author):
    linkedin = connected(server, author)
    sent = linkedin.send(prepared(linkedin, TEXT))
    [post] = server.published
    assert post.author == author
    assert sent == Sent(Receipt(post.urn, f"https://www.linkedin.com/feed/update/{post.urn}/"))


@pytest.mark.parametrize(
    ("text", "little"),
    [
        # The characters and their escapes are those of the "little text format" page.
        ("613 people (63 children)", r"613 people \(63 children\)"),
        (r"a\b|c{d}e@f[g]h<i>j*k_l~m", r"a\\b\|c\{d\}e\@f\[g\]h\<i\>j\*k\_l\~m"),
        ("#Xocalı #26february", r"{hashtag|\#|Xocalı} {hashtag|\#|26february}"),
        ("No. #1 is no tag", r"No. \#1 is no tag"),
        ("Əziz İğdır العدالة 👨‍👩‍👧 e\u0301", "Əziz İğdır العدالة 👨‍👩‍👧 e\u0301"),
    ],
)
def test_nothing_of_a_text_is_cut_although_linkedin_reads_markup(server, linkedin, text, little):
    sent = linkedin.send(prepared(linkedin, text))
    assert server.published[0].commentary == little
    assert linkedin.read_back(message(text), 0, sent.receipt) == ()


@pytest.mark.parametrize(
    ("text", "little"),
    [
        # "Hashtags": an unescaped sign before the word; what is reserved inside it is escaped as anywhere.
        ("Xocalı (1992) #Xocalı #26february", r"Xocalı \(1992\) #Xocalı #26february"),
        ("#Şəhid_1, #1 is no tag", r"#Şəhid\_1, \#1 is no tag"),
    ],
)
def test_hashtags_go_out_plain_where_the_message_says_so(server, linkedin, text, little):
    plain = message(text, display=("plain hashtags",))
    sent = linkedin.send(prepared(linkedin, text, display=("plain hashtags",)))
    assert server.published[0].commentary == little
    assert linkedin.read_back(plain, 0, sent.receipt) == ()
    assert linkedin.edit(plain, 0, sent.receipt) is None
    assert server.posts[0].commentary == little


def test_plain_hashtags_leave_more_room(server):
    # {hashtag|\#|Xocalı} is 13 characters more than the word, #Xocalı is one.
    text = "a" * 2992 + " #Xocalı"
    asked = replace(channel("linkedin"), options={"hashtags": "plain"})
    [template], [plain] = limits(channel("linkedin")).measures, limits(asked).measures
    assert (template.count(text), plain.count(text)) == (3012, 3000)
    assert (template.limit, plain.limit, connected(server, hashtags="plain").limits) == (
        3000,
        3000,
        limits(asked),
    )


def test_a_text_that_linkedin_cut_short_is_noticed_when_read_back(server, linkedin):
    sent = linkedin.send(prepared(linkedin, "613 people (63 children)"))
    server.published[0] = replace(server.published[0], commentary="613 people ")
    assert linkedin.read_back(message("613 people (63 children)"), 0, sent.receipt) == (
        "the text is another one, or cut short",
    )


@pytest.mark.parametrize("number", [1, 2, 4])
def test_pictures_go_out_in_order_with_their_alternative_texts(server, linkedin, number):
    pictures = tuple(image((CARD, PHOTO)[n % 2], f"picture {n}") for n in range(number))
    sent = linkedin.send(prepared(linkedin, TEXT, pictures))
    assert server.published[0].images == tuple(((CARD, PHOTO)[n % 2], f"picture {n}") for n in range(number))
    assert linkedin.read_back(message(TEXT, pictures), 0, sent.receipt) == ()
    other = (image(CARD, "another text"), *pictures[1:])
    assert linkedin.read_back(message(TEXT, other), 0, sent.receipt) == (
        "a picture has another alternative text, or none",
    )


def test_preparing_again_publishes_nothing(server, linkedin):
    for _ in range(2):
        prepared(linkedin, TEXT, (image(CARD, "alt"),))
    assert server.published == []


def test_what_is_sent_is_the_payload_that_preview_showed(server, linkedin):
    picture = image(CARD, "alt")
    asked = replace(channel("linkedin"), options={"author": PAGE})
    shown = connect(asked, {}, FILES.__getitem__).payload(message(TEXT, (picture,)))
    ready = prepared(linkedin, TEXT, (picture,))
    assert shown["content"] == {"media": {"id": picture.sha256, "altText": "alt"}}
    own = {"media": {"id": ready.uploads[picture.sha256], "altText": "alt"}}
    assert ready.request == {"body": {**shown, "content": own}}


def test_a_correction_is_a_comment_under_the_post_it_corrects(server, linkedin):
    first = linkedin.send(prepared(linkedin, "631 people."))
    sent = linkedin.send(prepared(linkedin, "Correction: 613 people.", reply_to=first.receipt))
    assert isinstance(sent, Sent)
    [comment] = server.comments
    assert (comment.on, comment.text) == (first.receipt.remote_id, "Correction: 613 people.")
    assert len(server.published) == 1


@pytest.mark.parametrize("author", [PAGE, MEMBER])
def test_a_correction_that_is_taken_down_is_gone_and_its_post_stays(server, author):
    linkedin = connected(server, author)
    first = linkedin.send(prepared(linkedin, "631 people."))
    sent = linkedin.send(prepared(linkedin, "Correction: 613 people.", reply_to=first.receipt))
    assert sent.receipt.remote_id == server.comments[0].urn
    assert linkedin.delete(sent.receipt) is None
    assert (server.answers, len(server.posts)) == ([], 1)


def test_a_comments_answer_with_its_number_alone_still_names_it(server, linkedin):
    first = linkedin.send(prepared(linkedin, "631 people."))
    ready = prepared(linkedin, "Correction: 613 people.", reply_to=first.receipt)
    server.fail_next("POST .*/comments", fakes.refuse(201, {}, x_restli_id="42"))
    assert linkedin.send(ready).receipt.remote_id == f"urn:li:comment:({first.receipt.remote_id},42)"


@pytest.mark.parametrize("author", [PAGE, MEMBER])
def test_a_correction_of_a_post_deleted_by_hand_is_its_own_trouble_and_not_the_channels(server, author):
    linkedin = connected(server, author)
    first = linkedin.send(prepared(linkedin, "631 people."))
    ready = prepared(linkedin, "Correction: 613 people.", reply_to=first.receipt)
    linkedin.delete(first.receipt)
    refused = linkedin.send(ready)
    assert refused.kind is Refusal.CONTENT
    assert "has been deleted" in refused.message


def test_what_names_neither_post_nor_comment_is_never_called_gone(server, linkedin):
    refused = linkedin.delete(Receipt("7000000000000000002", None))
    assert "delete it there" in refused.message
    assert server.count("DELETE .*") == 0


def test_a_page_that_may_be_published_on_but_not_looked_up_still_goes_live(server):
    server.scopes = ("w_organization_social", "r_organization_social")
    account = connected(server).account()
    assert (account.id, account.url) == (PAGE, "https://www.linkedin.com/company/2414183/")


def test_what_a_page_may_not_tell_is_advice_and_lacks_for_no_post(server):
    server.scopes = ("w_organization_social", "r_organization_social")
    secrets = {"ACCESS_TOKEN": TOKEN, "CLIENT_ID": server.app[0], "CLIENT_SECRET": server.app[1]}
    asked = replace(channel("linkedin", server.base_url), options={"author": PAGE})
    account = connect(asked, secrets, FILES.__getitem__).account()
    assert (account.missing, list(account.lesser)) == ((), ["rw_organization_admin"])


def test_a_page_of_somebody_else_is_refused_with_the_permissions_it_needs(server):
    refused = connected(server, "urn:li:organization:99").account()
    assert refused.kind is Refusal.PERMISSION
    assert "r_organization_social" in refused.message


def test_account_is_the_page_or_the_member(server):
    page, member = connected(server).account(), connected(server, MEMBER).account()
    assert (page.id, page.handle, page.url) == (PAGE, "Memory", "https://www.linkedin.com/company/memory/")
    assert (member.id, member.handle) == (MEMBER, "Aygün")


def test_a_token_of_another_person_is_named(server):
    server.person = "somebody-else"
    refused = connected(server, MEMBER).account()
    assert refused.kind is Refusal.AUTH
    assert "urn:li:person:somebody-else" in refused.message


def test_the_end_of_the_token_is_what_config_says_for_linkedin_does_not_tell(server):
    account = connected(server, token_until=date(2027, 1, 20)).account()
    assert account.expires_at.date() == date(2027, 1, 20)


def test_a_page_shows_what_is_out_and_a_member_shows_nothing(server):
    for author, recovery in ((PAGE, Recovery.PRESENCE_ONLY), (MEMBER, Recovery.BLIND)):
        linkedin = connected(server, author)
        assert linkedin.recovery is recovery
        ready = prepared(linkedin, f"Lost, by {author}")
        server.fail_next(CREATE, fakes.lost_answer())
        assert isinstance(linkedin.send(ready), Unknown)
        found = linkedin.find(ready, NOBODY)
        assert isinstance(found, Found if author == PAGE else CannotTell)
    assert len(server.published) == 2


def test_a_listing_that_lags_does_not_prove_anything_false(server, linkedin):
    linkedin.send(prepared(linkedin, "Before."))
    ready = prepared(linkedin, TEXT)
    server.fail_next(CREATE, fakes.lost_answer())
    linkedin.send(ready)
    server.lag = 1
    assert linkedin.find(ready, NOBODY) == Absent()  # which the engine does not believe on such a platform
    assert isinstance(linkedin.find(ready, NOBODY), Found)


def test_a_post_that_another_delivery_holds_is_not_found_again(server, linkedin):
    ready = prepared(linkedin, TEXT)
    sent = linkedin.send(ready)
    assert linkedin.find(ready, frozenset({sent.receipt.remote_id})) == Absent()


def test_duplicate_words_are_evidence_that_names_the_post(server, linkedin):
    first = linkedin.send(prepared(linkedin, TEXT))
    again = linkedin.send(prepared(linkedin, TEXT))
    assert again.kind is Refusal.DUPLICATE
    assert first.receipt.url in again.message
    assert len(server.published) == 1


def test_what_is_out_already_is_known_of_a_page(server, linkedin):
    linkedin.send(prepared(linkedin, "613 people (63 children) #Xocalı"))
    since = datetime.now(UTC) - timedelta(days=1)
    known = linkedin.already_out([message("613 people (63 children) #Xocalı")], since)
    assert known == {KEY: f"https://www.linkedin.com/feed/update/{server.published[0].urn}/"}
    assert linkedin.already_out([message("Other words")], since) == {}
    assert (
        linkedin.already_out([message("613 people (63 children) #Xocalı")], since + timedelta(days=2)) == {}
    )
    assert connected(server, MEMBER).already_out([message(TEXT)], since) == {}


@pytest.mark.parametrize(
    ("status", "code", "kind", "words"),
    [
        (400, "FIELD_LENGTH_TOO_LONG", Refusal.CONTENT, "change the post"),
        (401, "EXPIRED_ACCESS_TOKEN", Refusal.AUTH, "60 days"),
        (403, "ACCESS_DENIED", Refusal.PERMISSION, "w_organization_social"),
        (404, "NOT_FOUND", Refusal.BLOCKED, "check `author`"),
        (409, "CONFLICT", Refusal.TRANSIENT, "by itself"),
        (422, "UNPROCESSABLE", Refusal.CONTENT, "change the post"),
        (426, "NONEXISTENT_VERSION", Refusal.BLOCKED, "write a newer one in config.yaml"),
        (429, "TOO_MANY_REQUESTS", Refusal.QUOTA, "after midnight UTC"),
    ],
)
def test_each_refusal_says_what_to_do(server, linkedin, status, code, kind, words):
    ready = prepared(linkedin, TEXT)
    server.fail_next(
        CREATE, fakes.refuse(status, {"status": status, "code": code, "message": "their reason"})
    )
    refused = linkedin.send(ready)
    assert isinstance(refused, Refused)
    assert (refused.kind, words in refused.message, "their reason" in refused.message) == (kind, True, True)
    assert server.published == []


def test_a_days_calls_come_back_at_midnight_utc(server):
    noon = datetime(2027, 2, 26, 12, tzinfo=UTC)
    linkedin = connected(server, MEMBER, clock=lambda: noon)
    ready = prepared(linkedin, TEXT)
    server.calls = 0
    assert linkedin.send(ready).retry_at == datetime(2027, 2, 27, tzinfo=UTC)
    assert linkedin.account().retry_at == datetime(2027, 2, 27, tzinfo=UTC)


@pytest.mark.parametrize("fault", [fakes.lost_answer(), fakes.fail_after(503), fakes.fail_after(201, b"")])
def test_an_answer_that_does_not_name_the_post_leaves_it_unknown(server, linkedin, fault):
    ready = prepared(linkedin, TEXT)
    server.fail_next(CREATE, fault)
    assert isinstance(linkedin.send(ready), Unknown)
    assert len(server.published) == 1


def test_the_token_goes_to_linkedins_own_servers_alone(server, linkedin):
    answer = {"value": {"uploadUrl": "https://linkedin.com.evil.example/dms", "image": "urn:li:image:D4"}}
    server.fail_next("POST /rest/images", fakes.refuse(200, answer))
    refused = linkedin.prepare(message(TEXT, (image(CARD, "alt"),)), 0, KEY, None)
    assert refused.kind is Refusal.TRANSIENT
    assert server.count("PUT .*") == 0


def test_a_picture_that_linkedin_does_not_take_is_named(server, linkedin):
    server.fail_next("PUT .*", fakes.refuse(400, {"message": "Unsupported media type"}))
    refused = linkedin.prepare(message(TEXT, (image(CARD, "a"), image(PHOTO, "b"))), 0, KEY, None)
    assert (refused.kind, "image 1 of 2" in refused.message) == (Refusal.MEDIA, True)


def test_a_text_can_be_corrected_in_place_and_a_post_deleted(server, linkedin):
    assert isinstance(linkedin, Edits)
    sent = linkedin.send(prepared(linkedin, "613 peple (all)"))
    assert linkedin.edit(message("613 people (all)"), 0, sent.receipt) is None
    assert server.posts[0].commentary == r"613 people \(all\)"
    assert linkedin.delete(sent.receipt) is None
    assert server.posts == []
    assert linkedin.delete(sent.receipt) is None
    assert linkedin.edit(message("613"), 0, sent.receipt).kind is Refusal.BLOCKED


def test_numbers_are_told_for_pages_only(server, linkedin):
    assert isinstance(linkedin, Measures)
    sent = linkedin.send(prepared(linkedin, TEXT))
    assert linkedin.metrics(sent.receipt) == {
        "views": 120,
        "clicks": 5,
        "likes": 7,
        "replies": 2,
        "reposts": 3,
    }
    assert connected(server, MEMBER).metrics(sent.receipt).kind is Refusal.PERMISSION


@pytest.mark.parametrize("author", ["", "urn:li:group:1", "2414183"])
def test_an_author_that_is_none_says_what_to_set(server, author):
    refused = connected(server, author).account()
    assert "set channels.news-en.author in config.yaml" in refused.message
    assert server.requests == []


def test_the_token_shows_nowhere(server, linkedin, caplog):
    caplog.set_level(logging.DEBUG)
    ready = prepared(linkedin, TEXT, (image(CARD, "alt"),))
    shown = [repr(linkedin), repr(ready), str(ready.to_json()), repr(linkedin.account())]
    server.fail_next(CREATE, fakes.refuse(401, {"message": f"{TOKEN} is over"}))
    shown.append(repr(linkedin.send(ready)))
    logged = [record.getMessage() for record in caplog.records]
    assert not [words for words in (*shown, *logged) if "canary" in words]
    assert isinstance(linkedin.account(), Account)
