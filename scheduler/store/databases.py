"""Which kind of database a campaign has: a file of its own, or one on a server for several machines."""

from pathlib import Path

import sqlalchemy as sa

from scheduler.errors import NothingThere, StoreError
from scheduler.store.backing import SHARED, Backing
from scheduler.store.connect import FILE, Database

MISSING = (
    "store: the package for PostgreSQL is not installed on this machine; run: "
    "python -m pip install 'psycopg[binary]'"
)


def opened(folder: Path, url: str | None = None, create: bool = True) -> Backing:
    """The database of a data folder, or the one `url` names; its password may stand in the `url`.

    Raises StoreError where it cannot be used or, without `create`, is not there yet.
    """
    if url is None:
        return Database(folder, create)
    address = on_server(url)
    try:
        from scheduler.store.postgres import Postgres
    except ImportError:
        raise StoreError(MISSING) from None
    try:
        # Beside a file with a campaign in it a new one on a server would publish everything again.
        return Postgres(folder, address, create and not (folder / FILE).exists())
    except NothingThere as error:
        if not create:
            raise
        raise StoreError(
            f"{str(error).partition(': ')[0]}: nothing is recorded there yet, but {folder / FILE} holds a "
            "campaign; take it along: python run.py migrate --from sqlite --to postgresql (or, if it is of "
            "no use any more, move that file away)"
        ) from None


def on_server(url: str) -> sa.URL:
    """The address of a server's database. Raises StoreError for another kind."""
    address = sa.make_url(url)
    if address.drivername not in SHARED:
        raise StoreError(
            f"store: “{address.drivername}” is no database of ours; write sqlite or postgresql+psycopg"
        )
    return address.set(drivername=SHARED[-1])


def exists(folder: Path, url: str) -> bool:
    """Whether anything was ever recorded on the server. Raises StoreError where it cannot be asked."""
    try:
        opened(folder, url, create=False).close()
    except NothingThere:
        return False
    return True
