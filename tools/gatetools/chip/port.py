"""Whether a port can be used at all, before anything else is tried on it."""

from gatehouse.ports import BROKEN, close_quietly, open_port, url_problem

from gatetools.chip import complaints


class PortUnusable(Exception):
    """It cannot be opened, or has gone; the text says why, and what to do."""


def check(url: str, baud: int = 115200) -> None:
    """Open it and close it again; PortUnusable if that fails."""
    if problem := url_problem(url):
        raise PortUnusable(f"{url}: {problem}")
    if url.startswith("socket://"):
        raise PortUnusable(
            f"{url}: a bare socket cannot reset the chip. Serve the port by RFC 2217 and name it rfc2217://host:port"
        )
    try:
        close_quietly(open_port(url, baud))
    except BROKEN as failure:
        raise PortUnusable(f"{url}: {complaints.told(str(failure))}") from None
