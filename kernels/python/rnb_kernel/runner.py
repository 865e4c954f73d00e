"""Runs the cells of a batch, each with exactly the names it may see.

All cells share one dict of globals, `__main__.__dict__`, so that functions see globals as of the call (R2). What a
cell leaves in it is kept as that cell's versions, and before a cell runs the dict is set to the versions its program
binds (R3): `df = df.dropna()` starts from the `df` above it however often it runs. What the cell changes in place it
gets as a joint copy (R4), and what it was only to read is looked at again afterwards.

The runner knows no rule about what to run; it runs what it is told, in order, and skips what cannot run.
"""

import builtins
import os
import sys
import traceback
from operator import is_
from sys import getprofile as _profiled
from sys import gettrace as _traced
from sys import setprofile as _profile
from sys import settrace as _trace
from time import perf_counter_ns, time_ns

from .copies import Copier, Uncopyable
from .errors import describe, describe_syntax
from .event_buffer import CELLS_PER_FRAME, FLUSH_BEFORE_CELL_LENGTH, LONG_US
from .frames import encode
from .module_state import is_module_state
from .program import Program
from .sought import is_name, take_sought
from .stopping import Stopped, stop
from .versions import ModuleVersion, Version, Versions


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
        vars(builtins).update(display.functions(), stop=stop)
        # The attributes of the module, which are always there.
        self._base = dict(namespace)
        self._programs = {}
        self._versions = Versions(namespace)
        # Names beside those of `_base` that the last cell was given and has left, in groups.
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
            self._versions.forget(cell)
            self._display.forget(cell)

    def complete(self, request):
        """The answer to a `complete` request."""
        # Only now: most kernels are never asked, and would import this for nothing.
        from .completions import completions

        made = self._versions.get(request["cell"], request["name"])
        items = completions(*made, request["path"], request["of"]) if made else []
        return {"type": "completions", "id": request["id"], "items": items}

    def run_batch(self, batch, cells, runs, forced, programs):
        """
        Runs the cells in this order; `runs` are the numbers of their runs, `programs` those that are new. Those at
        the positions `forced` run in any case, the others only if something they see is new.
        """
        known = self._programs
        for cell, fields in programs.items():
            before = known.get(cell)
            program = known[cell] = Program(cell, fields, before)
            if before is None or before.revision != program.revision:
                self._versions.withdraw(cell)
        forced = set(forced)
        events = self._events
        interrupts = self._interrupts
        cancelled = self._cancelled
        console = self._console
        clock = perf_counter_ns
        place = self._place
        versions = self._versions
        missed = set()
        interrupts.reset()
        place[0] = batch
        # What threads have printed while nothing ran belongs to no cell.
        console.flush()
        # Two clocks would be read twice for each cell; the wall clock is read once and moved by the other.
        events.start_batch(batch, (time_ns() - clock()) // 1000)
        # By what was forgotten: a cell that needs it would be left alone without a word.
        self._tell_spoiled(versions.take_outdated())
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
            bound, seen, rough = self._look_up(program)
            if bound is None or (program.mutates and rough and self._tell_sharing(program, rough)):
                break
            if (
                program.seen is not None
                and position not in forced
                and all(map(is_, program.seen, seen))
                and not versions.is_spoiled(cell)
            ):
                events.unchanged(position)
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
            outcome, kept, findings = self._run_cell(program, run, bound, rough)
            if rough is not None or not program.calls_nothing:
                console.drain()
            started_us, now_us = now_us, clock() // 1000
            duration_us = program.last_duration_us = now_us - started_us
            if outcome == "ok":
                program.seen = seen
            else:
                program.seen = None
                missed.add(cell)
            events.end(outcome, duration_us, kept)
            if findings:
                has_new = self._tell(findings)
                # Those that come before it would see values of which some are about to be made anew.
                has_new = has_new or (findings.spoiled and self._needs_spoiled(cells[position + 1 :]))
                if has_new and not interrupts.requested:
                    break
            if position % CELLS_PER_FRAME == CELLS_PER_FRAME - 1:
                events.flush(announce=False)
        place[1] = 0
        cancelled.discard(batch)
        events.end_batch()

    def _look_up(self, program):
        """
        What the program binds, by name; the versions that are, in the order of its bindings; and those of them whose
        value can change. All None if a value is not what it was: it has to be made anew first.
        """
        made_by = self._versions.of
        bound = {}
        seen = []
        rough = None
        for name, owner in program.bindings:
            try:
                version = made_by[owner][name]
            except KeyError:
                # The cell itself will say that the name is not there.
                seen.append(_MISSING)
                continue
            seen.append(version)
            kind = type(version)
            if kind is Version:
                if version.spoiled:
                    return None, None, None
                bound[name] = version.value
                if rough is None:
                    rough = {}
                rough[name] = version
            else:
                bound[name] = version.value if kind is ModuleVersion else version
        return bound, seen, rough

    def _tell_sharing(self, program, rough):
        """Tells what shares objects with what the cell changes; whether that has to be known before it runs."""
        given = tuple(rough[name] for name in program.mutates if name in rough)
        if not given:
            return False
        self._versions.give(program.cell, given)
        return self._tell_news()

    def _tell_news(self, findings=None):
        """Tells which versions share objects with what mutators change, where these are others; whether there are any."""
        news = self._versions.news()
        for cell, keys in news:
            told = {"type": "shares", "cell": cell, "revision": self._programs[cell].revision, "with": _by_cell(keys)}
            if findings is not None and findings.taken and cell == findings.cell:
                told["taken"] = {"run": findings.run, "versions": _by_cell(findings.taken)}
            self._events.add(encode(told))
        return bool(news)

    def _tell(self, findings):
        """Tells what a run did beyond its program; whether the rest of the batch has to be planned anew."""
        has_new = False
        if findings.defines or findings.mutates or findings.reads:
            found = {"type": "found", "cell": findings.cell, "run": findings.run}
            found.update(defines=sorted(findings.defines), mutates=sorted(findings.mutates))
            if findings.reads:
                found["reads"] = sorted(findings.reads)
            self._events.add(encode(found))
            has_new = True
        # What it changed is known by now: it need not run again to have changed what shares with that.
        has_new = self._tell_news(findings) or has_new
        # Only now: what was used up before this run may have to be there to see what it changed (R10.6).
        self._tell_spoiled(findings.spoiled)
        return has_new

    def _needs_spoiled(self, cells):
        """Whether one of the cells, which are to run in this order, sees what is used up and none of them brings back."""
        made_by = self._versions.of
        remade = set()
        for cell in cells:
            program = self._programs.get(cell)
            for name, owner in () if program is None else program.bindings:
                version = made_by.get(owner, {}).get(name)
                if type(version) is Version and version.spoiled and owner not in remade:
                    return True
            remade.add(cell)
        return False

    def _tell_spoiled(self, versions):
        if versions:
            told = _by_cell((version.cell, version.name) for version in versions)
            self._events.add(encode({"type": "spoiled", "versions": told}))

    def _run_cell(self, program, run, bound, rough):
        """Runs one cell and keeps what it made; returns its outcome, the names whose value is the same, findings."""
        versions = self._versions
        display = self._display
        display.begin(program.cell, run)
        inputs = findings = error = None
        used_up = ()
        if rough is not None:
            inputs = tuple(rough.values())
            versions.take_imprints(inputs)
            if program.mutates:
                given = [rough[name] for name in program.mutates if name in rough]
                copies = _Copies(versions, given)
                error = self._attempt(copies.make)
                bound.update(copies.values)
                used_up = copies.used_up
        self._bind(bound)
        if error is None:
            if program.is_plain:
                error = self._attempt(exec, program.body, self._namespace)
            else:
                error = self._attempt(self._perform, program)
        if inputs is not None or not program.calls_nothing:
            error = self._finish_showing(error)
        values, has_dynamic = self._capture(program, bound)
        sought = take_sought(error)
        if rough is not None:
            findings = self._look_again(program, run, rough, used_up, values, sought)
        can_keep = error is None and program.is_sound
        renewed = program.renews if findings is None else program.renews | findings.mutates
        kept = versions.put(program.cell, values, inputs, can_keep, renewed, error is None)
        if has_dynamic or findings is not None or versions.has_news():
            findings = findings or _Findings(program.cell, run)
            findings.spoiled += versions.take_outdated()
            if error is None:
                findings.defines = values.keys() - program.defines - findings.mutates - findings.names_taken()
        if sought and not sought <= program.sought:
            findings = findings or _Findings(program.cell, run)
            if program.sought:
                # It may go on like that, name by name: now it gets all that there are.
                sought |= self._known_names()
            findings.reads = sought - program.sought
            program.sought |= sought
        program.is_sound = error is None
        if error is None:
            return "ok", kept, findings
        if not self._interrupts.requested:
            # What was drawn before the failure helps to understand it; a second failure would not.
            self._attempt(display.finish)
        display.abandon()
        return self._report(program, error), None, findings

    def _finish_showing(self, error):
        """Shows what the run has left open; returns its error, or that of showing."""
        if error is None and self._display.has_figures():
            error = self._attempt(self._display.finish)
        if self.forked:
            _end_forked_child(error)
        if self._console.is_replaced():
            self._attempt(self._console.flush_replaced, even_if_stopped=True)
        return error

    def _look_again(self, program, run, rough, used_up, values, sought):
        """
        What the run changed in place that was not its own, which is added to `values`; None if nothing. What it looked
        for in vain does not go over to it: it will run once more, with that.
        """
        versions = self._versions
        read = [version for version in rough.values() if version not in used_up]
        changed = versions.changed(read)
        if not changed and not used_up:
            return None
        findings = _Findings(program.cell, run)
        held, lost = versions.apart_from_modules(changed)
        findings.spoiled = versions.spoil([*lost, *used_up])
        given = []
        for name, version in rough.items():
            if name in program.mutates:
                given.append(version)
            elif version.spoiled or version in held:
                # Changed, or sharing with what was: from now on the cell's own.
                given.append(version)
                findings.mutates.add(name)
                if name in self._namespace:
                    values[name] = self._namespace[name]
        if findings.mutates:
            findings.taken = _under_one_name(findings.spoiled, except_for=values.keys() | rough.keys() | sought)
            values.update((name, version.value) for (_, name), version in findings.taken.items())
            versions.give(program.cell, tuple(given))
        return findings

    def _attempt(self, action, *arguments, even_if_stopped=False):
        """Calls what runs user code and returns what that raised; only in here does SIGINT raise."""
        interrupts = self._interrupts
        try:
            try:
                interrupts.armed = True
                if interrupts.requested and not even_if_stopped:
                    # It came while nothing was to be stopped yet.
                    raise KeyboardInterrupt
                action(*arguments)
                interrupts.armed = False
            except BaseException as error:
                interrupts.armed = False
                return error
        except KeyboardInterrupt as error:
            # The signal came while the failure above was being caught.
            interrupts.armed = False
            return error
        finally:
            if _traced() is not None or _profiled() is not None:
                # A cell's own is for its own code.
                _trace(None)
                _profile(None)
        return None

    def _perform(self, program):
        if program.kind == "markdown":
            self._display.show_markdown(program.source, self._namespace)
        else:
            if not program.compiled:
                program.compile()
            self._execute(program)

    def _bind(self, bound):
        """Sets the namespace to these names with their values, and nothing else."""
        namespace = self._namespace
        base = self._base
        # Names that stay are replaced and never missing in between: threads of user code may be reading them.
        for names in self._present:
            for name in names:
                if name not in bound:
                    namespace.pop(name, None)
        namespace.update(base)
        namespace.update(bound)
        if len(namespace) != len(base) + len(bound):
            # A thread has set names since, or bound names stand in place of those of the base.
            for name in namespace.keys() - base.keys() - bound.keys():
                namespace.pop(name, None)

    def _capture(self, program, bound):
        """What the run defined, bound dynamically or rebound, by name; whether there is more than was announced."""
        namespace = self._namespace
        made = {}
        for name in program.defines:
            if name in namespace:
                made[name] = namespace[name]
        announced = expected = len(made)
        for name, value in bound.items():
            if name not in made and name in namespace:
                expected += 1
                now = namespace[name]
                if now is not value:
                    made[name] = now
        if len(namespace) == len(self._base) + expected:
            # All there is are names that were bound or announced; most cells end here.
            self._present = (bound, made)
        else:
            present = namespace.keys() - self._base.keys()
            self._present = (present,)
            for name in present:
                if name not in bound and name not in made and is_name(name):
                    made[name] = namespace[name]
        return made, len(made) > announced

    def _execute(self, program):
        value = None
        if program.body_awaits or program.shown_awaits:
            value = self._await(self._execute_awaiting(program))
        else:
            if program.body is not None:
                exec(program.body, self._namespace)
            if program.shown is not None:
                value = eval(program.shown, self._namespace)
        if value is not None:
            self._display.show_result(value)

    async def _execute_awaiting(self, program):
        """In one piece: a task that the statements start is there when the expression at the end awaits it."""
        namespace = self._namespace
        if program.body_awaits:
            await eval(program.body, namespace)
        elif program.body is not None:
            exec(program.body, namespace)
        if program.shown is None:
            return None
        value = eval(program.shown, namespace)
        return await value if program.shown_awaits else value

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

    def _known_names(self):
        return set(filter(is_name, set().union(*self._versions.of.values())))

    def _report(self, program, error):
        if isinstance(error, Stopped):
            return "stopped"
        if isinstance(error, KeyboardInterrupt) and self._interrupts.requested:
            self._events.error({"kind": "interrupted", "message": "Interrupted."})
            return "interrupted"
        if not program.compiled and program.kind == "python" and isinstance(error, SyntaxError):
            self._events.error(describe_syntax(error))
        else:
            # Also of the names that this cell does not see: the one that was meant is among them.
            known = self._known_names().union(filter(is_name, self._namespace))
            try:
                told = describe(error, self._programs, known)
            except Exception:
                # What the traceback is told with has been replaced; the name of the error is its type's own.
                name = type(error).__name__
                message = "The error could not be described. Has a cell replaced parts of Python itself?"
                told = {"kind": "exception", "name": name, "message": message, "traceback": []}
            self._events.error(told)
        return "error"


class _Findings:
    """What a run did that its program did not say: names, and versions that are used up by it."""

    __slots__ = ("cell", "run", "defines", "mutates", "reads", "spoiled", "taken")

    def __init__(self, cell, run):
        self.cell = cell
        self.run = run
        self.defines = set()
        self.mutates = set()
        # Names that it looked for in vain.
        self.reads = set()
        self.spoiled = []
        # Versions that it was not given and that share with what it changed all the same, by (cell, name).
        self.taken = {}

    def names_taken(self):
        return {name for _, name in self.taken}


class _Copies:
    """What a cell gets in place of the values that it changes: copies, or the values themselves, which it uses up."""

    def __init__(self, versions, given):
        self._versions = versions
        self._groups = versions.groups(given)
        self.values = {}
        self.used_up = []

    def make(self):
        for group in self._groups:
            copier = Copier()
            try:
                if not self._versions.can_be_copied(group):
                    raise Uncopyable("more than its copy would be")
                copies = {version.name: copier.copy(version.value) for version in group}
            except Uncopyable:
                copies = {version.name: version.value for version in group}
            # What a module holds is changed where it is, and never used up: nobody makes it anew.
            own = [version for version in group if not is_module_state(version.value)]
            if any(
                copies[version.name] is version.value and self._versions.can_change(version)
                for version in own
            ):
                self.used_up += own
            else:
                self.values.update(copies)


_MISSING = object()


def _under_one_name(versions, except_for):
    """Those that are the only one of their name, by (cell, name)."""
    of_name = {}
    for version in versions:
        of_name.setdefault(version.name, []).append(version)
    return {
        (one.cell, name): one
        for name, (one, *others) in of_name.items()
        if not others and name not in except_for
    }


def _by_cell(keys):
    """(cell, name) as the protocol's list of `Versions`."""
    names = {}
    for owner, name in sorted(keys):
        names.setdefault(owner, []).append(name)
    return [{"cell": owner, "names": of_owner} for owner, of_owner in names.items()]


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
