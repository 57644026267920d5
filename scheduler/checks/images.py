"""Image files: are they there, whose are they, may they be shown, and what do those hear who cannot see."""

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from scheduler.checks import surfaces
from scheduler.checks.context import Case
from scheduler.checks.rules import Rule, rule
from scheduler.model import Finding, Graphic, Ledger, Localised, Media, Picture, Severity
from scheduler.text import normalise

FOLDER = "assets/images"

MISSING = rule(
    "images.missing",
    Severity.ERROR,
    "An image file is not in assets/images.",
    "Put the file there, or correct its name.",
)
UNRECORDED = rule(
    "images.no-record",
    Severity.BLOCKED,
    "An image has no media record: nobody has written down who made it and whether it may be used.",
    "Write a record in posts/ledger/media.yaml.",
)
RIGHTS = rule(
    "images.rights",
    Severity.BLOCKED,
    "A media record names no creator or no rights.",
    "Set `creator` and `rights`.",
)
GRAPHIC = rule(
    "images.graphic",
    Severity.ERROR,
    "An image is marked graphic.",
    "Choose another image; faces of the dead, the wounded or captives are never shown.",
)
MILD = rule(
    "images.mild",
    Severity.BLOCKED,
    "An image is marked mildly graphic, or graphic and allowed for one use.",
    "Choose another image; or two people, neither of them the author, answer with a reason.",
)
IDENTIFIABLE = rule(
    "images.identifiable",
    Severity.ERROR,
    "An image shows children, dead, wounded or captives who can be known again.",
    "Choose another image; nobody's yes lifts this.",
)
UNKNOWN_FACES = rule(
    "images.identifiable-unanswered",
    Severity.BLOCKED,
    "A media record does not say whether children, dead, wounded or captives can be known again.",
    "Look at the image, then write `identifiable: []` into its record, or whom it shows.",
)
MADE_UP = rule(
    "images.ai-people",
    Severity.ERROR,
    "An image made by a machine shows people.",
    "Choose a photograph with its record, or an image without people.",
)
MADE = rule(
    "images.ai",
    Severity.BLOCKED,
    "An image was made by a machine; somebody has to see that it shows no people.",
    "Choose another image; or two people, neither of them the author, answer that it shows nobody.",
)
ALT = rule(
    "images.alt-missing",
    Severity.ERROR,
    "An image has no alt text in a language the post is shown in.",
    "Describe the image in `alt` for each language.",
)
UNANSWERED = rule(
    "images.words-unanswered",
    Severity.BLOCKED,
    "Nobody has said whether words stand in the picture; words in pictures are checked like text.",
    "Write them in `words`, or `words: {}` when there are none.",
)
WORDS = rule(
    "images.words",
    Severity.WARNING,
    "Words stand in the picture.",
    "Compare `words` with the picture, letter by letter.",
)


def findings(case: Case) -> Iterator[Finding]:
    """Every image file the post shows, card backgrounds and link cards' pictures too."""
    for picture, path in surfaces.pictures(case.post):
        yield from _file(case, (*path, "file"), picture.file)
        yield from _described(case, path, picture)
    for card, path in surfaces.cards(case.post):
        for field in ("background", "portrait"):
            if file := getattr(card, field):
                yield from _file(case, (*path, field), file)
    for written, path in surfaces.link_cards(case.post):
        if written.image:
            yield from _file(case, (*path, "image"), written.image)
            yield from _words_in(case, path, written.image, written.words)


def _file(case: Case, path: surfaces.Path, file: str) -> Iterator[Finding]:
    if not exists(case.context.root, file):
        yield case.at(MISSING, path, f"{FOLDER}/{file} does not exist", cause=f"missing:{file}")
        return
    record = record_of(case.context.ledger, file)
    if record is None:
        words = f"'{file}' has no record in posts/ledger/media.yaml"
        yield case.at(UNRECORDED, path, words, cause=f"unrecorded:{file}")
        return
    lacking = [name for name in ("creator", "rights") if not getattr(record, name)]
    if lacking:
        words = f"media record '{record.id}' lacks {' and '.join(lacking)}"
        yield case.at(RIGHTS, path, words, cause=f"rights:{record.id}")
    if record.ai and record.people_shown:
        yield case.at(MADE_UP, path, f"'{file}' was made by a machine and shows people")
    elif record.ai:
        # Invented people have no id that a record could name.
        words = f"'{file}' was made by a machine; two people answer that it shows nobody, or choose another"
        yield case.at(MADE, path, words, cause=_asked(case, MADE, file))
    yield from _faces(case, path, file, record)
    yield from _graphic(case, path, file, record)


def _faces(case: Case, path: surfaces.Path, file: str, record: Media) -> Iterator[Finding]:
    if record.identifiable is None:
        words = f"media record '{record.id}': {UNKNOWN_FACES.remedy}"
        yield case.at(UNKNOWN_FACES, path, words, cause=f"faces:{record.id}")
    elif record.identifiable:
        shown = ", ".join(record.identifiable)
        yield case.at(IDENTIFIABLE, path, f"'{file}' shows {shown} who can be known again; choose another")


def _graphic(case: Case, path: surfaces.Path, file: str, record: Media) -> Iterator[Finding]:
    """The answer of two people is for these very bytes."""
    allowed = record.graphic == "graphic" and isinstance(record.use, Mapping)
    if record.graphic == "graphic" and not allowed:
        yield case.at(GRAPHIC, path, f"'{file}' is marked graphic; choose another image")
    elif record.graphic != "none":
        level = "graphic and allowed for one use" if allowed else "mildly graphic"
        words = f"'{file}' is marked {level}; two people answer for it, or choose another image"
        yield case.at(MILD, path, words, cause=_asked(case, MILD, file))


def _asked(case: Case, asking: Rule, file: str) -> str:
    """The question about these very bytes."""
    return case.question(asking, file, (case.context.root / FOLDER / file).read_bytes())


def exists(root: Path, file: str) -> bool:
    """Whether the file is in assets/images, links resolved; nothing outside the folder counts."""
    folder = (root / FOLDER).resolve()
    try:
        place = (folder / file).resolve()
        return place.is_relative_to(folder) and place.is_file()
    except (OSError, RuntimeError, ValueError):  # a name too long, a circle of links, a NUL in the name
        return False


def record_of(ledger: Ledger, file: str) -> Media | None:
    """The media record of this very file; another folder's picture of the same name has its own."""
    wanted = PurePosixPath(file)
    return next((one for one in ledger.media.values() if PurePosixPath(one.name) == wanted), None)


def made_with_ai(ledger: Ledger, file: str) -> bool:
    """Whether a picture's media record says that a generative program made or changed it."""
    record = record_of(ledger, file)
    return record is not None and record.ai


def graphic(ledger: Ledger, file: str) -> Graphic:
    """What a picture's media record says of it; of one without a record nothing is known."""
    record = record_of(ledger, file)
    return record.graphic if record is not None else "none"


def _described(case: Case, path: surfaces.Path, picture: Picture) -> Iterator[Finding]:
    missing = [language for language in case.languages if normalise.is_blank(picture.alt.get(language, ""))]
    if missing and normalise.is_blank(picture.alt.get("", "")):
        words = f"'{picture.file}' has no alt text in {', '.join(missing)}"
        yield case.at(ALT, (*path, "alt"), words)
    yield from _words_in(case, path, picture.file, picture.words)


def _words_in(case: Case, path: surfaces.Path, file: str, words: Localised) -> Iterator[Finding]:
    if words:
        yield case.at(WORDS, (*path, "words"), f"words stand in '{file}'; compare them with `words`")
    elif ".".join(map(str, (*path, "words"))) not in case.post.spans:
        asked = f"do words stand in '{file}'? write them in words, or words: {{}} when there are none"
        yield case.at(UNANSWERED, path, asked)
