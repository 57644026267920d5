"""Findings as the page lists them: by severity, then by rule with what to do, then by what one act cures."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scheduler.checks import RULES
from scheduler.model import Finding, Severity

TITLES: Mapping[Severity, str] = {
    Severity.ERROR: "Errors: these must be corrected",
    Severity.BLOCKED: "Blocked: not cleared to go out live",
    Severity.TODO: "To do before the day",
    Severity.WARNING: "Warnings",
    Severity.HINT: "Hints",
}


@dataclass(frozen=True)
class Cause:
    """Findings that say the same, and every place where they say it."""

    message: str
    by: str | None
    places: tuple[str, ...]
    posts: tuple[str, ...]


@dataclass(frozen=True)
class RuleGroup:
    rule: str
    summary: str
    remedy: str
    causes: tuple[Cause, ...]
    count: int


@dataclass(frozen=True)
class Group:
    """All findings of one severity; `open` from the start where they stop something."""

    severity: str
    title: str
    count: int
    rules: tuple[RuleGroup, ...]
    open: bool


def groups(findings: Iterable[Finding]) -> tuple[Group, ...]:
    """Gravest first; severities without findings, and hints, are left out."""
    by_severity: dict[Severity, list[Finding]] = {}
    for finding in findings:
        by_severity.setdefault(finding.severity, []).append(finding)
    return tuple(
        Group(
            str(severity),
            TITLES[severity],
            len(found),
            _rules(found),
            severity in (Severity.ERROR, Severity.BLOCKED),
        )
        for severity in Severity
        if (found := by_severity.get(severity)) and severity is not Severity.HINT
    )


def deadline(finding: Finding) -> str | None:
    """The day a todo falls due (ISO), unless its sentence says it already."""
    day = finding.by.isoformat() if finding.by else None
    return None if day is None or day in finding.message else day


def place(finding: Finding) -> str:
    """file:line:column, as an editor opens it."""
    return ":".join(str(part) for part in (finding.file, finding.line, finding.column) if part)


def _rules(findings: Iterable[Finding]) -> tuple[RuleGroup, ...]:
    by_rule: dict[str, list[Finding]] = {}
    for finding in findings:
        by_rule.setdefault(finding.rule, []).append(finding)
    return tuple(_rule(name, found) for name, found in by_rule.items())


def _rule(name: str, findings: list[Finding]) -> RuleGroup:
    known = RULES.get(name)
    return RuleGroup(
        name,
        known.summary if known else "",
        known.remedy if known else "",
        _causes(findings),
        len(findings),
    )


def _causes(findings: Iterable[Finding]) -> tuple[Cause, ...]:
    """Alike are findings of one cause with one sentence; those without a cause by their sentence alone."""
    alike: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        alike.setdefault((finding.cause, finding.message), []).append(finding)
    return tuple(
        Cause(
            message,
            min((day for one in found if (day := deadline(one))), default=None),
            tuple(dict.fromkeys(filter(None, map(place, found)))),
            tuple(dict.fromkeys(one.post for one in found if one.post)),
        )
        for (_, message), found in alike.items()
    )
