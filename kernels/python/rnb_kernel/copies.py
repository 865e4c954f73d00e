"""
Copies of what a cell is going to change in place (R4): one joint copy of all such values, so that what they share
they still share, and nothing of the originals.

Objects of Python classes are copied by what they are made of; `__copy__`, `__deepcopy__` and `__reduce__` of a
notebook's classes are not asked, because they may do anything. Types of libraries, whose insides are their own, are
asked. What can't be copied raises Uncopyable: then the original itself is handed on, and made anew for the next who
needs it (R4.4). What a loaded module holds is the same in the copy (R4.9).
"""

import collections
import contextlib
import copyreg
import functools
import io
import struct
import types
import warnings
from operator import is_

from .module_state import KEPT_TYPES, PLACES, is_module_state
from .objects import (
    ATOMIC,
    FUNCTION,
    base_of,
    blocks_of,
    copies_on_write,
    is_atomic,
    is_class,
    numpy_array,
    objects_in,
    pandas_object,
)

# Above this many bytes of arrays, or objects, making a value anew is kinder than holding it twice.
MAX_BYTES = 256 << 20
MAX_OBJECTS = 3_000_000


class Uncopyable(Exception):
    """Says why, for whoever looks for it."""


# In the order in which a subclass is to be told by them.
_BASES = (
    collections.OrderedDict,
    collections.defaultdict,
    collections.deque,
    dict,
    list,
    set,
    frozenset,
    tuple,
    bytearray,
    BaseException,
)

_POINTER = struct.calcsize("P")
# As `__dictoffset__`: that the attributes do not lie in the object.
_OUTSIDE = -1

_NEVER = (
    types.GeneratorType,
    types.CoroutineType,
    types.AsyncGeneratorType,
    types.FrameType,
    types.MappingProxyType,
    memoryview,
)


class Copier:
    def __init__(self):
        # By identity of the original: its copy. Like the memo of `copy.deepcopy`, which libraries are given.
        self.memo = {}
        self._kept = []
        # By class: which of the known bases its objects are copied as, and their slots.
        self._layouts = {}
        self._bytes = 0

    def copy(self, value):
        """Raises Uncopyable."""
        try:
            return self._copy(value)
        except (Uncopyable, KeyboardInterrupt):
            raise
        except BaseException as error:
            raise Uncopyable(repr(error)) from None

    def _copy(self, value):
        kind = type(value)
        if kind in ATOMIC or is_class(value) or is_atomic(value):
            return value
        known = self.memo.get(id(value), self)
        if known is not self:
            return known
        if (id(value) in PLACES or kind in KEPT_TYPES) and is_module_state(value):
            return value
        if len(self.memo) > MAX_OBJECTS:
            raise Uncopyable("too many objects")
        copier = _COPIERS.get(kind)
        if copier is not None:
            return copier(self, value)
        if issubclass(type(value), _NEVER) or (issubclass(type(value), io.IOBase) and not _is_in_memory(value)):
            raise Uncopyable(f"a {kind.__name__}")
        if numpy_array(value):
            return self._copy_array(value)
        if pandas_object(value):
            return self._copy_frame(value)
        copied = self._copy_instance(value, kind)
        return self._copy_by_reduction(value, kind) if copied is None else copied

    def _keep(self, value, copied):
        """From now on the copy stands for the value; which is held, so that nothing else gets its identity."""
        self.memo[id(value)] = copied
        self._kept.append(value)
        return copied

    # Containers

    def _copy_list(self, value):
        copied = self._keep(value, [])
        if ATOMIC.issuperset(map(type, value)):
            copied.extend(value)
        else:
            for item in value:
                copied.append(self._copy(item))
        return copied

    def _copy_dict(self, value):
        copied = self._keep(value, {})
        if ATOMIC.issuperset(map(type, value.values())) and ATOMIC.issuperset(map(type, value)):
            copied.update(value)
        else:
            for key, item in value.items():
                copied[self._copy(key)] = self._copy(item)
        return copied

    def _copy_set(self, value):
        copied = self._keep(value, set())
        items = value if ATOMIC.issuperset(map(type, value)) else self._copy_items(value, value)
        _fill_set(copied, items)
        return copied

    def _copy_frozenset(self, value):
        if ATOMIC.issuperset(map(type, value)):
            return value
        items = self._copy_items(value, value)
        return value if items is value else self._keep(value, frozenset(items))

    def _copy_items(self, value, items):
        """Copies of a set's items; the set itself where they are its items, for the sake of their order."""
        copies = [self._copy(item) for item in items]
        return value if all(map(is_, copies, items)) else copies

    def _copy_tuple(self, value):
        if ATOMIC.issuperset(map(type, value)):
            return value
        items = [self._copy(item) for item in value]
        known = self.memo.get(id(value), self)
        if known is not self:
            return known
        if all(a is b for a, b in zip(items, value)):
            return value
        return self._keep(value, tuple(items))

    def _copy_bytearray(self, value):
        return self._keep(value, bytearray(value))

    # Code

    def _copy_function(self, function):
        if not _has_state(function) or is_module_state(function):
            return function
        closure = function.__closure__
        cells = None
        if closure:
            # Cells first, then their contents: a function may be in its own closure.
            cells = tuple(self._cell(cell) for cell in closure)
        copied = FUNCTION(function.__code__, function.__globals__, function.__name__, None, cells)
        self._keep(function, copied)
        for cell in closure or ():
            self._fill_cell(cell)
        copied.__defaults__ = self._copy(function.__defaults__)
        copied.__kwdefaults__ = self._copy(function.__kwdefaults__)
        copied.__qualname__ = function.__qualname__
        copied.__module__ = function.__module__
        copied.__doc__ = function.__doc__
        copied.__annotations__ = function.__annotations__
        for name, item in function.__dict__.items():
            copied.__dict__[name] = self._copy(item)
        return copied

    def _cell(self, cell):
        known = self.memo.get(id(cell))
        return self._keep(cell, types.CellType()) if known is None else known

    def _fill_cell(self, cell):
        copied = self.memo[id(cell)]
        if copied is cell or _is_filled(copied) or not _is_filled(cell):
            return
        copied.cell_contents = self._copy(cell.cell_contents)

    def _copy_cell(self, cell):
        copied = self._cell(cell)
        self._fill_cell(cell)
        return copied

    def _copy_method(self, method):
        owner = self._copy(method.__self__)
        return method if owner is method.__self__ else self._keep(method, types.MethodType(method.__func__, owner))

    def _copy_builtin_method(self, method):
        owner = self._copy(method.__self__)
        return method if owner is method.__self__ else getattr(owner, method.__name__)

    def _copy_partial(self, value):
        copied = functools.partial(
            self._copy(value.func), *map(self._copy, value.args), **self._copy_plain(value.keywords)
        )
        self._keep(value, copied)
        for name, item in value.__dict__.items():
            copied.__dict__[name] = self._copy(item)
        return copied

    def _copy_plain(self, items):
        return {key: self._copy(item) for key, item in items.items()}

    # Arrays and frames

    def _count(self, size):
        self._bytes += size
        if self._bytes > MAX_BYTES:
            raise Uncopyable("too large")

    def _copy_array(self, array):
        import numpy

        if type(array) is not numpy.ndarray or array.dtype.hasobject:
            if base_of(array) is not array:
                raise Uncopyable("a view of objects")
            self._count(array.nbytes)
            copied = self._keep(array, array.copy(order="K"))
            if array.dtype == object:
                flat = copied.ravel(order="K")
                for index, item in enumerate(flat):
                    flat[index] = self._copy(item)
            return copied
        owner = base_of(array)
        if owner is array:
            self._count(array.nbytes)
            return self._keep(array, array.copy(order="K"))
        if type(owner) is not numpy.ndarray:
            raise Uncopyable("an array over memory that is not its own")
        buffer = self._copy(owner)
        offset = array.__array_interface__["data"][0] - owner.__array_interface__["data"][0]
        if buffer.strides != owner.strides or not _is_contiguous(owner):
            raise Uncopyable("a view of memory with gaps")
        flat = buffer.reshape(-1, order="A") if buffer.ndim != 1 else buffer
        copied = numpy.ndarray(array.shape, array.dtype, flat.data, offset, array.strides)
        copied.flags.writeable = array.flags.writeable
        return self._keep(array, copied)

    def _copy_frame(self, frame):
        blocks = blocks_of(frame)
        shared = not copies_on_write()
        for block in blocks:
            self._count(getattr(block, "nbytes", 0))
            owner = base_of(block)
            if shared and numpy_array(owner) and self.memo.get(id(owner), self) is not self:
                raise Uncopyable("frames over the same memory")
        if objects_in(frame):
            raise Uncopyable("a frame of objects that can change")
        copied = self._keep(frame, frame.copy(deep=True))
        for name, item in vars(frame).items():
            if name not in frame._internal_names_set and name not in vars(copied):
                # An attribute that somebody has set, which pandas does not copy.
                vars(copied)[name] = self._copy(item)
        if shared:
            for block in blocks:
                owner = base_of(block)
                if numpy_array(owner):
                    # Whoever shares this memory cannot be copied together with the frame.
                    self._keep(owner, _Foreign)
        return copied

    # Instances

    def _copy_instance(self, value, kind):
        """A copy of an object that has nothing but what it has in Python; None for others."""
        layout = self._layouts.get(kind)
        if layout is None:
            layout = self._layouts[kind] = _layout_of(kind)
        base, slots = layout
        if base is None:
            return None
        if base is tuple:
            copied = self._keep(value, tuple.__new__(kind, map(self._copy, tuple.__iter__(value))))
        elif base is frozenset:
            items = self._copy_items(value, list(frozenset.__iter__(value)))
            copied = self._keep(value, frozenset.__new__(kind, items))
        else:
            try:
                copied = base.__new__(kind)
            except TypeError:
                return None
            self._keep(value, copied)
            self._fill(value, copied, base)
        self._copy_attributes(value, copied, slots)
        return copied

    def _copy_attributes(self, value, copied, slots):
        attributes = _attributes_of(value)
        if attributes is not None:
            own = self.memo.get(id(attributes))
            if own is None:
                own = self.memo[id(attributes)] = _attributes_of(copied)
                for name, item in attributes.items():
                    own[name] = self._copy(item)
            else:
                # Somebody holds the attributes themselves, and was copied before the object.
                object.__setattr__(copied, "__dict__", own)
        for slot in slots:
            try:
                item = slot.__get__(value)
            except AttributeError:
                continue
            slot.__set__(copied, self._copy(item))

    def _fill(self, value, copied, base):
        if base is collections.defaultdict:
            copied.default_factory = self._copy(value.default_factory)
        if issubclass(type(value), dict):
            for key, item in base.items(value):
                base.__setitem__(copied, self._copy(key), self._copy(item))
        elif base is list:
            list.extend(copied, [self._copy(item) for item in list.__iter__(value)])
        elif base is collections.deque:
            base.__init__(copied, (), value.maxlen)
            base.extend(copied, [self._copy(item) for item in base.__iter__(value)])
        elif base is set:
            items = self._copy_items(value, list(set.__iter__(value)))
            _fill_set(copied, items)
        elif base is bytearray:
            bytearray.extend(copied, value)
        elif base is BaseException:
            copied.args = tuple(self._copy(item) for item in value.args)

    def _copy_by_reduction(self, value, kind):
        """As the type of a library itself would have it copied."""
        hook = getattr(kind, "__deepcopy__", None)
        if hook is not None:
            copied = hook(value, self.memo)
            if copied is value:
                raise Uncopyable(f"a {kind.__name__} that is its own copy")
            return self._keep(value, copied)
        reduce = copyreg.dispatch_table.get(kind)
        with _silence(kind):
            reduced = value.__reduce_ex__(4) if reduce is None else reduce(value)
        if isinstance(reduced, str):
            return value
        function, arguments, state, items, pairs, *_ = (*reduced, None, None, None)
        copied = self._keep(value, function(*[self._copy(part) for part in arguments]))
        if state is not None:
            state = self._copy(state)
            with _silence(kind):
                self._set_state(copied, state)
            if type(state) is int and kind.__reduce__(copied)[2:3] != (state,):
                # It stands beyond the end of a list that has become shorter, and a new one cannot be put there.
                raise Uncopyable(f"a {kind.__name__} beyond its end")
        elif copied is not value and type(copied) is kind:
            # The type knows nothing of what a class derived from it has besides.
            self._copy_attributes(value, copied, _slots_of(kind))
        for item in items or ():
            copied.append(self._copy(item))
        for key, item in pairs or ():
            copied[self._copy(key)] = self._copy(item)
        return copied

    def _set_state(self, copied, state):
        if hasattr(copied, "__setstate__"):
            copied.__setstate__(state)
            return
        attributes, slots = state if isinstance(state, tuple) and len(state) == 2 else (state, None)
        if attributes:
            copied.__dict__.update(attributes)
        for name, item in (slots or {}).items():
            setattr(copied, name, item)


class _Foreign:
    """Stands in the memo for memory that has been copied by its library and cannot be pointed to."""


def _fill_set(copied, items):
    """
    Fills a set so that it is gone through in the order of `items`, now and as it grows, if these are a set: that is, with
    a table of the same size, filled alike. A set that has grown item by item has a larger one than a copy would get.
    """
    set.update(copied, items)
    if not isinstance(items, set) or _is_alike(items, copied):
        return
    if all(map(_is_plain, set.__iter__(items))):
        set.clear(copied)
        for item in set.__iter__(items):
            set.add(copied, item)
        # Text is gone through in another order by each process, copied or not.
        if not _is_alike(items, copied) and not any(map(_hashes_by_chance, set.__iter__(items))):
            raise Uncopyable("a set whose copy would have another order")


def _is_alike(one, other):
    return set.__sizeof__(one) == set.__sizeof__(other) and all(map(is_, set.__iter__(one), set.__iter__(other)))


def _is_plain(item):
    """Whether looking for it in a set calls no code but the interpreter's."""
    return type(item) in ATOMIC or (type(item) is tuple and ATOMIC.issuperset(map(type, item)))


def _hashes_by_chance(item):
    return not _COUNTED.issuperset(map(type, item) if type(item) is tuple else (type(item),))


_COUNTED = {int, bool, float, complex, range}


_COPIERS = {
    list: Copier._copy_list,
    dict: Copier._copy_dict,
    set: Copier._copy_set,
    frozenset: Copier._copy_frozenset,
    tuple: Copier._copy_tuple,
    bytearray: Copier._copy_bytearray,
    FUNCTION: Copier._copy_function,
    types.CellType: Copier._copy_cell,
    types.MethodType: Copier._copy_method,
    types.BuiltinFunctionType: Copier._copy_builtin_method,
    functools.partial: Copier._copy_partial,
}


@contextlib.contextmanager
def _silence(kind):
    """Iterators of itertools warn that they will not be copied for ever."""
    if kind.__module__ != "itertools":
        yield
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _has_state(function):
    """Whether calling the function may change something that is its own."""
    if function.__closure__ or function.__dict__:
        return True
    defaults = (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values())
    return not ATOMIC.issuperset(map(type, defaults))


def _is_filled(cell):
    try:
        cell.cell_contents  # noqa: B018
    except ValueError:
        return False
    return True


def _is_in_memory(value):
    return type(value) in (io.StringIO, io.BytesIO)


def _is_contiguous(array):
    return array.flags.c_contiguous or array.flags.f_contiguous


def _attributes_of(value):
    try:
        attributes = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return None
    return attributes if type(attributes) is dict else None


def _layout_of(kind):
    """
    Which of the known bases (or `object`) an object of the class is copied as, and the slots it has besides. No base if
    it has more in memory than the base, its attributes and its slots, which only a class not written in Python has:
    that only the type itself knows how to copy.
    """
    base = next((base for base in _BASES if issubclass(kind, base)), object)
    slots = tuple(_slots_of(kind))
    size = base.__basicsize__ + _POINTER * len(slots)
    if kind.__dictoffset__ not in (base.__dictoffset__, _OUTSIDE):
        size += _POINTER
    if kind.__weakrefoffset__ > 0 and kind.__weakrefoffset__ != base.__weakrefoffset__:
        size += _POINTER
    return (base if kind.__basicsize__ <= size else None), slots


def _slots_of(kind):
    for cls in kind.__mro__:
        if "__slots__" in vars(cls):
            for slot in vars(cls).values():
                if type(slot) is types.MemberDescriptorType:
                    yield slot
