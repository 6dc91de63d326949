"""An auditor's own check of what a ledger gives out: exports and proofs, by the standards' text and nothing of ours.

Needs hashlib, cbor2 and cryptography. `python ledger_oracle.py FILE PUBLIC_KEY_HEX` says what is wrong, or nothing.
"""

import hashlib
import json
import sys

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


class Wrong(Exception):
    """What was given out does not hold."""


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def inner(left, right):
    return sha256(b"\1", left, right)


def need(holds, what):
    if not holds:
        raise Wrong(what)


def signed_head(signed, signature, public):
    """(number, size, root, time, digest of the head before) of a head that the station's key has signed."""
    domain, number, size, root, at_s, before, signer = cbor2.loads(signed)
    need(domain == "gatehouse ledger head 1" and signer == public, f"head {number}: of another station")
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, signed)
    except InvalidSignature:
        raise Wrong(f"head {number}: signature") from None
    return number, size, root, at_s, before


def tree_root(stack):
    """Root over subtrees (size, hash), the largest first."""
    root = None
    for _, node in reversed(stack):
        root = node if root is None else inner(node, root)
    return sha256() if root is None else root


def check_export(file, public):
    """Read a whole export; how many entries and heads it has. Wrong names what does not hold."""
    decoder = cbor2.CBORDecoder(file)
    try:
        kind, key, size = decoder.decode()
        need(kind == "gatehouse ledger export 1" and key == public, "export: of another station")
        stack, count, head_count, before, covered = [], 0, 0, bytes(32), 0
        while True:
            item = decoder.decode()
            if isinstance(item, list) and item[0] == "end":
                need(item == ["end", count, head_count] and count == size, "export: cut short")
                need(not file.read(1), "export: more behind its end")
                return count, head_count, covered
            if isinstance(item, list) and item[0] == "head":
                number, covered, root, _, link = signed_head(item[1], item[2], public)
                head_count += 1
                need((number, link) == (head_count, before), f"head {number}: not in its place")
                need((covered, root) == (count, tree_root(stack)), f"head {number}: not over these {count} entries")
                before = sha256(item[1])
                continue
            count += 1
            leaf = item if isinstance(item, bytes) else sha256(b"\0", *item)
            need(len(leaf) == 32, f"entry {count}: no leaf")
            stack.append((1, leaf))
            while len(stack) > 1 and stack[-1][0] == stack[-2][0]:
                (width, left), (_, right) = stack[-2:]
                stack[-2:] = [(2 * width, inner(left, right))]
    except (cbor2.CBORDecodeError, TypeError, ValueError, IndexError, EOFError) as failure:
        raise Wrong(f"export: {failure}") from None


def check_proof(text, public):
    """What a proof proves, in words. Wrong if it does not."""
    told = json.loads(text)
    need(told["format"] == "gatehouse ledger proof 1", "proof: of another form")
    path = [bytes.fromhex(one) for one in told["path"]]
    _, size, root, _, _ = signed_head(*(bytes.fromhex(told["head"][name]) for name in ("signed", "signature")), public)
    if told["proves"] == "inclusion":
        number, leaf = told["number"], bytes.fromhex(told["leaf"])
        if told["entry"] is not None:
            need(leaf == sha256(b"\0", bytes.fromhex(told["salt"]), bytes.fromhex(told["entry"])), "proof: leaf")
        need(included(number - 1, size, leaf, path, root), f"entry {number}: not in that head's tree")
        return f"entry {number} is one of {size}"
    old = told["old"]
    _, old_size, old_root, _, _ = signed_head(*(bytes.fromhex(old[name]) for name in ("signed", "signature")), public)
    need(consistent(old_size, size, old_root, root, path), f"{old_size} entries: not the beginning of {size}")
    return f"{old_size} entries are the beginning of {size}"


def included(index, size, leaf, path, root):
    """RFC 9162 section 2.1.3.2."""
    if not 0 <= index < size:
        return False
    fn, sn, r = index, size - 1, leaf
    for p in path:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            r = inner(p, r)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = inner(r, p)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and r == root


def consistent(first, second, first_root, second_root, path):
    """RFC 9162 section 2.1.4.2."""
    if first == second:
        return not path and first_root == second_root
    if not 0 < first < second or not path:
        return False
    path = path if first & (first - 1) else [first_root, *path]
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = inner(c, fr), inner(c, sr)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = inner(sr, c)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and (fr, sr) == (first_root, second_root)


if __name__ == "__main__":
    name, key = sys.argv[1], bytes.fromhex(sys.argv[2])
    with open(name, "rb") as opened:  # noqa: PTH123 - no more modules than needed
        is_proof = opened.peek(1)[:1] == b"{"
        print(check_proof(opened.read(), key) if is_proof else check_export(opened, key))
