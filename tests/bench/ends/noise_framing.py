"""Noise_NNpsk0 in ESPHome's framing, with the ciphers that aioesphomeapi uses: 01, length, type and length, body.

The peer repeats nothing: a frame that does not open ends its connection. So does an end here: it is silent until the
asker, which has then waited its limit, makes a handshake. The decider takes a silence for the end of a connection.
"""

import struct

import cbor2
import exchange
from aioesphomeapi._frame_helper.noise_encryption import (
    ESPHOME_NOISE_BACKEND,
    NOISE_PROTOCOL_NAME,
    DecryptCipher,
    EncryptCipher,
)
from cryptography.exceptions import InvalidTag
from noise.connection import NoiseConnection
from noise.exceptions import NoiseInvalidMessage
from port import TtyPort, arguments, now_ms

KEY = bytes(range(32))
PREAMBLE = 1
SILENCE_MS = 150  # longer than any gap between rounds, shorter than the asker's limit
ANSWER_MS = 250
BROKEN = (InvalidTag, NoiseInvalidMessage, ValueError, EOFError, struct.error)


class Connection:
    """One end of one connection. ValueError and others in BROKEN: it has come to its end."""

    def __init__(self, *, initiator):
        self._noise = NoiseConnection.from_name(NOISE_PROTOCOL_NAME, backend=ESPHOME_NOISE_BACKEND)
        (self._noise.set_as_initiator if initiator else self._noise.set_as_responder)()
        self._noise.set_psks(KEY)
        self._noise.set_prologue(b"NoiseAPIInit\0\0")
        self._noise.start_handshake()
        self._held = b""
        self.up = False

    def hand_over(self):
        """The handshake frame of this end."""
        wire = framed(bytes(self._noise.write_message()))
        self._finish()
        return wire

    def take_over(self, frame):
        """The handshake frame of the other end."""
        self._noise.read_message(frame)
        self._finish()

    def _finish(self):
        if self._noise.handshake_finished:
            protocol = self._noise.noise_protocol
            self._encrypt = EncryptCipher(protocol.cipher_state_encrypt).encrypt
            self._decrypt = DecryptCipher(protocol.cipher_state_decrypt).decrypt
            self.up = True

    def seal(self, message):
        body = cbor2.dumps(message)
        return framed(self._encrypt(struct.pack(">HH", 1, len(body)) + body))

    def open(self, frame):
        return cbor2.loads(self._decrypt(frame)[4:])

    def frames(self, data):
        """The frames that `data` completes."""
        self._held += data
        found = []
        while len(self._held) >= 3:
            preamble, size = struct.unpack(">BH", self._held[:3])
            if preamble != PREAMBLE:
                raise ValueError("no frame")
            if len(self._held) < 3 + size:
                break
            found.append(self._held[3 : 3 + size])
            self._held = self._held[3 + size :]
        return found


def framed(body):
    return struct.pack(">BH", PREAMBLE, len(body)) + body


class Asker:
    def __init__(self, port):
        self._port = port
        self._connection = None
        self.recover()

    @property
    def moved(self):
        return self._port.moved

    def ask(self, number):
        if self._connection is not None:
            self._port.write(self._connection.seal(exchange.event(number)))

    def step(self, limit_ms):
        data = self._port.wait(limit_ms)
        if self._connection is None:
            return []
        try:
            return [self._connection.open(frame)[2] for frame in self._connection.frames(data)]
        except BROKEN:
            self._connection = None
            return []

    def recover(self):
        """Handshakes until one succeeds."""
        while not self._connect():
            until_ms = now_ms() + ANSWER_MS
            while now_ms() < until_ms:
                self._port.wait(until_ms - now_ms())

    def _connect(self):
        connection = Connection(initiator=True)
        self._port.write(connection.hand_over())
        until_ms = now_ms() + ANSWER_MS
        try:
            while not connection.up:
                if now_ms() > until_ms:
                    return False
                for frame in connection.frames(self._port.wait(until_ms - now_ms())):
                    connection.take_over(frame)
        except BROKEN:
            return False
        self._connection = connection
        return True


def decide(port):
    while True:
        connection = Connection(initiator=False)
        data = port.wait(None)
        try:
            while data:
                for frame in connection.frames(data):
                    if connection.up:
                        port.write(connection.seal(exchange.decision(connection.open(frame))))
                    else:
                        connection.take_over(frame)
                        port.write(connection.hand_over())
                data = port.wait(SILENCE_MS)
        except BROKEN:
            while port.wait(SILENCE_MS):
                pass


def main():
    given = arguments()
    port = TtyPort(given.tty)
    if given.role == "decide":
        decide(port)
    exchange.serve(Asker(port), now_ms, given.limit_ms, given.rounds, given.budget_s, given.seed)


if __name__ == "__main__":
    main()
