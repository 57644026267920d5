"""Secrets that change while they are used: access tokens that are renewed, and renew each other.

A renewed token is on disk (mode 600, whole or not at all) before it is used: some platforms take a refresh
token once, and losing the answer would lock the campaign out. The file stands beside `.env` and is never
part of a backup of the data folder.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from scheduler.platforms.base import Refusal, Refused

FILE = ".tokens.json"
ROOM = 16_384
"""Bytes that must fit on the disk before a token is spent; a token is a few hundred."""

PATIENCE = 30.0
"""Seconds to wait while another process renews the same tokens."""


class Tokens(Mapping[str, str]):
    """A channel's secrets by name, as given in the environment, with what was renewed since laid over them.

    Where the environment gives another token than the one the renewals began with, a person has put in a new
    one, and it counts. What was renewed at another `host` is not used: it would be shown to this one. Without
    a `folder` renewals are kept in memory alone.
    """

    def __init__(
        self, channel: str, given: Mapping[str, str], folder: Path | None = None, host: str = ""
    ) -> None:
        self.channel, self._given, self._host = channel, dict(given), host
        self._file = folder / FILE if folder is not None else None
        self._renewed: dict[str, str] = {}
        self._reload()

    def __getitem__(self, name: str) -> str:
        return self._renewed.get(name) or self._given[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._given | self._renewed)

    def __len__(self) -> int:
        return len(self._given | self._renewed)

    def __repr__(self) -> str:
        return f"Tokens({self.channel})"

    def renew(
        self, stale: str, name: str, fetch: Callable[[Mapping[str, str]], Mapping[str, str] | Refused]
    ) -> Refused | None:
        """Replace the secret `name` where it is still `stale`; `fetch` asks the platform for new ones.

        Only one process at a time asks. Another's renewal is taken over instead of asking again; an empty
        value never replaces one. None when there is a new one.
        """
        try:
            with self._alone():
                self._reload()
                if self[name] != stale:
                    return None
                self._make_room()
                found = fetch(self)
                if isinstance(found, Refused):
                    return found
                return self._keep({key: value for key, value in found.items() if value}, name)
        except OSError as error:
            words = getattr(error, "strerror", None) or "another program holds it"
            return Refused(
                Refusal.TRANSIENT, f"renewed credentials cannot be stored beside config.yaml ({words})"
            )

    def _make_room(self) -> None:
        """Fail before the old token is spent rather than after it, where the new one could not be stored."""
        if self._file is not None:
            _write(self._file, {**self._read(), "room": "." * ROOM})
            _write(self._file, {name: entry for name, entry in self._read().items() if name != "room"})

    def _keep(self, fresh: Mapping[str, str], name: str) -> Refused | None:
        if not fresh.get(name):
            return Refused(Refusal.TRANSIENT, "the platform gave no new credentials")
        renewed = {**self._renewed, **fresh}
        if self._file is not None:
            everyone = self._read()
            entry = {"began_with": self._fingerprint, "host": self._host, "secrets": renewed}
            everyone[self.channel] = entry
            _write(self._file, everyone)
        self._renewed = renewed
        return None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if self._file is None:
            yield
            return
        from filelock import FileLock  # only who renews needs it

        with FileLock(self._file.with_suffix(".lock"), timeout=PATIENCE, mode=0o600):
            yield

    def _reload(self) -> None:
        entry = self._read().get(self.channel)
        if not isinstance(entry, dict):
            return
        if (entry.get("began_with"), entry.get("host")) != (self._fingerprint, self._host):
            return
        secrets = entry.get("secrets")
        if isinstance(secrets, dict):
            self._renewed = {str(name): str(value) for name, value in secrets.items() if value}

    def _read(self) -> dict[str, Any]:
        """Every channel's renewals; none where the file is missing or is not ours."""
        if self._file is None:
            return {}
        try:
            found = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def _fingerprint(self) -> str:
        """Tells whether the environment's secrets are the same; they cannot be read from it."""
        text = json.dumps(sorted(self._given.items()))
        return hashlib.sha256(f"{self.channel}\n{text}".encode()).hexdigest()


def _write(file: Path, content: Mapping[str, Any]) -> None:
    """Whole or not at all, readable by its owner alone, and on the disk before it is used."""
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=file.name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            json.dump(content, out)
            out.flush()
            os.fsync(out.fileno())
        Path(temporary).replace(file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
