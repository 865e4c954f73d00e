"""
Modules of the notebook's own folder, which are edited while the notebook is open: `import mylib` is to mean the file
as it stands.

A loader of our own notes what each file was like when it was read, and what it imports. Before a batch, `refresh`
takes those modules out of `sys.modules` whose file is another by now, and all that import one of them, so that the
next import makes another module. A top-level module or package is taken out as a whole: its parts hold on to each
other. Nothing is taken from the cells that imported it before; that they are to run again is the server's business.
"""

import ast
import functools
import importlib.machinery
import importlib.util
import linecache
import os
import sys

from .imports import imports_of


class LocalModules:
    def __init__(self, folder):
        """`folder` is absolute and free of symbolic links. From now on its modules are loaded by our loader."""
        self._folder = folder
        self._below = os.path.join(folder, "")
        # Environments in the folder hold what was installed, which nobody edits.
        self._foreign = os.path.join(os.path.realpath(sys.prefix), "")
        # File → what it was like when a module was loaded from it, or was looked for there.
        self._stamps = {}
        # Top-level name → the files it was loaded from, or that it would be loaded from if they were there.
        self._files = {}
        # Top-level name of a local module → the top-level names that it imports, local or not.
        self._imports = {}
        self._has_news = False
        self._finders = []
        sys.path_hooks.insert(0, self._finder)
        for path in list(sys.path_importer_cache):
            if self._is_local(path):
                del sys.path_importer_cache[path]

    def refresh(self):
        """To be called before a batch; costs a look at each file that a local module was loaded from."""
        for finder in self._finders:
            # A file may have come within one tick of the clock that the folder's time is taken from.
            finder.invalidate_caches()
        if not self._stamps:
            return
        if self._has_news:
            self._forget_foreign()
        changed = {path for path, stamp in list(self._stamps.items()) if _stamp(path) != stamp}
        if changed:
            self._drop(changed)

    def note(self, name, path, stamp, source):
        """That a module is about to run whose file has this text."""
        self._has_news = True
        top = name.partition(".")[0]
        self._watch(top, path, stamp)
        found = self._imports.setdefault(top, set())
        for imported in _imports_in(source):
            other = imported.partition(".")[0]
            # What is relative stays within the package.
            if other and other != top:
                found.add(other)
                if other not in sys.modules:
                    for place in (f"{other}.py", os.path.join(other, "__init__.py")):
                        place = self._below + place
                        self._watch(other, place, _stamp(place))
        for importer in self._running():
            if importer != top:
                self._imports.setdefault(importer, set()).add(top)

    def _watch(self, top, path, stamp):
        self._stamps[path] = stamp
        self._files.setdefault(top, set()).add(path)

    def _running(self):
        """Top-level names of local modules whose code is under way: theirs is an import that no text may show."""
        frame = sys._getframe(2)
        while frame is not None:
            name = frame.f_globals.get("__name__")
            if isinstance(name, str) and name.partition(".")[0] in self._imports:
                yield name.partition(".")[0]
            frame = frame.f_back

    def _forget_foreign(self):
        """What was imported by now from elsewhere need not be looked for here."""
        self._has_news = False
        for top in [top for top in self._files if top not in self._imports and top in sys.modules]:
            for path in self._files.pop(top):
                self._stamps.pop(path, None)

    def _drop(self, changed):
        gone = {top for top, files in self._files.items() if not files.isdisjoint(changed)}
        before = None
        while before != len(gone):
            before = len(gone)
            gone |= {top for top, found in self._imports.items() if not found.isdisjoint(gone)}
        for name in list(sys.modules):
            if name.partition(".")[0] in gone:
                del sys.modules[name]
        for top in gone:
            for path in self._files.pop(top, ()):
                self._stamps.pop(path, None)
                linecache.checkcache(path)
            self._imports.pop(top, None)

    def _is_local(self, path):
        path = os.path.abspath(path)
        if path != self._folder and not path.startswith(self._below):
            return False
        return "-packages" not in path and not os.path.join(path, "").startswith(self._foreign)

    def _finder(self, path):
        """One of `sys.path_hooks`; a folder that is not there yet has a finder too."""
        if not self._is_local(path) or os.path.isfile(path):
            raise ImportError("no folder of the notebook", path=path)
        finder = importlib.machinery.FileFinder(
            path,
            (importlib.machinery.ExtensionFileLoader, importlib.machinery.EXTENSION_SUFFIXES),
            (functools.partial(_Loader, self), importlib.machinery.SOURCE_SUFFIXES),
        )
        self._finders.append(finder)
        return finder


def is_local(module):
    """Whether it is a module of the notebook's folder."""
    return type(vars(module).get("__loader__")) is _Loader


class _Loader(importlib.machinery.SourceFileLoader):
    """None of its methods is under way while the module's code is compiled or run, so that no traceback shows them."""

    def __init__(self, modules, name, path):
        super().__init__(name, path)
        self._modules = modules

    def get_data(self, path):
        # Before it is read: a change in between is found by the next look.
        stamp = _stamp(path)
        data = super().get_data(path)
        if path == self.path:
            self._modules.note(self.name, path, stamp, data)
        return data

    def path_stats(self, path):
        # Without it there is no __pycache__, which takes a file of the same length and second for the same.
        raise OSError(f"compiled code is not kept for {path}")


def _stamp(path):
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _imports_in(source):
    try:
        text = importlib.util.decode_source(source)
        return imports_of(ast.parse(text), text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        # Python is about to say so itself.
        return []
