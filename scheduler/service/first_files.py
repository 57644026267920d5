"""What a new campaign begins with: config.yaml, a first post, an empty ledger, and what editors need."""

import json
import re
from collections.abc import Sequence
from dataclasses import fields
from datetime import date
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

from scheduler import platforms
from scheduler.content import headers, source
from scheduler.errors import CardError, ContentError
from scheduler.model import RECORDS, Channel
from scheduler.platforms.base import variable
from scheduler.service import connecting, first_ledger
from scheduler.service.first_ledger import HOME
from scheduler.service.questions import Answers, NewChannel
from scheduler.text import placeholders

SCHEMAS = HOME / "docs" / "reference" / "schemas"
EDITOR = ".vscode"
START = "run.py"
_PAGE = re.compile(r"(?<![\w/.-])docs/[\w/-]+\.md")
_COLUMN = 38
"""Where comments of config.yaml begin."""


def all_files(answers: Answers) -> dict[str, str]:
    """Every file of a new campaign by its path, config.yaml last: only then there is a campaign."""
    made = {
        "posts/first.yaml": _headed("posts/first.yaml", _first_post(answers)),
        **{
            f"posts/ledger/{kind}.yaml": _headed(f"posts/ledger/{kind}.yaml", text)
            for kind, text in first_ledger.files(answers.languages)
        },
        **around(answers.channels),
    }
    return {**made, "config.yaml": _headed("config.yaml", _config(answers))}


def around(channels: Sequence[NewChannel]) -> dict[str, str]:
    """What stands around a campaign's own files: what starts the program from here, secrets to be filled in,
    and what git and editors need.
    """
    return {
        START: PROGRAM.format(home=str(HOME)),
        ".env.example": _secrets(channels),
        ".gitignore": IGNORED,
        **_for_editors(),
    }


def _headed(path: str, text: str) -> str:
    if _PAGE.search(text):
        text = f"# Pages named docs/… lie in the program's folder, {HOME}\n#\n{text}"
    if not SCHEMAS.is_dir():
        return text
    up, schema = "../" * path.count("/"), headers.schema_of(Path(path))
    return headers.line(f"{up}{headers.FOLDERS[0]}/{schema}.json") + text


# -- config.yaml


def _config(answers: Answers) -> str:
    written = ", ".join(source.quote(tag) for tag in answers.hashtags)
    lines = [
        ("name", source.quote(answers.name), ""),
        ("anniversary", str(answers.anniversary), "the day itself; {years} counts from it"),
        ("year", str(answers.year), _of_year(answers.anniversary)),
        ("start", "D-30", "no free slot is given before this day"),
        ("timezone", answers.timezone, "all times of the plan are in this zone"),
        (
            "languages",
            f"[{', '.join(map(source.quote, answers.languages))}]",
            "the first one is meant where a post says only `text: …`",
        ),
        ("hashtags", f"[{written}]", "of posts that name none themselves; without #"),
    ]
    return CONFIG.format(
        campaign="".join(_line(f"{key}: {value}", note) for key, value, note in lines),
        limits="".join(_line(entry, note) for entry, note in LIMITS),
        first=answers.languages[0],
        channels="\n".join(_channel(one, answers.timezone) for one in answers.channels),
        media=MEDIA if any(_fetches(one.platform) for one in answers.channels) else "",
    )


def _of_year(anniversary: date) -> str:
    """Nothing that is true of one year only: `rollover` changes the number alone."""
    leap = "; 28 February where there is no 29th" if (anniversary.month, anniversary.day) == (2, 29) else ""
    return f"of this run-up; `rollover` takes it to the next{leap}"


def _line(entry: str, note: str, indent: int = 2) -> str:
    start = " " * indent + entry
    return (f"{start.ljust(_COLUMN - 1)} # {note}" if note else start) + "\n"


def _channel(channel: NewChannel, zone: str) -> str:
    kind = platforms.kinds()[channel.platform]
    lines = [
        (f"platform: {channel.platform}", ""),
        (f"language: {source.quote(channel.language)}", ""),
        (f"timezone: {zone}", "the slots below are in this zone"),
        ('slots: ["10:00", "18:00"]', "for posts without a time of their own"),
        ("min_gap: 2h", "the least time between two posts"),
    ]
    if kind.base_url is None:
        lines.append((f"base_url: https://{channel.platform}.example", "the address of your server"))
    page = f"docs/platforms/{channel.platform}.md"
    lines += [
        (f"# {name}: …", f"needed to go live; {page}") for name in kind.destinations if name != "public_media"
    ]
    lines.append(("live: false", "true lets it publish, and then only with --live"))
    return f"  {channel.name}:\n" + "".join(_line(entry, note, 4) for entry, note in lines)


def _fetches(platform: str) -> bool:
    """Whether pictures must stand at a public address for it."""
    return any(option.name == "public_media" for option in fields(platforms.kinds()[platform].options))


LIMITS = (
    ("# quiet:", "windows in which nothing goes out; take away each # to use it"),
    ("#   - D 11:55 .. D 12:05", "around a minute of silence at noon"),
    ("#   - D+1 .. D+2", "two whole days that are others'"),
    ("daily_limit: {default: 1, D: 3}", "posts a day and channel; D is the anniversary"),
    ("grace: 2h", "what could not go out within this time is not sent late"),
)

CONFIG = """\
# The campaign's settings. D is the anniversary day, D-3 three days before it.
# Everything is a rehearsal until a channel says `live: true` AND the program is started with --live.
# Passwords and tokens never stand here but in the file .env beside this one; .env.example says which.

campaign:
{campaign}{limits}
# How many people, none of them the author, must say yes to exactly what will be seen.
approvals: {{default: 1, quote: 2, witness: 2, ledger: 1}}

# Who may say yes. As long as nobody is named here every name counts; name your own team, for example
#   approvers:
#     first-reader: {{languages: [{first}], deputy: second-reader}}
#     second-reader: {{languages: [{first}]}}
approvers: {{}}

channels:
{channels}
{media}# How cards look: take the # away and write your own colours.
# cards:
#   palette: {{ink: "#F4F0E8", soft: "#C9C2B4", accent: "#D8A24A", ground: "#14181F"}}

posts: posts
data: data                            # database, cards, outbox, backups: leave it to the program
store: sqlite
alerts: {{to: []}}
"""

MEDIA = """\
# Instagram and Threads fetch pictures by an address: a folder that a web server shows, and where it shows it.
# public_media:
#   folder: public
#   url: https://pictures.example/campaign

"""


# -- the first post


def _first_post(answers: Answers) -> str:
    spoken = list(dict.fromkeys(one.language for one in answers.channels))
    lines = ["- id: first", "  kind: commemoration", "  author: editor", "  when: D 10:00", "  text:"]
    lines += [f"    {one}: {source.quote(_sentence(answers, one))}" for one in spoken]
    if all(_can_be_drawn(answers.name, one) for one in spoken):
        titles = ", ".join(f"{one}: {source.quote(answers.name)}" for one in spoken)
        lines.append(f"  card: {{template: commemoration, title: {{{titles}}}}}")
    else:
        lines += _without_picture(answers.channels)
    return FIRST.format(first=answers.languages[0]) + "\n".join(lines) + "\n"


def _without_picture(channels: Sequence[NewChannel]) -> list[str]:
    """Where a post without a picture can go; a draft where every platform asks for one."""
    able = [one.name for one in channels if not platforms.kinds()[one.platform].limits.min_images]
    if not able:
        return [
            "  draft: true                         # give it a picture (images: …), then take this line out"
        ]
    return [] if len(able) == len(channels) else [f"  channels: [{', '.join(able)}]"]


def _sentence(answers: Answers, language: str) -> str:
    """The name and the day, which need no grammar: people write the sentences."""
    try:
        placeholders.long_date(answers.anniversary, language)
    except ContentError:
        return f"{answers.name}, {answers.anniversary}."
    return f"{answers.name}, {{date}}."


def _can_be_drawn(name: str, language: str) -> bool:
    """Whether cards speak the language and have every letter of the name."""
    from scheduler.cards import phrases, shape

    try:
        phrases.of(language)
        phrases.day(date(2000, 1, 1), language)
        shape.shape(name, language, shape.Style(shape.Family.SERIF), 40)
    except CardError:
        return False
    return True


FIRST = """\
# A file is a list of posts; each begins with a hyphen. Two spaces at the beginning of a line mean "belongs to
# the line above"; never use the tab key. All fields: docs/reference/posts.md. What to write:
# docs/content-guide.md.
#
# {{years}}, {{ordinal}} and {{date}} are filled in: 35, 35th and the day itself, as each language has them.
# `text: …` alone is in the campaign's first language ({first}). Pictures stand in assets/images.
#
# This post is made of the campaign's name and day alone. Write your own words in its place.

"""


# -- what starts the program

PROGRAM = """\
\"""The command line in this folder: python run.py COMMAND. It starts the program from where that lies.\"""

import os
import sys

PROGRAM = {home!r}

if not os.path.isdir(os.path.join(PROGRAM, "scheduler")):
    print(
        f"The program is not in {{PROGRAM}} any more. Write the folder where it lies now into "
        f"{{os.path.abspath(__file__)}}, in the line that begins with PROGRAM.",
        file=sys.stderr,
    )
    sys.exit(2)
sys.path.insert(0, PROGRAM)

from scheduler.cli import main

if __name__ == "__main__":
    main()
"""


# -- secrets, git, editors

SECRETS = """\
# The secrets of this campaign's accounts. Copy this file to .env, fill in what you have, and show .env to
# nobody (on Linux and macOS: chmod 600 .env). Or let the program ask for each value, try it and write it:
#   python run.py accounts connect CHANNEL
"""


def _secrets(channels: Sequence[NewChannel]) -> str:
    made = SECRETS
    for platform, mine in groupby(sorted(channels, key=lambda one: one.platform), lambda one: one.platform):
        kind, accounts = platforms.kinds()[platform], list(mine)
        made += f"\n# ---- {platform} ----\n" + _where_from(accounts[0])
        for one in accounts:
            made += f"\n# {one.name}\n"
            made += "".join(f"{variable(one.name, secret)}=\n" for secret in kind.secrets)
    return made


_OF_CONFIG = re.compile(
    r"^```.*?^```$"  # blocks, most of them of config.yaml
    r"|^\d+\. In config\.yaml[^\n]*:$"
    r"| \(step \d\)",
    re.DOTALL | re.MULTILINE,
)


def _where_from(channel: NewChannel) -> str:
    """The steps of the platform's page, without what goes into config.yaml."""
    noun = Channel(channel.name, channel.platform, channel.language, ZoneInfo("UTC"))
    steps = _OF_CONFIG.sub("", connecting.steps(noun) + "\n")
    lines = re.sub(r"\n{2,}", "\n", steps).strip().splitlines()
    return "".join(f"# {line}".rstrip() + "\n" for line in lines)


IGNORED = """\
# Secrets, and what the program makes itself.
.env
.tokens.json
.tokens.lock
data/
"""


def _for_editors() -> dict[str, str]:
    """Schemas, and which file has which: with them an editor underlines mistakes and proposes fields."""
    if not SCHEMAS.is_dir():
        return {}
    made = {f"{EDITOR}/schemas/{path.name}": path.read_text(encoding="utf-8") for path in _schema_files()}
    return {**made, f"{EDITOR}/settings.json": settings(headers.FOLDERS[0])}


def _schema_files() -> list[Path]:
    return sorted(SCHEMAS.glob("*.json"))


def settings(folder: str) -> str:
    """.vscode/settings.json for a campaign whose schemas stand in `folder`."""
    files = {"config": "config.yaml", "post": "posts/*.yaml"}
    files |= {kind: f"posts/ledger/{kind}.yaml" for kind in RECORDS}
    told = {
        "yaml.schemas": {f"{folder}/{name}.json": where for name, where in files.items()},
        "[yaml]": {"editor.insertSpaces": True, "editor.tabSize": 2, "editor.wordWrap": "on"},
        "files.encoding": "utf8",
        "files.eol": "\n",
    }
    return json.dumps(told, indent=2) + "\n"
