"""Makes libraries show their things in the notebook: what they need is set right after user code imports them.

Also provides `IPython.display` where IPython is not installed, since much code imports it from there.
"""

import contextlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
import warnings

from .console import INPUT_REFUSED
from .program import cell_filename, is_cell_filename


def install(display):
    """Registers the hooks, and returns their finder; costs nothing until one of the libraries is imported."""
    _name_lines_of_cells(display)
    # Also for subprocesses, which have no notebook to draw in.
    os.environ.setdefault("MPLBACKEND", "agg")
    after_import = {
        "matplotlib.pyplot": lambda module: _show_pyplot(module, display),
        "plotly.basedatatypes": lambda module: _show_plotly(module, display),
        "plotly.io._renderers": lambda module: _show_plotly_json(module, display),
        "altair": _allow_many_rows,
        "PIL.Image": lambda module: _show_image(module, display),
        "tqdm.notebook": _use_text_bars,
        "getpass": _refuse_passwords,
        "IPython.display": lambda module: _show_ipython(module, display),
        "IPython.core.display_functions": lambda module: _show_ipython(module, display),
    }
    finder = _AfterImport(after_import)
    sys.meta_path.insert(0, finder)
    sys.meta_path.append(_IPythonStandIn(display))
    return finder


def _name_lines_of_cells(display):
    """Makes warnings speak of lines: the name of a cell's code means nothing to a person."""
    format_as_usual = warnings.formatwarning

    def formatwarning(message, category, filename, lineno, line=None):
        text = format_as_usual(message, category, filename, lineno, line)
        place = f"{filename}:{lineno}:"
        if not is_cell_filename(filename) or not text.startswith(place):
            return text
        own = filename == cell_filename(display.cell)
        return f"line {lineno}{'' if own else ' of another cell'}:{text[len(place):]}"

    warnings.formatwarning = formatwarning


def _show_pyplot(module, display):
    module.show = lambda *_args, **_options: display.finish()


def _show_plotly(module, display):
    module.BaseFigure.show = lambda figure, *_args, **_options: display.display(figure)


def _show_plotly_json(module, display):
    def show(figure, *_args, **_options):
        import plotly.graph_objects

        if not hasattr(figure, "to_json"):
            figure = plotly.graph_objects.Figure(figure)
        display.display(figure)

    module.show = show


def _allow_many_rows(module):
    # Its bound is for notebooks that keep outputs in their files; here an output has one of its own.
    module.data_transformers.disable_max_rows()


def _show_image(module, display):
    module.Image.show = lambda image, *_args, **_options: display.display(image)


def _use_text_bars(module):
    # Its own bars are widgets, which need a kernel that they can talk to while they are on screen.
    import tqdm.std

    module.tqdm = module.tqdm_notebook = tqdm.std.tqdm
    module.trange = module.tnrange = tqdm.std.trange


def _refuse_passwords(module):
    def getpass(*_args, **_options):
        raise EOFError(INPUT_REFUSED)

    module.getpass = getpass


def _show_ipython(module, display):
    for name, function in display.functions().items():
        if hasattr(module, name):
            setattr(module, name, function)


class _AfterImport(importlib.abc.MetaPathFinder):
    """Finds a module as the other finders do, and has its loader call a function when the module is complete."""

    def __init__(self, functions):
        self._functions = functions

    def find_spec(self, name, path=None, target=None):
        function = self._functions.get(name)
        if function is None:
            return None
        for finder in sys.meta_path:
            if finder is self or not hasattr(finder, "find_spec"):
                continue
            spec = finder.find_spec(name, path, target)
            if spec is None:
                continue
            if spec.loader is not None:
                self._call_after_exec(spec.loader, name)
            return spec
        return None

    def complete(self, name, module):
        """Calls the function of a module that has become complete."""
        function = self._functions.get(name)
        if function is not None:
            # A module of the user's own may have the name of a library.
            with contextlib.suppress(AttributeError):
                function(module)

    def _call_after_exec(self, loader, name):
        execute = loader.exec_module

        def exec_module(module):
            execute(module)
            self.complete(name, module)

        loader.exec_module = exec_module


class _IPythonStandIn(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Stands last among the finders, so that an installed IPython wins."""

    def __init__(self, display):
        self._display = display

    def find_spec(self, name, _path=None, _target=None):
        if name == "IPython":
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        if name == "IPython.display":
            return importlib.machinery.ModuleSpec(name, self)
        return None

    def create_module(self, _spec):
        return None

    def exec_module(self, module):
        if module.__name__ == "IPython":
            module.get_ipython = lambda: None
            module.version_info = (8, 0, 0)
            module.__version__ = "8.0.0"
            return
        from . import display_objects

        for name in display_objects.__all__:
            setattr(module, name, getattr(display_objects, name))
        for name, function in self._display.functions().items():
            setattr(module, name, function)
