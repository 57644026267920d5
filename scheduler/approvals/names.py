"""Whose name it is: one person however it is written, and who may approve on which day."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from scheduler.model import Approver, Record

LANGUAGES = {
    "ar": "Arabic",
    "az": "Azerbaijani",
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fa": "Persian",
    "fr": "French",
    "he": "Hebrew",
    "hy": "Armenian",
    "it": "Italian",
    "ka": "Georgian",
    "ru": "Russian",
    "tr": "Turkish",
    "uk": "Ukrainian",
}

# Four letters i, one person: "ILHAM", "İlham" and "ılham" are not three approvals.
SAME_I = str.maketrans({"I": "i", "İ": "i", "ı": "i", "\u0307": None})


def language_name(tag: str) -> str:
    """ "az-Latn" is Azerbaijani."""
    return LANGUAGES.get(tag.partition("-")[0], f'the language "{tag}"')


def same(one: str, other: str) -> bool:
    """One person, however the name is spaced, composed or capitalised, and whatever cannot be seen in it."""
    first, second = (" ".join(_seen(name).split()).translate(SAME_I) for name in (one, other))
    return re.fullmatch(re.escape(first), second, re.IGNORECASE) is not None


def read_by_another(record: Record, approvers: Mapping[str, Approver]) -> bool:
    """Whether somebody has approved the record who is not its author, by any of their names.

    Of a record without an author nobody can tell that, so that no name is enough.
    """
    reader, author = record.approved_by, record.author
    return bool(reader and author) and not same_person(str(reader), str(author), approvers)


def _seen(name: str) -> str:
    """The name without characters that nobody can see."""
    return "".join(c for c in unicodedata.normalize("NFC", name) if unicodedata.category(c) != "Cf")


def among(person: str, people: Iterable[str]) -> bool:
    """Whether the person is one of them."""
    return any(same(person, other) for other in people)


def person_of(name: str, approvers: Mapping[str, Approver]) -> str:
    """The name config.yaml has for them, by its key or full name, or as a deputy; else as given, spaces
    tidied.
    """
    for key, approver in approvers.items():
        if same(name, key) or same(name, approver.name):
            return key
    for approver in approvers.values():
        if approver.deputy is not None and same(name, approver.deputy):
            return approver.deputy
    return " ".join(name.split())


def reads(person: str, language: str, approvers: Mapping[str, Approver]) -> bool:
    """Whether config.yaml says that they read the language, whatever its region."""
    approver = approvers.get(person)
    primary = language.partition("-")[0]
    return approver is not None and any(
        known == language or known.partition("-")[0] == primary for known in approver.languages
    )


def away(approver: Approver, day: date) -> bool:
    """Whether the approver is absent on that day; the last day of an absence belongs to it."""
    return any(first <= day <= last for first, last in approver.absent)


def principals(name: str, approvers: Mapping[str, Approver]) -> Iterator[str]:
    """Those whose deputy this is."""
    for key, approver in approvers.items():
        if approver.deputy is not None and same(person_of(approver.deputy, approvers), name):
            yield key


def may_not(name: str, approvers: Mapping[str, Approver], day: date) -> str | None:
    """Why somebody's approval on that day does not count, as a sentence; None where it does.

    Where config lists nobody every name counts. A deputy counts while the one they stand in for is away.
    """
    person = person_of(name, approvers)
    if not approvers or person in approvers:
        return None
    for_whom = list(principals(person, approvers))
    if any(away(approvers[one], day) for one in for_whom):
        return None
    if for_whom:
        was = " or ".join(for_whom)
        return f"{person} stands in for {was}, who was not away on {day}, so that approval does not count"
    return f"{person} is not listed under approvers in config.yaml, so that approval does not count"


def listed(name: str, approvers: Mapping[str, Approver], day: date | None = None) -> bool:
    """Whether a name may approve: config lists it, or nobody; on a `day` also a deputy who stands in then."""
    if day is not None:
        return may_not(name, approvers, day) is None
    return not approvers or person_of(name, approvers) in approvers


def present(approvers: Mapping[str, Approver], day: date) -> list[str]:
    """Who may approve on that day: those who are there, and the deputies of those who are not."""
    there = [name for name, approver in approvers.items() if not away(approver, day)]
    for approver in approvers.values():
        if not away(approver, day) or approver.deputy is None:
            continue
        deputy = person_of(approver.deputy, approvers)
        known = approvers.get(deputy)
        if (known is None or not away(known, day)) and not among(deputy, there):
            there.append(deputy)
    return there


def same_person(one: str, other: str, approvers: Mapping[str, Approver]) -> bool:
    """Whether two names are one person's, by config.yaml or as they are written."""
    return same(person_of(one, approvers), person_of(other, approvers))
