"""Reading our own pages as a person follows them: blocks to type, blocks to write into a file, links."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```\n(?:<!-- exit (\d) -->)?", re.MULTILINE | re.DOTALL)
_TARGET = re.compile(
    r"^# (\S+): (a new file|at the end|instead of what was there|in place of the same key)\n"
)


@dataclass(frozen=True)
class Block:
    """A fenced block; `code` is what its commands exit with, in the order of the page's marks."""

    kind: str
    text: str
    code: int

    def commands(self):
        """Yield (command, the lines the page shows below it)."""
        command, shown = None, []
        for line in self.text.splitlines():
            typed = line.removeprefix("$ ")
            if typed != line or (self.kind == "" and typed.startswith("python run.py")):
                if command:
                    yield command, shown
                command, shown = typed, []
            elif line.strip():
                shown.append(line)
        if command:
            yield command, shown


def blocks(page):
    return [Block(kind, text, int(code or 0)) for kind, text, code in _FENCE.findall(read(page))]


def read(page):
    return (ROOT / page).read_text(encoding="utf-8")


def prose(page):
    """The page without its fenced blocks."""
    return _FENCE.sub("", read(page))


def links(page):
    """Every address of a link or picture on the page."""
    return re.findall(r"\]\(([^)\s]+)\)", prose(page))


def anchors(page):
    """The names its headings get, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def write(block, folder):
    """Do with a YAML block what its first line says; answers the file, or None where it names none."""
    found = _TARGET.match(block.text)
    if found is None:
        return None
    path, how, text = folder / found[1], found[2], block.text[found.end() :]
    if how == "a new file":
        assert not path.exists(), f"{found[1]} is there already"
    elif how == "at the end":
        text = path.read_text(encoding="utf-8") + "\n" + text
    elif how == "instead of what was there":
        assert path.exists(), f"{found[1]} is not there yet"
    else:
        text = _replaced(path.read_text(encoding="utf-8"), text)
    path.write_text(text, encoding="utf-8")
    return path


def _replaced(text, section):
    """The section of the same key, at the same depth, gives way."""
    first = section.splitlines()[0]
    indent = len(first) - len(first.lstrip())
    key = first[: first.index(":") + 1]
    pattern = rf"^{re.escape(key)}[^\n]*\n(?: {{{indent + 1},}}[^\n]*\n)*"
    made, count = re.subn(pattern, lambda _: section, text, flags=re.MULTILINE)
    assert count == 1, f"{key} stands {count} times in the file"
    return made


def matches(pattern, line):
    """Whether a printed line is what the page shows; … stands for anything."""
    return re.fullmatch(re.escape(pattern).replace("…", ".*"), line.strip()) is not None
