"""The running service and its alerts: a real server for the post, real services for the messages."""

import json
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from scheduler.model import Mode
from scheduler.service import open_campaign
from scheduler.service.running import Service
from tests import campaigns
from tests.alerts.services import SECRET, endpoint, mail_server
from tests.fakes.mastodon_server import MastodonServer
from tests.service.waiting import until

TOKEN = campaigns.SECRETS["M_EN_ACCESS_TOKEN"]


def now():
    return datetime.now(UTC)


@contextmanager
def at_work(folder, alerts, environ, ahead=timedelta(seconds=4), **options):
    """A live scheduler with one post due so soon; answers its campaign and the server it publishes on."""
    with MastodonServer(token=TOKEN) as server:
        posts = campaigns.post("flood", campaigns.at(now() + ahead)) + "  channels: [m-en]\n"
        config = campaigns.write(folder, posts, mastodon=server.base_url, live=True, **options)
        text = config.read_text(encoding="utf-8")
        config.write_text(text[: text.index("  x-en:")] + alerts, encoding="utf-8")
        campaigning = open_campaign(config, environ=environ)
        service = Service(campaigning, Mode.LIVE, now, wake=timedelta(seconds=0.1))
        thread = threading.Thread(target=service.run)
        thread.start()
        try:
            yield campaigning, server
        finally:
            service.stop.set()
            thread.join(20)
            assert not thread.is_alive()


@pytest.mark.long
def test_messages_that_hang_or_are_refused_keep_no_post_and_stand_in_the_health_file(tmp_path):
    alerts = "alerts: {to: [ALERT_HANGS, ALERT_FAILS, ALERT_UNSET]}\n"
    with endpoint(wait=20) as (hangs, hung, _), endpoint(500) as (fails, _, _):
        environ = {"ALERT_HANGS": f"{hangs}?rto=20", "ALERT_FAILS": fails}
        with at_work(tmp_path, alerts, environ) as (campaigning, server):
            with campaigning.store(Mode.LIVE) as store:
                store.hold("post", "another", "is it right?", "Ayla", now())
            until(lambda: hung)
            until(lambda: server.published)

            def health():
                path = campaigning.config.data / "healthz"
                return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

            # One address is answered for before the other, and the file may be read in between.
            for words in ("ALERT_FAILS", "the service is out of order (500)", "ALERT_UNSET is not set"):
                until(lambda words=words: words in str(health().get("needs_you")))
            said = str(health()["needs_you"])
            assert not health()["ok"]
            assert SECRET not in said
    assert SECRET.encode() not in (campaigning.config.data / "scheduler.db").read_bytes()


def test_a_post_that_is_due_and_not_approved_is_in_the_mail_within_seconds(tmp_path):
    with mail_server() as (where, letters):
        one = "alerts: {to: [ALERT_MAIL]}\n"
        with at_work(tmp_path, one, {"ALERT_MAIL": where}, timedelta(minutes=30), approvals=1):
            until(lambda: letters)
    [mail] = letters
    assert mail["Subject"] == "At risk within the hour: 2027/flood/m-en"
    text = mail.get_body(("plain",)).get_content()
    assert "not approved: 0 of 1 approval" in text
    assert "python run.py approve flood" in text
