"""Changes of the register beside each other and beside whoever reads it."""

import contextlib
import random
import sqlite3
import threading

import pytest
from gatehouse import staging
from gatehouse.register import Loaded, Register, RegisterBusy
from gatehouse.status import Colour, Outcome

KEY = bytes(32)


def person(nth):
    return random.Random(nth).randbytes(16)


def row(nth, colour=Colour.GREEN, updated_s=1000):
    return person(nth), int(colour), "", updated_s, "city", None


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "register.db"


@pytest.fixture
def register(path):
    opened = Register(path, KEY)
    yield opened
    opened.close()


def test_one_change_at_a_time(path, register):
    """Whoever comes second is told; a lookup is answered."""
    seen = []

    def batches():
        yield [row(1)]
        with contextlib.closing(Register(path, KEY)) as other:
            for change in (lambda: other.load([[row(2)]]), lambda: other.update([[row(2)]]), lambda: other.delete([])):
                with pytest.raises(RegisterBusy, match="another import, update or deletion is at work"):
                    change()
                seen.append(other.count())

    register.load(batches())
    assert seen == [0, 0, 0]
    assert register.count() == 1


def test_updates_and_deletions_are_all_or_nothing(register):
    """On the register in force; a later status is kept; who is deleted is nobody."""
    register.load([[row(n) for n in range(10)]])

    def broken():
        yield [row(1, Colour.RED, 2000)]
        raise RuntimeError

    with pytest.raises(RuntimeError):
        register.update(broken())
    assert {colour for _, colour, *_ in register.rows()} == {Colour.GREEN}

    assert register.update([[row(1, Colour.RED, 2000), row(2, Colour.RED, 500)], [row(99)]]) == Loaded(3, 1)
    assert {nth for nth in range(100) if (person(nth), Colour.RED) in [one[:2] for one in register.rows()]} == {1}
    assert register.delete([person(1), person(50), person(2)]) == 2
    assert sorted(one[0] for one in register.rows()) == sorted(person(n) for n in (0, *range(3, 10), 99))


def test_who_was_deleted_is_in_no_leftover(path, register):
    """What an import left that was interrupted is cleared before: nobody comes back from it, nor stays in the file."""
    register.load([[row(n) for n in range(10)]])
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.execute("create table status_next as select * from status")
    assert register.stats(0).leftovers

    register.delete([person(3)])
    register.close()

    assert person(3) not in b"".join(file.read_bytes() for file in path.parent.iterdir())


def test_who_was_deleted_is_not_in_the_log_either(path, register):
    """While a gatehouse has the register open and goes on answering from it."""
    register.load([[row(n) for n in range(10)]])
    with contextlib.closing(Register(path, KEY)) as gatehouse:
        assert gatehouse.count() == 10
        register.delete([person(3)])
        kept = b"".join(file.read_bytes() for file in path.parent.iterdir())
        assert gatehouse.count() == 9

    assert person(3) not in kept
    assert person(4) in kept


def test_everybody_is_read_as_of_one_moment(register, path):
    """In ascending order, while somebody else imports."""
    register.load([[row(n) for n in range(100)]])
    everybody = register.rows()
    first = next(everybody)
    with contextlib.closing(Register(path, KEY)) as other:
        other.load([[row(n, Colour.RED, 2000) for n in range(1000)]])
    read = [first, *everybody]

    assert read == sorted(row(n) for n in range(100))
    assert len(list(register.rows())) == 1000


def test_numbers_about_the_register(register, monkeypatch):
    """By source and colour, over the borders of parts; how many are past their own limit; what a person takes."""
    monkeypatch.setattr(staging, "STEP_ROWS", 7)
    rows = [row(n, Colour.GREEN, 1000 + n) for n in range(50)]
    rows += [(person(n), 3, "", 2000, "office", 3000 + n) for n in range(50, 60)]
    register.load([rows])
    told = register.stats(3055)

    assert [
        (one.source, one.colour, one.people, one.oldest_s, one.newest_s, one.past_limit) for one in told.groups
    ] == [
        ("city", 1, 50, 1000, 1049, 0),
        ("office", 3, 10, 2000, 2000, 6),
    ]
    assert told.people == 60
    assert told.bytes_per_person == told.bytes_used / 60


def test_lookups_wait_for_nothing_while_an_import_swaps_and_clears(path, register, monkeypatch):
    """Of the old register or of the new one, never of neither."""
    monkeypatch.setattr(staging, "STEP_ROWS", 500)
    register.load([[row(n, Colour.RED) for n in range(5000)]])
    seen, ended = [], threading.Event()
    monkeypatch.setattr(Register, "pseudonym", lambda _self, _kind, number: person(int(number)))

    def ask():
        with contextlib.closing(Register(path, KEY)) as reader:
            while not ended.is_set():
                seen.append(reader.look_up(b"77").outcome)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        for updated_s in range(2000, 2006):
            register.load([[row(n, Colour.GREEN, updated_s) for n in range(5000)]], whole=True)
    finally:
        ended.set()
        asking.join()
    assert set(seen) <= {Outcome.RED, Outcome.GREEN}
    assert seen[-1] is Outcome.GREEN
