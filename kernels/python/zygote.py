"""Starts a zygote: `python3 -I kernels/python/zygote.py SOCKET [LIBRARY_TO_LEAVE_OUT ...]`, requests on descriptor 3,
reports on 4. `rnb_kernel/zygote.py` says what it is."""

import os
import sys

_own_folder = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, _own_folder)
from rnb_kernel.zygote import main  # noqa: E402

sys.path.remove(_own_folder)
main(__file__, sys.argv[1], sys.argv[2:])
