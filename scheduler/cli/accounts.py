"""The accounts command: who they are and whether they carry the campaign; and connecting one."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from scheduler.cli.arguments import AS_JSON, opened
from scheduler.cli.connecting import connect
from scheduler.cli.output import folded, now, plural, print_json

if TYPE_CHECKING:
    from scheduler.platforms.base import Account
    from scheduler.service.accounts import Report


@click.group(invoke_without_command=True)
@AS_JSON
@click.pass_context
def accounts(ctx: click.Context, as_json: bool) -> None:
    """Ask every account who it is, and whether its credentials, limits and costs fit the plan.

    The exit code is 1 where somebody must act. A look at an X account costs 1 US cent, once a day.
    """
    if ctx.invoked_subcommand is not None:
        return
    from scheduler.service import accounts as asking

    reports = asking.look(opened(ctx), now())
    if as_json:
        print_json([report.to_json() for report in reports])
    else:
        _show(reports)
    sys.exit(1 if asking.in_need(reports) else 0)


accounts.add_command(connect)


def _show(reports: Sequence[Report]) -> None:
    for report in reports:
        _block(report)
    waiting = sum(1 for report in reports if report.needs)
    if waiting:
        click.echo(f"{plural(waiting, 'channel')} of {len(reports)} in need of you.")
    else:
        click.echo(f"{plural(len(reports), 'channel')}: nothing to do.")


def _block(report: Report) -> None:
    channel, account = report.channel, report.account
    who = f": {account.handle}" if account is not None else ""
    click.secho(f"{channel.name} ({channel.platform}){who}", bold=True)
    state = "live" if channel.live else "not live (config.yaml says live: false)"
    state = "posted on by hand; no credentials are needed" if channel.by_hand else state
    click.echo(
        folded(f"{state}; {plural(report.posts, 'post')} planned this year{_price(report)}", "  ", "  ")
    )
    for line in _facts(account) if account is not None else ():
        click.echo(folded(line, "  ", "  "))
    for words in report.needs:
        click.echo(folded(f"{words}.", "    ", "  ! "))
    for words in report.advice:
        click.echo(folded(f"{words}.", "    ", "  - "))
    click.echo()


def _price(report: Report) -> str:
    if report.cost is None:
        return ""
    from scheduler.preview.shown import price

    cap = report.channel.spend_cap
    limit = f"of at most {price(cap)} (spend_cap)" if cap is not None else "no spend_cap is set"
    return f"; they cost {price(report.cost)}, {limit}"


def _facts(account: Account) -> list[str]:
    from scheduler.service.accounts import good_until, may, span_of

    lines = [*([account.url] if account.url else []), good_until(account), may(account)]
    if (allowance := account.allowance) is not None:
        lines.append(f"used {allowance.used} of {allowance.allowed} posts in {span_of(allowance.period)}")
    if account.limits:
        own = ", ".join(f"{name.replace('_', ' ')} {value:,}" for name, value in account.limits.items())
        lines.append(f"its server allows: {own}")
    return lines
