"""The table of languages, and what is remembered between two looks."""

import json

from scheduler.model import Approval, Mode
from scheduler.service import languages
from tests.exchange.by_hand import FLOOD, NOW, campaign, opened, write

BOTH = FLOOD.replace("{en: The water came at night.}", "{en: The water came., az: Su gəldi.}")
CHANGED = BOTH.replace("The water came.", "The water came at night.")


def rules(campaigning):
    return {(one.rule, one.channel) for one in campaigning.prepare(NOW).findings if one.post == "flood"}


def changed(folder):
    """The campaign after its English text was changed between two looks."""
    campaign(folder, BOTH, approvals="{default: 1, ledger: 0}").prepare(NOW)
    write(folder, "posts/posts.yaml", CHANGED)
    return opened(folder)


def test_what_was_changed_between_two_looks_is_found_and_keeps_its_channel_back_near_its_time(tmp_path):
    campaigning = changed(tmp_path)
    assert rules(campaigning) == {("translations.outdated", "m-az")}
    made = campaigning.prepare(NOW.replace(day=13))
    assert {one.channel: bool(one.stops) for one in made.deliveries} == {"m-en": False, "m-az": True}


def test_an_approval_of_the_translation_after_the_change_ends_it(tmp_path):
    campaigning = changed(tmp_path)
    [one] = [one for one in campaigning.prepare(NOW).deliveries if one.channel == "m-az"]
    with campaigning.store(Mode.LIVE) as store:
        store.approve([Approval(one.key, one.digest, "Aygün", "approver", NOW, one.day)])
    assert rules(campaigning) == set()
    assert rules(campaigning) == set()


def test_the_lines_count_what_is_there_and_who_has_read_it(tmp_path):
    campaigning = campaign(tmp_path, BOTH + FLOOD.replace("id: flood", "id: later"))
    made = campaigning.prepare(NOW)
    given = {
        one.key: [Approval(one.key, one.digest, "Aygün", "approver", NOW, one.day)]
        for one in made.deliveries
        if one.post == "flood"
    }
    assert list(languages.lines(languages.table(made, given))) == [
        ("en", "2 posts; read by Aygün 1, 1 by nobody"),
        ("az", "1 post; 1 without: later; read by Aygün 1"),
    ]


def test_an_approval_of_other_words_is_nobodys_reading(tmp_path):
    made = campaign(tmp_path, BOTH).prepare(NOW)
    given = {one.key: [Approval(one.key, "another", "Can", "", NOW, one.day)] for one in made.deliveries}
    assert all(not row.read_by for row in languages.table(made, given))


def test_a_damaged_memory_takes_every_translation_as_it_is(tmp_path):
    campaigning = changed(tmp_path)
    file = tmp_path / "data" / languages.FILE
    whole = json.loads(file.read_text(encoding="utf-8"))
    whole["flood"]["az"]["since"] = "two"
    for damage in ("", "[]", '{"flood": 3}', '{"flood": {"az": {"own": 1}}}', json.dumps(whole), "[" * 9999):
        file.write_text(damage, encoding="utf-8")
        assert rules(campaigning) == set()
    assert set(json.loads(file.read_text(encoding="utf-8"))) == {"flood"}


def test_a_memory_that_cannot_be_written_stops_nothing(tmp_path, monkeypatch):
    campaigning = campaign(tmp_path, BOTH)
    monkeypatch.setattr("pathlib.Path.replace", _full)
    assert languages.look(campaigning.config, campaigning.prepare(NOW).content.posts, {}) != {}
    assert not (tmp_path / "data" / languages.FILE).exists()


def _full(self, target):
    raise OSError(28, "No space left on device")
