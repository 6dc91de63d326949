"""The whole examination: one bad check harms no other, nothing is written, the exit status follows the worst."""

import ast
import contextlib
import json
import socket
import subprocess
import sys
import threading
import time
from importlib.metadata import version
from pathlib import Path

import pytest
from click.testing import CliRunner
from gatehouse.standing import Standing
from gatetools.cli import main
from gatetools.doctor import command, listening, report
from gatetools.doctor.catalogue import LANGUAGES, Severity, kinds
from gatetools.doctor.examination import Check, examine
from gatetools.doctor.finding import TEXT_MAX_CHARACTERS, Finding
from gatetools.doctor.rounds import rounds


def test_a_check_that_crashes_is_a_finding(codes):
    """With its place and not with its text, which may hold anything; what it had found before stays."""

    def crashing():
        yield Finding("port-none")
        raise ValueError("a secret")

    found = examine([Check("first", crashing), Check("second", lambda: [Finding("house-running")])])

    assert codes(found) == [("port-none", ""), ("check-failed", "first"), ("house-running", "")]
    assert "test_examination.py:" in found[1].says("en")
    assert "secret" not in repr(found[1].told())


def test_a_check_that_hangs_is_left_behind(codes):
    """The others are told in time."""
    over = threading.Event()
    hanging = Check("disk", lambda: over.wait() and [])
    try:
        found = examine([hanging, Check("second", lambda: [Finding("house-running")])], limit_s=0.2)
    finally:
        over.set()

    assert codes(found) == [("check-timed-out", "disk"), ("house-running", "")]


@pytest.mark.filterwarnings("ignore:set(Daemon|Name)")  # pyserial's own
def test_a_serial_server_that_talks_nonsense(machine, codes):
    """The end of a Telnet option that never began kills pyserial's reader: a finding, and no traceback beside it."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def talk():
            with server.accept()[0] as caller, contextlib.suppress(OSError):
                caller.settimeout(10)
                caller.sendall(b"\xff\xf0" * 500)
                while caller.recv(4096):
                    pass

        speaker = threading.Thread(target=talk)
        speaker.start()
        url = f"rfc2217://127.0.0.1:{server.getsockname()[1]}?timeout=0.3"
        found = examine([Check("listening", lambda: listening.findings(machine.patient(url), url))])
        speaker.join()

    assert codes(found) == [("voice-not-heard", url)]


def test_a_command_that_hangs_is_ended(machine, codes, monkeypatch):
    """Each command has its time."""
    from gatetools.doctor import clock, system

    monkeypatch.setattr(system, "PROBE_S", 0.1)
    machine.program("timedatectl", "exec sleep 600")

    assert codes(examine([Check("clock", lambda: clock.findings(machine.patient()))])) == [
        ("probe-timed-out", "timedatectl show -p NTPSynchronized")
    ]


def test_every_kind_has_words_in_both_languages():
    """And a remedy wherever something is wrong; both languages use the same facts."""
    import string

    def facts(template):
        return {field for _, field, _, _ in string.Formatter().parse(template) if field}

    for kind in kinds().values():
        assert kind.section in report.SECTIONS_ZH
        for language in LANGUAGES:
            assert kind.says[language]
            assert bool(kind.remedy[language]) == (kind.severity > Severity.OK), kind.code
        assert facts(kind.says["zh"] + kind.remedy["zh"]) == facts(kind.says["en"] + kind.remedy["en"]), kind.code
        assert any("\u4e00" <= letter <= "\u9fff" for letter in kind.says["zh"]), kind.code


@pytest.mark.parametrize(
    ("found", "status"),
    [
        ([], 0),
        ([Finding("port-none")], 0),
        ([Finding("port-none"), Finding("house-not-running")], 1),
        ([Finding("keys-missing", "x"), Finding("house-not-running")], 2),
    ],
)
def test_the_exit_status_is_the_worst(monkeypatch, found, status):
    """0 nothing worse than a note, 1 warning, 2 broken; the last line says how many."""
    monkeypatch.setattr(command, "examine", lambda _: found)
    shown = CliRunner().invoke(main, ["doctor", "--lang", "en"])

    assert shown.exit_code == status
    assert shown.output.rstrip().splitlines()[-1] == report.summary(found, "en")


def test_languages(monkeypatch):
    """One, the other, or both."""
    monkeypatch.setattr(command, "examine", lambda _: [Finding("house-not-running")])
    zh, en, both = (CliRunner().invoke(main, ["doctor", "--lang", lang]).output for lang in ("zh", "en", "both"))

    assert "警告" in zh
    assert "WARNING" not in zh
    assert "警告" not in en
    assert "警告" in both
    assert "WARNING" in both
    assert "gatehouse run" in zh


def test_the_json_is_a_contract(monkeypatch):
    """Programs depend on these names; hostile text stays inside its strings."""
    monkeypatch.setattr(
        command, "examine", lambda _: [Finding("port-missing", "/dev/\x1b[2J" + "x" * 999, {"there": '"'})]
    )
    shown = json.loads(CliRunner().invoke(main, ["doctor", "--json"]).output)
    (finding,) = shown.pop("findings")

    assert shown == {"format": 1, "worst": "broken"}
    assert set(finding) == {"section", "severity", "code", "subject", "facts", "says", "remedy"}
    assert (finding["section"], finding["severity"], finding["code"]) == ("ports", "broken", "port-missing")
    assert finding["facts"] == {"there": '"'}
    assert set(finding["says"]) == set(finding["remedy"]) == {"zh", "en"}
    assert len(finding["subject"]) <= TEXT_MAX_CHARACTERS + 3
    assert "\x1b" not in finding["subject"]


def test_what_was_found_is_no_markup(monkeypatch):
    """Brackets and braces in names are shown as they are."""
    monkeypatch.setattr(command, "examine", lambda _: [Finding("port-missing", "[bold]{x}", {"there": "[/red]"})])

    assert "[bold]{x}" in CliRunner().invoke(main, ["doctor"]).output


def test_a_bench_without_settings(machine, codes):
    """Ports, drivers, clock and tools; nothing of a station."""
    found = examine(rounds(machine.patient()))
    codes(found)

    assert {finding.kind.section for finding in found} == {"settings", "ports", "clock", "bench"}
    assert report.worst(found) == Severity.NOTE


def state(folder):
    """Every file below a folder: name, size, time of change and mode."""
    found = {}
    for path in sorted(folder.rglob("*")):
        facts = path.lstat()
        found[str(path)] = (facts.st_size, facts.st_mtime_ns, facts.st_mode)
    return found


def test_nothing_is_written(machine, station, codes, pair, tmp_path):
    """Not a file is made, changed or removed in a station's folders, nor beside its databases."""
    station.enrol("A")
    machine.link("/dev/gate", pair.name)
    before = state(tmp_path)
    codes(examine(rounds(station.patient)))

    assert state(tmp_path) == before


def test_a_station_with_everything_right(machine, station, codes, pair):
    """No warning, exit status 0."""
    station.enrol("A")
    machine.link("/dev/gate", pair.name)
    gate = Standing("A", "/dev/gate", up=True, since_s=time.time(), firmware=version("gatehouse"), board="lane_a")
    station.notice(gate)
    found = examine(rounds(station.patient))
    codes(found)

    assert [finding.code for finding in found if finding.severity > Severity.NOTE] == []
    assert report.EXIT_STATUS[report.worst(found)] == 0
    assert "all is well" in report.summary(found, "en")


def literals(*folders):
    """Every string that stands in the code of these folders."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for folder in folders for path in folder.rglob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def test_every_kind_is_found_by_a_check_and_provoked_by_a_test():
    """Nothing stands in the table that no check finds, nothing is found that no test has seen."""
    product, tests = literals(Path(command.__file__).parent), literals(Path(__file__).parent)

    assert set(kinds()) - product == set()
    assert set(kinds()) - tests == set()


def test_it_does_not_wait_for_what_is_slow_one_after_the_other():
    """Checks run beside each other."""
    meeting = threading.Barrier(5)
    checks = [Check(str(number), lambda: meeting.wait(10) >= 0 and []) for number in range(5)]

    assert examine(checks) == []


@pytest.mark.parametrize("options", [[], ["--json"]], ids=["people", "programs"])
def test_output_that_cannot_be_written(tmp_path, options):
    """A full disk: one sentence, and an exit status that nobody takes for health."""
    program = "from gatetools.cli import main; main()"
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-c", program, "doctor", *options],
            stdout=full,
            stderr=subprocess.PIPE,
            cwd=tmp_path,
            check=False,
        )

    assert done.returncode == 2
    assert done.stderr.decode().strip().splitlines()[-1].startswith("The findings cannot be written: the disk")
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr


def test_help_teaches():
    """Examples and exit status."""
    shown = CliRunner().invoke(main, ["doctor", "--help"])

    assert shown.exit_code == 0
    assert "Exit status" in shown.output
    assert "gate doctor /dev/ttyUSB0" in shown.output
