"""Versions of lists.db."""
