"""Posts that come due while those who may approve them are away."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from scheduler import approvals
from scheduler.checks.rules import rule
from scheduler.model import Approval, Delivery, Finding, Post, Severity

AHEAD = timedelta(days=7)

NOBODY = rule(
    "approvals.nobody-there",
    Severity.WARNING,
    "A post is due within seven days, and those who may approve it are away until then.",
    "Name a deputy or correct the days of absence under `approvers` in config.yaml, or move the post.",
)


def findings(
    deliveries: Iterable[Delivery],
    posts: Mapping[str, Post],
    said: Mapping[str, Sequence[Approval]],
    policy: approvals.Policy,
    now: datetime,
) -> Iterator[Finding]:
    """One finding for each post and reason; `said` are the approvals there are, by key."""
    today = now.astimezone(policy.zone).date()
    told: set[tuple[str, str]] = set()
    for one in deliveries:
        if not now <= one.due <= now + AHEAD:
            continue
        due = one.due.astimezone(policy.zone).date()
        asked = approvals.Asked.of(one)
        words = approvals.nobody(asked, said.get(one.key, ()), policy, today, due)
        if words is None or (one.post, words) in told:
            continue
        told.add((one.post, words))
        message = f"'{one.post}' is due {due:%a} {due.day} {due:%b} and {words}; {NOBODY.remedy}"
        yield NOBODY.at(posts[one.post].span("id"), message, post=one.post, cause=f"{NOBODY.id}: {words}")
