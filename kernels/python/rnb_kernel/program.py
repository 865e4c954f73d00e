"""A cell's code, compiled once for each source and run many times."""

import __future__

import ast
import linecache

from .frames import encode
from .ipython_habits import plain_source

_FLAGS = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
_FUTURE_FLAGS = __future__.annotations.compiler_flag | __future__.barry_as_FLUFL.compiler_flag
_CO_COROUTINE = 0x80
# What code that calls nothing is made of.
_OPERATORS = (
    ast.Module, ast.Assign, ast.AugAssign, ast.If, ast.IfExp, ast.Name, ast.Constant, ast.Tuple, ast.expr_context,
    ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.operator, ast.unaryop, ast.boolop, ast.cmpop,
)  # fmt: skip


class Program:
    """What a cell needs in order to run; `CellProgram` of the protocol, with its code compiled on first use."""

    __slots__ = (
        "cell",
        "source",
        "kind",
        "bindings",
        "owners",
        "defines",
        "mutates",
        "renews",
        "revision",
        "sought",
        "seen",
        "is_sound",
        "body",
        "shown",
        "body_awaits",
        "shown_awaits",
        "compiled",
        "is_plain",
        "calls_nothing",
        "subject",
        "last_duration_us",
    )

    def __init__(self, cell, fields, previous):
        self.cell = cell
        self.source = fields["source"]
        self.kind = fields["kind"]
        self.bindings = list(fields["bindings"].items())
        self.owners = frozenset(fields["bindings"].values())
        self.defines = frozenset(fields["defines"])
        self.mutates = fields["mutates"]
        # Modules that the cell changes in place: each run makes them another version, though they are the same.
        self.renews = frozenset(fields["mutates"]).union(fields.get("patches", ()))
        self.revision = fields["revision"]
        # Names that its runs have looked for in vain, as has been told.
        self.sought = previous.sought if previous is not None and previous.revision == self.revision else set()
        # The versions that its last run saw, in the order of the bindings; None before any that succeeded.
        self.seen = None
        # Whether the cell's last run succeeded: what it made may be the same again.
        self.is_sound = previous is not None and previous.is_sound
        same = previous is not None and previous.compiled
        same = same and previous.source == self.source and previous.kind == self.kind
        self.body = previous.body if same else None
        self.shown = previous.shown if same else None
        self.body_awaits = previous.body_awaits if same else False
        self.shown_awaits = previous.shown_awaits if same else False
        self.compiled = same
        # Statements alone, none of them awaiting: one `exec` is all there is to do.
        self.is_plain = same and previous.is_plain
        # Operators and names alone: on values that never change they print nothing and draw nothing.
        self.calls_nothing = same and previous.calls_nothing
        # The start of every event about this cell; the number of its run follows.
        self.subject = f'"cell":{encode(cell)},"run":'
        # None before the first run: nobody knows yet whether it is long.
        self.last_duration_us = None if previous is None else previous.last_duration_us

    def compile(self):
        """Sets `body` (statements) and `shown` (the expression at the end whose value is shown), either may be None."""
        filename = cell_filename(self.cell)
        lines = [line + "\n" for line in self.source.split("\n")]
        linecache.cache[filename] = (len(self.source), None, lines, filename)
        source = plain_source(self.source)
        tree = compile(source, filename, "exec", ast.PyCF_ONLY_AST | _FLAGS, True)
        statements = tree.body
        self.body = self.shown = last = None
        ends_in_expression = statements and isinstance(statements[-1], ast.Expr)
        if ends_in_expression and not is_silenced(source, statements[-1]):
            last = statements.pop()
        flags = _FLAGS
        if statements:
            self.body = compile(tree, filename, "exec", flags, True)
            # `from __future__ import …` holds for the whole cell.
            flags |= self.body.co_flags & _FUTURE_FLAGS
        if last is not None:
            self.shown = compile(ast.Expression(last.value), filename, "eval", flags, True)
        self.body_awaits = _awaits(self.body)
        self.shown_awaits = _awaits(self.shown)
        self.compiled = True
        self.is_plain = self.body is not None and self.shown is None and not self.body_awaits
        self.calls_nothing = self.is_plain and all(isinstance(node, _OPERATORS) for node in ast.walk(tree))


def cell_filename(cell):
    return f"<{cell}>"


def is_cell_filename(filename):
    """Whether it is the name of a cell's code that was compiled here."""
    return filename.startswith("<") and filename in linecache.cache


def _awaits(code):
    return code is not None and bool(code.co_flags & _CO_COROUTINE)


def is_silenced(source, expression):
    """Whether a semicolon ends the expression, which says that its value is not to be shown."""
    lines = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    line = lines[expression.end_lineno - 1].encode("utf-8", "replace")
    return line[expression.end_col_offset :].lstrip().startswith(b";")
