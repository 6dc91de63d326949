"""bellows' AshProtocol on both ends, CBOR inside. An end that has given up is reset as ASH has it: RST, RSTACK.

bellows is the host's half of ASH; what the other half adds (RSTACK to a RST, ERROR when it gives up) is here.
"""

import asyncio
import contextlib

import bellows.types as t
import cbor2
import exchange
from bellows.ash import AshProtocol, ErrorFrame, NcpState, RStackFrame, RstFrame
from port import TtyPort, arguments, now_ms

VERSION = 2
RESET_AGAIN_S = 0.5


class Transport(asyncio.Transport):
    """Writes go to the port."""

    def __init__(self, port):
        super().__init__()
        self._port = port

    def is_closing(self):
        return False

    def write(self, data):
        self._port.write(bytes(data))


class User:
    """The layer above: payloads into a queue, resets into an event."""

    def __init__(self):
        self.payloads = asyncio.Queue()
        self.reset = asyncio.Event()

    def connection_made(self, protocol):
        pass

    def data_received(self, data):
        self.payloads.put_nowait(bytes(data))

    def reset_received(self, code):
        self.reset.set()

    def error_received(self, code):
        pass


class Ncp(AshProtocol):
    """The device's half."""

    def rst_frame_received(self, frame):
        super().rst_frame_received(frame)
        self._cancel_pending_data_frames()
        self._tx_seq = self._rx_seq = 0
        self._write_frame(RStackFrame(version=VERSION, reset_code=t.NcpResetCode.RESET_SOFTWARE))

    def _enter_failed_state(self, reset_code):
        super()._enter_failed_state(reset_code)
        self._write_frame(ErrorFrame(version=VERSION, reset_code=reset_code))


def connect(kind, port):
    user = User()
    protocol = kind(user)
    protocol.connection_made(Transport(port))
    asyncio.get_running_loop().add_reader(port.fd, lambda: protocol.data_received(port.read()))
    return user, protocol


class Asker:
    """Runs the loop whenever it is asked to do something."""

    def __init__(self, port, loop):
        self._port = port
        self._loop = loop
        self._user, self._protocol = loop.run_until_complete(self._connected())
        self._sending = None

    async def _connected(self):
        return connect(AshProtocol, self._port)

    @property
    def moved(self):
        return self._port.moved

    def ask(self, number):
        self._sending = self._loop.create_task(self._send(cbor2.dumps(exchange.event(number))))

    async def _send(self, payload):
        # Whatever it gives up with, the round counts as lost by its limit.
        with contextlib.suppress(Exception):
            await self._protocol.send_data(payload)

    def step(self, limit_ms):
        return self._loop.run_until_complete(self._next(limit_ms / 1000))

    async def _next(self, limit_s):
        found = []
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                found.append(cbor2.loads(await self._user.payloads.get())[2])
        return found

    def recover(self):
        self._loop.run_until_complete(self._reset())

    async def _reset(self):
        """As a host does: RST until RSTACK comes."""
        self._protocol._ncp_state = NcpState.CONNECTED
        self._user.reset.clear()
        while not self._user.reset.is_set():
            self._protocol._write_frame(RstFrame())
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._user.reset.wait(), RESET_AGAIN_S)


async def decide(port):
    user, protocol = connect(Ncp, port)
    while True:
        answer = exchange.decision(cbor2.loads(await user.payloads.get()))
        with contextlib.suppress(Exception):
            await protocol.send_data(cbor2.dumps(answer))


def main():
    given = arguments()
    port = TtyPort(given.tty)
    if given.role == "decide":
        asyncio.run(decide(port))
    asker = Asker(port, asyncio.new_event_loop())
    exchange.serve(asker, now_ms, given.limit_ms, given.rounds, given.budget_s, given.seed)


if __name__ == "__main__":
    main()
