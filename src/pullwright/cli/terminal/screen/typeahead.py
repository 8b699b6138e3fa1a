"""What is typed before the screen is there: kept by the terminal, neither echoed nor changed, and read as soon as it is.

To be opened before anything slow is imported. It imports nothing that is.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def held() -> Iterator[int]:
    """Keys wait, Enter stays Enter; afterwards the terminal is as it was, whatever happened in between.

    Gives the number of bytes that were typed even before: in those the terminal has turned Enter into a newline.
    """
    import termios

    try:
        descriptor = sys.stdin.fileno()
        before = termios.tcgetattr(descriptor)
    except (OSError, ValueError, AttributeError, termios.error):
        yield 0
        return
    held = termios.tcgetattr(descriptor)
    held[0] &= ~termios.ICRNL
    held[3] &= ~(termios.ECHO | termios.ICANON)
    termios.tcsetattr(descriptor, termios.TCSANOW, held)
    try:
        yield _waiting(descriptor)
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def _waiting(descriptor: int) -> int:
    """How many bytes can be read."""
    import fcntl
    import struct
    import termios

    try:
        return struct.unpack("i", fcntl.ioctl(descriptor, termios.FIONREAD, b"\0" * 4))[0]
    except OSError:
        return 0
