"""What a cell shows: its last expression, `display()` and friends, open figures at its end, Markdown cells."""

import sys

from . import markdown
from .bundles import bundle_of, plain_text
from .figures import close_and_render_open_figures
from .objects import ATOMIC
from .tables import TABLE_MIME, table_of


class Display:
    """Owns the outputs of the run under way and the functions that notebooks call to show things."""

    def __init__(self, events):
        self._events = events
        self._next_id = 0
        # The cell that runs, or ran last.
        self.cell = None
        # Cell → (run, position of the output → Table): what `rows` requests may ask for.
        self._tables = {}

    def functions(self):
        """The names every cell can use without an import."""
        return {
            "display": self.display,
            "update_display": self.update_display,
            "clear_output": self.clear_output,
        }

    def begin(self, cell, run):
        """Called before a cell runs; the tables of its last run are let go."""
        self.cell = cell
        if cell in self._tables:
            del self._tables[cell]
        self._run = run

    def forget(self, cell):
        """Drops what is kept for a cell."""
        self._tables.pop(cell, None)

    def has_figures(self):
        """Whether `finish` may find any."""
        return "matplotlib._pylab_helpers" in sys.modules

    def finish(self):
        """Called after a cell ran or failed: figures it left open are shown."""
        if self.has_figures():
            for data, metadata in close_and_render_open_figures():
                self._events.output(data, metadata)

    def abandon(self):
        """Called after a cell failed: figures that could not be shown must not appear under another cell."""
        helpers = sys.modules.get("matplotlib._pylab_helpers")
        if helpers is not None:
            helpers.Gcf.destroy_all()

    def rows(self, request):
        """The answer to a `rows` request."""
        answer = {"type": "rows", "id": request["id"], "page": None}
        run, tables = self._tables.get(request["cell"], (None, {}))
        table = tables.get(request["output"]) if run == request["run"] else None
        if table is None:
            answer["message"] = "This table is no longer in memory; run the cell again."
            return answer
        try:
            answer["page"] = table.page(request["query"])
        except BaseException as error:
            answer["message"] = f"The rows could not be read: {type(error).__name__}: {error}"
        return answer

    def show_result(self, value):
        self._show(value, None, None)

    def show_markdown(self, source, namespace):
        """Shows all of it, then raises the first error of a place that could not be filled in."""
        text, error = markdown.fill(source, namespace)
        self._events.output({"text/markdown": text})
        if error is not None:
            raise error

    def display(
        self, *objects, display_id=None, include=None, exclude=None, metadata=None, raw=False, **_
    ):
        """Shows each object; with a `display_id` (or True for a new one) later calls can replace it."""
        if display_id is True:
            self._next_id += 1
            display_id = f"display-{self._next_id}"
        for value in objects:
            if raw:
                self._events.output(dict(value), metadata, display_id)
            else:
                self._show(value, display_id, metadata, include, exclude)
        return None if display_id is None else DisplayHandle(self, display_id)

    def update_display(self, value, *, display_id, **options):
        """Replaces what was shown under `display_id`."""
        self.display(value, display_id=display_id, **options)

    def clear_output(self, wait=False):
        """Empties what the cell has shown so far; with `wait`, when the next thing is shown."""
        self._events.clear(bool(wait))

    def _show(self, value, display_id, metadata, include=None, exclude=None):
        own_display = getattr(type(value), "_ipython_display_", None)
        table = table_of(value)
        found = bundle_of(value, include, exclude) if table is None else _table_bundle(value, table)
        if found is None and own_display is not None:
            own_display(value)
            return
        data, own_metadata = found
        merged = {**own_metadata, **(metadata or {})}
        position = self._events.output(
            data, merged, None if display_id is None else str(display_id)
        )
        if position is not None:
            _, tables = self._tables.setdefault(self.cell, (self._run, {}))
            tables.pop(position, None)
            if table is not None:
                tables[position] = table


def _table_bundle(value, table):
    return {TABLE_MIME: table.content(), "text/plain": plain_text(value)}, {}


class DisplayHandle:
    """What `display(…, display_id=…)` returns, as in IPython."""

    def __init__(self, display, display_id):
        self._display = display
        self.display_id = display_id

    def update(self, value, **options):
        self._display.update_display(value, display_id=self.display_id, **options)

    def __repr__(self):
        return f"<DisplayHandle display_id={self.display_id}>"


# The kernel's own, and no part of what a notebook holds: who shows something changes nothing.
ATOMIC.add(Display)
