"""Retention: what is too old goes by itself, provably, and nothing that is not."""
