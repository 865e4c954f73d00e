"""The `{expression}` and `{expression:format}` places of a Markdown cell, as in an f-string."""

from __future__ import annotations

import ast
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
    | \{(?P<field>[^{}\n]+)\}
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)

# What may stand for a value: `{1, 2}` and `{"note"}` are prose.
_VALUES = (
    ast.Name,
    ast.Attribute,
    ast.Subscript,
    ast.Call,
    ast.BinOp,
    ast.UnaryOp,
    ast.BoolOp,
    ast.Compare,
    ast.IfExp,
    ast.JoinedStr,
)
_NOT_IN_PROSE = (ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr)


def places(text):
    """Yields (start, end, expression, format) in order; `format` is empty where none is given."""
    for match in _TOKEN.finditer(text):
        field = match.group("field")
        if field is None:
            continue
        expression, spec = _split(field)
        if expression is not None:
            yield match.start(), match.end(), expression, spec


def _split(field):
    """The expression and the format of a field; (None, "") where it is no expression."""
    ends = [len(field), *(match.start() for match in re.finditer(":", field))]
    for end in ends:
        try:
            expression = ast.parse(field[:end].strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        return (expression, field[end + 1 :]) if _is_value(expression) else (None, "")
    return None, ""


def _is_value(expression):
    nodes = list(ast.walk(expression))
    return (
        isinstance(expression, _VALUES)
        and any(isinstance(node, ast.Name) for node in nodes)
        and not any(isinstance(node, _NOT_IN_PROSE) for node in nodes)
    )
