"""Health platforms on loopback: real HTTP, each in its own wire format, with seeded latency and faults.

They share no code with what asks them (`gatehouse.platforms`): signatures, tokens and formats are written here again.
`gate platform NAME` starts one. Look here to change how a simulated platform answers or fails.
"""
