"""A server on loopback that answers with whatever bytes it was given: it need not be HTTP."""

import asyncio
import contextlib

KEY = "SECRET-KEY-4711"


class Hostile:
    """`answer`: bytes that follow each request's head, or a coroutine function that writes them itself."""

    def __init__(self, answer):
        self.credentials = {"key": KEY}
        self.answer = answer
        self.url = ""
        self.requests = []
        self.table = None
        self._serving = set()

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_):
        self._server.close()
        for task in self._serving:
            task.cancel()
        if self._serving:
            await asyncio.wait(self._serving)

    def stop_listening(self):
        """Nobody is there any more."""
        self._server.close()

    async def _serve(self, reader, writer):
        task = asyncio.current_task()
        self._serving.add(task)
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                self.requests.append(await reader.readuntil(b"\r\n\r\n"))
                if callable(self.answer):
                    await self.answer(writer)
                else:
                    writer.write(self.answer)
                    await writer.drain()
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
            self._serving.discard(task)


def http(body, kind="application/json", status="200 OK", extra=""):
    """A whole answer."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
    return f"{head}Connection: close\r\n{extra}\r\n".encode() + body
