"""The page as data: its head, the months, and each day with its posts. Pure: no files, no clock."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property

from scheduler.model import Delivery, Finding, Kind, Post, Severity
from scheduler.prepare import Preparation
from scheduler.preview import evidence, grouping, months, shown, standing
from scheduler.preview.evidence import Claim
from scheduler.preview.grouping import Group
from scheduler.preview.months import Month
from scheduler.preview.shown import Showing
from scheduler.preview.standing import PERHAPS_OUT, WORDS, Standing
from scheduler.text import placeholders

_KINDS: Mapping[Kind, str] = {Kind.ON_THIS_DAY: "On this day"}

# Names of the languages campaigns are likeliest to use; others are shown by their tag.
_LANGUAGES = {
    "az": "Azerbaijani",
    "ar": "Arabic",
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fa": "Persian",
    "fr": "French",
    "he": "Hebrew",
    "it": "Italian",
    "pl": "Polish",
    "pt": "Portuguese",
    "ru": "Russian",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "zh": "Chinese",
}


@dataclass(frozen=True)
class PostView:
    """One post on its channels of one day. `covered`: its pictures stay blurred until asked for."""

    anchor: str
    id: str
    kind: str
    place: str
    showings: tuple[Showing, ...]
    claims: tuple[Claim, ...]
    records: int
    findings: tuple[Finding, ...]
    covered: bool


@dataclass(frozen=True)
class Day:
    anchor: str
    title: str
    offset: str
    anniversary: bool
    notes: tuple[str, ...]
    posts: tuple[PostView, ...]


@dataclass(frozen=True)
class Choice:
    """A filter button: what it sets, what it is called, how many deliveries it shows."""

    value: str
    title: str
    count: int


@dataclass(frozen=True)
class Page:
    title: str
    campaign: str
    anniversary: str
    notice: str
    made: str
    summary: tuple[str, ...]
    states: tuple[Choice, ...]
    groups: tuple[Group, ...]
    months: tuple[Month, ...]
    languages: tuple[Choice, ...]
    channels: tuple[Choice, ...]
    days: tuple[Day, ...]
    unplanned: tuple[tuple[str, str], ...]
    only: str
    deliveries: int

    @cached_property
    def first(self) -> dict[str, str]:
        """Where each post stands first in the page, by its id."""
        anchors = [(post.id, post.anchor) for day in self.days for post in day.posts]
        return dict(reversed(anchors))


def select(made: Preparation, language: str | None, week: date | None) -> tuple[tuple[Delivery, ...], str]:
    """The deliveries of a language, of the Monday to Sunday that a day is in; and words for the choice."""
    first = months.monday(week) if week else None
    last = first + timedelta(days=6) if first else None
    chosen = tuple(
        one
        for one in sorted(made.deliveries, key=lambda one: (one.due, one.key))
        if (language is None or one.message.language == language)
        and (first is None or last is None or first.isoformat() <= one.day <= last.isoformat())
    )
    words = [f"{language_title(language)} posts"] if language else []
    if first and last:
        words.append(f"{placeholders.long_date(first, 'en')} to {placeholders.long_date(last, 'en')}")
    return chosen, ", ".join(words)


def page(
    made: Preparation,
    chosen: Sequence[Delivery],
    now: datetime,
    standings: Mapping[str, Standing],
    addresses: Mapping[str, str],
    only: str = "",
) -> Page:
    """The whole page for the `chosen` deliveries; `only` says in words what they were chosen by."""
    campaign = made.config.campaign
    stands = {one.key: standing.of(one, standings) for one in chosen}
    maker = _Maker(made, stands, addresses)
    findings = _about(made, chosen) if only else made.findings
    days: dict[str, list[Delivery]] = {}
    for one in chosen:
        days.setdefault(one.day, []).append(one)
    posts_by_day = {
        day: tuple(dict.fromkeys(one.post for one in found)) for day, found in sorted(days.items())
    }
    return Page(
        title=f"{campaign.name} {campaign.year}: preview",
        campaign=campaign.name,
        anniversary=_anniversary(made),
        notice=_notice(stands.values()),
        made=shown.long_moment(now, campaign.timezone),
        summary=tuple(_summary(made, chosen)),
        states=_states(stands.values()),
        groups=grouping.groups(findings),
        months=months.months(campaign, posts_by_day),
        languages=_choices((one.message.language for one in chosen), language_title),
        channels=_choices(_channels_in_order(made, chosen), str),
        days=tuple(maker.day(day, found) for day, found in sorted(days.items())),
        unplanned=() if only else tuple(_unplanned(made)),
        only=only,
        deliveries=len(chosen),
    )


def language_title(tag: str) -> str:
    return _LANGUAGES.get(tag.split("-")[0], tag) + (f" ({tag})" if "-" in tag else "")


def _about(made: Preparation, chosen: Iterable[Delivery]) -> tuple[Finding, ...]:
    """Of a part of the campaign: what concerns its posts, and every error."""
    posts = {one.post for one in chosen}
    return tuple(one for one in made.findings if one.post in posts or one.severity is Severity.ERROR)


def _anniversary(made: Preparation) -> str:
    campaign = made.config.campaign
    day = f"{months.WEEKDAYS[campaign.day.weekday()]} {placeholders.long_date(campaign.day, 'en')}"
    if campaign.years < 1:
        return day
    return f"{placeholders.ordinal(campaign.years, 'en')} anniversary, {day}"


def _notice(stands: Iterable[Standing]) -> str:
    """That nothing has been sent is said only where it is true."""
    states = Counter(one.state for one in stands if one.state in PERHAPS_OUT)
    if not states:
        return "This is a preview. Nothing has been sent."
    told = ", ".join(f"{count} {WORDS[state].split(':')[0].lower()}" for state, count in states.items())
    return f"This is a preview; making it sends nothing. Some posts went out before: {told}."


def _summary(made: Preparation, chosen: Sequence[Delivery]) -> Iterator[str]:
    if not chosen:
        yield "Nothing is planned here."
        return
    posts, channels = len({one.post for one in chosen}), len({one.channel for one in chosen})
    yield (
        f"{_plural(posts, 'post')} on {_plural(channels, 'channel')}: "
        f"{_plural(len(chosen), 'delivery', 'deliveries')}"
    )
    days = [date.fromisoformat(one.day) for one in chosen]
    first, last = (placeholders.long_date(day, "en") for day in (min(days), max(days)))
    yield first if first == last else f"{first} to {last}"
    costs: dict[str, Decimal] = {}
    for one in chosen:
        if (cost := made.shown[one.key].cost) is not None:
            costs[one.channel] = costs.get(one.channel, Decimal(0)) + cost
    for channel, cost in costs.items():
        yield f"{channel} costs {shown.price(cost)}"


def _plural(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def _states(stands: Iterable[Standing]) -> tuple[Choice, ...]:
    counts = Counter(one.state for one in stands)
    return tuple(Choice(state, WORDS.get(state, state), count) for state, count in counts.most_common())


def _choices(values: Iterable[str], title: Callable[[str], str]) -> tuple[Choice, ...]:
    return tuple(Choice(value, title(value), count) for value, count in Counter(values).items())


def _channels_in_order(made: Preparation, chosen: Iterable[Delivery]) -> Iterator[str]:
    """One name for every delivery, in the order of config.yaml."""
    order = {name: number for number, name in enumerate(made.config.channels)}
    yield from sorted((one.channel for one in chosen), key=lambda name: order[name])


@dataclass(frozen=True)
class _Maker:
    """What every day and post of the page is made with."""

    made: Preparation
    stands: Mapping[str, Standing]
    addresses: Mapping[str, str]

    @cached_property
    def findings(self) -> dict[str, list[Finding]]:
        """Those a person should see, by post."""
        found: dict[str, list[Finding]] = {}
        for one in self.made.findings:
            if one.post and one.severity is not Severity.HINT:
                found.setdefault(one.post, []).append(one)
        return found

    def day(self, day: str, deliveries: Iterable[Delivery]) -> Day:
        campaign, here = self.made.config.campaign, date.fromisoformat(day)
        by_post: dict[str, list[Delivery]] = {}
        for one in deliveries:
            by_post.setdefault(one.post, []).append(one)
        quiet = months.quiet_hours(campaign, here)
        return Day(
            months.anchor(day),
            f"{months.WEEKDAYS[here.weekday()]} {placeholders.long_date(here, 'en')}",
            months.offset(campaign, here),
            here == campaign.day,
            tuple(f"Nothing goes out in the quiet window {words}." for words in quiet),
            tuple(self.post(self.made.posts[name], found) for name, found in by_post.items()),
        )

    def post(self, post: Post, deliveries: Sequence[Delivery]) -> PostView:
        anchor = f"post-{deliveries[0].day}-{post.id}"
        order = list(self.made.config.channels)
        deliveries = sorted(deliveries, key=lambda one: order.index(one.channel))
        texts = [(one.message.language, part.text) for one in deliveries for part in one.message.parts]
        basis = evidence.basis(post, self.made.content.ledger, texts, anchor, self.made.config.approvers)
        span = post.span()
        return PostView(
            anchor,
            post.id,
            _KINDS.get(post.kind, post.kind.value.capitalize()),
            f"{span.file}:{span.line}" if span else post.file,
            tuple(
                shown.showing(self.made, one, self.stands[one.key], basis.cited, self.addresses)
                for one in deliveries
            ),
            basis.claims,
            basis.count,
            tuple(self.findings.get(post.id, ())),
            basis.graphic,
        )


def _unplanned(made: Preparation) -> Iterator[tuple[str, str]]:
    """Posts that nothing of goes out, with the reason."""
    planned = {one.post for one in made.deliveries}
    for post in made.content.posts:
        if post.draft:
            yield post.id, "a draft: checked, not planned"
        elif post.id not in planned:
            yield post.id, "has no time on any channel; see the findings at the top"
