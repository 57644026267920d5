import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.checks import Example
from scheduler.checks.words import Index, split
from scheduler.model import WordList
from tests.checks.world import by_id, checked, ledger


def found(entry, text):
    index = Index({"a": WordList("a", rule="r", words={"en": (entry,)})})
    reading = index.read(text)
    return [reading.shown(hit) for hit in reading.hits("r")]


@pytest.mark.parametrize(
    ("entry", "text", "hits"),
    [
        ("revenge", "No REVENGE, no revenger.", ["REVENGE"]),
        ("soyqırım*", "SOYQIRIMI və Soyqırımının", ["SOYQIRIMI", "Soyqırımının"]),
        ("intikam*", "İntikam, intıkam, INTIKAM", ["İntikam", "intıkam", "INTIKAM"]),
        ("*mırıq", "axtarmırıq", ["axtarmırıq"]),
        (
            "so-called genocide",
            "the so called genocide; the so-called\ngenocide",
            ["so called genocide", "so-called genocide"],
        ),
        ("like … genocide claims", "like some of the genocide claims", ["like some of the genocide claims"]),
        ("like … genocide claims", "like one two three four five genocide claims", []),
        ("dead bodies", "They are dead. Bodies of law exist.", []),
        ("dead bodies", "dead\n\nbodies", []),
        ("revenge", "#revenge @revenge https://revenge.example/revenge revenge@a.example", []),
        ("killed", "kil\u00adled, kill\u200bed", ["killed", "killed"]),
        ("məhkəmə*", "Avropa Məhkəməsi", ["Məhkəməsi"]),
        ("армяне", "АРМЯНЕ", ["АРМЯНЕ"]),
        ("*", "anything", []),
        ("…", "anything", []),
    ],
)
def test_how_a_listed_word_is_found(entry, text, hits):
    assert found(entry, text) == hits


def test_an_abbreviation_does_not_end_a_sentence_in_the_middle():
    # "about 11 p.m. the" goes on in small letters, but a reader cannot tell a machine where sentences end:
    # what matters is that words after a real end are not joined to those before.
    words = split("It was late. The end")
    assert words.sentence == (0, 0, 0, 1, 1)


@given(st.text(max_size=200))
def test_any_text_can_be_read_and_every_word_is_where_it_says(text):
    words = split(text)
    assert list(words.starts) == sorted(words.starts)
    assert all(words.text[start:end].strip() for start, end in zip(words.starts, words.ends, strict=True))
    assert all(
        len(word) == end - start
        for word, start, end in zip(words.folded, words.starts, words.ends, strict=True)
    )


@given(st.text(max_size=200), st.sampled_from(["en", "az", "ru", "xx"]))
def test_no_text_brings_the_checks_down(text, language):
    checked(Example(text, language).post())


def test_a_list_of_a_rule_that_does_not_exist_is_told_with_the_rule_that_was_meant():
    words = WordList("cruel", rule="dehumanizing", words={"en": ("savages",)})
    found = [
        one for one in checked(records=ledger(wording=by_id(words))) if one.rule == "wording.unknown-list"
    ]
    assert [one.message for one in found] == [
        "'cruel': no check reads lists of rule 'dehumanizing'; did you mean 'dehumanising'?"
    ]
