"""Every error the program raises on purpose; the command line prints them as one line and an exit code.

SchedulerError
├── InputError        something a person wrote is wrong: exit code 2
│   ├── ConfigError   config.yaml, .env or the environment: says which key and what to do
│   └── ContentError  a post, a ledger record, an image: file, line, column
├── CardError         a card that cannot be drawn as asked (too long, missing glyph, bad photograph)
├── PlanError         a time that cannot be planned
└── RunError          something failed while running: exit code 1
    ├── StoreError    the database or its folder: unwritable, full, of a newer version
    │   └── NothingThere   there is no database yet
    └── LockError     another scheduler holds the data folder; says who
"""


class SchedulerError(Exception):
    """Base of all of them; `str()` is one sentence for a person, never with a secret in it."""

    exit_code = 1


class InputError(SchedulerError):
    """What a person wrote cannot be used as it stands."""

    exit_code = 2


class ConfigError(InputError):
    """config.yaml, .env or the environment."""


class ContentError(InputError):
    """A post file, a ledger file or an image, at its place."""

    def __init__(self, message: str, file: str = "", line: int = 0, column: int = 0) -> None:
        place = ":".join(str(part) for part in (file, line, column) if part)
        super().__init__(f"{place}: {message}" if place else message)
        self.message, self.file, self.line, self.column = message, file, line, column


class CardError(InputError):
    """A card cannot be drawn as asked; the message names the words, the character or the file."""


class PlanError(InputError):
    """A time that does not exist or cannot be planned."""


class RunError(SchedulerError):
    """Something failed at run time; nothing was lost."""


class StoreError(RunError):
    """The database or its folder cannot be used; nothing was sent."""


class NothingThere(StoreError):
    """Nothing was ever recorded: there is no database yet."""


class LockError(RunError):
    """Another scheduler holds the data folder."""
