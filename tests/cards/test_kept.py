"""Cards in their folder: drawn once, drawn by several processes where many are missing, left alone after."""

import hashlib
from dataclasses import replace

import pytest

from scheduler import cards
from scheduler.cards import kept
from scheduler.cards.kept import FEW, Kept, Wanted
from scheduler.errors import CardError, StoreError
from scheduler.model import Card
from tests.cards.drawing import ROOT
from tests.cards.records import TALL, WISHES, ask

SMALL = (432, 540)
MANY = FEW + 4


def wanted(number, size=SMALL):
    return Wanted(ask(Card("plain", title={"en": f"Khojaly {number}"})), size)


def digests(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_a_card_is_drawn_once_and_kept(tmp_path):
    shelf, one = Kept(tmp_path, ROOT), wanted(1)
    path = shelf.path(one)
    path.write_bytes(b"kept")
    assert Kept(tmp_path, ROOT).path(one).read_bytes() == b"kept"


def test_a_card_is_drawn_anew_only_when_asked(tmp_path):
    path = Kept(tmp_path, ROOT).path(wanted(1))
    path.write_bytes(b"kept")
    assert Kept(tmp_path, ROOT).path(replace(wanted(1), again=True)).read_bytes() != b"kept"


@pytest.mark.long
def test_many_missing_cards_are_drawn_by_workers_to_the_same_bytes(tmp_path):
    told = []
    shelf = Kept(tmp_path / "by-workers", ROOT)
    shelf.fill([wanted(n) for n in range(MANY)], lambda done, total: told.append((done, total)))
    here = Kept(tmp_path / "here", ROOT)
    for number in range(MANY):
        here.path(wanted(number))
    assert digests(tmp_path / "by-workers") == digests(tmp_path / "here")
    assert sorted(told) == [(done, MANY) for done in range(1, MANY + 1)]


def test_few_missing_cards_start_no_worker(tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "_Crew", None)
    Kept(tmp_path, ROOT).fill([wanted(n) for n in range(FEW)])
    assert not list(tmp_path.iterdir())


def test_an_unchanged_campaign_draws_nothing(tmp_path, monkeypatch):
    Kept(tmp_path, ROOT).fill([wanted(n) for n in range(MANY)])
    monkeypatch.setattr(kept, "_Crew", None)
    monkeypatch.setattr(kept, "draw", None)
    shelf = Kept(tmp_path, ROOT)
    shelf.fill([wanted(n) for n in range(MANY)])
    assert all(shelf.path(wanted(n)).exists() for n in range(MANY))


@pytest.mark.long
def test_cards_drawn_anew_by_workers_are_not_drawn_a_second_time(tmp_path, monkeypatch):
    shelf = Kept(tmp_path, ROOT)
    again = [replace(wanted(n), again=True) for n in range(MANY)]
    shelf.fill(again)
    monkeypatch.setattr(kept, "draw", None)
    assert all(shelf.path(one).exists() for one in again)


@pytest.mark.long
def test_what_a_worker_cannot_draw_is_said_when_the_card_is_asked_for(tmp_path):
    shelf = Kept(tmp_path, ROOT)
    bad = Wanted(ask(Card("plain", title={"en": "X" * 90})), SMALL)
    shelf.fill([*(wanted(n) for n in range(MANY)), bad])
    assert len(list(tmp_path.iterdir())) == MANY
    with pytest.raises(CardError, match="too long for one line"):
        shelf.path(bad)


def test_workers_that_cannot_start_leave_the_cards_to_us(tmp_path, monkeypatch):
    monkeypatch.setattr(kept.sys, "executable", str(tmp_path / "no-python-here"))
    shelf = Kept(tmp_path / "cards", ROOT)
    shelf.fill([wanted(n) for n in range(MANY)])
    assert shelf.path(wanted(0)).exists()


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "cards").write_text("a file")
    with pytest.raises(StoreError, match="cannot be written"):
        Kept(tmp_path / "cards", ROOT).path(wanted(1))


def test_a_card_s_name_is_its_identity():
    one = Wanted(ask(WISHES["quote"]), TALL)
    assert one.name == cards.identity(one.request, TALL)
