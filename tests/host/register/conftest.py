"""What the tests of the register's commands share: a station with trusted issuers, files for it, what comes of them."""

import contextlib

import pytest
from click.testing import CliRunner
from gatehouse.cli import main
from gatehouse.ledger import Ledger
from host.bundle_maker import ISSUED, OFFICE, SET, SETTINGS, UNTIL


@pytest.fixture
def call(station):
    """Calls `gatehouse register` with the station's settings."""

    def run(*arguments, settings=SETTINGS):
        station.write_config("loop://", more=settings)
        return CliRunner().invoke(main, [str(one) for one in ("register", *arguments, "--config", station.config)])

    return run


@pytest.fixture
def rows(station):
    """A CSV file of (number, colour)."""

    def write(*people, name="people.csv", extra=""):
        file = station.folder / name
        text = "".join(f"{number},{colour},{SET}{extra and ',' + extra}\n" for number, colour in people)
        file.write_text(f"number,colour,updated{extra and ',until'}\n{text}", encoding="utf-8")
        return file

    return write


@pytest.fixture
def bundle(station, rows):
    """A bundle of (number, colour)."""

    def write(*people, office=OFFICE, **facts):
        content = rows(*people).read_bytes()
        if facts.get("kind") == "deletion":
            content = b"number\n" + b"".join(number.encode() + b"\n" for number, _ in people)
        file = station.folder / f"{facts.get('serial', 7)}.bundle"
        file.write_bytes(office.bundle(content, **{"issued": ISSUED, "valid_until": UNTIL, **facts}))
        return file

    return write


@pytest.fixture
def colours(station):
    """What the register answers about some people."""

    def run(*numbers):
        with contextlib.closing(station.register()) as store:
            return [store.look_up(number.encode()).outcome for number in numbers]

    return run


@pytest.fixture
def deeds(station):
    """(what, detail) of each deed in the ledger."""

    def run():
        if not (station.data / "ledger.db").exists():
            return []
        with contextlib.closing(Ledger(station.data / "ledger.db")) as book:
            return [(deed.what, deed.detail) for deed in book.deeds()]

    return run
