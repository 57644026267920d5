"""The few words a card says by itself, by language: source, quotation marks, translation, not cleared."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from scheduler.errors import CardError, ContentError
from scheduler.text import placeholders

NOT_CLEARED = "NOT CLEARED – not for publication"
"""English in every language: it speaks to the staff, and never leaves the house."""


@dataclass(frozen=True)
class Phrases:
    """A language's card words. `{}` is filled in."""

    marks: tuple[str, str]
    source: str
    according_to: str
    counts_differ: str
    accounts_differ: str
    as_of: str
    as_published: str
    translated: str
    including: str
    term: str
    kinds: Mapping[str, str]
    languages: Mapping[str, str]
    thousands: str = "\u202f"


LANGUAGES: dict[str, Phrases] = {
    "en": Phrases(
        marks=("“", "”"),
        source="Source: {}",
        according_to="According to {}",
        counts_differ="other counts differ",
        accounts_differ="other accounts differ",
        as_of="as of {}",
        as_published="Name as published by the campaign: {}",
        translated="Translated from {}",
        including="{}, including",
        term="Term used: {}",
        kinds={
            "witness": "Name card, no photograph.",
            "quote": "Quotation card, text only.",
            "figures": "Figures card.",
            "text": "Text card.",
        },
        languages={
            "az": "Azerbaijani",
            "en": "English",
            "ru": "Russian",
            "tr": "Turkish",
            "de": "German",
            "fr": "French",
            "es": "Spanish",
        },
        thousands=",",
    ),
    "az": Phrases(
        marks=("«", "»"),
        source="Mənbə: {}",
        according_to="Mənbə: {}",
        counts_differ="digər mənbələrdə fərqli rəqəmlər var",
        accounts_differ="digər mənbələr fərqli məlumat verir",
        as_of="məlumat tarixi: {}",
        as_published="Ad kampaniyanın dərc etdiyi kimi verilir: {}",
        translated="Tərcümə edilib, orijinalın dili: {}",
        including="{}, o cümlədən",
        term="İşlədilən termin: {}",
        kinds={
            "witness": "Ad yazılmış kart, fotoşəkil yoxdur.",
            "quote": "Sitat kartı, yalnız mətn.",
            "figures": "Rəqəmlər kartı.",
            "text": "Mətn kartı.",
        },
        languages={
            "az": "azərbaycanca",
            "en": "ingiliscə",
            "ru": "rusca",
            "tr": "türkcə",
            "de": "almanca",
            "fr": "fransızca",
            "es": "ispanca",
        },
    ),
    "tr": Phrases(
        marks=("“", "”"),
        source="Kaynak: {}",
        according_to="Kaynak: {}",
        counts_differ="diğer kaynaklarda farklı sayılar var",
        accounts_differ="diğer kaynaklar farklı bilgi veriyor",
        as_of="bilgi tarihi: {}",
        as_published="İsim kampanyanın yayımladığı biçimdedir: {}",
        translated="Çeviri, özgün dil: {}",
        including="{}, bunlar arasında",
        term="Kullanılan terim: {}",
        kinds={
            "witness": "İsim kartı, fotoğraf yok.",
            "quote": "Alıntı kartı, yalnızca metin.",
            "figures": "Sayılar kartı.",
            "text": "Metin kartı.",
        },
        languages={
            "az": "Azerbaycanca",
            "en": "İngilizce",
            "ru": "Rusça",
            "tr": "Türkçe",
            "de": "Almanca",
            "fr": "Fransızca",
            "es": "İspanyolca",
        },
        thousands=".",
    ),
    "ru": Phrases(
        marks=("«", "»"),
        source="Источник: {}",
        according_to="Источник: {}",
        counts_differ="в других источниках числа иные",
        accounts_differ="другие источники сообщают иное",
        as_of="дата данных: {}",
        as_published="Имя приводится так, как его опубликовала кампания: {}",
        translated="Перевод, язык оригинала: {}",
        including="{}, в том числе",
        term="Использованный термин: {}",
        kinds={
            "witness": "Карточка с именем, без фотографии.",
            "quote": "Карточка с цитатой, только текст.",
            "figures": "Карточка с числами.",
            "text": "Карточка с текстом.",
        },
        languages={
            "az": "азербайджанский",
            "en": "английский",
            "ru": "русский",
            "tr": "турецкий",
            "de": "немецкий",
            "fr": "французский",
            "es": "испанский",
        },
    ),
    "de": Phrases(
        marks=("„", "“"),
        source="Quelle: {}",
        according_to="Angaben: {}",
        counts_differ="andere Quellen nennen andere Zahlen",
        accounts_differ="andere Quellen berichten anderes",
        as_of="Stand: {}",
        as_published="Name wie von der Kampagne veröffentlicht: {}",
        translated="Übersetzt, Original: {}",
        including="{}, darunter",
        term="Verwendeter Begriff: {}",
        kinds={
            "witness": "Namenskarte, kein Foto.",
            "quote": "Zitatkarte, nur Text.",
            "figures": "Zahlenkarte.",
            "text": "Textkarte.",
        },
        languages={
            "az": "Aserbaidschanisch",
            "en": "Englisch",
            "ru": "Russisch",
            "tr": "Türkisch",
            "de": "Deutsch",
            "fr": "Französisch",
            "es": "Spanisch",
        },
        thousands=".",
    ),
    "fr": Phrases(
        marks=("«\u202f", "\u202f»"),
        source="Source\u00a0: {}",
        according_to="Chiffres\u00a0: {}",
        counts_differ="d’autres bilans diffèrent",
        accounts_differ="d’autres sources diffèrent",
        as_of="données\u00a0: {}",
        as_published="Nom tel que publié par la campagne\u00a0: {}",
        translated="Traduction, langue d’origine\u00a0: {}",
        including="{}, dont",
        term="Terme employé\u00a0: {}",
        kinds={
            "witness": "Carte avec un nom, sans photographie.",
            "quote": "Carte de citation, texte seul.",
            "figures": "Carte de chiffres.",
            "text": "Carte de texte.",
        },
        languages={
            "az": "azerbaïdjanais",
            "en": "anglais",
            "ru": "russe",
            "tr": "turc",
            "de": "allemand",
            "fr": "français",
            "es": "espagnol",
        },
    ),
    "es": Phrases(
        marks=("«", "»"),
        source="Fuente: {}",
        according_to="Fuente: {}",
        counts_differ="otras fuentes dan otras cifras",
        accounts_differ="otras fuentes difieren",
        as_of="fecha de los datos: {}",
        as_published="Nombre tal como lo publicó la campaña: {}",
        translated="Traducción, idioma original: {}",
        including="{}, entre ellas",
        term="Término empleado: {}",
        kinds={
            "witness": "Tarjeta con un nombre, sin fotografía.",
            "quote": "Tarjeta con una cita, solo texto.",
            "figures": "Tarjeta de cifras.",
            "text": "Tarjeta de texto.",
        },
        languages={
            "az": "azerbaiyano",
            "en": "inglés",
            "ru": "ruso",
            "tr": "turco",
            "de": "alemán",
            "fr": "francés",
            "es": "español",
        },
    ),
}


def of(language: str) -> Phrases:
    """A language's card words; "en-GB" takes those of "en". Raises CardError where there are none."""
    found = LANGUAGES.get(language) or LANGUAGES.get(language.split("-")[0])
    if found is None:
        raise CardError(
            f"cards cannot speak “{language}” yet (they speak {', '.join(LANGUAGES)}): "
            "leave the card out for this language or give the post an image of its own"
        )
    return found


def day(when: date | str, language: str) -> str:
    """A calendar day in words ("13 February 2017"); words already written are left as they are."""
    if isinstance(when, str):
        return when
    try:
        return placeholders.long_date(when, language)
    except ContentError as error:
        raise CardError(str(error)) from error


def number(figure: int, language: str) -> str:
    """1275, but 12,750: digits are grouped from five on, as each language does it."""
    if abs(figure) < 10_000:
        return str(figure)
    return f"{figure:,}".replace(",", of(language).thousands)
