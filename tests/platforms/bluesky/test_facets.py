"""Facets: places in UTF-8 bytes, each on whole letters, and only what Bluesky takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.platforms.facets import facets, handles

KIND = "app.bsky.richtext.facet"


def marked(text, dids=None):
    """(words, where they lead) as a reader's app cuts them out of the bytes."""
    written = text.encode()
    return [
        (
            written[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode(),
            next(value for name, value in facet["features"][0].items() if name != "$type"),
        )
        for facet in facets(text, dids or {})
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Plain words, nothing else.", []),
        ("#26february", [("#26february", "26february")]),
        ("#1992 is a number", []),
        ("#Xocalı’ya gedirik", [("#Xocalı", "Xocalı")]),
        ("(#ədalət)", [("#ədalət", "ədalət")]),
        ("🕯️#Xocalı", [("#Xocalı", "Xocalı")]),
        ("söz#tag", []),
        ("see xocali.az.", [("xocali.az", "https://xocali.az")]),
        ("see http://example.org/a?b=1#c!", [("http://example.org/a?b=1#c", "http://example.org/a?b=1#c")]),
        ("HTTPS://Example.org", [("HTTPS://Example.org", "HTTPS://Example.org")]),
        ("mail a@example.org", []),
        ("#" + "ə" * 64, [("#" + "ə" * 64, "ə" * 64)]),
        ("#" + "ə" * 65, []),
    ],
)
def test_a_text_is_marked_as_a_reader_expects(text, expected):
    assert marked(text) == expected


def test_the_features_are_those_of_the_lexicon():
    [link, tag, mention] = facets("xocali.az #Xocalı @a.example", {"a.example": "did:plc:a"})
    assert link["features"] == [{"$type": f"{KIND}#link", "uri": "https://xocali.az"}]
    assert tag == {
        "index": {"byteStart": 10, "byteEnd": 18},
        "features": [{"$type": f"{KIND}#tag", "tag": "Xocalı"}],
    }
    assert mention["features"] == [{"$type": f"{KIND}#mention", "did": "did:plc:a"}]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@alice.bsky.social, thanks", ("alice.bsky.social",)),
        ("@alice.bsky.social.", ("alice.bsky.social",)),
        ("@alice and @museum@mastodon.example", ()),
        ("@a.example @b.example @a.example", ("a.example", "b.example")),
        ("@xn--ls8h.test", ("xn--ls8h.test",)),
        ("@under_score.example @a.1", ()),
        ("mail me@a.example", ()),
    ],
)
def test_a_mention_is_a_handle_of_this_network(text, expected):
    assert handles(text) == expected


def test_a_mention_of_nobody_is_plain_text():
    assert marked("@a.example and @b.example", {"b.example": "did:plc:b", "a.example": ""}) == [
        ("@b.example", "did:plc:b")
    ]


@given(st.text(alphabet=st.sampled_from("a Ş🕯️👨‍👩#@.ə\u0301xocali.az/ http://")))
def test_every_facet_lies_on_whole_letters_in_order_and_apart(text):
    reached, written = 0, text.encode()
    for facet in facets(text, dict.fromkeys(handles(text), "did:plc:x")):
        start, end = facet["index"]["byteStart"], facet["index"]["byteEnd"]
        assert reached <= start < end <= len(written)
        assert written[start:end].decode() in text
        reached = end
