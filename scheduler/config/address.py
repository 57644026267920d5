"""The address of the campaign's database: `sqlite`, or a PostgreSQL server's, without its password."""

import re
from collections.abc import Iterator
from urllib.parse import SplitResult, parse_qsl, urlsplit

SQLITE = "sqlite"
FORM = "postgresql+psycopg://user@server/database"
SCHEMES = ("postgresql", "postgresql+psycopg")
SECRET = ("password", "sslpassword", "oauth_client_secret")
MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
PASSWORD = (
    "a password does not belong here; put STORE_PASSWORD=… into .env beside config.yaml, and change it, as "
    "it was written down"
)

OPTIONS = frozenset(
    re.findall(
        r"\w+",
        """
        host hostaddr port dbname user passfile require_auth channel_binding connect_timeout client_encoding
        options application_name fallback_application_name keepalives keepalives_idle keepalives_interval
        keepalives_count tcp_user_timeout replication gssencmode sslmode sslnegotiation requiressl
        sslcompression sslcert sslkey sslcertmode sslrootcert sslcrl sslcrldir sslsni requirepeer
        ssl_min_protocol_version ssl_max_protocol_version min_protocol_version max_protocol_version krbsrvname
        gsslib gssdelegation service servicefile target_session_attrs load_balance_hosts
        """,
    )
)
"""What libpq knows (PostgreSQL's documentation, 34.1.2), but for passwords."""


def is_server(written: str) -> bool:
    """Whether it names a server rather than the file in the data folder."""
    return written != SQLITE


def problem(written: str) -> str | None:
    """What is wrong with an address, and what to write instead; None where nothing is. Never quotes it."""
    if written == SQLITE:
        return None
    return next(_problems(written), None)


def _problems(written: str) -> Iterator[str]:
    if not re.fullmatch(r"[a-z0-9+]+://\S*", written):
        yield f"write sqlite, or {FORM}"
        return
    try:
        seen = urlsplit(written)
        asked = parse_qsl(seen.query, keep_blank_values=True, strict_parsing=bool(seen.query))
    except ValueError:
        yield f"this is not an address; write {FORM}"
        return
    if _has_password(seen, written) or any(name.lower() in SECRET for name, _ in asked):
        yield PASSWORD
    if seen.scheme not in SCHEMES:
        yield f"“{seen.scheme}” is not a database for this program; write sqlite, or {FORM}"
    yield from _of_parts(seen, dict(asked))


def _has_password(seen: SplitResult, written: str) -> bool:
    """One with a / in it, which should have been written %2F, splits an address in the wrong place."""
    return bool(seen.password) or bool(re.match(r"[^/]*//[^/@:]*:[^@]*@", written))


def _of_parts(seen: SplitResult, asked: dict[str, str]) -> Iterator[str]:
    try:
        port = seen.port
    except ValueError:
        port = 0
    if port == 0:
        yield "the port is a number between 1 and 65535, as in server:5432"
    if not seen.path.strip("/") and not asked.keys() & {"dbname", "service"}:
        yield f"the database is missing; write {FORM}"
    for name in sorted(asked.keys() - OPTIONS):
        yield f"PostgreSQL knows no option “{name}”"
    if "sslmode" in asked and asked["sslmode"] not in MODES:
        yield f"sslmode is one of {', '.join(MODES)}"


def shown(written: str) -> str:
    """The address for a message: without whatever may be a password, also one in the wrong place."""
    scheme = found[0] if (found := re.match(r"[a-z0-9+]*://|//", written)) else ""
    rest = re.sub(r":.*@", ":…@", written[len(scheme) :])
    rest = re.sub(r"^([^:/@?\[]*):(?![0-9]*(?:[/?]|$))[^/?@]*", r"\1:…", rest)
    return scheme + re.sub(r"(?i)([?&][a-z_]*(?:pass|secret)[a-z_]*)=[^&]*", r"\1=…", rest)
