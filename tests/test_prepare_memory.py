"""A plan prepared from what is remembered is the plan prepared from nothing, whatever was changed between."""

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler import config
from scheduler.prepare import Memory, prepare
from tests.thorough import examples

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
CONFIG = """\
campaign:
  name: Harbour Flood
  anniversary: 1962-02-17
  year: 2027
  timezone: Europe/Berlin
  languages: [en, de]
  hashtags: [{hashtag}]
  daily_limit: 20
approvals: {{default: 1, ledger: {ledger}}}
channels:
  m-en: {{platform: mastodon, language: en, base_url: "https://m.example", slots: ["10:00"]}}
  x-{second}: {{platform: x, language: en, slots: ["10:00"]}}
  x-de: {{platform: x, language: de, slots: ["12:00"]}}
"""
FACTS = """\
- {{id: killed, author: a, figure: {figure}, unit: killed, according_to: {{en: The city}},
   confidence: {sure}}}
"""
WORDING = """\
- {{id: killed, author: a, rule: casualty-what, words: {{en: [killed]}}}}
- {{id: harsh, author: a, rule: dehumanising, words: {{en: [{harsh}]}}}}
"""
POST = """\
- id: {name}
  author: a
  when: {when}
  text: {{en: "{text}", de: "Das Wasser kam."}}
  facts: [killed]
{more}"""
PICTURE = "  images: [{file: wall.jpg, alt: {en: A wall, de: Eine Mauer}, words: {}}]\n"
MEDIA = """\
- {id: wall, author: a, file: wall.jpg, creator: A, rights: B, identifiable: [], sources: [{document: x}]}
"""
TEXTS = (
    "315 people were killed, the city says.",
    "Brutes came. See https://example.org/a",
    "317 people were killed.",
    "Boats went out at night.",
)
CHOICES = {
    "hashtag": ("HarbourFlood", "Flood"),
    "ledger": ("0", "1"),
    "second": ("en", "fr"),
    "figure": ("315", "317"),
    "sure": ("high", "low"),
    "harsh": ("brutes", "boats"),
    "text": TEXTS,
    "other": TEXTS,
    "when": ("next slot", "D-1 10:00", "D-2 10:00"),
    "more": ("", PICTURE, "  draft: true\n", "  hashtags: [Boats]\n"),
    "record": (MEDIA, "[]\n"),
    "picture": (True, False),
    "hours": (0, 24 * 75, 24 * 77),
}
EDITS = st.lists(
    st.sampled_from([(name, value) for name, values in CHOICES.items() for value in values]), min_size=2
)


def write(folder, state):
    posts = folder / "posts"
    (posts / "ledger").mkdir(parents=True, exist_ok=True)
    (folder / "assets" / "images").mkdir(parents=True, exist_ok=True)
    (folder / "config.yaml").write_text(CONFIG.format(**state))
    (posts / "ledger" / "facts.yaml").write_text(FACTS.format(**state))
    (posts / "ledger" / "wording.yaml").write_text(WORDING.format(**state))
    (posts / "ledger" / "media.yaml").write_text(state["record"])
    (posts / "a.yaml").write_text(POST.format(**{**state, "name": "first"}))
    other = {"name": "second", "when": "next slot", "text": state["other"], "more": ""}
    (posts / "b.yaml").write_text(POST.format(**other))
    picture = folder / "assets" / "images" / "wall.jpg"
    picture.write_bytes(b"") if state["picture"] else picture.unlink(missing_ok=True)


def made(folder, state, memory):
    read, faults = config.load(folder / "config.yaml")
    assert read is not None, faults
    now = NOW + timedelta(hours=state["hours"])
    done = prepare(read, now, {}, draw=False, memory=memory)
    return [*done.findings], [*done.deliveries], dict(done.shown), done.plan, done.content.findings


@settings(max_examples=examples(10), deadline=None)
@given(EDITS)
def test_what_is_remembered_changes_nothing_of_what_is_found_and_made(edits):
    with tempfile.TemporaryDirectory() as name:
        folder, memory = Path(name), Memory()
        state = {key: values[0] for key, values in CHOICES.items()}
        for key, value in [("text", TEXTS[0]), *edits]:
            state[key] = value
            write(folder, state)
            assert made(folder, state, memory) == made(folder, state, Memory())


def test_a_post_in_a_file_that_has_not_changed_is_not_read_again(tmp_path):
    memory, state = Memory(), {key: values[0] for key, values in CHOICES.items()}
    before = {}
    for text in TEXTS[:2]:
        write(tmp_path, {**state, "text": text})
        read, _ = config.load(tmp_path / "config.yaml")
        posts = prepare(read, NOW, {}, draw=False, memory=memory).posts
        if before:
            assert posts["second"] is before["second"]
            assert posts["first"] is not before["first"]
        before = posts
