# %% [markdown]
# # A small language
#
# A calculator with names and functions, in the order in which one would explain it: cut the text into tokens, build
# a tree, walk the tree. The last cells write programs in it; each changes the state that the cells above left.

# %%
import re
from collections import ChainMap
from functools import wraps
from typing import Iterator, NamedTuple

# %%
class Token(NamedTuple):
    kind: str
    text: str
    at: int


KINDS = [("number", r"\d+(?:\.\d+)?"), ("name", r"[a-z]\w*"), ("sign", r"[-+*/^()=,]"), ("space", r"\s+")]
PATTERN = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in KINDS))


def tokens(text) -> Iterator[Token]:
    at = 0
    while at < len(text):
        match = PATTERN.match(text, at)
        if match is None:
            raise SyntaxError(f"{text[at]!r} at {at}")
        if match.lastgroup != "space":
            yield Token(match.lastgroup, match.group(), at)
        at = match.end()


[token.text for token in tokens("area = 3 * (r + 1)^2")]

# %%
STRENGTH = {"+": 1, "-": 1, "*": 2, "/": 2, "^": 3}


class Parser:
    """Builds trees of tuples by the strength of the signs."""

    def __init__(self, text):
        self.left = list(tokens(text))[::-1]

    def peek(self):
        return self.left[-1].text if self.left else None

    def expect(self, text):
        if self.peek() != text:
            raise SyntaxError(f"expected {text}, found {self.peek()}")
        self.left.pop()

    def expression(self, above=0):
        tree = self.atom()
        while STRENGTH.get(self.peek(), 0) > above:
            sign = self.left.pop().text
            strength = STRENGTH[sign]
            tree = (sign, tree, self.expression(strength - (sign == "^")))
        return tree

    def atom(self):
        token = self.left.pop()
        if token.kind == "number":
            return float(token.text)
        if token.text == "(":
            tree = self.expression()
            self.expect(")")
            return tree
        if token.text == "-":
            return ("-", 0.0, self.atom())
        if self.peek() == "(":
            self.left.pop()
            arguments = [] if self.peek() == ")" else [self.expression()]
            while self.peek() == ",":
                self.left.pop()
                arguments.append(self.expression())
            self.expect(")")
            return ("call", token.text, *arguments)
        return token.text


Parser("1 + 2 * 3 ^ 2 ^ 1 - x").expression()

# %% [markdown]
# Functions of the language are functions of Python, entered in a table by a decorator.

# %%
functions = {}


def known(name):
    def enter(function):
        @wraps(function)
        def checked(*arguments):
            return float(function(*arguments))

        functions[name] = checked
        return function

    return enter


@known("max")
def largest(*values):
    return max(values)


@known("root")
def root(value, degree=2):
    return value ** (1 / degree)


sorted(functions)

# %%
def walk(tree, names):
    if isinstance(tree, float):
        return tree
    if isinstance(tree, str):
        return names[tree]
    head, *rest = tree
    if head == "call":
        name, *arguments = rest
        return functions[name](*(walk(one, names) for one in arguments))
    left, right = (walk(one, names) for one in rest)
    return {
        "+": left + right,
        "-": left - right,
        "*": left * right,
        "/": left / right if right else float("inf"),
        "^": left**right if head == "^" else 0.0,
    }[head]


walk(Parser("max(1, 2 * 3) + root(16)").expression(), {})

# %%
state = {"pi": 3.14159}


def run(program):
    """Runs line by line; an assignment enters a name into the state."""
    for line in program.strip().splitlines():
        name, equals, text = line.partition("=")
        value = walk(Parser(text if equals else line).expression(), state)
        if equals:
            state[name.strip()] = value
        yield round(value, 3)


list(run("r = 2\nr * r * pi"))

# %%
list(run("r = r + 1\narea = pi * r ^ 2"))

# %% [markdown]
# The radius is now {state["r"]:g}, the area {state.get("area", 0):.2f}. The cell above may run as often as you like:
# `r` is 2 when it begins.

# %%
@known("half")
def half(value):
    return value / 2


print(sorted(functions))
list(run("half(area) - half(r)"))

# %%
layers = ChainMap({}, state)
layers["r"] = 10.0
walk("r", layers), walk("r", state), sorted(layers)

# %%
def attempt(text):
    try:
        return list(run(text))[-1]
    except (SyntaxError, KeyError, IndexError) as error:
        return f"{type(error).__name__}: {error}"


for text in ("2 +", "2 $ 3", "unknown * 2", "(1", "root(81, 4)", "1 / 0"):
    print(f"{text:12} {attempt(text)}")
