"""Campaign folders for the tests: files by name, read as the program reads them."""

from pathlib import Path

from scheduler import content

LANGUAGES = ("en", "az")


def read(root: Path, **files: str) -> content.Content:
    """`posts` becomes posts/a.yaml, `ledger_facts` posts/ledger/facts.yaml, others posts/NAME.yaml."""
    for name, text in files.items():
        stem = {"posts": "a"}.get(name, name.replace("ledger_", "ledger/"))
        path = root / "posts" / f"{stem}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return content.read(root / "posts", LANGUAGES, root)


def said(found: content.Content) -> list[tuple[str, str, str]]:
    """Place, rule and post of each finding."""
    return [(f"{one.file}:{one.line}:{one.column}", one.rule, one.post or "") for one in found.findings]
