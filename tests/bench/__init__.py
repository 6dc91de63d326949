"""The project's numbers, measured: `python -m tests.bench`. Ratios and wire limits beside every absolute time."""
