"""A file update that is all or nothing: whenever the power goes, the next start runs the old firmware or the new one.

A tool in service mode stages it in a folder of its own:

    update/0, update/1 ...  new contents of files
    update/manifest         lines "put SHA256 PATH", the one numbered N for update/N, then "drop PATH" for what the
                            new firmware has no more, then "end"
    update/commit           the manifest's name from the decision on; renaming it is the decision

`finish`, which boot.py calls, puts a decided update in place file by file, as often as it takes. It needs nothing of
the rest of the firmware, which may be half old and half new while it runs.
"""

import binascii
import hashlib
import os

FOLDER = "update"
MANIFEST = "manifest"
COMMIT = "commit"
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

    A decided one that was damaged since is dropped too while the old firmware is whole, else UpdateDamaged.
    """
    staging = root + FOLDER + "/"
    if not _exists(staging + COMMIT):
        _drop_staging(root)
        return False
    try:
        put, drop = _read(staging + COMMIT)
        _check(root, put)
    except UpdateDamaged:
        if _begun(root):
            raise
        _drop_staging(root)
        return False
    for number in range(len(put)):
        if _exists(staging + str(number)):
            _make_folders(root, put[number][0])
            os.rename(staging + str(number), root + put[number][0])
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


def _check(root: str, put: "list[tuple[str, str]]") -> None:
    """UpdateDamaged unless every new content lies whole in the staging folder, or at its place already."""
    for number in range(len(put)):
        staged = root + FOLDER + "/" + str(number)
        path, wanted = put[number]
        if digest(staged if _exists(staged) else root + path) != wanted:
            raise UpdateDamaged


def _begun(root: str) -> bool:
    """Whether a file has left the staging folder already, as far as that can be told: the first one leaves first."""
    return not _exists(root + FOLDER + "/0")


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
