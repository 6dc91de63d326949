"""The log as files: sizes, permissions, disks that are full, folders that are not there."""

import errno
import logging
import os
import stat
import subprocess

import pytest
from gatehouse.log_file import LogFile


@pytest.fixture
def opened():
    """Makes handlers that are closed after the test."""
    made = []

    def make(*arguments):
        made.append(LogFile(*arguments))
        return made[-1]

    yield make
    for one in made:
        one.close()


def write(log, *texts):
    for text in texts:
        log.emit(logging.LogRecord("gatehouse", logging.INFO, "", 0, text, None, None))


def lines(folder, name="house.log"):
    """All lines that are kept, the oldest first."""
    files = sorted(folder.glob(f"{name}*"), key=lambda one: -int(one.suffix[1:]) if one.suffix != ".log" else 1)
    return [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]


def test_no_line_is_lost_or_torn_while_files_rotate(tmp_path, opened):
    """Over many rotations every line is somewhere, whole and once, as long as files are kept."""
    texts = [f"line {n} " + "北" * (n % 40) for n in range(400)]
    write(opened(tmp_path / "house.log", 1000, 100), *texts)

    assert lines(tmp_path) == texts
    assert len(list(tmp_path.iterdir())) > 10
    assert all(one.stat().st_size <= 1000 for one in tmp_path.iterdir())


@pytest.mark.parametrize("keep", [0, 1, 3])
def test_no_more_files_than_wanted_are_kept(tmp_path, opened, keep):
    """The newest ones."""
    texts = [f"line {n:04}" for n in range(300)]
    write(opened(tmp_path / "house.log", 100, keep), *texts)
    kept = lines(tmp_path)

    assert len(list(tmp_path.iterdir())) == keep + 1
    assert kept == texts[-len(kept) :]


def test_a_file_goes_on_where_the_last_process_stopped(tmp_path, opened):
    """What is there counts towards its size."""
    write(opened(tmp_path / "house.log", 100, 5), "a" * 60)
    write(opened(tmp_path / "house.log", 100, 5), "b" * 60)

    assert lines(tmp_path) == ["a" * 60, "b" * 60]
    assert (tmp_path / "house.log.1").exists()


def test_a_rotation_that_was_cut_short_costs_nothing(tmp_path, opened):
    """A name that is missing in the row is as if it had moved on already."""
    for name, text in (("house.log", "new " + "x" * 90), ("house.log.1", "older"), ("house.log.3", "oldest")):
        (tmp_path / name).write_text(text + "\n")
    write(opened(tmp_path / "house.log", 100, 3), "newest")

    assert lines(tmp_path) == ["oldest", "older", "new " + "x" * 90, "newest"]


def test_files_are_for_their_owner_from_the_first_byte(tmp_path, opened):
    """Whatever the process's mask is."""
    before = os.umask(0)
    try:
        write(opened(tmp_path / "house.log", 20, 3), *["a line of text"] * 5)
    finally:
        os.umask(before)

    assert {stat.S_IMODE(one.stat().st_mode) for one in tmp_path.iterdir()} == {0o600}


def test_a_missing_folder_is_told_once_and_lines_go_on_when_it_is_there(tmp_path, opened, capsys):
    """On standard error, with how many lines the file lacks."""
    log = opened(tmp_path / "log" / "house.log", 1000, 3)
    write(log, "one", "two")
    (tmp_path / "log").mkdir()
    write(log, "three", "four")

    assert lines(tmp_path / "log") == ["three", "four"]
    said = capsys.readouterr().err.splitlines()
    file = f"log file {tmp_path}/log/house.log"
    assert len(said) == 2
    assert said[0].startswith(f"{file} cannot be written (No such file or directory).")
    assert said[1] == f"{file} is written again; 2 lines before this one are missing in it"


def test_a_full_disk_leaves_no_half_line(tmp_path, opened, monkeypatch, capsys):
    """The first bytes of a line that did not fit are taken back."""
    log = opened(tmp_path / "house.log", 1000, 3)
    write(log, "one")
    real, room = os.write, [3]

    def full(fd, data):
        if not room[0]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = real(fd, data[: room[0]])
        room[0] -= written
        return written

    monkeypatch.setattr(os, "write", full)
    write(log, "two does not fit")
    monkeypatch.setattr(os, "write", real)
    write(log, "three")

    assert lines(tmp_path) == ["one", "three"]
    assert "No space left on device" in capsys.readouterr().err


def test_a_file_that_cannot_be_put_aside_goes_on_growing(tmp_path, opened, capsys):
    """A name that is taken by a folder; told once."""
    (tmp_path / "house.log.1").mkdir()
    (tmp_path / "house.log.1" / "in the way").touch()
    write(opened(tmp_path / "house.log", 20, 1), *(f"a line of text {n}" for n in range(9)))

    assert (tmp_path / "house.log").read_text().splitlines() == [f"a line of text {n}" for n in range(9)]
    assert capsys.readouterr().err.count("goes on growing") == 1


def test_a_gatehouse_writes_its_log_to_the_file_as_well(station, gatehouse_command):
    """As the settings say; the folder that is missing stops nothing."""
    station.enrol()
    said = []
    for folder in ("log", "no such folder"):
        (station.folder / "log").mkdir(exist_ok=True)
        config = station.write_config("loop://", more=f'[log]\nfile = "{folder}/house.log"\n')
        house = subprocess.Popen(
            [*gatehouse_command, "run", "--config", str(config)], stderr=subprocess.PIPE, text=True
        )
        while "serving ports: 1" not in (line := house.stderr.readline()):
            assert line, "it ended"
            said.append(line)
        house.terminate()
        said.append(house.communicate(timeout=30)[1])
        assert house.returncode == 0
    written = (station.folder / "log" / "house.log").read_text(encoding="utf-8")

    assert "serving ports: 1" in written
    assert "stopping" in written
    assert "no such folder/house.log cannot be written" in "".join(said)
