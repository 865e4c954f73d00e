"""Markdown cells: `{expression}` and `{expression:format}` in the prose become the value."""

import ast
import re

from .places import places

_SIGNIFICANT = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|~$&:@^=])")


def fill(source, namespace):
    """`source` with its places filled in; raises what their code raises."""
    parts = []
    position = 0
    for start, end, expression, spec in places(source):
        parts.append(source[position:start])
        code = compile(ast.Expression(expression), "<markdown>", "eval")
        parts.append(_escape(format(eval(code, namespace), spec)))
        position = end
    parts.append(source[position:])
    return "".join(parts)


def _escape(text):
    """`text` as prose: a value cannot bring markup, links or line structure of its own."""
    return _SIGNIFICANT.sub(r"\\\1", text).replace("\r", " ").replace("\n", " ")
