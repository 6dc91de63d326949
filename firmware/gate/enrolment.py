"""Enrolment on the gate's side: keys come over the console, in service mode only, and a proof goes back.

`who` says which gate this is and mounts its journal: what was going on when the power went is ended there, so that
every opening has its outcome under the identity that it belongs to.

`accept` takes one line: identity (8 bytes) | static key (32) | chain key (32) in hexadecimal. The gate answers with
HMAC-SHA256(static key, "gatehouse enrolled" | identity | chain key), of what it has read back from its flash.
"""

import binascii
import json
import sys

from gate.journal import Journal
from gate.keyslots import KeySlots
from gate.version import FIRMWARE
from gatelink.keys import hmac_sha256
from gatelink.limits import IDENTITY_BYTES, KEY_BYTES

LINE_BYTES = IDENTITY_BYTES + 2 * KEY_BYTES


def who(keys_flash: object, journal_flash: object, board: object, reset_cause: int) -> None:
    """Print one JSON object of what a host must know before it makes keys.

    board, firmware; one_cable: whether the console's cable is the link too; identity, "" if not enrolled; newest: index
    of the newest record; owing: whether the journal was too full to end what was going on.
    """
    kept = KeySlots(keys_flash).load()
    journal = Journal(journal_flash, reset_cause)
    told = {
        "board": board.NAME,
        "one_cable": board.CONSOLE_IS_LINK,
        "firmware": FIRMWARE,
        "identity": binascii.hexlify(kept.identity).decode() if kept is not None else "",
        "newest": journal.newest_index(),
        "owing": journal.owing(),
    }
    print(json.dumps(told))


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
    proven = b"gatehouse enrolled" + kept.identity + bytes(kept.chain_key)
    print(binascii.hexlify(hmac_sha256(kept.static_key, proven)).decode())
