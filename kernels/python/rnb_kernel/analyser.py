"""The analyser process: answers `analyse` requests on descriptor 3 with `analysed` events on 4, until 3 closes."""

import platform
import sys
from functools import lru_cache

from .analyse import analyse
from .frames import read_frame, write_frame

REQUESTS, EVENTS = 3, 4

# Deep but sound code, as a sum of a thousand terms, takes a few Python frames for each level.
_RECURSION_LIMIT = 12_000

# Cells of all open notebooks are asked about again and again; one result is a few hundred bytes.
_cached = lru_cache(maxsize=4096)(analyse)


def main():
    sys.setrecursionlimit(_RECURSION_LIMIT)
    _send({"type": "ready", "language": "python", "version": platform.python_version()})
    while True:
        request = read_frame(REQUESTS)
        if request is None:
            return
        if request["type"] == "analyse":
            results = [_cached(asked["source"], asked["kind"]) for asked in request["sources"]]
            _send({"type": "analysed", "id": request["id"], "results": results})


def _send(event):
    write_frame(EVENTS, {"events": [event]})
