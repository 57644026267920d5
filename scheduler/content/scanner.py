"""PyYAML's Python loader, brought to where libyaml stands: `{en: Who was she?}` is text in both."""

import re
from typing import Any

import yaml

# A plain text goes on until a colon before a gap; between brackets a comma or a bracket ends it, too. There
# PyYAML's own scanner also ends it at a question mark, which YAML 1.2 (§7.3.3) and libyaml do not.
_IN_BLOCK = re.compile(r"(?:[^\0 \r\n:]|:(?![\0 \r\n]))+")
_IN_FLOW = re.compile(r"(?:[^\0 \r\n:,\[\]{}]|:(?![\0 \r\n,\[\]{}]))+")


class PythonLoader(yaml.SafeLoader):
    """For texts given as str, and only for their events."""

    def scan_plain(self) -> Any:
        here: Any = self  # the stubs leave out what scanner and reader share
        words: list[str] = []
        gap: list[str] = []
        start = end = here.get_mark()
        pattern = _IN_FLOW if here.flow_level else _IN_BLOCK
        while here.peek() != "#" and (match := pattern.match(here.buffer, here.pointer)):
            here.allow_simple_key = False
            words += [*gap, match[0]]
            here.forward(len(match[0]))
            end = here.get_mark()
            gap = here.scan_plain_spaces(here.indent + 1, start)
            if not gap or (not here.flow_level and here.column <= here.indent):
                break
        return yaml.ScalarToken("".join(words), True, start, end)
