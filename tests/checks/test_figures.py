import pytest

from scheduler.checks import Example, numbers
from scheduler.checks.words import split
from scheduler.model import Card, Kind, Picture
from tests.checks.world import by_id, checked, fact, ledger, rules_of

SAID = "According to Azerbaijan's authorities, "


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("1,275", [1275]),
        ("1.275", [1275]),
        ("1 275", [1275]),
        ("1\u00a0275", [1275]),
        ("1\u202f275", [1275]),
        ("1'275", [1275]),
        ("1275", [1275]),
        ("63 children, 106 women and 70 elderly", [63, 106, 70]),
        ("500-1000 may have died", [500, 1000]),
        ("as many as 15 may have died", [15]),
        ("15 May 1918", []),
        ("on 26 February 1992", []),
        ("February 26, 1992", []),
        ("1992-ci il fevralın 26-da", []),
        ("25-26 February", []),
        ("at 17:00 and 5 p.m.", []),
        ("the 366th regiment, the 35-ci year, 40 %", []),
        ("In 1992, 613 people", [613]),
        ("2000 people", [2000]),
        ("#26february https://a.example/613", []),
        ("B2 and 3rd", []),
    ],
)
def test_numbers_that_may_count_people(text, counted):
    assert [one.value for one in numbers.find(split(text)) if one.counts] == counted


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        ("six hundred and thirteen", "en", 613),
        ("one thousand two hundred seventy-five", "en", 1275),
        ("a hundred", "en", 100),
        ("altı yüz on üç", "az", 613),
        ("min iki yüz yetmiş beş", "az", 1275),
        ("two", "en", 2),
    ],
)
def test_numbers_written_out(text, language, value):
    assert [one.value for one in numbers.find(split(text), language)] == [value]


@pytest.mark.parametrize(
    ("text", "language"), [("one of them and on", "en"), ("bir gün", "az"), ("on iki", "ru")]
)
def test_words_that_are_no_number_worth_counting(text, language):
    assert numbers.find(split(text), language) == ()


def test_another_count_of_the_record_passes_with_its_own_source():
    passing = Example(f"{SAID}613 people were killed; a parliamentary inquiry said 485 were killed.")
    fields = {"facts": ("killed",)}
    assert "figures.unsourced" not in rules_of(checked(Example(passing.text, fields=fields).post()))
    found = checked(Example("485 people were killed.", fields=fields).post())
    (finding,) = (one for one in found if one.rule == "figures.unattributed")
    assert "A parliamentary inquiry" in finding.message


def test_both_ends_of_a_range_are_looked_for():
    text = f"{SAID}15 to 50 people were killed."
    assert not {"figures.unsourced"} & rules_of(
        checked(Example(text, fields={"facts": ("villages",)}).post())
    )
    found = checked(Example("16 to 50 people were killed.", fields={"facts": ("villages",)}).post())
    assert [one.message for one in found if one.rule == "figures.unsourced"] == [
        '"16" cites no fact that has it; no fact in the ledger has it'
    ]


def test_the_missing_fact_is_named():
    (finding,) = (
        one for one in checked(Example("613 people were killed.").post()) if one.rule == "figures.unsourced"
    )
    assert finding.message == '"613" cites no fact that has it; add facts: [killed]'


@pytest.mark.parametrize(
    "fields",
    [
        {"alt": {"en": "613 people were killed"}},
        {"warning": {"en": "613 dead"}},
        {"card": Card("plain", title={"en": "613 people killed"})},
        {"images": (Picture("memorial.jpg", {"en": "613 people killed"}, {"en": "A wall"}),)},
        {"images": (Picture("memorial.jpg", {}, {"en": "A wall: 613 dead"}),)},
    ],
)
def test_numbers_are_found_wherever_people_see_or_hear_them(fields):
    assert "figures.unsourced" in rules_of(checked(Example("Words.", fields=fields).post()))


def test_a_figures_card_prints_its_own_source():
    card = Card("figures", facts=("killed",))
    post = Example("We remember.", fields={"kind": Kind.FIGURES, "card": card}).post()
    assert not {"figures.unattributed", "figures.unsourced"} & rules_of(checked(post))


def test_a_label_in_the_ledger_does_not_turn_people_into_civilians():
    records = ledger(facts=by_id(fact("killed", 613, "killed", label={"en": "civilians killed"})))
    post = Example("We remember.", fields={"card": Card("figures", facts=("killed",))}).post()
    (finding,) = (one for one in checked(post, records=records) if one.rule == "figures.other-unit")
    assert finding.message == "\"613\" is of civilians here, but 'killed' records killed"


def test_a_unit_without_a_list_is_told():
    records = ledger(facts=by_id(fact("odd", 3, "sheep")))
    found = checked(records=records)
    assert "figures.unknown-unit" in rules_of(found)


def test_a_word_the_records_own_wording_has_is_the_records_word():
    wording = {"en": "8 civilians were identified"}
    records = ledger(facts=by_id(fact("found", 8, "killed", wording=wording, confidence="high")))
    post = Example("8 civilians were identified.", fields={"facts": ("found",)}).post()
    assert "figures.other-unit" not in rules_of(checked(post, records=records))


@pytest.mark.long
def test_a_page_of_ranges_brings_nothing_down():
    assert "figures.unsourced" in rules_of(checked(Example("1-" * 3000 + "2 people were killed.").post()))
