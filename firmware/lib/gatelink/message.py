"""What all messages have in common: a kind, fields in declared order, limits that both ends check."""

from gatelink.errors import LocalError, RemoteError

UINT = 0  # an integer from 0 to the limit
BYTES = 1  # a byte string of at most the limit


class Message:
    """A CBOR array [kind, field, ...]. Subclasses declare KIND, URGENT and FIELDS = ((name, type, limit), ...)."""

    KIND = 0
    URGENT = False
    FIELDS: "tuple[tuple[str, int, int], ...]" = ()

    def __init__(self, *values: "int | bytes") -> None:
        """Raise LocalError, naming the field, when a value breaks its limit."""
        wrong = self.first_wrong(values)
        if wrong is not None:
            raise LocalError("%s: %s" % (type(self).__name__, wrong))
        for (name, _, _), value in zip(self.FIELDS, values):
            setattr(self, name, value)

    @classmethod
    def first_wrong(cls, values: "tuple[object, ...] | list[object]") -> "str | None":
        """Name of the first field that breaks its declaration, or None; never the value itself."""
        if len(values) != len(cls.FIELDS):
            return "number of fields"
        for (name, kind, limit), value in zip(cls.FIELDS, values):
            if kind == UINT:
                # On CPython a bool is an int; on the wire it is not.
                if value is True or value is False or not isinstance(value, int) or not 0 <= value <= limit:
                    return name
            elif not isinstance(value, (bytes, bytearray)) or len(value) > limit:
                return name
        return None

    def to_array(self) -> "list[int | bytes]":
        """The array that goes on the wire."""
        return [self.KIND] + [getattr(self, name) for name, _, _ in self.FIELDS]


def from_array(kinds: "dict[int, type[Message]]", array: "list[object]") -> Message:
    """The message that `array` ([kind, field, ...]) is; RemoteError names what is wrong with it."""
    kind = array[0] if array else None
    if kind is True or kind is False or not isinstance(kind, int) or kind not in kinds:
        raise RemoteError("unknown kind of message")
    cls = kinds[kind]
    wrong = cls.first_wrong(array[1:])
    if wrong is not None:
        raise RemoteError("%s: %s" % (cls.__name__, wrong))
    return cls(*array[1:])  # type: ignore[arg-type]  # first_wrong has checked every type
