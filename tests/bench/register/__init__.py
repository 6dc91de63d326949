"""The register at size: how fast millions come in, how fast one of them is found meanwhile, and what each takes.

people.py       as many synthetic people as wanted, as prepared rows and as a CSV file
trial.py        one import, as a process of its own: `bare` sqlite3, the register's `load`, a CSV file
asking.py       lookups beside it, as a process of its own
measure.py      all of it
chapter.py      its section of RESULTS.md
"""
