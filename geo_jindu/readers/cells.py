"""What every format ends as: a table of text cells, and a header that can be trusted."""

from collections.abc import Sequence
from datetime import date, datetime

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


def as_text(table: pd.DataFrame) -> pd.DataFrame:
    """Return every cell as the text a person would write; empty where there is none.

    Index = row in the file: the first data row is 2.
    """
    text = pd.DataFrame(
        {
            column: values if _is_text(values) else values.astype("object").map(_cell_text)
            for column, values in table.items()
        },
        dtype="str",
    ).fillna("")
    text.index = pd.RangeIndex(2, len(text) + 2, name="row")
    return text


def _is_text(values: pd.Series) -> bool:
    return isinstance(values.dtype, pd.StringDtype)


def _cell_text(value: object) -> str:
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
