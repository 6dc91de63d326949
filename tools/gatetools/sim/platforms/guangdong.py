"""A platform in Guangdong's dialect: a token for a terminal, then one call with the token in the body."""

import secrets
from typing import Any

from aiohttp import web

from gatetools.sim.platforms import faults
from gatetools.sim.platforms.server import Server, fields_of
from gatetools.sim.platforms.table import Known

RESULTS = {"negative": "阴性", "positive": "阳性", "pending": "检测中"}
SERIAL_UNKNOWN, TOKEN_OVER, BUSY, NOT_FOUND = 1012, 1003, 1029, 2002


class Guangdong(Server):
    """etp_id, secret_key and sn give a token."""

    name = "guangdong"
    credentials = {"etp_id": "440100-77", "secret_key": "guangdong-test-secret", "sn": "GH-0001"}  # noqa: RUF012

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/api/hc/init", self._init), web.post("/api/hc/queryHealthyCode", self._query)]

    def refused(self, kind: str) -> web.Response:
        return _said({faults.BUSY: BUSY, faults.TOKEN: TOKEN_OVER}.get(kind, SERIAL_UNKNOWN))

    async def _init(self, request: web.Request) -> web.Response:
        asked = fields_of(await request.json())
        if asked != self.credentials:
            return _said(SERIAL_UNKNOWN)
        token = secrets.token_hex(16)
        self.tokens.add(token)
        return _said(0, {"token": token})

    async def _query(self, request: web.Request) -> web.Response:
        asked = fields_of(await request.json())
        if asked.get("token") not in self.tokens:
            return _said(TOKEN_OVER)
        known = self.table.find(asked.get("idNumber"))
        return _said(0, self._told(known)) if known else _said(NOT_FOUND)

    def _told(self, known: Known) -> dict[str, Any]:
        test = known.sample
        told: dict[str, Any] = {
            "name": "某某",
            "idNumber": known.number,
            "color": known.colour,
            "showTime": f"{self.table.now():%Y-%m-%d %H:%M:%S}",
            "vaccine": str(known.doses),
            "type": 2,
        }
        if test:
            told["hsResult"] = RESULTS[test.result]
            told["hsDateTime"] = f"{self.table.ago(test.sampled_h):%Y-%m-%d %H:%M:%S}"
            told["hsDateFlag"] = next((str(limit) for limit in (24, 48, 72) if test.sampled_h < limit), ">72")
        return told


def _said(code: int, data: dict[str, Any] | None = None) -> web.Response:
    return web.json_response({"code": code, "msg": "", "data": data})
