"""Faults by the thousand against the link, seeded: on virtual time, and against real processes over paced ptys."""
