"""What people see: on a terminal within its width, in a pipe row by row, and never a secret."""

import os
import pty
import re
import stat
import subprocess
import sys
import threading
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scheduler import cli
from scheduler.cli import COMMANDS, HELP, findings
from scheduler.model import Finding, Severity
from tests import campaigns

ROOT = Path(__file__).parents[2]
FLOOD = campaigns.post("flood", "D-1 10:00")
HEAVY = ("sqlalchemy", "pydantic", "PIL", "tweepy", "apscheduler", "yaml", "rich", "jinja2", "requests")


def on_a_terminal(*words):
    """The command's output and exit code as on a screen of 80 columns."""
    master, screen = pty.openpty()
    said: list[bytes] = []
    reader = threading.Thread(target=lambda: said.extend(iter(lambda: shown(master), b"")))
    reader.start()
    with (
        os.fdopen(screen, "r+b", buffering=0) as raw,
        pytest.MonkeyPatch.context() as patch,
        ExitStack() as stack,
    ):
        patch.setenv("COLUMNS", "80")
        patch.setenv("TERM", "xterm")
        for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
            stream = open(raw.fileno(), mode, encoding="utf-8", closefd=False)  # noqa: SIM115
            patch.setattr(sys, name, stack.enter_context(stream))
        code = left(words)
    reader.join(10)
    os.close(master)
    return b"".join(said).decode(), code


def shown(master):
    try:
        return os.read(master, 65536)
    except OSError:  # the other end is closed
        return b""


def left(words):
    """The exit code of a command."""
    try:
        cli.main([*words])
    except SystemExit as leaving:
        return leaving.code or 0
    return 0


def visible(said):
    """The lines that stay on the screen: without colours and without what the progress bar wrote over."""
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", said)
    return [line.rpartition("\r")[2] for line in plain.replace("\r\n", "\n").split("\n")]


def test_help_imports_nothing_slow_and_names_every_command():
    code = (
        "import sys; from scheduler.cli import main\n"
        "try: main(['--help'])\n"
        f"finally: print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False, timeout=20
    )
    assert done.returncode == 0
    assert done.stderr == "[]\n"
    assert [name for name in COMMANDS if f"\n  {name} " not in done.stdout] == []


def test_every_command_has_help_of_its_own_and_a_line_in_the_overview(campaign):
    assert set(COMMANDS) == set(HELP)
    run = campaign(FLOOD)
    for name in COMMANDS:
        told = run(name, "--help")
        assert told.code == 0
        assert told.out.startswith(f"Usage: run.py {name}")


def test_a_terminal_of_80_columns_is_wide_enough(tmp_path):
    posts = (
        FLOOD + "  link: https://example.org/flood\n" + campaigns.post("a" * 30, "D-2 10:00", text="Other.")
    )
    config = str(campaigns.write(tmp_path, posts))
    for words in (["check"], ["plan"], ["rehearse"], ["status"], ["--help"]):
        said, code = on_a_terminal("--config", config, *words)
        assert code == 0, said
        wide = [line for line in visible(said) if len(line) > 80 and str(tmp_path) not in line]
        assert wide == []


def test_a_terminal_groups_by_day_and_a_pipe_gets_a_row_for_each_delivery(tmp_path, campaign):
    run = campaign(FLOOD)
    assert run("plan").out.splitlines() == [
        "Tue 16 Feb 2027 10:00 Asia/Baku\tTue 16 Feb 2027 10:00 Asia/Baku\t2027-02-16T06:00:00Z"
        f"\t{channel}\tflood\t{length}\tnot-live"
        # 65 characters and 12 of the warning; on X the warning is a line: "Content note: Loss of life" and a
        # line break are 27.
        for channel, length in (("m-en", "77/500"), ("x-en", "92/280"))
    ]
    said, _ = on_a_terminal("--config", str(run.config), "plan")
    lines = [line.rstrip() for line in visible(said)]
    assert "Tue 16 Feb 2027 · D-1" in lines
    assert "  10:00 Baku · 06:00 UTC  flood" in lines
    assert "      m-en  10:00 Baku  77/500  not-live" in lines


def test_progress_is_shown_on_a_terminal_and_nowhere_else(tmp_path, campaign):
    run = campaign(FLOOD)
    for command in ("check", "plan", "rehearse", "preview"):
        assert run(command).err == ""
    said, _ = on_a_terminal("--config", str(run.config), "check")
    assert "Checking posts" in said


def test_what_can_wait_is_one_line_for_each_cause_and_all_lists_every_one(campaign):
    posts = "".join(
        campaigns.post(f"post-{n}", f"D-{n} 10:00", text=f"Words {n}.") + f"  link: https://example.org/{n}\n"
        for n in range(1, 7)
    )
    run = campaign(posts)
    told = run("check").out
    # D-6 of 17 February is the 11th; three days before it is the 8th.
    assert "todo links.placeholder: 6 places, the first by Mon 8 Feb 2027" in told
    assert told.count("is a placeholder") == 3
    assert "and 3 more; `check --all` lists every one" in told
    assert "6 to do" in told
    everything = run("check", "--all").out
    assert everything.count("is a placeholder") == 6
    rehearsed = run("rehearse").out
    assert "6 things to do before 6 posts may go out live, the first by Mon 8 Feb 2027:" in rehearsed


def test_what_is_new_since_the_last_check_comes_first_and_is_marked(campaign):
    def written(*ids):
        posts = "".join(
            campaigns.post(one, "D-2 10:00", text=f"Words {one}.") + f"  link: https://example.org/{one}\n"
            for one in ids
        )
        return campaign(posts)

    assert "new" not in written("bell", "candle")("check").out
    run = written("bell", "candle", "dawn")
    run("check", "--json")
    run("check", "--as-of", "2027-02-01")
    told = run("check").out
    heading, first, *_ = told[told.index("todo links.placeholder") :].splitlines()
    assert "3 places" in heading
    assert "https://example.org/dawn" in first
    assert "(new)" in told
    assert told.count("example.org/bell is a placeholder; put the real address in (by") == 1
    assert "of them new since the last check" in told
    assert "new" not in run("check").out


def test_two_causes_of_one_rule_stand_apart(capsys):
    alike = [Finding(Severity.WARNING, "a.rule", f"{n}", cause=cause) for cause in "xy" for n in (1, 2)]
    findings.show(alike, False, {alike[3]})
    assert capsys.readouterr().out.splitlines() == [
        "warning a.rule: 2 places",
        "  2 (new)",
        "  1",
        "warning a.rule: 2 places",
        "  1",
        "  2",
        "4 warnings; 1 of them new since the last check",
    ]


def test_status_says_what_to_do_next_while_nothing_is_recorded(campaign):
    run = campaign(FLOOD)
    assert "Nothing recorded yet" in run("status").out
    assert "python run.py rehearse" in run("status").out
    run("hold", "--reason", "rain")
    told = run("status").out
    assert "no posts yet" in told
    assert "Start it with: python run.py run --live" in told


def test_replan_lists_what_moves(campaign):
    run = campaign(campaigns.post("flood", "next slot") + campaigns.post("other", "next slot", text="Other."))
    slots = 'language: en, slots: ["10:00"], daily_limit: 1,'
    config = (
        run.config.read_text(encoding="utf-8")
        .replace("language: en,", slots)
        .replace("year:", "start: D-3\n  year:")
    )
    run.config.write_text(config, encoding="utf-8")
    assert run("approve", "flood", "--yes").code == 0
    # flood has D-3 by its file order; the higher priority of the other takes it when all is given anew.
    posts = run.config.parent / "posts" / "posts.yaml"
    posts.write_text(posts.read_text(encoding="utf-8") + "  priority: 9\n", encoding="utf-8")
    kept = {row["post"]: row["due"] for row in run("plan", "--json").json}
    assert kept["flood"] == "2027-02-14T06:00:00Z"
    told = run("plan", "--replan")
    moved = [line for line in told.out.splitlines() if " moves from " in line]
    assert len(moved) == 2
    assert "Sun 14 Feb 2027 10:00 Asia/Baku to Mon 15 Feb 2027 10:00 Asia/Baku" in moved[0]
    assert "No slot moves." in run("plan", "--replan").out


@pytest.mark.skipif(os.name != "posix", reason="other systems have no such permissions")
def test_passwords_that_others_can_read_are_a_warning_with_the_cure(campaign, tmp_path):
    run = campaign(FLOOD)
    env = tmp_path / ".env"
    assert "env-readable" not in run("check").out
    env.chmod(0o644)
    told = run("check")
    assert told.code == 0
    assert f"chmod 600 {env}" in told.out
    assert stat.S_IMODE(env.stat().st_mode) == 0o644


def test_a_secret_with_a_dollar_sign_is_taken_letter_by_letter(campaign, tmp_path):
    from scheduler.service import open_campaign

    run = campaign(FLOOD)
    (tmp_path / ".env").write_text("M_EN_ACCESS_TOKEN=pa${HOME}ss\n", encoding="utf-8")
    campaigning = open_campaign(run.config, environ={"M_EN_ACCESS_TOKEN": ""})
    assert campaigning.secrets(campaigning.config.channels["m-en"]) == {"ACCESS_TOKEN": "pa${HOME}ss"}
    assert "pa$" not in repr(campaigning)


def test_no_command_tells_a_secret(campaign, tmp_path):
    run = campaign(campaigns.post("flood", campaigns.at(datetime.now(UTC) + timedelta(hours=2))), live=True)
    said = ""
    for words in (
        ["check"],
        ["plan", "--json"],
        ["rehearse"],
        ["preview"],
        ["publish", "flood", "--channel", "m-en"],
        ["status"],
        ["status", "--dry", "--json"],
        ["why", "flood"],
        ["hold", "--reason", "rain"],
    ):
        told = run(*words)
        said += told.out + told.err
    for path in (tmp_path / "data").rglob("*"):
        said += path.read_bytes().decode("latin-1") if path.is_file() else ""
    assert said
    assert [secret for secret in campaigns.SECRETS.values() if secret in said] == []
