"""A gateway that signs its token requests: a server that checks the signature in its own way, and keeps each nonce."""

import asyncio
import hashlib
import hmac

import pytest
from aiohttp import web
from gatehouse.platforms.dialect_file import read
from gatehouse.status import Outcome
from gatetools.sim.platforms.table import drawn
from platforms.asking import Clock, served
from platforms.qingzhou_server import Qingzhou
from platforms.true_answers import FILE

PLAIN_FIELDS = 'fields = { grant_type = "client_credentials", client_id = "{client}", client_secret = "{secret}" }'
SIGNED = """headers = { X-App = "{client}", X-Nonce = "{nonce}", X-Time = "{time_ms}", X-Sign = "{sign}" }
fields = { grant_type = "client_credentials" }"""
SIGNING = """[token.signing]
algorithm = "hmac-sha256"
key = "{secret}"
parameters = { time = "{time_ms}", app = "{client}", nonce = "{nonce}" }

[signing]
"""


class Signed(Qingzhou):
    """HMAC-SHA256 over application, nonce and time, under the secret."""

    def __init__(self, table, life_s=1000):
        super().__init__(table)
        self.nonces = []
        self.life_s = life_s

    async def _token(self, request):
        form, head = dict(await request.post()), request.headers
        text = f"app={self.credentials['client']}&nonce={head['X-Nonce']}&time={head['X-Time']}"
        wanted = hmac.new(self.credentials["secret"].encode(), text.encode(), hashlib.sha256).hexdigest()
        fresh = abs(int(head["X-Time"]) / 1000 - self.table.now().timestamp()) < 5
        again = head["X-Nonce"] in self.nonces
        self.nonces.append(head["X-Nonce"])
        if head["X-Sign"] != wanted or head["X-App"] != self.credentials["client"] or not fresh or again:
            return web.json_response({}, status=400)
        assert form == {"grant_type": "client_credentials"}
        token = f"tok-{len(self.nonces)}"
        self.tokens.add(token)
        return web.json_response({"access_token": token, "expires_in": self.life_s})


def dialect():
    text = FILE.read_text(encoding="utf-8")
    assert PLAIN_FIELDS in text
    assert "[signing]\n" in text
    return read(text.replace(PLAIN_FIELDS, SIGNED).replace("[signing]\n", SIGNING), "signed.toml")


def ask(steps=None, life_s=1000, **credentials):
    """What the first traveller gets, and the same once the platform has lost its tokens."""

    async def story():
        clock = Clock()
        table = drawn(3, clock.wall)
        watch = {"watch": lambda *step: steps.append(" ".join(step))} if steps is not None else {}
        server = Signed(table, life_s)
        async with served(dialect=dialect(), server=server, table=table, clock=clock, **watch) as pair:
            server.credentials = server.credentials | credentials
            first = await pair.ask(table.everybody()[0])
            server.tokens.clear()
            clock.pass_s(2)
            second = await pair.ask(table.everybody()[1])
            return table.everybody(), first, second, pair.platform.trouble, server.nonces

    return asyncio.run(story())


def test_a_signed_token_request_gets_its_token():
    """And a new one with a nonce of its own; the request for the traveller has its own signature beside it."""
    steps = []
    people, first, second, trouble, nonces = ask(steps)
    assert [first.outcome.value, second.outcome.value] == [one.colour for one in people[:2]]
    assert trouble is None
    assert len(nonces) == len(set(nonces)) == 2
    assert any("hmac-sha256 over app, nonce, time" in one for one in steps)
    assert any("sm3 over at, doc, doc_type" in one for one in steps)
    assert "qing&zhou" not in "".join(steps)


@pytest.mark.parametrize(
    ("life_s", "said"),
    [(1, "lives for 1 s"), (0, "lives for 0 s"), (10**9, "lives for 1000000000 s"), ("1000", "no whole number of sec")],
)
def test_a_token_whose_life_is_of_no_use_is_named(life_s, said):
    """With what it is, and where to look."""
    _, first, _, trouble, _ = ask(life_s=life_s)
    assert first.outcome is Outcome.FAILED
    assert said in trouble.said
    assert "life_where" in trouble.advice


def test_a_token_request_signed_with_another_secret_is_refused():
    """The station is, and not the traveller."""
    _, first, _, trouble, _ = ask(secret="another")
    assert first.outcome is Outcome.FAILED
    assert "refuses the station" in trouble.said
