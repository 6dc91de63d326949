"""A running gatehouse and its rule file: answered by it, reloaded as a whole, explained on a slip."""

import datetime
import sqlite3

import pytest
from click.testing import CliRunner
from gatehouse.cli import main
from gatehouse.rules import rule_file
from gatehouse.status import Colour
from gatelink import codes
from rich.cells import cell_len

TOMORROW = f"{datetime.datetime.now().astimezone() + datetime.timedelta(1):%Y-%m-%d}"
BARRED = """
[[rule]]
name = "barred"
zh = "名单内人员"
en = "people on the list"
list_any = ["barred"]
because = "list"
then = "deny"
"""


@pytest.fixture
def served(station, start, new_pty, bench_gate, number_of):
    """A running gatehouse by rules.toml, and the gate of lane A1; three people: green, red, yellow."""
    station.know((number_of(1), Colour.GREEN, 60), (number_of(2), Colour.RED, 60), (number_of(3), Colour.YELLOW, 60))
    station.rules = station.folder / "rules.toml"
    station.rules.write_text(rule_file.text_of("green_only"), encoding="utf-8")
    keys, tty = station.enrol("A1"), new_pty()
    station.house = start("run", "--config", station.write_config(tty.name, more='[rules]\nfile = "rules.toml"\n'))
    station.gate = bench_gate(keys, tty.fd).bring_up()
    yield station
    station.house.end()


def run(station, *words, **given):
    return CliRunner().invoke(main, [*map(str, words), "--config", str(station.config)], **given)


def tapped(station, number):
    verdict = station.gate.tap(number)
    return verdict.verdict, verdict.reason


def test_a_file_takes_effect_as_a_whole_and_a_bad_one_not_at_all(served, number_of):
    """Each answer is by the rules that were in force; what is wrong is told to whoever reloads, with its line."""
    served.house.until_said("rules in force: green_only (green only)")
    assert tapped(served, number_of(1)) == (codes.ALLOW, codes.REASON_GREEN)

    served.rules.write_text(rule_file.text_of("test_48h"), encoding="utf-8")
    assert tapped(served, number_of(1)) == (codes.ALLOW, codes.REASON_GREEN)
    told = run(served, "rules", "reload")
    assert (told.exit_code, told.output) == (0, "rules in force: test_48h (green and a test of 48 hours), 6 rules\n")
    assert tapped(served, number_of(1)) == (codes.REFER, codes.REASON_TEST_NOT_IN_ORDER)

    served.rules.write_text(rule_file.text_of("green_only").replace('state = ["green"]\n', ""), encoding="utf-8")
    told = run(served, "rules", "reload")
    assert told.exit_code == 2
    assert "would let more than a green through" in told.output
    assert ", line " in told.output
    assert "The rules in force stay: test_48h." in told.output
    served.house.until_said("rules not reloaded by")
    served.rules.unlink()
    assert run(served, "rules", "reload").exit_code == 2
    assert tapped(served, number_of(1)) == (codes.REFER, codes.REASON_TEST_NOT_IN_ORDER)


def test_a_gatehouse_does_not_start_on_a_bad_file(station, start):
    """It says which line, and how to check it."""
    (station.folder / "rules.toml").write_text("[policy]\nformat = 7\n", encoding="utf-8")
    station.know()
    house = start("run", "--config", station.write_config("loop://", more='[rules]\nfile = "rules.toml"\n'))

    assert house.wait() == 1
    assert "rules.toml, line 2: policy.format" in house.said
    assert "gatehouse rules check FILE" in house.said


def test_without_a_gatehouse_nothing_is_reloaded_or_printed(station):
    """And that is what is said."""
    station.know()
    station.write_config("loop://")
    for words in (("rules", "reload"), ("slip", "A1")):
        told = run(station, *words)
        assert told.exit_code == 1
        assert "The gatehouse is not running" in told.output


def test_somebody_on_a_list_is_known_at_once_and_until_his_day(served, number_of):
    """Added, removed and shown while lanes are served; who it is stands nowhere."""
    served.rules.write_text(
        rule_file.text_of("green_only").replace("\n[[rule]]", BARRED + "\n[[rule]]", 1), encoding="utf-8"
    )
    assert run(served, "rules", "reload").exit_code == 0
    assert tapped(served, number_of(1)) == (codes.ALLOW, codes.REASON_GREEN)

    added = run(
        served, "lists", "add", "barred", "--until", TOMORROW, "--reason", "file 12", input=f"{number_of(1)}\n\n"
    )
    assert (added.exit_code, added.output) == (0, f"barred: 1 added or renewed, until {TOMORROW} inclusive.\n")
    assert tapped(served, number_of(1)) == (codes.DENY, codes.REASON_LISTED)
    shown = run(served, "lists", "show").output
    assert "file 12" in shown
    assert TOMORROW in shown
    assert number_of(1) not in shown
    assert all(number_of(1).encode() not in path.read_bytes() for path in served.data.glob("lists.db*"))

    with sqlite3.connect(served.data / "lists.db") as database:
        database.execute("update listing set until_s = 1000")
    database.close()
    assert tapped(served, number_of(1)) == (codes.ALLOW, codes.REASON_GREEN)
    assert "file 12" not in run(served, "lists", "show").output
    run(served, "lists", "add", "barred", "--until", TOMORROW, "--reason", "file 12", input=number_of(1))
    assert run(served, "lists", "remove", "barred", input=number_of(1).lower()).output == "barred: 1 removed.\n"
    assert tapped(served, number_of(1)) == (codes.ALLOW, codes.REASON_GREEN)


def test_lists_that_are_gone_let_nobody_through(served, number_of):
    """A barred person must not pass because a file was deleted; beginning anew has to be said."""
    served.rules.write_text(
        rule_file.text_of("green_only").replace("\n[[rule]]", BARRED + "\n[[rule]]", 1), encoding="utf-8"
    )
    run(served, "rules", "reload")
    assert tapped(served, number_of(1)) == (codes.ALLOW, codes.REASON_GREEN)
    for path in served.data.glob("lists.db*"):
        path.unlink()

    assert tapped(served, number_of(1)) == (codes.REFER, codes.REASON_LOOKUP_FAILED)
    run(served, "rules", "reload")
    served.house.until_said("Until then everybody goes to staff: the rules name lists")
    arguments = ("lists", "add", "barred", "--until", TOMORROW, "--reason", "anew")
    refused = run(served, *arguments, input=number_of(2))
    assert refused.exit_code == 1
    assert "--new-lists" in refused.output
    assert run(served, *arguments, "--new-lists", input=number_of(2)).exit_code == 0
    assert tapped(served, number_of(1)) == (codes.ALLOW, codes.REASON_GREEN)


def test_lists_that_were_exchanged_between_two_taps_are_the_new_ones(served, number_of):
    """A deleted file is still readable to whoever has it open: the gatehouse looks which one has the name."""
    served.rules.write_text(
        rule_file.text_of("green_only").replace("\n[[rule]]", BARRED + "\n[[rule]]", 1), encoding="utf-8"
    )
    run(served, "rules", "reload")
    assert tapped(served, number_of(1)) == (codes.ALLOW, codes.REASON_GREEN)
    for path in served.data.glob("lists.db*"):
        path.unlink()
    words = ("lists", "add", "barred", "--until", TOMORROW, "--reason", "anew", "--new-lists")
    assert run(served, *words, input=number_of(1)).exit_code == 0

    assert tapped(served, number_of(1)) == (codes.DENY, codes.REASON_LISTED)


@pytest.mark.parametrize(
    ("words", "given", "says"),
    [
        (("--until", TOMORROW, "--reason", "why"), "12345678901234567X\n", "line 1, number 1"),
        (("--until", TOMORROW, "--reason", "why"), "", "give from 1 to"),
        (("--until", TOMORROW, "--reason", "why"), "\0" * 999_999, "Nobody was added"),
        (("--until", "2020-01-01", "--reason", "why"), "x", "choose a day from today"),
        (("--until", "9999-12-31", "--reason", "why"), "x", "no clock shows"),
        (("--until", TOMORROW, "--reason", "11010519491231002X"), "x", "may be somebody's number"),
        (("--until", TOMORROW, "--reason", ""), "x", "The reason is empty"),
    ],
)
def test_an_entry_that_cannot_be_is_refused(station, words, given, says):
    """With the reason, and without the number."""
    station.keys().close()
    station.write_config("loop://")
    told = run(station, "lists", "add", "barred", *words, input=given)

    assert told.exit_code in {1, 2}
    assert says in told.output
    assert "12345678901234567X" not in told.output
    assert "11010519491231002X" not in told.output


@pytest.mark.parametrize("columns", [32, 48])
def test_a_slip_says_who_said_what_when_and_whom_to_ask(served, number_of, columns):
    """In both languages, on a receipt's width; of the last one refused on that lane, masked."""
    tapped(served, number_of(3))
    tapped(served, number_of(2))
    told = run(served, "slip", "A1", "--columns", columns)

    assert told.exit_code == 0
    assert max(map(cell_len, told.output.splitlines())) == columns
    flat = told.output.replace("\n", " ")
    for said in (
        "通道：A1",
        "结果：禁止通行",
        "原因：红码",
        "数据来源：test",
        "来源答复：红码",
        "如需更正，请联系：本站人工窗口",
    ):
        assert said in flat
    for said in ("answer: stay", "reason: red", "source: test", "it said: red", "rule: red stays", "set on: 20"):
        assert said in flat
    assert "corrected, ask: the staff of this station" in flat
    assert number_of(2) not in told.output
    assert f"1***************{number_of(2)[-2:]}" in flat


def test_a_slip_is_the_last_ones_and_no_other(served, number_of):
    """Nobody gets the paper of the traveller before: once somebody was let through it is gone."""
    assert run(served, "slip", "A1").exit_code == 1
    tapped(served, number_of(2))
    assert run(served, "slip", "B2").exit_code == 1
    tapped(served, number_of(1))
    told = run(served, "slip", "A1")
    assert told.exit_code == 1
    assert "the gatehouse remembers nobody there. It forgets after 5 minutes" in told.output
