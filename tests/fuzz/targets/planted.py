"""No noun of the product: breaks on one input, for the test that the hunt finds and tells what breaks."""


def run(data):
    """Whatever begins with FUZZ breaks it, one letter after the other."""
    if data[:1] == b"F" and data[1:2] == b"U" and data[2:3] == b"Z" and data[3:4] == b"Z":
        raise RuntimeError("planted")
    return "harmless"
