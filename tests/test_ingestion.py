"""Batches: the same file again, overlaps, replacing, and what was known when; on both databases."""

from datetime import date
from pathlib import Path

import orjson
import pandas as pd
import pytest
from conftest import CONFIGURATION, COUNTS, incident_rows, make_grid, population_rows
from sqlalchemy import text

from geo_jindu.cli import main
from geo_jindu.cli.ingesting import ingest_file
from geo_jindu.cli.line import read_recorded, run_line
from geo_jindu.counts import add_counts
from geo_jindu.errors import InputError, StoreError
from geo_jindu.store import open_store
from geo_jindu.store.in_force import counts_in_force
from geo_jindu.tiers import Tier
from geo_jindu.workspace import read_workspace


def ingest(directory, source="incidents", file=None, *, replaces=False):
    ingest_file(directory, source, file, replaces=replaces, role=Tier.PLANNER)


def keys(call, *arguments, **named):
    with pytest.raises(InputError) as caught:
        call(*arguments, **named)
    return [problem.key for problem in caught.value.problems]


def batches(directory, source="incidents"):
    return read_recorded(directory, read_workspace(directory)).get(source, [])


def counted(directory, source="incidents"):
    """Return the counts in force by code."""
    observations = counts_in_force(batches(directory, source)).observations
    return observations.groupby("code")["value"].sum().to_dict()


def rows(*months, code="990000101", year=2018):
    """Return the header of incidents and one row in the middle of a township for each month."""
    middle = make_grid().geometry.centroid.to_crs(4326)[code]
    lines = [f"{year}-{month:02d},{middle.x:.7f},{middle.y:.7f}" for month in months]
    return "\n".join(["date,lon,lat", *lines, ""])


def write(directory, name, content):
    path = directory / name
    path.write_text(content, "utf-8")
    return path


def test_a_batch_holds_counts_and_no_row(database, make_workspace):
    directory = make_workspace(incidents=incident_rows() + "nonsense,165.005,27.125\n2018-01,,\n")
    ingest(directory)
    [batch] = batches(directory)
    assert (batch.id, batch.first_day, batch.last_day) == (1, "2018-01-01", "2018-12-31")
    assert counted(directory) == {code: number for code, number in COUNTS.items() if number}
    reasons = batch.counts.rows.groupby("reason")["rows"].sum().to_dict()
    assert reasons == {"": 12, "no_coordinates": 1, "unreadable_date": 1}
    store = open_store(directory)
    with store.reading() as connection:
        names = connection.execute(text("SELECT file, role, recorded_at FROM batches")).one()
        units = connection.execute(text("SELECT count(*) FROM units")).scalar()
        stored = connection.execute(text("SELECT * FROM observations")).all()
    store.close()
    assert names[:2] == ("incidents.csv", "planner")
    assert units == 6
    assert not any("165." in str(value) or "27.1" in str(value) for row in stored for value in row)


def test_the_same_file_again_changes_nothing_and_says_so(database, make_workspace, capsys):
    directory = make_workspace()
    ingest(directory)
    capsys.readouterr()
    ingest(directory)
    assert "nothing was changed" in capsys.readouterr().out
    ingest(directory, file=write(directory, "copy.csv", incident_rows()))
    assert "nothing was changed" in capsys.readouterr().out
    assert len(batches(directory)) == 1


def test_a_later_file_adds_its_months(database, make_workspace):
    directory = make_workspace(incidents=rows(1, 2, 3))
    ingest(directory)
    ingest(directory, file=write(directory, "april.csv", rows(4, 4)))
    assert counted(directory) == {"990000101": 5}
    assert [batch.file for batch in batches(directory)] == ["incidents.csv", "april.csv"]


def test_an_overlap_is_refused_and_a_replacement_supersedes(database, make_workspace):
    directory = make_workspace(incidents=rows(1, 2, 3, 4))
    ingest(directory)
    new = write(directory, "again.csv", rows(3, 3, 3))
    assert keys(ingest, directory, file=new) == ["batch_overlaps"]
    assert counted(directory) == {"990000101": 4}
    ingest(directory, file=new, replaces=True)
    assert counted(directory) == {
        "990000101": 6
    }  # one in each of January, February, April, three in March
    assert len(batches(directory)) == 2


def test_a_replacement_can_be_replaced_by_what_was_there_first(database, make_workspace):
    directory = make_workspace(incidents=rows(1, 2))
    ingest(directory)
    ingest(directory, file=write(directory, "new.csv", rows(1, 2, 2)), replaces=True)
    ingest(directory)  # without --replace the file is known
    assert counted(directory) == {"990000101": 3}
    ingest(directory, replaces=True)
    assert counted(directory) == {"990000101": 2}
    assert len(batches(directory)) == 3


def test_a_year_is_not_cut_in_two(database, make_workspace):
    year = rows(1).replace("2018-01", "2018")
    directory = make_workspace(incidents=year)
    ingest(directory)
    month = write(directory, "march.csv", rows(3))
    assert keys(ingest, directory, file=month, replaces=True) == ["batch_cuts_period"]
    whole = write(directory, "whole.csv", rows(1, 12, 12))
    ingest(directory, file=whole, replaces=True)
    assert counted(directory) == {"990000101": 3}


def test_a_population_replaces_the_one_before_whole(database, make_workspace):
    directory = make_workspace()
    ingest(directory, "residents")
    other = write(directory, "later.csv", population_rows({"990000101": 7, "990000203": ""}))
    assert keys(ingest, directory, "residents", other) == ["batch_overlaps"]
    ingest(directory, "residents", other, replaces=True)
    found = counts_in_force(batches(directory, "residents")).observations.set_index("code")
    assert found.loc["990000101", "value"] == 7
    assert pd.isna(found.loc["990000203", "value"])
    assert found.loc["990000203", "status"] == "missing"
    assert found.loc["990000102", "status"] == "value"


def test_zero_persons_and_no_number_are_kept_apart(database, make_workspace):
    directory = make_workspace(population=population_rows({"990000101": 0, "990000102": ""}))
    ingest(directory, "residents")
    found = counts_in_force(batches(directory, "residents")).observations.set_index("code")
    assert found.loc["990000101", ["value", "status"]].tolist() == [0, "value"]
    assert found.loc["990000102", "status"] == "missing"


def test_what_was_known_on_an_earlier_day(database, make_workspace, monkeypatch):
    directory = make_workspace(incidents=rows(1, 2))
    moment = "2019-{:02d}-01T12:00:00.000000Z"
    months = iter(range(1, 99))
    monkeypatch.setattr("geo_jindu.store.batches.now", lambda: moment.format(next(months)))
    ingest(directory, "residents")
    run_line(directory)
    before = (directory / "out" / "townships.csv").read_bytes()
    (directory / "incidents.csv").write_text(rows(1, 2, 2), "utf-8")
    assert keys(run_line, directory) == ["batch_overlaps"]
    run_line(directory, replaces=True)
    after = (directory / "out" / "townships.csv").read_bytes()
    assert before != after
    recorded = [batch.recorded_at[:10] for batch in batches(directory)]
    run_line(directory, as_of=date.fromisoformat(recorded[0]))
    assert (directory / "out" / "townships.csv").read_bytes() == before
    run_line(directory, as_of=date.fromisoformat(recorded[1]))
    assert (directory / "out" / "townships.csv").read_bytes() == after
    assert set(keys(run_line, directory, as_of=date(2018, 12, 31))) == {"source_not_recorded"}


def test_a_file_that_is_gone_is_not_missed(database, make_workspace):
    directory = make_workspace()
    run_line(directory)
    before = (directory / "out" / "townships.csv").read_bytes()
    (directory / "incidents.csv").unlink()
    run_line(directory)
    assert (directory / "out" / "townships.csv").read_bytes() == before


def test_the_store_gives_what_the_files_give(database, make_workspace):
    from boundaries import read_townships
    from geo_jindu.assessment import assess
    from geo_jindu.inputs import read_inputs

    directory = make_workspace()
    stored, _ = run_line(directory)
    again, _ = run_line(directory)
    read = assess(read_inputs(read_workspace(directory), read_townships))
    for assessment in (stored, again):
        assert assessment.id == read.id
        pd.testing.assert_frame_equal(
            pd.DataFrame(assessment.table.drop(columns="geometry")),
            pd.DataFrame(read.table.drop(columns="geometry")),
        )
        pd.testing.assert_frame_equal(assessment.joined.rows, read.joined.rows)


def test_bad_input_records_nothing(database, make_workspace):
    directory = make_workspace(population=population_rows({"990000101": "many"}))
    assert "not_a_number" in keys(run_line, directory)
    assert batches(directory) == []
    assert keys(ingest, directory, "nothing") == ["source_unknown"]
    undated = write(directory, "undated.csv", "date,lon,lat\n?,165.005,27.125\n")
    assert keys(ingest, directory, file=undated) == ["no_row_dated"]
    assert batches(directory) == []


def test_columns_that_are_not_named_are_dropped_with_a_line(make_workspace, capsys):
    lines = incident_rows().splitlines()
    noted = "\n".join([f"{lines[0]},备注", *(f"{line},已处理" for line in lines[1:]), ""])
    directory = make_workspace(incidents=noted)
    ingest(directory)
    shown = capsys.readouterr().out
    assert "备注" in shown
    assert "已处理" not in shown
    assert "已处理".encode() not in (directory / "store.sqlite").read_bytes()


def test_personal_data_are_refused_and_never_repeated(make_workspace, capsys):
    citizen = "11010119900307" + "123"
    weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    digit = "10X98765432"[sum(int(a) * b for a, b in zip(citizen, weights, strict=True)) % 11]
    lines = incident_rows().splitlines()
    noted = [f"{lines[0]},备注", *(f"{line}," for line in lines[1:])]
    noted[4] += f"号码{citizen}{digit}"
    directory = make_workspace(incidents="\n".join([*noted, ""]))
    for call in (lambda: ingest(directory), lambda: run_line(directory)):
        with pytest.raises(InputError) as caught:
            call()
        assert citizen not in str(caught.value)
        assert [problem.row for problem in caught.value.problems] == [5]
    assert batches(directory) == []
    assert citizen not in capsys.readouterr().err


def test_an_exception_names_its_column_and_is_on_record(database, make_workspace, capsys):
    lines = incident_rows().splitlines()
    noted = "\n".join([f"{lines[0]},联系人", *(f"{line},值班室" for line in lines[1:]), ""])
    directory = make_workspace(incidents=noted)
    assert keys(ingest, directory)
    allowed = CONFIGURATION.replace("{language}", "en").replace(
        'file = "incidents.csv"', 'file = "incidents.csv"\nunscreened = ["联系人"]'
    )
    (directory / "geo_jindu.toml").write_text(allowed, "utf-8")
    ingest(directory)
    assert "not screened" in capsys.readouterr().out
    assert batches(directory)[0].exceptions == ("联系人",)


def test_categories_are_kept_if_they_are_listed(database, make_workspace):
    lines = incident_rows().splitlines()
    kinds = ["贩卖", "吸食", "张三口供"]
    noted = [f"{lines[0]},类别", *(f"{line},{kinds[at % 3]}" for at, line in enumerate(lines[1:]))]
    listed = CONFIGURATION.replace('period = "date"', 'period = "date"\ncategory = "类别"', 1).replace(
        'file = "incidents.csv"', 'file = "incidents.csv"\ncategories = ["贩卖", "吸食"]'
    )
    directory = make_workspace(incidents="\n".join([*noted, ""]), configuration=listed)
    ingest(directory)
    observations = batches(directory)[0].counts.observations
    assert observations.groupby("category")["value"].sum().to_dict() == {
        "贩卖": 4,
        "吸食": 4,
        "unlisted": 4,
    }
    assert counted(directory) == {code: number for code, number in COUNTS.items() if number}


def test_reading_in_parts_changes_no_count(make_workspace, monkeypatch):
    directory = make_workspace(incidents=incident_rows() + "nonsense,165.005,27.125\n2018-01,,\n")
    ingest(directory)
    [whole] = batches(directory)
    monkeypatch.setattr("geo_jindu.readers.rows.PART_ROWS", 3)
    other = directory.parent / "other"
    other.mkdir()
    for path in directory.iterdir():
        if path.name != "store.sqlite":
            (other / path.name).write_bytes(path.read_bytes())
    ingest(other)
    [parts] = batches(other)
    pd.testing.assert_frame_equal(whole.counts.observations, parts.counts.observations)
    pd.testing.assert_frame_equal(whole.counts.rows, parts.counts.rows)


def test_counts_of_parts_add_up():
    with pytest.raises(ValueError, match="no part"):
        add_counts([])


def test_a_window_that_cuts_a_month_is_refused(make_workspace):
    directory = make_workspace(configuration=CONFIGURATION.replace('"2018-01"', '"2018-01-15"'))
    assert keys(run_line, directory) == ["window_cuts_month"]


def test_the_terminal_ingests(make_workspace, monkeypatch, capsys):
    directory = make_workspace()
    monkeypatch.setenv("GEO_JINDU_LANGUAGE", "zh")
    monkeypatch.setattr("sys.argv", ["geo-jindu", "ingest", str(directory), "incidents"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code in (0, None)
    assert "第 1 批入库" in capsys.readouterr().out


def test_releases_are_on_record_once(database, make_workspace):
    directory = make_workspace()
    run_line(directory)
    run_line(directory)
    store = open_store(directory)
    with store.reading() as connection:
        told = connection.execute(text("SELECT tier, source FROM releases ORDER BY id")).all()
    store.close()
    assert [tuple(row) for row in told] == [("partner", "incidents"), ("public", "incidents")]


def test_a_store_that_cannot_be_written_leaves_results_as_they_were(make_workspace, monkeypatch):
    directory = make_workspace()
    run_line(directory)
    before = (directory / "out" / "assessment.json").read_bytes()
    (directory / "incidents.csv").write_text(rows(1, 2), "utf-8")

    def full(*_):
        raise StoreError("store_full", store="store.sqlite")

    monkeypatch.setattr("geo_jindu.cli.line.record_batch", full)
    with pytest.raises(StoreError, match="full"):
        run_line(directory, replaces=True)
    assert (directory / "out" / "assessment.json").read_bytes() == before
    assert orjson.loads(before)["tier"] == "planner"
    assert Path(directory / "store.sqlite").is_file()
