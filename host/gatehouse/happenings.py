"""What the gatehouse tells the outside while it runs: log lines for people, JSON lines for programs.

Masked forms and pseudonyms only; no number reaches this file.
"""

import json
import logging
import queue
import threading
import time
from typing import Protocol, TextIO

from gatehouse.standing import Standings, name_of
from gatehouse.words import Words

# Which codes the facts of an event are.
NAMES = {
    "tap": {"reason": "REASON_"},
    "report": {"what": "REPORT_"},
    "enrolment": {"what": "REPORT_"},
    "fault": {"what": "FAULT_"},
    "refused": {"reason": "REFUSED_"},
    "down": {"reason": "DOWN_"},
    "ordered": {"what": "ORDER_"},
    "order": {"outcome": "COMPLETION_"},
}

log = logging.getLogger("gatehouse")

ALARM_GAP_S = 10.0
ALARMS_REMEMBERED = 1000
LINES_MAX = 10_000
CLOSE_WAIT_S = 1.0


class Listener(Protocol):
    """Somebody who is told every event, at once and on the event loop."""

    def give(self, event: dict[str, object]) -> None:
        """Take one object; it must not be changed, and nothing may wait here."""


class EventStream:
    """JSON lines for a program, written by a thread of its own: a reader that stops costs lines, never time."""

    def __init__(self, file: TextIO) -> None:
        """`file` is closed with the stream."""
        self._file = file
        self._lines: queue.Queue[str | None] = queue.Queue(LINES_MAX)
        self._lost = 0
        self._thread = threading.Thread(target=self._write, name="events", daemon=True)
        self._thread.start()

    def give(self, event: dict[str, object]) -> None:
        """Queue one object. Where lines had to be dropped, an event `lost` says how many."""
        try:
            if self._lost:
                self._lines.put_nowait(json.dumps({"event": "lost", "lines": self._lost}))
                self._lost = 0
            self._lines.put_nowait(json_line(event))
        except queue.Full:
            self._lost += 1

    def close(self) -> None:
        """Write what is queued, as far as the reader takes it within a second."""
        try:
            self._lines.put(None, timeout=CLOSE_WAIT_S)
        except queue.Full:
            return
        self._thread.join(CLOSE_WAIT_S)

    def _write(self) -> None:
        try:
            with self._file:
                while (line := self._lines.get()) is not None:
                    self._file.write(line + "\n")
                    if self._lines.empty():
                        self._file.flush()
        except OSError:
            log.warning("nobody reads the event stream any more")


def named(event: dict[str, object]) -> dict[str, object]:
    """The event with a name beside each code."""
    prefixes = NAMES.get(str(event["event"]), {})
    return event | {f"{key}_name": name_of(prefix, event.get(key)) for key, prefix in prefixes.items() if key in event}


def json_line(event: dict[str, object]) -> str:
    """The event as programs read it, names beside its codes."""
    return json.dumps(named(event), ensure_ascii=False)


class Happenings:
    """One sink for all gates. `stream`: None if nobody asked for events. `standings`: how the gates stand by it."""

    def __init__(self, stream: Listener | None) -> None:
        self._listeners = [] if stream is None else [stream]
        self._alarms = 0
        self.standings = Standings()
        self._said_at: dict[str, tuple[float, str]] = {}  # what an alarm was about -> when, and its cause

    def listen(self, listener: Listener) -> None:
        """Tell somebody else too, from now on."""
        self._listeners.append(listener)

    def leave(self, listener: Listener) -> None:
        """Tell him no more."""
        self._listeners.remove(listener)

    def happened(self, event: str, lane: str, **facts: object) -> None:
        """Something for programs to know."""
        self.standings.note(event, lane, facts)
        told = {"event": event, "lane": lane, **facts}
        for listener in self._listeners:
            listener.give(told)

    def say(self, text: str) -> None:
        """A line for people."""
        log.info("%s", text)

    def alarm(self, said: Words, about: str | None = None, gap_s: float = ALARM_GAP_S, cause: str = "") -> None:
        """A line that somebody must act on; at most one each `gap_s` about the same thing (default: its words).

        cause: what a later `notice` says to be over; "" if only an acknowledgement ends it.
        """
        chinese, text = said
        subject = about or text
        now = time.monotonic()
        said_at, _ = self._said_at.get(subject, (-gap_s, ""))
        if now - said_at >= gap_s:
            if len(self._said_at) >= ALARMS_REMEMBERED:
                self._said_at.clear()
            self._said_at[subject] = now, cause
            log.warning("%s", text)
            self._alarms += 1
            self.happened("alarm", "", alarm=self._alarms, about=subject, text=text, text_zh=chinese, cause=cause)

    def notice(self, said: Words, cause: str) -> None:
        """A line that says that `cause` is over: the alarms of it end, and there is nothing to acknowledge."""
        chinese, text = said
        self.say(text)
        # Should it come again, it is an alarm at once.
        self._said_at = {subject: told for subject, told in self._said_at.items() if told[1] != cause}
        self.happened("notice", "", text=text, text_zh=chinese, cause=cause)
