"""How the checks do on sentences that nothing was tuned to: `python -m tests.checks.held_out`.

No list is for tuning: a rule that is mended because of one belongs with other examples, and a new list.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, time
from pathlib import Path

import yaml

from scheduler import checks, config, content, planning
from scheduler.model import Kind, Post, Severity, When

ROOT = Path(__file__).parents[2]
FIRST = Path(__file__).with_name("held_out.yaml")
"""By somebody who had not seen the rules."""

SECOND = Path(__file__).with_name("held_out_2.yaml")
"""By whoever widened the rules, before they were widened."""

THIRD = Path(__file__).with_name("held_out_3.yaml")
"""Rulings and recognitions alone, with verbs of every kind; before the rules for them were touched."""

LISTS = (FIRST, SECOND, THIRD)
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
STOPS = {Severity.ERROR, Severity.BLOCKED}


class Judge:
    """The sample's own ledger and word lists, asked about one sentence at a time."""

    def __init__(self):
        self.settings, _ = config.load(ROOT / "config.yaml")
        self.memory = checks.Memory()
        self.sample = content.read(self.settings.posts, self.settings.campaign.languages, self.settings.root)

    def severities(self, entry):
        """What is found of a post with this text; what it relies on is cited as the list says."""
        cited = {name: tuple(entry.get(name, ())) for name in ("facts", "quotes", "recognitions", "people")}
        when, text = When(days=-5, at=time(10)), {entry["language"]: entry["text"]}
        post = Post("pasted", Kind.TEXT, when, text, author="sample", **cited)
        campaign, channels = self.settings.campaign, self.settings.channels
        plan = planning.plan([post], campaign, channels, NOW, {})
        trial = content.Content(posts=(post,), ledger=self.sample.ledger)
        root, memory = self.settings.root, self.memory
        found = checks.check(trial, campaign, channels, plan, root, NOW, ledger_approvals=0, memory=memory)
        return {one.severity for one in found if one.post == "pasted"}


def sentences(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def counts(path) -> Iterator[tuple[str, str, int, int, int]]:
    """By list, and by what is wrong: how many, stopped, only warned of."""
    judge, read = Judge(), sentences(path)
    for name, label in (("stop", "why"), ("pass", "language")):
        number, stopped, warned = Counter(), Counter(), Counter()
        for entry in read[name]:
            kind = entry[label]
            found = judge.severities(entry)
            number[kind] += 1
            stopped[kind] += bool(found & STOPS)
            warned[kind] += Severity.WARNING in found and not found & STOPS
        for kind in sorted(number):
            yield name, kind, number[kind], stopped[kind], warned[kind]


def table(path):
    """The counts as they stand in docs/checks.md."""
    rows = list(counts(path))
    for name in ("stop", "pass"):
        number, stopped, warned = (sum(row[at] for row in rows if row[0] == name) for at in (2, 3, 4))
        rows.append((name, "all", number, stopped, warned))
    head = ["| list | kind | sentences | stopped | only warned of |", "| --- | --- | --: | --: | --: |"]
    return "\n".join([*head, *(f"| {' | '.join(map(str, row))} |" for row in rows)])


if __name__ == "__main__":
    print(*map(table, LISTS), sep="\n\n")
