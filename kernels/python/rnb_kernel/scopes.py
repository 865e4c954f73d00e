"""Which names a piece of Python code makes its own, and whose name a name is (Python's rules, all versions alike)."""

from __future__ import annotations

import ast

COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Scope:
    """`kind` is module, class, function (also for type parameters and lambdas) or comprehension."""

    __slots__ = ("kind", "parent", "module", "private", "own", "globals")

    def __init__(self, kind, parent=None, private=None):
        self.kind = kind
        self.parent = parent
        self.module = parent.module if parent else self
        # The class whose body this is in, for names such as `__x`, which Python rewrites there.
        self.private = private or (parent.private if parent else None)
        self.own = set()
        self.globals = set()

    def mangled(self, name):
        if self.private is None or not name.startswith("__") or name.endswith("__"):
            return name
        stripped = self.private.lstrip("_")
        return f"_{stripped}{name}" if stripped else name

    def owner(self, name):
        """The scope that `name`, as mangled, belongs to when it is used here."""
        scope = self
        while scope.parent is not None:
            if name in scope.globals:
                return self.module
            if name in scope.own and (scope is self or scope.kind != "class"):
                return scope
            scope = scope.parent
        return scope

    def binder(self):
        """Where `:=` binds: comprehensions pass it on to what surrounds them."""
        scope = self
        while scope.kind == "comprehension":
            scope = scope.parent
        return scope


def class_scope(node, parent):
    scope = Scope("class", parent, node.name)
    _fill(scope, node.body)
    scope.own |= {"__module__", "__qualname__"}
    return scope


def function_scope(node, parent):
    """For `def` and `lambda`."""
    scope = Scope("function", parent)
    arguments = node.args
    every = arguments.posonlyargs + arguments.args + arguments.kwonlyargs
    every += [arg for arg in (arguments.vararg, arguments.kwarg) if arg]
    scope.own |= {scope.mangled(arg.arg) for arg in every}
    _fill(scope, node.body if isinstance(node.body, list) else [node.body])
    return scope


def type_scope(node, parent):
    """For `[T]` of a generic function, class or alias; None where there is none."""
    parameters = getattr(node, "type_params", None)
    if not parameters:
        return None
    scope = Scope("function", parent)
    scope.own |= {scope.mangled(parameter.name) for parameter in parameters}
    return scope


def comprehension_scope(node, parent):
    scope = Scope("comprehension", parent)
    for generator in node.generators:
        for target in ast.walk(generator.target):
            if isinstance(target, ast.Name) and isinstance(target.ctx, ast.Store):
                scope.own.add(scope.mangled(target.id))
    return scope


def _fill(scope, body):
    binder = _Binder()
    for node in body:
        binder.visit(node)
    scope.globals = {scope.mangled(name) for name in binder.globals}
    scope.own |= {scope.mangled(name) for name in binder.bound - binder.nonlocals}
    scope.own -= scope.globals


class _Binder(ast.NodeVisitor):
    """Collects what one body binds, without entering the bodies inside it."""

    def __init__(self):
        self.bound = set()
        self.globals = set()
        self.nonlocals = set()
        self.comprehensions = 0

    def visit_Name(self, node):
        # Targets of a comprehension stay inside it.
        if not isinstance(node.ctx, ast.Load) and not self.comprehensions:
            self.bound.add(node.id)

    def visit_NamedExpr(self, node):
        self.bound.add(node.target.id)
        self.visit(node.value)

    def visit_Global(self, node):
        self.globals.update(node.names)

    def visit_Nonlocal(self, node):
        self.nonlocals.update(node.names)

    def visit_alias(self, node):
        if node.name != "*":
            self.bound.add(node.asname or node.name.split(".")[0])

    def visit_ExceptHandler(self, node):
        if node.name:
            self.bound.add(node.name)
        self.generic_visit(node)

    def visit_MatchAs(self, node):
        if node.name:
            self.bound.add(node.name)
        self.generic_visit(node)

    visit_MatchStar = visit_MatchAs

    def visit_MatchMapping(self, node):
        if node.rest:
            self.bound.add(node.rest)
        self.generic_visit(node)

    def visit_FunctionDef(self, node):
        self.bound.add(node.name)
        for child in node.decorator_list + node.args.defaults + node.args.kw_defaults:
            if child is not None:
                self.visit(child)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node):
        self.bound.add(node.name)
        for child in node.decorator_list + node.bases + node.keywords:
            self.visit(child)

    def visit_Lambda(self, node):
        for child in node.args.defaults + node.args.kw_defaults:
            if child is not None:
                self.visit(child)

    def _comprehension(self, node):
        self.comprehensions += 1
        self.generic_visit(node)
        self.comprehensions -= 1

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension
