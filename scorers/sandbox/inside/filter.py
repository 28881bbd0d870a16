"""A filter of system calls (seccomp): what leads out of a room, or into the depths of the kernel, is refused.

Namespaces and limits hold a program; the filter takes away what could be used to break them. New processes and threads
are let through, sockets only within the machine's memory (AF_UNIX): the room has no network anyway.
"""

from __future__ import annotations

import ctypes
import os
import struct

from calls import call

# name: (x86_64, aarch64); None where the architecture has no such call
_REFUSED = {
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "mount_setattr": (442, 442),
    "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431),
    "fsmount": (432, 432), "fspick": (433, 433), "open_by_handle_at": (304, 265), "name_to_handle_at": (303, 264),
    "unshare": (272, 97), "setns": (308, 268), "bpf": (321, 280), "perf_event_open": (298, 241),
    "userfaultfd": (323, 282), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218), "kexec_load": (246, 104),
    "kexec_file_load": (320, 294), "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "reboot": (169, 142), "swapon": (167, 224), "swapoff": (168, 225), "acct": (163, 89), "quotactl": (179, 60),
    "syslog": (103, 116), "settimeofday": (164, 170), "clock_settime": (227, 112), "adjtimex": (159, 171),
    "clock_adjtime": (305, 266), "sethostname": (170, 161), "setdomainname": (171, 162), "personality": (135, 92),
    "iopl": (172, None), "ioperm": (173, None), "modify_ldt": (154, None), "move_pages": (279, 239),
    "migrate_pages": (256, 238), "mbind": (237, 235), "set_mempolicy": (238, 237), "vmsplice": (278, 75),
    "pidfd_getfd": (438, 438), "process_madvise": (440, 440), "landlock_create_ruleset": (444, 444),
    "fanotify_init": (300, 262), "mknod": (133, None), "mknodat": (259, 33), "memfd_secret": (447, 447),
}  # fmt: skip
_SOCKET, _SOCKETPAIR, _CLONE, _CLONE3 = (41, 198), (53, 199), (56, 220), (435, 435)
_ARCHITECTURES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
_NAMESPACES = 0x7E020080  # every CLONE_NEW* flag
_UNIX = 1
_X32 = 0x40000000

_LOAD, _EQUAL, _SET, _LEAST, _RETURN = 0x20, 0x15, 0x45, 0x35, 0x06
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
_ALLOW, _KILL, _ERROR = 0x7FFF0000, 0x80000000, 0x00050000
_PERMISSION, _NO_SUCH_CALL = 1, 38
_SET_SECCOMP, _FILTER = 22, 2


def install() -> None:
    """Filter the calls of this process and its children from now on; raises OSError where there is no filter for it."""
    machine = os.uname().machine
    if machine not in _ARCHITECTURES:
        raise OSError(_NO_SUCH_CALL, f"no filter of system calls is known for {machine}", "seccomp")
    instructions = b"".join(program(machine))
    buffer = ctypes.create_string_buffer(instructions, len(instructions))

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))

    given = Program(len(instructions) // 8, ctypes.cast(buffer, ctypes.c_void_p))
    call("prctl", _SET_SECCOMP, _FILTER, ctypes.byref(given), 0, 0)


def program(machine: str) -> list[bytes]:
    """The filter in the form of the Berkeley packet filter, eight bytes an instruction."""
    architecture, column = _ARCHITECTURES[machine]
    refuse, unknown = _ERROR | _PERMISSION, _ERROR | _NO_SUCH_CALL
    made = [
        _one(_LOAD, _ARCHITECTURE), _one(_EQUAL, architecture, 1, 0), _one(_RETURN, _KILL), _one(_LOAD, _NUMBER),
    ]  # fmt: skip
    if machine == "x86_64":
        made += [_one(_LEAST, _X32, 0, 1), _one(_RETURN, _KILL)]
    for numbers in _REFUSED.values():
        if (number := numbers[column]) is not None:
            made += [_one(_EQUAL, number, 0, 1), _one(_RETURN, refuse)]
    # The flags of clone3 lie in memory, where a filter cannot read them: without it, the C library calls clone.
    made += [_one(_EQUAL, _CLONE3[column], 0, 1), _one(_RETURN, unknown)]
    made += [_one(_EQUAL, _CLONE[column], 0, 4), _one(_LOAD, _FIRST_ARGUMENT)]
    made += [_one(_SET, _NAMESPACES, 0, 1), _one(_RETURN, refuse), _one(_RETURN, _ALLOW)]
    for numbers in (_SOCKET, _SOCKETPAIR):
        made += [_one(_EQUAL, numbers[column], 0, 4), _one(_LOAD, _FIRST_ARGUMENT)]
        made += [_one(_EQUAL, _UNIX, 1, 0), _one(_RETURN, refuse), _one(_RETURN, _ALLOW)]
    return [*made, _one(_RETURN, _ALLOW)]


def _one(code: int, value: int, then: int = 0, otherwise: int = 0) -> bytes:
    return struct.pack("=HBBI", code, then, otherwise, value)
