"""Opening every link once, because somebody asked for it; what came back is kept in the data folder."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler import __version__
from scheduler.checks import visited
from scheduler.checks.visited import Visit
from scheduler.content import Content
from scheduler.errors import StoreError
from scheduler.service.opening import Campaigning

AGAIN = timedelta(days=1)
"""An address that answered is not asked again within so long."""

_AT_ONCE = 8
_DEADLINE = (5, 10)
"""Seconds for the connection, and for each silence after it."""

_NOTHING_THERE = {404: "the page is not there", 410: "the page is gone"}
_NO_HEAD = frozenset({403, 405, 501})
"""Some servers refuse to be asked for the head alone."""

Open = Callable[[str], tuple[bool, str]]
"""Whether an address is surely dead, and what came back in words."""


@dataclass(frozen=True)
class Looked:
    """How many links there are, how many were opened now, and which did not answer as a page does."""

    links: int
    opened: int
    doubtful: tuple[tuple[str, Visit], ...]


def visit(campaigning: Campaigning, content: Content, now: datetime, open_: Open | None = None) -> Looked:
    """Open every link of posts and letters, eight at a time, and keep what came back. Raises StoreError."""
    folder = campaigning.config.data
    wanted = list(dict.fromkeys(address for _, address, _ in visited.addresses(content)))
    kept = visited.read(folder)
    fresh = {one: kept[one] for one in wanted if one in kept and _is_fresh(kept[one], now)}
    to_open = [one for one in wanted if one not in fresh]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        answers = list(pool.map(open_ or open_page, to_open))
    fresh |= {one: Visit(now, dead, words) for one, (dead, words) in zip(to_open, answers, strict=True)}
    _keep(campaigning, fresh)
    return Looked(len(wanted), len(to_open), tuple(_doubtful(fresh.items())))


def _is_fresh(one: Visit, now: datetime) -> bool:
    return not one.dead and not one.words and now - one.at < AGAIN


def _doubtful(visits: Iterable[tuple[str, Visit]]) -> Iterable[tuple[str, Visit]]:
    return ((address, one) for address, one in visits if one.dead or one.words)


def open_page(address: str) -> tuple[bool, str]:
    """Ask for the page's head, or for the page where the server wants that."""
    import requests

    agent = {"User-Agent": f"awareness-scheduler/{__version__} (link check)"}
    try:
        for ask in (requests.head, requests.get):
            with ask(address, headers=agent, timeout=_DEADLINE, allow_redirects=True, stream=True) as answer:
                if ask is requests.get or answer.status_code not in _NO_HEAD:
                    return _verdict(answer.status_code)
    except requests.exceptions.Timeout:
        return False, "no answer in time"
    except requests.exceptions.ConnectionError as error:
        unknown = "NameResolutionError" in repr(error)
        return unknown, "there is no such site" if unknown else "no connection"
    except (requests.exceptions.RequestException, ValueError):
        return False, "the address cannot be opened"
    return False, ""


def _verdict(status: int) -> tuple[bool, str]:
    if status in _NOTHING_THERE:
        return True, _NOTHING_THERE[status]
    return False, "" if status < 400 else f"the server answered {status}"


def _keep(campaigning: Campaigning, visits: dict[str, Visit]) -> None:
    folder = campaigning.config.data
    target, new = folder / visited.FILE, folder / f".{visited.FILE}.new"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        new.write_text(visited.written(visits), encoding="utf-8")
        new.replace(target)
    except OSError as error:
        words = f"{target} cannot be written ({error.strerror})"
        raise StoreError(f"{words}; free some space, or choose another folder with --data") from None
