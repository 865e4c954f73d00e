"""A cell's code, compiled once for each source and run many times."""

import ast
import linecache

_FLAGS = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


class Program:
    """What a cell needs in order to run; `CellProgram` of the protocol, with its code compiled on first use."""

    __slots__ = (
        "cell",
        "source",
        "kind",
        "bindings",
        "owners",
        "defines",
        "body",
        "shown",
        "compiled",
    )

    def __init__(self, cell, fields, previous):
        self.cell = cell
        self.source = fields["source"]
        self.kind = fields["kind"]
        self.bindings = list(fields["bindings"].items())
        self.owners = frozenset(fields["bindings"].values())
        self.defines = frozenset(fields["defines"])
        same = previous is not None and previous.compiled
        same = same and previous.source == self.source and previous.kind == self.kind
        self.body = previous.body if same else None
        self.shown = previous.shown if same else None
        self.compiled = same

    def compile(self):
        """Sets `body` (statements) and `shown` (the expression at the end whose value is shown), either may be None."""
        filename = cell_filename(self.cell)
        lines = [line + "\n" for line in self.source.split("\n")]
        linecache.cache[filename] = (len(self.source), None, lines, filename)
        tree = compile(self.source, filename, "exec", ast.PyCF_ONLY_AST | _FLAGS, True)
        statements = tree.body
        self.body = self.shown = None
        if statements and isinstance(statements[-1], ast.Expr):
            last = statements[-1]
            if not _silenced(self.source, last):
                statements = statements[:-1]
                self.shown = compile(ast.Expression(last.value), filename, "eval", _FLAGS, True)
        if statements:
            tree.body = statements
            self.body = compile(tree, filename, "exec", _FLAGS, True)
        self.compiled = True


def cell_filename(cell):
    return f"<{cell}>"


def _silenced(source, expression):
    """Whether a semicolon ends the expression, which says that its value is not to be shown."""
    lines = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    line = lines[expression.end_lineno - 1].encode("utf-8", "replace")
    return line[expression.end_col_offset :].lstrip().startswith(b";")
