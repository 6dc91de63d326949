"""Versions of register.db."""
