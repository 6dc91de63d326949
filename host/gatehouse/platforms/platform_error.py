"""What goes wrong between the station and a platform, by whose fault it is. None of it holds a value."""


class PlatformError(Exception):
    """`said`: what happened. `advice`: what to do about it. Neither holds a number, a token or a key."""

    def __init__(self, said: str, advice: str) -> None:
        super().__init__(f"{said} {advice}")
        self.said = said
        self.advice = advice


class Unreachable(PlatformError):
    """No answer came: the network, the name, the other side's TLS, or nobody there."""


class AnswerUnusable(PlatformError):
    """An answer came that is none by the platform's file: too large, of another type, not JSON, a redirect, a 5xx."""


class AccountRefused(PlatformError):
    """The platform refuses the station: its credentials, its signature or its certificate."""


class TokenExpired(PlatformError):
    """The platform no longer takes the token; a new one may do."""


class Busy(PlatformError):
    """The platform asks for less. `wait_s`: for how long, None if it does not say."""

    def __init__(self, said: str, advice: str, wait_s: float | None = None) -> None:
        super().__init__(said, advice)
        self.wait_s = wait_s
