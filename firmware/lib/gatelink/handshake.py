"""The clear messages of the handshake: how they are built, read and proven. PROTOCOL.md, section Handshake.

HELLO   gate > house   [1, identity, gate nonce, count, [version min, version max]]
ANSWER  house > gate   [2, house nonce, [version], house proof]
PROOF   gate > house   [3, gate proof]
WHO     house > gate   [4]
HERE    gate > house   [5, [version min, version max], board, firmware]
"""

from gatelink.codes import REFUSED_VERSION
from gatelink.errors import DamagedFrame, Refused
from gatelink.keys import hmac_sha256, same
from gatelink.limits import IDENTITY_BYTES, NONCE_BYTES, PROOF_BYTES, TEXT_MAX_BYTES, VERSION_MAX, VERSION_MIN
from gatelink.suite import Suite

HELLO = 1
ANSWER = 2
PROOF = 3
WHO = 4
HERE = 5


def is_clear(decoded: object) -> bool:
    """Whether a decoded body has the outline of a handshake message."""
    return isinstance(decoded, list) and len(decoded) > 0 and _is_uint(decoded[0], 0xFF)


def _is_uint(value: object, limit: int) -> bool:
    return isinstance(value, int) and value is not True and value is not False and 0 <= value <= limit


def _is_bytes(value: object, size: int) -> bool:
    return isinstance(value, bytes) and len(value) == size


def hello(suite: Suite, identity: bytes, nonce: bytes, count: int) -> bytes:
    """Body of HELLO."""
    return suite.encode([HELLO, identity, nonce, count, [VERSION_MIN, VERSION_MAX]])


def read_hello(decoded: "list[object]") -> "tuple[bytes, int]":
    """(identity, count). DamagedFrame if it is no HELLO, Refused if no version fits."""
    if len(decoded) != 5 or not _is_bytes(decoded[1], IDENTITY_BYTES) or not _is_bytes(decoded[2], NONCE_BYTES):
        raise DamagedFrame("hello")
    versions = decoded[4]
    if not _is_uint(decoded[3], 0xFFFFFFFF) or not isinstance(versions, list) or len(versions) < 2:
        raise DamagedFrame("hello")
    if not _is_uint(versions[0], 0xFFFF) or not _is_uint(versions[1], 0xFFFF):
        raise DamagedFrame("hello")
    if versions[0] > VERSION_MAX or versions[1] < VERSION_MIN:
        raise Refused(REFUSED_VERSION)
    return decoded[1], decoded[3]  # type: ignore[return-value]


def here(suite: Suite, board: bytes, firmware: bytes) -> bytes:
    """Body of HERE, which a gate without keys says of itself."""
    return suite.encode([HERE, [VERSION_MIN, VERSION_MAX], board, firmware])


def read_here(decoded: "list[object]") -> "tuple[bytes, bytes]":
    """(board, firmware), unproven. DamagedFrame if it is no HERE; its versions are not looked at."""
    if len(decoded) != 4 or not isinstance(decoded[1], list):
        raise DamagedFrame("here")
    for text in decoded[2:]:
        if not isinstance(text, bytes) or len(text) > TEXT_MAX_BYTES:
            raise DamagedFrame("here")
    return decoded[2], decoded[3]  # type: ignore[return-value]


def answer(suite: Suite, static_key: bytes, hello_body: bytes, nonce: bytes) -> bytes:
    """Body of ANSWER, with the house's proof over both messages."""
    unproven = [ANSWER, nonce, [VERSION_MAX]]
    return suite.encode(unproven + [_house_proof(suite, static_key, hello_body, unproven)])


def _house_proof(suite: Suite, static_key: bytes, hello_body: bytes, unproven: "list[object]") -> bytes:
    signed = b"gatelink1 house" + hello_body + suite.encode(unproven)
    return hmac_sha256(static_key, signed)[:PROOF_BYTES]


def check_answer(suite: Suite, static_key: bytes, hello_body: bytes, decoded: "list[object]") -> bool:
    """Whether `decoded` is the answer of a house that knows the static key, to this very hello."""
    if len(decoded) != 4 or not _is_bytes(decoded[1], NONCE_BYTES) or not _is_bytes(decoded[3], PROOF_BYTES):
        return False
    versions = decoded[2]
    if not isinstance(versions, list) or len(versions) != 1 or not _is_uint(versions[0], 0xFFFF):
        return False
    proof = _house_proof(suite, static_key, hello_body, decoded[:3])
    # The proof covers the version range of the hello, so nobody on the line can have narrowed it.
    return same(proof, decoded[3]) and VERSION_MIN <= versions[0] <= VERSION_MAX  # type: ignore[arg-type]


def proof(static_key: bytes, hello_body: bytes, answer_body: bytes) -> bytes:
    """The gate's proof over both messages as they were sent."""
    return hmac_sha256(static_key, b"gatelink1 gate" + hello_body + answer_body)[:PROOF_BYTES]


def check_proof(static_key: bytes, hello_body: bytes, answer_body: bytes, decoded: "list[object]") -> bool:
    """Whether `decoded` is the proof of a gate that knows the static key."""
    if len(decoded) != 2 or not _is_bytes(decoded[1], PROOF_BYTES):
        return False
    return same(proof(static_key, hello_body, answer_body), decoded[1])  # type: ignore[arg-type]
