"""What two people have answered to the questions that word lists ask; a record's lack is never answered."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo

from scheduler.approvals import names
from scheduler.approvals.counting import STAFF_PAGE, Policy, is_author
from scheduler.model import Answer, ApprovalRules, Approver

PEOPLE = 2
"""How many must answer, neither of them the author of the post."""


@dataclass(frozen=True)
class Answered:
    """Those whose answers count, one each: the latest. `words`: who they are, and why."""

    by: tuple[Answer, ...]

    @property
    def enough(self) -> bool:
        return len(self.by) >= PEOPLE

    @property
    def words(self) -> str:
        """ "answered by A and B: the words of a court"."""
        reasons = "; ".join(dict.fromkeys(one.reason for one in self.by))
        return f"answered by {' and '.join(one.who for one in self.by)}: {reasons}"


@dataclass(frozen=True)
class Answers:
    """Every answer by its question, and who may answer."""

    given: Mapping[str, Sequence[Answer]] = field(default_factory=dict)
    policy: Policy = field(default_factory=lambda: Policy(ApprovalRules(), {}))

    @classmethod
    def of(
        cls,
        given: Iterable[Answer],
        rules: ApprovalRules,
        approvers: Mapping[str, Approver],
        zone: tzinfo = UTC,
    ) -> "Answers":
        by_question: dict[str, list[Answer]] = {}
        for one in given:
            by_question.setdefault(one.question, []).append(one)
        return cls(by_question, Policy(rules, approvers, zone))

    def to(self, question: str, author: str | None) -> Answered:
        """The answers to a question that count, for a post of this author."""
        found: dict[str, Answer] = {}
        for one in self.given.get(question, ()):
            person = names.person_of(one.who, self.policy.approvers)
            if self._counts(one, person, author):
                known = next((other for other in found if names.same(other, person)), person)
                found[known] = one
        return Answered(tuple(found.values()))

    def _counts(self, one: Answer, person: str, author: str | None) -> bool:
        if not one.reason.strip() or is_author(person, author, self.policy.approvers):
            return False
        if self.policy.rules.require_login and one.role != STAFF_PAGE:
            return False
        day = one.at.astimezone(self.policy.zone).date()
        return names.may_not(person, self.policy.approvers, day) is None
