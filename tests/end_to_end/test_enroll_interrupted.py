"""Enrolment that is cut off: whatever is pulled, cut or killed, and whenever, the gate is the old one or the new one.

Real parts: the command, mpremote, the firmware on the real interpreter, SQLite. After every interruption the keys in
the gate's flash are read by the firmware's own code and looked for in the key file.
"""

import contextlib
import os
import random
import resource
import signal
import subprocess
import sys
import threading
import time

import pytest
from click.testing import CliRunner
from end_to_end.service_bench import ServiceCable, ServicedGate
from gate.keyslots import BLOCKS, KeySlots
from gatehouse.gate_record import ENROLLED, PROPOSED, REVOKED
from gatehouse.keyfile import KeyFile
from gatetools import enroll, service_mode
from gatetools.cli import main
from gatetools.service_mode import ServiceMode
from ram_flash import BLOCK_BYTES, RamFlash

SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(1 << 30))
CUTS = 5  # in a row, spread over the exchange


class Desk:
    """A gate of the kind whose console is its link, a key file, and the command."""

    def __init__(self, folder):
        self.folder = folder
        self.gate = ServicedGate(folder, "devkit")
        self.path = folder / "keys" / "keys.db"
        self.config = folder / "gatehouse.toml"
        self.config.write_text(
            f'[store]\ndata = "{folder}/data"\nkeys = "{self.path}"\nprotector = "file"\n[[port]]\nurl = "unset"\n',
            encoding="utf-8",
        )
        KeyFile(self.path, create=True, protector="file").close()
        self.dice = random.Random(f"{SEED} {folder.name}")
        print("seed", SEED)

    def words(self, command, port):
        return [command[0], port, *command[1:], "--config", str(self.config)]

    def type(self, command, port):
        """The command in this process."""
        return CliRunner().invoke(main, self.words(command, port))

    def once(self, command, cable):
        """The gate is put into service mode, the command given; what came of it."""
        with cable, self.gate.start(cable.gate) as (self.chip, _):
            return self.type(command, cable.tool)

    def finished(self, command):
        """The same on a sound cable; the gate starts again when it is reset, as it does."""
        with ServiceCable() as cable, contextlib.ExitStack() as powered:
            chip, _ = powered.enter_context(self.gate.start(cable.gate))
            done = threading.Event()

            def restart():
                chip.ended()
                with self.gate.start(cable.gate, button=False):
                    done.wait()

            restarting = threading.Thread(target=restart)
            restarting.start()
            try:
                result = self.type(command, cable.tool)
            finally:
                if chip.runs():
                    chip.kill()
                done.set()
                restarting.join()
        assert "is served by this gate" in result.output, result.output
        assert result.exit_code == 0

    def power_cut(self, after, wait_s):
        """A cable on which the gate is killed so long after so many bytes."""
        return ServiceCable(after, lambda: (time.sleep(wait_s), self.chip.kill()))

    def signalled(self, after, number):
        """A cable on which the process gets a signal after so many bytes; it is pulled when that has ended."""
        return ServiceCable(after, lambda: (self.tool.send_signal(number), self.tool.wait(60)))

    def process(self, command, cable):
        """The command as a process of its own: its exit status, and what it said."""
        words = [sys.executable, "-m", "gatetools.cli", *self.words(command, cable.tool)]
        self.tool = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        said = self.tool.communicate(timeout=60)[0]
        return self.tool.returncode, said

    def on_gate(self):
        """The keys in its flash, None if it has none."""
        file = self.gate.flash / "keys.bin"
        raw = file.read_bytes() if file.exists() else b"\xff" * BLOCKS * BLOCK_BYTES
        flash = RamFlash(BLOCKS)
        flash.memory = [bytearray(raw[at : at + BLOCK_BYTES]) for at in range(0, len(raw), BLOCK_BYTES)]
        return KeySlots(flash).load()

    def is_whole(self):
        """The gate has no keys, or all of a set that this station knows and would serve."""
        kept = self.on_gate()
        if kept is None:
            return True
        with contextlib.closing(KeyFile(self.path)) as keys:
            known = keys.gate(kept.identity)
        assert known is not None, "a gate that nobody knows"
        assert known.state in {ENROLLED, PROPOSED}
        assert known.keys.static_key == kept.static_key
        assert known.keys.chain_key_at(kept.count) == bytes(kept.chain_key)
        return True

    def listed(self):
        with contextlib.closing(KeyFile(self.path)) as keys:
            return sorted((gate.lane, gate.state) for gate in keys.gates() if gate.state != REVOKED)

    def give_keys(self, lane):
        """Enrolled, without a tool; until its first handshake."""
        with contextlib.closing(KeyFile(self.path)) as keys:
            keys.confirm(enroll.enroll(enroll.simulated(self.gate.files, "devkit", self.gate.flash), keys, lane))


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


@pytest.fixture(scope="module")
def exchange(tmp_path_factory):
    """How many bytes the tool has sent when it begins to hand the keys over, and when it has their proof."""
    measured = Desk(tmp_path_factory.mktemp("measured"))
    with ServiceCable() as cable, measured.gate.start(cable.gate), ServiceMode(cable.tool) as gate:
        with contextlib.closing(KeyFile(measured.path)) as keys:
            planned = enroll.plan(enroll.who(gate.run), keys, "A1")
            asked = cable.carried
            enroll.hand_over(gate.run, enroll.propose(keys, planned))
        return asked, cable.carried


NEW, ROTATE, MOVE = ("enroll", "--lane", "A1"), ("rotate",), ("enroll", "--lane", "B2", "--yes")


@pytest.mark.parametrize("command", [NEW, ROTATE, MOVE], ids=["new", "rotate", "move"])
def test_a_cable_that_is_pulled_leaves_the_old_gate_or_the_new_one(desk, exchange, command):
    """Again and again, anywhere in the exchange; then the same command ends the matter and nothing is left over."""
    if command != NEW:
        desk.give_keys("A1")
    asked, proven = exchange
    # Most of it is small talk: half of the cuts lie where keys are handed over.
    spread = [(1, asked), (asked, proven)] * CUTS
    for begin, end in spread[:CUTS]:
        after = desk.dice.randint(begin, end)
        result = desk.once(command, ServiceCable(after))
        print(f"pulled after {after} bytes: {result.output.strip().splitlines()[-1:]}")
        assert result.exit_code == 1
        assert desk.is_whole()
        assert "vanished in the middle" in result.output
        assert "Nothing was changed." in result.output or enroll.EITHER in result.output
    desk.finished(command)
    assert desk.is_whole()
    assert desk.listed() == [("B2" if command == MOVE else "A1", ENROLLED)]


def test_a_power_cut_while_it_stores_its_keys_leaves_the_old_gate_or_the_new_one(desk, exchange):
    """The process is killed at some moment in the writes and erases that follow the last byte."""
    desk.give_keys("A1")
    found = []
    for number in range(CUTS):
        before = desk.on_gate().identity
        wait_s = desk.dice.uniform(0, 0.15) * number / (CUTS - 1)
        result = desk.once(ROTATE, desk.power_cut(exchange[1], wait_s))
        assert result.exit_code == 1
        assert desk.is_whole()
        found.append(desk.on_gate().identity != before)
    print("new keys after:", found)
    desk.finished(ROTATE)
    assert desk.listed() == [("A1", ENROLLED)]


def test_a_gate_that_goes_silent_while_it_gets_its_keys_is_told_as_that(desk, exchange, monkeypatch):
    """Its supply goes, the adapter's port stays: power or cable, and how things stand."""
    monkeypatch.setattr(service_mode, "PAUSE_S", 1.5)
    ended = threading.Event()
    cable = ServiceCable(exchange[1] - 20, lambda: (desk.chip.kill(), ended.wait()))
    with cable, desk.gate.start(cable.gate) as (desk.chip, _):
        result = desk.type(NEW, cable.tool)
        ended.set()
    assert result.exit_code == 1
    assert "it went silent in the middle: its power or its cable failed" in result.output
    assert result.output.rstrip().endswith(enroll.EITHER)
    assert desk.is_whole()


@pytest.mark.parametrize("moment", ["keys proposed", "line sent", "keys proven", "first handshake"])
def test_a_tool_that_is_killed_leaves_the_old_gate_or_the_new_one(desk, exchange, moment):
    """SIGKILL, at each step of it."""
    desk.give_keys("A1")
    asked, proven = exchange
    after = {"keys proposed": asked + 1, "line sent": proven, "keys proven": proven + 8, "first handshake": proven + 60}
    with desk.signalled(after[moment], signal.SIGKILL) as cable, self_starting(desk, cable):
        status, said = desk.process(ROTATE, cable)
    assert status == -signal.SIGKILL, said
    assert desk.is_whole()
    desk.finished(ROTATE)
    assert desk.is_whole()
    assert desk.listed() == [("A1", ENROLLED)]


@contextlib.contextmanager
def self_starting(desk, cable):
    """The gate in service mode, which starts its lane when it is reset."""
    ending = threading.Event()
    with desk.gate.start(cable.gate) as (chip, _):

        def restart():
            if chip.ended() == 75:
                with desk.gate.start(cable.gate, button=False):
                    ending.wait()

        restarting = threading.Thread(target=restart)
        restarting.start()
        try:
            yield
        finally:
            if chip.runs():
                chip.kill()
            ending.set()
            restarting.join()


def test_a_full_disk_sends_no_key(desk, exchange):
    """The proposal cannot be kept, so the gate gets nothing; it says so."""
    with contextlib.closing(KeyFile(desk.path)) as keys:
        keys.secret("register")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        with ServiceCable() as cable, desk.gate.start(cable.gate):
            resource.setrlimit(resource.RLIMIT_FSIZE, (desk.path.stat().st_size // 4, before[1]))
            result = desk.type(NEW, cable.tool)
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert result.exit_code == 1
    assert str(desk.path) in result.output
    assert result.output.rstrip().endswith("Nothing was changed.")
    assert "Traceback" not in result.output
    assert cable.carried <= exchange[0]
    assert desk.on_gate() is None
    assert desk.listed() == []


@pytest.mark.parametrize("moment", ["asked", "handed over"])
def test_ctrl_c_says_how_things_stand(desk, exchange, moment):
    """And ends with 130."""
    after = exchange[0] - 20 if moment == "asked" else exchange[1] - 20
    with desk.signalled(after, signal.SIGINT) as cable, desk.gate.start(cable.gate):
        status, said = desk.process(NEW, cable)
    assert status == 130, said
    assert said.rstrip().endswith(f"Interrupted. {'Nothing was changed.' if moment == 'asked' else enroll.EITHER}")
    assert desk.is_whole()
