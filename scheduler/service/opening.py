"""Opening a campaign: its config, its secrets, its plan and what the store already knows."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dotenv import dotenv_values

from scheduler import config as configuration
from scheduler import platforms
from scheduler.config import Config
from scheduler.errors import ConfigError, StoreError
from scheduler.model import Channel, Finding, Mode, Severity
from scheduler.platforms.base import Platform

if TYPE_CHECKING:
    from scheduler.prepare import Preparation
    from scheduler.store import Policy, Store

ENV = ".env"


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
        from scheduler.prepare import prepare

        slots = self.slots() if kept is None else kept
        made = prepare(
            self.config, now, slots, urgent=urgent, at_once=at_once, redraw=redraw, progress=progress
        )
        return replace(made, findings=(*self.findings, *made.findings))

    @property
    def has_store(self) -> bool:
        try:
            return (self.config.data / "scheduler.db").exists()
        except OSError as error:
            raise StoreError(
                f"{self.config.data}: cannot be read ({error.strerror}); "
                "mend the folder's permissions, or choose another with --data"
            ) from None

    def slots(self) -> Mapping[str, datetime]:
        if not self.has_store:
            return {}
        with self.store(Mode.LIVE) as store:
            return store.slots()

    def store(self, mode: Mode, folder: Path | None = None) -> Store:
        from scheduler.store import Store

        store = Store.open(folder or self.config.data, mode)
        store.policy = self.policy()
        return store

    def policy(self) -> Policy:
        # SQLAlchemy is slow to import, and a campaign without a database needs none of it.
        from scheduler.store import Policy

        config = self.config
        costs = {name: cost for name in config.channels if (cost := config.limits(name).cost) is not None}
        return Policy(config.campaign, config.channels, config.approvals, config.approvers, costs=costs)

    def connect(self, channel: Channel, store: Store) -> Platform:
        """The channel's platform with its secrets. Raises ConfigError naming what is missing."""
        self.require_credentials(channel)
        return platforms.connect(channel, self.secrets(channel), store.file)

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


def open_campaign(
    file: Path, data: Path | None = None, environ: Mapping[str, str] | None = None
) -> Campaigning:
    """Read config.yaml and .env beside it. Raises Unusable with all findings, or ConfigError."""
    config, findings = configuration.load(file)
    if config is None:
        raise Unusable(findings)
    around = os.environ if environ is None else environ
    # An empty variable of the shell must not hide what stands in the file.
    secrets = {**_env_file(config.root / ENV), **{name: value for name, value in around.items() if value}}
    campaigning = Campaigning(config, (*findings, *_readable_by_others(config.root / ENV)), secrets)
    return campaigning if data is None else campaigning.with_data(data.resolve())


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
