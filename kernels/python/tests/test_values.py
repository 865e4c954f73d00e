"""R4 and R6 in a real kernel: what a cell changes in place, and what it makes again."""

import importlib.util
import os
import shutil
import tempfile
import unittest

from kernel_process import KernelProcess, cell, of, plain_of, text_of

_with_libraries = unittest.skipUnless(
    all(map(importlib.util.find_spec, ("numpy", "pandas", "polars"))), "numpy, pandas or polars is not installed"
)


class _WithKernel(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.kernel = KernelProcess(self.folder)
        self.addCleanup(self.kernel.close)
        self._run = 0

    def run_cell(self, name, source, bindings=None, defines=(), mutates=()):
        self._run += 1
        one = cell(name, source, bindings, defines, run=self._run, mutates=mutates)
        events = self.kernel.run(one)
        if not of(events, "done"):
            # It was told that some of what the cell sees is shared; now that this is known it runs.
            events = self.kernel.run(one)
        self.assertEqual(
            [event["error"] for event in of(events, "error")], [], f"{name} was to succeed"
        )
        return events

    def shown(self, name, source, bindings):
        return plain_of(self.run_cell(name, source, bindings))[0]

    def spoiled(self, events):
        return {
            (one["cell"], name)
            for event in of(events, "spoiled")
            for one in event["versions"]
            for name in one["names"]
        }


class Mutation(_WithKernel):
    """R4.1: a cell that changes values in place gets copies, however often it runs."""

    CASES = (
        ("[1, 2]", "x.append(3)", "[1, 2, 3]"),
        ("{'a': [1]}", "x['a'].append(2)", "{'a': [1, 2]}"),
        ("{1, 2}", "x.add(3)", "{1, 2, 3}"),
        ("bytearray(b'ab')", "x.extend(b'c')", "bytearray(b'abc')"),
        ("__import__('collections').deque([1], maxlen=3)", "x.append(2)", "deque([1, 2], maxlen=3)"),
        ("__import__('collections').defaultdict(list)", "x['k'].append(1)", "defaultdict(<class 'list'>, {'k': [1]})"),
        ("__import__('collections').Counter('ab')", "x.update('a')", "Counter({'a': 2, 'b': 1})"),
        ("__import__('collections').OrderedDict(b=1, a=2)", "x.move_to_end('b')", "OrderedDict({'a': 2, 'b': 1})"),
        ("__import__('array').array('i', [1])", "x.append(2)", "array('i', [1, 2])"),
        ("__import__('types').SimpleNamespace(n=[1])", "x.n.append(2)", "namespace(n=[1, 2])"),
        ("iter([1, 2, 3])", "next(x)", "[2, 3]"),
        ("__import__('itertools').count(5)", "next(x)", "count(6)"),
        ("__import__('io').StringIO('abc')", "x.read(1)", "'bc'"),
        ("__import__('random').Random(1)", "x.random()", None),
    )  # fmt: skip

    def test_R4_1_running_again_never_compounds(self):
        for at, (made, change, after) in enumerate(self.CASES):
            with self.subTest(made):
                maker, changer, reader = f"m{at}", f"c{at}", f"r{at}"
                look = {"[2, 3]": "list(x)", "'bc'": "x.read()"}.get(after, "x")
                if after is None:
                    look = "x.random()"
                self.run_cell(maker, f"x = {made}", defines=["x"])
                seen = []
                for _ in range(3):
                    events = self.run_cell(changer, change, {"x": maker}, ["x"], ["x"])
                    self.assertNotIn((maker, "x"), self.spoiled(events), "the original is untouched")
                    seen.append(self.shown(reader, look, {"x": changer}))
                    # What the reader uses up is its own doing.
                    self.run_cell(changer, change, {"x": maker}, ["x"], ["x"])
                    seen.append(self.shown(reader, look, {"x": changer}))
                self.assertEqual(set(seen), {after or seen[0]})

    def test_R4_1_aliases_stay_aliases(self):
        self.run_cell("a", "x = [1]\ny = {'x': x}\nz = (x, [2])", defines=["x", "y", "z"])
        all_three = {"x": "a", "y": "a", "z": "a"}
        for _ in range(2):
            self.run_cell("b", "x.append(2)", all_three, ["x", "y", "z"], ["x", "y", "z"])
            shown = self.shown(
                "c", "(x, y, z, y['x'] is x, z[0] is x)", {"x": "b", "y": "b", "z": "b"}
            )
            self.assertEqual(shown, "([1, 2], {'x': [1, 2]}, ([1, 2], [2]), True, True)")
        self.assertEqual(self.shown("d", "(x, y, z)", all_three), "([1], {'x': [1]}, ([1], [2]))")

    def test_R4_1_objects_of_own_classes_whatever_their_hooks_say(self):
        self.run_cell(
            "k",
            "class Liar:\n"
            "    __slots__ = ('n', '__dict__')\n"
            "    def __init__(self): self.n = 0; self.log = []\n"
            "    def bump(self): self.n += 1; self.log.append(self.n)\n"
            "    def __copy__(self): return self\n"
            "    def __deepcopy__(self, memo): return self\n"
            "    def __reduce_ex__(self, protocol): raise RuntimeError\n"
            "    def __eq__(self, other): raise RuntimeError\n"
            "    __hash__ = None\n",
            defines=["Liar"],
        )
        self.run_cell("a", "x = Liar()\nx.me = x", {"Liar": "k"}, ["x"])
        for _ in range(2):
            self.run_cell("b", "x.bump()", {"x": "a"}, ["x"], ["x"])
            shown = self.shown("c", "(x.n, x.log, x.me is x)", {"x": "b"})
            self.assertEqual(shown, "(1, [1], True)")

    def test_R4_1_closures_and_defaults_are_state(self):
        self.run_cell(
            "a",
            "def counter():\n    n = 0\n    def step():\n        nonlocal n\n        n += 1\n        return n\n"
            "    return step\nstep = counter()\ndef gather(x, into=[]):\n    into.append(x)\n    return into",
            defines=["counter", "step", "gather"],
        )
        both = {"step": "a", "gather": "a"}
        for _ in range(3):
            shown = plain_of(
                self.run_cell("b", "step(), gather(1)", both, ["step", "gather"], ["step", "gather"])
            )
            self.assertEqual(shown, ["(1, [1])"])
        after = plain_of(
            self.run_cell(
                "c", "step(), gather(2)", {"step": "b", "gather": "b"}, ["step", "gather"], ["step", "gather"]
            )
        )
        self.assertEqual(after, ["(2, [1, 2])"])

    def test_R4_2_what_shares_is_told_before_the_cell_runs(self):
        self.run_cell("a", "x = [1]", defines=["x"])
        self.run_cell("b", "y = [x]", {"x": "a"}, ["y"])
        self.run_cell("n", "z = [1]", defines=["z"])
        self._run += 1
        events = self.kernel.run(
            cell("c", "x.append(2)", {"x": "a"}, ["x"], run=self._run, mutates=["x"])
        )
        self.assertEqual(of(events, "done"), [])
        told = of(events, "shares")
        self.assertEqual([(t["cell"], t["with"]) for t in told], [("c", [{"cell": "a", "names": ["x"]}, {"cell": "b", "names": ["y"]}])])
        # Told once; now the cell runs with both.
        both = {"x": "a", "y": "b"}
        self.run_cell("c", "x.append(2)", both, ["x", "y"], ["x", "y"])
        self.assertEqual(self.shown("d", "y", {"y": "c"}), "[[1, 2]]")
        # A later maker of something that shares is told of too, and one that no longer does.
        events = self.run_cell("n", "z = x", {"x": "a"}, ["z"])
        others = [{"cell": "a", "names": ["x"]}, {"cell": "b", "names": ["y"]}]
        with_z = [*others, {"cell": "n", "names": ["z"]}]
        self.assertEqual([t["with"] for t in of(events, "shares")], [with_z])
        # One that does no longer is told when the cell that changes them gets its values again.
        self.run_cell("n", "z = [1]", {"x": "a"}, ["z"])
        self._run += 1
        events = self.kernel.run(cell("c", "x.append(2)", both, ["x", "y"], run=self._run, mutates=["x", "y"]))
        self.assertEqual([t["with"] for t in of(events, "shares")], [others])

    def test_R4_2_nobody_shares_by_what_cannot_be_changed(self):
        self.run_cell("a", "missing = object()\nx = [missing]\ny = [missing, 1, 'text']", defines=["missing", "x", "y"])
        events = self.run_cell("b", "x.append(2)", {"x": "a"}, ["x"], ["x"])
        self.assertEqual(of(events, "shares") + of(events, "spoiled"), [])
        self.assertEqual(self.shown("c", "x[0] is missing", {"x": "b", "missing": "a"}), "True")

    def test_R4_2_what_a_failed_run_leaves_shares_with_nobody(self):
        self.run_cell("a", "x = [1]", defines=["x"])
        self.run_cell("b", "y = [x]", {"x": "a"}, ["y"])
        self.kernel.run(cell("c", "x[0]\nx = oops", {"x": "a"}, ["x"]))
        change = cell("d", "y.append(2)", {"y": "b"}, ["y"], mutates=["y"])
        self.assertEqual(self.told_shared(self.kernel.run(change)), {("a", "x"), ("b", "y")})
        # Nor does what has failed since.
        change = cell("e", "x.append(2)", {"x": "a"}, ["x"], mutates=["x"])
        self.assertIn(("b", "y"), self.told_shared(self.kernel.run(change)))
        events = self.kernel.run(cell("b", "y = [x]; 1 / 0", {"x": "a"}, ["y"]))
        told = {event["cell"]: self.told_shared([event]) for event in of(events, "shares")}
        self.assertNotIn(("b", "y"), told["e"])

    def test_R4_2_what_shares_is_told_of_each_commit_anew(self):
        self.run_cell("a", "x = [1]", defines=["x"])
        self.run_cell("b", "y = [x]", {"x": "a"}, ["y"])

        def told(revision):
            self._run += 1
            one = cell("c", "x.append(2)", {"x": "a"}, ["x"], run=self._run, mutates=["x"], revision=revision)
            return [(t["revision"], t["with"]) for t in of(self.kernel.run(one), "shares")]

        both = [{"cell": "a", "names": ["x"]}, {"cell": "b", "names": ["y"]}]
        self.assertEqual(told(1), [(1, both)])
        self.assertEqual(told(1), [])
        # Something else was committed in between, which was never run.
        self.assertEqual(told(3), [(3, both)])

    def test_R4_3_who_shows_something_changes_nothing(self):
        self.run_cell("a", "show = display", defines=["show"])
        events = self.run_cell("b", "show([1])", {"show": "a"})
        self.assertEqual(of(events, "found") + of(events, "spoiled"), [])

    def test_R4_3_a_change_that_analysis_did_not_see_is_found(self):
        self.run_cell("a", "x = [1]\ny = [x]", defines=["x", "y"])
        events = self.run_cell("b", "globals()['x'].append(2)", {"x": "a"})
        self.assertEqual([e["mutates"] for e in of(events, "found")], [["x"]])
        self.assertEqual(self.spoiled(events), {("a", "x"), ("a", "y")})
        # The version belongs to the cell that changed it; nobody sees the spoiled one.
        self.assertEqual(self.shown("c", "x", {"x": "b"}), "[1, 2]")
        self._run += 1
        events = self.kernel.run(cell("d", "x", {"x": "a"}, run=self._run))
        self.assertEqual([e["type"] for e in events], ["batch_done"])
        self.run_cell("a", "x = [1]\ny = [x]", defines=["x", "y"])
        self.assertEqual(self.shown("d", "x", {"x": "a"}), "[1]")

    def test_R4_3_what_shares_goes_over_to_the_cell_that_changed_it(self):
        self.run_cell("a", "x = [1]; y = [x]; z = 1", {}, ["x", "y", "z"])
        events = self.run_cell("b", "globals()['x'].append(2)", {"x": "a"})
        run = self._run
        told = [event for event in of(events, "shares") if event["cell"] == "b"]
        self.assertEqual(
            [event.get("taken") for event in told], [{"run": run, "versions": [{"cell": "a", "names": ["y"]}]}]
        )
        self.assertEqual([event["defines"] for event in of(events, "found")], [[]])
        self.assertEqual(self.shown("c", "y, y[0] is x", {"x": "b", "y": "b"}), "([[1, 2]], True)")
        # Who takes it on in the same way is told of alone: the first has nothing to do with it any more.
        events = self.run_cell("d", "globals()['x'].append(3)", {"x": "b"})
        self.assertEqual({event["cell"] for event in of(events, "shares")}, {"d"})
        self.assertEqual(self.shown("e", "y", {"y": "d"}), "[[1, 2, 3]]")

    def test_R4_3_what_the_cell_looked_for_in_vain_does_not_go_over(self):
        self.run_cell("a", "x = [1]; y = [x]", {}, ["x", "y"])
        events = self.kernel.run(cell("b", "globals()['x'].append(2); eval('y')", {"x": "a"}))
        self.assertEqual([event.get("taken") for event in of(events, "shares")], [None])
        self.assertEqual([event["reads"] for event in of(events, "found")], [["y"]])

    def test_R4_3_of_two_that_share_under_one_name_neither_goes_over(self):
        self.run_cell("a", "x = [1]; y = [x]", {}, ["x", "y"])
        self.run_cell("b", "y = [x, x]", {"x": "a"}, ["y"])
        events = self.run_cell("c", "globals()['x'].append(2)", {"x": "a"})
        self.assertEqual([event.get("taken") for event in of(events, "shares")], [None])

    def test_R4_3_every_kind_of_hidden_change_is_found(self):
        cases = (
            ("x = {'a': 1}", "d = globals()['x']; d['b'] = 2"),
            ("x = {1}", "globals()['x'].add(2)"),
            ("class A: n = 1\nx = A()", "setattr(globals()['x'], 'n', 2)"),
            ("class A: n = 1\nx = A()", "type(globals()['x']).n = 2"),
            ("class A:\n  __slots__ = 'n'\nx = A(); x.n = 1", "setattr(globals()['x'], 'n', 2)"),
            ("x = bytearray(b'a')", "globals()['x'][0] = 98"),
            ("x = (n for n in range(3))", "list(globals()['x'])"),
            ("x = iter([1])", "list(globals()['x'])"),
            ("x = [[[1]]]", "globals()['x'][0][0].clear()"),
            ("def x(a=[]): return a", "globals()['x']().append(1)"),
            ("x = __import__('random').Random(1)", "globals()['x'].random()"),
            ("x = open('f', 'w+b')", "globals()['x'].write(b'1')"),
        )
        for at, (made, change) in enumerate(cases):
            with self.subTest(made):
                self.run_cell(f"m{at}", made, defines=["x", "A"])
                events = self.run_cell(f"c{at}", change, {"x": f"m{at}"}, ["d"])
                self.assertEqual([e["mutates"] for e in of(events, "found")], [["x"]])

    def test_R4_3_reading_is_no_change(self):
        made = (
            "import dataclasses\n"
            "@dataclasses.dataclass\nclass A:\n    n: int = 1\n    @property\n    def p(self): return self.n\n"
            "x = [A(), {'k': (1, [2])}, {1, 2}]\nf = lambda: x"
        )
        self.run_cell("a", made, defines=["A", "x", "f", "dataclasses"])
        events = self.run_cell(
            "b",
            "repr(x), [a for a in x], x[0].p, sorted(x[2]), dataclasses.replace(x[0]), f(), x[0].__reduce_ex__(2)",
            {"x": "a", "f": "a", "A": "a", "dataclasses": "a"},
        )
        self.assertEqual(of(events, "found") + of(events, "spoiled"), [])

    def told_shared(self, events):
        return {(one["cell"], name) for event in of(events, "shares") for one in event["with"] for name in one["names"]}

    def sharing(self, made, also):
        """What is told to share with `x` of cell a once a cell is to change it; `y` of cell b was made from it."""
        self.run_cell("a", made, defines=["x", "A"])
        self.run_cell("b", also, {"x": "a", "A": "a"}, ["y"])
        self._run += 1
        # Another cell each time: of one, only what is new is told.
        one = cell(f"c{self._run}", "pass", {"x": "a"}, ["x"], run=self._run, mutates=["x"])
        return self.told_shared(self.kernel.run(one))

    def test_R4_7_all_of_a_value_is_walked(self):
        both = {("a", "x"), ("b", "y")}
        cases = (
            ("x = [{'id': i, 'tags': []} for i in range(110000)]", "y = [one for one in x if one['id'] == 3]"),
            ("x = [i for i in range(1000)] + [[]]", "y = x[-1]"),
            ("class A: pass\nx = A()", "import weakref; y = weakref.ref(x)"),
            ("class A: pass\nx = A()", "import weakref; y = weakref.proxy(x)"),
            ("class A: pass\nx = A()", "import weakref; y = weakref.WeakValueDictionary(k=x)"),
            ("x = bytearray(b'ab')", "y = memoryview(x)"),
            ("x = [1]", "def g(k):\n  while True: yield k\ny = g(x); next(y)"),
        )
        for made, also in cases:
            with self.subTest(also):
                self.assertEqual(self.sharing(made, also), both)
        told = self.sharing("import enum\nclass A(enum.Enum): B = {'n': 1}\nx = A.B", "y = [A.B.value]")
        self.assertEqual(told, both | {("a", "A")})
        # Mostly, members of an Enum hold what never changes.
        told = self.sharing("import enum\nclass A(enum.Enum): B = 1; C = (2, 'c')\nx = [A.B]", "y = [A.B, A.C]")
        self.assertEqual(told, set())
        opposite = "import enum\nclass A(enum.Enum): B = 1; C = 2\nA.B.other = A.C; A.C.other = A.B\nx = [A.B]"
        self.assertEqual(self.sharing(opposite, "y = [A.B]"), set())
        dead = "import weakref\nclass A: pass\nx = [weakref.proxy(A()), weakref.ref(A())]"
        self.assertEqual(self.sharing(dead, "y = 1"), set())

    @_with_libraries
    def test_R4_7_arrays_and_frames_share_memory(self):
        numpy, frame = "import numpy; x = numpy.arange(3)", "import pandas; x = pandas.DataFrame({'a': [1, 2]})"
        both = {("a", "x"), ("b", "y")}
        cases = (
            (frame, "y = x['a'].to_numpy()", both),
            (frame, "y = [x['a'].values]", both),
            (frame, "y = x.index", both),
            (numpy, "import pandas; y = pandas.Series(x, copy=False)", both),
            (numpy, "import polars; y = polars.Series('a', x)", both),
            (numpy, "y = x[1:]", both),
            ("x = bytearray(b'ab')", "import numpy; y = numpy.frombuffer(memoryview(x), numpy.uint8)", both),
            # Copied on write: no change of one is seen through the other.
            (frame, "y = x['a']", set()),
            (frame, "y = x.rename(columns={'a': 'b'})", set()),
            (frame, "y = x[x['a'] > 0]", set()),
            (frame, "y = x['a'].to_numpy().copy()", set()),
            (numpy, "y = x + 1", set()),
        )
        for made, also, told in cases:
            with self.subTest(also):
                self.assertEqual(self.sharing(made, also), told)
        # No copies would lie on the same memory: the frame itself is changed, and the array with it.
        self.run_cell("a", frame, defines=["x"])
        self.run_cell("b", "y = x['a'].to_numpy()", {"x": "a"}, ["y"])
        events = self.run_cell("c", "x.loc[0, 'a'] = 9", {"x": "a", "y": "b"}, ["x", "y"], ["x", "y"])
        self.assertEqual(self.spoiled(events), both)
        self.assertEqual(self.shown("d", "y.tolist()", {"y": "c"}), "[9, 2]")

    def test_R4_3_a_class_changed_through_its_object_belongs_to_it(self):
        made = "class A:\n  n = 0\n  def hit(self): self.__class__.n += 1\nx = A()"
        self.run_cell("a", made, defines=["A", "x"])
        events = self.run_cell("b", "x.hit()", {"x": "a"})
        self.assertEqual(self.spoiled(events), {("a", "A"), ("a", "x")})
        self.run_cell("a", made, defines=["A", "x"])
        self._run += 1
        events = self.kernel.run(cell("c", "x.hit()", {"x": "a"}, ["x"], run=self._run, mutates=["x"]))
        self.assertEqual(self.told_shared(events), {("a", "A"), ("a", "x")})

    def test_R4_8_an_enum_made_anew_leaves_nothing_of_the_old_one(self):
        self.run_cell("w", "import sys, weakref; sys.made = weakref.WeakSet()", defines=["sys", "weakref"])
        for _ in range(3):
            self.run_cell("a", "import enum, sys\nclass A(enum.Enum): B = 1\nx = A.B; sys.made.add(A)", {}, ["A", "x"])
            self.run_cell("b", "y = [x]; repr(x)", {"x": "a"}, ["y"])
        self.run_cell("a", "x = 1", {}, ["x"])
        self.run_cell("b", "y = 1", {}, ["y"])
        self.assertEqual(self.shown("c", "import gc, sys; gc.collect(); len(sys.made)", {}), "0")

    def find_changes(self, cases):
        """Each: what makes `x`, what only reads it, what changes it without saying so."""
        for at, (made, read, change) in enumerate(cases):
            with self.subTest(made + " / " + change):
                self.run_cell(f"m{at}", made, defines=["x"])
                reader = f"v = globals()['x']\n{read}"
                for _ in range(2):
                    events = self.run_cell(f"r{at}", reader, {"x": f"m{at}"}, ["v"])
                    self.assertEqual(of(events, "found") + of(events, "spoiled"), [])
                events = self.run_cell(f"c{at}", f"v = globals()['x']\n{change}", {"x": f"m{at}"}, ["v"])
                self.assertEqual([event["mutates"] for event in of(events, "found")], [["x"]])

    def test_R4_8_a_change_anywhere_in_a_value_is_found_and_reading_is_none(self):
        generator = "def g(k):\n  while True:\n    k[0] += 1\n    yield k[0]\nx = g([0])\nnext(x)"
        pulling = "def g(of):\n  while True: yield next(of)\nx = g(iter(range(9)))\nnext(x)"
        delegating = "def g(of): yield from of\nx = g(iter(range(9)))\nnext(x)"
        large = "x = [{'id': i, 'ok': False, 'n': i * 1.5} for i in range(8000)]"
        self.find_changes(
            (
                (large, "sum(one['n'] for one in v)", "v[7990]['ok'] = True"),
                ("x = list(range(100000))", "sum(v)", "v[70000] = 1"),
                ("x = [0] * 2000000", "len(v)", "v.append(1)"),
                ("x = bytearray(1000000)", "sum(v)", "v[500000] = 1"),
                ("x = {'a': 1}", "repr(v)", "v['b'] = v.pop('a')"),
                ("x = [[1, 2], [3]]", "repr(v)", "v[1].insert(0, v[0].pop())"),
                ("import collections; x = collections.Counter('ab')", "v['c'], v.most_common()", "v['c'] = v.pop('a')"),
                ("import enum\nclass A(enum.Enum): B = {'n': 1}\nx = A.B", "repr(v)", "v.value['n'] = 2"),
                ("class A: n = 1\nimport weakref; o = A(); x = weakref.ref(o)", "v().n", "v().n = 2"),
                (generator, "repr(v)", "next(v)"),
                (pulling, "repr(v)", "next(v)"),
                (delegating, "repr(v)", "next(v)"),
                ("x = map(str, [1, 2])", "repr(v)", "next(v)"),
                ("import csv; x = csv.reader(['a', 'b'])", "v.line_num", "next(v)"),
                ("x = open('f', 'w+')", "v.name", "v.write('a')"),
            )
        )

    def test_R4_8_an_iterator_that_does_not_say_where_it_is_counts_as_changed(self):
        cases = (
            "import itertools; x = itertools.cycle('ab')",
            "import os; x = os.scandir()",
            "import re; x = re.finditer('a', 'aaa')",
            "f = open('f', 'w+'); f.write('a\\nb\\nc'); f.seek(0); x = f\nfor line in x: break",
        )
        for at, made in enumerate(cases):
            with self.subTest(made):
                self.run_cell(f"m{at}", made, defines=["x"])
                events = self.run_cell(f"c{at}", "for one in globals()['x']: break", {"x": f"m{at}"})
                self.assertEqual([event["mutates"] for event in of(events, "found")], [["x"]])

    @_with_libraries
    def test_R4_8_a_change_anywhere_in_arrays_and_frames_is_found_and_reading_is_none(self):
        frame = "import pandas; x = pandas.DataFrame({'city': ['a', None, 'b'], 'n': [1, 2, 3], 'm': [4, 5, 6]})"
        typed = "import pandas; x = pandas.DataFrame({'n': pandas.Series([1, 2, 1]).astype('%s'), 'm': [4, 5, 6]})"
        looks = (
            "repr(v), v.describe(), v.groupby('n').size(), v.copy(), v.index.is_unique, v.columns.get_loc('n'), "
            "v.merge(v, on='m'), v.to_dict(), v.sort_values('n'), v.memory_usage(deep=True), v.isna(), v.n.values, "
            "v._consolidate_inplace()"
        )
        polars = "import polars; x = polars.DataFrame({'a': [1.0, None, float('nan')], 't': ['x', 'y', 'z']})"
        zeros = "import numpy; x = numpy.zeros(100000)"
        objects = "import numpy; x = numpy.array(['a'] * 5000 + [[]], dtype=object)"
        self.find_changes(
            (
                (frame, looks, "v.loc[v.city.isna(), 'city'] = 'v'"),
                (frame, looks, "v.index.name = 'q'"),
                (frame, looks, "v.attrs['a'] = 1"),
                (frame, looks, "v.loc[2, 'm'] = 1"),
                (frame, looks, "v['z'] = 1"),
                (frame, looks, "v.columns = ['a', 'n', 'm']"),
                *(
                    (typed % kind, looks, "v.loc[0, 'n'] = v.n[1]")
                    for kind in ("Int64", "category", "str", "object", "float32", "datetime64[ns]", "int64[pyarrow]")
                ),
                ("import pandas; x = pandas.Index([1, 2])", "v.get_loc(2), v.unique()", "v.name = 'q'"),
                (zeros, "v.sum()", "v[7] = 1"),
                ("import numpy; x = numpy.arange(1e5)", "v.sum()", "v[[7, 9]] = v[[9, 7]]"),
                ("import numpy; x = numpy.zeros((900, 900))[:, ::2]", "v.sum()", "v[5, 5] = 1"),
                ("import numpy; x = numpy.ma.array([1, 2])", "v[:1], v.mask", "import numpy; v[0] = numpy.ma.masked"),
                ("import numpy; x = numpy.ma.array([1, 2], mask=[0, 1])", "repr(v), v.filled(), v.sum()", "import numpy; v[0] = numpy.ma.masked"),
                (objects, "len(v)", "v[3000] = 'b'"),
                (objects, "len(v)", "v[-1].append(1)"),
                (polars, "repr(v), v['a'].sum(), v.rechunk()", "v[0, 'a'] = 9"),
                (polars, "repr(v)", "v[0, 't'] = 'w'"),
                (polars, "repr(v)", "v.columns = ['q', 'r']"),
            )
        )
        # Groups of a frame keep what they have worked out.
        self.run_cell("a", f"{frame}\nx = x.groupby('n')", defines=["x"])
        events = self.run_cell("b", "x.m.mean(), x.size()", {"x": "a"})
        self.assertEqual(of(events, "found") + of(events, "spoiled"), [])

    def test_R4_4_what_cannot_be_copied_is_used_up_and_made_anew(self):
        self.run_cell("a", "g = (n for n in range(9))\nh = [g]", defines=["g", "h"])
        events = self.run_cell("b", "next(g)", {"g": "a", "h": "a"}, ["g", "h"], ["g", "h"])
        self.assertEqual(self.spoiled(events), {("a", "g"), ("a", "h")})
        self.assertEqual(self.shown("c", "next(h[0])", {"h": "b"}), "1")
        self.run_cell("a", "g = (n for n in range(9))\nh = [g]", defines=["g", "h"])
        self.run_cell("b", "next(g)", {"g": "a", "h": "a"}, ["g", "h"], ["g", "h"])
        self.assertEqual(self.shown("c", "next(h[0])", {"h": "b"}), "1")

    def test_R4_5_what_a_maker_makes_anew_takes_nothing_from_the_cell_that_used_it_up(self):
        made = "xs = [1]\nit = (x for x in xs)", {}, ["it", "xs"]
        self.run_cell("a", *made)
        names = ["it", "xs"]
        changed = "xs.append(2); ys = xs", dict.fromkeys(names, "a"), [*names, "ys"], names
        self.assertEqual(self.spoiled(self.run_cell("b", *changed)), {("a", "it"), ("a", "xs")})
        self.assertEqual(self.spoiled(self.run_cell("a", *made)), set())
        self.assertEqual(self.shown("c", "ys", {"ys": "b"}), "[1, 2]")

    def test_R4_5_what_a_cell_took_over_and_makes_anew_is_lost_for_who_holds_it(self):
        made = "xs = [1]\nys = [xs]", {}, ["xs", "ys"]
        self.run_cell("a", *made)
        self.run_cell("b", "globals()['xs'].append(2)", {"xs": "a"})
        self.run_cell("c", "zs = xs", {"xs": "b"}, ["zs"])
        # Some of what b took is lost, as a's second list is another one now; so b makes all of it anew.
        self.assertEqual(self.spoiled(self.run_cell("a", *made)), {("b", "ys")})
        names = ["xs", "ys"]
        events = self.run_cell("b", "globals()['xs'].append(2)", dict.fromkeys(names, "a"), names, names)
        self.assertEqual(self.spoiled(events), {("c", "zs")})

    def test_R4_5_what_is_held_of_a_removed_cell_is_lost(self):
        self.run_cell("a", "xs = [1]\nys = [2]", defines=["xs", "ys"])
        self.run_cell("b", "zs = xs\nn = 1", {"xs": "a"}, ["n", "zs"])
        self.run_cell("c", "own = list(ys)", {"ys": "a"}, ["own"])
        self.kernel.send(type="forget", cells=["a"])
        # Told before anything runs: a cell that needs it would be left alone without a word.
        events = self.kernel.run(cell("d", "zs", {"zs": "b"}, run=90))
        self.assertEqual((self.spoiled(events), of(events, "done")), ({("b", "zs")}, []))

    def test_R10_5_a_batch_ends_where_a_value_is_used_up_that_the_rest_needs(self):
        made = "xs = [1]\ndef f(): pass", {}, ["f", "xs"]
        self.run_cell("a", *made)
        self.run_cell("b", "zs = [2]\nbag = [zs, xs]", {"xs": "a"}, ["bag", "zs"])
        # It uses f up, so that a has to bring it back, and with it another list than bag holds.
        self.run_cell("c", "f.seen = zs", {"f": "a", "zs": "b"}, ["f"], ["f"])
        again = cell("a", *made, run=90), cell("c", "f.seen = zs", {"f": "a", "zs": "b"}, ["f"], run=91, mutates=["f"])
        last = cell("d", "bag", {"bag": "b"}, run=92)
        events = self.kernel.run(*again, last)
        self.assertEqual(self.spoiled(events), {("b", "bag")})
        self.assertEqual([event["run"] for event in of(events, "done")], [90])
        # Without anybody who needs the bag the rest runs.
        events = self.kernel.run(*again)
        self.assertEqual([event["run"] for event in of(events, "done")], [90, 91])

    def test_R4_5_what_a_removed_cell_had_from_others_is_not_lost(self):
        self.run_cell("a", "xs = [1]\ndef f(): pass\nclass C: pass", defines=["C", "f", "xs"])
        names = {"C": "a", "f": "a", "xs": "a"}
        self.run_cell("b", "held = [C, f, xs]\ng = f\nD = C", names, ["D", "g", "held"])
        self.kernel.send(type="forget", cells=["b"])
        events = self.kernel.run(cell("c", "C, f, xs", names, run=90))
        self.assertEqual((self.spoiled(events), len(of(events, "done"))), (set(), 1))

    def test_R4_4_what_has_more_than_attributes_and_cannot_say_how_it_is_copied_is_used_up(self):
        cases = (
            ("import csv\nx = csv.reader(['a', 'b', 'c'])", "next(x)", "list(x)", "[['b'], ['c']]"),
            ("y = [1, 2]\nx = reversed(y)\ny.pop()", "x = [next(x, 3)]", "x", "[3]"),
            ("import threading\nx = [threading.Lock()]", "x.append(x[0].acquire())", "x[0].locked(), len(x)", "(True, 2)"),
            (
                "import sqlite3\nclass Own(sqlite3.Connection): pass\nx = sqlite3.connect(':memory:', factory=Own)",
                "x.execute('create table t(a)')",
                "x.execute('select count(*) from t').fetchall()",
                "[(0,)]",
            ),
        )  # fmt: skip
        for at, (made, change, look, after) in enumerate(cases):
            with self.subTest(made):
                maker, changer = f"m{at}", f"c{at}"
                for _ in range(2):
                    self.run_cell(maker, made, defines=["x", "y", "csv", "threading", "sqlite3", "Own"])
                    events = self.run_cell(changer, change, {"x": maker}, ["x"], ["x"])
                    self.assertIn((maker, "x"), self.spoiled(events))
                    self.assertEqual(self.shown("look", look, {"x": changer}), after)

    def test_R4_1_an_object_and_its_attributes_are_copied_as_one(self):
        for made in ("d = x.__dict__", "d = [x.__dict__, x]\nd = d[0]"):
            for names in (["x", "d"], ["d", "x"]):
                self.run_cell("a", f"class A: pass\nx = A()\n{made}", defines=["A", "d", "x"])
                both = {name: "a" for name in names}
                for _ in range(2):
                    events = self.run_cell("b", "d.update(n=1)\nx.m = 2", both, names, names)
                    self.assertEqual(self.spoiled(events), set())
                    shown = self.shown("c", "(x.n, d, x.__dict__ is d)", {"x": "b", "d": "b"})
                    self.assertEqual(shown, "(1, {'n': 1, 'm': 2}, True)")
                self.assertEqual(self.shown("d", "d", {"d": "a"}), "{}")

    def test_R4_1_attributes_of_what_a_library_copies_are_copied_too(self):
        cases = (
            ("import datetime\nclass A(datetime.date):\n  __slots__ = 'note', '__dict__'", "A(2024, 1, 1)"),
            ("import datetime\nclass A(datetime.timedelta): pass", "A(1)"),
        )
        for at, (imports, made) in enumerate(cases):
            with self.subTest(made):
                self.run_cell(f"k{at}", imports, defines=["A"])
                self.run_cell(f"a{at}", f"x = {made}\nx.note = [1]\nx.more = 0", {"A": f"k{at}"}, ["x"])
                for _ in range(2):
                    self.run_cell(f"b{at}", "x.note.append(2)\nx.more += 1", {"x": f"a{at}"}, ["x"], ["x"])
                    self.assertEqual(self.shown("c", "(x.note, x.more)", {"x": f"b{at}"}), "([1, 2], 1)")
                self.assertEqual(self.shown("d", "(x.note, x.more)", {"x": f"a{at}"}), "([1], 0)")

    def test_R4_1_a_copied_set_is_gone_through_in_the_same_order(self):
        # Built anew from its items it would not be.
        self.run_cell(
            "a",
            "class Own(set): pass\nclass Frozen(frozenset): pass\n"
            "items = [(i, i * 7 % 13) for i in range(48)]\n"
            "x = set(items)\nx.difference_update(items[::3])\n"
            "o, f = Own(x), Frozen(x)\n"
            "before = [list(x), list(o), list(f)]\nx = [x, o, f]",
            defines=["Own", "Frozen", "x", "before"],
        )
        seen = {"x": "a", "before": "a"}
        shown = self.run_cell("b", "x.append(1)\n[list(one) for one in x[:3]] == before", seen, ["x"], ["x"])
        self.assertEqual(plain_of(shown), ["True"])

    def test_R4_1_a_set_that_has_grown_is_copied_with_the_table_that_it_has(self):
        made = "o = Own()\nx = [set([4, 1, 2, 6, 9, 23]), o]\nfor i in (4, 1, 2, 6, 9, 23): o.add(i)"
        self.run_cell("k", "class Own(set): pass", defines=["Own"])
        self.run_cell("a", made, {"Own": "k"}, ["x", "o"])
        names = ["o", "x"]
        change = "x.append(o.add(41)); x[0].add(41)", dict.fromkeys(names, "a"), names, names
        for _ in range(2):
            self.assertEqual(self.spoiled(self.run_cell("b", *change)), set())
            shown = self.shown("c", "[list(one) for one in x[:2]]", {"x": "b"})
            self.assertEqual(shown, "[[1, 2, 4, 6, 9, 41, 23], [1, 2, 4, 6, 9, 41, 23]]")

    def test_R4_4_a_set_that_no_copy_is_like_is_used_up(self):
        made = "x = set(range(100))\nx.difference_update(range(5, 100))"
        self.run_cell("a", made, defines=["x"])
        events = self.run_cell("b", "x.add(1000)", {"x": "a"}, ["x"], ["x"])
        self.assertEqual(self.spoiled(events), {("a", "x")})
        # Text has another order in each process: nothing is gained by making it anew.
        self.run_cell("c", made.replace("range(100)", "map(str, range(100))"), defines=["x"])
        self.assertEqual(self.spoiled(self.run_cell("d", "x.add('z')", {"x": "c"}, ["x"], ["x"])), set())

    def test_R6_5_a_class_is_not_kept_without_its_base(self):
        made = "class A: pass\nclass B(A): pass\ndef f(): pass", {}, ["A", "B", "f"]
        self.run_cell("a", *made)
        self.assertEqual(of(self.run_cell("a", *made), "done")[0].get("kept"), ["f"])
        self.assertEqual(self.shown("b", "A in B.__mro__", {"A": "a", "B": "a"}), "True")

    def test_R4_9_what_a_module_holds_is_changed_for_all_and_never_used_up(self):
        with open(os.path.join(self.folder, "held.py"), "w") as file:
            file.write("items = []\nclass C: pass\ndef f(): pass\ndef more():\n  global items\n  items = [1]\n")
        cases = (
            ("import os\nx = os.environ", "x['RNB_X'] = 'y'", "__import__('os').environ['RNB_X']", "'y'"),
            ("from sys import path as x", "x.append('/none')", "__import__('sys').path[-1]", "'/none'"),
            ("import warnings\nx = warnings.filters", "x.insert(0, 1)", "x is __import__('warnings').filters", "True"),
            ("import decimal\nx = decimal.getcontext()", "x.prec = 3", "__import__('decimal').Decimal(1) / 3", "Decimal('0.333')"),
            ("import logging\nx = logging.getLogger('a')", "x.setLevel(5)", "__import__('logging').getLogger('a').level", "5"),
            ("from held import items as x", "x.append(1)", "len(__import__('held').items) > 0", "True"),
            ("import held\nheld.more()\nx = held.items", "x.append(2)", "__import__('held').items", "[1, 2]"),
            ("from held import C as x", "x.n = 1", "__import__('held').C.n", "1"),
            ("from held import f as x", "x.n = 1", "__import__('held').f.n", "1"),
        )  # fmt: skip
        for at, (made, change, look, after) in enumerate(cases):
            with self.subTest(made):
                maker, changer = f"m{at}", f"c{at}"
                self.run_cell(maker, made, defines=["x", "os", "warnings", "decimal", "logging", "held"])
                events = self.run_cell(changer, change, {"x": maker}, ["x"], ["x"])
                self.assertEqual(self.spoiled(events), set())
                self.assertEqual(self.shown("look", look, {"x": changer}), after)
                # Whoever reads it has something new to look at.
                events = self.run_cell(changer, change, {"x": maker}, ["x"], ["x"])
                self.assertEqual((of(events, "done")[0].get("kept", []), self.spoiled(events)), ([], set()))

    def test_R4_9_a_copy_leads_to_what_a_module_holds(self):
        made = "import os, logging\nx = {'e': os.environ, 'l': [logging.getLogger('b')], 'n': []}"
        self.run_cell("a", made, defines=["x", "os", "logging"])
        for _ in range(2):
            events = self.run_cell("b", "x['n'].append(1)\nx['e']['RNB_Z'] = 'z'", {"x": "a"}, ["x"], ["x"])
            self.assertEqual(self.spoiled(events), set())
            look = "(x['n'], os.environ['RNB_Z'], x['l'][0] is logging.getLogger('b'))"
            self.assertEqual(self.shown("c", look, {"x": "b", "os": "a", "logging": "a"}), "([1], 'z', True)")
        self.assertEqual(self.shown("d", "x['n']", {"x": "a"}), "[]")

    def test_R4_9_a_hidden_change_of_what_a_module_holds_makes_another_version(self):
        self.run_cell("a", "import os\nx = os.environ\nbox = [x]", defines=["os", "x", "box"])
        for value in ("1", "2"):
            events = self.run_cell("b", f"globals()['x']['RNB_Y'] = '{value}'", {"x": "a"})
            self.assertEqual([e["mutates"] for e in of(events, "found")], [["x"]])
            self.assertEqual(of(events, "done")[0].get("kept", []), [])
            self.assertEqual(self.spoiled(events), set())
        # Nobody else has changed it, nor what leads to it.
        events = self.run_cell("c", "x, box", {"x": "a", "box": "a"})
        self.assertEqual(of(events, "found") + of(events, "spoiled"), [])

    def test_R4_9_what_a_module_held_once_is_a_value_like_any_other(self):
        self.run_cell("m", "import textwrap\ntextwrap.items = y = []", defines=["textwrap", "y"])
        self.run_cell("n", "y.append(0)", {"y": "m"}, ["y"], ["y"])
        self.run_cell("a", "x, textwrap.items = textwrap.items, []\nx.clear()", {"textwrap": "m"}, ["x"])
        for _ in range(2):
            self.run_cell("b", "x.append(1)", {"x": "a"}, ["x"], ["x"])
            self.assertEqual(self.shown("c", "x", {"x": "b"}), "[1]")

    def test_R4_1_a_tuple_or_number_is_no_object_to_copy(self):
        self.run_cell("a", "x = 1\ny = (1, 2)", defines=["x", "y"])
        for _ in range(2):
            events = self.run_cell(
                "b", "x += 1\ny += (3,)", {"x": "a", "y": "a"}, ["x", "y"], ["x", "y"]
            )
            self.assertEqual(self.spoiled(events), set())
        self.assertEqual(self.shown("c", "(x, y)", {"x": "b", "y": "b"}), "(2, (1, 2, 3))")

    @_with_libraries
    def test_R4_1_arrays_and_frames(self):
        self.run_cell(
            "a",
            "import numpy, pandas\n"
            "x = numpy.arange(6).reshape(2, 3)\nv = x[:, 1]\n"
            "df = pandas.DataFrame({'a': [1, 2], 'b': ['p', 'q']})",
            defines=["numpy", "pandas", "x", "v", "df"],
        )
        seen = {"x": "a", "v": "a", "df": "a"}
        for _ in range(2):
            events = self.run_cell(
                "b", "x[0, 1] = 9\ndf['c'] = df['a'] * 2\ndf.loc[0, 'a'] = 7", seen, list(seen), list(seen)
            )
            self.assertEqual(self.spoiled(events), set())
            shown = self.shown("c", "(x.tolist(), v.tolist(), df.values.tolist())", {n: "b" for n in seen})
            self.assertEqual(
                shown, "([[0, 9, 2], [3, 4, 5]], [9, 4], [[7, 'p', 2], [2, 'q', 4]])"
            )
        shown = self.shown("d", "(x.tolist(), v.tolist(), df.values.tolist())", seen)
        self.assertEqual(shown, "([[0, 1, 2], [3, 4, 5]], [1, 4], [[1, 'p'], [2, 'q']])")
        self.run_cell("n", "df.note = [1]", {"df": "a"}, ["df"], ["df"])
        self.run_cell("m", "df['c'] = 1\ndf.note.append(2)", {"df": "n"}, ["df"], ["df"])
        self.assertEqual(self.shown("d", "df.note", {"df": "m"}), "[1, 2]")
        self.assertEqual(self.shown("d", "df.note", {"df": "n"}), "[1]")
        events = self.run_cell("e", "globals()['df'].iloc[1, 0] = 5", {"df": "a"})
        self.assertEqual([e["mutates"] for e in of(events, "found")], [["df"]])
        self.assertEqual(self.spoiled(events), {("a", "df")})
        events = self.run_cell("e", "globals()['x'][1, 1] = 5", {"x": "a"})
        self.assertEqual([e["mutates"] for e in of(events, "found")], [["x"]])


class CutOff(_WithKernel):
    """R6: what makes the same value again is no news to its readers."""

    def kept(self, events):
        return of(events, "done")[0].get("kept", [])

    def test_R6_1_values_that_are_the_same_are_kept(self):
        cases = (
            ("x = 1", "x = 3 - 2", True),
            ("x = 1", "x = True", False),
            ("x = 1", "x = 1.0", False),
            ("x = 0.0", "x = -0.0", False),
            ("x = float('nan')", "x = float('nan')", True),
            ("x = 'text'", "x = 'te' + 'xt'", True),
            ("x = (1, ('a', None))", "x = (1, ('a', None))", True),
            ("x = (1, 2)", "x = (1, True)", False),
            ("x = [1]", "x = [1]", False),
            ("import math as x", "import math as x", True),
            ("def x(a, b=1): return a + b", "# moved\ndef x(a, b=1):\n\n    return a + b", True),
            ("def x(a, b=1): return a + b", "def x(a, b=2): return a + b", False),
            ("def x(a): return a + 1", "def x(a): return a + 2", False),
            ("x = lambda: 1", "x = lambda: True", False),
            ("class x:\n  k = 1\n  def f(self): return 1", "class x:\n  k = 1\n\n  def f(self): return 1", True),
            ("class x:\n  k = 1", "class x:\n  k = 2", False),
            ("class x:\n  k = []", "class x:\n  k = []", False),
            (
                "import dataclasses\n@dataclasses.dataclass\nclass x:\n  a: int = 1",
                "import dataclasses\n\n@dataclasses.dataclass\nclass x:\n  a: int = 1",
                True,
            ),
            ("import datetime\nx = datetime.date(2024, 1, 1)", "import datetime\nx = datetime.date(2024, 1, 1)", True),
            ("from decimal import Decimal\nx = Decimal('1.0')", "from decimal import Decimal\nx = Decimal('1.00')", False),
        )  # fmt: skip
        for at, (before, after, is_kept) in enumerate(cases):
            with self.subTest(after):
                self.run_cell(f"c{at}", before, defines=["x", "math", "dataclasses", "datetime", "Decimal"])
                events = self.run_cell(f"c{at}", after, defines=["x", "math", "dataclasses", "datetime", "Decimal"])
                self.assertEqual("x" in self.kept(events), is_kept)

    def test_R6_1_a_kept_function_has_the_lines_of_its_new_text(self):
        self.run_cell("a", "def f(): return 1 / 0", defines=["f"])
        self.run_cell("a", "\n\ndef f(): return 1 / 0", defines=["f"])
        self._run += 1
        events = self.kernel.run(cell("b", "f()", {"f": "a"}, run=self._run))
        places = of(events, "error")[0]["error"]["traceback"]
        self.assertEqual([(place["cell"], place["line"]) for place in places], [("b", 1), ("a", 3)])

    def test_R6_2_who_sees_nothing_new_is_left_alone(self):
        batch = [
            cell("a", "x = 1\nl = []", defines=["x", "l"]),
            cell("b", "y = x\nprint('b')", {"x": "a"}, ["y"]),
            cell("c", "print('c', y)", {"y": "b"}),
            cell("d", "print('d', l)", {"l": "a"}),
        ]
        self.kernel.run(*batch)
        again = [{"cell": one["cell"], "run": 2} for one in batch]
        events = self.kernel.run(*again, forced=[0])
        self.assertEqual(text_of(events), "d []\n")
        self.assertEqual([e["cell"] for e in of(events, "unchanged")], ["b", "c"])

    def test_R6_1_a_module_that_the_cell_changes_is_news(self):
        self.run_cell("m", "import math", defines=["math"])
        for _ in range(2):
            events = self.run_cell("a", "math.answer = 1", {"math": "m"}, ["math"], ["math"])
            self.assertEqual(self.kept(events), [])
        self.assertEqual(self.kept(self.run_cell("m", "import math", defines=["math"])), ["math"])
        for _ in range(2):
            self._run += 1
            own = cell("o", "import os\nos.environ['A'] = 'b'", defines=["os"], patches=["os"], run=self._run)
            self.assertEqual(self.kept(self.kernel.run(own)), [])

    def test_R6_1_after_a_failure_nothing_is_kept(self):
        self.run_cell("a", "x = 1", defines=["x"])
        self._run += 1
        self.kernel.run(cell("a", "x = 1\n1 / 0", defines=["x"], run=self._run))
        self.assertEqual(self.kept(self.run_cell("a", "x = 1", defines=["x"])), [])


class Stop(_WithKernel):
    def test_stop_ends_a_cell_quietly(self):
        events = self.kernel.run(
            cell("a", "print(1)\nx = 1\nstop(x == 1, 'enough')\nprint(2)", defines=["x"]),
            cell("b", "x", {"x": "a"}),
            cell("c", "3"),
        )
        outcomes = {e["cell"]: e["outcome"] for e in of(events, "done")}
        self.assertEqual(outcomes, {"a": "stopped", "b": "skipped", "c": "ok"})
        self.assertEqual((text_of(events), plain_of(events, "a"), of(events, "error")), ("1\n", ["'enough'"], []))

    def test_stop_without_reason_goes_on(self):
        self.assertEqual(plain_of(self.run_cell("a", "stop(False)\n2")), ["2"])


if __name__ == "__main__":
    unittest.main()
