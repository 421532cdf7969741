"""A crosswalk computed from ground gives what is known to have happened to it."""

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from boundaries.crosswalk import Sliver, compute_crosswalk
from boundaries.fictional_vintages import EARLIER, LATER, METRIC_CRS, make_fictional_vintages
from geo_jindu.crosswalk import (
    crosswalk_between,
    crosswalk_csv,
    csv_fields,
    make_crosswalk,
    move_counts,
    read_crosswalk,
)
from geo_jindu.demo import write_demo
from geo_jindu.errors import InputError
from geo_jindu.provenance import Provenance

A, B, C, D = "990000101", "990000102", "990000103", "990000104"
STREET, TOWNSHIP = "990000001", "990000201"


def strip(*units, crs=METRIC_CRS, height=1):
    """Return townships in a row one km high, from ``(code, name, from km, to km)``.

    The earlier vintage of most tests::

        0         1         2         3         4         5         6 km
        +---------------------------------------+-------------------+
        |                A 甲镇                  |       B 乙镇       |
        +---------------------------------------+-------------------+
    """
    codes, names, starts, ends = zip(*units, strict=True)
    shapes = [
        shapely.box(500_000 + 1000 * start, 3_000_000, 500_000 + 1000 * end, 3_000_000 + 1000 * height)
        for start, end in zip(starts, ends, strict=True)
    ]
    return gpd.GeoDataFrame({"name": names}, index=list(codes), geometry=shapes, crs=METRIC_CRS).to_crs(
        crs
    )


def compute(earlier, later, **settings):
    return compute_crosswalk(
        earlier,
        later,
        ("2015-12-31", "2018-01-01"),
        measuring_crs=METRIC_CRS,
        language="en",
        **settings,
    )


def by_pair(crosswalk, column):
    keys = zip(crosswalk.frame["from_code"], crosswalk.frame["to_code"], strict=True)
    return dict(zip(keys, crosswalk.frame[column], strict=True))


EARLY = strip((A, "甲镇", 0, 4), (B, "乙镇", 4, 6))


def test_a_township_is_shared_by_area():
    """A keeps three of its four square kilometres, C takes one; B stays."""
    found = compute(EARLY, strip((A, "甲镇", 0, 3), (C, "丙镇", 3, 4), (B, "乙镇", 4, 6)))
    assert by_pair(found, "weight") == pytest.approx({(A, A): 0.75, (A, C): 0.25, (B, B): 1.0})
    assert by_pair(found, "change") == {(A, A): "split", (A, C): "split", (B, B): "unchanged"}
    assert by_pair(found, "is_estimated") == {(A, A): True, (A, C): True, (B, B): False}
    assert by_pair(found, "evidence")[A, C] == "by area"
    assert by_pair(found, "evidence")[B, B] == "by boundaries, whole"
    assert found.notes == ()
    moved = move_counts(pd.Series({A: 10, B: 5}), found)
    assert moved.values.to_dict() == {A: 8, B: 5, C: 2}
    assert moved.estimated.to_dict() == {A: True, B: False, C: True}


@pytest.mark.parametrize(
    ("later", "changes"),
    [
        ([(A, "甲镇", 0, 4), (B, "乙镇", 4, 6)], {(A, A): "unchanged", (B, B): "unchanged"}),
        ([(A, "甲镇", 0, 4), (B, "丙镇", 4, 6)], {(A, A): "unchanged", (B, B): "rename"}),
        ([(A, "甲镇", 0, 4), (C, "乙镇", 4, 6)], {(A, A): "unchanged", (B, C): "recode"}),
        ([(A, "甲镇", 0, 4), ("99-B", "乙镇", 4, 6)], {(A, A): "unchanged", (B, "99-B"): "recode"}),
        (
            [(A, "甲镇", 0, 4), (STREET, "乙街道", 4, 6)],
            {(A, A): "unchanged", (B, STREET): "class_change"},
        ),
        ([(A, "甲镇", 0, 6)], {(A, A): "merge", (B, A): "merge"}),
        (
            [(A, "甲镇", 0, 4), (B, "乙镇", 4, 5), (C, "丙镇", 5, 6)],
            {(A, A): "unchanged", (B, B): "split", (B, C): "split"},
        ),
        (
            [(A, "甲镇", 0, 4), (C, "丙镇", 4, 5), (D, "丁镇", 5, 6)],
            {(A, A): "unchanged", (B, C): "dissolve", (B, D): "dissolve"},
        ),
        ([(B, "甲镇", 0, 4), (C, "乙镇", 4, 6)], {(A, B): "code_reuse", (B, C): "code_reuse"}),
        ([(B, "甲镇", 0, 4), (A, "乙镇", 4, 6)], {(A, B): "code_reuse", (B, A): "code_reuse"}),
        ([(A, "甲镇", 0, 3), (B, "乙镇", 3, 6)], {(A, A): "split", (A, B): "split", (B, B): "merge"}),
    ],
    ids=[
        "unchanged",
        "rename",
        "recode",
        "code_without_class",
        "class_change",
        "merge",
        "split",
        "dissolve",
        "code_reuse",
        "exchange",
        "border",
    ],
)
def test_changes_follow_from_code_name_and_ground(later, changes):
    assert by_pair(compute(EARLY, strip(*later)), "change") == changes


def test_neither_crs_nor_order_of_rows_matters():
    later = strip((A, "甲镇", 0, 3), (C, "丙镇", 3, 4), (B, "乙镇", 4, 6))
    straight = compute(EARLY, later)
    other = compute(EARLY.to_crs(4326).iloc[::-1], later.to_crs(32659).iloc[::-1])
    assert by_pair(other, "change") == by_pair(straight, "change")
    assert by_pair(other, "weight") == pytest.approx(by_pair(straight, "weight"), abs=1e-6)


def points_at(*kilometres):
    return gpd.GeoSeries(
        gpd.points_from_xy([500_000 + 1000 * at for at in kilometres], [3_000_500] * len(kilometres)),
        crs=METRIC_CRS,
    )


def test_points_share_a_township_where_there_are_any():
    """One village of A stands on what it keeps, four on what C takes; B has none, so area counts."""
    later = strip((A, "甲镇", 0, 3), (C, "丙镇", 3, 4), (B, "乙镇", 4, 5), (D, "丁镇", 5, 6))
    points = points_at(1, 3.2, 3.4, 3.6, 3.8, 9).to_crs(4326)
    found = compute(EARLY, later, points=points)
    weights = {(A, A): 0.2, (A, C): 0.8, (B, B): 0.5, (B, D): 0.5}
    assert by_pair(found, "weight") == pytest.approx(weights)
    assert by_pair(found, "evidence") == {
        (A, A): "by persons at points",
        (A, C): "by persons at points",
        (B, B): "by area (no points)",
        (B, D): "by area (no points)",
    }
    assert [(note.key, note.values["number"]) for note in found.notes] == [("points_outside", 1)]


def test_persons_at_points_count_and_empty_ground_gets_nothing():
    later = strip((A, "甲镇", 0, 2), (C, "丙镇", 2, 3), (D, "丁镇", 3, 4), (B, "乙镇", 4, 6))
    found = compute(EARLY, later, points=points_at(1, 2.5), persons=pd.Series([300, 100]))
    assert by_pair(found, "weight") == {(A, A): 0.75, (A, C): 0.25, (A, D): 0.0, (B, B): 1.0}
    moved = move_counts(pd.Series({A: 4}), found)
    assert moved.values.to_dict() == {A: 3, B: 0, C: 1, D: 0}
    assert moved.estimated[D], "that nobody lives there is an estimate too"


def test_persons_that_are_not_known_are_refused():
    with pytest.raises(InputError, match="at 2 points are unknown"):
        compute(EARLY, EARLY, points=points_at(1, 2, 3), persons=pd.Series([1, -1, None]))


def test_slivers_are_left_out_and_reported():
    """The border is drawn two metres farther on; 0.002 km² of A seem to be B's."""
    later = strip((A, "甲镇", 0, 3.998), (B, "乙镇", 3.998, 6))
    found = compute(EARLY, later)
    assert by_pair(found, "weight") == {(A, A): 1.0, (B, B): 1.0}
    assert not found.frame["is_estimated"].any()
    assert [(note.key, note.values) for note in found.notes] == [
        ("slivers_left_out", {"number": 1, "area": "0.002"})
    ]
    kept = compute(EARLY, later, sliver=Sliver(share=0.0001, km2=0.1))
    assert by_pair(kept, "weight")[A, B] == pytest.approx(0.0005)


def test_much_ground_is_no_sliver_however_small_its_share():
    """Of townships a hundred kilometres high, two metres of border are 0.2 km² and 0.05 %."""
    earlier = strip((A, "甲镇", 0, 4), (B, "乙镇", 4, 8), height=100)
    later = strip((A, "甲镇", 0, 3.998), (B, "乙镇", 3.998, 8), height=100)
    assert by_pair(compute(earlier, later), "weight")[A, B] == pytest.approx(0.0005)


def test_a_small_unit_taken_from_a_large_one_is_no_sliver():
    """A street of 0.02 km² is 0.04 % of the township it was taken from, and all of itself."""
    earlier = strip((A, "甲镇", 0, 50))
    later = strip((A, "甲镇", 0, 49.98), (STREET, "丙街道", 49.98, 50))
    assert by_pair(compute(earlier, later), "weight")[A, STREET] == pytest.approx(0.0004)


def test_ground_outside_the_later_vintage_is_reported_and_too_much_refused():
    found = compute(EARLY, strip((A, "甲镇", 0.1, 4), (B, "乙镇", 4, 6)))
    assert [(note.key, note.values) for note in found.notes] == [
        ("ground_lost", {"number": 1, "area": "0.100"})
    ]
    with pytest.raises(InputError, match=rf"5%.*{A} 甲镇 \(25.0%\), {B} 乙镇 \(50.0%\)"):
        compute(EARLY, strip((A, "甲镇", 1, 4), (B, "乙镇", 4, 5)))


def test_new_ground_has_an_unknown_parent():
    found = compute(EARLY, strip((A, "甲镇", 0, 4), (B, "乙镇", 4, 6), (C, "丙镇", 6, 8)))
    assert by_pair(found, "change")["", C] == "parent_unknown"
    assert [(note.key, note.values) for note in found.notes] == [
        ("ground_gained", {"number": 1, "area": "2.000"})
    ]
    moved = move_counts(pd.Series({A: 1, B: 2}), found)
    assert moved.values.to_dict() == {A: 1, B: 2}
    assert moved.without_parent == (C,)


def test_fictional_ground_is_not_compared_with_real():
    real = gpd.GeoDataFrame(
        {"name": ["甲镇"]}, index=["430408101"], geometry=[shapely.box(112, 26, 113, 27)], crs=4326
    )
    with pytest.raises(InputError, match="without exception"):
        compute(EARLY, real)


# the two vintages of the fictional prefecture


@pytest.fixture(scope="module")
def vintages():
    return make_fictional_vintages()


@pytest.fixture(scope="module")
def computed(vintages):
    earlier, later = (frame.set_index("code") for frame in (vintages.earlier, vintages.townships))
    return compute_crosswalk(earlier, later, (EARLIER, LATER), measuring_crs=METRIC_CRS, language="zh")


@pytest.fixture(scope="module")
def demo(tmp_path_factory, vintages):
    folder = tmp_path_factory.mktemp("crosswalk") / "demo"
    write_demo(folder, vintages.townships, vintages.earlier, vintages.crosswalk)
    return folder / "data"


def test_computed_shares_are_those_the_vintages_were_made_with(vintages, computed):
    made = vintages.crosswalk
    shares = made["area_km2"] / made.groupby("from_code")["area_km2"].transform("sum")
    assert computed.frame["weight"].to_numpy() == pytest.approx(shares.to_numpy(), abs=1e-6)
    columns = ["from_vintage", "from_code", "from_name", "to_vintage", "to_code", "to_name", "change"]
    assert computed.frame[columns].to_numpy().tolist() == made[columns].to_numpy().tolist()
    assert computed.frame.loc[computed.frame["is_estimated"], "change"].tolist() == ["split"] * 2
    assert computed.notes == ()


def test_a_computed_crosswalk_is_written_and_read_back_equal(computed, tmp_path):
    path = tmp_path / "computed.csv"
    path.write_bytes(crosswalk_csv(computed))
    again = read_crosswalk(path, csv_fields(), provenance=Provenance.SYNTHETIC, file="computed.csv")
    pd.testing.assert_frame_equal(again.frame, computed.frame)
    with pytest.raises(InputError):
        read_crosswalk(path, csv_fields(), provenance=Provenance.REAL, file="computed.csv")


def test_reused_codes_are_carried_to_the_right_places(computed):
    """丁01镇 has 990400100 now; its code went to 丁21镇, which had 990400121."""
    moved = move_counts(pd.Series({"990400120": 5, "990400121": 3}), computed)
    assert moved.values[moved.values > 0].to_dict() == {"990400100": 5, "990400120": 3}


def test_borders_drawn_ten_metres_rougher_change_nothing(vintages, computed):
    earlier, later = (frame.set_index("code") for frame in (vintages.earlier, vintages.townships))
    rough = later.set_geometry(later.geometry.transform(lambda xy: xy.round(4)).make_valid())
    found = compute_crosswalk(
        earlier,
        rough,
        (EARLIER, LATER),
        measuring_crs=METRIC_CRS,
        language="zh",
        sliver=Sliver(share=0.01, km2=0.1),
    )
    assert by_pair(found, "change") == by_pair(computed, "change")
    assert by_pair(found, "weight") == pytest.approx(by_pair(computed, "weight"), abs=1e-3)
    assert {note.key for note in found.notes} == {"ground_lost", "ground_gained", "slivers_left_out"}


def test_the_demonstrations_own_crosswalk_is_read_and_applied(demo):
    changes = read_crosswalk(
        demo / "区划变更.csv", csv_fields(), provenance=Provenance.SYNTHETIC, file="区划变更.csv"
    )
    assert changes.frame["is_estimated"].tolist() == [True, True, False, False, False, False, False]
    then, now = (
        pd.read_csv(demo / f"人口_{year}.csv", encoding="gb18030", dtype={"乡镇代码": str})
        for year in (2015, 2018)
    )
    columns = {"区划版本": "vintage", "乡镇代码": "code", "乡镇名称": "name"}
    units = pd.concat([then, now])[list(columns)].rename(columns=columns)
    persons = then.set_index("乡镇代码")["户籍人口"]
    moved = move_counts(persons, crosswalk_between(changes, units, EARLIER, LATER))
    assert moved.vintage == LATER
    assert moved.values.index.tolist() == sorted(now["乡镇代码"])
    assert moved.without_parent == ()
    by_county = [counts.groupby(counts.index.str[:4]).sum() for counts in (persons, moved.values)]
    assert by_county[0].tolist() == by_county[1].tolist()
    assert moved.values["990300110"] == persons["990300110"] + persons["990300117"]
    assert moved.values["990500100"] == persons["990500114"]
    assert moved.values["990400100"] == persons["990400120"]
    assert moved.values["990400120"] == persons["990400121"]
    divided = persons["990200102"]
    assert moved.values["990200102"] == round(0.3569 * divided)
    assert moved.values[["990200102", "990200112"]].sum() == divided
    assert list(moved.estimated.index[moved.estimated]) == ["990200102", "990200112"]


def test_a_wrong_crosswalk_of_the_demonstration_is_refused(computed):
    units = pd.DataFrame(
        {
            "vintage": [EARLIER, LATER],
            "code": ["990200102", "990200102"],
            "name": ["乙09镇", "乙09镇"],
        }
    )
    rows = computed.frame[computed.frame["from_code"] == "990200102"]
    with pytest.raises(InputError, match="990200112 乙19镇"):
        crosswalk_between(make_crosswalk(rows), units, EARLIER, LATER)
