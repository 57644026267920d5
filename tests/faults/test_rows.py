"""The fault table is whole: every row is listed, and every test it names exists and names its row."""

import ast
from pathlib import Path

import pytest

from tests.faults.rows import ROWS

ROOT = Path(__file__).parents[2]
OURS = "tests/faults/test_"


def docstrings(path):
    """The tests of a file by name, each with its docstring."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {
        node.name: ast.get_docstring(node) or ast.get_docstring(tree) or ""
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def test_every_row_is_listed_with_its_tests_or_why_there_are_none():
    assert list(ROWS) == list(range(1, 38))
    assert [number for number, row in ROWS.items() if not (row.tests or row.left_out)] == []


@pytest.mark.parametrize("number", [number for number, row in ROWS.items() if row.tests])
def test_every_test_of_a_row_exists(number):
    for test in ROWS[number].tests:
        path, _, name = test.partition("::")
        assert (ROOT / path).is_file(), test
        assert name in docstrings(path), test


def test_every_test_of_a_row_is_in_the_table():
    named = {test for row in ROWS.values() for test in row.tests}
    for path in sorted((ROOT / "tests" / "faults").glob("test_*.py")):
        for name, words in docstrings(path.relative_to(ROOT)).items():
            if words.startswith("Row "):
                test = f"{path.relative_to(ROOT)}::{name}"
                assert test in named, test
