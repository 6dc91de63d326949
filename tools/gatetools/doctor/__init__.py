"""`gate doctor`: what is wrong at a station or on a bench, each finding with its remedy.

`findings.toml` holds every finding's words; `examination.py` runs the checks; each check is a file with a pure core
(facts in, findings out) and a thin edge that gathers the facts through `system.py`. Nothing here writes.
"""
