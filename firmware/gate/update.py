"""A file update that is all or nothing: whenever the power goes, the next start runs the old firmware or the new one.

A tool in service mode stages it in a folder of its own:

    update/0, update/1 ...  new contents of files
    update/manifest         lines "put SHA256 PATH", the one numbered N for update/N, then "drop PATH" for what the
                            new firmware has no more, then "end"
    update/commit           the manifest's name from the decision on; renaming it is the decision

`finish`, which boot.py calls, puts a decided update in place file by file, as often as it takes. It needs nothing of
the rest of the firmware, which may be half old and half new while it runs. Files are copied beside their targets and
renamed within one folder, and the staged ones stay until all is done: in the LittleFS of MicroPython a power cut
during a rename from one folder to another was seen to hide a file that it does not concern, see
tests/end_to_end/test_update_littlefs.py.
"""

import binascii
import hashlib
import os

FOLDER = "update"
MANIFEST = "manifest"
COMMIT = "commit"
NEW_SUFFIX = ".new"
CHUNK_BYTES = 512


class UpdateDamaged(Exception):
    """A staged file is not what the manifest says. Nothing more is put in place."""


def begin(root: str = "") -> None:
    """An empty staging folder; an earlier update that was decided on is put in place first. `root`: ends in "/"."""
    finish(root)
    os.mkdir(root + FOLDER)


def commit(root: str = "") -> None:
    """Decide on the staged update. UpdateDamaged, and nothing decided, if a file is not what the manifest says."""
    staging = root + FOLDER + "/"
    put, _ = _read(staging + MANIFEST)
    for number in range(len(put)):
        if digest(staging + str(number)) != put[number][1]:
            raise UpdateDamaged
    os.rename(staging + MANIFEST, staging + COMMIT)


def finish(root: str = "") -> bool:
    """Put a decided update in place: True if there was one. One that is not decided on is dropped.

    A decided one whose files were damaged since is dropped too while the old firmware is whole, else UpdateDamaged.
    """
    staging = root + FOLDER + "/"
    if not _exists(staging + COMMIT):
        _drop_staging(root)
        return False
    put, drop = _read(staging + COMMIT)
    waiting = [number for number in range(len(put)) if digest(root + put[number][0]) != put[number][1]]
    for number in waiting:
        if digest(staging + str(number)) != put[number][1]:
            if len(waiting) < len(put):
                raise UpdateDamaged
            _drop_staging(root)
            return False
    for number in waiting:
        _place(staging + str(number), root, put[number][0])
    for path in drop:
        if _exists(root + path):
            os.remove(root + path)
    _drop_staging(root)
    return True


def digest(path: str) -> str:
    """SHA-256 of a file in hexadecimal, "" if there is no such file."""
    summed = hashlib.sha256()
    try:
        with open(path, "rb") as file:
            while True:
                piece = file.read(CHUNK_BYTES)
                if not piece:
                    return binascii.hexlify(summed.digest()).decode()
                summed.update(piece)
    except OSError:
        return ""


def _read(path: str) -> "tuple[list[tuple[str, str]], list[str]]":
    """([(path, SHA-256)], [path to drop]) of a manifest; UpdateDamaged if it is none."""
    put, drop = [], []
    with open(path, "rb") as file:
        try:
            lines = file.read().decode().split("\n")
        except ValueError:  # UnicodeError is one
            raise UpdateDamaged
    if lines[-2:] != ["end", ""]:
        raise UpdateDamaged
    for line in lines[:-2]:
        words = line.split(" ", 2)
        if words[0] == "put" and len(words) == 3:
            put.append((words[2], words[1]))
        elif words[0] == "drop" and len(words) > 1:
            drop.append(line[len("drop ") :])
        else:
            raise UpdateDamaged
    return put, drop


def _place(staged: str, root: str, path: str) -> None:
    """A copy, whole before it takes the target's name."""
    _make_folders(root, path)
    with open(staged, "rb") as source, open(root + path + NEW_SUFFIX, "wb") as copy:
        while True:
            piece = source.read(CHUNK_BYTES)
            if not piece:
                break
            copy.write(piece)
    os.rename(root + path + NEW_SUFFIX, root + path)


def _make_folders(root: str, path: str) -> None:
    at = path.find("/")
    while at >= 0:
        if not _exists(root + path[:at]):
            os.mkdir(root + path[:at])
        at = path.find("/", at + 1)


def _drop_staging(root: str) -> None:
    """Remove the staging folder, the decision first: what is left of the rest decides nothing."""
    staging = root + FOLDER
    if not _exists(staging):
        return
    if _exists(staging + "/" + COMMIT):
        os.remove(staging + "/" + COMMIT)
    for name in os.listdir(staging):
        os.remove(staging + "/" + name)
    os.rmdir(staging)


def _exists(path: str) -> bool:
    try:
        os.stat(path)
    except OSError:
        return False
    return True
