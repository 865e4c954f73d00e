"""What a cell prints, by whatever way: `sys.stdout`, bytes on descriptors 1 and 2 from C code, or a subprocess."""

import codecs
import contextlib
import io
import os
import select
import sys
import threading

from .frames import FIRST_HIGH_FD

INPUT_REFUSED = (
    "input() cannot ask in a notebook; give the value in a cell instead, for example name = 'Ada'"
)
_F_SETPIPE_SZ = 1031
_PIPE_BYTES = 1 << 20
_READ_BYTES = 1 << 16
# Of what is written in one piece, so that an interrupt need not wait for all of it.
_BYTES_AT_ONCE = 1 << 20
# Enough for two full pipes; a subprocess that never stops writing must not hold its cell's end back.
_DRAIN_READS = 2 * _PIPE_BYTES // _READ_BYTES


class ConsoleStream(io.TextIOWrapper):
    """
    `sys.stdout` or `sys.stderr`: text goes into the event buffer, not through the descriptor.

    What is printed stays in Python's own text stream, which is written in C, until that is full or somebody flushes:
    the event buffer every few milliseconds, and whatever has to come after the text.
    """

    # To whoever asks: text is passed on without a call of `flush`.
    line_buffering = True
    write_through = True
    mode = "w"
    # Asked at every write.
    closed = False

    def __init__(self, fd, end):
        self._fd = fd
        self._start(end)
        self._bytes = _ConsoleBytes(self)

    def _start(self, end, **options):
        # The lock of a buffered writer keeps what one thread prints in order, whoever flushes meanwhile.
        self._writer = io.BufferedWriter(end)
        super().__init__(self._writer, "utf-8", "replace", newline="\n", **options)

    @property
    def buffer(self):
        return self._bytes

    def write_bytes(self, data):
        self.flush()
        written = self._writer.write(data)
        self.flush()
        return written

    def reconfigure(self, **_):
        pass  # Always UTF-8, and text is passed on without being asked.

    def detach(self):
        return self._bytes

    def close(self):
        # Closing would silence every later cell.
        pass

    def after_fork(self):
        """In a child process text goes to the descriptor, whose other end the kernel reads: by the line, so that
        what several children print at once is not mixed within lines."""
        end = io.FileIO(self._fd, "w", closefd=False)
        end.name = self.name
        # Neither flushed, for the parent prints what is in it, nor freed: another thread may have held its lock.
        self._writer_of_parent = self._writer
        self._start(end, line_buffering=True)


class ErrorStream(ConsoleStream):
    """`sys.stderr`, which holds nothing back: so it and `sys.stdout` stay in order."""

    def __init__(self, fd, end):
        super().__init__(fd, end)
        self._end = end

    def write(self, text):
        if self._end is None:
            return super().write(text)
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._end.write_text(text)
        return len(text)

    def after_fork(self):
        self._end = None
        super().after_fork()


class _ConsoleEnd(io.RawIOBase):
    """Where the bytes of a console stream become text of the event buffer."""

    closed = False

    def __init__(self, stream, fd, events, before=None):
        self.name = f"<{stream}>"
        self._stream = stream
        self._fd = fd
        self._events = events
        # Passes on what has to come first.
        self._before = before
        # The beginning of a character.
        self._begun = b""

    def write(self, data):
        written = len(data)
        if written > _BYTES_AT_ONCE:
            written = _BYTES_AT_ONCE
            data = data[:written]
        if self._begun:
            data = self._begun + data
        text, decoded = codecs.utf_8_decode(data, "replace", False)
        self._begun = bytes(data[decoded:])
        self.write_text(text)
        return written

    def write_text(self, text):
        if self._before is not None:
            self._before()
        self._events.console(self._stream, text)

    def writable(self):
        return True

    def fileno(self):
        return self._fd


class _ConsoleBytes(io.BufferedIOBase):
    """The `buffer` of a console stream: bytes written here come in order with the text."""

    mode = "wb"

    def __init__(self, text):
        self._text = text
        self.name = text.name

    def write(self, data):
        return self._text.write_bytes(data)

    def writable(self):
        return True

    def fileno(self):
        return self._text.fileno()

    @property
    def raw(self):
        return self

    def flush(self):
        self._text.flush()

    def close(self):
        pass


class RefusingInput(io.TextIOBase):
    """`sys.stdin`: nobody sits at a terminal, so reading fails with a sentence that says what to do."""

    encoding = "utf-8"

    def readable(self):
        return True

    def read(self, _size=-1):
        raise EOFError(INPUT_REFUSED)

    def readline(self, _size=-1):
        raise EOFError(INPUT_REFUSED)

    def __next__(self):
        raise EOFError(INPUT_REFUSED)

    def fileno(self):
        raise io.UnsupportedOperation("standard input has no descriptor in a notebook")

    def close(self):
        # `exit()` does, and later cells would be told that the file is closed instead of what to do.
        pass


class Console:
    """Owns descriptors 0, 1 and 2 of the process and the thread that reads what is written to them."""

    def __init__(self, events):
        self._events = events
        # A poll object serves one thread at a time: one to wait with, one to look with, one under the lock.
        self._wait, self._ready = select.poll(), select.poll()
        # The one asked after every cell is the quickest there is.
        self._look = _quickest_poll()
        self._streams = {}
        self._reading = threading.Lock()

    def install(self):
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.close(null)
        for stream, fd in (("stdout", 1), ("stderr", 2)):
            self._capture(stream, fd)
        sys.stdin = sys.__stdin__ = RefusingInput()
        stdout = ConsoleStream(1, _ConsoleEnd("stdout", 1, self._events))
        stderr = ErrorStream(2, _ConsoleEnd("stderr", 2, self._events, before=self.flush))
        sys.stdout = sys.__stdout__ = self._stdout = stdout
        sys.stderr = sys.__stderr__ = self._stderr = stderr
        self._events.before_output = self.drain
        self._events.before_flush = self.flush
        os.register_at_fork(after_in_child=self._after_fork)
        threading.Thread(target=self._read_forever, name="rnb-console", daemon=True).start()

    def flush(self):
        """Passes on what `sys.stdout` holds back."""
        try:
            self._stdout.flush()
        except (ValueError, RuntimeError):
            pass  # Code has broken the stream itself, and is told when it prints.

    def drain(self):
        """
        Takes in all that was printed and written before this call, so that it belongs to the cell that ends, and
        comes before the output that is shown next.
        """
        self.flush()
        ctypes = sys.modules.get("ctypes")
        if ctypes is not None:
            _flush_c_streams(ctypes)
        if self._has_written() or self._reading.locked():
            with self._reading:
                for _ in range(_DRAIN_READS):
                    if not self._read_ready():
                        break

    def _has_written(self):
        try:
            return self._look.poll(0)
        except (OSError, RuntimeError):
            # A cell has closed descriptors that were not its own, or another thread looks at this moment.
            return True

    def is_replaced(self):
        """Whether user code has put something in place of our streams, or nothing."""
        return (
            getattr(sys, "stdout", None) is not self._stdout
            or getattr(sys, "stderr", None) is not self._stderr
        )

    def flush_replaced(self):
        """Flushes what user code has put in place of our streams, which may keep text back; runs user code."""
        for name, own in (("stdout", self._stdout), ("stderr", self._stderr)):
            stream = getattr(sys, name, None)
            if stream is not own:
                # None, closed or broken: the cell that prints next is told.
                with contextlib.suppress(Exception):
                    stream.flush()

    def _capture(self, stream, fd):
        reader, writer = os.pipe()
        try:
            import fcntl

            fcntl.fcntl(writer, _F_SETPIPE_SZ, _PIPE_BYTES)
        except OSError:
            pass  # The default size is slower, not wrong.
        os.set_blocking(reader, False)
        # `writer` stays open, so that the pipe outlives user code that closes the descriptor.
        os.dup2(writer, fd)
        self._streams[reader] = (stream, codecs.getincrementaldecoder("utf-8")("replace"))
        for poll in (self._wait, self._look, self._ready):
            poll.register(reader, select.POLLIN)

    def _read_forever(self):
        while True:
            self._wait.poll()
            with self._reading:
                self._read_ready()

    def _read_ready(self):
        ready = self._ready.poll(0)
        for fd, _ in ready:
            try:
                data = os.read(fd, _READ_BYTES)
            except BlockingIOError:
                continue
            # What was printed before it comes first.
            self.flush()
            stream, decoder = self._streams[fd]
            self._events.console(stream, decoder.decode(data))
        return bool(ready)

    def _after_fork(self):
        # The parent alone reads the pipes.
        self._events.before_output = self.flush
        for stream in (self._stdout, self._stderr):
            stream.after_fork()


def _quickest_poll():
    if not hasattr(select, "epoll"):
        return select.poll()
    import fcntl

    epoll = select.epoll()
    # Away from the low numbers, which user code may close, as the kernel's own pipes are.
    high = fcntl.fcntl(epoll.fileno(), fcntl.F_DUPFD_CLOEXEC, FIRST_HIGH_FD)
    epoll.close()
    return select.epoll.fromfd(high)


_flush_one = None
_c_streams = ()


def _flush_c_streams(ctypes):
    """
    C's own buffers: code that calls `printf` writes to a pipe here, which C buffers by the block. Not those of other
    files: that would wait for any thread that reads one.
    """
    global _flush_one, _c_streams
    if _flush_one is None:
        library = ctypes.CDLL(None)
        library.fflush.argtypes = [ctypes.c_void_p]
        _c_streams = [_c_stream(ctypes, library, name) for name in ("stdout", "stderr")]
        _flush_one = library.fflush
    for stream in _c_streams:
        # Looked up each time, for C code may put another in its place; none is no request to flush all.
        if stream is not None and stream.value is not None:
            _flush_one(stream)


def _c_stream(ctypes, library, name):
    for symbol in (name, f"__{name}p"):
        with contextlib.suppress(ValueError):
            return ctypes.c_void_p.in_dll(library, symbol)
    return None
