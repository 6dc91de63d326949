"""What travellers see and hear, from the firmware's tables: each signal, each reason, each recording."""

from gatehouse import words
from gatelink import codes

from gatetools import sayings

BLOCK_MS = 100
ROUND_MS = 4000  # what a drawn light shows
LAMPS = {1: "red", 2: "green", 4: "amber"}
TO_DO = ("lay the card down", "wait", "go", "stay", "see staff", "lay the card down again", "fire: get out", "closed")


def blocks(steps_ms: list[int], shown_ms: int, *, again: bool) -> str:
    """On and off as blocks of BLOCK_MS; no steps = always on. again: round and round."""
    drawn = ""
    at = 0
    while len(drawn) * BLOCK_MS < shown_ms:
        if not steps_ms:
            drawn += "█"
            continue
        if not again and at == len(steps_ms):
            break
        step = steps_ms[at % len(steps_ms)]
        drawn += ("·" if at % len(steps_ms) & 1 else "█") * max(1, round(step / BLOCK_MS))
        at += 1
    return drawn[: shown_ms // BLOCK_MS]


def signals_table() -> str:
    """One row for each signal: what to do, light, sound, and the words for it."""
    indicators = sayings.module("gate.indicators")
    rows = [
        f"| to do | lamp | light, {BLOCK_MS} ms a block | sound | Chinese | English |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for signal, to_do in enumerate(TO_DO):
        lamps, light, sound = indicators.pattern(signal)
        light_ms, sound_ms = ([indicators.UNIT_MS * step for step in steps] for steps in (light, sound))
        drawn = blocks(light_ms, ROUND_MS, again=True)
        heard = f"`{blocks(sound_ms, ROUND_MS, again=False)}`" if sound_ms else "none"
        said = " | ".join(sayings.text(signal, language) for language in ("zh", "en"))
        rows.append(f"| {to_do} | {LAMPS[lamps]} | `{drawn}` | {heard} | {said} |")
    return "\n".join(rows)


def reasons_table() -> str:
    """One row for each reason: what it means for staff, what the traveller is to do, and what is said."""
    rows = ["| reason | to do | saying | Chinese | English |", "| --- | --- | --- | --- | --- |"]
    for reason in codes.names("REASON_"):
        signal, number = sayings.of_reason(reason)
        said = " | ".join(sayings.text(number, language) for language in ("zh", "en"))
        rows.append(f"| {words.REASONS[reason][1]} | {TO_DO[signal]} | {number} | {said} |")
    return "\n".join(rows)


def script() -> str:
    """One row for each file to record."""
    rows = ["| file | language | read out |", "| --- | --- | --- |"]
    rows += [f"| `{one.file}` | {one.language} | {one.text} |" for one in sayings.recordings()]
    return "\n".join(rows)
