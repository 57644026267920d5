"""Commands that keep the database: backup and restore."""

import sys
from pathlib import Path

import click

from scheduler.cli.arguments import WHO, opened, person
from scheduler.cli.output import now
from scheduler.model import Mode


@click.command()
@click.argument("target", type=click.Path(path_type=Path), required=False, metavar="[FILE|FOLDER]")
@click.pass_context
def backup(ctx: click.Context, target: Path | None) -> None:
    """Copy everything recorded, pictures too, into one file, also while `run` is at work.

    Without a name it goes into `backups` of the data folder and stays there until somebody removes it.
    """
    from scheduler.service.keeping import back_up

    made = back_up(opened(ctx), target, now())
    click.echo(f"{made}: {_size(made)}, complete and checked.")
    click.echo(f"Keep a copy on another disk. To go back to it: python run.py restore {made}")


def _size(path: Path) -> str:
    size = path.stat().st_size
    return f"{size / (1 << 20):.1f} MB" if size >= 1 << 20 else f"{-(-size // 1024)} KB"


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask on the terminal first.")
@WHO
@click.pass_context
def restore(ctx: click.Context, file: Path, yes: bool, who: str | None) -> None:
    """Put a backup in the database's place. The present one is kept, and nothing is sent by this."""
    from scheduler.service.keeping import put_back

    campaigning, moment = opened(ctx), now()
    if not yes and sys.stdin.isatty():
        config = campaigning.config
        where = config.data if campaigning.store_url is None else config.store
        click.confirm(f"Make {file} the database of {where}?", abort=True)
    done = put_back(campaigning, file, moment)
    with campaigning.store(Mode.LIVE) as store:
        store.audit(person(who), "restore", str(file), moment, f"kept: {done.aside}" if done.aside else "")
    click.echo(f"{done.database} is now what {file} holds.")
    if done.aside is not None:
        click.echo(f"What was there before is kept: {done.aside}")
    click.echo(
        "What went out since that backup is not known to it. So the next `run --live` first looks at each "
        "account: posts found there are not sent again. A channel whose account no program can look at is "
        "held until you have looked and said: python run.py release"
    )
