"""Pages of the program are named so that a person finds them, from whichever folder."""

from pathlib import Path

import pytest

from scheduler.platforms import pages

ROOT = Path(__file__).parents[2]
SENTENCE, PAGE = "; {} shows how", "how-to/be-told.md"


def test_a_page_is_named_from_the_folder_that_a_person_stands_in(monkeypatch, tmp_path):
    monkeypatch.chdir(ROOT)
    assert pages.told(SENTENCE, PAGE) == "; docs/how-to/be-told.md shows how"
    monkeypatch.chdir(tmp_path)
    assert pages.told(SENTENCE, PAGE) == f"; {ROOT}/docs/how-to/be-told.md shows how"


def test_without_pages_nothing_is_promised(monkeypatch, tmp_path):
    monkeypatch.setattr(pages, "HOME", tmp_path)
    assert pages.told(SENTENCE, PAGE) == ""


@pytest.mark.parametrize(
    "page", ["how-to/be-told.md", "how-to/leave-it-running.md", "platforms", "checks.md"]
)
def test_the_pages_that_messages_name_are_there(page):
    assert (ROOT / "docs" / page).exists()
