"""What the gatehouse tells the outside while it runs: log lines for people, JSON lines for programs.

Masked forms and pseudonyms only; no number reaches this file.
"""

import json
import logging
import time
from typing import TextIO

log = logging.getLogger("gatehouse")

ALARM_GAP_S = 10.0


class Happenings:
    """One sink for all gates. `stream` takes a JSON object per line, None if nobody asked for it."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self._said_at: dict[str, float] = {}

    def happened(self, event: str, lane: str, **facts: object) -> None:
        """A line for programs."""
        if self._stream is None:
            return
        try:
            print(
                json.dumps({"event": event, "lane": lane, **facts}, ensure_ascii=False), file=self._stream, flush=True
            )
        except OSError:
            log.warning("nobody reads the event stream any more; it is switched off")
            self._stream = None

    def say(self, text: str) -> None:
        """A line for people."""
        log.info("%s", text)

    def alarm(self, text: str) -> None:
        """A line that somebody must act on; the same one at most every ten seconds."""
        now = time.monotonic()
        if now - self._said_at.get(text, -ALARM_GAP_S) >= ALARM_GAP_S:
            if len(self._said_at) > 1000:
                self._said_at.clear()
            self._said_at[text] = now
            log.warning("%s", text)
