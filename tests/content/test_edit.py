import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.content import source
from scheduler.errors import ContentError

FILE = """\
# The week before
- id: figures        # do not rename
  when: D-2 10:00    # Asia/Baku
  text: {en: "One", az: "Bir"}
  priority: 5
  note:
  long: |
    first
    second

- {id: short, when: D-1 10:00}
"""


def replaced(text, path, value):
    return source.replace(text, source.load(text, "a.yaml").spans[path], value)


def test_a_time_is_replaced_and_its_comment_stays():
    assert replaced(FILE, "0.when", "D-1 18:00") == FILE.replace("D-2 10:00", "D-1 18:00")


def test_a_value_between_braces_is_replaced():
    assert replaced(FILE, "1.when", "next slot") == FILE.replace("D-1 10:00", "next slot")


def test_an_empty_value_is_filled_in():
    assert replaced(FILE, "0.note", "a: b") == FILE.replace("  note:\n", '  note: "a: b"\n')


def test_a_block_text_is_replaced_and_the_empty_line_behind_it_stays():
    assert replaced(FILE, "0.long", "x") == FILE.replace("|\n    first\n    second", "x")


def test_a_whole_map_is_replaced_by_one_value():
    assert replaced(FILE, "0.text", "One") == FILE.replace('{en: "One", az: "Bir"}', "One")


def test_a_key_is_added_behind_the_id():
    spans = source.Spans(("", source.load(FILE, "a.yaml").root.items[0], "a.yaml"))
    expected = FILE.replace("# do not rename\n", "# do not rename\n  draft: true\n")
    assert source.add(FILE, spans, "draft", True) == expected


def test_a_key_is_added_between_braces():
    spans = source.Spans(("", source.load(FILE, "a.yaml").root.items[1], "a.yaml"))
    assert source.add(FILE, spans, "draft", False) == FILE.replace("{id: short,", "{id: short, draft: false,")


def test_a_key_is_added_to_a_file_without_a_last_line_end():
    text = "- id: a"
    spans = source.Spans(("", source.load(text, "a.yaml").root.items[0], "a.yaml"))
    assert source.add(text, spans, "when", "D 10:00") == "- id: a\n  when: D 10:00"


def test_a_key_added_to_a_file_of_windows_gets_its_line_end():
    text = "- id: a\r\n  kind: text\r\n"
    spans = source.Spans(("", source.load(text, "a.yaml").root.items[0], "a.yaml"))
    assert source.add(text, spans, "when", "D 10:00") == "- id: a\r\n  when: D 10:00\r\n  kind: text\r\n"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("D-1 10:00", "D-1 10:00"),
        ("next slot", "next slot"),
        ("18:00", "18:00"),
        ("yes", '"yes"'),
        ("613", '"613"'),
        ("1_000", '"1_000"'),  # YAML 1.1 leaves the line out; and more noughts than we take for a number
        ("0" * 19, '"0000000000000000000"'),
        ("", '""'),
        ("a: b", '"a: b"'),
        ("a #b", '"a #b"'),
        ("Xocalı", '"Xocalı"'),
        (True, "true"),
        (7, "7"),
        (None, "null"),
    ],
)
def test_values_are_quoted_where_they_need_it(value, written):
    assert source.quote(value) == written


def test_half_a_character_cannot_be_written():
    with pytest.raises(ContentError, match="surrogate"):
        source.quote("\ud800")


# What a file may hold at all: controls, line separators and direction controls are findings.
words = st.text(
    st.characters(codec="utf-8", categories=["L", "M", "N", "P", "S", "Zs"], include_characters="\n")
).map(str.strip)


@given(words, st.sampled_from(["0.when", "0.text", "0.text.az", "0.priority", "0.note", "0.long", "1.when"]))
def test_replacing_gives_that_value_and_keeps_all_else_byte_for_byte(value, path):
    span = source.load(FILE, "a.yaml").spans[path]
    text = source.replace(FILE, span, value)
    assert text.startswith(FILE[: span.start])
    assert text.endswith(FILE[span.end :])
    document = source.load(text, "a.yaml")
    assert document.findings == []
    read = document.value
    for step in path.split("."):
        read = read[int(step) if step.isdigit() else step]
    assert read == source.load("a: " + source.quote(value), "a.yaml").value["a"]
    assert isinstance(read, str)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_key_is_added_behind_its_own_line_whatever_ends_the_lines(end):
    text = f"- id: one{end}  when: D-1 10:00{end}- id: two{end}"
    spans = source.load(text, "a.yaml").spans
    mapping = {
        path.removeprefix("0").removeprefix("."): span for path, span in spans.items() if path[:1] == "0"
    }
    added = source.add(text, mapping, "draft", True)
    assert added == f"- id: one{end}  draft: true{end}  when: D-1 10:00{end}- id: two{end}"
