"""Typing a command as the pages have it: in this process, or as a process of its own until a moment."""

import io
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from scheduler import cli

ROOT = Path(__file__).parents[1]


def sample(folder):
    """A copy of the sample campaign; cards drawn before are taken along, as they would be on a second day."""
    for name in ("posts", "assets"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "config.yaml", folder)
    if (ROOT / "data" / "cards").is_dir():
        shutil.copytree(ROOT / "data" / "cards", folder / "data" / "cards")
    return folder


class _Keyboard(io.StringIO):
    """Answers that are seen as they are typed, as on a terminal."""

    def readline(self, size=-1, /):
        line = super().readline(size)
        print(line, end="")
        return line


def typed(command, monkeypatch, answers="y\n"):
    """Run `python run.py …` in the current folder; answers exit code and everything it printed."""
    words = shlex.split(command)
    assert words[:2] == ["python", "run.py"], command
    monkeypatch.setattr(sys, "stdin", _Keyboard(answers))
    printed = io.StringIO()
    with redirect_stdout(printed), redirect_stderr(printed):
        try:
            cli.main(words[2:])
            code = 0
        except SystemExit as leaving:
            code = leaving.code or 0
    return code, printed.getvalue()


def started(command, folder, until, seconds=30):
    """Start it as a process of its own, stop it as Ctrl-C's kinder sister does; exit code and all it printed.

    `until` is given what has been printed so far and says when to stop.
    """
    words = shlex.split(command)
    log = folder / "printed.txt"
    with log.open("w") as stream:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "run.py"), *words[2:]],
            cwd=folder,
            stdout=stream,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        )
        try:
            _wait(process, lambda: until(log.read_text()) or "Traceback" in log.read_text(), seconds)
            process.send_signal(signal.SIGTERM)
            code = process.wait(30)
        finally:
            process.kill()
            process.wait()
    printed = log.read_text()
    assert "Traceback" not in printed, printed
    return code, printed


def _wait(process, seen, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None and not seen():
        time.sleep(0.1)
