"""Settings on a file system whose power fails: in every file operation, the old ones or the new ones, never others."""

from gate import rules, settings
from gate.settings import Settings, load


class PowerCut(Exception):
    pass


class Board:
    SAM_V_UART = 2


class File:
    def __init__(self, disk, path, content):
        self.disk, self.path, self.content = disk, path, content

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False

    def read(self, limit):
        return self.content[:limit]

    def write(self, text):
        # Half of it, then all of it: each may be the last that happens.
        before = self.disk.files[self.path]
        for part in (text[: len(text) // 2], text):
            self.disk.step()
            self.disk.files[self.path] = before + part.encode()


class Disk:
    """Files in memory; opening one for writing, each part of a write and each rename is one operation."""

    def __init__(self, files, cut_at=0):
        self.files = dict(files)
        self.cut_at = cut_at
        self.operations = 0

    def step(self):
        self.operations += 1
        if self.operations == self.cut_at:
            raise PowerCut

    def open(self, path, mode):
        if "w" in mode:
            self.step()
            self.files[path] = b""
        elif path not in self.files:
            raise OSError(2)
        return File(self, path, self.files[path])

    def rename(self, old, new):
        self.step()
        self.files[new] = self.files.pop(old)

    def __enter__(self):
        self.before = rules.os
        settings.open = rules.open = self.open
        rules.os = self
        return self

    def __exit__(self, *_):
        rules.os = self.before
        del settings.open, rules.open
        return False


def pulse(files):
    """The pulse that a start runs with on these files, and whether it refused some."""
    with Disk(files):
        chosen, refusal = load(Board)
    return chosen.pulse_ms, bool(refusal)


def cuts(files, act):
    """Files as each cut of `act` leaves them, and as it leaves them whole."""
    found = []
    whole = False
    while not whole:
        with Disk(files, len(found) + 1) as disk:
            try:
                act()
                whole = True
            except PowerCut:
                pass
        found.append(disk.files)
    return found


def started(files):
    with Disk(files) as disk:
        load(Board)
    return disk.files


def test_a_write_that_is_cut_leaves_the_old_settings_or_the_new_ones():
    files = started({"settings.json": b'{"pulse_ms": 200}'})
    found = [pulse(left) for left in cuts(files, lambda: Settings({"pulse_ms": 400}, Board).store())]

    assert found[-1] == (400, False)
    assert len(found) > 4
    assert set(found) == {(200, False), (400, False)}


def test_a_cut_while_the_last_good_ones_are_kept_costs_nothing():
    for left in cuts({"settings.json": b'{"pulse_ms": 200}'}, lambda: load(Board)):
        assert pulse(left) == (200, False)


def test_a_bad_file_that_is_copied_onto_the_device_leaves_the_last_good_ones():
    good = started({"settings.json": b'{"pulse_ms": 200}'})
    for bad in (b"", b"{", b'{"pulse_ms": 99}', b'{"pulse_ms": 300, "x": 1}', b'{"pulse_ms": 300}' * 2, b"\xff" * 99):
        files = dict(good)
        files["settings.json"] = bad
        assert pulse(files) == (200, True), bad
        for left in cuts(files, lambda: load(Board)):
            assert pulse(left) == (200, True), bad


def test_one_wrong_value_refuses_the_whole():
    good = started({"settings.json": b'{"pulse_ms": 200, "open_limit_ms": 4000}'})
    files = dict(good)
    files["settings.json"] = b'{"pulse_ms": 300, "open_limit_ms": 1}'
    with Disk(files):
        chosen, refusal = load(Board)

    assert (chosen.pulse_ms, chosen.open_limit_ms) == (200, 4000)
    assert "open_limit_ms" in refusal
