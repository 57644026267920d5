"""Signs in the campaign's own words: dashes in ranges, quotation marks; quotations stay as they are."""

import pytest

from scheduler.cards import typeset
from scheduler.model import Card
from tests.cards.records import ask


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("25-26 February 1992", "25–26 February 1992"),
        ("10-12 and 14-16 February.", "10–12 and 14–16 February."),
        ("as many as 500-1000 may have died", "as many as 500–1000 may have died"),
        ("(1988-1994)", "(1988–1994)"),
        ("25–26 February", "25–26 February"),
        # Not ranges: days, document numbers, words, versions.
        ("2027-02-26", "2027-02-26"),
        ("A/66/708-S/2012/117", "A/66/708-S/2012/117"),
        ("A/708-2012", "A/708-2012"),
        ("the 366th-regiment", "the 366th-regiment"),
        ("1992-ci il", "1992-ci il"),
        ("x-25-26", "x-25-26"),
    ],
)
def test_a_range_gets_its_dash(typed, printed):
    assert typeset.marks(typed, "en") == printed


@pytest.mark.parametrize("quotation", ["“500-1000 may have died”", "«25-26 февраля»", "„25-26 Februar“"])
def test_what_stands_in_quotation_marks_is_not_touched(quotation):
    assert typeset.marks(f"{quotation}, 25-26 February", "en") == f"{quotation}, 25–26 February"


@pytest.mark.parametrize(
    ("language", "printed"),
    [("en", "the word “genocide”"), ("az", "the word «genocide»"), ("de", "the word „genocide“")],
)
def test_typewriter_marks_become_those_of_the_language(language, printed):
    assert typeset.marks('the word "genocide"', language) == printed


def test_inches_are_no_quotation():
    assert typeset.marks('a 12" and a 7" record', "en") == 'a 12" and a 7" record'


def test_a_card_s_own_words_are_set_and_quoted_ones_are_not():
    said = ask(Card("plain", title={"en": "10-12 February"}, text={"en": "It says “25-26 February”."})).said
    assert (said.title.text, said.text.text) == ("10–12 February", "It says “25-26 February”.")


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("Non!", "Non\u202f!"),
        ("Qui ? Nous ; eux.", "Qui\u202f? Nous\u202f; eux."),
        ("Il dit: «Jamais!»", "Il dit\u00a0: «\u202fJamais\u202f!\u202f»"),
        ("« Jamais » !", "«\u202fJamais\u202f»\u202f!"),
        ("à 18:00 sur https://a.example?b", "à 18:00 sur https://a.example?b"),
        ("le mot “Why?” dit", "le mot “Why?” dit"),
    ],
)
def test_french_gets_its_spaces(typed, printed):
    assert typeset.marks(typed, "fr") == printed
    assert typeset.marks(printed, "fr") == printed


def test_other_languages_get_no_french_spaces():
    assert typeset.marks("Who? «Мы!»", "en") == "Who? «Мы!»"
