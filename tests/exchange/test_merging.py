"""One value changed in a file that somebody wrote by hand: everything else stays letter by letter."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduler.content.source import load
from scheduler.exchange import handwriting, merging
from tests.exchange.test_round_trips import POSTS
from tests.thorough import examples


def changed(text, new):
    """The file's text after its first post got these values."""
    node = load(text, "posts.yaml").root.items[0]
    wanted = merging.merged(node.value, new, (), "en")
    made = merging.applied(text, merging.edited(text, node, node.value, wanted))
    assert merging.same(load(made, "posts.yaml").value[0], wanted)
    return made


@pytest.mark.parametrize(
    ("before", "new", "after"),
    [
        ("- id: a\n  priority: 5   # why\n", {"priority": 6}, "- id: a\n  priority: 6   # why\n"),
        ("- {id: a, kind: text}\n", {"priority": 6}, "- {id: a, kind: text, priority: 6}\n"),
        (
            "- id: a\n  text: Hello   # English\n",
            {"text": {"en": "Bye"}},
            "- id: a\n  text: {en: Bye}   # English\n",
        ),
        (
            "- id: a\n  text:\n    en: >-\n      Hello,\n      all.\n\n  # about hashtags\n  hashtags: [A]\n",
            {"text": {"en": "Bye."}},
            "- id: a\n  text:\n    en: Bye.\n\n  # about hashtags\n  hashtags: [A]\n",
        ),
        ("- id: a\n  facts: [x, y]  # two\n", {"facts": ["x"]}, "- id: a\n  facts: [x]  # two\n"),
        (
            "- id: a\n  facts:\n    - x\n    - z\n  draft: no\n",
            {"facts": ["z"]},
            "- id: a\n  facts: [z]\n  draft: no\n",
        ),
        ("- id: a\n  when:\n", {"when": "D 9:00"}, "- id: a\n  when: D 9:00\n"),
        ("- id: a", {"kind": "text"}, "- id: a\n  kind: text"),
        (
            "- id: a\n  images:\n    - file: x.jpg   # old\n      alt: {en: X}\n",
            {"images": [{"alt": {"en": "New", "az": "Z"}}, {"file": "y.jpg"}]},
            "- id: a\n  images:\n    - file: x.jpg   # old\n      alt: {en: New, az: Z}\n"
            "    - {file: y.jpg}\n",
        ),
        ("- id: a\n  link: https://a.example\n", {"link": {"az": "https://b.example"}}, None),
    ],
)  # fmt: skip
def test_one_value_is_changed_and_nothing_else(before, new, after):
    made = changed(before, new)
    if after is not None:
        assert made == after


@pytest.mark.parametrize(
    ("before", "path", "after"),
    [
        ("- id: a\n  link: https://a.example  # old\n  kind: text\n", ("link",), "- id: a\n  kind: text\n"),
        ("- {id: a, link: b, kind: text}\n", ("link",), "- {id: a, kind: text}\n"),
        ("- {id: a, kind: text}\n", ("kind",), "- {id: a}\n"),
        ("- id: a\n  text: {en: A, az: B}\n", ("text", "az"), "- id: a\n  text: {en: A}\n"),
        ("- id: a\n  warning: {en: A}\n", ("warning", "en"), "- id: a\n"),
        ("- id: a\n  card: {template: plain, title: {en: A}}\n", ("card", "template"), "- id: a\n"),
    ],
)
def test_a_value_is_taken_out_with_what_is_empty_after_it(before, path, after):
    node = load(before, "posts.yaml").root.items[0]
    wanted = merging.merged(merging.copied(node.value), {}, (path,), "en")
    assert merging.applied(before, merging.edited(before, node, node.value, wanted)) == after


def test_two_pictures_are_taken_out_at_once():
    old = {"id": "a", "images": [{"file": "x"}, {"file": "y"}, {"file": "z"}]}
    removed = (("images", 0, "file"), ("images", 2, "file"))
    assert merging.merged(merging.copied(old), {}, removed, "en")["images"] == [{"file": "y"}]


@settings(max_examples=examples(30), suppress_health_check=[HealthCheck.too_slow])
@given(POSTS, POSTS, st.booleans())
def test_whatever_a_post_says_another_can_be_laid_over_it_in_place(old, new, flowing):
    old, new = {"id": "a", **old}, {"id": "a", **new}
    text = f"[{json.dumps(old)}]\n" if flowing else f"# above\n{handwriting.item(old)}# below\n"
    node = load(text, "posts.yaml").root.items[0]
    wanted = merging.merged(merging.copied(node.value), merging.copied(new), (), "en")
    made = merging.applied(text, merging.edited(text, node, node.value, wanted))
    assert merging.same(load(made, "posts.yaml").value[0], wanted)
    assert flowing or (made.startswith("# above\n") and made.endswith("# below\n"))
