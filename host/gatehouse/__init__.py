"""The host process on the station PC: it looks the traveller up and decides."""
