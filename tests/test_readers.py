"""One door for every format, and what it refuses."""

import datetime
import io
import random
import re
import warnings
import zipfile

import geopandas as gpd
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from conftest import make_grid
from screening_corpus import make_citizen_id, make_mobile

from boundaries.inspected_file import read_inspected_file
from geo_jindu.digests import digest_file
from geo_jindu.errors import InputError
from geo_jindu.provenance import Provenance
from geo_jindu.readers import LONGEST_CELL, read_parts, read_table

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
    path.write_text("代码,备注,名称,\n1,不读,甲,不读\n", encoding="utf-8")
    assert "不读" not in read(path).to_csv()
    [part] = read_parts(path, ["代码"], provenance=Provenance.REAL, file="t.csv")
    assert part.dropped == ("备注", "名称")
    assert part.done == 1.0


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


DRAW = random.Random(18)  # noqa: S311
PERSONAL = make_citizen_id(DRAW)
MOBILE = make_mobile(DRAW)


def planted(path, value=PERSONAL, column="备注"):
    """Write three rows with a personal text in the last row of a column that nobody asks for."""
    table = pd.DataFrame(
        {"代码": ["1", "2", "3"], column: ["", "无", value], "名称": ["甲", "乙", "丙"]}
    )
    points = shapely.points([0, 1, 2], [0, 1, 2])
    if path.suffix == ".csv":
        path.write_bytes(table.to_csv(index=False).encode("gb18030"))
    elif path.suffix == ".xlsx":
        table.to_excel(path, index=False)
    elif path.stem == "plain":
        table.to_parquet(path)
    elif path.suffix == ".parquet":
        gpd.GeoDataFrame(table, geometry=points, crs=4326).to_parquet(path)
    else:
        gpd.GeoDataFrame(table, geometry=points, crs=4326).to_file(path, encoding="utf-8")
    return path


FILES = ["t.csv", "t.xlsx", "plain.parquet", "t.parquet", "t.geojson", "t.gpkg", "t.shp"]


@pytest.mark.parametrize("name", FILES)
def test_personal_data_are_found_in_columns_that_nobody_asked_for(tmp_path, name):
    [problem] = problems(planted(tmp_path / name))
    assert (problem.key, problem.row, problem.field) == ("personal_in_cell", 4, "备注")
    assert PERSONAL not in problem.text("zh") + problem.text("en")
    assert len(read(tmp_path / name, exceptions=["备注"])) == 3


@pytest.mark.parametrize("name", FILES)
def test_personal_data_are_found_in_headers(tmp_path, name):
    path = planted(tmp_path / name, "某某", "姓名")
    [problem] = problems(path)
    assert problem.key == "personal_column"
    assert len(read(path, exceptions=["姓名"])) == 3


def test_personal_data_are_found_in_the_name_of_any_file(tmp_path):
    for name in (f"{MOBILE}.csv", f"{MOBILE}.doc", f"{MOBILE}.xlsx"):
        [problem] = problems(tmp_path / name)
        assert problem.key == "personal_in_file_name"
        assert MOBILE not in problem.text("zh")


@pytest.mark.parametrize("state", ["visible", "hidden", "veryHidden"])
def test_other_sheets_are_screened_hidden_or_not(tmp_path, state):
    path = tmp_path / "t.xlsx"
    book = openpyxl.Workbook()
    for row in (["代码", "名称"], ["1", "甲"]):
        book.active.append(row)
    other = book.create_sheet("底稿")
    other.sheet_state = state
    for row in [["序号"], [1], [], [2, None, int(MOBILE)]]:
        other.append(row)
    book.save(path)
    [problem] = problems(path, ("代码", "县"))
    assert (problem.key, problem.row) == ("personal_in_cell", 4)
    assert "底稿" in problem.file
    other["C4"], other["A1"] = None, "身份证号"
    book.save(path)
    assert keys(path) == ["personal_column"]
    other["A1"] = None
    other.title = MOBILE
    book.save(path)
    assert keys(path, sheet="案件") == ["personal_in_sheet_name"]
    other.title = "底稿"
    book.save(path)
    [part] = read_parts(path, ["代码"], provenance=Provenance.REAL, file="t.xlsx")
    assert (len(part.table), part.dropped, part.done) == (1, ("名称",), 1.0)


def test_the_names_of_all_layers_are_screened(tmp_path):
    path = tmp_path / "t.gpkg"
    frame = gpd.GeoDataFrame(TABLE, geometry=make_grid().geometry.iloc[:2].to_numpy(), crs=32658)
    frame.to_file(path, layer="a")
    frame.to_file(path, layer=f"t{MOBILE}")
    for layer in ("a", "", "b"):
        assert keys(path, layer=layer) == ["personal_in_sheet_name"]


def test_an_inspection_quotes_no_header_that_is_personal(tmp_path):
    """It names the columns it found where none looks like the codes."""
    path = tmp_path / "t.geojson"
    shapes = make_grid().to_crs(4326).geometry.iloc[:1].to_numpy()
    for header, key in (("编号一", "code_column_unknown"), (MOBILE, "personal_in_header")):
        gpd.GeoDataFrame({header: ["1"]}, geometry=shapes, crs=4326).to_file(path)
        with pytest.raises(InputError) as caught:
            read_inspected_file(path, {"code": "", "name": ""})
        assert [problem.key for problem in caught.value.problems] == [key]
        assert MOBILE not in str(caught.value)


def test_numbers_are_screened_with_all_their_digits(tmp_path):
    """A column of whole numbers with a gap must not become one of rounded fractions."""
    number = next(each for each in iter(lambda: make_citizen_id(DRAW), "") if each.isdigit())
    numbers = pd.array([None, int(number)], dtype="Int64")
    table = pd.DataFrame({"代码": ["1", "2"], "名称": ["甲", "乙"], "编号": numbers})
    points = shapely.points([0, 1], [0, 1])
    table.to_parquet(tmp_path / "t.parquet")
    gpd.GeoDataFrame(table, geometry=points, crs=4326).to_file(tmp_path / "t.gpkg")
    gpd.GeoDataFrame(table, geometry=points, crs=4326).to_file(tmp_path / "t.geojson")
    for name in ("t.parquet", "t.gpkg", "t.geojson"):
        assert [(each.key, each.row) for each in problems(tmp_path / name)] == [("personal_in_cell", 3)]
        read_number = read(tmp_path / name, ("编号",), exceptions=["编号"])["编号"]
        assert read_number.tolist() == ["", number]


def test_cells_without_a_header_and_under_a_repeated_one_are_screened(tmp_path):
    path = tmp_path / "t.csv"
    for header in ("代码,名称,", "代码,名称,备注,备注", "代码,名称,geometry", "代码,名称,无"):
        width = header.count(",") + 1
        for at in range(2, width):
            cells = ["1", "甲", *[""] * (width - 2)]
            cells[at] = PERSONAL
            path.write_text(f"{header}\n{','.join(cells)}\n", encoding="utf-8")
            assert keys(path) == ["personal_in_cell"]
    book = openpyxl.Workbook()
    for row in (["代码", "名称"], ["1", "甲", None, PERSONAL], ["2", "乙"]):
        book.active.append(row)
    book.save(tmp_path / "t.xlsx")
    assert keys(tmp_path / "t.xlsx") == ["personal_in_cell"]


@pytest.mark.parametrize(
    "text",
    [
        "代码,县,备注\n1,甲,{}\n",
        "代码,名称,备注\n1,甲\n2,乙,{}\n",
        "代码,名称,备注\n1," + "甲" * (LONGEST_CELL + 1) + ",{}\n",
        "代码,名称,数据性质\n1,甲,合成\n2,乙,{}\n",
        "1,甲,{}\n2,乙,丙\n",
    ],
    ids=["column_missing", "ragged_row", "overlong_cell", "row_is_synthetic", "no_header"],
)
def test_personal_data_are_said_before_anything_else(tmp_path, text, request):
    path = tmp_path / "t.csv"
    path.write_text(text.format(PERSONAL), encoding="utf-8")
    assert {key.startswith("personal_in_") for key in keys(path)} == {True}
    path.write_text(text.format("无"), encoding="utf-8")
    assert request.node.callspec.id in keys(path)


def test_no_warning_of_a_library_quotes_a_cell(tmp_path):
    """A day that is none makes openpyxl warn of it, with the number that stands there."""
    path = tmp_path / "t.xlsx"
    book = openpyxl.Workbook()
    for row in (["代码", "名称", "日期"], ["1", "甲", int(MOBILE)]):
        book.active.append(row)
    book.active["C2"].number_format = "yyyy-mm-dd"
    book.save(path)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        read(path)
        assert keys(path, ("代码", "日期")) == ["error_cell"]
    assert not [each for each in caught if MOBILE in str(each.message)]


def test_a_formula_over_several_cells_is_its_text(tmp_path):
    path = tmp_path / "t.xlsx"
    book = openpyxl.Workbook()
    for row in (["代码", "名称", "合计"], ["1", "甲", None]):
        book.active.append(row)
    book.active["C2"] = openpyxl.worksheet.formula.ArrayFormula("C2:C2", f'="{PERSONAL}"')
    book.save(path)
    assert keys(path) == ["personal_in_cell"]
    assert keys(path, ("代码", "合计"), exceptions=["合计"]) == ["formula_cell"]


def test_days_are_those_written_in_whatever_time_zone(tmp_path):
    path = tmp_path / "t.geojson"
    times = ["2018-07-15T02:00:00+08:00", "2018-07-16T23:00:00Z", "2018-07-17T01:00:00-05:00"]
    features = ",".join(
        f'{{"type":"Feature","properties":{{"日期":"{each}"}},"geometry":null}}' for each in times
    )
    path.write_text(f'{{"type":"FeatureCollection","features":[{features}]}}', encoding="utf-8")
    assert read(path, ("日期",))["日期"].tolist() == ["2018-07-15", "2018-07-16", "2018-07-17"]
    frame = pd.DataFrame({"日期": pd.to_datetime(times[:1]), "日": [datetime.date(2018, 7, 1)]})
    frame.to_parquet(tmp_path / "t.parquet")
    table = read(tmp_path / "t.parquet", ("日期", "日"))
    assert table.to_numpy().tolist() == [["2018-07-15", "2018-07-01"]]


def test_texts_in_another_encoding_than_the_file_says_are_no_texts(tmp_path):
    path = tmp_path / "t.shp"
    frame = gpd.GeoDataFrame({"name": ["甲镇"]}, geometry=shapely.points([0], [0]), crs=4326)
    frame.to_file(path, encoding="gb18030")
    path.with_suffix(".cpg").write_text("UTF-8")
    assert keys(path, ("name",)) == ["not_geographic"]
    text = pa.array(["甲镇".encode("gb18030")]).view(pa.string())
    pq.write_table(pa.table({"name": text}), tmp_path / "t.parquet")
    assert keys(tmp_path / "t.parquet", ("name",)) == ["not_parquet"]


def test_rows_deleted_from_a_shapefile_take_their_shape_along(tmp_path):
    """A row is deleted by a mark in the table; its shape stays in the other file."""
    path = tmp_path / "t.shp"
    points = shapely.points(range(10), range(10))
    gpd.GeoDataFrame({"code": range(10)}, geometry=points, crs=4326).to_file(path)
    content = bytearray(path.with_suffix(".dbf").read_bytes())
    start, width = (int.from_bytes(content[at : at + 2], "little") for at in (8, 10))
    for row in (1, 4):
        content[start + row * width] = ord("*")
    path.with_suffix(".dbf").write_bytes(content)
    table = read(path, ("code",))
    assert table["code"].tolist() == [str(row) for row in range(10) if row not in {1, 4}]
    assert table.geometry.x.astype(int).astype(str).tolist() == table["code"].tolist()


@pytest.mark.parametrize("batch", [1, 9])
def test_curves_are_drawn_as_lines_and_measures_left_away(tmp_path, monkeypatch, batch):
    monkeypatch.setattr("geo_jindu.readers.geographic_file._MOST_FEATURES", batch)
    path = tmp_path / "t.gpkg"
    curve = "CURVEPOLYGON(CIRCULARSTRING(0 0,1 1,2 0,1 -1,0 0))"
    shapes = [
        ("1", curve),
        ("2", "POLYGON ZM((0 0 1 2,1 0 1 2,1 1 1 2,0 0 1 2))"),
        ("3", "POINT M(1 2 3)"),
    ]
    rows = [f'{code},"{shape}"' for code, shape in shapes]
    (tmp_path / "t.csv").write_text("\n".join(["代码,WKT", *rows]), encoding="utf-8")
    wkb = pyogrio.read_arrow(tmp_path / "t.csv")[1].column("wkb_geometry").to_numpy()
    arrays = [pd.array([code for code, _ in shapes], dtype=object).to_numpy()]
    pyogrio.raw.write(path, wkb, arrays, ["代码"], geometry_type="Unknown", crs="EPSG:4326")
    table = read(path, ("代码",))
    assert table.geometry.iloc[0].area == pytest.approx(3.14, abs=0.01)
    assert not table.geometry.has_m.any()
    assert table.geometry.iloc[1].has_z
    assert table.geometry.iloc[2] == shapely.Point(1, 2)


@pytest.mark.parametrize("encoding", ["WKB", "geoarrow"])
def test_geometry_in_either_encoding_of_geoparquet_with_or_without_a_crs(tmp_path, encoding):
    path = tmp_path / "t.parquet"
    points = shapely.points([0, 1], [0, 1])
    for crs in ("EPSG:4508", None):
        frame = gpd.GeoDataFrame(TABLE, geometry=points, crs=crs).rename_geometry("place")
        frame.to_parquet(path, geometry_encoding=encoding)
        table = read(path)
        assert table.crs == crs
        assert table.geometry.tolist() == points.tolist()
        assert table.columns.tolist() == ["代码", "名称", "geometry"]
