"""Starts the analyser: `python3 -I kernels/python/analyser.py`, with pipes on descriptors 3 and 4."""

import os
import sys

# -I leaves the script's folder out of the path.
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from rnb_kernel.analyser import main  # noqa: E402

main()
