"""Python values as JSON that every reader understands: no NaN, no integer beyond 2^53, no cycle."""

import math

_MAX_DEPTH = 50
_MAX_NODES = 20_000
_MAX_SAFE_INTEGER = 2**53 - 1


class _NotJson(Exception):
    pass


def json_tree(value):
    """`value` as a JSON tree, or None where it holds anything else, a cycle, or too much to look at."""
    left = [_MAX_NODES]
    try:
        return _tree(value, 0, left)
    except _NotJson:
        return None


def _tree(value, depth, left):
    left[0] -= 1
    if left[0] < 0 or depth > _MAX_DEPTH:
        raise _NotJson
    kind = type(value)
    if value is None or kind is bool or kind is str:
        return value
    if kind is int or kind is float:
        return json_number(value)
    if kind in (list, tuple, set, frozenset):
        return [_tree(item, depth + 1, left) for item in value]
    if kind is dict:
        if not all(type(key) is str for key in value):
            raise _NotJson
        return {key: _tree(item, depth + 1, left) for key, item in value.items()}
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
