"""The rules that an operator can read: `README.md` is the guide to the file.

`state` is the safe core, in code: what a card and a status amount to. `conditions` and `rule_set` are what a file may
say beyond it, `soundness` refuses what would let too much through, `rule_file` reads, `book` keeps the set in force,
`explanation` shows which rule fired.
"""
