"""Signed files in which a health office hands statuses to stations. README.md here is the format."""
