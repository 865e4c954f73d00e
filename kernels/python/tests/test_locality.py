"""What the zygote does so that kernels share more of its memory changes nothing that a program can see."""

import importlib
import importlib.util
import os
import subprocess
import sys
import tempfile
import types
import unittest

_FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, _FOLDER)

from rnb_kernel.locality import code_side_by_side, fill_holes, modules_side_by_side  # noqa: E402


class LocalityTest(unittest.TestCase):
    def test_a_module_imported_side_by_side_is_as_any_other(self):
        with tempfile.TemporaryDirectory() as folder:
            sys.path.insert(0, folder)
            self.addCleanup(sys.path.remove, folder)
            for name in ("near_usual", "near_beside"):
                with open(os.path.join(folder, f"{name}.py"), "w", encoding="utf-8") as file:
                    file.write('"""What it is."""\nvalue = __name__')
                self.addCleanup(sys.modules.pop, name, None)
            importlib.invalidate_caches()
            usual = importlib.import_module("near_usual")
            with modules_side_by_side():
                beside = importlib.import_module("near_beside")
        self.assertEqual(list(vars(beside)), list(vars(usual)))
        self.assertEqual(repr(beside), repr(usual).replace("usual", "beside"))
        self.assertEqual((beside.value, beside.__doc__), ("near_beside", "What it is."))
        self.assertIs(type(beside.__spec__.loader), type(usual.__spec__.loader))
        self.assertNotIn("create_module", vars(type(beside.__spec__.loader)))

    def test_functions_that_were_called_go_on_with_a_copy_of_their_code(self):
        def called(value, *, by=2):
            return value * by

        def left_alone():
            pass

        same = types.FunctionType(called.__code__, globals(), None, (), ())
        same.__kwdefaults__ = {"by": 3}
        before, untouched = called.__code__, left_alone.__code__
        with code_side_by_side():
            called(1)
        self.assertIsNot(called.__code__, before)
        self.assertEqual(called.__code__, before)
        self.assertIs(same.__code__, called.__code__)
        self.assertEqual((called(4), same(4)), (8, 12))
        self.assertIs(left_alone.__code__, untouched)
        self.assertIsNone(sys.getprofile())

    def test_what_is_made_after_the_holes_are_filled_lies_in_none_of_them(self):
        objects = [bytes(200) for _ in range(10_000)]
        holes = set(map(id, objects[::5]))
        del objects[::5]
        fill_holes()
        made = [bytes(200) for _ in range(1_000)]
        self.assertEqual([one for one in made if id(one) in holes], [])


@unittest.skipUnless(sys.platform == "linux", "kernels are forked on Linux alone")
@unittest.skipUnless(importlib.util.find_spec("numpy"), "numpy is not installed")
class ThreadsTest(unittest.TestCase):
    def test_linear_algebra_has_the_threads_of_the_kernel_once_it_needs_them(self):
        program = f"""if True:
            import os, sys
            sys.path.insert(0, {_FOLDER!r})
            import numpy
            from rnb_kernel import common_libraries
            openblas = common_libraries._openblas()
            def running():
                return len(os.listdir("/proc/self/task"))
            common_libraries.set_threads({{"OPENBLAS_NUM_THREADS": "2"}})
            print(running(), flush=True)
            if os.fork() == 0:
                os.environ["OPENBLAS_NUM_THREADS"] = "2"
                common_libraries._use_threads(numpy)
                before = running()
                numpy.ones((500, 500)) @ numpy.ones((500, 500))
                print(before, openblas.threads(), running(), flush=True)
                os.environ["OPENBLAS_NUM_THREADS"] = "1"
                common_libraries._use_threads(numpy)
                print(openblas.threads(), flush=True)
                os._exit(0)
            os.wait()
            print(running())
        """
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
        command = [sys.executable, "-c", program]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        self.assertEqual(done.stdout.split(), ["1", "1", "2", "2", "1", "1"])


if __name__ == "__main__":
    unittest.main()
