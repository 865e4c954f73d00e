"""Cells that lie, raise and tamper: the kernel goes on, and shows what is right or says what is wrong."""

import os
import signal
import shutil
import tempfile
import threading
import unittest

from kernel_process import KernelProcess, cell, of, plain_of, text_of

_TOO_LONG_S = 20


class Hostile(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.kernel = KernelProcess(self.folder)
        self.addCleanup(self.kernel.close)
        # A kernel that hangs is ended, so that the test fails instead of waiting for ever.
        watch = threading.Timer(_TOO_LONG_S, os.kill, (self.kernel.process.pid, signal.SIGKILL))
        watch.start()
        self.addCleanup(watch.cancel)
        self._run = 0

    def events_of(self, name, source, bindings=None, defines=(), mutates=()):
        self._run += 1
        one = cell(name, source, bindings, defines, run=self._run, mutates=mutates)
        events = self.kernel.run(one)
        if not of(events, "done"):
            # It was told that some of what the cell sees is shared; now that this is known it runs.
            events = self.kernel.run(one)
        self.assertEqual([e["cell"] for e in of(events, "done")], [name])
        return events

    def run_cell(self, *arguments, **options):
        events = self.events_of(*arguments, **options)
        self.assertEqual([event["error"] for event in of(events, "error")], [])
        return events

    def shown(self, name, source, bindings=None):
        return plain_of(self.run_cell(name, source, bindings))[0]

    def assert_sane(self):
        """An ordinary notebook still runs as it should, in this very process."""
        self.run_cell("s1", "s = [1]\nk = {'a': s}", defines=["s", "k"])
        seen = {"s": "s1", "k": "s1"}
        for _ in range(2):
            self.run_cell("s2", "s.append(len(s) + 1)", seen, ["s", "k"], ["s", "k"])
            self.assertEqual(self.shown("s3", "s, k", {"s": "s2", "k": "s2"}), "([1, 2], {'a': [1, 2]})")
        error = of(self.events_of("s4", "1 / 0"), "error")[0]["error"]
        self.assertEqual(error["name"], "ZeroDivisionError")
        self.assertEqual(text_of(self.run_cell("s5", "print(sorted({2, 1}))")), "[1, 2]\n")

    # What copying asks of an object

    HOOKS = {
        "__deepcopy__ that loops": "def __deepcopy__(self, memo):\n  while True: pass",
        "__copy__ that loops": "def __copy__(self):\n  while True: pass",
        "hooks that raise": "".join(
            f"def {name}(self, *a): raise ValueError('{name}')\n "
            for name in ("__copy__", "__deepcopy__", "__reduce__", "__reduce_ex__", "__getstate__", "__setstate__")
        ),
        "hooks that exit": "def __deepcopy__(self, memo): raise SystemExit\n __reduce_ex__ = __copy__ = __deepcopy__",
        "hooks that lie": "def __deepcopy__(self, memo): return self\n __copy__ = lambda self: self\n"
        " __reduce_ex__ = lambda self, p: (int, ())",
        "__eq__ that raises": "def __eq__(self, other): raise ValueError\n __hash__ = object.__hash__",
        "__eq__ that says yes": "def __eq__(self, other): return True\n __hash__ = object.__hash__",
        "__eq__ that is no bool": "def __eq__(self, other): return self\n def __bool__(self): raise ValueError\n"
        " __hash__ = object.__hash__",
        "__class__ as a property": "__class__ = property(lambda self: list)",
        "__class__ that raises": "__class__ = property(lambda self: 1 / 0)",
        "__del__ that raises": "def __del__(self): raise ValueError",
        "__repr__ that raises": "def __repr__(self): raise ValueError",
        "__getattr__ for all": "def __getattr__(self, name): return lambda *a, **k: self",
        "__len__ and __iter__ that raise": "def __len__(self): raise ValueError\n def __iter__(self): raise ValueError",
    }

    def test_R4_1_objects_whose_hooks_loop_raise_or_lie(self):
        for at, (what, hooks) in enumerate(self.HOOKS.items()):
            with self.subTest(what):
                k, m, c, r = (f"{letter}{at}" for letter in "kmcr")
                self.run_cell(k, f"class A:\n {hooks}\n n = 0", defines=["A"])
                self.run_cell(m, "x = A()\ny = [x, {'x': x}]\nx.n = 1", {"A": k}, ["x", "y"])
                seen = {"x": m, "y": m}
                for _ in range(2):
                    self.run_cell(c, "x.n += 1", seen, ["x", "y"], ["x", "y"])
                    look = "(x.n, y[0] is x, y[1]['x'] is x)"
                    self.assertEqual(self.shown(r, look, {"x": c, "y": c}), "(2, True, True)")
                    self.assertEqual(self.shown(f"o{at}", look, seen), "(1, True, True)")
        self.assert_sane()

    def test_R4_3_changes_that_hooks_would_hide_are_found(self):
        for at, hooks in enumerate(self.HOOKS.values()):
            with self.subTest(hooks):
                self.run_cell(f"k{at}", f"class A:\n {hooks}\n n = 0", defines=["A"])
                self.run_cell(f"m{at}", "x = A()", {"A": f"k{at}"}, ["x"])
                events = self.run_cell(f"c{at}", "globals()['x'].n = 5", {"x": f"m{at}"})
                self.assertEqual([e["mutates"] for e in of(events, "found")], [["x"]])

    def test_R4_1_keys_and_members_whose_hash_or_equality_raises_later(self):
        armed = (
            "class K:\n bad = False\n def __init__(self, n): self.n = n\n"
            " def __hash__(self):\n  if K.bad: raise ValueError\n  return 1\n"
            " def __eq__(self, other):\n  if K.bad: raise ValueError\n  return self is other\n"
        )
        for at, made in enumerate(("{K(1): [1], K(2): [2]}", "{K(1), K(2)}", "[{K(1): K(2)}]")):
            with self.subTest(made):
                self.run_cell(f"a{at}", f"{armed}x = {made}\nK.bad = True", defines=["K", "x"])
                seen = {"x": f"a{at}", "K": f"a{at}"}
                for _ in range(2):
                    events = self.events_of(f"b{at}", "n = len(x)\nx.clear()\nn", seen, ["x", "n"], ["x"])
                    if of(events, "spoiled"):
                        # Handed on itself, and said to be used up: it is made anew before anybody sees it.
                        self.run_cell(f"a{at}", f"{armed}x = {made}\nK.bad = True", defines=["K", "x"])
                    self.assertEqual(plain_of(events), ["1" if made[0] == "[" else "2"])
        self.assert_sane()

    def test_objects_whose_attributes_cannot_be_asked_for(self):
        for at, body in enumerate((
            "def __getattribute__(self, name): raise ValueError(name)",
            "__dict__ = property(lambda self: {})",
            "__dict__ = property(lambda self: 1 / 0)",
            "__slots__ = ('n',)\n def __getattribute__(self, name): raise ValueError(name)",
        )):
            with self.subTest(body):
                self.run_cell(f"k{at}", f"class A:\n {body}", defines=["A"])
                self.run_cell(f"m{at}", "x = A()\nl = [x]", {"A": f"k{at}"}, ["x", "l"])
                seen = {"x": f"m{at}", "l": f"m{at}"}
                for _ in range(2):
                    events = self.run_cell(f"c{at}", "l.append(1)\nlen(l), l[0] is x", seen, list(seen), list(seen))
                    self.assertEqual(plain_of(events), ["(2, True)"])
                    if of(events, "spoiled"):
                        self.run_cell(f"m{at}", "x = A()\nl = [x]", {"A": f"k{at}"}, ["x", "l"])
        self.assert_sane()

    def test_R4_1_containers_that_hold_themselves(self):
        cases = (
            ("x = []\nx.append(x)", "x.append(1)", "len(x), x[0] is x"),
            ("x = {}\nx['x'] = (x,)", "x['n'] = 1", "len(x), x['x'][0] is x"),
            ("x = ([],)\nx[0].append(x)", "x[0].append(1)", "len(x[0]), x[0][0] is x"),
            ("class A: pass\nx = A()\nx.me = {'me': x}", "x.me['n'] = 1", "len(x.me), x.me['me'] is x"),
        )
        for at, (made, change, look) in enumerate(cases):
            with self.subTest(made):
                self.run_cell(f"a{at}", made, defines=["x", "A"])
                for _ in range(2):
                    self.run_cell(f"b{at}", change, {"x": f"a{at}"}, ["x"], ["x"])
                    self.assertEqual(self.shown(f"c{at}", look, {"x": f"b{at}"}), "(2, True)")
                    self.assertEqual(self.shown(f"d{at}", look, {"x": f"a{at}"}), "(1, True)")
                self.run_cell(f"e{at}", "x", {"x": f"a{at}"})

    def test_R4_1_a_nest_too_deep_to_recurse_into(self):
        self.run_cell("a", "x = []\nfor _ in range(100_000): x = [x]", defines=["x", "_"])
        events = self.run_cell("b", "x.append(1)\nlen(x)", {"x": "a"}, ["x"], ["x"])
        self.assertEqual(plain_of(events), ["2"])
        if not of(events, "spoiled"):
            self.assertEqual(self.shown("c", "len(x)", {"x": "a"}), "1")
        self.assert_sane()

    def test_R4_1_a_million_elements_changed_in_a_loop(self):
        self.run_cell("a", "x = list(range(1_000_000))", defines=["x"])
        for _ in range(2):
            self.run_cell("b", "for i in range(len(x)): x[i] += 1", {"x": "a"}, ["x", "i"], ["x"])
            self.assertEqual(self.shown("c", "x[0], x[-1], len(x)", {"x": "b"}), "(1, 1000000, 1000000)")
        self.assertEqual(self.shown("d", "x[0], x[-1]", {"x": "a"}), "(0, 999999)")

    # Tampering with the process

    def test_modules_and_builtins_that_were_replaced(self):
        for at, source in enumerate((
            "import json.encoder\njson.encoder.JSONEncoder.encode = lambda *a: 'no'",
            "import time\ntime.perf_counter_ns = time.time_ns = time.monotonic = lambda: 'never'",
            "globals = list = type = len = id = isinstance = vars = None",
            "import sys\nsys.modules['math'] = sys.modules['copy'] = sys.modules['types'] = 3",
            "import sys\nsys.modules.pop('__main__')",
            "import sys\nsys.modules['__main__'] = None",
            "import sys\nsys.setrecursionlimit(60)",
            "import sys\nsys.excepthook = sys.displayhook = None",
            "import sys\nsys.path.clear()\nsys.meta_path.clear()",
            "import gc\ngc.disable()",
            "__builtins__ = {}",
            "__name__ = 3",
        )):
            with self.subTest(source):
                kernel = self.kernel
                self.kernel = KernelProcess(self.folder)
                watch = threading.Timer(_TOO_LONG_S, os.kill, (self.kernel.process.pid, signal.SIGKILL))
                watch.start()
                try:
                    self.events_of(f"t{at}", source, defines=["json", "builtins", "sys", "globals", "list", "type", "len"])
                    self.assert_sane()
                finally:
                    watch.cancel()
                    self.kernel.close()
                    self.kernel = kernel

    def test_threads_that_write_names(self):
        self.run_cell(
            "a",
            "import threading\nstop_it = threading.Event()\n"
            "def write(into):\n"
            "    n = 0\n"
            "    while not stop_it.is_set():\n"
            "        n += 1\n"
            "        into[f'stray{n % 50}'] = n\n"
            "        into['s'] = 'stray'\n"
            "thread = threading.Thread(target=write, args=(globals(),), daemon=True)\nthread.start()",
            defines=["threading", "stop_it", "write", "thread"],
        )
        for at in range(20):
            self.run_cell(f"b{at}", f"mine = [{at}]", defines=["mine"])
            self.assertEqual(self.shown(f"c{at}", "mine", {"mine": f"b{at}"}), f"[{at}]")
        self.run_cell("d", "stop_it.set()\nthread.join()", {"stop_it": "a", "thread": "a"})
        self.assert_sane()


if __name__ == "__main__":
    unittest.main()
