"""The signs of a lane that speak or write, together. Loaded where one is configured."""

from gatelink.ticks import sooner


class Speaker:
    """`signs`: drivers with their ports. What they are told waits for `speak`: no failure of a sign is the lane's."""

    def __init__(self, signs: "list[tuple[object, object]]") -> None:
        self._signs = signs
        self._shown = None
        self._told = None
        self._uplink = None

    def show(self, order: object) -> None:
        """An orders.Show; of several in one pass the last one counts."""
        self._shown = order

    def listen(self, uplink: object) -> None:
        """Where the gatehouse's word on volume and language is to be had."""
        self._uplink = uplink

    def speak(self, now: int) -> None:
        """A part of a pass: tell the signs what is new, and send what is due."""
        shown, self._shown = self._shown, None
        told = self._uplink.signs_told
        changed = told is not self._told
        self._told = told
        for sign, port in self._signs:
            if changed:
                sign.tell(told.volume, told.language)
            if shown is not None:
                sign.show(shown.signal, shown.reason, now)
            out = sign.bytes_to_send(now)
            if out:
                port.write(out)

    def deadline(self) -> "int | None":
        """When `speak` has work if nothing happens before."""
        due = None
        for sign, _ in self._signs:
            due = sooner(due, sign.deadline())
        return due
