"""The shipped word lists meet words in their forms: other tenses, other cases, other turns of a phrase."""

import pytest

from scheduler.model import Severity
from tests.checks.held_out import STOPS, Judge

STOPPED = [
    # A people as the doer of a crime, in a participle or behind "what … did".
    ("en", "We shall not forget what the Azerbaijanis did to their neighbours in Sumgait."),
    ("az", "Azərbaycanlıların Sumqayıtda törətdiyi qırğın."),
    ("az", "Ermənilər kəndi yandırmışdı."),
    ("az", "Kəndi azərbaycanlılar yandırıb."),
    ("az", "Bu cinayətdə bütün azərbaycan xalqı günahkardır."),
    # Words that take away people's humanity, in any case.
    ("en", "Barbarians came over the hill."),
    ("az", "Vəhşilərdən nə gözləmək olar?"),
    ("az", "Kəndə quldurlar girdi."),
    ("tr", "Köye gece yarısı vahşilerle geldiler."),
    # Retribution by its idioms.
    ("en", "We will settle the score."),
    ("en", "They will get what they deserve."),
    ("en", "We do not forgive."),
    ("az", "Gözə göz, dişə diş."),
    ("az", "Bağışlamayacağıq!"),
    # Another people's dead as a measure for one's own, and superlatives of pain.
    ("en", "It was a second Guernica."),
    ("en", "It was the worst crime of the twentieth century."),
    ("az", "Bu, əsrin ən dəhşətli cinayəti idi."),
    ("az", "Xocalı Srebrenitsadan da dəhşətli idi."),
    # What a body is said to have ruled or recognised, in other tenses.
    ("az", "Məhkəmə bunu sübut edib."),
    ("az", "Beynəlxalq məhkəmə hərbçiləri məhkum edib."),
    ("az", "BMT bu qətlləri pisləmişdir."),
    ("az", "Konqres faciəni soyqırımı kimi tanımışdır."),
    ("en", "The tribunal has called it a war crime."),
    ("en", "The United Nations has designated it as genocide."),
    # Casualties in other words, and numerals with endings.
    ("en", "Ninety people did not survive that night."),
    ("en", "Forty women were never traced."),
    ("az", "Səksənə yaxın adam həlak oldu."),
    ("az", "Öldürülənlərin doxsanı uşaq idi."),
    ("en", "Throats were cut that night."),
]

WARNED = [
    ("en", "Experts agree that the guns stood on the hill."),
    ("en", "It is well known who gave the order."),
    ("az", "Ekspertlər hesab edir ki, toplar təpədə dayanmışdı."),
    ("en", "The town fell on 28 February 1992."),
    ("en", "It happened on 26 February 1991."),
    ("en", "The report of 04.08.1992 says so."),
    ("az", "Hücum 1992-ci il fevralın 23-də başlayıb."),
]

PASSING = [
    ("en", "What the soldiers of both sides did in those years is on record."),
    ("az", "Ermənilərə və azərbaycanlılara eyni sualı veririk."),
    ("az", "Sumqayıtda ermənilərin öldürülməsi cinayət idi."),
    ("az", "Ermənilərlə azərbaycanlılar bir kənddə yaşayıblar."),
    ("az", "Heç bir məhkəmə bunu sübut etməyib."),
    ("az", "BMT-dən bunu tanımasını xahiş edirik."),
    ("az", "Parlamentləri soyqırımını tanımağa çağırırıq."),
    ("az", "Məhkəmənin qərar verməsini gözləyirik."),
    ("en", "We ask the tribunal to call it what it is."),
    ("en", "On the night of 25-26 February 1992 the town was attacked."),
    ("az", "1992-ci il fevralın 25-dən 26-na keçən gecə şəhərə hücum edildi."),
    ("az", "On iki şam yandırırıq."),
    ("en", "Twelve people read the names aloud."),
    ("en", "She forgave, and asked us to remember."),
    ("en", "The exhibition closes on 28 February 2027."),
]


@pytest.fixture(scope="module")
def judge():
    return Judge()


def said(judge, language, text):
    return judge.severities({"language": language, "text": text})


@pytest.mark.parametrize(("language", "text"), STOPPED)
def test_another_form_of_what_stops_stops_too(judge, language, text):
    assert said(judge, language, text) & STOPS


@pytest.mark.parametrize(("language", "text"), WARNED)
def test_a_date_or_a_source_that_no_record_has_is_asked_about(judge, language, text):
    found = said(judge, language, text)
    assert Severity.WARNING in found
    assert not found & STOPS


@pytest.mark.parametrize(("language", "text"), PASSING)
def test_a_form_that_only_looks_alike_passes(judge, language, text):
    assert not said(judge, language, text) & STOPS
