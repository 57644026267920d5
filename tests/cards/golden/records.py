"""What the golden cards say: a neutral page, nobody's name, in seven languages; the quotation in ten."""

from datetime import date
from zoneinfo import ZoneInfo

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

LANGUAGES = ("en", "az", "ar", "ru", "he", "el", "ja")


def by(*words):
    return dict(zip(LANGUAGES, words, strict=True))


PAGE = Source(title="Campaign page", address="https://campaign.example/page", date=date(2017, 2, 13))
GIVER = by(
    "Azerbaijan's authorities",
    "Azərbaycan rəsmiləri",
    "السلطات الأذربيجانية",
    "власти Азербайджана",
    "רשויות אזרבייג׳ן",
    "οι αρχές του Αζερμπαϊτζάν",
    "アゼルバイジャン当局",
)
COUNTED = (
    (
        "killed",
        613,
        None,
        by("people killed", "öldürülmüş insan", "قتيلًا", "убитых", "הרוגים", "νεκροί", "殺害された人"),
    ),
    ("children", 63, "killed", by("children", "uşaq", "طفلًا", "ребёнка", "ילדים", "παιδιά", "子ども")),
    ("women", 106, "killed", by("women", "qadın", "امرأة", "женщин", "נשים", "γυναίκες", "女性")),
    (
        "elderly",
        70,
        "killed",
        by("elderly", "ahıl insan", "مسنًا", "пожилых людей", "קשישים", "ηλικιωμένοι", "高齢者"),
    ),
    (
        "families",
        8,
        None,
        by(
            "families completely annihilated",
            "tamamilə məhv edilmiş ailə",
            "عائلات أُبيدت بالكامل",
            "полностью уничтоженных семей",
            "משפחות שהושמדו כליל",
            "οικογένειες που ξεκληρίστηκαν",
            "全員が犠牲になった家族",
        ),
    ),
    (
        "both",
        25,
        None,
        by(
            "children lost both parents",
            "hər iki valideynini itirmiş uşaq",
            "طفلًا فقدوا كلا الوالدين",
            "детей потеряли обоих родителей",
            "ילדים שאיבדו את שני הוריהם",
            "παιδιά που έχασαν και τους δύο γονείς",
            "両親を亡くした子ども",
        ),
    ),
    (
        "one",
        130,
        None,
        by(
            "children lost one parent",
            "valideynlərindən birini itirmiş uşaq",
            "طفلًا فقدوا أحد الوالدين",
            "детей потеряли одного из родителей",
            "ילדים שאיבדו הורה אחד",
            "παιδιά που έχασαν τον έναν γονέα",
            "片親を亡くした子ども",
        ),
    ),
    ("wounded", 487, None, by("wounded", "yaralı", "جريحًا", "раненых", "פצועים", "τραυματίες", "負傷者")),
    (
        "hostages",
        1275,
        None,
        by(
            "taken hostage",
            "girov götürülmüş insan",
            "رهينة",
            "взятых в заложники",
            "בני ערובה",
            "όμηροι",
            "人質",
        ),
    ),
    (
        "missing",
        150,
        None,
        by(
            "still missing",
            "hələ də itkin düşmüş insan",
            "مفقودًا حتى اليوم",
            "пропавших без вести",
            "נעדרים עד היום",
            "αγνοούμενοι έως σήμερα",
            "今も行方不明の人",
        ),
    ),
)
WORDS = by(
    "We say their names, year after year, until somebody answers for what was done to them.",
    "Onların adlarını hər il çəkirik: bu əməllərə görə kimsə cavab verənə qədər.",
    "نذكر أسماءهم عامًا بعد عام، حتى يُحاسَب من ارتكب ما حدث في خوجالي (Khojaly) عام 1992.",
    "Мы произносим их имена из года в год, пока кто-нибудь не ответит за то, что с ними сделали.",
    "אנו אומרים את שמותיהם שנה אחר שנה, עד שמישהו ייתן את הדין על מה שנעשה להם.",
    "Λέμε τα ονόματά τους κάθε χρόνο, ώσπου κάποιος να λογοδοτήσει για όσα τους έκαναν.",
    "私たちは毎年その名を呼び続けます。彼らにされたことの責任を誰かが負う日まで。",
) | {
    "fa": "ما سال به سال نام‌هایشان را بر زبان می‌آوریم، تا روزی که کسی پاسخ‌گوی آنچه بر سر آنان آمد باشد.",
    "pl": "Rok po roku wypowiadamy ich imiona, dopóki ktoś nie odpowie za to, co im uczyniono.",
    "zh": "我们年复一年地念出他们的名字，直到有人为他们所遭受的一切承担责任。",
}
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
            names=by(
                "Name Surname",
                "Əsl Ad Şəxsi Soyadı",
                "الاسم واللقب",
                "Имя Фамилия",
                "שם פרטי ושם משפחה",
                "Όνομα Επώνυμο",
                "氏名",
            ),
            role=by(
                "Khojaly witness",
                "Xocalı şahidi",
                "شاهد من خوجالي",
                "свидетель Ходжалы",
                "עד מחוג׳אלי",
                "μάρτυρας από το Χοτζαλί",
                "ホジャリの証人",
            ),
            basis="published-by-campaign",
            sources=(PAGE,),
        )
    },
    quotes={
        "words": Quote(
            id="words",
            words=WORDS["en"],
            institution=by(
                "Justice for Khojaly",
                "Xocalıya Ədalət",
                "العدالة لخوجالي",
                "«Справедливость для Ходжалы»",
                "צדק לחוג׳אלי",
                "Δικαιοσύνη για το Χοτζαλί",
                "ホジャリに正義を",
            )
            | {
                "fa": "عدالت برای خوجالی",
                "pl": "Sprawiedliwość dla Chodżały",
                "zh": "为霍贾利伸张正义",
            },
            date=date(2017, 2, 13),
            sources=(PAGE,),
            translations={
                language: Translation(words, by="a translator", checked_by="a reader")
                for language, words in WORDS.items()
                if language != "en"
            },
        )
    },
    recognitions={
        "body": Recognition(
            id="body",
            body=by(
                "A parliament",
                "Bir parlament",
                "برلمان",
                "Один из парламентов",
                "פרלמנט",
                "Ένα κοινοβούλιο",
                "ある議会",
            ),
            chamber=by(
                "Committee on Foreign Affairs",
                "Xarici İşlər Komitəsi",
                "لجنة الشؤون الخارجية",
                "Комитет по иностранным делам",
                "ועדת החוץ",
                "Επιτροπή Εξωτερικών Υποθέσεων",
                "外務委員会",
            ),
            form=by("Resolution", "Qətnamə", "قرار", "Резолюция", "החלטה", "Ψήφισμα", "決議"),
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
                "Мы просим парламенты прочитать документы и сказать, что из них следует.",
                "אנו מבקשים מהפרלמנטים לקרוא את המסמכים ולומר מה עולה מהם.",
                "Ζητούμε από τα κοινοβούλια να διαβάσουν τα έγγραφα και να πουν τι δείχνουν.",
                "各国の議会に、記録を読み、そこに示されたことを述べるよう求めます。",
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
                "Генеральный секретарь Организации Объединённых Наций",
                "מזכ״ל האומות המאוחדות",
                "Γενικός Γραμματέας των Ηνωμένων Εθνών",
                "国際連合事務総長",
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
        title=by(
            "We remember Khojaly",
            "Xocalını xatırlayırıq",
            "نتذكر خوجالي",
            "Мы помним Ходжалы",
            "זוכרים את חוג׳אלי",
            "Θυμόμαστε το Χοτζαλί",
            "ホジャリを忘れない",
        ),
        date=by(
            "25-26 February 1992",
            "25-26 fevral 1992",
            "25-26 فبراير 1992",
            "25-26 февраля 1992 года",
            "25-26 בפברואר 1992",
            "25-26 Φεβρουαρίου 1992",
            "1992年2月25日・26日",
        ),
    ),
    "dated": Card(
        "dated",
        facts=("killed",),
        date=by(
            "26 February 1992",
            "26 fevral 1992",
            "26 فبراير 1992",
            "26 февраля 1992 года",
            "26 בפברואר 1992",
            "26 Φεβρουαρίου 1992",
            "1992年2月26日",
        ),
        title=by("Khojaly", "Xocalı", "خوجالي", "Ходжалы", "חוג׳אלי", "Χοτζαλί", "ホジャリ"),
        text=by(
            "Counts of the dead differ.",
            "Ölənlərin sayı mənbələrdə fərqlidir.",
            "تختلف أعداد القتلى.",
            "Данные о числе погибших расходятся.",
            "הנתונים על מספר ההרוגים חלוקים.",
            "Οι αριθμοί των νεκρών διαφέρουν.",
            "死者の数は資料により異なる。",
        ),
    ),
    "document": Card("document", quote="words"),
    "recognition": Card("recognition", recognition="body"),
    "letter": Card(
        "letter",
        position="recognition",
        office="un",
        title=by(
            "We ask for recognition",
            "Tanınma istəyirik",
            "نطلب الاعتراف",
            "Мы просим о признании",
            "אנו מבקשים הכרה",
            "Ζητούμε αναγνώριση",
            "私たちは認定を求めます",
        ),
    ),
    "announcement": Card(
        "announcement",
        date=by(
            "26 February, 17:00",
            "26 fevral, saat 17:00",
            "26 فبراير، الساعة 17:00",
            "26 февраля, 17:00",
            "26 בפברואר, 17:00",
            "26 Φεβρουαρίου, 17:00",
            "2月26日 17:00",
        ),
        title=by(
            "A minute of silence",
            "Bir dəqiqəlik sükut",
            "دقيقة صمت",
            "Минута молчания",
            "דקת דומייה",
            "Ενός λεπτού σιγή",
            "一分間の黙祷",
        ),
        text=by(
            "Wherever you are.",
            "Harada olsanız da.",
            "أينما كنتم.",
            "Где бы вы ни были.",
            "בכל מקום שבו תהיו.",
            "Όπου κι αν βρίσκεστε.",
            "どこにいても。",
        ),
    ),
    "commemoration": Card(
        "commemoration",
        title=by(
            "We remember Khojaly",
            "Xocalını xatırlayırıq",
            "نتذكر خوجالي",
            "Мы помним Ходжалы",
            "זוכרים את חוג׳אלי",
            "Θυμόμαστε το Χοτζαλί",
            "ホジャリを忘れない",
        ),
        text=by(
            "{years} years.",
            "{years} il.",
            "{years} عامًا.",
            "{years} лет.",
            "{years} שנים.",
            "{years} χρόνια.",
            "{years}年。",
        ),
    ),
}
CAMPAIGN = Campaign(
    "Justice for Khojaly",
    date(1992, 2, 26),
    2027,
    ZoneInfo("Asia/Baku"),
    ("en", "az", "ar"),
    ("JusticeforKhojaly",),
)
