"""One door for every format, and what it refuses."""

import io
import re
import zipfile

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
from conftest import make_grid

from geo_jindu.digests import digest_file
from geo_jindu.errors import InputError
from geo_jindu.provenance import Provenance
from geo_jindu.readers import LONGEST_CELL, read_table

TABLE = pd.DataFrame(
    {"代码": ["430421100", "430421101"], "名称": ["甲镇", "乙镇"], "人口": ["1000", ""]}
)


def read(path, columns=("代码", "名称"), **options):
    return read_table(path, list(columns), provenance=Provenance.REAL, file=path.name, **options)


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
    """A text that stands for personal data must not come back in any message."""
    content = "somebody-s-cell"
    path = tmp_path / "t.csv"
    bodies = [f"1,{content},x", f'1,"{content}', f"1,{content}" + "x" * LONGEST_CELL]
    for body in bodies:
        path.write_text(f"代码,名称\n{body}\n", encoding="utf-8")
        for problem in problems(path):
            assert content not in problem.text("zh") + problem.text("en")


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


def test_a_file_without_header_is_not_quoted(tmp_path):
    """The first row may be somebody's data; a text stands for it."""
    content = "somebody-s-cell"
    path = tmp_path / "t.csv"
    path.write_text(f"1,某某,{content}\n2,某某,{content}\n", encoding="utf-8")
    [problem] = problems(path)
    assert problem.key == "no_header"
    assert content not in problem.text("zh") + problem.text("en")


def test_blank_rows_are_no_rows_and_do_not_shift_the_numbers(tmp_path):
    written = tmp_path / "t.csv"
    written.write_text("代码,名称,人口\n1,甲,5\n\n,,\n2,乙,6\n,,7\n", encoding="utf-8")
    sheet = tmp_path / "t.xlsx"
    book = openpyxl.Workbook()
    for row in (["代码", "名称", "人口"], ["1", "甲", 5], [], [], ["2", "乙", 6], [None, None, 7]):
        book.active.append(row)
    book.active.cell(20, 1).value = None
    book.save(sheet)
    for path in (written, sheet):
        table = read(path)
        assert table.index.tolist() == [2, 5, 6]
        assert table["代码"].tolist() == ["1", "2", ""]


def rewritten(path, name, change):
    """Rewrite one part of an XLSX file as another program might have written it."""
    with zipfile.ZipFile(path) as old:
        parts = {each: old.read(each) for each in old.namelist()}
    parts[name] = change(parts[name].decode()).encode()
    with zipfile.ZipFile(path, "w") as new:
        for each, content in parts.items():
            new.writestr(each, content)


def test_a_sheet_that_states_a_wrong_size_is_read_whole(tmp_path):
    path = tmp_path / "t.xlsx"
    TABLE.to_excel(path, index=False)
    rewritten(
        path,
        "xl/worksheets/sheet1.xml",
        lambda xml: re.sub(r'ref="A1:C3"', 'ref="A1:B2"', xml, count=1),
    )
    assert read(path, ("代码", "人口"))["代码"].tolist() == ["430421100", "430421101"]


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml"])
def test_a_damaged_sheet_is_no_traceback(tmp_path, part):
    path = tmp_path / "t.xlsx"
    TABLE.to_excel(path, index=False)
    rewritten(path, part, lambda xml: xml[: len(xml) // 2])
    assert keys(path) == ["not_xlsx"]


def test_a_hidden_sheet_is_not_the_first(tmp_path):
    path = tmp_path / "t.xlsx"
    book = openpyxl.Workbook()
    book.active.sheet_state = "hidden"
    shown = book.create_sheet("人口")
    for row in (["代码", "名称"], ["1", "甲"]):
        shown.append(row)
    book.save(path)
    assert len(read(path)) == 1


def test_parquet_whose_code_was_the_index(tmp_path):
    path = tmp_path / "t.parquet"
    TABLE.set_index("代码").to_parquet(path)
    assert read(path)["代码"].tolist() == ["430421100", "430421101"]
    shapes = make_grid().geometry.iloc[:2].to_numpy()
    gpd.GeoDataFrame(TABLE, geometry=shapes, crs=32658).set_index("代码").to_parquet(path)
    assert read(path)["代码"].tolist() == ["430421100", "430421101"]


def test_a_column_called_geometry_is_refused(tmp_path):
    path = tmp_path / "t.geojson"
    frame = gpd.GeoDataFrame(TABLE, geometry=make_grid().geometry.iloc[:2].to_numpy(), crs=32658)
    frame.to_crs(4326).to_file(path)
    text = path.read_text("utf-8").replace('"人口"', '"geometry"', 1)
    path.write_text(text, "utf-8")
    assert keys(path, ("代码", "geometry"))[0] in {"column_called_geometry", "column_missing"}


def test_a_header_alone_has_no_rows_with_or_without_a_line_end(tmp_path):
    path = tmp_path / "t.csv"
    for text in ("代码,名称", "代码,名称\n", "代码,名称\r\n\r\n"):
        path.write_bytes(text.encode())
        assert keys(path) == ["no_rows"]


def test_old_line_ends_and_nul_characters(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes("代码,名称\r1,甲\r2,乙\r".encode())
    assert read(path)["代码"].tolist() == ["1", "2"]
    path.write_bytes("代码,名称\n1,\0甲\n".encode())
    assert keys(path) == ["utf16"]


def test_endings_in_capitals_are_the_same_file(tmp_path):
    path = tmp_path / "T.SHP"
    shapes = make_grid().geometry.iloc[:2].to_numpy()
    frame = gpd.GeoDataFrame({"code": ["1", "2"], "name": ["甲镇", "乙镇"]}, geometry=shapes, crs=32658)
    digests = set()
    for names in (["甲镇", "乙镇"], ["甲镇", "丙镇"]):
        frame.assign(name=names).to_file(tmp_path / "T.shp", encoding="gb18030")
        (tmp_path / "T.cpg").unlink()
        for part in tmp_path.glob("T.*"):
            part.rename(part.with_suffix(part.suffix.upper()))
        assert read(path, ("code", "name"))["name"].tolist() == names
        digests.add(digest_file(path))
        for part in tmp_path.glob("T.*"):
            part.unlink()
    assert len(digests) == 2
