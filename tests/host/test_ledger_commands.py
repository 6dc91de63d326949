"""`gatehouse ledger` and a running gatehouse: heads are signed, deeds recorded, slips proven, old copies told."""

import contextlib
import datetime
import getpass
import io
import json
import shutil
import sqlite3

import pytest
from click.testing import CliRunner
from gatehouse import heads
from gatehouse.cli import main
from gatehouse.deeds import What
from gatehouse.heads import HEAD_KEY, Signer
from gatehouse.ledger import Ledger
from gatehouse.rules import change, rule_file
from gatehouse.status import Colour
from gatelink import codes
from host.test_ledger_tree import entry
from oracles import ledger_oracle

TOMORROW = f"{datetime.datetime.now().astimezone() + datetime.timedelta(1):%Y-%m-%d}"


def run(station, *words, **given):
    return CliRunner().invoke(main, [*map(str, words), "--config", str(station.config)], **given)


def public_of(station):
    with contextlib.closing(station.keys()) as keys:
        return Signer(keys.secret(HEAD_KEY)).public


@pytest.fixture
def kept(station):
    """A station with forty entries."""
    station.enrol()
    station.write_config("loop://")
    station.path = station.data / "ledger.db"
    with contextlib.closing(Ledger(station.path)) as ledger:
        ledger.commit(*(entry(number) for number in range(1, 41)))
    return station


def test_a_head_is_signed_kept_and_signed_once(kept):
    """The same one again as long as nothing came after it; its copy lies in the key file."""
    first, again = run(kept, "ledger", "head", "--json"), run(kept, "ledger", "head", "--json")
    assert first.exit_code == 0, first.output
    assert first.output == again.output
    told = json.loads(first.output)
    assert (told["number"], told["size"]) == (1, 40)
    assert bytes.fromhex(told["signer"]) == public_of(kept)
    with contextlib.closing(kept.keys()) as keys:
        assert heads.decoded(keys.kept_head()).size == 40
        assert not any("newest" in purpose for purpose in keys.purposes())
    shown = run(kept, "ledger", "head").output
    assert told["root"] in shown
    assert told["signature"] in shown
    assert run(kept, "ledger", "head", "--all", "--json").output == first.output


def test_what_is_proven_and_exported_holds_elsewhere(kept):
    """Verified here, read there; the file is its owner's, and never takes another one's place."""
    assert "no head covers it yet" in run(kept, "ledger", "prove", "7").output
    run(kept, "ledger", "head")
    with contextlib.closing(Ledger(kept.path)) as ledger:
        ledger.commit(*(entry(number) for number in range(41, 51)))
    assert "10 came later" in run(kept, "ledger", "verify").output
    file = kept.folder / "audit.cbor"
    exported = run(kept, "ledger", "export", file)
    assert exported.exit_code == 0, exported.output
    public = public_of(kept)
    assert public.hex() in exported.output
    assert ledger_oracle.check_export(io.BytesIO(file.read_bytes()), public) == (50, 2, 50)
    assert file.stat().st_mode & 0o777 == 0o600
    assert run(kept, "ledger", "export", file).exit_code == 1
    assert run(kept, "ledger", "export", "--bare", kept.folder / "bare.cbor").exit_code == 0
    bare = (kept.folder / "bare.cbor").read_bytes()
    assert ledger_oracle.check_export(io.BytesIO(bare), public) == (50, 2, 50)
    assert b"lane 1" in file.read_bytes()
    assert b"lane 1" not in bare

    proof = run(kept, "ledger", "prove", "7")
    leaf = json.loads(proof.output)["leaf"]
    assert ledger_oracle.check_proof(proof.output, public) == "entry 7 is one of 50"
    spaced = f"{leaf[:8]} {leaf[8:16].upper()}"
    assert run(kept, "ledger", "prove", "7", "--leaf", spaced).output == proof.output
    grown = run(kept, "ledger", "prove", "--heads", "1")
    assert ledger_oracle.check_proof(grown.output, public) == "40 entries are the beginning of 50"
    assert run(kept, "ledger", "verify").output == "Everything holds: 50 entries, 2 signed heads.\n"


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (("prove", "51"), 1, "there is none; the ledger has 40"),
        (("prove", "0"), 2, "0 is not in the range"),
        (("prove", "9" * 40), 2, "is not in the range"),
        (("prove", "x"), 2, "not a valid integer"),
        (("prove", "1", "2"), 2, "LATER is for --heads"),
        (("prove", "1", "--leaf", ""), 1, "its leaf is not"),
        (("prove", "1", "--leaf", "00ff"), 1, "It is another entry"),
        (("prove", "--heads", "9"), 1, "head 9: there is none"),
        (("prove", "--heads", "1", "9"), 1, "head 9: there is none"),
        (("verify", "--key", "00"), 2, "64 hexadecimal digits"),
        (("verify", "--key", "zz" * 32), 2, "64 hexadecimal digits"),
        (("verify", "--key", "00" * 32), 1, "signed by another key"),
        (("export", "."), 1, "there is such a file already"),
    ],
)
def test_what_cannot_be_asked_for_is_a_message(kept, words, status, says):
    """With what to do, and no traceback."""
    run(kept, "ledger", "head")
    told = run(kept, "ledger", *words)
    assert told.exit_code == status, told.output
    assert says in told.output
    assert isinstance(told.exception, SystemExit)


@pytest.mark.parametrize("words", [("verify",), ("prove", "1"), ("head",), ("export", "x.cbor"), ("list",)])
def test_without_a_ledger_or_with_another_file_there_is_a_message(station, words, tmp_path, monkeypatch):
    """Nothing is made in its place."""
    monkeypatch.chdir(tmp_path)
    station.enrol()
    station.write_config("loop://")
    missing = run(station, "ledger", *words)
    assert missing.exit_code == 1
    assert "no ledger yet" in missing.output
    assert not (station.data / "ledger.db").exists()
    station.data.mkdir(exist_ok=True)
    (station.data / "ledger.db").write_bytes(b"x" * 5000)
    broken = run(station, "ledger", *words)
    assert broken.exit_code == 1
    assert "not a database" in broken.output
    assert not (tmp_path / "x.cbor").exists()


def test_a_tampered_ledger_is_not_exported_where_it_would_prove_nothing(kept):
    """And verify names the entry; the exit status tells programs."""
    with contextlib.closing(sqlite3.connect(kept.path)) as database, database:
        database.execute("delete from ledger where number = 12")
    told = run(kept, "ledger", "export", kept.folder / "audit.cbor")
    assert told.exit_code == 1
    assert "entry 12 is missing" in told.output
    assert not (kept.folder / "audit.cbor").exists()
    told = run(kept, "ledger", "verify")
    assert told.exit_code == 1
    assert "entry 12 missing: somebody has deleted it" in told.output


# --- a running gatehouse ---------------------------------------------------------------------------------------


@pytest.fixture
def served(station, start, new_pty, bench_gate, number_of):
    """A running gatehouse by rules.toml, and the gate of lane A1; a green and a red one."""
    station.know((number_of(1), Colour.GREEN, 60), (number_of(2), Colour.RED, 60))
    (station.folder / "rules.toml").write_text(rule_file.text_of("green_only"), encoding="utf-8")
    keys, tty = station.enrol("A1"), new_pty()
    station.write_config(tty.name, more='[rules]\nfile = "rules.toml"\n')
    station.path = station.data / "ledger.db"
    station.begin = lambda: start("run", "--config", station.config)
    station.house = station.begin()
    station.gate = bench_gate(keys, tty.fd).bring_up()
    yield station
    station.house.end()


def deeds_of(path):
    with contextlib.closing(Ledger(path)) as ledger:
        return ledger.deeds()


def entries_of(path):
    with contextlib.closing(Ledger(path)) as ledger:
        return ledger.entries()


def test_rules_and_lists_that_change_are_deeds_with_who_made_them(served, number_of):
    """The rules at the start once, each reload, each list; no number of anybody."""
    (served.folder / "rules.toml").write_text(rule_file.text_of("test_48h"), encoding="utf-8")
    assert run(served, "rules", "reload").exit_code == 0
    on = ("lists", "add", "crew_20260131", "--until", TOMORROW, "--reason", "night shift")
    assert run(served, *on, input=f"{number_of(1)}\n{number_of(2)}\n").exit_code == 0
    assert run(served, "lists", "remove", "crew_20260131", input=f"{number_of(1)}\n").exit_code == 0

    told = deeds_of(served.path)
    me = getpass.getuser()
    assert [one.what for one in told] == [What.RULES_CHANGED] * 2 + [What.LIST_CHANGED] * 2
    assert {one.who for one in told} == {me}
    assert [one.detail["rules"] for one in told[:2]] == ["green_only", "test_48h"]
    assert told[1].detail["sha256"] == change.fingerprint(rule_file.load("test_48h"))
    assert (told[2].detail["added"], told[2].detail["reason"], told[3].detail["removed"]) == (2, "night shift", 1)
    listed = run(served, "ledger", "list", "--json").output
    assert '"deed": "list_changed"' in listed
    assert "a list changed" in run(served, "ledger", "list").output
    assert number_of(1) not in listed


def test_rules_that_cannot_be_recorded_do_not_come_into_force(served):
    """The ledger is held by somebody else for longer than anybody waits."""
    (served.folder / "rules.toml").write_text(rule_file.text_of("test_48h"), encoding="utf-8")
    with contextlib.closing(sqlite3.connect(served.path, isolation_level=None)) as database:
        database.execute("begin immediate")
        told = run(served, "rules", "reload")
        database.execute("rollback")
    assert told.exit_code == 2
    assert "the ledger cannot record it" in told.output
    assert "The rules in force stay: green_only." in told.output
    assert [one.detail["rules"] for one in deeds_of(served.path)] == ["green_only"]


def test_a_slip_names_the_entry_that_can_be_proven_later(served, number_of):
    """Number and leaf lead to the traveller's own entry, and to no other."""
    served.gate.tap(number_of(2))
    served.gate.report(1, codes.REPORT_NOT_OPENED, served.gate.counter, codes.REASON_RED)
    served.gate.until(lambda: entries_of(served.path), "the entry")
    paper = run(served, "slip", "A1", "--columns", "32").output
    lines = paper.splitlines()
    place = next(at for at, line in enumerate(lines) if line.startswith("台账 ledger: "))
    number = int(lines[place].split(": ")[1])
    leaf = " ".join(lines[place + 1 : place + 3])
    head, root = next(line for line in lines if line.startswith("台账头 head: ")).split(": ")[1].split(" ")

    proof = run(served, "ledger", "prove", number, "--leaf", leaf)
    assert proof.exit_code == 0, proof.output
    assert ledger_oracle.check_proof(proof.output, public_of(served)) == f"entry {number} is one of {number}"
    told = json.loads(proof.output)
    assert (told["head"]["number"], told["head"]["root"][:16]) == (int(head), root)
    assert len("".join(leaf.split())) == 32
    assert run(served, "ledger", "prove", number - 1, "--leaf", leaf).exit_code == 1


def test_a_slip_that_is_asked_for_before_the_report_says_so(served, number_of):
    """It is printed all the same."""
    served.gate.tap(number_of(2))
    assert "尚未记入 not recorded yet" in run(served, "slip", "A1").output


def test_an_old_copy_that_was_put_back_is_told_once_and_lanes_are_served(served, number_of):
    """By the head in the key file; the ledger says so from then on, and another start has nothing to say."""
    served.gate.report(1, codes.REPORT_BOOTED, 0, 1)
    served.gate.until(lambda: entries_of(served.path), "the entry")
    served.house.end()
    shutil.copy(served.path, served.folder / "old.db")
    with contextlib.closing(Ledger(served.path)) as ledger:
        ledger.commit(*(entry(number) for number in range(1, 31)))
    assert run(served, "ledger", "head").exit_code == 0
    for path in served.data.glob("ledger.db*"):
        path.unlink()
    shutil.copy(served.folder / "old.db", served.path)
    assert "is missing: the key file has a copy of it" in run(served, "ledger", "verify").output

    served.house = served.begin()
    served.house.until_said("the ledger has fallen back: head")
    served.house.until_said("30 are gone, as after an old backup was restored")
    served.house.until_said("serving ports: 1")
    served.house.end()
    (fell,) = [one for one in deeds_of(served.path) if one.what == What.LEDGER_FELL_BACK]
    assert fell.detail["missing"] == 30
    again = served.house = served.begin()
    again.until_said("serving ports: 1")
    assert "fallen back" not in again.said
    verified = run(served, "ledger", "verify")
    assert verified.exit_code == 0, verified.output
    assert "An older copy was put back at some time" in verified.output
