"""What a register remembers of itself, in its table `meta`: its key's mark, the bundles taken, the last change."""

import sqlalchemy as sa

from gatehouse.schema import REGISTER

META = REGISTER.tables["meta"]


def remembered(connection: sa.Connection, name: str) -> str | None:
    """None if nothing is."""
    return connection.execute(sa.select(META.c.value).where(META.c.name == name)).scalar()


def remember(connection: sa.Connection, name: str, value: str) -> None:
    """In place of what was remembered before."""
    connection.execute(META.delete().where(META.c.name == name))
    connection.execute(META.insert().values(name=name, value=value))
