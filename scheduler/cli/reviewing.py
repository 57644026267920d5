"""Commands by which people speak about a post: comment, return, confirm."""

import sys
from collections.abc import Sequence
from datetime import datetime

import click

from scheduler import approvals
from scheduler.cli import INTERRUPTED
from scheduler.cli.arguments import WHO, opened, user
from scheduler.cli.output import folded, now, plural
from scheduler.errors import InputError
from scheduler.model import Answer, Approval, Delivery, Finding, Mode, Said
from scheduler.prepare import Preparation
from scheduler.service import Campaigning
from scheduler.service.approving import deliveries, questions
from scheduler.service.standing import known

LANGUAGE = click.option("--language", default=None, help="Only the deliveries in this language.")


@click.command()
@click.argument("post")
@click.argument("words")
@LANGUAGE
@WHO
@click.pass_context
def comment(ctx: click.Context, post: str, words: str, language: str | None, who: str | None) -> None:
    """Say something about a post (or one delivery) as it is now; it stops nothing."""
    said = _say(opened(ctx), post, language, Said.COMMENT, words, who)
    click.echo(f"Noted for {_keys(said)}.")


@click.command("return")
@click.argument("post")
@click.option("--reason", required=True, help="What is wrong with it.")
@LANGUAGE
@WHO
@click.pass_context
def return_(ctx: click.Context, post: str, reason: str, language: str | None, who: str | None) -> None:
    """Give a post (or one delivery) back: every approval of it falls until it is changed or approved anew."""
    said = _say(opened(ctx), post, language, Said.RETURN, reason, who)
    click.echo(f"Returned: {_keys(said)}. It goes out when it is changed and approved, or approved anew.")


def _keys(said: Sequence[Approval]) -> str:
    return ", ".join(one.key for one in said)


def _say(
    campaigning: Campaigning, words: str, language: str | None, act: Said, what: str, who: str | None
) -> list[Approval]:
    """Record what was said of each delivery as it is now. Raises InputError where there is none to come."""
    name, at = name_of(who), now()
    what = _spoken(what)
    made = campaigning.prepare(at)
    chosen = still_to_come(campaigning, made, words, language, at)
    said = [
        Approval(one.key, one.digest, name, f"asserted by {user()}", at, one.day, act, what) for one in chosen
    ]
    with campaigning.store(Mode.LIVE) as store:
        store.approve(said, {one.digest: one.message for one in chosen})
    return said


def _spoken(words: str) -> str:
    """Words on one line. Raises InputError where there are none."""
    tidy = " ".join(words.split())
    if not tidy or not tidy.isprintable():
        raise InputError("Say it in words: what is there to know, or wrong with it?")
    return tidy


def still_to_come(
    campaigning: Campaigning, made: Preparation, words: str, language: str | None, at: datetime
) -> list[Delivery]:
    """The deliveries of a post, or the one named by its key, that are not out yet. Raises InputError."""
    planned = [one for one in made.deliveries if words in (one.post, one.key)]
    if not planned:
        raise InputError(f"“{words}” has no delivery; see: python run.py plan")
    spoken = sorted({one.message.language for one in planned})
    if language is not None and language not in spoken:
        raise InputError(f"“{words}” has no delivery in “{language}”; it has: {', '.join(spoken)}")
    chosen = [
        one
        for one in deliveries(made, known(campaigning, at))
        if words in (one.post, one.key) and language in (None, one.message.language)
    ]
    if not chosen:
        raise InputError(f"“{words}” is out or has ended; see: python run.py why {words}")
    return chosen


def name_of(who: str | None) -> str:
    """A person's name, as given or the system's. Raises InputError for one that nobody can read."""
    name = " ".join((user() if who is None else who).split())
    if not name or not name.isprintable():
        raise InputError("--as: write your name in letters that can be seen")
    return name


@click.command()
@click.argument("rule")
@click.argument("post")
@click.option("--reason", required=True, help="Why these words are right here.")
@click.option("--yes", is_flag=True, help="Do not ask; you have read it elsewhere.")
@WHO
@click.pass_context
def confirm(ctx: click.Context, rule: str, post: str, reason: str, yes: bool, who: str | None) -> None:
    """Answer the question that a RULE asks about the words of a POST; two people must, not its author.

    The answer is for exactly this text: any change of it asks again. What a record lacks, and errors, cannot
    be answered.
    """
    campaigning, at = opened(ctx), now()
    name, reason = name_of(who), _spoken(reason)
    made = campaigning.prepare(at)
    asked = questions(made, rule, post)
    written = {one.id: one.author for one in (*made.content.posts, *made.content.letters)}
    _require_answerer(campaigning, name, written.get(post), at)
    for finding in asked:
        click.echo(folded(str(finding), "    ", ""))
    if not yes and not click.confirm(f"\nDo these words stand, because: {reason}?"):
        click.echo("Nothing was recorded.", err=True)
        sys.exit(INTERRUPTED)
    role = f"approver, asserted by {user()}"
    with campaigning.store(Mode.LIVE) as store:
        store.answer([Answer(one.cause, post, rule, name, role, at, reason) for one in asked])
        answers = campaigning.answers(store.answers())
    _show_answers(answers, asked, written.get(post), name)


def _require_answerer(campaigning: Campaigning, name: str, author: str | None, at: datetime) -> None:
    approvers, policy = campaigning.config.approvers, campaigning.approving
    if author is not None and approvals.same_person(name, author, approvers):
        raise InputError(f"{name} wrote it; two other people must answer")
    why = approvals.may_not(name, approvers, at.astimezone(policy.zone).date())
    if why is not None:
        raise InputError(f"{why.replace('that approval', 'that answer')}. There is: {', '.join(approvers)}")


def _show_answers(
    answers: approvals.Answers, asked: Sequence[Finding], author: str | None, name: str
) -> None:
    click.echo(f"Recorded as {name}, for {plural(len(asked), 'question')}.")
    known = [answers.to(one.cause, author) for one in asked]
    if all(one.enough for one in known):
        click.echo(
            f"{known[0].words}. It stops nothing any more; its approvals are for the text as it is now."
        )
    elif any(not one.by for one in known):
        click.echo("Only answers of the staff page count here (approvals: require_login).")
    else:
        click.echo("One more person must answer.")
