"""What the zygote imports ahead, and what each library needs so that a kernel finds it as if just imported.

An exercise does in the zygote what a library does on first use, so that no kernel has to, and so that the memory
this takes is shared. None of it may leave anything behind that a cell could notice.
"""

import os
import re

from .locality import code_side_by_side

# A linear algebra library is loaded with one thread, or the zygote would have more than one.
THREADS_VARIABLE = "OPENBLAS_NUM_THREADS"


def _exercise_numpy():
    import numpy

    numbers = numpy.linspace(0.0, 1.0, 100).reshape(10, 10)
    numpy.linalg.inv(numbers @ numbers + numpy.eye(10))
    repr(numbers)
    _openblas()


def _exercise_random():
    import numpy

    numpy.random.default_rng(1).normal(size=10)


def _exercise_drawing():
    import gc
    import io

    from matplotlib import font_manager
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure()
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.plot([1, 2, 3], label="a")
    axes.set_title("a")
    axes.legend()
    figure.savefig(io.BytesIO(), format="png", bbox_inches="tight")
    # Fonts read from their files when they are used, and no two kernels may read from one open file.
    del figure, axes
    for cached in (font_manager.get_font, getattr(font_manager, "_get_font", None)):
        if hasattr(cached, "cache_clear"):
            cached.cache_clear()
    gc.collect()


def _exercise_pandas():
    import numpy
    import pandas

    from .bundles import bundle_of
    from .tables import table_of

    def make():
        # As long as tables that people have: libraries reserve memory by the size.
        length = 10_000
        return pandas.DataFrame(
            {
                "key": numpy.arange(length) % 7,
                "value": numpy.linspace(0.0, 1.0, length),
                "word": ["one", "two"] * (length // 2),
            }
        )

    def show(shown):
        table_of(shown).content()
        bundle_of(shown)

    with code_side_by_side():
        # What most notebooks begin with.
        table = make()
        show(table)
        show(table.groupby("key")["value"].mean())
        show(table.describe())
    table.groupby("word").agg({"value": ["mean", "sum"], "key": "max"})
    table[table["key"] > 3].sort_values("value").head()
    table.merge(table.head(7), on="key").isna().sum()
    table["word"].value_counts()


def set_threads(environment):
    """
    In the zygote, before a fork: kernels are to compute with as many threads as the environment says. The library
    then starts them when they are first needed, and not when it shows; most kernels never need them.
    """
    if _known_openblas:
        openblas = _openblas()
        if openblas is not None and openblas.end_threads is not None:
            _set_threads(openblas, environment)
            openblas.end_threads()


def _use_threads(_numpy):
    """As many as the environment says, as if the library had just been loaded."""
    openblas = _openblas()
    if openblas is not None:
        _set_threads(openblas, os.environ)


def _set_threads(openblas, environment):
    count = environment.get(THREADS_VARIABLE, "")
    if count.isdigit() and int(count) not in (0, openblas.threads()):
        openblas.set_threads(int(count))


class _OpenBlas:
    """The functions of that library that its threads depend on; None for those that a build of it does not have."""

    def __init__(self, library):
        self.threads = _function(library, "openblas_get_num_threads")
        self.set_threads = _function(library, "openblas_set_num_threads")
        self.end_threads = getattr(library, "blas_thread_shutdown_", None)


_known_openblas = []


def _openblas():
    """None where it is another library."""
    if not _known_openblas:
        _known_openblas.append(_find_openblas())
    return _known_openblas[0]


def _find_openblas():
    import ctypes

    with open("/proc/self/maps", encoding="utf-8") as file:
        found = re.search(r"/\S*openblas\S*\.so\S*", file.read())
    if found is None:
        return None
    openblas = _OpenBlas(ctypes.CDLL(found.group()))
    return None if None in (openblas.threads, openblas.set_threads) else openblas


def _function(library, name):
    for prefix in ("", "scipy_"):
        for suffix in ("", "64_"):
            function = getattr(library, prefix + name + suffix, None)
            if function is not None:
                return function
    return None


def _reseed(random):
    """The global generator is a copy of the zygote's, and would give every kernel the same numbers."""
    random.seed()


def _read_settings(matplotlib):
    """The settings of this notebook, from the places that matplotlib reads when it is imported."""
    home = os.path.expanduser("~")
    config = os.environ.get("MPLCONFIGDIR") or os.path.join(home, ".config", "matplotlib")
    named = os.environ.get("MATPLOTLIBRC", "")
    places = [
        "matplotlibrc",
        named,
        os.path.join(named, "matplotlibrc"),
        os.path.join(config, "matplotlibrc"),
    ]
    for place in places:
        if place and os.path.isfile(place):
            settings = matplotlib.rc_params_from_file(place, use_default_template=False)
            # The environment goes before the file.
            settings.pop("backend", None)
            for params in (matplotlib.rcParams, matplotlib.rcParamsOrig):
                params.update(settings)
            return


# In this order: what comes earlier shows without what comes later.
LIBRARIES = (
    ("numpy", _exercise_numpy, _use_threads),
    ("numpy.random", _exercise_random, _reseed),
    ("matplotlib", None, _read_settings),
    ("matplotlib.figure", None, None),
    ("matplotlib.backends.backend_agg", _exercise_drawing, None),
    ("matplotlib.pyplot", None, None),
    ("pandas", _exercise_pandas, None),
)
