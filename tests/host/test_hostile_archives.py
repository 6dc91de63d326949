"""Archives that are damaged, newer, or made by somebody to do harm: refused in words, with nothing written anywhere."""

import contextlib
import hashlib
import json
import re
import sqlite3
import struct
import zipfile

import pytest
from gatehouse.backups import data_archive
from gatehouse.backups.manifest import BackupRefused
from host.saved_station import indexes, nothing


def members(archive):
    with zipfile.ZipFile(archive) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def packed(archive, named, method=zipfile.ZIP_DEFLATED):
    archive.unlink()
    with zipfile.ZipFile(archive, "w", method) as opened:
        for name, content in named:
            opened.writestr(name, content)


def rewritten(change):
    """Damage that changes members and packs them again."""

    def damage(archive):
        named = members(archive)
        change(named)
        packed(archive, named.items())

    return damage


def manifest_with(**values):
    def change(named):
        named["manifest.json"] = json.dumps(json.loads(named["manifest.json"]) | values)

    return rewritten(change)


def file_with(**values):
    def change(named):
        told = json.loads(named["manifest.json"])
        told["files"][1] |= values
        named["manifest.json"] = json.dumps(told)

    return rewritten(change)


def truncated(archive):
    archive.write_bytes(archive.read_bytes()[:-100])


def twice(archive):
    named = list(members(archive).items())
    with pytest.warns(UserWarning, match="Duplicate name"):
        packed(archive, [*named, named[1]])


def a_link(archive):
    named = members(archive)
    link = zipfile.ZipInfo("ledger.db")
    link.external_attr = 0o120777 << 16
    packed(
        archive,
        [("manifest.json", named["manifest.json"]), ("register.db", named["register.db"]), (link, "/etc/passwd")],
    )


def a_bomb(archive):
    """A gigabyte of zeros in a megabyte, under a manifest that says so or not."""
    named = members(archive)
    packed(archive, [("manifest.json", named["manifest.json"]), ("register.db", named["register.db"])])
    with zipfile.ZipFile(archive, "a", zipfile.ZIP_DEFLATED) as opened, opened.open("ledger.db", "w") as file:
        for _ in range(200):
            file.write(bytes(1 << 20))


def a_lying_size(archive):
    """The directory says what the manifest says; behind it is more."""
    named = members(archive)
    true_size = len(named["ledger.db"])
    a_bomb(archive)
    content = bytearray(archive.read_bytes())
    at = content.rfind(b"ledger.db") - 46
    assert content[at : at + 4] == b"PK\x01\x02"
    content[at + 24 : at + 28] = struct.pack("<I", true_size)
    archive.write_bytes(content)


def encrypted(archive):
    content = bytearray(archive.read_bytes())
    at = content.rfind(b"ledger.db") - 46
    content[at + 8] |= 1
    archive.write_bytes(content)


def with_a_trigger(named):
    told = json.loads(named["manifest.json"])
    with contextlib.closing(sqlite3.connect(":memory:")) as database:
        content = bytearray(named["ledger.db"])
        content[18:20] = b"\x01\x01"  # "Database File Format" 1.3.2: not WAL, which memory cannot have
        database.deserialize(bytes(content))
        database.execute("create trigger t after insert on ledger begin delete from ledger; end")
        named["ledger.db"] = database.serialize()
    told["files"][1] |= {"bytes": len(named["ledger.db"]), "sha256": hashlib.sha256(named["ledger.db"]).hexdigest()}
    named["manifest.json"] = json.dumps(told)


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (truncated, "damaged or incomplete"),
        (lambda a: a.write_bytes(b""), "damaged or incomplete"),
        (lambda a: a.write_text("number,colour\n" * 1000), "damaged or incomplete"),
        (lambda a: packed(a, [("photo.jpg", b"x")]), "no backup of Gatehouse's data"),
        (lambda a: packed(a, []), "no backup of Gatehouse's data"),
        (rewritten(lambda n: n.update({"manifest.json": "[" * 5000})), "manifest is damaged"),
        (rewritten(lambda n: n.update({"manifest.json": b"\xff\xfe"})), "manifest is damaged"),
        (rewritten(lambda n: n.update({"manifest.json": " " * 20_000})), "no backup of Gatehouse's data"),
        (rewritten(lambda n: n.pop("ledger.db")), "does not hold what its manifest says"),
        (rewritten(lambda n: n.update({"keys.db": b"x"})), "does not hold what its manifest says"),
        (rewritten(lambda n: n.update({"../evil": b"x"})), "does not hold what its manifest says"),
        (rewritten(lambda n: n.update({"/etc/evil": b"x"})), "does not hold what its manifest says"),
        (
            rewritten(lambda n: n.update({"ledger.db": n["register.db"]})),
            "not what its manifest says|hold what its manif",
        ),
        (rewritten(with_a_trigger), "ledger.db: it is damaged, or no database of ours"),
        (twice, "does not hold what its manifest says"),
        (a_link, "does not hold what its manifest says"),
        (a_bomb, "does not hold what its manifest says"),
        (a_lying_size, "damaged or incomplete|does not hold"),
        (encrypted, "damaged or incomplete"),
        (manifest_with(format=2), "a later Gatehouse made it"),
        (manifest_with(format="1"), "manifest is damaged"),
        (manifest_with(files=[]), "manifest is damaged"),
        (manifest_with(more=1), "manifest is damaged"),
        (file_with(version=99), "ledger.db is of a later Gatehouse"),
        (file_with(name="../ledger.db"), "manifest is damaged"),
        (file_with(name="register.db"), "manifest is damaged"),
        (file_with(sha256="0" * 64), "not what its manifest says"),
        (file_with(rows=99), "not what its manifest says"),
        (file_with(bytes=1 << 49), "does not hold what its manifest says"),
        (lambda a: a.unlink(), "No such file or directory"),
        (lambda a: a.unlink() or a.mkdir(), "Is a directory"),
    ],
)
def test_an_archive_that_is_not_whole_and_ours_is_refused(saved, restore_data, damage, says):
    """In words, with nothing written anywhere."""
    damage(saved.archive)
    everything = {path for path in saved.folder.rglob("*") if path.name != "running.lock"}
    shown = restore_data(saved.archive, "--replace")

    assert shown.exit_code == 1
    assert re.search(says, shown.stderr), shown.stderr
    assert shown.stderr.rstrip().endswith("Nothing was restored.")
    assert not isinstance(shown.exception, BackupRefused | OSError | ValueError)
    assert {path for path in saved.folder.rglob("*") if path.name != "running.lock"} == everything
    assert [index for index, *_ in indexes(saved.data)] == [1, 2, 3]


def test_damage_anywhere_is_found_or_harmless(saved, tmp_path):
    """Each of many flipped bits: refused, or the databases come out as they were saved."""
    whole = saved.archive.read_bytes()
    true = {name: content for name, content in members(saved.archive).items() if name.endswith(".db")}
    found = 0
    places = list(range(0, len(whole), max(1, len(whole) // 200)))
    for at in places:
        content = bytearray(whole)
        content[at] ^= 1 << at % 8
        saved.archive.write_bytes(content)
        into = tmp_path / "into" / str(at)
        into.mkdir(parents=True)
        try:
            data_archive.unpack(saved.archive, into, nothing)
        except (BackupRefused, OSError):
            found += 1
        else:
            assert {one.name: one.read_bytes() for one in into.iterdir()} == true, at

    assert found > len(places) // 2
