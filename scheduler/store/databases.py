"""Which kind of database a campaign has: a file of its own, or one on a server for several machines."""

from pathlib import Path

import sqlalchemy as sa

from scheduler.errors import NothingThere, StoreError
from scheduler.store.backing import SHARED, Backing
from scheduler.store.connect import Database


def opened(folder: Path, url: str | None = None, create: bool = True) -> Backing:
    """The database of a data folder, or the one `url` names; its password may stand in the `url`.

    Raises StoreError where it cannot be used or, without `create`, is not there yet.
    """
    if url is None:
        return Database(folder, create)
    address = sa.make_url(url)
    if address.drivername not in SHARED:
        raise StoreError(
            f"store: “{address.drivername}” is no database of ours; write sqlite or postgresql+psycopg"
        )
    try:
        from scheduler.store.postgres import Postgres

        return Postgres(folder, address.set(drivername=SHARED[-1]), create)
    except ModuleNotFoundError:
        raise StoreError(
            "store: the package for PostgreSQL is not installed; run: pip install 'psycopg[binary]'"
        ) from None


def exists(folder: Path, url: str) -> bool:
    """Whether anything was ever recorded on the server. Raises StoreError where it cannot be asked."""
    try:
        opened(folder, url, create=False).close()
    except NothingThere:
        return False
    return True
