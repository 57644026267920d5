"""The tables, as queries see them; `migrations` makes them. Times are µs since 1970 UTC, money is millionths
of a dollar.
"""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import sqlalchemy as sa

from scheduler.errors import StoreError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
Statement = TypeVar("Statement")


_UNKEPT = re.compile("[\0\ud800-\udfff]")
"""Signs no database keeps: NUL, and halves of signs that are not UTF-8."""


def kept(text: str) -> str:
    """The text as a database can keep it; what a platform or a terminal sends may be anything."""
    if text.isascii() and "\0" not in text:
        return text
    return _UNKEPT.sub("\ufffd", text)


class Words(sa.types.TypeDecorator[str]):
    """Text that is always taken: an answer with a broken sign in it must not be lost for that."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:
        return None if value is None else kept(value)


class Moment(sa.types.TypeDecorator[datetime]):
    """An aware datetime, kept as whole microseconds so that comparison in SQL is exact on every database."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> int | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError("a time without zone reached the store")
        return (value - EPOCH) // MICROSECOND

    def process_result_value(self, value: int | None, dialect: Any) -> datetime | None:
        return None if value is None else EPOCH + value * MICROSECOND


class Json(sa.types.TypeDecorator[Any]):
    """JSON as readable text: `scheduler.db` can be looked into with any SQLite tool."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> str | None:
        if value is None:
            return None
        text = json.dumps(value, ensure_ascii=False, sort_keys=True)
        # JSON has a way to write halves of signs, so that what is read is what was written.
        return text if text.isascii() else _UNKEPT.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text)

    def process_result_value(self, value: str | None, dialect: Any) -> Any:
        if value is None:
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise StoreError("a value in the database is damaged; restore a backup") from None


metadata = sa.MetaData()

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("mode", Words, nullable=False),
    sa.Column("key", Words, nullable=False),
    sa.Column("year", sa.Integer, nullable=False),
    sa.Column("post", Words, nullable=False),
    sa.Column("channel", Words, nullable=False),
    sa.Column("kind", Words, nullable=False),
    sa.Column("language", Words, nullable=False),
    sa.Column("author", Words),
    sa.Column("original_language", Words),
    # When. `planned_due` is what the plan said last, `due_by` the person who set another time.
    sa.Column("due", Moment, nullable=False),
    sa.Column("planned_due", Moment, nullable=False),
    sa.Column("due_by", Words),
    sa.Column("expires", Moment, nullable=False),
    sa.Column("day", Words, nullable=False),
    sa.Column("not_before", Moment),
    sa.Column("wake_at", Moment),  # a hint for the next look, never a condition
    sa.Column("slot", sa.Boolean, nullable=False),
    sa.Column("correction", sa.Boolean, nullable=False),
    sa.Column("urgent", sa.Boolean, nullable=False),
    # What. `body` is the SHA-256 of texts and images alone: it finds a renamed post.
    sa.Column("message", Json, nullable=False),
    sa.Column("digest", Words, nullable=False),
    sa.Column("approved_digest", Words),
    sa.Column("body", Words, nullable=False),
    sa.Column("length", sa.Integer, nullable=False),
    sa.Column("stops", Json, nullable=False),
    sa.Column("errors", sa.Boolean, nullable=False),
    sa.Column("waived", Json, nullable=False),  # rules that two people have answered, with their reasons
    sa.Column("records", Json),  # what it rests on: kind/id and a mark of what the record said then
    sa.Column("later", Json),  # what a reload wants of it, should an attempt under way turn out as nothing
    # Where it stands. `attempt` is the claim's number (a fence), `tries` what back-off counts.
    sa.Column("state", Words, nullable=False),
    sa.Column("reason", Words, nullable=False),
    sa.Column("cancelled_by", Words),
    sa.Column("owner", Words),
    sa.Column("lease_until", Moment),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("crashes", sa.Integer, nullable=False),
    sa.Column("part", sa.Integer, nullable=False),
    # `out_at`: when its first part went out, or may have; null again once it certainly did not.
    sa.Column("begun_at", Moment),
    sa.Column("out_at", Moment),
    sa.Column("absent_at", Moment),
    sa.Column("look_at", Moment),
    sa.Column("looks", sa.Integer, nullable=False),
    sa.Column("account", Words),
    sa.Column("created_at", Moment, nullable=False),
    sa.UniqueConstraint("mode", "key"),
)

parts = sa.Table(
    "parts",
    metadata,
    sa.Column("delivery", sa.ForeignKey("deliveries.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True),
    sa.Column("digest", Words, nullable=False),
    sa.Column("request", Json),
    sa.Column("frozen", sa.Boolean, nullable=False),
    sa.Column("remote_id", Words),
    sa.Column("url", Words),
    sa.Column("refs", Json),
    sa.Column("published_at", Moment),
)

attempts = sa.Table(
    "attempts",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("delivery", sa.ForeignKey("deliveries.id", ondelete="CASCADE"), nullable=False),
    sa.Column("channel", Words, nullable=False),
    sa.Column("mode", Words, nullable=False),
    sa.Column("year", sa.Integer, nullable=False),
    sa.Column("n", sa.Integer, nullable=False),
    sa.Column("part", sa.Integer, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("event", Words, nullable=False),
    sa.Column("detail", Words, nullable=False),
    sa.Column("owner", Words),
    sa.Column("request", Json),
    sa.Column("cost", sa.BigInteger, nullable=False),
)
"""Append-only: a row when a part begins, and a row for what came of it."""

holds = sa.Table(
    "holds",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("scope", Words, nullable=False),
    sa.Column("value", Words, nullable=False),
    sa.Column("reason", Words, nullable=False),
    sa.Column("who", Words, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("look_again", Moment),
    sa.Column("lifted_at", Moment),
    sa.Column("lifted_by", Words),
)

channels = sa.Table(
    "channels",
    metadata,
    sa.Column("name", Words, primary_key=True),
    sa.Column("mode", Words, primary_key=True),
    sa.Column("not_before", Moment),
    sa.Column("reason", Words, nullable=False),
    sa.Column("problem", Words, nullable=False),
    sa.Column("account_id", Words),
    sa.Column("to_compare", Words),  # why its account must be looked at before anything is sent
)

slots = sa.Table(
    "slots",
    metadata,
    sa.Column("key", Words, primary_key=True),
    sa.Column("due", Moment, nullable=False),
    sa.Column("set_by", Words, nullable=False),
)

approvals = sa.Table(
    "approvals",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("key", Words, nullable=False),
    sa.Column("digest", Words, nullable=False),
    sa.Column("who", Words, nullable=False),
    sa.Column("role", Words, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("shown_day", Words, nullable=False),
    sa.Column("act", Words, nullable=False),
    sa.Column("words", Words, nullable=False),
)
"""Append-only: who approved, returned or commented on what, in the order in which it was said."""

answers = sa.Table(
    "answers",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("question", Words, nullable=False),
    sa.Column("post", Words, nullable=False),
    sa.Column("rule", Words, nullable=False),
    sa.Column("who", Words, nullable=False),
    sa.Column("role", Words, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("reason", Words, nullable=False),
)
"""Append-only: what people answered to a rule's question about words."""

signed = sa.Table(
    "signed",
    metadata,
    sa.Column("digest", Words, primary_key=True),
    sa.Column("message", Json, nullable=False),
)
"""What a digest stood for when somebody approved, returned or commented on it."""

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("who", Words, nullable=False),
    sa.Column("act", Words, nullable=False),
    sa.Column("what", Words, nullable=False),
    sa.Column("detail", Words, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("hash", Words, nullable=False),
)
"""Append-only, and a chain (see `chain`): what people did."""

files = sa.Table(
    "files",
    metadata,
    sa.Column("sha256", Words, primary_key=True),
    sa.Column("bytes", sa.LargeBinary, nullable=False),
)

notices = sa.Table(
    "notices",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("mode", Words, nullable=False),
    sa.Column("cause", Words, nullable=False),
    sa.Column("key", Words),
    sa.Column("text", Words, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("closed_at", Moment),
)

alerts = sa.Table(
    "alerts",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("mode", Words, nullable=False),
    sa.Column("name", Words, nullable=False),  # what makes it one thing: open once at a time
    sa.Column("kind", Words, nullable=False),
    sa.Column("key", Words),
    sa.Column("words", Words, nullable=False),
    sa.Column("todo", Words, nullable=False),
    sa.Column("urgent", sa.Boolean, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("routed_at", Moment),  # when it was decided who is told
    sa.Column("over_at", Moment),
    sa.Column("over_words", Words),
)
"""What is to be told outside the log, and when it was over."""

tellings = sa.Table(
    "tellings",
    metadata,
    sa.Column("alert", sa.ForeignKey("alerts.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("recipient", Words, primary_key=True),
    sa.Column("what", Words, primary_key=True),
    sa.Column("made_at", Moment, nullable=False),
    # Begun and not told: the message may have arrived, and is sent once more, marked as a repetition.
    sa.Column("begun_at", Moment),
    sa.Column("doubtful", sa.Boolean, nullable=False),
    sa.Column("told_at", Moment),
)
"""One alert for one recipient: that it is, or that it is over."""

recipients = sa.Table(
    "recipients",
    metadata,
    sa.Column("mode", Words, primary_key=True),
    sa.Column("name", Words, primary_key=True),
    sa.Column("tried_at", Moment),
    sa.Column("told_at", Moment),
    sa.Column("failing_since", Moment),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("not_before", Moment),
    sa.Column("problem", Words, nullable=False),
)
"""How each address fares, by the name of its variable; the address itself is never here."""

meta = sa.Table(
    "meta",
    metadata,
    sa.Column("name", Words, primary_key=True),
    sa.Column("value", Json, nullable=False),
)

schema_version = sa.Table(
    "schema_version",
    metadata,
    sa.Column("version", sa.Integer, primary_key=True),
)

# Literals, not bound parameters: a partial index is used only where the planner can see its predicate.
IS_SCHEDULED = sa.text("deliveries.state = 'scheduled'")
IS_IN_FLIGHT = sa.text("deliveries.state IN ('preparing', 'sending')")
IS_PREPARING = sa.text("deliveries.state IN ('preparing', 'sending') AND deliveries.state = 'preparing'")
IS_UNKNOWN = sa.text("deliveries.state = 'unknown'")
IS_URGENT = sa.text("deliveries.state = 'scheduled' AND deliveries.urgent")
IS_BEGUN = sa.text("deliveries.state = 'scheduled' AND deliveries.part > 0")

# Built once: for SQLAlchemy to put a statement together costs several times what SQLite takes to run it.
_FREQUENT: dict[int, Any] = {}


def often(statement: Statement) -> Statement:
    """Mark a statement that every delivery needs: PostgreSQL gets it without detours (see `wire`)."""
    _FREQUENT[id(statement)] = statement
    return statement


def is_frequent(statement: Any) -> bool:
    """Whether it was marked so."""
    return id(statement) in _FREQUENT


ROW = often(
    sa.select(deliveries).where(
        deliveries.c.mode == sa.bindparam("mode"), deliveries.c.key == sa.bindparam("key")
    )
)
CHANGE_ROW = often(deliveries.update().where(deliveries.c.id == sa.bindparam("row")))
"""Executed with `row` and the new values by column."""

PART = sa.select(parts).where(
    parts.c.delivery == sa.bindparam("row"), parts.c.n == sa.bindparam("part_number")
)
CHANGE_PART = often(
    parts.update().where(parts.c.delivery == sa.bindparam("row"), parts.c.n == sa.bindparam("part_number"))
)
# Inline: nobody asks which number the new row has.
NEW_PART = often(parts.insert().inline())
NEW_ATTEMPT = often(attempts.insert().inline())
