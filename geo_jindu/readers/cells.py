"""What every format ends as: text cells, and a header that can be trusted."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import pandas as pd

from geo_jindu.errors import InputError, Problem
from geo_jindu.provenance import is_mark_column


def choose_columns(found: Sequence[str], wanted: Sequence[str], file: str) -> list[str]:
    """Return the columns to read: those wanted, and the mark of provenance if there is one.

    Raises
    ------
    InputError
        Unless each of them stands exactly once in ``found``. The names found are quoted only if
        one of them is wanted: otherwise the first row may be no header but somebody's data.
    """
    if wanted and not set(wanted) & set(found):
        values = {"wanted": ", ".join(wanted), "number": len(found)}
        raise InputError([Problem("no_header", file=file, row=1, values=values)])
    chosen = list(dict.fromkeys([*wanted, *filter(is_mark_column, found)]))
    problems = [
        Problem(
            "column_repeated" if column in found else "column_missing",
            file=file,
            field=column,
            values={"found": ", ".join(str(name)[:60] for name in list(found)[:40])},
        )
        for column in chosen
        if list(found).count(column) != 1
    ]
    if problems:
        raise InputError(problems)
    return chosen


def name_each_column(header: Sequence[str], number: int) -> list[str]:
    """Return a name for each of ``number`` columns: its own, or one with its place.

    That is for an empty or repeated name, and for ``geometry``, which would be taken for shapes.
    """
    names = [*header, *[""] * number][:number]
    times = Counter(names)
    return [
        name if times[name] == 1 and name not in {"", "geometry"} else f"{name} #{place}".strip()
        for place, name in enumerate(names, 1)
    ]


def as_text(columns: Sequence[Any], index: pd.Index) -> pd.DataFrame:
    """Return Arrow arrays as columns of text, numbered; empty where there is no value.

    Raises
    ------
    pyarrow.ArrowInvalid
        If a text is not UTF-8.
    """
    import pyarrow as pa

    if not columns:
        return pd.DataFrame(index=index)
    names = [str(position) for position in range(len(columns))]
    table = pa.table([_column_text(each) for each in columns], names)
    table.validate(full=True)
    text: pd.DataFrame = table.to_pandas().astype("str").set_axis(range(len(columns)), axis=1)
    return text.set_axis(index)


def _column_text(column: Any) -> Any:
    import pyarrow as pa

    if isinstance(column.type, pa.BaseExtensionType):
        column = column.storage
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    is_text = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
    if not is_text and not pa.types.is_integer(column.type):
        column = pa.array([cell_text(value) for value in column.to_pylist()], pa.large_string())
    return column.cast(pa.large_string()).fill_null("")


def cell_text(value: object) -> str:
    """Write a typed cell as a person would: 430421100 for 430421100.0, 2018-07-15 for a date."""
    if value is None or value is pd.NaT or value is pd.NA or value != value:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
