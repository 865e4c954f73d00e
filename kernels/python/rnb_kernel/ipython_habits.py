"""
What people write by habit from IPython: lines that need do nothing here are left out, of others the message says what
to do instead.

Both analysis and kernel take a cell's source through `plain_source`, so that they read the same.
"""

import ast
import re
import warnings

from .installing import install_line

# Magics that set up what works here by itself: figures are shown, changed modules are loaded anew, cells are timed.
_IDLE = re.compile(
    r"%(matplotlib|config|autoreload|aimport)\b.*"
    r"|%(load_ext|reload_ext)\s+(autoreload|matplotlib)\b.*"
    r"|%%?time\s*(#.*)?"
)
# What is to be run all the same; how long the cell took stands beside it.
_TIMED = re.compile(r"%time\s+(?=\S)")

_FLAGS = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT | ast.PyCF_ONLY_AST

# Magic → what to write in a cell instead; `{}` is what stood after it.
_INSTEAD = {
    "%timeit": "import timeit; print(min(timeit.repeat(lambda: {}, number=1000, repeat=5)) / 1000)",
    "%run": "import runpy; globals().update(runpy.run_path({!r}))",
    "%cd": "import os; os.chdir({!r})",
    "%pwd": "import os; os.getcwd()",
    "%ls": "import os; sorted(os.listdir({!r}))",
    "%env": "import os; os.environ",
    "%%writefile": "from pathlib import Path; Path({!r}).write_text('''…''')",
    "%%html": "from IPython.display import HTML; display(HTML('''…'''))",
    "%%latex": "from IPython.display import Latex; display(Latex('''…'''))",
    "%%bash": "import subprocess; print(subprocess.run('''…''', shell=True, capture_output=True, text=True).stdout)",
    "%%capture": "import contextlib, io; out = io.StringIO(), and then: with contextlib.redirect_stdout(out): …",
    "%%timeit": "import timeit; print(min(timeit.repeat('''…''', number=1000, repeat=5, globals=globals())) / 1000)",
}
_ALIKE = {"%%sh": "%%bash", "%%script": "%%bash", "%%!": "%%bash", "%%file": "%%writefile"}

_MAGIC = "Lines that start with % are IPython magics; a cell holds plain Python. Remove the line or use a module instead."
_SHELL = "Lines that start with ! run a shell in IPython; in plain Python use subprocess.run([...])."
_PROSE = "Text stands in a cell of its own kind: choose Markdown as the kind of this cell, without the first line."
_HELP = "A ? after a name asks IPython for help; in plain Python use help(name)."


def plain_source(source):
    """The source without magics that need do nothing here; every line keeps its number."""
    if "%" not in source or not re.search(r"^\s*%", source, re.MULTILINE):
        return source
    lines = re.split(r"\r\n|\r|\n", source)
    # Line by line where Python stumbles over one: the same text within a string stays.
    for _ in lines:
        number = _faulty_line("\n".join(lines))
        if number is None or number > len(lines):
            break
        plain = _plain_line(lines[number - 1])
        if plain is None:
            break
        lines[number - 1] = plain
    return "\n".join(lines)


def _faulty_line(source):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(source, "<cell>", "exec", _FLAGS, True)
    except SyntaxError as error:
        return error.lineno
    except (ValueError, RecursionError, MemoryError):
        pass
    return None


def _plain_line(line):
    """What stands in its place; None where it is no such magic."""
    text = line.lstrip()
    indentation = line[: len(line) - len(text)]
    if _IDLE.fullmatch(text.rstrip()):
        # A block may have no other statement.
        return f"{indentation}pass  # {text}" if indentation else f"# {text}"
    if _TIMED.match(text):
        return indentation + _TIMED.sub("", text, count=1)
    return None


def explain(line):
    """What to do about a line that is IPython's and not Python's; None for any other."""
    packages = _packages(line)
    if packages:
        return f"To install packages, run this in a cell: {install_line(packages)}"
    magic = re.match(r"(%%?[\w!]+)\s*(.*)", line)
    if magic and magic[1] == "%%markdown":
        return _PROSE
    if magic:
        instead = _INSTEAD.get(_ALIKE.get(magic[1], magic[1]))
        if instead is None:
            return _MAGIC
        rest = magic[2].strip()
        if not rest:
            instead = instead.replace("{!r}", "'…'").replace("{}", "…")
        return f"{magic[1]} is a magic of IPython; in plain Python: {instead.format(rest)}"
    if line.startswith("%") or re.match(r"[\w, ]+=\s*%\s*\w", line):
        return _MAGIC
    if line.startswith("!") or re.match(r"[\w, ]+=\s*!", line):
        return _SHELL
    if re.fullmatch(r"\??\??[\w.]+\??\??", line) and "?" in line:
        return _HELP
    return None


def explain_name(name):
    """What to do about a name that only IPython defines; None for any other."""
    if name in ("_", "__", "___") or re.fullmatch(r"_i*\d*", name):
        return f"In IPython {name} is something shown or run before; here give the value a name where it is made, and use that."
    if name in ("In", "Out"):
        return f"{name} belongs to IPython; here give the value a name where it is made, and use that."
    if name == "get_ipython":
        return (
            "get_ipython() belongs to IPython; this notebook runs plain Python. Leave out what only sets things up: "
            "figures are shown and changed modules loaded anew by themselves."
        )
    return None


def _packages(line):
    """What a line of IPython has pip install; None for any other line, and where a shell would do more."""
    install = re.fullmatch(r"[%!]\s*pip3?\s+install\s+(.+)", line)
    if install is None:
        return None
    # Few cells have such a line, and no kernel starts later for them.
    import shlex

    try:
        words = shlex.split(install[1], comments=True)
    except ValueError:
        return None
    return None if any(set(word) & set(";&|`$") for word in words) else words
