import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.content import source
from scheduler.errors import ContentError
from scheduler.model import Severity


def told(text, **options):
    """What is said of a text: (line, column, rule) of each finding."""
    return [(one.line, one.column, one.rule) for one in source.load(text, "a.yaml", **options).findings]


# YAML 1.2.2 §10.3.2, "Tag Resolution" of the core schema; PyYAML reads several of these as YAML 1.1 does.
@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("18:00", "18:00"),
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("Off", "Off"),
        ("010", 10),
        ("0o10", 8),
        ("0x1F", 31),
        ("-7", -7),
        ("1_000", "1_000"),
        ("1992-02-26", "1992-02-26"),
        ("2027-02-14 18:00", "2027-02-14 18:00"),
        ("true", True),
        ("FALSE", False),
        ("~", None),
        ("null", None),
        ("", None),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("'613'", "613"),
        ('"true"', "true"),
        ("1992022619920226199", "1992022619920226199"),  # 19 digits: an identifier
        ("=", "="),
    ],
)
def test_scalars_are_read_as_yaml_1_2_reads_them(written, value):
    read = source.load(f"a: {written}", "a.yaml").value["a"]
    assert (read, type(read)) == (value, type(value))


def test_text_comes_out_in_nfc_without_spaces_at_line_ends():
    decomposed = "s\u0327"  # ş as a letter and a cedilla
    assert source.load(f'a: "{decomposed}"\nb: |\n  one  \n  two\n', "a.yaml").value == {
        "a": "ş",
        "b": "one\ntwo",
    }


def test_every_value_and_every_key_keeps_its_place():
    text = "- id: figures\n  text: {en: “a”, az: b}\n  facts:\n    - killed\n"
    spans = source.load(text, "posts/a.yaml").spans
    places = {path: (span.line, span.column, text[span.start : span.end]) for path, span in spans.items()}
    assert places == {
        "": (1, 1, text[:-1]),
        "0": (1, 3, text[2:-1]),
        "0.~id": (1, 3, "id"),
        "0.id": (1, 7, "figures"),
        "0.~text": (2, 3, "text"),
        "0.text": (2, 9, "{en: “a”, az: b}"),
        "0.text.~en": (2, 10, "en"),
        "0.text.en": (2, 14, "“a”"),
        "0.text.~az": (2, 19, "az"),
        "0.text.az": (2, 23, "b"),
        "0.~facts": (3, 3, "facts"),
        "0.facts": (4, 5, "- killed"),
        "0.facts.0": (4, 7, "killed"),
    }
    assert {span.file for span in spans.values()} == {"posts/a.yaml"}


def test_offsets_count_the_byte_order_mark_and_columns_do_not():
    text = "\ufeffid: figures"
    span = source.load(text, "a.yaml").spans["id"]
    assert (span.line, span.column, text[span.start : span.end]) == (1, 5, "figures")


def test_a_block_text_ends_before_the_empty_lines_behind_it():
    text = "a: |\n  one\n  two\n\n\nb: 1\n"
    span = source.load(text, "a.yaml").spans["a"]
    assert text[span.start : span.end] == "|\n  one\n  two"


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ('a: "open\nb: 1\n', (3, 1), "quotation mark opened in line 1"),
        ("a: one: two", (1, 7), "a colon stands where none is expected"),
        ("a: [x, y\nb: 1\n", (2, 2), "bracket opened in line 1"),
        ("a: {years} years since", (1, 12), "put all of it in double quotes"),
        ("a: 'it's'", (1, 8), "put all of it in double quotes"),
        ("a: @khojaly", (1, 4), "cannot begin with this character"),
        ("a:\n  b: 1\n c: 2", (3, 2), "indented differently"),
        ("- a\nb: 1", (2, 1), "a list item was expected"),
        ("a: 1\nwords\nb: 2", (3, 1), "neither `key: value` nor part of a text"),
        (r'a: "C:\quiet"', (1, 8), "backslash"),
        ('a: "\\UFFFFFFFF"', (1, 5), "a character that does not exist"),
        ("a: - b", (1, 4), "a list cannot begin here"),
        ("a: |x\n  b", (1, 5), "begins on the next line"),
        ("%x", (1, 3), "cannot begin with %"),
        ("}", (1, 1), "cannot be read as YAML"),
    ],
)
def test_broken_yaml_is_told_in_plain_words_at_its_place(text, place, words):
    document = source.load(text, "a.yaml")
    (finding,) = document.findings
    assert document.broken
    assert document.value is None
    assert (finding.severity, finding.rule) == (Severity.ERROR, "yaml.syntax")
    assert (finding.line, finding.column) == place
    assert words in finding.message


def test_every_tab_is_told_at_its_line_except_in_comments():
    text = "a:\n\tb: 1\n# note\tone\nc: 1 # two\tthree\nd:\t1\n"
    assert told(text) == [(2, 1, "yaml.tab"), (5, 3, "yaml.tab")]


def test_a_key_written_twice_names_the_first_line_and_the_first_value_stays():
    document = source.load("a: 1\nb: 2\na: 3\n", "a.yaml")
    (finding,) = document.findings
    assert (finding.line, finding.column, finding.rule) == (3, 1, "yaml.duplicate-key")
    assert "line 1" in finding.message
    assert document.value == {"a": 1, "b": 2}


def test_values_that_repeat_values_are_refused():
    laughs = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"
    assert told(laughs) == [
        (1, 4, "yaml.alias"),
        (2, 4, "yaml.alias"),
        (2, 8, "yaml.alias"),
        (2, 12, "yaml.alias"),
        (3, 5, "yaml.alias"),
        (3, 9, "yaml.alias"),
    ]


def test_too_many_faults_end_the_reading():
    document = source.load("- *a\n" * 500, "a.yaml")
    assert document.broken
    assert len(document.findings) == 100


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("a: !!str 1", "yaml.tag"),
        ("[" * 30 + "]" * 30, "yaml.too-deep"),
        ("a: 1\n---\nb: 2\n", "yaml.documents"),
        ("? [a]\n: 1", "yaml.key"),
        ("? \n: 1", "yaml.key"),
        ("", "yaml.empty"),
        (" \n\n", "yaml.empty"),
        ("\ufeff", "yaml.empty"),
        ("a: \x07", "yaml.character"),
        ("a: b\u2028c", "yaml.character"),
        ("a: b\ufeffc", "yaml.character"),
        ("a: \ud800", "yaml.character"),
        ("a: x\u202ey", "yaml.character"),
        (r'a: "x\u202ey"', "yaml.character"),
        (r'a: "\0"', "yaml.character"),
    ],
)
def test_what_has_no_place_in_a_file_is_refused_with_one_error(text, rule):
    (finding,) = source.load(text, "a.yaml").findings
    assert (finding.rule, finding.severity) == (rule, Severity.ERROR)


def test_a_direction_control_is_told_where_it_stands_and_does_not_reach_the_text():
    document = source.load("a: one\nb: two \u202ethree\n", "a.yaml")
    assert [(one.line, one.column) for one in document.findings] == [(2, 8)]
    assert "U+202E (RIGHT-TO-LEFT OVERRIDE)" in document.findings[0].message
    assert document.value == {"a": "one", "b": "two three"}


def test_a_file_of_comments_is_neither_broken_nor_a_fault():
    document = source.load("# nothing yet\n", "a.yaml")
    assert (document.value, document.broken, document.findings) == (None, False, [])


def test_a_hashtag_lost_to_a_comment_is_told():
    document = source.load("a: Remember #Khojaly\nb: now # a note\nc: '#x #y'\n", "a.yaml")
    (finding,) = document.findings
    assert (finding.line, finding.column, finding.severity) == (1, 12, Severity.WARNING)
    assert document.value["a"] == "Remember"


def test_a_question_between_braces_is_text():
    text = "{en: Who was she? Nobody asked., link: https://a.example/?q=1}"
    expected = {"en": "Who was she? Nobody asked.", "link": "https://a.example/?q=1"}
    assert source.load(text, "a.yaml").value == expected
    assert source.load(text, "a.yaml", pure=True).value == expected


def test_bytes_that_are_not_utf_8_are_told_with_their_line():
    document = source.load("a: 1\nb: \xe7\n".encode("latin-1"), "a.yaml")
    (finding,) = document.findings
    assert (finding.file, finding.line, finding.rule) == ("a.yaml", 2, "yaml.unreadable")
    assert "UTF-8" in finding.message
    assert document.broken


def test_a_file_of_more_than_two_megabytes_is_refused(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_bytes(b"a" * 2_000_001)
    with pytest.raises(ContentError, match="larger than 2 MB"):
        source.read_text(path, "a.yaml")


def test_a_file_that_cannot_be_opened_is_a_content_error(tmp_path):
    with pytest.raises(ContentError, match="cannot be read"):
        source.read_text(tmp_path / "missing.yaml", "missing.yaml")


def test_read_text_keeps_the_files_own_line_ends(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_bytes("\ufeffa: ş\r\n".encode())
    assert source.read_text(path, "a.yaml") == "\ufeffa: ş\r\n"


TOKENS = [
    *["a", "b", "1", "é", "😀", "yes", "null", "0x1F", " ", "\n", "\n  ", "\n    ", "\r\n", "\t", "\xa0"],
    *[
        ": ",
        ":",
        "- ",
        "-",
        "? ",
        "?",
        ", ",
        ",",
        "{",
        "}",
        "[",
        "]",
        "#",
        " #",
        "#x",
        "|",
        ">",
        "|+",
        ">-\n",
    ],
    *['"', "'", "''", "\\", "\\u202e", "\\x", "\\U0010ffff", "&", "&a ", "*", "*a", "!", "%", "@", "`", "~"],
    *["---", "...", "\ufeff", "=", "<<", "\x07", "\u202e"],
]
yaml_like = st.lists(st.sampled_from(TOKENS), max_size=16).map("".join)


@given(st.text() | yaml_like)
def test_any_text_is_read_or_told_and_never_raises(text):
    document = source.load(text, "a.yaml")
    assert document.broken is False or document.findings
    for span in document.spans.values():
        assert 0 <= span.start <= span.end <= len(text)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_told_and_never_raise(data):
    document = source.load(data, "a.yaml")
    assert document.broken is False or document.findings


@given(yaml_like)
def test_both_parsers_give_the_same_values_places_and_findings(text):
    one, other = source.load(text, "a.yaml"), source.load(text, "a.yaml", pure=True)
    assert one.findings == other.findings
    assert repr(one.value) == repr(other.value)  # repr: .nan is not equal to itself
    assert dict(one.spans) == dict(other.spans)
