"""The demonstration: the same bytes each time, fictional throughout, and through the door of real files."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from conftest import SHARED
from hypothesis import given, settings
from hypothesis import strategies as st
from pyogrio.errors import DataSourceError
from scipy.spatial import KDTree
from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError

from boundaries.fictional_vintages import make_fictional_vintages
from geo_jindu.cli.line import run_line
from geo_jindu.demo import write_demo
from geo_jindu.demo.allocation import allocate, allocate_by_group, deal, draw_by_group
from geo_jindu.errors import OutputError
from geo_jindu.provenance import Provenance
from geo_jindu.readers import read_table

BOUNDARIES, LAYERS = "乡镇边界.gpkg", ("区划2018", "区划2015")
FILES = {
    *(
        "人口_2015.csv",
        "人口_2018.csv",
        "全市指标.csv",
        "区划变更.csv",
        "区划单元.csv",
        "外流贩毒.xlsx",
        "抓获嫌疑人.csv",
    ),
    *(
        "挂牌名单.xlsx",
        "整治台账.csv",
        "污水厂服务范围.csv",
        "污水监测.csv",
        "涉毒案件.csv",
    ),
    *("满意度调查.csv", "社区戒毒康复.csv", BOUNDARIES),
}
TABLES = [(name, "") for name in sorted(FILES - {BOUNDARIES})] + [(BOUNDARIES, each) for each in LAYERS]
PROVINCES = """
北京 天津 河北 山西 内蒙古 辽宁 吉林 黑龙江 上海 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 广西 海南
重庆 四川 贵州 云南 西藏 陕西 甘肃 青海 宁夏 新疆 台湾 香港 澳门
"""
CITIES = "衡阳 耒阳 长沙 广州 深圳 东莞 佛山 惠州 昆明 大理 普洱 南宁 武汉 成都 杭州 南京"


@pytest.fixture(scope="module")
def vintages():
    return make_fictional_vintages()


@pytest.fixture(scope="module")
def demo(tmp_path_factory, vintages):
    directory = tmp_path_factory.mktemp("demo") / "workspace"
    write_demo(directory, *vintages)
    return directory


@pytest.fixture(scope="module")
def tables(demo):
    """Return every table by file and layer, as the text of its cells."""
    return {place: read_as_text(demo / "data" / place[0], place[1]) for place in TABLES}


def read_as_text(path, layer):
    if path.suffix == ".gpkg":
        return pd.DataFrame(gpd.read_file(path, layer=layer).drop(columns="geometry"))
    if path.suffix == ".xlsx":
        return pd.read_excel(path, dtype=str, keep_default_na=False)
    encoding = "gb18030" if path.name.startswith("人口") else "utf-8-sig"
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding=encoding)


def files_in(directory):
    paths = [path for path in directory.rglob("*") if path.is_file()]
    return {path.relative_to(directory): path.read_bytes() for path in paths}


def test_two_processes_write_the_same_bytes(tmp_path):
    surroundings = [
        {"PYTHONHASHSEED": "1", "TZ": "UTC", "LC_ALL": "C.UTF-8"},
        {"PYTHONHASHSEED": "2", "TZ": "Asia/Shanghai", "LC_ALL": "zh_CN.UTF-8"},
    ]
    for name, environment in zip(("one", "other"), surroundings, strict=True):
        command = [sys.executable, "-P", "-m", "geo_jindu", "demo", str(tmp_path / name)]
        subprocess.run(command, env=os.environ | environment, capture_output=True, check=True)
    one, other = files_in(tmp_path / "one"), files_in(tmp_path / "other")
    assert set(one) == {Path("geo_jindu.toml"), *(Path("data", name) for name in FILES)}
    assert [path for path in one if one[path] != other[path]] == []
    assert set(one) == set(other)


@pytest.mark.parametrize("place", TABLES)
def test_every_row_says_that_it_is_synthetic_and_where_it_comes_from(tables, place):
    table = tables[place]
    assert len(table)
    assert table["数据性质"].str.startswith("合成").all()
    assert set(table["依据"]) <= {"给定", "推算", "假定", "合成"}


@pytest.mark.parametrize("place", TABLES)
def test_headers_are_chinese(tables, place):
    assert all(re.fullmatch("[一-鿿（）]+", column) for column in tables[place].columns)


@pytest.mark.parametrize(("name", "layer"), TABLES)
def test_every_file_goes_through_the_door_of_real_files(demo, tables, name, layer):
    columns = list(tables[name, layer].columns)
    path = demo / "data" / name
    table = read_table(path, columns, provenance=Provenance.SYNTHETIC, file=name, layer=layer)
    assert len(table) == len(tables[name, layer])
    assert table["数据性质"].tolist() == tables[name, layer]["数据性质"].tolist()


def test_files_are_in_the_encodings_of_offices(demo):
    for path in (demo / "data").glob("*.csv"):
        content = path.read_bytes()
        if path.name.startswith("人口"):
            assert "乡镇代码" in content.decode("gb18030")
            with pytest.raises(UnicodeDecodeError):
                content.decode("utf-8")
        else:
            assert content.startswith(b"\xef\xbb\xbf")
            content.decode("utf-8")


@pytest.fixture(scope="module")
def points(tables):
    """Return the points of all incidents that have one, in metres."""
    incidents = tables["涉毒案件.csv", ""].query("经度 != ''")
    xy = incidents["经度"].astype(float), incidents["纬度"].astype(float)
    return gpd.GeoSeries.from_xy(*xy, index=incidents.index, crs=4326).to_crs(32658)


@pytest.fixture(scope="module")
def shapes(demo):
    """Return the polygons of the townships in metres, index = code."""
    layer = gpd.read_file(demo / "data" / BOUNDARIES, layer="区划2018")
    return layer.set_index("乡镇代码").geometry.to_crs(32658)


@pytest.fixture(scope="module")
def points_of(points, shapes):
    """Return the points in each township, as (n, 2), most first."""
    at, township = shapely.STRtree(shapes.to_numpy()).query(points.to_numpy(), predicate="intersects")
    xy = np.column_stack([points.x, points.y])
    found = {code: xy[at[township == place]] for place, code in enumerate(shapes.index)}
    return dict(sorted(found.items(), key=lambda item: -len(item[1])))


def test_incidents_lie_in_townships_but_for_six(points, shapes):
    whole = shapely.union_all(shapes.to_numpy())
    assert (~shapely.intersects(whole, points.to_numpy())).sum() == 6
    assert points.to_crs(4326).x.between(160, 172).all()
    assert points.to_crs(4326).y.between(21, 33).all()


def usual_distance(xy):
    """Return the median of the distances from each point to the nearest other."""
    return np.median(KDTree(xy).query(xy, 2)[0][:, 1])


def draw_evenly(shape, number, generator):
    drawn = generator.uniform(shape.bounds[:2], shape.bounds[2:], (60 * number, 2))
    inside = drawn[shapely.contains_xy(shape, drawn)][:number]
    assert len(inside) == number
    return inside


def test_incidents_are_nearer_to_each_other_than_chance_would_have_them(points_of, shapes):
    generator = np.random.default_rng(1)
    ratios = []
    for code, xy in list(points_of.items())[:10]:
        even = [usual_distance(draw_evenly(shapes[code], len(xy), generator)) for _ in range(20)]
        ratios.append(usual_distance(xy) / min(even))
    assert max(ratios) < 1
    assert np.mean(ratios) < 0.8


def test_incidents_are_not_spread_alike_over_townships(points_of):
    numbers = np.array([len(xy) for xy in points_of.values()])
    assert len(numbers) == 184
    assert numbers.var() > 5 * numbers.mean()


def test_dates_are_dates_and_nothing_is_solved_before_it_happened(tables):
    incidents = tables["涉毒案件.csv", ""]
    happened = pd.to_datetime(incidents["发案日期"].replace("不详", ""), format="%Y-%m-%d")
    solved = pd.to_datetime(incidents["破案日期"], format="%Y-%m-%d")
    assert (incidents["发案日期"] == "不详").sum() == happened.isna().sum() == 10
    assert happened.dropna().between("2016-01-01", "2018-12-31").all()
    assert (solved >= happened)[solved.notna()].all()
    assert solved.dropna().max() <= pd.Timestamp("2018-12-31")
    for table in tables.values():
        for column in [name for name in table if name.endswith("日期") or name == "整治期限"]:
            written = table[column].replace("不详", "")
            pd.to_datetime(written[written != ""], format="%Y-%m-%d")


NAME_COLUMNS = {"名称", "乡镇名称", "县名称", "原名称", "新名称", "污水处理厂", "主管单位"} | {
    f"{what}{kind}" for what in ("查获", "协作", "所在") for kind in "省市"
}


def fictional_names(tables):
    columns = [table[name] for table in tables.values() for name in NAME_COLUMNS & set(table)]
    return set(pd.concat(columns)) - {""}


def base(name):
    """Return a name without the word that says what kind of place it is."""
    return re.sub("(街道|地区|镇|乡|县|市|区|省)$", "", name)


@pytest.fixture(scope="module")
def real_names():
    """Return real names of townships, counties, cities and provinces."""
    hengyang, beijing = (SHARED / "data" / name for name in ("hengyang", "beijing"))
    if not (hengyang.is_dir() and beijing.is_dir()):
        pytest.skip("the real names (shared/data/hengyang and beijing) are not here")
    wanted = {"name", "old_name", "new_name", "county", "prefecture", "province", "Name"}
    found = [pd.read_csv(path, dtype=str) for path in hengyang.glob("*.csv")]
    found += [gpd.read_file(path) for path in (*hengyang.glob("*.geojson"), *beijing.glob("*.geojson"))]
    return set(pd.concat([each[name] for each in found for name in wanted & set(each)]).dropna())


def test_no_name_is_that_of_a_real_place(tables, real_names):
    names = fictional_names(tables)
    assert len(real_names) > 500
    assert {"甲01镇", "乙市", "天省", "天一市", "甲县污水处理厂", "丙25镇"} <= names
    assert names & real_names == set()
    assert {base(name) for name in names} & {base(name) for name in real_names} == set()
    long_bases = {base(name) for name in real_names if len(base(name)) > 1}
    assert [name for name in names if any(real in name for real in long_bases)] == []


def all_cells(tables):
    for place, table in tables.items():
        for column in table:
            for cell in table[column].unique():
                yield place, column, str(cell)


def test_no_province_or_big_city_is_named_in_any_cell(tables, demo):
    real = re.compile("|".join((PROVINCES + CITIES).split()))
    assert len(PROVINCES.split()) == 34
    assert [found for found in all_cells(tables) if real.search(found[2])] == []
    assert not real.search((demo / "geo_jindu.toml").read_text("utf-8"))


def test_no_cell_looks_like_a_number_that_belongs_to_a_person(tables):
    identity, mobile = r"(?<!\d)\d{17}[\dXx](?!\d)", r"(?<!\d)1[3-9]\d{9}(?!\d)"
    personal = re.compile(f"{identity}|{mobile}")
    assert personal.search("11010119900307123X")
    assert personal.search("电话13812345678")
    assert [found for found in all_cells(tables) if personal.search(found[2])] == []


def test_a_folder_with_content_is_left_alone(vintages, tmp_path):
    (tmp_path / "mine.txt").write_text("precious")
    for place in (tmp_path, tmp_path / "mine.txt"):
        with pytest.raises(OutputError, match="not empty"):
            write_demo(place, *vintages)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    assert (tmp_path / "mine.txt").read_text() == "precious"


def fail_at(call, function, error):
    """Return ``function`` that raises ``error`` when it is called for the given time."""
    calls = []

    def failing(*arguments, **options):
        calls.append(None)
        if len(calls) == call:
            raise error
        return function(*arguments, **options)

    return failing


FULL = OSError(28, "No space left on device")
FAILURES = {
    "a table": (pd.DataFrame, "to_csv", 5, FULL),
    "a sheet": (Workbook, "close", 1, FileCreateError(FULL)),
    "the second layer": (
        gpd.GeoDataFrame,
        "to_file",
        2,
        DataSourceError("Failed to commit transaction"),
    ),
    "the configuration": (Path, "write_text", 1, FULL),
    "the last move": (Path, "rename", 2, FULL),
}


@pytest.mark.parametrize("what", FAILURES)
@pytest.mark.parametrize("exists", [True, False])
def test_a_failing_write_leaves_nothing_behind(vintages, tmp_path, monkeypatch, what, exists):
    owner, name, call, error = FAILURES[what]
    directory = tmp_path / "demo"
    if exists:
        directory.mkdir()
    monkeypatch.setattr(owner, name, fail_at(call, getattr(owner, name), error))
    with pytest.raises(OutputError, match="cannot write"):
        write_demo(directory, *vintages)
    assert [path for path in tmp_path.rglob("*") if path != directory] == []


@pytest.fixture(scope="module")
def rows(demo, tmp_path_factory):
    """Return the rows of the demonstration by source, period and reason, and the township table."""
    directory = shutil.copytree(demo, tmp_path_factory.mktemp("run") / "demo")
    assessment, _ = run_line(directory)
    return assessment.joined.rows, assessment.table


def test_the_line_runs_on_it_and_its_flaws_have_their_reasons(rows):
    incidents = rows[0].query("source == 'incidents'").groupby("reason")["rows"].sum()
    assert incidents.to_dict() == {
        "": 6054,
        "no_coordinates": 170,
        "outside_all_townships": 6,
        "unreadable_date": 10,
    }
    people = rows[0].query("source in ['registered', 'residents']")
    assert people[["reason", "rows"]].to_numpy().tolist() == [["", 184], ["", 184]]


def test_what_cannot_be_placed_has_no_code(rows):
    suspects = rows[0].query("source == 'suspects'")
    by_reason = suspects.groupby("reason")["counted"].sum().to_dict()
    assert by_reason == {"": 2884 - 145, "no_code": 41 + 48 + 56}
    unplaced = suspects.query("reason == 'no_code'")
    by_year = unplaced.groupby(unplaced["period"].str[:4])["counted"].sum()
    assert by_year.to_dict() == {"2016": 41, "2017": 48, "2018": 56}


def test_all_outflow_has_a_home(rows):
    outflow = rows[0].query("source == 'outflow'")
    assert set(outflow["reason"]) == {""}
    by_year = outflow.groupby(outflow["period"].str[:4])["counted"].sum()
    assert by_year.to_dict() == {"2017": 1302, "2018": 466}
    assert rows[1]["outflow_persons"].sum() == 1302 + 466
    assert len(rows[1]) == 184


weights = st.lists(st.floats(0.01, 1e6), min_size=1, max_size=40).map(np.array)
seeds = st.integers(0, 2**32)


@settings(deadline=None)
@given(st.integers(0, 5000), weights)
def test_allocation_is_exact_and_off_by_less_than_one(total, weights):
    parts = allocate(total, weights)
    assert parts.sum() == total
    assert (np.abs(parts - total * weights / weights.sum()) < 1 + 1e-6).all()


@st.composite
def grouped(draw):
    groups = pd.Series(draw(st.lists(st.sampled_from("abcd"), min_size=1, max_size=40)))
    totals = {group: draw(st.integers(0, 500)) for group in groups.unique()}
    sizes = st.lists(st.floats(0.01, 1e6), min_size=len(groups), max_size=len(groups))
    return groups, totals, np.array(draw(sizes))


def sum_by_group(parts, groups):
    return pd.Series(parts).groupby(groups).sum().to_dict()


@settings(deadline=None)
@given(grouped())
def test_allocation_by_group_is_exact_in_each_group(drawn):
    groups, totals, weights = drawn
    parts = allocate_by_group(totals, weights, groups)
    assert sum_by_group(parts, groups) == totals
    for group, total in totals.items():
        mine = (groups == group).to_numpy()
        assert (parts[mine] == allocate(total, weights[mine])).all()


@settings(deadline=None)
@given(grouped(), seeds)
def test_what_is_drawn_by_group_is_whole_and_exact_in_each_group(drawn, seed):
    groups, totals, weights = drawn
    parts = draw_by_group(np.random.default_rng(seed), totals, weights, groups)
    assert sum_by_group(parts, groups) == totals
    assert parts.dtype == np.int64
    assert (parts >= 0).all()


@settings(deadline=None)
@given(st.integers(0, 500), weights, seeds)
def test_each_is_dealt_as_often_as_allocation_says(total, weights, seed):
    dealt = deal(np.random.default_rng(seed), total, weights)
    assert len(dealt) == total
    assert np.bincount(dealt, minlength=len(weights)).tolist() == allocate(total, weights).tolist()
