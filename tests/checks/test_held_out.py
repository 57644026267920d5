"""What docs/checks.md says of sentences nobody tuned for is what the checks do now."""

import pytest

from tests.checks import held_out
from tests.documents import read


@pytest.mark.parametrize("path", held_out.LISTS, ids=["first", "second", "third"])
@pytest.mark.long
def test_the_figures_on_the_page_are_those_measured(path):
    assert held_out.table(path) in read("docs/checks.md"), "run: python -m tests.checks.held_out"


@pytest.mark.parametrize(
    ("path", "each"), [(held_out.FIRST, 60), (held_out.SECOND, 30), (held_out.THIRD, 20)]
)
def test_the_list_is_long_enough_to_mean_something(path, each):
    lists = held_out.sentences(path)
    assert min(len(lists["stop"]), len(lists["pass"])) >= each
    texts = [entry["text"] for name in ("stop", "pass") for entry in lists[name]]
    assert len(texts) == len(set(texts))
