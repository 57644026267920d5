from datetime import date
from zoneinfo import ZoneInfo

import pytest

from scheduler.errors import ContentError
from scheduler.model import Campaign
from scheduler.text import placeholders

CAMPAIGN = Campaign("Justice for Khojaly", date(1992, 2, 26), 2027, ZoneInfo("Asia/Baku"), ("en", "az"))


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "35 years: the 35th anniversary of 26 February 1992"),
        ("en-GB", "35 years: the 35th anniversary of 26 February 1992"),
        ("az", "35 years: the 35-ci anniversary of 26 fevral 1992"),
        ("ru", "35 years: the 35-я anniversary of 26 февраля 1992"),
        ("tr", "35 years: the 35. anniversary of 26 Şubat 1992"),
        ("de", "35 years: the 35. anniversary of 26. Februar 1992"),
        ("fr", "35 years: the 35e anniversary of 26 février 1992"),
        ("es", "35 years: the 35.º anniversary of 26 de febrero de 1992"),
        ("pt-BR", "35 years: the 35.º anniversary of 26 de fevereiro de 1992"),
        ("it", "35 years: the 35º anniversary of 26 febbraio 1992"),
        ("pl", "35 years: the 35. anniversary of 26 lutego 1992"),
        ("nl", "35 years: the 35e anniversary of 26 februari 1992"),
        ("el", "35 years: the 35η anniversary of 26 Φεβρουαρίου 1992"),
    ],
)
def test_placeholders_are_written_as_the_language_writes_them(language, text):
    assert placeholders.fill("{years} years: the {ordinal} anniversary of {date}", language, CAMPAIGN) == text


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (1, "1st"),
        (2, "2nd"),
        (3, "3rd"),
        (4, "4th"),
        (11, "11th"),
        (12, "12th"),
        (13, "13th"),
        (21, "21st"),
        (33, "33rd"),
        (100, "100th"),
        (111, "111th"),
        (122, "122nd"),
    ],
)
def test_english_ordinals(number, written):
    assert placeholders.ordinal(number, "en") == written


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (6, "6-cı"),
        (9, "9-cu"),
        (10, "10-cu"),
        (30, "30-cu"),
        (35, "35-ci"),
        (36, "36-cı"),
        (40, "40-cı"),
        (100, "100-cü"),
        (110, "110-cu"),
        (1000, "1000-ci"),  # min, mininci
        (1992, "1992-ci"),
        (2000, "2000-ci"),
        (3500, "3500-cü"),
        (1_000_000, "1000000-cu"),  # milyon, milyonuncu
        (0, "0-cı"),  # sıfır, sıfırıncı
    ],
)
def test_azerbaijani_ordinals(number, written):
    assert placeholders.ordinal(number, "az") == written


def test_azerbaijani_ordinals_fall_into_the_classes_of_cldr():
    # CLDR, plurals type="ordinal", locale az: the same four classes, by arithmetic instead of words.
    def ending(i):
        if i % 10 in (1, 2, 5, 7, 8) or i % 100 in (20, 50, 70, 80):
            return "ci"
        if i % 10 in (3, 4) or i % 1000 in range(100, 1000, 100):
            return "cü"
        return "cı" if i % 10 == 6 or i % 100 in (40, 60, 90) else "cu"

    for number in range(1, 1000):
        assert placeholders.ordinal(number, "az") == f"{number}-{ending(number)}"


def test_the_first_is_special_in_french():
    assert placeholders.ordinal(1, "fr") == "1er"
    assert placeholders.long_date(date(2027, 3, 1), "fr") == "1er mars 2027"
    assert placeholders.long_date(date(2027, 3, 2), "fr") == "2 mars 2027"


@pytest.mark.parametrize(
    ("language", "text"),
    [("ka", "{ordinal}"), ("az-Cyrl", "{ordinal}"), ("zz", "{date}"), ("zz-Cyrl", "{date}"), ("x", "{date}")],
)
def test_a_language_without_a_rule_is_an_error_that_says_what_to_do(language, text):
    with pytest.raises(ContentError, match=f"'{language}'.*write the words themselves"):
        placeholders.fill(text, language, CAMPAIGN)


# Written as each language's own newspapers write it; months in the case that stands beside a day.
BEFORE_CLDR = {
    "ar": "26 فبراير 2027",
    "fa": "26 فوریه 2027",
    "he": "26 בפברואר 2027",
    "ja": "2027年2月26日",
    "ko": "2027년 2월 26일",
    "pl": "26 lutego 2027",
    "ru": "26 февраля 2027",
    "zh": "2027年2月26日",
}
NEW = {
    "az-Cyrl": "26 феврал 2027",
    "it-IT": "26 febbraio 2027",
    "pt": "26 de fevereiro de 2027",
    "sv": "26 februari 2027",
    "en-US": "February 26, 2027",
}


@pytest.mark.parametrize(("language", "written"), [*BEFORE_CLDR.items(), *NEW.items()])
def test_a_date_is_written_as_the_language_writes_it(language, written):
    assert placeholders.long_date(date(2027, 2, 26), language) == written


@pytest.mark.parametrize("language", ["pl-XX", "de-DE", "de-ZZ"])
def test_a_region_nobody_knows_follows_its_language(language):
    plain = language.partition("-")[0]
    assert placeholders.long_date(date(2027, 5, 1), language) == placeholders.long_date(
        date(2027, 5, 1), plain
    )


@pytest.mark.parametrize(
    ("number", "written"), [(1, "1:a"), (2, "2:a"), (3, "3:e"), (11, "11:e"), (21, "21:a"), (35, "35:e")]
)
def test_swedish_ordinals(number, written):
    assert placeholders.ordinal(number, "sv") == written


def test_every_language_with_an_ordinal_has_a_date_too():
    for language in placeholders._ORDINALS:
        assert "1992" in placeholders.fill("{ordinal} {date}", language, CAMPAIGN)


def test_a_language_without_a_rule_may_still_have_years_and_plain_text():
    assert placeholders.fill("{years} წელი", "ka", CAMPAIGN) == "35 წელი"


def test_a_year_before_the_anniversary_is_an_error():
    campaign = Campaign("x", date(1992, 2, 26), 1992, ZoneInfo("Asia/Baku"), ("en",))
    with pytest.raises(ContentError, match=r"campaign\.year"):
        placeholders.fill("{years}", "en", campaign)
    assert placeholders.fill("{date}", "en", campaign) == "26 February 1992"


def test_unknown_placeholders_are_named_and_left_alone():
    text = "{years} {yeras} {Date} { years } {} {1992} {illər}"
    assert placeholders.unknown(text) == ("yeras", "Date", "illər")
    assert placeholders.fill(text, "en", CAMPAIGN) == "35 {yeras} {Date} { years } {} {1992} {illər}"
