"""``out/`` is written whole or not at all, and read only if nobody changed it."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from geo_jindu.cli.line import run_line
from geo_jindu.errors import InputError, OutputError
from geo_jindu.outputs import (
    FILES,
    read_outputs,
    restore_interrupted,
    write_outputs,
)


def content_of(directory):
    folder = directory / "out"
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def refusal(call, *arguments):
    with pytest.raises(OutputError) as caught:
        call(*arguments)
    return caught.value.problem.key


def test_a_run_writes_its_files_and_the_store_and_nothing_else(make_workspace):
    directory = make_workspace()
    before = set(directory.iterdir())
    _, folder = run_line(directory)
    assert set(content_of(directory)) == FILES
    assert set(directory.iterdir()) - before == {folder, directory / "store.sqlite"}


def test_running_again_gives_the_same_bytes(make_workspace):
    directory = make_workspace()
    run_line(directory)
    first = content_of(directory)
    run_line(directory)
    assert content_of(directory) == first


def test_bad_input_leaves_earlier_results_as_they_were(make_workspace):
    directory = make_workspace()
    run_line(directory)
    first = content_of(directory)
    (directory / "population.csv").write_text(
        "code,name,persons\n990000101,甲镇,many\n", encoding="utf-8"
    )
    with pytest.raises(InputError):
        run_line(directory)
    assert content_of(directory) == first


def test_a_failure_while_writing_leaves_earlier_results_as_they_were(make_workspace, monkeypatch):
    directory = make_workspace()
    run_line(directory)
    first, before = content_of(directory), set(directory.iterdir())

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    assert refusal(write_outputs, directory, {"townships.csv": b"x"}) == "output_not_writable"
    monkeypatch.undo()
    assert content_of(directory) == first
    assert set(directory.iterdir()) == before


def test_files_of_somebody_else_are_never_deleted(make_workspace):
    directory = make_workspace()
    run_line(directory)
    (directory / "out" / "my_project.qgz").write_text("precious")
    assert refusal(run_line, directory) == "output_has_foreign_files"
    assert (directory / "out" / "my_project.qgz").read_text() == "precious"


def test_a_linked_folder_is_not_replaced(make_workspace, tmp_path):
    directory = make_workspace()
    (tmp_path / "elsewhere").mkdir()
    (directory / "out").symlink_to(tmp_path / "elsewhere")
    assert refusal(run_line, directory) == "output_has_foreign_files"
    assert (directory / "out").is_symlink()


def test_a_folder_in_the_place_of_a_result_is_somebody_elses(make_workspace):
    directory = make_workspace()
    (directory / "out" / "townships.csv").mkdir(parents=True)
    (directory / "out" / "townships.csv" / "precious").write_text("mine")
    assert refusal(run_line, directory) == "output_has_foreign_files"
    assert (directory / "out" / "townships.csv" / "precious").read_text() == "mine"


def test_an_interrupt_between_the_renames_brings_the_results_back(make_workspace, monkeypatch):
    directory = make_workspace()
    run_line(directory)
    first, rename = content_of(directory), Path.rename

    def interrupted(path, target):
        if path.name == "new":
            raise KeyboardInterrupt
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_line(directory)
    monkeypatch.undo()
    assert content_of(directory) == first


def test_what_a_killed_run_left_is_swept_once_it_is_old(make_workspace):
    directory = make_workspace()
    for name, age in ((".out-old", 2 * 24 * 3600), (".out-fresh", 0)):
        (directory / name).mkdir()
        os.utime(directory / name, (time.time() - age, time.time() - age))
    restore_interrupted(directory)
    assert [path.name for path in directory.glob(".out-*")] == [".out-fresh"]


def test_results_of_another_version_are_refused(make_workspace, monkeypatch):
    directory = make_workspace()
    run_line(directory)
    monkeypatch.setattr("geo_jindu.outputs.SOFTWARE", "geo_jindu 99.0")
    assert refusal(read_outputs, directory) == "results_of_other_version"


def test_a_changed_file_is_noticed(make_workspace):
    directory = make_workspace()
    run_line(directory)
    for name in sorted(FILES - {"assessment.json"}):
        path = directory / "out" / name
        content = path.read_bytes()
        path.write_bytes(content + b" ")
        assert refusal(read_outputs, directory) == "results_changed", name
        path.write_bytes(content)
    assert set(read_outputs(directory)) == FILES


def test_a_missing_file_means_no_results(make_workspace):
    directory = make_workspace()
    assert refusal(read_outputs, directory) == "no_results"
    run_line(directory)
    (directory / "out" / "townships.csv").unlink()
    assert refusal(read_outputs, directory) == "no_results"


def test_results_set_aside_by_a_run_that_was_killed_come_back(make_workspace):
    directory = make_workspace()
    run_line(directory)
    first = content_of(directory)
    (directory / ".out-abc").mkdir()
    (directory / "out").rename(directory / ".out-abc" / "earlier")
    restore_interrupted(directory)
    assert content_of(directory) == first
    assert not (directory / ".out-abc").exists()


KILLED = """
import os, sys
from pathlib import Path
_, directory, which, when = sys.argv
real, calls = Path.rename, []

def rename(path, target):
    calls.append(path)
    if len(calls) == int(which) and when == "before":
        os._exit(9)
    moved = real(path, target)
    if len(calls) == int(which) and when == "after":
        os._exit(9)
    return moved

Path.rename = rename
from geo_jindu.cli.line import run_line
run_line(Path(directory), replaces=True)
"""


@pytest.mark.parametrize("which", [1, 2])
@pytest.mark.parametrize("when", ["before", "after"])
def test_ended_by_force_at_each_rename_the_results_are_those_of_before_or_after(
    make_workspace, which, when
):
    """The process ends without any cleaning up, as by SIGKILL, around each of the two renames."""
    directory = make_workspace()
    run_line(directory)
    before = content_of(directory)
    edited = (directory / "incidents.csv").read_text("utf-8") + "2018-01,165.005,27.125\n"
    (directory / "incidents.csv").write_text(edited, "utf-8")
    command = [sys.executable, "-P", "-c", KILLED, str(directory), str(which), when]
    assert subprocess.run(command, check=False).returncode == 9
    restore_interrupted(directory)
    assert set(read_outputs(directory)) == FILES
    found = content_of(directory)
    run_line(directory, replaces=True)
    after = content_of(directory)
    assert before != after
    assert found == (after if (which, when) == (2, "after") else before)
