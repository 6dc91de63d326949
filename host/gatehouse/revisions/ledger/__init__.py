"""Versions of ledger.db."""
