"""The numbers of all gates and platforms for Prometheus: text over HTTP, on request. Nobody is in them."""

import socket
import socketserver
import threading
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from types import MappingProxyType
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from gatehouse import faults
from gatehouse.platform_metrics import PlatformCollector
from gatehouse.platforms.platform import Platform
from gatehouse.standing import ANSWER_BOUNDS_S, Standing, Standings, name_of

REQUEST_S = 5.0  # whoever takes longer to ask is cut off
PREFIX = "gatehouse_link_"
LABELS = ("lane", "port")
COUNTS = {
    "frames_in": "Frames that opened under the session's key.",
    "frames_out": "Frames sent, handshakes included.",
    "damaged": "Arrivals that were no whole frame: look at cable, baud rate and grounding.",
    "forged": "Frames of this session that did not open: damaged, or made by somebody else.",
    "replayed": "Frames that had been opened before.",
    "old_session": "Frames sealed in another session.",
    "ill_formed": "Frames that opened and broke the protocol.",
    "repeated": "Frames sent again.",
    "duplicates": "Messages received again.",
    "naks_in": "Times the gate said that something had arrived damaged.",
    "naks_out": "Times the gate was told so.",
    "handshakes": "Sessions begun.",
    "refused": "Handshakes refused.",
    "crashes": "Times a part of the gate's program failed: look for its traces in the log, and report them.",
}


class LinkCollector(Collector):
    """Reads the standings at the moment of the question."""

    def __init__(self, standings: Standings) -> None:
        self._standings = standings

    def collect(self) -> Iterator[Metric]:
        """One family for each number."""
        found = self._standings.all()
        for name, meaning in COUNTS.items():
            counter = CounterMetricFamily(f"{PREFIX}{name}", meaning, labels=LABELS)
            for standing in found:
                counter.add_metric([standing.lane, standing.port], standing.counts[name])
            yield counter
        # A port where no gate has come yet has nothing that could be down.
        gates = [one for one in found if one.since_s]
        yield gauge("up", "1 while the gate has a session.", ((one, float(one.up)) for one in gates))
        yield gauge(
            "round_trip_seconds",
            "Smoothed time from a message to its acknowledgement.",
            ((one, one.round_trip_ms / 1000) for one in found),
        )
        yield gauge("waiting_reports", "Reports that the gate still holds.", ((one, one.waiting) for one in found))
        yield gauge("queued_messages", "Messages waiting for the gate.", ((one, one.queued) for one in found))
        errors = GaugeMetricFamily(
            f"{PREFIX}last_error_timestamp_seconds", "When something last went wrong.", labels=(*LABELS, "error")
        )
        answers = HistogramMetricFamily(
            "gatehouse_answer_seconds", "From a tap to its verdict, the gatehouse's own part.", labels=LABELS
        )
        broken = GaugeMetricFamily(
            "gatehouse_lane_fault",
            "1 while a reader, or the beams of a lane, stand as faulty, whoever has acknowledged it.",
            labels=(*LABELS, "part", "fault"),
        )
        for standing in found:
            for part, (what, _) in standing.faults.items():
                broken.add_metric([standing.lane, standing.port, faults.reader(part), name_of("FAULT_", what)], 1.0)
            if standing.last_error:
                errors.add_metric([standing.lane, standing.port, standing.last_error], standing.last_error_s)
            answers.add_metric([standing.lane, standing.port], _buckets(standing), standing.answers_s)
        yield errors
        yield broken
        yield answers


def gauge(name: str, meaning: str, values: Iterable[tuple[Standing, float]]) -> GaugeMetricFamily:
    """A gauge over all lanes."""
    family = GaugeMetricFamily(f"{PREFIX}{name}", meaning, labels=LABELS)
    for standing, value in values:
        family.add_metric([standing.lane, standing.port], value)
    return family


def _buckets(standing: Standing) -> list[tuple[str, float]]:
    bounds = [*(str(bound) for bound in ANSWER_BOUNDS_S), "+Inf"]
    return list(zip(bounds, accumulate(standing.answers), strict=True))


class Server(socketserver.ThreadingMixIn, WSGIServer):
    """A thread for each question, none of which keeps the process alive."""

    daemon_threads = True

    def handle_error(self, _request: object, _client_address: object) -> None:
        """Whoever asks rubbish or goes away gets nothing, and nothing is logged."""


class Server6(Server):
    """At an IPv6 address."""

    address_family = socket.AF_INET6


class Handler(WSGIRequestHandler):
    """Silent, and not to be kept waiting."""

    timeout = REQUEST_S

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Say nothing: what somebody asks for must not get into the log."""


class MetricsEndpoint:
    """http://HOST:PORT/metrics while it is open."""

    def __init__(
        self, standings: Standings, host: str, port: int, platforms: Mapping[str, Platform] = MappingProxyType({})
    ) -> None:
        """`platforms`: by the names of the settings. OSError if the address cannot be used."""
        registry = CollectorRegistry()
        registry.register(LinkCollector(standings))
        registry.register(PlatformCollector(platforms))
        server = Server6 if ":" in host else Server
        self._server = make_server(host, port, make_wsgi_app(registry), server, Handler)
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, name="metrics", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """No more questions."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
