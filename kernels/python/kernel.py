"""Starts a Python kernel: `python3 -I kernels/python/kernel.py`, requests on descriptor 3, events on 4,
and on 5 the file that says which cell runs."""

import os
import sys

_own_folder = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, _own_folder)
from rnb_kernel.kernel import main  # noqa: E402

# From here on user code decides what `sys.path` finds: the notebook's folder first, as in a script there.
sys.path.remove(_own_folder)
sys.path.insert(0, os.getcwd())
main()
