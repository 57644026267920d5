"""A campaign that is posted by hand on one of its two channels, opened at a moment of its run-up."""

from datetime import UTC, datetime

from scheduler.service import exporting, open_campaign
from scheduler.service.exporting import Asked

NOW = datetime(2027, 2, 1, 6, 0, tzinfo=UTC)
"""1 February 2027, 10:00 in Baku (UTC+4)."""

CONFIG = """\
campaign:
  name: Harbour Flood
  anniversary: 1962-02-17
  year: 2027
  timezone: Asia/Baku
  languages: [en, az]
  hashtags: [HarbourFlood]
  daily_limit: 20
approvals: {approvals}
channels:
  m-en:
    {{platform: mastodon, language: en, timezone: Europe/London, base_url: "https://m.org", by_hand: true}}
  m-az: {{platform: mastodon, language: az, base_url: "https://m.example"}}
"""

FLOOD = """\
- id: flood
  kind: text
  author: writer
  when: 2027-02-14 18:00
  text: {en: The water came at night.}
"""


def campaign(folder, posts=FLOOD, approvals="{default: 0, ledger: 0}", **files):
    """Writes it into a folder; `files` are further ones below posts/, named with _ for / and no ending."""
    (folder / "posts").mkdir(parents=True, exist_ok=True)
    (folder / "config.yaml").write_text(CONFIG.format(approvals=approvals), encoding="utf-8")
    write(folder, "posts/posts.yaml", posts)
    for name, text in files.items():
        kind, _, stem = name.partition("_")
        write(folder, f"posts/{kind}/{stem}" + (".md" if kind == "letters" else ".yaml"), text)
    return opened(folder)


def write(folder, name, text):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def opened(folder):
    return open_campaign(folder / "config.yaml", environ={})


def export(campaigning, kind, now=NOW, **more):
    out = more.pop("out", campaigning.config.root / kind)
    return exporting.export(kind, Asked(campaigning, now, out, **more))
