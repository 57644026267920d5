"""What every platform does, and the words in which it answers.

Calls return results; only bugs and configuration raise. A platform file declares, as module names: `NAME` (as
config calls it), `OPTIONS` (a dataclass of its own channel options), `SECRETS` (names without the channel's
prefix), `BASE_URL` (where it is reached unless the channel says otherwise, or None), `LIMITS`,
`connect(channel, secrets, files, session, clock)` and, where it has any, `DESTINATIONS` (options that name
where to publish, needed only to go live), `ALTERNATIVES` (other sets of secrets that will do), `OPTIONAL`
(secrets that may be there besides), `OAUTH` and `limits_with(options)` (limits that a channel's options
change, `by_hand` among them). An option `public_media` is filled from config's own.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from scheduler.model import Limits, Message, Receipt

Files = Callable[[str], bytes]
"""SHA-256 (hex) to the stored final bytes of an image."""


def variable(channel: str, secret: str) -> str:
    """The environment variable of a channel's secret: MASTODON_EN_ACCESS_TOKEN for `mastodon-en`."""
    return f"{channel.replace('-', '_').upper()}_{secret}"  # names are [a-z0-9-]+, so upper() is safe


class Recovery(StrEnum):
    """What can be known after a call that got no answer.

    resend_safe: sending the frozen request again cannot double (Bluesky's record key).
    probe: the account's own listing is complete; found or absent can be told.
    presence_only: a hit proves publication, a miss proves nothing.
    blind: nothing can be read back; a person decides.
    """

    RESEND_SAFE = "resend_safe"
    PROBE = "probe"
    PRESENCE_ONLY = "presence_only"
    BLIND = "blind"


class Refusal(StrEnum):
    """Why a platform certainly did not publish."""

    AUTH = "auth"
    PERMISSION = "permission"
    CONTENT = "content"
    DUPLICATE = "duplicate"
    RATE = "rate"
    QUOTA = "quota"
    PAYMENT = "payment"
    BLOCKED = "blocked"
    MEDIA = "media"
    TRANSIENT = "transient"


@dataclass(frozen=True)
class Prepared:
    """Everything the one visible call needs, as JSON without secrets; stored at `begin`, frozen from then on.

    `request` is the body to send. `uploads` maps an image's SHA-256 to its remote id. `baseline` is the id of
    the newest own post before the call (where it can be listed); "" says that there was no post yet, None
    that the account could not be listed. After `expires_at` (aware UTC) it must be made anew. `account` is
    the remote account's id where it is known. `key` is the part's key it was made for.
    """

    request: dict[str, Any]
    uploads: dict[str, str] = field(default_factory=dict)
    baseline: str | None = None
    expires_at: datetime | None = None
    account: str | None = None
    key: str = ""

    def to_json(self) -> dict[str, Any]:
        return {
            "request": self.request,
            "uploads": self.uploads,
            "baseline": self.baseline,
            "expires_at": self.expires_at.isoformat() if self.expires_at else None,
            "account": self.account,
            "key": self.key,
        }

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> "Prepared":
        expires = fields.get("expires_at")
        return cls(
            request=fields["request"],
            uploads=fields.get("uploads", {}),
            baseline=fields.get("baseline"),
            expires_at=datetime.fromisoformat(expires) if expires else None,
            account=fields.get("account"),
            key=fields.get("key", ""),
        )


@dataclass(frozen=True)
class Sent:
    """Published: the receipt is the platform's own answer.

    `notes` are sentences for an alert: what is out differs from what was asked (an image missing).
    """

    receipt: Receipt
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refused:
    """Certainly not published. `retry_at` (aware UTC) is when the platform says to come back."""

    kind: Refusal
    message: str
    retry_at: datetime | None = None


@dataclass(frozen=True)
class Unknown:
    """It may be out. Never sent again before somebody has looked."""

    reason: str


@dataclass(frozen=True)
class Found:
    """It is out: newer than the baseline, same text, same number of images."""

    receipt: Receipt


@dataclass(frozen=True)
class Absent:
    """The listing was read down to the baseline and it is not there.

    Counts only when seen twice after settling, and only where by the platform's `recovery` a miss proves
    something.
    """


@dataclass(frozen=True)
class CannotTell:
    """The platform gives no proof either way, or more than one candidate."""

    reason: str


@dataclass(frozen=True)
class Allowance:
    """What the platform allows in a period, and how much of it is used: "50 posts in 24 h"."""

    used: int
    allowed: int
    period: timedelta


@dataclass(frozen=True)
class Account:
    """Who the credentials speak for. `expires_at`: when they end; where they are `endless` they never do, and
    else the platform does not tell. `date` is the platform's clock.

    `permissions` are what they may do, () where the platform does not tell; `missing` are permissions that
    publishing needs and the credentials lack, in the platform's own names; `lesser` those that only something
    else needs, each with what that is. `troubles` are sentences on what else keeps posts from going out.
    `limits` are the account's own numbers where the server tells them, by their names in `Limits`
    ("characters" for its text). `profile` is what the account says of itself, `automated` whether it is
    labelled as automated; None where the platform does not tell.
    """

    id: str
    handle: str
    url: str | None = None
    expires_at: datetime | None = None
    date: datetime | None = None
    permissions: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    lesser: Mapping[str, str] = field(default_factory=dict)
    troubles: tuple[str, ...] = ()
    allowance: Allowance | None = None
    limits: Mapping[str, int] = field(default_factory=dict)
    profile: str | None = None
    automated: bool | None = None
    endless: bool = False

    @property
    def untold(self) -> tuple[str, ...]:
        """What the platform does not tell of the credentials: "permissions", "expires"."""
        known = {"permissions": bool(self.permissions), "expires": bool(self.expires_at or self.endless)}
        return tuple(name for name, is_known in known.items() if not is_known)


@dataclass(frozen=True)
class LongLife:
    """A second exchange, of a token that lives an hour for one that lives months: a GET of `address`.

    `given` is the parameter that carries the first token.
    """

    address: str
    grant: str
    given: str = "access_token"


@dataclass(frozen=True)
class OAuth:
    """Where, and for what, a person lets the program in by a browser. Data alone: `oauth.py` walks it.

    An address without a server is the channel's own; {option} stands for an option of the channel. `stored`:
    fields of the answer, and the secrets they become. `kept`: secrets kept besides. `register`: where an app
    makes itself known, for a platform without developer apps; `older_scopes` are for servers that do not know
    the others. `more_scopes` are by the start of the destination's name. `redirect`: where the browser is
    sent with the code; with https, a person copies that address over. `page`: where the pages are listed
    whose tokens are wanted in place of a person's, and the option that names the page. `unless`: options of a
    channel to which all this does not apply. `replaces`: secrets that would count more than the new ones.
    `renews`: the program itself replaces the token before it ends.
    """

    authorize: str
    token: str
    scopes: tuple[str, ...]
    stored: Mapping[str, str] = field(default_factory=lambda: {"access_token": "ACCESS_TOKEN"})
    kept: tuple[str, ...] = ()
    separator: str = " "
    pkce: bool = False
    basic: bool = False
    needs_secret: bool = True
    register: str | None = None
    older_scopes: tuple[str, ...] = ()
    more_scopes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    redirect: str = "http://127.0.0.1:{port}/"
    longer: LongLife | None = None
    page: tuple[str, str] | None = None
    unless: Mapping[str, str] = field(default_factory=dict)
    replaces: tuple[str, ...] = ()
    renews: bool = False


class Platform(Protocol):
    """One per channel. `prepare` is invisible and repeatable; `send` is the one visible call, made once."""

    name: str
    limits: Limits
    recovery: Recovery
    lead: timedelta

    def payload(self, message: Message, part: int = 0) -> dict[str, Any]:
        """The body of the visible request for part `part` (from 0), media by SHA-256.

        Pure: preview and dry run show it.
        """

    def account(self) -> Account | Refused:
        """Who am I; is the token good."""

    def prepare(
        self, message: Message, part: int, key: str, reply_to: Receipt | None
    ) -> "Prepared | Refused":
        """Upload, describe, take the baseline. `key` is the part's key (`…#2` from the second on)."""

    def send(self, prepared: Prepared) -> Sent | Refused | Unknown:
        """The one visible call, once, within the total deadline."""

    def find(self, prepared: Prepared, taken: frozenset[str]) -> Found | Absent | CannotTell:
        """Look for it among the account's own posts. `taken` are remote ids that other deliveries hold."""

    def already_out(self, messages: Sequence[Message], since: datetime) -> "Mapping[str, str] | Refused":
        """Which of the messages the account already shows: their keys, each with its place (a link).

        Compares the first part's text with the newest own posts since `since` (aware UTC). Empty where the
        account cannot be listed.
        """

    def read_back(self, message: Message, part: int, receipt: Receipt) -> tuple[str, ...]:
        """What a published part shows otherwise than its message says, in clauses for an alert.

        Empty where all is right, and where it cannot be read, or not for free.
        """

    def delete(self, receipt: Receipt) -> Refused | None:
        """Take a published part down; None when it is gone."""


@runtime_checkable
class Edits(Protocol):
    """A platform on which the words of what is out can be changed in place.

    Pictures stay, and so do their alt texts: Mastodon alone changes those too.
    """

    def edit(self, message: Message, part: int, receipt: Receipt) -> Refused | Unknown | None:
        """Make a published part show this message's text; None when it does."""


@runtime_checkable
class Measures(Protocol):
    """A platform that tells how a published part was received."""

    def metrics(self, receipt: Receipt) -> Mapping[str, int] | Refused:
        """Numbers by name: views, likes, reposts, replies, quotes, clicks; only those the platform tells."""


@runtime_checkable
class Tidies(Protocol):
    """A platform whose preparations leave something behind that must not stay (a public image)."""

    def tidy(self, prepared: Prepared) -> None:
        """Remove it, once the delivery has come to its end; what is gone already is no trouble."""
