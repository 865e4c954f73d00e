"""Which modules a piece of code may import, told from its source alone, in bodies that run later too."""

import ast

# Fields that hold statements, or what holds statements.
_BODIES = ("body", "orelse", "finalbody", "handlers", "cases")

# What imports a module by a name given as text.
_BY_TEXT = ("import_module", "__import__")


def imports_of(tree, source):
    """
    Sorted dotted names. Of `from a import b` both `a` and `a.b`, since `b` may be a module; those relative to the
    package of the file begin with dots.
    """
    found = set()
    todo = list(tree.body)
    while todo:
        node = todo.pop()
        kind = node.__class__
        if kind is ast.Import:
            found.update(alias.name for alias in node.names)
        elif kind is ast.ImportFrom:
            _add_from(node, found)
        else:
            for field in _BODIES:
                # A lambda or a conditional expression has a body too, which is no list.
                inner = getattr(node, field, None)
                if inner.__class__ is list:
                    todo += inner
    if any(name in source for name in _BY_TEXT):
        found.update(name for node in ast.walk(tree) for name in _named_by_text(node))
    return sorted(found)


def _add_from(node, found):
    base = "." * node.level + (node.module or "")
    if node.module:
        found.add(base)
    joint = "" if base.endswith(".") else "."
    found.update(f"{base}{joint}{alias.name}" for alias in node.names if alias.name != "*")
    if node.level and not node.module and any(alias.name == "*" for alias in node.names):
        found.add(base)


def _named_by_text(node):
    if not isinstance(node, ast.Call) or not node.args:
        return
    function, name = node.func, node.args[0]
    called = function.id if isinstance(function, ast.Name) else getattr(function, "attr", None)
    if called in _BY_TEXT and isinstance(name, ast.Constant) and isinstance(name.value, str):
        yield name.value
