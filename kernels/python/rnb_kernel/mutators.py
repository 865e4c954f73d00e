"""
Which calls change a value in place. Nothing in Python says so, hence tables: of the builtin containers, numpy, pandas
and scikit-learn, and of the standard library's functions that work on their argument.
"""

from __future__ import annotations

import ast

METHODS = frozenset(
    # list, bytearray, array
    "append extend insert remove pop clear sort reverse "
    # dict, set, Counter
    "update setdefault popitem add discard subtract difference_update intersection_update "
    "symmetric_difference_update move_to_end "
    # deque, queue
    "appendleft popleft extendleft rotate put "
    # numpy, pandas
    "fill resize partition itemset setflags setfield "
    # scikit-learn
    "fit partial_fit fit_transform fit_predict set_params "
    # by hand
    "__setitem__ __delitem__ __setattr__ __delattr__ __iadd__".split()
)

# `line.partition("=")` of text and `frame.sort("a")` of polars change nothing.
PURE_WITH_TEXT = frozenset(["partition", "sort"])

# Functions that change their first argument.
FUNCTIONS = frozenset(
    "shuffle heappush heappop heapify heapreplace heappushpop insort insort_left insort_right setattr delattr next "
    "setitem delitem copyto put place putmask fill_diagonal".split()
)

# In `np.append(a, 1)` or `os.remove(path)` the receiver is a module, and the call is a function of it.
MODULES = frozenset(
    "np numpy jnp cp pd pandas pl polars torch operator bisect heapq random os shutil sys math re itertools".split()
)

# Accessors that stand for the value itself: `frame.loc[...] = 0` changes `frame`, not a part of it.
VIEWS = frozenset(["loc", "iloc", "at", "iat", "flat"])

# Calls whose result holds their argument's elements.
COLLECTORS = frozenset("list tuple set dict iter enumerate zip reversed sorted filter copy deque".split())
# Calls whose result is, or may be, one of their argument's elements.
PICKERS = frozenset("next min max getattr".split())
HOLDING_METHODS = frozenset("items values copy".split())
PICKING_METHODS = frozenset("get pop setdefault popitem popleft".split())

# Managers that let every exception pass, so that what their body binds is surely bound afterwards.
PASSING_MANAGERS = frozenset(
    "open closing redirect_stdout redirect_stderr catch_warnings option_context errstate printoptions "
    "TemporaryDirectory TemporaryFile NamedTemporaryFile ZipFile TarFile ThreadPoolExecutor ProcessPoolExecutor Pool "
    "Lock RLock localcontext chdir urlopen no_grad inference_mode rc_context style Session Client".split()
)


def called_name(call):
    """The last part of what is called: `b` of `a.b()`."""
    function = call.func
    if isinstance(function, ast.Name):
        return function.id
    return function.attr if isinstance(function, ast.Attribute) else None


def changed_by(call):
    """The expressions whose values a call changes in place."""
    name, function = called_name(call), call.func
    of_module = (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and function.value.id in MODULES
    )
    changed = []
    if isinstance(function, ast.Attribute) and not of_module:
        in_place = any(
            keyword.arg == "inplace"
            and not (isinstance(keyword.value, ast.Constant) and keyword.value.value is False)
            for keyword in call.keywords
        )
        # A trailing underscore marks a method that works in place in torch.
        underscored = name.endswith("_") and not name.endswith("__")
        if in_place or underscored or (name in METHODS and not _is_pure(name, call)):
            changed.append(function.value)
    takes_argument = isinstance(function, ast.Name) or of_module or name == "shuffle"
    if takes_argument and name in FUNCTIONS and call.args:
        changed.append(call.args[0])
    changed += [keyword.value for keyword in call.keywords if keyword.arg == "out"]
    return changed


def _is_pure(name, call):
    if name not in PURE_WITH_TEXT or not call.args:
        return False
    return isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, (str, bytes))


def selects(index):
    """Whether `x[index]` surely makes a new value: masks and lists of columns do."""
    if isinstance(index, (ast.Compare, ast.List, ast.ListComp)):
        return True
    if isinstance(index, ast.UnaryOp):
        return isinstance(index.op, ast.Invert)
    return isinstance(index, ast.BinOp) and isinstance(index.op, (ast.BitAnd, ast.BitOr))
