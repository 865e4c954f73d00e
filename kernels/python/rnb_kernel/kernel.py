"""One kernel process: a few threads around two pipes.

The main thread runs cells, because signals and many libraries need it. The request thread reads the pipe meanwhile,
so that `cancel` and `rows` never wait for a cell; completions have a thread of their own. The flusher thread of the
event buffer writes while a cell runs, and the console's reads what comes by descriptors. When the request pipe closes
the process ends at once, whatever user code does (K7).
"""

import contextlib
import fcntl
import mmap
import os
import platform
import queue
import sys
import threading
import traceback

from . import library_hooks
from .console import Console
from .display import Display
from .event_buffer import EventBuffer
from .frames import FIRST_HIGH_FD, encode, read_frame
from .interrupts import Interrupts
from .local_modules import LocalModules
from .runner import Runner
from .sought import MainModule

_REQUESTS_FD = 3
_EVENTS_FD = 4
_PLACE_FD = 5
_PLACE_BYTES = 8


def main(warmed=None, settle=None):
    """
    `warmed` are the modules imported ahead, in a process that was forked for this kernel; `settle` then finds out from
    the requests which notebook's folder and environment it is to have.
    """
    requests_fd = _move_high(_REQUESTS_FD)
    events_fd = _move_high(_EVENTS_FD)
    place = _open_place(_PLACE_FD)
    # Descriptor 2 is about to belong to the cells; faults of the kernel itself go to the server's log.
    log_fd = fcntl.fcntl(2, fcntl.F_DUPFD_CLOEXEC, FIRST_HIGH_FD)
    module = MainModule("__main__")
    module.__builtins__ = __builtins__
    sys.modules["__main__"] = module
    sys.argv = [""]

    events = EventBuffer(events_fd)
    interrupts = Interrupts()
    console = Console(events)
    console.install()
    interrupts.reset()
    display = Display(events)
    runner = Runner(module.__dict__, events, console, interrupts, display, place)
    os.register_at_fork(after_in_child=lambda: _leave_pipes(runner, requests_fd, events_fd))
    events.start_flusher()
    work, questions = queue.SimpleQueue(), queue.SimpleQueue()
    threading.Thread(
        target=_complete, args=(questions, runner, events), name="rnb-completions", daemon=True
    ).start()
    prepare()
    after_import = library_hooks.install(display)
    if warmed is not None:
        warmed.on_shown = after_import.complete
    try:
        # Nothing above depends on the notebook, so that a kernel which is kept ready has it behind it.
        if settle is not None:
            settle(requests_fd)
        modules = LocalModules(os.getcwd())
        events.add(
            encode({"type": "ready", "language": "python", "version": platform.python_version()})
        )
        events.flush()
        threading.Thread(
            target=_read_requests,
            args=(requests_fd, work, questions, runner, display, events),
            name="rnb-requests",
            daemon=True,
        ).start()
        while True:
            request = work.get()
            if request["type"] == "run":
                modules.refresh()
                runner.run_batch(
                    request["batch"],
                    request["cells"],
                    request["runs"],
                    request["forced"],
                    request["programs"],
                )
            elif request["type"] == "forget":
                runner.forget(request["cells"])
    except BaseException:
        os.write(log_fd, traceback.format_exc().encode("utf-8", "replace"))
        os._exit(1)


def prepare():
    """Imports what the first run will need."""
    import ast  # noqa: F401
    import linecache  # noqa: F401


def _complete(questions, runner, events):
    """On a thread of its own: values are anybody's code, and may never answer."""
    while True:
        events.answer(encode(runner.complete(questions.get())))


def _read_requests(fd, work, questions, runner, display, events):
    try:
        while True:
            request = read_frame(fd)
            if request is None:
                break
            if request["type"] == "cancel":
                runner.cancel(request["batch"])
            elif request["type"] == "rows":
                events.answer(encode(display.rows(request)))
            elif request["type"] == "complete":
                questions.put(request)
            else:
                work.put(request)
    finally:
        # Not sys.exit: threads and exit handlers of user code could keep the process alive.
        os._exit(0)


def _open_place(fd):
    """Two numbers that the server reads when this process has ended (K8); of no consequence where there is no file."""
    try:
        shared = mmap.mmap(fd, _PLACE_BYTES)
    except (OSError, ValueError):
        shared = bytearray(_PLACE_BYTES)
    with contextlib.suppress(OSError):
        os.close(fd)
    return memoryview(shared).cast("I")


def _move_high(fd):
    """The same pipe at a number no user code stumbles over, closed in every program it starts."""
    high = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, FIRST_HIGH_FD)
    os.close(fd)
    return high


def _leave_pipes(runner, *fds):
    """A forked child is user code alone: it must not speak for the kernel."""
    runner.forked = True
    for fd in fds:
        os.close(fd)
