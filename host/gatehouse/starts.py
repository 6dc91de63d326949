"""How often each gate starts: one that never stays up is told, with what it gives as the causes."""

from collections import Counter, deque

from gatehouse import words

MANY = 5
WITHIN_S = 600


class Starts:
    """Starts as the gates report them, by lane."""

    def __init__(self) -> None:
        self._heard: dict[str, deque[tuple[int, int]]] = {}

    def note(self, lane: str, cause: int, now_s: int) -> str | None:
        """Take a start, heard at this Unix time; an alarm if it is one of MANY within WITHIN_S.

        A gate that was cut off tells all its starts at once: it is looked at too, for that is how it was cut off.
        """
        heard = self._heard.setdefault(lane, deque(maxlen=MANY))
        heard.append((now_s, cause))
        if len(heard) < MANY or not 0 <= now_s - heard[0][0] <= WITHIN_S:
            return None
        causes = Counter(words.RESETS.get(cause, ("", f"reset {cause}"))[1] for _, cause in heard)
        said = "; ".join(f"{count} x {cause}" for cause, count in causes.most_common())
        return (
            f"{lane}: its gate does not stay up: {MANY} starts within {max(1, (now_s - heard[0][0] + 59) // 60)} min "
            f"({said}). Look at its power supply, and for its traces in this log"
        )
