import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.preview.marks import Cited, Piece, pieces, web


def test_links_hashtags_and_mentions_are_marked_in_the_order_of_the_text():
    assert pieces("See https://example.org/a, @reader #Xocalı") == (
        Piece("text", "See "),
        Piece("link", "https://example.org/a", "https://example.org/a"),
        Piece("text", ", "),
        Piece("mention", "@reader"),
        Piece("text", " "),
        Piece("hashtag", "#Xocalı"),
    )


def test_a_bare_domain_is_marked_but_leads_nowhere():
    assert Piece("link", "xocali.az", None) in pieces("xocali.az")


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        " https://a.org",
        "",
        None,
    ],
)
def test_only_web_addresses_can_be_followed(address):
    assert web(address) is None


@pytest.mark.parametrize("address", ["https://a.org", "http://a.org", "HTTPS://A.org"])
def test_web_addresses_can_be_followed(address):
    assert web(address) == address


def test_cited_words_lead_to_their_record():
    # "613" stands at 0..3
    assert pieces("613 people", [Cited(0, 3, "killed")]) == (
        Piece("cited", "613", "#killed"),
        Piece("text", " people"),
    )


def test_of_two_marks_that_overlap_the_link_wins():
    text = "https://example.org/613"
    assert pieces(text, [Cited(20, 23, "killed")]) == (Piece("link", text, text),)


def test_the_longer_of_two_cited_names_at_one_place_wins():
    found = pieces("Jeyran Azizova", [Cited(0, 6, "first"), Cited(0, 14, "both")])
    assert found == (Piece("cited", "Jeyran Azizova", "#both"),)


def test_the_first_line_is_the_warning_where_it_says_so():
    found = pieces("Content note: Killing of civilians\nWords.", warning="Killing of civilians")
    assert found == (Piece("warning", "Content note: Killing of civilians"), Piece("text", "\nWords."))


def test_a_first_line_without_the_warning_is_not_marked_as_one():
    assert pieces("Words.\nMore.", warning="Killing of civilians") == (Piece("text", "Words.\nMore."),)


@given(
    st.text("613 #@.:/aə\n-htps", max_size=60),
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 10)), max_size=5),
    st.sampled_from([None, "a", "613"]),
)
def test_the_pieces_together_are_the_text(text, places, warning):
    cited = [Cited(start, start + size, "r") for start, size in places if start + size <= len(text)]
    assert "".join(piece.text for piece in pieces(text, cited, warning)) == text
