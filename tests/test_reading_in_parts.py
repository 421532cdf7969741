"""A file read part by part is the file read whole; what is wrong with it is said when it is met."""

from contextlib import ExitStack
from unittest.mock import patch

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from geo_jindu.errors import InputError
from geo_jindu.provenance import Provenance
from geo_jindu.readers import LONGEST_CELL, read_parts, read_table

FEW = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
FEWER = settings(FEW, max_examples=15)
COLUMNS = ["code", "name", "note"]
WORDS = ["甲", "乙镇", "a", "é", "㐂", "𠮷", " ", ",", '"', "\n", "1", "=", "；"]


@pytest.fixture(autouse=True)
def unscreened(monkeypatch):
    """Leave the screening away: `test_readers` has it, and in tiny parts it takes most of the time."""
    monkeypatch.setattr("geo_jindu.readers.find_personal", lambda *_: [])


def small(rows=3, size=1 << 20, block=1 << 20):
    """Make parts, and what is taken from a library at a time, small."""
    stack = ExitStack()
    for place, value in {
        "rows.PART_ROWS": rows,
        "rows.PART_BYTES": size,
        "csv_file.BLOCK_BYTES": block,
        "encodings.BLOCK": max(block // 3, 1),
        "xlsx_file._PIECE_ROWS": 2,
        "geographic_file._MOST_FEATURES": 2,
    }.items():
        stack.enter_context(patch(f"geo_jindu.readers.{place}", value))
    return stack


def parts_of(path, columns=COLUMNS):
    return read_parts(path, columns, provenance=Provenance.REAL, file=path.name)


def read(path, columns=COLUMNS):
    return read_table(path, columns, provenance=Provenance.REAL, file=path.name)


def problems(work, *given):
    with pytest.raises(InputError) as caught:
        work(*given)
    return [(each.key, each.row, each.field, dict(each.values)) for each in caught.value.problems]


def keys(path):
    return [key for key, *_ in problems(read, path)]


def csv_bytes(table, encoding="utf-8"):
    return table.to_csv(index=False, lineterminator="\n").encode(encoding)


def write(path, table, encoding="utf-8"):
    """Write a table in the format of the ending; geographic ones get a point for each row."""
    kind = path.suffix
    if kind == ".csv":
        path.write_bytes(csv_bytes(table, encoding))
    elif kind == ".xlsx":
        book = openpyxl.Workbook()
        for line in [list(table.columns), *table.to_numpy().tolist()]:
            book.active.append(line)
        for cell in (each for row in book.active.iter_rows() for each in row):
            cell.data_type = "s" if cell.value else "n"
        book.save(path)
    elif path.name == "plain.parquet":
        table.to_parquet(path)
    else:
        places = shapely.points(range(len(table)), range(len(table)))
        frame = gpd.GeoDataFrame(table, geometry=places, crs=4326)
        if kind == ".parquet":
            frame.to_parquet(path)
        else:
            frame.to_file(path, engine="pyogrio", use_arrow=True)
    return path


def tables(words=WORDS):
    cells = st.lists(st.sampled_from(words), max_size=4).map("".join)
    rows = st.lists(st.tuples(cells, cells, cells), min_size=1, max_size=14)
    return rows.map(lambda lines: pd.DataFrame(lines, columns=COLUMNS, dtype="str"))


def check_parts(path, expected, rows):
    """Read in parts and whole, and compare both with what was written; index = row in the file."""
    parts = list(parts_of(path))
    assert all(1 <= len(part.table) <= rows for part in parts)
    assert [part.done for part in parts] == sorted(part.done for part in parts)
    assert 0 <= parts[0].done <= parts[-1].done == 1.0
    together = pd.concat([part.table for part in parts])
    assert_frame_equal(pd.DataFrame(together)[COLUMNS], expected)
    whole = read(path)
    assert type(whole) is type(together)
    assert_frame_equal(pd.DataFrame(together), pd.DataFrame(whole))
    return parts


def without_blank(table):
    numbered = table.set_axis(pd.RangeIndex(2, len(table) + 2, name="row"))
    return numbered[(table != "").any(axis=1).to_numpy()]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@FEW
@given(tables(), st.integers(1, 6), st.integers(1, 300), st.integers(100, 400))
def test_parts_of_a_csv_together_are_the_file(tmp_path, encoding, table, rows, size, block):
    expected = without_blank(table)
    path = write(tmp_path / "t.csv", table, encoding)
    with small(rows, size, block):
        if expected.empty:
            assert keys(path) == ["no_rows"]
        else:
            check_parts(path, expected, rows)


@FEWER
@given(tables(), st.integers(1, 6), st.integers(1, 300))
def test_parts_of_a_sheet_together_are_the_sheet(tmp_path, table, rows, size):
    expected = without_blank(table)
    path = write(tmp_path / "t.xlsx", table)
    with small(rows, size):
        if expected.empty:
            assert keys(path) == ["no_rows"]
        else:
            check_parts(path, expected, rows)


@pytest.mark.parametrize("name", ["plain.parquet", "t.parquet", "t.gpkg", "t.geojson", "t.shp"])
@FEWER
@given(tables([word for word in WORDS if word.strip()]), st.integers(1, 6), st.integers(1, 300))
def test_parts_of_a_layer_together_are_the_layer(tmp_path_factory, name, table, rows, size):
    path = write(tmp_path_factory.mktemp("layer") / name, table)
    with small(rows, size):
        parts = check_parts(path, table.set_axis(pd.RangeIndex(2, len(table) + 2, name="row")), rows)
    if name != "plain.parquet":
        shapes = pd.concat([part.table for part in parts]).geometry
        assert shapes.x.tolist() == list(range(len(table)))
        assert shapes.crs == "EPSG:4326"


def test_a_part_keeps_to_its_limits_and_says_what_was_left_out(tmp_path):
    """Ten rows, cut after four; or joined from the rows of small blocks up to a number of bytes."""
    path = tmp_path / "t.csv"
    path.write_text("code,,name,note,code\n" + "1234,,abc,,5678\n" * 10, "utf-8")
    for limits, sizes in ({"rows": 4}, [4, 4, 2]), ({"rows": 99, "size": 150, "block": 48}, None):
        with small(**limits):
            parts = list(parts_of(path, ["name"]))
        assert sum(len(part.table) for part in parts) == 10
        assert len(parts) > 1
        assert sizes is None or [len(part.table) for part in parts] == sizes
        assert {part.dropped for part in parts} == {("code", "note")}
        assert parts[1].table.index[0] == parts[0].table.index[-1] + 1


def test_only_what_is_needed_is_read_ahead(tmp_path):
    """After the first part of a large file, most of it is still to be read."""
    path = tmp_path / "t.csv"
    path.write_text("code\n" + "12345\n" * 20_000, "utf-8")
    with small(rows=100, block=600):
        first = next(parts_of(path, ["code"]))
    assert 90 < len(first.table) <= 100  # whole blocks
    assert first.done < 0.05


FAULTS = {
    "ragged_row": ("9,9\n", "ragged_row", ""),
    "overlong_cell": (f"9,{'x' * (LONGEST_CELL + 1)},,\n", "overlong_cell", "name"),
    "row_is_synthetic": ("9,9,9,合成\n", "row_is_synthetic", "数据性质"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_said_when_its_part_is_read(tmp_path, name):
    row, key, field = FAULTS[name]
    path = tmp_path / "t.csv"
    path.write_text("code,name,note,数据性质\n" + "1,甲,,\n" * 10 + row + "1,甲,,\n" * 5, "utf-8")
    with small(rows=4):
        parts = parts_of(path)
        assert [len(next(parts).table) for _ in range(2)] == [4, 4]
        assert [each[:3] for each in problems(next, parts)] == [(key, 12, field)]
        assert [each[:3] for each in problems(read, path)] == [(key, 12, field)]
    assert [each[:3] for each in problems(read, path)] == [(key, 12, field)]


def test_a_formula_is_said_when_its_part_is_read_and_only_of_columns_that_are(tmp_path):
    path = tmp_path / "t.xlsx"
    book = openpyxl.Workbook()
    for line in [["code", "", "name"], *[["1", "=1+1", "甲"]] * 6, ["2", "", "=1+1"]]:
        book.active.append(line)
    book.save(path)
    with small(rows=3):
        parts = parts_of(path, ["code", "name"])
        assert [len(next(parts).table) for _ in range(2)] == [2, 2]  # pieces of two rows
        assert problems(next, parts) == [("formula_cell", 8, "name", {})]


def test_many_faults_in_a_part_are_counted(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("code,name\n" + "1\n" * 30 + "1,甲\n", "utf-8")
    with small(rows=99, block=40):
        found = problems(read, path, ["code", "name"])
    assert [each[1] for each in found[:20]] == list(range(2, 22))
    assert found[20][0] == "more_rows"
    assert found[20][3] == {"number": 10}


def test_faults_of_all_blocks_are_said(tmp_path):
    """Regular and irregular rows in turn, the last without a line end."""
    path = tmp_path / "t.csv"
    path.write_text("code,name\n" + "\n".join(["1,甲", "2"] * 8), "utf-8")
    with small(rows=99, block=30):
        found = problems(read, path, ["code", "name"])
    assert [each[:2] for each in found] == [("ragged_row", row) for row in range(3, 18, 2)]


def test_blank_blocks_are_no_part(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("code,name\n" + "\n" * 90 + "1,甲\n" + "\n" * 90 + "2,乙\n" + "\n" * 90, "utf-8")
    for size in 1, 99:
        with small(rows=99, size=size, block=30):
            parts = list(parts_of(path, ["code", "name"]))
        assert [row for part in parts for row in part.table.index] == [92, 183]
        assert parts[-1].done == 1.0


def test_irregular_and_blank_rows_do_not_shift_the_numbers(tmp_path):
    path = tmp_path / "t.csv"
    lines = ["1,甲", "", "   ", '"2\n","乙\n"', ",", " \t", "3,丙"]
    path.write_text("code,name\r\n" + "\r\n".join(lines) + "\r\n \r\n", "utf-8")
    for limits in {"rows": 1}, {"rows": 9, "block": 20}, {"rows": 9}:
        with small(**limits):
            table = read(path, ["code", "name"])
        assert table.index.tolist() == [2, 5, 8]
        assert table["code"].tolist() == ["1", "2\n", "3"]


def test_a_row_larger_than_a_block_is_read_up_to_the_largest_row(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("code,name\n" + "1,甲\n" * 30 + f"2,{'乙' * 300}\n" + "3,丙\n" * 30, "utf-8")
    with small(rows=9, block=64):
        table = read(path, ["code", "name"])
        assert table["code"].tolist() == ["1"] * 30 + ["2"] + ["3"] * 30
        assert table.index.tolist() == list(range(2, 63))
        for module in "csv_file", "encodings":
            with patch(f"geo_jindu.readers.{module}.LARGEST_ROW", 128):
                assert [key for key, *_ in problems(read, path, ["code", "name"])] == ["not_csv"]


LINES = ["1,甲镇", "2,é", "3,a", "", "乙镇衡阳", '"4","㐂"']


@settings(max_examples=100, deadline=None)
@given(st.data(), st.integers(1, 40), st.sampled_from(["\n", "\r\n"]))
def test_the_encoding_is_that_of_the_whole_file(tmp_path_factory, data, block, end):
    """Against the plain way, which has the file in memory: decode it, else decode its lines."""
    line = st.tuples(st.sampled_from(LINES), st.sampled_from(["utf-8", "gb18030"]))
    lines = [text.encode(name) for text, name in data.draw(st.lists(line, max_size=12))]
    tail = data.draw(st.sampled_from([b"", b"", b"\xff\xff\xff", b"1,\xe4\xb9", b"1,\x81"]))
    content = end.encode().join([b"code,name,note", *lines, tail])
    path = tmp_path_factory.mktemp("text") / "t.csv"
    path.write_bytes(content)
    with small(block=block):
        assert encoding_found(path) == encoding_expected(content)


def encoding_found(path):
    from geo_jindu.readers.encodings import find_encoding

    try:
        return find_encoding(path, "")
    except InputError as error:
        return [(each.key, each.row, dict(each.values)) for each in error.problems]


def encoding_expected(content):
    lines = content.split(b"\n")
    is_utf8 = [reads_as(line, "utf-8") for line in lines]
    chinese = [
        ok and any(each >= "\u2e80" for each in line.decode())
        for ok, line in zip(is_utf8, lines, strict=True)
    ]
    if all(is_utf8):
        return "utf-8-sig"
    if any(chinese):
        values = {"utf8_row": chinese.index(True) + 1, "other_row": is_utf8.index(False) + 1}
        return [("mixed_encodings", None, values)]
    wrong = [not reads_as(line, "gb18030") for line in lines]
    return [("unknown_encoding", wrong.index(True) + 1, {})] if any(wrong) else "gb18030"


def reads_as(line, encoding):
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def test_quotes_are_counted_over_the_whole_file(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("code,name\n" + "1,甲\n" * 50 + '2,"乙\n', "utf-8")
    with small(rows=4, block=30):
        assert [each[0] for each in problems(next, parts_of(path, ["code", "name"]))] == [
            "quote_not_closed"
        ]


def test_nothing_is_read_before_it_is_asked_for_and_the_file_is_closed(tmp_path):
    path = write(tmp_path / "t.csv", pd.DataFrame({"code": ["1"] * 9}))
    parts = parts_of(path, ["code"])
    with small(rows=2):
        next(parts)
        parts.close()
    path.unlink()
    assert [key for key, *_ in problems(next, parts_of(path, ["code"]))] == ["file_missing"]
