"""An upstream of all three wires that writes down what it delivers, and is killed and started again at the same port.

    python ledger.py PORT FILE

A request's last words begin with "request NUMBER WORDS"; so many words of nine bytes are said, five at a time. Each line of the
file is written, by one system call, before what it tells of is sent: what is in it when the process is killed was delivered, or
is the one piece that was not.

    NUMBER asked INPUT_TOKENS        NUMBER said WORDS          NUMBER counted INPUT_TOKENS OUTPUT_TOKENS
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from api.read import read
from pullwright.models.mock.script import Answer, Script, Trouble
from pullwright.models.mock.server import MockServer, Received
from pullwright.protocol.usage import Usage

WORDS_A_PIECE = 5
TOKENS_A_WORD = 2.2
BYTES_A_TOKEN = 4.3
OVERHEAD = 11
PAUSE = 0.05
WORD = re.compile(rb"w\d{7} ")


class Delivered(msgspec.Struct):
    """What the upstream says of one request. `counted`: it told the usage, in which these numbers stood."""

    input: int = 0
    words: int = 0
    calls: int = 0
    counted: tuple[int, int] | None = None

    @property
    def output(self) -> int:
        """Tokens."""
        return output_tokens(self.words)


def output_tokens(words: int) -> int:
    """Of so many words."""
    return round(words * TOKENS_A_WORD)


def read_ledger(path: Path) -> dict[int, Delivered]:
    """By the request's number."""
    found: dict[int, Delivered] = {}
    for line in path.read_text().splitlines():
        number, what, *values = line.split()
        one = found.setdefault(int(number), Delivered())
        if what == "asked":
            one.input = int(values[0])
            one.calls += 1
        elif what == "said":
            one.words += int(values[0])
        else:
            one.counted = (int(values[0]), int(values[1]))
    return found


class Upstream:
    """The process, for tests; `with` ends it."""

    def __init__(self, port: int, path: Path) -> None:
        self.port, self.path = port, path
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Upstream:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        """Start, and wait until it listens."""
        self.process = subprocess.Popen([sys.executable, __file__, str(self.port), str(self.path)], stdout=subprocess.PIPE)
        assert self.process.stdout
        self.process.stdout.readline()
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/v1/models", timeout=10):
            pass

    def kill(self) -> None:
        """kill -9."""
        assert self.process
        assert self.process.stdout
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class Ledger:
    """What answers, and what is written down."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self._counts: dict[int, tuple[int, int]] = {}

    def answer(self, request: Mapping[str, Any]) -> Answer:
        """So many words as the request wants."""
        said = read(request).said
        number, words = map(int, said.split()[1:3])
        usage = Usage(input=OVERHEAD + round(len(said) / BYTES_A_TOKEN), output=output_tokens(words))
        self._counts[number] = (usage.input, usage.output)
        self._write(f"{number} asked {usage.input}")
        text = "".join(f"w{count:07d} " for count in range(words))
        return Answer(text=text, usage=usage, piece=9 * WORDS_A_PIECE, trouble=Trouble(pause=PAUSE))

    def told(self, received: Received, piece: bytes) -> None:
        """Write down what is about to be sent."""
        number = int(read(received.json).said.split()[1])
        if is_delta(piece):
            self._write(f"{number} said {len(WORD.findall(piece))}")
        elif is_count(piece):
            self._write(f"{number} counted {self._counts[number][0]} {self._counts[number][1]}")

    def _write(self, line: str) -> None:
        os.write(self._file, line.encode() + b"\n")


def is_delta(piece: bytes) -> bool:
    """Whether a frame of any wire carries new text."""
    return b"output_text.delta" in piece or b'"text_delta"' in piece or b'"delta":{"content":"w' in piece


def is_count(piece: bytes) -> bool:
    """Whether a frame of any wire carries the final usage."""
    return b"event: response.completed" in piece or b"event: message_delta" in piece or b'"usage":{"prompt_tokens"' in piece


async def main() -> None:
    """Serve until killed."""
    ledger = Ledger(Path(sys.argv[2]))
    async with MockServer(Script(ledger.answer), port=int(sys.argv[1]), told=ledger.told):
        print("listening", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
