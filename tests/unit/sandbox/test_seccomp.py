"""The filter, run by a small interpreter of classic BPF: what it answers on both architectures."""

from __future__ import annotations

import errno
import struct

import pytest

from pullwright.protocol.errors import NoIsolation
from pullwright.sandbox.linux.seccomp import AARCH64, DENIED, GONE, X86_64, seccomp_filter

ALLOW, KILL = 0x7FFF0000, 0x80000000
MACHINES = {"x86_64": (X86_64, 0), "aarch64": (AARCH64, 1)}


def refused(error: int) -> int:
    return 0x00050000 | error


def answer(machine: str, number: int, *arguments: int, architecture: int | None = None) -> int:
    """Runs the program over `struct seccomp_data`, as the kernel does."""
    data = struct.pack(
        "=IIQ6Q",
        number,
        MACHINES[machine][0] if architecture is None else architecture,
        0,
        *arguments,
        *[0] * (6 - len(arguments)),
    )
    program = list(struct.iter_unpack("=HBBI", seccomp_filter(machine)))
    at, value = 0, 0
    while True:
        code, true, false, k = program[at]
        at += 1
        if code == 0x20:
            (value,) = struct.unpack_from("=I", data, k)
        elif code == 0x54:
            value &= k
        elif code == 0x06:
            return k
        else:
            holds = {0x15: value == k, 0x35: value >= k, 0x45: bool(value & k)}[code]
            at += true if holds else false


@pytest.mark.parametrize("machine", MACHINES)
def test_it_fits_into_the_kernel(machine: str) -> None:
    assert len(seccomp_filter(machine)) % 8 == 0
    assert len(seccomp_filter(machine)) // 8 < 4096


@pytest.mark.parametrize("machine", MACHINES)
def test_what_is_refused_whatever_the_arguments(machine: str) -> None:
    column = MACHINES[machine][1]
    for calls, said in ((GONE, errno.ENOSYS), (DENIED, errno.EPERM)):
        for name, numbers in calls.items():
            if (number := numbers[column]) is not None:
                assert answer(machine, number) == refused(said), name


@pytest.mark.parametrize("machine", MACHINES)
def test_other_architectures_are_killed(machine: str) -> None:
    assert answer(machine, 1, architecture=0x40000003) == KILL
    if machine == "x86_64":
        assert answer(machine, 0x40000000 | 1) == KILL


@pytest.mark.parametrize(
    ("number", "arguments", "allowed"),
    [
        (56, (0x11,), True),  # fork
        (56, (0x003D0F00,), True),  # a thread
        (56, (0x10000000 | 0x11,), False),
        (56, (0x003D0F00 & ~0x400,), False),  # a thread with descriptors of its own
        (436, (3, 0xFFFFFFFF, 4), True),
        (56, (0x02000000,), False),
        (41, (1, 1), True),
        (41, (2, 1), True),
        (41, (2, 0x80802), True),  # a datagram, with flags
        (41, (2, 3), False),  # raw
        (41, (10, 0x80003), False),
        (41, (16, 3, 0), True),  # netlink, routes
        (41, (16, 3, 15), False),
        (41, (17, 3), False),
        (41, (40, 1), False),
        (41, (38, 5), False),
        (41, (1, 5), True),  # packets between local processes
        (41, (2, 2, 17), True),
        (41, (10, 0x80801, 6), True),
        (53, (1, 1), True),  # a pair
        (53, (1, 0x80005), True),
        (53, (2, 1), False),
        (53, (30, 5), False),  # TIPC
        (16, (0, 0x5413), True),
        (16, (0, 0x5423), False),  # a line discipline
        (16, (0, 0x5412), False),
        (16, (0, 0xDEADBEEF00005412), False),  # the kernel sees the low half only
        (135, (0xFFFFFFFF,), True),
        (135, (0,), True),
        (135, (0x400000,), False),
        (90, (0, 0o755), True),
        (90, (0, 0o4755), False),
        (91, (0, 0o2755), False),
        (268, (0, 0, 0o6000), False),
        (2, (0, 0o102, 0o4755), False),
        (2, (0, 0, 0o4755), True),  # nothing is made: the register holds anything
        (257, (0, 0, 0o101, 0o2755), False),
        (257, (0, 0, 0o20200002, 0o4600), False),  # O_TMPFILE
        (83, (0, 0o2755), False),
        (133, (0, 0o100644), True),
        (133, (0, 0o104644), False),
        (0, (), True),
        (59, (), True),
    ],
)
def test_what_depends_on_arguments(number: int, arguments: tuple[int, ...], allowed: bool) -> None:
    assert answer("x86_64", number, *arguments) == (ALLOW if allowed else refused(errno.EPERM))


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("family", [2, 10])
@pytest.mark.parametrize(
    ("kind", "protocol", "error"),
    [
        (1, 262, errno.EPROTONOSUPPORT),  # MPTCP
        (0x80001, 132, errno.EPROTONOSUPPORT),  # SCTP
        (2, 136, errno.EPROTONOSUPPORT),  # UDP-Lite
        (5, 0, errno.ESOCKTNOSUPPORT),  # SCTP by its type
        (0x80006, 33, errno.ESOCKTNOSUPPORT),  # DCCP
    ],
)
def test_rare_transports_are_as_on_a_kernel_without_them(machine: str, family: int, kind: int, protocol: int, error: int) -> None:
    number = (41, 198)[MACHINES[machine][1]]
    assert answer(machine, number, family, kind, 6 if kind == 1 else 0) == (ALLOW if kind & 0xF in (1, 2) else refused(error))
    assert answer(machine, number, family, kind, protocol) == refused(error)


@pytest.mark.parametrize("machine", MACHINES)
def test_pairs_and_terminals_are_judged_on_both(machine: str) -> None:
    column = MACHINES[machine][1]
    assert answer(machine, (53, 199)[column], 1, 1) == ALLOW
    assert answer(machine, (53, 199)[column], 30, 1) == refused(errno.EPERM)
    assert answer(machine, (16, 29)[column], 0, 0x5423) == refused(errno.EPERM)


def test_an_unknown_machine_is_no_isolation() -> None:
    with pytest.raises(NoIsolation):
        seccomp_filter("riscv64")
