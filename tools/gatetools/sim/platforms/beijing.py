"""A platform in Beijing's dialect: a form signed by SHA-256 in capitals, three states, numbered pop-ups."""

import hashlib
from typing import Any

from aiohttp import web

from gatetools.sim.platforms import faults
from gatetools.sim.platforms.server import Server
from gatetools.sim.platforms.table import Known

STATES = {"green": "0", "yellow": "1", "red": "2"}
RESULTS = {"negative": 0, "positive": 1, "pending": 2}


class Beijing(Server):
    """appKey and appSecret."""

    name = "beijing"
    credentials = {"app_key": "bj-gate-01", "app_secret": "beijing-test-secret"}  # noqa: RUF012

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/jkb/gate/state", self._state)]

    def refused(self, kind: str) -> web.Response:
        return _said({faults.BUSY: "3001", faults.TOKEN: "2002"}.get(kind, "2001"))

    async def _state(self, request: web.Request) -> web.Response:
        asked = {key: str(value) for key, value in (await request.post()).items()}
        sign = asked.pop("sign", "")
        pairs = [f"{key}={asked[key]}" for key in sorted(asked) if asked[key]]
        text = "&".join([*pairs, f"appSecret={self.credentials['app_secret']}"])
        if sign != hashlib.sha256(text.encode()).hexdigest().upper() or asked["appKey"] != self.credentials["app_key"]:
            return self.refused(faults.SIGNATURE)
        known = self.table.find(asked.get("certNo"))
        return _said("0000", self._told(known)) if known else _said("1001")

    def _told(self, known: Known) -> dict[str, Any]:
        test = known.sample
        return {
            "certNo": known.number[:2] + "*" * (len(known.number) - 4) + known.number[-2:],
            "status": STATES[known.colour],
            "queryTime": f"{self.table.now():%Y-%m-%d %H:%M:%S}",
            "popups": list(known.popups),
            "nat": {
                "result": RESULTS[test.result],
                "sampleTime": f"{self.table.ago(test.sampled_h):%Y-%m-%d %H:%M}",
                "reportTime": f"{self.table.ago(test.reported_h):%Y-%m-%d %H:%M}",
            }
            if test
            else {},
            "vaccineDoses": known.doses,
        }


def _said(code: str, result: dict[str, Any] | None = None) -> web.Response:
    return web.json_response({"resultCode": code, "resultMsg": "", "result": result})
