"""config.yaml: the campaign, its channels and who approves, read once and checked whole. Never a secret."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from scheduler import cards, platforms
from scheduler.config import accounts, address
from scheduler.config.format import CHANNEL, CONFIG, ConfigPart, schema
from scheduler.content import source, validation
from scheduler.errors import ConfigError, ContentError
from scheduler.model import (
    ApprovalRules,
    Approver,
    Campaign,
    Channel,
    Finding,
    Limits,
    Look,
    Severity,
    at,
)
from scheduler.platforms import pages, sizes
from scheduler.platforms.public_media import PublicMedia

__all__ = ["Config", "load", "parse", "schema"]

CHANNEL_NAME = re.compile(r"[a-z0-9-]+")


@dataclass(frozen=True)
class Config:
    """A whole, valid configuration. Paths are absolute; `root` is the folder of config.yaml, and `mark` the
    SHA-256 of its words.
    """

    file: Path
    root: Path
    campaign: Campaign
    channels: Mapping[str, Channel]
    approvals: ApprovalRules
    approvers: Mapping[str, Approver]
    posts: Path
    data: Path
    store: str = "sqlite"
    look: Look = field(default_factory=Look)
    alerts: Mapping[str, Any] = field(default_factory=dict)
    mark: str = ""

    def limits(self, channel: str) -> Limits:
        """What the channel accepts: its platform's limits, or its server's own where those were asked for."""
        asked = self.channels[channel]
        limits = sizes.within(platforms.limits(asked), accounts.own_limits(self.data, asked))
        return replace(limits, card_size=cards.SHAPES[asked.card_shape]) if asked.card_shape else limits


def load(file: Path) -> tuple[Config | None, tuple[Finding, ...]]:
    """Read config.yaml. The Config is None when a finding is an error. Raises ConfigError if unreadable."""
    if not file.is_file():
        raise ConfigError(
            f"{file}: there is no such file; run this in the campaign's folder, or name it with --config"
        )
    try:
        text = source.read_text(file, file.name)
    except ContentError as error:
        raise ConfigError(str(error)) from None
    return parse(text, file.resolve())


def parse(text: str, file: Path) -> tuple[Config | None, tuple[Finding, ...]]:
    """As `load`, of a text already read; `file` is absolute."""
    document = source.load(text, file.name)
    findings = list(document.findings)
    if any(finding.severity is Severity.ERROR for finding in findings):
        return None, tuple(findings)
    read = validation.validate(CONFIG, document.value, document.spans, "config")
    part, problems = read
    findings += problems
    if part is None:
        return None, tuple(findings)
    reader = _Reader(part, document.spans, file)
    config = replace(reader.config(), mark=hashlib.sha256(text.encode()).hexdigest())
    findings += reader.findings
    broken = any(finding.severity is Severity.ERROR for finding in findings)
    return (None if broken else config), tuple(findings)


class _Reader:
    """Turns the validated file into nouns, collecting what is wrong between its parts."""

    def __init__(self, part: ConfigPart, spans: Mapping[str, Any], file: Path) -> None:
        self.part, self.spans, self.file = part, spans, file
        self.findings: list[Finding] = []

    def error(self, path: str, rule: str, message: str) -> None:
        parts = path.split(".")
        while parts and ".".join(parts) not in self.spans:
            parts.pop()
        span = self.spans.get(".".join(parts)) or self.spans.get("")
        self.findings.append(at(span, Severity.ERROR, rule, message))

    def config(self) -> Config:
        part = self.part
        root = self.file.parent
        return Config(
            file=self.file,
            root=root,
            campaign=self.campaign(),
            channels=self.channels(),
            approvals=self.approvals(),
            approvers={
                name: Approver(name, tuple(one.languages), one.deputy, tuple(one.absent))
                for name, one in part.approvers.items()
            },
            posts=self.path("posts", part.posts),
            data=self.path("data", part.data),
            store=self.store(),
            look=Look(
                {str(role): colour for role, colour in part.cards.palette.items()},
                part.cards.mark,
                tuple(part.cards.fonts),
                part.cards.system_fonts,
            ),
            alerts=part.alerts.model_dump(exclude_none=True),
        )

    def path(self, key: str, value: str) -> Path:
        root = self.file.parent.resolve()
        resolved = (root / value).resolve()
        if not resolved.is_relative_to(root):
            self.error(
                key,
                "config.outside",
                f"{key}: “{value}” lies outside the campaign's folder; use a folder inside it",
            )
        return resolved

    def store(self) -> str:
        written = self.part.store
        if (wrong := address.problem(written)) is not None:
            self.error("store", "config.store", f"store: “{address.shown(written)}”: {wrong}")
        return written

    def campaign(self) -> Campaign:
        part = self.part.campaign
        if part.year < part.anniversary.year:
            self.error("campaign.year", "config.year", f"year {part.year} is before the anniversary itself")
        return Campaign(
            name=part.name,
            anniversary=part.anniversary,
            year=part.year,
            timezone=part.timezone,
            languages=tuple(dict.fromkeys(part.languages)),
            hashtags=tuple(tag.removeprefix("#") for tag in part.hashtags),
            start_days=part.start,
            quiet=tuple(part.quiet),
            daily_limit=part.daily_limit,
            grace=part.grace,
            options=part.options.model_dump(),
        )

    def approvals(self) -> ApprovalRules:
        rules = dict(self.part.approvals)
        login = bool(rules.pop("require_login", False))
        for kind, count in rules.items():
            if isinstance(count, bool) or count < 0:
                self.error(
                    f"approvals.{kind}",
                    "config.approvals",
                    f"approvals: {kind}: write a number of people, 0 for none",
                )
        counts = {kind: int(count) for kind, count in rules.items()}
        return ApprovalRules(counts.pop("default", 1), counts, login)

    def channels(self) -> dict[str, Channel]:
        if not self.part.channels:
            self.error("channels", "config.channels", "channels: none yet; name at least one account")
        return {
            name: channel
            for name, options in self.part.channels.items()
            if (channel := self.channel(name, options)) is not None
        }

    def channel(self, name: str, options: dict[str, Any]) -> Channel | None:
        path = f"channels.{name}"
        if not CHANNEL_NAME.fullmatch(name):
            self.error(
                f"channels.~{name}",
                "config.channel-name",
                f"channel “{name}”: use only small letters a–z, digits and hyphens",
            )
        kind = self.kind(path, options.get("platform"))
        own = {option.name for option in fields(kind.options)} if kind else set()
        common = {key: value for key, value in options.items() if key not in own}
        read = validation.validate(CHANNEL, common, self.spans, "config", path, also=own)
        part, problems = read
        self.findings += problems
        if kind is None or part is None:
            return None
        chosen = {key: value for key, value in options.items() if key in own}
        extra, problems = validation.validate(TypeAdapter(kind.options), chosen, self.spans, "config", path)
        self.findings += problems
        if extra is not None:
            extra = self.with_public_media(path, extra)
            self.destinations(path, kind, part.live, extra)
        if part.by_hand and part.live:
            self.error(
                f"{path}.by_hand",
                "config.by-hand",
                f"{name}: with live: true and by_hand: true its posts would go out twice; keep one of them",
            )
        if part.language not in self.part.campaign.languages:
            self.error(
                f"{path}.language",
                "config.language",
                f"{name}: language “{part.language}” is not among the campaign's languages",
            )
        return Channel(
            name=name,
            platform=part.platform,
            language=part.language,
            timezone=part.timezone or self.part.campaign.timezone,
            slots=tuple(sorted(set(part.slots))),
            min_gap=part.min_gap,
            daily_limit=part.daily_limit,
            live=part.live,
            base_url=part.base_url,
            grace=part.grace,
            options=vars(extra) if extra is not None else {},
            quota=part.quota,
            spend_cap=part.spend_cap,
            machine=part.machine,
            card_shape=self.card_shape(path, part.card_shape, kind.limits.aspect),
            by_hand=part.by_hand,
        )

    def card_shape(self, path: str, shape: str | None, allowed: tuple[float, float] | None) -> str | None:
        """A shape that the platform takes; another one is an error here, not a card refused later."""
        if shape is None or allowed is None:
            return shape
        wide, high = cards.SHAPES[shape]
        if not allowed[0] * 0.999 <= wide / high <= allowed[1] * 1.001:
            self.error(
                f"{path}.card_shape",
                "config.card-shape",
                f"{path}: this platform takes no {shape} pictures; choose another shape or leave it out",
            )
        return shape

    def with_public_media(self, path: str, options: Any) -> Any:
        """The channel's own `public_media`, else the campaign's; its folder is made absolute."""
        if not hasattr(options, "public_media"):
            return options
        own, common = options.public_media, self.part.public_media
        key = "public_media.folder" if own is None else f"{path}.public_media.folder"
        chosen = PublicMedia(common.folder, common.url) if own is None and common is not None else own
        if chosen is None:
            return options
        return replace(options, public_media=replace(chosen, folder=str(self.path(key, chosen.folder))))

    def destinations(self, path: str, kind: platforms.Kind, live: bool, options: Any) -> None:
        """Where to publish must be said only by a channel that goes live."""
        where = pages.told("; {} says where to find it", f"platforms/{kind.name}.md")
        for name in kind.destinations if live else ():
            if not getattr(options, name):
                self.error(
                    f"{path}.live",
                    "config.destination",
                    f"{path}: {name} is needed to go live{where}",
                )

    def kind(self, path: str, name: Any) -> Any:
        kinds = platforms.kinds()
        if name is None:
            return None
        if name not in kinds:
            self.error(
                f"{path}.platform",
                "config.platform",
                f"platform “{name}” is not known; choose one of {', '.join(sorted(kinds))}",
            )
        return kinds.get(name)
