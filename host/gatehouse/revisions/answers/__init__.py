"""Versions of answers.db."""
