"""Packets on the loader's line: SLIP, RFC 1055."""

END, ESCAPE = 0xC0, 0xDB
ESCAPED = {0xDC: END, 0xDD: ESCAPE}


def packet(body: bytes) -> bytes:
    """The bytes that carry `body`."""
    return b"\xc0" + body.replace(b"\xdb", b"\xdb\xdd").replace(b"\xc0", b"\xdb\xdc") + b"\xc0"


class Unpacker:
    """Cuts received bytes into bodies; what comes outside of a packet is dropped."""

    def __init__(self) -> None:
        self._body: bytearray | None = None
        self._escaped = False

    def feed(self, data: bytes) -> list[bytes]:
        """The bodies that `data` completes."""
        found = []
        for byte in data:
            if byte == END:
                if self._body:
                    found.append(bytes(self._body))
                    self._body = None
                else:
                    self._body = bytearray()
            elif self._body is None:
                continue
            elif self._escaped:
                self._body.append(ESCAPED.get(byte, byte))
                self._escaped = False
            elif byte == ESCAPE:
                self._escaped = True
            else:
                self._body.append(byte)
        return found
