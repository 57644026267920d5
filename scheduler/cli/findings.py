"""Findings on a screen: errors one by one, what can wait under a line for each cause; new ones first."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from itertools import groupby

import click

from scheduler.cli.output import day, folded, plural
from scheduler.model import Finding, Severity

GRAVE = (Severity.ERROR, Severity.BLOCKED)
PLACES = 3
"""Places shown of each cause."""

NAMES = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.HINT: "hint"}


def fields(finding: Finding) -> dict[str, object]:
    """What `check --json` promises of each."""
    told = finding.to_json()
    names = ("file", "line", "column", "severity", "rule", "message", "post")
    return {name: told[name] for name in names}


def shown(findings: Iterable[Finding], hints: bool) -> list[Finding]:
    return [one for one in findings if hints or one.severity is not Severity.HINT]


def show(findings: Sequence[Finding], everything: bool, new: Collection[Finding] = ()) -> None:
    """All of them, or what can wait grouped by its cause with the first places; the new ones first and
    marked. Ends with the counts.
    """
    ordered = sorted(findings, key=lambda one: one not in new)
    for finding in ordered:
        if everything or finding.severity in GRAVE:
            click.echo(folded(f"{finding}{_new(finding, new)}", "    ", ""))
    if not everything:
        for alike in _causes([one for one in ordered if one.severity not in GRAVE], new):
            _show_cause(alike, new)
    fresh = sum(one in new for one in findings)
    since = f"; {fresh} of them new since the last check" if fresh else ""
    click.echo(f"{counted(findings)}{since}" if findings else "Nothing found.")
    todo = [one for one in findings if one.severity is Severity.TODO]
    if todo:
        click.echo(
            folded(f"What is to do keeps its post back from three days before it is due{_first(todo)}.")
        )


def _causes(findings: Iterable[Finding], new: Collection[Finding]) -> list[list[Finding]]:
    """Those that one act cures together: by severity, and within it those with something new first."""
    alike = [list(one) for _, one in groupby(sorted(findings, key=_cause), key=_cause)]
    fresh = {_cause(one) for one in findings if one in new}
    return sorted(alike, key=lambda one: (_cause(one[0])[0], _cause(one[0]) not in fresh))


def _cause(finding: Finding) -> tuple[int, str, str]:
    return list(Severity).index(finding.severity), finding.rule, finding.cause


def _show_cause(alike: list[Finding], new: Collection[Finding]) -> None:
    ordered = sorted(
        alike, key=lambda one: (one not in new, one.by or date.max, one.file, one.line, one.column)
    )
    first = ordered[0]
    if len(ordered) == 1:
        click.echo(folded(f"{first}{_by(first)}{_new(first, new)}", "    ", ""))
        return
    click.echo(folded(f"{first.severity} {first.rule}: {plural(len(ordered), 'place')}{_first(ordered)}"))
    for finding in ordered[:PLACES]:
        words = f"{_place(finding)} {finding.message}{_by(finding)}{_new(finding, new)}"
        click.echo(folded(words.strip(), "      ", "  "))
    if len(ordered) > PLACES:
        click.echo(f"  … and {len(ordered) - PLACES} more; `check --all` lists every one")


def _new(finding: Finding, new: Collection[Finding]) -> str:
    return " (new)" if finding in new else ""


def _place(finding: Finding) -> str:
    return ":".join(str(part) for part in (finding.file, finding.line, finding.column) if part)


def _by(finding: Finding) -> str:
    return f" (by {day(finding.by)})" if finding.by and finding.by.isoformat() not in finding.message else ""


def _first(findings: Iterable[Finding]) -> str:
    days = [one.by for one in findings if one.by]
    return f", the first by {day(min(days))}" if days else ""


def counted(findings: Iterable[Finding]) -> str:
    """ "1 error, 2 blocked, 37 to do, 4 warnings"."""
    counts = Counter(finding.severity for finding in findings)
    words = []
    for severity in (one for one in Severity if counts[one]):
        count = counts[severity]
        word = {Severity.BLOCKED: "blocked", Severity.TODO: "to do"}.get(severity)
        words.append(f"{count} {word}" if word else plural(count, str(severity)))
    return ", ".join(words)


def to_do(findings: Iterable[Finding]) -> list[str]:
    """What would keep posts back live if nobody does it: a sentence, then a line for each rule."""
    todo = [one for one in findings if one.severity is Severity.TODO]
    if not todo:
        return []
    posts = len({one.post for one in todo if one.post})
    lines = [
        f"{plural(len(todo), 'thing')} to do before {plural(posts, 'post')} may go out live{_first(todo)}:"
    ]
    rules = Counter(one.rule for one in todo)
    for rule, count in rules.most_common():
        lines.append(f"  {count:>3} {rule}{_first(one for one in todo if one.rule == rule)}")
    return [*lines, "  See them with: python run.py check"]
