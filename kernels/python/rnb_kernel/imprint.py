"""
Notices that a run has changed a value that it was only to read (R4.3).

Static analysis tells most changes in place beforehand; the rest is told by looking. An imprint of a value keeps what
each of its objects led to, by identity, and checksums of the memory that the interpreter cannot look into; `differs`
looks again. All of a value is looked at up to limits that lie beyond what cells mostly share (R4.8), at a speed that
a cell which reads the value hardly reaches.
"""

import contextlib
import io
import itertools
import operator
import sys
import types
import weakref
import zlib
from gc import get_referents, is_tracked

from .module_state import is_module_state
from .objects import (
    ATOMIC,
    FUNCTION,
    PLAIN_CONTAINERS,
    SKIPPED,
    SUSPENDED,
    arrays_in,
    attributes_of,
    is_class,
    learn_atomic_types,
    numpy_array,
    pandas_index,
    pandas_object,
    parts_of_suspended,
    polars_object,
    state_of_function,
    unmet,
    without_module_state,
)

# References looked at in one imprint. Of a container that is longer only its length and its ends are watched, and
# what lies deeper than the last of them not at all.
LIMIT = 1_000_000
# Of the memory of an array or frame that is larger, only a sample is watched.
LARGE_BYTES = 256 << 20

_SMALL_BYTES = 1 << 16
# Words in a row of a checksum: a prime, which the rows of no table are a multiple of.
_ROW = 1021


class Imprint:
    __slots__ = ("_containers", "_by_identity", "_by_value")

    def __init__(self, value, excluded):
        learn_atomic_types()
        # (plain containers, what they held); (object, what lists its parts, its parts); (object, what describes it,
        # its description).
        self._containers = []
        self._by_identity = []
        self._by_value = []
        self._take(value, excluded)

    def differs(self):
        for containers, before in self._containers:
            if not before.is_in(containers):
                return True
        try:
            for item, parts_of, before in self._by_identity:
                if not _are(parts_of(item), before):
                    return True
            return any(describe(item) != before for item, describe, before in self._by_value)
        except Exception:
            # What can no longer be looked at is no longer what it was.
            return True

    def changed_classes(self):
        """Those among the value's classes that are no longer what they were."""
        return [
            item
            for item, parts_of, before in self._by_identity
            if parts_of is _class_parts and not _are(parts_of(item), before)
        ]

    def _take(self, value, excluded):
        is_of_module = is_module_state(value)
        seen = set(excluded)
        level = [value]
        left = LIMIT
        while level:
            containers, tuples, parts = [], [], []
            found = unmet(level, seen)
            if not is_of_module:
                # Whoever reads a value that leads to what a module holds is not to blame for changes of that (R4.9).
                found = without_module_state(found)
            for item in found.values():
                kind = type(item)
                if kind is tuple or kind is frozenset:
                    tuples.append(item)
                elif kind in PLAIN_CONTAINERS and kind is not types.CellType:
                    left -= len(item)
                    if left < 0:
                        self._by_value.append((item, _ends, _ends(item)))
                    else:
                        containers.append(item)
                else:
                    left -= 1
                    parts += self._take_object(item, kind)
            if containers:
                held = _Held(containers)
                self._containers.append((containers, held))
                parts += held.parts()
            if tuples:
                parts += get_referents(*tuples)
            if left < 0:
                break
            level = parts

    def _take_object(self, item, kind):
        """Watches one object; returns what it leads to."""
        try:
            describe, parts_of, leads_to = _ways_to_look(item, kind)
            if describe is not None:
                self._by_value.append((item, describe, describe(item)))
            if parts_of is not None:
                self._by_identity.append((item, parts_of, parts_of(item)))
            return leads_to(item) if leads_to is not None else ()
        except Exception:
            # It is not what its type is known to be, so that nobody knows whether it has changed.
            self._by_value.append((item, _unknown, None))
            return ()


class _Held:
    """What lists, dictionaries and sets held, all in one: an imprint is taken at the speed of the interpreter's own code."""

    __slots__ = ("_lengths", "_referents", "_keys")

    def __init__(self, containers):
        self._lengths = list(map(len, containers))
        self._referents = get_referents(*containers)
        # A dictionary does not tell the interpreter its keys if these are text.
        self._keys = _keys_of(containers)

    def parts(self):
        if ATOMIC.issuperset(map(type, self._referents)) and ATOMIC.issuperset(map(type, self._keys)):
            return []
        return [*self._referents, *self._keys]

    def is_in(self, containers):
        return (
            list(map(len, containers)) == self._lengths
            and _are(get_referents(*containers), self._referents)
            and _are(_keys_of(containers), self._keys)
        )


def _keys_of(containers):
    return list(itertools.chain.from_iterable(item for item in containers if type(item) is dict))


def _are(now, before):
    """Whether these are the very objects that those were."""
    return len(now) == len(before) and all(map(operator.is_, now, before))


def _ends(container):
    if type(container) is not list:
        return len(container)
    return len(container), *map(id, container[:1000]), *map(id, container[-1000:])


def _unknown(item):
    """Nobody can tell whether it is what it was: equal to nothing."""
    return object()


def _ways_to_look(item, kind):
    """What describes an object, what lists its parts to be compared by identity, what it leads to: each may be None."""
    if issubclass(kind, SKIPPED):
        return None, None, None
    if kind is FUNCTION:
        return None, _function_parts, _function_parts
    if is_class(item):
        # Those of libraries are changed by nobody who means well.
        return (None, _class_parts, _class_parts) if item.__module__ == "__main__" else (None, None, None)
    if kind in SUSPENDED:
        return _instruction, parts_of_suspended, parts_of_suspended
    if issubclass(kind, weakref.ReferenceType):
        return None, None, _referent
    if numpy_array(item):
        parts_of = _elements if kind is sys.modules["numpy"].ndarray else _elements_and_attributes
        return _array, parts_of, parts_of
    if pandas_object(item):
        return _frame, _frame_parts, _frame_contents
    if pandas_index(item):
        return None, _index_parts, None
    if any(cls.__name__ in _PANDAS_VIEWS for cls in kind.__mro__ if cls.__module__.startswith("pandas.")):
        return None, None, _frames_in
    if polars_object(item):
        return _PolarsContent, None, None
    describe = _description_for(item, kind)
    if describe is not None:
        return describe, None, None
    if kind is types.CellType:
        return None, get_referents, get_referents
    if not is_tracked(item) and not issubclass(kind, dict):
        return None, None, None
    if kind.__dictoffset__:
        # An object's attributes lie in the object itself until somebody asks for `__dict__`, and then in that:
        # somebody else's asking is not to look like a change.
        with contextlib.suppress(AttributeError):
            object.__getattribute__(item, "__dict__")
    parts_of = _dict_parts if issubclass(kind, dict) else get_referents
    return None, parts_of, lambda item: [kind, *parts_of(item)]


def _function_parts(function):
    return [function.__code__, *state_of_function(function)]


# Made when somebody asks for them.
_CLASS_NOISE = {"__annotations__", "__annotations_cache__", "__annotate__", "__slotnames__"}


def _class_parts(cls):
    return [*(item for name, item in vars(cls).items() if name not in _CLASS_NOISE), *cls.__bases__]


def _dict_parts(item):
    return [*get_referents(item), *dict.__iter__(item)]


def _referent(reference):
    return [reference()]


# Objects whose state the interpreter cannot look into


def _description_for(item, kind):
    """What describes the state of an object that lies in no other object; None if all of it does, or nobody knows."""
    name = kind.__name__
    module = kind.__module__
    if kind is bytearray or module == "array":
        return _bytes
    if kind is io.StringIO or kind is io.BytesIO:
        return _text_in_memory
    if module == "_io":
        return _file
    if name == "Random" and module == "random":
        return _random
    if name == "Generator" and module.startswith("numpy.random"):
        return _numpy_random
    if name == "RandomState":
        return _numpy_random_state
    if _is_iterator_in_c(kind):
        if hasattr(kind, "__length_hint__") and operator.length_hint(item, -1) >= 0:
            return _length_left
        if module == "itertools" and name in ("count", "repeat"):
            return repr
        if (module, name) not in _PULLING:
            return _unknown
    return None


# Iterators that are where the iterators are that they take from.
_PULLING = {
    *(("builtins", name) for name in ("enumerate", "filter", "map", "zip")),
    *(
        ("itertools", name)
        for name in (
            "accumulate", "batched", "chain", "compress", "dropwhile", "filterfalse", "groupby", "_grouper", "islice",
            "pairwise", "starmap", "takewhile", "zip_longest",
        )
    ),
    ("_csv", "reader"),
}  # fmt: skip


def _is_iterator_in_c(kind):
    for cls in kind.__mro__:
        if "__next__" in vars(cls):
            return type(vars(cls)["__next__"]) is types.WrapperDescriptorType
    return False


def _instruction(item):
    frame = getattr(item, SUSPENDED[type(item)])
    return None if frame is None else frame.f_lasti


def _bytes(item):
    view = memoryview(item).cast("B")
    return len(view), zlib.crc32(view)


def _length_left(item):
    return operator.length_hint(item, -1)


def _text_in_memory(item):
    if item.closed:
        return None
    text = item.getvalue()
    return item.tell(), len(text), hash(text)


def _file(item):
    if item.closed:
        return "closed"
    try:
        return item.tell()
    except (OSError, ValueError):
        # A text file that is being iterated over does not say where it is, nor does a pipe.
        return _unknown(item) if item.readable() else None


def _random(item):
    return item.getstate()


def _numpy_random(item):
    return repr(item.bit_generator.state)


def _numpy_random_state(item):
    return repr(item.get_state())


# Arrays and frames


def _array(array):
    return array.shape, array.strides, array.dtype, _checksum(array)


def _checksum(array):
    numpy = sys.modules["numpy"]
    array = array.view(numpy.ndarray)
    if array.dtype.hasobject:
        if array.dtype == object:
            return None
        if array.dtype.names:
            return [_checksum(array[name]) for name in array.dtype.names]
        # Text of any length.
        return array.tolist()
    if array.nbytes > LARGE_BYTES:
        step = array.size // 4096
        array = numpy.concatenate([array.flat[::step], array.flat[-64:]])
    octets = array.ravel(order="K").view(numpy.uint8)
    if octets.nbytes <= _SMALL_BYTES:
        return zlib.crc32(octets)
    # Sums over rows and columns: a tenth of the time. A change of one place changes a sum, a swap of two places two.
    rows = octets.nbytes // (8 * _ROW)
    words = octets[: rows * 8 * _ROW].view(numpy.uint64).reshape(rows, _ROW)
    rest = octets[rows * 8 * _ROW :]
    return zlib.crc32(words.sum(axis=1)), zlib.crc32(words.sum(axis=0)), zlib.crc32(rest)


def _elements(array):
    """The Python objects in an array."""
    return array.ravel(order="K")[:LIMIT].tolist() if array.dtype == object else []


def _elements_and_attributes(array):
    attributes = getattr(array, "__dict__", {})
    # Of a masked array, made when somebody asks for it.
    return [*_elements(array), *(item for name, item in attributes.items() if name != "_fill_value")]


def _columns_of(frame):
    """Its arrays, by columns: how these are laid together in blocks is the library's own affair."""
    blocks = frame._mgr.blocks
    if len(blocks) == 1:
        return [blocks[0].values]
    columns = {}
    for block in blocks:
        places = block.mgr_locs.as_array.tolist()
        columns.update(zip(places, block.values if len(places) > 1 else [block.values]))
    return [columns[place] for place in sorted(columns)]


def _frame(frame):
    return [
        (values.dtype, values.size, *map(_checksum, arrays_in(values))) for values in _columns_of(frame)
    ]


def _frame_contents(frame):
    contents = list(attributes_of(frame).values())
    for values in _columns_of(frame):
        for array in arrays_in(values):
            contents.extend(_elements(array))
    return contents


def _frame_parts(frame):
    parts = [*_frame_contents(frame), *frame._mgr.axes]
    for axis in frame._mgr.axes:
        parts.extend(axis.names)
    for values in _columns_of(frame):
        if not numpy_array(values):
            attributes = getattr(values, "__dict__", {})
            parts.extend(part for name, part in attributes.items() if name != "_cache" and not numpy_array(part))
    if frame.ndim == 1:
        parts.append(frame.name)
    return parts


# Bases of what pandas looks at a frame through: what they keep of their own is only to be quicker the next time.
_PANDAS_VIEWS = {"BaseGroupBy", "BaseWindow"}


def _frames_in(view):
    return [item for item in vars(view).values() if pandas_object(item)]


def _index_parts(index):
    return list(index.names)


class _PolarsContent:
    """A frame or series as it was: it is copied as soon as it changes, so that this costs no memory before."""

    __slots__ = ("_value",)

    def __init__(self, value):
        self._value = value.clone()

    def __eq__(self, other):
        one, two = self._value, other._value
        if one.shape != two.shape or _heading(one) != _heading(two):
            return False
        if one.estimated_size() > LARGE_BYTES:
            return True
        return all(map(_is_same_column, _columns_of_polars(one), _columns_of_polars(two)))

    __hash__ = None


def _columns_of_polars(value):
    return value.get_columns() if hasattr(value, "get_columns") else [value]


def _is_same_column(one, two):
    if one.dtype == sys.modules["polars"].Object:
        return _are(one.to_list(), two.to_list())
    return one.equals(two)


def _heading(value):
    return list(value.schema.items()) if hasattr(value, "schema") else (value.name, value.dtype)
