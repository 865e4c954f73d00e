"""
A fingerprint of what code says, the same for sources that differ only in how they are laid out.

It is of the syntax tree without positions: comments, blank lines, the width of indentation, line breaks, the style of
quotes and parentheses that mean nothing are not in there. Docstrings are, since they are values.
"""

import ast
from hashlib import blake2b

_BYTES = 12
_CLOSE = "\x00)"


def code_of_tree(tree, silent):
    """Of Python; `silent` says that a semicolon keeps the last value from being shown."""
    written = ["silent" if silent else "shown"]
    write = written.append
    todo = [tree]
    take = todo.pop
    # `=`, `%` and `#` keep names, constants and what is left out apart; a kind of node has always as many fields.
    while todo:
        part = take()
        kind = part.__class__
        if kind is list:
            write("(")
            todo.append(_CLOSE)
            todo.extend(part[::-1])
        elif kind is str:
            write(part)
        elif kind is ast.Name:
            write("=" + part.id)
        elif kind is ast.Constant:
            write(_constant(part.value))
        elif kind in _FIELDS:
            write(kind.__name__)
            for field in _FIELDS[kind]:
                todo.append(getattr(part, field, None))
        else:
            # None, or a number as the `level` of an import.
            write(f"#{part}")
    return _digest("\x01".join(written))


def code_of_text(text):
    """Of prose, where every character counts."""
    return _digest("text\x01" + text)


def _constant(value):
    # The digits of a huge number cannot be written in decimal.
    return f"%{value:x}" if value.__class__ is int else f"%{value!r}"


def _digest(text):
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_BYTES).hexdigest()


def _fields():
    """For each kind of node, its fields, last first, without `ctx`, which follows from the place."""
    found = {}
    todo = [ast.AST]
    while todo:
        kind = todo.pop()
        todo.extend(kind.__subclasses__())
        found[kind] = tuple(field for field in reversed(kind._fields) if field != "ctx")
    return found


_FIELDS = _fields()
