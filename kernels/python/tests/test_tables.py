"""Pages of tables of each library, sorted and filtered, against the same done slowly on what is shown."""

import datetime
import decimal
import importlib.util
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from rnb_kernel.tables import table_of

DAY = datetime.datetime(2024, 1, 2, 3, 4, 5)
COLUMNS = {
    "integer": [3, 12, None, -7, 12],
    "number": [3.5, -1e30, None, 0.25, 3.5],
    "boolean": [True, False, None, True, False],
    "text": ["Berlin", "ÄPFEL 12", None, "", "nan"],
    "datetime": [DAY, DAY.replace(microsecond=250_000), None, DAY.replace(year=1999), DAY],
    "date": [DAY.date(), datetime.date(1999, 12, 31), None, DAY.date(), DAY.date()],
    "duration": [datetime.timedelta(seconds=90), None, None, datetime.timedelta(days=2), None],
    "decimal": [decimal.Decimal("1.20"), None, None, decimal.Decimal("-3.40"), None],
    "binary": [b"\x12\x34", None, b"", None, None],
    "nested": [["Berlin", "12"], None, [], None, ["x"]],
}
FILTERS = [
    "12",
    "berlin",
    "BER",
    "äpfel",
    "2024-01-02t03",
    "1999",
    "true",
    "nan",
    ".25",
    "-",
    "zzz",
    "T",
]


def has(*modules):
    return all(importlib.util.find_spec(module) for module in modules)


class Tables:
    """The same checks for each library's `frame` of columns by name."""

    def frame(self, columns):
        raise NotImplementedError

    def shown(self, frame):
        content = table_of(frame).content()
        return content["rows"]

    def test_a_filter_finds_what_is_shown(self):
        frame = self.frame(COLUMNS)
        rows = self.shown(frame)
        table = table_of(frame)
        for text in FILTERS:
            found = [
                row
                for row in rows
                if any(
                    text.lower() in str(v).lower()
                    for v in row
                    if v is not None and not isinstance(v, dict)
                )
            ]
            for sort in (None, 0):
                with self.subTest(text, sort=sort):
                    page = table.page({"filter": text, "sort": sort})
                    self.assertEqual(page["rowCount"], len(found))
                    self.assertCountEqual(map(str, page["rows"]), map(str, found))

    def test_a_filter_finds_a_time_as_readers_see_it(self):
        table = table_of(self.frame(COLUMNS))
        for text in ("2024-01-02 03", "1999-01-02 03:04"):
            with self.subTest(text):
                expected = table.page({"filter": text.replace(" ", "T")})
                self.assertGreater(expected["rowCount"], 0)
                self.assertEqual(table.page({"filter": text}), expected)

    def test_sorting_is_stable_with_missing_values_last(self):
        for name, order in [
            ("integer", [3, 0, 1, 4, 2]),
            ("number", [1, 3, 0, 4, 2]),
            ("text", [3, 0, 4, 1, 2]),
            ("datetime", [3, 0, 4, 1, 2]),
        ]:
            for descending in (False, True):
                with self.subTest(name, descending=descending):
                    expected = order
                    if descending:
                        values = COLUMNS[name]
                        present = [at for at in range(5) if values[at] is not None]
                        expected = sorted(present, key=lambda at: values[at], reverse=True) + [2]
                    frame = self.frame({"at": [0, 1, 2, 3, 4], name: COLUMNS[name]})
                    page = table_of(frame).page({"sort": 1, "descending": descending})
                    self.assertEqual([row[0] for row in page["rows"]], expected)

    def test_a_sort_is_kept_for_the_pages_that_follow(self):
        frame = self.frame({"at": list(range(1_000)), "key": [-at for at in range(1_000)]})
        table = table_of(frame)
        asked = []
        sort = table._source.sorted
        table._source.sorted = lambda *arguments: asked.append(arguments) or sort(*arguments)
        for offset in (0, 500):
            page = table.page({"sort": 1, "offset": offset, "limit": 2})
            self.assertEqual([row[0] for row in page["rows"]], [999 - offset, 998 - offset])
        self.assertEqual(table.page({"sort": 1, "filter": "-99"})["rowCount"], 11)
        self.assertEqual(len(asked), 1)

    def test_a_column_that_does_not_exist_is_refused(self):
        with self.assertRaises(ValueError):
            table_of(self.frame({"at": [1]})).page({"sort": 5})

    def test_an_empty_table_has_no_rows_whatever_is_asked(self):
        table = table_of(self.frame({"at": []}))
        for query in ({}, {"sort": 0}, {"filter": "x"}, {"filter": "1", "sort": 0}):
            with self.subTest(query):
                self.assertEqual(table.page(query)["rows"], [])


@unittest.skipUnless(has("pandas"), "pandas is not installed")
class Pandas(Tables, unittest.TestCase):
    def frame(self, columns):
        import pandas

        return pandas.DataFrame(columns)

    def test_a_column_that_is_not_what_it_begins_with_is_searched(self):
        import pandas

        mixed = pandas.Series([*range(1_000), "Berlin"], dtype=object)
        for column in (mixed, mixed.astype("category")):
            page = table_of(column.to_frame("a")).page({"filter": "berl"})
            self.assertEqual(page["rows"], [["Berlin"]])

    def test_values_of_several_types_are_sorted_as_they_are_shown(self):
        page = table_of(self.frame({"x": [2, "b", None, "a", 10]})).page({"sort": 0})
        self.assertEqual([row[0] for row in page["rows"]], [10, 2, "a", "b", None])

    def test_missing_values_are_told_as_pandas_writes_them(self):
        import numpy
        import pandas

        nat = numpy.datetime64("NaT")
        for values, dtype, expected in (
            ([1.5, None], "float64", "NaN"),
            ([1, None], "Int64", "<NA>"),
            ([True, None], "boolean", "<NA>"),
            (["NaN", None], "string", "<NA>"),
            (["NaN", None], "category", "NaN"),
            ([DAY, None], "datetime64[ns]", "NaT"),
            ([DAY, None], "datetime64[ns, UTC]", "NaT"),
            ([datetime.timedelta(1), None], "timedelta64[ns]", "NaT"),
            (["NaN", None], object, "None"),
        ):
            with self.subTest(dtype):
                series = pandas.Series(values, dtype=dtype, name="x")
                content = table_of(series).content()
                self.assertEqual(content["columns"][0]["missing"], expected)
                self.assertEqual(content["rows"][1], [None])
                # As it is printed, too; text that looks the same is text.
                self.assertEqual(series.to_frame().to_string().split()[-1], expected)
                self.assertNotIn(content["rows"][0][0], (None, {"missing": "NaN"}))
        mixed = [None, float("nan"), pandas.NaT, pandas.NA, decimal.Decimal("NaN"), nat, "b", 1]
        table = table_of(pandas.Series(mixed, dtype=object, name="x"))
        told = [[None], *([{"missing": text}] for text in ("NaN", "NaT", "<NA>", "NaN", "NaT"))]
        self.assertEqual(table.content()["rows"], [*told, ["b"], [1]])
        self.assertEqual(table.page({"sort": 0})["rows"], [[1], ["b"], *told])
        self.assertEqual(table.page({"filter": "na"})["rows"], [])
        # Where pandas tells them apart, a number that is none is not missing.
        numbers = numpy.array([numpy.nan, 1.0])
        kept = pandas.Series(pandas.arrays.FloatingArray(numbers, numpy.array([False, True])))
        self.assertEqual(table_of(kept).content()["rows"], [["NaN"], [None]])

    def test_index_and_categories_are_sorted_and_found(self):
        import pandas

        frame = pandas.DataFrame({"c": pandas.Categorical(["low", "high", "low"], ["low", "high"])})
        frame.index = pandas.Index(["z", "y", "x"], name="key")
        table = table_of(frame)
        self.assertEqual(
            table.page({"sort": 0})["rows"], [["x", "low"], ["y", "high"], ["z", "low"]]
        )
        self.assertEqual(
            table.page({"sort": 1})["rows"], [["z", "low"], ["x", "low"], ["y", "high"]]
        )
        self.assertEqual(table.page({"filter": "HI"})["rows"], [["y", "high"]])

    def test_rows_are_those_that_were_shown(self):
        import pandas

        if int(pandas.__version__.partition(".")[0]) < 3:
            self.skipTest("only with copy-on-write")
        frame = self.frame({"a": [1, 2], "b": ["x", "y"]})
        table = table_of(frame)
        frame.loc[0, "a"] = 9
        frame["b"] = "z"
        frame.iloc[1, 0] = 8
        del frame["a"]
        self.assertEqual(table.page({"sort": 0})["rows"], [[1, "x"], [2, "y"]])


@unittest.skipUnless(has("polars"), "polars is not installed")
class Polars(Tables, unittest.TestCase):
    def frame(self, columns):
        import polars

        return polars.DataFrame(columns, strict=False)

    def test_types_are_named_as_above_the_tables_of_polars(self):
        frame = self.frame(COLUMNS)
        for column in table_of(frame).content()["columns"]:
            head = str(frame.select(column["name"])).split("\n")[4]
            self.assertEqual(head.strip("│ "), column["dtype"])

    def test_a_number_that_is_none_is_no_missing_value(self):
        content = table_of(self.frame({"x": [float("nan"), None]})).content()
        self.assertEqual(content["rows"], [["NaN"], [None]])
        self.assertNotIn("missing", content["columns"][0])

    def test_rows_are_those_that_were_shown(self):
        frame = self.frame({"a": [1, 2], "b": ["x", "y"]})
        table = table_of(frame)
        frame[0, "a"] = 9
        frame.drop_in_place("b")
        frame.extend(frame)
        self.assertEqual(table.page({"sort": 0})["rows"], [[1, "x"], [2, "y"]])


@unittest.skipUnless(has("pyarrow"), "pyarrow is not installed")
class Arrow(Tables, unittest.TestCase):
    def frame(self, columns):
        import pyarrow

        return pyarrow.table(columns)


@unittest.skipUnless(has("pyarrow"), "pyarrow is not installed")
class ArrowChunks(Tables, unittest.TestCase):
    def frame(self, columns):
        import pyarrow

        table = pyarrow.table(columns)
        return pyarrow.concat_tables([table.slice(0, 2), table.slice(2)])


@unittest.skipUnless(has("pandas", "pyarrow"), "pandas or pyarrow is not installed")
class PandasWithoutArrow(Pandas):
    """Where pyarrow cannot be imported the same is found, more slowly."""

    def setUp(self):
        self.modules = {
            name: module for name, module in sys.modules.items() if name.startswith("pyarrow")
        }
        for name in [*self.modules, "pyarrow"]:
            sys.modules[name] = None

    def tearDown(self):
        del sys.modules["pyarrow"]
        sys.modules.update(self.modules)

    def frame(self, columns):
        import pandas

        return pandas.DataFrame(columns).astype(
            {name: object for name, values in columns.items() if "Berlin" in values}
        )


if __name__ == "__main__":
    unittest.main()
