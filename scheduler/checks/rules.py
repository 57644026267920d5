"""What a rule is: an id, how grave it is, what it means and what to do, with examples that a test runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scheduler.model import Finding, Kind, Post, Severity, Span, When, at


@dataclass(frozen=True)
class Example:
    """A post that shows a rule: its text in one language, and any other fields of a Post by name."""

    text: str = ""
    language: str = "en"
    fields: Mapping[str, Any] = field(default_factory=dict)

    def post(self) -> Post:
        plain: dict[str, Any] = {
            "id": "example",
            "kind": Kind.TEXT,
            "when": When(days=-5),
            "author": "writer",
        }
        return Post(**{**plain, "text": {self.language: self.text}, **self.fields})


@dataclass(frozen=True, eq=False)
class Rule:
    """One rule of `check`. `summary` says what it means, `remedy` what to do; both are one sentence.

    `fires` and `passes` are run by the tests against a small ledger. Rules that need a plan, a file or a
    platform's limits have tests of their own instead.
    """

    id: str
    severity: Severity
    summary: str
    remedy: str
    fires: tuple[Example, ...] = ()
    passes: tuple[Example, ...] = ()

    def at(self, span: Span | None, message: str, **more: Any) -> Finding:
        """A finding of this rule at a place. `severity` may be given where this case is graver or milder."""
        severity = more.pop("severity", self.severity)
        return at(span, severity, self.id, message, **more)


RULES: dict[str, Rule] = {}
"""Every rule by id; filled as the modules of this folder declare theirs."""


def rule(
    id: str,
    severity: Severity,
    summary: str,
    remedy: str,
    fires: tuple[Example | str, ...] = (),
    passes: tuple[Example | str, ...] = (),
) -> Rule:
    """Declare a rule. A bare string is an example text in English."""
    if id in RULES:
        raise ValueError(f"two rules are called {id}")
    RULES[id] = Rule(id, severity, summary, remedy, _examples(fires), _examples(passes))
    return RULES[id]


def _examples(given: tuple[Example | str, ...]) -> tuple[Example, ...]:
    return tuple(Example(one) if isinstance(one, str) else one for one in given)
