"""Commands around a campaign's year: init begins one, rollover takes it to the next anniversary."""

from __future__ import annotations

import sys
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scheduler.cli.arguments import AS_JSON, WHO, opened, person
from scheduler.cli.output import day, few, folded, now, plural, print_json
from scheduler.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from scheduler.service.questions import Answers, Question
    from scheduler.service.rolling_over import Look, Rollover

TRIES = 5
"""How often one question is asked again before it is given up."""


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path(), metavar="[FOLDER]")
@click.option("--name", help="The campaign's name.")
@click.option("--anniversary", metavar="DATE", help="The day commemorated, such as 1962-02-17.")
@click.option("--year", help="The year of this run-up.")
@click.option("--timezone", metavar="ZONE", help="The campaign's time zone, such as Europe/London.")
@click.option("--languages", metavar="en,az", help="Its languages, the first one first.")
@click.option("--hashtags", metavar="ONE,TWO", help="Its hashtags, or “none”.")
@click.option("--channels", metavar="x-en,mastodon-az", help="Its accounts, each platform-language.")
@click.option(
    "--answers", "file", type=click.Path(path_type=Path), help="A file with the answers, `name: …` and so on."
)
@click.option("--yes", is_flag=True, help="Take what is proposed wherever nothing is answered; ask nothing.")
@click.option("--from-sample", is_flag=True, help="Copy the sample campaign, to be changed; ask nothing.")
def init(folder: Path, file: Path | None, yes: bool, from_sample: bool, **options: str | None) -> None:
    """Begin a campaign in a folder: a handful of questions, then config.yaml, a first post, .env.example."""
    from scheduler.service import starting

    starting.require_room(folder)
    given = {name: words for name, words in options.items() if words is not None}
    if from_sample:
        if given or file is not None:
            raise InputError("--from-sample asks nothing: leave the other answers out, or leave it out")
        _done(folder, starting.from_sample(folder))
        return
    _done(folder, starting.start(folder, _answers(given, file, ask=not yes and file is None)))


def _answers(given: dict[str, str], file: Path | None, ask: bool) -> Answers:
    from scheduler.service import questions

    today, places = now().astimezone().date(), dict[str, str]()
    if file is not None:
        written, places = questions.from_file(file)
        places = {name: place for name, place in places.items() if name not in given}
        given = {**written, **given}
    if ask:
        given = _asked(questions.QUESTIONS, given, today)
    found = questions.answered(given, today, places)
    if proposed := [one.name for one in questions.QUESTIONS if one.name not in given]:
        click.echo("Taken as proposed: " + "; ".join(f"{name} {_shown(found, name)}" for name in proposed))
    return found


def _shown(answers: Answers, name: str) -> str:
    if name == "channels":
        return ", ".join(one.name for one in answers.channels)
    value = getattr(answers, name)
    return ", ".join(value) or "none" if isinstance(value, tuple) else str(value)


def _asked(every: tuple[Question, ...], given: Mapping[str, str], today: date) -> dict[str, str]:
    """All answers; a question that an option answers is not asked, and a wrong answer is asked again."""
    words, known = dict(given), dict[str, object]()
    for question in every:
        if question.name not in words:
            words[question.name] = _ask(question, known, today)
        try:
            known[question.name] = question.read(words[question.name], known, today)
        except ValueError as error:
            raise InputError(f"--{question.name}: {error}") from None
    return words


def _ask(question: Question, known: Mapping[str, object], today: date) -> str:
    proposed = question.propose(known, today)
    click.echo(folded(question.explains))
    for _ in range(TRIES):
        try:
            words = str(click.prompt(question.asks, default=proposed, value_proc=str.strip))
        except click.Abort:
            if sys.stdin.isatty():
                raise
            raise InputError(
                f"There is no answer to “{question.asks}”: give it with --{question.name}, or all of them "
                "with --answers FILE"
            ) from None
        try:
            question.read(words, known, today)
        except ValueError as error:
            click.echo(folded(f"  {error}"))
            continue
        click.echo()
        return words
    raise InputError(f"{question.asks}: no answer that can be used; start again with: python run.py init")


def _done(folder: Path, files: tuple[str, ...]) -> None:
    shown = [name for name in files if not name.startswith((".vscode/", "posts/ledger/", "assets/"))]
    where = "this folder" if folder == Path() else folder
    click.echo(f"Written into {where}: {', '.join(shown)}, the ledger's files and what editors need.")
    config = "" if folder == Path() else f"--config {folder / 'config.yaml'} "
    click.echo("Look at config.yaml and posts/ in any text editor, then:")
    for command in ("check", "rehearse", "preview"):
        click.echo(f"  python run.py {config}{command}")


# -- the next year

LEFT = (
    "First settle what may be out (status names it) and `cancel` the rest; or start once in the new year "
    "with: python run.py run --live --accept-removals"
)

SHOWN = 8
"""Things of one heading that are listed without --all."""


@click.command()
@click.option("--year", type=int, required=True, help="The year of the next run-up.")
@click.option("--write", is_flag=True, help="Write the year into config.yaml; without it you only see.")
@click.option("--all", "everything", is_flag=True, help="List everything, not the first of each heading.")
@AS_JSON
@WHO
@click.pass_context
def rollover(
    ctx: click.Context, year: int, write: bool, everything: bool, as_json: bool, who: str | None
) -> None:
    """Take the campaign to its next year: what must be looked at again, then one number in config.yaml."""
    from scheduler.service import rolling_over

    campaigning, moment = opened(ctx), now()
    done = rolling_over.roll_over(campaigning, year, moment)
    if write:
        rolling_over.write(campaigning, done, moment, person(who))
    if as_json:
        print_json(_rolled(done, write))
    else:
        _show_rollover(done, write, everything)


def _show_rollover(done: Rollover, written: bool, everything: bool) -> None:
    after = done.after
    start = after.date_of(after.start_days)
    click.echo(
        f"{done.before.year} → {after.year}: the anniversary is {day(after.day)}, {after.years} years on."
    )
    click.echo(f"The run-up begins on {day(start)}.")
    for about, looks in groupby(sorted(done.looks, key=_order), lambda one: one.about):
        listed = list(looks)
        click.secho(f"\n{about} ({len(listed)})", bold=True)
        for one in listed if everything else listed[:SHOWN]:
            click.echo(folded(f"{one.place} {one.words}", "      ", "  "))
        if not everything and len(listed) > SHOWN:
            click.echo(f"  … and {len(listed) - SHOWN} more: --all lists them")
    click.echo()
    if done.left:
        count = plural(len(done.left), "delivery", "deliveries")
        keys = few(one.key for one in done.left)
        click.echo(folded(f"{count} of {done.before.year} not at an end yet: {keys}. {LEFT}"))
    click.echo(
        folded(
            f"Nothing approved for {done.before.year} counts for {after.year}: each post is approved anew."
        )
    )
    if written:
        click.echo(f"Written: config.yaml now says year: {after.year}. Next: python run.py check")
    else:
        click.echo(f"Nothing was written. To write it: python run.py rollover --year {after.year} --write")


def _order(look: Look) -> int:
    return list(type(look.about)).index(look.about)


def _rolled(done: Rollover, written: bool) -> dict[str, object]:
    return {
        "before": done.before.year,
        "after": done.after.year,
        "day": done.after.day.isoformat(),
        "written": written,
        "looks": [
            {"about": look.about.name.lower(), "place": look.place, "words": look.words}
            for look in done.looks
        ],
        "left": [one.key for one in done.left],
    }
