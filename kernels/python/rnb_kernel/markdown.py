"""Markdown cells: `{expression}` and `{expression:format}` in the prose become the value."""

import ast
import re

from .errors import safe_line
from .places import places

_SIGNIFICANT = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|~$&:@^=])")


def fill(source, namespace):
    """`source` with its places filled in, and the first error that the code of one raised, or None.

    Such a place stays as it was written, with its error behind it: who reads the prose sees all the rest of it.
    """
    parts = []
    first_error = None
    position = 0
    for start, end, expression, spec in places(source):
        parts.append(source[position:start])
        code = compile(ast.Expression(expression), "<markdown>", "eval")
        try:
            parts.append(_escape(format(eval(code, namespace), spec)))
        except Exception as error:
            if first_error is None:
                first_error = error
            parts.append(_failed(f"{source[start:end]} {safe_line(error)}"))
        position = end
    parts.append(source[position:])
    return "".join(parts), first_error


def _failed(text):
    """A code span that begins with a sign by which it is known; it stays in its line, whatever the text is."""
    text = " ".join(text.split())
    longest = max(map(len, re.findall("`+", text)), default=0)
    ticks = "`" * (longest + 1)
    return f"{ticks}⚠ {text} {ticks}" if text.endswith("`") else f"{ticks}⚠ {text}{ticks}"


def _escape(text):
    """`text` as prose: a value cannot bring markup, links or line structure of its own."""
    return _SIGNIFICANT.sub(r"\\\1", text).replace("\r", " ").replace("\n", " ")
