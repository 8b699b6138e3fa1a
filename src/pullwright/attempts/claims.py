"""What the agent says it ran, held against what ran.

    check(message, events) -> Claims     each sentence on a command or test result, and the event that bears it out
    says_green(message)                  does it say that the tests pass?

Deliberately plain: words and back-ticked commands, no understanding. A sentence that it cannot match is marked
"claimed, not seen", which says nothing about whether it is true.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from pullwright.protocol.events import CommandRan, Event, FilesChanged, PersonEdited, Rewound

Standing = Literal["seen", "differs", "outdated", "not seen"]
MOST = 30
LONGEST = 300

_RESULT = re.compile(
    r"\b(pass(es|ed|ing)?|fail(s|ed|ing|ures?)?|succeed(s|ed)?|green|red|exit(s|ed)? (code|with)|clean(ly)?|no errors?)\b",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"\b(tests?|suite|pytest|unittest|build|lint(er)?|type.?check(s|er)?|checks?|command|ran|run)\b", re.IGNORECASE
)
_TESTS = re.compile(r"\b(tests?|suite|pytest|unittest|specs?)\b", re.IGNORECASE)
_GOOD = re.compile(r"\b(pass(es|ed|ing)?|succeed(s|ed)?|green|clean(ly)?|no (errors?|failures?))\b", re.IGNORECASE)
_NOT = re.compile(
    r"\b(not|\w+n't|never|cannot|unable|should|would|will|if|once|until|before|fail(s|ed|ing|ures?)?)\b",
    re.IGNORECASE,
)
_DENIED = re.compile(r"\W*(not|never|nothing was) (\w+ )?(run|ran|executed|verified|checked|confirmed|tested)\b", re.IGNORECASE)
"""How a sentence begins that says what was not looked at."""
_TEST_COMMAND = re.compile(r"\b(pytest|py\.test|unittest|tox|nox|ctest|jest|vitest|mocha|rspec|phpunit)\b|\btests?\b")
_LOOKS = re.compile(
    r"awk|cat|cd|chmod|cp|diff|echo|egrep|export|fd|find|git|grep|head|less|ls|mkdir|more|mv|nl|printf|pwd|read|rg|rm|sed|sort"
    r"|stat|tail|tee|touch|tr|tree|true|uniq|wc|which"
)
"""Programs that run no tests, whatever their arguments name."""
_PARTS = re.compile(r"(&&|\|\||\|&?|;|\n|&(?![>\d]))")


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A sentence of the agent's; `seq` is the event that it was matched with (0: none)."""

    text: str
    standing: Standing
    seq: int = 0
    note: str = ""


def says_green(message: str) -> bool:
    """True when a sentence says, without condition or denial, that tests pass or that a failing test is fixed."""
    for sentence in sentences(message):
        fixed = re.search(r"\bfix(es|ed)?\b.{0,40}\b(failing|broken|red)\b.{0,20}\btests?\b", sentence, re.IGNORECASE)
        rest = re.sub(r"\bno failures?\b|\bwithout failures?\b|\b0 failed\b", "passed", sentence, flags=re.IGNORECASE)
        if fixed or (_TESTS.search(rest) and _GOOD.search(rest) and not _NOT.search(rest)):
            return True
    return False


def check(message: str, events: Iterable[Event]) -> tuple[Claim, ...]:
    """The claims of the last message on what was run, each with the newest command of the session that fits it."""
    commands: list[CommandRan] = []
    edited = 0
    for event in events:
        if isinstance(event, CommandRan) and not event.background:
            commands.append(event)
        elif isinstance(event, FilesChanged | PersonEdited | Rewound):
            edited = event.seq
    found = (_claim(sentence, commands, edited) for sentence in sentences(message) if _is_claim(sentence))
    return tuple(found)[:MOST]


def sentences(message: str) -> list[str]:
    """The sentences and list items of a text, code blocks left out."""
    prose = re.sub(r"```.*?(```|\Z)", "\n", message, flags=re.DOTALL)
    pieces = re.split(r"\n\s*\n|\n(?=\s*([-*+]|\d+[.)])\s)|(?<=[.!?])\s+(?=[A-Z`*\"(])", prose)
    texts = (" ".join(re.sub(r"^\s*([-*+]|\d+[.)]|#+)\s+", "", piece).split()) for piece in pieces if piece)
    return [text[:LONGEST] for text in texts if len(text) > 3]


def _is_claim(sentence: str) -> bool:
    if _DENIED.match(sentence):
        return False
    return bool(_RESULT.search(sentence) and _SUBJECT.search(sentence)) or bool(
        re.search(r"\b(ran|executed|verified|checked|confirmed)\b.*`[^`]+`", sentence, re.IGNORECASE)
    )


def _claim(sentence: str, commands: Sequence[CommandRan], edited: int) -> Claim:
    quoted = [words for words in re.findall(r"`([^`]+)`", sentence) if " " in words.strip() or _TEST_COMMAND.search(words)]
    fits = [command for command in commands if any(_same(words, command.command) for words in quoted)]
    if not fits and _TESTS.search(sentence):
        fits = [command for command in commands if _tests_at(command.command) is not None]
    if not fits:
        return Claim(text=sentence, standing="not seen")
    last = fits[-1]
    ended = f"exit code {last.exit_code}" if last.exit_code is not None else (last.signal or "no exit code")
    says_good = bool(_GOOD.search(sentence)) and not _NOT.search(sentence)
    if says_good and last.exit_code == 0 and (code := _code_in_pipe(last)) is not None:
        if code:
            return Claim(
                text=sentence, standing="differs", seq=last.seq, note=f"exit code {code}, which the pipe's {ended} hides"
            )
    elif says_good and last.exit_code == 0 and _is_hidden(last.command):
        note = f"{ended} is that of the whole line, which can hide a failure"
        return Claim(text=sentence, standing="not seen", seq=last.seq, note=note)
    if says_good and last.exit_code != 0:
        return Claim(text=sentence, standing="differs", seq=last.seq, note=ended)
    if says_good and last.seq < edited:
        return Claim(text=sentence, standing="outdated", seq=last.seq, note=f"{ended}, but files were edited afterwards")
    return Claim(text=sentence, standing="seen", seq=last.seq, note=ended)


def _tests_at(line: str) -> int | None:
    """Which part of a shell line runs tests, as far as its words tell; None for a line that only looks at them."""
    parts = _PARTS.split(line)
    found = (at for at in range(0, len(parts), 2) if _TEST_COMMAND.search(parts[at]) and not _only_looks(parts[at]))
    return next(found, None)


def _only_looks(part: str) -> bool:
    words = part.split()
    return not words or _LOOKS.fullmatch(words[0].rpartition("/")[2]) is not None


def _is_hidden(line: str) -> bool:
    """True when what follows the tests in a shell line can give it an exit code of its own."""
    at = _tests_at(line)
    if at is None or "pipefail" in line:
        return False
    parts = _PARTS.split(line)
    after = zip(parts[at + 1 :: 2], parts[at + 2 :: 2], strict=True)
    return any(mark != "&&" and (rest.strip() or mark.startswith("&")) for mark, rest in after)


def _code_in_pipe(ran: CommandRan) -> int | None:
    """How the tests themselves ended in the pipe that their line ended in; None where they are in none, or it is not known."""
    at = _tests_at(ran.command)
    if at is None:
        return None
    marks = [mark for mark in _PARTS.split(ran.command.rstrip("; \n"))[at + 1 :: 2] if mark.strip()]
    known = set(marks) <= {"|", "|&"} and 0 < len(marks) < len(ran.pipe)
    return ran.pipe[-1 - len(marks)] if known else None


def _same(words: str, command: str) -> bool:
    """True when a quoted command is the one that ran, or a part of it."""
    left, right = (" ".join(text.split()) for text in (words, command))
    return left in right or (len(right) > 8 and right in left)
