"""The HTTP side that all simulated platforms have: loopback, faults before the handler, latency after it."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from typing import Self

from aiohttp import web

from gatetools.sim.platforms import faults
from gatetools.sim.platforms.faults import Faults
from gatetools.sim.platforms.table import Table

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
SHUTDOWN_S = 0.2
BODY_MAX_BYTES = 20_000


class Server:
    """One platform. Subclasses name it, add routes, and say how theirs refuses.

    seen: paths of the requests that came, in order; never a body.
    """

    name = ""
    credentials: dict[str, str] = {}  # noqa: RUF012  # each subclass has its own constant

    def __init__(self, table: Table, troubles: Faults | None = None, tls: ssl.SSLContext | None = None) -> None:
        self.table = table
        self.faults = troubles or Faults.none()
        self.seen: list[str] = []
        self.tokens: set[str] = set()
        self._tls = tls
        self._runner: web.AppRunner | None = None
        self.url = ""

    def routes(self) -> list[web.RouteDef]:
        """What it offers."""
        raise NotImplementedError

    def refused(self, kind: str) -> web.Response:
        """Its own words for faults.BUSY, faults.SIGNATURE and faults.TOKEN."""
        raise NotImplementedError

    async def start(self, port: int = 0) -> None:
        """Listen on loopback; `url` tells where."""
        app = web.Application(middlewares=[self._middleware], client_max_size=BODY_MAX_BYTES)
        app.add_routes(self.routes())
        # Nobody who hangs up is answered any more: a stall ends with its connection.
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=SHUTDOWN_S)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port, ssl_context=self._tls)
        await site.start()
        self.url = f"{'https' if self._tls else 'http'}://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """End it, with all connections."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @web.middleware
    async def _middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self.seen.append(request.path)
        fault = self.faults.draw()
        if delay := self.faults.latency_s():
            await asyncio.sleep(delay)
        if fault == faults.STALL:
            await asyncio.sleep(faults.STALL_S)
        if fault == faults.ERROR:
            return web.Response(status=503, text="<html>Service Unavailable</html>", content_type="text/html")
        if fault == faults.MALFORMED:
            return web.Response(text='{"code":0,"data":{"color":"gre', content_type="application/json")
        if fault == faults.TOKEN:
            self.tokens.clear()
        if fault in (faults.BUSY, faults.SIGNATURE, faults.TOKEN):
            return self.refused(fault)
        return await handler(request)


def fields_of(document: object) -> dict[str, object]:
    """A JSON object's fields; none of what is no object."""
    return document if isinstance(document, dict) else {}
