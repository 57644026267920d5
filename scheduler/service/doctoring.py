"""What this machine and this folder need to carry a campaign: one line each, with what to do about it."""

import contextlib
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from importlib import metadata
from pathlib import Path
from zoneinfo import ZoneInfo

from scheduler import platforms
from scheduler.content import headers
from scheduler.errors import CardError, SchedulerError
from scheduler.model import Channel, Mode
from scheduler.platforms import pages
from scheduler.service import data_folder, first_files, health, installed, server
from scheduler.service.opening import ENV, Campaigning, Unusable, open_campaign
from scheduler.service.symptoms import Health, Seen, ago

OLDEST = (3, 11)
FAR_OFF = timedelta(seconds=30)
"""A clock so far from a platform's keeps everything from being sent."""

STILL = timedelta(minutes=1)
SYSTEMD = Path("/run/systemd/system")
"""There where systemd runs the machine."""

UNITS = (Path("/etc/systemd/system"), Path("/lib/systemd/system"), Path.home() / ".config/systemd/user")


Look = tuple[str, Callable[[], Iterator[Seen]]]
"""What is looked at, and how."""


def examine(file: Path, data: Path | None, now: datetime, *, network: bool = False) -> tuple[Seen, ...]:
    """Everything, in the order people read it. `file` is config.yaml; nothing is written anywhere.

    Only `network` asks a server, for what time it has. A look that fails itself is a bad line, never a stop.
    """
    campaigning, seen = _campaign(file, data)
    around = _each([("Python", _python), ("packages", _packages)])
    return (*around, seen, *(_each(_of_campaign(campaigning, now, network)) if campaigning else ()))


def _each(looks: list[Look]) -> Iterator[Seen]:
    for about, look in looks:
        try:
            yield from look()
        except (SchedulerError, OSError) as error:
            yield Seen(about, Health.BAD, f"cannot be looked at: {error}", "mend the folder's permissions")


def _of_campaign(campaigning: Campaigning, now: datetime, network: bool) -> list[Look]:
    config = campaigning.config
    live = any(one.live or one.by_hand for one in config.channels.values())
    return [
        ("fonts", lambda: _fonts(campaigning)),
        ("zones", lambda: _zones(campaigning)),
        ("clock", lambda: _clock(campaigning, now, network)),
        ("disk", lambda: data_folder.disk(config.data)),
        ("file system", lambda: data_folder.file_system(config.data)),
        ("database", lambda: _database(campaigning)),
        ("backups", lambda: data_folder.backups(config.data, now, live, lambda: _is_recorded(campaigning))),
        ("credentials", lambda: _credentials(campaigning)),
        ("alerts", lambda: _alerts(campaigning)),
        ("service", lambda: _service(campaigning, now)),
        ("systemd", lambda: _unit(campaigning)),
        ("editor", lambda: _editor(config.root)),
    ]


def _database(campaigning: Campaigning) -> Iterator[Seen]:
    if campaigning.store_url is None:
        return data_folder.database(campaigning.config.data)
    return server.database(campaigning)


def _is_recorded(campaigning: Campaigning) -> bool:
    """A server that does not answer has told so already."""
    with contextlib.suppress(SchedulerError):
        return campaigning.has_store
    return False


# -- the program itself


def _python() -> Iterator[Seen]:
    here = ".".join(str(part) for part in sys.version_info[:3])
    fine = sys.version_info[:2] >= OLDEST
    yield Seen(
        "Python",
        Health.OK if fine else Health.BAD,
        f"{here} ({sys.executable})",
        "" if fine else "install Python 3.11 or newer and run: make demo",
    )


def _packages() -> Iterator[Seen]:
    """The versions that tests ran with, against those installed."""
    if not installed.LOCK.is_file():
        yield Seen("packages", Health.OK, "not compared: no requirements.lock lies beside the program")
        return
    found = installed.compare(installed.LOCK.read_text(encoding="utf-8"))
    cure = "run: python -m pip install --require-hashes -r requirements.lock"
    if found.missing:
        yield Seen("packages", Health.BAD, f"missing: {', '.join(found.missing)}", cure)
    if found.other:
        words = f"other versions than were tested: {'; '.join(found.other)}"
        yield Seen("packages", Health.WARN, words, cure)
    if not found.missing and not found.other:
        yield Seen("packages", Health.OK, f"{found.count} as in requirements.lock")


# -- the campaign


def _campaign(file: Path, data: Path | None) -> tuple[Campaigning | None, Seen]:
    try:
        campaigning = open_campaign(file, data)
    except Unusable as error:
        count = str(error).count("\n") + 1
        words = f"{file}: {count} {'error' if count == 1 else 'errors'}"
        return None, Seen("config", Health.BAD, words, "see: python run.py check")
    except SchedulerError as error:
        return None, Seen("config", Health.BAD, str(error))
    config = campaigning.config
    return campaigning, Seen(
        "config", Health.OK, f"{config.campaign.name} {config.campaign.year}, {config.file}"
    )


def _fonts(campaigning: Campaigning) -> Iterator[Seen]:
    """Whether cards speak each language and have its letters, tried with its own month names."""
    from scheduler.cards import fonts, phrases, shape

    config = campaigning.config
    try:
        own = fonts.files(config.look.fonts, config.root)
    except CardError as error:
        yield Seen("fonts", Health.BAD, str(error))
        own = ()
    for language in config.campaign.languages:
        try:
            phrases.of(language)
            said = phrases.day(config.campaign.anniversary, language)
            shape.shape(said, language, shape.Style(shape.Family.SERIF, 400, own), 40)
            shape.shape(said, language, shape.Style(shape.Family.SANS, 400, own), 40)
        except (CardError, ModuleNotFoundError) as error:
            yield Seen("fonts", Health.BAD, f"{language}: {error}")
        else:
            yield Seen("fonts", Health.OK, f"{language}: {said}")


def _zones(campaigning: Campaigning) -> Iterator[Seen]:
    campaign = campaigning.config.campaign
    zones = {campaign.timezone, *(one.timezone for one in campaigning.config.channels.values())}
    try:
        version = f"tzdata {metadata.version('tzdata')}"
    except metadata.PackageNotFoundError:
        version = "this system's own data"
    offsets = ", ".join(_offset(campaign.day, one) for one in sorted(zones, key=lambda one: one.key))
    yield Seen("zones", Health.OK, f"{version}; on {campaign.day}: {offsets}")


def _offset(day: date, zone: ZoneInfo) -> str:
    """Asia/Baku UTC+04:00, at noon of that day."""
    return f"{zone.key} UTC{datetime.combine(day, time(12), zone).isoformat()[-6:]}"


def _clock(campaigning: Campaigning, now: datetime, network: bool) -> Iterator[Seen]:
    here = f"{now:%Y-%m-%d %H:%M:%S} UTC"
    cure = "set this computer's clock, and let it follow a time server"
    last = _heartbeat(campaigning.config.data)
    if last is not None and now < last - FAR_OFF:
        yield Seen(
            "clock", Health.BAD, f"{here} is before the scheduler's last sign of life, {last:%H:%M}", cure
        )
        return
    if not network:
        yield Seen("clock", Health.OK, f"{here}; not compared with a server (doctor --network does)")
        return
    for channel in campaigning.config.channels.values():
        there = _asked(channel)
        if there is None:
            yield Seen(
                "clock", Health.WARN, f"{channel.name}: its server does not answer, or not with the time"
            )
        elif abs(there - now) > FAR_OFF:
            seconds = round((now - there).total_seconds())
            yield Seen("clock", Health.BAD, f"{here}; {channel.name}'s server says {seconds:+d} s off", cure)
        else:
            yield Seen("clock", Health.OK, f"{here}, as {channel.name}'s server has it")


def _asked(channel: Channel) -> datetime | None:
    with contextlib.suppress(SchedulerError):
        return platforms.server_date(channel)
    return None


def _heartbeat(data: Path) -> datetime | None:
    seen = [health.last_tick(data, mode) for mode in Mode]
    return max((one for one in seen if one is not None), default=None)


# -- accounts and the service


def _credentials(campaigning: Campaigning) -> Iterator[Seen]:
    """Whether each variable is set; what stands in it is never shown, nor tried."""
    for name, channel in campaigning.config.channels.items():
        if channel.by_hand:
            yield Seen("credentials", Health.OK, f"{name} (posted on by hand): none are needed")
            continue
        missing = platforms.missing_secrets(channel, campaigning.environ)
        live = "live" if channel.live else "not live"
        if not missing:
            words, state, todo = f"{name} ({live}): all there, not tried (accounts tries them)", Health.OK, ""
        else:
            words = f"{name} ({live}): {', '.join(missing)} not set in {ENV}"
            state = Health.BAD if channel.live else Health.OK
            todo = f"python run.py accounts connect {name}" if channel.live else ""
        yield Seen("credentials", state, words, todo)
    for finding in campaigning.findings:
        if finding.rule == "config.env-readable":
            yield Seen("credentials", Health.WARN, finding.message)


def _alerts(campaigning: Campaigning) -> Iterator[Seen]:
    """Whether anybody can be told; addresses are read, never shown nor tried."""
    from scheduler.alerts import addresses
    from scheduler.alerts.settings import Settings

    config = campaigning.config
    names = Settings.of(config).names
    wrong = list(addresses.findings(config, campaigning.environ))
    for finding in wrong:
        yield Seen("alerts", Health.WARN, finding.message)
    if not names:
        live = any(one.live for one in config.channels.values())
        todo = pages.told("{} shows how", "how-to/be-told.md") if live else ""
        yield Seen(
            "alerts", Health.WARN if live else Health.OK, "nobody is told when something happens", todo
        )
    elif not wrong:
        words = f"{', '.join(names)} can be read, not tried (alerts test tries them)"
        yield Seen("alerts", Health.OK, words)


def _service(campaigning: Campaigning, now: datetime) -> Iterator[Seen]:
    config = campaigning.config
    live = any(one.live or one.by_hand for one in config.channels.values())
    for mode in Mode:
        last = health.last_tick(config.data, mode)
        if last is None:
            continue
        name = f"service ({mode})"
        told: Mapping[str, object] = health.read(config.data, mode)
        if now - last > STILL:
            todo = "" if mode is Mode.DRY else "start it again: python run.py run --live"
            words = f"not at work; last looked {ago(now - last)}"
            yield Seen(name, Health.WARN if live and mode is Mode.LIVE else Health.OK, words, todo)
        elif not told.get("ok", True):
            yield Seen(name, Health.WARN, "at work, and it needs you", "python run.py status")
        else:
            yield Seen(name, Health.OK, f"at work; last looked {ago(max(now - last, timedelta(0)))}")
    if live and health.last_tick(config.data, Mode.LIVE) is None:
        yield Seen("service (live)", Health.WARN, "was never started here", "python run.py run --live")


def _unit(campaigning: Campaigning) -> Iterator[Seen]:
    """Whether systemd starts it with the machine; asked of its files alone."""
    live = any(one.live or one.by_hand for one in campaigning.config.channels.values())
    page = "how-to/leave-it-running.md"
    if not SYSTEMD.is_dir():
        todo = f"see that something starts it with the machine{pages.told(': {}', page)}" if live else ""
        yield Seen("systemd", Health.WARN if live else Health.OK, "does not run this machine", todo)
        return
    unit = next(_units(campaigning.config.root), None)
    if unit is None:
        todo = pages.told("{} has the file for it", page) if live else ""
        words = "no unit starts this campaign with the machine"
        yield Seen("systemd", Health.WARN if live else Health.OK, words, todo)
    elif not any(any(folder.glob(f"*.wants/{unit.name}")) for folder in UNITS):
        yield Seen("systemd", Health.WARN, f"{unit} is not enabled", f"systemctl enable --now {unit.stem}")
    else:
        yield Seen("systemd", Health.OK, f"{unit} starts it with the machine")


def _units(root: Path) -> Iterator[Path]:
    for folder in UNITS:
        for path in sorted(folder.glob("*.service")) if folder.is_dir() else ():
            with contextlib.suppress(OSError, UnicodeError):
                text = path.read_text(encoding="utf-8")
                if "run.py" in text and str(root) in text:
                    yield path


def _editor(root: Path) -> Iterator[Seen]:
    """Whether the schemas that `init` put beside the campaign are this program's."""
    folder, ours = root / headers.FOLDERS[0], first_files.SCHEMAS
    if not folder.is_dir() or not ours.is_dir():
        return
    stale = [path.name for path in sorted(ours.glob("*.json")) if not _same(path, folder / path.name)]
    words = f"its schemas are an older program's: {', '.join(stale)}" if stale else "knows every field"
    todo = f"copy the files of {ours} into {folder}" if stale else ""
    yield Seen("editor", Health.WARN if stale else Health.OK, words, todo)


def _same(one: Path, other: Path) -> bool:
    return other.is_file() and one.read_bytes() == other.read_bytes()
