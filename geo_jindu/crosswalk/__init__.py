"""Counts from one vintage to another: a unit is a code **and** a vintage.

A crosswalk says which unit became which, and which share of it each successor took. Counts that move
over it are conserved to the unit. So is the total of a county if all successors of its units lie in
it, and only then: a unit that went to another county takes its counts along.

Vintages are moved forward. What a merger joined cannot be told apart again from codes alone.
"""

from geo_jindu.crosswalk.fields import CrosswalkFields, UnitFields
from geo_jindu.crosswalk.moving import (
    Moved,
    find_estimated,
    find_without_parent,
    move_counts,
    move_series,
)
from geo_jindu.crosswalk.reading import read_crosswalk, read_units
from geo_jindu.crosswalk.steps import crosswalk_between
from geo_jindu.crosswalk.table import Change, Crosswalk, make_crosswalk
from geo_jindu.crosswalk.writing import crosswalk_csv, csv_fields

__all__ = [
    "Change",
    "Crosswalk",
    "CrosswalkFields",
    "Moved",
    "UnitFields",
    "crosswalk_between",
    "crosswalk_csv",
    "csv_fields",
    "find_estimated",
    "find_without_parent",
    "make_crosswalk",
    "move_counts",
    "move_series",
    "read_crosswalk",
    "read_units",
]
