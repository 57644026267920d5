"""What `check` says of posts, texts, ledger and images: records may block, word lists may only ask."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType, ModuleType

from scheduler.approvals import Answers
from scheduler.checks import (
    authors,
    claims,
    dates,
    deadlines,
    duplicates,
    figures,
    images,
    links,
    people,
    presence,
    quotes,
    records,
    references,
    translations,
    verdicts,
    visited,
    wording,
)
from scheduler.checks.context import Case, Context
from scheduler.checks.deadlines import About, asked_of, stops, waived
from scheduler.checks.images import graphic, made_with_ai
from scheduler.checks.memory import Known, Memory
from scheduler.checks.messages import message_findings
from scheduler.checks.records import unapproved
from scheduler.checks.reliance import Reliance, Rested, changed_since, fingerprint, uses
from scheduler.checks.rules import RULES, Example, Rule
from scheduler.content import Content
from scheduler.model import Approver, Campaign, Channel, Finding, Post
from scheduler.planning import Plan

__all__ = [
    "RULES",
    "About",
    "Example",
    "Memory",
    "Reliance",
    "Rested",
    "Rule",
    "asked_of",
    "changed_since",
    "check",
    "fingerprint",
    "graphic",
    "made_with_ai",
    "message_findings",
    "presence",
    "stops",
    "translations",
    "unapproved",
    "uses",
    "visited",
    "waived",
]

_POST_RULES = (
    references,
    authors,
    records,
    quotes,
    figures,
    people,
    claims,
    verdicts,
    wording,
    links,
    dates,
    images,
)
_LIVE = (records, images)
"""These also look at the clock and at files of pictures; the others at nothing but post, ledger, settings."""

_LETTER_RULES = (
    references,
    records,
    quotes,
    figures,
    people,
    claims,
    verdicts,
    wording,
    links,
    dates,
)
_LEDGER_RULES = (references, figures, wording)


def check(
    content: Content,
    campaign: Campaign,
    channels: Mapping[str, Channel],
    plan: Plan,
    root: Path,
    now: datetime,
    *,
    answered: Answers | None = None,
    ledger_approvals: int = 1,
    memory: Memory | None = None,
    approvers: Mapping[str, Approver] = MappingProxyType({}),
) -> tuple[Finding, ...]:
    """Every finding about texts, links, images and records, in the order of the posts; then of the letters.

    `root` is the folder of config.yaml, `now` aware. `answered` holds what people have answered to
    questions about words; `ledger_approvals` 0 asks for nobody's approval of records. `memory` spares posts
    that have not changed since the last check; `approvers` tells two names of one person. No network.
    """
    context = Context(content.posts, content.ledger, campaign, channels, plan.places, root, now, approvers)
    every = _all(context, content.letters, ledger_approvals, memory if memory is not None else Memory())
    found = deadlines.dated(context, every)
    if answered is not None and answered.given:
        authors = {one.id: one.author for one in (*content.posts, *content.letters)}
        found = deadlines.answered(found, answered, authors)
    return tuple(dict.fromkeys(found))


def _all(
    context: Context, letters: Sequence[Post], ledger_approvals: int, memory: Memory
) -> Iterator[Finding]:
    before = memory.recall(context)
    known = {id(post): _looked_at(post, context, before) for post in context.posts}
    written = {id(letter): _looked_at(letter, context, before) for letter in letters}
    cases = {one.post.id: one.case for one in known.values()}
    papers = [one.case for one in written.values()]
    for one in known.values():
        yield from _of(one, _POST_RULES)
    for one in written.values():
        # A letter is no post: nothing that is planned or published has its id.
        yield from (replace(finding, post=None) for finding in _of(one, _LETTER_RULES))
    memory.keep(context, {**known, **written})
    for family in _LEDGER_RULES:
        yield from family.in_ledger(context)
    yield from duplicates.findings(context, cases)
    yield from wording.not_checked(context, (*cases.values(), *papers))
    if ledger_approvals:
        yield from records.grouped(context, (*context.posts, *letters))
        yield from _late(context, cases.values())


def _looked_at(post: Post, context: Context, before: Mapping[int, Known]) -> Known:
    """The post as known, or looked at now."""
    last = before.get(id(post))
    if last is not None and last.post is post:
        return replace(last, case=last.case.within(context))
    case = Case(post, context)
    found = {family.__name__: tuple(family.findings(case)) for family in _POST_RULES if family not in _LIVE}
    return Known(post, case, found)


def _of(one: Known, families: Iterable[ModuleType]) -> Iterator[Finding]:
    for family in families:
        known = one.found.get(family.__name__)
        yield from family.findings(one.case) if known is None else known


def _late(context: Context, cases: Iterable[Case]) -> Iterator[Finding]:
    """Posts so near that records nobody else has approved stop them."""
    for case in cases:
        due = context.due(case.post)
        if due is not None and context.now >= due - deadlines.BEFORE_DUE:
            yield from records.late(case)
