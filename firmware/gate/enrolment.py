"""Enrolment on the gate's side: keys come over the console, in service mode only, and a proof goes back.

The host sends one line: identity (8 bytes) | static key (32) | chain key (32) in hexadecimal.
The gate answers with HMAC-SHA256(static key, "gatehouse enrolled" | identity), read back from its flash.
"""

import binascii
import sys

from gate.keyslots import KeySlots
from gatelink.keys import hmac_sha256
from gatelink.limits import IDENTITY_BYTES, KEY_BYTES

LINE_BYTES = IDENTITY_BYTES + 2 * KEY_BYTES


def accept(flash: object) -> None:
    """Take one line from the console and print the proof. ValueError, and nothing written, if it is not that line."""
    line = binascii.unhexlify(sys.stdin.readline().strip())
    if len(line) != LINE_BYTES:
        raise ValueError("enrolment line has the wrong length")
    identity = line[:IDENTITY_BYTES]
    static_key = line[IDENTITY_BYTES : IDENTITY_BYTES + KEY_BYTES]
    slots = KeySlots(flash)
    slots.enrol(identity, static_key, line[IDENTITY_BYTES + KEY_BYTES :])
    kept = KeySlots(flash).load()
    print(binascii.hexlify(hmac_sha256(kept.static_key, b"gatehouse enrolled" + kept.identity)).decode())
