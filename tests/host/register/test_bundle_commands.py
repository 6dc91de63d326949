"""`gatehouse register import`, `update`, `delete` of bundles: what comes into force, what is refused, what is lost."""

import datetime
import shutil

import pytest
from gatehouse.deeds import What
from gatehouse.status import Colour, Outcome
from host.bundle_maker import ISSUED, NOW, OFFICE, OTHERS, SET, SETTINGS, UNTIL


def test_a_whole_bundle_forgets_its_issuer_s_others_and_nobody_else(call, station, bundle, colours, number_of):
    """Whoever had his status from elsewhere stays."""
    station.know((number_of(1), Colour.RED, 900), (number_of(2), Colour.GREEN, 900), source="hospital")
    station.know((number_of(3), Colour.RED, 900), (number_of(4), Colour.RED, 900), source="city")

    shown = call("import", bundle((number_of(2), "yellow"), (number_of(3), "green"), (number_of(5), "green")))

    assert shown.exit_code == 0, shown.output
    assert shown.stdout == "3 people imported. The register knows 4.\n"
    assert colours(*map(number_of, range(1, 6))) == [
        Outcome.RED,
        Outcome.YELLOW,
        Outcome.GREEN,
        Outcome.NOT_FOUND,
        Outcome.GREEN,
    ]


def test_changes_and_deletions_follow_a_whole_bundle(call, station, bundle, colours, deeds, number_of):
    """Each with its deed: who issued it, its serial, how many people, and nothing that tells who."""
    call("import", bundle((number_of(1), "green"), (number_of(2), "green")))
    station.know((number_of(9), Colour.RED, 900), source="hospital")
    changed = call("update", bundle((number_of(2), "red"), serial=9, kind="incremental", after=7))
    gone = call("delete", bundle((number_of(1), ""), (number_of(9), ""), serial=12, kind="deletion"))

    assert changed.stdout == "1 people updated. The register knows 3.\n"
    assert gone.stdout == "1 of 2 people forgotten. The register knows 2.\n"
    assert colours(number_of(1), number_of(2), number_of(9)) == [Outcome.NOT_FOUND, Outcome.RED, Outcome.RED]
    told = deeds()
    assert [what for what, _ in told] == [What.REGISTER_IMPORTED, What.REGISTER_UPDATED, What.REGISTER_DELETED]
    assert [detail["serial"] for _, detail in told] == [7, 9, 12]
    assert {detail["issuer"].hex() for _, detail in told} == {OFFICE.public}
    assert [detail["people"] for _, detail in told] == [2, 1, 1]
    text = repr(told)
    assert number_of(1) not in text
    assert number_of(2) not in text


@pytest.mark.parametrize(
    ("serial", "facts", "says"),
    [
        (7, {}, "its serial is 7, and 7 of city was taken here already"),
        (6, {}, "its serial is 6, and 7 of city was taken here already. Get the newest one from its issuer."),
        (8, {"office": OTHERS}, 'says that "Others" with the key'),
        (8, {"station": "Hall A"}, 'meant for the station "Hall A", and this one is "Hall B"'),
        (8, {"valid_until": SET, "issued": "2026-01-01T00:00:00Z"}, "it was valid until"),
        (8, {"kind": "incremental"}, "it is a bundle of the kind incremental. Use: gatehouse register update"),
        (8, {"sha256": "0" * 64}, "its rows are not those that were signed"),
    ],
)
def test_an_old_foreign_or_altered_bundle_changes_nothing(call, bundle, colours, deeds, number_of, serial, facts, says):
    """Neither register nor ledger; also in another process, later."""
    call("import", bundle((number_of(1), "red")))
    before = deeds()

    shown = call("import", bundle((number_of(1), "green"), serial=serial, **facts))

    assert shown.exit_code == 1
    assert says in shown.stderr
    assert shown.stderr.rstrip().endswith("Nothing was imported; the register is as it was.")
    assert colours(number_of(1)) == [Outcome.RED]
    assert deeds() == before


def test_changes_wait_for_those_that_they_build_upon(call, bundle, number_of):
    """A station that has missed one is told which."""
    call("import", bundle((number_of(1), "red")))

    shown = call("update", bundle((number_of(1), "green"), serial=9, kind="incremental", after=8))

    assert shown.exit_code == 1
    assert "it builds upon bundle 8 of city, and the last one taken here is 7" in shown.stderr


def test_a_bundle_with_a_bad_row_is_refused_as_a_whole(call, bundle, colours, deeds, number_of):
    """Its serial is not used up by that."""
    shown = call("import", bundle((number_of(1), "green"), (number_of(2), "blue")))
    assert shown.exit_code == 1
    assert "line 3: colour: use one of" in shown.stderr
    assert deeds() == []
    assert call("import", bundle((number_of(1), "green"))).exit_code == 0
    assert colours(number_of(1)) == [Outcome.GREEN]


def test_entries_carry_their_own_limit(call, station, rows, colours, number_of):
    """A green that may be used until an hour ago is expired."""
    past = f"{NOW - datetime.timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ}"
    file = station.folder / "7.bundle"
    content = rows((number_of(1), "green"), (number_of(2), "red"), extra=past).read_bytes()
    file.write_bytes(OFFICE.bundle(content, issued=ISSUED, valid_until=UNTIL))

    assert call("import", file).exit_code == 0
    assert colours(number_of(1), number_of(2)) == [Outcome.EXPIRED, Outcome.RED]


def test_a_station_may_take_bundles_alone(call, rows, bundle, number_of):
    """Plain CSV is refused then, but for people who are to be forgotten."""
    strict = SETTINGS.replace("[bundles]", "[bundles]\nrequired = true")
    for command in ("import", "update"):
        shown = call(command, rows((number_of(1), "green")), settings=strict)
        assert shown.exit_code == 1
        assert "it is no bundle, and the settings, [bundles] required, take nothing else" in shown.stderr
    assert call("import", bundle((number_of(1), "green")), settings=strict).exit_code == 0
    gone = call("delete", rows((number_of(1), "")), settings=strict)
    assert gone.stdout == "1 of 1 people forgotten. The register knows 0.\n"


def test_a_source_beside_a_bundle_is_refused(call, bundle, number_of):
    """Its issuer is the source."""
    shown = call("import", bundle((number_of(1), "green")), "--source", "me")
    assert shown.exit_code == 2
    assert "a bundle or an export says that itself" in shown.stderr


def test_a_source_that_may_be_a_number_is_not_recorded(call, rows, number_of):
    """And so nothing is imported."""
    shown = call("import", rows((number_of(1), "green")), "--source", number_of(3))
    assert shown.exit_code == 1
    assert "may hold somebody's number" in shown.stderr
    assert number_of(3) not in shown.output


def test_a_restored_register_is_told_and_caught_up(call, station, bundle, colours, deeds, number_of):
    """Old bundles are refused as ever; those that it has lost are taken again when that is wanted, in their order."""
    call("import", bundle((number_of(1), "green"), serial=5))
    shutil.copytree(station.data, station.folder / "backup")
    call("update", bundle((number_of(1), "red"), serial=6, kind="incremental", after=5))
    call("update", bundle((number_of(2), "red"), serial=7, kind="incremental", after=6))
    shutil.rmtree(station.data)
    (station.folder / "backup").rename(station.data)

    old = call("update", bundle((number_of(1), "red"), serial=6, kind="incremental", after=5))
    assert old.exit_code == 1
    assert "its serial is 6, and 7 of city was taken here already, though the register remembers 5 only" in old.stderr
    gap = call("update", bundle((number_of(2), "red"), serial=7, kind="incremental", after=6), "--again")
    assert "it builds upon bundle 6 of city" in gap.stderr
    for serial, person in ((6, 1), (7, 2)):
        file = bundle((number_of(person), "red"), serial=serial, kind="incremental", after=serial - 1)
        again = call("update", file, "--again")
        assert again.exit_code == 0, again.stderr
        assert (
            f"remembers bundle {serial - 1} of city as the last, the key file 7: the register was restored"
            in again.stderr
        )
    assert colours(number_of(1), number_of(2)) == [Outcome.RED, Outcome.RED]
    twice = call("update", file, "--again")
    assert "its serial is 7, and 7 of city was taken here already. Get" in twice.stderr
