"""Commands that have a room of their own; `gatehouse.cli` puts them together."""
