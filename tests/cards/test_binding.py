"""What is never torn apart, language by language; every expected piece worked out by hand."""

import pytest

from scheduler.cards import binding
from scheduler.cards.binding import BREAK, JOIN, NARROW_JOIN


def pieces(text, language, names=()):
    """The pieces, with a plain space where a no-break one joins and a bar where ideographs may part."""
    plain = (piece.replace(JOIN, " ").replace(BREAK, "|") for piece in binding.units(text, language, names))
    return tuple(plain)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        # Dates, as each language writes them.
        ("en", "on 26 February 1992 they", ("on", "26 February 1992", "they")),
        ("en", "on February 26, 1992, they", ("on", "February 26, 1992,", "they")),
        ("az", "yanvarın 20-də və fevralın 26-da", ("yanvarın 20-də", "və", "fevralın 26-da")),
        ("es", "el 26 de febrero de 1992 en", ("el", "26 de febrero de 1992", "en")),
        ("pl", "dnia 26 lutego 1992 roku był", ("dnia", "26 lutego 1992 roku", "był")),
        ("el", "στις 26 Φεβρουαρίου 1992 στο", ("στις", "26 Φεβρουαρίου 1992", "στο")),
        ("ar", "قُتل في 26 فبراير 1992 هناك", ("قُتل", "في", "26 فبراير 1992", "هناك")),
        ("fa", "در ۲۶ فوریه ۱۹۹۲ آنجا", ("در", "۲۶ فوریه ۱۹۹۲", "آنجا")),
        ("he", "ביום 26 בפברואר 1992 שם", ("ביום", "26 בפברואר 1992", "שם")),
        # Numbers with units, with their other digits, with what they number.
        ("fr", "il y a 63 enfants morts", ("il", "y", "a", "63 enfants", "morts")),
        ("ru", "убито 12 750 человек там", ("убито", "12 750 человек", "там")),
        ("en", "only 5 % of them", ("only", "5 %", "of", "them")),
        ("az", "sənəd № 5 deyir", ("sənəd", "№ 5", "deyir")),
        ("en", "under Resolution 822 of the", ("under", "Resolution 822", "of", "the")),
        ("ar", "في عام 1992 هناك", ("في", "عام 1992", "هناك")),
        ("fr", "selon l’art. 5 et", ("selon", "l’art. 5", "et")),
        ("de", "nach Art. 5 und", ("nach", "Art. 5", "und")),
        ("ru", "в 1992 г. жители ушли", ("в 1992 г.", "жители", "ушли")),
        # Names.
        ("en", "said J. R. Azizova then", ("said", "J. R. Azizova", "then")),
        ("en", "by Max van der Stoel himself", ("by", "Max", "van", "der Stoel", "himself")),
        ("fr", "et Charles de Gaulle dit", ("et", "Charles", "de Gaulle", "dit")),
        ("fr", "la mort de Khojaly", ("la", "mort", "de", "Khojaly")),
        ("de", "der Tod der Menschen", ("der", "Tod", "der", "Menschen")),
        ("az", "Şakir Əli oğlu dedi", ("Şakir", "Əli oğlu", "dedi")),
        ("az", "o da Xocalı idi", ("o da", "Xocalı", "idi")),
        # Words that lean on the next.
        ("pl", "w Chodżały i nie tylko", ("w Chodżały", "i nie tylko")),
        ("uk", "мешканці з Ходжали не мали", ("мешканці", "з Ходжали", "не мали")),
        ("es", "nunca más el silencio", ("nunca más", "el", "silencio")),
        ("ar", "إنه لا أحد فوق", ("إنه", "لا أحد", "فوق")),
        ("en-GB", "that no one is", ("that", "no one", "is")),
    ],
)
def test_what_belongs_together_is_one_piece(language, text, expected):
    assert pieces(text, language) == expected


def test_a_particle_chain_is_whole_where_the_name_is_known():
    assert pieces("by Max van der Stoel himself", "en", ("Max van der Stoel",)) == (
        "by",
        "Max van der Stoel",
        "himself",
    )


def test_french_marks_keep_their_narrow_space_and_the_colon_its_full_one():
    found = binding.units("Il dit : « Jamais ! » Non ?", "fr")
    assert found == (
        "Il",
        f"dit{JOIN}:",
        f"«{NARROW_JOIN}Jamais{NARROW_JOIN}!{NARROW_JOIN}»",
        f"Non{NARROW_JOIN}?",
    )


@pytest.mark.parametrize(
    ("language", "text", "names", "expected"),
    [
        # No line begins with 、。」 or ー or a small kana, none ends on 「.
        ("ja", "「誰も」、と言った。", (), ("「誰|", "も」、|", "と|", "言っ|", "た。")),
        # Katakana are a foreign word or name, whole.
        ("ja", "私はホジャリーを", (), ("私|", "は|", "ホジャリー|", "を")),
        ("ja", "1992年2月26日に", (), ("1992年2月26日|", "に")),
        ("zh", "霍贾利的613人", ("霍贾利",), ("霍贾利|", "的|", "613人")),
        ("zh", "我们——记得", (), ("我|", "们——|", "记|", "得")),
        ("zh", "记得 Khojaly 吗", (), ("记|", "得", "Khojaly", "吗")),
        # Korean sets spaces between words, and breaks there.
        ("ko", "법 위에 있는 사람은 없다", (), ("법", "위에", "있는", "사람은", "없다")),
    ],
)
def test_ideographs_part_where_kinsoku_lets_them(language, text, names, expected):
    assert pieces(text, language, names) == expected


@pytest.mark.parametrize(
    ("line", "hung"),
    [
        ("“I wish", "“"),
        ("«Мы", "«"),
        ("„Wir", "„"),
        ("We", ""),
        ("(“No", ""),
        ("(Khojaly)", ""),
        ("«\u202fNous", "«\u202f"),
        ("「誰も", "「"),
        ("«لا أحد", "«"),
    ],
)
def test_opening_quotation_marks_hang_outside_and_brackets_do_not(line, hung):
    assert binding.hang(line) == hung


def test_a_name_that_no_line_can_hold_is_parted_after_all():
    assert binding.loose("ホジャリー") == (f"ホ{BREAK}", f"ジャ{BREAK}", "リー")
    assert binding.loose("Max van der Stoel") == ("Max", "van", "der", "Stoel")
