"""System calls that fail from now on in this process: a disk with errors, a disk mounted read-only.

The kernel itself answers the call with the error (seccomp), so the program, its database library and the
language meet what they would meet on a broken disk. It cannot be taken back; use it in a process of its own.
"""

import ctypes
import os
import platform
import struct

NUMBERS = {
    "x86_64": {"pwrite64": 18, "pread64": 17, "fsync": 74, "fdatasync": 75, "write": 1},
    "aarch64": {"pwrite64": 68, "pread64": 67, "fsync": 82, "fdatasync": 83, "write": 64},
}
NO_NEW_PRIVILEGES, SECCOMP, FILTER = 38, 22, 2
ALLOW, ERROR = 0x7FFF0000, 0x00050000
LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_void_p))


def fail(number, *names):
    """Every call of these names ends with the error `number` (an errno) from now on.

    SQLite writes its files with pwrite64 and secures them with fsync or fdatasync; the language writes with
    write.
    """
    known = NUMBERS.get(platform.machine())
    assert known, f"the system calls of {platform.machine()} are not listed here; add them"
    code = _rule(LOAD, 0, 0, 0)  # the call's number
    for name in names:
        code += _rule(JUMP_IF_EQUAL, 0, 1, known[name]) + _rule(RETURN, 0, 0, ERROR | number)
    code += _rule(RETURN, 0, 0, ALLOW)
    kept = ctypes.create_string_buffer(code, len(code))
    program = _Program(len(code) // 8, ctypes.cast(kept, ctypes.c_void_p))
    libc = ctypes.CDLL(None, use_errno=True)
    for words in ((NO_NEW_PRIVILEGES, 1, 0, 0, 0), (SECCOMP, FILTER, ctypes.byref(program), 0, 0)):
        if libc.prctl(*words) != 0:
            raise OSError(ctypes.get_errno(), f"seccomp: {os.strerror(ctypes.get_errno())}")


def _rule(operation, if_true, if_false, value):
    return struct.pack("HBBI", operation, if_true, if_false, value)
