"""What docs/checks.md says of sentences nobody tuned for is what the checks do now."""

from tests.checks import held_out
from tests.documents import read


def test_the_figures_on_the_page_are_those_measured():
    assert held_out.table() in read("docs/checks.md"), "run: python -m tests.checks.held_out"


def test_the_list_is_long_enough_to_mean_something():
    read_list = held_out.sentences()
    assert len(read_list["stop"]) >= 60
    assert len(read_list["pass"]) >= 60
    texts = [entry["text"] for name in ("stop", "pass") for entry in read_list[name]]
    assert len(texts) == len(set(texts))
