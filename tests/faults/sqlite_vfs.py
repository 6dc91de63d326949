"""The layer between SQLite and the system, as C sees it: SQLite's structures, taken from the library that is loaded.

Layouts and names: sqlite3.h, objects sqlite3_vfs (iVersion 3) and sqlite3_io_methods (iVersion 3).
"""

import _sqlite3
import ctypes

OK = 0
PERM, FULL, CANTOPEN = 3, 13, 14
IOERR = 10
IOERR_READ, IOERR_WRITE, IOERR_FSYNC, IOERR_TRUNCATE = (IOERR | number << 8 for number in (1, 3, 4, 6))
IOERR_SHORT_READ = IOERR | 2 << 8
CREATE = 0x4  # SQLITE_OPEN_CREATE

Pointer, Int, Long, Text = ctypes.c_void_p, ctypes.c_int, ctypes.c_longlong, ctypes.c_char_p
Open = ctypes.CFUNCTYPE(Int, Pointer, Pointer, Pointer, Int, ctypes.POINTER(Int))  # vfs, name, file, flags, out flags
Delete = ctypes.CFUNCTYPE(Int, Pointer, Text, Int)  # vfs, name, whether the folder is synced
Close = ctypes.CFUNCTYPE(Int, Pointer)
Transfer = ctypes.CFUNCTYPE(Int, Pointer, Pointer, Int, Long)  # file, buffer, bytes, offset
Truncate = ctypes.CFUNCTYPE(Int, Pointer, Long)
Sync = ctypes.CFUNCTYPE(Int, Pointer, Int)


class Methods(ctypes.Structure):
    """sqlite3_io_methods."""

    _fields_ = [
        ("version", Int),
        ("close", Close),
        ("read", Transfer),
        ("write", Transfer),
        ("truncate", Truncate),
        ("sync", Sync),
        # Size, three for locks, control, sector size, characteristics; four for shared memory; two for mapped pages.
        *((f"other_{number}", Pointer) for number in range(13)),
    ]


class File(ctypes.Structure):
    """sqlite3_file: whatever a VFS keeps of an open file begins with this."""

    _fields_ = [("methods", ctypes.POINTER(Methods))]


class Vfs(ctypes.Structure):
    """sqlite3_vfs."""

    _fields_ = [
        ("version", Int),
        ("file_bytes", Int),
        ("path_max", Int),
        ("next", Pointer),
        ("name", Text),
        ("data", Pointer),
        ("open", Open),
        ("delete", Delete),
        *((f"other_{number}", Pointer) for number in range(14)),
    ]


def library() -> ctypes.CDLL:
    """The SQLite that the module sqlite3 uses: names are looked for in the module and in what it is linked to.

    RuntimeError where this Python hides them.
    """
    found = ctypes.CDLL(getattr(_sqlite3, "__file__", None))
    if not hasattr(found, "sqlite3_vfs_register"):
        raise RuntimeError(
            "this Python has its SQLite inside and shows none of it, so no power can be cut in it. Make the "
            "environment with one that is linked to libsqlite3, as those of Linux distributions and of pyenv are."
        )
    found.sqlite3_vfs_find.argtypes, found.sqlite3_vfs_find.restype = [Text], ctypes.POINTER(Vfs)
    found.sqlite3_vfs_register.argtypes = [ctypes.POINTER(Vfs), Int]
    found.sqlite3_vfs_unregister.argtypes = [ctypes.POINTER(Vfs)]
    return found
