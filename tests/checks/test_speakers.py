import pytest

from scheduler.checks import speakers
from scheduler.checks.words import Index
from tests.checks.world import ledger

INDEX = Index(ledger().wording)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Report agency", "613 people were killed, the report says."),
        ("Report agency", "An agency report at the time said 20."),
        ("Memorial (1992)", "At the memorial 613 names are read."),
    ],
)
def test_a_common_word_is_not_the_body_that_has_it_for_a_name(name, text):
    assert not speakers.named(name, text, INDEX)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Report agency", "The Report agency says so."),
        ("Report agency", "“Report” agentliyi xəbər verir."),
        ("Memorial (1992)", "Memorial wrote in 1992 of frost."),
        ("Memorial (1992)", "“Memorial”ın yazdığına görə."),
        ("Azərbaycan rəsmiləri", "azərbaycanlı rəsmilər bildirir"),
    ],
)
def test_a_body_is_met_by_its_name_in_its_forms(name, text):
    assert speakers.named(name, text, INDEX)
