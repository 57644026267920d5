"""Here drawing itself is tested, so each card is drawn."""

import pytest

from scheduler.cards import card, kept


@pytest.fixture(autouse=True)
def each_card_is_drawn(monkeypatch):
    monkeypatch.setattr(kept, "draw", card.draw)
    monkeypatch.setattr(kept.Kept, "fill", kept.Kept.fill.__wrapped__)
