"""Dates that contradict themselves: a weekday that is not that day's, years that do not add up."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from scheduler.checks import months, numbers
from scheduler.checks.context import Case
from scheduler.checks.rules import Example, rule
from scheduler.checks.words import Words
from scheduler.model import Finding, Severity

IMPOSSIBLE = rule(
    "dates.impossible",
    Severity.ERROR,
    "A date does not exist.",
    "Correct the day or the month.",
    fires=("On 31 February 1992 it snowed.", "On February 30, 1992 it snowed."),
    passes=("On 29 February 1992 it snowed.",),
)
WEEKDAY = rule(
    "dates.weekday",
    Severity.ERROR,
    "The weekday is not that of the date.",
    "Correct the weekday or the date.",
    # 26 February 2027 is a Friday, 26 February 1992 was a Wednesday.
    fires=(
        "Join us on Thursday, 26 February 2027.",
        "Join us on 26 February 2027, a Monday.",
        Example("26 fevral 2027, cümə axşamı", "az"),
        "Join us on Monday 26 February.",
    ),
    passes=(
        "Join us on Friday, 26 February 2027.",
        Example("26 fevral 2027, cümə", "az"),
        "Join us on Friday 26 February.",
        "It was Wednesday 26 February 1992.",
        "We met on Monday. On 26 February 2027 we are silent.",
    ),
)
YEARS = rule(
    "dates.years",
    Severity.WARNING,
    "The years since the event are not those of the campaign's year.",
    "Write {years} or {ordinal}, which are always right.",
    fires=("It is 34 years since Khojaly.", "On the 36th anniversary.", Example("34-cü ildönümü", "az")),
    passes=(
        "It is 35 years since Khojaly.",
        "A city of 500 years since its founding.",
        "The 25th anniversary was in 2017.",
        "On the {ordinal} anniversary, {years} years on.",
    ),
)

_NEAR_WEEKDAY = 2
_PLAUSIBLE = 9
_YEARS = re.compile(
    r"\b(\d{1,3})(?:st|nd|rd|th|-c[iıuü]|-я|-й)?\.?\s+"
    r"(?:years?\s+(?:since|on\b|ago|later|after|have|has)|anniversary|ildönüm|il\s+(?:əvvəl|keç|öncə)|"
    r"годовщин|лет\s+(?:назад|со|с)\b|yıldönüm|yıl\s+(?:önce|geç))"
)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


@dataclass(frozen=True)
class _Date:
    day: int
    month: int
    year: int | None
    first: int
    last: int


def findings(case: Case) -> Iterator[Finding]:
    """Every date of every text. A date without a year may be this campaign's or the event's own."""
    for surface in case.surfaces:
        if not numbers.present(surface.text):
            continue
        words = case.context.read(surface.text).words
        for found in _dates(words):
            shown = words.shown(found.first, found.last)
            days = list(_days(case, found))
            if not days:
                yield case.finding(IMPOSSIBLE, surface, f'"{shown}" is no date')
            elif (weekday := _weekday(words, found)) is not None and all(
                day.weekday() != weekday for day in days
            ):
                right = f"{days[0]:%A}"
                yield case.finding(
                    WEEKDAY, surface, f'"{shown}" is a {right} ({days[0]}), not the weekday given'
                )
        yield from (case.finding(YEARS, surface, message) for message in _wrong_years(case, surface.text))


def _dates(words: Words) -> Iterator[_Date]:
    for at, word in enumerate(words.folded):
        month = months.month(word)
        if month is None:
            continue
        before = _number(words, at - 1)
        after = _number(words, at + 1)
        if before is not None and 1 <= before <= 31:
            year = after if after is not None and after > 31 else None
            if word == "may" and year is None and words.text[words.starts[at]] != "M":
                continue
            yield _Date(before, month, year, at - 1, at + 1 if year else at)
        elif after is not None and 1 <= after <= 31 and words.text[words.starts[at]].isupper():
            year = _number(words, at + 2)
            year = year if year is not None and year > 1000 else None
            yield _Date(after, month, year, at, at + 2 if year else at + 1)


def _number(words: Words, at: int) -> int | None:
    if not 0 <= at < len(words.folded):
        return None
    found = re.match(r"(\d{1,4})(?:st|nd|rd|th)?$", words.folded[at])
    return int(found[1]) if found else None


def _days(case: Case, found: _Date) -> Iterator[date]:
    campaign = case.context.campaign
    years = [found.year] if found.year else [campaign.year, campaign.anniversary.year]
    for year in years:
        try:
            yield date(year, found.month, found.day)
        except ValueError:
            continue


def _weekday(words: Words, found: _Date) -> int | None:
    """The weekday named beside the date in its sentence: up to two words before or after it."""
    sentence = words.sentence[found.first]
    places = (
        *range(found.first - 1, found.first - 2 - _NEAR_WEEKDAY, -1),
        *range(found.last + 1, found.last + 2 + _NEAR_WEEKDAY),
    )
    for at in places:
        if not 0 <= at < len(words.folded) or words.sentence[at] != sentence:
            continue
        for length in (2, 1):
            name = words.folded[at : at + length]
            if len(name) == length and name in months.WEEKDAYS:
                return months.WEEKDAYS[name]
    return None


def _wrong_years(case: Case, text: str) -> Iterator[str]:
    campaign = case.context.campaign
    for found in _YEARS.finditer(text):
        years = int(found[1])
        told = {int(year) - campaign.anniversary.year for year in _YEAR.findall(text)}
        near = abs(years - campaign.years) <= _PLAUSIBLE
        if near and years != campaign.years and years not in told:
            yield f'"{found[0].strip()}": it is {campaign.years}; write {{years}} or {{ordinal}}'
