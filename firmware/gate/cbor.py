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

NEGATIVE_PLACE = 1 << 64  # see _place

FALSE = 0xF4
TRUE = 0xF5
NULL = 0xF6


def encode(value: object) -> bytes:
    """The one deterministic encoding of `value`; ValueError if it has none here or is too large or too deep."""
    out = bytearray()
    _put(out, (value,), 0)
    if len(out) > TOTAL_MAX_BYTES:
        raise ValueError("too large")
    return bytes(out)


def decode(data: bytes) -> object:
    """The one item that `data` is; ValueError for anything that `encode` would not have written."""
    if len(data) > TOTAL_MAX_BYTES:
        raise ValueError("too large")
    values, end = _items(bytes(data), 0, 1, 0)
    if end != len(data):
        raise ValueError("more than one item")
    return values[0]


def _put_head(out: bytearray, major: int, argument: int) -> None:
    if argument < 24:
        out.append(major << 5 | argument)
    elif argument < 0x100:
        out.append(major << 5 | 24)
        out.append(argument)
    elif argument < 0x10000:
        out.append(major << 5 | 25)
        out.append(argument >> 8)
        out.append(argument & 0xFF)
    elif argument < 0x100000000:
        out.append(major << 5 | 26)
        out.extend(argument.to_bytes(4, "big"))
    elif argument < 1 << 64:
        out.append(major << 5 | 27)
        out.extend(argument.to_bytes(8, "big"))
    else:
        raise ValueError("integer of more than 64 bits")


def _put(out: bytearray, values: "list[object] | tuple[object, ...]", depth: int) -> None:
    """Append the encodings of `values`, which stand `depth` levels deep."""
    for value in values:
        # By exact type: on CPython a bool is an int.
        kind = type(value)
        if kind is int:
            if value < 0:
                _put_head(out, NEGATIVE, -1 - value)
            elif value < 24:
                out.append(value)
            else:
                _put_head(out, UINT, value)
        elif kind is bytes or kind is bytearray:
            _put_head(out, BYTES, len(value))
            out.extend(value)
        elif value is True or value is False or value is None:
            out.append(TRUE if value else NULL if value is None else FALSE)
        elif kind is str:
            text = value.encode()
            _put_head(out, TEXT, len(text))
            out.extend(text)
        elif depth >= NESTING_MAX:
            raise ValueError("too deep")
        elif kind is list:
            _put_head(out, ARRAY, len(value))
            _put(out, value, depth + 1)
        elif kind is dict:
            _put_map(out, value, depth)
        else:
            raise ValueError("no CBOR for this type")


def _put_map(out: bytearray, value: "dict[int, object]", depth: int) -> None:
    _put_head(out, MAP, len(value))
    for place in sorted([_place(key) for key in value]):
        key = place if place < NEGATIVE_PLACE else NEGATIVE_PLACE - 1 - place
        _put(out, (key, value[key]), depth + 1)


def _place(key: object) -> int:
    """A number that sorts keys as the bytes of their encodings do (RFC 8949 section 4.2.1): in the shortest form a
    larger argument has larger bytes, and negative integers come behind all others.
    """
    if type(key) is not int:
        raise ValueError("a key is no integer")
    return key if key >= 0 else NEGATIVE_PLACE - 1 - key


def _items(data: bytes, at: int, count: int, depth: int) -> "tuple[list[object], int]":
    """The `count` items from `at` on, which stand `depth` levels deep, and where they end.

    One loop for all of a flat array, because a call costs more than an item.
    """
    size = len(data)
    if count > size - at:  # each item has at least a byte
        raise ValueError("ends too early")
    values: "list[object]" = [None] * count
    for number in range(count):
        if at >= size:
            raise ValueError("ends too early")
        argument = data[at]
        at += 1
        major = argument >> 5
        if argument < 24:
            values[number] = argument
            continue
        if major == SIMPLE:
            values[number] = _simple(argument)
            continue
        argument &= 31
        if argument >= 24:
            argument, at = _argument(data, at, argument)
        if major == UINT:
            values[number] = argument
        elif major == NEGATIVE:
            values[number] = -1 - argument
        elif major > TEXT:
            values[number], at = _container(data, at, major, argument, depth)
        elif argument > size - at:
            raise ValueError("ends too early")
        else:
            raw = data[at : at + argument]
            values[number] = raw if major == BYTES else _text(raw)
            at += argument
    return values, at


def _simple(head: int) -> "bool | None":
    if not FALSE <= head <= NULL:
        raise ValueError("float or unknown simple value")
    return None if head == NULL else head == TRUE


def _container(
    data: bytes, at: int, major: int, count: int, depth: int
) -> "tuple[list[object] | dict[int, object], int]":
    if major > MAP:
        raise ValueError("tag")
    if depth >= NESTING_MAX:
        raise ValueError("too deep")
    if major == ARRAY:
        return _items(data, at, count, depth + 1)
    pairs, end = _items(data, at, 2 * count, depth + 1)
    return _map(pairs), end


def _argument(data: bytes, at: int, mark: int) -> "tuple[int, int]":
    """The argument behind a head that does not hold it, and where it ends."""
    if mark > 27:
        raise ValueError("indefinite length or reserved")
    size = 1 << mark - 24
    if size > len(data) - at:
        raise ValueError("ends too early")
    value = data[at] if size == 1 else int.from_bytes(data[at : at + size], "big")
    if value < (24 if size == 1 else 1 << 4 * size):
        raise ValueError("not the shortest form")
    return value, at + size


def _map(pairs: "list[object]") -> "dict[int, object]":
    values = {}
    newest = -1
    for at in range(0, len(pairs), 2):
        place = _place(pairs[at])
        if place <= newest:
            raise ValueError("keys twice or out of order")
        newest = place
        values[pairs[at]] = pairs[at + 1]
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
