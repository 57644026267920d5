from dataclasses import replace
from decimal import Decimal

import pytest

from scheduler.checks import Example, message_findings
from scheduler.model import Image, Limits, Measure, Message, MessagePart, Severity, Span, Variant
from scheduler.text.fit import fit
from tests.checks.world import CHANNELS

LIMITS = Limits((Measure(len, 40),), images=2, image_bytes=1000, image_side=2000, aspect=(0.8, 1.91), alt=20)
IMAGE = Image("ab" * 32, "A wall", "image/jpeg", 1000, 1000, 900)


def findings(
    *parts, limits=LIMITS, body="We remember.", hashtags=(), replies="everyone", corrects=None, **fields
):
    post = Example(body, fields=fields).post()
    fitted = fit(body, hashtags=hashtags, link=None, warning_line=None, limits=limits, images=0)
    message = Message(
        "2027/example/x-en", "en", parts or (MessagePart(fitted.text),), replies=replies, corrects=corrects
    )
    return message_findings(post, CHANNELS["x-en"], message, fitted, limits)


def test_a_message_that_fits_has_no_findings():
    assert findings(MessagePart("We remember.", (IMAGE, IMAGE))) == ()


def test_words_too_long_say_by_how_much():
    (finding,) = findings(body="x" * 45)
    assert (finding.rule, finding.severity) == ("messages.too-long", Severity.ERROR)
    assert finding.message.startswith("x-en: 5 characters too long (45 of 40")
    assert (finding.post, finding.channel) == ("example", "x-en")


def test_hashtags_left_out_are_a_hint():
    # "We remember. #Khojaly" has 21 characters; "#JusticeforKhojaly" would make it 40 + 1.
    (finding,) = findings(hashtags=("Khojaly", "JusticeforKhojalyy"), body="We remember.")
    assert (finding.rule, finding.severity) == ("messages.hashtags-dropped", Severity.HINT)
    assert "#JusticeforKhojalyy" in finding.message


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"alt": " "}, "messages.no-alt"),
        ({"alt": "x" * 21}, "messages.alt-too-long"),
        ({"media_type": "image/webp"}, "messages.image-unfit"),
        ({"size": 1001}, "messages.image-unfit"),
        ({"width": 2001, "height": 2001}, "messages.image-unfit"),
        ({"width": 1920, "height": 1000}, "messages.image-unfit"),
    ],
)
def test_each_thing_a_platform_refuses_in_an_image(change, rule):
    found = findings(MessagePart("Words.", (replace(IMAGE, **change),)))
    assert [one.rule for one in found] == [rule]


def test_too_many_images():
    found = findings(MessagePart("Words.", (IMAGE, IMAGE, IMAGE)))
    assert [one.rule for one in found] == ["messages.too-many-images"]


def test_a_platform_of_pictures_takes_no_bare_text():
    limits = replace(LIMITS, min_images=1)
    assert [one.rule for one in findings(limits=limits)] == ["messages.too-few-images"]


def test_threads_are_refused_where_there_are_none_and_counted_where_there_are():
    parts = (MessagePart("One."), MessagePart("Two."), MessagePart("x" * 41))
    assert {one.rule for one in findings(*parts)} == {"messages.no-threads", "messages.too-long"}
    allowed = findings(*parts[:2], limits=replace(LIMITS, parts=2))
    assert allowed == ()
    assert [one.rule for one in findings(*parts[:2], limits=replace(LIMITS, parts=1))] == [
        "messages.no-threads"
    ]


def test_who_plans_a_thread_where_it_must_be_tried_first_hears_how():
    off = replace(LIMITS, parts=None, parts_if="threads: true")
    (finding,) = findings(MessagePart("One."), MessagePart("Two."), limits=off)
    assert (finding.rule, finding.severity) == ("messages.no-threads", Severity.ERROR)
    assert "try one, and if it goes out keep `threads: true` under the channel" in finding.message
    assert findings(MessagePart("One."), limits=off) == ()


def test_nothing_to_publish():
    assert [one.rule for one in findings(MessagePart(" "))] == ["messages.empty"]


def test_the_finding_stands_at_the_channels_own_variant():
    spans = {"text": Span("posts/a.yaml", 3, 5), "variants.x-en.text": Span("posts/a.yaml", 9, 7)}
    (finding,) = findings(body="x" * 45, spans=spans, variants={"x-en": Variant()})
    assert (finding.line, finding.column) == (9, 7)


def priced(text, images):
    """X's prices in November 2026: 1.5 US cents, 20 with a link, half a cent for each description."""
    return (Decimal("0.20") if "example.org" in text else Decimal("0.015")) + images * Decimal("0.005")


def test_what_a_link_costs_is_said_with_the_price_without_it():
    limits = replace(LIMITS, cost=priced)
    (finding,) = findings(body="Read it: https://example.org/a", limits=limits)
    assert (finding.rule, finding.severity) == ("messages.link-price", Severity.WARNING)
    assert finding.message == "x-en: costs US$0.200 with its link, US$0.015 without it"
    parts = (MessagePart("One.", (IMAGE,)), MessagePart("Two: example.org"))
    (finding,) = findings(*parts, limits=replace(limits, parts=2))
    assert finding.message == "x-en: costs US$0.220 with its link, US$0.035 without it"


def test_a_text_without_a_link_or_where_it_costs_nothing_is_not_spoken_of():
    assert findings(body="We remember. #Khojaly", limits=replace(LIMITS, cost=priced)) == ()
    assert findings(body="Read it: https://example.org/a") == ()


LINKS = " ".join(f"https://karabakh.org/{number}" for number in range(3))
ROOMY = Limits((Measure(len, 400),))


def test_a_post_that_says_who_may_reply_where_nobody_can_be_kept_from_it():
    limits = replace(LIMITS, replies={"nobody": "nobody"})
    assert findings(limits=limits, replies="nobody") == ()
    assert findings(limits=LIMITS, replies="everyone") == ()
    (finding,) = findings(limits=limits, replies="followers")
    assert (finding.rule, finding.severity) == ("messages.replies-open", Severity.WARNING)
    assert "`replies: followers` changes nothing there: everybody may reply" in finding.message
    whole_threads = replace(limits, replies_by_thread=True)
    assert findings(limits=whole_threads, replies="nobody") == ()
    (finding,) = findings(limits=whole_threads, replies="nobody", corrects="2027/old/x-en")
    assert "who may answer is said by the post it corrects" in finding.message


def test_more_different_links_than_the_platform_takes():
    limits = replace(ROOMY, max_links=2)
    assert [one.rule for one in findings(MessagePart(LINKS), limits=limits)] == ["messages.too-many-links"]
    twice = "https://karabakh.org/0 https://karabakh.org/1 https://karabakh.org/0"
    assert findings(MessagePart(twice), limits=limits) == ()
    further = findings(MessagePart("Words."), MessagePart(LINKS), limits=replace(limits, parts=5))
    assert [one.rule for one in further] == ["messages.too-many-links"]


def test_a_link_that_cannot_be_touched_is_a_hint():
    (finding,) = findings(MessagePart(LINKS), limits=replace(ROOMY, live_links=False))
    assert (finding.rule, finding.severity) == ("messages.link-dead", Severity.HINT)
    assert findings(MessagePart("Words."), limits=replace(ROOMY, live_links=False)) == ()


def test_pictures_of_other_shapes_than_the_first_would_be_cropped():
    wide = replace(IMAGE, width=1000, height=600)
    limits = replace(ROOMY, crops_to_first=True)
    (finding,) = findings(MessagePart("Words.", (IMAGE, wide)), limits=limits)
    assert (finding.rule, finding.severity) == ("messages.image-cropped", Severity.WARNING)
    smaller = replace(IMAGE, width=500, height=500)
    assert findings(MessagePart("Words.", (IMAGE, smaller)), limits=limits) == ()
    assert findings(MessagePart("Words.", (IMAGE, wide)), limits=ROOMY) == ()


def test_a_correction_where_no_reply_has_been_tried_is_warned_of_before_the_day():
    untried = replace(LIMITS, parts=None, parts_if="threads: true")
    [finding] = findings(limits=untried, corrects="2027/old/x-en")
    assert (finding.rule, finding.severity) == ("messages.reply-untried", Severity.WARNING)
    assert "recorded with `settle … --published ADDRESS`" in finding.message
    assert findings(limits=untried) == ()
    assert findings(limits=replace(untried, parts=25), corrects="2027/old/x-en") == ()
    assert findings(limits=replace(untried, parts_if=""), corrects="2027/old/x-en") == ()
