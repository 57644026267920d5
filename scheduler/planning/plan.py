"""The plan: which post goes out on which channel when, from posts, config and the time alone.

Fixed times stand where they are. Then each channel's diary is filled in this order: slots that have passed,
corrections and urgent posts, slots already given, and last the posts still waiting for one, by priority
(the higher number first), file and id.
"""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from scheduler.errors import PlanError
from scheduler.model import Campaign, Channel, Finding, Kind, Post, Severity, key_of
from scheduler.planning import quiet as quietness
from scheduler.planning import when
from scheduler.planning.crowding import Fixed, over_limit, too_near
from scheduler.planning.notes import Note, Notes
from scheduler.planning.reach import reach
from scheduler.planning.slots import Diary


@dataclass(frozen=True)
class Place:
    """One delivery's time. `due`, `expires`: UTC; `day`: its campaign day, ISO; `slot`: from a free slot."""

    key: str
    post: str
    channel: str
    due: datetime
    expires: datetime
    day: str
    slot: bool


@dataclass(frozen=True)
class Plan:
    """Places by due, channel and post. `unplaced`: keys of posts that are wanted there but have no time."""

    places: tuple[Place, ...]
    findings: tuple[Finding, ...]
    unplaced: tuple[str, ...] = ()


@dataclass(frozen=True)
class Room:
    """A channel's slots from now on: how many places are free, and how many posts want one."""

    channel: str
    free: int
    wanting: int

    @property
    def enough(self) -> bool:
        return self.wanting <= self.free


def plan(
    posts: Sequence[Post],
    campaign: Campaign,
    channels: Mapping[str, Channel],
    now: datetime,
    kept: Mapping[str, datetime],
    urgent: Collection[str] = frozenset(),
) -> Plan:
    """Give every post that is not a draft a time on each of its channels.

    `kept` maps keys to slots given before; they stay while they are valid, those that have passed always.
    `urgent` holds keys or post ids that limits and whole quiet days do not bind.
    """
    planner = _Planner(campaign, channels, now, kept, urgent)
    planner.sort(posts)
    for channel in channels.values():
        planner.fill(channel)
    return planner.result()


def places(
    campaign: Campaign,
    channels: Mapping[str, Channel],
    posts: Sequence[Post],
    now: datetime,
    kept: Mapping[str, datetime] | None = None,
) -> tuple[Room, ...]:
    """For each channel the slot places left beside fixed times, and the posts that want one."""
    planner = _Planner(campaign, channels, now, kept or {}, ())
    planner.sort(posts)
    return tuple(planner.room(channel) for channel in channels.values())


class _Planner:
    """Collects places and notes while the channels are filled one after the other."""

    def __init__(
        self,
        campaign: Campaign,
        channels: Mapping[str, Channel],
        now: datetime,
        kept: Mapping[str, datetime],
        urgent: Collection[str],
    ) -> None:
        self.campaign, self.channels, self.now = campaign, channels, now
        self.kept, self.urgent = kept, urgent
        self.windows = quietness.windows(campaign)
        self.notes = Notes()
        self.findings: list[Finding] = []
        self.places: list[Place] = []
        self.unplaced: list[str] = []
        self.wanted: dict[str, list[Post]] = {name: [] for name in channels}

    def sort(self, posts: Iterable[Post]) -> None:
        """Each channel's posts, in the order in which they are served. A second post of an id is left out."""
        for post in {post.id: post for post in reversed(list(posts))}.values():
            reached, findings = reach(post, self.channels)
            self.findings.extend(findings)
            for channel in () if post.draft else reached:
                self.wanted[channel.name].append(post)
                self.notes.planned(post)
        for wanted in self.wanted.values():
            wanted.sort(key=served)

    def fill(self, channel: Channel) -> None:
        """The channel's places, in the order of the module's first lines."""
        diary, waiting = self.begin(channel)
        room = Room(channel.name, diary.free(), len(waiting))
        moved: dict[str, str] = {}
        for post in waiting:
            if (due := self.kept_slot(post, channel)) is not None:
                if (reason := diary.why_not(due)) is not None:
                    moved[post.id] = reason
                else:
                    diary.add(due, post.kind)
                    self.place(post, channel, due)
        rest = [post for post in waiting if self.kept_slot(post, channel) is None or post.id in moved]
        for post, due in deal(rest, diary):
            if due is None:
                self.no_place(post, channel, room)
                continue
            self.place(post, channel, due)
            if post.id in moved:
                self.moved(post, channel, moved[post.id], due)

    def room(self, channel: Channel) -> Room:
        diary, waiting = self.begin(channel)
        return Room(channel.name, diary.free(), len(waiting))

    def begin(self, channel: Channel) -> tuple[Diary, list[Post]]:
        """The diary with all that no slot can move, and the posts that still need a slot in it."""
        diary = Diary(self.campaign, channel, self.windows, self.now)
        wanted = self.wanted[channel.name]
        for due, post in self.fix(channel, [post for post in wanted if not post.when.is_slot]):
            diary.add(due, post.kind)
        waiting = []
        for post in (post for post in wanted if post.when.is_slot):
            kept = self.kept_slot(post, channel)
            if kept is not None and kept <= self.now:
                diary.add(kept, post.kind)
                self.place(post, channel, kept)
            else:
                waiting.append(post)
        for post in (post for post in waiting if self.exempt(post, channel)):
            self.hurry(post, channel, diary)
        return diary, [post for post in waiting if not self.exempt(post, channel)]

    def fix(self, channel: Channel, posts: Sequence[Post]) -> list[Fixed]:
        """Posts with a time of their own, by due, each with its place and whatever is wrong with it."""
        fixed: list[Fixed] = []
        for post in posts:
            try:
                fixed.append((when.moment(post.when, self.campaign, channel), post))
            except PlanError as error:
                self.notes.add(post, channel, Note(Severity.ERROR, "planning.no-such-time", str(error)))
                self.unplaced.append(self.key(post, channel))
        fixed.sort(key=lambda entry: entry[0])
        for due, post in fixed:
            self.place(post, channel, due)
            self.mind_quiet(post, channel, due)
        bound = [entry for entry in fixed if not self.exempt(entry[1], channel)]
        for (due, post), note in (
            *over_limit(self.campaign, channel, bound),
            *too_near(channel, bound),
        ):
            if due > self.now:
                self.notes.add(post, channel, note)
        return fixed

    def mind_quiet(self, post: Post, channel: Channel, due: datetime) -> None:
        window = quietness.among(self.windows, due, self.exempt(post, channel))
        if window is not None:
            shown = quietness.words(window)
            at = when.words(due, self.campaign.timezone)
            words = f"{at} is in the quiet window {shown}; choose another time"
            self.notes.add(post, channel, Note(Severity.ERROR, "planning.quiet", words, cause=shown))

    def hurry(self, post: Post, channel: Channel, diary: Diary) -> None:
        """The next slot for a correction or an urgent post."""
        due = self.kept_slot(post, channel)
        if due is not None and diary.forbids(due) is None:
            diary.add(due, post.kind)
        else:
            due = diary.take_ahead(post.kind)
        if due is None:
            self.no_place(post, channel, None)
        else:
            self.place(post, channel, due)

    def moved(self, post: Post, channel: Channel, reason: str, due: datetime) -> None:
        """Say why the slot given before is lost, and which is the new one."""
        zone = self.campaign.timezone
        words = (
            f"its slot {when.words(self.kept[self.key(post, channel)], zone)} is lost ({reason}); "
            f"it moves to {when.words(due, zone)}, and on another day it must be approved anew"
        )
        self.notes.add(post, channel, Note(Severity.WARNING, "planning.moved", words))

    def place(self, post: Post, channel: Channel, due: datetime) -> None:
        ends = when.expires(self.campaign, due, when.grace(post, channel, self.campaign))
        day = when.local_day(self.campaign, due)
        key = self.key(post, channel)
        self.places.append(Place(key, post.id, channel.name, due, ends, day, post.when.is_slot))

    def no_place(self, post: Post, channel: Channel, room: Room | None) -> None:
        self.unplaced.append(self.key(post, channel))
        note = Note(Severity.ERROR, "planning.no-place", _no_place(channel, room), cause=channel.name)
        self.notes.add(post, channel, note)

    def kept_slot(self, post: Post, channel: Channel) -> datetime | None:
        kept = self.kept.get(self.key(post, channel))
        return kept.astimezone(UTC) if kept is not None else None

    def exempt(self, post: Post, channel: Channel) -> bool:
        """Corrections and urgent posts: limits, gaps and whole quiet days do not bind them."""
        if post.is_correction or post.corrects is not None:
            return True
        return bool(self.urgent) and (post.id in self.urgent or self.key(post, channel) in self.urgent)

    def key(self, post: Post, channel: Channel) -> str:
        return key_of(self.campaign.year, post.id, channel.name)

    def result(self) -> Plan:
        self.places.sort(key=lambda place: (place.due, place.channel, place.post))
        findings = [*self.findings, *self.notes.findings()]
        findings.sort(key=lambda one: (one.file, one.line, one.column, one.rule, one.channel or ""))
        return Plan(tuple(self.places), tuple(findings), tuple(sorted(self.unplaced)))


def served(post: Post) -> tuple[int, str, str]:
    """The order in which posts get their slots: the higher priority first."""
    return -post.priority, post.file, post.id


def deal(posts: Iterable[Post], diary: Diary) -> Iterator[tuple[Post, datetime | None]]:
    """Give slots to posts in the order they come; None for those that get none.

    A post passed over because it would follow another of its kind is asked again after each place given.
    """
    queues: dict[Kind, deque[Post]] = {}
    for post in posts:
        queues.setdefault(post.kind, deque()).append(post)
    while heads := sorted((queue[0] for queue in queues.values() if queue), key=served):
        given = ((post, diary.take(post.kind)) for post in heads)
        post, due = next((pair for pair in given if pair[1] is not None), (heads[0], None))
        queues[post.kind].popleft()
        yield post, due


def _no_place(channel: Channel, room: Room | None) -> str:
    cure = "give it a time, or give the channel more slots"
    if not channel.slots:
        return f"it waits for a slot, and the channel has none; {cure}"
    if room is None:
        return f"no slot is free for it; {cure}"
    free = f"{room.free} free place{'' if room.free == 1 else 's'}"
    wanted = f"{room.wanting} post{'' if room.wanting == 1 else 's'}"
    return (
        f"{free} for {wanted} on the next slot, and by priority, file and id this one gives way; "
        f"{cure} or a higher daily_limit, or raise the post's priority"
    )
