"""Starts the gate: service mode while the button is held, else the lane, which ends in nothing but a reset."""

import micropython

# First of all: 03 is a byte like any other on the link, and must not interrupt the firmware.
micropython.kbd_intr(-1)

import gc  # noqa: E402

# What loading leaves behind is collected at once: code that settles between garbage would leave no large blocks.
gc.threshold(2048)

try:
    from gate import hal
except Exception:  # noqa: BLE001 - nobody could look after outputs or service mode
    # A soft reset, for what the chip's own would need has not loaded; `gate flash` reaches such a chip all the same.
    raise SystemExit

if hal.service_held():
    # Service mode: no lane, relays inactive, no watchdog; the REPL follows, until the time is up.
    from gate import service

    service.enter()
    micropython.kbd_intr(3)
else:
    try:
        from gate import wiring

        chosen, refusal = wiring.take()  # fire releases now, before the rest is even loaded
        wiring = None
        from gate.chosen import forget

        for done in ("wiring", "settings_text", "settings"):
            forget(done)
        from gate import start

        conductor, supervisor = start.assemble(chosen, refusal)
        start = None
        forget("start")
        conductor.serve(supervisor)
    except Exception as failure:  # noqa: BLE001 - told where somebody may read it; the reset follows in any case
        hal.tell_console(failure)
    finally:
        hal.reset()
