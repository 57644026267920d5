"""Running commands in this process, as a person would type them."""

import json
from dataclasses import dataclass

from scheduler.cli import main


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str

    @property
    def lines(self):
        return self.err.strip().splitlines()

    @property
    def json(self):
        return json.loads(self.out)


class Commands:
    """Runs commands on one campaign. However it ends: no traceback, no fault of the program."""

    def __init__(self, capsys, config):
        self.capsys, self.config = capsys, config

    def __call__(self, *words):
        code = 0
        try:
            main(["--config", str(self.config), *words])
        except SystemExit as ended:
            code = ended.code or 0
        told = self.capsys.readouterr()
        assert "Traceback" not in told.out + told.err, told.err
        assert "in the program itself" not in told.err, told.err
        return Answer(code, told.out, told.err)
