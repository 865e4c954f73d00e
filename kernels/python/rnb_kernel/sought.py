"""
Names that a run looks for and does not find, where its code does not say which: text that is executed, a name that is
put together, a class that `pickle` asks the main module for. A cell above may define them (R3.5).

All of this is read off errors that are anybody's: nothing here calls their code.
"""

import builtins
import types

from .errors import missing_name

# How code gets hold of the namespace itself.
_WAYS_TO_NAMESPACE = {"globals", "vars", "locals", "__dict__", "__globals__"}
_ERRORS = 50
_GROUP = getattr(builtins, "BaseExceptionGroup", None)
_NOTHING = frozenset()

# What the main module was asked for and does not have, since it was last taken.
_asked = set()


class MainModule(types.ModuleType):
    """The main module of the cells, which notes what it is asked for in vain."""

    def __getattr__(self, name):
        own = vars(self).get("__getattr__")
        if own is not None:
            return own(name)
        _asked.add(name)
        raise AttributeError(f"module '__main__' has no attribute {name!r}")


def take_sought(error):
    """All names that were looked for in vain since the last call; `error` is what the run failed with, or None."""
    if error is None and not _asked:
        return _NOTHING
    names = set()
    while _asked:
        names.add(_asked.pop())
    todo, seen = [error], set()
    while todo and len(seen) < _ERRORS:
        error = todo.pop()
        if error is None or id(error) in seen:
            continue
        seen.add(id(error))
        kind = type(error)
        if issubclass(kind, NameError) and not issubclass(kind, UnboundLocalError):
            names.add(missing_name(error))
        elif kind is KeyError and _comes_from_namespace(error):
            names.update(key for key in BaseException.args.__get__(error)[:1] if type(key) is str)
        if _GROUP is not None and issubclass(kind, _GROUP):
            todo += _GROUP.exceptions.__get__(error)
        todo += [BaseException.__context__.__get__(error), BaseException.__cause__.__get__(error)]
    return {name for name in names if is_name(name)}


def is_name(key):
    """Whether a key of the namespace is a name of the notebook."""
    return isinstance(key, str) and not (key.startswith("__") and key.endswith("__"))


def _comes_from_namespace(error):
    """Whether code of the notebook that it came through has to do with the namespace itself."""
    trace = BaseException.__traceback__.__get__(error)
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_filename[:1] == "<" and not _WAYS_TO_NAMESPACE.isdisjoint(code.co_names):
            return True
        trace = trace.tb_next
    return False
