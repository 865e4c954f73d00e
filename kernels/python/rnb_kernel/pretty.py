"""`repr` that stops: built-in containers and strings as text of bounded length, whatever their size.

`repr` of a list of a hundred million numbers takes minutes and gigabytes before any of it can be cut. Here the text
is written piece by piece and the writing ends at the limit. What fits on a line stays on one line; longer sequences
fill lines, longer dicts have an entry on each. Objects of all other types, subclasses too, write themselves.
"""

from collections import deque

from .errors import safe_text

_WIDTH = 88
_MAX_DEPTH = 100

_BRACKETS = {
    list: ("[", "]"),
    tuple: ("(", ")"),
    dict: ("{", "}"),
    set: ("{", "}"),
    frozenset: ("frozenset({", "})"),
    deque: ("deque([", "])"),
}
_STRINGS = (str, bytes, bytearray)
_SIMPLE = (int, float, bool, complex, type(None))


def pretty(value, limit):
    """The text of `value`, at most `limit` characters of it and then a sentence that says how much there is."""
    writer = _Writer(limit)
    try:
        writer.write_value(value)
    except _Full:
        return f"{writer.text()}… [cut: {_extent(value, writer)}]"
    return writer.text()


class _Full(Exception):
    """The limit is reached; no failure of the value."""


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

    def write_value(self, value):
        """Writes `value` on the rest of the line, or over several lines that are indented to where it begins."""
        flat = self._flat(value, _WIDTH - self._column)
        if flat is not None:
            self._write(flat)
        elif self._is_open_container(value):
            self._write_container(value)
        else:
            self._write(self.leaf(value))

    def leaf(self, value):
        """The text of what is no container, or one too deep or empty to open."""
        kind = type(value)
        if kind in _BRACKETS and value:
            opening, closing = _BRACKETS[kind]
            return f"{opening[-1]}...{closing[0]}"
        if kind in _STRINGS:
            return repr(value if len(value) <= self.limit else value[: self.limit])
        if kind in _SIMPLE:
            return safe_text(repr, value)
        known = self._texts.get(id(value))
        if known is None:
            known = self._texts[id(value)] = (value, safe_text(repr, value))
        return known[1]

    def _is_open_container(self, value):
        if type(value) not in _BRACKETS or not value or len(self._containers) >= _MAX_DEPTH:
            return False
        return all(container is not value for container in self._containers)

    def _write_container(self, value):
        opening, closing = _brackets(value)
        indent = self._column + len(opening)
        self._write(opening)
        self._containers.append(value)
        if type(value) is dict:
            self._write_entries(value, indent)
        else:
            self._write_items(value, indent)
        self._containers.pop()
        self._write(closing)

    def _write_entries(self, value, indent):
        separator = ""
        for key, item in value.items():
            self._write(separator)
            if separator:
                self._break_line(indent)
            self.write_value(key)
            self._write(": ")
            self.write_value(item)
            separator = ","

    def _write_items(self, value, indent):
        separator = ""
        for item in value:
            self._write(separator)
            flat = self._flat(item, _WIDTH - indent - 1)
            fills = flat is not None and type(item) not in _BRACKETS
            if separator and fills and self._column + len(flat) + 2 <= _WIDTH:
                self._write(" ")
            elif separator:
                self._break_line(indent)
            if flat is not None:
                self._write(flat)
            else:
                self.write_value(item)
            separator = ","

    def _flat(self, value, room):
        """`value` on one line of at most `room` characters; None where it needs more."""
        if type(value) in _STRINGS and len(value) > room:
            return None
        if not self._is_open_container(value):
            text = self.leaf(value)
            return text if len(text) <= room and "\n" not in text else None
        opening, closing = _brackets(value)
        room -= len(opening) + len(closing)
        parts = []
        self._containers.append(value)
        try:
            for part in value.items() if type(value) is dict else value:
                text = (
                    self._flat_entry(part, room) if type(value) is dict else self._flat(part, room)
                )
                if text is None:
                    return None
                parts.append(text)
                room -= len(text) + len(", ")
        finally:
            self._containers.pop()
        return f"{opening}{', '.join(parts)}{closing}"

    def _flat_entry(self, entry, room):
        key = self._flat(entry[0], room)
        item = None if key is None else self._flat(entry[1], room - len(key) - len(": "))
        return None if item is None else f"{key}: {item}"

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


def _brackets(value):
    opening, closing = _BRACKETS[type(value)]
    if type(value) is tuple and len(value) == 1:
        closing = ",)"
    elif type(value) is deque and value.maxlen is not None:
        closing = f"], maxlen={value.maxlen})"
    return opening, closing


def _extent(value, writer):
    kind = type(value)
    if kind in _BRACKETS or kind in _STRINGS:
        return f"{kind.__name__} of {len(value):,}"
    return f"{len(writer.leaf(value)):,} characters"
