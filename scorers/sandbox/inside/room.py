"""The room a program runs in: its own namespaces, and a file system of a few read-only folders and a little memory."""

from __future__ import annotations

import ctypes
import os
from typing import Any

from calls import LIBC, call

_NEWNS, _NEWCGROUP, _NEWUTS, _NEWIPC = 0x00020000, 0x02000000, 0x04000000, 0x08000000
_NEWUSER, _NEWPID, _NEWNET = 0x10000000, 0x20000000, 0x40000000
_ROOM = _NEWNS | _NEWCGROUP | _NEWUTS | _NEWIPC | _NEWPID | _NEWNET

_RDONLY, _NOSUID, _NODEV, _BIND, _REC, _PRIVATE = 1, 2, 4, 4096, 16384, 1 << 18
_DETACH, _AT_FDCWD, _AT_RECURSIVE = 2, -100, 0x8000
_MOUNT_SETATTR = 442  # the same on every architecture
_DEVICES = ("null", "zero", "urandom", "random")
_LINKS = ("bin", "sbin", "lib", "lib32", "lib64")


def enter(*, user: bool) -> None:
    """Move into new namespaces, one of users among them where there is no privilege; children have a process namespace.

    Raises OSError where the system forbids it.
    """
    if not user:
        call("unshare", _ROOM)
        return
    uid, gid = os.geteuid(), os.getegid()
    call("unshare", _ROOM | _NEWUSER)
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        with open(f"/proc/self/{name}", "w") as handle:
            handle.write(text)


def furnish(task: dict[str, Any]) -> None:
    """Make the file system and move into it; nothing of the old one can be reached afterwards."""
    call("mount", b"none", b"/", None, ctypes.c_ulong(_REC | _PRIVATE), None)
    place = task["place"]
    _memory(place, size=1 << 20, inodes=256)
    os.chdir(place)
    for folder in task["folders"]:
        _shown(folder)
    for name in _LINKS:
        if os.path.islink("/" + name):
            os.symlink(os.readlink("/" + name), name)
        elif os.path.isdir("/" + name):
            _shown("/" + name)
    os.mkdir("dev")
    for name in _DEVICES:
        os.close(os.open(f"dev/{name}", os.O_CREAT | os.O_WRONLY))
        call("mount", f"/dev/{name}".encode(), f"dev/{name}".encode(), None, ctypes.c_ulong(_BIND), None)
    if os.path.exists("/etc/ld.so.cache"):
        os.mkdir("etc")
        os.close(os.open("etc/ld.so.cache", os.O_CREAT | os.O_WRONLY))
        call("mount", b"/etc/ld.so.cache", b"etc/ld.so.cache", None, ctypes.c_ulong(_BIND), None)
        _read_only("etc/ld.so.cache")
    os.mkdir("work")
    _memory("work", size=task["limits"]["disk"], inodes=task["limits"]["inodes"], mode="0777")
    os.symlink("work", "tmp")
    for name, text in task["texts"].items():
        with open(f"work/{name}", "w", encoding="utf-8", newline="") as handle:
            handle.write(text)
        os.chmod(f"work/{name}", 0o644)
    os.mkdir("old")
    call("pivot_root", b".", b"old")
    os.chdir("/")
    call("umount2", b"/old", _DETACH)
    os.rmdir("/old")
    _read_only("/", recursive=False)
    os.chdir("/work")


def _memory(place: str, *, size: int, inodes: int, mode: str = "0755") -> None:
    given = f"size={size},nr_inodes={inodes},mode={mode}".encode()
    call("mount", b"tmpfs", place.encode(), b"tmpfs", ctypes.c_ulong(_NOSUID | _NODEV), given)


def _shown(folder: str) -> None:
    """A folder of the machine, read-only at the same place, with all that is mounted in it."""
    inside = folder.lstrip("/")
    os.makedirs(inside, exist_ok=True)
    call("mount", folder.encode(), inside.encode(), None, ctypes.c_ulong(_BIND | _REC), None)
    _read_only(inside)


def _read_only(place: str, *, recursive: bool = True) -> None:
    attributes = (ctypes.c_uint64 * 4)(_RDONLY | _NOSUID | (0 if place == "/" else _NODEV), 0, 0, 0)
    flags = _AT_RECURSIVE if recursive else 0
    if LIBC.syscall(_MOUNT_SETATTR, _AT_FDCWD, place.encode(), flags, attributes, ctypes.c_size_t(32)) == -1:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), "mount_setattr")
