"""The host's stations, gates and houses, for tests of what happens to them."""

from host.conftest import (
    bench_gate,
    gatehouse_command,
    new_pty,
    number_of,
    restore_data,
    running,
    saved,
    start,
    station,
)

__all__ = [
    "bench_gate",
    "gatehouse_command",
    "new_pty",
    "number_of",
    "restore_data",
    "running",
    "saved",
    "start",
    "station",
]
