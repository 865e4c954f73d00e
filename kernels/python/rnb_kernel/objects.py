"""
Which objects a value is made of: the walk that sharing (R4) is told by.

Two values share when some object that can be changed in place is part of both. `reach` gives the identities of all
such objects that a value leads to. It asks the interpreter (`get_referents`) and calls no code of the objects, so
nothing that they claim about themselves can mislead it.

Modules, classes and plain functions are led to by nearly everything and changed by nearly nothing. They are told
apart as *passive*: they count only where a cell changes one of them itself (`Account.count += 1`).
"""

import sys
import types
from gc import get_referents, is_tracked

# Objects of these types never change, and lead to nothing that does.
ATOMIC = {
    int, float, complex, bool, str, bytes, type(None), type(Ellipsis), type(NotImplemented), range,
    types.CodeType, types.GetSetDescriptorType, types.MemberDescriptorType, types.WrapperDescriptorType,
    types.MethodDescriptorType, types.ModuleType,
}  # fmt: skip

# The same, of modules that may never be imported.
_LATER_ATOMIC = {
    "datetime": ("date", "datetime", "time", "timedelta", "timezone"),
    "decimal": ("Decimal",),
    "fractions": ("Fraction",),
    "pathlib": ("PosixPath", "PurePosixPath", "Path", "PurePath"),
    "re": ("Pattern", "Match"),
    "uuid": ("UUID",),
    "zoneinfo": ("ZoneInfo",),
    "pyarrow": ("Table", "RecordBatch", "Array", "ChunkedArray", "Schema", "DataType", "Field"),
    "pandas": ("Timestamp", "Timedelta"),
}

# Objects of these types are not walked through: they lead to the whole interpreter.
_SKIPPED = (types.FrameType, types.TracebackType)

FUNCTION = types.FunctionType

# Beyond this many objects a walk ends, and knows only part.
LIMIT = 200_000


def learn_atomic_types():
    """Takes in the types of modules that have been imported since; cheap enough to be called before every walk."""
    for module, names in list(_LATER_ATOMIC.items()):
        loaded = sys.modules.get(module)
        if loaded is None:
            continue
        ATOMIC.update(kind for kind in (getattr(loaded, name, None) for name in names) if isinstance(kind, type))
        del _LATER_ATOMIC[module]


def is_atomic(value):
    """Whether the value never changes and leads to nothing that does, as far as its type alone says."""
    kind = type(value)
    if kind in ATOMIC:
        return True
    if kind is types.BuiltinFunctionType:
        return isinstance(value.__self__, (types.ModuleType, type(None)))
    if _is_numpy_scalar(kind) or _is_enum(kind):
        ATOMIC.add(kind)
        return True
    return False


def _is_numpy_scalar(kind):
    numpy = sys.modules.get("numpy")
    generic = getattr(numpy, "generic", None)
    return generic is not None and issubclass(kind, generic) and kind.__module__ == "numpy"


def _is_enum(kind):
    enum = sys.modules.get("enum")
    return enum is not None and issubclass(kind, enum.Enum)


def is_class(value):
    return issubclass(type(value), type)


def state_of_function(function):
    """What a function holds on to besides its code: mutable defaults, its closure, its attributes."""
    held = []
    if function.__closure__:
        held.extend(function.__closure__)
    if function.__defaults__:
        held.append(function.__defaults__)
    if function.__kwdefaults__:
        held.append(function.__kwdefaults__)
    if function.__dict__:
        held.append(function.__dict__)
    return held


class Reach:
    """`ids` of the objects that can be changed in place, `passive` of classes and functions."""

    __slots__ = ("ids", "passive", "in_class")

    def __init__(self, ids, passive, in_class):
        self.ids = ids
        self.passive = passive
        # Some of `ids` belong to a class, of which there is only one: copies of its objects would share them.
        self.in_class = in_class


def reach(value, excluded=()):
    """`excluded` are identities of objects that nothing is to be walked through: the namespace itself."""
    learn_atomic_types()
    ids, passive, seen = set(), set(), set(excluded)
    todo = [value]
    in_class = False
    while todo:
        item = todo.pop()
        kind = type(item)
        if kind in ATOMIC or id(item) in seen or is_atomic(item):
            continue
        seen.add(id(item))
        if len(seen) > LIMIT:
            break
        if is_class(item):
            for cls in item.__mro__:
                passive.add(id(cls))
                parts = _parts_of_class(cls)
                in_class = in_class or bool(parts)
                todo.extend(parts)
            continue
        if issubclass(type(item), _SKIPPED):
            continue
        if kind is FUNCTION:
            passive.add(id(item))
            todo.extend(state_of_function(item))
            continue
        if kind is list or kind is tuple or kind is set or kind is frozenset:
            if kind is list or kind is set:
                ids.add(id(item))
            if len(item) > 64 and ATOMIC.issuperset(map(type, item)):
                continue
            todo.extend(item)
            continue
        ids.add(id(item))
        todo.append(kind)
        arrays = buffers_of(item)
        if arrays is not None:
            ids.update(map(id, arrays))
            todo.extend(objects_in(item))
            continue
        if not is_tracked(item) and kind is not dict:
            continue
        todo.extend(part for part in get_referents(item) if part is not kind)
    return Reach(frozenset(ids), frozenset(passive), in_class)


def _parts_of_class(cls):
    """Attributes of a class of the notebook that can be changed in place."""
    if cls.__module__ != "__main__":
        return []
    return [
        value
        for name, value in vars(cls).items()
        if not name.startswith(("__", "_abc"))
        and not is_atomic(value)
        and not issubclass(type(value), (FUNCTION, property, staticmethod, classmethod, type))
    ]


# Arrays and frames: what they are made of lies in memory that the interpreter does not know of.


def numpy_array(value):
    numpy = sys.modules.get("numpy")
    return numpy is not None and hasattr(numpy, "ndarray") and issubclass(type(value), numpy.ndarray)


def pandas_object(value):
    pandas = sys.modules.get("pandas")
    if pandas is None or not hasattr(pandas, "DataFrame"):
        return False
    return issubclass(type(value), (pandas.DataFrame, pandas.Series))


def base_of(array):
    """The object that owns an array's memory."""
    owner = array
    while getattr(owner, "base", None) is not None:
        owner = owner.base
    return owner


def blocks_of(frame):
    """The arrays that a pandas object keeps its values in."""
    arrays = getattr(frame._mgr, "arrays", ())
    return list(arrays)


def copies_on_write():
    """Whether pandas lets nothing change through another object, which it always does from version 3 on."""
    pandas = sys.modules["pandas"]
    if int(pandas.__version__.split(".")[0]) >= 3:
        return True
    try:
        return pandas.options.mode.copy_on_write is True
    except AttributeError:
        return False


def buffers_of(value):
    """The owners of the memory of an array or frame; None for anything else."""
    if numpy_array(value):
        return [base_of(value)]
    if pandas_object(value):
        if copies_on_write():
            return []
        return [base_of(block) for block in blocks_of(value)]
    return None


def objects_in(value):
    """The Python objects that an array or frame has as elements."""
    blocks = [value] if numpy_array(value) else blocks_of(value)
    found = []
    for block in blocks:
        if numpy_array(block) and block.dtype == object:
            elements = block.ravel(order="K").tolist()
            if not ATOMIC.issuperset(map(type, elements)):
                found.extend(elements)
    if not numpy_array(value) and value.attrs:
        found.append(value.attrs)
    return found
