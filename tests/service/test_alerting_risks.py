"""What puts a post at risk: whoever is told three days before reads the very cause, and what to do."""

import pytest

from tests.service.test_alerting import DAYS, KEY, Stage

CARD = "  card: {template: plain, title: {en: The night of the flood}, text: {en: We remember.}}\n"
PERSON = """\
- id: survivor
  author: keeper
  approved_by: reader
  names: {en: First Last}
  role: {en: survivor}
  identity: {checked_by: reader, on: 2026-01-31}
  basis: direct
  living: yes
"""
PICTURE = DAYS.replace(CARD, "") + "  images: [{file: pier.jpg, words: {}, alt: {en: A pier}}]\n"
LINK = DAYS + "  link: https://example.org/names\n"
NAMED = DAYS.replace("We remember", "First Last remembers") + "  people: [survivor]\n"


def begun(folder, posts, people=""):
    (folder / "posts" / "ledger").mkdir(parents=True)
    (folder / "posts" / "ledger" / "people.yaml").write_text(people, encoding="utf-8")
    return Stage(folder, posts=posts)


def read_anew(stage):
    """The files are read again, as the service does from time to time."""
    made = stage.campaigning.prepare(stage.clock())
    stage.store.sync(made.deliveries, made.files, stage.clock())


@pytest.mark.parametrize(
    ("posts", "people", "cause"),
    [
        (PICTURE, "", "images.missing: assets/images/pier.jpg does not exist"),
        (NAMED, PERSON, "people.consent: 'survivor' has no consent recorded; ask first, then set consent"),
        # A todo until three days before, as this very alert is due; it must not come a day late.
        (LINK, "", "links.placeholder: https://example.org/names is a placeholder; put the real address in"),
    ],
    ids=["a missing picture", "no consent", "a link that is only a placeholder"],
)
def test_what_the_files_lack_puts_a_post_at_risk_three_days_before(tmp_path, posts, people, cause):
    stage = begun(tmp_path, posts, people)
    stage.on(hours=47)
    assert stage.postman.letters == []
    stage.clock.on(hours=1)  # 5 days less 48 hours are 72
    read_anew(stage)
    stage.round()
    [letter] = [letter for _, letter in stage.postman.letters]
    assert letter.title == f"At risk in three days: {KEY}"
    assert f"{KEY}, due Mon 15 Feb 2027 12:00 Asia/Baku: {cause}" in letter.body
    assert "python run.py check" in letter.body
    stage.store.close()


def test_what_is_mended_in_time_is_said_to_be_ready_and_warned_of_no_more(tmp_path):
    stage = begun(tmp_path, LINK)
    stage.clock.on(hours=48)
    read_anew(stage)
    stage.round()
    (tmp_path / "posts" / "posts.yaml").write_text(DAYS, encoding="utf-8")
    stage.clock.on(hours=1)
    read_anew(stage)
    stage.round()
    stage.on(hours=40)
    [at_risk, ready] = [letter for _, letter in stage.postman.letters]
    assert "links.placeholder" in at_risk.body
    assert f"{KEY} is ready, and goes out Mon 15 Feb 2027 12:00 Asia/Baku" in ready.body
    stage.store.close()


def test_a_channel_that_its_platform_refuses_puts_its_posts_at_risk(tmp_path):
    stage = begun(tmp_path, DAYS)
    words = "m-en: the access token is refused (401); make a new one: python run.py accounts connect m-en"
    stage.store.channel_problem("m-en", words)
    stage.round()
    assert stage.postman.titles() == ["A channel cannot be used: m-en"]  # at once, whatever is due
    stage.clock.on(hours=48)
    stage.round()
    [letter] = [one for _, one in stage.postman.letters if one.title.startswith("At risk")]
    assert letter.title == f"At risk in three days: {KEY}"
    assert f"{KEY}, due Mon 15 Feb 2027 12:00 Asia/Baku: {words}" in letter.body
    stage.store.close()
