"""Markdown cells: `{name}` and `{name:format}` in the prose become the name's value."""

import builtins
import re

# Code is left alone, and so is anything in braces that is not a plain name, as in LaTeX.
_PARTS = re.compile(
    r"(?P<fence>^ {0,3}(?P<mark>`{3,}|~{3,})[^\n]*\n.*?(?:^ {0,3}(?P=mark)[`~]*[ \t]*$|\Z))"
    r"|(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`)"
    r"|(?P<open>\{\{)|(?P<close>\}\})"
    r"|\{(?P<name>[^\W\d]\w*)(?::(?P<format>[^{}\n]*))?\}",
    re.DOTALL | re.MULTILINE,
)
_SIGNIFICANT = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|~$&:@^=])")


def fill(source, namespace):
    """`source` with its places filled in; raises NameError for a name that has no value."""

    def replace(match):
        if match["open"]:
            return "{"
        if match["close"]:
            return "}"
        name = match["name"]
        if name is None:
            return match[0]
        return _escape(format(_value(name, namespace), match["format"] or ""))

    return _PARTS.sub(replace, source)


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
