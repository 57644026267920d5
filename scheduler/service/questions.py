"""Starting a campaign: a handful of questions, what is proposed, and what is wrong with an answer."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from scheduler import platforms
from scheduler.approvals.names import LANGUAGES
from scheduler.content import source
from scheduler.content.validation import nearest
from scheduler.errors import InputError
from scheduler.model import Campaign, Severity
from scheduler.text import hashtags, normalise

LONGEST_NAME = 60
"""Characters: the name stands on every card, on one line under the text."""

NONE = "none"
"""How a person says that there are to be no hashtags."""

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_CHANNEL = re.compile(r"([a-z]+)(?:-([A-Za-z0-9-]+))?")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_BY_NAME = re.compile(r"(\d{1,2})\.?\s+([A-Za-z]+)\s+(\d{4})")
_BY_NUMBER = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_HERE = Path("/etc/localtime")


@dataclass(frozen=True)
class NewChannel:
    """An account to be: its name in config.yaml, its platform, and the language it posts in."""

    name: str
    platform: str
    language: str


@dataclass(frozen=True)
class Answers:
    """Everything a new campaign is written from. `year` is the first run-up's."""

    name: str
    anniversary: date
    year: int
    timezone: str
    languages: tuple[str, ...]
    hashtags: tuple[str, ...]
    channels: tuple[NewChannel, ...]

    @property
    def campaign(self) -> Campaign:
        """The noun that the rest of the program works with."""
        zone = ZoneInfo(self.timezone)
        return Campaign(self.name, self.anniversary, self.year, zone, self.languages, self.hashtags)


Known = Mapping[str, Any]
"""Answers already read, by the names of their questions."""


@dataclass(frozen=True)
class Question:
    """`read` turns words into a value and raises ValueError with the reason; `propose` gives the words that
    hold where nothing is answered, or None where there is nothing to propose.
    """

    name: str
    asks: str
    explains: str
    read: Callable[[str, Known, date], Any]
    propose: Callable[[Known, date], str | None]


# -- reading answers


def _name(words: str, known: Known, today: date) -> str:
    name = normalise.nfc(" ".join(words.split()))
    if not name:
        raise ValueError("a campaign needs a name; write it as readers are to see it")
    if len(name) > LONGEST_NAME:
        raise ValueError(
            f"that has {len(name)} characters; it stands on every card, so {LONGEST_NAME} is the most"
        )
    if strange := next((sign for sign in name if _strange(sign)), None):
        raise ValueError(f"“{strange}” cannot stand in a name: use letters, figures and ordinary signs")
    return name


def _strange(sign: str) -> bool:
    """Braces are places to fill in; emoji and what cannot be seen are in no card's font."""
    return sign in "{}" or unicodedata.category(sign) in {"Cc", "Cf", "Co", "Cs", "Cn", "So"}


def _anniversary(words: str, known: Known, today: date) -> date:
    day = _day(words.strip())
    if day > today:
        raise ValueError(f"{day} is still to come; write the day that is commemorated, with its own year")
    return day


def _day(words: str) -> date:
    """1962-02-17, 17.02.1962 or 17 February 1962; never 2/3/1962, which is two days."""
    try:
        if found := _BY_NAME.fullmatch(words):
            return date(int(found[3]), _MONTHS.index(found[2].casefold()) + 1, int(found[1]))
        if found := _BY_NUMBER.fullmatch(words):
            return date(int(found[3]), int(found[2]), int(found[1]))
        return date.fromisoformat(words)
    except ValueError:
        raise ValueError(f"“{words}” is no day; write year-month-day, such as 1962-02-17") from None


def _year(words: str, known: Known, today: date) -> int:
    if not re.fullmatch(r"\d{4}", words.strip()):
        raise ValueError(f"“{words}” is no year; write four figures, such as {today.year + 1}")
    year = int(words)
    day = _in_year(known["anniversary"], year)
    if day is None or day < today:
        soonest = _next(known["anniversary"], today)
        raise ValueError(f"the anniversary of {year} has passed; the next one is in {soonest}")
    return year


def _in_year(anniversary: date, year: int) -> date | None:
    """The campaign's day in a year (29 February: 28 February in common years), if the calendar has it."""
    if not 1900 <= year <= 2200:
        return None
    return Campaign("", anniversary, year, ZoneInfo("UTC"), ()).day


def _next(anniversary: date, today: date) -> int:
    """The year of the next anniversary, today's included."""
    this_year = _in_year(anniversary, today.year)
    return today.year if this_year is not None and this_year >= today else today.year + 1


def _zone(words: str, known: Known, today: date) -> str:
    name = words.strip().replace(" ", "_")
    try:
        return ZoneInfo(name).key
    except (KeyError, ValueError, OSError):
        guess = _zone_like(name)
        hint = f"did you mean {guess}?" if guess else "write one such as Europe/London, or UTC"
        raise ValueError(f"“{words}” is not a time zone; {hint}") from None


def _zone_like(name: str) -> str | None:
    """The zone of a city, or the one spelled most like it."""
    zones = sorted(available_timezones())
    asked = name.casefold().rpartition("/")[2]
    of_city = (zone for zone in zones if zone.rpartition("/")[2].casefold() == asked)
    return next(of_city, None) or nearest(name, zones)


def _languages(words: str, known: Known, today: date) -> tuple[str, ...]:
    given = _listed(words)
    if not given:
        raise ValueError("name at least one language, such as en")
    return tuple(dict.fromkeys(_language(one) for one in given))


def _language(word: str) -> str:
    if _LANGUAGE.fullmatch(word):
        return word
    by_name = {name.casefold(): tag for tag, name in LANGUAGES.items()}
    tag = by_name.get(word.casefold())
    hint = f"write {tag}" if tag else "write its tag: two or three small letters, such as en or pt-BR"
    raise ValueError(f"“{word}” is not a language tag; {hint}")


def _hashtags(words: str, known: Known, today: date) -> tuple[str, ...]:
    tags = [normalise.nfc(one.removeprefix("#")) for one in _listed(words) if one.casefold() != NONE]
    for tag in tags:
        if (problem := hashtags.problem(tag)) is not None:
            raise ValueError(f"#{tag} {problem}")
    return tuple(dict.fromkeys(tags))


def _channels(words: str, known: Known, today: date) -> tuple[NewChannel, ...]:
    given = _listed(words)
    if not given:
        raise ValueError(
            f"name at least one account; the platforms are {', '.join(sorted(platforms.kinds()))}"
        )
    return tuple({one.name: one for one in (_channel(word, known["languages"]) for word in given)}.values())


def _channel(word: str, languages: Sequence[str]) -> NewChannel:
    found = _CHANNEL.fullmatch(word)
    if found is None:
        raise ValueError(f"“{word}” is no channel; write platform-language, such as mastodon-{languages[0]}")
    platform, asked = found[1], found[2] or languages[0]
    language = next((one for one in languages if one.casefold() == asked.casefold()), asked)
    if platform not in platforms.kinds():
        guess = nearest(platform, platforms.kinds())
        hint = f"did you mean {guess}?" if guess else f"there is {', '.join(sorted(platforms.kinds()))}"
        raise ValueError(f"“{platform}” is not a platform that can be posted on; {hint}")
    if language not in languages:
        raise ValueError(
            f"“{word}”: {language} is not one of the campaign's languages ({', '.join(languages)})"
        )
    # Channel names are small letters, a tag such as pt-BR is not; tags are ASCII.
    return NewChannel(f"{platform}-{language.casefold()}", platform, language)


def _listed(words: str) -> list[str]:
    return [word for word in re.split(r"[\s,;]+", words) if word]


# -- what is proposed


def _zone_here(known: Known, today: date) -> str:
    """This computer's own zone, where it says which it is."""
    try:
        name = str(_HERE.resolve()).partition("zoneinfo/")[2]
        return ZoneInfo(name).key if name else "UTC"
    except (KeyError, ValueError, OSError):
        return "UTC"


def _tag_of_name(known: Known, today: date) -> str:
    """Harbour Flood as HarbourFlood, where that is one hashtag everywhere."""
    words = re.split(r"[\W_]+", known["name"])
    tag = "".join(words)
    return NONE if hashtags.problem(tag) else tag


QUESTIONS: tuple[Question, ...] = (
    Question("name", "The campaign's name", "As readers see it, also on cards.", _name, lambda _, __: None),
    Question(
        "anniversary",
        "The day commemorated",
        "Year-month-day, such as 1962-02-17. {years} counts from it.",
        _anniversary,
        lambda _, __: None,
    ),
    Question(
        "year",
        "The year of this run-up",
        "The anniversary that these posts lead up to.",
        _year,
        lambda known, today: str(_next(known["anniversary"], today)),
    ),
    Question(
        "timezone",
        "The campaign's time zone",
        "All times of the plan are in it. A city's zone, such as Europe/London.",
        _zone,
        _zone_here,
    ),
    Question(
        "languages",
        "Languages",
        "Tags with commas between them; the first is the one texts are written in.",
        _languages,
        lambda _, __: "en",
    ),
    Question(
        "hashtags",
        "Hashtags",
        f"With commas between them, with or without #; “{NONE}” for none.",
        _hashtags,
        _tag_of_name,
    ),
    Question(
        "channels",
        "Accounts",
        "Platform-language, with commas between them. Nothing is sent before you say so in config.yaml.",
        _channels,
        lambda known, _: f"mastodon-{known['languages'][0]}",
    ),
)


def answered(
    given: Mapping[str, str], today: date, places: Mapping[str, str] = MappingProxyType({})
) -> Answers:
    """All answers from words, with what is proposed for the rest. Raises InputError with every reason.

    `places` are where answers stand, by question: "answers.yaml:3:7".
    """
    known: dict[str, Any] = {}
    wrong = []
    for question in QUESTIONS:
        try:
            words = given.get(question.name) or question.propose(known, today)
            if words is None:
                raise ValueError(f"no answer; {question.explains}")
            known[question.name] = question.read(words, known, today)
        except ValueError as error:
            wrong.append(f"{places.get(question.name, question.name)}: {error}")
        except KeyError:  # it hangs on an answer that is wrong itself
            continue
    if wrong:
        raise InputError("\n".join(wrong))
    return Answers(**known)


def from_file(path: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Answers as words, and their places, of a file such as `name: Harbour Flood`. Raises InputError."""
    if not path.is_file():
        raise InputError(f"--answers {path}: there is no such file")
    document = source.load(source.read_text(path, path.name), path.name)
    errors = [str(one) for one in document.findings if one.severity is Severity.ERROR]
    if errors:
        raise InputError("\n".join(errors))
    if not isinstance(document.value, dict):
        raise InputError(f"{path.name}: write one line for each answer, such as `name: Harbour Flood`")
    places = {
        key: f"{path.name}:{document.spans[f'~{key}'].line}:{document.spans[f'~{key}'].column}"
        for key in document.value
    }
    known = [question.name for question in QUESTIONS]
    for key in document.value:
        if key not in known:
            guess = nearest(key, known)
            hint = f"did you mean {guess}?" if guess else f"the answers are {', '.join(known)}"
            raise InputError(f"{places[key]}: there is no question “{key}”; {hint}")
    words = {key: _as_words(value) for key, value in document.value.items()}
    return words, {key: f"{place} {key}" for key, place in places.items()}


def _as_words(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(str(one) for one in value) or NONE
    return "" if value is None else str(value)
