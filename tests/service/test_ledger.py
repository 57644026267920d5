"""The ledger as people ask it: the sample's own records, and records of another campaign."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from scheduler import config, content
from scheduler.checks import Reliance
from scheduler.errors import InputError
from scheduler.model import Consent, LinkCard, MessagePart, Mode, Office, Person, State
from scheduler.service import ledger
from scheduler.service.reloading import Reloader
from tests.service.stage import Clock, opened, touched

ROOT = Path(__file__).parent.parent.parent
TODAY = date(2026, 11, 22)
KEY = "2027/flood/m-en"

FACTS = """\
- id: drowned
  author: writer
  approved_by: reader
  figure: {figure}
  unit: killed
  label: {{en: people drowned}}
  wording: {{en: "{wording}"}}
  according_to: {{en: the harbour office}}
  sources: [{{document: Register of the harbour, independent: true}}]
"""
PEOPLE = """\
- id: ferryman
  author: writer
  approved_by: reader
  names: {{en: Example Ferryman}}
  basis: direct
  identity: {{checked_by: reader, on: 2026-09-01}}
  consent: {{reference: C-7, on: 2026-09-02{withdrawn}}}
  informed_on: 2026-09-03
"""
POST = """\
- id: flood
  kind: text
  author: writer
  when: {when}
  text: {{en: "According to the harbour office, 307 people were killed. Example Ferryman saw it."}}
  facts: [drowned]
  people: [ferryman]
"""
WORDS = """\
- {id: people, rule: casualty-who, words: {en: [people]}}
- {id: killed, rule: casualty-what, words: {en: [killed]}}
"""


@pytest.fixture(scope="module")
def sample():
    settings, _ = config.load(ROOT / "config.yaml")
    return content.read(settings.posts, settings.campaign.languages, settings.root)


def names(found):
    return [f"{one.kind}/{one.record.id}" for one in found]


def test_a_record_is_shown_with_every_place_that_rests_on_it(sample):
    [killed] = ledger.chosen(ledger.entries(sample, TODAY, {}), "killed")
    assert {(use.kind, use.id) for use in killed.uses} >= {("post", "figures"), ("letter", "letters/letter")}


def test_a_quotations_speaker_is_used_where_the_quotation_is(sample):
    [speaker] = ledger.chosen(ledger.entries(sample, TODAY, {}), "jeyran-azizova")
    assert [use.id for use in speaker.uses if use.how.startswith("words of")] == ["quote-azizova"]


def test_a_background_is_used_by_the_card_that_shows_it(sample):
    entries = ledger.entries(sample, TODAY, {})
    [dawn] = ledger.chosen(entries, "dawn")
    assert ("message", "card") in {(use.id, use.how) for use in dawn.uses}


@pytest.mark.parametrize("words", ["Şəkibə", "şəkibə", "ŞƏKİBƏ", "sekibe", "SEKIBE", "mustafayeva SEKIBE"])
def test_a_name_is_found_however_its_letters_are_typed(words, sample):
    found = ledger.search(ledger.chosen(ledger.entries(sample, TODAY, {}), "people"), words)
    assert names(found) == ["people/mustafayeva-shakiba"]


def test_a_search_with_marks_does_not_find_what_has_others(sample):
    assert ledger.search(ledger.entries(sample, TODAY, {}), "Şəkïbə") == ()


def test_a_name_that_is_not_there_gets_the_nearest(sample):
    with pytest.raises(InputError, match="Did you mean killed"):
        ledger.chosen(ledger.entries(sample, TODAY, {}), "kiled")


def test_an_offices_holder_is_due_thirty_days_after_it_was_verified():
    def due(verified_on):
        office = Office("pace", holder="Somebody", verified_on=verified_on)
        return [words for _, words in ledger._due(office, TODAY, approved=True)]

    assert due(date(2026, 10, 23)) == []
    assert due(date(2026, 10, 22)) == ["holder last verified on 2026-10-22"]
    assert due(None) == ["who holds the office was never verified"]


def test_consent_is_told_by_its_days_alone():
    person = Person(
        "one", author="a", approved_by="b", basis="direct", consent=Consent("C-7", None, date(2026, 10, 1))
    )
    assert [words for _, words in ledger._due(person, TODAY, approved=True)] == [
        "consent withdrawn on 2026-10-01: see what is out with --out",
        "identity to be checked",
    ]


# What changes under a running campaign


def written(folder, *, figure=307, wording="307 people drowned", withdrawn=""):
    touched_or_new(folder / "posts/ledger/facts.yaml", FACTS.format(figure=figure, wording=wording))
    touched_or_new(folder / "posts/ledger/people.yaml", PEOPLE.format(withdrawn=withdrawn))
    touched_or_new(folder / "posts/ledger/wording.yaml", WORDS)


def touched_or_new(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    touched(path, text)


class Live:
    """A live campaign after its first reload."""

    def __init__(self, folder, when="D-1 10:00"):
        self.folder, self.clock = folder, Clock()
        written(folder)
        self.campaigning = opened(folder, POST.format(when=when), live=True)
        self.reloader = Reloader(self.campaigning, Mode.LIVE, self.clock)
        self.store = self.campaigning.store(Mode.LIVE)
        self.reloader.reload(self.store)

    def look_twice(self):
        self.reloader.rescan(self.store)
        self.reloader.rescan(self.store)

    @property
    def status(self):
        return next(one for one in self.store.statuses(self.clock()) if one.key == KEY)


@pytest.fixture
def live(tmp_path):
    made = Live(tmp_path)
    assert not made.status.held
    yield made
    made.store.close()


def test_a_withdrawn_consent_holds_what_is_unsent_at_the_next_look(live):
    written(live.folder, withdrawn=", withdrawn_on: 2027-02-09")
    live.look_twice()
    assert live.status.held
    assert "people.withdrawn" in " ".join(live.status.reasons)


def test_a_withdrawn_consent_holds_under_a_freeze_too(live):
    live.store.freeze("Ayla", "the last days", live.clock())
    written(live.folder, withdrawn=", withdrawn_on: 2027-02-09")
    live.look_twice()
    assert live.status.held


def test_another_figure_holds_what_still_says_the_old_one(live):
    written(live.folder, figure=311, wording="311 people drowned")
    live.look_twice()
    assert live.status.held


def test_another_wording_holds_the_posts_that_were_read_beside_the_old_one(live):
    written(live.folder, wording="307 people drowned, others say fewer")
    live.look_twice()
    [hold] = live.store.holds()
    assert (hold.scope, hold.value, hold.who) == ("post", "flood", "ledger")
    assert "facts/drowned changed" in live.status.reasons[0]


def test_after_somebody_released_it_the_same_change_does_not_hold_again(live):
    written(live.folder, wording="307 people drowned, others say fewer")
    live.look_twice()
    [hold] = live.store.holds()
    live.store.lift(hold.id, "Ayla", live.clock())
    live.reloader.reload(live.store)
    assert live.store.holds() == ()
    assert not live.status.held


def test_a_new_day_of_review_changes_nothing_that_was_read(live):
    path = live.folder / "posts/ledger/facts.yaml"
    touched(path, path.read_text(encoding="utf-8") + "  review_by: 2027-03-01\n  note: looked at again\n")
    live.look_twice()
    assert live.store.holds() == ()


def test_the_first_look_only_remembers(tmp_path):
    made = Live(tmp_path)
    assert made.store.holds() == ()
    assert set(made.store.recall("records")) == {"facts/drowned", "people/ferryman"}
    made.store.close()


@pytest.mark.parametrize(
    ("name", "shown"), [("people/ferryman", "Example Ferryman"), ("facts/drowned", "307")]
)
def test_what_is_out_is_found_by_its_words_when_nobody_noted_its_records(live, name, shown):
    out = replace(live.status, state=State.PUBLISHED, records=None)
    gone = content.Content(ledger=live.campaigning.prepare(live.clock()).content.ledger)
    [entry] = ledger.chosen(ledger.entries(gone, TODAY, {}), name)
    [found] = ledger.out([out], gone, name, entry)
    assert found.how == f"it shows “{shown}”; its post is no longer in the folder"


@pytest.mark.parametrize("place", ["title", "description"])
def test_what_is_out_is_found_by_the_words_of_its_link_card(live, place):
    card = LinkCard(**{"title": "The register", place: "By Example Ferryman"})
    message = replace(live.status.message, parts=(MessagePart("We remember."),), link_card=card)
    out = replace(live.status, state=State.PUBLISHED, records=None, message=message)
    gone = content.Content(ledger=live.campaigning.prepare(live.clock()).content.ledger)
    [entry] = ledger.chosen(ledger.entries(gone, TODAY, {}), "people/ferryman")
    [found] = ledger.out([out], gone, "people/ferryman", entry)
    assert "it shows “Example Ferryman”" in found.how


def test_marks_leave_out_what_nobody_reads(sample):
    marks = Reliance(sample.ledger).all()
    assert "facts/killed" in marks
    assert not [name for name in marks if name.startswith("wording/")]
