"""
Names that a run looks for and does not find, where its code does not say which: text that is executed, a name that is
put together, a class that `pickle` asks the main module for. A cell above may define them (R3.5).
"""

from .errors import missing_name
from .program import is_cell_filename

# How code gets hold of the namespace itself.
_WAYS_TO_NAMESPACE = {"globals", "vars", "locals", "__dict__", "__globals__"}
_CAUSES = 10
_NOTHING = frozenset()


class Sought:
    def __init__(self):
        self._names = set()

    def attribute(self, name):
        """The main module's `__getattr__`: it is asked for what is not there."""
        self._names.add(name)
        raise AttributeError(f"module '__main__' has no attribute {name!r}")

    def take(self, error):
        """All names since the last call; `error` is what the run failed with, or None."""
        if error is None and not self._names:
            return _NOTHING
        names, self._names = self._names, set()
        for _ in range(_CAUSES):
            if error is None:
                break
            if isinstance(error, NameError) and not isinstance(error, UnboundLocalError):
                names.add(missing_name(error))
            elif type(error) is KeyError and _is_of_namespace(error):
                names.update(error.args[:1])
            error = error.__cause__ or error.__context__
        return {name for name in names if is_name(name)}


def is_name(key):
    """Whether a key of the namespace is a name of the notebook."""
    return isinstance(key, str) and not (key.startswith("__") and key.endswith("__"))


def _is_of_namespace(error):
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return False
    code = trace.tb_frame.f_code
    return is_cell_filename(code.co_filename) and not _WAYS_TO_NAMESPACE.isdisjoint(code.co_names)
