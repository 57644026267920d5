"""PREPARE, end to end: posts and ledger in; whole messages, their images and all findings out. No network.

posts/*.yaml ─content─▶ Post ─planning─▶ Place ─checks─▶ findings ─text, cards─▶ Message ─▶ Delivery
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from scheduler import checks, content, planning
from scheduler.approvals import Answers
from scheduler.config import Config
from scheduler.content import Content
from scheduler.model import Delivery, Finding, Post, Severity
from scheduler.planning import Place, Plan
from scheduler.prepare.making import Files, Maker, Progress
from scheduler.prepare.memory import Memory, Shown

__all__ = ["Files", "Memory", "Preparation", "Progress", "Shown", "prepare"]


@dataclass(frozen=True)
class Preparation:
    """Everything known before anything is sent. `keep` are keys whose file does not parse at the moment."""

    config: Config
    content: Content
    plan: Plan
    deliveries: tuple[Delivery, ...]
    findings: tuple[Finding, ...]
    files: Files
    shown: Mapping[str, Shown]
    now: datetime
    kept: Mapping[str, datetime]

    @cached_property
    def posts(self) -> dict[str, Post]:
        return {post.id: post for post in self.content.posts}

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity is Severity.ERROR)


_MEMORY = Memory()


def prepare(
    config: Config,
    now: datetime,
    kept: Mapping[str, datetime],
    *,
    draw: bool = True,
    redraw: Collection[str] = (),
    urgent: frozenset[str] = frozenset(),
    at_once: frozenset[str] = frozenset(),
    progress: Progress | None = None,
    answered: Answers | None = None,
    memory: Memory | None = None,
    also: Callable[[Content, Plan], Iterable[Finding]] = lambda content, plan: (),
) -> Preparation:
    """Walk the whole PREPARE line at `now`, with slots `kept` from before. Raises StoreError if unwritable.

    `at_once` are keys to be published now: they are judged as due now, whatever the plan says. `answered` is
    what people have said to questions about words; `also` gives findings that need more than the files.
    `memory` spares what has not changed since it was last prepared; without it, that of this process is used.
    `draw=False` leaves images out; such deliveries are for counting only and never go to a store.
    """
    memory = memory or _MEMORY
    written = content.read(config.posts, config.campaign.languages, config.root, memory.content)
    plan = planning.plan(written.posts, config.campaign, config.channels, now, kept, urgent)
    plan = replace(plan, places=tuple(_at_once(config, plan.places, now, at_once)))
    findings = [*written.findings, *plan.findings]
    findings += checks.check(
        written,
        config.campaign,
        config.channels,
        plan,
        config.root,
        now,
        answered=answered,
        ledger_approvals=config.approvals.needed("ledger"),
        memory=memory.checks,
        approvers=config.approvers,
    )
    findings += also(written, plan)
    maker = Maker(config, written, checks.stops(findings), draw, redraw, memory)
    maker.draw_missing(plan.places, progress)
    deliveries = []
    for done, place in enumerate(plan.places):
        deliveries.append(maker.delivery(maker.posts[place.post], place))
        if progress:
            progress(done + 1, len(plan.places))
    findings += maker.findings
    maker.remember()
    return Preparation(
        config,
        written,
        plan,
        tuple(_stopped(maker, deliveries, findings)),
        _ordered(findings),
        maker.files,
        maker.shown,
        now,
        kept,
    )


def _at_once(
    config: Config, places: tuple[Place, ...], now: datetime, keys: frozenset[str]
) -> Iterator[Place]:
    """The places, those of `keys` moved to now: what would be blocked so near its time is blocked too."""
    for place in places:
        if place.key in keys:
            grace = place.expires - place.due
            expires = planning.expires(config.campaign, now, grace)
            day = planning.local_day(config.campaign, now)
            yield replace(place, due=now, expires=expires, day=day, slot=False)
        else:
            yield place


def _stopped(maker: "Maker", deliveries: list[Delivery], findings: list[Finding]) -> Iterator[Delivery]:
    """The deliveries with what stops each: findings on it, and records nobody approved."""
    stops, waived = checks.stops(findings), checks.waived(findings)
    errors = {(one.post, one.channel) for one in findings if one.severity is Severity.ERROR}
    for delivery in deliveries:
        whole, own = (delivery.post, None), (delivery.post, delivery.channel)
        words = (*stops.get(whole, ()), *stops.get(own, ()))
        yield replace(
            delivery,
            stops=tuple(dict.fromkeys((*words, *maker.unapproved(delivery.post)))),
            blocked=bool(words),
            errors=bool(errors & {whole, own}),
            waived=(*waived.get(whole, ()), *waived.get(own, ())),
        )


def _ordered(findings: list[Finding]) -> tuple[Finding, ...]:
    """Gravest first, then by place; the same sentence at the same place once."""
    order = {severity: rank for rank, severity in enumerate(Severity)}
    unique = dict.fromkeys(findings)
    return tuple(
        sorted(
            unique,
            key=lambda one: (order[one.severity], one.file, one.line, one.column, one.rule, one.message),
        )
    )
