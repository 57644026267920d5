"""Dates that contradict themselves: a weekday that is not that day's, years that do not add up."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta

from scheduler.checks import months, numbers
from scheduler.checks.context import Case
from scheduler.checks.rules import Example, rule
from scheduler.checks.words import Words, fold
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

UNRECORDED = rule(
    "dates.unrecorded",
    Severity.WARNING,
    "A date in the years around the event is neither the event's own nor in a record that the post cites.",
    "Compare it with the record, and cite the record that has it.",
    fires=(
        "The town was attacked on 28 February 1992.",
        "On the night of 24-25 February 1992 it began.",
        "It began on 26 February 1993.",
        "The report of 18.07.1992 says so.",
        Example("Hücum 1992-ci il fevralın 27-də başlayıb.", "az"),
    ),
    passes=(
        "On 26 February 1992 people were killed.",
        "On the night of 25-26 February 1992 it began.",
        Example("1992-ci il fevralın 25-dən 26-na keçən gecə.", "az"),
        Example("The headline of 3 March 1992.", fields={"quotes": ("headline",)}),
        "The exhibition closes on 28 February 2027.",
    ),
)

_AROUND = 2
"""Years before and after the event in which a date is taken for one of its story."""

_NUMERIC = re.compile(
    r"(?<![\d.])(\d{1,2})[./](\d{1,2})[./](\d{4})(?![\d.]*\d)|(?<![\d-])(\d{4})-(\d\d)-(\d\d)(?![\d-]*\d)"
)
_MAYBE_NUMERIC = re.compile(r"\d[./-]\d")
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
        recorded = None
        for found in (*_dates(words), *_numeric(words)):
            shown = words.shown(found.first, found.last)
            days = list(_days(case, found))
            if _of_the_story(case, found) and days:
                recorded = recorded if recorded is not None else _recorded(case)
                if days[0] not in recorded:
                    message = f'"{shown}": {UNRECORDED.summary} {UNRECORDED.remedy}'
                    yield case.finding(UNRECORDED, surface, message)
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


def _of_the_story(case: Case, found: _Date) -> bool:
    year = case.context.campaign.anniversary.year
    return found.year is not None and abs(found.year - year) <= _AROUND


def _recorded(case: Case) -> set[date]:
    """The event's day, the day before it (it may have begun at night), and every date of a cited record."""
    day = case.context.campaign.anniversary
    found = {day, day - timedelta(days=1)}
    for citation in case.citations:
        record = case.cited(citation.kind).get(citation.id)
        for told in _told(asdict(record)) if record is not None else ():
            if isinstance(told, date):
                found.add(told)
            else:
                words = case.context.read(told).words
                read = (*_dates(words), *_numeric(words))
                found |= {one for each in read if each.year for one in _days(case, each)}
    return found


def _told(value: object) -> Iterator[str | date]:
    """Every text and date of a record, sources and notes among them."""
    if isinstance(value, str | date):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _told(one)
    elif isinstance(value, tuple | list):
        for one in value:
            yield from _told(one)


def _numeric(words: Words) -> Iterator[_Date]:
    """18.06.1992 and 1992-06-18."""
    for found in _NUMERIC.finditer(words.text) if _MAYBE_NUMERIC.search(words.text) else ():
        first = bisect_left(words.starts, found.start())
        last = bisect_left(words.starts, found.end()) - 1
        numbers_ = [int(one) for one in found.groups() if one is not None]
        if first >= len(words.starts) or words.starts[first] != found.start():
            continue  # inside a link
        day, month, year = numbers_ if found[1] else reversed(numbers_)
        if 1 <= month <= 12:
            yield _Date(day, month, year, first, last)


def _dates(words: Words) -> Iterator[_Date]:
    for at, word in enumerate(words.folded):
        month = months.month(word)
        if month is None:
            continue
        if (turned := list(_turned(words, at, month))) and not _is_day(words, at - 1):
            yield from turned
            continue
        before = _number(words, at - 1)
        after = _number(words, at + 1)
        if before is not None and 1 <= before <= 31:
            year = after if after is not None and after > 31 else None
            if word == "may" and year is None and words.text[words.starts[at]] != "M":
                continue
            yield _Date(before, month, year, at - 1, at + 1 if year else at)
            if (start := _range_start(words, at - 1)) is not None:
                yield _Date(start, month, year, at - 2, at + 1 if year else at)
        elif after is not None and 1 <= after <= 31 and words.text[words.starts[at]].isupper():
            year = _number(words, at + 2)
            year = year if year is not None and year > 1000 else None
            yield _Date(after, month, year, at, at + 2 if year else at + 1)


def _is_day(words: Words, at: int) -> bool:
    return (number := _number(words, at)) is not None and 1 <= number <= 31


def _range_start(words: Words, at: int) -> int | None:
    """The 24 of "24-25 February", where the word `at` is the 25."""
    if not _is_day(words, at - 1):
        return None
    link = words.text[words.ends[at - 1] : words.starts[at]].strip()
    return _number(words, at - 1) if link in ("-", "–", "—", "to", "and", "/") else None


def _turned(words: Words, at: int, month: int) -> Iterator[_Date]:
    """Azerbaijani: 1992-ci il fevralın 25-dən 26-na, the year first and the days behind the month."""
    year, first = None, at
    for back in range(1, 5):
        written = _number(words, at - back)
        if written is not None and 1000 < written < 3000 and words.sentence[at - back] == words.sentence[at]:
            year, first = written, at - back
            break
    if year is None or words.folded[first + 1 : at] not in _YEAR_LINKS:
        return
    for ahead in (1, 3):
        number = _number(words, at + ahead)
        if number is None or not 1 <= number <= 31 or words.sentence[at + ahead] != words.sentence[at]:
            return
        yield _Date(number, month, year, first, min(at + ahead + 1, len(words.folded) - 1))


_YEAR_LINKS = {(ending, il) for ending in ("ci", "cu", "cü") for il in (fold("il"), fold("ilin"))}
"""What stands between year and month: 1992-ci il fevralın, 2010-cu ilin fevralında."""


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
