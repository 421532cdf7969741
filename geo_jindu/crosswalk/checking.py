"""What can be wrong in a crosswalk or a list of units, all of it at once, with row numbers."""

from collections.abc import Iterable

import pandas as pd

from geo_jindu.crosswalk.fields import CrosswalkFields, UnitFields
from geo_jindu.crosswalk.table import Change, passes_nothing
from geo_jindu.errors import Problem, problems_in_rows
from geo_jindu.provenance import FICTIONAL_PREFIX, Provenance

WEIGHT_TOLERANCE = 0.001
"""How far from 1 the weights of a unit may add up: three thirds with three digits do."""

_UNKNOWN_ENDS = {"to_code": Change.SUCCESSOR_UNKNOWN, "from_code": Change.PARENT_UNKNOWN}


def crosswalk_problems(
    rows: pd.DataFrame, fields: CrosswalkFields, provenance: Provenance, file: str
) -> list[Problem]:
    """Return everything wrong with the rows of a crosswalk.

    Parameters
    ----------
    rows
        Index = row in the file, repeated where a cell names several successors; see
        `geo_jindu.crosswalk.reading`.
    """
    problems = []
    for side, field in (("from", fields.from_vintage), ("to", fields.to_vintage)):
        written = rows[f"written_{side}"]
        problems += _no_dates(rows[f"{side}_vintage"], written, file, field)
    for side, code, name in (
        ("from", fields.from_code, fields.from_name),
        ("to", fields.to_code, fields.to_name),
    ):
        units = rows.rename(columns={f"{side}_code": "code", f"{side}_name": "name"})
        problems += _nameless(units, file, name) + _of_other_provenance(units, provenance, file, code)
    return [
        *problems,
        *_order_problems(rows, fields, file),
        *_change_problems(rows, fields, file),
        *_weight_problems(rows, fields, file),
        *_sum_problems(rows[~passes_nothing(rows)], fields, file),
    ]


def unit_problems(
    units: pd.DataFrame,
    written_vintages: pd.Series,
    fields: UnitFields,
    provenance: Provenance,
    file: str,
) -> list[Problem]:
    """Return everything wrong with a list of units; index = row in the file."""
    repeated = units.duplicated(["vintage", "code"], keep=False) & (units["code"] != "")
    return [
        *_no_dates(units["vintage"], written_vintages, file, fields.vintage),
        *problems_in_rows("code_empty", file, fields.code, _rows(units["code"] == "")),
        *_nameless(units, file, fields.name),
        *_about_codes("code_repeated", units[repeated], file, fields.code),
        *_of_other_provenance(units, provenance, file, fields.code),
    ]


def _rows(marked: pd.Series) -> Iterable[int]:
    return marked.index[marked].unique()


def _no_dates(days: pd.Series, written: pd.Series, file: str, field: str) -> list[Problem]:
    by_row = written[~written.index.duplicated()]
    rows = _rows(days == "")
    return problems_in_rows("vintage_no_date", file, field, rows, lambda row: {"vintage": by_row[row]})


def _about_codes(key: str, units: pd.DataFrame, file: str, field: str) -> list[Problem]:
    code = units["code"][~units.index.duplicated()]
    return problems_in_rows(key, file, field, code.index, lambda row: {"code": code[row]})


def _nameless(units: pd.DataFrame, file: str, field: str) -> list[Problem]:
    return _about_codes("name_empty", units[(units["code"] != "") & (units["name"] == "")], file, field)


def _of_other_provenance(
    units: pd.DataFrame, provenance: Provenance, file: str, field: str
) -> list[Problem]:
    fictional = units["code"].str.startswith(FICTIONAL_PREFIX)
    wrong = fictional if provenance is Provenance.REAL else ~fictional
    key = "real_must_not_be_99" if provenance is Provenance.REAL else "fictional_needs_99"
    return _about_codes(key, units[wrong & (units["code"] != "")], file, field)


def _order_problems(rows: pd.DataFrame, fields: CrosswalkFields, file: str) -> list[Problem]:
    known = (rows["from_vintage"] != "") & (rows["to_vintage"] != "")
    backward = known & (rows["from_vintage"] >= rows["to_vintage"])
    keys = ["from_vintage", "from_code", "to_vintage", "to_code"]
    repeated = rows.duplicated(keys, keep=False)
    return [
        *problems_in_rows("vintage_not_later", file, fields.to_vintage, _rows(backward)),
        *problems_in_rows("pair_repeated", file, fields.to_code, _rows(repeated)),
    ]


def _change_problems(rows: pd.DataFrame, fields: CrosswalkFields, file: str) -> list[Problem]:
    no_unit = (rows["from_code"] == "") & (rows["to_code"] == "")
    contradicted = pd.Series(data=False, index=rows.index)
    for column, change in _UNKNOWN_ENDS.items():
        contradicted |= (rows["word"] == change.value) & (rows[column] != "")
    lists = rows["to_code"].str.contains("|", regex=False)
    return [
        *problems_in_rows("code_empty", file, fields.from_code, _rows(no_unit)),
        *problems_in_rows("change_unknown", file, fields.change, _rows(rows["word"].isna())),
        *problems_in_rows("change_contradicted", file, fields.change, _rows(contradicted)),
        *problems_in_rows("codes_without_names", file, fields.to_name, _rows(lists)),
    ]


def _weight_problems(rows: pd.DataFrame, fields: CrosswalkFields, file: str) -> list[Problem]:
    has_successor = (rows["from_code"] != "") & (rows["to_code"] != "")
    written = has_successor & ~rows["no_weight"]
    outside = written & ~rows["weight"].between(0, 1) & rows["weight"].notna()
    together = written & rows["shares_cell"]
    return [
        *problems_in_rows("not_a_number", file, fields.weight, _rows(written & rows["weight"].isna())),
        *problems_in_rows("weight_outside", file, fields.weight, _rows(outside)),
        *problems_in_rows("weight_of_several", file, fields.weight, _rows(together)),
    ]


def _sum_problems(rows: pd.DataFrame, fields: CrosswalkFields, file: str) -> list[Problem]:
    """Return the units whose weights do not add up to 1, or with some unknown to more than that."""
    possible = rows["weight"].isna() | rows["weight"].between(0, 1)
    units = rows[(rows["from_code"] != "") & possible]
    keys = ["from_vintage", "from_code"]
    grouped = units.groupby(keys)["weight"]
    total, unknown = grouped.transform("sum"), grouped.transform("count") < grouped.transform("size")
    wrong = (total > 1 + WEIGHT_TOLERANCE) | (~unknown & (total < 1 - WEIGHT_TOLERANCE))
    said = pd.DataFrame(
        {"unit": units["from_code"] + " " + units["from_name"], "total": total.round(6)}
    )
    first = said[wrong & ~units.duplicated(keys)]

    def values(row: int) -> dict[str, object]:
        return {str(name): value for name, value in first.loc[row].items()}

    return problems_in_rows("weights_not_one", file, fields.weight, first.index, values)
