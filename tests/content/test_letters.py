import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler import content
from scheduler.content import letters

LETTER = """---
author: ayla
facts: [killed]
quotes: [letter]
---

# We ask for justice

<!-- A note for colleagues:
613 -->
Excellency,
the town was taken
at night.

- One thing;
- another.
"""


def read(text, languages=("en", "az")):
    return letters.read(text, "posts/letters/letter.md", languages)


def texts(letter):
    return [next(iter(words.values())) for words in (letter.text, *(part.text for part in letter.thread))]


def test_a_letter_is_read_as_its_paragraphs_and_what_it_relies_on():
    letter, findings = read(LETTER)
    assert findings == []
    assert texts(letter) == [
        "We ask for justice",
        "Excellency, the town was taken at night.",
        "One thing; another.",
    ]
    assert (letter.id, letter.author, letter.facts, letter.quotes) == (
        "letters/letter",
        "ayla",
        ("killed",),
        ("letter",),
    )


def test_what_is_found_in_a_letter_has_its_own_line():
    letter, _ = read(LETTER)
    # Line 11: "Excellency," stands below the head (5 lines), a heading, a comment of two lines and gaps.
    assert (letter.span("thread", 0, "text", "en").line, letter.span("facts", 0).line) == (11, 3)
    at = letter.span("facts", 0)
    assert LETTER[at.start : at.end] == "killed"


@pytest.mark.parametrize(
    ("text", "rule", "line"),
    [
        ("---\nfacts: [killed]\nfact: [a]\n---\nText.\n", "letter.unknown-key", 3),
        ("---\n- a\n---\nText.\n", "letter.type", 1),
        ('---\nfacts: "\n---\nText.\n', "yaml.syntax", 3),
        ("Text \u202eback.\n", "letter.character", 1),
    ],
)
def test_what_is_wrong_in_a_letter_is_a_finding_at_its_line(text, rule, line):
    _, findings = read(text)
    assert [(finding.rule, finding.line) for finding in findings] == [(rule, line)]


def test_a_letter_without_a_head_relies_on_nothing_and_is_in_the_first_language():
    letter, findings = read("\ufeffOne.\r\n\r\nTwo.\r\n", ("az",))
    assert (letter.text, letter.thread[0].text, letter.facts, findings) == (
        {"az": "One."},
        {"az": "Two."},
        (),
        [],
    )


def test_a_letter_that_is_not_utf8_is_a_finding_and_breaks_no_post(tmp_path):
    folder = tmp_path / "posts" / "letters"
    folder.mkdir(parents=True)
    (folder / "a.md").write_bytes(b"\xff\xfe")
    (folder / "b.md").write_text("Well.", encoding="utf-8")
    (tmp_path / "posts" / "notes.md").write_text("No letter.", encoding="utf-8")
    found = content.read(tmp_path / "posts", ("en",), tmp_path)
    assert [(one.rule, one.file) for one in found.findings] == [("yaml.unreadable", "posts/letters/a.md")]
    assert [letter.id for letter in found.letters] == ["letters/b"]
    assert found.broken == frozenset()


@given(st.text(max_size=300) | st.text(alphabet="-\n a:[]#<!>*", max_size=200))
def test_no_text_brings_the_reader_of_letters_down(text):
    letter, _ = read(text)
    for number, words in enumerate(texts(letter) if letter.text else []):
        path = ("thread", number - 1, "text", "en") if number else ("text", "en")
        assert words
        assert letter.span(*path) is not None
