"""Python values as JSON that every reader understands: no NaN, no integer beyond 2^53, no cycle."""

import math

_MAX_DEPTH = 50
_MAX_NODES = 20_000
_MAX_CHARACTERS = 2_000_000
_MAX_SAFE_INTEGER = 2**53 - 1


class _NotJson(Exception):
    pass


class _Room:
    """What a tree may still hold; a value too large for it is left before all of it has been read."""

    def __init__(self):
        self.nodes = _MAX_NODES
        self.characters = _MAX_CHARACTERS

    def take(self, nodes, characters):
        self.nodes -= nodes
        self.characters -= characters
        if self.nodes < 0 or self.characters < 0:
            raise _NotJson


def json_tree(value):
    """`value` as a JSON tree, or None where it holds anything else, a cycle, or too much to look at."""
    try:
        return _tree(value, 0, _Room())
    except _NotJson:
        return None


def _tree(value, depth, room):
    kind = type(value)
    room.take(1, len(value) if kind is str else 0)
    if depth > _MAX_DEPTH:
        raise _NotJson
    if value is None or kind is bool or kind is str:
        return value
    if kind is int or kind is float:
        return json_number(value)
    if kind in (list, tuple, set, frozenset):
        return [_tree(item, depth + 1, room) for item in value]
    if kind is dict:
        tree = {}
        for key, item in value.items():
            if type(key) is not str:
                raise _NotJson
            room.take(0, len(key))
            tree[key] = _tree(item, depth + 1, room)
        return tree
    raise _NotJson


def json_number(value):
    """A number as it is, or as text where JSON or JavaScript cannot hold it."""
    if isinstance(value, float):
        if math.isfinite(value):
            return value
        return "NaN" if value != value else ("Infinity" if value > 0 else "-Infinity")
    if -_MAX_SAFE_INTEGER <= value <= _MAX_SAFE_INTEGER:
        return value
    try:
        return str(value)
    except ValueError:
        # Python refuses to print integers of thousands of digits; hexadecimal has no such limit.
        return hex(value)


def clean_json(value, depth=0):
    """JSON that a library made, with NaN and infinities as null, as its own writer would have them in a browser."""
    if depth > 200:
        return None
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): clean_json(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [clean_json(item, depth + 1) for item in value]
    return str(value)
