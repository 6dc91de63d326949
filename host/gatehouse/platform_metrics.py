"""The numbers of all health platforms for Prometheus. Names of the settings and counts; nobody is in them."""

from collections.abc import Iterator, Mapping
from itertools import accumulate

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from gatehouse.platforms.breaker import State
from gatehouse.platforms.counts import ANSWER_BOUNDS_S
from gatehouse.platforms.platform import Platform

PREFIX = "gatehouse_platform_"
COUNTS = {
    "asked": "Questions of lanes about a traveller.",
    "sent": "Questions for which requests were made.",
    "remembered": "Questions answered by what had been told a moment before.",
    "shared": "Questions that waited for the answer to another one about the same traveller.",
    "answered": "Answers to what was sent, late ones too.",
    "late": "Answers that came when nobody waited for them any more.",
    "timed_out": "Questions that got no answer in their time.",
    "not_asked": "Questions that nobody was asked about: the platform rests, or takes no more.",
}


class PlatformCollector(Collector):
    """`platforms`: by the names of the settings. Reads them at the moment of the question, from any thread."""

    def __init__(self, platforms: Mapping[str, Platform]) -> None:
        self._platforms = platforms

    def collect(self) -> Iterator[Metric]:
        """One family for each number; none at a station without platforms."""
        if not self._platforms:
            return
        for name, meaning in COUNTS.items():
            counter = CounterMetricFamily(f"{PREFIX}{name}", meaning, labels=("platform",))
            for platform, one in self._platforms.items():
                counter.add_metric([platform], getattr(one.counts, name))
            yield counter
        breaker = GaugeMetricFamily(
            f"{PREFIX}breaker", "1 for the state that the breaker is in.", labels=("platform", "state")
        )
        in_flight = GaugeMetricFamily(f"{PREFIX}in_flight", "Questions on their way.", labels=("platform",))
        failures = CounterMetricFamily(
            f"{PREFIX}failures", "Questions sent that failed, by class.", labels=("platform", "class")
        )
        answers = HistogramMetricFamily(
            f"{PREFIX}answer_seconds", "From a question's first request to its answer.", labels=("platform",)
        )
        for platform, one in self._platforms.items():
            current = one.state
            for state in State:
                breaker.add_metric([platform, state.value], float(state is current))
            in_flight.add_metric([platform], one.in_flight)
            for kind, count in one.counts.failures.items():
                failures.add_metric([platform, kind], count)
            bounds = [*(str(bound) for bound in ANSWER_BOUNDS_S), "+Inf"]
            buckets = list(zip(bounds, accumulate(one.counts.took), strict=True))
            answers.add_metric([platform], buckets, one.counts.took_s)
        yield from (breaker, in_flight, failures, answers)
