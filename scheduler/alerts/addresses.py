"""What is wrong with the addresses and the roster of `alerts:`, as findings; an address is never repeated."""

from collections.abc import Iterator, Mapping

from scheduler.alerts import address
from scheduler.alerts.settings import Settings
from scheduler.approvals import names
from scheduler.config import Config
from scheduler.model import Finding, Severity

FILE = "config.yaml"


def findings(config: Config, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Warnings: whatever is wrong here keeps no post from going out. Reading an address calls nobody."""
    settings = Settings.of(config)
    for name in settings.names:
        if (words := trouble(name, environ)) is not None:
            yield Finding(Severity.WARNING, "alerts.address", words, FILE, cause=f"alerts.address: {name}")
    yield from _roster(settings)
    ping = config.alerts.get("ping")
    if ping is not None and not environ.get(ping):
        todo = f"put {ping}=https://… into .env beside config.yaml"
        yield _warning("alerts.ping", f"{ping} is not set, so the dead-man switch is off; {todo}")
    if not settings.names and (settings.digest is not None or settings.quiet):
        yield _warning("alerts.nobody", "alerts: nobody is named in `to:` or `duty:`, so nobody is told")


def trouble(name: str, environ: Mapping[str, str]) -> str | None:
    """What is wrong with the address that stands under a name, in words without it."""
    if not environ.get(name):
        return not_set(name)
    problem = address.trouble(environ[name])
    return f"{name} {problem}" if problem else None


def not_set(name: str) -> str:
    return f"{name} is not set, so nobody is told there; put {name}=… into .env beside config.yaml"


def _roster(settings: Settings) -> Iterator[Finding]:
    for one in settings.duty:
        if one.start is not None and one.end is not None and one.end <= one.start:
            yield _warning("alerts.duty", f"alerts.duty: {one.name}'s turn ends before it begins")
        if one.deputy is not None and settings.person(one.deputy) is None:
            words = f"alerts.duty: {one.name}'s deputy {one.deputy} has no address there; give them an entry"
            yield _warning("alerts.deputy", f"{words} of their own")
        elif one.deputy is not None and names.same(one.deputy, one.name):
            yield _warning("alerts.deputy", f"alerts.duty: {one.name} is their own deputy")


def _warning(rule: str, words: str) -> Finding:
    return Finding(Severity.WARNING, rule, words, FILE, cause=words)
