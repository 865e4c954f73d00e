import importlib.util
import os
import re
import select
import struct
import subprocess
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from kernel_process import (  # noqa: E402
    PYTHON_FOLDER,
    KernelProcess,
    cell,
    of,
    plain_of,
    shown_by,
    text_of,
)
from rnb_kernel import console as console_module  # noqa: E402


class KernelTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.kernel = KernelProcess(folder.name)
        self.addCleanup(self.close)
        self.closed = False

    def close(self):
        if not self.closed:
            self.closed = True
            return self.kernel.close()

    def run_source(self, source, kind="python"):
        return self.kernel.run(cell("a", source, kind=kind))

    def outcomes(self, events):
        return {e["cell"]: e["outcome"] for e in of(events, "done")}


class Versions(KernelTest):
    def test_a_cell_starts_from_the_version_above_however_often_it_runs(self):
        first = cell("a", "x = 1", defines=["x"])
        second = cell("b", "x = x + 1", {"x": "a"}, ["x"])
        shown = cell("c", "x", {"x": "b"})
        self.kernel.run(first, second)
        self.assertEqual(plain_of(self.kernel.run(second, second, shown)), ["2"])

    def test_only_bound_names_are_visible(self):
        self.kernel.run(cell("a", "x = 1\ny = 2", defines=["x", "y"]))
        events = self.kernel.run(cell("b", "print(x)\ny", {"x": "a"}))
        self.assertEqual(text_of(events), "1\n")
        self.assertEqual(of(events, "error")[0]["error"]["name"], "NameError")

    def test_R3_5_names_that_are_looked_for_in_vain_are_told_once(self):
        self.kernel.run(cell("a", "x = 1; d = {}", defines=["d", "x"]))
        cases = (
            ("eval('x')", ["x"]),
            ("exec('def f(): return x'); f()", ["x"]),
            ("globals()['x' + str(1)]", ["x1"]),
            ("try:\n  x\nexcept NameError as e:\n  raise ValueError from e", ["x"]),
            ("__import__('pickle').loads(b'c__main__\\nx\\n.')", ["x"]),
            ("hasattr(__import__('__main__'), 'x')", ["x"]),
            ("__import__('__main__').__file__", []),
            ("d['x']", []),
            ("globals(), d['x']", ["x"]),
            ("def f():\n  if 0: y = 1\n  y\nf()", []),
            ("try:\n  x\nexcept NameError: pass", []),
            ("raise NameError('unclear')", []),
            ("try:\n  x\nexcept NameError as e:\n  raise ValueError from KeyError(1)", ["x"]),
            ("def get(ns, n): return ns[n]\nget(globals(), 'x')", ["x"]),
            ("import string\nstring.Template('$x').substitute(globals())", ["x"]),
        )
        for at, (source, names) in enumerate(cases):
            with self.subTest(source):
                runs = [
                    self.kernel.run(cell(f"b{at}", source, bindings, ["f", "get", "string"]))
                    for bindings in ({"d": "a"}, {"d": "a"}, {"d": "a", "x": "a"})
                ]
                told = [[name for event in of(run, "found") for name in event["reads"]] for run in runs]
                self.assertEqual(told, [names, [], []])

    @unittest.skipIf(sys.version_info < (3, 11), "there are no groups of errors")
    def test_R3_5_errors_in_groups_are_looked_at(self):
        source = "try:\n  x\nexcept NameError as e:\n  group = ExceptionGroup('', [ValueError(), e])\nraise group"
        self.assertEqual(of(self.run_source(source), "found")[0]["reads"], ["x"])

    def test_R3_5_prose_is_told_of_too(self):
        events = self.run_source("{globals()['x' + str(1)]}", "markdown")
        self.assertEqual(of(events, "found")[0]["reads"], ["x1"])

    def test_R3_5_who_misses_twice_gets_all_that_there_is(self):
        self.kernel.run(cell("a", "for i in range(9): globals()[f'x{i}'] = i", defines=["i"]))
        tried = cell("b", "[globals()[f'x{i}'] for i in range(9)]")
        told = [of(self.kernel.run(tried), "found")[0]["reads"]]
        again = cell("b", "[globals()[f'x{i}'] for i in range(9)]", {"x0": "a"})
        told += [of(self.kernel.run(again), "found")[0]["reads"]]
        self.assertEqual(told, [["x0"], ["i", *(f"x{i}" for i in range(1, 9))]])

    def test_R3_5_no_code_of_an_error_is_called(self):
        cases = (
            "raise NameError('x', name=[])" if sys.version_info >= (3, 10) else "raise NameError([])",
            "class S(str):\n  def startswith(self, *_): 1 / 0\n  __hash__ = None\nraise NameError(S('x'))",
            "class S(str):\n  __hash__ = None\nglobals, {}\nraise KeyError(S('x'))",
            "globals\nraise KeyError([])",
            "class E(Exception):\n  def __bool__(self): 1 / 0\nraise NameError('x') from E()",
            "class E(NameError):\n  name = __cause__ = __context__ = property(lambda self: 1 / 0)\nraise E('x')",
            "class E(Exception):\n  __cause__ = 5\nraise E",
            "try:\n  1 / 0\nexcept Exception as e:\n  e.__cause__ = e\n  raise",
            "import linecache; linecache.cache = 5\nglobals()['x']",
        )
        for source in cases:
            with self.subTest(source):
                self.assertEqual(self.outcomes(self.run_source(source)), {"a": "error"})

    def test_the_main_module_answers_as_any_other(self):
        source = "import sys\ndef __getattr__(name): return name * 2\nm = sys.modules['__main__']\nm.nope, '__getattr__' in dir(m)"
        self.assertEqual(plain_of(self.run_source(source)), ["('nopenope', True)"])
        self.assertEqual(plain_of(self.run_source("'__getattr__' in globals()")), ["False"])

    def test_a_deleted_name_is_absent(self):
        events = self.kernel.run(
            cell("a", "x = 1\ndel x", defines=["x"]), cell("b", "x", {"x": "a"})
        )
        self.assertEqual(of(events, "error", "b")[0]["error"]["message"], "name 'x' is not defined")

    def test_names_bound_dynamically_are_versions_too(self):
        events = self.kernel.run(cell("a", "globals()['x'] = 5"), cell("b", "1"))
        # The rest of the batch waits: it may have to see what was found.
        self.assertEqual(self.outcomes(events), {"a": "ok"})
        self.assertEqual(of(events, "found")[0]["defines"], ["x"])
        self.assertEqual(plain_of(self.kernel.run(cell("b", "x", {"x": "a"}))), ["5"])

    def test_names_that_a_cell_rebinds_are_its_versions(self):
        self.kernel.run(
            cell("a", "x = 1\ndisplay = 'own'", defines=["x", "display"]),
            cell("b", "globals()['x'] = 2", {"x": "a"}),
        )
        events = self.kernel.run(
            cell("c", "(x, display)", {"x": "a", "display": "a"}),
            cell("d", "(x, callable(display))", {"x": "b"}),
        )
        self.assertEqual(plain_of(events), ["(1, 'own')", "(2, True)"])

    def test_names_that_a_thread_sets_between_cells_are_not_visible(self):
        for name in ("go", "end"):
            os.mkfifo(os.path.join(self.folder, name))
        self.run_source(
            "import threading\n"
            "def late(): open('go').read(); globals()['y'] = 1; open('end', 'w').close()\n"
            "threading.Thread(target=late).start()"
        )
        with open(os.path.join(self.folder, "go"), "w"):
            pass
        with open(os.path.join(self.folder, "end")):
            pass
        self.assertEqual(plain_of(self.kernel.run(cell("b", "'y' in globals()"))), ["False"])

    def test_functions_see_globals_as_of_the_call(self):
        events = self.kernel.run(
            cell("a", "k = 1\ndef f(): return k", defines=["f", "k"]),
            cell("b", "k = 2", defines=["k"]),
            cell("c", "f()", {"f": "a", "k": "b"}),
        )
        self.assertEqual(plain_of(events), ["2"])

    def test_readers_of_a_failed_cell_are_skipped(self):
        events = self.kernel.run(
            cell("a", "x = 1 / 0", defines=["x"]),
            cell("b", "y = x", {"x": "a"}, ["y"]),
            cell("c", "y", {"y": "b"}),
            cell("d", "1"),
        )
        self.assertEqual(
            self.outcomes(events), {"a": "error", "b": "skipped", "c": "skipped", "d": "ok"}
        )

    def test_neighbours_that_show_nothing_are_told_together(self):
        sources = ["x = 1", "y = 2", "print(3)", "z = 4", "1 / 0", "w = 5"]
        cells = [cell(f"c{at}", source, defines="xyzw") for at, source in enumerate(sources)]
        self.kernel.run(*cells)
        del self.kernel.frames[:]
        events = self.kernel.run(*[{"cell": one["cell"], "run": 2} for one in cells])
        told = [event for frame in self.kernel.frames for event in frame]
        self.assertEqual(
            [(e["type"], e.get("first", e.get("cell"))) for e in told],
            [
                ("ran", 0),
                *[("started", "c2"), ("stream", "c2"), ("done", "c2")],
                ("ran", 3),
                *[("started", "c4"), ("error", "c4"), ("done", "c4")],
                ("ran", 5),
                ("batch_done", None),
            ],
        )
        self.assertEqual([len(e["durationsUs"]) for e in of(told, "ran")], [2, 1, 1])
        started = [e["at"] for e in of(events, "started")]
        self.assertEqual(started, sorted(started))

    def test_K8_the_place_outlives_the_kernel(self):
        place = struct.Struct("=II")
        self.kernel.run(cell("a", "1"), cell("b", "2"))
        self.assertEqual(place.unpack(self.kernel.place), (1, 0))
        self.kernel.start(cell("a", "1", run=2), cell("b", "import os\nos._exit(3)", run=2))
        self.kernel.process.wait(10)
        self.assertEqual(place.unpack(self.kernel.place), (2, 2))

    def test_K3_every_so_many_quiet_cells_are_told_while_the_next_ones_run(self):
        cells = [cell(f"c{at}", f"x{at} = {at}", defines=[f"x{at}"]) for at in range(600)]
        self.kernel.run(*cells)
        del self.kernel.frames[:]
        self.kernel.run(*[{"cell": one["cell"], "run": 2} for one in cells])
        told = [event for frame in self.kernel.frames for event in frame]
        self.assertLessEqual({0, 250, 500}, {e["first"] for e in of(told, "ran")})

    def test_nothing_that_a_failure_or_a_stream_does_ends_the_kernel(self):
        sources = [
            "class E(Exception):\n  args = None\nraise E",
            "class E(Exception):\n  @property\n  def args(self): raise SystemExit\nraise E('x')",
            "import sys\ndel sys.stdout",
            "import sys\nclass S:\n  def write(self, t): pass\n"
            "  def flush(self): raise SystemExit\nsys.stdout = S()",
        ]
        for source in sources:
            with self.subTest(source):
                self.kernel.run(cell("a", source))
                events = self.kernel.run(cell("b", "41 + 1"))
                self.assertEqual(of(events, "done")[0]["outcome"], "ok")
                self.assertEqual(plain_of(events), ["42"])

    def test_a_forgotten_cell_has_no_versions(self):
        self.kernel.run(cell("a", "x = 1", defines=["x"]))
        self.kernel.send(type="forget", cells=["a"])
        self.assertEqual(self.outcomes(self.kernel.run(cell("b", "x", {"x": "a"}))), {"b": "error"})


class Console(KernelTest):
    def test_text_arrives_in_order_from_wherever_it_is_written(self):
        events = self.run_source(
            "import os, subprocess\nprint('one')\nsubprocess.run(['echo', 'two'])\nos.write(1, b'three')"
        )
        self.assertEqual(sorted(text_of(events).split()), ["one", "three", "two"])

    def test_K4_what_a_run_shows_comes_in_the_order_in_which_it_was_shown(self):
        events = self.run_source(
            "import os, sys\nprint('a', end='')\nsys.stderr.write('b')\nprint('c', end='')\ndisplay('d')\n"
            "print('e', end='')\nfor byte in 'é'.encode(): sys.stdout.buffer.write(bytes([byte]))\n"
            "print('f')\nos.write(1, b'g');"
        )
        shown = []
        for event in events:
            kind = event.get("stream", event["type"])
            text = event.get("text", "")
            if shown and text and shown[-1][0] == kind:
                text = shown.pop()[1] + text
            shown.append((kind, text))
        self.assertEqual(
            shown[1 : shown.index(("done", ""))],
            [
                ("stdout", "a"),
                ("stderr", "b"),
                ("stdout", "c"),
                ("output", ""),
                ("stdout", "eéf\ng"),
            ],
        )
        types = [event["type"] for event in self.run_source("print('a')\n1 / 0")]
        self.assertEqual(types, ["started", "stream", "error", "done", "batch_done"])

    def test_K4_what_a_thread_prints_while_nothing_runs_belongs_to_no_cell(self):
        for name in ("go", "end"):
            os.mkfifo(os.path.join(self.folder, name))
        self.run_source(
            "import threading\ndef late():\n  open('go').close()\n  print('late')\n"
            "  open('end', 'w').close()\nthreading.Thread(target=late).start()"
        )
        open(os.path.join(self.folder, "go"), "w").close()
        open(os.path.join(self.folder, "end")).close()
        self.assertEqual(text_of(self.run_source("print('own')")), "own\n")

    def test_what_c_code_writes_belongs_to_the_cell_that_called_it(self):
        events = self.kernel.run(
            cell("a", "import ctypes\nctypes.CDLL(None).printf(b'from c\\n');", defines=["ctypes"]),
            cell("b", "1"),
        )
        self.assertEqual([e["text"] for e in of(events, "stream", "a")], ["from c\n"])

    def test_a_thread_that_waits_inside_c_holds_no_output_back(self):
        events = self.run_source(
            "import ctypes, os, threading\n"
            "c = ctypes.CDLL(None)\n"
            "c.fdopen.restype = ctypes.c_void_p\n"
            "for f in (c.fgetc, c.ftrylockfile, c.funlockfile): f.argtypes = [ctypes.c_void_p]\n"
            "reader, writer = os.pipe()\n"
            "file = c.fdopen(reader, b'r')\n"
            "waiting = threading.Thread(target=c.fgetc, args=(file,))\n"
            "waiting.start()\n"
            "while c.ftrylockfile(file) == 0: c.funlockfile(file)\n"
            "relief = threading.Timer(30, os.write, (writer, b'x'))\n"
            "relief.start()\n"
            "display(1)\n"
            "print(waiting.is_alive())\n"
            "relief.cancel()\n"
            "os.write(writer, b'x')\n"
            "waiting.join()"
        )
        self.assertEqual(shown_by(events), "1True")

    def test_whoever_looks_for_text_while_another_thread_does_looks_again(self):
        console = console_module.Console(None)
        console._look = select.poll()
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        self.addCleanup(os.close, writer)
        console._look.register(reader, select.POLLIN)

        def look():
            while True:
                try:
                    return console._look.poll()
                except RuntimeError:
                    pass

        looking = threading.Thread(target=look)
        looking.start()
        self.addCleanup(looking.join)
        self.addCleanup(os.write, writer, b"x")
        while True:
            try:
                console._look.poll(0)
            except RuntimeError:
                break
        self.assertTrue(console._has_written())

    def test_of_a_flood_the_beginning_and_the_end_are_shown(self):
        text = text_of(self.run_source("for i in range(300_000): print('line', i)"))
        self.assertLess(999_000, len(text))
        self.assertLessEqual(len(text), 1_000_000)
        head, notice, tail = re.split(
            r"\n\[Output cut: .* 1,000,000 .*\]\n\[([\d,]+) characters were left out here\.\]\n", text
        )
        left_out = int(notice.replace(",", ""))
        whole = "".join(f"line {i}\n" for i in range(300_000))
        self.assertEqual(len(head) + left_out + len(tail), len(whole))
        self.assertTrue(whole.startswith(head) and whole.endswith(tail))

    def test_what_just_fits_is_shown_whole(self):
        text = text_of(self.run_source("print('x' * 900_000)\nprint('y' * 50_000)"))
        self.assertEqual(text, "x" * 900_000 + "\n" + "y" * 50_000 + "\n")

    def test_a_single_text_beyond_all_bounds_has_its_end(self):
        text = text_of(self.run_source("print('x' * 5_000_000 + 'end')"))
        self.assertLessEqual(len(text), 1_000_000)
        self.assertTrue(text.endswith("xend\n"))
        self.assertIn("characters were left out", text)

    def test_that_output_is_cut_is_said_before_the_run_ends(self):
        self.kernel.start(cell("a", "print('x' * 2_000_000, flush=True)\nwhile True: pass"))
        text = ""
        while "Output cut" not in text:
            text += text_of([self.kernel.next_event()])
        self.kernel.interrupt()

    def test_text_streams_while_the_cell_runs(self):
        self.kernel.start(cell("a", "print('early')\nwhile True: pass"))
        self.assertEqual(text_of(self.kernel.until("stream")), "early\n")
        self.kernel.interrupt()
        self.kernel.until("batch_done")

    def test_text_that_utf8_does_not_have_is_replaced(self):
        self.assertEqual(text_of(self.run_source("print('\\ud800')")), "?\n")

    def test_subprocesses_do_not_hold_the_kernels_pipes(self):
        events = self.run_source(
            "import subprocess\nsubprocess.run(['ls', '/proc/self/fd'], close_fds=False);"
        )
        self.assertTrue(all(int(fd) < 100 for fd in text_of(events).split()))

    def test_streams_have_what_scripts_use(self):
        events = self.run_source(
            "import io, sys\n"
            "sys.stdout.reconfigure(encoding='utf-8', line_buffering=True)\n"
            "print(sys.stdout.isatty(), sys.stdout.fileno(), sys.stdout.line_buffering, sys.stdout.buffer.name)\n"
            "sys.stdout.buffer.raw.write(b'raw\\n')\n"
            "io.TextIOWrapper(sys.stdout.detach(), 'utf-8').write('wrapped\\n')\n"
            "print('last', flush=True)"
        )
        self.assertEqual(text_of(events), "False 1 True <stdout>\nraw\nwrapped\nlast\n")

    def test_a_stream_put_in_the_place_of_ours_is_emptied_at_the_cells_end(self):
        replace = (
            "import io, sys\nsys.stdout = io.TextIOWrapper(sys.stdout.buffer, 'utf-8')\nprint('a')"
        )
        self.assertEqual(text_of(self.run_source(replace)), "a\n")
        self.assertEqual(text_of(self.run_source("print('b')")), "b\n")
        for broken in ("None", "open('f', 'w').close()", "type('S', (), {})"):
            with self.subTest(broken):
                source = f"import sys\nsys.stdout = {broken}"
                self.assertEqual(self.outcomes(self.run_source(source)), {"a": "ok"})

    def test_workers_print_and_answer(self):
        for pool in [
            "concurrent.futures.ThreadPoolExecutor(2)",
            "concurrent.futures.ProcessPoolExecutor(2, multiprocessing.get_context('fork'))",
            "multiprocessing.get_context('fork').Pool(2)",
        ]:
            with self.subTest(pool):
                events = self.run_source(
                    "import concurrent.futures, multiprocessing\n"
                    "class Job:\n  def __init__(self, x): self.x = x\n"
                    "def work(job): print('w'); return job.x * 2\n"
                    f"with {pool} as pool: done = list(pool.map(work, [Job(1), Job(2)]))\ndone"
                )
                self.assertEqual(plain_of(events), ["[2, 4]"])
                self.assertEqual(text_of(events), "w\nw\n")

    def test_warnings_name_the_line_and_say_where_it_is_in_another_cell(self):
        warn = "import warnings\ndef warn():\n  warnings.warn('careful')\n"
        events = self.kernel.run(
            cell("a", warn + "warn()", defines=["warnings", "warn"]),
            cell("b", "warn()", {"warn": "a", "warnings": "a"}),
        )
        self.assertEqual(
            text_of(events, "stderr"),
            "line 3: UserWarning: careful\n  warnings.warn('careful')\n"
            "line 3 of another cell: UserWarning: careful\n  warnings.warn('careful')\n",
        )

    def test_a_forked_child_does_not_speak_for_the_kernel(self):
        events = self.run_source(
            "import os\npid = os.fork()\nif pid: os.waitpid(pid, 0)\nelse: print('child', end='')"
        )
        self.assertEqual(text_of(events), "child")
        self.assertEqual(len(of(events, "done")), 1)

    def test_a_forked_child_does_not_print_again_what_was_printed_before(self):
        events = self.run_source(
            "import os\nprint('before')\npid = os.fork()\nif pid: os.waitpid(pid, 0)\nelse: print('child')"
        )
        self.assertEqual(text_of(events), "before\nchild\n")


class Results(KernelTest):
    def test_the_last_expression_is_shown(self):
        for source, shown in [
            ("1 + 1", ["2"]),
            ("1 + 1;", []),
            ("x = 1", []),
            ("None", []),
            ("1 # ;", ["1"]),
            ("'a;'", ["'a;'"]),
            ("import asyncio\nawait asyncio.sleep(0, 'slept')", ["'slept'"]),
            ("import asyncio\ntask = asyncio.create_task(asyncio.sleep(0, 1))\nawait task", ["1"]),
            ("import asyncio\ntask = asyncio.create_task(asyncio.sleep(0, 2))\nawait task\ntask.result()", ["2"]),
            ("from __future__ import annotations\nexec('def f(x: No): 1') or 5", ["5"]),
            ("display(1, 2)\n3", ["1", "2", "3"]),
            (
                "class A:\n  def __repr__(self): raise ValueError('no')\nA()",
                ["<A object; its repr failed: ValueError: no>"],
            ),
        ]:
            with self.subTest(source):
                self.assertEqual(plain_of(self.run_source(source)), shown)

    def test_representations_make_a_bundle(self):
        events = self.run_source(
            "class A:\n  def _repr_html_(self): return '<b>'\n  def _repr_png_(self): return b'x'\n"
            "  def __repr__(self): return 'A'\nA()"
        )
        self.assertEqual(
            of(events, "output")[0]["output"]["data"],
            {"text/html": "<b>", "image/png": "eA==", "text/plain": "A"},
        )

    def test_a_bundle_is_asked_for_as_jupyter_asks(self):
        events = self.run_source(
            "class A:\n  def _repr_mimebundle_(self, include, exclude, **kwargs): return {'text/html': '<b>'}\nA()"
        )
        self.assertEqual(of(events, "output")[0]["output"]["data"]["text/html"], "<b>")

    def test_one_picture_is_enough(self):
        for size, kept in [(1, "image/png"), (7_000_000, "image/jpeg")]:
            with self.subTest(size):
                events = self.run_source(
                    f"class A:\n  def _repr_png_(self): return b'x' * {size}\n"
                    "  def _repr_jpeg_(self): return b'y'\nA()"
                )
                data = of(events, "output")[0]["output"]["data"]
                self.assertEqual([mime for mime in data if mime != "text/plain"], [kept])

    def test_json_like_values_have_a_tree(self):
        cycle = "a = []\na.append(a)\na"
        for source, tree in [
            (
                "{'a': [1, float('nan'), 2**60], 'b': 'x' * 60}",
                {"a": [1, "NaN", "1152921504606846976"], "b": "x" * 60},
            ),
            ("{'a': [None, True]}", None),
            ("('x' * 90, True)", None),
            ("[object] * 20", None),
            (cycle, None),
        ]:
            with self.subTest(source):
                data = of(self.run_source(source), "output")[0]["output"]["data"]
                self.assertEqual(data.get("application/json"), tree)

    def test_caps(self):
        big = of(
            self.run_source("class A:\n  def _repr_html_(self): return 'x' * 9_000_000\nA()"),
            "output",
        )
        self.assertIn("Output cut", big[0]["output"]["data"]["text/plain"])
        many = of(self.run_source("for i in range(5000): display(i)"), "output")
        self.assertEqual(len(many), 1000)
        self.assertIn("1,000", many[-1]["output"]["data"]["text/plain"])

    def test_text_of_huge_values_stops_while_it_is_made(self):
        for source, ending in [
            ("list(range(10**6))", "list of 1,000,000]"),
            ("'x' * 10**8", "str of 100,000,000]"),
            ("bytes(10**8)", "bytes of 100,000,000]"),
            ("{i: {i: [i] * 9} for i in range(10**5)}", "dict of 100,000]"),
            ("set(range(10**6))", "set of 1,000,000]"),
            ("class L(list): pass\nL(range(10**6))", "L of 1,000,000]"),
            (
                "import collections\ncollections.defaultdict(int, enumerate(range(10**6)))",
                "defaultdict of 1,000,000]",
            ),
            (
                "import dataclasses\n@dataclasses.dataclass\nclass D:\n  x: object\nD(list(range(10**6)))",
                "D]",
            ),
            ("class A:\n  def __repr__(self): return 'x' * 10**6\nA()", "1,000,000 characters]"),
        ]:
            with self.subTest(source):
                text = plain_of(self.run_source(source))[0]
                self.assertTrue(text.endswith("… [cut: " + ending), text[-80:])
                self.assertLess(len(text), 100_100)

    def test_a_failing_representation_leaves_a_notice(self):
        for method, shown in [
            (
                "_repr_html_(self): 1 / 0",
                "A\n[_repr_html_ failed: ZeroDivisionError: division by zero]",
            ),
            ("_repr_html_(self): raise NotImplementedError", "A"),
        ]:
            with self.subTest(method):
                source = f"class A:\n  def {method}\n  def __repr__(self): return 'A'\nA()"
                self.assertEqual(plain_of(self.run_source(source)), [shown])

    def test_all_outputs_of_a_run_together_are_capped(self):
        events = self.run_source(
            "class A:\n  def _repr_html_(self): return 'x' * 7_000_000\nfor i in range(5): display(A())"
        )
        outputs = [e["output"]["data"] for e in of(events, "output")]
        self.assertEqual(["text/html" in data for data in outputs], [True, True, False])
        self.assertEqual(outputs[-1]["text/plain"], "[Outputs cut: one run may show 16 MB in all.]")

    def test_a_server_that_reads_slowly_costs_no_memory(self):
        path = os.path.join(self.folder, "end")
        os.mkfifo(path)
        self.kernel.start(
            cell(
                "a",
                "import resource\n"
                "class A:\n  def _repr_html_(self): return 'x' * 1_000_000\n"
                "def peak_mb(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10\n"
                "before = peak_mb()\n"
                "for i in range(200): clear_output(); display(A())\n"
                "print(peak_mb() - before)\nopen('end', 'w').close()",
            )
        )
        # Nothing is read from the kernel before the cell has come to its end.
        with open(path):
            pass
        events = self.kernel.until("batch_done")
        self.assertEqual(self.outcomes(events), {"a": "ok"})
        self.assertLess(int(text_of(events)), 60)

    def test_an_updated_display_keeps_its_id(self):
        events = self.run_source(
            "h = display(1, display_id='p')\nfor i in range(3000): h.update(i)"
        )
        outputs = [e["output"] for e in of(events, "output")]
        self.assertEqual({o["displayId"] for o in outputs}, {"p"})
        self.assertEqual(outputs[-1]["data"]["text/plain"], "2999")

    def test_text_printed_by_whatever_way_before_an_output_comes_before_it(self):
        # K4
        for way in [
            "print('1')",
            "import sys; print('1', end='', file=sys.stderr)",
            "import os; os.write(1, b'1')",
            "import os; os.write(2, b'1')",
            "import subprocess; subprocess.run(['echo', '1'])",
            "import ctypes; ctypes.CDLL(None).printf(b'1')",
            "import sys; sys.stdout.buffer.write(b'1')",
        ]:
            with self.subTest(way):
                events = self.run_source(
                    f"for _ in range(50):\n  {way}\n  display(2)\n  print('3')\n{way}\n2"
                )
                self.assertEqual(shown_by(events), "123" * 50 + "12")

    def test_a_clear_takes_what_a_subprocess_has_printed_before_it(self):
        events = self.run_source(
            "import subprocess\nfor _ in range(50):\n"
            "  subprocess.run(['echo', 'gone'])\n  clear_output()\nprint('stays')"
        )
        last_clear = max(at for at, event in enumerate(events) if event["type"] == "clear")
        self.assertEqual(text_of(events[last_clear:]), "stays\n")

    def test_of_too_much_text_the_end_before_each_output_comes_before_it(self):
        events = self.run_source(
            "print('x' * 850_000)\ndisplay(1)\nprint('y' * 200_000)\ndisplay(2)\ndisplay(3)\nprint('z' * 9)\n4"
        )
        shown = re.sub(r"(x|y|z)\1*", r"\1", shown_by(events))
        self.assertRegex(
            shown,
            r"^x1\[Output cut: [^]]*\]\[[\d,]+ characters were left out here\.\]y23z4$",
        )

    def test_what_just_fits_around_an_output_is_shown_whole(self):
        events = self.run_source("print('x' * 900_000)\ndisplay(1)\nprint('y' * 50_000)\n2")
        self.assertEqual(shown_by(events), "x" * 900_000 + "1" + "y" * 50_000 + "2")

    def test_text_before_outputs_leaves_room_for_more_of_them_and_for_the_end(self):
        events = self.run_source(
            "for i in range(400):\n  print('a' * 4_000)\n  display(0)\nprint('b' * 40_000)"
        )
        shown = shown_by(events)
        self.assertEqual((shown.count("a0"), shown.count("]0")), (400, 0))
        self.assertTrue(shown.endswith("0" + "b" * 40_000))
        self.assertLess(len(shown), 1_200_000)

    def test_clear_with_wait_keeps_the_last_output_until_something_new(self):
        kept = self.run_source("display(1)\nclear_output(wait=True)")
        self.assertEqual((plain_of(kept), of(kept, "clear")), (["1"], []))
        replaced = self.run_source("display(1)\nclear_output(wait=True)\ndisplay(2)")
        self.assertEqual(plain_of(replaced), ["2"])

    def test_markdown_places(self):
        self.kernel.run(cell("v", "x = 1.5\ns = '*b*'", defines=["x", "s"]))
        events = self.kernel.run(
            cell("m", "{x:.2f} `{x}` {s} $\\frac{x}{s}$", {"x": "v", "s": "v"}, kind="markdown")
        )
        self.assertEqual(
            of(events, "output")[0]["output"]["data"]["text/markdown"],
            "1\\.50 `{x}` \\*b\\* $\\frac{x}{s}$",
        )
        self.assertEqual(
            of(self.run_source("{nope}", "markdown"), "error")[0]["error"]["name"], "NameError"
        )

    def test_markdown_places_hold_expressions(self):
        self.kernel.run(cell("v", "x = [1500, 2]", defines=["x"]))
        source = "{x[0]:,} of {len(x)}, {x[5]}"
        events = self.kernel.run(cell("m", source[:-8], {"x": "v"}, kind="markdown"))
        self.assertEqual(
            of(events, "output")[0]["output"]["data"]["text/markdown"], "1,500 of 2"
        )
        events = self.kernel.run(cell("m", source, {"x": "v"}, kind="markdown"))
        self.assertEqual(of(events, "error")[0]["error"]["message"], "list index out of range")

    def test_markdown_shows_all_but_the_places_that_fail(self):
        self.kernel.run(cell("v", "x = [1500]\nclass E(Exception): pass\ndef f(s): raise E(s)"))
        bound = dict.fromkeys(["x", "f", "E"], "v")
        for source, shown, error in (
            (
                "# {x[0]}\n\n{nope} and {x[1]:,}, then {x[0]}.",
                "# 1500\n\n\u2063⚠ \\{nope\\} NameError\\: name 'nope' is not defined\u2064 and "
                "\u2063⚠ \\{x\\[1\\]\\:,\\} IndexError\\: list index out of range\u2064, then 1500.",
                ("NameError", "name 'nope' is not defined"),
            ),
            # K13: what an error says is no markup, ends no code span, no table's cell and no line.
            (
                "a ` {f(chr(96) + '|*b*\\n')}!",
                "a ` \u2063⚠ \\{f\\(chr\\(96\\) \\+ '\\|\\*b\\*\\\\n'\\)\\} "
                "E\\: &#96;\\|\\*b\\*\u2064!",
                ("E", "`|*b*\n"),
            ),
            # K13: nor does it end its frame, and prose begins none.
            (
                "\u2063⚠ a\u2064 {f('b' + chr(0x2064))} \u2063",
                "⚠ a \u2063⚠ \\{f\\('b' \\+ chr\\(0x2064\\)\\)\\} E\\: b\u2064 ",
                ("E", "b\u2064"),
            ),
        ):
            with self.subTest(source):
                events = self.kernel.run(cell("m", source, bound, kind="markdown"))
                self.assertEqual(
                    of(events, "output")[0]["output"]["data"]["text/markdown"], shown
                )
                told = of(events, "error")[0]["error"]
                self.assertEqual((told["name"], told["message"]), error)
                self.assertEqual(self.outcomes(events)["m"], "error")

    def test_ipython_display_is_importable(self):
        events = self.run_source("from IPython.display import HTML, display\ndisplay(HTML('<i>'))")
        self.assertEqual(of(events, "output")[0]["output"]["data"]["text/html"], "<i>")


class Completions(KernelTest):
    def complete(self, name, path=(), of="attributes"):
        self.kernel.send(type="complete", id=1, cell="a", name=name, path=list(path), of=of)
        answer = self.kernel.until("completions")[-1]
        return {item["label"]: item["kind"] for item in answer["items"]}

    def run_code(self, source, *defines):
        return self.kernel.run(cell("a", source, defines=defines))

    def test_attributes_with_their_kinds(self):
        self.run_code(
            "import os\nclass A:\n  size = 1\n  def move(self): pass\n  @property\n  def wide(self): 1/0\na = A()",
            *["os", "A", "a"],
        )
        found = self.complete("os")
        self.assertEqual((found["path"], found["getcwd"]), ("module", "function"))
        self.assertEqual(self.complete("os", ["path"])["join"], "function")
        found = self.complete("a")
        kinds = [found[name] for name in ("size", "move", "wide", "__class__")]
        self.assertEqual(kinds[:3], ["value", "function", "property"])
        self.assertLess(list(found).index("wide"), list(found).index("__class__"))
        self.assertIn("real", self.complete("a", ["size"]))
        self.assertEqual(self.complete("nope"), {})
        self.assertEqual(self.complete("a", ["nope", "x"]), {})

    def test_code_of_the_value_is_not_run_by_looking(self):
        self.run_code(
            "class A:\n  @property\n  def p(self): print('ran')\n"
            "  def __getattr__(self, name): print('ran')\n"
            "  @property\n  def __class__(self): print('ran')\n"
            "class D(A):\n  def __dir__(self): raise SystemExit\n"
            "class L(A):\n  def __dir__(self):\n    while True: pass\na, d, l = A(), D(), L()",
            *["A", "D", "a", "d", "l"],
        )
        self.assertEqual(self.complete("a", ["p"]), {})
        self.assertEqual(self.complete("a", ["q"]), {})
        for name in ("a", "d", "l"):
            self.assertEqual(self.complete(name)["p"], "property")
        self.assertEqual(text_of(self.run_source("1")), "")

    def test_keys(self):
        self.run_code("d = {'one': 1, 2: 2}\nn = 1", "d", "n")
        self.assertEqual(self.complete("d", of="keys"), {"one": "key"})
        self.assertEqual(self.complete("n", of="keys"), {})

    def test_a_running_cell_does_not_delay_the_answer(self):
        self.run_code("d = {'one': 1}", "d")
        self.kernel.start(cell("b", "while True: pass"))
        self.assertEqual(self.complete("d", of="keys"), {"one": "key"})
        self.kernel.interrupt()
        self.kernel.until("batch_done")


class Failures(KernelTest):
    def test_a_kernel_ends_with_its_pipe_while_a_value_is_looked_at_for_ever(self):
        source = (
            "class L(dict):\n  __module__ = 'pandas'\n  def __dir__(self):\n    while True: pass\nx = L()"
        )
        self.kernel.run(cell("a", source, defines=["x"]))
        self.kernel.send(type="complete", id=1, cell="a", name="x", path=[], of="attributes")
        self.assertEqual(of(self.kernel.run(cell("b", "1")), "done")[0]["outcome"], "ok")
        self.assertEqual(self.close(), 0)

    def test_what_is_no_name_in_the_namespace_is_left_alone(self):
        self.run_source("globals()[1] = 2")
        self.assertEqual(of(self.run_source("nope"), "error")[0]["error"]["name"], "NameError")

    def test_a_name_that_cannot_be_seen_is_told_from_a_mistyped_one(self):
        self.kernel.run(cell("a", "globals()['found'] = 1"))
        events = self.kernel.run(cell("b", "found"))
        self.assertIn("cannot be seen", of(events, "error")[0]["error"]["hint"])

    def test_a_module_of_the_users_own_may_be_called_like_a_library(self):
        with open(os.path.join(self.folder, "altair.py"), "w") as file:
            file.write("own = 1\n")
        self.assertEqual(plain_of(self.run_source("import altair\naltair.own")), ["1"])

    def test_descriptors_that_a_cell_closes_do_not_end_the_kernel(self):
        self.run_source("import os\nfor fd in range(3, 100):\n  try: os.close(fd)\n  except OSError: pass")
        self.assertEqual(plain_of(self.run_source("40 + 2")), ["42"])

    def test_a_name_is_suggested_that_the_cell_itself_does_not_see(self):
        self.kernel.run(cell("a", "price = 1", defines=["price"]))
        events = self.kernel.run(cell("b", "prise + 1"))
        self.assertEqual(of(events, "error")[0]["error"]["hint"], "Did you mean price?")

    def test_errors_say_what_to_do(self):
        for source, name, hint in [
            ("import sklearn_nope", "ModuleNotFoundError", "'install', 'sklearn_nope'"),
            ("value = 1\nvalu", "NameError", "Did you mean value?"),
            ("get_ipython()", "NameError", "Leave out what only sets things up"),
            ("_ + 1", "NameError", "give the value a name"),
            ("_i3", "NameError", "give the value a name"),
            ("Out[1]", "NameError", "give the value a name"),
            ("__file__", "NameError", "no file"),
            ("breakpoint()\n1", "BdbQuit", "debugger"),
            ("import sys\nsys.exit(2)", "SystemExit", "does not stop the notebook"),
            ("def f(): f()\nf()", "RecursionError", "calls itself"),
        ]:
            with self.subTest(source):
                error = of(self.run_source(source), "error")[0]["error"]
                self.assertEqual((error["kind"], error["name"]), ("exception", name))
                self.assertIn(hint, error["hint"])

    def test_a_magic_that_need_do_nothing_is_passed_over(self):
        events = self.run_source("%matplotlib inline\n%time x = 40\nx + 2")
        self.assertEqual(plain_of(events), ["42"])
        error = of(self.run_source("%autoreload 2\n1 / 0"), "error")[0]["error"]
        self.assertEqual((error["traceback"][0]["line"], error["traceback"][0]["source"]), (2, "1 / 0"))

    def test_a_cell_that_asks_for_too_much_memory_fails_alone(self):
        events = self.kernel.run(cell("a", "bytearray(2**62)"), cell("b", "1"))
        error = of(events, "error")[0]["error"]
        self.assertEqual(error["name"], "MemoryError")
        self.assertIn("no memory left", error["hint"])
        self.assertEqual(plain_of(events), ["1"])

    def test_input_is_refused_with_a_sentence(self):
        # `exit()` closes standard input, which must not change the sentence.
        self.run_source("exit()")
        for source in ["input('name? ')", "import getpass\ngetpass.getpass()"]:
            with self.subTest(source):
                error = of(self.run_source(source), "error")[0]["error"]
                self.assertRegex(error["message"], "^input\\(\\) cannot ask in a notebook.*'Ada'$")

    def test_a_syntax_error_has_its_place(self):
        error = of(self.run_source("x = 1\ny = ("), "error")[0]["error"]
        self.assertEqual((error["kind"], error["line"]), ("syntax", 2))

    def test_tracebacks_have_the_users_frames_only(self):
        self.kernel.run(cell("lib", "def f(x):\n    return 1 / x", defines=["f"]))
        events = self.kernel.run(
            cell("a", "await __import__('asyncio').sleep(0)\nf(0)", {"f": "lib"})
        )
        frames = of(events, "error")[0]["error"]["traceback"]
        self.assertEqual(
            [(f["cell"], f["line"], f["function"], f["source"]) for f in frames],
            [("a", 2, "<module>", "f(0)"), ("lib", 2, "f", "return 1 / x")],
        )

    def test_messages_of_huge_arguments_stop_while_they_are_made(self):
        # Where the text of a huge list is asked for, its last item is, too.
        for raised in [
            "ValueError(items)",
            "KeyError(items)",
            "OSError(items)",
            "ValueError(1, items)",
        ]:
            with self.subTest(raised):
                error = of(
                    self.run_source(
                        "class Last:\n  def __repr__(self): raise RuntimeError('asked')\n"
                        f"items = [0] * 100_000 + [Last()]\nraise {raised}"
                    ),
                    "error",
                )[0]["error"]
                self.assertLess(len(error["message"]), 10_100)
                self.assertNotIn("asked", error["message"])

    def test_causes_are_named(self):
        error = of(
            self.run_source("try: 1 / 0\nexcept Exception as e: raise KeyError('k') from e"),
            "error",
        )
        self.assertIn("Caused by ZeroDivisionError", error[0]["error"]["message"])


class Starting(unittest.TestCase):
    def test_why_a_kernel_cannot_settle_in_a_folder_is_said(self):
        program = (
            f"import os, sys; sys.path.insert(0, {PYTHON_FOLDER!r})\n"
            "from rnb_kernel.kernel import main\n"
            "main(settle=lambda _: os.chdir('/gone/for/ever'))"
        )
        started = subprocess.run(
            ["bash", "-c", 'exec "$0" -I -c "$1" 3</dev/null 4>/dev/null', sys.executable, program],
            stderr=subprocess.PIPE,
            text=True,
        )
        self.assertEqual(started.returncode, 1)
        self.assertIn("FileNotFoundError", started.stderr)
        self.assertIn("/gone/for/ever", started.stderr)


class Interrupts(KernelTest):
    def test_user_code_stops_and_the_rest_is_skipped(self):
        for source in [
            "while True: pass",
            "while True: print('more')",
            "import itertools\nlist(map(print, itertools.count()))",
            "import time\ntime.sleep(1000)",
            "import asyncio\nawait asyncio.sleep(1000)",
            "class A:\n  def __repr__(self):\n    while True: pass\nA()",
        ]:
            with self.subTest(source):
                self.kernel.start(cell("a", "print('in')\n" + source), cell("b", "1"))
                self.kernel.until("stream")
                self.kernel.interrupt()
                events = self.kernel.until("batch_done")
                self.assertEqual(self.outcomes(events), {"a": "interrupted", "b": "skipped"})
                self.assertEqual(of(events, "error")[0]["error"]["kind"], "interrupted")

    def test_a_signal_between_two_cells_skips_the_rest(self):
        # What a cell leaves unread is read between cells: there the signal is sent.
        events = self.kernel.run(
            cell(
                "a",
                "import os, signal, sys\nkind = sys.modules['rnb_kernel.console'].Console\n"
                "drain = kind.drain\n"
                "def signalling(console):\n"
                "  kind.drain = drain\n  os.kill(os.getpid(), signal.SIGINT)\n  drain(console)\n"
                "kind.drain = signalling",
            ),
            cell("b", "1"),
        )
        self.assertEqual(self.outcomes(events), {"a": "ok", "b": "skipped"})
        self.assertEqual(plain_of(self.run_source("2")), ["2"])

    def test_a_cell_may_catch_it_and_end_well(self):
        self.kernel.start(
            cell(
                "a",
                "import time\ntry:\n  print('in')\n  time.sleep(1000)\n"
                "except KeyboardInterrupt: x = 'saved'\nx",
                defines=["x"],
            ),
            cell("b", "1"),
        )
        self.kernel.until("stream")
        self.kernel.interrupt()
        events = self.kernel.until("batch_done")
        self.assertEqual(self.outcomes(events), {"a": "ok", "b": "skipped"})
        self.assertEqual(plain_of(events), ["'saved'"])

    def test_what_a_cell_does_with_the_signal_holds_for_its_batch(self):
        for handler in ["signal.SIG_IGN", "signal.SIG_DFL", "lambda *_: print('mine')"]:
            with self.subTest(handler):
                source = f"import signal\nsignal.signal(signal.SIGINT, {handler});"
                self.assertEqual(self.outcomes(self.run_source(source)), {"a": "ok"})
                self.kernel.start(cell("b", "print('in')\nwhile True: pass"))
                self.kernel.until("stream")
                self.kernel.interrupt()
                events = self.kernel.until("batch_done")
                self.assertEqual(self.outcomes(events), {"b": "interrupted"})

    def test_an_idle_kernel_ignores_it(self):
        self.kernel.interrupt()
        self.assertEqual(plain_of(self.run_source("1")), ["1"])

    def test_raising_keyboard_interrupt_is_an_error_of_the_cell(self):
        events = self.run_source("raise KeyboardInterrupt")
        self.assertEqual(self.outcomes(events), {"a": "error"})

    def test_cancel_skips_what_has_not_started(self):
        path = os.path.join(self.folder, "go")
        os.mkfifo(path)
        self.kernel.start(cell("a", "print('in')\nopen('go').read()"), cell("b", "1"))
        self.kernel.until("stream")
        self.kernel.send(type="cancel", batch=1)
        # Answered by the thread that took the cancel before it: a proof that the cancel has been taken.
        self.kernel.send(type="rows", id=1, cell="a", run=1, output=0, query={})
        self.kernel.until("rows")
        with open(path, "w"):
            pass
        self.assertEqual(
            self.outcomes(self.kernel.until("batch_done")), {"a": "ok", "b": "skipped"}
        )

    def test_the_process_ends_with_its_pipe_whatever_runs(self):
        self.run_source(
            "import threading, time\nthreading.Thread(target=time.sleep, args=(1000,)).start()"
        )
        self.kernel.start(cell("b", "print('in')\nwhile True: pass"))
        self.kernel.until("stream")
        self.assertEqual(self.close(), 0)


@unittest.skipUnless(importlib.util.find_spec("pandas"), "pandas is not installed")
class PandasTables(KernelTest):
    SOURCE = (
        "import pandas as pd\n"
        "pd.DataFrame({'n': [3, None, 1], 's': ['x', 'Y', None], 'big': [2**60, 1, 2]}, index=['r', 's', 't'])"
    )

    def page(self, **query):
        self.kernel.send(type="rows", id=7, cell="a", run=1, output=0, query=query)
        return self.kernel.until("rows")[-1]

    def test_columns_are_keys_and_attributes(self):
        self.kernel.run(
            cell("a", "import pandas as pd\ndf = pd.DataFrame({'price': [1]})", defines=["df"])
        )
        for of, kind in (("keys", "key"), ("attributes", "value")):
            self.kernel.send(type="complete", id=1, cell="a", name="df", path=[], of=of)
            items = self.kernel.until("completions")[-1]["items"]
            self.assertIn({"label": "price", "kind": kind}, items)

    def test_schema_and_first_page(self):
        data = of(self.run_source(self.SOURCE), "output")[0]["output"]["data"]
        table = data["application/vnd.rnb.table+json"]
        self.assertEqual(
            [c["type"] for c in table["columns"]], ["text", "number", "text", "integer"]
        )
        self.assertEqual(table["columns"][0]["index"], True)
        self.assertEqual((table["rowCount"], table["columnCount"]), (3, 3))
        self.assertEqual(table["rows"][0], ["r", 3.0, "x", "1152921504606846976"])
        self.assertEqual(table["rows"][1], ["s", None, "Y", 1])

    def test_pages_are_sorted_and_filtered(self):
        self.run_source(self.SOURCE)
        for query, labels in [
            ({"sort": 1}, ["t", "r", "s"]),
            ({"sort": 1, "descending": True}, ["r", "t", "s"]),
            ({"filter": "y"}, ["s"]),
            ({"offset": 1, "limit": 1}, ["s"]),
        ]:
            with self.subTest(query):
                self.assertEqual([row[0] for row in self.page(**query)["page"]["rows"]], labels)

    def test_tables_are_let_go_when_the_cell_runs_again(self):
        self.run_source(self.SOURCE)
        self.run_source("1")
        self.assertIsNone(self.page()["page"])


@unittest.skipUnless(importlib.util.find_spec("matplotlib"), "matplotlib is not installed")
class Figures(KernelTest):
    def test_each_figure_is_shown_once(self):
        for source, count in [
            ("plt.plot([1]);", 1),
            ("fig = plt.figure()\nfig", 1),
            ("plt.figure()\nplt.figure();", 2),
            ("plt.plot([1])\nplt.show()", 1),
        ]:
            with self.subTest(source):
                events = self.run_source("import matplotlib.pyplot as plt\n" + source)
                images = [e for e in of(events, "output") if "image/png" in e["output"]["data"]]
                self.assertEqual(len(images), count)

    def test_figures_of_a_failed_cell_are_shown_before_its_error(self):
        events = self.run_source("import matplotlib.pyplot as plt\nplt.plot([1])\n1 / 0")
        self.assertEqual(
            [e["type"] for e in events if e["type"] in ("output", "error")], ["output", "error"]
        )
        self.assertEqual(of(events, "error")[0]["error"]["name"], "ZeroDivisionError")

    def test_figures_of_a_failed_cell_do_not_appear_under_the_next(self):
        self.run_source("import matplotlib.pyplot as plt\nplt.plot([1])\n1 / 0")
        self.assertEqual(of(self.run_source("1;"), "output"), [])


class Libraries(KernelTest):
    """What a library's own way to show a thing does, one cell for each."""

    def check(self, module, cases):
        if importlib.util.find_spec(module) is None:
            self.skipTest(f"{module} is not installed")
        for source, mimes in cases:
            with self.subTest(source):
                events = self.run_source(source)
                self.assertEqual(of(events, "error"), [])
                shown = [next(iter(e["output"]["data"])) for e in of(events, "output")]
                self.assertEqual(shown, mimes)

    def test_plotly(self):
        plot = "application/vnd.plotly.v1+json"
        figure = "import plotly.graph_objects as go, plotly.io as pio\nf = go.Figure()\n"
        self.check(
            "plotly",
            [
                (figure + "f", [plot]),
                (figure + "f.show()", [plot]),
                (figure + "f.show('browser')\npio.show(f)", [plot, plot]),
                (figure + "pio.renderers.default = 'browser'\npio.show({'data': []});", [plot]),
            ],
        )

    def test_altair(self):
        chart = "import altair as alt\nc = alt.Chart({'values': []}).mark_bar().encode(x='a:Q')\n"
        self.check(
            "altair",
            [
                (chart + shown, ["application/vnd.vegalite.v6+json"])
                for shown in ("c", "c.show()", "c.display()", "(c | c).show()")
            ],
        )
        # More rows than Altair allows by itself, for the sake of notebooks that keep them in their files.
        rows = "import pandas as pd\nc.data = pd.DataFrame({'a': range(6000)})\nc"
        self.check("altair", [(chart + rows, ["application/vnd.vegalite.v6+json"])])

    def test_pillow(self):
        image = "from PIL import Image\nimage = Image.new('RGB', (4, 4))\n"
        self.check("PIL", [(image + shown, ["image/png"]) for shown in ("image", "image.show()")])


if __name__ == "__main__":
    unittest.main()
