"""The text of a post whose server gives it as HTML."""

import html.parser


class _Words(html.parser.HTMLParser):
    """Collects the text; paragraphs and <br> become line breaks."""

    BREAKS = frozenset({"br", "p", "div", "li", "ul", "ol", "blockquote", "pre"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.BREAKS:
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self.BREAKS:
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def undo(content: str) -> str:
    """A post's HTML as text. Links are shortened for the eye only: their hidden parts are read too."""
    parser = _Words()
    parser.feed(content)
    parser.close()
    return "".join(parser.words).strip()
