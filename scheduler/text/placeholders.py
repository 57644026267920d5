"""{years}, {ordinal} and {date} in a post's text, as each language writes them."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import TypeVar

from scheduler.errors import ContentError
from scheduler.model import Campaign

_Rule = TypeVar("_Rule")

_PLACEHOLDER = re.compile(r"\{([^\W\d]\w*)\}")

# After Arabic digits Azerbaijani writes a hyphen and the ordinal's ending, shortened to -cı, -ci, -cu or -cü
# in harmony with the last vowel spoken: otuz beş, beşinci, so 35-ci. Source: spelling rules of the language
# (language.az, "Orfoqrafiya qaydaları"); the ordinal classes of CLDR for az group the numbers alike.
_AZ_UNITS = ("", "bir", "iki", "üç", "dörd", "beş", "altı", "yeddi", "səkkiz", "doqquz")
_AZ_TENS = ("", "on", "iyirmi", "otuz", "qırx", "əlli", "altmış", "yetmiş", "səksən", "doxsan")
_AZ_POWERS = ((2, "yüz"), (3, "min"), (6, "milyon"), (9, "milyard"))
_AZ_ENDINGS = {
    **dict.fromkeys("aı", "cı"),
    **dict.fromkeys("eəi", "ci"),
    **dict.fromkeys("ou", "cu"),
    **dict.fromkeys("öü", "cü"),
}


def _az_last_word(number: int) -> str:
    if number % 10:
        return _AZ_UNITS[number % 10]
    if number % 100:
        return _AZ_TENS[number // 10 % 10]
    # The highest power that still divides it: 1000 is "min", 3500 ends in "yüz".
    return next((word for power, word in reversed(_AZ_POWERS) if number and number % 10**power == 0), "sıfır")


def _az(number: int) -> str:
    last_vowel = next(letter for letter in reversed(_az_last_word(number)) if letter in _AZ_ENDINGS)
    return f"{number}-{_AZ_ENDINGS[last_vowel]}"


def _en(number: int) -> str:
    teens = number % 100 in (11, 12, 13)
    return f"{number}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def _fr(number: int) -> str:
    return "1er" if number == 1 else f"{number}e"


# The ordinal of an anniversary in the nominative: годовщина is feminine, anniversaire, aniversario masculine.
_ORDINALS: Mapping[str, Callable[[int], str]] = MappingProxyType(
    {
        "en": _en,
        "az": _az,
        "ru": lambda number: f"{number}-я",
        "tr": lambda number: f"{number}.",
        "de": lambda number: f"{number}.",
        "fr": _fr,
        "es": lambda number: f"{number}.º",
    }
)

_MONTHS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        language: tuple(names.split())
        for language, names in {
            "en": "January February March April May June July August September October November December",
            "az": "yanvar fevral mart aprel may iyun iyul avqust sentyabr oktyabr noyabr dekabr",
            "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
            "tr": "Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık",
            "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
            "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
            "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
            "pl": "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października "
            "listopada grudnia",
            "el": "Ιανουαρίου Φεβρουαρίου Μαρτίου Απριλίου Μαΐου Ιουνίου Ιουλίου Αυγούστου Σεπτεμβρίου "
            "Οκτωβρίου Νοεμβρίου Δεκεμβρίου",
            "ar": "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
            "fa": "ژانویه فوریه مارس آوریل مه ژوئن ژوئیه اوت سپتامبر اکتبر نوامبر دسامبر",
            "zh": "1月 2月 3月 4月 5月 6月 7月 8月 9月 10月 11月 12月",
            "ja": "1月 2月 3月 4月 5月 6月 7月 8月 9月 10月 11月 12月",
            "ko": "1월 2월 3월 4월 5월 6월 7월 8월 9월 10월 11월 12월",
            "he": "ינואר פברואר מרץ אפריל מאי יוני יולי אוגוסט ספטמבר אוקטובר נובמבר דצמבר",
        }.items()
    }
)
_DATES = {
    "de": "{day}. {month} {year}",
    "es": "{day} de {month} de {year}",
    "he": "{day} ב{month} {year}",
    "zh": "{year}年{month}{day}日",
    "ja": "{year}年{month}{day}日",
    "ko": "{year}년 {month} {day}일",
}


def fill(text: str, language: str, campaign: Campaign) -> str:
    """{years} is 35, {ordinal} 35th, {date} the anniversary itself, 26 February 1992, in the language's way.

    Unknown placeholders stay as they are (see `unknown`). Raises ContentError where the language has no rule
    for one that is used, or the campaign's year is not after the anniversary's.
    """
    return _PLACEHOLDER.sub(lambda match: _value(match, language, campaign), text)


def unknown(text: str) -> tuple[str, ...]:
    """Names in braces that are no placeholder, in order: `{yeras}` gives "yeras"."""
    return tuple(name for name in _PLACEHOLDER.findall(text) if name not in _VALUES)


def ordinal(number: int, language: str) -> str:
    """The number's ordinal: 35th, 35-ci, 35-я. Raises ContentError for a language without a rule."""
    return _rule(_ORDINALS, language, "{ordinal}")(number)


def long_date(day: date, language: str) -> str:
    """The date in words: 26 February 1992, 26 fevral 1992. Raises ContentError for a language without one."""
    month = _rule(_MONTHS, language, "{date}")[day.month - 1]
    # French says "1er février" and plain numbers for all other days.
    number = _fr(day.day) if language.startswith("fr") and day.day == 1 else str(day.day)
    layout = _DATES.get(_primary(language), "{day} {month} {year}")
    return layout.format(day=number, month=month, year=day.year)


def _value(match: re.Match[str], language: str, campaign: Campaign) -> str:
    value = _VALUES.get(match[1])
    return value(language, campaign) if value else match[0]


def _years(campaign: Campaign) -> int:
    if campaign.years < 1:
        raise ContentError(
            f"{{years}} and {{ordinal}} count from {campaign.anniversary.year}, but the campaign's year is "
            f"{campaign.year}; set campaign.year in the configuration"
        )
    return campaign.years


_VALUES: Mapping[str, Callable[[str, Campaign], str]] = MappingProxyType(
    {
        "years": lambda language, campaign: str(_years(campaign)),
        "ordinal": lambda language, campaign: ordinal(_years(campaign), language),
        "date": lambda language, campaign: long_date(campaign.anniversary, language),
    }
)

NAMES = tuple(_VALUES)
"""What may stand in braces."""


def _primary(language: str) -> str:
    return language.split("-")[0]


def _rule(rules: Mapping[str, _Rule], language: str, placeholder: str) -> _Rule:
    """A regional variety follows its language (en-GB); one in another script does not (az-Cyrl)."""
    other_script = any(len(subtag) == 4 and subtag.isalpha() for subtag in language.split("-")[1:])
    rule = None if other_script else rules.get(_primary(language))
    if rule is None:
        known = ", ".join(rules)
        raise ContentError(
            f"{placeholder} cannot be written in language '{language}' (it can in {known}); "
            f"write the words themselves instead of {placeholder}"
        )
    return rule
