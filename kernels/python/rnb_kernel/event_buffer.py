"""Everything the kernel says to the server passes through here.

The buffer owns the event pipe, the order of events, the run they belong to and the caps on what a run may show.
Events are JSON text as soon as they are added, so that a frame is one join. Any thread may add; whoever flushes
swaps the list under the lock and writes outside it, so a server that reads slowly stops nobody from adding.

While user code runs only the flusher thread writes to the pipe: an interrupt, which hits the main thread, can
never cut a frame in two.
"""

import collections
import threading
from time import perf_counter_ns

from .frames import encode, write_encoded
from .limits import (
    MAX_BUNDLE_BYTES,
    MAX_CONSOLE_LENGTH,
    MAX_OUTPUT_BYTES,
    MAX_OUTPUTS_PER_RUN,
)

_FLUSH_INTERVAL_S = 0.005
# Progress of cells that show nothing is told less often.
_INTERVALS_FOR_QUIET = 3

# A run that takes longer is announced while it runs.
LONG_US = 2_000

# Characters waiting at which the main thread writes before it starts another cell: back-pressure between cells.
FLUSH_BEFORE_CELL_LENGTH = 1 << 20

# Cells of a batch after which the main thread writes: the server takes note of them while the next ones run.
CELLS_PER_FRAME = 250

# Of a run that prints more than it may, this much of the end is shown as well; it travels when the run ends.
_TAIL_LENGTH = MAX_CONSOLE_LENGTH // 5
_CUT = f"\n[Output cut: one run of a cell may print {MAX_CONSOLE_LENGTH:,} characters. The end follows when it ends.]\n"
# Where outputs are shown meanwhile, what was printed before each comes before it, and takes of this. So much there is
# in any case: before an output, and at the end.
_LEAST_BEFORE_OUTPUT = 100
_LEAST_TAIL_LENGTH = _TAIL_LENGTH // 4
_NOTICE_LENGTH = 200
_HEAD_LENGTH = MAX_CONSOLE_LENGTH - _TAIL_LENGTH - _NOTICE_LENGTH


class EventBuffer:
    def __init__(self, fd):
        self._fd = fd
        # The console's, called outside the lock: one takes in all that was printed before, by whatever way, the other
        # passes on the text that is held back.
        self.before_output = lambda: None
        self.before_flush = lambda: None
        self._events = []
        # Of the last event while it is console text: its stream and its parts.
        self._open_stream = None
        self._open_parts = []
        self._lock = threading.Lock()
        self._pipe_lock = threading.Lock()
        self._busy = threading.Event()
        self._batch = None
        self._wall_offset_us = 0
        # The run under way as (position in the batch, start of its subject, run, when it started); None between runs.
        self._current = None
        # Its subject, as members of a JSON object, once `started` has been said; most runs end before that.
        self._subject = None
        # Durations of the neighbours that ran last, succeeded and showed nothing: one event for all of them.
        self._quiet = []
        self._quiet_first = 0
        # The position after them, where another may join; -1 while there are none.
        self._quiet_next = -1
        self._quiet_at_us = 0
        # Of those, the names whose value is as it was before, with the place among them.
        self._quiet_kept = []
        # Neighbours that were left alone: where they begin and how many they are.
        self._unchanged_first = 0
        self._unchanged = 0
        self.pending_length = 0
        # Where in `_events` the outputs of the run under way begin.
        self._droppable_from = 0
        self._forget_shown()

    def start_flusher(self):
        threading.Thread(target=self._flush_while_busy, name="rnb-flusher", daemon=True).start()

    def start_batch(self, batch, wall_offset_us):
        """From now on the flusher thread writes what is pending every few milliseconds."""
        self._batch = batch
        self._wall_offset_us = wall_offset_us
        self._busy.set()

    def end_batch(self):
        """Everything about the batch has been added."""
        self._busy.clear()
        self.add(f'{{"type":"batch_done","batch":{self._batch}}}')
        self.flush()

    def begin(self, position, subject_start, run, at_us):
        """The run that console text and outputs belong to from now on; `at_us` by the monotonic clock."""
        self._current = (position, subject_start, run, at_us)

    def unchanged(self, position):
        """The cell there is left alone: nothing that it sees has changed."""
        with self._lock:
            if self._quiet or self._unchanged_first + self._unchanged != position:
                self._close_quiet()
            if not self._unchanged:
                self._unchanged_first = position
            self._unchanged += 1

    def end(self, outcome, duration_us, kept=None):
        """`kept` are the names whose value is as it was before."""
        with self._lock:
            position, _, _, at_us = self._current
            if self._subject is None and outcome == "ok":
                if position != self._quiet_next:
                    self._close_quiet()
                    self._quiet_first = position
                    self._quiet_at_us = at_us
                self._quiet_next = position + 1
                if kept:
                    self._quiet_kept.append((position - self._quiet_first, kept))
                self._quiet.append(duration_us)
            else:
                self._announce()
                if self._tail:
                    self._print_tail(max(_TAIL_LENGTH - self._tail_shown, _LEAST_TAIL_LENGTH))
                if self._open_stream is not None:
                    self._close_stream()
                same = f',"kept":{encode(kept)}' if kept else ""
                self._append(
                    f'{{"type":"done",{self._subject},"outcome":"{outcome}","durationMs":{duration_us}e-3{same}}}'
                )
            self._subject = self._current = None

    def skip(self, cell, run):
        self.add(f'{{"type":"done","cell":{encode(cell)},"run":{run},"outcome":"skipped"}}')

    def add(self, event):
        """Adds an event that is JSON text already."""
        with self._lock:
            self._close_quiet()
            if self._open_stream is not None:
                self._close_stream()
            self._append(event)

    def answer(self, event):
        """Adds an event that somebody waits for, and writes at once."""
        self.add(event)
        self.flush()

    def error(self, error):
        """Adds the error of the run under way."""
        self.before_output()
        with self._lock:
            self._announce()
            if self._open_stream is not None:
                self._close_stream()
            self._append(f'{{"type":"error",{self._subject},"error":{encode(error)}}}')

    def console(self, stream, text):
        """Adds console text to the run under way; text that appears while nothing runs has no place and is dropped."""
        if not text:
            return
        with self._lock:
            if self._current is None:
                return
            self._announce()
            if self._clear_waits:
                self._clear_now()
            self._shown = True
            head = text[: self._head_left]
            self._head_left -= len(head)
            if head:
                self._print(stream, head)
            if len(head) < len(text):
                self._keep_tail(stream, text[len(head) :])

    def output(self, bundle, metadata=None, display_id=None):
        """Adds one output and returns its position among the run's outputs; None when the run may show no more."""
        self.before_output()
        data = _encode_bundle(bundle)
        with self._lock:
            if self._current is None:
                return None
            self._announce()
            if self._clear_waits:
                self._clear_now()
            self._shown = True
            known = self._displays.get(display_id)
            if known is None and self._outputs_cut:
                return None
            position, old_size = (self._output_count, 0) if known is None else known
            size = self._output_bytes - old_size + len(data)
            if known is None and self._output_count == MAX_OUTPUTS_PER_RUN - 1:
                data = _notice(f"[Outputs cut: one run may show {MAX_OUTPUTS_PER_RUN:,}.]")
                self._outputs_cut = True
            elif size > MAX_OUTPUT_BYTES:
                data = _notice(
                    f"[Outputs cut: one run may show {MAX_OUTPUT_BYTES >> 20} MB in all.]"
                )
                self._outputs_cut = True
            else:
                self._output_bytes = size
            extra = "" if not metadata else f',"metadata":{encode(metadata)}'
            if display_id is not None:
                extra += f',"displayId":{encode(display_id)}'
                self._displays[display_id] = (position, len(data))
            if known is None:
                self._output_count += 1
                if self._tail:
                    self._print_before_output()
            if self._open_stream is not None:
                self._close_stream()
            event = f'{{"type":"output",{self._subject},"output":{{"data":{data}{extra}}}}}'
            # A display that is updated faster than the pipe is read replaces its own update still waiting here.
            waiting = self._pending_displays.get(display_id)
            if waiting is None:
                if display_id is not None:
                    self._pending_displays[display_id] = len(self._events)
                self._append(event)
            else:
                self.pending_length += len(event)
                self.pending_length -= len(self._events[waiting])
                self._events[waiting] = event
            return position

    def clear(self, wait):
        """Empties what the run has shown; with `wait` only when it shows something new."""
        self.before_output()
        with self._lock:
            if self._current is None:
                return
            self._announce()
            if wait:
                self._clear_waits = self._shown = True
            else:
                self._clear_now()

    def flush(self, announce=True):
        """Writes what is pending as one frame; with `announce` also that the run under way has started."""
        with self._pipe_lock:
            with self._lock:
                if announce:
                    self._announce()
                else:
                    self._close_quiet()
                if self._open_stream is not None:
                    self._close_stream()
                events = self._events
                if not events:
                    return
                self._events = []
                self._droppable_from = 0
                self._pending_displays = {}
                self.pending_length = 0
            write_encoded(self._fd, f'{{"events":[{",".join(events)}]}}')

    def _print(self, stream, text):
        if self._open_stream != stream:
            if self._open_stream is not None:
                self._close_stream()
            self._open_stream = stream
        self._open_parts.append(text)

    def _keep_tail(self, stream, text):
        left_out = max(0, len(text) - _TAIL_LENGTH)
        text = text[-_TAIL_LENGTH:]
        self._tail.append((stream, text))
        self._tail_length += len(text)
        while self._tail_length - len(self._tail[0][1]) >= _TAIL_LENGTH:
            _, old = self._tail.popleft()
            self._tail_length -= len(old)
            left_out += len(old)
        if left_out:
            self._say_cut(stream)
        self._left_out += left_out

    def _say_cut(self, stream):
        # Once, and at once: a run that dies, or never ends, has no end to show.
        if not self._cut_said:
            self._cut_said = True
            self._print(stream, _CUT)

    def _print_before_output(self):
        """Shows the text that an output comes after, as far as there is room."""
        room = _TAIL_LENGTH - self._tail_shown
        if self._tail_length > room:
            # Something is left for what comes next.
            room = max(room // 2, _LEAST_BEFORE_OUTPUT)
        self._tail_shown += min(self._tail_length, room)
        self._print_tail(room)

    def _print_tail(self, room):
        """Shows the last `room` characters of what is kept, and says how many are missing before them."""
        excess = self._tail_length - room
        if excess > 0:
            self._say_cut(self._tail[0][0])
        while excess > 0:
            stream, text = self._tail.popleft()
            if len(text) > excess:
                self._tail.appendleft((stream, text[excess:]))
            cut = min(len(text), excess)
            self._left_out += cut
            excess -= cut
        if self._left_out:
            stream = self._tail[0][0] if self._tail else stream
            self._print(stream, f"[{self._left_out:,} characters were left out here.]\n")
        for stream, text in self._tail:
            self._print(stream, text)
        self._tail.clear()
        self._tail_length = 0
        self._left_out = 0

    def _append(self, event):
        self._events.append(event)
        self.pending_length += len(event)

    def _announce(self):
        """Says that the run under way has started, if there is one and nobody has said so yet."""
        self._close_quiet()
        if self._current is None or self._subject is not None:
            return
        _, subject_start, run, at_us = self._current
        self._subject = f"{subject_start}{run}"
        # Milliseconds for the reader: an exponent is the quickest way to write microseconds as such.
        self._append(
            f'{{"type":"started",{self._subject},"at":{at_us + self._wall_offset_us}e-3}}'
        )
        if self._shown:
            self._forget_shown()
        self._droppable_from = len(self._events)

    def _close_quiet(self):
        if self._unchanged:
            self._append(
                f'{{"type":"unchanged","batch":{self._batch},"first":{self._unchanged_first},'
                f'"count":{self._unchanged}}}'
            )
            self._unchanged = 0
        self._quiet_next = -1
        if not self._quiet:
            return
        durations = ",".join(map(str, self._quiet))
        kept = f',"kept":{encode(self._quiet_kept)}' if self._quiet_kept else ""
        self._quiet = []
        self._quiet_kept = []
        self._append(
            f'{{"type":"ran","batch":{self._batch},"first":{self._quiet_first},'
            f'"at":{self._quiet_at_us + self._wall_offset_us}e-3,"durationsUs":[{durations}]{kept}}}'
        )

    def _forget_shown(self):
        self._head_left = _HEAD_LENGTH
        # Pieces of console text as (stream, text): the end of what did not fit.
        self._tail = collections.deque()
        self._tail_length = 0
        # Of the end, what was shown already; characters left out since; whether it was said that some are.
        self._tail_shown = 0
        self._left_out = 0
        self._cut_said = False
        self._output_count = 0
        self._output_bytes = 0
        self._outputs_cut = False
        self._clear_waits = False
        self._displays = {}
        self._pending_displays = {}
        # Whether any of the above has changed since: most cells show nothing and cost nothing here.
        self._shown = False

    def _clear_now(self):
        # What was shown and cleared before anyone saw it need not travel: an endless animation stays small.
        self._open_stream = None
        self._open_parts = []
        del self._events[self._droppable_from :]
        self._events.append(f'{{"type":"clear",{self._subject}}}')
        self._forget_shown()
        self.pending_length = sum(map(len, self._events))

    def _close_stream(self):
        text = encode("".join(self._open_parts))
        self._events.append(
            f'{{"type":"stream",{self._subject},"stream":"{self._open_stream}","text":{text}}}'
        )
        self.pending_length += len(text)
        self._open_stream = None
        self._open_parts = []

    def _flush_while_busy(self):
        pause = threading.Event()
        while True:
            self._busy.wait()
            intervals = 0
            pause.wait(_FLUSH_INTERVAL_S)
            while self._busy.is_set():
                intervals += 1
                self.before_flush()
                is_long = self._runs_long()
                shown = self._events or self._open_stream is not None
                if is_long or shown or intervals % _INTERVALS_FOR_QUIET == 0:
                    self.flush(announce=is_long)
                pause.wait(_FLUSH_INTERVAL_S)

    def _runs_long(self):
        """Whether the run under way takes long and nobody has heard that it started."""
        current = self._current
        if current is None or self._subject is not None:
            return False
        _, _, _, at_us = current
        return perf_counter_ns() // 1000 - at_us > LONG_US


def _encode_bundle(bundle):
    """The bundle as JSON text, or a notice where it is larger than one output may be."""
    # Strings that are too long by themselves are not encoded first: of a gigabyte that would take seconds.
    length = sum(len(content) for content in bundle.values() if isinstance(content, str))
    if length <= MAX_BUNDLE_BYTES:
        data = encode(bundle)
        length = len(data)
        if (
            length <= MAX_BUNDLE_BYTES // 4
            or len(data.encode("utf-8", "replace")) <= MAX_BUNDLE_BYTES
        ):
            return data
    return _notice(
        f"[Output cut: {length / 1e6:,.1f} MB; one output may have {MAX_BUNDLE_BYTES >> 20} MB.]"
    )


def _notice(text):
    return encode({"text/plain": text})
