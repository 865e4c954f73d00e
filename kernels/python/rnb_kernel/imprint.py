"""
Notices that a run has changed a value that it was only to read (R4.3).

Static analysis tells most changes in place beforehand; the rest is told by looking. An imprint of a value keeps what
each of its objects led to, by identity, up to a limit; `differs` looks again. It takes some microseconds for the
values that most cells share, and never more than some tenths of a millisecond.
"""

import contextlib
import io
import operator
import sys
import types
import zlib
from gc import get_referents, is_tracked

from .objects import (
    ATOMIC,
    FUNCTION,
    base_of,
    blocks_of,
    is_atomic,
    is_class,
    learn_atomic_types,
    numpy_array,
    objects_in,
    pandas_object,
    state_of_function,
)

# References looked at in one imprint; what lies beyond is not watched.
LIMIT = 20_000
_SAMPLE_BYTES = 1 << 16


class Imprint:
    __slots__ = ("_by_identity", "_by_value")

    def __init__(self, value, excluded):
        learn_atomic_types()
        # (object, what lists its parts, its parts) and (object, what describes it, its description).
        self._by_identity = []
        self._by_value = []
        with contextlib.suppress(Exception):
            # What does not let itself be looked at is not watched.
            self._take(value, excluded)

    def differs(self):
        for item, parts_of, before in self._by_identity:
            now = parts_of(item)
            if len(now) != len(before) or not all(map(operator.is_, now, before)):
                return True
        for item, describe, before in self._by_value:
            if describe(item) != before:
                return True
        return False

    def _take(self, value, excluded):
        seen = set(excluded)
        todo = [value]
        left = LIMIT
        while todo and left > 0:
            item = todo.pop()
            kind = type(item)
            if kind in ATOMIC or id(item) in seen or is_atomic(item):
                continue
            seen.add(id(item))
            left -= 1
            if issubclass(type(item), (types.FrameType, types.TracebackType)):
                continue
            describe = _description_for(item, kind)
            if describe is not None:
                self._by_value.append((item, describe, describe(item)))
                if numpy_array(item) or pandas_object(item):
                    todo.extend(objects_in(item)[:left])
                continue
            parts_of = _parts_for(item, kind)
            if parts_of is None:
                continue
            parts = parts_of(item)
            if kind is not tuple and kind is not frozenset:
                self._by_identity.append((item, parts_of, parts))
                if kind not in _CONTAINERS:
                    todo.append(kind)
            left -= len(parts)
            if left < 0 or not ATOMIC.issuperset(map(type, parts)):
                todo.extend(parts[: LIMIT])


_CONTAINERS = {list, dict, set, frozenset, tuple, types.CellType}


def _parts_for(item, kind):
    """What lists everything that the object itself refers to; None where that never changes or cannot be told."""
    if kind is list or kind is tuple or kind is set or kind is frozenset:
        return tuple
    if kind is FUNCTION:
        return _function_parts
    if is_class(item):
        # Those of libraries are changed by nobody who means well.
        return _class_parts if item.__module__ == "__main__" else None
    if kind is dict or is_tracked(item):
        if kind.__dictoffset__:
            # An object's attributes lie in the object itself until somebody asks for `__dict__`, and then in that:
            # somebody else's asking is not to look like a change.
            with contextlib.suppress(AttributeError):
                object.__getattribute__(item, "__dict__")
        return _referents
    return None


def _referents(item):
    return tuple(get_referents(item))


def _function_parts(function):
    return (function.__code__, *state_of_function(function))


def _class_parts(cls):
    items = vars(cls)
    return (*items.values(), *cls.__bases__)


def _description_for(item, kind):
    """What describes, cheaply, the state of an object that the interpreter cannot look into; None if it can."""
    if kind is bytearray:
        return _bytes
    if kind is types.GeneratorType:
        return _generator
    if kind is types.CoroutineType or kind is types.AsyncGeneratorType:
        return repr
    if numpy_array(item):
        return _array
    if pandas_object(item):
        return _frame
    if kind is io.StringIO or kind is io.BytesIO:
        return _text_in_memory
    if kind.__module__ == "_io":
        return _file
    name = kind.__name__
    if name.endswith("iterator") and hasattr(kind, "__length_hint__"):
        return _length_left
    if kind.__module__ == "itertools":
        return repr if name in ("count", "repeat") else None
    if kind.__module__ == "array":
        return _bytes
    if name == "Random" and kind.__module__ == "random":
        return _random
    if name == "Generator" and kind.__module__.startswith("numpy.random"):
        return _numpy_random
    if name == "RandomState":
        return _numpy_random_state
    return None


def _bytes(item):
    view = memoryview(item).cast("B")
    return len(view), zlib.crc32(view[:_SAMPLE_BYTES]), zlib.crc32(view[-_SAMPLE_BYTES:])


def _generator(item):
    frame = item.gi_frame
    return frame is None, None if frame is None else frame.f_lasti, _locals_of(frame)


def _locals_of(frame):
    if frame is None:
        return None
    # Loops in a generator come back to the same instruction.
    return [
        (name, id(value), value if type(value) in (int, str, float, bool) else None)
        for name, value in frame.f_locals.items()
    ]


def _length_left(item):
    return operator.length_hint(item, -1)


def _text_in_memory(item):
    if item.closed:
        return None
    text = item.getvalue()
    return item.tell(), len(text), hash(text)


def _file(item):
    try:
        return "closed" if item.closed else item.tell()
    except (OSError, ValueError):
        # A text file that is being iterated over does not say where it is.
        return "under way"


def _random(item):
    return item.getstate()


def _numpy_random(item):
    return repr(item.bit_generator.state)


def _numpy_random_state(item):
    return repr(item.get_state())


def _array(array):
    numpy = sys.modules["numpy"]
    shape = (array.shape, array.strides, array.dtype)
    if array.dtype == object:
        elements = array.ravel(order="K")[:1000].tolist()
        return (*shape, tuple(map(id, elements)))
    if array.nbytes > _SAMPLE_BYTES:
        step = max(1, array.size // 4096)
        sample = array.flat[::step]
        sample = numpy.concatenate([sample, array.flat[-64:]])
    else:
        sample = array
    return (*shape, zlib.crc32(sample.tobytes()))


def _frame(frame):
    blocks = blocks_of(frame)
    described = tuple(
        _array(block) if numpy_array(block) else (id(block), len(block)) for block in blocks
    )
    owners = tuple(id(base_of(block)) for block in blocks)
    axes = tuple(map(id, frame._mgr.axes))
    return described, owners, axes, getattr(frame, "name", None) if frame.ndim == 1 else None
