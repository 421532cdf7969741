"""Workspaces of any size: as much as was asked for, in places of their own, a little at a time."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from boundaries.fictional_scale import stream_fictional_prefectures
from geo_jindu.cli.line import run_line
from geo_jindu.demo import scale
from geo_jindu.demo.scale import Scale, write_scaled_demo
from geo_jindu.errors import OutputError
from geo_jindu.provenance import Provenance, provenance_of_places

SIZE = Scale(townships=400, incidents=5_003, months=14)


@pytest.fixture(scope="module")
def townships():
    return pd.concat(stream_fictional_prefectures(SIZE.townships), ignore_index=True)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    directory = tmp_path_factory.mktemp("scale") / "workspace"
    write_scaled_demo(directory, stream_fictional_prefectures(SIZE.townships), SIZE)
    return directory


def test_prefectures_come_one_at_a_time_and_the_last_is_cut_off():
    sizes = [len(frame) for frame in stream_fictional_prefectures(400)]
    assert sizes == [184, 184, 32]
    assert len(next(stream_fictional_prefectures(40_000))) == 184  # made when it is asked for


def test_every_township_has_a_code_a_county_and_a_place_of_its_own(townships):
    assert townships["code"].is_unique
    assert townships["code"].str.fullmatch(r"99\d{7}").all()
    assert (townships["code"].str[:6] == townships["county"]).all()
    assert townships.groupby("county")["county_name"].nunique().eq(1).all()
    assert townships["county_name"].nunique() == townships["county"].nunique() == 26
    assert townships.is_valid.all()
    assert townships.is_valid_coverage()


@pytest.mark.parametrize("count", [1, 184, 1_000])
def test_all_lie_in_the_part_of_the_ocean_kept_for_fictional_places(count):
    for frame in stream_fictional_prefectures(count):
        assert provenance_of_places(frame.set_index("code")) is Provenance.SYNTHETIC


def test_more_townships_than_codes_are_refused():
    with pytest.raises(ValueError, match="9,999 counties"):
        next(stream_fictional_prefectures(153_273))


def test_as_many_incidents_and_months_as_asked_for(written):
    incidents = pd.read_parquet(written / "data/涉毒案件.parquet")
    assert len(incidents) == SIZE.incidents
    days = pd.to_datetime(incidents["发案日期"])
    assert days.dt.to_period("M").nunique() == SIZE.months
    assert set(incidents["数据性质"]) == {"合成数据，虚构地区"}
    assert len(gpd.read_file(written / "data/乡镇边界.gpkg")) == SIZE.townships


def test_the_line_runs_on_it_and_every_incident_lies_in_a_township(written):
    assessment, _ = run_line(written)
    rows = assessment.joined.rows
    assert set(rows["outcome"]) == {"assigned"}
    assert rows.loc[rows["source"] == "incidents", "rows"].sum() == SIZE.incidents
    assert len(assessment.table) == SIZE.townships
    assert assessment.table["outflow_persons"].sum() == 20 * SIZE.townships


def test_incidents_are_written_in_chunks_that_change_nothing_in_number(tmp_path, monkeypatch):
    monkeypatch.setattr(scale, "CHUNK", 100)
    reported = []
    size = Scale(townships=184, incidents=1_050, months=3)
    write_scaled_demo(tmp_path / "w", stream_fictional_prefectures(184), size, reported.append)
    assert reported == [*range(100, 1_001, 100), 1_050]
    file = pq.ParquetFile(tmp_path / "w/data/涉毒案件.parquet")
    assert (file.num_row_groups, file.metadata.num_rows) == (11, 1_050)


def test_the_same_size_gives_the_same_incidents(tmp_path, written):
    write_scaled_demo(tmp_path / "w", stream_fictional_prefectures(SIZE.townships), SIZE)
    again = (pd.read_parquet(each / "data/涉毒案件.parquet") for each in (tmp_path / "w", written))
    assert np.array_equal(*(frame[["经度", "纬度"]].to_numpy() for frame in again))


def test_an_interrupted_write_leaves_nothing_behind(tmp_path):
    def break_off():
        yield next(stream_fictional_prefectures(184))
        raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match="No space left"):
        write_scaled_demo(tmp_path / "w", break_off(), SIZE)
    assert list((tmp_path / "w").iterdir()) == []
