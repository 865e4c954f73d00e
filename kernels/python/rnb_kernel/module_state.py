"""
Objects that the whole process has one of, because a loaded module holds them (R4.9): `os.environ`, `sys.path`,
matplotlib's `rcParams`, a list in a module of the notebook's folder. A copy of one would be an object that its module
knows nothing of.

They are known by where they are: most stand in the namespace of their module, and whether one still does is looked at
whenever it is asked, since modules replace them. What libraries keep elsewhere is told by the tables below.
"""

import itertools
import sys
import types

from .local_modules import is_local

# Types of which a library keeps every object for all who ask for it by name.
_KEPT_TYPES = {"logging": ("Logger", "RootLogger")}
# Functions that give the object which is in force for all.
_IN_FORCE = {"decimal": ("getcontext",)}

# Where such objects stand: by identity, the namespace and the name in it.
PLACES = {}
# The types above, as far as their libraries have been imported.
KEPT_TYPES = set()

_METHODS = {types.MethodType, types.BuiltinFunctionType}
# What namespaces are full of, and what never changes or is told without a look at its place.
_PASSED_OVER = {
    int, float, bool, str, bytes, type(None), tuple, frozenset,
    types.ModuleType, types.FunctionType, types.BuiltinFunctionType, type,
}  # fmt: skip

# By name: the modules that were there at the last look; those whose namespace has been noted, maybe before they showed;
# and the notebook's own, whose functions put other objects in the place of what was there.
_seen = {}
_noted = {}
_own = {}
# Keys of PLACES that are looked for again each time.
_passing = []


def note_modules():
    """Notes what the modules hold that are there now. To be called ahead of a fork, for many kernels."""
    for name, module in list(sys.modules.items()):
        _note(name, module)


def learn_module_state():
    """
    Takes in what has been imported since. To be called before it is asked what a cell may change; costs a microsecond
    where nothing was.
    """
    try:
        # The last that were imported come last, also when they were imported again.
        new = list(itertools.takewhile(_is_new, reversed(sys.modules.items())))
    except RuntimeError:
        # A thread is importing something right now.
        return
    for name, module in new:
        _seen[name] = module
        if _noted.get(name) is not module:
            _note(name, module)
    for key in _passing:
        del PLACES[key]
    _passing.clear()
    for name, module in list(_own.items()):
        if sys.modules.get(name) is module:
            _passing.extend(_note_places(vars(module)))
        else:
            del _own[name], _seen[name], _noted[name]
    for name, functions in _IN_FORCE.items():
        for function in functions if name in _seen else ():
            _passing.extend(_note_places({function: getattr(_seen[name], function)()}))


def is_module_state(value):
    """Whether a loaded module holds the object, as far as has been learnt, or it is a method of one such."""
    kind = type(value)
    if kind in _METHODS:
        return is_module_state(value.__self__)
    if kind is types.FunctionType or issubclass(kind, type):
        return _is_defined_in_module(value)
    if kind in KEPT_TYPES:
        return True
    place = PLACES.get(id(value))
    return place is not None and place[0].get(place[1]) is value


def _is_new(item):
    name, module = item
    return _seen.get(name) is not module


def _note(name, module):
    _noted[name] = module
    if name == "__main__" or not issubclass(type(module), types.ModuleType):
        return
    if is_local(module):
        _own[name] = module
        return
    _note_places(object.__getattribute__(module, "__dict__"))
    if name in _KEPT_TYPES:
        KEPT_TYPES.update(getattr(module, kind) for kind in _KEPT_TYPES[name])


def _note_places(namespace):
    """Returns the keys of those that were not known."""
    noted = []
    for name, value in list(namespace.items()):
        kind = type(value)
        if kind in _PASSED_OVER or name[:2] == "__" or issubclass(kind, type):
            continue
        if not is_module_state(value):
            noted.append(id(value))
            PLACES[id(value)] = namespace, name
    return noted


def _is_defined_in_module(value):
    name = value.__module__
    module = sys.modules.get(name) if type(name) is str and name != "__main__" else None
    return module is not None and getattr(module, "__dict__", {}).get(value.__name__) is value
