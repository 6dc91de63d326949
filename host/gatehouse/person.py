"""The traveller's number: its masked form, its keyed pseudonyms. The number itself is never kept."""

import hmac
import re

PSEUDONYM_BYTES = 16
SHOWN_OF_CHARACTERS = 5  # three characters are shown only where at least this many stay hidden
MASK_MAX_CHARACTERS = 30


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


def wipe(number: bytearray) -> None:
    """Overwrite the number where it lies."""
    number[:] = bytes(len(number))
