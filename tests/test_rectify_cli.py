"""``geo-jindu rectify`` and ``digest``: what the terminal records, refuses and shows."""

import hashlib
import json

import pytest
from typer.testing import CliRunner

from geo_jindu.cli.commands import app
from geo_jindu.errors import InputError
from geo_jindu.rectification.decisions import RefusedError
from geo_jindu.rectification.figures import Figures, TownshipFigures
from geo_jindu.rectification.lifecycle_file import example_text
from geo_jindu.store import open_store
from geo_jindu.store.rectification_log import read_log
from geo_jindu.store.snapshots import add_snapshot

CODE = "990000101"
PROPOSE = ["propose", CODE, "--on", "2018-01-10", "--reasons", "外流较多"]
EVIDENCE = ["--evidence", "snapshot=1", "--evidence", "opinion=县〔2018〕1号"]


def figures():
    def township(name):
        return TownshipFigures(name, "990001", "东县", 20000, None, {"2017-03": 30, "2018-03": 5})

    return Figures(
        vintage="2018-01-01",
        indicator="incidents",
        ranked_until="",
        covered=(("2017-01", "2018-12"),),
        empty=(),
        yearly=(),
        counties={"990001": "东县"},
        townships={CODE: township("甲镇"), "990000102": township("乙镇")},
        proportions={},
        **({"flows": {}} if "flows" in Figures.__dataclass_fields__ else {}),
    )


@pytest.fixture
def office(make_workspace, monkeypatch):
    """Make a workspace with figures on record, spoken to in Chinese."""
    monkeypatch.setenv("GEO_JINDU_LANGUAGE", "zh")
    directory = make_workspace(language="zh")
    store = open_store(directory)
    with store.writing() as connection:
        add_snapshot(connection, figures().to_bytes(), "a" * 32)
    store.close()
    return directory


def run(directory, *arguments):
    """Run a command; what it refuses is raised as the terminal's outermost layer would see it."""
    command, *rest = arguments
    words = ["digest"] if command == "digest" else ["rectify", command]
    done = CliRunner().invoke(app, [*words, str(directory), *rest], catch_exceptions=True)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def log_of(directory):
    store = open_store(directory)
    with store.reading() as connection:
        found = read_log(connection)
    store.close()
    return found


def test_a_decision_is_recorded_with_the_digest_of_its_document(office, tmp_path):
    document = tmp_path / "意见.txt"
    document.write_text("东县的意见", "utf-8")
    said = run(
        office, "decide", *PROPOSE, "--evidence", "snapshot=1", "--evidence", f"opinion=意见@{document}"
    )
    assert "第 1 条" in said.output
    (entry,) = log_of(office)
    assert (entry.event, entry.unit, entry.role) == ("propose", CODE, "city_office")
    assert entry.evidence[1].sha256 == hashlib.sha256(document.read_bytes()).hexdigest()
    assert json.loads((office / "rectification_head.json").read_text())["digest"] == entry.digest


def test_a_dry_run_records_nothing(office):
    said = run(office, "decide", *PROPOSE, *EVIDENCE, "--dry-run")
    assert "未记录" in said.output
    assert log_of(office) == []


@pytest.mark.parametrize(
    ("arguments", "key"),
    [
        (["propose", CODE, "--on", "10.1.2018"], "detail_not_day"),
        ([*PROPOSE, "--evidence", "snapshot"], "evidence_unreadable"),
        ([*PROPOSE, "--evidence", "snapshot=1@no/such/file"], "file_missing"),
        ([*PROPOSE, *EVIDENCE, "--detail", "due_on"], "detail_unreadable"),
        ([*PROPOSE, "--evidence", "snapshot=1"], "evidence_missing"),
        (["list", CODE, "--on", "2018-01-10"], "event_not_in_state"),
        (["propose", "12345", "--on", "2018-01-10"], "unit_unknown"),
    ],
)
def test_what_cannot_be_recorded_is_named_and_leaves_nothing(office, arguments, key):
    with pytest.raises(InputError) as raised:
        run(office, "decide", *arguments)
    assert key in {problem.key for problem in raised.value.problems}
    assert log_of(office) == []


def work(office):
    run(office, "decide", *PROPOSE, *EVIDENCE)
    listed = ["--evidence", "decision=2", "--evidence", "notice=3"]
    run(office, "decide", "list", CODE, "--on", "2018-01-20", *listed)


def test_details_are_read_as_what_they_are(office):
    work(office)
    measure = [
        "--detail",
        "measure=宣传",
        "--detail",
        "owner=党委书记（岗位）",
        "--detail",
        "due_on=2018-03-01",
    ]
    run(office, "decide", "add_measure", CODE, "--on", "2018-01-25", "--role", "township", *measure)
    done = ["--detail", "measure_number=3", "--evidence", "proof=照片"]
    run(office, "decide", "complete_measure", CODE, "--on", "2018-02-20", "--role", "township", *done)
    assert log_of(office)[-1].details == {"measure_number": 3}


def test_the_list_and_a_township_are_shown_as_of_any_day(office):
    work(office)
    now = run(office, "list", "--as-of", "2018-03-15").output
    assert "甲镇" in now
    assert "挂牌整治" in now
    assert "拟挂牌" in run(office, "list", "--as-of", "2018-01-15").output
    assert "甲镇" not in run(office, "list", "--as-of", "2018-01-01").output
    assert "甲镇" not in run(office, "list", "--as-of", "2018-03-15", "--known-by", "2018-03-15").output
    shown = run(office, "show", CODE, "--as-of", "2018-03-15").output
    assert "不得提拔异动（岗位）: 是" in shown
    assert "逾期" in shown  # the plan was due on 2018-02-19
    assert "软件只提示" in shown


def test_filters_leave_out_what_does_not_fit_and_refuse_what_they_do_not_know(office):
    work(office)
    day = ["--as-of", "2018-01-21"]
    assert "甲镇" not in run(office, "list", "--overdue", *day).output
    assert "甲镇" in run(office, "list", "--county", "990001", "--state", "listed", *day).output
    for wrong in (["--county", "1"], ["--state", "lost"], ["--as-of", "soon"]):
        with pytest.raises(InputError):
            run(office, "list", *wrong)


def test_a_correction_stays_beside_what_it_corrects(office):
    work(office)
    listed = ["--evidence", "decision=2", "--evidence", "notice=3", "--corrects", "2"]
    run(office, "decide", "list", CODE, "--on", "2018-01-22", *listed)
    assert len(log_of(office)) == 3
    assert "2018-01-22" in run(office, "show", CODE, "--as-of", "2018-03-01").output
    assert "台账 3 条" in run(office, "log").output


def test_what_may_be_decided_next_is_told_with_what_it_needs(office):
    said = run(office, "events", CODE).output
    assert "propose" in said
    assert "opinion" in said
    assert "agree" in run(office, "events", "990001").output
    assert "station" in run(office, "events", "city").output
    with pytest.raises(InputError):
        run(office, "events", "990000999")


def test_a_digest_and_a_calendar_are_written_once(office, tmp_path):
    work(office)
    assert "报送方案" in run(office, "digest", "--as-of", "2018-03-01").output
    page, feed = tmp_path / "d.html", tmp_path / "d.ics"
    run(office, "digest", "--as-of", "2018-03-01", "--html", str(page))
    assert "报送方案" in page.read_text("utf-8")
    run(office, "calendar", str(feed), "--as-of", "2018-01-21")
    assert feed.read_bytes().startswith(b"BEGIN:VCALENDAR")
    before = feed.read_bytes()
    with pytest.raises(Exception, match=r"d\.ics"):
        run(office, "calendar", str(feed))
    assert feed.read_bytes() == before


def test_a_workspace_may_have_its_own_life_cycle_and_a_fault_in_it_is_named(office):
    text = example_text().replace('to = "watch"\nroles', 'to = "wacht"\nroles', 1)
    (office / "mine.toml").write_text(text, "utf-8")
    configuration = office / "geo_jindu.toml"
    said = configuration.read_text("utf-8").replace("reported_incidents", "outcome")
    settings = '\n[rectification]\nindicator = "incident"\nlifecycle = "mine.toml"\n'
    configuration.write_text(said + settings, "utf-8")
    with pytest.raises(InputError) as raised:
        run(office, "list")
    problem = next(each for each in raised.value.problems if each.key == "lifecycle_name_undefined")
    assert (problem.file, problem.row) == ("mine.toml", text[: text.index("wacht")].count("\n") + 1)


def test_a_refusal_names_the_rule(office):
    work(office)
    evidence = ["--evidence", "plan=1", "--evidence", "tasks=2"]
    run(office, "decide", "submit_plan", CODE, "--on", "2018-02-01", "--role", "township", *evidence)
    run(office, "decide", "start", CODE, "--on", "2018-02-02", "--evidence", "record=1")
    with pytest.raises(RefusedError) as raised:
        run(
            office,
            "decide",
            "request_acceptance",
            CODE,
            "--on",
            "2018-03-01",
            "--role",
            "township",
            "--evidence",
            "self_assessment=1",
        )
    assert {trace.rule for trace in raised.value.traces} == {"ACC-TASK", "ACC-TERM"}
