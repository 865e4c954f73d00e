"""
Which objects a value is made of: the walk that sharing (R4.2, R4.7) is told by.

Two values share when some object that can be changed in place is part of both. `reach` gives the identities of all
such objects that a value leads to, however many they are. It asks the interpreter (`get_referents`) and calls no code
of the objects, so nothing that they claim about themselves can mislead it. Memory that the interpreter knows nothing
of, such as that of arrays and frames, counts by its address.

Modules, classes and plain functions are led to by nearly everything and changed by nearly nothing. They are told
apart as *passive*: they count only where a cell changes one of them itself (`Account.count += 1`), or an object whose
class is the notebook's, which may count in its class.
"""

import sys
import types
import weakref
from gc import get_referents, is_tracked

from .module_state import KEPT_TYPES, PLACES, is_module_state

# Objects of these types never change, and lead to nothing that does.
ATOMIC = {
    int, float, complex, bool, str, bytes, type(None), object, type(Ellipsis), type(NotImplemented), range,
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
SKIPPED = (types.FrameType, types.TracebackType)

FUNCTION = types.FunctionType

# Objects of exactly these types lead to what the interpreter says, and have no type to look into: they are walked
# through by the thousand.
PLAIN_CONTAINERS = {list, dict, set, frozenset, tuple, types.CellType}
_UNCHANGING_CONTAINERS = {tuple, frozenset}

# Calls that wait, and where their frame is.
SUSPENDED = {types.GeneratorType: "gi_frame", types.CoroutineType: "cr_frame", types.AsyncGeneratorType: "ag_frame"}


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
    if _is_numpy_scalar(kind):
        ATOMIC.add(kind)
        return True
    return is_enum_member(value) and _never_changes(value)


def _is_numpy_scalar(kind):
    numpy = sys.modules.get("numpy")
    generic = getattr(numpy, "generic", None)
    return generic is not None and issubclass(kind, generic) and kind.__module__ == "numpy"


def is_enum_member(value):
    enum = sys.modules.get("enum")
    return enum is not None and issubclass(type(value), enum.Enum)


# What a member of an Enum has besides what it was given.
_OF_ENUM_ITSELF = {"__objclass__", "_inverted_"}


def _never_changes(member):
    """Whether all that a member of an Enum holds is what never changes, as its value mostly is."""
    todo, seen = [member], set()
    while todo:
        item = todo.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        if is_enum_member(item):
            attributes = object.__getattribute__(item, "__dict__")
            todo += (part for name, part in attributes.items() if name not in _OF_ENUM_ITSELF)
        elif type(item) is tuple:
            todo += item
        elif not is_atomic(item):
            return False
    return True


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
    """What a value is made of, by identity, or by the address of its memory."""

    __slots__ = ("ids", "written", "passive", "is_copyable", "arrays", "frames")

    def __init__(self):
        # What the value consists of that can be changed in place.
        self.ids = set()
        # What a change of the value may change, which is mostly the same.
        self.written = self.ids
        # Classes, functions and what a module holds.
        self.passive = set()
        # Not if some of it belongs to a class, of which there is only one: copies of its objects would share that.
        self.is_copyable = True
        # Addresses of the memory of arrays, and of the memory that frames show as if it were their own.
        self.arrays = set()
        self.frames = set()

    def _take_memory(self):
        """
        An array changes whatever lies on its memory. A frame that copies on write changes what arrays lie there, but
        no other frame.
        """
        if not self.arrays and not self.frames:
            return
        objects = self.ids
        by_array = {("by array", address) for address in self.arrays | self.frames}
        by_frame = {("by frame", address) for address in self.arrays | self.frames}
        self.ids = objects | by_array
        self.written = objects | by_frame
        if self.arrays:
            self.ids.update(("by frame", address) for address in self.arrays)
            self.written.update(("by array", address) for address in self.arrays)


def reach(value, excluded=()):
    """`excluded` are identities of objects that nothing is to be walked through: the namespace itself."""
    learn_atomic_types()
    found = Reach()
    ids = found.ids
    seen = set(excluded)
    level = [value]
    while level:
        containers, parts = [], []
        for key, item in unmet(level, seen).items():
            kind = type(item)
            if (key in PLACES or kind in KEPT_TYPES) and is_module_state(item):
                found.passive.add(key)
            elif kind in PLAIN_CONTAINERS:
                if kind not in _UNCHANGING_CONTAINERS:
                    ids.add(key)
                if not _holds_atomic(item, kind):
                    containers.append(item)
            elif is_class(item):
                for cls in item.__mro__:
                    found.passive.add(id(cls))
                    held = _parts_of_class(cls)
                    parts += held
                    counts = cls.__qualname__ in _COUNTING and cls.__module__ == "__main__"
                    if counts:
                        ids.add(id(cls))
                    if held or counts:
                        found.is_copyable = False
            elif kind is FUNCTION:
                found.passive.add(key)
                parts += state_of_function(item)
            elif not issubclass(kind, SKIPPED):
                ids.add(key)
                if is_enum_member(item) or kind in _PROXIES:
                    found.is_copyable = False
                parts.append(kind)
                parts += _parts_of_object(item, kind, found)
        level = parts
        if containers:
            level += get_referents(*containers)
    found._take_memory()
    return found


def unmet(items, seen):
    """Those that may change and were not seen yet, by identity; from now on they have been seen."""
    new = {id(item): item for item in items if type(item) not in ATOMIC}
    for key in seen.intersection(new):
        del new[key]
    for key in [key for key, item in new.items() if type(item) not in PLAIN_CONTAINERS and is_atomic(item)]:
        del new[key]
    seen.update(new)
    return new


def without_module_state(found):
    """The same without what modules hold, which changes for all."""
    held = PLACES.keys() & found.keys()
    if not KEPT_TYPES.isdisjoint(map(type, found.values())):
        held.update(key for key, item in found.items() if type(item) in KEPT_TYPES)
    for key in held:
        if is_module_state(found[key]):
            del found[key]
    return found


def _holds_atomic(item, kind):
    """Whether a container is large, and to be looked through in vain."""
    if kind is types.CellType or len(item) <= 64:
        return False
    if kind is dict:
        return ATOMIC.issuperset(map(type, item.values())) and ATOMIC.issuperset(map(type, item))
    return ATOMIC.issuperset(map(type, item))


def _parts_of_object(item, kind, found):
    try:
        if numpy_array(item):
            return _parts_of_array(item, kind, found)
        if pandas_object(item):
            return _parts_of_frame(item, found)
        if pandas_index(item):
            # Its names can be changed, its values only by way of an array.
            values = vars(item).get("_data")
            if numpy_array(values) and values.nbytes:
                found.frames.add(_address_of(values)[0])
            return []
        if polars_object(item):
            found.frames.update(_polars_addresses(item))
    except Exception:  # noqa: S110
        # It is not what this library's objects are known to be: it consists of what the interpreter says.
        pass
    if issubclass(kind, weakref.ReferenceType):
        return [item(), *get_referents(item)]
    if kind in _PROXIES:
        return _referent_of_proxy(item)
    if kind in SUSPENDED:
        return parts_of_suspended(item)
    if not is_tracked(item):
        return []
    parts = [part for part in get_referents(item) if part is not kind]
    if _LEAVES_OUT_ATTRIBUTES:
        attributes = next((vars(cls)["__dict__"] for cls in kind.__mro__ if "__dict__" in vars(cls)), None)
        # What a class has put in its place is its own code.
        if type(attributes) is types.GetSetDescriptorType:
            parts.append(attributes.__get__(item))
    return parts


# An object that keeps its attributes in itself does not tell of the dictionary that shows them, which others may hold.
_LEAVES_OUT_ATTRIBUTES = sys.version_info >= (3, 13)


_PROXIES = {weakref.ProxyType, weakref.CallableProxyType}


def _referent_of_proxy(proxy):
    try:
        # Whatever a proxy is asked for, it asks the object that it stands for.
        referent = proxy.__init__.__self__
    except Exception:
        # There is none any more, or it does not let itself be asked.
        return []
    return [referent] if any(known is proxy for known in weakref.getweakrefs(referent)) else []


def parts_of_suspended(item):
    """What a generator or coroutine holds: its variables, and what its expressions are in the middle of."""
    frame = getattr(item, SUSPENDED[type(item)])
    if frame is None:
        return []
    # Which of the two the interpreter gives them to depends on its version.
    held = get_referents(item, frame)
    around = {id(frame), id(frame.f_globals), id(frame.f_builtins), id(frame.f_back)}
    return [part for part in held if id(part) not in around]


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


# Classes of the notebook, by qualified name, that were found to be changed through their objects (`type(self).n += 1`).
_COUNTING = set()


def count_in_classes(classes):
    """From now on these belong to each of their objects."""
    _COUNTING.update(cls.__qualname__ for cls in classes)


# Arrays and frames: what they are made of lies in memory that the interpreter does not know of.


def numpy_array(value):
    numpy = sys.modules.get("numpy")
    return numpy is not None and hasattr(numpy, "ndarray") and issubclass(type(value), numpy.ndarray)


def pandas_object(value):
    pandas = sys.modules.get("pandas")
    if pandas is None or not hasattr(pandas, "DataFrame"):
        return False
    return issubclass(type(value), (pandas.DataFrame, pandas.Series))


def pandas_index(value):
    pandas = sys.modules.get("pandas")
    return pandas is not None and hasattr(pandas, "Index") and issubclass(type(value), pandas.Index)


def polars_object(value):
    polars = sys.modules.get("polars")
    if polars is None or not hasattr(polars, "DataFrame"):
        return False
    return issubclass(type(value), (polars.DataFrame, polars.Series))


def base_of(array):
    """The object that owns an array's memory."""
    owner = array
    while getattr(owner, "base", None) is not None:
        owner = owner.base
    return owner


def _address_of(array):
    """Where the memory that an array lies on begins; and who else owns that, if it is no array."""
    owner = array
    while numpy_array(owner.base):
        owner = owner.base
    return owner.__array_interface__["data"][0], owner.base


def _parts_of_array(array, kind, found):
    parts = objects_in(array)
    if array.nbytes:
        address, foreign = _address_of(array)
        found.arrays.add(address)
        if foreign is not None:
            parts.append(foreign)
    if kind is not sys.modules["numpy"].ndarray:
        parts += get_referents(array)
    return parts


def _parts_of_frame(frame, found):
    own = found.frames if copies_on_write() else found.arrays
    for block in blocks_of(frame):
        own.update(_address_of(array)[0] for array in arrays_in(block) if array.nbytes)
    return [*objects_in(frame), *frame._mgr.axes, *attributes_of(frame).values()]


# What pandas keeps in a frame's own dictionary.
_OF_PANDAS_ITSELF = {"_mgr", "_item_cache", "_flags", "_cacher", "_name", "_is_copy"}


def attributes_of(frame):
    """What was set on a pandas object besides its values: `attrs`, and attributes of the user's own."""
    return {name: item for name, item in vars(frame).items() if name not in _OF_PANDAS_ITSELF}


def arrays_in(block):
    """The arrays that one of a frame's arrays consists of."""
    if numpy_array(block):
        return [block]
    parts = [*getattr(block, "__dict__", {}).values(), *get_referents(block)]
    return list({id(part): part for part in parts if numpy_array(part)}.values())


def _polars_addresses(value):
    polars = sys.modules["polars"]
    columns = [value] if issubclass(type(value), polars.Series) else value.get_columns()
    for column in columns:
        if column.dtype.is_numeric():
            for chunk in column.get_chunks():
                try:
                    yield chunk.to_numpy(allow_copy=False).__array_interface__["data"][0]
                except RuntimeError:
                    # With gaps, which no array has.
                    continue


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
