"""Links that somebody had opened (`check --links`): what came back is kept, and read without a network."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from scheduler.checks import links, surfaces
from scheduler.checks.deadlines import BEFORE_DUE
from scheduler.checks.rules import rule
from scheduler.content import Content
from scheduler.model import Campaign, Finding, Post, Severity, Span
from scheduler.planning import Plan

DEAD = rule(
    "links.dead",
    Severity.TODO,
    "A link led nowhere when `check --links` opened it last.",
    "Open it yourself; correct it, or link to where the page is now, and run `check --links` again.",
)
FILE = "links.json"
"""In the data folder."""

FRESH = timedelta(days=14)
"""What came back longer ago says nothing any more."""


@dataclass(frozen=True)
class Visit:
    """What came of opening an address. `dead`: surely nothing is there; `words` say what came back."""

    at: datetime
    dead: bool
    words: str


def read(data: Path) -> dict[str, Visit]:
    """The visits that are kept, by address; a file that cannot be read is none."""
    try:
        kept = json.loads((data / FILE).read_text(encoding="utf-8"))
        return {
            address: Visit(datetime.fromisoformat(one["at"]), bool(one["dead"]), str(one["words"]))
            for address, one in kept.items()
        }
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def written(visits: Mapping[str, Visit]) -> str:
    """What `read` reads."""
    kept = {address: {**asdict(one), "at": one.at.isoformat()} for address, one in visits.items()}
    return json.dumps(kept, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def addresses(content: Content) -> Iterator[tuple[Post, str, Span | None]]:
    """Every link of every post and letter that a reader can follow, placeholders left out."""
    for post in (*content.posts, *content.letters):
        found: dict[str, Span | None] = {}
        for surface in surfaces.of(post, content.ledger, {}):
            for address in links.in_text(surface.text) if surface.part != "record" else ():
                found.setdefault(address, surface.span)
        for path, by_language in links.of_post(post):
            for language, address in by_language.items():
                found.setdefault(address, post.span(*path, language))
        yield from ((post, address, span) for address, span in found.items() if links.is_real(address))


def findings(
    content: Content, plan: Plan, campaign: Campaign, visits: Mapping[str, Visit], now: datetime
) -> Iterator[Finding]:
    """One finding for each dead link of each post; from 72 hours before its post is due on it stops it."""
    due = {place.post: place.due for place in sorted(plan.places, key=lambda place: place.due, reverse=True)}
    for post, address, span in addresses(content) if visits else ():
        visit = visits.get(address)
        if visit is None or not visit.dead or now - visit.at > FRESH:
            continue
        words = f"{address} led nowhere on {visit.at.astimezone(campaign.timezone):%d %B %Y} ({visit.words})"
        more: dict[str, object] = {}
        if (first := due.get(post.id)) is not None:
            last_moment = first - BEFORE_DUE
            more["by"] = last_moment.astimezone(campaign.timezone).date()
            more["severity"] = Severity.BLOCKED if now >= last_moment else Severity.TODO
        about = post.id if post in content.posts else None
        yield DEAD.at(span, words, post=about, cause=f"dead:{address}", **more)
