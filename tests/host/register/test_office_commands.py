"""`gatehouse register issuer` and `issue`: an office's side, by commands alone."""

import pytest
from click.testing import CliRunner
from gatehouse.cli import main
from gatehouse.status import Outcome


def office(*arguments):
    return CliRunner().invoke(main, [str(one) for one in ("register", *arguments)])


def test_an_office_makes_key_and_bundle_and_a_station_takes_it(call, station, rows, colours, number_of, tmp_path):
    """By commands alone, as the help shows."""
    key = tmp_path / "office.pem"
    made = office("issuer", key, "--new")
    public = made.stdout.strip()
    assert office("issuer", key).stdout.strip() == public
    assert office("issuer", key, "--new").exit_code == 1
    file = tmp_path / "41.bundle"
    signed = office(
        "issue",
        rows((number_of(1), "green")),
        file,
        "--key",
        key,
        "--issuer",
        "卫生局",
        "--serial",
        "41",
        "--valid",
        "7d",
    )
    assert signed.exit_code == 0, signed.output
    assert "bundle 41, whole, 1 people" in signed.stdout

    shown = call("import", file, settings=f'[bundles.issuers.city]\nkey = "{public}"\n')

    assert shown.exit_code == 0, shown.output
    assert colours(number_of(1)) == [Outcome.GREEN]


@pytest.mark.parametrize(
    ("more", "status", "says"),
    [
        (("--serial", "0"), 1, "serial: allowed is a whole number"),
        (("--serial", "3", "--kind", "incremental", "--after", "3"), 1, "builds upon an earlier one"),
        (("--serial", "3", "--valid", "0h"), 2, "--valid: use hours or days"),
        (("--serial", "3", "--valid", "9999999d"), 2, "--valid: use hours or days"),
        (("--serial", "3", "--station", "a\nb"), 1, "station: a name has no control"),
    ],
)
def test_what_no_station_would_take_is_not_signed(rows, number_of, tmp_path, more, status, says):
    """It is told at the office, not at a hundred stations."""
    office("issuer", tmp_path / "k.pem", "--new")
    common = ("--key", tmp_path / "k.pem", "--issuer", "Office")
    shown = office("issue", rows((number_of(1), "green")), tmp_path / "b", *common, *more)
    assert shown.exit_code == status
    assert says in shown.stderr
    assert "Nothing was signed." in shown.stderr
    bad = office("issue", rows((number_of(1), "blue")), tmp_path / "b", *common, "--serial", "3")
    assert "line 2: colour: use one of" in bad.stderr
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize("command", ["import", "update", "delete", "stats", "verify", "export", "issue", "issuer"])
def test_help_has_examples_and_exit_status(command):
    """As of every command."""
    shown = office(command, "--help").output
    assert f"gatehouse register {command}" in shown
    assert "Exit status:" in shown
