"""Groups of the command `gatehouse`, one file for each."""
