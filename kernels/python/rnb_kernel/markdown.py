"""Markdown cells: `{name}` and `{name:format}` in the prose become the name's value."""

import builtins
import re

from .places import places

_SIGNIFICANT = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|~$&:@^=])")


def fill(source, namespace):
    """`source` with its places filled in; raises NameError for a name that has no value."""
    parts = []
    position = 0
    for start, end, name, spec in places(source):
        parts.append(source[position:start])
        parts.append(_escape(format(_value(name, namespace), spec or "")))
        position = end
    parts.append(source[position:])
    return "".join(parts)


def _value(name, namespace):
    if name in namespace:
        return namespace[name]
    if hasattr(builtins, name):
        return getattr(builtins, name)
    error = NameError(f"name '{name}' is not defined")
    error.name = name
    raise error


def _escape(text):
    """`text` as prose: a value cannot bring markup, links or line structure of its own."""
    return _SIGNIFICANT.sub(r"\\\1", text).replace("\r", " ").replace("\n", " ")
