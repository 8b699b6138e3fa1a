"""The exit codes and what they mean."""

from __future__ import annotations

EXITS: dict[int, str] = {
    0: "The job was done.",
    1: "It failed; the message says why and what would help. The work is kept.",
    2: "Usage, settings or repository: correct it and run again.",
    3: "It needs an answer that only a person can give: pullwright sessions resume --last --answer ...",
    4: "A budget's hard ceiling was reached; the work is kept.",
    5: "Pullwright's own test runs contradict the change.",
    6: "A review found something at or above --fail-on.",
    130: "Stopped by Ctrl-C or SIGTERM; the work is kept.",
    141: "Whoever read the output went away.",
}
