"""Opening a campaign: its config, its secrets, its plan and what the store already knows."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dotenv import dotenv_values

from scheduler import approvals, platforms
from scheduler import config as configuration
from scheduler.config import Config, accounts, address, machines
from scheduler.errors import ConfigError, StoreError
from scheduler.model import Answer, Approval, Channel, Finding, Mode, Severity
from scheduler.platforms.base import Platform
from scheduler.platforms.tokens import Tokens

if TYPE_CHECKING:
    from scheduler.content import Content
    from scheduler.planning import Plan
    from scheduler.prepare import Preparation
    from scheduler.store import Policy, Store

ENV = ".env"
STORE_PASSWORD = "STORE_PASSWORD"
MACHINE = "SCHEDULER_MACHINE"


class Unusable(ConfigError):
    """config.yaml has errors; the findings say where."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        self.findings = findings
        errors = [str(finding) for finding in findings if finding.severity is Severity.ERROR]
        super().__init__("\n".join(errors))


@dataclass(frozen=True)
class Campaigning:
    """A campaign opened for work. `environ` holds secrets: it is never printed."""

    config: Config
    findings: tuple[Finding, ...]
    environ: Mapping[str, str] = field(repr=False)
    alone: bool = False
    """Whether it does without what is recorded: only to look at what is written."""

    def prepare(
        self,
        now: datetime,
        kept: Mapping[str, datetime] | None = None,
        *,
        urgent: frozenset[str] = frozenset(),
        at_once: frozenset[str] = frozenset(),
        redraw: frozenset[str] = frozenset(),
        progress: Callable[[int, int], None] | None = None,
    ) -> Preparation:
        """PREPARE at `now`, config's findings first. `kept` None asks the store for slots given before."""
        # Checks and cards are slow to import, and most commands on a running campaign need neither.
        from scheduler.alerts import addresses
        from scheduler.checks import presence, visited
        from scheduler.prepare import prepare

        slots, answers, said = self._recorded()
        made = prepare(
            self.config,
            now,
            slots if kept is None else kept,
            urgent=urgent,
            at_once=at_once,
            redraw=redraw,
            progress=progress,
            answered=self.answers(answers),
            also=lambda content, plan: (
                *self._translations(content, plan, said, now),
                *visited.findings(content, plan, self.config.campaign, visited.read(self.config.data), now),
            ),
        )
        hints = (*addresses.findings(self.config, self.environ), *accounts.findings(self.config, now))
        hints += tuple(machines.findings(self.config, self.environ))
        hints += tuple(presence.findings(made.deliveries, made.posts, said, self.approving, now))
        if self.has_store:
            from scheduler.service import recalling

            hints += recalling.findings(self, made.content.ledger)
        return replace(made, findings=(*self.findings, *made.findings, *hints))

    def _translations(
        self, content: Content, plan: Plan, said: Mapping[str, Sequence[Approval]], now: datetime
    ) -> tuple[Finding, ...]:
        """What is behind the text it translates, by what is remembered from earlier looks."""
        from scheduler.checks import translations
        from scheduler.service import languages

        config, memory = self.config, languages.look(self.config, content.posts, said, keep=not self.alone)
        return tuple(
            translations.findings(content.posts, plan.places, config.campaign, config.channels, memory, now)
        )

    @property
    def has_store(self) -> bool:
        if self.alone:
            return False
        if self.store_url is None:
            # SQLAlchemy is slow to import, and a campaign without a database needs none of it.
            return _is_there(self.config.data / "scheduler.db")
        from scheduler.store import databases

        return databases.exists(self.config.data, self.store_url)

    @property
    def store_url(self) -> str | None:
        """The address of the server's database, with its password: never to be shown. None: a file."""
        return self.url_of(self.config.store) if address.is_server(self.config.store) else None

    def url_of(self, written: str) -> str:
        """A server's address with the password that .env or the environment have for it, if any."""
        import sqlalchemy as sa

        found = sa.make_url(written)
        password = self.environ.get(STORE_PASSWORD)
        return (found.set(password=password) if password else found).render_as_string(hide_password=False)

    def slots(self) -> Mapping[str, datetime]:
        if not self.has_store:
            return {}
        with self.store(Mode.LIVE) as store:
            return store.slots()

    def _recorded(self) -> tuple[Mapping[str, datetime], Sequence[Answer], Mapping[str, list[Approval]]]:
        """What people and earlier plans have left in the store: slots, answers to questions, approvals."""
        if not self.has_store:
            return {}, (), {}
        said: dict[str, list[Approval]] = {}
        with self.store(Mode.LIVE) as store:
            for one in store.approvals():
                said.setdefault(one.key, []).append(one)
            return store.slots(), store.answers(), said

    @property
    def approving(self) -> approvals.Policy:
        """Who must approve, and who may."""
        config = self.config
        return approvals.Policy(config.approvals, config.approvers, config.campaign.timezone)

    def answers(self, given: Sequence[Answer]) -> approvals.Answers:
        """What was answered to questions about words, and who may answer."""
        config = self.config
        return approvals.Answers.of(given, config.approvals, config.approvers, config.campaign.timezone)

    def store(self, mode: Mode, folder: Path | None = None) -> Store:
        from scheduler.store import Store

        # In a folder of somebody else's it is a copy, and a copy is always a file.
        url = self.store_url if folder is None else None
        store = Store.open(folder or self.config.data, mode, url=url)
        store.machine = self.machine
        if url is not None:
            store.go_by_its_clock()
        store.policy = self.policy()
        return store

    @property
    def machine(self) -> str:
        """What this machine is called, where a channel in config.yaml names one."""
        return self.environ.get(MACHINE) or socket.gethostname()

    def is_mine(self, channel: Channel) -> bool:
        """Whether this machine may work on the channel."""
        return channel.machine is None or channel.machine == self.machine

    @property
    def delivers_only(self) -> bool:
        """Whether this machine has no posts: another one prepares, and the server has what is final."""
        return self.store_url is not None and not self.config.posts.is_dir()

    def policy(self, *, has_posts: bool | None = None) -> Policy:
        """What the gate decides by. Without posts there is no folder for a HOLD file; None: look whether
        there are.
        """
        from scheduler.service.holding import hold_files
        from scheduler.store import Policy, Quota
        from scheduler.store.rows import HOLD_FILE

        config = self.config
        costs = {name: cost for name in config.channels if (cost := config.limits(name).cost) is not None}
        channels = config.channels.values()
        has_posts = not self.delivers_only if has_posts is None else has_posts
        who = f"{HOLD_FILE} on {self.machine}" if self.store_url is not None else HOLD_FILE
        return Policy(
            config.campaign,
            config.channels,
            config.approvals,
            config.approvers,
            quotas={one.name: Quota(one.quota) for one in channels if one.quota is not None},
            spend_caps={one.name: one.spend_cap for one in channels if one.spend_cap is not None},
            costs=costs,
            hold_files=hold_files(config, who) if has_posts else lambda: None,
            hold_file_who=who if has_posts else "",
            mark=config.mark,
        )

    def connect(self, channel: Channel, store: Store) -> Platform:
        """The channel's platform with its secrets. Raises ConfigError naming what is missing."""
        self.require_credentials(channel)
        return platforms.connect(channel, self.tokens(channel), store.file)

    def introduce(self, channel: Channel) -> Platform:
        """The channel's platform to ask for its account alone: it has no pictures and needs no database."""
        return platforms.connect(channel, self.tokens(channel), _no_files)

    def tokens(self, channel: Channel) -> Tokens:
        """The channel's secrets, those renewed since among them."""
        # They stand beside .env and not in the data folder, so no backup takes them along.
        return Tokens(channel.name, self.secrets(channel), self.config.root, platforms.host(channel))

    def secrets(self, channel: Channel) -> Mapping[str, str]:
        """The channel's secrets, for connecting alone."""
        return platforms.secrets(channel, self.environ)

    def require_credentials(self, channel: Channel) -> None:
        """Raises ConfigError naming the variables that are not set, never a value."""
        if missing := platforms.missing_secrets(channel, self.environ):
            raise ConfigError(
                f"{channel.name}: no credentials; put {', '.join(missing)} into .env beside config.yaml"
            )

    def credentials(self, channel: Channel) -> bool:
        """Whether every secret of the channel is there (not whether it is good)."""
        return not platforms.missing_secrets(channel, self.environ)

    def with_data(self, data: Path) -> Campaigning:
        """The same campaign with another data folder."""
        return replace(self, config=replace(self.config, data=data))


def _is_there(database: Path) -> bool:
    try:
        return database.exists()
    except OSError as error:
        raise StoreError(
            f"{database.parent}: cannot be read ({error.strerror}); "
            "mend the folder's permissions, or choose another with --data"
        ) from None


def _no_files(sha256: str) -> bytes:
    raise LookupError(f"no stored image {sha256[:12]}")


def open_campaign(
    file: Path, data: Path | None = None, environ: Mapping[str, str] | None = None
) -> Campaigning:
    """Read config.yaml and .env beside it. Raises Unusable with all findings, or ConfigError."""
    config, findings = configuration.load(file)
    if config is None:
        raise Unusable(findings)
    secrets = read_secrets(config.root, environ)
    campaigning = Campaigning(config, (*findings, *_readable_by_others(config.root / ENV)), secrets)
    return campaigning if data is None else campaigning.with_data(data.resolve())


def read_secrets(root: Path, environ: Mapping[str, str] | None = None) -> Mapping[str, str]:
    """The variables of .env in the campaign's folder, and over them those of the environment."""
    around = os.environ if environ is None else environ
    # An empty variable of the shell must not hide what stands in the file.
    return {**_env_file(root / ENV), **{name: value for name, value in around.items() if value}}


def _env_file(path: Path) -> dict[str, str]:
    """The variables of .env. Raises ConfigError where it cannot be read, never quoting it."""
    try:
        # A $ in a password is a $, not the name of another variable.
        found = dotenv_values(path, interpolate=False)
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: is not UTF-8; save it in your editor with the encoding UTF-8") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); mend its permissions") from None
    return {name: value for name, value in found.items() if value}


def _readable_by_others(path: Path) -> tuple[Finding, ...]:
    """A warning where other users of this machine can read the passwords (not asked on Windows)."""
    if os.name != "posix":
        return ()
    try:
        mode = path.stat().st_mode
    except OSError:
        return ()
    if not mode & (stat.S_IRGRP | stat.S_IROTH):
        return ()
    words = f"other users of this machine can read the passwords in it; run: chmod 600 {path}"
    return (Finding(Severity.WARNING, "config.env-readable", words, ENV),)
