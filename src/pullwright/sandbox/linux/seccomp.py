"""The system call filter of a sandbox: hand-made classic BPF for x86-64 and aarch64, read by `bwrap --seccomp`.

    program      another architecture (i386, x32) ─▶ killed
    ├── GONE     ─▶ ENOSYS   as on a kernel without it, so that programs fall back (clone3, io_uring, openat2…)
    ├── DENIED   ─▶ EPERM
    └── by argument ─▶ EPERM  new namespaces, set-id bits, kinds of sockets, terminals' line disciplines, personalities

What cannot be judged by its arguments (clone3 and openat2 take a pointer) answers ENOSYS. Set-id bits are refused because
as root what a sandbox writes lies on disk as the project owner's: a set-id file there would be a gift to other users.
Numbers: arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h of Linux 6.12.
"""

from __future__ import annotations

import errno
import os
import platform
import struct
from functools import cache

from pullwright.protocol.errors import NoIsolation

X86_64, AARCH64 = 0xC000003E, 0xC00000B7
_ARCHITECTURES = {"x86_64": X86_64, "aarch64": AARCH64}
_X32 = 0x40000000

_LOAD, _EQUAL, _ABOVE, _ANY_BIT, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_KILL, _ALLOW, _ERRNO = 0x80000000, 0x7FFF0000, 0x00050000
_NUMBER, _ARCH = 0, 4

# name: (x86-64, aarch64); None where the architecture has no such call
_Numbers = tuple[int | None, int | None]

GONE: dict[str, _Numbers] = {
    "clone3": (435, 435),
    "openat2": (437, 437),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "userfaultfd": (323, 282),
    "perf_event_open": (298, 241),
    "fanotify_init": (300, 262),
    "fanotify_mark": (301, 263),
    "memfd_secret": (447, 447),
}
"""Answered as if the kernel did not have them."""

DENIED: dict[str, _Numbers] = {
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "open_tree_attr": (467, 467),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "kcmp": (312, 272),
    "pidfd_getfd": (438, 438),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "bpf": (321, 280),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "create_module": (174, None),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "reboot": (169, 142),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "clock_adjtime": (305, 266),
    "adjtimex": (159, 171),
    "acct": (163, 89),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "lookup_dcookie": (212, 18),
    "syslog": (103, 116),
    "vhangup": (153, 58),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "iopl": (172, None),
    "ioperm": (173, None),
    "modify_ldt": (154, None),
    "uselib": (134, None),
    "ustat": (136, None),
    "sysfs": (139, None),
    "nfsservctl": (180, 42),
    "vmsplice": (278, 75),
    "mbind": (237, 235),
    "set_mempolicy": (238, 237),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
}
"""Refused whatever the arguments."""

# CLONE_NEWTIME (0x80) lies in the exit signal's byte, so that clone cannot take it
_NEW_NAMESPACES = 0x02000000 | 0x00020000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000
_SET_ID = 0o6000
_MODES: tuple[tuple[_Numbers, int], ...] = (
    ((90, None), 1),  # chmod
    ((91, 52), 1),  # fchmod
    ((268, 53), 2),  # fchmodat
    ((452, 452), 2),  # fchmodat2
    ((2, None), 2),  # open
    ((257, 56), 3),  # openat
    ((85, None), 1),  # creat
    ((83, None), 1),  # mkdir
    ((258, 34), 2),  # mkdirat
    ((133, None), 1),  # mknod
    ((259, 33), 2),  # mknodat
)
_O_CREATES = 0o100 | 0o20000000
_OPENS: dict[_Numbers, int] = {(2, None): 1, (257, 56): 2}
_CLONE: _Numbers = (56, 220)
_THREAD, _SHARES_FILES = 0x00010000, 0x00000400
_CLOSE_RANGE: _Numbers = (436, 436)
_CLOSE_RANGE_UNSHARE = 2
_SOCKET: _Numbers = (41, 198)
_SOCKETPAIR: _Numbers = (53, 199)
_IOCTL: _Numbers = (16, 29)
_PERSONALITY: _Numbers = (135, 92)
_FAMILIES = (1, 2, 10, 16)  # UNIX, INET, INET6, NETLINK
_TRANSPORTS = (0, 1, 6, 17, 58)  # the type's own, ICMP (ping), TCP, UDP, ICMPv6; so neither SCTP, DCCP nor MPTCP
_TERMINAL_HARM = (0x5412, 0x541C, 0x5423)  # TIOCSTI, TIOCLINUX, TIOCSETD
_PERSONALITIES = (0, 8, 0x20000, 0x20008, 0x40000, 0xFFFFFFFF)


def _one(code: int, value: int, true: int = 0, false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, true, false, value)


def _refuse(error: int) -> bytes:
    return _one(_RETURN, _ERRNO | error)


def _argument(index: int) -> bytes:
    """Loads an argument's low half: what the kernel itself looks at for every argument judged here."""
    return _one(_LOAD, 16 + 8 * index)


def _when(number: int, body: bytes) -> bytes:
    """The body when the loaded system call is `number`; the body returns or runs off its end with the number loaded again."""
    body += _one(_LOAD, _NUMBER)
    return _one(_EQUAL, number, 0, len(body) // 8) + body


def _only(index: int, allowed: tuple[int, ...], error: int = errno.EPERM, *, bits: int = 0xFFFFFFFF) -> bytes:
    """Refuse unless the argument (these bits of it) is one of `allowed`; goes on after."""
    body = _argument(index) + _one(_AND, bits)
    for position, value in enumerate(allowed):
        body += _one(_EQUAL, value, len(allowed) - position)
    return body + _refuse(error)


def _not(index: int, denied: tuple[int, ...]) -> bytes:
    return _argument(index) + b"".join(_one(_EQUAL, value, 0, 1) + _refuse(errno.EPERM) for value in denied)


def _no_bits(index: int, bits: int, error: int = errno.EPERM) -> bytes:
    return _argument(index) + _one(_ANY_BIT, bits, 0, 1) + _refuse(error)


def _threads_share_files() -> bytes:
    """A thread with descriptors of its own, which nobody uses, could hide removed files from the watch of the disk."""
    return _argument(0) + _one(_ANY_BIT, _THREAD, 0, 2) + _one(_ANY_BIT, _SHARES_FILES, 1) + _refuse(errno.EPERM)


def _open_mode(flags: int, mode: int) -> bytes:
    """The mode counts only where something is made: without that the register holds anything."""
    check = _no_bits(mode, _SET_ID)
    return _argument(flags) + _one(_ANY_BIT, _O_CREATES, 0, len(check) // 8) + check


def _socket() -> bytes:
    """Known families; and no raw sockets, but for netlink, where the type says nothing."""
    kind = _argument(1) + _one(_AND, 0xF) + _one(_EQUAL, 3, 0, 1) + _refuse(errno.EPERM)
    return _only(0, _FAMILIES) + _argument(0) + _one(_EQUAL, 16, len(kind) // 8) + kind + _internet() + _netlink()


def _internet() -> bytes:
    """Streams and datagrams of the common transports; others as on a kernel without them, so that programs fall back."""
    check = _only(1, (1, 2), errno.ESOCKTNOSUPPORT, bits=0xF) + _only(2, _TRANSPORTS, errno.EPROTONOSUPPORT)
    return _argument(0) + _one(_EQUAL, 2, 1) + _one(_EQUAL, 10, 0, len(check) // 8) + check


def _netlink() -> bytes:
    """Of netlink only routes (protocol 0), which name resolution asks for."""
    check = _argument(2) + _one(_EQUAL, 0, 1) + _refuse(errno.EPERM)
    return _argument(0) + _one(_EQUAL, 16, 0, len(check) // 8) + check


def _program(column: int, architecture: int) -> bytes:
    blocks = [_one(_LOAD, _ARCH) + _one(_EQUAL, architecture, 1) + _one(_RETURN, _KILL) + _one(_LOAD, _NUMBER)]
    if architecture == X86_64:
        blocks.append(_one(_ABOVE, _X32, 0, 1) + _one(_RETURN, _KILL))

    def add(numbers: _Numbers, body: bytes) -> None:
        number = numbers[column]
        if number is not None:
            blocks.append(_when(number, body))

    for numbers in GONE.values():
        add(numbers, _refuse(errno.ENOSYS))
    for numbers in DENIED.values():
        add(numbers, _refuse(errno.EPERM))
    for numbers, index in _MODES:
        flags = _OPENS.get(numbers)
        add(numbers, _no_bits(index, _SET_ID) if flags is None else _open_mode(flags, index))
    add(_CLONE, _no_bits(0, _NEW_NAMESPACES) + _threads_share_files())
    add(_CLOSE_RANGE, _no_bits(2, _CLOSE_RANGE_UNSHARE, errno.EINVAL))
    add(_SOCKET, _socket())
    add(_SOCKETPAIR, _only(0, (1,)))
    add(_IOCTL, _not(1, _TERMINAL_HARM))
    add(_PERSONALITY, _only(0, _PERSONALITIES))
    return b"".join(blocks) + _one(_RETURN, _ALLOW)


@cache
def seccomp_filter(machine: str = "") -> bytes:
    """The filter for `machine` (this one when empty) as an array of `struct sock_filter`. Raises `NoIsolation`."""
    machine = machine or platform.machine()
    architecture = _ARCHITECTURES.get(machine)
    if architecture is None:
        raise NoIsolation(f"no system call filter is known for {machine}", fix="use --sandbox gvisor or --sandbox container")
    return _program(0 if architecture == X86_64 else 1, architecture)


def filter_descriptor() -> int:
    """A pipe's reading end that holds the filter; the caller closes it."""
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as pipe:
        pipe.write(seccomp_filter())
    return reading
