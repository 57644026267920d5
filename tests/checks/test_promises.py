"""What must pass and what must not, whoever is spoken of: a sentence is tried with either side's name."""

import pytest

from scheduler.checks import Example, stops
from scheduler.model import Picture, Severity
from tests.checks.world import answers, checked

SIDES = [("Armenians", "Armenian"), ("Azerbaijanis", "Azerbaijani")]


@pytest.mark.parametrize(
    "example",
    [
        Example("We, the campaign, regard it as genocide under the 1948 Convention and ask for recognition."),
        Example("We call on the Government of Armenia to apologise."),
        Example("To the Armenian people: we want peace and justice."),
        Example("To the Azerbaijani people: we want peace and justice."),
        Example("Ermənilər və azərbaycanlılar burada birlikdə yaşayırdı.", "az"),
        Example("We are not seeking revenge!"),
        Example("Biz qisas axtarmırıq!", "az"),
        Example("Мы не ищем мести!", "ru"),
        Example("The “Convention on the Prevention and Punishment of the Crime of Genocide” says it."),
        Example("The memorial “Mother’s Cry” stands in Baku."),
        Example("The Daily Example: “Massacre uncovered in Azerbaijan”", fields={"quotes": ("headline",)}),
        Example("Write to press@justiceforkhojaly.org."),
        Example("Soldiers of the 366th regiment were there."),
        Example("There are five ways to help, and 5 ways to write."),
        Example("A survivor of Srebrenica came to our exhibition."),
        Example("Karabakh Armenian forces attacked the town; Armenian civilians helped some to flee."),
        Example("Every civilian killed in the conflict, Azerbaijani or Armenian, had a name and a family."),
        Example("Guilt belongs to perpetrators, never to a people."),
    ],
)
def test_honest_advocacy_passes(example):
    assert stops(checked(example.post())) == {}


@pytest.mark.parametrize(
    "example",
    [
        Example("Reportedly, 5,000 were killed."),
        Example("Reportedly, 5,000 were killed.", fields={"facts": ("night", "children")}),
        Example("We remember 613 civilians.", fields={"facts": ("killed",)}),
        Example("The European Court of Human Rights recognised it.", fields={"facts": ("killed",)}),
        Example("Words.", fields={"images": (Picture("memorial.jpg", alt={"en": "A wall"}),)}),
        Example("Words.", fields={"images": (Picture("a.jpg", {"en": "5,000 killed"}, {"en": "A wall"}),)}),
        Example("The vermin came."),
        Example("He called it a way to “break stereotypes”."),
    ],
)
def test_what_no_record_shows_does_not_pass(example):
    assert stops(checked(example.post()))


@pytest.mark.parametrize(("people", "adjective"), SIDES)
@pytest.mark.parametrize(
    ("sentence", "severity"),
    [
        ("{people} killed their neighbours.", Severity.BLOCKED),
        ("They were tortured by {people}.", Severity.BLOCKED),
        ("{people} are war criminals.", Severity.BLOCKED),
        ("The {adjective} butchers came.", Severity.BLOCKED),
        ("Barbaric {people} came.", Severity.BLOCKED),
        ("The so-called {adjective} genocide is a tale.", Severity.BLOCKED),
        ("The {adjective} people suffered.", Severity.WARNING),
        ("{people} were killed as they fled.", None),
        ("{adjective} forces killed civilians.", None),
    ],
)
def test_both_sides_are_treated_alike(people, adjective, sentence, severity):
    post = Example(sentence.format(people=people, adjective=adjective)).post()
    worded = {one.severity for one in checked(post) if one.rule.startswith("wording.")}
    assert worded == ({severity} if severity else set())


@pytest.mark.parametrize(
    "text",
    [
        "She said 'they came at night', she said.",
        "She said `they came at night`.",
        "She said <<they came at night>>.",
        "She said ``they came at night''.",
        "She said ❝they came at night❞.",
        "She said 《they came at night》.",
    ],
)
def test_any_language_s_quotation_marks_need_a_record(text):
    assert "quotes.unrecorded" in {one.rule for one in checked(Example(text).post())}


@pytest.mark.parametrize(
    "text",
    [
        "It's the survivors' right, and the witnesses' too.",
        "Rock 'n' roll isn't what we play.",
        "O'Brien's report on the '90s and the '80s' end",
        "the victims' families, the towns' names",
        "'a " * 5000,
    ],
)
def test_an_apostrophe_opens_no_quotation(text):
    assert not {one.rule for one in checked(Example(text).post()) if one.rule.startswith("quotes.")}


def test_what_a_record_lacks_cannot_be_answered_away():
    post = Example("Khojaly witness.", fields={"people": ("unasked",)}).post()
    (asked,) = (one for one in checked(post) if one.rule == "people.consent")
    assert stops(checked(post, answered=answers(asked.cause, "Aynur", "Rauf")))
