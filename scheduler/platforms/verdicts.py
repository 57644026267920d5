"""What a server's answer, or its silence, means for a delivery, in words that say what to do."""

from collections.abc import Collection, Mapping, Sequence

from scheduler.model import Channel
from scheduler.platforms.base import Refusal, Refused, Unknown, variable
from scheduler.platforms.http import Answer, NoAnswer, NoConnection, Outcome

Table = Mapping[int, tuple[Refusal, str]]
"""HTTP status to the kind of refusal and what the person can do about it."""

CHANGE_IT = (
    "that is the platform's own reason: change the post (its words, link or pictures, whichever it names), "
    "then give it a new time with `retry`"
)
NOT_DONE = range(400, 500)
REQUEST_TIMEOUT = 408


def invisible(doing: str, outcome: Outcome, table: Table) -> Refused:
    """A failed step that nobody can see (an upload, a look): whatever went wrong, it may be tried again.

    `doing` names the step ("uploading image 1 of 2"). Statuses that the table does not have are transient.
    """
    match outcome:
        case Answer() if outcome.status in NOT_DONE:
            return refused(doing, outcome, table)
        case Answer():
            return Refused(Refusal.TRANSIENT, f"{doing} failed ({_said(outcome)})", outcome.retry_at)
        case NoConnection(reason, unset=True):
            return Refused(Refusal.AUTH, reason)
        case NoConnection(reason) | NoAnswer(reason):
            return Refused(Refusal.TRANSIENT, f"{doing} failed: {reason}")


def visible(doing: str, outcome: Outcome, table: Table) -> Refused | Unknown:
    """A publishing call that did not succeed. Only what certainly was not published is Refused.

    Any 5xx may come from a gateway after the post was accepted; 408 does not say how much was read; an
    unreadable 2xx or a redirect is nobody's promise either.
    """
    match outcome:
        case NoConnection():
            return invisible(doing, outcome, table)
        case NoAnswer(reason):
            return Unknown(f"{doing}: {reason}; it may be out")
        case Answer(status=status) if status in NOT_DONE and status != REQUEST_TIMEOUT:
            return refused(doing, outcome, table)
        case Answer(status=status) if 200 <= status < 300:
            return Unknown(f"{doing}: the answer ({status}) cannot be understood; it may be out")
        case Answer():
            return Unknown(f"{doing}: the server failed ({_said(outcome)}); it may be out")


def refused(doing: str, answer: Answer, table: Table) -> Refused:
    """The server's no, with its own reason and what to do."""
    kind, advice = table.get(answer.status, (Refusal.CONTENT, CHANGE_IT))
    return Refused(kind, f"{doing} was refused ({_said(answer)}); {advice}", answer.retry_at)


ANSWERED_IS_GONE = (
    "the post that it answers has been deleted, or the token may not see it; cancel this one, or write it as "
    "a post of its own"
)


def unanswerable(doing: str, answer: Answer) -> Refused:
    """A reply or comment under a post that is not there: no trouble of the channel's."""
    return Refused(Refusal.CONTENT, f"{doing} was refused ({_said(answer)}); {ANSWERED_IS_GONE}")


def _said(answer: Answer) -> str:
    return f"HTTP {answer.status}: {answer.words}" if answer.words else f"HTTP {answer.status}"


def unset(channel: Channel, base_url: str | None, names: Sequence[str], secrets: Mapping[str, str]) -> str:
    """What is missing to connect a channel, in words; empty when nothing is."""
    missing = [variable(channel.name, name) for name in names if not secrets.get(name)]
    if missing:
        return f"no credentials; put {', '.join(missing)} into the file .env beside config.yaml"
    return "" if base_url else f"no server; set channels.{channel.name}.base_url in config.yaml"


def steps(channel: Channel) -> str:
    """Where a person is shown how the channel is set up: by the program itself, wherever its pages lie."""
    return f"step by step: python run.py accounts connect {channel.name}"


def chosen_set(sets: Sequence[Sequence[str]], given: Collection[str]) -> Sequence[str]:
    """Which of several sets of secrets is meant: a whole one, else one begun by a name that is its own.

    The first is the usual one: it counts where more are whole, and where nothing tells.
    """
    for each in sets:
        if set(each) <= set(given):
            return each
    for each in sets:
        others = {name for other in sets if other is not each for name in other}
        if (set(each) - others) & set(given):
            return each
    return sets[0]
