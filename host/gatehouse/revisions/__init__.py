"""How each database came to its newest schema: a folder each, with a file of Alembic's for each version.

`v3_grounds.py` makes version 3 of version 2. Version 1 is a whole schema; a new database is made from
`gatehouse.schema`, and a test holds that both are the same.

To change what a database holds: add the next file here, with `upgrade()` in Alembic's operations (its `op`), or empty
if only the meaning of what is there has changed; change the table in `gatehouse.schema` to match; freeze a database of
the version before in tests/vectors/. Files that have been released stay as they are. There is no way down but the copy
that is kept. A step runs inside the transaction of all of them: it neither begins nor commits one.
"""
