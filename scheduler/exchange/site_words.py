"""The few words the public pages say by themselves, language by language. `{}` is filled in."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """A language's words. `automated` says who writes the posts, and what a program does."""

    about: str
    sources: str
    recognitions: str
    letter: str
    corrections: str
    automated: str
    by_hand: str
    differ: str
    according_to: str
    others: str
    as_of: str
    source: str
    independent: str
    not_independent: str
    seen: str
    positions: str
    term: str
    no_total: str
    corrects: str
    no_corrections: str
    nothing: str
    accounts: str
    skip: str


ENGLISH = Words(
    about="About these accounts",
    sources="Sources, and counts that differ",
    recognitions="What was said, by whom, in which words",
    letter="Letter",
    corrections="Corrections",
    automated=(
        "The posts are written by people, checked against the sources shown here and approved by "
        "other people. A program publishes them at the times that were set. Nothing is written by"
        " it, and no reply is automatic."
    ),
    by_hand="posted by hand",
    differ="Where sources disagree, every count is shown with who gives it.",
    according_to="According to {}",
    others="Others",
    as_of="As of {}",
    source="Sources",
    independent="independent",
    not_independent="not independent of the campaign or of a party",
    seen="seen on {}",
    positions="What the campaign itself holds",
    term="Term used: {}",
    no_total="These are single texts, each with its own words. No total is drawn from them.",
    corrects="Corrects",
    no_corrections="Nothing has been corrected so far.",
    nothing="Nothing has been released for this page yet.",
    accounts="Accounts",
    skip="To the content",
)

LANGUAGES: Mapping[str, Words] = {
    "en": ENGLISH,
    "az": Words(
        about="Bu hesablar haqqında",
        sources="Mənbələr və fərqlənən saylar",
        recognitions="Kim, nə deyib, hansı sözlərlə",
        letter="Məktub",
        corrections="Düzəlişlər",
        automated=(
            "Paylaşımları insanlar yazır, burada göstərilən mənbələrlə yoxlayır və başqa insanlar "
            "təsdiqləyir. Proqram onları təyin edilmiş vaxtda dərc edir. O heç nə yazmır, avtomatik "
            "cavab da vermir."
        ),
        by_hand="əl ilə dərc olunur",
        differ="Mənbələr fərqli olduqda hər say onu kimin verdiyi ilə birlikdə göstərilir.",
        according_to="Mənbə: {}",
        others="Başqaları",
        as_of="Tarix: {}",
        source="Mənbələr",
        independent="müstəqil",
        not_independent="kampaniyadan və ya tərəfdən müstəqil deyil",
        seen="baxılıb: {}",
        positions="Kampaniyanın öz mövqeyi",
        term="İşlədilən termin: {}",
        no_total="Bunlar ayrı-ayrı mətnlərdir, hər biri öz sözləri ilə. Onlardan ümumi say çıxarılmır.",
        corrects="Düzəldir",
        no_corrections="İndiyədək heç nə düzəldilməyib.",
        nothing="Bu səhifə üçün hələ heç nə təsdiqlənməyib.",
        accounts="Hesablar",
        skip="Məzmuna keç",
    ),
    "tr": Words(
        about="Bu hesaplar hakkında",
        sources="Kaynaklar ve farklı sayılar",
        recognitions="Kim, ne dedi, hangi sözlerle",
        letter="Mektup",
        corrections="Düzeltmeler",
        automated=(
            "Gönderileri insanlar yazar, burada gösterilen kaynaklarla denetler ve başka insanlar "
            "onaylar. Bir program onları belirlenen saatlerde yayımlar. Program hiçbir şey yazmaz, "
            "otomatik yanıt da vermez."
        ),
        by_hand="elle yayımlanır",
        differ="Kaynaklar farklıysa her sayı, onu kimin verdiğiyle birlikte gösterilir.",
        according_to="Kaynak: {}",
        others="Diğerleri",
        as_of="Tarih: {}",
        source="Kaynaklar",
        independent="bağımsız",
        not_independent="kampanyadan ya da taraflardan bağımsız değil",
        seen="görülme: {}",
        positions="Kampanyanın kendi görüşü",
        term="Kullanılan terim: {}",
        no_total="Bunlar ayrı ayrı metinlerdir, her biri kendi sözleriyle. Bunlardan toplam çıkarılmaz.",
        corrects="Düzelttiği",
        no_corrections="Şimdiye kadar hiçbir şey düzeltilmedi.",
        nothing="Bu sayfa için henüz hiçbir şey onaylanmadı.",
        accounts="Hesaplar",
        skip="İçeriğe geç",
    ),
    "ru": Words(
        about="Об этих аккаунтах",
        sources="Источники и расходящиеся данные",
        recognitions="Кто, что и какими словами сказал",
        letter="Письмо",
        corrections="Исправления",
        automated=(
            "Публикации пишут люди, сверяют их с показанными здесь источниками, а другие люди их "
            "утверждают. Программа публикует их в назначенное время. Сама она ничего не пишет и не "
            "отвечает автоматически."
        ),
        by_hand="публикуется вручную",
        differ="Если источники расходятся, каждая цифра показана с тем, кто её приводит.",
        according_to="По данным: {}",
        others="Другие",
        as_of="По состоянию на: {}",
        source="Источники",
        independent="независимый",
        not_independent="не независим от кампании или стороны",
        seen="просмотрено: {}",
        positions="Позиция самой кампании",
        term="Использованный термин: {}",
        no_total="Это отдельные тексты, каждый со своими словами. Общее число из них не выводится.",
        corrects="Исправляет",
        no_corrections="Пока ничего не исправлялось.",
        nothing="Для этой страницы пока ничего не утверждено.",
        accounts="Аккаунты",
        skip="К содержанию",
    ),
    "de": Words(
        about="Über diese Konten",
        sources="Quellen und abweichende Zahlen",
        recognitions="Wer was in welchen Worten gesagt hat",
        letter="Brief",
        corrections="Berichtigungen",
        automated=(
            "Die Beiträge werden von Menschen geschrieben, an den hier gezeigten Quellen geprüft und "
            "von anderen Menschen freigegeben. Ein Programm veröffentlicht sie zur festgelegten Zeit."
            " Es schreibt nichts selbst und antwortet niemandem."
        ),
        by_hand="von Hand veröffentlicht",
        differ="Wo Quellen sich widersprechen, steht jede Zahl da, mit dem, der sie nennt.",
        according_to="Laut {}",
        others="Andere",
        as_of="Stand: {}",
        source="Quellen",
        independent="unabhängig",
        not_independent="nicht unabhängig von der Kampagne oder einer Seite",
        seen="gesehen am {}",
        positions="Was die Kampagne selbst vertritt",
        term="Verwendetes Wort: {}",
        no_total="Das sind einzelne Texte, jeder mit eigenen Worten; gezählt werden sie nicht.",
        corrects="Berichtigt",
        no_corrections="Bisher wurde nichts berichtigt.",
        nothing="Für diese Seite ist noch nichts freigegeben.",
        accounts="Konten",
        skip="Zum Inhalt",
    ),
    "fr": Words(
        about="À propos de ces comptes",
        sources="Sources et chiffres divergents",
        recognitions="Qui a dit quoi, et en quels termes",
        letter="Lettre",
        corrections="Corrections",
        automated=(
            "Les messages sont écrits par des personnes, vérifiés d’après les sources présentées ici "
            "et approuvés par d’autres personnes. Un programme les publie à l’heure fixée. Il n’écrit"
            " rien et ne répond à personne."
        ),
        by_hand="publié à la main",
        differ="Quand les sources divergent, chaque chiffre est donné avec son auteur.",
        according_to="Selon {}",
        others="Autres",
        as_of="Date : {}",
        source="Sources",
        independent="indépendante",
        not_independent="non indépendante de la campagne ou d’une partie",
        seen="consultée le {}",
        positions="Ce que la campagne elle-même soutient",
        term="Terme employé : {}",
        no_total="Ce sont des textes distincts, chacun avec ses mots. Aucun total n’en est tiré.",
        corrects="Corrige",
        no_corrections="Rien n’a été corrigé jusqu’ici.",
        nothing="Rien n’est encore validé pour cette page.",
        accounts="Comptes",
        skip="Aller au contenu",
    ),
    "es": Words(
        about="Sobre estas cuentas",
        sources="Fuentes y cifras que difieren",
        recognitions="Quién dijo qué y con qué palabras",
        letter="Carta",
        corrections="Correcciones",
        automated=(
            "Las publicaciones las escriben personas, las comprueban con las fuentes que aquí se "
            "muestran y otras personas las aprueban. Un programa las publica a la hora fijada. No "
            "escribe nada ni responde a nadie."
        ),
        by_hand="se publica a mano",
        differ="Donde las fuentes difieren, cada cifra aparece con quien la da.",
        according_to="Según {}",
        others="Otras",
        as_of="Fecha: {}",
        source="Fuentes",
        independent="independiente",
        not_independent="no independiente de la campaña o de una parte",
        seen="consultada el {}",
        positions="Lo que sostiene la propia campaña",
        term="Término empleado: {}",
        no_total="Son textos sueltos, cada uno con sus palabras. De ellos no se saca ningún total.",
        corrects="Corrige",
        no_corrections="Hasta ahora no se ha corregido nada.",
        nothing="Todavía no hay nada aprobado para esta página.",
        accounts="Cuentas",
        skip="Ir al contenido",
    ),
    "ar": Words(
        about="عن هذه الحسابات",
        sources="المصادر والأرقام المختلفة",
        recognitions="من قال ماذا وبأي كلمات",
        letter="رسالة",
        corrections="تصحيحات",
        automated=(
            "يكتب المنشورات أشخاص، ويراجعونها على المصادر المعروضة هنا، ويوافق عليها أشخاص آخرون. "
            "وينشرها برنامج في الأوقات المحددة. لا يكتب البرنامج شيئًا ولا يرد على أحد."
        ),
        by_hand="يُنشر يدويًا",
        differ="حيث تختلف المصادر يُعرض كل رقم مع من يذكره.",
        according_to="بحسب {}",
        others="آخرون",
        as_of="التاريخ: {}",
        source="المصادر",
        independent="مستقل",
        not_independent="غير مستقل عن الحملة أو عن أحد الأطراف",
        seen="اطُّلع عليه في {}",
        positions="موقف الحملة نفسها",
        term="المصطلح المستخدم: {}",
        no_total="هذه نصوص منفردة، لكل منها كلماته. ولا يُستخرج منها مجموع.",
        corrects="يصحح",
        no_corrections="لم يُصحَّح شيء حتى الآن.",
        nothing="لم يُعتمد شيء لهذه الصفحة بعد.",
        accounts="الحسابات",
        skip="إلى المحتوى",
    ),
}


def of(language: str) -> tuple[Words, str]:
    """The words and their language; English where there are none yet ("en-GB" takes those of "en")."""
    primary = language.split("-")[0]
    if language in LANGUAGES:
        return LANGUAGES[language], language
    other_script = any(len(tag) == 4 and tag.isalpha() for tag in language.split("-")[1:])
    if primary in LANGUAGES and not other_script:
        return LANGUAGES[primary], language
    return ENGLISH, "en"
