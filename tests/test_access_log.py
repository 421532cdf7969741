"""The access log: what is kept of a read, who may ask, and what can never be taken out."""

import csv
import io
import logging
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, text
from typer.testing import CliRunner

from geo_jindu.cli.audit import MOST_LINES, app
from geo_jindu.configuration import AccessLog
from geo_jindu.errors import InputError, OutputError, StoreError
from geo_jindu.store import open_store
from geo_jindu.store.access_log import (
    WITHHELD,
    Access,
    forget_old_access,
    oldest_kept,
    read_access,
    record_access,
)
from geo_jindu.store.schema import ACCESS_LOG
from geo_jindu.store.times import CALENDAR, written
from geo_jindu.tiers import Tier

MOBILE = "138" + "0013" * 2
READ = Access("abcd2345", Tier.PLANNER, "/townships/{code}", "990101101", "outflow", 200, 1234)
PAGE = Access("", Tier.PUBLIC, "/", "", "", 200, 40_000)
REFUSED = Access("efgh2345", Tier.PARTNER, "/audit", "", "", 403, 120)


@pytest.fixture
def store(database, tmp_path):
    """Return a store on either database."""
    opened = open_store(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def run(monkeypatch):
    """Return a function that runs ``geo-jindu audit`` in English."""
    monkeypatch.setenv("GEO_JINDU_LANGUAGE", "en")
    return lambda *arguments: CliRunner().invoke(app, [*map(str, arguments)], env={"COLUMNS": "200"})


def put(store, *moments):
    """Write lines of other times, each with its place as size."""
    with store.writing() as connection:
        for size, moment in enumerate(moments):
            row = {"at": written(moment), "key_id": "", "tier": "public", "route": "/", "unit": ""}
            connection.execute(insert(ACCESS_LOG), row | {"indicator": "", "status": 200, "size": size})


def citizen_number():
    """Return 18 characters that could be a citizen ID: GB 11643 says how the last one is made."""
    digits = "110101" + "1900" + "0101" + "000"
    total = sum(int(digit) * (2 ** (17 - at) % 11) for at, digit in enumerate(digits))
    return digits + "10X98765432"[total % 11]


def days_ago(number):
    return datetime.now(UTC) - timedelta(days=number)


# ---- recording and asking


def test_a_read_is_recorded_as_it_was_with_its_moment(store):
    before = written(datetime.now(UTC))
    for access in (READ, PAGE, REFUSED):
        record_access(store, access)
    lines = read_access(store)
    assert [(line.key_id, line.tier, line.route, line.unit) for line in lines] == [
        ("efgh2345", Tier.PARTNER, "/audit", ""),
        ("", Tier.PUBLIC, "/", ""),
        ("abcd2345", Tier.PLANNER, "/townships/{code}", "990101101"),
    ]
    assert [(line.indicator, line.status, line.size) for line in lines] == [
        ("", 403, 120),
        ("", 200, 40_000),
        ("outflow", 200, 1234),
    ]
    assert before <= lines[2].at <= lines[1].at <= lines[0].at <= written(datetime.now(UTC))


def test_the_log_answers_by_key_unit_route_and_number(store):
    for access in (READ, PAGE, REFUSED, READ):
        record_access(store, access)
    assert [line.status for line in read_access(store, key_id="efgh2345")] == [403]
    assert len(read_access(store, unit="990101101")) == 2
    assert len(read_access(store, route="/townships/{code}", key_id="abcd2345")) == 2
    assert read_access(store, route="/townships/{code}", key_id="efgh2345") == []
    assert [line.status for line in read_access(store, limit=2)] == [200, 403]
    assert len(read_access(store, limit=None)) == 4


def test_days_are_those_of_the_offices(store):
    midnight = datetime(2019, 6, 26, tzinfo=CALENDAR)
    instant = timedelta(microseconds=1)
    moments = [
        midnight - instant,
        midnight,
        midnight + timedelta(hours=23),
        midnight + timedelta(days=1),
    ]
    put(store, *moments, midnight + timedelta(days=1) - instant)

    def sizes(**days):
        return sorted(line.size for line in read_access(store, **days))

    assert sizes(since="2019-06-26", until="2019-06-26") == [1, 2, 4]
    assert sizes(since="2019-06-26") == [1, 2, 3, 4]
    assert sizes(until="2019-06-25") == [0]
    assert sizes(since="2019-06-28") == []


@pytest.mark.parametrize(
    "day", ["yesterday", "2019-02-29", "0001-01-01", "9999-12-31", "' OR 1=1 --", "\0", "2" * 100_000]
)
def test_what_is_no_day_is_refused(day, tmp_path):
    store = open_store(tmp_path)
    for field in ("since", "until"):
        with pytest.raises(InputError) as caught:
            read_access(store, **{field: day})
        assert [problem.field for problem in caught.value.problems] == [field]
        assert len(str(caught.value)) < 100
    store.close()


def test_of_what_a_reader_sends_only_codes_and_names_are_kept(store):
    number = citizen_number()
    hostile = [
        "'; DROP TABLE access_log; --",
        "990101101' OR '1'='1",
        "甲镇",
        "\0",
        "\ud800",
        "9" * 3_000_000,
        "=cmd|' /C calc'!A0",
        "[red]x[/]",
        "\x1b[2J",
        MOBILE,
        number,
        "gj_abcd2345_" + "2" * 32,
    ]
    for each in hostile:
        record_access(store, Access(each, Tier.PUBLIC, each, each, each, 404, 0))
    kept = read_access(store)
    assert len(kept) == len(hostile)
    for line in kept:
        assert {line.route, line.unit, line.indicator} == {WITHHELD}
    assert {line.key_id for line in kept if line.key_id not in (MOBILE, number)} == {WITHHELD}
    for each in hostile[:8]:
        assert read_access(store, unit=each) == kept
    assert len(read_access(store)) == len(hostile)


def test_codes_of_any_country_and_digests_of_subjects_are_kept(store):
    access = Access("a1" * 32, Tier.PLANNER, "/townships.geojson", "E05001234", "", 200, 2**40)
    record_access(store, access)
    (line,) = read_access(store, unit="E05001234", key_id="a1" * 32)
    assert (line.unit, line.key_id, line.size) == (access.unit, access.key_id, access.size)


def test_what_is_read_is_not_logged_elsewhere(store, caplog):
    caplog.set_level(logging.DEBUG)
    record_access(store, Access("", Tier.PUBLIC, "/", MOBILE, "", 404, 0))
    read_access(store, unit=MOBILE)
    assert MOBILE not in caplog.text


# ---- nobody takes a line out


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE access_log SET unit = ''",
        "UPDATE access_log SET at = '2000-01-01T00:00:00.000000Z'",
        "DELETE FROM access_log",
        "DELETE FROM access_log WHERE size = 0",
        "TRUNCATE access_log",
        "INSERT OR REPLACE INTO access_log SELECT id, at, key_id, tier, route, '9', indicator, status,"
        " size FROM access_log",
    ],
)
def test_young_lines_can_neither_be_changed_nor_deleted(attack, store):
    put(store, days_ago(0), days_ago(182.9))
    with pytest.raises(StoreError), store.writing() as connection:
        connection.execute(text(attack))
    assert len(read_access(store)) == 2


def test_old_lines_can_be_deleted_but_never_changed(store):
    put(store, days_ago(184.1), days_ago(400), days_ago(1))
    with pytest.raises(StoreError), store.writing() as connection:
        connection.execute(text("UPDATE access_log SET unit = '' WHERE size = 1"))
    with store.writing() as connection:
        connection.execute(text("DELETE FROM access_log WHERE size < 2"))
    assert [line.size for line in read_access(store)] == [2]


def test_forgetting_takes_what_is_older_than_was_asked(store):
    put(store, *(days_ago(number) for number in (0, 100, 184, 230, 300, 364, 400, 1000)))
    assert forget_old_access(store, 120) == 0
    assert forget_old_access(store, 12) == 2
    assert [line.size for line in read_access(store)] == [0, 1, 2, 3, 4, 5]
    assert forget_old_access(store, 6) == 3
    assert [line.size for line in read_access(store)] == [0, 1, 2]
    assert forget_old_access(store, 6) == 0


@pytest.mark.parametrize("months", [-1, 0, 5, 121, 10**9])
def test_too_short_a_time_is_refused(months, tmp_path):
    store = open_store(tmp_path)
    put(store, days_ago(1000))
    with pytest.raises(InputError, match="6 to 120 months"):
        forget_old_access(store, months)
    assert len(read_access(store)) == 1
    store.close()
    with pytest.raises(ValueError, match="keep_months"):
        AccessLog(keep_months=months)


@given(
    st.dates(date(2000, 1, 1), date(2100, 12, 31)),
    st.integers(min_value=6, max_value=120),
)
def test_at_least_the_months_asked_for_and_half_a_year_are_kept(today, months):
    first = oldest_kept(today, months)
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    assert first <= date(year, month + 1, 1)
    assert first < today - timedelta(days=184)
    assert first >= date(year, month + 1, 1) - timedelta(days=4)


def test_a_month_begins_the_log_and_half_a_year_is_not_always_six_months():
    assert oldest_kept(date(2019, 6, 26), 12) == date(2018, 6, 1)
    assert oldest_kept(date(2019, 7, 1), 6) == date(2018, 12, 28)  # 185 days; 1 January is 181


# ---- the command


def test_who_read_what_is_shown_in_local_time(run, tmp_path):
    store = open_store(tmp_path)
    record_access(store, READ)
    put(store, datetime(2019, 6, 26, 20, 0, 5, tzinfo=UTC))
    store.close()
    shown = run(tmp_path).stdout
    for cell in ("abcd2345", "planner", "/townships/{code}", "990101101", "outflow", "200", "1234"):
        assert cell in shown
    assert "2019-06-27 04:00:05" in shown
    assert "2019" not in run(tmp_path, "--unit", "990101101").stdout
    old = run(tmp_path, "--until", "2019-06-27", "--since", "2019-06-27").stdout
    assert "2019-06-27" in old
    assert "abcd2345" not in old


def test_a_file_holds_all_of_it_safely(run, tmp_path):
    store = open_store(tmp_path)
    put(store, *[datetime(2019, 6, 26, 20, 0, 5, tzinfo=UTC)] * (MOST_LINES + 1))
    with store.writing() as connection:
        bad = {"at": "2020-01-01T00:00:00.000000Z", "key_id": "=1+1", "tier": "public", "route": "/"}
        rest = {"unit": "@x", "indicator": "", "status": 200, "size": -5}
        connection.execute(insert(ACCESS_LOG), bad | rest)
    store.close()
    file = tmp_path / "log.csv"
    done = run(tmp_path, "--csv", file)
    assert "1002 lines" in done.stdout
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(file.read_text("utf-8-sig"))))
    assert len(rows) == MOST_LINES + 2
    assert list(rows[0].values()) == [
        "2020-01-01T08:00:00+08:00",
        "'=1+1",
        "public",
        "/",
        "'@x",
        "",
        "200",
        "-5",
    ]
    before = file.read_bytes()
    assert isinstance(run(tmp_path, "--csv", file).exception, OutputError)
    assert file.read_bytes() == before


def test_a_long_log_says_that_it_is_longer(run, tmp_path):
    store = open_store(tmp_path)
    put(store, *[days_ago(1)] * MOST_LINES)
    assert "only the newest" not in run(tmp_path).stderr
    put(store, days_ago(1))
    store.close()
    shown = run(tmp_path)
    assert "only the newest 1000 are shown" in shown.stderr
    assert shown.stdout.count("public") == MOST_LINES


def test_the_configured_months_are_kept(run, make_workspace):
    directory = make_workspace()
    toml = directory / "geo_jindu.toml"
    plain = toml.read_text("utf-8")
    store = open_store(directory)
    put(store, days_ago(0), days_ago(300), days_ago(500))
    store.close()
    assert "12 months removed: 1" in run(directory, "--forget-older").stdout
    toml.write_text(plain + "\n[access_log]\nkeep_months = 6\n", "utf-8")
    assert isinstance(run(directory, "--forget-older", "--unit", "990101101").exception, InputError)
    assert "6 months removed: 1" in run(directory, "--forget-older").stdout
    toml.write_text(plain + "\n[access_log]\nkeep_months = 5\n", "utf-8")
    refused = run(directory, "--forget-older").exception
    assert [problem.field for problem in refused.problems] == ["access_log.keep_months"]


def test_there_is_nothing_to_ask_without_a_store(run, tmp_path: Path):
    assert isinstance(run(tmp_path).exception, StoreError)
    assert isinstance(run(tmp_path, "--csv", tmp_path / "x.csv").exception, StoreError)
    assert not list(tmp_path.iterdir())
