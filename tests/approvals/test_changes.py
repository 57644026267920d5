"""What changed is shown word by word, and nothing visible is left out."""

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from scheduler.approvals import changes
from scheduler.approvals.changes import compare
from scheduler.model import Image, LinkCard, Message, MessagePart, digest
from tests.test_visible import MESSAGES, changed
from tests.thorough import examples

PICTURE = Image("a" * 64, "A candle.", "image/jpeg", 1080, 1350, 3)
PART = MessagePart("613 people were killed.", (PICTURE,))
BEFORE = Message("2027/p/x-en", "en", (PART,))


def test_the_changed_words_stand_in_brackets_on_both_sides():
    [change] = changes(BEFORE, replace(BEFORE, parts=(replace(PART, text="614 people were killed."),)))
    assert (change.what, change.before, change.after) == (
        "text",
        "[613] people were killed.",
        "[614] people were killed.",
    )
    assert change.edits == (("613", "614"),)


@pytest.mark.parametrize(
    ("now", "what"),
    [
        (replace(BEFORE, warning="Death"), "warning"),
        (replace(BEFORE, link="https://a.example"), "link"),
        (replace(BEFORE, language="az"), "language"),
        (replace(BEFORE, visibility="unlisted"), "visibility"),
        (replace(BEFORE, replies="nobody"), "replies"),
        (replace(BEFORE, corrects="2027/o/x-en"), "corrects"),
        (replace(BEFORE, display=("no preview",)), "how the channel shows it"),
        (replace(BEFORE, parts=(replace(PART, images=(replace(PICTURE, alt="Two."),)),)), "alt text 1"),
        (replace(BEFORE, parts=(replace(PART, images=(replace(PICTURE, sha256="b" * 64),)),)), "picture 1"),
        (replace(BEFORE, parts=(PART, MessagePart("More."))), "text of part 2"),
    ],
)
def test_whatever_a_reader_sees_is_named(now, what):
    assert what in [change.what for change in changes(BEFORE, now)]


def test_what_is_equal_is_not_mentioned():
    assert changes(BEFORE, BEFORE) == ()


@given(st.text(), st.text())
def test_no_word_of_either_side_is_lost(before, after):
    change = compare("text", before, after)
    gone, come = ("".join(side) for side in zip(*change.edits, strict=True)) if change.edits else ("", "")
    assert sorted(change.before) == sorted(before + "[]" * sum(bool(old) for old, _ in change.edits))
    assert sorted(change.after) == sorted(after + "[]" * sum(bool(new) for _, new in change.edits))
    assert bool(change.edits) == (before != after)
    assert len(gone) <= len(before)
    assert len(come) <= len(after)


def bare(message):
    """Without what is there and empty: no message that is made has such."""
    parts = tuple(part for part in message.parts if part.text or part.images)
    fields = {name: getattr(message, name) or None for name in ("warning", "link", "corrects", "language")}
    card = message.link_card if message.link_card != LinkCard("") else None
    return replace(message, parts=parts or (MessagePart("x"),), link_card=card, **fields)


@settings(max_examples=examples(400))
@given(st.data())
@pytest.mark.long
def test_whatever_takes_an_approval_back_is_named_among_the_changes(data):
    before = bare(data.draw(MESSAGES))
    after = bare(data.draw(changed(before)))
    assume(digest(before) != digest(after))
    assert changes(before, after)
