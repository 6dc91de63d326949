"""Which checks are made, in the order in which they are told."""

from functools import partial

from gatetools.doctor import (
    bench,
    clock,
    data,
    drivers,
    enrolment,
    firmware,
    keys,
    latency,
    listening,
    policy,
    ports,
    running,
    security,
    settings,
)
from gatetools.doctor.examination import Check
from gatetools.doctor.patient import Patient


def rounds(patient: Patient) -> list[Check]:
    """All checks of a patient; each port that was given is listened to by a check of its own."""
    every = (settings, running, ports, drivers, latency, firmware, keys, enrolment, policy, data, clock, security)
    found = [Check(module.__name__.rsplit(".", 1)[-1], partial(module.findings, patient)) for module in every]
    heard = [
        Check(f"listening {url}", partial(listening.findings, patient, url)) for url in dict.fromkeys(patient.given)
    ]
    return found[:3] + heard + found[3:] + [Check("bench", bench.findings)]
