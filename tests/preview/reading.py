"""Reads a made page back as a tree, the way a browser would."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

_EMPTY = {"meta", "img", "br", "input", "link", "hr"}


@dataclass
class Node:
    tag: str
    attributes: dict
    parent: "Node | None" = None
    children: list = field(default_factory=list)

    def __iter__(self):
        """Itself and everything in it."""
        yield self
        for child in self.children:
            if isinstance(child, Node):
                yield from child

    @property
    def text(self):
        """All its words, without the page's own layout of spaces."""
        return " ".join(self.raw.split())

    @property
    def raw(self):
        return "".join(child if isinstance(child, str) else child.raw for child in self.children)

    @property
    def classes(self):
        return set((self.attributes.get("class") or "").split())

    def all(self, selector):
        """`tag`, `.class` or `tag.class`."""
        tag, _, name = selector.partition(".")
        return [one for one in self if tag in ("", one.tag) and (not name or name in one.classes)]

    def one(self, selector):
        found = self.all(selector)
        assert len(found) == 1, f"{len(found)} of {selector}"
        return found[0]

    def by_id(self, name):
        found = [one for one in self if one.attributes.get("id") == name]
        assert len(found) == 1, f"{len(found)} of #{name}"
        return found[0]


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.root = self.here = Node("", {})

    def handle_starttag(self, tag, attributes):
        node = Node(tag, dict(attributes), self.here)
        self.here.children.append(node)
        if tag not in _EMPTY:
            self.here = node

    def handle_endtag(self, tag):
        assert self.here.tag == tag, f"</{tag}> closes <{self.here.tag}>"
        self.here = self.here.parent

    def handle_data(self, data):
        self.here.children.append(data)


def read(html):
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader.here is reader.root, f"<{reader.here.tag}> is never closed"
    return reader.root
