"""How often each gate starts: one that never stays up is told, with what it gives as the causes."""

from collections import Counter, deque

from gatehouse import alarms, words
from gatehouse.words import Words

MANY = 5
WITHIN_S = 600


class Starts:
    """Starts as the gates report them, by lane."""

    def __init__(self) -> None:
        self._heard: dict[str, deque[tuple[int, int]]] = {}

    def note(self, lane: str, cause: int, now_s: int) -> Words | None:
        """Take a start, heard at this Unix time; an alarm if it is one of MANY within WITHIN_S.

        A gate that was cut off tells all its starts at once: it is looked at too, for that is how it was cut off.
        """
        heard = self._heard.setdefault(lane, deque(maxlen=MANY))
        heard.append((now_s, cause))
        if len(heard) < MANY or not 0 <= now_s - heard[0][0] <= WITHIN_S:
            return None
        causes = [
            (words.RESETS.get(cause, (f"原因 {cause}", f"reset {cause}")), count)
            for cause, count in Counter(cause for _, cause in heard).most_common()
        ]
        said = (
            "；".join(f"{count} 次{cause[0]}" for cause, count in causes),
            "; ".join(f"{count} x {cause[1]}" for cause, count in causes),
        )
        minutes = max(1, (now_s - heard[0][0] + 59) // 60)
        return words.filled(alarms.STARTS, lane=lane, starts=MANY, minutes=minutes, causes=said)
