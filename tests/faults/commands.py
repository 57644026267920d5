"""Commands as a person types them, in this process, and what they printed."""

import io
import logging
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass

from scheduler import cli


@dataclass(frozen=True)
class Done:
    """A command's exit code and what it printed."""

    code: int
    out: str
    err: str

    @property
    def said(self):
        return self.out + self.err


def typed(config, *words):
    """`python run.py --config CONFIG WORDS`, to its end."""
    out, err = io.StringIO(), io.StringIO()
    code = 0
    with _log_as_before(), redirect_stdout(out), redirect_stderr(err):
        try:
            cli.main(["--config", str(config), *map(str, words)])
        except SystemExit as leaving:
            code = leaving.code or 0
    done = Done(code, out.getvalue(), err.getvalue())
    assert "Traceback" not in done.said, done.said
    assert "program itself" not in done.said, done.said
    return done


@contextmanager
def _log_as_before():
    """A command sets up the log of its process, which here is the tests' process."""
    root, ours = logging.getLogger(), logging.getLogger("scheduler")
    before = root.handlers, root.level, ours.level
    try:
        yield
    finally:
        root.handlers, root.level, ours.level = before
