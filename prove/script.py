"""A plain script, cell by cell: what each shows when all of them run once from top to bottom.

Knows nothing of the notebook's kernel. A request is a line of JSON. An isolated one runs in a process of its own, so
that nothing is left behind; others only in a namespace of their own, which is eight times as fast and right for cells
that change no module. A cell that is expected to fail, which a script would not survive, runs in a process of its own.
"""

import ast
import hashlib
import io
import json
import os
import re
import select
import signal
import sys
import time
import types

# What cells import, loaded once before the forks.
import collections  # noqa: F401
import contextlib
import copy  # noqa: F401
import dataclasses  # noqa: F401
import enum  # noqa: F401
import functools  # noqa: F401
import gc
import itertools  # noqa: F401
import math  # noqa: F401
import operator  # noqa: F401
import random  # noqa: F401
import string  # noqa: F401

_FLAGS = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
_COROUTINE = 0x80
_PLACE = re.compile(r"\{([^{}]+)\}")


class _TooLong(BaseException):
    """The time for the whole script is over."""


def main():
    # A forked child then touches none of the objects that are here already.
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGALRM, _end_it)
    for line in sys.stdin:
        request = json.loads(line)
        answer = _answer_in_a_fork if request["isolated"] else _answer_here
        text = answer(request["cells"], request["timeoutMs"] / 1000)
        sys.__stdout__.write(f'{{"id":{request["id"]},"cells":{text or "null"}}}\n')
        sys.__stdout__.flush()


def _answer_in_a_fork(cells, timeout_s):
    return _in_a_fork(lambda: _run_all(cells, timeout_s), timeout_s)


def _answer_here(cells, timeout_s):
    signal.setitimer(signal.ITIMER_REAL, timeout_s)
    try:
        return json.dumps(_run_all(cells, timeout_s))
    except _TooLong:
        return None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _end_it(_signal, _frame):
    raise _TooLong


def _in_a_fork(answer, timeout_s):
    """The JSON of what `answer` returns in a child process; None if it ended without or took too long."""
    read_fd, write_fd = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(read_fd)
            data = json.dumps(answer()).encode()
            with open(write_fd, "wb") as pipe:
                pipe.write(data)
            status = 0
        finally:
            os._exit(status)
    os.close(write_fd)
    deadline = time.monotonic() + timeout_s
    parts = []
    try:
        while True:
            left = max(0, deadline - time.monotonic())
            if not select.select([read_fd], [], [], left)[0]:
                os.kill(child, signal.SIGKILL)
                return None
            part = os.read(read_fd, 65536)
            if not part:
                return b"".join(parts).decode() or None
            parts.append(part)
    finally:
        os.close(read_fd)
        os.waitpid(child, 0)


def _run_all(cells, timeout_s):
    module = types.ModuleType("__main__")
    module.__builtins__ = __builtins__
    sys.modules["__main__"] = module
    results = []
    for cell in cells:
        if cell["fails"]:
            results.append(_probe(cell, module.__dict__, timeout_s))
        else:
            results.append(_run(cell, module.__dict__))
    return results


def _probe(cell, namespace, timeout_s):
    """How a cell fails, without any effect on those below it."""
    if cell["kind"] == "python":
        try:
            _parse(cell["code"])
        except SyntaxError as raised:
            return {"stdout": "", "shown": None, "error": _describe(raised)}
    probe = _in_a_fork(lambda: _run(cell, namespace), timeout_s)
    return None if probe is None else json.loads(probe)


def _run(cell, namespace):
    """What one cell prints and shows, and the class of what it raised."""
    printed = io.StringIO()
    shown = error = None
    with contextlib.redirect_stdout(printed):
        try:
            if cell["kind"] == "markdown":
                shown = _fill(cell["code"], namespace)
            else:
                value = _execute(cell["code"], namespace)
                shown = None if value is None else _show(value)
        except _TooLong:
            raise
        except BaseException as raised:
            error = _describe(raised)
    return {"stdout": printed.getvalue(), "shown": shown, "error": error}


def _show(value):
    """Its `repr`; of a figure what is drawn, since that is what a reader looks at."""
    library = type(value).__module__.partition(".")[0]
    if library == "matplotlib" and hasattr(value, "savefig"):
        drawn = io.BytesIO()
        # As large and as dense as notebooks draw it.
        value.savefig(drawn, format="png", dpi=2 * value.dpi, bbox_inches="tight", facecolor=value.get_facecolor())
        return f"picture {hashlib.sha256(drawn.getvalue()).hexdigest()}"
    if library == "altair" and hasattr(value, "to_dict"):
        return f"chart {json.dumps(value.to_dict())}"
    return repr(value)


def _describe(raised):
    syntax = isinstance(raised, SyntaxError)
    return {"name": type(raised).__name__, "message": str(raised), "syntax": syntax}


def _parse(code):
    return compile(code, "<cell>", "exec", ast.PyCF_ONLY_AST | _FLAGS, dont_inherit=True)


def _execute(code, namespace):
    """Runs the statements; the value of the expression at the end, if one is there."""
    tree = _parse(code)
    last = tree.body[-1] if tree.body else None
    if isinstance(last, ast.Expr):
        target = ast.copy_location(ast.Name("__shown__", ast.Store()), last)
        tree.body[-1] = ast.copy_location(ast.Assign([target], last.value), last)
    program = compile(tree, "<cell>", "exec", _FLAGS, dont_inherit=True)
    if program.co_flags & _COROUTINE:
        import asyncio

        asyncio.run(eval(program, namespace))
    else:
        exec(program, namespace)
    return namespace.pop("__shown__", None)


def _fill(prose, namespace):
    return _PLACE.sub(lambda place: _format(place[1], namespace), prose)


def _format(place, namespace):
    """The value of `expression` or `expression:format`."""
    try:
        code, form = compile(place, "<place>", "eval"), ""
    except SyntaxError:
        expression, _, form = place.rpartition(":")
        code = compile(expression, "<place>", "eval")
    return format(eval(code, namespace), form)


if __name__ == "__main__":
    main()
