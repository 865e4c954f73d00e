"""
Whether a run has made the same value again (R6), so that nothing need follow from it.

Only values that never change are compared, by the interpreter's own types: numbers and text by equality, functions
and classes by their code. No code of the values is called. Whatever else is new is another value.
"""

import math
import types

from .objects import FUNCTION, is_class

_PLAIN = {int, bool, str, bytes, type(None), type(Ellipsis), range}
_BY_REPR = {"datetime", "decimal", "fractions", "uuid", "pathlib", "zoneinfo"}
# A tuple of more than this is not looked through.
_TUPLE_LIMIT = 1_000
_DEPTH_LIMIT = 12

# What a class has that says nothing of what it does.
_CLASS_NOISE = {
    "__dict__", "__weakref__", "__module__", "__firstlineno__", "__static_attributes__", "__annotations__",
    "__annotate__", "__annotate_func__", "__annotations_cache__", "__abstractmethods__", "_abc_impl",
}  # fmt: skip
_FIELDS = "__dataclass_fields__"
# Whose wrapper of a `__repr__` it is, which differs by version of Python.
_GUARD_REPR = {"dataclasses", "reprlib"}


class _Other(Exception):
    """The values are not the same."""


def same(old, new):
    """
    Whether `new` is what `old` was. Then `old` may stay in its place: functions of it have taken on the line numbers
    of `new`.
    """
    if old is new:
        return True
    if type(old) is not type(new):
        return False
    if is_class(new) and _is_known_elsewhere(new):
        return False
    pairs = []
    try:
        _compare(old, new, pairs, {}, 0)
    except (_Other, RecursionError):
        return False
    except Exception:
        return False
    for function, code in pairs:
        function.__code__ = code
    return True


def _compare(old, new, pairs, met, depth):
    """Raises _Other unless the same. `pairs` gathers functions with the code that is to be theirs."""
    if old is new:
        return
    kind = type(old)
    if kind is not type(new) or depth > _DEPTH_LIMIT:
        raise _Other
    if kind in _PLAIN:
        if old != new:
            raise _Other
    elif kind is float:
        _compare_floats(old, new)
    elif kind is complex:
        _compare_floats(old.real, new.real)
        _compare_floats(old.imag, new.imag)
    elif kind is tuple:
        if len(old) != len(new) or len(old) > _TUPLE_LIMIT:
            raise _Other
        for a, b in zip(old, new):
            _compare(a, b, pairs, met, depth + 1)
    elif kind.__module__ in _BY_REPR:
        if repr(old) != repr(new):
            raise _Other
    elif id(old) in met:
        if met[id(old)] is not new:
            raise _Other
    else:
        met[id(old)] = new
        if kind is FUNCTION:
            _compare_functions(old, new, pairs, met, depth)
        elif is_class(old):
            _compare_classes(old, new, pairs, met, depth)
        elif kind in (staticmethod, classmethod):
            _compare(old.__func__, new.__func__, pairs, met, depth + 1)
        elif kind is property:
            for part in ("fget", "fset", "fdel", "__doc__"):
                _compare(getattr(old, part), getattr(new, part), pairs, met, depth + 1)
        elif kind.__module__ == "dataclasses" and isinstance(getattr(kind, "__slots__", None), tuple):
            for part in kind.__slots__:
                _compare(getattr(old, part), getattr(new, part), pairs, met, depth + 1)
        elif kind in (types.GetSetDescriptorType, types.MemberDescriptorType):
            if old.__name__ != new.__name__:
                raise _Other
        elif kind is types.CellType:
            _compare_cells(old, new, pairs, met, depth)
        else:
            raise _Other


def _compare_floats(old, new):
    if old != new and not (math.isnan(old) and math.isnan(new)):
        raise _Other
    if math.copysign(1, old) != math.copysign(1, new):
        raise _Other


def _compare_functions(old, new, pairs, met, depth):
    _compare_code(old.__code__, new.__code__)
    if old.__globals__ is new.__globals__ and old.__globals__.get("__name__") in _GUARD_REPR:
        # The `__repr__` of a dataclass keeps a private set of what it is in the middle of.
        for a, b in zip(old.__closure__, new.__closure__):
            if type(a.cell_contents) is not set:
                _compare_cells(a, b, pairs, met, depth)
        return
    for part in ("__name__", "__qualname__", "__module__", "__doc__", "__defaults__"):
        _compare(getattr(old, part), getattr(new, part), pairs, met, depth + 1)
    for part in ("__kwdefaults__", "__dict__", "__annotations__"):
        _compare_dicts(getattr(old, part) or {}, getattr(new, part) or {}, pairs, met, depth)
    if old.__globals__ is not new.__globals__:
        raise _Other
    _compare(old.__closure__ or (), new.__closure__ or (), pairs, met, depth + 1)
    pairs.append((old, new.__code__))


def _compare_cells(old, new, pairs, met, depth):
    try:
        a, b = old.cell_contents, new.cell_contents
    except ValueError:
        raise _Other from None
    _compare(a, b, pairs, met, depth + 1)


def _compare_dicts(old, new, pairs, met, depth):
    if type(old) is not dict or type(new) is not dict or list(old) != list(new):
        raise _Other
    for key, value in old.items():
        _compare(value, new[key], pairs, met, depth + 1)


def _compare_code(old, new):
    """The same instructions on the same things; where they stand in the text does not matter."""
    for part in (
        "co_code", "co_names", "co_varnames", "co_freevars", "co_cellvars", "co_flags", "co_argcount",
        "co_posonlyargcount", "co_kwonlyargcount", "co_name", "co_filename",
    ):  # fmt: skip
        if getattr(old, part) != getattr(new, part):
            raise _Other
    if getattr(old, "co_exceptiontable", b"") != getattr(new, "co_exceptiontable", b""):
        raise _Other
    if len(old.co_consts) != len(new.co_consts):
        raise _Other
    for a, b in zip(old.co_consts, new.co_consts):
        if type(a) is types.CodeType and type(b) is types.CodeType:
            _compare_code(a, b)
        elif type(a) is frozenset and type(b) is frozenset:
            # Of a test such as `x in {1, 2}`: only membership matters.
            if a != b or {*map(type, a)} != {*map(type, b)}:
                raise _Other
        else:
            _compare(a, b, [], {}, 0)


def _compare_classes(old, new, pairs, met, depth):
    if old.__module__ != "__main__" or type(old) is not type(new):
        raise _Other
    _compare(old.__bases__, new.__bases__, pairs, met, depth + 1)
    _compare(old.__qualname__, new.__qualname__, pairs, met, depth + 1)
    a = {key: value for key, value in vars(old).items() if key not in _CLASS_NOISE}
    b = {key: value for key, value in vars(new).items() if key not in _CLASS_NOISE}
    _compare_dicts(a.pop(_FIELDS, {}), b.pop(_FIELDS, {}), pairs, met, depth)
    _compare_dicts(a, b, pairs, met, depth)
    _compare_annotations(old, new)


def _is_known_elsewhere(new):
    """Whether making the class may have handed it to somebody, who would then know another one than its name does."""
    if type(new) is not type or new.__subclasses__():
        return True
    return any("__init_subclass__" in vars(base) for base in new.__mro__[1:-1])


def _compare_annotations(old, new):
    a, b = vars(old).get("__annotations__", {}), vars(new).get("__annotations__", {})
    if list(a) != list(b) or any(x is not y and x != y for x, y in zip(a.values(), b.values()) if type(x) is str):
        raise _Other
    if any(x is not y for x, y in zip(a.values(), b.values()) if type(x) is not str):
        raise _Other
