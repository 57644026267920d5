"""Every way in which PostgreSQL's own programs find a password works here too, and none of them shows it."""

import pytest

from scheduler.errors import StoreError
from scheduler.model import Mode
from scheduler.service import open_campaign
from tests.faults.cluster import Cluster
from tests.service.stage import opened

pytestmark = pytest.mark.a_server

SECRET = "c4nary: of/the@store%"
HBA = "local all all trust\nhost all guest 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n"
WAYS = ("STORE_PASSWORD", "PGPASSWORD", "PGPASSFILE", "PGSERVICEFILE", "socket")


@pytest.fixture(scope="module")
def server():
    with Cluster() as made:
        (made.data / "pg_hba.conf").write_text(HBA, encoding="utf-8")
        made.execute(f"CREATE ROLE guest LOGIN PASSWORD '{SECRET}'")
        made.execute("CREATE SCHEMA guest AUTHORIZATION guest")
        made.execute("SELECT pg_reload_conf()")
        yield made


def campaigning(folder, store, environ):
    made = opened(folder, "")
    with made.config.file.open("a", encoding="utf-8") as config:
        config.write(f'store: "{store}"\n')
    return open_campaign(made.config.file, environ=environ)


@pytest.mark.parametrize("way", WAYS)
def test_a_password_is_found_where_postgresql_s_own_programs_find_it(way, server, tmp_path, monkeypatch):
    address = f"postgresql+psycopg://guest@127.0.0.1:{server.port}/campaign"
    environ = {}
    if way == "STORE_PASSWORD":
        environ = {way: SECRET}
    elif way == "PGPASSWORD":
        monkeypatch.setenv(way, SECRET)
    elif way == "PGPASSFILE":
        # PostgreSQL's documentation, 34.16: a colon in a field is written \:.
        escaped = SECRET.replace(":", r"\:")
        written(tmp_path / "pass", f"127.0.0.1:{server.port}:campaign:guest:{escaped}\n")
        monkeypatch.setenv(way, str(tmp_path / "pass"))
    elif way == "PGSERVICEFILE":
        lines = ["[harbour]", "host=127.0.0.1", f"port={server.port}", "dbname=campaign", "user=guest"]
        written(tmp_path / "services", "\n".join([*lines, f"password={SECRET}", ""]))
        monkeypatch.setenv(way, str(tmp_path / "services"))
        address = "postgresql+psycopg:///?service=harbour"
    else:
        address = f"postgresql+psycopg://guest@/campaign?host={server.folder}&port={server.port}"
    made = campaigning(tmp_path / "campaign", address, environ)
    with made.store(Mode.LIVE) as store:
        store.remember("found", way)
        assert store.recall("found") == way
    assert made.has_store


def written(path, text):
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)


@pytest.mark.parametrize("password", ["", f"{SECRET}, but wrong"])
def test_without_the_right_one_it_says_what_to_do_and_not_what_was_tried(password, server, tmp_path):
    address = f"postgresql+psycopg://guest@127.0.0.1:{server.port}/campaign"
    made = campaigning(tmp_path, address, {"STORE_PASSWORD": password})
    with pytest.raises(StoreError) as refused:
        made.store(Mode.LIVE)
    assert str(refused.value).startswith(f"PostgreSQL 127.0.0.1:{server.port}/campaign: ")
    assert "password" in str(refused.value)
    assert "c4nary" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__
