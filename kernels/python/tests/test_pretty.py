import os
import sys
import unittest
from collections import OrderedDict, deque

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from rnb_kernel.pretty import pretty

NUMBERS = list(range(60))
CYCLE = [1]
CYCLE.append((CYCLE,))


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
        nested = []
        for _ in range(100_000):
            nested = [nested]
        self.assertEqual(pretty(nested, 1_000), "[" * 100 + "[...]" + "]" * 100)

    def test_the_limit_holds_and_the_ending_says_how_much_there_is(self):
        for value, ending in [
            (range(10**9), "range(0, 1000000000)"),
            ([0] * 1_000, "… [cut: list of 1,000]"),
            ("x" * 1_000, "… [cut: str of 1,000]"),
            ([["x" * 1_000]], "… [cut: list of 1]"),
            (
                OrderedDict.fromkeys(NUMBERS),
                f"… [cut: {len(repr(OrderedDict.fromkeys(NUMBERS)))} characters]",
            ),
        ]:
            with self.subTest(ending):
                text = pretty(value, 100)
                self.assertTrue(text.endswith(ending), text)
                self.assertLess(len(text), 140)

    def test_each_object_is_asked_once(self):
        pretty({"k": [[Counted() for _ in range(10)]]}, 10_000)
        self.assertEqual(Counted.asked, 10)


if __name__ == "__main__":
    unittest.main()
