"""The signs of a lane that speak or write, together. Loaded where one is configured."""

from gatelink.ticks import add, diff, sooner

REST_MS = 5000  # from a failure to the next try


class Speaker:
    """`signs`: drivers with their ports. What they are told waits for `speak`: no failure of a sign is the lane's."""

    def __init__(self, signs: "list[tuple[object, object]]") -> None:
        self._signs = signs
        self._shown = None
        self._told = None
        self._uplink = None
        self._due: "int | None" = None
        self._tried_at: "int | None" = None  # when signs that failed are tried again; None = they work

    def show(self, order: object) -> None:
        """An orders.Show; of several in one pass the last one counts."""
        self._shown = order

    def listen(self, uplink: object) -> None:
        """Where the gatehouse's word on volume and language is to be had."""
        self._uplink = uplink

    def speak(self, now: int) -> None:
        """A part of a pass: tell the signs what is new, and send what is due.

        Of failures in a row it raises the first one only; they are told anew what they have missed.
        """
        self._due = self._tried_at
        if self._tried_at is not None and diff(now, self._tried_at) < 0:
            return
        told = self._uplink.signs_told
        try:
            for sign, port in self._signs:
                if told is not self._told:
                    sign.tell(told.volume, told.language)
                if self._shown is not None:
                    sign.show(self._shown.signal, self._shown.reason, now)
                out = sign.bytes_to_send(now)
                if out:
                    port.write(out)
                due = sign.deadline()
                sooner(due, now)  # what is no time fails here, and not in the gate's own loop
                self._due = sooner(due, self._due)
        except Exception:
            known, self._tried_at = self._tried_at, add(now, REST_MS)
            if known is None:
                raise
            return
        self._shown, self._told, self._tried_at = None, told, None

    def deadline(self) -> "int | None":
        """When `speak` has work if nothing happens before."""
        return self._due
