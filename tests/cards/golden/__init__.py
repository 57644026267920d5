"""Golden images: one small picture per template, shape and language, compared as an eye would.

`python -m tests.cards.golden --update` draws them anew; nothing else ever changes them. What differs is shown
side by side on a page whose path the failing test names.
"""

import html
import io
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from PIL import Image, ImageChops, ImageFilter

from scheduler import cards
from scheduler.model import (
    Campaign,
    Card,
    Fact,
    Ledger,
    Media,
    Office,
    OtherCount,
    Person,
    Position,
    Quote,
    Recognition,
    Source,
    Translation,
)

FOLDER = Path(__file__).parent
ROOT = Path(__file__).parents[3]
LANGUAGES = ("en", "az", "ar")
WIDE = {"4:5": 240, "1:1": 240, "16:9": 352, "9:16": 198}
"""Width of a golden image in pixels, by shape."""

TILE = 12
TOLERANCE = 7.0
"""The metric: both pictures are brought to the golden's size and blurred by one pixel; the difference is the
greatest mean of |a - b| over the three channels (0..255) in any tile of 12 × 12 pixels. Another processor's
rounding moves single levels, a tile's mean by less than one; stored pictures keep six bits a channel, which
is two more at most. A line of small type gone, or one moved by two of these pixels, is above ten."""

LEVELS = [value & 0xFC | 2 for value in range(256)] * 3


def by(en, az, ar):
    return {"en": en, "az": az, "ar": ar}


PAGE = Source(title="Campaign page", address="https://campaign.example/page", date=date(2017, 2, 13))
GIVER = by("Azerbaijan's authorities", "Azərbaycan rəsmiləri", "السلطات الأذربيجانية")
COUNTED = (
    ("killed", 613, None, by("people killed", "öldürülmüş insan", "قتيلًا")),
    ("children", 63, "killed", by("children", "uşaq", "طفلًا")),
    ("women", 106, "killed", by("women", "qadın", "امرأة")),
    ("elderly", 70, "killed", by("elderly", "ahıl insan", "مسنًا")),
    (
        "families",
        8,
        None,
        by("families completely annihilated", "tamamilə məhv edilmiş ailə", "عائلات أُبيدت بالكامل"),
    ),
    (
        "both",
        25,
        None,
        by("children lost both parents", "hər iki valideynini itirmiş uşaq", "طفلًا فقدوا كلا الوالدين"),
    ),
    (
        "one",
        130,
        None,
        by("children lost one parent", "valideynlərindən birini itirmiş uşaq", "طفلًا فقدوا أحد الوالدين"),
    ),
    ("wounded", 487, None, by("wounded", "yaralı", "جريحًا")),
    ("hostages", 1275, None, by("taken hostage", "girov götürülmüş insan", "رهينة")),
    ("missing", 150, None, by("still missing", "hələ də itkin düşmüş insan", "مفقودًا حتى اليوم")),
)
WORDS = by(
    "We say their names, year after year, until somebody answers for what was done to them.",
    "Onların adlarını hər il çəkirik: bu əməllərə görə kimsə cavab verənə qədər.",
    "نذكر أسماءهم عامًا بعد عام، حتى يُحاسَب من ارتكب ما حدث في خوجالي (Khojaly) عام 1992.",
)
LEDGER = Ledger(
    facts={
        name: Fact(
            id=name,
            figure=figure,
            part_of=whole,
            label=label,
            wording=label,
            according_to=GIVER,
            others=(OtherCount("Human Rights Watch", 161),) if name == "killed" else (),
            sources=(PAGE,),
        )
        for name, figure, whole, label in COUNTED
    },
    # Nobody's name: these pictures are kept and shown around.
    people={
        "nobody": Person(
            id="nobody",
            names=by("Name Surname", "Əsl Ad Şəxsi Soyadı", "الاسم واللقب"),
            role=by("Khojaly witness", "Xocalı şahidi", "شاهد من خوجالي"),
            basis="published-by-campaign",
            sources=(PAGE,),
        )
    },
    quotes={
        "words": Quote(
            id="words",
            words=WORDS["en"],
            institution=by("Justice for Khojaly", "Xocalıya Ədalət", "العدالة لخوجالي"),
            date=date(2017, 2, 13),
            sources=(PAGE,),
            translations={
                language: Translation(WORDS[language], by="a translator", checked_by="a reader")
                for language in ("az", "ar")
            },
        )
    },
    recognitions={
        "body": Recognition(
            id="body",
            body=by("A parliament", "Bir parlament", "برلمان"),
            chamber=by("Committee on Foreign Affairs", "Xarici İşlər Komitəsi", "لجنة الشؤون الخارجية"),
            form=by("Resolution", "Qətnamə", "قرار"),
            date=date(2012, 2, 1),
            term_used="genocide",
            text_address="https://parliament.example/text",
        )
    },
    positions={
        "recognition": Position(
            id="recognition",
            wording=by(
                "We ask parliaments to read the record and to say what it shows.",
                "Parlamentlərdən sənədləri oxumağı və onların göstərdiyini deməyi xahiş edirik.",
                "نطلب من البرلمانات أن تقرأ السجل وأن تقول ما يبيّنه.",
            ),
            whose="Justice for Khojaly",
        )
    },
    offices={
        "un": Office(
            id="un",
            office=by(
                "Secretary-General of the United Nations",
                "Birləşmiş Millətlər Təşkilatının Baş katibi",
                "الأمين العام للأمم المتحدة",
            ),
        )
    },
    media={
        "ground": Media(
            id="ground",
            file="assets/images/ridges.jpg",
            creator="A photographer",
            people_shown=("nobody",),
            focal=(0.5, 0.5),
        )
    },
)
CARDS = {
    "witness": Card("witness", person="nobody", background="dawn.jpg"),
    "witness-portrait": Card("witness", person="nobody", portrait="ridges.jpg"),
    "quote": Card("quote", quote="words", background="ridges.jpg"),
    "figures": Card(
        "figures",
        facts=tuple(name for name, *_ in COUNTED),
        title=by("We remember Khojaly", "Xocalını xatırlayırıq", "نتذكر خوجالي"),
        date=by("25-26 February 1992", "25-26 fevral 1992", "25-26 فبراير 1992"),
    ),
    "dated": Card(
        "dated",
        facts=("killed",),
        date=by("26 February 1992", "26 fevral 1992", "26 فبراير 1992"),
        title=by("Khojaly", "Xocalı", "خوجالي"),
        text=by("Counts of the dead differ.", "Ölənlərin sayı mənbələrdə fərqlidir.", "تختلف أعداد القتلى."),
    ),
    "document": Card("document", quote="words"),
    "recognition": Card("recognition", recognition="body"),
    "letter": Card(
        "letter",
        position="recognition",
        office="un",
        title=by("We ask for recognition", "Tanınma istəyirik", "نطلب الاعتراف"),
    ),
    "announcement": Card(
        "announcement",
        date=by("26 February, 17:00", "26 fevral, saat 17:00", "26 فبراير، الساعة 17:00"),
        title=by("A minute of silence", "Bir dəqiqəlik sükut", "دقيقة صمت"),
        text=by("Wherever you are.", "Harada olsanız da.", "أينما كنتم."),
    ),
    "commemoration": Card(
        "commemoration",
        title=by("We remember Khojaly", "Xocalını xatırlayırıq", "نتذكر خوجالي"),
        text=by("{years} years.", "{years} il.", "{years} عامًا."),
    ),
}
CAMPAIGN = Campaign(
    "Justice for Khojaly",
    date(1992, 2, 26),
    2027,
    ZoneInfo("Asia/Baku"),
    LANGUAGES,
    ("JusticeforKhojaly",),
)
CASES = [(name, shape, language) for name in CARDS for shape in cards.SHAPES for language in LANGUAGES]


def path_of(name, shape, language):
    return FOLDER / f"{name}-{shape.replace(':', 'x')}-{language}.png"


def drawn(name, shape, language):
    """The card as it is drawn today, at the golden's size."""
    request = cards.request(
        CARDS[name],
        ledger=LEDGER,
        language=language,
        campaign=CAMPAIGN,
        hashtags=CAMPAIGN.hashtags,
        cleared=True,
        root=ROOT,
    )
    size = cards.SHAPES[shape]
    with Image.open(io.BytesIO(cards.draw(request, size, ROOT).data)) as image:
        return image.resize((WIDE[shape], round(WIDE[shape] * size[1] / size[0])), Image.Resampling.BOX)


def difference(one, other):
    """The metric that TOLERANCE is for; pictures of other sizes differ without end."""
    if one.size != other.size:
        return float("inf")
    blur = ImageFilter.GaussianBlur(1)
    apart = ImageChops.difference(one.convert("RGB").filter(blur), other.convert("RGB").filter(blur))
    grey = Image.merge("RGB", apart.split()).convert("L", (1 / 3, 1 / 3, 1 / 3, 0))
    tiles = (-(-grey.width // TILE), -(-grey.height // TILE))
    return grey.resize(tiles, Image.Resampling.BOX).getextrema()[1]


def update():
    """Every golden image anew; one that no card has any more goes."""
    for old in set(FOLDER.glob("*.png")) - {path_of(*case) for case in CASES}:
        old.unlink()
    for case in CASES:
        drawn(*case).point(LEVELS).save(path_of(*case), optimize=True)


def page(differing, folder):
    """A page with golden, today's and their difference side by side, for [(case, image, how much)]."""
    rows = []
    for case, image, much in differing:
        name = path_of(*case).stem
        golden = Image.open(path_of(*case)).convert("RGB") if path_of(*case).exists() else None
        image.save(folder / f"{name}-now.png")
        cells = [f'<td><img src="{name}-now.png"><br>now</td>']
        if golden is not None and golden.size == image.size:
            golden.save(folder / f"{name}-golden.png")
            ImageChops.difference(golden, image).point(lambda v: min(255, v * 6)).save(
                folder / f"{name}-apart.png"
            )
            cells.insert(0, f'<td><img src="{name}-golden.png"><br>golden</td>')
            cells.append(f'<td><img src="{name}-apart.png"><br>difference × 6</td>')
        rows.append(f"<tr><th>{html.escape(name)}<br>{much:.1f}</th>{''.join(cells)}</tr>")
    target = folder / "differences.html"
    target.write_text(f"<!doctype html><meta charset=utf-8><table>{''.join(rows)}</table>", encoding="utf-8")
    return target
