"""The sample campaign has no errors, and exactly the other findings that are written down beside this."""

import pytest

from scheduler.model import Severity
from tests import sample_findings


@pytest.fixture(scope="module")
def findings(tmp_path_factory):
    return sample_findings.found(tmp_path_factory.mktemp("data"))


def test_the_sample_has_no_errors(findings):
    assert [str(one) for one in findings if one.severity is Severity.ERROR] == []


def test_the_sample_has_exactly_the_findings_that_are_written_down(findings):
    written = sample_findings.FILE.read_text(encoding="utf-8")
    assert sample_findings.listed(findings).splitlines() == written.splitlines()


def test_what_is_written_down_names_every_post_that_ships_blocked():
    written = sample_findings.FILE.read_text(encoding="utf-8").splitlines()
    blocked = {one.split()[2].rstrip(":") for one in written if one.startswith("blocked ")}
    assert blocked == {"quote-huseynova", "quote-aliyeva-interview"}
