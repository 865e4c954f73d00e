"""The process that kernels are forked from: Python with this environment's common libraries imported already.

Runs no user code. The server asks it for a kernel by a frame on its request pipe; it connects three sockets to the
server (requests, events, and what is printed outside of cells), forks, and the child becomes a kernel as
`kernel.py` starts one, as far as it can without knowing for which notebook. That it is told by its own first frame.
Only the zygote can tell how its children end, so it reports that. A kernel lives on when the zygote dies. When the
server dies the zygote ends its kernels, all that they started, and itself.

It has one thread, because a fork copies no other; `warmed.py` refuses libraries that would change that.
"""

import contextlib
import fcntl
import gc
import os
import select
import shutil
import signal
import socket
import sys
import time
import traceback
import warnings

from . import completions, kernel  # noqa: F401 - what kernels import later
from .common_libraries import LIBRARIES, set_threads
from .frames import FIRST_HIGH_FD, read_frame, write_frame
from .locality import fill_holes, modules_side_by_side
from .module_state import note_modules
from .warmed import Unsafe, Warmed

_REQUESTS_FD = 3
_REPORTS_FD = 4
_FIRST_FREE_FD = 6
_LAST_FD = 1024
# Beyond the numbers that the kernel's descriptors get.
_ASIDE_FD = 20

_CHANNELS = "reo"


def main(program, socket_path, left_out):
    requests_fd, reports_fd = (_move_high(fd) for fd in (_REQUESTS_FD, _REPORTS_FD))
    # Taken first: what changes while we import is to be seen as a change.
    folders = _folders()
    kernel.prepare()
    warmed = Warmed()
    try:
        with warnings.catch_warnings(), modules_side_by_side():
            for library, exercise, effect in LIBRARIES:
                if library not in left_out and warmed.can_add(library):
                    warmed.add(library, exercise, effect)
    except Unsafe as unsafe:
        # This process is spoiled; its successor leaves the library alone.
        os.write(2, f"{unsafe}\n".encode("utf-8", "replace"))
        for fd, number in ((requests_fd, _REQUESTS_FD), (reports_fd, _REPORTS_FD)):
            os.dup2(fd, number)
        arguments = [sys.executable, "-I", "-u", program, socket_path, *left_out, unsafe.library]
        os.execv(sys.executable, arguments)
    note_modules()
    gc.collect()
    _give_back_memory()
    warmed.hide()
    zygote = _Zygote(requests_fd, reports_fd, socket_path, warmed)
    fill_holes()
    # What is shared with the children stays shared only if their collectors leave it alone.
    gc.freeze()
    gc.disable()
    zygote.serve(folders)


class _Zygote:
    def __init__(self, requests_fd, reports_fd, socket_path, warmed):
        self._requests_fd = requests_fd
        self._reports_fd = reports_fd
        self._socket_path = socket_path
        self._warmed = warmed
        # Process → the name that the server gave it.
        self._living = {}

    def serve(self, folders):
        awake, wake = (_move_high(fd) for fd in os.pipe())
        for fd in (awake, wake):
            os.set_blocking(fd, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        poll = select.poll()
        poll.register(self._requests_fd, select.POLLIN)
        poll.register(awake, select.POLLIN)
        self._report(type="ready", folders=folders)
        while True:
            for fd, _ in poll.poll():
                if fd == awake:
                    with contextlib.suppress(BlockingIOError):
                        os.read(awake, 4096)
                    self._reap()
                else:
                    request = read_frame(self._requests_fd)
                    if request is None:
                        self._end()
                    self._fork(request)

    def _fork(self, request):
        name = request["id"]
        given = []
        try:
            set_threads(request["env"])
            for channel in _CHANNELS:
                connection = socket.socket(socket.AF_UNIX)
                connection.connect(self._socket_path)
                connection.sendall(f"{channel}{name}".encode("ascii"))
                given.append(connection.detach())
            # Now, because the server removes its name as soon as it hears of the kernel.
            with contextlib.suppress(OSError):
                given.append(os.open(request["place"], os.O_RDWR))
            pid = os.fork()
        except OSError as error:
            self._report(type="failed", id=name, message=str(error))
        else:
            if pid == 0:
                _become_kernel(self._warmed, given)
            self._living[pid] = name
            self._report(type="forked", id=name, pid=pid)
        for fd in given:
            os.close(fd)

    def _reap(self):
        while self._living:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            _kill_group(pid)
            name = self._living.pop(pid, None)
            if name is None:
                continue
            number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else None
            self._report(
                type="ended",
                id=name,
                code=os.WEXITSTATUS(status) if number is None else None,
                signal=None if number is None else _signal_name(number),
            )

    def _end(self):
        """The server has gone, or needs this zygote no more."""
        for pid in self._living:
            _kill_group(pid)
        shutil.rmtree(os.path.dirname(self._socket_path), ignore_errors=True)
        os._exit(0)

    def _report(self, **report):
        try:
            write_frame(self._reports_fd, report)
        except OSError:
            self._end()


def _become_kernel(warmed, given):
    """Makes this forked process what a new interpreter would be, and runs the kernel in it; never returns."""
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        # The numbers that they are to have may be taken by one another.
        requests, events, printed, *place = [
            fcntl.fcntl(fd, fcntl.F_DUPFD, _ASIDE_FD) for fd in given
        ]
        for fd, number in ((printed, 1), (printed, 2), (requests, 3), (events, 4)):
            os.dup2(fd, number)
        for fd in place:
            os.dup2(fd, 5)
        os.closerange(_FIRST_FREE_FD if place else _FIRST_FREE_FD - 1, _LAST_FD)
        # What the zygote left behind is not what a new interpreter would have to collect.
        gc.enable()
        kernel.main(warmed, _settle)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(1)


def _settle(requests_fd):
    """Waits to be told for which notebook this kernel is (K12); it may be kept for one that nobody has opened yet."""
    notebook = read_frame(requests_fd)
    if notebook is None:
        os._exit(0)
    _set_environment(notebook["env"])
    os.chdir(notebook["cwd"])
    sys.path.insert(0, os.getcwd())


def _set_environment(wanted):
    """Touches only what is different: the zygote's own was made like that of a kernel."""
    zone = os.environ.get("TZ")
    for name in [one for one in os.environ if one not in wanted]:
        del os.environ[name]
    for name, value in wanted.items():
        if os.environ.get(name) != value:
            os.environ[name] = value
    if os.environ.get("TZ") != zone:
        time.tzset()


def _folders():
    """Where packages are found, each with the time at which something was last added to it or removed."""
    folders = []
    for path in sys.path:
        with contextlib.suppress(OSError):
            folders.append([path, str(os.stat(path).st_mtime_ns)])
    return folders


def _kill_group(pid):
    with contextlib.suppress(OSError):
        os.killpg(pid, signal.SIGKILL)


def _signal_name(number):
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"SIG{number}"


def _move_high(fd):
    high = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, FIRST_HIGH_FD)
    os.close(fd)
    return high


def _give_back_memory():
    ctypes = sys.modules.get("ctypes")
    if ctypes is not None:
        with contextlib.suppress(AttributeError, OSError):
            ctypes.CDLL(None).malloc_trim(0)
