"""`repr` that stops: containers, records and strings as text of bounded length, whatever their size.

`repr` of a list of a hundred million numbers takes minutes and gigabytes before any of it can be cut. Here the text
is written piece by piece and the writing ends at the limit. What fits on a line stays on one line; longer sequences
fill lines, longer dicts and records have an entry on each. What a type looks like is decided by the `repr` it has,
so a subclass that keeps its parent's is bounded too. Objects with a `repr` of their own write themselves.
"""

import array
import heapq
import types
from collections import (
    ChainMap,
    Counter,
    OrderedDict,
    UserDict,
    UserList,
    defaultdict,
    deque,
    namedtuple,
)
from functools import partial

_WIDTH = 88
_MAX_DEPTH = 100
_MAX_INDENT = 40

# Beyond this many entries only the commonest of a Counter are put in order.
_MAX_SORTED = 10_000

_STRINGS = {str.__repr__: str, bytes.__repr__: bytes, bytearray.__repr__: bytearray}
_SIMPLE = (int, float, bool, complex, type(None))


def pretty(value, limit):
    """The text of `value`, at most `limit` characters of it and then a sentence that says how much there is."""
    writer = _Writer(limit)
    try:
        writer.write_value(value)
    except _Full:
        return f"{writer.text()}… [cut: {writer.extent(value)}]"
    return writer.text()


def safe_text(convert, value):
    """`convert(value)` as text; what went wrong if that raises, except for an interrupt."""
    try:
        return convert(value)
    except Exception as error:
        try:
            reason = f"{type(error).__name__}: {error}"
        except Exception:
            reason = type(error).__name__
        return f"<{type(value).__name__} object; its {convert.__name__} failed: {reason}>"


class _Full(Exception):
    """The limit is reached; no failure of the value."""


class _Form:
    """How a container is written: what stands around its items, and the items themselves."""

    __slots__ = ("opening", "closing", "size", "items", "entries")

    def __init__(self, opening, closing, size, items, entries=None):
        self.opening = opening
        self.closing = closing
        # None where the number of items says nothing about the value: a record.
        self.size = size
        # Iterators are made anew for each attempt: of values, or of (key, value), or of (prefix, value) for a record.
        self.items = items
        self.entries = entries


def _sequence(opening, closing, base):
    def form(value):
        size = base.__len__(value)
        return _Form(opening, closing, size, partial(base.__iter__, value))

    return form


def _tuple(value):
    size = tuple.__len__(value)
    return _Form("(", ",)" if size == 1 else ")", size, partial(tuple.__iter__, value))


def _set(value):
    name = type(value).__name__
    around = ("{", "}") if type(value) is set else (f"{name}({{", "})")
    base = frozenset if isinstance(value, frozenset) else set
    return _Form(*around, base.__len__(value), partial(base.__iter__, value))


def _deque(value):
    closing = "])" if value.maxlen is None else f"], maxlen={value.maxlen})"
    return _Form(
        f"{type(value).__name__}([", closing, deque.__len__(value), partial(deque.__iter__, value)
    )


def _array(value):
    return _Form(f"array('{value.typecode}', [", "])", len(value), partial(iter, value))


def _mapping(opening, closing, value, base=dict):
    return _Form(opening, closing, base.__len__(value), partial(base.items, value), "mapping")


def _dict(value):
    return _mapping("{", "}", value)


def _ordered_dict(value):
    return _mapping(f"{type(value).__name__}({{", "})", value, OrderedDict)


def _default_dict(value):
    factory = safe_text(repr, value.default_factory)
    return _mapping(f"{type(value).__name__}({factory}, {{", "})", value)


def _counter(value):
    form = _mapping(f"{type(value).__name__}({{", "})", value)
    form.items = partial(_commonest, value)
    return form


def _commonest(counter):
    # Counts need not be numbers; then `repr` gives them as they come.
    try:
        commonest = heapq.nlargest(_MAX_SORTED, dict.items(counter), key=lambda entry: entry[1])
    except TypeError:
        return iter(dict.items(counter))
    if len(commonest) == dict.__len__(counter):
        return iter(commonest)
    return _then_the_others(counter, commonest)


def _then_the_others(counter, commonest):
    yield from commonest
    written = {key for key, _ in commonest}
    yield from (entry for entry in dict.items(counter) if entry[0] not in written)


def _view(value):
    name = type(value).__name__
    return _Form(f"{name}([", "])", len(value), partial(iter, value))


def _wrapper(value):
    """`UserDict` and `UserList`, which look like what they hold."""
    return _form_of(value.data)


def _chain_map(value):
    return _Form(f"{type(value).__name__}(", ")", len(value.maps), partial(iter, value.maps))


def _record(opening, fields):
    return _Form(opening, ")", None, partial(iter, fields), "record")


def _named_tuple(value):
    fields = [(f"{name}=", item) for name, item in zip(type(value)._fields, tuple.__iter__(value))]
    return _record(f"{type(value).__name__}(", fields)


def _simple_namespace(value):
    name = "namespace" if type(value) is types.SimpleNamespace else type(value).__name__
    return _record(f"{name}(", [(f"{key}=", item) for key, item in vars(value).items()])


def _dataclass(value):
    fields = [
        (f"{field.name}=", getattr(value, field.name))
        for field in type(value).__dataclass_fields__.values()
        # The other kinds of field are variables of the class, and parameters.
        if field.repr and field._field_type.name == "_FIELD"
    ]
    return _record(f"{type(value).__qualname__}(", fields)


_FORMS = {
    list.__repr__: _sequence("[", "]", list),
    tuple.__repr__: _tuple,
    dict.__repr__: _dict,
    set.__repr__: _set,
    frozenset.__repr__: _set,
    deque.__repr__: _deque,
    array.array.__repr__: _array,
    OrderedDict.__repr__: _ordered_dict,
    defaultdict.__repr__: _default_dict,
    Counter.__repr__: _counter,
    UserDict.__repr__: _wrapper,
    UserList.__repr__: _wrapper,
    ChainMap.__repr__: _chain_map,
    type({}.keys()).__repr__: _view,
    type({}.values()).__repr__: _view,
    type({}.items()).__repr__: _view,
    types.SimpleNamespace.__repr__: _simple_namespace,
}

# Each named tuple has a `repr` of its own, made of one and the same code.
_NAMED_TUPLE_CODE = namedtuple("_Sample", "x").__repr__.__code__


def _form_of(value):
    """The form of a container that has items; None for anything else."""
    kind = type(value)
    own_repr = kind.__repr__
    try:
        make = _FORMS.get(own_repr)
    except TypeError:
        return None
    if make is None:
        if getattr(own_repr, "__code__", None) is _NAMED_TUPLE_CODE and hasattr(kind, "_fields"):
            make = _named_tuple
        elif _has_dataclass_repr(kind, own_repr):
            make = _dataclass
        else:
            return None
    if type(value) is array.array and value.typecode in ("u", "w"):
        return None
    try:
        form = make(value)
    except Exception:
        # A damaged value, such as a record without one of its fields: its own `repr` says what is wrong.
        return None
    return form if form is not None and form.size != 0 else None


def _has_dataclass_repr(kind, own_repr):
    """Whether `repr` is the one that `@dataclass` made: its text is made by code without a file, in a guard."""
    for base in kind.__mro__:
        if vars(base).get("__repr__") is own_repr:
            parameters = vars(base).get("__dataclass_params__")
            inner = getattr(own_repr, "__wrapped__", None)
            made = getattr(getattr(inner, "__code__", None), "co_filename", None) == "<string>"
            return parameters is not None and parameters.repr and made
    return False


class _Writer:
    def __init__(self, limit):
        self.limit = limit
        self._left = limit
        self._column = 0
        self._parts = []
        self._containers = []
        # Objects that have written themselves, by id; kept so that trying a line first asks each only once.
        self._texts = {}

    def text(self):
        return "".join(self._parts)

    def extent(self, value):
        """How much there is of a value that was cut."""
        name = type(value).__name__
        if type(value).__repr__ in _STRINGS:
            return f"{name} of {len(value):,}"
        form = _form_of(value)
        if form is None:
            return f"{len(self._leaf(value, form)):,} characters"
        return name if form.size is None else f"{name} of {form.size:,}"

    def write_value(self, value):
        """Writes `value` on the rest of the line, or over several lines that are indented to where it begins."""
        form = _form_of(value)
        flat = self._flat(value, form, _WIDTH - self._column)
        if flat is not None:
            self._write(flat)
        elif self._may_open(value, form):
            self._write_container(value, form)
        else:
            self._write(self._leaf(value, form))

    def _leaf(self, value, form):
        """The text of what is no container, or one too deep or empty to open."""
        if form is not None:
            return f"{form.opening}...{form.closing[-1 if form.closing[0] == ',' else 0 :]}"
        kind = type(value)
        base = _STRINGS.get(kind.__repr__) if isinstance(value, (str, bytes, bytearray)) else None
        if base is not None:
            size = base.__len__(value)
            return repr(value if size <= self.limit else base.__getitem__(value, slice(self.limit)))
        if kind in _SIMPLE:
            return safe_text(repr, value)
        known = self._texts.get(id(value))
        if known is None:
            known = self._texts[id(value)] = (value, safe_text(repr, value))
        return known[1]

    def _may_open(self, value, form):
        if form is None or len(self._containers) >= _MAX_DEPTH:
            return False
        return all(container is not value for container in self._containers)

    def _write_container(self, value, form):
        indent = self._column + min(len(form.opening), _MAX_INDENT)
        self._write(form.opening)
        self._containers.append(value)
        if form.entries is None:
            self._write_items(form, indent)
        else:
            self._write_entries(form, indent)
        self._containers.pop()
        self._write(form.closing)

    def _write_entries(self, form, indent):
        separator = ""
        for key, item in form.items():
            self._write(separator)
            if separator:
                self._break_line(indent)
            if form.entries == "record":
                self._write(key)
            else:
                self.write_value(key)
                self._write(": ")
            self.write_value(item)
            separator = ","

    def _write_items(self, form, indent):
        separator = ""
        for item in form.items():
            self._write(separator)
            inner = _form_of(item)
            flat = self._flat(item, inner, _WIDTH - indent - 1)
            fills = flat is not None and inner is None
            if separator and fills and self._column + len(flat) + 2 <= _WIDTH:
                self._write(" ")
            elif separator:
                self._break_line(indent)
            if flat is not None:
                self._write(flat)
            else:
                self.write_value(item)
            separator = ","

    def _flat(self, value, form, room):
        """`value` on one line of at most `room` characters; None where it needs more."""
        if form is None and isinstance(value, (str, bytes, bytearray)) and len(value) > room:
            return None
        if not self._may_open(value, form):
            text = self._leaf(value, form)
            return text if len(text) <= room and "\n" not in text else None
        room -= len(form.opening) + len(form.closing)
        # Each item takes a character, and a comma and a space before the next.
        if form.size is not None and 3 * form.size - 2 > room:
            return None
        parts = []
        self._containers.append(value)
        try:
            for part in form.items():
                text = self._flat_part(part, form.entries, room)
                if text is None:
                    return None
                parts.append(text)
                room -= len(text) + len(", ")
        finally:
            self._containers.pop()
        return f"{form.opening}{', '.join(parts)}{form.closing}"

    def _flat_part(self, part, entries, room):
        if entries is None:
            return self._flat(part, _form_of(part), room)
        key, item = part
        if entries == "mapping":
            key = self._flat(key, _form_of(key), room)
            if key is None:
                return None
            key += ": "
        text = self._flat(item, _form_of(item), room - len(key))
        return None if text is None else key + text

    def _break_line(self, indent):
        self._write("\n" + " " * indent)

    def _write(self, text):
        if len(text) > self._left:
            self._parts.append(text[: self._left])
            raise _Full
        self._left -= len(text)
        self._parts.append(text)
        newline = text.rfind("\n")
        self._column = self._column + len(text) if newline < 0 else len(text) - newline - 1
