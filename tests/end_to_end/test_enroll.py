"""`gate enroll`, `rotate`, `list`, `revoke`: from a gate without keys to a served lane, and to the gate after it."""

import json
import re
import subprocess
import sys
import time

import pytest
from end_to_end.program import LIMIT_S, Program
from gatelink import codes

KEY = re.compile(r"[0-9a-fA-F]{64}")
FINGERPRINT = re.compile(r'"sha256": "[0-9a-f]{64}"')  # of the rules, which are no secret
BOARDS = ("devkit", "lane_a")


class Station:
    """A folder with settings, the gates on its desk, and the commands that are typed there."""

    def __init__(self, folder):
        self.folder = folder
        self.started = []
        self.said = []
        self.ports("unset")

    def ports(self, *urls):
        lines = "".join(f'\n[[port]]\nurl = "{url}"\n' for url in urls)
        (self.folder / "gatehouse.toml").write_text(
            f'[store]\ndata = "data"\nkeys = "keys/keys.db"\nprotector = "file"\n{lines}', encoding="utf-8"
        )

    def start(self, *command):
        made = Program(*command, cwd=self.folder)
        self.started.append(made)
        return made

    def gate(self, board, flash):
        """A simulated gate in service mode: (itself, its link's port, its console's port)."""
        sim = self.start("gatetools.cli", "sim", "--board", board, "--flash", flash, "--service")
        link = sim.expect(r"uplink: (\S+) ")[1]
        console = sim.expect(r"console, in service mode: (.+)\n")[1]
        sim.expect("service mode; the button is released")
        return sim, link, link if console == "the uplink" else console

    def at_lane_a1(self, flash):
        """A gate that was just enrolled for lane A1: as `gate`."""
        made = self.gate("devkit", flash)
        assert "lane A1 is served by this gate" in self.command("enroll", made[2], "--lane", "A1")
        return made

    def works_until(self, said, *urls):
        """A gatehouse works until it has said this, and ends."""
        house = self.house(*urls)
        house.expect(said)
        house.end()

    def house(self, *urls):
        self.ports(*urls)
        return self.start("gatehouse.cli", "run", "--events", "1")

    def type(self, *words, status=0, answer=""):
        """What a command says, once it has ended with `status`."""
        done = subprocess.run(
            [sys.executable, "-m", *words],
            cwd=self.folder, input=answer, capture_output=True, text=True, timeout=LIMIT_S, check=False,
        )  # fmt: skip
        self.said.append(done.stdout + done.stderr)
        assert done.returncode == status, self.said[-1]
        return self.said[-1]

    def command(self, *words, **more):
        return self.type("gatetools.cli", *words, **more)

    def listed(self):
        lines = self.command("list", "--all", "--json").splitlines()
        return [(one["lane"], one["state"]) for one in map(json.loads, lines)]

    def ledger(self):
        lines = self.type("gatehouse.cli", "ledger", "list", "--json", "--last", "1000").splitlines()
        return [json.loads(line) for line in lines]


def into_service_mode(sim):
    """Its service button is pressed while its power comes."""
    seen = len(sim.lines)
    sim.type("service")
    sim.expect("service mode; the button is released", seen)


@pytest.fixture
def station(tmp_path):
    made = Station(tmp_path)
    yield made
    for one in made.started[::-1]:
        one.end()
    # Whatever went on: no key on any screen.
    told = "".join(made.said) + "".join(line for one in made.started for line in one.lines)
    assert not KEY.search(FINGERPRINT.sub("", told))


@pytest.mark.parametrize("board", BOARDS)
def test_from_a_gate_without_keys_to_a_served_lane(station, board):
    """One command; where the service cable is the link the first handshake is its own, else the gatehouse's."""
    assert "gate enroll PORT" in station.command("list")
    _, link, console = station.gate(board, "flash")
    if board == "lane_a":
        house = station.house(link)
        house.expect("no key file")
        house.end()
        station.type("gatetools.cli", "enroll", console, "--lane", "A1", "--yes", "--wait", "0", status=1)
        assert station.listed() == [("A1", "proposed")]
        station.house(link).expect("A1: gate is up")
    else:
        said = station.command("enroll", console, "--lane", "A1")
        assert "lane A1 is served by this gate" in said
        assert station.listed() == [("A1", "enrolled")]
        station.house(link).expect("A1: gate is up")

    assert station.listed() == [("A1", "enrolled")]


def test_a_running_gatehouse_confirms_what_is_enrolled_beside_it(station):
    """A second gate comes to a station at work; nobody restarts anything."""
    _, link, _ = station.at_lane_a1("flash-A")
    sim, other_link, other_console = station.gate("lane_a", "flash-B")
    house = station.house(link, other_link)
    house.expect("A1: gate is up")
    said = station.command("enroll", other_console, "--lane", "B2")

    assert "lane B2 is served by this gate" in said
    house.expect("B2: gate is up")
    house.expect("B2: its new gate has proven itself")
    assert station.listed() == [("A1", "enrolled"), ("B2", "enrolled")]
    into_service_mode(sim)
    assert "the gate that lane B2 had before" in station.command("rotate", other_console)


def test_a_dead_gate_is_replaced_in_minutes(station):
    """Its keys are revoked, it is refused when it comes back, and the ledger says what became of it."""
    dead, link, _ = station.at_lane_a1("flash-dead")
    station.works_until("A1: gate is up", link)
    dead.type("cut")
    _, fresh_link, fresh_console = station.gate("devkit", "flash-new")
    started_s = time.monotonic()
    assert "add --replace" in station.command("enroll", fresh_console, "--lane", "A1", status=1)
    asked = station.command("enroll", fresh_console, "--lane", "A1", "--replace", status=1, answer="n\n")
    assert "is revoked when this one has taken its place" in asked
    said = station.command("enroll", fresh_console, "--lane", "A1", "--replace", answer="y\n")
    print(f"replaced in {time.monotonic() - started_s:.1f} s")
    assert "revoked:" in said
    dead.type("power")
    house = station.house(fresh_link, link)
    house.expect("A1: gate is up")
    house.expect("refused a former gate of A1: revoked")

    assert sorted(station.listed()) == [("A1", "enrolled"), ("A1", "revoked")]
    house.end()
    retired = [entry for entry in station.ledger() if entry["what_name"] == "retired"]
    assert [(entry["lane"], entry["detail"]) for entry in retired] == [("A1", codes.RETIRED_REPLACED)]


def test_new_keys_keep_every_record(station):
    """A gate that had not delivered everything: all of it comes, under the keys that it was recorded with."""
    sim, link, console = station.at_lane_a1("flash")
    station.works_until('"report".*"index": 1,', link)
    sim.type("cut")
    sim.type("power")
    into_service_mode(sim)
    assert "already. For new keys: gate rotate" in station.command("enroll", console, "--lane", "A1", status=1)
    assert "lane A1 is served by this gate" in station.command("rotate", console)
    station.works_until('"report".*"index": 5,', link)

    entries = station.ledger()
    assert [entry["detail"] for entry in entries if entry["what_name"] == "retired"] == [codes.RETIRED_REKEYED]
    assert not [entry for entry in entries if entry["what_name"] == "gap"]
    reports = [entry["index"] for entry in entries if entry["what_name"] == "booted"]
    assert reports == [1, 2, 3, 4, 5]


def test_a_gate_that_is_not_in_service_mode_is_told_from_one_that_is_not_there(station):
    """Nothing is changed, and it says what to do with one's hands."""
    sim, _, console = station.gate("devkit", "flash")
    sim.type("cut")
    sim.type("power")
    said = station.command("enroll", console, "--lane", "A1", status=1)
    assert "its lane is running" in said
    assert "service button" in said
    assert "no such port" in station.command("enroll", "/dev/none", "--lane", "A1", status=1)
    assert station.listed() == []


def test_what_is_unusual_is_asked_first(station):
    """A gate of another station, a gate that leaves its lane, a revoked one; "n" changes nothing."""
    sim, _, console = station.at_lane_a1("flash")
    into_service_mode(sim)
    assert "will leave it" in station.command("enroll", console, "--lane", "B2", status=1, answer="n\n")
    assert station.listed() == [("A1", "enrolled")]
    assert "lane B2 is served" in station.command("enroll", console, "--lane", "B2", answer="y\n")
    assert station.listed() == [("A1", "revoked"), ("B2", "enrolled")]
    assert "Aborted" in station.command("revoke", "B2", status=1, answer="n\n")
    assert "Its keys count no more" in station.command("revoke", "B2", "--yes")
    assert "has no gate" in station.command("revoke", "B2", "--yes", status=1)
    into_service_mode(sim)
    assert "was revoked on lane B2" in station.command("rotate", console, status=1)
    assert "was revoked on lane B2" in station.command("enroll", console, "--lane", "B2", status=1, answer="n\n")
    (station.folder / "keys").rename(station.folder / "lost")
    assert "does not know" in station.command("enroll", console, "--lane", "A1", status=1, answer="n\n")
    assert "lane A1 is served" in station.command("enroll", console, "--lane", "A1", "--yes")
