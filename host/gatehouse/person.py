"""What a traveller presents: the masked form, keyed pseudonyms. It is never kept itself."""

import hashlib
import hmac
import re

from gatelink import codes

PSEUDONYM_BYTES = 16
BLOCK_BYTES = 64
SHOWN_OF_CHARACTERS = 5  # three characters are shown only where at least this many stay hidden
MASK_MAX_CHARACTERS = 30

MASK = "********"  # of every card of staff: some are so short that three characters would tell the rest
# Kinds that are no numbers of identity cards: how each is shown, whatever it says, and the word that tells its
# pseudonyms from those of numbers.
SHOWN = {codes.CARD_CODE: "code", codes.CARD_UID: MASK, codes.CARD_WIEGAND: MASK}
OWN_KEYS = {codes.CARD_CODE: "code", codes.CARD_UID: "uid", codes.CARD_WIEGAND: "wiegand"}


def masked(number: bytes | bytearray | str) -> str:
    """First character and last two, for people who need to recognise an entry and not a person.

    Whatever was in the place of a number can be printed afterwards: what is no letter or digit becomes `?`.
    """
    text = number if isinstance(number, str) else number.decode("ascii", "replace")
    hidden = len(text) - 3
    if hidden < SHOWN_OF_CHARACTERS:
        return "*" * len(text)
    first, last = (re.sub("[^0-9A-Za-z]", "?", part) for part in (text[0], text[-2:]))
    return f"{first}{'*' * min(hidden, MASK_MAX_CHARACTERS)}{last}"


def pseudonym(key: bytes, number: bytes | bytearray) -> bytes:
    """HMAC-SHA256(key, number), first 16 bytes. One key per purpose: pseudonyms of different purposes never meet."""
    return hmac.digest(key, number, "sha256")[:PSEUDONYM_BYTES]


class Pseudonyms:
    """`pseudonym` for many numbers under one key: three times as fast, because the key is taken in once.

    HMAC by RFC 2104, section 2, with the states after its two padded keys kept, as section 4 says.
    """

    def __init__(self, key: bytes) -> None:
        """`key`: at most 64 bytes, a block of SHA-256. ValueError if it is longer."""
        if len(key) > BLOCK_BYTES:
            raise ValueError("this key is longer than a block")
        inner, outer = (bytes(byte ^ pad for byte in key.ljust(BLOCK_BYTES, b"\0")) for pad in (0x36, 0x5C))
        self._inner, self._outer = hashlib.sha256(inner).copy, hashlib.sha256(outer).copy

    def of(self, number: bytes | bytearray) -> bytes:
        """As `pseudonym`."""
        inner, outer = self._inner(), self._outer()
        inner.update(number)
        outer.update(inner.digest())
        return outer.digest()[:PSEUDONYM_BYTES]


def masked_as(kind: int, presented: bytes | bytearray) -> str:
    """How something presented may be shown to anybody. kind: a CARD_ code. Of a code or a staff card nothing is."""
    return SHOWN.get(kind) or masked(presented)


def pseudonym_as(key: bytes, kind: int, presented: bytes | bytearray) -> bytes:
    """The pseudonym of something presented. A code or staff card never has that of a number, nor of another kind.

    Each kind but numbers has a key of its own, derived from `key`: whatever bytes a code holds, they are hashed under
    another one.
    """
    word = OWN_KEYS.get(kind)
    return pseudonym(key if word is None else hmac.digest(key, word.encode(), "sha256"), presented)


def wipe(number: bytearray) -> None:
    """Overwrite the number where it lies."""
    number[:] = bytes(len(number))
