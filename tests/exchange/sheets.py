"""A small campaign in two languages to import into, and sheets written as staff's programs write them."""

import csv
import io
from datetime import datetime
from pathlib import Path

from scheduler.service import importing, open_campaign

CONFIG = """\
campaign:
  name: Harbour Flood
  anniversary: 1962-02-17
  year: 2027
  timezone: Asia/Baku
  languages: [en, az]
  hashtags: [HarbourFlood]
  daily_limit: 50
approvals: {default: 0, ledger: 0}
channels:
  m-en: {platform: mastodon, language: en, base_url: "https://mastodon.example", timezone: Europe/London}
  m-az: {platform: mastodon, language: az, base_url: "https://mastodon.example"}
"""

POSTS = """\
# Written by hand; this line stays.
- id: first        # the name
  kind: text
  when: D-1 10:00
  text:
    en: The water came at night.   # from the harbour book
    az: Su gecə gəldi.
  facts: [height]
  priority: 7

- id: second
  kind: announcement
  text: {en: "Join us at the pier, at noon."}
  channels: [m-en]
"""

FACTS = """\
- id: height
  author: keeper
  figure: 4
  unit: metres
  wording: {en: four metres}
  confidence: high
"""


def campaign(folder: Path, posts: str = POSTS) -> Path:
    """The campaign's folder, filled; answers the path of its config.yaml."""
    (folder / "posts/ledger").mkdir(parents=True)
    (folder / "assets/images").mkdir(parents=True)
    (folder / "assets/images/pier.jpg").write_bytes(b"a picture")
    (folder / "assets/images/old harbour, 1961.jpg").write_bytes(b"another picture")
    (folder / "posts/posts.yaml").write_text(posts, encoding="utf-8")
    (folder / "posts/ledger/facts.yaml").write_text(FACTS, encoding="utf-8")
    (folder / "config.yaml").write_text(CONFIG, encoding="utf-8")
    return folder / "config.yaml"


def as_csv(path: Path, *rows, encoding="utf-8", delimiter=","):
    """A CSV file as a spreadsheet program writes it."""
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=delimiter).writerows(rows)
    path.write_bytes(stream.getvalue().encode(encoding))
    return path


def as_xlsx(path: Path, *rows, title="Posts"):
    """A workbook with one sheet."""
    from openpyxl import Workbook

    book = Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def naive(*numbers):
    """A moment as a workbook holds it: without a zone."""
    return datetime(*numbers)  # noqa: DTZ001


def proposed(config: Path, file: Path, **wish):
    """What an import of the file would do."""
    return importing.propose(open_campaign(config, environ={}), importing.Wish(file, **wish))


def imported(config: Path, file: Path, **wish):
    """The import, written. What is wrong with the sheet fails the test."""
    campaigning = open_campaign(config, environ={})
    proposal = importing.propose(campaigning, importing.Wish(file, **wish))
    assert not proposal.faulty, told(proposal)
    importing.write(campaigning, proposal.files)
    return proposal


def told(proposal):
    """Every remark as a person reads it."""
    return [f"{proposal.sheet.place(one)}: {one.message}" for one in proposal.remarks]
