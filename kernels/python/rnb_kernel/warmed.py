"""Modules that were imported ahead of the kernels, and that show only when a cell imports them.

A kernel forked from a process with pandas in it must look like one that has just started: `sys.modules` without
pandas, a module of the notebook's own folder still going before one of the same name elsewhere, matplotlib with the
settings of this folder. So what was imported ahead is taken out of `sys.modules`, and a finder that stands first
hands it out when it is asked for: where the usual finders would have found the very same file.
"""

import contextlib
import importlib.machinery
import importlib.util
import os
import sys
import types
import warnings

# Threads that a library starts when it is loaded and that are made to survive a fork: the allocator's own, which
# registers what to do about it.
_HARMLESS_THREADS = {"jemalloc_bg_thd"}


class Unsafe(Exception):
    """A library that may not be in a process that forks; the process that has imported it is spoiled."""

    def __init__(self, library, reason):
        super().__init__(f"{library} is not imported ahead: {reason}")
        self.library = library


class Warmed:
    """A finder (`sys.meta_path`) that owns the modules imported ahead."""

    def __init__(self):
        # Name → (module, number of the import that brought it).
        self._modules = {}
        self._imports = 0
        self._known = set(sys.modules)
        # Name of an imported library → what is to happen when it shows.
        self._effects = {}
        # Top-level package → its modules, as (number, name, module, whether its package has lost it).
        self._packages = {}
        # Top-level package → the others that it uses.
        self._uses = {}
        # Called with the name and the module of each that shows without having been asked for itself.
        self.on_shown = lambda _name, _module: None

    def can_add(self, name):
        """Whether there is such a library, and its package has been imported ahead."""
        parent = name.rpartition(".")[0]
        return (not parent or parent in sys.modules) and importlib.util.find_spec(name) is not None

    def add(self, name, exercise=None, effect=None):
        """
        Imports a library, and runs `exercise` so that what it does on first use is done; `effect` is called in a
        kernel when it shows. Raises Unsafe where the process should not fork after that.
        """
        self._imports += 1
        before = list(warnings.filters)
        files = _open_files()
        others = _threads()
        try:
            importlib.import_module(name)
        except Exception as error:
            raise Unsafe(name, f"it could not be imported ({error})") from error
        if exercise is not None:
            # Of a version that knows none of this only the import is done ahead.
            with contextlib.suppress(Exception):
                exercise()
        threads = {title for _, title in _threads() - others} - _HARMLESS_THREADS
        if threads:
            raise Unsafe(name, f"it has started threads ({', '.join(sorted(threads))})")
        # A kernel has other things at these numbers, and several reading one file would get in each other's way.
        if _open_files() > files:
            raise Unsafe(name, "it keeps files open")
        filters = [one for one in warnings.filters if one not in before]
        self._effects[name] = (filters, effect)
        for module_name, module in list(sys.modules.items()):
            if module_name not in self._known and module_name not in self._modules:
                self._modules[module_name] = (module, self._imports)

    def hide(self):
        """Takes the modules out of sight; from now on the finder hands them out."""
        self._note_uses()
        hidden = set()
        for name, (module, number) in self._modules.items():
            sys.modules.pop(name, None)
            vars(module).pop("__warningregistry__", None)
            parent, _, child = name.rpartition(".")
            # A submodule that came later is no attribute of its package until it is imported.
            if parent and self._number(parent) < number and child in vars(self._module(parent)):
                delattr(self._module(parent), child)
                hidden.add(name)
        for name, (module, number) in self._modules.items():
            if not _is_standard(module):
                # Names of their own, all in one place: to touch one is to have a copy of the memory around it.
                package = self._packages.setdefault(name.partition(".")[0], [])
                package.append((number, "".join(list(name)), module, name in hidden))
        sys.meta_path.insert(0, self)

    def find_spec(self, name, _path=None, _target=None):
        held = self._modules.get(name)
        if held is None:
            return None
        module = held[0]
        parent = name.rpartition(".")[0]
        if parent:
            is_same = sys.modules.get(parent) is self._module(parent)
        else:
            is_same = _is_what_would_be_found(name, module)
        if not is_same:
            self._let_go(name)
            return None
        spec = importlib.machinery.ModuleSpec(name, _Handing(self, name, module))
        spec.origin = getattr(module.__spec__, "origin", None)
        return spec

    def show(self, name):
        """Puts what would be there after an import of `name` into `sys.modules`, beside the module itself."""
        if not _is_standard(self._module(name)):
            wanted = self._number(name)
            for package in self._with_uses(name.partition(".")[0]):
                for number, other, module, is_hidden in self._packages.get(package, ()):
                    if number <= wanted and other not in sys.modules:
                        self._show_too(other, module, is_hidden)
        self._take_effect(name)

    def _show_too(self, name, module, is_hidden):
        sys.modules[name] = module
        if is_hidden:
            parent, _, child = name.rpartition(".")
            setattr(self._module(parent), child, module)
        self._take_effect(name)
        self.on_shown(name, module)

    def _take_effect(self, name):
        if name not in self._effects:
            return
        filters, effect = self._effects.pop(name)
        for action, message, category, module, line in reversed(filters):
            warnings.filterwarnings(action, _pattern(message), category, _pattern(module), line)
        if effect is not None:
            effect(sys.modules[name])

    def _module(self, name):
        held = self._modules.get(name)
        return sys.modules.get(name) if held is None else held[0]

    def _number(self, name):
        held = self._modules.get(name)
        return 0 if held is None else held[1]

    def _let_go(self, name):
        """Another module of this name goes before the one imported ahead, and its submodules before those of that."""
        for other in [one for one in self._modules if one == name or one.startswith(f"{name}.")]:
            del self._modules[other]

    def _note_uses(self):
        for name, (module, _) in self._modules.items():
            uses = self._uses.setdefault(name.partition(".")[0], set())
            for value in list(vars(module).values()):
                used = None
                if isinstance(value, types.ModuleType):
                    used = value.__name__
                elif isinstance(value, (type, types.FunctionType)):
                    used = value.__module__
                top = used.partition(".")[0] if isinstance(used, str) else None
                if top in self._modules and not _is_standard(self._module(top)):
                    uses.add(top)

    def _with_uses(self, top):
        found = {top}
        waiting = [top]
        while waiting:
            for used in self._uses.get(waiting.pop(), ()):
                if used not in found:
                    found.add(used)
                    waiting.append(used)
        return found


class _Handing:
    """The loader of one module that is there already."""

    def __init__(self, warmed, name, module):
        self._warmed = warmed
        self._name = name
        self._module = module
        self._spec = module.__spec__

    def create_module(self, _spec):
        return self._module

    def exec_module(self, module):
        # The import system has just replaced it by one that leads here.
        module.__spec__ = self._spec
        self._warmed.show(self._name)


_STANDARD_FOLDER = os.path.dirname(os.__file__) + os.sep


def _is_standard(module):
    origin = getattr(getattr(module, "__spec__", None), "origin", None) or "built-in"
    if origin in ("built-in", "frozen"):
        return True
    return origin.startswith(_STANDARD_FOLDER) and "-packages" not in origin


def _is_what_would_be_found(name, module):
    spec = module.__spec__
    if spec is None or spec.origin in ("built-in", "frozen"):
        return True
    found = importlib.machinery.PathFinder.find_spec(name)
    return found is not None and found.origin == spec.origin


def _pattern(expression):
    return getattr(expression, "pattern", expression) or ""


def _open_files():
    return len(os.listdir("/proc/self/fd"))


def _threads():
    """The threads of this process as (number, name)."""
    folder = "/proc/self/task"
    threads = set()
    for number in os.listdir(folder):
        # One that has just ended is none.
        with contextlib.suppress(OSError), open(f"{folder}/{number}/comm", encoding="utf-8") as file:
            threads.add((number, file.read().strip()))
    return threads
