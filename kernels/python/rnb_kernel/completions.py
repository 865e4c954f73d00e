"""What may follow a value while its name is being typed: attributes, or keys.

Looks at values without running code of theirs where it can be helped: a property of an unknown class is not asked for
its value. Answers on the request thread, so that it does not wait for the cell that runs.
"""

import inspect
import sys
import types

_MAX_ITEMS = 2_000
_MAX_LABEL_LENGTH = 200

_MISSING = object()
# Whose properties and `__getattr__` do no harm.
_TRUSTED = {"numpy", "pandas", "polars", "pyarrow"} | set(
    getattr(sys, "stdlib_module_names", ("collections", "datetime", "decimal", "pathlib", "re"))
)


def completions(value, path, of):
    """The protocol's completions of what `path` leads to from `value`; none where that cannot be told."""
    try:
        for name in path:
            value = _attribute(value, name)
            if value is _MISSING:
                return []
        return _keys(value) if of == "keys" else _attributes(value)
    except BaseException:
        # Values are anybody's code, may change while they are looked at, and must not end the thread that asks.
        return []


def _attribute(value, name):
    """The attribute, or `_MISSING` where there is none or only code could tell."""
    if isinstance(value, types.ModuleType) or _is_trusted(value):
        return getattr(value, name, _MISSING)
    found = inspect.getattr_static(value, name, _MISSING)
    if isinstance(found, (staticmethod, classmethod)):
        return found.__func__
    if isinstance(found, types.MemberDescriptorType):
        return getattr(value, name, _MISSING)
    return _MISSING if hasattr(type(found), "__get__") and not callable(found) else found


def _is_trusted(value):
    kind = value if isinstance(value, type) else type(value)
    return (getattr(kind, "__module__", None) or "").partition(".")[0] in _TRUSTED


def _attributes(value):
    items = []
    # Names with an underscore are rarely meant, and last.
    for name in sorted(dir(value), key=lambda name: (name.startswith("_"), name)):
        if not isinstance(name, str) or not name.isidentifier():
            continue
        items.append({"label": name, "kind": _kind(inspect.getattr_static(value, name, None))})
        if len(items) == _MAX_ITEMS:
            break
    return items


def _kind(value):
    if isinstance(value, type):
        return "class"
    if isinstance(value, types.ModuleType):
        return "module"
    if isinstance(value, property):
        return "property"
    return "function" if callable(value) or isinstance(value, _METHODS) else "value"


_METHODS = (staticmethod, classmethod)


def _keys(value):
    if isinstance(value, dict):
        keys = dict.keys(value)
    elif type(value).__name__ in ("DataFrame", "LazyFrame") and _is_trusted(value):
        keys = value.columns
    elif type(value).__name__ == "ndarray" and _is_trusted(value):
        keys = value.dtype.names or ()
    else:
        keys = ()
    labels = (key for key in list(keys) if isinstance(key, str) and len(key) <= _MAX_LABEL_LENGTH)
    return [{"label": label, "kind": "key"} for label in list(labels)[:_MAX_ITEMS]]
