"""A platform in Shanghai's dialect: a gateway with a token of 24 hours, and three calls for code, tests, vaccine."""

import secrets
from typing import Any

from aiohttp import web

from gatetools.sim.platforms import faults
from gatetools.sim.platforms.server import Server, fields_of
from gatetools.sim.platforms.table import Known

TYPES = {"green": "00", "yellow": "01", "red": "10"}
RESULTS = {"negative": "阴性", "positive": "阳性", "pending": "检测中"}
TOKEN_LIFE_S = 86_400
STAMP = "%Y-%m-%d %H:%M:%S"


class Shanghai(Server):
    """app_id and app_secret give a token."""

    name = "shanghai"
    credentials = {"app_id": "sh-gate-01", "app_secret": "shanghai-test-secret"}  # noqa: RUF012

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/gateway/token", self._token),
            web.post("/gateway/interface-sj-ssmjm", self._code),
            web.post("/gateway/interface-sj-hsjc", self._tests),
            web.post("/gateway/interface-sj-ymjz", self._vaccine),
        ]

    def refused(self, kind: str) -> web.Response:
        return _said({faults.BUSY: "GATEWAY0009", faults.TOKEN: "GATEWAY0006"}.get(kind, "GATEWAY0001"))

    async def _token(self, request: web.Request) -> web.Response:
        given = request.headers.get("X-App-Id"), request.headers.get("X-App-Secret")
        if given != (self.credentials["app_id"], self.credentials["app_secret"]):
            return self.refused(faults.SIGNATURE)
        token = secrets.token_urlsafe(24)
        self.tokens.add(token)
        return _said("GATEWAY0000", {"access_token": token, "expires_in": TOKEN_LIFE_S})

    async def _known(self, request: web.Request) -> Known | web.Response:
        if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self.tokens:
            return self.refused(faults.TOKEN)
        found = self.table.find(fields_of(await request.json()).get("ZJHM"))
        return found or _said("GATEWAY0004", [])

    async def _code(self, request: web.Request) -> web.Response:
        known = await self._known(request)
        if isinstance(known, web.Response):
            return known
        at = f"{self.table.ago(known.set_h):{STAMP}}"
        return _said("GATEWAY0000", [{"type": TYPES[known.colour], "gxsj": at}])

    async def _tests(self, request: web.Request) -> web.Response:
        known = await self._known(request)
        if isinstance(known, web.Response):
            return known
        # The newest is not the first one.
        told = [self._sample("negative", 200, 190, 185)]
        if test := known.sample:
            told.append(self._sample(test.result, test.sampled_h, test.tested_h, test.reported_h))
        return _said("GATEWAY0000", told if known.sample else [])

    async def _vaccine(self, request: web.Request) -> web.Response:
        known = await self._known(request)
        if isinstance(known, web.Response):
            return known
        return _said("GATEWAY0000", [{"ymmc": "synthetic", "jc": dose + 1} for dose in range(known.doses)])

    def _sample(self, result: str, sampled_h: float, tested_h: float, reported_h: float) -> dict[str, str]:
        return {
            "nat_result": RESULTS[result],
            "sample_date": f"{self.table.ago(sampled_h):{STAMP}}",
            "collect_date": f"{self.table.ago(tested_h):{STAMP}}",
            "report_date": f"{self.table.ago(reported_h):{STAMP}}",
            "card_type": "01",
        }


def _said(code: str, data: Any = None) -> web.Response:
    return web.json_response({"code": code, "message": "", "data": data})
