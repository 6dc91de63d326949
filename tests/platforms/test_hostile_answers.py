"""Whatever comes back: bounded in size and time, no colour, and nothing of number, key or token is told to anybody."""

import asyncio
import gzip
import logging
import time
import traceback
import tracemalloc

import pytest
from gatehouse.platforms.dialect_file import read, text_of
from gatehouse.status import Outcome
from gatetools.sim.people import Kind
from gatetools.sim.platforms.table import Known, Table
from platforms.asking import NOON_S, question, served
from platforms.hostile_server import KEY, Hostile, http

PERSON = Known("11010119000101002X", Kind.RESIDENT, "green", 1, None, 0)
NUMBER = PERSON.number
ECHO = f"{NUMBER} {KEY}".encode()

ANSWERS = {
    "nothing": b"",
    "no HTTP": ECHO,
    "half a head": b"HTTP/1.1 200 OK\r\nContent-Le",
    "a head without end": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000,
    "headers without number": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 50_000,
    "a broken header": b"HTTP/1.1 200 OK\r\n" + ECHO + b"\r\n\r\n",
    "a length that is none": b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
    "less than was announced": http(b"{}")[:-1],
    "HTML": http(b"<html>" + ECHO, "text/html"),
    "JSON that says it is text": http(b"{}", "text/plain"),
    "no JSON": http(ECHO),
    "JSON of another encoding": http('{"status":"green"}'.encode("utf-16")),
    "a key that stands twice": http(b'{"status":"red","status":"green"}'),
    "not a number": http(b'{"status":NaN}'),
    "a number of many digits": http(b'{"status":' + b"9" * 20_000 + b"}"),
    "deep lists": http(b"[" * 60_000),
    "deep tables": http(b'{"a":' * 10_000 + b"1" + b"}" * 10_000),
    "quotes without end": http(b'{"a":"' + b'\\"' * 30_000),
    "a string of brackets": http(b'{"a":"' + b"[" * 60_000 + b'"}'),
    "too long": http(b'{"a":"' + b"x" * 70_000 + b'"}'),
    "a redirect": http(b"", status="302 Found", extra=f"Location: http://127.0.0.1:1/{NUMBER}\r\n"),
    "a permanent redirect": http(b"", status="308 Permanent Redirect", extra="Location: /elsewhere\r\n"),
    "no content": b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n",
    "a teapot": http(ECHO, status="418 " + ECHO.decode()),
    "a server's fault": http(ECHO, status="500 Internal Server Error"),
    "a list": http(b"[]"),
    "null": http(b"null"),
    "a text": http(b'"green"'),
    "all that was asked": http(b'{"status":"' + ECHO + b'","number":"' + ECHO + b'"}'),
    "a compressed bomb": http(gzip.compress(b"[" + b" " * 50_000_000 + b"]"), extra="Content-Encoding: gzip\r\n"),
    "an unknown compression": http(b"{}", extra="Content-Encoding: br\r\n"),
}


def ask(answer, budget_s=2.0, watch=None):
    async def story():
        server = Hostile(answer)
        async with served("plain", server=server, watch=watch) as pair:
            asked = question(PERSON)
            status = await pair.platform.ask(asked, budget_s)
            return status, pair.platform.trouble, repr(asked) + repr(status) + repr(vars(pair.platform)), server

    return asyncio.run(story())


def all_about(failure):
    """Everything that a failure holds, and what led to it."""
    told = []
    while failure is not None:
        told += [repr(failure), str(failure), repr(vars(failure)), "".join(traceback.format_exception(failure))]
        failure = failure.__cause__ or failure.__context__
    return "\n".join(told)


@pytest.mark.parametrize("what", ANSWERS)
def test_no_answer_breaks_anything_or_tells_anything(what, caplog):
    """No colour, within bounds; neither errors nor logs nor reprs nor the watched steps hold number or key."""
    caplog.set_level(logging.DEBUG)
    steps = []
    began_s = time.monotonic()

    status, trouble, reprs, server = ask(ANSWERS[what], watch=lambda *step: steps.append(" ".join(step)))

    assert status.outcome in {Outcome.FAILED, Outcome.UNMAPPED}
    assert time.monotonic() - began_s < 1.5
    assert len(server.requests) <= 2
    told = "\n".join([all_about(trouble), reprs, *steps, *(record.getMessage() for record in caplog.records)])
    assert NUMBER not in told
    assert KEY not in told


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("a redirect", "HTTP status 302: redirects are not followed"),
        ("a key that stands twice", "a key stands twice"),
        ("JSON of another encoding", "a byte order mark"),
    ],
)
def test_what_is_wrong_with_an_answer_is_named(what, said):
    """So that somebody can tell the platform's operator."""
    _, trouble, *_ = ask(ANSWERS[what])
    assert said in trouble.said
    assert trouble.advice


def test_an_answer_without_end_takes_no_memory():
    """A stream is cut off at the limit."""

    async def endless(writer):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
            await writer.drain()

    tracemalloc.start()
    try:
        status, trouble, *_ = ask(endless)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert status.outcome is Outcome.FAILED
    assert "longer than 65536 bytes" in trouble.said
    assert peak_bytes < 8_000_000


def test_an_answer_byte_by_byte_ends_with_the_budget():
    """What trickles in for ever is as good as none."""

    async def trickle(writer):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.005)

    began_s = time.monotonic()
    status, *_ = ask(trickle, budget_s=0.05)

    assert status.outcome is Outcome.TIMED_OUT
    assert time.monotonic() - began_s < 0.5


def test_nobody_at_the_address_is_said_so():
    """With what to do, and without the address's path."""

    async def story():
        server = Hostile(b"")
        async with served("plain", server=server) as pair:
            server.stop_listening()
            status = await pair.platform.ask(question(PERSON), 2.0)
            return status, pair.platform.trouble

    status, trouble = asyncio.run(story())
    assert status.outcome is Outcome.FAILED
    assert "Nobody answers" in trouble.said
    assert "firewall" in trouble.advice


def test_no_compression_and_no_cookie_is_offered():
    """What is not offered need not be borne."""
    *_, server = ask(http(b"{}", extra=f"Set-Cookie: a={NUMBER}\r\n"))
    head = server.requests[0].lower()
    assert b"accept-encoding: identity" in head
    assert b"cookie" not in head
    assert NUMBER.encode() not in server.requests[0]


def test_the_number_is_wiped_wherever_it_lay(monkeypatch):
    """Copy, body, signed text and what the pseudonym is made from: zeros after the answer."""
    from gatehouse.platforms import memory, platform, request, signing

    wiped = []

    def watched(number):
        held = NUMBER.encode() in number
        number[:] = bytes(len(number))
        wiped.append((held, number))

    for module in (memory, platform, request, signing):
        monkeypatch.setattr(module, "wipe", watched)

    async def story():
        async with served("national", table=Table([PERSON], lambda: NOON_S)) as pair:
            status = await pair.ask(PERSON)
            await asyncio.sleep(0)
            return status

    assert asyncio.run(story()).outcome is Outcome.GREEN
    assert sum(held for held, _ in wiped) == 5  # pseudonym, copy, parameter, signed text, body
    assert not any(any(number) for _, number in wiped)


def test_a_number_in_a_query_is_in_no_error(caplog):
    """Where a platform takes it no other way: the library's errors hold the address, ours do not."""
    caplog.set_level(logging.DEBUG)
    text = text_of("plain")
    old = 'method = "POST"\npath = "/v1/status"'
    assert old in text
    text = text.replace(old, 'method = "GET"\nbody = "none"\npath = "/v1/status"\nquery = { n = "{number}" }')
    text = text.replace('fields = { kind = "{kind}", number = "{number}" }', "")
    dialect = read(text.replace('extra_fields = { include = ["vaccine"] }', ""), "query.toml")

    async def story():
        async with served("plain", dialect=dialect, server=Hostile(b"HTTP/1.1 200 OK\r\nbroken\r\n\r\n")) as pair:
            status = await pair.platform.ask(question(PERSON), 2.0)
            return status, pair.platform.trouble, pair.server.requests

    status, trouble, requests = asyncio.run(story())
    assert f"GET /v1/status?n={NUMBER} ".encode() in requests[0]
    assert status.outcome is Outcome.FAILED
    assert NUMBER not in all_about(trouble) + caplog.text
