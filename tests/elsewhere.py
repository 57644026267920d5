"""Python code in a process of its own, which may be killed: forked from a server that has all imported.

with Elsewhere(CODE, "an argument") as process:
    assert process.stdout.readline() == b"ready\n"
    process.kill()

A Python of its own takes a second to import everything, a fork tens of milliseconds.
"""

import multiprocessing
import os
import sys
import tempfile
from types import SimpleNamespace

import tests.faults.world  # noqa: F401  (it says what the server imports beforehand)

_processes = multiprocessing.get_context("forkserver")


class Elsewhere:
    """The process, its standard input and output as binary files. `environ` comes to what is set here."""

    def __init__(self, code, *arguments, environ=None):
        takes, stdin = _processes.Pipe(duplex=False)
        stdout, tells = _processes.Pipe(duplex=False)
        words = (code, [*map(str, arguments)], {**os.environ, **(environ or {})}, takes, tells)
        self._process = _processes.Process(target=_live, args=words, daemon=True)
        self._process.start()
        for ours in (takes, tells):
            ours.close()
        self.stdin, self.stdout = _file(stdin, "wb"), _file(stdout, "rb")

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.kill()
        self.wait()
        self.stdin.close()
        self.stdout.close()

    @property
    def pid(self):
        return self._process.pid

    def kill(self):
        self._process.kill()

    def wait(self, seconds=60):
        """Its exit code; minus the signal's number where one ended it."""
        self._process.join(seconds)
        return self._process.exitcode


def run(code, *arguments, environ=None):
    """Until it has ended: its exit code and what it printed, as bytes."""
    with Elsewhere(code, *arguments, environ=environ) as process:
        process.stdin.close()
        printed = process.stdout.read()
        return SimpleNamespace(returncode=process.wait(), stdout=printed)


def _file(connection, mode):
    with connection:
        return os.fdopen(os.dup(connection.fileno()), mode)


def _live(code, arguments, environ, takes, tells):
    os.dup2(takes.fileno(), 0)
    os.dup2(tells.fileno(), 1)
    takes.close()
    tells.close()
    sys.stdin, sys.stdout = open(0, encoding="utf-8"), open(1, "w", encoding="utf-8")  # noqa: SIM115
    sys.argv = ["-c", *arguments]
    os.environ.clear()
    os.environ.update(environ)
    tempfile.tempdir = None
    exec(compile(code, "<elsewhere>", "exec"), {"__name__": "__main__"})
