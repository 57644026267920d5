"""Taking a campaign to its next year: one number in config.yaml, and the list of what is looked at again."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from scheduler import checks, content, planning
from scheduler import config as configuration
from scheduler.checks import spelled, surfaces, words
from scheduler.checks.surfaces import Surface
from scheduler.config import Config
from scheduler.content import Content, source
from scheduler.errors import InputError, RunError
from scheduler.model import FINAL, Campaign, Finding, Mode, Office, Person, Post, Record, Severity, Span
from scheduler.service import health, in_place
from scheduler.service.opening import Campaigning
from scheduler.store import Status, Store
from scheduler.text import entities

A_YEAR = timedelta(days=365)
ALIVE = timedelta(minutes=1)
"""A scheduler that has looked so recently is at work."""


class About(StrEnum):
    """Why something is to be looked at again; the values are the headings people read."""

    DATES = "Posts with a date of their own"
    CORRECTIONS = "Corrections of what went out in an earlier year"
    TEXTS = "Texts that name the year or count the years"
    CHECK = "What `check` says only of the new year"
    OFFICES = "Offices: who holds them now"
    RECORDS = "Records to be read against their sources again"
    PEOPLE = "People to be asked or told again"
    LINKS = "Links to be opened again"
    SETTINGS = "config.yaml"
    COMMENTS = "Comments that name the old year"


@dataclass(frozen=True)
class Look:
    """One thing to look at again: where it stands (file:line:column) and what about it, in a sentence."""

    about: About
    place: str
    words: str


@dataclass(frozen=True)
class Rollover:
    """What the new year changes. `read` is config.yaml as it was, `text` with the new year; `left` are
    deliveries of the old year that have not come to their end.
    """

    before: Campaign
    after: Campaign
    read: str
    text: str
    looks: tuple[Look, ...]
    left: tuple[Status, ...]

    def of(self, about: About) -> tuple[Look, ...]:
        return tuple(one for one in self.looks if one.about is about)


def roll_over(campaigning: Campaigning, year: int, now: datetime) -> Rollover:
    """See what `year` would change; nothing is written. Raises InputError for a year that cannot be next."""
    config = campaigning.config
    before = config.campaign
    if year <= before.year:
        raise InputError(
            f"--year {year}: the campaign is already in {before.year}; name a later year, "
            f"such as {before.year + 1}"
        )
    text = source.read_text(config.file, config.file.name)
    document = source.load(text, config.file.name)
    changed = source.replace(text, document.spans["campaign.year"], year)
    found, findings = configuration.parse(changed, config.file)
    if found is None:
        errors = [str(one) for one in findings if one.severity is Severity.ERROR]
        raise InputError(f"--year {year} cannot be used:\n" + "\n".join(errors))
    written = content.read(config.posts, before.languages, config.root)
    after = replace(config, campaign=found.campaign)
    looks = tuple(_looks(config, after, written, changed, now))
    return Rollover(before, found.campaign, text, changed, looks, _left(campaigning, before.year, now))


def write(campaigning: Campaigning, done: Rollover, now: datetime, who: str) -> None:
    """Write the year into config.yaml. Raises RunError while a scheduler is at work, under a freeze, or where
    it cannot.
    """
    config = campaigning.config
    seen = health.last_tick(config.data, Mode.LIVE)
    if seen is not None and timedelta(0) <= now - seen < ALIVE:
        raise RunError(
            "A scheduler is at work on this campaign: it would take the new year for posts that are gone. "
            "Stop it, then do this again; nothing was written"
        )
    if campaigning.has_store:
        with campaigning.store(Mode.LIVE) as store:
            _require_thaw(store)
    old, new = done.before.year, done.after.year
    in_place.write(config.file, done.read, done.text)
    if campaigning.has_store:
        with campaigning.store(Mode.LIVE) as store:
            store.audit(who, "rollover", f"{old} to {new}", now)


def _require_thaw(store: Store) -> None:
    """Under a freeze the config of its beginning counts, so that the new year would wait unseen."""
    if (frozen := store.frozen()) is not None:
        raise RunError(
            f"The plan is frozen by {frozen.who} ({frozen.reason}), so a new year would not count. End it "
            "first: python run.py freeze --off. Nothing was written"
        )


def _left(campaigning: Campaigning, year: int, now: datetime) -> tuple[Status, ...]:
    if not campaigning.has_store:
        return ()
    with campaigning.store(Mode.LIVE) as store:
        return tuple(
            one for one in store.statuses(now) if one.key.startswith(f"{year}/") and one.state not in FINAL
        )


# -- what is to be looked at


def _looks(before: Config, after: Config, written: Content, text: str, now: datetime) -> Iterator[Look]:
    campaign = before.campaign
    yield from _dates(written.posts, campaign, after.campaign)
    yield from _corrections(written.posts, after.campaign)
    texts = (*written.posts, *written.letters)
    yield from _texts(before, written, texts)
    yield from _check(before, after, written, now)
    for kind, record in written.ledger.all():
        span = written.ledger.span(kind, record.id)
        for about, said in _record(kind, record, campaign.day, after.campaign.day):
            yield Look(about, _at(span), f"{kind}/{record.id}: {said}")
    yield from _links(before, written, texts)
    yield from _settings(before, after.campaign)
    yield from _comments(before, written.files, text)


def _at(span: Span | None) -> str:
    return f"{span.file}:{span.line}:{span.column}" if span is not None else ""


def _dates(posts: Sequence[Post], before: Campaign, after: Campaign) -> Iterator[Look]:
    for post in posts:
        if post.when.day is None:
            continue
        days = (post.when.day - before.day).days
        relative = "D" + (f"{days:+d}" if days else "")
        then = after.date_of(days)
        yield Look(
            About.DATES,
            _at(post.span("when")),
            f"{post.id}: {post.when.day} was {relative}, which is {then:%a} {then} in {after.year}; "
            f"write {relative} or the new date",
        )


def _corrections(posts: Sequence[Post], after: Campaign) -> Iterator[Look]:
    for post in posts:
        if post.corrects is not None and not post.draft and not post.corrects.startswith(f"{after.year}/"):
            words_ = f"{post.id}: corrects {post.corrects} and would go out again; take it out of the file"
            yield Look(About.CORRECTIONS, _at(post.span("corrects")), words_)


def _texts(config: Config, written: Content, posts: Sequence[Post]) -> Iterator[Look]:
    campaign = config.campaign
    for post in posts:
        told: set[tuple[str, str]] = set()
        for surface in surfaces.of(post, written.ledger, config.channels):
            for hit in _named(surface, campaign):
                where = _at(surface.span)
                if surface.part != "record" and (where, hit) not in told:
                    told.add((where, hit))
                    yield Look(About.TEXTS, where, f"{post.id}: “{hit}” in {surface.language}")


def _named(surface: Surface, campaign: Campaign) -> Iterator[str]:
    """The old year, and the old count of years in figures or in words, as the text has them."""
    text = surface.text
    years = campaign.years
    for number in (campaign.year, years) if years > 1 else (campaign.year,):
        for found in re.finditer(rf"(?<![\d.,]){number}(?![.,]?\d)[^\s.,;:!?]*", text):
            yield found[0]
    read = words.split(words.visible(text))
    for value, first, last in spelled.find(read.folded, surface.language):
        if value in (years, campaign.year) and not read.folded[first].isdigit():
            yield read.shown(first, last)


def _check(before: Config, after: Config, written: Content, now: datetime) -> Iterator[Look]:
    """Errors and questions that the new year raises, such as a weekday that is another one then."""
    known = {_about(one) for one in _findings(before, written, now)}
    for finding in _findings(after, written, now):
        if finding.severity in (Severity.ERROR, Severity.BLOCKED) and _about(finding) not in known:
            place = f"{finding.file}:{finding.line}:{finding.column}"
            yield Look(About.CHECK, place, f"{finding.post or ''}: {finding.message}".removeprefix(": "))


def _about(finding: Finding) -> tuple[str, str, int, int, str | None]:
    return finding.rule, finding.file, finding.line, finding.column, finding.post


def _findings(config: Config, written: Content, now: datetime) -> tuple[Finding, ...]:
    campaign = config.campaign
    plan = planning.plan(written.posts, campaign, config.channels, now, {})
    found = checks.check(written, campaign, config.channels, plan, config.root, now, ledger_approvals=0)
    return (*plan.findings, *found)


def _record(kind: str, record: Record, before: date, day: date) -> Iterator[tuple[About, str]]:
    if record.use is False:
        return
    seen = max((one.seen_on for one in record.sources if one.seen_on is not None), default=None)
    why = []
    if record.review_by is not None and record.review_by <= day:
        why.append(f"to be reviewed by {record.review_by}")
    if seen is not None and day - seen > A_YEAR:
        why.append(f"its sources were last opened on {seen}")
    if why:
        yield About.RECORDS, "; ".join(why)
    if isinstance(record, Office):
        yield from _office(record, before)
    if isinstance(record, Person):
        yield from _person(record, before)


def _office(office: Office, before: date) -> Iterator[tuple[About, str]]:
    if office.holder is not None and (office.verified_on is None or office.verified_on <= before):
        when = f"last verified on {office.verified_on}" if office.verified_on else "never verified"
        yield About.OFFICES, f"{office.holder}, {when}"
    elif office.holder is None:
        yield About.OFFICES, "no holder is named"


def _person(person: Person, before: date) -> Iterator[tuple[About, str]]:
    consent = person.consent
    if consent is not None and consent.withdrawn_on is not None:
        return
    if person.basis in ("direct", "family"):
        given = f"consent of {consent.on}" if consent is not None and consent.on else "no consent recorded"
        yield About.PEOPLE, f"{given}; ask whether it holds for another year"
    if person.living is not False and (person.informed_on is None or person.informed_on <= before):
        told = f"told of their posts on {person.informed_on}" if person.informed_on else "never told"
        yield About.PEOPLE, f"{told}; tell them of this year's"


def _links(config: Config, written: Content, posts: Sequence[Post]) -> Iterator[Look]:
    """Each address once, at its first place, with how often it stands."""
    places: dict[str, list[str]] = {}
    for post in posts:
        for language, address in post.link.items():
            places.setdefault(address, []).append(_at(post.span("link", language)))
        for surface in surfaces.of(post, written.ledger, config.channels):
            for address in _addresses(surface.text):
                places.setdefault(address, []).append(_at(surface.span))
    for address, where in places.items():
        more = f" (and {len(where) - 1} more places)" if len(where) > 2 else ""
        more = " (and one more place)" if len(where) == 2 else more
        yield Look(About.LINKS, where[0], f"{address}{more}")


def _addresses(text: str) -> set[str]:
    """With https:// whatever its ending, and those that platforms make a link of without it."""
    whole = {found[0] for found in re.finditer(r"https?://[^\s<>\"“”«»()]+[^\s<>\"“”«»().,;:!?…]", text)}
    bare = {text[start:end] for start, end in entities.links(text)}
    return whole | {one for one in bare if not any(one in other for other in whole)}


def _settings(config: Config, after: Campaign) -> Iterator[Look]:
    campaign, file = config.campaign, config.file.name
    for words_, what in ((campaign.name, "name"), *((tag, "hashtags") for tag in campaign.hashtags)):
        if re.search(rf"(?<!\d)({campaign.year}|{max(campaign.years, 2)})(?!\d)", words_):
            yield Look(About.SETTINGS, file, f"campaign.{what}: “{words_}” has the old year or count")
    for approver in config.approvers.values():
        if approver.absent and max(last for _, last in approver.absent) < after.date_of(after.start_days):
            yield Look(
                About.SETTINGS, file, f"approvers.{approver.name}: all days of absence are over by then"
            )
    for channel in config.channels.values():
        until = channel.options.get("token_until")
        if isinstance(until, date) and until <= after.day:
            yield Look(About.SETTINGS, file, f"channels.{channel.name}: its token ends on {until}")


def _comments(config: Config, files: Sequence[str], text: str) -> Iterator[Look]:
    """Lines whose comment has the old year: no program knows what it should say now."""
    named = re.compile(rf"(?:^|(?<=\s))#.*(?<!\d){config.campaign.year}(?!\d).*")
    for file in (config.file.name, *files):
        told = text if file == config.file.name else source.read_text(config.root / file, file)
        for number, line in enumerate(told.splitlines(), 1):
            if found := named.search(line):
                yield Look(About.COMMENTS, f"{file}:{number}:{found.start() + 1}", found[0].strip())
