"""SIGINT stops user code and nothing else (PROTOCOL.md, K5)."""

import signal


class Interrupts:
    """`requested` says that a SIGINT came since the batch began; `armed` lets it raise in the main thread."""

    def __init__(self):
        self.armed = False
        self.requested = False

    def reset(self):
        """Called before a batch: what an earlier cell has done with the signal must not take the user's stop away."""
        self.requested = False
        signal.signal(signal.SIGINT, self._on_signal)

    def _on_signal(self, _number, _frame):
        self.requested = True
        if self.armed:
            raise KeyboardInterrupt
