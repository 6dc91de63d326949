"""Starts the firmware out of a flash image, as the chip does: mount `vfs`, run boot.py, run main.py.

The image is the file vfs.bin in the folder GATE_FLASH. It is mounted with the interpreter's own VfsLfs2, as on the
chip, and everything of the firmware comes out of it; only the chip's modules stand in front.
"""

import os
import sys

import vfs
from nor import BLOCK_BYTES, Nor

image = (os.getenv("GATE_FLASH") or ".") + "/vfs.bin"
vfs.mount(vfs.VfsLfs2(Nor(image, os.stat(image)[6] // BLOCK_BYTES)), "/image")
os.chdir("/image")
chip = sys.path[:]
sys.path[:] = ["", "/image/lib"] + chip

import boot
import main
