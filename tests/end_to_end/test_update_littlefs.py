"""A file update on MicroPython's own LittleFS, with power cuts at the operations of its flash."""

from end_to_end.chip import run

# A block device in memory. From operation `cut_at` on nothing works any more; that one leaves half of its bytes.
CODE = """
import binascii, gc, hashlib, os, vfs
from gate import update

SIZE, COUNT = 512, 48
OLD = {"boot.py": b"old", "gate/a": b"a" * 900, "gate/gone": b"gone"}
NEW = {"boot.py": b"new boot", "gate/a": b"b" * 1500, "lib/x/y": b"y" * 20}

class Blocks:
    def __init__(self, memory, cut_at=0):
        self.memory, self.cut_at, self.operations = memory, cut_at, 0
    def _alive(self, writes):
        self.operations += writes
        if self.cut_at and self.operations > self.cut_at:
            raise OSError(5)
        return not self.cut_at or self.operations < self.cut_at
    def readblocks(self, block, buffer, offset=0):
        self._alive(0)
        at = block * SIZE + offset
        buffer[:] = self.memory[at : at + len(buffer)]
    def writeblocks(self, block, data, offset=0):
        size = len(data) if self._alive(1) else len(data) // 2
        at = block * SIZE + offset
        self.memory[at : at + size] = data[:size]
        if size < len(data):
            raise OSError(5)
    def ioctl(self, operation, argument):
        if operation == 4:
            return COUNT
        if operation == 5:
            return SIZE
        if operation == 6:
            size = SIZE if self._alive(1) else SIZE // 2
            at = argument * SIZE
            self.memory[at : at + size] = b"\\xff" * size
            return 0 if size == SIZE else -5

def mount(blocks):
    gc.collect()
    vfs.mount(vfs.VfsLfs2(blocks, readsize=16, progsize=16), "/flash")

def put(path, data):
    with open("/flash/" + path, "wb") as file:
        file.write(data)

def files(folder=""):
    found = {}
    for entry in os.ilistdir("/flash/" + folder):
        path = folder + entry[0]
        if entry[1] == 0x4000:
            found.update(files(path + "/"))
        else:
            with open("/flash/" + path, "rb") as file:
                found[path] = file.read()
    return found

def update_all():
    update.begin("/flash/")
    names = sorted(NEW)
    lines = []
    for number in range(len(names)):
        put("update/%d" % number, NEW[names[number]])
        summed = hashlib.sha256(NEW[names[number]]).digest()
        lines.append("put %s %s" % (binascii.hexlify(summed).decode(), names[number]))
    put("update/manifest", "\\n".join(lines + ["drop gate/gone", "end", ""]).encode())
    update.commit("/flash/")
    update.finish("/flash/")

memory = bytearray(SIZE * COUNT)
vfs.VfsLfs2.mkfs(Blocks(memory), readsize=16, progsize=16)
mount(Blocks(memory))
os.mkdir("/flash/gate")
for path in OLD:
    put(path, OLD[path])
vfs.umount("/flash")
first = bytes(memory)

cut_at, seen, bad = 1, {"old": 0, "new": 0}, 0
while True:
    memory = bytearray(first)
    blocks = Blocks(memory, cut_at)
    cut = False
    try:
        mount(blocks)
        update_all()
    except OSError:
        cut = True
    try:
        vfs.umount("/flash")
    except OSError:
        pass
    if not cut and blocks.operations < cut_at:
        break
    mount(Blocks(memory))
    update.finish("/flash/")
    found = files()
    kind = "old" if found == OLD else "new" if found == NEW else None
    if kind is None or (kind == "old" and seen["new"]):
        bad += 1
    else:
        seen[kind] += 1
    vfs.umount("/flash")
    cut_at += 1
print(bad, seen["old"] > 20, seen["new"] > 5, cut_at > 60)
"""


def test_a_power_cut_in_any_operation_of_the_flash_leaves_the_old_or_the_new(tmp_path):
    """Half-written and half-erased blocks included; once it is the new one, no later cut brings the old one back."""
    status, told = run(CODE, tmp_path / "flash")  # what is in the way of its own finalisers is told before

    assert (status, told[-1]) == (0, "0 True True True")
