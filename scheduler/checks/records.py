"""May a record be used now: its `use`, its review date, and who approved it."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta

from scheduler.approvals import read_by_another
from scheduler.checks.context import Case, Citation, Context, citations
from scheduler.checks.rules import Example, rule
from scheduler.checks.surfaces import Path
from scheduler.model import Approver, Finding, Ledger, Office, Post, Record, Severity

OFFICE_FRESH = timedelta(days=30)

NOT_FOR_USE = rule(
    "records.not-for-use",
    Severity.ERROR,
    "A post cites a record that is marked `use: no`.",
    "Take the record out of the post; its note says why it must not be used.",
    fires=(Example("We remember.", fields={"facts": ("spared-none",)}),),
    passes=(Example("We remember.", fields={"facts": ("killed",)}),),
)
ONLY = rule(
    "records.only",
    Severity.WARNING,
    "A record may be used in one way only, which a machine cannot judge.",
    "Read the record's `use` and see that the post keeps to it.",
    fires=(Example("We remember.", fields={"facts": ("population",)}),),
    passes=(Example("We remember.", fields={"facts": ("killed",)}),),
)
REVIEW = rule(
    "records.review",
    Severity.TODO,
    "A record's `review_by` has passed, or passes before the post goes out.",
    "Look at the sources again and set a new `review_by`.",
    fires=(Example("We remember.", fields={"facts": ("old",)}),),
    passes=(Example("We remember.", fields={"facts": ("killed",)}),),
)
OFFICE = rule(
    "records.office-stale",
    Severity.TODO,
    "The holder of an office was verified more than 30 days before the post goes out, or never.",
    "Verify who holds the office and set `verified_on`, or set `holder: null`.",
    fires=(Example("A letter.", fields={"offices": ("pace",)}),),
    passes=(Example("A letter.", fields={"offices": ("un",)}),),
)
UNAPPROVED = rule(
    "records.unapproved",
    Severity.TODO,
    "Records that posts cite are approved by nobody, or only by their author.",
    "Let someone other than the author read each record and set `approved_by`.",
)


def findings(case: Case) -> Iterator[Finding]:
    """What the records say about being used in this post."""
    zone = case.context.campaign.timezone
    due = (case.context.due(case.post) or case.context.now).astimezone(zone).date()
    reviews: dict[date, list[Citation]] = {}
    seen: set[tuple[str, str]] = set()
    for citation in case.citations:
        if (citation.kind, citation.id) in seen:
            continue
        seen.add((citation.kind, citation.id))
        record = case.context.ledger.of(citation.kind).get(citation.id)
        if record is None:
            continue
        yield from _use(case, citation.path, record)
        if isinstance(record, Office) and record.holder and _stale(record, due):
            yield _office(case, citation.path, record)
        if record.review_by is not None and record.review_by <= due:
            reviews.setdefault(record.review_by, []).append(citation)
    for day, waiting in reviews.items():
        names = ", ".join(one.id for one in waiting)
        words = f"to be reviewed by {day}: {names}; look at the sources again and set a new review_by"
        cause = f"records to be looked at again by {day.day} {day:%B %Y}"
        yield case.at(REVIEW, waiting[0].path, words, by=day, cause=cause)


def _use(case: Case, path: Path, record: Record) -> Iterator[Finding]:
    reason = f" ({record.note})" if record.note else ""
    if record.use is False:
        words = f"'{record.id}' is marked use: no{reason}; take it out of the post"
        yield case.at(NOT_FOR_USE, path, words)
    elif not isinstance(record.use, bool):
        only = "; ".join(record.use.values())
        yield case.at(ONLY, path, f"'{record.id}' may be used only so: {only}")


def _office(case: Case, path: Path, record: Office) -> Finding:
    seen = f"was last looked up on {record.verified_on}" if record.verified_on else "was never looked up"
    cure = "look it up within 30 days of sending and set verified_on"
    words = f"'{record.id}': who holds this office {seen}; {cure}"
    return case.at(OFFICE, path, words, cause="offices whose holders are to be verified again")


def _stale(office: Office, due: date) -> bool:
    return office.verified_on is None or due - office.verified_on > OFFICE_FRESH


def unapproved(post: Post, ledger: Ledger, approvers: Mapping[str, Approver]) -> tuple[str, ...]:
    """Ids of the records a post relies on that nobody but their author has approved; the gate asks for these.

    A quote's speaker counts too. Word lists and offices state nothing about the event and need no approval.
    """
    wanted = (record.id for _, record in relied_on(post, ledger) if not read_by_another(record, approvers))
    return tuple(dict.fromkeys(wanted))


def relied_on(post: Post, ledger: Ledger) -> Iterator[tuple[str, Record]]:
    """The records, with their kinds, that a post states something by; of a quote its speaker too."""
    for citation in citations(post):
        record = ledger.of(citation.kind).get(citation.id)
        if record is None or citation.kind == "offices":
            continue
        yield citation.kind, record
        if citation.kind == "quotes" and record.person in ledger.people:
            yield "people", ledger.people[record.person]


def grouped(context: Context, posts: Iterable[Post]) -> Iterator[Finding]:
    """One finding for all records that still want a second person."""
    asked = (unapproved(post, context.ledger, context.approvers) for post in posts)
    wanted = dict.fromkeys(record_id for found in asked for record_id in found)
    if wanted:
        shown = ", ".join(list(wanted)[:6]) + (f" and {len(wanted) - 6} more" if len(wanted) > 6 else "")
        count = (
            "1 record that posts cite is"
            if len(wanted) == 1
            else f"{len(wanted)} records that posts cite are"
        )
        words = (
            f"{count} approved by nobody but the author ({shown}); preview and rehearsal assume it, "
            "live sending does not: someone else reads each and sets approved_by"
        )
        yield UNAPPROVED.at(
            None,
            words,
            file="posts/ledger",
            cause="records to be approved by somebody else than their author",
        )


def late(case: Case) -> Iterator[Finding]:
    """What stops this one post, once it is due within 72 hours."""
    if wanted := unapproved(case.post, case.context.ledger, case.context.approvers):
        words = f"cites records approved by nobody but the author: {', '.join(wanted)}; set approved_by"
        yield case.at(
            UNAPPROVED,
            (),
            words,
            severity=Severity.BLOCKED,
            cause="records to be approved by somebody else than their author",
        )
