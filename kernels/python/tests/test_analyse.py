"""
What one cell reads, binds and changes, in a small notation: `source -> facts`.

Facts, by letter: `r` reads, `d` defines, `m` mutates, `@` mentions, each followed by names; `f:` deferred of f as
`f:(r a | d b | m c)`; `g<` carries of the name g as `g<a,b`. Sources are one line: `;` and `/` stand for themselves,
`⏎` for a line break and `→` for four spaces. Carries are compared only where a case names any, deferred always.
"""

import ast
import os
import re
import symtable
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from rnb_kernel.analyse import analyse  # noqa: E402
from rnb_kernel.ipython_habits import plain_source  # noqa: E402
from rnb_kernel.scopes import (  # noqa: E402
    COMPREHENSIONS,
    FUNCTIONS,
    Scope,
    class_scope,
    comprehension_scope,
    function_scope,
)

# What newer Pythons bind in a class by themselves.
IMPLICIT = {"__classdict__", "__conditional_annotations__", "__static_attributes__", "__firstlineno__"}

MUTATORS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "mutator_cases.txt")
FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "analyse_cases.txt")


def cases(path):
    """Yields (line number, source, facts) for the Python that runs this."""
    least, most = (3, 9), (3, 99)
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            line = line.rstrip("\n")
            heading = re.fullmatch(r"# Python 3\.(\d+) (?:and later|to 3\.(\d+))", line)
            if heading:
                least, most = (3, int(heading[1])), (3, int(heading[2] or 99))
            if not least <= sys.version_info[:2] <= most:
                continue
            if not line or line.startswith("#"):
                continue
            source, _, facts = line.partition("  =>")
            yield number, source.strip().replace("⏎", "\n").replace("→", "    "), facts.strip()


def notated(analysis, with_carries):
    parts = [_use(analysis)]
    parts += [f"{name}:({_use(use)})" for name, use in analysis["deferred"].items()]
    if with_carries:
        parts += [f"{name}<{','.join(names)}" for name, names in analysis["carries"].items()]
    return " ".join(part for part in parts if part)


def _use(use):
    letters = (("r", "reads"), ("d", "defines"), ("m", "mutates"), ("@", "mentions"))
    return " | ".join(f"{letter} {' '.join(use[field])}" for letter, field in letters if use.get(field))


class Cases(unittest.TestCase):
    maxDiff = None

    def test_what_a_cell_uses(self):
        checked = 0
        for number, source, facts in cases(FIXTURES):
            with self.subTest(line=number, source=source):
                result = analyse(source, "python")
                self.assertTrue(result["ok"], result)
                self.assertEqual(notated(result["analysis"], "<" in facts), facts)
                checked += 1
        self.assertGreaterEqual(checked, 120)


class Mutators(unittest.TestCase):
    def test_what_changes_in_place(self):
        checked = 0
        for number, source, names in cases(MUTATORS):
            with self.subTest(line=number, source=source):
                analysis = analyse(source, "python")["analysis"]
                self.assertEqual(" ".join(analysis["mutates"]), names)
                checked += 1
        self.assertGreaterEqual(checked, 130)


class Faults(unittest.TestCase):
    def test_position_and_help(self):
        for source, line, column, message in [
            ("x = 1\ny = (", 2, 5, "was never closed|unexpected EOF"),
            ("return 1", 1, 1, "outside function"),
            ("é = 1; x = = 2", 1, 12, "invalid syntax"),
            ("break", 1, 1, "outside loop"),
            ("x = 1\n%lsmagic", 2, 1, "IPython magics"),
            ("%matplotlib inline\nx = 1\n%lsmagic", 3, 1, "IPython magics"),
            ("%matplotlib inline\nx = (", 2, 5, "was never closed|unexpected EOF"),
            ("%load_ext sql", 1, 1, "IPython magics"),
            ("%timeit f(x)", 1, 1, r"timeit\.repeat\(lambda: f\(x\), "),
            ("%%timeit", 1, 1, "timeit.repeat"),
            ("%cd data/raw", 1, 1, r"os\.chdir\('data/raw'\)"),
            ("%run a.py", 1, 1, r"runpy\.run_path\('a\.py'\)"),
            ("%ls", 1, 1, r"os\.listdir\('…'\)"),
            ("%%bash\nls", 1, 1, "subprocess"),
            ("%%writefile a.py\nx = = 1", 1, 1, r"Path\('a\.py'\)\.write_text"),
            ("%%markdown\n# Title", 1, 1, "choose Markdown"),
            ("%%html\n<b>", 1, 1, r"display\(HTML\("),
            ("files = !ls", 1, 9, "run a shell"),
            ("t = %timeit -o f()", 1, 5, "IPython magics"),
            ("x = 'a\n%matplotlib inline", 1, 5, "unterminated|EOL while"),
            ("%pip install a b", 1, 1, "'pip', 'install', 'a', 'b'"),
            ("!pip install 'a>=2' # now", 1, 1, "'pip', 'install', 'a>=2'"),
            ("!pip install a && ls", 1, 1, "run a shell"),
            ("!pip3 install a", 1, 1, "'pip', 'install', 'a'"),
            ("!ls", 1, 1, "subprocess"),
            ("print?", 1, 6, "help"),
            ("x = 1\0", 1, 1, "null bytes|cannot read"),
            ("(" * 5000, 1, None, "nested|too many"),
            ("-" * 100_000 + "1", 1, None, "nested|too complex|too many"),
        ]:
            with self.subTest(source=source[:20]):
                result = analyse(source, "python")
                self.assertFalse(result["ok"])
                fault = result["fault"]
                self.assertRegex(fault["message"], message)
                self.assertEqual(fault["line"], line)
                if column and sys.version_info >= (3, 10):
                    self.assertEqual(fault["column"], column)

    def test_top_level_await_is_allowed(self):
        self.assertTrue(analyse("x = await f()\nasync with g() as h: pass", "python")["ok"])


SAME = [
    # What stands between the code
    ("x = 1", "# why\n\nx = 1  # because\n"),
    ("x = 1\ny = 2", "x = 1; y = 2;"),
    ("x = 1\ny = 2", "\r\nx = 1\r\n\r\n\r\ny = 2"),
    ("if a:\n    b\n    c", "if a:\n  # both\n  b\n\n  c"),
    ("if a: b", "if a:\n\tb"),
    ("f(a, b)", "f(\n    a,\n    b,\n)"),
    ("x = a + b", "x=(a) + \\\n  (b)"),
    # Ways to write the same value
    ("'a'", '"a"'),
    ("'a'", "u'a'"),
    ("'ab'", "'a' 'b'"),
    ("'a\\nb'", "'''a\nb'''"),
    ("f'{a}b'", 'f"{ a }" "b"'),
    ("255", "0xff"),
    ("1_000.0", "1000."),
    ("(1, 2)", "(1, 2,)"),
]

OTHER = [
    ("x = 1", "y = 1"),
    ("x = 1", "x = 2"),
    ("x = 1", "x = True"),
    ("x = 1", "x = 1.0"),
    ("x = 'a'", "x = b'a'"),
    ("x = 'a'", "x = a"),
    ("x = None", "x: None"),
    ("x: a", "x: a = None"),
    ("{**a}", "{None: a}"),
    ("{'': a}", "{**a}"),
    ("a", "a;"),
    ("f(a)", "f(*a)"),
    ("f(a, b)", "f((a, b))"),
    ("[a, [b]]", "[[a, b]]"),
    ("[a], b", "[a, b],"),
    ("if a: b\nc", "if a:\n    b\n    c"),
    ("def f(): 'one'", "def f(): 'two'"),
    ("def f(a, /, b): pass", "def f(a, b): pass"),
    ("import a.b", "import a, b"),
    ("from . import a", "from .. import a"),
    ("f'{a}'", "f'{a!r}'"),
    ("a - (b - c)", "a - b - c"),
    ("a < b", "a <= b"),
    ("0x" + "f" * 20_000, "0x" + "f" * 19_999 + "e"),
]


class Habits(unittest.TestCase):
    """What is written for IPython and does no harm here; each line keeps its number."""

    def test_plain_source(self):
        for source, plain in [
            ("x = 1 % 2\n", None),
            ("%matplotlib inline\nx = 1", "# %matplotlib inline\nx = 1"),
            ("%matplotlib widget\r\nx = 1", "# %matplotlib widget\nx = 1"),
            ("import a\n%load_ext autoreload\n%autoreload 2", "import a\n# %load_ext autoreload\n# %autoreload 2"),
            ("%config InlineBackend.figure_format = 'retina'", "# %config InlineBackend.figure_format = 'retina'"),
            ("%%time\nx = 1", "# %%time\nx = 1"),
            ("%%time", "# %%time"),
            ("%time f(x)", "f(x)"),
            ("%time x = f()\nx", "x = f()\nx"),
            ("if a:\n    %matplotlib inline", "if a:\n    pass  # %matplotlib inline"),
            ("if a:\n    %time b\n%time c", "if a:\n    b\nc"),
            ("s = '''\n%matplotlib inline\n'''", None),
            ("%matplotlib inline\ns = '''\n%time x\n'''", "# %matplotlib inline\ns = '''\n%time x\n'''"),
            ("x = (1\n%time)", None),
            ("%timeit x", None),
            ("%load_ext sql", None),
            ("%matplotlib inline\nx = = 1\n%matplotlib inline", "# %matplotlib inline\nx = = 1\n%matplotlib inline"),
        ]:
            with self.subTest(source=source):
                self.assertEqual(plain_source(source), source if plain is None else plain)

    def test_analysis_reads_the_same(self):
        result = analyse("%matplotlib inline\n%time y = f(x)", "python")
        self.assertEqual(result["analysis"]["reads"], ["f", "x"])
        self.assertEqual(result["code"], analyse("y = f(x)", "python")["code"])


class Warnings(unittest.TestCase):
    def test_where_names_are_used_that_cannot_be_seen(self):
        for source, told in [
            ("x = globals()", "1 globals()"),
            ("x = 1\nfor k in names:\n    print(globals()[k])", "3 globals()"),
            ("def f():\n    return globals()", "2 globals()"),
            ("f = lambda k: globals()[k]", "1 globals()"),
            ("list(locals())", "1 locals()"),
            ("vars()", "1 vars()"),
            ("dir()", "1 dir()"),
            ("eval(code)", "1 eval()"),
            ("exec(f'x = {y}')", "1 exec()"),
            ("exec(code, globals())", "1 globals()"),
            ("globals()[k] += 1", "1 globals()"),
            ("eval(a); eval(b)\nexec(c)", "1 eval(), 2 exec()"),
            ("def f():\n    return locals(), vars(), dir()", ""),
            ("class C:\n    x = locals()", ""),
            ("vars(x), dir(x), eval('x', space), exec(code, {})", ""),
            ("globals()['x'], globals().get('x'), 'x' in globals(), eval('x')", ""),
            ("globals()[k] = 1\nglobals().update(d)", ""),
            ("def eval(x): return x\neval(y)", ""),
            ("model.eval(); df.eval(x)", ""),
            ("'{x}'.format(**globals()), '{x}'.format_map(globals())", ""),
            ("timeit.timeit('f(x)', globals=globals())", ""),
            ("text.format(**globals())", "1 globals()"),
            ("timeit.timeit(f'f({x})', globals=globals())", "1 globals()"),
        ]:
            with self.subTest(source=source):
                warned = analyse(source, "python").get("warnings", [])
                self.assertEqual(", ".join(f"{w['line']} {w['message'].split()[0]}" for w in warned), told)


class Texts(unittest.TestCase):
    def test_long_texts_in_which_nothing_is_closed(self):
        for text, names in [
            ("'\\'" * 50_000 + "@x", []),
            ("/*" * 50_000 + "from x", []),
            ("(" * 100_000 + "from x", ["x"]),
            ("()" * 50_000 + "))) from x", ["x"]),
            ("a as (" * 20_000 + "from x", ["x"]),
            ("not " * 50_000 + "( from x", ["x"]),
            ('"' * 99_999 + " from x", ["x"]),
            ("{x:" * 50_000, []),
        ]:
            with self.subTest(text=text[:10]):
                self.assertEqual(analyse(f"con.query({text!r})", "python")["analysis"].get("mentions", []), names)


class SameCode(unittest.TestCase):
    def test_layout_is_not_in_the_code(self):
        for one, other in SAME:
            with self.subTest(one=one, other=other):
                self.assertEqual(analyse(one, "python")["code"], analyse(other, "python")["code"])

    def test_all_else_is(self):
        for one, other in OTHER:
            with self.subTest(one=one[:20], other=other[:20]):
                self.assertNotEqual(analyse(one, "python")["code"], analyse(other, "python")["code"])

    def test_of_prose_every_character_counts(self):
        codes = {analyse(text, "markdown")["code"] for text in ("a", "a ", "# a", "{a}", "\ud800")}
        self.assertEqual(len(codes), 5)
        self.assertNotEqual(analyse("a", "markdown")["code"], analyse("a", "python")["code"])


class Imports(unittest.TestCase):
    def test_every_module_that_may_be_imported(self):
        for source, imports in [
            ("x = 1", ""),
            ("import a, b.c as d", "a b.c"),
            ("from a import b, c as d", "a a.b a.c"),
            ("from a.b import *", "a.b"),
            ("from . import a", ".a"),
            ("from ..a import b", "..a ..a.b"),
            ("from . import *", "."),
            ("def f():\n    import a\n    return a", "a"),
            ("class C:\n    def m(self):\n        from a import b", "a a.b"),
            ("try:\n    import a\nexcept E:\n    import b\nelse:\n    import c\nfinally:\n    import d", "a b c d"),
            ("for i in r:\n    with a:\n        if b: import c\n        else: import d", "c d"),
            ("f = lambda: x if a else b", ""),
            ("m = importlib.import_module('a.b')", "a.b"),
            ("f(__import__('a'), import_module(b))", "a"),
            ("s = 'import a'  # import b", ""),
        ]:
            with self.subTest(source=source):
                self.assertEqual(" ".join(analyse(source, "python")["imports"]), imports)

    def test_modules_that_the_cell_imports_and_changes(self):
        for source, patches in [
            ("import math", ""),
            ("import math\nx = math.pi", ""),
            ("import math\nmath.answer = 2", "math"),
            ("import os\nos.environ['A'] = 'b'", "os"),
            ("from os import environ as e\ne.update(A='b')", "e"),
            ("import os\ne = os.environ\ndel e['A']", "os"),
            ("import a.b\na.b.c += 1", "a"),
            ("if x:\n    import a\n    a.list.append(1)", "a"),
            ("math.answer = 2", ""),
            ("def f():\n    import os\n    os.environ['A'] = 'b'", ""),
        ]:
            with self.subTest(source=source):
                self.assertEqual(" ".join(analyse(source, "python").get("patches", [])), patches)

    @unittest.skipIf(sys.version_info < (3, 10), "match came with Python 3.10")
    def test_in_a_case(self):
        self.assertEqual(analyse("match a:\n    case 1: import b", "python")["imports"], ["b"])


class Markdown(unittest.TestCase):
    def test_places(self):
        for source, reads in [
            ("{a} and {b:.2f}, {a} again", "a b"),
            ("`{a}` and ``{b} ` `` and {c}", "c"),
            ("```\n{a}\n```\n{b}", "b"),
            ("~~~ py\n{a}\n~~~\n{b}", "b"),
            ("{c}\n```\n{a}", "c"),
            (r"\{a} {b}", "b"),
            (r"$\frac{a}{b}$ and {c}", "c"),
            ("$$\n{a}\n$$\n{b}", "b"),
            ("costs $5 to ${a} and $6", "a"),
            ("{1} {} {if} {1, a} {'x'} {[a]} {see below} {(y := a)} {await a}", ""),
            ("{ a } {b.c} {d['k']:>9} {e[1:2]} {len(f):,} {g + h if i else j}", "a b d e f g h i j"),
            ("{sum(a for a in b)} {c(lambda d: d + e)}", "b c e"),
            ("{größe}", "größe"),
            (r"\[\sqrt{a}\] \(x_{b}\) x_{c+1} 2^{d} [a-z]{e-1} {{f}} {g:>{h}} {i}", "i"),
            ("{" + "a b:" * 25_000 + "}", ""),
            ("{" * 20_000 + "a" + "}" * 20_000, ""),
        ]:
            with self.subTest(source=source):
                analysis = analyse(source, "markdown")["analysis"]
                self.assertEqual(" ".join(analysis["reads"]), reads)
                self.assertEqual(analysis["defines"], [])


    def test_prose_changes_nothing(self):
        for source in ("{a.pop()}", "Fine: {b}, and {a.append(1)}"):
            self.assertRegex(analyse(source, "markdown")["fault"]["message"], "change a in a code")


class Oracle(unittest.TestCase):
    def test_scopes_agree_with_symtable(self):
        """Which names of a body are its own, on the source of this package and of some of the standard library."""
        here = os.path.dirname(os.path.dirname(FIXTURES))
        paths = [os.path.join(here, "rnb_kernel", name) for name in ("flow.py", "scopes.py", "mutators.py")]
        paths += [ast.__file__, symtable.__file__, unittest.case.__file__, re.__file__, os.__file__]
        checked = 0
        for path in paths:
            with open(path, encoding="utf-8") as file:
                source = file.read()
            ours = self._ours(ast.parse(source))
            for table in self._tables(symtable.symtable(source, path, "exec")):
                key = table.get_name(), table.get_lineno()
                if key not in ours:
                    continue
                own, inlined = ours[key]
                theirs = {
                    symbol.get_name()
                    for symbol in table.get_symbols()
                    if symbol.is_local() and (symbol.is_assigned() or symbol.is_parameter() or symbol.is_imported())
                }
                # From Python 3.12 on, comprehensions have no table of their own; names with a dot are Python's.
                theirs = {name for name in theirs - inlined if "." not in name and name not in IMPLICIT}
                self.assertEqual(theirs, (own - inlined) & {s.get_name() for s in table.get_symbols()}, (path, key))
                checked += 1
        self.assertGreater(checked, 300)

    def _tables(self, table):
        yield table
        for child in table.get_children():
            yield from self._tables(child)

    def _ours(self, tree):
        """(name, line) of each function and class: the names it owns, and the targets of its comprehensions."""
        found = {}

        def enter(node, scope, inlined):
            for child in ast.iter_child_nodes(node):
                inner, targets = scope, inlined
                if isinstance(child, FUNCTIONS + (ast.ClassDef,)):
                    make = class_scope if isinstance(child, ast.ClassDef) else function_scope
                    inner, targets = make(child, scope), set()
                    found[child.name, child.lineno] = inner.own, targets
                elif isinstance(child, COMPREHENSIONS):
                    targets |= comprehension_scope(child, scope).own
                enter(child, inner, targets)

        enter(tree, Scope("module"), set())
        return found


if __name__ == "__main__":
    unittest.main()
