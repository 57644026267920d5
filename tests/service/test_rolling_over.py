"""Taking a campaign to its next year: one number is written, and what a year makes untrue is listed."""

import re
import shutil
from datetime import UTC, date, datetime, timedelta

import pytest

from scheduler.errors import InputError, RunError
from scheduler.model import Approval, Mode
from scheduler.service import health, open_campaign
from scheduler.service.rolling_over import About, roll_over, write
from scheduler.service.standing import known, missing
from tests import campaigns
from tests.documents import ROOT

NOW = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)

POSTS = """\
# Written in 2026 for the run-up of 2027.
- id: dated
  kind: text
  when: 2027-02-14 18:00
  text: {en: "We meet on Wednesday, 17 February."}
- id: counted
  kind: text
  when: D-2 12:00
  text: {en: "Sixty-five years on, in 2027, we remember; 65 lamps. See https://flood.example/65."}
  link: https://flood.example/names
- id: free
  kind: text
  when: D-3 12:00
  text: {en: "{years} years on we remember. In 20270 and 1.65 nothing is named. See https://flood.example/names"}
"""
OFFICES = """\
- id: mayor
  author: a
  office: {en: The Mayor}
  holder: A Name
  verified_on: 2027-02-01
- id: governor
  author: a
  office: {en: The Governor}
  holder: B Name
  verified_on: 2027-02-28
"""
FACTS = """\
- id: reviewed
  author: a
  wording: {en: the water came at night}
  review_by: 2027-12-31
- id: read-long-ago
  author: a
  wording: {en: the harbour was full}
  sources: [{title: Register, seen_on: 2026-11-01}]
- id: read-lately
  author: a
  wording: {en: the bells rang}
  sources: [{title: Register, seen_on: 2027-02-20}]
- id: not-used
  author: a
  wording: {en: nobody was there}
  use: no
  review_by: 2027-01-01
"""
PEOPLE = """\
- id: asked
  author: a
  names: {en: A Name}
  basis: direct
  consent: {reference: "1", on: 2026-12-01}
  informed_on: 2026-12-01
- id: withdrawn
  author: a
  names: {en: B Name}
  basis: direct
  consent: {reference: "2", on: 2026-12-01, withdrawn_on: 2027-01-01}
"""


@pytest.fixture
def flood(tmp_path):
    """A flood of 17 February 1962: 65 years in 2027, a Wednesday; in 2028 a Thursday."""
    config = campaigns.write(tmp_path, POSTS, secrets=False)
    ledger = tmp_path / "posts" / "ledger"
    ledger.mkdir()
    for name, text in (("offices", OFFICES), ("facts", FACTS), ("people", PEOPLE)):
        (ledger / f"{name}.yaml").write_text(text, encoding="utf-8")
    return config


def rolled(config, year=2028):
    return roll_over(open_campaign(config, environ={}), year, NOW)


def told(done, about):
    return [one.words for one in done.of(about)]


def test_the_new_year_has_its_own_day_and_count(flood):
    done = rolled(flood)
    assert (done.after.day, done.after.years) == (date(2028, 2, 17), 66)


def test_a_post_with_a_date_of_its_own_is_named_with_what_to_write(flood):
    done = rolled(flood)
    [look] = done.of(About.DATES)
    # 14 February 2027 is three days before the 17th; 14 February 2028 is a Monday.
    assert (
        look.words == "dated: 2027-02-14 was D-3, which is Mon 2028-02-14 in 2028; write D-3 or the new date"
    )
    assert look.place == "posts/posts.yaml:4:9"


def test_texts_that_name_the_year_or_the_count_are_found_in_figures_and_in_words(flood):
    found = [re.search("“(.+)”", words)[1] for words in told(rolled(flood), About.TEXTS)]
    assert sorted(found) == ["2027", "65", "Sixty-five"]
    assert all(words.startswith("counted: ") for words in told(rolled(flood), About.TEXTS))


def test_what_only_the_new_year_makes_wrong_is_what_check_would_say(flood):
    [words] = told(rolled(flood), About.CHECK)
    assert words.startswith("dated: ")
    assert "17 February" in words


def test_an_office_verified_after_the_last_anniversary_need_not_be_verified_again(flood):
    assert told(rolled(flood), About.OFFICES) == ["offices/mayor: A Name, last verified on 2027-02-01"]


def test_records_are_listed_by_their_review_and_by_when_somebody_opened_the_source(flood):
    # Until 17 February 2028 it is more than a year from 1 November 2026, and less from 20 February 2027.
    assert told(rolled(flood), About.RECORDS) == [
        "facts/reviewed: to be reviewed by 2027-12-31",
        "facts/read-long-ago: its sources were last opened on 2026-11-01",
    ]


def test_people_are_asked_and_told_again_and_who_withdrew_is_left_alone(flood):
    assert told(rolled(flood), About.PEOPLE) == [
        "people/asked: consent of 2026-12-01; ask whether it holds for another year",
        "people/asked: told of their posts on 2026-12-01; tell them of this year's",
    ]


def test_each_link_stands_once_with_how_often_it_is_used(flood):
    assert told(rolled(flood), About.LINKS) == [
        "https://flood.example/names (and one more place)",
        "https://flood.example/65",
    ]


def test_comments_and_settings_that_name_the_old_year_are_listed(flood):
    text = flood.read_text(encoding="utf-8")
    text = text.replace("year: 2027", "year: 2027 # a Wednesday in 2027").replace(
        "[HarbourFlood]", "[Flood65]"
    )
    text = text.replace("channels:", "approvers: {a: {absent: [2027-01-01 .. 2027-01-05]}}\nchannels:")
    flood.write_text(text, encoding="utf-8")
    done = rolled(flood)
    assert told(done, About.COMMENTS) == [
        "# a Wednesday in 2027",
        "# Written in 2026 for the run-up of 2027.",
    ]
    assert told(done, About.SETTINGS) == [
        "campaign.hashtags: “Flood65” has the old year or count",
        "approvers.a: all days of absence are over by then",
    ]


def test_a_correction_of_the_old_year_would_go_out_again(flood):
    posts = flood.parent / "posts" / "posts.yaml"
    correction = (
        "- id: mended\n  kind: correction\n  when: D-1 10:00\n  corrects: 2027/free/m-en\n"
        "  text: {en: It was a Saturday.}\n"
    )
    posts.write_text(POSTS + correction, encoding="utf-8")
    [look] = rolled(flood).of(About.CORRECTIONS)
    assert look.words == "mended: corrects 2027/free/m-en and would go out again; take it out of the file"


def test_nothing_is_written_by_looking(flood):
    before = flood.read_bytes()
    rolled(flood)
    assert flood.read_bytes() == before


def test_one_number_is_written_and_every_other_byte_stays(tmp_path):
    shutil.copy(ROOT / "config.yaml", tmp_path)
    (tmp_path / "posts").mkdir()
    config = tmp_path / "config.yaml"
    before = config.read_bytes()
    campaigning = open_campaign(config, environ={})
    write(campaigning, roll_over(campaigning, 2031, NOW), NOW, "Ayla")
    assert config.read_bytes() == before.replace(b"  year: 2027 ", b"  year: 2031 ")
    assert open_campaign(config, environ={}).config.campaign.year == 2031


def test_who_wrote_the_year_stands_in_the_log(flood):
    campaigning = open_campaign(flood, environ={})
    with campaigning.store(Mode.LIVE):
        pass
    write(campaigning, roll_over(campaigning, 2028, NOW), NOW, "Ayla")
    with campaigning.store(Mode.LIVE) as store:
        last = list(store.acts())[-1]
    assert (last.who, last.act, last.what) == ("Ayla", "rollover", "2027 to 2028")


@pytest.mark.parametrize("year", [2027, 2026, 1900])
def test_a_year_that_is_not_later_is_refused(flood, year):
    with pytest.raises(InputError, match="name a later year, such as 2028"):
        rolled(flood, year)


def test_a_year_beyond_the_calendar_is_refused_in_configs_own_words(flood):
    with pytest.raises(InputError, match="2200"):
        rolled(flood, 9999)


def test_nothing_is_written_while_a_scheduler_is_at_work(flood):
    campaigning = open_campaign(flood, environ={})
    data = campaigning.config.data
    data.mkdir()
    health.path(data, Mode.LIVE).write_text(
        f'{{"last_tick": "{NOW - timedelta(seconds=5):%Y-%m-%dT%H:%M:%SZ}"}}'
    )
    before = flood.read_bytes()
    with pytest.raises(RunError, match="Stop it, then do this again"):
        write(campaigning, rolled(flood), NOW, "Ayla")
    assert flood.read_bytes() == before


def test_nothing_is_written_under_a_freeze_that_would_keep_the_old_year(flood):
    campaigning = open_campaign(flood, environ={})
    before = flood.read_bytes()
    with campaigning.store(Mode.LIVE) as store:
        store.freeze("Ayla", "the anniversary", NOW)
    with pytest.raises(RunError, match=r"frozen by Ayla \(the anniversary\).*freeze --off"):
        write(campaigning, rolled(flood), NOW, "Ayla")
    assert flood.read_bytes() == before


def test_a_file_that_somebody_changed_meanwhile_is_not_written_over(flood):
    campaigning = open_campaign(flood, environ={})
    done = rolled(flood)
    theirs = flood.read_text(encoding="utf-8").replace("grace: 2h", "grace: 3h")
    flood.write_text(theirs, encoding="utf-8")
    with pytest.raises(RunError, match="changed by somebody else"):
        write(campaigning, done, NOW, "Ayla")
    assert flood.read_text(encoding="utf-8") == theirs
    assert list(flood.parent.glob("*.part")) == list(flood.parent.glob(".*.part")) == []


def test_an_approval_for_the_old_year_is_none_for_the_new_one(flood):
    text = flood.read_text(encoding="utf-8").replace(
        "approvals: {default: 0}", "approvals: {default: 1, ledger: 0}"
    )
    flood.write_text(text, encoding="utf-8")
    campaigning = open_campaign(flood, environ={})
    at = datetime(2027, 1, 20, 9, 0, tzinfo=UTC)
    old = [one for one in campaigning.prepare(at).deliveries if one.post == "free"]
    with campaigning.store(Mode.LIVE) as store:
        store.approve([Approval(one.key, one.digest, "Ayla", "Ayla", at, one.day) for one in old])
    given = known(campaigning, at).approvals
    assert [missing(campaigning, one, given[one.key]) for one in old] == [(), ()]
    write(campaigning, roll_over(campaigning, 2028, NOW), NOW, "Ayla")
    campaigning = open_campaign(flood, environ={})
    recorded = known(campaigning, NOW)
    deliveries = [one for one in campaigning.prepare(NOW).deliveries if one.post == "free"]
    assert {one.key for one in deliveries} == {"2028/free/m-en", "2028/free/x-en"}
    for one in deliveries:
        assert missing(campaigning, one, recorded.approvals.get(one.key, ()))
