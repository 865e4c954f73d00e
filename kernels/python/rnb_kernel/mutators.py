"""
Which calls change a value in place. Nothing in Python says so, hence tables: of the builtin containers, of what moves
on when it is read, numpy, pandas, polars, scikit-learn and torch, and of functions that work on their argument. To have
another call known, add its name to the table whose comment fits; what no table knows is found when it has run.
"""

from __future__ import annotations

import ast

# `x.append(1)` changes x.
METHODS = frozenset(
    # list, bytearray, array
    "append extend insert remove pop clear sort reverse fromlist frombytes fromfile fromunicode "
    # dict, set, OrderedDict, defaultdict, Counter
    "update setdefault popitem add discard subtract difference_update intersection_update "
    "symmetric_difference_update move_to_end "
    # deque, queue
    "appendleft popleft extendleft rotate put put_nowait get_nowait "
    # numpy
    "fill resize partition itemset setflags setfield "
    # pandas, beside `inplace=True`
    "isetitem "
    # polars, beside `in_place=True`
    "insert_column replace_column drop_in_place "
    # scikit-learn
    "fit partial_fit fit_transform fit_predict set_params "
    # torch, beside methods that end in an underscore
    "backward step zero_grad load_state_dict "
    # by hand
    "__setitem__ __delitem__ __setattr__ __delattr__ __iadd__ __next__".split()
)

# What changes a file, an iterator, a connection and the like, of which nothing tells what state they are in.
# `sys.stdout.write("a")` is no change of sys.
MOVING_METHODS = frozenset(
    # files and sockets
    "read readline readlines readinto read1 write writelines seek truncate flush close send sendall recv "
    # generators
    "throw asend athrow aclose "
    # databases
    "execute executemany executescript fetchone fetchmany fetchall commit rollback create_function create_aggregate "
    "create_window_function create_collation register unregister "
    # compressors, parsers
    "compress decompress feed Parse ParseFile "
    # csv, Arrow
    "writerow writerows writeheader write_table write_batch "
    # context variables, events
    "set reset".split()
)

# By these names people call random generators, whose every method moves them on (numpy, random.Random).
RANDOM_GENERATORS = frozenset("rng prng random_state".split())

# `line.partition("=")` of text changes nothing.
PURE_WITH_TEXT = frozenset(["partition"])

# Functions that change their first argument.
FUNCTIONS = frozenset(
    "shuffle heappush heappop heapify heapreplace heappushpop insort insort_left insort_right setattr delattr next "
    "anext setitem delitem iadd isub imul iand ior ixor copyto put place putmask fill_diagonal put_along_axis".split()
)

# Functions of these modules that change one of their arguments: its position.
MODULE_FUNCTIONS = {
    ("json", "load"): 0,
    ("json", "dump"): 1,
    ("pickle", "load"): 0,
    ("pickle", "dump"): 1,
    ("tomllib", "load"): 0,
    ("shutil", "copyfileobj"): 1,
}

# `np.add.at(a, i, 1)` changes its first argument, whatever the function before it.
UFUNC_METHODS = frozenset(["at"])

# Arguments that a call changes, by their keyword: `np.add(a, b, out=c)`, `print(1, file=f)`.
CHANGED_KEYWORDS = frozenset(["out", "file"])

# With one of these a method works in place: `frame.drop("a", inplace=True)`.
IN_PLACE_KEYWORDS = frozenset(["inplace", "in_place"])

# In `np.append(a, 1)` or `os.remove(path)` the receiver is a module, and the call is a function of it.
MODULES = frozenset(
    "np numpy jnp cp pd pandas pl polars torch operator bisect heapq random os shutil sys math re itertools json "
    "pickle tomllib plt sns px go alt sqlite3 duckdb requests logging time gc warnings subprocess asyncio zlib gzip bz2 lzma".split()
)

# In `list.append(x, 1)` the first argument is what changes.
TYPES = frozenset("list dict set bytearray deque array OrderedDict defaultdict Counter object".split())

# Accessors that stand for the value itself: `frame.loc[...] = 0` changes `frame`, not a part of it.
VIEWS = frozenset(["loc", "iloc", "at", "iat", "flat"])

# Calls whose result holds their argument's elements.
COLLECTORS = frozenset("list tuple set dict iter enumerate zip reversed sorted filter copy deque".split())
# Calls whose result is, or may be, one of their argument's elements.
PICKERS = frozenset("next min max getattr vars".split())
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
    changed = [
        keyword.value
        for keyword in call.keywords
        # `sys.stderr` is nobody's to follow.
        if keyword.arg in CHANGED_KEYWORDS and _root_name(keyword.value) not in MODULES
    ]
    receiver = function.value if isinstance(function, ast.Attribute) else None
    base = receiver.id if isinstance(receiver, ast.Name) else None
    if base in TYPES:
        if call.args and name in METHODS:
            changed.append(call.args[0])
        return changed
    if receiver is not None and base not in MODULES and _changes_receiver(name, receiver, call):
        changed.append(receiver)
    position = MODULE_FUNCTIONS.get((base, name))
    if position is None and _changes_first(name, receiver, base):
        position = 0
    if position is not None and position < len(call.args):
        changed.append(call.args[position])
    return changed


def _changes_receiver(name, receiver, call):
    for keyword in call.keywords:
        if keyword.arg in IN_PLACE_KEYWORDS:
            return not (isinstance(keyword.value, ast.Constant) and keyword.value.value is False)
    # A trailing underscore marks a method that works in place in torch.
    if name.endswith("_") and not name.endswith("__"):
        return True
    if name in METHODS:
        return not _is_pure(name, call)
    root = _root_name(receiver)
    if name in MOVING_METHODS:
        return root not in MODULES
    if name == "byteswap":
        # Of numpy; without an argument it makes a copy.
        return bool(call.args) and not (isinstance(call.args[0], ast.Constant) and call.args[0].value is False)
    # Without an argument it is a queue's, and no dict's.
    return root in RANDOM_GENERATORS or (name == "get" and not call.args and not call.keywords)


def _changes_first(name, receiver, base):
    if name in UFUNC_METHODS:
        return receiver is not None and _root_name(receiver) in MODULES
    if name in FUNCTIONS:
        return receiver is None or base in MODULES or name == "shuffle"
    return False


def _root_name(node):
    """`a` of `a.b[c].d`; None where it is no name."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def _is_pure(name, call):
    if name == "sort":
        # Of polars: it takes columns, by which a list or an array cannot be sorted.
        by = call.args[0] if call.args else None
        is_axis = by is None or isinstance(by, ast.UnaryOp) or (isinstance(by, ast.Constant) and isinstance(by.value, int))
        return not is_axis or any(keyword.arg in ("by", "descending") for keyword in call.keywords)
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
