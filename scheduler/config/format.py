"""The form of config.yaml: its parts, each with its meaning, and the words for what is wrong in it."""

import re
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, WithJsonSchema

from scheduler.content import times, validation
from scheduler.model import DailyLimit, DayTime, Quiet, When


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


def _variable(value: Any) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", str(value)):
        # Perhaps the address itself, which is a secret: it is not repeated.
        raise ValueError(
            "write the name of a variable, such as ALERT_URL_1; the address itself goes into .env"
        )
    return str(value)


def _hours(value: Any) -> str:
    start, _, end = str(value).partition("..")
    try:
        first, last = _clock(start), _clock(end)
    except ValueError:
        raise ValueError(f"“{value}” is not a span of hours; write “22:00 .. 07:00”") from None
    if first == last:
        raise ValueError(f"“{value}” has no length; write “22:00 .. 07:00”")
    return f"{first:%H:%M} .. {last:%H:%M}"


def _duty_edge(value: Any) -> str:
    words = " ".join(str(value).split())
    try:
        asked = times.when(words if " " in words else f"{words} 00:00")
    except ValueError:
        asked = When()
    if asked.is_slot or asked.local:
        raise ValueError(f"“{value}” is not a day; write 2027-02-14, D-3 or D-3 18:00")
    return words


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
_BY_DAY = {
    "type": "object",
    "properties": {
        "default": {"type": "integer", "description": "On any day"},
        "D": {"type": "integer", "description": "On the anniversary itself"},
    },
}
Limit = Annotated[
    DailyLimit,
    *_worded(
        _daily_limit,
        anyOf=[{"type": "integer"}, _BY_DAY],
    ),
]
VariableName = Annotated[str, *_worded(_variable, type="string", examples=["ALERT_URL_1"])]
Hours = Annotated[str, *_worded(_hours, type="string", examples=["22:00 .. 07:00"])]
DutyEdge = Annotated[str, *_worded(_duty_edge, type="string", examples=["2027-02-14", "D-3 18:00"])]
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
    start: RelativeDay = Field(
        -30,
        description="No slot before this day; fixed times are free",
        json_schema_extra={"default": "D-30"},
    )
    quiet: list[QuietWindow] = Field([], description="Windows [start, end) in which nothing goes out")
    daily_limit: Limit = Field(
        DailyLimit(),
        description="Posts a day and channel; a thread is one",
        json_schema_extra={"default": 1},
    )
    grace: Duration = Field(
        timedelta(hours=2),
        description="How late a post may still go out",
        json_schema_extra={"default": "2h"},
    )
    options: CampaignOptions = Field(
        CampaignOptions(), description="Rules for free slots that may be switched on"
    )


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
    min_gap: Duration = Field(
        timedelta(0), description="Least time between two posts", json_schema_extra={"default": "0m"}
    )
    daily_limit: Limit | None = Field(None, description="Replaces the campaign's")
    live: bool = Field(False, description="Nothing leaves the machine without --live and this")
    by_hand: bool = Field(
        False, description="A person posts there: planned, approved and recorded here, never sent by us"
    )
    base_url: Address | None = Field(None, description="Own instance, gateway or test server; https")
    grace: Duration | None = Field(None, description="Replaces the campaign's")
    machine: str | None = Field(
        None, min_length=1, description="With several machines: the only one that works on this channel"
    )
    quota: int | None = Field(None, ge=1, description="Most attempts in any 24 hours, failed ones included")
    spend_cap: Decimal | None = Field(
        None, ge=0, description="Most US dollars in a campaign year, where the platform bills posts"
    )
    card_shape: Literal["4:5", "1:1", "16:9", "9:16"] | None = Field(
        None, description="The shape of cards; left out, the one that the platform shows best"
    )


class PublicMediaPart(_Part):
    """Where images stand for platforms that fetch them by an address (Instagram, Threads)."""

    folder: str = Field(description="A folder that a web server serves, or that is synchronised to one")
    url: Address = Field(description="Its public address, https, without redirects")


class CardsPart(_Part):
    """How cards look."""

    palette: dict[Literal["ink", "soft", "accent", "ground"], str] = Field(
        {}, description="Colours as #RRGGBB"
    )
    mark: str | None = Field(None, description="The campaign's mark, a picture file")
    fonts: list[str] = Field([], description="Folders with further fonts")
    system_fonts: bool = Field(
        False, description="Whether letters that no other font has may come from this machine's fonts"
    )


class DutyPart(_Part):
    """A person who is told while on duty."""

    name: str = Field(min_length=1, description="Who it is, as in approvers")
    to: VariableName = Field(description="Name of the variable with this person's own address")
    from_: DutyEdge | None = Field(None, alias="from", description="On duty from this day, or day and time")
    until: DutyEdge | None = Field(None, description="Up to the end of this day, or up to this time")
    deputy: str | None = Field(None, description="Who is told instead; left out, as in approvers")
    absent: list[Days] = Field([], description="Days away, beside those in approvers")


class AlertsPart(_Part):
    """Names of environment variables that hold addresses; never the addresses themselves."""

    to: list[VariableName] = Field([], description="Whom to tell: names of variables, each with one address")
    digest: Clock | None = Field(None, description="When the daily summary is sent, in the campaign's zone")
    ping: VariableName | None = Field(
        None, description="Name of a variable with an address that is called while `run --live` works"
    )
    quiet: list[Hours] = Field(
        [], description="Hours of the campaign's zone in which only what is urgent is told"
    )
    duty: list[DutyPart] = Field(
        [], description="Who is on duty when; nobody on duty: everyone on this list is told"
    )


class ConfigPart(_Part):
    """config.yaml."""

    campaign: CampaignPart
    approvals: dict[str, int | bool] = Field({}, description="How many people approve each kind of post")
    approvers: dict[str, ApproverPart] = Field({}, description="Who may approve, by name")
    channels: dict[str, dict[str, Any]] = Field(description="Accounts, by a name of your own")
    posts: str = Field("posts", description="Folder of the posts")
    data: str = Field("data", description="Database, cards, outbox, backups")
    store: str = Field(
        "sqlite",
        description="The database: sqlite (a file in the data folder), or "
        "postgresql+psycopg://user@server/database for several machines (its password is STORE_PASSWORD in "
        ".env)",
    )
    cards: CardsPart = CardsPart()
    alerts: AlertsPart = AlertsPart()
    public_media: PublicMediaPart | None = Field(
        None, description="Needed for Instagram and Threads, which fetch images by an address"
    )


CONFIG = TypeAdapter(ConfigPart)
CHANNEL = TypeAdapter(ChannelPart)


def schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of config.yaml, for editors; platforms' own options are left open."""
    made = CONFIG.json_schema()
    made["$defs"] |= _definition(ChannelPart)
    made["properties"]["channels"]["additionalProperties"] = {"$ref": "#/$defs/ChannelPart"}
    made["$defs"]["ChannelPart"]["additionalProperties"] = True
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}


def _definition(part: type[_Part]) -> dict[str, Any]:
    own = part.model_json_schema()
    return {**own.pop("$defs", {}), part.__name__: own}
