"""How many approvals a delivery has, what is still missing, and whom it waits for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta, tzinfo

from scheduler.approvals import names
from scheduler.model import Approval, ApprovalRules, Approver, Delivery, Kind, Said

READ_IN_THE_ORIGINAL = frozenset({Kind.QUOTE, Kind.WITNESS})
"""Kinds that repeat somebody's words or name: one who approves must read the language they were said in."""

STAFF_PAGE = "staff page"
"""The `role` of what was said by somebody logged in; only such approvals count under `require_login`."""

NUMBERS = ("no", "one", "two", "three", "four", "five")

PROPOSED = {"default": 1, "quote": 2, "witness": 2, "ledger": 1}
"""How many people the program proposes; a campaign that asks for fewer is told so wherever it looks."""


@dataclass(frozen=True)
class Asked:
    """What is to be approved: a digest for a campaign day (ISO), whose author never counts."""

    kind: str
    digest: str
    day: str
    author: str | None = None
    original_language: str | None = None

    @classmethod
    def of(cls, one: Delivery) -> "Asked":
        return cls(one.kind, one.digest, one.day, one.author, one.original_language)

    @property
    def language(self) -> str | None:
        """The language that one of the approvers must read."""
        return self.original_language if self.kind in READ_IN_THE_ORIGINAL else None


@dataclass(frozen=True)
class Policy:
    """Who must approve, by config.yaml; days of absence are days in `zone`."""

    rules: ApprovalRules
    approvers: Mapping[str, Approver]
    zone: tzinfo = UTC


@dataclass(frozen=True)
class Tally:
    """The count: who counts, who does not and why, and who returned it since. `unread` is a language that
    none of those who count reads.
    """

    needed: int
    counted: tuple[str, ...]
    refused: Mapping[str, str]
    returned: Approval | None
    unread: str | None

    @property
    def complete(self) -> bool:
        return self.returned is None and len(self.counted) >= self.needed and self.unread is None


def usable(approval: Approval, digest: str, day: str) -> bool:
    """Whether it was given for exactly this: the same digest, shown for the same campaign day (ISO)."""
    return approval.digest == digest and approval.shown_day == day


def tally(asked: Asked, said: Sequence[Approval], policy: Policy) -> Tally:
    """Count what was said, in the order it was said: a return takes back every approval of what it shows,
    whichever its day, until the text changes or somebody whose approval counts approves anew.
    """
    counted: list[str] = []
    refused: dict[str, str] = {}
    returned: Approval | None = None
    for one in said:
        if one.act is Said.COMMENT:
            continue
        if one.act is Said.RETURN:
            if one.digest == asked.digest:
                counted, refused, returned = [], {}, one
            continue
        person = names.person_of(one.who, policy.approvers)
        if why := _why_not(one, person, asked, policy):
            refused[person] = why
            continue
        returned = None
        if not names.among(person, counted):
            counted.append(person)
    needed = max(policy.rules.needed(asked.kind), 0)
    language = asked.language if needed else None
    read = language is None or any(names.reads(one, language, policy.approvers) for one in counted)
    others = {person: why for person, why in refused.items() if not names.among(person, counted)}
    return Tally(needed, tuple(counted), others, returned, None if read else language)


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
    zone: tzinfo = UTC,
) -> tuple[str, ...]:
    """What is missing, in sentences: the sum, who returned it, then each approval that does not count; ()
    when approved.

    Distinct people count, never the author. For a quotation or a witness one of them must read
    `original_language`, as config.yaml lists it; where that is None nothing can be asked. Where config.yaml
    lists approvers only they count, and the deputies of those who are away; where it lists none, every name.
    """
    asked = Asked(kind, digest, day, author, original_language)
    policy = Policy(rules, approvers, zone)
    return lacking(asked, tally(asked, approvals, policy), policy)


def lacking(asked: Asked, count: Tally, policy: Policy) -> tuple[str, ...]:
    """The words for what a count lacks; () where it is complete."""
    if count.complete:
        return ()
    said = [_sum(asked, count)]
    if count.returned is not None:
        said.append(return_words(count.returned))
    if count.needed:
        said += count.refused.values()
    if count.unread is not None:
        said += _unlisted(count.counted, count.unread, policy.approvers)
    return tuple(said)


def return_words(returned: Approval) -> str:
    """ "returned by Rauf: the date is wrong; change it, or approve it anew"."""
    return f"returned by {returned.who}: {returned.words}; change it, or approve it anew"


def _why_not(one: Approval, person: str, asked: Asked, policy: Policy) -> str | None:
    """Why an approval does not count, as a sentence; None when it does."""
    if one.digest != asked.digest:
        return f"{person} approved an earlier version; what people will see has changed since"
    if one.shown_day != asked.day:
        return f"{person} approved it for {one.shown_day}; it is now planned for {asked.day}"
    if is_author(person, asked.author, policy.approvers):
        return f"{person} wrote it, and an author's own approval does not count"
    if policy.rules.require_login and one.role != STAFF_PAGE:
        return f"{person} approved on the command line; here only approvals on the staff page count"
    return names.may_not(person, policy.approvers, one.at.astimezone(policy.zone).date())


def is_author(person: str, author: str | None, approvers: Mapping[str, Approver]) -> bool:
    """Whether they wrote it, by any of their names."""
    return author is not None and names.same(
        names.person_of(person, approvers), names.person_of(author, approvers)
    )


def _sum(asked: Asked, count: Tally) -> str:
    """ "1 of 2 approvals; one more person, not Leyla (author), who reads Azerbaijani"."""
    needed, counted = max(count.needed, 1), len(count.counted)
    more = max(needed - counted, 1)
    number = NUMBERS[more] if more < len(NUMBERS) else str(more)
    words = f"{counted} of {needed} approval{'' if needed == 1 else 's'}; "
    words += f"{number}{' more' if counted else ''} {'person' if more == 1 else 'people'}"
    if asked.author:
        words += f", not {asked.author} (author)"
    if count.unread:
        words += f", {'who' if more == 1 else 'one of whom'} reads {names.language_name(count.unread)}"
    return words


def _unlisted(counted: Iterable[str], language: str, approvers: Mapping[str, Approver]) -> list[str]:
    """A name that config.yaml does not know may well read the language; say where to write it down."""
    return [
        f"{person} is not listed under approvers in config.yaml; "
        f"list them there with languages: [{language}] if they read {names.language_name(language)}"
        for person in counted
        if person not in approvers
    ]


def waits_for(name: str, asked: Asked, said: Sequence[Approval], policy: Policy, today: date) -> bool:
    """Whether this person's approval today would bring it nearer to going out."""
    count = tally(asked, said, policy)
    if count.complete or not may(name, asked, policy, today):
        return False
    person = names.person_of(name, policy.approvers)
    if names.among(person, count.counted):
        return False
    places = max(count.needed, 1) - len(count.counted)
    language = count.unread
    if language is None or names.reads(person, language, policy.approvers):
        return True
    # The last place is kept for somebody who reads the language of the words.
    return places > 1


def may(name: str, asked: Asked, policy: Policy, today: date) -> bool:
    """Whether this person's approval of it would count today, however many there are already."""
    person = names.person_of(name, policy.approvers)
    if is_author(person, asked.author, policy.approvers):
        return False
    return names.may_not(person, policy.approvers, today) is None


def nobody(asked: Asked, said: Sequence[Approval], policy: Policy, first: date, last: date) -> str | None:
    """Why those present from `first` to `last` day cannot complete the approvals, as a sentence; None where
    they can, or where config lists nobody.
    """
    count = tally(asked, said, policy)
    if count.complete or not policy.approvers:
        return None
    there = _present(asked, policy, first, last)
    able = [one for one in there if not names.among(one, count.counted)]
    needed = max(count.needed, 1)
    language = count.unread
    # In words, so that a person can see who is missing from the list.
    shown = f"only {', '.join(there)} may and can" if there else "nobody who may is there"
    if len(count.counted) + len(able) < needed:
        return f"needs {needed} {'person' if needed == 1 else 'people'} to approve it; until then {shown}"
    if language and not any(names.reads(one, language, policy.approvers) for one in able):
        return f"needs one who reads {names.language_name(language)} to approve it; until then {shown}"
    return None


def _present(asked: Asked, policy: Policy, first: date, last: date) -> list[str]:
    there: list[str] = []
    for ahead in range((last - first).days + 1):
        for person in names.present(policy.approvers, first + timedelta(days=ahead)):
            if not names.among(person, there) and not is_author(person, asked.author, policy.approvers):
                there.append(person)
    return there


def lowered(rules: ApprovalRules) -> tuple[str, ...]:
    """Where the campaign asks for fewer people than the program proposes, in words."""
    found = []
    others = {kind: PROPOSED["default"] for kind in rules.by_kind if kind not in PROPOSED}
    for kind, proposed in {**PROPOSED, **others}.items():
        asked = rules.default if kind == "default" else rules.needed(kind)
        if asked < proposed:
            what = {"default": "posts", "ledger": "records of the ledger"}.get(kind, f"posts of kind {kind}")
            found.append(f"approvals: {what} need {asked} instead of {proposed}")
    return tuple(found)
