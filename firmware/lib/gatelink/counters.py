"""What an end counts; plain numbers, for whoever asks how the line is doing."""


class Counters:
    """Counts since the end was made. Nothing here decides anything but when a gate collects its garbage."""

    def __init__(self) -> None:
        self.frames_in = 0
        self.frames_out = 0
        self.damaged = 0  # no frame, or not whole
        self.forged = 0  # carried this session's id and did not open: damaged, or made by somebody else
        self.replayed = 0  # opened once before
        self.old_session = 0  # sealed under another session's id
        self.ill_formed = 0  # opened, but broke the protocol
        self.repeated = 0  # frames sent again
        self.duplicates = 0  # messages received again
        self.naks_in = 0
        self.naks_out = 0
        self.handshakes = 0
        self.refused = 0
        self.round_trip_ms = 0
