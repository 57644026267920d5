"""Tokens that are renewed: stored before use, asked for once, and never lost."""

import json
import multiprocessing
import stat

import pytest

from scheduler.platforms.base import Refusal, Refused
from scheduler.platforms.tokens import FILE, Tokens

GIVEN = {"ACCESS_TOKEN": "first", "REFRESH_TOKEN": "refresh-1"}


def renewed_to(*values):
    asked = []

    def fetch(secrets):
        asked.append(secrets["REFRESH_TOKEN"])
        return {"ACCESS_TOKEN": values[len(asked) - 1], "REFRESH_TOKEN": f"refresh-{len(asked) + 1}"}

    return fetch, asked


def test_a_renewed_token_is_there_after_a_restart(tmp_path):
    fetch, _ = renewed_to("second")
    assert Tokens("threads-en", GIVEN, tmp_path).renew("first", "ACCESS_TOKEN", fetch) is None
    after = Tokens("threads-en", GIVEN, tmp_path)
    assert dict(after) == {"ACCESS_TOKEN": "second", "REFRESH_TOKEN": "refresh-2"}
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


def test_one_channels_token_is_not_anothers(tmp_path):
    fetch, _ = renewed_to("second")
    Tokens("threads-en", GIVEN, tmp_path).renew("first", "ACCESS_TOKEN", fetch)
    assert Tokens("threads-az", GIVEN, tmp_path)["ACCESS_TOKEN"] == "first"


def test_a_renewed_token_is_shown_to_no_other_server(tmp_path):
    fetch, _ = renewed_to("second")
    Tokens("x-en", GIVEN, tmp_path, "api.x.com").renew("first", "ACCESS_TOKEN", fetch)
    assert dict(Tokens("x-en", GIVEN, tmp_path, "proxy.example:8443")) == GIVEN
    assert Tokens("x-en", GIVEN, tmp_path, "api.x.com")["ACCESS_TOKEN"] == "second"


def test_a_token_a_person_has_put_in_anew_counts_more_than_an_old_renewal(tmp_path):
    fetch, _ = renewed_to("second")
    Tokens("x-en", GIVEN, tmp_path).renew("first", "ACCESS_TOKEN", fetch)
    fresh = {"ACCESS_TOKEN": "pasted", "REFRESH_TOKEN": "pasted too"}
    assert Tokens("x-en", fresh, tmp_path)["ACCESS_TOKEN"] == "pasted"


def test_an_empty_answer_never_replaces_a_token(tmp_path):
    tokens = Tokens("x-en", GIVEN, tmp_path)
    refused = tokens.renew("first", "ACCESS_TOKEN", lambda secrets: {"ACCESS_TOKEN": "", "REFRESH_TOKEN": ""})
    assert refused.kind is Refusal.TRANSIENT
    assert dict(tokens) == GIVEN
    assert dict(Tokens("x-en", GIVEN, tmp_path)) == GIVEN


def test_a_refresh_token_that_is_not_given_anew_stays(tmp_path):
    tokens = Tokens("x-en", GIVEN, tmp_path)
    tokens.renew("first", "ACCESS_TOKEN", lambda secrets: {"ACCESS_TOKEN": "second", "REFRESH_TOKEN": ""})
    assert dict(tokens) == {"ACCESS_TOKEN": "second", "REFRESH_TOKEN": "refresh-1"}


def test_what_the_platform_refuses_is_passed_on_and_changes_nothing(tmp_path):
    no = Refused(Refusal.AUTH, "revoked")
    tokens = Tokens("x-en", GIVEN, tmp_path)
    assert tokens.renew("first", "ACCESS_TOKEN", lambda secrets: no) is no
    assert dict(tokens) == GIVEN


def test_a_damaged_file_falls_back_to_what_the_environment_says(tmp_path):
    (tmp_path / FILE).write_text("{ not json")
    assert dict(Tokens("x-en", GIVEN, tmp_path)) == GIVEN


def test_a_folder_that_cannot_be_written_is_said_before_the_old_token_is_spent(tmp_path):
    fetch, asked = renewed_to("second")
    (tmp_path / "folder").write_text("a file stands in the way")
    refused = Tokens("x-en", GIVEN, tmp_path / "folder").renew("first", "ACCESS_TOKEN", fetch)
    assert refused.kind is Refusal.TRANSIENT
    assert "cannot be stored beside config.yaml" in refused.message
    assert asked == []


def test_no_secret_shows_in_a_repr(tmp_path):
    assert "first" not in repr(Tokens("x-en", GIVEN, tmp_path))


def _renew(folder, start, answers):
    def fetch(secrets):
        answers.put(secrets["REFRESH_TOKEN"])
        return {"ACCESS_TOKEN": "second", "REFRESH_TOKEN": "refresh-2"}

    tokens = Tokens("x-en", GIVEN, folder)
    start.wait()
    tokens.renew("first", "ACCESS_TOKEN", fetch)
    answers.put(tokens["ACCESS_TOKEN"])


@pytest.mark.parametrize("processes", [4])
def test_a_refresh_token_is_spent_once_however_many_processes_want_it(tmp_path, processes):
    context = multiprocessing.get_context("fork")
    start, answers = context.Barrier(processes), context.Queue()
    workers = [context.Process(target=_renew, args=(tmp_path, start, answers)) for _ in range(processes)]
    for worker in workers:
        worker.start()
    found = [answers.get(timeout=30) for _ in range(processes + 1)]
    for worker in workers:
        worker.join()
    assert sorted(found) == ["refresh-1"] + ["second"] * processes
    assert json.loads((tmp_path / FILE).read_text())["x-en"]["secrets"]["ACCESS_TOKEN"] == "second"
