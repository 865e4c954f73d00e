"""The analyser process, over its pipes."""

import os
import subprocess
import sys
import unittest

_FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, _FOLDER)

from rnb_kernel.frames import read_frame, write_frame  # noqa: E402


class Process(unittest.TestCase):
    def setUp(self):
        reader, self.requests = os.pipe()
        self.events, writer = os.pipe()
        # The shell puts the pipes where the protocol wants them.
        command = f'exec "$0" -I "$1" 3<&{reader} 4>&{writer}'
        program = os.path.join(_FOLDER, "analyser.py")
        self.process = subprocess.Popen(
            ["/bin/sh", "-c", command, sys.executable, program], pass_fds=(reader, writer)
        )
        os.close(reader)
        os.close(writer)

    def tearDown(self):
        os.close(self.events)
        self.process.wait()

    def test_ready_then_answers_then_ends_with_its_pipe(self):
        (ready,) = read_frame(self.events)["events"]
        self.assertEqual((ready["type"], ready["language"]), ("ready", "python"))
        # A sum of a thousand terms is a thousand levels deep.
        long_sum = "x = " + " + ".join(["a"] * 1000)
        sources = [{"kind": "python", "source": source} for source in (long_sum, "y =", long_sum)]
        write_frame(self.requests, {"type": "analyse", "id": 7, "sources": sources})
        (answer,) = read_frame(self.events)["events"]
        self.assertEqual((answer["type"], answer["id"]), ("analysed", 7))
        first, faulty, again = answer["results"]
        self.assertEqual(first["analysis"]["reads"], ["a"])
        self.assertFalse(faulty["ok"])
        self.assertEqual(first, again)
        os.close(self.requests)
        self.assertEqual(self.process.wait(), 0)


if __name__ == "__main__":
    unittest.main()
