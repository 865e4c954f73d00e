"""A kernel as the server sees it: a child process behind two pipes."""

import fcntl
import mmap
import os
import signal
import subprocess
import sys
import tempfile

PYTHON_FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, PYTHON_FOLDER)

from rnb_kernel.frames import read_frame, write_frame  # noqa: E402


def cell(name, source, bindings=None, defines=(), kind="python", run=1, mutates=(), revision=1, patches=()):
    """One cell of a `run` request, with its program."""
    program = {
        "source": source,
        "kind": kind,
        "bindings": bindings or {},
        "defines": list(defines),
        "mutates": list(mutates),
        "patches": list(patches),
        "revision": revision,
    }
    return {"cell": name, "run": run, "program": program}


class KernelProcess:
    def __init__(self, cwd):
        request_reader, self._requests = os.pipe()
        self._events, event_writer = os.pipe()
        self._pending = []
        # Every frame's events as they came.
        self.frames = []
        self._batch = 0
        self._cells = []
        with tempfile.TemporaryFile() as place:
            place.truncate(8)
            self.place = mmap.mmap(place.fileno(), 8)
            place_fd = os.dup(place.fileno())
        given = [_move_high(fd) for fd in (request_reader, event_writer, place_fd)]
        # The shell puts them where the protocol wants them; exec leaves the kernel with this very pid.
        self.process = subprocess.Popen(
            [
                "bash",
                "-c",
                'exec "$0" -I "$1" 3<&{} 4>&{} 5<&{}'.format(*given),
                sys.executable,
                os.path.join(PYTHON_FOLDER, "kernel.py"),
            ],
            pass_fds=given,
            cwd=cwd,
        )
        for fd in given:
            os.close(fd)
        self.ready = self.next_event()

    def next_event(self):
        while not self._pending:
            frame = read_frame(self._events)
            if frame is None:
                raise EOFError("the kernel has ended")
            self.frames.append(frame["events"])
            self._pending = [one for event in frame["events"] for one in self._spelled_out(event)]
        return self._pending.pop(0)

    def send(self, **request):
        write_frame(self._requests, request)

    def start(self, *cells, forced=None):
        """`forced` are the positions of those that run in any case; by default all."""
        self._batch += 1
        self._cells = [(one["cell"], one["run"]) for one in cells]
        self.send(
            type="run",
            batch=self._batch,
            cells=[one["cell"] for one in cells],
            runs=[one["run"] for one in cells],
            forced=list(range(len(cells))) if forced is None else forced,
            programs={one["cell"]: one["program"] for one in cells if "program" in one},
        )

    def _spelled_out(self, event):
        """The `started` and `done` that a `ran` stands for, each cell of an `unchanged`; any other event as it is."""
        if event["type"] == "unchanged":
            first = event["first"]
            cells = self._cells[first : first + event["count"]]
            return [{"type": "unchanged", "cell": cell, "run": run} for cell, run in cells]
        if event["type"] != "ran":
            return [event]
        told = []
        kept = dict(event.get("kept", ()))
        for offset, duration_us in enumerate(event["durationsUs"]):
            cell, run = self._cells[event["first"] + offset]
            of_run = {"cell": cell, "run": run, "quiet": True}
            told.append({"type": "started", **of_run, "at": event["at"]})
            done = {"type": "done", **of_run, "outcome": "ok", "durationMs": duration_us / 1000}
            if offset in kept:
                done["kept"] = kept[offset]
            told.append(done)
        return told

    def until(self, kind):
        """The events up to the first of this type, that one included."""
        events = [self.next_event()]
        while events[-1]["type"] != kind:
            events.append(self.next_event())
        return events

    def run(self, *cells, forced=None):
        self.start(*cells, forced=forced)
        return self.until("batch_done")

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)

    def close(self):
        """Closes the request pipe and returns the exit status."""
        if self._requests is not None:
            os.close(self._requests)
            self._requests = None
        status = self.process.wait(10)
        os.close(self._events)
        self.place.close()
        return status


def _move_high(fd):
    """Away from the numbers that the kernel's own descriptors have."""
    high = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 20)
    os.close(fd)
    return high


def of(events, kind, name=None):
    """The events of one type, of one cell where `name` is given."""
    return [e for e in events if e["type"] == kind and name in (None, e.get("cell"))]


def text_of(events, stream="stdout"):
    return "".join(e["text"] for e in of(events, "stream") if e["stream"] == stream)


def plain_of(events, name=None):
    return [e["output"]["data"].get("text/plain") for e in of(events, "output", name)]


def shown_by(events):
    """All text and outputs in the order in which they were told, without line breaks."""
    shown = [
        e["text"] if e["type"] == "stream" else e["output"]["data"]["text/plain"]
        for e in events
        if e["type"] in ("stream", "output")
    ]
    return "".join(shown).replace("\n", "")
