"""The interpreter's own module behind one that a file in this folder replaces."""

import sys


def module(name):
    """The built-in module `name`, past every file of that name."""
    path = sys.path[:]
    sys.path[:] = []
    shadow = sys.modules.pop(name, None)
    found = __import__("u" + name)
    sys.path[:] = path
    if shadow is not None:
        sys.modules[name] = shadow
    return found
