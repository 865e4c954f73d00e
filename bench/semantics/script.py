"""Cells as a plain script: one namespace, from top to bottom, in this process, until one raises.

The input is a JSON list of sources. The answer has an entry for each cell that was reached: what it printed, and the
exception that ended the script.
"""

import contextlib
import io
import json
import sys
import types

cells = json.load(sys.stdin)
script = types.ModuleType("__main__")
sys.modules["__main__"] = script
results = []
for source in cells:
    printed = io.StringIO()
    error = None
    with contextlib.redirect_stdout(printed):
        try:
            exec(compile(source, "<cell>", "exec"), script.__dict__)
        except Exception as raised:
            error = f"{type(raised).__name__}: {raised}"
    results.append({"stdout": printed.getvalue(), "error": error})
    if error is not None:
        break
json.dump(results, sys.stdout)
