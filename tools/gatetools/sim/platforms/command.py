"""`gate platform`: one simulated health platform on loopback, for the gatehouse or another program to ask."""

import asyncio
import contextlib
import signal
import time
from pathlib import Path

import click

from gatetools.sim.platforms.all_servers import SERVERS
from gatetools.sim.platforms.faults import KINDS, Faults
from gatetools.sim.platforms.server import Server
from gatetools.sim.platforms.table import drawn

EXIT_WRONG = 1


@click.command("platform")
@click.argument("name", type=click.Choice(tuple(SERVERS)))
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="TCP port on loopback; without it a free one.")
@click.option("--seed", default=1, show_default=True, help="Of people, latency and faults.")
@click.option("--people", default=60, show_default=True, type=click.IntRange(1, 100_000), help="How many it knows.")
@click.option(
    "--fault",
    "rates",
    type=(click.Choice(KINDS), click.FloatRange(0, 1)),
    multiple=True,
    help="Part of the requests that goes wrong in a way, like `--fault stall 0.01`. May be given several times.",
)
@click.option(
    "--credentials",
    type=click.Path(path_type=Path),
    help="Write the file of credentials that this platform takes; it must not exist.",
)
def platform(
    name: str, port: int, seed: int, people: int, rates: tuple[tuple[str, float], ...], credentials: Path | None
) -> None:
    """Play the health platform NAME until Ctrl-C: real HTTP on loopback, its wire format, synthetic people.

    Prints its address and one number that it knows of each colour.

    \b
    Examples:
      gate platform guangdong --port 8081 --credentials guangdong.credentials
      gate platform plain --fault stall 0.01 --fault error 0.05

    Exit status: 0 after Ctrl-C, 1 if the port is taken or the file cannot be written.
    """
    kind = SERVERS[name]
    try:
        if credentials is not None:
            write_credentials(credentials, kind)
        asyncio.run(serve(kind(drawn(seed, time.time, people), Faults.seeded(seed, dict(rates))), port))
    except OSError as failure:
        click.echo(f"The platform was not started: {failure.strerror}.", err=True)
        raise SystemExit(EXIT_WRONG) from None


def write_credentials(path: Path, kind: type[Server]) -> None:
    """The file that `gatehouse` reads them from, for its owner alone."""
    path.touch(mode=0o600, exist_ok=False)
    path.write_text("".join(f'{name} = "{text}"\n' for name, text in kind.credentials.items()), encoding="utf-8")


async def serve(server: Server, port: int) -> None:
    """Until a signal comes."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for one in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows has its own way
            loop.add_signal_handler(one, ended.set)
    await server.start(port)
    try:
        click.echo(f"{server.name} on {server.url}")
        for colour in ("green", "yellow", "red"):
            known = [one.number for one in server.table.everybody() if one.colour == colour]
            if known:
                click.echo(f"  {colour:<7} {known[0]}")
        await ended.wait()
    finally:
        await server.stop()
