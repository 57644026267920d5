"""When a todo stops a post, and which posts findings keep from going out."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

from scheduler.approvals import Answers
from scheduler.checks.context import Context
from scheduler.model import Finding, Severity

BEFORE_DUE = timedelta(hours=72)
"""A todo still open this long before the post is due keeps it from going out."""

About = tuple[str | None, str | None]
"""A post and a channel; the channel None: the post everywhere."""


def dated(context: Context, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Todos with the day they fall due; blocked from 72 hours before the post's first due time on."""
    for finding in findings:
        places = context.places_of.get(finding.post or "", ())
        mine = [one.due for one in places if finding.channel in (None, one.channel)]
        if finding.severity is not Severity.TODO or not mine:
            yield finding
            continue
        last_moment = mine[0] - BEFORE_DUE
        day = last_moment.astimezone(context.campaign.timezone).date()
        by = min(day, finding.by) if finding.by else day
        severity = Severity.BLOCKED if context.now >= last_moment else Severity.TODO
        yield replace(finding, by=by, severity=severity)


_QUESTION = re.compile(r" in ([a-z0-9-]+) \([0-9a-f]{64}\)")


def asked_of(finding: Finding) -> str | None:
    """The id of the post or letter in which this finding asks two people a question; None: it asks nothing.

    Only a question names its rule first: what a record lacks cannot be answered away, nor can an error.
    """
    if finding.severity is not Severity.BLOCKED or not finding.cause.startswith(f"{finding.rule}: "):
        return None
    found = list(_QUESTION.finditer(finding.cause))
    return found[-1][1] if found and found[-1].end() == len(finding.cause) else None


def answered(
    findings: Iterable[Finding], answers: Answers, authors: Mapping[str, str | None]
) -> Iterator[Finding]:
    """Questions that two people have answered stop nothing any more; they stay visible as warnings."""
    for finding in findings:
        post = asked_of(finding)
        known = answers.to(finding.cause, authors.get(post)) if post is not None else None
        if known is None or not known.by:
            yield finding
        elif known.enough:
            words = f"{finding.message} ({known.words})"
            yield replace(finding, severity=Severity.WARNING, message=words, answered=known.words)
        else:
            words = f"{finding.message} ({known.words}; one more person is to answer)"
            yield replace(finding, message=words)


def waived(findings: Iterable[Finding]) -> dict[About, tuple[str, ...]]:
    """What would have stopped each post, had two people not answered it; keys as in `stops`."""
    found: dict[About, dict[str, None]] = {}
    for finding in findings:
        if finding.post is not None and finding.answered:
            found.setdefault((finding.post, finding.channel), {})[f"{finding.rule}: {finding.message}"] = None
    return {about: tuple(words) for about, words in found.items()}


def stops(findings: Iterable[Finding]) -> dict[About, tuple[str, ...]]:
    """What keeps each post from going out live, in words: its errors and what is blocked.

    The key is (post, None) for the post everywhere, or (post, channel) for that channel's version alone.
    """
    found: dict[About, dict[str, None]] = {}
    for finding in findings:
        if finding.post is not None and finding.severity in (Severity.ERROR, Severity.BLOCKED):
            found.setdefault((finding.post, finding.channel), {})[f"{finding.rule}: {finding.message}"] = None
    return {about: tuple(words) for about, words in found.items()}
