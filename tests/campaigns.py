"""Small campaigns of their own for tests: another commemoration than the sample, written into a folder."""

from pathlib import Path
from zoneinfo import ZoneInfo

BAKU = ZoneInfo("Asia/Baku")
SECRETS = {
    "M_EN_ACCESS_TOKEN": "canary-mastodon-token",
    "X_EN_API_KEY": "canary-x-key",
    "X_EN_API_SECRET": "canary-x-secret",
    "X_EN_ACCESS_TOKEN": "canary-x-token",
    "X_EN_ACCESS_SECRET": "canary-x-token-secret",
}

CONFIG = """\
campaign:
  name: Harbour Flood
  anniversary: 1962-02-17
  year: {year}
  timezone: Asia/Baku
  languages: [en]
  hashtags: [HarbourFlood]
  grace: 2h
  daily_limit: 20
approvals: {{default: {approvals}}}
channels:
  m-en: {{platform: mastodon, language: en, base_url: "{mastodon}", live: {live}}}
  x-en: {{platform: x, language: en, base_url: "{x}", live: {live}}}
"""

POST = """\
- id: {id}
  kind: announcement
  when: {when}
  text: {{en: "{text}"}}
  warning: {{en: Loss of life}}
  card: {{template: plain, title: {{en: The night of the flood}}, text: {{en: We remember.}}}}
  author: {author}
"""


def write(
    folder: Path,
    posts: str,
    *,
    mastodon: str = "https://mastodon.example",
    x: str = "https://x.example",
    live: bool = False,
    approvals: int = 0,
    year: int = 2027,
    secrets: bool = True,
) -> Path:
    """A campaign folder; answers the path of its config.yaml."""
    (folder / "posts").mkdir(parents=True, exist_ok=True)
    config = folder / "config.yaml"
    config.write_text(
        CONFIG.format(
            mastodon=mastodon, x=x, live="true" if live else "false", approvals=approvals, year=year
        ),
        encoding="utf-8",
    )
    (folder / "posts" / "posts.yaml").write_text(posts, encoding="utf-8")
    if secrets:
        lines = "".join(f"{name}={value}\n" for name, value in SECRETS.items())
        (folder / ".env").write_text(lines, encoding="utf-8")
        (folder / ".env").chmod(0o600)
    return config


def at(moment):
    """A moment as a post's `when`, in the campaign's zone, to the second."""
    return f"{moment.astimezone(BAKU):%Y-%m-%d %H:%M:%S}"


def post(name, when, text="The water came at night. We remember those it took.", author="editor"):
    return POST.format(id=name, when=when, text=text, author=author)
