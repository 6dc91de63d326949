"""Tools of the work bench: the command `gate`, the simulator, enrolment, documents rendered from code."""
