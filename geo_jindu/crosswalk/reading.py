"""Crosswalks and lists of units as offices write them, read whole or refused."""

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from geo_jindu.codes import normalise_code
from geo_jindu.crosswalk.checking import crosswalk_problems, unit_problems
from geo_jindu.crosswalk.fields import CrosswalkFields, UnitFields
from geo_jindu.crosswalk.table import Change, Crosswalk, is_whole, make_crosswalk, passes_nothing
from geo_jindu.errors import InputError
from geo_jindu.periods import parse_periods
from geo_jindu.provenance import Provenance
from geo_jindu.readers import read_table
from geo_jindu.texts import translate

SEVERAL = "|"
"""Stands between the successors of a unit that share one cell."""

_UNKNOWN_WEIGHTS = frozenset({"", "unknown", "未知", "不详"})
_OTHER_WORDS = {
    "dissolve_split": Change.DISSOLVE,
    "abolished_successor_unknown": Change.SUCCESSOR_UNKNOWN,
    "stat_only_dropped": Change.SUCCESSOR_UNKNOWN,
    "new_parent_unknown": Change.PARENT_UNKNOWN,
}


def read_crosswalk(
    path: Path, fields: CrosswalkFields, *, provenance: Provenance, file: str, sheet: str = ""
) -> Crosswalk:
    """Read what changed between vintages.

    A row without successor says that it is unknown, one without predecessor that the parent is. A
    unit with one successor passes to it whole if no weight is written; of several successors in one
    cell (``a|b``) the weights are unknown. A code reused, written with the same code on both sides and
    no weight, passes nothing. Shares of a divided unit are estimates unless the evidence says that
    they are an official count (官方统计数).

    Parameters
    ----------
    file
        The path as the configuration writes it, for messages.

    Raises
    ------
    InputError
        With everything wrong in the file: it cannot be read, a vintage is no date or the later one
        does not come later, a code has no name, a change is no word of `Change`, a weight is no number
        from 0 to 1, the weights of a unit do not add up to 1, a pair stands twice, or a code is of
        another provenance.
    """
    table = read_table(path, fields.named, provenance=provenance, file=file, sheet=sheet)
    rows = _with_weights(_one_row_per_successor(_crosswalk_rows(table, fields)))
    problems = crosswalk_problems(rows, fields, provenance, file)
    if problems:
        raise InputError(problems)
    return make_crosswalk(rows)


def read_units(
    path: Path, fields: UnitFields, *, provenance: Provenance, file: str, sheet: str = ""
) -> pd.DataFrame:
    """Read which units there were in each vintage.

    Returns
    -------
    DataFrame
        Index = row in the file; ``vintage`` (ISO date), ``code`` and ``name``.

    Raises
    ------
    InputError
        If the file cannot be read, a vintage is no date, a code or name is empty, a code stands twice
        in a vintage or is of another provenance.
    """
    table = read_table(path, fields.named, provenance=provenance, file=file, sheet=sheet)
    columns = {
        "vintage": _days(table[fields.vintage]),
        "code": normalise_code(table[fields.code]),
        "name": table[fields.name].str.strip(),
    }
    units = pd.DataFrame(columns)
    problems = unit_problems(units, table[fields.vintage], fields, provenance, file)
    if problems:
        raise InputError(problems)
    return units


def _crosswalk_rows(table: pd.DataFrame, fields: CrosswalkFields) -> pd.DataFrame:
    """Return what the file says, index = row in it, and what was written where that may be wrong."""
    empty = pd.Series("", index=table.index, dtype="str")
    columns = {
        "from_vintage": _days(table[fields.from_vintage]),
        "from_code": normalise_code(table[fields.from_code]),
        "from_name": table[fields.from_name].str.strip(),
        "to_vintage": _days(table[fields.to_vintage]),
        "to_code": normalise_code(table[fields.to_code]),
        "to_name": table[fields.to_name].str.replace("｜", SEVERAL).str.strip(),
        "word": _read_changes(table[fields.change]),
        "evidence": table[fields.evidence].str.strip() if fields.evidence else empty,
        "written_weight": table[fields.weight].str.strip() if fields.weight else empty,
        "written_from": table[fields.from_vintage],
        "written_to": table[fields.to_vintage],
    }
    return pd.DataFrame(columns)


def _one_row_per_successor(rows: pd.DataFrame) -> pd.DataFrame:
    columns = ["to_code", "to_name"]
    number, names = (rows[name].str.count(re.escape(SEVERAL)) for name in columns)
    is_list = (number > 0) & (number == names)
    lists = {name: rows[name].str.split(SEVERAL).where(is_list, rows[name]) for name in columns}
    exploded = rows.assign(**lists, shares_cell=is_list).explode(columns)
    exploded[columns] = exploded[columns].astype("str").apply(lambda texts: texts.str.strip())
    return exploded


def _with_weights(written: pd.DataFrame) -> pd.DataFrame:
    """Add ``change``, ``weight``, ``is_estimated`` and, where a weight says nothing, ``no_weight``."""
    rows = written.reset_index(names="row")
    rows["change"] = rows["word"].mask(rows["to_code"] == "", Change.SUCCESSOR_UNKNOWN.value)
    rows["change"] = rows["change"].mask(rows["from_code"] == "", Change.PARENT_UNKNOWN.value)
    rows["no_weight"] = rows["written_weight"].str.casefold().isin(_UNKNOWN_WEIGHTS)
    weight = pd.to_numeric(rows["written_weight"].str.normalize("NFKC"), errors="coerce")
    weight = weight.astype("float64").replace([np.inf, -np.inf], np.nan)
    weight = weight.mask((rows["from_code"] == "") | (rows["to_code"] == ""))
    reused = (rows["change"] == Change.CODE_REUSE.value) & (rows["from_code"] == rows["to_code"])
    rows["weight"] = weight.mask(reused & rows["no_weight"], 0.0)
    passing = rows[~passes_nothing(rows)]
    whole = is_whole(passing).reindex(rows.index, fill_value=False)
    rows["weight"] = rows["weight"].mask(whole & rows["no_weight"], 1.0)
    parted = rows.index.isin(passing.index) & ~whole & rows["weight"].notna()
    rows["is_estimated"] = parted & ~_is_official(rows["evidence"])
    return rows.set_index("row")


def _is_official(evidence: pd.Series) -> pd.Series:
    words = "|".join(translate("crosswalk.official_count", language) for language in ("zh", "en"))
    official: pd.Series = evidence.str.casefold().str.contains(words)
    return official


def _read_changes(written: pd.Series) -> pd.Series:
    """Return the change each row names, ``None`` if it is no known word; brackets say more about it."""
    word = written.str.normalize("NFKC").str.split("(").str[0].str.strip().str.casefold()
    found = word.map(_change_words()).astype(object)
    return found.where(found.notna(), None)


def _change_words() -> Mapping[str, str]:
    """Return the changes by the words an office may write: in Chinese, in English, or the value."""
    words = {word: change.value for word, change in _OTHER_WORDS.items()}
    for change in Change:
        written = (translate(f"crosswalk.{change}", "zh"), translate(f"crosswalk.{change}", "en"))
        words |= dict.fromkeys((*written, change.value), change.value)
    return words


def _days(written: pd.Series) -> pd.Series:
    """Return vintages as ISO dates; empty if one is no date to the day."""
    periods = parse_periods(written)
    days: pd.Series = periods["start"].dt.strftime("%Y-%m-%d")
    return days.where(periods["start"] == periods["end"], "")
