"""The sample's word lists and ledger against sentences: what may be said, and what stops."""

from datetime import UTC, datetime, time
from pathlib import Path

import pytest

from scheduler import checks, config, content, planning
from scheduler.model import Kind, Post, Severity, When

ROOT = Path(__file__).parent.parent
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MEMORY = checks.Memory()
"""So that the word lists are made ready once, not for each sentence."""


@pytest.fixture(scope="module")
def settings():
    loaded, _ = config.load(ROOT / "config.yaml")
    return loaded


@pytest.fixture(scope="module")
def sample(settings):
    return content.read(settings.posts, settings.campaign.languages, settings.root)


def rules_of(settings, sample, text: str) -> set[tuple[Severity, str]]:
    """What the checks say about one English or other text, with the sample's own ledger and lists."""
    post = Post("trial", Kind.TEXT, When(days=-5, at=time(10)), {"en": text}, author="sample")
    plan = planning.plan([post], settings.campaign, settings.channels, NOW, {})
    trial = content.Content(posts=(post,), ledger=sample.ledger)
    asked = (trial, settings.campaign, settings.channels, plan, settings.root, NOW)
    found = checks.check(*asked, memory=MEMORY)
    return {(finding.severity, finding.rule.split(".")[0]) for finding in found if finding.post == "trial"}


STOPS = {Severity.ERROR, Severity.BLOCKED}


@pytest.mark.parametrize(
    "text",
    [
        "We, the campaign, regard it as genocide under the 1948 Convention and ask for recognition.",
        "We call on the Government of Armenia to apologise.",
        "To the Armenian people: we want peace and justice.",
        "Ermənilər və azərbaycanlılar burada birlikdə yaşayırdı.",
        "We are not seeking revenge!",
        "Biz qisas axtarmırıq!",
        "Мы не ищем мести!",
        "İntikam aramıyoruz!",
        "A survivor of Srebrenica came to our exhibition.",
        "Armenian civilians were killed too.",
        "Azerbaijanis killed in Khojaly are remembered.",
    ],
)
def test_the_word_lists_let_pass_what_may_be_said(text, settings, sample):
    assert {severity for severity, _ in rules_of(settings, sample, text)} & STOPS == set()


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("Armenians killed our people.", "wording"),
        ("Azerbaijanis murdered Armenians in that town.", "wording"),
        ("Ermənilər insanları öldürdülər.", "wording"),
        ("Армяне убили жителей.", "wording"),
        ("They are savages.", "wording"),
        ("It was the so-called Armenian genocide.", "wording"),
        ("It was the so-called Khojaly massacre.", "wording"),
        ("We want revenge.", "wording"),
        ("Qisas alacağıq.", "wording"),
        ("Women were bayoneted.", "wording"),
        ("The European Court recognised the genocide.", "claims"),
        ("The former president confessed to it.", "claims"),
        ("Reportedly, 5,000 were killed.", "figures"),
    ],
)
def test_the_word_lists_stop_both_sides_alike(text, family, settings, sample):
    stopping = {rule for severity, rule in rules_of(settings, sample, text) if severity in STOPS}
    assert family in stopping


@pytest.mark.parametrize("name", ["Armenian", "Azerbaijani", "Azeri", "Russian"])
@pytest.mark.parametrize(
    "sentence",
    [
        "Every {name} is guilty.",
        "A town destroyed by {name}s.",
        "{name} killers came.",
        "{name}s are our enemies.",
        "Death to {name}s!",
        "{name}s must leave.",
        "Blame the {name}s.",
        "Crimes committed by {name}s.",
        "The {name} genocide is a lie.",
    ],
)
def test_a_people_is_not_blamed_or_threatened_whichever_it_is(sentence, name, settings, sample):
    stopping = {
        rule for severity, rule in rules_of(settings, sample, sentence.format(name=name)) if severity in STOPS
    }
    assert "wording" in stopping


@pytest.mark.parametrize("name", ["Armenians", "Azerbaijanis", "Azeris", "Turks", "Russians"])
@pytest.mark.parametrize(
    "sentence",
    [
        "{name} are our neighbours.",
        "{name} are not guilty as a people, and {name} are not our enemies.",
        "We do not blame the {name}.",
        "{name} killed in the war are mourned too.",
        "{name} were killed as they fled.",
        "We call for peace with all {name}.",
        "Some {name} hid their neighbours.",
    ],
)
def test_a_people_may_be_spoken_of_whichever_it_is(sentence, name, settings, sample):
    assert not [
        rule for severity, rule in rules_of(settings, sample, sentence.format(name=name)) if severity in STOPS
    ]


@pytest.mark.parametrize(
    "text",
    [
        "The exhibition shows 40 photographs by 12 photographers.",
        "Join us at 16:30; 200 seats are free, and bus 150 stops at the memorial.",
        "In 1992 Khojaly had about 7,000 inhabitants.",
        "63 schools took part, and 25 children sang.",
        "8 families cooked together for the guests.",
        "The UN library found the document for us, and our committee found a new room.",
        "No court has ruled on it.",
        "No international court has judged it, as far as we found.",
        "Has your parliament recognised it? Ask.",
        "We hope that parliaments will recognise it.",
        "The butcher's shop gave bread; we will pay for the bus.",
        "Visitors must leave bags at the entrance.",
        "Rock 'n' roll isn't what we play; it's the survivors' right to be heard, and the witnesses' too.",
        "Xocalıda 3 gün qar yağdı. Onun canı bizim üçün əzizdir.",
        "Şəhidlərin adları oxunacaq; sərgi 26 fevral, cümə günü saat 11:00-da açılır.",
    ],
)
def test_plain_sentences_are_left_alone(text, settings, sample):
    assert not [rule for severity, rule in rules_of(settings, sample, text) if severity in STOPS]


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("613 lives were lost.", "figures"),
        ("613 souls perished.", "figures"),
        ("We mourn the 613.", "figures"),
        ("６１３ people were killed.", "figures"),
        ("Six hundred and thirteen souls were taken from us.", "figures"),
        ("10% of residents were killed.", "figures"),
        ("10 countries have recognised the genocide.", "claims"),
        ("The UN says it is genocide.", "claims"),
        ("Hungary's committee called it a genocide.", "claims"),
        ("Mexico recognises Khojaly as genocide.", "claims"),
        ("The European Court determined that these were acts of particular gravity.", "claims"),
        ("Human Rights Watch called it genocide.", "claims"),
        ("Sargsyan admitted the killings.", "claims"),
        ("Avropa Məhkəməsi soyqırımını təsdiq etdi.", "claims"),
        ("Not a single person has been held accountable.", "wording"),
        ("Khojaly is our Holocaust.", "wording"),
        ("Khojaly never happened.", "wording"),
        ("We will never forgive.", "wording"),
        ("Sargsyan is responsible for Khojaly.", "wording"),
        ("Aliyev is a dictator and a criminal.", "wording"),
        ("Mustafayeva Shakiba said that it was cold.", "people"),
        ("Witness Sanubar Alekperova told her story.", "people"),
        ("She said 'they came at night'.", "quotes"),
        ("She said `they came at night`.", "quotes"),
        ("She said <<they came at night>>.", "quotes"),
    ],
)
def test_what_the_ledger_does_not_show_is_stopped(text, family, settings, sample):
    stopping = {rule for severity, rule in rules_of(settings, sample, text) if severity in STOPS}
    assert family in stopping
