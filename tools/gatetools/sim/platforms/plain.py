"""A platform that keeps to plain.openapi.json."""

import datetime
from typing import Any

from aiohttp import web

from gatetools.sim.platforms import faults
from gatetools.sim.platforms.server import Server, fields_of
from gatetools.sim.platforms.table import Known

POPUPS = {1: "place_with_cases", 2: "recent_entry", 3: "risk_area", 4: "test_owed", 5: "border_county"}
PROBLEM = "application/problem+json"
VALID_H = 12


class Plain(Server):
    """Bearer key; one question, one answer."""

    name = "plain"
    credentials = {"key": "plain-test-key-0001"}  # noqa: RUF012

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/v1/status", self._status)]

    def refused(self, kind: str) -> web.Response:
        if kind == faults.BUSY:
            return _problem(429, "too many requests", {"Retry-After": "1"})
        return _problem(401, "the key is not accepted")

    async def _status(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {self.credentials['key']}":
            return self.refused(faults.SIGNATURE)
        try:
            asked = fields_of(await request.json())
        except ValueError:
            return _problem(400, "not JSON")
        known = self.table.find(asked.get("number"))
        if known is None:
            return _problem(404, "nobody with this number")
        extras = asked.get("include") or []
        return web.json_response(self._told(known, extras if isinstance(extras, list) else []))

    def _told(self, known: Known, extras: list[object]) -> dict[str, Any]:
        told: dict[str, Any] = {
            "number": known.number[0] + "*" * (len(known.number) - 3) + known.number[-2:],
            "status": known.colour,
            "set_at": self.table.ago(known.set_h).isoformat(),
            "valid_until": (self.table.now() + datetime.timedelta(hours=VALID_H)).isoformat(),
            "reason": "" if known.colour == "green" else "contact",
            "flags": [POPUPS[one] for one in known.popups],
        }
        if known.sample:
            told["test"] = {
                "result": known.sample.result,
                "sampled_at": self.table.ago(known.sample.sampled_h).isoformat(),
                "tested_at": self.table.ago(known.sample.tested_h).isoformat(),
                "reported_at": self.table.ago(known.sample.reported_h).isoformat(),
            }
        if "vaccine" in extras:
            told["vaccine"] = {"doses": known.doses}
        return told


def _problem(status: int, title: str, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response(
        {"title": title, "status": status}, status=status, headers=headers or {}, content_type=PROBLEM
    )
