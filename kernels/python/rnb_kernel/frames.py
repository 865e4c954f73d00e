"""The frames of a kernel's two pipes (PROTOCOL.md, K1): total length, header length, header as JSON, payload."""

import json
import struct

# Held from the start: whatever a cell does to these modules, the kernel goes on speaking.
from json import loads as _loads
from os import read as _read
from os import write as _write

# Where the kernel keeps its own descriptors: at numbers that no user code stumbles over.
FIRST_HIGH_FD = 200

_LENGTHS = struct.Struct(">II")

# A frame longer than this is a broken pipe partner, not a request.
_MAX_FRAME_BYTES = 256 * 1024 * 1024


def read_frame(fd):
    """The header of the next frame as a dict; None when the pipe has closed. A payload is read and dropped."""
    lengths = _read_exactly(fd, _LENGTHS.size)
    if lengths is None:
        return None
    total, header_length = _LENGTHS.unpack(lengths)
    if total > _MAX_FRAME_BYTES or header_length + 4 > total:
        raise ValueError(f"broken frame: {total} bytes with a header of {header_length}")
    body = _read_exactly(fd, total - 4)
    if body is None:
        return None
    return _loads(body[:header_length])


def write_frame(fd, header):
    """Writes `header` as one frame without a payload; raises ValueError for NaN and infinities."""
    write_encoded(fd, encode(header))


def encode(value):
    """`value` as JSON text, short and without NaN."""
    return _encode(value)


_encode = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":")
).encode


def write_encoded(fd, header):
    """Writes a header that is JSON text already. Lone surrogates, which UTF-8 does not have, become `?`."""
    body = header.encode("utf-8", "replace")
    frame = memoryview(_LENGTHS.pack(len(body) + 4, len(body)) + body)
    while frame:
        frame = frame[_write(fd, frame) :]


def _read_exactly(fd, length):
    chunks = []
    while length:
        chunk = _read(fd, min(length, 1 << 20))
        if not chunk:
            return None
        chunks.append(chunk)
        length -= len(chunk)
    return b"".join(chunks)
