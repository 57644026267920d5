"""{years}, {ordinal} and {date} in a post's text, as each language writes them."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Any

from scheduler.errors import ContentError
from scheduler.model import Campaign

_SCRIPT = 4
"""Letters of a script's subtag: az-Cyrl."""

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


def _fr(number: int) -> str:
    return "1er" if number == 1 else f"{number}e"


def _classed(language: str, **endings: str) -> Callable[[int], str]:
    """Endings by the language's ordinal classes in CLDR: 1st, 2nd, 3rd and 4th are four of them."""

    def written(number: int) -> str:
        return f"{number}{endings[_locale(language).ordinal_form(number)]}"

    return written


def _dotted(number: int) -> str:
    return f"{number}."


# The ordinal of an anniversary in the nominative: годовщина and επέτειος are feminine, anniversaire,
# aniversario, anniversario and aniversário masculine. Azerbaijani goes by its words: CLDR misses 1000 (min).
_ORDINALS: Mapping[str, Callable[[int], str]] = MappingProxyType(
    {
        "en": _classed("en", one="st", two="nd", few="rd", other="th"),
        "az": _az,
        "ru": lambda number: f"{number}-я",
        "fr": _fr,
        "es": lambda number: f"{number}.º",
        "pt": lambda number: f"{number}.º",
        "it": lambda number: f"{number}º",
        "nl": lambda number: f"{number}e",
        "sv": _classed("sv", one=":a", other=":e"),
        "el": lambda number: f"{number}η",
        **dict.fromkeys(
            ["tr", "de", "pl", "cs", "sk", "hu", "da", "nb", "nn", "no", "fi", "et", "lv", "sl", "hr", "is"],
            _dotted,
        ),
    }
)

# What a language tag alone means, and where CLDR's long form is not the one that stands in a running text: it
# adds "г." in Russian, leaves out "1er" in French, and writes a hamza that Persian newspapers do without.
_MEANT = {"en": "en_GB", "no": "nb"}
_LAYOUTS = {"ru": "d MMMM y"}
_MENDED: Mapping[str, tuple[str, str]] = {"fr": (r"^1(?= )", "1er"), "fa": ("\u0654", "")}


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
    return _ordinal_rule(language)(number)


def long_date(day: date, language: str) -> str:
    """The date in words: 26 February 1992, 26 fevral 1992. Raises ContentError for an unknown language."""
    # Slow to import, and most commands write no date.
    from babel.dates import format_date

    primary = _primary(language)
    written = format_date(day, _LAYOUTS.get(primary, "long"), locale=_locale(language))
    pattern, replacement = _MENDED.get(primary, ("$^", ""))
    return re.sub(pattern, replacement, written)


@cache
def _locale(language: str) -> Any:
    """CLDR's locale of a language tag; a region it does not know is left out, a script never."""
    from babel import Locale, UnknownLocaleError

    subtags = language.split("-")
    while subtags:
        try:
            return Locale.parse(_MEANT.get("-".join(subtags), "_".join(subtags)))
        except (UnknownLocaleError, ValueError):
            if len(subtags.pop()) == _SCRIPT:
                break
    raise ContentError(
        f"{{date}} cannot be written in language '{language}': nobody has recorded how it writes dates; "
        "write the words themselves instead of {date}"
    )


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


def _ordinal_rule(language: str) -> Callable[[int], str]:
    """A regional variety follows its language (en-GB); one in another script does not (az-Cyrl)."""
    other_script = any(len(subtag) == _SCRIPT and subtag.isalpha() for subtag in language.split("-")[1:])
    rule = None if other_script else _ORDINALS.get(_primary(language))
    if rule is None:
        known = ", ".join(_ORDINALS)
        raise ContentError(
            f"{{ordinal}} cannot be written in language '{language}' (it can in {known}); "
            "write the words themselves instead of {ordinal}"
        )
    return rule
