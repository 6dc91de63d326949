"""Known people are swiped through everything, failures included; then all that is left anywhere is searched for them.

Searched are every output, every file, and the memory of the running gatehouse. The station's folder lies in the folder
for temporary files, which is searched whole. What a test
itself has to write down, like a file to import, lies elsewhere.
"""

import asyncio
import base64
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
import zipfile
import zlib
from pathlib import Path

import pytest
from gatetools.sim import cards
from gatetools.sim.people import Behaviour, TrueColour
from gatetools.sim.platforms import faults
from platforms.province import Province, person

# What a platform does with the question about somebody; "" answers it.
TROUBLES = {
    "stalled": faults.STALL,
    "failed": faults.ERROR,
    "malformed": faults.MALFORMED,
    "busy": faults.BUSY,
    "refused": faults.SIGNATURE,
}
COLOURS = ("green", "red", "yellow")
ODD = (Behaviour.EXPIRED_CARD, Behaviour.WRONG_CHECK_DIGIT, Behaviour.TAKEN_AWAY, Behaviour.TWO_AT_ONCE)
IMPORTED, LISTED, TYPED = "imported", "listed", "typed"
AFTERWARDS = ("first", "second", "third")
MEMORY = re.compile(r"([0-9a-f]+)-([0-9a-f]+) r")


def gatehouse(stage, *words, said=""):
    """A command of the real gatehouse: all that it says, and its exit status."""
    line = [sys.executable, "-m", "gatehouse.cli", *words, "--config", str(stage.station.folder / "gatehouse.toml")]
    run = subprocess.run
    done = stage.run(asyncio.to_thread(run, line, input=said.encode(), capture_output=True, timeout=30, check=False))
    return done.stdout + done.stderr, done.returncode


@pytest.fixture(scope="module")
def aside(tmp_path_factory):
    """A folder of the test's own, which is not searched."""
    return tmp_path_factory.mktemp("aside")


@pytest.fixture(scope="module")
def temporary(tmp_path_factory):
    """The folder for temporary files of everything that is started here, the station's own included."""
    folder, before = tmp_path_factory.mktemp("tmp"), os.environ.get("TMPDIR")
    os.environ["TMPDIR"], tempfile.tempdir = str(folder), None
    yield folder
    tempfile.tempdir = None
    if before is None:
        del os.environ["TMPDIR"]
    else:
        os.environ["TMPDIR"] = before


@pytest.fixture(scope="module")
def province():
    made = Province("plain")
    yield made
    made.close()


@pytest.fixture(scope="module")
def told(stage, province, temporary, aside):
    """Everything that was said while everybody went through everything; the station still runs."""
    for name in COLOURS:
        stage.people.add(name, TrueColour[name.upper()])
    for name in ("nobody", *TROUBLES, "cut"):
        stage.people.add(name, TrueColour.UNKNOWN if name == "nobody" else TrueColour.GREEN)
    for name in (IMPORTED, LISTED, TYPED, *AFTERWARDS):
        stage.people.add(name)
    for odd in ODD:
        stage.people.add(odd.value, behaviour=odd)
    numbers = {name: stage.people[name].number for name in (*COLOURS, *TROUBLES, "cut", IMPORTED, LISTED, TYPED)}
    province.knows("plain", *(person(numbers[name], name if name in COLOURS else "green") for name in numbers))
    tables = province.settings(aside).replace('"plain.credentials"', f'"{aside / "plain.credentials"}"')
    stage.open(platforms=f'[metrics]\nlisten = "127.0.0.1:0"\n{tables}')
    said = [through_the_registry(stage, aside, numbers)]
    said += through_the_lanes(stage, province)
    said.append(through_what_staff_ask(stage, numbers))
    return b"".join(said), set(numbers.values()) | {stage.people[odd.value].number for odd in ODD}


def through_the_registry(stage, aside, numbers):
    """A good import, a bad one, a list, and a platform that is tried with a number."""
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    until = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 30 * 86400))
    add = ("lists", "add", "crew", "--until", until, "--reason", "crew")
    good, bad = aside / "good.csv", aside / "bad.csv"
    good.write_text(f"number,colour,updated\n{numbers[IMPORTED]},green,{now}\n", encoding="utf-8")
    rows = (f"{numbers[name]},{colour},{now}" for name, colour in ((IMPORTED, "blue"), ("green", ""), ("red", "red")))
    bad.write_text("\n".join(["number,colour,updated,reason", *rows, f"{numbers[TYPED]}9,red,{now},{TYPED}", ""]))
    said = []
    for words, typed, status in (
        (("register", "import", str(good)), "", 0),
        (("register", "import", str(bad)), "", 1),
        (add, f"{numbers[LISTED]}\n", 0),
        (add, f"{numbers[LISTED]}7\n", 1),
        (("lists", "show"), "", 0),
        (("platform", "test", "plain", "--number", "-"), f"{numbers[TYPED]}\n", 0),
        (("platform", "test", "plain", "--number", "-"), f"{numbers[TYPED][:-1]}\n", 2),
    ):
        out, ended = gatehouse(stage, *words, said=typed)
        assert (ended, words) == (status, words), out.decode()
        said.append(out)
    return b"".join(said)


def through_the_lanes(stage, province):
    """Every answer and every failure of a platform, odd cards, a gate without power, a gatehouse that is killed."""
    said = []
    for name in (*COLOURS, "nobody", IMPORTED, LISTED, *(odd.value for odd in ODD)):
        stage.visit(name, "B" if name in COLOURS else "A")
    for name, trouble in TROUBLES.items():
        province.servers["plain"].faults.next_ones = [trouble] * 2
        stage.visit(name)
        province.servers["plain"].faults.next_ones = []
        said.append(gatehouse(stage, "slip", "A")[0])
    killed_in_a_tap(stage, province)
    stage.visit("yellow")
    said.append(gatehouse(stage, "slip", "A")[0])
    return said


def killed_in_a_tap(stage, province):
    """The gatehouse is killed while a platform is being asked, and started again."""
    station, asked = stage.station, province.seen("plain")

    async def begun():
        return asyncio.ensure_future(station.lanes["A"].serve(stage.people["cut"]))

    async def power_cut():
        await station.gatehouse.stop(kill=True)
        province.servers["plain"].faults.rates = {}
        for lane in station.lanes.values():
            lane.up.clear()
        await station.gatehouse.start()
        await station.all_up()

    province.servers["plain"].faults.rates = {faults.STALL: 1.0}
    visit = stage.run(begun())
    stage.until(lambda: province.seen("plain") > asked)
    stage.run(power_cut())
    stage.run(asyncio.wait_for(visit, 30))


def through_what_staff_ask(stage, numbers):
    """Orders whose reason is a number, the lists of what was done, a backup, the metrics."""
    stage.run(stage.station.settled())
    said = []
    for words, status in (
        (("lane", "A", "open", "--reason", numbers[TYPED]), 2),
        (("lane", "A", "open", "--reason", "wheelchair"), 0),
        (("lane", "list"), 0),
        (("ledger", "list"), 0),
        (("ledger", "list", "--json"), 0),
        (("gates",), 0),
        (("backup", "data", str(stage.station.folder.parent / "backup.zip")), 0),
    ):
        out, ended = gatehouse(stage, *words)
        assert (ended, words) == (status, words), out.decode()
        said.append(out)
    log = stage.station.gatehouse.log.read_text()
    address = re.findall(r"http://[0-9.:]+/metrics", log)[-1]
    with urllib.request.urlopen(address, timeout=10) as answer:
        said.append(answer.read())
    stage.run(stage.station.settled())
    return b"".join([*said, repr(stage.station.events).encode()])


def forms(number):
    """A number as it may lie somewhere: as text, without what everybody's has, encoded, as a number, compressed."""
    text = number.encode()
    found = {text, text[1:], text[:-1], text[6:], text[::-1], text.hex().encode(), number.encode("utf-16-le")}
    found |= {base64.b64encode(bytes(shift) + text)[4:-4] for shift in range(3)}
    found.add(zlib.compress(text)[2:-4])
    if text[:-1].isdigit():
        found |= {int(text[:-1]).to_bytes(8, "big"), int(text[:-1]).to_bytes(8, "little"), bytes.fromhex(number[:16])}
    return found


def found_in(content, numbers):
    """Whose numbers are in it, masked, and in which form."""
    return [(number[:1], form) for number in numbers for form in forms(number) if form in content]


def test_the_search_would_find_somebody(told):
    """In each form that is looked for."""
    _, numbers = told
    for number in numbers:
        for form in forms(number):
            assert found_in(b"before" + form + b"behind", numbers)


def test_nobody_is_in_anything_that_was_said(told):
    """Not by the gatehouse, nor by a command, an event, a slip, a list, the metrics."""
    said, numbers = told
    assert b"wheelchair" in said
    assert found_in(said, numbers) == []
    assert cards.SPECIMEN.encode() not in said


def test_nobody_is_in_a_file(stage, told, temporary):
    """Databases with their logs and free pages, backups, the log, gates' flash, recorded lines, temporary files."""
    _, numbers = told
    files = [path for path in temporary.rglob("*") if path.is_file()]
    names = {path.name for path in files}
    assert {"ledger.db", "register.db", "answers.db", "lists.db", "keys.db", "backup.zip", "gatehouse.log"} <= names
    for path in files:
        content = path.read_bytes()
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as packed:
                content += b"".join(packed.read(name) for name in packed.namelist())
        assert found_in(content, numbers) == [], path.name
        for encoding in ("utf-8", "utf-16-le"):
            assert cards.SPECIMEN.encode(encoding) not in content, path.name


def test_nobody_is_in_the_memory_of_the_gatehouse(stage, told):
    """Once a few others have come after them. The system lets nobody but its administrator read it."""
    _, numbers = told
    for name in AFTERWARDS:
        stage.visit(name)
    process = stage.station.gatehouse._process.pid
    found, read = [], 0
    try:
        areas = Path(f"/proc/{process}/maps").read_text()
    except PermissionError:
        return  # to this user nothing of it is shown
    for line in areas.splitlines():
        if area := MEMORY.match(line):
            first, last = (int(one, 16) for one in area.groups())
            content = memory(process, first, last)
            read += len(content)
            found += [(line.split()[-1], *one) for one in found_in(content, numbers)]
    print(f"{read} bytes searched")
    assert read > 10_000_000
    assert found == []


def memory(process, first, last):
    with Path(f"/proc/{process}/mem").open("rb", buffering=0) as file:
        try:
            file.seek(first)
            return file.read(last - first)
        except (OSError, OverflowError, ValueError):
            return b""  # pages that the kernel keeps for itself
