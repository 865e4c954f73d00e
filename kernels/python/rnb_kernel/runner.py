"""Runs the cells of a batch, each with exactly the names it may see.

All cells share one dict of globals, `__main__.__dict__`, so that functions see globals as of the call (R2). What a
cell leaves in it is kept as that cell's versions, and before a cell runs the dict is set to the versions its program
binds (R3): `df = df.dropna()` starts from the `df` above it however often it runs.

The runner knows no rule about what to run; it runs what it is told, in order, and skips what cannot run.
"""

import builtins
import os
import sys
import traceback
from time import perf_counter_ns, time_ns

from .errors import describe, describe_syntax
from .event_buffer import CELLS_PER_FRAME, FLUSH_BEFORE_CELL_LENGTH, LONG_US
from .program import Program


class Runner:
    def __init__(self, namespace, events, console, interrupts, display, place):
        self._namespace = namespace
        self._events = events
        self._console = console
        self._interrupts = interrupts
        self._display = display
        # What runs, as (batch, position counted from one), for whoever asks why the process ended.
        self._place = place
        # Like IPython, so that modules can show things too, and so that they are no names of the notebook.
        vars(builtins).update(display.functions())
        # The attributes of the module, which are always there.
        self._base = dict(namespace)
        self._programs = {}
        self._versions = {}
        # Names beside those of `_base` that the last cell was given or has left.
        self._present = ()
        self._cancelled = set()
        self._loop = None
        # True in a child process that user code forked.
        self.forked = False

    def cancel(self, batch):
        self._cancelled.add(batch)

    def forget(self, cells):
        for cell in cells:
            self._programs.pop(cell, None)
            self._versions.pop(cell, None)
            self._display.forget(cell)

    def complete(self, request):
        """The answer to a `complete` request."""
        # Only now: most kernels are never asked, and would import this for nothing.
        from .completions import completions

        made = self._versions.get(request["cell"], {})
        name = request["name"]
        items = completions(made[name], request["path"], request["of"]) if name in made else []
        return {"type": "completions", "id": request["id"], "items": items}

    def run_batch(self, batch, cells, runs, programs):
        """Runs the cells in this order; `runs` are the numbers of their runs, `programs` those that are new."""
        known = self._programs
        for cell, fields in programs.items():
            known[cell] = Program(cell, fields, known.get(cell))
        events = self._events
        interrupts = self._interrupts
        cancelled = self._cancelled
        console = self._console
        clock = perf_counter_ns
        place = self._place
        missed = set()
        interrupts.reset()
        place[0] = batch
        # Two clocks would be read twice for each cell; the wall clock is read once and moved by the other.
        events.start_batch(batch, (time_ns() - clock()) // 1000)
        now_us = clock() // 1000
        for position, cell in enumerate(cells):
            run = runs[position]
            program = known.get(cell)
            if (
                program is None
                or interrupts.requested
                or batch in cancelled
                or (missed and not missed.isdisjoint(program.owners))
            ):
                missed.add(cell)
                events.skip(cell, run)
                continue
            place[1] = position + 1
            events.begin(position, program.subject, run, now_us)
            last_us = program.last_duration_us
            if (
                last_us is None
                or last_us >= LONG_US
                or events.pending_length > FLUSH_BEFORE_CELL_LENGTH
            ):
                events.flush()
                now_us = clock() // 1000
            outcome = self._run_cell(program, run)
            console.drain()
            started_us, now_us = now_us, clock() // 1000
            program.last_duration_us = now_us - started_us
            if outcome != "ok":
                missed.add(cell)
            events.end(outcome, program.last_duration_us)
            if position % CELLS_PER_FRAME == CELLS_PER_FRAME - 1:
                events.flush(announce=False)
        place[1] = 0
        cancelled.discard(batch)
        events.end_batch()

    def _run_cell(self, program, run):
        """Runs one cell and keeps what it made; returns its outcome."""
        bound = self._bind(program)
        self._versions.pop(program.cell, None)
        display = self._display
        display.begin(program.cell, run)
        if program.is_plain:
            error = self._attempt(exec, program.body, self._namespace)
        else:
            error = self._attempt(self._perform, program)
        if error is None and display.has_figures():
            error = self._attempt(display.finish)
        if self.forked:
            _end_forked_child(error)
        if self._console.is_replaced():
            self._attempt(self._console.flush_replaced)
        self._capture(program, bound)
        if error is None:
            return "ok"
        if not self._interrupts.requested:
            # What was drawn before the failure helps to understand it; a second failure would not.
            self._attempt(self._display.finish)
        self._display.abandon()
        return self._report(program, error)

    def _attempt(self, action, *arguments):
        """Calls what runs user code and returns what that raised; only in here does SIGINT raise."""
        interrupts = self._interrupts
        try:
            try:
                interrupts.armed = True
                action(*arguments)
                interrupts.armed = False
            except BaseException as error:
                interrupts.armed = False
                return error
        except KeyboardInterrupt as error:
            # The signal came while the failure above was being caught.
            interrupts.armed = False
            return error
        return None

    def _perform(self, program):
        if program.kind == "markdown":
            self._display.show_markdown(program.source, self._namespace)
        else:
            if not program.compiled:
                program.compile()
            self._execute(program)

    def _bind(self, program):
        """Sets the namespace to what the program may see; returns those names with their values."""
        versions = self._versions
        bound = {}
        for name, owner in program.bindings:
            try:
                bound[name] = versions[owner][name]
            except KeyError:
                pass  # The cell itself will say that the name is not there.
        namespace = self._namespace
        base = self._base
        # Names that stay are replaced and never missing in between: threads of user code may be reading them.
        for name in self._present:
            if name not in bound:
                namespace.pop(name, None)
        namespace.update(base)
        namespace.update(bound)
        if len(namespace) != len(base) + len(bound):
            # A thread has set names since, or bound names stand in place of those of the base.
            for name in namespace.keys() - base.keys() - bound.keys():
                namespace.pop(name, None)
        return bound

    def _capture(self, program, bound):
        """Keeps what the run defined, bound dynamically or rebound as the cell's versions."""
        namespace = self._namespace
        made = {}
        for name in program.defines:
            if name in namespace:
                made[name] = namespace[name]
        expected = len(self._base) + len(made)
        for name, value in bound.items():
            if name not in made:
                now = namespace.get(name, _MISSING)
                if now is not _MISSING:
                    expected += 1
                    if now is not value:
                        made[name] = now
        if len(namespace) == expected:
            # All there is are names that were bound or announced; most cells end here.
            self._present = [*bound, *made]
        else:
            self._present = namespace.keys() - self._base.keys()
            for name in self._present:
                if name not in bound and name not in made and _is_name(name):
                    made[name] = namespace[name]
        self._versions[program.cell] = made

    def _execute(self, program):
        namespace = self._namespace
        body = program.body
        if body is not None:
            if program.body_awaits:
                self._await(eval(body, namespace))
            else:
                exec(body, namespace)
        shown = program.shown
        if shown is not None:
            value = eval(shown, namespace)
            if program.shown_awaits:
                value = self._await(value)
            if value is not None:
                self._display.show_result(value)

    def _await(self, coroutine):
        """Runs a cell with top-level await on the kernel's one event loop; an interrupt cancels it."""
        import asyncio

        if self._loop is None:
            self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self._loop)
        task = self._loop.create_task(coroutine)
        try:
            return self._loop.run_until_complete(task)
        except KeyboardInterrupt:
            if not task.done():
                task.cancel()
                self._loop.run_until_complete(asyncio.wait([task]))
            raise

    def _report(self, program, error):
        if isinstance(error, KeyboardInterrupt) and self._interrupts.requested:
            self._events.error({"kind": "interrupted", "message": "Interrupted."})
            return "interrupted"
        if not program.compiled and program.kind == "python" and isinstance(error, SyntaxError):
            self._events.error(describe_syntax(error))
        else:
            # Also of the names that this cell does not see: the one that was meant is among them.
            known = set(self._namespace).union(*self._versions.values())
            known = set(filter(_is_name, known))
            self._events.error(describe(error, self._programs, known))
        return "error"


_MISSING = object()


def _is_name(name):
    """Whether a key of the namespace is a name of the notebook."""
    return isinstance(name, str) and not (name.startswith("__") and name.endswith("__"))


def _end_forked_child(error):
    """A child forked by a cell ends where its cell ends, as a forked script does."""
    status = 0
    if isinstance(error, SystemExit):
        status = error.code if isinstance(error.code, int) else int(error.code is not None)
    elif error is not None:
        traceback.print_exception(type(error), error, error.__traceback__, file=sys.stderr)
        status = 1
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(status)
