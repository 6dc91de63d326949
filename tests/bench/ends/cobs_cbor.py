"""Bare COBS + CBOR with a CRC-32: no session, no key, no repeats."""

import struct
import zlib

import cbor2
import exchange
from cobs import cobs
from port import TtyPort, arguments, now_ms


def encode(message):
    body = cbor2.dumps(message)
    return cobs.encode(body + struct.pack("<I", zlib.crc32(body))) + b"\0"


class Frames:
    """Cuts bytes into messages; what does not fit is dropped."""

    def __init__(self):
        self._held = b""

    def feed(self, data):
        *frames, self._held = (self._held + data).split(b"\0")
        return [message for frame in frames if (message := decode(frame)) is not None]


def decode(frame):
    try:
        whole = cobs.decode(frame)
    except cobs.DecodeError:
        return None
    body, check = whole[:-4], whole[-4:]
    return cbor2.loads(body) if struct.pack("<I", zlib.crc32(body)) == check else None


class Asker:
    def __init__(self, port):
        self._port = port
        self._frames = Frames()

    @property
    def moved(self):
        return self._port.moved

    def ask(self, number):
        self._port.write(encode(exchange.event(number)))

    def step(self, limit_ms):
        return [message[2] for message in self._frames.feed(self._port.wait(limit_ms))]

    def recover(self):
        """Nothing is kept."""


def decide(port):
    frames = Frames()
    while True:
        for message in frames.feed(port.wait(None)):
            port.write(encode(exchange.decision(message)))


def main():
    given = arguments()
    port = TtyPort(given.tty)
    if given.role == "decide":
        decide(port)
    exchange.serve(Asker(port), now_ms, given.limit_ms, given.rounds, given.budget_s, given.seed)


if __name__ == "__main__":
    main()
