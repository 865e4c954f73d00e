"""Tables of pandas, polars and pyarrow, in the protocol's form: schema and first page, further pages on demand.

Each library has a source class with the same few members; sorting is the library's own, filtering goes over the
text that is shown. Nothing here changes the user's value.
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
        self._order = None
        self._order_of = (None, False, None)

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
        order = self._ordered(
            query.get("sort"), bool(query.get("descending")), query.get("filter") or None
        )
        positions = order[offset : offset + query.get("limit", FIRST_PAGE_ROWS)]
        return {"offset": offset, "rowCount": len(order), "rows": self._rows(positions)}

    def _rows(self, positions):
        columns = [
            self._source.values(column, positions) for column in range(len(self._source.columns))
        ]
        return [list(row) for row in zip(*columns)]

    def _ordered(self, sort, descending, text):
        """Positions of the rows that pass the filter, sorted; remembered while the user pages through them."""
        everything = range(self._source.row_count)
        if sort is None and text is None:
            return everything
        if self._order_of != (sort, descending, text):
            order = everything
            if sort is not None:
                if sort >= len(self._source.columns):
                    raise ValueError(f"The table has no column {sort}.")
                order = self._sorted(sort, descending)
            if text is not None:
                order = self._matching(order, text.lower())
            self._order = order
            self._order_of = (sort, descending, text)
        return self._order

    def _sorted(self, column, descending):
        try:
            return self._source.sorted(column, descending)
        except Exception:
            # Values of several types, or nested ones, have no order of their own: the order of what is shown.
            shown = self._source.values(column, range(self._source.row_count))
            present = [position for position, value in enumerate(shown) if value is not None]
            present.sort(key=lambda position: str(shown[position]), reverse=descending)
            return present + [position for position, value in enumerate(shown) if value is None]

    def _matching(self, order, text):
        matches = set()
        everything = range(self._source.row_count)
        for column in range(len(self._source.columns)):
            for position, value in enumerate(self._source.values(column, everything)):
                if value is not None and text in str(value).lower():
                    matches.add(position)
        return [position for position in order if position in matches]


class _PandasSource:
    def __init__(self, frame):
        self._pandas = sys.modules["pandas"]
        self._frame = frame
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
        if index:
            column["index"] = True
        self.columns.append(column)
        # pandas' own copy-on-write, and before it a shallow view: either way the rows shown are those of now.
        self._series.append(values)

    def values(self, column, positions):
        values = self._series[column]
        if isinstance(positions, range):
            part = (
                values[positions.start : positions.stop]
                if self.columns[column].get("index")
                else (values.iloc[positions.start : positions.stop])
            )
        else:
            part = values.take(positions)
        kind = self.columns[column]["type"]
        missing = part.isna()
        return [
            None if gone else shown(value, kind)
            for value, gone in zip(part.astype(object).tolist(), missing.tolist())
        ]

    def sorted(self, column, descending):
        series = self._pandas.Series(self._series[column]).reset_index(drop=True)
        ordered = series.sort_values(ascending=not descending, na_position="last", kind="stable")
        return ordered.index.tolist()

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
        self._frame = frame
        self.row_count, self.column_count = frame.shape
        self.columns = [
            {"name": name, "type": _polars_type(dtype), "dtype": str(dtype)}
            for name, dtype in list(zip(frame.columns, frame.dtypes))[:MAX_COLUMNS]
        ]

    def values(self, column, positions):
        series = self._frame.to_series(column)
        if isinstance(positions, range):
            series = series.slice(positions.start, len(positions))
        else:
            series = series.gather(list(positions))
        kind = self.columns[column]["type"]
        return [None if value is None else shown(value, kind) for value in series.to_list()]

    def sorted(self, column, descending):
        series = self._frame.to_series(column)
        return series.arg_sort(descending=descending, nulls_last=True).to_list()


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
            values = values.take(sys.modules["pyarrow"].array(positions, "int64"))
        kind = self.columns[column]["type"]
        return [None if value is None else shown(value, kind) for value in values.to_pylist()]

    def sorted(self, column, descending):
        import pyarrow.compute

        values = self._table.column(column)
        order = "descending" if descending else "ascending"
        positions = pyarrow.compute.array_sort_indices(
            values.combine_chunks() if hasattr(values, "combine_chunks") else values, order=order
        )
        return positions.to_pylist()


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


def _cut(text):
    return text if len(text) <= _MAX_CELL_LENGTH else text[:_MAX_CELL_LENGTH] + "…"


def _nested_or_other(values):
    first = next((value for value in values[:100] if value is not None), None)
    return "nested" if isinstance(first, (list, tuple, dict, set)) else "other"


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
