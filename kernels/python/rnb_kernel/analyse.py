"""
What a cell uses, told from its source alone: the analysis that the reactive engine builds its graph from.

`analyse` gives the protocol's AnalysisResult. It runs no user code. What the code means is worked out in flow.py; here
are the cell kinds and the faults. A builtin that is read is only mentioned: it is what it is unless a cell above has
put something in its place, as in a script.
"""

from __future__ import annotations

import ast
import builtins
import warnings

from .flow import Flow
from .imports import imports_of
from .ipython_habits import explain, plain_source
from .places import places
from .program import is_silenced
from .same_code import code_of_text, code_of_tree

_FLAGS = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT

# With those that every kernel has besides.
_BUILTINS = {*dir(builtins), "display", "update_display", "clear_output", "stop"}

_UNSEEN = (
    "may use names that the code does not mention: of other cells it finds only those that this cell mentions, and "
    "the cell does not follow the others. Write the names out where you can."
)


def analyse(source, kind):
    """Source of a kind (`python` or `markdown`) to an AnalysisResult, as JSON has it."""
    if kind not in ("python", "markdown"):
        return fault(f"Cells of the kind {kind!r} cannot be analysed here.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if kind == "markdown":
                return _prose(source)
            return _code(plain_source(source))
    except SyntaxError as error:
        return _syntax_fault(source, error)
    except (RecursionError, MemoryError):
        return fault("The code is nested too deeply.")
    except ValueError as error:
        # Null bytes and lone surrogates.
        return fault(f"The code has a character that Python cannot read: {error}.")


def fault(message, line=1, column=1):
    return {"ok": False, "fault": {"message": message, "line": line, "column": column}}


def _code(source):
    tree = compile(source, "<cell>", "exec", _FLAGS | ast.PyCF_ONLY_AST, True)
    # Finds what the grammar allows and the language does not, as `return` outside of a function.
    compile(tree, "<cell>", "exec", _FLAGS, True)
    last = tree.body[-1] if tree.body else None
    silent = isinstance(last, ast.Expr) and is_silenced(source, last)
    return {
        **_result(tree),
        "code": code_of_tree(tree, silent),
        "imports": imports_of(tree, source),
    }


def _prose(source):
    body = [ast.Expr(expression) for _, _, expression, _ in places(source)]
    result = _result(ast.Module(body=body, type_ignores=[]))
    changed = result["analysis"]["mutates"] + result["analysis"]["defines"]
    if changed:
        return fault(f"Prose shows values and cannot change any; change {changed[0]} in a code cell.")
    return {**result, "code": code_of_text(source), "imports": []}


def _result(tree):
    flow = Flow.of_module(tree)
    analysis = {
        **_as_lists(flow.use),
        "deferred": {name: _as_lists(use) for name, use in sorted(flow.deferred.items())},
        "carries": {name: sorted(sources) for name, sources in sorted(flow.carries.items())},
    }
    result = {"ok": True, "analysis": analysis}
    patched = flow.patched_modules()
    if patched:
        result["patches"] = sorted(patched)
    if flow.unseen:
        result["warnings"] = [
            {"message": f"{what} {_UNSEEN}", "line": line} for line, what in sorted(flow.unseen)
        ]
    return result


def _as_lists(use):
    builtin = {name for name in use.reads if name in _BUILTINS and name not in use.mutates}
    use.reads -= builtin
    use.mentions |= builtin
    return use.as_lists()


def _syntax_fault(source, error):
    line = max(error.lineno or 1, 1)
    lines = source.splitlines() or [""]
    text = lines[min(line, len(lines)) - 1].strip()
    return fault(explain(text) or error.msg or "invalid syntax", line, max(error.offset or 1, 1))
