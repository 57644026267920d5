"""What a post rests on, beside it on the page."""

from dataclasses import replace
from datetime import date

from scheduler.model import Finding, Ledger, Severity
from tests.preview.made import (
    LEDGER,
    delivery,
    made_page,
    post,
    preparation,
    quote_post,
)


def test_a_fact_stands_beside_the_sentence_that_cites_it():
    claim = made_page(preparation()).one("div.claim")
    assert claim.one("blockquote").text == "According to the authorities, 613 people were killed."
    record = claim.one("div.record")
    assert record.one("p.statement").text == "Fact 613 people killed"
    assert [one.text for one in record.all("li.sign")] == ["Disputed", "Not approved yet"]
    assert "According to: the authorities" in record.text
    assert "Other counts: Human Rights Watch (1993): at least 161 An inquiry: 485" in record.text
    assert "posts/ledger/facts.yaml:12" in record.text


def test_sources_are_linked_only_by_web_addresses():
    record = made_page(preparation()).one("div.record")
    assert [(a.text, a.attributes["href"]) for a in record.all("a")] == [
        ("The parliament's page", "https://example.org/figures")
    ]
    assert "A page of another kind" in record.text
    assert "not independent" in record.text


def test_a_record_that_fits_no_sentence_stands_behind_the_whole_post():
    claim = made_page(preparation(posts=[post(facts=("place",))])).one("div.claim")
    assert claim.one("p.whole").text == "The post as a whole"
    assert [one.text for one in claim.all("li.sign")] == ["Approved by reader"]


def test_an_author_cannot_be_shown_as_the_one_who_approved():
    fact = replace(LEDGER.facts["place"], approved_by="writer")
    made = preparation(posts=[post(facts=("place",))], ledger=Ledger(facts={"place": fact}))
    assert [one.text for one in made_page(made).one("div.record").all("li.sign")] == ["Not approved yet"]


def test_a_quotation_on_a_card_is_shown_with_its_speaker():
    text = "“I wish we could welcome you in Khojaly, and show you our hospitality.” Jeyran Azizova"
    made = preparation([delivery("survivor-words", texts=(text,))], [quote_post()])
    records = made_page(made).all("div.record")
    assert [one.one("p.statement").text for one in records] == [
        "Quotation “I wish we could welcome you in Khojaly, and show you our hospitality.”",
        "Person Jeyran Azizova",
    ]
    assert "Said by: Jeyran Azizova" in records[0].text


def test_a_post_that_names_no_record_says_so():
    assert "names no record" in made_page(preparation(posts=[post(facts=())])).one("aside.basis").text


def test_a_record_that_is_not_in_the_ledger_is_left_to_the_findings():
    assert made_page(preparation(posts=[post(facts=("nothing",))])).all("div.record") == []


def test_findings_stand_beside_their_post():
    finding = Finding(
        Severity.TODO, "own.rule", "look again", "posts/a.yaml", 2, 1, "figures", by=date(2027, 2, 19)
    )
    notes = made_page(preparation(findings=[finding])).one("details.notes")
    assert notes.one("li").text == "todo look again By 2027-02-19. posts/a.yaml:2:1"
