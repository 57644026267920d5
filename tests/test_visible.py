"""No change of anything a reader can see survives an approval, and only the gate lets anything out."""

import dataclasses
import unicodedata
from datetime import timedelta

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from scheduler import approvals
from scheduler.model import ApprovalRules, Image, LinkCard, Message, MessagePart, Said, digest
from tests.store.kit import HOUR, NOON, approval, delivery, opened, policy, prepared
from tests.thorough import examples

WORDS = st.text(st.characters(codec="utf-8"), max_size=30)
SHA = st.text("0123456789abcdef", min_size=64, max_size=64)
LEVELS = st.sampled_from(["none", "mild", "graphic"])
IMAGES = st.builds(Image, SHA, WORDS, st.just("image/jpeg"), st.just(1080), st.just(1350), st.just(9), LEVELS)
CARDS = st.builds(LinkCard, WORDS, WORDS, st.none() | IMAGES)
PARTS = st.builds(MessagePart, WORDS, st.lists(IMAGES, max_size=3).map(tuple))
DISPLAY = st.lists(st.sampled_from(["spoiler", "no preview", "no topic"]), unique=True, max_size=2).map(tuple)
MESSAGES = st.builds(
    Message,
    key=st.just("2027/figures/mastodon-en"),
    language=st.sampled_from(["en", "az", "ru"]),
    parts=st.lists(PARTS, min_size=1, max_size=3).map(tuple),
    warning=st.none() | WORDS,
    link=st.none() | WORDS,
    visibility=st.sampled_from(["public", "unlisted"]),
    replies=st.sampled_from(["everyone", "followers", "mentioned", "nobody"]),
    corrects=st.none() | st.just("2027/before/mastodon-en"),
    link_card=st.none() | CARDS,
    display=DISPLAY,
)
THIS = MESSAGES.map(lambda message: dataclasses.replace(message, corrects=None))
"""A post that is no correction: nothing but an approval is missing."""


@st.composite
def changed(draw, message):
    """The message with one visible thing made another: any field, one character, one picture, any order."""
    parts = list(message.parts)
    at = draw(st.integers(0, len(parts) - 1))
    part = parts[at]
    how = draw(st.sampled_from([*HOW, "field", "card", "display"]))
    if how == "card":
        return dataclasses.replace(message, link_card=another_card(draw, message.link_card))
    if how == "display":
        return dataclasses.replace(message, display=draw(DISPLAY))
    if how == "field":
        name = draw(st.sampled_from(["language", "warning", "link", "visibility", "replies", "corrects"]))
        return dataclasses.replace(message, **{name: draw(st.none() | WORDS)})
    parts[at : at + 1] = HOW[how](draw, part)
    if how == "part order":
        parts.reverse()
    return dataclasses.replace(message, parts=tuple(parts))


def one_character(draw, text):
    at = draw(st.integers(0, len(text)))
    return (
        text[:at]
        + draw(st.text(st.characters(codec="utf-8"), max_size=1))
        + text[at + draw(st.integers(0, 1)) :]
    )


def another_card(draw, card):
    """No card any more, or one of its words or its picture another."""
    if card is None:
        return draw(CARDS)
    name = draw(st.sampled_from(["title", "description", "image", "card"]))
    if name == "card":
        return None
    if name == "image":
        return dataclasses.replace(card, image=draw(st.none() | IMAGES))
    return dataclasses.replace(card, **{name: one_character(draw, getattr(card, name))})


def with_images(draw, part, change):
    images = list(part.images)
    if not images:
        return [MessagePart(part.text, (draw(IMAGES),))]
    at = draw(st.integers(0, len(images) - 1))
    images[at : at + 1] = change(draw, images[at])
    return [MessagePart(part.text, tuple(images))]


HOW = {
    "text": lambda draw, part: [dataclasses.replace(part, text=one_character(draw, part.text))],
    "alt": lambda draw, part: with_images(
        draw, part, lambda draw, one: [dataclasses.replace(one, alt=one_character(draw, one.alt))]
    ),
    "picture": lambda draw, part: with_images(
        draw, part, lambda draw, one: [dataclasses.replace(one, sha256=draw(SHA))]
    ),
    "label": lambda draw, part: with_images(
        draw, part, lambda draw, one: [dataclasses.replace(one, graphic=draw(LEVELS))]
    ),
    "picture gone": lambda draw, part: with_images(draw, part, lambda draw, one: []),
    "picture twice": lambda draw, part: with_images(draw, part, lambda draw, one: [one, one]),
    "picture order": lambda draw, part: [MessagePart(part.text, tuple(reversed(part.images)))],
    "part order": lambda draw, part: [part],
    "part more": lambda draw, part: [part, draw(PARTS)],
    "parts joined": lambda draw, part: [MessagePart(f"{part.text}\n\n{part.text}", part.images)],
}


def seen(message):
    """What a reader's device is given, as bytes; composed and decomposed letters look the same."""
    plain = dataclasses.asdict(message)
    for part in plain["parts"]:
        part["images"] = [shown(image) for image in part["images"]]
    if (card := plain["link_card"]) is not None and card["image"] is not None:
        card["image"] = shown(card["image"])
    return unicodedata.normalize("NFC", repr(plain))


def shown(image):
    return image["sha256"], image["alt"], image["graphic"]


@given(st.data())
def test_whatever_a_reader_sees_otherwise_has_another_digest(data):
    before = data.draw(MESSAGES)
    after = data.draw(changed(before))
    assert (digest(before) == digest(after)) == (seen(before) == seen(after))


@given(MESSAGES)
def test_what_a_message_says_survives_being_kept(message):
    assert digest(Message.from_json(message.to_json())) == digest(message)


# Each example makes a database and waits for the disk: few here, for the digest and the count have many.
FEW = settings(
    max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
RULES = policy(rules=ApprovalRules(default=2))


def gate_of(store, made, claimed):
    return store.begin(claimed, 0, prepared(), made.due)


@FEW
@given(data=st.data())
def test_no_change_survives_two_approvals_at_the_gate(tmp_path_factory, data):
    before = data.draw(THIS)
    after = data.draw(changed(before))
    assume(seen(before) != seen(after) and after.parts and after.language)
    with opened(tmp_path_factory.mktemp("store"), rules=RULES) as store:
        was = dataclasses.replace(delivery(due=NOON + HOUR), message=before)
        now = dataclasses.replace(was, message=after)
        store.sync([was], {}, NOON)
        store.approve([approval(was, "Ayla"), approval(was, "Can")])
        assert store.statuses(NOON)[0].reasons == ()
        # Changed while it was being prepared, and changed before anybody took it up.
        claimed = store.claim(was.due)
        store.sync([now], {}, NOON)
        assert not gate_of(store, was, claimed)
        store.give_back(claimed, None, "", was.due)
        assert store.claim(now.due) is None
        assert "2 of 2" not in str(store.statuses(NOON)[0].reasons)
        assert store.statuses(NOON)[0].reasons[0].startswith("not approved: 0 of 2 approvals")


ACTS = st.lists(
    st.tuples(
        st.sampled_from(list(Said)),
        st.sampled_from(["Ayla", "Can", "Aynur", "writer"]),
        st.sampled_from(["now", "before"]),
        st.booleans(),
    ),
    max_size=8,
)


def expected(said):
    """Two people, not the author, for what it shows now and its day, since the last return of it."""
    people = set()
    for act, who, which, right_day in said:
        if which == "now" and act is Said.RETURN:
            people = set()
        elif (which, act, right_day) == ("now", Said.APPROVE, True) and who != "writer":
            people.add(who)
    return len(people) >= 2


def rows(said, now, before):
    for act, who, which, right_day in said:
        day = now.day if right_day else "2027-02-19"
        yield approval(now if which == "now" else before, who, act=act, words="because", shown_day=day)


MADE = dataclasses.replace(delivery(due=NOON + HOUR), author="writer")
EARLIER = dataclasses.replace(MADE, message=delivery(texts=("Nine words.",)).message)


@given(said=ACTS)
def test_approved_is_what_two_people_approved_since_the_last_return(said):
    lacking = approvals.missing(
        kind=MADE.kind,
        digest=MADE.digest,
        day=MADE.day,
        author=MADE.author,
        original_language=None,
        approvals=tuple(rows(said, MADE, EARLIER)),
        rules=RULES.approvals,
        approvers={},
    )
    assert (lacking == ()) == expected(said)


@FEW
@given(said=ACTS)
def test_the_gate_opens_for_that_and_for_nothing_else(tmp_path_factory, said):
    with opened(tmp_path_factory.mktemp("store"), rules=RULES) as store:
        store.sync([MADE], {}, NOON)
        store.approve(list(rows(said, MADE, EARLIER)))
        claimed = store.claim(MADE.due)
        is_open = claimed is not None and bool(gate_of(store, MADE, claimed))
        assert is_open == expected(said)
        assert (str(store.statuses(NOON)[0].state) == "sending") == is_open


def test_a_gate_that_was_open_closes_with_a_return_that_comes_while_it_is_prepared(tmp_path):
    with opened(tmp_path, rules=RULES) as store:
        made = delivery(due=NOON + HOUR)
        store.sync([made], {}, NOON)
        store.approve([approval(made, "Ayla"), approval(made, "Can")])
        claimed = store.claim(made.due)
        later = made.due + timedelta(seconds=1)
        store.approve([approval(made, "Rauf", act=Said.RETURN, words="the date is wrong", at=later)])
        answer = gate_of(store, made, claimed)
        assert not answer
        assert "returned by Rauf: the date is wrong" in answer.reason
