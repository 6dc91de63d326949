"""The key file, made by the real classes and then harmed: what stops the gatehouse is told, what is sound opens."""

import contextlib
import os
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from gatehouse import protectors
from gatehouse.keyfile import KeyFile
from gatehouse.keyfile_error import KeyFileError
from gatehouse.protectors.systemd_creds import SystemdCreds
from gatetools.doctor import enrolment, keys
from gatetools.doctor.catalogue import Severity


@pytest.fixture
def sealed(station):
    """A station whose keys are sealed by a master file."""
    station.enrol("A")
    station.enrol("B")
    with contextlib.closing(KeyFile(station.keys_path)) as opened:
        opened.protect("file")
    return station


def of(station):
    return keys.findings(station.patient)


def told(codes, station):
    """Without the note that this PC may offer something stronger."""
    return [(code, subject) for code, subject in codes(of(station)) if code != "keys-weakly-protected"]


def broken(station):
    return [found for found in of(station) if found.severity == Severity.BROKEN]


def test_sound_is_what_opens(sealed, codes):
    """Both gates and the register's key."""
    assert told(codes, sealed) == [("keys-good", "")]


@pytest.mark.parametrize(
    ("harm", "code", "remedy"),
    [
        (lambda master: master.chmod(0o644), "keys-master-open", "chmod 600 {}"),
        (Path.unlink, "keys-master-missing", "gatehouse restore keys"),
        (lambda master: master.write_bytes(bytes(32)), "keys-master-wrong", "gatehouse restore keys"),
        (lambda master: master.write_bytes(b""), "keys-master-wrong", "gatehouse restore keys"),
        (lambda master: (master.unlink(), os.mkfifo(master, 0o600)), "keys-master-wrong", "gatehouse restore keys"),
    ],
    ids=["open", "missing", "another", "empty", "pipe"],
)
def test_a_master_file_that_stops_the_gatehouse(sealed, codes, harm, code, remedy):
    """What KeyFile refuses is broken here, with what to do; nothing is called sound."""
    master = sealed.keys_path.with_name("keys.db.master")
    harm(master)
    (found,) = broken(sealed)

    assert told(codes, sealed) == [(code, str(master))]
    assert remedy.format(master) in found.remedy("en")
    if not master.is_fifo():  # KeyFile would wait for its other end
        with pytest.raises(KeyFileError):
            KeyFile(sealed.keys_path)


def test_folders_that_others_may_write(sealed, codes):
    """Who may write there exchanges the files; who may only look does not."""
    folder = sealed.keys_path.parent
    folder.chmod(0o777)
    (found,) = broken(sealed)
    assert codes([found]) == [("keys-folder-open", str(folder))]
    assert found.remedy("en") == f"Run: chmod 700 {folder}"
    folder.chmod(0o755)
    assert broken(sealed) == []


@pytest.mark.parametrize(
    ("harm", "wanted"),
    [
        ("update vault set wrapped = zeroblob(60)", ["keys-master-wrong"]),
        ("update vault set wrapped = x''", ["keys-master-wrong"]),
        ("update vault set protector = 'dpapi'", ["keys-unusable"]),
        ("update vault set protector = 'what'", ["keys-unusable"]),
        ("delete from vault", ["keys-unusable"]),
        ("drop table vault", ["keys-unusable"]),
        ("update secrets set sealed = zeroblob(60)", ["keys-name-damaged"]),
        ("delete from secrets", ["keys-of-another-register"]),
        ("update gates set sealed = zeroblob(92)", ["keys-row-damaged", "keys-row-damaged"]),
        ("update gates set sealed = x'', count = -1 where lane = 'B'", ["keys-row-damaged"]),
    ],
)
def test_damage_inside_is_found(sealed, harm, wanted):
    """By opening every row; the lane of a damaged one is named, and none of it is called sound."""
    sealed.run_statement(sealed.keys_path, harm)
    found = list(of(sealed))

    assert [one.code for one in found if one.severity == Severity.BROKEN] == wanted
    assert "keys-good" not in {one.code for one in found}
    if wanted == ["keys-row-damaged"]:
        assert [one.subject for one in found if one.code == wanted[0]] == ["B"]
    list(enrolment.findings(sealed.patient))  # nor does the check of the gates in it fail


def test_a_register_of_other_keys(sealed, codes):
    """Whoever stands in it could not be found."""
    register = sealed.data / "register.db"
    sealed.run_statement(register, "update meta set value = 'ab' where name = 'key'")
    assert told(codes, sealed) == [("keys-of-another-register", str(register))]
    register.unlink()
    assert told(codes, sealed) == [("keys-good", "")]


def test_a_protector_that_refuses_this_user(sealed, codes, monkeypatch):
    """Broken for the owner of the file; for anybody else it is only not known."""

    def refused(_, wrapped):
        raise KeyFileError("systemd-creds decrypt failed: Permission denied.")

    monkeypatch.setattr(SystemdCreds, "unwrap", refused)
    sealed.run_statement(sealed.keys_path, "update vault set protector = 'systemd-creds'")
    path = str(sealed.keys_path)
    assert told(codes, sealed) == [("keys-not-unsealed", path)]
    sealed.machine.user = replace(sealed.machine.user, uid=sealed.keys_path.stat().st_uid)
    assert told(codes, sealed) == [("keys-unusable", path)]


def test_what_protects_the_keys(codes):
    """A note if this PC offers something stronger, with the command; nothing if it does not or is not known."""
    (found,) = keys.judge_protector("/k", "file", ["systemd-creds"])
    assert codes([found]) == [("keys-weakly-protected", "/k")]
    assert "gatehouse keys protect --with systemd-creds" in found.remedy("en")
    assert "systemd-creds" in protectors.NAMES
    assert codes(keys.judge_protector("/k", "systemd-creds", ["systemd-creds"])) == []
    assert codes(keys.judge_protector("/k", "file", [])) == []


def test_a_key_file_that_is_missing_open_or_broken(sealed, codes):
    """Each is told with what to do."""
    path = sealed.keys_path
    path.chmod(0o640)
    assert told(codes, sealed) == [("keys-open", str(path)), ("keys-good", "")]
    path.chmod(0o600)
    sealed.run_statement(path, "pragma user_version = 99")
    assert told(codes, sealed) == [("keys-unusable", str(path))]
    for text in (b"x" * 5000, b""):
        path.write_bytes(text)
        assert told(codes, sealed) == [("keys-unusable", str(path))]
    path.unlink()
    assert told(codes, sealed) == [("keys-missing", str(path))]
    patient = sealed.patient  # with settings that were read before: they refuse such a place themselves
    for made in (Path.mkdir, os.mkfifo):
        made(path)
        assert codes(keys.findings(patient)) == [("keys-unusable", str(path))]
        assert codes(enrolment.findings(patient)) == []
        path.rmdir() if path.is_dir() else path.unlink()


def test_a_key_file_of_version_1(station, codes):
    """Its keys lie there unsealed: the next start seals them."""
    station.keys_path.unlink()
    with contextlib.closing(sqlite3.connect(station.keys_path)) as database:
        database.execute("create table gates (identity, lane, static_key, count, chain_key, revoked)")
        database.execute("create table secrets (name, key)")
        database.execute("insert into gates values (x'00', 'A', x'00', 3, x'00', 0)")
        database.execute("pragma user_version = 1")
        database.commit()
    station.keys_path.chmod(0o600)

    assert told(codes, station) == [("keys-older", str(station.keys_path))]
    assert codes(enrolment.findings(station.patient)) == []


def test_a_key_file_that_this_user_may_not_read(station, codes, monkeypatch):
    """A note: the gatehouse's user may."""
    opened = Path.open

    def refused(path, *rest, **named):
        if path == station.keys_path:
            raise PermissionError(13, "Permission denied")
        return opened(path, *rest, **named)

    monkeypatch.setattr(Path, "open", refused)

    assert codes(of(station)) == [("not-readable", str(station.keys_path))]


def test_keys_where_they_must_not_lie(station, codes):
    """In the data folder, by way of a relative path or a link; old copies beside the file, each told once."""
    station.enrol("A")
    copy = station.keys_path.with_name("keys.db.v1-20260101T000000Z")
    for suffix in ("", "-wal", "-shm", ".master"):
        shutil.copy(station.keys_path, f"{copy}{suffix}")
    (station.data / "keys").symlink_to(station.keys_path.parent)
    assert codes(keys.places(station.keys_path, station.data)) == [("keys-copy", str(copy))]
    lying = station.data / "keys.db"
    shutil.copy(station.keys_path, lying)

    assert codes(keys.places(lying, station.data)) == [("keys-in-data", str(lying))]


def test_no_key_is_in_any_finding(sealed):
    """Not in words, not in facts; also where one row is damaged."""
    with contextlib.closing(KeyFile(sealed.keys_path)) as opened:
        held = [
            opened.secret("register"),
            *[part for gate in opened.gates() for part in (gate.keys.static_key, gate.keys.chain_key)],
        ]
    sealed.run_statement(sealed.keys_path, "update gates set sealed = zeroblob(92) where lane = 'B'")
    shown = repr([finding.told() for finding in of(sealed)])

    assert "keys-row-damaged" in shown
    assert not [key for key in held if key.hex() in shown or repr(bytes(key))[2:-1] in shown]
