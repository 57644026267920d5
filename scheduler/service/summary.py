"""Gathering what the daily summary says, from rows alone: the plan is not made anew for it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

from scheduler import approvals
from scheduler.alerts.digest import ANYONE, Day
from scheduler.approvals import Asked
from scheduler.model import Approval, State
from scheduler.service import concerns, outlook
from scheduler.service.opening import Campaigning
from scheduler.store import Store, news
from scheduler.store.news import Row

OPEN = (State.SCHEDULED, State.PREPARING, State.SENDING)
A_DAY = timedelta(days=1)


def day(campaigning: Campaigning, store: Store, seen: outlook.Outlook, since: datetime, now: datetime) -> Day:
    """The summary at `now`, of what happened since `since`."""
    campaign = campaigning.config.campaign
    with store.reading() as connection:
        rows = news.rows(connection, store.mode, campaign.year)
    today = now.astimezone(campaign.timezone).date()
    keeps = {
        one.key: one.reasons
        for one in (*concerns.without_hands(seen.late), *concerns.ahead(store, now))
        if one.held
    }
    soon = [row for row in rows if row.state in OPEN and row.day in _days(today)]
    return Day(
        campaign=campaign.name,
        at=now,
        since=since,
        zone=campaign.timezone,
        out=[f"{row.key} {row.url or ''}".rstrip() for row in _went_out(rows, since, now)],
        today=list(_lines(soon, today, campaigning, keeps)),
        tomorrow=list(_lines(soon, today + A_DAY, campaigning, keeps)),
        not_ready=len([row for row in soon if row.key in keeps]),
        stopped=[str(hold) for hold in seen.holds],
        needs_you=seen.needs_you,
        to_read=to_read(campaigning, rows, store.approvals(), now),
        lost=[f"{row.key} {row.state}: {row.reason}" for row in _lost(rows, since, now)],
        lowered=len(approvals.lowered(campaigning.config.approvals)),
        waived=len({words for row in rows if row.state in OPEN for words in row.waived}),
        head=store.audit_head(),
    )


def _went_out(rows: Iterable[Row], since: datetime, now: datetime) -> Iterator[Row]:
    for row in rows:
        if row.state is State.PUBLISHED and row.out_at is not None and since <= row.out_at < now:
            yield row


def _lost(rows: Iterable[Row], since: datetime, now: datetime) -> Iterator[Row]:
    for row in rows:
        ended = row.ended_at
        if row.state in (State.MISSED, State.REFUSED) and ended is not None and since <= ended < now:
            yield row


def _days(today: date) -> tuple[str, str]:
    return today.isoformat(), (today + A_DAY).isoformat()


def _lines(
    soon: Iterable[Row], on: date, campaigning: Campaigning, keeps: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    """What is to go out on a campaign day: its time, and what would keep it as things stand."""
    zone = campaigning.config.campaign.timezone
    for row in soon:
        if row.day == on.isoformat():
            but = f" (not ready: {'; '.join(keeps[row.key])})" if row.key in keeps else ""
            yield f"{row.due.astimezone(zone):%H:%M} {zone.key} {row.key}{but}"


def to_read(
    campaigning: Campaigning, rows: Sequence[Row], said: Iterable[Approval], now: datetime
) -> dict[str, list[str]]:
    """By person, the keys that wait for their approval, soonest first; only people who have any. Where
    config names nobody everybody may, and they stand under ANYONE.
    """
    policy = campaigning.approving
    today = now.astimezone(policy.zone).date()
    given: dict[str, list[Approval]] = {}
    for one in said:
        given.setdefault(one.key, []).append(one)
    waiting = [row for row in rows if row.state is State.SCHEDULED and row.due > now and not row.stopped]
    found = {
        name: [row.key for row in waiting if _waits(row, name, given.get(row.key, ()), policy, today)]
        for name in policy.approvers or (ANYONE,)
    }
    return {name: keys for name, keys in found.items() if keys}


def _waits(row: Row, name: str, said: Sequence[Approval], policy: approvals.Policy, today: date) -> bool:
    asked = Asked(row.kind, row.digest, row.day, row.author, row.original_language)
    if name == ANYONE:
        return not approvals.tally(asked, said, policy).complete
    return approvals.waits_for(name, asked, said, policy, today)
