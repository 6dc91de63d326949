"""File updates under power cuts: whenever the power goes, the next start has the old firmware or the new one."""

import binascii
import hashlib
import os

from gate import update
from primitives import refused

ROOT = "/tmp/gatehouse-update-%s/" % binascii.hexlify(os.urandom(4)).decode()
OLD = {"boot.py": b"old boot", "gate/a.mpy": b"old a" * 300, "gate/gone.mpy": b"gone", "settings.json": b"{}"}
NEW = {"boot.py": b"new boot", "gate/a.mpy": b"new a" * 300, "lib/x/y.mpy": b"y", "gate/update.mpy": b"new update"}
PUT = ("lib/x/y.mpy", "gate/a.mpy", "boot.py", "gate/update.mpy")
DROP = ("gate/gone.mpy", "gate/never_there.mpy")
AFTER = dict(NEW)
AFTER["settings.json"] = b"{}"


class PowerCut(Exception):
    """The power went; the files are as they are."""


class Written:
    """A file that is written; each piece is a change."""

    def __init__(self, disk, path):
        self._disk = disk
        self._path = path
        disk.change(put, path, b"")
        self._file = open(path, "wb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._file.close()

    def write(self, data):
        self._disk.change(self._write, data)

    def _write(self, data):
        self._file.write(data)
        self._file.flush()


class Disk:
    """Stands for `os` and `open` in gate.update. The power goes at change number `cut_at` (0 = never): just
    before it happens or, if `late`, just after.
    """

    def __init__(self, cut_at=0, late=False):
        self.cut_at = cut_at
        self.late = late
        self.changes = 0

    def change(self, what, *arguments):
        self.changes += 1
        if self.changes == self.cut_at and not self.late:
            raise PowerCut
        what(*arguments)
        if self.changes == self.cut_at:
            raise PowerCut

    def mkdir(self, path):
        self.change(os.mkdir, path)

    def rename(self, old, new):
        self.change(os.rename, old, new)

    def remove(self, path):
        self.change(os.remove, path)

    def rmdir(self, path):
        self.change(os.rmdir, path)

    def listdir(self, path):
        return os.listdir(path)

    def stat(self, path):
        return os.stat(path)

    def open(self, path, mode):
        return Written(self, path) if mode == "wb" else open(path, mode)

    def write(self, path, data):
        """As the tool does it: first an empty file, then half of it, then all."""
        for part in (b"", data[: len(data) // 2], data):
            self.change(put, path, part)


class Files:
    """A file system with the old firmware on it; gone again at the end."""

    def __enter__(self):
        os.mkdir(ROOT[:-1])
        for path in sorted(OLD):
            folders(path)
            put(ROOT + path, OLD[path])
        return self

    def __exit__(self, *_):
        use(os, open)
        remove(ROOT[:-1])


def use(its_os, its_open):
    update.os = its_os
    update.open = its_open


def put(path, data):
    with open(path, "wb") as file:
        file.write(data)


def folders(path):
    if "/" in path and path.split("/")[0] not in os.listdir(ROOT[:-1]):
        os.mkdir(ROOT + path.split("/")[0])


def is_folder(path):
    return os.stat(path)[0] & 0x4000 != 0


def remove(path):
    if is_folder(path):
        for name in os.listdir(path):
            remove(path + "/" + name)
        os.rmdir(path)
    else:
        os.remove(path)


def files(folder=""):
    """Path -> content of all that is there."""
    found = {}
    for name in os.listdir(ROOT + folder if folder else ROOT[:-1]):
        path = folder + name
        if is_folder(ROOT + path):
            found.update(files(path + "/"))
        else:
            with open(ROOT + path, "rb") as file:
                found[path] = file.read()
    return found


def sha256(data):
    return binascii.hexlify(hashlib.sha256(data).digest()).decode()


def manifest():
    lines = ["put %s %s" % (sha256(NEW[path]), path) for path in PUT]
    return "\n".join(lines + ["drop " + path for path in DROP] + ["end", ""]).encode()


def stage(disk):
    use(disk, disk.open)
    update.begin(ROOT)
    for number in range(len(PUT)):
        disk.write("%supdate/%d" % (ROOT, number), NEW[PUT[number]])
    disk.write(ROOT + "update/manifest", manifest())


def decide(disk):
    stage(disk)
    update.commit(ROOT)


def whole(disk):
    decide(disk)
    assert update.finish(ROOT)


def start():
    """Power back: what boot.py does."""
    use(os, open)
    return update.finish(ROOT)


def test_an_update_changes_what_it_names_and_nothing_else():
    with Files():
        whole(Disk())
        assert files() == AFTER
        assert not start()
        assert "update" not in os.listdir(ROOT[:-1])


def test_a_power_cut_at_any_change_leaves_the_old_or_the_new():
    with Files():
        counted = Disk()
        decide(counted)
        decided_at = counted.changes
        update.finish(ROOT)
        total = counted.changes
    assert total > decided_at > 15
    for late in (False, True):
        for cut_at in range(1, total + 1):
            with Files():
                try:
                    whole(Disk(cut_at, late))
                    raise AssertionError("no cut at %d" % cut_at)
                except PowerCut:
                    start()
                decided = cut_at > decided_at or (late and cut_at == decided_at)
                assert files() == (AFTER if decided else OLD), (late, cut_at)
                assert "update" not in os.listdir(ROOT[:-1])


def test_a_second_cut_while_the_first_is_mended_changes_nothing():
    first = 1
    while first:
        for second in range(1, 40):
            with Files():
                decide(Disk())
                first = cut(first)
                if not first or not cut(second):
                    break
                start()
                assert files() == AFTER, (first, second)
        first = first and first + 1


def cut(at):
    """Finish with a cut at change `at`: that number, 0 if it was finished before."""
    disk = Disk(at)
    use(disk, disk.open)
    try:
        update.finish(ROOT)
    except PowerCut:
        return at
    return 0


def test_a_staged_file_that_is_not_what_was_sent_is_never_decided_on():
    for number in range(len(PUT)):
        for data in (b"", NEW[PUT[number]] + b"x", None):
            with Files():
                stage(Disk())
                staged = "%supdate/%d" % (ROOT, number)
                if data is None:
                    os.remove(staged)
                else:
                    put(staged, data)
                assert refused(update.commit, ROOT, error=update.UpdateDamaged)
                assert not start()
                assert files() == OLD


def test_a_manifest_that_is_none_is_refused():
    good = manifest()
    for bad in (
        b"",
        good[:-1],
        good[:-4],
        good[: len(good) // 2],
        b"\xff" + good,
        b"end\n\n",
        b"take 1 x\nend\n",
        b"drop\nend\n",
    ):
        with Files():
            stage(Disk())
            put(ROOT + "update/manifest", bad)
            assert refused(update.commit, ROOT, error=update.UpdateDamaged), bad
            assert not start()
            assert files() == OLD


def test_what_is_damaged_after_the_decision_leaves_the_old_while_it_is_whole():
    with Files():
        decide(Disk())
        put(ROOT + "update/3", b"damaged")
        assert not start()
        assert files() == OLD


def test_what_is_damaged_when_half_is_in_place_is_told_and_kept():
    with Files():
        decide(Disk())
        assert cut(6)
        put(ROOT + "update/3", b"damaged")
        assert refused(start, error=update.UpdateDamaged)
        assert refused(update.begin, ROOT, error=update.UpdateDamaged)
        put(ROOT + "update/3", NEW[PUT[3]])
        assert start()
        assert files() == AFTER


def test_a_decision_that_cannot_be_read_any_more_is_told_and_kept():
    with Files():
        decide(Disk())
        good = manifest()
        put(ROOT + "update/commit", good[:-1])
        assert refused(start, error=update.UpdateDamaged)
        assert refused(update.begin, ROOT, error=update.UpdateDamaged)
        put(ROOT + "update/commit", good)
        assert start()
        assert files() == AFTER


def test_a_new_update_finishes_an_older_one_first():
    with Files():
        decide(Disk())
        update.begin(ROOT)
        assert files() == AFTER
        assert os.listdir(ROOT + "update") == []
