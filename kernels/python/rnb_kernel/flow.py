"""
What running a piece of Python reads, binds and changes, followed along its control flow.

One `Flow` walks the cell as Python would run it and keeps, at each point, the set of names that are *settled*: bound or
deleted on every path from the top, so that what stood above the cell can no longer be seen through them. A read of a
name that is not settled is a read from outside. Branches are walked from the same state and joined by intersection; a
path that ends (`raise`, `return`, `break`) does not count in a join.

A function's body runs later, against the names of its caller. It is walked by a Flow of its own, and what it finds goes
to the names that the statement binds. Python cannot tell who calls a function, so reading a function's name counts as
calling it.

A change in place matters to the name whose *object* is changed, so the walk also keeps which names may share objects
(sharing.py).

It knows Python only: not what other cells define, nor what are builtins.
"""

from __future__ import annotations

import ast
import sys
from contextlib import contextmanager

from . import mutators, names_in_text
from .scopes import Scope, class_scope, comprehension_scope, function_scope, type_scope
from .sharing import HOLDS, PART, Sharing, held, parts
from .use import Use

# What gives the names of the notebook as a dict, or at top level does.
_NAMESPACES = ("globals", "locals", "vars", "dir")

LAZY_ANNOTATIONS = sys.version_info >= (3, 14)


class _Binding:
    """One top-level statement, or the head of a compound one: what it binds, and what the bound values are made from."""

    __slots__ = ("names", "changed", "sources", "later", "bodies")

    def __init__(self):
        self.names = set()
        self.changed = set()
        self.sources = set()
        self.later = Use()
        # Lambdas outside of any call: they run now only if nothing keeps them.
        self.bodies = []


class _Changing:
    """Which arguments a function of the cell changes in place."""

    __slots__ = ("_positions", "_changed")

    def __init__(self, arguments, scope, keys):
        self._positions = [arg.arg for arg in arguments.posonlyargs + arguments.args]
        # Parameter → whether what it is called with is itself changed, and whether something inside it is.
        self._changed = {}
        named = self._positions + [arg.arg for arg in arguments.kwonlyargs]
        for (owner, name), inside in keys:
            if owner is scope and name in named:
                self._changed.setdefault(name, set()).add(inside)

    def arguments_of(self, call):
        """(expression, whether it is something inside it) of what this call changes."""
        given = []
        for name, argument in zip(self._positions, call.args):
            if isinstance(argument, ast.Starred):
                break
            given.append((name, argument))
        given += [(keyword.arg, keyword.value) for keyword in call.keywords]
        return [(argument, inside) for name, argument in given for inside in self._changed.get(name, ())]


class Flow(ast.NodeVisitor):
    """`outer` for bodies that run when called; otherwise the walk is of the cell's top level."""

    def __init__(self, module, annotations, outer=None):
        self.use = Use()
        # (line, what) of each place that may read names which cannot be told from the code.
        self.unseen = outer.unseen if outer else set()
        # Key of a function of this cell → which of its parameters it changes in place.
        self._functions = outer._functions if outer else {}
        # Key of a name → the texts that it is bound to in this cell, as far as they are written out.
        self._texts = outer._texts if outer else {}
        self.deferred = {}
        self.carries = {}
        self._module = module
        self._scope = module
        # One of `now`, `lazy`, `never`: when annotations are evaluated.
        self._annotations = annotations
        # Whether bodies of functions are walked in place: here everything has already been told apart.
        self._in_place = outer is not None
        self._settled = set()
        self._ended = False
        self._breaks = []
        self._returns = []
        self._binding = None
        self._calls = 0
        self._called = set()
        self._sharing = Sharing(self._key, self._is_outside)
        # Names of the notebook that imports bind.
        self._imported = set()
        self._subject = []

    @classmethod
    def of_module(cls, tree):
        future = any(
            isinstance(node, ast.ImportFrom)
            and node.module == "__future__"
            and any(alias.name == "annotations" for alias in node.names)
            for node in tree.body
        )
        flow = cls(Scope("module"), "never" if future else "lazy" if LAZY_ANNOTATIONS else "now")
        flow._walk(tree.body)
        flow._finish()
        return flow

    # Names

    def _key(self, name, scope=None):
        scope = scope or self._scope
        name = scope.mangled(name)
        return scope.owner(name), name

    def _read(self, name, mentioned=False):
        owner, name = self._key(name)
        if owner.kind == "class" and (owner, name) not in self._settled:
            # Until the class body has bound it, the name means what it means around the class.
            owner = owner.parent.owner(name)
        if owner is not self._module or (name == "__class__" and self._scope.private):
            return
        if self._binding:
            self._binding.sources.add(name)
        if self._is_outside((owner, name)):
            (self.use.mentions if mentioned else self.use.reads).add(name)
        self._call(name)

    def _is_outside(self, key):
        return not self._ended and key not in self._settled

    def _call(self, name):
        """Counts what `name`'s value may do, when called now, as done by the cell."""
        todo = [name]
        while todo:
            name = todo.pop()
            if name in self._called:
                continue
            self._called.add(name)
            todo.extend(self.carries.get(name, ()))
            use = self.deferred.get(name)
            if use is None:
                continue
            for read in use.reads:
                if self._is_outside((self._module, read)):
                    self.use.reads.add(read)
                todo.append(read)
            for mention in use.mentions:
                if self._is_outside((self._module, mention)):
                    self.use.mentions.add(mention)
                todo.append(mention)
            self.use.defines |= use.defines
            for changed in use.mutates:
                self._change_key((self._module, changed), False)

    def _bind(self, name, scope=None):
        key = owner, name = self._key(name, scope)
        if owner is self._module:
            self.use.defines.add(name)
            if self._binding:
                self._binding.names.add(name)
        self._settled.add(key)
        self._functions.pop(key, None)

    def _assign(self, target, roots, value=None):
        """Binds a target to a value that has these roots; `value` is its expression, where it has one."""
        if isinstance(target, ast.Name):
            self._sharing.share(self._key(target.id), roots)
            self._bind(target.id)
            self._note_text(target.id, value)
        elif isinstance(target, ast.Starred):
            self._assign(target.value, [(key, HOLDS) for key, _ in roots])
        elif self._is_namespace_item(target):
            self._bind_by_text(target)
        elif isinstance(target, (ast.Tuple, ast.List)):
            pairs = _paired(target, value)
            if pairs:
                for element, part in pairs:
                    self._assign(element, self._sharing.roots(part), part)
            else:
                for element in target.elts:
                    self._assign(element, parts(roots))
        else:
            self._visit_place(target)
            self._change(target.value)

    def _visit_place(self, target):
        self.visit(target.value)
        if isinstance(target, ast.Subscript):
            self.visit(target.slice)

    # Names that are given as text

    def _is_namespace(self, node):
        """`globals()`, and at top level what is the same there."""
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.args or node.keywords:
            return False
        name = node.func.id
        if name not in _NAMESPACES or self._key(name)[0] is not self._module or not self._is_builtin(name):
            return False
        return name == "globals" or self._scope.kind == "module"

    def _is_builtin(self, name):
        return name not in self.use.defines and self._is_outside((self._module, name))

    def _is_namespace_item(self, node):
        return isinstance(node, ast.Subscript) and self._is_namespace(node.value)

    def _bind_by_text(self, item):
        """`globals()['x'] = …`; what another key binds is found when it runs."""
        self.visit(item.slice)
        name = _text(item.slice)
        if name is not None:
            self._bind(name, self._module)

    def visit_Subscript(self, node):
        name = _text(node.slice)
        if name is not None and self._is_namespace_item(node):
            self._read_global(name)
        else:
            self.generic_visit(node)

    def _read_global(self, name):
        outer = self._scope
        self._scope = self._module
        self._read(name)
        self._scope = outer

    def _visit_namespace_call(self, node):
        """Whether it is a call that is understood: `globals().get('x')`, `globals().update(…)`, `eval('x + 1')`."""
        function = node.func
        names = names_in_text.read_through(node, self._is_namespace, self._text_of)
        if names is not None:
            for name in names:
                self._read_global(name)
            for part in [function, *node.args, *(keyword.value for keyword in node.keywords)]:
                if not self._is_namespace(part):
                    self.visit(part)
            return True
        if isinstance(function, ast.Attribute) and self._is_namespace(function.value):
            name = _text(node.args[0]) if node.args else None
            if function.attr == "get" and name is not None:
                self._read_global(name)
            elif function.attr != "update":
                return False
            for argument in node.args + [keyword.value for keyword in node.keywords]:
                self.visit(argument)
            return True
        if self._is_namespace(node):
            self._note_unseen(node, f"{function.id}()")
        elif isinstance(function, ast.Name) and function.id in ("eval", "exec") and self._is_builtin(function.id):
            return self._visit_code(node, function.id)
        return False

    def _visit_code(self, node, name):
        if not node.args or len(node.args) + len(node.keywords) > 1:
            # It runs with a namespace of its own; where that is globals() this says so.
            return False
        text = _text(node.args[0])
        try:
            body = None if text is None else ast.parse(text.lstrip(" \t"), mode=name).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
        if body is None:
            if not isinstance(node.args[0], ast.Constant):
                self._note_unseen(node, f"{name}()")
            return False
        self.visit(node.func)
        if name == "eval":
            self.visit(body)
        elif self._scope.kind == "module" and not self._in_place:
            for statement in body:
                self.visit(statement)
        else:
            # What it binds stays within.
            for part in ast.walk(ast.Module(body, [])):
                if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load):
                    self._read(part.id)
        return True

    def _note_unseen(self, node, what):
        self.unseen.add((node.lineno, what))

    def _note_text(self, name, value):
        text = names_in_text.text_of(value, lambda _: None)
        if text is not None:
            key = self._key(name)
            self._texts.setdefault(key, []).append(text)
            if self._binding and key[0] is self._module:
                self._binding.later.mentions |= names_in_text.kept(text)

    def _text_of(self, node):
        return names_in_text.text_of(node, lambda name: "\n".join(self._texts.get(self._key(name), ())) or None)

    # Changes in place

    def _change(self, node, inside=False):
        """The value of an expression is changed in place, or something inside it."""
        for key, kind in self._sharing.roots(node):
            if inside or kind != HOLDS:
                self._change_key(key, inside or kind == PART)

    def _change_key(self, key, inside):
        owner, name = key
        if owner is self._module and self._binding:
            self._binding.changed.add(name)
        self._sharing.change(key, inside)

    def changed_outside(self):
        """
        (key, whether it is something inside it) of what is changed in place and came from outside, or as a parameter.
        """
        return self._sharing.changed_outside()

    def patched_modules(self):
        """Names that the cell imports and whose module, or something inside it, it changes in place."""
        changed = self._sharing.changed()
        return {name for (owner, name), _ in changed if owner is self._module and name in self._imported}

    # Control flow

    def _walk(self, body):
        for statement in body:
            if isinstance(statement, _COMPOUND):
                self.visit(statement)
            else:
                with self._unit():
                    self.visit(statement)

    def _finish(self):
        # What one path leaves alone is passed through from above.
        self.use.reads |= {name for name in self.use.defines if self._is_outside((self._module, name))}
        self.use.mutates |= {key[1] for key, _ in self.changed_outside() if key[0] is self._module}
        self.use.reads |= self.use.mutates

    @contextmanager
    def _unit(self):
        """What is visited inside makes up one binding, except inside another or in a body."""
        if self._binding or self._in_place:
            yield
            return
        binding = self._binding = _Binding()
        yield
        self._binding = None
        for name in binding.names | binding.changed:
            if binding.later:
                self.deferred.setdefault(name, Use()).add(binding.later)
            if binding.sources:
                self.carries.setdefault(name, set()).update(binding.sources)
            self._called.clear()
        if not binding.names:
            for walk in binding.bodies:
                self._run_in_place(walk)

    def _state(self):
        return set(self._settled), self._ended

    def _go_on_from(self, state):
        self._settled, self._ended = set(state[0]), state[1]

    def _join(self, states):
        alive = [settled for settled, ended in states if not ended]
        if alive:
            self._settled, self._ended = set.intersection(*map(set, alive)), False
        else:
            self._ended = True

    @contextmanager
    def _maybe(self):
        """What is visited inside may not happen."""
        before = self._state()
        yield
        self._go_on_from(before)

    def visit_If(self, node):
        with self._unit():
            self.visit(node.test)
        before = self._state()
        self._walk(node.body)
        after = self._state()
        self._go_on_from(before)
        self._walk(node.orelse)
        self._join([after, self._state()])

    def visit_While(self, node):
        with self._unit():
            self.visit(node.test)
        endless = isinstance(node.test, ast.Constant) and bool(node.test.value)
        self._loop(node, endless)

    def visit_For(self, node):
        with self._unit():
            self.visit(node.iter)
            before = self._state()
            self._assign(node.target, parts(self._sharing.roots(node.iter)))
        self._loop(node, False, before)

    visit_AsyncFor = visit_For

    def _loop(self, node, endless, before=None):
        before = before or self._state()
        breaks = []
        self._breaks.append(breaks)
        self._walk(node.body)
        self._breaks.pop()
        self._go_on_from(before)
        self._ended = self._ended or endless
        self._walk(node.orelse)
        self._join([*breaks, self._state()])

    def visit_Break(self, node):
        if self._breaks:
            self._breaks[-1].append(self._state())
        self._ended = True

    def visit_Continue(self, node):
        self._ended = True

    def visit_Raise(self, node):
        self.generic_visit(node)
        self._ended = True

    def visit_Return(self, node):
        self.generic_visit(node)
        self._returns.append(self._state())
        self._ended = True

    def visit_Assert(self, node):
        self.visit(node.test)
        if node.msg:
            with self._maybe():
                self.visit(node.msg)

    def visit_Try(self, node):
        before = self._state()
        self._walk(node.body)
        self._walk(node.orelse)
        ends = [self._state()]
        for handler in node.handlers:
            self._go_on_from(before)
            with self._unit():
                if handler.type:
                    self.visit(handler.type)
                if handler.name:
                    self._bind(handler.name)
            self._walk(handler.body)
            ends.append(self._state())
        self._go_on_from(before)
        self._walk(node.finalbody)
        settled, ended = self._state()
        self._join(ends)
        self._settled |= settled
        self._ended = self._ended or ended

    visit_TryStar = visit_Try

    def visit_With(self, node):
        for item in node.items:
            with self._unit():
                self.visit(item.context_expr)
                if item.optional_vars:
                    self._assign(item.optional_vars, parts(self._sharing.roots(item.context_expr)))
        before = self._state()
        self._walk(node.body)
        if not all(_lets_exceptions_pass(item.context_expr) for item in node.items):
            self._join([before, self._state()])

    visit_AsyncWith = visit_With

    def visit_Match(self, node):
        with self._unit():
            self.visit(node.subject)
        before = self._state()
        ends, exhaustive = [], False
        for case in node.cases:
            self._go_on_from(before)
            with self._unit():
                if self._binding:
                    self._binding.sources |= self._names_in(node.subject)
                self._subject = parts(self._sharing.roots(node.subject))
                self.visit(case.pattern)
                if case.guard:
                    self.visit(case.guard)
            self._walk(case.body)
            ends.append(self._state())
            exhaustive = exhaustive or (case.guard is None and _always_matches(case.pattern))
        self._join(ends if exhaustive else [*ends, before])

    def _names_in(self, node):
        names = (self._key(part.id) for part in ast.walk(node) if isinstance(part, ast.Name))
        return {name for owner, name in names if owner is self._module}

    def _capture(self, name):
        if name:
            self._sharing.share(self._key(name), self._subject)
            self._bind(name)

    def visit_MatchAs(self, node):
        self.generic_visit(node)
        self._capture(node.name)

    visit_MatchStar = visit_MatchAs

    def visit_MatchMapping(self, node):
        self.generic_visit(node)
        self._capture(node.rest)

    # Statements

    def visit_Assign(self, node):
        self.visit(node.value)
        roots = self._sharing.roots(node.value)
        for target in node.targets:
            self._assign(target, roots, node.value)

    def visit_AnnAssign(self, node):
        if node.value:
            self.visit(node.value)
        if self._scope.kind != "function":
            self._annotation([node.annotation])
        if node.value:
            self._assign(node.target, self._sharing.roots(node.value), node.value)
        elif not isinstance(node.target, ast.Name):
            self._visit_place(node.target)

    def visit_AugAssign(self, node):
        target = node.target
        if isinstance(target, ast.Name):
            self._read(target.id)
            self.visit(node.value)
            key = self._key(target.id)
            if key[0] is self._module:
                self._change_key(key, False)
            else:
                # Of a parameter it is a number more often than not.
                self._sharing.change(key, False, from_outside=False)
            self._bind(target.id)
            self._note_text(target.id, node.value)
        elif self._is_namespace_item(target) and _text(target.slice) is not None:
            self._read_global(_text(target.slice))
            self.visit(node.value)
            self._change_key((self._module, _text(target.slice)), False)
            self._bind_by_text(target)
        else:
            self._visit_place(target)
            self.visit(node.value)
            self._change(target.value)

    def visit_Delete(self, node):
        for target in node.targets:
            self._delete(target)

    def _delete(self, target):
        if isinstance(target, ast.Name):
            self._read(target.id)
            self._bind(target.id)
        elif isinstance(target, (ast.Tuple, ast.List)):
            for element in target.elts:
                self._delete(element)
        elif self._is_namespace_item(target):
            name = _text(target.slice)
            if name is not None:
                self._read_global(name)
            self._bind_by_text(target)
        else:
            self._visit_place(target)
            self._change(target.value)

    def visit_Import(self, node):
        for alias in node.names:
            # What `import *` binds is known only when it runs.
            if alias.name != "*":
                name = alias.asname or alias.name.split(".")[0]
                self._bind(name)
                self._imported.add(name)

    visit_ImportFrom = visit_Import

    def visit_TypeAlias(self, node):
        with self._inside(type_scope(node, self._scope)):
            self._type_parameters(node)
            self._body_of([node.value], self._scope)
        self._bind(node.name.id)

    def visit_FunctionDef(self, node):
        for decorator in node.decorator_list:
            self.visit(decorator)
        self._defaults(node.args)
        with self._inside(type_scope(node, self._scope)):
            self._type_parameters(node)
            arguments = node.args
            every = arguments.posonlyargs + arguments.args + arguments.kwonlyargs
            every += [arg for arg in (arguments.vararg, arguments.kwarg) if arg]
            annotations = [arg.annotation for arg in every] + [node.returns]
            self._annotation([annotation for annotation in annotations if annotation])
            scope = function_scope(node, self._scope)
            flow = self._body_of(node.body, scope)
        self._bind(node.name)
        self._functions[self._key(node.name)] = _Changing(arguments, scope, flow.changed_outside())

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node):
        for decorator in node.decorator_list:
            self.visit(decorator)
        with self._inside(type_scope(node, self._scope)):
            self._type_parameters(node)
            for base in node.bases + node.keywords:
                self.visit(base)
            scope = class_scope(node, self._scope)
            with self._inside(scope):
                self._settled |= {(scope, "__module__"), (scope, "__qualname__")}
                self._walk(node.body)
        self._bind(node.name)

    @contextmanager
    def _inside(self, scope):
        outer = self._scope
        self._scope = scope or outer
        yield
        self._scope = outer

    def _defaults(self, arguments):
        for default in arguments.defaults + arguments.kw_defaults:
            if default is not None:
                self.visit(default)

    def _annotation(self, nodes):
        if self._annotations == "now":
            # A value is not made from its annotations.
            sources = set(self._binding.sources) if self._binding else None
            for node in nodes:
                self.visit(node)
            if self._binding:
                self._binding.sources = sources
        elif self._annotations == "lazy" and nodes:
            self._body_of(nodes, self._scope)

    def _type_parameters(self, node):
        for parameter in getattr(node, "type_params", ()):
            lazy = [getattr(parameter, field, None) for field in ("bound", "default_value")]
            self._body_of([part for part in lazy if part], self._scope)

    # Bodies that run later

    def _body_of(self, nodes, scope):
        def walk(flow):
            with flow._inside(scope):
                flow._walk(nodes)

        return self._later(walk)

    def _later(self, walk):
        """`walk` visits a body with the flow it is given; returns that flow."""
        if self._in_place:
            self._run_in_place(walk)
            return self
        flow = Flow(self._module, self._annotations, outer=self)
        walk(flow)
        flow._join([*flow._returns, flow._state()])
        flow._finish()
        self._binding.later.add(flow.use)
        return flow

    def _run_in_place(self, walk):
        outer = self._in_place, self._returns, self._breaks
        self._in_place, self._returns, self._breaks = True, [], []
        with self._maybe():
            walk(self)
        self._in_place, self._returns, self._breaks = outer

    # Expressions

    def visit_Name(self, node):
        self._read(node.id)

    def visit_NamedExpr(self, node):
        self.visit(node.value)
        binder = self._scope.binder()
        self._sharing.share(self._key(node.target.id, binder), self._sharing.roots(node.value))
        self._bind(node.target.id, binder)

    def visit_BoolOp(self, node):
        self.visit(node.values[0])
        with self._maybe():
            for value in node.values[1:]:
                self.visit(value)

    def visit_IfExp(self, node):
        self.visit(node.test)
        before = self._state()
        self.visit(node.body)
        after = self._state()
        self._go_on_from(before)
        self.visit(node.orelse)
        self._join([after, self._state()])

    def visit_Compare(self, node):
        self.visit(node.left)
        tested = node.comparators[0]
        if isinstance(node.ops[0], (ast.In, ast.NotIn)) and _text(node.left) and self._is_namespace(tested):
            self._read_global(_text(node.left))
        else:
            self.visit(tested)
        with self._maybe():
            for comparator in node.comparators[1:]:
                self.visit(comparator)

    def visit_Call(self, node):
        self._calls += 1
        if not self._visit_namespace_call(node):
            self.generic_visit(node)
        for name in names_in_text.mentioned_by(node, self._text_of):
            self._read(name, mentioned=True)
        self._calls -= 1
        for changed in mutators.changed_by(node):
            self._change(changed)
        if isinstance(node.func, ast.Name):
            called = self._functions.get(self._key(node.func.id))
            for argument, inside in called.arguments_of(node) if called else ():
                self._change(argument, inside)

    def visit_Lambda(self, node):
        self._defaults(node.args)
        scope = function_scope(node, self._scope)

        def walk(flow):
            with flow._inside(scope):
                flow.visit(node.body)

        self._later(walk)
        if self._in_place:
            return
        if self._calls:
            # Who is called may call it at once, or keep it.
            self._run_in_place(walk)
        else:
            self._binding.bodies.append(walk)

    def _comprehension(self, node):
        first = node.generators[0]
        self.visit(first.iter)
        roots = parts(self._sharing.roots(first.iter))
        scope = comprehension_scope(node, self._scope)

        def walk(flow):
            with flow._inside(scope):
                for generator in node.generators:
                    if generator is not first:
                        flow.visit(generator.iter)
                    from_first = generator is first
                    flow._assign(generator.target, roots if from_first else parts(flow._sharing.roots(generator.iter)))
                    for condition in generator.ifs:
                        flow.visit(condition)
                for field in ("key", "value", "elt"):
                    if hasattr(node, field):
                        flow.visit(getattr(node, field))

        if isinstance(node, ast.GeneratorExp):
            # Most are consumed at once; one that is kept runs on when its name is used.
            self._later(walk)
            if not self._in_place:
                self._run_in_place(walk)
        else:
            with self._maybe():
                walk(self)

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension


_COMPOUND = tuple(
    getattr(ast, name)
    for name in "If While For AsyncFor Try TryStar With AsyncWith Match".split()
    if hasattr(ast, name)
)


def _text(node):
    """The value of a literal text; None for anything else."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _paired(target, value):
    """Targets and values of `a, b = x, y`; None where they cannot be told apart."""
    if not isinstance(value, (ast.Tuple, ast.List)) or len(value.elts) != len(target.elts):
        return None
    if any(isinstance(element, ast.Starred) for element in target.elts + value.elts):
        return None
    return list(zip(target.elts, value.elts))


def _always_matches(pattern):
    return isinstance(pattern, ast.MatchAs) and pattern.pattern is None


def _lets_exceptions_pass(manager):
    return isinstance(manager, ast.Call) and mutators.called_name(manager) in mutators.PASSING_MANAGERS
