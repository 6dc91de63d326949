"""How other commands of this user speak to the running gatehouse: JSON lines over a Unix socket in its data folder.

    {"do": "order", "id": 1, "lane": "A1", "order": "open", "reason": "wheelchair", "name": null}
    {"do": "acknowledge", "id": 2, "alarm": 7, "name": null}
    {"do": "scene", "id": 3}      the scene once
    {"do": "watch", "id": 4}      the scene, and from then on every event as `gatehouse run --events` writes it

Each is answered by {"answer": its id, "result": ...}, a `Result` of an order or one of `requests`. Who asks is what
the operating system says of the other end, never what stands in a line.
"""
