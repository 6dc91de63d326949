"""Names of ports and what is said of broken ones."""

import pytest
import serial
from gatehouse.ports import plain_reason, url_problem
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("/dev/ttyUSB0", None),
        ("COM3", None),
        ("loop://", None),
        ("socket://10.0.0.5:4001", None),
        ("socket://[::1]:4001", None),
        ("rfc2217://host:4002", None),
        ("hwgrep://USB", None),
        ("telnet://x:1", "telnet:// is no kind of port"),
        ("http://x", "http:// is no kind of port"),
        ("://", ":// is no kind of port"),
        ("socket://", "takes a host and a port number"),
        ("socket://host", "takes a host and a port number"),
        ("socket://:4001", "takes a host and a port number"),
        ("socket://host:port", "takes a host and a port number"),
        ("rfc2217://host:70000", "takes a host and a port number"),
        ("socket://[::1", "takes a host and a port number"),
        ("hwgrep://", "hwgrep:// names no port"),
    ],
)
def test_the_form_of_a_url_is_checked_before_the_start(url, says):
    """Whether the port is there shows later; whether it can ever be there shows now."""
    problem = url_problem(url)

    assert problem is None if says is None else says in problem


@given(st.text(max_size=40))
def test_any_text_as_a_url_is_judged_without_an_error(url):
    """Whatever stands in the file."""
    assert url_problem(url) is None or url_problem(url)


@pytest.mark.parametrize(
    ("failure", "says"),
    [
        (OSError(13, "Permission denied"), "group of the device"),
        (OSError(5, "Input/output error"), "vanished"),
        (serial.SerialException("a\nb"), "a"),
        (TypeError(), "TypeError"),
        (ValueError("x" * 1000), "x" * 200),
    ],
)
def test_a_broken_port_is_explained_in_a_line(failure, says):
    """Short, and with what to do where that is known."""
    said = plain_reason(failure)

    assert says in said
    assert "\n" not in said
    assert len(said) <= 200
