"""
Which names of a piece of Python may share objects, as far as its code says, and what it changes in place under any of
them. `row` of `for row in rows` is a part of `rows`, `list(xs)` holds the elements of `xs`: kept as edges from a name to
the names whose objects it may share.
"""

import ast

from . import mutators

# How a value relates to a name's object.
SAME = "same"  # it may be that very object
PART = "part"  # it may be something inside it
HOLDS = "holds"  # it is a new container that may have that object, or its elements, inside


class Sharing:
    """
    `key_of(name)` is what the name stands for at this point of the walk; `is_outside(key)`, whether its value may still
    be one that came from outside. A change is (key, whether it is something inside it).
    """

    def __init__(self, key_of, is_outside):
        self._key_of = key_of
        self._is_outside = is_outside
        self._edges = {}
        self._changes = set()
        # Those of names that were not settled by then.
        self._changes_outside = set()

    def share(self, key, roots):
        edges = self._edges.setdefault(key, set())
        for root, kind in roots:
            edges.add((root, kind, self._is_outside(root)))

    def change(self, key, inside, from_outside=True):
        if from_outside and self._is_outside(key):
            self._changes_outside.add((key, inside))
        self._changes.add((key, inside))

    def changed(self):
        """All changes, under whatever name: of `x` after `y = x` by `y`."""
        return self._changes | {change for change, _ in self._through_names()}

    def changed_outside(self):
        """Those of what came from outside."""
        return self._changes_outside | {change for change, outside in self._through_names() if outside}

    def _through_names(self):
        """(change, whether it came from outside) of what is changed by another name."""
        todo, seen = list(self._changes), set()
        while todo:
            change = todo.pop()
            if change in seen:
                continue
            seen.add(change)
            key, inside = change
            for root, kind, outside in self._edges.get(key, ()):
                if kind == HOLDS and not inside:
                    continue
                same = (root, inside or kind != SAME)
                yield same, outside
                todo.append(same)

    def roots(self, node):
        """(key, kind) for every name whose object the value of an expression may share."""
        if isinstance(node, ast.Name):
            return [(self._key_of(node.id), SAME)]
        if isinstance(node, ast.Attribute):
            roots = self.roots(node.value)
            return roots if node.attr in mutators.VIEWS else parts(roots)
        if isinstance(node, ast.Subscript):
            return [] if mutators.selects(node.slice) else parts(self.roots(node.value))
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            return held(root for element in node.elts for root in self.roots(element))
        if isinstance(node, ast.Dict):
            return held(root for value in node.values for root in self.roots(value))
        if isinstance(node, ast.IfExp):
            return self.roots(node.body) + self.roots(node.orelse)
        if isinstance(node, ast.BoolOp):
            return [root for value in node.values for root in self.roots(value)]
        if isinstance(node, (ast.NamedExpr, ast.Await, ast.Starred)):
            return self.roots(node.value)
        if isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp)):
            return self._comprehension_roots(node, node.elt)
        if isinstance(node, ast.DictComp):
            return self._comprehension_roots(node, node.value)
        if isinstance(node, ast.Call):
            return self._call_roots(node)
        return []

    def _comprehension_roots(self, node, element):
        roots = [root for generator in node.generators for root in self.roots(generator.iter)]
        # `[x * 2 for x in xs]` makes new elements, `[x for x in xs]` holds those of `xs`.
        return held(roots) if isinstance(element, (ast.Name, ast.Attribute, ast.Subscript)) else []

    def _call_roots(self, node):
        name, function = mutators.called_name(node), node.func
        if name in mutators.COLLECTORS and (isinstance(function, ast.Name) or node.args):
            return held(root for argument in node.args for root in self.roots(argument))
        if name in mutators.PICKERS and isinstance(function, ast.Name):
            return parts([root for argument in node.args for root in self.roots(argument)])
        if isinstance(function, ast.Attribute):
            if name in mutators.HOLDING_METHODS:
                return held(self.roots(function.value))
            if name in mutators.PICKING_METHODS:
                return parts(self.roots(function.value))
        return []


def parts(roots):
    return [(key, PART) for key, _ in roots]


def held(roots):
    return [(key, HOLDS) for key, _ in roots]
