"""What may follow a value while its name is being typed: attributes, or keys.

Looks at values without running code of theirs: a property of an unknown class is not asked for its value, and neither
is `__getattr__`, `__dir__` or `__class__`. Classes of well-known libraries are believed to do no harm.
"""

import inspect
import sys
import types

_MAX_ITEMS = 2_000
_MAX_LABEL_LENGTH = 200

_MISSING = object()
_STATIC = (staticmethod, classmethod)
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
        # Values may change while they are looked at, and must not end the thread that asks.
        return []


def _attribute(value, name):
    """The attribute, or `_MISSING` where there is none or only code could tell."""
    if _is_trusted(value):
        return getattr(value, name, _MISSING)
    if type(value) is types.ModuleType:
        return vars(value).get(name, _MISSING)
    found = inspect.getattr_static(value, name, _MISSING)
    if isinstance(found, _STATIC):
        return found.__func__
    if type(found) is types.MemberDescriptorType:
        return found.__get__(value)
    return _MISSING if hasattr(type(found), "__get__") and not callable(found) else found


def _is_trusted(value):
    kind = value if type(value) is type else type(value)
    module = kind.__dict__.get("__module__") if kind is not types.ModuleType else None
    return isinstance(module, str) and module.partition(".")[0] in _TRUSTED


def _attributes(value):
    items = []
    # Names with an underscore are rarely meant, and last.
    for name in sorted(_names(value), key=lambda name: (name.startswith("_"), name)):
        if not name.isidentifier():
            continue
        items.append({"label": name, "kind": _kind(inspect.getattr_static(value, name, None))})
        if len(items) == _MAX_ITEMS:
            break
    return items


def _names(value):
    if type(value) is types.ModuleType:
        names = set(vars(value))
    elif _is_trusted(value):
        names = set(dir(value))
    else:
        names = set(_own_names(value))
        for kind in type.mro(value) if type(value) is type else type(value).__mro__:
            names.update(kind.__dict__)
    return [name for name in names if isinstance(name, str)]


def _own_names(value):
    try:
        return object.__getattribute__(value, "__dict__")
    except AttributeError:
        return {}


def _kind(value):
    if isinstance(value, type):
        return "class"
    if type(value) is types.ModuleType:
        return "module"
    if isinstance(value, property):
        return "property"
    return "function" if callable(value) or isinstance(value, _STATIC) else "value"


def _keys(value):
    if isinstance(value, dict):
        keys = dict.keys(value)
    elif type(value).__name__ in ("DataFrame", "LazyFrame") and _is_trusted(value):
        keys = value.columns
    elif type(value).__name__ == "ndarray" and _is_trusted(value):
        keys = value.dtype.names or ()
    else:
        keys = ()
    labels = [key for key in list(keys) if isinstance(key, str) and len(key) <= _MAX_LABEL_LENGTH]
    return [{"label": label, "kind": "key"} for label in labels[:_MAX_ITEMS]]
