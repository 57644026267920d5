from dataclasses import fields
from datetime import time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.content import posts, source
from scheduler.model import Card, Kind, Picture, Post, Replies, Severity, ThreadPart, Variant, When
from tests.content.written import LANGUAGES, read, said

WHOLE = """\
- id: figures
  kind: figures
  author: Nərgiz
  when: D-1 10:00
  text: {en: "In {years} years", az: "Xocalı"}
  hashtags: [JusticeforKhojaly, "#KhojalyGenocide", 26february]
  link: https://a.example/ledger
  channels: [x-en, mastodon-en]
  card: {template: figures, facts: [killed, children], title: "Khojaly", background: almond.jpg}
  images: [{file: memorial.jpg, words: {en: "1992"}, alt: {en: "A stone"}}]
  alt: {en: "613 people"}
  facts: [killed, children]
  people: [one]
  quotes: [two]
  recognitions: [three]
  offices: [four]
  positions: [recognition]
  warning: {en: "Killing of civilians"}
  thread: [{text: {en: "More"}, images: [{file: b.jpg}]}]
  variants: {telegram: {text: {en: "Longer"}}, x-en: {hashtags: {en: [One], az: [Bir]}, link: {en: "https://b.example"}}}
  replies: nobody
  corrects: 2027/figures/x-en
  priority: 9
  grace: 90m
  draft: yes
"""


def test_the_whole_format_is_read(tmp_path):
    found = read(tmp_path, posts=WHOLE)
    assert found.findings == ()
    assert found.posts == (
        Post(
            id="figures",
            kind=Kind.FIGURES,
            author="Nərgiz",
            when=When(days=-1, at=time(10)),
            text={"en": "In {years} years", "az": "Xocalı"},
            hashtags={"": ("JusticeforKhojaly", "KhojalyGenocide", "26february")},
            link={"": "https://a.example/ledger"},
            channels=("x-en", "mastodon-en"),
            card=Card(
                "figures", facts=("killed", "children"), title={"en": "Khojaly"}, background="almond.jpg"
            ),
            images=(Picture("memorial.jpg", {"en": "1992"}, {"en": "A stone"}),),
            alt={"en": "613 people"},
            facts=("killed", "children"),
            people=("one",),
            quotes=("two",),
            recognitions=("three",),
            offices=("four",),
            positions=("recognition",),
            warning={"en": "Killing of civilians"},
            thread=(ThreadPart({"en": "More"}, (Picture("b.jpg"),)),),
            variants={
                "telegram": Variant(text={"en": "Longer"}),
                "x-en": Variant(hashtags={"en": ("One",), "az": ("Bir",)}, link={"en": "https://b.example"}),
            },
            replies=Replies.NOBODY,
            corrects="2027/figures/x-en",
            priority=9,
            grace=timedelta(minutes=90),
            draft=True,
            file="posts/a.yaml",
        ),
    )


@pytest.mark.parametrize("title", [r"\u200b", r"\u200f \u00ad", r"\u3164"])
def test_a_title_of_which_nothing_can_be_seen_is_an_error_at_its_place(tmp_path, title):
    card = f'- {{id: a, kind: text, card: {{template: witness, title: {{en: "{title}"}}}}}}'
    [finding] = [one for one in read(tmp_path, posts=card).findings if "title" in one.message]
    assert (finding.rule, finding.line) == ("post.value", 1)
    assert "found only invisible characters; write it or take the key out" in finding.message


def test_what_is_left_out_has_the_models_own_defaults(tmp_path):
    (post,) = read(tmp_path, posts="- {id: a, kind: text, text: Words}").posts
    assert post == Post("a", Kind.TEXT, When(), {"en": "Words"}, file="posts/a.yaml")


def test_the_format_has_the_fields_of_the_noun():
    assert set(posts.PostPart.model_fields) == {one.name for one in fields(Post)} - {"file", "spans"}


def test_a_text_without_a_language_is_in_the_campaigns_first(tmp_path):
    (post,) = read(tmp_path, posts="- {id: a, kind: text, text: Words, alt: Heard, warning: Killing}").posts
    assert (post.text, post.alt, post.warning) == ({"en": "Words"}, {"en": "Heard"}, {"en": "Killing"})


def test_spans_lead_to_every_value_of_the_post(tmp_path):
    (post,) = read(tmp_path, posts=WHOLE).posts
    assert (post.span("text", "az").line, post.span("text", "az").column) == (5, 38)
    assert post.span("facts", 1).line == 12
    assert post.span("card", "quote") == post.span("card")  # the nearest thing around it
    assert (post.span().line, post.span().column) == (1, 3)


FAULTS = """\
- id: figures
  kind: figure
  when: 18:00
  text: {en: 613, eng: x, az: Xocalı}
  hashtag: [a]
  hashtags: [a-b, 1992]
  link: www.a.example
  facts: killed
  channels: 5
  card: {template: figures, fact: [a], quote: 3}
  images: [{words: {en: x}}, foo]
  replies: all
  grace: 2
  priority: high
  draft: perhaps
  corrects: figures
  variants: {x-en: {txt: a}}
"""


@pytest.mark.parametrize(
    ("place", "rule", "words"),
    [
        ("2:9", "post.type", "kind: expected one of text, announcement,"),
        ("2:9", "post.type", "found “figure”; did you mean figures?"),
        ("3:9", "post.value", "“18:00” has no day"),
        ("4:14", "post.value", "text.en: expected text, found the number 613; put it in quotes"),
        ("4:19", "post.value", "“eng” is not a language of the campaign (en, az); did you mean en?"),
        ("5:3", "post.unknown-key", "hashtag: is not a key that belongs here; did you mean hashtags?"),
        ("6:14", "post.value", "has a hyphen"),
        ("6:19", "post.value", "found the number 1992; put it in quotes"),
        ("7:9", "post.value", "write it in full: https://"),
        ("8:10", "post.type", "facts: expected a list such as [one, two], found “killed”"),
        ("9:13", "post.type", "channels: expected a list such as [one, two], found the number 5"),
        ("10:29", "post.unknown-key", "card.fact: is not a key that belongs here; did you mean facts?"),
        ("10:47", "post.type", "card.quote: expected text, found the number 3"),
        ("11:12", "post.missing", "images.0.file: is missing"),
        ("11:30", "post.type", "images.1: expected keys with values (key: value), found “foo”"),
        ("12:12", "post.type", "one of everyone, followers, mentioned, nobody, found “all”"),
        ("13:10", "post.value", "write a number with s, m, h or d"),
        ("14:13", "post.type", "priority: expected a whole number, found “high”"),
        ("15:10", "post.type", "draft: expected yes or no, found “perhaps”"),
        ("16:13", "post.value", "names no delivery"),
        (
            "17:21",
            "post.unknown-key",
            "variants.x-en.txt: is not a key that belongs here; did you mean text?",
        ),
    ],
)
def test_every_fault_is_told_at_its_place_in_plain_words(tmp_path, place, rule, words):
    found = read(tmp_path, posts=FAULTS)
    there = [one.message for one in found.findings if (f"{one.line}:{one.column}", one.rule) == (place, rule)]
    assert [message for message in there if words in message], there


def test_all_faults_are_told_at_once_as_errors_of_the_post(tmp_path):
    found = read(tmp_path, posts=FAULTS)
    assert len(found.findings) == 20
    assert {(one.severity, one.post) for one in found.findings} == {(Severity.ERROR, "figures")}


def test_a_post_with_faults_is_held_and_not_lost(tmp_path):
    found = read(tmp_path, posts=FAULTS)
    (post,) = found.posts
    assert (post.id, post.text, post.card) == ("figures", {"az": "Xocalı"}, Card("figures"))
    assert found.broken == frozenset()


def test_no_words_of_the_validation_library_reach_a_person(tmp_path):
    for finding in read(tmp_path, posts=FAULTS).findings:
        assert "Input should" not in finding.message
        assert "pydantic" not in finding.message


def test_a_post_without_a_usable_id_leaves_its_file_unsure(tmp_path):
    found = read(tmp_path, posts="- {kind: text, text: a}\n- {id: One Two, kind: text, text: b}\n- five\n")
    assert said(found) == [
        ("posts/a.yaml:1:3", "post.missing", ""),
        ("posts/a.yaml:2:8", "post.value", ""),
        ("posts/a.yaml:3:3", "post.type", ""),
    ]
    assert found.posts == ()
    assert found.broken == {"posts/a.yaml"}


@pytest.mark.parametrize(
    "kind_and_text", ["text: a", "kind: text", "kind: text, text: {}", "kind: text, text: ''"]
)
def test_a_post_without_kind_or_text_is_told_and_held(tmp_path, kind_and_text):
    found = read(tmp_path, posts=f"- {{id: a, {kind_and_text}}}")
    assert [one.post for one in found.findings] == ["a"]
    assert [post.id for post in found.posts] == ["a"]


def test_a_fault_of_the_yaml_within_a_post_is_the_posts(tmp_path):
    two = "- id: two\n  kind: text\n  text: |\n    b\n    c\u202ed\n  kind: quote\n"
    text = f"- id: one\n  kind: text\n  text: a\n{two}"
    assert said(read(tmp_path, posts=text)) == [
        ("posts/a.yaml:8:6", "yaml.character", "two"),
        ("posts/a.yaml:9:3", "yaml.duplicate-key", "two"),
    ]


def test_two_posts_with_one_id_are_told_at_both_places_and_the_first_stays(tmp_path):
    found = read(tmp_path, b="- {id: one, kind: text, text: B}", a="- {id: one, kind: text, text: A}")
    assert said(found) == [
        ("posts/a.yaml:1:8", "post.duplicate-id", "one"),
        ("posts/b.yaml:1:8", "post.duplicate-id", "one"),
    ]
    assert "posts/b.yaml:1:8" in found.findings[0].message
    assert [post.text for post in found.posts] == [{"en": "A"}]


def test_a_tag_or_id_written_twice_counts_once(tmp_path):
    (post,) = read(tmp_path, posts="- {id: a, kind: text, text: x, facts: [k, k], hashtags: [T, T]}").posts
    assert (post.facts, post.hashtags) == (("k",), {"": ("T",)})


def test_no_hashtags_and_the_campaigns_hashtags_are_two_things(tmp_path):
    one, two = read(
        tmp_path, posts="- {id: a, kind: text, text: x, hashtags: []}\n- {id: b, kind: text, text: x}"
    ).posts
    assert (one.hashtags, two.hashtags) == ({"": ()}, None)


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(LANGUAGES),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


def written(value):
    """A value as YAML on one line; JSON's strings and brackets are YAML's."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{source.quote(key)}: {written(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(written(one) for one in value) + "]"
    return repr(value) if isinstance(value, float) else source.quote(value)


@given(st.dictionaries(st.sampled_from(sorted(posts.PostPart.model_fields)), values, max_size=6))
def test_whatever_stands_behind_a_key_is_read_or_told_and_never_raises(post):
    document = source.load("- " + written({"id": "a", "kind": "text", **post}), "a.yaml")
    read_posts, findings, unsure = posts.read(document, LANGUAGES)
    assert read_posts or unsure
    assert all(finding.message and finding.line for finding in findings)


def test_a_text_longer_than_any_platform_takes_is_refused_before_it_slows_the_checks(tmp_path):
    # Facebook takes 63,206 characters, no platform more.
    found = read(tmp_path, posts="- {id: long, kind: text, text: " + "a" * 63_207 + "}\n")
    (finding,) = found.findings
    assert "63,207 characters are more than any platform takes (63,206)" in finding.message
