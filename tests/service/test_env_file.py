"""Writing into .env: one line changes, everything else stays to the letter."""

import stat
from io import StringIO

import pytest
from dotenv import dotenv_values
from hypothesis import given
from hypothesis import strategies as st

from scheduler.errors import ConfigError
from scheduler.service.env_file import changed, put


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "A=new\n"),
        ("B=1", "B=1\nA=new\n"),
        ("# A=comment\nB=1\n", "# A=comment\nB=1\nA=new\n"),
        ("A=old\nB=1\n", "A=new\nB=1\n"),
        ("\n\n  export A = 'o l d' # why\nB=1\n", "\n\n  export A=new\nB=1\n"),
        ("A=one\nB=1\nA=two\n", "A=new\nB=1\n"),
        ("A=old\r\nB=1\r\n", "A=new\r\nB=1\r\n"),
        ("AA=1\nBA=2\n", "AA=1\nBA=2\nA=new\n"),
        ('M="a\nA=inside\nb"\n', 'M="a\nA=inside\nb"\nA=new\n'),
        ("A\nB=1\n", "A=new\nB=1\n"),
        ("broken line\nB=1\n", "broken line\nB=1\nA=new\n"),
    ],
)
def test_one_line_changes(before, after):
    assert changed(before, {"A": "new"}) == after


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40).map(str.strip))
def test_whatever_the_value_it_is_read_back_as_it_was(value):
    text = changed("B=1\n", {"A": value})
    assert dotenv_values(stream=StringIO(text), interpolate=False) == {"B": "1", "A": value}


def test_a_new_file_is_the_owners_alone(tmp_path):
    put(tmp_path / ".env", {"A": "1"})
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [".env"]


def test_where_it_cannot_be_written_nothing_is_lost_and_nothing_quoted(tmp_path):
    (tmp_path / ".env").mkdir()
    with pytest.raises(ConfigError) as raised:
        put(tmp_path / ".env", {"A": "canary"})
    assert "canary" not in str(raised.value)
