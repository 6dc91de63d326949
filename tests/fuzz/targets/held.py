"""How much an object holds on to: everything that can be reached from it and that input may have put there."""

ITEM_BYTES = 8  # what a place in a list counts


def held(thing):
    """Bytes, and places in lists and maps, in all that `thing` refers to; code, classes and ciphers do not count."""
    return _held(thing, [])


def _held(thing, seen):
    if thing is None or isinstance(thing, int):
        return 0
    for other in seen:
        if other is thing:
            return 0
    if isinstance(thing, (bytes, bytearray, str)):
        return len(thing)
    seen.append(thing)
    if isinstance(thing, (list, tuple)):
        return sum([ITEM_BYTES + _held(item, seen) for item in thing])
    if isinstance(thing, dict):
        return sum([ITEM_BYTES + _held(key, seen) + _held(thing[key], seen) for key in thing])
    inside = getattr(thing, "__dict__", None)
    if inside is None or isinstance(thing, type):
        return 0
    return sum([_held(inside[name], seen) for name in inside if name not in ("_suite", "_cipher", "_roster")])
