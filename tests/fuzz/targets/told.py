"""Results as text, in one form on both interpreters."""

import binascii


def hexed(data):
    """Bytes in hexadecimal, long ones by their length and checksum."""
    if len(data) <= 24:
        return binascii.hexlify(data).decode()
    return "%d:%08x" % (len(data), binascii.crc32(data))


def told(value):
    """A decoded value with its types; maps in the order of their keys."""
    if value is None or value is True or value is False:
        return str(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, (bytes, bytearray)):
        return "h" + hexed(bytes(value))
    if isinstance(value, str):
        return "t" + hexed(value.encode())
    if isinstance(value, list):
        return "[" + ",".join([told(item) for item in value]) + "]"
    return "{" + ",".join(["%d:%s" % (key, told(value[key])) for key in sorted(value)]) + "}"


def of(message):
    """A message or event: its kind, and its numbers and bytes."""
    values = message.__dict__
    return type(message).__name__ + "".join([" " + told(values[name]) for name in sorted(values)])
