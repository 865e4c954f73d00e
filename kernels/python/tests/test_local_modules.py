"""What `import` finds in the notebook's folder after its files have changed, in an interpreter of its own."""

import os
import subprocess
import sys
import tempfile
import textwrap
import unittest

_FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# Files are written as editors do: beside it, and then in its place.
_PRELUDE = """
import os, sys
sys.path.insert(0, {package!r})
from rnb_kernel.local_modules import LocalModules
sys.path[0] = os.getcwd()
modules = LocalModules(os.getcwd())

def write(path, text):
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    with open(path + "~", "w") as file:
        file.write(text)
    os.replace(path + "~", path)
"""


class LocalModulesTest(unittest.TestCase):
    def run_script(self, script):
        """The lines it prints."""
        with tempfile.TemporaryDirectory() as folder:
            code = _PRELUDE.format(package=_FOLDER) + textwrap.dedent(script)
            environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
            done = subprocess.run(
                [sys.executable, "-c", code],
                cwd=folder,
                env=environment,
                capture_output=True,
                text=True,
                timeout=60,
            )
        self.assertEqual(done.stderr, "")
        return done.stdout.split("\n")[:-1]

    def test_a_changed_file_is_another_module_and_an_unchanged_one_the_same(self):
        lines = self.run_script("""
            write("a.py", "x = 1")
            write("b.py", "x = 1")
            import a, b
            first = a, b
            modules.refresh()
            import a, b
            print(a is first[0], b is first[1])
            write("a.py", "x = 2")
            modules.refresh()
            import a, b
            print(a.x, first[0].x, b is first[1])
        """)
        self.assertEqual(lines, ["True True", "2 1 True"])

    def test_a_file_of_the_same_length_and_time_is_read_anew(self):
        lines = self.run_script("""
            write("a.py", "x = 1")
            os.utime("a.py", (1_000_000_000, 1_000_000_000))
            import a
            write("a.py", "x = 2")
            os.utime("a.py", (1_000_000_000, 1_000_000_000))
            modules.refresh()
            import a
            print(a.x, os.path.exists("__pycache__"))
        """)
        self.assertEqual(lines, ["2 False"])

    def test_what_imports_a_changed_module_goes_with_it(self):
        lines = self.run_script("""
            write("base.py", "x = 1")
            write("middle.py", "from base import x")
            write("top.py", "def get():\\n    import middle\\n    return middle.x")
            write("aside.py", "import json")
            import top, aside, json
            before = top, aside, json
            print(top.get())
            write("base.py", "x = 2")
            modules.refresh()
            import top, aside, json
            print(top.get(), top is before[0], aside is before[1], json is before[2])
        """)
        self.assertEqual(lines, ["1", "2 False True True"])

    def test_an_import_that_no_text_shows(self):
        lines = self.run_script("""
            write("plugin.py", "x = 1")
            write("host.py", "x = getattr(__import__('plu' + 'gin'), 'x')")
            import host
            write("plugin.py", "x = 2")
            modules.refresh()
            import host
            print(host.x)
        """)
        self.assertEqual(lines, ["2"])

    def test_a_package_is_one(self):
        lines = self.run_script("""
            write("p/__init__.py", "from .one import x")
            write("p/one.py", "x = 1")
            write("p/two.py", "y = 1")
            write("n/part.py", "z = 1")
            import p.two, n.part
            write("p/one.py", "x = 2")
            write("n/part.py", "z = 2")
            modules.refresh()
            import p.two, n.part
            print(p.x, p.one.x, p.two.y, n.part.z)
        """)
        self.assertEqual(lines, ["2 2 1 2"])

    def test_a_mended_syntax_error_and_a_file_that_comes_and_goes(self):
        lines = self.run_script("""
            def attempt():
                modules.refresh()
                try:
                    import a
                    print(a.x)
                except Exception as error:
                    files, trace = [], error.__traceback__
                    while trace:
                        files.append(os.path.basename(trace.tb_frame.f_code.co_filename))
                        trace = trace.tb_next
                    print(type(error).__name__, *files)
            attempt()
            write("a.py", "x = = 1")
            attempt()
            write("a.py", "x = 1 / 0")
            attempt()
            write("a.py", "try:\\n    from b import x\\nexcept ImportError:\\n    x = 0")
            attempt()
            write("b.py", "x = 3")
            attempt()
            os.remove("a.py")
            attempt()
        """)
        self.assertEqual(
            lines,
            [
                "ModuleNotFoundError <string>",
                "SyntaxError <string>",
                "ZeroDivisionError <string> a.py",
                "0",
                "3",
                "ModuleNotFoundError <string>",
            ],
        )

    def test_a_file_that_comes_within_one_tick_of_the_clock(self):
        lines = self.run_script("""
            os.utime(".", (1_000_000_000, 1_000_000_000))
            try:
                import a
            except ImportError:
                print("none")
            write("a.py", "x = 1")
            os.utime(".", (1_000_000_000, 1_000_000_000))
            modules.refresh()
            import a
            print(a.x)
        """)
        self.assertEqual(lines, ["none", "1"])

    def test_folders_beside_the_first_and_what_was_installed(self):
        lines = self.run_script("""
            sys.path.append("lib")
            sys.path.append(os.path.abspath("venv/site-packages"))
            write("venv/site-packages/there.py", "x = 1")
            import there
            before = there
            try:
                import own
            except ImportError:
                pass
            write("lib/own.py", "x = 1")
            modules.refresh()
            import own
            write("lib/own.py", "x = 2")
            write("venv/site-packages/there.py", "x = 2")
            modules.refresh()
            import own, there
            print(own.x, there is before)
        """)
        self.assertEqual(lines, ["2 True"])

    def test_only_files_that_local_modules_came_from_are_looked_at(self):
        lines = self.run_script("""
            write("a.py", "import json, decimal\\ndef f():\\n    import wave")
            import a
            modules.refresh()
            looked = []
            stat = os.stat
            os.stat = lambda path, *rest, **named: looked.append(path) or stat(path, *rest, **named)
            modules.refresh()
            print(*sorted(os.path.relpath(path) for path in looked))
        """)
        self.assertEqual(lines, ["a.py wave.py wave/__init__.py"])


if __name__ == "__main__":
    unittest.main()
