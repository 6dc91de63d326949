"""The commands `gate demo` and `gate sim`: what needs pseudo terminals, on Linux and macOS."""

import asyncio
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import click
from gatehouse.output import OutputLost, watched

from gatetools.arguments import finite
from gatetools.build import CannotCompile
from gatetools.keylog import KeyLogUnusable
from gatetools.sim import script
from gatetools.sim.alone import Alone, Ends
from gatetools.sim.board import names
from gatetools.sim.cable import LineFailed
from gatetools.sim.demo import Demo, Plan
from gatetools.sim.gatehouse import GatehouseFailed
from gatetools.sim.people_file import PeopleFileError
from gatetools.sim.play import play_all
from gatetools.sim.script import ScriptWrong
from gatetools.sim.station import StationFailed, end_on_signals, new_loop
from gatetools.sim.wiring import LaneSetup, SettingWrong

EXIT_WRONG = 1
EXIT_NO_SCENARIO = 2
EXIT_INTERRUPTED = 130
KNOWN = (StationFailed, GatehouseFailed, CannotCompile, LineFailed, KeyLogUnusable, OSError)
existing_file = click.Path(path_type=Path, exists=True, dir_okay=False)
SCENARIO_BOARD = "lane_a"
any_path = click.Path(path_type=Path)


def run_bench(what: Coroutine[Any, Any, int]) -> int:
    """Run on a loop with exact timers; the exit status. Known failures become a sentence and status 1.

    When nobody can read any more what it says, it is told to end, and OutputLost comes once it has.
    """
    unread: list[OutputLost] = []
    try:
        with asyncio.Runner(loop_factory=new_loop) as runner:
            status = runner.run(_while_read(what, unread))
    except KNOWN as failure:
        click.echo(str(failure), err=True)
        status = EXIT_WRONG
    except (asyncio.CancelledError, KeyboardInterrupt):
        status = EXIT_INTERRUPTED
    if unread:
        raise unread[0]
    return status


async def _while_read(what: Coroutine[Any, Any, int], unread: list[OutputLost]) -> int:
    """Half of what is said is said in callbacks of the loop, where an exception would end the callback alone."""
    loop, running = asyncio.get_running_loop(), asyncio.ensure_future(what)

    def lost(failure: OutputLost) -> None:
        if not unread:
            loop.call_soon_threadsafe(running.cancel)
        unread.append(failure)

    with watched(lost):
        return await running


@click.command()
@click.option(
    "--seconds", type=click.FloatRange(1, 86400), callback=finite, help="End after so long; without it, with Ctrl-C."
)
@click.option("--json", "json_path", type=any_path, help="Write one JSON line for each swipe to this file.")
@click.option("--people", "people_path", type=existing_file, help="Travellers from this CSV file.")
@click.option("--plain", is_flag=True, help="Lines instead of the live table.")
@click.option("--seed", default=1, show_default=True, help="Of the built-in travellers and the line.")
@click.option("--record", type=any_path, help="Record each lane's traffic: NAME gives NAME-A.jsonl, NAME-B.jsonl.")
@click.option("--key-log", type=any_path, help="Write the simulated gates' keys, for `gate listen --keys`.")
def demo(
    seconds: float | None,
    json_path: Path | None,
    people_path: Path | None,
    record: Path | None,
    key_log: Path | None,
    *,
    plain: bool,
    seed: int,
) -> None:
    """Watch travellers pass two simulated lanes.

    Real firmware on the MicroPython interpreter, the real gatehouse, real bytes on every line; card readers,
    turnstiles and people are models. Ends with a judgement: exit status 0 if no lane opened for the wrong reason,
    no record was lost and none stands twice.

    \b
    The CSV file's first line names the columns:
      number     synthetic, of any kind of card; its form tells which: resident, permit (81, 82, 83), foreigner
      colour     green, yellow, red, unknown (not in the register)
      updated    when the status was set: 2026-01-31T08:00:00+08:00, or now
      behaviour  normal, taken_away, laid_twice, turned_back, two_at_once, wrong_way, nobody_came,
                 wrong_check_digit, expired_card, not_yet_valid_card, unsupported_card; may be left out
    """
    try:
        show = Demo(Plan(seconds, json_path, people_path, plain, seed, record, key_log))
    except PeopleFileError as wrong:
        for problem in wrong.problems:
            click.echo(problem, err=True)
        sys.exit(EXIT_WRONG)
    sys.exit(run_bench(show.run()))


@click.command(epilog="\b\n" + script.manual().replace("\n\n", "\n\n\b\n"))
@click.option("--board", type=click.Choice(names()), help="Which board the gate is; of scenarios lane_a if unset.")
@click.option("--link", type=any_path, help="Tty of the uplink. Unset: a fresh one, its name is printed.")
@click.option("--baud", default=115200, show_default=True, help="Speed of the uplink where it is fresh.")
@click.option("--sam-v", type=any_path, help="Tty of a real card module. Unset: a model, cards by command.")
@click.option("--pins", type=any_path, help="Unix socket of another pin model. Unset: a turnstile, people by command.")
@click.option("--flash", type=any_path, help="Folder that holds the gate's flash. Unset: forgotten at the end.")
@click.option("--enroll-into", type=existing_file, help="gatehouse.toml or keys.db: enrol this gate there first.")
@click.option("--lane", help="Name of the lane to enrol.")
@click.option("--set", "settings", metavar="NAME=VALUE", multiple=True, help="How it is set; repeatable, see below.")
@click.option("--service", is_flag=True, help="Hold the service button at the first power-up.")
@click.option("--scenario", "scenarios", metavar="FILE", multiple=True, help="Play this file, or one of --list.")
@click.option("--list", "listing", is_flag=True, help="The scenarios that come with this tool.")
def sim(
    board: str | None,
    link: Path | None,
    baud: int,
    sam_v: Path | None,
    pins: Path | None,
    flash: Path | None,
    enroll_into: Path | None,
    lane: str | None,
    settings: tuple[str, ...],
    scenarios: tuple[str, ...],
    *,
    service: bool,
    listing: bool,
) -> None:
    """Start one simulated lane alone: the real firmware, and models for every end that is not given.

    \b
    Try it against a gatehouse of your own:
      gate sim --board lane_a --flash gate-A --enroll-into gatehouse.toml --lane A
      then put the printed port into gatehouse.toml and start `gatehouse run`;
      next time with --flash gate-A alone: it keeps its keys

    \b
    Where the ends are models, standard input takes the commands below, one a line, and besides:
      tap NUMBER      the card that has this number (synthetic numbers only); without: a made-up one
      service         power off and on with the service button held
      help            the commands
    What the gatehouse tells is not seen here: of the conditions state, link, report and fault are not.

    \b
    Readers and signs are chosen as in a gate's own settings, and are models too:
      gate sim --board lane_a --set readers=sam_v,qr --set signs=voice
      gate sim --board lane_a --set readers=sam_v,pn532,wiegand

    \b
    A gate that has been in service mode runs the firmware in its flash folder from then on, as a real one does:
      gate sim --board lane_a --flash gate-A --service
      gate update-files PORT                          PORT: the console that is printed

    \b
    A scenario is a text file of the same commands, played at a lane with a real gatehouse of its own:
      gate sim --list
      gate sim --scenario tailgating
      gate sim --scenario my-lane.txt --board devkit
    Its first lines may say how the lane is set, for example
      # Two people through one opening       the title
      settings direction=both relays=2       keys of [lane] in gatehouse.toml and of the gate's settings.json
    Every step is printed with its time and line, and what the lane did. At the end a checker judges that nothing
    opened for the wrong reason and no record was lost. Several --scenario are played at lanes of their own.

    Exit status of scenarios: 0 if everything held, 1 if something did not, 2 if a file is no scenario.
    """
    if listing:
        for one in map(script.read, script.shipped()):
            click.echo(f"{one.name:<26}{one.title}")
        return
    alone = {"--link": link, "--sam-v": sam_v, "--pins": pins, "--flash": flash, "--enroll-into": enroll_into}
    if scenarios:
        more = {"--lane": lane, "--service": service or None, "--set": settings}
        given = [name for name, value in {**alone, **more}.items() if value]
        if given:
            raise click.UsageError(f"a scenario has a lane of its own: leave {', '.join(given)} out")
        sys.exit(run_bench(_play(scenarios, board or SCENARIO_BOARD)))
    if board is None:
        raise click.UsageError(f"say which board the gate is: --board {' or '.join(names())}")
    if (enroll_into is None) != (lane is None):
        raise click.UsageError("--enroll-into and --lane go together")
    if service and pins is not None:
        raise click.UsageError("--service needs the pin model here: leave --pins out")
    ends = Ends(link, sam_v, pins, flash)
    try:
        setup = LaneSetup.of(settings)
    except SettingWrong as wrong:
        raise click.UsageError(f"--set {wrong}") from None
    sys.exit(run_bench(Alone(board, ends, baud, enroll_into, lane, setup=setup, service=service).run()))


async def _play(scenarios: tuple[str, ...], board: str) -> int:
    """Play them; the exit status."""
    try:
        scripts = script.read_all(scenarios)
    except ScriptWrong as wrong:
        click.echo(str(wrong), err=True)
        return EXIT_NO_SCENARIO
    playing = asyncio.ensure_future(play_all(scripts, board, click.echo))
    end_on_signals(playing)
    outcomes = await playing
    for outcome in outcomes:
        click.echo(f"{outcome.script.name}: {outcome.wrong or 'everything held'}", err=bool(outcome.wrong))
    return EXIT_WRONG if any(outcome.wrong for outcome in outcomes) else 0
