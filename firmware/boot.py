"""Runs before main.py. The outputs get their safe level here already, before anything can fail."""

from gate import hal

hal.set_relay(on=False)
