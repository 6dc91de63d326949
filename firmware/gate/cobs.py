"""Consistent Overhead Byte Stuffing (Cheshire and Baker, 1999): a body without any zero byte.

A code byte n stands before n - 1 bytes; a zero follows them, except after n = 255 and at the end.
"""

RUN_MAX = 254


def stuff(body: bytes) -> bytes:
    """The stuffed form, without delimiters."""
    out = bytearray()
    start = 0
    size = len(body)
    open_run = True  # a run has begun that no code byte covers yet
    while True:
        zero = body.find(b"\0", start)
        end = size if zero < 0 else zero
        while end - start >= RUN_MAX:
            out.append(RUN_MAX + 1)
            out.extend(body[start : start + RUN_MAX])
            start += RUN_MAX
            open_run = False
        if zero < 0:
            break
        out.append(end - start + 1)
        out.extend(body[start:end])
        start = end + 1
        open_run = True
    if open_run or start < size:
        out.append(size - start + 1)
        out.extend(body[start:])
    return bytes(out)


def unstuff(stuffed: bytes) -> bytes:
    """The body; ValueError for a zero inside or a run that ends too early."""
    out = bytearray()
    at = 0
    size = len(stuffed)
    if stuffed.find(b"\0") >= 0:
        raise ValueError("zero inside")
    while at < size:
        code = stuffed[at]
        end = at + code
        if end > size:
            raise ValueError("ends too early")
        out.extend(stuffed[at + 1 : end])
        if code <= RUN_MAX and end < size:
            out.append(0)
        at = end
    return bytes(out)
