"""What every test relies on, whoever starts the run."""

import os
import signal
import tempfile
from pathlib import Path

import pytest


def pytest_configure() -> None:
    """Signals that tests send to what they start are not ignored there.

    A run in the background of a shell, or under nohup, inherits SIGINT or SIGHUP as ignored, and so would its children.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(scope="session", autouse=True)
def host_secret():
    """systemd-creds, where this machine has it, works with a host key of the tests' own."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["SYSTEMD_CREDENTIAL_SECRET"] = str(Path(folder) / "credential.secret")
        yield
