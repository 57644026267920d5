"""Which deliveries rest on which records: asked without their messages, so that it may be asked often."""

from collections.abc import Iterator, Mapping

import sqlalchemy as sa

from scheduler.model import Mode
from scheduler.store import schema
from scheduler.store.retracting import RETRACTED
from scheduler.store.shown import OPEN

TABLE, PARTS = schema.deliveries, schema.parts
Resting = tuple[str, bool, str | None, Mapping[str, str] | None]
"""Key; whether it is out or may be; the link of its first part; its records, None where nobody noted them."""


def resting(connection: sa.Connection, mode: Mode) -> Iterator[Resting]:
    """Every delivery of the mode that is out, may be, or is still to come; not what was taken down whole."""
    first = sa.and_(PARTS.c.delivery == TABLE.c.id, PARTS.c.n == 0)
    query = (
        sa.select(TABLE.c.key, TABLE.c.out_at, TABLE.c.records, PARTS.c.url)
        .select_from(TABLE.outerjoin(PARTS, first))
        .where(TABLE.c.mode == mode, ~TABLE.c.reason.startswith(f"{RETRACTED} "))
        .where(sa.or_(TABLE.c.out_at.is_not(None), TABLE.c.state.in_(list(OPEN))))
        .order_by(TABLE.c.due, TABLE.c.id)
    )
    for row in connection.execute(query):
        yield row.key, row.out_at is not None, row.url, row.records
