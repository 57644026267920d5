"""Templates: what each takes from the records, and where its parts stand in each shape of card."""

import io
from dataclasses import replace

import pytest
from PIL import Image

from scheduler import cards
from scheduler.cards import backdrop, scrim, templates
from scheduler.errors import CardError
from scheduler.model import Card, Fact, Ledger, Media, OtherCount
from tests.cards.drawing import EVERY, SHAPES, laid, pixels, texts
from tests.cards.records import CAMPAIGN, LEDGER, TALL, WIDE, WISHES, ask

STORY, SQUARE = (1080, 1920), (1080, 1080)


@pytest.mark.parametrize(
    "name", ["witness", "quote", "figures", "dated", "document", "recognition", "letter"]
)
def test_every_promised_template_is_there(name):
    assert templates.of(name).version >= 3


@pytest.mark.parametrize(
    ("alias", "name"),
    [("plain", "announcement"), ("event", "announcement"), ("on-this-day", "dated"), ("position", "letter")],
)
def test_the_older_names_still_mean_the_same_card(alias, name):
    assert templates.of(alias) is templates.of(name)


@EVERY
def test_a_story_keeps_its_words_out_of_what_telephones_lay_over_it(name):
    for piece in laid(ask(WISHES[name]), STORY).pieces:
        assert piece.baseline - 0.67 * piece.size >= 250
        assert scrim.box(piece, STORY)[3] <= 1920 - 340


@EVERY
def test_a_tall_card_keeps_its_words_in_a_three_by_four_crop(name):
    # 1350 × 3/4 = 1012.5 pixels stay of 1080: 34 go on each side.
    for piece in laid(ask(WISHES[name]), TALL).pieces:
        left, _, right, _ = scrim.box(piece, TALL)
        assert left >= 34
        assert right <= 1080 - 34


@EVERY
@SHAPES
def test_the_words_leave_the_source_line_its_air(name, size):
    sheet = laid(ask(WISHES[name]), size)
    source = ask(WISHES[name]).said.source.text
    lines = [
        piece
        for piece in sheet.pieces
        if piece.text.replace("\u00a0", " ") in source and piece.style == sheet.sans()
    ]
    top = min(piece.baseline - 0.67 * piece.size for piece in lines)
    above = [piece for piece in sheet.pieces if piece not in lines and piece.baseline < top]
    assert above
    assert top - max(piece.baseline for piece in above) >= 20 * size[0] / 1080


def test_each_shape_is_laid_out_for_itself():
    """Not one picture cropped: the words break or grow with the shape."""
    card = ask(WISHES["long quote"])
    broken = {size: tuple(texts(laid(card, size))) for size in cards.SHAPES.values()}
    assert len(set(broken.values())) >= 3


@SHAPES
def test_the_ten_figures_fit_every_shape_with_the_parts_inside_their_whole(size):
    sheet = laid(ask(WISHES["remember"]), size)
    place = {piece.text: piece for piece in sheet.pieces}
    for part in ("63", "106", "70"):
        assert place[part].size < place["613"].size / 2
        assert place["613"].baseline < place["people killed, including"].baseline < place[part].baseline


def test_a_document_shows_its_name_day_passage_and_writer():
    said = ask(WISHES["document"]).said
    assert said.title.text == "We Demand Justice for Khojaly!"
    assert said.text.text.startswith("“We cannot and should not remain silent")
    assert said.names[0].text == "Leyla Aliyeva"
    assert said.source.text == "Source: We Demand Justice for Khojaly!"


def test_a_document_of_a_fact_states_the_fact_and_who_gives_it():
    fact = replace(LEDGER.facts["killed"], wording={"en": "613 people killed"})
    ledger = replace(LEDGER, facts={"killed": fact})
    said = ask(Card("document", facts=("killed",)), ledger=ledger).said
    assert (said.text.text, said.names[0].text) == ("613 people killed", "Azerbaijan’s authorities")


@pytest.mark.parametrize(
    ("card", "ledger", "words"),
    [
        (Card("document"), LEDGER, "needs quote or facts"),
        (
            Card("document", facts=("f",)),
            Ledger(facts={"f": Fact(id="f", wording={"en": "x"})}),
            "names no source with a title",
        ),
        (Card("commemoration"), LEDGER, "a commemoration card needs title"),
        (Card("announcement"), LEDGER, "an announcement card needs title or text"),
        (
            Card("letter", position="recognition", office="nobody"),
            LEDGER,
            "card.office: there is no “nobody”",
        ),
        (Card("quote", quote="impunity", portrait="p.jpg"), LEDGER, "only a witness card shows a portrait"),
    ],
)
def test_what_a_template_lacks_is_said(card, ledger, words):
    with pytest.raises(CardError, match=words):
        ask(card, ledger=ledger)


def test_a_letter_names_the_office_it_asks():
    request = ask(WISHES["letter"])
    assert request.said.names[0].text == "To: Secretary-General of the United Nations"
    assert cards.alt_text(request).startswith("Letter card, text only. To: Secretary-General")


@SHAPES
def test_the_day_is_the_greatest_thing_on_the_card_of_the_day_itself(size):
    pieces = laid(ask(WISHES["commemoration"]), size).pieces
    assert max(pieces, key=lambda piece: piece.size).text == "26 February 1992"


def test_counts_that_differ_stand_beside_each_other_with_who_gives_them():
    shown = texts(laid(ask(WISHES["on this day"]), TALL))
    at = shown.index("Counts differ: people killed")
    assert shown[at + 1 : at + 5] == ["613", "Azerbaijan’s authorities", "161", "Human Rights Watch"]


def test_other_counts_are_not_shown_in_a_language_that_the_ledger_does_not_have_them_in():
    facts = {"killed": replace(LEDGER.facts["killed"], according_to={"ru": "власти Азербайджана"})}
    card = Card("dated", facts=("killed",), date={"ru": "26 февраля 1992"}, title={"ru": "Ходжалы"})
    said = ask(card, "ru", ledger=replace(LEDGER, facts=facts)).said
    assert said.figures == ()
    assert "в других источниках числа иные" in said.source.text


def test_one_count_alone_is_no_table():
    fact = replace(LEDGER.facts["killed"], others=(OtherCount("Memorial", wording="more"),))
    said = ask(WISHES["on this day"], ledger=replace(LEDGER, facts={"killed": fact})).said
    assert said.figures == ()


PORTRAIT = Media(
    id="p",
    file="assets/images/p.png",
    creator="A. Photographer",
    people_shown=("mustafayeva",),
    focal=(0.9, 0.5),
)
FACED = replace(LEDGER, media={"p": PORTRAIT})
WITH_PORTRAIT = replace(WISHES["witness"], portrait="p.png")


def faced(tmp_path):
    """A portrait whose left half is red and right half blue."""
    picture = Image.new("RGB", (400, 300), "red")
    picture.paste("blue", (200, 0, 400, 300))
    (tmp_path / "assets/images").mkdir(parents=True)
    picture.save(tmp_path / "assets/images/p.png")
    return ask(WITH_PORTRAIT, ledger=FACED, root=tmp_path)


@SHAPES
def test_a_portrait_is_cut_around_the_point_its_record_names_and_kept_clear_of_words(size, tmp_path):
    request = faced(tmp_path)
    sheet, image = laid(request, size), pixels(cards.draw(request, size, tmp_path))
    place = sheet.portrait
    # Of 400 × 300 at most 1:1 is kept: around 0.9 that is 100 to 400, of which all from 200 on is blue.
    for x, y in ((0.35, 0.05), (0.5, 0.5), (0.95, 0.95)):
        red, _, blue = image.getpixel((int(place.left + x * place.width), int(place.top + y * place.height)))
        assert blue > 200 > 100 > red
    for piece in sheet.pieces:
        left, top, right, bottom = scrim.box(piece, size)
        apart = (
            right <= place.left
            or left >= place.left + place.width
            or bottom <= place.top
            or top >= place.top + place.height
        )
        assert apart, piece.text


@SHAPES
@pytest.mark.long
def test_a_portrait_of_its_place_s_own_shape_is_cut_nowhere(size, tmp_path):
    """240 × 300 kept whole came out wider than itself by the last bit of a number, and was not drawn."""
    request = faced(tmp_path)
    for wide, high in ((240, 300), (560, 700), (400, 560), (300, 390), (1000, 1400)):
        Image.new("RGB", (wide, high), "red").save(tmp_path / "assets/images/p.png")
        place = laid(request, size).portrait
        red, _, blue = pixels(cards.draw(request, size, tmp_path)).getpixel(
            (int(place.left + place.width / 2), int(place.top + place.height / 2))
        )
        assert red > 200 > blue


def test_a_side_kept_whole_is_never_longer_than_it_is():
    for whole in range(200, 3000, 7):
        for wide in (440, 560, 1080, 1600):
            start, kept = backdrop.stretch(whole, wide / (wide / whole), 0.5)
            assert start >= 0
            assert start + kept <= whole


def test_the_photographer_is_named_in_the_source_line_and_the_listener_hears_of_the_portrait(tmp_path):
    request = faced(tmp_path)
    assert request.said.source.text.endswith("Photograph: A. Photographer")
    assert cards.alt_text(request).startswith("Card with a name and a portrait photograph.")


@pytest.mark.parametrize(
    ("media", "words"),
    [
        ({}, "has no record in posts/ledger/media.yaml"),
        ({"p": replace(PORTRAIT, people_shown=())}, "does not say that it shows “mustafayeva”"),
        ({"p": replace(PORTRAIT, ai=True)}, "made by a machine"),
    ],
)
def test_a_portrait_without_its_record_is_refused(media, words):
    with pytest.raises(CardError, match=words):
        ask(WITH_PORTRAIT, ledger=replace(LEDGER, media=media))


def test_another_portrait_is_another_card(tmp_path):
    first = cards.identity(faced(tmp_path), TALL)
    Image.new("RGB", (9, 9)).save(tmp_path / "assets/images/p.png")
    assert cards.identity(ask(WITH_PORTRAIT, ledger=FACED, root=tmp_path), TALL) != first


@EVERY
def test_alt_texts_are_sentences_a_listener_can_follow(name):
    heard = cards.alt_text(ask(WISHES[name]))
    assert len(heard) <= 1000
    assert heard[-1] in ".!?”"
    for sign in ("\n", "  ", "..", " ,", " .", "#"):
        assert sign not in heard


@pytest.mark.parametrize("size", [TALL, SQUARE, WIDE, STORY])
def test_the_same_card_gives_the_same_bytes(size):
    request = ask(WISHES["quote"])
    first = cards.draw(request, size, ".").data
    backdrop.forget()
    assert cards.draw(request, size, ".").data == first


@pytest.mark.long
def test_a_card_over_noise_stays_under_a_million_bytes_by_giving_up_quality(tmp_path):
    noise = Image.effect_noise((2000, 2000), 60)
    grain = Image.merge("RGB", [noise.rotate(turn) for turn in (0, 90, 180)])
    (tmp_path / "assets/images").mkdir(parents=True)
    grain.save(tmp_path / "assets/images/n.png")
    light = replace(WISHES["witness"], background="n.png")
    drawn = cards.draw(ask(light, root=tmp_path), STORY, tmp_path)
    assert len(drawn.data) < 1_000_000
    with Image.open(io.BytesIO(drawn.data)) as image:
        assert image.quantization[0][0] > 3  # quality 92 has 3 here, lower ones more
        assert {layer[1:3] for layer in image.layer} == {(1, 1)}


def test_the_campaign_s_day_is_written_with_its_own_digits_in_persian():
    ledger = replace(
        LEDGER, people={"p": replace(LEDGER.people["mustafayeva"], names={"fa": "نام"}, role={})}
    )
    request = ask(
        Card("witness", person="p"), "fa", ledger=ledger, campaign=replace(CAMPAIGN, languages=("fa",))
    )
    assert request.foot[1].text == "۲۶ فوریه ۱۹۹۲"
