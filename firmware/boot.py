"""Runs before main.py: safe outputs before anything can fail, then an update that was decided on is put in place.

An exception that left this file would keep main.py from running. While an update is being put in place the files of
two versions lie side by side, so `hal` may not even load; finishing the update mends that.
"""

import micropython

# 03 may come on the link already now, and must not interrupt this; when main.py starts, it is undone.
micropython.kbd_intr(-1)

try:
    from gate import hal

    hal.set_relays(0)
except Exception:  # noqa: BLE001, S110 - main.py tells it, if finishing an update does not mend it
    pass

put_in_place = False
try:
    import sys

    import gate
    from gate import update

    put_in_place = update.finish()
    # The lane needs the heap that this took.
    del update, gate.update, sys.modules["gate.update"]
except Exception:  # noqa: BLE001, S110 - the gate runs with what is there; tools are told when they look
    pass

if put_in_place:
    # A soft reset, so that nothing of the old firmware stays loaded.
    raise SystemExit
