"""The page on leaving it running: its service file is what systemd needs, its commands exist."""

import configparser
import re
import shlex
import subprocess

import pytest

from scheduler.cli import COMMANDS
from scheduler.service import shift, supervising
from tests import campaigns, documents

PAGE, UNIT = "docs/how-to/leave-it-running.md", "docs/how-to/awareness-scheduler.service"


def unit():
    read = configparser.ConfigParser(interpolation=None, strict=True)
    read.optionxform = str
    read.read_string(documents.read(UNIT))
    return read


def test_the_service_file_starts_it_live_and_waits_until_it_is_ready():
    service = unit()["Service"]
    folder = service["WorkingDirectory"]
    assert service["ExecStart"] == f"{folder}/.venv/bin/python run.py run --live"
    assert service["Type"] == "notify"
    assert unit()["Install"]["WantedBy"] == "multi-user.target"
    assert "time-sync.target" in unit()["Unit"]["After"]


def test_a_failure_starts_it_again_for_ever_and_wrong_input_does_not():
    service = unit()["Service"]
    assert service["Restart"] == "on-failure"
    assert service["RestartPreventExitStatus"] == "2"
    assert unit()["Unit"]["StartLimitIntervalSec"] == "0"


def test_systemd_waits_longer_than_a_stop_or_a_sign_of_life_may_take():
    service = unit()["Service"]
    longest_stop = shift.DRAIN + 2 * shift.CLOSING
    assert longest_stop < 30 < int(service["TimeoutStopSec"])
    # What stands still is noticed by the scheduler itself before systemd loses patience.
    assert max(5, supervising.STANDS_STILL["wake"]) < int(service["WatchdogSec"])


def test_the_locks_against_a_second_scheduler_are_in_a_folder_that_others_share():
    assert unit()["Service"]["PrivateTmp"] == "no"


def test_every_command_line_on_the_page_is_one_that_exists():
    lines = re.findall(r"python run\.py ([^\n`]+)", documents.read(PAGE))
    assert len(lines) >= 4
    for line in lines:
        assert shlex.split(line)[0] in COMMANDS, line


def test_what_the_page_links_to_is_there():
    for link in documents.links(PAGE):
        assert (documents.ROOT / "docs" / "how-to" / link).is_file(), link


@pytest.mark.parametrize(("age", "said"), [(10, ""), (300, "the scheduler stands still\n")])
def test_the_line_for_monitoring_tells_a_fresh_file_from_an_old_one(age, said, tmp_path):
    [line] = [one for one in documents.read(PAGE).splitlines() if one.startswith("test -n")]
    file = tmp_path / "healthz"
    file.write_text("{}", encoding="utf-8")
    subprocess.run(["touch", "-d", f"{age} seconds ago", str(file)], check=True)
    told = subprocess.run(
        ["sh", "-c", line.replace("/srv/campaign/data/healthz", str(file))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.stdout == said


def test_the_line_for_config_is_one_that_config_takes(tmp_path):
    from scheduler import config

    [line] = [one for one in documents.read(PAGE).splitlines() if one.startswith("alerts:")]
    file = campaigns.write(tmp_path, campaigns.post("flood", "D-1 10:00"))
    file.write_text(file.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")
    read, findings = config.load(file)
    assert findings == ()
    assert read.alerts["ping"] == "PING_URL"
