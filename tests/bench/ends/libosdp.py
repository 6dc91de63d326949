"""libosdp with its secure channel: a card event (PD to CP) and the output command it causes (CP to PD).

stock: the binding's own threads, which sleep 20 ms between two looks. --tight: both ends look without a pause.
An OSDP card read carries the card's number, an output command a count of time; the round's number rides in them,
its lowest byte only in the command: the binding passes no more of a count.

libosdp 3.2.9 drops a packet that it finds half arrived, as any does on a line with a speed: it would not come on line
at 115200 Bd. So its packets are held back here until they are whole.
"""

import os
import queue
import struct
import time

import exchange
from osdp import (
    Capability,
    CardFormat,
    Channel,
    Command,
    ControlPanel,
    Event,
    LibFlag,
    LogLevel,
    PDCapabilities,
    PDInfo,
    PeripheralDevice,
)
from port import TtyPort, arguments, now_ms

ADDRESS = 101
KEY = bytes(range(16))
RELAY, PULSE = 0, 5  # output number; "temporary on, then off"
SECURE_WITHIN_S = 20.0
CARD = struct.Struct(">H18s")
START, HEADER_BYTES = 0x53, 4  # SIA OSDP 2.2, 5.9: start of message, address, length with the least byte first
PACKET_MAX_BYTES = 256
QUIET_MS = 100  # a packet whose length was damaged is handed over as it is after this


class TtyChannel(Channel):
    """A tty as the binding wants it."""

    def __init__(self, port):
        super().__init__()
        self._port = port
        self._held = self._whole = b""
        self._heard_ms = 0.0

    def read(self, max_bytes):
        data = self._port.read()
        if data:
            self._held += data
            self._heard_ms = now_ms()
        if whole(self._held) or now_ms() - self._heard_ms > QUIET_MS:
            self._whole, self._held = self._whole + self._held, b""
        given, self._whole = self._whole[:max_bytes], self._whole[max_bytes:]
        return given

    def write(self, data):
        self._port.write(bytes(data))
        return len(data)

    def flush(self):
        """Nothing is held back."""


def whole(held):
    """Whether the first packet has arrived to its end."""
    start = held.find(START)
    if start < 0 or len(held) < start + HEADER_BYTES:
        return False
    size = int.from_bytes(held[start + 2 : start + 4], "little")
    return size > PACKET_MAX_BYTES or len(held) >= start + size


def pd_info(port):
    return PDInfo(ADDRESS, TtyChannel(port), scbk=KEY, flags=[LibFlag.EnforceSecure])


def card_event(number):
    data = CARD.pack(number, exchange.CARD)
    return {
        "event": Event.CardRead,
        "reader_no": 0,
        "format": CardFormat.Unspecified,
        "length": len(data) * 8,
        "direction": 0,
        "data": data,
    }


def count_of(number):
    """The count that stands for a round: 1 to 255, since 0 means for ever."""
    return number % 255 + 1


def output_command(number):
    return {"command": Command.Output, "output_no": RELAY, "control_code": PULSE, "timer_count": count_of(number)}


class Asker:
    """The peripheral device."""

    def __init__(self, port, *, tight):
        self._port = port
        self._tight = tight
        self._came = queue.Queue()
        self._asked = {}  # count -> the newest round that it stands for
        capabilities = PDCapabilities(
            [(Capability.OutputControl, 1, 1), (Capability.LEDControl, 1, 1), (Capability.AudibleControl, 1, 1)]
        )
        self._pd = PeripheralDevice(
            pd_info(port), capabilities, log_level=LogLevel.Emergency, command_handler=self._on_command
        )
        if not tight:
            self._pd.start()
        until = time.monotonic() + SECURE_WITHIN_S
        while not self._pd.is_sc_active():
            self.step(1)
            if time.monotonic() > until:
                raise SystemExit("no secure channel on a clean line")

    def _on_command(self, command):
        if command.get("command") == Command.Output:
            self._came.put(self._asked[command["timer_count"]])
        return 0, None

    @property
    def moved(self):
        return self._port.moved

    def ask(self, number):
        self._asked[count_of(number)] = number
        if self._tight:
            self._pd.ctx.submit_event(card_event(number))
        else:
            self._pd.submit_event(card_event(number))

    def step(self, limit_ms):
        until_ms = now_ms() + limit_ms
        try:
            while self._tight and self._came.empty() and now_ms() < until_ms:
                self._pd.ctx.refresh()
                time.sleep(0)
            return [self._came.get(timeout=0 if self._tight else max(0.0, until_ms - now_ms()) / 1000)]
        except queue.Empty:
            return []

    def recover(self):
        """libosdp comes back by itself, after its own time."""


def decide(port, *, tight):
    """The control panel: an event asks for a command at once, given to the library as soon as it may be called."""
    events = queue.Queue()

    def on_event(_address, event):
        if event.get("event") == Event.CardRead:
            events.put(CARD.unpack(bytes(event["data"])[: CARD.size])[0])
        return 0

    cp = ControlPanel([pd_info(port)], log_level=LogLevel.Emergency, event_handler=on_event)
    if not tight:
        cp.start()
        while True:
            cp.submit_command(ADDRESS, output_command(events.get()))
    while True:
        cp.ctx.refresh()
        time.sleep(0)
        while not events.empty():
            cp.ctx.submit_command(0, output_command(events.get()))


def main():
    given = arguments()
    port = TtyPort(given.tty)
    if given.role == "decide":
        decide(port, tight=given.tight)
    asker = Asker(port, tight=given.tight)
    exchange.serve(asker, now_ms, given.limit_ms, given.rounds, given.budget_s, given.seed)
    os._exit(0)  # the binding's threads do not end by themselves


if __name__ == "__main__":
    main()
