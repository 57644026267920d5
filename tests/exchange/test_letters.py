"""Letters to offices: written out for a person to send, where somebody has looked up who holds the office."""

import re
from pathlib import Path

import pytest

from scheduler.errors import InputError
from scheduler.exchange.letters import blocks, language_of, marked, plain
from tests.exchange.by_hand import FLOOD, campaign, export

LETTER = """\
---
author: staff
offices: [mayor]
---

# Remember the flood

<!-- for staff alone -->
Dear Mayor,

the water came
at **night**. See [our page](https://city.example/x?a=1&b=2).

- First;
- *second* <thing>.

{ordinal} year.
"""
MAYOR = "- {id: mayor, author: a, office: {en: Mayor of Harbour}, holder: Ann Lee, verified_on: 2027-01-20}\n"


def written(folder):
    return {path.name for path in (folder / "letters").iterdir()} - {".written.json"}


def test_a_letter_is_addressed_to_the_office_and_its_verified_holder(tmp_path):
    export(campaign(tmp_path, FLOOD, letters_mayor=LETTER, ledger_offices=MAYOR), "letters")
    # 2027 - 1962 = 65 years.
    assert (tmp_path / "letters" / "mayor.en.txt").read_text(encoding="utf-8") == (
        "Ann Lee\nMayor of Harbour\n\nRemember the flood\n\nDear Mayor,\n\n"
        "the water came at night. See our page (https://city.example/x?a=1&b=2).\n\n"
        "- First;\n- second <thing>.\n\n65th year.\n"
    )
    html = (tmp_path / "letters" / "mayor.en.html").read_text(encoding="utf-8")
    assert "<address>Ann Lee<br>Mayor of Harbour</address>" in html
    assert "<li><em>second</em> &lt;thing&gt;.</li>\n</ul>" in html
    assert '<a href="https://city.example/x?a=1&amp;b=2">our page</a>' in html
    assert "for staff alone" not in html


@pytest.mark.parametrize(
    ("office", "why"),
    [
        (MAYOR.replace("Ann Lee", "null"), "nobody has verified who holds it"),
        # On 1 February 2027 the 2nd of January is 30 days ago, the 1st is 31.
        (MAYOR.replace("01-20", "01-01"), "verified on 2027-01-01, not within the 30 days"),
        (MAYOR.replace("01-20", "03-01"), "verified on 2027-03-01, not within the 30 days"),
        (MAYOR.replace(", verified_on: 2027-01-20", ""), "it is not said when Ann Lee was verified"),
        (
            MAYOR.replace("author: a", "author: a, use: no, note: Resigned"),
            r"does not give the office free.*Resigned",
        ),
        (MAYOR.replace("author: a", "author: a, review_by: 2027-01-31"), "looked at again by 2027-01-31"),
        (MAYOR.replace("id: mayor", "id: major"), "no office “mayor”|references.unknown"),
    ],
)
def test_an_office_whose_holder_is_not_sure_gets_no_letter_but_the_reason(tmp_path, office, why):
    done = export(campaign(tmp_path, FLOOD, letters_mayor=LETTER, ledger_offices=office), "letters")
    assert written(tmp_path) == {"LIST.txt"}
    assert any(note.startswith("No letter for mayor: ") for note in done.notes)
    list_ = (tmp_path / "letters" / "LIST.txt").read_text(encoding="utf-8")
    assert re.search(why, list_)


def test_a_holder_verified_thirty_days_ago_is_still_fresh(tmp_path):
    office = MAYOR.replace("01-20", "01-02")
    export(campaign(tmp_path, FLOOD, letters_mayor=LETTER, ledger_offices=office), "letters")
    assert "mayor.en.txt" in written(tmp_path)


def test_a_letter_on_unapproved_records_is_a_draft_that_says_so_first(tmp_path):
    letter = LETTER.replace("offices:", "facts: [water]\noffices:")
    fact = "- {id: water, author: a, wording: {en: water}, sources: [{title: T, independent: yes}]}\n"
    campaigning = campaign(
        tmp_path,
        FLOOD,
        approvals="{default: 0, ledger: 1}",
        letters_mayor=letter,
        ledger_offices=MAYOR,
        ledger_facts=fact,
    )
    export(campaigning, "letters")
    assert written(tmp_path) == {"LIST.txt", "mayor.en DRAFT.txt", "mayor.en DRAFT.html"}
    text = (tmp_path / "letters" / "mayor.en DRAFT.txt").read_text(encoding="utf-8")
    assert text.startswith(
        "DRAFT - NOT CLEARED FOR SENDING: records that nobody but their author approved: water\n"
    )


def test_a_letter_to_who_has_left_the_office_since_is_taken_out_of_the_folder(tmp_path):
    export(campaign(tmp_path, FLOOD, letters_mayor=LETTER, ledger_offices=MAYOR), "letters")
    gone = MAYOR.replace("Ann Lee", "null")
    export(campaign(tmp_path, FLOOD, letters_mayor=LETTER, ledger_offices=gone), "letters")
    assert written(tmp_path) == {"LIST.txt"}


def test_two_letters_to_one_office_have_names_of_their_own(tmp_path):
    export(campaign(tmp_path, FLOOD, letters_one=LETTER, letters_two=LETTER, ledger_offices=MAYOR), "letters")
    assert {"mayor one.en.txt", "mayor two.en.txt"} <= written(tmp_path)


def test_a_campaign_without_letters_is_told_where_to_put_one(tmp_path):
    with pytest.raises(InputError, match=r"posts/letters/NAME\.md"):
        export(campaign(tmp_path), "letters")


def test_the_sample_letter_keeps_its_goals_word_for_word(tmp_path):
    # From the campaign's own letter, as posts/letters/letter.md quotes it.
    goal = "- Holding all the perpetrators of this genocide accountable."
    text = Path("posts/letters/letter.md").read_text(encoding="utf-8")
    found = [one for one in blocks(text) if one.kind == "item"]
    assert goal == f"- {plain(found[-1].words)}"


def test_marks_inside_words_and_sums_are_left_alone():
    assert plain("2 * 3 * 4 and snake_case and a*b*c") == "2 * 3 * 4 and snake_case and a*b*c"
    assert marked('<script>"x"</script>') == "&lt;script&gt;&quot;x&quot;&lt;/script&gt;"


def test_a_numbered_list_is_counted_and_a_quotation_marked():
    kinds = [(one.kind, one.words) for one in blocks("1. one\n2. two\n\n> said\n> twice\n")]
    assert kinds == [("numbered", "one"), ("numbered", "two"), ("quote", "said"), ("quote", "twice")]


@pytest.mark.parametrize(
    ("name", "language"),
    [("mayor.en.txt", "en"), ("mayor wall.az-Latn DRAFT.html", "az-Latn"), ("LIST.txt", ""), ("en.txt", "")],
)
def test_a_files_name_tells_its_language(name, language):
    assert language_of(name) == language
