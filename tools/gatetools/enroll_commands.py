"""The commands `gate enroll`, `rotate`, `list` and `revoke`: which gate serves which lane, and with which keys."""

import contextlib
import datetime
import json
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import click
from gatehouse.gate_record import PROPOSED, REVOKED, GateRecord
from gatehouse.keyfile import KeyFile, KeyFileError
from gatehouse.settings import GatehouseSettings
from gatehouse.terminal import config_option, fail, open_keys, settings_or_exit, show
from rich.table import Table

from gatetools import confirmation
from gatetools.arguments import LINK_BAUD, finite, lane_name, readable
from gatetools.enroll import (
    EITHER,
    EnrolmentFailed,
    EnrolmentRefused,
    Plan,
    Told,
    hand_over,
    plan,
    propose,
    rotation,
    who,
)
from gatetools.serial_port import PortUnusable
from gatetools.service_errors import ServiceModeError
from gatetools.service_mode import ServiceMode

EXIT_INTERRUPTED = 130
UNCHANGED = "Nothing was changed."
PROVEN = (
    "The gate has proven that it holds its new keys; its first handshake with the gatehouse makes them count. "
    "See: gate list"
)

port_argument = click.argument("port", callback=readable)
baud_option = click.option(
    "--baud", default=115200, show_default=True, type=LINK_BAUD, help="Speed of the link, for the handshake."
)
wait_option = click.option(
    "--wait",
    "wait_s",
    default=30.0,
    show_default=True,
    type=click.FloatRange(0, 3600),
    callback=finite,
    metavar="SECONDS",
    help="For the first handshake, before the command ends without it.",
)
yes_option = click.option("--yes", is_flag=True, help="Do not ask; every question is answered by yes.")


def is_new(settings: GatehouseSettings) -> bool:
    """Whether a key file may be made: a station that has a register or a ledger has had one."""
    return not settings.store.register.exists() and not settings.store.ledger.exists()


def in_use_elsewhere(settings: GatehouseSettings) -> None:
    """End the program where a data folder is there and its key file is not."""
    keys, data = settings.store.keys_path, settings.store.ledger.parent
    if keys.exists() or is_new(settings):
        return
    fail(
        f"{keys}: no key file, and the data folder {data} belongs to one: only its keys make sense of it. "
        "Put that file back, or restore the keys (gatehouse restore keys). If they are lost for good, put the data "
        f"folder aside: this station then begins anew, and every gate is enrolled again. {UNCHANGED}"
    )


@click.command()
@port_argument
@click.option(
    "--lane",
    required=True,
    callback=lane_name,
    metavar="NAME",
    help="The lane that this gate is to serve: A1.",
)
@click.option("--replace", is_flag=True, help="Take the place of the lane's gate, whose keys are revoked; asks first.")
@config_option
@baud_option
@wait_option
@yes_option
def enroll(port: str, lane: str, config: Path, baud: int, wait_s: float, *, replace: bool, yes: bool) -> None:
    """Make the gate on PORT the gate of a lane.

    The gate must be in service mode: hold its service button, press reset, let go after a second. It gets an identity
    and keys of its own, made here and kept in the key file of this station; it proves that it has them, and the
    first handshake over the link makes the enrolment count. No key is ever shown, stored elsewhere, or the same twice.

    PORT is the gate's console: on a devkit its only USB port, on a lane_a the chip's own USB, not the link's adapter.

    Interrupted at any moment, the gate is the one that it was or the new one. Run the same command again to finish.

    \b
    Examples:
      gate enroll /dev/ttyUSB0 --lane A1               a new gate
      gate enroll /dev/ttyUSB0 --lane A1 --replace     the lane's gate is dead: this one takes its place
      sudo -u gatehouse gate enroll /dev/ttyUSB0 --lane A1 --config /etc/gatehouse/gatehouse.toml

    Exit status: 0 if the gate is enrolled, 1 if not or not confirmed yet, 2 if settings or arguments are wrong,
    130 after Ctrl-C, which tells how things stand.
    """
    give_keys(port, config, baud, wait_s, yes=yes, intent=lambda told, keys: plan(told, keys, lane, replace=replace))


@click.command()
@port_argument
@config_option
@baud_option
@wait_option
@yes_option
def rotate(port: str, config: Path, baud: int, wait_s: float, *, yes: bool) -> None:
    """Give the gate on PORT new keys for the lane that it has.

    For a gate that was away, opened, or whose keys are older than your rules allow. It must be in service mode: hold
    its service button, press reset, let go after a second. Nothing does this by itself. The old keys stop to count
    at the first handshake with the new ones; records that the gate still holds are kept and delivered.

    \b
    Example:
      gate rotate /dev/ttyUSB0

    Exit status: 0 if the new keys count, 1 if not or not confirmed yet, 2 if settings or arguments are wrong.
    """
    give_keys(port, config, baud, wait_s, yes=yes, intent=rotation)


def give_keys(
    port: str, config: Path, baud: int, wait_s: float, *, yes: bool, intent: Callable[[Told, KeyFile], Plan]
) -> None:
    """Ask the gate who it is, make its keys, and wait until it has used them. Ends the program where that fails."""
    settings = settings_or_exit(config, UNCHANGED)
    started_s = time.monotonic()
    standing = UNCHANGED
    try:
        in_use_elsewhere(settings)
        with open_keys(settings, create=is_new(settings)) as keys:
            before = {gate.identity for gate in keys.gates() if gate.revoked}
            with ServiceMode(port) as gate:
                told = who(gate.run)
                click.echo(f"{port}: board {told.board}, firmware {told.firmware}")
                planned = intent(told, keys)
                agree(planned, yes=yes)
                click.echo(f"making keys for lane {planned.lane} ...")
                new = propose(keys, planned)
                standing = EITHER
                hand_over(gate.run, new)
                standing = PROVEN
                click.echo(f"the gate has proven that it holds them; its identity is {new.identity.hex()}")
                with contextlib.suppress(ServiceModeError):  # its first handshake shows whether it has started
                    gate.reset()
            confirm(port, baud, wait_s, keys, new.identity, told)
            for other in keys.gates():
                if other.revoked and other.identity not in before:
                    click.echo(f"revoked: {other.identity.hex()}, the gate that lane {other.lane} had before")
    except (KeyFileError, PortUnusable, ServiceModeError) as failure:
        fail(f"{failure} {standing}")
    except (EnrolmentFailed, EnrolmentRefused, confirmation.NotConfirmed) as failure:
        fail(str(failure))
    except KeyboardInterrupt:
        fail(f"Interrupted. {standing}", status=EXIT_INTERRUPTED)
    click.echo(f"lane {planned.lane} is served by this gate. It took {time.monotonic() - started_s:.1f} s.")


def agree(planned: Plan, *, yes: bool) -> None:
    """Have the operator agree to what is unusual. Ends the program if he does not."""
    for doubt in planned.doubts:
        click.echo(doubt)
        try:
            agreed = yes or click.confirm("Go on?", default=False)
        except click.Abort as ended:
            if isinstance(ended.__context__, KeyboardInterrupt):  # else its input has ended
                raise KeyboardInterrupt from None
            agreed = False
        if not agreed:
            fail(UNCHANGED)


def confirm(port: str, baud: int, wait_s: float, keys: KeyFile, identity: bytes, told: Told) -> None:
    """Wait for the first handshake. NotConfirmed if it does not come."""
    if told.one_cable:
        click.echo("waiting for its first handshake ...")
        confirmation.over(port, baud, keys, identity, wait_s)
        return
    click.echo("waiting for its first handshake with the gatehouse ...")
    if confirmation.by_the_gatehouse(keys, identity, wait_s):
        return
    raise confirmation.NotConfirmed(
        "The gate has its keys and has not spoken to the gatehouse yet. Release the service button, connect its "
        "link, and start the gatehouse (gatehouse run): the first handshake confirms it. See: gate list"
    )


@click.command("list")
@config_option
@click.option("--json", "as_json", is_flag=True, help="For programs: one JSON object for each gate and line.")
@click.option("--all", "everything", is_flag=True, help="Revoked gates too: how many each lane had; with --json each.")
def list_(config: Path, *, as_json: bool, everything: bool) -> None:
    """Show which gate serves which lane, and what is not finished.

    \b
    States:
      enrolled   it serves its lane
      proposed   it was given keys and has not used them yet; the first handshake makes it the lane's gate
      revoked    its keys count no more

    \b
    Examples:
      gate list
      gate list --all --json
    """
    settings = settings_or_exit(config, UNCHANGED)
    try:
        gates = [gate for gate in known(settings) if everything or not gate.revoked]
    except KeyFileError as failure:
        fail(str(failure))
    if as_json:
        for gate in gates:
            click.echo(json.dumps(described(gate), ensure_ascii=False))
        return
    table = Table("lane", "identity", "state", "since", "sessions")
    for gate in gates:
        if not gate.revoked:
            table.add_row(gate.lane, gate.identity.hex(), gate.state, day(gate.made_s), str(gate.keys.count))
    ended = Counter(gate.lane for gate in gates if gate.revoked)
    for lane, count in ended.items():
        newest = max(gate.ended_s or 0 for gate in gates if gate.revoked and gate.lane == lane)
        table.add_row(lane, f"{count} former", REVOKED, day(newest), "")
    show(table)
    if any(gate.state == PROPOSED for gate in gates):
        click.echo("A proposed gate was not confirmed yet: let it speak to the gatehouse, or enrol it again.")
    if not gates:
        click.echo("No gate is enrolled. Begin with: gate enroll PORT --lane NAME")


def known(settings: GatehouseSettings) -> list[GateRecord]:
    """The gates in the key file; none where there is no file yet."""
    if is_new(settings) and not settings.store.keys_path.exists():
        return []
    with open_keys(settings) as keys:
        return keys.gates()


def described(gate: GateRecord) -> dict[str, object]:
    """A gate for programs; no key."""
    return {
        "lane": gate.lane,
        "identity": gate.identity.hex(),
        "state": gate.state,
        "made_s": gate.made_s,
        "ended_s": gate.ended_s,
        "sessions": gate.keys.count,
    }


def day(moment_s: int) -> str:
    """A Unix time for people, "" for none."""
    return datetime.datetime.fromtimestamp(moment_s).astimezone().strftime("%Y-%m-%d %H:%M") if moment_s else ""


@click.command()
@click.argument("lane", callback=readable)
@config_option
@yes_option
def revoke(lane: str, config: Path, *, yes: bool) -> None:
    """Take the keys of LANE's gate back: it serves nobody from now on.

    For a gate that was stolen or lost. A running gatehouse ends its session within a second, and the ledger gets an
    entry; an opening without an outcome is entered as unknown. It cannot be undone: the gate is enrolled anew.

    \b
    Example:
      gate revoke A1
    """
    settings = settings_or_exit(config, UNCHANGED)
    try:
        with open_keys(settings) as keys:
            there = [gate for gate in keys.gates() if gate.lane == lane and not gate.revoked]
            if there and not yes:
                known = ", ".join(f"{gate.identity.hex()} ({gate.state})" for gate in there)
                click.confirm(f"Lane {lane}: {known}. Revoke it for good?", abort=True, default=False)
            ended = keys.revoke(lane)
    except KeyFileError as failure:
        fail(str(failure))
    for gate in ended:
        click.echo(f"revoked: {gate.identity.hex()}, the gate of lane {gate.lane}. Its keys count no more.")
    if not ended:
        click.echo(f"lane {lane}: what was proposed is dropped; no gate had used it.")


COMMANDS = (enroll, rotate, list_, revoke)
