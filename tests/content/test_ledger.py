from datetime import date

import pytest

from scheduler.model import Fact, OtherCount, Person, Severity, Source
from tests.content.written import read, said

FACT = """\
- id: killed
  author: sample
  figure: 613
  unit: killed
  wording: {en: people killed}
  according_to: {en: Azerbaijan's authorities}
  others: [{figure: 200, according_to: Human Rights Watch, source: hrw}]
  as_of: 1992
  confidence: disputed
  claims: [count]
  sources:
    - {document: Report, date: 1992-06-18, independent: yes, seen_on: 2026-11-22}
    - {address: "https://a.example", date: 2012, independent: no}
  review_by: 2027-01-20
  use: {only: "with its source, always"}
"""


def test_a_fact_is_read_with_its_sources_and_other_counts(tmp_path):
    found = read(tmp_path, ledger_facts=FACT)
    assert found.findings == ()
    assert found.ledger.facts == {
        "killed": Fact(
            id="killed",
            author="sample",
            figure=613,
            unit="killed",
            wording={"en": "people killed"},
            according_to={"en": "Azerbaijan's authorities"},
            others=(OtherCount("Human Rights Watch", figure=200, source="hrw"),),
            as_of="1992",
            confidence="disputed",
            claims=("count",),
            sources=(
                Source(
                    document="Report", date=date(1992, 6, 18), independent=True, seen_on=date(2026, 11, 22)
                ),
                Source(address="https://a.example", date="2012", independent=False),
            ),
            review_by=date(2027, 1, 20),
            use={"only": "with its source, always"},
        )
    }


@pytest.mark.parametrize(
    ("kind", "record", "field", "value"),
    [
        ("facts", "figure: null, use: no, note: why", "use", False),
        ("positions", "whose: the campaign, use: yes", "use", True),
        ("people", "living: yes, basis: family", "living", True),
        ("quotes", "words: Yes, language: az", "words", "Yes"),
        ("media", "file: a.jpg, ai: no, focal: [0, 0.5]", "focal", (0.0, 0.5)),
        ("recognitions", "text_seen: no", "text_seen", False),
        ("offices", "office: {en: Chair}, holder: null", "holder", None),
        ("wording", "rule: denial, words: {en: [hoax]}", "words", {"en": ("hoax",)}),
    ],
)
def test_every_kind_of_record_is_read(tmp_path, kind, record, field, value):
    found = read(tmp_path, **{f"ledger_{kind}": f"- {{id: one, {record}}}"})
    assert found.findings == ()
    assert getattr(found.ledger.of(kind)["one"], field) == value


def test_spans_are_found_by_kind_id_and_field(tmp_path):
    found = read(tmp_path, ledger_facts=FACT)
    span = found.ledger.span("facts", "killed", "figure")
    assert (span.file, span.line, span.column) == ("posts/ledger/facts.yaml", 3, 11)
    assert found.ledger.span("facts", "killed", "others", 0, "figure").line == 7
    assert found.ledger.span("facts", "nobody") is None


# Each record with the words at which its fault stands.
@pytest.mark.parametrize(
    ("record", "there", "words"),
    [
        ("figure: '613'", "'613'", "figure: expected a whole number, found “613”"),
        ("figure: true", "true", "figure: expected a whole number, found true"),
        ("use: maybe", "maybe", "use: expected yes or no or keys with values (key: value), found “maybe”"),
        ("use: {just: this}", "{just", "use: write yes, no or {only: …}"),
        ("use: {only: a, b c}", "}}", "a text with a comma needs quotes"),
        ("review_by: 2027-02-30", "2027", "review_by: expected a date such as 2027-02-26"),
        ("review_by: 1992", "1992", "expected a date such as 2027-02-26, found the number 1992"),
        ("confidence: hihg", "hihg", "one of high, medium, low, disputed, found “hihg”; did you mean high?"),
        ("wording: words", "words", "wording: expected keys with values"),
        ("others: [{figure: 1}]", "{figure", "others.0.according_to: is missing"),
        ("colour: red", "colour", "colour: is not a key that belongs here; take it out"),
        ("figur: 5", "figur", "did you mean figure?"),
        ("sources: [{seen: x}]", "seen", "did you mean seen_on?"),
    ],
)
def test_a_record_with_a_fault_is_told_and_may_not_be_used(tmp_path, record, there, words):
    text = f"- {{id: one, {record}}}"
    found = read(tmp_path, ledger_facts=text)
    (finding,) = found.findings
    assert finding.severity is Severity.ERROR
    assert (finding.line, finding.column) == (1, text.index(there) + 1)
    assert words in finding.message
    assert found.ledger.facts["one"].use is False


def test_a_key_written_twice_makes_the_record_unusable(tmp_path):
    text = "- id: one\n  figure: 5\n  figure: 6\n- id: two\n  figure: 7\n"
    facts = read(tmp_path, ledger_facts=text).ledger.facts
    assert (facts["one"].use, facts["two"].use) == (False, True)


def test_two_records_with_one_id_are_told_at_both_places_and_neither_may_be_used(tmp_path):
    found = read(tmp_path, ledger_facts="- {id: one, figure: 5}\n- {id: one, figure: 6}\n")
    assert said(found) == [
        ("posts/ledger/facts.yaml:1:8", "ledger.duplicate-id", ""),
        ("posts/ledger/facts.yaml:2:8", "ledger.duplicate-id", ""),
    ]
    assert found.ledger.facts["one"].use is False


def test_two_records_of_different_kinds_may_share_an_id(tmp_path):
    found = read(tmp_path, ledger_facts="- {id: one}", ledger_people="- {id: one, names: {en: A, az: Ə}}")
    assert found.findings == ()
    assert found.ledger.people == {"one": Person(id="one", names={"en": "A", "az": "Ə"})}


@pytest.mark.parametrize(
    ("text", "place", "rule"),
    [
        ("- {figure: 5}", "1:3", "ledger.missing"),
        ("- {id: One}", "1:8", "ledger.value"),
        ("- five", "1:3", "ledger.type"),
        ("killed: 613", "1:1", "ledger.type"),
    ],
)
def test_what_is_no_record_is_told_and_leaves_its_file_unsure(tmp_path, text, place, rule):
    found = read(tmp_path, ledger_facts=text)
    assert said(found) == [(f"posts/ledger/facts.yaml:{place}", rule, "")]
    assert found.ledger.facts == {}
    assert found.broken == {"posts/ledger/facts.yaml"}


def test_a_no_without_a_reason_is_a_warning(tmp_path):
    found = read(tmp_path, ledger_quotes="- {id: one, use: no}")
    assert [(one.rule, one.severity) for one in found.findings] == [("ledger.no-reason", Severity.WARNING)]


def test_a_file_that_the_ledger_does_not_have_is_told_with_the_nearest(tmp_path):
    found = read(tmp_path, ledger_fact="- {id: one}")
    assert [(one.file, one.rule) for one in found.findings] == [("posts/ledger/fact.yaml", "ledger.file")]
    assert "call it facts.yaml" in found.findings[0].message
