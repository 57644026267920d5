"""config.yaml: the campaign, its channels and who approves, read once and checked whole. Never a secret."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, WithJsonSchema

from scheduler import platforms
from scheduler.content import source, validation
from scheduler.errors import ConfigError, ContentError
from scheduler.model import (
    ApprovalRules,
    Approver,
    Campaign,
    Channel,
    DailyLimit,
    DayTime,
    Finding,
    Look,
    Quiet,
    Severity,
    at,
)

CHANNEL_NAME = re.compile(r"[a-z0-9-]+")


@dataclass(frozen=True)
class Config:
    """A whole, valid configuration. Paths are absolute; `root` is the folder of config.yaml."""

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

    def limits(self, channel: str) -> Any:
        return platforms.limits(self.channels[channel])


def _relative_day(value: Any) -> int:
    match = re.fullmatch(r"D(?:\s*([+-])\s*(\d{1,4}))?", str(value).strip())
    if match is None:
        raise ValueError(f"“{value}” is not a day of the campaign; write D, D-30 or D+3")
    return int(f"{match[1] or '+'}{match[2] or 0}")


def _clock(value: Any) -> time:
    match = re.fullmatch(r"(\d{1,2}):(\d{2})(?::(\d{2}))?", str(value).strip())
    hour, minute, second = (int(part or 0) for part in match.groups()) if match else (99, 0, 0)
    if hour > 23 or minute > 59 or second > 59:
        raise ValueError(f"“{value}” is not a time of day; write it as 18:00")
    return time(hour, minute, second)


def _zone(value: Any) -> ZoneInfo:
    try:
        return ZoneInfo(str(value))
    except (KeyError, ValueError, OSError):
        raise ValueError(
            f"“{value}” is not a time zone; write one such as Asia/Baku, Europe/London or UTC"
        ) from None


def _language(value: Any) -> str:
    if not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", str(value)):
        raise ValueError(f"“{value}” is not a language tag; write one such as en, az or pt-BR")
    return str(value)


def _bound(words: str) -> DayTime:
    day, _, clock = words.strip().partition(" ")
    return DayTime(_relative_day(day), _clock(clock) if clock else None)


def _quiet(value: Any) -> Quiet:
    start, dots, end = str(value).partition("..")
    if not dots:
        first = _bound(start)
        if first.at is not None:
            raise ValueError(f"“{value}” has no end; write “D 16:55 .. D 17:05”")
        return Quiet(first, first, str(value))
    window = Quiet(_bound(start), _bound(end), str(value))
    if _order(window.start, time.min) > _order(window.end, time.max):
        raise ValueError(f"“{value}” ends before it begins")
    return window


def _order(bound: DayTime, missing: time) -> tuple[int, time]:
    return bound.days, bound.at if bound.at is not None else missing


def _span_of_days(value: Any) -> tuple[date, date]:
    first, _, last = str(value).partition("..")
    try:
        return date.fromisoformat(first.strip()), date.fromisoformat((last or first).strip())
    except ValueError:
        raise ValueError(f"“{value}” is not a range of days; write “2027-02-01 .. 2027-02-05”") from None


def _daily_limit(value: Any) -> DailyLimit:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return DailyLimit(value)
    if isinstance(value, dict) and set(value) <= {"default", "D"}:
        counts = {key: count for key, count in value.items() if isinstance(count, int) and count >= 0}
        if len(counts) == len(value):
            return DailyLimit(counts.get("default", 1), counts.get("D"))
    raise ValueError("write a number of posts a day, or {default: 1, D: 3}")


def _https(value: Any) -> str:
    address = str(value).rstrip("/")
    match = re.fullmatch(r"(https?)://(\[[0-9a-f:]+\]|[^/:\s@]+)(:\d+)?(/[^\s]*)?", address)
    if match is None:
        raise ValueError(f"“{value}” is not an address; write https://name.example")
    if match[1] == "http" and not re.fullmatch(r"127(\.\d+){3}|localhost|\[::1\]", match[2]):
        raise ValueError(f"“{value}” must begin with https:// (only this machine itself may use http)")
    return address


def _worded(convert: Any, **schema: Any) -> BeforeValidator | Any:
    """A validator in our own words, with the JSON Schema an editor shows."""
    return BeforeValidator(convert), WithJsonSchema(schema)


Clock = Annotated[time, *_worded(_clock, type="string", examples=["18:00"])]
Zone = Annotated[ZoneInfo, *_worded(_zone, type="string", examples=["Asia/Baku"])]
Language = Annotated[str, *_worded(_language, type="string", examples=["en", "az"])]
RelativeDay = Annotated[int, *_worded(_relative_day, type="string", examples=["D-30"])]
Duration = Annotated[
    timedelta, *_worded(validation.duration, type="string", pattern=r"^\d+[smhd]$", examples=["2h"])
]
QuietWindow = Annotated[Quiet, *_worded(_quiet, type="string", examples=["D 16:55 .. D 17:05", "D+1 .. D+2"])]
Days = Annotated[
    tuple[date, date], *_worded(_span_of_days, type="string", examples=["2027-02-01 .. 2027-02-05"])
]
Limit = Annotated[
    DailyLimit,
    *_worded(
        _daily_limit,
        anyOf=[{"type": "integer"}, {"type": "object", "properties": {"default": {}, "D": {}}}],
    ),
]
Address = Annotated[str, *_worded(_https, type="string", examples=["https://mastodon.example"])]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)


class CampaignOptions(_Part):
    no_two_of_a_kind_in_a_row: bool = Field(False, description="Slots avoid two posts of one kind in a row")


class CampaignPart(_Part):
    """The commemoration: its day, its zone, its languages and its rules for times."""

    name: str = Field(min_length=1, description="The campaign's name, as readers know it")
    anniversary: date = Field(description="The day commemorated, and what {years} counts from")
    year: int = Field(ge=1900, le=2200, description="The year of this run-up; keys and approvals carry it")
    timezone: Zone = Field(description="Days, quiet windows, limits and expiry are in this zone")
    languages: list[Language] = Field(min_length=1, description="The first is the one texts are written in")
    hashtags: list[str] = Field([], description="Without #; posts that name none get these")
    start: RelativeDay = Field(-30, description="No slot before this day; fixed times are free")
    quiet: list[QuietWindow] = Field([], description="Windows [start, end) in which nothing goes out")
    daily_limit: Limit = Field(DailyLimit(), description="Posts a day and channel; a thread is one")
    grace: Duration = Field(timedelta(hours=2), description="How late a post may still go out")
    options: CampaignOptions = CampaignOptions()


class ApproverPart(_Part):
    """A person who may approve."""

    languages: list[Language] = Field([], description="Languages this person reads")
    deputy: str | None = Field(None, description="Who approves in this person's absence")
    absent: list[Days] = Field([], description="Days away")


class ChannelPart(_Part):
    """An account on a platform; the platform's own options stand beside these."""

    platform: str = Field(description="The kind of platform")
    language: Language = Field(description="The language this account posts in")
    timezone: Zone | None = Field(None, description="Serves slots, local times and what is shown")
    slots: list[Clock] = Field([], description="Free times of day in the channel's zone")
    min_gap: Duration = Field(timedelta(0), description="Least time between two posts")
    daily_limit: Limit | None = Field(None, description="Replaces the campaign's")
    live: bool = Field(False, description="Nothing leaves the machine without --live and this")
    base_url: Address | None = Field(None, description="Own instance, gateway or test server; https")
    grace: Duration | None = Field(None, description="Replaces the campaign's")


class CardsPart(_Part):
    """How cards look."""

    palette: dict[Literal["ink", "soft", "accent", "ground"], str] = Field(
        {}, description="Colours as #RRGGBB"
    )
    mark: str | None = Field(None, description="The campaign's mark, a picture file")
    fonts: list[str] = Field([], description="Folders with further fonts")


class AlertsPart(_Part):
    """Names of environment variables that hold addresses; never the addresses themselves."""

    to: list[str] = []
    digest: Clock | None = None
    ping: str | None = None


class ConfigPart(_Part):
    """config.yaml."""

    campaign: CampaignPart
    approvals: dict[str, int | bool] = Field({}, description="How many people approve each kind of post")
    approvers: dict[str, ApproverPart] = Field({}, description="Who may approve, by name")
    channels: dict[str, dict[str, Any]] = Field(description="Accounts, by a name of your own")
    posts: str = Field("posts", description="Folder of the posts")
    data: str = Field("data", description="Database, cards, outbox, backups")
    store: str = Field("sqlite", description="The database")
    cards: CardsPart = CardsPart()
    alerts: AlertsPart = AlertsPart()


def schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of config.yaml, for editors; platforms' own options are left open."""
    made = TypeAdapter(ConfigPart).json_schema()
    made["$defs"] |= _definition(ChannelPart)
    made["properties"]["channels"]["additionalProperties"] = {"$ref": "#/$defs/ChannelPart"}
    made["$defs"]["ChannelPart"]["additionalProperties"] = True
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}


def _definition(part: type[_Part]) -> dict[str, Any]:
    own = part.model_json_schema()
    return {**own.pop("$defs", {}), part.__name__: own}


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
    part, problems = validation.validate(TypeAdapter(ConfigPart), document.value, document.spans, "config")
    findings += problems
    if part is None:
        return None, tuple(findings)
    reader = _Reader(part, document.spans, file)
    config = reader.config()
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
        if self.part.store != "sqlite":
            self.error(
                "store",
                "config.store",
                f"store: “{self.part.store}” is not available in this version; write sqlite",
            )
        return self.part.store

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
        part, problems = validation.validate(
            TypeAdapter(ChannelPart), common, self.spans, "config", path, also=own
        )
        self.findings += problems
        if kind is None or part is None:
            return None
        chosen = {key: value for key, value in options.items() if key in own}
        extra, problems = validation.validate(TypeAdapter(kind.options), chosen, self.spans, "config", path)
        self.findings += problems
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
