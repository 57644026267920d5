"""Another commemoration than the sample, from `init` to the last post: its files differ, never the code."""

import ast
import io
import json
import re
import time
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from PIL import Image

from scheduler import cli
from scheduler.service import questions, starting
from tests.cli.conftest import the_log_as_it_was  # noqa: F401  (autouse: commands set up the log)
from tests.fakes.mastodon_server import MastodonServer
from tests.fakes.telegram_server import TelegramServer

TODAY = date(2026, 11, 22)
SECRETS = {
    "MASTODON_ES_ACCESS_TOKEN": "canary-flood-token",
    "TELEGRAM_AR_BOT_TOKEN": "123456:canary-flood-bot",
}
GROUND = (16, 58, 74)  # 10, 3A and 4A
PALETTE = '{ink: "#F4F0E8", soft: "#C4D2D6", accent: "#F2B84B", ground: "#103A4A"}'


@dataclass(frozen=True)
class Commemoration:
    """A made-up one, and what arithmetic says of it: UTC times of its posts, its count, its day next year."""

    anniversary: str
    zone: str
    day: date
    dues: dict[str, str]
    count: int
    spanish: str
    day_after: tuple[int, date]


LEAP = Commemoration(
    "1904-02-29",
    "Pacific/Auckland",
    date(2027, 2, 28),  # 2027 has no 29 February
    # Auckland is 13 hours before UTC in its summer: 28 February 10:00 is 27 February 21:00 in UTC.
    {"before": "2027-01-03T21:00:00Z", "day": "2027-02-27T21:00:00Z", "after": "2027-03-05T21:00:00Z"},
    2027 - 1904,
    "29 de febrero de 1904",
    (2028, date(2028, 2, 29)),
)
NEW_YEAR = Commemoration(
    "1911-12-28",
    "America/New_York",
    date(2027, 12, 28),
    # 55 days before is 3 November, in summer time (UTC-4): 10:00 is 14:00 in UTC. From 7 November on it is
    # 15:00. Six days after is 3 January of the next calendar year.
    {"before": "2027-11-03T14:00:00Z", "day": "2027-12-28T15:00:00Z", "after": "2028-01-03T15:00:00Z"},
    2027 - 1911,
    "28 de diciembre de 1911",
    (2028, date(2028, 12, 28)),
)

POSTS = """\
- id: before
  kind: announcement
  author: editor
  when: D-55 10:00
  text:
    es: Dentro de poco recordamos a quienes se llevó el agua.
    ar: بعد أيام نتذكر من أخذتهم المياه.
- id: day
  kind: commemoration
  author: editor
  when: D 10:00
  text:
    es: "{date}. Han pasado {years} años y los recordamos."
    ar: "{date}. مرت {years} سنة ونحن نتذكرهم."
  card: {template: commemoration, title: {es: La crecida del puerto, ar: فيضان الميناء}}
- id: after
  kind: text
  author: editor
  when: D+6 10:00
  text:
    es: Gracias a quienes vinieron.
    ar: شكرا لكل من حضر.
"""


@dataclass(frozen=True)
class Told:
    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


def typed(config, *words):
    out, err, code = io.StringIO(), io.StringIO(), 0
    with redirect_stdout(out), redirect_stderr(err):
        try:
            cli.main(["--config", str(config), *words])
        except SystemExit as leaving:
            code = leaving.code or 0
    assert "in the program itself" not in err.getvalue(), err.getvalue()
    return Told(code, out.getvalue(), err.getvalue())


def begun(folder, one, servers=None):
    """What `init` writes, with the posts, the palette and the accounts that a team would fill in."""
    answers = questions.answered(
        {
            "name": "La crecida del puerto",
            "anniversary": one.anniversary,
            "year": "2027",
            "timezone": one.zone,
            "languages": "es, ar",
            "hashtags": "Crecida, PuertoNunca",
            "channels": "mastodon-es, telegram-ar",
        },
        TODAY,
    )
    starting.start(folder, answers)
    (folder / "posts" / "first.yaml").write_text(POSTS, encoding="utf-8")
    config = folder / "config.yaml"
    text = config.read_text(encoding="utf-8")
    text = text.replace("# cards:\n", "cards:\n").replace("#   palette:", "  palette:")
    text = re.sub(r"palette: \{.*\}", f"palette: {PALETTE}", text)
    if servers is not None:
        mastodon, telegram = servers
        text = text.replace("https://mastodon.example", mastodon.base_url).replace(
            "live: false", "live: true"
        )
        text = text.replace("    # chat: …", f'    chat: "@memory"\n    base_url: {telegram.base_url}')
        lines = "".join(f"{name}={value}\n" for name, value in SECRETS.items())
        (folder / ".env").write_text(lines, encoding="utf-8")
        (folder / ".env").chmod(0o600)
    config.write_text(text, encoding="utf-8")
    return config


@pytest.fixture(scope="module", params=[LEAP, NEW_YEAR], ids=["a leap day", "over New Year"])
def second(request, tmp_path_factory):
    """One campaign that is only looked at, for all tests of it."""
    return request.param, begun(tmp_path_factory.mktemp("second"), request.param)


def test_check_has_nothing_against_it_but_the_languages_without_word_lists(second):
    _, config = second
    told = typed(config, "check", "--json", "--as-of", "2026-12-01")
    assert told.code == 0
    assert {(one["severity"], one["rule"]) for one in told.json} <= {("warning", "wording.not-checked")}


def test_every_post_is_due_when_a_calendar_says_and_bears_the_campaigns_year(second):
    one, config = second
    planned = typed(config, "plan", "--json", "--as-of", "2026-12-01").json
    assert {(each["key"], each["due"]) for each in planned} == {
        (f"2027/{post}/{channel}", due)
        for post, due in one.dues.items()
        for channel in ("mastodon-es", "telegram-ar")
    }


def test_day_and_count_are_written_in_each_language(second):
    one, config = second
    planned = typed(config, "plan", "--json", "--as-of", "2026-12-01").json
    texts = {each["channel"]: each["text"] for each in planned if each["post"] == "day"}
    assert texts["mastodon-es"] == (
        f"{one.spanish}. Han pasado {one.count} años y los recordamos.\n#Crecida #PuertoNunca"
    )
    assert ("فبراير" in texts["telegram-ar"]) == (one is LEAP)
    assert ("ديسمبر" in texts["telegram-ar"]) == (one is NEW_YEAR)
    assert "#Crecida #PuertoNunca" in texts["telegram-ar"]


def test_the_preview_shows_arabic_from_right_to_left_and_nothing_of_another_campaign(second, tmp_path):
    _, config = second
    told = typed(
        config, "preview", "--single-file", "--as-of", "2026-12-01", "-o", str(tmp_path / "page.html")
    )
    assert told.code == 0, told.err
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.count('lang="ar" dir="auto"') >= 3  # the browser takes the direction from the first letter
    assert "La crecida del puerto" in page
    assert not re.search("khojaly|xocalı|baku|azerbaijan(?!i)", page, re.IGNORECASE)


def test_cards_are_in_the_campaigns_own_colours(second):
    _, config = second
    told = typed(config, "cards")
    assert told.code == 0, told.err
    pictures = [
        path for path in (config.parent / "data" / "cards").rglob("*") if path.suffix in (".png", ".jpg")
    ]
    assert pictures
    for path in pictures:
        assert _is_on_its_ground(path.read_bytes())


def test_the_whole_run_up_is_rehearsed(second):
    _, config = second
    told = typed(config, "rehearse", "--json", "--from", "2026-12-01")
    assert (told.code, told.json["published"], told.json["missed"], told.json["held"]) == (0, 6, 0, 0)


def test_the_next_year_has_its_own_day(second):
    one, config = second
    year, day = one.day_after
    told = typed(config, "rollover", "--year", str(year), "--json").json
    assert (told["day"], told["written"]) == (day.isoformat(), False)


@pytest.fixture
def servers():
    with (
        MastodonServer(token=SECRETS["MASTODON_ES_ACCESS_TOKEN"]) as mastodon,
        TelegramServer(token=SECRETS["TELEGRAM_AR_BOT_TOKEN"]) as telegram,
    ):
        yield mastodon, telegram


@pytest.mark.long
def test_it_is_approved_and_published_on_its_own_accounts_once(tmp_path, servers):
    mastodon, telegram = servers
    config = begun(tmp_path, LEAP, servers)
    post = tmp_path / "posts" / "first.yaml"

    def due(moment):
        """In a year's posts one has a date of its own: this one, so that it goes out while the test looks."""
        there = moment.astimezone(ZoneInfo(LEAP.zone))
        text = POSTS.replace("when: D 10:00", f"when: {there:%Y-%m-%d %H:%M:%S}")
        post.write_text(text, encoding="utf-8")

    due(datetime.now(UTC) + timedelta(minutes=1))
    began = time.monotonic()
    approved = typed(config, "approve", "day", "--as", "Ayla", "--yes")
    assert approved.code == 0, approved.err
    # An approval is for a day. Due as soon as this machine can have a scheduler at work.
    due(datetime.now(UTC) + timedelta(seconds=2 + 2 * (time.monotonic() - began)))
    done = typed(config, "run", "--live", "--until-done")
    assert "2027/day/mastodon-es" in done.out, done.err

    [status] = mastodon.published
    assert status.text.startswith("29 de febrero de 1904. Han pasado 123 años")
    assert status.language == "es"
    [(picture, alt)] = status.media
    assert "La crecida del puerto" in alt
    assert _is_on_its_ground(picture)
    [message] = telegram.published
    assert "فبراير" in message.text
    assert message.photo is not None

    typed(config, "run", "--live", "--until-done")
    assert (len(mastodon.published), len(telegram.published)) == (1, 1)
    told = typed(config, "status", "--json").json
    assert told["counts"]["published"] == 2
    assert "canary" not in done.out + done.err + json.dumps(told)


def _is_on_its_ground(picture):
    """Whether a corner has the ground's colour: lit, so lighter, but by the same in red, green and blue."""
    with Image.open(io.BytesIO(picture)) as image:
        red, green, blue = image.convert("RGB").getpixel((3, 3))
    return abs(green - red - (GROUND[1] - GROUND[0])) <= 5 and abs(blue - red - (GROUND[2] - GROUND[0])) <= 5


# -- nothing of the sample stands in the code

PACKAGE = Path(cli.__file__).parents[1]
OF_THE_SAMPLE = re.compile(
    r"khojaly|xocal|aghdam|ağdam|sumgait|sumqayıt|karabakh|qarabağ|armenia|erməni"
    r"|justiceforkhojaly|1992|26 february|02-26",
    re.IGNORECASE,
)
NAMES_OF_LANGUAGES = {"Armenian"}  # and of the script
SAID_AS_AN_EXAMPLE = re.compile(r"such as [^;,]*|, for example [^;,]*")


def words_of(tree):
    """Yield (line, words) for every text in the code that is neither explanation nor example.

    Explanations are docstrings; examples stand in `fires`, `passes` and `examples`, which tests and the pages
    alone read, and behind "such as" in what a person is told.
    """
    left_out = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            left_out.add(id(node.value))
        if isinstance(node, ast.keyword) and node.arg in ("fires", "passes", "examples"):
            left_out |= {id(each) for each in ast.walk(node.value)}
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Example":
            left_out |= {id(each) for each in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in left_out:
            yield node.lineno, SAID_AS_AN_EXAMPLE.sub("", node.value)


def test_no_name_or_day_of_the_sample_stands_in_the_code():
    texts = {path: path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")}
    assert len(texts) > 200
    found = [
        (path.relative_to(PACKAGE).as_posix(), line, words)
        for path, text in texts.items()
        if OF_THE_SAMPLE.search(text)
        for line, words in words_of(ast.parse(text))
        if OF_THE_SAMPLE.search(words) and words not in NAMES_OF_LANGUAGES
    ]
    assert found == []


def test_no_name_or_day_of_the_sample_stands_in_a_template():
    ending = (".html", ".css", ".js", ".j2", ".xml", ".svg")
    templates = [path for path in PACKAGE.rglob("*") if path.suffix in ending]
    assert templates
    comments = re.compile(r"^\s*//.*?$|\{#.*?#\}|<!--.*?-->|/\*.*?\*/", re.MULTILINE | re.DOTALL)
    for path in templates:
        text = comments.sub("", path.read_text(encoding="utf-8"))
        assert OF_THE_SAMPLE.findall(text) == [], path


def test_a_name_in_the_code_would_be_seen():
    tree = ast.parse(
        '"""Khojaly is an example here."""\nA = rule(passes=("Khojaly",))\nTAG = "JusticeforKhojaly"\n'
    )
    assert list(words_of(tree)) == [(3, "JusticeforKhojaly")]
