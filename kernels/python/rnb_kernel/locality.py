"""What the kernels write to lies close together in the zygote's memory.

A forked process gets a copy of each page that it writes to, and in CPython it writes to whatever it uses: it counts
references. A page has room for dozens of objects, so what a kernel costs depends on which of them are neighbours.
"""

import contextlib
import gc
import importlib.machinery
import sys
import types

# More than numpy, matplotlib and pandas have.
_MODULES = 1_000

# Beyond 512 bytes Python leaves objects to the C library; larger holes than these are as good as fresh memory.
_HOLE_SIZES = (*range(4096, 512, -256), *range(512, 32, -16))
_OVERHEAD = 33
_ENOUGH_IN_A_ROW = 8_192
_MOST_BYTES = 1 << 20

_plugs = []


@contextlib.contextmanager
def modules_side_by_side():
    """Modules that are imported within lie next to each other: a kernel has hundreds of them shown at once."""
    unused = [types.ModuleType("") for _ in range(_MODULES)]

    def create_module(_loader, spec):
        if not unused:
            return None
        module = unused.pop()
        module.__init__(spec.name)
        return module

    loader = importlib.machinery.SourceFileLoader
    loader.create_module = create_module
    try:
        yield
    finally:
        del loader.create_module


@contextlib.contextmanager
def code_side_by_side():
    """The code of the functions that are called within is copied to one place, in the order of their first calls."""
    called = {}
    sys.setprofile(lambda frame, *_: called.setdefault(id(frame.f_code), frame.f_code))
    try:
        yield
    finally:
        sys.setprofile(None)
    fill_holes()
    functions = {}
    for value in gc.get_objects():
        if type(value) is types.FunctionType and id(value.__code__) in called:
            functions.setdefault(id(value.__code__), []).append(value)
    for number, code in called.items():
        if number in functions:
            copy = code.replace()
            for function in functions[number]:
                function.__code__ = copy


def fill_holes():
    """Takes what is free between older objects, so that a kernel's own come to lie on pages of their own."""
    for size in _HOLE_SIZES:
        last = in_a_row = 0
        for _ in range(_MOST_BYTES // size):
            plug = bytes(size - _OVERHEAD)
            _plugs.append(plug)
            # The next of a pool, or the first of the pool after it.
            is_next = size <= id(plug) - last <= 2 * size + 64
            in_a_row = in_a_row + size if is_next else 0
            if in_a_row >= _ENOUGH_IN_A_ROW:
                break
            last = id(plug)
