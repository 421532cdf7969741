"""The terminal as a person meets it: exit codes, sentences, and never a traceback."""

import os
import re
import socket
import subprocess
import sys
import urllib.request

import openpyxl
import pytest
from conftest import CONFIGURATION, incident_rows, population_rows

from geo_jindu.configuration import Configuration
from geo_jindu.workspace import read_workspace


def geo_jindu(*arguments, language="en"):
    command = [sys.executable, "-P", "-m", "geo_jindu", *map(str, arguments)]
    environment = os.environ | {"GEO_JINDU_LANGUAGE": language, "COLUMNS": "200", "NO_COLOR": "1"}
    environment.pop("GEO_JINDU_DEBUG", None)
    done = subprocess.run(
        command, capture_output=True, text=True, env=environment, timeout=120, check=False
    )
    assert "Traceback" not in done.stderr + done.stdout
    return done


def test_check_run_and_their_figures(make_workspace):
    directory = make_workspace()
    checked = geo_jindu("check", directory)
    assert checked.returncode == 0
    assert not (directory / "out").exists()
    ran = geo_jindu("run", directory)
    assert ran.returncode == 0
    assert re.search(r"incidents\D+12\D+12", ran.stdout)
    assert (directory / "out" / "hotspot_map.html").is_file()


def test_check_names_the_rows_that_reach_no_township_but_not_what_they_say(make_workspace):
    directory = make_workspace(incidents=incident_rows() + "nonsense,165.005,27.125\n2018,,\n2018,,\n")
    shown = geo_jindu("check", directory).stdout
    assert "incidents.csv: unreadable date (1): row 14" in shown
    assert "incidents.csv: no coordinates (2): row 15, 16" in shown
    assert "nonsense" not in shown


def test_init_writes_a_configuration_that_is_understood_and_overwrites_none(tmp_path):
    for language in ("en", "zh"):
        directory = tmp_path / language
        assert geo_jindu("init", directory, language=language).returncode == 0
        assert isinstance(read_workspace(directory).configuration, Configuration)
        again = geo_jindu("init", directory, language=language)
        assert again.returncode == 2
        assert "geo_jindu.toml" in again.stderr


def test_a_fresh_template_checked_names_every_missing_file(tmp_path):
    geo_jindu("init", tmp_path / "w")
    checked = geo_jindu("check", tmp_path / "w")
    assert checked.returncode == 2
    for name in ("townships.gpkg", "incidents.csv", "outflow.xlsx", "population.csv"):
        assert name in checked.stderr


@pytest.mark.parametrize("language", ["en", "zh"])
def test_help_speaks_both_languages(language):
    shown = geo_jindu("--help", language=language).stdout
    assert all(command in shown for command in ("init", "demo", "check", "run", "serve"))
    assert ("退出码" in shown) == (language == "zh")
    for command in ("init", "demo", "check", "run", "serve"):
        assert "DIR" in geo_jindu(command, "--help", language=language).stdout


def test_errors_are_in_the_language_of_the_terminal(make_workspace):
    directory = make_workspace(population=population_rows({"990000102": "many"}))
    assert (
        "population.csv，第 3 行，“persons”：应为数字"
        in geo_jindu("check", directory, language="zh").stderr
    )
    english = geo_jindu("check", directory).stderr
    assert "population.csv, row 3, “persons”: this should be a number" in english


def test_wrong_usage_is_two():
    assert geo_jindu("fly").returncode == 2
    assert geo_jindu("run").returncode == 2
    assert geo_jindu("serve", ".", "--port", "0").returncode == 2


def formula_sheet(path):
    book = openpyxl.Workbook()
    book.active.append(["code", "name", "persons"])
    book.active.append(["990000101", "甲镇", "=500+500"])
    book.save(path)


BAD = {
    "missing file": lambda d: (d / "incidents.csv").unlink(),
    "empty file": lambda d: (d / "incidents.csv").write_bytes(b""),
    "folder in place of a file": lambda d: (
        (d / "incidents.csv").unlink(),
        (d / "incidents.csv").mkdir(),
    ),
    "wrong field name": lambda d: edit(d / "geo_jindu.toml", 'longitude = "lon"', 'longitude = "Lng"'),
    "mixed encodings": lambda d: append(
        d / "incidents.csv", "不详,1,2\n".encode() + "日期,1,2\n".encode("gb18030")
    ),
    "text in numbers": lambda d: edit(d / "population.csv", "1000", "一千"),
    "ten megabyte cell": lambda d: append(d / "incidents.csv", b"2018," + b"9" * 10_000_000 + b",27\n"),
    "nul bytes": lambda d: (d / "geo_jindu.toml").write_bytes(b"\0\0\0"),
    "swapped coordinates": lambda d: edit(
        d / "geo_jindu.toml", '"lon"\nlatitude = "lat"', '"lat"\nlatitude = "lon"'
    ),
    "broken boundaries": lambda d: (d / "townships.gpkg").write_bytes(
        b"SQLite format 3\0 and then nothing"
    ),
    "configuration of another kind": lambda d: (d / "geo_jindu.toml").write_text(
        "[[area]]\nname = 3\n"
    ),
    "window of words": lambda d: edit(d / "geo_jindu.toml", '"2018-01"', '"soon"'),
    "unclosed quote": lambda d: append(d / "incidents.csv", b'"2018,1,2\n'),
}


def edit(path, old, new):
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def append(path, content):
    path.write_bytes(path.read_bytes() + content)


@pytest.mark.parametrize("what", BAD)
def test_bad_input_ends_with_two_a_sentence_and_nothing_written(make_workspace, what):
    directory = make_workspace()
    BAD[what](directory)
    before = sorted(directory.iterdir())
    for command in ("check", "run"):
        done = geo_jindu(command, directory)
        assert done.returncode == 2, done.stderr
        assert done.stderr.startswith("error: ")
    assert sorted(directory.iterdir()) == before


def test_a_formula_cell_is_refused_with_its_place(make_workspace):
    text = CONFIGURATION.replace("population.csv", "population.xlsx")
    directory = make_workspace(configuration=text)
    formula_sheet(directory / "population.xlsx")
    done = geo_jindu("check", directory)
    assert done.returncode == 2
    assert "population.xlsx, row 2, “persons”: the cell is a formula" in done.stderr


def test_a_place_without_workspace(tmp_path):
    assert geo_jindu("run", tmp_path).returncode == 2
    assert geo_jindu("run", tmp_path / "nowhere").returncode == 2


def test_a_folder_that_cannot_be_written_is_one(make_workspace):
    """A file called ``out`` in the place of the folder is somebody else's: two; nothing is lost."""
    directory = make_workspace()
    (directory / "out").write_text("mine")
    assert geo_jindu("run", directory).returncode == 2
    assert (directory / "out").read_text() == "mine"


def test_an_unexpected_failure_is_one_sentence(make_workspace):
    directory = make_workspace()
    code = (
        "import sys, geo_jindu.cli.line as line\n"
        "def broken(*_): raise RuntimeError('a secret')\n"
        "line.assess = broken\n"
        f"sys.argv = ['geo-jindu', 'run', {str(directory)!r}]\n"
        "from geo_jindu.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "RuntimeError" in done.stderr
    assert "a secret" not in done.stderr
    assert "Traceback" not in done.stderr


def test_init_in_the_place_of_a_file_says_that_it_cannot_write(tmp_path):
    (tmp_path / "file").write_text("mine")
    done = geo_jindu("init", tmp_path / "file")
    assert done.returncode == 1
    assert "cannot write" in done.stderr
    assert (tmp_path / "file").read_text() == "mine"


def test_a_file_used_by_two_sources_is_complained_of_once(tmp_path):
    geo_jindu("init", tmp_path / "w")
    assert geo_jindu("check", tmp_path / "w").stderr.count("population.csv") == 1


def test_the_demonstration_goes_into_the_current_folder_too(tmp_path):
    (tmp_path / "w").mkdir()
    (tmp_path / "w.new").mkdir()
    (tmp_path / "w.new" / "keep").write_text("mine")
    command = [sys.executable, "-P", "-m", "geo_jindu", "demo", "."]
    done = subprocess.run(command, cwd=tmp_path / "w", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in (tmp_path / "w").iterdir()) == ["data", "geo_jindu.toml"]
    assert (tmp_path / "w.new" / "keep").read_text() == "mine"


def test_serve_on_an_unknown_host_says_so(make_workspace):
    directory = make_workspace()
    geo_jindu("run", directory)
    done = geo_jindu("serve", directory, "--host", "no-such-host.invalid")
    assert done.returncode == 2
    assert "cannot listen on no-such-host.invalid" in done.stderr


def test_serve_without_results_says_what_to_do(make_workspace):
    done = geo_jindu("serve", make_workspace())
    assert done.returncode == 2
    assert "geo-jindu run" in done.stderr


def test_serve_on_a_port_in_use_says_so(make_workspace):
    directory = make_workspace()
    geo_jindu("run", directory)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = geo_jindu("serve", directory, "--port", taken.getsockname()[1])
    assert done.returncode == 2
    assert "in use" in done.stderr


def test_serve_prints_its_address_answers_and_tells_stale_results(make_workspace):
    directory = make_workspace()
    geo_jindu("run", directory)
    (directory / "incidents.csv").write_text(incident_rows() + "2018-01,165.005,27.125\n", "utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-P",
        "-u",
        "-m",
        "geo_jindu",
        "serve",
        str(directory),
        "--port",
        str(port),
    ]
    environment = os.environ | {"GEO_JINDU_LANGUAGE": "en"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert process.stdout is not None
        assert "have changed" in process.stdout.readline()
        url = f"http://127.0.0.1:{port}/"
        assert url in process.stdout.readline()
        with urllib.request.urlopen(f"{url}health", timeout=20) as answer:
            assert answer.status == 200
    finally:
        process.terminate()
        process.wait(20)


def test_nothing_is_written_by_check(make_workspace):
    directory = make_workspace(incidents=incident_rows())
    before = {path: path.stat().st_mtime_ns for path in directory.rglob("*")}
    geo_jindu("check", directory)
    assert {path: path.stat().st_mtime_ns for path in directory.rglob("*")} == before
