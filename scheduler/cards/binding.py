"""What stays on one line: names, dates, numbers and their units; and where ideographs may part."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import regex  # type: ignore[import-untyped]

from scheduler.cards import fonts

JOIN = "\u00a0"
"""No-break space: what it joins stays on one line."""

NARROW_JOIN = "\u202f"
GLUE = "\u2060"
"""Word joiner: no break and no space."""

BREAK = "\u200b"
"""Ends a piece that no space follows: a line may break there, and nothing is set where it does not."""

SPACES = regex.compile(r"[ \n]+")
NUMBER = regex.compile(r"[(“«„]?(\d[\d.,–\u00a0\u202f]*)(-\p{L}+)?")
GROUP = regex.compile(r"[(“«„]?\d{1,3}")
THREE = regex.compile(r"\d{3}(?!\d)[.,;:!?)»”]*(-\p{L}+)?")
INITIAL = regex.compile(r"[(“«„]?(\p{Lu}\.)+")
YEAR = regex.compile(r"([1۱١][89۸۹٨٩]|[2۲٢][0۰٠])\d\d(–\d{2,4})?[.,]?(?!\d)")
DAY = regex.compile(r"[(“«„]?\d{1,2}(–\d{1,2})?\.?")
LETTERS = regex.compile(r"[\p{L}\p{M}]+")
MARK_BEHIND = regex.compile(r"[»”’!?;:.,…)\]%‰°،؛؟]+")
MARK_BEFORE = regex.compile(r"[«„“(\[№§]+")
MONTH_FIRST = {
    "en": regex.compile(
        r"(January|February|March|April|May|June|July|August|September|October|November|December)"
    ),
    "az": regex.compile(
        r"(yanvar|fevral|mart|aprel|may|iyun|iyul|avqust|sentyabr|oktyabr|noyabr|dekabr)(ın|in|un|ün)",
        regex.IGNORECASE,
    ),
}
"""Months that stand before their day: February 26, fevralın 26-da."""

BETWEEN = frozenset({"de", "del"})
"""Spanish and Portuguese: 26 de febrero de 1992."""

YEAR_WORDS: dict[str, frozenset[str]] = {
    "az": frozenset({"il", "ili", "ilin", "ildə", "ildən", "ilə"}),
    "ru": frozenset({"год", "года", "году", "годом", "г"}),
    "uk": frozenset({"рік", "року", "році", "роком", "р"}),
    "pl": frozenset({"rok", "roku", "rokiem", "r"}),
    "tr": frozenset({"yılı", "yılında", "yılından", "yılının"}),
}
"""The word "year" that languages say after its number."""

BEFORE_NUMBER: dict[str, frozenset[str]] = {
    "en": frozenset({"Resolution", "resolution", "Article", "article", "paragraph", "page", "Day", "day"}),
    "az": frozenset({"qətnamə", "maddə", "səhifə"}),
    "tr": frozenset({"madde", "sayfa"}),
    "ru": frozenset({"резолюция", "резолюции", "статья", "статьи", "пункт"}),
    "de": frozenset({"Resolution", "Artikel", "Absatz", "Seite"}),
    "fr": frozenset({"résolution", "article", "paragraphe", "page"}),
    "es": frozenset({"resolución", "artículo", "párrafo", "página"}),
    "ar": frozenset({"عام", "سنة", "القرار", "المادة"}),
    "fa": frozenset({"سال", "قطعنامه", "ماده"}),
    "he": frozenset({"שנת", "סעיף", "החלטה"}),
}
"""Words that say what the number after them numbers."""

ORDINAL_POINT = frozenset({"de"})
"""Languages that write 26. Februar: the point after a number does not end a sentence."""

ANY = regex.compile(r".*")
ORDINAL_ENDING = {"az": regex.compile(r"-(n?c[ıiuü]|inci|ıncı|uncu|üncü)")}
"""Endings after which a number still counts what follows: 35-ci il, but 26-da."""

DASHES = frozenset("–—")
_ABBREVIATIONS = (
    "Mr Mr. Mrs. Ms. Dr. Prof. No. no. St. p. pp. Art. art. § № n° n.º Nr. nr Abs. S. Sr. Sra. M. Mme Mlle "
    "s. səh. md. ул. им. стр. ст. п. г."
)
ABBREVIATIONS = frozenset(_ABBREVIATIONS.split())
"""They lean on what follows, where that is a number or begins with a capital."""

_PARTICLES = "van von der den de del della di da dos du la le bin ibn al el ben abu zu ter"
PARTICLES = frozenset(_PARTICLES.split())
"""Small words inside names: never parted from the capital after them."""

_FILIATION = "oğlu qızı kızı oghlu gizi bəy xanım müəllim оглы кызы оғлу гызы hanım bey oğlunun qızının"
FILIATION = frozenset(_FILIATION.split())
"""Words that close a name: never parted from the one before them."""

ENCLITICS: dict[str, frozenset[str]] = {
    "az": frozenset({"da", "də"}),
    "tr": frozenset({"da", "de", "mi", "mı", "mu", "mü"}),
    "ru": frozenset({"же", "бы", "ли"}),
    "uk": frozenset({"же", "ж", "би", "б"}),
}
"""Words that always lean on the one before."""

OPENING = "“„«‘‚\"'‹(「『（《〈【"
BRACKETS = "(（〈【"
"""They open too, but are too high and heavy to stand in the margin."""

CLOSING = "”»“’\"'›)」』）》〉】"
SENTENCE_END = frozenset(".!?…。！？؟")

PHRASES: dict[str, tuple[str, ...]] = {
    "en": (
        "no one",
        "No one",
        "each other",
        "one another",
        "at all",
        "as if",
        "in no way",
        "no longer",
        "no more",
    ),
    "az": ("heç kim", "Heç kim", "heç kəs", "Heç kəs", "heç bir", "bir daha", "hər kəs", "Hər kəs"),
    "tr": ("hiç kimse", "Hiç kimse", "hiç bir", "bir daha", "her şey"),
    "ru": ("ни один", "Ни один", "друг друга", "потому что", "так как"),
    "de": ("kein einziger", "zum Beispiel", "vor allem"),
    "fr": ("plus jamais", "l’un l’autre", "pas un", "parce que", "tout le monde"),
    "es": ("nunca más", "Nunca más", "nadie más", "ni uno", "por qué"),
    "pl": ("nigdy więcej", "Nigdy więcej", "ani jeden"),
    "ar": ("لا أحد", "لم يعد"),
    "fa": ("هیچ کس", "هیچ یک"),
    "he": ("אף אחד", "לעולם לא"),
    "el": ("ποτέ πια", "κανένας άλλος"),
}
"""Words that make no sense apart."""

CLITICS: dict[str, frozenset[str]] = {
    "ru": frozenset("вискоуаяВИСКОУАЯ") | {"не", "ни", "Не", "Ни"},
    "uk": frozenset("вузіоайяВУЗІОАЙЯ") | {"не", "ні", "Не", "Ні"},
    "pl": frozenset("iwzoauIWZOAU") | {"nie", "Nie"},
    "ar": frozenset({"و", "يا"}),
    "el": frozenset({"ο", "η", "το", "οι", "τα", "Ο", "Η", "Το", "Οι", "Τα"}),
}
"""Words that always lean on the next one."""

_LIGHT = {
    "en": "a an the of to in no and we is on at by or that for with from as our their not be I if",
    "az": "və bu bir o ki ya amma üçün hər nə heç",
    "tr": "ve bu bir o ki ya ama her ne hiç",
    "ru": "на по за из от до но же что как для при без это мы чтобы",
    "uk": "на по за із від до але що як для при без це ми щоб та",
    "de": "der die das den dem ein eine und in zu von mit auf an im am ist",
    "fr": "le la les de des du un une et à en ne pas au aux que qui se ce je tu il elle on nous vous",
    "es": "el la los las de del un una y a en no que al por lo se su sus con",
    "pl": "na do po za od ze we że to jest nie się dla przy bez",
    "el": "του της των τον την και να θα με σε για από στο στη στην που δεν",
    "ar": "في من على إلى عن أن لا ما كل هذا هذه",
    "fa": "و در از به که را با این آن هر نه",
    "he": "את של על לא כל אל עם או גם אם",
    "ko": "그 이 저 한 두 세 각 또 및 더 안 못",
}
LIGHT: dict[str, frozenset[str]] = {language: frozenset(words.split()) for language, words in _LIGHT.items()}
"""Short words that a line should not end on."""

NOT_FIRST = frozenset(
    "、。，．,.・：；:;？！?!‐゠–—〜…‥）」』】〕〉》〗〙〛｝］)]}”’»々〻ヽヾゝゞー゛゜％%‰℃°"
    "ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿ"
)
NOT_LAST = frozenset("（「『【〔〈《〖〘〚｛［([{“‘«￥＄£$№")
"""Kinsoku: what no line begins with, what none ends on. Source: JIS X 4051, Requirements for Japanese Text
Layout and for Chinese Text Layout (W3C)."""

UNPARTED = frozenset("—…‥")
"""Marks that come in pairs and are not parted."""

COUNTED = regex.compile(r"\d+年(\d+月(\d+日)?)?|\d+月(\d+日)?|\d+[\p{Han}]")
EAST = frozenset({"Hani", "Hira", "Kana", "Bopo"})
KATAKANA = regex.compile(r"[\p{Katakana}ー・]+")
HIRAGANA = regex.compile(r"\p{Hiragana}")
HAN = regex.compile(r"\p{Han}")
EASTERN = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Bopomofo}]")


def units(text: str, language: str, names: Sequence[str] = ()) -> tuple[str, ...]:
    """What a line may be broken between: words, those that belong together joined by no-break spaces.

    A piece that ends with BREAK is followed by no space: ideographs and kana, which stand without.
    """
    words = SPACES.split(text.strip())
    primary = language.split("-")[0]
    phrases = [phrase.split() for phrase in (*PHRASES.get(primary, ()), *names) if " " in phrase]
    numbers = any(map(str.isdigit, text))
    bound = _phrase_starts(words, phrases) | (_dates(words, primary) if numbers else set())
    joined = [words[0]]
    for number, (before, word) in enumerate(pairwise(words)):
        ahead = words[number - 1] if number else ""
        if (
            number in bound
            or _clings(before, word, primary, ahead)
            or (numbers and _numbered(before, word, primary, ahead))
        ):
            joined[-1] += _space(before, word, primary) + word
        else:
            joined.append(word)
    if EASTERN.search(text) is None:
        return tuple(joined)
    return tuple(part for piece in joined for part in _east(piece, names))


def loose(text: str) -> tuple[str, ...]:
    """The same pieces with nothing bound, for a name or phrase that no line can hold."""
    return tuple(part for word in text.split() for part in _east(word, (), whole_words=False))


def bare(word: str) -> str:
    """A word without the marks around it."""
    return word.strip("“”„«»‘’'\"().,;:!?…،؛؟")


def hang(line: str) -> str:
    """The opening quotation marks of a line that stand outside its edge; brackets stay inside."""
    if line[:1] not in OPENING or line[:1] in BRACKETS:
        return ""
    return line[: len(line) - len(line.lstrip(OPENING + NARROW_JOIN + JOIN))]


def tears(piece: str, following: str, language: str) -> bool:
    """Whether a break here tears a Japanese word of several ideographs, or its ending from its ideograph.

    Chinese shows no words.
    """
    if language.split("-")[0] != "ja" or not piece.endswith(BREAK):
        return False
    return bool(HAN.match(piece[-2:-1]) and (HAN.match(following) or HIRAGANA.match(following)))


def together(first: str, second: str) -> str:
    """Two neighbouring pieces as one."""
    return first[:-1] + GLUE + second if first.endswith(BREAK) else first + JOIN + second


def _space(before: str, word: str, language: str) -> str:
    """French sets a narrow space inside its quotation marks and before high marks; a full one before “:”."""
    inside = before[-1] == "«" or MARK_BEHIND.match(word)
    return NARROW_JOIN if language == "fr" and inside and word[0] != ":" else JOIN


def _phrase_starts(words: Sequence[str], phrases: Sequence[Sequence[str]]) -> set[int]:
    """Numbers of the words that must be followed by the next one on the same line."""
    plain = [bare(word) for word in words]
    found: set[int] = set()
    for phrase in phrases:
        if phrase[0] not in plain:
            continue
        for start in range(len(plain) - len(phrase) + 1):
            if plain[start : start + len(phrase)] == list(phrase):
                found.update(range(start, start + len(phrase) - 1))
    return found


def _dates(words: Sequence[str], language: str) -> set[int]:
    """Numbers of the words inside "26 February 1992", "26 de febrero de 1992", "February 26, 1992"."""
    found: set[int] = set()
    for number, word in enumerate(words[:-1]):
        following = number + 1
        if (month := MONTH_FIRST.get(language)) and month.fullmatch(bare(word)):
            if regex.match(r"\d{1,2}(?!\d)", words[following]):
                found.add(number)
                last = following + 1
                if words[following].endswith(",") and last < len(words) and YEAR.match(words[last]):
                    found.add(following)
            continue
        if not DAY.fullmatch(word):
            continue
        places = [number]
        if words[following] in BETWEEN:
            places.append(following)
            following += 1
        if following == len(words) or not LETTERS.match(words[following]):
            continue
        after = following + 1
        if after < len(words) and words[after] in BETWEEN and len(places) > 1:
            after += 1
        if after < len(words) and YEAR.match(words[after]) and LETTERS.fullmatch(words[following]):
            found.update(range(number, after))
        elif len(places) > 1:
            found.update(places)
    return found


def _clings(before: str, word: str, language: str, ahead: str) -> bool:
    if word in DASHES or (not word[0].isalnum() and MARK_BEHIND.fullmatch(word)):
        return True
    if not before[0].isalnum() and MARK_BEFORE.fullmatch(before):
        return True
    if before in CLITICS.get(language, ()) or bare(word) in FILIATION:
        return True
    if before[-1] == "." and INITIAL.fullmatch(before):
        return True
    if _abbreviates(before) and not NUMBER.fullmatch(ahead) and not word[0].islower():
        return True
    return bare(word) in ENCLITICS.get(language, ()) or _in_a_name(before, word, language, ahead)


def _in_a_name(before: str, word: str, language: str, ahead: str) -> bool:
    """Whether a particle stands before a name's next part. An article of the language itself does only where
    a capital stands before it too, and never in German, where every noun has one.
    """
    if before not in PARTICLES or not word[0].isupper() or before in ENCLITICS.get(language, ()):
        return False
    return before not in LIGHT.get(language, ()) or (language != "de" and ahead[:1].isupper())


def _abbreviates(word: str) -> bool:
    return word.rpartition("’")[2].lstrip(OPENING) in ABBREVIATIONS


def _numbered(before: str, word: str, language: str, ahead: str) -> bool:
    """Whether a number stands with its unit, its year, its other digits, or the word it is counted by."""
    if before.lstrip(OPENING) in BEFORE_NUMBER.get(language, ()) and word[0].isdigit():
        return True
    if YEAR.match(before) and word.rstrip(".,;:!?") in YEAR_WORDS.get(language, ()):
        return True
    if GROUP.fullmatch(before) and THREE.fullmatch(word):
        return True
    number = NUMBER.fullmatch(before)
    # A year is followed by the sentence's next word, not by its unit; so is what ends a sentence.
    if not number or not word[0].isalpha() or YEAR.fullmatch(number[1]):
        return False
    # "Art. 5", "Resolution 822" and "26-da" are complete: they count nothing that follows.
    if _abbreviates(ahead) or ahead in BEFORE_NUMBER.get(language, ()):
        return False
    if number[2] and not ORDINAL_ENDING.get(language, ANY).fullmatch(number[2]):
        return False
    return not (before.endswith(".") and word[0].isupper()) or language in ORDINAL_POINT


def _east(piece: str, names: Iterable[str], *, whole_words: bool = True) -> Iterator[str]:
    """A piece cut wherever a line of ideographs may break; katakana write foreign names and stay whole."""
    if EASTERN.search(piece) is None:
        yield piece
        return
    whole = set(_inside(piece, names))
    if whole_words:
        whole.update(at for found in KATAKANA.finditer(piece) for at in range(found.start() + 1, found.end()))
    start, clusters = 0, [found.span() for found in regex.finditer(r"\X", piece)]
    for (first, _), (second, _) in pairwise(clusters):
        if second not in whole and _breaks(piece[first], piece[second]):
            yield piece[start:second] + BREAK
            start = second
    yield piece[start:]


def _inside(piece: str, names: Iterable[str]) -> Iterator[int]:
    """Places where no line may break: inside names, and between a number and what it counts."""
    for found in COUNTED.finditer(piece):
        yield from range(found.start() + 1, found.end())
    for name in names:
        start = piece.find(name)
        while name and start >= 0:
            yield from range(start + 1, start + len(name))
            start = piece.find(name, start + 1)


def _breaks(before: str, after: str) -> bool:
    if not (_eastern(before) or _eastern(after)):
        return False
    if before in NOT_LAST or after in NOT_FIRST or {before, after} & {JOIN, GLUE, NARROW_JOIN}:
        return False
    return not (before == after and before in UNPARTED)


def _eastern(character: str) -> bool:
    return fonts.script(character) in EAST or "\u3000" <= character <= "\u303f" or "！" <= character <= "｠"
