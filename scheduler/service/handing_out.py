"""What `export` writes for people to use: the calendar, letters, the posting pack, the public pages."""

from __future__ import annotations

from scheduler.model import Channel, Mode
from scheduler.service import by_hand
from scheduler.service.approving import as_due
from scheduler.service.exporting import Asked, Written
from scheduler.service.standing import known, standings

_CALENDAR = "calendar"


def ics(asked: Asked) -> Written:
    """calendar.ics: one event for each delivery, known again by whatever calendar has imported it before."""
    from scheduler.exchange import calendar, folder

    target = asked.file("calendar.ics")
    made, recorded = asked.prepared(), known(asked.campaigning, asked.now)
    deliveries = [as_due(one, recorded.rows.get(one.key)) for one in made.deliveries]
    with asked.campaigning.store(Mode.LIVE) as store:
        done = calendar.calendar(
            made,
            deliveries,
            standings(asked.campaigning, made, asked.now, recorded),
            store.recall(_CALENDAR) or {},
            asked.now,
            channels=asked.channels,
            languages=asked.languages,
            images_at=asked.images_at,
        )
        folder.write(target, done.ics)
        store.remember(_CALENDAR, dict(done.kept))
    notes = [f"{done.events} events, times with their zone; import it again after a change."]
    if done.cancelled:
        notes.append(f"{done.cancelled} more are marked as cancelled: no longer planned, or taken out.")
    return Written((target,), tuple(notes))


def letters(asked: Asked) -> Written:
    """letters/: a text and a page for each office with a verified holder."""
    from scheduler.exchange import folder
    from scheduler.exchange import letters as exchange

    target = asked.folder("letters")
    made = asked.prepared()
    today = asked.now.astimezone(made.config.campaign.timezone).date()
    done = exchange.letters(made, today, asked.languages)
    chosen = asked.languages
    filled = folder.fill(target, done.files, lambda name: not chosen or exchange.language_of(name) in chosen)
    notes = [f"{len(done.ready)} to send by hand, one by one; nothing was sent. The list: {target}/LIST.txt"]
    drafts: dict[tuple[str, ...], list[str]] = {}
    for one in done.ready:
        drafts.setdefault(one.open, []).append(one.office)
    notes += [
        f"Drafts, not to be sent yet: {', '.join(offices)}: {'; '.join(why)}"
        for why, offices in drafts.items()
        if why
    ]
    notes += [f"No letter for {office or letter}: {why}" for letter, office, why in done.blocked]
    return Written((target,), (*notes, *filled.told))


def pack(asked: Asked) -> Written:
    """pack/: a folder for each cleared post of the channels that are posted on by hand."""
    from scheduler.exchange import folder, posting_pack

    target = asked.folder("pack")
    made = asked.prepared()
    tasks = by_hand.tasks(asked.campaigning, made, asked.now, asked.channels)
    tasks = [one for one in tasks if not asked.languages or one.delivery.message.language in asked.languages]
    cleared = [one.delivery for one in tasks if not one.why_not]
    waiting = [(one.delivery.key, one.why_not) for one in tasks if one.why_not]
    rows = known(asked.campaigning, asked.now).rows.values()
    done = posting_pack.pack(
        made, cleared, waiting, asked.now, {row.key: row.url for row in rows if row.url is not None}
    )
    channels = [name for name in made.config.channels if _chosen(asked, made.config.channels[name])]
    filled = folder.fill(target, done.files, lambda name: name.partition("/")[0] in channels)
    notes = [f"{len(cleared)} to post by hand, each in its folder, with a checklist and a reminder."]
    notes += [f"Not in it: {key}: {'; '.join(reasons)}" for key, reasons in waiting]
    return Written((target,), (*notes, *filled.told))


def site(asked: Asked) -> Written:
    """site/: the public pages that posts link to."""
    from scheduler.exchange import folder
    from scheduler.exchange import site as exchange

    target = asked.folder("site")
    made, recorded = asked.prepared(), known(asked.campaigning, asked.now)
    today = asked.now.astimezone(made.config.campaign.timezone).date()
    done = exchange.site(made, tuple(recorded.rows.values()), today, asked.languages)
    chosen = asked.languages
    filled = folder.fill(target, done.files, lambda name: not chosen or name.partition("/")[0] in chosen)
    notes = [f"{done.records} records on {done.pages} pages; open {target}/index.html"]
    notes += [f"Left out, because {why}: {folder.few(names)}" for why, names in done.left_out.items()]
    return Written((target,), (*notes, *filled.told))


def _chosen(asked: Asked, channel: Channel) -> bool:
    """Whether what was asked for speaks for all of this channel."""
    by_name = not asked.channels or channel.name in asked.channels
    return by_name and (not asked.languages or channel.language in asked.languages)
