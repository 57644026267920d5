"""The findings of the sample campaign as they stand in sample_findings.txt.

    python -m tests.sample_findings        # writes the file anew, after somebody has looked at what changed

Errors are not among them: the sample has none. Lines of files are left out, so that a comment more in a post
changes nothing here.
"""

import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from scheduler.model import Severity
from scheduler.service import open_campaign

ROOT = Path(__file__).parent.parent
FILE = Path(__file__).with_suffix(".txt")
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LISTED = (Severity.BLOCKED, Severity.TODO, Severity.WARNING)


def found(data):
    """The sample's findings, errors too, with cards drawn into `data`."""
    return open_campaign(ROOT / "config.yaml", data, environ={}).prepare(NOW).findings


def line(finding):
    about = finding.post or finding.file
    where = f" ({finding.channel})" if finding.channel else ""
    by = f" [by {finding.by}]" if finding.by else ""
    return f"{finding.severity} {finding.rule} {about}{where}: {finding.message}{by}"


def listed(findings):
    order = list(LISTED)
    ordered = sorted(
        (one for one in findings if one.severity in LISTED),
        key=lambda one: (order.index(one.severity), line(one)),
    )
    return "".join(f"{line(one)}\n" for one in ordered)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        FILE.write_text(listed(found(Path(folder))), encoding="utf-8")
    sys.stdout.write(f"Wrote {FILE.name}; read what changed before you keep it.\n")
