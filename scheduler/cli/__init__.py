"""The command line. A command's code is imported only when it runs, so --help is immediate."""

import importlib
import os
import sys
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from scheduler import __version__
from scheduler.errors import SchedulerError

INTERRUPTED = 130
COMPLETING = "_RUN_PY_COMPLETE"
"""A shell sets it to ask what could come next, in place of running a command."""

COMMANDS = {
    "check": "preparing",
    "plan": "preparing",
    "preview": "preparing",
    "rehearse": "preparing",
    "run": "running",
    "publish": "running",
    "status": "looking",
    "accounts": "accounts",
    "alerts": "alerts",
    "why": "looking",
    "hold": "stopping",
    "release": "releasing",
    "freeze": "stopping",
    "confirm": "reviewing",
    "approve": "deciding",
    "comment": "reviewing",
    "return": "reviewing",
    "move": "deciding",
    "retry": "deciding",
    "cancel": "deciding",
    "settle": "deciding",
    "retract": "retracting",
    "ledger": "ledger",
    "import": "exchanging",
    "export": "exchanging",
    "audit": "auditing",
    "cards": "drawing",
    "backup": "keeping",
    "restore": "keeping",
    "migrate": "migrating",
    "init": "starting",
    "rollover": "starting",
    "doctor": "doctoring",
    "completion": "completion",
}
"""Command to the module of this folder that holds it, in the order `--help` shows them."""

HELP = {
    "check": "Every finding of config, posts, ledger and images, at once.",
    "plan": "What goes out when, per channel.",
    "preview": "One page of the whole campaign, as each channel shows it.",
    "rehearse": "The whole run-up through the real engine, in seconds; nothing leaves this machine.",
    "run": "The long-running scheduler. Without --live it only fills the outbox.",
    "publish": "Publish one post on one channel now, and wait for the result.",
    "status": "Where every delivery stands, and what holds it.",
    "accounts": "Who each account is, and whether it will carry the plan; `accounts connect` sets one up.",
    "alerts": "Who is told when something happens; `alerts test` sends a message to every address.",
    "why": "Everything known about one delivery.",
    "hold": "Stop everything, or a channel, kind, language or post, at the next visible call.",
    "release": "Lift a hold, and decide about each delivery that lapsed; sends nothing by itself.",
    "freeze": "Let changed files wait, except corrections; --off takes them over.",
    "confirm": "Answer a question about words; two people must, not the author.",
    "approve": "Approve a post as it is shown; --mine: all that waits for you.",
    "comment": "Say something about a post; it stops nothing.",
    "return": "Give a post back with a reason; every approval of it falls.",
    "move": "Give a post another time, in its file.",
    "retry": "Give a missed, refused or cancelled delivery a new time.",
    "cancel": "Take a delivery out of the plan.",
    "settle": "Say what became of a delivery whose outcome is unknown.",
    "retract": "Delete what is out, where the platform can; the record of it stays.",
    "ledger": "The records, where each is used, what is due, and what rests on one.",
    "import": "Take posts or records from a spreadsheet into posts/; shows first, --write does it.",
    "export": "Write the campaign for other tools: spreadsheets, Buffer, Publer, JSON and more.",
    "audit": "What people did; `audit verify` proves that the log is whole.",
    "cards": "Which card each post shows; --redraw is the only way a drawn card changes.",
    "backup": "Copy everything recorded into one file, also while `run` is at work.",
    "restore": "Put a backup in the database's place; sends nothing by itself.",
    "migrate": "Take everything recorded to a PostgreSQL server, for several machines, or back.",
    "init": "Begin a campaign: a handful of questions, then its config, a first post and what it needs.",
    "rollover": "Take the campaign to its next year, and list what must be looked at again.",
    "doctor": "Whether this machine and this folder can carry the campaign, one line each.",
    "completion": "What makes the tab key complete commands, options, posts and channels.",
}


class Commands(click.Group):
    """A group that imports a command's module only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"scheduler.cli.{COMMANDS[cmd_name]}")
        # `return` is a word of the language, so its function is called return_.
        command: click.Command = getattr(module, cmd_name, None) or getattr(module, f"{cmd_name}_")
        if COMPLETING in os.environ:
            importlib.import_module("scheduler.cli.completion").teach(command)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
        named = importlib.import_module("scheduler.cli.completion").commands(HELP, incomplete)
        return [*named, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, HELP[name]) for name in COMMANDS])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="awareness-scheduler")
@click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path),
    default=Path("config.yaml"),
    help="The campaign's config file (default: config.yaml in this folder).",
)
@click.option(
    "--data",
    "data_folder",
    type=click.Path(path_type=Path),
    default=None,
    help="Use this data folder instead of the one config names.",
)
@click.pass_context
def cli(ctx: click.Context, config_file: Path, data_folder: Path | None) -> None:
    """Schedules the social media of a commemoration: previewed, approved, published once.

    Nothing leaves this machine without --live, and then only on channels that say live: true.
    """
    ctx.obj = {"config": config_file, "data": data_folder}


def main(arguments: list[str] | None = None) -> None:
    """Run a command; a foreseen error is one line and an exit code (1 run time, 2 input, 130 interrupted)."""
    try:
        cli.main(args=arguments, prog_name="run.py", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted; nothing was lost.", err=True)
        sys.exit(INTERRUPTED)
    except SchedulerError as error:
        click.echo(str(error), err=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # The reader (head, a pager) closed early; say nothing more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        _our_fault(error)
        sys.exit(1)


def _our_fault(error: Exception) -> None:
    """A bug: keep its trace in a file for the makers, and tell the person in one line."""
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile(
        "w", prefix="awareness-scheduler-", suffix=".txt", delete=False, encoding="utf-8"
    ) as report:
        traceback.print_exception(error, file=report)
    click.echo(
        f"Something in the program itself went wrong ({type(error).__name__}). What was recorded is safe. "
        f"Please send {report.name} to the makers.",
        err=True,
    )
