"""Whether the settings file can be used."""

from collections.abc import Iterator

from gatetools.doctor.finding import Finding
from gatetools.doctor.patient import Patient


def findings(patient: Patient) -> Iterator[Finding]:
    """One finding for the file, or one for each thing to mend."""
    subject = str(patient.config)
    for problem in patient.problems:
        yield Finding("settings-wrong", subject, {"problem": problem})
    if patient.settings:
        yield Finding("settings-good", subject, {"ports": len(patient.configured)})
    elif not patient.problems:
        yield Finding("settings-absent", subject)
