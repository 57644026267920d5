"""Azerbaijani words in their forms: paradigms as school grammars give them."""

import pytest

from scheduler.checks.endings import inflected, stems
from scheduler.checks.words import fold

# kitab (book), ev (house), söz (word), qurum (body): nominative … ablative, plural, possessed.
PARADIGMS = {
    "kitab": "kitab kitabın kitaba kitabı kitabda kitabdan kitablar kitabların kitablara kitablardan kitabı "
    "kitabının kitabına kitabında kitabından kitabları kitablarının kitabımız kitabımızın kitabdır",
    "söz": "söz sözün sözə sözü sözdə sözdən sözlər sözlərin sözlərə sözü sözünün sözünə sözündə sözləri "
    "sözlərinə sözümüz sözdür",
    "qurum": "qurum qurumun quruma qurumu qurumda qurumdan qurumlar qurumları qurumlarının qurumlarına "
    "qurumlarından qurumu qurumunun qurumudur",
    "rəsmi": "rəsmi rəsminin rəsmiyə rəsmini rəsmidən rəsmilər rəsmiləri rəsmilərinin rəsmilərə rəsmisi "
    "rəsmisinin rəsmidir",
    "nazirlik": "nazirlik nazirliyi nazirliyinin nazirliyinə nazirliyindən nazirliklər nazirlikdə",
    "uşaq": "uşaq uşağı uşağın uşaqlar uşaqların uşaqlarımız",
    "agentlik": "agentliyi agentliyinin agentliyinə",
}


@pytest.mark.parametrize(("stem", "forms"), PARADIGMS.items())
def test_a_word_is_met_in_every_form(stem, forms):
    assert [form for form in forms.split() if not inflected(fold(stem), fold(form))] == []


@pytest.mark.parametrize(
    ("stem", "other"),
    [
        ("Azərbaycan", "azərbaycanlı"),  # of the country, and somebody of it
        ("kitab", "kitabxana"),
        ("qurum", "qurumlər"),  # no such form: the vowels do not agree
        ("söz", "sözlü"),
        ("rəsmi", "rəsmiyyət"),
        ("rəsmi", "rəsm"),
    ],
)
def test_another_word_is_no_form_of_it(stem, other):
    assert not inflected(fold(stem), fold(other))


def test_two_forms_of_a_word_have_its_stem_in_common():
    assert "qurumlar" in stems(fold("qurumlarının")) & stems(fold("qurumlara"))
    assert "azərbaycan" in stems(fold("Azərbaycanın"))
    assert "azərbaycan" not in stems(fold("azərbaycanlı"))
