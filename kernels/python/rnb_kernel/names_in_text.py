"""
Names of the notebook in texts: `df.query("p > @limit")`, `pl.sql("select * from df")`, `"{x}".format(**globals())`.

A library that is given such a text looks them up by itself, in the frame that called it. Whether it will is seldom sure
from the code: a word of a formula may be a column, and a table may be the database's. So these are *mentions*, which
count only where a cell above defines the name (R1.6). Where the text is used with `globals()`, they are reads.

To have another function known, add it to the table of the language that its text is in.
"""

from __future__ import annotations

import ast
import keyword
import re
import string

from .mutators import called_name

# What stands for the parts of a text that are not written out. To `re` it is a letter, and no name of Python has it: a
# word that it touches is nobody's name.
HOLE = "²"

_NAME = r"[^\W\d]\w*"
# What is not closed goes on to the end, so that no text takes longer than its length.
_STRING = r"""'(?:[^'\\]|\\.)*'?|"(?:[^"\\]|\\.)*"?"""
_MARKED = re.compile(rf"{_STRING}|`[^`]*`|(?<!\w)@({_NAME})", re.DOTALL)
# Neither an attribute nor the keyword of an argument.
_WORD = re.compile(rf"{_STRING}|(?<![\w.])({_NAME})(?![\w'\"])(?!\s*=(?!=))", re.DOTALL)


def marked(text):
    """Of a query of pandas: `limit` of `price > @limit`."""
    return _MARKED.findall(text)


def words(text):
    """Of a formula or an expression: all names, but not `df` of `bs(x, df=4)`."""
    return _WORD.findall(text)


def fields(text, nested=True):
    """Of a text to be formatted: `x` of `{x.real:{width}}`, and `width`."""
    try:
        parts = [part for part in string.Formatter().parse(text) if part[1] is not None]
    except ValueError:
        return []
    names = [re.split(r"[.\[]", name)[0] for _, name, _, _ in parts]
    if nested:
        names += [name for _, _, inner, _ in parts for name in fields(inner, False)]
    return names


def code(text):
    """Of Python that is run inside of a function: what it reads and does not bind."""
    try:
        nodes = list(ast.walk(ast.parse(text)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    names = [node for node in nodes if isinstance(node, ast.Name)]
    bound = {node.id for node in names if not isinstance(node.ctx, ast.Load)}
    return [node.id for node in names if node.id not in bound]


_SQL = re.compile(
    r"""
    (?P<comment> --[^\n]* | /\*.*?(?:\*/|\Z) )
    | (?P<mark> '(?:[^']|'')*'? | [^\s\w"`] | \d+ )
    | "(?P<quoted> (?:[^"]|"")* )" | `(?P<ticked> [^`]* )`
    | (?P<word> [^\W\d]\w* )
    """,
    re.VERBOSE | re.DOTALL,
)
_BEFORE_TABLES = frozenset("from join".split())
_BEFORE_A_TABLE = frozenset("describe summarize pivot unpivot".split())
_BETWEEN = frozenset("lateral only".split())
_AFTER_TABLES = frozenset(
    "select where group order having limit offset fetch union intersect except window qualify set values "
    "returning".split()
)


class _Parenthesis:
    """What is open in SQL: whether a table comes next, whether after a comma too, and which query it is."""

    __slots__ = ("awaits", "lists", "query")

    def __init__(self, awaits=False, query=None):
        self.awaits = self.lists = awaits
        self.query = query


def tables(text):
    """Of SQL: what stands in the place of a table and is neither in a schema nor a query's name (`with t as (…)`)."""
    tokens = [(m.lastgroup, m[m.lastgroup]) for m in _SQL.finditer(text) if m.lastgroup != "comment"]
    plain = [token.lower() if kind in ("word", "mark") else "" for kind, token in tokens] + [""]
    named, queries, recursive = [], set(), False
    opened = [_Parenthesis()]
    for at, (kind, token) in enumerate(tokens):
        inner, read = opened[-1], plain[at]
        if read == "(":
            query = _query_of(tokens, plain, at)
            opened.append(_Parenthesis(inner.awaits, query))
            inner.awaits = False
            if recursive:
                queries.add(query)
        elif read == ")":
            # A query that is not recursive means by its own name what stands outside.
            queries.add(inner.query)
            if len(opened) > 1:
                opened.pop()
        elif read == "recursive":
            recursive = True
        elif read == ",":
            inner.awaits = inner.lists
        elif read in _BEFORE_TABLES:
            inner.awaits = inner.lists = True
        elif read in _BEFORE_A_TABLE:
            inner.awaits = True
        elif read in _AFTER_TABLES or read == ";":
            inner.awaits = inner.lists = False
        elif inner.awaits and read not in _BETWEEN:
            inner.awaits = False
            if kind != "mark" and plain[at + 1] not in (".", "(") and token not in queries:
                named.append(token)
    return named


def _query_of(tokens, plain, at):
    """`t` of `t as (`, `t (a, b) as (` and `t as not materialized (`, of which the last parenthesis is at `at`."""
    at -= 1
    while at > 0 and plain[at] in ("materialized", "not"):
        at -= 1
    if at < 1 or plain[at] != "as":
        return None
    at -= 1
    if plain[at] == ")":
        while at > 0 and plain[at] != "(":
            at -= 1
        at -= 1
    return tokens[at][1] if at >= 0 else None


_FIRST_OF_SQL = frozenset("select with from insert create copy describe summarize pivot unpivot".split())


def kept(text):
    """Of a text that a name keeps for whoever reads it: as SQL if it begins so, and as a query of pandas."""
    first = next((match for match in _SQL.finditer(text) if match.lastgroup != "comment"), None)
    is_sql = first is not None and first[0].lower() in _FIRST_OF_SQL
    return _names_only([*marked(text), *(tables(text) if is_sql else ())])


# Language, what is called, and which of its arguments the text is: its position and its keyword.
_TAKERS = [
    (marked, "query eval", 0, "expr"),
    (words, "pd.eval pandas.eval", 0, "expr"),
    # numexpr
    (words, "evaluate", 0, "ex"),
    # polars, DuckDB
    (tables, "sql query execute from_query", 0, "query"),
    # A relation of DuckDB, which is given a name first.
    (tables, "query", 1, "sql_query"),
    # pandasql
    (tables, "sqldf", 0, "query"),
    # statsmodels
    (
        words,
        "ols wls gls glsar glm glmgam rlm mixedlm quantreg phreg logit probit poisson negativebinomial mnlogit gee "
        "ordinal_gee nominal_gee conditional_logit conditional_mnlogit conditional_poisson from_formula",
        0,
        "formula",
    ),
    # patsy, formulaic
    (words, "dmatrix dmatrices", 0, "formula_like"),
    (words, "model_matrix", 0, "spec"),
    # These run code in the main module.
    (code, "cProfile.run profile.run", 0, "statement"),
]
_TAKERS_BY_NAME = {}
for _language, _names, _position, _keyword in _TAKERS:
    for _called in _names.split():
        _TAKERS_BY_NAME.setdefault(_called, []).append((_language, _position, _keyword))

# With `globals=globals()` these of timeit run the code that they are given.
_TIMERS = frozenset("timeit repeat Timer".split())


def mentioned_by(call, text_of):
    """Names that the function that is called may look up; `text_of` gives the text of an expression, or None."""
    name = called_name(call)
    takers = _TAKERS_BY_NAME.get(name, ())
    base = call.func.value if isinstance(call.func, ast.Attribute) else None
    if isinstance(base, ast.Name):
        takers = [*takers, *_TAKERS_BY_NAME.get(f"{base.id}.{name}", ())]
    names = set()
    for language, position, key in takers:
        for argument in call.args[position : position + 1] + _given(call, key):
            names.update(language(text_of(argument) or ""))
    return _names_only(names)


def read_through(call, is_namespace, text_of):
    """Names that the call surely looks up in the namespace that it is given; None where that cannot be told."""
    name = called_name(call)
    if name in ("format", "format_map") and isinstance(call.func, ast.Attribute):
        # `**globals()` has no keyword.
        namespaces = call.args if name == "format_map" else _given(call, None)
        language, texts = fields, [call.func.value]
    elif name in _TIMERS:
        namespaces = _given(call, "globals")
        language, texts = code, call.args[:2] + _given(call, "stmt") + _given(call, "setup")
    elif name == "runctx":
        namespaces = call.args[1:]
        language, texts = code, call.args[:1]
    else:
        return None
    if not namespaces or not is_namespace(namespaces[0]):
        return None
    texts = [text_of(text) for text in texts]
    if any(text is None or HOLE in text for text in texts):
        return None
    return _names_only(language("\n".join(texts)))


def _given(call, key):
    return [item.value for item in call.keywords if item.arg == key]


def text_of(node, named):
    """The text of an expression, with holes; None where none of it is written out. `named` gives the text of a name."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.Name):
        return named(node.id)
    if isinstance(node, ast.JoinedStr):
        return _with_holes(text_of(part, named) for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _with_holes([text_of(node.left, named), text_of(node.right, named)])
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        return text_of(node.left, named)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        # `"…".format(n)`, `"…".strip()`; textwrap.dedent, inspect.cleandoc
        inside = node.args[0] if node.func.attr in ("dedent", "cleandoc") and node.args else node.func.value
        return text_of(inside, named)
    return None


def _with_holes(parts):
    parts = list(parts)
    return None if set(parts) <= {None} else "".join(HOLE if part is None else part for part in parts)


def _names_only(names):
    return {name for name in names if name.isidentifier() and not keyword.iskeyword(name)}
