"""CBOR as gatelink needs it: core deterministic encoding (RFC 8949 section 4.2.1), nothing else.

Values: integers of 64 bits, bytes, text, lists, maps with integer keys, True, False, None. The decoder takes
only what the encoder would have written: the peer is deterministic, so any other form is damage or an attack.
"""

TOTAL_MAX_BYTES = 512  # the largest body of a frame
NESTING_MAX = 4  # a sealed body needs two levels

# Major types, RFC 8949 section 3.1.
UINT = 0
NEGATIVE = 1
BYTES = 2
TEXT = 3
ARRAY = 4
MAP = 5
SIMPLE = 7

FALSE = 0xF4
TRUE = 0xF5
NULL = 0xF6


def encode(value: object) -> bytes:
    """The one deterministic encoding of `value`; ValueError if it has none here or is too large or too deep."""
    out = bytearray()
    _put(out, value, 0)
    if len(out) > TOTAL_MAX_BYTES:
        raise ValueError("too large")
    return bytes(out)


def decode(data: bytes) -> object:
    """The one item that `data` is; ValueError for anything that `encode` would not have written."""
    if len(data) > TOTAL_MAX_BYTES:
        raise ValueError("too large")
    reading = _Reading(data)
    value = reading.item(0)
    if reading.at != len(data):
        raise ValueError("more than one item")
    return value


def _put_head(out: bytearray, major: int, argument: int) -> None:
    if argument < 24:
        out.append(major << 5 | argument)
        return
    size, mark = (1, 24) if argument < 0x100 else (2, 25) if argument < 0x10000 else (4, 26)
    if argument >= 0x100000000:
        size, mark = 8, 27
        if argument >= 1 << 64:
            raise ValueError("integer of more than 64 bits")
    out.append(major << 5 | mark)
    out.extend(argument.to_bytes(size, "big"))


def _put(out: bytearray, value: object, depth: int) -> None:
    # The singletons first: on CPython a bool is an int.
    if value is True or value is False or value is None:
        out.append(TRUE if value else NULL if value is None else FALSE)
    elif isinstance(value, int):
        if value < 0:
            _put_head(out, NEGATIVE, -1 - value)
        else:
            _put_head(out, UINT, value)
    elif isinstance(value, (bytes, bytearray)):
        _put_head(out, BYTES, len(value))
        out.extend(value)
    elif isinstance(value, str):
        text = value.encode()
        _put_head(out, TEXT, len(text))
        out.extend(text)
    elif depth >= NESTING_MAX:
        raise ValueError("too deep")
    elif isinstance(value, list):
        _put_head(out, ARRAY, len(value))
        for entry in value:
            _put(out, entry, depth + 1)
    elif isinstance(value, dict):
        _put_map(out, value, depth)
    else:
        raise ValueError("no CBOR for this type")


def _put_map(out: bytearray, value: "dict[int, object]", depth: int) -> None:
    """Entries in the bytewise order of their encoded keys (RFC 8949 section 4.2.1)."""
    for key in value:
        if key is True or key is False or not isinstance(key, int):
            raise ValueError("a key is no integer")
    _put_head(out, MAP, len(value))
    for key in sorted(value, key=encode):
        _put(out, key, depth + 1)
        _put(out, value[key], depth + 1)


class _Reading:
    """One pass over the bytes of one decode."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 0

    def _take(self, size: int) -> bytes:
        start = self.at
        if size > len(self._data) - start:
            raise ValueError("ends too early")
        self.at = start + size
        return self._data[start : self.at]

    def _argument(self, mark: int) -> int:
        if mark < 24:
            return mark
        if mark > 27:
            raise ValueError("indefinite length or reserved")
        size = 1 << mark - 24
        value = int.from_bytes(self._take(size), "big")
        if value < (24 if size == 1 else 1 << 4 * size):
            raise ValueError("not the shortest form")
        return value

    def item(self, depth: int) -> object:
        head = self._take(1)[0]
        major = head >> 5
        if major == SIMPLE:
            if head not in (FALSE, TRUE, NULL):
                raise ValueError("float or unknown simple value")
            return None if head == NULL else head == TRUE
        argument = self._argument(head & 31)
        if major in (UINT, NEGATIVE):
            return argument if major == UINT else -1 - argument
        if major in (BYTES, TEXT):
            raw = bytes(self._take(argument))
            return raw if major == BYTES else _text(raw)
        if major not in (ARRAY, MAP):
            raise ValueError("tag")
        if depth >= NESTING_MAX:
            raise ValueError("too deep")
        if argument > len(self._data) - self.at:  # each entry has at least a byte
            raise ValueError("ends too early")
        if major == MAP:
            return self._map(argument, depth)
        return [self.item(depth + 1) for _ in range(argument)]

    def _map(self, count: int, depth: int) -> "dict[int, object]":
        values = {}
        newest = b""
        for _ in range(count):
            start = self.at
            key = self.item(depth + 1)
            if key is True or key is False or not isinstance(key, int):
                raise ValueError("a key is no integer")
            encoded = self._data[start : self.at]
            if encoded <= newest:
                raise ValueError("keys twice or out of order")
            newest = encoded
            values[key] = self.item(depth + 1)
        return values


def _text(raw: bytes) -> str:
    text = str(raw, "utf-8")  # UnicodeError is a ValueError
    # MicroPython looks at lead and continuation bytes only: overlong forms and surrogates would pass.
    at = 0
    for character in text:
        code = ord(character)
        size = 1 if code < 0x80 else 2 if code < 0x800 else 3 if code < 0x10000 else 4
        if 0xD800 <= code < 0xE000 or code > 0x10FFFF or raw[at : at + size] != character.encode():
            raise ValueError("not UTF-8")
        at += size
    return text
