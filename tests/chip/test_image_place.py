"""Where gate image puts its file: nothing but a file is ever replaced, and half a file never stays."""

import os
import shlex
import shutil
import subprocess
import sys

import pytest
from chip.conftest import gate
from gatetools import build
from gatetools.build import compile_firmware

# Runs `gate` with no file larger than so many bytes.
LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
from gatetools.cli import main
main(sys.argv[2:])
"""


def make(raw, out):
    return gate("image", "--board", "devkit", "--micropython", raw, "--unknown-image", "-o", out)


def limited(size_bytes, *arguments):
    """(Exit status, what it said.)"""
    command = [sys.executable, "-c", LIMITED, str(size_bytes), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, " ".join((done.stdout + done.stderr).split())


def test_what_is_no_file_is_never_replaced(image, tmp_path):
    """A pipe stands for a device; behind a link too."""
    raw = image("esp32")
    pipe, link, circle = tmp_path / "pipe", tmp_path / "link", tmp_path / "circle"
    os.mkfifo(pipe)
    link.symlink_to(pipe)
    circle.symlink_to(circle)
    for out, says in [
        (pipe, "no file but a device or a pipe"),
        (link, "no file but a device or a pipe"),
        (circle, "link"),
        (tmp_path / "missing" / "gate.bin", f"there is no folder {tmp_path / 'missing'}"),
        ("", "is a folder. Name the file to make"),
    ]:
        status, said = make(raw, out)
        assert status == 1, out
        assert says in said
        assert "cable" not in said
    assert pipe.is_fifo()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["circle", "esp32.bin", "link", "pipe"]


def test_the_image_that_was_given_is_never_replaced(image, tmp_path):
    """By its own name or another."""
    raw = image("esp32")
    before = raw.read_bytes()
    (tmp_path / "link").symlink_to(raw)
    for out in (raw, tmp_path / "link"):
        status, said = make(raw, out)
        assert status == 1
        assert "is the image that was given" in said
    assert raw.read_bytes() == before


def test_a_link_stays_and_its_target_is_written(image, tmp_path):
    """The line to copy can be copied, blanks in the name or not."""
    target, link = tmp_path / "old.bin", tmp_path / "a gate.bin"
    target.write_bytes(b"old")
    target.chmod(0o640)
    link.symlink_to(target)
    status, said = make(image("esp32"), link)
    assert status == 0, said
    assert link.is_symlink()
    assert target.stat().st_size > 1 << 20
    assert target.stat().st_mode & 0o777 == 0o640
    assert shlex.quote(str(link)) in said


def test_a_disk_that_takes_no_more_leaves_what_was_there(image, tmp_path):
    """By a limit of this user's: half a file neither replaces the whole one nor stays beside it."""
    compile_firmware()
    out = tmp_path / "gate.bin"
    out.write_bytes(b"the one before")
    status, said = limited(
        1 << 20, "image", "--board", "devkit", "--micropython", image("esp32"), "--unknown-image", "-o", out
    )
    assert status == 1
    assert f"{out}: this user may not use more of the disk" in said
    assert [path.name for path in tmp_path.glob("gate.bin*")] == ["gate.bin"]
    assert out.read_bytes() == b"the one before"


def test_a_compiled_firmware_that_was_changed_is_made_anew(monkeypatch, tmp_path):
    """Nothing but what the sources say goes onto a chip."""
    sound = build.files_of(compile_firmware())
    shutil.copytree(compile_firmware(), tmp_path / "build" / compile_firmware().name)
    monkeypatch.setattr(build, "ROOT", tmp_path)
    tree = compile_firmware()
    assert tree.parent == tmp_path / "build"
    with (tree / "gate" / "lane.mpy").open("ab") as file:
        file.write(b"!")
    (tree / "gate" / "more.py").write_bytes(b"")
    (tree / "main.py").unlink()
    assert build.files_of(compile_firmware()) == sound


@pytest.mark.parametrize("kind", ["pipe", "endless"])
def test_only_a_file_is_taken_for_an_image(tmp_path, kind):
    """Neither a pipe, on which it would wait for ever, nor what has no end."""
    path = "/dev/zero"
    if kind == "pipe":
        path = tmp_path / "pipe"
        os.mkfifo(path)
    status, said = make(path, tmp_path / "gate.bin")
    assert status == 1
    assert "is no file. Name the file that you downloaded" in said
    status, said = gate("image", "--board", "devkit", "-o", tmp_path / "gate.bin")
    assert status == 2
    assert "https://micropython.org/download/ESP32_GENERIC/" in said
