"""Months and days of the week by their names in English, Azerbaijani, Russian, Turkish, German and French."""

from functools import lru_cache

from scheduler.checks.words import fold

_MONTHS = (
    "january february march april may june july august september october november december",
    "jan feb mar apr may jun jul aug sep oct nov dec",
    "yanvar fevral mart aprel may iyun iyul avqust sentyabr oktyabr noyabr dekabr",
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "январе феврале марте апреле мае июне июле августе сентябре октябре ноябре декабре",
    "ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık",
    "januar februar märz april mai juni juli august september oktober november dezember",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
)
_BY_NAME = {fold(name): number for line in _MONTHS for number, name in enumerate(line.split(), 1)}
# These take case endings: fevralda, fevralın. "mart" and "may" begin too many other words.
_STEMS = tuple(
    (fold(name), number)
    for line in (_MONTHS[2], _MONTHS[5])
    for number, name in enumerate(line.split(), 1)
    if len(name) > 4
)

_WEEKDAYS = (
    "monday|tuesday|wednesday|thursday|friday|saturday|sunday",
    "bazar ertəsi|çərşənbə axşamı|çərşənbə|cümə axşamı|cümə|şənbə|bazar",
    "понедельник|вторник|среда|четверг|пятница|суббота|воскресенье",
    "понедельник|вторник|среду|четверг|пятницу|субботу|воскресенье",
    "pazartesi|salı|çarşamba|perşembe|cuma|cumartesi|pazar",
    "montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag",
    "lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche",
)
WEEKDAYS: dict[tuple[str, ...], int] = {
    tuple(map(fold, name.split())): number
    for line in _WEEKDAYS
    for number, name in enumerate(line.split("|"))
}
"""Folded words of a weekday's name to its number, Monday 0."""


@lru_cache(maxsize=20_000)
def month(word: str) -> int | None:
    """The number of the month that a folded word names, 1 to 12; else None."""
    if (number := _BY_NAME.get(word)) is not None:
        return number
    return next((number for stem, number in _STEMS if word.startswith(stem)), None)
