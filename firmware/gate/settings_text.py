"""The text of a settings file: one JSON object (RFC 8259) of whole numbers, names and lists of names, in ASCII.

MicroPython's own reader takes text that is none, also where a colon or a value is missing, so that half of a file
could pass for a whole one; it takes a name twice as well. And it has no limit.
"""

DIGITS_MAX = 10  # of a number; what is longer is beyond every limit
SPACE = b" \t\r\n"
DIGITS = b"0123456789"
NAME_MIN, NAME_MAX = 0x20, 0x7E


def parse(raw: bytes) -> "dict[str, object]":
    """Name -> whole number, name, or list of names; ValueError, saying what is wrong where, for anything else."""
    found: "dict[str, object]" = {}
    at = _expect(raw, _space(raw, 0), b"{")
    while raw[at : at + 1] != b"}" or found:
        name, at = _name(raw, at)
        if name in found:
            raise ValueError("a name twice before byte %d" % at)
        found[name], at = _value(raw, _expect(raw, at, b":"))
        if raw[at : at + 1] != b",":
            break
        at = _space(raw, at + 1)
    if _expect(raw, at, b"}") != len(raw):
        raise ValueError("more behind the closing brace")
    return found


def _space(raw: bytes, at: int) -> int:
    while raw[at : at + 1] and raw[at] in SPACE:
        at += 1
    return at


def _expect(raw: bytes, at: int, sign: bytes) -> int:
    """Where what follows `sign` begins."""
    if raw[at : at + 1] != sign:
        raise ValueError("at byte %d should be %s" % (at, sign.decode()))
    return _space(raw, at + 1)


def _name(raw: bytes, at: int) -> "tuple[str, int]":
    """A string without escapes, and where what follows it begins."""
    if raw[at : at + 1] != b'"':
        raise ValueError("at byte %d should be a name in quotes" % at)
    end = raw.find(b'"', at + 1)
    name = raw[at + 1 : end] if end > 0 else b"\\"
    for character in name:
        if not NAME_MIN <= character <= NAME_MAX or character == 0x5C:
            raise ValueError("at byte %d begins no plain name" % at)
    return name.decode(), _space(raw, end + 1)


def _value(raw: bytes, at: int) -> "tuple[object, int]":
    """A whole number, a name or a list of names, and where what follows it begins."""
    if raw[at : at + 1] == b'"':
        return _name(raw, at)
    if raw[at : at + 1] != b"[":
        return _number(raw, at)
    names = []
    at = _space(raw, at + 1)
    while raw[at : at + 1] != b"]" or names:
        name, at = _name(raw, at)
        names.append(name)
        if raw[at : at + 1] != b",":
            break
        at = _space(raw, at + 1)
    return names, _expect(raw, at, b"]")


def _number(raw: bytes, at: int) -> "tuple[int, int]":
    end = at
    while raw[end : end + 1] and raw[end] in DIGITS:
        end += 1
    if not 0 < end - at <= DIGITS_MAX or (raw[at] == 0x30 and end > at + 1):
        raise ValueError("at byte %d should be a whole number, a name or a list of names" % at)
    return int(raw[at:end]), _space(raw, end)
