"""Who must approve what, and what is still missing, in words; pure policy, with no clock and no storage."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from scheduler.model import Approval, ApprovalRules, Approver, Kind

READ_IN_THE_ORIGINAL = frozenset({Kind.QUOTE, Kind.WITNESS})
"""Kinds that repeat somebody's words or name: one who approves must read the language they were said in."""

STAFF_PAGE = "staff page"
"""The `role` of an approval made by somebody logged in; the only ones that count under `require_login`."""

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

NUMBERS = ("no", "one", "two", "three", "four", "five")

# Four letters i, one person: "ILHAM", "İlham" and "ılham" are not three approvals.
SAME_I = str.maketrans({"I": "i", "İ": "i", "ı": "i", "\u0307": None})


def usable(approval: Approval, digest: str, day: str) -> bool:
    """Whether it was given for exactly this: the same digest, shown for the same campaign day (ISO)."""
    return approval.digest == digest and approval.shown_day == day


def missing(
    *,
    kind: str,
    digest: str,
    day: str,
    author: str | None,
    original_language: str | None,
    approvals: Sequence[Approval],
    rules: ApprovalRules,
    approvers: Mapping[str, Approver],
) -> tuple[str, ...]:
    """What is missing, in sentences: the sum, then each approval that does not count; () when approved.

    Distinct people count, never the author. For a quotation or a witness one of them must read
    `original_language`, as config.yaml lists it; where that is None nothing can be asked. Where config.yaml
    lists approvers only they count; where it lists none, every name does.
    """
    needed = rules.needed(kind)
    if needed <= 0:
        return ()
    counted: list[str] = []
    refused: dict[str, str] = {}
    for approval in approvals:
        person = _person(approval.who, approvers)
        why = _why_not(approval, person, digest, day, author, rules, approvers)
        if why:
            refused[person] = why
        elif not _among(person, counted):
            counted.append(person)
    language = original_language if kind in READ_IN_THE_ORIGINAL else None
    read = language is None or any(_reads(person, language, approvers) for person in counted)
    if len(counted) >= needed and read:
        return ()
    total = _sum(len(counted), needed, author, None if read else language)
    others = [why for person, why in refused.items() if not _among(person, counted)]
    if not read and language is not None:
        others += _unlisted(counted, language, approvers)
    return (total, *others)


def _why_not(
    approval: Approval,
    person: str,
    digest: str,
    day: str,
    author: str | None,
    rules: ApprovalRules,
    approvers: Mapping[str, Approver],
) -> str | None:
    """Why an approval does not count, as a sentence; None when it does."""
    if approval.digest != digest:
        return f"{person} approved an earlier version; what people will see has changed since"
    if approval.shown_day != day:
        return f"{person} approved it for {approval.shown_day}; it is now planned for {day}"
    if author is not None and _same(person, _person(author, approvers)):
        return f"{person} wrote it, and an author's own approval does not count"
    if rules.require_login and approval.role != STAFF_PAGE:
        return f"{person} approved on the command line; here only approvals on the staff page count"
    if approvers and person not in approvers:
        return f"{person} is not listed under approvers in config.yaml, so that approval does not count"
    return None


def _sum(counted: int, needed: int, author: str | None, language: str | None) -> str:
    """ "1 of 2 approvals; one more person, not Leyla (author), who reads Azerbaijani"."""
    more = max(needed - counted, 1)
    number = NUMBERS[more] if more < len(NUMBERS) else str(more)
    words = f"{counted} of {needed} approval{'' if needed == 1 else 's'}; "
    words += f"{number}{' more' if counted else ''} {'person' if more == 1 else 'people'}"
    if author:
        words += f", not {author} (author)"
    if language:
        words += f", {'who' if more == 1 else 'one of whom'} reads {_language(language)}"
    return words


def _unlisted(counted: Iterable[str], language: str, approvers: Mapping[str, Approver]) -> list[str]:
    """A name that config.yaml does not know may well read the language; say where to write it down."""
    return [
        f"{person} is not listed under approvers in config.yaml; "
        f"list them there with languages: [{language}] if they read {_language(language)}"
        for person in counted
        if person not in approvers
    ]


def _reads(person: str, language: str, approvers: Mapping[str, Approver]) -> bool:
    approver = approvers.get(person)
    primary = language.partition("-")[0]
    return approver is not None and any(
        known == language or known.partition("-")[0] == primary for known in approver.languages
    )


def _language(tag: str) -> str:
    return LANGUAGES.get(tag.partition("-")[0], f'the language "{tag}"')


def _person(name: str, approvers: Mapping[str, Approver]) -> str:
    """The name config.yaml has for them, by its key or full name; else the name as given, spaces tidied."""
    for key, approver in approvers.items():
        if _same(name, key) or _same(name, approver.name):
            return key
    return " ".join(name.split())


def _among(person: str, people: Iterable[str]) -> bool:
    return any(_same(person, other) for other in people)


def _same(one: str, other: str) -> bool:
    """One person, however the name is spaced, composed or capitalised, and whatever cannot be seen in it."""
    first, second = (" ".join(_seen(name).split()).translate(SAME_I) for name in (one, other))
    return re.fullmatch(re.escape(first), second, re.IGNORECASE) is not None


def _seen(name: str) -> str:
    """The name without characters that nobody can see."""
    return "".join(c for c in unicodedata.normalize("NFC", name) if unicodedata.category(c) != "Cf")


def listed(name: str, approvers: Mapping[str, Approver]) -> bool:
    """Whether a name may approve: it is one of those config names, or config names nobody."""
    return not approvers or _person(name, approvers) in approvers
