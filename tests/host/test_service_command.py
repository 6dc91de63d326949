"""`gatehouse service`: show, install, uninstall; files that a person has changed; the description for Windows."""

import os
import stat
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from click.testing import CliRunner
from gatehouse.cli import main
from gatehouse.services import placing, systemd, winsw
from gatehouse.services.service import Service, ServiceRefused


@pytest.fixture
def call(station, monkeypatch):
    """Calls `gatehouse service` for a station that lies where services may not lie, in a folder of the tests."""
    monkeypatch.setattr(systemd, "EMPTIED", ())
    station.enrol()
    station.data.mkdir()
    station.write_config("loop://")

    def run(verb, *arguments):
        arguments = ["service", verb, "--config", str(station.config), *map(str, arguments)]
        return CliRunner().invoke(main, arguments)

    return run


@pytest.fixture
def units(tmp_path):
    """A folder for units."""
    folder = tmp_path / "units"
    folder.mkdir()
    return folder


def everything(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_show_prints_what_install_writes_and_writes_nothing(call, station, units):
    """Byte for byte."""
    before = everything(station.folder)
    shown = call("show", "--for", "systemd")
    untouched = everything(station.folder)
    done = call("install", "--for", "systemd", "--into", units)

    assert (shown.exit_code, done.exit_code) == (0, 0)
    assert untouched == before
    assert (units / "gatehouse.service").read_text(encoding="utf-8") == shown.stdout
    assert stat.S_IMODE((units / "gatehouse.service").stat().st_mode) & 0o022 == 0
    assert f"User={station.keys_path.owner()}\n" in shown.stdout


def test_install_says_what_to_do_next_and_may_be_repeated(call, units):
    """A file that is in place already is not an error."""
    first = call("install", "--for", "systemd", "--into", units)
    second = call("install", "--for", "systemd", "--into", units)

    assert "sudo systemctl enable --now gatehouse" in first.stdout
    assert second.exit_code == 0
    assert "in place already" in second.stdout
    assert [one.name for one in units.iterdir()] == ["gatehouse.service"]


def test_new_settings_replace_an_untouched_unit(call, station, units):
    """Nobody's work is lost by it."""
    call("install", "--for", "systemd", "--into", units)
    (station.folder / "log").mkdir()
    station.write_config("loop://", more='[log]\nfile = "log/house.log"\n')
    done = call("install", "--for", "systemd", "--into", units)

    assert done.exit_code == 0
    assert f'"{station.folder}/log"' in (units / "gatehouse.service").read_text()


@pytest.mark.parametrize("change", [lambda t: t + "Nice=5\n", lambda t: t.replace("yes", "no", 1), lambda t: "mine\n"])
def test_a_unit_that_a_person_has_changed_is_kept(call, units, change):
    """Refused, and with --replace kept as .old; removing it is refused too."""
    call("install", "--for", "systemd", "--into", units)
    unit = units / "gatehouse.service"
    unit.write_text(change(unit.read_text()))
    mine = unit.read_text()
    refused = call("install", "--for", "systemd", "--into", units)
    not_removed = call("uninstall", "--for", "systemd", "--into", units)

    assert (refused.exit_code, not_removed.exit_code) == (1, 1)
    assert "--replace keeps it as gatehouse.service.old" in refused.stderr
    assert unit.read_text() == mine
    assert call("install", "--for", "systemd", "--into", units, "--replace").exit_code == 0
    assert (units / "gatehouse.service.old").read_text() == mine
    assert placing.is_untouched(unit.read_bytes())


def test_a_masked_unit_stays_masked(call, units):
    """`systemctl mask` makes a link to nowhere: somebody meant it."""
    (units / "gatehouse.service").symlink_to("/dev/null")
    refused = call("install", "--for", "systemd", "--into", units)

    assert refused.exit_code == 1
    assert (units / "gatehouse.service").is_symlink()


def test_uninstall_removes_what_install_wrote_once_it_is_disabled(call, units):
    """An enabled service is stopped first, by the command that is named."""
    call("install", "--for", "systemd", "--into", units)
    wants = units / "multi-user.target.wants"
    wants.mkdir()
    (wants / "gatehouse.service").symlink_to(units / "gatehouse.service")
    enabled = call("uninstall", "--for", "systemd", "--into", units)
    (wants / "gatehouse.service").unlink()
    done = call("uninstall", "--for", "systemd", "--into", units)
    again = call("uninstall", "--for", "systemd", "--into", units)

    assert (enabled.exit_code, done.exit_code, again.exit_code) == (1, 0, 1)
    assert "sudo systemctl disable --now gatehouse" in enabled.stderr
    assert not (units / "gatehouse.service").exists()
    assert "nothing to remove" in again.stderr


def test_without_rights_the_command_to_run_is_named(call, station, units, monkeypatch):
    """As root this cannot be provoked by permissions: the system's answer is put in its place."""
    real = os.open

    def denied(path, *arguments, **options):
        if Path(path).parent == units:
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, *arguments, **options)

    monkeypatch.setattr(os, "open", denied)
    shown = call("install", "--for", "systemd", "--into", units)

    assert shown.exit_code == 1
    assert "this user may not write there. Nothing was changed. Run: sudo " in shown.stderr
    assert f"service install --config {station.config} --for systemd --into {units}\n" in shown.stderr
    assert list(units.iterdir()) == []


def test_a_system_without_systemd_is_told_so(call, monkeypatch, tmp_path):
    """Before anything is written."""
    monkeypatch.setattr(systemd, "RUNS", tmp_path / "none")
    shown = call("install", "--for", "systemd")

    assert shown.exit_code == 1
    assert "was not started by systemd" in shown.stderr


def test_other_systems_are_told_what_is_there(call, monkeypatch):
    """macOS has neither."""
    monkeypatch.setattr(sys, "platform", "darwin")
    shown = call("show")

    assert shown.exit_code == 1
    assert "neither systemd nor Windows services" in shown.stderr


def test_folders_that_are_not_there_are_made_by_a_person(call, station, units):
    """The unit makes none: the commands are printed."""
    station.data.rmdir()
    shown = call("install", "--for", "systemd", "--into", units)

    assert shown.exit_code == 1
    assert f"sudo install -d -m 700 -o {station.keys_path.owner()} {station.data}" in shown.stderr
    assert list(units.iterdir()) == []


def test_folders_of_another_user_are_handed_over_by_a_person(call, station, units):
    """Without that the service could not write, and would not even start."""
    shown = call("install", "--for", "systemd", "--into", units, "--user", "somebody")

    assert shown.exit_code == 1
    for folder in (station.data, station.keys_path.parent):
        assert f"sudo chown -R somebody: {folder}\n" in shown.stderr
    assert list(units.iterdir()) == []


def test_without_a_key_file_somebody_says_who_runs_it(call, station):
    """Its owner is not known yet."""
    station.keys_path.unlink()
    shown, named = call("show", "--for", "systemd"), call("show", "--for", "systemd", "--user", "station")

    assert shown.exit_code == 1
    assert "--user NAME" in shown.stderr
    assert "User=station\n" in named.stdout


def test_an_install_that_was_cut_short_hinders_no_other(call, units):
    """What it left is written over."""
    (units / ".gatehouse.service.new").write_text("half")

    assert call("install", "--for", "systemd", "--into", units).exit_code == 0
    assert [one.name for one in units.iterdir()] == ["gatehouse.service"]


def windows_service(**changes):
    values = {
        "python": r"C:\Program Files\Gatehouse\python.exe",
        "config": Path("/srv/station & co/<a> \"b\" 'c'/gatehouse.toml"),
        "data": Path("/srv/data"),
        "keys": Path("/srv/keys/keys.db"),
        "log": None,
        "user": "",
        "group": "",
        "ports": ("COM3",),
    }
    return Service(**(values | changes))


def split_like_windows(line):
    """The arguments of a command line by the rules of Microsoft's C runtime."""
    found, word, quoted, slashes = [], "", False, 0
    for character in line + " ":
        if character == "\\":
            slashes += 1
            continue
        if character == '"':
            word += "\\" * (slashes // 2)
            if slashes % 2:
                word += '"'
            else:
                quoted = not quoted
        else:
            word += "\\" * slashes
            if character == " " and not quoted:
                found.append(word)
                word = ""
            else:
                word += character
        slashes = 0
    return found


def test_the_description_for_windows_starts_the_same_command():
    """Whatever stands in the paths; it is started again after a failure."""
    service = windows_service()
    root = ET.fromstring(placing.marked(winsw.description(service), "<!-- {} -->"))

    assert root.tag == "service"
    assert root.findtext("id") == "gatehouse"
    assert root.findtext("executable") == service.python
    assert split_like_windows(root.findtext("arguments")) == list(service.command[1:])
    assert root.findtext("workingdirectory") == str(service.config.parent)
    assert root.find("onfailure").attrib == {"action": "restart", "delay": "10 sec"}
    assert root.findtext("startmode") == "Automatic"


@pytest.mark.parametrize(
    "changes",
    [
        {"config": Path("/srv/50%/a.toml")},
        {"python": r"C:\%APPDATA%\python.exe"},
        {"config": Path("/srv/a\nb.toml")},
        {"python": "C:\\a\0b"},
    ],
)
def test_what_winsw_would_change_is_refused(changes):
    """Variables and characters that XML does not have."""
    with pytest.raises(ServiceRefused):
        winsw.description(windows_service(**changes))


def test_install_for_windows_lies_beside_the_settings_and_says_where_winsw_is(call, station):
    """With the commands to type."""
    shown = call("install", "--for", "windows")

    assert shown.exit_code == 0
    assert (station.folder / "gatehouse-service.xml").exists()
    assert "https://github.com/winsw/winsw/releases" in shown.stdout
    assert "gatehouse-service.exe install" in shown.stdout


def test_the_command_of_the_unit_serves(station, call, units):
    """What systemd would start, started here: it says that it serves, and ends when it is told."""
    call("install", "--for", "systemd", "--into", units)
    line = next(
        line for line in (units / "gatehouse.service").read_text().splitlines() if line.startswith("ExecStart=")
    )
    command = [word.strip('":') for word in line.removeprefix("ExecStart=").split(" ")]
    house = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd="/")
    said = ""
    while "serving ports: 1" not in said:
        line = house.stderr.readline()
        assert line, said
        said += line
    house.terminate()

    house.communicate(timeout=30)
    assert house.returncode == 0


def test_a_folder_that_is_not_there_is_named(call, units):
    """Not a file that nobody has heard of."""
    shown = call("install", "--into", units / "etc")

    assert shown.exit_code == 1
    assert f"{units / 'etc'}: there is no such folder. Make it first, or name another." in shown.stderr
