"""Modules imported ahead: what a cell sees of them is what it would see of modules that were not."""

import importlib
import os
import sys
import tempfile
import threading
import unittest
import warnings

_FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, _FOLDER)

from rnb_kernel.warmed import Unsafe, Warmed  # noqa: E402


class WarmedTest(unittest.TestCase):
    def setUp(self):
        self._before = (dict(sys.modules), list(sys.path), list(sys.meta_path))
        site = tempfile.TemporaryDirectory()
        local = tempfile.TemporaryDirectory()
        self.addCleanup(site.cleanup)
        self.addCleanup(local.cleanup)
        self.site, self.local = site.name, local.name
        sys.path[:0] = [self.local, self.site]
        self.write("warm_base/__init__.py", "class Base: pass")
        self.write("warm_base/inner.py", "value = 1")
        self.write("warm_top/__init__.py", "from warm_base import Base, inner")
        self.write("warm_top/late.py", "import sys\nloads = 1")
        self.warmed = Warmed()

    def tearDown(self):
        modules, sys.path[:], sys.meta_path[:] = self._before
        for name in set(sys.modules) - set(modules):
            del sys.modules[name]

    def write(self, path, text, folder=None):
        path = os.path.join(folder or self.site, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        importlib.invalidate_caches()

    def warm(self, *names):
        held = {}
        for name in names:
            self.warmed.add(name)
            held[name] = sys.modules[name]
        self.warmed.hide()
        return held

    def shown(self):
        return {name for name in sys.modules if name.startswith("warm_")}

    def test_a_module_shows_when_it_is_imported_and_is_the_one_of_before(self):
        held = self.warm("warm_top")
        self.assertEqual(self.shown(), set())
        import warm_top

        self.assertIs(warm_top, held["warm_top"])
        self.assertIsNot(warm_top.__spec__.loader, None)
        self.assertTrue(warm_top.__spec__.origin.startswith(self.site))
        self.assertEqual(type(warm_top.__spec__.loader).__name__, "SourceFileLoader")

    def test_what_it_uses_shows_with_it_and_nothing_else_does(self):
        self.warm("warm_base", "warm_top", "warm_top.late")
        import warm_base  # noqa: F401

        self.assertEqual(self.shown(), {"warm_base"})
        import warm_top

        self.assertEqual(self.shown(), {"warm_base", "warm_base.inner", "warm_top"})
        self.assertFalse(hasattr(warm_top, "late"))

    def test_a_submodule_is_an_attribute_from_its_import_on(self):
        held = self.warm("warm_top", "warm_top.late")
        from warm_top import late

        self.assertIs(late, held["warm_top.late"])
        self.assertIs(sys.modules["warm_top"].late, late)

    def test_a_module_of_the_folder_goes_before_one_imported_ahead(self):
        self.warm("warm_top", "warm_top.late")
        self.write("warm_top.py", "own = True", self.local)
        import warm_top

        self.assertTrue(warm_top.own)
        with self.assertRaises(ImportError):
            importlib.import_module("warm_top.late")

    def test_a_library_that_was_removed_is_not_there(self):
        self.warm("warm_top")
        os.remove(os.path.join(self.site, "warm_top/__init__.py"))
        os.remove(os.path.join(self.site, "warm_top/late.py"))
        importlib.invalidate_caches()
        warm_top = importlib.import_module("warm_top")
        # What Python makes of a folder without code.
        self.assertIsNone(warm_top.__file__)

    def test_filters_of_warnings_come_with_the_library_that_sets_them(self):
        ignore = "warnings.filterwarnings('ignore', message='of warm_base', category=UserWarning)"
        self.write("warm_base/__init__.py", f"import warnings\nclass Base: pass\n{ignore}")
        with warnings.catch_warnings():
            with warnings.catch_warnings():
                self.warm("warm_base")
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                warnings.warn("of warm_base", stacklevel=1)
                self.assertEqual(len(caught), 1)
                import warm_base  # noqa: F401

                warnings.warn("of warm_base", stacklevel=1)
                self.assertEqual(len(caught), 1)

    def test_an_effect_takes_place_once_when_the_library_shows_by_whatever_way(self):
        effects, shown = [], []
        self.warmed.on_shown = lambda name, module: shown.append(name)
        self.warmed.add("warm_base", effect=lambda module: effects.append(module.__name__))
        self.warmed.add("warm_top")
        self.warmed.hide()
        self.assertEqual(effects, [])
        import warm_top  # noqa: F401
        import warm_base  # noqa: F401, I001

        self.assertEqual(effects, ["warm_base"])
        self.assertEqual(sorted(shown), ["warm_base", "warm_base.inner"])

    def test_an_exercise_that_fails_does_no_harm(self):
        self.warmed.add("warm_base", exercise=lambda: 1 / 0)
        self.assertIn("warm_base", sys.modules)

    @unittest.skipUnless(sys.platform == "linux", "kernels are forked on Linux alone")
    def test_libraries_that_fail_keep_files_open_or_start_threads_are_refused(self):
        held = {}
        end = threading.Event()
        self.addCleanup(end.set)
        sys.modules["warm_end"] = end
        thread = "threading.Thread(target=warm_end.wait, daemon=True).start()"
        self.write("warm_thread.py", f"import threading, warm_end\n{thread}")
        self.write("warm_broken.py", "1 / 0")
        self.write("warm_file.py", "held = open(__file__)")
        self.addCleanup(lambda: held["warm_file"].held.close())
        for name in ("warm_broken", "warm_file", "warm_thread"):
            with self.subTest(name), self.assertRaises(Unsafe) as caught:
                self.warmed.add(name)
            self.assertEqual(caught.exception.library, name)
            held[name] = sys.modules.get(name)

    def test_what_is_not_there_cannot_be_added(self):
        self.assertFalse(self.warmed.can_add("warm_nowhere"))
        self.assertFalse(self.warmed.can_add("warm_top.late"))
        self.assertTrue(self.warmed.can_add("warm_top"))


if __name__ == "__main__":
    unittest.main()
