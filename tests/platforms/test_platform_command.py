"""`gatehouse platform`: what it says when something is wrong, and what it never says."""

import asyncio
import os
import re

import pytest
from click.testing import CliRunner
from gatehouse.cli import main
from gatehouse.commands.platform import TEST_NUMBER
from gatetools.sim.people import Kind
from gatetools.sim.platforms import faults
from gatetools.sim.platforms.all_servers import SERVERS
from gatetools.sim.platforms.faults import Faults
from gatetools.sim.platforms.table import Known, Sample, Table

HEAD = '[store]\ndata = "data"\nkeys = "keys/keys.db"\n[[port]]\nurl = "loop://"\n'
PERSON = Known("110101190001010022", Kind.RESIDENT, "yellow", 2, Sample("positive", 9, 8, 7), 3)


class Desk:
    """A station's folder and whoever types there."""

    def __init__(self, folder):
        self.folder = folder
        self.people = [PERSON]
        self.lookup = ""
        self.settings("")

    def settings(self, text):
        (self.folder / "gatehouse.toml").write_text(HEAD + text)

    def connect(self, name, url, dialect=None, **credentials):
        file = self.folder / f"{name}.credentials"
        values = SERVERS[name].credentials | credentials
        file.write_text("".join(f'{key} = "{text}"\n' for key, text in values.items()))
        file.chmod(0o600)
        lines = f'dialect = "{dialect or name}"\nurl = "{url}"\ncredentials = "{file.name}"\n'
        self.settings(f"[platforms.{name}]\n{lines}{self.lookup}")

    def type(self, *words, said=None):
        return CliRunner().invoke(main, [*words, "--config", os.fspath(self.folder / "gatehouse.toml")], input=said)

    def test(self, name, *words, troubles=(), said=None, dialect=None, slow_s=0.0, lookup="", **credentials):
        """`gatehouse platform test NAME`, with that platform running."""

        async def story():
            import time

            bad = Faults.none()
            bad.next_ones = list(troubles)
            bad.pace, bad.chance.lognormvariate = float(slow_s > 0), lambda *_: slow_s / faults.MEDIAN_S
            self.lookup = lookup
            async with SERVERS[name](Table(self.people, time.time), bad) as server:
                self.connect(name, server.url, dialect, **credentials)
                result = await asyncio.to_thread(lambda: self.type("platform", "test", name, *words, said=said))
                self.tokens = set(server.tokens)
                return result

        return asyncio.run(story())


@pytest.fixture
def desk(tmp_path, monkeypatch):
    monkeypatch.setattr("gatehouse.commands.platform.guard_memory", lambda: None)  # for good, in this process too
    return Desk(tmp_path)


@pytest.mark.parametrize("name", SERVERS)
def test_each_step_is_shown_and_nothing_of_a_secret(desk, name):
    """Where each field was found and what it means; neither number nor credentials nor token."""
    result = desk.test(name, "--number", "-", said=f"{PERSON.number}\n")
    assert result.exit_code == 0, result.output
    for piece in ("request", "HTTP 200", "[status]", "[updated]", "[test]", "[doses]", "YELLOW", "positive", "1****"):
        assert piece in result.output
    assert PERSON.number not in result.output
    for text in {*SERVERS[name].credentials.values(), *desk.tokens}:
        assert text not in result.output
    assert bool(desk.tokens) == (name in {"guangdong", "shanghai"})


def test_times_are_told_beside_what_a_tap_has(desk):
    """Of each request, and of all of it; a slow one is warned about, by the budget of the settings."""
    result = desk.test("guangdong", "--number", "-", said=f"{PERSON.number}\n")
    assert len(re.findall(r"answer to (?:token|code) +HTTP 200, .* bytes, after [0-9]+ ms", result.output)) == 2
    assert re.search(r"Took [0-9]+ ms with connection and token; a tap has 800 ms", result.output)
    slow = desk.test("guangdong", slow_s=0.15, lookup="[lookup]\nbudget_ms = 100\n")
    assert "a tap has 100 ms" in slow.output
    assert "Warning: a traveller is not kept waiting so long" in slow.output


def test_a_green_with_a_positive_test_is_warned_about(desk):
    """Both are right by the file; it is nothing to pass by."""
    number = "110101190001010030"
    desk.people.append(Known(number, Kind.RESIDENT, "green", 2, Sample("positive", 9, 8, 7), 3))
    result = desk.test("plain", "--number", "-", said=f"{number}\n")
    assert "Answer: GREEN" in result.output
    assert "Warning: green with a positive test" in result.output
    assert "Warning" not in desk.test("plain", "--number", "-", said=f"{PERSON.number}\n").output


def test_nobody_is_told_to_run_what_is_running(desk):
    """At an address where nobody answers."""
    desk.connect("guangdong", "http://127.0.0.1:1")
    result = desk.type("platform", "test", "guangdong")
    assert result.exit_code == 1
    assert "Nobody answers at the platform's address" in result.output
    assert "none, after" in result.output
    assert "platform test" not in result.output


def test_without_a_number_nobody_is_found(desk):
    """The built-in number is nobody's."""
    result = desk.test("guangdong")
    assert result.exit_code == 0
    assert "NOT FOUND" in result.output
    assert TEST_NUMBER not in result.output


@pytest.mark.parametrize(
    ("troubles", "credentials", "said"),
    [
        ((), {"secret_key": "wrong"}, "refuses the station"),
        ((faults.ERROR,) * 9, {}, "HTTP status 503"),
        (("", faults.ERROR), {}, "HTTP status 503"),
        (("", faults.MALFORMED), {}, "not JSON"),
        (("", faults.BUSY), {}, "fewer requests"),
    ],
)
def test_trouble_is_told_with_what_to_do(desk, troubles, credentials, said):
    """Exit status 1, the platform's fault or the station's."""
    result = desk.test("guangdong", troubles=troubles, **credentials)
    assert result.exit_code == 1
    assert said in result.output
    assert "wrong" not in result.output.replace("went wrong", "")


def test_a_value_that_no_table_maps_is_pointed_at(desk):
    """The line of the field, and the way on."""
    file = desk.folder / "own.toml"
    shown = CliRunner().invoke(main, ["platform", "show", "guangdong"]).output
    file.write_text(shown.replace('yellow = "yellow", ', ""))
    result = desk.test("guangdong", "--number", PERSON.number, dialect="own.toml")
    assert result.exit_code == 1
    assert "yellow; not in [status.values]" in result.output
    assert "gatehouse platform check" in result.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("platform", "test", "nowhere"), "names no platform 'nowhere'"),
        (("platform", "test", "guangdong", "--number", "1101"), "no card can have this number"),
        (("platform", "test", "guangdong", "--number", "١١٠١٠١١٩٠٠٠١٠١٠٠٢X"), "no card can have this number"),
    ],
)
def test_wrong_words_are_refused_before_anybody_is_asked(desk, words, said):
    """Exit status 2."""
    desk.connect("guangdong", "https://127.0.0.1:1")
    result = desk.type(*words)
    assert (result.exit_code, said in result.output) == (2, True), result.output
    assert "Nobody was asked." in result.output


def test_settings_of_platforms_are_checked_with_their_lines(desk):
    """As every other table is."""
    desk.settings('[platforms.a]\ndialect = "plain"\nurl = "http://codes.example.cn"\n')
    result = desk.type("platform", "list")
    assert result.exit_code == 2
    assert "line 8: platforms.a.url" in result.output
    assert "https only" in result.output


def test_the_list_shows_dialects_and_platforms(desk):
    """And says what to do where there is none."""
    assert "The settings name no platform" in desk.type("platform", "list").output
    desk.connect("beijing", "https://127.0.0.1:1")
    told = desk.type("platform", "list").output
    assert "https://127.0.0.1:1" in told
    assert all(name in told for name in SERVERS)


def test_check_remarks_what_a_writer_should_know(desk):
    """Shanghai's answers do not say whom they are about."""
    for name in ("shanghai", "guangdong"):
        file = desk.folder / f"{name}.toml"
        file.write_text(CliRunner().invoke(main, ["platform", "show", name]).output)
        result = CliRunner().invoke(main, ["platform", "check", os.fspath(file)])
        assert result.exit_code == 0
        assert ("no [echo]" in result.output) == (name == "shanghai")
        assert ("[test] without always" in result.output) == (name == "guangdong")
    file.write_text("dialect = 1\n")
    result = CliRunner().invoke(main, ["platform", "check", os.fspath(file)])
    assert result.exit_code == 2
    assert "name: is missing" in result.output
