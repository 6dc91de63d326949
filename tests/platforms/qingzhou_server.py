"""The server of an invented province: OAuth token, SM3 signature in base64, JSON in JSON, and mutual TLS."""

import base64
import hashlib

from aiohttp import web
from gatetools.sim.platforms.server import Server

LEVELS = {"green": 1, "yellow": 2, "red": 3}
OUTCOMES = {"negative": "neg", "positive": "pos", "pending": "wait"}


class Qingzhou(Server):
    name = "qingzhou"
    credentials = {"client": "gate 7", "secret": "qing&zhou=secret%"}  # noqa: RUF012

    def routes(self):
        return [web.post("/oauth/token", self._token), web.post("/v3/passes/lookup", self._lookup)]

    def refused(self, kind):
        return web.json_response({}, status=498)

    async def _token(self, request):
        form = await request.post()
        if (form["client_id"], form["client_secret"]) != (self.credentials["client"], self.credentials["secret"]):
            return web.json_response({}, status=400)
        self.tokens.add("tok-1")
        return web.json_response({"access_token": "tok-1", "expires_in": 1000})

    async def _lookup(self, request):
        asked = await request.json()
        document = asked["person"]["document"]
        secret, at = self.credentials["secret"], request.headers["Signed-At"]
        text = f"{secret}&at={at}&doc={document['number']}&doc_type={document['type']}&{secret}"
        sign = base64.b64encode(hashlib.new("sm3", text.encode()).digest()).decode()
        if request.headers["Authorization"].removeprefix("Bearer ") not in self.tokens:
            return self.refused("token")
        if request.headers["Signature"] != sign or asked["purpose"] != 7:
            return web.json_response({}, status=403)
        known = self.table.find(document["number"])
        if known is None:
            return web.json_response({}, status=404)
        lab = [{"kind": "antigen", "outcome": "pos", "swab": 1}]
        if known.sample:
            swab = int(self.table.ago(known.sample.sampled_h).timestamp())
            lab.append({"kind": "pcr", "outcome": OUTCOMES[known.sample.result], "swab": swab})
        told = {
            "holder": {"document": known.number[:2] + "*" * (len(known.number) - 4) + known.number[-2:]},
            "level": LEVELS[known.colour],
            "changed": f"{self.table.ago(known.set_h):%d.%m.%Y %H:%M:%S}",
            "lab": lab,
        }
        if asked.get("with_vaccine"):
            told["shots"] = [{}] * known.doses
        return web.json_response(told)
