"""The limit: a CPython that holds the cells compiled and runs them when asked, and does nothing else.

Reads the sources as one line of JSON. Each further line is new source for the first cell: it is compiled, every cell
is executed in order in one namespace, and one line answers.
"""

import json
import sys


def main():
    sources = json.loads(sys.stdin.readline())
    cells = [compile(source, "cell", "exec") for source in sources]
    namespace = {}
    for line in iter(sys.stdin.readline, ""):
        cells[0] = compile(json.loads(line), "cell", "exec")
        for cell in cells:
            exec(cell, namespace)
        sys.stdout.write("done\n")
        sys.stdout.flush()


main()
