"""What people said, in both modes alike: approvals, returns, comments, answers, and the log of it all."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from scheduler.model import Answer, Approval, Message
from scheduler.store import chain, people, scene, schema, status
from scheduler.store.backing import Backing
from scheduler.store.chain import Verdict
from scheduler.store.rows import note_act
from scheduler.store.shown import Act


class Spoken:
    """The part of the store that only grows: nothing said is ever changed or removed."""

    def __init__(self, database: Backing) -> None:
        self._database = database

    def approve(self, given: Sequence[Approval], shown: Mapping[str, Message] | None = None) -> None:
        """Append approvals, returns and comments; they count only for the digest and day they name. `shown`
        is what each digest stands for.
        """
        with self._database.write() as connection:
            people.say(connection, given, shown or {})

    def signed(self, digests: Collection[str]) -> dict[str, Message]:
        """What these digests stood for when somebody approved, returned or commented on them."""
        with self._database.read() as connection:
            return people.signed(connection, digests)

    def answer(self, given: Sequence[Answer]) -> None:
        """Append what a person answered to questions about words."""
        with self._database.write() as connection:
            people.answer(connection, given)

    def answers(self) -> tuple[Answer, ...]:
        """Every answer, oldest first; `approvals.Answers` says which count."""
        with self._database.read() as connection:
            return people.answers(connection)

    def approvals(self, key: str | None = None) -> tuple[Approval, ...]:
        with self._database.read() as connection:
            return tuple(scene.all_approvals(connection, key))

    def audit(self, who: str, act: str, what: str, now: datetime, detail: str = "") -> None:
        """Append to the log of what people did."""
        with self._database.write() as connection:
            note_act(connection, who, act, what, detail, now)

    def answer_count(self) -> int:
        """How many answers there are: another number than before means that posts are to be judged anew."""
        with self._database.read() as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(schema.answers)) or 0

    def acts(self, what: str | None = None, since: datetime | None = None) -> tuple[Act, ...]:
        """The audit log, oldest first."""
        with self._database.read() as connection:
            return status.acts(connection, what, since)

    def audit_head(self) -> str:
        """The hash of the log's last line; whoever notes it can prove later that nothing before changed."""
        with self._database.read() as connection:
            return chain.head(connection)

    def verify_audit(self, noted: str | None = None) -> Verdict:
        """Walk the log's chain to the first broken link; `noted` is a head that must be one of its links."""
        with self._database.read() as connection:
            return chain.verify(connection, noted)
