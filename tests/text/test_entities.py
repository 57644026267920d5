import importlib.util
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.text import entities
from tests.thorough import examples


def found(text, kind):
    return [text[e.start : e.end] for e in entities.find(text) if e.kind == kind]


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        # Where one begins
        ("#hashtag", ["#hashtag"]),
        ("text #hashtag", ["#hashtag"]),
        ("text #hashtag text", ["#hashtag"]),
        ("text\n#hashtag", ["#hashtag"]),
        ("\u3000#hashtag", ["#hashtag"]),
        ("(#tag)", ["#tag"]),
        ("[#tag]", ["#tag"]),
        ("“#tag”", ["#tag"]),
        (".#tag", ["#tag"]),
        ("!#tag", ["#tag"]),
        ("söz#tag", []),
        ("text1#tag", []),
        ("a_#tag", []),
        ("&#nbsp;", []),
        ("/#tag", ["#tag"]),
        ("-#tag", ["#tag"]),
        ("＃tag", ["＃tag"]),
        ("##tag", ["#tag"]),
        ("# tag", []),
        ("#", []),
        # What it may consist of
        ("#26february", ["#26february"]),
        ("#1992", []),
        ("#1992_", []),
        ("#_", []),
        ("#_a", ["#_a"]),
        ("#1a", ["#1a"]),
        ("#ədalət", ["#ədalət"]),
        ("#Xocalı", ["#Xocalı"]),
        ("#Şəhid_1", ["#Şəhid_1"]),
        ("#i̇nsan", ["#i̇nsan"]),
        ("#Ходжалы", ["#Ходжалы"]),
        ("#ハッシュタグ", ["#ハッシュタグ"]),
        ("#트위터", ["#트위터"]),
        ("#سیاست", ["#سیاست"]),
        ("#می\u200cخواهم", ["#می\u200cخواهم"]),
        ("#עַל־יְדֵי", ["#עַל־יְדֵי"]),
        ("#l·l", ["#l·l"]),
        ("#ประเทศไทย", ["#ประเทศไทย"]),
        ("#\U00020021", ["#\U00020021"]),
        # Where it ends
        ("#26-february", []),
        ("#COVID-19", ["#COVID"]),
        ("#Xocalı’ya", ["#Xocalı"]),
        ("#Xocalı'ya", ["#Xocalı"]),
        ("#tag.", ["#tag"]),
        ("#tag, #other!", ["#tag", "#other"]),
        ("#tag/word", ["#tag"]),
        ("#tag&word", ["#tag"]),
        ("#a#b", []),
        ("#a ##b", ["#a", "#b"]),
        ("#tag://", []),
        ("#Azərbaycan🇦🇿", ["#Azərbaycan"]),
        # Emoji
        ("🔥#tag", ["#tag"]),
        ("❤️#tag", ["#tag"]),
        ("#️⃣1", []),
        ("#️⃣ #tag", ["#tag"]),
        # Links
        ("https://example.org/#tag", []),
        ("https://example.org/a#tag", []),
        ("https://example.org/a #tag", ["#tag"]),
        ("#tag https://example.org", ["#tag"]),
    ],
)
def test_hashtags_are_found_as_x_finds_them(text, tags):
    assert found(text, "hashtag") == tags


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("Read https://example.org/appeal?lang=az&x=1 now", ["https://example.org/appeal?lang=az&x=1"]),
        ("(https://example.org)", ["https://example.org"]),
        ("https://example.org.", ["https://example.org"]),
        ("https://example.org/a,", ["https://example.org/a"]),
        (
            "https://en.wikipedia.org/wiki/Khojaly_(disambiguation)",
            ["https://en.wikipedia.org/wiki/Khojaly_(disambiguation)"],
        ),
        ("xocali.az and www.un.org", ["xocali.az", "www.un.org"]),
        ("http://localhost:8000/a", []),
        ("info@example.org", []),
        ("26.02.1992", []),
        ("https://a.az\nhttps://b.az", ["https://a.az", "https://b.az"]),
        ("https://example.org:8443/a", ["https://example.org:8443/a"]),
    ],
)
def test_links(text, links):
    assert found(text, "link") == links


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ("@UNESCO and @anar@social.example.", ["@UNESCO", "@anar@social.example"]),
        ("Thanks @anar.bsky.social!", ["@anar.bsky.social"]),
        ("info@example.org", []),
        ("(@anar)", ["@anar"]),
        ("@", []),
        ("https://social.example/@anar", []),
        ("@anar’s", ["@anar"]),
        ("の@anarに", ["@anar"]),
        ("@anarə", []),
    ],
)
def test_mentions(text, mentions):
    assert found(text, "mention") == mentions


def test_offsets_count_characters_and_stay_in_order():
    text = "👍 #peace https://a.az @anar"
    assert entities.find(text) == (
        entities.Entity("hashtag", 2, 8),
        entities.Entity("link", 9, 21),
        entities.Entity("mention", 22, 27),
    )


def test_a_name_with_more_labels_than_a_domain_can_have_is_no_link():
    # 3,000 labels; the parser alone would think about them for more than a minute.
    assert entities.links("a." * 3000 + "az") == ()
    assert entities.links("a." * 120 + "az") == ((0, 242),)


def test_links_without_a_protocol_are_left_out_on_request():
    assert entities.links("xocali.az https://a.az", bare=False) == ((10, 22),)


@settings(max_examples=examples(300))
@given(st.text(alphabet=st.sampled_from("aıəZ.:/@#-_? \n\u3000\u202a(),&=1正e\u0301"), max_size=40))
def test_looking_run_by_run_finds_the_links_of_the_whole_text(text):
    text = text.replace("a", "https://a.az") if len(text) % 2 else text.replace("Z", "xocali.az/")
    whole = entities._parser().extract_urls_with_indices(text)
    assert entities.links(text) == tuple(tuple(link["indices"]) for link in whole)


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_entities_never_overlap(text):
    reached = 0
    for entity in entities.find(text):
        assert reached <= entity.start < entity.end <= len(text)
        reached = entity.end


def test_the_slow_start_of_the_parser_package_is_not_run():
    entities.find("xocali.az")
    assert "twitter_text" not in sys.modules
    folder = Path(next(iter(importlib.util.find_spec("twitter_text").submodule_search_locations)))
    assert Path(entities._parser().__file__).parent == folder
