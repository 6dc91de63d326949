"""What every test relies on, whoever starts the run."""

import signal


def pytest_configure() -> None:
    """Signals that tests send to what they start are not ignored there.

    A run in the background of a shell, or under nohup, inherits SIGINT or SIGHUP as ignored, and so would its children.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
