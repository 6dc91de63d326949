"""Gatehouse: the process on the station PC that looks travellers up and decides.

Navigating: `cli` is the command, `app` the process, `gates` one line with the gate behind it, `ports` its bytes.
A tap goes through `answering`: `person` checks the number, `register` knows the status, `decide` applies the rules.
What the lanes did goes through `ledger_writer` into `ledger`. `house` is what all lines share. `settings` is the
file that an operator writes, `keyfile` the one that enrolment writes (`key_opening` makes and opens it, `vault` seals
its rows, `protectors` wrap the vault's key), `words` what people read.
"""
