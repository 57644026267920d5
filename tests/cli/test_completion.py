"""The tab key: commands, options, posts and channels of the campaign at hand, asked as the shells ask."""

import os
import shutil
import subprocess
import sys

import pytest

from scheduler import cli
from tests import campaigns
from tests.documents import ROOT

BASH = shutil.which("bash") or "bash"


def asked(folder, monkeypatch, capsys, words, *, shell="zsh"):
    """What the program answers a shell about `words`, the last of them incomplete; (value, help) each."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv(cli.COMPLETING, f"{shell}_complete")
    monkeypatch.setenv("COMP_WORDS", f"run.py {words}")
    monkeypatch.setenv("COMP_CWORD", str(len(words.split(" "))))
    with pytest.raises(SystemExit) as ended:
        cli.main([])
    assert ended.value.code in (0, None)
    lines = capsys.readouterr().out.strip().splitlines()
    return [(value, told) for kind, value, told in zip(*[iter(lines)] * 3, strict=True) if kind == "plain"]


@pytest.fixture
def flood(tmp_path):
    posts = campaigns.post("flood", "D-1 10:00") + '- {id: "lamps", kind: text, text: {en: Lamps}}\n'
    campaigns.write(tmp_path, posts, secrets=False)
    return tmp_path


def test_commands_are_completed_with_what_they_do(flood, monkeypatch, capsys):
    found = asked(flood, monkeypatch, capsys, "roll")
    assert found == [("rollover", cli.HELP["rollover"])]


def test_no_command_is_imported_to_complete_its_name(flood):
    code = "import sys; from scheduler import cli\ntry: cli.main([])\nfinally: print(sorted(sys.modules))"
    around = {cli.COMPLETING: "bash_complete", "COMP_WORDS": "run.py c", "COMP_CWORD": "1"}
    told = subprocess.run(
        [sys.executable, "-c", code],
        cwd=flood,
        env={**os.environ, **around, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert "plain,check" in told.stdout, told.stderr
    assert "'scheduler.cli.completion'" in told.stdout
    assert "'scheduler.cli.preparing'" not in told.stdout
    assert "'pydantic'" not in told.stdout


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("publish fl", ["flood"]),
        ("approve ", ["flood", "lamps"]),
        ("why la", ["lamps"]),
        ("publish flood --channel m", ["m-en"]),
        ("hold --kind wi", ["witness"]),
        ("preview --language e", ["en"]),
        ("publish nothing-like-it", []),
    ],
)
def test_posts_channels_and_kinds_are_the_campaigns_own(flood, monkeypatch, capsys, words, found):
    assert [value for value, _ in asked(flood, monkeypatch, capsys, words)] == found


def test_another_config_file_is_asked_where_the_line_names_one(flood, monkeypatch, capsys):
    monkeypatch.chdir(flood)
    found = asked(ROOT, monkeypatch, capsys, f"--config {flood / 'config.yaml'} publish f")
    assert found == [("flood", "_")]


@pytest.mark.parametrize("broken", ["channels: [", "- a list", "", None])
def test_a_config_that_cannot_be_read_completes_nothing_and_says_nothing(flood, monkeypatch, capsys, broken):
    config = flood / "config.yaml"
    config.unlink()
    if broken is not None:
        config.write_text(broken)
    assert asked(flood, monkeypatch, capsys, "publish flood --channel m") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_a_script_that_asks_in_its_own_way(shell, capsys):
    cli.main(["completion", shell])
    script = capsys.readouterr().out
    assert f"{cli.COMPLETING}={shell}_complete" in script
    assert f"run.py completion {shell}" in script


@pytest.mark.long
def test_bash_itself_completes_python_run_py(flood, tmp_path):
    script = tmp_path / "completion.bash"
    made = subprocess.run(
        [sys.executable, str(ROOT / "run.py"), "completion", "bash"],
        capture_output=True,
        check=True,
        timeout=30,
    )
    script.write_bytes(made.stdout)
    typed = (("run.py", "plann"), ("run.py", "publish", "fl"), ("other.py", "publish", "fl"))
    lines = [f"source {script}"]
    for words in typed:
        program = str(ROOT / words[0]) if words[0] == "run.py" else words[0]
        line = " ".join(f'"{word}"' for word in (sys.executable, program, *words[1:]))
        lines.append(
            f"COMP_WORDS=({line}); COMP_CWORD={len(words)}; _awareness_scheduler; echo ${{COMPREPLY[@]}}."
        )
    told = subprocess.run(
        [BASH, "-c", "\n".join(lines)], cwd=flood, capture_output=True, text=True, timeout=30, check=False
    )
    assert told.stdout.split() == [".", "flood.", "."], told.stderr


def test_the_editors_settings_of_this_folder_are_those_that_init_writes():
    from scheduler.service import first_files

    settings = ROOT / ".vscode" / "settings.json"
    assert settings.read_text(encoding="utf-8") == first_files.settings("docs/reference/schemas")
    assert (ROOT / "docs" / "reference" / "schemas" / "post.json").is_file()
