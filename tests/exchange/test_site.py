"""The public pages: what the ledger has released, and nothing else, in each language of the campaign."""

from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from scheduler import config as configuration
from scheduler.exchange import site, site_words
from scheduler.model import Mode
from scheduler.prepare import prepare
from tests.exchange.by_hand import FLOOD, NOW, campaign, export, opened

FACTS = """\
- id: water
  author: a
  approved_by: b
  figure: 3
  wording: {en: three metres of water, az: üç metr su}
  according_to: {en: the harbour office}
  as_of: 1962-02-17
  others: [{figure: 2, according_to: the city <archive>, source: "https://city.example/a?b=1&c=2"}]
  sources: [{title: Log, address: "https://log.example", independent: yes, seen_on: 2026-11-01}]
- {id: alone, author: a, figure: 7, wording: {en: seven of nobody}, sources: [{title: T}]}
- {id: own, author: a, approved_by: a, figure: 8, wording: {en: eight of one}, sources: [{title: T}]}
- {id: same, author: Ilham, approved_by: "İLHAM ", wording: {en: nine of one}, sources: [{title: T}]}
- {id: never, author: a, approved_by: b, use: no, wording: {en: never said}, sources: [{title: T}]}
- {id: partly, author: a, approved_by: b, use: {only: talks}, wording: {en: in talks}, sources: [{title: T}]}
- id: trick
  author: a
  approved_by: b
  wording: {en: a trick}
  sources: [{title: T, address: "javascript:alert(1)"}]
"""
TEXTS = """\
- id: seen
  author: a
  approved_by: b
  body: {en: Sea Board}
  term_used: disaster
  date: 1963-05-01
  text_seen: yes
- {id: unseen, author: a, approved_by: b, body: {en: Hill Board}, text_seen: no}
"""
PEOPLE = """\
- id: ayla
  author: a
  approved_by: b
  names: {en: Ayla Kaya}
  role: {en: survivor}
  identity: {checked_by: b, on: 2026-01-01}
  informed_on: 2026-01-01
  basis: direct
  consent: {reference: K-1, on: 2026-01-01WITHDRAWN}
"""
QUOTES = """\
- id: said
  author: a
  approved_by: b
  words: The water came.
  language: en
  person: ayla
  address: https://log.example/ayla
"""
LETTER = "---\nauthor: a\nCITES\n---\n\n# Remember\n\nWe ask for a wall.\n"
ASKED = "{default: 0, ledger: 1}"
VOID = {"meta", "link", "br"}


class Page(HTMLParser):
    """A page's tags: every one closed in order, and its language, links and headings noted."""

    def __init__(self, text):
        super().__init__()
        self.open, self.ids, self.links, self.seen, self.html = [], [], [], [], {}
        self.feed(text)
        assert self.open == [], self.open

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.seen.append(tag)
        if tag == "html":
            self.html = found
        if "id" in found:
            self.ids.append(found["id"])
        if "href" in found:
            self.links.append(found["href"])
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def page(folder, name):
    text = (folder / "site" / name).read_text(encoding="utf-8")
    return text, Page(text)


def made(folder, withdrawn="", cites="quotes: [said]", **more):
    campaigning = campaign(
        folder,
        FLOOD,
        approvals=ASKED,
        ledger_facts=FACTS,
        ledger_recognitions=TEXTS,
        ledger_people=PEOPLE.replace("WITHDRAWN", withdrawn),
        ledger_quotes=QUOTES,
        letters_wall=LETTER.replace("CITES", cites),
        **more,
    )
    return campaigning, export(campaigning, "site")


def test_a_count_stands_with_who_gives_it_beside_the_counts_that_differ(tmp_path):
    made(tmp_path)
    text, read = page(tmp_path, "en/sources.html")
    for words in (
        "three metres of water",
        "According to the harbour office",
        "17 February 1962",
        "2 – the city &lt;archive&gt;",
        'href="https://city.example/a?b=1&amp;c=2"',
        "1 November 2026",
    ):
        assert words in text
    assert "water" in read.ids  # a post can link to sources.html#water


def test_nothing_unapproved_or_not_free_for_use_is_public_and_staff_are_told(tmp_path):
    _, done = made(tmp_path)
    everything = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "site").rglob("*.html"))
    for words in ("seven of nobody", "eight of one", "nine of one", "never said", "in talks", "Hill Board"):
        assert words not in everything
    assert "Sea Board" in everything
    assert (
        "Left out, because nobody but its author has approved it: facts/alone, facts/own, facts/same"
        in done.notes
    )


def test_a_source_that_is_no_web_address_is_no_link(tmp_path):
    made(tmp_path)
    _, read = page(tmp_path, "en/sources.html")
    assert all(link.startswith(("http", "../", "#")) or link.endswith(".html") for link in read.links)


def test_a_letter_goes_when_consent_to_words_in_it_is_withdrawn(tmp_path):
    made(tmp_path)
    assert "We ask for a wall." in page(tmp_path, "en/letters.html")[0]
    _, done = made(tmp_path, withdrawn=", withdrawn_on: 2027-01-30")
    assert "We ask for a wall." not in page(tmp_path, "en/letters.html")[0]
    assert any("(consent was withdrawn): letters/wall" in note for note in done.notes)


def test_each_language_has_its_own_words_and_marks_what_is_in_another(tmp_path):
    made(tmp_path)
    text, read = page(tmp_path, "az/sources.html")
    assert (read.html["lang"], read.html["dir"]) == ("az", "ltr")
    assert "üç metr su" in text
    assert 'lang="en"' in text  # who gives the count is recorded in English alone
    assert "17 fevral 1962" in text
    assert "../en/sources.html" in read.links


def test_an_arabic_page_reads_from_right_to_left(tmp_path):
    campaign(tmp_path)
    config = tmp_path / "config.yaml"
    config.write_text(
        config.read_text(encoding="utf-8").replace("[en, az]", "[en, az, ar]"), encoding="utf-8"
    )
    export(opened(tmp_path), "site")
    assert page(tmp_path, "ar/index.html")[1].html == {"lang": "ar", "dir": "rtl"}


def test_azerbaijani_in_arabic_letters_runs_right_to_left_on_a_page_with_english_words(tmp_path):
    # There are no words of the page in it yet, so they are English, and so are the dates among them.
    az = FACTS.replace("az: üç metr su", "az-Arab: اوچ متر سو")
    campaign(tmp_path, FLOOD, approvals=ASKED, ledger_facts=az)
    config = tmp_path / "config.yaml"
    config.write_text(
        config.read_text(encoding="utf-8").replace("[en, az]", "[en, az, az-Arab]"), encoding="utf-8"
    )
    export(opened(tmp_path), "site")
    text, read = page(tmp_path, "az-Arab/sources.html")
    assert read.html == {"lang": "en", "dir": "ltr"}
    assert "17 February 1962" in text
    assert '<span lang="az-Arab" dir="rtl">اوچ متر سو</span>' in text
    assert 'dir="rtl"' in page(tmp_path, "index.html")[0]


def test_the_pages_say_that_a_program_publishes_and_people_write(tmp_path):
    made(tmp_path)
    text, _ = page(tmp_path, "en/index.html")
    assert "written by people" in text
    assert "A program publishes them" in text
    assert "posted by hand" in text


@pytest.mark.parametrize("name", ["index", "sources", "recognitions", "letters", "corrections"])
def test_a_page_is_whole_has_one_heading_of_its_own_and_loads_nothing(tmp_path, name):
    made(tmp_path)
    text, read = page(tmp_path, f"en/{name}.html")
    assert read.seen.count("h1") == 1
    assert read.seen.count("main") == 1
    assert len(read.ids) == len(set(read.ids))
    assert not {"script", "img", "iframe", "form"} & set(read.seen)
    assert "@import" not in text
    assert "url(" not in text


def test_every_link_between_the_pages_leads_somewhere(tmp_path):
    made(tmp_path)
    for path in (tmp_path / "site").rglob("*.html"):
        for link in Page(path.read_text(encoding="utf-8")).links:
            if not link.startswith(("http", "#")):
                assert (path.parent / link).resolve().is_file(), f"{path.name}: {link}"


def test_a_published_correction_is_listed_with_what_it_corrects_and_goes_when_taken_down(tmp_path):
    correction = (
        "- id: mended\n  kind: correction\n  author: w\n  when: 2027-02-03 10:00\n"
        "  corrects: 2027/flood/m-en\n  text: {en: We wrote night. It was evening.}\n"
    )
    campaigning, _ = made(tmp_path)
    (tmp_path / "posts" / "posts.yaml").write_text(FLOOD + correction, encoding="utf-8")
    planned = {one.post: one for one in campaigning.prepare(NOW).deliveries}
    export(campaigning, "site")
    assert "It was evening." not in page(tmp_path, "en/corrections.html")[0]
    with campaigning.store(Mode.LIVE) as store:
        for name, number in (("flood", 1), ("mended", 2)):
            store.posted_by_hand(planned[name], {}, f"https://m.example/@a/{number}", "Ayla", NOW, NOW)
    export(campaigning, "site")
    text, read = page(tmp_path, "en/corrections.html")
    assert "We wrote night. It was evening." in text
    assert {"https://m.example/@a/1", "https://m.example/@a/2"} <= set(read.links)
    with campaigning.store(Mode.LIVE) as store:
        store.retracted("2027/mended/m-en", 0, "Ayla", "wrong again", NOW + timedelta(hours=1), by_hand=True)
    export(campaigning, "site")
    assert "It was evening." not in page(tmp_path, "en/corrections.html")[0]


def test_every_language_says_everything():
    for language, words in site_words.LANGUAGES.items():
        said = vars(words)
        assert all(said.values()), language
        for name in ("according_to", "as_of", "seen", "term"):
            assert said[name].count("{}") == 1, (language, name)


def test_a_language_without_words_is_english_and_marked_as_such():
    assert site_words.of("ka")[1] == "en"
    assert site_words.of("az-Cyrl")[1] == "en"
    assert site_words.of("en-GB") == (site_words.ENGLISH, "en-GB")


def test_the_sample_shows_nothing_that_nobody_has_approved(tmp_path):
    config, _ = configuration.load(Path("config.yaml"))
    made = prepare(replace(config, data=tmp_path), NOW, {}, draw=False)
    done = site.site(made, (), NOW.date())
    assert done.records == 0
    assert "facts/killed" in done.left_out["nobody but its author has approved it"]
    assert b"613" not in done.files["en/sources.html"]


def test_one_language_written_again_leaves_the_others_where_they_are(tmp_path):
    campaigning, _ = made(tmp_path)
    export(campaigning, "site", languages=("az",))
    assert (tmp_path / "site" / "en" / "sources.html").exists()


def test_a_figure_stands_before_what_it_counts_and_once(tmp_path):
    fact = (
        "- {id: lost, author: a, approved_by: b, figure: 12, label: {en: boats}, wording: {en: 12 boats}}\n"
    )
    export(campaign(tmp_path, FLOOD, approvals=ASKED, ledger_facts=fact), "site")
    assert page(tmp_path, "en/sources.html")[0].count("12") == 1
