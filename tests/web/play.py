"""What the scripted model of the scene does, by words of the prompt.

[slow]      a command a second, with colours, for a minute      [ask]      asks a person something, then ends
[long]      one command that prints a great deal                [fail]     its upstream refuses
[edit]      edits a file and says so                            [run] COMMAND    runs what stands behind it, then ends
[note]      writes a file twice, then runs something            otherwise  the demo's recipes
"""

from __future__ import annotations

from collections.abc import Mapping
from shlex import quote
from typing import Any

from pullwright.cli.demo.reading import items, last_said, outputs_since_said
from pullwright.cli.demo.recipes import answer
from pullwright.models.mock.script import Answer, Reply, SaidCall, Trouble

PLAN = [
    {"step": "Read what is there", "status": "completed"},
    {"step": "Change it", "status": "in_progress"},
    {"step": "Run the tests", "status": "pending"},
]
COLOURS = "printf '\\033[32mok\\033[0m \\033[1mbold\\033[0m \\033[31mred\\033[0m step %s\\n'"
EVIL = '<script>window.pwned = 1</script><img src=x onerror="window.pwned=1">'
EVIL_NAME = '<img src=x onerror="window.pwned=1">.py'
SAID = """The module is as it should be now.

- `tally/basket.py` says where the discount begins
- the tests show it

| before | after |
|---|---|
| red | green |

<script>window.pwned = 1</script><img src=x onerror="window.pwned = 1">
"""
EVIL_SAID = """It is <b onclick="window.pwned = 1">done</b>:
<script>window.pwned = 1</script><img src=x onerror="window.pwned = 1">

[here](javascript:window.pwned=1), [there](JaVaScRiPt&colon;window.pwned=1),
[that](data:text/html,<script>window.pwned=1</script>), <javascript:window.pwned=1>, [a reference][1]
![a picture](data:image/svg+xml,<svg/onload=window.pwned=1>)
![from elsewhere](https://elsewhere.example/x.png) <iframe src="javascript:window.pwned=1"></iframe>

<details open ontoggle="window.pwned = 1"><summary>more</summary></details>

[1]: vbscript:window.pwned=1
"""
"""Markdown that would run wherever its HTML, or its links, were taken as they are."""
EVIL_LINK = r"\033]8;;javascript:window.pwned=1\033\\press me\033]8;;\033\\"
EVIL_PRINTS = r"\033]0;pwned\007\033[2J\033[1;1H\033[31mred\033[0m \001\b\177 " + EVIL_LINK + r" %s\n"
"""For printf: a title, a cleared screen, control characters, a link of a terminal's, and what is given."""


def play(request: Mapping[str, Any]) -> Reply:
    """The answer to a request."""
    said = "\n".join(str(item.get("content", "")) for item in items(request) if item.get("role") == "user")
    done = outputs_since_said(request)
    if "[fail]" in said:
        return Trouble(status=400, body={"error": {"message": "this model is not for you", "type": "invalid_request_error"}})
    if "[slow]" in said:
        return _slow(len(done))
    if "[ask]" in said:
        return _ask(done)
    if "[long]" in said:
        return _once(done, "seq -f 'line %.0f of a long log' 1 100000")
    if "[run]" in said:
        return _once(done, last_said(request).partition("[run]")[2].strip())
    if "[edit]" in said:
        return _edit(done, last_said(request))
    if "[note]" in said:
        return _note(done)
    return answer(request)


def _slow(number: int) -> Reply:
    if number >= 60:
        return Answer(text=SAID)
    command = f"{COLOURS} {number}; sleep 1"
    calls = (SaidCall("exec", {"command": command}),)
    return Answer(text=f"Step {number} of many.", reasoning="One thing after the other." if number == 0 else "", calls=calls)


def _ask(done: list[str]) -> Reply:
    if not done:
        return Answer(calls=(SaidCall("ask_user", {"question": "Which currency should the totals be printed in?"}),))
    return Answer(text="In that one, then.")


def _once(done: list[str], command: str) -> Reply:
    return Answer(text=SAID) if done else Answer(calls=(SaidCall("exec", {"command": command}),))


def _edit(done: list[str], said: str) -> Reply:
    if done:
        return Answer(text=EVIL_SAID if "<script>" in said else SAID)
    command = "printf '%s\\n' '# looked at' >> tally/basket.py && printf 'one\\ntwo\\n' > notes.txt"
    if "<script>" in said:
        command += f" && printf '%s\\n' {quote(EVIL)} | tee -a tally/basket.py {quote(EVIL_NAME)}"
        command += f" && printf {quote(EVIL_PRINTS)} {quote(EVIL)}"
    return Answer(text="I note it down.", calls=(SaidCall("exec", {"command": command}),))


def _note(done: list[str]) -> Reply:
    if len(done) < 2:
        text = "".join(f"note {number}: the discount begins at ten pieces\n" for number in range(1, len(done) + 2))
        return Answer(text="I write it down.", calls=(SaidCall("write", {"path": "notes.txt", "content": text}),))
    if len(done) == 2:
        return Answer(calls=(SaidCall("exec", {"command": "printf 'looked at\\n' > looked.txt"}),))
    return Answer(text=f"It is noted.\n\n{done[-1][:300]}")
