"""Whichever country is said to have recognised the event, a record shows it, or the post stops."""

import pytest
from babel import Locale

from scheduler.checks.words import Index
from tests.checks import held_out

STOPS = held_out.STOPS

# A country, or all of them, by whatever name; in Azerbaijani in the forms that sentences need.
CLAIMED = [
    ("en", "Brazil has recognised it as genocide."),
    ("en", "Italy called it a genocide."),
    ("en", "The Vatican has recognised it as genocide."),
    ("en", "The US recognised it as genocide."),
    ("en", "Lawmakers in Italy recognised it as genocide."),
    ("en", "Côte d’Ivoire recognised it as genocide."),
    ("en", "St. Lucia recognised it as genocide."),
    ("az", "Braziliya bunu soyqırımı kimi tanıyıb."),
    ("az", "Xocalı soyqırımı Almaniya tərəfindən tanınıb."),
    ("az", "ABŞ Xocalını soyqırımı kimi tanıyıb."),
    ("az", "Bütün dünya bunu soyqırımı kimi tanıyıb."),
    ("az", "Beynəlxalq ictimaiyyət bunu soyqırımı kimi tanıyıb."),
    ("az", "Birləşmiş Ərəb Əmirlikləri bunu soyqırımı kimi tanıyıb."),
]
# Nobody is said to have recognised anything: places, people, and words that only look like a country's name.
FREE = [
    ("en", "A teacher from France recognised his neighbour in the photograph."),
    ("en", "We thank our friends in Italy, who remember the Khojaly genocide with us."),
    ("en", "The exhibition about the Khojaly genocide opens in Vienna, Austria."),
    ("en", "They told us what they had seen, and we recognised the street."),
    ("en", "My friends Jordan and Chad asked us to remember."),
    ("az", "Almaniyada Xocalı soyqırımının qurbanları anılır."),
    ("az", "Almaniyanın Berlin şəhərində Xocalı soyqırımının qurbanları anılır."),
    ("az", "Dünyanın hər yerində Xocalı soyqırımının qurbanları anılır."),
    ("az", "Xocalı soyqırımı zamanı küçələr qana boyandı."),
    ("az", "Xocalı soyqırımının qurbanlarına mali yardım göstərildi."),
]
NO_STATES = {"AM", "AZ", "AQ", "EZ", "QO", "UM", "XA", "XB", "ZZ"}
"""The two parties, of whom the campaign speaks itself, then what is no country and where nobody lives."""

UNINHABITED = {"AC", "BV", "CP", "CQ", "DG", "EA", "GS", "HM", "IC", "IO", "TA", "TF"}


@pytest.fixture(scope="module")
def judge():
    return held_out.Judge()


@pytest.mark.parametrize(("language", "text"), CLAIMED)
def test_a_recognition_claimed_of_any_country_stops(language, text, judge):
    assert judge.severities({"language": language, "text": text}) & STOPS


@pytest.mark.parametrize(("language", "text"), FREE)
def test_a_country_that_is_only_a_place_or_a_word_stops_nothing(language, text, judge):
    assert judge.severities({"language": language, "text": text}) & STOPS == set()


@pytest.mark.parametrize("language", ["en", "az"])
def test_every_country_is_known_by_its_name(language, judge):
    index = Index(judge.sample.ledger.wording)
    names = {
        name
        for code, name in Locale(language).territories.items()
        if len(code) == 2 and code not in NO_STATES | UNINHABITED
    }
    assert len(names) > 200
    assert [name for name in sorted(names) if not index.read(name).hits("third-party")] == []


def test_a_recognition_with_its_record_passes(judge):
    assert judge.sample.ledger.recognitions["pakistan-2012"].text_seen
    text = "The Foreign Relations Committee of Pakistan’s Senate called Khojaly a genocide in 2012."
    said = {"language": "en", "text": text}
    assert judge.severities(said) & STOPS
    assert judge.severities(said | {"recognitions": ["pakistan-2012"]}) & STOPS == set()
