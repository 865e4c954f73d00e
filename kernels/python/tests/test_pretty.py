import os
import sys
import unittest
from array import array
from collections import (
    ChainMap,
    Counter,
    OrderedDict,
    UserDict,
    UserList,
    defaultdict,
    deque,
    namedtuple,
)
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, ClassVar, NamedTuple

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from rnb_kernel.pretty import pretty

NUMBERS = list(range(60))
CYCLE = [1]
CYCLE.append((CYCLE,))


Pair = namedtuple("Pair", "left right")


class Typed(NamedTuple):
    x: int
    y: object = None


@dataclass
class Node:
    kind: ClassVar[str] = "node"
    value: object
    following: Any = None
    hidden: int = field(default=0, repr=False)


@dataclass
class Child(Node):
    pass


@dataclass(repr=False)
class Plain:
    value: int

    def __repr__(self):
        return "<plain>"


class Words(list):
    pass


class Bag(set):
    pass


class Shy(dict):
    def __repr__(self):
        return "shy"


class Counted:
    asked = 0

    def __repr__(self):
        Counted.asked += 1
        return "counted" * 6


class Pretty(unittest.TestCase):
    def test_builtin_values_read_back_as_themselves(self):
        for value in [
            1,
            "a'b",
            "x" * 200,
            b"x",
            [],
            (1,),
            set(),
            frozenset({1}),
            deque(NUMBERS, maxlen=80),
            {"a": NUMBERS, "b": {"c": ("x" * 70, [NUMBERS])}},
            {("x" * 60, "y" * 60): None},
        ]:
            with self.subTest(value):
                text = pretty(value, 10_000)
                self.assertEqual(eval(text), value)

    def test_each_type_looks_as_its_repr_has_it(self):
        for value in [
            defaultdict(list, {"a": [1], "b": NUMBERS}),
            Counter("abracadabra" * 9),
            Counter({number: number % 7 for number in NUMBERS}),
            Counter({"a": "x", "b": 1}),
            Pair(1, [2]),
            Typed(1),
            Typed(Pair(NUMBERS, NUMBERS), {"k": Typed(2)}),
            Node(1, Child("x", Node(NUMBERS))),
            Plain(1),
            Words(NUMBERS),
            Bag(NUMBERS),
            frozenset(NUMBERS),
            Shy(a=1),
            [Shy(a=1), Words([Words()])],
            SimpleNamespace(a=1, b=NUMBERS),
            {"k": 1, 2: NUMBERS}.keys(),
            {"k": 1, 2: NUMBERS}.items(),
            UserDict(a=1),
            UserList(NUMBERS),
            ChainMap({"a": 1}, {"b": NUMBERS}),
            array("i"),
            array("d", NUMBERS),
            Pair,
            Node,
            list,
        ]:
            with self.subTest(value):
                self.assertEqual(
                    "".join(pretty(value, 10_000).split()), "".join(repr(value).split())
                )

    def test_records_have_a_field_on_each_line(self):
        self.assertEqual(
            pretty(Node("x" * 50, Node("y" * 30)), 10_000).split("\n"),
            [
                f"Node(value='{'x' * 50}',",
                f"     following=Node(value='{'y' * 30}', following=None))",
            ],
        )

    def test_a_record_without_one_of_its_fields_says_so(self):
        node = Node(1)
        del node.value
        self.assertIn("'Node' object has no attribute 'value'", pretty(node, 1_000))

    def test_lines(self):
        for value, lines in [
            ([1, "b", None], ["[1, 'b', None]"]),
            ({"a": "x" * 50, "b": "y" * 50}, [f"{{'a': '{'x' * 50}',", f" 'b': '{'y' * 50}'}}"]),
            (["x" * 50, 1, 2, {}], [f"['{'x' * 50}', 1, 2, {{}}]"]),
            (["x" * 50, "y" * 50, 1], [f"['{'x' * 50}',", f" '{'y' * 50}', 1]"]),
        ]:
            with self.subTest(value):
                self.assertEqual(pretty(value, 10_000).split("\n"), lines)
        self.assertLessEqual(max(map(len, pretty([NUMBERS] * 3, 10_000).split("\n"))), 88)

    def test_cycles_and_depth_end(self):
        self.assertEqual(pretty(CYCLE, 1_000), "[1, ([...],)]")
        loop = Node(1)
        loop.following = loop
        self.assertEqual(pretty(loop, 1_000), "Node(value=1, following=Node(...))")
        nested = []
        for _ in range(2_000):
            nested = [nested]
        self.assertEqual(pretty(nested, 1_000), "[" * 100 + "[...]" + "]" * 100)

    def test_the_limit_holds_and_the_ending_says_how_much_there_is(self):
        for value, ending in [
            (range(10**9), "range(0, 1000000000)"),
            ([0] * 1_000, "… [cut: list of 1,000]"),
            ("x" * 1_000, "… [cut: str of 1,000]"),
            ([["x" * 1_000]], "… [cut: list of 1]"),
            (OrderedDict.fromkeys(NUMBERS), "… [cut: OrderedDict of 60]"),
            (Pair(NUMBERS, NUMBERS), "… [cut: Pair]"),
            (Counter(range(10**5)), "… [cut: Counter of 100,000]"),
            (UserList(NUMBERS), "… [cut: UserList of 60]"),
        ]:
            with self.subTest(ending):
                text = pretty(value, 100)
                self.assertTrue(text.endswith(ending), text)
                self.assertLess(len(text), 140)

    def test_no_more_items_are_looked_at_than_are_shown(self):
        for made in [
            lambda items: defaultdict(list, enumerate(items)),
            lambda items: OrderedDict(enumerate(items)),
            lambda items: Pair(items, items),
            lambda items: Node(items),
            lambda items: Words(items),
            lambda items: deque(items),
            lambda items: SimpleNamespace(items=items),
            lambda items: UserDict(enumerate(items)),
            lambda items: dict(enumerate(items)).values(),
        ]:
            items = [Counted() for _ in range(1_000)]
            with self.subTest(type(made(items))):
                Counted.asked = 0
                text = pretty(made(items), 1_000)
                self.assertLess(Counted.asked, 50)
                self.assertIn("counted", text)

    def test_chains_of_records_end(self):
        chain = None
        for number in range(2_000):
            chain = Node(number, chain)
        self.assertTrue(pretty(chain, 10**6).endswith("following=Node(...)" + ")" * 100))

    def test_each_object_is_asked_once(self):
        Counted.asked = 0
        pretty({"k": [[Counted() for _ in range(10)]]}, 10_000)
        self.assertEqual(Counted.asked, 10)


if __name__ == "__main__":
    unittest.main()
