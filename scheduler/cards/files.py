"""Final image bytes by their digest, on disk until somebody asks for them."""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path

from scheduler.errors import StoreError


class Files(Mapping[str, bytes]):
    """Final image bytes by SHA-256: read when asked for, so a campaign need not fit in memory."""

    def __init__(self) -> None:
        self._places: dict[str, Path | bytes] = {}

    def add(self, data: bytes, path: Path | None = None) -> str:
        name = sha256(data).hexdigest()
        self._places.setdefault(name, path if path is not None else data)
        return name

    def path(self, name: str) -> Path | None:
        """The file it was read from; None where it is held in memory alone."""
        place = self._places.get(name)
        return place if isinstance(place, Path) else None

    def __getitem__(self, name: str) -> bytes:
        place = self._places[name]
        if isinstance(place, bytes):
            return place
        try:
            return place.read_bytes()
        except OSError as error:
            raise StoreError(
                f"{place} cannot be read ({error.strerror}); start again, and it is drawn anew"
            ) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)
