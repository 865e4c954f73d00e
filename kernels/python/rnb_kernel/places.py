"""The `{expression}` and `{expression:format}` places of a Markdown cell."""

from __future__ import annotations

import ast
import re

# Code and formulas come first, so that braces inside them are theirs (`$\\frac{a}{b}$`); `\\{` is a brace. What may
# be looked for in vain from every character on has a bound.
_TOKEN = re.compile(
    r"""
      ^[ ]{0,3}(?P<fence>`{3,}|~{3,})[^\n]*\n(?:.*?\n)??[ ]{0,3}(?P=fence)[`~]*[ \t]*$   # a fenced block
    | ^[ ]{0,3}(?:`{3,}|~{3,}).*\Z                                                       # one that never ends
    | (?P<ticks>`+)(?!`).*?(?<!`)(?P=ticks)(?!`)                                         # a code span
    | \$\$.*?\$\$ | \\\[.{0,2000}?\\\] | \\\(.{0,2000}?\\\)                              # a formula
    | \$(?![\s$])[^$\n]*?(?<![\s\\])\$(?!\d)
    | \\.                                                                                # an escape
    | \{[^{}\n]{0,200}\{[^\n]{0,200}?\}[^{}\n]{0,200}\}                                 # braces in braces
    | (?<![_^\]])\{(?P<field>[^{}\n]{1,500})\}
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
# Each costs a look at all that stands before it.
_MAX_COLONS = 10


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
    colons = [match.start() for match in re.finditer(":", field)]
    ends = [len(field), *colons[:_MAX_COLONS]]
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
