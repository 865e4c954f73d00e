"""Tables of pandas, polars and pyarrow, in the protocol's form: schema and first page, further pages on demand.

Each library has a source class with the same few members: sorting and searching are the library's own work, and
positions and matches are arrays of its own, handed back to it as they are. Nothing here changes the user's value.
"""

import sys

from .json_values import json_number

TABLE_MIME = "application/vnd.rnb.table+json"
FIRST_PAGE_ROWS = 100
MAX_COLUMNS = 500

_MAX_CELL_LENGTH = 1_000
_MAX_BINARY_SHOWN = 64
_KINDS = {
    "b": "boolean",
    "i": "integer",
    "u": "integer",
    "f": "number",
    "M": "datetime",
    "m": "duration",
}
# What pandas writes for a missing value in a column of NumPy's types, by their kind.
_MISSING = {"f": "NaN", "c": "NaN", "M": "NaT", "m": "NaT", "O": "None"}
# The characters of which the shown values of a type are made; a text with another is in none of them.
_CHARACTERS = {
    "boolean": set("truefals"),
    "integer": set("-0123456789"),
    "number": set("-+.0123456789einfinityna"),
    "datetime": set("-+:.0123456789t"),
    "date": set("-0123456789"),
}


def table_of(value):
    """A Table for a data frame, series or Arrow table; None for anything else."""
    library = type(value).__module__.partition(".")[0]
    module = sys.modules.get(library)
    if library == "pandas":
        if isinstance(value, module.DataFrame):
            return Table(_PandasSource(value))
        if isinstance(value, module.Series):
            name = 0 if value.name is None else value.name
            return Table(_PandasSource(value.to_frame(name)))
    elif library == "polars":
        if isinstance(value, module.DataFrame):
            return Table(_PolarsSource(value))
        if isinstance(value, module.Series):
            return Table(_PolarsSource(value.to_frame()))
    elif library == "pyarrow" and isinstance(value, (module.Table, module.RecordBatch)):
        return Table(_ArrowSource(value))
    return None


class Table:
    """One shown table, able to answer for any page of it."""

    def __init__(self, source):
        self._source = source
        # The last sorting and the last filtering of it, for the pages that follow and for a filter that grows.
        self._sorted = (None, None)
        self._filtered = (None, None)

    def content(self):
        """The content of the table MIME type."""
        return {
            "columns": self._source.columns,
            "rowCount": self._source.row_count,
            "columnCount": self._source.column_count,
            "rows": self._rows(range(min(FIRST_PAGE_ROWS, self._source.row_count))),
        }

    def page(self, query):
        """The TablePage for a TableQuery; raises ValueError for a column that does not exist."""
        offset = query.get("offset", 0)
        order = self._filter(
            query.get("sort"), bool(query.get("descending")), query.get("filter") or None
        )
        positions = order[offset : offset + query.get("limit", FIRST_PAGE_ROWS)]
        return {"offset": offset, "rowCount": len(order), "rows": self._rows(positions)}

    def _rows(self, positions):
        columns = [
            self._source.values(column, positions) for column in range(len(self._source.columns))
        ]
        return [list(row) for row in zip(*columns)]

    def _filter(self, sort, descending, text):
        """Positions of the rows that pass the filter, sorted, as the source has positions."""
        key = (sort, descending, text)
        if text is None:
            return self._sort(sort, descending)
        if self._filtered[0] != key:
            order = None if sort is None else self._sort(sort, descending)
            matches = self._source.no_matches()
            text = text.lower()
            for column, described in enumerate(self._source.columns):
                # The type of pandas' objects is a guess from the first of them: they may be anything.
                known = described.get("dtype") not in ("object", "category")
                # Readers see a blank where the value has its T.
                sought = text.replace(" ", "t") if described["type"] == "datetime" else text
                if not known or set(sought) <= _CHARACTERS.get(described["type"], set(sought)):
                    matches = matches | self._matches(column, sought)
            self._filtered = (key, self._source.positions(matches, order))
        return self._filtered[1]

    def _sort(self, column, descending):
        if column is None:
            return range(self._source.row_count)
        if column >= len(self._source.columns):
            raise ValueError(f"The table has no column {column}.")
        if self._sorted[0] != (column, descending):
            try:
                order = self._source.sorted(column, descending)
            except Exception:
                order = self._sorted_as_shown(column, descending)
            self._sorted = ((column, descending), order)
        return self._sorted[1]

    def _sorted_as_shown(self, column, descending):
        """Values of several types, or nested ones, have no order of their own: the order of what is shown."""
        shown = self._source.values(column, range(self._source.row_count))
        present = [at for at, value in enumerate(shown) if not _is_missing(value)]
        present.sort(key=lambda position: str(shown[position]), reverse=descending)
        missing = [at for at, value in enumerate(shown) if _is_missing(value)]
        return self._source.as_positions(present + missing)

    def _matches(self, column, text):
        try:
            return self._source.matches(column, text)
        except Exception:
            # What the library cannot write as text is searched as it is shown.
            shown = self._source.values(column, range(self._source.row_count))
            return self._source.as_matches(
                [not _is_missing(value) and text in str(value).lower() for value in shown]
            )


class _PandasSource:
    """Keeps a series of each column. From pandas 3 on, or with copy-on-write, these are what they were when shown,
    whatever becomes of the frame; before, a later page shows what a later cell has made of them.
    """

    def __init__(self, frame):
        self._pandas = sys.modules["pandas"]
        self._numpy = sys.modules["numpy"]
        self._series = []
        self.columns = []
        self.row_count = len(frame)
        index = frame.index
        default = isinstance(index, self._pandas.RangeIndex) and index.start == 0
        if not (default and index.step == 1 and index.name is None):
            for level in range(index.nlevels):
                values = index.get_level_values(level)
                self._add(values, "" if values.name is None else values.name, index=True)
        self.column_count = frame.shape[1]
        for column in range(min(self.column_count, MAX_COLUMNS)):
            name = frame.columns[column]
            if isinstance(name, tuple):
                name = " / ".join(str(part) for part in name)
            self._add(frame.iloc[:, column], name)

    def _add(self, values, name, index=False):
        column = {
            "name": str(name),
            "type": self._type(values),
            "dtype": str(values.dtype),
        }
        missing = _missing_in(values.dtype)
        if missing != "null":
            column["missing"] = missing
        if index:
            column["index"] = True
        self.columns.append(column)
        self._series.append(values)

    def values(self, column, positions):
        values = self._series[column].array
        if isinstance(positions, range):
            part = values[positions.start : positions.stop]
        else:
            part = values.take(positions)
        described = self.columns[column]
        kind = described["type"]
        missing = described.get("missing", "null")
        return [
            _missing(value, missing) if gone else shown(value, kind)
            for value, gone in zip(part.astype(object).tolist(), part.isna().tolist())
        ]

    def sorted(self, column, descending):
        values = self._series[column]
        if values.dtype == object:
            # Comparing objects one by one takes five times as long as a look at them as what they are.
            try:
                return _arrow_sorted(self._as_arrow(column), descending).to_numpy()
            except Exception:
                pass
        return values.array.argsort(ascending=not descending, kind="stable", na_position="last")

    def matches(self, column, text):
        found = _arrow_matches(self._as_arrow(column), text)
        return found.to_numpy(zero_copy_only=False)

    def no_matches(self):
        return self._numpy.zeros(self.row_count, bool)

    def as_matches(self, flags):
        return self._numpy.array(flags, bool)

    def as_positions(self, positions):
        return self._numpy.array(positions, "int64")

    def positions(self, matches, order):
        return matches.nonzero()[0] if order is None else order[matches[order]]

    def _as_arrow(self, column):
        import pyarrow

        values = pyarrow.array(self._pandas.Series(self._series[column]), from_pandas=True)
        return values.combine_chunks() if isinstance(values, pyarrow.ChunkedArray) else values

    def _type(self, values):
        dtype = values.dtype
        text = str(dtype)
        if text.startswith("datetime64"):
            return "datetime"
        kind = _KINDS.get(getattr(dtype, "kind", "O"))
        if kind is not None:
            return kind
        if text.startswith("category"):
            return self._type(
                values.cat.categories if hasattr(values, "cat") else values.categories
            )
        if text.startswith(("str", "large_string")):
            return "text"
        if text == "object":
            inferred = self._pandas.api.types.infer_dtype(values[:1000], skipna=True)
            return {
                "string": "text",
                "empty": "text",
                "boolean": "boolean",
                "integer": "integer",
                "floating": "number",
                "decimal": "number",
                "datetime": "datetime",
                "date": "date",
                "timedelta": "duration",
                "bytes": "binary",
            }.get(inferred, _nested_or_other(values))
        return "other"


class _PolarsSource:
    def __init__(self, frame):
        self._polars = sys.modules["polars"]
        # Shares the data until one of the two is changed in place.
        self._frame = frame.clone()
        self.row_count, self.column_count = frame.shape
        self.columns = [
            {"name": name, "type": _polars_type(dtype), "dtype": _polars_name(dtype)}
            for name, dtype in list(zip(frame.columns, frame.dtypes))[:MAX_COLUMNS]
        ]

    def values(self, column, positions):
        series = self._frame.to_series(column)
        if isinstance(positions, range):
            series = series.slice(positions.start, len(positions))
        else:
            series = series.gather(positions)
        kind = self.columns[column]["type"]
        return [None if value is None else shown(value, kind) for value in series.to_list()]

    def sorted(self, column, descending):
        return self._frame.to_series(column).arg_sort(descending=descending, nulls_last=True)

    def matches(self, column, text):
        series = self._frame.to_series(column)
        if self.columns[column]["type"] == "datetime":
            text = text.replace("t", " ")
        texts = series.cast(self._polars.String).str.to_lowercase()
        return texts.str.contains(text, literal=True).fill_null(False)

    def no_matches(self):
        return self.as_matches([False]).new_from_index(0, self.row_count)

    def as_matches(self, flags):
        return self._polars.Series(flags, dtype=self._polars.Boolean)

    def as_positions(self, positions):
        return self._polars.Series(positions, dtype=self._polars.UInt32)

    def positions(self, matches, order):
        return matches.arg_true() if order is None else order.filter(matches.gather(order))


class _ArrowSource:
    def __init__(self, table):
        self._table = table
        self.row_count = table.num_rows
        self.column_count = table.num_columns
        self.columns = [
            {"name": field.name, "type": _arrow_type(str(field.type)), "dtype": str(field.type)}
            for field in list(table.schema)[:MAX_COLUMNS]
        ]

    def values(self, column, positions):
        values = self._table.column(column)
        if isinstance(positions, range):
            values = values.slice(positions.start, len(positions))
        else:
            values = values.take(positions)
        kind = self.columns[column]["type"]
        return [None if value is None else shown(value, kind) for value in values.to_pylist()]

    def sorted(self, column, descending):
        return _arrow_sorted(self._whole(column), descending)

    def matches(self, column, text):
        return _Matches(_arrow_matches(self._whole(column), text))

    def no_matches(self):
        return self.as_matches([False] * self.row_count)

    def as_matches(self, flags):
        return _Matches(sys.modules["pyarrow"].array(flags, "bool"))

    def as_positions(self, positions):
        return sys.modules["pyarrow"].array(positions, "uint64")

    def positions(self, matches, order):
        import pyarrow.compute

        found = matches.array
        if order is None:
            return pyarrow.compute.indices_nonzero(found)
        return order.filter(found.take(order))

    def _whole(self, column):
        values = self._table.column(column)
        return values.combine_chunks() if hasattr(values, "chunks") else values


class _Matches:
    """An Arrow array of booleans with the one operator that arrays of the other libraries have."""

    def __init__(self, array):
        self.array = array

    def __or__(self, other):
        import pyarrow.compute

        return _Matches(pyarrow.compute.or_(self.array, other.array))


def _arrow_sorted(values, descending):
    import pyarrow.compute

    order = "descending" if descending else "ascending"
    return pyarrow.compute.array_sort_indices(values, order=order)


def _arrow_matches(values, text):
    """Which values have `text` in theirs, as an Arrow array; raises for types that Arrow cannot write as text."""
    import pyarrow
    import pyarrow.compute

    kind = values.type
    if pyarrow.types.is_timestamp(kind):
        text = text.replace("t", " ")
        if kind.tz is not None:
            raise NotImplementedError
    elif not (
        pyarrow.types.is_string(kind)
        or pyarrow.types.is_large_string(kind)
        or pyarrow.types.is_integer(kind)
        or pyarrow.types.is_floating(kind)
        or pyarrow.types.is_boolean(kind)
        or pyarrow.types.is_date32(kind)
        or pyarrow.types.is_dictionary(kind)
    ):
        raise NotImplementedError
    if not (pyarrow.types.is_string(kind) or pyarrow.types.is_large_string(kind)):
        values = values.cast("string")
    found = pyarrow.compute.match_substring(values, text, ignore_case=True)
    return found.fill_null(False)


def shown(value, kind):
    """A cell's value as a TableValue; missing values are the caller's business."""
    if isinstance(value, (bool, str)):
        return value if not isinstance(value, str) else _cut(value)
    if isinstance(value, (int, float)):
        return json_number(value)
    if kind == "boolean" and hasattr(value, "item"):
        return bool(value)
    if hasattr(value, "dtype") and getattr(value, "ndim", None) == 0:
        return shown(value.item(), kind)
    if isinstance(value, (bytes, bytearray, memoryview)):
        data = bytes(value)
        text = data[:_MAX_BINARY_SHOWN].hex()
        return text if len(data) <= _MAX_BINARY_SHOWN else f"{text}… ({len(data):,} bytes)"
    if hasattr(value, "isoformat"):
        return value.isoformat()
    try:
        return _cut(str(value))
    except Exception as error:
        return f"<{type(value).__name__} object; its str failed: {type(error).__name__}>"


def _is_missing(value):
    return value is None or isinstance(value, dict)


def _missing(value, usual):
    """A missing value of pandas as a TableValue; `usual` is how its column's are written."""
    text = _missing_text(value)
    return None if text == usual else {"missing": text}


def _missing_in(dtype):
    """How pandas writes a missing value of a column of this type."""
    try:
        own = dtype.na_value
    except AttributeError:
        return _MISSING.get(getattr(dtype, "kind", "O"), "null")
    return _missing_text(own)


def _missing_text(value):
    if value is None:
        return "None"
    # NA and NaT have names of their own; any other is a number: a float, one of NumPy's, a decimal.
    name = type(value).__name__
    return {"NAType": "<NA>", "NaTType": "NaT", "datetime64": "NaT", "timedelta64": "NaT"}.get(
        name, "NaN"
    )


def _cut(text):
    return text if len(text) <= _MAX_CELL_LENGTH else text[:_MAX_CELL_LENGTH] + "…"


def _nested_or_other(values):
    first = next((value for value in values[:100] if value is not None), None)
    return "nested" if isinstance(first, (list, tuple, dict, set)) else "other"


def _polars_name(dtype):
    """As polars writes it above its own tables (`datetime[μs]`), where it says."""
    try:
        return str(dtype._string_repr())
    except Exception:
        return str(dtype)


def _polars_type(dtype):
    name = str(dtype)
    for prefix, kind in (
        ("Int", "integer"),
        ("UInt", "integer"),
        ("Float", "number"),
        ("Decimal", "number"),
        ("Boolean", "boolean"),
        ("String", "text"),
        ("Utf8", "text"),
        ("Categorical", "text"),
        ("Enum", "text"),
        ("Datetime", "datetime"),
        ("Date", "date"),
        ("Duration", "duration"),
        ("Binary", "binary"),
        ("List", "nested"),
        ("Array", "nested"),
        ("Struct", "nested"),
    ):
        if name.startswith(prefix):
            return kind
    return "other"


def _arrow_type(name):
    for prefix, kind in (
        ("int", "integer"),
        ("uint", "integer"),
        ("float", "number"),
        ("double", "number"),
        ("halffloat", "number"),
        ("decimal", "number"),
        ("bool", "boolean"),
        ("string", "text"),
        ("large_string", "text"),
        ("dictionary", "text"),
        ("timestamp", "datetime"),
        ("date", "date"),
        ("duration", "duration"),
        ("binary", "binary"),
        ("large_binary", "binary"),
        ("fixed_size_binary", "binary"),
        ("list", "nested"),
        ("large_list", "nested"),
        ("struct", "nested"),
        ("map", "nested"),
    ):
        if name.startswith(prefix):
            return kind
    return "other"
