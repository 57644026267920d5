"""Who must say yes to what, and what is still missing, in words: policy, with no clock and no storage."""

from scheduler.approvals.answers import Answered, Answers
from scheduler.approvals.changes import Change, changes
from scheduler.approvals.counting import (
    READ_IN_THE_ORIGINAL,
    STAFF_PAGE,
    Asked,
    Policy,
    Tally,
    lowered,
    may,
    missing,
    nobody,
    tally,
    usable,
    waits_for,
)
from scheduler.approvals.names import LANGUAGES, listed, may_not, read_by_another, same_person

__all__ = [
    "LANGUAGES",
    "READ_IN_THE_ORIGINAL",
    "STAFF_PAGE",
    "Answered",
    "Answers",
    "Asked",
    "Change",
    "Policy",
    "Tally",
    "changes",
    "listed",
    "lowered",
    "may",
    "may_not",
    "missing",
    "nobody",
    "read_by_another",
    "same_person",
    "tally",
    "usable",
    "waits_for",
]
