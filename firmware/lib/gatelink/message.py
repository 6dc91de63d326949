"""What all messages have in common: a kind, fields in declared order, limits that both ends check."""

from gatelink.errors import LocalError, RemoteError


class Message:
    """A CBOR array [kind, field, ...]. Subclasses declare KIND, URGENT, and of each field its name and its limit.

    A limit is the highest value of a whole number, the lowest being 0; a negative one, -n, is that of a byte string of
    at most n bytes. Two flat tuples, for one of tuples takes three times as much of a gate's heap.

    So many fields at the end as OPTIONAL says are ones that an older end does not know: 0 or nothing is left out there.
    """

    KIND = 0
    URGENT = False
    OPTIONAL = 0
    FIELDS: "tuple[str, ...]" = ()
    LIMITS: "tuple[int, ...]" = ()

    def __init__(self, *values: "int | bytes") -> None:
        """Raise LocalError, naming the field and never showing its value, when a value breaks its limit."""
        fields = self.FIELDS
        for limit in self.LIMITS[max(len(values), len(fields) - self.OPTIONAL) :]:
            values += (0 if limit >= 0 else b"",)
        if len(values) != len(fields):
            raise LocalError(type(self).__name__ + ": number of fields")
        for number in range(len(fields)):
            name = fields[number]
            limit = self.LIMITS[number]
            value = values[number]
            # By exact type: on CPython a bool is an int, and on the wire it is not.
            kind = type(value)
            if limit >= 0:
                fits = kind is int and 0 <= value <= limit  # type: ignore[operator]
            else:
                fits = (kind is bytes or isinstance(value, bytearray)) and len(value) <= -limit  # type: ignore[arg-type]
            if not fits:
                raise LocalError("%s: %s" % (type(self).__name__, name))
            setattr(self, name, value)

    def to_array(self) -> "list[int | bytes]":
        """The array that goes on the wire."""
        array = [self.KIND] + [getattr(self, name) for name in self.FIELDS]
        for _ in range(self.OPTIONAL):
            if array[-1]:
                break
            array.pop()
        return array


def from_array(kinds: "dict[int, type[Message]]", array: "list[object]", start: int = 0) -> Message:
    """The message that `array` ([kind, field, ...] from `start` on) is; RemoteError names what is wrong with it."""
    kind = array[start] if len(array) > start else None
    if type(kind) is not int or kind not in kinds:
        raise RemoteError("unknown kind of message")
    try:
        return kinds[kind](*array[start + 1 :])  # type: ignore[arg-type]  # a message looks at every type
    except LocalError as wrong:
        raise RemoteError(str(wrong))
