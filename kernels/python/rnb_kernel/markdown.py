"""Markdown cells: `{expression}` and `{expression:format}` in the prose become the value."""

import ast
import re

from .errors import safe_line
from .places import places

_SIGNIFICANT = re.compile(r"([\\*_{}\[\]<>()#+\-.!|~$&:@^=])")
# Around a place that failed. Nothing is drawn of them, and neither prose nor values bring them (PROTOCOL K13).
_OPEN, _CLOSE = "\u2063", "\u2064"
_DELIMITERS = str.maketrans("", "", _OPEN + _CLOSE)


def fill(source, namespace):
    """`source` with its places filled in, and the first error that the code of one raised, or None.

    Such a place stays as it was written, with its error behind it: who reads the prose sees all the rest of it.
    """
    parts = []
    first_error = None
    position = 0
    for start, end, expression, spec in places(source):
        parts.append(source[position:start].translate(_DELIMITERS))
        code = compile(ast.Expression(expression), "<markdown>", "eval")
        try:
            parts.append(_escape(format(eval(code, namespace), spec)))
        except Exception as error:
            if first_error is None:
                first_error = error
            parts.append(_failed(f"{source[start:end]} {safe_line(error)}"))
        position = end
    parts.append(source[position:].translate(_DELIMITERS))
    return "".join(parts), first_error


def _failed(text):
    return f"{_OPEN}⚠ {_escape(' '.join(text.split()))}{_CLOSE}"


def _escape(text):
    """`text` as prose: a value cannot bring markup, links or line structure of its own."""
    text = _SIGNIFICANT.sub(r"\\\1", text.translate(_DELIMITERS))
    # A backslash would not keep a backtick from ending a code span that a lone one in the prose has begun.
    return text.replace("`", "&#96;").replace("\r", " ").replace("\n", " ")
