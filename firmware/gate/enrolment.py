"""Enrolment on the gate's side: keys come over the console, in service mode only, and a proof goes back.

`who` takes one line: a challenge of 16 bytes in hexadecimal. It says which gate this is and mounts its journal: what
was going on when the power went is ended there, so that every opening has its outcome under the identity that it
belongs to. Its proof is HMAC-SHA256(static key, "gatehouse who" | challenge | identity): an identity is no secret.

`accept` takes one line: identity (8 bytes) | static key (32) | chain key (32) | seal (32) in hexadecimal. The seal is
HMAC-SHA256(static key, "gatehouse enrol" | identity | chain key): a line that was damaged on the way, or that another
one ran into, changes nothing. The gate answers with HMAC-SHA256(static key, "gatehouse enrolled" | identity |
chain key), of what it has read back from its flash.
"""

import binascii
import json
import sys

from gate.journal import Journal
from gate.keyslots import KeySlots
from gate.version import FIRMWARE
from gatelink.keys import hmac_sha256, same
from gatelink.limits import IDENTITY_BYTES, KEY_BYTES

SEAL_BYTES = 32
CHALLENGE_BYTES = 16


def who(keys_flash: object, journal_flash: object, board: object, reset_cause: int) -> None:
    """Take a challenge from the console and print one JSON object of what a host must know before it makes keys.

    board, firmware; one_cable: whether the console's cable is the link too; identity and proof, "" if not enrolled;
    newest: index of the newest record; owing: whether the journal was too full to end what was going on. ValueError if
    there is no challenge.
    """
    challenge = line_of(CHALLENGE_BYTES)
    kept = KeySlots(keys_flash).load()
    journal = Journal(journal_flash, reset_cause)
    identity, proof = b"", b""
    if kept is not None:
        identity = kept.identity
        proof = hmac_sha256(kept.static_key, b"gatehouse who" + challenge + identity)
    told = {
        "board": board.NAME,
        "one_cable": board.CONSOLE_IS_LINK,
        "firmware": FIRMWARE,
        "identity": binascii.hexlify(identity).decode(),
        "proof": binascii.hexlify(proof).decode(),
        "newest": journal.newest_index(),
        "owing": journal.owing(),
    }
    print(json.dumps(told))


def accept(flash: object) -> None:
    """Take one line from the console and print the proof. ValueError, and nothing written, if it is not that line."""
    line = line_of(IDENTITY_BYTES + 2 * KEY_BYTES + SEAL_BYTES)
    identity, static_key = line[:IDENTITY_BYTES], line[IDENTITY_BYTES : IDENTITY_BYTES + KEY_BYTES]
    chain_key, seal = line[IDENTITY_BYTES + KEY_BYTES : -SEAL_BYTES], line[-SEAL_BYTES:]
    if not same(seal, hmac_sha256(static_key, b"gatehouse enrol" + identity + chain_key)):
        raise ValueError("enrolment line was damaged")
    KeySlots(flash).enrol(identity, static_key, chain_key)
    kept = KeySlots(flash).load()
    proven = b"gatehouse enrolled" + kept.identity + bytes(kept.chain_key)
    print(binascii.hexlify(hmac_sha256(kept.static_key, proven)).decode())


def line_of(size: int) -> bytes:
    """The next line of the console, `size` bytes in hexadecimal. ValueError, without the line, if it is not that."""
    line = binascii.unhexlify(sys.stdin.readline().strip())
    if len(line) != size:
        raise ValueError("a line of another length")
    return line
