"""Moving a post: one value changed in its own file, everything else there left as it is."""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path

from scheduler import planning
from scheduler.content import source, times
from scheduler.errors import ContentError, InputError, RunError
from scheduler.model import Finding, Mode, Post, Severity, When
from scheduler.planning import Place, Plan
from scheduler.prepare import Preparation
from scheduler.service.opening import Campaigning
from scheduler.service.standing import Known, known


@dataclass(frozen=True)
class Moved:
    """One delivery: when it was due and when it is now (None: it had, or has, no place), and what follows."""

    key: str
    before: datetime | None
    after: datetime | None
    note: str = ""
    unapproves: bool = False

    @property
    def post(self) -> str:
        return self.key.split("/")[1]


@dataclass(frozen=True)
class Proposal:
    """A move as it would be; nothing is written yet. `text` is the post's file as it was then."""

    made: Preparation
    post: Post
    when: str
    plan: Plan
    moved: tuple[Moved, ...]
    text: str

    @property
    def goes_further(self) -> bool:
        """Whether it moves other posts along, or makes approvals fall."""
        return any(one.post != self.post.id or one.unapproves for one in self.moved)


def propose(campaigning: Campaigning, name: str, when: str, now: datetime) -> Proposal:
    """What a move would do: which deliveries move, other posts' included.

    Raises InputError where the post is unknown or the new time cannot be used.
    """
    made = campaigning.prepare(now)
    post = _post(made, name)
    plan, text = _planned(made, post, _time(when)), source.read_text(_path(campaigning, post), post.file)
    moved = _moved(made.plan, plan, known(campaigning, now))
    return Proposal(made, post, when.strip(), plan, moved, text)


def carry_out(campaigning: Campaigning, proposal: Proposal, who: str) -> None:
    """Write the new time into the post's file, and keep the slots given by it.

    Raises InputError or RunError where the file cannot be changed; then it is as it was.
    """
    post, when = proposal.post, proposal.when
    # While somebody reads what moves along, another may change the file; then its places are not these.
    _write(_path(campaigning, post), proposal.text, _with_when(proposal.text, post, when))
    if campaigning.has_store:
        touched = {one.key for one in proposal.moved}
        slots = {one.key: one.due for one in proposal.plan.places if one.slot and one.key in touched}
        with campaigning.store(Mode.LIVE) as store:
            store.keep_slots(slots, "move")
            store.audit(who, "move", f"{post.id} to {when}", proposal.made.now)


def move(campaigning: Campaigning, name: str, when: str, now: datetime, who: str) -> tuple[Moved, ...]:
    """Propose a move and carry it out at once; answers which deliveries moved."""
    proposal = propose(campaigning, name, when, now)
    carry_out(campaigning, proposal, who)
    return proposal.moved


def _path(campaigning: Campaigning, post: Post) -> Path:
    return (campaigning.config.root / post.file).resolve()


def _post(made: Preparation, name: str) -> Post:
    if (post := made.posts.get(name)) is not None:
        return post
    broken = f" {', '.join(sorted(made.content.broken))} cannot be read as it stands." * bool(
        made.content.broken
    )
    near = get_close_matches(name, made.posts, 1)
    hint = f"Did you mean {near[0]}?" if near else "`plan` lists them."
    raise InputError(f"There is no post “{name}”.{broken} {hint}")


def _time(words: str) -> When:
    try:
        return times.when(words)
    except ValueError as error:
        raise InputError(f"Not moved: {error}") from None


def _planned(made: Preparation, post: Post, when: When) -> Plan:
    """The plan with the post at its new time. Raises InputError where that gives it new errors."""
    posts = [replace(one, when=when) if one is post else one for one in made.content.posts]
    config = made.config
    plan = planning.plan(posts, config.campaign, config.channels, made.now, made.kept)
    new = [one.message for one in _errors(plan.findings, post) - _errors(made.plan.findings, post)]
    if new:
        raise InputError("Not moved: " + "; ".join(sorted(new)))
    if when.at is not None and not post.draft:
        _refuse_the_past(plan, post, made.now)
    return plan


def _errors(findings: Sequence[Finding], post: Post) -> set[Finding]:
    return {one for one in findings if one.severity is Severity.ERROR and one.post == post.id}


def _refuse_the_past(plan: Plan, post: Post, now: datetime) -> None:
    places = [place for place in plan.places if place.post == post.id]
    if places and all(place.due <= now for place in places):
        raise InputError("Not moved: that time has passed; name one to come, or send it now with `publish`")


def _with_when(text: str, post: Post, when: str) -> str:
    """The file's text with the post's `when` replaced, or added behind its id where it has none."""
    if (span := post.spans.get("when")) is not None:
        return source.replace(text, span, when)
    return source.add(text, post.spans, "when", when)


def _moved(before: Plan, after: Plan, recorded: Known) -> tuple[Moved, ...]:
    """Every delivery whose time differs; last those that have no place any more."""
    was, now = ({place.key: place for place in plan.places} for plan in (before, after))
    moved = []
    for place in after.places:
        old = was.get(place.key)
        if old is None or old.due != place.due:
            moved.append(_note(Moved(place.key, old.due if old else None, place.due), old, place, recorded))
    lost = [one for one in before.places if one.key not in now and one.key in after.unplaced]
    return (*moved, *(Moved(one.key, one.due, None, "no place is left for it") for one in lost))


def _note(moved: Moved, old: Place | None, new: Place, recorded: Known) -> Moved:
    row = recorded.rows.get(moved.key)
    if row is not None and not row.open:
        return replace(moved, note=f"already {row.state}: its time stays as it was")
    given = {one.shown_day for one in recorded.approvals.get(moved.key, ())}
    if old is not None and old.day in given and old.day != new.day:
        return replace(moved, note="on another day, so it must be approved again", unapproves=True)
    return moved


def _write(path: Path, before: str, after: str) -> None:
    """Atomically: a reader sees the old file or the new one. Raises RunError; then nothing was changed."""
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as stream:
            stream.write(after)
            stream.flush()
            os.fsync(stream.fileno())
        shutil.copymode(path, part)
        if source.read_text(path, path.name) != before:
            raise RunError(f"{path.name} was changed by somebody else just now; nothing was moved, try again")
        part.replace(path)
    except OSError as error:
        raise RunError(f"{path.name} cannot be written ({error.strerror}); nothing was changed") from None
    except ContentError as error:
        raise RunError(f"{error}; nothing was changed") from None
    finally:
        part.unlink(missing_ok=True)
