"""What the simulated platforms truly send of one person, as the engine holds it before it is read."""

import asyncio
import functools
from pathlib import Path

from gatehouse.platforms import conversation
from gatehouse.platforms.dialect_file import SHIPPED, load, shipped
from gatetools.sim.people import Kind
from gatetools.sim.platforms.table import Known, Sample, Table
from platforms.asking import NOON_S, Clock, served
from platforms.qingzhou_server import Qingzhou

FILE = Path(__file__).with_name("qingzhou.toml")
NAMES = (*SHIPPED, "qingzhou")
NUMBER = "11010119000101002X"


@functools.cache
def dialect_of(name):
    return load(FILE) if name == "qingzhou" else shipped(name)


@functools.cache
def true_answers(name, colour="green", result="positive"):
    """{name of a request: its document} of somebody with a test, or without one where `result` is None."""
    sample = Sample(result, 9, 8, 7) if result else None
    known = Known(NUMBER, Kind.RESIDENT, colour, 1, sample, 2)
    held = {}

    def reader(_dialect, documents, extras, *_):
        held.update({**documents, **extras})
        return read(_dialect, documents, extras, *_)

    async def story():
        clock = Clock()
        table = Table([known], clock.wall)
        server = Qingzhou(table) if name == "qingzhou" else None
        async with served(name, dialect=dialect_of(name), server=server, table=table, clock=clock) as pair:
            return await pair.ask(known)

    read, conversation.read = conversation.read, reader
    try:
        status = asyncio.run(story())
    finally:
        conversation.read = read
    assert status.outcome.value == colour
    return held


def read_as(name, documents):
    """The status in these answers."""
    from gatehouse.platforms.answer import read

    return read(dialect_of(name), documents, {}, NUMBER.encode(), NOON_S)
