"""One door for every format, and what it refuses."""

import io

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
from conftest import make_grid

from geo_jindu.errors import InputError
from geo_jindu.readers import LONGEST_CELL, read_table

TABLE = pd.DataFrame(
    {"代码": ["430421100", "430421101"], "名称": ["甲镇", "乙镇"], "人口": ["1000", ""]}
)


def read(path, columns=("代码", "名称"), **options):
    return read_table(path, list(columns), file=path.name, **options)


def problems(path, columns=("代码", "名称"), **options):
    with pytest.raises(InputError) as caught:
        read(path, columns, **options)
    return caught.value.problems


def keys(path, columns=("代码", "名称"), **options):
    return [problem.key for problem in problems(path, columns, **options)]


def csv_text(table=TABLE):
    return table.to_csv(index=False)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk"])
def test_csv_in_the_encodings_of_chinese_offices(tmp_path, encoding):
    path = tmp_path / "t.csv"
    path.write_bytes(csv_text().encode(encoding))
    table = read(path)
    assert table.index.tolist() == [2, 3]
    assert table["名称"].tolist() == ["甲镇", "乙镇"]


@pytest.mark.parametrize("suffix", [".xlsx", ".parquet", ".gpkg", ".geojson", ".csv"])
def test_every_format_gives_the_same_text(tmp_path, suffix):
    path = tmp_path / f"t{suffix}"
    shapes = make_grid().to_crs(4326).geometry.iloc[:2].to_numpy()
    write = {
        ".xlsx": lambda: TABLE.to_excel(path, index=False),
        ".parquet": lambda: TABLE.to_parquet(path),
        ".gpkg": lambda: gpd.GeoDataFrame(TABLE, geometry=shapes, crs=4326).to_file(path),
        ".geojson": lambda: gpd.GeoDataFrame(TABLE, geometry=shapes, crs=4326).to_file(path),
        ".csv": lambda: path.write_text(csv_text(), encoding="utf-8"),
    }
    write[suffix]()
    table = read(path, ("名称", "代码", "人口"))
    assert table.columns.drop("geometry", errors="ignore").tolist() == ["名称", "代码", "人口"]
    assert table["代码"].tolist() == ["430421100", "430421101"]
    assert table["人口"].tolist() == ["1000", ""]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_shapefile_attributes_without_a_cpg_file(tmp_path, encoding):
    path = tmp_path / "t.shp"
    shapes = make_grid().geometry.iloc[:2].to_numpy()
    frame = gpd.GeoDataFrame({"code": ["1", "2"], "name": ["甲镇", "乙镇"]}, geometry=shapes, crs=32658)
    frame.to_file(path, encoding=encoding)
    path.with_suffix(".cpg").unlink()
    assert read(path, ("code", "name"))["name"].tolist() == ["甲镇", "乙镇"]


def test_numbers_and_dates_of_a_sheet_become_the_text_a_person_would_write(tmp_path):
    path = tmp_path / "t.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["代码", "日期", "人数"])
    book.active.append([430421100, pd.Timestamp("2018-07-15").to_pydatetime(), 3.5])
    book.active.append([430421101.0, None, 3])
    book.active.append([None, None, None])
    book.save(path)
    table = read(path, ("代码", "日期", "人数"))
    assert table.to_numpy().tolist() == [["430421100", "2018-07-15", "3.5"], ["430421101", "", "3"]]


def test_formula_and_error_cells_are_refused_with_their_place(tmp_path):
    path = tmp_path / "t.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["代码", "人数"])
    book.active.append(["1", "=1+1"])
    book.active.append(["2", "#N/A"])
    book.active["B3"].data_type = "e"
    book.save(path)
    found = problems(path, ("代码", "人数"))
    assert [(each.key, each.row, each.field) for each in found] == [
        ("formula_cell", 2, "人数"),
        ("error_cell", 3, "人数"),
    ]


def test_the_sheet_must_exist(tmp_path):
    path = tmp_path / "t.xlsx"
    TABLE.to_excel(path, index=False, sheet_name="人口")
    assert len(read(path, sheet="人口")) == 2
    assert keys(path, sheet="案件") == ["sheet_missing"]


def test_a_file_of_several_layers_needs_one_named(tmp_path):
    path = tmp_path / "t.gpkg"
    frame = gpd.GeoDataFrame(TABLE, geometry=make_grid().geometry.iloc[:2].to_numpy(), crs=32658)
    frame.to_file(path, layer="a")
    frame.to_file(path, layer="b")
    assert keys(path) == ["layer_missing"]
    assert len(read(path, layer="b")) == 2


def test_missing_and_repeated_columns_are_all_named_at_once(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("代码,代码,名称\n1,2,甲\n", encoding="utf-8")
    found = problems(path, ("代码", "名称", "人口", "县"))
    assert [(each.key, each.field) for each in found] == [
        ("column_repeated", "代码"),
        ("column_missing", "人口"),
        ("column_missing", "县"),
    ]


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b"", "file_empty"),
        ("代码,名称\n".encode(), "no_rows"),
        ("代码,名称\n1,甲\n2\n".encode(), "ragged_row"),
        ("代码,名称\n1,甲\n2,乙,丙\n".encode(), "ragged_row"),
        ('代码,名称\n1,"甲\n2,乙\n'.encode(), "quote_not_closed"),
        (csv_text().encode("utf-16"), "utf16"),
        ("代码,名称\n1,甲镇\n".encode() + "2,乙镇衡阳\n".encode("gb18030"), "mixed_encodings"),
        ("代码,名称\n1,".encode("gb18030") + b"\xff\xff\xff\n", "unknown_encoding"),
        (("代码,名称\n1," + "甲" * 4_000_000 + "\n").encode(), "overlong_cell"),
    ],
)
def test_what_is_no_table_is_refused_by_name(tmp_path, content, key):
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    assert keys(path) == [key]


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("t.xlsx", "not_xlsx"),
        ("t.parquet", "not_parquet"),
        ("t.gpkg", "not_geographic"),
        ("t.geojson", "not_geographic"),
        ("t.shp", "not_geographic"),
        ("t.doc", "unknown_format"),
    ],
)
def test_files_that_are_not_what_their_ending_says(tmp_path, name, key):
    path = tmp_path / name
    path.write_bytes(b"this is something else\n")
    assert keys(path) == [key]


def test_a_missing_file_is_named(tmp_path):
    assert keys(tmp_path / "t.csv") == ["file_missing"]


def test_a_table_without_geometry_is_no_layer(tmp_path):
    path = tmp_path / "t.geojson"
    path.write_text('{"type":"FeatureCollection","features":[]}', encoding="utf-8")
    assert keys(path)[0] in {"column_missing", "no_rows"}


def test_errors_never_quote_a_cell(tmp_path):
    """A generated number of the form of a mobile number must not come back in any message."""
    secret = "1" + "3" * 10
    path = tmp_path / "t.csv"
    bodies = [f"1,{secret},x", f'1,"{secret}', f"1,{secret}" + "x" * LONGEST_CELL]
    for body in bodies:
        path.write_text(f"代码,名称\n{body}\n", encoding="utf-8")
        for problem in problems(path):
            assert secret not in problem.text("zh") + problem.text("en")


def test_reading_takes_only_the_columns_asked_for(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("代码,姓名,名称\n1,不读,甲\n", encoding="utf-8")
    assert "不读" not in read(path).to_csv()


def test_cells_that_look_missing_stay_text(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("代码,名称\nNA,null\n", encoding="utf-8")
    assert read(path).to_numpy().tolist() == [["NA", "null"]]


def test_the_reader_does_not_keep_the_file_open(tmp_path):
    path = tmp_path / "t.xlsx"
    TABLE.to_excel(path, index=False)
    read(path)
    path.write_bytes(io.BytesIO(path.read_bytes()).getvalue())
    path.unlink()
    assert not path.exists()
