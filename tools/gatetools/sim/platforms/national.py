"""A platform in the national dialect: HMAC-SM3 over sorted parameters, times in milliseconds."""

import hashlib
import hmac
from typing import Any

from aiohttp import web

from gatetools.sim.platforms import faults
from gatetools.sim.platforms.server import Server, fields_of
from gatetools.sim.platforms.table import Known

RESULTS = {"negative": "阴性", "positive": "阳性", "pending": "检测中"}
CLOCKS_DIFFER_MAX_S = 300


class National(Server):
    """Application identifier and secret; each nonce once."""

    name = "national"
    credentials = {"app_id": "gate-0001", "app_secret": "national-test-secret"}  # noqa: RUF012

    def routes(self) -> list[web.RouteDef]:
        self._nonces: set[str] = set()
        return [web.post("/health/code/query", self._query)]

    def refused(self, kind: str) -> web.Response:
        return _said(429, "slow down") if kind == faults.BUSY else _said(401, "bad sign")

    async def _query(self, request: web.Request) -> web.Response:
        asked = fields_of(await request.json())
        head = request.headers
        signed = {
            "appId": head.get("X-App-Id", ""),
            "cardNo": str(asked.get("cardNo")),
            "cardType": str(asked.get("cardType")),
            "nonce": head.get("X-Nonce", ""),
            "timestamp": head.get("X-Timestamp", ""),
        }
        text = "&".join(f"{key}={signed[key]}" for key in sorted(signed))
        wanted = hmac.new(self.credentials["app_secret"].encode(), text.encode(), lambda: hashlib.new("sm3"))
        sent = signed["timestamp"]
        fresh = sent.isdecimal() and abs(int(sent) / 1000 - self.table.now().timestamp()) < CLOCKS_DIFFER_MAX_S
        if head.get("X-Sign") != wanted.hexdigest() or not fresh or signed["nonce"] in self._nonces:
            return self.refused(faults.SIGNATURE)
        self._nonces.add(signed["nonce"])
        known = self.table.find(asked.get("cardNo"))
        return _said(0, "ok", self._told(known)) if known else _said(1, "no record")

    def _told(self, known: Known) -> dict[str, Any]:
        test = known.sample
        return {
            "cardNo": known.number[:2] + "*" * (len(known.number) - 4) + known.number[-2:],
            "color": known.colour,
            "updateTime": int(self.table.ago(known.set_h).timestamp() * 1000),
            "reason": None if known.colour == "green" else "密切接触",
            "hsjc": {
                "hsjcjg": RESULTS[test.result],
                "hsjcsj": f"{self.table.ago(test.reported_h):%Y-%m-%d %H:%M:%S}",
                "hsjcjgmc": "synthetic laboratory",
            }
            if test
            else None,
            "vaccine": [{"jc": dose + 1} for dose in range(known.doses)],
        }


def _said(code: int, message: str, data: dict[str, Any] | None = None) -> web.Response:
    return web.json_response({"code": code, "message": message, "data": data})
