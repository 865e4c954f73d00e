"""The `{name}` and `{name:format}` places of a Markdown cell."""

from __future__ import annotations

import keyword
import re

# Code and formulas come first, so that braces inside them are theirs (`$\\frac{a}{b}$`); `\\{` is a brace.
_TOKEN = re.compile(
    r"""
      ^[ ]{0,3}(?P<fence>`{3,}|~{3,})[^\n]*\n(?:.*?\n)??[ ]{0,3}(?P=fence)[`~]*[ \t]*$   # a fenced block
    | ^[ ]{0,3}(?:`{3,}|~{3,}).*\Z                                                       # one that never ends
    | (?P<ticks>`+)(?!`).*?(?<!`)(?P=ticks)(?!`)                                         # a code span
    | \\.                                                                                # an escape
    | \$\$.*?\$\$                                                                        # a formula
    | \$(?![\s$])[^$\n]*?(?<![\s\\])\$(?!\d)
    | \{(?P<name>[^\W\d]\w*)(?::(?P<format>[^{}\n]*))?\}
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)


def places(text):
    """Yields (start, end, name, format) in order; `format` is empty where none is given."""
    for match in _TOKEN.finditer(text):
        name = match.group("name")
        if name and not keyword.iskeyword(name):
            yield match.start(), match.end(), name, match.group("format") or ""
