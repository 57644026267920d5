"""What cards say: every word from a record, or a refusal that tells what is missing."""

import json
from dataclasses import replace
from datetime import date

import pytest

from scheduler import cards
from scheduler.errors import CardError
from scheduler.model import Card, Fact, Ledger, Look, OtherCount, Quote, Source
from tests.cards.drawing import laid, texts
from tests.cards.records import CAMPAIGN, HOSPITALITY, LEDGER, TALL, WIDE, WISHES, WITNESSES, ask


@pytest.mark.parametrize(("name", "english", "azerbaijani"), WITNESSES)
def test_a_witness_card_shows_both_names_and_both_roles(name, english, azerbaijani):
    said = ask(Card("witness", person=name)).said
    assert [(words.text, words.language) for words in said.names] == [(english, "en"), (azerbaijani, "az")]
    assert [words.text for words in said.roles] == ["Khojaly witness", "Xocalı şahidi"]


def test_a_card_in_azerbaijani_gives_the_azerbaijani_name_first():
    said = ask(WISHES["witness"], "az").said
    assert [words.text for words in said.names] == ["Mustafayeva Şəkibə", "Mustafayeva Shakiba"]


def test_a_witness_card_says_where_the_name_was_published():
    source = ask(WISHES["witness"]).said.source.text
    assert source == "Name as published by the campaign: We Demand Justice for Khojaly!"


def test_a_quotation_stands_in_its_language_s_marks_with_speaker_and_source():
    said = ask(WISHES["quote"]).said
    assert said.text.text == f"“{HOSPITALITY}”"
    assert (said.names[0].text, said.roles[0].text) == ("Jeyran Azizova", "survivor")
    assert said.source.text == "Source: Testimony on the campaign’s site, justiceforkhojaly.org"


@pytest.mark.parametrize(
    ("written", "language", "expected"),
    [
        ("“Yes.”", "en", "“Yes.”"),
        ('"Yes."', "en", "“Yes.”"),
        ("Да.", "ru", "«Да.»"),
        ("Bəli.", "az", "«Bəli.»"),
        ("Ja.", "de", "„Ja.“"),
        ("Oui.", "fr", "«\u202fOui.\u202f»"),
        ("“Yes”, he said, “no”", "en", "““Yes”, he said, “no””"),
    ],
)
def test_quotation_marks_are_those_of_the_words_own_language(written, language, expected):
    quote = Quote(
        id="q", words=written, language=language, institution={"en": "A body"}, sources=(Source(title="T"),)
    )
    said = ask(Card("quote", quote="q"), ledger=replace(LEDGER, quotes={"q": quote})).said
    assert (said.text.text, said.text.language) == (expected, language)


def test_a_checked_translation_is_shown_and_said_to_be_one():
    said = ask(Card("quote", quote="translated"), "az").said
    assert said.text.text == "«Kaş sizi Xocalıda qarşılaya biləydik.»"
    assert said.note.text.endswith("ingiliscə")


def test_a_translation_nobody_checked_gives_way_to_the_original_words():
    said = ask(Card("quote", quote="translated"), "tr").said
    assert (said.text.text, said.text.language, said.note) == (f"“{HOSPITALITY}”", "en", None)


def test_sub_counts_lie_inside_their_whole():
    (killed,) = ask(WISHES["figures"]).said.figures
    assert (killed.number, killed.label.text) == ("613", "people killed, including")
    assert [(part.number, part.label.text) for part in killed.parts] == [
        ("63", "children"),
        ("106", "women"),
        ("70", "elderly"),
    ]


def test_a_sub_count_without_its_whole_is_refused():
    with pytest.raises(CardError, match="“children” is part of “killed”"):
        ask(Card("figures", facts=("children",)))


def test_figures_name_who_gives_them_and_that_others_differ():
    source = ask(WISHES["figures"]).said.source.text
    assert source == "According to Azerbaijan’s authorities; other counts differ"


def test_a_record_that_already_says_according_to_is_not_doubled():
    fact = Fact(id="f", figure=8, label={"en": "families"}, according_to={"en": "According to a register."})
    said = ask(Card("figures", facts=("f",)), ledger=Ledger(facts={"f": fact})).said
    assert said.source.text == "According to a register"


def test_a_statement_that_others_tell_otherwise_is_no_matter_of_counts():
    other = OtherCount("a survivor", wording="from the summer of 1991")
    fact = Fact(id="f", wording={"en": "blockaded"}, according_to={"en": "Memorial"}, others=(other,))
    card = Card("plain", title={"en": "Cut off"}, facts=("f",))
    said = ask(card, ledger=Ledger(facts={"f": fact})).said
    assert said.source.text == "According to Memorial; other accounts differ"


def test_figures_of_two_givers_say_who_gave_which():
    other = Fact(id="o", figure=161, label={"en": "dead counted"}, according_to={"en": "Human Rights Watch"})
    ledger = replace(LEDGER, facts={**LEDGER.facts, "o": other})
    said = ask(Card("figures", facts=("missing", "o")), ledger=ledger).said
    assert said.source.text == "According to Azerbaijan’s authorities (150); Human Rights Watch (161)"


@pytest.mark.parametrize(("figure", "shown"), [(8, "8"), (1275, "1275"), (12750, "12,750")])
def test_numbers_are_grouped_from_five_digits_on(figure, shown):
    fact = Fact(id="f", figure=figure, label={"en": "people"}, according_to={"en": "a register"})
    said = ask(Card("figures", facts=("f",)), ledger=Ledger(facts={"f": fact})).said
    assert said.figures[0].number == shown


def test_a_recognition_card_says_who_when_and_with_which_word():
    said = ask(WISHES["recognition"]).said
    assert said.date.text == "1 February 2012"
    assert (said.title.text, said.names[0].text) == ("Pakistan", "Senate Foreign Relations Committee")
    assert (said.text.text, said.note.text) == ("Resolution", "Term used: “genocide”")
    assert said.source.text == "Source: senate.example"


def test_placeholders_of_a_plain_card_are_filled_in():
    said = ask(WISHES["plain"]).said
    assert (said.title.text, said.text.text) == ("Khojaly, 26 February 1992", "35 years.")


def test_the_foot_has_the_first_hashtag_and_the_day():
    assert [words.text for words in ask(WISHES["witness"]).foot] == ["#JusticeforKhojaly", "26 February 1992"]


def test_a_card_that_gives_a_date_itself_ends_with_the_campaign_s_name():
    assert ask(WISHES["on this day"]).foot[1].text == "Justice for Khojaly"


@pytest.mark.parametrize(
    ("card", "expected"),
    [
        (Card("poster"), "no “poster”; cards are witness, quote"),
        (Card("witness"), "needs person"),
        (Card("witness", person="nobody"), r"no “nobody” in posts/ledger/people\.yaml"),
        (Card("quote"), "needs quote"),
        (Card("quote", quote="sourceless"), "“sourceless”.*names no source"),
        (Card("quote", quote="speakerless"), "“speakerless”.*nobody who said it"),
        (Card("figures"), "needs facts"),
        (Card("figures", facts=("killed", "lost")), r"no “lost” in posts/ledger/facts\.yaml"),
        (Card("on-this-day", facts=("killed",)), "needs date and title"),
        (Card("on-this-day", date={"en": "1"}, title={"en": "T"}), "needs facts"),
        (Card("recognition", recognition="x"), "no “x”"),
        (Card("plain"), "needs title or text"),
        (Card("plain", title={"az": "Xocalı"}), "card.title has no “en”"),
    ],
)
def test_what_is_missing_is_said(card, expected):
    with pytest.raises(CardError, match=expected):
        ask(card)


def test_a_label_is_never_borrowed_from_another_language():
    with pytest.raises(CardError, match=r"“killed”.*no label in “ru”"):
        ask(WISHES["figures"], "ru")


def test_a_language_cards_do_not_speak_is_named():
    with pytest.raises(CardError, match="“ka” yet"):
        ask(WISHES["witness"], "ka")


def test_a_fact_without_a_number_is_no_figure():
    fact = Fact(id="f", label={"en": "x"}, according_to={"en": "a register"})
    with pytest.raises(CardError, match=r"“f”.*no figure"):
        ask(Card("figures", facts=("f",)), ledger=Ledger(facts={"f": fact}))


def test_a_record_marked_not_to_be_used_is_not_drawn():
    quote = replace(LEDGER.quotes["hospitality"], use=False, note="wording not confirmed")
    with pytest.raises(CardError, match=r"use: no.*wording not confirmed"):
        ask(WISHES["quote"], ledger=replace(LEDGER, quotes={"hospitality": quote}))


@pytest.mark.parametrize("name", WISHES)
def test_every_card_has_a_source_line(name):
    assert ask(WISHES[name]).said.source.text


@pytest.mark.parametrize("name", WISHES)
def test_a_request_is_json(name):
    assert json.loads(json.dumps(ask(WISHES[name]).to_json()))["template"] == WISHES[name].template


ALT = {
    "witness": "Name card, no photograph. Khojaly witness: Mustafayeva Shakiba; "
    "Xocalı şahidi: Mustafayeva Şəkibə. Name as published by the campaign: We Demand Justice for Khojaly!",
    "quote": f"Quotation card, text only. “{HOSPITALITY}” Jeyran Azizova, survivor. "
    "Source: Testimony on the campaign’s site, justiceforkhojaly.org.",
    "figures": "Figures card. 613 people killed, including 63 children, 106 women, 70 elderly. "
    "According to Azerbaijan’s authorities; other counts differ.",
    "on this day": "Text card. 17 February 1992. Garadaghly. Counts of the dead differ between sources. "
    "Counts differ: people killed 613, Azerbaijan’s authorities; 161, Human Rights Watch. "
    "According to Azerbaijan’s authorities; other counts differ.",
}


@pytest.mark.parametrize(("name", "heard"), list(ALT.items()))
def test_alt_text_says_what_the_card_says_and_who_says_so(name, heard):
    assert cards.alt_text(ask(WISHES[name])) == heard


def test_the_alt_text_of_all_ten_figures_has_them_all():
    heard = cards.alt_text(ask(WISHES["all figures"]))
    assert len(heard) <= 1000
    assert all(str(fact.figure) in heard for fact in LEDGER.facts.values())


def test_alt_text_longer_than_platforms_take_is_an_error():
    with pytest.raises(CardError, match="write the post's alt yourself"):
        cards.alt_text(ask(Card("plain", text={"en": "khojaly " * 140})))


def test_an_uncleared_card_says_so_to_a_listener_too():
    assert cards.alt_text(ask(WISHES["witness"], cleared=False)).startswith("NOT CLEARED")


def test_identity_is_the_same_for_the_same_card_and_size():
    assert cards.identity(ask(WISHES["quote"]), TALL) == cards.identity(ask(WISHES["quote"]), TALL)


def named(value):
    return value if isinstance(value, str) else ""


def different():
    base = ask(WISHES["quote"])
    yield "size", base, WIDE
    yield "not cleared", ask(WISHES["quote"], cleared=False), TALL
    yield "language", ask(WISHES["quote"], "az"), TALL
    yield "hashtag", ask(WISHES["quote"], hashtags=("KhojalyGenocide",)), TALL
    yield "version", replace(base, template_version=base.template_version + 1), TALL
    yield "background bytes", replace(base, background_sha256="0" * 64), TALL
    words = replace(LEDGER.quotes["hospitality"], words=HOSPITALITY.replace("wish", "hope"))
    yield "words", ask(WISHES["quote"], ledger=replace(LEDGER, quotes={"hospitality": words})), TALL


@pytest.mark.parametrize(("what", "request_", "size"), list(different()), ids=named)
def test_identity_changes_with_whatever_is_seen(what, request_, size):
    assert cards.identity(request_, size) != cards.identity(ask(WISHES["quote"]), TALL)


def test_a_new_palette_leaves_cards_that_are_drawn_as_they_are():
    repainted = ask(WISHES["quote"], look=Look({"accent": "AA8866"}))
    assert cards.identity(repainted, TALL) == cards.identity(ask(WISHES["quote"]), TALL)


def test_identity_follows_the_background_s_bytes(tmp_path):
    folder = tmp_path / "assets/images"
    folder.mkdir(parents=True)
    wish = replace(WISHES["quote"], background="sky.jpg")
    identities = set()
    for content in (b"one", b"two"):
        (folder / "sky.jpg").write_bytes(content)
        identities.add(cards.identity(ask(wish, root=tmp_path), TALL))
    assert len(identities) == 2


def test_a_background_that_is_not_there_is_named(tmp_path):
    with pytest.raises(CardError, match=r"no picture nowhere\.jpg"):
        ask(replace(WISHES["quote"], background="nowhere.jpg"), root=tmp_path)


def test_other_counts_and_dates_come_from_the_record_s_language():
    fact = Fact(
        id="f",
        figure=5,
        label={"az": "nəfər"},
        according_to={"az": "siyahı"},
        others=(OtherCount("x", figure=6),),
    )
    campaign = replace(CAMPAIGN, anniversary=date(1992, 3, 1))
    request = ask(Card("figures", facts=("f",)), "az", ledger=Ledger(facts={"f": fact}), campaign=campaign)
    assert request.said.source.text == "Mənbə: siyahı; digər mənbələrdə fərqli rəqəmlər var"
    assert request.foot[1].text == "1 mart 1992"


@pytest.mark.parametrize("name", WISHES)
@pytest.mark.parametrize("cleared", [True, False])
def test_every_line_drawn_is_among_the_words_a_rule_is_given(name, cleared):
    request = ask(WISHES[name], cleared=cleared)
    given = [words.text for words in cards.words_of(request)]
    for line in texts(laid(request, TALL)):
        assert any(line in text for text in given) or all(word in " ".join(given) for word in line.split())
    assert (request.stamp in given) is not cleared
    assert request.said.source.text in given


def test_all_of_a_recognition_is_among_the_words_a_rule_is_given():
    given = {words.text for words in cards.words_of(ask(WISHES["recognition"]))}
    assert {"Pakistan", "Senate Foreign Relations Committee", "Resolution", "1 February 2012"} <= given
    assert "Term used: “genocide”" in given
